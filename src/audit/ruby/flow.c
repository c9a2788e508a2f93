/* Values within one file: every kind of expression, evaluated to what may flow into it. */
#include "audit/ruby/inside.h"

enum { DEPTH_MAX = 200 };

static value eval_name(flow *f, const node *n) {
  if (flow_is_clean(f, n->text))
    return (value){0};
  const value *v = scope_find(&f->scope, n->text);
  if (v)
    return *v;
  jwt_judge_forgery(f, n, n->text);
  if (IN(n->text, "params", "request", "cookies", "headers"))
    return value_from_slot(f, n, flow_slot(f, 'Q', f->klass, STR("")), "taken from the request");
  value called = flow_record_call(f, n, CALL_SELF, f->klass, n->text, NULL, NULL, 0);
  called.klass = flow_made(f, n->text);
  return called;
}

static value eval_instance_variable(flow *f, const node *n) {
  if (flow_is_clean(f, n->text))
    return (value){0};
  const value *v = scope_find(&f->scope, n->text);
  value set_elsewhere =
      value_from_slot(f, n, flow_slot(f, 'I', f->klass, n->text), "read from the object");
  set_elsewhere.klass = flow_made(f, n->text);
  return v ? *v : set_elsewhere;
}

static value eval_global(flow *f, const node *n) {
  const value *v = scope_find(&f->scope, n->text);
  return v ? *v : value_from_slot(f, n, flow_slot(f, 'C', STR(""), n->text), "read from a global");
}

static value eval_constant(flow *f, const node *n) {
  const value *v = flow_constant(f, n->text);
  value out = v ? *v : (value){0};
  if (v && !out.from.len)
    return out;
  return value_from_slot(f, n, flow_slot(f, 'C', STR(""), n->text), "read from a constant");
}

static value eval_string(flow *f, const node *n) {
  value out = {0};
  if (n->kind == N_heredoc_beginning && n->heredoc)
    return flow_eval(f, n->heredoc);
  for (size_t i = 0; i < n->count; i++) {
    if (n->kids[i]->kind != N_interpolation && n->kids[i]->kind != N_string)
      continue;
    value v = flow_kids(f, n->kids[i]);
    if (n->kids[i]->kind == N_string)
      v = eval_string(f, n->kids[i]);
    out = value_merged(f, out, &v);
  }
  if (n->kind == N_string)
    jwt_judge_string(f, n);
  out = value_stepped(f, out, n, "put into a string", 0);
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
    if (left)
      flow_apply_checks(f, left, IN(n->op, "&&", "and"));
    value b = right ? flow_eval(f, right) : (value){0};
    f->scope = before;
    if (flow_leaves(right))
      flow_apply_checks(f, left, !IN(n->op, "&&", "and"));
    return IN(n->op, "&&", "and") ? b : value_merged(f, a, &b);
  }
  value b = right ? flow_eval(f, right) : (value){0};
  if (!IN(n->op, "+", "<<", "%", "|", "/", "*"))
    return (value){0};
  value out = value_merged(f, a, &b);
  out.built = out.from.len > 0;
  out.pair = false;
  out.literal = NULL;
  if (str_eq(n->op, STR("<<")) && left) {
    value *held = scope_find(&f->scope, left->text);
    if (held)
      *held = out;
  }
  return value_stepped(f, out, n, "put together", 0);
}

static value eval_return(flow *f, const node *n) {
  value v = {0};
  for (size_t i = 0; i < n->count; i++)
    v = flow_kids(f, n->kids[i]);
  if (f->method.len)
    flow_return_value(f, v, n);
  return (value){0};
}

static value eval_rescue(flow *f, const node *n) {
  jwt_judge_rescue(f, n);
  const node *body = ast_kid(n, F_body);
  scope before = scope_copy(f, &f->scope);
  value v = body ? flow_eval(f, body) : (value){0};
  f->scope = scope_join(f, &before, &f->scope);
  return flow_leaves(body) ? (value){0} : v;
}

static value eval_rescue_modifier(flow *f, const node *n) {
  jwt_judge_rescue_modifier(f, n);
  value v = flow_eval(f, ast_kid(n, F_body)), w = flow_eval(f, ast_kid(n, F_handler));
  bool pair = v.pair;
  v = value_merged(f, v, &w);
  v.pair = pair;
  return v;
}

