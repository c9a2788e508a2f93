/* The outbox: alerts are written with the run that causes them and leave later, one state at a
 * time. */
#include "store/store_private.h"

static json_t *change_json(const change *c) {
  json_t *o = json_object();
  json_put_str(o, "change", str_of(change_name(c->kind)));
  if (c->check.len) {
    json_put_str(o, "check", c->check);
    json_put_str(o, "severity", str_of(severity_name(c->severity)));
    json_put_str(o, "title", c->title);
    json_put_str(o, "where", c->where);
    json_put_str(o, "fingerprint", c->fingerprint);
  }
  if (c->kind == CHANGE_SCORE)
    json_put(o, "score_before", json_integer(c->score_before));
  if (c->reason.len)
    json_put_str(o, "reason", c->reason);
  return o;
}

static json_t *body(arena *a, const watched *w, int64_t run, double now, const change_list *changes,
                    const report *r) {
  json_t *o = json_object(), *list = json_array();
  json_put_str(o, "schema", STR("batten-alert/1"));
  json_put_str(o, "target", w->name);
  json_put_str(o, "url", w->url);
  json_put(o, "run", json_integer(run));
  json_put_str(o, "time", time_rfc3339(a, now));
  if (r->grade) {
    json_put(o, "score", json_integer(r->score));
    json_put_str(o, "grade", str_from(&r->grade, 1));
  }
  for (size_t i = 0; i < changes->len; i++)
    json_array_append_new(list, change_json(&changes->at[i]));
  json_put(o, "changes", list);
  return o;
}

bool alerts_write(store *s, arena *a, const watched *w, int64_t run, double now,
                  const change_list *changes, const report *r) {
  if (!changes->len)
    return true;
  json_t *message = body(a, w, run, now, changes, r);
  str text = json_write(a, message, false);
  bool ok = true;
  json_decref(message);
  for (size_t i = 0; ok && i < w->alerts.len; i++)
    ok = sql_do(
        s, "INSERT OR IGNORE INTO alerts (target, run, channel, body, due) VALUES (?, ?, ?, ?, ?)",
        "iissd", w->id, run, w->alerts.at[i], text, now);
  return ok;
}

#define COLUMNS "id, target, run, channel, body, attempts, due, state, error"

static void read_row(arena *a, sqlite3_stmt *q, alert_row *out) {
  *out = (alert_row){.id = sqlite3_column_int64(q, 0),
                     .target = sqlite3_column_int64(q, 1),
                     .run = sqlite3_column_int64(q, 2),
                     .channel = sql_str(a, q, 3),
                     .body = sql_str(a, q, 4),
                     .attempts = (unsigned)sqlite3_column_int(q, 5),
                     .due = sqlite3_column_double(q, 6),
                     .state = sql_str(a, q, 7),
                     .error = sql_str(a, q, 8)};
}

bool store_next_alert(store *s, arena *a, double now, alert_row *out) {
  sqlite3_stmt *q = sql(s,
                        "UPDATE alerts SET state = 'sending', attempts = attempts + 1, owner = ?2 "
                        "WHERE id = (SELECT id FROM alerts WHERE state = 'waiting' AND due <= ?1 "
                        "ORDER BY due, id LIMIT 1) RETURNING " COLUMNS,
                        "ds", now, str_of(s->owner));
  bool found = sql_row(q);
  if (found)
    read_row(a, q, out);
  while (found && sql_row(q))
    continue; /* RETURNING: to the end, so that it is committed */
  return sql_end(q) && found;
}

void store_alert_sent(store *s, int64_t id, double now) {
  sql_do(s, "UPDATE alerts SET state = 'sent', sent = ?, error = NULL WHERE id = ?", "di", now, id);
}

/* 1, 2, 4 ... minutes, at most six hours apart. What else waits for that channel waits a minute
 * more: a receiver that hangs would hold up the others' alerts as often as it has some. */
void store_alert_failed(store *s, int64_t id, double now, str why, unsigned attempts_max) {
  sql_do(s,
         "UPDATE alerts SET due = max(due, ?1 + 60) WHERE state = 'waiting' AND channel = (SELECT "
         "channel FROM alerts WHERE id = ?2)",
         "di", now, id);
  sql_do(s,
         "UPDATE alerts SET state = CASE WHEN attempts >= ?1 THEN 'failed' ELSE 'waiting' END, "
         "error = ?2, due = ?3 + min(21600, 60 * (1 << min(attempts - 1, 10))) WHERE id = ?4",
         "isdi", (int64_t)attempts_max, why, now, id);
}

alert_list store_alerts(store *s, arena *a, size_t limit) {
  alert_list list = {0};
  sqlite3_stmt *q =
      sql(s, "SELECT " COLUMNS " FROM alerts ORDER BY id DESC LIMIT ?", "i", (int64_t)limit);
  while (sql_row(q)) {
    alert_row r;
    read_row(a, q, &r);
    list_push(a, &list, r);
  }
  sql_end(q);
  return list;
}

double store_alert_due(store *s) {
  sqlite3_stmt *q = sql(s, "SELECT min(due) FROM alerts WHERE state = 'waiting'", "");
  double due = sql_row(q) ? sqlite3_column_double(q, 0) : 0;
  sql_end(q);
  return due;
}
