/* What a policy demands of claims, and how it names them: by name, by dots, by JSON pointer. */
#include "verify_world.h"

#include "token/strict.h"

#define OK BT_REFUSAL_NONE
#define MISMATCH BT_CLAIM_MISMATCH

typedef struct {
  const char *rule; /* and its source */
  const char *demand, *claims;
  bt_refusal want;
} row;

static const row ROWS[] = {
    {"rule 16: RFC 8725 section 3.12: the right kind of token", "token_use: access",
     "\"token_use\":\"access\"", OK},
    {"rule 16: RFC 8725 section 3.12: another kind", "token_use: access", "\"token_use\":\"id\"",
     MISMATCH},
    {"rule 16: RFC 8725 section 3.12: no kind", "token_use: access", "\"x\":1", MISMATCH},
    {"rule 16: RFC 7519 section 7.3: exact case", "token_use: access", "\"token_use\":\"Access\"",
     MISMATCH},
    {"rule 16: RFC 7519 section 7.3: no part of it", "token_use: access",
     "\"token_use\":\"access2\"", MISMATCH},
    {"rule 16: RFC 7519 section 7.3: escapes are the text", "token_use: access",
     "\"token_use\":\"\\u0061ccess\"", OK},
    {"rule 16: RFC 7519 section 7.3: a NUL behind it", "token_use: access",
     "\"token_use\":\"access\\u0000\"", MISMATCH},
    {"rule 16: RFC 7519 section 4.3: an array is no text", "token_use: access",
     "\"token_use\":[\"access\"]", MISMATCH},
    {"rule 16: RFC 7519 section 4.3: an object is none", "token_use: access",
     "\"token_use\":{\"access\":1}", MISMATCH},
    {"rule 16: RFC 7519 section 4.3: null is none", "token_use: access", "\"token_use\":null",
     MISMATCH},

    {"rule 16: RFC 7519 section 4.3: one of several", "azp: [web, app]", "\"azp\":\"app\"", OK},
    {"rule 16: RFC 7519 section 4.3: none of them", "azp: [web, app]", "\"azp\":\"evil\"",
     MISMATCH},
    {"rule 16: RFC 7519 section 4.3: a list is no array", "azp: [web, app]",
     "\"azp\":[\"web\",\"app\"]", MISMATCH},

    {"rule 16: RFC 8259 section 6: a number", "level: 2", "\"level\":2", OK},
    {"rule 16: RFC 8259 section 6: the same number", "level: 2", "\"level\":2.0e0", OK},
    {"rule 16: RFC 8259 section 6: another number", "level: 2", "\"level\":2.0001", MISMATCH},
    {"rule 16: RFC 8259 section 6: another sign", "level: 2", "\"level\":-2", MISMATCH},
    {"rule 16: RFC 8259 section 6: a text of digits", "level: 2", "\"level\":\"2\"", MISMATCH},
    {"rule 16: RFC 8259 section 6: no text where a number is", "level: '2'", "\"level\":2",
     MISMATCH},
    {"rule 16: RFC 8259 section 6: to the last digit", "org: 9007199254740993",
     "\"org\":9007199254740992", MISMATCH},
    {"rule 16: RFC 8259 section 6: to the last digit", "org: 9007199254740993",
     "\"org\":9007199254740993", OK},
    {"rule 16: RFC 8259 section 6: another power", "org: 1", "\"org\":1e1", MISMATCH},
    {"rule 16: RFC 8259 section 6: a power of ten", "org: 1000", "\"org\":1e3", OK},
    {"rule 16: RFC 8259 section 3: true", "email_verified: true", "\"email_verified\":true", OK},
    {"rule 16: RFC 8259 section 3: false", "email_verified: true", "\"email_verified\":false",
     MISMATCH},
    {"rule 16: RFC 8259 section 3: the word", "email_verified: true", "\"email_verified\":\"true\"",
     MISMATCH},
    {"rule 16: RFC 8259 section 3: 1 is not true", "email_verified: true", "\"email_verified\":1",
     MISMATCH},

    {"rule 16: RFC 7519 section 4.3: an array holds it", "groups: {contains: ops}",
     "\"groups\":[\"dev\",\"ops\"]", OK},
    {"rule 16: RFC 7519 section 4.3: an array without it", "groups: {contains: ops}",
     "\"groups\":[\"dev\",\"ops2\"]", MISMATCH},
    {"rule 16: RFC 7519 section 4.3: a text is no array", "groups: {contains: ops}",
     "\"groups\":\"ops\"", MISMATCH},
    {"rule 16: RFC 7519 section 4.3: nor is what is deeper", "groups: {contains: ops}",
     "\"groups\":[[\"ops\"]]", MISMATCH},
    {"rule 16: RFC 7519 section 4.3: an object's value is no member", "groups: {contains: ops}",
     "\"groups\":{\"a\":\"ops\"}", MISMATCH},
    {"rule 16: RFC 7519 section 4.3: one of them", "groups: {contains_any: [ops, root]}",
     "\"groups\":[\"root\"]", OK},
    {"rule 16: RFC 7519 section 4.3: all of them", "groups: {contains_all: [ops, root]}",
     "\"groups\":[\"root\",\"x\",\"ops\"]", OK},
    {"rule 16: RFC 7519 section 4.3: not all of them", "groups: {contains_all: [ops, root]}",
     "\"groups\":[\"root\",\"root\"]", MISMATCH},
    {"rule 16: RFC 8259 section 6: a number in an array", "levels: {contains: 3}",
     "\"levels\":[1,3]", OK},

    {"rule 16: RFC 7519 section 4.1.2: a prefix", "job: {prefix: 'repo:me/app:'}",
     "\"job\":\"repo:me/app:ref:x\"", OK},
    {"rule 16: RFC 7519 section 4.1.2: a longer name", "job: {prefix: 'repo:me/app:'}",
     "\"job\":\"repo:me/app-evil:ref:x\"", MISMATCH},
    {"rule 16: RFC 7519 section 4.1.2: nothing behind it", "job: {prefix: 'repo:me/app:'}",
     "\"job\":\"repo:me/app:\"", MISMATCH},
    {"rule 16: RFC 7519 section 4.1.2: not at the beginning", "job: {prefix: 'repo:me/app:'}",
     "\"job\":\"xrepo:me/app:ref\"", MISMATCH},
    {"rule 16: RFC 7519 section 4.1.2: no text", "job: {prefix: 'repo:me/app:'}",
     "\"job\":[\"repo:me/app:x\"]", MISMATCH},
    {"rule 16: RFC 7519 section 4.1.2: one of two", "job: {prefix: ['a:', 'b:']}",
     "\"job\":\"b:1\"", OK},

    {"rule 16: RFC 7519 section 4.3: both demands", "{a: x, b: y}", "\"a\":\"x\",\"b\":\"y\"", OK},
    {"rule 16: RFC 7519 section 4.3: one of both", "{a: x, b: y}", "\"a\":\"x\",\"b\":\"x\"",
     MISMATCH},

    {"rule 16: RFC 6901 section 4: a pointer", "'/realm/roles': {contains: op}",
     "\"realm\":{\"roles\":[\"op\"]}", OK},
    {"rule 16: RFC 6901 section 4: into nothing", "'/realm/roles': {contains: op}",
     "\"realm\":{\"role\":[\"op\"]}", MISMATCH},
    {"rule 16: RFC 6901 section 4: into a text", "'/realm/roles': x", "\"realm\":\"roles\"",
     MISMATCH},
    {"rule 16: RFC 6901 section 3: a slash in a name", "'/https:~1~1x.com~1roles': {contains: op}",
     "\"https://x.com/roles\":[\"op\"]", OK},
    {"rule 16: RFC 6901 section 3: a tilde in a name", "'/a~0b': x", "\"a~b\":\"x\"", OK},
    {"rule 16: RFC 6901 section 4: ~01 is ~1", "'/a~01': x", "\"a~1\":\"x\"", OK},
    {"rule 16: RFC 6901 section 4: an index", "'/a/1': x", "\"a\":[\"y\",\"x\"]", OK},
    {"rule 16: RFC 6901 section 4: past the end", "'/a/2': x", "\"a\":[\"y\",\"x\"]", MISMATCH},
    {"rule 16: RFC 6901 section 4: no leading zero", "'/a/01': x", "\"a\":[\"y\",\"x\"]", MISMATCH},
    {"rule 16: RFC 6901 section 4: a dot is no step in a pointer", "'/a.b': x",
     "\"a\":{\"b\":\"x\"}", MISMATCH},

    {"rule 16: RFC 7519 section 4.2: steps by dots", "realm.roles: {contains: op}",
     "\"realm\":{\"roles\":[\"op\"]}", OK},
    {"rule 16: RFC 7519 section 4.2: a name with dots", "'https://x.com/roles': {contains: op}",
     "\"https://x.com/roles\":[\"op\"]", OK},
    {"rule 16: RFC 7519 section 4.2: a name with dots, then a step",
     "kubernetes.io.namespace: prod", "\"kubernetes.io\":{\"namespace\":\"prod\"}", OK},
    {"rule 16: RFC 7519 section 4.2: a name with a colon", "'cognito:groups': {contains: op}",
     "\"cognito:groups\":[\"op\"]", OK},
    {"rule 16: RFC 8725 section 3.1: two readings are none", "a.b: x",
     "\"a.b\":\"x\",\"a\":{\"b\":\"x\"}", MISMATCH},
    {"rule 16: RFC 8725 section 3.1: nor deeper", "a.b.c: x",
     "\"a\":{\"b.c\":\"x\",\"b\":{\"c\":\"x\"}}", MISMATCH},
    {"rule 16: RFC 6901 section 4: a pointer tells them apart", "'/a.b': x",
     "\"a.b\":\"x\",\"a\":{\"b\":\"y\"}", OK},
    {"rule 16: RFC 7519 section 4.2: escapes in the names on the way", "a.b: x",
     "\"a\":{\"\\u0062\":\"x\"}", OK},
};

