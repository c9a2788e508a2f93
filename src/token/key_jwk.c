/* One JWK (RFC 7517, RFC 7518 section 6, RFC 8037 section 2), strictly. */
#include "token/strict.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>

enum { MEMBER_MAX = 16 * 1024 };

/* A member's base64url bytes. */
static bool bytes_of(const json_object *jwk, const char *name, unsigned char *out, size_t max,
                     size_t *len, problems *p) {
  const json_member *m = json_find(jwk, str_of(name));
  if (!m || m->kind != JSON_STRING)
    return problem(p, "the JWK lacks the string `%s`", name);
  if (m->text.len / 4 * 3 + 2 > max)
    return problem(p, "the JWK's `%s` is too long", name);
  *len = base64_strict(m->text, out);
  return *len != SIZE_MAX || problem(p, "the JWK's `%s` is no strict base64url", name);
}

static str text_of(const json_object *jwk, const char *name) {
  const json_member *m = json_find(jwk, str_of(name));
  return m && m->kind == JSON_STRING ? m->text : (str){0};
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *bld) {
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  EVP_PKEY *out = NULL;
  if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
      EVP_PKEY_fromdata(ctx, &out, EVP_PKEY_PUBLIC_KEY, params) != 1)
    out = NULL;
  EVP_PKEY_CTX_free(ctx);
  OSSL_PARAM_free(params);
  return out;
}

static EVP_PKEY *rsa_key(const json_object *jwk, problems *p) {
  unsigned char n[SIGNATURE_MAX + 8], e[64];
  size_t n_len, e_len;
  if (!bytes_of(jwk, "n", n, sizeof n, &n_len, p) || !bytes_of(jwk, "e", e, sizeof e, &e_len, p))
    return NULL;
  BIGNUM *bn = BN_bin2bn(n, (int)n_len, NULL), *be = BN_bin2bn(e, (int)e_len, NULL);
  OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
  EVP_PKEY *out = NULL;
  if (bn && be && bld && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) &&
      OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be))
    out = from_params("RSA", bld);
  if (!out)
    problem(p, "the JWK's numbers make no RSA key");
  OSSL_PARAM_BLD_free(bld);
  BN_free(bn);
  BN_free(be);
  return out;
}

static const algorithm *curve_of(str crv) {
  for (size_t i = 0; algorithm_at(i); i++)
    if (algorithm_at(i)->kind == KEY_EC && str_eq(crv, str_of(algorithm_at(i)->curve)))
      return algorithm_at(i);
  return NULL;
}

static EVP_PKEY *ec_key(const json_object *jwk, problems *p) {
  const algorithm *alg = curve_of(text_of(jwk, "crv"));
  unsigned char point[1 + 2 * 66 + 16] = {4}, x[80], y[80]; /* SEC 1 section 2.3.3: uncompressed */
  size_t x_len, y_len;
  if (!alg)
    return problem(p, "the JWK's `crv` is not P-256, P-384 or P-521"), NULL;
  if (!bytes_of(jwk, "x", x, sizeof x, &x_len, p) || !bytes_of(jwk, "y", y, sizeof y, &y_len, p))
    return NULL;
  size_t size = alg->coordinate;
  if (x_len != size || y_len != size) /* RFC 7518 sections 6.2.1.2 and 6.2.1.3 */
    return problem(p, "the JWK's `x` and `y` must have %zu bytes each for %s", size, alg->curve),
           NULL;
  memcpy(point + 1, x, size);
  memcpy(point + 1 + size, y, size);
  OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
  EVP_PKEY *out = NULL;
  if (bld && OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, alg->curve, 0) &&
      OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size))
    out = from_params("EC", bld);
  if (!out)
    problem(p, "the JWK's `x` and `y` are no point on %s", alg->curve);
  OSSL_PARAM_BLD_free(bld);
  return out;
}

