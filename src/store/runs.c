#include "store/store_private.h"

#include <stdlib.h>
#include <zlib.h>

#define COLUMNS                                                                              \
  "id, target, started, coalesce(finished, 0), state, coalesce(score, 0), grade, findings, " \
  "requests, reason"

static int64_t begin(store *s, int64_t target, double now, str owner, str job) {
  bool ok = sql_do(
      s, "INSERT INTO runs (target, started, state, owner, job) VALUES (?, ?, 0, ?, nullif(?, ''))",
      "idss", target, now, owner, job);
  return ok ? sqlite3_last_insert_rowid(s->db) : 0;
}

int64_t store_begin(store *s, int64_t target, double now) {
  return begin(s, target, now, str_of(s->owner), STR(""));
}

static void read_row(arena *a, sqlite3_stmt *q, run_row *r) {
  str grade = sql_str(a, q, 6);
  *r = (run_row){.id = sqlite3_column_int64(q, 0),
                 .target = sqlite3_column_int64(q, 1),
                 .started = sqlite3_column_double(q, 2),
                 .finished = sqlite3_column_double(q, 3),
                 .state = (run_state)sqlite3_column_int(q, 4),
                 .score = sqlite3_column_int(q, 5),
                 .grade = grade.len ? grade.ptr[0] : '-',
                 .findings = (size_t)sqlite3_column_int64(q, 7),
                 .requests = (size_t)sqlite3_column_int64(q, 8),
                 .reason = sql_str(a, q, 9)};
}

run_list store_runs(store *s, arena *a, int64_t target, size_t limit) {
  run_list list = {0};
  sqlite3_stmt *q = sql(s, "SELECT " COLUMNS " FROM runs WHERE target = ? ORDER BY id DESC LIMIT ?",
                        "ii", target, (int64_t)limit);
  while (sql_row(q)) {
    run_row r;
    read_row(a, q, &r);
    list_push(a, &list, r);
  }
  sql_end(q);
  return list;
}

bool store_run(store *s, arena *a, int64_t run, run_row *out) {
  sqlite3_stmt *q = sql(s, "SELECT " COLUMNS " FROM runs WHERE id = ?", "i", run);
  bool found = sql_row(q);
  if (found)
    read_row(a, q, out);
  sql_end(q);
  return found;
}

/* ---- jobs ------------------------------------------------------------------------------------ */

int64_t store_begin_job(store *s, int64_t target, double now, str name) {
  return begin(s, target, now, STR("fleet"), name);
}

job_state store_job(store *s, arena *a, str name, open_job *out) {
  sqlite3_stmt *q = sql(s, "SELECT id, target, state FROM runs WHERE job = ?", "s", name);
  bool found = sql_row(q);
  int64_t target = found ? sqlite3_column_int64(q, 1) : 0;
  job_state state = !found                                 ? JOB_UNKNOWN
                    : sqlite3_column_int(q, 2) == RUN_OPEN ? JOB_OPEN
                                                           : JOB_ENDED;
  *out = (open_job){.name = name, .run = found ? sqlite3_column_int64(q, 0) : 0};
  sql_end(q);
  return state == JOB_OPEN && !find_by_id(s, a, target, &out->target) ? JOB_UNKNOWN : state;
}

open_job_list store_open_jobs(store *s, arena *a) {
  open_job_list list = {0};
  sqlite3_stmt *q = sql(
      s, "SELECT id, job, target FROM runs WHERE state = 0 AND job IS NOT NULL ORDER BY id", "");
  while (sql_row(q)) {
    open_job j = {.run = sqlite3_column_int64(q, 0), .name = sql_str(a, q, 1)};
    if (find_by_id(s, a, sqlite3_column_int64(q, 2), &j.target))
      list_push(a, &list, j);
  }
  sql_end(q);
  return list;
}

void store_abandon_jobs(store *s) {
  sql_do(s,
         "UPDATE runs SET state = 3, finished = started, reason = 'it was handed to workers that "
         "this watcher does not have' WHERE state = 0 AND job IS NOT NULL",
         "");
}

/* ---- reports --------------------------------------------------------------------------------- */

enum { REPORT_MAX = 256 * 1024 * 1024 };

bool store_report(store *s, arena *a, int64_t run, str *json) {
  sqlite3_stmt *q =
      sql(s, "SELECT length, packed FROM reports WHERE id = (SELECT report FROM runs WHERE id = ?)",
          "i", run);
  bool ok = false;
  if (sql_row(q)) {
    uLongf len = (uLongf)sqlite3_column_int64(q, 0);
    char *text = len <= REPORT_MAX ? arena_alloc(a, len + 1) : NULL;
    ok = text && uncompress((Bytef *)text, &len, sqlite3_column_blob(q, 1),
                            (uLong)sqlite3_column_bytes(q, 1)) == Z_OK;
    *json = str_from(text, len);
  }
  sql_end(q);
  return ok;
}
