class PeopleController < ApplicationController
  before_action :authenticate!

  def a = User.where("name = '#{params[:name]}'")  # weak: rb-request-to-sql
  def b = User.order(params[:sort])  # weak: rb-request-to-sql

  def c
    id = params[:id]
    ActiveRecord::Base.connection.execute("DELETE FROM users WHERE id = " + id)  # weak: rb-request-to-sql
  end

  def d = DB.get_first_row("SELECT * FROM users WHERE mail = '#{params[:mail]}'")  # weak: rb-request-to-sql
end
# JWT.decode(token, key, true, algorithm: 'HS256')
