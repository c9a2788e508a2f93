/* One file for a colleague: no script, no network, readable on paper, on a phone and in the dark.
 */
#include "report/report_private.h"

#include <math.h>

extern const unsigned char report_style_bytes[];
extern const size_t report_style_len;

/* <tag attributes>text</tag> */
static void element(buf *b, const char *tag, const char *attributes, str text) {
  buf_printf(b, "<%s%s%s>", tag, *attributes ? " " : "", attributes);
  put_markup(b, text);
  buf_printf(b, "</%s>", tag);
}

/* ---- head ------------------------------------------------------------------------------------ */

/* What was not looked at is no merit: no score without all of it. */
static void gauge_of_none(buf *b) {
  buf_put(b, STR("<svg class=\"gauge\" viewBox=\"0 0 120 120\" role=\"img\" aria-label=\"No score: "
                 "not completed\"><circle class=\"t\" cx=\"60\" cy=\"60\" r=\"52\" fill=\"none\" "
                 "stroke-width=\"10\"/><text x=\"60\" y=\"66\" font-size=\"40\">–</text><text "
                 "x=\"60\" y=\"88\" font-size=\"15\">no score</text></svg>"));
}

static void gauge(buf *b, const report *r) {
  double around = 2 * 3.14159265358979 * 52;
  const char *color = r->score >= 80   ? "good"
                      : r->score >= 60 ? "medium"
                      : r->score >= 40 ? "high"
                                       : "critical";
  buf_printf(
      b,
      "<svg class=\"gauge\" viewBox=\"0 0 120 120\" role=\"img\" aria-label=\"Score %d of 100, "
      "grade %c\"><circle class=\"t\" cx=\"60\" cy=\"60\" r=\"52\" fill=\"none\" "
      "stroke-width=\"10\"/><circle cx=\"60\" cy=\"60\" r=\"52\" fill=\"none\" "
      "stroke=\"var(--%s)\" stroke-width=\"10\" stroke-linecap=\"round\" stroke-dasharray=\"%.1f "
      "%.1f\" transform=\"rotate(-90 60 60)\"/><text x=\"60\" y=\"66\" "
      "font-size=\"40\">%c</text><text x=\"60\" y=\"88\" font-size=\"15\">%d / 100</text></svg>",
      r->score, r->grade, color, around * (r->score < 2 ? 2 : r->score) / 100, around, r->grade,
      r->score);
}

static void severity_chips(buf *b, const report *r) {
  buf_put(b, STR("<ul class=\"chips\">"));
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    size_t n = count_severity(r, (severity)s);
    if (n)
      buf_printf(b, "<li class=\"chip %s\">%zu %s</li>", severity_name((severity)s), n,
                 severity_name((severity)s));
  }
  if (!r->findings.len)
    buf_put(b, STR("<li class=\"chip\">no findings</li>"));
  buf_put(b, STR("</ul>"));
  if (!r->findings.len)
    return;
  buf_put(b, STR("<div class=\"bar\" aria-hidden=\"true\">"));
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    size_t n = count_severity(r, (severity)s);
    if (n)
      buf_printf(b, "<i class=\"%s\" style=\"flex:%zu\"></i>", severity_name((severity)s), n);
  }
  buf_put(b, STR("</div>"));
}

static void head(buf *b, const report *r) {
  arena *a = b->arena;
  buf_put(b, STR("<header class=\"top\">"));
  if (r->partial)
    gauge_of_none(b);
  else
    gauge(b, r);
  static const char *const titles[] = {"What this API accepts", "What this code allows",
                                       "From a token to the host"};
  buf_printf(b, "<div class=\"who\"><p class=\"brand\">batten %s</p><h1>%s</h1>",
             report_kind_name(r->kind), titles[r->kind]);
  element(b, "p", "class=\"target\"", r->target_url);
  buf_put(b, STR("<p class=\"meta\">"));
  put_markup(b, time_rfc3339(a, r->started));
  if (r->kind == REPORT_SCAN)
    put_markup(b,
               arena_printf(a, " · %zu operation%s · %zu requests · %.1f s · authorization: %.*s",
                            r->operations, r->operations == 1 ? "" : "s", r->requests,
                            r->finished - r->started, STR_ARG(r->authorization)));
  buf_put(b, STR("</p>"));
  severity_chips(b, r);
  buf_put(b, STR("</div></header>"));
}

