cookies[:jwt] = { value: token, secure: true, httponly: true, same_site: :strict }
cookies[:theme] = 'dark'
