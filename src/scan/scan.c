/* The whole scan: who may be scanned how, what is left out, one operation after the other, the
 * report. */
#include "scan/engine.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* ---- authorization --------------------------------------------------------------------------- */

/* A name counts as what all its addresses are. They are pinned for the scan, so that it cannot move
 * meanwhile. */
static host_kind resolved_kind(arena *a, const url *u, http_options *http) {
  host_kind kind = host_kind_of(u->host);
  if (str_eq(u->host, STR("0.0.0.0")) || str_eq(u->host, STR("::")))
    return HOST_LOOPBACK; /* who connects there stays here */
  if (kind != HOST_PUBLIC || http->resolve.len || http->proxy)
    return kind;
  str_list addresses = host_addresses(a, u->host);
  buf pinned = {.arena = a};
  buf_printf(&pinned, "%.*s:%u:", STR_ARG(u->host), u->port);
  for (size_t i = 0; i < addresses.len; i++) {
    host_kind k = host_kind_of(addresses.at[i]);
    kind = i == 0 || k == kind ? k : HOST_PUBLIC;
    buf_printf(&pinned, i ? ",%.*s" : "%.*s", STR_ARG(addresses.at[i]));
  }
  if (kind != HOST_PUBLIC)
    list_push(a, &http->resolve, buf_str(&pinned));
  return kind;
}

/* A recording knows the kind by the consent that it gave. */
static host_kind recorded_kind(str authorization) {
  return str_eq(authorization, STR("loopback"))  ? HOST_LOOPBACK
         : str_eq(authorization, STR("private")) ? HOST_PRIVATE
                                                 : HOST_PUBLIC;
}

static void settle_kind(scan_options *o, host_kind kind) {
  enum { RATE_HERE = 200, RATE_ELSEWHERE = 20 };

  o->target_kind = kind;
  if (o->http.rate <= 0)
    o->http.rate = kind == HOST_LOOPBACK || kind == HOST_PRIVATE ? RATE_HERE : RATE_ELSEWHERE;
}

static str authorize(engine *e, host_kind kind, const scan_options *o) {
  if (kind == HOST_LOOPBACK)
    return STR("loopback");
  if (kind == HOST_PRIVATE)
    return STR("private");
  if (o->authorized)
    return STR("stated (--i-am-authorized)");
  if (o->active != ACTIVE_PASSIVE && ownership_proved(e))
    return STR("proved (/.well-known/batten.txt)");
  return STR("none");
}

/* ---- recording ------------------------------------------------------------------------------- */

static json_t *operation_to_json(arena *a, const operation *o) {
  http_request r = {.method = o->method, .url = o->url, .headers = o->headers, .body = o->body};
  json_t *v = request_to_json(&r);
  static const char *const kinds[] = {"bearer", "header", "cookie", "query"};
  (void)a;
  json_put_str(v, "token_in", str_of(kinds[o->place.kind]));
  json_put_str(v, "token_name", o->place.name);
  json_put_str(v, "token_scheme", o->place.scheme);
  if (o->token.ptr)
    json_put_str(v, "token", o->token);
  if (o->about)
    json_put(v, "about", description_to_json(o->about));
  return v;
}

static void operation_from_json(arena *a, const json_t *v, operation_list *out) {
  static const char *const kinds[] = {"bearer", "header", "cookie", "query"};
  http_request r;
  if (!request_from_json(a, v, &r))
    return;
  operation o = {.method = r.method, .url = r.url, .headers = r.headers, .body = r.body};
  for (int i = 0; i < 4; i++)
    if (str_eq(json_get_str(v, "token_in"), str_of(kinds[i])))
      o.place.kind = (place_kind)i;
  o.place.name = arena_str(a, json_get_str(v, "token_name"));
  o.place.scheme = arena_str(a, json_get_str(v, "token_scheme"));
  str text = json_get_str(v, "token");
  if (text.ptr)
    o.token = arena_str(a, text);
  o.about = description_from_json(a, json_object_get(v, "about"));
  list_push(a, out, o);
}

