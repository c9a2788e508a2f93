/* The claims that the policy names (RFC 7519 section 4.1). */
#include "token/strict.h"
#include "token/revocation.h"

#include <math.h>
#include <stdio.h>

static inline const json_member *claim(const bt_result *r, known_claim which) {
  return json_known(&r->token.claims, which);
}

/* ---- issuer ---------------------------------------------------------------------------------- */

static bool take_issuer(bt_result *r, size_t i) {
  r->issuer = &policy_rules_of(r->policy)->issuers.at[i];
  r->issuer_index = i;
  return true;
}

/* SPIFFE JWT-SVID section 3.1: `iss` is optional; `sub` is a SPIFFE ID of the trust domain. */
static bool choose_spiffe(bt_result *r, size_t i) {
  const issuer_rule *rule = &policy_rules_of(r->policy)->issuers.at[i];
  const json_member *sub = claim(r, CLAIM_SUB);
  return rule->trust_domain.ptr && sub && sub->kind == JSON_STRING &&
         str_starts(sub->text, rule->trust_domain) && take_issuer(r, i);
}

static str without_ends(str issuer) {
  str s = str_trim(issuer);
  if (str_starts(s, STR("https://")))
    s = str_sub(s, 8, s.len);
  else if (str_starts(s, STR("http://")))
    s = str_sub(s, 7, s.len);
  while (str_ends(s, STR("/")))
    s = str_sub(s, 0, s.len - 1);
  return s;
}

/* Which small thing keeps the two apart: the eye passes over it. */
static const char *small_difference(str given, str wanted) {
  if (!str_ieq(without_ends(given), without_ends(wanted)))
    return NULL;
  if (!str_eq(str_trim(given), given))
    return "white space around it";
  bool slash = str_ends(given, STR("/")), wanted_slash = str_ends(wanted, STR("/"));
  if (slash != wanted_slash)
    return slash ? "a slash at its end" : "the slash missing at its end";
  return str_ieq(given, wanted) ? "capital letters" : "https://";
}

static bt_refusal refuse_issuer(bt_result *r, str given) {
  const policy_rules *rules = policy_rules_of(r->policy);
  for (size_t i = 0; i < rules->issuers.len; i++) {
    str wanted = rules->issuers.at[i].name;
    const char *but = wanted.ptr ? small_difference(given, wanted) : NULL;
    if (but)
      return refuse(r, BT_ISS_UNKNOWN, "but for %s it would be %.*s", but,
                    STR_ARG(str_sub(wanted, 0, 120)));
  }
  return refuse(r, BT_ISS_UNKNOWN, NULL);
}

/* rule 13: RFC 8725 section 3.8, CVE-2025-30144, CVE-2024-53861: a string, equal byte for byte,
 * before any key is chosen */
bt_refusal issuer_choose(bt_result *r) {
  const policy_rules *rules = policy_rules_of(r->policy);
  const json_member *iss = claim(r, CLAIM_ISS);
  bool named = false;
  if (iss && iss->kind != JSON_STRING)
    return refuse(r, BT_ISS_MISSING, "it is no string");
  for (size_t i = 0; i < rules->issuers.len; i++) {
    const issuer_rule *rule = &rules->issuers.at[i];
    named |= rule->name.ptr != NULL;
    if (rule->name.ptr && iss && str_eq(rule->name, iss->text) && take_issuer(r, i))
      return BT_REFUSAL_NONE;
  }
  for (size_t i = 0; i < rules->issuers.len; i++)
    if (choose_spiffe(r, i))
      return BT_REFUSAL_NONE;
  if (!named)
    return refuse(r, BT_WORKLOAD_MISMATCH, "`sub` is no SPIFFE ID of the trust domain");
  return iss ? refuse_issuer(r, iss->text) : refuse(r, BT_ISS_MISSING, NULL);
}

/* ---- audience -------------------------------------------------------------------------------- */

