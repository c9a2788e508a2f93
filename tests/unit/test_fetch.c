/* Key sets behind URLs: when they are asked for, what is asked, what an answer means, and to which
 * addresses nothing goes. */
#include "verify_world.h"

#include "batten/curl.h"
#include "batten/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#define PLACE "https://issuer.example/keys"
#define POLICY(keys)                                                                           \
  "version: 1\nissuers:\n  - issuer: https://issuer.example/realm/\n    algorithms: [ES256]\n" \
  "    audiences: [api]\n    " keys "\n"
#define BY_URL(more) POLICY("keys: {jwks_url: '" PLACE "'" more "}")

static bt_policy *loaded(const char *text) {
  bt_policy *p = load(text);
  if (!p)
    print_error("%s\n", last_problem);
  assert_non_null(p);
  return p;
}

static str some_set(arena *a) {
  key k = key_generate(a, algorithm_find(STR("ES256")));
  return arena_printf(a, "{\"keys\":[%s]}", arena_text(a, key_jwk(a, &k, STR("a"), STR("ES256"))));
}

static bt_text text(const char *s) {
  return s ? (bt_text){s, strlen(s)} : (bt_text){0};
}

/* The request that is due now; it must be due. */
static bt_fetch begun(bt_policy *p, double now) {
  bt_fetch f;
  assert_true(bt_policy_keys_wanted(p, 0, now));
  assert_true(bt_fetch_begin(p, 0, now, &f, note_problem, NULL));
  return f;
}

static bt_fetch next_step(bt_policy *p, double now) {
  bt_fetch f;
  assert_true(bt_fetch_begin(p, 0, now, &f, note_problem, NULL));
  return f;
}

static bt_fetch_verdict ended(bt_policy *p, bt_fetch *f, const bt_fetched *answer, double now) {
  *last_problem = 0;
  bt_fetch_verdict v = bt_fetch_end(p, 0, f, answer, now, note_problem, NULL);
  bt_fetch_free(f);
  return v;
}

static bt_fetch_verdict asked(bt_policy *p, const bt_fetched *answer, double now) {
  bt_fetch f = begun(p, now);
  return ended(p, &f, answer, now);
}

static const char *header_of(const bt_fetch *f, const char *name) {
  size_t len = strlen(name);
  for (size_t i = 0; f->headers[i]; i++)
    if (strncmp(f->headers[i], name, len) == 0 && f->headers[i][len] == ':')
      return f->headers[i] + len + 2;
  return NULL;
}

static bt_keys_memo memo_of(bt_policy *p) {
  bt_keys_memo m;
  assert_true(bt_policy_keys_memo(p, 0, &m));
  return m;
}

/* ---- when ------------------------------------------------------------------------------------ */

static void without_any_key_it_is_asked_every_second_and_then_less_often(void **state) {
  (void)state;
  bt_policy *p = loaded(BY_URL(""));
  const bt_fetched nothing = {.failure = "refused"};
  double now = NOW;
  unsigned tries = 0;
  for (; now < NOW + 60; now += 0.25)
    if (bt_policy_keys_wanted(p, 0, now)) {
      bt_fetch f = next_step(p, now);
      assert_int_equal(ended(p, &f, &nothing, now), BT_FETCH_FAILED);
      tries++;
    }
  assert_in_range(tries, 59, 61);
  unsigned later = 0;
  for (; now < NOW + 660; now += 0.25)
    if (bt_policy_keys_wanted(p, 0, now)) {
      bt_fetch f = next_step(p, now);
      ended(p, &f, &nothing, now);
      later++;
    }
  assert_in_range(later, 20, 30); /* every 30 s, after 2, 4, 8 and 16 */
  bt_policy_free(p);
}

