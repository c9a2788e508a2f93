/* What tokens, keys and answers show to who only looks. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/secrets.h"

static str skip_no_token(const subject *s) {
  return s->has_token ? (str){0} : STR("needs --token");
}

/* ---- jwt-lifetime-long ----------------------------------------------------------------------- */

static void judge_lifetime(const subject *s, const probe_list *probes, outcome *out) {
  enum { DAY = 86400 };

  double exp, iat = s->now;
  (void)probes;
  bool expires = members_get_number(&s->token.claims, STR("exp"), &exp);
  if (!members_get_number(&s->token.claims, STR("iat"), &iat))
    iat = s->now;
  if (expires && exp - iat <= DAY)
    return;
  out->kind = OUTCOME_FOUND;
  out->detail = expires ? arena_printf(s->arena, "It lives %.1f hours.", (exp - iat) / 3600)
                        : STR("It has no exp: it never expires.");
  outcome_prove(s, out, s->good);
}

/* ---- jwt-sensitive-claim --------------------------------------------------------------------- */

static const char *const SENSITIVE_NAMES[] = {"password",
                                              "passwd",
                                              "pwd",
                                              "passphrase",
                                              "password_hash",
                                              "passwordhash",
                                              "password_digest",
                                              "encrypted_password",
                                              "hashed_password",
                                              "totp_secret",
                                              "totpsecret",
                                              "otp_secret",
                                              "mfa_secret",
                                              "secret",
                                              "api_key",
                                              "apikey",
                                              "private_key",
                                              "access_key",
                                              "client_secret",
                                              "credit_card",
                                              "card_number",
                                              "cvv",
                                              "iban",
                                              "ssn",
                                              "social_security",
                                              "passport",
                                              "tax_id",
                                              "date_of_birth",
                                              "birthdate",
                                              "dob",
                                              "phone_number",
                                              "salary",
                                              "host_path",
                                              "hostpath",
                                              "mount_path",
                                              "mounts",
                                              "volume",
                                              "host_mount",
                                              "host_mount_access",
                                              "node_name",
                                              "nodename",
                                              "container_id",
                                              "container_name",
                                              "hostname",
                                              "pod_name",
                                              "system_container_role",
                                              "privileged",
                                              "impersonate",
                                              "superuser",
                                              "sudo",
                                              NULL};

static const char *const HOST_PATHS[] = {"/etc/", "/var/", "/proc/", "/sys/", "/root", "/home/",
                                         "/host", "/mnt/", "/run/",  "/dev/", "C:\\",  NULL};

static bool sensitive_name(str name) {
  for (size_t i = 0; SENSITIVE_NAMES[i]; i++)
    if (str_ieq(name, str_of(SENSITIVE_NAMES[i])))
      return true;
  return false;
}

static bool host_path(const subject *s, str json_value) {
  str text;
  if (!json_unquote(s->arena, json_value, &text))
    return false;
  for (size_t i = 0; HOST_PATHS[i]; i++)
    if (str_starts(text, str_of(HOST_PATHS[i])))
      return true;
  return false;
}

