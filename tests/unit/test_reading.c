#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "batten/decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HEAD[] = "version: 1\n"
                           "issuers: [{issuer: a, algorithms: [HS256], audiences: [b], keys: {env: "
                           "READING_KEY}}]\n"
                           "scopes: {claim: s, allow: [admin, read]}\n";

static char told[1024];

static void tell(const bt_problem *p, void *context) {
  (void)context;
  snprintf(told, sizeof told, "%u: %s", p->line, p->message);
}

static bt_policy *load(const char *rest) {
  char text[4096];
  told[0] = 0;
  setenv("READING_KEY", "0123456789abcdef0123456789abcdef", 1);
  int n = snprintf(text, sizeof text, "%s%s", HEAD, rest);
  return bt_policy_load_text(text, (size_t)n, "policy.yaml", ".", tell, NULL);
}

static bt_text text_of(const char *s) {
  return (bt_text){s, s ? strlen(s) : 0};
}

typedef struct {
  const char *name, *value;
} field;

static bt_text header(void *context, const char *name, size_t i) {
  for (const field *f = context; f && f->name; f++)
    if (bt_name_like(text_of(f->name), name) && i-- == 0)
      return text_of(f->value);
  return (bt_text){0};
}

static const char *ask(const bt_policy *p, bt_http r) {
  bt_result *result = bt_result_new(0);
  r.header = header;
  r.host = r.host.ptr ? r.host : text_of("api.example");
  r.uri = r.uri.ptr ? r.uri : text_of("/a");
  r.method = r.method.ptr ? r.method : text_of("GET");
  bt_decision d = bt_decide(p, &r, 1800000000, result);
  bt_result_free(result);
  return bt_decision_name(&d);
}

/* CVE-2020-8595, CVE-2023-30845: the kinds of docs/policy.md, each by its name, with and without
 * routes, before a place is chosen as after it */
static void each_kind_of_two_readings_is_refused_by_its_name(void **state) {
  (void)state;

  static const struct {
    const char *target, *name;
  } rows[] = {{"/a%2Fb", "encoded-slash"},
              {"/a%2f..%2fb", "encoded-slash"},
              {"/a\\b", "backslash"},
              {"/a%5Cb", "backslash"},
              {"/a;x=1/b", "semicolon"},
              {"/a%3Bx", "semicolon"},
              {"/a/..;/b", "semicolon"},
              {"/a//b", "empty-segment"},
              {"//a", "empty-segment"},
              {"/a%252Fb", "encoded-percent"},
              {"/a/%252e%252e/b", "encoded-percent"},
              {"/a%2500", "encoded-percent"},
              {"/a%25252fb", "encoded-percent"},
              {"/a%3Fb", "encoded-query"},
              {"/a%23b", "encoded-query"},
              {"/%FF", "invalid-utf8"},
              {"/caf%E9", "invalid-utf8"},
              {"/%ED%A0%80", "invalid-utf8"},
              {"/%F4%90%80%80", "invalid-utf8"},
              {"/%E2%82", "invalid-utf8"},
              {"/a/../b", "dot-segment"},
              {"/./a", "dot-segment"},
              {"/a/%2e%2E/b", "dot-segment"},
              {"/a/.%2e", "dot-segment"},
              {"/a%00.png", "nul"},
              {"/a%0Ab", "control"},
              {"/a%09", "control"},
              {"/a%7F", "control"},
              {"/a b", "control"},
              {"/a?x=\r\ny", "control"},
              {"/%C0%AFa", "overlong-utf8"},
              {"/%C1%9C", "overlong-utf8"},
              {"/%E0%80%AF", "overlong-utf8"},
              {"/%F0%80%80%AF", "overlong-utf8"},
              {"/%zz", "bad-escape"},
              {"/a%2", "bad-escape"},
              {"/%u002e", "bad-escape"},
              {"/a#b", "fragment"},
              {"*", "no-path"},
              {"a/b", "no-path"},
              {"?x=http://h/", "no-path"},
              {"/a", "none"},
              {"/a/", "none"},
              {"/100%25", "none"},
              {"/50%25off", "none"},
              {"/a%20b", "none"},
              {"/caf%C3%A9", "none"},
              {"/a.b/c.json", "none"},
              {"/.well-known/x", "none"},
              {"/a...b", "none"},
              {"/a?x=/../;//%2f%00", "none"},
              {"http://h/a", "none"},
              {"http://h", "none"}};

  bt_policy *bare = load(""), *routed = load("routes: [{path: /**}]\n");
  assert_non_null(bare);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_decision d = bt_decide_place(bare, text_of(rows[i].target), false),
                e = bt_decide_place(routed, text_of(rows[i].target), true);
    if (strcmp(bt_path_fault_name(d.fault), rows[i].name) != 0)
      print_error("%s: %s\n", rows[i].target, bt_path_fault_name(d.fault));
    assert_string_equal(bt_path_fault_name(d.fault), rows[i].name);
    assert_string_equal(bt_path_fault_name(e.fault), rows[i].name);
    assert_int_equal(d.allowed, strcmp(rows[i].name, "none") == 0);
    assert_int_equal(d.status, d.allowed ? 0 : 403);
  }
  bt_policy_free(bare);
  bt_policy_free(routed);
}

