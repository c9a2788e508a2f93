/* Keys for verifying, from a JWK, a JWKS, PEM text or a secret, each checked for strength before it
 * may verify anything. */
#include "token/strict.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum { KEY_TEXT_MAX = 1024 * 1024 };

void verify_key_free(verify_key *k) {
  if (!k)
    return;
  hmac_key_free(k->mac);
  key_contexts_free(k->contexts);
  EVP_PKEY_free(k->pkey);
  free((void *)(uintptr_t)k->kid.ptr);
  free(k);
}

/* rule 4: RFC 8725 section 3.1, RFC 7517 section 4.4: the key's type, its curve, and its own `alg`
 * where it has one */
bool key_fits(const verify_key *k, const algorithm *alg) {
  if (k->kind != alg->kind || (k->only && k->only != alg))
    return false;
  return k->kind != KEY_EC || strcmp(k->curve, alg->curve) == 0;
}

static bool set_kid(verify_key *k, str kid, problems *p) {
  if (!kid.len || kid.len > KID_MAX)
    return problem(p, "a `kid` must have 1 to %d bytes", KID_MAX);
  char *copy = malloc(kid.len);
  if (!copy)
    return problem(p, "out of memory");
  memcpy(copy, kid.ptr, kid.len);
  k->kid = str_from(copy, kid.len);
  return true;
}

/* ---- sets ------------------------------------------------------------------------------------ */

static str text_in(arena *a, str json) {
  char *room = arena_alloc(a, json.len + 1);
  size_t len = json_string_decode(json, room);
  return str_from(room, len == SIZE_MAX ? 0 : len);
}

/* Of all entries, fit or not. */
static str_list kids_of(arena *a, str set) {
  json_walk w = json_walk_of(set);
  str name, value, raw;
  str_list kids = {0};
  while (json_next(&w, &name, &value))
    if (json_kind(value) == JSON_OBJECT && json_inside(value, STR("kid"), &raw) &&
        json_kind(raw) == JSON_STRING)
      list_push(a, &kids, text_in(a, raw));
  kids_sort(&kids);
  return kids;
}

static size_t count_entries(str set) {
  json_walk w = json_walk_of(set);
  str name, value;
  size_t count = 0;
  while (json_next(&w, &name, &value))
    count++;
  return count;
}

/* rule 23: RFC 7517 section 4.5: a kid that several entries have, be they of one kind or not, and
 * fit or not, names none */
static void drop_doubled(key_row *row, str set, left_out *l) {
  arena *a = arena_new();
  str_list kids = kids_of(a, set);
  size_t kept = 0;
  for (size_t i = 0; i < row->len; i++) {
    verify_key *k = row->at[i];
    bool doubled = k->kid.ptr && kids_hold(&kids, k->kid, 2);
    l->kid = k->kid;
    if (doubled) {
      left_out_add(l, "several keys have this kid; give each key a kid of its own");
      verify_key_free(k);
    } else {
      row->at[kept++] = k;
    }
  }
  row->len = kept;
  arena_free(a);
}

static bool add_jwk(str raw, const key_wish *wish, problems *p, json_object *o, key_row *out) {
  verify_key *k = NULL;
  if (json_scan(raw, o))
    return problem(p, "an entry of `keys` is no JSON object");
  if (!key_from_jwk(o, wish, p, &k))
    return false;
  const json_member *kid = json_find(o, STR("kid"));
  if (kid && (kid->kind != JSON_STRING || !set_kid(k, kid->text, p))) {
    verify_key_free(k);
    return problem(p, "`kid` must be a string");
  }
  if (!kid && wish->kid.ptr && !set_kid(k, wish->kid, p))
    return verify_key_free(k), false;
  return key_row_add(out, k) || problem(p, "out of memory");
}

static bool is_secret(str jwk) {
  str kty;
  return json_inside(jwk, STR("kty"), &kty) && json_string_is(kty, STR("oct"));
}

static bool holds_public_keys(str raw) {
  json_walk w = json_walk_of(raw);
  str name, value;
  while (json_next(&w, &name, &value))
    if (json_kind(value) == JSON_OBJECT && !is_secret(value))
      return true;
  return false;
}

