class Reader
  attr_reader :claims
  def initialize(token, prefix: '')
    @claims = Verifier.verify(token)
    @prefix = prefix
  end

  def read
    File.read("/x/#{claims['file']}")  # weak: rb-claim-to-file
    clean(@claims['a'])
    File.read(same(@claims['b']))  # weak: rb-claim-to-file
    File.read(same('fixed'))
  end

  def same(x)
    x.to_s
  end

  def clean(name)
    Store.new(where: name).load
  end
end
class Store
  def initialize(where:)
    @where = where
  end

  def load
    IO.read(@where)  # weak: rb-claim-to-file
  end
end

class Verifier
  CHECK = ->(token) { JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first }

  def self.verify(token)
    CHECK.call(token).with_indifferent_access
  end
end
