#include "base/base.h"

#include <stdio.h>

bool error_set(error *e, error_code code, const char *format, ...) {
  if (!e)
    return false;
  va_list args;
  va_start(args, format);
  e->code = code;
  vsnprintf(e->message, sizeof e->message, format, args);
  va_end(args);
  return false;
}

enum { NAME_MAX_LEN = 48 };

/* Levenshtein's distance over at most NAME_MAX_LEN bytes, one row at a time. */
static size_t distance(str a, str b) {
  size_t row[NAME_MAX_LEN + 1];
  for (size_t j = 0; j <= b.len; j++)
    row[j] = j;
  for (size_t i = 1; i <= a.len; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.len; j++) {
      size_t above = row[j], cost = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
      size_t step = (above < row[j - 1] ? above : row[j - 1]) + 1;
      row[j] = cost < step ? cost : step;
      diagonal = above;
    }
  }
  return row[b.len];
}

const char *nearest_name(str word, const char *const *names) {
  const char *best = NULL;
  size_t best_distance = SIZE_MAX;
  if (word.len > NAME_MAX_LEN)
    return NULL;
  for (; *names; names++) {
    str name = str_of(*names);
    if (name.len > NAME_MAX_LEN)
      continue;
    size_t d = distance(word, name);
    if (word.len >= 3 && (str_starts(name, word) || str_starts(word, name)) && d > 2)
      d = 2;
    if (d < best_distance) {
      best_distance = d;
      best = *names;
    }
  }
  return best_distance <= 2 || best_distance * 3 <= word.len ? best : NULL;
}
