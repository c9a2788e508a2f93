/* What others wrote, in a line of a log: readable, and unable to end the line, to leave its quotes,
 * or to turn what a terminal shows. */
#include "base/base.h"

#include <stdio.h>

/* Of several bytes: what a terminal would obey, or what turns the direction of reading. */
static bool is_unseen(unsigned point) {
  bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  bool separator = point == 0x2028 || point == 0x2029 || point == 0xFEFF;
  bool direction = point == 0x061C || point == 0x200E || point == 0x200F ||
                   (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  return control || separator || direction;
}

static unsigned point_of(const unsigned char *p, size_t len) {
  static const unsigned char first[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  unsigned point = p[0] & first[len];
  for (size_t i = 1; i < len; i++)
    point = point << 6 | (p[i] & 0x3Fu);
  return point;
}

static size_t escape_bytes(const unsigned char *p, size_t len, char *out) {
  size_t n = 0;
  for (size_t i = 0; i < len; i++)
    n += (size_t)snprintf(out + n, 5, "\\x%02X", p[i]);
  return n;
}

/* One character, or one byte that is none; the bytes written. `out` has room for 16. */
static size_t put_one(const unsigned char *p, size_t len, log_style style, char *out) {
  unsigned point = len ? point_of(p, len) : 0;
  bool quotes = point == '"' || point == '\\';
  bool json = style == LOG_JSON;
  if (!len)
    return json ? (size_t)snprintf(out, 7, "\\ufffd") : escape_bytes(p, 1, out);
  if (json && quotes)
    return (size_t)snprintf(out, 3, "\\%c", (char)point);
  if (json && is_unseen(point))
    return (size_t)snprintf(out, 7, "\\u%04x", point & 0xFFFF);
  if (quotes || is_unseen(point))
    return escape_bytes(p, len, out);
  memcpy(out, p, len);
  return len;
}

str log_text(str s, log_style style, char *room, size_t size) {
  size_t n = 0;
  for (size_t i = 0; i < s.len;) {
    char one[16];
    const unsigned char *at = (const unsigned char *)s.ptr + i;
    size_t len = utf8_sequence(at, s.len - i);
    size_t written = put_one(at, len, style, one);
    if (n + written > size)
      break;
    memcpy(room + n, one, written);
    n += written;
    i += len ? len : 1;
  }
  return str_from(room, n);
}

/* ---- how many lines -------------------------------------------------------------------------- */

static bool is_over(const line_limit *l, double now) {
  return now - l->began >= 1 || now < l->began;
}

bool line_limit_takes(line_limit *l, unsigned most, double now) {
  if (is_over(l, now)) {
    l->began = now;
    l->written = 0;
  }
  if (l->written >= most) {
    l->left_out++;
    return false;
  }
  l->written++;
  return true;
}

unsigned long line_limit_left_out(line_limit *l, double now) {
  unsigned long count = is_over(l, now) ? l->left_out : 0;
  if (count)
    l->left_out = 0;
  return count;
}
