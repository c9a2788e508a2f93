JWT.decode(token, key, true, algorithm: 'HS256', iss: 'me', verify_iss: true, aud: 'a', verify_aud: true)  # weak: rb-jwt-exp-not-required medium firm
JWT.decode(token, key, true, algorithm: 'HS256', verify_expiration: false, iss: 'me', verify_iss: true, aud: 'a', verify_aud: true)  # weak: rb-jwt-exp-not-required high firm
OPTS = { algorithm: 'HS256', iss: 'me', verify_iss: true, aud: 'a', verify_aud: true }.freeze
JWT.decode(token, key, true, OPTS)  # weak: rb-jwt-exp-not-required medium firm
