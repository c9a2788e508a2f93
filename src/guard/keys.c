/* Keys on disk: what there is, and one more of them. */
#include "base/json.h"
#include "guard/guard.h"
#include "token/token.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

enum { KEY_FILE_MAX = 1024 * 1024 };

static str text_str(bt_text t) {
  return str_from(t.ptr, t.len);
}

/* ---- which issuer ---------------------------------------------------------------------------- */

static bool choose_issuer(const bt_policy *policy, str wanted, size_t *index, error *e) {
  size_t n = bt_policy_issuer_count(policy);
  if (!wanted.len && n == 1) {
    *index = 0;
    return true;
  }
  for (size_t i = 0; wanted.len && i < n; i++)
    if (str_eq(text_str(bt_policy_issuer(policy, i, 0).issuer), wanted)) {
      *index = i;
      return true;
    }
  if (!wanted.len)
    return error_set(e, ERROR_USAGE, "the policy has %zu issuers: name one with --issuer", n);
  return error_set(e, ERROR_USAGE, "the policy has no issuer %.*s", STR_ARG(wanted));
}

/* ---- the set --------------------------------------------------------------------------------- */

/* The file as a key set; a single JWK becomes the only one of a set. */
static json_t *read_set(arena *a, str path, error *e) {
  str text;
  error inner = {0};
  const char *name = arena_text(a, path);
  if (!file_read(a, name, KEY_FILE_MAX, &text, &inner)) {
    error_set(e, ERROR_USAGE, "%s: %s", name, inner.message);
    return NULL;
  }
  json_t *v = json_parse(text, &inner);
  if (v && json_is_array(json_object_get(v, "keys")) && json_array_size(json_object_get(v, "keys")))
    return v;
  if (v && json_get_str(v, "kty").len)
    return json_pack("{s:[o]}", "keys", v);
  json_decref(v);
  error_set(
      e, ERROR_USAGE,
      "%s is no JWK or JWKS: only those can hold two keys at once. Write the key as a JWK first "
      "(docs/policy.md, \"From a secret to a key set\"), and name that file in the policy",
      name);
  return NULL;
}

static str algorithm_of(const json_t *jwk) {
  static const struct {
    const char *kty, *crv, *alg;
  } usual[] = {{"oct", NULL, "HS256"},   {"RSA", NULL, "RS256"},   {"EC", "P-256", "ES256"},
               {"EC", "P-384", "ES384"}, {"EC", "P-521", "ES512"}, {"OKP", "Ed25519", "EdDSA"}};

  str alg = json_get_str(jwk, "alg");
  for (size_t i = 0; !alg.len && i < sizeof usual / sizeof *usual; i++)
    if (str_eq(json_get_str(jwk, "kty"), str_of(usual[i].kty)) &&
        (!usual[i].crv || str_eq(json_get_str(jwk, "crv"), str_of(usual[i].crv))))
      alg = str_of(usual[i].alg);
  return alg;
}

static bool kid_taken(const json_t *keys, str kid) {
  size_t i;
  json_t *k;
  json_array_foreach(keys, i, k) if (str_eq(json_get_str(k, "kid"), kid)) return true;
  return false;
}

static str fresh_kid(arena *a, const json_t *keys) {
  str day = str_sub(time_rfc3339(a, clock_wall()), 0, 10), kid = day;
  for (int i = 2; kid_taken(keys, kid); i++)
    kid = arena_printf(a, "%.*s.%d", STR_ARG(day), i);
  return kid;
}

/* ---- rotating -------------------------------------------------------------------------------- */

/* Keys past their end go; those without one get it now. The member is `exp`, as in OpenID
 * Federation's historical keys. */
static void end_old_keys(json_t *keys, double now, double overlap, buf *told) {
  for (size_t i = json_array_size(keys); i-- > 0;) {
    json_t *k = json_array_get(keys, i);
    str kid = json_get_str(k, "kid");
    double end = json_number_value(json_object_get(k, "exp"));
    if (end > 0 && end <= now) {
      buf_printf(told, "drops  %.*s: its overlap is over\n",
                 STR_ARG(kid.len ? kid : STR("(no kid)")));
      json_array_remove(keys, i);
    } else {
      if (end <= 0)
        json_put(k, "exp", json_integer((json_int_t)(now + overlap)));
      buf_printf(told, "keeps  %.*s until %.*s\n", STR_ARG(kid.len ? kid : STR("(no kid)")),
                 STR_ARG(time_rfc3339(told->arena,
                                      (double)json_integer_value(json_object_get(k, "exp")))));
    }
  }
}

static bool write_private(arena *a, const key *k, const char *path, error *e) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *bytes = NULL;
  bool ok = bio && PEM_write_bio_PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) == 1;
  long len = ok ? BIO_get_mem_data(bio, &bytes) : 0;
  (void)a;
  ok = ok ? file_write(path, str_from(bytes, (size_t)len), 0600, e)
          : error_set(e, ERROR_INTERNAL, "the private key cannot be written");
  BIO_free(bio);
  return ok;
}

