/* A decision for a person: bt_decide decides, and each of its steps is told with what the policy
 * asks for and what the request has. The order is that of decide.c and verify.c. */
#include "token/find_token.h"
#include "token/revocation.h"
#include "token/route.h"

#include <math.h>
#include <stdio.h>

typedef struct {
  const bt_policy *policy;
  const policy_rules *rules;
  const bt_http *request;
  const bt_result *result;
  bt_decision decision;
  found_token found;
  double now;
  arena *arena;
} explained;

/* ---- texts ----------------------------------------------------------------------------------- */

enum { SHOWN_MAX = 400 };

static str shown(explained *x, str text) {
  if (text.len <= SHOWN_MAX)
    return text;
  return arena_printf(x->arena, "%.*s... (%zu bytes)", SHOWN_MAX, text.ptr, text.len);
}

static str joined(explained *x, const str_list *list, const char *none) {
  buf b = {.arena = x->arena};
  for (size_t i = 0; i < list->len; i++)
    buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(list->at[i]));
  return b.len ? buf_str(&b) : str_of(none);
}

static str member_text(const json_object *o, str name) {
  const json_member *m = json_find(o, name);
  if (!m)
    return STR("none");
  return m->kind == JSON_STRING ? m->text : m->raw;
}

static str header_text(const explained *x, const char *name) {
  return member_text(&x->result->token.header, str_of(name));
}

static str claim_raw(const explained *x, str name) {
  claim_value value;
  switch (claim_find(&x->result->token.claims, name, &value)) {
  case FOUND_ONE:
    return value.raw;
  case FOUND_SEVERAL:
    return STR("there in two ways");
  default:
    return STR("none");
  }
}

static const issuer_rule *rule_of(const explained *x) {
  return x->result->issuer;
}

static str time_of(explained *x, double seconds) {
  return isnan(seconds) ? STR("none") : time_rfc3339(x->arena, seconds);
}

/* ---- what the policy asks for, and what the request has -------------------------------------- */

static void say_request(explained *x, str *wanted, str *given) {
  *wanted = STR("a method in capitals, and a path");
  str uri = str_of_text(x->request->uri), method = str_of_text(x->request->method);
  size_t query = str_find(uri, STR("?"), 0); /* which may hold the token */
  *given = arena_printf(x->arena, "%.*s %.*s%s", STR_ARG(method), STR_ARG(str_sub(uri, 0, query)),
                        query == SIZE_MAX ? "" : "?...");
}

static void say_host(explained *x, str *wanted, str *given) {
  *wanted = x->rules->hosts_named ? STR("one host, since routes name hosts")
                                  : STR("any: no route names a host");
  *given = x->request->host.len ? str_of_text(x->request->host) : STR("none");
}

static void say_override(explained *x, str *wanted, str *given) {
  (void)x;
  *wanted = STR("no field, parameter or body that may ask for another method or path");
  *given = (str){0};
}

static void say_path(explained *x, str *wanted, str *given) {
  bt_path_fault fault = x->decision.fault;
  *wanted = STR("a path that all servers read alike");
  *given = x->decision.reason == BT_REASON_PATH_AMBIGUOUS ? str_of(bt_path_fault_name(fault))
                                                          : STR("read in one way");
}

static str route_text(explained *x, const bt_route *route) {
  if (!x->rules->routes.len)
    return STR("none named: a valid token is needed everywhere");
  if (!route)
    return STR("none of the policy's routes");
  buf b = {.arena = x->arena};
  buf_printf(&b, "%.*s %.*s", STR_ARG(joined(x, &route->methods, "any method")),
             STR_ARG(route->path));
  if (route->hosts.len)
    buf_printf(&b, " on %.*s", STR_ARG(joined(x, &route->hosts, "")));
  buf_printf(&b, " (line %u): %s", route->line,
             route->is_public  ? "public"
             : route->optional ? "no token, or a valid one"
                               : "a valid token");
  return buf_str(&b);
}

static void say_route(explained *x, str *wanted, str *given) {
  *wanted = STR("the first route that matches");
  *given = route_text(x, x->decision.route);
}

static str place_text(explained *x, size_t i) {
  static const char *const names[] = {"the bearer token in", "the header", "the cookie",
                                      "the query parameter"};
  bt_place place = bt_policy_place(x->policy, i);
  return arena_printf(x->arena, "%s %.*s", names[place.kind], (int)place.name.len, place.name.ptr);
}

