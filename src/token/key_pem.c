/* Public keys from PEM text and certificates, and what every public key must be. */
#include "token/strict.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- strength -------------------------------------------------------------------------------- */

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = SIGNATURE_MAX * 8, EXPONENT_BITS_MAX = 64 };

static bool check_exponent(const BIGNUM *e, problems *p) {
  if (!BN_is_odd(e) || BN_num_bits(e) < 17 || BN_num_bits(e) > EXPONENT_BITS_MAX)
    return problem(p, "the RSA exponent must be odd, at least 65537 and below 2^%d",
                   EXPONENT_BITS_MAX);
  return true;
}

/* rule 6: CVE-2017-15361 (ROCA): the moduli of a faulty chip are powers of 65537 by every small
 * prime, and can be factored. By chance a sound key looks so once in 2^27 times. */
static bool is_roca(const BIGNUM *n) {
  static const unsigned char primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                         79, 97, 103, 107, 109, 127, 151, 157};
  for (size_t i = 0; i < sizeof primes; i++) {
    unsigned prime = primes[i], residue = (unsigned)BN_mod_word(n, prime), power = 1, tries = 0;
    while (power != residue && tries++ < prime)
      power = power * (65537 % prime) % prime;
    if (power != residue)
      return false;
  }
  return true;
}

/* rule 6: RFC 7518 sections 3.3 and 3.5: at least 2048 bits */
static bool check_rsa(verify_key *k, problems *p) {
  BIGNUM *n = NULL, *e = NULL;
  bool ok = EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
            EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1;
  if (!ok) {
    problem(p, "the RSA key cannot be read");
  } else {
    k->bits = BN_num_bits(n);
    k->signature_len = ((size_t)k->bits + 7) / 8;
    ok =
        k->bits < RSA_BITS_MIN
            ? problem(p, "the RSA key has %d bits; at least %d are needed", k->bits, RSA_BITS_MIN)
        : k->bits > RSA_BITS_MAX
            ? problem(p, "the RSA key has %d bits; at most %d are taken", k->bits, RSA_BITS_MAX)
        : !BN_is_odd(n) ? problem(p, "the RSA modulus is even")
        : is_roca(n)
            ? problem(
                  p, "the RSA key can be factored (ROCA, CVE-2017-15361): make a new one elsewhere")
            : check_exponent(e, p);
    if (ok)
      BN_bn2binpad(n, k->bound, (int)k->signature_len);
  }
  BN_free(n);
  BN_free(e);
  return ok;
}

/* rule 6: RFC 8725 section 3.4: the point is on the curve */
static bool check_ec(verify_key *k, problems *p) {
  static const struct {
    const char *group, *curve;
    size_t size;
  } curves[] = {{"prime256v1", "P-256", 32}, {"P-256", "P-256", 32},     {"secp384r1", "P-384", 48},
                {"P-384", "P-384", 48},      {"secp521r1", "P-521", 66}, {"P-521", "P-521", 66}};

  char group[64] = "";
  BIGNUM *order = NULL;
  EVP_PKEY_get_utf8_string_param(k->pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
  for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
    if (strcmp(group, curves[i].group) == 0) {
      k->curve = curves[i].curve;
      k->signature_len = curves[i].size;
    }
  if (!k->curve)
    return problem(p, "the curve must be P-256, P-384 or P-521, not '%s'", group);
  k->bits = EVP_PKEY_get_bits(k->pkey);
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
  bool ok = ctx && EVP_PKEY_public_check(ctx) == 1;
  EVP_PKEY_CTX_free(ctx);
  if (!ok)
    return problem(p, "the public key is no point on %s", k->curve);
  ok = EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_ORDER, &order) == 1 &&
       BN_bn2binpad(order, k->bound, (int)k->signature_len) > 0;
  BN_free(order);
  return ok || problem(p, "the order of %s cannot be read", k->curve);
}

/* Points of small order, of which everything verifies (the eight of RFC 7748 section 7 in Edwards
 * form, and their encodings above the prime). The sign bit does not matter. */
static const char SMALL_ORDER[][65] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

/* rule 6: RFC 8725 section 3.4 */
static bool check_ed25519(verify_key *k, problems *p) {
  unsigned char raw[32];
  size_t len = sizeof raw;
  char hex[65];
  if (EVP_PKEY_get_raw_public_key(k->pkey, raw, &len) != 1 || len != 32)
    return problem(p, "the Ed25519 key cannot be read");
  raw[31] &= 0x7f;
  for (size_t i = 0; i < 32; i++)
    snprintf(hex + 2 * i, 3, "%02x", raw[i]);
  for (size_t i = 0; i < sizeof SMALL_ORDER / sizeof *SMALL_ORDER; i++)
    if (strcmp(hex, SMALL_ORDER[i]) == 0)
      return problem(p, "the Ed25519 key is a point of small order");
  k->bits = 256;
  k->signature_len = 32;
  return true;
}

static bool check_kind(verify_key *k, problems *p) {
  switch (EVP_PKEY_get_base_id(k->pkey)) {
  case EVP_PKEY_RSA:
    k->kind = KEY_RSA;
    return check_rsa(k, p);
  case EVP_PKEY_EC:
    k->kind = KEY_EC;
    return check_ec(k, p);
  case EVP_PKEY_ED25519:
    k->kind = KEY_OKP;
    return check_ed25519(k, p);
  default:
    return problem(p, "the key is neither RSA, EC nor Ed25519");
  }
}

