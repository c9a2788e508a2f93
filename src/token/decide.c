/* One whole request: CVE-2020-8595 and CVE-2023-30845 came from a gateway that read path or method
 * in another way than the application behind it, so what can be read in two ways is refused. */
#include "batten/decide.h"
#include "token/find_token.h"
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
  char uri[URI_MAX] WRITTEN_FIRST;
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
  bt_text proofs[PROOFS_MAX] WRITTEN_FIRST;
  bt_request facts = {
      .method = r->method, .dpop = proofs, .client_certificate = r->client_certificate};
  found_token f = find_token(policy, r);
  if (f.several)
    return turn_away(BT_REASON_TOKEN_SEVERAL, 401);
  if (!f.token.ptr && route && route->optional)
    return (bt_decision){.allowed = true};
  str text = f.token.ptr ? f.token : STR("");
  facts.place = f.place;
  facts.under_bearer = f.under_bearer;
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

/* Fetch standard, "CORS-preflight request": a browser asks what it may send, without credentials.
 */
static bool is_preflight(const policy_rules *rules, const bt_http *r) {
  return rules->preflight && str_eq(str_of_text(r->method), STR("OPTIONS")) &&
         header_at(r, "origin", 0).len && header_at(r, "access-control-request-method", 0).len;
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
  if (on.kind == BT_ROUTE_HOST_UNKNOWN)
    return turn_away(BT_REASON_HOST_AMBIGUOUS, 403);
  if (on.kind == BT_ROUTE_AMBIGUOUS)
    return turn_path_away(on.fault);
  if (is_preflight(policy_rules_of(policy), r))
    return (bt_decision){.allowed = true, .preflight = true, .route = on.route};
  if (on.kind == BT_ROUTE_NONE)
    return turn_away(BT_REASON_ROUTE_UNKNOWN, 403);
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
  bt_decision d = decide(policy, request, now, result);
  d.resource_metadata = bt_policy_resource_metadata(policy);
  return as_observed(policy, d);
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

/* ---- the challenge --------------------------------------------------------------------------- */

/* What fits: all of a piece, or nothing of it. */
typedef struct {
  char *ptr;
  size_t len, size;
} challenge;

static bool put_piece(challenge *c, str piece) {
  if (c->len + piece.len > c->size)
    return false;
  memcpy(c->ptr + c->len, piece.ptr, piece.len);
  c->len += piece.len;
  return true;
}

static void put_scopes(challenge *c, const bt_route *route) {
  put_piece(c, STR(", scope=\""));
  for (size_t i = 0; i < bt_route_scope_count(route); i++) {
    str scope = str_of_text(bt_route_scope(route, i));
    if (c->len + scope.len + 3 > c->size)
      break;
    put_piece(c, i ? STR(" ") : STR(""));
    put_piece(c, scope);
  }
  put_piece(c, STR("\""));
}

/* RFC 9728 section 5.1 */
static void put_metadata(challenge *c, str metadata, bool first) {
  str name = first ? STR(" resource_metadata=\"") : STR(", resource_metadata=\"");
  if (!metadata.len || c->len + name.len + metadata.len + 1 > c->size)
    return;
  put_piece(c, name);
  put_piece(c, metadata);
  put_piece(c, STR("\""));
}

/* RFC 6750 section 3.1: who brought no token is told of no error. */
static str error_of(const bt_decision *d) {
  bool of_token = d->reason == BT_REASON_TOKEN;
  if (of_token && d->refusal == BT_TOKEN_MISSING)
    return STR("Bearer");
  return of_token && d->refusal == BT_DPOP_NONCE ? STR("DPoP error=\"use_dpop_nonce\"")
                                                 : STR("Bearer error=\"invalid_token\"");
}

size_t bt_decision_challenge(const bt_decision *d, char *out, size_t size) {
  challenge c = {.ptr = out, .size = size};
  bool lacks_scope = d->status == 403 && d->reason == BT_REASON_INSUFFICIENT_SCOPE;
  str words = lacks_scope ? STR("Bearer error=\"insufficient_scope\"") : error_of(d);
  bool has_scopes = lacks_scope && size >= words.len + sizeof ", scope=\"\"";
  if ((d->status != 401 && !has_scopes) || !put_piece(&c, words))
    return 0;
  if (has_scopes)
    put_scopes(&c, d->route);
  put_metadata(&c, str_of_text(d->resource_metadata), words.len == sizeof "Bearer" - 1);
  return c.len;
}
