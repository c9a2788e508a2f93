/* The class's own checks: it compares iss, aud or exp itself, so that the gem need not. */
#include "audit/ruby/jwt.h"

#include <stdio.h>

typedef struct {
  const char *claim, *rule;
  const char *names[4]; /* of variables and methods that hold it */
} own_claim;

static const own_claim CLAIMS[] = {
    {"iss", "rb-jwt-iss-unchecked", {"iss", "issuer", "token_issuer", NULL}},
    {"aud", "rb-jwt-aud-unchecked", {"aud", "audience", "audiences", NULL}},
    {"exp", "rb-jwt-exp-not-required", {"exp", "expires_at", "expiry", NULL}}};

enum { CLAIM_COUNT = sizeof CLAIMS / sizeof *CLAIMS, CLAIM_EXP = CLAIM_COUNT - 1 };

/* payload['iss'], payload.fetch(:iss), payload.iss, iss */
static bool mentions(flow *f, const node *n, const own_claim *c, unsigned depth) {
  static const char *const readers[] = {"dig", "fetch",     "key?", "has_key?",
                                        "[]",  "values_at", NULL};
  if (!n || depth > 12)
    return false;
  if (n->kind == N_identifier &&
      (flow_in(n->text, c->names) ||
       (str_starts(n->text, str_of(c->claim)) && n->text.len > 3 && n->text.ptr[3] == '_')))
    return true;
  if (n->kind == N_element_reference && n->count > 1 &&
      str_eq(ast_literal(f->scratch, n->kids[1]), str_of(c->claim)))
    return true;
  const node *args = n->kind == N_call ? ast_kid(n, F_arguments) : NULL;
  if (n->kind == N_call && !(args && args->count) && ast_kid(n, F_receiver) &&
      str_eq(node_name(n), str_of(c->claim)))
    return true;
  for (size_t i = 0; args && flow_in(node_name(n), readers) && i < args->count; i++)
    if (str_eq(ast_literal(f->scratch, args->kids[i]), str_of(c->claim)))
      return true;
  for (size_t i = 0; i < n->count; i++)
    if (n->kids[i]->kind != N_pair && mentions(f, n->kids[i], c, depth + 1))
      return true;
  return false;
}

static bool compares(const node *n) {
  static const char *const operators[] = {
      "==", "!=", "<", ">", "<=", ">=", "===", "=~", "!~", NULL};
  static const char *const methods[] = {"include?",
                                        "exclude?",
                                        "secure_compare",
                                        "fixed_length_secure_compare",
                                        "in?",
                                        "eql?",
                                        "equal?",
                                        "member?",
                                        "intersect?",
                                        "match?",
                                        "casecmp?",
                                        "between?",
                                        "any?",
                                        "intersection",
                                        NULL};
  if (n->kind == N_binary)
    return flow_in(n->op, operators);
  return n->kind == N_call && flow_in(node_name(n), methods);
}

/* For exp that it is there at all is what is asked: the gem compares it then. */
static bool asks_presence(const node *n) {
  if (n->kind == N_call) {
    const node *args = ast_kid(n, F_arguments);
    str name = node_name(n);
    bool alone = args && args->count == 1 && !ast_kid(n, F_block);
    return str_eq(name, STR("key?")) || str_eq(name, STR("has_key?")) ||
           (str_eq(name, STR("fetch")) && alone);
  }
  return false;
}

/* KEYS[payload['iss']], KEYS.fetch(payload['iss']): each issuer has a key of its own in a fixed
 * list. */
static bool picks_from_list(const node *n) {
  const node *list = n->kind == N_element_reference && n->count ? n->kids[0]
                     : n->kind == N_call && str_eq(node_name(n), STR("fetch"))
                         ? ast_kid(n, F_receiver)
                         : NULL;
  return list && (list->kind == N_constant || list->kind == N_scope_resolution);
}

/* Provider.find_by!(issuer: jwt['iss']): only those that are on record are known. */
static bool looks_up(flow *f, const node *n, const own_claim *c) {
  const node *args = n->kind == N_call ? ast_kid(n, F_arguments) : NULL;
  bool finds = args && (str_starts(node_name(n), STR("find_by")) ||
                        str_eq(node_name(n), STR("where")) || str_eq(node_name(n), STR("exists?")));
  for (size_t i = 0; finds && i < args->count; i++)
    if (args->kids[i]->kind == N_pair && mentions(f, ast_kid(args->kids[i], F_value), c, 0))
      return true;
  return false;
}

/* Time.now - issued_at > 5.minutes, payload['iat'] < MAX_AGE.ago: what is too old is refused,
 * whatever exp says. */
static bool limits_age(const node *n) {
  static const char *const spans[] = {"minute", "hour", "second",   "day",     ".ago", "MAX",
                                      "AGE",    "TTL",  "LIFETIME", "max_age", "ttl",  "lifetime"};
  bool orders = n->kind == N_binary && (str_starts(n->op, STR("<")) || str_starts(n->op, STR(">")));
  if (!orders || !(node_has(n, "issued_at") || node_has(n, "iat")))
    return false;
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    if (node_has(n, spans[i]))
      return true;
  return false;
}

static void passed(flow *f, size_t claim) {
  str_list *to[] = {&f->iss_checked, &f->aud_checked, &f->exp_checked};
  list_push(f->scratch, to[claim], f->klass);
  list_push(f->facts->arena, &f->facts->checks, (check_fact){f->klass, CLAIMS[claim].rule});
}

static void find_checks(flow *f, const node *n) {
  bool compared = compares(n) || (n->kind == N_case && ast_kid(n, F_value)),
       guards = n->kind == N_if || n->kind == N_unless || n->kind == N_if_modifier ||
                n->kind == N_unless_modifier;
  for (size_t i = 0; i < CLAIM_COUNT; i++) {
    const node *asks = n->kind == N_case ? ast_kid(n, F_value)
                       : guards          ? ast_kid(n, F_condition)
                                         : n;
    bool asked = compared || (i == CLAIM_EXP && (guards || asks_presence(n)));
    if (asked && asks && mentions(f, asks, &CLAIMS[i], 0))
      passed(f, i);
  }
  if (limits_age(n))
    passed(f, CLAIM_EXP);
  for (size_t i = 0; i < CLAIM_EXP; i++)
    if (looks_up(f, n, &CLAIMS[i]) ||
        (picks_from_list(n) && mentions(f, n->kids[n->count - 1], &CLAIMS[i], 0)))
      passed(f, i);
  if (compares(n))
    return;
  for (size_t i = 0; i < n->count; i++)
    find_checks(f, n->kids[i]);
}

void jwt_collect_checks(flow *f, const node *class_node) {
  find_checks(f, class_node);
}
