/* For the terminal. Colours say nothing that the words do not say too. */
#include "report/report_private.h"

#include <math.h>

typedef struct {
  buf out;
  const report *report;
  unsigned width;
  bool color;
} page;

static const char *const RESET = "\033[0m";

static const char *severity_color(severity s) {
  static const char *const colors[] = {"\033[36m", "\033[34m", "\033[33m", "\033[31m",
                                       "\033[1;37;41m"};
  return colors[s];
}

static void styled(page *p, const char *style, str text) {
  if (p->color)
    buf_put(&p->out, str_of(style));
  buf_put(&p->out, text);
  if (p->color)
    buf_put(&p->out, str_of(RESET));
}

static const char BOLD[] = "\033[1m", DIM[] = "\033[2m";

static void wrapped(page *p, str text, size_t indent) {
  static const char BLANKS[] = "                ";
  put_folded(&p->out, text_line(p->out.arena, text), str_from(BLANKS, indent), p->width);
}

static void rule(page *p) {
  for (unsigned i = 0; i < p->width; i++)
    styled(p, DIM, STR("─"));
  buf_char(&p->out, '\n');
}

/* ---- head ------------------------------------------------------------------------------------ */

static void bar(page *p, int score, int cells) {
  const char *color = score >= 80 ? "\033[32m" : score >= 60 ? "\033[33m" : "\033[31m";
  buf full = {.arena = p->out.arena}, empty = full;
  for (int i = 0; i < cells; i++)
    if (i < score * cells / 100)
      buf_put(&full, STR("█"));
    else
      buf_put(&empty, STR("░"));
  if (full.len)
    styled(p, color, buf_str(&full));
  if (empty.len)
    styled(p, DIM, buf_str(&empty));
}

static void score_bar(page *p) {
  const report *r = p->report;
  buf_put(&p->out, STR("  score   "));
  if (r->partial) { /* what was not looked at is no merit */
    styled(p, BOLD, STR("none: this was not completed"));
    buf_char(&p->out, '\n');
    return;
  }
  bar(p, r->score, 30);
  buf_printf(&p->out, "  %d/100  ", r->score);
  styled(p, BOLD, arena_printf(p->out.arena, "grade %c", r->grade));
  unsigned weights;
  bool is_capped = lround(score_mean(r, &weights)) > r->score;
  buf_put(&p->out, is_capped ? STR("\n          capped by the worst finding\n") : STR("\n"));
}

/* One line for each tested category; the others are named where the score is explained. */
static void category_bars(page *p) {
  const report *r = p->report;
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    const category_result *result = &r->categories[c];
    if (!result->tested)
      continue;
    buf_printf(&p->out, "          %-24.*s",
               STR_ARG(text_spaced(p->out.arena, category_name((category)c))));
    bar(p, result->score, 20);
    buf_printf(&p->out, "  %3d  %u check%s\n", result->score, result->checks,
               result->checks == 1 ? "" : "s");
  }
}

static void counts(page *p) {
  buf_put(&p->out, STR("  found   "));
  bool any = false;
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    size_t n = count_severity(p->report, (severity)s);
    if (!n)
      continue;
    buf_put(&p->out, any ? STR("    ") : STR(" "));
    styled(p, severity_color((severity)s),
           arena_printf(p->out.arena, "%zu %s", n, severity_name((severity)s)));
    any = true;
  }
  buf_put(&p->out, any ? STR("\n") : STR("nothing\n"));
}

static void head(page *p) {
  const report *r = p->report;
  buf_char(&p->out, '\n');
  styled(p, BOLD, arena_printf(p->out.arena, "batten %s", report_kind_name(r->kind)));
  buf_put(&p->out, STR("  "));
  buf_put(&p->out, text_first_columns(text_line(p->out.arena, r->target_url), p->width - 14));
  buf_char(&p->out, '\n');
  if (r->kind == REPORT_SCAN) {
    buf_printf(&p->out, "  %zu operation%s, %zu requests, %.1f s", r->operations,
               r->operations == 1 ? "" : "s", r->requests, r->finished - r->started);
    buf_printf(&p->out, ", %.*s, authorization: %.*s\n", STR_ARG(r->active),
               STR_ARG(r->authorization));
  }
  buf_char(&p->out, '\n');
  score_bar(p);
  category_bars(p);
  counts(p);
  if (r->not_tested.len)
    buf_printf(&p->out, "  open    %zu not tested, listed below\n", r->not_tested.len);
  if (r->partial) {
    styled(p, severity_color(SEVERITY_HIGH), STR("  NOT COMPLETED"));
    buf_char(&p->out, '\n');
    wrapped(p, r->partial_reason, 4);
  }
}

/* ---- findings -------------------------------------------------------------------------------- */

static void places(page *p, size_t index) {
  enum { PLACES_MAX = 8 };

  const report *r = p->report;
  const finding *f = &r->findings.at[index];
  size_t shown = 0, more = 0;
  for (size_t i = index; i < r->findings.len; i++) {
    const finding *g = &r->findings.at[i];
    if (!findings_alike(f, g))
      continue;
    if (shown++ < PLACES_MAX)
      wrapped(p, where_text(p->out.arena, &g->where), 12);
    else
      more++;
  }
  if (more)
    wrapped(p, arena_printf(p->out.arena, "and %zu more", more), 12);
}

