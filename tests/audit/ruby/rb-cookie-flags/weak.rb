cookies[:jwt] = token  # weak: rb-cookie-flags medium firm
cookies['token'] = { value: token, httponly: true }  # weak: rb-cookie-flags medium firm
cookies[:auth_token] = { value: token, secure: false, httponly: true, same_site: :lax }  # weak: rb-cookie-flags medium firm
