#include "oracle.h"

#include <ctype.h>
#include <jansson.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LIMIT = 8192, DEPTH = 32, KID = 256, TEXT = 1024, EXPONENT = 300, NUMBER = 64 };

/* ---- RFC 7515 section 2: base64url without padding ------------------------------------------- */

static int value_of(char c) {
  const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const char *at = c ? strchr(alphabet, c) : NULL;
  return at ? (int)(at - alphabet) : -1;
}

static bool decode(const char *text, size_t len, unsigned char **out, size_t *out_len) {
  unsigned bits = 0;
  int have = 0;
  *out = calloc(1, len + 1);
  *out_len = 0;
  for (size_t i = 0; i < len; i++) {
    int value = value_of(text[i]);
    if (value < 0)
      return false;
    bits = (bits << 6 | (unsigned)value) & 0xffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      (*out)[(*out_len)++] = (unsigned char)(bits >> have);
    }
  }
  return len % 4 != 1 && (bits & ((1U << have) - 1)) == 0;
}

/* ---- RFC 8259 -------------------------------------------------------------------------------- */

static size_t depth_of(const json_t *v) {
  size_t deepest = 0, i;
  json_t *child;
  const char *name;
  json_object_foreach((json_t *)(uintptr_t)v, name, child) {
    size_t depth = depth_of(child);
    if (depth > deepest)
      deepest = depth;
  }
  json_array_foreach(v, i, child) {
    size_t depth = depth_of(child);
    if (depth > deepest)
      deepest = depth;
  }
  return json_is_object(v) || json_is_array(v) ? deepest + 1 : 0;
}

/* Without parsing: so that deep input costs nothing. Brackets in strings count too, which only the
 * bound of cost minds. */
static bool is_far_too_deep(const char *text, size_t len) {
  size_t open = 0;
  for (size_t i = 0; i < len; i++)
    open += text[i] == '[' || text[i] == '{';
  return open > 2000;
}

/* Numbers that RFC 8259 section 6 leaves to the reader. */
static bool has_odd_number(const char *text, size_t len) {
  bool quoted = false;
  for (size_t i = 0; i < len; i++) {
    if (quoted && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && isdigit((unsigned char)text[i])) {
      size_t from = i;
      while (i < len && (isalnum((unsigned char)text[i]) || strchr("+-.", text[i])))
        i++;
      char number[LIMIT];
      memcpy(number, text + from, i - from);
      number[i - from] = 0;
      char *e = strpbrk(number, "eE");
      if (i - from >= NUMBER - 1 || (e && labs(strtol(e + 1, NULL, 10)) > EXPONENT - NUMBER))
        return true;
      i--;
    }
  }
  return false;
}

