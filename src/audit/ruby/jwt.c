/* Rules that one call, class or file decides by itself: how tokens are decoded, encoded, carried and logged. */
#include "audit/ruby/flow.h"

#include <stdio.h>

static bool weak_secret_known(str secret) {
  str rest = jwt_weak_secrets(), line;
  while (str_next(&rest, '\n', &line))
    if (str_eq(line, secret)) return true;
  return false;
}

static bool contains(const node *n, const char *text) { return n && str_contains(n->text, str_of(text)); }

bool jwt_is_decode(const node *call, str receiver, str method) {
  (void)call;
  if (str_starts(receiver, STR("::"))) receiver = str_sub(receiver, 2, receiver.len);
  return (str_eq(receiver, STR("JWT")) || str_eq(receiver, STR("JSON::JWT"))) && str_eq(method, STR("decode"));
}

/* ---- options ------------------------------------------------------------------------------------------------------------ */

typedef struct {
  flow *flow;
  bool known; /* every part of the options is written out */
  const node *pairs[48];
  size_t count;
} option_set;

static void add_options(option_set *o, const node *n) {
  n = flow_literal(o->flow, n);
  if (!n) return;
  if (n->kind == N_pair && o->count < 48) {
    o->pairs[o->count++] = n;
  } else if (n->kind == N_hash) {
    for (size_t i = 0; i < n->count; i++) add_options(o, n->kids[i]);
  } else if (n->kind == N_hash_splat_argument && n->count) {
    add_options(o, n->kids[0]);
  } else if (n->kind == N_call && contains(ast_kid(n, F_method), "merge")) {
    const node *args = ast_kid(n, F_arguments);
    add_options(o, ast_kid(n, F_receiver));
    for (size_t i = 0; args && i < args->count; i++) add_options(o, args->kids[i]);
  } else if (n->kind != N_true && n->kind != N_false && n->kind != N_nil && n->kind != N_string && n->kind != N_block_argument) {
    o->known = false;
  }
}

static const node *option(const option_set *o, const char *name) {
  for (size_t i = o->count; i-- > 0;) {
    const node *key = ast_kid(o->pairs[i], F_key);
    str text = ast_literal(o->flow->scratch, key);
    if (text.ptr && str_eq(text, str_of(name))) {
      const node *v = ast_kid(o->pairs[i], F_value);
      return v ? flow_literal(o->flow, v) : key;
    }
  }
  return NULL;
}

static unsigned version_of(const flow *f) { return f->facts->project ? f->facts->project->jwt : 0; }

static bool is_true(const node *n) { return n && n->kind != N_false && n->kind != N_nil; }

/* ---- keys ---------------------------------------------------------------------------------------------------------------- */

static void judge_secret_text(flow *f, const node *at, str secret) {
  if (!secret.ptr || !secret.len || str_contains(secret, STR("-----BEGIN PUBLIC"))) return;
  fact_find(f->facts, "rb-jwt-secret-hardcoded", at, flow_place(f), "a literal of %zu bytes serves as the key", secret.len);
  if (secret.len < 32 || weak_secret_known(secret))
    fact_find(f->facts, "rb-jwt-secret-weak", at, flow_place(f), "the key has %zu bytes%s", secret.len, weak_secret_known(secret) ? " and stands in public lists" : ", 32 are the least for HS256");
}

static void judge_key(flow *f, const node *key) {
  const node *n = flow_literal(f, key);
  if (!n) return;
  if (n->kind == N_string || n->kind == N_heredoc_beginning) {
    judge_secret_text(f, key->kind == N_constant ? n : key, ast_literal(f->scratch, n));
  } else if (n->kind == N_call && contains(ast_kid(n, F_receiver), "ENV") && contains(ast_kid(n, F_method), "fetch")) {
    const node *args = ast_kid(n, F_arguments), *block = ast_kid(n, F_block);
    const node *standard = args && args->count > 1 ? flow_literal(f, args->kids[1]) : block && ast_kid(block, F_body) ? ast_kid(block, F_body)->kids[0] : NULL;
    if (standard && standard->kind == N_string) judge_secret_text(f, standard->line ? standard : key, ast_literal(f->scratch, standard));
  } else if (n->kind == N_binary && (str_eq(n->op, STR("||")) || str_eq(n->op, STR("or"))) && ast_kid(n, F_right)) {
    judge_key(f, ast_kid(n, F_right));
  }
}

