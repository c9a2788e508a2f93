JWT.encode(payload, nil, 'none')  # weak: rb-jwt-none critical firm
JWT.decode(token, key, true, algorithms: ['none', 'HS256'], required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)  # weak: rb-jwt-none critical firm
ALG = 'none'
JWT.encode(payload, key, ALG)  # weak: rb-jwt-none critical firm
