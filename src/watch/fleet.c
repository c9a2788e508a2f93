/* The server's side of a fleet: hands out what is due, keeps what comes back. The history says
 * which jobs are open; the queue holds each host for the one job on it. What either lost in a
 * crash, the other still knows. */
#include "watch/fleet.h"

#include "scan/scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { AHEAD_MIN = 32, KEPT_MAX = AHEAD_MIN / 2, PAYLOAD_SPARE = 1024 };

static const double ATTEND_SECONDS = 0.2;

struct fleet {
  const watch_options *options;
  fleet_key key;
  queue *queue;
  taker *results;
  double compared; /* monotonic: when history and queue were last compared */
  bool away;       /* and it was said */
  str_list held;   /* hosts of the open jobs, during one pass */
  size_t room;     /* jobs that may still be handed out in this pass */
};

fleet *fleet_begin(const watch_options *o, error *e) {
  fleet *f = calloc(1, sizeof *f);
  if (!f)
    abort();
  f->options = o;
  f->compared = -INFINITY;
  if (fleet_key_read(o->fleet->key, &f->key, e) &&
      (f->queue = queue_connect(o->fleet, &f->key, e)) && queue_prepare(f->queue, o->lease, e) &&
      (f->results = queue_taker(f->queue, false, e)))
    return f;
  fleet_end(f);
  return NULL;
}

void fleet_end(fleet *f) {
  if (!f)
    return;
  taker_free(f->results);
  queue_close(f->queue);
  fleet_key_wipe(&f->key);
  free(f);
}

/* ---- handing out ----------------------------------------------------------------------------- */

/* Tokens leave the history's references here: workers have neither the variables nor the files.
 * They travel in the environment of the scan, under the name that stands in its arguments. */
static bool take_token(arena *a, str reference, str_list *secrets, str *instead, error *e) {
  str value;
  if (!scan_token_value(a, reference, &value, NULL, e))
    return false;
  str name = arena_printf(a, "BATTEN_FLEET_%zu", secrets->len + 1);
  list_push(a, secrets, arena_printf(a, "%.*s=%.*s", STR_ARG(name), STR_ARG(value)));
  *instead = arena_printf(a, "env:%.*s", STR_ARG(name));
  return true;
}

static bool replace_tokens(arena *a, str_list *arguments, str_list *secrets, error *e) {
  for (size_t i = 0; i + 1 < arguments->len; i++) {
    str *value = &arguments->at[i + 1], instead;
    size_t at = watch_token_place(arguments->at[i], *value);
    if (at == SIZE_MAX || !watch_token_by_reference(str_sub(*value, at, value->len)))
      continue;
    if (!take_token(a, str_sub(*value, at, value->len), secrets, &instead, e))
      return false;
    *value = arena_printf(a, "%.*s%.*s", STR_ARG(str_sub(*value, 0, at)), STR_ARG(instead));
  }
  return true;
}

static bool seal_job(fleet *f, arena *a, const open_job *j, str *sealed, error *e) {
  str_list arguments = {0}, secrets = {0};
  watch_scan_arguments(a, &j->target, &arguments);
  if (!replace_tokens(a, &arguments, &secrets, e))
    return false;
  *sealed = fleet_seal(a, &f->key, arena_printf(a, "job %.*s", STR_ARG(j->name)),
                       job_pack(a, &arguments, &secrets));
  return sealed->len + PAYLOAD_SPARE < queue_payload_max(f->queue) ||
         error_set(e, ERROR_USAGE,
                   "its options are larger than NATS takes: raise max_payload in nats-server's "
                   "configuration");
}

static bool keep(fleet *f, server *s, store *db, const open_job *j, const scan_outcome *o) {
  arena *a = arena_new();
  run_row row;
  error e = {0};
  bool ok =
      watch_keep(db, a, &j->target, j->run, clock_wall(), o, f->options->lasts_after, &row, &e);
  watch_say(&j->target, ok ? &row : NULL, &e);
  arena_free(a);
  server_changed(s);
  return ok;
}

static bool publish(fleet *f, server *s, store *db, const open_job *j) {
  arena *a = arena_new();
  error e = {0};
  str sealed, mark = fleet_host_mark(a, &f->key, watch_host(a, j->target.url));
  put_state state = PUT_DONE;
  if (seal_job(f, a, j, &sealed, &e)) {
    state = queue_put_job(f->queue, mark, j->name, sealed, &e);
  } else {
    scan_outcome none = {.reason = str_of(e.message)};
    keep(f, s, db, j, &none);
  }
  if (state == PUT_FAILED && queue_reached(f->queue))
    fprintf(stderr, "batten: %.*s: %s\n", STR_ARG(j->target.name), e.message);
  arena_free_wiped(a);
  return state != PUT_FAILED;
}

