/* Reads what is revoked from SQLite, and writes it for the command line. Shared by the daemon, the
 * nginx module and whoever links libbatten-sqlite.
 *
 * A database in WAL mode whose writers have all gone has no -wal file. Opening it as SQLite does
 * would make one: refused in a read-only folder, and else the reader's, whom its writers may not
 * be. Such a one is read as immutable, which needs nothing, and its stamps tell of a change, or of
 * a writer that came back. */
#include "batten/sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  LOAD_WAIT_MS = 2000,
  WRITE_WAIT_MS = 5000,
  LIST_MAX = 256 * 1024 * 1024,
  PATH_MAX_BYTES = 4096
};

/* What tells one state of the files from another, without opening them: closing a file drops
 * SQLite's locks on it. */
typedef struct {
  bool there, log; /* the database; its -wal */
  ino_t inode;
  off_t size;
  struct timespec modified;
} state;

struct bt_sqlite {
  sqlite3 *db; /* NULL: closed, or read as immutable */
  pid_t owner; /* SQLite's connections do not survive a fork */
  sqlite3_int64 version;
  state seen;
  bool read;
  unsigned failures; /* in a row */
};

typedef struct {
  const char *path;
  bt_problem_fn tell;
  void *context;
} teller;

static bool say(const teller *t, const char *what, const char *why) {
  char message[512];
  snprintf(message, sizeof message, "%s%s%s", what, *why ? ": " : "", why);
  if (t->tell)
    t->tell(&(bt_problem){.file = t->path, .message = message}, t->context);
  return false;
}

/* ---- the files ------------------------------------------------------------------------------- */

static state state_of(const char *path) {
  struct stat st;
  char log[PATH_MAX_BYTES + 8];
  if (stat(path, &st) != 0)
    return (state){0};
  int n = snprintf(log, sizeof log, "%s-wal", path);
  return (state){true, n > 0 && (size_t)n < sizeof log && access(log, F_OK) == 0, st.st_ino,
                 st.st_size, st.st_mtim};
}

static bool same(const state *a, const state *b) {
  return a->there == b->there && a->log == b->log && a->inode == b->inode && a->size == b->size &&
         a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* As SQLite's URIs want it: of the path only what has a meaning there is escaped. */
static bool put_uri(const char *path, char *out, size_t size) {
  size_t n = (size_t)snprintf(out, size, "file:%s", *path == '/' ? "//" : "");
  for (; *path && n + 24 < size; path++)
    n += (size_t)snprintf(out + n, size - n, strchr("?#%", *path) ? "%%%02X" : "%c", *path);
  return !*path && snprintf(out + n, size - n, "?mode=ro&immutable=1") > 0;
}

static sqlite3 *open_database(const char *name, int flags, int wait) {
  sqlite3 *db = NULL;
  if (sqlite3_open_v2(name, &db, flags | SQLITE_OPEN_PRIVATECACHE, NULL) == SQLITE_OK) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_busy_timeout(db, wait);
    return db;
  }
  sqlite3_close(db);
  return NULL;
}

/* Whether the header asks for a write-ahead log (file format, section 1.3). */
static bool is_wal(sqlite3 *db) {
  sqlite3_file *file = NULL;
  unsigned char head[20];
  return sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK && file &&
         file->pMethods && file->pMethods->xRead(file, head, sizeof head, 0) == SQLITE_OK &&
         head[18] == 2;
}

