/* What is done with the key id that anybody may write? */
#include "scan/checks/checks.h"

/* ---- jwt-kid-path ---------------------------------------------------------------------------- */

static void plan_kid(plan *p, probe_role role, str kid, str secret, const char *what) {
  const subject *s = p->subject;
  members header = members_copy(p->arena, &s->token.header);
  members_set_str(p->arena, &header, STR("kid"), kid);
  recipe r = recipe_with_key(&header, str_of(hmac_of(s)->name), secret_key(p->arena, secret));
  plan_mint(p, role, &r, &s->token.claims, "kid %.*s, signed with %s", STR_ARG(kid), what);
}

/* /dev/null is empty on every Unix, and randomize_va_space holds one public digit: no secret is
 * read. */
static void plan_path(plan *p) {
  static const char *const nothing[] = {"/dev/null", "../../../dev/null",
                                        "../../../../../../dev/null",
                                        "../../../../../../../../../../../../dev/null",
                                        "....//....//....//....//....//....//....//dev/null"};
  static const char *const digit[] = {
      "/proc/sys/kernel/randomize_va_space",
      "../../../../../../../../../../../../proc/sys/kernel/randomize_va_space"};
  plan_kid(p, ROLE_CONTROL, STR("batten-unknown"), STR(""), "the empty secret");
  plan_kid(p, ROLE_CONTROL, STR("batten-unknown"), STR("2\n"), "the secret '2' with a newline");
  plan_kid(p, ROLE_CONTROL, STR("batten-unknown"), STR("2"), "the secret '2'");
  for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
    plan_kid(p, ROLE_ATTACK, str_of(nothing[i]), STR(""), "the empty content of that file");
  for (size_t i = 0; i < sizeof digit / sizeof *digit; i++) {
    plan_kid(p, ROLE_ATTACK, str_of(digit[i]), STR("2\n"),
             "the public content of that file ('2' and a newline)");
    plan_kid(p, ROLE_ATTACK, str_of(digit[i]), STR("2"),
             "the public content of that file, trimmed ('2')");
  }
}

/* ---- jwt-kid-injection ----------------------------------------------------------------------- */

enum { KID_PLAIN, KID_QUOTE, KID_DOUBLED, KID_COMMENT, KID_OTHER, KID_COUNT };

/* Under the old signature all of these are refused; only how they are refused is compared. The kid
 * itself counts as "batten" in the answers, so that an echo makes no difference. */
static probe *plan_sql(plan *p, const char *kid, const char *note) {
  const subject *s = p->subject;
  members header = members_copy(p->arena, &s->token.header);
  members_set_str(p->arena, &header, STR("kid"), str_of(kid));
  recipe r = recipe_with_signature(&header, s->token.alg, s->token.signature);
  probe *out = plan_mint(p, ROLE_LOOK, &r, &s->token.claims, "kid %s (%s)", kid, note);
  if (!out)
    return NULL;
  out->echo = str_of(kid);
  out->meant = STR("batten");
  return out;
}

static void plan_injection(plan *p) {
  plan_sql(p, "batten", "plain");
  plan_sql(p, "batten'", "a quote");
  plan_sql(p, "batten''", "a doubled quote");
  plan_sql(p, "batten'-- ", "a quote and a comment");
  plan_sql(p, "batten`~", "other odd characters");
  const subject *s = p->subject;
  members header = members_copy(p->arena, &s->token.header);
  members_set_str(p->arena, &header, STR("kid"), STR("batten' UNION SELECT 'batten-secret'-- "));
  recipe r = recipe_with_key(&header, str_of(hmac_of(s)->name),
                             secret_key(p->arena, STR("batten-secret")));
  plan_mint(p, ROLE_ATTACK, &r, &s->token.claims, "kid that selects a key of our own by UNION");
}

static const feature_set *features_at(const probe *p, size_t try) {
  if (!p->answers || try >= p->answers->tries.len)
    return NULL;
  const exchange *x = &p->answers->tries.at[try];
  bool decides =
      x->response.failure == HTTP_OK && !x->response.throttled && !answer_is_gateways(&x->response);
  return decides ? &x->features : NULL;
}

/* What changes between two answers to the same plain kid says nothing: it is left out on both
 * sides. */
static bool same_but_for(arena *a, const feature_set *x, const feature_set *y,
                         const feature_set *n1, const feature_set *n2) {
  feature_set kept[2] = {{0}, {0}};
  const feature_set *from[2] = {x, y};
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < from[side]->len; i++) {
      uint64_t place = from[side]->at[i].place, v1 = 0, v2 = 0;
      for (size_t k = 0; n2 && k < n1->len; k++)
        if (n1->at[k].place == place)
          v1 = n1->at[k].value;
      for (size_t k = 0; n2 && k < n2->len; k++)
        if (n2->at[k].place == place)
          v2 = n2->at[k].value;
      if (!n2 || v1 == v2)
        list_push(a, &kept[side], from[side]->at[i]);
    }
  return answers_equal(&kept[0], &kept[1]);
}

