/* What happens beside the requests: a changed policy is taken over, key files and revocations are
 * read again, key sets are fetched. A request never waits for any of it, and no revocation for a
 * fetch. */
#include "guard/guard_private.h"
#include "base/json.h"
#include "batten/sqlite.h"
#include "net/net.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef BATTEN_VERSION
#define BATTEN_VERSION "0.0.0"
#endif

enum { ROUND_MILLISECONDS = 250, FETCH_SECONDS = 5 };

bt_policy *guard_policy(guard *g) {
  pthread_rwlock_rdlock(&g->lock);
  bt_policy *share = bt_policy_share(g->policy);
  pthread_rwlock_unlock(&g->lock);
  return share;
}

static void log_problem(const bt_problem *p, void *context) {
  (void)context;
  log_event(p->warning ? "warning" : "problem", "%s:%u:%u: %s", p->file ? p->file : "policy",
            p->line, p->column, p->message);
}

/* ---- the policy file ------------------------------------------------------------------------- */

bt_policy *guard_load(const char *path, bt_problem_fn tell, void *context) {
  bt_policy *policy = bt_policy_load_file(path, tell, context);
  if (policy && bt_sqlite_load(policy, clock_wall(), tell, context))
    return policy;
  bt_policy_free(policy);
  return NULL;
}

static void say_mode(const bt_policy *policy) {
  if (bt_policy_mode(policy) == BT_OBSERVE)
    log_event("observe", "mode is observe: nothing is refused, only logged and counted");
  if (bt_policy_override(policy) == BT_OVERRIDE_BODY)
    log_event("forms", "no body is seen here: POST forms that could ask for a method of another "
                       "route are refused, as without `method_override: body`");
}

/* ---- key sets by URL ------------------------------------------------------------------------- */

static bool vault_headers(arena *a, http_headers *headers, error *e) {
  const char *token = getenv("VAULT_TOKEN"), *namespace = getenv("VAULT_NAMESPACE");
  if (!token)
    return error_set(e, ERROR_USAGE, "VAULT_TOKEN is not set");
  http_header_set(a, headers, STR("X-Vault-Token"), str_of(token));
  if (namespace)
    http_header_set(a, headers, STR("X-Vault-Namespace"), str_of(namespace));
  return true;
}

/* KV version 2: data.data.PATH is the key. Transit: data.keys.VERSION.public_key are the keys, the
 * newest last. */
static str vault_keys(arena *a, str body, str path, error *e) {
  json_t *answer = json_parse(body, NULL), *data = json_object_get(answer, "data"), *version;
  str found = json_get_str(json_object_get(data, "data"), arena_text(a, path));
  buf b = {.arena = a};
  const char *name;
  buf_put(&b, found);
  json_object_foreach(json_object_get(data, "keys"), name, version) {
    buf_put(&b, json_get_str(version, "public_key"));
    buf_char(&b, '\n');
  }
  if (!b.len)
    error_set(e, ERROR_INCOMPLETE, "the answer holds neither data.data.%.*s nor public keys",
              STR_ARG(path));
  json_decref(answer);
  return buf_str(&b);
}

/* Only to the URL of the policy: no redirect, no link-local address. */
static bool fetch(arena *a, const bt_issuer *issuer, http_response *out, error *e) {
  http_request request = {.method = STR("GET")};
  str from = str_from(issuer->source.ptr, issuer->source.len);
  if (!url_parse(a, from, &request.url, e))
    return false;
  if (host_resolved_kind(a, request.url.host) == HOST_LINK_LOCAL)
    return error_set(e, ERROR_USAGE, "a link-local or metadata address is never asked");
  http_header_set(a, &request.headers, STR("Accept"),
                  STR("application/jwk-set+json, application/json"));
  if (issuer->kind == BT_KEYS_VAULT && !vault_headers(a, &request.headers, e))
    return false;
  http_options options = {.target = request.url,
                          .rate = 100,
                          .concurrency = 1,
                          .max_requests = 1,
                          .timeout = FETCH_SECONDS,
                          .user_agent = STR("batten/" BATTEN_VERSION " (guard)")};
  http_client *client = http_client_new(&options, e);
  if (!client)
    return false;
  http_run(client, a, &request, out, 1);
  http_client_free(client);
  if (out->failure)
    return error_set(e, ERROR_INCOMPLETE, "%s", http_failure_text(out->failure));
  return out->status == 200 || error_set(e, ERROR_INCOMPLETE, "answered %d", out->status);
}

