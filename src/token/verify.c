/* One jwt, one verdict. The order: what costs nothing first, the signature before any claim but
 * `iss` is believed, and what remembers (replay) last, so that a refused token leaves no trace. */
#include "token/strict.h"
#include "token/token_cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bt_refusal refuse(bt_result *r, bt_refusal refusal, const char *format, ...) {
  r->detail[0] = 0;
  if (format) {
    va_list args;
    va_start(args, format);
    vsnprintf(r->detail, sizeof r->detail, format, args);
    va_end(args);
  }
  return refusal;
}

bt_result *bt_result_new(size_t cache_bytes) {
  bt_result *r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  bool ok = compact_new(&r->token) && compact_new(&r->proof) && (r->item = malloc(JSON_MAX));
  if (ok && cache_bytes)
    ok = (r->cache = cache_new(cache_bytes)) != NULL;
  r->stripe = (size_t)(((uintptr_t)r >> 6) * 0x9E3779B97F4A7C15ULL >> 60); /* spreads the threads */
  r->status = BT_REFUSED;
  r->refusal = BT_TOKEN_MISSING;
  if (ok)
    return r;
  bt_result_free(r);
  return NULL;
}

void bt_result_free(bt_result *r) {
  if (!r)
    return;
  compact_free(&r->token);
  compact_free(&r->proof);
  cache_free(r->cache);
  free(r->item);
  free(r);
}

/* Takes the token apart. Rules 1, 2, 3. */
static bt_refusal take_apart(bt_result *r, str jwt, const policy_rules *rules) {
  compact *c = &r->token;
  bt_refusal why = compact_split(c, jwt, rules->token_limit);
  if (why)
    return why;
  if (!c->header_kept)
    why = json_refusal(json_scan(c->header_json, &c->header));
  if (why)
    return refuse(r, why, "in the header");
  why = header_check(r);
  if (why)
    return why;
  why = json_refusal(json_scan(c->payload_json, &c->claims));
  return why ? refuse(r, why, "in the payload") : BT_REFUSAL_NONE;
}

/* rule 13: RFC 8725 section 3.8: an issuer's tokens come by its own places, so that one that is to
 * come by a header alone is not taken from a cookie for another issuer's sake */
static bt_refusal place_check(bt_result *r, const bt_request *request) {
  size_t place = request ? request->place : 0;
  bool known = place > 0 && place <= PLACES_MAX;
  if (known && !(r->issuer->place_bits >> (place - 1) & 1))
    return refuse(r, BT_TOKEN_MISPLACED, NULL);
  return BT_REFUSAL_NONE;
}

/* All that a cached token must pass again. */
static bt_refusal judge(bt_result *r, const snapshot *s, const bt_request *request, str jwt) {
  bt_refusal why = place_check(r, request);
  if (!why)
    why = claims_check(r);
  if (!why)
    why = revocation_check(r, s->revoked);
  if (!why)
    why = workload_check(r);
  if (!why)
    why = scopes_check(r);
  if (!why)
    why = binding_check(r, request, jwt);
  if (!why)
    why = replay_check_token(r);
  return why;
}

static bool is_asked_about(const bt_result *r) {
  return r->issuer->keys.kind == BT_KEYS_INTROSPECTION;
}

static bt_refusal verify_fresh(bt_result *r, const snapshot *s, str jwt) {
  if (introspect_choose(r, jwt))
    return introspect_check(r, jwt);
  bt_refusal why = take_apart(r, jwt, policy_rules_of(r->policy));
  if (!why)
    why = issuer_choose(r);
  if (why)
    return why;
  return is_asked_about(r) ? introspect_check(r, jwt) : key_check(r, &s->issuers[r->issuer_index]);
}

static bt_refusal verify(bt_result *r, const snapshot *s, const bt_request *request, str jwt) {
  r->cached = r->cache && cache_find(r->cache, r, s, jwt);
  bt_refusal why = r->cached ? BT_REFUSAL_NONE : verify_fresh(r, s, jwt);
  if (!why)
    why = judge(r, s, request, jwt);
  if (!why && r->cache && !r->cached && !is_asked_about(r))
    cache_keep(r->cache, r, jwt);
  return why;
}

bt_status bt_verify(const bt_policy *policy, const char *jwt, size_t length,
                    const bt_request *request, double now, bt_result *r) {
  unsigned slot;
  r->policy = policy;
  r->now = now;
  r->detail[0] = 0;
  r->issuer = NULL;
  r->kid_len = 0;
  r->cached = r->unasked = false;
  const snapshot *s = policy_hold(policy, r->stripe, &slot);
  r->refusal =
      isfinite(now) ? verify(r, s, request, str_from(jwt, jwt ? length : 0)) : BT_TIME_INVALID;
  policy_release(policy, r->stripe, slot);
  r->key = NULL;
  r->status = r->refusal == BT_REFUSAL_NONE       ? BT_ACCEPTED
              : r->refusal == BT_KEYS_UNAVAILABLE ? BT_NO_KEYS
                                                  : BT_REFUSED;
  return r->status;
}
