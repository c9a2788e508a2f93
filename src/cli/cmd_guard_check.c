/* guard check: what a policy allows, key by key, and what is wrong with it. */
#include "cli/cli.h"
#include "cli/policy_problems.h"

#include <stdio.h>

void policy_problem_print(const bt_problem *p, void *context) {
  (void)context;
  fprintf(stderr, "%s:", p->file ? p->file : "policy");
  if (p->line) fprintf(stderr, "%u:%u:", p->line, p->column);
  fprintf(stderr, " %s%s\n", p->warning ? "warning: " : "", p->message);
}

static int run_check(const arguments *args) {
  error e = {0};
  if (args->words.len != 1) {
    error_set(&e, ERROR_USAGE, "one policy file is needed; %zu words were given", args->words.len);
    return fail(&e);
  }
  bt_policy *p = bt_policy_load_file(arena_text(args->arena, args->words.at[0]), policy_problem_print, NULL);
  if (!p) return ERROR_USAGE;
  char *text = bt_policy_describe(p, clock_wall());
  if (text) fputs(text, stdout);
  bt_text_free(text);
  bt_policy_free(p);
  return 0;
}

const command COMMAND_GUARD_CHECK = {
    .name = "guard check",
    .usage = "POLICY",
    .summary = "what a policy allows, key by key, and what it refuses",
    .about = "Reads a policy and its keys as guard would, and says in plain words what is accepted and what is refused. Errors "
             "are printed with file, line and column, and what to write instead; then the exit code is 2.",
    .options = (const option_row[]){{0}},
    .examples = "$ batten guard check batten.policy.yaml",
    .run = run_check};