void jwt_judge_constant(flow *f, const node *assignment, str name, const node *right) {
  bool secret = str_contains(name, STR("SECRET"));
  bool jwt = str_contains(name, STR("JWT")) || str_contains(name, STR("HMAC")) || (secret && str_contains(name, STR("TOKEN")));
  if (str_icontains(name, STR("scope")) && contains(right, ":*"))
    fact_find(f->facts, "rb-scope-wildcard", assignment, flow_place(f), "the list holds a wildcard scope");
  if (!jwt || !(secret || str_contains(name, STR("KEY")))) return;
  judge_key(f, right);
}

/* ---- decode ---------------------------------------------------------------------------------------------------------------- */

static bool shared(str alg) { return str_starts(alg, STR("HS")); }
static bool public_key(str alg) { return str_starts(alg, STR("RS")) || str_starts(alg, STR("ES")) || str_starts(alg, STR("PS")) || str_starts(alg, STR("Ed")); }

static void judge_algorithms(flow *f, const node *call, const option_set *o, const node *const *args, size_t count_args) {
  const node *list = option(o, "algorithms"), *one_name = option(o, "algorithm");
  unsigned jwt = version_of(f);
  if (jwt && jwt < 20000 && !one_name && (list || o->known)) { /* such versions read algorithm: alone */
    fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f), "no algorithm: is given: this version of the jwt gem takes the token's own%s", list ? ", and does not know algorithms:" : "");
    return;
  }
  if (!list) list = one_name;
  if (!list) {
    if (!o->known || (jwt >= 20000 && jwt < 20100)) return; /* 2.0 refuses to decode without one */
    finding *found = fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f), "no algorithm is named: the jwt gem takes HS256");
    if (found) found->severity = SEVERITY_LOW;
    if (found) found->fix_diff = fix_add_option(f->facts, args, count_args, "algorithms: ['HS256']");
    return;
  }
  bool hs = false, pk = false, none = false;
  size_t count = list->kind == N_array || list->kind == N_string_array ? list->count : 1;
  for (size_t i = 0; i < count; i++) {
    const node *one = count == 1 && list->kind != N_array && list->kind != N_string_array ? list : list->kids[i];
    str alg = ast_literal(f->scratch, flow_literal(f, one));
    if (!alg.ptr) continue;
    hs |= shared(alg), pk |= public_key(alg), none |= str_ieq(alg, STR("none"));
  }
  if (none) fact_find(f->facts, "rb-jwt-none", call, flow_place(f), "none is among the accepted algorithms");
  if (hs && pk) fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f), "the list mixes shared-secret and public-key algorithms");
  value v = flow_eval(f, list);
  bool read = list->kind == N_element_reference || list->kind == N_call;
  if (read && contains(list, "header") && (contains(list, "'alg'") || contains(list, "\"alg\"") || contains(list, ":alg"))) {
    fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f), "the algorithm is taken from the token's header");
    return;
  }
  for (size_t i = 0; i < v.from.len; i++)
    if (str_eq(v.from.at[i].slot, STR("$header")) || str_eq(v.from.at[i].slot, STR("$claims"))) {
      fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f), "the algorithm is taken from the token");
      break;
    }
}

static bool listed(const str_list *list, str text) {
  for (size_t i = 0; i < list->len; i++)
    if (str_eq(list->at[i], text)) return true;
  return false;
}

