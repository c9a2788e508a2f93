/* One line for each finding, for grep. */
#include "report/report_private.h"

str write_table(arena *a, const report *r, const writer_options *o) {
  buf b = {.arena = a};
  (void)o;
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *f = &r->findings.at[i];
    buf_printf(&b, "%-8s  %-9s  %-24.*s  %.*s\n", severity_name(f->severity), confidence_name(f->confidence),
               STR_ARG(f->check), STR_ARG(where_text(a, &f->where)));
  }
  buf_printf(&b, "score %d grade %c, %zu findings, %zu not tested%s\n", r->score, r->grade, r->findings.len,
             r->not_tested.len, r->partial ? ", NOT COMPLETED" : "");
  return buf_str(&b);
}
