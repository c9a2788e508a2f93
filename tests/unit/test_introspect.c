/* Tokens that their issuer is asked about (RFC 7662): which those are, what is asked, and that an
 * answer is held to the policy like a signed token. */
#include "verify_world.h"

#include "batten/introspect.h"

#include <unistd.h>

#define ASKED(more)                                                                            \
  "version: 1\nissuers:\n  - issuer: https://op.example\n    audiences: [api]\n"               \
  "    keys: {introspection: 'https://op.example/introspect', client_id: 'my api', "           \
  "client_secret: env:TEST_SECRET}\n" more                                                     \
  "  - issuer: me\n    algorithms: [HS256]\n    audiences: [api]\n    keys: {env: TEST_KEY}\n" \
  "scopes: {claim: scope, allow: [read, write]}\n"
#define YES "\"active\":true,\"aud\":\"api\",\"exp\":1800000300"

typedef struct {
  const char *answer; /* NULL: not known yet */
  bool fails;
  unsigned asked;
} endpoint;

static bt_asked look(void *of, const bt_policy *policy, size_t issuer, bt_text given, double now,
                     char *answer, size_t *length) {
  endpoint *e = of;
  (void)policy, (void)issuer, (void)given, (void)now;
  e->asked++;
  if (e->fails)
    return BT_ASKED_FAILED;
  if (!e->answer)
    return BT_ASKED_NOT_YET;
  *length = strlen(e->answer);
  memcpy(answer, e->answer, *length);
  return BT_ASKED_ANSWERED;
}

static bt_refusal of_answer(const bt_policy *p, endpoint *e, const char *jwt, bt_result *r) {
  bt_result_introspect_by(r, look, e);
  bt_verify(p, jwt, strlen(jwt), NULL, NOW, r);
  return bt_result_refusal(r);
}

static bt_policy *asked_policy(const char *text) {
  setenv("TEST_KEY", SECRET, 1);
  setenv("TEST_SECRET", "s3cret&=", 1);
  bt_policy *p = load(text);
  if (!p)
    print_error("%s\n", last_problem);
  assert_non_null(p);
  return p;
}

/* rule 23: RFC 7662 section 2.2 */
static void an_answer_is_held_to_the_policy(void **state) {
  (void)state;

  static const struct {
    const char *answer;
    bt_refusal want;
  } rows[] = {
      {"{" YES "}", BT_REFUSAL_NONE},
      {"{" YES ",\"iss\":\"https://op.example\",\"sub\":\"u\"}", BT_REFUSAL_NONE},
      {"{\"active\":false}", BT_TOKEN_INACTIVE},
      {"{\"active\":false,\"aud\":\"api\",\"exp\":1800000300}", BT_TOKEN_INACTIVE},
      {"{\"active\":\"true\",\"aud\":\"api\",\"exp\":1800000300}", BT_KEYS_UNAVAILABLE},
      {"{\"active\":1,\"aud\":\"api\",\"exp\":1800000300}", BT_KEYS_UNAVAILABLE},
      {"{\"active\":null}", BT_KEYS_UNAVAILABLE},
      {"{}", BT_KEYS_UNAVAILABLE},
      {"[]", BT_KEYS_UNAVAILABLE},
      {"", BT_KEYS_UNAVAILABLE},
      {"{" YES, BT_KEYS_UNAVAILABLE},
      {"{\"active\":false,\"active\":true,\"aud\":\"api\",\"exp\":1800000300}",
       BT_KEYS_UNAVAILABLE},
      {"{" YES ",\"iss\":\"https://op.example/\"}", BT_ISS_UNKNOWN},
      {"{" YES ",\"iss\":7}", BT_ISS_UNKNOWN},
      {"{\"active\":true,\"exp\":1800000300}", BT_AUD_MISSING},
      {"{\"active\":true,\"aud\":\"other\",\"exp\":1800000300}", BT_AUD_MISMATCH},
      {"{\"active\":true,\"aud\":[\"other\",\"api\"],\"exp\":1800000300}", BT_REFUSAL_NONE},
      {"{\"active\":true,\"aud\":\"api\"}", BT_EXP_MISSING},
      {"{\"active\":true,\"aud\":\"api\",\"exp\":1799999000}", BT_EXPIRED},
      {"{" YES ",\"nbf\":1800000200}", BT_NOT_YET_VALID},
      {"{" YES ",\"sub\":\"\"}", BT_CLAIM_INVALID},
      {"{" YES ",\"cnf\":{\"x5t#S256\":\"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2\"}}",
       BT_CERTIFICATE_MISSING},
  };

  bt_policy *p = asked_policy(ASKED(""));
  bt_result *r = bt_result_new(1 << 16);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    endpoint e = {.answer = rows[i].answer};
    assert_verdict(rows[i].answer, of_answer(p, &e, "opaque-token", r), rows[i].want, r);
    assert_int_equal(e.asked, 1);
    assert_false(bt_result_unasked(r) || bt_result_cached(r));
  }
  endpoint e = {.answer = "{" YES ",\"scope\":\"read all write:x\",\"sub\":\"u\"}"};
  assert_verdict("scopes", of_answer(p, &e, "opaque-token", r), BT_REFUSAL_NONE, r);
  assert_int_equal(bt_scope_count(r), 1);
  assert_int_equal(bt_result_issuer_index(r), 0);
  assert_true(bt_has_scope(r, (bt_text){"read", 4}) && !bt_has_scope(r, (bt_text){"write", 5}));
  assert_memory_equal(bt_claim_text(r, "sub").ptr, "u", 1);
  bt_result_free(r);
  bt_policy_free(p);
}

