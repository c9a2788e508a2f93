/* A server of ours: a thread a connection, each request taken whole, with a bounded body. */
#include "net/net.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { CONNECTIONS_MAX = 128 };

static enum MHD_Result handle(void *of, struct MHD_Connection *c, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state) {
  const serve_options *o = of;
  serve_body *u = *state;
  (void)version;
  if (!u) {
    arena *a = arena_new();
    *state = u = arena_make(a, serve_body);
    u->arena = u->body.arena = a;
    return MHD_YES;
  }
  if (!*size)
    return o->answer(o->of, c, path, method, u) ? MHD_YES : MHD_NO;
  u->too_long |= u->body.len + *size > o->body_max;
  if (!u->too_long)
    buf_put(&u->body, str_from(data, *size));
  *size = 0;
  return MHD_YES;
}

static void completed(void *of, struct MHD_Connection *c, void **state,
                      enum MHD_RequestTerminationCode how) {
  serve_body *u = *state;
  (void)of, (void)c, (void)how;
  if (u)
    arena_free(u->arena);
  *state = NULL;
}

static size_t leave_escaped(void *of, struct MHD_Connection *c, char *text) {
  (void)of, (void)c;
  return strlen(text);
}

struct MHD_Daemon *serve_start(const serve_options *o, error *e) {
  struct sockaddr_storage address;
  if (!listen_parse(o->listen, o->option, &address, e))
    return NULL;
  unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
  if (address.ss_family == AF_INET6)
    flags |= MHD_USE_IPv6;
  struct MHD_Daemon *d = MHD_start_daemon(
      flags, 0, NULL, NULL, handle, (void *)(uintptr_t)o, MHD_OPTION_SOCK_ADDR, &address,
      MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, o->idle_seconds,
      MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped,
      NULL, MHD_OPTION_END);
  if (!d)
    error_set(e, ERROR_USAGE, "cannot listen on %.*s: is it in use?", STR_ARG(o->listen));
  return d;
}

str serve_origin(arena *a, const serve_options *o, struct MHD_Daemon *d) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT);
  str host = authority_host(o->listen);
  bool v6 = str_contains(host, STR(":"));
  return arena_printf(a, v6 ? "http://[%.*s]:%u" : "http://%.*s:%u", STR_ARG(host),
                      info ? info->port : 0);
}
