#include "cli/cli.h"

static const option_row OPTIONS[] = {
    {"--format", "F", "pretty (default), json or markdown"},
    {"--output", "FILE", "where it goes; '-' or none is stdout"},
    {"--fail-on-new", NULL, "exit 1 when the new report has a finding that the old has not"},
    {0}};

static const struct {
  const char *name;
  str (*write)(arena *a, const report_diff *d);
} FORMATS[] = {{"pretty", diff_pretty}, {"json", diff_json}, {"markdown", diff_markdown}};

enum { FORMAT_COUNT = sizeof FORMATS / sizeof *FORMATS };

static bool find_format(const arguments *args, size_t *out, error *e) {
  const char *names[FORMAT_COUNT + 1] = {0};
  str text = arg_value(args, "--format");
  *out = 0;
  for (size_t i = 0; i < FORMAT_COUNT; i++) {
    names[i] = FORMATS[i].name;
    if (!text.ptr || !str_eq(text, str_of(FORMATS[i].name)))
      continue;
    *out = i;
    return true;
  }
  if (!text.ptr)
    return true;
  const char *near = nearest_name(text, names);
  return error_set(e, ERROR_USAGE, "--format %.*s: pretty, json or markdown%s%s%s", STR_ARG(text),
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int run(const arguments *args) {
  report old, now;
  size_t format;
  error e = {0};
  if (!find_format(args, &format, &e))
    return fail(&e);
  if (args->words.len != 2) {
    error_set(&e, ERROR_USAGE, "diff needs two reports: batten diff OLD.json NEW.json");
    return fail(&e);
  }
  if (!report_load(args->arena, arena_text(args->arena, args->words.at[0]), &old, &e) ||
      !report_load(args->arena, arena_text(args->arena, args->words.at[1]), &now, &e))
    return fail(&e);
  if (old.kind != now.kind) {
    error_set(&e, ERROR_USAGE,
              "%.*s is a report of %s and %.*s one of %s: only two of a kind can be compared",
              STR_ARG(args->words.at[0]), report_kind_name(old.kind), STR_ARG(args->words.at[1]),
              report_kind_name(now.kind));
    return fail(&e);
  }
  report_diff d = report_compare(args->arena, &old, &now);
  str text = FORMATS[format].write(args->arena, &d), path = arg_value(args, "--output");
  if (!path.ptr || str_eq(path, STR("-")))
    print_out(text);
  else if (!file_write(arena_text(args->arena, path), text, 0644, &e))
    return fail(&e);
  if (now.partial)
    return ERROR_INCOMPLETE;
  return arg_given(args, "--fail-on-new") && d.added.len ? 1 : 0;
}

const command COMMAND_DIFF = {
    .name = "diff",
    .usage = "OLD.json NEW.json [options]",
    .summary = "what changed between two reports: new, fixed, still there",
    .about = "Compares two JSON reports by fingerprint, which is stable over runs, hosts and "
             "ports. A finding that is gone counts as fixed only when its check was decided again; "
             "else it is listed as not tested this time.",
    .options = OPTIONS,
    .examples = "$ batten diff yesterday.json today.json\n"
                "$ batten diff main.json branch.json --format markdown --fail-on-new",
    .run = run};
