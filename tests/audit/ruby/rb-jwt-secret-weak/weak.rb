JWT.encode({ sub: 1 }, 'secret', 'HS256')  # weak: rb-jwt-secret-weak
JWT.decode(token, ENV.fetch('JWT_SECRET', 'changeme'), true, algorithm: 'HS256')  # weak: rb-jwt-secret-weak
JWT_SECRET = 'only-twenty-bytes!!!'  # weak: rb-jwt-secret-weak
JWT.decode(token, ENV['JWT_KEY'] || 'development', true, algorithm: 'HS256')  # weak: rb-jwt-secret-weak
