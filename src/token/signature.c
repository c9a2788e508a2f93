/* Whether a signature is right: lengths and ranges by our own hand, then OpenSSL with contexts made
 * once for each key. */
#include "token/strict.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdatomic.h>
#include <stdlib.h>

/* ---- contexts: made at first use, taken by one thread at a time ------------------------------ */

enum { CONTEXTS = 16 };

struct key_context {
  _Alignas(64) atomic_flag taken;
  const algorithm *alg; /* prepared for it */
  EVP_PKEY_CTX *pkey;
  EVP_MD_CTX *digest; /* EdDSA hashes for itself */
};

key_context *key_contexts_new(void) {
  key_context *c = aligned_alloc(64, CONTEXTS * sizeof *c);
  if (!c)
    return NULL;
  memset(c, 0, CONTEXTS * sizeof *c);
  for (size_t i = 0; i < CONTEXTS; i++)
    atomic_flag_clear(&c[i].taken);
  return c;
}

static void context_clear(key_context *c) {
  EVP_PKEY_CTX_free(c->pkey);
  EVP_MD_CTX_free(c->digest);
  c->pkey = NULL;
  c->digest = NULL;
  c->alg = NULL;
}

void key_contexts_free(key_context *c) {
  for (size_t i = 0; c && i < CONTEXTS; i++)
    context_clear(&c[i]);
  free(c);
}

static const EVP_MD *digest_of(const algorithm *alg) {
  return alg->hash_bits == 256 ? EVP_sha256() : alg->hash_bits == 384 ? EVP_sha384() : EVP_sha512();
}

static bool prepare_rsa(EVP_PKEY_CTX *ctx, const algorithm *alg) {
  if (EVP_PKEY_CTX_set_rsa_padding(ctx, alg->pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) !=
          1 ||
      EVP_PKEY_CTX_set_signature_md(ctx, digest_of(alg)) != 1)
    return false;
  /* rule 8: RFC 7518 section 3.5: the salt is as long as the hash, MGF1 uses the same hash */
  return !alg->pss || (EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
                       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, digest_of(alg)) == 1);
}

static bool prepare(key_context *c, const verify_key *k, const algorithm *alg) {
  if (c->alg == alg)
    return true;
  context_clear(c);
  if (alg->kind == KEY_OKP) {
    c->digest = EVP_MD_CTX_new();
    if (!c->digest)
      return false;
  } else {
    c->pkey = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
    if (!c->pkey || EVP_PKEY_verify_init(c->pkey) != 1)
      return false;
    if (alg->kind == KEY_RSA && !prepare_rsa(c->pkey, alg))
      return false;
  }
  c->alg = alg;
  return true;
}

/* A free context; `hint` spreads the threads. NULL when all are taken: the caller then makes one
 * for itself. */
static key_context *take_context(const verify_key *k, size_t hint) {
  for (size_t i = 0; i < CONTEXTS; i++) {
    key_context *c = &k->contexts[(hint + i) % CONTEXTS];
    if (!atomic_flag_test_and_set_explicit(&c->taken, memory_order_acquire))
      return c;
  }
  return NULL;
}

/* ---- ECDSA: r || s to DER -------------------------------------------------------------------- */

enum { DER_MAX = 2 * (66 + 3) + 3 };

static size_t put_integer(const unsigned char *value, size_t size, unsigned char *out) {
  while (size > 1 && *value == 0)
    value++, size--;
  size_t pad = *value >> 7;
  out[0] = 2;
  out[1] = (unsigned char)(size + pad);
  out[2] = 0;
  memcpy(out + 2 + pad, value, size);
  return 2 + pad + size;
}

static size_t to_der(str fixed, size_t coordinate, unsigned char out[DER_MAX]) {
  unsigned char body[DER_MAX];
  const unsigned char *bytes = (const unsigned char *)fixed.ptr;
  size_t len = put_integer(bytes, coordinate, body);
  len += put_integer(bytes + coordinate, coordinate, body + len);
  size_t at = 0;
  out[at++] = 0x30;
  if (len > 127)
    out[at++] = 0x81;
  out[at++] = (unsigned char)len;
  memcpy(out + at, body, len);
  return at + len;
}

