/* Keys that stand in the source, however they are reached. */
#include "audit/ruby/jwt.h"
#include "audit/secret_names.h"

static bool weak_secret_known(str secret) {
  str rest = jwt_weak_secrets(), line;
  while (str_next(&rest, '\n', &line))
    if (str_eq(line, secret))
      return true;
  return false;
}

static bool is_hs512(str text) {
  return str_eq(text, STR("HS512"));
}

static bool is_hs384(str text) {
  return str_eq(text, STR("HS384"));
}

/* RFC 7518 section 3.2: a key of the same size as the hash output, or larger. */
typedef struct {
  size_t least;
  const char *algorithm;
} key_use;

static key_use use_of(flow *f, const node *algorithm) {
  if (algorithm && literal_within(f, algorithm, is_hs512))
    return (key_use){64, "HS512"};
  if (algorithm && literal_within(f, algorithm, is_hs384))
    return (key_use){48, "HS384"};
  return (key_use){32, "HS256"};
}

static void judge_length(flow *f, const node *at, str secret, key_use use) {
  const char *rule = "rb-jwt-secret-weak";
  if (weak_secret_known(secret)) {
    fact_find(f->facts, rule, at, flow_place(f), "the key has %zu bytes and stands in public lists",
              secret.len);
  } else if (secret.len < 32) {
    fact_find(f->facts, rule, at, flow_place(f), "the key has %zu bytes, %zu are the least for %s",
              secret.len, use.least, use.algorithm);
  } else if (secret.len < use.least) { /* against the standard, and yet not to be guessed */
    finding *found =
        fact_find(f->facts, rule, at, flow_place(f), "the key has %zu bytes, and %s asks for %zu",
                  secret.len, use.algorithm, use.least);
    if (found)
      found->severity = SEVERITY_LOW;
  }
}

static void judge_secret_text(flow *f, const node *at, str secret, key_use use) {
  if (secret.ptr && !secret.len)
    fact_find(f->facts, "rb-jwt-secret-weak", at, flow_place(f), "the key is empty");
  if (!secret.ptr || !secret.len || str_contains(secret, STR("-----BEGIN PUBLIC")) ||
      str_contains(secret, STR("-----BEGIN CERT")))
    return;
  bool pem = str_contains(secret, STR("-----BEGIN"));
  fact_find(f->facts, "rb-jwt-secret-hardcoded", at, flow_place(f),
            "a literal of %zu bytes serves as the key", secret.len);
  if (!pem)
    judge_length(f, at, secret, use);
}

static void judge_key(flow *f, const node *key, const node *at, key_use use, unsigned depth);

static const node *last_statement(const node *block) {
  const node *body = ast_kid(block, F_body);
  while (body && (body->kind == N_block || body->kind == N_do_block) && ast_kid(body, F_body))
    body = ast_kid(body, F_body);
  return body && body->kind != N_string && body->count ? body->kids[body->count - 1] : body;
}

/* A call that gives back what it is given, or something made of nothing else. */
static void judge_call(flow *f, const node *n, const node *at, key_use use, unsigned depth) {
  static const char *const keeps[] = {"strip",          "chomp",    "to_s",    "b",    "encode",
                                      "force_encoding", "presence", "unpack1", "gsub", "tr",
                                      "call",           "then",     NULL};
  static const char *const digests[] = {"Digest", "OpenSSL", "Base64", NULL};
  const node *receiver = ast_kid(n, F_receiver), *args = ast_kid(n, F_arguments),
             *block = ast_kid(n, F_block);
  const node *first = args && args->count ? args->kids[0] : NULL;
  str name = node_name(n);
  if (receiver && node_has(receiver, "ENV") && str_eq(name, STR("fetch"))) {
    const node *standard = args && args->count > 1 ? args->kids[1]
                           : block                 ? last_statement(block)
                                                   : NULL;
    if (standard)
      judge_key(f, standard, standard, use, depth);
    return;
  }
  str root = receiver ? str_sub(receiver->text, 0, str_find(receiver->text, STR(":"), 0)) : STR("");
  if (first && flow_in(root, digests))
    judge_key(f, first, at, use, depth);
  else if (receiver && flow_in(name, keeps))
    judge_key(f, receiver, at, use, depth);
  else if (!receiver && (str_eq(name, STR("lambda")) || str_eq(name, STR("proc"))) && block)
    judge_key(f, last_statement(block), at, use, depth);
}

static const node *last_of(const node *branch) {
  bool block = branch && (branch->kind == N_then || branch->kind == N_else);
  return block ? branch->count ? branch->kids[branch->count - 1] : NULL : branch;
}

