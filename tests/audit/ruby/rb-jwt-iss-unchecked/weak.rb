JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], aud: 'a', verify_aud: true)  # weak: rb-jwt-iss-unchecked high firm
JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], verify_iss: true, aud: 'a', verify_aud: true)  # weak: rb-jwt-iss-unchecked high firm
opts = { algorithm: 'HS256', required_claims: ['exp'], iss: 'me', aud: 'a', verify_aud: true }
JWT.decode(token, key, true, **opts)  # weak: rb-jwt-iss-unchecked high firm
