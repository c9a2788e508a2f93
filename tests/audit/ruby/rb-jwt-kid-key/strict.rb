JWT.decode(token, nil, true, algorithm: 'RS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true) { |header| KEYS.fetch(header['kid']) }
