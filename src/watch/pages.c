/* The dashboard's pages, made on the server: they say everything without a script. */
#include "watch/watch_private.h"

#include <math.h>

enum { RUNS_SHOWN = 60, ALERTS_SHOWN = 200 };

/* ---- writing --------------------------------------------------------------------------------- */

static void tag(buf *b, const char *name, const char *attributes, str content) {
  buf_printf(b, "<%s%s%s>", name, *attributes ? " " : "", attributes);
  put_markup(b, content);
  buf_printf(b, "</%s>", name);
}

/* "2026-11-28 17:14" */
static str time_text(arena *a, double when) {
  str iso = time_rfc3339(a, when);
  return arena_printf(a, "%.*s %.*s", STR_ARG(str_sub(iso, 0, 10)), STR_ARG(str_sub(iso, 11, 16)));
}

static void time_tag(buf *b, double when) {
  buf_printf(b, "<time datetime=\"%.*s\">%.*s</time>", STR_ARG(time_rfc3339(b->arena, when)),
             STR_ARG(time_text(b->arena, when)));
}

/* "3 days", "5 hours", "2 minutes". */
static str span(arena *a, double seconds) {
  static const struct {
    double size;
    const char *name;
  } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};

  for (int i = 0; i < 3; i++) {
    double n = floor(seconds / units[i].size);
    if (n >= 1)
      return arena_printf(a, "%.0f %s%s", n, units[i].name, n == 1 ? "" : "s");
  }
  return STR("moments");
}

static buf begin(view *v, str title, bool live) {
  buf b = {.arena = v->arena};
  buf_put(
      &b,
      STR("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\"><title>"));
  put_markup(&b, title);
  buf_put(&b, STR(" - batten watch</title><link rel=\"stylesheet\" href=\"/style.css\">"));
  if (live)
    buf_put(&b, STR("<script src=\"/live.js\" defer></script>"));
  buf_put(&b, STR("</head><body>"));
  if (!live)
    return b;
  buf_put(&b, STR("<a class=\"skip\" href=\"#main\">To the content</a><header><span "
                  "class=\"name\">batten watch</span><a href=\"/\">Targets</a><a "
                  "href=\"/alerts\">Alerts</a><span id=\"live\" class=\"soft\" "
                  "role=\"status\"></span><form method=\"post\" action=\"/logout\"><button>Sign "
                  "out</button></form></header><main id=\"main\" tabindex=\"-1\">"));
  return b;
}

static page finish(buf *b) {
  buf_put(b, STR("</main><footer>Times are UTC.</footer></body></html>\n"));
  return (page){.status = 200, .type = "text/html; charset=utf-8", .body = buf_str(b)};
}

static void grade_tag(buf *b, char grade) {
  buf_printf(b, "<span class=\"grade g%c\"><span class=\"skip\">Grade </span>%c</span>", grade,
             grade);
}

/* ---- signing in ------------------------------------------------------------------------------ */

page page_login(view *v, unsigned status, const char *wrong) {
  buf b = begin(v, STR("Sign in"), false);
  buf_put(&b, STR("<main class=\"login\"><h1>batten watch</h1>"));
  if (wrong)
    tag(&b, "p", "class=\"wrong\" role=\"alert\"", str_of(wrong));
  buf_put(&b, STR("<form method=\"post\" action=\"/login\"><label for=\"token\">The watcher's "
                  "token: its --token, or the one it printed when it started</label><input "
                  "id=\"token\" name=\"token\" type=\"password\" autocomplete=\"current-password\" "
                  "required autofocus><button>Sign in</button></form>"));
  page p = finish(&b);
  p.status = status;
  return p;
}

page page_not_found(view *v) {
  buf b = begin(v, STR("Not found"), true);
  buf_put(&b, STR("<h1>There is nothing here</h1><p><a href=\"/\">All targets</a></p>"));
  page p = finish(&b);
  p.status = 404;
  return p;
}

/* ---- the overview ---------------------------------------------------------------------------- */

typedef struct {
  size_t by[SEVERITY_CRITICAL + 1];
} counts;

static counts count(const finding_row_list *findings) {
  counts c = {{0}};
  for (size_t i = 0; i < findings->len; i++)
    c.by[findings->at[i].severity]++;
  return c;
}

