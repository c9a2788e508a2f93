/* Keys from what people keep them in: JWK and JWKS (RFC 7517), PEM, DER, raw secrets. */
#include "base/json.h"
#include "token/token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* ---- ownership ------------------------------------------------------------------------------- */

static void free_pkey(void *pkey) {
  EVP_PKEY_free(pkey);
}

typedef struct {
  char *ptr;
  size_t len;
} wipe;

static void wipe_bytes(void *what) {
  const wipe *w = what;
  OPENSSL_cleanse(w->ptr, w->len);
}

static str keep_secret(arena *a, str bytes) {
  str copy = arena_str(a, bytes);
  wipe *w = arena_make(a, wipe);
  *w = (wipe){(char *)(uintptr_t)copy.ptr, copy.len};
  arena_on_free(a, wipe_bytes, w);
  return copy;
}

static bool kind_of(EVP_PKEY *pkey, key_kind *out) {
  switch (EVP_PKEY_get_base_id(pkey)) {
  case EVP_PKEY_RSA:
  case EVP_PKEY_RSA_PSS:
    *out = KEY_RSA;
    return true;
  case EVP_PKEY_EC:
    *out = KEY_EC;
    return true;
  case EVP_PKEY_ED25519:
    *out = KEY_OKP;
    return true;
  default:
    return false;
  }
}

/* Takes the key over. */
static bool add_pkey(arena *a, EVP_PKEY *pkey, bool is_private, str certificate, key_list *out,
                     error *e) {
  key k = {.pkey = pkey, .is_private = is_private, .certificate = certificate};
  if (!kind_of(pkey, &k.kind)) {
    EVP_PKEY_free(pkey);
    return error_set(e, ERROR_USAGE, "the key is neither RSA, EC nor Ed25519");
  }
  arena_on_free(a, free_pkey, pkey);
  list_push(a, out, k);
  return true;
}

/* ---- JWK ------------------------------------------------------------------------------------- */

static bool jwk_bytes(arena *a, const json_t *jwk, const char *name, str *out, error *e) {
  str text = json_get_str(jwk, name);
  if (!text.ptr)
    return error_set(e, ERROR_USAGE, "the JWK lacks '%s'", name);
  return base64_decode_lenient(a, text, out) ||
         error_set(e, ERROR_USAGE, "the JWK's '%s' is no base64url", name);
}

static bool push_number(OSSL_PARAM_BLD *bld, const char *param, str bytes, BIGNUM **owned) {
  *owned = BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);
  return *owned && OSSL_PARAM_BLD_push_BN(bld, param, *owned);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *bld, bool is_private) {
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  EVP_PKEY *out = NULL;
  if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
      EVP_PKEY_fromdata(ctx, &out, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) !=
          1)
    out = NULL;
  EVP_PKEY_CTX_free(ctx);
  OSSL_PARAM_free(params);
  return out;
}

typedef struct {
  const char *member, *param;
} rsa_member;

static const rsa_member RSA_MEMBERS[] = {
    {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
    {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

static EVP_PKEY *rsa_from_jwk(arena *a, const json_t *jwk, bool *is_private, error *e) {
  enum { COUNT = sizeof RSA_MEMBERS / sizeof *RSA_MEMBERS };

  BIGNUM *numbers[COUNT] = {0};
  OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
  bool ok = bld != NULL;
  *is_private = json_object_get(jwk, "d") != NULL;
  for (size_t i = 0; ok && i < COUNT; i++) {
    str bytes;
    if (i >= 2 && !json_object_get(jwk, RSA_MEMBERS[i].member))
      continue;
    ok = jwk_bytes(a, jwk, RSA_MEMBERS[i].member, &bytes, e) &&
         push_number(bld, RSA_MEMBERS[i].param, bytes, &numbers[i]);
  }
  EVP_PKEY *out = ok ? from_params("RSA", bld, *is_private) : NULL;
  if (ok && !out)
    error_set(e, ERROR_USAGE, "the JWK's numbers make no RSA key");
  for (size_t i = 0; i < COUNT; i++)
    BN_clear_free(numbers[i]);
  OSSL_PARAM_BLD_free(bld);
  return out;
}

/* The uncompressed point 04 || x || y (SEC 1, 2.3.3), each coordinate in the curve's size. */
static bool point_of(arena *a, str x, str y, size_t size, str *out) {
  if (x.len > size || y.len > size)
    return false;
  char *point = arena_alloc(a, 1 + 2 * size);
  point[0] = 4;
  memcpy(point + 1 + size - x.len, x.ptr, x.len);
  memcpy(point + 1 + 2 * size - y.len, y.ptr, y.len);
  *out = str_from(point, 1 + 2 * size);
  return true;
}

static EVP_PKEY *ec_from_jwk(arena *a, const json_t *jwk, bool *is_private, error *e) {
  str crv = json_get_str(jwk, "crv"), x, y, d, point;
  const algorithm *alg = NULL;
  for (size_t i = 0; algorithm_at(i); i++)
    if (algorithm_at(i)->kind == KEY_EC && str_eq(crv, str_of(algorithm_at(i)->curve)))
      alg = algorithm_at(i);
  if (!alg) {
    error_set(e, ERROR_USAGE, "the JWK's crv is not P-256, P-384 or P-521");
    return NULL;
  }
  *is_private = json_object_get(jwk, "d") != NULL;
  if (!jwk_bytes(a, jwk, "x", &x, e) || !jwk_bytes(a, jwk, "y", &y, e))
    return NULL;
  if (*is_private && !jwk_bytes(a, jwk, "d", &d, e))
    return NULL;
  if (!point_of(a, x, y, alg->coordinate, &point)) {
    error_set(e, ERROR_USAGE, "the JWK's x or y is too long for %s", alg->curve);
    return NULL;
  }
  BIGNUM *scalar = NULL;
  OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
  bool ok = bld &&
            OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, alg->curve, 0) &&
            OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point.ptr, point.len) &&
            (!*is_private || push_number(bld, OSSL_PKEY_PARAM_PRIV_KEY, d, &scalar));
  EVP_PKEY *out = ok ? from_params("EC", bld, *is_private) : NULL;
  if (!out)
    error_set(e, ERROR_USAGE, "the JWK's x and y are no point on %s", alg->curve);
  BN_clear_free(scalar);
  OSSL_PARAM_BLD_free(bld);
  return out;
}

static EVP_PKEY *okp_from_jwk(arena *a, const json_t *jwk, bool *is_private, error *e) {
  str bytes;
  *is_private = json_object_get(jwk, "d") != NULL;
  if (!str_eq(json_get_str(jwk, "crv"), STR("Ed25519"))) {
    error_set(e, ERROR_USAGE, "the JWK's crv is not Ed25519");
    return NULL;
  }
  if (!jwk_bytes(a, jwk, *is_private ? "d" : "x", &bytes, e))
    return NULL;
  const unsigned char *raw = (const unsigned char *)bytes.ptr;
  EVP_PKEY *out = *is_private ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, bytes.len)
                              : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, bytes.len);
  if (!out)
    error_set(e, ERROR_USAGE, "the JWK's key is not of 32 bytes");
  return out;
}

