/* One operation from baselines to findings. */
#include "scan/engine.h"

/* ---- what can be known before the first probe ------------------------------------------------ */

static bool key_fits(const key *k, const algorithm *alg) {
  return alg && k->kind == alg->kind;
}

static bool key_signed(const key *k, const subject *s) {
  return key_fits(k, s->alg) && s->token.signing_input.ptr &&
         jws_verify(k, s->alg, s->token.signing_input, s->token.signature);
}

static const key *first_that_signed(const key_list *keys, const subject *s) {
  for (size_t i = 0; i < keys->len; i++)
    if (key_signed(&keys->at[i], s))
      return &keys->at[i];
  return NULL;
}

enum { PUBLIC_KEYS_MAX = 2 };

/* The verification keys for key confusion: one that verifies the good token if there is any, else
 * those given. */
static void find_public_keys(engine *e, subject *s) {
  const key_list *sources[] = {&e->options->public_keys, &e->discovered_keys, &e->derived_keys,
                               &e->options->signing_keys};
  if (!s->alg || s->alg->kind == KEY_SECRET)
    return;
  const key *found = NULL;
  for (size_t i = 0; i < 4 && !found; i++)
    found = first_that_signed(sources[i], s);
  if (!found)
    found = derive_key(e, s);
  if (found) {
    list_push(s->arena, &s->public_keys, *found);
    return;
  }
  for (size_t i = 0; i < 2; i++)
    for (size_t j = 0; j < sources[i]->len && s->public_keys.len < PUBLIC_KEYS_MAX; j++)
      if (sources[i]->at[j].kind != KEY_SECRET)
        list_push(s->arena, &s->public_keys, sources[i]->at[j]);
}

/* Searched once for each token of the scan, or each given key that signed some, not for each
 * operation. */
static void find_weak_secret(engine *e, subject *s) {
  str_list lists = {0};
  if (!s->alg || s->alg->kind != KEY_SECRET || !s->token.signature.len)
    return;
  const key *signer = first_that_signed(&e->options->signing_keys, s);
  for (size_t i = 0; i < e->searched.len; i++)
    if (str_eq(e->searched.at[i].token, s->token.text) ||
        (signer && e->searched.at[i].signer == signer)) {
      s->weak = e->searched.at[i].result;
      return;
    }
  list_push(s->arena, &lists, weak_builtin_list());
  for (size_t i = 0; i < e->options->wordlists.len; i++)
    list_push(s->arena, &lists, e->options->wordlists.at[i]);
  /* The seconds are the scan's, not each token's: what one token spent the next does not have. */
  double seconds = e->guessed ? 0 : e->options->guess_seconds;
  s->weak = weak_search(e->arena, &s->token, &lists, s->operation->url.host, seconds);
  e->guessed |= !s->weak.found && seconds > 0;
  if (s->weak.cut)
    list_push(e->arena, &e->report->notes,
              STR("The search for the HMAC secret ended at its bound before everything was tried: "
                  "--guess-seconds raises it, `batten token weak` searches by itself."));
  searched_token done = {arena_str(e->arena, s->token.text), signer, s->weak};
  list_push(e->arena, &e->searched, done);
}

/* The owner's key counts when it signed the good token and a copy signed with it is taken like the
 * original. */
static void try_signing_key(operation_run *run) {
  subject *s = &run->subject;
  if (!run->engine->options->signing_keys.len || !s->has_token)
    return;
  s->signing_key = first_that_signed(&run->engine->options->signing_keys, s);
  if (!s->signing_key) {
    s->key_problem = STR("none of the signing keys given signed the good token");
    return;
  }
  plan p = {.arena = s->arena, .subject = s};
  recipe r = recipe_owner(s);
  probe *copy =
      plan_mint(&p, ROLE_CONTROL, &r, &s->token.claims, "a copy signed with the owner's key");
  if (!copy)
    return;
  copy->label = STR("baseline/resigned");
  send_probes(run, &p.probes);
  const http_response *got = probe_response(copy), *good = probe_response(s->good);
  s->key_works = s->state == STATE_TESTABLE ? probe_verdict(s, copy) == VERDICT_ACCEPTED
                                            : got && good && got->status == good->status;
  if (!s->key_works)
    s->key_problem = STR("a copy of the good token signed with the owner's key was refused");
}