/* The operations that were not chosen, each with its reason. */
static json_t *left_out_to_json(const report *r) {
  json_t *list = json_array();
  for (size_t i = 0; i < r->not_tested.len; i++) {
    json_t *row = json_object();
    json_put_str(row, "where", r->not_tested.at[i].where);
    json_put_str(row, "reason", r->not_tested.at[i].reason);
    json_array_append_new(list, row);
  }
  return list;
}

static void left_out_from_json(arena *a, const json_t *list, report *r) {
  size_t i;
  json_t *v;
  json_array_foreach(list, i, v) {
    not_tested n = {STR("*"), arena_str(a, json_get_str(v, "where")),
                    arena_str(a, json_get_str(v, "reason"))};
    list_push(a, &r->not_tested, n);
  }
}

/* All that is known of the API, also what is not scanned: what is described nowhere is a finding.
 */
static json_t *known_to_json(arena *a, const scan_options *options) {
  const operation_list *all = &options->operations;
  json_t *list = json_array();
  for (size_t i = 0; i < all->len; i++) {
    json_t *row = json_object();
    json_put_str(row, "method", all->at[i].method);
    json_put_str(row, "path", all->at[i].url.path);
    if (all->at[i].about)
      json_put_str(row, "template", all->at[i].about->path);
    bool writes =
        all->at[i].about && !str_eq(all->at[i].method, STR("GET")) && all->at[i].about->bodies.len;
    bool held_back = all->at[i].about && gate_operation(a, options, &all->at[i]).ptr;
    if (writes || held_back)
      json_put(row, "about", description_to_json(all->at[i].about));
    json_array_append_new(list, row);
  }
  return list;
}

static void known_from_json(arena *a, const json_t *list, operation_list *out) {
  size_t i;
  json_t *v;
  out->len = 0;
  json_array_foreach(list, i, v) {
    operation o = {.method = arena_str(a, json_get_str(v, "method")),
                   .url = {.path = arena_str(a, json_get_str(v, "path"))}};
    str template = json_get_str(v, "template");
    description *d = template.ptr ? arena_make(a, description) : NULL;
    if (d)
      d->path = arena_str(a, template);
    o.about =
        json_object_get(v, "about") ? description_from_json(a, json_object_get(v, "about")) : d;
    list_push(a, out, o);
  }
}

static json_t *patterns_to_json(const str_list *patterns) {
  json_t *list = json_array();
  for (size_t i = 0; i < patterns->len; i++)
    json_array_append_new(list, json_text(patterns->at[i]));
  return list;
}

/* As it was recorded: what the gate kept back was not answered. */
static void patterns_from_json(arena *a, const json_t *list, str_list *out) {
  size_t i;
  json_t *v;
  if (!json_is_array(list))
    return;
  out->len = 0;
  json_array_foreach(list, i, v) list_push(a, out, arena_str(a, str_of(json_string_value(v))));
}

static json_t *head_to_json(const engine *e, const operation_list *operations, str authorization) {
  json_t *head = json_object(), *list = json_array();
  json_put(head, "batten_recording", json_integer(1));
  json_put(head, "now", json_real(e->now));
  json_put_str(head, "target", url_text(e->arena, &e->options->target));
  json_put_str(head, "authorization", authorization);
  json_put(head, "canary", json_boolean(e->canary_on));
  if (e->options->expired_token.ptr)
    json_put_str(head, "expired", e->options->expired_token);
  if (e->options->foreign_token.ptr)
    json_put_str(head, "foreign", e->options->foreign_token);
  for (size_t i = 0; i < operations->len; i++)
    json_array_append_new(list, operation_to_json(e->arena, &operations->at[i]));
  json_put(head, "operations", list);
  list = json_array();
  for (size_t i = 0; i < e->options->identities.len; i++) {
    json_t *who = json_object();
    json_put_str(who, "name", e->options->identities.at[i].name);
    if (e->options->identities.at[i].token.ptr)
      json_put_str(who, "token", e->options->identities.at[i].token);
    json_array_append_new(list, who);
  }
  json_put(head, "identities", list);
  json_put(head, "known", known_to_json(e->arena, e->options));
  json_put(head, "include", patterns_to_json(&e->options->include));
  json_put(head, "exclude", patterns_to_json(&e->options->exclude));
  json_put(head, "allow_writes", json_boolean(e->options->allow_writes));
  if (e->options->graphql.len)
    json_put_str(head, "graphql", e->options->graphql);
  if (e->options->llm.len)
    json_put_str(head, "llm", e->options->llm);
  json_put(head, "discovered", json_boolean(e->options->discover_operations));
  json_put(head, "sent", json_integer((json_int_t)e->sent));
  json_put(head, "max_requests", json_integer((json_int_t)e->options->http.max_requests));
  json_put(head, "left_out", left_out_to_json(e->report));
  return head;
}

