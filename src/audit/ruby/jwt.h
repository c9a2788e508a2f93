/* What the files share that judge how tokens are made, checked and carried: jwt.c, options.c,
 * keys.c, peek.c, checks.c, rescue.c, claims.c, carriers.c, grants.c. */
#ifndef BATTEN_AUDIT_RUBY_JWT_H
#define BATTEN_AUDIT_RUBY_JWT_H

#include "audit/ruby/flow.h"

typedef struct {
  flow *flow;
  bool known;     /* every part of the options is written out */
  unsigned asked; /* how often options_add was */
  const node *pairs[48];
  size_t count;
} option_set;

void options_add(option_set *o, const node *n);
const node *option_named(const option_set *o,
                         const char *name); /* its value; NULL when it is not given */

bool node_has(const node *n, const char *text); /* its text has it; false for NULL */
bool node_is_list(const node *n);
str node_name(const node *call); /* of the method called */
/* Any string or symbol beneath the node, names and conditions resolved, for which `fits` holds. */
bool literal_within(flow *f, const node *n, bool (*fits)(str text));

/* What an unverified decode serves: the key for the one that verifies; PEEK_SHARED: by a method
 * that others may call, too. */
typedef enum { PEEK_NONE, PEEK_FOR_KEY, PEEK_SHARED } peek;

peek jwt_peeks(flow *f, const node *call);

void key_judge(flow *f, const node *key,
               const node *algorithm);      /* algorithm(s) it serves, or NULL */
bool key_is_own(flow *f, const node *key);  /* the application's alone: it is the only issuer */
bool key_is_none(flow *f, const node *key); /* nil or an empty text, written out */
void key_judge_named(flow *f, const node *at, str name,
                     const node *value); /* config.jwt_secret = value */
bool tokenish(const node *n);            /* a variable, header or parameter that holds a token */
bool encodes_token(const node *n);       /* JWT.encode somewhere in it */
void payload_judge(flow *f, const node *call, const node *payload);

#endif
