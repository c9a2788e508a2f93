/* What happens beside the requests: a thread of each worker takes over changed key files and
 * revocations, and another follows the key sets behind URLs (fetch.c). A long list is read while
 * requests go on being answered: they see the last one until the new one is whole. */
#include "batten_nginx.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { ROUND_MILLISECONDS = 250, YIELDING = 10 /* as nice(1) gives it */ };

/* This worker's. */
static struct {
  const batten_main_conf *conf;
  ngx_log_t *log;
  pthread_t thread;
  pthread_mutex_t lock; /* of `stop` */
  pthread_cond_t changed;
  bool runs, stop;
} upkeep = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

void batten_log_problem(const bt_problem *p, void *of) {
  ngx_log_t *log = of;
  ngx_uint_t level = p->warning ? NGX_LOG_WARN : NGX_LOG_ERR;
  ngx_log_error(level, log, 0, "batten: %s:%ui:%ui: %s", p->file ? p->file : "policy",
                (ngx_uint_t)p->line, (ngx_uint_t)p->column, p->message);
}

static double wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static void refresh(void) {
  guarded **g = upkeep.conf->policies.elts;
  for (ngx_uint_t i = 0; i < upkeep.conf->policies.nelts; i++) {
    bt_policy_refresh(g[i]->policy, wall(), batten_log_problem, upkeep.log);
    bt_sqlite_refresh(g[i]->revoked, g[i]->policy, wall(), batten_log_problem, upkeep.log);
  }
}

/* False when the worker ends. */
static bool wait_round(void) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += ROUND_MILLISECONDS * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  pthread_mutex_lock(&upkeep.lock);
  if (!upkeep.stop)
    pthread_cond_timedwait(&upkeep.changed, &upkeep.lock, &until);
  bool goes_on = !upkeep.stop;
  pthread_mutex_unlock(&upkeep.lock);
  return goes_on;
}

/* Requests go before it: on Linux a thread has a niceness of its own. */
static void *follow_files(void *unused) {
  (void)unused;
  setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), YIELDING);
  while (wait_round())
    refresh();
  return NULL;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

/* Connections are a worker's own: none is opened before it was forked. */
static bool follow_databases(batten_main_conf *conf) {
  guarded **g = conf->policies.elts;
  for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
    if (bt_policy_revocation_database(g[i]->policy).ptr && !(g[i]->revoked = bt_sqlite_new()))
      return false;
  return true;
}

/* Signals are nginx's: the thread takes none. */
static ngx_int_t start_thread(void) {
  sigset_t none, before;
  sigfillset(&none);
  pthread_sigmask(SIG_SETMASK, &none, &before);
  upkeep.runs = pthread_create(&upkeep.thread, NULL, follow_files, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (!upkeep.runs)
    ngx_log_error(NGX_LOG_EMERG, upkeep.log, 0,
                  "batten: the thread that follows keys and revocations cannot be started");
  return upkeep.runs ? NGX_OK : NGX_ERROR;
}

/* The first round is before the worker's first request: the master, from which it comes, knows what
 * the files said when it read the configuration, and that may be long ago where the worker replaces
 * one that died. */
ngx_int_t batten_start_upkeep(ngx_cycle_t *cycle, batten_main_conf *conf) {
  if (!follow_databases(conf))
    return NGX_ERROR;
  upkeep.conf = conf;
  upkeep.log = cycle->log;
  refresh();
  return start_thread() == NGX_OK ? batten_start_fetching(cycle, conf) : NGX_ERROR;
}

static void stop_thread(void) {
  if (!upkeep.runs)
    return;
  pthread_mutex_lock(&upkeep.lock);
  upkeep.stop = true;
  pthread_cond_signal(&upkeep.changed);
  pthread_mutex_unlock(&upkeep.lock);
  pthread_join(upkeep.thread, NULL);
  upkeep.runs = false;
}

void batten_stop_upkeep(void) {
  guarded **g = upkeep.conf ? upkeep.conf->policies.elts : NULL;
  stop_thread();
  for (ngx_uint_t i = 0; g && i < upkeep.conf->policies.nelts; i++) {
    bt_sqlite_free(g[i]->revoked);
    g[i]->revoked = NULL;
  }
  batten_stop_fetching();
}