/* ---- the scan -------------------------------------------------------------------------------- */

static bool open_network(engine *e, http_options *http, error *err) {
  const scan_options *o = e->options;
  e->http = http_client_new(http, err);
  if (!e->http)
    return false;
  bool local = o->target_kind == HOST_LOOPBACK;
  if (o->canary_off || o->active == ACTIVE_PASSIVE || (!local && !o->canary_listen.len))
    return true;
  e->canary = canary_start(o->canary_listen.len ? o->canary_listen : STR("127.0.0.1:0"),
                           o->canary_advertised, err);
  e->canary_on = e->canary != NULL;
  return e->canary != NULL;
}

/* Silence of a check that waits for the target to come to the canary counts only when the target
 * can come. */
static void settle_reach(engine *e, bool reached) {
  for (size_t i = 0; i < e->unreached.len; i++) {
    not_tested n = e->unreached.at[i];
    n.reason = STR("reach unproven: no request from the target has ever come to the canary");
    for (size_t row = 0; check_at(row); row++)
      if (reached && str_eq(n.check, str_of(check_at(row)->id)))
        e->decided[row] = true;
    if (!reached)
      list_push(e->arena, &e->report->not_tested, n);
  }
}

/* That a check does not apply to one operation is no gap where another decided it. */
static void drop_needless(engine *e) {
  report *r = e->report;
  size_t kept = 0;
  for (size_t i = 0; i < r->not_tested.len; i++) {
    bool needless = false;
    for (size_t row = 0; check_at(row); row++)
      needless |= e->decided[row] && str_eq(r->not_tested.at[i].check, str_of(check_at(row)->id)) &&
                  str_starts(r->not_tested.at[i].reason, STR("does not apply"));
    if (!needless)
      r->not_tested.at[kept++] = r->not_tested.at[i];
  }
  r->not_tested.len = kept;
}

static void count_categories(engine *e) {
  for (size_t i = 0; check_at(i); i++)
    if (e->decided[i]) {
      e->report->categories[check_at(i)->category].tested = true;
      e->report->categories[check_at(i)->category].checks++;
    }
}

static bool is_gate_hollow(const engine *e) {
  bool tokenless = e->tokenless && e->tokenless == e->testable;
  bool tested = e->report->categories[CATEGORY_AUTHENTICATION].tested && !tokenless;
  return e->options->gated && !e->options->anonymous && !tested;
}

/* What the owner believes to be tested and is not; ptr NULL: nothing is known of the kind. */
static str hollow_reason(engine *e) {
  str credentials = credentials_problem(e);
  if (credentials.ptr)
    return credentials;
  if (e->own_refused.ptr)
    return e->own_refused;
  return is_gate_hollow(e) ? STR("authentication was not tested, so the gate cannot pass: give "
                                 "--token, or say --anonymous when the API has no tokens")
                           : (str){0};
}

static void note_incomplete(engine *e, size_t operations) {
  report *r = e->report;
  str hollow = hollow_reason(e);
  bool untested = e->testable == 0;
  if (e->stopped)
    r->partial_reason = STR("the scan was stopped");
  else if ((untested || !r->partial) && hollow.ptr && !(untested && r->partial_reason.ptr))
    r->partial_reason = hollow;
  else if (untested && !r->partial_reason.ptr)
    r->partial_reason = operations ? STR("no operation could be tested: see what was not tested")
                                   : STR("every operation was left out");
  r->partial |= e->stopped || untested || hollow.ptr;
  if (!r->partial)
    r->partial_reason = (str){0};
}