static void partial_notice(buf *b, const report *r) {
  if (!r->partial)
    return;
  buf_put(b, STR("<p class=\"alert\" role=\"alert\"><strong>Not completed:</strong> "));
  put_markup(b, r->partial_reason);
  buf_put(b, STR(". What follows is what was done until then; it is no pass.</p>"));
}

static void one_bar(buf *b, const report *r, category c) {
  const category_result *result = &r->categories[c];
  const char *color = result->score >= 80   ? "good"
                      : result->score >= 60 ? "medium"
                      : result->score >= 40 ? "high"
                                            : "critical";
  buf_printf(b, "<li class=\"cat%s\"><span class=\"name\">", result->tested ? "" : " off");
  put_markup(b, text_spaced(b->arena, category_name(c)));
  buf_put(b, STR("</span>"));
  if (result->tested)
    buf_printf(b,
               "<span class=\"track\"><i class=\"%s\" "
               "style=\"width:%d%%\"></i></span><b>%d</b><span class=\"n\">%u check%s</span>",
               color, result->score < 2 ? 2 : result->score, result->score, result->checks,
               result->checks == 1 ? "" : "s");
  else
    buf_put(b, STR("<span class=\"track\"></span><b>–</b><span class=\"n\">not tested</span>"));
  buf_put(b, STR("</li>"));
}

/* Of a scan every category is meant to be tested; source and manifests speak of some alone. */
static void category_bars(buf *b, const report *r) {
  buf_put(b, STR("<h2>By category</h2><ul class=\"cats\">"));
  for (int c = 0; c < CATEGORY_COUNT; c++)
    if (r->categories[c].tested)
      one_bar(b, r, (category)c);
  for (int c = 0; c < CATEGORY_COUNT; c++)
    if (!r->categories[c].tested && r->kind == REPORT_SCAN)
      one_bar(b, r, (category)c);
  buf_put(b, STR("</ul>"));
}

/* ---- findings -------------------------------------------------------------------------------- */

static void one_evidence(buf *b, const evidence *e, bool open) {
  if (!e->request.len && !e->response.len) {
    element(b, "p", "", e->note);
    return;
  }
  buf_printf(b, "<details%s>", open ? " open" : "");
  element(b, "summary", "", e->note);
  buf_put(b, STR("<div class=\"pair\"><div><h4>Request</h4>"));
  element(b, "pre", "tabindex=\"0\"", e->request);
  buf_put(b, STR("</div><div><h4>Response</h4>"));
  element(b, "pre", "tabindex=\"0\"", e->response);
  buf_put(b, STR("</div></div></details>"));
}

static void block(buf *b, const char *title, str language, str text) {
  if (!text.len)
    return;
  buf_printf(b, "<details><summary>%s", title);
  if (language.len) {
    buf_put(b, STR(" ("));
    put_markup(b, language);
    buf_char(b, ')');
  }
  buf_put(b, STR("</summary>"));
  element(b, "pre", "class=\"copy\" tabindex=\"0\"", text);
  buf_put(b, STR("</details>"));
}

static void fix(buf *b, const finding *f) {
  buf_put(b, STR("<div class=\"fix\"><h4>Fix</h4>"));
  element(b, "p", "", f->fix_text);
  for (size_t i = 0; i < f->fix_code.len; i++)
    block(b, "Code", f->fix_code.at[i].language, f->fix_code.at[i].code);
  block(b, "Patch", (str){0}, f->fix_diff);
  block(b, "Policy that blocks it (batten guard)", (str){0}, f->fix_policy);
  buf_put(b, STR("</div>"));
}

