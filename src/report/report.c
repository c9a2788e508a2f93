#include "report/report_private.h"

#include <unistd.h>

/* ---- where ----------------------------------------------------------------------------------- */

str where_path(arena *a, const where *w) {
  url u;
  error ignored;
  if (!url_parse(a, w->url, &u, &ignored))
    return w->url;
  return u.query.len ? arena_printf(a, "%.*s?%.*s", STR_ARG(u.path), STR_ARG(u.query)) : u.path;
}

/* A path beneath the working directory, which is where a repository is checked out, without it. */
static str beneath_here(arena *a, str path) {
  char *here = getcwd(NULL, 0);
  str prefix = here ? arena_printf(a, "%s/", here) : STR("/");
  free(here);
  return str_starts(path, prefix) ? str_sub(path, prefix.len, path.len) : path;
}

str where_artifact(arena *a, const where *w) {
  url u;
  error ignored;
  str path = w->file;
  if (url_parse(a, path, &u, &ignored))
    path = u.path;
  if (w->kind == WHERE_OPERATION && !path.len) {
    path = where_path(a, w);
    path = str_sub(path, 0, str_find(path, STR("?"), 0));
  }
  path = beneath_here(a, path);
  while (str_starts(path, STR("/")) || str_starts(path, STR("./")))
    path = str_sub(path, path.ptr[0] == '/' ? 1 : 2, path.len);
  return path.len ? path : STR("index");
}

str where_text(arena *a, const where *w) {
  switch (w->kind) {
  case WHERE_OPERATION:
    return arena_printf(a, w->parameter.len ? "%.*s %.*s (%.*s)" : "%.*s %.*s%.*s",
                        STR_ARG(w->method), STR_ARG(where_path(a, w)), STR_ARG(w->parameter));
  case WHERE_SOURCE:
    return arena_printf(a, "%.*s:%u:%u", STR_ARG(w->file), w->line, w->column);
  case WHERE_OBJECT:
    return arena_printf(a, "%.*s:%u %.*s %.*s", STR_ARG(w->file), w->line, STR_ARG(w->object),
                        STR_ARG(w->field));
  }
  return STR("");
}

size_t count_severity(const report *r, severity s) {
  size_t n = 0;
  for (size_t i = 0; i < r->findings.len; i++)
    n += r->findings.at[i].severity == s;
  return n;
}

/* ---- finishing ------------------------------------------------------------------------------- */

/* What the place is called wherever the application runs: no host, no port, no line. */
static str stable_where(arena *a, const where *w) {
  if (w->kind == WHERE_OPERATION)
    return arena_printf(a, "%.*s %.*s %.*s", STR_ARG(w->method), STR_ARG(where_path(a, w)),
                        STR_ARG(w->parameter));
  return arena_printf(a, "%.*s %.*s %.*s", STR_ARG(w->file), STR_ARG(w->object), STR_ARG(w->field));
}

static int cmp_where(const where *x, const where *y) {
  int c = str_cmp(x->url, y->url);
  if (!c)
    c = str_cmp(x->method, y->method);
  if (!c)
    c = str_cmp(x->parameter, y->parameter);
  if (!c)
    c = str_cmp(x->file, y->file);
  if (!c)
    c = (x->line > y->line) - (x->line < y->line);
  if (!c)
    c = (x->column > y->column) - (x->column < y->column);
  if (!c)
    c = str_cmp(x->object, y->object);
  return c ? c : str_cmp(x->field, y->field);
}

/* Several findings of one check at one stable place (a file) are told apart by their order: their
 * number never hides one more. */
static str fingerprint(arena *a, str check, str place, size_t repeated) {
  enum { DIGITS = 32 };

  str text = arena_printf(a, "%.*s\n%.*s", STR_ARG(check), STR_ARG(place));
  if (repeated)
    text = arena_printf(a, "%.*s\n#%zu", STR_ARG(text), repeated + 1);
  return str_sub(sha256_hex(a, text), 0, DIGITS);
}

