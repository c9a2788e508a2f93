class HooksController < ApplicationController
  before_action :verify_jwt

  def a = Net::HTTP.get(URI(params[:url]))  # weak: rb-request-to-url high firm

  def b
    target = params.dig(:hook, :url)
    Faraday.get(target)  # weak: rb-request-to-url high firm
  end

  def c
    uri = URI.parse("https://#{params[:host]}/health")
    HTTParty.get(uri)  # weak: rb-request-to-url high firm
  end
end
# JWT.decode(token, key, true, algorithm: 'HS256')
