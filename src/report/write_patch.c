/* The patches of all findings as one that git apply takes: those that touch lines of their own. */
#include "report/report_private.h"

typedef struct {
  str file;
  uint64_t first, end; /* lines of the old file, with their context */
} span;

typedef LIST(span) span_list;

/* "@@ -12,7 +12,7 @@": the lines that have to be as they were. */
static bool hunk_span(str line, span *out) {
  uint64_t count = 1;
  str rest = str_sub(line, 4, line.len), place, from;
  if (!str_starts(line, STR("@@ -")) || !str_next(&rest, ' ', &place) ||
      !str_next(&place, ',', &from))
    return false;
  if (!str_to_u64(from, &out->first))
    return false;
  if (place.len && !str_to_u64(place, &count))
    return false;
  out->end = out->first + count;
  return true;
}

static bool meets(const span_list *taken, const span *one) {
  for (size_t i = 0; i < taken->len; i++) {
    const span *other = &taken->at[i];
    if (str_eq(other->file, one->file) && one->first < other->end && other->first < one->end)
      return true;
  }
  return false;
}

/* Takes the lines of a diff; false when one of them is taken already, or when it is no diff. */
static bool take(arena *a, str diff, span_list *taken) {
  span_list own = {0};
  span one = {0};
  str rest = diff, line;
  while (str_next(&rest, '\n', &line)) {
    if (!one.file.len && str_starts(line, STR("--- ")))
      one.file = str_sub(line, 4, line.len);
    if (!str_starts(line, STR("@@ ")))
      continue;
    if (!one.file.len || !hunk_span(line, &one) || meets(taken, &one))
      return false;
    list_push(a, &own, one);
  }
  for (size_t i = 0; i < own.len; i++)
    list_push(a, taken, own.at[i]);
  return own.len > 0 && str_starts(diff, STR("--- "));
}

str write_patch(arena *a, const report *r, const writer_options *o) {
  buf b = {.arena = a};
  span_list taken = {0};
  size_t left = 0;
  (void)o;
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *f = &r->findings.at[i];
    if (!f->fix_diff.len)
      continue;
    if (!take(a, f->fix_diff, &taken)) {
      left++;
      continue;
    }
    buf_printf(&b, "# %.*s %.*s\n%.*s%s", STR_ARG(text_line(a, f->check)),
               STR_ARG(text_line(a, where_text(a, &f->where))), STR_ARG(f->fix_diff),
               str_ends(f->fix_diff, STR("\n")) ? "" : "\n");
  }
  if (!b.len && !left)
    buf_put(&b, STR("# no finding has a patch\n"));
  if (left)
    buf_printf(&b, "# %zu more would touch the same lines: apply this, then audit again\n", left);
  return buf_str(&b);
}