/* The first exchange, and the first thing that is said besides exchanges. */
static void proof(page *p, const finding *f) {
  if (!f->evidence.len)
    return;
  styled(p, DIM, STR("    proof"));
  buf_char(&p->out, '\n');
  wrapped(p, f->evidence.at[0].note, 12);
  size_t i = 1;
  while (i < f->evidence.len && (f->evidence.at[i].request.len || f->evidence.at[i].response.len))
    i++;
  if (i < f->evidence.len)
    wrapped(p, f->evidence.at[i].note, 12);
}

static void one_finding(page *p, size_t index) {
  const finding *f = &p->report->findings.at[index];
  arena *a = p->out.arena;
  str level = arena_printf(a, " %-8s ", severity_name(f->severity));
  buf_char(&p->out, '\n');
  styled(p, severity_color(f->severity), level);
  buf_char(&p->out, ' ');
  styled(p, BOLD, f->check);
  if (f->confidence != CONFIDENCE_CONFIRMED)
    buf_printf(&p->out, " (%s)", confidence_name(f->confidence));
  if (f->baseline == BASELINE_NEW)
    styled(p, BOLD, STR(" new"));
  buf_char(&p->out, '\n');
  wrapped(p, f->title, 12);
  places(p, index);
  proof(p, f);
  for (size_t i = 0; i < f->trace.len; i++) {
    const trace_step *t = &f->trace.at[i];
    if (i == 0)
      styled(p, DIM, STR("    flow\n"));
    wrapped(p, arena_printf(a, "%.*s:%u: %.*s", STR_ARG(t->file), t->line, STR_ARG(t->note)), 12);
  }
  styled(p, DIM, STR("    fix"));
  buf_char(&p->out, '\n');
  wrapped(p, f->fix_text, 12);
  if (f->fix_diff.len)
    wrapped(p, STR("(there is a patch: --format patch)"), 12);
}

/* ---- what was not tested --------------------------------------------------------------------- */

static void not_tested_section(page *p) {
  const report *r = p->report;
  arena *a = p->out.arena;
  reason_group_list groups = group_by_reason(a, r);
  if (!groups.len)
    return;
  buf_char(&p->out, '\n');
  rule(p);
  styled(p, BOLD, STR("Not tested"));
  buf_put(&p->out, STR(" (silence about these is no all-clear)\n"));
  for (size_t i = 0; i < groups.len; i++) {
    const reason_group *g = &groups.at[i];
    str names = text_joined(a, g->checks.len ? &g->checks : &g->places, g->checks.len ? " " : ", ");
    wrapped(p, g->reason, 4);
    wrapped(p, names, 12);
  }
}

static void suppressed_section(page *p) {
  const report *r = p->report;
  if (!r->suppressed.len && !r->notes.len)
    return;
  buf_char(&p->out, '\n');
  rule(p);
  styled(p, BOLD, r->suppressed.len ? STR("Suppressed") : STR("To note"));
  buf_put(&p->out, r->suppressed.len ? STR(" (no part of score and gate)\n") : STR("\n"));
  for (size_t i = 0; i < r->suppressed.len; i++) {
    const finding *f = &r->suppressed.at[i];
    str text =
        arena_printf(p->out.arena, "%s %.*s, %.*s, until %.*s: %.*s", severity_name(f->severity),
                     STR_ARG(f->check), STR_ARG(where_text(p->out.arena, &f->where)),
                     STR_ARG(f->suppressed_until), STR_ARG(f->suppressed_reason));
    wrapped(p, text, 4);
  }
  for (size_t i = 0; i < r->notes.len; i++)
    wrapped(p, r->notes.at[i], 4);
}

static void untested_categories(page *p) {
  buf names = {.arena = p->out.arena};
  for (int c = 0; c < CATEGORY_COUNT; c++)
    if (!p->report->categories[c].tested)
      buf_printf(&names, "%s%.*s", names.len ? ", " : "",
                 STR_ARG(text_spaced(p->out.arena, category_name((category)c))));
  if (!names.len || p->report->partial)
    return; /* then there is no score */
  wrapped(p, arena_printf(p->out.arena, "The score leaves out: %.*s.", STR_ARG(buf_str(&names))),
          4);
}

static bool has_patch(const report *r) {
  for (size_t i = 0; i < r->findings.len; i++)
    if (r->findings.at[i].fix_diff.len)
      return true;
  return false;
}

/* What the report has beyond this page. */
static void next_steps(page *p) {
  static const char *const more[] = {
      [REPORT_SCAN] = "Proof, a command to repeat each finding, and the fix as code and policy",
      [REPORT_AUDIT] = "All places, the flow of each claim, and the patches",
      [REPORT_PATHS] = "The graph drawn, and the evidence of each step",
  };
  if (!p->report->findings.len)
    return;
  buf_char(&p->out, '\n');
  rule(p);
  wrapped(
      p,
      arena_printf(p->out.arena, "%s: --format html --output report.html", more[p->report->kind]),
      0);
  if (has_patch(p->report))
    wrapped(p, STR("All patches that go together: --format patch | git apply"), 0);
  wrapped(
      p,
      STR("What a check means: batten checks ID. How the score comes about: batten checks --score"),
      0);
}

str write_pretty(arena *a, const report *r, const writer_options *o) {
  page p = {.out = {.arena = a},
            .report = r,
            .width = o->width < 40    ? 40
                     : o->width > 120 ? 120
                                      : o->width,
            .color = o->color};
  head(&p);
  for (size_t i = 0; i < r->findings.len; i++)
    if (!told_before(r, i))
      one_finding(&p, i);
  suppressed_section(&p);
  not_tested_section(&p);
  untested_categories(&p);
  next_steps(&p);
  return buf_str(&p.out);
}
