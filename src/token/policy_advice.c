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

/* Issuers that sign for everybody's projects, for an audience that the bearer chooses, and the
 * claims of which one tells the owner's own. */
static const struct {
  const char *issuer, *write;
  const char *claims[8];
} SHARED[] = {
    {"https://token.actions.githubusercontent.com",
     "repository: my-org/my-app",
     {"repository", "repository_id", "repository_owner", "repository_owner_id", "sub",
      "workflow_ref", "job_workflow_ref"}},
    {"https://gitlab.com",
     "project_path: my-group/my-app",
     {"project_path", "project_id", "namespace_path", "namespace_id", "sub"}},
    {"https://agent.buildkite.com",
     "organization_slug: my-org",
     {"organization_slug", "organization_id", "pipeline_id", "sub"}},
    {"https://app.terraform.io",
     "terraform_organization_name: my-org",
     {"terraform_organization_name", "terraform_organization_id", "terraform_workspace_id", "sub"}},
};

static bool demands(const issuer_rule *rule, const char *claim) {
  for (size_t i = 0; i < rule->demands.len; i++) {
    str name = rule->demands.at[i].claim;
    bool pointer = name.ptr[0] == '/';
    if (str_eq(str_sub(name, pointer, name.len), str_of(claim)))
      return true;
  }
  return false;
}

static void advise_issuer(problems *p, const issuer_rule *rule) {
  for (size_t i = 0; i < sizeof SHARED / sizeof *SHARED; i++) {
    bool told_apart = !str_eq(rule->name, str_of(SHARED[i].issuer));
    for (size_t k = 0; SHARED[i].claims[k] && !told_apart; k++)
      told_apart = demands(rule, SHARED[i].claims[k]);
    p->line = rule->line;
    p->column = rule->column;
    if (!told_apart)
      problem_warn(p,
                   "%s signs for everybody's projects, and whoever asks chooses the audience: "
                   "demand what is yours, such as `claims: {%s}`",
                   SHARED[i].issuer, SHARED[i].write);
  }
}

void bt_policy_advise(const bt_policy *policy, bt_problem_fn tell, void *context) {
  const policy_rules *rules = policy_rules_of(policy);
  problems p = {.tell = tell, .context = context, .file = rules->name.ptr};
  for (size_t i = 0; i < rules->issuers.len; i++)
    advise_issuer(&p, &rules->issuers.at[i]);
  const bt_route *differs = first_that_differs(rules);
  if (differs && rules->paths.letters == CASE_UNSAID)
    advise_at(&p, differs,
              "asks for other scopes than the one before, and the policy does not say whether the "
              "application knows letter case: add `paths: {case: insensitive}` for Express, IIS "
              "and their like, or `paths: {case: sensitive}`; until then a path that differs in "
              "case alone is held to the strictest route");
}
