/* Public keys in a PKCS#11 token (RFC 7512 names them), as a JWKS. Only what anybody may read: no
 * login, no private key. */
#define P11_KIT_FUTURE_UNSTABLE_API /* p11-kit guards its iterator so; it is the same from 0.20 to \
                                       0.25 */
#include "base/json.h"
#include "guard/guard_private.h"

#include <p11-kit/iter.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <stdlib.h>

#define EDWARDS_KEY 0x40UL /* CKK_EC_EDWARDS of PKCS#11 3.0; the headers here are of 2.40 */

enum { KEYS_MAX = 64, POINT_MAX = 256 };

/* ---- one key --------------------------------------------------------------------------------- */

static str attribute(P11KitIter *i, arena *a, CK_ATTRIBUTE_TYPE type) {
  CK_ATTRIBUTE at = {type, NULL, 0};
  if (p11_kit_iter_load_attributes(i, &at, 1) != CKR_OK || !at.pValue)
    return (str){0};
  str out = arena_str(a, str_from(at.pValue, at.ulValueLen));
  free(at.pValue);
  return out;
}

static void put_number(arena *a, json_t *jwk, const char *name, str bytes) {
  while (bytes.len && !bytes.ptr[0])
    bytes = str_sub(bytes, 1, bytes.len);
  json_put_str(jwk, name, base64url_encode(a, bytes));
}

static bool put_rsa(arena *a, json_t *jwk, P11KitIter *i) {
  str n = attribute(i, a, CKA_MODULUS), e = attribute(i, a, CKA_PUBLIC_EXPONENT);
  json_put_str(jwk, "kty", STR("RSA"));
  put_number(a, jwk, "n", n);
  put_number(a, jwk, "e", e);
  return n.len && e.len;
}

/* The point of that size in an OCTET STRING (X9.62), or as it is, which some modules give; empty
 * when it is neither. */
static str point_of(P11KitIter *i, arena *a, size_t size) {
  str der = attribute(i, a, CKA_EC_POINT);
  size_t head = size < 128 ? 2 : 3;
  if (der.len == size)
    return der;
  return der.len == size + head && der.ptr[0] == 0x04 ? str_sub(der, head, der.len) : STR("");
}

static bool put_ec(arena *a, json_t *jwk, P11KitIter *i) {
  static const struct {
    const char *oid; /* DER: the second byte is the length of the rest */
    const char *crv;
    size_t size; /* of a coordinate */
  } curves[] = {{"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", "P-256", 32},
                {"\x06\x05\x2b\x81\x04\x00\x22", "P-384", 48},
                {"\x06\x05\x2b\x81\x04\x00\x23", "P-521", 66}};

  str params = attribute(i, a, CKA_EC_PARAMS);
  for (size_t k = 0; k < sizeof curves / sizeof *curves; k++) {
    if (!str_eq(params, str_from(curves[k].oid, 2 + (size_t)curves[k].oid[1])))
      continue;
    str point = point_of(i, a, 2 * curves[k].size + 1);
    if (!point.len || point.ptr[0] != 0x04)
      return false; /* uncompressed alone */
    json_put_str(jwk, "kty", STR("EC"));
    json_put_str(jwk, "crv", str_of(curves[k].crv));
    json_put_str(jwk, "x", base64url_encode(a, str_sub(point, 1, 1 + curves[k].size)));
    json_put_str(jwk, "y", base64url_encode(a, str_sub(point, 1 + curves[k].size, point.len)));
    return true;
  }
  return false;
}

static bool put_edwards(arena *a, json_t *jwk, P11KitIter *i) {
  str point = point_of(i, a, 32);
  if (!point.len)
    return false; /* Ed25519 alone */
  json_put_str(jwk, "kty", STR("OKP"));
  json_put_str(jwk, "crv", STR("Ed25519"));
  json_put_str(jwk, "x", base64url_encode(a, point));
  return true;
}

