token = request.headers['Authorization'][/\ABearer (.+)\z/, 1] # jwt
