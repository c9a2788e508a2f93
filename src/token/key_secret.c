/* Secrets for HMAC: long enough, and never the text of another kind of key. */
#include "token/strict.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

static bool is_der_key(str bytes) {
  const unsigned char *p = (const unsigned char *)bytes.ptr;
  if (bytes.len < 16 || p[0] != 0x30 || bytes.len > 65536)
    return false;
  EVP_PKEY *spki = d2i_PUBKEY(NULL, &p, (long)bytes.len);
  p = (const unsigned char *)bytes.ptr;
  EVP_PKEY *pkcs1 = spki ? NULL : d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)bytes.len);
  p = (const unsigned char *)bytes.ptr;
  X509 *certificate = spki || pkcs1 ? NULL : d2i_X509(NULL, &p, (long)bytes.len);
  bool yes = spki || pkcs1 || certificate;
  EVP_PKEY_free(spki);
  EVP_PKEY_free(pkcs1);
  X509_free(certificate);
  ERR_clear_error();
  return yes;
}

static bool is_base64_of_der(str bytes) {
  arena *a = arena_new();
  str der;
  bool yes = bytes.len < 65536 && base64_decode_lenient(a, bytes, &der) && is_der_key(der);
  arena_free(a);
  return yes;
}

static bool is_jwk_text(str bytes) {
  str t = str_trim(bytes);
  return t.len > 1 && t.ptr[0] == '{' &&
         (str_contains(t, STR("\"kty\"")) || str_contains(t, STR("\"keys\"")));
}

/* rule 4: CVE-2016-10555, CVE-2022-29217, CVE-2023-48238, CVE-2024-33663: labels anywhere, in any
 * case and spacing */
const char *public_key_text_kind(str bytes) {
  static const struct {
    const char *mark, *name;
  } marks[] = {
      {"-----begin", "PEM text"},
      {"---- begin", "SSH2 public key text"},
      {"ssh-rsa", "OpenSSH public key text"},
      {"ssh-ed25519", "OpenSSH public key text"},
      {"ssh-dss", "OpenSSH public key text"},
      {"ecdsa-sha2-", "OpenSSH public key text"},
      {"sk-ssh-", "OpenSSH public key text"},
      {"sk-ecdsa-", "OpenSSH public key text"},
  };

  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (str_icontains(bytes, str_of(marks[i].mark)))
      return marks[i].name;
  if (is_jwk_text(bytes))
    return "JWK text";
  if (is_der_key(bytes))
    return "a DER public key or certificate";
  return is_base64_of_der(bytes) ? "the base64 of a public key or certificate" : NULL;
}

static bool long_enough(str secret, const algorithm *only, const key_wish *wish, problems *p) {
  bool wanted = false;
  for (size_t i = 0; i < wish->algorithm_count; i++) {
    const algorithm *alg = wish->algorithms[i];
    wanted |= alg->kind == KEY_SECRET && (!only || only == alg);
    /* rule 6: RFC 7518 section 3.2: a key of the hash's size or larger */
    if (alg->kind == KEY_SECRET && (!only || only == alg) &&
        secret.len < (size_t)alg->hash_bits / 8)
      return problem(p,
                     "the secret has %zu byte%s; %s needs at least %d random bytes: openssl rand "
                     "-out NAME.secret %d",
                     secret.len, secret.len == 1 ? "" : "s", alg->name, alg->hash_bits / 8,
                     alg->hash_bits / 8);
  }
  /* rule 4: RFC 8725 section 3.1: one family for life */
  return wanted || problem(p, "a secret fits none of the policy's algorithms for this issuer");
}

bool key_from_secret(str secret, const algorithm *only, const key_wish *wish, problems *p,
                     verify_key **out) {
  if (wish->from_url)
    return problem(p, "a secret must not come from a URL: whoever can read it can sign");
  if (!secret.len)
    return problem(p, "the secret is empty"); /* rule 6: jwt/ruby-jwt#723 */
  const char *kind = public_key_text_kind(secret);
  if (kind)
    return problem(
        p, "the secret is %s: a public key is known to all and must never be an HMAC secret", kind);
  if (!long_enough(secret, only, wish, p))
    return false;
  if (wish->raw_secret && !wish->plain_text)
    secret_hint(secret, p);
  verify_key *k = calloc(1, sizeof *k);
  if (k)
    *k = (verify_key){.kind = KEY_SECRET,
                      .only = only,
                      .bits = (int)(secret.len * 8),
                      .mac = hmac_key_new(secret)};
  if (!k || !k->mac)
    return verify_key_free(k), problem(p, "out of memory");
  *out = k;
  return true;
}
