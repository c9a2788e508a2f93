/* The end of a run, in one transaction: all of it or nothing. */
#include "store/store_private.h"

#include <stdlib.h>
#include <zlib.h>

const char *change_name(change_kind kind) {
  static const char *const names[] = {"new", "fixed", "back", "score", "broken", "mended", "lasts"};
  return names[kind];
}

/* ---- the report ------------------------------------------------------------------------------ */

static int64_t report_known(store *s, str hash) {
  sqlite3_stmt *q = sql(s, "SELECT id FROM reports WHERE content_hash = ?", "s", hash);
  int64_t id = sql_row(q) ? sqlite3_column_int64(q, 0) : 0;
  sql_end(q);
  return id;
}

/* What makes two reports the same: score and findings, not times and counts of requests. */
static str content_hash(arena *a, int64_t target, const report *r) {
  buf b = {.arena = a};
  buf_printf(&b, "%lld %d %d %zu\n", (long long)target, r->score, r->partial, r->not_tested.len);
  for (size_t i = 0; i < r->findings.len; i++)
    buf_printf(&b, "%.*s %d %d\n", STR_ARG(r->findings.at[i].fingerprint),
               r->findings.at[i].severity, r->findings.at[i].confidence);
  return sha256_hex(a, buf_str(&b));
}

static int64_t report_keep(store *s, arena *a, int64_t target, const report *r, str json) {
  str hash = content_hash(a, target, r);
  int64_t id = report_known(s, hash);
  if (id)
    return id;
  uLongf len = compressBound(json.len);
  Bytef *packed = malloc(len);
  if (!packed)
    abort();
  compress2(packed, &len, (const Bytef *)json.ptr, json.len, 6);
  sqlite3_stmt *q = sql(s, "INSERT INTO reports (content_hash, length, packed) VALUES (?, ?, ?)",
                        "si", hash, (int64_t)json.len);
  sqlite3_bind_blob64(q, 3, packed, len, SQLITE_TRANSIENT);
  sqlite3_step(q);
  free(packed);
  return sql_end(q) ? sqlite3_last_insert_rowid(s->db) : 0;
}

/* ---- findings -------------------------------------------------------------------------------- */

typedef struct {
  store *store;
  arena *arena;
  const watched *target;
  const report *report;
  int64_t run;
  double now, lasts_after;
  change_list *changes;
} ending;

static void put_change(ending *x, change_kind kind, str fingerprint, str check, str title,
                       str place, severity level) {
  change c = {.kind = kind,
              .fingerprint = fingerprint,
              .check = check,
              .title = title,
              .where = place,
              .severity = level,
              .score = x->report->score};
  list_push(x->arena, x->changes, c);
}

static void take_finding(ending *x, const finding *f) {
  str place = where_text(x->arena, &f->where);
  sqlite3_stmt *q =
      sql(x->store,
          "SELECT fixed, first_seen, told_lasts FROM findings WHERE target = ? AND fingerprint = ?",
          "is", x->target->id, f->fingerprint);
  bool known = sql_row(q);
  double fixed = known ? sqlite3_column_double(q, 0) : 0,
         first_seen = known ? sqlite3_column_double(q, 1) : x->now;
  bool told = known && sqlite3_column_int(q, 2) != 0;
  sql_end(q);
  bool lasts = known && fixed == 0 && !told && x->lasts_after > 0 && f->severity >= SEVERITY_HIGH &&
               x->now - first_seen >= x->lasts_after;
  if (!known)
    put_change(x, CHANGE_NEW, f->fingerprint, f->check, f->title, place, f->severity);
  if (fixed > 0)
    put_change(x, CHANGE_BACK, f->fingerprint, f->check, f->title, place, f->severity);
  if (lasts)
    put_change(x, CHANGE_LASTS, f->fingerprint, f->check, f->title, place, f->severity);
  sql_do(x->store,
         "INSERT INTO findings (target, fingerprint, check_id, title, place, severity, first_seen, "
         "last_seen, last_run) VALUES (?1,?2,?3,?4,?5,?6,?7,?7,?8) ON CONFLICT (target, "
         "fingerprint) DO UPDATE SET check_id = ?3, title = ?4, place = ?5, severity = ?6, "
         "last_seen = ?7, last_run = ?8, times_back = times_back + (fixed > 0), told_lasts = CASE "
         "WHEN fixed > 0 THEN 0 ELSE max(told_lasts, ?9) END, first_seen = CASE WHEN fixed > 0 "
         "THEN ?7 ELSE first_seen END, fixed = 0",
         "issssidii", x->target->id, f->fingerprint, f->check, f->title, place,
         (int64_t)f->severity, x->now, x->run, (int64_t)lasts);
}

static bool undecided(const report *r, str check) {
  for (size_t i = 0; i < r->not_tested.len; i++)
    if (str_eq(r->not_tested.at[i].check, check))
      return true;
  return false;
}

/* What was open and was not seen this time is fixed, unless its check could not be decided. */
static void close_findings(ending *x) {
  finding_row_list open = store_findings(x->store, x->arena, x->target->id, true);
  for (size_t i = 0; i < open.len; i++) {
    const finding_row *f = &open.at[i];
    if (f->last_run == x->run || undecided(x->report, f->check))
      continue;
    put_change(x, CHANGE_FIXED, f->fingerprint, f->check, f->title, f->where, f->severity);
    sql_do(x->store, "UPDATE findings SET fixed = ? WHERE target = ? AND fingerprint = ?", "dis",
           x->now, x->target->id, f->fingerprint);
  }
}

