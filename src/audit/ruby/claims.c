/* What goes into tokens: payloads, and the calls that make them. */
#include "audit/ruby/jwt.h"

static bool is_shared(str text) {
  return str_starts(text, STR("HS"));
}

static bool is_none(str text) {
  return str_ieq(text, STR("none"));
}

static bool is_wildcard(str text) {
  str rest = text, word;
  while (str_next(&rest, ' ', &word))
    if (str_eq(word, STR("*")) || str_ends(word, STR(":*")) || str_ends(word, STR(".*")))
      return true;
  return false;
}

/* Those from the last two on say less. */
static const char *const SENSITIVE[] = {"password",
                                        "ssn",
                                        "credit_card",
                                        "card_number",
                                        "secret",
                                        "api_key",
                                        "private_key",
                                        "host_path",
                                        "access_key",
                                        "iban",
                                        "encrypted_password",
                                        "password_digest",
                                        "social_security",
                                        "date_of_birth",
                                        "aws_secret_access_key",
                                        "cvv",
                                        "phone",
                                        "email",
                                        NULL};

enum { SENSITIVE_MILD = 16 };

static void judge_name(flow *f, const node *at, str key) {
  for (size_t s = 0; key.ptr && SENSITIVE[s]; s++)
    if (str_eq(key, str_of(SENSITIVE[s]))) {
      finding *found = fact_find(f->facts, "rb-jwt-sensitive-claims", at, flow_place(f),
                                 "the claim %.*s", STR_ARG(key));
      if (found && s >= SENSITIVE_MILD)
        found->severity = SEVERITY_LOW;
    }
}

static void judge_pairs(flow *f, const node *call, const option_set *o, unsigned depth) {
  static const char *const grants[] = {"scope", "scopes", "scp",       "permissions", "privileges",
                                       "roles", "role",   "abilities", NULL};
  for (size_t i = 0; i < o->count; i++) {
    str key = ast_literal(f->scratch, ast_kid(o->pairs[i], F_key));
    const node *v = flow_literal(f, ast_kid(o->pairs[i], F_value));
    judge_name(f, o->pairs[i], key);
    if (key.ptr && flow_in(key, grants) && v && literal_within(f, v, is_wildcard))
      fact_find(f->facts, "rb-scope-wildcard", call, flow_place(f),
                "the token is given a scope that grants everything");
    if (!v || v->kind != N_hash || depth > 3)
      continue;
    option_set inner = {.flow = f, .known = true};
    options_add(&inner, v);
    judge_pairs(f, call, &inner, depth + 1);
  }
}

/* user.attributes, user.as_json: whatever the table has. */
static void judge_whole_object(flow *f, const node *payload) {
  static const char *const wholes[] = {"attributes", "as_json", "serializable_hash", NULL};
  const node *args = payload->kind == N_call ? ast_kid(payload, F_arguments) : NULL;
  if (payload->kind == N_call && ast_kid(payload, F_receiver) &&
      flow_in(node_name(payload), wholes) && !(args && args->count))
    fact_find(f->facts, "rb-jwt-sensitive-claims", payload, flow_place(f),
              "all attributes of an object, by %.*s", STR_ARG(node_name(payload)));
}

void payload_judge(flow *f, const node *call, const node *payload) {
  option_set o = {.flow = f, .known = true};
  options_add(&o, payload);
  judge_pairs(f, call, &o, 0);
  const node *n = flow_literal(f, payload);
  if (n)
    judge_whole_object(f, n);
}

static void judge_payloads(flow *f, const node *call, const node *const *args, size_t count) {
  for (size_t i = 0; i < count; i++)
    payload_judge(f, call, args[i]);
}

static void judge_algorithm(flow *f, const node *call, const node *alg) {
  if (alg && (alg->kind == N_nil || literal_within(f, alg, is_none)))
    fact_find(f->facts, "rb-jwt-none", call, flow_place(f),
              "the token is encoded without a signature");
}

