/* guard check: what a policy allows, and what it makes of one request. */
#include "base/json.h"
#include "batten/decide.h"
#include "cli/cli.h"
#include "guard/guard.h"
#include "net/net.h"
#include "report/report.h"

#include <stdio.h>

static const option_row OPTIONS[] = {
    {"--policy", "FILE", "the policy (see docs/policy.md)"},
    {"--fetch", NULL,
     "fetch the key sets behind URLs, as guard would; else they are not asked for"},
    {"--request", "'METHOD PATH'",
     "explain the decision on this request, step by step; exit 1 when it is refused"},
    {"--token", "T|@FILE|env:NAME",
     "the request's token: as the bearer token, or where the policy looks first"},
    {"--header", "'N: V'",
     "a header field of the request; repeatable. Without 'Host: NAME' the host is localhost"},
    {"-H", "'N: V'", "the same as --header"},
    {"--client-cert", "FILE", "the client's certificate, PEM or DER"},
    {"--at", "UNIX_SECONDS", "decide as if it were then (default: now)"},
    {"--format", "F", "of the explanation: text (default) or json"},
    {0}};

enum { FILE_LIMIT = 64 * 1024 };

/* ---- the request ----------------------------------------------------------------------------- */

typedef struct {
  str method, target, host, scheme;
  http_headers headers;
  str certificate;
  double now;
  bool json;
} question;

static bool read_fields(const arguments *args, const char *option, question *q, error *e) {
  str_list given = arg_values(args, option);
  for (size_t i = 0; i < given.len; i++) {
    size_t colon = str_find(given.at[i], STR(":"), 0);
    http_header h = {str_sub(given.at[i], 0, colon),
                     str_trim(str_sub(given.at[i], colon + 1, given.at[i].len))};
    if (colon == SIZE_MAX || !http_name_valid(h.name) || !http_value_valid(h.value))
      return error_set(e, ERROR_USAGE, "%s: 'Name: value' is needed, without control characters",
                       option);
    if (str_ieq(h.name, STR("host")))
      q->host = h.value;
    else
      list_push(args->arena, &q->headers, h);
  }
  return true;
}

/* "GET /path", "/path", or with the host in front as a browser shows it. */
static bool read_request(const arguments *args, question *q, error *e) {
  str text = str_trim(arg_value(args, "--request"));
  size_t space = str_find(text, STR(" "), 0);
  q->method = space == SIZE_MAX ? STR("GET") : str_sub(text, 0, space);
  q->target = space == SIZE_MAX ? text : str_trim(str_sub(text, space, text.len));
  q->scheme = STR("https");
  size_t scheme_end = str_find(q->target, STR("://"), 0);
  if (str_starts(q->target, STR("http")) && scheme_end != SIZE_MAX) {
    str rest = str_sub(q->target, scheme_end + 3, q->target.len);
    size_t slash = str_find(rest, STR("/"), 0);
    q->scheme = str_sub(q->target, 0, scheme_end);
    q->host = str_sub(rest, 0, slash);
    q->target = slash == SIZE_MAX ? STR("/") : str_sub(rest, slash, rest.len);
  }
  return str_starts(q->target, STR("/")) || str_eq(q->target, STR("*")) ||
         error_set(e, ERROR_USAGE,
                   "--request '%.*s': 'METHOD PATH' is needed, as in 'GET /files/1'",
                   STR_ARG(text));
}

static bool read_token(const arguments *args, str *out, error *e) {
  str given = arg_value(args, "--token");
  *out = given;
  if (str_starts(given, STR("@")) &&
      !text_read(args->arena, arena_text(args->arena, str_sub(given, 1, given.len)), FILE_LIMIT,
                 out, e))
    return false;
  if (str_starts(given, STR("env:"))) {
    const char *name = arena_text(args->arena, str_sub(given, 4, given.len));
    *out = str_of(getenv(name));
    if (!out->len)
      return error_set(e, ERROR_USAGE, "--token: the environment variable %s is not set", name);
  }
  *out = str_trim(*out);
  if (str_ieq(str_sub(*out, 0, 7), STR("bearer ")))
    *out = str_trim(str_sub(*out, 7, out->len));
  return !given.ptr || out->len || error_set(e, ERROR_USAGE, "--token: the token is empty");
}

static bt_place place_for(const bt_policy *policy) {
  for (size_t i = 0; i < bt_policy_place_count(policy); i++)
    if (bt_policy_place(policy, i).kind == BT_PLACE_BEARER)
      return bt_policy_place(policy, i);
  return bt_policy_place(policy, 0);
}

