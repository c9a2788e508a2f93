#include "token/token.h"

str token_join(arena *a, str header_json, str payload_json, str signature) {
  buf b = {.arena = a};
  buf_put(&b, base64url_encode(a, header_json));
  buf_char(&b, '.');
  buf_put(&b, base64url_encode(a, payload_json));
  buf_char(&b, '.');
  buf_put(&b, base64url_encode(a, signature));
  return buf_str(&b);
}

bool token_mint(arena *a, const members *header, const members *claims, str alg_name, const key *k,
                str *out) {
  members named = members_copy(a, header);
  members_set_str(a, &named, STR("alg"), alg_name);
  str unsigned_token = token_join(a, members_write(a, &named), members_write(a, claims), STR(""));
  str input = str_sub(unsigned_token, 0, unsigned_token.len - 1), signature;
  *out = unsigned_token;
  if (!k)
    return true;
  const algorithm *alg = algorithm_find(alg_name);
  if (!alg || !jws_sign(a, k, alg, input, &signature))
    return false;
  *out = arena_printf(a, "%.*s.%.*s", STR_ARG(input), STR_ARG(base64url_encode(a, signature)));
  return true;
}
