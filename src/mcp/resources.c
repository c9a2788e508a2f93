/* Resources (reports, check pages), prompts, and completion of their arguments. */
#include "mcp/server.h"
#include "scan/scan.h"

/* ---- resources ------------------------------------------------------------------------------- */

json_t *resources_list(mcp_server *s) {
  json_t *list = json_array(), *kept = kept_list(s, KEPT_MAX), *k;
  arena *a = arena_new();
  size_t i;
  json_array_foreach(kept, i, k) {
    json_t *o = json_object();
    str id = json_get_str(k, "id");
    json_put_str(o, "uri", arena_printf(a, "batten://reports/%.*s", STR_ARG(id)));
    json_put_str(o, "name",
                 arena_printf(a, "%s of %s", json_string_value(json_object_get(k, "kind")),
                              json_string_value(json_object_get(k, "target"))));
    json_put_str(o, "mimeType", STR("application/json"));
    json_array_append_new(list, o);
  }
  for (i = 0; i < scan_check_count(); i++) {
    check_info c = scan_check_info(a, i);
    json_t *o = json_object();
    json_put_str(o, "uri", arena_printf(a, "batten://checks/%.*s", STR_ARG(c.id)));
    json_put_str(o, "name", c.id);
    json_put_str(o, "title", c.title);
    json_put_str(o, "mimeType", STR("text/markdown"));
    json_array_append_new(list, o);
  }
  arena_free(a);
  json_decref(kept);
  return json_pack("{s:o}", "resources", list);
}

json_t *resources_templates(void) {
  static const char *const rows[][4] = {
      {"batten://reports/{id}", "report", "A whole report as JSON", "application/json"},
      {"batten://reports/{id}/markdown", "report in Markdown", "A whole report, to be read",
       "text/markdown"},
      {"batten://checks/{check}", "check",
       "What a check sends, what decides, how to fix what it finds", "text/markdown"}};
  json_t *list = json_array();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    json_array_append_new(list,
                          json_pack("{s:s,s:s,s:s,s:s}", "uriTemplate", rows[i][0], "name",
                                    rows[i][1], "description", rows[i][2], "mimeType", rows[i][3]));
  return json_pack("{s:o}", "resourceTemplates", list);
}

static str check_page(arena *a, str id) {
  for (size_t i = 0; i < scan_check_count(); i++) {
    check_info c = scan_check_info(a, i);
    if (str_eq(c.id, id))
      return arena_printf(
          a, "# %.*s\n\n%.*s (%s, %s)\n\n%.*s\n\n## Sent\n\n%.*s\n\n## Fix\n\n%.*s\n",
          STR_ARG(c.id), STR_ARG(c.title), category_name(c.category), severity_name(c.severity),
          STR_ARG(c.description), STR_ARG(c.sent), STR_ARG(c.fix));
  }
  return (str){0};
}

static str report_page(mcp_server *s, arena *a, str id, str *type) {
  str json, suffix = STR("/markdown");
  bool markdown = str_ends(id, suffix);
  report r;
  error e;
  if (markdown)
    id = str_sub(id, 0, id.len - suffix.len);
  if (!kept_get(s, a, id, &json, NULL))
    return (str){0};
  if (!markdown || !report_read(a, json, &r, &e))
    return json;
  *type = STR("text/markdown");
  return report_writer_find(STR("markdown"))->write(a, &r, &(writer_options){.width = 80});
}

json_t *resources_read(mcp_server *s, arena *a, const json_t *params, json_t **refusal,
                       const json_t *id) {
  str uri = json_get_str(params, "uri"), reports = STR("batten://reports/"),
      checks = STR("batten://checks/");
  str text = {0}, type = STR("application/json");
  if (str_starts(uri, reports))
    text = report_page(s, a, str_sub(uri, reports.len, uri.len), &type);
  if (str_starts(uri, checks)) {
    text = check_page(a, str_sub(uri, checks.len, uri.len));
    type = STR("text/markdown");
  }
  if (!text.ptr) {
    *refusal =
        rpc_error(id, RPC_NOT_FOUND, "there is no resource %.*s", STR_ARG(str_sub(uri, 0, 200)));
    return NULL;
  }
  json_t *part = json_object(), *list = json_array();
  json_put_str(part, "uri", uri);
  json_put_str(part, "mimeType", type);
  json_put_str(part, "text", text);
  json_array_append_new(list, part);
  return json_pack("{s:o}", "contents", list);
}

