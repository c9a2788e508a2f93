/* What happens beside the requests: a timer of each worker takes over changed key files and
 * revocations, and a thread follows the key sets behind URLs (fetch.c). */
#include "batten_nginx.h"

enum { ROUND_MILLISECONDS = 250 };

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

static ngx_event_t timer;
static ngx_connection_t no_connection; /* nginx's debug log asks each event for its descriptor */

static const batten_main_conf *refreshed;

/* Also before a worker's first request: the master, from which it comes, knows what the files said
 * when it read the configuration, and that may be long ago where the worker replaces one that died.
 */
static void refresh(ngx_event_t *event) {
  const batten_main_conf *conf = refreshed;
  guarded **g = conf->policies.elts;
  for (ngx_uint_t i = 0; i < conf->policies.nelts; i++) {
    bt_policy_refresh(g[i]->policy, wall(), batten_log_problem, event->log);
    bt_sqlite_refresh(g[i]->revoked, g[i]->policy, wall(), batten_log_problem, event->log);
  }
  ngx_add_timer(event, ROUND_MILLISECONDS);
}

/* Connections are a worker's own: none is opened before it was forked. */
static bool follow_databases(batten_main_conf *conf) {
  guarded **g = conf->policies.elts;
  for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
    if (bt_policy_revocation_database(g[i]->policy).ptr && !(g[i]->revoked = bt_sqlite_new()))
      return false;
  return true;
}

ngx_int_t batten_start_upkeep(ngx_cycle_t *cycle, batten_main_conf *conf) {
  if (!follow_databases(conf))
    return NGX_ERROR;
  refreshed = conf;
  no_connection.fd = (ngx_socket_t)-1;
  timer.handler = refresh;
  timer.log = cycle->log;
  timer.data = &no_connection;
  timer.cancelable = 1; /* a worker that has finished its requests may go */
  refresh(&timer);
  return batten_start_fetching(cycle, conf);
}

void batten_stop_upkeep(void) {
  guarded **g = refreshed ? refreshed->policies.elts : NULL;
  for (ngx_uint_t i = 0; g && i < refreshed->policies.nelts; i++) {
    bt_sqlite_free(g[i]->revoked);
    g[i]->revoked = NULL;
  }
  batten_stop_fetching();
}
