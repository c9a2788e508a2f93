/* The header: what it may say, and which key that picks. */
#include "token/strict.h"

/* ---- members that bring a key: rule 10: RFC 8725 section 3.10, CVE-2018-0114 ----------------- */

static const char *const HEADER_KEYS[] = {"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"};

unsigned header_key_bit(str name) {
  for (unsigned i = 0; i < sizeof HEADER_KEYS / sizeof *HEADER_KEYS; i++)
    if (str_eq(name, str_of(HEADER_KEYS[i])))
      return 1U << i;
  return 0;
}

/* ---- one member after the other -------------------------------------------------------------- */

/* rule 9: RFC 7515 section 4.1.11: nothing is understood here, so no list of names can be
 * satisfied; empty, doubled, unknown or standard names in it are malformed besides */
static bt_refusal take_crit(bt_result *r, const json_member *m) {
  (void)m;
  return refuse(r, BT_CRIT_UNKNOWN, "no extension is understood here");
}

/* rule 9: RFC 7797 section 7: not even `b64: true`, which needs `crit` */
static bt_refusal take_b64(bt_result *r, const json_member *m) {
  return refuse(r, BT_B64_FALSE, m->kind == JSON_TRUE ? "`b64` without `crit`" : NULL);
}

/* rule 9: RFC 7516 section 4.1: CVE-2023-51774; RFC 7519 section 5.2 (`cty` JWT: a nested token) */
static bt_refusal take_encrypted(bt_result *r, const json_member *m) {
  return refuse(r, BT_ENCRYPTED_OR_NESTED, "`%.*s`", STR_ARG(m->name));
}

static bool is_jwt_type(str s) {
  if (str_starts(s, STR("application/")))
    s = str_sub(s, 12, s.len);
  return str_ieq(s, STR("JWT")) || str_ieq(s, STR("JWE")) || str_ieq(s, STR("JOSE")) ||
         str_ieq(s, STR("JOSE+JSON"));
}

static bt_refusal take_cty(bt_result *r, const json_member *m) {
  if (m->kind != JSON_STRING || is_jwt_type(m->text))
    return refuse(r, BT_ENCRYPTED_OR_NESTED, "`cty`");
  return BT_REFUSAL_NONE;
}

static bt_refusal take_kid(bt_result *r, const json_member *m) {
  /* rule 11: RFC 7515 section 4.1.4: opaque bytes, of bounded length */
  if (m->kind != JSON_STRING)
    return refuse(r, BT_KID_INVALID, "it is no string");
  if (!m->text.len || m->text.len > KID_MAX)
    return refuse(r, BT_KID_INVALID, "it has %zu bytes", m->text.len);
  memcpy(r->kid, m->text.ptr, m->text.len);
  r->kid_len = m->text.len;
  return BT_REFUSAL_NONE;
}

static const struct {
  const char *name;
  bt_refusal (*take)(bt_result *r, const json_member *m);
} MEMBERS[] = {{"kid", take_kid},       {"crit", take_crit},     {"b64", take_b64},
               {"zip", take_encrypted}, {"enc", take_encrypted}, {"epk", take_encrypted},
               {"cty", take_cty}};

static bt_refusal take_alg(bt_result *r) {
  const json_member *m = json_find(&r->token.header, STR("alg"));
  /* rule 4: RFC 7515 section 4.1.1: it must be there, a string, in exact case */
  if (!m || m->kind != JSON_STRING)
    return refuse(r, BT_ALG_MISSING, m ? "it is no string" : NULL);
  r->alg = algorithm_find(m->text);
  if (r->alg)
    return BT_REFUSAL_NONE;
  /* rule 5: RFC 8725 section 3.2: named for the log; there is no code that could accept it */
  return refuse(r, str_ieq(m->text, STR("none")) ? BT_ALG_NONE : BT_ALG_NOT_ALLOWED,
                "unknown here");
}

static unsigned header_keys(const json_object *h) {
  unsigned bits = 0;
  for (size_t i = 0; i < h->len; i++)
    bits |= header_key_bit(str_from(h->members[i].name.ptr, h->members[i].name.len));
  return bits;
}

bt_refusal header_check(bt_result *r) {
  const json_object *h = &r->token.header;
  if (r->token.header_kept) { /* checked with the token before, whose header was the same */
    r->alg = r->header_alg;
    r->kid_len = r->header_kid_len;
    return BT_REFUSAL_NONE;
  }
  bt_refusal why = take_alg(r);
  for (size_t i = 0; !why && i < sizeof MEMBERS / sizeof *MEMBERS; i++) {
    const json_member *m = json_find(h, str_of(MEMBERS[i].name));
    if (m)
      why = MEMBERS[i].take(r, m);
  }
  if (why)
    return why;
  r->header_alg = r->alg;
  r->header_kid_len = r->kid_len;
  r->header_keys = header_keys(h);
  compact_keep_header(&r->token);
  return BT_REFUSAL_NONE;
}

/* ---- what depends on the issuer -------------------------------------------------------------- */