static void say_token(explained *x, str *wanted, str *given) {
  buf b = {.arena = x->arena};
  for (size_t i = 0; i < bt_policy_place_count(x->policy); i++)
    buf_printf(&b, "%s%.*s", i ? ", or " : "", STR_ARG(place_text(x, i)));
  *wanted = buf_str(&b);
  if (x->found.several)
    *given = STR("more than one");
  else if (x->found.token.ptr && x->found.place)
    *given = arena_printf(x->arena, "%zu bytes in %.*s", x->found.token.len,
                          STR_ARG(place_text(x, x->found.place - 1)));
  else
    *given = STR("none");
}

static void say_form(explained *x, str *wanted, str *given) {
  *wanted = arena_printf(x->arena, "three parts of strict base64url, at most %zu bytes",
                         x->rules->token_limit);
  *given = arena_printf(x->arena, "%zu bytes", x->found.token.len);
}

static void say_header(explained *x, str *wanted, str *given) {
  *wanted = STR("a signed token: an `alg` that is known, no `crit`, no encryption");
  *given = arena_printf(x->arena, "alg %.*s", STR_ARG(header_text(x, "alg")));
}

static void say_issuer(explained *x, str *wanted, str *given) {
  buf b = {.arena = x->arena};
  for (size_t i = 0; i < x->rules->issuers.len; i++) {
    const issuer_rule *rule = &x->rules->issuers.at[i];
    buf_printf(&b, "%s%.*s", i ? ", or " : "",
               STR_ARG(rule->name.ptr ? rule->name : rule->trust_domain));
  }
  *wanted = buf_str(&b);
  const issuer_rule *chosen =
      rule_of(x); /* by equality, or by whom an opaque token is asked about */
  *given = chosen ? (chosen->name.ptr ? chosen->name : chosen->trust_domain)
                  : member_text(&x->result->token.claims, STR("iss"));
}

static void say_header_keys(explained *x, str *wanted, str *given) {
  (void)x;
  *wanted = STR("no key, and no pointer to one, in the header");
  *given = (str){0};
}

static void say_type(explained *x, str *wanted, str *given) {
  *wanted = joined(x, &rule_of(x)->types, "any");
  *given = header_text(x, "typ");
}

static void say_algorithm(explained *x, str *wanted, str *given) {
  buf b = {.arena = x->arena};
  for (size_t i = 0; i < rule_of(x)->algorithm_count; i++)
    buf_printf(&b, "%s%s", i ? ", " : "", rule_of(x)->algorithms[i]->name);
  *wanted = buf_str(&b);
  *given = header_text(x, "alg");
}

static void say_key(explained *x, str *wanted, str *given) {
  buf b = {.arena = x->arena};
  char line[256];
  size_t issuer = x->result->issuer_index;
  for (size_t k = 0; bt_policy_key_line(x->policy, issuer, k, line, sizeof line); k++)
    buf_printf(&b, "%s%s", k ? "; " : "", line);
  bool fetched = keys_by_url(rule_of(x)->keys.kind);
  if (!b.len)
    buf_put(&b, fetched ? STR("no key: the set behind the URL was not fetched") : STR("no key"));
  *wanted = buf_str(&b);
  *given = x->result->kid_len
               ? arena_printf(x->arena, "kid %.*s", (int)x->result->kid_len, x->result->kid)
               : STR("no kid");
}

static void say_signature(explained *x, str *wanted, str *given) {
  (void)x;
  *wanted = STR("of that key over these bytes");
  *given = (str){0};
}

static void say_introspection(explained *x, str *wanted, str *given) {
  *wanted = arena_printf(x->arena, "%.*s says that the token is active",
                         STR_ARG(rule_of(x)->keys.source));
  *given = (str){0};
}

static void say_place(explained *x, str *wanted, str *given) {
  buf b = {.arena = x->arena};
  for (size_t i = 0; i < bt_policy_place_count(x->policy); i++)
    if (rule_of(x)->place_bits >> i & 1)
      buf_printf(&b, "%s%.*s", b.len ? ", or " : "", STR_ARG(place_text(x, i)));
  *wanted = buf_str(&b);
  *given = x->found.place ? place_text(x, x->found.place - 1) : STR("not known");
}

