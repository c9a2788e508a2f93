/* Policies that must not load: each is refused at its line, with what to write instead. */
#include "verify_world.h"

#include <sys/stat.h>
#include <unistd.h>

#define HEAD "version: 1\nissuers:\n  - issuer: me\n"
#define BODY "    algorithms: [HS256]\n    audiences: [api]\n    keys: {env: TEST_KEY}\n"

typedef struct {
  const char *text;
  unsigned line;
  const char *message;
} row;

static const row ROWS[] = {
    {"", 1, "must be a map"},
    {"version: 1\nissuers: []\n", 2, "at least one issuer"},
    {"version: 2\nissuers:\n  - issuer: me\n" BODY, 1, "must be 1"},
    {HEAD "    audiences: [api]\n    keys: {env: TEST_KEY}\n", 3, "lacks `algorithms`"},
    {HEAD "    algorithms: [HS256]\n    keys: {env: TEST_KEY}\n", 3, "lacks `audiences`"},
    {HEAD "    algorithms: [HS256]\n    audiences: [api]\n", 3, "lacks `keys`"},
    {"version: 1\nissuers:\n  - algorithms: [HS256]\n    audiences: [api]\n    keys: {env: "
     "TEST_KEY}\n",
     3, "lacks `issuer`"},
    {HEAD "    algorithms: [HS256, RS256]\n    audiences: [api]\n    keys: {env: TEST_KEY}\n", 4,
     "must never mix"},
    {HEAD "    algorithms: [none]\n    audiences: [api]\n    keys: {env: TEST_KEY}\n", 4,
     "can never be accepted"},
    {HEAD "    algorithms: [hs256]\n    audiences: [api]\n    keys: {env: TEST_KEY}\n", 4,
     "did you mean 'HS256'"},
    {HEAD "    algorithms: []\n    audiences: [api]\n    keys: {env: TEST_KEY}\n", 4,
     "at least one algorithm"},
    {HEAD "    algorithms: [HS256]\n    audiences: api\n    keys: {env: TEST_KEY}\n", 5,
     "such as [api]"},
    {HEAD BODY "    audience: [x]\n", 7, "did you mean 'audiences'"},
    {HEAD BODY "    issuer: you\n", 7, "duplicate key"},
    {HEAD BODY "    leeway: 301s\n", 7, "at most 300s"},
    {HEAD BODY "    leeway: 30\n", 7, "such as 30s"},
    {HEAD BODY "    max_lifetime: 0s\n", 7, "above zero"},
    {HEAD BODY "    token: {header: A, cookie: B}\n", 7, "exactly one place"},
    {HEAD BODY "    tolerate_header: [alg]\n", 7, "x5t#S256"},
    {HEAD BODY "    require_exp: false\n    replay: true\n", 7, "needs `exp`"},
    {HEAD BODY "  - issuer: me\n" BODY, 7, "stands twice"},
    {HEAD "    algorithms: [HS256]\n    audiences: [api]\n    keys: {env: NO_SUCH_VARIABLE_HERE}\n",
     6, "is not set"},
    {HEAD "    algorithms: [HS256]\n    audiences: [api]\n    keys: {file: no-such-file.secret}\n",
     6, "name a JWK"},
    {HEAD "    algorithms: [HS256]\n    audiences: [api]\n    keys: {env: A, file: b}\n", 6,
     "exactly one source"},
    {HEAD "    algorithms: [HS256]\n    audiences: [api]\n    keys: {jwks_url: 'https://x/jwks'}\n",
     6, "must not come from a URL"},
    {HEAD "    algorithms: [RS256]\n    audiences: [api]\n    keys: {jwks_url: 'http://x/jwks'}\n",
     6, "must be an https URL"},
    {HEAD BODY "scopes: {claim: s, allow: ['read:*']}\n", 7, "wildcards grant nothing"},
    {HEAD BODY "scopes: {claim: s, allow: [a]}\nroutes:\n  - {path: /x, scopes: [b]}\n", 9,
     "does not list"},
    {HEAD BODY "routes:\n  - {path: x}\n", 8, "begin with '/'"},
    {HEAD BODY "routes:\n  - {path: /x, methods: [get]}\n", 8, "in capitals"},
    {HEAD BODY "routes:\n  - {path: /x, public: true, scopes: [a]}\n", 8, "drop one"},
    {HEAD BODY "    token: []\n", 7, "names no place"},
    {HEAD BODY "    token:\n      - {cookie: a}\n      - {cooky: b}\n", 9, "did you mean 'cookie'"},
    {HEAD BODY "routes:\n  - {path: /x, optional: true, scopes: [a]}\n", 8, "drop one"},
    {HEAD BODY "routes:\n  - {path: /x, optional: true, public: true}\n", 8, "drop one"},
    {HEAD BODY "routes:\n  - {path: /x, optionl: true}\n", 8, "did you mean 'optional'"},
    {HEAD BODY "preflight: yes please\n", 7, "true or false"},
    {HEAD BODY "resource_metadata: http://api.example/x\n", 7, "an https URL"},
    {HEAD BODY "resource_metadata: 'https://api.example/\"x'\n", 7, "plain characters"},
    {HEAD BODY "mode: observ\n", 7, "did you mean observe"},
    {HEAD BODY "binding: {mtls: on}\n", 7, "must be one of when_bound, off, required"},
    {HEAD BODY "binding: {mtls: true}\n", 7, "must be one of when_bound, off, required"},
    {HEAD BODY "binding: {workload: true}\n", 7, "must be off, or {kubernetes"},
    {HEAD BODY "max_token_size: 1000000\n", 7, "to 16384"},
    {HEAD BODY "\tmode: x\n", 7, ""},
    {HEAD BODY "binding: {dpop: 'off', dpop_nonce: true}\n", 7, "where `dpop` is off"},
    {HEAD BODY "binding: {dpop_nonce_key: /dev/null}\n", 7, "less than 32 bytes"},
    {HEAD BODY "binding: {dpop_nonce: true, dpop_nonce_life: 1h}\n", 7, "to 300s"},
    {HEAD BODY "revocation: {}\n", 7, "either `file`"},
    {HEAD BODY "revocation: {file: a, sqlite: b}\n", 7, "either `file`"},
    {"version: 1\nissuers:\n  - spiffe_trust_domain: example.org\n" BODY, 3, "not by HS256"},
};

