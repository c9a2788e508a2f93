/* The history over simulated months: flaws come and go, scans break and mend; an oracle beside says
 * what must be told. WATCH_TARGETS and WATCH_DAYS make it larger (bench/watch/history runs 200
 * targets over 90 days). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/json.h"
#include "watch/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FLAWS = 8, KINDS = 7, TARGETS_MAX = 200 };

static double now_simulated;

static double simulated(void) {
  return now_simulated;
}

static uint64_t mix(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t h = a * 0x9E3779B97F4A7C15u ^ b * 0xC2B2AE3D27D4EB4Fu ^ c * 0x165667B19E3779F9u;
  h ^= h >> 31;
  h *= 0xD6E8FEB86659FD93u;
  return h ^ h >> 29;
}

static bool flaw_there(uint64_t target, uint64_t flaw, double time) {
  return mix(target, flaw, (uint64_t)(time / 86400 / (double)(3 + flaw))) % 3 == 0;
}

static bool scan_breaks(uint64_t target, double time) {
  return mix(target, 99, (uint64_t)(time / 3600)) % 40 == 0;
}

static str report_json(arena *a, uint64_t target, double time) {
  report r = {.kind = REPORT_SCAN,
              .target_url = STR("http://127.0.0.1/"),
              .operations = 1,
              .active = STR("forge"),
              .authorization = STR("loopback"),
              .context = STR("default"),
              .started = time,
              .finished = time,
              .requests = 9};
  r.categories[CATEGORY_AUTHENTICATION].tested = true;
  r.categories[CATEGORY_AUTHENTICATION].checks = 3;
  for (uint64_t f = 0; f < FLAWS; f++) {
    if (!flaw_there(target, f, time))
      continue;
    finding one = {
        .check = arena_printf(a, "check-%d", (int)f),
        .category = CATEGORY_AUTHENTICATION,
        .severity = (severity)(f % 5),
        .confidence = CONFIDENCE_CONFIRMED,
        .title = STR("A flaw"),
        .description = STR("It is there."),
        .fix_text = STR("Mend it."),
        .where = {.kind = WHERE_OPERATION, .method = STR("GET"), .url = STR("http://127.0.0.1/x")}};
    list_push(a, &r.findings, one);
  }
  report_finish(a, &r);
  writer_options o = {.width = 80};
  return report_writer_find(STR("json"))->write(a, &r, &o);
}

static void simulated_scan(void *to, arena *a, const watched *w, scan_outcome *out) {
  uint64_t target = strtoull(arena_text(a, str_sub(w->name, 1, w->name.len)), NULL, 10);
  (void)to;
  *out = (scan_outcome){.have = !scan_breaks(target, now_simulated), .reason = STR("no answer")};
  if (out->have)
    out->json = report_json(a, target, now_simulated);
}

/* ---- the oracle ------------------------------------------------------------------------------ */

typedef struct {
  bool open[FLAWS], ever[FLAWS], broken, had_good;
} belief;

static belief beliefs[TARGETS_MAX];
static size_t expected[KINDS];

static void expect_run(uint64_t target) {
  belief *b = &beliefs[target];
  if (scan_breaks(target, now_simulated)) {
    expected[CHANGE_BROKEN] += !b->broken;
    b->broken = true;
    return;
  }
  expected[CHANGE_MENDED] += b->broken;
  b->broken = false;
  for (uint64_t f = 0; f < FLAWS; f++) {
    bool there = flaw_there(target, f, now_simulated);
    if (there && !b->open[f])
      expected[b->ever[f] ? CHANGE_BACK : CHANGE_NEW]++;
    if (!there && b->open[f])
      expected[CHANGE_FIXED]++;
    b->open[f] = there;
    b->ever[f] |= there;
  }
}

static void count_alerts(store *s, size_t told[KINDS], size_t *sent) {
  for (;;) {
    arena *a = arena_new();
    alert_row alert;
    bool some = store_next_alert(s, a, now_simulated, &alert);
    json_t *body = some ? json_parse(alert.body, NULL) : NULL, *c;
    size_t i;
    json_array_foreach(json_object_get(body, "changes"), i, c) for (int k = 0; k < KINDS; k++)
        told[k] += str_eq(json_get_str(c, "change"), str_of(change_name((change_kind)k)));
    json_decref(body);
    if (some)
      store_alert_sent(s, alert.id, now_simulated);
    *sent += some;
    arena_free(a);
    if (!some)
      return;
  }
}

