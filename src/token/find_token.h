/* The token of a request, for libbatten's own files. */
#ifndef BATTEN_FIND_TOKEN_H
#define BATTEN_FIND_TOKEN_H

#include "batten/decide.h"
#include "token/strict.h"

/* One token at most, however often it is asked for; a second one, even an equal one, is several. */
typedef struct {
  str token;         /* ptr NULL: there is none; empty: there is a place for it with nothing in */
  size_t place;      /* of the policy, plus one; 0: none */
  bool under_bearer; /* in the Authorization field, as RFC 6750 has it */
  bool several;
} found_token;

found_token find_token(const bt_policy *policy, const bt_http *r);

#endif
