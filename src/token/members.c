/* JSON objects kept to the letter. Only structure is read here: what a value means is left as text.
 */
#include "token/token.h"

#include <stdlib.h>

typedef struct {
  const char *at, *end;
} scanner;

static void skip_space(scanner *s) {
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
    s->at++;
}

static bool take(scanner *s, char c) {
  if (s->at >= s->end || *s->at != c)
    return false;
  s->at++;
  return true;
}

/* From the opening quote to behind the closing one. */
static bool skip_string(scanner *s) {
  if (!take(s, '"'))
    return false;
  while (s->at < s->end) {
    char c = *s->at++;
    if (c == '"')
      return true;
    if ((unsigned char)c < ' ')
      return false;
    if (c == '\\' && s->at++ >= s->end)
      return false;
  }
  return false;
}

static bool is_literal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '+' || c == '.';
}

static bool skip_literal(scanner *s) {
  const char *from = s->at;
  while (s->at < s->end && is_literal(*s->at))
    s->at++;
  return s->at > from;
}

/* A whole value. Nesting is counted, not followed: brackets must pair in number, which is all that
 * splitting needs. */
static bool skip_value(scanner *s) {
  size_t depth = 0;
  do {
    skip_space(s);
    if (s->at >= s->end)
      return false;
    char c = *s->at;
    if (c == '{' || c == '[') {
      depth++;
      s->at++;
    } else if (c == '}' || c == ']') {
      if (depth == 0)
        return false;
      depth--;
      s->at++;
    } else if (c == '"') {
      if (!skip_string(s))
        return false;
    } else if (depth && (c == ',' || c == ':')) {
      s->at++;
    } else if (!skip_literal(s)) {
      return false;
    }
  } while (depth);
  return true;
}

static bool take_value(scanner *s, str *out) {
  skip_space(s);
  const char *from = s->at;
  if (!skip_value(s))
    return false;
  *out = str_from(from, (size_t)(s->at - from));
  return true;
}

static bool take_member(arena *a, scanner *s, member *out) {
  skip_space(s);
  const char *from = s->at;
  if (!skip_string(s))
    return false;
  if (!json_unquote(a, str_from(from, (size_t)(s->at - from)), &out->name))
    return false;
  skip_space(s);
  return take(s, ':') && take_value(s, &out->value);
}

bool members_parse(arena *a, str json, members *out) {
  scanner s = {json.ptr, json.ptr + json.len};
  *out = (members){0};
  if (!json.len)
    return false;
  skip_space(&s);
  if (!take(&s, '{'))
    return false;
  skip_space(&s);
  for (bool first = true; !take(&s, '}'); first = false) {
    member m = {0};
    if (!first && !take(&s, ','))
      return false;
    if (!take_member(a, &s, &m))
      return false;
    list_push(a, out, m);
    skip_space(&s);
  }
  skip_space(&s);
  return s.at == s.end;
}

bool json_array_items(arena *a, str json, str_list *out) {
  scanner s = {json.ptr, json.ptr + json.len};
  *out = (str_list){0};
  if (!json.len)
    return false;
  skip_space(&s);
  if (!take(&s, '['))
    return false;
  skip_space(&s);
  for (bool first = true; !take(&s, ']'); first = false) {
    str item;
    if (!first && !take(&s, ','))
      return false;
    if (!take_value(&s, &item))
      return false;
    list_push(a, out, item);
    skip_space(&s);
  }
  skip_space(&s);
  return s.at == s.end;
}

str members_write(arena *a, const members *m) {
  buf b = {.arena = a};
  buf_char(&b, '{');
  for (size_t i = 0; i < m->len; i++) {
    if (i)
      buf_char(&b, ',');
    buf_put(&b, json_quote(a, m->at[i].name));
    buf_char(&b, ':');
    buf_put(&b, m->at[i].value);
  }
  buf_char(&b, '}');
  return buf_str(&b);
}

members members_copy(arena *a, const members *m) {
  members out = {0};
  for (size_t i = 0; i < m->len; i++)
    list_push(a, &out, m->at[i]);
  return out;
}

const member *members_get(const members *m, str name) {
  for (size_t i = m->len; i-- > 0;)
    if (str_eq(m->at[i].name, name))
      return &m->at[i];
  return NULL;
}