static value literal(const node *n) {
  return (value){.literal = n};
}

static value eval_subshell(flow *f, const node *n) {
  value v = eval_string(f, n);
  sinks_command(f, n, &v);
  return (value){0};
}

static value eval_pair(flow *f, const node *n) {
  const node *v = ast_kid(n, F_value), *key = ast_kid(n, F_key);
  return v ? flow_eval(f, v) : key ? eval_name(f, key) : (value){0};
}

static value eval_kind(flow *f, const node *n) {
  switch (n->kind) {
  case N_assignment:
    return eval_assignment(f, n);
  case N_operator_assignment:
    return eval_operator_assignment(f, n);
  case N_call:
  case N_super:
    return eval_call(f, n);
  case N_element_reference:
    return eval_reference(f, n);
  case N_identifier:
    return eval_name(f, n);
  case N_instance_variable:
  case N_class_variable:
    return eval_instance_variable(f, n);
  case N_constant:
    return eval_constant(f, n);
  case N_global_variable:
    return eval_global(f, n);
  case N_scope_resolution:
    return ast_kid(n, F_name) ? eval_constant(f, ast_kid(n, F_name)) : (value){0};
  case N_string:
  case N_chained_string:
  case N_heredoc_beginning:
  case N_heredoc_body:
  case N_delimited_symbol:
    return eval_string(f, n);
  case N_subshell:
    return eval_subshell(f, n);
  case N_binary:
    return eval_binary(f, n);
  case N_unary:
    return ast_kid(n, F_operand) ? (flow_eval(f, ast_kid(n, F_operand)), (value){0}) : (value){0};
  case N_hash:
  case N_array:
  case N_right_assignment_list:
    return flow_joined_kids(f, n);
  case N_pair:
    return eval_pair(f, n);
  case N_hash_splat_argument:
  case N_splat_argument:
  case N_block_argument:
    return n->count ? flow_eval(f, n->kids[0]) : (value){0};
  case N_if:
  case N_elsif:
  case N_conditional:
    return flow_branch(f, ast_kid(n, F_condition), ast_kid(n, F_consequence),
                       ast_kid(n, F_alternative));
  case N_unless:
    return flow_branch(f, ast_kid(n, F_condition), ast_kid(n, F_alternative),
                       ast_kid(n, F_consequence));
  case N_if_modifier:
    return flow_branch(f, ast_kid(n, F_condition), ast_kid(n, F_body), NULL);
  case N_unless_modifier:
    return flow_branch(f, ast_kid(n, F_condition), NULL, ast_kid(n, F_body));
  case N_match_pattern:
  case N_test_pattern:
    return eval_match(f, n);
  case N_case:
  case N_case_match:
    return eval_case(f, n);
  case N_method:
  case N_singleton_method:
    return eval_method(f, n);
  case N_class:
  case N_module:
    return eval_class(f, n);
  case N_lambda:
    return flow_lambda(f, n);
  case N_return:
    return eval_return(f, n);
  case N_rescue:
    return eval_rescue(f, n);
  case N_rescue_modifier:
    return eval_rescue_modifier(f, n);
  case N_integer:
  case N_float:
  case N_true:
  case N_false:
  case N_nil:
  case N_simple_symbol:
  case N_string_array:
  case N_symbol_array:
  case N_regex:
    return literal(n);
  default:
    return flow_kids(f, n);
  }
}

enum { STEPS_BETWEEN_LOOKS = 256, SCRATCH_MAX = 128 * 1024 * 1024, KEPT_MAX = 64 * 1024 * 1024 };

static bool spent(flow *f) {
  flow_budget *b = f->budget;
  if (b->spent || ++b->steps % STEPS_BETWEEN_LOOKS)
    return b->spent;
  bool late = clock_monotonic() > b->deadline,
       large =
           arena_used(f->scratch) > SCRATCH_MAX || arena_used(f->facts->arena) - b->kept > KEPT_MAX;
  b->spent = late || large;
  if (b->spent)
    f->facts->not_read = late ? "following its values took too long: judged in part"
                              : "following its values took too much memory: judged in part";
  return b->spent;
}

value flow_eval(flow *f, const node *n) {
  if (!n || f->depth >= DEPTH_MAX || spent(f))
    return (value){0};
  f->depth++;
  value v = eval_kind(f, n);
  f->depth--;
  return v;
}
