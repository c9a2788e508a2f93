url = "https://x/y?id=#{id}" # jwt
