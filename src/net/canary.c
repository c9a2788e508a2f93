/* The canary: what fetches from it was made to by a probe. libmicrohttpd serves it from a thread of
 * its own. */
#include "net/net.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
  str path, type, body, first;
  size_t hits;
} resource;

struct canary {
  arena *arena;
  struct MHD_Daemon *daemon;
  pthread_mutex_t lock;
  pthread_cond_t fetched;
  str base; /* http://host:port */
  LIST(resource) resources;
  size_t total;
};

enum { CONNECTIONS_MAX = 64, IDLE_SECONDS = 10, FIRST_MAX = 300 };

/* ---- serving --------------------------------------------------------------------------------- */

static resource *find_resource(canary *c, str path) {
  for (size_t i = 0; i < c->resources.len; i++)
    if (str_eq(c->resources.at[i].path, path))
      return &c->resources.at[i];
  return NULL;
}

static void note_fetch(canary *c, resource *r, struct MHD_Connection *connection,
                       const char *method, const char *path) {
  const char *agent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "User-Agent");
  c->total++;
  if (r && r->hits++ == 0)
    r->first = str_sub(
        arena_printf(c->arena, "%s %s, User-Agent: %s", method, path, agent ? agent : "none"), 0,
        FIRST_MAX);
  pthread_cond_broadcast(&c->fetched);
}

static enum MHD_Result serve(void *of, struct MHD_Connection *connection, const char *path,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **state) {
  static int seen;
  canary *c = of;
  (void)version, (void)upload;
  if (!*state) { /* first call: headers only */
    *state = &seen;
    return MHD_YES;
  }
  if (*upload_size) { /* bodies are of no interest */
    *upload_size = 0;
    return MHD_YES;
  }
  pthread_mutex_lock(&c->lock);
  resource *r = find_resource(c, str_of(path));
  note_fetch(c, r, connection, method, path);
  str body = r ? r->body : STR("not found\n"), type = r ? r->type : STR("text/plain");
  pthread_mutex_unlock(&c->lock);
  struct MHD_Response *answer =
      MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_MUST_COPY);
  if (!answer)
    return MHD_NO;
  MHD_add_response_header(answer, "Content-Type", type.ptr);
  enum MHD_Result result =
      MHD_queue_response(connection, r ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, answer);
  MHD_destroy_response(answer);
  return result;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void set_base(canary *c, str listen, str advertised) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_BIND_PORT);
  str host = authority_host(listen);
  bool v6 = str_find(host, STR(":"), 0) != SIZE_MAX;
  if (advertised.len)
    c->base = arena_printf(c->arena, "http://%.*s", STR_ARG(advertised));
  else
    c->base = arena_printf(c->arena, v6 ? "http://[%.*s]:%u" : "http://%.*s:%u", STR_ARG(host),
                           info ? info->port : 0);
}

canary *canary_start(str listen, str advertised, error *e) {
  struct sockaddr_storage address;
  if (!listen_parse(listen, "--canary", &address, e))
    return NULL;
  arena *a = arena_new();
  canary *c = arena_make(a, canary);
  c->arena = a;
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->fetched, NULL);
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
                   (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
  c->daemon =
      MHD_start_daemon(flags, 0, NULL, NULL, serve, c, MHD_OPTION_SOCK_ADDR, &address,
                       MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                       MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
  if (!c->daemon) {
    error_set(e, ERROR_USAGE, "the canary cannot listen on %.*s: is the port taken?",
              STR_ARG(listen));
    canary_stop(c);
    return NULL;
  }
  set_base(c, listen, advertised);
  return c;
}

void canary_stop(canary *c) {
  if (!c)
    return;
  if (c->daemon)
    MHD_stop_daemon(c->daemon);
  pthread_cond_destroy(&c->fetched);
  pthread_mutex_destroy(&c->lock);
  arena_free(c->arena);
}

/* ---- use ------------------------------------------------------------------------------------- */

str canary_publish(canary *c, arena *a, str suffix, str content_type, str body) {
  pthread_mutex_lock(&c->lock);
  resource r = {.path = arena_printf(c->arena, "/%.*s%.*s", 32, random_hex(c->arena, 16).ptr,
                                     STR_ARG(suffix)),
                .type = arena_str(c->arena, content_type),
                .body = arena_str(c->arena, body)};
  list_push(c->arena, &c->resources, r);
  str out = arena_printf(a, "%.*s%.*s", STR_ARG(c->base), STR_ARG(r.path));
  pthread_mutex_unlock(&c->lock);
  return out;
}

static resource *by_url(canary *c, str text) {
  return str_starts(text, c->base) ? find_resource(c, str_sub(text, c->base.len, text.len)) : NULL;
}

size_t canary_hits(canary *c, arena *a, str url_given, str *first) {
  pthread_mutex_lock(&c->lock);
  const resource *r = by_url(c, url_given);
  size_t hits = r ? r->hits : 0;
  if (hits && first)
    *first = arena_str(a, r->first);
  pthread_mutex_unlock(&c->lock);
  return hits;
}

size_t canary_hits_total(canary *c) {
  pthread_mutex_lock(&c->lock);
  size_t total = c->total;
  pthread_mutex_unlock(&c->lock);
  return total;
}

static bool any_hit(canary *c, const str *urls, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const resource *r = by_url(c, urls[i]);
    if (r && r->hits)
      return true;
  }
  return false;
}

void canary_wait(canary *c, const str *urls, size_t count, double seconds) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  long nanoseconds = until.tv_nsec + (long)((seconds - (double)(time_t)seconds) * 1e9);
  until.tv_sec += (time_t)seconds + nanoseconds / 1000000000;
  until.tv_nsec = nanoseconds % 1000000000;
  pthread_mutex_lock(&c->lock);
  while (!any_hit(c, urls, count) && pthread_cond_timedwait(&c->fetched, &c->lock, &until) == 0)
    continue;
  pthread_mutex_unlock(&c->lock);
}
