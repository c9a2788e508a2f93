/* The table of tools, their schemas, and the check of what an assistant sends against them. */
#include "mcp/server.h"

static const tool_argument GET_ARGUMENTS[] = {
    {"id", "string", "The scan's id (default: the newest)", false, NULL, false},
    {"scan_id", "string", "The same", false, NULL, false},
    {0}};
static const tool_argument LIST_ARGUMENTS[] = {
    {"limit", "integer", "How many, newest first", false, NULL, false}, {0}};
static const tool_argument EXPLAIN_ARGUMENTS[] = {
    {"id", "string", "The scan's or audit's id; without it the check of that name is explained",
     false, NULL, false},
    {"finding", "string", "The finding's id (f-1), fingerprint, or check id (jwt-alg-none)", true,
     NULL, false},
    {0}};
static const tool_argument TOKEN_ARGUMENTS[] = {{"token", "string", "The token", true, NULL, true},
                                                {0}};

static const char LIST_SCHEMA[] =
    "{\"type\":\"object\",\"properties\":{\"scans\":{\"type\":\"array\",\"items\":{\"type\":"
    "\"object\"}}},\"required\":[\"scans\"]}";
static const char EXPLAIN_SCHEMA[] =
    "{\"type\":\"object\",\"properties\":{\"check\":{\"type\":\"string\"},\"severity\":{\"type\":"
    "\"string\"},\"title\":{\"type\":\"string\"},\"description\":{\"type\":\"string\"},\"fix\":{"
    "\"type\":\"string\"}},\"required\":[\"check\",\"severity\",\"title\",\"description\",\"fix\"]"
    "}";
static const char TOKEN_SCHEMA[] =
    "{\"type\":\"object\",\"properties\":{\"algorithm\":{\"type\":\"string\"},\"verified\":{"
    "\"type\":\"boolean\"},\"header\":{\"type\":\"string\"},\"claims\":{\"type\":\"string\"},"
    "\"weaknesses\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}},\"required\":["
    "\"algorithm\",\"verified\",\"weaknesses\"]}";
static const char POLICY_SCHEMA[] = "{\"type\":\"object\",\"properties\":{\"policy\":{\"type\":"
                                    "\"string\"}},\"required\":[\"policy\"]}";
static const char VERIFY_SCHEMA[] =
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"score_before\":{\"type\":"
    "\"integer\"},\"score\":{\"type\":\"integer\"},\"findings\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\",\"properties\":{\"finding\":{\"type\":\"string\"},\"check\":{\"type\":"
    "\"string\"},\"state\":{\"enum\":[\"fixed\",\"open\",\"undecided\"]},\"reason\":{\"type\":"
    "\"string\"}},\"required\":[\"finding\",\"check\",\"state\"]}}},\"required\":[\"id\",\"score\","
    "\"findings\"]}";

const tool TOOLS[] = {
    {"scan_api", "Scan an API",
     "Scans a running API from outside for accepted token forgeries and the OWASP API Top 10, with "
     "proof for each finding. Sends requests to the target, no writes unless allowed. Only for "
     "APIs that the user owns.",
     SCAN_ARGUMENTS, REPORT_SUMMARY_SCHEMA, true, false, true, tool_scan_api},
    {"get_scan", "Get a scan", "The summary of an earlier scan or audit of this server.",
     GET_ARGUMENTS, REPORT_SUMMARY_SCHEMA, false, true, false, tool_get_scan},
    {"list_scans", "List scans", "The scans and audits of this server, newest first.",
     LIST_ARGUMENTS, LIST_SCHEMA, false, true, false, tool_list_scans},
    {"audit_project", "Audit a project",
     "Reads a Rails project's source and its container, Kubernetes and compose files for weak "
     "token handling, claims that reach files, commands and URLs, and settings that let a "
     "container out.",
     AUDIT_ARGUMENTS, REPORT_SUMMARY_SCHEMA, true, true, false, tool_audit_project},
    {"explain_finding", "Explain a finding",
     "What a finding means, its evidence, how to repeat it, the fix and the policy.",
     EXPLAIN_ARGUMENTS, EXPLAIN_SCHEMA, false, true, false, tool_explain_finding},
    {"inspect_token", "Inspect a token",
     "Header, claims and what is weak about a JSON Web Token by its looks. Verifies nothing.",
     TOKEN_ARGUMENTS, TOKEN_SCHEMA, false, true, false, tool_inspect_token},
    {"suggest_policy", "Suggest a policy",
     "The guard policy under which the scanned API's good token is accepted and nothing weaker.",
     GET_ARGUMENTS, POLICY_SCHEMA, false, true, false, tool_suggest_policy},
    {"verify_fix", "Verify a fix",
     "Runs an earlier scan or audit again with the same arguments and says for each finding "
     "whether it is fixed, open, or undecided.",
     VERIFY_ARGUMENTS, VERIFY_SCHEMA, true, false, true, tool_verify_fix},
};
const size_t TOOLS_COUNT = sizeof TOOLS / sizeof *TOOLS;

/* ---- tools/list ------------------------------------------------------------------------------ */

static json_t *input_schema(const tool_argument *rows) {
  json_t *schema = json_object(), *properties = json_object(), *required = json_array();
  for (; rows->name; rows++) {
    json_t *p = json_object();
    json_put_str(p, "type", str_of(rows->type));
    json_put_str(p, "description", str_of(rows->description));
    if (strcmp(rows->type, "object") == 0)
      json_put(p, "additionalProperties", json_pack("{s:s}", "type", "string"));
    json_put(properties, rows->name, p);
    if (rows->required)
      json_array_append_new(required, json_text(str_of(rows->name)));
  }
  json_put_str(schema, "type", STR("object"));
  json_put(schema, "properties", properties);
  json_put(schema, "required", required);
  json_put(schema, "additionalProperties", json_false());
  return schema;
}

