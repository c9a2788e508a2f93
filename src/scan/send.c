/* Sending: once, guarded by the good token, and again for confirmation. */
#include "scan/engine.h"

enum { GROUP = 16, GROUP_TRIES = 5, RECOVERIES = 24, KEEP_BODY = 64 * 1024 };

/* ---- storing answers ------------------------------------------------------------------------- */

static http_headers keep_headers(arena *a, const http_headers *from) {
  http_headers out = {0};
  for (size_t i = 0; i < from->len; i++) {
    http_header h = {arena_str(a, from->at[i].name), arena_str(a, from->at[i].value)};
    list_push(a, &out, h);
  }
  return out;
}

static feature_set keep_features(arena *a, feature_set from) {
  feature_set out = {arena_alloc(a, (from.len + 1) * sizeof *from.at), from.len, from.len + 1};
  if (from.len)
    memcpy(out.at, from.at, from.len * sizeof *from.at);
  return out;
}

/* Keeps what judges need: features of the whole body, but only the first part of its text. */
static void store(operation_run *run, arena *scratch, probe *p, const http_request *request,
                  const http_response *response) {
  arena *a = run->subject.arena;
  exchange x = {.request = *request, .response = *response};
  x.features = keep_features(a, answer_features(scratch, response, p->echo, p->meant));
  x.response.headers = keep_headers(a, &response->headers);
  size_t limit = p->answers->tries.len == 0 && p == run->subject.good ? HTTP_BODY_MAX : KEEP_BODY;
  x.response.body = arena_str(a, str_sub(response->body, 0, limit));
  x.response.truncated |= response->body.len > limit;
  p->answers->held_back |= response->held_back || response->throttled;
  list_push(a, &p->answers->tries, x);
}

static http_request with_bust(operation_run *run, const http_request *r) {
  http_request out = *r;
  arena *a = run->subject.arena;
  str value = arena_printf(a, "%zu", (size_t)run->engine->now % 100000 * 1000 + ++run->bust_count);
  out.url = url_with_query(a, &r->url, STR("batten"), value);
  return out;
}

static void note_canary(operation_run *run, probe *p) {
  if (!p->canary_url.ptr || !run->engine->canary)
    return;
  str first = {0};
  p->canary_hits = canary_hits(run->engine->canary, run->subject.arena, p->canary_url, &first);
  p->canary_request = first;
}

static void wait_for_canary(operation_run *run, probe *const *probes, size_t count) {
  arena *a = run->subject.arena;
  str_list urls = {0};
  for (size_t i = 0; i < count; i++)
    if (probes[i]->canary_url.ptr)
      list_push(a, &urls, probes[i]->canary_url);
  if (urls.len && run->engine->canary)
    canary_wait(run->engine->canary, urls.at, urls.len, 0.1);
}

static exchange_key key_of(const operation_run *run, const probe *p) {
  return (exchange_key){run->subject.operation_index, p->label, p->answers->sent};
}

static void send_live(operation_run *run, probe *const *probes, size_t count) {
  engine *e = run->engine;
  arena *scratch = arena_new();
  http_request *requests = arena_alloc(scratch, count * sizeof *requests);
  http_response *responses = arena_alloc(scratch, count * sizeof *responses);
  for (size_t i = 0; i < count; i++)
    requests[i] = run->bust ? with_bust(run, &probes[i]->request) : probes[i]->request;
  http_run(e->http, scratch, requests, responses, count);
  wait_for_canary(run, probes, count);
  for (size_t i = 0; i < count; i++) {
    note_canary(run, probes[i]);
    if (e->record)
      recording_add(e->record, key_of(run, probes[i]), &requests[i], &responses[i],
                    probes[i]->canary_hits, probes[i]->canary_request);
    store(run, scratch, probes[i], &requests[i], &responses[i]);
    if (responses[i].failure == HTTP_STOPPED)
      e->stopped = true;
  }
  arena_free(scratch);
}

