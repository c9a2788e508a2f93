/* How tokens are decoded: algorithms, keys, claims that must be there, clocks. */
#include "audit/ruby/jwt.h"

bool jwt_is_decode(const node *call, str receiver, str method) {
  (void)call;
  if (str_starts(receiver, STR("::")))
    receiver = str_sub(receiver, 2, receiver.len);
  if (str_eq(receiver, STR("JWT::Decode")) && str_eq(method, STR("new")))
    return true;
  if (str_eq(receiver, STR("JSON::JWT")) && (str_eq(method, STR("decode_compact_serialized")) ||
                                             str_eq(method, STR("decode_json_serialized"))))
    return true;
  return (str_eq(receiver, STR("JWT")) || str_eq(receiver, STR("JSON::JWT"))) &&
         str_eq(method, STR("decode"));
}

static unsigned version_of(const flow *f) {
  return f->facts->project ? f->facts->project->jwt : 0;
}

static bool is_true(const node *n) {
  return n && n->kind != N_false && n->kind != N_nil;
}

static bool is_none(str text) {
  return str_ieq(text, STR("none"));
}

static bool is_exp(str text) {
  return str_eq(text, STR("exp"));
}

/* ---- algorithms ------------------------------------------------------------------------------ */

static bool shared(str alg) {
  return str_starts(alg, STR("HS"));
}

static bool public_key(str alg) {
  return str_starts(alg, STR("RS")) || str_starts(alg, STR("ES")) || str_starts(alg, STR("PS")) ||
         str_starts(alg, STR("Ed"));
}

/* What the call accepts, from the value of algorithm(s). */
static void judge_accepted(flow *f, const node *call, const node *list) {
  bool hs = literal_within(f, list, shared), pk = literal_within(f, list, public_key);
  bool several = node_is_list(list) && list->count > 1;
  if (literal_within(f, list, is_none))
    fact_find(f->facts, "rb-jwt-none", call, flow_place(f),
              "none is among the accepted algorithms");
  if (hs && pk && several)
    fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f),
              "the list mixes shared-secret and public-key algorithms");
  value v = flow_eval(f, list);
  bool read = list->kind == N_element_reference || list->kind == N_call;
  if (read && node_has(list, "header") &&
      (node_has(list, "'alg'") || node_has(list, "\"alg\"") || node_has(list, ":alg")))
    fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f),
              "the algorithm is taken from the token's header");
  else if (value_is_from(&v, "$header") || value_is_from(&v, "$claims"))
    fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f),
              "the algorithm is taken from the token");
}

static const node *accepted_algorithms(const option_set *o) {
  const node *list = option_named(o, "algorithms");
  return list ? list : option_named(o, "algorithm");
}

static void judge_algorithms(flow *f, const node *call, const option_set *o,
                             const node *const *args, size_t count) {
  const node *list = option_named(o, "algorithms"), *one = option_named(o, "algorithm");
  unsigned jwt = version_of(f);
  if (jwt && jwt < 20000 && !one && (list || o->known)) { /* such versions read algorithm: alone */
    finding *found =
        fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f),
                  "no algorithm: is given: this version of the jwt gem takes the token's own%s",
                  list ? ", and does not know algorithms:" : "");
    if (found && count > 1 && key_is_own(f, args[1]))
      found->severity = SEVERITY_LOW; /* a text: no algorithm but HMAC takes it */
  } else if (list || one) {
    judge_accepted(f, call, accepted_algorithms(o));
  } else if (o->known && !(jwt >= 20000 && jwt < 20100)) { /* 2.0 refuses to decode without one */
    finding *found = fact_find(f->facts, "rb-jwt-alg-unpinned", call, flow_place(f),
                               "no algorithm is named: the jwt gem takes HS256");
    if (found)
      found->severity = SEVERITY_LOW;
    if (found)
      found->fix_diff = fix_add_option(f->facts, args, count, "algorithms: ['HS256']");
  }
}

/* ---- claims ---------------------------------------------------------------------------------- */