static bool is_zero(const char *bytes, size_t len) {
  unsigned char any = 0;
  for (size_t i = 0; i < len; i++)
    any |= (unsigned char)bytes[i];
  return any == 0;
}

/* rule 7: CVE-2022-21449, FIPS 186-5 section 6.4.2: r and s in [1, n-1] */
static bool in_range(const verify_key *k, const char *number, size_t size) {
  return !is_zero(number, size) && memcmp(number, k->bound, size) < 0;
}

/* ---- the three ways -------------------------------------------------------------------------- */

static bool ask_openssl(key_context *c, const verify_key *k, const algorithm *alg, str input,
                        str signature) {
  const unsigned char *sig = (const unsigned char *)signature.ptr;
  if (!prepare(c, k, alg))
    return false;
  if (alg->kind == KEY_OKP) {
    /* RFC 8037 section 3.1; a context that has verified must be begun again */
    return EVP_DigestVerifyInit(c->digest, NULL, NULL, NULL, k->pkey) == 1 &&
           EVP_DigestVerify(c->digest, sig, signature.len, (const unsigned char *)input.ptr,
                            input.len) == 1;
  }
  unsigned char hash[64], der[DER_MAX];
  hash_of(alg->hash_bits, input, hash);
  size_t len = signature.len;
  if (alg->kind == KEY_EC) {
    len = to_der(signature, alg->coordinate, der);
    sig = der;
  }
  return EVP_PKEY_verify(c->pkey, sig, len, hash, (size_t)alg->hash_bits / 8) == 1;
}

static bool public_key_verifies(const verify_key *k, const algorithm *alg, str input, str signature,
                                size_t hint) {
  key_context *c = take_context(k, hint), own = {0};
  bool ok = ask_openssl(c ? c : &own, k, alg, input, signature);
  if (c)
    atomic_flag_clear_explicit(&c->taken, memory_order_release);
  else
    context_clear(&own);
  return ok;
}

/* rule 7: RFC 7518 sections 3.2 to 3.5, RFC 8037 section 3.1: every algorithm's signature has one
 * length */
static size_t expected_length(const verify_key *k, const algorithm *alg) {
  switch (alg->kind) {
  case KEY_SECRET:
    return (size_t)alg->hash_bits / 8;
  case KEY_RSA:
    return k->signature_len;
  case KEY_EC:
    return 2 * alg->coordinate;
  default:
    return 64;
  }
}

bt_refusal signature_check(const verify_key *k, const algorithm *alg, str input, str signature,
                           size_t hint) {
  if (signature.len != expected_length(k, alg))
    return BT_SIGNATURE_LENGTH;
  if (alg->kind == KEY_SECRET) {
    unsigned char mac[64];
    size_t len = hmac_sign(k->mac, alg->hash_bits, input, mac);
    /* rule 22: CVE-2024-25189: in constant time; the right MAC is never shown (CVE-2019-7644) */
    return CRYPTO_memcmp(mac, signature.ptr, len) == 0 ? BT_REFUSAL_NONE : BT_SIGNATURE_INVALID;
  }
  if (alg->kind == KEY_EC && (!in_range(k, signature.ptr, alg->coordinate) ||
                              !in_range(k, signature.ptr + alg->coordinate, alg->coordinate)))
    return BT_SIGNATURE_RANGE;
  /* rule 7: RFC 8017 section 5.2.2: the signature representative is below the modulus */
  if (alg->kind == KEY_RSA && memcmp(signature.ptr, k->bound, k->signature_len) >= 0)
    return BT_SIGNATURE_RANGE;
  return public_key_verifies(k, alg, input, signature, hint) ? BT_REFUSAL_NONE
                                                             : BT_SIGNATURE_INVALID;
}
