/* DPoP nonces: who takes which, and for how long. */
#include "verify_world.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  arena *a;
  key k;
  str jwt, header;
  const char *ath;
  int count; /* of proofs, for their jti */
} holder;

static holder holder_of(arena *a) {
  unsigned char hash[32];
  unsigned len;
  holder h = {.a = a, .k = key_generate(a, algorithm_find(STR("ES256")))};
  h.jwt = sign_hs(
      a, HS,
      arena_printf(a, "{" BASE ",\"cnf\":{\"jkt\":\"%s\"}}", arena_text(a, key_thumbprint(a, &h.k)))
          .ptr);
  h.header = arena_printf(a, "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":%s}",
                          arena_text(a, key_jwk(a, &h.k, STR(""), STR(""))));
  EVP_Digest(h.jwt.ptr, h.jwt.len, hash, &len, EVP_sha256(), NULL);
  h.ath = arena_text(a, base64url_encode(a, str_from(hash, 32)));
  return h;
}

/* What a proof made at `when`, with this nonce, gets then. */
static bt_refusal with_nonce(holder *h, const bt_policy *p, const char *nonce, double when,
                             bt_result *r) {
  str claims = arena_printf(h->a,
                            "{\"jti\":\"n%d\",\"htm\":\"GET\",\"htu\":\"https://api.example/"
                            "x\",\"iat\":%.0f,\"ath\":\"%s\"%s%s%s}",
                            h->count++, when, h->ath, nonce ? ",\"nonce\":\"" : "",
                            nonce ? nonce : "", nonce ? "\"" : "");
  str proof = sign(h->a, &h->k, "ES256", h->header, claims);
  bt_text one = {proof.ptr, proof.len};
  bt_request request = {
      .method = {"GET", 3}, .uri = {"https://api.example/x", 21}, .dpop = &one, .dpop_count = 1};
  bt_verify(p, h->jwt.ptr, h->jwt.len, &request, when, r);
  return bt_result_refusal(r);
}

static const char *nonce_at(arena *a, const bt_policy *p, double when) {
  char out[64];
  return arena_text(a, str_from(out, bt_policy_dpop_nonce(p, when, out, sizeof out)));
}

/* rule 19: RFC 9449 section 8 */
static void a_proof_has_this_slots_nonce_or_the_last_ones(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  setenv("TEST_KEY", SECRET, 1);
  static const char asks[] = "binding: {dpop_nonce: true, dpop_nonce_life: 60s}";
  bt_policy *p = policy_of(a, "HS256", NULL, asks), *other = policy_of(a, "HS256", NULL, asks),
            *free_of = policy_of(a, "HS256", NULL, NULL);
  holder h = holder_of(a);
  const char *now = nonce_at(a, p, NOW), *next = nonce_at(a, p, NOW + 60);
  assert_int_equal(strlen(now), 32);
  assert_string_equal(now, nonce_at(a, p, NOW + 59));
  assert_string_not_equal(now, next);
  assert_string_equal("", nonce_at(a, free_of, NOW));
  assert_string_equal("", nonce_at(a, p, 1e300)); /* no slot has that number */
  assert_verdict("rule 19: RFC 9449 section 8: no nonce", with_nonce(&h, p, NULL, NOW, r),
                 BT_DPOP_NONCE, r);
  assert_verdict("rule 19: RFC 9449 section 8: not asked for",
                 with_nonce(&h, free_of, NULL, NOW, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 19: RFC 9449 section 8: the one given out", with_nonce(&h, p, now, NOW, r),
                 BT_REFUSAL_NONE, r);
  assert_verdict("rule 19: RFC 9449 section 8: of the last slot",
                 with_nonce(&h, p, now, NOW + 119, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 19: RFC 9449 section 8: too old", with_nonce(&h, p, now, NOW + 120, r),
                 BT_DPOP_NONCE, r);
  assert_verdict("rule 19: RFC 9449 section 8: of the next slot", with_nonce(&h, p, next, NOW, r),
                 BT_DPOP_NONCE, r);
  assert_verdict("rule 19: RFC 9449 section 8: another server's",
                 with_nonce(&h, other, now, NOW, r), BT_DPOP_NONCE, r);
  assert_verdict("rule 19: RFC 9449 section 8: cut",
                 with_nonce(&h, p, str_sub(str_of(now), 1, 32).ptr, NOW, r), BT_DPOP_NONCE, r);
  bt_policy_continue(other, p);
  assert_verdict("rule 19: RFC 9449 section 8: after a reload", with_nonce(&h, other, now, NOW, r),
                 BT_REFUSAL_NONE, r);
  bt_policy_free(p);
  bt_policy_free(other);
  bt_policy_free(free_of);
  bt_result_free(r);
  arena_free(a);
}

/* rule 19: RFC 9449 section 8: processes that share memory, or a file, take each other's nonces */
static void nonces_are_known_to_all_who_share_memory_or_a_key(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(1 << 16);
  setenv("TEST_KEY", SECRET, 1);
  holder h = holder_of(a);
  bt_policy *one = policy_of(a, "HS256", NULL, "binding: {dpop_nonce: true}"),
            *two = policy_of(a, "HS256", NULL, "binding: {dpop_nonce: true}");
  void *memory = calloc(1, bt_policy_replay_size(one));
  assert_true(bt_policy_replay_in(one, memory) && bt_policy_replay_in(two, memory));
  assert_false(bt_policy_dpop_nonce_shared(one));
  assert_verdict("rule 19: RFC 9449 section 8: shared memory",
                 with_nonce(&h, two, nonce_at(a, one, NOW), NOW, r), BT_REFUSAL_NONE, r);
  char file[] = "/tmp/batten-nonce-XXXXXX";
  int fd = mkstemp(file);
  assert_int_equal(write(fd, SECRET, 32), 32);
  const char *keyed = arena_printf(a, "binding: {dpop_nonce: true, dpop_nonce_key: %s}", file).ptr;
  bt_policy *three = policy_of(a, "HS256", NULL, keyed), *four = policy_of(a, "HS256", NULL, keyed);
  assert_true(bt_policy_dpop_nonce_shared(three));
  assert_verdict("rule 19: RFC 9449 section 8: a key file",
                 with_nonce(&h, four, nonce_at(a, three, NOW), NOW, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 19: RFC 9449 section 8: no key file",
                 with_nonce(&h, one, nonce_at(a, three, NOW), NOW, r), BT_DPOP_NONCE, r);
  const char *whole =
      arena_printf(a,
                   "version: 1\nissuers:\n  - {issuer: me, algorithms: [HS256], audiences: [api], "
                   "keys: {env: TEST_KEY}}\n%s\n",
                   keyed)
          .ptr;
  assert_int_equal(fchmod(fd, 0644), 0);
  bt_policy *mounted = load(whole);
  assert_true(mounted && strstr(last_problem, "warning") && strstr(last_problem, "chmod 600"));
  bt_policy_free(mounted);
  assert_int_equal(fchmod(fd, 0606), 0);
  assert_null(load(whole));
  close(fd);
  unlink(file);
  bt_policy_free(one);
  bt_policy_free(two);
  bt_policy_free(three);
  bt_policy_free(four);
  free(memory);
  bt_result_free(r);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_proof_has_this_slots_nonce_or_the_last_ones),
      cmocka_unit_test(nonces_are_known_to_all_who_share_memory_or_a_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