static int from_environment(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text ? atoi(text) : otherwise;
}

static char path[64];

static int make_folder(void **state) {
  (void)state;
  strcpy(path, "/tmp/watch-XXXXXX");
  return mkdtemp(path) ? 0 : 1;
}

static int remove_folder(void **state) {
  static const char *const names[] = {"db", "db-wal", "db-shm"};
  char file[96];
  (void)state;
  for (int i = 0; i < 3; i++) {
    snprintf(file, sizeof file, "%s/%s", path, names[i]);
    unlink(file);
  }
  return rmdir(path);
}

static store *open_there(void) {
  char file[96];
  error e = {0};
  snprintf(file, sizeof file, "%s/db", path);
  store *s = store_open(file, &e);
  if (!s)
    print_error("%s\n", e.message);
  assert_non_null(s);
  return s;
}

static void add_target_told_by(store *s, int number, const char *every, str channel) {
  arena *a = arena_new();
  error e;
  watched w = {.name = arena_printf(a, "t%d", number),
               .url = STR("http://127.0.0.1/"),
               .every = str_of(every),
               .added = now_simulated,
               .next = now_simulated};
  list_push(a, &w.alerts, channel);
  assert_true(store_add(s, &w, &e));
  assert_false(store_add(s, &w, &e));
  arena_free(a);
}

static void add_target(store *s, int number, const char *every) {
  add_target_told_by(s, number, every, STR("webhook=http://127.0.0.1/hook"));
}

static void every_change_over_months_is_told_exactly_once(void **state) {
  int targets = from_environment("WATCH_TARGETS", 12), days = from_environment("WATCH_DAYS", 25);
  size_t told[KINDS] = {0}, sent = 0, runs = 0;
  error e = {0};
  (void)state;
  now_simulated = 1.8e9;
  double end = now_simulated + days * 86400.0;
  store *s = open_there();
  for (int i = 0; i < targets; i++)
    add_target(s, i, i % 2 ? "6h" : "0 */5 * * *");
  for (; now_simulated < end; now_simulated += 900) {
    arena *a = arena_new();
    watched_list all = store_list(s, a);
    for (size_t i = 0; i < all.len; i++) {
      run_row row;
      if (all.at[i].next > now_simulated)
        continue;
      expect_run(strtoull(all.at[i].name.ptr + 1, NULL, 10));
      assert_true(watch_run(s, &all.at[i], simulated, 0, simulated_scan, NULL, &row, &e));
      runs++;
    }
    count_alerts(s, told, &sent);
    arena_free(a);
  }
  for (int k = 0; k < KINDS; k++)
    if (k != CHANGE_SCORE)
      assert_int_equal(told[k], expected[k]);
  assert_true(expected[CHANGE_NEW] && expected[CHANGE_FIXED] && expected[CHANGE_BACK] &&
              expected[CHANGE_BROKEN]);
  if (getenv("WATCH_TARGETS"))
    printf("%d targets, %d days: %zu runs, %zu alerts, database %.1f MiB\n", targets, days, runs,
           sent, (double)store_size(s) / 1048576);
  assert_true(store_size(s) < 100u << 20);
  store_close(s);
}

/* ---- single facts ---------------------------------------------------------------------------- */

/* In a process of its own, which then dies without a word. */
static void dying(void (*act)(store *s, void *of), void *of) {
  pid_t child = fork();
  if (child == 0) {
    act(open_there(), of);
    _exit(0);
  }
  int ended = 0;
  assert_int_equal(waitpid(child, &ended, 0), child);
  assert_int_equal(WEXITSTATUS(ended), 0);
}

static void begin_a_run(store *s, void *of) {
  if (store_begin(s, *(int64_t *)of, now_simulated) <= 0)
    _exit(1);
}

static void begin_to_send(store *s, void *of) {
  alert_row alert;
  (void)of;
  if (!store_next_alert(s, arena_new(), now_simulated + 5, &alert))
    _exit(1);
}

