/* A first look at all files, before any is parsed: which method and variable names exist at all,
 * and which classes share their last name (CreditNotes::UpdateService, Customers::UpdateService). A
 * set of bits by hash: a collision only keeps a call that leads nowhere, or tells two classes apart
 * by one name more. */
#include "audit/ruby/private.h"

#include <ctype.h>
#include <stdio.h>

static unsigned hash_of(str s) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < s.len; i++)
    h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
  return h & ((1u << 22) - 1);
}

static str word_at(str text, size_t from) {
  size_t to = from;
  while (to < text.len && (isalnum((unsigned char)text.ptr[to]) || text.ptr[to] == '_' ||
                           (unsigned char)text.ptr[to] >= 128))
    to++;
  if (to < text.len && (text.ptr[to] == '?' || text.ptr[to] == '!'))
    to++;
  return str_sub(text, from, to);
}

static void add(name_set *names, str word) {
  unsigned h = hash_of(word);
  if (word.len)
    names->bits[h >> 6] |= (uint64_t)1 << (h & 63);
}

/* ---- classes --------------------------------------------------------------------------------- */

static bool has(const name_set *names, unsigned h) {
  return (names->bits[h >> 6] >> (h & 63)) & 1;
}

static void set(name_set *names, unsigned h) {
  names->bits[h >> 6] |= (uint64_t)1 << (h & 63);
}

static unsigned class_hash(char what, str outer, str name) {
  char text[256];
  int n = snprintf(text, sizeof text, "%c%.*s::%.*s", what, STR_ARG(str_sub(outer, 0, 100)),
                   STR_ARG(str_sub(name, 0, 100)));
  return hash_of((str){text, n < (int)sizeof text ? (size_t)n : sizeof text - 1});
}

/* A::B::C is C within B. */
str names_last(str text, str *outer) {
  *outer = STR("");
  for (size_t at; (at = str_find(text, STR("::"), 0)) != SIZE_MAX;
       text = str_sub(text, at + 2, text.len))
    *outer = str_sub(text, 0, at);
  return text;
}

static void note_class(name_set *names, str outer, str name) {
  unsigned seen = class_hash('s', STR(""), name), whole = class_hash('w', outer, name);
  if (has(names, seen) && !has(names, whole))
    set(names, class_hash('m', STR(""), name));
  set(names, seen);
  set(names, whole);
}

/* The lines "class X" and "module X"; what is further in stands within. */
static void collect_classes(name_set *names, str text) {
  enum { NESTED_MAX = 16 };

  str rest = text, line, open[NESTED_MAX];
  size_t indents[NESTED_MAX], depth = 0;
  while (str_next(&rest, '\n', &line)) {
    size_t indent = 0;
    while (indent < line.len && line.ptr[indent] == ' ')
      indent++;
    str word = str_sub(line, indent, line.len), outer;
    if (!str_starts(word, STR("class ")) && !str_starts(word, STR("module ")))
      continue;
    word = str_trim(str_sub(word, word.ptr[0] == 'c' ? 6 : 7, word.len));
    size_t end = 0;
    while (end < word.len &&
           (isalnum((unsigned char)word.ptr[end]) || word.ptr[end] == '_' || word.ptr[end] == ':'))
      end++;
    while (depth && indents[depth - 1] >= indent)
      depth--;
    str name = names_last(str_sub(word, 0, end), &outer);
    if (!name.len)
      continue;
    note_class(names, outer.len || !depth ? outer : open[depth - 1], name);
    if (depth < NESTED_MAX)
      indents[depth] = indent, open[depth++] = name;
  }
}

bool names_share(const name_set *names, str name) {
  return names && has(names, class_hash('m', STR(""), name));
}

bool names_within(const name_set *names, str outer, str name) {
  return names && has(names, class_hash('w', outer, name));
}

/* ---- methods and variables ------------------------------------------------------------------- */

void names_collect(name_set *names, str text) {
  collect_classes(names, text);
  for (size_t at = 0; (at = str_find(text, STR("def "), at)) != SIZE_MAX; at += 4) {
    str name = word_at(text, at + 4);
    size_t end = at + 4 + name.len;
    add(names, name);
    if (end < text.len && text.ptr[end] == '.')
      add(names, word_at(text, end + 1)); /* def self.x */
  }
  for (size_t at = 0; (at = str_find(text, STR("scope :"), at)) != SIZE_MAX; at += 7)
    add(names, word_at(text, at + 7));
  if (str_contains(text, STR("JWTSessions")))
    add(names, STR("payload"));
  for (size_t at = 0; (at = str_find(text, STR("@"), at)) != SIZE_MAX; at++)
    add(names, word_at(text, at + 1));
  for (size_t at = 0; (at = str_find(text, STR("self."), at)) != SIZE_MAX; at += 5)
    add(names, word_at(text, at + 5));
}

bool names_has(const name_set *names, str name) {
  static const char *const always[] = {"call",
                                       "initialize",
                                       "jwt_payload",
                                       "jwt_claims",
                                       "token_claims",
                                       "token_payload",
                                       "decoded_token",
                                       "decoded_jwt",
                                       "current_user_claims",
                                       "current_claims",
                                       "auth_payload",
                                       "current_token_payload",
                                       "current_jwt_payload"};
  if (!names)
    return true;
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    if (str_eq(name, str_of(always[i])))
      return true;
  unsigned h = hash_of(name);
  return (names->bits[h >> 6] >> (h & 63)) & 1;
}
