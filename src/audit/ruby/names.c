/* A first look at all files, before any is parsed: which method and variable names exist at all. A set of bits by hash: a
 * collision only keeps a call that leads nowhere. */
#include "audit/ruby/private.h"

#include <ctype.h>

static unsigned hash_of(str s) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < s.len; i++) h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
  return h & ((1u << 22) - 1);
}

static str word_at(str text, size_t from) {
  size_t to = from;
  while (to < text.len && (isalnum((unsigned char)text.ptr[to]) || text.ptr[to] == '_' || (unsigned char)text.ptr[to] >= 128)) to++;
  if (to < text.len && (text.ptr[to] == '?' || text.ptr[to] == '!')) to++;
  return str_sub(text, from, to);
}

static void add(name_set *names, str word) {
  unsigned h = hash_of(word);
  if (word.len) names->bits[h >> 6] |= (uint64_t)1 << (h & 63);
}

void names_collect(name_set *names, str text) {
  for (size_t at = 0; (at = str_find(text, STR("def "), at)) != SIZE_MAX; at += 4) {
    str name = word_at(text, at + 4);
    size_t end = at + 4 + name.len;
    add(names, name);
    if (end < text.len && text.ptr[end] == '.') add(names, word_at(text, end + 1)); /* def self.x */
  }
  for (size_t at = 0; (at = str_find(text, STR("scope :"), at)) != SIZE_MAX; at += 7) add(names, word_at(text, at + 7));
  if (str_contains(text, STR("JWTSessions"))) add(names, STR("payload"));
  for (size_t at = 0; (at = str_find(text, STR("@"), at)) != SIZE_MAX; at++) add(names, word_at(text, at + 1));
  for (size_t at = 0; (at = str_find(text, STR("self."), at)) != SIZE_MAX; at += 5) add(names, word_at(text, at + 5));
}

bool names_has(const name_set *names, str name) {
  static const char *const always[] = {"call", "initialize", "jwt_payload", "jwt_claims", "token_claims", "token_payload", "decoded_token", "decoded_jwt",
                                       "current_user_claims", "current_claims", "auth_payload", "current_token_payload", "current_jwt_payload"};
  if (!names) return true;
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    if (str_eq(name, str_of(always[i]))) return true;
  unsigned h = hash_of(name);
  return (names->bits[h >> 6] >> (h & 63)) & 1;
}
