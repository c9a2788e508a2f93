/* Fresh keys, and the forms a public key is given in. */
#include "token/token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>

static void free_pkey(void *pkey) {
  EVP_PKEY_free(pkey);
}

key key_generate(arena *a, const algorithm *alg) {
  key k = {.kind = alg->kind, .is_private = true};
  if (alg->kind == KEY_SECRET) {
    size_t size = (size_t)alg->hash_bits / 8;
    char *bytes = arena_alloc(a, size);
    random_bytes(bytes, size);
    k.secret = str_from(bytes, size);
    return k;
  }
  k.pkey = alg->kind == KEY_RSA  ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
           : alg->kind == KEY_EC ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", alg->curve)
                                 : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
  if (!k.pkey)
    exit(ERROR_INTERNAL);
  arena_on_free(a, free_pkey, k.pkey);
  return k;
}

int key_bits(const key *k) {
  return k->kind == KEY_SECRET ? (int)(k->secret.len * 8) : EVP_PKEY_get_bits(k->pkey);
}

/* ---- JWK ------------------------------------------------------------------------------------- */

static str number_member(arena *a, const key *k, const char *param, int size) {
  BIGNUM *n = NULL;
  if (EVP_PKEY_get_bn_param(k->pkey, param, &n) != 1)
    return (str){0};
  if (size == 0)
    size = BN_num_bytes(n);
  unsigned char *bytes = arena_alloc(a, (size_t)size);
  BN_bn2binpad(n, bytes, size);
  BN_free(n);
  return base64url_encode(a, str_from(bytes, (size_t)size));
}

static const char *curve_name(const key *k, int *size) {
  int bits = key_bits(k);
  *size = (bits + 7) / 8;
  return bits == 256 ? "P-256" : bits == 384 ? "P-384" : "P-521";
}

/* The members that RFC 7638 section 3.2 names, in its order, as a whole object. */
static str required_members(arena *a, const key *k) {
  int size = 0;
  unsigned char raw[32];
  size_t raw_len = sizeof raw;
  switch (k->kind) {
  case KEY_SECRET:
    return arena_printf(a, "{\"k\":\"%.*s\",\"kty\":\"oct\"}",
                        STR_ARG(base64url_encode(a, k->secret)));
  case KEY_RSA:
    return arena_printf(a, "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}",
                        STR_ARG(number_member(a, k, OSSL_PKEY_PARAM_RSA_E, 0)),
                        STR_ARG(number_member(a, k, OSSL_PKEY_PARAM_RSA_N, 0)));
  case KEY_EC: {
    const char *crv = curve_name(k, &size);
    return arena_printf(a, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%.*s\",\"y\":\"%.*s\"}", crv,
                        STR_ARG(number_member(a, k, OSSL_PKEY_PARAM_EC_PUB_X, size)),
                        STR_ARG(number_member(a, k, OSSL_PKEY_PARAM_EC_PUB_Y, size)));
  }
  case KEY_OKP:
    EVP_PKEY_get_raw_public_key(k->pkey, raw, &raw_len);
    return arena_printf(a, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%.*s\"}",
                        STR_ARG(base64url_encode(a, str_from(raw, raw_len))));
  }
  return STR("{}");
}

str key_jwk(arena *a, const key *k, str kid, str alg) {
  str required = required_members(a, k);
  buf b = {.arena = a};
  buf_put(&b, str_sub(required, 0, required.len - 1));
  if (kid.len)
    buf_printf(&b, ",\"kid\":%.*s", STR_ARG(json_quote(a, kid)));
  if (alg.len)
    buf_printf(&b, ",\"alg\":%.*s,\"use\":\"sig\"", STR_ARG(json_quote(a, alg)));
  buf_char(&b, '}');
  return buf_str(&b);
}

str key_thumbprint(arena *a, const key *k) {
  str text = required_members(a, k);
  unsigned char digest[32];
  unsigned len = 0;
  EVP_Digest(text.ptr, text.len, digest, &len, EVP_sha256(), NULL);
  return base64url_encode(a, str_from(digest, sizeof digest));
}

/* ---- certificates ---------------------------------------------------------------------------- */

static bool fill_certificate(X509 *x, const key *k, const char *common_name) {
  uint64_t serial;
  random_bytes(&serial, sizeof serial);
  X509_NAME *name = X509_get_subject_name(x);
  return X509_set_version(x, X509_VERSION_3) &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1 | 1) &&
         X509_gmtime_adj(X509_getm_notBefore(x), -86400) &&
         X509_gmtime_adj(X509_getm_notAfter(x), 30 * 86400L) &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                    -1, -1, 0) &&
         X509_set_issuer_name(x, name) && X509_set_pubkey(x, k->pkey) &&
         X509_sign(x, k->pkey, k->kind == KEY_OKP ? NULL : EVP_sha256()) > 0;
}

str key_certificate(arena *a, const key *k, str common_name) {
  X509 *x = X509_new();
  unsigned char *der = NULL;
  int len =
      x && k->pkey && fill_certificate(x, k, arena_text(a, common_name)) ? i2d_X509(x, &der) : 0;
  str out = len > 0 ? arena_str(a, str_from(der, (size_t)len)) : (str){0};
  OPENSSL_free(der);
  X509_free(x);
  return out;
}

static str pem_block(arena *a, const char *label, str der) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *text = NULL;
  str out = {0};
  if (bio && PEM_write_bio(bio, label, "", (const unsigned char *)der.ptr, (long)der.len) > 0) {
    long len = BIO_get_mem_data(bio, &text);
    out = arena_str(a, str_from(text, (size_t)len));
  }
  BIO_free(bio);
  return out;
}