/* rule 23: RFC 7517 section 9.2: a set with public keys is there to be published; a secret in it is
 * one no longer */
static bool add_of_set(str raw, bool published, const key_wish *wish, problems *p, json_object *o,
                       key_row *out) {
  if (published && json_kind(raw) == JSON_OBJECT && is_secret(raw))
    return problem(p,
                   "a secret (`kty` oct) stands beside public keys: keep it in a file of its own");
  return add_jwk(raw, wish, p, o, out);
}

static bool read_set(str raw, const key_wish *wish, problems *p, json_object *o, key_row *out) {
  left_out left = {.p = p};
  problems lenient = *p;
  lenient.tell = left_out_hear;
  lenient.context = &left;
  lenient.about = NULL;
  key_wish each = *wish;
  each.kid = (str){0};
  json_walk w = json_walk_of(raw);
  str name, value;
  bool published = holds_public_keys(raw);
  while (json_next(&w, &name, &value)) {
    left.kid = (str){0};
    json_inside(value, STR("kid"), &left.kid);
    add_of_set(value, published, &each, &lenient, o, out);
  }
  drop_doubled(out, raw, &left);
  left_out_tell(&left, count_entries(raw));
  return out->len || problem(p, "the key set holds no key that may be used here");
}

/* Google's and Firebase's map: a member for each key, named by its kid, with a certificate or a
 * public key as PEM text. */
static bool is_pem_map(const json_object *o) {
  for (size_t i = 0; i < o->len; i++)
    if (o->members[i].kind != JSON_STRING ||
        !str_starts(str_trim(o->members[i].text), STR("-----BEGIN ")))
      return false;
  return o->len > 0;
}

static bool add_pem_member(const json_member *m, const key_wish *wish, problems *p, key_row *out) {
  key_row one = {0};
  str kid = str_from(m->name.ptr, m->name.len);
  bool ok = keys_from_pem(m->text, wish, p, &one) &&
            (one.len == 1 || problem(p, "it holds %zu keys under one kid", one.len)) &&
            set_kid(one.at[0], kid, p);
  if (ok) {
    one.at[0]->owners++;
    ok = key_row_take(out, one.at[0]) || problem(p, "out of memory");
  }
  key_row_release(&one);
  return ok;
}

static bool read_pem_map(const json_object *o, const key_wish *wish, problems *p, key_row *out) {
  left_out left = {.p = p};
  problems lenient = *p;
  lenient.tell = left_out_hear;
  lenient.context = &left;
  lenient.about = NULL;
  for (size_t i = 0; i < o->len; i++) {
    left.kid = str_from(o->members[i].name.ptr, o->members[i].name.len);
    add_pem_member(&o->members[i], wish, &lenient, out);
  }
  left_out_tell(&left, o->len);
  return out->len || problem(p, "the map of certificates holds no key that may be used here");
}

static bool read_object(str text, const json_object *o, const key_wish *wish, problems *p,
                        json_object *inner, key_row *out) {
  const json_member *keys = json_find(o, STR("keys"));
  if (keys && keys->kind != JSON_ARRAY)
    return problem(p, "`keys` must be an array of JWKs");
  if (keys)
    return read_set(keys->raw, wish, p, inner, out);
  if (is_pem_map(o))
    return read_pem_map(o, wish, p, out);
  return json_no_key(o, p) && add_jwk(text, wish, p, inner, out);
}

static bool read_json(str bytes, const key_wish *wish, problems *p, key_row *out) {
  json_object outer = {0}, inner = {0};
  char *padded = calloc(1, bytes.len + PADDING);
  bool ok = false;
  if (!padded || !json_object_new(&outer, bytes.len) || !json_object_new(&inner, bytes.len)) {
    problem(p, "out of memory");
  } else {
    memcpy(padded, bytes.ptr, bytes.len);
    str text = str_from(padded, bytes.len);
    json_fault fault = json_scan(text, &outer);
    ok = fault ? problem(p, "the JWK or JWKS is no valid JSON object: %s",
                         bt_refusal_sentence(json_refusal(fault)))
               : read_object(text, &outer, wish, p, &inner, out);
    OPENSSL_cleanse(padded, bytes.len);
    if (outer.decoded)
      OPENSSL_cleanse(outer.decoded, bytes.len);
    if (inner.decoded)
      OPENSSL_cleanse(inner.decoded, bytes.len);
  }
  free(padded);
  json_object_free(&outer);
  json_object_free(&inner);
  return ok;
}