static double number_claim(const explained *x, known_claim which) {
  const json_member *m = json_known(&x->result->token.claims, which);
  double value;
  return m && m->kind == JSON_NUMBER && json_number(m->raw, &value) ? value : NAN;
}

static void say_times(explained *x, str *wanted, str *given) {
  const issuer_rule *rule = rule_of(x);
  buf b = {.arena = x->arena};
  buf_printf(&b, "exp %s, leeway %.0f s", rule->exp_optional ? "not required" : "required",
             rule->leeway);
  if (rule->max_lifetime > 0)
    buf_printf(&b, ", at most %.0f s from iat to exp", rule->max_lifetime);
  *wanted = buf_str(&b);
  *given =
      arena_printf(x->arena, "iat %.*s, nbf %.*s, exp %.*s; the clock says %.*s",
                   STR_ARG(time_of(x, number_claim(x, CLAIM_IAT))),
                   STR_ARG(time_of(x, number_claim(x, CLAIM_NBF))),
                   STR_ARG(time_of(x, number_claim(x, CLAIM_EXP))), STR_ARG(time_of(x, x->now)));
}

static void say_audience(explained *x, str *wanted, str *given) {
  const issuer_rule *rule = rule_of(x);
  str other = rule->audience_claim;
  *wanted = arena_printf(x->arena, "%.*s%s", STR_ARG(joined(x, &rule->audiences, "none")),
                         rule->audience_exact ? ", and no other besides" : "");
  *given = arena_printf(x->arena, "%.*s %.*s", STR_ARG(other.ptr ? other : STR("aud")),
                        STR_ARG(claim_raw(x, other.ptr ? other : STR("aud"))));
}

static void put_demand(explained *x, buf *wanted, buf *given, const claim_demand *demand) {
  static const char *const words[] = {[DEMAND_ONE_OF] = "one of",
                                      [DEMAND_CONTAINS_ANY] = "to contain one of",
                                      [DEMAND_CONTAINS_ALL] = "to contain all of",
                                      [DEMAND_PREFIX] = "to begin with"};
  buf_printf(wanted, "%s%.*s %s", wanted->len ? "; " : "", STR_ARG(demand->claim),
             words[demand->kind]);
  for (size_t i = 0; i < demand->values.len; i++) {
    const demanded_value *value = &demand->values.at[i];
    bool flag = value->kind == JSON_TRUE || value->kind == JSON_FALSE;
    str text = flag ? (value->kind == JSON_TRUE ? STR("true") : STR("false")) : value->text;
    buf_printf(wanted, "%s%.*s", i ? ", " : " ", STR_ARG(text));
  }
  buf_printf(given, "%s%.*s %.*s", given->len ? "; " : "", STR_ARG(demand->claim),
             STR_ARG(shown(x, claim_raw(x, demand->claim))));
}

static void put_required(explained *x, buf *wanted, buf *given, const str_list *names) {
  for (size_t i = 0; i < names->len; i++) {
    bool there = !str_eq(claim_raw(x, names->at[i]), STR("none"));
    buf_printf(wanted, "%s%.*s to be there", wanted->len ? "; " : "", STR_ARG(names->at[i]));
    buf_printf(given, "%s%.*s %s", given->len ? "; " : "", STR_ARG(names->at[i]),
               there ? "is there" : "is not");
  }
}

static void say_claims(explained *x, str *wanted, str *given) {
  buf asked = {.arena = x->arena}, has = {.arena = x->arena};
  put_required(x, &asked, &has, &rule_of(x)->required);
  put_required(x, &asked, &has, &rule_of(x)->present);
  for (size_t i = 0; i < rule_of(x)->demands.len; i++)
    put_demand(x, &asked, &has, &rule_of(x)->demands.at[i]);
  *wanted = asked.len ? buf_str(&asked) : STR("nothing more");
  *given = buf_str(&has);
}

static void say_revocation(explained *x, str *wanted, str *given) {
  const revocation_source *from = &x->rules->revocation;
  *given = (str){0};
  *wanted = STR("no list: a token stays good until it expires");
  if (!from->line)
    return;
  unsigned slot;
  const snapshot *s = policy_hold(x->policy, 0, &slot);
  *wanted = arena_printf(x->arena, "not among the %zu entries of %s", revocations_count(s->revoked),
                         from->file.ptr ? from->file.ptr : from->database.ptr);
  policy_release(x->policy, 0, slot);
}

