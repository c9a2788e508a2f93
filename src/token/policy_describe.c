/* A policy in plain words. */
#include "token/reading.h"
#include "token/revocation.h"

#include <stdlib.h>

static void put_list(buf *b, const str_list *list, const char *none) {
  if (!list->len)
    buf_printf(b, "%s", none);
  for (size_t i = 0; i < list->len; i++)
    buf_printf(b, "%s%.*s", i ? ", " : "", STR_ARG(list->at[i]));
}

static void put_duration(buf *b, double seconds) {
  static const struct {
    double size;
    char unit;
  } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};

  for (size_t i = 0; i < 4; i++)
    if (seconds >= units[i].size || i == 3) {
      double count = seconds / units[i].size;
      if (count != (double)(uint64_t)count && i < 3)
        continue;
      buf_printf(b, "%.0f%c", count, units[i].unit);
      return;
    }
}

static void put_keys(buf *b, const bt_policy *p, size_t i, double now) {
  static const char *const kinds[] = {[BT_KEYS_FILE] = "file",
                                      [BT_KEYS_ENV] = "variable",
                                      [BT_KEYS_JWKS_URL] = "JWKS at",
                                      [BT_KEYS_RAILS] = "Rails credentials",
                                      [BT_KEYS_VAULT] = "vault",
                                      [BT_KEYS_PKCS11] = "token",
                                      [BT_KEYS_DISCOVERY] = "found by the metadata of",
                                      [BT_KEYS_INTROSPECTION] =
                                          "none: each token is asked about at"};
  bt_issuer issuer = bt_policy_issuer(p, i, now);
  char line[256];
  bool has_all = issuer.key_count || issuer.kind == BT_KEYS_INTROSPECTION;
  buf_printf(
      b, "  keys        %s %.*s%s\n", kinds[issuer.kind], (int)issuer.source.len, issuer.source.ptr,
      has_all                     ? ""
      : keys_fetched(issuer.kind) ? ": not fetched here; until they are, its tokens are refused"
                                  : ": none loaded yet, so every token is refused");
  for (size_t k = 0; bt_policy_key_line(p, i, k, line, sizeof line); k++)
    buf_printf(b, "    key %zu     %s\n", k + 1, line);
}

static void put_times(buf *b, const issuer_rule *r) {
  buf_printf(b, "  times       exp %s, leeway ", r->exp_optional ? "NOT required" : "required");
  put_duration(b, r->leeway);
  if (r->leeway == 0)
    buf_printf(b, " (an issuer whose clock is ahead is refused)");
  if (r->max_lifetime > 0) {
    buf_printf(b, ", iat required, at most ");
    put_duration(b, r->max_lifetime);
    buf_printf(b, " from iat to exp\n");
  } else {
    buf_printf(b, ", any lifetime\n");
  }
}

static void put_places(buf *b, const issuer_rule *rule) {
  static const char *const names[] = {"the bearer token in", "the header", "the cookie",
                                      "the query parameter"};
  for (size_t i = 0; i < rule->places.len; i++) {
    bt_place place = rule->places.at[i];
    buf_printf(b, "%s%s %.*s", i ? ", or " : "  token in    ", names[place.kind],
               (int)place.name.len, place.name.ptr);
  }
  buf_char(b, '\n');
}

static void put_value(buf *b, const demanded_value *value) {
  if (value->kind == JSON_TRUE || value->kind == JSON_FALSE)
    buf_printf(b, "%s", value->kind == JSON_TRUE ? "true" : "false");
  else
    buf_printf(b, value->kind == JSON_STRING ? "\"%.*s\"" : "%.*s", STR_ARG(value->text));
}

static void put_demands(buf *b, const issuer_rule *r) {
  static const char *const words[] = {[DEMAND_ONE_OF] = "must be",
                                      [DEMAND_CONTAINS_ANY] = "must contain one of",
                                      [DEMAND_CONTAINS_ALL] = "must contain",
                                      [DEMAND_PREFIX] = "must begin with"};
  for (size_t i = 0; i < r->demands.len; i++) {
    const claim_demand *demand = &r->demands.at[i];
    const char *between = demand->kind == DEMAND_CONTAINS_ALL ? " and " : " or ";
    buf_printf(b, "  claim       %.*s %s ", STR_ARG(demand->claim), words[demand->kind]);
    for (size_t k = 0; k < demand->values.len; k++) {
      buf_printf(b, "%s", k ? between : "");
      put_value(b, &demand->values.at[k]);
    }
    buf_char(b, '\n');
  }
}

static void put_issuer(buf *b, const bt_policy *p, size_t i, double now) {
  const issuer_rule *r = &policy_rules_of(p)->issuers.at[i];
  buf_printf(b, "issuer %.*s\n  algorithms  ", STR_ARG(r->name.ptr ? r->name : r->trust_domain));
  for (size_t k = 0; k < r->algorithm_count; k++)
    buf_printf(b, "%s%s", k ? ", " : "", r->algorithms[k]->name);
  if (!r->algorithm_count)
    buf_printf(b, "none: a token is what its issuer says of it");
  buf_printf(b, "\n  audiences   ");
  put_list(b, &r->audiences, "");
  if (r->audience_claim.ptr)
    buf_printf(b, ", in the claim %.*s", STR_ARG(r->audience_claim));
  buf_printf(b, r->audience_exact ? " and no other besides\n" : "\n");
  put_places(b, r);
  put_times(b, r);
  buf_printf(b, "  typ         ");
  put_list(b, &r->types, "any");
  buf_printf(b, "\n  required    ");
  put_list(b, &r->required, r->present.len ? "" : "nothing more");
  if (r->present.len && r->required.len)
    buf_printf(b, ", ");
  put_list(b, &r->present, "");
  buf_printf(b, "%s\n", r->replay ? "; each jti once" : "");
  put_demands(b, r);
  put_keys(b, p, i, now);
}

