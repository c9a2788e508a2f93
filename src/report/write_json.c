/* The JSON report: field order as in docs/report.schema.json. */
#include "report/report_private.h"

static json_t *strings(const str *at, size_t len) {
  json_t *list = json_array();
  for (size_t i = 0; i < len; i++)
    json_array_append_new(list, json_text(at[i]));
  return list;
}

static json_t *where_json(const where *w) {
  static const char *const kinds[] = {"operation", "source", "object"};
  json_t *o = json_object();
  json_put_str(o, "kind", str_of(kinds[w->kind]));
  if (w->kind == WHERE_OPERATION) {
    json_put_str(o, "method", w->method);
    json_put_str(o, "url", w->url);
    if (w->parameter.len)
      json_put_str(o, "parameter", w->parameter);
    if (!w->file.len)
      return o;
  }
  json_put_str(o, "file", w->file);
  json_put(o, "line", json_integer(w->line));
  json_put(o, "column", json_integer(w->column));
  if (w->kind == WHERE_OBJECT) {
    json_put_str(o, "object", w->object);
    json_put_str(o, "field", w->field);
    if (w->space.len)
      json_put_str(o, "namespace", w->space);
  }
  return o;
}

static json_t *evidence_json(const finding *f) {
  json_t *list = json_array();
  for (size_t i = 0; i < f->evidence.len; i++) {
    json_t *o = json_object();
    json_put_str(o, "note", f->evidence.at[i].note);
    if (f->evidence.at[i].request.len)
      json_put_str(o, "request", f->evidence.at[i].request);
    if (f->evidence.at[i].response.len)
      json_put_str(o, "response", f->evidence.at[i].response);
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *trace_json(const finding *f) {
  json_t *list = json_array();
  for (size_t i = 0; i < f->trace.len; i++) {
    json_t *o = json_object();
    json_put_str(o, "file", f->trace.at[i].file);
    json_put(o, "line", json_integer(f->trace.at[i].line));
    json_put(o, "column", json_integer(f->trace.at[i].column));
    json_put_str(o, "note", f->trace.at[i].note);
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *fix_json(const finding *f) {
  json_t *o = json_object(), *code = json_object();
  json_put_str(o, "text", f->fix_text);
  for (size_t i = 0; i < f->fix_code.len; i++) {
    str language = f->fix_code.at[i].language;
    char name[64] = {0};
    memcpy(name, language.ptr, language.len < 63 ? language.len : 63);
    json_put_str(code, name, f->fix_code.at[i].code);
  }
  json_put(o, "code", code);
  if (f->fix_policy.len)
    json_put_str(o, "policy", f->fix_policy);
  if (f->fix_diff.len)
    json_put_str(o, "diff", f->fix_diff);
  return o;
}

static json_t *references_json(const reference_set *s) {
  json_t *o = json_object(), *cwe = json_array();
  for (size_t i = 0; i < s->cwe.len; i++)
    json_array_append_new(cwe, json_integer(s->cwe.at[i]));
  json_put(o, "cwe", cwe);
  json_put(o, "owasp_api", strings(s->owasp_api.at, s->owasp_api.len));
  json_put(o, "rfc", strings(s->rfc.at, s->rfc.len));
  if (s->cve.len)
    json_put(o, "cve", strings(s->cve.at, s->cve.len));
  if (s->other.len)
    json_put(o, "other", strings(s->other.at, s->other.len));
  return o;
}

static json_t *suppression_json(const finding *f) {
  json_t *o = json_object();
  json_put_str(o, "reason", f->suppressed_reason);
  json_put_str(o, "until", f->suppressed_until);
  return o;
}

json_t *finding_json(const finding *f) {
  json_t *o = json_object();
  json_put_str(o, "id", f->id);
  json_put_str(o, "check", f->check);
  json_put_str(o, "category", str_of(category_name(f->category)));
  json_put_str(o, "severity", str_of(severity_name(f->severity)));
  json_put_str(o, "confidence", str_of(confidence_name(f->confidence)));
  json_put_str(o, "title", f->title);
  json_put_str(o, "description", f->description);
  json_put(o, "where", where_json(&f->where));
  json_put(o, "evidence", evidence_json(f));
  if (f->trace.len)
    json_put(o, "trace", trace_json(f));
  if (f->reproduce.len)
    json_put_str(o, "reproduce", f->reproduce);
  json_put(o, "fix", fix_json(f));
  json_put(o, "references", references_json(&f->references));
  json_put_str(o, "fingerprint", f->fingerprint);
  if (f->baseline != BASELINE_NONE)
    json_put_str(o, "baseline", str_of(f->baseline == BASELINE_NEW ? "new" : "known"));
  if (f->suppressed_until.len)
    json_put(o, "suppression", suppression_json(f));
  return o;
}

json_t *findings_json(const finding_list *list) {
  json_t *out = json_array();
  for (size_t i = 0; i < list->len; i++)
    json_array_append_new(out, finding_json(&list->at[i]));
  return out;
}

void report_put_score(json_t *o, const report *r) {
  json_put(o, "score", r->partial ? json_null() : json_integer(r->score));
  json_put(o, "grade", r->partial ? json_null() : json_text(str_from(&r->grade, 1)));
}

static json_t *target_json(const report *r) {
  json_t *o = json_object();
  if (r->kind == REPORT_AUDIT) {
    json_put_str(o, "directory", r->target_url);
    return o;
  }
  json_put_str(o, "url", r->target_url);
  json_put(o, "operations", json_integer((json_int_t)r->operations));
  json_put(o, "identities", strings(r->identities.at, r->identities.len));
  json_put_str(o, "active", r->active);
  json_put_str(o, "authorization", r->authorization);
  json_put_str(o, "context", r->context);
  return o;
}

static json_t *categories_json(const report *r) {
  json_t *o = json_object();
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    const category_result *result = &r->categories[c];
    json_t *one = json_object();
    bool has_score = result->tested && !r->partial;
    json_put(one, "score", has_score ? json_integer(result->score) : json_null());
    json_put(one, "tested", json_boolean(result->tested));
    json_put(one, "checks", json_integer(result->checks));
    json_put(o, category_name((category)c), one);
  }
  return o;
}

static json_t *not_tested_json(const report *r) {
  json_t *list = json_array();
  for (size_t i = 0; i < r->not_tested.len; i++) {
    json_t *o = json_object();
    json_put_str(o, "check", r->not_tested.at[i].check);
    json_put_str(o, "where", r->not_tested.at[i].where);
    json_put_str(o, "reason", r->not_tested.at[i].reason);
    json_array_append_new(list, o);
  }
  return list;
}

str write_json(arena *a, const report *r, const writer_options *options) {
  json_t *o = json_object(), *tool = json_object();
  (void)options;
  json_put_str(tool, "name", STR("batten"));
  json_put_str(tool, "version", STR(BATTEN_VERSION));
  json_put_str(o, "schema", STR("batten-report/1"));
  json_put(o, "tool", tool);
  json_put_str(o, "kind", str_of(report_kind_name(r->kind)));
  json_put(o, "target", target_json(r));
  json_put_str(o, "started", time_rfc3339(a, r->started));
  json_put_str(o, "finished", time_rfc3339(a, r->finished));
  json_put(o, "requests", json_integer((json_int_t)r->requests));
  if (r->requests_unmerged)
    json_put(o, "requests_unmerged", json_integer((json_int_t)r->requests_unmerged));
  if (r->partial) {
    json_put(o, "partial", json_true());
    json_put_str(o, "partial_reason", r->partial_reason);
  }
  report_put_score(o, r);
  json_put(o, "categories", categories_json(r));
  json_put(o, "findings", findings_json(&r->findings));
  if (r->suppressed.len)
    json_put(o, "suppressed", findings_json(&r->suppressed));
  json_put(o, "not_tested", not_tested_json(r));
  str paths = report_attached(r, STR("paths"));
  if (paths.len)
    json_put(o, "paths", json_parse(paths, NULL));
  if (r->notes.len)
    json_put(o, "notes", strings(r->notes.at, r->notes.len));
  str out = json_write(a, o, true);
  json_decref(o);
  return out;
}