/* rule 10: RFC 8725 section 3.10: even tolerated, such a member chooses nothing: nobody reads it */
static bt_refusal check_header_keys(bt_result *r) {
  unsigned foreign = r->header_keys & ~r->issuer->tolerated;
  if (!foreign)
    return BT_REFUSAL_NONE;
  const char *name = HEADER_KEYS[__builtin_ctz(foreign)];
  return refuse(r, BT_HEADER_KEY,
                "`%s`; `tolerate_header: [%s]` for this issuer lets it stand there unread", name,
                name);
}

/* RFC 7515 section 4.1.9: without a slash, `application/` stands in front; media types ignore case
 * (RFC 2045 5.1). */
static str media_type(str s) {
  return str_starts(s, STR("application/")) ||
                 (s.len >= 12 && str_ieq(str_sub(s, 0, 12), STR("application/")))
             ? str_sub(s, 12, s.len)
             : s;
}

/* rule 12: RFC 8725 section 3.11, RFC 9068 section 4 */
static bt_refusal check_typ(bt_result *r) {
  const json_member *m = json_find(&r->token.header, STR("typ"));
  const str_list *types = &r->issuer->types;
  if (m && m->kind != JSON_STRING)
    return refuse(r, BT_TYP_MISMATCH, "it is no string");
  if (!types->len)
    return BT_REFUSAL_NONE;
  if (!m)
    return refuse(r, BT_TYP_MISMATCH, "it is missing");
  for (size_t i = 0; i < types->len; i++)
    if (str_ieq(media_type(m->text), media_type(types->at[i])))
      return BT_REFUSAL_NONE;
  return refuse(r, BT_TYP_MISMATCH, NULL);
}

static bool alg_allowed(const bt_result *r) {
  for (size_t i = 0; i < r->issuer->algorithm_count; i++)
    if (r->issuer->algorithms[i] == r->alg)
      return true;
  return false;
}

/* ---- the key --------------------------------------------------------------------------------- */

static bool is_current(const verify_key *k, double now) {
  return k->retires == 0 || now < k->retires;
}

/* Of those that the token may mean: how many there are, how many fit its algorithm, and the first
 * of these. */
typedef struct {
  size_t named, fitting;
  const verify_key *fit[TRY_ALL_MAX];
} choice;

static void consider(const bt_result *r, const verify_key *k, choice *c) {
  c->named++;
  if (!key_fits(k, r->alg))
    return;
  if (c->fitting < TRY_ALL_MAX)
    c->fit[c->fitting] = k;
  c->fitting++;
}

/* rule 11: RFC 7517 section 4.5: keys of that kid; where none has it, keys that have no kid at all
 * (PEM, secrets) */
static choice choose(const bt_result *r, const key_row *row) {
  str kid = str_from(r->kid, r->kid_len);
  choice c;
  c.named = c.fitting = 0;
  for (size_t i = 0; kid.len && i < row->len; i++)
    if (row->at[i]->kid.ptr && str_eq(row->at[i]->kid, kid) && is_current(row->at[i], r->now))
      consider(r, row->at[i], &c);
  bool none_has_it = c.named == 0;
  for (size_t i = 0; none_has_it && i < row->len; i++)
    if ((!kid.len || !row->at[i]->kid.ptr) && is_current(row->at[i], r->now))
      consider(r, row->at[i], &c);
  return c;
}

static bt_refusal try_keys(bt_result *r, const verify_key *const *keys, size_t n) {
  bt_refusal why = BT_SIGNATURE_INVALID;
  for (size_t i = 0; i < n; i++) {
    bt_refusal one =
        signature_check(keys[i], r->alg, r->token.signing_input, r->token.signature, r->stripe);
    if (!one) {
      r->key = keys[i];
      return BT_REFUSAL_NONE;
    }
    if (i == 0)
      why = one;
  }
  return refuse(r, why, NULL);
}

bt_refusal key_check(bt_result *r, const issuer_keys *keys) {
  bt_refusal why = check_header_keys(r);
  if (!why)
    why = check_typ(r);
  if (why)
    return why;
  if (!alg_allowed(r))
    return refuse(r, BT_ALG_NOT_ALLOWED, NULL); /* rule 4: RFC 8725 section 3.1 */
  /* rule 23: no key at all, or the last good set is past its life: fail closed, and not as the
   * client's fault */
  bool stale = keys->good_until != 0 && r->now >= keys->good_until;
  if (stale || !keys->keys.len)
    return refuse(r, BT_KEYS_UNAVAILABLE, stale ? "the last good set is too old" : NULL);
  choice c = choose(r, &keys->keys);
  if (!c.named && r->kid_len) {
    policy_want_keys(r->policy, r->issuer_index);
    return refuse(r, BT_KID_UNKNOWN, NULL);
  }
  if (!c.fitting)
    return refuse(r, BT_ALG_KEY_MISMATCH, "%s", r->alg->name);
  if (c.fitting > 1 && (!r->issuer->try_all || c.fitting > TRY_ALL_MAX))
    return refuse(r, BT_KID_AMBIGUOUS,
                  r->kid_len
                      ? "%zu keys fit, and none of them bears a kid: the token's names none; "
                        "write them as a JWKS with kids, or set try_all: true"
                      : "%zu keys fit",
                  c.fitting);
  return try_keys(r, c.fit, c.fitting);
}
