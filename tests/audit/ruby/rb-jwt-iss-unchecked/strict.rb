JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)

class A
  def x
    payload, = JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], aud: 'a', verify_aud: true)
    raise 'no' unless payload['iss'] == 'me'
  end
end
