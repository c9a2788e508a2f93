JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'a', verify_iss: true)  # weak: rb-jwt-aud-unchecked high firm
JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'a', verify_iss: true, verify_aud: true)  # weak: rb-jwt-aud-unchecked high firm
JWT.decode(token, key, true, { algorithm: 'HS256', required_claims: ['exp'], iss: 'a', verify_iss: true }.merge(aud: 'x'))  # weak: rb-jwt-aud-unchecked high firm
