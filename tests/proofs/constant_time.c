/* Under valgrind: everything that follows from the secret counts as undefined, so that a branch or
 * an index that depends on it is reported. What may depend on it is the verdict alone: the one
 * branch in signature_check. With -DLEAKY the comparison is memcmp's: then there must be a report,
 * or the method sees nothing. rule 22: CVE-2024-25189 */
#include "token/hmac.c"

#include <openssl/crypto.h>
#ifdef LEAKY
#define CRYPTO_memcmp memcmp
#endif
#include "token/signature.c"

#include <stdio.h>
#include <valgrind/memcheck.h>

static void hide(hmac_key *k) {
  VALGRIND_MAKE_MEM_UNDEFINED(k->sha256.inner.h, sizeof k->sha256.inner.h);
  VALGRIND_MAKE_MEM_UNDEFINED(k->sha256.outer.h, sizeof k->sha256.outer.h);
  VALGRIND_MAKE_MEM_UNDEFINED(k->sha384.inner.h, sizeof k->sha384.inner.h);
  VALGRIND_MAKE_MEM_UNDEFINED(k->sha384.outer.h, sizeof k->sha384.outer.h);
  VALGRIND_MAKE_MEM_UNDEFINED(k->sha512.inner.h, sizeof k->sha512.inner.h);
  VALGRIND_MAKE_MEM_UNDEFINED(k->sha512.outer.h, sizeof k->sha512.outer.h);
}

/* A right MAC, one wrong in its first byte, one in its last. */
static int try_algorithm(verify_key *k, const char *name, int wrong_at) {
  static const char input[] =
      "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJtZSIsImF1ZCI6ImFwaSIsInN1YiI6InUiLCJleHAiOjE4MDAwMDAzMDB9";
  const algorithm *alg = algorithm_find(str_of(name));
  unsigned char mac[64];
  hmac_key *open =
      hmac_key_new(STR("0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"));
  size_t len = hmac_sign(open, alg->hash_bits, STR(input), mac);
  if (wrong_at)
    mac[wrong_at < 0 ? len - 1 : 0] ^= 1;
  bt_refusal why = signature_check(k, alg, STR(input), str_from(mac, len), 0);
  VALGRIND_MAKE_MEM_DEFINED(&why, sizeof why);
  hmac_key_free(open);
  return (why == BT_REFUSAL_NONE) != (wrong_at == 0);
}

int main(void) {
  static const char *const names[] = {"HS256", "HS384", "HS512"};
  verify_key k = {
      .kind = KEY_SECRET,
      .mac = hmac_key_new(STR("0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"))};
  int wrong = 0;
  hide(k.mac);
  for (int i = 0; i < 3; i++)
    for (int at = -1; at <= 1; at++)
      wrong += try_algorithm(&k, names[i], at);
  printf("%d wrong verdicts, %d reports\n", wrong, (int)VALGRIND_COUNT_ERRORS);
  hmac_key_free(k.mac);
  return wrong != 0;
}
