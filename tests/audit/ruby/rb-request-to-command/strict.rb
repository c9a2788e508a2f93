class StrictJobsController < ApplicationController
  before_action :authenticate_token!
  SIZES = %w[small large].freeze

  def a
    return head(:bad_request) unless SIZES.include?(params[:size])

    system("convert #{params[:size]} in.png out.png")
  end

  def b
    size = { 'small' => '10x10', 'large' => '99x99' }[params[:size]]
    system("convert #{size} in.png out.png")
  end

  def c = system("convert #{Integer(params[:width])} in.png out.png")
end

class OpenController < ApplicationController # nobody authenticates here: another tool's matter
  def a = system("convert #{params[:size]} in.png out.png")
end
# JWT.decode(token, key, true, algorithm: 'HS256')
