/* Assignments, patterns, cases and blocks: where values get their names. */
#include "audit/ruby/inside.h"

value flow_kids(flow *f, const node *n) {
  value last = {0};
  for (size_t i = 0; i < n->count; i++)
    if (n->kids[i]->kind != N_rescue && n->kids[i]->kind != N_ensure)
      last = flow_eval(f, n->kids[i]);
  for (size_t i = 0; i < n->count; i++)
    if (n->kids[i]->kind == N_rescue || n->kids[i]->kind == N_ensure) {
      value v = flow_eval(f, n->kids[i]);
      last = value_merged(f, last, &v);
    }
  return last;
}

value flow_joined_kids(flow *f, const node *n) {
  value out = {0};
  for (size_t i = 0; i < n->count; i++) {
    value v = flow_eval(f, n->kids[i]);
    out = value_merged(f, out, &v);
  }
  out.literal = n;
  out.klass = (str){0};
  out.pair = false;
  return out;
}

value value_element(flow *f, value v, const node *n, bool header) {
  if (!v.pair)
    return v;
  v.pair = false;
  if (!header)
    return v;
  for (size_t i = 0; i < v.from.len; i++)
    if (str_eq(v.from.at[i].slot, STR("$claims")))
      v.from.at[i].slot = STR("$header");
  return value_stepped(f, v, n, "the header of the token", 0);
}

value value_part(value v, int number) {
  v.part = number == 0 ? PART_HEADER : number == 1 ? PART_PAYLOAD : PART_NONE;
  return v;
}

/* What one place of a request writes and another reads: by its key, whatever the store is called
 * from. */
str flow_shared_slot(flow *f, const node *n) {
  static const char *const stores[] = {"request.env",    "env",          "RequestStore.store",
                                       "Thread.current", "RequestStore", NULL};
  const node *store = n->count > 1 ? n->kids[0] : NULL;
  str key = store && flow_in(store->text, stores) ? ast_literal(f->scratch, n->kids[1]) : (str){0};
  if (!key.len || str_starts(key, STR("HTTP_")))
    return STR("");
  return flow_slot(f, 'C', STR(""),
                   arena_printf(f->scratch, "%s[%.*s]",
                                str_ends(store->text, STR("env")) ? "env" : "store", STR_ARG(key)));
}

static void assign(flow *f, const node *left, value v, const node *at) {
  v = value_stepped(f, v, at, "assigned", 0);
  if (left->kind == N_identifier || left->kind == N_instance_variable ||
      left->kind == N_global_variable || left->kind == N_class_variable)
    scope_bind(f, left->text, v);
  if (left->kind == N_instance_variable || left->kind == N_class_variable)
    flow_into(f, &v, flow_slot(f, 'I', f->klass, left->text));
  if (left->kind == N_constant)
    list_push(f->scratch, &f->constants, (binding){left->text, v});
  if (left->kind == N_constant || left->kind == N_global_variable)
    flow_into(f, &v, flow_slot(f, 'C', STR(""), left->text));
  if (left->kind == N_call && ast_kid(left, F_receiver)) { /* self.x = v */
    const node *name = ast_kid(left, F_method);
    if (name && ast_kid(left, F_receiver)->kind == N_self)
      flow_into(
          f, &v,
          flow_slot(f, 'I', f->klass, arena_printf(f->scratch, "@%.*s", STR_ARG(name->text))));
    value *held = name && IN(name->text, "host", "hostname")
                      ? scope_find(&f->scope, ast_kid(left, F_receiver)->text)
                      : NULL;
    if (held)
      *held = value_merged(f, *held, &v);
    if (name && str_ends(ast_kid(left, F_receiver)->text, STR("Current")))
      flow_into(f, &v,
                flow_slot(f, 'C', STR(""),
                          arena_printf(f->scratch, "Current.%.*s", STR_ARG(name->text))));
  }
  sinks_assigned(f, left, &v);
  if (left->kind == N_element_reference &&
      left->count) { /* h[:x] = v: the collection now holds it */
    value *held = scope_find(&f->scope, left->kids[0]->text);
    const node *standard = held ? held->standard : NULL;
    if (held)
      *held = value_merged(f, *held, &v), held->standard = standard;
    str slot = flow_shared_slot(f, left);
    if (slot.len)
      flow_into(f, &v, slot);
  }
}

