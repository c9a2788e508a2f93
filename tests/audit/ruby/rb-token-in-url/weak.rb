url = "https://x/y?token=#{token}" # jwt  # weak: rb-token-in-url
link = "/cb?jwt=#{jwt}&a=1"  # weak: rb-token-in-url
open_it("/a?b=1&access_token=#{t}")  # weak: rb-token-in-url
