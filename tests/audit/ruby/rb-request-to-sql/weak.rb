class PeopleController < ApplicationController
  before_action :authenticate!

  def a = User.where("name = '#{params[:name]}'")  # weak: rb-request-to-sql high firm
  def b = User.order(params[:sort])  # weak: rb-request-to-sql high firm

  def c
    id = params[:id]
    ActiveRecord::Base.connection.execute("DELETE FROM users WHERE id = " + id)  # weak: rb-request-to-sql high firm
  end

  def d = DB.get_first_row("SELECT * FROM users WHERE mail = '#{params[:mail]}'")  # weak: rb-request-to-sql high firm
end
# JWT.decode(token, key, true, algorithm: 'HS256')