static void a_needless_escape_counts_where_a_place_decides(void **state) {
  (void)state;
  bt_policy *p = load("");
  bt_decision place = bt_decide_place(p, text_of("/he%61lth"), true),
              twice = bt_decide_place(p, text_of("/he%2561lth"), true),
              routes = bt_decide_place(p, text_of("/he%61lth"), false);
  assert_string_equal(bt_path_fault_name(place.fault), "needless-escape");
  assert_string_equal(bt_path_fault_name(twice.fault), "encoded-percent");
  assert_true(routes.allowed);
  bt_policy_free(p);
}

typedef struct {
  const char *path;
  bt_route_kind want;
  size_t scopes;
} routed;

static void assert_routed(const char *policy, const routed *rows, size_t count) {
  bt_policy *p = load(policy);
  if (!p)
    print_error("%s\n", told);
  assert_non_null(p);
  for (size_t i = 0; i < count; i++) {
    const bt_route *route;
    bt_route_kind got =
        bt_policy_route(p, text_of("GET"), text_of("h"), text_of(rows[i].path), &route);
    if (got != rows[i].want || bt_route_scope_count(route) != rows[i].scopes)
      print_error("%s: %d with %zu scopes\n", rows[i].path, got, bt_route_scope_count(route));
    assert_int_equal(got, rows[i].want);
    assert_int_equal(bt_route_scope_count(route), rows[i].scopes);
  }
  bt_policy_free(p);
}

#define ROUTED(policy, rows) assert_routed(policy, rows, sizeof(rows) / sizeof *(rows))

static void a_route_covers_its_further_names_where_another_asks_for_less(void **state) {
  (void)state;
  static const routed rows[] = {
      {"/admin", BT_ROUTE_TOKEN, 1},       {"/admin/", BT_ROUTE_TOKEN, 1},
      {"/admin.json", BT_ROUTE_TOKEN, 1},  {"/admin.json/", BT_ROUTE_TOKEN, 1},
      {"/admin.", BT_ROUTE_TOKEN, 1},      {"/admin/x.json", BT_ROUTE_TOKEN, 1},
      {"/adminx", BT_ROUTE_TOKEN, 0},      {"/x/admin", BT_ROUTE_TOKEN, 0},
      {"/docs", BT_ROUTE_TOKEN, 0},        {"/docs/", BT_ROUTE_TOKEN, 0},
      {"/docs/a", BT_ROUTE_PUBLIC, 0},     {"/docs/a/", BT_ROUTE_PUBLIC, 0},
      {"/data.json", BT_ROUTE_PUBLIC, 0},  {"/data.xml", BT_ROUTE_TOKEN, 1},
      {"/ADMIN", BT_ROUTE_TOKEN, 1},       {"/Admin/X", BT_ROUTE_TOKEN, 1},
      {"/Docs/a", BT_ROUTE_TOKEN, 0},      {"/%61dmin/x", BT_ROUTE_TOKEN, 1},
      {"/%2561dmin/x", BT_ROUTE_TOKEN, 1}, {"/d%6fcs/a", BT_ROUTE_TOKEN, 0}};
  ROUTED("routes:\n  - {path: /admin/**, scopes: [admin]}\n  - {path: /docs/**, public: true}\n"
         "  - {path: /data.json, public: true}\n  - {path: /data, scopes: [read]}\n"
         "  - {path: /**}\n",
         rows);
}

