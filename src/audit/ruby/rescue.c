/* What happens when verification fails: a rescue that goes on as if it had not. */
#include "audit/ruby/jwt.h"

static bool rescues_verification(const node *exceptions, const node *around) {
  if (!node_has(around, "JWT.decode") && !node_has(around, "JWT::EncodedToken") &&
      !node_has(exceptions, "JWT::"))
    return false;
  return !exceptions || node_has(exceptions, "JWT::") || node_has(exceptions, "StandardError") ||
         node_has(exceptions, "Exception");
}

static bool has_any(const node *n, const char *const *words) {
  for (; *words; words++)
    if (node_has(n, *words))
      return true;
  return false;
}

/* User.guest, OpenStruct.new(role: 'user'), Guest.new */
static bool makes_somebody(const node *n) {
  static const char *const makers[] = {"new",     "guest", "default", "first",    "anonymous",
                                       "find_by", "find",  "system",  "instance", NULL};
  static const char *const who[] = {"User",     "Guest",   "Anonymous", "OpenStruct", "Claims",
                                    "Identity", "Account", "Principal", NULL};
  const node *receiver = n->kind == N_call ? ast_kid(n, F_receiver) : NULL;
  for (size_t i = 0; receiver && makers[i]; i++)
    if (str_eq(node_name(n), str_of(makers[i])))
      return has_any(receiver, who);
  return false;
}

/* What the rescue gives back, in words; NULL when that is a refusal. */
static const char *goes_on(flow *f, const node *last) {
  static const char *const refusals[] = {"error", "false", "message", "status", NULL},
                           *const some[] = {"User.",     "guest",    "default_user",
                                            "payload =", "claims =", NULL};
  static const char *const none[] = {"nil", "render", "= false", NULL};
  str receiver =
      last->kind == N_call && ast_kid(last, F_receiver) ? ast_kid(last, F_receiver)->text : STR("");
  if (last->kind == N_true)
    return "true";
  if (last->kind == N_element_reference ||
      (last->kind == N_call && !jwt_is_decode(last, receiver, node_name(last)) &&
       ast_kid(last, F_receiver) && node_has(ast_kid(last, F_receiver), "JWT.decode")))
    return node_has(last, "JWT.decode") ? "the token decoded once more" : NULL;
  if (last->kind == N_call && jwt_is_decode(last, receiver, node_name(last)))
    return "the token decoded once more";
  if (last->kind == N_hash && last->count && !has_any(last, refusals))
    return "claims of its own";
  if (makes_somebody(last))
    return "a user or claims all the same";
  bool other =
      last->kind == N_call || last->kind == N_assignment || last->kind == N_operator_assignment;
  (void)f;
  return other && has_any(last, some) && !has_any(last, none) ? "a user or claims all the same"
                                                              : NULL;
}

/* A call of the controller's own (head, render, a helper), a raise or a throw: the request ends
 * there. */
static bool halts(const node *n) {
  if (n->kind == N_identifier || n->kind == N_super)
    return true;
  if (n->kind == N_call && !ast_kid(n, F_receiver))
    return true;
  if (n->kind == N_call && str_ends(ast_kid(n, F_receiver)->text, STR("logger")))
    return false;
  if (n->kind == N_call && (ast_kid(n, F_receiver)->kind == N_self ||
                            str_contains(ast_kid(n, F_receiver)->text, STR("response"))))
    return true;
  if (n->kind == N_assignment || n->kind == N_operator_assignment)
    return true; /* decided elsewhere */
  for (size_t i = 0; n->kind != N_call && i < n->count; i++)
    if (halts(n->kids[i]))
      return true;
  return false;
}

static bool lets_pass(const node *body) {
  for (size_t i = 0; body && i < body->count; i++)
    if (halts(body->kids[i]))
      return false;
  return true;
}

void jwt_judge_rescue(flow *f, const node *rescue) {
  const node *body = ast_kid(rescue, F_body);
  if (!rescues_verification(ast_kid(rescue, F_exceptions), rescue->parent))
    return;
  const node *last = body && body->count ? body->kids[body->count - 1] : NULL;
  if (last && last->kind == N_return && last->count)
    last = last->kids[0]->count ? last->kids[0]->kids[0] : last;
  const char *what = last ? goes_on(f, last) : NULL;
  if (!what && f->before_action && lets_pass(body))
    what = body ? "nothing that ends the request, and the filter lets it pass"
                : "nothing, and the filter lets the request pass";
  if (what)
    fact_find(f->facts, "rb-jwt-error-open", rescue, flow_place(f), "the rescue gives back %s",
              what);
}

/* claims = JWT.decode(...) rescue { 'role' => 'guest' } */
void jwt_judge_rescue_modifier(flow *f, const node *n) {
  const node *body = ast_kid(n, F_body), *handler = ast_kid(n, F_handler);
  if (!body || !handler || !rescues_verification(NULL, body))
    return;
  const char *what = goes_on(f, handler);
  if (what)
    fact_find(f->facts, "rb-jwt-error-open", n, flow_place(f), "the rescue gives back %s", what);
}
