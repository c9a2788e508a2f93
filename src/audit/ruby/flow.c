/* Values within one file: assignments, collections, strings, blocks, branches, and the checks that confine a value. What
 * leaves a method (instance variables, arguments, results) becomes slots, which link.c joins over all files. */
#include "audit/ruby/flow.h"

enum { ORIGINS_MAX = 6, DEPTH_MAX = 200 };

#define IN(s, ...) in_list(s, (const char *const[]){__VA_ARGS__, NULL})
static bool in_list(str s, const char *const *names) {
  for (; *names; names++)
    if (str_eq(s, str_of(*names))) return true;
  return false;
}

/* ---- values ----------------------------------------------------------------------------------------------------------- */

static void add_origin(flow *f, value *v, origin o) {
  for (size_t i = 0; i < v->from.len; i++)
    if (str_eq(v->from.at[i].slot, o.slot) && v->from.at[i].flags == o.flags) return;
  if (v->from.len < ORIGINS_MAX) list_push(f->facts->arena, &v->from, o);
}

static value merged(flow *f, value a, const value *b) {
  value out = {.literal = a.literal == b->literal ? a.literal : NULL, .klass = a.klass.len ? a.klass : b->klass,
               .pair = a.pair || b->pair, .built = a.built || b->built};
  for (size_t i = 0; i < a.from.len; i++) add_origin(f, &out, a.from.at[i]);
  for (size_t i = 0; i < b->from.len; i++) add_origin(f, &out, b->from.at[i]);
  return out;
}

static const step *step_at(flow *f, const step *before, const node *n, const char *what) {
  if (before && before->line == n->line && before->what == what) return before;
  step *s = arena_make(f->facts->arena, step);
  *s = (step){before, f->facts->path, n->line, n->column, what, str_sub(n->text, 0, 80)};
  return s;
}

static value stepped(flow *f, value v, const node *n, const char *what, unsigned flags) {
  value out = v;
  out.from = (origin_list){0};
  for (size_t i = 0; i < v.from.len; i++)
    add_origin(f, &out, (origin){v.from.at[i].slot, v.from.at[i].flags | flags, step_at(f, v.from.at[i].steps, n, what)});
  return out;
}

static value from_slot(flow *f, const node *n, str slot, const char *what) {
  value v = {0};
  add_origin(f, &v, (origin){slot, 0, what ? step_at(f, NULL, n, what) : NULL});
  return v;
}

value *scope_find(scope *s, str name) {
  for (size_t i = s->bindings.len; i-- > 0;)
    if (str_eq(s->bindings.at[i].name, name)) return &s->bindings.at[i].value;
  return NULL;
}

static bool is_clean(const flow *f, str text) {
  for (size_t i = 0; i < f->scope.clean.len; i++)
    if (str_eq(f->scope.clean.at[i], text)) return true;
  return false;
}

static void bind(flow *f, str name, value v) {
  value *old = scope_find(&f->scope, name);
  for (size_t i = 0; i < f->scope.clean.len; i++)
    if (str_eq(f->scope.clean.at[i], name)) f->scope.clean.at[i] = STR("");
  if (old)
    *old = v;
  else
    list_push(f->scratch, &f->scope.bindings, (binding){name, v});
}

static scope scope_copy(flow *f, const scope *s) {
  scope out = {0};
  for (size_t i = 0; i < s->bindings.len; i++) list_push(f->scratch, &out.bindings, s->bindings.at[i]);
  for (size_t i = 0; i < s->clean.len; i++) list_push(f->scratch, &out.clean, s->clean.at[i]);
  return out;
}

/* After two branches: what either may have left; clean only what both confined. */
static scope scope_join(flow *f, const scope *a, scope *b) {
  scope out = {0};
  for (size_t i = 0; i < a->bindings.len; i++) {
    binding x = a->bindings.at[i];
    const value *other = scope_find(b, x.name);
    if (other) x.value = merged(f, x.value, other);
    list_push(f->scratch, &out.bindings, x);
  }
  for (size_t i = 0; i < b->bindings.len; i++)
    if (!scope_find(&out, b->bindings.at[i].name)) list_push(f->scratch, &out.bindings, b->bindings.at[i]);
  for (size_t i = 0; i < a->clean.len; i++)
    for (size_t j = 0; j < b->clean.len; j++)
      if (str_eq(a->clean.at[i], b->clean.at[j])) {
        list_push(f->scratch, &out.clean, a->clean.at[i]);
        break;
      }
  return out;
}

/* ---- slots ------------------------------------------------------------------------------------------------------------- */

str flow_place(flow *f) {
  if (!f->method.len) return f->klass;
  return arena_printf(f->facts->arena, "%.*s#%.*s", STR_ARG(f->klass), STR_ARG(f->method));
}

static str slot(flow *f, char kind, str klass, str name) {
  return arena_printf(f->facts->arena, "%c:%.*s#%.*s", kind, STR_ARG(klass), STR_ARG(name));
}

static void flow_into(flow *f, const value *v, str to) {
  for (size_t i = 0; i < v->from.len; i++) list_push(f->facts->arena, &f->facts->edges, (flow_edge){v->from.at[i], to});
}

static const value *constant(flow *f, str name) {
  for (size_t i = f->constants.len; i-- > 0;)
    if (str_eq(f->constants.at[i].name, name)) return &f->constants.at[i].value;
  return NULL;
}

