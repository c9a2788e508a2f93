/* What an older report knew. */
#include "report/report_private.h"

static int cmp_str(const void *p, const void *q) {
  return str_cmp(*(const str *)p, *(const str *)q);
}

void report_baseline(report *r, const report *old) {
  arena *a = arena_new();
  str_list known = {0};
  for (size_t i = 0; i < old->findings.len; i++)
    list_push(a, &known, old->findings.at[i].fingerprint);
  for (size_t i = 0; i < old->suppressed.len; i++)
    list_push(a, &known, old->suppressed.at[i].fingerprint);
  if (known.len)
    qsort(known.at, known.len, sizeof *known.at, cmp_str);
  for (size_t i = 0; i < r->findings.len; i++) {
    finding *f = &r->findings.at[i];
    bool hit =
        known.len && bsearch(&f->fingerprint, known.at, known.len, sizeof *known.at, cmp_str);
    f->baseline = hit ? BASELINE_KNOWN : BASELINE_NEW;
  }
  arena_free(a);
}