str key_certificate_pem(arena *a, str der) {
  return pem_block(a, "CERTIFICATE", der);
}

/* ---- forms of a public key ------------------------------------------------------------------- */

static str encoded(arena *a, const key *k, const char *structure) {
  unsigned char *der = NULL;
  size_t len = 0;
  OSSL_ENCODER_CTX *ctx =
      OSSL_ENCODER_CTX_new_for_pkey(k->pkey, EVP_PKEY_PUBLIC_KEY, "DER", structure, NULL);
  str out = {0};
  if (ctx && OSSL_ENCODER_to_data(ctx, &der, &len) == 1)
    out = arena_str(a, str_from(der, len));
  OPENSSL_free(der);
  OSSL_ENCODER_CTX_free(ctx);
  return out;
}

static void add_form(arena *a, key_form_list *out, const char *name, str bytes) {
  key_form form = {name, bytes};
  for (size_t i = 0; i < out->len; i++)
    if (str_eq(out->at[i].bytes, bytes))
      return;
  if (bytes.len)
    list_push(a, out, form);
}

static str without_newline(str s) {
  return s.len && s.ptr[s.len - 1] == '\n' ? str_sub(s, 0, s.len - 1) : s;
}

/* The lines of a PEM block joined anew: `inner` between the lines of its body, `outer` around it.
 */
static str pem_rejoined(arena *a, str pem, const char *inner, const char *outer) {
  buf out = {.arena = a};
  for (size_t from = 0, end; from < pem.len; from = end + 1) {
    end = str_find(pem, STR("\n"), from);
    if (end == SIZE_MAX)
      return (str){0};
    str line = str_sub(pem, from, end);
    bool ends = end + 1 == pem.len;
    bool beside_marker = from == 0 || str_starts(str_sub(pem, end + 1, pem.len), STR("-----"));
    buf_put(&out, line);
    if (!ends)
      buf_put(&out, str_of(beside_marker ? outer : inner));
  }
  return buf_str(&out);
}

/* As a line break in an environment variable becomes it, or as files of another system hold it. */
static void add_other_breaks(arena *a, key_form_list *out, str pem, const char *const names[4]) {
  str one_line = pem_rejoined(a, pem, "", "\n"), crlf = pem_rejoined(a, pem, "\r\n", "\r\n");
  if (!pem.len)
    return;
  add_form(a, out, names[0], arena_printf(a, "%.*s\n", STR_ARG(one_line)));
  add_form(a, out, names[1], arena_printf(a, "%.*s\r\n", STR_ARG(crlf)));
  add_form(a, out, names[2], crlf);
  add_form(a, out, names[3], pem_rejoined(a, pem, "\\n", "\\n"));
}

str key_raw_public(arena *a, const key *k) {
  unsigned char raw[64];
  size_t len = sizeof raw;
  if (k->kind != KEY_OKP || EVP_PKEY_get_raw_public_key(k->pkey, raw, &len) != 1)
    return (str){0};
  return arena_str(a, str_from(raw, len));
}

key_form_list key_public_forms(arena *a, const key *k) {
  static const char *const spki_breaks[] = {
      "PEM SPKI, its body in one line, with final newline", "PEM SPKI with CR LF",
      "PEM SPKI with CR LF, without the last", "SPKI text with \\n spelled out"};
  static const char *const pkcs1_breaks[] = {
      "PEM PKCS#1, its body in one line, with final newline", "PEM PKCS#1 with CR LF",
      "PEM PKCS#1 with CR LF, without the last", "PKCS#1 text with \\n spelled out"};
  key_form_list out = {0};
  if (k->kind == KEY_SECRET)
    return out;
  str spki = encoded(a, k, "SubjectPublicKeyInfo");
  str pkcs1 = k->kind == KEY_RSA ? encoded(a, k, "type-specific") : (str){0};
  str pem = pem_block(a, "PUBLIC KEY", spki);
  str rsa_pem = pkcs1.len ? pem_block(a, "RSA PUBLIC KEY", pkcs1) : (str){0};
  str cert = k->certificate.len ? key_certificate_pem(a, k->certificate) : (str){0};
  add_form(a, &out, "PEM SPKI with final newline", pem);
  add_form(a, &out, "PEM SPKI without final newline", without_newline(pem));
  add_form(a, &out, "PEM PKCS#1 with final newline", rsa_pem);
  add_form(a, &out, "PEM PKCS#1 without final newline", without_newline(rsa_pem));
  add_form(a, &out, "DER SPKI", spki);
  add_form(a, &out, "PEM PKCS#1, its body in one line", pem_rejoined(a, rsa_pem, "", "\n"));
  add_form(a, &out, "PEM SPKI, its body in one line", pem_rejoined(a, pem, "", "\n"));
  add_form(a, &out, "certificate PEM with final newline", cert);
  add_form(a, &out, "certificate PEM without final newline", without_newline(cert));
  add_form(a, &out, "as it is published or given", k->source);
  add_form(a, &out, "JWK text", key_jwk(a, k, k->kid, k->alg));
  add_form(a, &out, "base64 of the SPKI in one line", base64_encode(a, spki));
  add_form(a, &out, "DER PKCS#1", pkcs1);
  add_other_breaks(a, &out, rsa_pem, pkcs1_breaks);
  add_other_breaks(a, &out, pem, spki_breaks);
  if (k->certificate.len)
    add_form(a, &out, "base64 of the certificate, as x5c", base64_encode(a, k->certificate));
  return out;
}