static void each_mistake_is_refused_at_its_line(void **state) {
  (void)state;
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *good = load(HEAD BODY);
  if (!good)
    print_error("%s\n", last_problem);
  assert_non_null(good);
  bt_policy_free(good);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    bt_policy *p = load(ROWS[i].text);
    bool as_wanted = !p && last_line == ROWS[i].line && strstr(last_problem, ROWS[i].message);
    if (!as_wanted)
      print_error("row %zu, line %u, '%s': %s\n", i, ROWS[i].line, ROWS[i].message,
                  p ? "loaded" : last_problem);
    assert_true(as_wanted);
  }
}

static void write_file(const char *path, const char *text, mode_t mode) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
  chmod(path, mode);
}

static void what_is_still_open_is_a_warning_at_its_line(void **state) {
  static const struct row {
    const char *text;
    unsigned line;
    const char *message;
  } rows[] = {
      {HEAD BODY "revocation:\n  file: no-such.list\n", 8, "--create"},
      {"version: 1\nissuers:\n  - issuer: " PLACEHOLDER_ISSUER "\n" BODY, 3, "the exact `iss`"},
      {HEAD "    algorithms: [HS256]\n    audiences: [api, " PLACEHOLDER_AUDIENCE
            "]\n    keys: {env: TEST_KEY}\n",
       5, "the `aud` that"},
  };

  (void)state;
  setenv("TEST_KEY", SECRET, 1);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_policy *p = load(rows[i].text);
    assert_non_null(p);
    if (!strstr(last_problem, rows[i].message))
      fail_msg("'%s': %s", rows[i].message, last_problem);
    assert_non_null(strstr(last_problem, "warning"));
    assert_int_equal(last_line, rows[i].line);
    assert_int_equal(bt_policy_revocations_missing(p), i == 0);
    bt_policy_free(p);
  }
}

/* Bad input: a secret that everybody may change, or read; a newline at its end; a raw secret in a
 * file of another name. */
