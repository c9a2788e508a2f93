/* SARIF 2.1.0 (OASIS), in the shape that code scanning services take: rules with help, partial fingerprints, a location
 * that is a relative path, here the operation's path. */
#include "base/json.h"
#include "report/report_private.h"

#ifndef BATTEN_VERSION
#define BATTEN_VERSION "0.0.0"
#endif

static const char *level_of(severity s) {
  static const char *const levels[] = {"note", "note", "warning", "error", "error"};
  return levels[s];
}

static const char *security_severity(severity s) {
  static const char *const numbers[] = {"0.0", "3.0", "5.5", "8.0", "9.5"};
  return numbers[s];
}

static json_t *text_object(str text) {
  json_t *o = json_object();
  json_put_str(o, "text", text);
  return o;
}

static json_t *rule_json(arena *a, const finding *f) {
  json_t *o = json_object(), *help = json_object(), *config = json_object(), *properties = json_object(),
         *tags = json_array();
  buf markdown = {.arena = a};
  buf_printf(&markdown, "%.*s\n\n**Fix:** %.*s\n", STR_ARG(f->description), STR_ARG(f->fix_text));
  for (size_t i = 0; i < f->fix_code.len; i++)
    buf_printf(&markdown, "\n```\n%.*s\n```\n", STR_ARG(f->fix_code.at[i].code));
  json_put_str(o, "id", f->check);
  json_put_str(o, "name", f->check);
  json_put(o, "shortDescription", text_object(f->title));
  json_put(o, "fullDescription", text_object(f->description));
  json_put_str(help, "text", arena_printf(a, "Fix: %.*s", STR_ARG(f->fix_text)));
  json_put_str(help, "markdown", buf_str(&markdown));
  json_put(o, "help", help);
  json_put_str(config, "level", str_of(level_of(f->severity)));
  json_put(o, "defaultConfiguration", config);
  json_array_append_new(tags, json_string("security"));
  for (size_t i = 0; i < f->references.cwe.len; i++)
    json_array_append_new(tags, json_text(arena_printf(a, "external/cwe/cwe-%03d", f->references.cwe.at[i])));
  json_put(properties, "tags", tags);
  json_put_str(properties, "security-severity", str_of(security_severity(f->severity)));
  json_put(o, "properties", properties);
  return o;
}

/* The index of the first finding of that check: rules stand in that order. */
static bool is_first(const report *r, size_t index) {
  for (size_t i = 0; i < index; i++)
    if (str_eq(r->findings.at[i].check, r->findings.at[index].check)) return false;
  return true;
}

static size_t rule_index(const report *r, str check) {
  size_t rule = 0;
  for (size_t i = 0; i < r->findings.len; i++) {
    if (str_eq(r->findings.at[i].check, check)) return rule;
    rule += is_first(r, i);
  }
  return rule;
}

/* A relative reference without a leading slash: an operation's path stands in for a file. */
static str artifact_uri(arena *a, const where *w) {
  if (w->kind != WHERE_OPERATION) return w->file;
  str path = where_path(a, w);
  path = str_sub(path, 0, str_find(path, STR("?"), 0));
  while (path.len && path.ptr[0] == '/') path = str_sub(path, 1, path.len);
  return path.len ? path : STR("index");
}

static json_t *location_json(arena *a, const where *w) {
  json_t *o = json_object(), *physical = json_object(), *artifact = json_object(), *region = json_object(),
         *logical = json_object(), *list = json_array();
  json_put_str(artifact, "uri", artifact_uri(a, w));
  json_put(region, "startLine", json_integer(w->line ? w->line : 1));
  if (w->column) json_put(region, "startColumn", json_integer(w->column));
  json_put(physical, "artifactLocation", artifact);
  json_put(physical, "region", region);
  json_put(o, "physicalLocation", physical);
  json_put_str(logical, "fullyQualifiedName", where_text(a, w));
  json_array_append_new(list, logical);
  json_put(o, "logicalLocations", list);
  return o;
}

static json_t *result_json(arena *a, const report *r, const finding *f) {
  json_t *o = json_object(), *locations = json_array(), *prints = json_object(), *properties = json_object();
  str proof = f->evidence.len ? f->evidence.at[0].note : STR("");
  json_put_str(o, "ruleId", f->check);
  json_put(o, "ruleIndex", json_integer((json_int_t)rule_index(r, f->check)));
  json_put_str(o, "level", str_of(level_of(f->severity)));
  json_put(o, "message", text_object(arena_printf(a, "%.*s: %.*s. %.*s", STR_ARG(where_text(a, &f->where)),
                                                  STR_ARG(f->title), STR_ARG(proof))));
  json_array_append_new(locations, location_json(a, &f->where));
  json_put(o, "locations", locations);
  json_put_str(prints, "battenFingerprint/v1", f->fingerprint);
  json_put(o, "partialFingerprints", prints);
  json_put_str(properties, "severity", str_of(severity_name(f->severity)));
  json_put_str(properties, "confidence", str_of(confidence_name(f->confidence)));
  json_put(o, "properties", properties);
  return o;
}

static json_t *invocation_json(arena *a, const report *r) {
  json_t *o = json_object(), *notes = json_array();
  json_put(o, "executionSuccessful", json_boolean(!r->partial));
  json_put_str(o, "startTimeUtc", time_rfc3339(a, r->started));
  json_put_str(o, "endTimeUtc", time_rfc3339(a, r->finished));
  for (size_t i = 0; i < r->not_tested.len; i++) {
    const not_tested *n = &r->not_tested.at[i];
    json_t *note = json_object();
    json_put_str(note, "level", STR("note"));
    json_put(note, "message",
             text_object(arena_printf(a, "Not tested: %.*s, %.*s: %.*s", STR_ARG(n->check), STR_ARG(n->where),
                                      STR_ARG(n->reason))));
    json_array_append_new(notes, note);
  }
  json_put(o, "toolExecutionNotifications", notes);
  return o;
}

static json_t *driver_json(arena *a, const report *r) {
  json_t *tool = json_object(), *driver = json_object(), *rules = json_array();
  json_put_str(driver, "name", STR("batten"));
  json_put_str(driver, "semanticVersion", STR(BATTEN_VERSION));
  for (size_t i = 0; i < r->findings.len; i++)
    if (is_first(r, i)) json_array_append_new(rules, rule_json(a, &r->findings.at[i]));
  json_put(driver, "rules", rules);
  json_put(tool, "driver", driver);
  return tool;
}

str write_sarif(arena *a, const report *r, const writer_options *options) {
  json_t *o = json_object(), *run = json_object(), *runs = json_array(), *results = json_array(),
         *invocations = json_array();
  (void)options;
  json_put_str(o, "$schema", STR("https://json.schemastore.org/sarif-2.1.0.json"));
  json_put_str(o, "version", STR("2.1.0"));
  json_put(run, "tool", driver_json(a, r));
  json_array_append_new(invocations, invocation_json(a, r));
  json_put(run, "invocations", invocations);
  json_put_str(run, "columnKind", STR("utf16CodeUnits"));
  for (size_t i = 0; i < r->findings.len; i++) json_array_append_new(results, result_json(a, r, &r->findings.at[i]));
  json_put(run, "results", results);
  json_array_append_new(runs, run);
  json_put(o, "runs", runs);
  str out = json_write(a, o, true);
  json_decref(o);
  return out;
}
