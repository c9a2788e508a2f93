/* A token of any bytes against policies with every kind of key; the first byte picks one, the rest
 * is the token. Nothing here can be signed by chance, so acceptance is a finding, except for the
 * tokens of the corpus' own secret. */
#include "batten/batten.h"
#include "token/strict.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char POLICY[] =
    "version: 1\nissuers:\n  - issuer: me\n    algorithms: [HS256, HS384]\n    audiences: [api]\n  "
    "  keys: {env: FUZZ_SECRET}\n"
    "    required: [sub]\n    max_lifetime: 1h\n    typ: [JWT]\n    replay: true\n"
    "scopes: {claim: scope, allow: [a, b]}\n";

/* The claims as if signed: scanned, and read through every getter's way of walking. */
static void read_claims(str json) {
  static json_object o;
  if (!o.members && !json_object_new(&o, JSON_MAX))
    abort();
  char *padded = calloc(1, json.len + PADDING);
  if (json.len)
    memcpy(padded, json.ptr, json.len);
  if (json_scan(str_from(padded, json.len), &o) == JSON_FINE)
    for (size_t i = 0; i < o.len; i++) {
      json_walk w = json_walk_of(o.members[i].raw);
      str name, value;
      double number;
      char *room = malloc(o.members[i].raw.len + 1);
      size_t decoded = json_string_decode(o.members[i].raw, room);
      if (o.members[i].kind == JSON_STRING &&
          (decoded != o.members[i].text.len || memcmp(room, o.members[i].text.ptr, decoded) != 0 ||
           !json_string_is(o.members[i].raw, o.members[i].text)))
        abort();
      if (o.members[i].kind == JSON_NUMBER && !json_number(o.members[i].raw, &number))
        abort();
      while (json_next(&w, &name, &value))
        json_kind(value);
      free(room);
    }
  free(padded);
}

/* The first line is how a claim is named, the rest the claims: what is found stands in them, and
 * its text can be read. */
static void find_claim(str data) {
  static json_object claims;
  str path, rest = data;
  claim_value value;
  if (!claims.members && !json_object_new(&claims, JSON_MAX))
    abort();
  if (!str_next(&rest, '\n', &path) || !rest.len || rest.len > JSON_MAX)
    return;
  char *padded = calloc(1, rest.len + PADDING), *room = malloc(rest.len);
  memcpy(padded, rest.ptr, rest.len);
  bool found = json_scan(str_from(padded, rest.len), &claims) == JSON_FINE &&
               claim_find(&claims, path, &value) == FOUND_ONE;
  bool inside =
      found && value.raw.ptr >= padded && value.raw.ptr + value.raw.len <= padded + rest.len;
  if (found && (!inside || !value.raw.len))
    abort();
  str text;
  if (found && json_kind(value.raw) == JSON_STRING && !claim_text(&value, room, &text))
    abort();
  if (found && json_kind(value.raw) == JSON_NUMBER && !decimal_same(value.raw, value.raw) &&
      value.raw.len < 64)
    abort();
  free(room);
  free(padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bt_policy *policy;
  static bt_result *result;
  if (!policy) {
    setenv("FUZZ_SECRET", "0123456789abcdef0123456789abcdef0123456789abcdef", 1);
    policy = bt_policy_load_text(POLICY, sizeof POLICY - 1, "fuzz", ".", NULL, NULL);
    result = bt_result_new(1 << 16);
    if (!policy || !result)
      abort();
  }
  bt_verify(policy, (const char *)data, size, NULL, 1800000000.0, result);
  find_claim(str_from(data, size));
  read_claims(str_from(data, size > JSON_MAX ? JSON_MAX : size));
  return 0;
}
