JWT.decode(token, ENV.fetch('JWT_SECRET'), true, algorithm: 'HS256')
JWT.decode(token, Rails.application.credentials.jwt_secret!, true, algorithm: 'HS256')
JWT.encode({ sub: 1 }, '9f3b1e0c7a5d4e2f8b6c9d0e1f2a3b4c5d6e7f809f3b1e0c7a5d4e2f8b6c9d0e', 'HS256') # long enough: hard-coded is another rule
JWT.decode(token, nil, true, algorithms: ['HS256']) { |header| KEYS.fetch(header['kid']) }
JWT.decode(token, nil, true, algorithms: ['HS256'], &method(:find_key))
JWT.decode(token, nil, true, algorithms: ['HS256'], jwks: KEY_SET)
JWT.decode(token, nil, true, algorithms: ['RS256']) # refused by the gem: no key
JWT.decode(token, nil, true, options) # may hold jwks
