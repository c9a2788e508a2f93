/* The watcher as a server: what is due runs, each run in a thread of its own that waits for its
 * child, or goes to the workers of a fleet; alerts leave by another thread; the dashboard shows. */
#include "watch/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PRUNE_SECONDS = 3600, DUE_PAGE = 500 };

void server_changed(server *s) {
  pthread_mutex_lock(&s->lock);
  s->generation++;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
}

static void wait_a_moment(void) {
  struct timespec moment = {0, 200 * 1000 * 1000};
  nanosleep(&moment, NULL);
}

/* ---- runs ------------------------------------------------------------------------------------ */

typedef struct {
  server *server;
  arena *arena;
  watched target;
  str host;
} task;

/* Takes a place for the host, so that two targets on one machine are not scanned at once. */
static bool take_place(server *s, str host) {
  bool ok = true;
  pthread_mutex_lock(&s->lock);
  if (s->running >= s->options->concurrency)
    ok = false;
  for (unsigned i = 0; ok && i < s->running; i++)
    ok = !str_eq(s->hosts[i], host);
  if (ok)
    s->hosts[s->running++] = host;
  pthread_mutex_unlock(&s->lock);
  return ok;
}

static void leave_place(server *s, str host) {
  pthread_mutex_lock(&s->lock);
  for (unsigned i = 0; i < s->running; i++)
    if (s->hosts[i].ptr == host.ptr) {
      s->hosts[i] = s->hosts[--s->running];
      break;
    }
  pthread_mutex_unlock(&s->lock);
}

static void *run_task(void *of) {
  task *t = of;
  server *s = t->server;
  error e = {0};
  run_row row;
  store *db = store_open(s->options->db, &e);

  union {
    volatile int *in;
    void *out;
  } stop = {.in = s->options->stop};

  bool ok = db && watch_run(db, &t->target, clock_wall, s->options->lasts_after, watch_scan_child,
                            stop.out, &row, &e);
  watch_say(&t->target, ok ? &row : NULL, &e);
  store_close(db);
  leave_place(s, t->host);
  server_changed(s);
  arena_free(t->arena);
  return NULL;
}

static void start_task(server *s, const watched *w) {
  arena *a = arena_new();
  task *t = arena_make(a, task);
  pthread_t thread;
  store *db;
  error e = {0};
  t->server = s;
  t->arena = a;
  t->host = watch_host(a, w->url);
  db = take_place(s, t->host) ? store_open(s->options->db, &e) : NULL;
  bool found = db && store_find(db, a, w->name, &t->target);
  if (found)
    store_set_next(
        db, w->id,
        watch_due_after(w, clock_wall())); /* before it runs: a crash does not repeat it at once */
  store_close(db);
  if (found && pthread_create(&thread, NULL, run_task, t) == 0) {
    pthread_detach(thread);
    return;
  }
  if (db)
    leave_place(s, t->host);
  arena_free(a);
}

/* False: no more can be started in this pass. */
static bool start(server *s, store *db, arena *a, const watched *w, double now) {
  double allowed = windows_skip(w->quiet, w->maintenance, now);
  if (allowed > now)
    store_set_next(db, w->id, allowed);
  else if (s->fleet)
    return fleet_hand_out(s->fleet, s, db, a, w);
  else
    start_task(s, w);
  return true;
}

static void start_due(server *s, store *db) {
  arena *a = arena_new();
  double now = clock_wall();
  watched_list due = store_due(db, a, now, 0, DUE_PAGE);
  bool more = due.len && (!s->fleet || fleet_look(s->fleet, db, a));
  for (size_t from = 0; more && due.len; due = store_due(db, a, now, from, DUE_PAGE)) {
    for (size_t i = 0; more && i < due.len && !*s->options->stop; i++)
      more = start(s, db, a, &due.at[i], now);
    from += due.len; /* some are no longer due: who is skipped for that comes in the next pass */
  }
  arena_free(a);
}

/* ---- alerts ---------------------------------------------------------------------------------- */

static void *send_alerts(void *of) {
  server *s = of;
  error e = {0};
  store *db = store_open(s->options->db, &e);
  while (db && !*s->options->stop) {
    if (alerts_pump(db, &s->alerts, clock_wall()))
      server_changed(s);
    wait_a_moment();
  }
  store_close(db);
  return NULL;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void loop(server *s, store *db) {
  double pruned = 0;
  while (!*s->options->stop) {
    double now = clock_wall();
    start_due(s, db);
    if (now > pruned + PRUNE_SECONDS) {
      store_prune(db, now - s->options->keep);
      pruned = now;
    }
    if (s->fleet)
      fleet_attend(s->fleet, s, db);
    else
      wait_a_moment();
  }
}

static void wait_for_runs(server *s) {
  for (;;) {
    pthread_mutex_lock(&s->lock);
    unsigned left = s->running;
    pthread_mutex_unlock(&s->lock);
    if (!left)
      return;
    wait_a_moment();
  }
}

bool watch_serve(const watch_options *o, error *e) {
  store *db = store_open(o->db, e);
  if (!db)
    return false;
  arena *a = arena_new();
  server s = {.options = o,
              .alerts = alert_settings_from_environment(),
              .secret = random_hex(a, 32),
              .guesses = guess_table_new()};
  s.alerts.stop = o->stop;
  pthread_t alerts;
  pthread_mutex_init(&s.lock, NULL);
  pthread_cond_init(&s.changed, NULL);
  if (!o->fleet)
    store_abandon_jobs(db);
  bool met = !o->fleet || (s.fleet = fleet_begin(o, e));
  struct MHD_Daemon *dashboard = met ? dashboard_start(&s, e) : NULL;
  bool ok = dashboard && (pthread_create(&alerts, NULL, send_alerts, &s) == 0 ||
                          error_set(e, ERROR_INTERNAL, "no thread for the alerts"));
  if (ok) {
    loop(&s, db);
    wait_for_runs(&s);
    pthread_join(alerts, NULL);
  }
  if (dashboard)
    MHD_stop_daemon(dashboard);
  fleet_end(s.fleet);
  store_close(db);
  pthread_cond_destroy(&s.changed);
  pthread_mutex_destroy(&s.lock);
  guess_table_free(s.guesses);
  arena_free(a);
  return ok;
}
