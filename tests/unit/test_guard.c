/* What is a question, whose connections stay, and what a log shows of what others wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "guard/guard_private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

/* ---- questions ------------------------------------------------------------------------------- */

static question asked;

static question_state state_of(const char *text) {
  size_t looked = 0;
  return question_read(str_of(text), &looked, &asked);
}

static void a_connection_goes_on_as_the_question_says(void **unused) {
  (void)unused;

  static const struct {
    const char *text;
    bool closes;
  } rows[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: x\r\nConnection: close\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", true},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n", true},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", false},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", true},
  };

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(QUESTION_WHOLE, state_of(rows[i].text));
    assert_int_equal(rows[i].closes, asked.closes);
    assert_int_equal(strlen(rows[i].text), asked.length);
  }
}

static void a_head_is_partial_until_its_empty_line(void **unused) {
  (void)unused;
  static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  size_t looked = 0;
  for (size_t len = 0; len < sizeof text - 1; len++)
    assert_int_equal(QUESTION_PARTIAL, question_read(str_from(text, len), &looked, &asked));
  assert_int_equal(QUESTION_WHOLE, question_read(str_of(text), &looked, &asked));
}

/* ---- connections ----------------------------------------------------------------------------- */

static struct sockaddr_storage address(const char *text) {
  struct sockaddr_storage out = {0};
  struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&out;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&out;
  out.ss_family = AF_UNIX;
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
    out.ss_family = AF_INET;
  else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
    out.ss_family = AF_INET6;
  return out;
}

static crowd many;

static connection *enter(const char *from, double now) {
  struct sockaddr_storage who = address(from);
  return crowd_add(&many, -1, &who, now);
}

static connection *in_the_way(const char *from) {
  struct sockaddr_storage who = address(from);
  return crowd_in_the_way(&many, &who);
}

static void everybody_leaves(void) {
  connection *one;
  while ((one = crowd_first_to_go(&many)))
    crowd_remove(&many, one);
  assert_int_equal(0, many.count);
}

static void an_address_has_a_quarter_and_loses_its_own_oldest(void **unused) {
  (void)unused;
  crowd_begin(&many, 1);
  connection *other = enter("192.0.2.1", 0), *first = enter("192.0.2.2", 1);
  for (size_t i = 1; i < many.most_of_address; i++) {
    assert_null(in_the_way("192.0.2.2"));
    enter("192.0.2.2", 2);
  }
  assert_ptr_equal(first, in_the_way("192.0.2.2"));
  assert_null(in_the_way("192.0.2.1"));
  crowd_move(&many, first, RESTING, 3);
  assert_ptr_not_equal(first, in_the_way("192.0.2.2"));
  assert_ptr_not_equal(other, in_the_way("192.0.2.2"));
  crowd_remove(&many, in_the_way("192.0.2.2"));
  assert_null(in_the_way("192.0.2.2"));
  everybody_leaves();
}

static void who_has_asked_nothing_goes_first(void **unused) {
  (void)unused;
  crowd_begin(&many, 1);
  char from[32];
  connection *resting = enter("192.0.2.1", 0), *asking = NULL;
  crowd_move(&many, resting, RESTING, 0);
  for (size_t i = 1; i < many.most; i++) {
    snprintf(from, sizeof from, "10.0.%zu.%zu", i / 200, i % 200);
    assert_null(in_the_way(from));
    connection *one = enter(from, 1);
    asking = asking ? asking : one;
  }
  assert_ptr_equal(asking, in_the_way("192.0.2.9"));
  for (connection *one; (one = many.first[ASKING]);)
    crowd_move(&many, one, RESTING, 2);
  assert_ptr_equal(resting, in_the_way("192.0.2.9"));
  everybody_leaves();
}

static void a_network_of_ipv6_counts_as_one_and_a_unix_socket_as_none(void **unused) {
  (void)unused;
  crowd_begin(&many, 1);
  char from[64];
  for (size_t i = 0; i < many.most_of_address; i++) {
    snprintf(from, sizeof from, "2001:db8:0:1::%zx", i);
    enter(from, 0);
  }
  assert_non_null(in_the_way("2001:db8:0:1:ffff::1"));
  assert_null(in_the_way("2001:db8:0:2::1"));
  everybody_leaves();
  for (size_t i = 0; i < many.most; i++) {
    assert_null(in_the_way("unix"));
    enter("unix", 0);
  }
  assert_non_null(in_the_way("unix"));
  everybody_leaves();
}

