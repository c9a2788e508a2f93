cookies[:jwt] = { value: token, secure: true, httponly: true, same_site: :strict }
cookies[:theme] = 'dark'
cookies[:jwt] = token  # weak: rb-cookie-flags
cookies['token'] = { value: token, httponly: true }  # weak: rb-cookie-flags
cookies[:auth_token] = { value: token, secure: false, httponly: true, same_site: :lax }  # weak: rb-cookie-flags
