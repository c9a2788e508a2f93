/* One whole request: CVE-2020-8595 and CVE-2023-30845 came from a gateway that read path or method
 * in another way than the application behind it, so what can be read in two ways is refused. */
#include "batten/decide.h"
#include "token/route.h"

#include <stdio.h>

static str header_at(const bt_http *r, const char *name, size_t i) {
  return str_of_text(r->header(r->context, name, i));
}

/* ---- one host -------------------------------------------------------------------------------- */

static bool same_host(str a, str b) {
  str name, other;
  return host_name(a, &name) && host_name(b, &other) && str_ieq(name, other);
}

/* What stands behind the name; nothing where that is the scheme's own. */
static str port_of(str host, str scheme) {
  str name, port = str_sub(host, host_name(host, &name) ? name.len : host.len, host.len);
  if (str_starts(port, STR(".")))
    port = str_sub(port, 1, port.len);
  str own = str_eq(scheme, STR("http")) ? STR(":80") : STR(":443");
  return str_eq(port, own) || str_eq(port, STR(":")) ? STR("") : port;
}

static bool same_authority(str a, str b, str scheme) {
  return same_host(a, b) && str_eq(port_of(a, scheme), port_of(b, scheme));
}

/* "https://host/path", and nothing for "/path". */
static str host_in_target(str target) {
  size_t scheme_end = str_find(target, STR("://"), 0);
  bool absolute = target.len && target.ptr[0] != '/' && scheme_end != SIZE_MAX;
  if (!absolute)
    return (str){0};
  size_t end = scheme_end + 3;
  while (end < target.len && target.ptr[end] != '/' && target.ptr[end] != '?')
    end++;
  return str_sub(target, scheme_end + 3, end);
}

/* A list of hosts: of several, some applications take the first, others the last. */
static bool list_differs(const bt_http *r, const char *field, str host) {
  for (size_t i = 0;; i++) {
    str rest = header_at(r, field, i), one;
    if (!rest.ptr)
      return false;
    while (str_next(&rest, ',', &one))
      if (!same_host(str_trim(one), host))
        return true;
  }
}

