#include "store/store_private.h"

#define COLUMNS "id, name, url, every, options, alerts, quiet, maintenance, added, next, paused"

static void read_row(arena *a, sqlite3_stmt *q, watched *w) {
  *w = (watched){.id = sqlite3_column_int64(q, 0),
                 .name = sql_str(a, q, 1),
                 .url = sql_str(a, q, 2),
                 .every = sql_str(a, q, 3),
                 .quiet = sql_str(a, q, 6),
                 .maintenance = sql_str(a, q, 7),
                 .added = sqlite3_column_double(q, 8),
                 .next = sqlite3_column_double(q, 9),
                 .paused = sqlite3_column_int(q, 10) != 0};
  strings_from_json(a, sql_str(a, q, 4), &w->options);
  strings_from_json(a, sql_str(a, q, 5), &w->alerts);
}

bool store_add(store *s, const watched *w, error *e) {
  watched there;
  arena *a = arena_new();
  if (store_find(s, a, w->name, &there)) {
    arena_free(a);
    return error_set(e, ERROR_USAGE,
                     "%.*s is watched already: remove it first, or give --name another",
                     STR_ARG(w->name));
  }
  json_t *options = strings_to_json(&w->options), *alerts = strings_to_json(&w->alerts);
  bool ok = sql_do(s,
                   "INSERT INTO targets (name, url, every, options, alerts, quiet, maintenance, "
                   "added, next) VALUES (?,?,?,?,?,?,?,?,?)",
                   "sssssssdd", w->name, w->url, w->every, json_write(a, options, false),
                   json_write(a, alerts, false), w->quiet, w->maintenance, w->added, w->next);
  json_decref(options);
  json_decref(alerts);
  arena_free(a);
  return ok || sql_failed(s, "the target cannot be kept", e);
}

bool store_remove(store *s, str name, error *e) {
  sql_do(s, "DELETE FROM targets WHERE name = ?", "s", name);
  return sqlite3_changes(s->db) > 0 ||
         error_set(e, ERROR_USAGE, "nothing of that name is watched: %.*s", STR_ARG(name));
}

static bool find(arena *a, sqlite3_stmt *q, watched *out) {
  bool found = sql_row(q);
  if (found)
    read_row(a, q, out);
  sql_end(q);
  return found;
}

bool store_find(store *s, arena *a, str name, watched *out) {
  return find(a, sql(s, "SELECT " COLUMNS " FROM targets WHERE name = ?", "s", name), out);
}

bool find_by_id(store *s, arena *a, int64_t id, watched *out) {
  return find(a, sql(s, "SELECT " COLUMNS " FROM targets WHERE id = ?", "i", id), out);
}

static watched_list read_all(arena *a, sqlite3_stmt *q) {
  watched_list list = {0};
  while (sql_row(q)) {
    watched w;
    read_row(a, q, &w);
    list_push(a, &list, w);
  }
  sql_end(q);
  return list;
}

watched_list store_list(store *s, arena *a) {
  return read_all(a, sql(s, "SELECT " COLUMNS " FROM targets ORDER BY name", ""));
}

watched_list store_due(store *s, arena *a, double now, size_t from, size_t limit) {
  return read_all(
      a, sql(s,
             "SELECT " COLUMNS
             " FROM targets WHERE next <= ? AND NOT paused ORDER BY next, id LIMIT ? OFFSET ?",
             "dii", now, (int64_t)(limit > INT64_MAX ? INT64_MAX : limit), (int64_t)from));
}

void store_set_next(store *s, int64_t id, double next) {
  sql_do(s, "UPDATE targets SET next = ? WHERE id = ?", "di", next, id);
}

void store_set_paused(store *s, int64_t id, bool paused) {
  sql_do(s, "UPDATE targets SET paused = ? WHERE id = ?", "ii", (int64_t)paused, id);
}
