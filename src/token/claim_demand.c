/* What a policy demands of claims' values (`claims:`), for what an issuer signs is often true of
 * more than the owner means: another kind of token, another tenant, another repository. rule 16 */
#include "token/strict.h"

/* By type and value: the text "1" is not the number 1, and "true" is not true. */
static bool value_is(str raw, const demanded_value *wanted) {
  if (json_kind(raw) != wanted->kind)
    return false;
  if (wanted->kind == JSON_STRING)
    return json_string_is(raw, wanted->text);
  return wanted->kind != JSON_NUMBER || decimal_same(raw, wanted->text);
}

static bool is_one_of(const claim_demand *demand, str raw) {
  for (size_t i = 0; i < demand->values.len; i++)
    if (value_is(raw, &demand->values.at[i]))
      return true;
  return false;
}

static bool array_holds(str array, const demanded_value *wanted) {
  json_walk w = json_walk_of(array);
  str unused, item;
  while (json_next(&w, &unused, &item))
    if (value_is(item, wanted))
      return true;
  return false;
}

static size_t count_held(const claim_demand *demand, str array) {
  size_t held = 0;
  for (size_t i = 0; i < demand->values.len; i++)
    held += array_holds(array, &demand->values.at[i]);
  return held;
}

/* The prefix ends with a separator (the policy does not load otherwise), and something follows. */
static bool has_prefix(const claim_demand *demand, str text) {
  for (size_t i = 0; i < demand->values.len; i++) {
    str prefix = demand->values.at[i].text;
    if (text.len > prefix.len && str_starts(text, prefix))
      return true;
  }
  return false;
}

static bool demand_met(bt_result *r, const claim_demand *demand, const claim_value *value) {
  bool is_array = json_kind(value->raw) == JSON_ARRAY;
  str text;
  switch (demand->kind) {
  case DEMAND_ONE_OF:
    return is_one_of(demand, value->raw);
  case DEMAND_CONTAINS_ANY:
    return is_array && count_held(demand, value->raw) > 0;
  case DEMAND_CONTAINS_ALL:
    return is_array && count_held(demand, value->raw) == demand->values.len;
  case DEMAND_PREFIX:
    return claim_text(value, r->item, &text) && has_prefix(demand, text);
  }
  return false;
}

/* What the reader of a log needs when the two are not even of one kind. */
static const char *kind_hint(const claim_demand *demand, str raw) {
  value_kind has = json_kind(raw), wants = demand->values.at[0].kind;
  bool wants_array = demand->kind == DEMAND_CONTAINS_ANY || demand->kind == DEMAND_CONTAINS_ALL;
  if (wants_array)
    return has == JSON_ARRAY ? "" : ": it is no array";
  if (has == JSON_ARRAY)
    return ": it is an array, which `contains` is for";
  if (has == JSON_STRING && wants == JSON_NUMBER)
    return ": it is text; the policy demands a number: quotes make it text";
  if (has == JSON_NUMBER && wants == JSON_STRING)
    return ": it is a number; the policy demands text";
  return has == JSON_OBJECT ? ": it is an object: name the member in it" : "";
}

/* rule 16: RFC 7519 section 4.3, RFC 8725 section 3.12: what tells one kind of token from another
 */
bt_refusal demands_check(bt_result *r) {
  for (size_t i = 0; i < r->issuer->demands.len; i++) {
    const claim_demand *demand = &r->issuer->demands.at[i];
    claim_value value;
    claim_found found = claim_find(&r->token.claims, demand->claim, &value);
    if (found == FOUND_NONE)
      return refuse(r, BT_CLAIM_MISMATCH, "`%.*s` is missing", STR_ARG(demand->claim));
    if (found == FOUND_SEVERAL)
      return refuse(r, BT_CLAIM_MISMATCH, "`%.*s` is there in two ways", STR_ARG(demand->claim));
    if (!demand_met(r, demand, &value))
      return refuse(r, BT_CLAIM_MISMATCH, "`%.*s`%s", STR_ARG(demand->claim),
                    kind_hint(demand, value.raw));
  }
  return BT_REFUSAL_NONE;
}