static bool secret_from_jwk(arena *a, const json_t *jwk, key_list *out, error *e) {
  key k = {.kind = KEY_SECRET, .is_private = true};
  str bytes;
  if (!jwk_bytes(a, jwk, "k", &bytes, e))
    return false;
  k.secret = keep_secret(a, bytes);
  list_push(a, out, k);
  return true;
}

static bool load_jwk(arena *a, const json_t *jwk, key_list *out, error *e) {
  static const struct {
    const char *kty;
    EVP_PKEY *(*load)(arena *a, const json_t *jwk, bool *is_private, error *e);
  } rows[] = {{"RSA", rsa_from_jwk}, {"EC", ec_from_jwk}, {"OKP", okp_from_jwk}};

  str kty = json_get_str(jwk, "kty"), kid = json_get_str(jwk, "kid"),
      alg = json_get_str(jwk, "alg");
  bool done = false, is_private = false;
  if (str_eq(kty, STR("oct")))
    done = secret_from_jwk(a, jwk, out, e);
  else if (!kty.len)
    return error_set(e, ERROR_USAGE, "the JWK lacks 'kty'");
  else {
    EVP_PKEY *pkey = NULL;
    bool known = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
      if (str_eq(kty, str_of(rows[i].kty))) {
        known = true;
        pkey = rows[i].load(a, jwk, &is_private, e);
      }
    if (!known)
      return error_set(e, ERROR_USAGE, "the JWK's kty is not RSA, EC, OKP or oct");
    done = pkey && add_pkey(a, pkey, is_private, (str){0}, out, e);
  }
  if (!done)
    return false;
  if (kid.ptr)
    out->at[out->len - 1].kid = arena_str(a, kid);
  if (alg.ptr)
    out->at[out->len - 1].alg = arena_str(a, alg);
  if (!is_private && !str_eq(kty, STR("oct")))
    out->at[out->len - 1].source = json_write(a, jwk, false);
  return true;
}

/* A set counts as loaded when one key of it is; what is of a foreign kind is passed over (RFC 7517
 * section 5). */
static bool load_json(arena *a, const json_t *json, key_list *out, error *e) {
  const json_t *keys = json_object_get(json, "keys"), *item;
  size_t i, before = out->len;
  if (!json_is_array(keys))
    return load_jwk(a, json, out, e);
  json_array_foreach((json_t *)(uintptr_t)keys, i, item) load_jwk(a, item, out, e);
  return out->len > before ||
         (json_array_size(keys) == 0 && error_set(e, ERROR_USAGE, "the key set is empty"));
}

/* ---- PEM and DER ----------------------------------------------------------------------------- */

static int no_passphrase(char *text, int size, int writing, void *unused) {
  (void)text, (void)size, (void)writing, (void)unused;
  return -1;
}

static str certificate_der(arena *a, X509 *x) {
  unsigned char *der = NULL;
  int len = i2d_X509(x, &der);
  str out = len > 0 ? arena_str(a, str_from(der, (size_t)len)) : (str){0};
  OPENSSL_free(der);
  return out;
}

