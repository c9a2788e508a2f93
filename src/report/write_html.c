/* One file for a colleague: no script, no network, readable on paper, on a phone and in the dark. */
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

/* ---- head ------------------------------------------------------------------------------------------------------------- */

static void gauge(buf *b, const report *r) {
  double around = 2 * 3.14159265358979 * 52;
  const char *color = r->score >= 80 ? "good" : r->score >= 60 ? "medium" : r->score >= 40 ? "high" : "critical";
  buf_printf(b,
             "<svg class=\"gauge\" viewBox=\"0 0 120 120\" role=\"img\" aria-label=\"Score %d of 100, grade %c\">"
             "<circle class=\"t\" cx=\"60\" cy=\"60\" r=\"52\" fill=\"none\" stroke-width=\"10\"/>"
             "<circle cx=\"60\" cy=\"60\" r=\"52\" fill=\"none\" stroke=\"var(--%s)\" stroke-width=\"10\" "
             "stroke-linecap=\"round\" stroke-dasharray=\"%.1f %.1f\" transform=\"rotate(-90 60 60)\"/>"
             "<text x=\"60\" y=\"66\" font-size=\"40\">%c</text><text x=\"60\" y=\"88\" font-size=\"15\">%d / 100</text></svg>",
             r->score, r->grade, color, around * (r->score < 2 ? 2 : r->score) / 100, around, r->grade, r->score);
}

static void severity_chips(buf *b, const report *r) {
  buf_put(b, STR("<ul class=\"chips\">"));
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    size_t n = count_severity(r, (severity)s);
    if (n) buf_printf(b, "<li class=\"chip %s\">%zu %s</li>", severity_name((severity)s), n, severity_name((severity)s));
  }
  if (!r->findings.len) buf_put(b, STR("<li class=\"chip\">no findings</li>"));
  buf_put(b, STR("</ul>"));
  if (!r->findings.len) return;
  buf_put(b, STR("<div class=\"bar\" aria-hidden=\"true\">"));
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    size_t n = count_severity(r, (severity)s);
    if (n) buf_printf(b, "<i class=\"%s\" style=\"flex:%zu\"></i>", severity_name((severity)s), n);
  }
  buf_put(b, STR("</div>"));
}

static void head(buf *b, const report *r) {
  arena *a = b->arena;
  buf_put(b, STR("<header class=\"top\">"));
  gauge(b, r);
  buf_put(b, STR("<div class=\"who\"><h1>What this API accepts</h1>"));
  element(b, "p", "class=\"target\"", r->target_url);
  buf_put(b, STR("<p class=\"meta\">"));
  put_markup(b, time_rfc3339(a, r->started));
  if (r->kind == REPORT_SCAN)
    put_markup(b, arena_printf(a, " · %zu operation%s · %zu requests · %.1f s · authorization: %.*s", r->operations,
                                r->operations == 1 ? "" : "s", r->requests, r->finished - r->started,
                                STR_ARG(r->authorization)));
  buf_put(b, STR("</p>"));
  severity_chips(b, r);
  buf_put(b, STR("</div></header>"));
}

static void partial_notice(buf *b, const report *r) {
  if (!r->partial) return;
  buf_put(b, STR("<p class=\"alert\" role=\"alert\"><strong>Not completed:</strong> "));
  put_markup(b, r->partial_reason);
  buf_put(b, STR(". What follows is what was done until then; it is no pass.</p>"));
}

static void tiles(buf *b, const report *r) {
  buf_put(b, STR("<h2>By category</h2><div class=\"tiles\">"));
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    const category_result *result = &r->categories[c];
    buf_printf(b, "<div class=\"tile%s\">", result->tested ? "" : " off");
    if (result->tested) buf_printf(b, "<b>%d</b>", result->score);
    else buf_put(b, STR("<b>–</b>"));
    element(b, "span", "", text_spaced(b->arena, category_name((category)c)));
    buf_printf(b, "<br><span>%s</span></div>",
               result->tested ? arena_printf(b->arena, "%u check%s", result->checks, result->checks == 1 ? "" : "s").ptr
                              : "not tested");
  }
  buf_put(b, STR("</div>"));
}

