/* Lambdas and procs that have a name: to the rest of the program each is a method "call" of that
 * name. */
#include "audit/ruby/inside.h"

static str method_name(const node *call) {
  const node *name = ast_kid(call, F_method);
  return name ? name->text : STR("");
}

/* ->(x) { ... }, lambda { |x| ... }, proc { ... }, Proc.new { ... } */
static bool makes_lambda(const node *n) {
  const node *receiver = n->kind == N_call ? ast_kid(n, F_receiver) : NULL;
  if (n->kind != N_call || !ast_kid(n, F_block))
    return n->kind == N_lambda;
  if (!receiver)
    return IN(method_name(n), "lambda", "proc");
  return str_eq(receiver->text, STR("Proc")) && str_eq(method_name(n), STR("new"));
}

/* Over .freeze and its like, outwards. */
static const node *with_calls(const node *n) {
  while (n->parent && n->parent->kind == N_call && ast_kid(n->parent, F_receiver) == n)
    n = n->parent;
  return n;
}

static const node *without_calls(const node *n) {
  while (n && !makes_lambda(n) && n->kind == N_call)
    n = ast_kid(n, F_receiver);
  return n;
}

/* scope :owned_by, ->(tenant) { ... }: the symbol. */
static const node *defined_method(const node *lambda) {
  const node *list =
      lambda->parent && lambda->parent->kind == N_argument_list ? lambda->parent : NULL;
  bool defines = list && !ast_kid(list->parent, F_receiver) &&
                 IN(method_name(list->parent), "scope", "define_method");
  return defines && list->count > 1 && list->kids[0]->kind == N_simple_symbol ? list->kids[0]
                                                                              : NULL;
}

/* NAME = ->(x) { ... }, NAME = proc { ... }.freeze, NAME = {key: ->(x) { ... }}: what it is called
 * by; else empty. */
static str lambda_name(flow *f, const node *n) {
  n = with_calls(n);
  bool held = n->parent && n->parent->kind == N_pair && ast_kid(n->parent, F_value) == n;
  str key = held ? ast_literal(f->scratch, ast_kid(n->parent, F_key)) : (str){0};
  if (key.len && n->parent->parent)
    n = with_calls(n->parent->parent);
  const node *p = n->parent, *left = p && p->kind == N_assignment && ast_kid(p, F_right) == n
                                         ? ast_kid(p, F_left)
                                         : NULL;
  if (!left)
    return STR("");
  return key.len ? arena_printf(f->facts->arena, "%.*s[%.*s]", STR_ARG(left->text), STR_ARG(key))
                 : left->text;
}

value flow_lambda(flow *f, const node *n) {
  flow inner = *f;
  const node *made = n->kind == N_lambda ? n : ast_kid(n, F_block), *body = ast_kid(made, F_body);
  const node *defines = defined_method(n);
  str name = defines ? STR("") : lambda_name(f, n);
  inner.scope = scope_copy(f, &f->scope);
  if (defines) {
    inner.method = str_sub(defines->text, 1, defines->text.len);
  } else if (name.len) {
    inner.klass = name;
    inner.method = STR("call");
  }
  bool named = defines || name.len;
  method_fact m = {.klass = inner.klass, .name = inner.method};
  if (named)
    flow_declare_parameters(&inner, ast_kid(made, F_parameters), &m);
  if (named)
    list_push(f->facts->arena, &f->facts->methods, m);
  value v =
      body ? flow_kids(&inner, ast_kid(body, F_body) ? ast_kid(body, F_body) : body) : (value){0};
  if (named)
    flow_return_value(&inner, v, n);
  return named ? (value){0} : v;
}

bool flow_names_lambda(flow *f, const node *n) {
  return makes_lambda(n) && lambda_name(f, n).len > 0;
}

static str called_name(const node *n) {
  return flow_last_constant(n).len ? flow_last_constant(n) : n->text;
}

str flow_lambda_held(flow *f, const node *n) {
  const node *args = ast_kid(n, F_arguments), *key = NULL, *hash = NULL;
  if (n->kind == N_element_reference && n->count == 2)
    hash = n->kids[0], key = n->kids[1];
  bool fetches =
      n->kind == N_call && args && args->count == 1 && str_eq(method_name(n), STR("fetch"));
  if (fetches)
    hash = ast_kid(n, F_receiver), key = args->kids[0];
  str name = key && hash ? ast_literal(f->scratch, key) : (str){0};
  return name.len ? arena_printf(f->facts->arena, "%.*s[%.*s]", STR_ARG(called_name(hash)),
                                 STR_ARG(name))
                  : STR("");
}

/* A lambda of this file, or a constant that another file may set to one. */
static bool may_be_lambda(flow *f, const node *name) {
  str text = flow_last_constant(name);
  const value *v = text.len                     ? flow_constant(f, text)
                   : name->kind == N_identifier ? scope_find(&f->scope, name->text)
                                                : NULL;
  const node *made = v ? without_calls(v->literal) : NULL;
  if (v)
    return made && makes_lambda(made);
  bool upper = text.len > 1 && !str_eq(text, STR("ENV"));
  for (size_t i = 0; upper && i < text.len; i++)
    upper = text.ptr[i] < 'a' || text.ptr[i] > 'z';
  return upper;
}

value flow_call_by_brackets(flow *f, const node *n) {
  const node *nodes[ARGUMENTS_MAX];
  value args[ARGUMENTS_MAX];
  size_t count = 0;
  if (!may_be_lambda(f, n->kids[0]))
    return (value){0};
  for (size_t i = 1; i < n->count && count < ARGUMENTS_MAX; i++) {
    nodes[count] = n->kids[i];
    args[count++] = flow_eval(f, n->kids[i]);
  }
  return flow_record_call(f, n, CALL_UNKNOWN, called_name(n->kids[0]), STR("call"), nodes, args,
                          count);
}
