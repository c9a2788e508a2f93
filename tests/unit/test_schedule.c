#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "watch/watch.h"

static double at(const char *text) {
  double t = 0;
  assert_true(time_parse_rfc3339(str_of(text), &t));
  return t;
}

static void assert_next(const char *every, const char *after, const char *want) {
  schedule s;
  error e = {0};
  arena *a = arena_new();
  assert_true(schedule_parse(str_of(every), &s, &e));
  str got = time_rfc3339(a, schedule_next(&s, at(after), 0));
  if (!str_eq(str_sub(got, 0, 16), str_sub(str_of(want), 0, 16)))
    print_error("%s after %s: %.*s\n", every, after, STR_ARG(got));
  assert_true(str_eq(str_sub(got, 0, 16), str_sub(str_of(want), 0, 16)));
  arena_free(a);
}

static void cron_fields_decide_the_next_minute(void **state) {
  (void)state;
  assert_next("0 3 * * *", "2026-11-25T02:59:30Z", "2026-11-25T03:00:00Z");
  assert_next("0 3 * * *", "2026-11-25T03:00:00Z", "2026-11-26T03:00:00Z");
  assert_next("*/15 * * * *", "2026-11-25T03:01:00Z", "2026-11-25T03:15:00Z");
  assert_next("30 9 * * mon-fri", "2026-11-27T10:00:00Z", "2026-11-30T09:30:00Z");
  assert_next("0 0 29 feb *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z");
  assert_next("0 12 13 * 5", "2026-11-09T00:00:00Z", "2026-11-13T12:00:00Z");
  assert_next("0 12 1 * 5", "2026-11-09T00:00:00Z", "2026-11-13T12:00:00Z"); /* day or weekday */
  assert_next("5,10 1-2 * * 7", "2026-11-25T00:00:00Z", "2026-11-29T01:05:00Z");
  assert_next("@monthly", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z");
}

static void periods_keep_their_beat_and_are_spread(void **state) {
  schedule s;
  error e;
  (void)state;
  assert_true(schedule_parse(STR("6h"), &s, &e));
  double first = schedule_next(&s, 1e9, 123), second = schedule_next(&s, first, 123);
  assert_true(first > 1e9 && first <= 1e9 + 6 * 3600);
  assert_true(second - first == 6 * 3600.0);
  assert_true(schedule_next(&s, first + 100, 123) == second);
  assert_true(schedule_next(&s, 1e9, 456) != first);
}

static void nonsense_is_refused(void **state) {
  static const char *const bad[] = {"",           "6",           "h",           "0h",
                                    "6x",         "-6h",         "* * * *",     "* * * * * *",
                                    "60 * * * *", "* 24 * * *",  "* * 0 * *",   "* * * 13 *",
                                    "* * * * 8",  "5-1 * * * *", "*/0 * * * *", "0 0 31 feb *",
                                    "@yearlyish", "999999d",     "30s"};
  schedule s;
  error e;
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (schedule_parse(str_of(bad[i]), &s, &e))
      print_error("taken: '%s'\n", bad[i]);
    assert_false(schedule_parse(str_of(bad[i]), &s, &e));
  }
}

static void assert_skip(const char *quiet, const char *maintenance, const char *from,
                        const char *want) {
  arena *a = arena_new();
  str got = time_rfc3339(a, windows_skip(str_of(quiet), str_of(maintenance), at(from)));
  if (!str_eq(str_sub(got, 0, 19), str_sub(str_of(want), 0, 19)))
    print_error("%s: %.*s\n", from, STR_ARG(got));
  assert_true(str_eq(str_sub(got, 0, 19), str_sub(str_of(want), 0, 19)));
  arena_free(a);
}

static void runs_wait_for_the_end_of_a_window(void **state) {
  error e;
  (void)state;
  assert_skip("22:00-06:00", "", "2026-11-25T23:10:00Z", "2026-11-26T06:00:00Z");
  assert_skip("22:00-06:00", "", "2026-11-26T05:59:00Z", "2026-11-26T06:00:00Z");
  assert_skip("22:00-06:00", "", "2026-11-26T06:00:00Z", "2026-11-26T06:00:00Z");
  assert_skip("09:00-12:00,12:00-13:00", "", "2026-11-26T09:30:00Z", "2026-11-26T13:00:00Z");
  assert_skip("", "2026-12-24T00:00:00Z/2026-12-27T00:00:00Z", "2026-12-25T05:00:00Z",
              "2026-12-27T00:00:00Z");
  assert_skip("00:00-06:00", "2026-12-24T00:00:00Z/2026-12-27T00:00:00Z", "2026-12-25T05:00:00Z",
              "2026-12-27T06:00:00Z");
  assert_false(windows_parse(STR("22-6"), STR(""), &e));
  assert_false(windows_parse(STR("00:00-24:00"), STR(""), &e));
  assert_false(windows_parse(STR(""), STR("2026-12-27T00:00:00Z/2026-12-24T00:00:00Z"), &e));
  assert_true(
      windows_parse(STR("22:00-06:00"), STR("2026-12-24T00:00:00Z/2026-12-27T00:00:00Z"), &e));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cron_fields_decide_the_next_minute),
      cmocka_unit_test(periods_keep_their_beat_and_are_spread),
      cmocka_unit_test(nonsense_is_refused),
      cmocka_unit_test(runs_wait_for_the_end_of_a_window),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
