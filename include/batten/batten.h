/* libbatten: a strict verifier of JSON Web Tokens (RFC 7519, RFC 8725).
 *
 * A policy says which tokens are acceptable: issuer, audience, algorithms, keys. One call verifies
 * one token against it and gives acceptance with the claims, or one refusal with a name. There is
 * no permissive default and no option that turns a check off unless the policy file says so.
 *
 *   bt_policy *policy = bt_policy_load_file("batten.policy.yaml", on_problem, NULL);
 *   bt_result *result = bt_result_new(0);                     one for each thread, used again and
 * again if (bt_verify(policy, token, length, NULL, now, result) == BT_ACCEPTED)
 *     serve(bt_claim_text(result, "sub"));
 *
 * Threads: a policy is shared by any number of threads, also while its keys and revocations change.
 * A result belongs to one thread at a time. Nothing is global. bt_verify allocates nothing and
 * waits for no lock.
 *
 * Memory: what a function gives back as bt_text is borrowed: from the policy as long as the policy
 * lives, from a result until the next bt_verify with it. It does not end in NUL. */
#ifndef BATTEN_BATTEN_H
#define BATTEN_BATTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that belong to somebody else. ptr is NULL when there is no such thing. */
typedef struct {
  const char *ptr;
  size_t len;
} bt_text;

const char *bt_version(void);

/* ---- verdicts -------------------------------------------------------------------------------- */

typedef enum {
  BT_ACCEPTED = 0,
  BT_REFUSED = 1, /* the token is not acceptable; the client gets 401, always the same */
  BT_NO_KEYS = 2, /* the issuer has no usable key just now (none loaded, or too old): 503 */
} bt_status;

/* Why a token was refused: for logs and metrics, never for the client (rule 22). Names and numbers
 * are stable; new ones are added at the end. `batten token verify --refusals` prints them. */
typedef enum {
  BT_REFUSAL_NONE = 0,
  BT_TOKEN_MISSING, /* rule 1 */
  BT_TOKEN_TOO_LONG,
  BT_TOKEN_NOT_COMPACT,
  BT_BASE64_INVALID, /* rule 2 */
  BT_JSON_INVALID,   /* rule 3 */
  BT_JSON_NOT_OBJECT,
  BT_JSON_DUPLICATE,
  BT_JSON_TOO_DEEP,
  BT_ALG_MISSING, /* rule 4 */
  BT_ALG_NOT_ALLOWED,
  BT_ALG_KEY_MISMATCH,
  BT_ALG_NONE,         /* rule 5 */
  BT_SIGNATURE_LENGTH, /* rule 7 */
  BT_SIGNATURE_RANGE,
  BT_SIGNATURE_INVALID, /* rules 7 and 8 */
  BT_CRIT_UNKNOWN,      /* rule 9 */
  BT_B64_FALSE,
  BT_ENCRYPTED_OR_NESTED,
  BT_HEADER_KEY,  /* rule 10 */
  BT_KID_INVALID, /* rule 11 */
  BT_KID_UNKNOWN,
  BT_KID_AMBIGUOUS,
  BT_TYP_MISMATCH, /* rule 12 */
  BT_ISS_MISSING,  /* rule 13 */
  BT_ISS_UNKNOWN,
  BT_AUD_MISSING, /* rule 14 */
  BT_AUD_INVALID,
  BT_AUD_MISMATCH,
  BT_EXP_MISSING, /* rule 15 */
  BT_TIME_INVALID,
  BT_EXPIRED,
  BT_NOT_YET_VALID,
  BT_ISSUED_IN_FUTURE,
  BT_IAT_MISSING,
  BT_LIFETIME_TOO_LONG,
  BT_CLAIM_MISSING, /* rule 16 */
  BT_CLAIM_INVALID,
  BT_REPLAYED, /* rule 17 */
  BT_REPLAY_MEMORY_FULL,
  BT_REVOKED,     /* rule 18 */
  BT_CNF_MISSING, /* rule 19 */
  BT_CNF_UNSUPPORTED,
  BT_CERTIFICATE_MISSING,
  BT_CERTIFICATE_MISMATCH,
  BT_DPOP_MISSING,
  BT_DPOP_INVALID,
  BT_DPOP_MISMATCH,
  BT_DPOP_REPLAYED,
  BT_DPOP_NONCE,
  BT_WORKLOAD_MISMATCH, /* rule 20 */
  BT_SCOPE_INVALID,     /* rule 21 */
  BT_KEYS_UNAVAILABLE,  /* rule 23 */
  BT_REVOCATION_UNREAD, /* rule 18 */
  BT_CLAIM_MISMATCH,    /* rule 16 */
  BT_TOKEN_MISPLACED,   /* rule 13 */
  BT_DPOP_SCHEME,       /* rule 19 */
  BT_TOKEN_INACTIVE,    /* rule 23 */
  BT_REFUSAL_COUNT
} bt_refusal;

