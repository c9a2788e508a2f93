/* Keys that are elsewhere, asked when they are wanted. A request never waits for it. */
#include "guard/guard_private.h"
#include "base/json.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* ---- vault ----------------------------------------------------------------------------------- */

static bool vault_headers(arena *a, bt_fetch *asked, error *e) {
  const char *token = getenv("VAULT_TOKEN"), *namespace = getenv("VAULT_NAMESPACE");
  if (!token)
    return error_set(e, ERROR_USAGE, "VAULT_TOKEN is not set");
  asked->headers[0] = arena_printf(a, "X-Vault-Token: %s", token).ptr;
  if (namespace)
    asked->headers[1] = arena_printf(a, "X-Vault-Namespace: %s", namespace).ptr;
  return true;
}

/* KV version 2: data.data.PATH is the key. Transit: data.keys.VERSION.public_key are the keys, the
 * newest last. */
static bool vault_keys(arena *a, str body, str path, str *keys, error *e) {
  json_t *answer = json_parse(body, NULL), *data = json_object_get(answer, "data"), *version;
  str found = json_get_str(json_object_get(data, "data"), arena_text(a, path));
  buf b = {.arena = a};
  const char *name;
  buf_put(&b, found);
  json_object_foreach(json_object_get(data, "keys"), name, version) {
    buf_put(&b, json_get_str(version, "public_key"));
    buf_char(&b, '\n');
  }
  json_decref(answer);
  *keys = buf_str(&b);
  return b.len ||
         error_set(e, ERROR_INCOMPLETE, "the answer holds neither data.data.%.*s nor public keys",
                   STR_ARG(path));
}

static bool ask_vault(const guard *g, arena *a, const bt_issuer *issuer, str *keys, error *e) {
  str from = str_from(issuer->source.ptr, issuer->source.len);
  bt_fetch asked = {.url = arena_text(a, from),
                    .ca = issuer->ca.ptr,
                    .cert = issuer->cert.ptr,
                    .key = issuer->cert_key.ptr};
  if (!vault_headers(a, &asked, e))
    return false;
  bt_fetched answer = bt_curl_carry(g->curl, &asked);
  if (!answer.status)
    return error_set(e, ERROR_INCOMPLETE, "%s", answer.failure);
  if (answer.status != 200)
    return error_set(e, ERROR_INCOMPLETE, "answered %d", answer.status);
  return vault_keys(a, str_from(answer.body.ptr, answer.body.len),
                    str_from(issuer->path.ptr, issuer->path.len), keys, e);
}

/* ---- one issuer ------------------------------------------------------------------------------ */

/* Sources that only the daemon knows how to ask. */
static bool ask_own_way(const guard *g, bt_policy *policy, size_t i, const bt_issuer *issuer) {
  arena *a = arena_new();
  str from = str_from(issuer->source.ptr, issuer->source.len), keys = {0};
  error e = {0};
  bool got = issuer->kind == BT_KEYS_PKCS11 ? pkcs11_keys(a, from, &keys, &e)
                                            : ask_vault(g, a, issuer, &keys, &e);
  bool taken = bt_policy_set_keys(policy, i, got ? keys.ptr : NULL, got ? keys.len : 0,
                                  clock_wall(), log_problem, NULL);
  if (keys.len)
    OPENSSL_cleanse((void *)(uintptr_t)keys.ptr, keys.len);
  if (!taken)
    log_event("keys-not-fetched", "%.*s: %s; the last good set is kept for its stated life",
              STR_ARG(from), got ? "not usable" : e.message);
  arena_free(a);
  return taken;
}

static void log_failure(const bt_problem *p, void *context) {
  if (p->warning)
    log_problem(p, context);
  else
    log_event("keys-not-fetched", "%s", p->message);
}

static void fetch_issuer(guard *g, bt_policy *policy, size_t i) {
  bt_issuer issuer = bt_policy_issuer(policy, i, clock_wall());
  str from = str_from(issuer.source.ptr, issuer.source.len);
  bt_fetch_verdict verdict = BT_FETCH_FAILED;
  g->key_fetches++;
  if (bt_fetch_possible(policy, i))
    verdict = bt_curl_keys(g->curl, policy, i, NULL, log_failure, NULL);
  else if (ask_own_way(g, policy, i, &issuer))
    verdict = BT_FETCH_TAKEN;
  if (verdict == BT_FETCH_FAILED)
    g->key_fetch_failures++;
  if (verdict == BT_FETCH_TAKEN)
    log_event("keys", "%.*s: %zu keys", STR_ARG(from),
              bt_policy_issuer(policy, i, clock_wall()).key_count);
}

void fetch_keys(guard *g, bt_policy *policy) {
  for (size_t i = 0; i < bt_policy_issuer_count(policy) && !*g->options->stop; i++)
    if (bt_policy_keys_wanted(policy, i, clock_wall()))
      fetch_issuer(g, policy, i);
}

static bool is_stopped(void *of) {
  const guard *g = of;
  return *g->options->stop;
}

bool fetch_start(guard *g, error *e) {
  g->curl = bt_curl_new("batten/" BATTEN_VERSION " (guard)");
  if (!g->curl)
    return error_set(e, ERROR_INTERNAL, "libcurl cannot be started");
  bt_curl_stop_when(g->curl, is_stopped, g);
  return true;
}