/* ---- RFC 7638 -------------------------------------------------------------------------------- */

static void set_thumbprint(verify_key *k) {
  arena *a = arena_new();
  key plain = {.kind = k->kind, .pkey = k->pkey};
  str print = key_thumbprint(a, &plain);
  if (print.len < sizeof k->thumbprint)
    memcpy(k->thumbprint, print.ptr, print.len);
  arena_free(a);
}

static bool fits_any(const verify_key *k, const key_wish *wish, problems *p) {
  for (size_t i = 0; i < wish->algorithm_count; i++)
    if (key_fits(k, wish->algorithms[i]))
      return true;
  return problem(p, "the key fits none of the policy's algorithms for this issuer");
}

bool key_from_pkey(void *pkey, const algorithm *only, const key_wish *wish, problems *p,
                   verify_key **out) {
  verify_key *k = calloc(1, sizeof *k);
  if (!k)
    return EVP_PKEY_free(pkey), problem(p, "out of memory");
  *k = (verify_key){.pkey = pkey, .only = only, .contexts = key_contexts_new()};
  bool ok = k->contexts ? check_kind(k, p) && fits_any(k, wish, p) : problem(p, "out of memory");
  ERR_clear_error();
  if (!ok)
    return verify_key_free(k), false;
  set_thumbprint(k);
  *out = k;
  return true;
}

/* ---- PEM ------------------------------------------------------------------------------------- */

static EVP_PKEY *certificate_key(const unsigned char *der, long len, problems *p) {
  const unsigned char *at = der;
  X509 *x = d2i_X509(NULL, &at, len);
  EVP_PKEY *pkey = x ? X509_get_pubkey(x) : NULL;
  if (x && X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
    problem_warn(
        p, "the certificate has expired; its key is used all the same, as the policy names it");
  X509_free(x);
  return pkey;
}

/* Whether this certificate vouches for the one before it: then it is the next link of a chain. */
static bool vouches(X509 *before, X509 *x) {
  EVP_PKEY *pkey = before && x ? X509_get0_pubkey(x) : NULL;
  return pkey && X509_check_issued(x, before) == X509_V_OK && X509_verify(before, pkey) == 1;
}

/* A chain as servers hold it, the own certificate first: the keys of those behind it sign
 * certificates, not tokens. *before: the certificate before, or NULL. */
static bool is_chain_link(const char *label, const unsigned char *der, long len, X509 **before,
                          problems *p) {
  const unsigned char *at = der;
  X509 *x = strcmp(label, "CERTIFICATE") == 0 ? d2i_X509(NULL, &at, len) : NULL;
  bool link = vouches(*before, x);
  if (link)
    problem_warn(p, "the file is a certificate chain: the key of the first certificate counts, "
                    "those that vouch for it are left out");
  X509_free(*before);
  *before = x;
  ERR_clear_error();
  return link;
}

static EVP_PKEY *block_key(const char *label, const unsigned char *der, long len, problems *p) {
  const unsigned char *at = der;
  if (strcmp(label, "PUBLIC KEY") == 0)
    return d2i_PUBKEY(NULL, &at, len);
  if (strcmp(label, "RSA PUBLIC KEY") == 0)
    return d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, len);
  if (strcmp(label, "CERTIFICATE") == 0)
    return certificate_key(der, len, p);
  return NULL;
}

static bool add_block(const char *label, const unsigned char *der, long len, const key_wish *wish,
                      problems *p, key_row *out) {
  if (strcmp(label, "OPENSSH PRIVATE KEY") == 0)
    return problem(p, "it is an OpenSSH private key; verifying needs the public one only: "
                      "ssh-keygen -e -m PKCS8 -f FILE.pub > FILE.pem");
  if (strstr(label, "PRIVATE KEY"))
    return problem(
        p,
        "it is a private key; verifying needs the public one only: openssl pkey -in FILE -pubout");
  if (strstr(label, "CERTIFICATE REQUEST"))
    return problem(p, "it is a certificate request; verifying needs its key: openssl req -in FILE "
                      "-pubkey -noout");
  EVP_PKEY *pkey = block_key(label, der, len, p);
  if (!pkey)
    return problem(p, "the PEM block '%.40s' is no readable PUBLIC KEY or CERTIFICATE", label);
  verify_key *k = NULL;
  return key_from_pkey(pkey, NULL, wish, p, &k) &&
         (key_row_add(out, k) || problem(p, "out of memory"));
}

bool keys_from_pem(str bytes, const key_wish *wish, problems *p, key_row *out) {
  BIO *bio = BIO_new_mem_buf(bytes.ptr, (int)bytes.len);
  char *label = NULL, *header = NULL;
  unsigned char *der = NULL;
  long len = 0;
  X509 *before = NULL;
  bool ok = bio != NULL;
  while (ok && PEM_read_bio(bio, &label, &header, &der, &len) == 1) {
    ok = is_chain_link(label, der, len, &before, p) || add_block(label, der, len, wish, p, out);
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, (size_t)len);
  }
  BIO_free(bio);
  X509_free(before);
  ERR_clear_error();
  return ok && (out->len || problem(p, "the PEM text is damaged: between its BEGIN and END lines, "
                                       "base64 in lines of 64 characters is needed"));
}
