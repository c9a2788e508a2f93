#include "base/json.h"
#include "cli/cli.h"
#include "scan/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_LIMIT = 64 * 1024 * 1024 };

static const option_row OPTIONS[] = {
    {"--token", "T",
     "the good token: T itself, @FILE, env:NAME, or cmd:COMMAND (run without a shell, again when "
     "the token expires)"},
    {"--as", "NAME=T", "a further identity; two RSA tokens of one key also give the public key"},
    {"--token-in", "PLACE",
     "where the API expects it: header (default: Authorization: Bearer), header:NAME, "
     "header:NAME:raw, header:NAME:SCHEME, cookie:NAME or query:NAME. Where it is not said and the "
     "bearer header is refused, the usual places are tried once each"},
    {"--token-scheme", "WORD",
     "what stands before the token in its header, such as Token or JWT; raw: nothing"},
    {"--method", "M", "the method (default GET)"},
    {"--header", "'N: V'",
     "a header to send with every request; may be repeated. A bearer token in it is the good "
     "token"},
    {"--data", "D",
     "the body to send, or @FILE that holds it; the method is then POST, the type JSON, or a "
     "form's for name=value"},
    {"--spec", "FILE|URL",
     "operations from an API description: OpenAPI 3.0 or 3.1, Swagger 2.0; JSON or YAML; a URL is "
     "on the target's origin. May be repeated. Without it: the URL's own operation, and those of a "
     "description that the target shows"},
    {"--spec-root", "DIR",
     "directory that $ref of a description may not leave (default: the description's own)"},
    {"--har", "FILE",
     "operations and credentials from an HTTP archive; may be repeated; with --spec, what both "
     "know is sent as it was recorded"},
    {"--postman", "FILE",
     "operations and credentials from a Postman collection 2.1; may be repeated"},
    {"--public-key", "FILE|URL",
     "the verification key (PEM, JWK, JWKS, certificate), for key confusion; else discovered at "
     "the usual places, else derived from two RSA tokens; may be repeated"},
    {"--signing-key", "FILE",
     "the owner's signing key (PEM, JWK, or the secret's raw bytes), for the checks that need "
     "validly signed tokens; may be repeated"},
    {"--expired", "T", "an expired token, for jwt-exp-ignored without a key"},
    {"--foreign", "T", "a valid token of another audience, for jwt-aud-ignored without a key"},
    {"--logout", "'METHOD URL'",
     "the operation that ends a token's life, for jwt-revoked-accepted; sent once, after "
     "all operations"},
    {"--wordlist", "FILE",
     "more weak secrets, one a line, besides the built-in list; may be repeated"},
    {"--active", "LEVEL",
     "passive: look only; forge (default where allowed): send forged tokens and run every check "
     "whose key is given; claims: the claim-* checks alone"},
    {"--i-am-authorized", NULL,
     "you may test this target: stands in for a proof of ownership and is recorded in the "
     "report. Loopback and private addresses need none; others may serve "
     "/.well-known/batten.txt with the line 'batten-scan: allowed'"},
    {"--anonymous", NULL,
     "the API has no tokens: a gate passes though authentication is not tested"},
    {"--allow-writes", NULL, "also operations with POST, PUT, PATCH and DELETE"},
    {"--graphql", "PATH",
     "a GraphQL endpoint of the target: queries are sent to it, no mutation (else only where an "
     "operation's path says so)"},
    {"--llm", "PATH[=FIELD]",
     "an endpoint that speaks to a language model, and the field of its body that holds the prompt "
     "(default: messages, or what a described body has): prompts are sent to it"},
    {"--runtime-ports", NULL,
     "also ask the usual ports of the container runtime and its tools on the target's own host"},
    {"--include", "PATTERN",
     "only operations that match METHOD /path/glob; may be repeated. What looks destructive, sends "
     "mail or money or ends a session is sent only where a pattern without a wildcard spells its "
     "path"},
    {"--exclude", "PATTERN",
     "leave out operations that match, in every check, in discovery and as a witness; may be "
     "repeated"},
    {"--guess-seconds", "S",
     "seconds of one core for HMAC secrets that stand in no list (default 1; 0 for none)"},
    {"--rate", "N",
     "most requests in any second, without bursts (default 200 to loopback and private addresses, "
     "20 elsewhere)"},
    {"--concurrency", "N", "parallel requests (default 16)"},
    {"--max-requests", "N", "budget of the whole scan (default 2000)"},
    {"--timeout", "S", "seconds for one request (default 10)"},
    {"--insecure", NULL, "do not verify the target's certificate"},
    {"--cacert", "FILE", "trust this CA, as in curl"},
    {"--cert", "FILE", "client certificate, as in curl"},
    {"--key", "FILE", "key of the client certificate, as in curl"},
    {"--proxy", "URL", "proxy, as in curl"},
    {"--resolve", "HOST:PORT:ADDR", "address for a host, as in curl; may be repeated"},
    {"--canary", "LISTEN[,ADVERTISED]",
     "where the canary listens, and the address put into probes when it differs; off "
     "disables it (default: a loopback port when the target is on loopback)"},
    {"--record", "FILE", "keep all exchanges (with the tokens: the file is yours alone)"},
    {"--replay", "FILE", "judge a recording again, without the target"},
    {"--progress", "WHEN",
     "on stderr: auto (default: on a terminal), never, or json for one object a line"},
    OUTPUT_OPTIONS,
    {0}};