static void judge_claim(flow *f, const node *call, const option_set *o, const char *rule, const char *name, const char *verify, const str_list *own) {
  const node *wanted = option(o, name), *asked = option(o, verify);
  if (listed(own, f->klass)) return;
  if (asked && is_true(asked) && (!wanted ? o->known : wanted->kind == N_nil))
    fact_find(f->facts, rule, call, flow_place(f), "%s is true without %s: the jwt gem then compares nothing", verify, name);
  else if (!is_true(asked) && (asked || o->known))
    fact_find(f->facts, rule, call, flow_place(f), wanted ? "%s is not true, so %s is not compared" : "neither %s nor %s is given", verify, name);
}

static void judge_expiry(flow *f, const node *call, const option_set *o, const node *const *args, size_t count) {
  const node *off = option(o, "verify_expiration"), *required = option(o, "required_claims");
  finding *missing;
  if (listed(&f->exp_checked, f->klass)) return;
  if (required && contains(required, "exp") && version_of(f) && version_of(f) < 20300) {
    fact_find(f->facts, "rb-jwt-exp-not-required", call, flow_place(f), "this version of the jwt gem does not know required_claims (2.3.0 does)");
    return;
  }
  if (off && !is_true(off)) {
    finding *found = fact_find(f->facts, "rb-jwt-exp-not-required", call, flow_place(f), "verify_expiration is false");
    if (found) found->severity = SEVERITY_HIGH;
    if (found && off->kind == N_false) found->fix_diff = required ? fix_node(f->facts, off, "true") : fix_node(f->facts, off->parent, "required_claims: ['exp']");
  } else if (((required && !contains(required, "exp") && required->kind == N_array) || (!required && o->known))) {
    missing = fact_find(f->facts, "rb-jwt-exp-not-required", call, flow_place(f), "exp is not among required_claims");
    if (missing && !required) missing->fix_diff = fix_add_option(f->facts, args, count, "required_claims: ['exp']");
  }
}

static void judge_leeway(flow *f, const node *call, const option_set *o) {
  static const char *const names[] = {"leeway", "exp_leeway", "nbf_leeway", "iat_leeway"};
  static const struct { const char *unit; double seconds; } units[] = {{"minute", 60}, {"hour", 3600}, {"day", 86400}, {"week", 604800}, {"year", 31536000}};
  for (size_t i = 0; i < 4; i++) {
    const node *n = option(o, names[i]);
    double seconds = 0, factor = 1;
    if (!n) continue;
    const node *number = n->kind == N_call && ast_kid(n, F_receiver) ? ast_kid(n, F_receiver) : n;
    for (size_t u = 0; n->kind == N_call && u < 5; u++)
      if (contains(ast_kid(n, F_method), units[u].unit)) factor = units[u].seconds;
    if (n->kind == N_binary && str_eq(n->op, STR("*"))) {
      double right = 0;
      if (str_to_double(ast_kid(n, F_left)->text, &seconds) && str_to_double(ast_kid(n, F_right)->text, &right)) factor = right;
    } else {
      str_to_double(number->text, &seconds);
    }
    if (seconds * factor > 300)
      fact_find(f->facts, "rb-jwt-leeway", call, flow_place(f), "%s is %.0f seconds", names[i], seconds * factor);
  }
}

/* A key that the token's kid picks through files, queries, URLs or methods; a key set from jku or http. */
static void judge_key_source(flow *f, const node *call, const node *n) {
  bool kid = contains(n, "kid"), lookup = contains(n, "File.") || contains(n, "IO.") || contains(n, "Rails.root") || contains(n, "where(\"") ||
             contains(n, "execute") || contains(n, "find_by_sql") || contains(n, "Net::HTTP") || contains(n, "URI.open") || contains(n, "send(") ||
             contains(n, "constantize") || contains(n, "system") || contains(n, "`");
  if (kid && lookup && !contains(n, "basename") && !contains(n, "include?"))
    fact_find(f->facts, "rb-jwt-kid-key", call, flow_place(f), "kid picks the key through %s", contains(n, "File") || contains(n, "Rails.root") ? "a file" : "a query, URL or method");
}

