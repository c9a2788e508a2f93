#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <time.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "report/report.h"

/* Bytes that attack every reader: markup, CDATA, terminal sequences, direction marks, invalid
 * UTF-8, NUL. */
static const char HOSTILE[] = "</script>]]>\"'&\x1b[2J\x9b"
                              "31m\xff\xfe\x00\xc3\x28\xe2\x80\xae\r\n@all|`<img src=x>{0}";
#define BAD ((str){HOSTILE, sizeof HOSTILE - 1})

static report empty_report(void) {
  report r = {.kind = REPORT_SCAN,
              .target_url = STR("http://127.0.0.1:3000/"),
              .context = STR("default"),
              .active = STR("forge"),
              .authorization = STR("loopback"),
              .started = 1700000000,
              .finished = 1700000001};
  r.categories[CATEGORY_AUTHENTICATION].tested = true;
  return r;
}

static finding simple(const char *check, severity s, const char *url_text) {
  return (finding){
      .check = str_of(check),
      .severity = s,
      .confidence = CONFIDENCE_CONFIRMED,
      .title = STR("title"),
      .description = STR("description"),
      .fix_text = STR("fix"),
      .where = {.kind = WHERE_OPERATION, .method = STR("GET"), .url = str_of(url_text)}};
}

static report hostile_report(arena *a) {
  report r = empty_report();
  for (int kind = WHERE_OPERATION; kind <= WHERE_OBJECT; kind++) {
    finding f = {.check = STR("jwt-alg-none"),
                 .severity = SEVERITY_HIGH,
                 .title = BAD,
                 .description = BAD,
                 .reproduce = BAD,
                 .fix_text = BAD,
                 .fix_policy = BAD,
                 .fix_diff = BAD};
    f.where = (where){(where_kind)kind, BAD, BAD, BAD, BAD, 1, 2, BAD, BAD, BAD};
    evidence e = {BAD, BAD, BAD};
    list_push(a, &f.evidence, e);
    trace_step t = {BAD, 1, 2, BAD};
    list_push(a, &f.trace, t);
    fix_code c = {BAD, BAD};
    list_push(a, &f.fix_code, c);
    list_push(a, &f.references.rfc, BAD);
    list_push(a, &r.findings, f);
    f.suppressed_until = BAD;
    f.suppressed_reason = BAD;
    list_push(a, &r.suppressed, f);
  }
  not_tested n = {BAD, BAD, BAD};
  list_push(a, &r.not_tested, n);
  list_push(a, &r.notes, BAD);
  list_push(a, &r.identities, BAD);
  r.target_url = BAD;
  r.partial = true;
  r.partial_reason = BAD;
  report_finish(a, &r);
  return r;
}

static str written(arena *a, const report *r, const char *format) {
  writer_options o = {.width = 80};
  return report_writer_find(str_of(format))->write(a, r, &o);
}

static void every_writer_gives_utf8_from_any_bytes(void **state) {
  (void)state;
  arena *a = arena_new();
  report r = hostile_report(a);
  for (size_t i = 0; report_writer_at(i); i++) {
    str text = written(a, &r, report_writer_at(i)->name);
    if (!str_is_utf8(text))
      print_error("%s is not UTF-8\n", report_writer_at(i)->name);
    assert_true(str_is_utf8(text));
    assert_true(text.len > 0);
    assert_false(str_contains(text, STR("\x1b")));
    assert_false(str_contains(text, str_from("", 1)));
  }
  arena_free(a);
}

static void json_writers_write_json_from_any_bytes(void **state) {
  static const char *const formats[] = {"json", "sarif", "har", "gitlab-sast", "codequality"};
  (void)state;
  arena *a = arena_new();
  report r = hostile_report(a);
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    error e = {0};
    json_t *value = json_parse(written(a, &r, formats[i]), &e);
    if (!value)
      print_error("%s: %s\n", formats[i], e.message);
    assert_non_null(value);
    json_decref(value);
  }
  arena_free(a);
}

