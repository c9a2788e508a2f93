/* GitLab's two report artifacts: `sast` (security report schema 15.2.1) and `codequality` (Code
 * Climate's shape). Suppressed findings stay out of both, which know no such thing. */
#include "report/report_private.h"

static const char *severity_word(severity s) {
  static const char *const words[] = {"Info", "Low", "Medium", "High", "Critical"};
  return words[s];
}

static json_t *named(const char *first, str a, const char *second, str b) {
  json_t *o = json_object();
  json_put_str(o, first, a);
  json_put_str(o, second, b);
  return o;
}

static json_t *identifier(const char *type, str name, str value, str address) {
  json_t *o = json_object();
  json_put_str(o, "type", str_of(type));
  json_put_str(o, "name", name);
  json_put_str(o, "value", value);
  if (address.len)
    json_put_str(o, "url", address);
  return o;
}

static json_t *identifiers(arena *a, const finding *f) {
  json_t *list = json_array();
  json_array_append_new(list, identifier("batten_check",
                                         arena_printf(a, "batten %.*s", STR_ARG(f->check)),
                                         f->check, STR("")));
  for (size_t i = 0; i < f->references.cwe.len; i++) {
    int cwe = f->references.cwe.at[i];
    json_array_append_new(
        list, identifier("cwe", arena_printf(a, "CWE-%d", cwe), arena_printf(a, "%d", cwe),
                         arena_printf(a, "https://cwe.mitre.org/data/definitions/%d.html", cwe)));
  }
  for (size_t i = 0; i < f->references.owasp_api.len; i++) {
    str one = f->references.owasp_api.at[i];
    json_array_append_new(list, identifier("owasp", one, one, STR("")));
  }
  return list;
}

static str full_description(arena *a, const finding *f) {
  buf b = {.arena = a};
  buf_printf(&b, "%.*s\n\nWhere: %.*s\n", STR_ARG(f->description),
             STR_ARG(where_text(a, &f->where)));
  for (size_t i = 0; i < f->evidence.len; i++)
    buf_printf(&b, "\n- %.*s", STR_ARG(f->evidence.at[i].note));
  if (f->reproduce.len)
    buf_printf(&b, "\n\nRepeat it:\n\n    %.*s\n", STR_ARG(f->reproduce));
  return text_printable(a, buf_str(&b));
}

static json_t *vulnerability(arena *a, const finding *f) {
  json_t *o = json_object(), *location = json_object();
  json_put_str(o, "id", f->fingerprint);
  json_put_str(o, "name", text_line(a, f->title));
  json_put_str(o, "description", full_description(a, f));
  json_put_str(o, "severity", str_of(severity_word(f->severity)));
  json_put_str(o, "solution", text_printable(a, f->fix_text));
  json_put(o, "identifiers", identifiers(a, f));
  json_put_str(location, "file", text_line(a, where_artifact(a, &f->where)));
  json_put(location, "start_line", json_integer(f->where.line ? f->where.line : 1));
  if (f->where.kind == WHERE_OBJECT)
    json_put_str(location, "class", text_line(a, f->where.object));
  if (f->where.kind == WHERE_OPERATION)
    json_put_str(location, "method", text_line(a, where_text(a, &f->where)));
  json_put(o, "location", location);
  return o;
}

static json_t *tool_json(void) {
  json_t *o = json_object(), *vendor = json_object();
  json_put_str(o, "id", STR("batten"));
  json_put_str(o, "name", STR("batten"));
  json_put_str(o, "version", STR(BATTEN_VERSION));
  json_put_str(vendor, "name", STR("batten"));
  json_put(o, "vendor", vendor);
  return o;
}

static json_t *scan_json(arena *a, const report *r) {
  json_t *o = json_object(), *messages = json_array();
  json_put(o, "analyzer", tool_json());
  json_put(o, "scanner", tool_json());
  json_put_str(o, "type", STR("sast"));
  json_put_str(o, "start_time",
               str_sub(time_rfc3339(a, r->started), 0, 19)); /* the schema wants no zone */
  json_put_str(o, "end_time", str_sub(time_rfc3339(a, r->finished), 0, 19));
  json_put_str(o, "status", str_of(r->partial ? "failure" : "success"));
  if (r->partial)
    json_array_append_new(messages,
                          named("level", STR("warn"), "value", text_line(a, r->partial_reason)));
  reason_group_list groups = group_by_reason(a, r);
  for (size_t i = 0; i < groups.len; i++)
    json_array_append_new(
        messages,
        named("level", STR("info"), "value",
              text_line(a, arena_printf(a, "Not tested: %.*s: %.*s",
                                        STR_ARG(text_joined(a, &groups.at[i].checks, ", ")),
                                        STR_ARG(groups.at[i].reason)))));
  json_put(o, "messages", messages);
  return o;
}

str write_gitlab_sast(arena *a, const report *r, const writer_options *options) {
  json_t *o = json_object(), *list = json_array();
  (void)options;
  json_put_str(o, "version", STR("15.2.1"));
  json_put(o, "scan", scan_json(a, r));
  for (size_t i = 0; i < r->findings.len; i++)
    json_array_append_new(list, vulnerability(a, &r->findings.at[i]));
  json_put(o, "vulnerabilities", list);
  str out = json_write(a, o, true);
  json_decref(o);
  return out;
}

static json_t *issue(arena *a, const finding *f) {
  static const char *const levels[] = {"info", "minor", "major", "critical", "blocker"};
  json_t *o = json_object(), *location = json_object(), *lines = json_object();
  json_put_str(o, "type", STR("issue"));
  json_put_str(o, "description",
               text_line(a, arena_printf(a, "%.*s: %.*s", STR_ARG(where_text(a, &f->where)),
                                         STR_ARG(f->title))));
  json_put_str(o, "check_name", f->check);
  json_put_str(o, "fingerprint", f->fingerprint);
  json_put_str(o, "severity", str_of(levels[f->severity]));
  json_put(o, "categories", json_pack("[s]", "Security"));
  json_put_str(location, "path", text_line(a, where_artifact(a, &f->where)));
  json_put(lines, "begin", json_integer(f->where.line ? f->where.line : 1));
  json_put(location, "lines", lines);
  json_put(o, "location", location);
  return o;
}

str write_codequality(arena *a, const report *r, const writer_options *options) {
  json_t *list = json_array();
  (void)options;
  for (size_t i = 0; i < r->findings.len; i++)
    json_array_append_new(list, issue(a, &r->findings.at[i]));
  str out = json_write(a, list, true);
  json_decref(list);
  return out;
}
