/* What scan, audit and paths do with a report: write it in the formats asked for, and judge it by
 * the gate. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool want_color(const arguments *args, bool *color, error *e) {
  str when = arg_value(args, "--color");
  const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
  *color = isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
  if (str_eq(when, STR("always")))
    *color = true;
  if (str_eq(when, STR("never")))
    *color = false;
  if (!when.ptr || str_eq(when, STR("auto")) || str_eq(when, STR("always")) ||
      str_eq(when, STR("never")))
    return true;
  return error_set(e, ERROR_USAGE, "--color %.*s: auto, always or never", STR_ARG(when));
}

static str names_joined(arena *a, const char *const *names) {
  buf b = {.arena = a};
  for (size_t i = 0; names[i]; i++)
    buf_printf(&b, "%s%s", i ? ", " : "", names[i]);
  return buf_str(&b);
}

static bool is_more_format(const output_options *o, str name) {
  for (size_t i = 0; o->more_formats && o->more_formats[i]; i++)
    if (str_eq(name, str_of(o->more_formats[i])))
      return true;
  return false;
}

/* Where each format goes; ptr NULL: stdout. As many --output as --format pair in their order; else
 * each belongs to the format before it. */
static str_list places_of(const arguments *args, const str_list *formats) {
  str_list outputs = arg_values(args, "--output"), places = {0};
  size_t seen = 0;
  for (size_t i = 0; i < formats->len; i++)
    list_push(args->arena, &places, (str){0});
  if (outputs.len == formats->len)
    return outputs;
  for (size_t i = 0; i < args->options.len; i++) {
    const char *name = args->options.at[i].row->name;
    seen += strcmp(name, "--format") == 0;
    if (strcmp(name, "--output") != 0)
      continue;
    size_t at = seen ? seen - 1 : 0;
    while (at && places.at[at].ptr)
      at--;
    if (places.len)
      places.at[at] = args->options.at[i].value;
  }
  return places;
}

static bool check_formats(const arguments *args, const output_options *o, error *e) {
  str_list formats = arg_values(args, "--format"), outputs = arg_values(args, "--output"),
           places = places_of(args, &formats);
  const char *names[32];
  size_t n = 0, to_stdout = 0;
  for (size_t i = 0; report_writer_at(i) && n < 31; i++)
    names[n++] = report_writer_at(i)->name;
  for (size_t i = 0; o->more_formats && o->more_formats[i] && n < 31; i++)
    names[n++] = o->more_formats[i];
  names[n] = NULL;
  for (size_t i = 0; i < formats.len; i++) {
    if (!report_writer_find(formats.at[i]) && !is_more_format(o, formats.at[i])) {
      const char *near = nearest_name(formats.at[i], names);
      return error_set(e, ERROR_USAGE, "--format %.*s is not known: %s%s%.*s",
                       STR_ARG(formats.at[i]), near ? "did you mean " : "", near ? near : "one of ",
                       STR_ARG(near ? STR("?") : names_joined(args->arena, names)));
    }
    to_stdout += !places.at[i].ptr || str_eq(places.at[i], STR("-"));
  }
  if (to_stdout > 1)
    return error_set(e, ERROR_USAGE, "%zu formats would mix on stdout: give each its --output",
                     to_stdout);
  if (outputs.len > (formats.len ? formats.len : 1))
    return error_set(e, ERROR_USAGE, "there are more --output than --format");
  for (size_t i = 0; i < outputs.len; i++)
    for (size_t j = 0; j < i; j++)
      if (str_eq(outputs.at[i], outputs.at[j]) && !str_starts(outputs.at[i], STR("/dev/")))
        return error_set(e, ERROR_USAGE,
                         "--output %.*s stands twice: one report would replace the other",
                         STR_ARG(outputs.at[i]));
  return true;
}

static bool check_fail_on(const arguments *args, output_options *out, error *e) {
  static const char *const names[] = {"info", "low", "medium", "high", "critical", NULL};
  str level = arg_value(args, "--fail-on");
  bool on_new = arg_given(args, "--fail-on-new");
  out->has_fail_on = level.ptr || on_new;
  out->fail_on = SEVERITY_LOW;
  if (on_new && !arg_given(args, "--baseline"))
    return error_set(e, ERROR_USAGE,
                     "--fail-on-new needs --baseline REPORT.json: without it nothing is known");
  if (!level.ptr || severity_parse(level, &out->fail_on))
    return true;
  const char *near = nearest_name(level, names);
  return error_set(e, ERROR_USAGE, "--fail-on %.*s: info, low, medium, high or critical%s%s%s",
                   STR_ARG(level), near ? "; did you mean " : "", near ? near : "",
                   near ? "?" : "");
}

static bool check_gate(const arguments *args, output_options *out, error *e) {
  const char *const names[] = {"--threshold", "--fail-under"};
  out->threshold = -1;
  for (int i = 0; i < 2; i++) {
    str text = arg_value(args, names[i]);
    if (text.ptr && !score_threshold_parse(text, &out->threshold))
      return error_set(e, ERROR_USAGE,
                       "%s %.*s: a number from 0 to 100, or a grade A, B, C, D or F", names[i],
                       STR_ARG(text));
  }
  return check_fail_on(args, out, e);
}

