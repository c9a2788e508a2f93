Rails.logger.info("jti #{jti}") # jwt
