/* The verifier against a second one that is slow and plain (oracle.c): the same verdict on every
 * token. The input says which policy, who signs, what is done to the finished token, and holds
 * header and payload, divided by byte 0x1e; mutation changes members of these, so that most tokens
 * get as far as the claims. */
#include "batten/batten.h"
#include "oracle.h"
#include "token/strict.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW 1800000000.0

enum { DIVIDER = 0x1e, FIXED = 4, POLICIES = 5, KEYS = 6, TEXT_MAX = 6000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* ---- the world: keys and policies, told to both ---------------------------------------------- */

typedef struct {
  const char *algorithms, *more;
  int keys[4]; /* indexes, -1 ends */
  oracle_policy plain;
} pair;

static const struct {
  const char *alg, *kid;
} KEY_ROWS[KEYS] = {{"HS256", "h1"}, {"HS256", "h2"}, {"ES256", "e1"},
                    {"ES256", NULL}, {"EdDSA", "d1"}, {"PS256", "r1"}};

static pair WORLD[POLICIES] = {
    {"HS256", "", {0, -1}, {.algorithms = {"HS256"}}},
    {"HS256, HS384",
     "    try_all: true\n    typ: [at+jwt]\n    leeway: 60s\n",
     {0, 1, -1},
     {.algorithms = {"HS256", "HS384"}, .try_all = true, .typ = "at+jwt", .leeway = 60}},
    {"HS256",
     "    audience_exact: true\n    max_lifetime: 10m\n    required: [sub]\n",
     {0, 1, -1},
     {.algorithms = {"HS256"}, .exact = true, .max_lifetime = 600, .required = "sub"}},
    {"ES256, EdDSA",
     "    required: [x]\n",
     {2, 3, 4, -1},
     {.algorithms = {"ES256", "EdDSA"}, .required = "x"}},
    {"PS256, RS256", "", {5, -1}, {.algorithms = {"PS256", "RS256"}}},
};

static arena *world_memory;
static key keys[KEYS];
static bt_policy *policies[POLICIES];
static bt_result *plain_result, *cached_result;
static size_t judged, accepted;

static void tell(void) {
  fprintf(stderr, "differential: %zu verdicts compared, %zu of them acceptances\n", judged,
          accepted);
}

static void make_policy(size_t i) {
  arena *a = world_memory;
  pair *p = &WORLD[i];
  buf set = {.arena = a};
  p->plain.issuer = "me";
  p->plain.audience = "api";
  for (size_t k = 0; p->keys[k] >= 0; k++) {
    int which = p->keys[k];
    const char *kid = KEY_ROWS[which].kid, *alg = KEY_ROWS[which].alg;
    str jwk = key_jwk(a, &keys[which], str_of(kid ? kid : ""), str_of(alg));
    buf_printf(&set, "%s%.*s", k ? "," : "", STR_ARG(jwk));
    p->plain.keys[p->plain.key_count++] =
        (oracle_key){kid, alg, (const unsigned char *)keys[which].secret.ptr,
                     keys[which].secret.len, keys[which].pkey};
  }
  str name = arena_printf(a, "FUZZ_KEYS_%zu", i),
      value = arena_printf(a, "{\"keys\":[%.*s]}", STR_ARG(buf_str(&set)));
  setenv(arena_text(a, name), arena_text(a, value), 1);
  str text = arena_printf(a,
                          "version: 1\nissuers:\n  - issuer: me\n    algorithms: [%s]\n    "
                          "audiences: [api]\n    keys: {env: %.*s}\n%s",
                          p->algorithms, STR_ARG(name), p->more);
  policies[i] = bt_policy_load_text(text.ptr, text.len, "fuzz", ".", NULL, NULL);
  if (!policies[i])
    abort();
}

static void make_world(void) {
  world_memory = arena_new();
  for (size_t i = 0; i < KEYS; i++)
    keys[i] = key_generate(world_memory, algorithm_find(str_of(KEY_ROWS[i].alg)));
  for (size_t i = 0; i < POLICIES; i++)
    make_policy(i);
  plain_result = bt_result_new(0);
  cached_result = bt_result_new(1 << 16);
  atexit(tell);
}

/* ---- one token ------------------------------------------------------------------------------- */

/* A change to the finished token: most inputs leave it as it is. */
static str disturb(arena *a, str jwt, uint8_t how, uint8_t where) {
  static const char bytes[] = "=. A_-9\n+/\xc3";
  char *copy = arena_alloc(a, jwt.len + 2);
  size_t at = jwt.len * where / 256, from_end = jwt.len - 1 - where % 8;
  memcpy(copy, jwt.ptr, jwt.len);
  char byte = bytes[how / 4 % (sizeof bytes - 1)];
  if (how < 128 || jwt.len < 9)
    return jwt;
  if (how % 4 == 0)
    copy[at] = byte;
  if (how % 4 == 1)
    copy[from_end] = byte;
  if (how % 4 == 2)
    return str_from(copy, jwt.len - where % 8);
  if (how % 4 == 3) {
    memmove(copy + at + 1, copy + at, jwt.len - at);
    copy[at] = byte;
    return str_from(copy, jwt.len + 1);
  }
  return str_from(copy, jwt.len);
}

static str make_token(arena *a, const uint8_t *data, str header, str payload) {
  const key *k = &keys[data[1] % KEYS];
  str signature = {0}, input = arena_printf(a, "%.*s.%.*s", STR_ARG(base64url_encode(a, header)),
                                            STR_ARG(base64url_encode(a, payload)));
  const char *alg = data[1] % KEYS == 5 && data[1] & 64 ? "RS256" : KEY_ROWS[data[1] % KEYS].alg;
  if (!jws_sign(a, k, algorithm_find(str_of(alg)), input, &signature))
    abort();
  str jwt = arena_printf(a, "%.*s.%.*s", STR_ARG(input), STR_ARG(base64url_encode(a, signature)));
  return disturb(a, jwt, data[2], data[3]);
}

static void compare(const uint8_t *data, str jwt, bt_result *r, const char *about) {
  size_t i = data[0] % POLICIES;
  bool ours = bt_verify(policies[i], jwt.ptr, jwt.len, NULL, NOW, r) == BT_ACCEPTED;
  oracle_verdict theirs = oracle_verify(&WORLD[i].plain, jwt.ptr, jwt.len, NOW);
  judged++;
  accepted += ours;
  if (theirs == ORACLE_EITHER || ours == (theirs == ORACLE_ACCEPTS))
    return;
  fprintf(stderr, "%s: policy %zu: batten %s (%s), the oracle %s: %.*s\n", about, i,
          ours ? "accepts" : "refuses", ours ? "" : bt_refusal_name(bt_result_refusal(r)),
          theirs == ORACLE_ACCEPTS ? "accepts" : "refuses", STR_ARG(jwt));
  abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!world_memory)
    make_world();
  if (size < FIXED || size > TEXT_MAX)
    return 0;
  str rest = str_from(data + FIXED, size - FIXED);
  const char *divider = rest.len ? memchr(rest.ptr, DIVIDER, rest.len) : NULL;
  size_t at = divider ? (size_t)(divider - rest.ptr) : rest.len;
  arena *a = arena_new();
  str jwt = make_token(a, data, str_sub(rest, 0, at),
                       divider ? str_sub(rest, at + 1, rest.len) : STR(""));
  compare(data, jwt, plain_result, "without cache");
  compare(data, jwt, cached_result, "with cache");
  compare(data, jwt, cached_result, "with cache, again");
  arena_free(a);
  return 0;
}

