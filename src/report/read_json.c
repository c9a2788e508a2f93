/* Reads a JSON report back. */
#include "report/report_private.h"

static str text(arena *a, const json_t *o, const char *name) {
  str s = json_get_str(o, name);
  return s.ptr ? arena_str(a, s) : (str){0};
}

static unsigned number(const json_t *o, const char *name) {
  return (unsigned)json_integer_value(json_object_get(o, name));
}

static void read_strings(arena *a, const json_t *list, str_list *out) {
  size_t i;
  json_t *v;
  json_array_foreach(list, i, v) if (json_is_string(v))
      list_push(a, out, arena_str(a, str_from(json_string_value(v), json_string_length(v))));
}

static bool read_where(arena *a, const json_t *o, where *out) {
  static const char *const kinds[] = {"operation", "source", "object"};
  bool known = false;
  for (int i = 0; i < 3; i++)
    if (str_eq(json_get_str(o, "kind"), str_of(kinds[i]))) {
      out->kind = (where_kind)i;
      known = true;
    }
  out->method = text(a, o, "method");
  out->url = text(a, o, "url");
  out->parameter = text(a, o, "parameter");
  out->file = text(a, o, "file");
  out->object = text(a, o, "object");
  out->field = text(a, o, "field");
  out->space = text(a, o, "namespace");
  out->line = number(o, "line");
  out->column = number(o, "column");
  return known;
}

static void read_proof(arena *a, const json_t *o, finding *f) {
  size_t i;
  json_t *v;
  json_array_foreach(json_object_get(o, "evidence"), i, v) {
    evidence e = {text(a, v, "note"), text(a, v, "request"), text(a, v, "response")};
    list_push(a, &f->evidence, e);
  }
  json_array_foreach(json_object_get(o, "trace"), i, v) {
    trace_step t = {text(a, v, "file"), number(v, "line"), number(v, "column"), text(a, v, "note")};
    list_push(a, &f->trace, t);
  }
}

static void read_fix(arena *a, const json_t *o, finding *f) {
  const char *language;
  json_t *v;
  f->fix_text = text(a, o, "text");
  f->fix_policy = text(a, o, "policy");
  f->fix_diff = text(a, o, "diff");
  json_object_foreach(json_object_get(o, "code"), language, v) {
    fix_code c = {arena_str(a, str_of(language)), text(a, json_object_get(o, "code"), language)};
    list_push(a, &f->fix_code, c);
  }
}

static void read_references(arena *a, const json_t *o, reference_set *out) {
  size_t i;
  json_t *v;
  json_array_foreach(json_object_get(o, "cwe"), i, v)
      list_push(a, &out->cwe, (int)json_integer_value(v));
  read_strings(a, json_object_get(o, "owasp_api"), &out->owasp_api);
  read_strings(a, json_object_get(o, "rfc"), &out->rfc);
  read_strings(a, json_object_get(o, "cve"), &out->cve);
  read_strings(a, json_object_get(o, "other"), &out->other);
}

/* A check's id and a fingerprint go into file formats as they are, so they are held to their shape.
 */
static bool is_name(str s, const char *allowed) {
  for (size_t i = 0; i < s.len; i++)
    if (!s.ptr[i] || !strchr(allowed, s.ptr[i]))
      return false;
  return s.len > 0 && s.len <= 100;
}

static void read_standing(arena *a, const json_t *o, finding *f) {
  str state = json_get_str(o, "baseline");
  const json_t *suppression = json_object_get(o, "suppression");
  f->baseline = str_eq(state, STR("new"))     ? BASELINE_NEW
                : str_eq(state, STR("known")) ? BASELINE_KNOWN
                                              : BASELINE_NONE;
  f->suppressed_reason = text(a, suppression, "reason");
  f->suppressed_until = text(a, suppression, "until");
}

