/* Which route a request is on: the first that names its path, method and host. Where servers read
 * the path in further ways, the reading that asks for the most counts: CVE-2020-8595,
 * CVE-2023-30845. */
#include "token/route.h"

/* A path as it is compared. */
typedef struct {
  const policy_rules *rules;
  str method, host_name, host;
  str path;
  bool fold; /* it is in lower case, and compared so */
} question;

/* ---- one route ------------------------------------------------------------------------------- */

static bool listed(const str_list *list, str value) {
  for (size_t i = 0; i < list->len; i++)
    if (str_eq(list->at[i], value))
      return true;
  return list->len == 0;
}

/* HEAD is answered by what answers GET (RFC 9110 section 9.3.2). */
static bool takes_method(const bt_route *route, str method) {
  return listed(&route->methods, method) ||
         (str_eq(method, STR("HEAD")) && listed(&route->methods, STR("GET")));
}

/* A route that names no port is for all. The port is the client's word, so for the loose reading it
 * does not count. */
static bool on_host(const bt_route *route, const question *q, bool loosely) {
  for (size_t i = 0; i < route->hosts.len; i++) {
    str name = route->hosts.at[i];
    if (str_ieq(name, q->host_name) || str_ieq(name, q->host))
      return true;
    if (loosely && host_name(route->hosts.at[i], &name) && str_ieq(name, q->host_name))
      return true;
  }
  return route->hosts.len == 0;
}

/* "/a/" and two stars covers "/a" too, where that is what is asked loosely. */
static bool takes_path(const bt_route *route, const question *q, bool loosely) {
  if (str_glob(q->fold ? route->folded : route->path, q->path))
    return true;
  str mount = q->fold ? route->folded_mount : route->mount;
  return loosely && mount.ptr && str_glob(mount, q->path);
}

static const bt_route *first_route(const question *q, str path, bool loosely) {
  question one = *q;
  one.path = path;
  for (size_t i = 0; i < q->rules->routes.len; i++) {
    const bt_route *route = &q->rules->routes.at[i];
    if (takes_path(route, &one, loosely) && takes_method(route, q->method) &&
        on_host(route, q, loosely))
      return route;
  }
  return NULL;
}

/* ---- the route that asks for the most -------------------------------------------------------- */

/* Nothing, a token that is good if it is there, a token. */
static int asks_for_token(const bt_route *route) {
  return route->is_public ? 0 : route->optional ? 1 : 2;
}

bool route_asks_no_less(const bt_route *a, const bt_route *b) {
  if (a == b || !a)
    return true;
  if (!b || asks_for_token(a) < asks_for_token(b))
    return false;
  for (size_t i = 0; i < b->scopes.len; i++)
    if (!a->scopes.len || !listed(&a->scopes, b->scopes.at[i]))
      return false;
  return true;
}

/* False when neither asks for all that the other does. */
static bool keep_stricter(const bt_route **best, const bt_route *other) {
  if (!other || route_asks_no_less(*best, other))
    return true;
  if (!route_asks_no_less(other, *best))
    return false;
  *best = other;
  return true;
}

/* ---- further names of one path --------------------------------------------------------------- */

static str without_slash(str path) {
  bool trailing = path.len > 1 && path.ptr[path.len - 1] == '/';
  return trailing ? str_sub(path, 0, path.len - 1) : path;
}

/* "/a.json" without ".json": Rails and others take that for the format of /a. */
static str without_format(str path) {
  size_t dot = path.len;
  while (dot > 0 && path.ptr[dot - 1] != '.' && path.ptr[dot - 1] != '/')
    dot--;
  bool has_format = dot >= 2 && path.ptr[dot - 1] == '.' && path.ptr[dot - 2] != '/';
  return has_format ? str_sub(path, 0, dot - 1) : path;
}

static bool names_a_format(const bt_route *route) {
  return without_format(route->path).len < route->path.len;
}

/* The route of a further name counts where it asks for what the path's own does not; but of two
 * such, one must ask for all that the other does. */
static bool keep_further(const bt_route *own, const bt_route **best, const bt_route *further) {
  bool nothing_new = !further || route_asks_no_less(*best, further);
  if (nothing_new)
    return true;
  if (*best != own)
    return keep_stricter(best, further);
  *best = further;
  return true;
}

/* The first route that names the path, or else what is mounted there, where that asks for what the
 * other does not. */
static const bt_route *route_of_name(const question *q, str path) {
  const bt_route *own = first_route(q, path, false), *mounted = first_route(q, path, true);
  bool nothing_new = !mounted || (own && route_asks_no_less(own, mounted));
  return nothing_new ? own : mounted;
}

/* As route_of_name, with the other names that servers give the path: "/a/" and "/a.json" for "/a".
 * Of the format the policy may speak itself. False when their routes cannot be compared. */
