#include "base/base.h"

#include <stdlib.h>

/* Not inline: where a compiler sees that the text may be NULL here, it warns of every later use of
 * it. */
str str_of(const char *text) {
  return (str){text, text ? strlen(text) : 0};
}

bool str_eq(str a, str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_ieq(str a, str b) {
  if (a.len != b.len)
    return false;
  for (size_t i = 0; i < a.len; i++)
    if (lower(a.ptr[i]) != lower(b.ptr[i]))
      return false;
  return true;
}

int str_cmp(str a, str b) {
  size_t n = a.len < b.len ? a.len : b.len;
  int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return c ? c : (a.len > b.len) - (a.len < b.len);
}

bool str_starts(str s, str prefix) {
  return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(str s, str suffix) {
  return s.len >= suffix.len && str_eq(str_sub(s, s.len - suffix.len, s.len), suffix);
}

size_t str_find(str s, str part, size_t from) {
  if (from > s.len)
    return SIZE_MAX;
  if (part.len == 0)
    return from;
  if (part.len > s.len - from)
    return SIZE_MAX;
  const char *start = s.ptr + from;
  size_t rest = s.len - from;
  const char *hit =
      part.len == 1 ? memchr(start, part.ptr[0], rest) : memmem(start, rest, part.ptr, part.len);
  return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

bool str_list_has(const str_list *list, str text) {
  for (size_t i = 0; i < list->len; i++)
    if (str_eq(list->at[i], text))
      return true;
  return false;
}

str path_name(str path) {
  for (size_t i = path.len; i-- > 0;)
    if (path.ptr[i] == '/')
      return str_sub(path, i + 1, path.len);
  return path;
}

bool str_contains(str s, str part) {
  return part.len == 0 || (s.len && str_find(s, part, 0) != SIZE_MAX);
}

/* Asked of whole files: what does not begin like the part is passed over quickly. */
bool str_icontains(str s, str part) {
  const char first = part.len ? lower(part.ptr[0]) : 0;
  for (size_t i = 0; i + part.len <= s.len; i++)
    if (!part.len || (lower(s.ptr[i]) == first && str_ieq(str_sub(s, i, i + part.len), part)))
      return true;
  return false;
}

str str_sub(str s, size_t from, size_t to) {
  if (to > s.len)
    to = s.len;
  if (from > to)
    from = to;
  return (str){s.ptr ? s.ptr + from : NULL, to - from};
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

str str_trim(str s) {
  while (s.len && is_space(s.ptr[0]))
    s = str_sub(s, 1, s.len);
  while (s.len && is_space(s.ptr[s.len - 1]))
    s.len--;
  return s;
}

bool str_next(str *rest, char sep, str *piece) {
  if (!rest->ptr)
    return false;
  const char *hit = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
  if (!hit) {
    *piece = *rest;
    *rest = (str){0};
    return true;
  }
  *piece = (str){rest->ptr, (size_t)(hit - rest->ptr)};
  *rest = str_sub(*rest, piece->len + 1, rest->len);
  return true;
}

bool str_to_u64(str s, uint64_t *out) {
  uint64_t n = 0;
  if (s.len == 0)
    return false;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return false;
    if (__builtin_mul_overflow(n, 10U, &n) ||
        __builtin_add_overflow(n, (uint64_t)(s.ptr[i] - '0'), &n))
      return false;
  }
  *out = n;
  return true;
}

bool str_to_double(str s, double *out) {
  char text[64], *end = NULL;
  if (s.len == 0 || s.len >= sizeof text)
    return false;
  for (size_t i = 0; i < s.len; i++)
    if (!strchr("0123456789.eE+-", s.ptr[i]) || s.ptr[i] == 0)
      return false;
  memcpy(text, s.ptr, s.len);
  text[s.len] = 0;
  *out = strtod(text, &end);
  return end == text + s.len && *out == *out && *out < 1e300 && *out > -1e300;
}

static double unit_seconds(char c) {
  return c == 's' ? 1 : c == 'm' ? 60 : c == 'h' ? 3600 : c == 'd' ? 86400 : 0;
}

str str_upper(arena *a, str s) {
  buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++)
    buf_char(&b, s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 'a' + 'A') : s.ptr[i]);
  return buf_str(&b);
}

str str_lower(arena *a, str s) {
  buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++)
    buf_char(&b, s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] - 'A' + 'a') : s.ptr[i]);
  return buf_str(&b);
}

str str_without_mark(str text) {
  return str_starts(text, STR("\xEF\xBB\xBF")) ? str_sub(text, 3, text.len) : text;
}

bool str_to_duration(str s, double *seconds) {
  double sum = 0;
  for (size_t i = 0; i < s.len; i++) {
    size_t start = i;
    uint64_t count;
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
      i++;
    if (i == s.len || !str_to_u64(str_sub(s, start, i), &count) || unit_seconds(s.ptr[i]) == 0)
      return false;
    sum += (double)count * unit_seconds(s.ptr[i]);
  }
  *seconds = sum;
  return s.len > 0 && sum <= 10 * 366 * 86400.0;
}

/* RFC 3629 section 4 */
size_t utf8_sequence(const unsigned char *p, size_t left) {
  if (p[0] < 0x80)
    return 1;
  if (p[0] < 0xC2 || p[0] > 0xF4)
    return 0;
  size_t n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  if (left < n)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xC0) != 0x80)
      return 0;
  if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
    return 0; /* overlong, surrogate */
  if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
    return 0; /* overlong, past U+10FFFF */
  return n;
}

bool str_is_utf8(str s) {
  for (size_t i = 0; i < s.len;) {
    size_t n = utf8_sequence((const unsigned char *)s.ptr + i, s.len - i);
    if (!n)
      return false;
    i += n;
  }
  return true;
}

typedef struct {
  size_t after; /* where the pattern goes on; SIZE_MAX: no such star yet */
  size_t taken; /* how far the text is taken by it */
} glob_star;

/* Iterative, with the last star of each kind remembered: where the last '*' can take no more, the
 * last '**' takes one more byte. Time is bounded by pattern length times the square of the text's.
 */
bool str_glob(str pattern, str s) {
  size_t p = 0, i = 0;
  glob_star one = {SIZE_MAX, 0}, deep = {SIZE_MAX, 0};
  while (i < s.len) {
    bool left = p < pattern.len;
    if (left && pattern.ptr[p] == '*') {
      bool twice = p + 1 < pattern.len && pattern.ptr[p + 1] == '*';
      p += twice ? 2 : 1;
      if (twice)
        deep = (glob_star){p, i};
      one = twice ? (glob_star){SIZE_MAX, 0} : (glob_star){p, i};
    } else if (left && (pattern.ptr[p] == s.ptr[i] || (pattern.ptr[p] == '?' && s.ptr[i] != '/'))) {
      p++;
      i++;
    } else if (one.after != SIZE_MAX && s.ptr[one.taken] != '/') {
      p = one.after;
      i = ++one.taken;
    } else if (deep.after != SIZE_MAX) {
      p = deep.after;
      i = ++deep.taken;
      one.after = SIZE_MAX;
    } else {
      return false;
    }
  }
  while (p < pattern.len && pattern.ptr[p] == '*')
    p++;
  return p == pattern.len;
}