/* *immutable: nobody else has it open, as far as the files tell. */
static sqlite3 *open_reader(const char *path, const state *s, int wait, bool *immutable) {
  char uri[3 * PATH_MAX_BYTES];
  sqlite3 *db = NULL;
  if (!s->log && put_uri(path, uri, sizeof uri))
    db = open_database(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, wait);
  *immutable = db && is_wal(db);
  if (*immutable)
    return db;
  sqlite3_close(db);
  return open_database(path, SQLITE_OPEN_READONLY, wait);
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool one_number(sqlite3 *db, const char *words, sqlite3_int64 *out) {
  sqlite3_stmt *q = NULL;
  bool ok =
      sqlite3_prepare_v2(db, words, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW;
  if (ok)
    *out = sqlite3_column_int64(q, 0);
  sqlite3_finalize(q);
  return ok;
}

/* Views and virtual tables have no root page: reading one could take for ever. */
#define COUNT_TABLES                                                                              \
  "SELECT count(*) FROM main.sqlite_schema WHERE lower(name) = 'revoked' AND type = 'table' AND " \
  "rootpage > 0"

/* The list as text, one line a row. malloc'd; NULL when a row could not be had. */
static char *read_list(sqlite3 *db, size_t *len) {
  sqlite3_stmt *q = NULL;
  char *text = NULL;
  FILE *out = sqlite3_prepare_v2(db, bt_revoked_query(), -1, &q, NULL) == SQLITE_OK
                  ? open_memstream(&text, len)
                  : NULL;
  int step = SQLITE_ERROR;
  while (out && (step = sqlite3_step(q)) == SQLITE_ROW && ftello(out) < LIST_MAX) {
    fwrite(sqlite3_column_text(q, 0), 1, (size_t)sqlite3_column_bytes(q, 0), out);
    fputc('\n', out);
  }
  bool whole = out && !ferror(out);
  if (out && fclose(out) != 0)
    whole = false;
  sqlite3_finalize(q);
  if (whole && step == SQLITE_DONE)
    return text;
  free(text);
  return NULL;
}

typedef struct {
  sqlite3 *db;
  sqlite3_int64 version;
  state seen;
  char *text;
  size_t len;
} reading;

static bool give_up(reading *r, const teller *t, const char *why) {
  say(t, "what is revoked cannot be read", why);
  free(r->text);
  sqlite3_close(r->db);
  *r = (reading){0};
  return false;
}

static const char MISSING[] =
    "there is no such file; batten guard revoke --policy FILE --create makes it";

/* `r->db` open already, or to be opened; NULL again when it was immutable. The version is asked for
 * before the rows, so that a change in between is seen again rather than missed. */
static bool read_all(reading *r, int wait, const teller *t) {
  sqlite3_int64 tables;
  bool immutable = false;
  r->seen = state_of(t->path);
  r->text = NULL;
  if (!r->seen.there)
    return give_up(r, t, MISSING);
  if (!r->db)
    r->db = open_reader(t->path, &r->seen, wait, &immutable);
  if (!r->db)
    return give_up(r, t, "it cannot be opened");
  bool asked = one_number(r->db, "PRAGMA data_version", &r->version) &&
               one_number(r->db, COUNT_TABLES, &tables);
  if (asked && tables != 1)
    return give_up(r, t, "it has no table named revoked");
  if (asked)
    r->text = read_list(r->db, &r->len);
  if (!r->text)
    return give_up(r, t, sqlite3_errmsg(r->db));
  if (!immutable)
    return true;
  state after = state_of(t->path);
  sqlite3_close(r->db);
  r->db = NULL;
  return same(&r->seen, &after) || give_up(r, t, "it changed while it was read; it is read again");
}

bool bt_sqlite_load(bt_policy *p, double now, bt_problem_fn tell, void *context) {
  bt_text path = bt_policy_revocation_database(p);
  teller t = {path.ptr, tell, context};
  reading r = {0};
  if (!path.ptr)
    return true;
  if (!read_all(&r, LOAD_WAIT_MS, &t))
    return false;
  bool ok = bt_policy_set_revoked(p, r.text, r.len, now, tell, context);
  free(r.text);
  sqlite3_close(r.db);
  return ok;
}

/* ---- following ------------------------------------------------------------------------------- */

bt_sqlite *bt_sqlite_new(void) {
  return calloc(1, sizeof(bt_sqlite));
}

/* A connection of before a fork is left as it is: also closing it would touch what the parent
 * holds. */
static void let_go(bt_sqlite *f) {
  if (f->db)
    f->read = false;
  if (f->owner == getpid())
    sqlite3_close(f->db);
  f->db = NULL;
}

void bt_sqlite_free(bt_sqlite *f) {
  if (!f)
    return;
  let_go(f);
  free(f);
}

/* Another file by this name, or none: what is open is no longer the database. */
static bool is_current(bt_sqlite *f, const char *path) {
  state now = state_of(path);
  sqlite3_int64 version;
  if (f->owner != getpid() || !now.there || now.inode != f->seen.inode)
    let_go(f);
  f->owner = getpid();
  if (!f->read)
    return false;
  if (f->db)
    return one_number(f->db, "PRAGMA data_version", &version) && version == f->version;
  return same(&now, &f->seen);
}

/* A writer in the way is gone the next time; what lasts is told of, once. */
enum { FAILURES_TOLD = 3 };

bool bt_sqlite_refresh(bt_sqlite *f, bt_policy *p, double now, bt_problem_fn tell, void *context) {
  bt_text path = bt_policy_revocation_database(p);
  if (!f || !path.ptr || is_current(f, path.ptr))
    return false;
  teller t = {path.ptr, f->failures == FAILURES_TOLD ? tell : NULL, context};
  reading r = {.db = f->db};
  f->read = read_all(&r, 0, &t);
  f->failures = f->read ? 0 : f->failures + 1;
  f->db = r.db;
  f->version = r.version;
  f->seen = r.seen;
  if (!f->read) {
    if (f->failures > FAILURES_TOLD)
      bt_policy_set_revoked(p, NULL, 0, now, tell, context);
    return false;
  }
  bool taken = bt_policy_set_revoked(p, r.text, r.len, now, tell, context);
  if (!taken)
    say(&(teller){path.ptr, tell, context}, "it cannot be read whole",
        "what it revoked before stays revoked");
  free(r.text);
  return taken;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool failed(sqlite3 *db, const char *path, char *message, size_t size) {
  snprintf(message, size, "cannot write %s: %s", path,
           db ? sqlite3_errmsg(db) : "it cannot be opened");
  sqlite3_close(db);
  return false;
}

bool bt_sqlite_create(const char *path, char *message, size_t size) {
  sqlite3 *db = open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, WRITE_WAIT_MS);
  bool ok = db && sqlite3_exec(db, bt_revoked_schema(), NULL, NULL, NULL) == SQLITE_OK;
  if (!ok)
    return failed(db, path, message, size);
  sqlite3_close(db);
  return true;
}

static void bind_text(sqlite3_stmt *q, int at, bt_text text) {
  if (text.ptr)
    sqlite3_bind_text(q, at, text.ptr, (int)text.len, SQLITE_STATIC);
}

bool bt_sqlite_revoke(const char *path, const char *kind, bt_text value, bt_text issuer,
                      double until, char *message, size_t size) {
  sqlite3_stmt *q = NULL;
  if (!bt_revocation_valid(kind, value, issuer, until, message, size))
    return false;
  sqlite3 *db = open_database(path, SQLITE_OPEN_READWRITE, WRITE_WAIT_MS);
  if (!db && !state_of(path).there) {
    snprintf(message, size, "cannot write %s: %s", path, MISSING);
    return false;
  }
  const char *words = "INSERT INTO revoked (kind, value, issuer, until) VALUES (?, ?, ?, ?)";
  if (!db || sqlite3_prepare_v2(db, words, -1, &q, NULL) != SQLITE_OK)
    return failed(db, path, message, size);
  bind_text(q, 1, (bt_text){kind, strlen(kind)});
  bind_text(q, 2, value);
  bind_text(q, 3, issuer);
  if (until > 0)
    sqlite3_bind_double(q, 4, until);
  bool ok = sqlite3_step(q) == SQLITE_DONE;
  sqlite3_finalize(q);
  if (!ok)
    return failed(db, path, message, size);
  sqlite3_close(db);
  return true;
}