static bool read_finding(arena *a, const json_t *o, const char *list, size_t index,
                         finding_list *out, error *e) {
  finding f = {.id = text(a, o, "id"),
               .check = text(a, o, "check"),
               .title = text(a, o, "title"),
               .description = text(a, o, "description"),
               .reproduce = text(a, o, "reproduce"),
               .fingerprint = text(a, o, "fingerprint")};
  if (!is_name(f.check, "abcdefghijklmnopqrstuvwxyz0123456789-_.") ||
      !is_name(f.fingerprint, "0123456789abcdef"))
    return error_set(e, ERROR_USAGE, "%s[%zu]: its check or fingerprint is missing or none", list,
                     index);
  if (!severity_parse(json_get_str(o, "severity"), &f.severity) ||
      !confidence_parse(json_get_str(o, "confidence"), &f.confidence) ||
      !category_parse(json_get_str(o, "category"), &f.category) ||
      !read_where(a, json_object_get(o, "where"), &f.where))
    return error_set(e, ERROR_USAGE,
                     "%s[%zu]: severity, confidence, category or where is missing or unknown", list,
                     index);
  read_proof(a, o, &f);
  read_fix(a, json_object_get(o, "fix"), &f);
  read_references(a, json_object_get(o, "references"), &f.references);
  read_standing(a, o, &f);
  list_push(a, out, f);
  return true;
}

static void read_target(arena *a, const json_t *o, report *r) {
  r->target_url = text(a, o, r->kind == REPORT_AUDIT ? "directory" : "url");
  r->operations = number(o, "operations");
  r->active = text(a, o, "active");
  r->authorization = text(a, o, "authorization");
  r->context = text(a, o, "context");
  read_strings(a, json_object_get(o, "identities"), &r->identities);
}

static void read_results(arena *a, const json_t *root, report *r) {
  size_t i;
  json_t *v;
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    const json_t *o =
        json_object_get(json_object_get(root, "categories"), category_name((category)c));
    r->categories[c].tested = json_is_true(json_object_get(o, "tested"));
    r->categories[c].checks = number(o, "checks");
    r->categories[c].score = (int)json_integer_value(json_object_get(o, "score"));
  }
  json_array_foreach(json_object_get(root, "not_tested"), i, v) {
    not_tested n = {text(a, v, "check"), text(a, v, "where"), text(a, v, "reason")};
    list_push(a, &r->not_tested, n);
  }
}

static bool read_findings(arena *a, const json_t *root, const char *name, finding_list *out,
                          error *e) {
  size_t i;
  json_t *v;
  json_array_foreach(json_object_get(root, name), i,
                     v) if (!read_finding(a, v, name, i, out, e)) return false;
  return true;
}

static bool read_root(arena *a, const json_t *root, report *r, error *e) {
  str grade = json_get_str(root, "grade"), kind = json_get_str(root, "kind");
  if (!str_eq(json_get_str(root, "schema"), STR("batten-report/1")))
    return error_set(e, ERROR_USAGE, "this is no batten report: its schema is not batten-report/1");
  for (int k = REPORT_SCAN; k <= REPORT_PATHS; k++)
    if (str_eq(kind, str_of(report_kind_name((report_kind)k))))
      r->kind = (report_kind)k;
  read_target(a, json_object_get(root, "target"), r);
  time_parse_rfc3339(json_get_str(root, "started"), &r->started);
  time_parse_rfc3339(json_get_str(root, "finished"), &r->finished);
  r->requests = number(root, "requests");
  r->requests_unmerged = number(root, "requests_unmerged");
  r->partial = json_is_true(json_object_get(root, "partial"));
  r->partial_reason = text(a, root, "partial_reason");
  r->score = (int)json_integer_value(json_object_get(root, "score"));
  r->grade = grade.len ? grade.ptr[0] : '-';
  read_results(a, root, r);
  read_strings(a, json_object_get(root, "notes"), &r->notes);
  const json_t *paths = json_object_get(root, "paths");
  report_attachment kept = {STR("paths"), paths ? json_write(a, paths, false) : STR("")};
  if (paths)
    list_push(a, &r->attachments, kept);
  return read_findings(a, root, "findings", &r->findings, e) &&
         read_findings(a, root, "suppressed", &r->suppressed, e);
}

bool report_read(arena *a, str json, report *out, error *e) {
  *out = (report){0};
  json_t *root = json_parse(json, e);
  if (!root)
    return false;
  bool ok = read_root(a, root, out, e);
  json_decref(root);
  return ok;
}
