class StrictController < ApplicationController
  protect_from_forgery with: :exception
  skip_forgery_protection if: -> { request.authorization.present? }
  def token = JWT.decode(cookies[:jwt], KEY, true, algorithm: 'HS256')
end

class HeaderController < ActionController::API
  def token = JWT.decode(request.authorization.to_s.delete_prefix('Bearer '), KEY, true, algorithm: 'HS256')
end
