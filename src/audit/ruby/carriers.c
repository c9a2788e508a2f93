/* How tokens travel: headers, cookies, URLs, logs. */
#include "audit/ruby/jwt.h"

bool encodes_token(const node *n) {
  return node_has(n, "JWT.encode") || node_has(n, "JSON::JWT.new");
}

/* ---- what holds a token ---------------------------------------------------------------------- */

static bool token_name(str name) {
  static const char *const others[] = {"csrf_token", "authenticity_token", "page_token",
                                       "invitation_token", NULL};
  for (size_t i = 0; others[i]; i++)
    if (str_ends(name, str_of(others[i])))
      return false;
  while (name.len && (name.ptr[0] == '@' || name.ptr[0] == '$'))
    name = str_sub(name, 1, name.len);
  return str_ends(name, STR("token")) || str_ends(name, STR("jwt")) || str_ends(name, STR("JWT")) ||
         str_eq(name, STR("authorization"));
}

static bool token_key(const node *n) {
  return node_has(n, "token") || node_has(n, "jwt") || node_has(n, "uthorization") ||
         node_has(n, "AUTHORIZATION");
}

bool tokenish(const node *n) {
  static const char *const same[] = {"inspect", "to_s",  "to_json", "presence", "strip",
                                     "dup",     "fetch", "escape",  NULL};
  if (!n)
    return false;
  switch (n->kind) {
  case N_identifier:
  case N_instance_variable:
  case N_global_variable:
    return token_name(n->text) ||
           (str_starts(n->text, STR("jwt")) && !str_contains(n->text, STR("id")));
  case N_element_reference:
    return n->count == 2 && token_key(n->kids[1]) && n->kids[0]->kind != N_call
               ? true
               : n->count == 2 && token_key(n->kids[1]);
  case N_pair: {
    const node *v = ast_kid(n, F_value);
    return v ? tokenish(v) : ast_kid(n, F_key) && token_name(ast_kid(n, F_key)->text);
  }
  case N_call: {
    const node *args = ast_kid(n, F_arguments);
    if (flow_in(node_name(n), same))
      return tokenish(ast_kid(n, F_receiver)) ||
             (args && args->count &&
              (tokenish(args->kids[0]) ||
               (str_eq(node_name(n), STR("fetch")) && token_key(args->kids[0]))));
    return token_name(node_name(n)) && !(args && args->count);
  }
  case N_interpolation:
  case N_string:
  case N_binary:
  case N_hash:
  case N_array:
  case N_parenthesized_statements:
    break;
  default:
    return false;
  }
  for (size_t i = 0; i < n->count; i++)
    if (tokenish(n->kids[i]))
      return true;
  return false;
}

/* ---- logs ------------------------------------------------------------------------------------ */

static bool is_logger(const flow *f, str receiver, str method) {
  static const char *const levels[] = {"debug",   "info", "warn",   "error", "fatal",
                                       "unknown", "add",  "tagged", "log",   NULL};
  static const char *const prints[] = {"puts", "p", "pp", "print", "warn", "printf", "write", NULL},
                           *const streams[] = {"STDOUT", "STDERR", "$stdout", "$stderr", NULL};
  static const char *const reporters[] = {"Sentry", "Rollbar",  "Bugsnag", "Honeybadger",
                                          "Raven",  "Airbrake", NULL};
  bool task =
      str_ends(f->facts->path, STR(".rake")) ||
      str_contains(f->facts->path, STR("lib/tasks/")); /* what a task prints is for who runs it */
  if (task && (!receiver.len || flow_in(receiver, streams)))
    return false;
  if (!receiver.len || str_eq(receiver, STR("Kernel")))
    return flow_in(method, prints) && !str_eq(method, STR("write"));
  if (flow_in(receiver, streams))
    return flow_in(method, prints);
  if (flow_in(receiver, reporters))
    return str_starts(method, STR("capture")) || str_starts(method, STR("notify")) ||
           flow_in(method, levels);
  bool log = str_ends(receiver, STR("logger")) || str_ends(receiver, STR("Logger")) ||
             str_ends(receiver, STR("LOG")) || str_starts(receiver, STR("Logger.new"));
  return log && flow_in(method, levels);
}

static void judge_log(flow *f, const node *call, const node *const *args, size_t count) {
  const node *block = ast_kid(call, F_block), *body = ast_kid(block, F_body);
  bool held = body && body->count && tokenish(body->kids[body->count - 1]) && !count;
  for (size_t i = 0; i < count; i++)
    held |= tokenish(args[i]);
  if (held)
    fact_find(f->facts, "rb-token-logged", call, flow_place(f), "a token is among what is logged");
}

