/* Signing and verifying as JWS does (RFC 7518 section 3), on any input bytes. */
#include "token/token.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

static const EVP_MD *digest_of(const algorithm *alg) {
  switch (alg->hash_bits) {
  case 256:
    return EVP_sha256();
  case 384:
    return EVP_sha384();
  case 512:
    return EVP_sha512();
  default:
    return NULL; /* EdDSA hashes for itself */
  }
}

static bool fits(const key *k, const algorithm *alg) {
  if (k->kind != alg->kind)
    return false;
  if (k->kind != KEY_EC)
    return true;
  return (size_t)(EVP_PKEY_get_bits(k->pkey) + 7) / 8 == alg->coordinate;
}

static bool mac(const key *k, const algorithm *alg, str input, unsigned char out[EVP_MAX_MD_SIZE],
                unsigned *len) {
  const char *secret =
      k->secret.len ? k->secret.ptr : ""; /* the empty secret is a key like any other here */
  return HMAC(digest_of(alg), secret, (int)k->secret.len, (const unsigned char *)input.ptr,
              input.len, out, len) != NULL;
}

/* RSASSA-PSS with a salt of the hash's size and MGF1 of the same hash (RFC 7518 section 3.5). */
static bool set_padding(EVP_PKEY_CTX *ctx, const algorithm *alg) {
  if (alg->kind != KEY_RSA)
    return true;
  if (!alg->pss)
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
  return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* ---- ECDSA: DER on OpenSSL's side, r || s on the token's ------------------------------------- */

static bool der_to_fixed(arena *a, str der, size_t coordinate, str *out) {
  const unsigned char *p = (const unsigned char *)der.ptr;
  ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.len);
  unsigned char *fixed = arena_alloc(a, 2 * coordinate);
  bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), fixed, (int)coordinate) > 0 &&
            BN_bn2binpad(ECDSA_SIG_get0_s(sig), fixed + coordinate, (int)coordinate) > 0;
  ECDSA_SIG_free(sig);
  *out = str_from(fixed, 2 * coordinate);
  return ok;
}

/* The caller frees *der with OPENSSL_free. */
static int fixed_to_der(str fixed, size_t coordinate, unsigned char **der) {
  if (fixed.len != 2 * coordinate)
    return 0;
  const unsigned char *bytes = (const unsigned char *)fixed.ptr;
  BIGNUM *r = BN_bin2bn(bytes, (int)coordinate, NULL),
         *s = BN_bin2bn(bytes + coordinate, (int)coordinate, NULL);
  ECDSA_SIG *sig = ECDSA_SIG_new();
  int len = 0;
  if (r && s && sig && ECDSA_SIG_set0(sig, r, s)) {
    len = i2d_ECDSA_SIG(sig, der);
  } else {
    BN_free(r);
    BN_free(s);
  }
  ECDSA_SIG_free(sig);
  return len;
}

/* ---- public keys ----------------------------------------------------------------------------- */

static bool sign_with_pkey(arena *a, const key *k, const algorithm *alg, str input,
                           str *signature) {
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  EVP_PKEY_CTX *params = NULL;
  size_t len = 0;
  unsigned char *out = NULL;
  const unsigned char *bytes = (const unsigned char *)input.ptr;
  bool ok = ctx && EVP_DigestSignInit(ctx, &params, digest_of(alg), NULL, k->pkey) == 1 &&
            set_padding(params, alg) && EVP_DigestSign(ctx, NULL, &len, bytes, input.len) == 1;
  if (ok)
    out = arena_alloc(a, len);
  ok = ok && EVP_DigestSign(ctx, out, &len, bytes, input.len) == 1;
  EVP_MD_CTX_free(ctx);
  if (!ok)
    return false;
  *signature = str_from(out, len);
  return alg->kind != KEY_EC || der_to_fixed(a, *signature, alg->coordinate, signature);
}

static bool verify_with_pkey(const key *k, const algorithm *alg, str input, str signature) {
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  EVP_PKEY_CTX *params = NULL;
  unsigned char *der = NULL;
  const unsigned char *sig = (const unsigned char *)signature.ptr;
  size_t len = signature.len;
  if (alg->kind == KEY_EC) {
    int der_len = fixed_to_der(signature, alg->coordinate, &der);
    sig = der;
    len = der_len > 0 ? (size_t)der_len : 0;
  }
  bool ok = len && ctx && EVP_DigestVerifyInit(ctx, &params, digest_of(alg), NULL, k->pkey) == 1 &&
            set_padding(params, alg) &&
            EVP_DigestVerify(ctx, sig, len, (const unsigned char *)input.ptr, input.len) == 1;
  OPENSSL_free(der);
  EVP_MD_CTX_free(ctx);
  return ok;
}

/* ---- both ------------------------------------------------------------------------------------ */

bool jws_sign(arena *a, const key *k, const algorithm *alg, str input, str *signature) {
  if (!fits(k, alg))
    return false;
  if (alg->kind != KEY_SECRET)
    return k->is_private && sign_with_pkey(a, k, alg, input, signature);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  if (!mac(k, alg, input, digest, &len))
    return false;
  *signature = arena_str(a, str_from(digest, len));
  return true;
}

bool jws_verify(const key *k, const algorithm *alg, str input, str signature) {
  if (!fits(k, alg))
    return false;
  if (alg->kind != KEY_SECRET)
    return verify_with_pkey(k, alg, input, signature);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  return mac(k, alg, input, digest, &len) && signature.len == len &&
         CRYPTO_memcmp(digest, signature.ptr, len) == 0;
}
