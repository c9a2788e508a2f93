/* The dashboard's HTTP side: who is signed in, which page answers, live events. Pages are in
 * pages.c, the API in api.c. */
#include "watch/watch_private.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { IDLE_SECONDS = 60, FORM_MAX = 8192, SESSION_SECONDS = 12 * 3600, EVENT_SECONDS = 15 };

static const char POLICY[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/* The report of a run carries its style and small script in itself, and nothing else. */
static const char REPORT_POLICY[] =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "sandbox allow-scripts allow-popups; base-uri 'none'; frame-ancestors 'none'";

/* ---- sessions -------------------------------------------------------------------------------- */

static str signed_text(const server *s, arena *a, str text) {
  unsigned char mac[32];
  unsigned len = sizeof mac;
  HMAC(EVP_sha256(), s->secret.ptr, (int)s->secret.len, (const unsigned char *)text.ptr, text.len,
       mac, &len);
  return hex_encode(a, str_from(mac, len));
}

static bool same(str x, str y) {
  return x.len == y.len && CRYPTO_memcmp(x.ptr, y.ptr, x.len) == 0;
}

/* "EXPIRY.RANDOM.MAC": nothing to keep on this side. */
static str session_make(const server *s, arena *a) {
  str body =
      arena_printf(a, "%.0f.%.*s", clock_wall() + SESSION_SECONDS, STR_ARG(random_hex(a, 8)));
  return arena_printf(a, "%.*s.%.*s", STR_ARG(body), STR_ARG(signed_text(s, a, body)));
}

static bool session_valid(const server *s, arena *a, str value) {
  size_t first = str_find(value, STR("."), 0),
         second = first == SIZE_MAX ? first : str_find(value, STR("."), first + 1);
  uint64_t expiry;
  return second != SIZE_MAX && str_to_u64(str_sub(value, 0, first), &expiry) &&
         (double)expiry > clock_wall() &&
         same(str_sub(value, second + 1, value.len), signed_text(s, a, str_sub(value, 0, second)));
}

str badge_key(const server *s, arena *a, str name) {
  return str_sub(signed_text(s, a, arena_printf(a, "badge %.*s", STR_ARG(name))), 0, 32);
}

/* ---- requests -------------------------------------------------------------------------------- */

typedef struct {
  struct MHD_Connection *connection;
  view view;
  str method, body, session;
  bool bearer; /* signed in by the API's header: no cookie, so no form of another site can use it */
  unsigned wait; /* seconds: too many wrong tokens came from there */
} request;

static str header(const request *r, const char *name) {
  return str_of(MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

static str argument(const request *r, const char *name) {
  return str_of(MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name));
}

/* application/x-www-form-urlencoded */
static str form_value(const request *r, const char *name) {
  str rest = r->body, pair;
  while (str_next(&rest, '&', &pair)) {
    size_t equals = str_find(pair, STR("="), 0);
    if (equals == SIZE_MAX || !str_eq(str_sub(pair, 0, equals), str_of(name)))
      continue;
    char *value = arena_text(r->view.arena, str_sub(pair, equals + 1, pair.len));
    for (char *p = value; *p; p++)
      if (*p == '+')
        *p = ' ';
    return percent_decode(r->view.arena, str_of(value));
  }
  return (str){0};
}

enum { BY_HEADER, BY_FORM };

/* False: it is wrong, or, with r->wait, it does not matter. Sessions are not counted: their
 * signature is not guessed. */
static bool token_passes(request *r, int way, str given) {
  bool right = secret_equal(given, r->view.server->options->token);
  r->wait = serve_guess(r->view.server->guesses, r->connection, way, right);
  return right && !r->wait;
}

static bool signed_in(request *r) {
  const server *s = r->view.server;
  str authorization = header(r, "Authorization");
  r->session =
      str_of(MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, "batten_session"));
  if (str_starts(authorization, STR("Bearer "))) {
    r->bearer = token_passes(r, BY_HEADER, str_sub(authorization, 7, authorization.len));
    return r->bearer;
  }
  if (!r->session.len || !session_valid(s, r->view.arena, r->session))
    return false;
  r->view.csrf =
      signed_text(s, r->view.arena, arena_printf(r->view.arena, "form %.*s", STR_ARG(r->session)));
  return true;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void add_headers(struct MHD_Response *m, const page *p, bool is_report) {
  if (p->type)
    MHD_add_response_header(m, "Content-Type", p->type);
  if (p->location)
    MHD_add_response_header(m, "Location", p->location);
  if (p->cookie)
    MHD_add_response_header(m, "Set-Cookie", p->cookie);
  if (p->retry_after) {
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%u", p->retry_after);
    MHD_add_response_header(m, "Retry-After", seconds);
  }
  if (p->status == 401)
    MHD_add_response_header(m, "WWW-Authenticate", "Bearer");
  MHD_add_response_header(m, "Content-Security-Policy", is_report ? REPORT_POLICY : POLICY);
  MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(m, "Referrer-Policy", "same-origin");
  MHD_add_response_header(m, "X-Frame-Options", "DENY");
  MHD_add_response_header(m, "Cache-Control", "no-store");
}

static enum MHD_Result reply(const request *r, const page *p, bool is_report) {
  struct MHD_Response *m = MHD_create_response_from_buffer(
      p->body.len, (void *)(uintptr_t)(p->body.ptr ? p->body.ptr : ""), MHD_RESPMEM_MUST_COPY);
  if (!m)
    return MHD_NO;
  add_headers(m, p, is_report);
  enum MHD_Result result = MHD_queue_response(r->connection, p->status, m);
  MHD_destroy_response(m);
  return result;
}

static page redirect(const char *to) {
  return (page){.status = 303, .location = to, .body = STR("")};
}

static page refuse(request *r) {
  if (r->wait)
    return (page){.status = 429,
                  .retry_after = r->wait,
                  .type = "application/json",
                  .body = STR("{\"error\":\"too many wrong tokens came from this address\"}\n")};
  if (str_starts(r->view.path, STR("/api/")) || str_eq(r->view.path, STR("/events")))
    return (page){.status = 401,
                  .type = "application/json",
                  .body = STR("{\"error\":\"sign in: Authorization: Bearer TOKEN\"}\n")};
  return redirect("/login");
}

/* ---- live events ----------------------------------------------------------------------------- */

typedef struct {
  server *server;
  store *store; /* of its own: what another process writes (run-once from cron, watch add) is news
                   too */
  uint64_t seen;
  int64_t version;
  double beat;
} listener;

/* The server's lock is held. */
static bool has_news(listener *l) {
  int64_t version = store_version(l->store);
  bool news = version != l->version || l->server->generation != l->seen;
  l->version = version;
  l->seen = l->server->generation;
  return news;
}

/* A line when the history has changed, and a comment now and then, so that a lost reader is
 * noticed. */
static ssize_t read_events(void *of, uint64_t position, char *out, size_t room) {
  listener *l = of;
  server *s = l->server;
  ssize_t n = MHD_CONTENT_READER_END_OF_STREAM;
  bool news = false;
  (void)position;
  pthread_mutex_lock(&s->lock);
  while (!*s->options->stop && !(news = has_news(l)) &&
         clock_monotonic() < l->beat + EVENT_SECONDS) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_cond_timedwait(&s->changed, &s->lock, &until);
  }
  l->beat = clock_monotonic();
  if (!*s->options->stop)
    n = snprintf(out, room, news ? "event: changed\ndata: %llu\n\n" : ": still here\n\n",
                 (unsigned long long)l->seen);
  pthread_mutex_unlock(&s->lock);
  return n;
}

static void listener_free(void *of) {
  listener *l = of;
  store_close(l->store);
  free(l);
}

static listener *listener_new(server *s) {
  listener *l = calloc(1, sizeof *l);
  error e = {0};
  if (!l)
    abort();
  l->server = s;
  l->store = store_open_again(s->options->db, &e);
  if (!l->store) {
    free(l);
    return NULL;
  }
  pthread_mutex_lock(&s->lock);
  has_news(l);
  pthread_mutex_unlock(&s->lock);
  return l;
}

static enum MHD_Result reply_events(const request *r) {
  listener *l = listener_new(r->view.server);
  struct MHD_Response *m =
      l ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 512, read_events, l, listener_free)
        : NULL;
  if (!m) {
    if (l)
      listener_free(l);
    return MHD_NO;
  }
  page p = {.status = 200, .type = "text/event-stream"};
  add_headers(m, &p, false);
  enum MHD_Result result = MHD_queue_response(r->connection, 200, m);
  MHD_destroy_response(m);
  return result;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static page sign_in(request *r) {
  if (!token_passes(r, BY_FORM, str_trim(form_value(r, "token")))) {
    page wrong = r->wait
                     ? page_login(&r->view, 429,
                                  "Too many wrong tokens came from this address: wait a minute.")
                     : page_login(&r->view, 403, "That is not the token.");
    wrong.retry_after = r->wait;
    return wrong;
  }
  page p = redirect("/");
  p.cookie = arena_text(
      r->view.arena,
      arena_printf(r->view.arena,
                   "batten_session=%.*s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%d",
                   STR_ARG(session_make(r->view.server, r->view.arena)), SESSION_SECONDS));
  return p;
}

static page sign_out(void) {
  page p = redirect("/login");
  p.cookie = "batten_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0";
  return p;
}

/* "/targets/NAME/ACTION": run now, pause, resume. */
static page act(request *r) {
  view *v = &r->view;
  str rest = str_sub(v->path, 9, v->path.len), name, action = {0};
  watched w;
  if (!r->bearer && !same(form_value(r, "csrf"), v->csrf))
    return (page){.status = 403,
                  .type = "text/plain; charset=utf-8",
                  .body = STR("This form is stale: go back and load the page again.\n")};
  str_next(&rest, '/', &name);
  if (rest.ptr)
    action = rest;
  name = percent_decode(v->arena, name);
  if (!store_find(v->store, v->arena, name, &w))
    return page_not_found(v);
  if (str_eq(action, STR("run")))
    store_set_next(v->store, w.id, clock_wall());
  else if (str_eq(action, STR("pause")) || str_eq(action, STR("resume")))
    store_set_paused(v->store, w.id, str_eq(action, STR("pause")));
  else
    return page_not_found(v);
  server_changed(v->server);
  return redirect(arena_text(
      v->arena, arena_printf(v->arena, "/targets/%.*s", STR_ARG(percent_encode(v->arena, name)))));
}

static page target_or_run(view *v, bool *is_report) {
  str rest = str_sub(v->path, 9, v->path.len), name;
  uint64_t run;
  str_next(&rest, '/', &name);
  name = percent_decode(v->arena, name);
  if (!rest.ptr)
    return page_target(v, name);
  *is_report = str_starts(rest, STR("runs/")) && str_to_u64(str_sub(rest, 5, rest.len), &run);
  return *is_report ? page_run(v, name, (int64_t)run) : page_not_found(v);
}

static page api(view *v) {
  str rest = str_sub(v->path, 8, v->path.len), first, name = {0};
  uint64_t run;
  str_next(&rest, '/', &first);
  if (rest.ptr)
    str_next(&rest, '/', &name);
  name = percent_decode(v->arena, name);
  if (str_eq(first, STR("alerts")) && !name.len)
    return api_alerts(v);
  if (str_eq(first, STR("targets")) && !name.len)
    return api_targets(v);
  if (str_eq(first, STR("targets")) && !rest.ptr)
    return api_target(v, name);
  if (str_eq(first, STR("targets")) && str_eq(rest, STR("runs")))
    return api_runs(v, name);
  if (str_eq(first, STR("runs")) && str_to_u64(name, &run) && str_eq(rest, STR("report")))
    return api_report(v, (int64_t)run);
  return (page){.status = 404,
                .type = "application/json",
                .body = STR("{\"error\":\"there is nothing here; see /openapi.json\"}\n")};
}

static page get(request *r, bool *is_report) {
  view *v = &r->view;
  if (str_eq(v->path, STR("/")))
    return page_overview(v);
  if (str_eq(v->path, STR("/alerts")))
    return page_alerts(v);
  if (str_eq(v->path, STR("/openapi.json")))
    return api_description(v);
  if (str_starts(v->path, STR("/targets/")))
    return target_or_run(v, is_report);
  if (str_starts(v->path, STR("/api/v1/")))
    return api(v);
  return page_not_found(v);
}

extern const unsigned char dashboard_style_bytes[], dashboard_script_bytes[];
extern const size_t dashboard_style_len, dashboard_script_len;

/* What needs no session: signing in, the looks, a badge whose address carries its own key. */
static bool open_page(request *r, page *out) {
  view *v = &r->view;
  bool get_it = str_eq(r->method, STR("GET"));
  if (str_eq(v->path, STR("/login")))
    *out = get_it ? page_login(v, 200, NULL) : sign_in(r);
  else if (get_it && str_eq(v->path, STR("/style.css")))
    *out = (page){.status = 200,
                  .type = "text/css; charset=utf-8",
                  .body = str_from(dashboard_style_bytes, dashboard_style_len)};
  else if (get_it && str_eq(v->path, STR("/live.js")))
    *out = (page){.status = 200,
                  .type = "text/javascript; charset=utf-8",
                  .body = str_from(dashboard_script_bytes, dashboard_script_len)};
  else if (get_it && str_starts(v->path, STR("/badge/")) && str_ends(v->path, STR(".svg"))) {
    str name = percent_decode(v->arena, str_sub(v->path, 7, v->path.len - 4));
    *out = same(argument(r, "key"), badge_key(v->server, v->arena, name)) ? badge(v, name)
                                                                          : page_not_found(v);
  } else
    return false;
  return true;
}

static enum MHD_Result dispatch(request *r) {
  page p;
  bool is_report = false, is_get = str_eq(r->method, STR("GET")) || str_eq(r->method, STR("HEAD"));
  if (!open_page(r, &p)) {
    if (!signed_in(r))
      p = refuse(r);
    else if (is_get && str_eq(r->view.path, STR("/events")))
      return reply_events(r);
    else if (is_get)
      p = get(r, &is_report);
    else if (str_eq(r->method, STR("POST")) && str_eq(r->view.path, STR("/logout")))
      p = sign_out();
    else if (str_eq(r->method, STR("POST")) && str_starts(r->view.path, STR("/targets/")))
      p = act(r);
    else
      p = (page){.status = 405,
                 .type = "text/plain; charset=utf-8",
                 .body = STR("GET, or POST of a form.\n")};
  }
  return reply(r, &p, is_report);
}

/* ---- the daemon ------------------------------------------------------------------------------ */

static bool answer(void *of, struct MHD_Connection *c, const char *path, const char *method,
                   serve_body *u) {
  server *s = of;
  error e = {0};
  request r = {.connection = c, .method = str_of(method), .body = buf_str(&u->body)};
  r.view = (view){.server = s,
                  .arena = u->arena,
                  .path = str_of(path),
                  .store = store_open_again(s->options->db, &e)};
  r.view.filter = argument(&r, "severity");
  page p = {.status = 403,
            .type = "text/plain; charset=utf-8",
            .body = STR("This Host or Origin may not ask here.\n")};
  enum MHD_Result result;
  if (!browser_may_ask(s->options->listen, header(&r, "Host").ptr, header(&r, "Origin").ptr)) {
    result = reply(&r, &p, false);
  } else if (u->too_long || !r.view.store) {
    p = (page){.status = u->too_long ? 413 : 500,
               .type = "text/plain; charset=utf-8",
               .body = arena_str(u->arena, str_of(e.message))};
    result = reply(&r, &p, false);
  } else {
    result = dispatch(&r);
  }
  store_close(r.view.store);
  return result == MHD_YES;
}

/* Paths come as they were sent: a name may hold an encoded slash, and is decoded once, by its
 * route. */
struct MHD_Daemon *dashboard_start(server *s, error *e) {
  s->serving = (serve_options){.listen = s->options->listen,
                               .option = "--listen",
                               .body_max = FORM_MAX,
                               .idle_seconds = IDLE_SECONDS,
                               .answer = answer,
                               .of = s};
  struct MHD_Daemon *d = serve_start(&s->serving, e);
  if (!d)
    return NULL;
  arena *a = arena_new();
  fprintf(stderr, "batten: dashboard at %.*s/\n", STR_ARG(serve_origin(a, &s->serving, d)));
  arena_free(a);
  return d;
}