/* Struct.new(:a), Data.define(:a): its objects hold what they are made from. */
bool flow_makes_struct(const node *n) {
  const node *receiver = n->kind == N_call ? ast_kid(n, F_receiver) : NULL,
             *name = ast_kid(n, F_method);
  return receiver && name &&
         ((str_eq(receiver->text, STR("Struct")) && str_eq(name->text, STR("new"))) ||
          (str_eq(receiver->text, STR("Data")) && str_eq(name->text, STR("define"))));
}

/* What is called for claims, and comes from a call that verifies a token: a gem's or a front end's
 * own verifier. */
static bool verified_claims(const node *left, const node *right) {
  static const char *const verbs[] = {"verif", "decod", "validat", "authentic"};
  str name = left->kind == N_identifier || left->kind == N_instance_variable ? left->text : STR(""),
      text = right->text;
  bool claims = str_ends(name, STR("claims")),
       payload = str_ends(name, STR("payload")) || str_starts(name, STR("@decoded"));
  if (!claims &&
      !(payload && (str_icontains(text, STR("token")) || str_icontains(text, STR("jwt")))))
    return false;
  for (int i = 0; right && i < 8; i++) {
    const node *method = right->kind == N_call ? ast_kid(right, F_method) : NULL;
    for (size_t v = 0; method && v < sizeof verbs / sizeof *verbs; v++)
      if (str_icontains(method->text, str_of(verbs[v])) && (claims || ast_kid(right, F_arguments)))
        return true;
    right = right->kind == N_element_reference || right->kind == N_rescue_modifier
                ? right->count ? right->kids[0] : NULL
                : ast_kid(right, F_receiver);
  }
  return false;
}

static value with_verified(flow *f, value v, const node *left, const node *right, const node *at) {
  if (!verified_claims(left, right))
    return v;
  f->facts->decodes = true;
  value claims = value_from_slot(f, at, STR("$claims"), "claims of the verified token");
  return value_merged(f, v, &claims);
}

/* What one name of several gets; node NULL where it is not written out. */
typedef struct {
  const node *node;
  value value;
} share;

static bool written_out(const node *right) {
  bool list = right && (right->kind == N_right_assignment_list || right->kind == N_array);
  for (size_t i = 0; list && i < right->count; i++)
    list = right->kids[i]->kind != N_splat_argument;
  return list;
}

/* The share of the i-th of `names`; behind a *rest one counts from the end. */
static share share_of(flow *f, const node *right, value v, size_t i, size_t names, bool behind_rest,
                      const node *at) {
  if (!written_out(right)) {
    value part = v.part == PART_ALL ? value_part(v, (int)i) : value_element(f, v, at, i > 0);
    part.literal = NULL;
    return (share){NULL, part};
  }
  size_t k = behind_rest ? right->count + i - names : i;
  if (k >= right->count)
    return (share){0};
  return (share){right->kids[k], flow_eval(f, right->kids[k])};
}

/* a, b = ...; (a, b), c = ...; *rest, a = ... */
static void assign_names(flow *f, const node *left, const node *right, value v, const node *at) {
  bool behind_rest = false,
       one = right && right->count == 1 && right->kids[0]->kind == N_splat_argument;
  if (one)
    v = flow_eval(f, right->kids[0]); /* a, b = *x */
  for (size_t i = 0; i < left->count; i++) {
    const node *name = left->kids[i];
    if (name->kind == N_rest_assignment) {
      behind_rest = true;
      if (name->count)
        assign(f, name->kids[0], value_element(f, v, at, i > 0), at);
      continue;
    }
    share s = share_of(f, right, v, i, left->count, behind_rest, at);
    if (name->kind == N_destructured_left_assignment)
      assign_names(f, name, s.node, s.value, at);
    else
      assign(f, name, s.value, at);
  }
}

value eval_assignment(flow *f, const node *n) {
  const node *left = ast_kid(n, F_left), *right = ast_kid(n, F_right);
  if (!left || !right)
    return (value){0};
  if (left->kind == N_constant)
    jwt_judge_constant(f, n, left->text, right);
  if (left->kind == N_constant && flow_makes_struct(right))
    list_push(f->facts->arena, &f->facts->parents, (parent_fact){left->text, STR("Struct")});
  jwt_judge_assignment(f, n, left, right);
  value v = flow_eval(f, right);
  if (!v.literal)
    v.literal = right;
  if (left->kind != N_left_assignment_list) {
    v = with_verified(f, v, left, right, n);
    assign(f, left, v, n);
  } else {
    assign_names(f, left, right, v, n);
  }
  return v;
}

