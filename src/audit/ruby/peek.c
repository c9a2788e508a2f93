/* A look into a token before it is verified, to find the key that then verifies it: no flaw, as
 * long as the claims serve nothing else. What a look serves is followed by name, through the
 * methods and variables of the file. */
#include "audit/ruby/jwt.h"

enum { NAMES_MAX = 96, LOOK_DEPTH = 60, PEEKS_MAX = 512 };

static bool is_method(const node *n) {
  return n->kind == N_method || n->kind == N_singleton_method;
}

static str called(const node *n) {
  return n->kind == N_identifier || n->kind == N_instance_variable ? n->text
         : n->kind == N_call                                       ? node_name(n)
                                                                   : STR("");
}

static void collect(flow *f, const node *n, str_list *out) {
  str name = called(n);
  if (name.len && out->len < NAMES_MAX && !str_list_has(out, name))
    list_push(f->scratch, out, name);
  for (size_t i = 0; i < n->count; i++)
    collect(f, n->kids[i], out);
}

/* What the names stand for, wherever the file says it: methods anywhere, variables within `around`;
 * and what those name. */
static void collect_meanings(flow *f, const node *n, const node *around, str_list *out) {
  const node *name = is_method(n) ? ast_kid(n, F_name) : NULL, *left = ast_kid(n, F_left);
  bool assigns =
      (n->kind == N_assignment || n->kind == N_operator_assignment) && left && ast_kid(n, F_right);
  if (name && str_list_has(out, name->text) && ast_kid(n, F_body))
    collect(f, ast_kid(n, F_body), out);
  if (assigns && node_method(n) == around)
    for (size_t i = 0; i < out->len; i++)
      if (str_eq(left->text, out->at[i]) || (left->kind == N_left_assignment_list &&
                                             node_has(left, arena_text(f->scratch, out->at[i])))) {
        collect(f, ast_kid(n, F_right), out);
        break;
      }
  for (size_t i = 0; i < n->count; i++)
    collect_meanings(f, n->kids[i], around, out);
}

/* Every name that finding the key of this decode leads to. */
static str_list names_of_key(flow *f, const node *root, const node *decode) {
  const node *args = ast_kid(decode, F_arguments), *block = ast_kid(decode, F_block);
  str_list out = {0};
  for (size_t i = 1; args && i < args->count; i++)
    collect(f, args->kids[i], &out);
  if (block)
    collect(f, block, &out);
  for (size_t before = 0; before != out.len;) {
    before = out.len;
    collect_meanings(f, root, node_method(decode), &out);
  }
  return out;
}

static bool verifies(const node *n) {
  const node *receiver = n->kind == N_call ? ast_kid(n, F_receiver) : NULL,
             *args = ast_kid(n, F_arguments);
  if (!receiver || !args || args->count < 2 || !jwt_is_decode(n, receiver->text, node_name(n)))
    return false;
  return args->count < 3 || (args->kids[2]->kind != N_false && args->kids[2]->kind != N_nil);
}

static size_t times_used(const node *n, str name) {
  size_t times = str_eq(called(n), name);
  for (size_t i = 0; i < n->count; i++)
    times += times_used(n->kids[i], name);
  return times;
}

/* Uses of the name in methods that have no part in finding the key. */
static bool used_elsewhere(const node *n, str name, const str_list *names, const node *decode) {
  const node *own = is_method(n) ? ast_kid(n, F_name) : NULL;
  if (own &&
      (str_list_has(names, own->text) || str_eq(own->text, name) || n == node_method(decode)))
    return false;
  if (own)
    return times_used(n, name) > 0;
  for (size_t i = 0; i < n->count; i++)
    if (used_elsewhere(n->kids[i], name, names, decode))
      return true;
  return false;
}

static bool is_private(const node *method) {
  const node *body = method->parent;
  for (size_t i = 0; body && i < body->count && body->kids[i] != method; i++)
    if (body->kids[i]->kind == N_identifier && str_eq(body->kids[i]->text, STR("private")))
      return true;
  return body && body->kind == N_argument_list; /* private def x */
}

/* The variable that holds what is seen: payload = ..., payload, = ...; NULL when there is none. */
static const node *holder(const node *call) {
  const node *n = call;
  for (int i = 0;
       n && i < 6 && n->kind != N_assignment && n->kind != N_operator_assignment && !is_method(n);
       i++)
    n = n->parent;
  return n && (n->kind == N_assignment || n->kind == N_operator_assignment) ? ast_kid(n, F_left)
                                                                            : NULL;
}

/* The method gives back what is seen. */
static bool gives_away(const node *method, const node *call) {
  const node *body = ast_kid(method, F_body), *held = holder(call);
  const node *last =
      body && body->kind == N_body_statement && body->count ? body->kids[body->count - 1] : body;
  for (const node *n = call; n; n = n->parent)
    if (n == last)
      return last->kind != N_call || held || !ast_kid(last, F_arguments) ||
             ast_kid(last, F_arguments)->count == 0 || last == call ||
             str_eq(node_name(last), STR("dig")) || str_eq(node_name(last), STR("fetch"));
  return last && held && node_has(held, "") && times_used(last, called(held)) > 0 &&
         last->kind != N_call;
}

static peek judge(flow *f, const node *root, const node *call, const node *decode) {
  str_list names = names_of_key(f, root, decode);
  const node *around = node_method(call), *held = holder(call);
  if (around == node_method(decode)) {
    bool serves = false;
    for (size_t i = 0; held && i < names.len; i++)
      serves |= times_used(held, names.at[i]) > 0;
    return serves ? PEEK_FOR_KEY : PEEK_NONE;
  }
  const node *name = is_method(around) ? ast_kid(around, F_name) : NULL;
  if (!name || !str_list_has(&names, name->text) ||
      used_elsewhere(root, name->text, &names, decode))
    return PEEK_NONE;
  return !gives_away(around, call) || is_private(around) ? PEEK_FOR_KEY : PEEK_SHARED;
}

/* Each costs a walk or more over the file: in one made of nothing else the rest is found, not
 * followed. */
static peek look(flow *f, const node *root, const node *n, const node *call, unsigned depth) {
  peek best = n != call && verifies(n) && f->facts->peeks < PEEKS_MAX && ++f->facts->peeks
                  ? judge(f, root, call, n)
                  : PEEK_NONE;
  for (size_t i = 0; best == PEEK_NONE && depth < LOOK_DEPTH && i < n->count; i++)
    best = look(f, root, n->kids[i], call, depth + 1);
  return best;
}

peek jwt_peeks(flow *f, const node *call) {
  const node *root = call;
  while (root->parent)
    root = root->parent;
  return look(f, root, root, call, 0);
}
