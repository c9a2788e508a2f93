/* Key sets behind URLs: when to ask, what to ask, and what an answer means. libbatten opens no
 * connection; who runs a policy carries the bytes, for C with batten/curl.h, and all carry them by
 * these rules:
 *
 * - a GET of `url` with `headers`, TLS verified against `ca` (NULL: the system's), showing `cert`
 *   with `key` where there are any;
 * - no redirect, no proxy, no content coding;
 * - only to an address that bt_keys_address allows, asked of the socket's own address, so that a
 *   second look-up of the name cannot answer otherwise;
 * - at most BT_FETCH_SECONDS, at most BT_FETCH_BYTES of body. */
#ifndef BATTEN_FETCH_H
#define BATTEN_FETCH_H

#include "batten/batten.h"

#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BT_FETCH_SECONDS = 5, BT_FETCH_BYTES = 512 * 1024, BT_FETCH_HEADERS = 8 };

/* Whether issuer `i` has its keys behind a URL (BT_KEYS_JWKS_URL, BT_KEYS_DISCOVERY). */
bool bt_fetch_possible(const bt_policy *policy, size_t i);

/* One request. Texts end in NUL and live until bt_fetch_free. */
typedef struct {
  const char *url;
  const char *headers[BT_FETCH_HEADERS + 1]; /* "Name: value"; NULL behind the last */
  const char *form;            /* the body of a form: then it is a POST; NULL: a GET */
  const char *ca, *cert, *key; /* PEM files, or NULL */
  int step;                    /* for bt_fetch_end */
  void *memory;
} bt_fetch;

/* What came back: fields have NULL ptr when the answer has none of that name. */
typedef struct {
  int status;          /* 0: no answer, or not whole within the limits */
  const char *failure; /* then why, in a few words */
  bt_text body, etag, last_modified, cache_control, retry_after, location;
} bt_fetched;

typedef enum {
  BT_FETCH_FAILED, /* told why; the last good set is kept for its `max_stale` */
  BT_FETCH_TAKEN,  /* the body is the set in force now */
  BT_FETCH_KEPT,   /* not modified: the set in force is good for another while */
  BT_FETCH_MORE,   /* begin again at once: this answer said where to ask */
} bt_fetch_verdict;

/* After bt_policy_keys_wanted said so: what to ask now. A token of the policy's (`bearer: @FILE`)
 * is read anew each time. False, told why, when it cannot be: this fetch has failed. */
bool bt_fetch_begin(bt_policy *policy, size_t i, double now, bt_fetch *out,
                    bt_problem_fn on_problem, void *context);
bt_fetch_verdict bt_fetch_end(bt_policy *policy, size_t i, const bt_fetch *asked,
                              const bt_fetched *answer, double now, bt_problem_fn on_problem,
                              void *context);
void bt_fetch_free(bt_fetch *asked);

/* Whether the operator's own servers may be asked at this address. Never at a link-local one, nor
 * where clouds serve metadata and credentials, also when mapped or translated into IPv6; and
 * without TLS at loopback alone. */
bool bt_keys_address(const struct sockaddr_storage *address, bool tls);

/* ---- several processes ----------------------------------------------------------------------- */

enum { BT_URL_MAX = 1024, BT_VALIDATOR_MAX = 256 };

/* What is known of a source besides its keys: plain bytes, for memory that processes share. */
typedef struct {
  double asked;      /* when the last fetch began */
  double due;        /* when the next is due */
  double not_before; /* what a server that is busy has asked for (Retry-After) */
  double loaded;     /* when the set in force was last known to be right */
  double found_until;
  unsigned misses;        /* fetches in a row that brought nothing */
  unsigned look;          /* which of the metadata addresses is next */
  char found[BT_URL_MAX]; /* where discovery found the set */
  char etag[BT_VALIDATOR_MAX], modified[BT_VALIDATOR_MAX];
} bt_keys_memo;

bool bt_policy_keys_memo(bt_policy *policy, size_t i, bt_keys_memo *out);
/* Takes over what another process was told: the memo, and with `bytes` the set. */
bool bt_policy_share_keys(bt_policy *policy, size_t i, const char *bytes, size_t length,
                          const bt_keys_memo *memo, double now, bt_problem_fn on_problem,
                          void *context);

#ifdef __cplusplus
}
#endif
#endif
