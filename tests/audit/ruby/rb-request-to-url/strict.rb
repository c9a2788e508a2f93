class StrictHooksController < ApplicationController
  before_action :verify_jwt
  HOSTS = %w[api.example hooks.example].freeze

  def a
    uri = URI.parse(params[:url])
    return head(:bad_request) unless HOSTS.include?(uri.host)

    Net::HTTP.get(uri)
  end

  def b = Faraday.get(HOOKS.fetch(params[:hook]))
  def c = Faraday.get('https://api.example/items', id: params[:id])
end
# JWT.decode(token, key, true, algorithm: 'HS256')