/* ---- URLs ------------------------------------------------------------------------------------ */

static const char *const PARAMETERS[] = {
    "token",     "jwt",    "access_token",  "auth_token",   "auth", "id_token",
    "jwt_token", "bearer", "refresh_token", "bearer_token", NULL};

/* One-time tokens of their own, which no API takes: of invitations, of links that are sent by mail
 * or shared. */
static bool speaks_of_one_time(str text) {
  static const char *const words[] = {"password",    "reset",  "confirm", "invit",
                                      "unsubscribe", "unlock", "setup",   "activat",
                                      "share",       "_link",  "link.",   NULL};
  for (size_t i = 0; words[i]; i++)
    if (str_icontains(text, str_of(words[i])))
      return true;
  return false;
}

/* The text ends in "?token=" or "&token=". */
static bool ends_in_parameter(str text) {
  if (!str_ends(text, STR("=")))
    return false;
  size_t from = text.len - 1;
  while (from && text.ptr[from - 1] != '?' && text.ptr[from - 1] != '&')
    from--;
  str name = str_sub(text, from, text.len - 1);
  for (size_t i = 0; from && PARAMETERS[i]; i++)
    if (str_ieq(name, str_of(PARAMETERS[i])))
      return true;
  return false;
}

/* "https://host/path?token=#{token}" */
void jwt_judge_string(flow *f, const node *n) {
  for (size_t i = 0; i + 1 < n->count; i++)
    if (n->kids[i]->kind == N_string_content && n->kids[i + 1]->kind == N_interpolation &&
        ends_in_parameter(n->kids[i]->text) && !speaks_of_one_time(n->text)) {
      fact_find(f->facts, "rb-token-in-url", n, flow_place(f), "the token is a query parameter");
      return;
    }
  str text = n->count == 1 && n->kids[0]->kind == N_string_content ? n->kids[0]->text : STR("");
  const node *sum = n->parent;
  bool joined =
      sum && sum->kind == N_binary && str_eq(sum->op, STR("+")) && ast_kid(sum, F_left) == n;
  while (n->field == F_right && sum && sum->kind == N_binary && sum->parent &&
         sum->parent->kind == N_binary && str_eq(sum->parent->op, STR("+"))) {
    joined = ast_kid(sum->parent, F_left) == sum;
    sum = sum->parent;
    if (joined)
      break;
  }
  bool format = str_ends(text, STR("=%s")) && ends_in_parameter(str_sub(text, 0, text.len - 2));
  if ((joined && ends_in_parameter(text)) || format)
    fact_find(f->facts, "rb-token-in-url", n, flow_place(f), "the token is a query parameter");
  static const char *const sets[] = {"jwks", "/.well-known/", "openid-configuration", "/certs",
                                     NULL};
  str host = str_starts(text, STR("http://")) ? str_sub(text, 7, text.len) : STR("");
  bool here = str_starts(host, STR("localhost")) || str_starts(host, STR("127.")) ||
              str_starts(host, STR("[::1]"));
  for (size_t i = 0; host.len && !here && sets[i]; i++)
    if (str_icontains(text, str_of(sets[i]))) {
      fact_find(f->facts, "rb-jwt-jwks-untrusted", n, flow_place(f),
                "keys are fetched over plain HTTP");
      return;
    }
}

/* app_url(token: token), {token: token}.to_query, encode_www_form(token: token), get(url, query:
 * {access_token: token}) */
static void judge_query(flow *f, const node *call, str method, const node *const *args,
                        size_t count) {
  option_set o = {.flow = f, .known = true};
  bool told = false;
  for (size_t i = 0; i < count && !told; i++) {
    str key = args[i]->kind == N_pair && ast_kid(args[i], F_key) ? ast_kid(args[i], F_key)->text
                                                                 : STR("");
    told = str_eq(key, STR("query")) || str_eq(key, STR("params"));
  }
  bool route = str_ends(method, STR("_url")) || str_ends(method, STR("_path")) ||
               str_eq(method, STR("encode_www_form"));
  bool query = str_eq(method, STR("to_query")) || str_eq(method, STR("to_param"));
  if (!route && !query && !told)
    return;
  if (speaks_of_one_time(method))
    return;
  for (size_t i = 0; i < count; i++)
    options_add(&o, args[i]);
  const node *inner =
      option_named(&o, "query") ? option_named(&o, "query") : option_named(&o, "params");
  if (query && ast_kid(call, F_receiver))
    options_add(&o, ast_kid(call, F_receiver));
  bool fetches = inner && inner->kind == N_hash && ast_kid(call, F_receiver);
  if (fetches)
    options_add(&o, inner);
  for (size_t i = 0; (route || query || fetches) && PARAMETERS[i]; i++)
    if (tokenish(option_named(&o, PARAMETERS[i])) &&
        !speaks_of_one_time(option_named(&o, PARAMETERS[i])->text)) {
      fact_find(f->facts, "rb-token-in-url", call, flow_place(f), "the token is a query parameter");
      return;
    }
}