static json_t *parse(const unsigned char *bytes, size_t len, bool *either) {
  const char *text = (const char *)bytes;
  *either |= has_odd_number(text, len);
  if (is_far_too_deep(text, len))
    return NULL;
  json_t *v = json_loadb(text, len,
                         JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
  if (json_is_object(v) && depth_of(v) <= DEPTH)
    return v;
  json_decref(v);
  return NULL;
}

static bool text_is(const json_t *v, const char *text) {
  return json_is_string(v) && json_string_length(v) == strlen(text) &&
         memcmp(json_string_value(v), text, strlen(text)) == 0;
}

/* A string that is neither empty nor long nor holds a NUL. */
static bool is_name(const json_t *v) {
  size_t len = json_string_length(v);
  return json_is_string(v) && len > 0 && len <= TEXT && !memchr(json_string_value(v), 0, len);
}

/* ---- the header ------------------------------------------------------------------------------ */

static bool media_type_is(const json_t *v, const char *type) {
  const char *text = json_string_value(v);
  if (!text || strlen(text) != json_string_length(v))
    return false;
  if (strncasecmp(text, "application/", 12) == 0)
    text += 12;
  return strcasecmp(text, type) == 0;
}

/* RFC 7515 section 4.1, RFC 7516 section 4.1, RFC 7797, RFC 8725 section 3 */
static bool header_is_fine(const oracle_policy *policy, const json_t *header) {
  static const char *const never[] = {"crit", "b64", "zip", "enc", "epk",     "jwk",
                                      "jku",  "x5u", "x5c", "x5t", "x5t#S256"};
  static const char *const nested[] = {"JWT", "JWE", "JOSE", "JOSE+JSON"};
  const json_t *typ = json_object_get(header, "typ"), *cty = json_object_get(header, "cty"),
               *kid = json_object_get(header, "kid");
  for (size_t i = 0; i < sizeof never / sizeof *never; i++)
    if (json_object_get(header, never[i]))
      return false;
  for (size_t i = 0; i < 4; i++)
    if (media_type_is(cty, nested[i]))
      return false;
  if ((cty && !json_is_string(cty)) || (typ && !json_is_string(typ)))
    return false;
  if (kid && (!json_is_string(kid) || !json_string_length(kid) || json_string_length(kid) > KID))
    return false;
  return !policy->typ || (typ && media_type_is(typ, policy->typ));
}

/* ---- signatures: RFC 7518 section 3 ---------------------------------------------------------- */

static const EVP_MD *hash_of(const char *alg) {
  return strstr(alg, "256")   ? EVP_sha256()
         : strstr(alg, "384") ? EVP_sha384()
         : strstr(alg, "512") ? EVP_sha512()
                              : NULL;
}

static bool mac_is_right(const oracle_key *k, const char *input, size_t len,
                         const unsigned char *sig, size_t sig_len) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned mac_len = 0;
  HMAC(hash_of(k->alg), k->secret, (int)k->secret_len, (const unsigned char *)input, len, mac,
       &mac_len);
  return sig_len == mac_len && memcmp(mac, sig, mac_len) == 0;
}

static bool openssl_verifies(const oracle_key *k, const char *input, size_t len,
                             const unsigned char *sig, size_t sig_len) {
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  EVP_PKEY_CTX *pctx = NULL;
  bool ok = EVP_DigestVerifyInit(ctx, &pctx, hash_of(k->alg), NULL, k->public_key) == 1;
  if (ok && k->alg[0] == 'P')
    ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
  ok = ok && EVP_DigestVerify(ctx, sig, sig_len, (const unsigned char *)input, len) == 1;
  EVP_MD_CTX_free(ctx);
  return ok;
}

static bool ecdsa_is_right(const oracle_key *k, const char *input, size_t len,
                           const unsigned char *sig, size_t sig_len) {
  size_t half = ((size_t)EVP_PKEY_get_bits(k->public_key) + 7) / 8;
  if (sig_len != 2 * half)
    return false;
  ECDSA_SIG *pair = ECDSA_SIG_new();
  ECDSA_SIG_set0(pair, BN_bin2bn(sig, (int)half, NULL), BN_bin2bn(sig + half, (int)half, NULL));
  unsigned char *der = NULL;
  int der_len = i2d_ECDSA_SIG(pair, &der);
  bool ok = der_len > 0 && openssl_verifies(k, input, len, der, (size_t)der_len);
  OPENSSL_free(der);
  ECDSA_SIG_free(pair);
  return ok;
}

static bool signed_by(const oracle_key *k, const char *input, size_t len, const unsigned char *sig,
                      size_t sig_len) {
  if (k->secret)
    return mac_is_right(k, input, len, sig, sig_len);
  if (k->alg[0] == 'E' && k->alg[1] == 'S')
    return ecdsa_is_right(k, input, len, sig, sig_len);
  if (k->alg[0] != 'E' && sig_len != (size_t)EVP_PKEY_get_size(k->public_key))
    return false;
  return openssl_verifies(k, input, len, sig, sig_len);
}

static bool is_allowed(const oracle_policy *policy, const json_t *alg) {
  for (size_t i = 0; i < 4 && policy->algorithms[i]; i++)
    if (text_is(alg, policy->algorithms[i]))
      return true;
  return false;
}

/* The keys that `kid` names; without one, or where none of the keys has that name, those it does
 * not exclude. */
static bool is_candidate(const oracle_policy *policy, const oracle_key *k, const json_t *kid) {
  bool named = false;
  if (!kid)
    return true;
  for (size_t i = 0; i < policy->key_count; i++)
    named |= policy->keys[i].kid && text_is(kid, policy->keys[i].kid);
  return named ? k->kid && text_is(kid, k->kid) : !k->kid;
}

