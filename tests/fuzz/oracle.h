/* A second verifier, slow and plain, written from the RFCs: it shares no line with src/token. */
#ifndef BATTEN_TEST_ORACLE_H
#define BATTEN_TEST_ORACLE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
  ORACLE_REFUSES,
  ORACLE_ACCEPTS,
  ORACLE_EITHER
} oracle_verdict; /* either: numbers past what all must read */

typedef struct {
  const char *kid;             /* NULL: it has none */
  const char *alg;             /* what it signs by */
  const unsigned char *secret; /* or NULL */
  size_t secret_len;
  EVP_PKEY *public_key;
} oracle_key;

typedef struct {
  const char *issuer, *audience, *typ, *required; /* typ, required: NULL when not asked for */
  const char *algorithms[4];
  oracle_key keys[4];
  size_t key_count;
  bool exact, try_all;
  double leeway, max_lifetime; /* 0: none */
} oracle_policy;

oracle_verdict oracle_verify(const oracle_policy *policy, const char *token, size_t len,
                             double now);

#endif
