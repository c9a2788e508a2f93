/* One line for each finding, for grep. */
#include "report/report_private.h"

static void rows(buf *b, const finding_list *list, const char *standing) {
  for (size_t i = 0; i < list->len; i++) {
    const finding *f = &list->at[i];
    const char *baseline = f->baseline == BASELINE_NEW     ? " new"
                           : f->baseline == BASELINE_KNOWN ? " known"
                                                           : "";
    buf_printf(b, "%-8s  %-9s  %-24.*s  %.*s%s%s\n", severity_name(f->severity),
               confidence_name(f->confidence), STR_ARG(f->check),
               STR_ARG(text_line(b->arena, where_text(b->arena, &f->where))), standing, baseline);
  }
}

str write_table(arena *a, const report *r, const writer_options *o) {
  buf b = {.arena = a};
  (void)o;
  rows(&b, &r->findings, "");
  rows(&b, &r->suppressed, " suppressed");
  str score = r->partial ? STR("no score (NOT COMPLETED)")
                         : arena_printf(a, "score %d grade %c", r->score, r->grade);
  buf_printf(&b, "%.*s, %zu findings, %zu suppressed, %zu not tested\n", STR_ARG(score),
             r->findings.len, r->suppressed.len, r->not_tested.len);
  return buf_str(&b);
}
