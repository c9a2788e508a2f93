/* JSON-RPC 2.0 and the life of a session: what a message asks, who answers, progress, logging,
 * cancellation. */
#include "mcp/server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef BATTEN_VERSION
#define BATTEN_VERSION "0.0.0"
#endif

static const char *const VERSIONS[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
static const char *const LEVELS[] = {"debug", "info",     "notice", "warning",
                                     "error", "critical", "alert",  "emergency"};

/* ---- messages -------------------------------------------------------------------------------- */

static json_t *message_new(void) {
  json_t *m = json_object();
  json_put_str(m, "jsonrpc", STR("2.0"));
  return m;
}

json_t *rpc_error(const json_t *id, int code, const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  json_t *m = message_new(), *e = json_object();
  json_put(m, "id", id ? json_deep_copy(id) : json_null());
  json_put(e, "code", json_integer(code));
  json_put_str(e, "message", str_of(text));
  json_put(m, "error", e);
  return m;
}

static json_t *rpc_result(const json_t *id, json_t *result) {
  json_t *m = message_new();
  json_put(m, "id", json_deep_copy(id));
  json_put(m, "result", result);
  return m;
}

static void notify(call *c, const char *method, json_t *params) {
  json_t *m = message_new();
  json_put_str(m, "method", str_of(method));
  json_put(m, "params", params);
  c->sink.send(c->sink.to, m, false);
}

/* At most four a second, so that a fast scan does not flood its reader. */
void call_progress(call *c, size_t done, size_t total, str step) {
  double now = clock_monotonic();
  if (!c->progress_token || (now < c->last_progress + 0.25 && done < total))
    return;
  c->last_progress = now;
  json_t *params = json_object();
  json_put(params, "progressToken", json_deep_copy(c->progress_token));
  json_put(params, "progress", json_integer((json_int_t)done));
  json_put(params, "total", json_integer((json_int_t)total));
  if (step.len)
    json_put_str(params, "message", step);
  notify(c, "notifications/progress", params);
}

void call_log(call *c, const char *level, str text) {
  int rank = 0;
  while (rank < 8 && strcmp(LEVELS[rank], level) != 0)
    rank++;
  if (rank < c->session->log_level)
    return;
  json_t *params = json_object();
  json_put_str(params, "level", str_of(level));
  json_put_str(params, "logger", STR("batten"));
  json_put_str(params, "data", text);
  notify(c, "notifications/message", params);
}

/* ---- sessions -------------------------------------------------------------------------------- */

mcp_session *mcp_session_new(mcp_server *s) {
  mcp_session *session = calloc(1, sizeof *session);
  if (!session)
    abort();
  session->server = s;
  session->references = 1;
  session->log_level = 1;
  session->used = clock_monotonic();
  arena *a = arena_new();
  str id = random_hex(a, 16);
  memcpy(session->id, id.ptr, 32);
  arena_free(a);
  pthread_mutex_init(&session->lock, NULL);
  return session;
}

void mcp_session_release(mcp_session *session) {
  if (atomic_fetch_sub(&session->references, 1) != 1)
    return;
  pthread_mutex_destroy(&session->lock);
  free(session);
}

void mcp_session_cancel_all(mcp_session *session) {
  pthread_mutex_lock(&session->lock);
  for (call *c = session->running; c; c = c->next)
    c->cancelled = true;
  pthread_mutex_unlock(&session->lock);
}

static void cancel(mcp_session *session, const json_t *params) {
  const json_t *id = json_object_get(params, "requestId");
  pthread_mutex_lock(&session->lock);
  for (call *c = session->running; c; c = c->next)
    if (id && json_equal(c->id, id))
      c->cancelled = true;
  pthread_mutex_unlock(&session->lock);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static call *call_new(mcp_session *session, const json_t *message, mcp_sink sink) {
  call *c = calloc(1, sizeof *c);
  if (!c)
    abort();
  c->session = session;
  c->sink = sink;
  c->id = json_deep_copy(json_object_get(message, "id"));
  c->params = json_deep_copy(json_object_get(message, "params"));
  c->progress_token = json_object_get(json_object_get(c->params, "_meta"), "progressToken");
  c->arena = arena_new();
  atomic_fetch_add(&session->references, 1);
  pthread_mutex_lock(&session->lock);
  c->next = session->running;
  session->running = c;
  pthread_mutex_unlock(&session->lock);
  return c;
}

static void call_free(call *c) {
  mcp_session *session = c->session;
  pthread_mutex_lock(&session->lock);
  call **at = &session->running;
  while (*at != c)
    at = &(*at)->next;
  *at = c->next;
  pthread_mutex_unlock(&session->lock);
  json_decref(c->id);
  json_decref(c->params);
  arena_free(c->arena);
  free(c);
  mcp_session_release(session);
}

/* A cancelled request gets no response by the protocol, but its transport must know that it is
 * over. */
static void run_tool(call *c) {
  json_t *refusal = NULL, *result = tools_call(c, c->params, &refusal);
  json_t *response = result ? rpc_result(c->id, result) : refusal;
  if (c->cancelled) {
    json_decref(response);
    response = NULL;
  }
  c->sink.send(c->sink.to, response, true);
}

static void *call_thread(void *of) {
  call *c = of;
  mcp_server *server = c->session->server;
  run_tool(c);
  call_free(c);
  atomic_fetch_sub(&server->calls, 1);
  return NULL;
}

static const tool *tool_named(str name) {
  for (size_t i = 0; i < TOOLS_COUNT; i++)
    if (str_eq(name, str_of(TOOLS[i].name)))
      return &TOOLS[i];
  return NULL;
}

static void start_tool(mcp_session *session, const json_t *message, mcp_sink sink) {
  const tool *t = tool_named(json_get_str(json_object_get(message, "params"), "name"));
  pthread_t thread;
  call *c = call_new(session, message, sink);
  if (t && t->slow) {
    if (atomic_fetch_add(&session->server->calls, 1) < CALLS_MAX &&
        pthread_create(&thread, NULL, call_thread, c) == 0) {
      pthread_detach(thread);
      return;
    }
    atomic_fetch_sub(&session->server->calls, 1);
    sink.send(
        sink.to,
        rpc_error(c->id, RPC_INTERNAL, "%d scans are running: wait for one to end", CALLS_MAX),
        true);
  } else {
    run_tool(c);
  }
  call_free(c);
}

/* ---- methods --------------------------------------------------------------------------------- */

typedef struct {
  mcp_session *session;
  arena *arena;
  const json_t *id, *params;
  json_t *refusal;
} request;

static json_t *on_initialize(request *r) {
  str asked = json_get_str(r->params, "protocolVersion");
  const char *version = VERSIONS[0];
  for (size_t i = 0; i < sizeof VERSIONS / sizeof *VERSIONS; i++)
    if (str_eq(asked, str_of(VERSIONS[i])))
      version = VERSIONS[i];
  json_t *result = json_pack(
      "{s:s, s:{s:{s:b}, s:{s:b,s:b}, s:{s:b}, s:{}, s:{}}, s:{s:s,s:s,s:s}}", "protocolVersion",
      version, "capabilities", "tools", "listChanged", 0, "resources", "subscribe", 0,
      "listChanged", 0, "prompts", "listChanged", 0, "logging", "completions", "serverInfo", "name",
      "batten", "title", "batten", "version", BATTEN_VERSION);
  json_put_str(
      result, "instructions",
      STR("Scans a running API for accepted token forgeries and the OWASP API Top 10 (scan_api), "
          "audits Rails source and container files (audit_project), explains findings, and proves "
          "a fix by scanning again (verify_fix). Only scan what the user owns."));
  return result;
}

static json_t *on_ping(request *r) {
  (void)r;
  return json_object();
}

static json_t *on_tools_list(request *r) {
  (void)r;
  return tools_list();
}

static json_t *on_set_level(request *r) {
  str level = json_get_str(r->params, "level");
  for (int i = 0; i < 8; i++)
    if (str_eq(level, str_of(LEVELS[i]))) {
      r->session->log_level = i;
      return json_object();
    }
  r->refusal =
      rpc_error(r->id, RPC_PARAMS,
                "level: debug, info, notice, warning, error, critical, alert or emergency");
  return NULL;
}

static json_t *on_resources_list(request *r) {
  return resources_list(r->session->server);
}

static json_t *on_templates(request *r) {
  (void)r;
  return resources_templates();
}

static json_t *on_resources_read(request *r) {
  return resources_read(r->session->server, r->arena, r->params, &r->refusal, r->id);
}

static json_t *on_prompts_list(request *r) {
  (void)r;
  return prompts_list();
}

static json_t *on_prompts_get(request *r) {
  return prompts_get(r->arena, r->params, &r->refusal, r->id);
}

static json_t *on_complete(request *r) {
  return completion_complete(r->session->server, r->arena, r->params);
}

static const struct {
  const char *name;
  json_t *(*answer)(request *r);
} METHODS[] = {
    {"initialize", on_initialize},         {"ping", on_ping},
    {"tools/list", on_tools_list},         {"logging/setLevel", on_set_level},
    {"resources/list", on_resources_list}, {"resources/templates/list", on_templates},
    {"resources/read", on_resources_read}, {"prompts/list", on_prompts_list},
    {"prompts/get", on_prompts_get},       {"completion/complete", on_complete},
};

static void answer(mcp_session *session, const json_t *message, mcp_sink sink) {
  str method = json_get_str(message, "method");
  request r = {.session = session,
               .id = json_object_get(message, "id"),
               .params = json_object_get(message, "params")};
  json_t *response = NULL;
  r.arena = arena_new();
  for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS && !response; i++) {
    if (!str_eq(method, str_of(METHODS[i].name)))
      continue;
    json_t *result = METHODS[i].answer(&r);
    response = result ? rpc_result(r.id, result) : r.refusal;
  }
  if (!response)
    response =
        rpc_error(r.id, RPC_METHOD, "there is no method %.*s", STR_ARG(str_sub(method, 0, 80)));
  arena_free(r.arena);
  sink.send(sink.to, response, true);
}

static bool id_allowed(const json_t *id) {
  return json_is_string(id) || json_is_integer(id);
}

bool mcp_receive(mcp_session *session, const json_t *message, mcp_sink sink) {
  const json_t *id = json_object_get(message, "id");
  str method = json_get_str(message, "method");
  session->used = clock_monotonic();
  if (!json_is_object(message) || !str_eq(json_get_str(message, "jsonrpc"), STR("2.0")) ||
      (id && !id_allowed(id))) {
    sink.send(sink.to,
              rpc_error(id_allowed(id) ? id : NULL, RPC_INVALID, "no JSON-RPC 2.0 message"), true);
    return true;
  }
  if (!method.ptr)
    return false; /* a response: this server asks nothing */
  if (!id) {
    if (str_eq(method, STR("notifications/cancelled")))
      cancel(session, json_object_get(message, "params"));
    return false;
  }
  if (str_eq(method, STR("tools/call")))
    start_tool(session, message, sink);
  else
    answer(session, message, sink);
  return true;
}

bool mcp_serve(const mcp_options *options, error *e) {
  mcp_server *s = calloc(1, sizeof *s);
  if (!s)
    abort();
  s->options = options;
  pthread_mutex_init(&s->lock, NULL);
  bool ok = options->http ? serve_http(s, e) : serve_stdio(s, e);
  /* Calls that still run were cancelled by their transports; each ends its child and goes. */
  while (s->calls) {
    struct timespec moment = {0, 10 * 1000 * 1000};
    nanosleep(&moment, NULL);
  }
  kept_free(s);
  pthread_mutex_destroy(&s->lock);
  free(s);
  return ok;
}