/* With a key that the application alone has there is one issuer; what is left is a token made for
 * another purpose. */
static void judge_claim(flow *f, const node *call, const option_set *o, const char *rule,
                        const char *name, const char *verify, const str_list *own) {
  const node *wanted = option_named(o, name), *asked = option_named(o, verify),
             *args = ast_kid(call, F_arguments);
  finding *found = NULL;
  if (str_list_has(own, f->klass))
    return;
  if (asked && is_true(asked) && (!wanted ? o->known : wanted->kind == N_nil))
    found = fact_find(f->facts, rule, call, flow_place(f),
                      "%s is true without %s: the jwt gem then compares nothing", verify, name);
  else if (!is_true(asked) && (asked || o->known))
    found =
        fact_find(f->facts, rule, call, flow_place(f),
                  wanted ? "%s is not true, so %s is not compared" : "neither %s nor %s is given",
                  verify, name);
  if (found && args && args->count > 1 && key_is_own(f, args->kids[1]))
    found->severity = SEVERITY_MEDIUM;
}

static void judge_expiry(flow *f, const node *call, const option_set *o, const node *const *args,
                         size_t count) {
  const node *off = option_named(o, "verify_expiration"),
             *required = option_named(o, "required_claims");
  bool named = required && literal_within(f, required, is_exp),
       written = node_is_list(required) || (required && required->kind == N_string);
  if (str_list_has(&f->exp_checked, f->klass))
    return;
  if (named && version_of(f) && version_of(f) < 20300) {
    fact_find(f->facts, "rb-jwt-exp-not-required", call, flow_place(f),
              "this version of the jwt gem does not know required_claims (2.3.0 does)");
  } else if (off && !is_true(off)) {
    finding *found = fact_find(f->facts, "rb-jwt-exp-not-required", call, flow_place(f),
                               "verify_expiration is false");
    if (found)
      found->severity = SEVERITY_HIGH;
    if (found && off->kind == N_false)
      found->fix_diff = required ? fix_node(f->facts, off, "true")
                                 : fix_node(f->facts, off->parent, "required_claims: ['exp']");
  } else if ((required && !named && written) || (!required && o->known)) {
    finding *missing = fact_find(f->facts, "rb-jwt-exp-not-required", call, flow_place(f),
                                 "exp is not among required_claims");
    if (missing && !required)
      missing->fix_diff = fix_add_option(f->facts, args, count, "required_claims: ['exp']");
  }
}

/* ---- clocks ---------------------------------------------------------------------------------- */

static double number_of(flow *f, str text) {
  buf b = {.arena = f->scratch};
  double out = 0;
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] != '_')
      buf_char(&b, text.ptr[i]);
  return b.len && str_to_double(buf_str(&b), &out) ? out : 0;
}

/* 600, 10 * 60, 10.minutes.to_i, a constant; 0 when it is not written out. */
static double seconds_of(flow *f, const node *n, unsigned depth) {
  static const struct {
    const char *unit;
    double seconds;
  } units[] = {{"second", 1},    {"minute", 60},     {"hour", 3600},    {"day", 86400},
               {"week", 604800}, {"month", 2629746}, {"year", 31556952}};

  n = flow_literal(f, n);
  if (!n || depth > 8)
    return 0;
  if (n->kind == N_integer || n->kind == N_float)
    return number_of(f, n->text);
  if (n->kind == N_binary) {
    double left = seconds_of(f, ast_kid(n, F_left), depth + 1),
           right = seconds_of(f, ast_kid(n, F_right), depth + 1);
    return str_eq(n->op, STR("*")) ? left * right : str_eq(n->op, STR("+")) ? left + right : 0;
  }
  if (n->kind != N_call || !ast_kid(n, F_receiver))
    return 0;
  double seconds = seconds_of(f, ast_kid(n, F_receiver), depth + 1);
  for (size_t u = 0; u < sizeof units / sizeof *units; u++)
    if (str_starts(node_name(n), str_of(units[u].unit)))
      return seconds * units[u].seconds;
  return str_eq(node_name(n), STR("to_i")) || str_eq(node_name(n), STR("in_seconds")) ? seconds : 0;
}

