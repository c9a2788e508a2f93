class WeakController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m0
    uri = URI.parse(claims['url'])
    Net::HTTP.get(uri)  # weak: rb-claim-to-url high firm
  end

  def m1
    HTTParty.get(claims.dig('hook', 'url'))  # weak: rb-claim-to-url high firm
  end

  def m2
    Faraday.post("https://#{claims['host']}/x")  # weak: rb-claim-to-url high firm
  end

  def m3
    redirect_to claims&.fetch('next')  # weak: rb-claim-to-url high firm
  end

end
