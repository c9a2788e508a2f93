#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "answer_world.h"

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

static feature_set json(int status, const char *body) {
  return features_of(a, json_of(a, status, body));
}

static feature_set text(int status, const char *body) {
  return features_of(a, answer_of(a, status, "text/html", body));
}

static baselines base_of(feature_set good1, feature_set good2, feature_set bad1, feature_set bad2) {
  baselines b = {0};
  list_push(a, &b.good, good1);
  list_push(a, &b.good, good2);
  list_push(a, &b.bad[BAD_NONE].samples, bad1);
  list_push(a, &b.bad[BAD_NONE].samples, bad2);
  return b;
}

static likeness like(const baselines *b, feature_set answer) {
  return answer_likeness(a, b, &answer);
}

#define REFUSED json(401, "{\"error\":\"unauthorized\"}")

static void what_changes_by_itself_is_no_difference(void **state) {
  static const char *const pairs[][2] = {
      {"{\"at\":\"2026-01-02T03:04:05Z\"}", "{\"at\":\"2027-11-12T13:14:15Z\"}"},
      {"{\"at\":1795619410}", "{\"at\":1795700000.25}"},
      {"{\"id\":\"0f8fad5b-d9cb-469f-a165-70867728950e\"}",
       "{\"id\":\"7c9e6679-7425-40de-944b-e07fc1f90ae7\"}"},
      {"{\"id\":\"0123456789abcdef\"}", "{\"id\":\"fedcba9876543210\"}"},
      {"{\"next\":\"Zm9vYmFy1XQzk4aaBBcc99\"}", "{\"next\":\"aB3dE5gH7jK9mN1pQ3sT5vX7\"}"}};
  (void)state;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    feature_set x = json(200, pairs[i][0]), y = json(200, pairs[i][1]);
    if (!answers_equal(&x, &y))
      print_error("%s\n", pairs[i][0]);
    assert_true(answers_equal(&x, &y));
  }
}

static void what_does_not_change_by_itself_is_a_difference(void **state) {
  static const char *const pairs[][2] = {{"{\"user\":\"a\"}", "{\"user\":\"b\"}"},
                                         {"{\"n\":1}", "{\"n\":2}"},
                                         {"{\"n\":1}", "{\"n\":\"1\"}"},
                                         {"{\"a\":true}", "{\"a\":false}"},
                                         {"{\"a\":null}", "{}"},
                                         {"[1]", "[]"},
                                         {"{\"id\":\"0123\"}", "{\"id\":\"4567\"}"}};
  (void)state;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    feature_set x = json(200, pairs[i][0]), y = json(200, pairs[i][1]);
    if (answers_equal(&x, &y))
      print_error("%s\n", pairs[i][0]);
    assert_false(answers_equal(&x, &y));
  }
}

static void an_answer_is_good_when_it_has_what_tells_good_from_bad(void **state) {
  (void)state;
  baselines b = base_of(json(200, "{\"user\":\"a\",\"n\":1}"),
                        json(200, "{\"user\":\"a\",\"n\":2}"), REFUSED, REFUSED);
  assert_int_equal(like(&b, json(200, "{\"user\":\"a\",\"n\":3}")), ALIKE_GOOD);
  assert_int_equal(like(&b, json(200, "{\"user\":\"b\",\"n\":3}")), ALIKE_SHAPE);
  assert_int_equal(like(&b, REFUSED), ALIKE_BAD);
  assert_int_equal(like(&b, json(403, "{\"user\":\"a\",\"n\":3}")), ALIKE_BAD);
  assert_int_equal(like(&b, json(200, "{\"error\":\"unauthorized\"}")), ALIKE_BAD);
}

static void one_value_may_tell_all(void **state) {
  (void)state;
  baselines b = base_of(
      json(200, "{\"status\":\"ok\",\"n\":1}"), json(200, "{\"status\":\"ok\",\"n\":2}"),
      json(200, "{\"status\":\"error\",\"n\":3}"), json(200, "{\"status\":\"error\",\"n\":4}"));
  assert_false(baselines_same(a, &b, BAD_NONE));
  assert_false(baselines_differ_in_structure(a, &b, BAD_NONE));
  assert_false(baselines_differ_loosely(a, &b, BAD_NONE));
  assert_int_equal(like(&b, json(200, "{\"status\":\"ok\",\"n\":9}")), ALIKE_GOOD);
  assert_int_equal(like(&b, json(200, "{\"status\":\"error\",\"n\":9}")), ALIKE_BAD);
  assert_int_equal(like(&b, json(200, "{\"status\":\"else\",\"n\":9}")), ALIKE_BAD);
}

