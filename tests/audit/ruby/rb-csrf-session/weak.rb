class AController < ApplicationController
  skip_forgery_protection  # weak: rb-csrf-session medium firm
end

class BController < ApplicationController
  skip_before_action :verify_authenticity_token  # weak: rb-csrf-session medium firm
end

class CController < ApplicationController
  skip_before_action :verify_authenticity_token, only: :create  # weak: rb-csrf-session medium firm
  def token = JWT.decode(cookies[:jwt], KEY, true, algorithm: 'HS256')
end

class DController < ApplicationController
  protect_from_forgery with: :null_session, except: :create  # weak: rb-csrf-session medium firm
end