static bool add_key(arena *a, const rotation *r, json_t *keys, str alg_name, buf *told, key *made,
                    error *e) {
  const algorithm *alg = algorithm_find(alg_name);
  str kid = r->kid.len ? r->kid : fresh_kid(a, keys);
  error inner = {0};
  if (!alg)
    return error_set(e, ERROR_USAGE, "the key file's algorithm %.*s is not known",
                     STR_ARG(alg_name));
  if (kid_taken(keys, kid))
    return error_set(e, ERROR_USAGE, "--kid %.*s is in the set already", STR_ARG(kid));
  *made = key_generate(a, alg);
  json_t *jwk = json_parse(key_jwk(a, made, kid, alg_name), &inner);
  if (!jwk)
    return error_set(e, ERROR_INTERNAL, "the new key cannot be written: %s", inner.message);
  json_array_insert_new(keys, 0, jwk);
  buf_printf(told, "adds   %.*s, %.*s\n", STR_ARG(kid), STR_ARG(alg_name));
  return true;
}

/* Whether tokens name their key is not known here; where they do not, the very next one would be
 * refused. */
static void warn_of_kidless(const json_t *keys, buf *told) {
  if (json_array_size(keys) > 1)
    buf_put(told, STR("note   tokens that name no kid fit several keys now: they are refused "
                      "(kid-ambiguous) unless the issuer has\n"
                      "       try_all: true in the policy\n"));
}

static bool rotate_file(arena *a, const rotation *r, str path, buf *told, error *e) {
  json_t *set = read_set(a, path, e);
  if (!set)
    return false;
  json_t *keys = json_object_get(set, "keys");
  str alg = arena_str(a, algorithm_of(json_array_get(keys, 0)));
  bool secret = str_eq(json_get_str(json_array_get(keys, 0), "kty"), STR("oct"));
  key made = {0};
  buf_printf(told, "file   %.*s%s\n", STR_ARG(path),
             r->dry_run ? " (rehearsal: nothing is written)" : "");
  end_old_keys(keys, clock_wall(), r->overlap, told);
  bool ok =
      secret || r->private_out ||
      error_set(e, ERROR_USAGE,
                "the new private key needs a place: --private-out FILE, for the issuer that signs");
  ok = ok && add_key(a, r, keys, alg, told, &made, e);
  if (ok)
    warn_of_kidless(keys, told);
  if (ok && !r->dry_run && !secret)
    ok = write_private(a, &made, r->private_out, e);
  if (ok && !r->dry_run)
    ok = file_write(arena_text(a, path), json_write(a, set, true), secret ? 0600 : 0644, e);
  json_decref(set);
  return ok;
}

bool guard_rotate(arena *a, const rotation *r, buf *told, error *e) {
  size_t i = 0;
  bt_policy *policy = bt_policy_load_file(r->policy, guard_print_problem, NULL);
  if (!policy)
    return error_set(e, ERROR_USAGE, "the policy %s is not usable", r->policy);
  bool ok = choose_issuer(policy, r->issuer, &i, e);
  if (ok) {
    bt_issuer issuer = bt_policy_issuer(policy, i, clock_wall());
    ok =
        issuer.kind == BT_KEYS_FILE
            ? rotate_file(a, r, arena_str(a, text_str(issuer.source)), told, e)
            : error_set(e, ERROR_USAGE,
                        "the keys of %.*s do not come from a file: rotate them where they are made",
                        STR_ARG(text_str(issuer.issuer)));
  }
  bt_policy_free(policy);
  return ok;
}

/* ---- listing --------------------------------------------------------------------------------- */

static void put_ends(arena *a, str path, double soon, buf *told, bool *alarm) {
  error ignored = {0};
  json_t *set = read_set(a, path, &ignored), *k;
  size_t i;
  json_array_foreach(json_object_get(set, "keys"), i, k) {
    double end = json_number_value(json_object_get(k, "exp"));
    if (end <= 0)
      continue;
    bool near = end < clock_wall() + soon;
    *alarm |= near;
    buf_printf(told, "  %s kid %.*s ends %.*s\n", near ? "ALARM" : "     ",
               STR_ARG(json_get_str(k, "kid")), STR_ARG(time_rfc3339(a, end)));
  }
  json_decref(set);
}

static void put_issuer(arena *a, const bt_policy *policy, size_t i, double soon, buf *told,
                       bool *alarm) {
  static const char *const states[] = {"ready", "stale: only the last good set",
                                       "NONE: tokens are refused with 503"};
  char line[512];
  double now = clock_wall();
  bt_issuer issuer = bt_policy_issuer(policy, i, now);
  buf_printf(told, "%.*s  (%.*s)  %s\n", STR_ARG(text_str(issuer.issuer)),
             STR_ARG(text_str(issuer.source)), states[issuer.state]);
  for (size_t k = 0; bt_policy_key_line(policy, i, k, line, sizeof line); k++)
    buf_printf(told, "  %s\n", line);
  *alarm |= issuer.state != BT_KEYS_READY;
  if (issuer.good_until > 0 && issuer.good_until < now + soon) {
    *alarm = true;
    buf_printf(told, "  ALARM this set counts until %.*s\n",
               STR_ARG(time_rfc3339(a, issuer.good_until)));
  }
  if (issuer.kind == BT_KEYS_FILE)
    put_ends(a, text_str(issuer.source), soon, told, alarm);
}

bool guard_list_keys(arena *a, const char *policy_path, double soon, buf *told, bool *alarm,
                     error *e) {
  bt_policy *policy = bt_policy_load_file(policy_path, guard_print_problem, NULL);
  if (!policy)
    return error_set(e, ERROR_USAGE, "the policy %s is not usable", policy_path);
  for (size_t i = 0; i < bt_policy_issuer_count(policy); i++)
    put_issuer(a, policy, i, soon, told, alarm);
  bt_policy_free(policy);
  return true;
}
