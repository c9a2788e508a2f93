/* The keys behind URLs, asked once by commands that try a policy. */
#include "batten/curl.h"
#include "guard/guard.h"

#include <stdio.h>

bool guard_fetch_once(bt_policy *policy, bt_problem_fn tell, void *context, error *e) {
  bt_curl *curl = bt_curl_new("batten/" BATTEN_VERSION " (try)");
  if (!curl)
    return error_set(e, ERROR_INTERNAL, "libcurl cannot be started");
  size_t failed = 0;
  for (size_t i = 0; i < bt_policy_issuer_count(policy); i++) {
    if (!bt_fetch_possible(policy, i) || !bt_policy_keys_wanted(policy, i, clock_wall()))
      continue;
    bt_fetch_verdict verdict = bt_curl_keys(curl, policy, i, NULL, tell, context);
    failed += verdict == BT_FETCH_FAILED;
  }
  bt_curl_free(curl);
  return !failed || error_set(e, ERROR_INCOMPLETE, "%zu key set%s could not be fetched", failed,
                              failed == 1 ? "" : "s");
}

bool guard_tell_unfetched(const bt_policy *policy, bt_problem_fn tell, void *context) {
  bool any = false;
  for (size_t i = 0; i < bt_policy_issuer_count(policy); i++) {
    bt_issuer issuer = bt_policy_issuer(policy, i, clock_wall());
    bool elsewhere = issuer.kind == BT_KEYS_JWKS_URL || issuer.kind == BT_KEYS_DISCOVERY ||
                     issuer.kind == BT_KEYS_VAULT || issuer.kind == BT_KEYS_PKCS11;
    if (!elsewhere || issuer.key_count)
      continue;
    char message[1200];
    bool by_url = bt_fetch_possible(policy, i);
    snprintf(message, sizeof message, "the keys of %.*s were not fetched from %.*s: %s",
             (int)issuer.issuer.len, issuer.issuer.ptr, (int)issuer.source.len, issuer.source.ptr,
             by_url ? "--fetch does it; without them its tokens are refused (keys-unavailable)"
                    : "only `batten guard serve` asks there");
    tell(&(bt_problem){.warning = true, .message = message}, context);
    any = true;
  }
  return any;
}