const char *
bt_refusal_name(bt_refusal refusal);     /* "aud-mismatch"; NULL when there is no such refusal */
int bt_refusal_rule(bt_refusal refusal); /* 1 to 23 */
const char *
bt_refusal_sentence(bt_refusal refusal); /* "no member of `aud` is an audience of the policy" */

/* ---- policies -------------------------------------------------------------------------------- */

typedef struct bt_policy bt_policy;

/* Something wrong (or, as a warning, unwise) in a policy or one of its files. Texts live for the
 * call only. */
typedef struct {
  bool warning;
  const char *file;
  unsigned line, column; /* from 1; 0 when the file as a whole is meant */
  const char *message;   /* one sentence: what, and what to write instead */
} bt_problem;

typedef void (*bt_problem_fn)(const bt_problem *problem, void *context);

/* Reads a policy file (YAML or JSON, see docs/policy.md) and the key files it names. Every problem
 * is reported through `on_problem` (may be NULL). NULL when there was any that is no warning. Free
 * with bt_policy_free. */
bt_policy *bt_policy_load_file(const char *path, bt_problem_fn on_problem, void *context);
/* The same from memory; `name` stands for the file in problems, paths are relative to `directory`.
 */
bt_policy *bt_policy_load_text(const char *text, size_t length, const char *name,
                               const char *directory, bt_problem_fn on_problem, void *context);
/* One more owner of the policy, who must free it too; so that a reload can swap policies under
 * running readers. */
bt_policy *bt_policy_share(bt_policy *policy);
void bt_policy_free(bt_policy *policy);

/* For a policy that was just loaded to replace `before`, before any bt_verify with it: what
 * `before` has seen once (rule 17) goes on where `replay_memory` is the same, and so do the sets it
 * has fetched, for issuers that name the same source. */
void bt_policy_continue(bt_policy *policy, const bt_policy *before);

/* Looks for changed key files and revocation lists and takes them over; call it every half second
 * or so from any one thread. A file that vanished, is damaged or too large leaves the last good
 * state and is reported. True when something was taken over. `now` as for bt_verify. */
bool bt_policy_refresh(bt_policy *policy, double now, bt_problem_fn on_problem, void *context);

/* ---- what a policy says, for those who enforce it -------------------------------------------- */

typedef enum { BT_ENFORCE, BT_OBSERVE } bt_mode;

bt_mode bt_policy_mode(const bt_policy *policy);

typedef enum { BT_PLACE_BEARER, BT_PLACE_HEADER, BT_PLACE_COOKIE, BT_PLACE_QUERY } bt_place_kind;

typedef struct {
  bt_place_kind kind;
  bt_text name; /* of the header, cookie or parameter; "Authorization" for BT_PLACE_BEARER */
} bt_place;

/* The URL of the resource's metadata (RFC 9728) that challenges name; ptr NULL: none. */
bt_text bt_policy_resource_metadata(const bt_policy *policy);

/* Where tokens are looked for, without doubles. More than one token in a request is a refusal. */
size_t bt_policy_place_count(const bt_policy *policy);
bt_place bt_policy_place(const bt_policy *policy, size_t i);

/* Response header -> claim, from `forward:`; the claim's text goes into the header of the forwarded
 * request. */