static bool first_seen(engine *e, str text) {
  for (size_t i = 0; i < e->tokens.len; i++)
    if (str_eq(e->tokens.at[i], text))
      return false;
  list_push(e->arena, &e->tokens, arena_str(e->arena, text));
  return true;
}

static void subject_init(operation_run *run, engine *e, const operation *o, size_t index) {
  subject *s = &run->subject;
  s->arena = arena_new();
  run->operation = *o;
  harvest_give(e, s->arena, &run->operation);
  o = &run->operation;
  s->options = e->options;
  s->now = e->now;
  s->operation_index = index;
  s->operation = &run->operation;
  s->name = arena_printf(s->arena, "%.*s %.*s", STR_ARG(o->method), STR_ARG(o->url.path));
  s->canary = e->canary;
  s->canary_on = e->canary_on;
  s->keys = &e->fresh_keys;
  s->tls = e->tls;
  s->runtime = e->runtime;
  s->documents.at = e->documents.at;
  s->documents.len = e->documents.len;
  s->metadata.at = e->metadata.at;
  s->metadata.len = e->metadata.len;
  s->has_token = o->token.ptr && token_parse(s->arena, o->token, &s->token);
  s->new_token = s->has_token && first_seen(e, o->token);
  s->alg = s->token.alg.ptr ? algorithm_find(s->token.alg) : NULL;
  run->outcomes = arena_alloc(s->arena, check_count() * sizeof *run->outcomes);
  s->outcomes = run->outcomes;
}

/* ---- which checks run ------------------------------------------------------------------------ */

static str state_reason(const subject *s) {
  switch (s->state) {
  case STATE_TESTABLE:
    break;
  case STATE_NO_TOKEN:
    return http_header_get(&s->operation->headers, STR("authorization")).len
               ? STR("needs --token: the credential in the Authorization header is no JSON Web "
                     "Token")
               : STR("needs --token");
  case STATE_OPEN:
    return STR("the operation answers the same without a token: nothing tells an accepted token "
               "from a refused one");
  case STATE_CATCH_ALL:
    return STR(
        "every path answers alike, with and without a token: this is no protected operation");
  case STATE_KNOWN_OTHERWISE:
    return STR("another credential of the request (a cookie, a header that was given, a token in "
               "query or body) opens it without the token: give the token alone");
  case STATE_CACHED:
    return STR("a cache answers for the application: refused and accepted cannot be told apart");
  case STATE_REFUSED: {
    const http_response *r = probe_response(s->good);
    return arena_printf(s->arena, "the good token is refused here (status %d)", r ? r->status : 0);
  }
  case STATE_UNSTABLE:
    return STR("the answers to the good token have nothing in common");
  case STATE_SILENT: {
    const probe *p = s->good ? s->good : s->baseline_probes.at[0];
    http_failure f =
        p->answers->tries.len ? p->answers->tries.at[0].response.failure : HTTP_STOPPED;
    return arena_printf(s->arena, "the target did not answer: %s", http_failure_text(f));
  }
  }
  return (str){0};
}

static str skip_reason(const engine *e, const subject *s, const check *c) {
  if ((c->once && s->operation_index != 1) || (c->once_a_token && !s->new_token))
    return STR(""); /* another operation's */
  if (e->options->active == ACTIVE_PASSIVE && !c->passive)
    return c->category != CATEGORY_AUTHENTICATION
               ? STR("does more than look: needs a loopback or private target, a proof of "
                     "ownership or --i-am-authorized")
               : STR("sends forged tokens: needs a loopback or private target, a proof of "
                     "ownership or --i-am-authorized");
  if (e->options->active == ACTIVE_CLAIMS && !c->claims_level)
    return STR("left out by --active claims");
  if (!c->any_state && s->state != STATE_TESTABLE)
    return state_reason(s);
  if (s->state == STATE_SILENT && !c->unanswered)
    return state_reason(s);
  return c->skip ? c->skip(s) : (str){0};
}

