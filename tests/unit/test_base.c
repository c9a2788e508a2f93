#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/json.h"

#include <stdlib.h>
#include <unistd.h>

static arena *a;

static int open_arena(void **state) {
  (void)state;
  a = arena_new();
  return 0;
}

static int close_arena(void **state) {
  (void)state;
  arena_free(a);
  return 0;
}

static void assert_text(str got, const char want[static 1]) {
  if (!str_eq(got, str_of(want)))
    print_error("got '%.*s', want '%.*s'\n", STR_ARG(got), STR_ARG(str_of(want)));
  assert_true(str_eq(got, str_of(want)));
}

/* ---- slices ---- */

static void pieces_come_off_the_front_and_an_empty_text_is_one_piece(void **state) {
  (void)state;
  str rest = STR("a..b"), piece;
  const char *want[] = {"a", "", "b"};
  for (size_t i = 0; i < 3; i++) {
    assert_true(str_next(&rest, '.', &piece));
    assert_text(piece, want[i]);
  }
  assert_false(str_next(&rest, '.', &piece));
  rest = STR("");
  assert_true(str_next(&rest, '.', &piece) && piece.len == 0);
  assert_false(str_next(&rest, '.', &piece));
}

static void numbers_are_read_whole_or_not_at_all(void **state) {
  (void)state;
  uint64_t n;
  double d;
  assert_true(str_to_u64(STR("18446744073709551615"), &n) && n == UINT64_MAX);
  const char *bad[] = {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "1a", "0x1"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(str_to_u64(str_of(bad[i]), &n));
  assert_true(str_to_double(STR("-2.5e3"), &d) && d < -2499 && d > -2501);
  const char *no[] = {"", "nan", "inf", "1e999", "0x1p3", "1 ", "--1", "1.2.3"};
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    assert_false(str_to_double(str_of(no[i]), &d));
}

static void durations_are_numbers_with_units(void **state) {
  (void)state;
  double d;
  assert_true(str_to_duration(STR("30s"), &d) && d == 30);
  assert_true(str_to_duration(STR("1h30m"), &d) && d == 5400);
  assert_true(str_to_duration(STR("7d"), &d) && d == 7 * 86400);
  const char *bad[] = {"",    "5",    "m",    "5x",    "5 m",
                       "-5m", "1.5h", "1h30", "3661d", "99999999999999999999s"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(str_to_duration(str_of(bad[i]), &d));
}

static void a_changed_file_has_another_stamp(void **state) {
  (void)state;
  char path[] = "/tmp/stamp-XXXXXX";
  error e;
  int fd = mkstemp(path);
  assert_true(fd >= 0 && close(fd) == 0);
  file_stamp empty = file_stamp_of(path), again = file_stamp_of(path);
  assert_true(empty.there && file_stamp_same(&empty, &again));
  assert_true(file_write(path, STR("text"), 0600, &e));
  file_stamp full = file_stamp_of(path);
  assert_false(file_stamp_same(&empty, &full));
  assert_true(file_write(path, STR("TEXT"), 0600, &e)); /* the same size, another file */
  file_stamp other = file_stamp_of(path);
  assert_false(file_stamp_same(&full, &other));
  unlink(path);
  file_stamp gone = file_stamp_of(path);
  assert_false(gone.there || file_stamp_same(&other, &gone));
}

static void utf8_is_judged_by_rfc_3629(void **state) {
  (void)state;
  const char *good[] = {
      "", "abc", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"};
  const char *bad[] = {"\x80",
                       "\xC0\x80",
                       "\xC3",
                       "\xED\xA0\x80",
                       "\xE0\x9F\xBF",
                       "\xF4\x90\x80\x80",
                       "\xF8\x88\x80\x80\x80",
                       "a\xFF"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_true(str_is_utf8(str_of(good[i])));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(str_is_utf8(str_of(bad[i])));
}

static void a_star_stays_in_its_segment_and_two_cross_it(void **state) {
  (void)state;

  static const struct {
    const char *pattern, *text;
    bool matches;
  } rows[] = {{"GET /api/*", "GET /api/me", true},
              {"GET /api/*", "GET /api/me/x", false},
              {"GET /api/**", "GET /api/me/x", true},
              {"**/x*", "/a/x1/b/x2", true},
              {"/**/a*c", "/q/ab/ac", true},
              {"/**/a*c/**", "/q/ab/abc/d/e", true},
              {"/a/*/c", "/a/b/c", true},
              {"/a/*/c", "/a/b/b/c", false},
              {"*", "", true},
              {"", "a", false},
              {"**", "/any/thing", true},
              {"/a?c", "/abc", true},
              {"/a?c", "/a/c", false},
              {"* /logout", "POST /logout", true},
              {"/a*b*c", "/aXbYc", true},
              {"/a*b*c", "/aXb/Yc", false}};

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bool got = str_glob(str_of(rows[i].pattern), str_of(rows[i].text));
    if (got != rows[i].matches)
      print_error("%s against %s\n", rows[i].pattern, rows[i].text);
    assert_int_equal(got, rows[i].matches);
  }
}

static void a_glob_of_many_stars_ends_in_time(void **state) {
  (void)state;
  buf pattern = {.arena = a}, text = {.arena = a};
  for (int i = 0; i < 200; i++)
    buf_put(&pattern, STR("**a"));
  for (int i = 0; i < 2000; i++)
    buf_char(&text, 'a');
  buf_char(&text, 'b');
  double began = clock_monotonic();
  assert_false(str_glob(buf_str(&pattern), buf_str(&text)));
  assert_true(clock_monotonic() - began < 5);
}

static void the_nearest_name_is_named_and_a_far_one_is_not(void **state) {
  (void)state;
  static const char *const names[] = {"--token", "--threshold", NULL};
  assert_string_equal(nearest_name(STR("--treshold"), names), "--threshold");
  assert_null(nearest_name(STR("--zebra-crossing"), names));
}

/* ---- memory ---- */

static int released;

static void release(void *what) {
  released = released * 10 + *(int *)what;
}

static void arena_memory_is_zeroed_aligned_and_released_latest_first(void **state) {
  (void)state;
  static int one = 1, two = 2;
  arena *own = arena_new();
  for (size_t size = 1; size < 100000; size *= 3) {
    unsigned char *p = arena_alloc(own, size);
    assert_int_equal((uintptr_t)p % 16, 0);
    for (size_t i = 0; i < size; i++)
      assert_int_equal(p[i], 0);
    memset(p, 0xFF, size);
  }
  arena_on_free(own, release, &one);
  arena_on_free(own, release, &two);
  arena_free(own);
  assert_int_equal(released, 21);
}

static void lists_grow_and_keep_their_order(void **state) {
  (void)state;
  LIST(int) list = {0};
  for (int i = 0; i < 1000; i++)
    list_push(a, &list, i);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(list.at[i], i);
}

/* ---- base64 ---- */

static void strict_base64url_refuses_every_other_spelling(void **state) {
  (void)state;
  str out;
  assert_true(base64url_decode(a, STR("_-8"), &out) && out.len == 2 &&
              (unsigned char)out.ptr[0] == 0xFF);
  assert_true(base64url_decode(a, STR(""), &out) && out.len == 0);
  /* RFC 4648 3.2 padding, 3.3 foreign bytes, 3.5 trailing bits; a lone digit makes no byte */
  const char *bad[] = {"_-8=", "/+8", "_-8 ", "_-9", "A", "AAAAA", "a.b", "YQ\n"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(base64url_decode(a, str_of(bad[i]), &out));
}

static void lenient_base64_reads_both_alphabets_and_padding(void **state) {
  (void)state;
  str out;
  assert_true(base64_decode_lenient(a, STR("SGk="), &out));
  assert_text(out, "Hi");
  assert_true(base64_decode_lenient(a, STR(" _-8 \n"), &out) && out.len == 2);
  assert_false(base64_decode_lenient(a, STR("a.b"), &out));
  assert_text(base64_encode(a, STR("Hi")), "SGk=");
  assert_text(base64url_encode(a, STR("Hi")), "SGk");
}

/* ---- URLs ---- */

static void assert_url(const char *text, const char *want) {
  url u;
  error e = {0};
  if (!url_parse(a, str_of(text), &u, &e))
    print_error("%s: %s\n", text, e.message);
  assert_text(url_text(a, &u), want);
}

static void urls_are_normalised_in_scheme_host_and_port(void **state) {
  (void)state;
  assert_url("HTTP://EXAMPLE.com:80", "http://example.com/");
  assert_url("https://h:443/a?b=c#d", "https://h/a?b=c");
  assert_url("http://[::1]:8080/x", "http://[::1]:8080/x");
  assert_url("http://127.0.0.1:3000/a/../b/./c", "http://127.0.0.1:3000/a/../b/./c");
}

static void urls_that_hide_something_are_refused(void **state) {
  (void)state;
  url u;
  error e;
  const char *bad[] = {"",
                       "http://",
                       "http:///x",
                       "ftp://h/",
                       "http://user@h/",
                       "http://h:0/",
                       "http://h:99999/",
                       "http://h:/x y",
                       "http://h/\r\nX",
                       "javascript:alert(1)",
                       "//h/",
                       "http://a b/",
                       "http://u:p@h/",
                       "http://[::1/",
                       "127.0.0.1"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (url_parse(a, str_of(bad[i]), &u, &e))
      print_error("taken: row %zu\n", i);
    assert_false(url_parse(a, str_of(bad[i]), &u, &e));
  }
}

static void references_resolve_as_rfc_3986_section_5_4_says(void **state) {
  (void)state;

  static const struct {
    const char *reference, *want;
  } rows[] = {{"g", "http://a/b/c/g"},
              {"./g", "http://a/b/c/g"},
              {"g/", "http://a/b/c/g/"},
              {"/g", "http://a/g"},
              {"//g", "http://g/"},
              {"?y", "http://a/b/c/d?y"},
              {"g?y", "http://a/b/c/g?y"},
              {"#s", "http://a/b/c/d?q"},
              {"", "http://a/b/c/d?q"},
              {"..", "http://a/b/"},
              {"../g", "http://a/b/g"},
              {"../../../g", "http://a/g"},
              {"g?at=12:30", "http://a/b/c/g?at=12:30"}};

  url base, out;
  error e;
  assert_true(url_parse(a, STR("http://a/b/c/d?q"), &base, &e));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bool ok = url_resolve(a, &base, str_of(rows[i].reference), &out, &e);
    if (!ok)
      print_error("%s: %s\n", rows[i].reference, e.message);
    assert_true(ok);
    assert_text(url_text(a, &out), rows[i].want);
  }
}

static void query_parameters_are_added_read_and_removed(void **state) {
  (void)state;
  url u;
  error e;
  str value;
  assert_true(url_parse(a, STR("http://h/p?a=1&b=2&a=3"), &u, &e));
  u = url_with_query(a, &u, STR("t k"), STR("x&y=z"));
  assert_true(url_query_get(a, &u, STR("t k"), &value));
  assert_text(value, "x&y=z");
  u = url_without_query(a, &u, STR("a"));
  assert_false(url_query_get(a, &u, STR("a"), &value));
  assert_true(url_query_get(a, &u, STR("b"), &value));
}

static void hosts_are_sorted_by_what_their_address_means(void **state) {
  (void)state;

  static const struct {
    const char *host;
    host_kind kind;
  } rows[] = {{"127.0.0.1", HOST_LOOPBACK},
              {"127.9.9.9", HOST_LOOPBACK},
              {"::1", HOST_LOOPBACK},
              {"localhost", HOST_LOOPBACK},
              {"a.localhost", HOST_LOOPBACK},
              {"10.1.2.3", HOST_PRIVATE},
              {"172.16.0.1", HOST_PRIVATE},
              {"172.32.0.1", HOST_PUBLIC},
              {"192.168.1.1", HOST_PRIVATE},
              {"fd00::1", HOST_PRIVATE},
              {"169.254.169.254", HOST_LINK_LOCAL},
              {"fe80::1", HOST_LINK_LOCAL},
              {"::ffff:127.0.0.1", HOST_LOOPBACK},
              {"8.8.8.8", HOST_PUBLIC},
              {"localhost.example", HOST_PUBLIC},
              {"metadata.google.internal", HOST_LINK_LOCAL}};

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (host_kind_of(str_of(rows[i].host)) != rows[i].kind)
      print_error("row %zu\n", i);
    assert_int_equal(host_kind_of(str_of(rows[i].host)), rows[i].kind);
  }
}

/* ---- JSON, time ---- */

static void json_refuses_doubles_trailing_bytes_and_deep_nesting(void **state) {
  (void)state;
  error e = {0};
  const char *bad[] = {"{\"a\":1,\"a\":2}", "{} x", "[1,]", "\"\xFF\"", "{\"a\\u0000\":1}", ""};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_null(json_parse(str_of(bad[i]), &e));
  assert_true(str_contains(str_of(e.message), STR("line")));
  buf deep = {.arena = a};
  for (int i = 0; i < 100000; i++)
    buf_char(&deep, '[');
  assert_null(json_parse(buf_str(&deep), &e));
}

static void what_is_not_utf8_becomes_the_replacement_character(void **state) {
  (void)state;
  assert_text(utf8_repair(a, STR("a\xFF"
                                 "b\xE2\x82")),
              "a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD\xEF\xBF\xBD");
  json_t *v = json_text(STR("x\x80"));
  assert_text(json_write(a, v, false), "\"x\xEF\xBF\xBD\"");
  json_decref(v);
}

static void times_go_to_rfc_3339_and_back(void **state) {
  (void)state;
  double t;
  assert_text(time_rfc3339(a, 0), "1970-01-01T00:00:00Z");
  assert_true(time_parse_rfc3339(STR("2024-02-29T12:00:00Z"), &t));
  assert_text(time_rfc3339(a, t), "2024-02-29T12:00:00Z");
  assert_false(time_parse_rfc3339(STR("2024-13-01T00:00:00Z"), &t));
  assert_false(time_parse_rfc3339(STR("yesterday"), &t));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_come_off_the_front_and_an_empty_text_is_one_piece),
      cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
      cmocka_unit_test(durations_are_numbers_with_units),
      cmocka_unit_test(a_changed_file_has_another_stamp),
      cmocka_unit_test(utf8_is_judged_by_rfc_3629),
      cmocka_unit_test(a_star_stays_in_its_segment_and_two_cross_it),
      cmocka_unit_test(a_glob_of_many_stars_ends_in_time),
      cmocka_unit_test(the_nearest_name_is_named_and_a_far_one_is_not),
      cmocka_unit_test(arena_memory_is_zeroed_aligned_and_released_latest_first),
      cmocka_unit_test(lists_grow_and_keep_their_order),
      cmocka_unit_test(strict_base64url_refuses_every_other_spelling),
      cmocka_unit_test(lenient_base64_reads_both_alphabets_and_padding),
      cmocka_unit_test(urls_are_normalised_in_scheme_host_and_port),
      cmocka_unit_test(urls_that_hide_something_are_refused),
      cmocka_unit_test(references_resolve_as_rfc_3986_section_5_4_says),
      cmocka_unit_test(query_parameters_are_added_read_and_removed),
      cmocka_unit_test(hosts_are_sorted_by_what_their_address_means),
      cmocka_unit_test(json_refuses_doubles_trailing_bytes_and_deep_nesting),
      cmocka_unit_test(what_is_not_utf8_becomes_the_replacement_character),
      cmocka_unit_test(times_go_to_rfc_3339_and_back),
  };
  return cmocka_run_group_tests_name("base", tests, open_arena, close_arena);
}
