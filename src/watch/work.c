/* A worker: takes jobs, runs each as a child of its own, sends what came of it.
 *
 * A job is worked on by one worker at a time, because the lease says so and its holder keeps to it:
 * it renews it while it scans, and ends its scan well before a lease that it could not renew is
 * another's. Its last word is first to the job (done within the lease, and confirmed), then the
 * result: a result of a job that somebody else works on is never sent. */
#include "watch/fleet.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { CONCURRENCY_MAX = 64, TIMES_MAX = 10, PAYLOAD_SPARE = 1024 };

static const double TAKE_SECONDS = 1;
/* Of a lease: renewed so often, given up so late, and the child's time to end. Together less than
 * one. */
static const double RENEW = 1.0 / 6, LOST = 4.0 / 6, GRACE = 1.0 / 6;

typedef struct {
  const work_options *options;
  fleet_key key;
  queue *queue;
  double lease;
  char name[128]; /* of this worker */
} worker;

typedef struct {
  worker *worker;
  taken *taken;
  double renewed, tried; /* monotonic: when the last confirmed renewal was sent; the last at all */
} lease;

static bool stopping(const worker *w) {
  return *w->options->stop;
}

/* ---- the lease ------------------------------------------------------------------------------- */

static bool renew(lease *l) {
  double sent = clock_monotonic();
  l->tried = sent;
  if (!taken_renew(l->worker->queue, l->taken, l->worker->lease * RENEW))
    return false;
  l->renewed = sent;
  return true;
}

static bool is_lost(const lease *l) {
  return clock_monotonic() > l->renewed + l->worker->lease * LOST;
}

/* Asked by the running job a few times a second; true ends it. */
static bool must_end(void *of) {
  lease *l = of;
  if (clock_monotonic() > l->tried + l->worker->lease * RENEW)
    renew(l);
  return stopping(l->worker) || is_lost(l);
}

/* ---- the result ------------------------------------------------------------------------------ */

static str seal_result(worker *w, arena *a, str name, const scan_outcome *o) {
  fleet_result r = {.outcome = *o, .worker = str_of(w->name)};
  return fleet_seal(a, &w->key, arena_printf(a, "result %.*s", STR_ARG(name)), result_pack(a, &r));
}

static str seal_what_fits(worker *w, arena *a, str name, const scan_outcome *o) {
  str sealed = seal_result(w, a, name, o);
  if (sealed.len && sealed.len + PAYLOAD_SPARE < queue_payload_max(w->queue))
    return sealed;
  scan_outcome instead = {
      .reason = arena_printf(
          a,
          "its report is larger than NATS takes (%zu bytes packed): raise max_payload in "
          "nats-server's configuration",
          sealed.len)};
  return seal_result(w, a, name, &instead);
}

/* The job is done and nobody else's: there is time. A result that is lost here is missed by the
 * server, which hands the job out again. */
static void send_result(worker *w, str name, str sealed) {
  double end = clock_monotonic() + w->lease;
  error e = {0};
  while (!queue_put_result(w->queue, name, sealed, &e)) {
    if (clock_monotonic() > end) {
      fprintf(stderr, "batten: job %.*s: %s; it will be done again\n", STR_ARG(name), e.message);
      return;
    }
    sleep(1);
  }
}

static void answer(lease *l, arena *a, const scan_outcome *o) {
  worker *w = l->worker;
  str name = l->taken->name, sealed = seal_what_fits(w, a, name, o);
  if (!is_lost(l) && taken_done(w->queue, l->taken, w->lease * GRACE))
    send_result(w, name, sealed);
  else
    fprintf(stderr, "batten: job %.*s: its lease could not be kept; another worker does it\n",
            STR_ARG(name));
}

/* ---- one job --------------------------------------------------------------------------------- */

static void scan(lease *l, arena *a, const str_list *arguments, const str_list *secrets) {
  worker *w = l->worker;
  job j = {.arguments = *arguments,
           .secrets = *secrets,
           .grace = w->lease * GRACE,
           .cancelled = must_end,
           .to = l};
  scan_outcome o;
  double started = clock_monotonic();
  watch_scan_job(a, &j, &o);
  if (stopping(w)) {
    taken_back(l->taken);
    return;
  }
  fprintf(stderr, "batten: job %.*s: %s, %.1f s\n", STR_ARG(l->taken->name),
          o.have ? "scanned" : "no report", clock_monotonic() - started);
  answer(l, a, &o);
}

/* What nobody can open is taken out of the queue; the server, if it is a job of its own, hands out
 * another. */
static void refuse(worker *w, taken *t) {
  fprintf(stderr,
          "batten: job %.*s cannot be opened with this fleet key: it was sealed with another, or "
          "changed; dropped\n",
          STR_ARG(t->name));
  taken_done(w->queue, t, w->lease * GRACE);
}

static void work_on(worker *w, taken *t) {
  arena *a = arena_new();
  lease l = {.worker = w, .taken = t};
  str plain;
  str_list arguments = {0}, secrets = {0};
  if (!fleet_open(a, &w->key, arena_printf(a, "job %.*s", STR_ARG(t->name)), t->sealed, &plain) ||
      !job_unpack(a, plain, &arguments, &secrets)) {
    refuse(w, t);
  } else if (!renew(&l)) {
    fprintf(stderr, "batten: job %.*s: NATS does not answer; it was not begun\n", STR_ARG(t->name));
  } else if (t->times > TIMES_MAX) {
    scan_outcome none = {
        .reason = arena_printf(a, "%u workers took it and none came to an end", t->times - 1)};
    answer(&l, a, &none);
  } else {
    scan(&l, a, &arguments, &secrets);
  }
  arena_free_wiped(a);
}

static void *run_worker(void *of) {
  worker *w = of;
  error e = {0};
  taker *jobs = queue_taker(w->queue, true, &e);
  taken t;
  if (!jobs)
    fprintf(stderr, "batten: %s\n", e.message);
  while (jobs && !stopping(w)) {
    if (!queue_take(jobs, TAKE_SECONDS, &t))
      continue;
    if (stopping(w))
      taken_back(&t);
    else
      work_on(w, &t);
    taken_free(&t);
  }
  taker_free(jobs);
  return NULL;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool meet(worker *w, error *e) {
  char host[64] = {0};
  gethostname(host, sizeof host - 1);
  snprintf(w->name, sizeof w->name, "%s:%d", host, (int)getpid());
  return fleet_key_read(w->options->fleet.key, &w->key, e) &&
         (w->queue = queue_connect(&w->options->fleet, &w->key, e)) &&
         queue_lease(w->queue, &w->lease, e);
}

bool watch_work(const work_options *o, error *e) {
  worker w = {.options = o};
  pthread_t threads[CONCURRENCY_MAX];
  unsigned n = 0;
  bool ok = meet(&w, e);
  if (ok)
    fprintf(stderr, "batten: worker %s takes jobs of fleet %s\n", w.name, w.key.id);
  while (ok && n < o->concurrency && pthread_create(&threads[n], NULL, run_worker, &w) == 0)
    n++;
  if (ok && n < o->concurrency)
    *o->stop = !(ok = error_set(e, ERROR_INTERNAL, "no thread for another scan"));
  for (unsigned i = 0; i < n; i++)
    pthread_join(threads[i], NULL);
  queue_close(w.queue);
  fleet_key_wipe(&w.key);
  return ok;
}
