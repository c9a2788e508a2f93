/* What changed between two reports. What is gone counts as fixed only when its check was decided
 * again. */
#include "report/report_private.h"

typedef LIST(const finding *) pointer_list;

static int by_print(const void *p, const void *q) {
  return str_cmp((*(const finding *const *)p)->fingerprint,
                 (*(const finding *const *)q)->fingerprint);
}

static pointer_list sorted(arena *a, const finding_list *list, const finding_list *more) {
  pointer_list out = {0};
  for (size_t i = 0; i < list->len; i++)
    list_push(a, &out, &list->at[i]);
  for (size_t i = 0; more && i < more->len; i++)
    list_push(a, &out, &more->at[i]);
  if (out.len)
    qsort(out.at, out.len, sizeof *out.at, by_print);
  return out;
}

static bool holds(const pointer_list *list, const finding *f) {
  return list->len && bsearch(&f, list->at, list->len, sizeof *list->at, by_print);
}

/* not_tested places are "GET /api/me"; "*" as a check stands for every check of that place. */
static bool decided_again(arena *a, const report *now, const finding *f) {
  str place = where_text(a, &f->where);
  if (now->partial || !now->categories[f->category].tested)
    return false;
  for (size_t i = 0; i < now->not_tested.len; i++) {
    const not_tested *n = &now->not_tested.at[i];
    if ((str_eq(n->check, f->check) || str_eq(n->check, STR("*"))) &&
        (!n->where.len || str_eq(n->where, STR("*")) || str_starts(place, n->where)))
      return false;
  }
  return true;
}

report_diff report_compare(arena *a, const report *old, const report *now) {
  report_diff d = {.old = old, .now = now};
  pointer_list before = sorted(a, &old->findings, &old->suppressed),
               after = sorted(a, &now->findings, &now->suppressed);
  for (size_t i = 0; i < now->findings.len; i++) {
    if (holds(&before, &now->findings.at[i]))
      list_push(a, &d.still, &now->findings.at[i]);
    else
      list_push(a, &d.added, &now->findings.at[i]);
  }
  for (size_t i = 0; i < old->findings.len; i++) {
    const finding *f = &old->findings.at[i];
    if (holds(&after, f))
      continue;
    if (decided_again(a, now, f))
      list_push(a, &d.fixed, f);
    else
      list_push(a, &d.unverified, f);
  }
  return d;
}

/* ---- writing --------------------------------------------------------------------------------- */

typedef struct {
  const char *name, *title;
  const finding *const *at;
  size_t len;
} group;

enum { GROUPS = 4 };

static void groups_of(const report_diff *d, group *out) {
  out[0] = (group){"new", "New", d->added.at, d->added.len};
  out[1] = (group){"fixed", "Fixed", d->fixed.at, d->fixed.len};
  out[2] = (group){"still", "Still there", d->still.at, d->still.len};
  out[3] =
      (group){"unverified", "Gone, but not tested this time", d->unverified.at, d->unverified.len};
}

static str score_of(arena *a, const report *r) {
  return r->partial ? STR("none (NOT COMPLETED)") : arena_printf(a, "%d (%c)", r->score, r->grade);
}

static str score_change(arena *a, const report_diff *d) {
  str old = score_of(a, d->old), now = score_of(a, d->now);
  if (d->old->partial || d->now->partial)
    return arena_printf(a, "%.*s -> %.*s", STR_ARG(old), STR_ARG(now));
  return arena_printf(a, "%.*s -> %.*s, %+d", STR_ARG(old), STR_ARG(now),
                      d->now->score - d->old->score);
}

str diff_pretty(arena *a, const report_diff *d) {
  buf b = {.arena = a};
  group all[GROUPS];
  groups_of(d, all);
  buf_printf(&b, "score %.*s\n", STR_ARG(score_change(a, d)));
  for (size_t g = 0; g < GROUPS; g++) {
    buf_printf(&b, "%s: %zu\n", all[g].title, all[g].len);
    for (size_t i = 0; i < all[g].len; i++) {
      const finding *f = all[g].at[i];
      buf_printf(&b, "  %-8s  %-24.*s  %.*s\n", severity_name(f->severity), STR_ARG(f->check),
                 STR_ARG(text_line(a, where_text(a, &f->where))));
    }
  }
  return buf_str(&b);
}

static json_t *side_json(arena *a, const report *r) {
  json_t *o = json_object();
  json_put_str(o, "target", r->target_url);
  json_put_str(o, "finished", time_rfc3339(a, r->finished));
  report_put_score(o, r);
  if (r->partial)
    json_put(o, "partial", json_true());
  return o;
}

str diff_json(arena *a, const report_diff *d) {
  json_t *o = json_object();
  group all[GROUPS];
  groups_of(d, all);
  json_put_str(o, "schema", STR("batten-diff/1"));
  json_put(o, "from", side_json(a, d->old));
  json_put(o, "to", side_json(a, d->now));
  json_put(o, "score_change", json_integer(d->now->score - d->old->score));
  for (size_t g = 0; g < GROUPS; g++) {
    json_t *list = json_array();
    for (size_t i = 0; i < all[g].len; i++)
      json_array_append_new(list, finding_json(all[g].at[i]));
    json_put(o, all[g].name, list);
  }
  str out = json_write(a, o, true);
  json_decref(o);
  return out;
}

str diff_markdown(arena *a, const report_diff *d) {
  buf b = {.arena = a};
  group all[GROUPS];
  groups_of(d, all);
  buf_printf(&b, "## batten: %.*s\n", STR_ARG(score_change(a, d)));
  for (size_t g = 0; g < GROUPS; g++) {
    buf_printf(&b, "\n**%s: %zu**\n\n", all[g].title, all[g].len);
    for (size_t i = 0; i < all[g].len; i++) {
      const finding *f = all[g].at[i];
      buf_printf(&b, "- %s %.*s, %.*s\n", severity_name(f->severity), STR_ARG(f->check),
                 STR_ARG(text_markdown(a, where_text(a, &f->where))));
    }
  }
  return buf_str(&b);
}