static void only_what_is_no_jwt_of_another_issuer_is_asked_about(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_policy *p = asked_policy(ASKED(""));
  bt_result *r = bt_result_new(1 << 16);
  endpoint e = {.answer = "{" YES ",\"jti\":\"of the answer\"}"};
  str signed_one = sign_hs(a, HS, GOOD),
      theirs =
          sign_hs(a, HS, "{\"iss\":\"https://op.example\",\"aud\":\"api\",\"exp\":1800000300}");
  for (int turn = 0; turn < 3;
       turn++) { /* the signed one's header is kept, and its claims cached */
    assert_verdict("signed", of_answer(p, &e, signed_one.ptr, r), BT_REFUSAL_NONE, r);
    assert_int_equal(bt_result_issuer_index(r), 1);
    assert_int_equal(e.asked, (unsigned)turn * 2);
    assert_verdict("opaque", of_answer(p, &e, "opaque", r), BT_REFUSAL_NONE, r);
    assert_int_equal(bt_result_issuer_index(r), 0);
    assert_verdict("its own JWT", of_answer(p, &e, theirs.ptr, r), BT_REFUSAL_NONE, r);
    assert_memory_equal(bt_claim_text(r, "jti").ptr, "of the answer", 13);
    assert_int_equal(e.asked, (unsigned)turn * 2 + 2);
  }
  static const char *const opaque[] = {"a",    "a.b", "v4.public.abc", "a.b.c.d", "eyJx",
                                       "ey.a", NULL};
  for (size_t i = 0; opaque[i]; i++)
    assert_verdict(opaque[i], of_answer(p, &e, opaque[i], r), BT_REFUSAL_NONE, r);
  unsigned before = e.asked;
  assert_verdict("broken", of_answer(p, &e, "eyJhbGciOiJub25lIn0.e30.", r), BT_ALG_NONE, r);
  assert_verdict("broken", of_answer(p, &e, "ey!.e30.x", r), BT_BASE64_INVALID, r);
  assert_verdict("foreign", of_answer(p, &e, sign_hs(a, HS, "{\"iss\":\"x\"}").ptr, r),
                 BT_ISS_UNKNOWN, r);
  assert_verdict("none", of_answer(p, &e, "", r), BT_TOKEN_MISSING, r);
  assert_verdict("a space", of_answer(p, &e, "a b", r), BT_TOKEN_NOT_COMPACT, r);
  assert_verdict("a line", of_answer(p, &e, "a\r\nb", r), BT_TOKEN_NOT_COMPACT, r);
  char *longer = arena_alloc(a, 9001);
  memset(longer, 'a', 9000);
  assert_verdict("long", of_answer(p, &e, longer, r), BT_TOKEN_TOO_LONG, r);
  assert_int_equal(e.asked, before);
  bt_policy *plain = policy_of(a, "HS256", NULL, NULL);
  assert_verdict("nobody to ask", of_answer(plain, &e, "opaque", r), BT_TOKEN_NOT_COMPACT, r);
  assert_int_equal(e.asked, before);
  bt_policy_free(plain);
  bt_result_free(r);
  bt_policy_free(p);
  arena_free(a);
}

