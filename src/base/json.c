#include "base/json.h"

#include <stdlib.h>

json_t *json_parse(str text, error *e) {
  json_error_t at;
  json_t *value =
      json_loadb(text.len ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &at);
  if (!value)
    error_set(e, ERROR_USAGE, "line %d, column %d: %s", at.line, at.column, at.text);
  return value;
}

str json_get_str(const json_t *object, const char *name) {
  const json_t *value = json_object_get(object, name);
  return json_is_string(value) ? str_from(json_string_value(value), json_string_length(value))
                               : (str){0};
}

str json_plain(arena *a, const json_t *value) {
  if (json_is_integer(value))
    return arena_printf(a, "%lld", (long long)json_integer_value(value));
  return json_is_string(value)
             ? arena_str(a, str_from(json_string_value(value), json_string_length(value)))
             : (str){0};
}

/* Length of the valid UTF-8 run at the start of `s`, found by halving what is not. */
static size_t valid_prefix(str s) {
  size_t n = 0;
  while (n < s.len) {
    size_t step = 1;
    while (step <= 4 && !str_is_utf8(str_sub(s, n, n + step)))
      step++;
    if (step > 4 || n + step > s.len)
      break;
    n += step;
  }
  return n;
}

str utf8_repair(arena *a, str bytes) {
  if (str_is_utf8(bytes))
    return bytes;
  buf b = {.arena = a};
  while (bytes.len) {
    size_t good = valid_prefix(bytes);
    buf_put(&b, str_sub(bytes, 0, good));
    if (good < bytes.len)
      buf_put(&b, STR("\xEF\xBF\xBD"));
    bytes = str_sub(bytes, good + 1, bytes.len);
  }
  return buf_str(&b);
}

/* NUL is valid UTF-8, and yet json_parse and many other readers refuse it. */
static str without_nul(arena *a, str text) {
  buf b = {.arena = a};
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i])
      buf_char(&b, text.ptr[i]);
    else
      buf_put(&b, STR("\xEF\xBF\xBD"));
  return buf_str(&b);
}

json_t *json_text(str bytes) {
  if (!bytes.len)
    return json_string("");
  bool nul = memchr(bytes.ptr, 0, bytes.len) != NULL;
  if (!nul && str_is_utf8(bytes))
    return json_stringn(bytes.ptr, bytes.len);
  arena *a = arena_new();
  str clean = utf8_repair(a, bytes);
  if (nul)
    clean = without_nul(a, clean);
  json_t *value = json_stringn(clean.ptr, clean.len);
  arena_free(a);
  return value;
}

static int append(const char *bytes, size_t len, void *to) {
  buf_put(to, str_from(bytes, len));
  return 0;
}

str json_write(arena *a, const json_t *value, bool pretty) {
  buf b = {.arena = a};
  size_t flags = JSON_ENCODE_ANY | (pretty ? JSON_INDENT(2) : JSON_COMPACT);
  json_dump_callback(value, append, &b, flags);
  if (pretty)
    buf_char(&b, '\n');
  return buf_str(&b);
}

void json_put(json_t *object, const char *name, json_t *value) {
  json_object_set_new(object, name, value);
}

void json_put_str(json_t *object, const char *name, str value) {
  json_put(object, name, json_text(value));
}
