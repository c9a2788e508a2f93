/* One issuer of a policy file. */
#include "token/policy_read.h"

enum { LEEWAY_MAX = 300 };

/* ---- algorithms ------------------------------------------------------------------------------ */

static bool read_algorithm(reader *r, str text, issuer_rule *out) {
  const algorithm *alg = algorithm_find(text);
  const char *near = algorithm_nearest(text);
  if (str_ieq(text, STR("none"))) /* rule 5: RFC 8725 section 3.2 */
    return problem(r->p, "'none' is no algorithm: an unsigned token can never be accepted");
  if (!alg)
    return problem(r->p,
                   "unknown algorithm '%.*s'%s%s%s; known are HS256, HS384, HS512, RS256 to RS512, "
                   "PS256 to PS512, ES256, ES384, ES512 and EdDSA (or Ed25519)",
                   STR_ARG(str_sub(text, 0, 40)), near ? ": did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
  for (size_t i = 0; i < out->algorithm_count; i++) {
    if (out->algorithms[i] == alg)
      return problem(r->p, "'%s' stands twice%s", alg->name,
                     alg->kind == KEY_OKP ? ": EdDSA and Ed25519 are one algorithm here" : "");
    /* rule 4: RFC 8725 section 3.1 */
    if ((out->algorithms[i]->kind == KEY_SECRET) != (alg->kind == KEY_SECRET))
      return problem(r->p,
                     "%s and %s in one issuer: HMAC and public-key algorithms must never mix; keep "
                     "one family, or make two issuers of it",
                     out->algorithms[i]->name, alg->name);
  }
  out->algorithms[out->algorithm_count++] = alg;
  return true;
}

static void read_algorithms(reader *r, const node *n, const char *name, void *into) {
  str_list names = {0};
  if (n->kind != NODE_LIST || !n->items.len) {
    problem(r->p, "`%s` must be a list with at least one algorithm, such as [RS256]", name);
    return;
  }
  for (size_t i = 0; i < n->items.len && i < ALGORITHMS_MAX; i++) {
    at_node(r, n->items.at[i]);
    read_algorithm(r, node_text(n->items.at[i]), into);
  }
  (void)names;
}

/* ---- header members that are tolerated ------------------------------------------------------- */

static void read_tolerated(reader *r, const node *n, const char *name, void *into) {
  str_list names = {0};
  unsigned *bits = into;
  read_texts(r, n, name, &names);
  for (size_t i = 0; i < names.len; i++) {
    unsigned bit = header_key_bit(names.at[i]);
    if (!bit)
      problem(r->p, "`%s` may hold jwk, jku, x5u, x5c, x5t and x5t#S256, not '%.*s'", name,
              STR_ARG(names.at[i]));
    *bits |= bit;
  }
}

/* Claims whose values other rules check need only be there. */
static void read_required(reader *r, const node *n, const char *name, void *into) {
  static const char *const others[] = {"iss", "aud", "exp", "nbf", "iat", "cnf", NULL};
  issuer_rule *out = into;
  str_list names = {0};
  read_texts(r, n, name, &names);
  for (size_t i = 0; i < names.len; i++) {
    bool other = false;
    at_node(r, n->items.at[i < n->items.len ? i : 0]);
    check_claim_name(r, names.at[i]);
    for (size_t k = 0; others[k]; k++)
      other |= str_eq(names.at[i], str_of(others[k]));
    if (other)
      list_push(r->arena, &out->present, names.at[i]);
    else
      list_push(r->arena, &out->required, names.at[i]);
  }
}

static void read_optional(reader *r, const node *n, const char *name, void *into) {
  bool needed = true;
  read_flag(r, n, name, &needed);
  *(bool *)into = !needed;
}

static void read_domain(reader *r, const node *n, const char *name, void *into) {
  str domain = {0};
  read_text(r, n, name, &domain);
  for (size_t i = 0; i < domain.len; i++)
    if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-_", domain.ptr[i])) {
      problem(r->p,
              "`%s` must be a SPIFFE trust domain such as example.org, without scheme or path",
              name);
      return;
    }
  if (domain.len)
    *(str *)into = arena_printf(r->arena, "spiffe://%.*s/", STR_ARG(domain));
}

/* Policies in reports and pages leave these for their reader: with them every token would be
 * refused, and nobody told why. */
static void tell_placeholder(reader *r, str text, str placeholder, const char *instead) {
  if (str_eq(text, placeholder))
    problem_warn(r->p, "%.*s stands for what only you know, and refuses every token: put %s there",
                 STR_ARG(placeholder), instead);
}

static void read_name(reader *r, const node *n, const char *name, void *into) {
  read_text(r, n, name, into);
  tell_placeholder(r, *(str *)into, STR(PLACEHOLDER_ISSUER), "the exact `iss` of the tokens");
}