const node *flow_literal(flow *f, const node *n) {
  for (int i = 0; n && i < 8; i++) {
    const value *v = n->kind == N_identifier || n->kind == N_instance_variable ? scope_find(&f->scope, n->text)
                     : n->kind == N_constant                                   ? constant(f, n->text)
                                                                               : NULL;
    if (n->kind == N_call && ast_kid(n, F_receiver)) {
      const node *name = ast_kid(n, F_method);
      if (name && IN(name->text, "freeze", "dup")) {
        n = ast_kid(n, F_receiver);
        continue;
      }
    }
    if (n->kind == N_parenthesized_statements && n->count == 1) {
      n = n->kids[0];
      continue;
    }
    if (!v || !v->literal || v->literal == n) return n;
    n = v->literal;
  }
  return n;
}

/* ---- checks that confine ----------------------------------------------------------------------------------------------------- */

static void confine(flow *f, const node *n, str_list *out) {
  value *v;
  while (n && n->kind == N_parenthesized_statements && n->count) n = n->kids[0];
  if (!n) return;
  list_push(f->scratch, out, n->text);
  if ((v = scope_find(&f->scope, n->text)) && v->made_from.len) list_push(f->scratch, out, v->made_from);
  const node *receiver = n->kind == N_call ? ast_kid(n, F_receiver) : NULL, *name = ast_kid(n, F_method);
  if (receiver && name && IN(name->text, "host", "hostname", "to_s", "to_sym", "downcase", "strip")) confine(f, receiver, out);
  const node *args = n->kind == N_call ? ast_kid(n, F_arguments) : NULL;
  if (args && args->count && name && (IN(name->text, "parse", "URI", "String"))) confine(f, args->kids[0], out);
}

/* Written out, a constant, or what a method of another purpose gives: nothing of the caller's. */
static bool finite(flow *f, const node *n) {
  if (!n) return false;
  if (n->kind == N_constant || n->kind == N_scope_resolution) return true;
  value v = flow_eval(f, n);
  bool named = n->kind == N_identifier || (n->kind == N_call && !str_contains(n->text, STR("[")));
  bool theirs = str_icontains(n->text, STR("claim")) || str_icontains(n->text, STR("payload")) || str_icontains(n->text, STR("token"));
  for (size_t i = 0; i < v.from.len; i++)
    if (!named || theirs || !(str_starts(v.from.at[i].slot, STR("T:")) || str_starts(v.from.at[i].slot, STR("C:")))) return false;
  return true;
}

static bool anchored(const node *n) {
  return n && n->kind == N_regex && str_contains(n->text, STR("\\A")) &&
         (str_contains(n->text, STR("\\z")) || str_contains(n->text, STR("\\Z"))) && !str_contains(n->text, STR(".*")) &&
         !str_contains(n->text, STR(".+"));
}

/* A list of hosts with the machine itself in it keeps nobody from the services that listen there. */
static bool lists_loopback(const node *list) {
  return (list->kind == N_array || list->kind == N_string_array) && (str_contains(list->text, STR("127.0.0.1")) || str_contains(list->text, STR("localhost")));
}

static void checks_call(flow *f, const node *n, bool holds, str_list *out) {
  const node *receiver = ast_kid(n, F_receiver), *name = ast_kid(n, F_method), *args = ast_kid(n, F_arguments);
  const node *first = args && args->count ? args->kids[0] : NULL;
  if (!name || !receiver || !holds) {
    if (name && receiver && !holds && IN(name->text, "exclude?") && first && finite(f, receiver)) confine(f, first, out);
    return;
  }
  if (IN(name->text, "include?", "member?", "key?", "has_key?", "cover?", "===") && first && finite(f, receiver) &&
      flow_literal(f, receiver)->kind != N_string && !lists_loopback(flow_literal(f, receiver)))
    confine(f, first, out);
  if (IN(name->text, "in?") && first && finite(f, first)) confine(f, receiver, out);
  if (IN(name->text, "match?", "match")) {
    if (anchored(flow_literal(f, receiver)) && first) confine(f, first, out);
    if (first && anchored(flow_literal(f, first))) confine(f, receiver, out);
  }
  if (IN(name->text, "start_with?")) {
    value v = flow_eval(f, receiver);
    bool canonical = v.from.len > 0;
    for (size_t i = 0; i < v.from.len; i++) canonical &= (v.from.at[i].flags & FLOW_CANON) != 0;
    if (canonical) confine(f, receiver, out);
  }
}

static void checks_in(flow *f, const node *n, bool holds, str_list *out) {
  while (n && n->kind == N_parenthesized_statements && n->count == 1) n = n->kids[0];
  if (!n) return;
  if (n->kind == N_unary && (str_eq(n->op, STR("!")) || str_eq(n->op, STR("not")))) {
    checks_in(f, ast_kid(n, F_operand), !holds, out);
  } else if (n->kind == N_binary) {
    const node *left = ast_kid(n, F_left), *right = ast_kid(n, F_right);
    if (IN(n->op, holds ? "&&" : "||", holds ? "and" : "or")) {
      checks_in(f, left, holds, out);
      checks_in(f, right, holds, out);
    } else if (str_eq(n->op, holds ? STR("==") : STR("!="))) {
      if (finite(f, right)) confine(f, left, out);
      else if (finite(f, left)) confine(f, right, out);
    } else if (str_eq(n->op, holds ? STR("=~") : STR("!~"))) {
      if (anchored(flow_literal(f, right))) confine(f, left, out);
      if (anchored(flow_literal(f, left))) confine(f, right, out);
    }
  } else if (n->kind == N_call) {
    checks_call(f, n, holds, out);
  }
}