/* Where the policy looks for tokens. */
static void place_token(arena *a, const bt_policy *policy, str token, question *q) {
  bt_place place = place_for(policy);
  str name = str_from(place.name.ptr, place.name.len);
  switch (place.kind) {
  case BT_PLACE_BEARER:
    list_push(a, &q->headers,
              (http_header){STR("Authorization"), arena_printf(a, "Bearer %.*s", STR_ARG(token))});
    break;
  case BT_PLACE_HEADER:
    list_push(a, &q->headers, (http_header){name, token});
    break;
  case BT_PLACE_COOKIE:
    list_push(
        a, &q->headers,
        (http_header){STR("Cookie"), arena_printf(a, "%.*s=%.*s", STR_ARG(name), STR_ARG(token))});
    break;
  case BT_PLACE_QUERY:
    q->target =
        arena_printf(a, "%.*s%s%.*s=%.*s", STR_ARG(q->target),
                     str_contains(q->target, STR("?")) ? "&" : "?", STR_ARG(name), STR_ARG(token));
    break;
  }
}

static bool read_question(const arguments *args, const bt_policy *policy, question *q, error *e) {
  str at = arg_value(args, "--at"), format = arg_value(args, "--format"), token;
  const char *certificate = arg_text(args, "--client-cert");
  *q = (question){.now = clock_wall(), .json = str_eq(format, STR("json"))};
  if (format.ptr && !q->json && !str_eq(format, STR("text")))
    return error_set(e, ERROR_USAGE, "--format %.*s: text or json", STR_ARG(format));
  if (at.ptr && !str_to_double(at, &q->now))
    return error_set(e, ERROR_USAGE, "--at %.*s: seconds since 1970 are needed", STR_ARG(at));
  if (!read_request(args, q, e) || !read_fields(args, "--header", q, e) ||
      !read_fields(args, "-H", q, e) || !read_token(args, &token, e))
    return false;
  if (!q->host.len)
    q->host = STR("localhost");
  if (certificate && !file_read(args->arena, certificate, FILE_LIMIT, &q->certificate, e))
    return false;
  if (token.len)
    place_token(args->arena, policy, token, q);
  return true;
}

static bt_text text_of(str s) {
  return (bt_text){s.ptr, s.len};
}

static bt_text header_of(void *context, const char *name, size_t i) {
  const question *q = context;
  for (size_t k = 0; k < q->headers.len; k++)
    if (bt_name_like(text_of(q->headers.at[k].name), name) && i-- == 0)
      return text_of(q->headers.at[k].value);
  return (bt_text){0};
}