static EVP_PKEY *okp_key(const json_object *jwk, problems *p) {
  unsigned char x[64];
  size_t len;
  if (!str_eq(text_of(jwk, "crv"), STR("Ed25519")))
    return problem(p, "the JWK's `crv` is not Ed25519"), NULL;
  if (!bytes_of(jwk, "x", x, sizeof x, &len, p))
    return NULL;
  if (len != 32)
    return problem(p, "the JWK's `x` must have 32 bytes for Ed25519"), NULL;
  EVP_PKEY *out = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, len);
  if (!out)
    problem(p, "the JWK's `x` is no Ed25519 key");
  return out;
}

static bool secret_key(const json_object *jwk, const algorithm *only, const key_wish *wish,
                       problems *p, verify_key **out) {
  unsigned char *k = malloc(MEMBER_MAX);
  size_t len = 0;
  bool ok = k ? bytes_of(jwk, "k", k, MEMBER_MAX, &len, p) : problem(p, "out of memory");
  ok = ok && key_from_secret(str_from(k, len), only, wish, p, out);
  if (k)
    OPENSSL_cleanse(k, MEMBER_MAX);
  free(k);
  return ok;
}

/* ---- what a JWK says about its use ----------------------------------------------------------- */

static bool has_verify(str operations) {
  json_walk w = json_walk_of(operations);
  str name, value;
  while (json_next(&w, &name, &value))
    if (json_string_is(value, STR("verify")))
      return true;
  return false;
}

/* RFC 7517 sections 4.2 and 4.3 */
static bool check_use(const json_object *jwk, problems *p) {
  const json_member *use = json_find(jwk, STR("use")), *operations = json_find(jwk, STR("key_ops"));
  if (use && !str_eq(use->text, STR("sig")))
    return problem(p, "the JWK's `use` is not \"sig\"");
  if (operations && !has_verify(operations->raw))
    return problem(p, "the JWK's `key_ops` does not hold \"verify\"");
  return true;
}

/* rule 4: RFC 7517 section 4.4 */
static bool check_alg(const json_object *jwk, key_kind kind, const algorithm **only, problems *p) {
  const json_member *m = json_find(jwk, STR("alg"));
  *only = NULL;
  if (!m)
    return true;
  *only = m->kind == JSON_STRING ? algorithm_find(m->text) : NULL;
  if (!*only)
    return problem(p, "the JWK's `alg` is no signature algorithm that is known here");
  return (*only)->kind == kind ||
         problem(p, "the JWK's `alg` %s does not fit its `kty`", (*only)->name);
}

/* rule 23: RFC 7517 section 9.2: what holds private members is no key to verify with, it is a leak
 */
static bool check_public(const json_object *jwk, problems *p) {
  static const char *const secret[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", NULL};
  for (size_t i = 0; secret[i]; i++)
    if (json_find(jwk, str_of(secret[i])))
      return problem(p,
                     "the JWK is a private key (it holds `%s`): keep only its public members here, "
                     "and replace the key if others could read this",
                     secret[i]);
  return true;
}

typedef struct {
  const char *kty;
  key_kind kind;
  EVP_PKEY *(*read)(const json_object *jwk, problems *p);
} kty_row;

bool key_from_jwk(const json_object *jwk, const key_wish *wish, problems *p, verify_key **out) {
  static const kty_row rows[] = {{"RSA", KEY_RSA, rsa_key},
                                 {"EC", KEY_EC, ec_key},
                                 {"OKP", KEY_OKP, okp_key},
                                 {"oct", KEY_SECRET, NULL}};
  str kty = text_of(jwk, "kty");
  const algorithm *only = NULL;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (!str_eq(kty, str_of(rows[i].kty)))
      continue;
    if (!check_use(jwk, p) || !check_alg(jwk, rows[i].kind, &only, p))
      return false;
    if (!rows[i].read)
      return secret_key(jwk, only, wish, p, out);
    if (!check_public(jwk, p))
      return false;
    EVP_PKEY *pkey = rows[i].read(jwk, p);
    ERR_clear_error();
    return pkey && key_from_pkey(pkey, only, wish, p, out);
  }
  return problem(p, "the JWK's `kty` must be RSA, EC, OKP or oct");
}
