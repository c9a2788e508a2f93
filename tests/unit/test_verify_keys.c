/* Keys: what may verify, what may never, and signatures at the edges of their numbers. */
#include "verify_world.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static const char *const PUBLIC_ALGORITHMS[] = {"RS256", "RS384", "RS512", "PS256", "PS384",
                                                "PS512", "ES256", "ES384", "ES512", "EdDSA"};

static key made(arena *a, const char *alg) {
  return key_generate(a, algorithm_find(str_of(alg)));
}

/* The public key as a JWK in TEST_KEY, and a policy for it. */
static bt_policy *policy_for(arena *a, const key *k, const char *algorithms, const char *kid,
                             const char *alg) {
  setenv("TEST_KEY", arena_text(a, key_jwk(a, k, str_of(kid), str_of(alg))), 1);
  return policy_of(a, algorithms, NULL, NULL);
}

static str header_of(arena *a, const char *alg) {
  return arena_printf(a, "{\"alg\":\"%s\"}", alg);
}

/* The token with its signature's bytes replaced. */
static str with_signature(arena *a, str jwt, str bytes) {
  size_t dot = jwt.len;
  while (jwt.ptr[dot - 1] != '.')
    dot--;
  return arena_printf(a, "%.*s%s", (int)dot, jwt.ptr, arena_text(a, base64url_encode(a, bytes)));
}

static str signature_of(arena *a, str jwt) {
  size_t dot = jwt.len;
  str out = {0};
  while (jwt.ptr[dot - 1] != '.')
    dot--;
  assert_true(base64url_decode(a, str_sub(jwt, dot, jwt.len), &out));
  return out;
}

/* rule 7: RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1; rule 8: RFC 7518 section 3.5 */
static void each_algorithm_takes_its_own_signatures_alone(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  for (size_t i = 0; i < sizeof PUBLIC_ALGORITHMS / sizeof *PUBLIC_ALGORITHMS; i++) {
    const char *alg = PUBLIC_ALGORITHMS[i];
    key k = made(a, alg), other = made(a, alg);
    bt_policy *p = policy_for(a, &k, alg, "", "");
    str jwt = sign(a, &k, alg, header_of(a, alg), STR(GOOD)),
        forged = sign(a, &other, alg, header_of(a, alg), STR(GOOD));
    for (int again = 0; again < 3; again++)
      assert_verdict(alg, verdict(p, jwt, NULL, r), BT_REFUSAL_NONE, r);
    assert_int_not_equal(verdict(p, forged, NULL, r), BT_REFUSAL_NONE);
    str signature = signature_of(a, jwt);
    for (size_t at = 0; at < signature.len; at += 7) {
      char *changed = arena_text(a, signature);
      changed[at] = (char)(changed[at] ^ 1);
      assert_int_not_equal(
          verdict(p, with_signature(a, jwt, str_from(changed, signature.len)), NULL, r),
          BT_REFUSAL_NONE);
    }
    assert_verdict(
        alg, verdict(p, with_signature(a, jwt, str_sub(signature, 1, signature.len)), NULL, r),
        BT_SIGNATURE_LENGTH, r);
    str longer = arena_printf(a, "%.*s", 0, "");
    buf b = {.arena = a};
    buf_put(&b, signature);
    buf_char(&b, 0);
    longer = buf_str(&b);
    assert_verdict(alg, verdict(p, with_signature(a, jwt, longer), NULL, r), BT_SIGNATURE_LENGTH,
                   r);
    assert_verdict(alg, verdict(p, jwt, NULL, r), BT_REFUSAL_NONE, r);
    bt_policy_free(p);
  }
  bt_result_free(r);
  arena_free(a);
}