static void apply_checks(flow *f, const node *condition, bool holds) {
  str_list texts = {0};
  checks_in(f, condition, holds, &texts);
  for (size_t i = 0; i < texts.len; i++) {
    value *v = scope_find(&f->scope, texts.at[i]);
    if (v) v->from = (origin_list){0};
    list_push(f->scratch, &f->scope.clean, texts.at[i]);
  }
}

/* The statement never lets the next one run. */
static bool leaves(const node *n) {
  if (!n) return false;
  if (n->kind == N_return || n->kind == N_next || n->kind == N_break) return true;
  if (n->kind == N_binary && IN(n->op, "and", "&&")) return leaves(ast_kid(n, F_right));
  if (n->kind == N_identifier) return IN(n->text, "raise", "fail", "abort");
  if (n->kind == N_call) {
    const node *name = ast_kid(n, F_method);
    return name && !ast_kid(n, F_receiver) && IN(name->text, "raise", "fail", "halt", "throw", "abort", "exit");
  }
  if (n->kind == N_then || n->kind == N_else || n->kind == N_parenthesized_statements || n->kind == N_begin ||
      n->kind == N_body_statement)
    return n->count && leaves(n->kids[n->count - 1]);
  return false;
}

static value branch(flow *f, const node *condition, const node *yes, const node *no) {
  flow_eval(f, condition);
  jwt_judge_condition(f, condition);
  scope before = scope_copy(f, &f->scope);
  value v = {0}, w = {0};
  apply_checks(f, condition, true);
  if (yes) v = flow_eval(f, yes);
  scope after_yes = f->scope;
  f->scope = before;
  apply_checks(f, condition, false);
  if (no) w = flow_eval(f, no);
  if (leaves(yes)) return w;
  if (leaves(no))
    f->scope = after_yes;
  else
    f->scope = scope_join(f, &after_yes, &f->scope);
  return merged(f, v, &w);
}

/* ---- statements ------------------------------------------------------------------------------------------------------------- */

static value all_kids(flow *f, const node *n) {
  value last = {0};
  for (size_t i = 0; i < n->count; i++)
    if (n->kids[i]->kind != N_rescue && n->kids[i]->kind != N_ensure) last = flow_eval(f, n->kids[i]);
  for (size_t i = 0; i < n->count; i++)
    if (n->kids[i]->kind == N_rescue || n->kids[i]->kind == N_ensure) {
      value v = flow_eval(f, n->kids[i]);
      last = merged(f, last, &v);
    }
  return last;
}

static value joined_kids(flow *f, const node *n) {
  value out = {0};
  for (size_t i = 0; i < n->count; i++) {
    value v = flow_eval(f, n->kids[i]);
    out = merged(f, out, &v);
  }
  out.literal = n;
  out.klass = (str){0};
  out.pair = false;
  return out;
}

static value element(flow *f, value v, const node *n, bool header) {
  if (!v.pair) return v;
  v.pair = false;
  if (!header) return v;
  for (size_t i = 0; i < v.from.len; i++)
    if (str_eq(v.from.at[i].slot, STR("$claims"))) v.from.at[i].slot = STR("$header");
  return stepped(f, v, n, "the header of the token", 0);
}

static void assign(flow *f, const node *left, value v, const node *at) {
  v = stepped(f, v, at, "assigned", 0);
  if (left->kind == N_identifier || left->kind == N_instance_variable || left->kind == N_global_variable || left->kind == N_class_variable)
    bind(f, left->text, v);
  if (left->kind == N_instance_variable || left->kind == N_class_variable) flow_into(f, &v, slot(f, 'I', f->klass, left->text));
  if (left->kind == N_constant) {
    list_push(f->scratch, &f->constants, (binding){left->text, v});
    flow_into(f, &v, slot(f, 'C', STR(""), left->text));
  }
  if (left->kind == N_call && ast_kid(left, F_receiver)) { /* self.x = v */
    const node *name = ast_kid(left, F_method);
    if (name && ast_kid(left, F_receiver)->kind == N_self)
      flow_into(f, &v, slot(f, 'I', f->klass, arena_printf(f->facts->arena, "@%.*s", STR_ARG(name->text))));
  }
  if (left->kind == N_element_reference && left->count) { /* h[:x] = v: the collection now holds it */
    value *held = scope_find(&f->scope, left->kids[0]->text);
    if (held) *held = merged(f, *held, &v);
  }
}