static void judge_encode(flow *f, const node *call, const node *const *args, size_t count) {
  if (count)
    payload_judge(f, call, args[0]);
  if (count > 2 && key_is_none(f, args[1]) && literal_within(f, args[2], is_shared))
    fact_find(f->facts, "rb-jwt-secret-weak", call, flow_place(f),
              "the token is signed with an empty key");
  if (count > 1)
    key_judge(f, args[1], count > 2 ? args[2] : NULL);
  judge_algorithm(f, call, count > 2 ? args[2] : NULL);
}

/* JSON::JWT.new(...).sign(key, :alg) */
static void judge_sign(flow *f, const node *call, const node *const *args, size_t count) {
  if (count)
    key_judge(f, args[0], count > 1 ? args[1] : NULL);
  judge_algorithm(f, call, count > 1 ? args[1] : NULL);
}

/* JWT::Token.new(payload:).sign!(algorithm:, key:) */
static void judge_token_sign(flow *f, const node *call, const node *const *args, size_t count) {
  option_set o = {.flow = f, .known = true};
  for (size_t i = 0; i < count; i++)
    options_add(&o, args[i]);
  key_judge(f, option_named(&o, "key"), option_named(&o, "algorithm"));
  judge_algorithm(f, call, option_named(&o, "algorithm"));
}

/* JWT::JWK.new(kty: 'oct', k: '...') */
static void judge_jwk(flow *f, const node *const *args, size_t count) {
  option_set o = {.flow = f, .known = true};
  for (size_t i = 0; i < count; i++)
    options_add(&o, args[i]);
  const node *secret = option_named(&o, "k") ? option_named(&o, "k") : option_named(&o, "d");
  if (secret && ast_literal(f->scratch, secret).len)
    fact_find(f->facts, "rb-jwt-secret-hardcoded", secret, flow_place(f),
              "a literal JWK with its secret part serves as the key");
}

/* JsonWebToken.encode(user_id: 1, password: p): a helper of the application. */
static bool helper_makes_token(str receiver, str method) {
  static const char *const methods[] = {
      "encode",       "issue",      "issue_token", "encode_token", "generate_token",
      "generate_jwt", "jwt_encode", "encode_jwt",  "create_token", NULL};
  if (!flow_in(method, methods))
    return false;
  bool named = str_contains(method, STR("token")) || str_contains(method, STR("jwt"));
  return receiver.len ? str_icontains(receiver, STR("jwt")) || str_contains(receiver, STR("Token"))
                      : named;
}

void jwt_judge_making(flow *f, const node *call, str receiver, str method, const node *const *args,
                      size_t count) {
  if (str_starts(receiver, STR("::")))
    receiver = str_sub(receiver, 2, receiver.len);
  const value *held = scope_find(&f->scope, receiver);
  bool token =
      (held && str_eq(held->klass, STR("Token"))) || str_starts(receiver, STR("JWT::Token.new"));
  if (str_eq(receiver, STR("JWT")) && str_eq(method, STR("encode")))
    judge_encode(f, call, args, count);
  else if (str_eq(receiver, STR("JSON::JWT")) && str_eq(method, STR("new")))
    judge_payloads(f, call, args, count);
  else if (str_eq(method, STR("sign")) && (str_starts(receiver, STR("JSON::JWT.new")) ||
                                           (held && str_eq(held->klass, STR("JWT")))))
    judge_sign(f, call, args, count);
  else if (str_eq(method, STR("sign!")) && token)
    judge_token_sign(f, call, args, count);
  else if (str_eq(receiver, STR("JWT::JWK")) &&
           (str_eq(method, STR("new")) || str_eq(method, STR("import"))))
    judge_jwk(f, args, count);
  else if (helper_makes_token(receiver, method))
    judge_payloads(f, call, args, count);
}

/* payload[:password] = ...; payload['scope'] = '*' */
void jwt_judge_payload_key(flow *f, const node *assignment, const node *left, const node *right) {
  static const char *const names[] = {"payload",     "claims",       "token_payload",
                                      "jwt_payload", "token_claims", NULL};
  if (left->kind != N_element_reference || left->count < 2 ||
      !flow_in(left->kids[0]->text, names) || !encodes_token(node_method(assignment)))
    return;
  str key = ast_literal(f->scratch, left->kids[1]);
  judge_name(f, assignment, key);
  if (str_starts(key, STR("sco")) && literal_within(f, right, is_wildcard))
    fact_find(f->facts, "rb-scope-wildcard", assignment, flow_place(f),
              "the token is given a scope that grants everything");
}

