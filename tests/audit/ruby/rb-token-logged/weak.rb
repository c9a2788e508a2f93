Rails.logger.info("token #{token}") # jwt  # weak: rb-token-logged medium firm
logger.debug "jwt: #{jwt}"  # weak: rb-token-logged medium firm
Rails.logger.warn(request.headers['Authorization'])  # weak: rb-token-logged medium firm
