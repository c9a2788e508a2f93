JWT.encode({ sub: 1 }, 'secret', 'HS256')  # weak: rb-jwt-secret-weak high firm
JWT.decode(token, ENV.fetch('JWT_SECRET', 'changeme'), true, algorithm: 'HS256')  # weak: rb-jwt-secret-weak high firm
JWT_SECRET = 'only-twenty-bytes!!!'  # weak: rb-jwt-secret-weak high firm
JWT.decode(token, ENV['JWT_KEY'] || 'development', true, algorithm: 'HS256')  # weak: rb-jwt-secret-weak high firm
JWT.decode(token, nil, true, algorithms: ['HS256'])  # weak: rb-jwt-secret-weak high firm
JWT.decode(token, nil, true, { algorithm: 'HS512', iss: 'me', verify_iss: true })  # weak: rb-jwt-secret-weak high firm
JWT.decode(token, nil)  # weak: rb-jwt-secret-weak high firm
JWT.decode(token, '', true, algorithms: ['HS256'])  # weak: rb-jwt-secret-weak high firm
