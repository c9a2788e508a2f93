def check
  JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)
rescue JWT::DecodeError
  head :unauthorized
end
def check2
  JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)
rescue JWT::DecodeError
  nil
end
