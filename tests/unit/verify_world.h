/* What the verifier's tests share: policies from a few words, keys in the environment, tokens to
 * the letter. */
#ifndef BATTEN_TEST_VERIFY_WORLD_H
#define BATTEN_TEST_VERIFY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "batten/batten.h"
#include "token/token.h"

#define NOW 1800000000.0
#define TIMES "\"iat\":1799999990,\"exp\":1800000300"
#define BASE "\"iss\":\"me\",\"aud\":\"api\",\"sub\":\"u\"," TIMES
#define GOOD "{" BASE "}"
#define HS "{\"alg\":\"HS256\"}"
#define SECRET "0123456789abcdef0123456789ABCDEF"

static char last_problem[2048];
static unsigned last_line;

static inline void note_problem(const bt_problem *p, void *context) {
  (void)context;
  if (p->warning && *last_problem)
    return;
  snprintf(last_problem, sizeof last_problem, "%s:%u:%u: %s%s", p->file, p->line, p->column,
           p->warning ? "warning: " : "", p->message);
  last_line = p->line;
}

static inline bt_policy *load(const char *text) {
  *last_problem = 0;
  last_line = 0;
  return bt_policy_load_text(text, strlen(text), "policy.yaml", ".", note_problem, NULL);
}

/* One issuer `me` for audience `api`, its key in the variable TEST_KEY. */
static inline bt_policy *policy_of(arena *a, const char *algorithms, const char *issuer_more,
                                   const char *top_more) {
  str text = arena_printf(
      a,
      "version: 1\nissuers:\n  - issuer: me\n    algorithms: [%s]\n    audiences: [api]\n"
      "    keys: {env: TEST_KEY}\n%s\n%s\n",
      algorithms, issuer_more ? issuer_more : "", top_more ? top_more : "");
  bt_policy *p = load(arena_text(a, text));
  if (!p)
    print_error("%s\n%s\n", text.ptr, last_problem);
  assert_non_null(p);
  return p;
}

static inline key secret_key(const char *secret) {
  return (key){.kind = KEY_SECRET, .secret = str_of(secret)};
}

/* base64url(header).base64url(payload).signature over exactly these bytes. */
static inline str sign(arena *a, const key *k, const char *alg, str header, str payload) {
  str input = arena_printf(a, "%s.%s", arena_text(a, base64url_encode(a, header)),
                           arena_text(a, base64url_encode(a, payload)));
  str signature = {0};
  assert_true(jws_sign(a, k, algorithm_find(str_of(alg)), input, &signature));
  return arena_printf(a, "%s.%s", input.ptr, arena_text(a, base64url_encode(a, signature)));
}

static inline str sign_hs(arena *a, const char *header, const char *payload) {
  key k = secret_key(SECRET);
  return sign(a, &k, "HS256", str_of(header), str_of(payload));
}

static inline bt_refusal verdict(const bt_policy *p, str jwt, const bt_request *request,
                                 bt_result *r) {
  bt_status status = bt_verify(p, jwt.ptr, jwt.len, request, NOW, r);
  bt_refusal why = bt_result_refusal(r);
  assert_true((status == BT_ACCEPTED) == (why == BT_REFUSAL_NONE));
  return why;
}

static inline void assert_verdict(const char *rule, bt_refusal got, bt_refusal want,
                                  const bt_result *r) {
  if (got != want)
    print_error("%s: got %s (%s), want %s\n", rule, got ? bt_refusal_name(got) : "accepted",
                bt_result_detail(r), want ? bt_refusal_name(want) : "accepted");
  assert_int_equal(got, want);
}

#endif