json_t *tools_list(void) {
  json_t *list = json_array();
  for (size_t i = 0; i < TOOLS_COUNT; i++) {
    const tool *t = &TOOLS[i];
    json_t *o = json_object();
    json_put_str(o, "name", str_of(t->name));
    json_put_str(o, "title", str_of(t->title));
    json_put_str(o, "description", str_of(t->description));
    json_put(o, "inputSchema", input_schema(t->arguments));
    json_put(o, "outputSchema", json_parse(str_of(t->output_schema), NULL));
    json_put(o, "annotations",
             json_pack("{s:b,s:b,s:b,s:b}", "readOnlyHint", t->read_only, "destructiveHint", 0,
                       "idempotentHint", t->read_only, "openWorldHint", t->open_world));
    json_array_append_new(list, o);
  }
  return json_pack("{s:o}", "tools", list);
}

/* ---- tools/call ------------------------------------------------------------------------------ */

static bool has_type(const json_t *v, const char *type) {
  switch (json_typeof(v)) {
  case JSON_STRING:
    return strcmp(type, "string") == 0;
  case JSON_INTEGER:
    return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
  case JSON_REAL:
    return strcmp(type, "number") == 0;
  case JSON_TRUE:
  case JSON_FALSE:
    return strcmp(type, "boolean") == 0;
  case JSON_OBJECT:
    return strcmp(type, "object") == 0;
  case JSON_ARRAY:
    return strcmp(type, "array") == 0;
  default:
    return false;
  }
}

static const tool_argument *row_named(const tool_argument *rows, const char *name) {
  for (; rows->name; rows++)
    if (strcmp(rows->name, name) == 0)
      return rows;
  return NULL;
}

/* What assistants and other servers' clients call an argument, too. Not in the schema: it is taken,
 * not offered. */
static const struct {
  const char *name, *meaning;
} OTHER_NAMES[] = {{"scan_id", "id"},
                   {"check", "finding"},
                   {"finding_id", "finding"},
                   {"directory", "path"},
                   {"dir", "path"}};

/* The arguments under their own names; a reference of the caller's. */
static json_t *own_names(const tool *t, json_t *given) {
  json_t *own = json_copy(given);
  for (size_t i = 0; i < sizeof OTHER_NAMES / sizeof *OTHER_NAMES; i++) {
    const char *name = OTHER_NAMES[i].name, *meaning = OTHER_NAMES[i].meaning;
    json_t *value = json_object_get(own, name);
    if (!value || row_named(t->arguments, name) || !row_named(t->arguments, meaning) ||
        json_object_get(own, meaning))
      continue;
    json_object_set(own, meaning, value);
    json_object_del(own, name);
  }
  return own;
}

static bool check_arguments(const tool *t, const json_t *arguments, buf *text) {
  const char *names[32], *name;
  size_t n = 0;
  json_t *value;
  for (const tool_argument *row = t->arguments; row->name; row++) {
    if (row->required && !json_object_get(arguments, row->name)) {
      buf_printf(text, "%s needs the argument %s: %s", t->name, row->name, row->description);
      return false;
    }
    if (n < 31)
      names[n++] = row->name;
  }
  names[n] = NULL;
  json_object_foreach((json_t *)(uintptr_t)arguments, name, value) {
    const tool_argument *row = row_named(t->arguments, name);
    const char *near = nearest_name(str_of(name), names);
    if (!row) {
      buf_printf(text, "%s has no argument %.80s%s%s%s", t->name, name,
                 near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
      for (size_t i = 0; i < n; i++)
        buf_printf(text, "%s%s", i ? ", " : near ? " It has: " : ". It has: ", names[i]);
      return false;
    }
    if (!has_type(value, row->type)) {
      buf_printf(text, "%s: %s is a %s", t->name, name, row->type);
      return false;
    }
  }
  return true;
}

static json_t *tool_result(const buf *text, json_t *structured, bool ok) {
  json_t *result = json_object(), *content = json_array(), *part = json_object();
  json_put_str(part, "type", STR("text"));
  json_put_str(part, "text", buf_str(text));
  json_array_append_new(content, part);
  str uri = json_get_str(structured, "report");
  if (uri.len) { /* the whole is a resource: results stay small enough for an assistant's window */
    json_t *link = json_object();
    json_put_str(link, "type", STR("resource_link"));
    json_put_str(link, "uri", uri);
    json_put_str(link, "name", STR("report"));
    json_put_str(link, "mimeType", STR("application/json"));
    json_array_append_new(content, link);
  }
  json_put(result, "content", content);
  if (structured)
    json_put(result, "structuredContent", structured);
  json_put(result, "isError", json_boolean(!ok));
  return result;
}

json_t *tools_call(call *c, const json_t *params, json_t **refusal) {
  static const char *const none = "there is no tool %.*s";
  str name = json_get_str(params, "name");
  json_t *given = json_object_get(params, "arguments"), *empty = json_object(), *structured = NULL,
         *result = NULL;
  buf text = {.arena = c->arena};
  if (!json_is_object(given))
    given = empty;
  for (size_t i = 0; i < TOOLS_COUNT && !result; i++) {
    const tool *t = &TOOLS[i];
    if (!str_eq(name, str_of(t->name)))
      continue;
    json_t *arguments = own_names(t, given);
    bool ok = check_arguments(t, arguments, &text) && t->run(c, arguments, &text, &structured);
    json_decref(arguments);
    result = tool_result(&text, structured, ok);
  }
  json_decref(empty);
  if (!result)
    *refusal = rpc_error(c->id, RPC_PARAMS, none, STR_ARG(str_sub(name, 0, 80)));
  return result;
}
