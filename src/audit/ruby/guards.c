/* Filters that let a request pass only with a value that is on a list: before_action :check, and a
 * check that halts otherwise. In the actions behind them the value is confined. */
#include "audit/ruby/inside.h"

/* The filter's method has answered, so that no action runs. */
static bool halts(const node *n) {
  static const char *const starts[] = {"render", "redirect",     "not_found",   "forbid",
                                       "deny",   "unauthorized", "bad_request", "head_"};
  str name = n->kind == N_call && !ast_kid(n, F_receiver) && ast_kid(n, F_method)
                 ? ast_kid(n, F_method)->text
             : n->kind == N_identifier ? n->text
                                       : STR("");
  if (IN(name, "head", "raise", "fail", "fail!", "halt", "throw"))
    return true; /* headers and failures are none */
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (str_starts(name, str_of(starts[i])))
      return true;
  if (n->kind == N_if || n->kind == N_unless || n->kind == N_if_modifier ||
      n->kind == N_unless_modifier)
    return false; /* not always */
  for (size_t i = 0; i < n->count; i++)
    if (halts(n->kids[i]))
      return true;
  return false;
}

static const node *find_method(const node *body, str name) {
  for (size_t i = 0; body && i < body->count; i++)
    if (body->kids[i]->kind == N_method && ast_kid(body->kids[i], F_name) &&
        str_eq(ast_kid(body->kids[i], F_name)->text, name))
      return body->kids[i];
  return NULL;
}

/* x of (x = params[:x]): what the name stands for in the filter. */
static void add_assigned(flow *f, const node *n, str name, str_list *out) {
  const node *left = n->kind == N_assignment ? ast_kid(n, F_left) : NULL,
             *right = n->kind == N_assignment ? ast_kid(n, F_right) : NULL;
  if (left && right && str_eq(left->text, name))
    list_push(f->scratch, out, right->text);
  for (size_t i = 0; i < n->count; i++)
    add_assigned(f, n->kids[i], name, out);
}

/* `return if fine`, and then the answer; `answer unless fine`; `if bad then answer`. */
static void collect(flow *f, const node *body, str_list *out) {
  bool single = body->kind != N_body_statement,
       answers = !single && body->count && halts(body->kids[body->count - 1]);
  for (size_t i = 0; i < (single ? 1 : body->count); i++) {
    const node *s = single ? body : body->kids[i],
               *inside = ast_kid(s, F_body) ? ast_kid(s, F_body) : ast_kid(s, F_consequence);
    bool when = s->kind == N_if || s->kind == N_if_modifier,
         without = s->kind == N_unless || s->kind == N_unless_modifier;
    if (!(when || without) || !inside)
      continue;
    bool passes = inside->kind == N_return && answers;
    if (passes)
      flow_collect_checks(f, ast_kid(s, F_condition), when, out);
    else if (halts(inside) && !ast_kid(s, F_alternative))
      flow_collect_checks(f, ast_kid(s, F_condition), !when, out);
  }
}

static void names_of(flow *f, const node *n, str_list *out) {
  str text = ast_literal(f->scratch, n);
  if (text.ptr)
    list_push(f->scratch, out, text);
  for (size_t i = 0; !text.ptr && i < n->count; i++)
    names_of(f, n->kids[i], out);
}

static void learn(flow *f, const node *class_body, const node *call, filter_list *out) {
  const node *args = ast_kid(call, F_arguments);
  str_list only = {0}, except = {0};
  for (size_t i = 0; args && i < args->count; i++) {
    const node *key = args->kids[i]->kind == N_pair ? ast_kid(args->kids[i], F_key) : NULL,
               *given = key ? ast_kid(args->kids[i], F_value) : NULL;
    str name = ast_literal(f->scratch, key);
    if (!key || !given)
      continue;
    if (str_eq(name, STR("only")))
      names_of(f, given, &only);
    else if (str_eq(name, STR("except")))
      names_of(f, given, &except);
    else
      return; /* if:, unless: not always */
  }
  for (size_t i = 0; args && i < args->count; i++) {
    const node *method =
        args->kids[i]->kind == N_simple_symbol
            ? find_method(class_body, str_sub(args->kids[i]->text, 1, args->kids[i]->text.len))
            : NULL;
    filter g = {
        .method = method ? ast_kid(method, F_name)->text : STR(""), .only = only, .except = except};
    if (!method || !ast_kid(method, F_body))
      continue;
    collect(f, ast_kid(method, F_body), &g.texts);
    for (size_t t = 0, n = g.texts.len; t < n; t++)
      add_assigned(f, method, g.texts.at[t], &g.texts);
    if (g.texts.len)
      list_push(f->scratch, out, g);
  }
}

void guards_learn(flow *f, const node *class_body, filter_list *out) {
  for (size_t i = 0; class_body && i < class_body->count; i++) {
    const node *n = class_body->kids[i],
               *name = n->kind == N_call && !ast_kid(n, F_receiver) ? ast_kid(n, F_method) : NULL;
    if (name && IN(name->text, "before_action", "prepend_before_action"))
      learn(f, class_body, n, out);
  }
}

/* What is confined when the method runs; variables of the filter are none of the method's. */
void guards_apply(flow *f, str method) {
  for (size_t i = 0; f->guards && i < f->guards->len; i++) {
    const filter *g = &f->guards->at[i];
    if (str_eq(g->method, method) || (g->only.len && !str_list_has(&g->only, method)) ||
        str_list_has(&g->except, method))
      continue;
    for (size_t t = 0; t < g->texts.len; t++)
      if (str_starts(g->texts.at[t], STR("params")) || str_starts(g->texts.at[t], STR("@")))
        list_push(f->scratch, &f->scope.clean, g->texts.at[t]);
  }
}