static void judge_leeway(flow *f, const node *call, const option_set *o) {
  static const char *const names[] = {"leeway", "exp_leeway", "nbf_leeway", "iat_leeway"};
  for (size_t i = 0; i < 4; i++) {
    double seconds = seconds_of(f, option_named(o, names[i]), 0);
    if (seconds > 300)
      fact_find(f->facts, "rb-jwt-leeway", call, flow_place(f), "%s is %.0f seconds", names[i],
                seconds);
  }
}

/* ---- decode ---------------------------------------------------------------------------------- */

/* A DPoP proof (RFC 9449) has neither issuer nor audience nor expiry: htm, htu and iat stand for
 * them. */
static bool proves_possession(const node *call) {
  const node *method = call;
  while (method && method->kind != N_method && method->kind != N_singleton_method)
    method = method->parent;
  return method && str_icontains(method->text, STR("dpop")) && node_has(method, "htu");
}

/* A claim is the digest of the request's body: the token signs this one request, for whoever gets
 * it. */
static bool signs_request(const node *call) {
  const node *method = node_method(call);
  return node_has(method, "digest(") && node_has(method, "body") &&
         (node_has(method, "secure_compare") || node_has(method, "==") || node_has(method, "!="));
}

/* JSON::JWT verifies the signature and no claim. */
static void judge_json(flow *f, const node *call, const node *const *args, size_t count) {
  option_set none = {.flow = f, .known = true};
  for (size_t i = 1; i < count; i++)
    if (node_has(args[i], "skip_verification")) {
      fact_find(f->facts, "rb-jwt-unverified", call, flow_place(f),
                "the key is :skip_verification");
      return;
    }
  if (count > 1)
    key_judge(f, args[1], count > 2 ? args[2] : NULL);
  if (count < 2)
    return;
  judge_expiry(f, call, &none, args, 0);
  judge_claim(f, call, &none, "rb-jwt-iss-unchecked", "iss", "verify_iss", &f->iss_checked);
  judge_claim(f, call, &none, "rb-jwt-aud-unchecked", "aud", "verify_aud", &f->aud_checked);
}

/* false, nil, !true, verify = false */
static bool is_off(flow *f, const node *verify) {
  const node *n = verify && verify->kind == N_assignment ? ast_kid(verify, F_right) : verify;
  n = n ? flow_literal(f, n) : NULL;
  if (n && n->kind == N_unary && str_eq(n->op, STR("!")))
    return ast_kid(n, F_operand) && ast_kid(n, F_operand)->kind == N_true;
  return n && (n->kind == N_false || n->kind == N_nil);
}

/* The key comes from elsewhere than the second argument: a block, or what the options name. */
static bool gives_key(const node *call, const option_set *o, const node *const *args,
                      size_t count) {
  bool block = ast_kid(call, F_block) || args[count - 1]->kind == N_block_argument;
  return block || option_named(o, "jwks") || option_named(o, "x5c");
}

/* response["token"], where the method says response = X.post("https://..."): over TLS from who made
 * it (OpenID Connect Core 3.1.3.7). */
static bool came_by_tls(const node *n, str name) {
  const node *left = n->kind == N_assignment ? ast_kid(n, F_left) : NULL;
  bool named = left && left->kind == N_identifier && str_eq(left->text, name);
  if (named)
    return node_has(ast_kid(n, F_right), "\"https://") &&
           (node_has(n, ".get(") || node_has(n, ".post("));
  for (size_t i = 0; i < n->count; i++)
    if (came_by_tls(n->kids[i], name))
      return true;
  return false;
}

static bool answered_by_tls(const node *token) {
  const node *root = token;
  while (root && (root->kind == N_call || root->kind == N_element_reference))
    root = root->kind == N_call ? ast_kid(root, F_receiver) : root->count ? root->kids[0] : NULL;
  return root && root != token && root->kind == N_identifier &&
         came_by_tls(node_method(token), root->text);
}

