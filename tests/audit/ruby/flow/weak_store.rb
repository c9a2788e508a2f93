class Store
  def initialize(where:)
    @where = where
  end

  def load
    IO.read(@where)  # weak: rb-claim-to-file critical firm
  end
end

class Verifier
  CHECK = ->(token) { JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first }

  def self.verify(token)
    CHECK.call(token).with_indifferent_access
  end
end