static bool is_audience(const issuer_rule *rule, str raw) {
  for (size_t i = 0; i < rule->audiences.len; i++)
    if (json_string_is(raw, rule->audiences.at[i]))
      return true;
  return false;
}

/* rule 14: RFC 7519 section 4.1.3, RFC 8725 section 3.9, CVE-2020-26160 */
static bt_refusal check_audience_in(bt_result *r, str raw) {
  size_t ours = 0, others = 0;
  value_kind kind = json_kind(raw);
  if (kind == JSON_STRING) {
    ours = is_audience(r->issuer, raw);
  } else if (kind == JSON_ARRAY) {
    json_walk w = json_walk_of(raw);
    str name, value;
    while (json_next(&w, &name, &value)) {
      if (json_kind(value) != JSON_STRING)
        return refuse(r, BT_AUD_INVALID, "a member is no string");
      *(is_audience(r->issuer, value) ? &ours : &others) += 1;
    }
    if (!ours && !others)
      return refuse(r, BT_AUD_INVALID, "the array is empty");
  } else {
    return refuse(r, BT_AUD_INVALID, NULL);
  }
  if (!ours)
    return refuse(r, BT_AUD_MISMATCH, NULL);
  return others && r->issuer->audience_exact
             ? refuse(r, BT_AUD_MISMATCH, "a foreign audience besides")
             : BT_REFUSAL_NONE;
}

/* Where the policy names another claim for it, that one must be there; and an `aud` that is there
 * besides counts all the same, but for null, which names nobody (as devise-jwt writes it). rule 14:
 * RFC 7519 section 4.1.3: "when this claim is present" */
static bt_refusal check_audience(bt_result *r) {
  const json_member *aud = claim(r, CLAIM_AUD);
  str other = r->issuer->audience_claim;
  claim_value value;
  if (!other.ptr)
    return aud ? check_audience_in(r, aud->raw) : refuse(r, BT_AUD_MISSING, NULL);
  if (claim_find(&r->token.claims, other, &value) != FOUND_ONE)
    return refuse(r, BT_AUD_MISSING, "`%.*s`, which the policy names for it", STR_ARG(other));
  bt_refusal why = check_audience_in(r, value.raw);
  if (why)
    return refuse(r, why, "in `%.*s`, which the policy names for it", STR_ARG(other));
  bool counts = aud && aud->kind != JSON_NULL;
  return counts ? check_audience_in(r, aud->raw) : BT_REFUSAL_NONE;
}

/* ---- times ----------------------------------------------------------------------------------- */

static const double LATEST =
    253402300799.0; /* the last second of the year 9999: later is no time anybody means */

/* NAN when absent. rule 15: RFC 7519 section 2, NumericDate: a number, not a string of digits */
static bt_refusal read_time(bt_result *r, known_claim which, const char *name, double *out) {
  const json_member *m = claim(r, which);
  *out = NAN;
  if (!m)
    return BT_REFUSAL_NONE;
  if (m->kind != JSON_NUMBER || !json_number(m->raw, out) || *out < 0 || *out > LATEST)
    return refuse(r, BT_TIME_INVALID, "`%s`", name);
  return BT_REFUSAL_NONE;
}

static void time_text(double seconds, char out[32]) {
  time_t whole = (time_t)seconds;
  struct tm parts;
  if (!gmtime_r(&whole, &parts) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts))
    out[0] = 0;
}

enum { CLOCKS_MAX = 120 }; /* seconds by which two clocks may well differ */

/* A wrong clock looks like a wrong token, so both times are told. */
static bt_refusal refuse_time(bt_result *r, bt_refusal why, double by, const char *name,
                              double value) {
  char amount[64], told[32], clock[32];
  snprintf(amount, sizeof amount, why == BT_EXPIRED ? "%.0f s ago" : "by %.0f s", by);
  time_text(value, told);
  time_text(r->now, clock);
  return refuse(r, why, "%s: `%s` is %s, the clock here says %s%s", amount, name, told, clock,
                by < CLOCKS_MAX ? "; leeway: 30s lets clocks differ" : "");
}