/* The sum of a payment card number over 13 to 19 digits (Luhn, ISO/IEC 7812-1). */
static bool card_number(const subject *s, str json_value) {
  str text;
  unsigned sum = 0;
  if (!json_unquote(s->arena, json_value, &text) || text.len < 13 || text.len > 19)
    return false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[text.len - 1 - i];
    if (c < '0' || c > '9')
      return false;
    unsigned digit = (unsigned)(c - '0') * (i % 2 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum > 0 && sum % 10 == 0;
}

enum { CLAIM_DEPTH_MAX = 6 };

static void add_sensitive(const subject *s, buf *names, str path, str json, int depth);

static void add_sensitive_members(const subject *s, buf *names, str path, const members *of,
                                  int depth) {
  for (size_t i = 0; i < of->len; i++) {
    const member *m = &of->at[i];
    str name =
        path.len ? arena_printf(s->arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(m->name)) : m->name;
    if (sensitive_name(m->name))
      buf_printf(names, "%s%.*s", names->len ? ", " : "", STR_ARG(name));
    else
      add_sensitive(s, names, name, m->value, depth);
  }
}

/* A claim's value: of an object and of the items of a list each member is looked at. */
static void add_sensitive(const subject *s, buf *names, str path, str json, int depth) {
  members inner;
  str_list items;
  if (depth >= CLAIM_DEPTH_MAX || !json.len)
    return;
  if (json.ptr[0] == '{' && members_parse(s->arena, json, &inner))
    add_sensitive_members(s, names, path, &inner, depth + 1);
  else if (json.ptr[0] == '[' && json_array_items(s->arena, json, &items))
    for (size_t i = 0; i < items.len; i++)
      add_sensitive(s, names, arena_printf(s->arena, "%.*s[%zu]", STR_ARG(path), i), items.at[i],
                    depth + 1);
  else if (host_path(s, json) || card_number(s, json))
    buf_printf(names, "%s%.*s", names->len ? ", " : "", STR_ARG(path));
}

static void judge_sensitive(const subject *s, const probe_list *probes, outcome *out) {
  buf names = {.arena = s->arena};
  (void)probes;
  add_sensitive_members(s, &names, (str){0}, &s->token.claims, 0);
  if (!names.len)
    return;
  out->kind = OUTCOME_FOUND;
  out->detail = arena_printf(s->arena, "The claims: %.*s.", STR_ARG(buf_str(&names)));
  outcome_prove(s, out, s->good);
}

/* ---- jwt-in-response-body -------------------------------------------------------------------- */

/* A token of this API; one that is a secret of another system is secret-in-response alone. */
static bool own_token_in(const subject *s, str text) {
  str token_text;
  for (size_t from = 0; token_find(text, &from, &token_text);)
    if (!secrets_find(s->arena, token_text).len)
      return true;
  return false;
}

static void judge_in_response(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = s->good ? probe_response(s->good) : NULL;
  (void)probes;
  if (!r)
    return;
  bool in_body = own_token_in(s, r->body);
  bool in_url = !in_body && own_token_in(s, http_header_get(&r->headers, STR("location")));
  if (!in_body && !in_url)
    return;
  out->kind = OUTCOME_FOUND;
  out->detail = in_url ? STR("It stands in the Location header.") : STR("It stands in the body.");
  outcome_prove(s, out, s->good);
}

/* ---- key sets -------------------------------------------------------------------------------- */

/* A document's findings belong to its own URL: they are given by the first operation only. */
static str skip_documents(const subject *s) {
  if (s->operation_index != 1)
    return STR(""); /* not this operation's */
  return s->documents.len ? (str){0} : STR("no published key set was found at the usual places");
}

/* Private members are a secret: the evidence names them and does not repeat them. */
#define UNSHOWN "(the key set is not repeated here)"

static bool has_private_member(const json_t *jwk) {
  static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (json_object_get(jwk, names[i]))
      return true;
  return false;
}

typedef str (*jwk_flaw)(const subject *s, const json_t *keys, size_t index);

static void judge_documents(const subject *s, outcome *out, jwk_flaw flaw) {
  buf all = {.arena = s->arena};
  for (size_t d = 0; d < s->documents.len; d++) {
    json_t *set = json_parse(s->documents.at[d].response.body, NULL);
    const json_t *keys = json_object_get(set, "keys");
    bool found = false;
    for (size_t i = 0; i < json_array_size(keys); i++) {
      str why = flaw(s, keys, i);
      if (!why.ptr)
        continue;
      found = true;
      buf_printf(&all, "%sKey %zu of %.*s: %.*s.", all.len ? " " : "", i + 1,
                 STR_ARG(s->documents.at[d].url), STR_ARG(why));
    }
    json_decref(set);
    if (found)
      outcome_prove(s, out,
                    document_probe(s, &s->documents.at[d], "the published key set", STR(UNSHOWN)));
  }
  if (!all.len)
    return;
  out->kind = OUTCOME_FOUND;
  out->detail = buf_str(&all);
}

static str private_flaw(const subject *s, const json_t *keys, size_t index) {
  (void)s;
  return has_private_member(json_array_get(keys, index)) ? STR("it carries its private members")
                                                         : (str){0};
}

static void judge_private(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  judge_documents(s, out, private_flaw);
}

static bool kid_twice(const json_t *keys, size_t index) {
  str kid = json_get_str(json_array_get(keys, index), "kid");
  for (size_t i = 0; kid.ptr && i < json_array_size(keys); i++)
    if (i != index && str_eq(kid, json_get_str(json_array_get(keys, i), "kid")))
      return true;
  return false;
}

static str weak_flaw(const subject *s, const json_t *keys, size_t index) {
  const json_t *jwk = json_array_get(keys, index);
  str kty = json_get_str(jwk, "kty"), n;
  if (has_private_member(jwk))
    return (str){0}; /* jwks-private-key alone */
  if (str_eq(kty, STR("oct")))
    return STR("it is a shared secret, published");
  if (str_eq(kty, STR("RSA")) && base64_decode_lenient(s->arena, json_get_str(jwk, "n"), &n) &&
      n.len < 256)
    return arena_printf(s->arena, "RSA of %zu bits, under 2048", n.len * 8);
  if (kid_twice(keys, index))
    return STR("its kid stands twice in the set");
  if (!json_object_get(jwk, "use") && !json_object_get(jwk, "alg") &&
      !json_object_get(jwk, "key_ops"))
    return STR("it names neither use nor alg");
  return (str){0};
}

static void judge_weak_keys(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  judge_documents(s, out, weak_flaw);
}

/* ---- cookie-flags ---------------------------------------------------------------------------- */

static bool carries_session(str name, str value) {
  static const char *const words[] = {"session", "token", "jwt", "auth", "sid"};
  size_t from = 0;
  str found;
  if (token_find(value, &from, &found))
    return true;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (str_icontains(name, str_of(words[i])))
      return !str_icontains(name, STR("csrf")) && !str_icontains(name, STR("xsrf"));
  return false;
}

static str missing_flags(arena *a, str cookie) {
  static const char *const flags[] = {"Secure", "HttpOnly", "SameSite"};
  buf out = {.arena = a};
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    str rest = cookie, part;
    bool present = false;
    str_next(&rest, ';', &part);
    while (str_next(&rest, ';', &part)) {
      str name = str_trim(str_sub(part, 0, str_find(part, STR("="), 0)));
      present |= str_ieq(name, str_of(flags[i]));
    }
    if (!present)
      buf_printf(&out, "%s%s", out.len ? ", " : "", flags[i]);
  }
  return buf_str(&out);
}

