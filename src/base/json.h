/* JSON outside the hot path: a thin face over jansson, with this project's slices, limits and
 * errors. Values are reference counted by jansson; who gets a value from json_parse or json_new_*
 * owns it (json_decref). */
#ifndef BATTEN_JSON_H
#define BATTEN_JSON_H

#include "base/base.h"

#include <jansson.h>

/* Refuses duplicate members, trailing bytes, NUL in names, invalid UTF-8 and nesting past jansson's
 * 2048. `e` may be NULL; else it gets line and column. NULL on failure. */
json_t *json_parse(str text, error *e);
/* The string at `name`, or an empty slice. Lives as long as the value. */
str json_get_str(const json_t *object, const char *name);
/* A text, or a whole number in digits, as a copy; else an empty slice. */
str json_plain(arena *a, const json_t *value);
/* A JSON string from any bytes: what is not UTF-8, and NUL, becomes U+FFFD. */
json_t *json_text(str bytes);
/* Replaces what is not UTF-8 by U+FFFD. */
str utf8_repair(arena *a, str bytes);
/* Writes with two-space indent, member order kept, and a final newline. */
str json_write(arena *a, const json_t *value, bool pretty);
/* object[name] = value, taking ownership of value. */
void json_put(json_t *object, const char *name, json_t *value);
void json_put_str(json_t *object, const char *name, str value);

#endif
