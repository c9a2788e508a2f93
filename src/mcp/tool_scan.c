/* scan_api, verify_fix, audit_project: each runs batten itself as a child and keeps its JSON
 * report. */
#include "job/job.h"
#include "mcp/server.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

const tool_argument SCAN_ARGUMENTS[] = {
    {"url", "string", "The operation to scan, with scheme, host, port and path", true, NULL, false},
    {"token", "string", "The good token that the API accepts (a JSON Web Token)", false, "--token",
     true},
    {"method", "string", "HTTP method of the operation (default GET)", false, "--method", false},
    {"headers", "object",
     "Further request headers by name; a bearer token in Authorization is the good token", false,
     "--header", true},
    {"data", "string", "Request body", false, "--data", true},
    {"spec", "string", "OpenAPI or Swagger description: a file, or a URL on the target's origin",
     false, "--spec", false},
    {"token_in", "string",
     "Where the token goes: header, header:NAME, header:NAME:raw, header:NAME:SCHEME, cookie:NAME "
     "or query:NAME",
     false, "--token-in", false},
    {"public_key", "string", "File with the verification key or JWKS, for key-confusion checks",
     false, "--public-key", false},
    {"signing_key", "string",
     "File with the owner's signing key (staging), for the token-rule checks", false,
     "--signing-key", false},
    {"expired", "string", "An expired token", false, "--expired", true},
    {"foreign", "string", "A valid token of another audience", false, "--foreign", true},
    {"identities", "object", "Further identities: name to token, for access-control checks", false,
     "--as", true},
    {"active", "string", "passive (look only), forge (default) or claims", false, "--active",
     false},
    {"allow_writes", "boolean", "Also operations that may change data", false, "--allow-writes",
     false},
    {"max_requests", "integer", "Budget of requests (default 2000)", false, "--max-requests",
     false},
    {"rate", "number", "Requests per second", false, "--rate", false},
    {"context", "string", "Weights of the score: financial, medical, public or internal", false,
     "--context", false},
    {0}};

const tool_argument VERIFY_ARGUMENTS[] = {
    {"id", "string", "The scan or audit that found it, as its id", true, NULL, false},
    {"finding", "string",
     "The finding's id (f-1), fingerprint, or check id (jwt-alg-none); without it every finding is "
     "looked at",
     false, NULL, false},
    {"url", "string", "Where the mended API runs, when that is elsewhere", false, NULL, false},
    {"token", "string", "A fresh good token, when the old one has expired", false, NULL, true},
    {0}};

const tool_argument AUDIT_ARGUMENTS[] = {
    {"path", "string", "The project's folder", true, NULL, false},
    {"since", "string", "Only files changed since this git revision", false, "--since", false},
    {"context", "string", "Weights of the score: financial, medical, public or internal", false,
     "--context", false},
    {0}};

/* ---- arguments to command line --------------------------------------------------------------- */

typedef struct {
  arena *arena;
  job *job;
  size_t secrets;
} builder;

static void push(builder *b, str word) {
  list_push(b->arena, &b->job->arguments, word);
}

/* A secret goes into the child's environment under a name of its own, and the command line names
 * that. */
static str by_environment(builder *b, str value) {
  str name = arena_printf(b->arena, "BATTEN_GIVEN_%zu", ++b->secrets);
  list_push(b->arena, &b->job->secrets,
            arena_printf(b->arena, "%.*s=%.*s", STR_ARG(name), STR_ARG(value)));
  return arena_printf(b->arena, "env:%.*s", STR_ARG(name));
}

static bool is_token_option(const char *option) {
  return strcmp(option, "--token") == 0 || strcmp(option, "--expired") == 0 ||
         strcmp(option, "--foreign") == 0;
}

static str json_str(const json_t *v) {
  return str_from(json_string_value(v), json_string_length(v));
}

/* Like a JSON Web Token, perhaps a mistaken one; any other key stays a header. */
static bool has_parts(str text) {
  size_t dots = 0;
  for (size_t i = 0; i < text.len; i++)
    dots += text.ptr[i] == '.';
  return dots == 2 || dots == 4;
}

static void push_pairs(builder *b, const tool_argument *row, const json_t *object) {
  const char *name;
  json_t *value;
  bool is_header = strcmp(row->option, "--header") == 0;
  json_object_foreach((json_t *)(uintptr_t)object, name, value) {
    if (!json_is_string(value))
      continue;
    str text = json_str(value);
    if (is_header && str_ieq(str_of(name), STR("authorization")) &&
        str_starts(text, STR("Bearer ")) && has_parts(text)) {
      push(b, STR("--token"));
      push(b, by_environment(b, str_trim(str_sub(text, 7, text.len))));
      continue;
    }
    push(b, str_of(row->option));
    push(b, is_header ? arena_printf(b->arena, "%s: %.*s", name, STR_ARG(text))
                      : arena_printf(b->arena, "%s=%.*s", name, STR_ARG(by_environment(b, text))));
  }
}