/* ---- values ---------------------------------------------------------------------------------- */

static bool read_limits(const arguments *args, scan_options *o, error *e) {
  double rate = 0, concurrency = 16, budget = 2000, timeout = 10;
  if (!number_option(args, "--rate", 1, 100000, &rate, e) ||
      !number_option(args, "--concurrency", 1, 256, &concurrency, e) ||
      !number_option(args, "--max-requests", 1, 1e9, &budget, e) ||
      !number_option(args, "--timeout", 0.1, 3600, &timeout, e) ||
      !number_option(args, "--guess-seconds", 0, 3600, &o->guess_seconds, e))
    return false;
  o->http.rate = rate;
  o->http.concurrency = (unsigned)concurrency;
  o->http.max_requests = (size_t)budget;
  o->http.timeout = timeout;
  return true;
}

/* Files and addresses that curl would look at only when it needs them. */
static bool read_connection(const arguments *args, scan_options *o, error *e) {
  static const char *const files[] = {"--cacert", "--cert", "--key"};

  enum { CERTIFICATES_MAX = 64 * 1024 * 1024 };

  o->http.insecure = arg_given(args, "--insecure");
  o->http.cacert = arg_text(args, "--cacert");
  o->http.cert = arg_text(args, "--cert");
  o->http.cert_key = arg_text(args, "--key");
  o->http.proxy = arg_text(args, "--proxy");
  o->http.resolve = arg_values(args, "--resolve");
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    const char *path = arg_text(args, files[i]);
    str content;
    error inner = {0};
    if (path && !file_read(args->arena, path, CERTIFICATES_MAX, &content, &inner))
      return error_set(e, ERROR_USAGE, "%s: %s", files[i], inner.message);
  }
  for (size_t i = 0; i < o->http.resolve.len; i++)
    if (!host_pin_valid(args->arena, o->http.resolve.at[i]))
      return error_set(e, ERROR_USAGE,
                       "--resolve %.*s: HOST:PORT:ADDRESS, as in api.test:443:127.0.0.1",
                       STR_ARG(o->http.resolve.at[i]));
  return true;
}