static void put_counts(buf *b, const counts *c) {
  bool any = false;
  buf_put(b, STR("<p>"));
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
    if (!c->by[s])
      continue;
    buf_printf(b, "<span class=\"pill %s\">%zu %s</span> ", severity_name((severity)s), c->by[s],
               severity_name((severity)s));
    any = true;
  }
  if (!any)
    buf_put(b, STR("<span class=\"pill good\">no open findings</span>"));
  buf_put(b, STR("</p>"));
}

static const run_row *last_good(const run_list *runs) {
  for (size_t i = 0; i < runs->len; i++)
    if (runs->at[i].state == RUN_GOOD)
      return &runs->at[i];
  return NULL;
}

static void put_state(buf *b, const watched *w, const run_list *runs, double now) {
  const run_row *last = runs->len ? &runs->at[0] : NULL;
  if (last && last->state == RUN_OPEN) {
    tag(b, "p", "class=\"soft\"", STR("Scanning now"));
  } else if (last && last->state != RUN_GOOD) {
    buf_put(b, STR("<p class=\"high\">Last scan not completed: "));
    put_markup(b, last->reason);
    buf_put(b, STR("</p>"));
  }
  if (w->paused) {
    tag(b, "p", "class=\"medium\"", STR("Paused"));
    return;
  }
  str when = w->next > now
                 ? arena_printf(b->arena, "in %.*s", STR_ARG(span(b->arena, w->next - now)))
                 : STR("now");
  tag(b, "p", "class=\"soft\"",
      arena_printf(b->arena, "Every %.*s, next %.*s", STR_ARG(w->every), STR_ARG(when)));
}

static void put_card(view *v, buf *b, const watched *w) {
  run_list runs = store_runs(v->store, v->arena, w->id, 20);
  finding_row_list open = store_findings(v->store, v->arena, w->id, true);
  const run_row *good = last_good(&runs);
  counts c = count(&open);
  buf_put(b, STR("<li class=\"card\"><div class=\"row\">"));
  grade_tag(b, good ? good->grade : '-');
  buf_printf(b, "<div><h2><a href=\"/targets/%.*s\">", STR_ARG(percent_encode(v->arena, w->name)));
  put_markup(b, w->name);
  buf_put(b, STR("</a></h2>"));
  tag(b, "p", "class=\"mono soft\"", w->url);
  buf_put(b, STR("</div></div>"));
  if (good)
    put_counts(b, &c);
  if (!runs.len)
    tag(b, "p", "class=\"soft\"", STR("Not scanned yet"));
  put_state(b, w, &runs, clock_wall());
  buf_put(b, STR("</li>"));
}

page page_overview(view *v) {
  buf b = begin(v, STR("Targets"), true);
  watched_list all = store_list(v->store, v->arena);
  buf_put(&b, STR("<h1>Targets</h1>"));
  if (!all.len)
    buf_put(&b, STR("<p>Nothing is watched yet. Add a target: <code>batten watch add URL --every "
                    "6h</code></p>"));
  buf_put(&b, STR("<ul class=\"cards\">"));
  for (size_t i = 0; i < all.len; i++)
    put_card(v, &b, &all.at[i]);
  buf_put(&b, STR("</ul>"));
  return finish(&b);
}

/* ---- one target ------------------------------------------------------------------------------ */

static void put_chart_dates(buf *b, const run_list *runs, double left, double right, double y) {
  if (!runs->len)
    return;
  buf_printf(b, "<text x=\"%.0f\" y=\"%.0f\">%.10s</text>", left, y,
             time_text(b->arena, runs->at[runs->len - 1].started).ptr);
  if (runs->len > 1)
    buf_printf(b, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">%.10s</text>", right, y,
               time_text(b->arena, runs->at[0].started).ptr);
}

