/* What people hand over where a key belongs: bytes that are no key by their form, named for what
 * they are, with what to do. A secret is taken as it stands; what it looks like is told. */
#include "token/strict.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/* ---- forms ----------------------------------------------------------------------------------- */

static bool begins_with_any(str bytes, const char *const *marks) {
  str trimmed = str_trim(bytes);
  for (size_t i = 0; marks[i]; i++) {
    str mark = str_of(marks[i]);
    if (str_ieq(str_sub(trimmed, 0, mark.len), mark))
      return true;
  }
  return false;
}

static bool is_blank(str bytes) {
  return str_trim(bytes).len == 0;
}

static bool is_utf16(str bytes) {
  return str_starts(bytes, STR("\xFF\xFE")) || str_starts(bytes, STR("\xFE\xFF"));
}

static bool is_html(str bytes) {
  static const char *const marks[] = {"<!doctype", "<html", "<head", "<?xml",
                                      "<body",     "<!--",  NULL};
  return begins_with_any(bytes, marks);
}

static bool is_openssh(str bytes) {
  static const char *const marks[] = {"ssh-rsa ", "ssh-ed25519 ", "ssh-dss ",        "ecdsa-sha2-",
                                      "sk-ssh-",  "sk-ecdsa-",    "---- BEGIN SSH2", NULL};
  return begins_with_any(bytes, marks);
}

static bool is_pgp(str bytes) {
  static const char *const marks[] = {"-----BEGIN PGP", NULL};
  return begins_with_any(bytes, marks);
}

static bool is_token(str bytes) {
  str text = str_trim(bytes);
  size_t dots = 0;
  for (size_t i = 0; i < text.len; i++)
    dots += text.ptr[i] == '.';
  return str_starts(text, STR("eyJ")) && dots >= 2;
}

static bool is_json_list(str bytes) {
  str text = str_trim(bytes);
  return text.len && text.ptr[0] == '[' && str_contains(text, STR("\"kty\""));
}

static bool is_policy(str bytes) {
  return str_contains(bytes, STR("issuers:")) && str_contains(bytes, STR("version:"));
}

static bool is_der_certificate(str bytes) {
  const unsigned char *at = (const unsigned char *)bytes.ptr;
  X509 *x = bytes.len && at[0] == 0x30 ? d2i_X509(NULL, &at, (long)bytes.len) : NULL;
  X509_free(x);
  ERR_clear_error();
  return x != NULL;
}

static bool is_der_public(str bytes) {
  const unsigned char *at = (const unsigned char *)bytes.ptr;
  EVP_PKEY *pkey = bytes.len && at[0] == 0x30 ? d2i_PUBKEY(NULL, &at, (long)bytes.len) : NULL;
  at = (const unsigned char *)bytes.ptr;
  if (!pkey && bytes.len && at[0] == 0x30)
    pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)bytes.len);
  EVP_PKEY_free(pkey);
  ERR_clear_error();
  return pkey != NULL;
}

static bool is_der_private(str bytes) {
  const unsigned char *at = (const unsigned char *)bytes.ptr;
  EVP_PKEY *pkey =
      bytes.len && at[0] == 0x30 ? d2i_AutoPrivateKey(NULL, &at, (long)bytes.len) : NULL;
  EVP_PKEY_free(pkey);
  ERR_clear_error();
  return pkey != NULL;
}

static bool is_der_other(str bytes) {
  return bytes.len > 64 && (unsigned char)bytes.ptr[0] == 0x30 && !str_is_utf8(bytes);
}

static bool is_keystore(str bytes) {
  return str_starts(bytes, STR("\xFE\xED\xFE\xED"));
}

static bool is_bare_base64(str bytes) {
  str der;
  arena *a = arena_new();
  bool found =
      base64_decode_lenient(a, bytes, &der) && (is_der_public(der) || is_der_certificate(der));
  arena_free(a);
  return found;
}

typedef struct {
  bool (*is)(str bytes);
  const char *sentence;
} form;

