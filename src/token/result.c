/* What a result says. Claims of a refused token are not shown. */
#include "token/strict.h"

#ifndef BATTEN_VERSION
#define BATTEN_VERSION "0.0.0"
#endif

const char *bt_version(void) {
  return BATTEN_VERSION;
}

bt_refusal bt_result_refusal(const bt_result *r) {
  return r->refusal;
}

const char *bt_result_detail(const bt_result *r) {
  return r->detail;
}

bool bt_result_cached(const bt_result *r) {
  return r->cached;
}

size_t bt_result_issuer_index(const bt_result *r) {
  return r->issuer ? r->issuer_index : SIZE_MAX;
}

bt_text bt_result_kid(const bt_result *r) {
  return r->kid_len ? (bt_text){r->kid, r->kid_len} : (bt_text){NULL, 0};
}

bt_text bt_result_issuer(const bt_result *r) {
  if (!r->issuer)
    return (bt_text){NULL, 0};
  return text_of_str(r->issuer->name.ptr ? r->issuer->name : r->issuer->trust_domain);
}

static bool claim_of(const bt_result *r, const char *name, claim_value *out) {
  return r->status == BT_ACCEPTED && claim_find(&r->token.claims, str_of(name), out) == FOUND_ONE;
}

bt_text bt_claims_json(const bt_result *r) {
  return r->status == BT_ACCEPTED ? text_of_str(r->token.payload_json) : (bt_text){NULL, 0};
}

bt_text bt_claim_json(const bt_result *r, const char *name) {
  claim_value value;
  return claim_of(r, name, &value) ? text_of_str(value.raw) : (bt_text){NULL, 0};
}

bt_text bt_claim_text(const bt_result *r, const char *name) {
  claim_value value;
  str text;
  bool there = claim_of(r, name, &value) && claim_text(&value, r->item, &text);
  return there ? text_of_str(text) : (bt_text){NULL, 0};
}

bool bt_claim_number(const bt_result *r, const char *name, double *out) {
  claim_value value;
  return claim_of(r, name, &value) && json_kind(value.raw) == JSON_NUMBER &&
         json_number(value.raw, out);
}

bool bt_claim_bool(const bt_result *r, const char *name, bool *out) {
  claim_value value;
  if (!claim_of(r, name, &value))
    return false;
  value_kind kind = json_kind(value.raw);
  *out = kind == JSON_TRUE;
  return kind == JSON_TRUE || kind == JSON_FALSE;
}

size_t bt_claim_item_count(const bt_result *r, const char *name) {
  claim_value claim;
  if (!claim_of(r, name, &claim))
    return 0;
  json_walk w = json_walk_of(claim.raw);
  str unused, item;
  size_t n = json_kind(claim.raw) == JSON_STRING;
  while (!w.object && json_next(&w, &unused, &item))
    n += json_kind(item) == JSON_STRING;
  return n;
}

bt_text bt_claim_item(bt_result *r, const char *name, size_t i) {
  claim_value claim;
  str text, unused, item;
  if (!claim_of(r, name, &claim))
    return (bt_text){NULL, 0};
  if (claim_text(&claim, r->item, &text))
    return i == 0 ? text_of_str(text) : (bt_text){NULL, 0};
  json_walk w = json_walk_of(claim.raw);
  while (!w.object && json_next(&w, &unused, &item))
    if (json_kind(item) == JSON_STRING && i-- == 0) {
      size_t len = json_string_decode(item, r->item);
      return len == SIZE_MAX ? (bt_text){NULL, 0} : (bt_text){r->item, len};
    }
  return (bt_text){NULL, 0};
}

/* ---- scopes ---------------------------------------------------------------------------------- */

static bool granted(const bt_result *r, size_t i) {
  return r->status == BT_ACCEPTED && r->scopes[i / 64] >> i % 64 & 1;
}

size_t bt_scope_count(const bt_result *r) {
  size_t n = 0;
  for (size_t i = 0; r->status == BT_ACCEPTED && i < 4; i++)
    for (uint64_t left = r->scopes[i]; left; left &= left - 1)
      n++;
  return n;
}

bt_text bt_scope(const bt_result *r, size_t i) {
  if (r->status != BT_ACCEPTED)
    return (bt_text){NULL, 0};
  const str_list *all = &policy_rules_of(r->policy)->scopes;
  for (size_t k = 0; k < all->len; k++)
    if (granted(r, k) && i-- == 0)
      return text_of_str(all->at[k]);
  return (bt_text){NULL, 0};
}

static bool has_scope(const bt_result *r, str scope) {
  const str_list *all = &policy_rules_of(r->policy)->scopes;
  for (size_t k = 0; k < all->len; k++)
    if (str_eq(all->at[k], scope))
      return granted(r, k);
  return false;
}

bool bt_has_scope(const bt_result *r, bt_text scope) {
  return r->status == BT_ACCEPTED && has_scope(r, str_of_text(scope));
}

bool bt_may(const bt_result *r, const bt_route *route) {
  if (r->status != BT_ACCEPTED)
    return false;
  for (size_t i = 0; route && i < route->scopes.len; i++)
    if (!has_scope(r, route->scopes.at[i]))
      return false;
  return true;
}

bool bt_policy_knows_scope(const bt_policy *policy, bt_text scope) {
  const str_list *all = &policy_rules_of(policy)->scopes;
  for (size_t k = 0; k < all->len; k++)
    if (str_eq(all->at[k], str_of_text(scope)))
      return true;
  return false;
}