static bool is_held(const fleet *f, str host) {
  for (size_t i = 0; i < f->held.len; i++)
    if (str_eq(f->held.at[i], host))
      return true;
  return false;
}

bool fleet_look(fleet *f, store *db, arena *a) {
  size_t waiting, leased;
  if (!queue_load(f->queue, &waiting, &leased))
    return false;
  open_job_list open = store_open_jobs(db, a);
  f->held = (str_list){0};
  for (size_t i = 0; i < open.len; i++)
    list_push(a, &f->held, watch_host(a, open.at[i].target.url));
  size_t ahead = leased > AHEAD_MIN ? leased : AHEAD_MIN;
  f->room = waiting < ahead ? ahead - waiting : 0;
  return f->room > 0;
}

/* The name is the target and the time it was due: a second job of that name is no second run. */
bool fleet_hand_out(fleet *f, server *s, store *db, arena *a, const watched *w) {
  str host = watch_host(a, w->url);
  open_job j = {.target = *w,
                .name =
                    arena_printf(a, "%lld-%lld", (long long)w->id, (long long)(w->next * 1000))},
           known;
  double now = clock_wall();
  if (is_held(f, host))
    return true;
  j.run = store_begin_job(db, w->id, now, j.name);
  if (!j.run && store_job(db, a, j.name, &known) != JOB_ENDED)
    return true; /* it is being scanned by other means */
  store_set_next(db, w->id, watch_due_after(w, now));
  if (!j.run)
    return true;
  list_push(a, &f->held, host);
  f->room--;
  return publish(f, s, db, &j) && f->room > 0;
}

/* ---- taking back ----------------------------------------------------------------------------- */

static bool open_result(fleet *f, arena *a, const taken *t, fleet_result *r) {
  str plain;
  return fleet_open(a, &f->key, arena_printf(a, "result %.*s", STR_ARG(t->name)), t->sealed,
                    &plain) &&
         result_unpack(a, plain, r);
}

/* What the history could not keep comes again. */
static void take_result(fleet *f, server *s, store *db, taken *t) {
  arena *a = arena_new();
  bool settled = true;
  open_job j;
  fleet_result r;
  switch (store_job(db, a, t->name, &j)) {
  case JOB_UNKNOWN:
    fprintf(stderr, "batten: a result of job %.*s, which this history does not have, was dropped\n",
            STR_ARG(t->name));
    break;
  case JOB_ENDED:
    break;
  case JOB_OPEN:
    if (open_result(f, a, t, &r))
      settled = keep(f, s, db, &j, &r.outcome);
    else
      fprintf(stderr, "batten: %.*s: a result that the fleet's key does not open was dropped\n",
              STR_ARG(j.target.name));
  }
  if (settled)
    taken_done(f->queue, t, 0);
  arena_free_wiped(a);
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* An open job that lies in the queue neither as job nor as result was lost: between the history and
 * the queue when this server died, or by a worker that died between its last two words. */
static void compare(fleet *f, server *s, store *db) {
  arena *a = arena_new();
  open_job_list open = store_open_jobs(db, a);
  for (size_t i = 0; i < open.len && !*f->options->stop; i++) {
    str mark = fleet_host_mark(a, &f->key, watch_host(a, open.at[i].target.url));
    if (queue_find_job(f->queue, mark, open.at[i].name) == FOUND_NOT &&
        queue_find_result(f->queue, open.at[i].name) == FOUND_NOT &&
        !publish(f, s, db, &open.at[i]))
      break;
  }
  arena_free(a);
}

static void say_when_away(fleet *f) {
  bool away = !queue_reached(f->queue);
  if (away != f->away)
    fprintf(stderr, away ? "batten: NATS cannot be reached: scans wait until it can\n"
                         : "batten: NATS is reached again\n");
  f->away = away;
}

void fleet_attend(fleet *f, server *s, store *db) {
  double now = clock_monotonic(), end = now + ATTEND_SECONDS;
  taken t;
  say_when_away(f);
  if (!f->away && now > f->compared + f->options->lease / 2) {
    compare(f, s, db);
    f->compared = clock_monotonic();
  }
  for (int kept = 0; kept < KEPT_MAX && now < end && !*f->options->stop; now = clock_monotonic()) {
    if (!queue_take(f->results, end - now, &t))
      continue;
    take_result(f, s, db, &t);
    taken_free(&t);
    kept++;
  }
}