/* What is called for claims, and comes from a call that verifies a token: a gem's or a front end's own verifier. */
static bool verified_claims(const node *left, const node *right) {
  static const char *const verbs[] = {"verif", "decod", "validat", "authentic"};
  str name = left->kind == N_identifier || left->kind == N_instance_variable ? left->text : STR(""), text = right->text;
  bool claims = str_ends(name, STR("claims")), payload = str_ends(name, STR("payload")) || str_starts(name, STR("@decoded"));
  if (!claims && !(payload && (str_icontains(text, STR("token")) || str_icontains(text, STR("jwt"))))) return false;
  for (int i = 0; right && i < 8; i++) {
    const node *method = right->kind == N_call ? ast_kid(right, F_method) : NULL;
    for (size_t v = 0; method && v < sizeof verbs / sizeof *verbs; v++)
      if (str_icontains(method->text, str_of(verbs[v])) && (claims || ast_kid(right, F_arguments))) return true;
    right = right->kind == N_element_reference || right->kind == N_rescue_modifier ? right->count ? right->kids[0] : NULL : ast_kid(right, F_receiver);
  }
  return false;
}

static value with_verified(flow *f, value v, const node *left, const node *right, const node *at) {
  if (!verified_claims(left, right)) return v;
  f->facts->decodes = true;
  value claims = from_slot(f, at, STR("$claims"), "claims of the verified token");
  return merged(f, v, &claims);
}

static value eval_assignment(flow *f, const node *n) {
  const node *left = ast_kid(n, F_left), *right = ast_kid(n, F_right);
  if (!left || !right) return (value){0};
  if (left->kind == N_constant) jwt_judge_constant(f, n, left->text, right);
  jwt_judge_assignment(f, n, left, right);
  value v = flow_eval(f, right);
  if (!v.literal) v.literal = right;
  if (left->kind != N_left_assignment_list) {
    v = with_verified(f, v, left, right, n);
    assign(f, left, v, n);
    return v;
  }
  for (size_t i = 0; i < left->count; i++) {
    value part = right->kind == N_right_assignment_list && i < right->count ? flow_eval(f, right->kids[i]) : element(f, v, n, i > 0);
    if (right->kind != N_right_assignment_list) part.literal = NULL;
    assign(f, left->kids[i], part, n);
  }
  return v;
}

static value eval_operator_assignment(flow *f, const node *n) {
  const node *left = ast_kid(n, F_left), *right = ast_kid(n, F_right);
  if (!left || !right) return (value){0};
  value old = flow_eval(f, left), v = flow_eval(f, right);
  bool pair = v.pair;
  v = merged(f, v, &old);
  v.pair = pair;
  v = with_verified(f, v, left, right, n);
  v.built |= IN(n->op, "+=", "<<=");
  assign(f, left, v, n);
  return v;
}

/* Names that a pattern binds hold parts of what is matched. */
static void bind_pattern(flow *f, const node *n, value v, unsigned depth) {
  const node *key = n->kind == N_keyword_pattern ? ast_kid(n, F_key) : NULL;
  if (n->kind == N_identifier) bind(f, n->text, v);
  if (key && !ast_kid(n, F_value)) bind(f, key->text, v);
  for (size_t i = 0; depth < 16 && i < n->count; i++)
    if (n->kids[i] != key) bind_pattern(f, n->kids[i], v, depth + 1);
}

static value eval_match(flow *f, const node *n) {
  const node *left = ast_kid(n, F_value), *pattern = ast_kid(n, F_pattern);
  value v = left ? flow_eval(f, left) : (value){0};
  v.pair = false;
  if (pattern) bind_pattern(f, pattern, stepped(f, v, n, "taken apart", 0), 0);
  return (value){0};
}

static value eval_case(flow *f, const node *n) {
  const node *subject = ast_kid(n, F_value);
  value out = {0};
  if (subject) flow_eval(f, subject);
  for (size_t i = 0; i < n->count; i++) {
    const node *k = n->kids[i];
    if (k == subject) continue;
    scope before = scope_copy(f, &f->scope);
    if (k->kind == N_when && subject && ast_kid(k, F_pattern)) {
      str_list texts = {0};
      bool listed = true;
      for (size_t p = 0; p < k->count; p++)
        if (k->kids[p]->field == F_pattern) {
          const node *pattern = k->kids[p]->count ? k->kids[p]->kids[0] : k->kids[p];
          listed &= pattern->kind != N_constant || flow_literal(f, pattern) != pattern;
          listed &= pattern->kind != N_regex || anchored(pattern);
        }
      if (listed) confine(f, subject, &texts);
      for (size_t t = 0; t < texts.len; t++) list_push(f->scratch, &f->scope.clean, texts.at[t]);
    }
    const node *body = k->kind == N_else ? k : ast_kid(k, F_body);
    if (k->kind == N_in_clause && subject) { /* pattern matching binds parts of the subject */
      value v = flow_eval(f, subject);
      const node *pattern = ast_kid(k, F_pattern);
      v.pair = false;
      if (pattern) bind_pattern(f, pattern, stepped(f, v, k, "taken apart", 0), 0);
    }
    value v = body ? flow_eval(f, body) : (value){0};
    out = merged(f, out, &v);
    scope after = f->scope;
    f->scope = leaves(body) ? before : scope_join(f, &before, &after);
  }
  return out;
}

static void bind_parameters(flow *f, const node *parameters, value v, bool first_only) {
  for (size_t i = 0; parameters && i < parameters->count; i++) {
    const node *p = parameters->kids[i], *name = p->kind == N_identifier ? p : ast_kid(p, F_name);
    if (p->kind == N_destructured_parameter) bind_parameters(f, p, v, false);
    if (name) bind(f, name->text, first_only && i ? (value){0} : element(f, v, p, i > 0));
  }
}

