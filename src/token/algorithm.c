#include "token/token.h"

/* RFC 7518 section 3.1; EdDSA: RFC 8037 section 3.1. */
static const algorithm ALGORITHMS[] = {
    {"HS256", KEY_SECRET, 256, false, NULL, 0}, {"HS384", KEY_SECRET, 384, false, NULL, 0},
    {"HS512", KEY_SECRET, 512, false, NULL, 0}, {"RS256", KEY_RSA, 256, false, NULL, 0},
    {"RS384", KEY_RSA, 384, false, NULL, 0},    {"RS512", KEY_RSA, 512, false, NULL, 0},
    {"PS256", KEY_RSA, 256, true, NULL, 0},     {"PS384", KEY_RSA, 384, true, NULL, 0},
    {"PS512", KEY_RSA, 512, true, NULL, 0},     {"ES256", KEY_EC, 256, false, "P-256", 32},
    {"ES384", KEY_EC, 384, false, "P-384", 48}, {"ES512", KEY_EC, 512, false, "P-521", 66},
    {"EdDSA", KEY_OKP, 0, false, "ED25519", 0},
};

const algorithm *algorithm_at(size_t i) {
  return i < sizeof ALGORITHMS / sizeof *ALGORITHMS ? &ALGORITHMS[i] : NULL;
}

/* RFC 9864 section 2.2: the name that says the curve, too. Ed25519 is the only one that is known
 * here, so both names are one algorithm. */
static const char ED25519[] = "Ed25519";

const algorithm *algorithm_find(str name) {
  str wanted = str_eq(name, STR(ED25519)) ? STR("EdDSA") : name;
  for (size_t i = 0; algorithm_at(i); i++)
    if (str_eq(wanted, str_of(ALGORITHMS[i].name)))
      return &ALGORITHMS[i];
  return NULL;
}

const char *algorithm_nearest(str name) {
  if (str_ieq(name, STR(ED25519)))
    return ED25519;
  for (size_t i = 0; algorithm_at(i); i++)
    if (str_ieq(name, str_of(ALGORITHMS[i].name)))
      return ALGORITHMS[i].name;
  return NULL;
}

bool algorithm_same_family(const algorithm *a, const algorithm *b) {
  return a->kind == b->kind;
}
