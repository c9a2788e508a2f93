/* What a policy says, for those who enforce it. */
#include "token/strict.h"

#include <stdio.h>

bt_mode bt_policy_mode(const bt_policy *p) {
  return policy_rules_of(p)->mode;
}

bool bt_policy_paths_allowed(const bt_policy *p) {
  return policy_rules_of(p)->paths.allowed != 0;
}

bt_override bt_policy_override(const bt_policy *p) {
  return policy_rules_of(p)->method_override;
}

size_t bt_policy_place_count(const bt_policy *p) {
  return policy_rules_of(p)->places.len;
}

bt_place bt_policy_place(const bt_policy *p, size_t i) {
  const policy_rules *r = policy_rules_of(p);
  return i < r->places.len ? r->places.at[i] : (bt_place){0};
}

bt_text bt_policy_resource_metadata(const bt_policy *p) {
  return text_of_str(policy_rules_of(p)->resource_metadata);
}

size_t bt_policy_forward_count(const bt_policy *p) {
  return policy_rules_of(p)->forwards.len;
}

bt_forward bt_policy_forward(const bt_policy *p, size_t i) {
  const policy_rules *r = policy_rules_of(p);
  return i < r->forwards.len ? r->forwards.at[i] : (bt_forward){0};
}

bt_text bt_policy_revocation_file(const bt_policy *p) {
  return text_of_str(policy_rules_of(p)->revocation.file);
}

bt_text bt_policy_revocation_database(const bt_policy *p) {
  return text_of_str(policy_rules_of(p)->revocation.database);
}

size_t bt_policy_issuer_count(const bt_policy *p) {
  return policy_rules_of(p)->issuers.len;
}

static bt_keys_state state_of(const issuer_keys *k, const key_source *source, double now) {
  if (source->kind == BT_KEYS_INTROSPECTION)
    return BT_KEYS_READY; /* it needs none */
  size_t usable = 0;
  for (size_t i = 0; i < k->keys.len; i++)
    usable += k->keys.at[i]->retires == 0 || now < k->keys.at[i]->retires;
  if (!usable || (k->good_until != 0 && now >= k->good_until))
    return BT_KEYS_NONE;
  return k->fresh_until != 0 && now > k->fresh_until ? BT_KEYS_STALE : BT_KEYS_READY;
}

bt_issuer bt_policy_issuer(const bt_policy *p, size_t i, double now) {
  const policy_rules *r = policy_rules_of(p);
  unsigned slot;
  if (i >= r->issuers.len)
    return (bt_issuer){0};
  const issuer_rule *rule = &r->issuers.at[i];
  const snapshot *s = policy_hold(p, 0, &slot);
  const issuer_keys *k = &s->issuers[i];
  bt_issuer out = {.issuer = text_of_str(rule->name.ptr ? rule->name : rule->trust_domain),
                   .kind = rule->keys.kind,
                   .source = text_of_str(rule->keys.source),
                   .path = text_of_str(rule->keys.secret_path),
                   .ca = text_of_str(rule->keys.ca),
                   .cert = text_of_str(rule->keys.cert),
                   .cert_key = text_of_str(rule->keys.cert_key),
                   .state = state_of(k, &rule->keys, now),
                   .key_count = k->keys.len,
                   .loaded = k->loaded,
                   .good_until = k->good_until};
  policy_release(p, 0, slot);
  return out;
}

bt_text bt_policy_guard_only(const bt_policy *p) {
  const policy_rules *r = policy_rules_of(p);
  for (size_t i = 0; i < r->issuers.len; i++)
    if (keys_fetched(r->issuers.at[i].keys.kind) && !keys_by_url(r->issuers.at[i].keys.kind))
      return text_of_str(r->issuers.at[i].keys.source);
  return (bt_text){0};
}

static void put_key(const verify_key *k, char *line, size_t size) {
  static const char *const kinds[] = {
      [KEY_SECRET] = "HMAC secret", [KEY_RSA] = "RSA", [KEY_EC] = "EC", [KEY_OKP] = "Ed25519"};
  int n =
      snprintf(line, size, "%s%s%s of %d bits, kid %.*s%s%s", kinds[k->kind], k->curve ? " " : "",
               k->curve ? k->curve : "", k->bits, STR_ARG(k->kid.ptr ? k->kid : STR("none")),
               k->only ? ", only " : "", k->only ? k->only->name : "");
  size_t used = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
  if (*k->thumbprint)
    snprintf(line + used, size - used, ", thumbprint %s", k->thumbprint);
}

bool bt_policy_key_line(const bt_policy *p, size_t i, size_t k, char *line, size_t size) {
  unsigned slot;
  if (i >= policy_rules_of(p)->issuers.len || !size)
    return false;
  const snapshot *s = policy_hold(p, 0, &slot);
  const key_row *row = &s->issuers[i].keys;
  bool there = k < row->len;
  if (there)
    put_key(row->at[k], line, size);
  policy_release(p, 0, slot);
  return there;
}
