JWT.decode(token, nil, false)  # weak: rb-jwt-unverified critical firm
JWT.decode token, key, false, { algorithm: 'HS256' }  # weak: rb-jwt-unverified critical firm
JSON::JWT.decode(token, :skip_verification)  # weak: rb-jwt-unverified critical firm
VERIFY = false
JWT.decode(token, key, VERIFY)  # weak: rb-jwt-unverified critical firm
JSON.parse(Base64.urlsafe_decode64(token.split('.')[1]))  # weak: rb-jwt-unverified critical firm