static void trace(buf *b, const finding *f) {
  if (!f->trace.len)
    return;
  buf_put(b, STR("<h4>Trace</h4><ol>"));
  for (size_t i = 0; i < f->trace.len; i++) {
    const trace_step *t = &f->trace.at[i];
    element(b, "li", "",
            arena_printf(b->arena, "%.*s:%u: %.*s", STR_ARG(t->file), t->line, STR_ARG(t->note)));
  }
  buf_put(b, STR("</ol>"));
}

static void put_references(buf *b, const reference_set *s) {
  const str_list *lists[] = {&s->owasp_api, &s->rfc, &s->cve, &s->other};
  bool first = s->cwe.len == 0;
  buf_put(b, STR("<p class=\"refs\">"));
  for (size_t i = 0; i < s->cwe.len; i++)
    buf_printf(b, "%sCWE-%d", i ? " · " : "", s->cwe.at[i]);
  for (size_t l = 0; l < 4; l++)
    for (size_t i = 0; i < lists[l]->len; i++) {
      if (!first)
        buf_put(b, STR(" · "));
      first = false;
      put_markup(b, lists[l]->at[i]);
    }
  buf_put(b, STR("</p>"));
}

static void finding_head(buf *b, const finding *f) {
  const char *level = severity_name(f->severity);
  buf_printf(b, "<article class=\"%s%s\" id=\"", level, f->baseline == BASELINE_NEW ? " new" : "");
  put_markup(b, f->id);
  buf_printf(b, "\"><p class=\"line\"><span class=\"sev %s\">%s</span>", level, level);
  element(b, "code", "", f->check);
  element(b, "span", "", str_of(confidence_name(f->confidence)));
  if (f->baseline == BASELINE_NEW)
    buf_put(b, STR("<span class=\"mark\">new</span>"));
  if (f->baseline == BASELINE_KNOWN)
    buf_put(b, STR("<span>known</span>"));
  buf_put(b, STR("</p>"));
  element(b, "h3", "", f->title);
  element(b, "p", "class=\"where\"", where_text(b->arena, &f->where));
  if (f->where.kind == WHERE_OPERATION && f->where.file.len)
    element(b, "p", "class=\"where\"",
            arena_printf(b->arena, "%.*s:%u", STR_ARG(f->where.file), f->where.line));
  element(b, "p", "", f->description);
}

static void one_finding(buf *b, const finding *f) {
  finding_head(b, f);
  trace(b, f);
  if (f->evidence.len)
    buf_put(b, STR("<h4>Proof</h4>"));
  for (size_t i = 0; i < f->evidence.len; i++)
    one_evidence(b, &f->evidence.at[i], false);
  if (f->reproduce.len) {
    buf_put(b, STR("<h4>Repeat it <small>(a click selects all of it)</small></h4>"));
    element(b, "pre", "class=\"copy\" tabindex=\"0\"", f->reproduce);
  }
  fix(b, f);
  put_references(b, &f->references);
  element(b, "p", "class=\"refs\"",
          arena_printf(b->arena, "fingerprint %.*s", STR_ARG(f->fingerprint)));
  buf_put(b, STR("</article>"));
}

/* The filter is radio buttons and CSS alone: it works where no script may run, and paper shows
 * everything. */
static void filter(buf *b, const report *r) {
  buf_put(b, STR("<input type=\"radio\" name=\"show\" id=\"show-all\" checked><label "
                 "for=\"show-all\">all</label>"));
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    const char *name = severity_name((severity)s);
    size_t n = count_severity(r, (severity)s);
    if (n)
      buf_printf(b,
                 "<input type=\"radio\" name=\"show\" id=\"show-%s\"><label for=\"show-%s\" "
                 "class=\"%s\">%s %zu</label>",
                 name, name, name, name, n);
  }
}