/* An answer lies where a token's kept header was: what comes next is read anew. */
static void an_answer_leaves_nothing_of_itself_in_the_next_header(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_policy *p =
      asked_policy(ASKED("  - {issuer: you, algorithms: [HS256], audiences: [api], keys: "
                         "{env: TEST_KEY}, typ: [at+jwt]}\n"));
  bt_result *r = bt_result_new(0);
  endpoint e = {.answer = "{" YES ",\"x\":\"0123456789012345678901234567890123456789\"}"};
  for (int turn = 0; turn < 3; turn++) {
    str jwt =
        sign_hs(a, "{\"typ\":\"at+jwt\",\"alg\":\"HS256\"}",
                arena_printf(a, "{\"iss\":\"you\",\"aud\":\"api\",\"exp\":180000030%d}", turn).ptr);
    assert_verdict("signed", of_answer(p, &e, jwt.ptr, r), BT_REFUSAL_NONE, r);
    assert_verdict("opaque", of_answer(p, &e, "opaque", r), BT_REFUSAL_NONE, r);
  }
  bt_result_free(r);
  bt_policy_free(p);
  arena_free(a);
}

/* rule 23: RFC 7662 section 4: fail closed, and not as the client's fault */
static void without_an_answer_nothing_passes(void **state) {
  (void)state;
  bt_policy *p = asked_policy(ASKED(""));
  bt_result *r = bt_result_new(0);
  endpoint late = {0}, fails = {.fails = true};
  assert_verdict("not yet", of_answer(p, &late, "opaque", r), BT_KEYS_UNAVAILABLE, r);
  assert_true(bt_result_unasked(r));
  assert_verdict("failed", of_answer(p, &fails, "opaque", r), BT_KEYS_UNAVAILABLE, r);
  assert_false(bt_result_unasked(r));
  bt_result_introspect_by(r, NULL, NULL);
  assert_int_equal(bt_verify(p, "opaque", 6, NULL, NOW, r), BT_NO_KEYS);
  assert_non_null(strstr(bt_result_detail(r), "guard serve"));
  assert_int_equal(bt_policy_guard_only(p).len, strlen("https://op.example/introspect"));
  assert_false(bt_policy_keys_wanted(p, 0, NOW));
  assert_int_equal(bt_policy_issuer(p, 0, NOW).state, BT_KEYS_READY);
  bt_result_free(r);
  bt_policy_free(p);
}

static void what_is_asked_is_encoded_and_shows_who_asks(void **state) {
  (void)state;

  static const struct {
    const char *keys, *header, *form;
  } rows[] = {
      {"client_id: 'my api', client_secret: env:TEST_SECRET",
       "Authorization: Basic bXklMjBhcGk6czNjcmV0JTI2JTNE",
       "token=a%2Bb%26client_id%3Dx&token_type_hint=access_token"},
      {"bearer: env:TEST_BEARER", "Authorization: Bearer b.c",
       "token=a%2Bb%26client_id%3Dx&token_type_hint=access_token"},
      {"client_id: me, cert: /c.pem, key: /k.pem", NULL,
       "token=a%2Bb%26client_id%3Dx&token_type_hint=access_token&client_id=me"},
  };

  arena *a = arena_new();
  setenv("TEST_BEARER", "b.c", 1);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_policy *p = asked_policy(
        arena_printf(a,
                     "version: 1\nissuers:\n  - issuer: https://op.example\n    audiences: [api]\n"
                     "    keys: {introspection: 'https://op.example/i', %s}\n",
                     rows[i].keys)
            .ptr);
    bt_fetch f;
    assert_true(bt_introspect_begin(p, 0, (bt_text){"a+b&client_id=x", 15}, &f, NULL, NULL));
    assert_string_equal(f.url, "https://op.example/i");
    assert_string_equal(f.form, rows[i].form);
    assert_string_equal(f.headers[0], "Accept: application/json");
    if (rows[i].header)
      assert_string_equal(f.headers[1], rows[i].header);
    else
      assert_true(!f.headers[1] && strcmp(f.cert, "/c.pem") == 0);
    bt_fetch_free(&f);
    bt_policy_free(p);
  }
  arena_free(a);
}