static void routes_that_cannot_be_compared_are_refused(void **state) {
  (void)state;
  static const routed rows[] = {{"/admin/x", BT_ROUTE_TOKEN, 1},
                                {"/admin", BT_ROUTE_TOKEN, 1},
                                {"/admin/", BT_ROUTE_TOKEN, 1},
                                {"/admin.json/", BT_ROUTE_TOKEN, 1},
                                {"/ADMIN/x", BT_ROUTE_AMBIGUOUS, 0},
                                {"/%61dmin/x", BT_ROUTE_AMBIGUOUS, 0},
                                {"/X", BT_ROUTE_TOKEN, 1}};
  ROUTED("routes: [{path: /admin/**, scopes: [admin]}, {path: /**, scopes: [read]}]\n", rows);
}

static void letter_case_is_what_the_policy_says(void **state) {
  (void)state;
  static const routed same[] = {{"/ADMIN/x", BT_ROUTE_TOKEN, 1}, {"/mixed", BT_ROUTE_PUBLIC, 0}},
                      other[] = {{"/ADMIN/x", BT_ROUTE_TOKEN, 0}, {"/mixed", BT_ROUTE_TOKEN, 0}};
  static const char routes[] =
      "routes: [{path: /admin/**, scopes: [admin]}, {path: /Mixed, public: true}, {path: /**}]\n";
  char policy[512];
  snprintf(policy, sizeof policy, "%spaths: {case: insensitive}\n", routes);
  ROUTED(policy, same);
  snprintf(policy, sizeof policy, "%spaths: {case: sensitive}\n", routes);
  ROUTED(policy, other);
}

static void an_allowed_kind_is_held_to_its_strictest_reading(void **state) {
  (void)state;
  static const routed rows[] = {{"/a%2fb", BT_ROUTE_TOKEN, 0},
                                {"/admin%2fx", BT_ROUTE_TOKEN, 1},
                                {"/admin/x%2fy", BT_ROUTE_TOKEN, 1},
                                {"/docs/a%2fb", BT_ROUTE_PUBLIC, 0},
                                {"/docs%2fa", BT_ROUTE_TOKEN, 0},
                                {"/docs/%2e%2e%2fadmin", BT_ROUTE_AMBIGUOUS, 0},
                                {"/docs/a%2f%2fb", BT_ROUTE_PUBLIC, 0},
                                {"/docs//a", BT_ROUTE_PUBLIC, 0},
                                {"//docs/a", BT_ROUTE_AMBIGUOUS, 0},
                                {"/admin;x/y", BT_ROUTE_TOKEN, 1},
                                {"/docs/a;x=/../y", BT_ROUTE_AMBIGUOUS, 0},
                                {"/docs/..;/admin", BT_ROUTE_AMBIGUOUS, 0},
                                {"/docs/a%252fb", BT_ROUTE_AMBIGUOUS, 0},
                                {"/docs/a\\b", BT_ROUTE_AMBIGUOUS, 0}};
  ROUTED("routes: [{path: /admin/**, scopes: [admin]}, {path: /docs/**, public: true}, {path: "
         "/**}]\npaths: {allow: [encoded-slash, empty-segment, semicolon]}\n",
         rows);
  static const routed marks[] = {
      {"/docs/a%3fb", BT_ROUTE_PUBLIC, 0},    {"/docs%3f/a", BT_ROUTE_TOKEN, 0},
      {"/docs/a%252fb", BT_ROUTE_PUBLIC, 0},  {"/docs/%252e%252e/x", BT_ROUTE_AMBIGUOUS, 0},
      {"/docs\\a", BT_ROUTE_TOKEN, 0},        {"/docs/%ff", BT_ROUTE_PUBLIC, 0},
      {"/docs/%c0%af", BT_ROUTE_AMBIGUOUS, 0}};
  ROUTED("routes: [{path: /docs/**, public: true}, {path: /**}]\npaths: {allow: [encoded-query, "
         "encoded-percent, backslash, invalid-utf8]}\n",
         marks);
}

static void mistakes_in_what_is_allowed_name_the_nearest_kind(void **state) {
  (void)state;
  assert_null(load("paths: {allow: [encoded-slsh]}\n"));
  assert_non_null(strstr(told, "did you mean 'encoded-slash'"));
  assert_null(load("paths: {allow: [dot-segment]}\n"));
  assert_non_null(strstr(told, "cannot hold 'dot-segment'"));
  assert_null(load("paths: {case: upper}\n"));
  assert_null(load("method_override: yes\n"));
  assert_null(load("routes: [{path: /a, hosts: ['a b']}]\n"));
  assert_non_null(strstr(told, "the host 'a b'"));
}

