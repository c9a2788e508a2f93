/* The baselines: what the good token gets, what its absence and two broken forms of it get.
 * Everything else is measured against these. */
#include "scan/engine.h"

static probe *baseline_probe(plan *p, str token_text, const char *note) {
  probe *out = plan_token(p, ROLE_LOOK, token_text, "%s", note);
  out->recipe.owner_key = true; /* shown masked: it is the owner's token */
  return out;
}

static str random_signature_token(arena *a, const subject *s) {
  size_t len = s->token.signature.len ? s->token.signature.len : 32;
  char *bytes = arena_alloc(a, len);
  random_bytes(bytes, len);
  return token_resigned(a, s, str_from(bytes, len));
}

/* In order: none, random signature, not a token. */
static void plan_refusals(operation_run *run, plan *p) {
  subject *s = &run->subject;
  baseline_probe(p, (str){0}, "no token");
  if (!s->has_token || s->options->active == ACTIVE_PASSIVE)
    return; /* looking sends the good token alone */
  baseline_probe(p, random_signature_token(s->arena, s), "the token under random signature bytes");
  baseline_probe(p, STR("batten-not-a-token"), "a string that is no token");
}

static bool answered(const probe *p) {
  const http_response *r = probe_response(p);
  return r && !r->throttled;
}

static void add_samples(subject *s, const probe *p, bad_baseline *to) {
  to->name = p->note.ptr;
  for (size_t t = 0; t < p->answers->tries.len; t++) {
    const http_response *r = &p->answers->tries.at[t].response;
    if (r->failure == HTTP_OK && !r->throttled)
      list_push(s->arena, &to->samples, p->answers->tries.at[t].features);
  }
}

/* Who never answers a request without the good token refuses it so: a sample of no answer, which
 * has no status. */
static void add_silence(subject *s, const probe *p, bad_baseline *to) {
  bool silent = p->answers->tries.len > 0 && !to->samples.len;
  for (size_t t = 0; t < p->answers->tries.len; t++) {
    http_failure f = p->answers->tries.at[t].response.failure;
    silent = silent && (f == HTTP_DROPPED || f == HTTP_BROKEN || f == HTTP_TIMEOUT);
  }
  http_response nothing = {0};
  to->silent = silent;
  if (silent)
    list_push(s->arena, &to->samples, answer_features(s->arena, &nothing, (str){0}, (str){0}));
}

static bool unreachable(const probe *p) {
  http_failure f = p->answers->tries.at[0].response.failure;
  return f == HTTP_TIMEOUT || f == HTTP_REFUSED || f == HTTP_TLS || f == HTTP_STOPPED;
}

/* In rounds, the bare request first: a cache must not have seen the good answer before it. Every
 * baseline is sent twice, so that what changes by itself shows; the second random signature is
 * another one. */
static void send_rounds(operation_run *run, const probe_list *bad, probe *other_signature) {
  subject *s = &run->subject;
  send_once(run, bad->at, 1);
  if (!s->has_token)
    return;
  send_once(run, &s->good, 1);
  if (unreachable(bad->at[0]) && unreachable(s->good))
    return;
  bool forging = bad->len == BAD_COUNT;
  send_once(run, bad->at + 1, bad->len - 1);
  send_once(run, bad->at, 1);
  send_once(run, &s->good, 1);
  if (forging)
    send_once(run, &other_signature, 1);
  if (forging)
    send_once(run, bad->at + BAD_SYNTAX, 1);
  send_once(run, &s->good, 1);
}

static bool good_status_steady(const subject *s) {
  int status = 0;
  for (size_t t = 0; t < s->good->answers->tries.len; t++) {
    const http_response *r = &s->good->answers->tries.at[t].response;
    if (r->failure != HTTP_OK || r->throttled)
      continue;
    if (status && status != r->status)
      return false;
    status = r->status;
  }
  return status != 0;
}

static bool is_same_as_good(subject *s, const bad_baseline *other) {
  bad_baseline saved = s->base.bad[BAD_NONE];
  s->base.bad[BAD_NONE] = *other;
  bool same = baselines_same(s->arena, &s->base, BAD_NONE);
  s->base.bad[BAD_NONE] = saved;
  return same;
}

