/* Tokens that were verified, kept with what they said; private to libbatten. */
#ifndef BATTEN_TOKEN_CACHE_H
#define BATTEN_TOKEN_CACHE_H

#include "token/strict.h"

typedef struct token_cache token_cache;
token_cache *cache_new(size_t bytes); /* NULL without memory */
void cache_free(token_cache *c);
/* Whether this very token was verified under this policy by a key that still holds. Then the result
 * is filled as if it had been verified; time, revocation, binding, replay and the rest are the
 * caller's to check again. */
bool cache_find(token_cache *c, bt_result *r, const snapshot *s, str jwt);
void cache_keep(token_cache *c, const bt_result *r, str jwt);

#endif