value eval_operator_assignment(flow *f, const node *n) {
  const node *left = ast_kid(n, F_left), *right = ast_kid(n, F_right);
  if (!left || !right)
    return (value){0};
  value old = flow_eval(f, left), v = flow_eval(f, right);
  bool pair = v.pair;
  v = value_merged(f, v, &old);
  v.pair = pair;
  v = with_verified(f, v, left, right, n);
  v.built |= IN(n->op, "+=", "<<=");
  assign(f, left, v, n);
  return v;
}

/* Names that a pattern binds hold parts of what is matched. */
static void bind_pattern(flow *f, const node *n, value v, unsigned depth) {
  const node *key = n->kind == N_keyword_pattern ? ast_kid(n, F_key) : NULL;
  if (n->kind == N_identifier)
    scope_bind(f, n->text, v);
  if (key && !ast_kid(n, F_value))
    scope_bind(f, key->text, v);
  for (size_t i = 0; depth < 16 && i < n->count; i++)
    if (n->kids[i] != key)
      bind_pattern(f, n->kids[i], v, depth + 1);
}

value eval_match(flow *f, const node *n) {
  const node *left = ast_kid(n, F_value), *pattern = ast_kid(n, F_pattern);
  value v = left ? flow_eval(f, left) : (value){0};
  v.pair = false;
  if (pattern)
    bind_pattern(f, pattern, value_stepped(f, v, n, "taken apart", 0), 0);
  return (value){0};
}

/* when 'a', /\Ab\z/: the subject is one of these; a class or an open pattern says nothing of it. */
static void confine_to_patterns(flow *f, const node *when, const node *subject) {
  str_list texts = {0};
  for (size_t p = 0; p < when->count; p++) {
    if (when->kids[p]->field != F_pattern)
      continue;
    const node *pattern = when->kids[p]->count ? when->kids[p]->kids[0] : when->kids[p];
    if (pattern->kind == N_constant && flow_literal(f, pattern) == pattern)
      return;
    if (pattern->kind == N_regex && !flow_anchored(pattern))
      return;
  }
  flow_confine(f, subject, &texts);
  for (size_t t = 0; t < texts.len; t++)
    list_push(f->scratch, &f->scope.clean, texts.at[t]);
}

static value eval_clause(flow *f, const node *clause, const node *subject) {
  const node *body = clause->kind == N_else ? clause : ast_kid(clause, F_body),
             *pattern = ast_kid(clause, F_pattern);
  scope before = scope_copy(f, &f->scope);
  if (clause->kind == N_when && subject && pattern)
    confine_to_patterns(f, clause, subject);
  if (clause->kind == N_in_clause && subject && pattern) { /* binds parts of the subject */
    value v = flow_eval(f, subject);
    v.pair = false;
    bind_pattern(f, pattern, value_stepped(f, v, clause, "taken apart", 0), 0);
  }
  value v = body ? flow_eval(f, body) : (value){0};
  scope after = f->scope;
  f->scope = flow_leaves(body) ? before : scope_join(f, &before, &after);
  return v;
}

value eval_case(flow *f, const node *n) {
  const node *subject = ast_kid(n, F_value);
  value out = {0};
  if (subject)
    flow_eval(f, subject);
  jwt_judge_case(f, n);
  for (size_t i = 0; i < n->count; i++) {
    if (n->kids[i] == subject)
      continue;
    value v = eval_clause(f, n->kids[i], subject);
    out = value_merged(f, out, &v);
  }
  return out;
}

static void bind_parameters(flow *f, const node *parameters, value v, bool first_only) {
  for (size_t i = 0; parameters && i < parameters->count; i++) {
    const node *p = parameters->kids[i], *name = p->kind == N_identifier ? p : ast_kid(p, F_name);
    if (p->kind == N_destructured_parameter)
      bind_parameters(f, p, v, false);
    if (name)
      scope_bind(f, name->text, first_only && i ? (value){0} : value_element(f, v, p, i > 0));
  }
}

value eval_block(flow *f, const node *block, value receiver) {
  const node *parameters = ast_kid(block, F_parameters);
  bind_parameters(f, parameters, receiver, false);
  if (!parameters) {
    scope_bind(f, STR("_1"), receiver);
    scope_bind(f, STR("it"), receiver);
  }
  const node *body = ast_kid(block, F_body);
  return body ? flow_eval(f, body) : (value){0};
}
