class WeakController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m0
    eval(claims['code'])  # weak: rb-claim-to-code critical firm
  end

  def m1
    User.new.public_send(claims.fetch('method'))  # weak: rb-claim-to-code critical firm
  end

  def m2
    claims['klass'].constantize  # weak: rb-claim-to-code critical firm
  end

  def m3
    Marshal.load(Base64.decode64(claims['blob']))  # weak: rb-claim-to-code critical firm
  end

end