static void a_body_may_be_missing(void **state) {
  (void)state;
  baselines b = base_of(features_of(a, answer_of(a, 204, NULL, "")),
                        features_of(a, answer_of(a, 204, NULL, "")), REFUSED, REFUSED);
  assert_int_equal(like(&b, features_of(a, answer_of(a, 204, NULL, ""))), ALIKE_GOOD);
  assert_int_equal(like(&b, REFUSED), ALIKE_BAD);
}

static void what_differs_only_in_lists_or_words_may_be_chance(void **state) {
  (void)state;
  baselines lists = base_of(json(200, "{\"n\":[]}"), json(200, "{\"n\":[]}"),
                            json(200, "{\"n\":[1]}"), json(200, "{\"n\":[1]}"));
  assert_true(baselines_differ_loosely(a, &lists, BAD_NONE));
  baselines words = base_of(text(200, "<p>empty"), text(200, "<p>empty"), text(200, "<p>one two"),
                            text(200, "<p>one two"));
  assert_true(baselines_differ_loosely(a, &words, BAD_NONE));
  baselines same = base_of(json(200, "{\"n\":[]}"), json(200, "{\"n\":[1]}"),
                           json(200, "{\"n\":[]}"), json(200, "{\"n\":[1]}"));
  assert_true(baselines_same(a, &same, BAD_NONE));
  assert_false(baselines_differ_loosely(a, &same, BAD_NONE));
  baselines status = base_of(json(200, "{}"), json(200, "{}"), REFUSED, REFUSED);
  assert_true(baselines_differ_in_structure(a, &status, BAD_NONE));
  assert_false(baselines_differ_loosely(a, &status, BAD_NONE));
}

static void words_that_come_and_go_do_not_hide_an_accepted_answer(void **state) {
  (void)state;
  baselines b =
      base_of(text(200, "<h1>Your orders</h1><li>notices: id at</li><p>Nothing else is due"),
              text(200, "<h1>Your orders</h1><li>notices: id at</li><p>Nothing else is due"),
              text(200, "<h1>Please sign in</h1>"), text(200, "<h1>Please sign in</h1>"));
  assert_int_equal(
      like(&b, text(200, "<h1>Your orders</h1><li>notices:</li><p>Nothing else is due")),
      ALIKE_GOOD);
  assert_int_not_equal(like(&b, text(200, "<h1>Your orders</h1><p>Nothing")), ALIKE_GOOD);
  assert_int_not_equal(
      like(&b,
           text(200, "<h1>Your orders</h1><li>notices:</li><p>Nothing else is due<p>Please sign")),
      ALIKE_GOOD);
  assert_int_not_equal(like(&b, text(200, "<h1>Please wait")), ALIKE_GOOD);
}

static void an_echo_counts_as_what_it_stands_for(void **state) {
  (void)state;
  http_response sent = json_of(a, 200, "{\"user\":\"forged-1\"}"),
                original = json_of(a, 200, "{\"user\":\"user-7\"}");
  feature_set x = answer_features(a, &sent, STR("forged-1"), STR("user-7")),
              y = features_of(a, original);
  assert_true(answers_equal(&x, &y));
  feature_set plain = features_of(a, sent);
  assert_false(answers_equal(&plain, &y));
}

static void refusals_are_known_by_status_or_by_what_they_say(void **state) {
  static const struct {
    int status;
    const char *body;
    bool refusal;
  } rows[] = {{401, "{}", true},
              {302, "", true},
              {500, "", true},
              {204, "", false},
              {200, "{\"user\":1}", false},
              {200, "{\"error\":{\"code\":401}}", true},
              {200, "{\"error\":null}", false},
              {200, "{\"errors\":[]}", false},
              {200, "{\"success\":false}", true},
              {200, "{\"status\":\"denied\"}", true},
              {200, "{\"status\":\"shipped\"}", false},
              {200, "[\"error\"]", false},
              {200, "not json: error", false}};

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    http_response r = json_of(a, rows[i].status, rows[i].body);
    if (answer_is_refusal(&r) != rows[i].refusal)
      print_error("%d %s\n", rows[i].status, rows[i].body);
    assert_int_equal(answer_is_refusal(&r), rows[i].refusal);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
      TEST(what_changes_by_itself_is_no_difference),
      TEST(what_does_not_change_by_itself_is_a_difference),
      TEST(an_answer_is_good_when_it_has_what_tells_good_from_bad),
      TEST(one_value_may_tell_all),
      TEST(a_body_may_be_missing),
      TEST(what_differs_only_in_lists_or_words_may_be_chance),
      TEST(words_that_come_and_go_do_not_hide_an_accepted_answer),
      TEST(an_echo_counts_as_what_it_stands_for),
      TEST(refusals_are_known_by_status_or_by_what_they_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
