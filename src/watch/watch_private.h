/* Inside src/watch: the server's parts. */
#ifndef BATTEN_WATCH_PRIVATE_H
#define BATTEN_WATCH_PRIVATE_H

#include "base/json.h"
#include "job/job.h"
#include "net/net.h"
#include "watch/watch.h"

#include <microhttpd.h>
#include <pthread.h>

typedef struct fleet fleet;

typedef struct {
  const watch_options *options;
  fleet *fleet; /* NULL: scans run here */
  alert_settings alerts;
  pthread_mutex_t lock;
  pthread_cond_t changed; /* something in the history has: live pages look again */
  uint64_t generation;    /* counts changes, under the lock */
  unsigned running;
  str hosts[64];         /* of the running scans, under the lock: one scan a host at a time */
  str secret;            /* signs sessions; made at start */
  guess_table *guesses;  /* of the token */
  serve_options serving; /* the dashboard's */
} server;

void server_changed(server *s);

/* ---- one run, in its parts ------------------------------------------------------------------- */

void watch_scan_arguments(arena *a, const watched *w, str_list *out);
void watch_scan_job(arena *a, const job *j, scan_outcome *out);
/* Ends the run with what its scan gave, and says when the next is due. */
bool watch_keep(store *s, arena *a, const watched *w, int64_t run, double ended,
                const scan_outcome *o, double lasts_after, run_row *out, error *e);
/* On stderr, how it went; `row` NULL: *e says why not. */
void watch_say(const watched *w, const run_row *row, const error *e);
str watch_host(arena *a, str url); /* what is scanned one at a time */

/* ---- the dashboard --------------------------------------------------------------------------- */

/* The dashboard and JSON API. NULL with *e set when it cannot listen. */
struct MHD_Daemon *dashboard_start(server *s, error *e);

/* One answer of the dashboard. */
typedef struct {
  unsigned status;
  const char *type;
  str body;
  const char *location, *cookie; /* or NULL */
  unsigned retry_after;          /* seconds; 0: not said */
} page;

/* ---- pages: one function each ---------------------------------------------------------------- */

typedef struct {
  server *server;
  store *store;
  arena *arena;
  str path, query; /* of the request */
  str csrf;        /* of this session */
  str filter;      /* ?severity= or ?q= */
} view;

page page_overview(view *v);
page page_target(view *v, str name);
page page_run(view *v, str name, int64_t run);
page page_alerts(view *v);
page page_login(view *v, unsigned status, const char *wrong); /* 200 and NULL: nothing was wrong */
page page_not_found(view *v);
page api_targets(view *v);
page api_target(view *v, str name);
page api_runs(view *v, str name);
page api_report(view *v, int64_t run);
page api_alerts(view *v);
page api_description(view *v);
page badge(view *v, str name);
str badge_key(const server *s, arena *a, str name);

#endif
