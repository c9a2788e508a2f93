/* An issuer's metadata: where it may be, and the one thing that is taken from it, the URL of the
 * key set. All of it is the word of whoever answers, so it must be the issuer's own document and
 * stay on the issuer's own host, unless the policy names another. */
#include "token/strict.h"

#include <stdlib.h>

enum { METADATA_BYTES = 256 * 1024 };

/* ---- where ----------------------------------------------------------------------------------- */

/* OpenID Connect Discovery 1.0 section 4: behind the issuer. RFC 8414 section 3: between its host
 * and its path, under either name. */
str metadata_url(arena *a, str issuer, size_t look) {
  url u;
  error e = {0};
  if (look > 2 || !url_parse(a, issuer, &u, &e))
    return (str){0};
  str path = str_ends(u.path, STR("/")) ? str_sub(u.path, 0, u.path.len - 1) : u.path;
  str origin = url_origin(a, &u);
  if (look == 0)
    return arena_printf(a, "%.*s%.*s/.well-known/openid-configuration", STR_ARG(origin),
                        STR_ARG(path));
  if (look == 2 && !path.len)
    return (str){0}; /* that would be the first again */
  return arena_printf(a, "%.*s/.well-known/%s%.*s", STR_ARG(origin),
                      look == 1 ? "oauth-authorization-server" : "openid-configuration",
                      STR_ARG(path));
}

/* ---- what ------------------------------------------------------------------------------------ */

static bool host_fits(arena *a, const url *set, const url *issuer, str other) {
  error e = {0};
  url named;
  if (str_eq(set->host, issuer->host) && set->port == issuer->port)
    return true;
  if (!other.len)
    return false;
  str text = arena_printf(a, "%.*s://%.*s/", STR_ARG(set->scheme), STR_ARG(other));
  return url_parse(a, text, &named, &e) && str_eq(set->host, named.host) && set->port == named.port;
}

static bool check_set_url(arena *a, str text, str issuer, str jwks_host, problems *p) {
  url set, own;
  error e = {0};
  if (text.len >= BT_URL_MAX || !url_parse(a, text, &set, &e))
    return problem(p, "the metadata of %.*s names no URL that can be asked: %s", STR_ARG(issuer),
                   text.len >= BT_URL_MAX ? "it is too long" : e.message);
  if (!url_parse(a, issuer, &own, &e))
    return problem(p, "%s", e.message);
  bool tls = str_eq(set.scheme, STR("https"));
  if (!tls && host_kind_of(set.host) != HOST_LOOPBACK)
    return problem(p,
                   "the metadata of %.*s names a key set without TLS (%.*s): whoever changes "
                   "the answer chooses the keys",
                   STR_ARG(issuer), STR_ARG(text));
  if (!host_fits(a, &set, &own, jwks_host))
    return problem(p,
                   "the metadata of %.*s names a key set on another host (%.*s): if that is "
                   "right, write `discovery: {jwks_host: %.*s}`",
                   STR_ARG(issuer), STR_ARG(text),
                   STR_ARG(str_sub(url_origin(a, &set), tls ? 8 : 7, SIZE_MAX)));
  return true;
}

static bool read_members(arena *a, const json_object *o, str issuer, str jwks_host, str *out,
                         problems *p) {
  const json_member *whose = json_find(o, STR("issuer")), *set = json_find(o, STR("jwks_uri"));
  if (!whose || whose->kind != JSON_STRING)
    return problem(p, "the metadata of %.*s does not say whose it is (`issuer`)", STR_ARG(issuer));
  if (!str_eq(whose->text, issuer)) /* RFC 8414 section 3.3: identical, byte for byte */
    return problem(p, "the metadata found for %.*s is that of another issuer, '%.*s': not taken",
                   STR_ARG(issuer), STR_ARG(str_sub(whose->text, 0, 200)));
  if (!set || set->kind != JSON_STRING)
    return problem(p, "the metadata of %.*s names no key set (`jwks_uri`)", STR_ARG(issuer));
  *out = arena_str(a, set->text);
  return check_set_url(a, *out, issuer, jwks_host, p);
}

bool metadata_read(arena *a, str body, str issuer, str jwks_host, str *out, problems *p) {
  json_object o = {0};
  if (!body.len || body.len > METADATA_BYTES)
    return problem(p, "the metadata of %.*s is %s", STR_ARG(issuer),
                   body.len ? "too large" : "empty");
  char *padded = arena_alloc(a, body.len + PADDING);
  memcpy(padded, body.ptr, body.len);
  if (!json_object_new(&o, body.len)) {
    json_object_free(&o);
    return problem(p, "out of memory");
  }
  json_fault fault = json_scan(str_from(padded, body.len), &o);
  bool ok = fault ? problem(p, "the metadata of %.*s is no valid JSON object: %s", STR_ARG(issuer),
                            bt_refusal_sentence(json_refusal(fault)))
                  : read_members(a, &o, issuer, jwks_host, out, p);
  json_object_free(&o);
  return ok;
}
