#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "net/net.h"
#include "net/pace.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

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

/* ---- pace ------------------------------------------------------------------------------------ */

enum { STARTS = 4000 };

typedef struct {
  double at[STARTS];
  size_t len;
} starts;

/* Starts `count` requests at that rate, each late by up to so many spaces; every 50th comes after a
 * rest of three. */
static double start_some(starts *s, double now, double rate, size_t count, double lateness) {
  pace p = pace_begin(rate, now);
  for (size_t i = 0; i < count; i++) {
    if (i % 50 == 49)
      now += 3 / rate;
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
    while (s->at[last] - s->at[first] > 1)
      first++;
    if (last - first + 1 > most)
      most = last - first + 1;
  }
  return most;
}

static const double RATES[] = {1, 5, 20, 40, 200, 1000};

enum { RATES_COUNT = sizeof RATES / sizeof *RATES };

static void no_second_holds_more_than_the_rate_and_one_over_rests_and_from_one_client_to_the_next(
    void **state) {
  (void)state;
  srand(1);
  for (size_t i = 0; i < RATES_COUNT; i++)
    for (double lateness = 0; lateness <= 4; lateness += 0.5) {
      starts s = {0};
      double now = 100;
      for (size_t client = 0; client < 100; client++)
        now = start_some(&s, now, RATES[i], 1 + client % 64, lateness);
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
  for (int i = 0; i < 10; i++)
    pace_slow_down(&p, 2);
  assert_true(p.rate >= 1 && p.rate <= 1);
}

/* ---- guesses --------------------------------------------------------------------------------- */

static double try_from(guess_table *g, const char *address, int way, bool right, double now) {
  struct sockaddr_storage s;
  error e = {0};
  assert_true(listen_parse(str_of(address), "", &s, &e));
  return guess_try(g, (const struct sockaddr *)(const void *)&s, way, right, now);
}

static void guess(guess_table *g, const char *address, size_t times, double now) {
  for (size_t i = 0; i < times; i++)
    assert_true(try_from(g, address, 0, false, now) <= 0);
}

static void who_guesses_waits_and_nobody_else_does(void **state) {
  (void)state;
  guess_table *g = guess_table_new();
  guess(g, "192.0.2.1:1", GUESSES_MAX, 100);
  assert_true(try_from(g, "192.0.2.1:2", 0, false, 130) >= 30);
  assert_true(try_from(g, "192.0.2.1:2", 0, true, 130) >= 30); /* else the answer would tell */
  assert_true(try_from(g, "[::ffff:192.0.2.1]:2", 0, true, 130) >= 30);
  assert_true(try_from(g, "192.0.2.1:1", 1, true, 130) <= 0); /* the other way in */
  assert_true(try_from(g, "192.0.2.2:1", 0, true, 130) <= 0);
  assert_true(try_from(g, "[::ffff:192.0.2.2]:1", 0, false, 130) <= 0);
  assert_true(try_from(g, "192.0.2.1:1", 0, true, 100 + GUESS_SECONDS) <= 0);
  guess(g, "192.0.2.1:1", GUESSES_MAX, 100 + GUESS_SECONDS);
  guess_table_free(g);
}

static void a_network_of_ipv6_is_one_guesser(void **state) {
  (void)state;
  guess_table *g = guess_table_new();
  guess(g, "[2001:db8:0:1::1]:1", GUESSES_MAX, 100);
  assert_true(try_from(g, "[2001:db8:0:1:ffff::2]:1", 0, true, 100) > 0);
  assert_true(try_from(g, "[2001:db8:0:2::1]:1", 0, true, 100) <= 0);
  guess_table_free(g);
}

static void the_right_token_never_waits_and_wrong_ones_between_do_not_add_up(void **state) {
  (void)state;
  guess_table *g = guess_table_new();
  for (int i = 0; i < 1000; i++)
    assert_true(try_from(g, "192.0.2.1:1", 0, true, 100) <= 0);
  for (int i = 0; i < 100; i++) {
    guess(g, "192.0.2.1:1", GUESSES_MAX - 1, 100);
    assert_true(try_from(g, "192.0.2.1:1", 0, true, 100) <= 0);
  }
  guess_table_free(g);
}

static void many_guessers_take_the_places_of_the_oldest_and_hurt_nobody(void **state) {
  (void)state;
  guess_table *g = guess_table_new();
  char address[32];
  guess(g, "192.0.2.1:1", GUESSES_MAX, 100);
  for (int i = 0; i < 255; i++) {
    snprintf(address, sizeof address, "198.51.100.%d:1", i);
    guess(g, address, 1, 101);
  }
  assert_true(try_from(g, "203.0.113.2:1", 0, true, 102) <= 0); /* the right token takes none's */
  assert_true(try_from(g, "192.0.2.1:1", 0, false, 102) > 0);
  guess(g, "203.0.113.1:1", GUESSES_MAX, 102);
  assert_true(try_from(g, "203.0.113.1:1", 0, false, 102) > 0);
  assert_true(try_from(g, "192.0.2.1:1", 0, false, 102) <= 0); /* its place was taken */
  assert_true(try_from(g, "203.0.113.2:1", 0, true, 102) <= 0);
  guess_table_free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_literal_address_stands_for_itself_and_a_name_that_is_none_for_nothing),
      cmocka_unit_test(an_address_of_one_link_is_link_local_whatever_the_link),
      cmocka_unit_test(an_authority_gives_its_host),
      cmocka_unit_test(
          no_second_holds_more_than_the_rate_and_one_over_rests_and_from_one_client_to_the_next),
      cmocka_unit_test(starts_that_are_a_little_late_cost_no_time),
      cmocka_unit_test(who_guesses_waits_and_nobody_else_does),
      cmocka_unit_test(a_network_of_ipv6_is_one_guesser),
      cmocka_unit_test(the_right_token_never_waits_and_wrong_ones_between_do_not_add_up),
      cmocka_unit_test(many_guessers_take_the_places_of_the_oldest_and_hurt_nobody),
      cmocka_unit_test(a_slowed_pace_keeps_its_new_rate_and_at_least_one_a_second),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
