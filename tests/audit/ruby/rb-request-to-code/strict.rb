class StrictReportsController < ApplicationController
  before_action :require_token
  TYPES = { 'sales' => SalesReport, 'stock' => StockReport }.freeze

  def a = TYPES.fetch(params[:type]).new

  def b
    case params[:format]
    when 'pdf', 'csv' then Report.new.public_send(params[:format])
    end
  end

  def c = JSON.parse(Base64.decode64(params[:state]))
end
# JWT.decode(token, key, true, algorithm: 'HS256')
