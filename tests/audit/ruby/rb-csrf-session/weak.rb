class AController < ApplicationController
  skip_forgery_protection  # weak: rb-csrf-session
end

class BController < ApplicationController
  skip_before_action :verify_authenticity_token  # weak: rb-csrf-session
end

class CController < ApplicationController
  skip_before_action :verify_authenticity_token, only: :create  # weak: rb-csrf-session
  def token = JWT.decode(cookies[:jwt], KEY, true, algorithm: 'HS256')
end

class DController < ApplicationController
  protect_from_forgery with: :null_session, except: :create  # weak: rb-csrf-session
end