bool report_load(arena *a, const char *path, report *out, error *e) {
  enum { REPORT_LIMIT = 256 * 1024 * 1024 };

  str text;
  error inner = {0};
  if (!text_read(a, path, REPORT_LIMIT, &text, e))
    return false;
  return report_read(a, text, out, &inner) ||
         error_set(e, ERROR_USAGE, "%s: %s", path, inner.message);
}

static bool read_known(const arguments *args, output_options *out, error *e) {
  enum { SUPPRESS_LIMIT = 4 * 1024 * 1024 };

  str_list files = arg_values(args, "--suppress");
  const char *baseline = arg_text(args, "--baseline");
  out->has_baseline = baseline != NULL;
  if (baseline && !report_load(args->arena, baseline, &out->baseline, e))
    return false;
  for (size_t i = 0; i < files.len; i++) {
    str text;
    report none = {.context = STR("default")};
    const char *path = arena_text(args->arena, files.at[i]);
    if (!text_read(args->arena, path, SUPPRESS_LIMIT, &text, e) ||
        !report_suppress(args->arena, &none, text, path, clock_wall(),
                         e)) /* what cannot be read stops before the work */
      return false;
    list_push(args->arena, &out->suppressions, text);
  }
  return true;
}

bool output_prepare(const arguments *args, output_options *out, error *e) {
  *out =
      (output_options){.context = arg_value(args, "--context"), .more_formats = out->more_formats};
  if (out->context.ptr && !score_context_known(out->context))
    return error_set(e, ERROR_USAGE, "--context %.*s: one of %.*s", STR_ARG(out->context),
                     STR_ARG(score_contexts(args->arena)));
  return want_color(args, &out->color, e) && check_formats(args, out, e) &&
         check_gate(args, out, e) && read_known(args, out, e);
}

static unsigned terminal_width(void) {
  struct winsize size;
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return size.ws_col;
  return 80;
}

static bool write_one(const arguments *args, const output_options *o, const report *r, str format,
                      str path, error *e) {
  bool to_stdout = !path.ptr || str_eq(path, STR("-"));
  writer_options w = {.color = o->color && to_stdout, .width = terminal_width()};
  const report_writer *writer = report_writer_find(format);
  str text = report_attached(r, writer && str_eq(format, STR("summary")) ? STR("pretty") : format);
  if (!text.ptr)
    text = writer->write(args->arena, r, &w);
  if (!to_stdout)
    return file_write(arena_text(args->arena, path), text, 0644, e);
  print_out(text);
  return true;
}

static bool gate_passed(const output_options *o, const report *r) {
  size_t n = 0;
  for (size_t i = 0; o->has_fail_on && i < r->findings.len; i++)
    n += r->findings.at[i].severity >= o->fail_on &&
         !(o->has_baseline && r->findings.at[i].baseline == BASELINE_KNOWN);
  bool low = o->threshold >= 0 && r->score < o->threshold;
  if (low)
    fprintf(stderr, "batten: the gate failed: the score is %d, below %d\n", r->score, o->threshold);
  if (n)
    fprintf(stderr, "batten: the gate failed: %zu %sfinding%s of severity %s or more\n", n,
            o->has_baseline ? "new " : "", n == 1 ? "" : "s", severity_name(o->fail_on));
  return !low && !n;
}

static bool apply_known(const arguments *args, const output_options *o, report *r, error *e) {
  str_list files = arg_values(args, "--suppress");
  if (o->context.ptr && !str_eq(o->context, r->context)) {
    r->context = o->context;
    report_score(args->arena, r);
  }
  for (size_t i = 0; i < o->suppressions.len; i++)
    if (!report_suppress(args->arena, r, o->suppressions.at[i],
                         arena_text(args->arena, files.at[i]), clock_wall(), e))
      return false;
  for (size_t i = 0; i < r->notes.len; i++)
    fprintf(stderr, "batten: %.*s\n", STR_ARG(r->notes.at[i]));
  if (o->has_baseline)
    report_baseline(r, &o->baseline);
  return true;
}

int output_report(const arguments *args, const output_options *o, report *r) {
  str_list formats = arg_values(args, "--format");
  error e = {0};
  if (!apply_known(args, o, r, &e))
    return fail(&e);
  if (!formats.len)
    list_push(args->arena, &formats, STR("pretty"));
  str_list places = places_of(args, &formats);
  for (size_t i = 0; i < formats.len; i++)
    if (!write_one(args, o, r, formats.at[i], places.at[i], &e))
      return fail(&e);
  if (r->partial) {
    fprintf(stderr, "batten: not completed: %.*s\n", STR_ARG(r->partial_reason));
    return ERROR_INCOMPLETE;
  }
  return gate_passed(o, r) ? 0 : 1;
}