static void send_replayed(operation_run *run, probe *const *probes, size_t count) {
  engine *e = run->engine;
  arena *scratch = arena_new();
  for (size_t i = 0; i < count; i++) {
    http_request request = probes[i]->request;
    http_response response = {.failure = HTTP_STOPPED};
    size_t hits = 0;
    str first = {0};
    if (recording_find(e->replay, run->subject.arena, key_of(run, probes[i]), &request, &response,
                       &hits, &first)) {
      e->replayed++;
      probes[i]->canary_hits = hits;
      probes[i]->canary_request = first;
    }
    store(run, scratch, probes[i], &request, &response);
  }
  arena_free(scratch);
}

/* ---- the gate -------------------------------------------------------------------------------- */

/* The operation's own path by a method that only reads: the operation itself passed the gate. */
static bool is_own(const operation_run *run, const http_request *r) {
  bool reads = str_eq(r->method, STR("HEAD")) || str_eq(r->method, STR("OPTIONS")) ||
               str_eq(r->method, STR("TRACE"));
  bool plain = true;
  for (size_t i = 0; i < r->headers.len; i++)
    plain = plain && !str_starts(r->headers.at[i].name, STR("X-"));
  return plain && str_eq(r->url.path, run->operation.url.path) &&
         str_eq(r->url.query, run->operation.url.query) &&
         (reads || str_eq(r->method, run->operation.method));
}

static bool same_place(const not_tested *x, const not_tested *y) {
  return str_eq(x->check, y->check) && str_eq(x->where, y->where);
}

/* Told once a check: what the gate kept back is no silence of the target. */
static void note_withheld(engine *e, const probe *p, str reason) {
  str label = p->label;
  size_t slash = str_find(label, STR("/"), 0);
  bool of_check = slash != SIZE_MAX && !str_starts(label, STR("discover"));
  not_tested n = {
      of_check ? str_sub(label, 0, slash) : STR("*"),
      arena_printf(e->arena, "%.*s %.*s", STR_ARG(p->request.method), STR_ARG(p->request.url.path)),
      arena_str(e->arena, reason)};
  for (size_t i = 0; i < e->withheld.len; i++)
    if (same_place(&e->withheld.at[i], &n))
      return;
  n.check = arena_str(e->arena, n.check);
  list_push(e->arena, &e->withheld, n);
  list_push(e->arena, &e->report->not_tested, n);
}

/* True: the probe has its answer, which is that it was not sent. */
static bool withhold(operation_run *run, arena *scratch, probe *p) {
  bool discovering = str_starts(p->label, STR("discover"));
  if (!discovering && is_own(run, &p->request))
    return false;
  str reason = gate_request(scratch, run->engine->options, &p->request, discovering);
  if (!reason.ptr)
    return false;
  http_response response = {.failure = HTTP_WITHHELD};
  note_withheld(run->engine, p, reason);
  store(run, scratch, p, &p->request, &response);
  return true;
}

void send_once(operation_run *run, probe *const *probes, size_t count) {
  probe_list passed = {0};
  arena *scratch = arena_new();
  for (size_t i = 0; i < count; i++)
    if (!withhold(run, scratch, probes[i]))
      list_push(scratch, &passed, probes[i]);
  for (size_t i = 0; i < passed.len; i++)
    passed.at[i]->answers->sent++;
  run->engine->sent += passed.len;
  if (passed.len)
    (run->engine->replay ? send_replayed : send_live)(run, passed.at, passed.len);
  arena_free(scratch);
}

/* ---- merging --------------------------------------------------------------------------------- */

static bool headers_equal(const http_headers *x, const http_headers *y) {
  bool equal = x->len == y->len;
  for (size_t i = 0; equal && i < x->len; i++)
    equal = str_eq(x->at[i].name, y->at[i].name) && str_eq(x->at[i].value, y->at[i].value);
  return equal;
}

static bool requests_equal(const http_request *x, const http_request *y) {
  return str_eq(x->method, y->method) && str_eq(x->url.path, y->url.path) &&
         str_eq(x->url.query, y->url.query) && url_same_origin(&x->url, &y->url) &&
         str_eq(x->body, y->body) && headers_equal(&x->headers, &y->headers);
}

