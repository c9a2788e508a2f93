/* Key sets by URL: each worker follows each source in a thread of its own, so that a slow server
 * holds up no other; one worker fetches at a time, and all take over what it got. No request waits
 * for any of it. */
#include "batten_nginx.h"

#include "batten/curl.h"

#include <pthread.h>
#include <signal.h>

enum { ROUND_MILLISECONDS = 250 };

/* An issuer whose keys are fetched, in this worker. */
typedef struct {
  guarded *g;
  size_t issuer;
  batten_versions have; /* of what the workers share */
  ngx_log_t *log;
  bt_curl *curl;
  char *bytes; /* a set, while it is copied */
  pthread_t thread;
  bool runs;
} source;

/* This worker's. */
static struct {
  source *at;
  size_t len;
  pthread_mutex_t lock; /* of `stop` */
  pthread_cond_t changed;
  bool stop;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static double wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool is_stopped(void *unused) {
  (void)unused;
  pthread_mutex_lock(&all.lock);
  bool is = all.stop;
  pthread_mutex_unlock(&all.lock);
  return is;
}

/* ---- taking over ----------------------------------------------------------------------------- */

static void take_set(source *s, const bt_keys_memo *memo, bool before) {
  size_t len;
  double since = batten_shared_set(s->g, s->issuer, before, s->bytes, &len);
  if (len)
    bt_policy_share_keys(s->g->policy, s->issuer, s->bytes, len, memo, since, batten_log_problem,
                         s->log);
}

/* What another worker, or one before the reload, was told. A worker that has no set yet begins with
 * the one before, so that its keys leave when they did. */
static void take_shared(source *s) {
  bt_keys_memo memo;
  batten_versions there = batten_shared_memo(s->g, s->issuer, &memo);
  if (there.memo == s->have.memo)
    return;
  if (there.set != s->have.set && !s->have.set)
    take_set(s, &memo, true);
  if (there.set != s->have.set)
    take_set(s, &memo, false);
  bt_policy_share_keys(s->g->policy, s->issuer, NULL, 0, &memo, memo.loaded, batten_log_problem,
                       s->log);
  s->have = there;
}

/* ---- fetching -------------------------------------------------------------------------------- */

static void fetch(source *s) {
  bt_keys_memo memo;
  bt_text set = {0};
  bt_fetch_verdict verdict =
      bt_curl_keys(s->curl, s->g->policy, s->issuer, &set, batten_log_problem, s->log);
  bt_policy_keys_memo(s->g->policy, s->issuer, &memo);
  s->have = batten_share_fetch(s->g, s->issuer, &memo, verdict == BT_FETCH_TAKEN ? &set : NULL);
}

static void follow(source *s) {
  double now = wall();
  take_shared(s);
  if (!batten_claim_fetch(s->g, s->issuer, s->have, now))
    return;
  if (bt_policy_keys_wanted(s->g->policy, s->issuer, now))
    fetch(s);
  else
    batten_leave_claim(s->g, s->issuer);
}

static void wait_round(void) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += ROUND_MILLISECONDS * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  pthread_mutex_lock(&all.lock);
  if (!all.stop)
    pthread_cond_timedwait(&all.changed, &all.lock, &until);
  pthread_mutex_unlock(&all.lock);
}

static void *fetch_loop(void *of) {
  while (!is_stopped(NULL)) {
    follow(of);
    wait_round();
  }
  return NULL;
}

/* ---- the threads ----------------------------------------------------------------------------- */

static ngx_int_t start_source(ngx_cycle_t *cycle, source *s) {
  s->log = cycle->log;
  s->bytes = ngx_palloc(cycle->pool, BT_FETCH_BYTES);
  s->curl = bt_curl_new("batten (nginx)");
  if (!s->bytes || !s->curl)
    return NGX_ERROR;
  bt_curl_stop_when(s->curl, is_stopped, NULL);
  take_shared(s);
  s->runs = pthread_create(&s->thread, NULL, fetch_loop, s) == 0;
  if (!s->runs)
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "batten: a thread that fetches key sets cannot be started");
  return s->runs ? NGX_OK : NGX_ERROR;
}

/* Signals are nginx's: the threads take none. */
static ngx_int_t start_all(ngx_cycle_t *cycle) {
  sigset_t none, before;
  ngx_int_t rc = NGX_OK;
  sigfillset(&none);
  pthread_sigmask(SIG_SETMASK, &none, &before);
  for (size_t i = 0; i < all.len && rc == NGX_OK; i++)
    rc = start_source(cycle, &all.at[i]);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return rc;
}

static size_t count_sources(const batten_main_conf *conf, source *into) {
  guarded **g = conf->policies.elts;
  size_t n = 0;
  for (ngx_uint_t k = 0; k < conf->policies.nelts; k++)
    for (size_t i = 0; i < bt_policy_issuer_count(g[k]->policy); i++) {
      if (!bt_fetch_possible(g[k]->policy, i))
        continue;
      if (into)
        into[n] = (source){.g = g[k], .issuer = i};
      n++;
    }
  return n;
}

ngx_int_t batten_start_fetching(ngx_cycle_t *cycle, batten_main_conf *conf) {
  size_t n = count_sources(conf, NULL);
  if (!n)
    return NGX_OK;
  all.at = ngx_pcalloc(cycle->pool, n * sizeof *all.at);
  if (!all.at)
    return NGX_ERROR;
  all.len = count_sources(conf, all.at);
  return start_all(cycle);
}

void batten_stop_fetching(void) {
  pthread_mutex_lock(&all.lock);
  all.stop = true;
  pthread_cond_broadcast(&all.changed);
  pthread_mutex_unlock(&all.lock);
  for (size_t i = 0; i < all.len; i++) {
    if (all.at[i].runs)
      pthread_join(all.at[i].thread, NULL);
    bt_curl_free(all.at[i].curl);
  }
  all.len = 0;
}
