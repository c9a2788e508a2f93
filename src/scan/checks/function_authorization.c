/* function_authorization: what only some may do, and who gets it done. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"

static bool is_administrative(const subject *s) {
  const description *d = about(s);
  static const char words[] =
      "(?i)(?:^|[/_ "
      ".-])(?:admin|administration|internal|manage|management|superuser|backoffice)(?:$|[/_ .s-])";
  str hit;
  if (regex_find(regex_kept(words), s->operation->url.path, 0, &hit))
    return true;
  for (size_t i = 0; d && i < d->tags.len; i++)
    if (regex_find(regex_kept(words), d->tags.at[i], 0, &hit))
      return true;
  for (size_t i = 0; d && i < d->scopes.len; i++)
    if (str_icontains(d->scopes.at[i], STR("admin")))
      return true;
  return d && regex_find(regex_kept(words), d->operation_id, 0, &hit);
}

/* ---- bfla-admin-path ------------------------------------------------------------------------- */

/* Once a scan, with a token that is no administrator's: where such operations often lie. */
static bool guesses(const subject *s) {
  return is_read(s) && s->operation_index == 1 && s->state == STATE_TESTABLE &&
         !is_administrative(s) && is_lesser(s, s->operation->token) && claims_tell_roles(s);
}

static bool is_known(const subject *s, str path) {
  for (size_t i = 0; i < s->options->operations.len; i++)
    if (str_eq(s->options->operations.at[i].url.path, path))
      return true;
  return false;
}

static const char *const GUESSED[] = {"/api/admin/users", "/api/v1/admin/users", "/admin/users",
                                      "/api/admin", "/internal/users"};

enum { GUESSED_COUNT = sizeof GUESSED / sizeof *GUESSED };

/* An administrative path answers who has a token, and neither who has none nor where nothing lies.
 */
static void plan_guesses(plan *p) {
  for (size_t i = 0; i < GUESSED_COUNT; i++) {
    if (is_known(p->subject, str_of(GUESSED[i])))
      continue;
    probe *guess =
        plan_at(p, str_of(GUESSED[i]), true, arena_printf(p->arena, "%s, guessed", GUESSED[i]).ptr);
    plan_control(guess, plan_at(p, str_of(GUESSED[i]), false, "the same without a token"));
  }
}

static bool was_guessed(const probe *p) {
  return p->control != NULL;
}

static void follow_guesses(plan *p) {
  size_t count = p->probes.len;
  for (size_t i = 0; i < count; i++) {
    const probe *q = p->probes.at[i];
    if (was_guessed(q) && fine_answer(q))
      plan_at(p, path_beside(p->arena, q->request.url.path, unlikely_name(p->arena, p->subject)),
              true, "where nothing lies beside it");
  }
}

static void judge_guesses(const subject *s, const probe_list *probes, outcome *out) {
  size_t planned = 0, answered = 0;
  for (size_t i = 0; i < probes->len; i++)
    answered += probe_response(probes->at[i]) != NULL;
  if (!answered) {
    outcome_not_tested(s, out, "the guessed paths got no answer");
    return;
  }
  while (planned < probes->len &&
         (was_guessed(probes->at[planned]) || probes->at[planned]->deferred))
    planned++;
  for (size_t i = 0; i < probes->len; i++) {
    probe *p = probes->at[i];
    if (!was_guessed(p) || !fine_answer(p) || planned >= probes->len)
      continue;
    probe *beside = probes->at[planned++];
    if (!probe_response(p->control) || fine_answer(p->control) || !probe_response(beside) ||
        fine_answer(beside))
      continue;
    found(s, out, p,
          STR("The operation was guessed, and the token names no administrative role or scope."));
    outcome_prove(s, out, p->control);
    outcome_prove(s, out, beside);
    list_push(s->arena, &out->confirm, p);
  }
}

