#include "audit/audit.h"
#include "cli/cli.h"
#include "paths/paths.h"

#include <sys/stat.h>

static const option_row OPTIONS[] = {
    {"--scan", "FILE", "a JSON report of batten scan; may be repeated"},
    {"--audit", "DIR|FILE",
     "a directory to audit now, or a JSON report of batten audit; may be repeated. The word DIR is "
     "the same"},
    {"--exclude", "GLOB",
     "leave out paths beneath audited directories that match; may be repeated"},
    OUTPUT_OPTIONS,
    {0}};

typedef LIST(const report *) report_list;

static bool is_folder(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static bool add_report(const arguments *args, str path, bool audit, report_list *out, error *e) {
  report *r = arena_make(args->arena, report);
  const char *name = arena_text(args->arena, path);
  audit_options options = {.directory = name, .exclude = arg_values(args, "--exclude")};
  bool ok = audit && is_folder(name) ? audit_run(args->arena, &options, r, e)
                                     : report_load(args->arena, name, r, e);
  if (ok)
    list_push(args->arena, out, r);
  return ok;
}

static bool read_reports(const arguments *args, report_list *out, error *e) {
  str_list scans = arg_values(args, "--scan"), audits = arg_values(args, "--audit");
  for (size_t i = 0; i < args->words.len; i++)
    if (!add_report(args, args->words.at[i], true, out, e))
      return false;
  for (size_t i = 0; i < audits.len; i++)
    if (!add_report(args, audits.at[i], true, out, e))
      return false;
  for (size_t i = 0; i < scans.len; i++)
    if (!add_report(args, scans.at[i], false, out, e))
      return false;
  return out->len || add_report(args, STR("."), true, out, e);
}

static int run(const arguments *args) {
  static const char *const FORMATS[] = {"mermaid", "graphml", NULL};
  output_options output = {.more_formats = FORMATS};
  report_list reports = {0};
  report r;
  error e = {0};
  if (!output_prepare(args, &output, &e) || !read_reports(args, &reports, &e))
    return fail(&e);
  paths_run(args->arena, reports.at, reports.len, output.color, &r);
  return output_report(args, &output, &r);
}

const command COMMAND_PATHS = {
    .name = "paths",
    .usage = "[DIR] [--scan REPORT.json] [--audit DIR|REPORT.json] [options]",
    .summary = "from a forged token to the node: every path through the findings, and the fewest "
               "fixes that cut them all",
    .about = "Joins what scan and audit found: who gets a forged token in, what a claim then "
             "reaches, what the container lets out. Starts are anonymous and any user (also one "
             "whose token should have ended); ends are node, cluster and cloud credentials. Each "
             "path is a finding, each step has its evidence and ATT&CK technique, and those with "
             "the fewest doubtful steps come first. The cut is the smallest set of fixes that "
             "leaves no path; it says when it may not be the smallest.\n"
             "Workloads of one name are told apart by their namespace, compose services by their "
             "folder. No path is claimed through a pod that the pod-security labels of its "
             "namespace refuse: it is named as not claimed, with the reason. What the audit itself "
             "holds for low leads nowhere. On the terminal paths that differ in the evidence of "
             "their steps alone are shown together; JSON and HTML list each.\n"
             "Besides the formats of every report: mermaid and graphml; HTML has the graph drawn. "
             "Without a directory or a report the working directory is audited. A part that was "
             "not completed, or a directory without anything that is read, leaves the paths "
             "incomplete too: exit 3, and no gate passes.",
    .options = OPTIONS,
    .examples =
        "$ batten paths . --scan scan.json\n"
        "# for a pull request\n"
        "$ batten paths --audit audit.json --scan scan.json --format mermaid\n"
        "# a gate: no sure path\n"
        "$ batten paths . --scan scan.json --fail-on critical --format html --output paths.html",
    .run = run};
