/* Is the signature looked at, and all of it? */
#include "scan/checks/checks.h"

/* ---- jwt-signature-ignored ------------------------------------------------------------------- */

static str flip_first_byte(arena *a, str bytes) {
  char *out = arena_text(a, bytes);
  if (bytes.len)
    out[0] = (char)(out[0] ^ 0x5A);
  return str_from(out, bytes.len);
}

/* Header and payload as they stand, spaces and all: written anew, they may be other bytes than the
 * signature is of. */
static probe *plan_signature(plan *p, probe_role role, str signature, const char *note) {
  const subject *s = p->subject;
  recipe r = recipe_with_signature(&s->token.header, s->token.alg, signature);
  probe *out = plan_mint(p, role, &r, &s->token.claims, "%s", note);
  out->token = token_resigned(p->arena, s, signature);
  out->request = request_with_token(p->arena, s->operation, out->token);
  return out;
}

static void plan_ignored(plan *p) {
  const subject *s = p->subject;
  str wrong =
      flip_first_byte(p->arena, s->token.signature.len ? s->token.signature
                                                       : STR("batten-wrong-signature-bytes-xx"));
  plan_signature(p, ROLE_ATTACK, wrong, "the signature's first byte changed");
  recipe kept = recipe_with_signature(&s->token.header, s->token.alg, s->token.signature);
  members changed = members_copy(p->arena, &s->token.claims);
  members_set_str(p->arena, &changed, STR("batten"), STR("changed"));
  plan_mint(p, ROLE_ATTACK, &kept, &changed, "a claim added under the old signature");
}

/* ---- jwt-signature-truncated ----------------------------------------------------------------- */

static str flip_last_half(arena *a, str bytes) {
  char *out = arena_text(a, bytes);
  for (size_t i = bytes.len / 2; i < bytes.len; i++)
    out[i] = (char)(out[i] ^ 0x5A);
  return str_from(out, bytes.len);
}

static void plan_cut(plan *p, str signature, const char *what) {
  probe *control = plan_signature(p, ROLE_CONTROL, flip_first_byte(p->arena, signature),
                                  arena_printf(p->arena, "%s, one byte of it changed", what).ptr);
  plan_control(plan_signature(p, ROLE_ATTACK, signature, what), control);
}

static void plan_truncated(plan *p) {
  str signature = p->subject->token.signature;
  static const size_t lengths[] = {
      1, 8, 9, 16}; /* of 9 the text is a beginning of the whole signature's text, too */
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths && signature.len > lengths[i]; i++)
    plan_cut(p, str_sub(signature, 0, lengths[i]),
             arena_printf(p->arena, "the signature cut to %zu byte%s", lengths[i],
                          lengths[i] > 1 ? "s" : "")
                 .ptr);
  plan_cut(p, str_sub(signature, 0, signature.len / 2), "the first half of the signature");
  plan_cut(p, str_sub(signature, signature.len / 2, signature.len),
           "the second half of the signature");
  plan_cut(p, flip_last_half(p->arena, signature),
           "the signature with other bytes in its second half");
}

static str skip_truncated(const subject *s) {
  return s->token.signature.len > 2 ? (str){0} : STR("the good token has no signature to cut");
}

/* ---- jwt-signature-missing ------------------------------------------------------------------- */

static void plan_missing(plan *p) {
  const subject *s = p->subject;
  recipe empty = recipe_with_signature(&s->token.header, s->token.alg, STR(""));
  plan_mint(p, ROLE_ATTACK, &empty, &s->token.claims, "alg kept, signature empty");
  plan_token(p, ROLE_ATTACK, s->token.signing_input, "alg kept, no signature and no second dot")
      ->forged = true;
}

/* ---- jwt-duplicate-member -------------------------------------------------------------------- */

static str skip_duplicate(const subject *s) {
  return s->forger.valid ? (str){0}
                         : STR("needs --signing-key (or a forgery that this operation accepts)");
}

static void plan_duplicate(plan *p) {
  const subject *s = p->subject;
  members twice = {0};
  list_push(p->arena, &twice, (member){STR("batten"), STR("1")});
  list_push(p->arena, &twice, (member){STR("batten"), STR("2")});
  for (size_t i = 0; i < s->token.claims.len; i++)
    list_push(p->arena, &twice, s->token.claims.at[i]);
  recipe r = s->forger;
  plan_mint(p, ROLE_ATTACK, &r, &twice, "the claim 'batten' twice, with two values");
}

