/* Where a request has its token: in one of the places that the policy's issuers name. */
#include "token/find_token.h"

static str header_at(const bt_http *r, const char *name, size_t i) {
  return str_of_text(r->header(r->context, name, i));
}

static void take(found_token *f, str value) {
  if (f->token.ptr)
    f->several = true;
  f->token = value;
}

/* "Bearer x" and "DPoP x" in any case; an empty credential is there, and no good one. */
static bool after_scheme(str field, str scheme, str *credential) {
  bool named = str_ieq(str_sub(field, 0, scheme.len), scheme);
  bool ends = field.len == scheme.len || (named && field.ptr[scheme.len] == ' ');
  if (!named || !ends)
    return false;
  *credential = str_trim(str_sub(field, scheme.len, field.len));
  if (!credential->ptr)
    *credential = STR("");
  return true;
}

/* RFC 6750 section 2.1. Another scheme is no bearer token; a field that holds two credentials is
 * refused below. */
static void find_bearer(const bt_http *r, found_token *f) {
  for (size_t i = 0;; i++) {
    str value = str_trim(header_at(r, "authorization", i));
    if (!value.ptr)
      return;
    if (i > 0)
      f->several = true;
    str credential;
    bool is_bearer = after_scheme(value, STR("bearer"), &credential);
    if (is_bearer || after_scheme(value, STR("dpop"), &credential))
      take(f, credential);
    f->under_bearer |= is_bearer;
  }
}

static void find_header(const bt_http *r, str name, found_token *f) {
  char lower[128];
  if (name.len >= sizeof lower)
    return;
  for (size_t i = 0; i < name.len; i++)
    lower[i] = (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] | 32 : name.ptr[i]);
  lower[name.len] = 0;
  for (size_t i = 0;; i++) {
    str value = str_trim(header_at(r, lower, i));
    if (!value.ptr)
      return;
    if (str_ieq(str_sub(value, 0, 7), STR("bearer ")))
      value = str_trim(str_sub(value, 7, value.len));
    take(f, value);
  }
}

/* RFC 6265 section 4.2.1: pairs with "; " between; quotes around a value are part of what servers
 * strip. */
static void find_cookie(const bt_http *r, str name, found_token *f) {
  for (size_t i = 0;; i++) {
    str rest = header_at(r, "cookie", i), pair;
    if (!rest.ptr)
      return;
    while (str_next(&rest, ';', &pair)) {
      pair = str_trim(pair);
      size_t equals = str_find(pair, STR("="), 0);
      if (equals == SIZE_MAX || !str_eq(str_sub(pair, 0, equals), name))
        continue;
      str value = str_sub(pair, equals + 1, pair.len);
      if (value.len > 1 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = str_sub(value, 1, value.len - 1);
      take(f, value);
    }
  }
}

/* A parameter's name may be encoded; one that is, and could be this one, is a second reading. A
 * token needs no encoding. */
static void find_query(const bt_http *r, str name, found_token *f) {
  str uri = str_of_text(r->uri), pair;
  size_t mark = str_find(uri, STR("?"), 0);
  if (mark == SIZE_MAX)
    return;
  str rest = str_sub(uri, mark + 1, str_find(uri, STR("#"), mark));
  while (str_next(&rest, '&', &pair)) {
    size_t equals = str_find(pair, STR("="), 0);
    str given = str_sub(pair, 0, equals);
    if (str_eq(given, name) && equals != SIZE_MAX)
      take(f, str_sub(pair, equals + 1, pair.len));
    if (f->token.ptr && !str_eq(given, name) && str_find(given, STR("%"), 0) != SIZE_MAX)
      f->several = true;
  }
}

static void find_at(const bt_http *r, bt_place place, found_token *f) {
  str name = str_of_text(place.name);
  switch (place.kind) {
  case BT_PLACE_BEARER:
    find_bearer(r, f);
    break;
  case BT_PLACE_HEADER:
    find_header(r, name, f);
    break;
  case BT_PLACE_COOKIE:
    find_cookie(r, name, f);
    break;
  case BT_PLACE_QUERY:
    find_query(r, name, f);
    break;
  }
}

found_token find_token(const bt_policy *policy, const bt_http *r) {
  found_token f = {0};
  for (size_t i = 0; i < bt_policy_place_count(policy); i++) {
    const char *before = f.token.ptr;
    find_at(r, bt_policy_place(policy, i), &f);
    if (f.token.ptr != before)
      f.place = i + 1;
  }
  return f;
}