static void a_secret_file_is_private_and_named_so(void **state) {
  (void)state;
  arena *a = arena_new();
  char directory[] = "/tmp/batten-policy-XXXXXX";
  assert_non_null(mkdtemp(directory));
  const char *secret = arena_printf(a, "%s/a.secret", directory).ptr,
             *plain = arena_printf(a, "%s/a.key", directory).ptr;
#define NAMING(file)                                                                              \
  arena_printf(a,                                                                                 \
               "version: 1\nissuers: [{issuer: me, algorithms: [HS256], audiences: [api], keys: " \
               "{file: %s}}]\n",                                                                  \
               file)                                                                              \
      .ptr
  const char *with_secret = NAMING(secret), *with_plain = NAMING(plain);
  write_file(secret, SECRET, 0602);
  assert_null(load(with_secret));
  assert_non_null(strstr(last_problem, "change it: chmod 600"));
  write_file(secret, SECRET, 0644); /* as containers mount it */
  bt_policy *p = load(with_secret);
  assert_non_null(p);
  assert_non_null(strstr(last_problem, "can read it: chmod 600"));
  assert_non_null(strstr(last_problem, "warning"));
  bt_policy_free(p);
  write_file(secret, SECRET "\n", 0600);
  p = load(with_secret);
  assert_non_null(p);
  assert_non_null(strstr(last_problem, "warning"));
  assert_non_null(strstr(last_problem, "newline"));
  bt_policy_free(p);
  write_file(plain, SECRET, 0600);
  assert_null(load(with_plain));
  assert_non_null(strstr(last_problem, ".secret"));
  unlink(secret);
  unlink(plain);
  rmdir(directory);
  arena_free(a);
}

/* CVE-2020-8595, CVE-2023-30845: a gateway that read another path or method than the application
 * behind it */
static void routes_decide_by_what_every_server_reads_alike(void **state) {
  (void)state;

  static const struct {
    const char *method, *host, *uri;
    bt_route_kind want;
  } rows[] = {
      {"GET", "h", "/api/files/a", BT_ROUTE_TOKEN},
      {"POST", "h", "/api/files/a", BT_ROUTE_NONE},
      {"GET", "h", "/api/files/a?x=/../..", BT_ROUTE_TOKEN},
      {"GET", "h", "https://h/api/files/a", BT_ROUTE_TOKEN},
      {"GET", "h", "/health", BT_ROUTE_PUBLIC},
      {"GET", "h", "/healthz", BT_ROUTE_NONE},
      {"GET", "h", "/health/../api/files/a", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "/health%2f..%2fapi", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "/api/files//a", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "/health;x=1", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "/health\\..\\x", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "/he%61lth", BT_ROUTE_NONE}, /* who compares as it came has no such path */
      {"GET", "h", "/api/files/%61", BT_ROUTE_TOKEN},
      {"GET", "h", "/api/files/100%25", BT_ROUTE_TOKEN},
      {"GET", "h", "/api/files/caf%C3%A9%20b", BT_ROUTE_TOKEN},
      {"GET", "h", "/%zz", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "/health%00", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "/health#x", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "", BT_ROUTE_AMBIGUOUS},
      {"GET", "Admin.example:8443", "/adm", BT_ROUTE_TOKEN},
      {"GET", "h", "/adm", BT_ROUTE_NONE},
      {"GET", "h", "/api/files/%2e%2e/x", BT_ROUTE_AMBIGUOUS},
      {"GET", "h", "/api/files/", BT_ROUTE_TOKEN},
  };

  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = load(
      HEAD BODY "scopes: {claim: s, allow: [a]}\nroutes:\n  - {path: /api/files/**, methods: "
                "[GET], scopes: [a]}\n"
                "  - {path: /health, public: true}\n  - {path: /adm, hosts: [admin.example]}\n");
  assert_non_null(p);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const bt_route *route;
    bt_route_kind got = bt_policy_route(p, (bt_text){rows[i].method, strlen(rows[i].method)},
                                        (bt_text){rows[i].host, strlen(rows[i].host)},
                                        (bt_text){rows[i].uri, strlen(rows[i].uri)}, &route);
    if (got != rows[i].want)
      print_error("%s %s: %d, want %d\n", rows[i].method, rows[i].uri, got, rows[i].want);
    assert_int_equal(got, rows[i].want);
  }
  bt_policy_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_mistake_is_refused_at_its_line),
      cmocka_unit_test(what_is_still_open_is_a_warning_at_its_line),
      cmocka_unit_test(a_secret_file_is_private_and_named_so),
      cmocka_unit_test(routes_decide_by_what_every_server_reads_alike),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