/* ---- prompts --------------------------------------------------------------------------------- */

typedef struct {
  const char *name, *title, *description, *argument, *argument_description;
  const char *text; /* "%.*s" stands for the argument */
} prompt;

static const prompt PROMPTS[] = {
    {"harden-rails-app", "Harden this Rails app", "Audit, scan, fix and prove it, step by step",
     "url", "Where the app runs in development",
     "Harden this Rails application against forged tokens and what they reach. 1. Run "
     "audit_project on the project's folder. 2. Run scan_api on %.*s with a good development token "
     "(ask me for one; never invent or print it). 3. For each finding of severity high or "
     "critical, worst first: explain_finding, then mend the code as its fix says, with the "
     "smallest change. 4. Run verify_fix until each is fixed; say plainly what stays undecided and "
     "why. 5. Offer the guard policy from suggest_policy for what cannot be mended in code now."},
    {"explain-report", "Explain a report", "What a report means and what to do first", "id",
     "The scan's or audit's id",
     "Read batten://reports/%.*s. Tell me in plain words what an attacker could do today, in the "
     "order in which I should mend it, and what was not tested. Quote the evidence; do not guess "
     "beyond it."},
};

json_t *prompts_list(void) {
  json_t *list = json_array();
  for (size_t i = 0; i < sizeof PROMPTS / sizeof *PROMPTS; i++) {
    const prompt *p = &PROMPTS[i];
    json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:[{s:s,s:s,s:b}]}", "name", p->name,
                                          "title", p->title, "description", p->description,
                                          "arguments", "name", p->argument, "description",
                                          p->argument_description, "required", 1));
  }
  return json_pack("{s:o}", "prompts", list);
}

static str fill(arena *a, const char *text, str value) {
  buf b = {.arena = a};
  str rest = str_of(text);
  size_t at = str_find(rest, STR("%.*s"), 0);
  buf_put(&b, str_sub(rest, 0, at));
  buf_put(&b, value);
  if (at != SIZE_MAX)
    buf_put(&b, str_sub(rest, at + 4, rest.len));
  return buf_str(&b);
}

json_t *prompts_get(arena *a, const json_t *params, json_t **refusal, const json_t *id) {
  str name = json_get_str(params, "name");
  for (size_t i = 0; i < sizeof PROMPTS / sizeof *PROMPTS; i++) {
    const prompt *p = &PROMPTS[i];
    if (!str_eq(name, str_of(p->name)))
      continue;
    str value = json_get_str(json_object_get(params, "arguments"), p->argument);
    if (!value.len) {
      *refusal = rpc_error(id, RPC_PARAMS, "%s needs the argument %s", p->name, p->argument);
      return NULL;
    }
    json_t *content = json_object();
    json_put_str(content, "type", STR("text"));
    json_put_str(content, "text", fill(a, p->text, value));
    return json_pack("{s:s,s:[{s:s,s:o}]}", "description", p->description, "messages", "role",
                     "user", "content", content);
  }
  *refusal = rpc_error(id, RPC_PARAMS, "there is no prompt %.*s", STR_ARG(str_sub(name, 0, 80)));
  return NULL;
}

/* ---- completion ------------------------------------------------------------------------------ */

enum { COMPLETIONS_MAX = 100 };

json_t *completion_complete(mcp_server *s, arena *a, const json_t *params) {
  const json_t *argument = json_object_get(params, "argument");
  str name = json_get_str(argument, "name"), start = json_get_str(argument, "value");
  json_t *values = json_array(), *kept = kept_list(s, KEPT_MAX), *k;
  size_t i;
  if (str_eq(name, STR("id")))
    json_array_foreach(kept, i, k) if (str_starts(json_get_str(k, "id"), start))
        json_array_append(values, json_object_get(k, "id"));
  for (i = 0; str_eq(name, STR("check")) && i < scan_check_count() &&
              json_array_size(values) < COMPLETIONS_MAX;
       i++) {
    str id = scan_check_info(a, i).id;
    if (str_starts(id, start))
      json_array_append_new(values, json_text(id));
  }
  json_decref(kept);
  json_int_t total = (json_int_t)json_array_size(values);
  return json_pack("{s:{s:o,s:I,s:b}}", "completion", "values", values, "total", total, "hasMore",
                   0);
}
