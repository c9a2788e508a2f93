#include "store/store_private.h"

#include <stdio.h>
#include <stdlib.h>

static void bind(sqlite3_stmt *q, const char *types, va_list args) {
  for (int i = 1; *types; types++, i++) {
    if (*types == 'i') {
      sqlite3_bind_int64(q, i, va_arg(args, int64_t));
    } else if (*types == 'd') {
      sqlite3_bind_double(q, i, va_arg(args, double));
    } else {
      str text = va_arg(args, str);
      sqlite3_bind_text64(q, i, text.len ? text.ptr : "", text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    }
  }
}

static sqlite3_stmt *prepare(store *s, const char *text, const char *types, va_list args) {
  sqlite3_stmt *q = NULL;
  if (sqlite3_prepare_v2(s->db, text, -1, &q, NULL) != SQLITE_OK) {
    fprintf(stderr, "batten: the history cannot be used: %s\n", sqlite3_errmsg(s->db));
    exit(ERROR_INTERNAL);
  }
  bind(q, types, args);
  return q;
}

sqlite3_stmt *sql(store *s, const char *text, const char *types, ...) {
  va_list args;
  va_start(args, types);
  sqlite3_stmt *q = prepare(s, text, types, args);
  va_end(args);
  return q;
}

bool sql_row(sqlite3_stmt *q) {
  return sqlite3_step(q) == SQLITE_ROW;
}

bool sql_end(sqlite3_stmt *q) {
  return sqlite3_finalize(q) == SQLITE_OK;
}

bool sql_do(store *s, const char *text, const char *types, ...) {
  va_list args;
  va_start(args, types);
  sqlite3_stmt *q = prepare(s, text, types, args);
  va_end(args);
  sqlite3_step(q);
  return sql_end(q);
}

str sql_str(arena *a, sqlite3_stmt *q, int column) {
  const void *bytes = sqlite3_column_blob(q, column);
  int len = sqlite3_column_bytes(q, column);
  return len > 0 ? arena_str(a, str_from(bytes, (size_t)len)) : (str){0};
}

bool sql_failed(store *s, const char *doing, error *e) {
  return error_set(e, ERROR_INTERNAL, "%s: %s", doing, sqlite3_errmsg(s->db));
}

json_t *strings_to_json(const str_list *list) {
  json_t *out = json_array();
  for (size_t i = 0; i < list->len; i++)
    json_array_append_new(out, json_text(list->at[i]));
  return out;
}

void strings_from_json(arena *a, str text, str_list *out) {
  json_t *list = json_parse(text, NULL), *v;
  size_t i;
  json_array_foreach(list, i, v)
      list_push(a, out, arena_str(a, str_from(json_string_value(v), json_string_length(v))));
  json_decref(list);
}