/* A variable of CI that is empty would else look like a fine score: what stays untested is the most
 * of it. */
static void note_tokenless(engine *e) {
  bool wanted = !e->options->anonymous && e->options->active != ACTIVE_PASSIVE;
  if (e->tokenless && e->tokenless == e->testable && wanted)
    list_push(e->arena, &e->report->notes,
              STR("no good token was given (--token): no forged token was tried, and the score "
                  "says nothing about them"));
}

/* The owner has that key by now, and with it the checks that a valid signature is needed for. */
static void note_found_secret(engine *e) {
  const report *r = e->report;
  bool found = false;
  size_t waiting = 0;
  for (size_t i = 0; i < r->findings.len; i++)
    found |= str_eq(r->findings.at[i].check, STR("jwt-secret-weak"));
  for (size_t i = 0; i < r->not_tested.len; i++)
    waiting += str_starts(r->not_tested.at[i].reason, STR("needs --signing-key"));
  if (found && waiting)
    list_push(e->arena, &e->report->notes,
              STR("the signing secret was found: batten token weak --show prints it, and with it "
                  "in --signing-key FILE the checks run that need a key"));
}

/* Whom the recorded scan knew; what the command line gives of the same kind is set aside. */
static void identities_from_json(arena *a, const json_t *list, identity_list *out) {
  size_t i;
  json_t *v;
  if (!json_is_array(list))
    return;
  out->len = 0;
  json_array_foreach(list, i, v) {
    str text = json_get_str(v, "token");
    identity who = {arena_str(a, json_get_str(v, "name")),
                    text.ptr ? arena_str(a, text) : (str){0}};
    list_push(a, out, who);
  }
}

static bool replay_open(engine *e, scan_options *o, operation_list *operations, str *authorization,
                        error *err) {
  e->replay = recording_open(o->replay_path, err);
  if (!e->replay)
    return false;
  const json_t *head = recording_head(e->replay);
  size_t i;
  json_t *v;
  str expired = json_get_str(head, "expired"), foreign = json_get_str(head, "foreign");
  e->now = json_number_value(json_object_get(head, "now"));
  e->canary_on = json_is_true(json_object_get(head, "canary"));
  *authorization = arena_str(e->arena, json_get_str(head, "authorization"));
  settle_kind(o, recorded_kind(*authorization));
  if (expired.ptr)
    o->expired_token = expired;
  if (foreign.ptr)
    o->foreign_token = foreign;
  known_from_json(e->arena, json_object_get(head, "known"), &o->operations);
  patterns_from_json(e->arena, json_object_get(head, "include"), &o->include);
  patterns_from_json(e->arena, json_object_get(head, "exclude"), &o->exclude);
  if (json_object_get(head, "allow_writes"))
    o->allow_writes = json_is_true(json_object_get(head, "allow_writes"));
  o->graphql = arena_str(e->arena, json_get_str(head, "graphql"));
  o->llm = arena_str(e->arena, json_get_str(head, "llm"));
  o->discover_operations = json_is_true(json_object_get(head, "discovered"));
  e->sent = (size_t)json_integer_value(json_object_get(head, "sent"));
  o->http.max_requests = (size_t)json_integer_value(json_object_get(head, "max_requests"));
  if (!o->http.max_requests)
    o->http.max_requests = SIZE_MAX; /* a recording from before it was kept */
  left_out_from_json(e->arena, json_object_get(head, "left_out"), e->report);
  identities_from_json(e->arena, json_object_get(head, "identities"), &o->identities);
  json_array_foreach(json_object_get(head, "operations"), i, v)
      operation_from_json(e->arena, v, operations);
  return url_parse(e->arena, json_get_str(head, "target"), &o->target, err);
}

