/* Tools that answer at once: kept reports, findings, tokens, policies. */
#include "audit/audit.h"
#include "mcp/server.h"
#include "scan/scan.h"

/* ---- kept reports ---------------------------------------------------------------------------- */

static bool read_kept(call *c, const json_t *arguments, report *r, str *id, buf *text) {
  str json;
  error e = {0};
  *id = json_get_str(arguments, "id");
  if (!id->len)
    *id = json_get_str(arguments, "scan_id");
  if (!id->len)
    *id = kept_newest(c->session->server, c->arena);
  if (kept_get(c->session->server, c->arena, *id, &json, NULL) &&
      report_read(c->arena, json, r, &e))
    return true;
  buf_printf(text, "there is no scan %.*s here; list_scans names those there are",
             STR_ARG(str_sub(*id, 0, 40)));
  return false;
}

bool tool_get_scan(call *c, const json_t *arguments, buf *text, json_t **structured) {
  report r;
  str id;
  if (!read_kept(c, arguments, &r, &id, text))
    return false;
  *structured =
      report_summary(c->arena, &r, id, r.kind == REPORT_AUDIT ? STR("audit") : STR("scan"));
  report_summary_text(text, &r, id);
  return true;
}

bool tool_list_scans(call *c, const json_t *arguments, buf *text, json_t **structured) {
  json_int_t limit = json_integer_value(json_object_get(arguments, "limit"));
  json_t *list = kept_list(c->session->server, limit > 0 ? (size_t)limit : KEPT_MAX), *entry;
  size_t i;
  *structured = json_object();
  if (!json_array_size(list))
    buf_put(text, STR("No scan has run here yet: scan_api or audit_project starts one.\n"));
  json_array_foreach(list, i, entry)
      buf_printf(text, "- %s %s %s: score %lld, %lld findings\n",
                 json_string_value(json_object_get(entry, "id")),
                 json_string_value(json_object_get(entry, "kind")),
                 json_string_value(json_object_get(entry, "target")),
                 (long long)json_integer_value(json_object_get(entry, "score")),
                 (long long)json_integer_value(json_object_get(entry, "findings")));
  json_put(*structured, "scans", list);
  return true;
}

/* ---- one finding, or one check --------------------------------------------------------------- */

bool finding_called(const finding *f, str name) {
  return str_eq(f->id, name) || str_eq(f->fingerprint, name) || str_eq(f->check, name);
}

static const finding *find(const report *r, str name) {
  for (size_t i = 0; i < r->findings.len; i++)
    if (finding_called(&r->findings.at[i], name))
      return &r->findings.at[i];
  return NULL;
}

static void put_block(buf *text, const char *heading, str body) {
  if (body.len)
    buf_printf(text, "\n%s\n%.*s\n", heading, STR_ARG(body));
}

static void tell_finding(const finding *f, buf *text) {
  buf_printf(text, "%.*s [%s, %s] %.*s\n\n%.*s\n", STR_ARG(f->check), severity_name(f->severity),
             confidence_name(f->confidence), STR_ARG(f->title), STR_ARG(f->description));
  for (size_t i = 0; i < f->trace.len; i++)
    buf_printf(text, "%s%.*s:%u %.*s\n", i ? "" : "\nFlow:\n", STR_ARG(f->trace.at[i].file),
               f->trace.at[i].line, STR_ARG(f->trace.at[i].note));
  for (size_t i = 0; i < f->evidence.len && i < 3; i++) {
    put_block(text, "Evidence:", f->evidence.at[i].note);
    put_block(text, "Request:", str_sub(f->evidence.at[i].request, 0, 1500));
    put_block(text, "Response:", str_sub(f->evidence.at[i].response, 0, 1500));
  }
  put_block(text, "To repeat it:", f->reproduce);
  put_block(text, "Fix:", f->fix_text);
  for (size_t i = 0; i < f->fix_code.len; i++)
    put_block(text, arena_text(text->arena, f->fix_code.at[i].language), f->fix_code.at[i].code);
  put_block(text, "Patch:", f->fix_diff);
  put_block(text, "Policy for batten guard:", f->fix_policy);
}

static json_t *finding_json(const finding *f) {
  json_t *o = json_object();
  json_put_str(o, "check", f->check);
  json_put_str(o, "severity", str_of(severity_name(f->severity)));
  json_put_str(o, "confidence", str_of(confidence_name(f->confidence)));
  json_put_str(o, "title", f->title);
  json_put_str(o, "description", f->description);
  json_put_str(o, "reproduce", f->reproduce);
  json_put_str(o, "fix", f->fix_text);
  json_put_str(o, "diff", f->fix_diff);
  json_put_str(o, "policy", f->fix_policy);
  return o;
}