finding_row_list store_findings(store *s, arena *a, int64_t target, bool open_only) {
  finding_row_list list = {0};
  sqlite3_stmt *q =
      sql(s,
          "SELECT fingerprint, check_id, title, place, severity, first_seen, last_seen, fixed, "
          "times_back, last_run FROM findings WHERE target = ?1 AND (fixed = 0 OR NOT ?2) ORDER BY "
          "fixed > 0, severity DESC, check_id, place",
          "ii", target, (int64_t)open_only);
  while (sql_row(q)) {
    finding_row f = {.fingerprint = sql_str(a, q, 0),
                     .check = sql_str(a, q, 1),
                     .title = sql_str(a, q, 2),
                     .where = sql_str(a, q, 3),
                     .severity = (severity)sqlite3_column_int(q, 4),
                     .first_seen = sqlite3_column_double(q, 5),
                     .last_seen = sqlite3_column_double(q, 6),
                     .fixed = sqlite3_column_double(q, 7),
                     .times_back = (unsigned)sqlite3_column_int(q, 8),
                     .last_run = sqlite3_column_int64(q, 9)};
    list_push(a, &list, f);
  }
  sql_end(q);
  return list;
}

/* ---- the run --------------------------------------------------------------------------------- */

/* The last ended run before this one of the target, whatever its state; and the score of the last
 * good one. */
static run_state last_state(store *s, int64_t target, int64_t before, int *good_score) {
  sqlite3_stmt *q = sql(
      s,
      "SELECT state FROM runs WHERE target = ? AND id < ? AND state <> 0 ORDER BY id DESC LIMIT 1",
      "ii", target, before);
  run_state state = sql_row(q) ? (run_state)sqlite3_column_int(q, 0) : RUN_OPEN;
  sql_end(q);
  q = sql(
      s,
      "SELECT score FROM runs WHERE target = ? AND id < ? AND state = 1 ORDER BY id DESC LIMIT 1",
      "ii", target, before);
  *good_score = sql_row(q) ? sqlite3_column_int(q, 0) : -1;
  sql_end(q);
  return state;
}

static void take_good_run(ending *x, run_state before, int good_score) {
  if (before == RUN_BROKEN || before == RUN_PARTIAL)
    put_change(x, CHANGE_MENDED, STR(""), STR(""), STR(""), STR(""), SEVERITY_INFO);
  for (size_t i = 0; i < x->report->findings.len; i++)
    take_finding(x, &x->report->findings.at[i]);
  close_findings(x);
  if (good_score < 0 || good_score == x->report->score)
    return;
  put_change(x, CHANGE_SCORE, STR(""), STR(""), STR(""), STR(""), SEVERITY_INFO);
  x->changes->at[x->changes->len - 1].score_before = good_score;
}

/* The same reason twice in a row is told once. */
static void take_broken_run(ending *x, run_state before, str reason) {
  if (before == RUN_BROKEN || before == RUN_PARTIAL)
    return;
  put_change(x, CHANGE_BROKEN, STR(""), STR(""), STR(""), STR(""), SEVERITY_MEDIUM);
  x->changes->at[x->changes->len - 1].reason = reason;
}

static bool run_target(store *s, arena *a, int64_t run, watched *w) {
  run_row row;
  return store_run(s, a, run, &row) && row.state == RUN_OPEN && find_by_id(s, a, row.target, w);
}

static bool finish(store *s, arena *a, int64_t run, double now, const report *r, str json,
                   str reason, double lasts_after, change_list *changes) {
  watched w;
  int good_score;
  if (!run_target(s, a, run, &w))
    return false;
  ending x = {.store = s,
              .arena = a,
              .target = &w,
              .report = r,
              .run = run,
              .now = now,
              .lasts_after = lasts_after,
              .changes = changes};
  bool good = json.len && !r->partial;
  run_state before = last_state(s, w.id, run, &good_score);
  int64_t kept = json.len ? report_keep(s, a, w.id, r, json) : 0;
  if (good)
    take_good_run(&x, before, good_score);
  else
    take_broken_run(&x, before, reason);
  sqlite3_stmt *q = sql(s,
                        "UPDATE runs SET finished = ?, state = ?, score = ?, grade = ?, findings = "
                        "?, requests = ?, reason = ?, report = ? WHERE id = ?",
                        "diisiisii", now,
                        (int64_t)(good       ? RUN_GOOD
                                  : json.len ? RUN_PARTIAL
                                             : RUN_BROKEN),
                        (int64_t)r->score, str_from(&r->grade, json.len && !r->partial ? 1 : 0),
                        (int64_t)r->findings.len, (int64_t)r->requests, reason, kept, run);
  if (!kept)
    sqlite3_bind_null(q, 8);
  sqlite3_step(q);
  return sql_end(q) && alerts_write(s, a, &w, run, now, changes, r);
}

static bool in_transaction(store *s, arena *a, int64_t run, double now, const report *r, str json,
                           str reason, double lasts_after, change_list *changes, error *e) {
  if (!sql_do(s, "BEGIN IMMEDIATE", ""))
    return sql_failed(s, "the run cannot be kept", e);
  if (finish(s, a, run, now, r, json, reason, lasts_after, changes) && sql_do(s, "COMMIT", ""))
    return true;
  sql_failed(s, "the run cannot be kept", e);
  sql_do(s, "ROLLBACK", "");
  return false;
}

bool store_finish(store *s, arena *a, int64_t run, double now, const report *r, str json,
                  double lasts_after, change_list *changes, error *e) {
  return in_transaction(s, a, run, now, r, json, r->partial_reason, lasts_after, changes, e);
}

bool store_break(store *s, arena *a, int64_t run, double now, str reason, change_list *changes,
                 error *e) {
  static const report none;
  return in_transaction(s, a, run, now, &none, (str){0}, reason, 0, changes, e);
}
