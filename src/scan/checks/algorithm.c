/* Who chooses the algorithm: the server or the token? */
#include "scan/checks/checks.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

/* ---- jwt-alg-none ---------------------------------------------------------------------------- */

static void plan_none(plan *p) {
  static const char *const names[] = {"none", "None", "NONE", "nOnE", "NoNe"};
  const subject *s = p->subject;

  const struct {
    str signature;
    const char *word;
  } forms[] = {{STR(""), "empty"}, {s->token.signature, "kept"}};

  for (size_t f = 0; f < 2; f++) {
    recipe other =
        recipe_with_signature(&s->token.header, STR("batten-unknown"), forms[f].signature);
    probe *control = plan_mint(p, ROLE_CONTROL, &other, &s->token.claims,
                               "an unknown alg, signature %s", forms[f].word);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
      recipe r = recipe_with_signature(&s->token.header, str_of(names[i]), forms[f].signature);
      probe *attack = plan_mint(p, ROLE_ATTACK, &r, &s->token.claims, "alg %s, signature %s",
                                names[i], forms[f].word);
      plan_control(attack, control);
    }
  }
}

/* Unknown algorithms pass like `none`: whatever is not the usual one is not verified at all. */
static void judge_unknown(const subject *s, const probe_list *probes, outcome *out) {
  for (size_t i = 0; i < probes->len && out->kind != OUTCOME_FOUND; i++) {
    probe *p = probes->at[i];
    if (p->role != ROLE_ATTACK || !p->control || probe_verdict(s, p) != VERDICT_ACCEPTED ||
        probe_verdict(s, p->control) != VERDICT_ACCEPTED)
      continue;
    found(s, out, p,
          STR("So are tokens with an algorithm that does not exist: where alg is not the usual "
              "one, nothing is verified."));
    outcome_prove(s, out, p->control);
    list_push(s->arena, &out->confirm, p);
    list_push(s->arena, &out->confirm, p->control);
  }
}

/* With the signature optional for every alg, `none` with an empty one proves nothing of its own. */
static void judge_none(const subject *s, const probe_list *probes, outcome *out) {
  judge_acceptance(s, probes, out);
  judge_unknown(s, probes, out);
  const outcome *missing = outcome_of(s, "jwt-signature-missing"),
                *cut = outcome_of(s, "jwt-signature-truncated");
  bool optional = missing->kind == OUTCOME_FOUND || cut->kind == OUTCOME_FOUND;
  if (out->kind != OUTCOME_FOUND || !optional)
    return;
  for (size_t i = 0; i < probes->len; i++)
    if (probes->at[i]->role == ROLE_ATTACK && probes->at[i]->recipe.signature.len &&
        probe_verdict(s, probes->at[i]) >= VERDICT_LIKELY)
      return;
  *out = (outcome){.kind = OUTCOME_SILENT, .severity = out->severity, .probes = probes};
}

/* ---- jwt-key-confusion ----------------------------------------------------------------------- */

const algorithm *hmac_of(const subject *s) {
  return s->alg && s->alg->kind == KEY_SECRET ? s->alg : algorithm_find(STR("HS256"));
}

key *secret_key(arena *a, str secret) {
  key *k = arena_make(a, key);
  *k = (key){.kind = KEY_SECRET, .secret = secret, .is_private = true};
  return k;
}

static str skip_confusion(const subject *s) {
  if (s->alg && s->alg->kind == KEY_SECRET)
    return STR("does not apply: the good token is signed with a shared secret, there is no public "
               "key to misuse");
  return s->public_keys.len
             ? (str){0}
             : STR("needs the public key: --public-key, a published JWKS, or two RSA tokens");
}

/* A verifier that takes one HMAC algorithm with an odd form of the key takes HS256 with it; one
 * that is held to another algorithm is tried with the usual form. */
static bool form_worth(size_t mac, size_t form) {
  return mac == 0 || form < 1;
}

/* The likeliest forms: one operation has 150 requests in all. */
static key_form_list confusion_forms(arena *a, const key *k) {
  enum { FORMS_MAX = 9, FORMS_OF_A_CERTIFICATE = 2 };

  key_form_list out = key_public_forms(a, k);
  size_t most = FORMS_MAX + (k->certificate.len ? FORMS_OF_A_CERTIFICATE : 0);
  if (out.len > most)
    out.len = most;
  key_form raw = {"the raw bytes of the key", key_raw_public(a, k)};
  if (raw.bytes.len)
    list_push(a, &out, raw);
  return out;
}

static void plan_confusion(plan *p) {
  static const char macs[][6] = {"HS256", "HS384", "HS512"};
  const subject *s = p->subject;
  const key *random_secret = fresh_key(p->subject, algorithm_find(STR("HS512")));
  for (size_t k = 0; k < s->public_keys.len; k++) {
    key_form_list forms = confusion_forms(p->arena, &s->public_keys.at[k]);
    for (size_t m = 0; m < sizeof macs / sizeof *macs; m++) {
      recipe other = recipe_with_key(&s->token.header, str_of(macs[m]), random_secret);
      probe *control =
          plan_mint(p, ROLE_CONTROL, &other, &s->token.claims, "%s with a random secret", macs[m]);
      for (size_t f = 0; f < forms.len && form_worth(m, f); f++) {
        recipe r = recipe_with_key(&s->token.header, str_of(macs[m]),
                                   secret_key(p->arena, forms.at[f].bytes));
        probe *attack =
            plan_mint(p, ROLE_ATTACK, &r, &s->token.claims, "%s with the public key as secret (%s)",
                      macs[m], forms.at[f].name);
        plan_control(attack, control);
      }
    }
  }
}

