/* What changes while tokens are verified: keys, revocations, what was seen; and what a token is
 * bound to. */
#include "verify_world.h"
#include "batten/sqlite.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bt_refusal at(const bt_policy *p, str jwt, double now, bt_result *r) {
  bt_verify(p, jwt.ptr, jwt.len, NULL, now, r);
  return bt_result_refusal(r);
}

/* rule 17: RFC 7519 section 4.1.7 */
static void a_token_is_taken_once_where_the_policy_asks(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", "    replay: true", "replay_memory: 16"),
            *twice = policy_of(a, "HS256", NULL, NULL);
  str one = sign_hs(a, HS, "{" BASE ",\"jti\":\"1\"}"), none = sign_hs(a, HS, GOOD);
  str expired = sign_hs(a, HS, "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1799999999,\"jti\":\"2\"}");
  assert_verdict("rule 17: first", at(p, one, NOW, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 17: again", at(p, one, NOW, r), BT_REPLAYED, r);
  assert_verdict("rule 17: without jti", at(p, none, NOW, r), BT_CLAIM_MISSING, r);
  assert_verdict("rule 17: not asked", at(twice, one, NOW, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 17: not asked", at(twice, one, NOW, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 17: refused tokens leave no trace", at(p, expired, NOW, r), BT_EXPIRED, r);
  bt_refusal last = BT_REFUSAL_NONE;
  for (int i = 0; i < 1000 && last == BT_REFUSAL_NONE; i++)
    last = at(p, sign_hs(a, HS, arena_printf(a, "{" BASE ",\"jti\":\"n%d\"}", i).ptr), NOW, r);
  assert_verdict("rule 17: full", last, BT_REPLAY_MEMORY_FULL, r);
  assert_verdict("rule 17: and forgets nothing", at(p, one, NOW, r), BT_REPLAYED, r);
  bt_policy_free(p);
  bt_policy_free(twice);
  bt_result_free(r);
  arena_free(a);
}

/* rule 18: policy */
static void what_is_revoked_is_refused_after_the_next_refresh(void **state) {
  (void)state;

  static const struct {
    const char *kind, *value;
  } rows[] = {{"jti", "j 1\n"}, {"sub", "u"}, {"kid", "k"}, {"issued-before", "1799999995"}};

  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  char message[256];
  setenv("TEST_KEY", SECRET, 1);
  str jwt = sign_hs(a, "{\"alg\":\"HS256\",\"kid\":\"k\"}", "{" BASE ",\"jti\":\"j 1\\n\"}");
  for (size_t i = 0; i < 4; i++) {
    char file[] = "/tmp/batten-revoked-XXXXXX";
    close(mkstemp(file));
    bt_policy *p = policy_of(a, "HS256", NULL, arena_printf(a, "revocation: {file: %s}", file).ptr);
    assert_verdict("rule 18: before", at(p, jwt, NOW, r), BT_REFUSAL_NONE, r);
    assert_true(bt_revoke(file, rows[i].kind, (bt_text){rows[i].value, strlen(rows[i].value)},
                          (bt_text){"you", 3}, 0, message, sizeof message));
    assert_true(bt_revoke(file, rows[i].kind, (bt_text){rows[i].value, strlen(rows[i].value)},
                          (bt_text){NULL, 0}, NOW + 60, message, sizeof message));
    assert_true(bt_policy_refresh(p, NOW, note_problem, NULL));
    assert_verdict("rule 18: after", at(p, jwt, NOW, r), BT_REVOKED, r);
    assert_verdict("rule 18: past its until", at(p, jwt, NOW + 60, r), BT_REFUSAL_NONE, r);
    unlink(file);
    bt_policy_refresh(p, NOW, note_problem, NULL);
    assert_verdict("rule 18: the list vanished", at(p, jwt, NOW, r), BT_REVOKED, r);
    bt_policy_free(p);
  }
  assert_false(bt_revoke("/tmp/x", "issued-before", (bt_text){"soon", 4}, (bt_text){NULL, 0}, 0,
                         message, sizeof message));
  bt_result_free(r);
  arena_free(a);
}

/* rule 18: libbatten opens no database: until somebody read it no token is good, and then what it
 * holds counts. */
static void a_database_of_what_is_revoked_must_be_read_first(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  char folder[] = "/tmp/batten-revoked-XXXXXX", message[256];
  assert_non_null(mkdtemp(folder));
  const char *path = arena_printf(a, "%s/a b?c#%%.db", folder).ptr;
  bt_text one = {"1", 1}, none = {NULL, 0};
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL,
                           arena_printf(a, "revocation: {sqlite: '%s'}", path).ptr),
            *list = policy_of(a, "HS256", NULL, NULL);
  str first = sign_hs(a, HS, "{" BASE ",\"jti\":\"1\"}"),
      second = sign_hs(a, HS, "{" BASE ",\"jti\":\"2\"}");
  assert_verdict("rule 18: not read", at(p, first, NOW, r), BT_REVOCATION_UNREAD, r);
  assert_verdict("rule 18: not asked", at(list, first, NOW, r), BT_REFUSAL_NONE, r);
  assert_false(bt_policy_set_revoked(list, "", 0, NOW, note_problem, NULL));
  assert_false(bt_sqlite_load(p, NOW, note_problem, NULL));
  assert_non_null(strstr(last_problem, "there is no such file"));
  assert_true(bt_sqlite_create(path, message, sizeof message));
  assert_true(bt_sqlite_load(p, NOW, note_problem, NULL));
  assert_true(bt_sqlite_load(list, NOW, note_problem, NULL));
  bt_sqlite *f = bt_sqlite_new();
  assert_true(bt_sqlite_refresh(f, p, NOW, note_problem, NULL));
  assert_false(bt_sqlite_refresh(f, p, NOW, note_problem, NULL));
  assert_verdict("rule 18: empty", at(p, first, NOW, r), BT_REFUSAL_NONE, r);
  assert_true(bt_sqlite_revoke(path, "jti", one, none, NOW + 60, message, sizeof message));
  assert_true(bt_sqlite_refresh(f, p, NOW, note_problem, NULL));
  assert_verdict("rule 18: revoked", at(p, first, NOW, r), BT_REVOKED, r);
  assert_verdict("rule 18: another", at(p, second, NOW, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 18: past its until", at(p, first, NOW + 60, r), BT_REFUSAL_NONE, r);
  assert_false(bt_sqlite_revoke(path, "issued-before", (bt_text){"soon", 4}, none, 0, message,
                                sizeof message));
  assert_false(bt_sqlite_revoke(path, "jto", one, none, 0, message, sizeof message));
  assert_false(bt_sqlite_refresh(f, p, NOW, note_problem, NULL));
  pid_t child = fork(); /* begins anew, with a connection of its own */
  if (child == 0) {
    bool seen =
        bt_sqlite_revoke(path, "jti", (bt_text){"2", 1}, none, 0, message, sizeof message) &&
        bt_sqlite_refresh(f, p, NOW, NULL, NULL);
    _exit(seen && at(p, second, NOW, r) == BT_REVOKED ? 0 : 1);
  }
  int status = -1;
  assert_true(waitpid(child, &status, 0) == child && status == 0);
  assert_true(bt_sqlite_refresh(f, p, NOW, note_problem, NULL));
  assert_verdict("rule 18: revoked by a child", at(p, second, NOW, r), BT_REVOKED, r);
  unlink(path);
  for (int i = 0; i < 5; i++)
    assert_false(bt_sqlite_refresh(f, p, NOW, note_problem, NULL));
  assert_verdict("rule 18: the database vanished", at(p, first, NOW, r), BT_REVOKED, r);
  bt_sqlite_free(f);
  bt_policy_free(p);
  bt_policy_free(list);
  bt_result_free(r);
  rmdir(folder);
  arena_free(a);
}

static const char FETCHED[] =
    "version: 1\nissuers:\n  - issuer: me\n    algorithms: [ES256]\n    audiences: [api]\n"
    "    keys: {jwks_url: 'https://x/jwks', cool_down: 30s, refresh: 5m, max_stale: 1h, overlap: "
    "60s}\n";

static str set_of(arena *a, const key *k, const char *kid) {
  return arena_printf(a, "{\"keys\":[%s]}",
                      arena_text(a, key_jwk(a, k, str_of(kid), STR("ES256"))));
}

/* rule 23: RFC 7517: overlap, cool-down, the last good set and its end */
static void fetched_keys_rotate_overlap_and_grow_stale(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  bt_policy *p = load(FETCHED);
  assert_non_null(p);
  key first = key_generate(a, algorithm_find(STR("ES256"))),
      second = key_generate(a, algorithm_find(STR("ES256")));
  str one = sign(a, &first, "ES256", STR("{\"alg\":\"ES256\",\"kid\":\"a\"}"),
                 STR("{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1900000000}"));
  str two = sign(a, &second, "ES256", STR("{\"alg\":\"ES256\",\"kid\":\"b\"}"),
                 STR("{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1900000000}"));
  assert_int_equal(bt_verify(p, one.ptr, one.len, NULL, NOW, r), BT_NO_KEYS);
  assert_true(bt_policy_keys_wanted(p, 0, NOW));
  assert_false(bt_policy_keys_wanted(p, 0, NOW + 1));
  str set = set_of(a, &first, "a");
  assert_true(bt_policy_set_keys(p, 0, set.ptr, set.len, NOW, note_problem, NULL));
  assert_verdict("rule 23: loaded", at(p, one, NOW, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 23: cached", at(p, one, NOW, r), BT_REFUSAL_NONE, r);
  assert_true(bt_result_cached(r));
  assert_false(bt_policy_keys_wanted(p, 0, NOW + 31));
  assert_verdict("rule 23: an unknown kid", at(p, two, NOW, r), BT_KID_UNKNOWN, r);
  assert_false(bt_policy_keys_wanted(p, 0, NOW + 10));
  assert_true(bt_policy_keys_wanted(p, 0, NOW + 31));
  assert_verdict("rule 23: again at once", at(p, two, NOW + 32, r), BT_KID_UNKNOWN, r);
  assert_false(bt_policy_keys_wanted(p, 0, NOW + 33));
  set = set_of(a, &second, "b");
  assert_true(bt_policy_set_keys(p, 0, set.ptr, set.len, NOW + 40, note_problem, NULL));
  assert_verdict("rule 23: new", at(p, two, NOW + 41, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 23: old, in the overlap", at(p, one, NOW + 99, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 23: old, after it", at(p, one, NOW + 100, r), BT_KID_UNKNOWN, r);
  assert_false(bt_policy_set_keys(p, 0, "{\"keys\":[]}", 11, NOW + 200, note_problem, NULL));
  assert_false(bt_policy_set_keys(p, 0, NULL, 0, NOW + 201, note_problem, NULL));
  assert_verdict("rule 23: the last good set", at(p, two, NOW + 3639, r), BT_REFUSAL_NONE, r);
  assert_int_equal(bt_verify(p, two.ptr, two.len, NULL, NOW + 3640, r), BT_NO_KEYS);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rules 17 and 23: a reload forgets neither what was seen nor what was fetched, and takes over
 * nothing else's */
static void a_reloaded_policy_goes_on_where_the_old_one_was(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  str text = arena_printf(a, "%s    replay: true\n", FETCHED);
  bt_policy *p = load(text.ptr), *same = load(text.ptr),
            *other = load(arena_printf(a, "%sreplay_memory: 128\n", text.ptr).ptr);
  size_t at_url = str_find(text, STR("https://x/"), 0);
  char *moved_text = arena_text(a, text);
  moved_text[at_url + 8] = 'y';
  bt_policy *moved = load(moved_text);
  assert_true(p && same && other && moved);
  key k = key_generate(a, algorithm_find(STR("ES256")));
  str set = set_of(a, &k, "a");
  str jwt = sign(a, &k, "ES256", STR("{\"alg\":\"ES256\",\"kid\":\"a\"}"),
                 STR("{\"iss\":\"me\",\"aud\":\"api\",\"jti\":\"1\",\"exp\":1800000300}"));
  assert_true(bt_policy_set_keys(p, 0, set.ptr, set.len, NOW, note_problem, NULL));
  assert_verdict("rule 17: once", at(p, jwt, NOW, r), BT_REFUSAL_NONE, r);
  bt_policy_continue(same, p);
  bt_policy_continue(other, p);
  bt_policy_continue(moved, p);
  bt_policy_free(p);
  assert_verdict("rule 17: after a reload", at(same, jwt, NOW, r), BT_REPLAYED, r);
  assert_verdict("rule 23: the fetched set, another memory", at(other, jwt, NOW, r),
                 BT_REFUSAL_NONE, r);
  assert_int_equal(bt_verify(moved, jwt.ptr, jwt.len, NULL, NOW, r), BT_NO_KEYS);
  assert_int_equal(bt_verify(same, jwt.ptr, jwt.len, NULL, NOW + 3601, r), BT_NO_KEYS);
  assert_true(bt_policy_keys_wanted(same, 0, NOW));
  bt_policy_free(same);
  bt_policy_free(other);
  bt_policy_free(moved);
  bt_result_free(r);
  arena_free(a);
}

/* rule 23: policy: a key file that turns to rubbish or vanishes leaves the last good key */
static void a_damaged_key_file_leaves_the_last_good_key(void **state) {
  (void)state;
  static const char *const rubbish[] = {
      "", "{", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", NULL};
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  char file[] = "/tmp/batten-key-XXXXXX";
  key k = key_generate(a, algorithm_find(STR("ES256")));
  str jwk = key_jwk(a, &k, STR("a"), STR("")),
      jwt = sign(a, &k, "ES256", STR("{\"alg\":\"ES256\"}"), STR(GOOD));
  error e = {0};
  close(mkstemp(file));
  assert_true(file_write(file, jwk, 0600, &e));
  bt_policy *p = load(arena_printf(a,
                                   "version: 1\nissuers: [{issuer: me, algorithms: [ES256], "
                                   "audiences: [api], keys: {file: %s}}]\n",
                                   file)
                          .ptr);
  if (!p)
    print_error("%s\n", last_problem);
  assert_non_null(p);
  for (size_t i = 0; rubbish[i]; i++) {
    *last_problem = 0;
    assert_true(file_write(file, str_of(rubbish[i]), 0600, &e));
    assert_false(bt_policy_refresh(p, NOW, note_problem, NULL));
    assert_non_null(strstr(last_problem, file));
    assert_verdict("rule 23: the last good key", at(p, jwt, NOW, r), BT_REFUSAL_NONE, r);
  }
  unlink(file);
  assert_false(bt_policy_refresh(p, NOW, note_problem, NULL));
  assert_verdict("rule 23: the file is gone", at(p, jwt, NOW, r), BT_REFUSAL_NONE, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* The cache holds only what was accepted, compares whole tokens, and forgets no check. */
static void a_cached_token_is_judged_again(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, "scopes: {claim: scope, allow: [a]}");
  str jwt = sign_hs(a, HS, "{" BASE ",\"scope\":\"a\",\"t\":\"x\\u0041\"}");
  for (int i = 0; i < 3; i++) {
    assert_verdict("cache", at(p, jwt, NOW, r), BT_REFUSAL_NONE, r);
    assert_int_equal(bt_result_cached(r), i > 0);
    assert_memory_equal(bt_claim_text(r, "t").ptr, "xA", 2);
    assert_int_equal(bt_scope_count(r), 1);
    at(p, sign_hs(a, "{\"alg\":\"HS256\",\"typ\":\"other\"}", "{\"iss\":\"me\"}"), NOW, r);
  }
  char *changed = arena_text(a, jwt);
  changed[40] = changed[40] == 'A' ? 'B' : 'A'; /* the same signature over other bytes */
  assert_int_not_equal(at(p, str_of(changed), NOW, r), BT_REFUSAL_NONE);
  assert_verdict("cache: rule 15", at(p, jwt, NOW + 300, r), BT_EXPIRED, r);
  bt_policy *other = policy_of(a, "HS256", "    max_lifetime: 1s", NULL);
  assert_verdict("cache: another policy", at(other, jwt, NOW, r), BT_LIFETIME_TOO_LONG, r);
  for (int i = 0; i < 500; i++) { /* more than fits: the ring turns over */
    str many = sign_hs(a, HS, arena_printf(a, "{" BASE ",\"n\":%d}", i).ptr);
    double n = -1;
    assert_verdict("cache: many", at(p, many, NOW, r), BT_REFUSAL_NONE, r);
    assert_verdict("cache: many", at(p, many, NOW, r), BT_REFUSAL_NONE, r);
    assert_true(bt_result_cached(r) && bt_claim_number(r, "n", &n) && n == i);
  }
  bt_policy_free(p);
  bt_policy_free(other);
  bt_result_free(r);
  arena_free(a);
}

/* ---- binding --------------------------------------------------------------------------------- */

/* rule 19: RFC 8705 section 3.1 */
static void a_token_follows_its_client_certificate(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, NULL);
  key k = key_generate(a, algorithm_find(STR("ES256")));
  str der = key_certificate(a, &k, STR("client")), other = key_certificate(a, &k, STR("other"));
  unsigned char hash[32];
  unsigned len;
  EVP_Digest(der.ptr, der.len, hash, &len, EVP_sha256(), NULL);
  str jwt = sign_hs(a, HS,
                    arena_printf(a, "{" BASE ",\"cnf\":{\"x5t#S256\":\"%s\"}}",
                                 base64url_encode(a, str_from(hash, 32)).ptr)
                        .ptr);
  str pem = key_certificate_pem(a, der), escaped = percent_encode(a, pem);

  const struct {
    str shown;
    bt_refusal want;
  } rows[] = {{der, BT_REFUSAL_NONE},
              {pem, BT_REFUSAL_NONE},
              {escaped, BT_REFUSAL_NONE},
              {other, BT_CERTIFICATE_MISMATCH},
              {STR("x"), BT_CERTIFICATE_MISMATCH},
              {{0}, BT_CERTIFICATE_MISSING}};

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bt_request request = {.client_certificate = {rows[i].shown.ptr, rows[i].shown.len}};
    assert_verdict("rule 19", verdict(p, jwt, &request, r), rows[i].want, r);
  }
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

typedef struct {
  const char *rule, *header, *claims; /* with %s for the JWK; for htm, htu, ath */
  bt_refusal want;
} proof_row;

/* rule 19: RFC 9449 section 4.3 */
static void a_dpop_proof_is_for_this_key_request_and_token(void **state) {
  (void)state;
  static const char header[] = "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":%s}";
#define CLAIMS(jti, htm, htu, iat, ath)                                                         \
  "{\"jti\":\"" jti "\",\"htm\":\"" htm "\",\"htu\":\"" htu "\",\"iat\":" iat ",\"ath\":\"" ath \
  "\"}"
  static const proof_row rows[] = {
      {"rule 19: RFC 9449 section 4.3", header,
       CLAIMS("1", "GET", "https://API.example:443/x", "1800000000", "%s"), BT_REFUSAL_NONE},
      {"rule 19: RFC 9449 section 11.1: again", header,
       CLAIMS("1", "GET", "https://api.example/x", "1800000000", "%s"), BT_DPOP_REPLAYED},
      {"rule 19: RFC 9449 section 4.3, 8: method", header,
       CLAIMS("2", "POST", "https://api.example/x", "1800000000", "%s"), BT_DPOP_MISMATCH},
      {"rule 19: RFC 9449 section 4.3, 9: path", header,
       CLAIMS("3", "GET", "https://api.example/y", "1800000000", "%s"), BT_DPOP_MISMATCH},
      {"rule 19: RFC 9449 section 4.3, 9: host", header,
       CLAIMS("4", "GET", "https://evil.example/x", "1800000000", "%s"), BT_DPOP_MISMATCH},
      {"rule 19: RFC 9449 section 4.3, 9: scheme", header,
       CLAIMS("5", "GET", "http://api.example/x", "1800000000", "%s"), BT_DPOP_MISMATCH},
      {"rule 19: RFC 9449 section 4.3, 11: too old", header,
       CLAIMS("6", "GET", "https://api.example/x", "1799999900", "%s"), BT_DPOP_INVALID},
      {"rule 19: RFC 9449 section 4.3, 11: to come", header,
       CLAIMS("7", "GET", "https://api.example/x", "1800000100", "%s"), BT_DPOP_INVALID},
      {"rule 19: RFC 9449 section 4.3, 12: another token", header,
       CLAIMS("8", "GET", "https://api.example/x", "1800000000",
              "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
       BT_DPOP_MISMATCH},
      {"rule 19: RFC 9449 section 4.3, 4: typ", "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":%s}",
       CLAIMS("9", "GET", "https://api.example/x", "1800000000", "%s"), BT_DPOP_INVALID},
      {"rule 19: RFC 9449 section 4.3, 5: alg",
       "{\"typ\":\"dpop+jwt\",\"alg\":\"none\",\"jwk\":%s}",
       CLAIMS("10", "GET", "https://api.example/x", "1800000000", "%s"), BT_DPOP_INVALID},
      {"rule 19: RFC 9449 section 4.2: no jti", header,
       CLAIMS("", "GET", "https://api.example/x", "1800000000", "%s"), BT_DPOP_INVALID},
  };
  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, NULL);
  key k = key_generate(a, algorithm_find(STR("ES256"))),
      thief = key_generate(a, algorithm_find(STR("ES256")));
  const char *jwk = arena_text(a, key_jwk(a, &k, STR(""), STR(""))),
             *other_jwk = arena_text(a, key_jwk(a, &thief, STR(""), STR("")));
  str jwt = sign_hs(
      a, HS,
      arena_printf(a, "{" BASE ",\"cnf\":{\"jkt\":\"%s\"}}", arena_text(a, key_thumbprint(a, &k)))
          .ptr);
  unsigned char hash[32];
  unsigned len;
  EVP_Digest(jwt.ptr, jwt.len, hash, &len, EVP_sha256(), NULL);
  const char *ath = arena_text(a, base64url_encode(a, str_from(hash, 32)));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    str proof = sign(a, &k, "ES256", arena_printf(a, rows[i].header, jwk),
                     arena_printf(a, rows[i].claims, ath));
    bt_text both[2] = {{proof.ptr, proof.len}, {proof.ptr, proof.len}};
    bt_request request = {.method = {"GET", 3},
                          .uri = {"https://api.example/x?q=1", 25},
                          .dpop = both,
                          .dpop_count = 1};
    assert_verdict(rows[i].rule, verdict(p, jwt, &request, r), rows[i].want, r);
    request.under_bearer = true;
    assert_verdict("rule 19: RFC 9449 section 7.2: under Bearer", verdict(p, jwt, &request, r),
                   BT_DPOP_SCHEME, r);
    request.under_bearer = false;
    request.dpop_count = 2;
    assert_verdict("rule 19: RFC 9449 section 4.3, 1: two proofs", verdict(p, jwt, &request, r),
                   BT_DPOP_MISSING, r);
  }
  str stolen =
      sign(a, &thief, "ES256", arena_printf(a, header, other_jwk),
           arena_printf(a, CLAIMS("20", "GET", "https://api.example/x", "1800000000", "%s"), ath));
#pragma GCC diagnostic pop
  bt_text one = {stolen.ptr, stolen.len};
  bt_request request = {
      .method = {"GET", 3}, .uri = {"https://api.example/x", 21}, .dpop = &one, .dpop_count = 1};
  assert_verdict("rule 19: RFC 9449 section 6.1: a thief's key", verdict(p, jwt, &request, r),
                 BT_DPOP_MISMATCH, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 20: SPIFFE JWT-SVID section 3 */
static void a_jwt_svid_is_of_the_trust_domain(void **state) {
  (void)state;

  static const struct {
    const char *header, *claims;
    bt_refusal want;
  } rows[] = {
      {"{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
       "{\"sub\":\"spiffe://example.org/a/b\",\"aud\":[\"spiffe://example.org/"
       "me\"],\"exp\":1800000300}",
       BT_REFUSAL_NONE},
      {"{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}",
       "{\"sub\":\"spiffe://example.org/a/b\",\"aud\":[\"spiffe://example.org/"
       "me\"],\"exp\":1800000300}",
       BT_TYP_MISMATCH},
      {"{\"alg\":\"ES256\"}",
       "{\"sub\":\"spiffe://example.org.evil/a\",\"aud\":[\"spiffe://example.org/"
       "me\"],\"exp\":1800000300}",
       BT_WORKLOAD_MISMATCH},
      {"{\"alg\":\"ES256\"}",
       "{\"sub\":\"spiffe://example.org/a/../b\",\"aud\":[\"spiffe://example.org/"
       "me\"],\"exp\":1800000300}",
       BT_WORKLOAD_MISMATCH},
      {"{\"alg\":\"ES256\"}",
       "{\"sub\":\"spiffe://example.org/a\",\"aud\":[\"spiffe://example.org/"
       "you\"],\"exp\":1800000300}",
       BT_AUD_MISMATCH},
      {"{\"alg\":\"ES256\"}",
       "{\"sub\":\"spiffe://example.org/a\",\"aud\":[\"spiffe://example.org/me\"]}",
       BT_EXP_MISSING},
  };

  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  key k = key_generate(a, algorithm_find(STR("ES256")));
  setenv("TEST_KEY", arena_text(a, key_jwk(a, &k, STR(""), STR(""))), 1);
  bt_policy *p =
      load("version: 1\nissuers:\n  - spiffe_trust_domain: example.org\n    algorithms: [ES256]\n"
           "    audiences: ['spiffe://example.org/me']\n    keys: {env: TEST_KEY}\n");
  assert_non_null(p);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_verdict(
        "rule 20",
        verdict(p, sign(a, &k, "ES256", str_of(rows[i].header), str_of(rows[i].claims)), NULL, r),
        rows[i].want, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* ---- many threads ---------------------------------------------------------------------------- */

typedef struct {
  bt_policy *policy;
  str one, two;
  atomic_bool *stop;
  atomic_long *verified, *wrong;
} shared;

static void *read_on(void *context) {
  shared *s = context;
  bt_result *r = bt_result_new(1 << 16);
  while (!atomic_load(s->stop)) {
    bt_refusal a = at(s->policy, s->one, NOW, r), b = at(s->policy, s->two, NOW, r);
    bool fine = (a == BT_REFUSAL_NONE || a == BT_KID_UNKNOWN || a == BT_REVOKED) &&
                (b == BT_REFUSAL_NONE || b == BT_KID_UNKNOWN);
    atomic_fetch_add(s->wrong, !fine);
    atomic_fetch_add(s->verified, 1);
  }
  bt_result_free(r);
  return NULL;
}

/* rule 23: RFC 7517: readers go on while keys rotate and revocations arrive */
static void readers_go_on_while_keys_and_revocations_change(void **state) {
  (void)state;

  enum { READERS = 8, TURNS = 60 };

  arena *a = arena_new();
  char file[] = "/tmp/batten-revoked-XXXXXX", message[256];
  close(mkstemp(file));
  bt_policy *p = load(arena_printf(a, "%srevocation: {file: %s}\n", FETCHED, file).ptr);
  assert_non_null(p);
  key first = key_generate(a, algorithm_find(STR("ES256"))),
      second = key_generate(a, algorithm_find(STR("ES256")));
  atomic_bool stop = false;
  atomic_long verified = 0, wrong = 0;
  shared s = {p,
              sign(a, &first, "ES256", STR("{\"alg\":\"ES256\",\"kid\":\"a\"}"),
                   STR("{\"iss\":\"me\",\"aud\":\"api\",\"jti\":\"1\",\"exp\":1900000000}")),
              sign(a, &second, "ES256", STR("{\"alg\":\"ES256\",\"kid\":\"b\"}"),
                   STR("{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1900000000}")),
              &stop,
              &verified,
              &wrong};
  str sets[2] = {set_of(a, &first, "a"), set_of(a, &second, "b")};
  assert_true(bt_policy_set_keys(p, 0, sets[0].ptr, sets[0].len, NOW - 1000, NULL, NULL));
  pthread_t threads[READERS];
  for (int i = 0; i < READERS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, read_on, &s), 0);
  for (int turn = 0; turn < TURNS; turn++) {
    assert_true(bt_policy_set_keys(p, 0, sets[turn % 2].ptr, sets[turn % 2].len,
                                   NOW - 500 + turn * (turn % 3 ? 1 : 2), NULL, NULL));
    if (turn == TURNS / 2)
      assert_true(bt_revoke(file, "jti", (bt_text){"1", 1}, (bt_text){NULL, 0}, 0, message,
                            sizeof message));
    bt_policy_refresh(p, NOW, NULL, NULL);
    long seen = atomic_load(&verified);
    while (atomic_load(&verified) < seen + 4)
      sched_yield();
  }
  atomic_store(&stop, true);
  for (int i = 0; i < READERS; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&wrong), 0);
  bt_result *r = bt_result_new(0);
  assert_true(bt_policy_set_keys(p, 0, sets[0].ptr, sets[0].len, NOW, NULL, NULL));
  assert_verdict("rule 18", at(p, s.one, NOW, r), BT_REVOKED, r);
  bt_result_free(r);
  bt_policy_free(p);
  unlink(file);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_token_is_taken_once_where_the_policy_asks),
      cmocka_unit_test(what_is_revoked_is_refused_after_the_next_refresh),
      cmocka_unit_test(a_database_of_what_is_revoked_must_be_read_first),
      cmocka_unit_test(fetched_keys_rotate_overlap_and_grow_stale),
      cmocka_unit_test(a_reloaded_policy_goes_on_where_the_old_one_was),
      cmocka_unit_test(a_damaged_key_file_leaves_the_last_good_key),
      cmocka_unit_test(a_cached_token_is_judged_again),
      cmocka_unit_test(a_token_follows_its_client_certificate),
      cmocka_unit_test(a_dpop_proof_is_for_this_key_request_and_token),
      cmocka_unit_test(a_jwt_svid_is_of_the_trust_domain),
      cmocka_unit_test(readers_go_on_while_keys_and_revocations_change),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
