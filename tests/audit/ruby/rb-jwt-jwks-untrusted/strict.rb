Net::HTTP.get(URI('https://issuer.example/jwks.json')) # jwt