/* Baselines under an unguessable sibling path: an application that answers every path alike
 * protects nothing here. */
static bool is_catch_all(operation_run *run) {
  subject *s = &run->subject;
  plan p = {.arena = s->arena, .subject = s};
  operation elsewhere = run->operation;
  size_t slash = elsewhere.url.path.len;
  while (slash && elsewhere.url.path.ptr[slash - 1] != '/')
    slash--;
  elsewhere.url.path =
      arena_printf(s->arena, "%.*sbatten-%.*s", STR_ARG(str_sub(elsewhere.url.path, 0, slash)), 12,
                   random_hex(s->arena, 6).ptr);
  http_request request = request_with_token(s->arena, &elsewhere, (str){0});
  probe *sibling =
      plan_request(&p, ROLE_CONTROL, &request, "a path that does not exist, without a token");
  sibling->label = STR("baseline/sibling");
  sibling->answers = arena_make(s->arena, answers);
  send_once(run, p.probes.at, 1);
  if (!answered(sibling))
    return false;
  bad_baseline only = {0};
  add_samples(s, sibling, &only);
  return is_same_as_good(s, &only);
}

/* What answers alike without the token may know the caller by something else that the request
 * carries. */
static bool is_known_otherwise(operation_run *run) {
  subject *s = &run->subject;
  plan p = {.arena = s->arena, .subject = s};
  http_request request;
  if (!request_bare(s, &request))
    return false;
  probe *bare = plan_request(&p, ROLE_LOOK, &request, "no token and no other credential");
  bare->label = STR("baseline/bare");
  bare->answers = arena_make(s->arena, answers);
  send_once(run, p.probes.at, 1);
  send_once(run, p.probes.at, 1);
  bad_baseline only = {0};
  add_samples(s, bare, &only);
  add_silence(s, bare, &only);
  if (!only.samples.len || !is_same_as_good(s, &only))
    return true;
  s->baseline_probes.at[BAD_NONE] = bare; /* what shows that it is open */
  list_push(s->arena, &s->sent, bare);
  return false;
}

static void measure(operation_run *run, const char *round) {
  subject *s = &run->subject;
  plan p = {.arena = s->arena, .subject = s}, other = p;
  plan_refusals(run, &p);
  s->base = (baselines){.memo = baselines_memo(s->arena)};
  s->baseline_probes = p.probes;
  probe *other_signature = NULL;
  if (s->has_token) {
    s->good = baseline_probe(&p, run->operation.token, "the good token");
    p.probes.len--; /* planned for its label, kept apart */
    s->baseline_probes = p.probes;
    other_signature =
        baseline_probe(&other, random_signature_token(s->arena, s), "other random signature bytes");
    other_signature->label = arena_printf(s->arena, "baseline%s/other", round);
    other_signature->answers = arena_make(s->arena, answers);
    s->good->label = arena_printf(s->arena, "baseline%s/good", round);
    s->good->answers = arena_make(s->arena, answers);
  }
  for (size_t i = 0; i < p.probes.len; i++) {
    p.probes.at[i]->label = arena_printf(s->arena, "baseline%s/%zu", round, i);
    p.probes.at[i]->answers = arena_make(s->arena, answers);
    list_push(s->arena, &s->sent, p.probes.at[i]);
  }
  send_rounds(run, &p.probes, other_signature);
  for (size_t i = 0; i < p.probes.len; i++)
    add_samples(s, p.probes.at[i], &s->base.bad[i]);
  if (!s->has_token)
    return;
  add_samples(s, other_signature, &s->base.bad[BAD_SIGNATURE]);
  for (size_t i = 0; answered(s->good) && i < p.probes.len; i++)
    add_silence(s, p.probes.at[i], &s->base.bad[i]);
  bad_baseline good = {0};
  add_samples(s, s->good, &good);
  s->base.good.len = 0;
  for (size_t i = 0; i < good.samples.len; i++)
    list_push(s->arena, &s->base.good, good.samples.at[i]);
}