static bool add_certificate(arena *a, X509 *x, key_list *out, error *e) {
  EVP_PKEY *pkey = X509_get_pubkey(x);
  str der = certificate_der(a, x);
  X509_free(x);
  return pkey ? add_pkey(a, pkey, false, der, out, e)
              : error_set(e, ERROR_USAGE, "the certificate's key cannot be read");
}

static bool decode_pkey(arena *a, const unsigned char *bytes, size_t len, const char *format,
                        bool is_private, key_list *out, error *e) {
  EVP_PKEY *pkey = NULL;
  int selection = is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  OSSL_DECODER_CTX *ctx =
      OSSL_DECODER_CTX_new_for_pkey(&pkey, format, NULL, NULL, selection, NULL, NULL);
  if (ctx)
    OSSL_DECODER_CTX_set_pem_password_cb(ctx, no_passphrase, NULL);
  bool ok = ctx && OSSL_DECODER_from_data(ctx, &bytes, &len) == 1 && pkey;
  OSSL_DECODER_CTX_free(ctx);
  return ok && add_pkey(a, pkey, is_private, (str){0}, out, e);
}

static bool load_pem_block(arena *a, const char *label, const unsigned char *der, long len,
                           key_list *out, error *e) {
  const unsigned char *p = der;
  if (strstr(label, "CERTIFICATE")) {
    X509 *x = d2i_X509(NULL, &p, len);
    return x ? add_certificate(a, x, out, e)
             : error_set(e, ERROR_USAGE, "the certificate cannot be read");
  }
  if (strstr(label, "ENCRYPTED"))
    return error_set(e, ERROR_USAGE, "the key is encrypted: decrypt it first");
  if (strstr(label, "PARAMETERS"))
    return true;
  bool is_private = strstr(label, "PRIVATE KEY") != NULL;
  return decode_pkey(a, der, (size_t)len, "DER", is_private, out, e) ||
         error_set(e, ERROR_USAGE, "the PEM block '%s' is no key of a kind that JWS uses", label);
}

static bool load_pem(arena *a, str bytes, key_list *out, error *e) {
  BIO *bio = BIO_new_mem_buf(bytes.ptr, (int)bytes.len);
  char *label = NULL, *header = NULL;
  unsigned char *der = NULL;
  long len = 0;
  bool ok = bio != NULL, any = false;
  while (ok && PEM_read_bio(bio, &label, &header, &der, &len) == 1) {
    ok = strstr(header, "ENCRYPTED")
             ? error_set(e, ERROR_USAGE, "the key is encrypted: decrypt it first")
             : load_pem_block(a, label, der, len, out, e);
    any = true;
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, (size_t)len);
  }
  BIO_free(bio);
  if (ok && !any)
    return error_set(e, ERROR_USAGE, "the PEM text is damaged");
  return ok;
}

static bool load_der(arena *a, str bytes, key_list *out, error *e) {
  const unsigned char *p = (const unsigned char *)bytes.ptr;
  if (bytes.len < 32 || p[0] != 0x30)
    return false;
  X509 *x = d2i_X509(NULL, &p, (long)bytes.len);
  if (x)
    return add_certificate(a, x, out, e);
  const unsigned char *raw = (const unsigned char *)bytes.ptr;
  return decode_pkey(a, raw, bytes.len, "DER", true, out, e) ||
         decode_pkey(a, raw, bytes.len, "DER", false, out, e);
}

/* ---- any of these ---------------------------------------------------------------------------- */

enum { KEY_FILE_MAX = 1024 * 1024 };

/* A verifier that mixes keys up takes the file as it lies there. */
static bool load_pem_file(arena *a, str bytes, key_list *out, error *e) {
  size_t before = out->len;
  if (!load_pem(a, bytes, out, e))
    return false;
  for (size_t i = before; i < out->len; i++)
    if (!out->at[i].is_private)
      out->at[i].source = arena_str(a, bytes);
  return true;
}

bool key_load(arena *a, str bytes, bool secret_allowed, key_list *out, error *e) {
  error_set(e, ERROR_USAGE, "it is no JWK, JWKS, PEM or DER key");
  if (!bytes.len)
    return error_set(e, ERROR_USAGE, "it is empty");
  if (bytes.len > KEY_FILE_MAX)
    return error_set(e, ERROR_USAGE, "it is larger than %d bytes", KEY_FILE_MAX);
  if (str_contains(bytes, STR("-----BEGIN ")))
    return load_pem_file(a, bytes, out, e);
  json_t *json =
      str_trim(bytes).len && str_trim(bytes).ptr[0] == '{' ? json_parse(bytes, NULL) : NULL;
  if (json_is_object(json)) {
    bool ok = load_json(a, json, out, e);
    json_decref(json);
    return ok;
  }
  json_decref(json);
  if (load_der(a, bytes, out, e))
    return true;
  if (!secret_allowed)
    return false;
  key k = {.kind = KEY_SECRET, .is_private = true, .secret = keep_secret(a, bytes)};
  list_push(a, out, k);
  return true;
}
