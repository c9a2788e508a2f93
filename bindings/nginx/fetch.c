/* Key sets by URL: a thread of each worker follows them, one worker fetches at a time, and all take
 * over what it got. No request waits for any of it. */
#include "batten_nginx.h"

#include "batten/curl.h"

#include <pthread.h>
#include <signal.h>

enum { ROUND_MILLISECONDS = 250, ISSUERS_MAX = 64 };

/* A policy in this worker: which version of each source it has. */
typedef struct {
  guarded *g;
  batten_versions have[ISSUERS_MAX];
} follower;

/* This worker's. */
static struct {
  follower *at;
  size_t len;
  ngx_log_t *log;
  bt_curl *curl;
  char *bytes;
  pthread_t thread;
  pthread_mutex_t lock; /* of `stop` */
  pthread_cond_t changed;
  bool runs, stop;
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

static void take_set(follower *f, size_t i, const bt_keys_memo *memo, bool before) {
  size_t len;
  double since = batten_shared_set(f->g, i, before, all.bytes, &len);
  if (len)
    bt_policy_share_keys(f->g->policy, i, all.bytes, len, memo, since, batten_log_problem, all.log);
}

/* What another worker, or one before the reload, was told. A worker that has no set yet begins with
 * the one before, so that its keys leave when they did. */
static void take_shared(follower *f, size_t i) {
  bt_keys_memo memo;
  batten_versions there = batten_shared_memo(f->g, i, &memo);
  if (there.memo == f->have[i].memo)
    return;
  if (there.set != f->have[i].set && !f->have[i].set)
    take_set(f, i, &memo, true);
  if (there.set != f->have[i].set)
    take_set(f, i, &memo, false);
  bt_policy_share_keys(f->g->policy, i, NULL, 0, &memo, memo.loaded, batten_log_problem, all.log);
  f->have[i] = there;
}

/* ---- fetching -------------------------------------------------------------------------------- */

static void fetch(follower *f, size_t i) {
  bt_keys_memo memo;
  bt_text set = {0};
  bt_fetch_verdict verdict =
      bt_curl_keys(all.curl, f->g->policy, i, &set, batten_log_problem, all.log);
  bt_policy_keys_memo(f->g->policy, i, &memo);
  f->have[i] = batten_share_fetch(f->g, i, &memo, verdict == BT_FETCH_TAKEN ? &set : NULL);
}

static void follow(follower *f, size_t i) {
  double now = wall();
  take_shared(f, i);
  if (!batten_claim_fetch(f->g, i, f->have[i], now))
    return;
  if (bt_policy_keys_wanted(f->g->policy, i, now))
    fetch(f, i);
  else
    batten_leave_claim(f->g, i);
}

static void follow_all(void (*step)(follower *, size_t)) {
  for (size_t k = 0; k < all.len; k++)
    for (size_t i = 0; i < bt_policy_issuer_count(all.at[k].g->policy) && !is_stopped(NULL); i++)
      if (bt_fetch_possible(all.at[k].g->policy, i))
        step(&all.at[k], i);
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

static void *fetch_loop(void *unused) {
  (void)unused;
  while (!is_stopped(NULL)) {
    follow_all(follow);
    wait_round();
  }
  return NULL;
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Signals are nginx's: the thread takes none. */
static ngx_int_t start_thread(ngx_cycle_t *cycle) {
  sigset_t none, before;
  sigfillset(&none);
  pthread_sigmask(SIG_SETMASK, &none, &before);
  all.runs = pthread_create(&all.thread, NULL, fetch_loop, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (!all.runs)
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "batten: the thread that fetches key sets cannot be started");
  return all.runs ? NGX_OK : NGX_ERROR;
}

ngx_int_t batten_start_fetching(ngx_cycle_t *cycle, batten_main_conf *conf) {
  guarded **g = conf->policies.elts;
  all.log = cycle->log;
  all.at = ngx_pcalloc(cycle->pool, (conf->policies.nelts + 1) * sizeof *all.at);
  if (!all.at)
    return NGX_ERROR;
  for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
    if (g[i]->keys)
      all.at[all.len++].g = g[i];
  if (!all.len)
    return NGX_OK;
  all.bytes = ngx_palloc(cycle->pool, BT_FETCH_BYTES);
  all.curl = bt_curl_new("batten (nginx)");
  if (!all.bytes || !all.curl)
    return NGX_ERROR;
  bt_curl_stop_when(all.curl, is_stopped, NULL);
  follow_all(take_shared);
  return start_thread(cycle);
}

void batten_stop_fetching(void) {
  if (all.runs) {
    pthread_mutex_lock(&all.lock);
    all.stop = true;
    pthread_cond_signal(&all.changed);
    pthread_mutex_unlock(&all.lock);
    pthread_join(all.thread, NULL);
  }
  bt_curl_free(all.curl);
  all.curl = NULL;
  all.runs = false;
}