static void push_argument(builder *b, const tool_argument *row, const json_t *value) {
  if (json_is_object(value)) {
    push_pairs(b, row, value);
  } else if (json_is_true(value)) {
    push(b, str_of(row->option));
  } else if (json_is_string(value)) {
    push(b, str_of(row->option));
    push(b, is_token_option(row->option) ? by_environment(b, json_str(value)) : json_str(value));
  } else if (json_is_number(value)) {
    push(b, str_of(row->option));
    push(b, json_is_integer(value)
                ? arena_printf(b->arena, "%lld", (long long)json_integer_value(value))
                : arena_printf(b->arena, "%g", json_number_value(value)));
  }
}

static void push_all(builder *b, const tool_argument *table, const json_t *arguments) {
  for (; table->name; table++) {
    const json_t *value = json_object_get(arguments, table->name);
    if (value && table->option)
      push_argument(b, table, value);
  }
}

/* ---- running --------------------------------------------------------------------------------- */

static void on_progress(void *to, size_t done, size_t total, str step) {
  call_progress(to, done, total, step);
}

static bool is_cancelled(void *to) {
  return ((call *)to)->cancelled;
}

/* Runs the child and reads its report. False when there is none to read; `text` says why. */
static bool run_job(call *c, job *j, report *r, str *json, buf *text) {
  job_result result;
  error e = {0};
  j->progress = on_progress;
  j->cancelled = is_cancelled;
  j->to = c;
  if (!job_run(c->arena, j, &result, &e)) {
    buf_printf(text, "%s", e.message);
    return false;
  }
  if (result.message.len)
    call_log(c, result.exit_code > 1 ? "warning" : "info", result.message);
  *json = result.output;
  if (report_read(c->arena, result.output, r, &e))
    return true;
  str message = str_starts(result.message, STR("batten: "))
                    ? str_sub(result.message, 8, result.message.len)
                    : result.message;
  buf_printf(text, "%.*s", STR_ARG(message.len ? message : STR("the scan ended without a report")));
  return false;
}

static bool run_scan(call *c, const json_t *arguments, report *r, str *json, buf *text) {
  job j = {0};
  builder b = {c->arena, &j, 0};
  bool stated;
  str target = json_get_str(arguments, "url");
  if (!target_allowed(c->arena, c->session->server->options, target, &stated, text))
    return false;
  push(&b, STR("scan"));
  push(&b, target);
  push_all(&b, SCAN_ARGUMENTS, arguments);
  if (stated)
    push(&b, STR("--i-am-authorized"));
  push(&b, STR("--format"));
  push(&b, STR("json"));
  push(&b, STR("--progress"));
  push(&b, STR("json"));
  return run_job(c, &j, r, json, text);
}

/* On stdio the client's own user has started this server, and could read whatever it reads. */
static bool root_allows(const mcp_options *o, const char *path) {
  char here[PATH_MAX], root[PATH_MAX];
  str_list roots = o->roots;
  str one;
  if (!roots.len && !o->http)
    return true;
  if (!roots.len && getcwd(here, sizeof here)) {
    one = str_of(here);
    roots.at = &one;
    roots.len = 1;
  }
  for (size_t i = 0; i < roots.len; i++) {
    char name[PATH_MAX];
    if (roots.at[i].len >= sizeof name)
      continue;
    memcpy(name, roots.at[i].ptr, roots.at[i].len);
    name[roots.at[i].len] = 0;
    if (!realpath(name, root))
      continue;
    size_t n = strlen(root);
    if (strcmp(root, "/") == 0 || (strncmp(path, root, n) == 0 && (path[n] == 0 || path[n] == '/')))
      return true;
  }
  return false;
}

static bool run_audit(call *c, const json_t *arguments, report *r, str *json, buf *text) {
  job j = {0};
  builder b = {c->arena, &j, 0};
  char path[PATH_MAX];
  const char *given = arena_text(c->arena, json_get_str(arguments, "path"));
  if (!realpath(given, path)) {
    buf_printf(text, "path: there is no folder %s", given);
    return false;
  }
  if (!root_allows(c->session->server->options, path)) {
    buf_printf(
        text,
        "path: %s is outside the folders that this server may read; its operator can add --root %s",
        path, path);
    return false;
  }
  push(&b, STR("audit"));
  push(&b, arena_str(c->arena, str_of(path)));
  push_all(&b, AUDIT_ARGUMENTS, arguments);
  push(&b, STR("--format"));
  push(&b, STR("json"));
  return run_job(c, &j, r, json, text);
}

static void keep_and_tell(call *c, const report *r, str kind, const json_t *arguments,
                          const tool_argument *table, str json, buf *text, json_t **structured) {
  char id[17];
  kept_add(c->session->server, kind, arguments, table, json, id);
  *structured = report_summary(c->arena, r, str_of(id), kind);
  report_summary_text(text, r, str_of(id));
}

bool tool_scan_api(call *c, const json_t *arguments, buf *text, json_t **structured) {
  report r;
  str json;
  if (!run_scan(c, arguments, &r, &json, text))
    return false;
  keep_and_tell(c, &r, STR("scan"), arguments, SCAN_ARGUMENTS, json, text, structured);
  return true;
}

