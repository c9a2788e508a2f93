/* Does the token bring its own key? */
#include "scan/checks/checks.h"

/* The algorithms to try: the good token's own, and RS256 beside it where that is an HMAC, as
 * libraries that look at these headers expect a public key there. */
static size_t algorithms_to_try(const subject *s, const algorithm *out[2]) {
  const algorithm *rs = algorithm_find(STR("RS256"));
  out[0] = s->alg ? s->alg : rs;
  out[1] = rs;
  return out[0]->kind == KEY_SECRET ? 2 : 1;
}

static members header_with_kid(arena *a, const subject *s, str kid) {
  members header = members_copy(a, &s->token.header);
  if (kid.ptr)
    members_set_str(a, &header, STR("kid"), kid);
  return header;
}

/* Rules out that any key is good enough. */
static probe *plan_other_key(plan *p, const algorithm *alg, const key *k) {
  recipe r = recipe_with_key(&p->subject->token.header, str_of(alg->name), k);
  return plan_mint(p, ROLE_CONTROL, &r, &p->subject->token.claims,
                   "signed with the same fresh key, which is not named");
}

static void plan_jwk(plan *p) {
  const subject *s = p->subject;
  const algorithm *algs[2];
  size_t count = algorithms_to_try(s, algs);
  for (size_t i = 0; i < count; i++) {
    const key *k = fresh_key(p->subject, algs[i]);
    str name = str_of(algs[i]->name);
    probe *control = plan_other_key(p, algs[i], k);
    members header = members_copy(p->arena, &s->token.header);
    members_set(p->arena, &header, STR("jwk"), key_jwk(p->arena, k, s->token.kid, name));
    recipe r = recipe_with_key(&header, name, k);
    probe *attack = plan_mint(p, ROLE_ATTACK, &r, &s->token.claims,
                              "%s by a fresh key carried in jwk", algs[i]->name);
    plan_control(attack, control);
  }
}

static void plan_x5c(plan *p) {
  const subject *s = p->subject;
  const algorithm *alg =
      s->alg && s->alg->kind != KEY_SECRET ? s->alg : algorithm_find(STR("RS256"));
  const key *k = fresh_key(p->subject, alg);
  str certificate = base64_encode(p->arena, key_certificate(p->arena, k, STR("batten")));
  members header = members_copy(p->arena, &s->token.header);
  members_set(p->arena, &header, STR("x5c"),
              arena_printf(p->arena, "[\"%.*s\"]", STR_ARG(certificate)));
  recipe r = recipe_with_key(&header, str_of(alg->name), k);
  probe *control = plan_other_key(p, alg, k);
  probe *attack = plan_mint(p, ROLE_ATTACK, &r, &s->token.claims,
                            "%s by a fresh key whose self-signed certificate is in x5c", alg->name);
  plan_control(attack, control);
}

/* ---- headers that name a place --------------------------------------------------------------- */

static str key_set(arena *a, const key *k, str kid, str alg) {
  return arena_printf(a, "{\"keys\":[%.*s]}", STR_ARG(key_jwk(a, k, kid, alg)));
}

static str publish(plan *p, str suffix, str type, str body) {
  if (p->subject->canary)
    return canary_publish(p->subject->canary, p->arena, suffix, type, body);
  return arena_printf(p->arena, "http://127.0.0.1/replayed%.*s", STR_ARG(suffix));
}

static void plan_fetched(plan *p, const algorithm *alg, const char *member_name, str kid) {
  const subject *s = p->subject;
  bool set = strcmp(member_name, "jku") == 0;
  const key *k = fresh_key(p->subject, alg);
  str name = str_of(alg->name);
  str body = set ? key_set(p->arena, k, kid, name)
                 : key_certificate_pem(p->arena, key_certificate(p->arena, k, STR("batten")));
  str at = publish(p, set ? STR("/jwks.json") : STR("/chain.pem"),
                   set ? STR("application/json") : STR("application/pem-certificate-chain"), body);
  probe *control = plan_other_key(p, alg, k);
  members header = header_with_kid(p->arena, s, kid);
  members_set_str(p->arena, &header, str_of(member_name), at);
  recipe r = recipe_with_key(&header, name, k);
  probe *attack = plan_mint(
      p, ROLE_ATTACK, &r, &s->token.claims, "%s by a fresh key, %s pointing at the canary%s",
      alg->name, member_name, str_eq(kid, s->token.kid) ? "" : ", with the key's own kid");
  if (!attack)
    return;
  plan_control(attack, control);
  attack->canary_url = at;
}

static void plan_jku(plan *p) {
  const subject *s = p->subject;
  const algorithm *algs[2];
  size_t count = algorithms_to_try(s, algs);
  for (size_t i = 0; i < count; i++) {
    plan_fetched(p, algs[i], "jku", s->token.kid);
    plan_fetched(p, algs[i], "jku", STR("batten-canary"));
  }
}