typedef struct {
  bt_text header, claim;
} bt_forward;

size_t bt_policy_forward_count(const bt_policy *policy);
bt_forward bt_policy_forward(const bt_policy *policy, size_t i);

typedef struct bt_route bt_route;

typedef enum {
  BT_ROUTE_TOKEN,  /* a valid token is needed; with the scopes of *route, when route is not NULL */
  BT_ROUTE_PUBLIC, /* no token is needed */
  BT_ROUTE_NONE,   /* the policy has routes, and none is this one: refuse */
  BT_ROUTE_AMBIGUOUS,   /* servers read the path in different ways (bt_path_fault): refuse */
  BT_ROUTE_HOST_UNKNOWN /* routes name hosts, and this is none: refuse */
} bt_route_kind;

/* `uri` is the request target: path and query, or an absolute URI. The query does not take part.
 * The first route that matches path, method and host decides. Where the path has further readings
 * (letter case, "/a/" and "/a.json" for "/a", what the policy allows by name), *route is the one
 * that asks for the most. `host` may be NULL-ptr when unknown. */
bt_route_kind bt_policy_route(const bt_policy *policy, bt_text method, bt_text host, bt_text uri,
                              const bt_route **route);
size_t bt_route_scope_count(const bt_route *route);

/* What the policy says of methods that a form or the query asks for (`_method=delete`). */
typedef enum {
  BT_OVERRIDE_REFUSED, /* default: they are refused, and so is a body that may hold one, where it
                          would be on another route */
  BT_OVERRIDE_NONE,    /* the application reads none */
  BT_OVERRIDE_BODY     /* who enforces the policy reads the form, and decides on its method: the gem
                          alone */
} bt_override;

/* Whether the policy allows kinds of paths that are otherwise refused. */
bool bt_policy_paths_allowed(const bt_policy *policy);
bt_override bt_policy_override(const bt_policy *policy);
bt_text bt_route_scope(const bt_route *route, size_t i);

/* Whether the policy's list of scopes holds this one; one that it does not hold is granted to
 * nobody. */
bool bt_policy_knows_scope(const bt_policy *policy, bt_text scope);

/* Tells, as warnings, of what the policy does not say and its author should know. */
void bt_policy_advise(const bt_policy *policy, bt_problem_fn tell, void *context);

/* What the policy allows and refuses, key by key, in plain words, for a person. Free with
 * bt_text_free; NULL without memory. */
char *bt_policy_describe(const bt_policy *policy, double now);
void bt_text_free(char *text);

/* ---- several processes ----------------------------------------------------------------------- */

/* What was seen once (rule 17) must be known to every process that enforces the policy. The bytes
 * that its memory needs, 0 when the policy remembers nothing; and: keep it at `memory`, aligned as
 * for malloc, shared, zeroed or used for a policy of the same replay_memory before, whose memory
 * then goes on. Before any bt_verify; the memory must outlive the policy. */
size_t bt_policy_replay_size(const bt_policy *policy);
bool bt_policy_replay_in(bt_policy *policy, void *memory);

/* Where the policy has `dpop_nonce: true` (RFC 9449 section 8), the nonce that clients get now; the
 * length written (32), 0 when none is asked for. Its key is in the memory above, so all who share
 * that take each other's nonces; or in a file that the policy names: then
 * bt_policy_dpop_nonce_shared is true, as it is where no nonces are asked for. */
size_t bt_policy_dpop_nonce(const bt_policy *policy, double now, char *out, size_t size);
bool bt_policy_dpop_nonce_shared(const bt_policy *policy);

/* ---- keys that come from elsewhere ----------------------------------------------------------- */

typedef enum {
  BT_KEYS_FILE,
  BT_KEYS_ENV,
  BT_KEYS_JWKS_URL,
  BT_KEYS_RAILS,
  BT_KEYS_VAULT,
  BT_KEYS_PKCS11,
  BT_KEYS_DISCOVERY,
  BT_KEYS_INTROSPECTION
} bt_keys_kind;

typedef enum {
  BT_KEYS_READY,
  BT_KEYS_STALE,
  BT_KEYS_NONE
} bt_keys_state; /* stale: only the last good set, still alive */

