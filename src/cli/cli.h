/* The command line: one table of commands, one file for each. A command is described once; --help, the man page and
 * docs/ are printed from that description. */
#ifndef BATTEN_CLI_H
#define BATTEN_CLI_H

#include "base/base.h"
#include "report/report.h"

typedef struct {
  const char *name;  /* "--token" */
  const char *value; /* "T", or NULL for a switch */
  const char *help;
} option_row;

typedef struct {
  const option_row *row;
  str value;
} option_given;

typedef struct {
  arena *arena;
  LIST(option_given) options;
  str_list words; /* what is no option */
} arguments;

typedef struct {
  const char *name;      /* "scan", "token mint" */
  const char *usage;     /* "URL [options]" */
  const char *summary;   /* one line */
  const char *about;     /* paragraphs */
  const option_row *options; /* ends with a row without name */
  const char *examples;  /* lines: "# what\n$ command" */
  int (*run)(const arguments *args); /* returns the exit code */
} command;

const command *command_at(size_t i); /* NULL past the last */
extern const command COMMAND_SCAN;
extern const command COMMAND_CHECKS;
extern const command COMMAND_MCP;
extern const command COMMAND_INSPECT;
extern const command COMMAND_MINT;
extern const command COMMAND_WEAK;

bool arguments_parse(arena *a, const command *c, int argc, char **argv, arguments *out, error *e);
bool arg_given(const arguments *args, const char *name);
str arg_value(const arguments *args, const char *name); /* the last; ptr NULL when not given */
const char *arg_text(const arguments *args, const char *name); /* NUL-terminated, or NULL */
str_list arg_values(const arguments *args, const char *name);

str help_text(arena *a, const command *c);     /* for the terminal */
str help_overview(arena *a);
str help_man(arena *a, const command *c);      /* troff; NULL: the overview batten(1) */
str help_markdown(arena *a, const command *c); /* docs/NAME.md */

/* Options that scan, audit and paths share: what to write where, the gate. */
#define OUTPUT_OPTIONS                                                                                                 \
  {"--format", "F",                                                                                                    \
   "pretty (default; alias summary), table, json, sarif, html or markdown; may be repeated, with one --output for "    \
   "each in the same order"},                                                                                          \
      {"--output", "FILE", "where the format before it goes; '-' or none is stdout"},                                  \
      {"--threshold", "N|A..F", "the gate: exit 1 when the score is below (alias --fail-under)"},                      \
      {"--fail-under", "N|A..F", "the same as --threshold"},                                                           \
      {"--fail-on", "SEVERITY", "the gate: exit 1 on a finding of this severity or above: info, low, medium, high or " \
                                "critical"},                                                                           \
      {"--context", "C", "weights of the score: financial, medical, public or internal (see batten checks --score)"},  \
      {"--color", "WHEN", "auto (default), always or never; NO_COLOR is respected"}

typedef struct {
  int threshold; /* -1: none */
  bool has_fail_on;
  severity fail_on;
  str context;
  bool color;
} output_options;

/* Checks the shared options before any work is done. */
bool output_prepare(const arguments *args, output_options *out, error *e);
/* Writes every format asked for, then says by the exit code how it went. */
int output_report(const arguments *args, const output_options *o, const report *r);

/* "batten: MESSAGE" on stderr; returns the exit code. */
int fail(const error *e);
void print_out(str text);

#endif
