JWT.decode(token, key, true, leeway: 3600, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)  # weak: rb-jwt-leeway low firm
JWT.decode(token, key, true, exp_leeway: 10.minutes, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)  # weak: rb-jwt-leeway low firm
LEEWAY = 60 * 60
JWT.decode(token, key, true, leeway: LEEWAY, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)  # weak: rb-jwt-leeway low firm