typedef struct {
  bt_text issuer;
  bt_keys_kind kind;
  bt_text source; /* file name, variable, URL, PKCS#11 URI, or the issuer to ask for its URL */
  bt_text path;   /* where in it the key stands: BT_KEYS_RAILS, BT_KEYS_VAULT; else NULL ptr */
  bt_text ca, cert, cert_key; /* files, with NUL behind; NULL ptr: none */
  bt_keys_state state;
  size_t key_count;
  double loaded, good_until; /* seconds since 1970; good_until 0: no end */
} bt_issuer;

size_t bt_policy_issuer_count(const bt_policy *policy);
bt_issuer bt_policy_issuer(const bt_policy *policy, size_t i, double now);
/* The first source of keys that only `batten guard serve` knows how to ask (BT_KEYS_VAULT,
 * BT_KEYS_PKCS11, BT_KEYS_INTROSPECTION); NULL ptr: none. Who else enforces policies must refuse
 * such a one. */
bt_text bt_policy_guard_only(const bt_policy *policy);
/* The list of `revocation: {file: ...}` was not there when it was last looked for. A policy loads
 * without it; who reloads must keep the old policy, or what the list revoked is good again. */
bool bt_policy_revocations_missing(const bt_policy *policy);
/* The list or database could not be read whole when it was last looked at, or is not there: the
 * last good state holds. From any thread. */
bool bt_policy_revocations_unread(const bt_policy *policy);
/* One line of text about key `k` of issuer `i` ("kid a1, RS256, RSA of 2048 bits, thumbprint ..."),
 * never a secret. False when there is no such key. */
bool bt_policy_key_line(const bt_policy *policy, size_t i, size_t k, char *line, size_t size);

/* libbatten opens no connection. Who runs it fetches, as batten/fetch.h says: this says whether
 * issuer `i` wants its keys fetched now. Its set is due; or a token named an unknown kid, at most
 * once per `cool_down`; or it has no key at all, then every second for a minute, and after that
 * ever less often. Not before a busy server's Retry-After. A true answer begins a fetch. */
bool bt_policy_keys_wanted(bt_policy *policy, size_t i, double now);
/* For sources that are asked in another way (BT_KEYS_VAULT, BT_KEYS_PKCS11) takes over what they
 * gave, atomically; keys no longer in it stay for the issuer's `overlap`. With NULL bytes: the
 * fetch failed. On false the last good set is kept until its `max_stale`, then tokens are refused
 * (BT_NO_KEYS). */
bool bt_policy_set_keys(bt_policy *policy, size_t i, const char *bytes, size_t length, double now,
                        bt_problem_fn on_problem, void *context);

/* Each file that a policy file names, absolute, whether it is there or not; for a process that must
 * know beforehand what it will read. False when the policy file cannot be read. */
bool bt_policy_files(const char *path, void (*each)(const char *file, void *context),
                     void *context);

/* ---- revocation ------------------------------------------------------------------------------ */

/* Appends one line to a revocation list; running policies see it at their next bt_policy_refresh.
 * `kind` is "jti", "sub", "kid" or "issued-before" (then `value` is seconds since 1970 or RFC
 * 3339). `issuer` may have NULL ptr: any. `until` 0: for ever. False, with a sentence in `message`,
 * when it could not be written. */
bool bt_revoke(const char *file, const char *kind, bt_text value, bt_text issuer, double until,
               char *message, size_t size);
/* Whether that is an entry; bt_revoke writes no other. */
bool bt_revocation_valid(const char *kind, bt_text value, bt_text issuer, double until,
                         char *message, size_t size);
/* Makes an empty list where there is no file: see bt_policy_revocations_missing. */
bool bt_revoked_create(const char *file, char *message, size_t size);
bt_text
bt_policy_revocation_file(const bt_policy *policy); /* NULL ptr when the policy names none */

/* libbatten opens no database. Who runs a policy with `revocation: {sqlite: PATH}` reads it, for C
 * with batten/sqlite.h; until the first time every token is refused (BT_REVOCATION_UNREAD). */
