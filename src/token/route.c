/* Which route a request is on. A path that servers could read in two ways is on none:
 * CVE-2020-8595, CVE-2023-30845. */
#include "token/strict.h"

/* Path of an origin-form or absolute-form request target (RFC 9112 section 3.2), without query. */
static bool path_of(str uri, str *out) {
  if (uri.len && uri.ptr[0] != '/') {
    size_t at = str_find(uri, STR("://"), 0);
    if (at == SIZE_MAX)
      return false;
    size_t slash = str_find(uri, STR("/"), at + 3);
    uri = slash == SIZE_MAX ? STR("/") : str_sub(uri, slash, uri.len);
  }
  size_t cut = 0;
  while (cut < uri.len && uri.ptr[cut] != '?' && uri.ptr[cut] != '#')
    cut++;
  *out = str_sub(uri, 0, cut);
  return out->len > 0 && cut == uri.len ? true : out->len > 0 && uri.ptr[cut] == '?';
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if ((c | 32) >= 'a' && (c | 32) <= 'f')
    return (c | 32) - 'a' + 10;
  return -1;
}

enum { PATH_MAX_LEN = 4096 };

/* Decodes percent escapes; refuses what changes a path's structure when decoded once more or by
 * another server. */
static size_t decode_path(str in, char *out) {
  size_t n = 0;
  for (size_t i = 0; i < in.len; i++) {
    unsigned char c = (unsigned char)in.ptr[i];
    if (c == '%') {
      int high = in.len - i > 2 ? hex_digit(in.ptr[i + 1]) : -1;
      int low = high >= 0 ? hex_digit(in.ptr[i + 2]) : -1;
      if (low < 0)
        return SIZE_MAX;
      c = (unsigned char)(high << 4 | low);
      if (c == '/' || c == '\\' || c == '.' || c == '%' || c == ';' || c == '?' || c == '#')
        return SIZE_MAX;
      i += 2;
    } else if (c == ';' || c == '\\') {
      return SIZE_MAX;
    }
    if (c < 0x20 || c == 0x7f)
      return SIZE_MAX;
    out[n++] = (char)c;
  }
  return n;
}

/* No empty segment but the last, no `.` or `..`. */
static bool is_plain(str path) {
  str rest = str_sub(path, 1, path.len), segment;
  while (str_next(&rest, '/', &segment)) {
    if (!segment.len && rest.ptr)
      return false;
    if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
      return false;
  }
  return true;
}

static bool listed(const str_list *list, str value, bool any_case) {
  for (size_t i = 0; i < list->len; i++)
    if (any_case ? str_ieq(list->at[i], value) : str_eq(list->at[i], value))
      return true;
  return list->len == 0;
}

static str without_port(str host) {
  size_t colon = host.len;
  while (colon > 0 && host.ptr[colon - 1] >= '0' && host.ptr[colon - 1] <= '9')
    colon--;
  return colon > 0 && colon < host.len && host.ptr[colon - 1] == ':' ? str_sub(host, 0, colon - 1)
                                                                     : host;
}

static bool on_host(const bt_route *route, str host) {
  return listed(&route->hosts, host, true) ||
         (host.len && listed(&route->hosts, without_port(host), true));
}

/* HEAD is answered by what answers GET (RFC 9110 section 9.3.2). */
static bool takes_method(const bt_route *route, str method) {
  return listed(&route->methods, method, false) ||
         (str_eq(method, STR("HEAD")) && listed(&route->methods, STR("GET"), false));
}

static const bt_route *first_route(const policy_rules *rules, str method, str host, str path) {
  for (size_t i = 0; i < rules->routes.len; i++) {
    const bt_route *one = &rules->routes.at[i];
    if (str_glob(one->path, path) && takes_method(one, method) && on_host(one, host))
      return one;
  }
  return NULL;
}

/* "/a.json" without ".json": Rails and others take that for the format of /a. */
static bool without_format(str path, str *out) {
  size_t dot = path.len;
  while (dot > 0 && path.ptr[dot - 1] != '.' && path.ptr[dot - 1] != '/')
    dot--;
  if (dot < 2 || dot == path.len || path.ptr[dot - 1] != '.' || path.ptr[dot - 2] == '/')
    return false;
  *out = str_sub(path, 0, dot - 1);
  return true;
}

static bool names_a_format(const bt_route *route) {
  str stem;
  return without_format(route->path, &stem);
}

/* Servers differ on whether "/a/" and "/a.json" are "/a". Where that other reading has another
 * route, the request is refused, unless the policy itself speaks of the format. */
static bool read_alike(const policy_rules *rules, str method, str host, str path,
                       const bt_route *route) {
  str other = path;
  if (path.len > 1 && path.ptr[path.len - 1] == '/') {
    other = str_sub(path, 0, path.len - 1);
    const bt_route *found = first_route(rules, method, host, other);
    if (found && found != route)
      return false;
  }
  if (names_a_format(route) || !without_format(other, &other))
    return true;
  const bt_route *found = first_route(rules, method, host, other);
  return !found || found == route;
}

bt_route_kind bt_policy_route(const bt_policy *policy, bt_text method, bt_text host, bt_text uri,
                              const bt_route **route) {
  const policy_rules *rules = policy_rules_of(policy);
  char decoded[PATH_MAX_LEN];
  str path, m = str_of_text(method), h = str_of_text(host);
  *route = NULL;
  if (!rules->routes.len)
    return BT_ROUTE_TOKEN;
  if (!path_of(str_of_text(uri), &path) || path.len > PATH_MAX_LEN)
    return BT_ROUTE_AMBIGUOUS;
  size_t len = decode_path(path, decoded);
  if (len == SIZE_MAX || !is_plain(str_from(decoded, len)))
    return BT_ROUTE_AMBIGUOUS;
  path = str_from(decoded, len);
  const bt_route *found = first_route(rules, m, h, path);
  if (!found)
    return BT_ROUTE_NONE;
  if (!read_alike(rules, m, h, path, found))
    return BT_ROUTE_AMBIGUOUS;
  *route = found;
  return found->is_public ? BT_ROUTE_PUBLIC : BT_ROUTE_TOKEN;
}

size_t bt_route_scope_count(const bt_route *route) {
  return route ? route->scopes.len : 0;
}

bt_text bt_route_scope(const bt_route *route, size_t i) {
  return route && i < route->scopes.len ? text_of_str(route->scopes.at[i]) : (bt_text){NULL, 0};
}
