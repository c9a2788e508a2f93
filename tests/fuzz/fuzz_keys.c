/* Keys of any bytes: JWK, JWKS, PEM, as a public key and as a secret. */
#include "token/strict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(const uint8_t *data, size_t size, const char *alg, bool raw, bool from_url) {
  const algorithm *algorithms[] = {algorithm_find(str_of(alg))};
  key_wish wish = {
      .algorithms = algorithms, .algorithm_count = 1, .raw_secret = raw, .from_url = from_url};
  problems silent = {0};
  key_row row = {0};
  if (!keys_read(str_from(data, size), &wish, &silent, &row) && !silent.errors)
    __builtin_trap();
  key_row_release(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"RS256", "ES256", "EdDSA", "HS256"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    read_as(data, size, names[i], false, i == 0);
  read_as(data, size, "HS256", true, false);
  return 0;
}