/* ---- mutation -------------------------------------------------------------------------------- */

static const char *const PIECES[] = {
    "\"alg\":\"HS256\"",
    "\"alg\":\"HS384\"",
    "\"alg\":\"ES256\"",
    "\"alg\":\"EdDSA\"",
    "\"alg\":\"PS256\"",
    "\"alg\":\"RS256\"",
    "\"alg\":\"none\"",
    "\"kid\":\"h1\"",
    "\"kid\":\"h2\"",
    "\"kid\":\"e1\"",
    "\"kid\":\"d1\"",
    "\"kid\":\"r1\"",
    "\"kid\":\"x\"",
    "\"kid\":\"\"",
    "\"kid\":1",
    "\"typ\":\"at+jwt\"",
    "\"typ\":\"application/AT+JWT\"",
    "\"typ\":\"JWT\"",
    "\"typ\":null",
    "\"cty\":\"JWT\"",
    "\"cty\":\"json\"",
    "\"cty\":\"application/jwt\"",
    "\"crit\":[\"x\"]",
    "\"b64\":true",
    "\"zip\":\"DEF\"",
    "\"enc\":1",
    "\"jwk\":{}",
    "\"jku\":\"\"",
    "\"x5t#S256\":\"\"",
    "\"epk\":{}",
    "\"iss\":\"me\"",
    "\"iss\":[\"me\"]",
    "\"iss\":\"\\u006de\"",
    "\"aud\":\"api\"",
    "\"aud\":[\"api\"]",
    "\"aud\":[\"x\",\"\\u0061pi\"]",
    "\"aud\":[]",
    "\"aud\":[\"api\",1]",
    "\"sub\":\"u\"",
    "\"sub\":\"\"",
    "\"sub\":\"a\\u0000\"",
    "\"jti\":\"j\"",
    "\"jti\":7",
    "\"cnf\":{}",
    "\"x\":\"y\"",
    "\"x\":\"\"",
    "\"exp\":1800000300",
    "\"exp\":1800000000",
    "\"exp\":18e8",
    "\"exp\":1.8000003e9",
    "\"exp\":\"1800000300\"",
    "\"exp\":1800000000.5",
    "\"exp\":1799999940",
    "\"exp\":-0",
    "\"exp\":253402300799",
    "\"exp\":253402300800",
    "\"nbf\":1800000000",
    "\"nbf\":1800000060",
    "\"nbf\":0.0e5",
    "\"iat\":1799999990",
    "\"iat\":1800000061",
    "\"iat\":1799999700.25",
    "\"iat\":null",
    "\"a\":{\"b\":1,\"b\":2}",
    "\"\\u0061lg\":\"HS256\"",
    "\"\xc3\xa9\":\"\\ud83d\\ude00\"",
    "\"l\":\"\\ud800\"",
    "\"n\\u0000\":1",
    "\"d\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "\"f\":\"\xff\"",
    "\"i\":[1,-0.0,1e5,true,null,{}]",
    "\"\":\"\"",
    "\"x\":01",
    "\"x\":1.",
    "\xef\xbb\xbf",
    " \t\r\n",
    "{}",
    "[]",
    ",",
    "}"};