/* Verifying is switched on by a patch only where there is a key to verify with. */
static void judge_off(flow *f, const node *call, const option_set *o, const node *const *args,
                      size_t count) {
  const node *verify = args[2];
  peek seen = jwt_peeks(f, call);
  if (seen == PEEK_FOR_KEY)
    return;
  finding *found =
      fact_find(f->facts, "rb-jwt-unverified", call, flow_place(f),
                "the third argument of JWT.decode is %.*s", STR_ARG(flow_literal(f, verify)->text));
  if (found && seen == PEEK_SHARED)
    found->severity = SEVERITY_LOW; /* used for the key alone, as far as this file goes */
  if (found && seen != PEEK_SHARED && answered_by_tls(args[0]))
    found->severity = SEVERITY_MEDIUM;
  bool keyless = key_is_none(f, args[1]) && !gives_key(call, o, args, count);
  bool plain = !keyless && (verify->kind == N_false || verify->kind == N_nil);
  if (found && plain && count > 3)
    found->fix_diff = fix_node(f->facts, verify, "true");
  if (found && plain && count == 3)
    found->fix_diff = fix_node(f->facts, verify, "true, algorithms: ['HS256']");
  const node *list = accepted_algorithms(o);
  if (list && literal_within(f, list, is_none))
    fact_find(f->facts, "rb-jwt-none", call, flow_place(f),
              "none is named, where nothing is verified anyway");
}

/* The class follows the token's certificates to a root that it has itself. */
static bool follows_chain(const node *call) {
  const node *class_node = call;
  while (class_node->parent && class_node->kind != N_class)
    class_node = class_node->parent;
  bool by_hand = node_has(class_node, ".verify(") && node_has(class_node, "public_key") &&
                 str_icontains(class_node->text, STR("root"));
  return node_has(class_node, "X509") && (by_hand || node_has(class_node, "X509::Store"));
}

static void find_key_of_token(flow *f, const node *call) {
  bool chain = follows_chain(call);
  finding *found = fact_find(f->facts, "rb-jwt-jwks-untrusted", call, flow_place(f),
                             "the key is the token's own%s",
                             chain ? "; the class itself follows its certificates" : "");
  if (found && chain)
    found->severity = SEVERITY_LOW;
}

/* The key that the call verifies with came with the token itself. */
static void judge_own_key(flow *f, const node *call, const node *key) {
  value v = flow_eval(f, key);
  bool element = key->kind == N_element_reference || key->kind == N_call,
       named = element || key->kind == N_identifier;
  if (!((element && value_is_from(&v, "$header") && node_has(key, "jwk")) ||
        (named && value_is_from(&v, "$claims"))))
    return;
  find_key_of_token(f, call);
}

/* An empty text is found where all keys are; nil counts only where nothing else gives a key. */
static void judge_no_key(flow *f, const node *call, const option_set *o, const node *const *args,
                         size_t count) {
  const node *key = flow_literal(f, args[1]), *list = accepted_algorithms(o);
  if (!key || key->kind != N_nil || !o->known || gives_key(call, o, args, count) ||
      (list && !literal_within(f, list, shared)))
    return;
  fact_find(f->facts, "rb-jwt-secret-weak", call, flow_place(f),
            "the key is nil, and neither block nor options give one");
}

void jwt_judge_decode(flow *f, const node *call, const node *const *args, size_t count) {
  option_set o = {.flow = f, .known = true};
  if (node_has(ast_kid(call, F_receiver), "JSON")) {
    judge_json(f, call, args, count);
    return;
  }
  for (size_t i = 2; i < count; i++)
    options_add(&o, args[i]);
  if (count > 2 && is_off(f, args[2])) {
    judge_off(f, call, &o, args, count);
    return;
  }
  if (count > 1)
    key_judge(f, args[1], accepted_algorithms(&o));
  if (count > 1)
    judge_own_key(f, call, args[1]);
  if (count > 1)
    judge_no_key(f, call, &o, args, count);
  judge_algorithms(f, call, &o, args, count);
  judge_leeway(f, call, &o);
  if (proves_possession(call))
    return;
  judge_expiry(f, call, &o, args, count);
  if (signs_request(call))
    return;
  judge_claim(f, call, &o, "rb-jwt-iss-unchecked", "iss", "verify_iss", &f->iss_checked);
  judge_claim(f, call, &o, "rb-jwt-aud-unchecked", "aud", "verify_aud", &f->aud_checked);
}

