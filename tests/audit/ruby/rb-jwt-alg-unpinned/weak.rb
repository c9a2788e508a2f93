JWT.decode(token, key, true, algorithms: %w[HS256 RS256], required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)  # weak: rb-jwt-alg-unpinned high firm
ALGS = ['RS256', 'HS256'].freeze
JWT.decode(token, key, true, { algorithms: ALGS, required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true })  # weak: rb-jwt-alg-unpinned high firm
JWT.decode(token, key, true, required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)  # weak: rb-jwt-alg-unpinned low firm
