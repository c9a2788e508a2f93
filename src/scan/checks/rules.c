/* The rules of a token that is validly signed: by the owner's key, or as a spare token that the
 * owner gives. */
#include "scan/checks/checks.h"

/* ---- minting with the owner's key ------------------------------------------------------------ */

static members good_claims(const subject *s) {
  return members_copy(s->arena, &s->token.claims);
}

static void plan_owned(plan *p, const recipe *r, const members *claims, const char *note) {
  probe *out = plan_mint(p, ROLE_ATTACK, r, claims, "%s", note);
  if (out)
    out->by_most = true;
}

static void plan_claims(plan *p, const members *claims, const char *note) {
  recipe r = recipe_owner(p->subject);
  plan_owned(p, &r, claims, note);
}

static void plan_header(plan *p, const char *name, const char *json_value, const char *note) {
  recipe r = recipe_owner(p->subject);
  r.header = members_copy(p->arena, &r.header);
  members_set(p->arena, &r.header, str_of(name), str_of(json_value));
  plan_owned(p, &r, &p->subject->token.claims, note);
}

static bool number_claim(const subject *s, const char *name, double *out) {
  return members_get_number(&s->token.claims, str_of(name), out);
}

/* The life that good tokens have here, so that a probe about one time does not offend against
 * another. */
static int64_t lifetime(const subject *s) {
  double exp, iat;
  if (number_claim(s, "exp", &exp) && number_claim(s, "iat", &iat) && exp > iat && exp - iat < 1e9)
    return (int64_t)(exp - iat);
  return 3600;
}

/* Only claims that the good token has are moved: a strict verifier may refuse what it does not
 * expect. */
static void move_time(const subject *s, members *claims, const char *name, int64_t to) {
  if (members_get(claims, str_of(name)))
    members_set_int(s->arena, claims, str_of(name), to);
}

static bool has_claim(const subject *s, const char *name) {
  return members_get(&s->token.claims, str_of(name)) != NULL;
}

/* ---- exp ------------------------------------------------------------------------------------- */

static void plan_expired_by(plan *p, int64_t ago, const char *note) {
  const subject *s = p->subject;
  members claims = good_claims(s);
  int64_t exp = (int64_t)s->now - ago, began = exp - lifetime(s);
  members_set_int(p->arena, &claims, STR("exp"), exp);
  move_time(s, &claims, "iat", began);
  move_time(s, &claims, "nbf", began);
  move_time(s, &claims, "auth_time", began);
  plan_claims(p, &claims, note);
}

static void plan_spare(plan *p, str spare, const char *note) {
  probe *out = plan_token(p, ROLE_ATTACK, spare, "%s", note);
  out->recipe.owner_key = true;
  out->by_most = true;
}

enum { LEEWAY_MAX = 300 };

static bool long_expired(const subject *s, const token *t) {
  double exp;
  return str_eq(t->alg, s->token.alg) && members_get_number(&t->claims, STR("exp"), &exp) &&
         exp < s->now - LEEWAY_MAX;
}

static bool spare_expired(const subject *s) {
  token t;
  return s->options->expired_token.ptr && token_parse(s->arena, s->options->expired_token, &t) &&
         long_expired(s, &t);
}

static bool spare_foreign(const subject *s, token *t) {
  double exp;
  if (!s->options->foreign_token.ptr || !token_parse(s->arena, s->options->foreign_token, t))
    return false;
  if (members_get_number(&t->claims, STR("exp"), &exp) && exp <= s->now)
    return false;
  return str_eq(t->alg, s->token.alg);
}

static str skip_exp(const subject *s) {
  if (s->key_works || spare_expired(s) || long_expired(s, &s->token))
    return (str){0};
  if (s->options->expired_token.ptr)
    return STR("the --expired token does not fit: it is of another algorithm or not expired for "
               "over 300 seconds");
  return s->options->signing_keys.len ? s->key_problem : STR("needs --signing-key or --expired");
}

static void plan_exp(plan *p) {
  const subject *s = p->subject;
  if (spare_expired(s))
    plan_spare(p, s->options->expired_token, "the expired token given");
  if (long_expired(s, &s->token))
    plan_spare(p, s->token.text, "the good token itself has expired");
  if (!s->key_works)
    return;
  plan_expired_by(p, 600, "expired 10 minutes ago");
  plan_expired_by(p, 86400, "expired a day ago");
}

static void plan_exp_missing(plan *p) {
  members claims = good_claims(p->subject);
  members_remove(&claims, STR("exp"));
  plan_claims(p, &claims, "no exp");
}

