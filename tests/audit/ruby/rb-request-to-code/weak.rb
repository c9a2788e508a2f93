class ReportsController < ApplicationController
  before_action :require_token

  def a = params[:type].constantize.new  # weak: rb-request-to-code high firm
  def b = Report.new.public_send(params[:format])  # weak: rb-request-to-code high firm
  def c = Marshal.load(Base64.decode64(params[:state]))  # weak: rb-request-to-code high firm
  def d = eval(params['expression'])  # weak: rb-request-to-code high firm
end
# JWT.decode(token, key, true, algorithm: 'HS256')