/* Score over the last runs, oldest left; a run that broke is a red mark on the floor. */
static void put_chart(buf *b, const run_list *runs) {
  static const double width = 720, height = 180, left = 44, bottom = 24, top = 12;
  size_t n = runs->len;
  double step = n > 1 ? (width - left - 16) / (double)(n - 1) : 0, room = height - top - bottom;
  buf path = {.arena = b->arena};
  size_t good = 0;
  buf_printf(b,
             "<svg class=\"chart\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"Score of "
             "the last %zu runs\">",
             width, height, n);
  for (int mark = 0; mark <= 100; mark += 50) {
    double y = top + room * (1 - mark / 100.0);
    buf_printf(b,
               "<line class=\"grid\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/><text "
               "x=\"6\" y=\"%.1f\">%d</text>",
               left, width - 8, y, y, y + 4, mark);
  }
  for (size_t i = 0; i < n; i++) {
    const run_row *r = &runs->at[n - 1 - i];
    double x = left + step * (double)i, y = top + room * (1 - r->score / 100.0);
    str when = time_text(b->arena, r->started);
    if (r->state == RUN_GOOD) {
      buf_printf(&path, "%s%.1f %.1f", good++ ? " L" : "M", x, y);
      buf_printf(b,
                 "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%.*s: %d "
                 "%c</title></circle>",
                 x, y, STR_ARG(when), r->score, r->grade);
    } else if (r->state != RUN_OPEN) {
      buf_printf(b,
                 "<rect class=\"bad\" x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"8\"><title>%.*s: "
                 "not completed</title></rect>",
                 x - 4, top + room - 4, STR_ARG(when));
    }
  }
  put_chart_dates(b, runs, left, width - 8, height - 5);
  if (good > 1)
    buf_printf(b, "<path class=\"line\" d=\"%.*s\"/>", STR_ARG(buf_str(&path)));
  buf_put(b, STR("</svg>"));
}

static void put_button(view *v, buf *b, const watched *w, const char *action, const char *label) {
  buf_printf(b,
             "<form method=\"post\" action=\"/targets/%.*s/%s\"><input type=\"hidden\" "
             "name=\"csrf\" value=\"%.*s\"><button id=\"do-%s\">%s</button></form> ",
             STR_ARG(percent_encode(v->arena, w->name)), action, STR_ARG(v->csrf), action, label);
}

static void put_filter(view *v, buf *b, const watched *w) {
  static const char *const choices[] = {"", "critical", "high", "medium", "low", "info", "fixed"};
  static const char *const labels[] = {"All open", "Critical", "High", "Medium",
                                       "Low",      "Info",     "Fixed"};
  buf_put(b, STR("<nav class=\"filter\" aria-label=\"Findings\">"));
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
    buf_printf(b, "<a href=\"/targets/%.*s%s%s\"%s>%s</a>",
               STR_ARG(percent_encode(v->arena, w->name)), *choices[i] ? "?severity=" : "",
               choices[i], str_eq(v->filter, str_of(choices[i])) ? " aria-current=\"page\"" : "",
               labels[i]);
  buf_put(b, STR("</nav>"));
}

/* The last good run with its report; run NULL when there is none. */
typedef struct {
  const run_row *run;
  report report;
} shown_run;

static shown_run shown_run_of(view *v, const run_row *good) {
  shown_run out = {.run = good};
  str json;
  error e;
  if (!good || !store_report(v->store, v->arena, good->id, &json) ||
      !report_read(v->arena, json, &out.report, &e))
    out.run = NULL;
  return out;
}

static bool shown(const view *v, const finding_row *f) {
  if (str_eq(v->filter, STR("fixed")))
    return f->fixed > 0;
  return f->fixed == 0 && (!v->filter.len || str_eq(v->filter, str_of(severity_name(f->severity))));
}

/* The run that saw it last; in the last good one, its very place. */
static void put_evidence_link(view *v, buf *b, const watched *w, const finding_row *f,
                              const shown_run *last) {
  buf_printf(b, "<a href=\"/targets/%.*s/runs/%lld", STR_ARG(percent_encode(v->arena, w->name)),
             (long long)f->last_run);
  for (size_t i = 0; last->run && f->last_run == last->run->id && i < last->report.findings.len;
       i++) {
    const finding *one = &last->report.findings.at[i];
    if (!str_eq(one->fingerprint, f->fingerprint))
      continue;
    buf_char(b, '#');
    put_markup(b, one->id);
    break;
  }
  buf_put(b, STR("\">"));
}

