token = request.headers['Authorization'].split(' ').last # jwt  # weak: rb-jwt-scheme
t2 = request.headers['Authorization']&.split(' ')&.last  # weak: rb-jwt-scheme
t3 = request.env['HTTP_AUTHORIZATION'].split.last  # weak: rb-jwt-scheme