/* ---- planning, sending, judging -------------------------------------------------------------- */

/* A plan made again for a renewed token keeps the answers that were decided before. */
static void carry_answers(const probe_list *before, probe_list *after) {
  for (size_t i = 0; i < before->len && i < after->len; i++)
    after->at[i]->answers = before->at[i]->answers;
}

/* Follow-ups make a plan longer; what they asked stays known when a renewed token shortens it to
 * its start. */
static void remember_answers(operation_run *run, size_t row) {
  probe_list *now = &run->plans[row], *earlier = &run->earlier[row];
  carry_answers(now, earlier);
  if (now->len > earlier->len)
    *earlier = *now;
}

static void plan_check(operation_run *run, size_t row, probe_list *queue) {
  subject *s = &run->subject;
  const check *c = check_at(row);
  outcome *o = &run->outcomes[row];
  str reason = skip_reason(run->engine, s, c);
  *o = (outcome){.severity = c->severity, .confidence = CONFIDENCE_CONFIRMED};
  if (reason.ptr) {
    outcome_not_tested(s, o, reason.ptr);
    return;
  }
  o->kind = OUTCOME_SILENT;
  plan p = {.arena = s->arena, .subject = s, .check = c};
  if (c->plan)
    c->plan(&p);
  remember_answers(run, row);
  carry_answers(&run->earlier[row], &p.probes);
  run->plans[row] = p.probes;
  for (size_t k = 0; k < p.probes.len; k++)
    if (!p.probes.at[k]->deferred)
      list_push(s->arena, queue, p.probes.at[k]);
}

/* What matters most goes first: a budget may end before the rest. */
static void plan_phase(operation_run *run, int phase, probe_list *queue) {
  for (int severe = SEVERITY_CRITICAL; severe >= SEVERITY_INFO; severe--)
    for (size_t i = 0; check_at(i); i++)
      if (check_at(i)->phase == phase && (int)check_at(i)->severity == severe)
        plan_check(run, i, queue);
}

/* Refused as it should be, or without an answer: then nothing is left to explain. */
static bool seems_to_succeed(const subject *s, const probe *p) {
  if (!p->answers || !p->answers->tries.len)
    return false;
  const http_response *r = &p->answers->tries.at[p->answers->tries.len - 1].response;
  bool failed = r->failure == HTTP_DROPPED || (r->failure == HTTP_OK && r->status >= 500);
  return failed || probe_verdict(s, p) >= VERDICT_LIKELY ||
         (p->role == ROLE_LOOK && fine_answer(p));
}

static void follow_check(operation_run *run, size_t row, probe_list *queue) {
  subject *s = &run->subject;
  const check *c = check_at(row);
  plan p = {.arena = s->arena, .subject = s, .check = c, .probes = run->plans[row]};
  size_t before = p.probes.len;
  for (size_t i = 0; i < before; i++) {
    probe *control = p.probes.at[i]->control;
    bool waits =
        control && control->deferred && !control->answers && seems_to_succeed(s, p.probes.at[i]);
    for (size_t k = 0; waits && k < queue->len; k++)
      waits = queue->at[k] != control;
    if (waits)
      list_push(s->arena, queue, control);
  }
  if (!c->follow)
    return;
  c->follow(&p);
  carry_answers(&run->earlier[row], &p.probes);
  run->plans[row] = p.probes;
  for (size_t i = before; i < p.probes.len; i++)
    if (!p.probes.at[i]->deferred)
      list_push(s->arena, queue, p.probes.at[i]);
}

/* A sick server behind a balancer: an attack that met it is sent once more. Few of them; where all
 * fare so, it is the answer. */
static void retry_gateways(operation_run *run, const probe_list *sent) {
  enum { RETRIES = 6 };

  probe_list again = {0};
  for (size_t i = 0; i < sent->len && again.len <= RETRIES; i++) {
    const probe *p = sent->at[i];
    bool once = p->role == ROLE_ATTACK && p->answers && p->answers->tries.len == 1;
    if (once && answer_is_gateways(&p->answers->tries.at[0].response))
      list_push(run->subject.arena, &again, sent->at[i]);
  }
  if (again.len <= RETRIES)
    send_again(run, &again);
}

