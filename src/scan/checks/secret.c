/* Is the shared secret one that others know? */
#include "scan/checks/checks.h"

static str skip_weak(const subject *s) {
  if (!s->alg || s->alg->kind != KEY_SECRET)
    return arena_printf(s->arena, "does not apply: the good token's alg is %.*s, not an HMAC",
                        STR_ARG(s->token.alg.len ? s->token.alg : STR("unknown")));
  return (str){0};
}

/* The empty secret and the words for nothing are jwt-secret-blank's. */
static bool is_blank_word(str secret) {
  static const char *const words[] = {"", "null", "undefined", "nil"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (str_eq(secret, str_of(words[i])))
      return true;
  return false;
}

static void plan_weak(plan *p) {
  const subject *s = p->subject;
  if (!s->weak.found || is_blank_word(s->weak.secret))
    return;
  members claims = members_copy(p->arena, &s->token.claims);
  members_set_str(p->arena, &claims, STR("batten"), STR("forged"));
  recipe r = recipe_with_key(&s->token.header, s->token.alg, secret_key(p->arena, s->weak.secret));
  plan_mint(p, ROLE_ATTACK, &r, &claims, "a token forged with the secret found, one claim added");
}

static str masked(arena *a, str secret) {
  if (secret.len < 4)
    return arena_printf(a, "%zu bytes", secret.len);
  return arena_printf(a, "%.1s...%.1s, %zu bytes", secret.ptr, secret.ptr + secret.len - 1,
                      secret.len);
}

static str weak_detail(arena *a, const weak_result *r) {
  str secret = masked(a, r->secret);
  if (r->guess)
    return arena_printf(a, "The secret (%.*s, %s) is guessed: %s; %zu were tried.", STR_ARG(secret),
                        r->form, r->guess, r->tried);
  return arena_printf(a, "The secret (%.*s, %s) stands at position %zu of the list of %zu tried.",
                      STR_ARG(secret), r->form, r->position, r->tried);
}

/* The offline hit is proof by itself; the forged token shows that this operation takes it. */
static void judge_weak(const subject *s, const probe_list *probes, outcome *out) {
  if (!probes->len)
    return;
  probe *forged = probes->at[0];
  verdict v = probe_verdict(s, forged);
  out->kind = OUTCOME_FOUND;
  out->confidence = v == VERDICT_ACCEPTED ? CONFIDENCE_CONFIRMED : CONFIDENCE_FIRM;
  out->detail = weak_detail(s->arena, &s->weak);
  outcome_prove(s, out, forged);
  list_push(s->arena, &out->confirm, forged);
}

static void plan_blank(plan *p) {
  static const char words[][10] = {"null", "undefined", "nil"};
  const subject *s = p->subject;
  const algorithm *mac = hmac_of(s);
  str alg = str_of(mac->name);
  recipe other = recipe_with_key(&s->token.header, alg, fresh_key(p->subject, mac));
  plan_mint(p, ROLE_CONTROL, &other, &s->token.claims, "%s with a random secret", mac->name);
  recipe empty = recipe_with_key(&s->token.header, alg, secret_key(p->arena, STR("")));
  plan_mint(p, ROLE_ATTACK, &empty, &s->token.claims, "%s with the empty secret", mac->name);
  members unknown_kid = members_copy(p->arena, &s->token.header);
  members_set_str(p->arena, &unknown_kid, STR("kid"), STR("batten-unknown"));
  empty.header = unknown_kid;
  plan_mint(p, ROLE_ATTACK, &empty, &s->token.claims, "%s with the empty secret and an unknown kid",
            mac->name);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    recipe r = recipe_with_key(&s->token.header, alg, secret_key(p->arena, str_of(words[i])));
    plan_mint(p, ROLE_ATTACK, &r, &s->token.claims, "%s with the word '%s' as secret", mac->name,
              words[i]);
  }
}

static const char *const IMPLIED_BY_IGNORED[] = {"jwt-signature-ignored", NULL};

const check CHECKS_SECRET[] = {
    {.id = "jwt-secret-weak",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "A secret that stands in no list and is no word that one would guess is not found: "
              "silence says nothing about its strength. A hit cannot be chance: the HMAC matches.",
     .title = "The signing secret is in public lists or easily guessed",
     .description = "The HMAC secret was found offline from one token alone. Who has any token can "
                    "sign any other.",
     .sent = "nothing while searching; then one token forged with the secret found",
     .fix = "Replace the secret by 32 or more random bytes, kept out of the source, and revoke "
            "what the old one signed.",
     .rails = "# bin/rails credentials:edit\n# jwt_secret: <output of: openssl rand -hex 32>\n"
              "JWT.decode(token, Rails.application.credentials.jwt_secret!, true, algorithms: "
              "['HS256'])",
     .references = "API2 CWE-521 CWE-798 RFC8725-3.5 RFC7518-3.2",
     .needs = "T (HS*)",
     .phase = 1,
     .skip = skip_weak,
     .plan = plan_weak,
     .judge = judge_weak},
    {.id = "jwt-secret-blank",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "A server that takes the empty secret for one kid only, and not for an unknown one, "
              "is silent here.",
     .title = "Tokens signed with an empty secret are accepted",
     .description = "The secret is empty or a word for nothing, as happens when a variable is not "
                    "set: anybody can sign.",
     .sent = "HMAC with the empty key, also under an unknown kid, and with null, undefined, nil; "
             "control: a random secret",
     .fix = "Stop at start when the secret is missing or shorter than the hash, and refuse a kid "
            "that is not known.",
     .rails = "secret = ENV.fetch('JWT_SECRET')\nraise 'JWT_SECRET is too short' if "
              "secret.bytesize < 32",
     .references = "API2 CWE-1391 CWE-347 RFC8725-3.5",
     .needs = "T",
     .implied_by = IMPLIED_BY_IGNORED,
     .phase = 1,
     .plan = plan_blank},
};
const size_t CHECKS_SECRET_COUNT = sizeof CHECKS_SECRET / sizeof *CHECKS_SECRET;