static bool explain_check(call *c, str name, buf *text, json_t **structured) {
  for (size_t i = 0; i < scan_check_count(); i++) {
    check_info info = scan_check_info(c->arena, i);
    if (!str_eq(info.id, name))
      continue;
    buf_printf(text, "%.*s [%s] %.*s\n\n%.*s\n\nSent: %.*s\n\nFix: %.*s\n", STR_ARG(info.id),
               severity_name(info.severity), STR_ARG(info.title), STR_ARG(info.description),
               STR_ARG(info.sent), STR_ARG(info.fix));
    *structured = json_object();
    json_put_str(*structured, "check", info.id);
    json_put_str(*structured, "severity", str_of(severity_name(info.severity)));
    json_put_str(*structured, "title", info.title);
    json_put_str(*structured, "description", info.description);
    json_put_str(*structured, "fix", info.fix);
    return true;
  }
  audit_rule rule;
  for (size_t i = 0; audit_rule_at(i, &rule); i++) {
    if (!str_eq(str_of(rule.id), name))
      continue;
    buf_printf(text, "%s [%s] %s\n\n%s\n\nFix: %s\n", rule.id, severity_name(rule.severity),
               rule.title, rule.description, rule.fix);
    *structured = json_object();
    json_put_str(*structured, "check", name);
    json_put_str(*structured, "severity", str_of(severity_name(rule.severity)));
    json_put_str(*structured, "title", str_of(rule.title));
    json_put_str(*structured, "description", str_of(rule.description));
    json_put_str(*structured, "fix", str_of(rule.fix));
    return true;
  }
  buf_printf(text, "there is no finding or check %.*s", STR_ARG(str_sub(name, 0, 80)));
  return false;
}

bool tool_explain_finding(call *c, const json_t *arguments, buf *text, json_t **structured) {
  report r;
  str id, name = json_get_str(arguments, "finding");
  if (!json_object_get(arguments, "id"))
    return explain_check(c, name, text, structured);
  if (!read_kept(c, arguments, &r, &id, text))
    return false;
  const finding *f = find(&r, name);
  if (!f) {
    buf_printf(text, "that scan has no finding %.*s; get_scan lists its findings",
               STR_ARG(str_sub(name, 0, 80)));
    return false;
  }
  tell_finding(f, text);
  *structured = finding_json(f);
  return true;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

bool tool_inspect_token(call *c, const json_t *arguments, buf *text, json_t **structured) {
  token t;
  str given = str_trim(json_get_str(arguments, "token"));
  json_t *list = json_array();
  if (!token_parse(c->arena, given, &t)) {
    json_decref(list);
    buf_put(text, STR("this is no JSON Web Token in compact form: three base64url parts with dots "
                      "between, the first two JSON objects"));
    return false;
  }
  token_weakness_list weak = scan_look_at_token(c->arena, &t, clock_wall());
  buf_printf(text, "Header: %.*s\nClaims: %.*s\nNothing was verified.\n",
             STR_ARG(utf8_repair(c->arena, t.header_json)),
             STR_ARG(utf8_repair(c->arena, t.payload_json)));
  for (size_t i = 0; i < weak.len; i++) {
    json_t *o = json_object();
    json_put_str(o, "check", weak.at[i].check);
    json_put_str(o, "severity", str_of(severity_name(weak.at[i].severity)));
    json_put_str(o, "detail", weak.at[i].detail);
    json_array_append_new(list, o);
    buf_printf(text, "- %.*s [%s] %.*s\n", STR_ARG(weak.at[i].check),
               severity_name(weak.at[i].severity), STR_ARG(weak.at[i].detail));
  }
  *structured = json_object();
  json_put_str(*structured, "algorithm", t.alg);
  json_put(*structured, "verified", json_false());
  json_put_str(*structured, "header", t.header_json);
  json_put_str(*structured, "claims", t.payload_json);
  json_put(*structured, "weaknesses", list);
  return true;
}

bool tool_suggest_policy(call *c, const json_t *arguments, buf *text, json_t **structured) {
  report r;
  str id, policy = {0};
  if (!read_kept(c, arguments, &r, &id, text))
    return false;
  for (size_t i = 0; i < r.findings.len && !policy.len; i++)
    policy = r.findings.at[i].fix_policy;
  if (!policy.len) {
    buf_put(text, STR("no finding of that scan carries a policy: scan with a good token, so that "
                      "issuer, audience and algorithm are known"));
    return false;
  }
  buf_printf(
      text,
      "%.*s\nSave it as policy.yaml, put the key beside it, then: batten guard check policy.yaml\n",
      STR_ARG(policy));
  *structured = json_object();
  json_put_str(*structured, "policy", policy);
  return true;
}