static void put_finding(view *v, buf *b, const watched *w, const finding_row *f,
                        const shown_run *last) {
  double now = clock_wall();
  const char *level = severity_name(f->severity);
  buf_printf(b, "<tr><td><span class=\"pill %s\">%s</span></td><td>", level, level);
  put_evidence_link(v, b, w, f, last);
  put_markup(b, f->title);
  buf_put(b, STR("</a><br>"));
  tag(b, "span", "class=\"mono soft\"",
      arena_printf(v->arena, "%.*s, %.*s", STR_ARG(f->check), STR_ARG(f->where)));
  buf_put(b, STR("</td><td class=\"n\">"));
  if (f->fixed > 0)
    tag(b, "span", "class=\"good\"",
        arena_printf(v->arena, "fixed %.*s ago", STR_ARG(span(v->arena, now - f->fixed))));
  else
    put_markup(b, span(v->arena, now - f->first_seen));
  if (f->times_back)
    buf_printf(b, "<br><span class=\"medium\">back %u time%s</span>", f->times_back,
               f->times_back == 1 ? "" : "s");
  buf_put(b, STR("</td></tr>"));
}

static void put_findings(view *v, buf *b, const watched *w, const shown_run *last) {
  finding_row_list all = store_findings(v->store, v->arena, w->id, false);
  size_t n = 0;
  buf_put(b, STR("<h2>Findings</h2>"));
  put_filter(v, b, w);
  buf_put(b, STR("<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                 "aria-label=\"Findings\"><table><thead><tr><th scope=\"col\">Severity</th><th "
                 "scope=\"col\">Finding</th><th scope=\"col\">Age</th></tr></thead><tbody>"));
  for (size_t i = 0; i < all.len; i++)
    if (shown(v, &all.at[i])) {
      put_finding(v, b, w, &all.at[i], last);
      n++;
    }
  if (!n)
    buf_put(b, STR("<tr><td colspan=\"3\" class=\"soft\">None.</td></tr>"));
  buf_put(b, STR("</tbody></table></div>"));
}

static void put_runs(view *v, buf *b, const watched *w, const run_list *runs) {
  static const char *const states[] = {"running", "good", "partial", "broken"};
  buf_put(b, STR("<h2>Runs</h2><div class=\"wide\" tabindex=\"0\" role=\"region\" "
                 "aria-label=\"Runs\"><table><thead><tr><th scope=\"col\">Started</th><th "
                 "scope=\"col\">State</th><th scope=\"col\">Score</th><th scope=\"col\" "
                 "class=\"extra\">Findings</th><th scope=\"col\" "
                 "class=\"extra\">Requests</th></tr></thead><tbody>"));
  for (size_t i = 0; i < runs->len && i < 20; i++) {
    const run_row *r = &runs->at[i];
    buf_put(b, STR("<tr><td class=\"n\">"));
    bool has_report = r->state == RUN_GOOD || r->state == RUN_PARTIAL;
    if (has_report)
      buf_printf(b, "<a href=\"/targets/%.*s/runs/%lld\">",
                 STR_ARG(percent_encode(v->arena, w->name)), (long long)r->id);
    time_tag(b, r->started);
    if (has_report)
      buf_put(b, STR("</a>"));
    buf_printf(b, "</td><td>%s", states[r->state]);
    if (r->reason.len) {
      buf_put(b, STR("<br>"));
      tag(b, "span", "class=\"soft\"", r->reason);
    }
    buf_printf(b,
               "</td><td class=\"n g%c\">%d %c</td><td class=\"n extra\">%zu</td><td class=\"n "
               "extra\">%zu</td></tr>",
               r->grade, r->score, r->grade, r->findings, r->requests);
  }
  if (!runs->len)
    buf_put(b, STR("<tr><td colspan=\"5\" class=\"soft\">None yet.</td></tr>"));
  buf_put(b, STR("</tbody></table></div>"));
}

/* What the last report could not decide, as loudly as what it found. */
static void put_not_tested(view *v, buf *b, const shown_run *last) {
  const report *r = &last->report;
  if (!last->run)
    return;
  buf_printf(b, "<h2>Not tested</h2>");
  if (!r->not_tested.len)
    buf_put(b, STR("<p class=\"soft\">Everything was.</p>"));
  if (!r->not_tested.len)
    return;
  buf_printf(b, "<details><summary>%zu checks were not decided in the last good run</summary><ul>",
             r->not_tested.len);
  for (size_t i = 0; i < r->not_tested.len && i < 300; i++) {
    const not_tested *n = &r->not_tested.at[i];
    tag(b, "li", "",
        arena_printf(v->arena, "%.*s, %.*s: %.*s", STR_ARG(n->check), STR_ARG(n->where),
                     STR_ARG(n->reason)));
  }
  buf_put(b, STR("</ul></details>"));
}