/* ---- lists of scopes ------------------------------------------------------------------------- */

void jwt_judge_scopes(flow *f, const node *assignment, str name, const node *right) {
  if (!str_contains(name, STR("SCOPE")))
    return;
  if (literal_within(f, right, is_wildcard))
    fact_find(f->facts, "rb-scope-wildcard", assignment, flow_place(f),
              "the list holds a wildcard scope");
  bool allows = str_contains(name, STR("ALLOW")) || str_contains(name, STR("VALID")) ||
                str_contains(name, STR("PERMIT")) || str_contains(name, STR("KNOWN"));
  if (allows && node_is_list(flow_literal(f, right)))
    list_push(f->facts->arena, &f->facts->allow_lists,
              (named_place){name, assignment->line, assignment->column});
}

/* A claim's value that grants everything: claims['scopes'].include?('*') where that lets something
 * through. */
void jwt_judge_wildcard_test(flow *f, const node *call, str method, const node *const *args,
                             size_t count) {
  const node *receiver = ast_kid(call, F_receiver), *block = ast_kid(call, F_block);
  bool tests = str_eq(method, STR("include?")) || str_eq(method, STR("member?"));
  bool any = str_eq(method, STR("any?")) && block && node_has(block, ":*") &&
             (node_has(block, "end_with?") || node_has(block, "=="));
  if (str_eq(method, STR("fnmatch?")) || str_eq(method, STR("fnmatch"))) {
    if (count && node_has(args[0], "scope") && node_is_claim(f, args[0]))
      fact_find(f->facts, "rb-scope-wildcard", call, flow_place(f),
                "a claim is the pattern that decides");
    return;
  }
  if (!receiver || !(any || (tests && count && literal_within(f, args[0], is_wildcard))))
    return;
  bool scopes = str_icontains(receiver->text, STR("scope")) ||
                str_icontains(receiver->text, STR("permission"));
  const node *guard = call->parent;
  while (guard && (guard->kind == N_binary || guard->kind == N_parenthesized_statements))
    guard = guard->parent;
  bool refuses =
      guard && (guard->kind == N_if_modifier || guard->kind == N_if) &&
      (node_has(guard, "raise") || node_has(guard, "forbidden") || node_has(guard, "fail "));
  if (scopes && !refuses && node_is_claim(f, receiver))
    fact_find(f->facts, "rb-scope-wildcard", call, flow_place(f),
              "one value of the claim grants everything");
}

/* ---- privileges ------------------------------------------------------------------------------ */

static bool privileged_role(str text) {
  static const char *const roles[] = {"admin",       "administrator", "root",   "superuser",
                                      "super_admin", "superadmin",    "system", NULL};
  return flow_in(text, roles);
}

bool node_is_claim(flow *f, const node *n) {
  value v = flow_eval(f, n);
  if (value_is_from(&v, "$claims"))
    return true;
  return str_icontains(n->text, STR("payload")) || str_icontains(n->text, STR("claims")) ||
         str_icontains(n->text, STR("jwt")) || str_starts(n->text, STR("decoded"));
}

/* The claim's name and what it is taken from. */
static str claim_read(flow *f, const node *n, const node **receiver) {
  const node *args = n->kind == N_call ? ast_kid(n, F_arguments) : NULL;
  bool fetch = n->kind == N_call && str_eq(node_name(n), STR("fetch")),
       dig = n->kind == N_call && str_eq(node_name(n), STR("dig"));
  *receiver = n->kind == N_element_reference && n->count > 1 ? n->kids[0]
              : (fetch || dig) && args && args->count        ? ast_kid(n, F_receiver)
                                                             : NULL;
  if (!*receiver)
    return (str){0};
  return ast_literal(f->scratch, n->kind == N_element_reference
                                     ? n->kids[1]
                                     : args->kids[dig ? args->count - 1 : 0]);
}