/* Where the issuer's keys are, asked. */
static bool get_keys(arena *a, const bt_issuer *issuer, str *keys, error *e) {
  http_response answer = {0};
  if (issuer->kind == BT_KEYS_PKCS11)
    return pkcs11_keys(a, str_from(issuer->source.ptr, issuer->source.len), keys, e);
  if (!fetch(a, issuer, &answer, e))
    return false;
  *keys = answer.body;
  if (issuer->kind == BT_KEYS_VAULT)
    *keys = vault_keys(a, answer.body, str_from(issuer->path.ptr, issuer->path.len), e);
  return issuer->kind != BT_KEYS_VAULT || keys->len > 0;
}

static void fetch_issuer(guard *g, bt_policy *policy, size_t i) {
  arena *a = arena_new();
  str keys = {0};
  error e = {0};
  bt_issuer issuer = bt_policy_issuer(policy, i, clock_wall());
  str from = str_from(issuer.source.ptr, issuer.source.len);
  g->key_fetches++;
  bool got = get_keys(a, &issuer, &keys, &e);
  bool taken = bt_policy_set_keys(policy, i, got ? keys.ptr : NULL, got ? keys.len : 0,
                                  clock_wall(), log_problem, NULL);
  if (issuer.kind == BT_KEYS_VAULT && keys.len)
    OPENSSL_cleanse((void *)(uintptr_t)keys.ptr, keys.len);
  if (!taken) {
    g->key_fetch_failures++;
    log_event("keys-not-fetched", "%.*s: %s; the last good set is kept for its stated life",
              STR_ARG(from), got ? "not usable" : e.message);
  } else {
    log_event("keys", "%.*s: %zu keys", STR_ARG(from),
              bt_policy_issuer(policy, i, clock_wall()).key_count);
  }
  arena_free(a);
}

static void fetch_keys(guard *g, bt_policy *policy) {
  for (size_t i = 0; i < bt_policy_issuer_count(policy) && !*g->options->stop; i++)
    if (bt_policy_keys_wanted(policy, i, clock_wall()))
      fetch_issuer(g, policy, i);
}

/* ---- taking over a changed policy ------------------------------------------------------------ */

/* Until the new one has its keys, the old one answers. */
static void reload(guard *g) {
  bt_policy *fresh = guard_load(g->options->policy, log_problem, NULL), *old;
  bool forgets = fresh && bt_policy_revocations_missing(fresh);
  if (!fresh || forgets) {
    g->reload_failures++;
    log_event(
        "reload-refused",
        forgets ? "what the missing list revoked would be good again; the old policy stays in force"
                : "the policy has problems; the old one stays in force");
    bt_policy_free(fresh);
    return;
  }
  bt_policy_continue(fresh, g->policy); /* only this thread changes which it is */
  fetch_keys(g, fresh);
  pthread_rwlock_wrlock(&g->lock);
  old = g->policy;
  g->policy = fresh;
  pthread_rwlock_unlock(&g->lock);
  bt_policy_free(old);
  g->reloads++;
  log_event("reload", "the policy was taken over");
  say_mode(fresh);
}

/* ---- the rounds ------------------------------------------------------------------------------ */

static void wait_round(void) {
  struct timespec moment = {0, ROUND_MILLISECONDS * 1000000L};
  nanosleep(&moment, NULL);
}

/* A thread of its own, for what is promised within a second: a server of keys that does not answer
 * holds up the other. A database is followed for one policy: after a reload anew. */
static void *refresh_loop(void *of) {
  guard *g = of;
  bt_policy *policy = NULL;
  bt_sqlite *revoked = NULL;
  while (!*g->options->stop) {
    bt_policy *present = guard_policy(g);
    if (present != policy) {
      bt_sqlite_free(revoked);
      revoked = bt_sqlite_new();
    }
    bt_policy_free(policy);
    policy = present;
    bt_policy_refresh(policy, clock_wall(), log_problem, NULL);
    bt_sqlite_refresh(revoked, policy, clock_wall(), log_problem, NULL);
    wait_round();
  }
  bt_sqlite_free(revoked);
  bt_policy_free(policy);
  return NULL;
}

static void follow_policy_and_urls(guard *g) {
  file_stamp seen = file_stamp_of(g->options->policy);
  say_mode(g->policy);
  while (!*g->options->stop) {
    file_stamp now = file_stamp_of(g->options->policy);
    bool changed = now.there && !file_stamp_same(&seen, &now);
    if (changed || *g->options->reload) {
      *g->options->reload = 0;
      seen = changed ? now : seen;
      reload(g);
    }
    fetch_keys(g, g->policy);
    g->ready = true;
    wait_round();
  }
}

bool upkeep_run(guard *g, error *e) {
  pthread_t refresher;
  if (pthread_create(&refresher, NULL, refresh_loop, g) != 0)
    return error_set(e, ERROR_INTERNAL, "no thread can be started");
  follow_policy_and_urls(g);
  pthread_join(refresher, NULL);
  return true;
}