static void a_fetch_that_is_under_way_is_not_begun_again(void **state) {
  (void)state;
  bt_policy *p = loaded(BY_URL(""));
  bt_fetch f = begun(p, NOW);
  for (int i = 1; i < 50; i++)
    assert_false(bt_policy_keys_wanted(p, 0, NOW + i));
  assert_true(bt_policy_keys_wanted(p, 0, NOW + 61)); /* whoever it was has gone */
  bt_fetch_free(&f);
  bt_policy_free(p);
}

static void an_answer_says_how_long_it_is_good_within_the_policys_bounds(void **state) {
  (void)state;

  static const struct {
    const char *control;
    double life;
  } rows[] = {{NULL, 300},
              {"max-age=600", 600},
              {"public, max-age=601, must-revalidate", 601},
              {"Public,MAX-AGE=\"602\"", 602},
              {"max-age = 603", 603},
              {"max-age=1", 60},
              {"max-age=0", 60},
              {"max-age=86400", 3600},
              {"max-age=99999999999999999999", 300},
              {"max-age=-1", 300},
              {"max-age=", 300},
              {"max-age", 300},
              {"s-maxage=700", 300},
              {"no-store, max-age=700", 300},
              {"max-age=700, no-cache", 300},
              {",,=,", 300}};

  arena *a = arena_new();
  str set = some_set(a);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_policy *p = loaded(BY_URL(""));
    bt_fetched good = {
        .status = 200, .body = {set.ptr, set.len}, .cache_control = text(rows[i].control)};
    assert_int_equal(asked(p, &good, NOW), BT_FETCH_TAKEN);
    if (memo_of(p).due != NOW + rows[i].life)
      print_error("%s: %f\n", rows[i].control, memo_of(p).due - NOW);
    assert_true(memo_of(p).due == NOW + rows[i].life);
    assert_false(bt_policy_keys_wanted(p, 0, NOW + rows[i].life - 1));
    assert_true(bt_policy_keys_wanted(p, 0, NOW + rows[i].life));
    bt_policy_free(p);
  }
  bt_policy *p = loaded(BY_URL(", refresh_min: 10s, refresh_max: 30m, max_stale: 40m"));
  bt_fetched good = {
      .status = 200, .body = {set.ptr, set.len}, .cache_control = text("max-age=86400")};
  assert_int_equal(asked(p, &good, NOW), BT_FETCH_TAKEN);
  assert_true(memo_of(p).due == NOW + 1200); /* half of the set's life */
  bt_policy_free(p);
  arena_free(a);
}

static void a_busy_server_is_left_alone_as_long_as_it_asks(void **state) {
  (void)state;

  static const struct {
    int status;
    const char *after;
    double wait;
  } rows[] = {{429, "90", 90},
              {503, "45", 45},
              {429, "Fri, 15 Jan 2027 08:01:30 GMT", 90}, /* NOW is 08:00:00 */
              {429, "999999", 3600},
              {429, "Fri, 15 Jan 2027 07:00:00 GMT", 30},
              {429, "soon", 30},
              {429, NULL, 30},
              {500, "90", 30}};

  arena *a = arena_new();
  str set = some_set(a);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_policy *p = loaded(BY_URL(""));
    bt_fetched good = {.status = 200, .body = {set.ptr, set.len}},
               busy = {.status = rows[i].status, .retry_after = text(rows[i].after)};
    assert_int_equal(asked(p, &good, NOW - 300), BT_FETCH_TAKEN);
    assert_int_equal(asked(p, &busy, NOW), BT_FETCH_FAILED);
    if (bt_policy_keys_wanted(p, 0, NOW + rows[i].wait - 1))
      print_error("%d %s\n", rows[i].status, rows[i].after);
    assert_false(bt_policy_keys_wanted(p, 0, NOW + rows[i].wait - 1));
    assert_true(bt_policy_keys_wanted(p, 0, NOW + rows[i].wait));
    bt_policy_free(p);
  }
  bt_policy *p = loaded(BY_URL("")); /* also while there is no key at all */
  bt_fetched busy = {.status = 503, .retry_after = text("20")};
  assert_int_equal(asked(p, &busy, NOW), BT_FETCH_FAILED);
  assert_non_null(strstr(last_problem, "asks to wait 20 s"));
  assert_false(bt_policy_keys_wanted(p, 0, NOW + 19));
  assert_true(bt_policy_keys_wanted(p, 0, NOW + 20));
  bt_policy_free(p);
  arena_free(a);
}