static void read_audiences(reader *r, const node *n, const char *name, void *into) {
  const str_list *all = into;
  read_texts(r, n, name, into);
  for (size_t i = 0; i < all->len; i++)
    tell_placeholder(r, all->at[i], STR(PLACEHOLDER_AUDIENCE),
                     "the `aud` that tokens for this API carry");
}

/* ---- the issuer ------------------------------------------------------------------------------ */

static const field ISSUER[] = {
    {"issuer", read_name, offsetof(issuer_rule, name), NULL},
    {"spiffe_trust_domain", read_domain, offsetof(issuer_rule, trust_domain), NULL},
    {"algorithms", read_algorithms, 0, NULL},
    {"audiences", read_audiences, offsetof(issuer_rule, audiences),
     "who the tokens must be for: this API's name, such as [my-api]"},
    {"audience_claim", read_claim_name, offsetof(issuer_rule, audience_claim), NULL},
    {"audience_exact", read_flag, offsetof(issuer_rule, audience_exact), NULL},
    {"token", read_places, 0, NULL},
    {"keys", read_keys, offsetof(issuer_rule, keys), NULL},
    {"discovery", read_discovery, 0, NULL},
    {"max_lifetime", read_duration, offsetof(issuer_rule, max_lifetime), NULL},
    {"leeway", read_duration, offsetof(issuer_rule, leeway), NULL},
    {"required", read_required, 0, NULL},
    {"claims", read_claims, 0, NULL},
    {"typ", read_texts, offsetof(issuer_rule, types), NULL},
    {"require_exp", read_optional, offsetof(issuer_rule, exp_optional), NULL},
    {"try_all", read_flag, offsetof(issuer_rule, try_all), NULL},
    {"replay", read_flag, offsetof(issuer_rule, replay), NULL},
    {"tolerate_header", read_tolerated, offsetof(issuer_rule, tolerated), NULL},
    {0}};

static void check_times(reader *r, const node *n, const issuer_rule *out) {
  if (out->leeway > LEEWAY_MAX && at_node(r, node_get(n, "leeway")))
    problem(r->p, "`leeway` may be at most %ds: clocks are set better than that", LEEWAY_MAX);
  if (node_get(n, "max_lifetime") && out->max_lifetime <= 0 &&
      at_node(r, node_get(n, "max_lifetime")))
    problem(r->p, "`max_lifetime` must be above zero");
  if (out->exp_optional && out->max_lifetime > 0 && at_node(r, node_get(n, "require_exp")))
    problem(r->p, "`max_lifetime` needs `exp`: remove `require_exp: false`");
  if (out->exp_optional && out->replay && at_node(r, node_get(n, "require_exp")))
    problem(
        r->p,
        "`replay` needs `exp`, for nothing is remembered for ever: remove `require_exp: false`");
  if (out->exp_optional && at_node(r, node_get(n, "require_exp")))
    problem_warn(r->p, "tokens without `exp` are taken: they are good for ever");
}

static bool at_keys(reader *r, const node *n) {
  const node *keys = node_get(n, "keys");
  return at_node(r, keys ? keys : n);
}

void read_issuer(reader *r, const node *n, issuer_rule *out) {
  *out = (issuer_rule){.line = n->line,
                       .column = n->column,
                       .keys = {.refresh = 300, .cool_down = 30, .overlap = 0}};
  bool ok = read_map(r, n, "an issuer", ISSUER, out);
  use_default_place(r, out);
  if (!ok)
    return;
  check_keys(r, n, out);
  at_node(r, n);
  if (!out->algorithm_count && out->keys.kind != BT_KEYS_INTROSPECTION)
    problem(r->p, "an issuer lacks `algorithms`: the signature algorithms, such as [RS256]");
  if (!out->name.ptr == !out->trust_domain.ptr)
    problem(r->p, out->name.ptr ? "an issuer has either `issuer` or `spiffe_trust_domain`, not both"
                                : "an issuer lacks `issuer`: the exact `iss` of its tokens");
  bool hmac = out->algorithm_count && out->algorithms[0]->kind == KEY_SECRET;
  if (out->trust_domain.ptr && out->keys.kind == BT_KEYS_INTROSPECTION)
    problem(r->p, "SPIFFE JWT-SVIDs are signed: nobody is asked about them");
  if (out->trust_domain.ptr && hmac) /* rule 20: SPIFFE JWT-SVID section 2 */
    problem(r->p, "SPIFFE JWT-SVIDs are signed by RS, PS or ES algorithms, not by %s",
            out->algorithms[0]->name);
  bool public_only = keys_by_url(out->keys.kind) || out->keys.kind == BT_KEYS_PKCS11;
  if (public_only && hmac && at_keys(r, n))
    problem(r->p, "an HMAC secret must not come from %s: use {file: NAME.secret} or {env: NAME}",
            out->keys.kind == BT_KEYS_PKCS11 ? "a token of PKCS#11, which gives public keys alone"
                                             : "a URL");
  check_times(r, n, out);
}