/* ---- cookies --------------------------------------------------------------------------------- */

/* Rails sets same_site: :lax by itself since the defaults of 6.1, and secure where production
 * forces TLS. */
static bool flag_set(const flow *f, const option_set *options, const char *name) {
  const project *p = f->facts->project;
  const node *given = option_named(options, name);
  bool same_site = strcmp(name, "same_site") == 0;
  if (given)
    return same_site ? !node_has(given, "one") : given->kind != N_false && given->kind != N_nil;
  return p &&
         ((same_site && p->defaults >= 60100) || (strcmp(name, "secure") == 0 && p->force_ssl));
}

static void judge_cookie(flow *f, const node *at, const option_set *options) {
  static const char *const flags[] = {"secure", "httponly", "same_site"};
  buf missing = {.arena = f->scratch};
  for (size_t i = 0; i < 3 && options->known; i++)
    if (!flag_set(f, options, flags[i]))
      buf_printf(&missing, "%s%s", missing.len ? ", " : "", flags[i]);
  if (missing.len)
    fact_find(f->facts, "rb-cookie-flags", at, flow_place(f), "the cookie is set without %.*s",
              STR_ARG(buf_str(&missing)));
}

static bool is_cookie_header(flow *f, const node *left) {
  return left->count > 1 && str_ieq(ast_literal(f->scratch, left->kids[1]), STR("Set-Cookie"));
}

/* cookies[:jwt] = ..., cookies.signed[:token] = ..., headers['Set-Cookie'] = "jwt=#{token}" */
void jwt_judge_assignment(flow *f, const node *assignment, const node *left, const node *right) {
  if (left->kind == N_call && str_eq(node_name(left), STR("allow_forgery_protection")) &&
      right->kind == N_false && !str_contains(f->facts->path, STR("test")) &&
      !str_contains(f->facts->path, STR("development")))
    fact_find(f->facts, "rb-csrf-session", assignment, flow_place(f),
              "it is off for the whole application, and a controller takes its token from cookies");
  option_set o = {.flow = f, .known = true};
  const node *name = left->kind == N_call ? ast_kid(left, F_method) : NULL;
  jwt_judge_payload_key(f, assignment, left, right);
  if (name)
    key_judge_named(f, left, name->text, right);
  if (name && str_eq(name->text, STR("query")))
    judge_query(f, right, node_name(right), NULL, 0);
  if (left->kind != N_element_reference)
    return;
  bool cookie = str_starts(left->text, STR("cookies"));
  if (is_cookie_header(f, left) && right->kind == N_string && tokenish(right)) {
    bool whole = str_icontains(right->text, STR("secure")) &&
                 str_icontains(right->text, STR("httponly")) &&
                 str_icontains(right->text, STR("samesite"));
    if (!whole)
      fact_find(f->facts, "rb-cookie-flags", assignment, flow_place(f),
                "the cookie is set without all of Secure, HttpOnly, SameSite");
    return;
  }
  if (!cookie || !(tokenish(left) || encodes_token(right)))
    return;
  options_add(&o, right);
  o.known |= !o.count; /* a plain value */
  judge_cookie(f, assignment, &o);
}

/* response.set_cookie(:jwt, value: token) */
static void judge_set_cookie(flow *f, const node *call, const node *const *args, size_t count) {
  option_set o = {.flow = f, .known = true};
  bool token = false;
  for (size_t i = 0; i < count && i < 3; i++) {
    str name = ast_literal(f->scratch, args[i]);
    token |= name.ptr && (str_icontains(name, STR("token")) || str_icontains(name, STR("jwt")));
  }
  for (size_t i = 1; i < count; i++) {
    const node *n = flow_literal(f, args[i]);
    if (n && (n->kind == N_hash || n->kind == N_pair || n->kind == N_hash_splat_argument))
      options_add(&o, n);
  }
  if (token || encodes_token(call))
    judge_cookie(f, call, &o);
}

/* ---- forgery protection ---------------------------------------------------------------------- */

