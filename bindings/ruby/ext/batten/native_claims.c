/* Claims as Ruby objects. libbatten has checked the text already (RFC 8259, no doubled member,
 * bounded depth), so this only builds; what it does not expect all the same is an error, never a
 * guess. */
#include "native.h"

#include <string.h>

enum { DEPTH_MAX = 64 };

typedef struct {
  const char *at, *end;
} cursor;

NORETURN(static void unexpected(void));

static void unexpected(void) {
  rb_raise(rb_eArgError, "claims are no JSON");
}

static VALUE read_value(cursor *c, int depth);

static void skip_space(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
    c->at++;
}

static char next_char(cursor *c) {
  skip_space(c);
  if (c->at == c->end)
    unexpected();
  return *c->at;
}

/* ---- strings --------------------------------------------------------------------------------- */

static unsigned hex4(const char *p, const char *end) {
  unsigned value = 0;
  if (end - p < 4)
    unexpected();
  for (int i = 0; i < 4; i++) {
    unsigned c = (unsigned char)p[i];
    unsigned digit = c - '0' < 10 ? c - '0' : (c | 32) - 'a' < 6 ? (c | 32) - 'a' + 10 : 16;
    if (digit > 15)
      unexpected();
    value = value << 4 | digit;
  }
  return value;
}

static char *put_utf8(char *out, unsigned point) {
  if (point < 0x80) {
    *out++ = (char)point;
    return out;
  }
  int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
  *out++ = (char)(lead[more] | point >> (6 * more));
  while (more-- > 0)
    *out++ = (char)(0x80 | (point >> (6 * more) & 0x3f));
  return out;
}

/* `\uXXXX`, two of them for what UTF-16 writes as a pair; `p` stands behind the `u`. */
static const char *unescape_unicode(const char *p, const char *end, char **out) {
  unsigned point = hex4(p, end);
  p += 4;
  if (point >= 0xdc00 && point < 0xe000)
    unexpected();
  if (point >= 0xd800 && point < 0xdc00) {
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
      unexpected();
    unsigned low = hex4(p + 2, end);
    if (low < 0xdc00 || low > 0xdfff)
      unexpected();
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    p += 6;
  }
  *out = put_utf8(*out, point);
  return p;
}

static VALUE unescaped(const char *p, const char *end) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  VALUE string =
      rb_utf8_str_new(NULL, end - p); /* an escape is never shorter than what it stands for */
  char *start = RSTRING_PTR(string), *out = start;
  while (p < end) {
    if (*p != '\\') {
      *out++ = *p++;
      continue;
    }
    if (end - p < 2)
      unexpected();
    const char *known = p[1] ? strchr(from, p[1]) : NULL;
    if (known)
      *out++ = to[known - from];
    else if (p[1] != 'u')
      unexpected();
    p += 2;
    if (!known)
      p = unescape_unicode(p, end, &out);
  }
  rb_str_set_len(string, out - start);
  return string;
}

static VALUE read_string(cursor *c, int is_name) {
  if (next_char(c) != '"')
    unexpected();
  const char *start = ++c->at;
  int escaped = 0;
  while (c->at < c->end && *c->at != '"') {
    if (*c->at == '\\')
      escaped = 1, c->at++;
    c->at++;
  }
  if (c->at >= c->end)
    unexpected();
  const char *end = c->at++;
  if (escaped)
    return is_name ? rb_str_to_interned_str(unescaped(start, end)) : unescaped(start, end);
  return is_name ? rb_enc_interned_str(start, end - start, rb_utf8_encoding())
                 : rb_utf8_str_new(start, end - start);
}

/* ---- numbers and words ----------------------------------------------------------------------- */

static VALUE read_number(cursor *c) {
  const char *start = c->at;
  int fraction = 0;
  while (c->at < c->end && memchr("+-.eE0123456789", *c->at, 15)) {
    if (*c->at == '.' || (*c->at | 32) == 'e')
      fraction = 1;
    c->at++;
  }
  size_t len = (size_t)(c->at - start);
  if (!len)
    unexpected();
  if (!fraction && len < 18) {
    long long value = 0;
    for (const char *p = start + (*start == '-'); p < c->at; p++)
      value = value * 10 + (*p - '0');
    return LL2NUM(*start == '-' ? -value : value);
  }
  VALUE text = rb_utf8_str_new(start, (long)len);
  return fraction ? DBL2NUM(rb_str_to_dbl(text, 0)) : rb_str_to_inum(text, 10, 0);
}

static VALUE read_word(cursor *c) {
  static const struct {
    const char *word;
    size_t len;
    VALUE value;
  } words[] = {{"true", 4, Qtrue}, {"false", 5, Qfalse}, {"null", 4, Qnil}};

  for (size_t i = 0; i < 3; i++)
    if ((size_t)(c->end - c->at) >= words[i].len &&
        memcmp(c->at, words[i].word, words[i].len) == 0) {
      c->at += words[i].len;
      return words[i].value;
    }
  return read_number(c);
}

/* ---- arrays and objects ---------------------------------------------------------------------- */

/* Behind a value: true when another follows, false behind the closing sign. */
static int another(cursor *c, char closing) {
  char sign = next_char(c);
  c->at++;
  if (sign != ',' && sign != closing)
    unexpected();
  return sign == ',';
}

static int is_empty(cursor *c, char closing) {
  c->at++;
  if (next_char(c) != closing)
    return 0;
  c->at++;
  return 1;
}

static VALUE read_array(cursor *c, int depth) {
  VALUE array = rb_ary_new();
  if (is_empty(c, ']'))
    return array;
  do
    rb_ary_push(array, read_value(c, depth + 1));
  while (another(c, ']'));
  return array;
}

static VALUE read_object(cursor *c, int depth) {
  VALUE hash = rb_hash_new();
  if (is_empty(c, '}'))
    return hash;
  do {
    VALUE name = read_string(c, 1);
    if (next_char(c) != ':')
      unexpected();
    c->at++;
    rb_hash_aset(hash, name, read_value(c, depth + 1));
  } while (another(c, '}'));
  return hash;
}

static VALUE read_value(cursor *c, int depth) {
  if (depth > DEPTH_MAX)
    unexpected();
  switch (next_char(c)) {
  case '{':
    return read_object(c, depth);
  case '[':
    return read_array(c, depth);
  case '"':
    return read_string(c, 0);
  default:
    return read_word(c);
  }
}

VALUE claims_hash(bt_text json) {
  cursor c = {json.ptr, json.ptr + json.len};
  if (!json.ptr || next_char(&c) != '{')
    unexpected();
  VALUE hash = read_object(&c, 0);
  skip_space(&c);
  if (c.at != c.end)
    unexpected();
  return hash;
}
