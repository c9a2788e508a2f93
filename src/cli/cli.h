/* The command line: one table of commands, one file for each. A command is described once; --help,
 * the man page and docs/ are printed from that description. */
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

typedef struct command {
  const char *name;                  /* "scan", "token mint" */
  const char *usage;                 /* "URL [options]" */
  const char *summary;               /* one line */
  const char *about;                 /* paragraphs */
  const option_row *options;         /* ends with a row without name */
  const struct command *inherits;    /* a command whose options are taken too; or NULL */
  const char *examples;              /* lines: "# what\n$ command" */
  int (*run)(const arguments *args); /* returns the exit code */
} command;

/* A command's own options, then those it inherits; NULL past the last. */
const option_row *options_first(const command *c);
const option_row *options_next(const command *c, const option_row *row);

const command *command_at(size_t i); /* NULL past the last */
extern const command COMMAND_SCAN;
extern const command COMMAND_AUDIT;
extern const command COMMAND_PATHS;
extern const command COMMAND_CHECKS;
extern const command COMMAND_MCP;
extern const command COMMAND_WATCH_SERVE;
extern const command COMMAND_WATCH_WORK;
extern const command COMMAND_WATCH_KEYGEN;
extern const command COMMAND_WATCH_HISTORY;
extern const command COMMAND_WATCH_RUN;
extern const command COMMAND_WATCH_REMOVE;
extern const command COMMAND_WATCH_LIST;
extern const command COMMAND_WATCH_ADD;
extern const command COMMAND_CONVERT;
extern const command COMMAND_DIFF;
extern const command COMMAND_INSPECT;
extern const command COMMAND_MINT;
extern const command COMMAND_WEAK;
extern const command COMMAND_VERIFY;
extern const command COMMAND_GUARD_CHECK;
extern const command COMMAND_GUARD_SERVE;
extern const command COMMAND_GUARD_REVOKE;
extern const command COMMAND_GUARD_KEYS_LIST;
extern const command COMMAND_GUARD_KEYS_ROTATE;

bool arguments_parse(arena *a, const command *c, int argc, char **argv, arguments *out, error *e);
/* Adds what batten.yaml says to the options that the command line left open. */
bool config_apply(arguments *args, const command *c, error *e);
bool arg_given(const arguments *args, const char *name);
str arg_value(const arguments *args, const char *name); /* the last; ptr NULL when not given */
const char *arg_text(const arguments *args, const char *name); /* NUL-terminated, or NULL */
str_list arg_values(const arguments *args, const char *name);
/* Within bounds, and whole; *out stays when the option is not given. */
bool number_option(const arguments *args, const char *name, double least, double most, double *out,
                   error *e);
bool whole_option(const arguments *args, const char *name, double least, double most, double *out,
                  error *e);

/* What --token of a server says: the token itself, env:NAME or @FILE, at least 16 characters;
 * without it one is made and told on stderr behind `made`. */
bool server_token(const arguments *args, const char *made, str *out, error *e);

/* From now on SIGINT and SIGTERM ask to stop, and end no more; what they set. Calls that wait
 * return. */
volatile int *stop_on_signals(void);

str help_text(arena *a, const command *c); /* for the terminal */
str help_group(arena *a, str start);       /* the commands that begin with these words */
str help_overview(arena *a);
str help_man(arena *a, const command *c);      /* troff; NULL: the overview batten(1) */
str help_markdown(arena *a, const command *c); /* docs/NAME.md; NULL: the list of commands */
str completion_text(arena *a, str shell);      /* bash, zsh or fish; ptr NULL for another */

/* Options that scan, audit, paths and convert share: what to write where, the gate, what is known
 * already. */
#define OUTPUT_OPTIONS                                                                             \
  {"--format", "F",                                                                                \
   "pretty (default; alias summary), table, json, sarif, junit, html, markdown, har, "             \
   "gitlab-sast, codequality or patch "                                                            \
   "(of an audit, for git apply); may be repeated, with one --output for each in the same order"}, \
      {"--output", "FILE", "where the format before it goes; '-' or none is stdout"},              \
      {"--threshold", "N|A..F", "the gate: exit 1 when the score is below (alias --fail-under)"},  \
      {"--fail-under", "N|A..F", "the same as --threshold"},                                       \
      {"--fail-on", "SEVERITY",                                                                    \
       "the gate: exit 1 on a finding of this severity or above: info, low, medium, high or "      \
       "critical. With --baseline, only new findings count"},                                      \
      {"--fail-on-new", NULL,                                                                      \
       "the gate: exit 1 on a finding of low or more that --baseline does not know"},              \
      {"--baseline", "FILE",                                                                       \
       "an older JSON report: what it holds is known, the rest is marked new"},                    \
      {"--suppress", "FILE",                                                                       \
       "findings accepted for a time, one line each: 'CHECK PLACE until YYYY-MM-DD: REASON' or "   \
       "'FINGERPRINT until YYYY-MM-DD: REASON'. They are listed as suppressed and leave score "    \
       "and gate; an expired line stops working and is named"},                                    \
      {"--context", "C",                                                                           \
       "weights of the score: financial, medical, public or internal (see batten checks "          \
       "--score)"},                                                                                \
      {"--config", "FILE",                                                                         \
       "options from this file instead of the nearest batten.yaml (found upward from the working " \
       "directory): any option under its name without dashes; the command line wins"},             \
  {                                                                                                \
    "--color", "WHEN", "auto (default), always or never; NO_COLOR is respected"                    \
  }

typedef struct {
  int threshold; /* -1: none */
  bool has_fail_on;
  severity fail_on;
  str context; /* ptr NULL: not given */
  bool color;
  bool has_baseline;
  report baseline;
  const char *const *more_formats; /* that the report brings as attachments; NULL-terminated, or
                                      NULL. Set before prepare */
  str_list suppressions;           /* contents, as --suppress names them in order */
} output_options;

/* Reads a JSON report from a file, '-' is stdin. */
bool report_load(arena *a, const char *path, report *out, error *e);

/* Checks the shared options before any work is done. */
bool output_prepare(const arguments *args, output_options *out, error *e);
/* Applies suppressions and baseline, writes every format asked for, then says by the exit code how
 * it went. */
int output_report(const arguments *args, const output_options *o, report *r);

/* "batten: MESSAGE" on stderr; returns the exit code. */
int fail(const error *e);
void print_out(str text);
/* False, with why, when something of what was printed is lost; that nobody reads on is no fault. */
bool print_done(error *e);

#endif
