/* Reports of this server's life, newest KEPT_MAX, and what an assistant is told of one. */
#include "mcp/server.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* ---- keeping --------------------------------------------------------------------------------- */

static bool is_secret(const tool_argument *table, const char *name) {
  for (; table && table->name; table++)
    if (strcmp(table->name, name) == 0)
      return table->secret;
  return false;
}

static json_t *without_secrets(const json_t *arguments, const tool_argument *table) {
  json_t *copy = json_object(), *value;
  const char *name;
  json_object_foreach((json_t *)(uintptr_t)arguments, name, value) {
    if (is_secret(table, name))
      json_put_str(copy, name, STR("(not kept)"));
    else
      json_put(copy, name, json_deep_copy(value));
  }
  return copy;
}

/* Strings are wiped before jansson frees them; headers may carry a token. */
static void wipe(json_t *value) {
  json_t *item;
  const char *name;
  if (json_is_string(value))
    OPENSSL_cleanse((char *)(uintptr_t)json_string_value(value), json_string_length(value));
  json_object_foreach(value, name, item) wipe(item);
}

static void forget(mcp_server *s, size_t slot) {
  kept_report *k = &s->kept[slot];
  wipe(s->secret_arguments[slot]);
  json_decref(s->secret_arguments[slot]);
  json_decref(k->arguments);
  free(k->report);
  s->secret_arguments[slot] = NULL;
  *k = (kept_report){0};
}

void kept_add(mcp_server *s, str kind, const json_t *arguments, const tool_argument *table,
              str text, char *id) {
  arena *a = arena_new();
  str fresh = random_hex(a, 8);
  pthread_mutex_lock(&s->lock);
  size_t slot = s->kept_count++ % KEPT_MAX;
  kept_report *k = &s->kept[slot];
  if (k->report)
    forget(s, slot);
  memcpy(k->id, fresh.ptr, 16);
  k->kind = kind;
  k->arguments = without_secrets(arguments, table);
  k->report = malloc(text.len + 1);
  if (!k->report)
    abort();
  memcpy(k->report, text.ptr, text.len);
  k->report_len = text.len;
  k->finished = clock_wall();
  s->secret_arguments[slot] = json_deep_copy(arguments);
  memcpy(id, k->id, sizeof k->id);
  pthread_mutex_unlock(&s->lock);
  arena_free(a);
}

bool kept_get(mcp_server *s, arena *a, str id, str *text, json_t **arguments) {
  bool found = false;
  pthread_mutex_lock(&s->lock);
  for (size_t i = 0; i < KEPT_MAX && !found; i++) {
    if (!s->kept[i].report || !str_eq(id, str_of(s->kept[i].id)))
      continue;
    *text = arena_str(a, str_from(s->kept[i].report, s->kept[i].report_len));
    if (arguments)
      *arguments = json_deep_copy(s->secret_arguments[i]);
    found = true;
  }
  pthread_mutex_unlock(&s->lock);
  return found;
}

str kept_newest(mcp_server *s, arena *a) {
  pthread_mutex_lock(&s->lock);
  str id =
      s->kept_count ? arena_str(a, str_of(s->kept[(s->kept_count - 1) % KEPT_MAX].id)) : STR("");
  pthread_mutex_unlock(&s->lock);
  return id;
}

static json_t *entry(arena *a, const kept_report *k) {
  json_t *o = json_object();
  report r;
  error e;
  json_put_str(o, "id", str_of(k->id));
  json_put_str(o, "kind", k->kind);
  json_put_str(o, "finished", time_rfc3339(a, k->finished));
  json_put(o, "arguments", json_deep_copy(k->arguments));
  if (!report_read(a, str_from(k->report, k->report_len), &r, &e))
    return o;
  json_put_str(o, "target", r.target_url);
  json_put(o, "score", json_integer(r.score));
  json_put_str(o, "grade", str_from(&r.grade, 1));
  json_put(o, "findings", json_integer((json_int_t)r.findings.len));
  return o;
}

json_t *kept_list(mcp_server *s, size_t limit) {
  json_t *list = json_array();
  arena *a = arena_new();
  pthread_mutex_lock(&s->lock);
  size_t have = s->kept_count < KEPT_MAX ? s->kept_count : KEPT_MAX;
  for (size_t i = 0; i < have && i < limit; i++)
    json_array_append_new(list, entry(a, &s->kept[(s->kept_count - 1 - i) % KEPT_MAX]));
  pthread_mutex_unlock(&s->lock);
  arena_free(a);
  return list;
}

