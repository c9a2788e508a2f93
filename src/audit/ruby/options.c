/* The options of a call, wherever they are written: hash, keywords, splat, merge, a constant, a
 * method of this file. */
#include "audit/ruby/jwt.h"

bool node_has(const node *n, const char *text) {
  return n && str_contains(n->text, str_of(text));
}

bool node_is_list(const node *n) {
  return n && (n->kind == N_array || n->kind == N_string_array || n->kind == N_symbol_array);
}

str node_name(const node *call) {
  const node *name = ast_kid(call, F_method);
  return name ? name->text : STR("");
}

static void add_call(option_set *o, const node *n) {
  static const char *const keeps[] = {"symbolize_keys", "deep_symbolize_keys", "to_h", "compact",
                                      "with_indifferent_access"};
  const node *args = ast_kid(n, F_arguments);
  bool merges = str_contains(node_name(n), STR("merge")), kept = merges;
  for (size_t i = 0; i < sizeof keeps / sizeof *keeps; i++)
    kept |= str_eq(node_name(n), str_of(keeps[i]));
  if (kept && ast_kid(n, F_receiver))
    options_add(o, ast_kid(n, F_receiver));
  else
    o->known = false;
  for (size_t i = 0; merges && args && i < args->count; i++)
    options_add(o, args->kids[i]);
}

static node *made_pair(arena *a, node *key, node *given, const node *at) {
  node *pair = arena_make(a, node), *k = arena_make(a, node), *v = arena_make(a, node);
  *pair = *at, *k = *key, *v = *given;
  k->field = F_key, v->field = F_value;
  pair->kind = N_pair;
  pair->kids = arena_alloc(a, 2 * sizeof *pair->kids);
  pair->kids[0] = k, pair->kids[1] = v;
  pair->count = 2;
  return pair;
}

/* opts = {...}; opts[:iss] = 'x': all that the method writes to the name. */
static bool add_written(option_set *o, const node *n, str name) {
  const node *left = n->kind == N_assignment ? ast_kid(n, F_left) : NULL,
             *right = n->kind == N_assignment ? ast_kid(n, F_right) : NULL;
  bool any = false;
  if (left && right && left->kind == N_identifier && str_eq(left->text, name) &&
      right->kind == N_hash) {
    options_add(o, right);
    any = true;
  }
  if (left && right && left->kind == N_element_reference && left->count == 2 &&
      str_eq(left->kids[0]->text, name) && o->count < 48)
    o->pairs[o->count++] = made_pair(o->flow->scratch, left->kids[1], (node *)(uintptr_t)right, n);
  for (size_t i = 0; i < n->count; i++)
    any |= add_written(o, n->kids[i], name);
  return any;
}

/* options = options.merge(...) names itself: what is asked for without end is not known. */
void options_add(option_set *o, const node *n) {
  enum { ASKED_MAX = 256 };

  if (++o->asked > ASKED_MAX) {
    o->known = false;
    return;
  }
  n = flow_literal(o->flow, n);
  if (n && n->kind == N_identifier && add_written(o, node_method(n), n->text))
    return;
  if (!n)
    return;
  if (n->kind == N_pair && o->count < 48) {
    o->pairs[o->count++] = n;
  } else if (n->kind == N_hash) {
    for (size_t i = 0; i < n->count; i++)
      options_add(o, n->kids[i]);
  } else if (n->kind == N_hash_splat_argument && n->count) {
    options_add(o, n->kids[0]);
  } else if (n->kind == N_call) {
    add_call(o, n);
  } else if (n->kind != N_true && n->kind != N_false && n->kind != N_nil && n->kind != N_string &&
             n->kind != N_block_argument && n->kind != N_assignment) {
    o->known = false;
  }
}

const node *option_named(const option_set *o, const char *name) {
  for (size_t i = o->count; i-- > 0;) {
    const node *key = ast_kid(o->pairs[i], F_key);
    str text = ast_literal(o->flow->scratch, key);
    if (text.ptr && str_eq(text, str_of(name))) {
      const node *v = ast_kid(o->pairs[i], F_value);
      return v ? flow_literal(o->flow, v) : key;
    }
  }
  return NULL;
}

static bool within(flow *f, const node *n, bool (*fits)(str text), unsigned depth) {
  n = flow_literal(f, n);
  if (!n || depth > 6)
    return false;
  str text = ast_literal(f->scratch, n);
  if (text.ptr)
    return fits(text);
  bool looks = node_is_list(n) || n->kind == N_hash || n->kind == N_pair ||
               n->kind == N_conditional || n->kind == N_binary || n->kind == N_call ||
               n->kind == N_argument_list || n->kind == N_parenthesized_statements ||
               n->kind == N_element_reference;
  for (size_t i = 0; looks && i < n->count; i++) {
    field_kind part = n->kids[i]->field;
    if (part != F_condition && part != F_key && part != F_receiver && part != F_method &&
        within(f, n->kids[i], fits, depth + 1))
      return true;
  }
  return false;
}

bool literal_within(flow *f, const node *n, bool (*fits)(str text)) {
  return within(f, n, fits, 0);
}