/* The quote differs from plain; doubled quote, and other odd characters, do not: only a string
 * literal in SQL reads them so. */
static bool syntax_explains(const subject *s, const probe_list *probes, size_t try) {
  const feature_set *f[KID_COUNT], *again = features_at(probes->at[KID_PLAIN], try + 1);
  if (!again && try > 0)
    again = features_at(probes->at[KID_PLAIN], try - 1);
  for (size_t i = 0; i < KID_COUNT; i++) {
    f[i] = features_at(probes->at[i], try);
    if (!f[i])
      return false;
  }
  const feature_set *plain = f[KID_PLAIN];
  return !same_but_for(s->arena, plain, f[KID_QUOTE], plain, again) &&
         same_but_for(s->arena, plain, f[KID_DOUBLED], plain, again) &&
         same_but_for(s->arena, plain, f[KID_OTHER], plain, again);
}

static bool comment_repairs(const subject *s, const probe_list *probes) {
  const feature_set *plain = features_at(probes->at[KID_PLAIN], 0),
                    *comment = features_at(probes->at[KID_COMMENT], 0);
  return plain && comment &&
         same_but_for(s->arena, plain, comment, plain, features_at(probes->at[KID_PLAIN], 1));
}

static size_t tries(const probe *p) {
  return p->answers ? p->answers->tries.len : 0;
}

static void judge_injection(const subject *s, const probe_list *probes, outcome *out) {
  if (probes->len <= KID_COUNT || !features_at(probes->at[KID_PLAIN], 0)) {
    outcome_not_tested(s, out, "the probes got no answer that decides");
    return;
  }
  bool selected = probe_verdict(s, probes->at[KID_COUNT]) == VERDICT_ACCEPTED;
  bool each_time = true;
  for (size_t t = 0; t < tries(probes->at[KID_PLAIN]); t++)
    each_time &= syntax_explains(s, probes, t);
  if (!selected && !each_time)
    return;
  out->kind = OUTCOME_FOUND;
  out->severity = selected ? SEVERITY_CRITICAL : SEVERITY_HIGH;
  out->confidence = selected || comment_repairs(s, probes) ? CONFIDENCE_CONFIRMED : CONFIDENCE_FIRM;
  if (selected) {
    out->detail =
        STR("A key chosen by the injected query was accepted: tokens can be forged at will.");
    outcome_prove(s, out, probes->at[KID_COUNT]);
  }
  for (size_t i = 0; i <= KID_COMMENT; i++)
    outcome_prove(s, out, probes->at[(i + KID_QUOTE) % (KID_COMMENT + 1)]);
  for (size_t i = 0; i < probes->len; i++)
    list_push(s->arena, &out->confirm, probes->at[i]);
}

static const char *const PATH_IMPLIED_BY[] = {"jwt-signature-ignored", NULL};

#define KID_FIX "Use kid for nothing but a look-up among the issuer's own keys, held in memory."
#define KID_RAILS                                                               \
  "KEYS = { 'key-2025' => Rails.application.credentials.jwt_secret! }.freeze\n" \
  "JWT.decode(token, nil, true, algorithms: ['HS256']) { |header| KEYS.fetch(header['kid']) }"

const check CHECKS_KID[] = {
    {.id = "jwt-kid-path",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong =
         "Where /dev/null is out of reach, or a suffix is added to the name, the same flaw stays "
         "silent. A server that takes the empty key for any kid is told apart by its control.",
     .title = "kid is used as a path: the forger chooses the key file",
     .description = "A kid that walks to a file with known content makes that content the secret: "
                    "anybody can sign.",
     .sent = "kid reaching /dev/null by several depths, signed with the empty key; control: an "
             "unknown kid with the same key",
     .fix = KID_FIX,
     .rails = KID_RAILS,
     .references = "API2 CWE-22 CWE-347 RFC8725-3.10",
     .needs = "T",
     .implied_by = PATH_IMPLIED_BY,
     .phase = 1,
     .plan = plan_path},
    {.id = "jwt-kid-injection",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_HIGH,
     .wrong = "A server that answers quotes in any header value with an error of its own shows the "
              "same difference; the doubled quote is the control for it, and what remains is told "
              "as a likelihood.",
     .title = "kid reaches a SQL statement",
     .description = "A quote in kid breaks a statement and a doubled quote mends it: the forger "
                    "can make the query return a key of their choice.",
     .sent = "kid plain, with a quote, a doubled quote, a comment, other odd characters; a UNION "
             "of our own key",
     .fix = KID_FIX,
     .rails = KID_RAILS,
     .references = "API2 CWE-89 RFC8725-3.10",
     .needs = "T",
     .implied_by = PATH_IMPLIED_BY,
     .phase = 1,
     .plan = plan_injection,
     .judge = judge_injection},
};
const size_t CHECKS_KID_COUNT = sizeof CHECKS_KID / sizeof *CHECKS_KID;