void kept_free(mcp_server *s) {
  for (size_t i = 0; i < KEPT_MAX; i++)
    if (s->kept[i].report)
      forget(s, i);
}

/* ---- telling --------------------------------------------------------------------------------- */

enum { SHORT_MAX = 40 }; /* findings in a summary; the resource has all */

const char REPORT_SUMMARY_SCHEMA[] =
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"kind\":{\"type\":"
    "\"string\"},\"target\":{\"type\":\"string\"},\"score\":{\"type\":\"integer\"},\"grade\":{"
    "\"type\":\"string\"},\"partial\":{\"type\":\"boolean\"},\"partial_reason\":{\"type\":"
    "\"string\"},\"requests\":{\"type\":\"integer\"},\"findings_total\":{\"type\":\"integer\"},"
    "\"severities\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}},"
    "\"findings\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"id\":{"
    "\"type\":\"string\"},\"check\":{\"type\":\"string\"},\"severity\":{\"type\":\"string\"},"
    "\"confidence\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"where\":{\"type\":"
    "\"string\"},\"fingerprint\":{\"type\":\"string\"}},\"required\":[\"id\",\"check\","
    "\"severity\",\"title\",\"where\"]}},\"not_tested_total\":{\"type\":\"integer\"},\"report\":{"
    "\"type\":\"string\"}},\"required\":[\"id\",\"kind\",\"score\",\"grade\",\"findings_total\","
    "\"findings\",\"report\"]}";

static json_t *short_finding(arena *a, const finding *f) {
  json_t *o = json_object();
  json_put_str(o, "id", f->id);
  json_put_str(o, "check", f->check);
  json_put_str(o, "severity", str_of(severity_name(f->severity)));
  json_put_str(o, "confidence", str_of(confidence_name(f->confidence)));
  json_put_str(o, "title", f->title);
  json_put_str(o, "where", where_text(a, &f->where));
  json_put_str(o, "fingerprint", f->fingerprint);
  return o;
}

static json_t *count_severities(const report *r) {
  json_t *o = json_object();
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    json_int_t n = 0;
    for (size_t i = 0; i < r->findings.len; i++)
      n += (int)r->findings.at[i].severity == s;
    json_put(o, severity_name((severity)s), json_integer(n));
  }
  return o;
}

json_t *report_summary(arena *a, const report *r, str id, str kind) {
  json_t *o = json_object(), *list = json_array();
  json_put_str(o, "id", id);
  json_put_str(o, "kind", kind);
  json_put_str(o, "target", r->target_url);
  report_put_score(o, r);
  json_put(o, "partial", json_boolean(r->partial));
  if (r->partial)
    json_put_str(o, "partial_reason", r->partial_reason);
  json_put(o, "requests", json_integer((json_int_t)r->requests));
  json_put(o, "findings_total", json_integer((json_int_t)r->findings.len));
  json_put(o, "severities", count_severities(r));
  for (size_t i = 0; i < r->findings.len && i < SHORT_MAX; i++)
    json_array_append_new(list, short_finding(a, &r->findings.at[i]));
  json_put(o, "findings", list);
  json_put(o, "not_tested_total", json_integer((json_int_t)r->not_tested.len));
  json_put_str(o, "report", arena_printf(a, "batten://reports/%.*s", STR_ARG(id)));
  return o;
}

void report_summary_text(buf *b, const report *r, str id) {
  if (r->partial)
    buf_printf(b, "Not completed, so no score: %.*s. %zu findings so far.\n",
               STR_ARG(r->partial_reason), r->findings.len);
  else
    buf_printf(b, "Score %d, grade %c, %zu findings.\n", r->score, r->grade, r->findings.len);
  for (size_t i = 0; i < r->findings.len && i < SHORT_MAX; i++) {
    const finding *f = &r->findings.at[i];
    buf_printf(b, "- %.*s [%s] %.*s: %.*s (%.*s)\n", STR_ARG(f->id), severity_name(f->severity),
               STR_ARG(f->check), STR_ARG(f->title), STR_ARG(where_text(b->arena, &f->where)));
  }
  if (r->findings.len > SHORT_MAX)
    buf_printf(b, "... and %zu more in the whole report.\n", r->findings.len - SHORT_MAX);
  if (r->not_tested.len)
    buf_printf(b, "%zu checks were not tested; the whole report says why.\n", r->not_tested.len);
  buf_printf(b, "Whole report: batten://reports/%.*s. For one finding: explain_finding.\n",
             STR_ARG(id));
}
