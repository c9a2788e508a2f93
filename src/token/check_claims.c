/* The claims that the policy names (RFC 7519 section 4.1). */
#include "token/strict.h"
#include "token/revocation.h"

#include <math.h>

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
  return refuse(r, iss ? BT_ISS_UNKNOWN : BT_ISS_MISSING, NULL);
}

/* ---- audience -------------------------------------------------------------------------------- */

static bool is_audience(const issuer_rule *rule, str raw) {
  for (size_t i = 0; i < rule->audiences.len; i++)
    if (json_string_is(raw, rule->audiences.at[i]))
      return true;
  return false;
}

/* rule 14: RFC 7519 section 4.1.3, RFC 8725 section 3.9, CVE-2020-26160 */
static bt_refusal check_audience(bt_result *r) {
  const json_member *aud = claim(r, CLAIM_AUD);
  size_t ours = 0, others = 0;
  if (!aud)
    return refuse(r, BT_AUD_MISSING, NULL);
  if (aud->kind == JSON_STRING) {
    ours = is_audience(r->issuer, aud->raw);
  } else if (aud->kind == JSON_ARRAY) {
    json_walk w = json_walk_of(aud->raw);
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
    return refuse(r, BT_EXPIRED, "%.0f s ago", r->now - exp);
  if (nbf > r->now + rule->leeway)
    return refuse(r, BT_NOT_YET_VALID, "for %.0f s", nbf - r->now);
  if (iat > r->now + rule->leeway)
    return refuse(r, BT_ISSUED_IN_FUTURE, "by %.0f s", iat - r->now);
  if (rule->max_lifetime > 0 && isnan(iat))
    return refuse(r, BT_IAT_MISSING, NULL);
  if (rule->max_lifetime > 0 && exp - iat > rule->max_lifetime)
    return refuse(r, BT_LIFETIME_TOO_LONG, "%.0f s", exp - iat);
  return BT_REFUSAL_NONE;
}

/* ---- required claims ------------------------------------------------------------------------- */

static bt_refusal check_text(bt_result *r, str name, const json_member *m) {
  if (m->kind != JSON_STRING)
    return refuse(r, BT_CLAIM_INVALID, "`%.*s` is no string", STR_ARG(name));
  if (!m->text.len)
    return refuse(r, BT_CLAIM_INVALID, "`%.*s` is empty", STR_ARG(name));
  if (m->text.len > CLAIM_TEXT_MAX)
    return refuse(r, BT_CLAIM_INVALID, "`%.*s` is too long", STR_ARG(name));
  if (memchr(m->text.ptr, 0, m->text.len))
    return refuse(r, BT_CLAIM_INVALID, "`%.*s` holds a NUL", STR_ARG(name));
  return BT_REFUSAL_NONE;
}

/* rule 16: what the policy requires is there; RFC 7519 sections 4.1.2 and 4.1.7: `sub` and `jti`
 * are strings anyway */
static bt_refusal check_required(bt_result *r) {
  const str_list *names = &r->issuer->required;
  for (size_t i = 0; i < names->len; i++) {
    const json_member *m = json_find(&r->token.claims, names->at[i]);
    if (!m)
      return refuse(r, BT_CLAIM_MISSING, "`%.*s`", STR_ARG(names->at[i]));
    bt_refusal why = check_text(r, names->at[i], m);
    if (why)
      return why;
  }
  for (size_t i = 0; i < r->issuer->present.len; i++)
    if (!json_find(&r->token.claims, r->issuer->present.at[i]))
      return refuse(r, BT_CLAIM_MISSING, "`%.*s`", STR_ARG(r->issuer->present.at[i]));
  const json_member *sub = claim(r, CLAIM_SUB), *jti = claim(r, CLAIM_JTI);
  bt_refusal why = sub ? check_text(r, STR("sub"), sub) : BT_REFUSAL_NONE;
  if (!why && jti)
    why = check_text(r, STR("jti"), jti);
  return why;
}

bt_refusal claims_check(bt_result *r) {
  bt_refusal why = check_times(r);
  if (!why)
    why = check_audience(r);
  if (!why)
    why = check_required(r);
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
  const json_member *m =
      rules->scope_claim.ptr ? json_find(&r->token.claims, rules->scope_claim) : NULL;
  if (!m)
    return BT_REFUSAL_NONE;
  if (m->kind == JSON_STRING) {
    grant_text(r, rules, m->text);
    return BT_REFUSAL_NONE;
  }
  if (m->kind != JSON_ARRAY)
    return refuse(r, BT_SCOPE_INVALID, NULL);
  json_walk w = json_walk_of(m->raw);
  str name, value;
  while (json_next(&w, &name, &value)) {
    if (json_kind(value) != JSON_STRING)
      return refuse(r, BT_SCOPE_INVALID, "a member is no string");
    grant(r, rules, value);
  }
  return BT_REFUSAL_NONE;
}