static void the_check_tells_of_a_letter_case_that_is_not_said(void **state) {
  static const char *const policies[] = {
      "routes: [{path: /a, scopes: [admin]}, {path: /**}]\n",
      "routes: [{path: /a, public: true}, {path: /**}]\n",
      "routes: [{path: /a, scopes: [admin]}, {path: /**}]\npaths: {case: sensitive}\n",
      "routes: [{path: /a}, {path: /**}]\n", ""};
  (void)state;
  for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
    bt_policy *p = load(policies[i]);
    told[0] = 0;
    bt_policy_advise(p, tell, NULL);
    assert_int_equal(strstr(told, "case: insensitive") != NULL, i < 2);
    bt_policy_free(p);
  }
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static void a_request_is_on_one_host_where_routes_name_them(void **state) {
  (void)state;

  static const struct {
    const char *host, *authority, *name, *value, *want;
  } rows[] = {
      {"admin.example", NULL, NULL, NULL, "token-missing"},
      {"ADMIN.example.:443", NULL, NULL, NULL, "token-missing"},
      {"admin.example:", NULL, NULL, NULL, "token-missing"},
      {"other.example", NULL, NULL, NULL, "none"},
      {"", NULL, NULL, NULL, "host-ambiguous"},
      {"a b", NULL, NULL, NULL, "host-ambiguous"},
      {"admin.example@other", NULL, NULL, NULL, "host-ambiguous"},
      {"..", NULL, NULL, NULL, "host-ambiguous"},
      {"[::1]:80", NULL, NULL, NULL, "none"},
      {"other.example", NULL, "x-forwarded-host", "admin.example", "host-ambiguous"},
      {"other.example", NULL, "x_forwarded_host", "other.example, x", "host-ambiguous"},
      {"other.example", NULL, "x-forwarded-host", "Other.example:80", "none"},
      {"other.example", NULL, "forwarded", "for=a;host=\"admin.example\"", "host-ambiguous"},
      {"other.example", NULL, "forwarded", "for=a;host=other.example, by=b", "none"},
      {"other.example", "admin.example", NULL, NULL, "host-ambiguous"},
      {"other.example:443", "other.example", NULL, NULL, "none"},
      {"other.example:81", "other.example", NULL, NULL, "host-ambiguous"}};

  bt_policy *p = load("routes: [{path: /a, hosts: [Admin.Example.]}, {path: /**, public: true}]\n"),
            *bare = load("routes: [{path: /**, public: true}]\n");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    field fields[] = {{rows[i].name, rows[i].value}, {0}};
    bt_http r = {
        .host = text_of(rows[i].host), .authority = text_of(rows[i].authority), .context = fields};
    if (strcmp(ask(p, r), rows[i].want) != 0)
      print_error("row %zu: %s\n", i, ask(p, r));
    assert_string_equal(ask(p, r), rows[i].want);
    assert_string_equal(ask(bare, r), rows[i].authority ? rows[i].want : "none");
  }
  bt_policy_free(p);
  bt_policy_free(bare);
}

/* ---- methods --------------------------------------------------------------------------------- */

static const char METHODS[] =
    "routes: [{path: /a, methods: [DELETE]}, {path: /**, public: true}]\n";