static str skip_admin(const subject *s) {
  if (!is_administrative(s) && !guesses(s))
    return STR("does not apply: nothing marks the operation as administrative");
  if (s->state != STATE_TESTABLE && s->state != STATE_REFUSED)
    return STR("the answer does not depend on who asks");
  bool tell = claims_tell_roles(s);
  if (tell && is_lesser(s, s->operation->token))
    return (str){0};
  if (str_eq(s->operation->method, STR("DELETE")))
    return STR("not tried: what the good token deleted is not there for another");
  if (!tell && !is_read(s))
    return STR("the claims tell no roles: the good token may be an administrator's");
  if (!tell && !other_identity(s, 0))
    return STR("the claims tell no roles, so the good token may be an administrator's: give an "
               "identity that is none (--as NAME=T)");
  for (size_t i = 0; other_identity(s, i); i++)
    if (is_lesser(s, other_identity(s, i)->token))
      return (str){0};
  return STR("needs an identity without an administrative role (--as NAME=T)");
}

static void plan_admin(plan *p) {
  if (guesses(p->subject)) {
    plan_guesses(p);
    return;
  }
  bool told = claims_tell_roles(p->subject) && is_lesser(p->subject, p->subject->operation->token);
  if (!is_read(p->subject) && told)
    return; /* by its own answer */
  for (size_t i = 0; i < 3 && other_identity(p->subject, i); i++) {
    const identity *who = other_identity(p->subject, i);
    if (is_lesser(p->subject, who->token))
      plan_as(p, ROLE_LOOK, who, "the administrative operation as %.*s", STR_ARG(who->name));
  }
}

static void follow_admin(plan *p) {
  if (guesses(p->subject))
    follow_guesses(p);
}

/* The answer of the good token's own kind. */
static bool is_served(const subject *s, const probe *p) {
  return fine_answer(p) && (s->state != STATE_TESTABLE || probe_verdict(s, p) >= VERDICT_LIKELY);
}

/* No claim tells a role: only who is refused shows that the operation asks for one. Where all
 * identities are served, though the owner gave them apart, it seems to ask for none. */
static void judge_untold(const subject *s, const probe_list *probes, outcome *out) {
  size_t answered = 0, served = 0;
  for (size_t i = 0; i < probes->len; i++) {
    answered += probe_response(probes->at[i]) != NULL;
    served += is_served(s, probes->at[i]);
  }
  if (!answered)
    outcome_not_tested(s, out, "no other identity got an answer");
  if (!answered || served < answered || s->state != STATE_TESTABLE)
    return;
  out->confidence = CONFIDENCE_TENTATIVE;
  for (size_t i = 0; i < probes->len; i++)
    if (is_served(s, probes->at[i])) {
      found(s, out, probes->at[i],
            STR("Every identity that was given is served, and no claim tells a role: if all of "
                "them administrate, this is none."));
      list_push(s->arena, &out->confirm, probes->at[i]);
    }
  outcome_prove(s, out, s->good);
  outcome_prove(s, out, s->baseline_probes.at[BAD_NONE]);
}

static void judge_admin(const subject *s, const probe_list *probes, outcome *out) {
  if (guesses(s)) {
    judge_guesses(s, probes, out);
    return;
  }
  if (!claims_tell_roles(s)) {
    judge_untold(s, probes, out);
    return;
  }
  if (is_lesser(s, s->operation->token) && s->state == STATE_TESTABLE)
    found(s, out, s->good,
          arena_printf(s->arena, "'%.*s' has no administrative role or scope.",
                       STR_ARG(own_identity_name(s))));
  for (size_t i = 0; i < probes->len; i++) {
    if (!is_served(s, probes->at[i]))
      continue;
    found(s, out, probes->at[i],
          STR("The claims of the identity name no administrative role or scope."));
    list_push(s->arena, &out->confirm, probes->at[i]);
  }
  if (out->kind == OUTCOME_FOUND)
    outcome_prove(s, out, s->baseline_probes.at[BAD_NONE]);
}