static void say_workload(explained *x, str *wanted, str *given) {
  buf asked = {.arena = x->arena};
  for (size_t i = 0; i < x->rules->workload.len; i++)
    buf_printf(&asked, "%s%.*s %.*s", i ? "; " : "", STR_ARG(x->rules->workload.at[i].path),
               STR_ARG(x->rules->workload.at[i].value));
  *wanted = asked.len ? buf_str(&asked) : STR("nothing of the workload");
  *given = asked.len ? shown(x, claim_raw(x, STR("/kubernetes.io"))) : (str){0};
}

static void say_scope_claim(explained *x, str *wanted, str *given) {
  str claim = x->rules->scope_claim;
  *wanted = claim.ptr ? arena_printf(x->arena, "%.*s: of %.*s", STR_ARG(claim),
                                     STR_ARG(joined(x, &x->rules->scopes, "none")))
                      : STR("no scopes are granted");
  *given = claim.ptr ? shown(x, claim_raw(x, claim)) : (str){0};
}

static void say_binding(explained *x, str *wanted, str *given) {
  static const char *const modes[] = {[BINDING_WHEN_BOUND] = "checked when the token is bound",
                                      [BINDING_OFF] = "not checked",
                                      [BINDING_REQUIRED] = "required"};
  bool bound = json_known(&x->result->token.claims, CLAIM_CNF) != NULL;
  *wanted =
      arena_printf(x->arena, "mTLS %s, DPoP %s", modes[x->rules->mtls], modes[x->rules->dpop]);
  *given = bound ? STR("the token is bound (cnf)") : STR("the token is not bound");
}

static void say_replay(explained *x, str *wanted, str *given) {
  *wanted = rule_of(x)->replay ? STR("each jti once (known to this process alone here)")
                               : STR("may be used again");
  *given = (str){0};
}

static void say_scopes(explained *x, str *wanted, str *given) {
  buf has = {.arena = x->arena};
  for (size_t i = 0; i < bt_scope_count(x->result); i++) {
    bt_text scope = bt_scope(x->result, i);
    buf_printf(&has, "%s%.*s", i ? ", " : "", (int)scope.len, scope.ptr);
  }
  *wanted = x->decision.route ? joined(x, &x->decision.route->scopes, "none") : STR("none");
  *given = has.len ? buf_str(&has) : STR("none");
}

/* ---- the steps ------------------------------------------------------------------------------- */

typedef struct {
  const char *name;
  void (*say)(explained *x, str *wanted, str *given);
  bt_reason reason;               /* refuses here; BT_REASON_TOKEN: by one of */
  bt_refusal from, to, others[4]; /* these refusals */
} step;