static value eval_block(flow *f, const node *block, value receiver) {
  const node *parameters = ast_kid(block, F_parameters);
  bind_parameters(f, parameters, receiver, false);
  if (!parameters) {
    bind(f, STR("_1"), receiver);
    bind(f, STR("it"), receiver);
  }
  const node *body = ast_kid(block, F_body);
  return body ? flow_eval(f, body) : (value){0};
}

/* ---- methods and classes ------------------------------------------------------------------------------------------------------ */

static void return_value(flow *f, value v, const node *n) {
  v = stepped(f, v, n, "returned", 0);
  flow_into(f, &v, slot(f, 'R', f->klass, f->method));
  if (v.klass.len) flow_into(f, &v, slot(f, 'R', f->klass, f->method));
}

static void declare_parameters(flow *f, const node *parameters, method_fact *m) {
  for (size_t i = 0; parameters && i < parameters->count; i++) {
    const node *p = parameters->kids[i], *name = p->kind == N_identifier ? p : ast_kid(p, F_name);
    if (!name) continue;
    bool keyword = p->kind == N_keyword_parameter;
    str label = keyword ? arena_printf(f->facts->arena, "%.*s:", STR_ARG(name->text)) : name->text;
    str position = keyword ? name->text : arena_printf(f->facts->arena, "%zu", i);
    list_push(f->facts->arena, &m->parameters, label);
    value v = {0};
    add_origin(f, &v, (origin){arena_printf(f->facts->arena, "P:%.*s#%.*s#%.*s", STR_ARG(f->klass), STR_ARG(f->method), STR_ARG(position)), 0, NULL});
    const node *given = ast_kid(p, F_value);
    if (given) {
      value standard = flow_eval(f, given);
      v = merged(f, v, &standard);
    }
    bind(f, name->text, v);
  }
}

static value eval_method(flow *f, const node *n) {
  const node *name = ast_kid(n, F_name), *body = ast_kid(n, F_body);
  if (!name) return (value){0};
  flow inner = *f;
  inner.scope = (scope){0};
  inner.method = name->text;
  inner.before_action = false;
  for (size_t i = 0; i < f->authenticators.len; i++) inner.before_action |= str_eq(f->authenticators.at[i], name->text);
  method_fact m = {.klass = f->klass, .name = name->text};
  declare_parameters(&inner, ast_kid(n, F_parameters), &m);
  list_push(f->facts->arena, &f->facts->methods, m);
  if (body) return_value(&inner, flow_eval(&inner, body), body);
  return (value){0};
}

static value eval_class(flow *f, const node *n) {
  const node *name = ast_kid(n, F_name), *parent = ast_kid(n, F_superclass), *body = ast_kid(n, F_body);
  flow inner = *f;
  str_list none = {0};
  if (name && name->kind == N_scope_resolution) name = ast_kid(name, F_name);
  if (name) inner.klass = name->text;
  inner.method = STR("");
  inner.scope = (scope){0};
  inner.authenticators = none;
  if (parent && parent->count) {
    const node *p = parent->kids[0];
    if (p->kind == N_scope_resolution) p = ast_kid(p, F_name);
    if (p) list_push(f->facts->arena, &f->facts->parents, (parent_fact){inner.klass, p->text});
    jwt_judge_controller(&inner, n, parent->kids[0]);
  }
  jwt_collect_checks(&inner, n);
  if (body) flow_eval(&inner, body);
  f->constants.at = inner.constants.at, f->constants.len = inner.constants.len, f->constants.cap = inner.constants.cap;
  return (value){0};
}

/* include Concern; before_action :authenticate! */
static void class_word(flow *f, str method, const node *const *args, size_t count) {
  if (f->method.len) return;
  bool mixes = IN(method, "include", "extend", "prepend"), acts = IN(method, "before_action", "prepend_before_action", "before");
  for (size_t i = 0; i < count; i++) {
    const node *n = args[i]->kind == N_scope_resolution ? ast_kid(args[i], F_name) : args[i];
    if (mixes && n && n->kind == N_constant) list_push(f->facts->arena, &f->facts->parents, (parent_fact){f->klass, n->text});
    if (!acts || args[i]->kind != N_simple_symbol) continue;
    str name = str_sub(args[i]->text, 1, args[i]->text.len);
    static const char *const words[] = {"auth", "token", "jwt", "login", "claim", "verif", "signed_in", "require"};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
      if (str_icontains(name, str_of(words[w]))) {
        list_push(f->scratch, &f->authenticators, name);
        list_push(f->facts->arena, &f->facts->guarded, f->klass);
        break;
      }
  }
}

/* ---- calls -------------------------------------------------------------------------------------------------------------------- */

static const char *const ENDS_FLOW[] = {"include?", "size", "length", "count", "to_i", "to_f", "nil?", "present?", "blank?", "empty?", "any?",
                                        "key?", "has_key?", "is_a?", "kind_of?", "hash", "hexdigest", "digest", "==", "match?", "start_with?",
                                        "end_with?", "all?", "none?", "respond_to?", "find", "find_by", "find_by!", "Integer", "Float", "presence_in",
                                        "exist?", "exists?", "authorize", "object_id", "zero?", "positive?", "negative?", NULL};
