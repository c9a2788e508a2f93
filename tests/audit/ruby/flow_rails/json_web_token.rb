class JsonWebToken
  class << self
    def decode(token)
      body = JWT.decode(token, Rails.application.secret_key_base, true, algorithm: 'HS256', required_claims: ['exp'],
        iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)[0]
      HashWithIndifferentAccess.new(body)
    rescue JWT::DecodeError
      nil
    end
  end
end