bool tool_audit_project(call *c, const json_t *arguments, buf *text, json_t **structured) {
  report r;
  str json;
  if (!run_audit(c, arguments, &r, &json, text))
    return false;
  keep_and_tell(c, &r, STR("audit"), arguments, AUDIT_ARGUMENTS, json, text, structured);
  return true;
}

/* ---- verify_fix ------------------------------------------------------------------------------ */

static bool still_there(const report *r, const finding *f) {
  for (size_t i = 0; i < r->findings.len; i++)
    if (str_eq(r->findings.at[i].fingerprint, f->fingerprint))
      return true;
  return false;
}

/* Silence proves nothing where the second run was cut short or could not decide the check. */
static str undecided(const report *r, const finding *f) {
  if (r->partial)
    return r->partial_reason.len ? r->partial_reason : STR("the second run was not completed");
  for (size_t i = 0; i < r->not_tested.len; i++)
    if (str_eq(r->not_tested.at[i].check, f->check))
      return r->not_tested.at[i].reason;
  return (str){0};
}

static const char *verdict(const report *now, const finding *f, str *reason) {
  *reason = (str){0};
  if (still_there(now, f))
    return "open";
  *reason = undecided(now, f);
  return reason->len ? "undecided" : "fixed";
}

static bool any_called(const report *r, str name) {
  for (size_t i = 0; i < r->findings.len; i++)
    if (!name.len || finding_called(&r->findings.at[i], name))
      return true;
  return false;
}

static void compare(const report *before, const report *now, str name, buf *text, json_t *list) {
  for (size_t i = 0; i < before->findings.len; i++) {
    const finding *f = &before->findings.at[i];
    str reason;
    if (name.len && !finding_called(f, name))
      continue;
    const char *state = verdict(now, f, &reason);
    json_t *o = json_object();
    json_put_str(o, "finding", f->id);
    json_put_str(o, "check", f->check);
    json_put_str(o, "state", str_of(state));
    if (reason.len)
      json_put_str(o, "reason", reason);
    json_array_append_new(list, o);
    buf_printf(text, "- %.*s %.*s: %s%s%.*s\n", STR_ARG(f->id), STR_ARG(f->check), state,
               reason.len ? ", " : "", STR_ARG(reason));
  }
}

static json_t *again_arguments(const json_t *kept, const json_t *given) {
  static const char *const replaced[] = {"url", "token"};
  json_t *again = json_deep_copy(kept);
  for (int i = 0; i < 2; i++)
    if (json_object_get(given, replaced[i]))
      json_put(again, replaced[i], json_deep_copy(json_object_get(given, replaced[i])));
  return again;
}

static bool run_again(call *c, const report *before, const json_t *arguments, report *now,
                      str *json, buf *text) {
  return before->kind == REPORT_AUDIT ? run_audit(c, arguments, now, json, text)
                                      : run_scan(c, arguments, now, json, text);
}

/* The first report and what it was asked with, once it is sure that it has what is to be looked at.
 */
static bool read_before(call *c, str id, str name, report *before, json_t **kept, buf *text) {
  str json;
  error e = {0};
  if (!kept_get(c->session->server, c->arena, id, &json, kept) ||
      !report_read(c->arena, json, before, &e))
    buf_printf(text, "there is no scan %.*s here; list_scans names those there are",
               STR_ARG(str_sub(id, 0, 40)));
  else if (!before->findings.len)
    buf_put(text, STR("that scan has no findings: there is nothing to verify"));
  else if (!any_called(before, name))
    buf_printf(text, "that scan has no finding %.*s; get_scan lists its findings",
               STR_ARG(str_sub(name, 0, 80)));
  else
    return true;
  return false;
}

static json_t *verified(call *c, const report *before, const report *now, const json_t *asked,
                        str json, json_t *list, buf *text) {
  bool audit = before->kind == REPORT_AUDIT;
  char fresh[17];
  kept_add(c->session->server, audit ? STR("audit") : STR("scan"), asked,
           audit ? AUDIT_ARGUMENTS : SCAN_ARGUMENTS, json, fresh);
  json_t *out = json_object();
  json_put_str(out, "id", str_of(fresh));
  json_put(out, "score_before", json_integer(before->score));
  json_put(out, "score", json_integer(now->score));
  json_put(out, "findings", list);
  buf_printf(text, "Score %d, before %d. New report: batten://reports/%s\n", now->score,
             before->score, fresh);
  return out;
}

bool tool_verify_fix(call *c, const json_t *arguments, buf *text, json_t **structured) {
  str json, name = json_get_str(arguments, "finding");
  json_t *kept = NULL, *again = NULL;
  report before, now;
  bool ran = false;
  if (read_before(c, json_get_str(arguments, "id"), name, &before, &kept, text)) {
    again = again_arguments(kept, arguments);
    ran = run_again(c, &before, again, &now, &json, text);
  }
  if (ran) {
    json_t *list = json_array();
    compare(&before, &now, name, text, list);
    *structured = verified(c, &before, &now, again, json, list, text);
  }
  json_decref(again);
  json_decref(kept);
  return ran;
}