void members_set(arena *a, members *m, str name, str json_value) {
  size_t kept = 0;
  bool done = false;
  for (size_t i = 0; i < m->len; i++) {
    bool same = str_eq(m->at[i].name, name);
    if (same && done)
      continue;
    m->at[kept] = m->at[i];
    if (same)
      m->at[kept].value = json_value;
    done |= same;
    kept++;
  }
  m->len = kept;
  if (!done)
    members_append(a, m, name, json_value);
}

void members_set_str(arena *a, members *m, str name, str text) {
  members_set(a, m, name, json_quote(a, text));
}

void members_set_int(arena *a, members *m, str name, int64_t number) {
  members_set(a, m, name, arena_printf(a, "%lld", (long long)number));
}

void members_append(arena *a, members *m, str name, str json_value) {
  member one = {name, json_value};
  list_push(a, m, one);
}

void members_remove(members *m, str name) {
  size_t kept = 0;
  for (size_t i = 0; i < m->len; i++)
    if (!str_eq(m->at[i].name, name))
      m->at[kept++] = m->at[i];
  m->len = kept;
}

bool members_get_str(arena *a, const members *m, str name, str *out) {
  const member *found = members_get(m, name);
  return found && json_unquote(a, found->value, out);
}

bool members_get_number(const members *m, str name, double *out) {
  const member *found = members_get(m, name);
  return found && str_to_double(found->value, out);
}

/* ---- strings --------------------------------------------------------------------------------- */

str json_quote(arena *a, str text) {
  buf b = {.arena = a};
  buf_char(&b, '"');
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '"' || c == '\\') {
      buf_char(&b, '\\');
      buf_char(&b, c);
    } else if ((unsigned char)c < ' ') {
      buf_printf(&b, "\\u%04x", (unsigned)(unsigned char)c);
    } else {
      buf_char(&b, c);
    }
  }
  buf_char(&b, '"');
  return buf_str(&b);
}

static bool hex4(str s, size_t at, uint32_t *out) {
  *out = 0;
  if (at + 4 > s.len)
    return false;
  for (size_t i = at; i < at + 4; i++) {
    char c = s.ptr[i];
    uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                     : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                     : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                            : 16;
    if (digit == 16)
      return false;
    *out = *out << 4 | digit;
  }
  return true;
}

static void put_utf8(buf *b, uint32_t c) {
  if (c < 0x80) {
    buf_char(b, (char)c);
  } else if (c < 0x800) {
    buf_char(b, (char)(0xC0 | c >> 6));
    buf_char(b, (char)(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    buf_char(b, (char)(0xE0 | c >> 12));
    buf_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
    buf_char(b, (char)(0x80 | (c & 0x3F)));
  } else {
    buf_char(b, (char)(0xF0 | c >> 18));
    buf_char(b, (char)(0x80 | (c >> 12 & 0x3F)));
    buf_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
    buf_char(b, (char)(0x80 | (c & 0x3F)));
  }
}

/* \uXXXX at `*i` (behind the u), with its low surrogate where it has one; a lone one becomes
 * U+FFFD. */
static bool take_unicode(str s, size_t *i, buf *b) {
  uint32_t high, low;
  if (!hex4(s, *i, &high))
    return false;
  *i += 4;
  bool pair = high >= 0xD800 && high < 0xDC00 && *i + 6 <= s.len && s.ptr[*i] == '\\' &&
              s.ptr[*i + 1] == 'u' && hex4(s, *i + 2, &low) && low >= 0xDC00 && low < 0xE000;
  if (pair) {
    *i += 6;
    put_utf8(b, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
  } else {
    put_utf8(b, high >= 0xD800 && high < 0xE000 ? 0xFFFD : high);
  }
  return true;
}

bool json_unquote(arena *a, str literal, str *out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (literal.len < 2 || literal.ptr[0] != '"' || literal.ptr[literal.len - 1] != '"')
    return false;
  str s = str_sub(literal, 1, literal.len - 1);
  buf b = {.arena = a};
  buf_put(&b, STR(""));
  for (size_t i = 0; i < s.len;) {
    char c = s.ptr[i++];
    if (c == '"')
      return false;
    if (c != '\\') {
      buf_char(&b, c);
      continue;
    }
    if (i >= s.len)
      return false;
    char escaped = s.ptr[i++];
    const char *hit = escaped ? strchr(from, escaped) : NULL;
    if (hit)
      buf_char(&b, to[hit - from]);
    else if (escaped != 'u' || !take_unicode(s, &i, &b))
      return false;
  }
  *out = buf_str(&b);
  return true;
}