typedef struct {
  finding *f;
  str place;
} placed;

static int cmp_placed(const void *p, const void *q) {
  const placed *x = p, *y = q;
  int c = str_cmp(x->f->check, y->f->check);
  if (!c)
    c = str_cmp(x->place, y->place);
  return c ? c : cmp_where(&x->f->where, &y->f->where);
}

static void give_fingerprints(arena *a, finding_list *list) {
  placed *all = arena_alloc(a, (list->len + 1) * sizeof *all);
  size_t repeated = 0;
  for (size_t i = 0; i < list->len; i++)
    all[i] = (placed){&list->at[i], stable_where(a, &list->at[i].where)};
  qsort(all, list->len, sizeof *all, cmp_placed);
  for (size_t i = 0; i < list->len; i++) {
    bool again =
        i && str_eq(all[i].f->check, all[i - 1].f->check) && str_eq(all[i].place, all[i - 1].place);
    repeated = again ? repeated + 1 : 0;
    all[i].f->fingerprint = fingerprint(a, all[i].f->check, all[i].place, repeated);
  }
}

static int cmp_findings(const void *p, const void *q) {
  const finding *x = p, *y = q;
  if (x->severity != y->severity)
    return x->severity > y->severity ? -1 : 1;
  if (x->confidence != y->confidence)
    return x->confidence > y->confidence ? -1 : 1;
  int c = str_cmp(x->check, y->check);
  return c ? c : cmp_where(&x->where, &y->where);
}

static int cmp_not_tested(const void *p, const void *q) {
  const not_tested *x = p, *y = q;
  int c = str_cmp(x->check, y->check);
  if (!c)
    c = str_cmp(x->where, y->where);
  return c ? c : str_cmp(x->reason, y->reason);
}

static void number_findings(arena *a, finding_list *list, const char *prefix) {
  if (list->len)
    qsort(list->at, list->len, sizeof *list->at, cmp_findings);
  for (size_t i = 0; i < list->len; i++)
    list->at[i].id = arena_printf(a, "%s-%zu", prefix, i + 1);
}

void report_renumber(arena *a, report *r) {
  number_findings(a, &r->findings, "f");
  number_findings(a, &r->suppressed, "s");
  report_score(a, r);
}

void report_finish(arena *a, report *r) {
  give_fingerprints(a, &r->findings);
  if (r->not_tested.len)
    qsort(r->not_tested.at, r->not_tested.len, sizeof *r->not_tested.at, cmp_not_tested);
  report_renumber(a, r);
}

str report_attached(const report *r, str name) {
  for (size_t i = 0; i < r->attachments.len; i++)
    if (str_eq(r->attachments.at[i].name, name))
      return r->attachments.at[i].text;
  return (str){0};
}

/* ---- writers --------------------------------------------------------------------------------- */

static const report_writer WRITERS[] = {
    {"pretty", "summary", write_pretty},
    {"table", NULL, write_table},
    {"json", NULL, write_json},
    {"sarif", NULL, write_sarif},
    {"junit", NULL, write_junit},
    {"html", NULL, write_html},
    {"markdown", "md", write_markdown},
    {"har", NULL, write_har},
    {"gitlab-sast", NULL, write_gitlab_sast},
    {"codequality", NULL, write_codequality},
    {"patch", "diff", write_patch},
};

const report_writer *report_writer_at(size_t i) {
  return i < sizeof WRITERS / sizeof *WRITERS ? &WRITERS[i] : NULL;
}

const report_writer *report_writer_find(str name) {
  for (size_t i = 0; report_writer_at(i); i++)
    if (str_eq(name, str_of(WRITERS[i].name)) ||
        (WRITERS[i].alias && str_eq(name, str_of(WRITERS[i].alias))))
      return &WRITERS[i];
  return NULL;
}