/* ---- what ------------------------------------------------------------------------------------ */

/* RFC 9110 sections 13.1.2 and 15.4.5 */
static void the_set_in_force_is_asked_for_on_condition(void **state) {
  (void)state;
  arena *a = arena_new();
  str set = some_set(a);
  bt_policy *p = loaded(BY_URL(", max_stale: 20m"));
  bt_fetched first = {.status = 200,
                      .body = {set.ptr, set.len},
                      .etag = text("\"v1\""),
                      .last_modified = text("Fri, 15 Jan 2027 07:00:00 GMT")},
             same = {.status = 304, .cache_control = text("max-age=400")},
             rubbish = {.status = 200, .body = text("<html>"), .etag = text("\"v2\"")},
             second = {.status = 200, .body = {set.ptr, set.len}};
  bt_fetch f = begun(p, NOW);
  assert_null(header_of(&f, "If-None-Match"));
  assert_int_equal(ended(p, &f, &same, NOW), BT_FETCH_FAILED); /* nothing was there to be kept */
  assert_int_equal(asked(p, &first, NOW + 1), BT_FETCH_TAKEN);
  f = begun(p, NOW + 400);
  assert_string_equal(header_of(&f, "If-None-Match"), "\"v1\"");
  assert_string_equal(header_of(&f, "If-Modified-Since"), "Fri, 15 Jan 2027 07:00:00 GMT");
  assert_int_equal(ended(p, &f, &same, NOW + 400), BT_FETCH_KEPT);
  assert_true(memo_of(p).due == NOW + 800);
  assert_true(bt_policy_issuer(p, 0, NOW + 400).good_until == NOW + 1600);
  f = begun(p, NOW + 800);
  assert_int_equal(ended(p, &f, &rubbish, NOW + 800), BT_FETCH_FAILED);
  f = begun(p, NOW + 830); /* what was not taken names no set */
  assert_string_equal(header_of(&f, "If-None-Match"), "\"v1\"");
  assert_int_equal(ended(p, &f, &second, NOW + 830), BT_FETCH_TAKEN);
  f = begun(p, NOW + 1130);
  assert_null(header_of(&f, "If-None-Match"));
  assert_int_equal(ended(p, &f, &same, NOW + 1130), BT_FETCH_FAILED); /* nobody asked that */
  bt_policy_free(p);
  arena_free(a);
}

static void what_is_no_key_set_is_refused_with_a_reason(void **state) {
  (void)state;

  static const struct {
    int status;
    const char *body, *location, *words;
  } rows[] = {{200, "", NULL, "empty"},
              {200, "<html></html>", NULL, "HTML"},
              {200, "{\"keys\":[]}", NULL, "no key"},
              {200, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", NULL, "no key"},
              {204, "", NULL, "answered 204"},
              {206, "{\"keys\":[]}", NULL, "answered 206"},
              {302, "", "https://other.example/keys", "a redirect to https://other.example/keys"},
              {304, "", NULL, "answered 304"},
              {401, "", NULL, "answered 401"},
              {500, "", NULL, "answered 500"},
              {0, NULL, NULL, "no route"}};

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_policy *p = loaded(BY_URL(""));
    bt_fetched bad = {.status = rows[i].status,
                      .failure = rows[i].status ? NULL : "no route",
                      .body = text(rows[i].body),
                      .location = text(rows[i].location)};
    assert_int_equal(asked(p, &bad, NOW), BT_FETCH_FAILED);
    if (!strstr(last_problem, rows[i].words) || !strstr(last_problem, PLACE))
      print_error("%d: %s\n", rows[i].status, last_problem);
    assert_non_null(strstr(last_problem, rows[i].words));
    assert_non_null(strstr(last_problem, PLACE));
    bt_policy_free(p);
  }
}