/* RFC 7239 section 4: for=192.0.2.1;host="api.example", by=... */
static bool forwarded_differs(const bt_http *r, str host) {
  for (size_t i = 0;; i++) {
    str rest = header_at(r, "forwarded", i), element, pair;
    if (!rest.ptr)
      return false;
    while (str_next(&rest, ',', &element))
      while (str_next(&element, ';', &pair)) {
        pair = str_trim(pair);
        str value = str_sub(pair, 5, pair.len);
        if (value.len > 1 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
          value = str_sub(value, 1, value.len - 1);
        if (str_ieq(str_sub(pair, 0, 5), STR("host=")) && !same_host(value, host))
          return true;
      }
  }
}

/* What applications behind proxies take a host from. */
static bool told_another_host(const bt_http *r, str host) {
  return list_differs(r, "x-forwarded-host", host) || list_differs(r, "x-host", host) ||
         forwarded_differs(r, host);
}

/* RFC 9112 section 3.2.2: the host of an absolute target wins over the Host field, but applications
 * read the field. Where routes name hosts, the request must name one, and only one. */
static bool one_host(const policy_rules *rules, const bt_http *r) {
  str host = str_of_text(r->host), authority = str_of_text(r->authority);
  str in_target = host_in_target(str_of_text(r->uri)), scheme = str_of_text(r->scheme), name;
  bool agree = (!authority.ptr || same_authority(authority, host, scheme)) &&
               (!in_target.ptr || same_authority(in_target, host, scheme));
  if (!agree || !rules->hosts_named)
    return agree;
  return host_name(host, &name) && !told_another_host(r, host);
}

/* ---- finding the token ----------------------------------------------------------------------- */

/* One token at most, however often it is asked for; a second one, even an equal one, is several. */
typedef struct {
  str token;
  bool several;
} found;

static void take(found *f, str value) {
  if (f->token.ptr)
    f->several = true;
  f->token = value;
}

/* RFC 6750 section 2.1. Another scheme is no bearer token; a field that holds two credentials is
 * refused below. */
static void find_bearer(const bt_http *r, found *f) {
  for (size_t i = 0;; i++) {
    str value = str_trim(header_at(r, "authorization", i));
    if (!value.ptr)
      return;
    if (i > 0)
      f->several = true;
    bool bearer = value.len > 7 && (str_ieq(str_sub(value, 0, 7), STR("bearer ")) ||
                                    str_ieq(str_sub(value, 0, 5), STR("dpop ")));
    size_t skip = bearer && str_ieq(str_sub(value, 0, 5), STR("dpop ")) ? 5 : 7;
    if (bearer)
      take(f, str_trim(str_sub(value, skip, value.len)));
  }
}

static void find_header(const bt_http *r, str name, found *f) {
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
static void find_cookie(const bt_http *r, str name, found *f) {
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
static void find_query(const bt_http *r, str name, found *f) {
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

static found find_token(const bt_policy *policy, const bt_http *r) {
  found f = {0};
  for (size_t i = 0; i < bt_policy_place_count(policy); i++) {
    bt_place place = bt_policy_place(policy, i);
    str name = str_of_text(place.name);
    switch (place.kind) {
    case BT_PLACE_BEARER:
      find_bearer(r, &f);
      break;
    case BT_PLACE_HEADER:
      find_header(r, name, &f);
      break;
    case BT_PLACE_COOKIE:
      find_cookie(r, name, &f);
      break;
    case BT_PLACE_QUERY:
      find_query(r, name, &f);
      break;
    }
  }
  return f;
}

/* ---- deciding -------------------------------------------------------------------------------- */

enum { URI_MAX = 8192, PROOFS_MAX = 4 };

static bt_decision turn_away(bt_reason reason, int status) {
  return (bt_decision){.reason = reason, .status = status};
}

static size_t absolute_uri(const bt_http *r, char *out) {
  str scheme = str_of_text(r->scheme), host = str_of_text(r->host), uri = str_of_text(r->uri);
  if (!scheme.len)
    scheme = STR("https");
  int n = host.len ? snprintf(out, URI_MAX, "%.*s://%.*s%.*s", STR_ARG(scheme), STR_ARG(host),
                              STR_ARG(uri))
                   : 0;
  return n > 0 && n < URI_MAX ? (size_t)n : 0;
}

static bt_decision decide_verified(bt_status status, const bt_route *route,
                                   const bt_result *result) {
  if (status != BT_ACCEPTED) {
    bt_decision d = turn_away(BT_REASON_TOKEN, status == BT_NO_KEYS ? 503 : 401);
    d.refusal = bt_result_refusal(result);
    return d;
  }
  bt_decision d = bt_may(result, route) ? (bt_decision){.allowed = true}
                                        : turn_away(BT_REASON_INSUFFICIENT_SCOPE, 403);
  d.verified = true;
  return d;
}

/* Apart, so that only a request with a proof pays for the room that its URI takes and for its
 * nonce. The policy's `dpop_origin`, which knows what a proxy in front does not tell, goes before
 * the request's own scheme and host. */
static __attribute__((noinline)) bt_decision decide_proved(const bt_policy *policy,
                                                           const bt_http *r, const bt_route *route,
                                                           str text, bt_request *facts, double now,
                                                           bt_result *result) {
  char uri[URI_MAX];
  bool whole =
      policy_rules_of(policy)->dpop_origin.len || !str_starts(str_of_text(r->uri), STR("/"));
  facts->uri = whole ? r->uri : (bt_text){uri, absolute_uri(r, uri)};
  result->nonce_due = false;
  bt_decision d =
      decide_verified(bt_verify(policy, text.ptr, text.len, facts, now, result), route, result);
  d.dpop_nonce = result->nonce_due;
  return d;
}

static bt_decision decide_token(const bt_policy *policy, const bt_http *r, const bt_route *route,
                                double now, bt_result *result) {
  bt_text proofs[PROOFS_MAX];
  bt_request facts = {
      .method = r->method, .dpop = proofs, .client_certificate = r->client_certificate};
  found f = find_token(policy, r);
  if (f.several)
    return turn_away(BT_REASON_TOKEN_SEVERAL, 401);
  str text = f.token.ptr ? f.token : STR("");
  while (facts.dpop_count < PROOFS_MAX) {
    bt_text value = r->header(r->context, "dpop", facts.dpop_count);
    if (!value.ptr)
      break;
    proofs[facts.dpop_count++] = value;
  }
  if (facts.dpop_count)
    return decide_proved(policy, r, route, text, &facts, now, result);
  return decide_verified(bt_verify(policy, text.ptr, text.len, &facts, now, result), route, result);
}

/* RFC 9110 section 9.1: methods are told apart by letter case, and all that are known are capitals.
 */
static bool is_method(str s) {
  for (size_t i = 0; i < s.len; i++)
    if ((s.ptr[i] < 'A' || s.ptr[i] > 'Z') && s.ptr[i] != '-' && s.ptr[i] != '_')
      return false;
  return s.len > 0;
}

static bt_decision turn_path_away(bt_path_fault fault) {
  bt_decision d = turn_away(BT_REASON_PATH_AMBIGUOUS, 403);
  d.fault = fault;
  return d;
}

static bt_decision decide(const bt_policy *policy, const bt_http *r, double now,
                          bt_result *result) {
  if (!is_method(str_of_text(r->method)) || !r->uri.len)
    return turn_away(BT_REASON_REQUEST_INVALID, 403);
  if (!one_host(policy_rules_of(policy), r))
    return turn_away(BT_REASON_HOST_AMBIGUOUS, 403);
  if (override_asked(policy, r))
    return turn_away(BT_REASON_METHOD_OVERRIDDEN, 403);
  route_found on =
      route_find(policy, str_of_text(r->method), str_of_text(r->host), str_of_text(r->uri));
  if (on.kind == BT_ROUTE_NONE)
    return turn_away(BT_REASON_ROUTE_UNKNOWN, 403);
  if (on.kind == BT_ROUTE_HOST_UNKNOWN)
    return turn_away(BT_REASON_HOST_AMBIGUOUS, 403);
  if (on.kind == BT_ROUTE_AMBIGUOUS)
    return turn_path_away(on.fault);
  bt_decision d = on.kind == BT_ROUTE_PUBLIC ? (bt_decision){.allowed = true}
                                             : decide_token(policy, r, on.route, now, result);
  d.route = on.route;
  return d;
}

static bt_decision as_observed(const bt_policy *policy, bt_decision d) {
  if (!d.allowed && bt_policy_mode(policy) == BT_OBSERVE)
    d.allowed = d.would_refuse = true;
  return d;
}

bt_decision bt_decide(const bt_policy *policy, const bt_http *request, double now,
                      bt_result *result) {
  return as_observed(policy, decide(policy, request, now, result));
}

static bt_path_fault place_fault(const policy_rules *rules, str target, bool by_place) {
  str path;
  unsigned kinds;
  bt_path_fault fault = path_of_target(target, &path);
  if (fault == BT_PATH_FINE)
    fault = path_kinds(path, by_place ? 0 : rules->paths.allowed, &kinds);
  if (fault != BT_PATH_FINE || !by_place)
    return fault;
  if (kinds & path_bit(PATH_DOUBLED_LETTER))
    return BT_PATH_ENCODED_PERCENT;
  return kinds & path_bit(BT_PATH_NEEDLESS_ESCAPE) ? BT_PATH_NEEDLESS_ESCAPE : BT_PATH_FINE;
}

bt_decision bt_decide_place(const bt_policy *policy, bt_text uri, bool by_place) {
  bt_path_fault fault = place_fault(policy_rules_of(policy), str_of_text(uri), by_place);
  if (fault == BT_PATH_FINE)
    return (bt_decision){.allowed = true};
  return as_observed(policy, turn_path_away(fault));
}

/* ---- words ----------------------------------------------------------------------------------- */

const char *bt_reason_name(bt_reason reason) {
  static const char *const names[BT_REASON_COUNT] = {
      "none",          "token",          "token-several",     "insufficient-scope",
      "route-unknown", "path-ambiguous", "method-overridden", "request-invalid",
      "host-ambiguous"};
  return (unsigned)reason < BT_REASON_COUNT ? names[reason] : "unknown";
}

const char *bt_decision_name(const bt_decision *d) {
  return d->reason == BT_REASON_TOKEN ? bt_refusal_name(d->refusal) : bt_reason_name(d->reason);
}

const char *bt_decision_detail(const bt_decision *d) {
  return d->reason == BT_REASON_PATH_AMBIGUOUS ? bt_path_fault_name(d->fault) : "";
}

static size_t scope_challenge(const bt_decision *d, char *out, size_t size) {
  str start = STR("Bearer error=\"insufficient_scope\", scope=\"");
  size_t n = start.len;
  if (size <= n + 2)
    return 0;
  memcpy(out, start.ptr, n);
  for (size_t i = 0; d->route && i < bt_route_scope_count(d->route); i++) {
    str scope = str_of_text(bt_route_scope(d->route, i));
    if (n + scope.len + 3 > size)
      break;
    if (i)
      out[n++] = ' ';
    memcpy(out + n, scope.ptr, scope.len);
    n += scope.len;
  }
  out[n++] = '"';
  return n;
}

size_t bt_decision_challenge(const bt_decision *d, char *out, size_t size) {
  bool lacks_nonce = d->reason == BT_REASON_TOKEN && d->refusal == BT_DPOP_NONCE;
  str invalid =
      lacks_nonce ? STR("DPoP error=\"use_dpop_nonce\"") : STR("Bearer error=\"invalid_token\"");
  if (d->status == 403 && d->reason == BT_REASON_INSUFFICIENT_SCOPE)
    return scope_challenge(d, out, size);
  if (d->status != 401 || size < invalid.len)
    return 0;
  memcpy(out, invalid.ptr, invalid.len);
  return invalid.len;
}