static str skip_exp_missing(const subject *s) {
  if (!has_claim(s, "exp"))
    return STR("does not apply: the good token itself has no exp (see jwt-lifetime-long)");
  return skip_without_key(s);
}

/* ---- nbf, iat -------------------------------------------------------------------------------- */

static void plan_nbf(plan *p) {
  const subject *s = p->subject;
  members claims = good_claims(s);
  int64_t life = lifetime(s), now = (int64_t)s->now, ahead = 3600;
  if (life < 3900 && life >= 900)
    ahead = life - 60; /* within the life that good tokens have */
  move_time(s, &claims, "iat", now);
  members_set_int(p->arena, &claims, STR("nbf"), now + ahead);
  move_time(s, &claims, "exp", now + (ahead < life ? life : ahead + 300));
  plan_claims(p, &claims, "not valid before an hour from now");
}

static void plan_iat(plan *p) {
  const subject *s = p->subject;
  members claims = good_claims(s);
  int64_t issued = (int64_t)s->now + 86400;
  members_set_int(p->arena, &claims, STR("iat"), issued);
  move_time(s, &claims, "exp", issued + lifetime(s));
  plan_claims(p, &claims, "issued a day from now");
}

/* ---- iss, aud -------------------------------------------------------------------------------- */

static str claim_text(const token *t, const char *name) {
  const member *m = members_get(&t->claims, str_of(name));
  return m ? m->value : (str){0};
}

static bool foreign_in(const subject *s, const char *name) {
  token t;
  return spare_foreign(s, &t) && !str_eq(claim_text(&t, name), claim_text(&s->token, name));
}

static str skip_issuer_or_audience(const subject *s, const char *name) {
  if (s->key_works || foreign_in(s, name))
    return (str){0};
  if (s->options->foreign_token.ptr)
    return arena_printf(
        s->arena, "the --foreign token does not fit: another algorithm, expired, or the same %s",
        name);
  return s->options->signing_keys.len ? s->key_problem : STR("needs --signing-key or --foreign");
}

/* Who names no issuer in its tokens has none to tell apart from another. */
static str skip_iss(const subject *s) {
  if (!has_claim(s, "iss"))
    return STR("does not apply: the good token names no issuer");
  return skip_issuer_or_audience(s, "iss");
}

static str skip_aud(const subject *s) {
  return skip_issuer_or_audience(s, "aud");
}

static void plan_value(plan *p, const char *name, const char *json, const char *note) {
  members claims = good_claims(p->subject);
  members_set(p->arena, &claims, str_of(name), str_of(json));
  plan_claims(p, &claims, note);
}

static void plan_without(plan *p, const char *name, const char *note) {
  members claims = good_claims(p->subject);
  members_remove(&claims, str_of(name));
  if (has_claim(p->subject, name))
    plan_claims(p, &claims, note);
}

static void plan_iss(plan *p) {
  if (foreign_in(p->subject, "iss"))
    plan_spare(p, p->subject->options->foreign_token, "the foreign token given");
  if (!p->subject->key_works)
    return;
  plan_value(p, "iss", "\"https://batten.invalid/another-issuer\"", "another issuer");
  plan_without(p, "iss", "no issuer");
}

static void plan_aud(plan *p) {
  if (foreign_in(p->subject, "aud"))
    plan_spare(p, p->subject->options->foreign_token, "the foreign token given");
  if (!p->subject->key_works)
    return;
  plan_value(p, "aud", "\"batten-another-audience\"", "another audience");
  plan_value(p, "aud", "[\"batten-another-audience\",\"batten-third-audience\"]",
             "a list of other audiences");
  plan_without(p, "aud", "no audience");
}

/* A token that names an audience, and not us, must be refused (RFC 7519 section 4.1.3); but where
 * good tokens name none, no other application's are told apart by it either. */
static void judge_aud(const subject *s, const probe_list *probes, outcome *out) {
  judge_acceptance(s, probes, out);
  if (out->kind != OUTCOME_FOUND || has_claim(s, "aud"))
    return;
  out->severity = SEVERITY_LOW;
  out->detail = STR("The good token names no audience itself.");
}

/* ---- typ, crit, b64, alg, types -------------------------------------------------------------- */

static const char *const TOKEN_USES[] = {"token_use", "token_type", "typ", "type"};

enum { TYPES_COUNT = 4, TOKEN_USES_COUNT = sizeof TOKEN_USES / sizeof *TOKEN_USES };

