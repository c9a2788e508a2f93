_, header = JWT.decode(token, nil, true, algorithm: 'RS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)
Net::HTTP.get(URI(header['jku']))  # weak: rb-jwt-jwks-untrusted high firm
HTTParty.get(header.fetch('x5u'))  # weak: rb-jwt-jwks-untrusted high firm
url = header&.dig('jku')
Faraday.get(url)  # weak: rb-jwt-jwks-untrusted high firm
