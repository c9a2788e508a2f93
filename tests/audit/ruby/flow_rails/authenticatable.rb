module Authenticatable
  extend ActiveSupport::Concern
  included do
    before_action :authenticate_request!
    attr_reader :payload
  end

  def authenticate_request!
    @payload = JsonWebToken.decode(bearer)
  end
end