/* What the first answers give reason to ask besides: controls of what seems to succeed, and what
 * checks follow up. */
static void follow_phase(operation_run *run, int phase, probe_list *queue) {
  for (size_t i = 0; check_at(i); i++)
    if (check_at(i)->phase == phase && run->outcomes[i].kind != OUTCOME_NOT_TESTED)
      follow_check(run, i, queue);
}

/* A refusal that is worded otherwise than at the start may be a block for too many failures: what
 * got the same answer was not decided by its token. */
static void note_drift(operation_run *run) {
  subject *s = &run->subject;
  if (s->state != STATE_TESTABLE || run->lost.ptr || s->baseline_probes.len < BAD_COUNT)
    return;
  probe *p = s->baseline_probes.at[BAD_SIGNATURE];
  size_t before = p->answers->tries.len;
  send_once(run, &p, 1);
  const http_response *now = &p->answers->tries.at[before].response;
  bool known = now->failure != HTTP_OK || now->status < 400;
  for (size_t i = 0; i < before && !known; i++)
    known = p->answers->tries.at[i].response.status == now->status;
  if (!known)
    s->drifted = now->status;
  p->answers->tries.len = before;
}

static bool was_planned(const outcome *o) {
  return o->kind != OUTCOME_NOT_TESTED || o->probes;
}

static bool met_drift(const subject *s, const probe_list *probes) {
  for (size_t i = 0; s->drifted && i < probes->len; i++) {
    const http_response *r = probe_response(probes->at[i]);
    if (probes->at[i]->role == ROLE_ATTACK && r && r->status == s->drifted)
      return true;
  }
  return false;
}

static void judge_phase(operation_run *run, int phase) {
  subject *s = &run->subject;
  for (size_t i = 0; check_at(i); i++) {
    const check *c = check_at(i);
    outcome *o = &run->outcomes[i];
    if (c->phase != phase || !was_planned(o))
      continue;
    *o = (outcome){.kind = OUTCOME_SILENT,
                   .severity = c->severity,
                   .confidence = CONFIDENCE_CONFIRMED,
                   .probes = &run->plans[i]};
    (c->judge ? c->judge : judge_acceptance)(s, &run->plans[i], o);
    if (o->kind == OUTCOME_NOT_TESTED && run->lost.ptr)
      o->reason = run->lost;
    if (o->kind == OUTCOME_SILENT && met_drift(s, &run->plans[i]))
      outcome_not_tested(
          s, o,
          arena_printf(s->arena, "the target began to refuse everything with status %d", s->drifted)
              .ptr);
  }
}

/* ---- one flaw, one finding ------------------------------------------------------------------- */

static size_t row_of(const char *id) {
  size_t i = 0;
  while (check_at(i) && strcmp(check_at(i)->id, id) != 0)
    i++;
  return i;
}

static str fold_note(const subject *s, const check *c, const outcome *o) {
  return arena_printf(s->arena, "Follows from this: %s (%.*s)", c->id,
                      STR_ARG(o->proof.len ? o->proof.at[0]->note : STR("seen")));
}

/* The first flaw in the row's own order that explains this one. */
static outcome *explanation(operation_run *run, const check *c) {
  for (size_t k = 0; c->implied_by && c->implied_by[k]; k++) {
    size_t row = row_of(c->implied_by[k]);
    if (check_at(row) && run->outcomes[row].kind == OUTCOME_FOUND)
      return &run->outcomes[row];
  }
  return NULL;
}

static void fold(operation_run *run) {
  for (size_t i = 0; check_at(i); i++) {
    outcome *o = &run->outcomes[i], *cause = explanation(run, check_at(i));
    if (o->kind != OUTCOME_FOUND || !cause)
      continue;
    list_push(run->subject.arena, &cause->folded, fold_note(&run->subject, check_at(i), o));
    o->kind = OUTCOME_SILENT;
  }
}

static bool is_root(operation_run *run, size_t row) {
  return run->outcomes[row].kind == OUTCOME_FOUND && !explanation(run, check_at(row));
}