/* ---- any form -------------------------------------------------------------------------------- */

static bool read_secret(str bytes, const key_wish *wish, problems *p, key_row *out) {
  verify_key *k = NULL;
  if (!key_from_secret(bytes, NULL, wish, p, &k))
    return false;
  if (wish->kid.ptr && !set_kid(k, wish->kid, p))
    return verify_key_free(k), false;
  return key_row_add(out, k) || problem(p, "out of memory");
}

/* PEM as environments hold it: in one line, its ends of line written as \n or turned into blanks,
 * quotes around it. None of these characters has a meaning between the dashes of PEM, so each ends
 * a line. */
static size_t pem_lines(str text, char *out) {
  size_t len = 0;
  bool label = false; /* between the dashes of BEGIN or END, where a blank is a blank */
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i], next = i + 1 < text.len ? text.ptr[i + 1] : 0;
    bool dashes = str_starts(str_sub(text, i, text.len), STR("-----"));
    bool written = c == '\\' && (next == 'n' || next == 'r');
    if (dashes) {
      label = !label;
      memcpy(out + len, "-----", 5);
      len += 5;
      i += 4;
    } else if (written || c == '"' || c == '\'' || (!label && (c == ' ' || c == '\t'))) {
      if (len && out[len - 1] != '\n') /* an empty line would end the block's headers */
        out[len++] = '\n';
      i += written;
    } else {
      out[len++] = c;
    }
  }
  return len;
}

static bool read_pem_text(str bytes, const key_wish *wish, problems *p, key_row *out) {
  str text = str_sub(bytes, str_find(bytes, STR("-----BEGIN "), 0), bytes.len);
  bool one_line = str_find(str_trim(text), STR("\n"), 0) == SIZE_MAX;
  bool headers = str_contains(text, STR("Proc-Type:"));
  if (headers || !(one_line || str_contains(text, STR("\\n"))))
    return keys_from_pem(text, wish, p, out);
  char *lines = malloc(text.len);
  if (!lines)
    return problem(p, "out of memory");
  bool ok = keys_from_pem(str_from(lines, pem_lines(text, lines)), wish, p, out);
  OPENSSL_cleanse(lines, text.len);
  free(lines);
  return ok;
}

static bool read_pem(str bytes, const key_wish *wish, problems *p, key_row *out) {
  if (!read_pem_text(bytes, wish, p, out))
    return false;
  if (wish->kid.ptr && out->len > 1)
    return problem(p, "`kid` names one key, but the file holds %zu", out->len);
  return !wish->kid.ptr || set_kid(out->at[0], wish->kid, p);
}

bool keys_read(str bytes, const key_wish *wish, problems *p, key_row *out) {
  *out = (key_row){0};
  str text = wish->raw_secret ? bytes : str_without_mark(bytes), trimmed = str_trim(text);
  bool ok;
  if (!bytes.len)
    ok = problem(p, "it is empty: a JWK, a JWKS, PEM text or a secret is needed");
  else if (bytes.len > KEY_TEXT_MAX)
    ok = problem(p, "it is larger than %d bytes", KEY_TEXT_MAX);
  else if (wish->raw_secret)
    ok = read_secret(bytes, wish, p, out);
  else if (trimmed.len && trimmed.ptr[0] == '{')
    ok = read_json(text, wish, p, out);
  else if (str_contains(text, STR("-----BEGIN ")) && !str_contains(text, STR("-----BEGIN PGP")))
    ok = read_pem(text, wish, p, out);
  else
    ok = key_unknown(text, p);
  if (!ok)
    key_row_release(out);
  return ok;
}
