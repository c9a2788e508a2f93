/* Looking into JSON that json_scan has accepted: no validation here, no allocation. */
#include "token/strict.h"

#include <math.h>

value_kind json_kind(str raw) {
  switch (raw.len ? raw.ptr[0] : 'n') {
  case '{':
    return JSON_OBJECT;
  case '[':
    return JSON_ARRAY;
  case '"':
    return JSON_STRING;
  case 't':
    return JSON_TRUE;
  case 'f':
    return JSON_FALSE;
  case 'n':
    return JSON_NULL;
  default:
    return JSON_NUMBER;
  }
}

/* Past the string whose opening quote is at p. */
static const char *string_end(const char *p, const char *end) {
  const char *quote = memchr(p + 1, '"', (size_t)(end - p - 1));
  if (quote && quote[-1] != '\\')
    return quote + 1;
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\')
      p++;
  return p < end ? p + 1 : end;
}

static const char *value_end(const char *p, const char *end) {
  if (p < end && *p == '"')
    return string_end(p, end);
  size_t depth = 0;
  while (p < end) {
    char c = *p;
    if (c == '"') {
      p = string_end(p, end);
      continue;
    }
    if (c == '{' || c == '[')
      depth++;
    if (depth == 0 && (c == ',' || c == '}' || c == ']' || (unsigned char)c <= ' '))
      return p;
    p++;
    if ((c == '}' || c == ']') && --depth == 0)
      return p;
  }
  return p;
}

static const char *skip(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n' || *p == ',' || *p == ':'))
    p++;
  return p;
}

static str take_value(const char **p, const char *end) {
  const char *start = skip(*p, end);
  *p = value_end(start, end);
  return str_from(start, (size_t)(*p - start));
}

json_walk json_walk_of(str raw) {
  value_kind kind = json_kind(raw);
  if (raw.len < 2 || (kind != JSON_OBJECT && kind != JSON_ARRAY))
    return (json_walk){0};
  return (json_walk){str_sub(raw, 1, raw.len - 1), kind == JSON_OBJECT};
}

bool json_next(json_walk *w, str *name_raw, str *value) {
  const char *p = w->rest.ptr, *end = p ? p + w->rest.len : NULL;
  if (!p || (p = skip(p, end)) == end)
    return false;
  if (w->object)
    *name_raw = take_value(&p, end);
  *value = take_value(&p, end);
  w->rest = str_from(p, (size_t)(end - p));
  return true;
}

bool json_inside(str raw, str name, str *value) {
  json_walk w = json_walk_of(raw);
  str found;
  if (!w.object)
    return false;
  while (json_next(&w, &found, value))
    if (json_string_is(found, name))
      return true;
  return false;
}

/* What times nearly always are. */
static bool plain_integer(str raw, double *out) {
  int64_t v = 0;
  if (raw.len > 15)
    return false;
  for (size_t i = 0; i < raw.len; i++) {
    if (raw.ptr[i] < '0' || raw.ptr[i] > '9')
      return false;
    v = v * 10 + (raw.ptr[i] - '0');
  }
  *out = (double)v;
  return true;
}

/* rule 15: integers or finite decimals. Digits past the nineteenth do not change a time. */
bool json_number(str raw, double *out) {
  if (plain_integer(raw, out))
    return true;
  const char *p = raw.ptr, *end = p + raw.len;
  uint64_t digits = 0;
  long scale = 0;
  bool minus = p < end && *p == '-', fraction = false;
  for (p += minus; p < end && (*p | 32) != 'e'; p++) {
    if (*p == '.') {
      fraction = true;
      continue;
    }
    if (*p < '0' || *p > '9')
      return false;
    if (digits < UINT64_MAX / 10 - 1) {
      digits = digits * 10 + (uint64_t)(*p - '0');
      scale -= fraction;
    } else {
      scale += !fraction;
    }
  }
  if (p < end) {
    bool down = *++p == '-';
    long exponent = 0;
    for (p += *p == '-' || *p == '+'; p < end && exponent < 10000; p++)
      exponent = exponent * 10 + (*p - '0');
    scale += down ? -exponent : exponent;
  }
  double value = (double)digits;
  if (scale && digits)
    value = (double)((long double)digits * powl(10.0L, (long double)scale));
  *out = minus ? -value : value;
  return isfinite(*out);
}