static void a_crash_leaves_no_half_run_and_sends_nothing_twice(void **state) {
  arena *a = arena_new();
  error e;
  watched w;
  alert_row alert;
  change_list changes = {0};
  report r;
  (void)state;
  store *s = open_there();
  now_simulated = 2e9;
  add_target(s, 1000, "6h");
  assert_true(store_find(s, a, STR("t1000"), &w));
  store_close(s);
  dying(begin_a_run, &w.id);
  s = open_there();
  run_list runs = store_runs(s, a, w.id, 5);
  assert_int_equal(runs.len, 1);
  assert_int_equal(runs.at[0].state, RUN_BROKEN);
  int64_t run = store_begin(s, w.id, now_simulated + 1);
  assert_true(run > 0);
  assert_int_equal(store_begin(s, w.id, now_simulated), 0); /* one at a time */
  str json = report_json(a, 3, 0);
  for (double t = 0; !report_read(a, json, &r, &e) || !r.findings.len; t += 86400)
    json = report_json(a, 3, t);
  assert_true(store_finish(s, a, run, now_simulated + 2, &r, json, 0, &changes, &e));
  assert_false(
      store_finish(s, a, run, now_simulated + 3, &r, json, 0, &changes, &e)); /* ended already */
  store_close(s);
  dying(begin_to_send, NULL);
  s = open_there();
  assert_false(store_next_alert(s, a, now_simulated + 99, &alert));
  assert_true(str_eq(store_alerts(s, a, 1).at[0].state, STR("uncertain")));
  store_close(s);
  arena_free(a);
}

static void a_finding_whose_check_was_not_decided_stays_open(void **state) {
  arena *a = arena_new();
  error e;
  watched w;
  report r;
  change_list changes = {0};
  (void)state;
  store *s = open_there();
  now_simulated = 2.1e9;
  add_target(s, 2000, "6h");
  assert_true(store_find(s, a, STR("t2000"), &w));
  str json = report_json(a, 3, 0);
  for (double t = 0; !report_read(a, json, &r, &e) || !r.findings.len; t += 86400)
    json = report_json(a, 3, t);
  int64_t run = store_begin(s, w.id, now_simulated);
  assert_true(store_finish(s, a, run, now_simulated, &r, json, 0, &changes, &e));
  size_t open = store_findings(s, a, w.id, true).len;
  not_tested n = {r.findings.at[0].check, STR("GET /x"), STR("throttled")};
  list_push(a, &r.not_tested, n);
  r.findings.len = 0;
  changes.len = 0;
  run = store_begin(s, w.id, now_simulated + 1);
  assert_true(store_finish(s, a, run, now_simulated + 1, &r, json, 0, &changes, &e));
  assert_int_equal(store_findings(s, a, w.id, true).len, 1);
  assert_int_equal(store_findings(s, a, w.id, false).len, open);
  store_close(s);
  arena_free(a);
}

static void break_target(store *s, arena *a, const char *name) {
  error e;
  watched w;
  change_list changes = {0};
  assert_true(store_find(s, a, str_of(name), &w));
  assert_true(store_break(s, a, store_begin(s, w.id, now_simulated), now_simulated,
                          STR("no answer"), &changes, &e));
}

static void a_failed_alert_waits_longer_each_time_and_then_ends(void **state) {
  arena *a = arena_new();
  alert_row alert;
  (void)state;
  store *s = open_there();
  now_simulated = 2.2e9;
  while (store_next_alert(s, a, now_simulated, &alert))
    store_alert_sent(s, alert.id, now_simulated);
  add_target(s, 3000, "6h");
  break_target(s, a, "t3000");
  double due = now_simulated, gap = 0;
  for (unsigned i = 1; i <= ALERT_ATTEMPTS_MAX; i++) {
    assert_true(store_next_alert(s, a, due, &alert));
    assert_int_equal(alert.attempts, i);
    assert_false(store_next_alert(s, a, due, &alert));
    store_alert_failed(s, alert.id, due, STR("answered 500"), ALERT_ATTEMPTS_MAX);
    double next = store_alert_due(s);
    if (i < ALERT_ATTEMPTS_MAX)
      assert_true(next - due > gap);
    gap = next - due;
    due = next;
  }
  assert_true(due == 0);
  assert_true(str_eq(store_alerts(s, a, 1).at[0].state, STR("failed")));
  store_close(s);
  arena_free(a);
}

