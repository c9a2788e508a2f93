#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "net/net.h"
#include "net/pace.h"

#include <stdlib.h>

static void a_literal_address_stands_for_itself_and_a_name_that_is_none_for_nothing(void **state) {
  static const char *const literals[] = {"127.0.0.1", "192.0.2.7", "::1", "fd00:ec2::254"};
  arena *a = arena_new();
  (void)state;
  for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
    str_list found = host_addresses(a, str_of(literals[i]));
    assert_int_equal(1, found.len);
    assert_true(str_eq(found.at[0], str_of(literals[i])));
  }
  assert_int_equal(0, host_addresses(a, STR("no name at all")).len);
  arena_free(a);
}

static void an_address_of_one_link_is_link_local_whatever_the_link(void **state) {
  arena *a = arena_new();
  (void)state;
  assert_true(host_resolved_kind(a, STR("fe80::1%1")) == HOST_LINK_LOCAL);
  assert_true(host_resolved_kind(a, STR("fe80::1")) == HOST_LINK_LOCAL);
  assert_true(host_resolved_kind(a, STR("localhost")) == HOST_LOOPBACK);
  arena_free(a);
}

static void an_authority_gives_its_host(void **state) {
  (void)state;
  assert_true(str_eq(authority_host(STR("[::1]:80")), STR("::1")));
  assert_true(str_eq(authority_host(STR("127.0.0.1:80")), STR("127.0.0.1")));
}

/* ---- pace -------------------------------------------------------------------------------------------------------------- */

enum { STARTS = 4000 };

typedef struct {
  double at[STARTS];
  size_t len;
} starts;

/* Starts `count` requests at that rate, each late by up to so many spaces; every 50th comes after a rest of three. */
static double start_some(starts *s, double now, double rate, size_t count, double lateness) {
  pace p = pace_begin(rate, now);
  for (size_t i = 0; i < count; i++) {
    if (i % 50 == 49) now += 3 / rate;
    double left = pace_left(&p, now);
    now += (left > 0 ? left : 0) + lateness / rate * (double)(rand() % 1000) / 1000;
    pace_left(&p, now);
    pace_take(&p);
    s->at[s->len++] = now;
  }
  return now;
}

/* The most starts within one second, its two ends counted. */
static size_t busiest(const starts *s) {
  size_t most = 0;
  for (size_t first = 0, last = 0; last < s->len; last++) {
    while (s->at[last] - s->at[first] > 1) first++;
    if (last - first + 1 > most) most = last - first + 1;
  }
  return most;
}

static const double RATES[] = {1, 5, 20, 40, 200, 1000};
enum { RATES_COUNT = sizeof RATES / sizeof *RATES };

static void no_second_holds_more_than_the_rate_and_one_over_rests_and_from_one_client_to_the_next(void **state) {
  (void)state;
  srand(1);
  for (size_t i = 0; i < RATES_COUNT; i++)
    for (double lateness = 0; lateness <= 4; lateness += 0.5) {
      starts s = {0};
      double now = 100;
      for (size_t client = 0; client < 100; client++) now = start_some(&s, now, RATES[i], 1 + client % 64, lateness);
      assert_in_range(busiest(&s), 1, (size_t)RATES[i] + 1);
    }
}

static void starts_that_are_a_little_late_cost_no_time(void **state) {
  (void)state;
  for (size_t i = 0; i < RATES_COUNT; i++) {
    pace p = pace_begin(RATES[i], 100);
    double now = 100;
    for (size_t k = 1; k <= 1000; k++) {
      now += pace_left(&p, now) + 0.2 / RATES[i];
      pace_left(&p, now);
      pace_take(&p);
    }
    assert_true(now - 100 < 1000.3 / RATES[i]);
    assert_true(now - 100 > 999.7 / RATES[i]);
  }
}

static void a_slowed_pace_keeps_its_new_rate_and_at_least_one_a_second(void **state) {
  (void)state;
  pace p = pace_begin(40, 100);
  pace_slow_down(&p, 2);
  pace_take(&p);
  assert_true(pace_left(&p, 100) > 0.074 && pace_left(&p, 100) < 0.076);
  for (int i = 0; i < 10; i++) pace_slow_down(&p, 2);
  assert_true(p.rate >= 1 && p.rate <= 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_literal_address_stands_for_itself_and_a_name_that_is_none_for_nothing),
      cmocka_unit_test(an_address_of_one_link_is_link_local_whatever_the_link),
      cmocka_unit_test(an_authority_gives_its_host),
      cmocka_unit_test(no_second_holds_more_than_the_rate_and_one_over_rests_and_from_one_client_to_the_next),
      cmocka_unit_test(starts_that_are_a_little_late_cost_no_time),
      cmocka_unit_test(a_slowed_pace_keeps_its_new_rate_and_at_least_one_a_second),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
