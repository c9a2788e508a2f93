/* The RSA public key out of two signatures: for each, s^e - EMSA-PKCS1-v1_5(message) is a multiple
 * of n (RFC 8017 section 8.2), so their greatest common divisor is n times little else. GMP does
 * the arithmetic on numbers of 2^27 bits. */
#include "token/token.h"

#include <gmp.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum { SIGNATURE_MAX = 512 }; /* 4096 bits; beyond, the numbers take minutes */

/* DigestInfo up to the hash (RFC 8017 section 9.2, note 1). */
static str digest_info(int hash_bits) {
  switch (hash_bits) {
  case 256:
    return str_from("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
                    19);
  case 384:
    return str_from("\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
                    19);
  default:
    return str_from("\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
                    19);
  }
}

static const EVP_MD *digest_of(int hash_bits) {
  return hash_bits == 256 ? EVP_sha256() : hash_bits == 384 ? EVP_sha384() : EVP_sha512();
}

/* 00 01 FF.. 00 DigestInfo hash, as long as the signature. */
static bool encoded_message(arena *a, const token *t, const algorithm *alg, str *out) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned digest_len = 0;
  str info = digest_info(alg->hash_bits);
  size_t len = t->signature.len;
  if (EVP_Digest(t->signing_input.ptr, t->signing_input.len, digest, &digest_len,
                 digest_of(alg->hash_bits), NULL) != 1)
    return false;
  if (len < info.len + digest_len + 11)
    return false;
  char *em = arena_alloc(a, len);
  memset(em, 0xFF, len);
  em[0] = 0;
  em[1] = 1;
  em[len - digest_len - info.len - 1] = 0;
  memcpy(em + len - digest_len - info.len, info.ptr, info.len);
  memcpy(em + len - digest_len, digest, digest_len);
  *out = str_from(em, len);
  return true;
}

/* out = s^e - em */
static void multiple_of_modulus(mpz_t out, str signature, str em, unsigned long e) {
  mpz_t m;
  mpz_init(m);
  mpz_import(out, signature.len, 1, 1, 1, 0, signature.ptr);
  mpz_import(m, em.len, 1, 1, 1, 0, em.ptr);
  mpz_pow_ui(out, out, e);
  mpz_sub(out, out, m);
  mpz_clear(m);
}

static void remove_small_factors(mpz_t n) {
  enum { SMALL = 65536 };

  mpz_t p;
  mpz_init(p);
  for (unsigned long f = 2; f < SMALL; f++)
    if (mpz_divisible_ui_p(n, f)) {
      mpz_set_ui(p, f);
      mpz_remove(n, n, p);
    }
  mpz_clear(p);
}

static void free_pkey(void *pkey) {
  EVP_PKEY_free(pkey);
}

static bool make_key(arena *a, const mpz_t n, unsigned long e, key *out) {
  size_t len = (mpz_sizeinbase(n, 2) + 7) / 8, written = 0;
  unsigned char *bytes = arena_alloc(a, len);
  mpz_export(bytes, &written, 1, 1, 1, 0, n);
  BIGNUM *bn = BN_bin2bn(bytes, (int)written, NULL), *be = BN_new();
  OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
  OSSL_PARAM *params = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
  EVP_PKEY *pkey = NULL;
  if (bn && be && bld && ctx && BN_set_word(be, e) &&
      OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) &&
      OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be) &&
      (params = OSSL_PARAM_BLD_to_param(bld)) && EVP_PKEY_fromdata_init(ctx) == 1 &&
      EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1)
    arena_on_free(a, free_pkey, pkey);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(bld);
  EVP_PKEY_CTX_free(ctx);
  BN_free(bn);
  BN_free(be);
  *out = (key){.kind = KEY_RSA, .pkey = pkey};
  return pkey != NULL;
}

static bool try_exponent(arena *a, const token *t[2], const str em[2], const algorithm *alg,
                         unsigned long e, key *out) {
  mpz_t x, y;
  mpz_inits(x, y, NULL);
  multiple_of_modulus(x, t[0]->signature, em[0], e);
  multiple_of_modulus(y, t[1]->signature, em[1], e);
  mpz_gcd(x, x, y);
  size_t bits = mpz_sizeinbase(x, 2), want = t[0]->signature.len * 8;
  bool ok = mpz_sgn(x) != 0 && bits >= want - 8 && bits <= want + 64;
  if (ok) {
    remove_small_factors(x);
    ok = (mpz_sizeinbase(x, 2) + 7) / 8 == t[0]->signature.len && make_key(a, x, e, out) &&
         jws_verify(out, alg, t[0]->signing_input, t[0]->signature) &&
         jws_verify(out, alg, t[1]->signing_input, t[1]->signature);
  }
  mpz_clears(x, y, NULL);
  return ok;
}

bool rsa_derive_public(arena *a, const token *first, const token *second, key *out, error *e) {
  static const unsigned long exponents[] = {3, 65537}; /* the cheap one first */
  const algorithm *alg = first->alg.ptr ? algorithm_find(first->alg) : NULL;
  const token *t[2] = {first, second};
  str em[2];
  if (!alg || alg->kind != KEY_RSA || alg->pss || !str_eq(first->alg, second->alg))
    return error_set(e, ERROR_USAGE,
                     "both tokens must be signed by the same RS256, RS384 or RS512 key");
  if (first->signature.len != second->signature.len || first->signature.len < 64)
    return error_set(e, ERROR_USAGE,
                     "the signatures are not of the same key: their lengths differ");
  if (first->signature.len > SIGNATURE_MAX)
    return error_set(e, ERROR_USAGE, "keys over %d bits are too large to derive",
                     SIGNATURE_MAX * 8);
  if (str_eq(first->signing_input, second->signing_input))
    return error_set(e, ERROR_USAGE, "two different tokens are needed, these sign the same bytes");
  for (int i = 0; i < 2; i++)
    if (!t[i]->signing_input.ptr || !encoded_message(a, t[i], alg, &em[i]))
      return error_set(e, ERROR_USAGE, "the signature is too short for %s", alg->name);
  for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++)
    if (try_exponent(a, t, em, alg, exponents[i], out))
      return true;
  return error_set(e, ERROR_INCOMPLETE,
                   "no common modulus: the tokens are not signed by the same key");
}