static void who_asks_nothing_goes_before_who_rests(void **unused) {
  (void)unused;
  crowd_begin(&many, 1);
  connection *asking = enter("192.0.2.1", 0), *resting = enter("192.0.2.1", 0);
  crowd_move(&many, resting, RESTING, 0);
  assert_null(crowd_overdue(&many, 14));
  assert_ptr_equal(asking, crowd_overdue(&many, 16));
  crowd_remove(&many, asking);
  assert_null(crowd_overdue(&many, 74));
  assert_ptr_equal(resting, crowd_overdue(&many, 76));
  everybody_leaves();
}

static void threads_share_the_room_but_each_has_enough(void **unused) {
  (void)unused;
  crowd_begin(&many, 2);
  assert_int_equal(2048, many.most);
  crowd_begin(&many, 64);
  assert_int_equal(1024, many.most);
  assert_int_equal(256, many.most_of_address);
}

/* ---- logs ------------------------------------------------------------------------------------ */

static void shows(const char *sent, log_style style, const char *shown) {
  char room[64];
  str text = log_text(str_of(sent), style, room, sizeof room);
  assert_int_equal(strlen(shown), text.len);
  assert_memory_equal(shown, text.ptr, text.len);
}

static void a_log_shows_utf8_and_escapes_what_is_none(void **unused) {
  (void)unused;
  shows("caf\xC3\xA9 \xF0\x9F\x98\x80", LOG_JSON, "caf\xC3\xA9 \xF0\x9F\x98\x80");
  shows("caf\xC3\xA9", LOG_PLAIN, "caf\xC3\xA9");
  shows("a\xFF\xC3", LOG_JSON, "a\\ufffd\\ufffd");
  shows("a\xFF\xC3", LOG_PLAIN, "a\\xFF\\xC3");
  shows("a\n\x1b\x7f", LOG_JSON, "a\\u000a\\u001b\\u007f");
  shows("a\n\x1b", LOG_PLAIN, "a\\x0A\\x1B");
  shows("a\"\\", LOG_JSON, "a\\\"\\\\");
  shows("a\"\\", LOG_PLAIN, "a\\x22\\x5C");
  shows("\xC2\x85\xE2\x80\xAE\xE2\x80\xA8", LOG_JSON, "\\u0085\\u202e\\u2028");
  shows("\xE2\x80\xAE", LOG_PLAIN, "\\xE2\\x80\\xAE");
  shows("\xC0\xAF\xED\xA0\x80", LOG_JSON, "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd");
}

static void a_log_cuts_between_characters(void **unused) {
  (void)unused;
  char room[4];
  assert_int_equal(3, log_text(STR("abc\xC3\xA9"), LOG_JSON, room, sizeof room).len);
  assert_int_equal(4, log_text(STR("ab\xC3\xA9z"), LOG_JSON, room, sizeof room).len);
  assert_int_equal(3, log_text(STR("abc\n"), LOG_JSON, room, sizeof room).len);
}

static void so_many_lines_a_second_and_the_rest_counted(void **unused) {
  (void)unused;
  line_limit l = {0};
  for (int i = 0; i < 3; i++)
    assert_true(line_limit_takes(&l, 3, 100.2));
  assert_false(line_limit_takes(&l, 3, 100.9));
  assert_false(line_limit_takes(&l, 3, 101.1));
  assert_int_equal(0, line_limit_left_out(&l, 101.1));
  assert_int_equal(2, line_limit_left_out(&l, 101.3));
  assert_int_equal(0, line_limit_left_out(&l, 101.3));
  assert_true(line_limit_takes(&l, 3, 101.4));
  assert_true(line_limit_takes(&l, 3, 50)); /* a clock that was set back */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_connection_goes_on_as_the_question_says),
      cmocka_unit_test(a_head_is_partial_until_its_empty_line),
      cmocka_unit_test(an_address_has_a_quarter_and_loses_its_own_oldest),
      cmocka_unit_test(who_has_asked_nothing_goes_first),
      cmocka_unit_test(a_network_of_ipv6_counts_as_one_and_a_unix_socket_as_none),
      cmocka_unit_test(who_asks_nothing_goes_before_who_rests),
      cmocka_unit_test(threads_share_the_room_but_each_has_enough),
      cmocka_unit_test(a_log_shows_utf8_and_escapes_what_is_none),
      cmocka_unit_test(a_log_cuts_between_characters),
      cmocka_unit_test(so_many_lines_a_second_and_the_rest_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