static void put_paths(buf *b, const policy_rules *rules) {
  buf_printf(b, "paths         what servers read in two ways is refused");
  for (unsigned kind = BT_PATH_FINE + 1, n = 0; kind <= BT_PATH_LAST_ALLOWABLE; kind++)
    if (rules->paths.allowed & path_bit((bt_path_fault)kind))
      buf_printf(b, "%s%s", n++ ? ", " : ", but for ", bt_path_fault_name((bt_path_fault)kind));
  buf_char(b, '\n');
}

static void put_routes(buf *b, const policy_rules *rules) {
  static const char *const letters[] = {
      [CASE_UNSAID] = "not said: of spellings that differ in it, the strictest route counts",
      [CASE_SENSITIVE] = "tells paths apart",
      [CASE_INSENSITIVE] = "does not count"};
  static const char *const forms[] = {
      [BT_OVERRIDE_REFUSED] = "refused where they could ask for a method of a stricter route",
      [BT_OVERRIDE_NONE] = "ask for no method, says the policy",
      [BT_OVERRIDE_BODY] = "are read for the method that they ask for (the gem alone)"};
  if (!rules->routes.len)
    buf_printf(b, "routes        none named: a valid token is needed everywhere\n");
  for (size_t i = 0; i < rules->routes.len; i++) {
    const bt_route *one = &rules->routes.at[i];
    buf_printf(b, "route         ");
    put_list(b, &one->methods, "any method");
    buf_printf(b, " %.*s", STR_ARG(one->path));
    if (one->hosts.len)
      buf_printf(b, " on ");
    put_list(b, &one->hosts, "");
    bool asks_for_token = !one->is_public && !one->optional;
    buf_printf(b, ": %s",
               one->is_public  ? "public"
               : one->optional ? "no token, or a valid one"
                               : "a valid token, scopes ");
    if (asks_for_token)
      put_list(b, &one->scopes, "none");
    buf_char(b, '\n');
  }
  if (!rules->routes.len)
    return;
  buf_printf(b, "              everything else is refused\n");
  buf_printf(b, "letter case   %s\n", letters[rules->paths.letters]);
  buf_printf(b, "forms         %s\n", forms[rules->method_override]);
}

static void put_rest(buf *b, const bt_policy *p) {
  static const char *const modes[] = {[BINDING_WHEN_BOUND] = "checked when the token is bound",
                                      [BINDING_OFF] =
                                          "NOT checked: a bound token is taken from anybody",
                                      [BINDING_REQUIRED] = "required"};
  const policy_rules *rules = policy_rules_of(p);
  buf_printf(b, "scopes        ");
  put_list(b, &rules->scopes, "none are granted");
  if (rules->scope_claim.ptr)
    buf_printf(b, ", from the claim %.*s; any other value grants nothing",
               STR_ARG(rules->scope_claim));
  buf_char(b, '\n');
  put_routes(b, rules);
  if (rules->preflight)
    buf_printf(b, "preflight     a browser's OPTIONS with Origin and Access-Control-Request-Method "
                  "needs no token\n");
  if (rules->resource_metadata.ptr)
    buf_printf(b, "metadata      %.*s, named to who is refused\n",
               STR_ARG(rules->resource_metadata));
  put_paths(b, rules);
  buf_printf(b, "mTLS binding  %s\nDPoP binding  %s\n", modes[rules->mtls], modes[rules->dpop]);
  if (rules->nonces) {
    buf_printf(b, "DPoP nonces   required, a new one every ");
    put_duration(b, rules->nonce_life);
    buf_printf(b, ", known to all who have %s\n",
               rules->has_nonce_key ? "the policy's key" : "this process' memory");
  }
  for (size_t i = 0; i < rules->workload.len; i++)
    buf_printf(b, "workload      %.*s must be %.*s\n", STR_ARG(rules->workload.at[i].path),
               STR_ARG(rules->workload.at[i].value));
  buf_printf(b, "revocation    ");
  const revocation_source *from = &rules->revocation;
  if (from->line) {
    unsigned slot;
    const snapshot *s = policy_hold(p, 0, &slot);
    buf_printf(b, "%s, %zu entr%s\n", from->file.ptr ? from->file.ptr : from->database.ptr,
               revocations_count(s->revoked), revocations_count(s->revoked) == 1 ? "y" : "ies");
    policy_release(p, 0, slot);
  } else {
    buf_printf(b, "no list: a token stays good until it expires\n");
  }
  buf_printf(
      b,
      "mode          %s\nrefused       all else: unsigned, expired, foreign, malformed, longer "
      "than %zu bytes, with a key of their own (see: batten token verify --refusals)\n",
      rules->mode == BT_OBSERVE ? "OBSERVE: refusals are logged, and let through" : "enforce",
      rules->token_limit);
}

char *bt_policy_describe(const bt_policy *p, double now) {
  arena *a = arena_new();
  buf b = {.arena = a};
  for (size_t i = 0; i < policy_rules_of(p)->issuers.len; i++)
    put_issuer(&b, p, i, now);
  put_rest(&b, p);
  char *out = malloc(b.len + 1);
  if (out)
    memcpy(out, b.ptr, b.len + 1);
  arena_free(a);
  return out;
}

void bt_text_free(char *text) {
  free(text);
}
