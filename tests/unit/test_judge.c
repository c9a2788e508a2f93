#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "answer_world.h"

#define GOOD "{\"user\":\"a\",\"role\":\"reader\"}"
#define BAD "{\"error\":\"unauthorized\"}"

static arena *a;
static subject s;

static int open_world(void **state) {
  (void)state;
  a = arena_new();
  s = (subject){.arena = a, .state = STATE_TESTABLE};
  for (int i = 0; i < 2; i++) {
    list_push(a, &s.base.good, features_of(a, json_of(a, 200, GOOD)));
    list_push(a, &s.base.bad[BAD_NONE].samples, features_of(a, json_of(a, 401, BAD)));
  }
  return 0;
}

static int close_world(void **state) {
  (void)state;
  arena_free(a);
  return 0;
}

static void answered(probe *p, http_response r) {
  if (!p->answers)
    p->answers = arena_make(a, answers);
  exchange x = {.response = r, .features = features_of(a, r)};
  list_push(a, &p->answers->tries, x);
}

static probe *probe_with(probe_role role, http_response r) {
  probe *p = arena_make(a, probe);
  *p = (probe){.role = role, .note = STR("a probe")};
  answered(p, r);
  return p;
}

static http_response accepted(void) {
  return json_of(a, 200, GOOD);
}

static http_response refused(void) {
  return json_of(a, 401, BAD);
}

static http_response other_user(void) {
  return json_of(a, 200, "{\"user\":\"b\",\"role\":\"reader\"}");
}

static http_response failed(http_failure f) {
  return (http_response){.failure = f};
}

static http_response throttled(void) {
  http_response r = json_of(a, 429, "{}");
  r.throttled = true;
  return r;
}

static outcome judged(probe *p, probe *q) {
  probe_list probes = {0};
  outcome o = {.confidence = CONFIDENCE_CONFIRMED};
  list_push(a, &probes, p);
  if (q)
    list_push(a, &probes, q);
  judge_acceptance(&s, &probes, &o);
  return o;
}

static void an_attack_answered_like_the_good_token_is_found(void **state) {
  (void)state;
  outcome o = judged(probe_with(ROLE_ATTACK, accepted()), probe_with(ROLE_CONTROL, refused()));
  assert_int_equal(o.kind, OUTCOME_FOUND);
  assert_int_equal(o.confidence, CONFIDENCE_CONFIRMED);
  assert_int_equal(o.proof.len, 1);
  assert_int_equal(o.confirm.len, 2); /* the attack, and the control again */
}

static void an_attack_that_is_refused_is_silent(void **state) {
  (void)state;
  assert_int_equal(judged(probe_with(ROLE_ATTACK, refused()), NULL).kind, OUTCOME_SILENT);
  assert_int_equal(judged(probe_with(ROLE_ATTACK, json_of(a, 500, "{}")), NULL).kind,
                   OUTCOME_SILENT);
}

static void a_control_that_is_accepted_explains_the_attack(void **state) {
  (void)state;
  assert_int_equal(
      judged(probe_with(ROLE_ATTACK, accepted()), probe_with(ROLE_CONTROL, accepted())).kind,
      OUTCOME_SILENT);
  probe *attack = probe_with(ROLE_ATTACK, accepted()), *own = probe_with(ROLE_CONTROL, accepted());
  attack->control = own;
  assert_int_equal(judged(attack, own).kind, OUTCOME_SILENT);
}

static void an_own_control_explains_only_its_attack(void **state) {
  (void)state;
  probe *explained = probe_with(ROLE_ATTACK, accepted()),
        *other = probe_with(ROLE_ATTACK, accepted());
  explained->control = probe_with(ROLE_CONTROL, accepted());
  probe_list probes = {0};
  outcome o = {0};
  list_push(a, &probes, explained);
  list_push(a, &probes, explained->control);
  list_push(a, &probes, other);
  judge_acceptance(&s, &probes, &o);
  assert_int_equal(o.kind, OUTCOME_FOUND);
  assert_int_equal(o.proof.len, 1);
  assert_ptr_equal(o.proof.at[0], other);
}

