/* Opening: checks, migrations, and what a crash left behind. */
#include "store/store_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern const unsigned char store_schema_bytes[];
extern const size_t store_schema_len;

enum { APPLICATION_ID = 0x62747477, BUSY_MILLISECONDS = 10000 }; /* "bttw" */

static int64_t pragma(store *s, const char *text) {
  sqlite3_stmt *q = sql(s, text, "");
  int64_t value = sql_row(q) ? sqlite3_column_int64(q, 0) : 0;
  sql_end(q);
  return value;
}

static bool run(store *s, str statements, error *e) {
  arena *a = arena_new();
  bool ok = sqlite3_exec(s->db, arena_text(a, statements), NULL, NULL, NULL) == SQLITE_OK;
  arena_free(a);
  return ok || sql_failed(s, "the history cannot be made", e);
}

/* The statements of one step, or an empty slice past the last. */
static str step_text(arena *a, int64_t number) {
  str all = str_from(store_schema_bytes, store_schema_len);
  str head = arena_printf(a, "\n-- %lld\n", (long long)number),
      next = arena_printf(a, "\n-- %lld\n", (long long)number + 1);
  size_t from = str_find(all, head, 0);
  if (from == SIZE_MAX)
    return (str){0};
  return str_sub(all, from + head.len, str_find(all, next, from));
}

bool store_migrate(store *s, error *e) {
  arena *a = arena_new();
  bool ok = true;
  int64_t version = pragma(s, "PRAGMA user_version");
  while (ok) {
    str step = step_text(a, version + 1);
    if (!step.len)
      break;
    version++;
    ok = run(s, STR("BEGIN IMMEDIATE"), e) && run(s, step, e) &&
         run(s,
             arena_printf(a, "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
                          APPLICATION_ID, (long long)version),
             e);
    if (!ok)
      sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
  }
  if (ok && version > 0 && !step_text(a, version).len)
    ok = error_set(e, ERROR_USAGE, "the history is of version %lld, newer than this program knows",
                   (long long)version);
  arena_free(a);
  return ok;
}

static bool check(store *s, const char *path, error *e) {
  int64_t id = pragma(s, "PRAGMA application_id"),
          tables = pragma(s, "SELECT count(*) FROM sqlite_schema");
  if (tables > 0 && id != APPLICATION_ID)
    return error_set(e, ERROR_USAGE, "%s is a database of another program", path);
  sqlite3_stmt *q = sql(s, "PRAGMA quick_check(1)", "");
  bool sound = sql_row(q) && strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;
  str what = STR("");
  arena *a = arena_new();
  if (!sound)
    what = sql_str(a, q, 0);
  sql_end(q);
  if (!sound)
    error_set(e, ERROR_USAGE, "%s is damaged (%.*s): move it away, or restore it from a copy", path,
              STR_ARG(what));
  arena_free(a);
  return sound;
}

/* ---- who holds what -------------------------------------------------------------------------- */

/* "PID:START" of a living process, START in clock ticks since boot (proc(5), field 22 of stat). */
static bool owner_of(int64_t pid, char *out, size_t size) {
  char path[48], text[1024] = {0}, *p;
  snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
  FILE *f = fopen(path, "r");
  if (!f)
    return false;
  size_t got = fread(text, 1, sizeof text - 1, f);
  fclose(f);
  p = got ? strrchr(text, ')') : NULL; /* the name may hold anything */
  for (int field = 2; p && field < 22; field++)
    p = strchr(p + 1, ' ');
  if (!p)
    return false;
  snprintf(out, size, "%lld:%llu", (long long)pid, strtoull(p, NULL, 10));
  return true;
}

static bool alive(str owner) {
  char now[48];
  uint64_t pid;
  return str_to_u64(str_sub(owner, 0, str_find(owner, STR(":"), 0)), &pid) &&
         owner_of((int64_t)pid, now, sizeof now) && str_eq(owner, str_of(now));
}

