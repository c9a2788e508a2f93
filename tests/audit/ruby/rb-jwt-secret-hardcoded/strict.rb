JWT.encode(payload, ENV.fetch('JWT_KEY'), 'HS256')
JWT_SECRET = Rails.application.credentials.jwt_secret
