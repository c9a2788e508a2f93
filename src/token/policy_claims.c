/* `claims:` of an issuer: which values of which claims a policy demands. */
#include "token/policy_read.h"

/* ---- names ----------------------------------------------------------------------------------- */

bool check_claim_name(reader *r, str name) {
  const char *fault = claim_path_fault(name);
  return !fault || problem(r->p, "'%.*s' names no claim: %s", STR_ARG(str_sub(name, 0, 64)), fault);
}

void read_claim_name(reader *r, const node *n, const char *name, void *into) {
  str text = {0};
  read_text(r, n, name, &text);
  if (text.ptr && check_claim_name(r, text))
    *(str *)into = text;
}

/* ---- values ---------------------------------------------------------------------------------- */

static void add_value(reader *r, const node *n, const char *name, claim_demand *out) {
  str text = n->text.ptr ? arena_str(r->arena, n->text) : STR("");
  demanded_value one = {.text = text};
  at_node(r, n);
  if (n->kind == NODE_TEXT && text.len) {
    one.kind = JSON_STRING;
    if (memchr(text.ptr, '*', text.len))
      problem_warn(r->p,
                   "'%.*s' under `claims`: a '*' stands for itself there; for what begins alike "
                   "write {prefix: \"repo:my-org/my-app:\"}",
                   STR_ARG(str_sub(text, 0, 64)));
  } else if (n->kind == NODE_NUMBER && decimal_is_one(text)) {
    one.kind = JSON_NUMBER;
  } else if (n->kind == NODE_BOOL) {
    one.kind = node_bool(n, false) ? JSON_TRUE : JSON_FALSE;
  } else {
    problem(r->p, "`%s` demands a value: text, a number in decimals, true or false, not %s", name,
            n->kind == NODE_TEXT ? "empty text" : node_kind_name(n->kind));
    return;
  }
  list_push(r->arena, &out->values, one);
}

static void add_values(reader *r, const node *n, const char *name, claim_demand *out) {
  if (n->kind != NODE_LIST) {
    add_value(r, n, name, out);
    return;
  }
  if (!n->items.len)
    problem(r->p, "`%s` demands one of none, which no token has: name a value", name);
  for (size_t i = 0; i < n->items.len; i++)
    add_value(r, n->items.at[i], name, out);
}

/* ---- the ways to demand them ----------------------------------------------------------------- */

static void read_contains(reader *r, const node *n, const char *name, void *into) {
  claim_demand *out = into;
  if (n->kind == NODE_LIST)
    problem(r->p, "`%s` takes one value; of several write contains_any or contains_all", name);
  else
    add_value(r, n, name, out);
  out->kind = DEMAND_CONTAINS_ALL;
}

static void read_contains_any(reader *r, const node *n, const char *name, void *into) {
  claim_demand *out = into;
  add_values(r, n, name, out);
  out->kind = DEMAND_CONTAINS_ANY;
}

static void read_contains_all(reader *r, const node *n, const char *name, void *into) {
  claim_demand *out = into;
  add_values(r, n, name, out);
  out->kind = DEMAND_CONTAINS_ALL;
}

/* Without an end that no name goes on behind, `repo:me/app` would also take `repo:me/app-evil`. */
static bool has_fixed_end(str prefix) {
  return prefix.len > 1 && strchr(":/|#", prefix.ptr[prefix.len - 1]) != NULL;
}

static void read_prefix(reader *r, const node *n, const char *name, void *into) {
  claim_demand *out = into;
  add_values(r, n, name, out);
  out->kind = DEMAND_PREFIX;
  for (size_t i = 0; i < out->values.len; i++) {
    const demanded_value *one = &out->values.at[i];
    if (one->kind != JSON_STRING)
      problem(r->p, "`%s` must be text", name);
    else if (!has_fixed_end(one->text))
      problem(r->p,
              "`%s: %.*s` has no fixed end, so names that only begin like it would fit too: end it "
              "with ':', '/', '|' or '#', such as \"repo:my-org/my-app:\"",
              name, STR_ARG(str_sub(one->text, 0, 64)));
  }
}

static const field WAYS[] = {{"contains", read_contains, 0, NULL},
                             {"contains_any", read_contains_any, 0, NULL},
                             {"contains_all", read_contains_all, 0, NULL},
                             {"prefix", read_prefix, 0, NULL},
                             {0}};

static void read_demand(reader *r, const node_entry *e, issuer_rule *out) {
  claim_demand one = {.claim = arena_str(r->arena, e->key)};
  const char *name = arena_text(r->arena, e->key);
  at_key(r, e);
  if (!check_claim_name(r, e->key))
    return;
  at_node(r, e->value);
  if (e->value->kind != NODE_MAP)
    add_values(r, e->value, name, &one);
  else if (e->value->entries.len != 1)
    problem(r->p, "`%s` takes one of contains, contains_any, contains_all and prefix", name);
  else
    read_map(r, e->value, "a demand under `claims`", WAYS, &one);
  if (one.values.len)
    list_push(r->arena, &out->demands, one);
}

void read_claims(reader *r, const node *n, const char *name, void *into) {
  if (n->kind != NODE_MAP || !n->entries.len) {
    problem(r->p,
            "`%s` must be a map of claims to the values they must have, such as {token_use: "
            "access, \"/realm_access/roles\": {contains: operator}}",
            name);
    return;
  }
  for (size_t i = 0; i < n->entries.len; i++)
    read_demand(r, &n->entries.at[i], into);
}
