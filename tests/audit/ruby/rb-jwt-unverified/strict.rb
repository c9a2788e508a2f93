JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)

JSON::JWT.decode(token, public_key)