/* What kind of operation this is, once its baselines are known. */
static operation_state state_of(operation_run *run) {
  subject *s = &run->subject;
  if (!answered(s->baseline_probes.at[0]) && !(s->good && answered(s->good)))
    return STATE_SILENT;
  if (!s->has_token)
    return STATE_NO_TOKEN;
  if (!answered(s->good))
    return STATE_SILENT;
  if (!good_status_steady(s))
    return STATE_UNSTABLE;
  const http_response *good = probe_response(s->good);
  if (!s->base.bad[BAD_NONE].samples.len)
    return STATE_UNSTABLE; /* throttled, or answered now and then */
  if (!baselines_same(s->arena, &s->base, BAD_NONE))
    return answer_is_refusal(good) ? STATE_REFUSED : STATE_TESTABLE;
  if (answer_is_refusal(good))
    return STATE_REFUSED;
  return STATE_OPEN;
}

static void sample(subject *s, const probe *p, int bad) {
  const exchange *x = &p->answers->tries.at[p->answers->tries.len - 1];
  if (x->response.failure != HTTP_OK || x->response.throttled)
    return;
  if (p == s->good)
    list_push(s->arena, &s->base.good, x->features);
  else
    list_push(s->arena, &s->base.bad[bad].samples, x->features);
}

/* Where values alone tell good answers from bad ones, more of both must agree: a list that was
 * empty twice may be so by chance. */
static void sample_more(operation_run *run, int bad) {
  enum { ROUNDS = 3 };

  subject *s = &run->subject;
  probe *both[] = {s->baseline_probes.at[bad], s->good};
  for (int i = 0; i < 2 * ROUNDS; i++) {
    send_once(run, &both[i % 2], 1);
    sample(s, both[i % 2], bad);
  }
}

static bool told_by_chance(const subject *s) {
  return s->state == STATE_TESTABLE && !baselines_differ_in_structure(s->arena, &s->base, BAD_NONE);
}

static void state_again(operation_run *run) {
  sample_more(run, BAD_NONE);
  run->subject.state = state_of(run);
}

static bool refused_at_first(const subject *s) {
  const exchange *first = &s->baseline_probes.at[0]->answers->tries.at[0];
  return first->response.failure == HTTP_OK && answer_is_refusal(&first->response);
}

/* A broken form that is answered like the good token is no measure of refusal. */
static void set_off(operation_run *run) {
  subject *s = &run->subject;
  for (int i = BAD_SIGNATURE; i < BAD_COUNT; i++) {
    bad_baseline *bad = &s->base.bad[i];
    if (s->state == STATE_TESTABLE && bad->samples.len &&
        baselines_differ_loosely(s->arena, &s->base, i))
      sample_more(run, i);
    bad->off = bad->samples.len && baselines_same(s->arena, &s->base, i);
  }
}

static void measure_again(operation_run *run, const char *round) {
  run->subject.sent.len = 0;
  measure(run, round);
  run->subject.state = state_of(run);
  if (told_by_chance(&run->subject))
    state_again(run);
}

void baselines_take(operation_run *run) {
  subject *s = &run->subject;
  measure(run, "");
  s->state = state_of(run);
  if ((s->state == STATE_REFUSED || s->state == STATE_UNSTABLE) &&
      renew_token(run)) { /* it ended before its turn */
    s->sent.len = 0;
    measure(run, "-renewed");
    s->state = state_of(run);
  }
  if (told_by_chance(s))
    state_again(run);
  if (s->state == STATE_UNSTABLE && run->engine->http) {
    http_slow_down(run->engine->http, 4);
    http_pause(run->engine->http, 1);
  }
  if (s->state == STATE_OPEN || s->state == STATE_UNSTABLE) {
    run->bust = s->state == STATE_OPEN; /* perhaps a cache answers: ask by it */
    bool cached = run->bust && refused_at_first(s);
    measure_again(run, "-again");
    if (run->bust &&
        s->state == STATE_REFUSED) { /* what is refused is a parameter that nobody knows */
      run->bust = false;
      measure_again(run, "-plain");
    }
    if (s->state == STATE_OPEN || s->state == STATE_REFUSED)
      run->bust = false;
    if (s->state == STATE_OPEN && cached)
      s->state = STATE_CACHED;
    if (s->state == STATE_OPEN && is_known_otherwise(run))
      s->state = STATE_KNOWN_OTHERWISE;
    if (s->state == STATE_OPEN && is_catch_all(run))
      s->state = STATE_CATCH_ALL;
  }
  set_off(run);
}
