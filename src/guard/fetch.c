/* Keys that are elsewhere, asked when they are wanted, each source in a thread of its own: no
 * request waits for it, nor one source for another that is slow. */
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

static bool ask_vault(bt_curl *curl, arena *a, const bt_issuer *issuer, str *keys, error *e) {
  str from = str_from(issuer->source.ptr, issuer->source.len);
  bt_fetch asked = {.url = arena_text(a, from),
                    .ca = issuer->ca.ptr,
                    .cert = issuer->cert.ptr,
                    .key = issuer->cert_key.ptr};
  if (!vault_headers(a, &asked, e))
    return false;
  bt_fetched answer = bt_curl_carry(curl, &asked);
  if (!answer.status)
    return error_set(e, ERROR_INCOMPLETE, "%s", answer.failure);
  if (answer.status != 200)
    return error_set(e, ERROR_INCOMPLETE, "answered %d", answer.status);
  return vault_keys(a, str_from(answer.body.ptr, answer.body.len),
                    str_from(issuer->path.ptr, issuer->path.len), keys, e);
}

/* ---- one issuer ------------------------------------------------------------------------------ */

/* Sources that only the daemon knows how to ask. */
static bool ask_own_way(bt_curl *curl, bt_policy *policy, size_t i, const bt_issuer *issuer) {
  arena *a = arena_new();
  str from = str_from(issuer->source.ptr, issuer->source.len), keys = {0};
  error e = {0};
  bool got = issuer->kind == BT_KEYS_PKCS11 ? pkcs11_keys(a, from, &keys, &e)
                                            : ask_vault(curl, a, issuer, &keys, &e);
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

static void fetch_issuer(guard *g, bt_curl *curl, bt_policy *policy, size_t i) {
  bt_issuer issuer = bt_policy_issuer(policy, i, clock_wall());
  str from = str_from(issuer.source.ptr, issuer.source.len);
  bt_fetch_verdict verdict = BT_FETCH_FAILED;
  g->key_fetches++;
  if (bt_fetch_possible(policy, i))
    verdict = bt_curl_keys(curl, policy, i, NULL, log_failure, NULL);
  else if (ask_own_way(curl, policy, i, &issuer))
    verdict = BT_FETCH_TAKEN;
  if (verdict == BT_FETCH_FAILED)
    g->key_fetch_failures++;
  if (verdict == BT_FETCH_TAKEN)
    log_event("keys", "%.*s: %zu keys", STR_ARG(from),
              bt_policy_issuer(policy, i, clock_wall()).key_count);
}

/* ---- threads --------------------------------------------------------------------------------- */

typedef struct {
  guard *guard;
  bt_policy *policy; /* a share */
  size_t issuer;
} fetch_job;

static bool is_stopped(void *of) {
  const guard *g = of;
  return *g->options->stop;
}

static void end_job(fetch_job *job) {
  guard *g = job->guard;
  bt_policy_free(job->policy);
  free(job);
  pthread_mutex_lock(&g->fetching);
  g->fetches--;
  pthread_cond_broadcast(&g->fetched);
  pthread_mutex_unlock(&g->fetching);
}

static void *run_job(void *of) {
  fetch_job *job = of;
  bt_curl *curl = bt_curl_new("batten/" BATTEN_VERSION " (guard)");
  if (curl) {
    bt_curl_stop_when(curl, is_stopped, job->guard);
    fetch_issuer(job->guard, curl, job->policy, job->issuer);
  } else {
    bt_policy_set_keys(job->policy, job->issuer, NULL, 0, clock_wall(), log_problem, NULL);
  }
  bt_curl_free(curl);
  end_job(job);
  return NULL;
}

static void start_job(guard *g, bt_policy *policy, size_t i) {
  pthread_t thread;
  fetch_job *job = malloc(sizeof *job);
  if (!job)
    return;
  *job = (fetch_job){g, bt_policy_share(policy), i};
  pthread_mutex_lock(&g->fetching);
  g->fetches++;
  pthread_mutex_unlock(&g->fetching);
  if (pthread_create(&thread, NULL, run_job, job) == 0) {
    pthread_detach(thread);
    return;
  }
  log_event("keys-not-fetched", "no thread can be started");
  bt_policy_set_keys(policy, i, NULL, 0, clock_wall(), log_problem, NULL);
  end_job(job);
}

void fetch_keys(guard *g, bt_policy *policy) {
  for (size_t i = 0; i < bt_policy_issuer_count(policy) && !*g->options->stop; i++)
    if (bt_policy_keys_wanted(policy, i, clock_wall()))
      start_job(g, policy, i);
}

void fetch_wait(guard *g) {
  pthread_mutex_lock(&g->fetching);
  while (g->fetches)
    pthread_cond_wait(&g->fetched, &g->fetching);
  pthread_mutex_unlock(&g->fetching);
}