static bool tells_of_body(question *q) {
  static const char *const names[] = {"content-type", "content-length", "transfer-encoding"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (header_of(q, names[i], 0).ptr)
      return true;
  return false;
}

static bt_http http_of(question *q) {
  return (bt_http){.method = text_of(q->method),
                   .host = text_of(q->host),
                   .scheme = text_of(q->scheme),
                   .uri = text_of(q->target),
                   .body = tells_of_body(q) ? BT_BODY_THERE : BT_BODY_NONE,
                   .header = header_of,
                   .context = q,
                   .client_certificate = text_of(q->certificate)};
}

/* ---- the answer ------------------------------------------------------------------------------ */

typedef struct {
  arena *arena;
  buf text, rest; /* rest: the steps that were not reached */
  json_t *steps;
} answer;

static str str_of_text(bt_text t) {
  return str_from(t.ptr, t.len);
}

static const char *const STATES[] = {
    [BT_STEP_FINE] = "ok", [BT_STEP_REFUSED] = "refused", [BT_STEP_NOT_REACHED] = "not reached"};

static void put_line(answer *to, const char *mark, const char *name, str value) {
  buf_printf(&to->text, "%-8s %-12s %.*s\n", mark, name, STR_ARG(text_line(to->arena, value)));
}

/* Steps that pass take a line; the one that refuses shows both sides; those behind it are named. */
static void tell_text(const bt_step *step, void *context) {
  answer *to = context;
  str wanted = str_of_text(step->wanted), given = str_of_text(step->given);
  if (step->state == BT_STEP_NOT_REACHED) {
    buf_printf(&to->rest, "%s%s", to->rest.len ? ", " : "", step->name);
    return;
  }
  if (step->state == BT_STEP_FINE) {
    put_line(to, "ok", step->name, given.len ? given : wanted);
    return;
  }
  put_line(to, "REFUSED", step->name, str_of_text(step->note));
  if (wanted.len)
    put_line(to, "", "  policy", wanted);
  if (given.len)
    put_line(to, "", "  request", given);
}

static void tell_json(const bt_step *step, void *context) {
  answer *to = context;
  json_t *o = json_object();
  json_put_str(o, "step", str_of(step->name));
  json_put_str(o, "state", str_of(STATES[step->state]));
  if (step->wanted.ptr)
    json_put_str(o, "policy", str_of_text(step->wanted));
  if (step->given.ptr)
    json_put_str(o, "request", str_of_text(step->given));
  if (step->note.ptr)
    json_put_str(o, "reason", str_of_text(step->note));
  json_array_append_new(to->steps, o);
}

static void print_text(answer *to, const bt_decision *d) {
  if (to->rest.len)
    buf_printf(&to->text, "not reached: %.*s\n", (int)to->rest.len, to->rest.ptr);
  if (d->status)
    buf_printf(&to->text, "refused: %d, %s%s\n", d->status, bt_decision_name(d),
               d->would_refuse ? " (mode is observe: guard logs it and lets it through)" : "");
  else
    buf_printf(&to->text, "allowed\n");
  print_out(buf_str(&to->text));
}

static void print_json(answer *to, const bt_decision *d) {
  json_t *o = json_object();
  json_put(o, "allowed", json_boolean(!d->status));
  json_put(o, "status", json_integer(d->status));
  json_put_str(o, "reason", str_of(bt_decision_name(d)));
  json_put(o, "observe", json_boolean(d->would_refuse));
  json_put(o, "steps", to->steps);
  print_out(json_write(to->arena, o, true));
  json_decref(o);
}

static int explain(const arguments *args, const bt_policy *policy) {
  error e = {0};
  question q;
  if (!read_question(args, policy, &q, &e))
    return fail(&e);
  bt_result *result = bt_result_new(0);
  if (!result) {
    error_set(&e, ERROR_INTERNAL, "out of memory");
    return fail(&e);
  }
  answer to = {.arena = args->arena,
               .text = {.arena = args->arena},
               .rest = {.arena = args->arena},
               .steps = q.json ? json_array() : NULL};
  bt_http http = http_of(&q);
  bt_decision d = bt_explain(policy, &http, q.now, result, q.json ? tell_json : tell_text, &to);
  (q.json ? print_json : print_text)(&to, &d);
  bt_result_free(result);
  return d.status ? 1 : 0;
}

static int describe(const bt_policy *policy) {
  char *text = bt_policy_describe(policy, clock_wall());
  if (text)
    print_out(str_of(text));
  bt_text_free(text);
  return 0;
}

/* ---- command --------------------------------------------------------------------------------- */

static const char *policy_path(const arguments *args, error *e) {
  const char *path = arg_text(args, "--policy");
  size_t given = args->words.len + (path != NULL);
  if (given != 1) {
    error_set(e, ERROR_USAGE, "one policy file is needed; %zu were given", given);
    return NULL;
  }
  return path ? path : arena_text(args->arena, args->words.at[0]);
}

/* Options that only a request gives a meaning. */
static bool check_alone(const arguments *args, error *e) {
  static const char *const names[] = {"--token",       "--header", "-H",
                                      "--client-cert", "--at",     "--format"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (arg_given(args, names[i]) && !arg_given(args, "--request"))
      return error_set(e, ERROR_USAGE, "%s belongs to --request 'METHOD PATH'", names[i]);
  return true;
}

static int run_check(const arguments *args) {
  error e = {0}, unfetched = {0};
  const char *path = policy_path(args, &e);
  if (!path || !check_alone(args, &e))
    return fail(&e);
  bt_policy *policy = guard_load(path, guard_print_problem, NULL);
  if (!policy)
    return ERROR_USAGE;
  bt_policy_advise(policy, guard_print_problem, NULL);
  bool fetched = !arg_given(args, "--fetch") ||
                 guard_fetch_once(policy, guard_print_problem, NULL, &unfetched);
  if (!arg_given(args, "--fetch"))
    guard_tell_unfetched(policy, guard_print_problem, NULL);
  int code = arg_given(args, "--request") ? explain(args, policy) : describe(policy);
  bt_policy_free(policy);
  return fetched || code ? code : fail(&unfetched);
}

const command COMMAND_GUARD_CHECK = {
    .name = "guard check",
    .usage = "POLICY|--policy FILE [options]",
    .summary = "what a policy allows, and why it decides as it does",
    .about =
        "Reads a policy and its keys as guard would, and says in plain words what is accepted and "
        "what is refused. Errors are printed with file, line and column, and what to write "
        "instead; "
        "then the exit code is 2.\n"
        "With --request it decides on one request as guard would and tells each step: path, route, "
        "where the token was found, issuer, key, signature, times, audience, claims, binding, "
        "scopes. The step that refuses shows what the policy asks for and what the request has. "
        "The token and its signature are not printed. Exit 0 when the request is allowed, 1 when "
        "it is refused.\n"
        "Keys behind a URL are asked for with --fetch alone; exit 3 when that fails.",
    .options = OPTIONS,
    .examples = "$ batten guard check batten.policy.yaml\n"
                "$ batten guard check batten.policy.yaml --fetch\n"
                "# why is this token refused here?\n"
                "$ batten guard check p.yaml --request 'GET /files/1' --token @t.txt",
    .run = run_check};