static void an_answer_is_kept_no_longer_than_it_may(void **state) {
  (void)state;

  static const struct {
    const char *answer;
    double life;
    bool active;
  } rows[] = {{"{" YES "}", 30, true},
              {"{\"active\":true}", 30, true},
              {"{\"active\":true,\"exp\":1800000010}", 10, true},
              {"{\"active\":true,\"exp\":1800000000.5}", 1, true},
              {"{\"active\":true,\"exp\":1799990000}", 1, true},
              {"{\"active\":false}", 5, false},
              {"{\"active\":false,\"exp\":1800000002}", 2, false},
              {"{\"active\":\"true\"}", 0, false},
              {"{\"exp\":1800000300}", 0, false},
              {"<html>", 0, false},
              {"", 0, false}};

  bt_policy *p = asked_policy(ASKED(""));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bool active = !rows[i].active;
    bt_text answer = {rows[i].answer, strlen(rows[i].answer)};
    assert_true(bt_introspect_life(p, 0, answer, NOW, &active) == rows[i].life);
    assert_int_equal(active, rows[i].active);
  }
  char *large = malloc(BT_ANSWER_MAX + 1);
  bool active;
  memset(large, ' ', BT_ANSWER_MAX + 1);
  memcpy(large, "{\"active\":true}", 15);
  assert_true(bt_introspect_life(p, 0, (bt_text){large, BT_ANSWER_MAX}, NOW, &active) == 30);
  assert_true(bt_introspect_life(p, 0, (bt_text){large, BT_ANSWER_MAX + 1}, NOW, &active) == 0);
  free(large);
  bt_policy_free(p);
}

static void a_policy_says_who_asks_and_nothing_about_signatures(void **state) {
  (void)state;
#define ONE(issuer, keys)                                                              \
  "version: 1\nissuers:\n  - {issuer: 'https://op.example', audiences: [api], " issuer \
  "keys: {introspection: 'https://op.example/i', " keys "}}\n"

  static const struct {
    const char *text, *words;
  } rows[] = {
      {ONE("", "client_id: a, client_secret: env:X"), NULL},
      {ONE("", "client_id: a, client_secret: '@f', cache: 1h"), NULL},
      {ONE("", "cache: 1s"), "what the issuer knows this API by"},
      {ONE("", "client_id: a"), "what the issuer knows this API by"},
      {ONE("", "client_secret: env:X"), "goes with `client_id`"},
      {ONE("", "client_id: a, client_secret: env:X, bearer: env:Y"), "without `bearer`"},
      {ONE("", "client_id: a, client_secret: hunter2"), "holds no secret itself"},
      {ONE("", "client_id: a, client_secret: env:X, cache: 2h"), "at most 1h"},
      {ONE("algorithms: [RS256], ", "client_id: a, client_secret: env:X"), "is about signed"},
      {ONE("typ: [at+jwt], ", "client_id: a, client_secret: env:X"), "is about signed"},
      {ONE("", "jwks_url: 'https://x/', client_id: a, client_secret: env:X"), "exactly one"},
      {"version: 1\nissuers:\n  - {issuer: a, audiences: [b], keys: {introspection: "
       "'http://op.example/i', bearer: env:X}}\n",
       "https URL"},
      {"version: 1\nissuers:\n  - {issuer: a, audiences: [b], algorithms: [RS256], keys: "
       "{jwks_url: 'https://op.example/i', client_id: x}}\n",
       "belongs to `introspection`"},
      {"version: 1\nissuers:\n  - {issuer: a, audiences: [b], keys: {jwks_url: 'https://x/'}}\n",
       "lacks `algorithms`"},
      {"version: 1\nissuers:\n"
       "  - {issuer: a, audiences: [b], keys: {introspection: 'https://a/', bearer: env:X}}\n"
       "  - {issuer: c, audiences: [b], keys: {introspection: 'https://c/', bearer: env:X}}\n",
       "does not say which to ask"},
  };

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_policy *p = load(rows[i].text);
    bool as_wanted = rows[i].words ? !p && strstr(last_problem, rows[i].words) : p != NULL;
    if (!as_wanted)
      print_error("%s\n%s\n", rows[i].text, last_problem);
    assert_true(as_wanted);
    bt_policy_free(p);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_is_held_to_the_policy),
      cmocka_unit_test(only_what_is_no_jwt_of_another_issuer_is_asked_about),
      cmocka_unit_test(an_answer_leaves_nothing_of_itself_in_the_next_header),
      cmocka_unit_test(without_an_answer_nothing_passes),
      cmocka_unit_test(what_is_asked_is_encoded_and_shows_who_asks),
      cmocka_unit_test(an_answer_is_kept_no_longer_than_it_may),
      cmocka_unit_test(a_policy_says_who_asks_and_nothing_about_signatures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