static void plan_typ(plan *p) {
  static const char *const types[TYPES_COUNT] = {"refresh+jwt", "id+jwt", "logout+jwt", "dpop+jwt"};
  const subject *s = p->subject;
  for (size_t i = 0; i < TYPES_COUNT; i++)
    plan_header(p, "typ", json_quote(p->arena, str_of(types[i])).ptr,
                arena_printf(p->arena, "typ %s", types[i]).ptr);
  for (size_t i = 0; i < TOKEN_USES_COUNT; i++)
    if (has_claim(s, TOKEN_USES[i]))
      plan_value(p, TOKEN_USES[i], "\"refresh\"",
                 arena_printf(p->arena, "the claim %s says refresh", TOKEN_USES[i]).ptr);
}

/* Where a claim tells the kinds apart, and another kind is refused by it, the header's typ need
 * not. */
static void judge_typ(const subject *s, const probe_list *probes, outcome *out) {
  probe_list by_claim = {probes->at + TYPES_COUNT, probes->len - TYPES_COUNT,
                         probes->len - TYPES_COUNT};
  judge_acceptance(s, probes->len > TYPES_COUNT ? &by_claim : probes, out);
}

static void plan_crit(plan *p) {
  recipe r = recipe_owner(p->subject);
  r.header = members_copy(p->arena, &r.header);
  members_set(p->arena, &r.header, STR("crit"), STR("[\"batten-unknown\"]"));
  members_set(p->arena, &r.header, STR("batten-unknown"), STR("true"));
  plan_mint(p, ROLE_ATTACK, &r, &p->subject->token.claims,
            "a critical extension that nobody knows");
}

static void plan_b64(plan *p) {
  plan_header(p, "b64", "false", "b64 false, not named in crit");
}

static void plan_pinned(plan *p) {
  const subject *s = p->subject;
  for (size_t i = 0; algorithm_at(i); i++) {
    const algorithm *other = algorithm_at(i);
    if (other == s->alg || other->kind != s->alg->kind || other->kind == KEY_EC ||
        !algorithm_same_family(other, s->alg))
      continue;
    recipe r = recipe_owner(s);
    r.alg = str_of(other->name);
    plan_mint(p, ROLE_ATTACK, &r, &s->token.claims, "the same key under %s", other->name);
  }
}

static str skip_pinned(const subject *s) {
  if (s->alg && (s->alg->kind == KEY_EC || s->alg->kind == KEY_OKP))
    return arena_printf(s->arena, "does not apply: a key for %s fits no other algorithm",
                        s->alg->name);
  return skip_without_key(s);
}

static void plan_types(plan *p) {
  double exp = p->subject->now + 3600;
  number_claim(p->subject, "exp", &exp);
  plan_value(p, "exp", arena_printf(p->arena, "\"%.0f\"", exp).ptr, "exp as a string");
  plan_value(p, "exp", arena_printf(p->arena, "[%.0f]", exp).ptr, "exp as an array");
  plan_value(p, "exp", "1e400", "exp past every number");
  plan_value(p, "exp", "true", "exp as a boolean");
}

/* ---- jwt-revoked-accepted -------------------------------------------------------------------- */

static str skip_revoked(const subject *s) {
  return s->options->logout ? (str){0}
                            : STR("needs --logout: the operation that ends a token's life");
}

static void plan_logout(plan *p) {
  const subject *s = p->subject;
  operation logout = *s->operation;
  logout.method = s->options->logout->method;
  logout.url = s->options->logout->url;
  logout.body = s->options->logout->body;
  http_request r = request_with_token(p->arena, &logout, s->token.text);
  plan_request(p, ROLE_LOOK, &r, "logout")->token = s->token.text;
}

/* The engine sends the good token after every group: that one, sent last, is the token after its
 * logout. */
static void judge_revoked(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = probes->len ? probe_response(probes->at[0]) : NULL;
  const answers *good = s->good->answers;
  if (!r || r->status >= 400) {
    outcome_not_tested(
        s, out,
        arena_printf(s->arena, "the logout operation failed (status %d)", r ? r->status : 0).ptr);
    return;
  }
  const exchange *after = &good->tries.at[good->tries.len - 1];
  if (after->response.failure != HTTP_OK ||
      answer_likeness(s->arena, &s->base, &after->features) != ALIKE_GOOD)
    return;
  out->kind = OUTCOME_FOUND;
  outcome_prove(s, out, s->good);
  outcome_prove(s, out, probes->at[0]);
}

