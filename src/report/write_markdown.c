/* Fit for a comment on a pull request. */
#include "report/report_private.h"

/* What comes from the target must not become markup. */
static str plain(arena *a, str text) {
  buf b = {.arena = a};
  for (size_t i = 0; i < text.len; i++) {
    if (strchr("|`<>*_[]\\", text.ptr[i]) && text.ptr[i]) buf_char(&b, '\\');
    buf_char(&b, text.ptr[i] == '\n' ? ' ' : text.ptr[i]);
  }
  return buf_str(&b);
}

str write_markdown(arena *a, const report *r, const writer_options *o) {
  buf b = {.arena = a};
  (void)o;
  buf_printf(&b, "## batten: %d/100, grade %c%s\n\n%.*s\n\n", r->score, r->grade, r->partial ? " (not completed)" : "",
             STR_ARG(plain(a, r->target_url)));
  if (r->partial) buf_printf(&b, "**Not completed:** %.*s\n\n", STR_ARG(plain(a, r->partial_reason)));
  if (r->findings.len) buf_put(&b, STR("| severity | check | where | fix |\n|---|---|---|---|\n"));
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *f = &r->findings.at[i];
    buf_printf(&b, "| %s%s | %.*s | %.*s | %.*s |\n", severity_name(f->severity),
               f->confidence == CONFIDENCE_CONFIRMED ? "" : arena_printf(a, " (%s)", confidence_name(f->confidence)).ptr,
               STR_ARG(f->check), STR_ARG(plain(a, where_text(a, &f->where))), STR_ARG(plain(a, f->fix_text)));
  }
  if (!r->findings.len) buf_put(&b, STR("No findings.\n"));
  buf_printf(&b, "\n<details><summary>%zu not tested</summary>\n\n", r->not_tested.len);
  for (size_t i = 0; i < r->not_tested.len; i++)
    buf_printf(&b, "- %.*s, %.*s: %.*s\n", STR_ARG(r->not_tested.at[i].check), STR_ARG(plain(a, r->not_tested.at[i].where)),
               STR_ARG(plain(a, r->not_tested.at[i].reason)));
  buf_put(&b, STR("\n</details>\n"));
  return buf_str(&b);
}