bt_text bt_policy_revocation_database(
    const bt_policy *policy); /* its path, with NUL behind it; NULL ptr: none is named */
/* The statement that makes the table, and the one that reads it: rows of one column, each a line of
 * a revocation list. */
const char *bt_revoked_schema(void);
const char *bt_revoked_query(void);
/* Takes over the lines, all that there are. False, and told of each by its number, when one cannot
 * be read: then what was taken over before stays. With a NULL list: it could not be read at all. */
bool bt_policy_set_revoked(bt_policy *policy, const char *list, size_t length, double now,
                           bt_problem_fn on_problem, void *context);

/* ---- verifying ------------------------------------------------------------------------------- */

/* What is known of the request, for tokens bound to a client certificate or a DPoP key (rule 19).
 * Zero what is unknown: an unknown fact proves nothing, so a bound token is refused. */
typedef struct {
  bt_text method; /* "GET" */
  bt_text
      uri; /* absolute ("https://host/path?query"), or a path when the policy names `dpop_origin` */
  const bt_text *dpop; /* the values of all DPoP header fields; more than one refuses */
  size_t dpop_count;
  bt_text
      client_certificate; /* DER, PEM, or percent-encoded PEM (nginx's $ssl_client_escaped_cert) */
  bt_text nonce;          /* the DPoP nonce the server gave out; NULL ptr: none is demanded */
  size_t place; /* where the token was found: of bt_policy_place, plus one; 0: unknown, and then
                   every issuer's tokens are taken */
  bool under_bearer; /* it came as `Authorization: Bearer`: a DPoP-bound one is then refused (RFC
                        9449 section 7.2) */
} bt_request;

typedef struct bt_result bt_result;

/* `cache_bytes` 0: no cache. Else up to that much memory holds tokens already verified; one of them
 * costs a hash and a comparison instead of a signature. Time, revocation, replay and binding are
 * checked again each time. NULL without memory. */
bt_result *bt_result_new(size_t cache_bytes);
void bt_result_free(bt_result *result);

/* Verifies. `token` is any bytes, without surrounding white space. `request` may be NULL. `now` is
 * seconds since 1970. */
bt_status bt_verify(const bt_policy *policy, const char *token, size_t length,
                    const bt_request *request, double now, bt_result *result);

bt_refusal bt_result_refusal(const bt_result *result); /* BT_REFUSAL_NONE when accepted */
const char *bt_result_detail(
    const bt_result *result); /* more of the reason, NUL-terminated; holds no byte of the token */
bt_text bt_result_issuer(const bt_result *result); /* as the policy writes it */
size_t bt_result_issuer_index(const bt_result *result);
bt_text bt_result_kid(const bt_result *result);
bool bt_result_cached(const bt_result *result);

/* Claims of an accepted token; nothing for a refused one. `name` is a claim's name, its way into
 * objects by dots ("realm_access.roles"), or a JSON pointer ("/realm_access/roles"); one that the
 * token lets be read in two ways gives nothing. A nested claim's text lives until the next call. */
bt_text bt_claims_json(const bt_result *result);                  /* the payload */
bt_text bt_claim_json(const bt_result *result, const char *name); /* a claim's JSON text */
bt_text bt_claim_text(const bt_result *result, const char *name); /* a string */
bool bt_claim_number(const bt_result *result, const char *name, double *out); /* a number */
bool bt_claim_bool(const bt_result *result, const char *name, bool *out);
size_t bt_claim_item_count(const bt_result *result,
                           const char *name); /* strings of an array; 1 for a string */
bt_text bt_claim_item(bt_result *result, const char *name, size_t i);

/* The token's scopes that the policy's allow list holds, in the list's order (rule 21). */
size_t bt_scope_count(const bt_result *result);
bt_text bt_scope(const bt_result *result, size_t i);
bool bt_has_scope(const bt_result *result, bt_text scope);
/* True when all scopes of the route are there. A NULL route needs none. */
bool bt_may(const bt_result *result, const bt_route *route);

#ifdef __cplusplus
}
#endif
#endif