/* ---- findings ------------------------------------------------------------------------------------------------------------ */

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

static void fix(buf *b, const finding *f) {
  buf_put(b, STR("<h4>Fix</h4>"));
  element(b, "p", "", f->fix_text);
  for (size_t i = 0; i < f->fix_code.len; i++) {
    buf_put(b, STR("<details><summary>Code ("));
    put_markup(b, f->fix_code.at[i].language);
    buf_put(b, STR(")</summary>"));
    element(b, "pre", "tabindex=\"0\"", f->fix_code.at[i].code);
    buf_put(b, STR("</details>"));
  }
  if (!f->fix_policy.len) return;
  buf_put(b, STR("<details><summary>Policy that blocks it</summary>"));
  element(b, "pre", "tabindex=\"0\"", f->fix_policy);
  buf_put(b, STR("</details>"));
}

static void trace(buf *b, const finding *f) {
  if (!f->trace.len) return;
  buf_put(b, STR("<h4>Trace</h4><ol>"));
  for (size_t i = 0; i < f->trace.len; i++) {
    const trace_step *t = &f->trace.at[i];
    element(b, "li", "", arena_printf(b->arena, "%.*s:%u %.*s", STR_ARG(t->file), t->line, STR_ARG(t->note)));
  }
  buf_put(b, STR("</ol>"));
}

static void put_references(buf *b, const reference_set *s) {
  const str_list *lists[] = {&s->owasp_api, &s->rfc, &s->cve, &s->other};
  buf_put(b, STR("<p class=\"refs\">"));
  for (size_t i = 0; i < s->cwe.len; i++) buf_printf(b, "%sCWE-%d", i ? " · " : "", s->cwe.at[i]);
  for (size_t l = 0; l < 4; l++)
    for (size_t i = 0; i < lists[l]->len; i++) {
      buf_put(b, STR(" · "));
      put_markup(b, lists[l]->at[i]);
    }
  buf_put(b, STR("</p>"));
}

static void one_finding(buf *b, const finding *f) {
  const char *level = severity_name(f->severity);
  buf_printf(b, "<article class=\"%s\" id=\"", level);
  put_markup(b, f->id);
  buf_printf(b, "\"><p class=\"line\"><span class=\"sev %s\">%s</span>", level, level);
  element(b, "code", "", f->check);
  element(b, "span", "", str_of(confidence_name(f->confidence)));
  buf_put(b, STR("</p>"));
  element(b, "h3", "", f->title);
  element(b, "p", "class=\"where\"", where_text(b->arena, &f->where));
  element(b, "p", "", f->description);
  trace(b, f);
  if (f->evidence.len) buf_put(b, STR("<h4>Proof</h4>"));
  for (size_t i = 0; i < f->evidence.len; i++) one_evidence(b, &f->evidence.at[i], false);
  if (f->reproduce.len) {
    buf_put(b, STR("<h4>Repeat it</h4>"));
    element(b, "pre", "tabindex=\"0\"", f->reproduce);
  }
  fix(b, f);
  put_references(b, &f->references);
  buf_put(b, STR("</article>"));
}

/* ---- what was not tested --------------------------------------------------------------------------------------------------- */

static bool reason_before(const report *r, size_t index) {
  for (size_t i = 0; i < index; i++)
    if (str_eq(r->not_tested.at[i].reason, r->not_tested.at[index].reason)) return true;
  return false;
}

static void not_tested_row(buf *b, const report *r, size_t index) {
  buf checks = {.arena = b->arena}, places = checks;
  size_t n = 0;
  str reason = r->not_tested.at[index].reason, last = {0};
  for (size_t i = index; i < r->not_tested.len; i++) {
    const not_tested *t = &r->not_tested.at[i];
    if (!str_eq(t->reason, reason)) continue;
    if (!str_eq(t->check, last)) buf_printf(&checks, "%s%.*s", checks.len ? ", " : "", STR_ARG(t->check));
    if (n++ < 6 && !str_contains(buf_str(&places), t->where))
      buf_printf(&places, "%s%.*s", places.len ? ", " : "", STR_ARG(t->where));
    last = t->check;
  }
  buf_put(b, STR("<tr>"));
  element(b, "td", "", reason);
  element(b, "td", "", buf_str(&checks));
  element(b, "td", "", n > 6 ? arena_printf(b->arena, "%.*s, ... (%zu in all)", STR_ARG(buf_str(&places)), n) : buf_str(&places));
  buf_put(b, STR("</tr>"));
}

