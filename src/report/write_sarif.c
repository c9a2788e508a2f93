/* SARIF 2.1.0 (OASIS), in the shape that code scanning services take: rules with help, partial
 * fingerprints, a location that is a relative path, here the operation's path. */
#include "report/report_private.h"

static const char *level_of(severity s) {
  static const char *const levels[] = {"note", "note", "warning", "error", "error"};
  return levels[s];
}

static const char *security_severity(severity s) {
  static const char *const numbers[] = {"0.0", "3.0", "5.5", "8.0", "9.5"};
  return numbers[s];
}

/* Plain text of a message: brackets would be links (section 3.11.6), "{0" a placeholder (3.11.5).
 */
static str message_text(arena *a, str raw) {
  str text = text_printable(a, raw);
  buf b = {.arena = a};
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i], next = i + 1 < text.len ? text.ptr[i + 1] : 0;
    if (c == '[' || c == ']' || c == '\\')
      buf_char(&b, '\\');
    if (c == '{' && next >= '0' && next <= '9')
      buf_char(&b, '{');
    buf_char(&b, c);
  }
  return buf_str(&b);
}

static json_t *text_object(arena *a, str text) {
  json_t *o = json_object();
  json_put_str(o, "text", text.len ? message_text(a, text) : STR("-"));
  return o;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static json_t *help_json(arena *a, const finding *f) {
  json_t *help = json_object();
  buf markdown = {.arena = a};
  buf_printf(&markdown, "%.*s\n\n**Fix:** %.*s\n", STR_ARG(text_printable(a, f->description)),
             STR_ARG(text_printable(a, f->fix_text)));
  for (size_t i = 0; i < f->fix_code.len; i++)
    buf_printf(&markdown, "\n%.*s:\n\n```\n%.*s\n```\n",
               STR_ARG(text_line(a, f->fix_code.at[i].language)),
               STR_ARG(text_printable(a, f->fix_code.at[i].code)));
  if (f->fix_policy.len)
    buf_printf(&markdown, "\nPolicy that blocks it (batten guard):\n\n```yaml\n%.*s\n```\n",
               STR_ARG(text_printable(a, f->fix_policy)));
  json_put_str(help, "text",
               message_text(a, arena_printf(a, "%.*s Fix: %.*s", STR_ARG(f->description),
                                            STR_ARG(f->fix_text))));
  json_put_str(help, "markdown", buf_str(&markdown));
  return help;
}

static json_t *tags_json(arena *a, const finding *f) {
  json_t *tags = json_array();
  json_array_append_new(tags, json_string("security"));
  json_array_append_new(tags, json_text(text_spaced(a, category_name(f->category))));
  for (size_t i = 0; i < f->references.cwe.len; i++)
    json_array_append_new(
        tags, json_text(arena_printf(a, "external/cwe/cwe-%03d", f->references.cwe.at[i])));
  for (size_t i = 0; i < f->references.owasp_api.len; i++)
    json_array_append_new(tags, json_text(f->references.owasp_api.at[i]));
  return tags;
}

static json_t *rule_json(arena *a, const finding *f) {
  json_t *o = json_object(), *config = json_object(), *properties = json_object();
  json_put_str(o, "id", f->check);
  json_put(o, "shortDescription", text_object(a, f->title));
  json_put(o, "fullDescription", text_object(a, f->description));
  json_put(o, "help", help_json(a, f));
  json_put_str(config, "level", str_of(level_of(f->severity)));
  json_put(o, "defaultConfiguration", config);
  json_put(properties, "tags", tags_json(a, f));
  json_put_str(properties, "precision",
               str_of(f->confidence == CONFIDENCE_CONFIRMED ? "very-high"
                      : f->confidence == CONFIDENCE_FIRM    ? "high"
                                                            : "medium"));
  json_put_str(properties, "security-severity", str_of(security_severity(f->severity)));
  json_put(o, "properties", properties);
  return o;
}

/* One rule for each check, by id; its text is that of the check's first finding. */
typedef LIST(const finding *) rule_list;

static int by_check(const void *p, const void *q) {
  const finding *const *x = p, *const *y = q;
  int c = str_cmp((*x)->check, (*y)->check);
  return c ? c : (*x > *y) - (*x < *y);
}

static rule_list rules_of(arena *a, const report *r) {
  rule_list all = {0};
  size_t kept = 0;
  for (size_t i = 0; i < r->findings.len; i++)
    list_push(a, &all, &r->findings.at[i]);
  for (size_t i = 0; i < r->suppressed.len; i++)
    list_push(a, &all, &r->suppressed.at[i]);
  if (all.len)
    qsort(all.at, all.len, sizeof *all.at, by_check);
  for (size_t i = 0; i < all.len; i++)
    if (!kept || !str_eq(all.at[kept - 1]->check, all.at[i]->check))
      all.at[kept++] = all.at[i];
  all.len = kept;
  return all;
}

static size_t rule_index(const rule_list *rules, str check) {
  size_t low = 0, high = rules->len;
  while (low + 1 < high) {
    size_t middle = (low + high) / 2;
    if (str_cmp(rules->at[middle]->check, check) <= 0)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* ---- results --------------------------------------------------------------------------------- */

/* A relative URI reference (RFC 3986): what is no path character is percent-encoded, a colon too.
 */
static str relative_uri(arena *a, str path) {
  buf b = {.arena = a};
  while (path.len && path.ptr[0] == '/')
    path = str_sub(path, 1, path.len);
  for (size_t i = 0; i < path.len; i++) {
    unsigned char c = (unsigned char)path.ptr[i];
    bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                (c && strchr("/-._~%!$&'()*+,;=@", c));
    if (kept)
      buf_char(&b, (char)c);
    else
      buf_printf(&b, "%%%02X", c);
  }
  return b.len ? buf_str(&b) : STR("index");
}

static json_t *physical_json(arena *a, str file, unsigned line, unsigned column) {
  json_t *physical = json_object(), *artifact = json_object(), *region = json_object();
  json_put_str(artifact, "uri", relative_uri(a, file));
  json_put(region, "startLine", json_integer(line ? line : 1));
  if (column)
    json_put(region, "startColumn", json_integer(column));
  json_put(physical, "artifactLocation", artifact);
  json_put(physical, "region", region);
  return physical;
}

static json_t *location_json(arena *a, const where *w) {
  json_t *o = json_object(), *logical = json_object(), *list = json_array();
  json_put(o, "physicalLocation", physical_json(a, where_artifact(a, w), w->line, w->column));
  json_put_str(logical, "fullyQualifiedName", text_line(a, where_text(a, w)));
  json_put_str(logical, "kind",
               str_of(w->kind == WHERE_OPERATION ? "resource"
                      : w->kind == WHERE_OBJECT  ? "object"
                                                 : "function"));
  json_array_append_new(list, logical);
  json_put(o, "logicalLocations", list);
  return o;
}

static json_t *flow_step_json(arena *a, const trace_step *t) {
  json_t *step = json_object(), *location = json_object();
  json_put(location, "physicalLocation", physical_json(a, t->file, t->line, t->column));
  json_put(location, "message", text_object(a, t->note));
  json_put(step, "location", location);
  return step;
}

static json_t *code_flows_json(arena *a, const finding *f) {
  json_t *steps = json_array();
  for (size_t i = 0; i < f->trace.len; i++)
    json_array_append_new(steps, flow_step_json(a, &f->trace.at[i]));
  return json_pack("[{s:[{s:o}]}]", "threadFlows", "locations", steps);
}

static json_t *suppressions_json(arena *a, const finding *f) {
  str why = arena_printf(a, "until %.*s: %.*s", STR_ARG(f->suppressed_until),
                         STR_ARG(text_line(a, f->suppressed_reason)));
  json_t *one = json_object(), *list = json_array();
  json_put_str(one, "kind", STR("external"));
  json_put_str(one, "status", STR("accepted"));
  json_put_str(one, "justification", why);
  json_array_append_new(list, one);
  return list;
}

static json_t *result_properties(const finding *f) {
  json_t *o = json_object();
  json_put_str(o, "severity", str_of(severity_name(f->severity)));
  json_put_str(o, "confidence", str_of(confidence_name(f->confidence)));
  if (f->reproduce.len)
    json_put_str(o, "reproduce", f->reproduce);
  if (f->fix_diff.len)
    json_put_str(o, "diff", f->fix_diff);
  return o;
}

static json_t *result_json(arena *a, const rule_list *rules, const finding *f) {
  json_t *o = json_object(), *locations = json_array(), *prints = json_object();
  str proof = f->evidence.len ? f->evidence.at[0].note : STR("");
  json_put_str(o, "ruleId", f->check);
  json_put(o, "ruleIndex", json_integer((json_int_t)rule_index(rules, f->check)));
  json_put_str(o, "level", str_of(level_of(f->severity)));
  json_put(o, "message",
           text_object(a, text_line(a, arena_printf(a, "%.*s: %.*s. %.*s",
                                                    STR_ARG(where_text(a, &f->where)),
                                                    STR_ARG(f->title), STR_ARG(proof)))));
  json_array_append_new(locations, location_json(a, &f->where));
  json_put(o, "locations", locations);
  if (f->trace.len)
    json_put(o, "codeFlows", code_flows_json(a, f));
  json_put_str(prints, "battenFingerprint/v1", f->fingerprint);
  json_put(o, "partialFingerprints", prints);
  if (f->baseline != BASELINE_NONE)
    json_put_str(o, "baselineState", str_of(f->baseline == BASELINE_NEW ? "new" : "unchanged"));
  if (f->suppressed_until.len)
    json_put(o, "suppressions", suppressions_json(a, f));
  json_put(o, "properties", result_properties(f));
  return o;
}

/* ---- the run --------------------------------------------------------------------------------- */

static json_t *notification(arena *a, const char *level, str text) {
  json_t *o = json_object();
  json_put_str(o, "level", str_of(level));
  json_put(o, "message", text_object(a, text_line(a, text)));
  return o;
}

static json_t *invocation_json(arena *a, const report *r) {
  json_t *o = json_object(), *notes = json_array();
  json_put(o, "executionSuccessful", json_boolean(!r->partial));
  json_put_str(o, "startTimeUtc", time_rfc3339(a, r->started));
  json_put_str(o, "endTimeUtc", time_rfc3339(a, r->finished));
  reason_group_list groups = group_by_reason(a, r);
  if (r->partial)
    json_array_append_new(
        notes, notification(a, "error",
                            arena_printf(a, "Not completed: %.*s", STR_ARG(r->partial_reason))));
  for (size_t i = 0; i < groups.len; i++)
    json_array_append_new(
        notes, notification(a, "note",
                            arena_printf(a, "Not tested (%.*s): %.*s at %.*s",
                                         STR_ARG(groups.at[i].reason),
                                         STR_ARG(text_joined(a, &groups.at[i].checks, ", ")),
                                         STR_ARG(text_joined(a, &groups.at[i].places, ", ")))));
  for (size_t i = 0; i < r->notes.len; i++)
    json_array_append_new(notes, notification(a, "warning", r->notes.at[i]));
  json_put(o, "toolExecutionNotifications", notes);
  return o;
}

static json_t *driver_json(arena *a, const rule_list *found) {
  json_t *tool = json_object(), *driver = json_object(), *rules = json_array();
  json_put_str(driver, "name", STR("batten"));
  json_put_str(driver, "semanticVersion", STR(BATTEN_VERSION));
  for (size_t i = 0; i < found->len; i++)
    json_array_append_new(rules, rule_json(a, found->at[i]));
  json_put(driver, "rules", rules);
  json_put(tool, "driver", driver);
  return tool;
}

str write_sarif(arena *a, const report *r, const writer_options *options) {
  json_t *o = json_object(), *run = json_object(), *runs = json_array(), *results = json_array(),
         *invocations = json_array();
  rule_list rules = rules_of(a, r);
  (void)options;
  json_put_str(o, "$schema", STR("https://json.schemastore.org/sarif-2.1.0.json"));
  json_put_str(o, "version", STR("2.1.0"));
  json_put(run, "tool", driver_json(a, &rules));
  json_array_append_new(invocations, invocation_json(a, r));
  json_put(run, "invocations", invocations);
  json_put_str(run, "columnKind", STR("utf16CodeUnits"));
  for (size_t i = 0; i < r->findings.len; i++)
    json_array_append_new(results, result_json(a, &rules, &r->findings.at[i]));
  for (size_t i = 0; i < r->suppressed.len; i++)
    json_array_append_new(results, result_json(a, &rules, &r->suppressed.at[i]));
  json_put(run, "results", results);
  json_array_append_new(runs, run);
  json_put(o, "runs", runs);
  str out = json_write(a, o, true);
  json_decref(o);
  return out;
}
