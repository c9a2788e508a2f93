/* Inside the store: a thin face over SQLite. */
#ifndef BATTEN_STORE_PRIVATE_H
#define BATTEN_STORE_PRIVATE_H

#include "base/json.h"
#include "store/store.h"

#include <sqlite3.h>

struct store {
  sqlite3 *db;
  char
      owner[48]; /* this process: its id and when it started, so that an id used again is another */
};

/* Prepares and binds: one letter a parameter in `types` (i int64_t, d double, s str), then the
 * values. The statement is the caller's to finish with sql_end. Never NULL: a statement that cannot
 * be prepared is a bug and ends the process. */
sqlite3_stmt *sql(store *s, const char *text, const char *types, ...);
bool sql_row(sqlite3_stmt *q); /* steps; true for a row */
/* Ends the statement; false when it failed. */
bool sql_end(sqlite3_stmt *q);
/* sql, one step, sql_end. */
bool sql_do(store *s, const char *text, const char *types, ...);
str sql_str(arena *a, sqlite3_stmt *q, int column);
bool sql_failed(store *s, const char *doing,
                error *e); /* fills *e from SQLite's message; returns false */

bool store_migrate(store *s, error *e);
json_t *strings_to_json(const str_list *list);
void strings_from_json(arena *a, str text, str_list *out);
/* Writes the alerts of a run's changes, one for each channel of the target. */
bool alerts_write(store *s, arena *a, const watched *w, int64_t run, double now,
                  const change_list *changes, const report *r);
bool find_by_id(store *s, arena *a, int64_t id, watched *out);

#endif