static const char *const PASSES_ARGUMENTS[] = {"join", "format", "sprintf", "String", "Array", "Hash", "URI", "parse", "concat", "merge", "+",
                                               "Pathname", "expand_path", "realpath", "basename", "shellescape", "escape", "decode64",
                                               "urlsafe_decode64", "unescape", "push", "<<", "[]", "append", "prepend", "sub", "gsub", "realdirpath",
                                               "absolute_path", "shelljoin", "new", "encode_www_form_component", "encode", "dump", "generate", NULL};

static unsigned flags_of_call(str receiver, str method) {
  if (str_eq(receiver, STR("File")) && str_eq(method, STR("basename"))) return FLOW_BASENAME;
  if (IN(method, "shellescape", "shelljoin") || (str_eq(receiver, STR("Shellwords")) && str_eq(method, STR("escape")))) return FLOW_SHELL;
  if (IN(method, "expand_path", "realpath", "cleanpath", "realdirpath", "absolute_path")) return FLOW_CANON;
  return 0;
}

static value record_call(flow *f, const node *n, call_receiver kind, str klass, str method, const node *const *nodes, const value *args, size_t count) {
  arena *a = f->facts->arena;
  if (!names_has(f->facts->names, method)) return (value){0};
  call_fact c = {.receiver = kind, .klass = klass, .method = method};
  c.result = arena_printf(a, "T:%.*s:%u:%u:%.*s", STR_ARG(f->facts->path), n->line, n->column, STR_ARG(method));
  for (size_t i = 0; i < count; i++) {
    const node *key = nodes[i]->kind == N_pair ? ast_kid(nodes[i], F_key) : NULL;
    str label = key ? ast_literal(a, key) : arena_printf(a, "%zu", i);
    value v = stepped(f, args[i], nodes[i], "passed on as an argument", 0);
    if (v.from.len && label.ptr) list_push(a, &c.arguments, (call_argument){label, v.from});
  }
  list_push(a, &f->facts->calls, c);
  return from_slot(f, n, c.result, "called");
}

static value object_new(flow *f, const node *n, str klass, const node *const *nodes, const value *args, size_t count) {
  record_call(f, n, CALL_CLASS, klass, STR("initialize"), nodes, args, count);
  return (value){.klass = klass};
}

static str last_constant(const node *n) {
  if (n && n->kind == N_scope_resolution) n = ast_kid(n, F_name);
  return n && n->kind == N_constant ? n->text : (str){0};
}

static bool from_claims_rails(str receiver, str method) {
  return (IN(receiver, "Knock::AuthToken", "Warden::JWTAuth::TokenDecoder", "JWTSessions::Token") && IN(method, "new", "decode", "call")) ||
         (str_ends(receiver, STR("TokenDecoder.new")) && str_eq(method, STR("call")));
}

enum { ARGUMENTS_MAX = 24 };

static value call_result(flow *f, const node *n, const node *receiver, str method, const value *self, const node *const *nodes,
                         const value *args, size_t count) {
  str named = last_constant(receiver), text = receiver ? receiver->text : STR("");
  if (jwt_is_decode(n, text, method)) {
    f->facts->decodes = true;
    jwt_judge_decode(f, n, nodes, count);
    value v = from_slot(f, n, STR("$claims"), "claims of the decoded token");
    v.pair = !str_eq(text, STR("JSON::JWT"));
    return v;
  }
  if (from_claims_rails(text, method)) {
    f->facts->decodes = true;
    return from_slot(f, n, STR("$claims"), "claims of the decoded token");
  }
  if (in_list(method, ENDS_FLOW)) return (value){0};
  if (str_eq(text, STR("request")) && !IN(method, "headers", "params", "env", "body", "raw_post", "query_parameters", "request_parameters",
                                          "cookies", "query_string", "authorization", "get_header"))
    return (value){0};
  value out = {0};
  if (self && self->from.len) { /* dig, fetch, to_s, strip, with_indifferent_access, unknown methods alike */
    bool second = IN(method, "last", "second") || (IN(method, "[]", "at", "fetch", "dig") && count && str_eq(nodes[0]->text, STR("1")));
    out = self->pair && IN(method, "first", "last", "second", "[]", "at", "fetch", "dig") ? element(f, *self, n, second) : *self;
    out.pair = self->pair && !IN(method, "first", "last", "second", "[]", "at", "fetch", "dig");
    out.literal = NULL;
  }
  if (self && IN(method, "fetch") && count == 2) out = merged(f, out, &args[1]); /* what it gives where the key is not listed */
  bool passes = in_list(method, PASSES_ARGUMENTS) &&
                (!str_eq(method, STR("new")) || IN(named, "Pathname", "OpenStruct", "URI", "HashWithIndifferentAccess", "String", "Get", "Post"));
  for (size_t i = 0; passes && i < count; i++) out = merged(f, out, &args[i]);
  if (passes || flags_of_call(text, method)) {
    out = stepped(f, out, n, "put together", flags_of_call(text, method));
    out.built = true;
    out.literal = NULL;
    if (IN(method, "parse", "URI") && count) out.made_from = nodes[0]->text;
    return out;
  }
  if (str_eq(method, STR("new")) && named.len) return object_new(f, n, named, nodes, args, count);
  if (IN(method, "call", "yield", "()") && receiver) {
    value v = record_call(f, n, CALL_UNKNOWN, named.len ? named : receiver->text, STR("call"), nodes, args, count);
    return merged(f, out, &v);
  }
  if (out.from.len && !named.len) return out;
  call_receiver kind = !receiver || receiver->kind == N_self ? CALL_SELF : named.len || (self && self->klass.len) ? CALL_CLASS : CALL_UNKNOWN;
  str klass = kind == CALL_SELF ? f->klass : named.len ? named : self && self->klass.len ? self->klass : STR("");
  value result = record_call(f, n, kind, klass, method, nodes, args, count);
  return named.len ? merged(f, out, &result) : result;
}

