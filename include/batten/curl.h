/* Carries what batten/fetch.h asks, by libcurl. Apart from libbatten, which opens no connection:
 * link with libbatten-curl too (pkg-config batten-curl). */
#ifndef BATTEN_CURL_H
#define BATTEN_CURL_H

#include "batten/fetch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room for one fetch at a time, for one thread at a time. `agent` is the User-Agent. NULL without
 * memory, or when libcurl cannot be started: the first of a process must be made while it has one
 * thread. */
typedef struct bt_curl bt_curl;
bt_curl *bt_curl_new(const char *agent);
void bt_curl_free(bt_curl *c);

/* Asked while a fetch waits; true ends it. */
void bt_curl_stop_when(bt_curl *c, bool (*stop)(void *), void *context);
/* For tests: "host:port:address[,address]", instead of looking the name up. */
bool bt_curl_resolve(bt_curl *c, const char *pin);

/* One request; what it gives lives until the next call. */
bt_fetched bt_curl_carry(bt_curl *c, const bt_fetch *asked);

/* Fetches the keys of issuer `i` and puts them in force, in as many steps as it takes. The body of
 * BT_FETCH_TAKEN is in *set (may be NULL) until the next call. */
bt_fetch_verdict bt_curl_keys(bt_curl *c, bt_policy *policy, size_t i, bt_text *set,
                              bt_problem_fn on_problem, void *context);

#ifdef __cplusplus
}
#endif
#endif
