#include "scan/scan.h"
#include "token/token.h"

#include <stdlib.h>

/* Whatever could be read must be writable and read back the same. */
static void round_trip(arena *a, const members *m) {
  members again;
  str text = members_write(a, m);
  if (!members_parse(a, text, &again) || again.len != m->len)
    abort();
  for (size_t i = 0; i < m->len; i++) {
    str value;
    str_list items = {0};
    json_unquote(a, m->at[i].value, &value);
    json_array_items(a, m->at[i].value, &items);
    if (!str_eq(again.at[i].name, m->at[i].name))
      abort();
  }
}

static void find_all(str text) {
  size_t from = 0;
  str found;
  while (token_find(text, &from, &found))
    if (found.ptr < text.ptr || found.ptr + found.len > text.ptr + text.len)
      abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *a = arena_new();
  str text = str_from(data, size);
  token t;
  error e;
  key_list keys = {0};
  token_parse(a, text, &t);
  if (t.header_is_object)
    round_trip(a, &t.header);
  if (t.payload_is_object)
    round_trip(a, &t.claims);
  scan_look_at_token(a, &t, 1.7e9);
  token_mask(a, text);
  find_all(text);
  key_load(a, text, false, &keys, &e);
  for (size_t i = 0; i < keys.len; i++)
    key_public_forms(a, &keys.at[i]);
  arena_free(a);
  return 0;
}
