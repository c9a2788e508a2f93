/* What a policy leaves open that its application may answer otherwise than its author thinks: said
 * by `guard check`, not at every start. */
#include "token/route.h"

static const bt_route *first_that_differs(const policy_rules *rules) {
  for (size_t i = 1; i < rules->routes.len; i++) {
    const bt_route *one = &rules->routes.at[i], *before = &rules->routes.at[i - 1];
    if (!route_asks_no_less(one, before) || !route_asks_no_less(before, one))
      return one;
  }
  return NULL;
}

static void advise_at(problems *p, const bt_route *route, const char *words) {
  p->line = route->line;
  p->column = route->column;
  problem_warn(p, "the route %.*s %s", STR_ARG(route->path), words);
}

void bt_policy_advise(const bt_policy *policy, bt_problem_fn tell, void *context) {
  const policy_rules *rules = policy_rules_of(policy);
  problems p = {.tell = tell, .context = context, .file = rules->name.ptr};
  const bt_route *differs = first_that_differs(rules);
  if (differs && rules->paths.letters == CASE_UNSAID)
    advise_at(&p, differs,
              "asks for other scopes than the one before, and the policy does not say whether the "
              "application knows letter case: add `paths: {case: insensitive}` for Express, IIS "
              "and their like, or `paths: {case: sensitive}`; until then a path that differs in "
              "case alone is held to the strictest route");
}
