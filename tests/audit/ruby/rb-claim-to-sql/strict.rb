class StrictController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m0
    User.where('name = ?', claims['name'])
  end

  def m1
    User.where(name: claims['name'])
  end

  def m2
    User.order(claims['sort']) if %w[name id].include?(claims['sort'])
  end

end