/* ---- bfla-method ----------------------------------------------------------------------------- */

static str skip_method(const subject *s) {
  const http_response *bare =
      s->baseline_probes.len ? probe_response(s->baseline_probes.at[BAD_NONE]) : NULL;
  if (!is_read(s))
    return STR("does not apply: the operation writes");
  if (s->state != STATE_TESTABLE)
    return STR("the good token gets no answer of its own here");
  return bare && bare->status >= 300
             ? (str){0}
             : STR("refusals have the status of success here, and HEAD shows no more than that");
}

/* A guard that asks for the token of GET alone lets the rest by, and the same code serves it. */
static void plan_method(plan *p) {
  http_request r = request_with_token(p->arena, p->subject->operation, (str){0}), beside = r;
  r.method = beside.method = STR("HEAD");
  beside.url.path = path_beside(p->arena, r.url.path, unlikely_name(p->arena, p->subject));
  probe *head = plan_request(p, ROLE_LOOK, &r, "HEAD without a token");
  plan_control(head,
               plan_request(p, ROLE_CONTROL, &beside, "HEAD without a token where nothing lies"));
  if (!p->subject->options->allow_writes)
    return;
  r.method = STR("BATTEN");
  plan_request(p, ROLE_LOOK, &r, "a method that does not exist, without a token");
  r.method = STR("POST");
  plan_request(p, ROLE_LOOK, &r, "POST without a token or body");
}

static bool same_length(const http_response *x, const http_response *y) {
  str length = http_header_get(&x->headers, STR("content-length")),
      tag = http_header_get(&x->headers, STR("etag"));
  bool equal = length.len && !str_eq(length, STR("0")) &&
               str_eq(length, http_header_get(&y->headers, STR("content-length")));
  return equal || (tag.len && str_eq(tag, http_header_get(&y->headers, STR("etag"))));
}

static void judge_method(const subject *s, const probe_list *probes, outcome *out) {
  size_t control = 1; /* HEAD, its control, the rest */
  const http_response *own = own_answer(s), *head = fine_answer(probes->at[0]);
  for (size_t i = 0; i < probes->len; i++) {
    bool served = i == 0 ? head && own && same_length(head, own) &&
                               probe_tried(probes->at[control]) && !fine_answer(probes->at[control])
                         : i != control && fine_answer(probes->at[i]) &&
                               probe_verdict(s, probes->at[i]) >= VERDICT_LIKELY;
    if (!served)
      continue;
    found(s, out, probes->at[i],
          arena_printf(s->arena, "By %.*s.", STR_ARG(probes->at[i]->request.method)));
    list_push(s->arena, &out->confirm, probes->at[i]);
  }
  if (out->kind == OUTCOME_FOUND)
    outcome_prove(s, out, s->baseline_probes.at[BAD_NONE]);
  else if (!probe_response(probes->at[0]))
    outcome_not_tested(s, out, "HEAD got no answer");
}

/* ---- bfla-override --------------------------------------------------------------------------- */

static str skip_override(const subject *s) {
  return is_read(s) ? (str){0}
                    : STR("does not apply: the operation writes, and no probe changes data");
}

/* A proxy guards the path of the request line, the application serves the one in the header. */
static void plan_override(plan *p) {
  http_request r = request_at(p, "GET", STR("/"), false);
  http_header_set(p->arena, &r.headers, STR("X-Original-URL"), p->subject->operation->url.path);
  http_header_set(p->arena, &r.headers, STR("X-Rewrite-URL"), p->subject->operation->url.path);
  probe *attack = plan_request(
      p, ROLE_ATTACK, &r,
      "the root without a token, the operation's path in X-Original-URL and X-Rewrite-URL");
  http_request plain = request_at(p, "GET", STR("/"), false);
  plan_control(attack, plan_request(p, ROLE_CONTROL, &plain, "the root without a token or header"));
}

/* ---- role-in-response ------------------------------------------------------------------------ */