static const char *const RULE_IMPLIED_BY[] = {"jwt-signature-ignored", NULL};
static const char *const EXP_IMPLIED_BY[] = {"jwt-signature-ignored", "jwt-exp-ignored", NULL};

#define RULE(ID, SEVERITY_, NEEDS, SKIP, PLAN, IMPLIED)                                 \
  .id = ID, .category = CATEGORY_AUTHENTICATION, .severity = SEVERITY_, .needs = NEEDS, \
  .phase = 1, .skip = SKIP, .plan = PLAN, .implied_by = IMPLIED

const check CHECKS_RULES[] = {
    {RULE("jwt-exp-ignored", SEVERITY_HIGH, "K or --expired", skip_exp, plan_exp, RULE_IMPLIED_BY),
     .wrong = "A leeway of up to 300 seconds is no finding. A clock that is wrong on either side "
              "shifts what is expired.",
     .title = "Expired tokens are accepted",
     .description = "A token that leaked once stays good for ever.",
     .sent = "tokens expired by 10 minutes and by a day (300 seconds are leeway, not a finding)",
     .fix = "Check exp on every request, with a leeway of at most 300 seconds, and require it.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'], required_claims: ['exp'])",
     .references = "API2 CWE-613 RFC7519-4.1.4"},
    {RULE("jwt-exp-missing", SEVERITY_MEDIUM, "K", skip_exp_missing, plan_exp_missing,
          EXP_IMPLIED_BY),
     .wrong = "An issuer that never omits exp makes this a second line of defence only.",
     .title = "Tokens without exp are accepted",
     .description = "A token that never expires is accepted if it is signed: one mistake at the "
                    "issuer lasts for ever.",
     .sent = "no exp", .fix = "Require exp.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'], required_claims: ['exp'])",
     .references = "API2 CWE-613 RFC7519-4.1.4"},
    {RULE("jwt-nbf-ignored", SEVERITY_MEDIUM, "K", skip_without_key, plan_nbf, RULE_IMPLIED_BY),
     .wrong = "A server whose clock is an hour ahead accepts rightly.",
     .title = "Tokens are accepted before their time",
     .description = "nbf says that the token is not valid yet, and is not looked at.",
     .sent = "nbf an hour ahead", .fix = "Check nbf, with a leeway of at most 300 seconds.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'], verify_not_before: true)",
     .references = "API2 CWE-613 RFC7519-4.1.5"},
    {RULE("jwt-iat-future", SEVERITY_LOW, "K", skip_without_key, plan_iat, RULE_IMPLIED_BY),
     .wrong = "RFC 7519 does not ask for this check; it matters where revocation goes by time.",
     .title = "Tokens issued in the future are accepted",
     .description = "iat lies a day ahead: a token made up in advance passes, and revoking by time "
                    "does not reach it.",
     .sent = "iat a day ahead", .fix = "Refuse tokens whose iat lies in the future.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'], verify_iat: true)",
     .references = "API2 CWE-613 RFC7519-4.1.6"},
    {RULE("jwt-iss-ignored", SEVERITY_HIGH, "K or --foreign", skip_iss, plan_iss, RULE_IMPLIED_BY),
     .wrong = "An API that serves several issuers with one key on purpose accepts rightly; name "
              "the issuers in its policy.",
     .title = "The issuer is not checked",
     .description =
         "A token that another issuer made, or nobody named, is accepted if only its key fits.",
     .sent = "another issuer; none",
     .fix = "Compare iss with the one issuer expected, byte for byte, and require it.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'], iss: ISSUER, verify_iss: true,\n"
              "           required_claims: ['iss'])",
     .references = "API2 CWE-346 CWE-345 RFC8725-3.8 RFC7519-4.1.1"},
    {RULE("jwt-aud-ignored", SEVERITY_HIGH, "K or --foreign", skip_aud, plan_aud, RULE_IMPLIED_BY),
     .wrong = "An API that is meant for several audiences accepts its others rightly. Without the "
              "signing key only the one foreign token that was given is tried.",
     .judge = judge_aud, .title = "The audience is not checked",
     .description =
         "A token made for another application is accepted here: any of them can act as its user.",
     .sent = "another audience; a list of others; none", .fix = "Require that aud names this API.",
     .rails =
         "JWT.decode(token, key, true, algorithms: ['HS256'], aud: AUDIENCE, verify_aud: true,\n"
         "           required_claims: ['aud'])",
     .references = "API2 CWE-345 CVE-2020-26160 RFC8725-3.9 RFC7519-4.1.3"},
    {RULE("jwt-typ-confusion", SEVERITY_MEDIUM, "K", skip_without_key, plan_typ, RULE_IMPLIED_BY),
     .wrong = "An API without other token kinds has nothing to confuse; it becomes a flaw with the "
              "first refresh or ID token.",
     .judge = judge_typ, .title = "Other kinds of token are accepted as access tokens",
     .description =
         "An ID token, a refresh token or a logout token of the same issuer opens the API.",
     .sent = "typ refresh+jwt, id+jwt, logout+jwt, dpop+jwt; the token's own use claim changed",
     .fix = "Require the one typ that the issuer gives its access tokens (at+jwt by RFC 9068), and "
            "refuse every other.",
     .rails = "_claims, header = JWT.decode(...)\nraise JWT::DecodeError unless header['typ'] == "
              "'at+jwt'",
     .references = "API2 CWE-345 RFC8725-3.11 RFC9068-4"},
    {RULE("jwt-crit-ignored", SEVERITY_MEDIUM, "K", skip_without_key, plan_crit, RULE_IMPLIED_BY),
     .wrong = "A library that understands the made-up extension does not exist; a proxy that "
              "strips the header would look the same.",
     .title = "Critical header extensions are ignored",
     .description =
         "crit names an extension that must be understood; it is not, and the token passes.",
     .sent = "crit with an unknown name",
     .fix = "Refuse tokens with a crit that is not wholly understood.",
     .rails = "raise JWT::DecodeError if header.key?('crit')",
     .references = "API2 CWE-358 RFC7515-4.1.11"},
    {RULE("jwt-b64-false", SEVERITY_LOW, "K", skip_without_key, plan_b64, RULE_IMPLIED_BY),
     .wrong = "Silence is the rule: few libraries know RFC 7797.", .title = "b64 false is ignored",
     .description = "The header says that the payload is not base64url-encoded, and it is read as "
                    "if it were: two readers see two payloads.",
     .sent = "b64 false without crit", .fix = "Refuse tokens that carry b64.",
     .rails = "raise JWT::DecodeError if header.key?('b64')",
     .references = "API2 CWE-436 RFC7797-6"},
    {RULE("jwt-alg-not-pinned", SEVERITY_LOW, "K", skip_pinned, plan_pinned, RULE_IMPLIED_BY),
     .wrong =
         "With one key of one family the harm is small; it grows when a key of another kind joins.",
     .title = "Other algorithms of the same family are accepted",
     .description = "The key is meant for one algorithm, and the token may choose among several.",
     .sent = "the same key under another algorithm of its family",
     .fix = "Accept the one algorithm that the issuer uses.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'])",
     .references = "API2 CWE-327 RFC8725-3.1"},
    {RULE("jwt-claim-type", SEVERITY_LOW, "K", skip_without_key, plan_types, EXP_IMPLIED_BY),
     .wrong = "A lenient number parser alone is harmless until two components read the claim "
              "differently.",
     .title = "Times of the wrong type are accepted",
     .description = "exp is a string, an array or no finite number, and passes: what the verifier "
                    "reads is not what the issuer's rules say.",
     .sent = "exp as string, array, boolean and past every number",
     .fix = "Require numbers for exp, nbf and iat, finite and bounded.",
     .rails = "raise JWT::DecodeError unless claims['exp'].is_a?(Integer)",
     .references = "API2 CWE-843 RFC7519-2"},
};
const size_t CHECKS_RULES_COUNT = sizeof CHECKS_RULES / sizeof *CHECKS_RULES;

const check CHECKS_LAST[] = {
    {.id = "jwt-revoked-accepted",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_MEDIUM,
     .wrong = "Revocation that takes effect within minutes is called missing. Logout that ends a "
              "session but is not meant to end tokens is a decision, not a fault.",
     .title = "The token still works after logout",
     .description = "Logging out ends nothing: a stolen token stays good until it expires.",
     .sent = "the logout operation that the user named, then the good token",
     .fix = "Put the token's jti on a list of revoked tokens at logout, and consult it on every "
            "request.",
     .rails = "raise JWT::DecodeError if RevokedToken.exists?(jti: claims['jti'])",
     .references = "API2 CWE-613",
     .needs = "T, --logout",
     .phase = 3,
     .skip = skip_revoked,
     .plan = plan_logout,
     .judge = judge_revoked},
};
const size_t CHECKS_LAST_COUNT = sizeof CHECKS_LAST / sizeof *CHECKS_LAST;
