#include "audit/audit.h"
#include "cli/cli.h"

static const option_row OPTIONS[] = {
    {"--exclude", "GLOB",
     "leave out paths beneath DIR that match, as in 'test/**'; may be repeated"},
    {"--since", "REF",
     "only findings in files that changed since this git revision, committed or not"},
    OUTPUT_OPTIONS,
    {0}};

static int run(const arguments *args) {
  audit_options options = {.directory = ".",
                           .since = arg_text(args, "--since"),
                           .exclude = arg_values(args, "--exclude")};
  output_options output = {0};
  report r;
  error e = {0};
  if (!output_prepare(args, &output, &e))
    return fail(&e);
  if (args->words.len > 1) {
    error_set(&e, ERROR_USAGE, "one directory, not %zu ('%.*s' is the second)", args->words.len,
              STR_ARG(args->words.at[1]));
    return fail(&e);
  }
  if (args->words.len)
    options.directory = arena_text(args->arena, args->words.at[0]);
  if (!audit_run(args->arena, &options, &r, &e))
    return fail(&e);
  return output_report(args, &output, &r);
}

const command COMMAND_AUDIT = {
    .name = "audit",
    .usage = "[DIR] [options]",
    .summary =
        "weak token code and container settings in a directory, each with its place and its fix",
    .about =
        "Reads the Ruby beneath DIR (Rails, Rack, ERB, lock files) and runs nothing of it: how "
        "tokens are decoded and signed, and where claims flow, step by step, to files, commands, "
        "URLs, code and SQL, over assignments, blocks, instance variables and calls between files. "
        "A check against a fixed list ends a flow.\n"
        "Reads Kubernetes manifests (YAML and JSON, rendered charts, kustomize overlays as plain "
        "files), Dockerfiles and compose files beneath DIR, without following links. Settings are "
        "judged as Kubernetes inherits them; roles, service accounts and network policies of all "
        "files count together. The Pod Security Standards are in it, baseline and restricted.\n"
        "A finding names file, line, object and field. Where the fix is mechanical it is a unified "
        "diff that git apply takes; --format patch gives all that touch lines of their own as one, "
        "and says how many are left: apply it and audit again.\n"
        "Where DIR has nothing of these kinds the report is not completed: exit 3, and no gate "
        "passes.\n"
        "A comment '# batten:ignore RULE REASON' on the line or above it takes a finding out, with "
        "its reason.",
    .options = OPTIONS,
    .examples = "$ batten audit .\n$ batten audit deploy --fail-on high --format sarif --output "
                "audit.sarif\n$ batten audit . --format patch | git apply",
    .run = run};