static void a_failure_that_lasts_is_told_of_less_and_less(void **state) {
  (void)state;
  bt_policy *p = loaded(BY_URL(""));
  const bt_fetched nothing = {.failure = "refused"}, other = {.failure = "timed out"};
  unsigned told = 0;
  for (int i = 0; i < 50; i++) {
    asked(p, &nothing, NOW + i * 2);
    told += *last_problem != 0;
  }
  assert_int_equal(told, 6); /* at the 1st, 2nd, 4th, 8th, 16th and 32nd time */
  asked(p, &other, NOW + 102);
  assert_non_null(strstr(last_problem, "timed out"));
  bt_policy_free(p);
}

/* A projected token of Kubernetes is replaced while the process runs. */
static void a_bearer_token_is_read_anew_each_time(void **state) {
  (void)state;
  arena *a = arena_new();
  char file[] = "/tmp/batten-bearer-XXXXXX";
  error e = {0};
  close(mkstemp(file));
  bt_policy *p = loaded(arena_printf(a, BY_URL(", bearer: '@%s'"), file).ptr);
  const bt_fetched nothing = {.failure = "refused"};
  for (int turn = 0; turn < 2; turn++) {
    assert_true(file_write(file, turn ? STR("two.b.c\n") : STR("one.b.c\n"), 0600, &e));
    bt_fetch f = begun(p, NOW + turn * 2);
    assert_string_equal(header_of(&f, "Authorization"), turn ? "Bearer two.b.c" : "Bearer one.b.c");
    ended(p, &f, &nothing, NOW + turn * 2);
  }
  static const char *const bad[] = {"", "a\r\nX-Other: 1", "a b", "\xc3\xa9"};
  bt_fetch f;
  for (size_t i = 0; i < 4; i++) {
    assert_true(file_write(file, str_of(bad[i]), 0600, &e));
    *last_problem = 0;
    assert_true(bt_policy_keys_wanted(p, 0, NOW + 10 + (double)i));
    assert_false(bt_fetch_begin(p, 0, NOW + 10 + (double)i, &f, note_problem, NULL));
    assert_non_null(strstr(last_problem, file));
  }
  unlink(file);
  assert_true(bt_policy_keys_wanted(p, 0, NOW + 20));
  assert_false(bt_fetch_begin(p, 0, NOW + 20, &f, note_problem, NULL));
  bt_policy_free(p);
  setenv("TEST_BEARER", "from.the.env", 1);
  p = loaded(BY_URL(", bearer: env:TEST_BEARER"));
  f = begun(p, NOW);
  assert_string_equal(header_of(&f, "Authorization"), "Bearer from.the.env");
  bt_fetch_free(&f);
  bt_policy_free(p);
  arena_free(a);
}

/* ---- discovery ------------------------------------------------------------------------------- */

#define META(issuer, set) "{\"issuer\":\"" issuer "\",\"jwks_uri\":\"" set "\"}"
#define OWN "https://issuer.example/realm/"
#define FOUND POLICY("discovery: true")

static bt_fetched page(int status, const char *body) {
  return (bt_fetched){.status = status, .body = text(body)};
}

/* OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3 */
static void the_issuer_alone_finds_its_keys(void **state) {
  (void)state;
  static const char *const places[] = {
      "https://issuer.example/realm/.well-known/openid-configuration",
      "https://issuer.example/.well-known/oauth-authorization-server/realm",
      "https://issuer.example/.well-known/openid-configuration/realm"};
  arena *a = arena_new();
  str set = some_set(a);
  for (size_t where = 0; where < 3; where++) {
    bt_policy *p = loaded(FOUND);
    bt_fetched missing = page(404, ""), meta = page(200, META(OWN, "https://issuer.example/jwks")),
               good = {.status = 200, .body = {set.ptr, set.len}, .etag = text("\"1\"")};
    bt_fetch f = begun(p, NOW);
    for (size_t i = 0; i < where; i++) {
      assert_string_equal(f.url, places[i]);
      assert_int_equal(ended(p, &f, &missing, NOW), BT_FETCH_MORE);
      f = next_step(p, NOW);
    }
    assert_string_equal(f.url, places[where]);
    assert_int_equal(ended(p, &f, &meta, NOW), BT_FETCH_MORE);
    f = next_step(p, NOW);
    assert_string_equal(f.url, "https://issuer.example/jwks");
    assert_int_equal(ended(p, &f, &good, NOW), BT_FETCH_TAKEN);
    f = begun(p, NOW + 300); /* what was found is kept */
    assert_string_equal(f.url, "https://issuer.example/jwks");
    assert_string_equal(header_of(&f, "If-None-Match"), "\"1\"");
    assert_int_equal(ended(p, &f, &missing, NOW + 300), BT_FETCH_FAILED);
    f = begun(p, NOW + 330); /* but looked for anew when it is gone */
    assert_string_equal(f.url, places[where]);
    bt_fetched moved = page(200, META(OWN, "https://issuer.example/new"));
    assert_int_equal(ended(p, &f, &moved, NOW + 330), BT_FETCH_MORE);
    f = next_step(p, NOW + 330);
    assert_string_equal(f.url, "https://issuer.example/new");
    assert_null(header_of(&f, "If-None-Match")); /* that was the other's */
    bt_fetch_free(&f);
    bt_policy_free(p);
  }
  bt_policy *p = loaded(FOUND);
  bt_fetched missing = page(404, "");
  bt_fetch f = begun(p, NOW);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(ended(p, &f, &missing, NOW), BT_FETCH_MORE);
    f = next_step(p, NOW);
  }
  assert_int_equal(ended(p, &f, &missing, NOW), BT_FETCH_FAILED);
  assert_non_null(strstr(last_problem, "keys: {jwks_url: ...}"));
  bt_policy_free(p);
  arena_free(a);
}

