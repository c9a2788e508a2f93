/* Streamable HTTP: POST /mcp takes one message and answers with JSON, or with a stream of events
 * for a tool that takes its time. A thread a connection; what waits, waits for its own stream. */
#include "mcp/server.h"
#include "net/net.h"

#include <microhttpd.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SESSIONS_MAX = 64, IDLE_SECONDS = 120, SESSION_SECONDS = 3600 };

typedef struct {
  mcp_server *server;
  pthread_mutex_t lock;
  mcp_session *sessions[SESSIONS_MAX];
  uint16_t port;
  guess_table *guesses; /* of the token */
} http_server;

/* ---- one request's stream of messages -------------------------------------------------------- */

/* Held by the connection and by the call; who lets go last frees it. */
typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  arena *arena;
  buf events;   /* as server-sent events */
  size_t taken; /* of events, by the connection */
  str response; /* the last message as JSON; ptr NULL when there is none */
  bool done;
  atomic_int references;
  volatile int *stop;
} stream;

static stream *stream_new(volatile int *stop) {
  stream *s = calloc(1, sizeof *s);
  if (!s)
    abort();
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->changed, NULL);
  s->arena = arena_new();
  s->events.arena = s->arena;
  s->references = 2;
  s->stop = stop;
  return s;
}

static void stream_release(void *of) {
  stream *s = of;
  if (atomic_fetch_sub(&s->references, 1) != 1)
    return;
  pthread_mutex_destroy(&s->lock);
  pthread_cond_destroy(&s->changed);
  arena_free(s->arena);
  free(s);
}

static void stream_send(void *to, json_t *message, bool last) {
  stream *s = to;
  pthread_mutex_lock(&s->lock);
  if (message) {
    str text = json_write(s->arena, message, false);
    buf_printf(&s->events, "event: message\ndata: ");
    buf_put(&s->events, text);
    buf_put(&s->events, STR("\n\n"));
    if (last)
      s->response = text;
  }
  s->done |= last;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
  json_decref(message);
  if (last)
    stream_release(s);
}

/* Waits a moment for news; the lock is held. */
static void stream_wait(stream *s) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 250 * 1000 * 1000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait(&s->changed, &s->lock, &until);
}

static ssize_t stream_read(void *of, uint64_t position, char *out, size_t room) {
  stream *s = of;
  ssize_t n = MHD_CONTENT_READER_END_OF_STREAM;
  (void)position;
  pthread_mutex_lock(&s->lock);
  while (s->taken == s->events.len && !s->done && !*s->stop)
    stream_wait(s);
  size_t left = s->events.len - s->taken;
  if (left && !*s->stop) {
    size_t take = left < room ? left : room;
    memcpy(out, s->events.ptr + s->taken, take);
    s->taken += take;
    n = (ssize_t)take;
  }
  pthread_mutex_unlock(&s->lock);
  return n;
}

/* ---- sessions -------------------------------------------------------------------------------- */

static mcp_session *session_find(http_server *h, const char *id, bool remove) {
  mcp_session *found = NULL;
  pthread_mutex_lock(&h->lock);
  for (size_t i = 0; i < SESSIONS_MAX && !found; i++) {
    if (!h->sessions[i] || strlen(id) != 32 || CRYPTO_memcmp(h->sessions[i]->id, id, 32) != 0)
      continue;
    found = h->sessions[i];
    if (remove)
      h->sessions[i] = NULL;
    else
      atomic_fetch_add(&found->references, 1);
  }
  pthread_mutex_unlock(&h->lock);
  return found;
}

/* A free place, or that of the session that nobody used for longest, once it is old. */
static bool session_add(http_server *h, mcp_session *session) {
  size_t place = SESSIONS_MAX;
  double oldest = clock_monotonic() - SESSION_SECONDS;
  pthread_mutex_lock(&h->lock);
  for (size_t i = 0; i < SESSIONS_MAX; i++) {
    if (!h->sessions[i]) {
      place = i;
      break;
    }
    if (h->sessions[i]->used < oldest) {
      oldest = h->sessions[i]->used;
      place = i;
    }
  }
  mcp_session *old = place < SESSIONS_MAX ? h->sessions[place] : NULL;
  if (place < SESSIONS_MAX)
    h->sessions[place] = session;
  pthread_mutex_unlock(&h->lock);
  if (old)
    mcp_session_release(old);
  return place < SESSIONS_MAX;
}

/* ---- who may ask ----------------------------------------------------------------------------- */