/* What is to be sent once more; in later rounds, with a renewed token, what was not yet. */
static probe_list to_confirm(operation_run *run, int phase, bool later) {
  probe_list again = {0};
  for (size_t i = 0; check_at(i); i++)
    if (check_at(i)->phase == phase && is_root(run, i))
      for (size_t k = 0; k < run->outcomes[i].confirm.len; k++) {
        probe *p = run->outcomes[i].confirm.at[k];
        if (!later || !p->answers || p->answers->tries.len < 2)
          list_push(run->subject.arena, &again, p);
      }
  return again;
}

enum { REPLANS = 50 };

static void confirm_phase(operation_run *run, int phase) {
  for (int round = 0; round < REPLANS; round++) {
    probe_list again = to_confirm(run, phase, round > 0), ignored = {0};
    run->renewed = false;
    send_again(run, &again);
    if (run->renewed)
      plan_phase(run, phase, &ignored);
    if (run->renewed)
      follow_phase(run, phase, &ignored);
    judge_phase(run, phase);
    if (!run->renewed)
      return;
  }
}

/* A way to mint that this operation accepts, for the checks that need one: the owner's key, or a
 * flaw just found. */
static void find_forger(operation_run *run) {
  subject *s = &run->subject;
  if (s->key_works)
    s->forger = recipe_owner(s);
  for (size_t i = 0; check_at(i) && !s->forger.valid; i++) {
    const outcome *o = &run->outcomes[i];
    for (size_t k = 0; o->kind == OUTCOME_FOUND && k < o->proof.len && !s->forger.valid; k++)
      if (o->proof.at[k]->recipe.valid && probe_verdict(s, o->proof.at[k]) == VERDICT_ACCEPTED)
        s->forger = o->proof.at[k]->recipe;
  }
}

enum { LAST_PHASE = 3 };

/* False when the allowance ended first: the rest waits. */
static bool send_phase(operation_run *run, int phase) {
  for (int round = 0; round < REPLANS; round++) {
    probe_list queue = {0};
    run->renewed = false;
    plan_phase(run, phase, &queue);
    if (run->subject.good && phase < LAST_PHASE)
      send_guarded(run, &queue);
    else
      send_probes(run, &queue);
    if (!run->renewed && !run->suspended && !run->lost.ptr) {
      probe_list more = {0};
      if (run->subject.good && phase < LAST_PHASE)
        retry_gateways(run, &queue);
      follow_phase(run, phase, &more);
      (run->subject.good && phase < LAST_PHASE ? send_guarded : send_probes)(run, &more);
    }
    /* What ends the token's life is meant to: no waiting for it to recover. */
    if (phase == LAST_PHASE && queue.len)
      good_still_works(run);
    if (!run->renewed)
      break;
  }
  return !run->suspended;
}

static void finish_phase(operation_run *run, int phase) {
  if (phase == 1 && run->engine->options->active == ACTIVE_FORGE)
    note_drift(run);
  judge_phase(run, phase);
  confirm_phase(run, phase);
  if (phase == 1)
    find_forger(run);
}

/* ---- into the report ------------------------------------------------------------------------- */

static void report_outcome(operation_run *run, size_t row) {
  engine *e = run->engine;
  const subject *s = &run->subject;
  const check *c = check_at(row);
  const outcome *o = &run->outcomes[row];
  not_tested n = {str_of(c->id), arena_str(e->arena, s->name), arena_str(e->arena, o->reason)};
  if (o->kind == OUTCOME_NOT_TESTED) {
    if (n.reason.len)
      list_push(e->arena, &e->report->not_tested, n);
    return;
  }
  if (o->kind == OUTCOME_FOUND)
    finding_build(e->arena, s, c, o, e->report);
  if (o->needs_reach && o->kind == OUTCOME_SILENT)
    list_push(e->arena, &e->unreached, n);
  else
    e->decided[row] = true;
}

static bool decides(const check *c) {
  return !c->any_state || c->claims_level;
}

