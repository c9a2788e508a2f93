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
 * last. Names are alike when they differ in letter case or in `-`, `_` and `.` alone
 * (bt_name_like): CGI, Rack, WSGI and PHP read them so. */
typedef bt_text (*bt_header_fn)(void *context, const char *name, size_t i);

/* Whether an application may take the field `name` for the one called `lower`. */
bool bt_name_like(bt_text name, const char *lower);

/* What is known of a request's body, which may ask for another method (`_method=delete`). */
typedef enum {
  BT_BODY_UNKNOWN, /* there may be one */
  BT_BODY_NONE,
  BT_BODY_THERE,
  BT_BODY_READ /* who asks reads forms itself, and refuses what asks for another method */
} bt_body;

typedef struct {
  bt_text method;
  bt_text host;      /* as the client sent it, or ptr NULL */
  bt_text scheme;    /* "https" or "http", for DPoP's htu; ptr NULL: https */
  bt_text uri;       /* the request target as the client sent it: path and query, never decoded */
  bt_text authority; /* of an absolute-form target or HTTP/2's `:authority`, where `uri` does not
                        hold it; ptr NULL: none */
  bt_body body;
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
  BT_REASON_HOST_AMBIGUOUS,    /* no host, several, or one that is none, where that matters */
  BT_REASON_COUNT
} bt_reason;

/* How servers read one path in different ways. The first ones may be allowed by name in a policy
 * (`paths: {allow: [encoded-slash]}`), and are then held to the strictest of their readings. */
typedef enum {
  BT_PATH_FINE,
  BT_PATH_ENCODED_SLASH,   /* %2F */
  BT_PATH_BACKSLASH,       /* a backslash, %5C */
  BT_PATH_SEMICOLON,       /* ;name=value, %3B */
  BT_PATH_EMPTY_SEGMENT,   /* // */
  BT_PATH_ENCODED_PERCENT, /* %252F: a separator, a dot or an escape that was encoded twice */
  BT_PATH_ENCODED_QUERY,   /* %3F, %23 */
  BT_PATH_INVALID_UTF8,    /* %FF */
  BT_PATH_LAST_ALLOWABLE = BT_PATH_INVALID_UTF8,
  BT_PATH_DOT_SEGMENT, /* . or .., plain or encoded */
  BT_PATH_NUL,
  BT_PATH_CONTROL,
  BT_PATH_OVERLONG_UTF8, /* %C0%AF */
  BT_PATH_BAD_ESCAPE,    /* %zz */
  BT_PATH_FRAGMENT,      /* # */
  BT_PATH_NONE,          /* no path: *, host:port, nothing */
  BT_PATH_TOO_LONG,
  BT_PATH_NEEDLESS_ESCAPE, /* %61 for a, where a server's own locations decide (bt_decide_place) */
  BT_PATH_ROUTES_DIFFER,   /* the readings are on routes of which none asks for all of the others */
  BT_PATH_COUNT
} bt_path_fault;

typedef struct {
  bool allowed;      /* let it through; in observe mode also what would be refused */
  bool would_refuse; /* observe mode: it would have been */
  int status;        /* of the refusal: 401, 403 or 503; 0 when nothing is refused */
  bt_reason reason;
  bt_refusal refusal;    /* when reason is BT_REASON_TOKEN */
  bt_path_fault fault;   /* when reason is BT_REASON_PATH_AMBIGUOUS */
  const bt_route *route; /* of the policy; NULL when none */
  bool dpop_nonce;       /* give the client a new nonce with the answer: a DPoP-Nonce field of
                            bt_policy_dpop_nonce */
  bool preflight;        /* a browser's question (`preflight: true`), which needs neither token nor
                            scope */
  bt_text resource_metadata; /* the policy's, for the challenge */
  bool verified;             /* the result holds an accepted token (a public route may have none) */
} bt_decision;

/* Decides. `result` is this thread's, as for bt_verify; it holds the claims when `verified`.
 * Allocates nothing. */
bt_decision bt_decide(const bt_policy *policy, const bt_http *request, double now,
                      bt_result *result);

/* The part of bt_decide that is about the request target alone, and allocates and remembers
 * nothing: for a server that chooses by it before a policy is asked, as nginx does its location.
 * With `by_place` that choice is itself a decision (a place without a guard, or with scopes of its
 * own): then nothing is allowed by name, and a needless escape is refused too. */
bt_decision bt_decide_place(const bt_policy *policy, bt_text uri, bool by_place);

/* One step of a decision, for a person. Texts live for the call; they may hold any bytes of the
 * request and of the token's claims, but never the token itself nor its signature. */
typedef enum { BT_STEP_FINE, BT_STEP_REFUSED, BT_STEP_NOT_REACHED } bt_step_state;

typedef struct {
  const char *name; /* "issuer" */
  bt_step_state state;
  bt_text wanted; /* what the policy asks for; ptr NULL: not known, or nothing to say */
  bt_text given;  /* what the request has */
  bt_text note;   /* of a refusal: its name and why */
} bt_step;

typedef void (*bt_step_fn)(const bt_step *step, void *context);

/* bt_decide, telling each of its steps in order: up to the route, and where a token was judged,
 * those of the token. Allocates. */
bt_decision bt_explain(const bt_policy *policy, const bt_http *request, double now,
                       bt_result *result, bt_step_fn tell, void *context);

const char *bt_path_fault_name(bt_path_fault fault); /* "encoded-slash" */
/* What there is to say of a reason in a log, beyond its name: the path's fault, or "". */
const char *bt_decision_detail(const bt_decision *decision);

const char *
bt_reason_name(bt_reason reason); /* "insufficient-scope"; for BT_REASON_TOKEN "token" */
/* The name for logs and metrics: of the refusal, or of the reason; "none" when allowed. */
const char *bt_decision_name(const bt_decision *decision);
/* The WWW-Authenticate field for the refusal (RFC 6750 section 3): the same for every refused
 * token, but for who lacks a nonce (RFC 9449 section 9), and without an error for who brought none;
 * the missing scopes for 403; where the policy names it, the resource's metadata (RFC 9728).
 * Returns the length written, 0 when none belongs there (503). */
size_t bt_decision_challenge(const bt_decision *decision, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