static bool origin_allowed(const http_server *h, struct MHD_Connection *c) {
  return browser_may_ask(h->server->options->listen,
                         MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host"),
                         MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Origin"));
}

/* *wait: seconds until a token from there is looked at again. */
static bool token_passes(const http_server *h, struct MHD_Connection *c, unsigned *wait) {
  str want = h->server->options->token;
  const char *given = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
  *wait = 0;
  if (!want.len)
    return true;
  if (!given || strncmp(given, "Bearer ", 7) != 0)
    return false;
  bool right = secret_equal(str_of(given + 7), want);
  *wait = serve_guess(h->guesses, c, 0, right);
  return right && !*wait;
}

/* ---- answers --------------------------------------------------------------------------------- */

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, str body, const char *type,
                             const char *name, const char *value) {
  struct MHD_Response *r =
      MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_MUST_COPY);
  if (!r)
    return MHD_NO;
  if (type)
    MHD_add_response_header(r, "Content-Type", type);
  if (name)
    MHD_add_response_header(r, name, value);
  MHD_add_response_header(r, "Cache-Control", "no-store");
  enum MHD_Result result = MHD_queue_response(c, status, r);
  MHD_destroy_response(r);
  return result;
}

static enum MHD_Result reply_error_with(struct MHD_Connection *c, unsigned status, int code,
                                        const char *text, const char *name, const char *value) {
  arena *a = arena_new();
  json_t *m = rpc_error(NULL, code, "%s", text);
  enum MHD_Result result =
      reply(c, status, json_write(a, m, false), "application/json", name, value);
  json_decref(m);
  arena_free(a);
  return result;
}

static enum MHD_Result reply_error(struct MHD_Connection *c, unsigned status, int code,
                                   const char *text) {
  const char *name = status == 401 ? "WWW-Authenticate" : status == 405 ? "Allow" : NULL;
  return reply_error_with(c, status, code, text, name, status == 401 ? "Bearer" : "POST, DELETE");
}

static enum MHD_Result reply_refusal(struct MHD_Connection *c, unsigned wait) {
  char seconds[16];
  snprintf(seconds, sizeof seconds, "%u", wait);
  if (!wait)
    return reply_error(c, 401, RPC_INVALID, "the bearer token is missing or wrong");
  return reply_error_with(c, 429, RPC_INVALID, "too many wrong tokens came from this address",
                          "Retry-After", seconds);
}

static enum MHD_Result reply_events(struct MHD_Connection *c, stream *s) {
  struct MHD_Response *r =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, stream_read, s, stream_release);
  if (!r) {
    stream_release(s);
    return MHD_NO;
  }
  MHD_add_response_header(r, "Content-Type", "text/event-stream");
  MHD_add_response_header(r, "Cache-Control", "no-store");
  enum MHD_Result result = MHD_queue_response(c, MHD_HTTP_OK, r);
  MHD_destroy_response(r);
  return result;
}

static enum MHD_Result reply_when_done(struct MHD_Connection *c, stream *s,
                                       const char *session_id) {
  pthread_mutex_lock(&s->lock);
  while (!s->done && !*s->stop)
    stream_wait(s);
  str body = s->response;
  pthread_mutex_unlock(&s->lock);
  enum MHD_Result result =
      reply(c, body.ptr ? MHD_HTTP_OK : MHD_HTTP_ACCEPTED, body.ptr ? body : STR(""),
            body.ptr ? "application/json" : NULL, session_id ? "Mcp-Session-Id" : NULL, session_id);
  stream_release(s);
  return result;
}

static bool accepts_events(struct MHD_Connection *c) {
  const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept");
  return accept && str_icontains(str_of(accept), STR("text/event-stream"));
}

/* ---- requests -------------------------------------------------------------------------------- */

static enum MHD_Result on_message(http_server *h, struct MHD_Connection *c, const json_t *message) {
  const char *id = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Mcp-Session-Id");
  str method = json_get_str(message, "method");
  bool starts = str_eq(method, STR("initialize"));
  mcp_session *session = starts ? mcp_session_new(h->server)
                         : id   ? session_find(h, id, false)
                                : NULL;
  if (!session)
    return id ? reply_error(c, 404, RPC_INVALID, "there is no such session: initialize again")
              : reply_error(c, 400, RPC_INVALID, "Mcp-Session-Id is missing: initialize first");
  if (starts) {
    atomic_fetch_add(&session->references, 1);
    if (!session_add(h, session)) {
      mcp_session_release(session);
      mcp_session_release(session);
      return reply_error(c, 503, RPC_INTERNAL, "too many sessions: try again later");
    }
  }
  stream *s = stream_new(h->server->options->stop);
  bool events = str_eq(method, STR("tools/call")) && accepts_events(c);
  bool answered = mcp_receive(session, message, (mcp_sink){stream_send, s});
  if (!answered)
    stream_send(s, NULL, true);
  char session_id[33];
  memcpy(session_id, session->id, sizeof session_id);
  mcp_session_release(session);
  return answered && events ? reply_events(c, s)
                            : reply_when_done(c, s, starts ? session_id : NULL);
}

