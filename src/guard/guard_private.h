/* Inside src/guard: the daemon's shared state. */
#ifndef BATTEN_GUARD_PRIVATE_H
#define BATTEN_GUARD_PRIVATE_H

#include "batten/curl.h"
#include "batten/decide.h"
#include "batten/introspect.h"
#include "guard/guard.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

typedef struct introspection introspection;

enum { NAMES_MAX = BT_REFUSAL_COUNT + BT_REASON_COUNT };

typedef struct {
  const guard_options *options;
  pthread_rwlock_t lock; /* of `policy`: readers take a share, the reloader swaps */
  bt_policy *policy;
  file_stamp seen; /* of its file, taken before it was read: a change meanwhile is seen */
  atomic_uint_fast64_t decided[3][NAMES_MAX]; /* allowed, refused, observed; by reason */
  atomic_uint_fast64_t reloads, reload_failures, key_fetches, key_fetch_failures;
  atomic_bool ready;
  pthread_mutex_t fetching; /* of `fetches`, the threads that are out for keys */
  pthread_cond_t fetched;   /* one has come back */
  unsigned fetches;
  introspection *introspection;
} guard;

bt_policy *guard_policy(guard *g); /* a share: bt_policy_free it */

/* ---- answers (answer.c) ---------------------------------------------------------------------- */

/* Where `may_wait`, the connection may have been suspended instead: *waits. */
enum MHD_Result guard_answer(guard *g, struct MHD_Connection *c, const char *target,
                             const char *method, bool may_wait, bool *waits);

/* ---- metrics (metrics.c) --------------------------------------------------------------------- */

void metrics_count(guard *g, const bt_decision *d);
struct MHD_Daemon *metrics_start(guard *g, error *e);

/* ---- logs (log.c) ---------------------------------------------------------------------------- */

/* One JSON line on stdout for a decision; no byte of the token. */
void log_decision(const guard *g, const bt_decision *d, const bt_http *request, bt_result *result);
void log_event(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- upkeep (upkeep.c): reload, refresh ------------------------------------------------------ */

bool upkeep_run(guard *g, error *e); /* until *stop */
void log_problem(const bt_problem *p, void *context);

/* ---- keys that are elsewhere (fetch.c) ------------------------------------------------------- */

void fetch_keys(guard *g, bt_policy *policy); /* begins with those that are wanted now */
void fetch_wait(guard *g);                    /* until all have come back */

/* ---- tokens that their issuer is asked about (introspect.c) ---------------------------------- */

introspection *introspect_new(void);
void introspect_stop(introspection *x);
void introspect_free(introspection *x);
/* What is known of the token just now. */
bt_asked introspect_look(introspection *x, const bt_policy *policy, size_t issuer, bt_text token,
                         double now, char *answer, size_t *length);
/* Suspends the connection until more is known. False when there is no room. */
bool introspect_wait(introspection *x, bt_policy *policy, size_t issuer, bt_text token,
                     struct MHD_Connection *c);

/* ---- tokens of PKCS#11 (pkcs11.c) ------------------------------------------------------------ */

/* The public keys that the URI (RFC 7512) names, as a JWKS; their labels are their kids. */
bool pkcs11_keys(arena *a, str uri, str *jwks, error *e);

/* ---- confinement (confine.c) ----------------------------------------------------------------- */

/* Becomes the user, then keeps to the folders that the policy names and to what a server needs.
 * Before any thread. */
bool guard_confine(const guard_options *o, const bt_policy *policy, error *e);
/* Afterwards: whether all that the policy file names now can be read; what cannot is told of. */
bool guard_may_read(const guard_options *o);

#endif