/* ---- without JWT.decode ---------------------------------------------------------------------- */

void jwt_judge_by_hand(flow *f, const node *decoding) {
  fact_find(f->facts, "rb-jwt-unverified", decoding, flow_place(f),
            "the payload is split off and decoded by hand");
}

static void judge_token_claims(flow *f, const node *call, const node *const *args, size_t count) {
  const node *around = node_method(call);
  bool later = node_has(around, "verify_claims!") || node_has(around, "valid_claims?"), iss = false,
       aud = false, exp = false;
  for (size_t i = 0; i < count; i++) {
    iss |= node_has(args[i], "iss:"), aud |= node_has(args[i], "aud:");
    exp |= node_has(args[i], "required") && node_has(args[i], "exp");
  }
  iss |= later && node_has(around, "iss:"), aud |= later && node_has(around, "aud:"),
      exp |= later && node_has(around, "required");
  if (!exp && !str_list_has(&f->exp_checked, f->klass))
    fact_find(f->facts, "rb-jwt-exp-not-required", call, flow_place(f), "no claim is required");
  if (!iss && !str_list_has(&f->iss_checked, f->klass))
    fact_find(f->facts, "rb-jwt-iss-unchecked", call, flow_place(f),
              "iss is not among what is verified");
  if (!aud && !str_list_has(&f->aud_checked, f->klass))
    fact_find(f->facts, "rb-jwt-aud-unchecked", call, flow_place(f),
              "aud is not among what is verified");
}

/* JWT::EncodedToken: verify!(signature: {algorithm:, key:}, claims: [...]), verify_signature!(...),
 * unverified_payload. */
void jwt_judge_encoded_token(flow *f, const node *call, str method, const node *const *args,
                             size_t count) {
  option_set o = {.flow = f, .known = true};
  bool whole = str_eq(method, STR("verify!")) || str_eq(method, STR("valid?")),
       signature =
           str_eq(method, STR("verify_signature!")) || str_eq(method, STR("valid_signature?"));
  const node *around = node_method(call);
  if (str_eq(method, STR("unverified_payload")) && !node_has(around, "verify!") &&
      !node_has(around, "verify_signature!") && !node_has(around, "valid?"))
    fact_find(f->facts, "rb-jwt-unverified", call, flow_place(f), "the payload is read unverified");
  if (!whole && !signature)
    return;
  for (size_t i = 0; i < count; i++)
    options_add(&o, args[i]);
  if (option_named(&o, "signature"))
    options_add(&o, option_named(&o, "signature"));
  const node *algorithm = option_named(&o, "algorithm");
  key_judge(f, option_named(&o, "key"), algorithm);
  if (algorithm)
    judge_accepted(f, call, algorithm);
  judge_token_claims(f, call, args, count);
}

/* JWT::JWK.import(header['jwk']),
 * OpenSSL::X509::Certificate.new(Base64.decode64(header['x5c'].first)) */
void jwt_judge_header_key(flow *f, const node *call, str receiver, str method,
                          const node *const *args, size_t count) {
  bool jwk = str_ends(receiver, STR("JWT::JWK")) || str_ends(receiver, STR("JSON::JWK")),
       x509 = str_ends(receiver, STR("X509::Certificate"));
  if (!count || !(jwk || x509) || !(str_eq(method, STR("new")) || str_eq(method, STR("import"))))
    return;
  value v = flow_eval(f, args[0]);
  bool chained = node_has(node_method(call), ".verify(") || node_has(node_method(call), "Store");
  if (value_is_from(&v, "$header") && !(x509 && chained))
    find_key_of_token(f, call);
}