static const node *given_else(flow *f, const node *key) {
  const value *v = key->kind == N_identifier ? scope_find(&f->scope, key->text) : NULL;
  return v ? v->standard : NULL;
}

static void judge_key(flow *f, const node *key, const node *at, key_use use, unsigned depth) {
  const node *n = flow_literal(f, key);
  if (!n || depth > 6)
    return;
  if (given_else(f, n))
    n = flow_literal(f, given_else(f, n));
  if (n->kind == N_string || n->kind == N_heredoc_beginning) {
    judge_secret_text(f, key->kind == N_constant ? n : at, ast_literal(f->scratch, n), use);
  } else if (n->kind == N_call) {
    judge_call(f, n, key->kind == N_constant ? n : at, use, depth + 1);
  } else if (n->kind == N_lambda) {
    judge_key(f, last_statement(n), at, use, depth + 1);
  } else if (n->kind == N_conditional || n->kind == N_if) {
    judge_key(f, last_of(ast_kid(n, F_consequence)), at, use, depth + 1);
    judge_key(f, last_of(ast_kid(n, F_alternative)), at, use, depth + 1);
  } else if (n->kind == N_binary && (str_eq(n->op, STR("||")) || str_eq(n->op, STR("or"))) &&
             ast_kid(n, F_right)) {
    judge_key(f, ast_kid(n, F_right), at, use, depth + 1);
  } else if (n->kind == N_binary && str_eq(n->op, STR("*")) &&
             ast_literal(f->scratch, ast_kid(n, F_left)).len) {
    fact_find(f->facts, "rb-jwt-secret-weak", at, flow_place(f), "the key is one text repeated");
    judge_key(f, ast_kid(n, F_left), at, use, depth + 1);
  }
}

bool key_is_none(flow *f, const node *key) {
  const node *n = key ? flow_literal(f, key) : NULL;
  str text = n && n->kind == N_string ? ast_literal(f->scratch, n) : (str){0};
  return n && (n->kind == N_nil || (text.ptr && !text.len));
}

/* secret_key_base, however it is written; or a secret that is looked up for each user where the
 * tokens are made, too. */
bool key_is_own(flow *f, const node *key) {
  static const char *const shared[] = {"ENV",      "credentials", "Rails.", "config", "Config",
                                       "Settings", "jwks",        "public", NULL};
  const node *n = flow_literal(f, key);
  if (node_has(n, "secret_key_base") || node_has(n, "SECRET_KEY_BASE"))
    return true;
  for (size_t i = 0; n && shared[i]; i++)
    if (str_contains(n->text, str_of(shared[i])))
      return false;
  bool method =
      n && (n->kind == N_call || (n->kind == N_identifier && !scope_find(&f->scope, n->text)));
  return method && str_contains(f->facts->text, STR("JWT.encode")) &&
         str_contains(f->facts->text, STR("find_by"));
}

void key_judge(flow *f, const node *key, const node *algorithm) {
  if (key)
    judge_key(f, key, key, use_of(f, algorithm), 0);
}

void jwt_judge_constant(flow *f, const node *assignment, str name, const node *right) {
  bool secret = str_contains(name, STR("SECRET"));
  bool jwt = str_contains(name, STR("JWT")) || str_contains(name, STR("HMAC")) ||
             (secret && str_contains(name, STR("TOKEN")));
  jwt_judge_scopes(f, assignment, name, right);
  if (!jwt || is_about_secret(name) || !(secret || str_contains(name, STR("KEY"))))
    return;
  key_judge(f, right, NULL);
}

/* config.jwt_secret = ..., jwt.secret = ... (devise-jwt), config.token_secret_signature_key = -> {
 * ... } (Knock). */
void key_judge_named(flow *f, const node *at, str name, const node *given) {
  static const char *const names[] = {"secret",
                                      "decoding_secret",
                                      "token_secret_signature_key",
                                      "jwt_secret",
                                      "jwt_secret_key",
                                      "hmac_secret",
                                      "signing_key",
                                      "encryption_key",
                                      "private_key",
                                      "signing_secret",
                                      NULL};
  static const char *const gems[] = {"JWTAuth",     "Knock.setup", "config.jwt",
                                     "JWTSessions", "jwt.",        NULL};
  const char *about = NULL;
  for (size_t i = 0; gems[i] && !about; i++)
    if (str_contains(f->facts->text, str_of(gems[i])) || str_icontains(at->text, STR("jwt")))
      about = gems[i];
  if (about && flow_in(name, names))
    key_judge(f, given, NULL);
}