static size_t insert(uint8_t *data, size_t size, size_t max, size_t at, const char *text) {
  size_t len = strlen(text);
  if (size + len > max)
    return size;
  memmove(data + at + len, data + at, size - at);
  memcpy(data + at, text, len);
  return size + len;
}

/* Behind an opening brace or a comma outside of all else is where a member may stand. */
static size_t place(const uint8_t *data, size_t size, unsigned random) {
  size_t found = 0, at = size;
  for (size_t i = FIXED; i < size; i++)
    if ((data[i] == '{' || data[i] == ',') && random % ++found == 0)
      at = i + 1;
  return at;
}

static size_t add_member(uint8_t *data, size_t size, size_t max, unsigned random) {
  const char *piece = PIECES[random / 7 % (sizeof PIECES / sizeof *PIECES)];
  size_t at = place(data, size, random / 3), before = size;
  size = insert(data, size, max, at, piece);
  bool more = size > before && at + strlen(piece) < size && data[at + strlen(piece)] != '}';
  return more && *piece == '"' ? insert(data, size, max, at + strlen(piece), ",") : size;
}

/* Takes a member out, from its name to the next comma. */
static size_t drop_member(uint8_t *data, size_t size, unsigned random) {
  size_t at = place(data, size, random / 3), end = at;
  while (end < size && data[end] != ',' && data[end] != '}')
    end++;
  if (end < size && data[end] == ',')
    end++;
  memmove(data + at, data + end, size - end);
  return size - (end - at);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
  static const char start[] = "\0\0\0\0{\"alg\":\"HS256\"}\x1e{\"iss\":\"me\",\"aud\":\"api\","
                              "\"sub\":\"u\",\"x\":\"y\",\"iat\":1799999990,\"exp\":1800000300}";
  unsigned random = seed * 2654435761U >> 8;
  if (size < 40 && max >= sizeof start - 1) {
    memcpy(data, start, sizeof start - 1);
    size = sizeof start - 1;
  }
  switch (seed % 8) {
  case 0:
  case 1:
  case 2:
    return add_member(data, size, max, random);
  case 3:
    return drop_member(data, size, random);
  case 4:
    data[random % 2] = (uint8_t)(random >> 8);
    return add_member(data, size, max, random / 5);
  case 5:
    data[random % FIXED] = (uint8_t)(random >> 8);
    return size;
  case 6:
    data[2] = 0;
    return size;
  default:
    return LLVMFuzzerMutate(data, size, max);
  }
}