/* rule 15: RFC 7519 sections 4.1.4 to 4.1.6 */
static bt_refusal check_times(bt_result *r) {
  const issuer_rule *rule = r->issuer;
  double exp, nbf, iat;
  bt_refusal why = read_time(r, CLAIM_EXP, "exp", &exp);
  if (!why)
    why = read_time(r, CLAIM_NBF, "nbf", &nbf);
  if (!why)
    why = read_time(r, CLAIM_IAT, "iat", &iat);
  if (why)
    return why;
  r->expires = exp;
  r->issued = iat;
  if (isnan(exp) && !rule->exp_optional)
    return refuse(r, BT_EXP_MISSING, NULL);
  if (r->now >= exp + rule->leeway)
    return refuse_time(r, BT_EXPIRED, r->now - exp, "exp", exp);
  if (nbf > r->now + rule->leeway)
    return refuse_time(r, BT_NOT_YET_VALID, nbf - r->now, "nbf", nbf);
  if (iat > r->now + rule->leeway)
    return refuse_time(r, BT_ISSUED_IN_FUTURE, iat - r->now, "iat", iat);
  if (rule->max_lifetime > 0 && isnan(iat))
    return refuse(r, BT_IAT_MISSING, NULL);
  if (rule->max_lifetime > 0 && exp - iat > rule->max_lifetime)
    return refuse(r, BT_LIFETIME_TOO_LONG, "%.0f s", exp - iat);
  return BT_REFUSAL_NONE;
}

/* ---- required claims ------------------------------------------------------------------------- */

static bt_refusal check_text(bt_result *r, str name, const claim_value *value) {
  str text;
  if (!claim_text(value, r->item, &text))
    return refuse(r, BT_CLAIM_INVALID, "`%.*s` is no string", STR_ARG(name));
  if (!text.len)
    return refuse(r, BT_CLAIM_INVALID, "`%.*s` is empty", STR_ARG(name));
  if (text.len > CLAIM_TEXT_MAX)
    return refuse(r, BT_CLAIM_INVALID, "`%.*s` is too long", STR_ARG(name));
  if (memchr(text.ptr, 0, text.len))
    return refuse(r, BT_CLAIM_INVALID, "`%.*s` holds a NUL", STR_ARG(name));
  return BT_REFUSAL_NONE;
}

static bt_refusal check_own_text(bt_result *r, str name, known_claim which) {
  const json_member *m = claim(r, which);
  claim_value value = {.raw = m ? m->raw : STR(""), .member = m};
  return m ? check_text(r, name, &value) : BT_REFUSAL_NONE;
}

/* rule 16: what the policy requires is there; RFC 7519 sections 4.1.2 and 4.1.7: `sub` and `jti`
 * are strings anyway */
static bt_refusal check_required(bt_result *r) {
  const str_list *names = &r->issuer->required;
  for (size_t i = 0; i < names->len; i++) {
    claim_value value;
    if (claim_find(&r->token.claims, names->at[i], &value) != FOUND_ONE)
      return refuse(r, BT_CLAIM_MISSING, "`%.*s`", STR_ARG(names->at[i]));
    bt_refusal why = check_text(r, names->at[i], &value);
    if (why)
      return why;
  }
  for (size_t i = 0; i < r->issuer->present.len; i++)
    if (!json_find(&r->token.claims, r->issuer->present.at[i]))
      return refuse(r, BT_CLAIM_MISSING, "`%.*s`", STR_ARG(r->issuer->present.at[i]));
  bt_refusal why = check_own_text(r, STR("sub"), CLAIM_SUB);
  return why ? why : check_own_text(r, STR("jti"), CLAIM_JTI);
}

bt_refusal claims_check(bt_result *r) {
  bt_refusal why = check_times(r);
  if (!why)
    why = check_audience(r);
  if (!why)
    why = check_required(r);
  if (!why)
    why = demands_check(r);
  return why;
}

