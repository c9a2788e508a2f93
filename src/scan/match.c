#include "scan/match.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>

enum { MATCH_LIMIT = 200000, TEXT_MAX = 1024 * 1024 };

struct regex {
  pcre2_code *code;
  pcre2_match_context *limits;
};

/* Compiled patterns belong to the process, as the tables do that they are made from. */
static arena *process_arena(void) {
  static arena *kept;
  if (!kept)
    kept = arena_new();
  return kept;
}

regex *regex_compile(str pattern, size_t *where) {
  int problem = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code *code =
      pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, 0, &problem, &offset, NULL);
  if (where)
    *where = offset;
  if (!code)
    return NULL;
  pcre2_jit_compile(
      code, PCRE2_JIT_COMPLETE); /* without it the interpreter matches: slower, never otherwise */
  regex *out = arena_make(process_arena(), regex);
  *out = (regex){code, pcre2_match_context_create(NULL)};
  pcre2_set_match_limit(out->limits, MATCH_LIMIT);
  return out;
}

bool regex_find(const regex *r, str text, size_t from, str *found) {
  if (text.len > TEXT_MAX)
    text.len = TEXT_MAX;
  if (!r || !text.len || from >= text.len)
    return false;
  pcre2_match_data *data = pcre2_match_data_create_from_pattern(r->code, NULL);
  int groups = pcre2_match(r->code, (PCRE2_SPTR)text.ptr, text.len, from, 0, data, r->limits);
  const PCRE2_SIZE *at = pcre2_get_ovector_pointer(data);
  if (groups > 0) {
    size_t which = groups > 1 && at[2] != PCRE2_UNSET ? 2 : 0;
    *found = str_sub(text, at[which], at[which + 1]);
  }
  pcre2_match_data_free(data);
  return groups > 0 && found->len > 0;
}

const regex *regex_kept(const char *pattern) {
  enum { KEPT_MAX = 128 };

  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

  static struct {
    const char *pattern;
    regex *regex;
  } kept[KEPT_MAX];

  static size_t count;
  regex *out = NULL;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; !out && i < count; i++)
    if (kept[i].pattern == pattern)
      out = kept[i].regex;
  if (!out) {
    out = regex_compile(str_of(pattern), NULL);
    if (count < KEPT_MAX) {
      kept[count].pattern = pattern;
      kept[count++].regex = out;
    }
  }
  pthread_mutex_unlock(&lock);
  return out;
}

static void compile_all(pattern_list *list) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; !list->ready && list->patterns[i]; i++)
    list->compiled[i] = regex_compile(str_of(list->patterns[i]), NULL);
  list->ready = true;
  pthread_mutex_unlock(&lock);
}

size_t patterns_count(pattern_list *list, str text, size_t enough, str *found) {
  size_t count = 0;
  compile_all(list);
  for (size_t i = 0; list->patterns[i]; i++) {
    str hit;
    for (size_t from = 0; count < enough && regex_find(list->compiled[i], text, from, &hit);) {
      if (!count++ && found)
        *found = hit;
      from = (size_t)(hit.ptr - text.ptr) + hit.len;
    }
  }
  return count;
}