/* A DPoP proof (RFC 9449) has neither issuer nor audience nor expiry: htm, htu and iat stand for them. */
static bool proves_possession(const node *call) {
  const node *method = call;
  while (method && method->kind != N_method && method->kind != N_singleton_method) method = method->parent;
  return method && str_icontains(method->text, STR("dpop")) && contains(method, "htu");
}

void jwt_judge_decode(flow *f, const node *call, const node *const *args, size_t count) {
  option_set o = {.flow = f, .known = true};
  const node *verify = count > 2 ? flow_literal(f, args[2]) : NULL, *block = ast_kid(call, F_block);
  bool json = contains(ast_kid(call, F_receiver), "JSON");
  for (size_t i = json ? 1 : 2; i < count; i++) add_options(&o, args[i]);
  if (json) {
    for (size_t i = 1; i < count; i++)
      if (contains(args[i], "skip_verification")) fact_find(f->facts, "rb-jwt-unverified", call, flow_place(f), "the key is :skip_verification");
    if (count > 1) judge_key(f, args[1]);
    return;
  }
  if (verify && (verify->kind == N_false || verify->kind == N_nil)) {
    finding *found = fact_find(f->facts, "rb-jwt-unverified", call, flow_place(f), "the third argument of JWT.decode is %s", verify->kind == N_false ? "false" : "nil");
    if (found && verify == args[2] && count > 3) found->fix_diff = fix_node(f->facts, verify, "true");
    if (found && verify == args[2] && count == 3) found->fix_diff = fix_node(f->facts, verify, "true, algorithms: ['HS256']");
    return;
  }
  if (count > 1) judge_key(f, args[1]);
  if (block) judge_key_source(f, call, block);
  judge_algorithms(f, call, &o, args, count);
  judge_leeway(f, call, &o);
  if (proves_possession(call)) return;
  judge_expiry(f, call, &o, args, count);
  judge_claim(f, call, &o, "rb-jwt-iss-unchecked", "iss", "verify_iss", &f->iss_checked);
  judge_claim(f, call, &o, "rb-jwt-aud-unchecked", "aud", "verify_aud", &f->aud_checked);
}

/* ---- the class's own checks -------------------------------------------------------------------------------------------------- */

static void own_check(flow *f, const node *n, const char *claim, const char *rule, str_list *to) {
  static const char *const forms[] = {"['%s']", "[\"%s\"]", "[:%s]", "'%s'", "\"%s\"", ":%s"};
  for (size_t i = 0; i < 6; i++) {
    char text[32];
    const char *form = forms[i], *mark = strstr(form, "%s");
    snprintf(text, sizeof text, "%.*s%s%s", (int)(mark - form), form, claim, mark + 2);
    if (contains(n, text) && (i < 3 || contains(n, "dig") || contains(n, "fetch"))) {
      list_push(f->scratch, to, f->klass);
      list_push(f->facts->arena, &f->facts->checks, (check_fact){f->klass, rule});
      return;
    }
  }
}

static void find_checks(flow *f, const node *n) {
  bool compares = (n->kind == N_binary && (str_eq(n->op, STR("==")) || str_eq(n->op, STR("!=")) || str_eq(n->op, STR("<")) || str_eq(n->op, STR(">")) ||
                                           str_eq(n->op, STR("<=")) || str_eq(n->op, STR(">=")))) ||
                  (n->kind == N_call && (contains(ast_kid(n, F_method), "include?") || contains(ast_kid(n, F_method), "secure_compare") || contains(ast_kid(n, F_method), "key?")));
  if (compares) {
    own_check(f, n, "iss", "rb-jwt-iss-unchecked", &f->iss_checked);
    own_check(f, n, "aud", "rb-jwt-aud-unchecked", &f->aud_checked);
    own_check(f, n, "exp", "rb-jwt-exp-not-required", &f->exp_checked);
    return;
  }
  for (size_t i = 0; i < n->count; i++) find_checks(f, n->kids[i]);
}

