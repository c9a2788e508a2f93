payload = { sub: 1, password: 'x' }; JWT.encode(payload, key, 'HS256')  # weak: rb-jwt-sensitive-claims medium firm
JWT.encode({ 'credit_card' => card }, key, 'HS256')  # weak: rb-jwt-sensitive-claims medium firm
DATA = {
  ssn: user.ssn  # weak: rb-jwt-sensitive-claims medium firm
}
JWT.encode(DATA, key, 'HS256')
