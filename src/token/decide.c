/* One whole request: CVE-2020-8595 and CVE-2023-30845 came from a gateway that read path or method
 * in another way than the application behind it, so what can be read in two ways is refused. */
#include "batten/decide.h"
#include "token/strict.h"

#include <stdio.h>

/* ---- two readings of one request ------------------------------------------------------------- */

static str header_at(const bt_http *r, const char *name, size_t i) {
  return str_of_text(r->header(r->context, name, i));
}

static bool header_differs(const bt_http *r, const char *name, str from) {
  for (size_t i = 0;; i++) {
    str value = header_at(r, name, i);
    if (!value.ptr)
      return false;
    if (!str_ieq(str_trim(value), from))
      return true;
  }
}

/* Rack, Express and others take the method from these; some gateways' applications the path from
 * the others. */
static bool overridden(const bt_http *r) {
  static const char *const methods[] = {"x-http-method-override", "x-http-method",
                                        "x-method-override"};
  static const char *const paths[] = {"x-original-url", "x-rewrite-url"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (header_differs(r, methods[i], str_of_text(r->method)))
      return true;
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    if (header_differs(r, paths[i], str_of_text(r->uri)))
      return true;
  return false;
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

static bt_decision decide(const bt_policy *policy, const bt_http *r, double now,
                          bt_result *result) {
  const bt_route *route = NULL;
  if (!r->method.len || !r->uri.len)
    return turn_away(BT_REASON_REQUEST_INVALID, 403);
  if (overridden(r))
    return turn_away(BT_REASON_METHOD_OVERRIDDEN, 403);
  bt_route_kind kind = bt_policy_route(policy, r->method, r->host, r->uri, &route);
  if (kind == BT_ROUTE_NONE)
    return turn_away(BT_REASON_ROUTE_UNKNOWN, 403);
  if (kind == BT_ROUTE_AMBIGUOUS)
    return turn_away(BT_REASON_PATH_AMBIGUOUS, 403);
  bt_decision d = kind == BT_ROUTE_PUBLIC ? (bt_decision){.allowed = true}
                                          : decide_token(policy, r, route, now, result);
  d.route = route;
  return d;
}

bt_decision bt_decide(const bt_policy *policy, const bt_http *request, double now,
                      bt_result *result) {
  bt_decision d = decide(policy, request, now, result);
  if (!d.allowed && bt_policy_mode(policy) == BT_OBSERVE)
    d.allowed = d.would_refuse = true;
  return d;
}

/* ---- words ----------------------------------------------------------------------------------- */

const char *bt_reason_name(bt_reason reason) {
  static const char *const names[BT_REASON_COUNT] = {
      "none",          "token",          "token-several",     "insufficient-scope",
      "route-unknown", "path-ambiguous", "method-overridden", "request-invalid"};
  return (unsigned)reason < BT_REASON_COUNT ? names[reason] : "unknown";
}

const char *bt_decision_name(const bt_decision *d) {
  return d->reason == BT_REASON_TOKEN ? bt_refusal_name(d->refusal) : bt_reason_name(d->reason);
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
