JWT.decode(token, nil, true, algorithm: 'RS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true) { |header| File.read("keys/#{header['kid']}.pem") }  # weak: rb-jwt-kid-key critical firm
_, header = JWT.decode(token, nil, true, algorithm: 'RS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)
pem = File.read("keys/#{header['kid']}")  # weak: rb-jwt-kid-key critical firm
pem2 = Key.where("kid = '#{header.fetch('kid')}'")  # weak: rb-jwt-kid-key critical firm