/* What there is at a glance: one line a check, leading to its first finding. */
static void index_list(buf *b, const report *r) {
  buf_put(b, STR("<ul class=\"index\">"));
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *f = &r->findings.at[i];
    const char *level = severity_name(f->severity);
    size_t n = count_alike(r, i);
    if (told_before(r, i))
      continue;
    buf_printf(b, "<li><span class=\"%s\">%s</span><a href=\"#", level, level);
    put_markup(b, f->id);
    buf_put(b, STR("\">"));
    put_markup(b, f->title);
    buf_put(b, STR("</a><code>"));
    if (n > 1)
      buf_printf(b, "%zu places", n);
    else
      put_markup(b, where_text(b->arena, &f->where));
    buf_put(b, STR("</code></li>"));
  }
  buf_put(b, STR("</ul>"));
}

/* The first of its kind in full, the others behind it, folded. */
static void alike_findings(buf *b, const report *r, size_t index) {
  const finding *f = &r->findings.at[index];
  size_t n = count_alike(r, index) - 1;
  one_finding(b, f);
  if (!n)
    return;
  buf_printf(b, "<details class=\"more %s\"><summary>", severity_name(f->severity));
  put_markup(b, f->check);
  buf_printf(b, ": the same at %zu more place%s</summary>", n, n == 1 ? "" : "s");
  for (size_t i = index + 1; i < r->findings.len; i++)
    if (findings_alike(f, &r->findings.at[i]))
      one_finding(b, &r->findings.at[i]);
  buf_put(b, STR("</details>"));
}

static void findings_section(buf *b, const report *r) {
  enum { INDEX_MIN = 5 };

  buf_printf(b, "<section class=\"found\"><h2>%zu finding%s</h2>", r->findings.len,
             r->findings.len == 1 ? "" : "s");
  if (!r->findings.len)
    buf_put(b, STR("<p>Nothing was found by the checks that could be decided.</p>"));
  if (r->findings.len > INDEX_MIN)
    index_list(b, r);
  if (r->findings.len > 1)
    filter(b, r);
  buf_put(b, STR("<div class=\"list\">"));
  for (size_t i = 0; i < r->findings.len; i++)
    if (!told_before(r, i))
      alike_findings(b, r, i);
  buf_put(b, STR("</div></section>"));
}

static void suppressed_section(buf *b, const report *r) {
  if (r->suppressed.len)
    buf_put(b, STR("<h2>Suppressed</h2><p>Accepted for a time; no part of score and gate.</p><div "
                   "class=\"scroll\"><table><thead><tr><th>Finding</th><th>Where</th><th>Until</"
                   "th><th>Reason</th></tr></thead><tbody>"));
  for (size_t i = 0; i < r->suppressed.len; i++) {
    const finding *f = &r->suppressed.at[i];
    buf_put(b, STR("<tr>"));
    element(b, "td", "",
            arena_printf(b->arena, "%s %.*s", severity_name(f->severity), STR_ARG(f->check)));
    element(b, "td", "", where_text(b->arena, &f->where));
    element(b, "td", "", f->suppressed_until);
    element(b, "td", "", f->suppressed_reason);
    buf_put(b, STR("</tr>"));
  }
  if (r->suppressed.len)
    buf_put(b, STR("</tbody></table></div>"));
  for (size_t i = 0; i < r->notes.len; i++)
    element(b, "p", "class=\"alert\"", r->notes.at[i]);
}

/* ---- what was not tested --------------------------------------------------------------------- */

static void not_tested_row(buf *b, const reason_group *g) {
  buf_put(b, STR("<tr>"));
  element(b, "td", "", g->reason);
  element(b, "td", "class=\"ids\"",
          g->checks.len ? text_joined(b->arena, &g->checks, ", ") : STR("the whole operation"));
  str places = text_joined(b->arena, &g->places, ", ");
  element(b, "td", "",
          g->count > g->places.len && !g->whole && g->places.len >= 6
              ? arena_printf(b->arena, "%.*s, ... (%zu in all)", STR_ARG(places), g->count)
              : places);
  buf_put(b, STR("</tr>"));
}

