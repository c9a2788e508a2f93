class StrictController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m9
    x = claims['m'].presence_in(%w[a b])
    User.new.send(x)
  end

  def m0
    case claims['method']
    when 'name' then User.new.public_send(claims['method'])
    end
  end

  def m1
    { 'a' => User }[claims['klass']].new
  end

  def m2
    YAML.safe_load(claims['y'])
  end

end