static const step STEPS[] = {
    {"request", say_request, BT_REASON_REQUEST_INVALID, 0, 0, {0}},
    {"host", say_host, BT_REASON_HOST_AMBIGUOUS, 0, 0, {0}},
    {"method", say_override, BT_REASON_METHOD_OVERRIDDEN, 0, 0, {0}},
    {"path", say_path, BT_REASON_PATH_AMBIGUOUS, 0, 0, {0}},
    {"route", say_route, BT_REASON_ROUTE_UNKNOWN, 0, 0, {0}},
    {"token", say_token, BT_REASON_TOKEN_SEVERAL, 0, 0, {0}},
    {"token", say_token, BT_REASON_TOKEN, BT_TOKEN_MISSING, BT_TOKEN_MISSING, {0}},
    {"form", say_form, BT_REASON_TOKEN, BT_TOKEN_TOO_LONG, BT_JSON_TOO_DEEP, {0}},
    {"header",
     say_header,
     BT_REASON_TOKEN,
     BT_CRIT_UNKNOWN,
     BT_ENCRYPTED_OR_NESTED,
     {BT_ALG_MISSING, BT_ALG_NONE, BT_KID_INVALID}},
    {"issuer", say_issuer, BT_REASON_TOKEN, BT_ISS_MISSING, BT_ISS_UNKNOWN, {0}},
    {"header keys", say_header_keys, BT_REASON_TOKEN, BT_HEADER_KEY, BT_HEADER_KEY, {0}},
    {"type", say_type, BT_REASON_TOKEN, BT_TYP_MISMATCH, BT_TYP_MISMATCH, {0}},
    {"algorithm", say_algorithm, BT_REASON_TOKEN, BT_ALG_NOT_ALLOWED, BT_ALG_NOT_ALLOWED, {0}},
    {"key",
     say_key,
     BT_REASON_TOKEN,
     BT_KID_UNKNOWN,
     BT_KID_AMBIGUOUS,
     {BT_KEYS_UNAVAILABLE, BT_ALG_KEY_MISMATCH}},
    {"signature", say_signature, BT_REASON_TOKEN, BT_SIGNATURE_LENGTH, BT_SIGNATURE_INVALID, {0}},
    {"introspection",
     say_introspection,
     BT_REASON_TOKEN,
     BT_TOKEN_INACTIVE,
     BT_TOKEN_INACTIVE,
     {BT_KEYS_UNAVAILABLE}},
    {"place", say_place, BT_REASON_TOKEN, BT_TOKEN_MISPLACED, BT_TOKEN_MISPLACED, {0}},
    {"times", say_times, BT_REASON_TOKEN, BT_EXP_MISSING, BT_LIFETIME_TOO_LONG, {0}},
    {"audience", say_audience, BT_REASON_TOKEN, BT_AUD_MISSING, BT_AUD_MISMATCH, {0}},
    {"claims",
     say_claims,
     BT_REASON_TOKEN,
     BT_CLAIM_MISSING,
     BT_CLAIM_INVALID,
     {BT_CLAIM_MISMATCH}},
    {"revocation", say_revocation, BT_REASON_TOKEN, BT_REVOKED, BT_REVOKED, {BT_REVOCATION_UNREAD}},
    {"workload", say_workload, BT_REASON_TOKEN, BT_WORKLOAD_MISMATCH, BT_WORKLOAD_MISMATCH, {0}},
    {"scope claim", say_scope_claim, BT_REASON_TOKEN, BT_SCOPE_INVALID, BT_SCOPE_INVALID, {0}},
    {"binding", say_binding, BT_REASON_TOKEN, BT_CNF_MISSING, BT_DPOP_NONCE, {BT_DPOP_SCHEME}},
    {"replay", say_replay, BT_REASON_TOKEN, BT_REPLAYED, BT_REPLAY_MEMORY_FULL, {0}},
    {"scopes", say_scopes, BT_REASON_INSUFFICIENT_SCOPE, 0, 0, {0}},
};

enum { STEP_COUNT = sizeof STEPS / sizeof *STEPS };

static bool refuses_by(const step *s, bt_refusal refusal) {
  bool named = s->from <= refusal && refusal <= s->to;
  for (size_t i = 0; i < 4; i++)
    named |= s->others[i] && s->others[i] == refusal;
  return named;
}

const char *explain_step_of(bt_refusal refusal) {
  for (size_t i = 0; i < STEP_COUNT; i++)
    if (STEPS[i].reason == BT_REASON_TOKEN && refuses_by(&STEPS[i], refusal))
      return STEPS[i].name;
  return NULL;
}

/* An algorithm that nobody knows is refused with the header, a workload's token without an issuer
 * with the issuer: earlier than others of the same name. */
static bool refuses_early(const explained *x, const step *s) {
  bt_refusal refusal = x->decision.refusal;
  return (s->say == say_header && refusal == BT_ALG_NOT_ALLOWED && !x->result->alg) ||
         (s->say == say_issuer && refusal == BT_WORKLOAD_MISMATCH && !x->result->issuer);
}

/* An issuer that is asked about its tokens vouches for them instead of a signature. */
static bool applies(const explained *x, const step *s) {
  static void (*const of_signature[])(explained *, str *, str *) = {
      say_form, say_header, say_header_keys, say_type, say_algorithm, say_key, say_signature};
  bool asked = x->result->issuer && rule_of(x)->keys.kind == BT_KEYS_INTROSPECTION;
  if (s->say == say_introspection)
    return asked;
  for (size_t i = 0; asked && i < sizeof of_signature / sizeof *of_signature; i++)
    if (s->say == of_signature[i])
      return false;
  return true;
}

static bool refuses(const explained *x, const step *s) {
  if (x->decision.reason != s->reason || !applies(x, s))
    return false;
  return s->reason != BT_REASON_TOKEN || refuses_by(s, x->decision.refusal) || refuses_early(x, s);
}

static size_t refusing_step(const explained *x) {
  for (size_t i = 0; i < STEP_COUNT; i++)
    if (refuses(x, &STEPS[i]))
      return i;
  return STEP_COUNT;
}