static void a_channel_that_failed_holds_up_no_other(void **state) {
  arena *a = arena_new();
  alert_row alert;
  str_list told = {0};
  (void)state;
  store *s = open_there();
  now_simulated = 2.25e9;
  while (store_next_alert(s, a, now_simulated, &alert))
    store_alert_sent(s, alert.id, now_simulated);
  add_target(s, 3500, "6h");
  add_target(s, 3501, "6h");
  add_target_told_by(s, 3502, "6h", STR("webhook=http://127.0.0.1/other"));
  break_target(s, a, "t3500");
  break_target(s, a, "t3501");
  break_target(s, a, "t3502");
  for (int seconds = 0; seconds <= 60; seconds += 60)
    while (store_next_alert(s, a, now_simulated + seconds, &alert)) {
      list_push(a, &told, arena_printf(a, "%d %.*s", seconds, STR_ARG(alert.channel)));
      if (!seconds && str_ends(alert.channel, STR("hook")))
        store_alert_failed(s, alert.id, now_simulated, STR("no complete answer"),
                           ALERT_ATTEMPTS_MAX);
      else
        store_alert_sent(s, alert.id, now_simulated);
    }
  static const char *const expected_told[] = {
      "0 webhook=http://127.0.0.1/hook", "0 webhook=http://127.0.0.1/other",
      "60 webhook=http://127.0.0.1/hook", "60 webhook=http://127.0.0.1/hook"};
  assert_int_equal(4, told.len);
  for (size_t i = 0; i < told.len; i++)
    assert_true(str_eq(told.at[i], str_of(expected_told[i])));
  store_close(s);
  arena_free(a);
}

static void a_lasting_severe_finding_is_told_once_again(void **state) {
  arena *a = arena_new();
  error e;
  watched w;
  report r;
  size_t lasts = 0, severe = 0;
  (void)state;
  store *s = open_there();
  now_simulated = 2.3e9;
  add_target(s, 4000, "6h");
  assert_true(store_find(s, a, STR("t4000"), &w));
  str json = report_json(a, 5, 0);
  for (double t = 0; severe == 0; t += 86400) {
    json = report_json(a, 5, t);
    assert_true(report_read(a, json, &r, &e));
    for (size_t i = 0; i < r.findings.len; i++)
      severe += r.findings.at[i].severity >= SEVERITY_HIGH;
  }
  for (int day = 0; day < 20; day++) {
    change_list changes = {0};
    int64_t run = store_begin(s, w.id, now_simulated);
    assert_true(store_finish(s, a, run, now_simulated, &r, json, 7 * 86400.0, &changes, &e));
    for (size_t i = 0; i < changes.len; i++)
      lasts += changes.at[i].kind == CHANGE_LASTS;
    now_simulated += 86400;
  }
  assert_int_equal(lasts, severe);
  store_close(s);
  arena_free(a);
}

static void the_history_is_its_owners_alone(void **state) {
  char file[96];
  error e = {0};
  struct stat info;
  (void)state;
  snprintf(file, sizeof file, "%s/own", path);
  mode_t before = umask(0);
  store *s = store_open(file, &e);
  umask(before);
  assert_non_null(s);
  assert_true(stat(file, &info) == 0 && (info.st_mode & 0777) == 0600);
  store_close(s);
  unlink(file);
}

static void foreign_and_damaged_files_are_refused(void **state) {
  char file[96];
  error e = {0};
  (void)state;
  snprintf(file, sizeof file, "%s/other", path);
  FILE *f = fopen(file, "w");
  fputs("this is no database at all, but long enough", f);
  fclose(f);
  assert_null(store_open(file, &e));
  assert_true(str_contains(str_of(e.message), STR("no SQLite database")));
  unlink(file);
  assert_null(store_open("/nowhere/at/all", &e));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_change_over_months_is_told_exactly_once),
      cmocka_unit_test(a_crash_leaves_no_half_run_and_sends_nothing_twice),
      cmocka_unit_test(a_finding_whose_check_was_not_decided_stays_open),
      cmocka_unit_test(a_failed_alert_waits_longer_each_time_and_then_ends),
      cmocka_unit_test(a_channel_that_failed_holds_up_no_other),
      cmocka_unit_test(a_lasting_severe_finding_is_told_once_again),
      cmocka_unit_test(the_history_is_its_owners_alone),
      cmocka_unit_test(foreign_and_damaged_files_are_refused),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