page page_target(view *v, str name) {
  watched w;
  if (!store_find(v->store, v->arena, name, &w))
    return page_not_found(v);
  run_list runs = store_runs(v->store, v->arena, w.id, RUNS_SHOWN);
  const run_row *good = last_good(&runs);
  shown_run last = shown_run_of(v, good);
  buf b = begin(v, w.name, true);
  buf_put(&b, STR("<div class=\"row\">"));
  grade_tag(&b, good ? good->grade : '-');
  buf_put(&b, STR("<div>"));
  tag(&b, "h1", "", w.name);
  tag(&b, "p", "class=\"mono soft\"", w.url);
  buf_put(&b, STR("</div></div>"));
  if (good)
    buf_printf(&b, "<p class=\"score\">%d<span class=\"soft\"> / 100</span></p>", good->score);
  put_state(&b, &w, &runs, clock_wall());
  put_button(v, &b, &w, "run", "Scan now");
  put_button(v, &b, &w, w.paused ? "resume" : "pause", w.paused ? "Resume" : "Pause");
  buf_put(&b, STR("<h2>Score</h2>"));
  put_chart(&b, &runs);
  put_findings(v, &b, &w, &last);
  put_runs(v, &b, &w, &runs);
  put_not_tested(v, &b, &last);
  str encoded = percent_encode(v->arena, w.name);
  buf_printf(&b,
             "<h2>Badge</h2><p><img alt=\"Score badge\" src=\"/badge/%.*s.svg?key=%.*s\"></p><p "
             "class=\"mono soft\">/badge/%.*s.svg?key=%.*s</p>",
             STR_ARG(encoded), STR_ARG(badge_key(v->server, v->arena, w.name)), STR_ARG(encoded),
             STR_ARG(badge_key(v->server, v->arena, w.name)));
  return finish(&b);
}

page page_run(view *v, str name, int64_t run) {
  watched w;
  run_row row;
  str json;
  report r;
  error e;
  if (!store_find(v->store, v->arena, name, &w) || !store_run(v->store, v->arena, run, &row) ||
      row.target != w.id || !store_report(v->store, v->arena, run, &json) ||
      !report_read(v->arena, json, &r, &e))
    return page_not_found(v);
  writer_options o = {.width = 80};
  return (page){.status = 200,
                .type = "text/html; charset=utf-8",
                .body = report_writer_find(STR("html"))->write(v->arena, &r, &o)};
}

/* ---- alerts ---------------------------------------------------------------------------------- */

page page_alerts(view *v) {
  alert_list all = store_alerts(v->store, v->arena, ALERTS_SHOWN);
  buf b = begin(v, STR("Alerts"), true);
  buf_put(&b,
          STR("<h1>Alerts</h1><p class=\"soft\">An alert that is uncertain was being sent when the "
              "watcher ended: it may have arrived, and is not sent again.</p><div class=\"wide\" "
              "tabindex=\"0\" role=\"region\" aria-label=\"Alerts\"><table><thead><tr><th "
              "scope=\"col\">For</th><th scope=\"col\">Channel</th><th scope=\"col\">State</th><th "
              "scope=\"col\">Tries</th></tr></thead><tbody>"));
  for (size_t i = 0; i < all.len; i++) {
    const alert_row *one = &all.at[i];
    json_t *body = json_parse(one->body, NULL);
    bool sent = str_eq(one->state, STR("sent"));
    buf_put(&b, STR("<tr><td>"));
    put_markup(&b, json_get_str(body, "target"));
    buf_printf(&b, "<br><span class=\"soft\">%zu changes</span></td><td class=\"mono\">",
               json_array_size(json_object_get(body, "changes")));
    put_markup(&b, str_sub(one->channel, 0, str_find(one->channel, STR("="), 0)));
    buf_printf(&b, "</td><td class=\"%s\">",
               sent                                 ? "good"
               : str_eq(one->state, STR("waiting")) ? ""
                                                    : "high");
    put_markup(&b, one->state);
    if (one->error.len) {
      buf_put(&b, STR("<br>"));
      tag(&b, "span", "class=\"soft\"", one->error);
    }
    buf_printf(&b, "</td><td class=\"n\">%u</td></tr>", one->attempts);
    json_decref(body);
  }
  if (!all.len)
    buf_put(&b, STR("<tr><td colspan=\"4\" class=\"soft\">None yet.</td></tr>"));
  buf_put(&b, STR("</tbody></table></div>"));
  return finish(&b);
}
