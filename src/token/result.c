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

static const json_member *member_of(const bt_result *r, const char *name) {
  return r->status == BT_ACCEPTED ? json_find(&r->token.claims, str_of(name)) : NULL;
}

bt_text bt_claims_json(const bt_result *r) {
  return r->status == BT_ACCEPTED ? text_of_str(r->token.payload_json) : (bt_text){NULL, 0};
}

bt_text bt_claim_json(const bt_result *r, const char *name) {
  const json_member *m = member_of(r, name);
  return m ? text_of_str(m->raw) : (bt_text){NULL, 0};
}

bt_text bt_claim_text(const bt_result *r, const char *name) {
  const json_member *m = member_of(r, name);
  return m && m->kind == JSON_STRING ? text_of_str(m->text) : (bt_text){NULL, 0};
}

bool bt_claim_number(const bt_result *r, const char *name, double *out) {
  const json_member *m = member_of(r, name);
  return m && m->kind == JSON_NUMBER && json_number(m->raw, out);
}

bool bt_claim_bool(const bt_result *r, const char *name, bool *out) {
  const json_member *m = member_of(r, name);
  if (!m || (m->kind != JSON_TRUE && m->kind != JSON_FALSE))
    return false;
  *out = m->kind == JSON_TRUE;
  return true;
}

size_t bt_claim_item_count(const bt_result *r, const char *name) {
  const json_member *m = member_of(r, name);
  if (!m || m->kind == JSON_STRING)
    return m != NULL;
  if (m->kind != JSON_ARRAY)
    return 0;
  json_walk w = json_walk_of(m->raw);
  str unused, value;
  size_t n = 0;
  while (json_next(&w, &unused, &value))
    n += json_kind(value) == JSON_STRING;
  return n;
}

bt_text bt_claim_item(bt_result *r, const char *name, size_t i) {
  const json_member *m = member_of(r, name);
  if (m && m->kind == JSON_STRING && i == 0)
    return text_of_str(m->text);
  if (!m || m->kind != JSON_ARRAY)
    return (bt_text){NULL, 0};
  json_walk w = json_walk_of(m->raw);
  str unused, value;
  while (json_next(&w, &unused, &value))
    if (json_kind(value) == JSON_STRING && i-- == 0) {
      size_t len = json_string_decode(value, r->item);
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
    n += (size_t)__builtin_popcountll(r->scopes[i]);
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
