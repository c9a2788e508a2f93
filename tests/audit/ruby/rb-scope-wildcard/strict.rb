JWT.encode({ sub: 1, scope: 'read:x' }, key, 'HS256')
