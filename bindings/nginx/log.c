/* The log of refusals: of each reason so many lines a second, and a count of those left out, so
 * that a flood neither fills the disk nor hides the others. */
#include "batten_nginx.h"

#include "base/base.h"

enum { LINES_A_SECOND = 50, REASONS_MAX = 64, SHOWN_MAX = 1024 };

/* A worker's own; its thread of requests alone uses it. */
static struct {
  u_char *reason; /* names stand still: the pointer tells them apart */
  line_limit lines;
} limits[REASONS_MAX];

static ngx_event_t timer;
static ngx_connection_t no_connection; /* nginx's debug log asks each event for its descriptor */

static double now_of_worker(void) {
  ngx_time_t *now = ngx_timeofday();
  return (double)now->sec + (double)now->msec / 1000;
}

/* More reasons than there is room for share the last place. */
static line_limit *limit_of(const ngx_str_t *reason) {
  size_t i = 0;
  while (i + 1 < REASONS_MAX && limits[i].reason && limits[i].reason != reason->data)
    i++;
  limits[i].reason = reason->data;
  return &limits[i].lines;
}

static void tell_left_out(ngx_log_t *log) {
  for (size_t i = 0; i < REASONS_MAX && limits[i].reason; i++) {
    unsigned long count = line_limit_left_out(&limits[i].lines, now_of_worker());
    if (count)
      ngx_log_error(NGX_LOG_WARN, log, 0, "batten: left out %ul further lines of %s", count,
                    limits[i].reason);
  }
}

static void on_timer(ngx_event_t *event) {
  tell_left_out(event->log);
  ngx_add_timer(event, 1000);
}

void batten_start_log(ngx_cycle_t *cycle) {
  no_connection.fd = (ngx_socket_t)-1;
  timer.handler = on_timer;
  timer.log = cycle->log;
  timer.data = &no_connection;
  timer.cancelable = 1; /* a worker that has finished its requests may go */
  ngx_add_timer(&timer, 1000);
}

static ngx_str_t shown(ngx_str_t text, char *room) {
  str safe = log_text(str_from(text.data, text.len), LOG_PLAIN, room, SHOWN_MAX);
  return (ngx_str_t){safe.len, (u_char *)room};
}

/* nginx adds the request line to what it logs; a token in the query does not belong there, so we
 * add our own. */
void batten_log_refusal(ngx_http_request_t *r, const batten_context *c, const char *detail) {
  char path_room[SHOWN_MAX], method_room[SHOWN_MAX];
  ngx_log_t *log = r->connection->log;
  ngx_log_handler_pt handler = log->handler;
  ngx_str_t path = r->main->unparsed_uri;
  if (!line_limit_takes(limit_of(&c->refusal), LINES_A_SECOND, now_of_worker()))
    return;
  for (size_t i = 0; i < path.len; i++)
    if (path.data[i] == '?' || path.data[i] == '#')
      path.len = i;
  path = shown(path, path_room);
  ngx_str_t method = shown(r->main->method_name, method_room);
  log->handler = NULL;
  ngx_log_error(NGX_LOG_WARN, log, 0, "batten: %s: %V%s%s, client: %V, request: \"%V %V\"",
                c->observed ? "would refuse (observe)" : "refused", &c->refusal,
                *detail ? ": " : "", detail, &r->connection->addr_text, &method, &path);
  log->handler = handler;
}