static void judge_cookie(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  const probe *source = s->good ? s->good : s->baseline_probes.at[0];
  const http_response *r = probe_response(source);
  for (size_t i = 0; r && i < r->headers.len; i++) {
    str cookie = r->headers.at[i].value;
    size_t equals = str_find(cookie, STR("="), 0);
    if (!str_ieq(r->headers.at[i].name, STR("set-cookie")) || equals == SIZE_MAX)
      continue;
    str name = str_trim(str_sub(cookie, 0, equals)),
        value = str_sub(cookie, equals + 1, str_find(cookie, STR(";"), 0));
    str missing = carries_session(name, value) ? missing_flags(s->arena, cookie) : (str){0};
    if (!missing.len)
      continue;
    out->kind = OUTCOME_FOUND;
    out->detail =
        arena_printf(s->arena, "The cookie %.*s lacks %.*s%s.", STR_ARG(name), STR_ARG(missing),
                     str_starts(name, STR("__Host-")) ? "" : " and the prefix __Host-");
    outcome_prove(s, out, (probe *)(uintptr_t)source);
    return;
  }
}

/* ---- www-authenticate ------------------------------------------------------------------------ */

static void judge_challenge(const subject *s, const probe_list *probes, outcome *out) {
  probe *bare = s->baseline_probes.at[BAD_NONE];
  const http_response *r = probe_response(bare);
  (void)probes;
  if (!r || r->status != 401)
    return;
  str challenge = http_header_get(&r->headers, STR("www-authenticate"));
  bool bearer = s->has_token && s->operation->place.kind == PLACE_BEARER;
  if (challenge.len &&
      (!bearer || str_icontains(challenge, STR("bearer")) || str_icontains(challenge, STR("dpop"))))
    return;
  out->kind = OUTCOME_FOUND;
  out->detail = challenge.len
                    ? arena_printf(s->arena, "It says '%.*s'.", STR_ARG(str_sub(challenge, 0, 80)))
                    : STR("It is missing.");
  outcome_prove(s, out, bare);
}