static void a_form_that_may_ask_for_a_stricter_method_is_refused(void **state) {
  (void)state;

  static const struct {
    const char *uri, *method, *type;
    bt_body body;
    const char *want;
  } rows[] = {
      {"/a", "POST", "application/x-www-form-urlencoded", BT_BODY_UNKNOWN, "method-overridden"},
      {"/a", "POST", "Multipart/Related; boundary=x", BT_BODY_THERE, "method-overridden"},
      {"/a", "POST", "application/json, application/x-www-FORM-urlencoded", BT_BODY_THERE,
       "method-overridden"},
      {"/a", "POST", "", BT_BODY_THERE, "method-overridden"},
      {"/a", "POST", NULL, BT_BODY_THERE, "method-overridden"},
      {"/a", "POST", NULL, BT_BODY_UNKNOWN, "none"},
      {"/a", "POST", "multipart/form-data", BT_BODY_NONE, "none"},
      {"/a", "POST", "multipart/form-data", BT_BODY_READ, "none"},
      {"/a", "POST", "application/json", BT_BODY_THERE, "none"},
      {"/b", "POST", "multipart/form-data", BT_BODY_THERE, "none"},
      {"/a", "PUT", "multipart/form-data", BT_BODY_THERE, "none"},
      {"/a?_method=delete", "POST", NULL, BT_BODY_NONE, "method-overridden"},
      {"/a?x=1;%5Fmethod=put", "POST", NULL, BT_BODY_NONE, "method-overridden"},
      {"/a?_method", "POST", NULL, BT_BODY_NONE, "method-overridden"},
      {"/a?_methods=delete&my_method=delete&_method=post", "POST", NULL, BT_BODY_NONE, "none"},
      {"/a?_method=delete", "POST", NULL, BT_BODY_READ, "none"}};

  bt_policy *p = load(METHODS);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    field fields[] = {{rows[i].type ? "content-type" : NULL, rows[i].type}, {0}};
    bt_http r = {.uri = text_of(rows[i].uri),
                 .method = text_of(rows[i].method),
                 .body = rows[i].body,
                 .context = fields};
    if (strcmp(ask(p, r), rows[i].want) != 0)
      print_error("row %zu: %s\n", i, ask(p, r));
    assert_string_equal(ask(p, r), rows[i].want);
  }
  bt_policy_free(p);
}

static void the_policy_may_say_that_no_form_asks(void **state) {
  (void)state;
  char text[512];
  snprintf(text, sizeof text, "%smethod_override: none\n", METHODS);
  bt_policy *p = load(text);
  field form[] = {{"content-type", "application/x-www-form-urlencoded"}, {0}},
        asked[] = {{"X_HTTP_Method_Override", "DELETE"}, {0}};
  bt_http r = {.uri = text_of("/a?_method=delete"),
               .method = text_of("POST"),
               .body = BT_BODY_THERE,
               .context = form};
  assert_string_equal(ask(p, r), "none");
  r.context = asked;
  assert_string_equal(ask(p, r), "method-overridden");
  bt_policy_free(p);
}

static void names_are_alike_as_applications_fold_them(void **state) {
  (void)state;
  static const char *const like[] = {"x-http-method", "X_HTTP_METHOD", "X.Http-method"},
                           *const unlike[] = {"x-http-metho", "x-http-methods", "xx-http-method",
                                              "", "x-http-m3thod"};
  for (size_t i = 0; i < sizeof like / sizeof *like; i++)
    assert_true(bt_name_like(text_of(like[i]), "x-http-method"));
  for (size_t i = 0; i < sizeof unlike / sizeof *unlike; i++)
    assert_false(bt_name_like(text_of(unlike[i]), "x-http-method"));
}

static void a_method_is_written_in_capitals(void **state) {
  (void)state;
  bt_policy *p = load("routes: [{path: /**, public: true}]\n");
  static const char *const bad[] = {"get", "GET POST", "", "G\x01T"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_string_equal(ask(p, (bt_http){.method = text_of(bad[i])}), "request-invalid");
  assert_string_equal(ask(p, (bt_http){.method = text_of("M-SEARCH")}), "none");
  bt_policy_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_of_two_readings_is_refused_by_its_name),
      cmocka_unit_test(a_needless_escape_counts_where_a_place_decides),
      cmocka_unit_test(a_route_covers_its_further_names_where_another_asks_for_less),
      cmocka_unit_test(routes_that_cannot_be_compared_are_refused),
      cmocka_unit_test(letter_case_is_what_the_policy_says),
      cmocka_unit_test(an_allowed_kind_is_held_to_its_strictest_reading),
      cmocka_unit_test(mistakes_in_what_is_allowed_name_the_nearest_kind),
      cmocka_unit_test(the_check_tells_of_a_letter_case_that_is_not_said),
      cmocka_unit_test(a_request_is_on_one_host_where_routes_name_them),
      cmocka_unit_test(a_form_that_may_ask_for_a_stricter_method_is_refused),
      cmocka_unit_test(the_policy_may_say_that_no_form_asks),
      cmocka_unit_test(names_are_alike_as_applications_fold_them),
      cmocka_unit_test(a_method_is_written_in_capitals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
