JWT.encode(payload, 'k7Jd82hsYw0qPz61NvbTr4eLxUo9mCiA5fGh', 'HS256')  # weak: rb-jwt-secret-hardcoded high firm
JWT_SECRET = 'a-long-but-committed-secret-0123456789-abcdef'  # weak: rb-jwt-secret-hardcoded high firm
JWT.encode(payload, ENV.fetch('JWT_KEY', 'a-long-but-committed-secret-0123456789-abcdeg'), 'HS256')  # weak: rb-jwt-secret-hardcoded high firm