static void metadata_must_be_the_issuers_own_and_stay_on_its_host(void **state) {
  (void)state;

  static const struct {
    const char *policy, *body, *words; /* words NULL: taken */
  } rows[] = {
      {FOUND, META(OWN, "https://issuer.example/jwks"), NULL},
      {FOUND, META(OWN, "https://issuer.example:443/jwks"), NULL},
      {FOUND, META("https://issuer.example/realm", "https://issuer.example/jwks"),
       "another issuer"},
      {FOUND, META("https://ISSUER.example/realm/", "https://issuer.example/jwks"),
       "another issuer"},
      {FOUND, META("https://evil.example/", "https://issuer.example/jwks"), "another issuer"},
      {FOUND, "{\"jwks_uri\":\"https://issuer.example/jwks\"}", "does not say whose"},
      {FOUND, "{\"issuer\":7,\"jwks_uri\":\"https://issuer.example/jwks\"}", "does not say whose"},
      {FOUND, "{\"issuer\":\"" OWN "\"}", "names no key set"},
      {FOUND, "{\"issuer\":\"" OWN "\",\"jwks_uri\":[\"https://issuer.example/jwks\"]}",
       "names no key set"},
      {FOUND,
       "{\"issuer\":\"" OWN "\",\"issuer\":\"" OWN
       "\",\"jwks_uri\":\"https://issuer.example/jwks\"}",
       "no valid JSON"},
      {FOUND, META(OWN, "https://other.example/jwks"), "jwks_host: other.example}"},
      {FOUND, META(OWN, "https://issuer.example.evil.example/jwks"), "another host"},
      {FOUND, META(OWN, "https://issuer.example@evil.example/jwks"), "no URL"},
      {FOUND, META(OWN, "https://issuer.example:8443/jwks"), "jwks_host: issuer.example:8443}"},
      {FOUND, META(OWN, "http://issuer.example/jwks"), "without TLS"},
      {FOUND, META(OWN, "file:///etc/passwd"), "no URL"},
      {FOUND, META(OWN, "/jwks"), "no URL"},
      {FOUND, "[]", "no valid JSON"},
      {FOUND, "", "empty"},
      {POLICY("discovery: {jwks_host: other.example}"), META(OWN, "https://other.example/jwks"),
       NULL},
      {POLICY("discovery: {jwks_host: other.example}"), META(OWN, "https://issuer.example/jwks"),
       NULL},
      {POLICY("discovery: {jwks_host: 'other.example:8443'}"),
       META(OWN, "https://other.example:8443/jwks"), NULL},
      {POLICY("discovery: {jwks_host: other.example}"),
       META(OWN, "https://other.example:8443/jwks"), "another host"},
      {POLICY("discovery: {jwks_host: other.example}"), META(OWN, "http://other.example/jwks"),
       "without TLS"},
  };

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_policy *p = loaded(rows[i].policy);
    bt_fetched meta = page(200, rows[i].body);
    bt_fetch_verdict v = asked(p, &meta, NOW);
    bool as_wanted = rows[i].words ? v == BT_FETCH_FAILED && strstr(last_problem, rows[i].words)
                                   : v == BT_FETCH_MORE;
    if (!as_wanted)
      print_error("%s: %d, %s\n", rows[i].body, v, last_problem);
    assert_true(as_wanted);
    assert_true(rows[i].words ? !*memo_of(p).found : *memo_of(p).found != 0);
    bt_policy_free(p);
  }
}