/* What a process that is gone had open gave no report; what it was sending may have arrived. */
static void recover_from_crash(store *s) {
  arena *a = arena_new();
  str_list gone = {0};
  sqlite3_stmt *q = sql(s,
                        "SELECT owner FROM runs WHERE state = 0 AND job IS NULL UNION SELECT owner "
                        "FROM alerts WHERE state = 'sending'",
                        "");
  while (sql_row(q)) {
    str owner = sql_str(a, q, 0);
    if (!alive(owner))
      list_push(a, &gone, owner);
  }
  sql_end(q);
  for (size_t i = 0; i < gone.len; i++) {
    sql_do(s,
           "UPDATE runs SET state = 3, finished = started, reason = 'the watcher ended in the "
           "midst' WHERE state = 0 AND owner = ?",
           "s", gone.at[i]);
    sql_do(s,
           "UPDATE alerts SET state = 'uncertain', error = 'the watcher ended while it was being "
           "sent' WHERE state = 'sending' AND owner = ?",
           "s", gone.at[i]);
  }
  arena_free(a);
}

/* SQLite alone opens and closes the file: another descriptor of it, once closed, would take with it
 * the locks of every connection of this process (fcntl(2)), and other processes would take the
 * history for one that nobody has open. */
static bool is_database(store *s, const char *path, error *e) {
  int code = sqlite3_exec(s->db, "PRAGMA schema_version", NULL, NULL, NULL);
  if (code == SQLITE_NOTADB)
    return error_set(e, ERROR_USAGE, "%s is no SQLite database", path);
  return code == SQLITE_OK || error_set(e, ERROR_USAGE, "%s: %s", path, sqlite3_errmsg(s->db));
}

/* SQLite would leave the mode to the umask; its log gets the mode of the database. */
static void make_private(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    close(fd);
}

static store *connect_to(const char *path, error *e) {
  store *s = calloc(1, sizeof *s);
  if (!s)
    abort();
  if (sqlite3_open_v2(path, &s->db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                      NULL) != SQLITE_OK) {
    error_set(e, ERROR_USAGE, "%s: %s", path, sqlite3_errmsg(s->db));
    store_close(s);
    return NULL;
  }
  sqlite3_busy_timeout(s->db, BUSY_MILLISECONDS);
  owner_of(getpid(), s->owner, sizeof s->owner);
  return s;
}

static bool set_up(store *s, error *e) {
  return run(
      s, STR("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON"),
      e);
}

store *store_open(const char *path, error *e) {
  make_private(path);
  store *s = connect_to(path, e);
  if (s && is_database(s, path, e) && check(s, path, e) && set_up(s, e) && store_migrate(s, e)) {
    recover_from_crash(s);
    return s;
  }
  store_close(s);
  return NULL;
}

store *store_open_again(const char *path, error *e) {
  store *s = connect_to(path, e);
  if (s && set_up(s, e))
    return s;
  store_close(s);
  return NULL;
}

void store_close(store *s) {
  if (!s)
    return;
  sqlite3_close_v2(s->db);
  free(s);
}

int64_t store_version(store *s) {
  return pragma(s, "PRAGMA data_version");
}

size_t store_size(store *s) {
  return (size_t)(pragma(s, "PRAGMA page_count") * pragma(s, "PRAGMA page_size"));
}

void store_prune(store *s, double before) {
  sql_do(s, "DELETE FROM alerts WHERE due < ? AND state <> 'waiting'", "d", before);
  sql_do(s,
         "DELETE FROM runs WHERE finished < ?1 AND state <> 0 AND id NOT IN (SELECT max(id) FROM "
         "runs WHERE state = 1 GROUP BY target)",
         "d", before);
  sql_do(s,
         "DELETE FROM reports WHERE id NOT IN (SELECT report FROM runs WHERE report IS NOT NULL)",
         "");
}