static void plan_x5u(plan *p) {
  const subject *s = p->subject;
  const algorithm *alg =
      s->alg && s->alg->kind != KEY_SECRET ? s->alg : algorithm_find(STR("RS256"));
  plan_fetched(p, alg, "x5u", s->token.kid);
}

/* A fetch is a finding by itself; acceptance of the key found there makes it critical. */
static void judge_fetched(const subject *s, const probe_list *probes, outcome *out) {
  judge_acceptance(s, probes, out);
  out->needs_reach = true;
  if (out->kind == OUTCOME_FOUND) {
    out->severity = SEVERITY_CRITICAL;
    out->detail = STR("The key found there was accepted: tokens can be forged at will.");
    return;
  }
  for (size_t i = 0; i < probes->len; i++)
    if (probes->at[i]->canary_hits) {
      out->kind = OUTCOME_FOUND;
      out->severity = SEVERITY_HIGH;
      out->confidence = CONFIDENCE_CONFIRMED;
      out->detail = STR("The key found there was not accepted.");
      outcome_prove(s, out, probes->at[i]);
    }
}

static const char *const IMPLIED_BY_IGNORED[] = {"jwt-signature-ignored", NULL};

#define HEADER_KEY_FIX                                                                           \
  "Choose the key by the issuer's own configured set alone; refuse tokens whose header carries " \
  "jwk, jku, x5u or x5c."
#define HEADER_KEY_RAILS                                                       \
  "jwks = JWT::JWK::Set.new(ISSUER_JWKS) # configured, never from the token\n" \
  "JWT.decode(token, nil, true, algorithms: ['RS256'], jwks: jwks)"

const check CHECKS_HEADER_KEY[] = {
    {.id = "jwt-jwk-embedded",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "A server that takes embedded keys only with a certain kid or use is silent here.",
     .title = "The key in the token's own jwk header is trusted",
     .description =
         "The server verifies with the key that the token brings along, so anybody can sign.",
     .sent = "a token signed by a fresh key carried in jwk; control: the same key, not named",
     .fix = HEADER_KEY_FIX,
     .rails = HEADER_KEY_RAILS,
     .references = "API2 CWE-347 CVE-2018-0114 RFC7515-4.1.3 RFC8725-3.10",
     .needs = "T",
     .implied_by = IMPLIED_BY_IGNORED,
     .phase = 1,
     .plan = plan_jwk},
    {.id = "jwt-x5c-embedded",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong =
         "A server that demands a certain subject or extension in the certificate is silent here.",
     .title = "A self-signed certificate in the token's x5c header is trusted",
     .description = "The server verifies with a certificate that the token brings along and that "
                    "nobody vouches for.",
     .sent = "a token signed by a fresh key whose self-signed certificate is in x5c; control: the "
             "same key, not named",
     .fix = HEADER_KEY_FIX,
     .rails = HEADER_KEY_RAILS,
     .references = "API2 CWE-295 CWE-347 CVE-2018-0114 RFC7515-4.1.6",
     .needs = "T",
     .implied_by = IMPLIED_BY_IGNORED,
     .phase = 1,
     .plan = plan_x5c},
    {.id = "jwt-jku-fetched",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_HIGH,
     .wrong =
         "Silence means nothing while the target cannot reach the canary: that is listed as reach "
         "unproven. A fetch by a gateway, a link preview or a log scanner would count for the API.",
     .title = "The server fetches the URL in the token's jku header",
     .description = "A token makes the server send a request to any address: the metadata service, "
                    "internal APIs, the forger's own key set.",
     .sent = "jku pointing at the canary, whose set holds one fresh key",
     .fix = HEADER_KEY_FIX,
     .rails = HEADER_KEY_RAILS,
     .references = "API2 API7 CWE-918 CWE-347 RFC8725-3.10",
     .needs = "T, C",
     .phase = 1,
     .skip = skip_without_canary,
     .plan = plan_jku,
     .judge = judge_fetched},
    {.id = "jwt-x5u-fetched",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_HIGH,
     .wrong =
         "Silence means nothing while the target cannot reach the canary: that is listed as reach "
         "unproven. A fetch by a gateway, a link preview or a log scanner would count for the API.",
     .title = "The server fetches the URL in the token's x5u header",
     .description = "A token makes the server send a request to any address: the metadata service, "
                    "internal APIs, the forger's own certificate.",
     .sent = "x5u pointing at the canary, which serves a fresh self-signed certificate",
     .fix = HEADER_KEY_FIX,
     .rails = HEADER_KEY_RAILS,
     .references = "API2 API7 CWE-918 CWE-295 RFC8725-3.10",
     .needs = "T, C",
     .phase = 1,
     .skip = skip_without_canary,
     .plan = plan_x5u,
     .judge = judge_fetched},
};
const size_t CHECKS_HEADER_KEY_COUNT = sizeof CHECKS_HEADER_KEY / sizeof *CHECKS_HEADER_KEY;