static void not_tested_section(buf *b, const report *r) {
  buf_put(b, STR("<h2>What was not tested</h2>"));
  if (!r->not_tested.len) {
    buf_put(b, STR("<p>Every check of the tested categories was decided.</p>"));
    return;
  }
  buf_put(b, STR("<p>Silence about these is no all-clear.</p><div class=\"scroll\"><table><thead><tr><th>Why</th>"
                 "<th>Checks</th><th>Where</th></tr></thead><tbody>"));
  for (size_t i = 0; i < r->not_tested.len; i++)
    if (!reason_before(r, i)) not_tested_row(b, r, i);
  buf_put(b, STR("</tbody></table></div>"));
}

/* ---- how the score comes about ------------------------------------------------------------------------------------------------ */

static void score_section(buf *b, const report *r) {
  double sum = 0;
  unsigned weights = 0;
  buf_put(b, STR("<h2>How the score comes about</h2><div class=\"scroll\"><table><thead><tr><th>Category</th>"
                 "<th class=\"num\">Score</th><th class=\"num\">Weight</th><th class=\"num\">Product</th></tr></thead><tbody>"));
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    const category_result *result = &r->categories[c];
    unsigned weight = score_weight(r->context, (category)c);
    if (!result->tested) continue;
    sum += (double)result->score * (double)weight;
    weights += weight;
    buf_put(b, STR("<tr>"));
    element(b, "td", "", text_spaced(b->arena, category_name((category)c)));
    buf_printf(b, "<td class=\"num\">%d</td><td class=\"num\">%u</td><td class=\"num\">%u</td></tr>", result->score, weight,
               (unsigned)result->score * weight);
  }
  buf_printf(b, "</tbody></table></div><p>%.0f / %u = %.1f", sum, weights, weights ? sum / weights : 0.0);
  if (weights && lround(sum / weights) != r->score) buf_printf(b, ", capped at %d by the worst finding", r->score);
  buf_printf(b, ": <strong>%d, grade %c</strong>. Per finding: critical 80, high 40, medium 15, low 5, times confidence "
                "(confirmed 1, firm 0.75, tentative 0.4); further findings of one check count a quarter. "
                "<code>batten checks --score</code> prints the whole table.</p>",
             r->score, r->grade);
}

str write_html(arena *a, const report *r, const writer_options *o) {
  buf b = {.arena = a};
  (void)o;
  buf_put(&b, STR("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
                  "img-src data:\"><meta name=\"color-scheme\" content=\"light dark\"><title>"));
  put_markup(&b, arena_printf(a, "batten: grade %c, %.*s", r->grade, STR_ARG(r->target_url)));
  buf_put(&b, STR("</title><style>"));
  buf_put(&b, str_from(report_style_bytes, report_style_len));
  buf_put(&b, STR("</style></head><body>"));
  head(&b, r);
  buf_put(&b, STR("<main>"));
  partial_notice(&b, r);
  tiles(&b, r);
  buf_printf(&b, "<h2>%zu finding%s</h2>", r->findings.len, r->findings.len == 1 ? "" : "s");
  if (!r->findings.len) buf_put(&b, STR("<p>Nothing was found by the checks that could be decided.</p>"));
  for (size_t i = 0; i < r->findings.len; i++) one_finding(&b, &r->findings.at[i]);
  not_tested_section(&b, r);
  score_section(&b, r);
  buf_put(&b, STR("</main><footer>Made by batten. Tokens of the owner are masked; forged ones are shown, as they are the "
                  "proof.</footer></body></html>\n"));
  return buf_str(&b);
}
