/* The JSON API and the badge. */
#include "watch/watch_private.h"

enum { RUNS_MAX = 500, ALERTS_MAX = 500 };

static page json_page(view *v, json_t *value) {
  page p = {.status = 200, .type = "application/json", .body = json_write(v->arena, value, true)};
  json_decref(value);
  return p;
}

static page missing(void) {
  return (page){.status = 404,
                .type = "application/json",
                .body = STR("{\"error\":\"there is nothing of that name\"}\n")};
}

static void put_time(view *v, json_t *o, const char *name, double when) {
  if (when > 0)
    json_put_str(o, name, time_rfc3339(v->arena, when));
}

static json_t *run_json(view *v, const run_row *r) {
  static const char *const states[] = {"running", "good", "partial", "broken"};
  json_t *o = json_object();
  json_put(o, "id", json_integer(r->id));
  json_put_str(o, "state", str_of(states[r->state]));
  put_time(v, o, "started", r->started);
  put_time(v, o, "finished", r->finished);
  bool has_score = r->state == RUN_GOOD; /* what was not completed has none */
  json_put(o, "score", has_score ? json_integer(r->score) : json_null());
  json_put(o, "grade", has_score ? json_text(str_from(&r->grade, 1)) : json_null());
  json_put(o, "findings", json_integer((json_int_t)r->findings));
  json_put(o, "requests", json_integer((json_int_t)r->requests));
  if (r->reason.len)
    json_put_str(o, "reason", r->reason);
  return o;
}

static json_t *finding_json(view *v, const finding_row *f) {
  json_t *o = json_object();
  json_put_str(o, "fingerprint", f->fingerprint);
  json_put_str(o, "check", f->check);
  json_put_str(o, "severity", str_of(severity_name(f->severity)));
  json_put_str(o, "title", f->title);
  json_put_str(o, "where", f->where);
  put_time(v, o, "first_seen", f->first_seen);
  put_time(v, o, "last_seen", f->last_seen);
  put_time(v, o, "fixed", f->fixed);
  json_put(o, "times_back", json_integer(f->times_back));
  return o;
}

static json_t *target_json(view *v, const watched *w) {
  json_t *o = json_object();
  run_list runs = store_runs(v->store, v->arena, w->id, 1);
  json_put_str(o, "name", w->name);
  json_put_str(o, "url", w->url);
  json_put_str(o, "every", w->every);
  put_time(v, o, "next", w->next);
  json_put(o, "paused", json_boolean(w->paused));
  if (runs.len)
    json_put(o, "last_run", run_json(v, &runs.at[0]));
  return o;
}

page api_targets(view *v) {
  json_t *list = json_array();
  watched_list all = store_list(v->store, v->arena);
  for (size_t i = 0; i < all.len; i++)
    json_array_append_new(list, target_json(v, &all.at[i]));
  return json_page(v, json_pack("{s:o}", "targets", list));
}

page api_target(view *v, str name) {
  watched w;
  if (!store_find(v->store, v->arena, name, &w))
    return missing();
  json_t *o = target_json(v, &w), *list = json_array();
  finding_row_list all = store_findings(v->store, v->arena, w.id, false);
  for (size_t i = 0; i < all.len; i++)
    json_array_append_new(list, finding_json(v, &all.at[i]));
  json_put(o, "findings", list);
  return json_page(v, o);
}

page api_runs(view *v, str name) {
  watched w;
  if (!store_find(v->store, v->arena, name, &w))
    return missing();
  json_t *list = json_array();
  run_list runs = store_runs(v->store, v->arena, w.id, RUNS_MAX);
  for (size_t i = 0; i < runs.len; i++)
    json_array_append_new(list, run_json(v, &runs.at[i]));
  return json_page(v, json_pack("{s:o}", "runs", list));
}

page api_report(view *v, int64_t run) {
  str json;
  if (!store_report(v->store, v->arena, run, &json))
    return missing();
  return (page){.status = 200, .type = "application/json", .body = json};
}

page api_alerts(view *v) {
  json_t *list = json_array();
  alert_list all = store_alerts(v->store, v->arena, ALERTS_MAX);
  for (size_t i = 0; i < all.len; i++) {
    const alert_row *one = &all.at[i];
    json_t *o = json_object();
    json_put(o, "id", json_integer(one->id));
    json_put(o, "run", json_integer(one->run));
    json_put_str(o, "channel", str_sub(one->channel, 0, str_find(one->channel, STR("="), 0)));
    json_put_str(o, "state", one->state);
    json_put(o, "attempts", json_integer(one->attempts));
    json_put(o, "message", json_parse(one->body, NULL));
    json_array_append_new(list, o);
  }
  return json_page(v, json_pack("{s:o}", "alerts", list));
}

extern const unsigned char watch_openapi_bytes[];
extern const size_t watch_openapi_len;

page api_description(view *v) {
  (void)v;
  return (page){.status = 200,
                .type = "application/json",
                .body = str_from(watch_openapi_bytes, watch_openapi_len)};
}

/* ---- the badge ------------------------------------------------------------------------------- */

static const char *badge_color(char grade) {
  if (grade == 'A' || grade == 'B')
    return "#137336";
  return grade == 'C' || grade == 'D' ? "#8a5a00" : grade == 'F' ? "#9f1239" : "#55606f";
}

page badge(view *v, str name) {
  watched w;
  char grade = '-';
  int score = 0;
  if (store_find(v->store, v->arena, name, &w)) {
    run_list runs = store_runs(v->store, v->arena, w.id, 50);
    for (size_t i = 0; i < runs.len && grade == '-'; i++)
      if (runs.at[i].state == RUN_GOOD) {
        grade = runs.at[i].grade;
        score = runs.at[i].score;
      }
  }
  str value = grade == '-' ? STR("unknown") : arena_printf(v->arena, "%c %d", grade, score);
  return (page){
      .status = 200,
      .type = "image/svg+xml",
      .body = arena_printf(
          v->arena,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"118\" height=\"20\" role=\"img\" "
          "aria-label=\"batten: %.*s\"><rect width=\"118\" height=\"20\" rx=\"4\" "
          "fill=\"#3b4453\"/><rect x=\"52\" width=\"66\" height=\"20\" rx=\"4\" fill=\"%s\"/><g "
          "fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\"><text "
          "x=\"8\" y=\"14\">batten</text><text x=\"60\" y=\"14\">%.*s</text></g></svg>\n",
          STR_ARG(value), badge_color(grade), STR_ARG(value))};
}
