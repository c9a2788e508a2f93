/* Counts allocations while tokens are verified, by who asks: libbatten (linked into this program)
 * must never ask; what OpenSSL's library does for itself is told besides. Then verifies CALLS
 * tokens and sees that memory stays flat. */
#include "batten/batten.h"
#include "token/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW 1800000000.0

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern char __executable_start, etext;
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);

static bool counting;
static size_t ours, others;

static void count(const char *caller) {
  if (counting)
    *(caller >= &__executable_start && caller < &etext ? &ours : &others) += 1;
}

void *malloc(size_t size) {
  return count(__builtin_return_address(0)), __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
  return count(__builtin_return_address(0)), __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
  return count(__builtin_return_address(0)), __libc_realloc(p, size);
}

static size_t resident_pages(void) {
  size_t total = 0, resident = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%zu %zu", &total, &resident) != 2)
    abort();
  fclose(f);
  return resident;
}

typedef struct {
  bt_policy *policy;
  str good, bad;
} subject;

static subject subject_of(arena *a, const char *name) {
  static const char claims[] = "{\"iss\":\"me\",\"aud\":\"api\",\"sub\":\"u\",\"scope\":\"a "
                               "b\",\"realm\":{\"roles\":[\"x\",\"op\"]},\"kind\":\"access\","
                               "\"iat\":1799999990,\"exp\":1800000300}";
  const algorithm *alg = algorithm_find(str_of(name));
  key k = key_generate(a, alg);
  subject s = {0};
  str signature,
      input = arena_printf(a, "%.*s.%.*s",
                           STR_ARG(base64url_encode(a, arena_printf(a, "{\"alg\":\"%s\"}", name))),
                           STR_ARG(base64url_encode(a, STR(claims))));
  setenv("MEMORY_KEY", arena_text(a, key_jwk(a, &k, STR(""), STR(""))), 1);
  str text = arena_printf(a,
                          "version: 1\nissuers: [{issuer: me, algorithms: [%s], audiences: [api], "
                          "keys: {env: MEMORY_KEY}, required: [sub], claims: {kind: access, "
                          "realm.roles: {contains: op}, /realm/roles/0: x, sub: [v, u]}}]\n"
                          "scopes: {claim: realm.roles, allow: [x, op]}\n",
                          name);
  s.policy = bt_policy_load_text(text.ptr, text.len, "p", ".", NULL, NULL);
  if (!s.policy || !jws_sign(a, &k, alg, input, &signature))
    abort();
  s.good = arena_printf(a, "%.*s.%.*s", STR_ARG(input), STR_ARG(base64url_encode(a, signature)));
  char *bad = arena_text(a, s.good);
  bad[s.good.len - 8] = bad[s.good.len - 8] == 'A' ? 'B' : 'A';
  s.bad = str_from(bad, s.good.len);
  return s;
}

static void verify_pair(const subject *s, bt_result *r, size_t *wrong) {
  *wrong += bt_verify(s->policy, s->good.ptr, s->good.len, NULL, NOW, r) != BT_ACCEPTED ||
            bt_scope_count(r) != 2;
  *wrong += bt_verify(s->policy, s->bad.ptr, s->bad.len, NULL, NOW, r) == BT_ACCEPTED;
}

static size_t allocations(arena *a, const char *name, size_t cache) {
  enum { TIMES = 200 };

  subject s = subject_of(a, name);
  bt_result *r = bt_result_new(cache);
  size_t wrong = 0;
  for (int i = 0; i < 3; i++)
    verify_pair(&s, r, &wrong); /* contexts are made at the first use */
  ours = others = 0;
  counting = true;
  for (int i = 0; i < TIMES; i++)
    verify_pair(&s, r, &wrong);
  counting = false;
  printf("%-6s %s: %zu allocations by libbatten, %zu by OpenSSL, in %d calls; %zu wrong verdicts\n",
         name, cache ? "cached" : "fresh ", ours, others, 2 * TIMES, wrong);
  bt_result_free(r);
  bt_policy_free(s.policy);
  return ours + wrong;
}

static size_t growth(arena *a, size_t calls) {
  subject s = subject_of(a, "HS256");
  bt_result *r = bt_result_new(1 << 16), *fresh = bt_result_new(0);
  size_t wrong = 0;
  for (int i = 0; i < 1000; i++)
    verify_pair(&s, r, &wrong), verify_pair(&s, fresh, &wrong);
  size_t before = resident_pages();
  for (size_t i = 0; i < calls / 4; i++)
    verify_pair(&s, r, &wrong), verify_pair(&s, fresh, &wrong);
  size_t after = resident_pages();
  printf("%zu calls: %zu pages resident before, %zu after; %zu wrong verdicts\n", calls, before,
         after, wrong);
  bt_result_free(r);
  bt_result_free(fresh);
  bt_policy_free(s.policy);
  return wrong +
         (after >
          before +
              64); /* what the system maps for itself meanwhile; a byte a call would be far more */
}

int main(int argc, char **argv) {
  arena *a = arena_new();
  size_t bad = 0;
  for (size_t i = 0; algorithm_at(i); i++)
    bad += allocations(a, algorithm_at(i)->name, 0);
  bad += allocations(a, "HS256", 1 << 16) + allocations(a, "ES256", 1 << 16);
  bad += growth(a, argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000);
  arena_free(a);
  return bad != 0;
}
