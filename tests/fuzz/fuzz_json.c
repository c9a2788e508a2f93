#include "base/json.h"
#include "token/token.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *a = arena_new();
  str text = str_from(data, size), decoded, same;
  error e;
  members m;
  json_t *value = json_parse(text, &e);
  if (value) {
    json_t *again = json_parse(json_write(a, value, size % 2), NULL);
    if (!again)
      abort();
    json_decref(again);
  }
  json_decref(value);
  if (!str_is_utf8(utf8_repair(a, text)))
    abort();
  if (members_parse(a, text, &m) && !members_parse(a, members_write(a, &m), &m))
    abort();
  if (base64url_decode(a, text, &decoded) && !str_eq(base64url_encode(a, decoded), text))
    abort();
  if (!base64url_decode(a, base64url_encode(a, text), &same) || !str_eq(same, text))
    abort();
  base64_decode_lenient(a, text, &decoded);
  arena_free(a);
  return 0;
}