static void what_cannot_be_asked_is_refused_in_the_policy(void **state) {
  (void)state;

  static const struct {
    const char *text, *words;
  } rows[] = {
      {POLICY("discovery: false"), "lacks `keys`"},
      {POLICY("discovery: yes please"), "`discovery` must be true"},
      {POLICY("discovery: true\n    keys: {jwks_url: 'https://a/'}"), "remove the source"},
      {POLICY("discovery: true\n    keys: {cool_down: 10s, ca: x.pem}"), NULL},
      {POLICY("keys: {cool_down: 10s}"), "exactly one source"},
      {BY_URL(", cert: a.pem"), "belong together"},
      {BY_URL(", key: a.pem"), "belong together"},
      {BY_URL(", cert: a.pem, key: b.pem, ca: c.pem"), NULL},
      {BY_URL(", bearer: eyJhbGciOi"), "holds no secret itself"},
      {BY_URL(", refresh_min: 2h"), "longer than `refresh_max`"},
      {POLICY("keys: {env: HOME, ca: x.pem}"), "`ca` belongs to keys that are fetched"},
      {"version: 1\nissuers:\n  - issuer: http://issuer.example/\n    algorithms: [ES256]\n"
       "    audiences: [a]\n    discovery: true\n",
       "https URL"},
      {"version: 1\nissuers:\n  - issuer: shop\n    algorithms: [ES256]\n"
       "    audiences: [a]\n    discovery: true\n",
       "https URL"},
      {"version: 1\nissuers:\n  - issuer: http://127.0.0.1:8080/realm\n    algorithms: [ES256]\n"
       "    audiences: [a]\n    discovery: true\n",
       NULL},
      {"version: 1\nissuers:\n  - issuer: https://a.example/?x=1\n    algorithms: [ES256]\n"
       "    audiences: [a]\n    discovery: true\n",
       "https URL"},
      {"version: 1\nissuers:\n  - issuer: https://a.example/\n    algorithms: [HS256]\n"
       "    audiences: [a]\n    discovery: true\n",
       "must not come from a URL"},
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

/* ---- where ----------------------------------------------------------------------------------- */

static bool may(const char *address, bool tls) {
  struct sockaddr_storage s = {0};
  struct sockaddr_in *v4 = (void *)&s;
  struct sockaddr_in6 *v6 = (void *)&s;
  s.ss_family = strchr(address, ':') ? AF_INET6 : AF_INET;
  assert_int_equal(
      inet_pton(s.ss_family, address,
                s.ss_family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr),
      1);
  return bt_keys_address(&s, tls);
}

static void link_local_and_metadata_addresses_are_never_asked(void **state) {
  (void)state;
  static const char *const
      banned[] = {"169.254.169.254",
                  "169.254.0.1",
                  "169.254.170.2",
                  "100.100.100.200",
                  "192.0.0.192",
                  "168.63.129.16",
                  "fe80::1",
                  "febf::1",
                  "fd00:ec2::254",
                  "fd20:ce::254",
                  "fd00:c1::a9fe:a9fe",
                  "::ffff:169.254.169.254",
                  "::169.254.169.254",
                  "64:ff9b::169.254.169.254",
                  "64:ff9b:1::169.254.169.254",
                  "2002:a9fe:a9fe::1",
                  NULL},
      *const fine[] = {"127.0.0.1",       "::1",           "10.0.0.1",        "192.168.1.1",
                       "100.64.0.1",      "93.184.216.34", "fd00::1",         "2606:2800::1",
                       "169.253.255.255", "169.255.0.1",   "::ffff:10.0.0.1", NULL},
      *const loopback[] = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", NULL},
      *const far[] = {"10.0.0.1", "93.184.216.34", "0.0.0.0", "::", "::127.0.0.1", "fd00::1", NULL};
  for (size_t i = 0; banned[i]; i++)
    assert_false(may(banned[i], true) || may(banned[i], false));
  for (size_t i = 0; fine[i]; i++)
    assert_true(may(fine[i], true));
  for (size_t i = 0; loopback[i]; i++)
    assert_true(may(loopback[i], false));
  for (size_t i = 0; far[i]; i++)
    assert_false(may(far[i], false));
}

/* What a name stands for is asked of the socket, so it does not matter when it began to. */
static void a_name_that_leads_there_is_not_asked(void **state) {
  (void)state;

  static const struct {
    const char *url, *pin, *words;
  } rows[] = {
      {"https://keys.example/", "keys.example:443:169.254.169.254", "link-local or metadata"},
      {"https://keys.example/", "keys.example:443:[fe80::1]", "link-local or metadata"},
      {"https://keys.example/", "keys.example:443:169.254.169.254,100.100.100.200",
       "link-local or metadata"},
      {"http://keys.localhost:1/", "keys.localhost:1:93.184.216.34", "only loopback"},
      {"http://169.254.169.254/", NULL, "only loopback"},
      {"https://169.254.169.254/", NULL, "link-local or metadata"},
      {"https://[::ffff:169.254.169.254]/", NULL, "link-local or metadata"},
      {"ftp://127.0.0.1/", NULL, "disabled"},
      {"file:///etc/passwd", NULL, "disabled"},
  };

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_curl *c = bt_curl_new("test");
    assert_non_null(c);
    if (rows[i].pin)
      assert_true(bt_curl_resolve(c, rows[i].pin));
    bt_fetch f = {.url = rows[i].url};
    bt_fetched got = bt_curl_carry(c, &f);
    if (got.status || !strstr(got.failure, rows[i].words))
      print_error("%s: %d %s\n", rows[i].url, got.status, got.failure);
    assert_int_equal(got.status, 0);
    assert_non_null(strstr(got.failure, rows[i].words));
    bt_curl_free(c);
  }
}

/* ---- several processes ----------------------------------------------------------------------- */

static void one_process_fetches_for_all(void **state) {
  (void)state;
  arena *a = arena_new();
  str set = some_set(a);
  bt_policy *one = loaded(BY_URL("")), *two = loaded(BY_URL(""));
  bt_fetched good = {.status = 200,
                     .body = {set.ptr, set.len},
                     .etag = text("\"1\""),
                     .cache_control = text("max-age=500")},
             busy = {.status = 429, .retry_after = text("100")};
  assert_int_equal(asked(one, &good, NOW), BT_FETCH_TAKEN);
  bt_keys_memo memo = memo_of(one);
  assert_true(bt_policy_share_keys(two, 0, set.ptr, set.len, &memo, NOW, note_problem, NULL));
  assert_int_equal(bt_policy_issuer(two, 0, NOW).key_count, 1);
  assert_int_equal(bt_policy_issuer(two, 0, NOW).state, BT_KEYS_READY);
  assert_false(bt_policy_keys_wanted(two, 0, NOW + 499));
  bt_fetch f = begun(two, NOW + 500);
  assert_string_equal(header_of(&f, "If-None-Match"), "\"1\"");
  ended(two, &f, &busy, NOW + 500);
  memo = memo_of(two);
  assert_true(bt_policy_share_keys(one, 0, NULL, 0, &memo, memo.loaded, note_problem, NULL));
  assert_false(bt_policy_keys_wanted(one, 0, NOW + 599));
  assert_true(bt_policy_keys_wanted(one, 0, NOW + 600));
  bt_policy_free(one);
  bt_policy_free(two);
  arena_free(a);
}

static void note_file(const char *name, void *of) {
  buf_printf(of, "%s ", name);
}

static void each_file_of_a_policy_is_named(void **state) {
  (void)state;
  arena *a = arena_new();
  buf seen = {.arena = a};
  char file[] = "/tmp/batten-policy-XXXXXX";
  error e = {0};
  close(mkstemp(file));
  assert_true(file_write(
      file,
      STR(POLICY("keys: {jwks_url: 'https://x/', ca: /a/ca.pem, bearer: "
                 "'@/b/token', cert: c.pem, key: /d/k.pem}") "revocation: {file: /e/list}\n"
                                                             "binding: {dpop_nonce: true, "
                                                             "dpop_nonce_key: /f/nonce}\n"),
      0600, &e));
  assert_true(bt_policy_files(file, note_file, &seen));
  assert_string_equal(seen.ptr, "/a/ca.pem /b/token /tmp/c.pem /d/k.pem /e/list /f/nonce ");
  unlink(file);
  assert_false(bt_policy_files(file, note_file, &seen));
  arena_free(a);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_any_key_it_is_asked_every_second_and_then_less_often),
      cmocka_unit_test(a_fetch_that_is_under_way_is_not_begun_again),
      cmocka_unit_test(an_answer_says_how_long_it_is_good_within_the_policys_bounds),
      cmocka_unit_test(a_busy_server_is_left_alone_as_long_as_it_asks),
      cmocka_unit_test(the_set_in_force_is_asked_for_on_condition),
      cmocka_unit_test(what_is_no_key_set_is_refused_with_a_reason),
      cmocka_unit_test(a_failure_that_lasts_is_told_of_less_and_less),
      cmocka_unit_test(a_bearer_token_is_read_anew_each_time),
      cmocka_unit_test(the_issuer_alone_finds_its_keys),
      cmocka_unit_test(metadata_must_be_the_issuers_own_and_stay_on_its_host),
      cmocka_unit_test(what_cannot_be_asked_is_refused_in_the_policy),
      cmocka_unit_test(link_local_and_metadata_addresses_are_never_asked),
      cmocka_unit_test(a_name_that_leads_there_is_not_asked),
      cmocka_unit_test(one_process_fetches_for_all),
      cmocka_unit_test(each_file_of_a_policy_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
