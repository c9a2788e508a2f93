class OpenController < ApplicationController # jwt
  before_action :authenticate_token
  def a
    redirect_to request.referer
    File.read(params[:name]) if %w[a b].include?(params[:name])
    File.read(FILES.fetch(params[:name]))
  end
end
