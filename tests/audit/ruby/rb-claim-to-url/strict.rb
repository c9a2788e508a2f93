class StrictController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m0
    uri = URI.parse(claims['url'])
    return unless ALLOWED_HOSTS.include?(uri.host)
    Net::HTTP.get(uri)
  end

  def m1
    HTTParty.get(HOOKS[claims['hook']])
  end

  def m2
    Net::HTTP.get(URI('https://example.org'))
  end

end