static bool read_keys(const arguments *args, const char *option, bool secret_allowed, key_list *out,
                      str_list *urls, const url *target, error *e) {
  str_list files = arg_values(args, option);
  for (size_t i = 0; i < files.len; i++) {
    str content;
    error inner = {0};
    url at;
    const char *path = arena_text(args->arena, files.at[i]);
    if (urls &&
        (str_starts(files.at[i], STR("http://")) || str_starts(files.at[i], STR("https://")))) {
      if (!url_parse(args->arena, files.at[i], &at, e))
        return false;
      if (!url_same_origin(&at, target))
        return error_set(e, ERROR_USAGE,
                         "%s %s is not on the target's origin: save it to a file first", option,
                         path);
      list_push(args->arena, urls, files.at[i]);
    } else if (!file_read(args->arena, path, 1024 * 1024, &content, &inner) ||
               !key_load(args->arena, content, secret_allowed, out, &inner)) {
      return error_set(e, ERROR_USAGE, "%s %s: %s", option, path, inner.message);
    }
  }
  return true;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static bool check_shape(arena *a, const char *option, str text, error *e) {
  token t;
  if (token_parse(a, text, &t))
    return true;
  if (t.segments.len == 5)
    return error_set(e, ERROR_USAGE,
                     "%s is an encrypted token (five parts): give the signed one inside it",
                     option);
  return error_set(e, ERROR_USAGE, "%s is no JSON Web Token: %s", option,
                   t.segments.len != 3    ? "it has not three parts with dots between"
                   : !t.header_is_object  ? "its first part is no base64url-encoded JSON object"
                   : !t.payload_is_object ? "its second part is no base64url-encoded JSON object"
                                          : "it cannot be read");
}

static bool read_token(const arguments *args, const char *option, str text, str *out,
                       const char **refresh, error *e) {
  error inner = {0};
  if (!scan_token_value(args->arena, text, out, refresh, &inner))
    return error_set(e, ERROR_USAGE, "%s: %s", option, inner.message);
  return check_shape(args->arena, option, *out, e);
}

static bool read_optional(const arguments *args, const char *option, str *out, error *e) {
  str text = arg_value(args, option);
  return !text.ptr || read_token(args, option, text, out, NULL, e);
}

static bool read_identities(const arguments *args, scan_options *o, error *e) {
  str_list given = arg_values(args, "--as");
  list_push(args->arena, &o->identities, (identity){.name = STR("default")});
  for (size_t i = 0; i < given.len; i++) {
    size_t equals = str_find(given.at[i], STR("="), 0);
    str text;
    if (equals == SIZE_MAX || equals == 0)
      return error_set(e, ERROR_USAGE, "--as %.*s: NAME=TOKEN",
                       STR_ARG(str_sub(given.at[i], 0, 40)));
    if (!read_token(args, "--as", str_sub(given.at[i], equals + 1, given.at[i].len), &text, NULL,
                    e))
      return false;
    list_push(args->arena, &o->identities, (identity){str_sub(given.at[i], 0, equals), text});
    list_push(args->arena, &o->spare_tokens, text);
  }
  return true;
}

/* ---- operations ------------------------------------------------------------------------------ */

/* A bearer of three parts means to be a JWT: then a mistake in it is told. Any other is a key that
 * the API knows. */
static bool looks_like_jwt(arena *a, str text) {
  token t;
  return token_parse(a, text, &t) || t.segments.len == 3 || t.segments.len == 5;
}

/* "Bearer T", "Token T", "T": the token of an Authorization header, and how it stands there. */
typedef struct {
  str text;
  token_place place;
} carried_token;

static bool carries_token(arena *a, str value, carried_token *out) {
  size_t blank = str_find(value, STR(" "), 0);
  str scheme = blank == SIZE_MAX ? STR("raw") : str_sub(value, 0, blank);
  str text = blank == SIZE_MAX ? value : str_trim(str_sub(value, blank, value.len));
  token parsed;
  error ignored;
  bool is_bearer = str_ieq(scheme, STR("bearer"));
  bool is_token = is_bearer ? looks_like_jwt(a, text) : token_parse(a, text, &parsed);
  if (!is_token || !token_place_form(&out->place, scheme, &ignored))
    return false;
  out->text = text;
  return true;
}

/* 'N: V' lines; a token in Authorization is the good token, as people paste curl commands. */
static bool read_headers(const arguments *args, http_headers *out, carried_token *carried,
                         error *e) {
  str_list given = arg_values(args, "--header");
  for (size_t i = 0; i < given.len; i++) {
    size_t colon = str_find(given.at[i], STR(":"), 0);
    if (colon == SIZE_MAX || colon == 0)
      return error_set(e, ERROR_USAGE, "--header %.*s: 'Name: value'",
                       STR_ARG(str_sub(given.at[i], 0, 40)));
    http_header h = {str_sub(given.at[i], 0, colon),
                     str_trim(str_sub(given.at[i], colon + 1, given.at[i].len))};
    if (!http_name_valid(h.name) || !http_value_valid(h.value))
      return error_set(
          e, ERROR_USAGE,
          "--header %.*s: the name is no header name, or the value holds control characters",
          STR_ARG(str_sub(h.name, 0, str_find(h.name, STR("\n"), 0))));
    if (str_ieq(h.name, STR("authorization")) && carries_token(args->arena, h.value, carried))
      continue;
    list_push(args->arena, out, h);
  }
  return true;
}

static bool read_archives(const arguments *args, scan_options *o, error *e) {
  str_list files = arg_values(args, "--har");
  for (size_t i = 0; i < files.len; i++) {
    str text;
    error inner = {0};
    const char *path = arena_text(args->arena, files.at[i]);
    if (!text_read(args->arena, path, FILE_LIMIT, &text, &inner) ||
        !scan_read_har(args->arena, text, &o->target, &o->operations, &inner))
      return error_set(e, ERROR_USAGE, "--har %s: %s", path, inner.message);
  }
  return true;
}

static bool read_collections(const arguments *args, scan_options *o, error *e) {
  str_list files = arg_values(args, "--postman");
  for (size_t i = 0; i < files.len; i++) {
    str text;
    error inner = {0};
    const char *path = arena_text(args->arena, files.at[i]);
    if (!text_read(args->arena, path, FILE_LIMIT, &text, &inner) ||
        !scan_read_postman(args->arena, path, text, o, &o->operations, &inner))
      return error_set(e, ERROR_USAGE, "--postman: %s", inner.message);
  }
  return true;
}

static bool safe_method(str m) {
  return str_eq(m, STR("GET")) || str_eq(m, STR("HEAD")) || str_eq(m, STR("OPTIONS"));
}

static bool is_url(str text) {
  return str_starts(text, STR("http://")) || str_starts(text, STR("https://"));
}

static bool read_descriptions(const arguments *args, scan_options *o, error *e) {
  str_list given = arg_values(args, "--spec");
  o->spec_root = arg_text(args, "--spec-root");
  for (size_t i = 0; i < given.len; i++) {
    error inner = {0};
    url at;
    if (is_url(given.at[i])) {
      if (!url_parse(args->arena, given.at[i], &at, e))
        return false;
      if (!url_same_origin(&at, &o->target))
        return error_set(e, ERROR_USAGE,
                         "--spec %.*s is not on the target's origin: save it to a file first",
                         STR_ARG(given.at[i]));
      list_push(args->arena, &o->spec_urls, given.at[i]);
    } else if (!scan_read_spec(args->arena, arena_text(args->arena, given.at[i]), o, &o->operations,
                               &inner)) {
      return error_set(e, ERROR_USAGE, "--spec: %s", inner.message);
    }
  }
  return true;
}

/* What --token, --token-in and --header say goes for every operation that has nothing of its own.
 */
static void complete_operation(const arguments *args, const scan_options *o, operation *op) {
  if (!op->token.ptr && o->identities.at[0].token.ptr) {
    op->token = o->identities.at[0].token;
    if (o->place)
      op->place = *o->place;
  }
  for (size_t i = 0; i < o->headers.len; i++)
    http_header_set(args->arena, &op->headers, o->headers.at[i].name, o->headers.at[i].value);
}

static bool read_good_token(const arguments *args, scan_options *o, error *e) {
  str given = arg_value(args, "--token"), placed = arg_value(args, "--token-in");
  str form = arg_value(args, "--token-scheme");
  carried_token carried = {.text = {0}};
  token_place *place = arena_make(args->arena, token_place);
  if (!read_headers(args, &o->headers, &carried, e))
    return false;
  if (!given.ptr && carried.text.len) {
    given = carried.text;
    *place = carried.place;
  }
  if (placed.ptr && !token_place_parse(placed, place, e))
    return false;
  if (form.ptr && !token_place_form(place, form, e))
    return false;
  if (placed.ptr || form.ptr || place->kind != PLACE_BEARER)
    o->place = place;
  return !given.ptr ||
         read_token(args, "--token", given, &o->identities.at[0].token, &o->token_command, e);
}

/* The text itself, or @FILE as in curl. */
static bool read_body(const arguments *args, str *out, error *e) {
  *out = arg_value(args, "--data");
  if (!str_starts(*out, STR("@")))
    return true;
  error inner = {0};
  return file_read(args->arena, arena_text(args->arena, str_sub(*out, 1, out->len)), FILE_LIMIT,
                   out, &inner) ||
         error_set(e, ERROR_USAGE, "--data: %s", inner.message);
}

/* name=value, as curl would send it; what is JSON says so itself. */
static bool is_form(str body) {
  str text = str_trim(body);
  return text.len && !strchr("{[\"", text.ptr[0]) && str_contains(text, STR("="));
}

/* The operation that the URL itself names. */
static void add_own_operation(const arguments *args, scan_options *o, str method, str body) {
  operation own = {.method = method,
                   .url = o->target,
                   .headers = o->headers,
                   .body = body,
                   .place = o->place ? *o->place : (token_place){0},
                   .token = o->identities.at[0].token};
  if (is_form(body) && !http_header_get(&own.headers, STR("Content-Type")).len)
    http_header_set(args->arena, &own.headers, STR("Content-Type"),
                    STR("application/x-www-form-urlencoded"));
  if (own.place.kind == PLACE_QUERY)
    own.url = url_without_query(args->arena, &own.url, own.place.name);
  list_push(args->arena, &o->operations, own);
}

static bool read_operations(const arguments *args, scan_options *o, error *e) {
  str body, method = str_upper(args->arena, arg_value(args, "--method"));
  if (!method.len)
    method = arg_given(args, "--data") ? STR("POST") : STR("GET");
  if (!safe_method(method) && !o->allow_writes)
    return error_set(
        e, ERROR_USAGE,
        "--method %.*s may change data: add --allow-writes if it may be sent many times",
        STR_ARG(method));
  if (!read_body(args, &body, e) || !read_descriptions(args, o, e) || !read_archives(args, o, e) ||
      !read_collections(args, o, e))
    return false;
  o->discover_operations = !o->operations.len && !o->spec_urls.len;
  for (size_t i = 0; i < o->operations.len; i++)
    complete_operation(args, o, &o->operations.at[i]);
  if (o->discover_operations)
    add_own_operation(args, o, method, body);
  for (size_t i = 0; i < o->operations.len; i++)
    if (o->operations.at[i].token.ptr)
      list_push(args->arena, &o->spare_tokens, o->operations.at[i].token);
  return true;
}

static bool read_logout(const arguments *args, scan_options *o, error *e) {
  str text = arg_value(args, "--logout"), method;
  if (!text.ptr)
    return true;
  o->logout = arena_make(args->arena, http_request);
  str rest = text;
  str_next(&rest, ' ', &method);
  o->logout->method = method;
  if (!rest.ptr || !url_resolve(args->arena, &o->target, rest, &o->logout->url, e))
    return error_set(e, ERROR_USAGE, "--logout %.*s: 'METHOD URL', as in 'POST /session/logout'",
                     STR_ARG(text));
  return url_same_origin(&o->logout->url, &o->target) ||
         error_set(e, ERROR_USAGE, "--logout %.*s is not on the target's origin", STR_ARG(text));
}

/* ---- the rest -------------------------------------------------------------------------------- */

static bool read_active(const arguments *args, scan_options *o, error *e) {
  static const char *const names[] = {"passive", "forge", "claims", NULL};
  str text = arg_value(args, "--active");
  o->active = ACTIVE_FORGE;
  for (int i = 0; text.ptr && names[i]; i++)
    if (str_eq(text, str_of(names[i]))) {
      o->active = (active_level)i;
      return true;
    }
  return !text.ptr ||
         error_set(e, ERROR_USAGE, "--active %.*s: passive, forge or claims", STR_ARG(text));
}

static void read_canary(const arguments *args, scan_options *o) {
  str text = arg_value(args, "--canary");
  o->canary_off = str_eq(text, STR("off"));
  if (!text.ptr || o->canary_off)
    return;
  size_t comma = str_find(text, STR(","), 0);
  o->canary_listen = str_sub(text, 0, comma);
  if (comma != SIZE_MAX)
    o->canary_advertised = str_sub(text, comma + 1, text.len);
}

static bool read_wordlists(const arguments *args, scan_options *o, error *e) {
  str_list files = arg_values(args, "--wordlist");
  for (size_t i = 0; i < files.len; i++) {
    str text;
    if (!text_read(args->arena, arena_text(args->arena, files.at[i]), FILE_LIMIT, &text, e))
      return false;
    list_push(args->arena, &o->wordlists, text);
  }
  return true;
}

static void show_progress(void *to, str step, size_t done, size_t total) {
  (void)to;
  fprintf(stderr, "\r\033[K[%zu/%zu] %.*s", done, total, STR_ARG(str_sub(step, 0, 60)));
  if (done == total)
    fputs("\r\033[K", stderr);
  fflush(stderr);
}

/* For a program that reads along: one object a line. */
static void tell_progress(void *to, str step, size_t done, size_t total) {
  (void)to;
  json_t *line = json_object();
  json_put(line, "done", json_integer((json_int_t)done));
  json_put(line, "total", json_integer((json_int_t)total));
  json_put_str(line, "step", step);
  char *text = json_dumps(line, JSON_COMPACT);
  fprintf(stderr, "%s\n", text ? text : "{}");
  free(text);
  json_decref(line);
}

static bool read_progress(const arguments *args, scan_options *o, error *e) {
  str when = arg_value(args, "--progress");
  if (str_eq(when, STR("json")))
    o->progress = tell_progress;
  else if (!when.ptr || str_eq(when, STR("auto")))
    o->progress = isatty(STDERR_FILENO) ? show_progress : NULL;
  else if (!str_eq(when, STR("never")))
    return error_set(e, ERROR_USAGE, "--progress %.*s: auto, never or json", STR_ARG(when));
  return true;
}

static bool read_target(const arguments *args, scan_options *o, error *e) {
  if (args->words.len > 1)
    return error_set(e, ERROR_USAGE, "one URL, not %zu ('%.*s' is the second)", args->words.len,
                     STR_ARG(args->words.at[1]));
  if (args->words.len == 1) {
    error inner = {0};
    if (url_parse(args->arena, args->words.at[0], &o->target, &inner))
      return true;
    return error_set(e, ERROR_USAGE, "%s", inner.message);
  }
  return o->replay_path ||
         error_set(e, ERROR_USAGE,
                   "scan needs a URL: batten scan http://127.0.0.1:3000/api/me --token T");
}

static bool read_options(const arguments *args, scan_options *o, error *e) {
  *o = (scan_options){.guess_seconds = WEAK_SECONDS,
                      .authorized = arg_given(args, "--i-am-authorized"),
                      .anonymous = arg_given(args, "--anonymous"),
                      .allow_writes = arg_given(args, "--allow-writes"),
                      .runtime_ports = arg_given(args, "--runtime-ports"),
                      .graphql = arg_value(args, "--graphql"),
                      .llm = arg_value(args, "--llm"),
                      .include = arg_values(args, "--include"),
                      .exclude = arg_values(args, "--exclude"),
                      .record_path = arg_text(args, "--record"),
                      .replay_path = arg_text(args, "--replay")};
  o->http.user_agent =
      STR("batten/" BATTEN_VERSION " (security scan; run by the owner of this API)");
  read_canary(args, o);
  if ((o->graphql.ptr && !str_starts(o->graphql, STR("/"))) ||
      (o->llm.ptr && !str_starts(o->llm, STR("/"))))
    return error_set(e, ERROR_USAGE, "%s: a path on the target, as in /graphql",
                     o->llm.ptr && !str_starts(o->llm, STR("/")) ? "--llm" : "--graphql");
  if (!read_target(args, o, e) || !read_connection(args, o, e) || !read_limits(args, o, e) ||
      !read_active(args, o, e))
    return false;
  if (!read_keys(args, "--public-key", false, &o->public_keys, &o->public_key_urls, &o->target, e))
    return false;
  if (!read_keys(args, "--signing-key", true, &o->signing_keys, NULL, &o->target, e))
    return false;
  if (!read_optional(args, "--expired", &o->expired_token, e))
    return false;
  if (!read_optional(args, "--foreign", &o->foreign_token, e))
    return false;
  if (o->expired_token.ptr)
    list_push(args->arena, &o->spare_tokens, o->expired_token);
  if (o->foreign_token.ptr)
    list_push(args->arena, &o->spare_tokens, o->foreign_token);
  if (!read_identities(args, o, e) || !read_good_token(args, o, e) || !read_wordlists(args, o, e) ||
      !read_logout(args, o, e))
    return false;
  if (o->record_path && o->replay_path)
    return error_set(e, ERROR_USAGE, "--record and --replay exclude each other");
  return args->words.len == 0 || read_operations(args, o, e);
}

static int run(const arguments *args) {
  scan_options options;
  output_options output = {0};
  report r;
  error e = {0};
  if (!output_prepare(args, &output, &e) || !read_options(args, &options, &e) ||
      !read_progress(args, &options, &e))
    return fail(&e);
  options.gated = output.threshold >= 0 || output.has_fail_on;
  options.context = output.context.ptr ? output.context : STR("default");
  options.http.stop = stop_on_signals();
  if (!scan_run(args->arena, &options, &r, &e))
    return fail(&e);
  return output_report(args, &output, &r);
}

const command COMMAND_SCAN = {
    .name = "scan",
    .usage = "URL [options]",
    .summary = "which forged tokens does a running API accept",
    .about = "Sends the good token, none, and broken ones to learn how this API says yes and no; "
             "then forgeries, each with a control that rules out the simpler explanation. What is "
             "accepted twice, with the good token still good in between, is a finding with its "
             "proof, a command to repeat it, the fix, and the policy that blocks it. What could "
             "not be decided is listed as not tested.\n"
             "It is for the owner of the target: it never leaves the target's scheme, host and "
             "port, follows no redirect, sends only GET, HEAD, OPTIONS and TRACE unless "
             "--allow-writes, and stops at showing that a flaw exists.",
    .options = OPTIONS,
    .examples =
        "# one operation, with the token your client uses\n"
        "$ batten scan http://127.0.0.1:3000/api/me --token @token.txt\n"
        "# a gate in CI, with an HTML report\n"
        "$ batten scan $URL --token env:TOKEN --fail-on high --format html --output report.html\n"
        "# the token rules too: expiry, issuer, audience, claims that reach files and commands\n"
        "$ batten scan $URL --token env:TOKEN --signing-key staging.secret",
    .run = run};