/* ---- jwt-ecdsa-zero -------------------------------------------------------------------------- */

static str skip_ecdsa(const subject *s) {
  if (s->alg && s->alg->kind == KEY_EC)
    return (str){0};
  return arena_printf(s->arena,
                      "does not apply: the good token's alg is %.*s, not ES256, ES384 or ES512",
                      STR_ARG(s->token.alg.len ? s->token.alg : STR("unknown")));
}

/* n, the order of the curve, plus `more`, in the curve's size; r and s must lie in [1, n-1] (RFC
 * 7518 3.4). */
static str order_plus(arena *a, const algorithm *alg, unsigned more) {
  int nid = alg->hash_bits == 256   ? NID_X9_62_prime256v1
            : alg->hash_bits == 384 ? NID_secp384r1
                                    : NID_secp521r1;
  EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
  BIGNUM *n = group ? BN_dup(EC_GROUP_get0_order(group)) : NULL;
  unsigned char *out = arena_alloc(a, alg->coordinate);
  if (n && BN_add_word(n, more))
    BN_bn2binpad(n, out, (int)alg->coordinate);
  BN_free(n);
  EC_GROUP_free(group);
  return str_from(out, alg->coordinate);
}

static str joined(arena *a, str r, str s) {
  buf b = {.arena = a};
  buf_put(&b, r);
  buf_put(&b, s);
  return buf_str(&b);
}

static void plan_ecdsa(plan *p) {
  const subject *s = p->subject;
  arena *a = p->arena;
  str zero = str_from(arena_alloc(a, s->alg->coordinate), s->alg->coordinate);
  str n = order_plus(a, s->alg, 0), past = order_plus(a, s->alg, 1);

  const struct {
    str signature;
    const char *note;
  } forms[] = {{joined(a, zero, zero), "r = s = 0"},
               {joined(a, n, n), "r = s = n, the order of the curve"},
               {joined(a, zero, past), "r = 0, s = n + 1"},
               {joined(a, past, past), "r = s = n + 1"},
               {str_from("\x30\x06\x02\x01\x00\x02\x01\x00", 8), "r = s = 0 in DER"}};

  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    recipe r = recipe_with_signature(&s->token.header, s->token.alg, forms[i].signature);
    plan_mint(p, ROLE_ATTACK, &r, &s->token.claims, "%s", forms[i].note);
  }
}

static const char *const NONE_IMPLIED_BY[] = {"jwt-signature-ignored", NULL};
static const char *const IMPLIED_BY_IGNORED[] = {"jwt-signature-ignored", "jwt-signature-missing",
                                                 NULL};

const check CHECKS_ALGORITHM[] = {
    {.id = "jwt-alg-none",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "An API that answers everybody alike cannot be judged, and is listed as open "
              "instead. A gateway that strips bad tokens and lets the request pass as anonymous "
              "looks like a refusal here, although the code behind it may accept them.",
     .title = "Tokens with alg none are accepted",
     .description = "The token itself may say that it is not signed, and is believed: anybody can "
                    "write any claims.",
     .sent = "alg none, None, NONE, nOnE, NoNe with empty and with kept signature; control: an "
             "unknown alg",
     .fix = "Name the algorithms that are accepted on the verifying side, and never 'none' among "
            "them.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'])",
     .references = "API2 CWE-327 CWE-347 CVE-2018-1000531 CVE-2022-23540 RFC8725-3.2",
     .needs = "T",
     .implied_by = NONE_IMPLIED_BY,
     .phase = 1,
     .plan = plan_none,
     .judge = judge_none},
    {.id = "jwt-key-confusion",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "Silence is weak when the key that the server really uses as HMAC secret has bytes "
              "that were not tried: another line width, comments in the PEM file, a chain of "
              "certificates. Without the public key nothing is sent.",
     .title = "The public key is accepted as an HMAC secret",
     .description = "The token chooses HS256 and the server uses its public key as the secret. "
                    "Everybody has the public key, so everybody can sign.",
     .sent = "HS256, HS384, HS512 signed with every usual text of the public key; control: a "
             "random secret",
     .fix =
         "Pin the algorithm to the key: a key for RS256 or ES256 verifies that and nothing else.",
     .rails = "JWT.decode(token, public_key, true, algorithms: ['RS256']) # never a list mixing HS "
              "with RS or ES",
     .references = "API2 CWE-347 CVE-2015-9235 CVE-2016-10555 CVE-2022-29217 RFC8725-2.1",
     .needs = "T, P",
     .implied_by = NONE_IMPLIED_BY,
     .phase = 1,
     .skip = skip_confusion,
     .plan = plan_confusion},
    {.id = "jwt-ecdsa-zero",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "A library that refuses zero but fails on other degenerate points is not seen.",
     .title = "An ECDSA signature out of range is accepted",
     .description = "r and s must lie between 1 and n-1. A verifier that does not look takes a "
                    "blank signature for any token.",
     .sent = "r = s = 0, r = s = n, values past n, zero in DER",
     .fix = "Update the cryptographic library (Java: CVE-2022-21449) and refuse r and s outside "
            "[1, n-1] before it is asked.",
     .references = "API2 CWE-347 CVE-2022-21449 RFC7518-3.4",
     .needs = "T (ES*)",
     .implied_by = IMPLIED_BY_IGNORED,
     .phase = 1,
     .skip = skip_ecdsa,
     .plan = plan_ecdsa},
};
const size_t CHECKS_ALGORITHM_COUNT = sizeof CHECKS_ALGORITHM / sizeof *CHECKS_ALGORITHM;
