token = request.headers['Authorization'].split(' ').last # jwt  # weak: rb-jwt-scheme low firm
t2 = request.headers['Authorization']&.split(' ')&.last  # weak: rb-jwt-scheme low firm
t3 = request.env['HTTP_AUTHORIZATION'].split.last  # weak: rb-jwt-scheme low firm
