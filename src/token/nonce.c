/* DPoP nonces (RFC 9449 section 8) that nobody remembers: each is the MAC of a slot of time. The
 * key stands in the memory of what was seen, which processes share and reloads keep, or comes from
 * a file where neither is so. */
#include "token/strict.h"
#include "token/revocation.h"

#include <math.h>
#include <openssl/crypto.h>

enum { NONCE_BYTES = 16 };

static const double SLOT_MAX = 9e15; /* whole numbers of a double, and within int64_t */

static bool nonce_of(const bt_policy *p, double slot, char out[NONCE_TEXT]) {
  if (!(fabs(slot) < SLOT_MAX))
    return false;
  static const char digits[] = "0123456789abcdef";
  const policy_rules *rules = policy_rules_of(p);
  const unsigned char *secret =
      rules->has_nonce_key ? rules->nonce_key : replay_nonce_key(policy_replay(p));

  struct {
    char what[8];
    int64_t slot;
  } message = {"dpop-16", (int64_t)slot};

  unsigned char mac[64];
  hmac_key *k = secret ? hmac_key_new(str_from((const char *)secret, NONCE_KEY)) : NULL;
  if (!k)
    return false;
  hmac_sign(k, 256, str_from((const char *)&message, sizeof message), mac);
  hmac_key_free(k);
  for (size_t i = 0; i < NONCE_BYTES; i++) {
    out[2 * i] = digits[mac[i] >> 4];
    out[2 * i + 1] = digits[mac[i] & 15];
  }
  return true;
}

static double slot_at(const bt_policy *p, double now) {
  return floor(now / policy_rules_of(p)->nonce_life);
}

size_t bt_policy_dpop_nonce(const bt_policy *p, double now, char *out, size_t size) {
  char text[NONCE_TEXT];
  if (!policy_rules_of(p)->nonces || size < NONCE_TEXT || !nonce_of(p, slot_at(p, now), text))
    return 0;
  memcpy(out, text, NONCE_TEXT);
  return NONCE_TEXT;
}

/* rule 19: RFC 9449 section 8: this slot's, or the last one's, for a client that began in it; rule
 * 22: in constant time */
nonce_verdict nonce_check(const bt_policy *p, str given, double now) {
  char text[NONCE_TEXT];
  if (given.len != NONCE_TEXT)
    return NONCE_WRONG;
  if (nonce_of(p, slot_at(p, now), text) && CRYPTO_memcmp(text, given.ptr, NONCE_TEXT) == 0)
    return NONCE_GOOD;
  if (nonce_of(p, slot_at(p, now) - 1, text) && CRYPTO_memcmp(text, given.ptr, NONCE_TEXT) == 0)
    return NONCE_LAST;
  return NONCE_WRONG;
}

bool bt_policy_dpop_nonce_shared(const bt_policy *p) {
  return !policy_rules_of(p)->nonces || policy_rules_of(p)->has_nonce_key;
}
