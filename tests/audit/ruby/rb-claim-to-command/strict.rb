class StrictController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m0
    system("ls #{Shellwords.escape(claims['dir'])}")
  end

  def m1
    dir = claims['dir']
    raise unless dir.match?(/\A[a-z]+\z/)
    `ls #{dir}`
  end

  def m2
    system('ls', '-l')
  end

  def m3
    `ls #{claims['n'].to_i}`
  end

end