static bool signature_is_fine(const oracle_policy *policy, const json_t *header, const char *input,
                              size_t len, const unsigned char *sig, size_t sig_len) {
  const json_t *alg = json_object_get(header, "alg"), *kid = json_object_get(header, "kid");
  size_t fit = 0;
  bool right = false;
  if (!is_allowed(policy, alg))
    return false;
  for (size_t i = 0; i < policy->key_count; i++) {
    const oracle_key *k = &policy->keys[i];
    if (!is_candidate(policy, k, kid) || !text_is(alg, k->alg))
      continue;
    fit++;
    right |= signed_by(k, input, len, sig, sig_len);
  }
  return right && (fit == 1 || policy->try_all);
}

/* ---- the claims: RFC 7519 section 4.1 -------------------------------------------------------- */

static bool audience_is_fine(const oracle_policy *policy, const json_t *aud) {
  size_t i, ours = 0, others = 0;
  json_t *one;
  if (json_is_string(aud))
    return text_is(aud, policy->audience);
  json_array_foreach(aud, i, one) {
    if (!json_is_string(one))
      return false;
    *(text_is(one, policy->audience) ? &ours : &others) += 1;
  }
  return ours && !(policy->exact && others);
}

static bool time_is_fine(const json_t *v) {
  return !v ||
         (json_is_number(v) && json_number_value(v) >= 0 && json_number_value(v) <= 253402300799.0);
}

static bool times_are_fine(const oracle_policy *policy, const json_t *claims, double now) {
  const json_t *exp = json_object_get(claims, "exp"), *nbf = json_object_get(claims, "nbf"),
               *iat = json_object_get(claims, "iat");
  if (!exp || !time_is_fine(exp) || !time_is_fine(nbf) || !time_is_fine(iat))
    return false;
  if (json_number_value(exp) + policy->leeway <= now)
    return false;
  if (nbf && json_number_value(nbf) > now + policy->leeway)
    return false;
  if (iat && json_number_value(iat) > now + policy->leeway)
    return false;
  return !(policy->max_lifetime > 0) ||
         (iat && json_number_value(exp) - json_number_value(iat) <= policy->max_lifetime);
}

static bool claims_are_fine(const oracle_policy *policy, const json_t *claims, double now) {
  const json_t *sub = json_object_get(claims, "sub"), *jti = json_object_get(claims, "jti");
  if (!text_is(json_object_get(claims, "iss"), policy->issuer))
    return false;
  if ((sub && !is_name(sub)) || (jti && !is_name(jti)))
    return false;
  if (policy->required && !is_name(json_object_get(claims, policy->required)))
    return false;
  if (json_object_get(claims, "cnf"))
    return false; /* RFC 7800: bound, and here nobody can show the proof */
  return times_are_fine(policy, claims, now) &&
         audience_is_fine(policy, json_object_get(claims, "aud"));
}

/* ---- the whole: RFC 7515 section 5.2, RFC 7519 section 7.2 ----------------------------------- */

oracle_verdict oracle_verify(const oracle_policy *policy, const char *token, size_t len,
                             double now) {
  unsigned char *part[3] = {NULL, NULL, NULL};
  size_t size[3], dots = 0, start = 0, n = 0;
  bool fine = len <= LIMIT, either = false;
  for (size_t i = 0; i < len; i++)
    dots += token[i] == '.';
  fine = fine && dots == 2;
  for (size_t i = 0; fine && i <= len; i++)
    if (i == len || token[i] == '.') {
      fine = decode(token + start, i - start, &part[n], &size[n]);
      n++;
      start = i + 1;
    }
  json_t *header = fine ? parse(part[0], size[0], &either) : NULL,
         *claims = header ? parse(part[1], size[1], &either) : NULL;
  size_t input_len = fine ? (size_t)((const char *)memrchr(token, '.', len) - token) : 0;
  fine = claims && header_is_fine(policy, header) && claims_are_fine(policy, claims, now) &&
         signature_is_fine(policy, header, token, input_len, part[2], size[2]);
  json_decref(header);
  json_decref(claims);
  for (size_t i = 0; i < 3; i++)
    free(part[i]);
  return either ? ORACLE_EITHER : fine ? ORACLE_ACCEPTS : ORACLE_REFUSES;
}