void jwt_collect_checks(flow *f, const node *class_node) { find_checks(f, class_node); }

/* ---- other calls --------------------------------------------------------------------------------------------------------------- */

static bool tokenish(const node *n) {
  static const char *const words[] = {"token", "jwt", "JWT", "Authorization", "AUTHORIZATION", "authorization"};
  if (!n) return false;
  if (n->kind == N_identifier || n->kind == N_instance_variable) {
    for (size_t i = 0; i < 3; i++)
      if (str_ends(n->text, str_of(words[i])) || str_starts(n->text, STR("jwt"))) return true;
    return false;
  }
  if (n->kind == N_element_reference) return n->count > 1 && (contains(n->kids[1], "token") || contains(n->kids[1], "jwt") || contains(n->kids[1], "uthorization") || contains(n->kids[1], "AUTHORIZATION"));
  if (n->kind != N_interpolation && n->kind != N_string && n->kind != N_binary) return false;
  for (size_t i = 0; i < n->count; i++)
    if (tokenish(n->kids[i])) return true;
  return false;
}

static void judge_encode(flow *f, const node *call, const node *const *args, size_t count) {
  static const char *const sensitive[] = {"password", "ssn", "credit_card", "card_number", "secret", "api_key", "private_key", "host_path", "access_key", "iban",
                                          "encrypted_password", "password_digest", "social_security", "date_of_birth", "aws_secret_access_key", "cvv", "phone", "email"};
  const node *payload = count ? flow_literal(f, args[0]) : NULL;
  for (size_t i = 0; payload && payload->kind == N_hash && i < payload->count; i++) {
    str key = ast_literal(f->scratch, ast_kid(payload->kids[i], F_key));
    for (size_t s = 0; key.ptr && s < sizeof sensitive / sizeof *sensitive; s++)
      if (str_eq(key, str_of(sensitive[s]))) {
        finding *found = fact_find(f->facts, "rb-jwt-sensitive-claims", payload->kids[i], flow_place(f), "the claim %.*s", STR_ARG(key));
        if (found && s >= 16) found->severity = SEVERITY_LOW;
      }
  }
  if (payload && (contains(payload, "'*'") || contains(payload, "\"*\"") || contains(payload, ":*'") || contains(payload, ":*\"")))
    fact_find(f->facts, "rb-scope-wildcard", call, flow_place(f), "the token is given a scope that grants everything");
  if (count > 1) judge_key(f, args[1]);
  const node *alg = count > 2 ? flow_literal(f, args[2]) : NULL;
  str name = ast_literal(f->scratch, alg);
  if ((name.ptr && str_ieq(name, STR("none"))) || (alg && alg->kind == N_nil))
    fact_find(f->facts, "rb-jwt-none", call, flow_place(f), "the token is encoded without a signature");
}

/* Rails sets same_site: :lax by itself since the defaults of 6.1, and secure where production forces TLS. */
static bool flag_set(const flow *f, const node *options, const char *name) {
  const project *p = f->facts->project;
  char off[24];
  snprintf(off, sizeof off, "%s: %s", name, strcmp(name, "same_site") == 0 ? ":none" : "false");
  if (contains(options, name)) return !contains(options, off);
  return p && ((strcmp(name, "same_site") == 0 && p->defaults >= 60100) || (strcmp(name, "secure") == 0 && p->force_ssl));
}

/* cookies[:jwt] = ..., cookies.signed[:token] = ... */
void jwt_judge_assignment(flow *f, const node *assignment, const node *left, const node *right) {
  if (left->kind != N_element_reference || !str_starts(left->text, STR("cookies")) || !tokenish(left)) return;
  right = flow_literal(f, right);
  const node *options = right && right->kind == N_hash ? right : NULL;
  static const char *const flags[] = {"secure", "httponly", "same_site"};
  buf missing = {.arena = f->scratch};
  for (size_t i = 0; i < 3; i++)
    if (!flag_set(f, options, flags[i])) buf_printf(&missing, "%s%s", missing.len ? ", " : "", flags[i]);
  if (missing.len) fact_find(f->facts, "rb-cookie-flags", assignment, flow_place(f), "the cookie is set without %.*s", STR_ARG(buf_str(&missing)));
}

