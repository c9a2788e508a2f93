/* DPoP proofs (RFC 9449 section 4.3): the request was made by who holds the token's key. */
#include "token/strict.h"
#include "token/revocation.h"

#include <math.h>
#include <openssl/crypto.h>

enum { PROOF_LIMIT = 8192, JTI_MAX = 256 };

static str text_member(const json_object *o, const char *name) {
  const json_member *m = json_find(o, str_of(name));
  return m && m->kind == JSON_STRING ? m->text : (str){0};
}

/* ---- htu: compared without query and fragment, after RFC 3986 sections 6.2.2.1 and 6.2.3 ----- */

typedef struct {
  str scheme, host, port, path;
} uri_parts;

static bool split_uri(str s, uri_parts *out) {
  size_t scheme = str_find(s, STR("://"), 0);
  if (scheme == SIZE_MAX || scheme == 0)
    return false;
  out->scheme = str_sub(s, 0, scheme);
  str rest = str_sub(s, scheme + 3, s.len);
  size_t end = 0;
  while (end < rest.len && !memchr("/?#", rest.ptr[end], 3))
    end++;
  str authority = str_sub(rest, 0, end), path = str_sub(rest, end, rest.len);
  if (!authority.len || memchr(authority.ptr, '@', authority.len))
    return false;
  size_t cut = 0;
  while (cut < path.len && path.ptr[cut] != '?' && path.ptr[cut] != '#')
    cut++;
  out->path = cut ? str_sub(path, 0, cut) : STR("/");
  size_t colon = authority.len;
  while (colon > 0 && authority.ptr[colon - 1] >= '0' && authority.ptr[colon - 1] <= '9')
    colon--;
  bool has_port = colon > 0 && authority.ptr[colon - 1] == ':';
  out->host = has_port ? str_sub(authority, 0, colon - 1) : authority;
  out->port = has_port ? str_sub(authority, colon, authority.len) : STR("");
  if (!out->port.len)
    out->port = str_ieq(out->scheme, STR("https")) ? STR("443") : STR("80");
  return true;
}

static bool same_uri(const bt_result *r, str htu, str uri) {
  uri_parts a, b;
  if (!split_uri(htu, &a))
    return false;
  if (uri.len && uri.ptr[0] == '/') {
    if (!split_uri(policy_rules_of(r->policy)->dpop_origin, &b))
      return false;
    size_t cut = 0;
    while (cut < uri.len && uri.ptr[cut] != '?' && uri.ptr[cut] != '#')
      cut++;
    b.path = str_sub(uri, 0, cut);
  } else if (!split_uri(uri, &b)) {
    return false;
  }
  return str_ieq(a.scheme, b.scheme) && str_ieq(a.host, b.host) && str_eq(a.port, b.port) &&
         str_eq(a.path, b.path);
}

/* ---- the proof's header ---------------------------------------------------------------------- */

static bool is_proof_type(str typ) { /* RFC 9449 section 4.2 */
  return str_ieq(typ, STR("dpop+jwt")) || str_ieq(typ, STR("application/dpop+jwt"));
}

/* The key, from the header: the one place where a header may bring one, for the token says which
 * key it must be. */
static bt_refusal proof_key(bt_result *r, const algorithm **alg, verify_key **out) {
  compact *c = &r->proof;
  if (json_scan(c->header_json, &c->header))
    return refuse(r, BT_DPOP_INVALID, "its header is no strict JSON object");
  const json_member *jwk = json_find(&c->header, STR("jwk"));
  *alg = algorithm_find(text_member(&c->header, "alg"));
  if (!is_proof_type(text_member(&c->header, "typ")))
    return refuse(r, BT_DPOP_INVALID, "`typ` is not dpop+jwt");
  if (!*alg || (*alg)->kind == KEY_SECRET)
    return refuse(r, BT_DPOP_INVALID, "`alg` is no public-key algorithm");
  if (json_find(&c->header, STR("crit")) || json_find(&c->header, STR("b64")) ||
      json_find(&c->header, STR("zip")))
    return refuse(r, BT_DPOP_INVALID, "it asks for an extension");
  if (!jwk || jwk->kind != JSON_OBJECT || json_scan(jwk->raw, &c->claims))
    return refuse(r, BT_DPOP_INVALID, "no `jwk`");
  problems silent = {0};
  key_wish wish = {.algorithms = alg, .algorithm_count = 1, .from_url = true};
  if (!key_from_jwk(&c->claims, &wish, &silent, out))
    return refuse(r, BT_DPOP_INVALID, "its `jwk` is no fit public key");
  return BT_REFUSAL_NONE;
}

