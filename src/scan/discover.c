/* What the target itself tells: key sets at their usual places, and whether its owner allows the
 * scan. */
#include "base/json.h"
#include "scan/engine.h"

static const char *const JWKS_PATHS[] = {"/.well-known/jwks.json", "/jwks.json",
                                         "/oauth/discovery/keys"};
static const char *const METADATA_PATHS[] = {"/.well-known/openid-configuration",
                                             "/.well-known/oauth-authorization-server"};

static operation_run target_run(engine *e, operation *o) {
  operation_run run = {.engine = e};
  *o = (operation){.method = STR("GET"), .url = e->options->target};
  o->url.path = STR("/");
  o->url.query = (str){0};
  run.operation = *o;
  run.subject.arena = e->arena;
  run.subject.operation = o;
  return run;
}

static probe *plan_look(plan *p, const url *u, str token_text) {
  operation at = *p->subject->operation;
  at.url = *u;
  http_request request = request_with_token(p->arena, &at, token_text);
  probe *out = plan_request(p, ROLE_LOOK, &request, "discovery");
  out->label =
      arena_printf(p->arena, "discover%.*s%s", STR_ARG(u->path), token_text.ptr ? "?token" : "");
  out->answers = arena_make(p->arena, answers);
  return out;
}

void discover_get_all(engine *e, const url *urls, const http_response **out, size_t count) {
  operation o;
  operation_run run = target_run(e, &o);
  plan p = {.arena = run.subject.arena, .subject = &run.subject};
  for (size_t i = 0; i < count; i++)
    plan_look(&p, &urls[i], (str){0});
  send_once(&run, p.probes.at, count);
  for (size_t i = 0; i < count; i++)
    out[i] = probe_response(p.probes.at[i]);
}

const http_response *discover_get(engine *e, const url *u, bool with_token) {
  operation o;
  operation_run run = target_run(e, &o);
  const identity_list *all = &e->options->identities;
  plan p = {.arena = run.subject.arena, .subject = &run.subject};
  if (with_token && e->options->place)
    o.place = *e->options->place;
  probe *look = plan_look(&p, u, with_token && all->len ? all->at[0].token : (str){0});
  send_once(&run, p.probes.at, 1);
  http_failure f = look->answers->tries.at[0].response.failure;
  e->unanswered = f == HTTP_TIMEOUT || f == HTTP_REFUSED || f == HTTP_TLS ? e->unanswered + 1 : 0;
  return probe_response(look);
}

/* A target that says nothing is not asked on and on: each silence costs --timeout. */
static const http_response *get(operation_run *run, const url *u) {
  enum { UNANSWERED_MAX = 2 };

  const http_response *r =
      run->engine->unanswered < UNANSWERED_MAX ? discover_get(run->engine, u, false) : NULL;
  return r && r->status == 200 ? r : NULL;
}

static bool known_document(const engine *e, str text) {
  for (size_t i = 0; i < e->documents.len; i++)
    if (str_eq(e->documents.at[i].url, text))
      return true;
  return false;
}

static void take_key_set(engine *e, operation_run *run, const url *u) {
  str text = url_text(e->arena, u);
  const http_response *r = known_document(e, text) ? NULL : get(run, u);
  json_t *json = r ? json_parse(r->body, NULL) : NULL;
  bool key_set = json_is_array(json_object_get(json, "keys"));
  json_decref(json);
  if (!r || !key_set)
    return;
  document d = {text, {.method = STR("GET"), .url = *u}, *r};
  error ignored;
  list_push(e->arena, &e->documents, d);
  key_load(e->arena, r->body, false, &e->discovered_keys, &ignored);
}

/* jwks_uri is followed on the target's own origin only. */
static void take_metadata(engine *e, operation_run *run, const url *u) {
  const http_response *r = get(run, u);
  json_t *json = r ? json_parse(r->body, NULL) : NULL;
  url keys;
  error ignored;
  str uri = json_get_str(json, "jwks_uri");
  document d = {
      url_text(e->arena, u), {.method = STR("GET"), .url = *u}, r ? *r : (http_response){0}};
  if (json_get_str(json, "issuer").len)
    list_push(e->arena, &e->metadata, d);
  if (uri.len && url_resolve(e->arena, u, uri, &keys, &ignored) &&
      url_same_origin(&keys, &e->options->target))
    take_key_set(e, run, &keys);
  json_decref(json);
}

void discover_documents(engine *e) {
  operation o;
  operation_run run = target_run(e, &o);
  for (size_t i = 0; i < sizeof METADATA_PATHS / sizeof *METADATA_PATHS; i++) {
    o.url.path = str_of(METADATA_PATHS[i]);
    take_metadata(e, &run, &o.url);
  }
  for (size_t i = 0; i < sizeof JWKS_PATHS / sizeof *JWKS_PATHS; i++) {
    o.url.path = str_of(JWKS_PATHS[i]);
    take_key_set(e, &run, &o.url);
  }
  for (size_t i = 0; i < e->options->public_key_urls.len; i++) {
    error ignored;
    if (url_parse(e->arena, e->options->public_key_urls.at[i], &o.url, &ignored))
      take_key_set(e, &run, &o.url);
  }
}

void discover_tls(engine *e) {
  exchange_key at = {0, STR("tls"), 1};
  http_request request = {.method = STR("CONNECT"), .url = e->options->target};
  http_response response = {.status = 200};
  size_t hits;
  str first;
  if (!str_eq(e->options->target.scheme, STR("https")) || e->options->http.proxy)
    return;
  if (e->replay) {
    if (recording_find(e->replay, e->arena, at, &request, &response, &hits, &first))
      e->tls = response.body;
    return;
  }
  e->tls = response.body = tls_look(e->arena, &e->options->http, &e->options->target);
  if (e->record)
    recording_add(e->record, at, &request, &response, 0, (str){0});
}

/* The owner's consent: a file at a well-known place, whose first line says so. */
bool ownership_proved(engine *e) {
  operation o;
  operation_run run = target_run(e, &o);
  o.url.path = STR("/.well-known/batten.txt");
  const http_response *r = get(&run, &o.url);
  return r && str_starts(str_trim(r->body), STR("batten-scan: allowed"));
}