/* An earlier probe of this operation with the very same request; its answers serve both. */
static probe *find_equal(operation_run *run, const probe *p) {
  if (p->canary_url.ptr)
    return NULL;
  for (size_t i = 0; i < run->subject.sent.len; i++) {
    probe *q = run->subject.sent.at[i];
    if (str_eq(p->echo, q->echo) && requests_equal(&p->request, &q->request))
      return q;
  }
  return NULL;
}

static void send_fresh(operation_run *run, probe *const *probes, size_t count) {
  arena *a = run->subject.arena;
  probe_list fresh = {0};
  for (size_t i = 0; i < count; i++) {
    probe *p = probes[i];
    if (p->answers && p->answers->tries.len)
      continue;
    probe *same = p->answers ? NULL : find_equal(run, p);
    if (!p->answers)
      p->answers = same ? same->answers : arena_make(a, answers);
    list_push(a, &run->subject.sent, p);
    if (!same)
      list_push(a, &fresh, p);
    run->engine->merged += same != NULL;
  }
  send_once(run, fresh.at, fresh.len);
}

void send_probes(operation_run *run, const probe_list *probes) {
  send_fresh(run, probes->at, probes->len);
}

/* ---- the good token between ------------------------------------------------------------------ */

static const http_response *last_response(const probe *p) {
  return &p->answers->tries.at[p->answers->tries.len - 1].response;
}

static str lost_reason(const operation_run *run, const http_response *r) {
  arena *a = run->subject.arena;
  if (r->failure == HTTP_NO_BUDGET)
    return STR("the budget of --max-requests was spent");
  if (r->failure == HTTP_STOPPED)
    return STR("the scan was stopped");
  if (r->throttled)
    return STR("the target throttled requests and did not stop within the waits allowed");
  if (r->failure != HTTP_OK)
    return arena_printf(a, "the target stopped answering: %s", http_failure_text(r->failure));
  double exp;
  if (members_get_number(&run->subject.token.claims, STR("exp"), &exp) &&
      exp <= run->engine->now + (run->engine->replay ? 0 : clock_wall() - run->engine->now))
    return STR("the good token expired during the scan");
  return arena_printf(a, "the good token stopped working during the scan (status %d)", r->status);
}

/* Sends the good token once more. A sample that still is good refines what counts as stable. */
bool good_still_works(operation_run *run) {
  subject *s = &run->subject;
  if (!s->good)
    return true;
  send_once(run, &s->good, 1);
  const exchange *x = &s->good->answers->tries.at[s->good->answers->tries.len - 1];
  if (x->response.failure != HTTP_OK || x->response.throttled)
    return false;
  if (s->state != STATE_TESTABLE)
    return x->response.status == probe_response(s->good)->status;
  if (answer_likeness(s->arena, &s->base, &x->features) == ALIKE_BAD)
    return false;
  list_push(s->arena, &s->base.good, x->features);
  return true;
}

static void drop_last_try(const probe_list *probes) {
  for (size_t i = 0; i < probes->len; i++)
    if (probes->at[i]->answers && probes->at[i]->answers->tries.len)
      probes->at[i]->answers->tries.len--;
}

/* `cmd:` tokens are fetched anew when the old one no longer works. */
bool renew_token(operation_run *run) {
  engine *e = run->engine;
  subject *s = &run->subject;
  exchange_key at = {s->operation_index, STR("token"), ++run->renewals};
  http_request request = run->operation.token.ptr ? s->good->request : (http_request){0};
  http_response response = {0};
  error ignored;
  if (!e->options->token_command)
    return false;
  if (e->replay) {
    size_t hits;
    str first;
    if (!recording_find(e->replay, s->arena, at, &request, &response, &hits, &first))
      return false;
  } else {
    str text = arena_printf(s->arena, "cmd:%s", e->options->token_command);
    if (!scan_token_value(s->arena, text, &response.body, NULL, &ignored))
      return false;
    if (str_eq(response.body, run->operation.token))
      return false;
    if (e->record)
      recording_add(e->record, at, &request, &response, 0, (str){0});
  }
  run->operation.token = response.body;
  token_parse(s->arena, response.body, &s->token);
  s->good->request = request_with_token(s->arena, &run->operation, response.body);
  return true;
}