/* ---- revocation and replay ------------------------------------------------------------------- */

static str text_claim(const bt_result *r, known_claim which) {
  const json_member *m = claim(r, which);
  return m && m->kind == JSON_STRING ? m->text : (str){0};
}

bt_refusal revocation_check(bt_result *r, const revocations *revoked) {
  if (!revoked)
    return BT_REFUSAL_NONE;
  if (!revocations_are_read(revoked))
    return refuse(r, BT_REVOCATION_UNREAD, NULL);
  revocation_facts facts = {.issuer =
                                r->issuer->name.ptr ? r->issuer->name : r->issuer->trust_domain,
                            .jti = text_claim(r, CLAIM_JTI),
                            .sub = text_claim(r, CLAIM_SUB),
                            .kid = str_from(r->kid, r->kid_len),
                            .has_issued = !isnan(r->issued),
                            .issued = r->issued};
  return revocations_hold(revoked, &facts, r->now) ? refuse(r, BT_REVOKED, NULL) : BT_REFUSAL_NONE;
}

/* rule 17: RFC 7519 section 4.1.7: `jti` with its issuer, until the token would be refused for its
 * age anyway */
bt_refusal replay_check_token(bt_result *r) {
  if (!r->issuer->replay)
    return BT_REFUSAL_NONE;
  str jti = text_claim(r, CLAIM_JTI);
  if (!jti.len)
    return refuse(r, BT_CLAIM_MISSING, "`jti`");
  str issuer = r->issuer->name.ptr ? r->issuer->name : r->issuer->trust_domain;
  switch (replay_check(policy_replay(r->policy), 't', issuer, jti, r->expires + r->issuer->leeway,
                       r->now)) {
  case REPLAY_NEW:
    return BT_REFUSAL_NONE;
  case REPLAY_SEEN:
    return refuse(r, BT_REPLAYED, NULL);
  default:
    return refuse(r, BT_REPLAY_MEMORY_FULL, NULL);
  }
}

/* ---- scopes ---------------------------------------------------------------------------------- */

static void grant(bt_result *r, const policy_rules *rules, str raw) {
  for (size_t i = 0; i < rules->scopes.len; i++)
    if (json_string_is(raw, rules->scopes.at[i]))
      r->scopes[i / 64] |= 1ULL << i % 64;
}

static void grant_text(bt_result *r, const policy_rules *rules, str text) {
  str rest = text, word;
  while (str_next(&rest, ' ', &word)) /* RFC 8693 section 4.2: divided by spaces */
    for (size_t i = 0; i < rules->scopes.len; i++)
      if (str_eq(word, rules->scopes.at[i]))
        r->scopes[i / 64] |= 1ULL << i % 64;
}

/* rule 21: only what the allow list holds is granted, by equality alone */
bt_refusal scopes_check(bt_result *r) {
  const policy_rules *rules = policy_rules_of(r->policy);
  memset(r->scopes, 0, sizeof r->scopes);
  claim_value scope;
  str text, name, item;
  claim_found found = rules->scope_claim.ptr
                          ? claim_find(&r->token.claims, rules->scope_claim, &scope)
                          : FOUND_NONE;
  if (found == FOUND_NONE)
    return BT_REFUSAL_NONE;
  if (found == FOUND_SEVERAL)
    return refuse(r, BT_SCOPE_INVALID, "it is there in two ways");
  if (claim_text(&scope, r->item, &text)) {
    grant_text(r, rules, text);
    return BT_REFUSAL_NONE;
  }
  if (json_kind(scope.raw) != JSON_ARRAY)
    return refuse(r, BT_SCOPE_INVALID, NULL);
  json_walk w = json_walk_of(scope.raw);
  while (json_next(&w, &name, &item)) {
    if (json_kind(item) != JSON_STRING)
      return refuse(r, BT_SCOPE_INVALID, "a member is no string");
    grant(r, rules, item);
  }
  return BT_REFUSAL_NONE;
}
