payload = { sub: 1, password: 'x' }; JWT.encode(payload, key, 'HS256')  # weak: rb-jwt-sensitive-claims
JWT.encode({ 'credit_card' => card }, key, 'HS256')  # weak: rb-jwt-sensitive-claims
DATA = {
  ssn: user.ssn  # weak: rb-jwt-sensitive-claims
}
JWT.encode(DATA, key, 'HS256')