static void a_demanded_value_must_be_there(void **state) {
  (void)state;
  bt_result *r = bt_result_new(0);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    arena *a = arena_new();
    str more = ROWS[i].demand[0] == '{' ? arena_printf(a, "    claims: %s", ROWS[i].demand)
                                        : arena_printf(a, "    claims: {%s}", ROWS[i].demand);
    bt_policy *p = policy_of(a, "HS256", more.ptr, NULL);
    str jwt = sign_hs(a, HS, arena_printf(a, "{" BASE ",%s}", ROWS[i].claims).ptr);
    assert_verdict(ROWS[i].rule, verdict(p, jwt, NULL, r), ROWS[i].want, r);
    bt_policy_free(p);
    arena_free(a);
  }
  bt_result_free(r);
}

static const row AUDIENCES[] = {
    {"rule 14: RFC 7519 section 4.1.3: the claim that the policy names", "client_id",
     "\"client_id\":\"api\"", OK},
    {"rule 14: RFC 7519 section 4.1.3: another value", "client_id", "\"client_id\":\"web\"",
     BT_AUD_MISMATCH},
    {"rule 14: RFC 7519 section 4.1.3: missing", "client_id", "\"x\":1", BT_AUD_MISSING},
    {"rule 14: RFC 7519 section 4.1.3: `aud` alone does not stand in", "client_id",
     "\"aud\":\"api\"", BT_AUD_MISSING},
    {"rule 14: RFC 7519 section 4.1.3: an `aud` besides counts", "client_id",
     "\"client_id\":\"api\",\"aud\":\"other\"", BT_AUD_MISMATCH},
    {"rule 14: RFC 7519 section 4.1.3: null names nobody", "client_id",
     "\"client_id\":\"api\",\"aud\":null", OK},
    {"rule 14: RFC 7519 section 4.1.3: null does not stand in", "client_id", "\"aud\":null",
     BT_AUD_MISSING},
    {"rule 14: RFC 7519 section 4.1.3: both", "client_id",
     "\"client_id\":\"api\",\"aud\":[\"api\"]", OK},
    {"rule 14: RFC 7519 section 4.1.3: neither string nor array", "client_id", "\"client_id\":7",
     BT_AUD_INVALID},
    {"rule 14: RFC 6901 section 4: nested", "/app/id", "\"app\":{\"id\":\"api\"}", OK},
};

