/* Prometheus' text format, and the two probes of an orchestrator: on an address of their own. */
#include "guard/guard_private.h"
#include "net/net.h"

#include <microhttpd.h>
#include <stdio.h>

static const char *const OUTCOMES[] = {"allow", "refuse", "observe"};

size_t metrics_name(const bt_decision *d) {
  return d->reason == BT_REASON_TOKEN ? (size_t)d->refusal
                                      : (size_t)BT_REFUSAL_COUNT + (size_t)d->reason;
}

void metrics_count(guard *g, const bt_decision *d) {
  int outcome = d->would_refuse ? 2 : d->allowed ? 0 : 1;
  atomic_fetch_add_explicit(&g->decided[outcome][metrics_name(d)], 1, memory_order_relaxed);
}

const char *metrics_name_at(size_t i) {
  return i < BT_REFUSAL_COUNT ? bt_refusal_name((bt_refusal)i)
                              : bt_reason_name((bt_reason)(i - BT_REFUSAL_COUNT));
}

static void put_counter(buf *b, const char *name, const char *help, uint64_t value) {
  buf_printf(b, "# HELP %s %s\n# TYPE %s counter\n%s %llu\n", name, help, name, name,
             (unsigned long long)value);
}

static void put_decisions(buf *b, guard *g) {
  buf_put(b, STR("# HELP batten_decisions_total Requests decided, by outcome and reason.\n# TYPE "
                 "batten_decisions_total counter\n"));
  for (int outcome = 0; outcome < 3; outcome++)
    for (size_t i = 0; i < NAMES_MAX; i++) {
      uint64_t n = atomic_load_explicit(&g->decided[outcome][i], memory_order_relaxed);
      if (n)
        buf_printf(b, "batten_decisions_total{decision=\"%s\",refusal=\"%s\"} %llu\n",
                   OUTCOMES[outcome], metrics_name_at(i), (unsigned long long)n);
    }
}

static void put_keys(buf *b, guard *g) {
  bt_policy *policy = guard_policy(g);
  double now = clock_wall();
  buf_printf(b,
             "# HELP batten_observe_only Whether the policy refuses nothing.\n# TYPE "
             "batten_observe_only gauge\nbatten_observe_only %d\n",
             bt_policy_mode(policy) == BT_OBSERVE);
  buf_printf(
      b,
      "# HELP batten_revocation_unread Whether the list or database of what is revoked could "
      "not be read whole when it was last looked at; the last good state holds.\n# TYPE "
      "batten_revocation_unread gauge\nbatten_revocation_unread %d\n",
      bt_policy_revocations_unread(policy));
  buf_put(b, STR("# HELP batten_issuer_keys Usable keys of each issuer, by its place in the "
                 "policy.\n# TYPE batten_issuer_keys gauge\n"));
  for (size_t i = 0; i < bt_policy_issuer_count(policy); i++)
    buf_printf(b, "batten_issuer_keys{issuer=\"%zu\"} %zu\n", i,
               bt_policy_issuer(policy, i, now).key_count);
  bt_policy_free(policy);
}

static void put_connections(buf *b, guard *g) {
  uint64_t closed = g->closed; /* first: what is closed was accepted before */
  buf_printf(b,
             "# HELP batten_connections Connections that are open.\n# TYPE batten_connections "
             "gauge\nbatten_connections %llu\n",
             (unsigned long long)(g->accepted - closed));
  put_counter(b, "batten_connections_evicted_total",
              "Idle connections closed to make room for others.", g->evicted);
}

static str metrics_text(arena *a, guard *g) {
  buf b = {.arena = a};
  put_decisions(&b, g);
  put_keys(&b, g);
  put_counter(&b, "batten_reloads_total", "Policies taken over.", g->reloads);
  put_counter(&b, "batten_reload_failures_total", "Policies refused, the old one kept.",
              g->reload_failures);
  put_counter(&b, "batten_malformed_total", "Requests refused as malformed, before any decision.",
              g->malformed);
  put_connections(&b, g);
  put_counter(&b, "batten_key_fetches_total", "Key sets fetched.", g->key_fetches);
  put_counter(&b, "batten_key_fetch_failures_total",
              "Key sets that could not be fetched or taken over.", g->key_fetch_failures);
  return buf_str(&b);
}

static bool keys_ready(guard *g) {
  bt_policy *policy = guard_policy(g);
  bool ready = true;
  for (size_t i = 0; i < bt_policy_issuer_count(policy); i++)
    ready &= bt_policy_issuer(policy, i, clock_wall()).state != BT_KEYS_NONE;
  bt_policy_free(policy);
  return ready;
}

static enum MHD_Result serve(void *of, struct MHD_Connection *c, const char *path,
                             const char *method, const char *version, const char *data,
                             size_t *size, void **state) {
  static int seen;
  guard *g = of;
  (void)version, (void)data, (void)method;
  if (!*state) {
    *state = &seen;
    return MHD_YES;
  }
  *size = 0;
  arena *a = arena_new();
  unsigned status = 200;
  str body = STR("ok\n");
  if (strcmp(path, "/metrics") == 0) {
    body = metrics_text(a, g);
  } else if (strcmp(path, "/readyz") == 0) {
    if (!g->ready || !keys_ready(g))
      status = 503, body = STR("an issuer has no usable key\n");
  } else if (strcmp(path, "/livez") != 0) {
    status = 404, body = STR("/metrics, /livez, /readyz\n");
  }
  struct MHD_Response *m =
      MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_MUST_COPY);
  if (m)
    MHD_add_response_header(m, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  enum MHD_Result result = m ? MHD_queue_response(c, status, m) : MHD_NO;
  if (m)
    MHD_destroy_response(m);
  arena_free(a);
  return result;
}

struct MHD_Daemon *metrics_start(guard *g, error *e) {
  struct sockaddr_storage address;
  if (!listen_parse(g->options->metrics, "--metrics", &address, e))
    return NULL;
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
                   (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
  struct MHD_Daemon *d = MHD_start_daemon(flags, 0, NULL, NULL, serve, g, MHD_OPTION_SOCK_ADDR,
                                          &address, MHD_OPTION_CONNECTION_LIMIT, 32u,
                                          MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_END);
  if (!d) {
    error_set(e, ERROR_USAGE, "cannot listen on %.*s for metrics: is it in use?",
              STR_ARG(g->options->metrics));
    return NULL;
  }
  log_event("metrics", "http://%.*s:%u/metrics", STR_ARG(authority_host(g->options->metrics)),
            MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
  return d;
}

void metrics_stop(struct MHD_Daemon *metrics) {
  if (metrics)
    MHD_stop_daemon(metrics);
}