/* NULL for a key that no algorithm here verifies with. Its label is its `kid`. */
static json_t *jwk_of(arena *a, P11KitIter *i) {
  CK_KEY_TYPE type = CKK_VENDOR_DEFINED;
  CK_ATTRIBUTE at = {CKA_KEY_TYPE, &type, sizeof type};
  json_t *jwk = json_object();
  str label = attribute(i, a, CKA_LABEL);
  if (label.len)
    json_put_str(jwk, "kid", utf8_repair(a, label));
  bool known = p11_kit_iter_get_attributes(i, &at, 1) == CKR_OK &&
               (type == CKK_RSA  ? put_rsa(a, jwk, i)
                : type == CKK_EC ? put_ec(a, jwk, i)
                                 : type == EDWARDS_KEY && put_edwards(a, jwk, i));
  if (known)
    return jwk;
  json_decref(jwk);
  return NULL;
}

/* ---- the token ------------------------------------------------------------------------------- */

static json_t *read_keys(arena *a, P11KitUri *uri, CK_FUNCTION_LIST **modules) {
  CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
  CK_ATTRIBUTE only = {CKA_CLASS, &class, sizeof class};
  json_t *keys = json_array();
  P11KitIter *i = p11_kit_iter_new(uri, 0);
  p11_kit_iter_add_filter(i, &only, 1);
  p11_kit_iter_begin(i, modules);
  while (json_array_size(keys) < KEYS_MAX && p11_kit_iter_next(i) == CKR_OK) {
    json_t *jwk = jwk_of(a, i);
    if (jwk)
      json_array_append_new(keys, jwk);
  }
  p11_kit_iter_free(i);
  return keys;
}

/* The module that the URI names by `module-path`, or those that the system's p11-kit knows. */
static CK_FUNCTION_LIST **load_modules(P11KitUri *uri, error *e) {
  const char *path = p11_kit_uri_get_module_path(uri);
  CK_FUNCTION_LIST **list = path ? calloc(2, sizeof *list) : p11_kit_modules_load_and_initialize(0);
  if (list && path) {
    list[0] = p11_kit_module_load(path, 0);
    if (list[0] && p11_kit_module_initialize(list[0]) == CKR_OK)
      return list;
    if (list[0])
      p11_kit_module_release(list[0]);
    free(list);
    list = NULL;
  }
  if (!list)
    error_set(e, ERROR_USAGE, "the module %s cannot be loaded: %s", path ? path : "of p11-kit",
              p11_kit_message() ? p11_kit_message() : "no reason was given");
  return list;
}

static void drop_modules(P11KitUri *uri, CK_FUNCTION_LIST **list) {
  if (!p11_kit_uri_get_module_path(uri)) {
    p11_kit_modules_finalize_and_release(list);
    return;
  }
  p11_kit_module_finalize(list[0]);
  p11_kit_module_release(list[0]);
  free(list);
}

bool pkcs11_keys(arena *a, str text, str *jwks, error *e) {
  P11KitUri *uri = p11_kit_uri_new();
  int rc = p11_kit_uri_parse(arena_text(a, text), P11_KIT_URI_FOR_OBJECT_ON_TOKEN_AND_MODULE, uri);
  CK_FUNCTION_LIST **modules = NULL;
  if (rc != P11_KIT_URI_OK || p11_kit_uri_any_unrecognized(uri))
    error_set(e, ERROR_USAGE, "it is no PKCS#11 URI (RFC 7512): %s",
              rc == P11_KIT_URI_OK ? "an attribute is not known" : p11_kit_uri_message(rc));
  else
    modules = load_modules(uri, e);
  json_t *keys = modules ? read_keys(a, uri, modules) : NULL;
  if (modules)
    drop_modules(uri, modules);
  p11_kit_uri_free(uri);
  if (!keys)
    return false;
  bool any =
      json_array_size(keys) > 0 ||
      error_set(
          e, ERROR_INCOMPLETE,
          "no public key there is of a form that is known (RSA, P-256, P-384, P-521, Ed25519)");
  json_t *set = json_pack("{s:o}", "keys", keys);
  *jwks = json_write(a, set, false);
  json_decref(set);
  return any;
}
