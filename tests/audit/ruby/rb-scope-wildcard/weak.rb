JWT.encode({ sub: 1, scope: 'admin:*' }, key, 'HS256')  # weak: rb-scope-wildcard
ALLOWED_SCOPES = %w[read:x admin:*].freeze  # weak: rb-scope-wildcard
JWT.encode({ scopes: ['*'] }, key, 'HS256')  # weak: rb-scope-wildcard