static enum MHD_Result on_post(http_server *h, struct MHD_Connection *c, str body) {
  static const char *const versions[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05",
                                         NULL};
  const char *version = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "MCP-Protocol-Version");
  bool known = !version;
  error e = {0};
  for (int i = 0; versions[i]; i++)
    known |= version && strcmp(version, versions[i]) == 0;
  if (!known)
    return reply_error(c, 400, RPC_INVALID, "MCP-Protocol-Version is not known here");
  json_t *message = json_parse(body, &e);
  if (!message)
    return reply_error(c, 400, RPC_PARSE, e.message);
  enum MHD_Result result =
      json_is_object(message) ? on_message(h, c, message)
                              : reply_error(c, 400, RPC_INVALID, "one message a request, no batch");
  json_decref(message);
  return result;
}

static enum MHD_Result on_delete(http_server *h, struct MHD_Connection *c) {
  const char *id = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Mcp-Session-Id");
  mcp_session *session = id ? session_find(h, id, true) : NULL;
  if (!session)
    return reply_error(c, 404, RPC_INVALID, "there is no such session");
  mcp_session_cancel_all(session);
  mcp_session_release(session);
  return reply(c, 204, STR(""), NULL, NULL, NULL);
}

static enum MHD_Result dispatch(http_server *h, struct MHD_Connection *c, const char *path,
                                const char *method, str body) {
  if (!origin_allowed(h, c))
    return reply_error(c, 403, RPC_INVALID, "this Host or Origin may not ask here");
  unsigned wait;
  if (!token_passes(h, c, &wait))
    return reply_refusal(c, wait);
  if (strcmp(path, "/mcp") != 0)
    return reply_error(c, 404, RPC_INVALID, "the endpoint is /mcp");
  if (strcmp(method, "POST") == 0)
    return on_post(h, c, body);
  if (strcmp(method, "DELETE") == 0)
    return on_delete(h, c);
  return reply_error(c, 405, RPC_INVALID, "POST a message, or DELETE the session");
}

/* ---- the daemon ------------------------------------------------------------------------------ */

static bool answer(void *of, struct MHD_Connection *c, const char *path, const char *method,
                   serve_body *u) {
  if (u->too_long)
    return reply_error(c, 413, RPC_INVALID, "the message is too long") == MHD_YES;
  return dispatch(of, c, path, method, buf_str(&u->body)) == MHD_YES;
}

static void end_sessions(http_server *h) {
  for (size_t i = 0; i < SESSIONS_MAX; i++) {
    if (!h->sessions[i])
      continue;
    mcp_session_cancel_all(h->sessions[i]);
    mcp_session_release(h->sessions[i]);
  }
}

static void wait_for_stop(const mcp_options *o) {
  while (!*o->stop) {
    struct timespec moment = {0, 100 * 1000 * 1000};
    nanosleep(&moment, NULL);
  }
}

bool serve_http(mcp_server *s, error *e) {
  http_server *h = calloc(1, sizeof *h);
  if (!h)
    abort();
  h->server = s;
  h->guesses = guess_table_new();
  pthread_mutex_init(&h->lock, NULL);
  serve_options o = {.listen = s->options->listen,
                     .option = "--http",
                     .body_max = MESSAGE_MAX,
                     .idle_seconds = IDLE_SECONDS,
                     .answer = answer,
                     .of = h};
  struct MHD_Daemon *d = serve_start(&o, e);
  if (d) {
    arena *a = arena_new();
    fprintf(stderr, "batten: MCP at %.*s/mcp\n", STR_ARG(serve_origin(a, &o, d)));
    arena_free(a);
    wait_for_stop(s->options);
    MHD_stop_daemon(d);
  }
  end_sessions(h);
  pthread_mutex_destroy(&h->lock);
  guess_table_free(h->guesses);
  free(h);
  return d != NULL;
}