/* ---- for `batten token inspect` -------------------------------------------------------------- */

static void note_weakness(arena *a, token_weakness_list *out, const char *id, severity level,
                          str detail) {
  token_weakness w = {str_of(id), level, detail};
  list_push(a, out, w);
}

token_weakness_list scan_look_at_token(arena *a, const token *t, double now) {
  subject s = {.arena = a, .now = now, .token = *t};
  outcome life = {0}, sensitive = {0};
  token_weakness_list out = {0};
  judge_lifetime(&s, NULL, &life);
  judge_sensitive(&s, NULL, &sensitive);
  if (t->alg.len && str_ieq(t->alg, STR("none")))
    note_weakness(a, &out, "jwt-alg-none", SEVERITY_CRITICAL, STR("It is not signed."));
  if (life.kind == OUTCOME_FOUND)
    note_weakness(a, &out, "jwt-lifetime-long", SEVERITY_MEDIUM, life.detail);
  if (sensitive.kind == OUTCOME_FOUND)
    note_weakness(a, &out, "jwt-sensitive-claim", SEVERITY_MEDIUM, sensitive.detail);
  if (!members_get(&t->claims, STR("iss")))
    note_weakness(
        a, &out, "jwt-iss-ignored", SEVERITY_LOW,
        STR("It names no issuer (iss): no verifier can tell whose it is but by the key."));
  if (!members_get(&t->claims, STR("aud")))
    note_weakness(a, &out, "jwt-aud-ignored", SEVERITY_LOW,
                  STR("It names no audience (aud): it is good at every API that trusts the key."));
  return out;
}

#define LOOK(ID, SEVERITY_, SKIP, JUDGE)                                            \
  .id = ID, .category = CATEGORY_AUTHENTICATION, .severity = SEVERITY_, .phase = 1, \
  .any_state = true, .passive = true, .skip = SKIP, .judge = JUDGE, .sent = "nothing: it looks"

static const char *const REDIRECTED[] = {"third-party-redirect-with-token", NULL};

