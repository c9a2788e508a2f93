/* HMAC with the key already worked in (RFC 2104 section 4), and plain hashes. OpenSSL's block
 * functions are called through its own low-level interface: they use the processor's SHA
 * instructions, and a state is copied by assignment, where EVP would look up, allocate and lock for
 * each token. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "token/strict.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>

typedef struct {
  SHA256_CTX inner, outer;
} mac256;

typedef struct {
  SHA512_CTX inner, outer;
} mac512;

struct hmac_key {
  mac256 sha256;
  mac512 sha384, sha512;
};

enum { BLOCK256 = 64, BLOCK512 = 128, INNER = 0x36, OUTER = 0x5c };

/* The key in one block, longer keys hashed first. RFC 2104 section 2 */
static void pad_key(str secret, unsigned char *block, size_t size, int hash_bits,
                    unsigned char with) {
  memset(block, 0, size);
  if (secret.len > size)
    hash_of(hash_bits, secret, block);
  else
    memcpy(block, secret.ptr, secret.len);
  for (size_t i = 0; i < size; i++)
    block[i] ^= with;
}

#define PREPARE(state, NAME, block_size, bits)        \
  do {                                                \
    pad_key(secret, block, block_size, bits, INNER);  \
    NAME##_Init(&(state).inner);                      \
    NAME##_Update(&(state).inner, block, block_size); \
    pad_key(secret, block, block_size, bits, OUTER);  \
    NAME##_Init(&(state).outer);                      \
    NAME##_Update(&(state).outer, block, block_size); \
  } while (0)

hmac_key *hmac_key_new(str secret) {
  hmac_key *k = calloc(1, sizeof *k);
  unsigned char block[BLOCK512];
  if (!k)
    return NULL;
  PREPARE(k->sha256, SHA256, BLOCK256, 256);
  PREPARE(k->sha384, SHA384, BLOCK512, 384);
  PREPARE(k->sha512, SHA512, BLOCK512, 512);
  OPENSSL_cleanse(block, sizeof block);
  return k;
}

void hmac_key_free(hmac_key *k) {
  if (k)
    OPENSSL_cleanse(k, sizeof *k);
  free(k);
}

static void sign256(const mac256 *prepared, str input, unsigned char *out) {
  SHA256_CTX state = prepared->inner;
  unsigned char inner[SHA256_DIGEST_LENGTH];
  SHA256_Update(&state, input.ptr, input.len);
  SHA256_Final(inner, &state);
  state = prepared->outer;
  SHA256_Update(&state, inner, sizeof inner);
  SHA256_Final(out, &state);
}

/* SHA-384 is SHA-512 with another start and a shorter end; the state knows which (RFC 6234
 * section 6.4). */
static void sign512(const mac512 *prepared, str input, size_t size, unsigned char *out) {
  SHA512_CTX state = prepared->inner;
  unsigned char inner[SHA512_DIGEST_LENGTH];
  SHA512_Update(&state, input.ptr, input.len);
  SHA512_Final(inner, &state);
  state = prepared->outer;
  SHA512_Update(&state, inner, size);
  SHA512_Final(out, &state);
}

size_t hmac_sign(const hmac_key *k, int hash_bits, str input, unsigned char out[64]) {
  if (hash_bits == 256)
    sign256(&k->sha256, input, out);
  if (hash_bits == 384)
    sign512(&k->sha384, input, SHA384_DIGEST_LENGTH, out);
  if (hash_bits == 512)
    sign512(&k->sha512, input, SHA512_DIGEST_LENGTH, out);
  return (size_t)hash_bits / 8;
}

static void hash256(str input, unsigned char *out) {
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, input.ptr, input.len);
  SHA256_Final(out, &state);
}

static void hash512(str input, int hash_bits, unsigned char *out) {
  SHA512_CTX state;
  if (hash_bits == 384)
    SHA384_Init(&state);
  else
    SHA512_Init(&state);
  SHA512_Update(&state, input.ptr, input.len);
  SHA512_Final(out, &state);
}

void hash_of(int hash_bits, str input, unsigned char out[64]) {
  if (hash_bits == 256)
    hash256(input, out);
  else
    hash512(input, hash_bits, out);
}