static void judge_flag(flow *f, const node *n) {
  static const char *const names[] = {"system_container_role",
                                      "host_mount_access",
                                      "admin",
                                      "is_admin",
                                      "superuser",
                                      "root",
                                      "privileged",
                                      "host_access",
                                      "container_role",
                                      "super_admin",
                                      "sudo",
                                      "host_role",
                                      NULL};
  const node *receiver;
  str text = claim_read(f, n, &receiver);
  if (receiver && text.ptr && flow_in(text, names) && node_is_claim(f, receiver))
    fact_find(f->facts, "rb-claim-role-gate", n, flow_place(f), "the claim %.*s decides",
              STR_ARG(text));
}

static const node *role_read(flow *f, const node *n, unsigned depth) {
  static const char *const names[] = {"role", "roles", "user_role", "groups", "group", NULL};
  const node *receiver;
  str text = claim_read(f, n, &receiver);
  if (receiver && text.ptr && flow_in(text, names) && node_is_claim(f, receiver))
    return n;
  for (size_t i = 0; depth < 6 && i < n->count; i++) {
    const node *found = role_read(f, n->kids[i], depth + 1);
    if (found)
      return found;
  }
  return NULL;
}

/* payload['role'] == 'admin', roles.include?('admin'): a role that the token says it has. */
static void judge_role(flow *f, const node *n) {
  static const char *const tests[] = {"include?", "member?", "in?", "eql?", NULL};
  bool equals = n->kind == N_binary && (str_eq(n->op, STR("==")) || str_eq(n->op, STR("!="))),
       asks = n->kind == N_call && flow_in(node_name(n), tests);
  if (!equals && !asks)
    return;
  const node *read = role_read(f, n, 0);
  bool names_one = false;
  for (size_t i = 0; read && i < n->count; i++)
    names_one |= literal_within(f, n->kids[i], privileged_role);
  finding *found = names_one
                       ? fact_find(f->facts, "rb-claim-role-gate", n, flow_place(f),
                                   "the claim %.*s decides", STR_ARG(str_sub(read->text, 0, 60)))
                       : NULL;
  if (found)
    found->severity = SEVERITY_MEDIUM;
}

static void gate(flow *f, const node *n, unsigned depth) {
  if (!n || depth > 8)
    return;
  judge_flag(f, n);
  judge_role(f, n);
  for (size_t i = 0; i < n->count; i++)
    gate(f, n->kids[i], depth + 1);
}

/* Not where the same condition asks the application's own records too. */
void jwt_judge_condition(flow *f, const node *condition) {
  const node *whole = condition;
  while (whole && whole->parent &&
         (whole->parent->kind == N_binary || whole->parent->kind == N_parenthesized_statements))
    whole = whole->parent;
  bool looked_up =
      node_has(whole, ".find(") || node_has(whole, ".find_by") || node_has(whole, "current_user.");
  if (!looked_up)
    gate(f, condition, 0);
}

/* case payload['role'] when 'admin' */
void jwt_judge_case(flow *f, const node *n) {
  const node *subject = ast_kid(n, F_value);
  if (!subject || !role_read(f, subject, 0))
    return;
  for (size_t i = 0; i < n->count; i++)
    for (size_t k = 0; n->kids[i]->kind == N_when && k < n->kids[i]->count; k++) {
      const node *pattern = n->kids[i]->kids[k];
      if (pattern->field != F_pattern || !pattern->count ||
          !literal_within(f, pattern->kids[0], privileged_role))
        continue;
      finding *found = fact_find(f->facts, "rb-claim-role-gate", n, flow_place(f),
                                 "the claim %.*s decides", STR_ARG(str_sub(subject->text, 0, 60)));
      if (found)
        found->severity = SEVERITY_MEDIUM;
      return;
    }
}

/* def admin? = payload['admin'] */
void jwt_judge_predicate(flow *f, const node *method) {
  const node *name = ast_kid(method, F_name), *body = ast_kid(method, F_body);
  if (name && body && str_ends(name->text, STR("?")) && body->kind != N_if) {
    const node *last =
        body->kind == N_body_statement && body->count ? body->kids[body->count - 1] : body;
    if (last->kind == N_binary || last->kind == N_call || last->kind == N_element_reference ||
        last->kind == N_unary)
      jwt_judge_condition(f, last);
  }
}