/* rule 7: CVE-2022-21449: zero, the order, and above it */
static void ecdsa_numbers_outside_their_range_refuse(void **state) {
  (void)state;
  static const unsigned char order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
                                          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                          0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  key k = made(a, "ES256");
  bt_policy *p = policy_for(a, &k, "ES256", "", "");
  str jwt = sign(a, &k, "ES256", header_of(a, "ES256"), STR(GOOD)), good = signature_of(a, jwt);
  for (int which = 0; which < 6; which++) {
    char bytes[64];
    memcpy(bytes, good.ptr, 64);
    char *half = bytes + which % 2 * 32;
    if (which < 2)
      memset(half, 0, 32);
    if (which >= 2 && which < 4)
      memcpy(half, order, 32);
    if (which >= 4)
      memset(half, 0xff, 32);
    assert_verdict("rule 7", verdict(p, with_signature(a, jwt, str_from(bytes, 64)), NULL, r),
                   BT_SIGNATURE_RANGE, r);
  }
  char zero[64] = {0};
  assert_verdict("rule 7", verdict(p, with_signature(a, jwt, str_from(zero, 64)), NULL, r),
                 BT_SIGNATURE_RANGE, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 7: RFC 8017 section 5.2.2: not below the modulus */
static void an_rsa_signature_is_below_the_modulus(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  key k = made(a, "RS256");
  bt_policy *p = policy_for(a, &k, "RS256", "", "");
  char bytes[256];
  memset(bytes, 0xff, sizeof bytes);
  str jwt = sign(a, &k, "RS256", header_of(a, "RS256"), STR(GOOD));
  assert_verdict("rule 7", verdict(p, with_signature(a, jwt, str_from(bytes, 256)), NULL, r),
                 BT_SIGNATURE_RANGE, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 8: RFC 7518 section 3.5; rule 4: RFC 7517 section 4.4: one key, one family, and its own alg
 */
static void an_rsa_key_does_what_the_policy_and_its_alg_say(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  key k = made(a, "RS256");
  str rs = sign(a, &k, "RS256", header_of(a, "RS256"), STR(GOOD)),
      ps = sign(a, &k, "PS256", header_of(a, "PS256"), STR(GOOD));
  bt_policy *both = policy_for(a, &k, "RS256, PS256", "", ""),
            *one = policy_for(a, &k, "RS256, PS256", "", "PS256");
  assert_verdict("rule 8", verdict(both, rs, NULL, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 8", verdict(both, ps, NULL, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 4", verdict(one, ps, NULL, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 4", verdict(one, rs, NULL, r), BT_ALG_KEY_MISMATCH, r);
  /* the label alone makes no PSS signature of it */
  str swapped = sign(a, &k, "RS256", header_of(a, "PS256"), STR(GOOD));
  assert_verdict("rule 8", verdict(both, swapped, NULL, r), BT_SIGNATURE_INVALID, r);
  bt_policy_free(both);
  bt_policy_free(one);
  bt_result_free(r);
  arena_free(a);
}

/* rule 4: CVE-2015-9235, CVE-2016-5431, CVE-2016-10555, CVE-2022-29217, CVE-2023-48238,
 * CVE-2024-33663, CVE-2024-54150: the public key as a secret */
static void a_public_key_is_never_an_hmac_secret(void **state) {
  (void)state;
  static const char *const algorithms[] = {"RS256", "ES256", "EdDSA"};
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  for (size_t i = 0; i < 3; i++) {
    key k = made(a, algorithms[i]);
    k.certificate = key_certificate(a, &k, STR("x"));
    key_form_list forms = key_public_forms(a, &k);
    bt_policy *p = policy_for(a, &k, algorithms[i], "", "");
    for (size_t f = 0; f < forms.len; f++) {
      key secret = {.kind = KEY_SECRET, .secret = forms.at[f].bytes};
      str jwt = sign(a, &secret, "HS256", STR(HS), STR(GOOD));
      assert_verdict(forms.at[f].name, verdict(p, jwt, NULL, r), BT_ALG_NOT_ALLOWED, r);
      if (memchr(forms.at[f].bytes.ptr, 0, forms.at[f].bytes.len))
        continue; /* no environment holds it; see below */
      setenv("TEST_KEY", arena_text(a, forms.at[f].bytes), 1);
      bt_policy *confused = load("version: 1\nissuers: [{issuer: me, algorithms: [HS256], "
                                 "audiences: [api], keys: {env: TEST_KEY}}]\n");
      if (confused)
        print_error("%s was taken as a secret\n", forms.at[f].name);
      assert_null(confused);
      setenv("TEST_KEY", arena_printf(a, "junk %s", arena_text(a, forms.at[f].bytes)).ptr, 1);
      if (str_contains(forms.at[f].bytes,
                       STR("-----"))) /* CVE-2022-23541, CVE-2023-48223: text before the label */
        assert_null(load("version: 1\nissuers: [{issuer: me, algorithms: [HS256], audiences: "
                         "[api], keys: {env: TEST_KEY}}]\n"));
      str wrapped = arena_printf(a, "{\"kty\":\"oct\",\"k\":\"%s\"}",
                                 arena_text(a, base64url_encode(a, forms.at[f].bytes)));
      setenv("TEST_KEY", arena_text(a, wrapped), 1);
      assert_null(load("version: 1\nissuers: [{issuer: me, algorithms: [HS256], audiences: [api], "
                       "keys: {env: TEST_KEY}}]\n"));
    }
    bt_policy_free(p);
  }
  bt_result_free(r);
  arena_free(a);
}

typedef struct {
  const char *rule, *algorithms, *text, *message; /* message NULL: it loads */
} key_row;

#define RSA_N                                                                                     \
  "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"       \
  "BJECPebWKRXjBZCiFV4n3oknj"                                                                     \
  "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"                               \
  "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"                                             \
  "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-" \
  "csFCur-kEgU8awapJzK"                                                                           \
  "nqDKgw"
#define RSA(more) "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\"," more "}"
#define P256_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define P256_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC(more) \
  "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"" more "}"

static void keys_are_fit_or_refused_with_a_reason(void **state) {
  (void)state;
  static const key_row rows[] = {
      {"rule 6: RFC 7518 section 3.3", "RS256", RSA("\"e\":\"AQAB\""), NULL},
      {"rule 6: RFC 8017 section 3.1: exponent 3", "RS256", RSA("\"e\":\"Aw\""), "at least 65537"},
      {"rule 6: RFC 8017 section 3.1: exponent 1", "RS256", RSA("\"e\":\"AQ\""), "at least 65537"},
      {"rule 6: RFC 8017 section 3.1: an even exponent", "RS256", RSA("\"e\":\"AQAA\""), "odd"},
      {"rule 6: RFC 7518 section 3.3: a short modulus", "RS256",
       "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"
       "\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSow\""
       "}",
       "at least 2048"},
      {"rule 2: RFC 7515 section 2: padding in a key", "RS256",
       "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RSA_N "==\"}", "strict base64url"},
      {"rule 6: RFC 8725 section 3.4: on the curve", "ES256", EC(""), NULL},
      {"rule 6: RFC 8725 section 3.4: off the curve", "ES256",
       "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_X "\"}", "no point"},
      {"rule 6: RFC 7518 section 6.2.1.2: short coordinates", "ES256",
       "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83O\",\"y\":\"x_FE\"}", "32 bytes"},
      {"rule 6: RFC 8812: secp256k1 is off", "ES256",
       "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}",
       "not P-256"},
      {"rule 6: RFC 8037 section 2", "EdDSA",
       "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"
       "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
       NULL},
      {"rule 6: RFC 8725 section 3.4: a point of small order", "EdDSA",
       "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
       "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
       "small order"},
      {"rule 6: RFC 8037 section 3.1: Ed448 is off", "EdDSA",
       "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AAAA\"}", "not Ed25519"},
      {"rule 6: RFC 7518 section 3.2: 31 bytes", "HS256", "0123456789abcdef0123456789abcde",
       "at least 32"},
      {"rule 6: RFC 7518 section 3.2: 32 bytes for HS512", "HS256, HS512", SECRET, "at least 64"},
      {"rule 6: jwt/ruby-jwt#723: an empty secret", "HS256", "{\"kty\":\"oct\",\"k\":\"\"}",
       "empty"},
      {"rule 4: RFC 8725 section 3.1: a secret for RS256", "RS256", SECRET, "fits none"},
      {"rule 4: CVE-2022-23539: an EC key for RS256", "RS256", EC(""), "fits none"},
      {"rule 4: RFC 7517 section 4.4: alg of another type", "ES256", EC(",\"alg\":\"RS256\""),
       "does not fit"},
      {"rule 4: RFC 7517 section 4.2: for encryption", "ES256", EC(",\"use\":\"enc\""),
       "not \"sig\""},
      {"rule 4: RFC 7517 section 4.3: not for verifying", "ES256", EC(",\"key_ops\":[\"sign\"]"),
       "verify"},
      {"rule 23: RFC 7517 section 9.2: a private key", "ES256", EC(",\"d\":\"AAAA\""),
       "private key"},
      {"rule 23: RFC 7517 section 5: a set", "ES256", "{\"keys\":[" EC(",\"kid\":\"a\"") "]}",
       NULL},
      {"rule 23: RFC 7517 section 5: a private one beside it is left out", "ES256",
       "{\"keys\":[" EC(",\"kid\":\"a\"") "," EC(",\"kid\":\"b\",\"d\":\"AAAA\"") "]}", NULL},
      {"rule 23: RFC 7517 section 4.5: a doubled kid", "ES256",
       "{\"keys\":[" EC(",\"kid\":\"a\"") "," EC(",\"kid\":\"a\"") "]}", "no key"},
      {"rule 23: RFC 7517 section 4.5: two kinds under one kid", "ES256, RS256",
       "{\"keys\":[" EC(",\"kid\":\"a\"") "," RSA("\"e\":\"AQAB\",\"kid\":\"a\"") "]}", "no key"},
      {"rule 3: RFC 7517 section 4: a doubled member", "ES256", EC(",\"kty\":\"EC\""), "twice"},
      {"rule 23: RFC 7517 section 4.1", "ES256", "{\"kty\":\"ec\"}", "must be RSA"},
  };
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    setenv("TEST_KEY", rows[i].text, 1);
    str text = arena_printf(a,
                            "version: 1\nissuers: [{issuer: me, algorithms: [%s], audiences: "
                            "[api], keys: {env: TEST_KEY}}]\n",
                            rows[i].algorithms);
    bt_policy *p = load(arena_text(a, text));
    bool as_wanted = rows[i].message ? !p && strstr(last_problem, rows[i].message) : p != NULL;
    if (!as_wanted)
      print_error("%s: %s: %s\n", rows[i].rule, p ? "loaded" : "refused", last_problem);
    assert_true(as_wanted);
    bt_policy_free(p);
  }
  arena_free(a);
}

/* rule 11: RFC 7517 section 4.5 */
static void a_kid_selects_among_the_issuers_own_keys(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  key first = made(a, "ES256"), second = made(a, "ES256");
  str set =
      arena_printf(a, "{\"keys\":[%s,%s]}", arena_text(a, key_jwk(a, &first, STR("a"), STR(""))),
                   arena_text(a, key_jwk(a, &second, STR("b"), STR(""))));
  setenv("TEST_KEY", arena_text(a, set), 1);
  bt_policy *p = policy_of(a, "ES256", NULL, NULL),
            *all = policy_of(a, "ES256", "    try_all: true", NULL);
  str with_a = STR("{\"alg\":\"ES256\",\"kid\":\"a\"}"),
      with_b = STR("{\"alg\":\"ES256\",\"kid\":\"b\"}");
  assert_verdict("rule 11: its own",
                 verdict(p, sign(a, &first, "ES256", with_a, STR(GOOD)), NULL, r), BT_REFUSAL_NONE,
                 r);
  assert_verdict("rule 11: another's",
                 verdict(p, sign(a, &first, "ES256", with_b, STR(GOOD)), NULL, r),
                 BT_SIGNATURE_INVALID, r);
  str unknown = sign(a, &first, "ES256", STR("{\"alg\":\"ES256\",\"kid\":\"../a\"}"), STR(GOOD));
  assert_verdict("rule 11: unknown", verdict(p, unknown, NULL, r), BT_KID_UNKNOWN, r);
  assert_verdict("rule 11: unknown, also when all are tried", verdict(all, unknown, NULL, r),
                 BT_KID_UNKNOWN, r);
  str none = sign(a, &second, "ES256", STR("{\"alg\":\"ES256\"}"), STR(GOOD));
  assert_verdict("rule 11: none, two fit", verdict(p, none, NULL, r), BT_KID_AMBIGUOUS, r);
  assert_verdict("rule 11: none, all tried", verdict(all, none, NULL, r), BT_REFUSAL_NONE, r);
  bt_policy_free(p);
  bt_policy_free(all);
  bt_result_free(r);
  arena_free(a);
}

#define SET_ALGORITHMS "RS256, ES256, EdDSA"

/* rule 23: RFC 7517 section 5: what an implementation does not know or use is passed over; told
 * once, however much it is */
static void what_a_set_holds_besides_is_left_out_in_one_line(void **state) {
  static const char besides[] =
      RSA("\"e\":\"AQAB\",\"use\":\"enc\",\"alg\":\"RSA-OAEP\",\"kid\":\"for-"
          "encryption\"") ","
                          "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-65\",\"kid\":\"later\","
                          "\"pub\":\"AAAA\"},"
                          "{\"kty\":\"RSA\",\"kid\":\"x5c\",\"x5c\":[\"AAAA\"]},{"
                          "\"kid\":\"no-type\"},7,null,[],{},"
                          "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":"
                          "\"AA\"}," EC(",\"kid\":\"mine\",\"d\":\"AAAA\"") "," EC(
                              ",\"kid\":\"two\"") "," EC(",\"kid\":\"two\"");
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  (void)state;
  key own = made(a, "ES256");
  str set = arena_printf(a, "{\"keys\":[%s,%s],\"issuer\":\"x\"}", besides,
                         arena_text(a, key_jwk(a, &own, STR("own"), STR(""))));
  setenv("TEST_KEY", arena_text(a, set), 1);
  bt_policy *p = policy_of(a, SET_ALGORITHMS, NULL, NULL);
  assert_non_null(strstr(last_problem, "12 of 13 keys are left out: kid for-encryption: "));
  assert_non_null(strstr(last_problem, "kid later: "));
  assert_non_null(strstr(last_problem, "; and 9 more"));
  assert_int_equal(bt_policy_issuer(p, 0, NOW).key_count, 1);
  str jwt = sign(a, &own, "ES256", STR("{\"alg\":\"ES256\",\"kid\":\"own\"}"), STR(GOOD));
  assert_verdict("rule 23: RFC 7517 section 5", verdict(p, jwt, NULL, r), BT_REFUSAL_NONE, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 23: RFC 7517 section 5: a provider's set of many tenants or apps */
static void a_set_of_hundreds_of_keys_is_used_whole(void **state) {
  enum { MANY = 700 };

  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  buf set = {.arena = a};
  key first = made(a, "EdDSA"), last = made(a, "EdDSA");
  (void)state;
  buf_printf(&set, "{\"keys\":[%s", arena_text(a, key_jwk(a, &first, STR("0"), STR("EdDSA"))));
  for (int i = 1; i < MANY - 1; i++) {
    key k = key_generate(a, algorithm_find(STR("EdDSA")));
    str kid = arena_printf(a, "%d", i);
    buf_printf(&set, ",%s", arena_text(a, key_jwk(a, &k, kid, STR("EdDSA"))));
  }
  buf_printf(&set, ",%s]}", arena_text(a, key_jwk(a, &last, STR("last"), STR("EdDSA"))));
  setenv("TEST_KEY", arena_text(a, buf_str(&set)), 1);
  bt_policy *p = policy_of(a, "EdDSA", NULL, NULL);
  assert_int_equal(bt_policy_issuer(p, 0, NOW).key_count, MANY);
  assert_string_equal(last_problem, "");
  str good = sign(a, &last, "EdDSA", STR("{\"alg\":\"EdDSA\",\"kid\":\"last\"}"), STR(GOOD)),
      other = sign(a, &first, "EdDSA", STR("{\"alg\":\"EdDSA\",\"kid\":\"last\"}"), STR(GOOD)),
      nameless = sign(a, &last, "EdDSA", STR("{\"alg\":\"EdDSA\"}"), STR(GOOD));
  assert_verdict("rule 11: the last of many", verdict(p, good, NULL, r), BT_REFUSAL_NONE, r);
  assert_verdict("rule 11: another's", verdict(p, other, NULL, r), BT_SIGNATURE_INVALID, r);
  assert_verdict("rule 11: no kid", verdict(p, nameless, NULL, r), BT_KID_AMBIGUOUS, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 4: RFC 9864 section 2.2: Ed25519 says the curve too; here it is EdDSA's other name */
static void ed25519_and_eddsa_are_one_algorithm(void **state) {
  static const char *const names[] = {"EdDSA", "Ed25519"};
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  (void)state;
  key k = made(a, "EdDSA");
  for (int i = 0; i < 8; i++) {
    const char *in_policy = names[i & 1], *in_key = names[i >> 1 & 1], *in_header = names[i >> 2];
    bt_policy *p = policy_for(a, &k, in_policy, "", in_key);
    str header = arena_printf(a, "{\"alg\":\"%s\"}", in_header);
    assert_verdict("rule 4: RFC 9864", verdict(p, sign(a, &k, "EdDSA", header, STR(GOOD)), NULL, r),
                   BT_REFUSAL_NONE, r);
    str lower = sign(a, &k, "EdDSA", STR("{\"alg\":\"ed25519\"}"), STR(GOOD));
    assert_verdict("rule 4: RFC 9864: exact case", verdict(p, lower, NULL, r), BT_ALG_NOT_ALLOWED,
                   r);
    str other = sign(a, &k, "EdDSA", STR("{\"alg\":\"Ed448\"}"), STR(GOOD));
    assert_verdict("rule 4: RFC 9864: Ed448", verdict(p, other, NULL, r), BT_ALG_NOT_ALLOWED, r);
    bt_policy_free(p);
  }
  assert_null(load("version: 1\nissuers: [{issuer: me, algorithms: [EdDSA, Ed25519], audiences: "
                   "[api], keys: {env: TEST_KEY}}]\n"));
  assert_non_null(strstr(last_problem, "one algorithm here"));
  assert_null(load("version: 1\nissuers: [{issuer: me, algorithms: [ed25519], audiences: [api], "
                   "keys: {env: TEST_KEY}}]\n"));
  assert_non_null(strstr(last_problem, "did you mean 'Ed25519'"));
  bt_result_free(r);
  arena_free(a);
}

/* rule 13: RFC 8725 section 3.8: one issuer's key never signs for another */
static void an_issuers_key_is_no_other_issuers(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  setenv("TEST_KEY", SECRET, 1);
  setenv("OTHER_KEY", "fedcba9876543210fedcba9876543210", 1);
  bt_policy *p =
      load("version: 1\nissuers:\n"
           "  - {issuer: me, algorithms: [HS256], audiences: [api], keys: {env: TEST_KEY}}\n"
           "  - {issuer: you, algorithms: [HS256], audiences: [api], keys: {env: OTHER_KEY}}\n");
  assert_non_null(p);
  assert_verdict("rule 13", verdict(p, sign_hs(a, HS, GOOD), NULL, r), BT_REFUSAL_NONE, r);
  assert_int_equal(bt_result_issuer_index(r), 0);
  str crossed = sign_hs(a, HS, "{\"iss\":\"you\",\"aud\":\"api\"," TIMES "}");
  assert_verdict("rule 13", verdict(p, crossed, NULL, r), BT_SIGNATURE_INVALID, r);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* The HMAC states of our own against OpenSSL's HMAC, over lengths around the block. */
static void macs_are_those_of_openssl(void **state) {
  (void)state;
  static const char *const algorithms[] = {"HS256", "HS384", "HS512"};
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  char text[200];
  memset(text, 'k', sizeof text);
  for (size_t len = 64; len < 180; len += 13) {
    text[len] = 0;
    setenv("TEST_KEY", text, 1);
    for (size_t i = 0; i < 3; i++) {
      key k = secret_key(text);
      bt_policy *p = policy_of(a, algorithms[i], NULL, NULL);
      str jwt = sign(a, &k, algorithms[i], header_of(a, algorithms[i]),
                     arena_printf(a, "{" BASE ",\"x\":\"%.*s\"}", (int)len, text));
      assert_verdict("rule 7: RFC 7518 section 3.2", verdict(p, jwt, NULL, r), BT_REFUSAL_NONE, r);
      bt_policy_free(p);
    }
    text[len] = 'k';
  }
  bt_result_free(r);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_algorithm_takes_its_own_signatures_alone),
      cmocka_unit_test(ecdsa_numbers_outside_their_range_refuse),
      cmocka_unit_test(an_rsa_signature_is_below_the_modulus),
      cmocka_unit_test(an_rsa_key_does_what_the_policy_and_its_alg_say),
      cmocka_unit_test(a_public_key_is_never_an_hmac_secret),
      cmocka_unit_test(keys_are_fit_or_refused_with_a_reason),
      cmocka_unit_test(a_kid_selects_among_the_issuers_own_keys),
      cmocka_unit_test(what_a_set_holds_besides_is_left_out_in_one_line),
      cmocka_unit_test(a_set_of_hundreds_of_keys_is_used_whole),
      cmocka_unit_test(ed25519_and_eddsa_are_one_algorithm),
      cmocka_unit_test(an_issuers_key_is_no_other_issuers),
      cmocka_unit_test(macs_are_those_of_openssl),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