/* Before the defaults of 5.2 a controller is protected only where it says so. */
void jwt_judge_controller(flow *f, const node *class_node, const node *parent) {
  const project *p = f->facts->project;
  bool old = p && (p->defaults ? p->defaults < 50200 : p->rails && p->rails < 50200);
  if (!old || !str_eq(parent->text, STR("ActionController::Base")) || !contains(class_node, "cookies") || contains(class_node, "protect_from_forgery")) return;
  fact_find(f->facts, "rb-csrf-session", class_node, flow_place(f), "this version of Rails protects no controller by itself, and this one reads cookies");
}

/* "https://host/path?token=#{token}" */
void jwt_judge_string(flow *f, const node *n) {
  static const char *const marks[] = {"?token=#{", "&token=#{", "?jwt=#{", "&jwt=#{", "?access_token=#{", "&access_token=#{", "?auth_token=#{", "&auth_token=#{"};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (contains(n, marks[i])) {
      fact_find(f->facts, "rb-token-in-url", n, flow_place(f), "the token is a query parameter");
      return;
    }
}

static void judge_manual_decode(flow *f, const node *call, str method) {
  bool decodes = str_eq(method, STR("decode64")) || str_eq(method, STR("urlsafe_decode64")) || str_eq(method, STR("unpack1"));
  if (!decodes || !(contains(call, "split('.')") || contains(call, "split(\".\")"))) return;
  if (!(contains(call, "[1]") || contains(call, ".second"))) return;
  fact_find(f->facts, "rb-jwt-unverified", call, flow_place(f), "the payload is split off and decoded by hand");
}

static bool is_logger(str receiver, str method) {
  static const char *const levels[] = {"debug", "info", "warn", "error", "fatal", "unknown", "add", "tagged", "log"};
  if (!receiver.len) return str_eq(method, STR("puts")) || str_eq(method, STR("p")) || str_eq(method, STR("pp"));
  if (!str_ends(receiver, STR("logger")) && !str_ends(receiver, STR("Logger")) && !str_ends(receiver, STR("LOG"))) return false;
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (str_eq(method, str_of(levels[i]))) return true;
  return false;
}

/* The protection is off for actions of a file that takes its token from cookies; not where only requests with an
 * Authorization header go past it. */
void jwt_judge_forgery(flow *f, const node *word, str method) {
  bool off = str_eq(method, STR("skip_forgery_protection")) || (str_eq(method, STR("skip_before_action")) && contains(word, "verify_authenticity_token")) ||
             (str_eq(method, STR("protect_from_forgery")) && contains(word, "except:"));
  bool header = contains(word, "if:") && (contains(word, "authorization") || contains(word, "earer"));
  if (off && !header && str_contains(f->facts->text, STR("cookies")))
    fact_find(f->facts, "rb-csrf-session", word, flow_place(f), "this file also takes a token from cookies");
}

void jwt_judge_call(flow *f, const node *call, str receiver, str method, const node *const *args, size_t count) {
  if (str_eq(receiver, STR("JWT")) && str_eq(method, STR("encode"))) judge_encode(f, call, args, count);
  judge_manual_decode(f, call, method);
  if (is_logger(receiver, method))
    for (size_t i = 0; i < count; i++)
      if (tokenish(args[i])) {
        fact_find(f->facts, "rb-token-logged", call, flow_place(f), "a token is among what is logged");
        break;
      }
  if ((str_eq(method, STR("last")) || str_eq(method, STR("second"))) && str_contains(receiver, STR("split")) &&
      str_icontains(receiver, STR("authorization")) && str_eq(method, STR("last")))
    fact_find(f->facts, "rb-jwt-scheme", call, flow_place(f), "the last word of the header is taken");
  if (!receiver.len) jwt_judge_forgery(f, call, method);
}