static value eval_call(flow *f, const node *n) {
  const node *receiver = ast_kid(n, F_receiver), *name = ast_kid(n, F_method), *list = ast_kid(n, F_arguments), *block = ast_kid(n, F_block);
  const node *nodes[ARGUMENTS_MAX];
  value args[ARGUMENTS_MAX], self = {0};
  size_t count = 0;
  str method = name ? name->text : STR("call");
  if (receiver) self = flow_eval(f, receiver);
  for (size_t i = 0; list && i < list->count && count < ARGUMENTS_MAX; i++) {
    nodes[count] = list->kids[i];
    args[count++] = flow_eval(f, list->kids[i]);
  }
  str text = receiver ? receiver->text : STR("");
  if (!receiver) class_word(f, method, nodes, count);
  jwt_judge_call(f, n, text, method, nodes, count);
  sinks_call(f, n, text, method, &self, args, nodes, count);
  if (is_clean(f, n->text)) {
    if (block) eval_block(f, block, self);
    return (value){0};
  }
  value out = call_result(f, n, receiver, method, &self, nodes, args, count);
  if (block) {
    value inside = eval_block(f, block, self);
    if (IN(method, "map", "then", "tap", "yield_self", "flat_map", "filter_map", "each_with_object", "lambda", "proc", "instance_exec", "synchronize", "fetch"))
      out = merged(f, out, &inside);
  }
  return out;
}

static value eval_reference(flow *f, const node *n) {
  if (is_clean(f, n->text) || !n->count) return (value){0};
  value v = flow_eval(f, n->kids[0]);
  for (size_t i = 1; i < n->count; i++) flow_eval(f, n->kids[i]);
  if (v.pair) return element(f, v, n, n->count > 1 && str_eq(n->kids[1]->text, STR("1")));
  v.literal = NULL;
  return v;
}

/* ---- leaves --------------------------------------------------------------------------------------------------------------------- */

static value eval_name(flow *f, const node *n) {
  if (is_clean(f, n->text)) return (value){0};
  const value *v = scope_find(&f->scope, n->text);
  if (v) return *v;
  jwt_judge_forgery(f, n, n->text);
  if (IN(n->text, "params", "request", "cookies", "headers")) return from_slot(f, n, STR("$request"), "taken from the request");
  return record_call(f, n, CALL_SELF, f->klass, n->text, NULL, NULL, 0);
}

static value eval_instance_variable(flow *f, const node *n) {
  if (is_clean(f, n->text)) return (value){0};
  const value *v = scope_find(&f->scope, n->text);
  value set_elsewhere = from_slot(f, n, slot(f, 'I', f->klass, n->text), "read from the object");
  return v && v->from.len ? *v : v ? *v : set_elsewhere;
}

static value eval_constant(flow *f, const node *n) {
  const value *v = constant(f, n->text);
  value out = v ? *v : (value){0};
  if (v && !out.from.len) return out;
  return from_slot(f, n, slot(f, 'C', STR(""), n->text), "read from a constant");
}

static value eval_string(flow *f, const node *n) {
  value out = {0};
  if (n->kind == N_heredoc_beginning && n->heredoc) return flow_eval(f, n->heredoc);
  for (size_t i = 0; i < n->count; i++) {
    if (n->kids[i]->kind != N_interpolation && n->kids[i]->kind != N_string) continue;
    value v = all_kids(f, n->kids[i]);
    if (n->kids[i]->kind == N_string) v = eval_string(f, n->kids[i]);
    out = merged(f, out, &v);
  }
  if (n->kind == N_string) jwt_judge_string(f, n);
  out = stepped(f, out, n, "put into a string", 0);
  out.literal = n;
  out.built = out.from.len > 0;
  out.klass = (str){0};
  return out;
}

static value eval_binary(flow *f, const node *n) {
  const node *left = ast_kid(n, F_left), *right = ast_kid(n, F_right);
  value a = left ? flow_eval(f, left) : (value){0};
  if (IN(n->op, "&&", "and", "||", "or")) {
    jwt_judge_condition(f, n);
    scope before = scope_copy(f, &f->scope);
    if (left) apply_checks(f, left, IN(n->op, "&&", "and"));
    value b = right ? flow_eval(f, right) : (value){0};
    f->scope = before;
    if (leaves(right)) apply_checks(f, left, !IN(n->op, "&&", "and"));
    return IN(n->op, "&&", "and") ? b : merged(f, a, &b);
  }
  value b = right ? flow_eval(f, right) : (value){0};
  if (!IN(n->op, "+", "<<", "%", "|", "/", "*")) return (value){0};
  value out = merged(f, a, &b);
  out.built = out.from.len > 0;
  out.pair = false;
  out.literal = NULL;
  if (str_eq(n->op, STR("<<")) && left) {
    value *held = scope_find(&f->scope, left->text);
    if (held) *held = out;
  }
  return stepped(f, out, n, "put together", 0);
}

