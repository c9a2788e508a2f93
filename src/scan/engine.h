/* The engine: the only part of the scanner that sends. It merges, paces, repeats, records; checks
 * only plan and judge. */
#ifndef BATTEN_SCAN_ENGINE_H
#define BATTEN_SCAN_ENGINE_H

#include "scan/check.h"
#include "scan/gate.h"
#include "scan/recording.h"

/* A value seen in an answer of the API. */
typedef struct {
  str path; /* of the operation's description, or its URL */
  str name; /* of the member; empty: an item of a bare list */
  str value;
  bool listed; /* it stood in an object of a list */
} harvested;

typedef LIST(harvested) harvest;

typedef struct {
  str token;
  const key *signer; /* among the signing keys given; NULL when none of them signed it */
  weak_result result;
} searched_token;

/* A token that was given, and what it turned out to be good for. */
typedef struct {
  const identity *who;
  bool sent, works;
  str refused_at; /* the first operation that refused it, with the status; ptr NULL: none did */
} credential;

typedef struct {
  arena *arena; /* the scan's */
  const scan_options *options;
  report *report;
  double now;
  http_client *http; /* NULL when replaying */
  recording *record, *replay;
  canary *canary;
  bool canary_on; /* or was, when the recording was made */
  size_t replayed;
  LIST(document) documents, metadata;
  str tls; /* see tls_look */
  document_list runtime;
  size_t elsewhere; /* requests to other ports */
  key_list discovered_keys, derived_keys;
  bool guessed; /* the seconds for secrets that stand in no list are spent */
  size_t derive_tries;
  double derive_seconds; /* of processor time, spent so far */
  unsigned unanswered;   /* requests of discovery in a row */
  harvest harvest;
  bool *decided;              /* by row of the catalogue: decided on some operation */
  LIST(not_tested) unreached; /* silent only if the target can reach the canary */
  LIST(credential) credentials;
  str own_refused;  /* the URL that was named refuses the good token: how; ptr NULL: it does not */
  size_t testable;  /* operations on which something was decided */
  size_t tokenless; /* of those, the ones for which no good token is known */
  LIST(searched_token) searched;
  str_list tokens; /* of the operations begun, each once */
  key_cache fresh_keys;
  LIST(not_tested) withheld; /* requests that the gate kept back, each once a check */
  size_t sent;   /* requests, repeats of throttled ones not counted: the same when replayed */
  size_t merged; /* probes that shared the answer to another's request */
  size_t begun;  /* operations that were run */
  bool stopped;
} engine;

/* One operation's run: the subject and what went wrong on the way. */
typedef struct {
  engine *engine;
  subject subject;
  outcome *outcomes;
  probe_list *plans;   /* one for each row of the catalogue */
  probe_list *earlier; /* the same before they were planned anew: with what followed */
  int phase;
  size_t allowed;      /* engine.sent may come to here before others have their turn */
  bool suspended;      /* it came there */
  operation operation; /* as tested: the token may be renewed */
  bool bust;           /* a changing query parameter goes by a cache */
  size_t bust_count;
  int recoveries;  /* waits for the good token so far */
  size_t renewals; /* tried so far */
  bool renewed;    /* a new good token was fetched: what is not sent yet must be planned anew */
  size_t halvings; /* of the group, as one was too long for a token's life */
  bool got_on;     /* a group was decided since the token was fetched */
  str lost;        /* why the good token no longer works; ptr NULL while it does */
} operation_run;

/* Sends each of these probes, that have a place for answers, once more; nothing is merged. */
void send_once(operation_run *run, probe *const *probes, size_t count);
/* Sends the probes once each (those whose request was sent already share its answer) and stores the
 * answers. */
void send_probes(operation_run *run, const probe_list *probes);
/* The same, in small groups with the good token after each; a group in which it failed is sent
 * again, slower. */
void send_guarded(operation_run *run, const probe_list *probes);
/* Sends each probe once more, a few together, with the good token behind them. */
void send_again(operation_run *run, const probe_list *probes);
bool good_still_works(operation_run *run);
bool renew_token(
    operation_run *run); /* by its command; false when there is none or it gives the same again */

void baselines_take(operation_run *run);
/* Whether the given tokens work: before the first operation, after each one's baselines, and at the
 * end a sentence about the first that was good for nothing; ptr NULL when there is none. */
void credentials_begin(engine *e);
void credentials_note(operation_run *run);
str credentials_problem(engine *e);
/* The RSA key out of the good token and a spare one, when nothing else gave it; NULL when there is
 * none. */
const key *derive_key(engine *e, const subject *s);
void harvest_take(engine *e, const subject *s);
void harvest_give(engine *e, arena *a, operation *o);
/* Where no place of the token is given or described: finds the one that works, once a scan. */
void settle_place(engine *e, operation_list *operations);
/* Which operations are scanned, in order; what is left out goes into the report with its reason. */
operation_list choose_operations(engine *e, const operation_list *from);
/* Operations from recordings that are described too become one each: recorded as sent, described as
 * meant. */
void join_described(arena *a, operation_list *all);
/* The descriptions at options->spec_urls; and, where wanted, one at the usual places. */
bool discover_described(engine *e, operation_list *out, error *err);
/* What lies there, or NULL without an answer: alone, with the good token where wanted; or many,
 * without. */
const http_response *discover_get(engine *e, const url *u, bool with_token);
void discover_get_all(engine *e, const url *urls, const http_response **out, size_t count);
void discover_documents(engine *e);
void discover_tls(engine *e);     /* recorded like an exchange, so that it can be judged again */
void discover_runtime(engine *e); /* other ports of the host, where --runtime-ports asks for it */
bool ownership_proved(engine *e);
/* One operation: its baselines; then its checks, the most severe first, for about so many requests
 * (false: there is more to send); at last its results into the report, and its memory back. */
operation_run *operation_begin(engine *e, const operation *o, size_t index);
bool operation_continue(operation_run *run, size_t allowance);
/* Whether there is more to send that ends the token's life: after all else, on all operations.
 * `ended` was run before with the same token, or is NULL: a token is ended once. */
bool operation_awaits_last(const operation_run *run);
void operation_last(operation_run *run, const operation_run *ended);
void operation_end(operation_run *run);
/* All operations within the budget. */
void run_operations(engine *e, const operation_list *operations);

#endif
