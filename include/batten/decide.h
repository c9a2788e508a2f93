/* Deciding a whole HTTP request by a policy: route, place of the token, verification, scopes. The
 * guard daemon, the nginx module and the Ruby gem all ask this one function, so that they cannot
 * differ. Part of libbatten. */
#ifndef BATTEN_DECIDE_H
#define BATTEN_DECIDE_H

#include "batten/batten.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The i-th value of a header field by its lower-case name, in order of arrival; ptr NULL past the
 * last. */
typedef bt_text (*bt_header_fn)(void *context, const char *name, size_t i);

typedef struct {
  bt_text method;
  bt_text host;   /* as the client sent it, or ptr NULL */
  bt_text scheme; /* "https" or "http", for DPoP's htu; ptr NULL: https */
  bt_text uri;    /* the request target as the client sent it: path and query, never decoded */
  bt_header_fn header;
  void *context;
  bt_text client_certificate; /* as in bt_request; ptr NULL: none */
} bt_http;

/* What cannot be said of a token alone. Names are stable as those of bt_refusal. */
typedef enum {
  BT_REASON_NONE,
  BT_REASON_TOKEN,         /* see bt_decision.refusal */
  BT_REASON_TOKEN_SEVERAL, /* more than one token in the request */
  BT_REASON_INSUFFICIENT_SCOPE,
  BT_REASON_ROUTE_UNKNOWN,     /* the policy has routes, and none is this one */
  BT_REASON_PATH_AMBIGUOUS,    /* servers would read the path in different ways */
  BT_REASON_METHOD_OVERRIDDEN, /* a header or parameter asks for another method, or another path,
                                  than the request's */
  BT_REASON_REQUEST_INVALID,   /* no method or no path */
  BT_REASON_COUNT
} bt_reason;

typedef struct {
  bool allowed;      /* let it through; in observe mode also what would be refused */
  bool would_refuse; /* observe mode: it would have been */
  int status;        /* of the refusal: 401, 403 or 503; 0 when nothing is refused */
  bt_reason reason;
  bt_refusal refusal;    /* when reason is BT_REASON_TOKEN */
  const bt_route *route; /* of the policy; NULL when none */
  bool dpop_nonce;       /* give the client a new nonce with the answer: a DPoP-Nonce field of
                            bt_policy_dpop_nonce */
  bool verified;         /* the result holds an accepted token (a public route may have none) */
} bt_decision;

/* Decides. `result` is this thread's, as for bt_verify; it holds the claims when `verified`.
 * Allocates nothing. */
bt_decision bt_decide(const bt_policy *policy, const bt_http *request, double now,
                      bt_result *result);

const char *
bt_reason_name(bt_reason reason); /* "insufficient-scope"; for BT_REASON_TOKEN "token" */
/* The name for logs and metrics: of the refusal, or of the reason; "none" when allowed. */
const char *bt_decision_name(const bt_decision *decision);
/* The WWW-Authenticate field for the refusal (RFC 6750 section 3): the same for every refused
 * token, but for who lacks a nonce (RFC 9449 section 9); the missing scopes for 403. Returns the
 * length written, 0 when none belongs there (503). */
size_t bt_decision_challenge(const bt_decision *decision, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
