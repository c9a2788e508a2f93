#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "batten/decide.h"
#include "token/token.h"

#include <stdio.h>
#include <stdlib.h>

static const char POLICY[] = "version: 1\n"
                             "issuers:\n"
                             "  - issuer: auth\n"
                             "    algorithms: [HS256]\n"
                             "    audiences: [app]\n"
                             "    keys: {env: DECIDE_KEY}\n"
                             "    max_lifetime: 1h\n"
                             "%s"
                             "scopes: {claim: scopes, allow: [read, write]}\n"
                             "routes:\n"
                             "  - {path: /health, public: true}\n"
                             "  - {path: /files/**, methods: [GET], scopes: [read]}\n"
                             "  - {path: /files/**, methods: [POST], scopes: [read, write]}\n"
                             "%s";

enum { NOW = 1800000000, FIELDS_MAX = 8 };

typedef struct {
  const char *name, *value;
} field;

static bt_text header(void *context, const char *name, size_t i) {
  for (const field *f = context; f->name; f++)
    if (strcmp(f->name, name) == 0 && i-- == 0)
      return (bt_text){f->value, strlen(f->value)};
  return (bt_text){0};
}

static void problem(const bt_problem *p, void *context) {
  (void)context;
  if (!p->warning)
    print_error("%u:%u %s\n", p->line, p->column, p->message);
}

static bt_policy *load(const char *in_issuer, const char *at_end) {
  char text[2048];
  setenv("DECIDE_KEY", "0123456789abcdef0123456789abcdef", 1);
  int n = snprintf(text, sizeof text, POLICY, in_issuer, at_end);
  bt_policy *p = bt_policy_load_text(text, (size_t)n, "policy.yaml", ".", problem, NULL);
  assert_non_null(p);
  return p;
}

/* A good token with these scopes. */
static const char *token_with(arena *a, const char *scopes) {
  members h = {0}, claims = {0};
  key k = {
      .kind = KEY_SECRET, .secret = STR("0123456789abcdef0123456789abcdef"), .is_private = true};
  str out;
  members_set_str(a, &h, STR("typ"), STR("JWT"));
  members_set_str(a, &claims, STR("iss"), STR("auth"));
  members_set_str(a, &claims, STR("aud"), STR("app"));
  members_set_str(a, &claims, STR("sub"), STR("u1"));
  members_set_int(a, &claims, STR("iat"), NOW - 10);
  members_set_int(a, &claims, STR("exp"), NOW + 600);
  members_set(a, &claims, STR("scopes"), str_of(scopes));
  assert_true(token_mint(a, &h, &claims, STR("HS256"), &k, &out));
  return arena_text(a, out);
}

static bt_decision ask(const bt_policy *policy, const char *method, const char *uri,
                       const field *fields) {
  bt_result *r = bt_result_new(0);

  union {
    const field *in;
    void *out;
  } context = {.in = fields};

  bt_http http = {.method = {method, strlen(method)},
                  .host = {"api.example", 11},
                  .uri = {uri, strlen(uri)},
                  .header = header,
                  .context = context.out};
  bt_decision d = bt_decide(policy, &http, NOW, r);
  bt_result_free(r);
  return d;
}

static void assert_decided(const bt_policy *policy, const char *method, const char *uri,
                           const field *fields, const char *name, int status) {
  bt_decision d = ask(policy, method, uri, fields);
  if (strcmp(bt_decision_name(&d), name) != 0)
    print_error("%s %s: %s\n", method, uri, bt_decision_name(&d));
  assert_string_equal(bt_decision_name(&d), name);
  assert_int_equal(d.status, status);
  assert_int_equal(d.allowed, status == 0);
}

static key secret_key(const char *secret) {
  return (key){.kind = KEY_SECRET, .secret = str_of(secret), .is_private = true};
}

/* base64url(header).base64url(payload).signature */
static str sign(arena *a, const key *k, const char *alg, str header_json, str payload) {
  str input = arena_printf(a, "%s.%s", arena_text(a, base64url_encode(a, header_json)),
                           arena_text(a, base64url_encode(a, payload)));
  str signature = {0};
  assert_true(jws_sign(a, k, algorithm_find(str_of(alg)), input, &signature));
  return arena_printf(a, "%s.%s", input.ptr, arena_text(a, base64url_encode(a, signature)));
}