static void markup_writers_let_no_markup_through(void **state) {
  static const char *const formats[] = {"html", "junit"};
  (void)state;
  arena *a = arena_new();
  report r = hostile_report(a);
  for (size_t i = 0; i < 2; i++) {
    str text = written(a, &r, formats[i]);
    assert_false(str_contains(text, STR("</script>")));
    assert_false(str_contains(text, STR("<img")));
    assert_false(str_contains(text, STR("]]>")));
    assert_false(str_contains(text, STR("\xe2\x80\xae")));
  }
  arena_free(a);
}

static void a_request_without_an_answer_is_an_archive_entry_too(void **state) {
  (void)state;
  arena *a = arena_new();
  report r = empty_report();
  finding f = simple("jwt-oversized", SEVERITY_LOW, "http://127.0.0.1:3000/a");
  evidence dropped = {.note = STR("the connection was dropped"),
                      .request = STR("GET /a HTTP/1.1\n")},
           odd = {.request = STR("\n")};
  list_push(a, &f.evidence, dropped);
  list_push(a, &f.evidence, odd);
  list_push(a, &r.findings, f);
  report_finish(a, &r);
  str text = written(a, &r, "har");
  assert_true(str_contains(text, STR("\"status\": 0")));
  assert_true(str_contains(text, STR("\"url\": \"http://127.0.0.1:3000/a\"")));
  arena_free(a);
}

static void code_scanning_gets_relative_paths(void **state) {
  char *here = getcwd(NULL, 0);
  arena *a = arena_new();
  const str files[] = {STR("./openapi.yaml"), arena_printf(a, "%s/openapi.yaml", here),
                       STR("http://127.0.0.1:1/openapi.yaml"), STR("/openapi.yaml"),
                       STR("openapi.yaml")};
  (void)state;
  free(here);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    report r = empty_report();
    finding f = simple("jwt-in-query", SEVERITY_LOW, "http://h/a");
    f.where.file = files[i];
    list_push(a, &r.findings, f);
    report_finish(a, &r);
    assert_true(str_contains(written(a, &r, "sarif"), STR("\"uri\": \"openapi.yaml\"")));
    assert_true(str_contains(written(a, &r, "codequality"), STR("\"path\": \"openapi.yaml\"")));
  }
  arena_free(a);
}

static void a_report_survives_writing_and_reading(void **state) {
  (void)state;
  arena *a = arena_new();
  report r = empty_report(), again;
  error e = {0};
  finding f = simple("jwt-alg-none", SEVERITY_CRITICAL, "http://127.0.0.1:3000/a");
  f.where.file = STR("openapi.yaml");
  f.where.line = 7;
  f.fix_diff = STR("--- a\n+++ b\n");
  list_push(a, &r.findings, f);
  report_finish(a, &r);
  str first = written(a, &r, "json");
  assert_true(report_read(a, first, &again, &e));
  assert_true(str_eq(first, written(a, &again, "json")));
  arena_free(a);
}

static void a_fingerprint_knows_neither_host_nor_port_nor_line(void **state) {
  (void)state;
  arena *a = arena_new();
  report r = empty_report(), s = empty_report();
  finding one = simple("jwt-alg-none", SEVERITY_HIGH, "http://127.0.0.1:3000/a?x=1");
  finding two = simple("jwt-alg-none", SEVERITY_LOW, "https://api.example.com/a?x=1");
  two.where.line = 99;
  list_push(a, &r.findings, one);
  list_push(a, &s.findings, two);
  report_finish(a, &r);
  report_finish(a, &s);
  assert_true(str_eq(r.findings.at[0].fingerprint, s.findings.at[0].fingerprint));
  arena_free(a);
}

static void two_findings_of_one_check_in_one_file_have_two_fingerprints(void **state) {
  (void)state;
  arena *a = arena_new();
  report r = empty_report();
  for (unsigned line = 3; line <= 4; line++) {
    finding f = simple("ruby-eval", SEVERITY_HIGH, "");
    f.where = (where){.kind = WHERE_SOURCE, .file = STR("a.rb"), .line = line};
    list_push(a, &r.findings, f);
  }
  report_finish(a, &r);
  assert_false(str_eq(r.findings.at[0].fingerprint, r.findings.at[1].fingerprint));
  report old = r;
  old.findings.len = 1;
  report_baseline(&r, &old);
  assert_int_equal(r.findings.at[0].baseline, BASELINE_KNOWN);
  assert_int_equal(r.findings.at[1].baseline, BASELINE_NEW);
  arena_free(a);
}

