/* The tables of checks, one a file. The catalogue (catalogue.c) joins them in order. */
#ifndef BATTEN_SCAN_CHECKS_H
#define BATTEN_SCAN_CHECKS_H

#include "scan/check.h"

#define CHECK_TABLE(name)             \
  extern const check CHECKS_##name[]; \
  extern const size_t CHECKS_##name##_COUNT

CHECK_TABLE(SIGNATURE); /* signature.c */
CHECK_TABLE(DUPLICATE);
CHECK_TABLE(ALGORITHM);  /* algorithm.c */
CHECK_TABLE(SECRET);     /* secret.c */
CHECK_TABLE(HEADER_KEY); /* header_key.c */
CHECK_TABLE(KID);        /* kid.c */
CHECK_TABLE(DELIVERY);   /* delivery.c */
CHECK_TABLE(ERRORS);     /* errors.c */
CHECK_TABLE(RULES);      /* rules.c */
CHECK_TABLE(LAST);       /* rules.c: after everything else */
CHECK_TABLE(CLAIMS);     /* claims.c */
CHECK_TABLE(LOOKING);    /* looking.c */

CHECK_TABLE(INVENTORY);   /* inventory.c */
CHECK_TABLE(INPUT);       /* input.c */
CHECK_TABLE(RATE);        /* rate.c */
CHECK_TABLE(ENCRYPTION);  /* encryption.c */
CHECK_TABLE(SSRF);        /* ssrf.c */
CHECK_TABLE(CROSS);       /* cross_identity.c */
CHECK_TABLE(OBJECT);      /* object_authorization.c */
CHECK_TABLE(FUNCTION);    /* function_authorization.c */
CHECK_TABLE(PROPERTY);    /* property.c */
CHECK_TABLE(CONSUMPTION); /* consumption.c */
CHECK_TABLE(GRAPHQL);     /* graphql.c */
CHECK_TABLE(LLM);         /* llm.c */
CHECK_TABLE(RUNTIME);     /* runtime.c */
CHECK_TABLE(EXPOSURE);    /* exposure.c */

bool trace_in(str body, str *frame); /* exposure.c: a stack frame of a known form */

/* ---- object_place.c -------------------------------------------------------------------------- */

/* Where a request names an object: a segment of its path, between `before` and `after`, or the
 * query parameter `name`. */
typedef struct {
  str before, id, after;
  str name; /* ptr NULL: in the path */
} object_place;

enum { OBJECT_PLACES_MAX = 4 };

typedef struct {
  object_place at[OBJECT_PLACES_MAX];
  size_t count;
} object_places;

/* By the description, else by looks. The object itself comes first, then those that it belongs to.
 */
object_places object_places_of(const subject *s);
void object_put(arena *a, const object_place *place, str id, url *u);
str object_nobodys(arena *a, str id); /* of the same form; nobody has it */
str object_collection(
    arena *a, const object_place *place); /* the path that lists such objects; ptr NULL: unknown */

/* ---- shared.c -------------------------------------------------------------------------------- */

/* The probe that holds the operation's own answer: the good token's, or the bare one's; NULL
 * without any. */
probe *own_probe(const subject *s);
const http_response *own_answer(const subject *s);
/* A request elsewhere on the target, as the operation sends its own. */
http_request request_at(const plan *p, const char *method, str path, bool with_token);
void drop_bearer(arena *a, http_request *r);
probe *plan_at(plan *p, str path, bool with_token, const char *what);
probe *plan_own(plan *p, const http_request *r,
                const char *what);             /* looked at; the token in it is masked */
http_request own_request(const plan *p);       /* the operation's, with the good token */
bool is_read(const subject *s);                /* GET or HEAD */
str path_beside(arena *a, str path, str name); /* the last segment replaced */
str unlikely_name(arena *a, const subject *s); /* that nothing is called */
void found(const subject *s, outcome *out, probe *p, str detail);
const description *about(const subject *s); /* NULL: no description */
str skip_without_spec(const subject *s);
bool is_lesser(const subject *s,
               str token_text); /* no role or scope in its claims speaks of administration */
/* The claims of some identity of the scan speak of roles or scopes: then their absence says
 * something. Else a role may be kept where no token shows it. */
bool claims_tell_roles(const subject *s);
/* It holds no data: {"user": {}}, [], {"data": null, "status": "ok"}, nothing at all. */
bool answer_is_empty(const http_response *r);
/* Found when fields of the operation's own answer have such a name and a value. */
void judge_members(const subject *s, outcome *out, const char *pattern);
/* What discovery fetched, as a probe for the evidence; `shown` (ptr NULL: nothing) stands in for
 * its body. */
probe *document_probe(const subject *s, const document *d, const char *what, str shown);

/* The algorithm by which an attacker would sign here: the good token's own, or HS256. */
const algorithm *hmac_of(const subject *s);
key *secret_key(arena *a, str secret);

#endif
