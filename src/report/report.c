#include "report/report_private.h"

#include <stdlib.h>

/* ---- where ------------------------------------------------------------------------------------------------------------- */

str where_path(arena *a, const where *w) {
  url u;
  error ignored;
  if (!url_parse(a, w->url, &u, &ignored)) return w->url;
  return u.query.len ? arena_printf(a, "%.*s?%.*s", STR_ARG(u.path), STR_ARG(u.query)) : u.path;
}

str where_text(arena *a, const where *w) {
  switch (w->kind) {
  case WHERE_OPERATION:
    return arena_printf(a, w->parameter.len ? "%.*s %.*s (%.*s)" : "%.*s %.*s%.*s", STR_ARG(w->method),
                        STR_ARG(where_path(a, w)), STR_ARG(w->parameter));
  case WHERE_SOURCE:
    return arena_printf(a, "%.*s:%u:%u", STR_ARG(w->file), w->line, w->column);
  case WHERE_OBJECT:
    return arena_printf(a, "%.*s:%u %.*s %.*s", STR_ARG(w->file), w->line, STR_ARG(w->object), STR_ARG(w->field));
  }
  return STR("");
}

size_t count_severity(const report *r, severity s) {
  size_t n = 0;
  for (size_t i = 0; i < r->findings.len; i++) n += r->findings.at[i].severity == s;
  return n;
}

/* ---- finishing ------------------------------------------------------------------------------------------------------------ */

/* What the place is called wherever the application runs: no host, no port, no line. */
static str stable_where(arena *a, const where *w) {
  if (w->kind == WHERE_OPERATION)
    return arena_printf(a, "%.*s %.*s %.*s", STR_ARG(w->method), STR_ARG(where_path(a, w)), STR_ARG(w->parameter));
  return arena_printf(a, "%.*s %.*s %.*s", STR_ARG(w->file), STR_ARG(w->object), STR_ARG(w->field));
}

static str fingerprint(arena *a, const finding *f) {
  enum { DIGITS = 32 };
  str text = arena_printf(a, "%.*s\n%.*s", STR_ARG(f->check), STR_ARG(stable_where(a, &f->where)));
  return str_sub(sha256_hex(a, text), 0, DIGITS);
}

static int cmp_where(const where *x, const where *y) {
  int c = str_cmp(x->url, y->url);
  if (!c) c = str_cmp(x->method, y->method);
  if (!c) c = str_cmp(x->parameter, y->parameter);
  if (!c) c = str_cmp(x->file, y->file);
  if (!c) c = (x->line > y->line) - (x->line < y->line);
  if (!c) c = (x->column > y->column) - (x->column < y->column);
  if (!c) c = str_cmp(x->object, y->object);
  return c ? c : str_cmp(x->field, y->field);
}

static int cmp_findings(const void *p, const void *q) {
  const finding *x = p, *y = q;
  if (x->severity != y->severity) return x->severity > y->severity ? -1 : 1;
  if (x->confidence != y->confidence) return x->confidence > y->confidence ? -1 : 1;
  int c = str_cmp(x->check, y->check);
  return c ? c : cmp_where(&x->where, &y->where);
}

static int cmp_not_tested(const void *p, const void *q) {
  const not_tested *x = p, *y = q;
  int c = str_cmp(x->check, y->check);
  if (!c) c = str_cmp(x->where, y->where);
  return c ? c : str_cmp(x->reason, y->reason);
}

static void finish_findings(arena *a, finding_list *list, const char *prefix) {
  if (list->len) qsort(list->at, list->len, sizeof *list->at, cmp_findings);
  for (size_t i = 0; i < list->len; i++) {
    list->at[i].id = arena_printf(a, "%s-%zu", prefix, i + 1);
    list->at[i].fingerprint = fingerprint(a, &list->at[i]);
  }
}

void report_finish(arena *a, report *r) {
  finish_findings(a, &r->findings, "f");
  finish_findings(a, &r->suppressed, "s");
  if (r->not_tested.len) qsort(r->not_tested.at, r->not_tested.len, sizeof *r->not_tested.at, cmp_not_tested);
  score_compute(r);
}

/* ---- writers ------------------------------------------------------------------------------------------------------------------ */

static const report_writer WRITERS[] = {
    {"pretty", "summary", write_pretty}, {"table", NULL, write_table}, {"json", NULL, write_json},
    {"sarif", NULL, write_sarif},        {"html", NULL, write_html},   {"markdown", "md", write_markdown},
};

const report_writer *report_writer_at(size_t i) { return i < sizeof WRITERS / sizeof *WRITERS ? &WRITERS[i] : NULL; }

const report_writer *report_writer_find(str name) {
  for (size_t i = 0; report_writer_at(i); i++)
    if (str_eq(name, str_of(WRITERS[i].name)) || (WRITERS[i].alias && str_eq(name, str_of(WRITERS[i].alias))))
      return &WRITERS[i];
  return NULL;
}