/* ---- the proof's claims ---------------------------------------------------------------------- */

/* rule 19: RFC 9449 section 4.3, checks 8 to 12 */
static bt_refusal check_proof_claims(bt_result *r, const bt_request *request, str jwt) {
  const json_object *o = &r->proof.claims;
  unsigned char hash[64], ath[64];
  double iat = NAN, age = policy_rules_of(r->policy)->dpop_max_age;
  const json_member *issued = json_find(o, STR("iat"));
  if (!str_eq(text_member(o, "htm"), str_of_text(request->method)) || !request->method.len)
    return refuse(r, BT_DPOP_MISMATCH, "`htm` is not the method");
  if (!same_uri(r, text_member(o, "htu"), str_of_text(request->uri)))
    return refuse(r, BT_DPOP_MISMATCH, "`htu` is not the URI");
  if (!issued || issued->kind != JSON_NUMBER || !json_number(issued->raw, &iat) ||
      !(fabs(r->now - iat) <= age))
    return refuse(r, BT_DPOP_INVALID, "`iat` is not within %.0f s", age);
  hash_of(256, jwt, hash);
  str text = text_member(o, "ath");
  if (text.len != 43 || base64_strict(text, ath) != 32 || CRYPTO_memcmp(hash, ath, 32) != 0)
    return refuse(r, BT_DPOP_MISMATCH, "`ath` is not this token's hash");
  str nonce = text_member(o, "nonce");
  if (request->nonce.ptr && (nonce.len != request->nonce.len ||
                             CRYPTO_memcmp(nonce.ptr, request->nonce.ptr, nonce.len) != 0))
    return refuse(r, BT_DPOP_NONCE, NULL); /* rule 22 */
  if (policy_rules_of(r->policy)->nonces) {
    nonce_verdict verdict = nonce_check(r->policy, nonce, r->now);
    r->nonce_due = verdict != NONCE_GOOD;
    if (verdict == NONCE_WRONG)
      return refuse(r, BT_DPOP_NONCE, NULL);
  }
  str jti = text_member(o, "jti");
  if (!jti.len || jti.len > JTI_MAX)
    return refuse(r, BT_DPOP_INVALID, "`jti` is missing, empty or too long");
  return BT_REFUSAL_NONE;
}

/* rule 19: RFC 9449 section 11.1: each proof once */
static bt_refusal check_proof_replay(bt_result *r, str thumbprint) {
  double age = policy_rules_of(r->policy)->dpop_max_age;
  str jti = text_member(&r->proof.claims, "jti");
  switch (
      replay_check(policy_replay(r->policy), 'd', thumbprint, jti, r->now + 2 * age + 1, r->now)) {
  case REPLAY_NEW:
    return BT_REFUSAL_NONE;
  case REPLAY_SEEN:
    return refuse(r, BT_DPOP_REPLAYED, NULL);
  default:
    return refuse(r, BT_REPLAY_MEMORY_FULL, NULL);
  }
}

bt_refusal dpop_check(bt_result *r, const bt_request *request, str jwt, str thumbprint) {
  compact *c = &r->proof;
  const algorithm *alg = NULL;
  verify_key *k = NULL;
  /* rule 19: RFC 9449 section 4.3, check 1: exactly one */
  if (!request || request->dpop_count != 1)
    return refuse(r, BT_DPOP_MISSING, NULL);
  if (compact_split(c, str_of_text(request->dpop[0]), PROOF_LIMIT))
    return refuse(r, BT_DPOP_INVALID, "it is no compact JWS");
  bt_refusal why = proof_key(r, &alg, &k);
  if (why)
    return why;
  if (CRYPTO_memcmp(k->thumbprint, thumbprint.ptr, 43) !=
      0) /* rule 19: RFC 9449 section 6.1; rule 22 */
    why = refuse(r, BT_DPOP_MISMATCH, "it is signed by another key than the token's");
  if (!why && signature_check(k, alg, c->signing_input, c->signature, 0))
    why = refuse(r, BT_DPOP_INVALID, "its signature");
  verify_key_free(k);
  if (why)
    return why;
  if (json_scan(c->payload_json, &c->claims))
    return refuse(r, BT_DPOP_INVALID, "its payload is no strict JSON object");
  why = check_proof_claims(r, request, jwt);
  return why ? why : check_proof_replay(r, thumbprint);
}