static bool route_in_case(const question *q, const bt_route **best) {
  const bt_route *own = *best = first_route(q, q->path, false);
  if (!own)
    return true;
  str bare = without_slash(q->path), stem = without_format(bare);
  if (!keep_further(own, best, route_of_name(q, q->path)))
    return false;
  if (bare.len < q->path.len && !keep_further(own, best, route_of_name(q, bare)))
    return false;
  bool other_format = stem.len < bare.len && !names_a_format(own);
  return !other_format || keep_further(own, best, route_of_name(q, stem));
}

/* ---- all readings of one path ---------------------------------------------------------------- */

enum { TOGETHER_MAX = 3 }; /* kinds in one path; each doubles its readings */

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static route_found on_route(const bt_route *route) {
  return (route_found){.kind = !route             ? BT_ROUTE_NONE
                               : route->is_public ? BT_ROUTE_PUBLIC
                                                  : BT_ROUTE_TOKEN,
                       .route = route};
}

static route_found ambiguous(bt_path_fault fault) {
  return (route_found){.kind = BT_ROUTE_AMBIGUOUS, .fault = fault};
}

static bool has_capitals(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (lower(s.ptr[i]) != s.ptr[i])
      return true;
  return false;
}

static route_found find_in_lower_case(question *q, const path_reading *reading) {
  char folded[PATH_MAX_LEN] WRITTEN_FIRST;
  const bt_route *best;
  for (size_t i = 0; i < reading->len; i++)
    folded[i] = lower(reading->text[i]);
  q->path = str_from(folded, reading->len);
  q->fold = true;
  return route_in_case(q, &best) ? on_route(best) : ambiguous(BT_PATH_ROUTES_DIFFER);
}

/* Where the policy does not say what letter case is to the application, both readings count. */
static route_found find_by_reading(question *q, const path_reading *reading) {
  letter_case letters = q->rules->paths.letters;
  const bt_route *best;
  if (letters == CASE_INSENSITIVE)
    return find_in_lower_case(q, reading);
  q->path = str_from(reading->text, reading->len);
  q->fold = false;
  if (!route_in_case(q, &best))
    return ambiguous(BT_PATH_ROUTES_DIFFER);
  bool one_case = !q->rules->capitals && !has_capitals(q->path);
  if (!best || letters == CASE_SENSITIVE || one_case)
    return on_route(best);
  route_found folded = find_in_lower_case(q, reading);
  if (folded.kind == BT_ROUTE_AMBIGUOUS || !keep_stricter(&best, folded.route))
    return ambiguous(BT_PATH_ROUTES_DIFFER);
  return on_route(best);
}

/* What one reading leads nowhere with is refused whatever the others say. */
static route_found find_by_all(question *q, str path, unsigned kinds) {
  route_found best = {0};
  path_reading reading WRITTEN_FIRST;
  unsigned left = kinds;
  do {
    bt_path_fault fault = path_read(path, left, &reading);
    route_found one = fault == BT_PATH_FINE ? find_by_reading(q, &reading) : ambiguous(fault);
    if (!one.route)
      return one;
    bool first = left == kinds;
    if (first)
      best = one;
    else if (!keep_stricter(&best.route, one.route))
      return ambiguous(BT_PATH_ROUTES_DIFFER);
    left = (left - 1) & kinds;
  } while (left != kinds);
  return on_route(best.route);
}

route_found route_find(const bt_policy *policy, str method, str host, str target) {
  question q = {.rules = policy_rules_of(policy), .method = method, .host = host};
  str path;
  unsigned kinds;
  bt_path_fault fault = path_of_target(target, &path);
  if (fault == BT_PATH_FINE)
    fault = path_kinds(path, q.rules->paths.allowed, &kinds);
  if (fault != BT_PATH_FINE)
    return ambiguous(fault);
  if (!q.rules->routes.len)
    return (route_found){.kind = BT_ROUTE_TOKEN};
  bool known = host_name(host, &q.host_name);
  if (q.rules->hosts_named && !known)
    return (route_found){.kind = BT_ROUTE_HOST_UNKNOWN};
  bool too_many = __builtin_popcount(kinds) > TOGETHER_MAX;
  return too_many ? ambiguous(BT_PATH_ROUTES_DIFFER) : find_by_all(&q, path, kinds);
}

bt_route_kind bt_policy_route(const bt_policy *policy, bt_text method, bt_text host, bt_text uri,
                              const bt_route **route) {
  route_found found = route_find(policy, str_of_text(method), str_of_text(host), str_of_text(uri));
  *route = found.route;
  return found.kind;
}

size_t bt_route_scope_count(const bt_route *route) {
  return route ? route->scopes.len : 0;
}

bt_text bt_route_scope(const bt_route *route, size_t i) {
  return route && i < route->scopes.len ? text_of_str(route->scopes.at[i]) : (bt_text){NULL, 0};
}