static void all_tries_must_agree(void **state) {
  (void)state;
  probe *p = probe_with(ROLE_ATTACK, accepted());
  assert_int_equal(probe_verdict(&s, p), VERDICT_ACCEPTED);
  answered(p, refused());
  assert_int_equal(probe_verdict(&s, p), VERDICT_REFUSED);
  assert_int_equal(judged(p, NULL).kind, OUTCOME_SILENT);
}

static void what_was_not_answered_decides_nothing(void **state) {
  static const http_failure failures[] = {HTTP_TIMEOUT, HTTP_REFUSED, HTTP_STOPPED, HTTP_NO_BUDGET};
  (void)state;
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
    assert_int_equal(judged(probe_with(ROLE_ATTACK, failed(failures[i])), NULL).kind,
                     OUTCOME_NOT_TESTED);
  assert_int_equal(judged(probe_with(ROLE_ATTACK, throttled()), NULL).kind, OUTCOME_NOT_TESTED);
  probe *never = arena_make(a, probe);
  assert_int_equal(probe_verdict(&s, never), VERDICT_UNDECIDED);
  probe *late = probe_with(ROLE_ATTACK, throttled());
  answered(late, accepted());
  assert_int_equal(probe_verdict(&s, late), VERDICT_ACCEPTED);
}

static void a_connection_that_is_dropped_is_a_refusal(void **state) {
  (void)state;
  assert_int_equal(judged(probe_with(ROLE_ATTACK, failed(HTTP_DROPPED)), NULL).kind,
                   OUTCOME_SILENT);
  probe *p = probe_with(ROLE_ATTACK, failed(HTTP_BROKEN));
  assert_int_equal(probe_verdict(&s, p), VERDICT_REFUSED);
}

static void another_identitys_answer_counts_where_structure_decides(void **state) {
  (void)state;
  probe *p = probe_with(ROLE_ATTACK, other_user());
  assert_int_equal(probe_verdict(&s, p), VERDICT_LIKELY);
  assert_int_equal(judged(p, NULL).confidence, CONFIDENCE_TENTATIVE);
  p->by_shape = true;
  assert_int_equal(probe_verdict(&s, p), VERDICT_ACCEPTED);
  assert_int_equal(judged(p, NULL).confidence, CONFIDENCE_CONFIRMED);
}

static void proof_holds_each_probe_once(void **state) {
  (void)state;
  outcome o = {0};
  probe *p = probe_with(ROLE_ATTACK, accepted());
  outcome_prove(&s, &o, p);
  outcome_prove(&s, &o, p);
  outcome_prove(&s, &o, NULL);
  assert_int_equal(o.proof.len, 1);
}

static void checks_that_need_a_key_or_a_canary_say_so(void **state) {
  scan_options options = {0};
  (void)state;
  s.options = &options;
  assert_true(str_contains(skip_without_key(&s), STR("--signing-key")));
  assert_true(str_contains(skip_without_canary(&s), STR("--canary")));
  list_push(a, &options.signing_keys, (key){0});
  s.key_problem = STR("it was refused");
  assert_true(str_eq(skip_without_key(&s), STR("it was refused")));
  s.key_works = s.canary_on = true;
  assert_null(skip_without_key(&s).ptr);
  assert_null(skip_without_canary(&s).ptr);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
      TEST(an_attack_answered_like_the_good_token_is_found),
      TEST(an_attack_that_is_refused_is_silent),
      TEST(a_control_that_is_accepted_explains_the_attack),
      TEST(an_own_control_explains_only_its_attack),
      TEST(all_tries_must_agree),
      TEST(what_was_not_answered_decides_nothing),
      TEST(a_connection_that_is_dropped_is_a_refusal),
      TEST(another_identitys_answer_counts_where_structure_decides),
      TEST(proof_holds_each_probe_once),
      TEST(checks_that_need_a_key_or_a_canary_say_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