/* skip_before_action :authenticate_user!, for all actions: no cookie of the user's lets anybody in
 * there. */
static bool authenticates_nobody(const node *word) {
  const node *body = word;
  while (body && body->kind != N_body_statement)
    body = body->parent;
  if (node_has(body, "cookies"))
    return false;
  for (size_t i = 0; body && i < body->count; i++) {
    const node *n = body->kids[i];
    bool skips = n->kind == N_call && str_eq(node_name(n), STR("skip_before_action")) &&
                 !node_has(n, "only:") && !node_has(n, "except:");
    if (skips && (node_has(n, "authenticate_") || node_has(n, "_authenticated") ||
                  node_has(n, "require_login") || node_has(n, ":authenticate") ||
                  node_has(n, "require_user")))
      return true;
  }
  return false;
}

/* Whether the class takes its token from cookies is known when all files are: link.c drops what is
 * not. */
void jwt_judge_forgery(flow *f, const node *word, str method) {
  bool off =
      str_eq(method, STR("skip_forgery_protection")) ||
      (str_eq(method, STR("skip_before_action")) && node_has(word, "verify_authenticity_token")) ||
      (str_eq(method, STR("protect_from_forgery")) && node_has(word, "except:"));
  bool header = node_has(word, "if:") &&
                (str_icontains(word->text, STR("authorization")) || node_has(word, "earer"));
  if (off && !header && !authenticates_nobody(word))
    fact_find(f->facts, "rb-csrf-session", word, flow_place(f),
              "this controller also takes a token from cookies");
}

/* cookies[:jwt], cookies.signed[:jwt], session[:token] */
void jwt_judge_cookie_read(flow *f, const node *reference) {
  const node *store = reference->count > 1 ? reference->kids[0] : NULL;
  bool cookies = store && (str_starts(store->text, STR("cookies")) ||
                           str_eq(store->text, STR("request.cookies")));
  bool session = store && str_eq(store->text, STR("session")) && token_key(reference->kids[1]);
  if (cookies || session)
    list_push(f->facts->arena, &f->facts->cookie_readers, f->klass);
}

/* Before the defaults of 5.2 a controller is protected only where it says so. */
void jwt_judge_controller(flow *f, const node *class_node, const node *parent) {
  const project *p = f->facts->project;
  bool old = p && (p->defaults ? p->defaults < 50200 : p->rails && p->rails < 50200);
  if (!old || !str_eq(parent->text, STR("ActionController::Base")) ||
      !node_has(class_node, "cookies") || node_has(class_node, "protect_from_forgery"))
    return;
  fact_find(f->facts, "rb-csrf-session", class_node, flow_place(f),
            "this version of Rails protects no controller by itself, and this one reads cookies");
}

/* ---- the scheme ------------------------------------------------------------------------------ */

static bool from_header(const value *v, const node *receiver) {
  if (str_icontains(receiver->text, STR("authorization")))
    return true;
  for (size_t i = 0; i < v->from.len; i++)
    for (const step *s = v->from.at[i].steps; s; s = s->before)
      if (str_icontains(s->text, STR("authorization")))
        return true;
  return false;
}

/* header.split(' ').last, [1], [-1]: whatever scheme stands before it. */
void jwt_judge_scheme(flow *f, const node *n, const node *receiver) {
  const node *split =
      receiver && receiver->kind == N_call && str_eq(node_name(receiver), STR("split")) ? receiver
                                                                                        : NULL;
  const node *header = ast_kid(split, F_receiver);
  if (!header || node_has(node_method(n), "earer"))
    return;
  value v = flow_eval(f, header);
  if (from_header(&v, header))
    fact_find(f->facts, "rb-jwt-scheme", n, flow_place(f),
              "a word of the header is taken, whatever the scheme");
}

void jwt_judge_call(flow *f, const node *call, str receiver, str method, const node *const *args,
                    size_t count) {
  jwt_judge_making(f, call, receiver, method, args, count);
  jwt_judge_wildcard_test(f, call, method, args, count);
  jwt_judge_header_key(f, call, receiver, method, args, count);
  if (is_logger(f, receiver, method))
    judge_log(f, call, args, count);
  judge_query(f, call, method, args, count);
  if (str_eq(method, STR("set_cookie")) || str_eq(method, STR("set_cookie_header!")))
    judge_set_cookie(f, call, args, count);
  if (str_eq(method, STR("last")) || str_eq(method, STR("second")))
    jwt_judge_scheme(f, call, ast_kid(call, F_receiver));
  if (!receiver.len)
    jwt_judge_forgery(f, call, method);
}
