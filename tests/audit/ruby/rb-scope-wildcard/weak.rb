JWT.encode({ sub: 1, scope: 'admin:*' }, key, 'HS256')  # weak: rb-scope-wildcard high firm
ALLOWED_SCOPES = %w[read:x admin:*].freeze  # weak: rb-scope-wildcard high firm, rb-scope-wildcard high firm
JWT.encode({ scopes: ['*'] }, key, 'HS256')  # weak: rb-scope-wildcard high firm
