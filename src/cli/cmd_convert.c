#include "cli/cli.h"

enum { REPORT_LIMIT = 256 * 1024 * 1024 };

static const option_row OPTIONS[] = {OUTPUT_OPTIONS, {0}};

static int run(const arguments *args) {
  output_options output = {0};
  report r;
  error e = {0};
  if (!output_prepare(args, &output, &e))
    return fail(&e);
  if (args->words.len != 1) {
    error_set(&e, ERROR_USAGE, "convert needs one report: batten convert REPORT.json --format F");
    return fail(&e);
  }
  if (!report_load(args->arena, arena_text(args->arena, args->words.at[0]), &r, &e))
    return fail(&e);
  return output_report(args, &output, &r);
}

const command COMMAND_CONVERT = {
    .name = "convert",
    .usage = "REPORT.json --format F [--output FILE]",
    .summary = "a JSON report in another format, or judged by another gate",
    .about = "Reads a report that scan, audit or paths wrote as JSON ('-' is stdin) and writes it "
             "in any format. Gates, baseline and suppressions work as they do for the command that "
             "made it, so one scan serves several readers.",
    .options = OPTIONS,
    .examples = "$ batten convert report.json --format sarif --output report.sarif\n"
                "$ batten convert report.json --format markdown\n"
                "# the gate alone\n"
                "$ batten convert report.json --fail-on high --format table",
    .run = run};