static const char *const IMPLIED_BY_IGNORED[] = {"jwt-signature-ignored", NULL};
static const char *const MISSING_IMPLIED_BY[] = {"jwt-signature-ignored", "jwt-signature-truncated",
                                                 NULL};

const check CHECKS_SIGNATURE[] = {
    {.id = "jwt-signature-ignored",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "An operation whose answer does not depend on the token is open, not forgeable, and "
              "is told so. A cache that keys on less than the whole token looks the same: the "
              "finding names what was sent.",
     .title = "The token's signature is not checked",
     .description = "A token with a wrong signature is taken like a good one, so anybody can write "
                    "any claims and be anybody.",
     .sent = "the good token with signature bytes changed; a claim added under the old signature",
     .fix = "Verify the signature before any claim is read. In Ruby the third argument of "
            "JWT.decode must be true, with the key and the algorithm named.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'],\n"
              "           iss: ISSUER, verify_iss: true, aud: AUDIENCE, verify_aud: true,\n"
              "           required_claims: %w[exp iss aud sub])",
     .references = "API2 CWE-347 CVE-2021-22573 RFC8725-3.3",
     .needs = "T",
     .phase = 1,
     .plan = plan_ignored},
    {.id = "jwt-signature-truncated",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "Only cuts to 1, 8, 9 and 16 bytes and halves are tried; a comparison that stops at "
              "another length is not seen.",
     .title = "Part of the signature is enough",
     .description = "A signature cut short is taken as whole. A short one can be guessed by "
                    "trying, so tokens can be forged.",
     .sent = "the signature cut to 1, 8, 9 and 16 bytes and to its halves; control: the same "
             "lengths with a byte changed",
     .fix = "Refuse every signature whose length is not the algorithm's own, and compare all of it "
            "in constant time.",
     .rails = "expected.bytesize == given.bytesize && "
              "OpenSSL.fixed_length_secure_compare(expected, given)",
     .references = "API2 CWE-347 CVE-2018-1000539 RFC7518-3.2",
     .needs = "T",
     .implied_by = IMPLIED_BY_IGNORED,
     .phase = 1,
     .skip = skip_truncated,
     .plan = plan_truncated},
    {.id = "jwt-signature-missing",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "A gateway that drops such tokens hides what the code behind it does.",
     .title = "A token without a signature is accepted",
     .description = "The signature may be left out although the header names an algorithm, so "
                    "anybody can write tokens.",
     .sent = "alg kept, signature empty, with and without the last dot",
     .fix = "Refuse tokens that are not three parts with a signature of the algorithm's length.",
     .rails = "JWT.decode(token, key, true, algorithms: ['HS256'])",
     .references = "API2 CWE-347 CVE-2020-28042 RFC7515-5.2",
     .needs = "T",
     .implied_by = MISSING_IMPLIED_BY,
     .phase = 1,
     .plan = plan_missing},
};
const size_t CHECKS_SIGNATURE_COUNT = sizeof CHECKS_SIGNATURE / sizeof *CHECKS_SIGNATURE;

const check CHECKS_DUPLICATE[] = {
    {.id = "jwt-duplicate-member",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_MEDIUM,
     .wrong = "That both members were read differently by two components is not seen from outside; "
              "only that the token was taken.",
     .title = "A claim may stand twice in a token",
     .description = "Two readers of such a token can see two identities: one takes the first "
                    "value, the other the last.",
     .sent = "the payload with a claim twice, minted with the owner's key or through a flaw found "
             "before",
     .fix = "Parse tokens with a JSON parser that refuses duplicate members.",
     .rails =
         "JSON.parse(payload, allow_duplicate_key: false) # json 2.13; before: batten's verifier",
     .references = "API2 CWE-436 RFC7519-4",
     .needs = "K or a flaw",
     .phase = 2,
     .skip = skip_duplicate,
     .plan = plan_duplicate},
};
const size_t CHECKS_DUPLICATE_COUNT = sizeof CHECKS_DUPLICATE / sizeof *CHECKS_DUPLICATE;
