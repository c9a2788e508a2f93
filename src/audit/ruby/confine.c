/* The checks that confine a value: comparisons with what is written out, lists, patterns, and what
 * leaves when they fail. */
#include "audit/ruby/inside.h"

void flow_confine(flow *f, const node *n, str_list *out) {
  value *v;
  while (n && n->kind == N_parenthesized_statements && n->count)
    n = n->kids[0];
  if (!n)
    return;
  list_push(f->scratch, out, n->text);
  if ((v = scope_find(&f->scope, n->text)) && v->made_from.len)
    list_push(f->scratch, out, v->made_from);
  const node *receiver = n->kind == N_call ? ast_kid(n, F_receiver) : NULL,
             *name = ast_kid(n, F_method);
  if (receiver && name &&
      IN(name->text, "host", "hostname", "domain", "to_s", "to_sym", "downcase", "strip"))
    flow_confine(f, receiver, out);
  const node *args = n->kind == N_call ? ast_kid(n, F_arguments) : NULL;
  if (args && args->count && name && (IN(name->text, "parse", "URI", "String")))
    flow_confine(f, args->kids[0], out);
}

/* Written out, a constant, or what a method of another purpose gives: nothing of the caller's. */
static bool finite(flow *f, const node *n) {
  if (!n)
    return false;
  if (n->kind == N_constant || n->kind == N_scope_resolution)
    return true;
  value v = flow_eval(f, n);
  bool named = n->kind == N_identifier || (n->kind == N_call && !str_contains(n->text, STR("[")));
  bool theirs = str_icontains(n->text, STR("claim")) || str_icontains(n->text, STR("payload")) ||
                str_icontains(n->text, STR("token"));
  for (size_t i = 0; i < v.from.len; i++)
    if (!named || theirs ||
        !(str_starts(v.from.at[i].slot, STR("T:")) || str_starts(v.from.at[i].slot, STR("C:"))))
      return false;
  return true;
}

bool flow_anchored(const node *n) {
  return n && n->kind == N_regex && str_contains(n->text, STR("\\A")) &&
         (str_contains(n->text, STR("\\z")) || str_contains(n->text, STR("\\Z"))) &&
         !str_contains(n->text, STR(".*")) && !str_contains(n->text, STR(".+"));
}

/* A list of hosts with the machine itself in it keeps nobody from the services that listen there.
 */
static bool lists_loopback(const node *list) {
  return (list->kind == N_array || list->kind == N_string_array) &&
         (str_contains(list->text, STR("127.0.0.1")) || str_contains(list->text, STR("localhost")));
}

static size_t args_count(const node *args) {
  return args ? args->count : 0;
}

static void checks_call(flow *f, const node *n, bool holds, str_list *out) {
  const node *receiver = ast_kid(n, F_receiver), *name = ast_kid(n, F_method),
             *args = ast_kid(n, F_arguments);
  const node *first = args && args->count ? args->kids[0] : NULL;
  if (!name || !receiver || !holds) {
    if (name && receiver && !holds && IN(name->text, "exclude?") && first && finite(f, receiver))
      flow_confine(f, first, out);
    return;
  }
  if (IN(name->text, "include?", "member?", "key?", "has_key?", "cover?", "===") && first &&
      finite(f, receiver) && flow_literal(f, receiver)->kind != N_string &&
      !lists_loopback(flow_literal(f, receiver)))
    flow_confine(f, first, out);
  if (IN(name->text, "in?") && first && finite(f, first))
    flow_confine(f, receiver, out);
  if (IN(name->text, "match?", "match")) {
    if (flow_anchored(flow_literal(f, receiver)) && first)
      flow_confine(f, first, out);
    if (first && flow_anchored(flow_literal(f, first)))
      flow_confine(f, receiver, out);
  }
  bool vouched = str_ends(name->text, STR("?")) && (str_icontains(name->text, STR("signature")) ||
                                                    str_icontains(name->text, STR("hmac")));
  for (size_t i = 0; vouched && i < args_count(args); i++)
    flow_confine(f, args->kids[i], out); /* whoever has the key chose it */
  if (IN(name->text, "start_with?")) {
    value v = flow_eval(f, receiver);
    bool canonical = v.from.len > 0;
    for (size_t i = 0; i < v.from.len; i++)
      canonical &= (v.from.at[i].flags & FLOW_CANON) != 0;
    if (canonical)
      flow_confine(f, receiver, out);
  }
}