const check CHECKS_LOOKING[] = {
    {LOOK("jwt-lifetime-long", SEVERITY_MEDIUM, skip_no_token, judge_lifetime),
     .once_a_token = true, .needs = "T",
     .wrong =
         "exp may lie far ahead on purpose, with revocation that works: see jwt-revoked-accepted.",
     .title = "The token lives longer than a day",
     .description = "A stolen token works for as long as it lives.",
     .fix = "Issue access tokens for an hour or less, and refresh them.",
     .rails = "JWT.encode({ sub: user.id, iat: Time.now.to_i, exp: 15.minutes.from_now.to_i, ... "
              "}, key, 'HS256')",
     .references = "API2 CWE-613 RFC8725-3.10"},
    {LOOK("jwt-sensitive-claim", SEVERITY_MEDIUM, skip_no_token, judge_sensitive),
     .once_a_token = true, .needs = "T",
     .wrong = "Names decide, and some shapes of values: a harmless claim with a telling name is "
              "found, a secret under a harmless name is not.",
     .title = "The token carries what should not be in it",
     .description = "Claims are signed, not encrypted: everybody who holds or logs the token reads "
                    "secrets, personal data, or how the host is laid out.",
     .fix = "Put an opaque subject into the token and keep the rest on the server.",
     .rails = "JWT.encode({ sub: user.id, scopes: %w[read:data], ... }, key, 'HS256')",
     .references = "API3 CWE-312 CWE-200 RFC8725-3.11"},
    {LOOK("jwt-in-response-body", SEVERITY_LOW, skip_no_token, judge_in_response),
     .implied_by = REDIRECTED, .needs = "T",
     .wrong = "An operation whose purpose is to hand out tokens is found as well; exclude it with "
              "--exclude.",
     .title = "An answer carries a token",
     .description = "A token in a body or URL is kept by caches, logs and histories, and is within "
                    "reach of scripts.",
     .fix = "Hand tokens out at the one token endpoint only, with Cache-Control: no-store.",
     .references = "API3 CWE-522 RFC6750-5.3"},
    {LOOK("jwks-private-key", SEVERITY_CRITICAL, skip_documents, judge_private), .needs = "",
     .wrong = "A key set for tests that no verifier trusts looks the same.",
     .title = "The published key set holds a private key",
     .description = "Everybody can sign tokens of this issuer.",
     .fix = "Take the key out of use now, publish public members only (kty, n, e or crv, x, y, "
            "kid, use, alg), and revoke what it signed.",
     .rails =
         "render json: { keys: [JWT::JWK.new(key).export] } # never export(include_private: true)",
     .references = "API2 CWE-320 CWE-522 RFC7517-9.2"},
    {LOOK("jwks-weak-key", SEVERITY_MEDIUM, skip_documents, judge_weak_keys), .needs = "",
     .wrong = "A key that is published but no longer used counts alike.",
     .title = "The published key set holds a weak or ambiguous key",
     .description = "A key that is too short can be computed; one without a purpose or with a "
                    "doubled kid can be confused.",
     .fix = "Publish RSA keys of 2048 bits or more (or P-256, Ed25519), each with its own kid, use "
            "and alg.",
     .rails = "JWT::JWK.new(OpenSSL::PKey::RSA.new(2048), { kid: 'key-2025', use: 'sig', alg: "
              "'RS256' })",
     .references = "API2 CWE-326 RFC7518-3.3 RFC7517-4.5"},
    {LOOK("cookie-flags", SEVERITY_MEDIUM, NULL, judge_cookie), .needs = "",
     .wrong = "A cookie that holds no session is found when its name says session. A proxy may add "
              "flags that this scan, which went around it, does not see.",
     .title = "A session cookie lacks its protections",
     .description =
         "Scripts can read it, plain HTTP carries it, or other sites can make the browser send it.",
     .fix = "Set Secure, HttpOnly and SameSite, and the __Host- prefix.",
     .rails = "cookies['__Host-session'] = { value: token, secure: true, httponly: true, "
              "same_site: :lax, path: '/' }",
     .references = "API2 CWE-614 CWE-1004 CWE-1275"},
    {LOOK("www-authenticate", SEVERITY_INFO, NULL, judge_challenge), .needs = "",
     .wrong = "It judges the header alone; a client that needs none is served all the same.",
     .title = "The refusal names no way to authenticate",
     .description = "A 401 answer must carry WWW-Authenticate, so that clients know what is asked.",
     .fix = "Answer 401 with WWW-Authenticate: Bearer.",
     .rails = "response.set_header('WWW-Authenticate', 'Bearer')\nhead :unauthorized",
     .references = "API8 RFC6750-3 RFC9110-11.6.1"},
};
const size_t CHECKS_LOOKING_COUNT = sizeof CHECKS_LOOKING / sizeof *CHECKS_LOOKING;