/* ---- rescue and conditions -------------------------------------------------------------------------------------------------------- */

static bool rescues_verification(const node *rescue) {
  const node *exceptions = ast_kid(rescue, F_exceptions), *around = rescue->parent;
  if (!contains(around, "JWT.decode") && !contains(exceptions, "JWT::")) return false;
  return !exceptions || contains(exceptions, "JWT::") || contains(exceptions, "StandardError") || contains(exceptions, "Exception");
}

void jwt_judge_rescue(flow *f, const node *rescue) {
  const node *body = ast_kid(rescue, F_body);
  if (!rescues_verification(rescue)) return;
  const node *last = body && body->count ? body->kids[body->count - 1] : NULL;
  if (last && last->kind == N_return && last->count) last = last->kids[0]->count ? last->kids[0]->kids[0] : last;
  bool open = false;
  const char *what = "";
  if (last && last->kind == N_true) open = true, what = "true";
  if (last && last->kind == N_hash && last->count && !contains(last, "error") && !contains(last, "false") && !contains(last, "message") && !contains(last, "status")) open = true, what = "claims of its own";
  if (last && (last->kind == N_call || last->kind == N_assignment || last->kind == N_operator_assignment) &&
      (contains(last, "User.") || contains(last, "decode") || contains(last, "guest") || contains(last, "default_user") || contains(last, "payload =") || contains(last, "claims =")) &&
      !contains(last, "nil") && !contains(last, "render") && !contains(last, "= false"))
    open = true, what = "a user or claims all the same";
  if (!body && f->before_action) open = true, what = "nothing, and the filter lets the request pass";
  if (last && last->kind == N_nil && f->before_action && body->count == 1) open = true, what = "nil, and the filter lets the request pass";
  if (open) fact_find(f->facts, "rb-jwt-error-open", rescue, flow_place(f), "the rescue gives back %s", what);
}

bool node_is_claim(flow *f, const node *n) {
  value v = flow_eval(f, n);
  for (size_t i = 0; i < v.from.len; i++)
    if (str_eq(v.from.at[i].slot, STR("$claims"))) return true;
  return str_icontains(n->text, STR("payload")) || str_icontains(n->text, STR("claims")) || str_icontains(n->text, STR("jwt"));
}

static void role_gate(flow *f, const node *n, unsigned depth) {
  static const char *const names[] = {"system_container_role", "host_mount_access", "admin", "is_admin", "superuser", "root", "privileged", "host_access",
                                      "container_role", "super_admin", "sudo", "host_role"};
  if (!n || depth > 8) return;
  const node *receiver = n->kind == N_element_reference && n->count > 1 ? n->kids[0] : n->kind == N_call ? ast_kid(n, F_receiver) : NULL;
  const node *args = n->kind == N_call ? ast_kid(n, F_arguments) : NULL, *name = n->kind == N_call ? ast_kid(n, F_method) : NULL;
  const node *key = n->kind == N_element_reference && n->count > 1 ? n->kids[1] : args && args->count && (contains(name, "dig") || contains(name, "fetch")) ? args->kids[args->count - 1] : NULL;
  str text = ast_literal(f->scratch, key);
  for (size_t i = 0; receiver && text.ptr && i < sizeof names / sizeof *names; i++)
    if (str_eq(text, str_of(names[i])) && node_is_claim(f, receiver)) {
      fact_find(f->facts, "rb-claim-role-gate", n, flow_place(f), "the claim %.*s decides", STR_ARG(text));
      return;
    }
  for (size_t i = 0; i < n->count; i++) role_gate(f, n->kids[i], depth + 1);
}

void jwt_judge_condition(flow *f, const node *condition) { role_gate(f, condition, 0); }