static void judge_role(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  judge_members(s, out,
                "(?i)\\A(?:is_?admin|is_?superuser|is_?staff|admin|roles?|permissions|privileges|"
                "user_?role)\\z");
}

#define FUNCTION(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                          \
  .id = ID, .category = CATEGORY_FUNCTION_AUTHORIZATION, .severity = SEVERITY_, .phase = 2, \
  .any_state = true, .skip = SKIP, .plan = PLAN, .judge = JUDGE

const check CHECKS_FUNCTION[] = {
    {FUNCTION("bfla-admin-path", SEVERITY_HIGH, skip_admin, plan_admin, judge_admin),
     .follow = follow_admin, .needs = "T or 2",
     .title = "An administrative operation serves who is no administrator",
     .description =
         "An identity whose claims name no administrative role or scope gets the answer.",
     .sent =
         "operations marked as administrative, by path, tag, name or scope, as each identity "
         "without such a role; once a scan, guessed ones like /api/admin/users with the good token",
     .decides = "The answer is the good one, and nobody without a token gets it. Where no claim of "
                "any identity tells a role, one identity is not enough: a second that is refused "
                "makes it silent, one that is served makes it tentative.",
     .wrong = "A role that the server looks up by subject is not seen in the claims: where some "
              "tokens tell roles and an administrator's does not, it is found.",
     .fix = "Deny by default, and ask for the scope on every administrative route.",
     .rails = "class Admin::BaseController < ApplicationController\n  before_action { "
              "require_scope 'admin:read' }\nend",
     .references = "API5 CWE-285 CWE-863"},
    {FUNCTION("bfla-method", SEVERITY_HIGH, skip_method, plan_method, judge_method), .needs = "T",
     .title = "Another method gets past the guard",
     .description =
         "The token is asked for by some methods only, and the same code answers the others.",
     .sent = "HEAD, with --allow-writes also POST and a method that does not exist, without a "
             "token; controls: the refused request itself, and HEAD where nothing lies",
     .decides = "HEAD: a good status with the length or tag of the good answer, and none where "
                "nothing lies. Others: the good answer.",
     .wrong = "An answer of another length to HEAD, as from a changing page, is not found.",
     .fix = "Guard the route, whatever the method, and refuse methods that it does not name.",
     .nginx = "if ($request_method !~ ^(GET|HEAD|POST)$) { return 405; }",
     .rails = "before_action :authenticate! # without only: or if:",
     .references = "API5 CWE-285 CWE-650"},
    {.id = "bfla-override",
     .category = CATEGORY_FUNCTION_AUTHORIZATION,
     .severity = SEVERITY_HIGH,
     .phase = 2,
     .skip = skip_override,
     .plan = plan_override,
     .needs = "T",
     .title = "A header chooses the path past the guard",
     .description = "What guards the path of the request line never sees the one that is served.",
     .sent =
         "the root without a token, with the operation's path in X-Original-URL and X-Rewrite-URL; "
         "control: the same without the headers",
     .wrong = "A guard behind the rewrite makes it harmless, and then nothing is found.",
     .fix = "Drop both headers at the proxy.",
     .nginx = "proxy_set_header X-Original-URL \"\";\nproxy_set_header X-Rewrite-URL \"\";",
     .references = "API5 CWE-288"},
    {FUNCTION("role-in-response", SEVERITY_INFO, NULL, NULL, judge_role), .passive = true,
     .title = "Answers tell roles and permissions",
     .description = "They show an attacker which fields to try in requests and tokens.",
     .sent = "nothing of its own",
     .decides = "A field named for a role or permission, with a value.",
     .wrong = "A page for the user's own account may need it.",
     .fix = "Leave out what the client does not need.", .references = "API3 CWE-200"},
};
const size_t CHECKS_FUNCTION_COUNT = sizeof CHECKS_FUNCTION / sizeof *CHECKS_FUNCTION;
