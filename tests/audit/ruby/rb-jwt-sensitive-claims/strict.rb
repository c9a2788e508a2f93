JWT.encode({ sub: user.id }, key, 'HS256')