bool key_unknown(str bytes, problems *p) {
  static const form forms[] = {
      {is_blank, "it holds nothing but white space: a JWK, a JWKS, PEM text or a secret is needed"},
      {is_keystore, "it is a Java keystore: keytool -exportcert -rfc -keystore FILE -alias NAME"},
      {is_utf16, "it is UTF-16 text: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"},
      {is_html, "it is an HTML or XML page, no key set: what answers there is made for people (a "
                "login, an error, a front page). Look for `jwks_uri` in the issuer's "
                "/.well-known/openid-configuration"},
      {is_openssh, "it is an OpenSSH public key: ssh-keygen -e -m PKCS8 -f FILE > FILE.pem"},
      {is_pgp, "it is a PGP key, of which no JWT is signed"},
      {is_token, "it is a token, not the key that verifies it"},
      {is_json_list, "it is a bare list of JWKs: write {\"keys\": [...]} around it"},
      {is_policy, "it is a policy, not a key"},
      {is_der_certificate,
       "it is a certificate in DER: openssl x509 -inform DER -in FILE -out FILE.pem"},
      {is_der_public,
       "it is a public key in DER: openssl pkey -pubin -inform DER -in FILE -out FILE.pem"},
      {is_der_private, "it is a private key in DER; verifying needs the public one only: openssl "
                       "pkey -inform DER -in FILE -pubout -out FILE.pem"},
      {is_der_other, "it is binary (DER or PKCS#12), and no public key: openssl pkcs12 -in FILE "
                     "-nokeys -clcerts -out FILE.pem"},
      {is_bare_base64, "it is the base64 of a key or certificate without the lines around it: put "
                       "-----BEGIN PUBLIC KEY----- (or CERTIFICATE) above and the END line below"},
  };

  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (forms[i].is(bytes))
      return problem(p, "%s", forms[i].sentence);
  return problem(p, "it is no JWK, JWKS or PEM text; a raw HMAC secret belongs into a file whose "
                    "name ends in .secret");
}

/* ---- JSON that is no key --------------------------------------------------------------------- */

static str text_member(const json_object *o, const char *name) {
  const json_member *m = json_find(o, str_of(name));
  return m && m->kind == JSON_STRING ? m->text : (str){0};
}

bool json_no_key(const json_object *o, problems *p) {
  if (json_find(o, STR("kty")))
    return true;
  str jwks_uri = text_member(o, "jwks_uri");
  if (jwks_uri.len)
    return problem(
        p,
        "it is the issuer's discovery document, no key set: write the URL that it names, "
        "jwks_url: %.*s, or discovery: true",
        STR_ARG(str_sub(jwks_uri, 0, 300)));
  if (text_member(o, "private_key").len && text_member(o, "client_email").len)
    return problem(p,
                   "it is a service account's private key file, which signs; verifying needs the "
                   "issuer's public keys");
  if (json_find(o, STR("error")))
    return problem(p,
                   "it is an error message in JSON, no key set: open the URL with curl to read it");
  if (json_find(o, STR("n")) || json_find(o, STR("k")) || json_find(o, STR("crv")))
    return problem(p, "the JWK lacks `kty`: RSA, EC, OKP or oct");
  return problem(p, "it is JSON, but neither a JWK (`kty`) nor a JWKS (`keys`)");
}

/* ---- what a secret looks like ---------------------------------------------------------------- */

typedef struct {
  size_t lower, upper, digits, others; /* letters, digits, and what base64 has besides */
  size_t hex;
} spelling;

static spelling spelling_of(str text) {
  spelling s = {0};
  for (size_t i = 0; i < text.len; i++) {
    int c = (unsigned char)text.ptr[i];
    s.lower += islower(c) != 0;
    s.upper += isupper(c) != 0;
    s.digits += isdigit(c) != 0;
    s.others += strchr("+/-_=", c) != NULL;
    s.hex += isxdigit(c) != 0;
  }
  return s;
}

enum { HEX_MIN = 32, BASE64_MIN = 43 }; /* of 16 and of 32 bytes */

/* In one case, as programs write it. */
static bool is_hex(str text) {
  spelling s = spelling_of(text);
  return text.len >= HEX_MIN && text.len % 2 == 0 && s.hex == text.len && s.digits > 0 &&
         !(s.lower && s.upper);
}

static bool is_base64(str text) {
  spelling s = spelling_of(text);
  bool padded = str_ends(text, STR("="));
  return text.len >= (padded ? HEX_MIN : BASE64_MIN) && s.lower && s.upper && s.digits &&
         s.lower + s.upper + s.digits + s.others == text.len;
}

void secret_hint(str secret, problems *p) {
  str text = str_trim(secret);
  char last = secret.ptr[secret.len - 1];
  if (str_starts(secret, STR("\xEF\xBB\xBF")))
    problem_warn(p, "the secret begins with a byte-order mark, which is part of the key; if the "
                    "signer has none: tail -c +4");
  if (last == '\n' || last == '\r')
    problem_warn(p, "the secret ends in a newline, which is part of the key; if the signer has "
                    "none: printf %%s");
  if (is_hex(text))
    problem_warn(p,
                 "the secret reads like %zu bytes in hex; the %zu characters are the key as they "
                 "stand. If the signer takes the bytes: xxd -r -p",
                 text.len / 2, text.len);
  else if (is_base64(text))
    problem_warn(p,
                 "the secret reads like base64; the %zu characters are the key as they stand. If "
                 "the signer takes the bytes: base64 -d",
                 text.len);
}
