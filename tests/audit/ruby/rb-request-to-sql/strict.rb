class StrictPeopleController < ApplicationController
  before_action :authenticate!

  def a = User.where('name = ?', params[:name])
  def b = User.where(name: params[:name])
  def c = User.order(%w[name age].include?(params[:sort]) ? params[:sort] : 'name')
  def d = DB.get_first_row('SELECT * FROM users WHERE mail = ?', [params[:mail]])
end
# JWT.decode(token, key, true, algorithm: 'HS256')