static void another_claim_may_name_the_audience(void **state) {
  (void)state;
  bt_result *r = bt_result_new(0);
  for (size_t i = 0; i < sizeof AUDIENCES / sizeof *AUDIENCES; i++) {
    arena *a = arena_new();
    bt_policy *p = policy_of(
        a, "HS256", arena_printf(a, "    audience_claim: %s", AUDIENCES[i].demand).ptr, NULL);
    str jwt =
        sign_hs(a, HS, arena_printf(a, "{\"iss\":\"me\"," TIMES ",%s}", AUDIENCES[i].claims).ptr);
    assert_verdict(AUDIENCES[i].rule, verdict(p, jwt, NULL, r), AUDIENCES[i].want, r);
    bt_policy_free(p);
    arena_free(a);
  }
  bt_result_free(r);
}

static void nested_claims_grant_scopes_and_are_read(void **state) {
  static const char more[] = "\"realm_access\":{\"roles\":[\"a\",\"x\"],\"n\":\"\\u0041b\",\"t\":"
                             "true,\"i\":3},\"a.b\":1,\"a\":{\"b\":2}";
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  double number = 0;
  bool flag = false;
  (void)state;
  bt_policy *p = policy_of(a, "HS256", NULL, "scopes: {claim: realm_access.roles, allow: [a, b]}");
  str jwt = sign_hs(a, HS, arena_printf(a, "{" BASE ",%s}", more).ptr);
  assert_verdict("rule 21: RFC 8693 section 4.2: nested", verdict(p, jwt, NULL, r), OK, r);
  assert_int_equal(bt_scope_count(r), 1);
  assert_true(bt_has_scope(r, (bt_text){"a", 1}));
  assert_memory_equal(bt_claim_text(r, "realm_access.n").ptr, "Ab", 2);
  assert_memory_equal(bt_claim_text(r, "/realm_access/roles/1").ptr, "x", 1);
  assert_int_equal(bt_claim_item_count(r, "/realm_access/roles"), 2);
  assert_memory_equal(bt_claim_item(r, "realm_access.roles", 0).ptr, "a", 1);
  assert_true(bt_claim_number(r, "realm_access.i", &number) && number > 2.5 && number < 3.5);
  assert_true(bt_claim_bool(r, "realm_access.t", &flag) && flag);
  assert_null(bt_claim_json(r, "a.b").ptr);
  assert_memory_equal(bt_claim_json(r, "/a/b").ptr, "2", 1);
  assert_memory_equal(bt_claim_json(r, "/a.b").ptr, "1", 1);
  bt_policy_free(p);
  p = policy_of(a, "HS256", NULL, "scopes: {claim: a.b, allow: [a, b]}");
  assert_verdict("rule 21: RFC 8725 section 3.1: in two ways", verdict(p, jwt, NULL, r),
                 BT_SCOPE_INVALID, r);
  bt_policy_free(p);
  p = policy_of(a, "HS256", "    required: [sub, realm_access.n]", NULL);
  assert_verdict("rule 16: RFC 7519 section 4.3: nested", verdict(p, jwt, NULL, r), OK, r);
  bt_policy_free(p);
  p = policy_of(a, "HS256", "    required: [realm_access.m]", NULL);
  assert_verdict("rule 16: RFC 7519 section 4.3: nested, missing", verdict(p, jwt, NULL, r),
                 BT_CLAIM_MISSING, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

static void a_cached_token_meets_the_demands_of_its_policy(void **state) {
  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  (void)state;
  bt_policy *lax = policy_of(a, "HS256", NULL, NULL);
  bt_policy *strict = policy_of(a, "HS256", "    claims: {kind: a}", NULL);
  str jwt = sign_hs(a, HS, "{" BASE ",\"kind\":\"b\"}");
  for (int i = 0; i < 3; i++) {
    assert_verdict("rule 16: RFC 8725 section 3.12", verdict(lax, jwt, NULL, r), OK, r);
    assert_verdict("rule 16: RFC 8725 section 3.12", verdict(strict, jwt, NULL, r), MISMATCH, r);
  }
  bt_policy_free(lax);
  bt_policy_free(strict);
  bt_result_free(r);
  arena_free(a);
}

/* ---- policies -------------------------------------------------------------------------------- */

#define HEAD                                                                              \
  "version: 1\nissuers:\n  - issuer: me\n    algorithms: [HS256]\n    audiences: [api]\n" \
  "    keys: {env: TEST_KEY}\n"

static const struct {
  const char *text;
  unsigned line;
  const char *message;
} MISTAKES[] = {
    {HEAD "    claims: x\n", 7, "must be a map of claims"},
    {HEAD "    claims: {}\n", 7, "must be a map of claims"},
    {HEAD "    claim: {a: b}\n", 7, "did you mean 'claims'"},
    {HEAD "    claims:\n      a: b\n      c:\n", 9, "demands a value"},
    {HEAD "    claims: {a: ''}\n", 7, "empty text"},
    {HEAD "    claims: {a: []}\n", 7, "one of none"},
    {HEAD "    claims: {a: [b, [c]]}\n", 7, "demands a value"},
    {HEAD "    claims: {a: .5}\n", 7, "in decimals"},
    {HEAD "    claims: {a: {}}\n", 7, "takes one of contains"},
    {HEAD "    claims: {a: {contains: b, prefix: 'c:'}}\n", 7, "takes one of contains"},
    {HEAD "    claims:\n      a: {contain: b}\n", 8, "did you mean 'contains'"},
    {HEAD "    claims: {a: {contains: [b, c]}}\n", 7, "contains_any or contains_all"},
    {HEAD "    claims: {a: {prefix: repo:me/app}}\n", 7, "no fixed end"},
    {HEAD "    claims: {a: {prefix: ':'}}\n", 7, "no fixed end"},
    {HEAD "    claims: {a: {prefix: 7}}\n", 7, "must be text"},
    {HEAD "    claims: {'/': b}\n", 7, "names a member behind its slash"},
    {HEAD "    claims: {'/a~2': b}\n", 7, "~ is written ~0"},
    {HEAD "    claims: {'': b}\n", 7, "names no claim"},
    {HEAD "    claims: {a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r: b}\n", 7, "more than 16 steps"},
    {HEAD "    audience_claim: ''\n", 7, "must be text"},
    {HEAD "    audience_claims: client_id\n", 7, "did you mean 'audience_claim'"},
    {HEAD "scopes: {claim: '/~', allow: [a]}\n", 7, "~ is written ~0"},
    {HEAD "forward: {X-A: '/'}\n", 7, "names a member behind its slash"},
};

static void each_mistake_is_refused_at_its_line(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof MISTAKES / sizeof *MISTAKES; i++) {
    bt_policy *p = load(MISTAKES[i].text);
    bool as_wanted =
        !p && last_line == MISTAKES[i].line && strstr(last_problem, MISTAKES[i].message);
    if (!as_wanted)
      print_error("row %zu, line %u, '%s': %s\n", i, MISTAKES[i].line, MISTAKES[i].message,
                  p ? "loaded" : last_problem);
    assert_true(as_wanted);
  }
}

static void a_star_is_warned_about(void **state) {
  (void)state;
  bt_policy *p = load(HEAD "    claims:\n      sub: 'repo:me/app:*'\n");
  assert_non_null(p);
  assert_int_equal(last_line, 8);
  assert_non_null(strstr(last_problem, "stands for itself"));
  bt_policy_free(p);
}

#define ACTIONS                                                                     \
  "version: 1\nissuers:\n  - issuer: https://token.actions.githubusercontent.com\n" \
  "    algorithms: [HS256]\n    audiences: [api]\n    keys: {env: TEST_KEY}\n"

static void advised(const char *text, bool wanted) {
  bt_policy *p = load(text);
  assert_non_null(p);
  *last_problem = 0;
  bt_policy_advise(p, note_problem, NULL);
  assert_int_equal(strstr(last_problem, "everybody's projects") != NULL, wanted);
  assert_true(!wanted || last_line == 3);
  bt_policy_free(p);
}

static void an_issuer_that_all_share_wants_a_claim(void **state) {
  (void)state;
  advised(ACTIONS, true);
  advised(ACTIONS "    claims: {actor: me}\n", true);
  advised(ACTIONS "    claims: {repository: me/app}\n", false);
  advised(ACTIONS "    claims: {/repository_owner_id: '1'}\n", false);
  advised(HEAD, false);
}

static void a_policy_says_what_it_demands(void **state) {
  (void)state;
  bt_policy *p =
      load(HEAD "    audience_claim: client_id\n    claims: {a: [x, 2], b: {contains_all: "
                "[y, true]}, /c/d: {prefix: 'z:'}, e: {contains_any: [p, q]}}\n");
  assert_non_null(p);
  char *text = bt_policy_describe(p, NOW);
  assert_non_null(strstr(text, "api, in the claim client_id"));
  assert_non_null(strstr(text, "claim       a must be \"x\" or 2\n"));
  assert_non_null(strstr(text, "claim       b must contain \"y\" and true\n"));
  assert_non_null(strstr(text, "claim       /c/d must begin with \"z:\"\n"));
  assert_non_null(strstr(text, "claim       e must contain one of \"p\" or \"q\"\n"));
  bt_text_free(text);
  bt_policy_free(p);
}

static void every_refusal_has_its_step_in_an_explanation(void **state) {
  (void)state;
  for (bt_refusal i = BT_REFUSAL_NONE + 1; i < BT_REFUSAL_COUNT; i++)
    if (!explain_step_of(i))
      fail_msg("%s has no step in explain.c", bt_refusal_name(i));
  assert_string_equal(explain_step_of(BT_ISS_UNKNOWN), "issuer");
  assert_string_equal(explain_step_of(BT_CLAIM_MISMATCH), "claims");
  assert_null(explain_step_of(BT_REFUSAL_COUNT));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_demanded_value_must_be_there),
      cmocka_unit_test(another_claim_may_name_the_audience),
      cmocka_unit_test(nested_claims_grant_scopes_and_are_read),
      cmocka_unit_test(a_cached_token_meets_the_demands_of_its_policy),
      cmocka_unit_test(each_mistake_is_refused_at_its_line),
      cmocka_unit_test(a_star_is_warned_about),
      cmocka_unit_test(an_issuer_that_all_share_wants_a_claim),
      cmocka_unit_test(a_policy_says_what_it_demands),
      cmocka_unit_test(every_refusal_has_its_step_in_an_explanation),
  };
  setenv("TEST_KEY", SECRET, 1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