static const char *bearer(arena *a, const char *given) {
  return arena_text(a, arena_printf(a, "Bearer %s", given));
}

static void a_good_token_with_the_scopes_of_the_route_passes(void **state) {
  arena *a = arena_new();
  bt_policy *p = load("", "");
  (void)state;
  const char *reader = token_with(a, "[\"read\"]"), *writer = token_with(a, "[\"read\",\"write\"]");
  const field none[] = {{0}}, read[] = {{"authorization", bearer(a, reader)}, {0}},
              write[] = {{"authorization", bearer(a, writer)}, {0}};
  assert_decided(p, "GET", "/health", none, "none", 0);
  assert_decided(p, "GET", "/files/a?x=1", read, "none", 0);
  assert_decided(p, "POST", "/files/a", write, "none", 0);
  assert_decided(p, "POST", "/files/a", read, "insufficient-scope", 403);
  assert_decided(p, "GET", "/files/a", none, "token-missing", 401);
  assert_decided(p, "DELETE", "/files/a", write, "route-unknown", 403);
  assert_decided(p, "GET", "/other", write, "route-unknown", 403);
  assert_decided(p, "GET", "", write, "request-invalid", 403);
  bt_policy_free(p);
  arena_free(a);
}

static void what_can_be_read_in_two_ways_is_refused(void **state) {
  arena *a = arena_new();
  bt_policy *p = load("", "");
  (void)state;
  const char *good = bearer(a, token_with(a, "[\"read\",\"write\"]"));
  const field plain[] = {{"authorization", good}, {0}};
  const field twice[] = {{"authorization", good}, {"authorization", good}, {0}};
  const field override[] = {{"authorization", good}, {"x-http-method-override", "POST"}, {0}};
  const field same[] = {{"authorization", good}, {"x-http-method-override", "get"}, {0}};
  const field moved[] = {{"authorization", good}, {"x-original-url", "/admin"}, {0}};
  static const char *const paths[] = {
      "/files/..%2fadmin", "/files/../admin", "/files/%2e%2e/admin", "/files//a",
      "/files/a;x",        "/files/a%00",     "/files/%252e%252e/a", "/files/a\\b",
      "/files/a%5cb",      "/files/./a",      "/files/%zz"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    assert_decided(p, "GET", paths[i], plain, "path-ambiguous", 403);
  assert_decided(p, "GET", "/files/a", twice, "token-several", 401);
  assert_decided(p, "GET", "/files/a", override, "method-overridden", 403);
  assert_decided(p, "GET", "/files/a", same, "none", 0);
  assert_decided(p, "GET", "/files/a", moved, "method-overridden", 403);
  bt_policy_free(p);
  arena_free(a);
}

static void another_reading_of_the_path_does_not_reach_another_route(void **state) {
  bt_policy *p = load("", "  - {path: /admin, scopes: [write]}\n  - {path: /data.json, public: "
                          "true}\n  - {path: /data, scopes: [read]}\n"
                          "  - {path: /**, public: true}\n");
  const field none[] = {{0}};
  (void)state;
  assert_decided(p, "GET", "/admin", none, "token-missing", 401);
  assert_decided(p, "HEAD", "/files/a", none, "token-missing", 401);
  assert_decided(p, "GET", "/admin/", none, "token-missing", 401);
  assert_decided(p, "GET", "/admin.json", none, "token-missing", 401);
  assert_decided(p, "GET", "/admin.json/", none, "token-missing", 401);
  assert_decided(p, "GET", "/data.json", none, "none", 0); /* the policy says so itself */
  assert_decided(p, "GET", "/data.xml", none, "token-missing", 401);
  assert_decided(p, "GET", "/other/", none, "none", 0);
  assert_decided(p, "GET", "/other.json", none, "none", 0);
  assert_decided(p, "GET", "/", none, "none", 0);
  bt_policy_free(p);
}

static void the_token_is_read_from_its_place_alone(void **state) {
  arena *a = arena_new();
  (void)state;
  const char *t = token_with(a, "[\"read\"]");
  bt_policy *cookie = load("    token: {cookie: session}\n", ""),
            *query = load("    token: {query: access_token}\n", ""),
            *custom = load("    token: {header: X-Auth}\n", "");
  const field in_cookie[] = {{"cookie", arena_text(a, arena_printf(a, "a=b; session=%s; c=d", t))},
                             {0}};
  const field two_cookies[] = {
      {"cookie", arena_text(a, arena_printf(a, "session=%s; session=%s", t, t))}, {0}};
  const field in_bearer[] = {{"authorization", bearer(a, t)}, {0}},
              in_custom[] = {{"x-auth", t}, {0}}, none[] = {{0}};
  char uri[2048], doubled[4096], hidden[4096];
  snprintf(uri, sizeof uri, "/files/a?access_token=%s", t);
  snprintf(doubled, sizeof doubled, "%s&access_token=%s", uri, t);
  snprintf(hidden, sizeof hidden, "%s&access%%5ftoken=x", uri);
  assert_decided(cookie, "GET", "/files/a", in_cookie, "none", 0);
  assert_decided(cookie, "GET", "/files/a", in_bearer, "token-missing", 401);
  assert_decided(cookie, "GET", "/files/a", two_cookies, "token-several", 401);
  assert_decided(query, "GET", uri, none, "none", 0);
  assert_decided(query, "GET", doubled, none, "token-several", 401);
  assert_decided(query, "GET", hidden, none, "token-several", 401);
  assert_decided(custom, "GET", "/files/a", in_custom, "none", 0);
  assert_decided(custom, "GET", "/files/a", in_bearer, "token-missing", 401);
  bt_policy_free(cookie);
  bt_policy_free(query);
  bt_policy_free(custom);
  arena_free(a);
}

static void observing_lets_through_and_says_what_it_would_do(void **state) {
  bt_policy *p = load("", "mode: observe\n");
  const field none[] = {{0}};
  (void)state;
  bt_decision d = ask(p, "GET", "/files/a", none);
  assert_true(d.allowed);
  assert_true(d.would_refuse);
  assert_int_equal(d.status, 401);
  assert_string_equal(bt_decision_name(&d), "token-missing");
  bt_policy_free(p);
}

static void challenges_tell_a_client_no_more_than_they_must(void **state) {
  arena *a = arena_new();
  bt_policy *p = load("", "");
  char out[256];
  (void)state;
  const field none[] = {{0}}, empty[] = {{"authorization", "Bearer"}, {0}},
              bad[] = {{"authorization", "Bearer x.y.z"}, {0}};
  const field reader[] = {{"authorization", bearer(a, token_with(a, "[\"read\"]"))}, {0}};
  bt_decision first = ask(p, "GET", "/files/a", none), second = ask(p, "GET", "/files/a", bad),
              third = ask(p, "POST", "/files/a", reader);
  bt_decision fourth = ask(p, "GET", "/files/a", empty);
  /* RFC 6750 section 3.1: without a token no error */
  assert_true(str_eq(str_from(out, bt_decision_challenge(&first, out, sizeof out)), STR("Bearer")));
  assert_true(
      str_eq(str_from(out, bt_decision_challenge(&fourth, out, sizeof out)), STR("Bearer")));
  assert_true(str_eq(str_from(out, bt_decision_challenge(&second, out, sizeof out)),
                     STR("Bearer error=\"invalid_token\"")));
  assert_true(str_eq(str_from(out, bt_decision_challenge(&third, out, sizeof out)),
                     STR("Bearer error=\"insufficient_scope\", scope=\"read write\"")));
  assert_int_equal(bt_decision_challenge(&first, out, 5), 0);
  bt_policy_free(p);
  arena_free(a);
}

#define METADATA "https://api.example/.well-known/oauth-protected-resource"

/* RFC 9728 section 5.1 */
static void challenges_name_the_resources_metadata_where_the_policy_does(void **state) {
  arena *a = arena_new();
  bt_policy *p = load("", "resource_metadata: " METADATA "\n");
  char out[512];
  (void)state;
  const field none[] = {{0}}, bad[] = {{"authorization", "Bearer x.y.z"}, {0}};
  const field reader[] = {{"authorization", bearer(a, token_with(a, "[\"read\"]"))}, {0}};
  bt_decision first = ask(p, "GET", "/files/a", none), second = ask(p, "GET", "/files/a", bad),
              third = ask(p, "POST", "/files/a", reader), other = ask(p, "GET", "/other", none);
  assert_true(str_eq(str_from(out, bt_decision_challenge(&first, out, sizeof out)),
                     STR("Bearer resource_metadata=\"" METADATA "\"")));
  assert_true(str_eq(str_from(out, bt_decision_challenge(&second, out, sizeof out)),
                     STR("Bearer error=\"invalid_token\", resource_metadata=\"" METADATA "\"")));
  assert_true(str_eq(str_from(out, bt_decision_challenge(&third, out, sizeof out)),
                     STR("Bearer error=\"insufficient_scope\", scope=\"read write\", "
                         "resource_metadata=\"" METADATA "\"")));
  assert_int_equal(bt_decision_challenge(&other, out, sizeof out), 0);
  assert_int_equal(bt_decision_challenge(&second, out, 40), 28); /* all of a piece, or nothing */
  bt_policy_free(p);
  arena_free(a);
}

static void each_issuers_tokens_come_by_its_own_places(void **state) {
  arena *a = arena_new();
  (void)state;
  const char *t = token_with(a, "[\"read\"]");
  static const char second[] = "  - {issuer: other, algorithms: [HS256], audiences: [app], keys: "
                               "{env: DECIDE_KEY}, token: %s}\n";
  char more[256];
  const field in_bearer[] = {{"authorization", bearer(a, t)}, {0}};
  const field in_cookie[] = {{"cookie", arena_text(a, arena_printf(a, "session=%s", t))}, {0}};
  const field in_upper[] = {{"cookie", arena_text(a, arena_printf(a, "SESSION=%s", t))}, {0}};
  snprintf(more, sizeof more, second, "{cookie: session}");
  bt_policy *apart = load(more, "");
  assert_decided(apart, "GET", "/files/a", in_bearer, "none", 0);
  assert_decided(apart, "GET", "/files/a", in_cookie, "token-misplaced", 401);
  bt_policy_free(apart);
  bt_policy *both = load("    token: [{header: Authorization}, {cookie: session}]\n", "");
  assert_decided(both, "GET", "/files/a", in_bearer, "none", 0);
  assert_decided(both, "GET", "/files/a", in_cookie, "none", 0);
  assert_decided(both, "GET", "/files/a", in_upper, "token-missing", 401);
  bt_policy_free(both);
  snprintf(more, sizeof more, second, "{cookie: SESSION}");
  char text[512];
  snprintf(text, sizeof text, "    token: {cookie: session}\n%s", more);
  bt_policy *cases = load(text, ""); /* names of cookies know case */
  assert_decided(cases, "GET", "/files/a", in_cookie, "none", 0);
  assert_decided(cases, "GET", "/files/a", in_upper, "token-misplaced", 401);
  bt_policy_free(cases);
  arena_free(a);
}

/* rule 19: RFC 9449 section 7.2 */
static void a_bound_token_under_bearer_is_named_in_the_log(void **state) {
  arena *a = arena_new();
  bt_policy *p = load("", "");
  (void)state;
  key k = secret_key("0123456789abcdef0123456789abcdef");
  str jwt = sign(a, &k, "HS256", STR("{\"alg\":\"HS256\"}"),
                 STR("{\"iss\":\"auth\",\"aud\":\"app\",\"sub\":\"u\",\"iat\":1799999990,\"exp\":"
                     "1800000300,\"scopes\":[\"read\"],\"cnf\":{\"jkt\":"
                     "\"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\"}}"));
  const field under_bearer[] = {{"authorization", bearer(a, arena_text(a, jwt))}, {0}},
              under_dpop[] = {{"authorization", arena_text(a, arena_printf(a, "dpop %s", jwt.ptr))},
                              {0}};
  assert_decided(p, "GET", "/files/a", under_bearer, "dpop-scheme", 401);
  assert_decided(p, "GET", "/files/a", under_dpop, "dpop-missing", 401);
  bt_policy_free(p);
  arena_free(a);
}

static void an_optional_token_may_be_missing_but_not_bad(void **state) {
  arena *a = arena_new();
  bt_policy *p = load("    token: [{header: Authorization}, {cookie: session}]\n",
                      "  - {path: /feed, optional: true}\n");
  (void)state;
  const char *good = bearer(a, token_with(a, "[]"));
  const field none[] = {{0}}, fine[] = {{"authorization", good}, {0}},
              basic[] = {{"authorization", "Basic eDp5"}, {0}},
              bad[] = {{"authorization", "Bearer x.y.z"}, {0}},
              empty[] = {{"authorization", "Bearer "}, {0}},
              no_cookie[] = {{"cookie", "session="}, {0}},
              twice[] = {{"authorization", good}, {"cookie", "session=x"}, {0}};
  assert_decided(p, "GET", "/feed", none, "none", 0);
  assert_false(ask(p, "GET", "/feed", none).verified);
  assert_decided(p, "GET", "/feed", fine, "none", 0);
  assert_true(ask(p, "GET", "/feed", fine).verified);
  assert_decided(p, "GET", "/feed", basic, "none", 0);
  assert_decided(p, "GET", "/feed", bad, "base64-invalid", 401);
  assert_decided(p, "GET", "/feed", empty, "token-missing", 401);
  assert_decided(p, "GET", "/feed", no_cookie, "token-missing", 401);
  assert_decided(p, "GET", "/feed", twice, "token-several", 401);
  assert_decided(p, "GET", "/files/a", none, "token-missing", 401);
  bt_policy_free(p);
  arena_free(a);
}

static void a_preflight_needs_no_token_where_the_policy_says_so(void **state) {
  bt_policy *open = load("", "preflight: true\n"), *closed = load("", "");
  const field whole[] = {
      {"origin", "https://app.example"}, {"access-control-request-method", "POST"}, {0}};
  const field no_origin[] = {{"access-control-request-method", "POST"}, {0}};
  const field no_method[] = {{"origin", "https://app.example"}, {0}};
  const field overridden[] = {{"origin", "https://app.example"},
                              {"access-control-request-method", "POST"},
                              {"x-http-method-override", "DELETE"},
                              {0}};
  (void)state;
  assert_decided(open, "OPTIONS", "/files/a", whole, "none", 0);
  assert_true(ask(open, "OPTIONS", "/files/a", whole).preflight);
  assert_decided(open, "OPTIONS", "/other", whole, "none", 0);
  assert_decided(open, "OPTIONS", "/files/%2e%2e/a", whole, "path-ambiguous", 403);
  assert_decided(open, "OPTIONS", "/files/a", overridden, "method-overridden", 403);
  assert_decided(open, "OPTIONS", "/files/a", no_origin, "route-unknown", 403);
  assert_decided(open, "OPTIONS", "/files/a", no_method, "route-unknown", 403);
  assert_decided(open, "GET", "/files/a", whole, "token-missing", 401);
  assert_decided(open, "POST", "/files/a", whole, "token-missing", 401);
  assert_decided(closed, "OPTIONS", "/files/a", whole, "route-unknown", 403);
  bt_policy_free(open);
  bt_policy_free(closed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_token_with_the_scopes_of_the_route_passes),
      cmocka_unit_test(what_can_be_read_in_two_ways_is_refused),
      cmocka_unit_test(another_reading_of_the_path_does_not_reach_another_route),
      cmocka_unit_test(the_token_is_read_from_its_place_alone),
      cmocka_unit_test(observing_lets_through_and_says_what_it_would_do),
      cmocka_unit_test(challenges_tell_a_client_no_more_than_they_must),
      cmocka_unit_test(challenges_name_the_resources_metadata_where_the_policy_does),
      cmocka_unit_test(each_issuers_tokens_come_by_its_own_places),
      cmocka_unit_test(a_bound_token_under_bearer_is_named_in_the_log),
      cmocka_unit_test(an_optional_token_may_be_missing_but_not_bad),
      cmocka_unit_test(a_preflight_needs_no_token_where_the_policy_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