static void a_suppression_in_source_reaches_one_line(void **state) {
  (void)state;
  arena *a = arena_new();
  report r = empty_report();
  error e = {0};
  for (unsigned line = 3; line <= 4; line++) {
    finding f = simple("ruby-eval", SEVERITY_HIGH, "");
    f.where = (where){.kind = WHERE_SOURCE, .file = STR("app/a b.rb"), .line = line, .column = 5};
    list_push(a, &r.findings, f);
  }
  report_finish(a, &r);
  assert_true(report_suppress(a, &r, STR("ruby-eval app/a b.rb:4 until 2099-01-01: old\n"), "s",
                              1700000000, &e));
  assert_int_equal(r.findings.len, 1);
  assert_int_equal(r.findings.at[0].where.line, 3);
  assert_int_equal(r.suppressed.len, 1);
  assert_true(str_eq(r.suppressed.at[0].id, STR("s-1")));
  arena_free(a);
}

static void a_suppression_holds_through_its_last_day(void **state) {
  static const struct {
    double now;
    size_t suppressed, notes;
  } cases[] = {{1767139200, 1, 0} /* 2025-12-31 00:00 */,
               {1767225599, 1, 0} /* 23:59:59 */,
               {1767225600, 0, 1}};

  (void)state;
  for (size_t i = 0; i < 3; i++) {
    arena *a = arena_new();
    report r = empty_report();
    error e = {0};
    list_push(a, &r.findings, simple("jwt-in-query", SEVERITY_LOW, "http://h/a"));
    report_finish(a, &r);
    assert_true(report_suppress(a, &r, STR("jwt-in-query  GET /a  until 2025-12-31: r"), "s",
                                cases[i].now, &e));
    assert_int_equal(r.suppressed.len, cases[i].suppressed);
    assert_int_equal(r.notes.len, cases[i].notes);
    arena_free(a);
  }
}

static void thousands_of_findings_are_scored_and_written_in_no_time(void **state) {
  enum { MANY = 20000 };

  (void)state;
  arena *a = arena_new();
  report r = empty_report();
  for (int i = 0; i < MANY; i++) {
    finding f = simple(i % 2 ? "jwt-alg-none" : "jwt-in-query", SEVERITY_LOW, "");
    f.where.url = arena_printf(a, "http://h/%d", i);
    list_push(a, &r.findings, f);
    not_tested n = {STR("jwt-exp-ignored"), arena_printf(a, "GET /%d", i),
                    arena_printf(a, "reason %d", i % 1000)};
    list_push(a, &r.not_tested, n);
  }
  clock_t before = clock(); /* of this process: others do not count */
  report_finish(a, &r);
  for (size_t i = 0; report_writer_at(i); i++)
    written(a, &r, report_writer_at(i)->name);
  assert_true(clock() - before < 30 * CLOCKS_PER_SEC); /* a quadratic step takes minutes */
  assert_true(written(a, &r, "markdown").len < 65536);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_writer_gives_utf8_from_any_bytes),
      cmocka_unit_test(json_writers_write_json_from_any_bytes),
      cmocka_unit_test(markup_writers_let_no_markup_through),
      cmocka_unit_test(a_request_without_an_answer_is_an_archive_entry_too),
      cmocka_unit_test(code_scanning_gets_relative_paths),
      cmocka_unit_test(a_report_survives_writing_and_reading),
      cmocka_unit_test(a_fingerprint_knows_neither_host_nor_port_nor_line),
      cmocka_unit_test(two_findings_of_one_check_in_one_file_have_two_fingerprints),
      cmocka_unit_test(a_suppression_in_source_reaches_one_line),
      cmocka_unit_test(a_suppression_holds_through_its_last_day),
      cmocka_unit_test(thousands_of_findings_are_scored_and_written_in_no_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
