/* Requests that ask for another method or path than their own: Rack, Express, Laravel and others
 * take the method from a field, a parameter or a form, some gateways' applications the path. What
 * is decided on one method must not run as another. */
#include "token/route.h"

static str field(const bt_http *r, const char *name, size_t i) {
  return str_of_text(r->header(r->context, name, i));
}

/* ---- names ----------------------------------------------------------------------------------- */

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static bool is_letter_or_digit(char c) {
  c = lower(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* CGI, Rack and WSGI make one of `-` and `_`, PHP of `.` and more: what is no letter or digit is
 * one character here. */
static char folded(char c) {
  return is_letter_or_digit(c) ? lower(c) : '-';
}

static bool same_folded(char a, char b) {
  return a == b || folded(a) == folded(b);
}

bool bt_name_like(bt_text name, const char *wanted) {
  size_t i = 0;
  while (i < name.len && wanted[i] && same_folded(name.ptr[i], wanted[i]))
    i++;
  return i == name.len && !wanted[i];
}

/* ---- fields ---------------------------------------------------------------------------------- */

static bool field_differs(const bt_http *r, const char *name, str from) {
  for (size_t i = 0;; i++) {
    str value = field(r, name, i);
    if (!value.ptr)
      return false;
    if (!str_ieq(str_trim(value), from))
      return true;
  }
}

static bool asked_by_field(const bt_http *r) {
  static const char *const methods[] = {"x-http-method-override", "x-http-method",
                                        "x-method-override"};
  static const char *const paths[] = {"x-original-url", "x-rewrite-url"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (field_differs(r, methods[i], str_of_text(r->method)))
      return true;
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    if (field_differs(r, paths[i], str_of_text(r->uri)))
      return true;
  return false;
}

/* ---- the query ------------------------------------------------------------------------------- */

static int hex_digit(char c) {
  c = lower(c);
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next byte of a parameter's name, decoded once; moves on past it. */
static char next_byte(str name, size_t *at) {
  char c = name.ptr[(*at)++];
  bool escape = c == '%' && *at + 1 < name.len;
  int high = escape ? hex_digit(name.ptr[*at]) : -1;
  int low = high >= 0 ? hex_digit(name.ptr[*at + 1]) : -1;
  if (low < 0)
    return c;
  *at += 2;
  return (char)(high << 4 | low);
}

/* "_method", "%5Fmethod", "_method[]", also ".method", which PHP takes for the same. */
static bool names_method(str name) {
  static const char wanted[] = "-method";
  size_t at = 0;
  for (const char *w = wanted; *w; w++)
    if (at >= name.len || folded(next_byte(name, &at)) != *w)
      return false;
  return at >= name.len || !is_letter_or_digit(next_byte(name, &at));
}

static bool pair_differs(str pair, str method) {
  size_t equals = str_find(pair, STR("="), 0);
  str value = equals == SIZE_MAX ? STR("") : str_sub(pair, equals + 1, pair.len);
  return names_method(str_sub(pair, 0, equals)) && !str_ieq(value, method);
}

/* Parameters are divided by "&", in older servers by ";" too. */
static bool asked_by_query(const bt_http *r) {
  str uri = str_of_text(r->uri), pair, part;
  size_t mark = str_find(uri, STR("?"), 0);
  str rest = mark == SIZE_MAX ? (str){0} : str_sub(uri, mark + 1, uri.len);
  while (str_next(&rest, '&', &pair))
    while (str_next(&pair, ';', &part))
      if (pair_differs(part, str_of_text(r->method)))
        return true;
  return false;
}

/* ---- the body -------------------------------------------------------------------------------- */

static bool is_form(str type) {
  return !type.len || str_icontains(type, STR("form")) || str_icontains(type, STR("multipart"));
}

static bool says_body(const bt_http *r) {
  str length = str_trim(field(r, "content-length", 0));
  return (length.ptr && !str_eq(length, STR("0"))) || field(r, "transfer-encoding", 0).ptr;
}

/* Rack takes a POST without a type for a form, if there is a body at all. */
static bool may_be_form(const bt_http *r) {
  size_t i = 0;
  for (str type; (type = field(r, "content-type", i)).ptr; i++)
    if (is_form(str_trim(type)))
      return true;
  return i == 0 && (r->body == BT_BODY_THERE || says_body(r));
}

static bool has_form(const bt_http *r) {
  bool closed = r->body == BT_BODY_NONE || r->body == BT_BODY_READ;
  return !closed && str_eq(str_of_text(r->method), STR("POST")) && may_be_form(r);
}

static bool asks_more(const bt_policy *policy, const bt_http *r, str method,
                      const bt_route *posted) {
  route_found other = route_find(policy, method, str_of_text(r->host), str_of_text(r->uri));
  return !route_asks_no_less(posted, other.route);
}

/* Whether a form would be on a route that asks for more than the POST's own, if it named that
 * route's method; or on none. */
static bool form_matters(const bt_policy *policy, const bt_http *r) {
  static const char *const usual[] = {"GET", "PUT", "PATCH", "DELETE"};
  const policy_rules *rules = policy_rules_of(policy);
  route_found posted =
      route_find(policy, str_of_text(r->method), str_of_text(r->host), str_of_text(r->uri));
  if (!posted.route)
    return false;
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    if (asks_more(policy, r, str_of(usual[i]), posted.route))
      return true;
  for (size_t i = 0; i < rules->routes.len; i++)
    for (size_t k = 0; k < rules->routes.at[i].methods.len; k++)
      if (asks_more(policy, r, rules->routes.at[i].methods.at[k], posted.route))
        return true;
  return false;
}

bool override_asked(const bt_policy *policy, const bt_http *r) {
  if (asked_by_field(r))
    return true;
  if (bt_policy_override(policy) == BT_OVERRIDE_NONE)
    return false;
  bool read_by_caller = r->body == BT_BODY_READ;
  return (!read_by_caller && asked_by_query(r)) || (has_form(r) && form_matters(policy, r));
}