static void slow_down(operation_run *run, int attempt) {
  if (!run->engine->http)
    return;
  http_slow_down(run->engine->http, 2);
  http_pause(run->engine->http, 0.25 * (double)(1 << attempt));
}

/* Waits until the good token works again; an operation's waits together are bounded. */
static bool recover(operation_run *run) {
  for (int attempt = 0; attempt < GROUP_TRIES && run->recoveries < RECOVERIES;
       attempt++, run->recoveries++) {
    const http_response *r = last_response(run->subject.good);
    if (r->failure == HTTP_NO_BUDGET || r->failure == HTTP_STOPPED)
      return false;
    if (attempt == 0 && renew_token(run)) {
      run->renewed = good_still_works(run);
      if (run->renewed) {
        run->halvings += !run->got_on;
        run->got_on = false;
        return true;
      }
    }
    slow_down(run, attempt);
    if (good_still_works(run))
      return true;
  }
  return false;
}

static void give_up(operation_run *run) {
  run->lost = lost_reason(run, last_response(run->subject.good));
}

/* One group, until the good token works behind it; a group in which it failed is sent again in
 * halves, since what throttles often counts. */
static void send_group(operation_run *run, probe *const *probes, size_t count, bool again) {
  probe_list group = {(probe **)(uintptr_t)probes, count, count};
  for (int attempt = 0; attempt < GROUP_TRIES && !run->lost.ptr && !run->renewed; attempt++) {
    if (again)
      send_once(run, probes, count);
    else
      send_fresh(run, probes, count);
    if (good_still_works(run)) {
      run->got_on = true;
      return;
    }
    drop_last_try(&group);
    again = true;
    if (!recover(run))
      break;
    if (count == 1)
      continue;
    send_group(run, probes, count / 2, true);
    send_group(run, probes + count / 2, count - count / 2, true);
    return;
  }
  if (!run->renewed && !run->lost.ptr)
    give_up(run);
}

static bool unsent(const probe *p) {
  return !p->answers || !p->answers->tries.len;
}

/* A token from a command may be short-lived: a group must end well before it does. Where none did,
 * the next is shorter. */
static size_t group_size(const operation_run *run) {
  const members *claims = &run->subject.token.claims;
  double exp, iat;
  if (!run->engine->options->token_command || !members_get_number(claims, STR("exp"), &exp) ||
      !members_get_number(claims, STR("iat"), &iat))
    return GROUP;
  double fits = (exp - iat) * run->engine->options->http.rate /
                (double)(4UL << (run->halvings < 4 ? run->halvings : 4));
  return fits < 1 ? 1 : fits < GROUP ? (size_t)fits : GROUP;
}

void send_guarded(operation_run *run, const probe_list *probes) {
  probe_list fresh = {0};
  for (size_t i = 0; i < probes->len; i++)
    if (unsent(probes->at[i]))
      list_push(run->subject.arena, &fresh, probes->at[i]);
  size_t group = group_size(run);
  for (size_t i = 0; i < fresh.len && !run->lost.ptr && !run->renewed; i += group) {
    size_t count = fresh.len - i < group ? fresh.len - i : group;
    run->suspended = run->engine->sent + count + 1 > run->allowed;
    if (run->suspended)
      return;
    send_group(run, fresh.at + i, count, false);
  }
}

/* Attacks and their controls together, the good token behind: it was good before, so it frames
 * them. */
void send_again(operation_run *run, const probe_list *probes) {
  probe_list known = {0};
  for (size_t i = 0; i < probes->len; i++)
    if (probes->at[i]->answers)
      list_push(run->subject.arena, &known, probes->at[i]);
  size_t group = group_size(run);
  for (size_t i = 0; i < known.len && !run->lost.ptr && !run->renewed; i += group)
    send_group(run, known.at + i, known.len - i < group ? known.len - i : group, true);
}