void flow_collect_checks(flow *f, const node *n, bool holds, str_list *out) {
  while (n && n->kind == N_parenthesized_statements && n->count == 1)
    n = n->kids[0];
  if (!n)
    return;
  if (n->kind == N_unary && (str_eq(n->op, STR("!")) || str_eq(n->op, STR("not")))) {
    flow_collect_checks(f, ast_kid(n, F_operand), !holds, out);
  } else if (n->kind == N_binary) {
    const node *left = ast_kid(n, F_left), *right = ast_kid(n, F_right);
    if (IN(n->op, holds ? "&&" : "||", holds ? "and" : "or")) {
      flow_collect_checks(f, left, holds, out);
      flow_collect_checks(f, right, holds, out);
    } else if (str_eq(n->op, holds ? STR("==") : STR("!="))) {
      if (finite(f, right))
        flow_confine(f, left, out);
      else if (finite(f, left))
        flow_confine(f, right, out);
    } else if (str_eq(n->op, holds ? STR("=~") : STR("!~"))) {
      if (flow_anchored(flow_literal(f, right)))
        flow_confine(f, left, out);
      if (flow_anchored(flow_literal(f, left)))
        flow_confine(f, right, out);
    }
  } else if (n->kind == N_call) {
    checks_call(f, n, holds, out);
  }
}

void flow_apply_checks(flow *f, const node *condition, bool holds) {
  str_list texts = {0};
  flow_collect_checks(f, condition, holds, &texts);
  for (size_t i = 0; i < texts.len; i++) {
    value *v = scope_find(&f->scope, texts.at[i]);
    if (v)
      v->from = (origin_list){0};
    list_push(f->scratch, &f->scope.clean, texts.at[i]);
  }
}

/* The statement never lets the next one run. */
bool flow_leaves(const node *n) {
  if (!n)
    return false;
  if (n->kind == N_return || n->kind == N_next || n->kind == N_break)
    return true;
  if (n->kind == N_binary && IN(n->op, "and", "&&"))
    return flow_leaves(ast_kid(n, F_right));
  if (n->kind == N_identifier)
    return IN(n->text, "raise", "fail", "abort", "exit", "exit!");
  if (n->kind == N_call) {
    const node *name = ast_kid(n, F_method);
    return name && !ast_kid(n, F_receiver) &&
           IN(name->text, "raise", "fail", "halt", "throw", "abort", "exit", "exit!");
  }
  if (n->kind == N_then || n->kind == N_else || n->kind == N_parenthesized_statements ||
      n->kind == N_begin || n->kind == N_body_statement)
    return n->count && flow_leaves(n->kids[n->count - 1]);
  return false;
}

value flow_branch(flow *f, const node *condition, const node *yes, const node *no) {
  flow_eval(f, condition);
  jwt_judge_condition(f, condition);
  scope before = scope_copy(f, &f->scope);
  value v = {0}, w = {0};
  flow_apply_checks(f, condition, true);
  if (yes)
    v = flow_eval(f, yes);
  scope after_yes = f->scope;
  f->scope = before;
  flow_apply_checks(f, condition, false);
  if (no)
    w = flow_eval(f, no);
  if (flow_leaves(yes))
    return w;
  if (flow_leaves(no))
    f->scope = after_yes;
  else
    f->scope = scope_join(f, &after_yes, &f->scope);
  return value_merged(f, v, &w);
}