static const char *reason_sentence(bt_reason reason) {
  static const char *const sentences[BT_REASON_COUNT] = {
      [BT_REASON_TOKEN_SEVERAL] = "the request has more than one token",
      [BT_REASON_INSUFFICIENT_SCOPE] = "the token lacks a scope that the route asks for",
      [BT_REASON_ROUTE_UNKNOWN] =
          "the policy has routes, and none is of this method, path and host",
      [BT_REASON_PATH_AMBIGUOUS] = "servers read this path in different ways",
      [BT_REASON_METHOD_OVERRIDDEN] =
          "a field, a parameter or the body may ask for another method or path",
      [BT_REASON_REQUEST_INVALID] = "this is no method, or no path",
      [BT_REASON_HOST_AMBIGUOUS] = "it is not one host, and routes depend on it"};
  return (unsigned)reason < BT_REASON_COUNT ? sentences[reason] : NULL;
}

static str reason_text(explained *x) {
  const bt_decision *d = &x->decision;
  const char *sentence = reason_sentence(d->reason);
  if (d->reason != BT_REASON_TOKEN)
    return arena_printf(x->arena, "%s%s%s", bt_decision_name(d), sentence ? ": " : "",
                        sentence ? sentence : "");
  const char *detail = bt_result_detail(x->result);
  return arena_printf(x->arena, "%s: %s%s%s", bt_refusal_name(d->refusal),
                      bt_refusal_sentence(d->refusal), *detail ? ": " : "", detail);
}

/* Those of a token, where none was asked for or there was none. */
static bool about_token(const step *s) {
  return s->reason == BT_REASON_TOKEN || s->reason == BT_REASON_TOKEN_SEVERAL ||
         s->reason == BT_REASON_INSUFFICIENT_SCOPE;
}

static bt_text told(str s) {
  return (bt_text){s.ptr, s.len};
}

/* What these ask for is the issuer's. */
static bool needs_issuer(const step *s) {
  static void (*const earlier[])(explained *, str *, str *) = {say_token, say_form, say_header,
                                                               say_issuer};
  for (size_t i = 0; i < sizeof earlier / sizeof *earlier; i++)
    if (s->say == earlier[i])
      return false;
  return about_token(s);
}

static void tell_step(explained *x, size_t i, size_t refusing, bt_step_fn tell, void *context) {
  const step *s = &STEPS[i];
  str wanted = {0}, given = {0};
  if (i <= refusing && (x->result->issuer || !needs_issuer(s)))
    s->say(x, &wanted, &given);
  bt_step one = {.name = s->name,
                 .state = i < refusing    ? BT_STEP_FINE
                          : i == refusing ? BT_STEP_REFUSED
                                          : BT_STEP_NOT_REACHED,
                 .wanted = told(shown(x, wanted)),
                 .given = told(shown(x, given)),
                 .note = i == refusing ? told(reason_text(x)) : (bt_text){0}};
  tell(&one, context);
}

bt_decision bt_explain(const bt_policy *policy, const bt_http *request, double now,
                       bt_result *result, bt_step_fn tell, void *context) {
  explained x = {.policy = policy,
                 .rules = policy_rules_of(policy),
                 .request = request,
                 .result = result,
                 .now = now,
                 .arena = arena_new()};
  x.decision = bt_decide(policy, request, now, result);
  x.found = find_token(policy, request);
  size_t refusing = refusing_step(&x);
  bool token_judged = x.decision.verified || x.decision.reason == BT_REASON_TOKEN ||
                      x.decision.reason == BT_REASON_TOKEN_SEVERAL;
  for (size_t i = 0; i < STEP_COUNT; i++) {
    bool doubled = i > 0 && STEPS[i].say == STEPS[i - 1].say;
    bool first_of_two = i + 1 < STEP_COUNT && STEPS[i].say == STEPS[i + 1].say;
    bool skipped = (first_of_two && refusing != i) || (doubled && refusing == i - 1);
    if (!skipped && applies(&x, &STEPS[i]) && (token_judged || !about_token(&STEPS[i])))
      tell_step(&x, i, refusing, tell, context);
  }
  bool untold = refusing == STEP_COUNT && x.decision.reason != BT_REASON_NONE;
  if (untold)
    tell(&(bt_step){"decision", BT_STEP_REFUSED, {0}, {0}, told(reason_text(&x))}, context);
  arena_free(x.arena);
  return x.decision;
}