static void not_tested_section(buf *b, const report *r) {
  reason_group_list groups = group_by_reason(b->arena, r);
  buf_put(b, STR("<h2 id=\"not-tested\">What was not tested</h2>"));
  if (!groups.len) {
    buf_put(b, STR("<p>Every check of the tested categories was decided.</p>"));
    return;
  }
  buf_printf(b,
             "<p class=\"alert\">%zu check%s could not be decided. Silence about these is no "
             "all-clear.</p><div class=\"scroll\"><table "
             "class=\"why\"><colgroup><col><col><col></colgroup><thead><tr><th>Why</th><th>Checks</"
             "th><th>Where</th></tr></thead><tbody>",
             r->not_tested.len, r->not_tested.len == 1 ? "" : "s");
  for (size_t i = 0; i < groups.len; i++)
    not_tested_row(b, &groups.at[i]);
  buf_put(b, STR("</tbody></table></div>"));
}

/* ---- how the score comes about --------------------------------------------------------------- */

static void score_section(buf *b, const report *r) {
  unsigned weights;
  double mean = score_mean(r, &weights);
  buf_put(b,
          STR("<h2>How the score comes about</h2><div "
              "class=\"scroll\"><table><thead><tr><th>Category</th><th class=\"num\">Score</th><th "
              "class=\"num\">Weight</th><th class=\"num\">Product</th></tr></thead><tbody>"));
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    const category_result *result = &r->categories[c];
    unsigned weight = score_weight(r->context, (category)c);
    if (!result->tested)
      continue;
    buf_put(b, STR("<tr>"));
    element(b, "td", "", text_spaced(b->arena, category_name((category)c)));
    buf_printf(b,
               "<td class=\"num\">%d</td><td class=\"num\">%u</td><td class=\"num\">%u</td></tr>",
               result->score, weight, (unsigned)result->score * weight);
  }
  buf_printf(b, "</tbody></table></div><p>%.0f / %u = %.1f", mean * weights, weights, mean);
  if (weights && lround(mean) != r->score)
    buf_printf(b, ", capped at %d by the worst finding", r->score);
  buf_printf(
      b,
      ": <strong>%d, grade %c</strong>. Per finding: critical 80, high 40, medium 15, low 5, times "
      "confidence (confirmed 1, firm 0.75, tentative 0.4); further findings of one check count a "
      "quarter. <code>batten checks --score</code> prints the whole table.</p>",
      r->score, r->grade);
}

str write_html(arena *a, const report *r, const writer_options *o) {
  buf b = {.arena = a};
  (void)o;
  buf_put(&b, STR("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                  "name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta "
                  "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                  "'unsafe-inline'; img-src data:\"><meta name=\"color-scheme\" content=\"light "
                  "dark\"><title>"));
  put_markup(&b, r->partial ? STR("batten: not completed, ")
                            : arena_printf(a, "batten: grade %c, ", r->grade));
  put_markup(&b, r->target_url);
  buf_put(&b, STR("</title><style>"));
  buf_put(&b, str_from(report_style_bytes, report_style_len));
  buf_put(&b, STR("</style></head><body>"));
  head(&b, r);
  buf_put(&b, STR("<main>"));
  partial_notice(&b, r);
  buf_put(&b, report_attached(r, STR("picture")));
  category_bars(&b, r);
  findings_section(&b, r);
  suppressed_section(&b, r);
  not_tested_section(&b, r);
  if (!r->partial)
    score_section(&b, r);
  buf_put(&b, STR("</main><footer>Made by batten. Tokens of the owner are masked; forged ones are "
                  "shown, as they are the proof.</footer></body></html>\n"));
  return buf_str(&b);
}