operation_run *operation_begin(engine *e, const operation *o, size_t index) {
  operation_run *run = arena_make(e->arena, operation_run);
  run->engine = e;
  run->phase = 1;
  subject_init(run, e, o, index);
  run->plans = arena_alloc(run->subject.arena, check_count() * sizeof *run->plans);
  run->earlier = arena_alloc(run->subject.arena, check_count() * sizeof *run->earlier);
  baselines_take(run);
  credentials_note(run);
  harvest_take(e, &run->subject);
  find_public_keys(e, &run->subject);
  find_weak_secret(e, &run->subject);
  if (e->options->active != ACTIVE_PASSIVE)
    try_signing_key(run);
  return run;
}

bool operation_continue(operation_run *run, size_t allowance) {
  run->suspended = false;
  run->allowed = run->engine->sent + allowance;
  for (; run->phase < LAST_PHASE; run->phase++) {
    if (!send_phase(run, run->phase))
      return false;
    finish_phase(run, run->phase);
  }
  return true;
}

bool operation_awaits_last(const operation_run *run) {
  return run->engine->options->logout && run->phase == LAST_PHASE && !run->suspended &&
         !run->lost.ptr && run->subject.state == STATE_TESTABLE &&
         run->engine->options->active == ACTIVE_FORGE;
}

void operation_last(operation_run *run, const operation_run *ended) {
  for (size_t i = 0; ended && check_at(i); i++)
    if (check_at(i)->phase == LAST_PHASE)
      run->plans[i] = ended->plans[i];
  send_phase(run, LAST_PHASE);
  finish_phase(run, LAST_PHASE);
  run->phase = LAST_PHASE + 1;
}

/* What ends a token's life was not sent here: the rows say why. */
static void settle_last(operation_run *run) {
  probe_list queue = {0};
  plan_phase(run, LAST_PHASE, &queue);
  if (!queue.len) {
    judge_phase(run, LAST_PHASE);
    return;
  }
  for (size_t i = 0; check_at(i); i++)
    if (check_at(i)->phase == LAST_PHASE && run->plans[i].len)
      outcome_not_tested(&run->subject, &run->outcomes[i],
                         run->lost.ptr
                             ? run->lost.ptr
                             : "it was tried on the first operations that the token opens");
}

/* The URL of the command line is what its user cares for, whatever else could be tested. */
static bool is_named(const operation_run *run) {
  const scan_options *o = run->engine->options;
  return o->discover_operations && str_eq(run->subject.operation->url.path, o->target.path) &&
         str_eq(run->subject.operation->url.query, o->target.query);
}

static void note_refusal(operation_run *run) {
  engine *e = run->engine;
  if (run->subject.state == STATE_REFUSED && is_named(run) && !e->own_refused.ptr)
    e->own_refused = arena_printf(e->arena, "%.*s: %.*s", STR_ARG(run->subject.name),
                                  STR_ARG(state_reason(&run->subject)));
}

static void note_result(operation_run *run) {
  engine *e = run->engine;
  note_refusal(run);
  bool tested = false;
  for (size_t i = 0; check_at(i); i++) {
    report_outcome(run, i);
    tested |= run->outcomes[i].kind != OUTCOME_NOT_TESTED && decides(check_at(i));
  }
  if (run->lost.ptr && !str_starts(run->lost, STR("the budget"))) {
    e->report->partial = true;
    e->report->partial_reason =
        arena_printf(e->arena, "%.*s: %.*s", STR_ARG(run->subject.name), STR_ARG(run->lost));
  }
  bool looked =
      run->engine->options->active == ACTIVE_PASSIVE && run->subject.state == STATE_TESTABLE;
  if (tested || looked || run->subject.state == STATE_OPEN || run->subject.state == STATE_NO_TOKEN)
    e->testable++;
  if (run->subject.state == STATE_NO_TOKEN)
    e->tokenless++;
  if (run->subject.state == STATE_SILENT && !e->report->partial_reason.ptr)
    e->report->partial_reason = arena_str(e->arena, state_reason(&run->subject));
}

void operation_end(operation_run *run) {
  if (run->suspended) { /* what was sent is judged, the rest says why it was not */
    run->lost = STR("the budget of --max-requests was spent");
    operation_continue(run, 0);
  }
  if (run->phase <= LAST_PHASE)
    settle_last(run);
  fold(run);
  note_result(run);
  arena_free(run->subject.arena);
}