static value eval_lambda(flow *f, const node *n) {
  flow inner = *f;
  const node *body = ast_kid(n, F_body), *parent = n->parent;
  inner.scope = scope_copy(f, &f->scope);
  const node *left = parent && (parent->kind == N_assignment) ? ast_kid(parent, F_left) : NULL;
  if (left) { /* NAME = ->(token) { ... }: a method "call" of NAME */
    inner.klass = left->text;
    inner.method = STR("call");
  }
  method_fact m = {.klass = inner.klass, .name = inner.method};
  if (left) declare_parameters(&inner, ast_kid(n, F_parameters), &m);
  if (left) list_push(f->facts->arena, &f->facts->methods, m);
  value v = body ? all_kids(&inner, ast_kid(body, F_body) ? ast_kid(body, F_body) : body) : (value){0};
  if (left) return_value(&inner, v, n);
  return left ? (value){0} : v;
}

static value eval_return(flow *f, const node *n) {
  value v = {0};
  for (size_t i = 0; i < n->count; i++) v = all_kids(f, n->kids[i]);
  if (f->method.len) return_value(f, v, n);
  return (value){0};
}

static value eval_rescue(flow *f, const node *n) {
  jwt_judge_rescue(f, n);
  const node *body = ast_kid(n, F_body);
  scope before = scope_copy(f, &f->scope);
  value v = body ? flow_eval(f, body) : (value){0};
  f->scope = scope_join(f, &before, &f->scope);
  return leaves(body) ? (value){0} : v;
}

static value literal(const node *n) { return (value){.literal = n}; }

static value eval_kind(flow *f, const node *n) {
  switch (n->kind) {
  case N_assignment: return eval_assignment(f, n);
  case N_operator_assignment: return eval_operator_assignment(f, n);
  case N_call: case N_super: return eval_call(f, n);
  case N_element_reference: return eval_reference(f, n);
  case N_identifier: return eval_name(f, n);
  case N_instance_variable: case N_class_variable: return eval_instance_variable(f, n);
  case N_constant: return eval_constant(f, n);
  case N_scope_resolution: return ast_kid(n, F_name) ? eval_constant(f, ast_kid(n, F_name)) : (value){0};
  case N_string: case N_chained_string: case N_heredoc_beginning: case N_heredoc_body: case N_delimited_symbol: return eval_string(f, n);
  case N_subshell: {
    value v = eval_string(f, n);
    sinks_command(f, n, &v);
    return (value){0};
  }
  case N_binary: return eval_binary(f, n);
  case N_unary: return ast_kid(n, F_operand) ? (flow_eval(f, ast_kid(n, F_operand)), (value){0}) : (value){0};
  case N_hash: case N_array: case N_right_assignment_list: return joined_kids(f, n);
  case N_pair: {
    const node *v = ast_kid(n, F_value), *key = ast_kid(n, F_key);
    return v ? flow_eval(f, v) : key ? eval_name(f, key) : (value){0};
  }
  case N_hash_splat_argument: case N_splat_argument: case N_block_argument: return n->count ? flow_eval(f, n->kids[0]) : (value){0};
  case N_if: case N_elsif: case N_conditional:
    return branch(f, ast_kid(n, F_condition), ast_kid(n, F_consequence), ast_kid(n, F_alternative));
  case N_unless: return branch(f, ast_kid(n, F_condition), ast_kid(n, F_alternative), ast_kid(n, F_consequence));
  case N_if_modifier: return branch(f, ast_kid(n, F_condition), ast_kid(n, F_body), NULL);
  case N_unless_modifier: return branch(f, ast_kid(n, F_condition), NULL, ast_kid(n, F_body));
  case N_match_pattern: case N_test_pattern: return eval_match(f, n);
  case N_case: case N_case_match: return eval_case(f, n);
  case N_method: case N_singleton_method: return eval_method(f, n);
  case N_class: case N_module: return eval_class(f, n);
  case N_lambda: return eval_lambda(f, n);
  case N_return: return eval_return(f, n);
  case N_rescue: return eval_rescue(f, n);
  case N_integer: case N_float: case N_true: case N_false: case N_nil: case N_simple_symbol: case N_string_array: case N_symbol_array:
  case N_regex:
    return literal(n);
  default: return all_kids(f, n);
  }
}

enum { STEPS_BETWEEN_LOOKS = 256, SCRATCH_MAX = 128 * 1024 * 1024, KEPT_MAX = 64 * 1024 * 1024 };

static bool spent(flow *f) {
  flow_budget *b = f->budget;
  if (b->spent || ++b->steps % STEPS_BETWEEN_LOOKS) return b->spent;
  bool late = clock_monotonic() > b->deadline, large = arena_used(f->scratch) > SCRATCH_MAX || arena_used(f->facts->arena) - b->kept > KEPT_MAX;
  b->spent = late || large;
  if (b->spent) f->facts->not_read = late ? "following its values took too long: judged in part" : "following its values took too much memory: judged in part";
  return b->spent;
}

value flow_eval(flow *f, const node *n) {
  if (!n || f->depth >= DEPTH_MAX || spent(f)) return (value){0};
  f->depth++;
  value v = eval_kind(f, n);
  f->depth--;
  return v;
}
