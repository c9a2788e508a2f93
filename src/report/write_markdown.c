/* Fit for a comment on a pull request: short, within GitHub's 65,536 characters, and nothing from
 * the target becomes markup, a mention or a link. */
#include "report/report_private.h"

enum { FINDINGS_BYTES = 36000, DETAILS_BYTES = 10000, TEXT_MAX = 240 };

str text_markdown(arena *a, str raw) {
  str text = text_line(a, raw);
  buf b = {.arena = a};
  bool cut = text.len > TEXT_MAX;
  size_t end = cut ? TEXT_MAX : text.len;
  while (cut && end && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
    end--;
  for (size_t i = 0; i < end; i++) {
    if (memchr("|`<>*_[]\\#~&", text.ptr[i], 12))
      buf_char(&b, '\\');
    buf_char(&b, text.ptr[i]);
    if (text.ptr[i] == '@')
      buf_put(&b, STR("\xE2\x80\x8B")); /* a zero-width space: no mention */
  }
  if (cut)
    buf_put(&b, STR(" ..."));
  return buf_str(&b);
}

static const char *badge(severity s) {
  static const char *const marks[] = {"⚪", "🔵", "🟡", "🟠", "🔴"};
  return marks[s];
}

static void counts(buf *b, const report *r) {
  bool any = false;
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    size_t n = count_severity(r, (severity)s);
    if (n)
      buf_printf(b, "%s%s %zu %s", any ? " · " : "", badge((severity)s), n,
                 severity_name((severity)s));
    any |= n > 0;
  }
  buf_put(b, any ? STR("\n\n") : STR("No findings.\n\n"));
}

static void findings_table(buf *b, const report *r) {
  arena *a = b->arena;
  if (!r->findings.len)
    return;
  buf_put(b, STR("| severity | check | where | fix |\n|---|---|---|---|\n"));
  size_t i = 0, limit = b->len + FINDINGS_BYTES;
  for (; i < r->findings.len && b->len < limit; i++) {
    const finding *f = &r->findings.at[i];
    const char *state = f->baseline == BASELINE_NEW ? " **new**" : "";
    buf_printf(b, "| %s %s%s%s | %.*s: %.*s | %.*s | %.*s |\n", badge(f->severity),
               severity_name(f->severity),
               f->confidence == CONFIDENCE_CONFIRMED
                   ? ""
                   : arena_printf(a, " (%s)", confidence_name(f->confidence)).ptr,
               state, STR_ARG(f->check), STR_ARG(text_markdown(a, f->title)),
               STR_ARG(text_markdown(a, where_text(a, &f->where))),
               STR_ARG(text_markdown(a, f->fix_text)));
  }
  if (i < r->findings.len)
    buf_printf(b, "\n... and %zu more.\n", r->findings.len - i);
  buf_char(b, '\n');
}

static void open_details(buf *b, const char *what, size_t n) {
  buf_printf(b, "<details><summary>%zu %s</summary>\n\n", n, what);
}

static void suppressed_section(buf *b, const report *r) {
  if (!r->suppressed.len)
    return;
  open_details(b, "suppressed", r->suppressed.len);
  for (size_t i = 0, limit = b->len + DETAILS_BYTES; i < r->suppressed.len && b->len < limit; i++) {
    const finding *f = &r->suppressed.at[i];
    buf_printf(b, "- %s %.*s, %.*s, until %.*s: %.*s\n", severity_name(f->severity),
               STR_ARG(f->check), STR_ARG(text_markdown(b->arena, where_text(b->arena, &f->where))),
               STR_ARG(text_markdown(b->arena, f->suppressed_until)),
               STR_ARG(text_markdown(b->arena, f->suppressed_reason)));
  }
  buf_put(b, STR("\n</details>\n\n"));
}

static void not_tested_section(buf *b, const report *r) {
  reason_group_list groups = group_by_reason(b->arena, r);
  if (!groups.len)
    return;
  open_details(b, "not tested (no all-clear)", r->not_tested.len);
  for (size_t i = 0, limit = b->len + DETAILS_BYTES; i < groups.len && b->len < limit; i++) {
    const reason_group *g = &groups.at[i];
    const str_list *names = g->checks.len ? &g->checks : &g->places;
    buf_printf(b, "- %.*s: %.*s\n", STR_ARG(text_markdown(b->arena, g->reason)),
               STR_ARG(text_markdown(b->arena, text_joined(b->arena, names, ", "))));
  }
  buf_put(b, STR("\n</details>\n\n"));
}

str write_markdown(arena *a, const report *r, const writer_options *o) {
  buf b = {.arena = a};
  (void)o;
  str verdict =
      r->partial ? STR("not completed") : arena_printf(a, "%d/100, grade %c", r->score, r->grade);
  buf_printf(&b, "## batten: %.*s\n\n%.*s\n\n", STR_ARG(verdict),
             STR_ARG(text_markdown(a, r->target_url)));
  if (r->partial)
    buf_printf(&b, "**Not completed:** %.*s\n\n", STR_ARG(text_markdown(a, r->partial_reason)));
  counts(&b, r);
  findings_table(&b, r);
  suppressed_section(&b, r);
  not_tested_section(&b, r);
  for (size_t i = 0; i < r->notes.len; i++)
    buf_printf(&b, "> %.*s\n", STR_ARG(text_markdown(a, r->notes.at[i])));
  return buf_str(&b);
}
