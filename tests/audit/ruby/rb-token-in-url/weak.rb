url = "https://x/y?token=#{token}" # jwt  # weak: rb-token-in-url medium firm
link = "/cb?jwt=#{jwt}&a=1"  # weak: rb-token-in-url medium firm
open_it("/a?b=1&access_token=#{t}")  # weak: rb-token-in-url medium firm