static bool finish_recording(engine *e, bool *reached, error *err) {
  report *r = e->report;
  if (e->replay) {
    const json_t *tail = recording_tail(e->replay);
    r->finished = json_number_value(json_object_get(tail, "finished"));
    r->requests = (size_t)json_integer_value(json_object_get(tail, "requests"));
    *reached = json_is_true(json_object_get(tail, "reached"));
    e->stopped = !tail;
    return true;
  }
  r->finished = clock_wall();
  r->requests = http_sent(e->http) + e->elsewhere;
  *reached = e->canary && canary_hits_total(e->canary) > 0;
  if (!e->record)
    return true;
  json_t *tail = json_object();
  json_put(tail, "finished", json_real(r->finished));
  json_put(tail, "requests", json_integer((json_int_t)r->requests));
  json_put(tail, "reached", json_boolean(*reached));
  return recording_finish(e->record, tail, err);
}

static void close_engine(engine *e) {
  if (e->canary)
    canary_stop(e->canary);
  if (e->http)
    http_client_free(e->http);
  recording_free(e->replay);
  recording_free(e->record);
}

static void wipe_searched(engine *e) {
  for (size_t i = 0; i < e->searched.len; i++) {
    str secret = e->searched.at[i].result.secret;
    if (secret.len)
      OPENSSL_cleanse((char *)(uintptr_t)secret.ptr, secret.len);
  }
}

/* What is known of the target before the first probe; false with *err set. */
static bool open_live(engine *e, scan_options *o, operation_list *operations, str *authorization,
                      error *err) {
  o->http.target = o->target;
  settle_kind(o, resolved_kind(e->arena, &o->target, &o->http));
  if (!open_network(e, &o->http, err))
    return false;
  *authorization = authorize(e, o->target_kind, o);
  *operations = o->operations;
  if (!discover_described(e, operations, err))
    return false;
  join_described(e->arena, operations);
  o->operations = *operations; /* all that is known, before some are left out */
  return true;
}

static void describe_target(engine *e, const operation_list *operations, str authorization) {
  static const char *const levels[] = {"passive", "forge", "claims"};
  const scan_options *o = e->options;
  report *out = e->report;
  for (size_t i = 0; i < o->identities.len; i++)
    list_push(e->arena, &out->identities, o->identities.at[i].name);
  out->target_url = url_text(e->arena, operations->len == 1 ? &operations->at[0].url : &o->target);
  out->operations = operations->len;
  out->active = str_of(levels[o->active]);
  out->authorization = authorization;
  out->started = e->now;
}

static bool scan_operations(engine *e, const operation_list *operations, error *err) {
  bool reached = false;
  credentials_begin(e);
  discover_documents(e);
  discover_tls(e);
  discover_runtime(e);
  run_operations(e, operations);
  wipe_searched(e);
  bool ok = finish_recording(e, &reached, err);
  e->report->requests_unmerged = e->report->requests + e->merged;
  settle_reach(e, reached);
  count_categories(e);
  note_incomplete(e, operations->len);
  note_tokenless(e);
  note_found_secret(e);
  drop_needless(e);
  report_finish(e->arena, e->report);
  return ok;
}

bool scan_run(arena *a, const scan_options *given, report *out, error *err) {
  scan_options options = *given;
  engine e = {.arena = a, .options = &options, .report = out, .now = clock_wall()};
  operation_list operations = {0};
  str authorization = {0};
  *out = (report){.kind = REPORT_SCAN, .context = options.context};
  e.fresh_keys.arena = a;
  e.decided = arena_alloc(a, check_count() * sizeof *e.decided);
  bool ok = options.replay_path ? replay_open(&e, &options, &operations, &authorization, err)
                                : open_live(&e, &options, &operations, &authorization, err);
  if (ok && str_eq(authorization, STR("none")))
    options.active = ACTIVE_PASSIVE;
  if (ok && !options.replay_path)
    operations = choose_operations(&e, &operations);
  if (ok && !options.replay_path)
    settle_place(&e, &operations);
  if (ok && options.record_path) {
    e.record =
        recording_create(options.record_path, head_to_json(&e, &operations, authorization), err);
    ok = e.record != NULL;
  }
  if (ok)
    describe_target(&e, &operations, authorization);
  ok = ok && scan_operations(&e, &operations, err);
  close_engine(&e);
  return ok;
}
