Rails.logger.info("token #{token}") # jwt  # weak: rb-token-logged
logger.debug "jwt: #{jwt}"  # weak: rb-token-logged
Rails.logger.warn(request.headers['Authorization'])  # weak: rb-token-logged
