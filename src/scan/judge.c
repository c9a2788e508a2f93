/* What checks judge with. */
#include "scan/check.h"

const http_response *probe_response(const probe *p) {
  for (size_t i = 0; p->answers && i < p->answers->tries.len; i++)
    if (p->answers->tries.at[i].response.failure == HTTP_OK)
      return &p->answers->tries.at[i].response;
  return NULL;
}

const http_response *fine_answer(const probe *p) {
  const http_response *r = p ? probe_response(p) : NULL;
  return r && r->status / 100 == 2 && !answer_is_refusal(r) ? r : NULL;
}

static verdict verdict_of(likeness l, const probe *p) {
  switch (l) {
  case ALIKE_GOOD:
    return VERDICT_ACCEPTED;
  case ALIKE_SHAPE:
    return p->by_shape || p->by_most ? VERDICT_ACCEPTED : VERDICT_LIKELY;
  case ALIKE_MOST:
    return p->by_most ? VERDICT_ACCEPTED : VERDICT_REFUSED;
  case ALIKE_NOTHING:
    return VERDICT_UNDECIDED;
  case ALIKE_BAD:
    break;
  }
  return VERDICT_REFUSED;
}

bool probe_tried(const probe *p) {
  return p->answers && p->answers->tries.len;
}

/* Some try was answered by the server itself: then what a gateway said in its place decides
 * nothing. */
static bool served_once(const probe *p) {
  for (size_t i = 0; p->answers && i < p->answers->tries.len; i++) {
    const http_response *r = &p->answers->tries.at[i].response;
    if (r->failure == HTTP_OK && !r->throttled && !answer_is_gateways(r))
      return true;
  }
  return false;
}

/* All tries must agree on acceptance: the weakest one counts. */
verdict probe_verdict(const subject *s, const probe *p) {
  verdict weakest = VERDICT_UNDECIDED;
  bool served = served_once(p);
  for (size_t i = 0; p->answers && i < p->answers->tries.len; i++) {
    const exchange *x = &p->answers->tries.at[i];
    bool waited = s->base.bad[BAD_NONE].silent && x->response.failure == HTTP_TIMEOUT;
    if (x->response.failure == HTTP_DROPPED || x->response.failure == HTTP_BROKEN || waited) {
      weakest = VERDICT_REFUSED; /* no answer like the good one, and not for want of trying */
      continue;
    }
    if (x->response.failure != HTTP_OK || x->response.throttled)
      continue;
    if (served && answer_is_gateways(&x->response))
      continue;
    verdict v = verdict_of(answer_likeness(s->arena, &s->base, &x->features), p);
    if (weakest == VERDICT_UNDECIDED || v < weakest)
      weakest = v;
  }
  return weakest;
}

const outcome *outcome_of(const subject *s, const char *check_id) {
  for (size_t i = 0; check_at(i); i++)
    if (strcmp(check_at(i)->id, check_id) == 0)
      return &s->outcomes[i];
  return NULL;
}

void outcome_not_tested(const subject *s, outcome *out, const char *reason) {
  out->kind = OUTCOME_NOT_TESTED;
  out->reason = arena_printf(s->arena, "%s", reason);
}

/* Its control should have been sent and was not answered: nothing is decided. */
static bool lacks_control(const probe *p) {
  return p->control && p->control->deferred && !probe_tried(p->control);
}

static bool holds(const probe_list *list, const probe *p) {
  for (size_t i = 0; i < list->len; i++)
    if (list->at[i] == p)
      return true;
  return false;
}

void outcome_prove(const subject *s, outcome *out, probe *p) {
  if (p && !holds(&out->proof, p))
    list_push(s->arena, &out->proof, p);
}

/* The whole check's controls: any accepted one explains the attacks in a simpler way. */
static bool control_accepted(const subject *s, const probe_list *probes) {
  for (size_t i = 0; i < probes->len; i++) {
    const probe *p = probes->at[i];
    bool own = false;
    for (size_t j = 0; j < probes->len; j++)
      own |= probes->at[j]->control == p;
    if (p->role == ROLE_CONTROL && !own && probe_verdict(s, p) >= VERDICT_LIKELY)
      return true;
  }
  return false;
}

enum { CONFIRM_ATTACKS = 2 };

static void accept(const subject *s, outcome *out, probe *p, verdict v) {
  confidence c = v == VERDICT_ACCEPTED ? CONFIDENCE_CONFIRMED : CONFIDENCE_TENTATIVE;
  if (out->kind != OUTCOME_FOUND || c > out->confidence)
    out->confidence = c;
  out->kind = OUTCOME_FOUND;
  outcome_prove(s, out, p);
  if (out->confirm.len >= 2 * CONFIRM_ATTACKS)
    return;
  list_push(s->arena, &out->confirm, p);
  if (p->control && !holds(&out->confirm, p->control))
    list_push(s->arena, &out->confirm, p->control);
}

void judge_acceptance(const subject *s, const probe_list *probes, outcome *out) {
  size_t undecided = 0, attacks = 0;
  bool explained = control_accepted(s, probes);
  for (size_t pass = 0; pass < 2;
       pass++) /* those that are surely accepted come first in the proof */
    for (size_t i = 0; i < probes->len; i++) {
      probe *p = probes->at[i];
      if (p->role != ROLE_ATTACK)
        continue;
      verdict v = probe_verdict(s, p);
      if (pass == 0) {
        attacks++;
        undecided += v == VERDICT_UNDECIDED;
      }
      if (pass == 0 && v >= VERDICT_LIKELY && lacks_control(p))
        undecided++;
      if (v != (pass == 0 ? VERDICT_ACCEPTED : VERDICT_LIKELY) || explained || lacks_control(p))
        continue;
      if (p->control && probe_verdict(s, p->control) >= VERDICT_LIKELY)
        continue;
      accept(s, out, p, v);
    }
  if (out->kind == OUTCOME_FOUND) {
    for (size_t i = 0; i < probes->len && out->confirm.len < 3 * CONFIRM_ATTACKS; i++)
      if (probes->at[i]->role == ROLE_CONTROL && probe_tried(probes->at[i]) &&
          !holds(&out->confirm, probes->at[i]))
        list_push(s->arena, &out->confirm, probes->at[i]);
    return;
  }
  out->kind = OUTCOME_SILENT;
  if (undecided && !explained)
    outcome_not_tested(
        s, out,
        arena_printf(s->arena, "%zu of %zu probes got no answer that decides", undecided, attacks)
            .ptr);
}

str skip_without_key(const subject *s) {
  if (!s->options->signing_keys.len)
    return STR("needs --signing-key");
  return s->key_works ? (str){0} : s->key_problem;
}

str skip_without_canary(const subject *s) {
  return s->canary_on
             ? (str){0}
             : STR("needs a canary that the target can reach (--canary LISTEN[,ADVERTISED])");
}
