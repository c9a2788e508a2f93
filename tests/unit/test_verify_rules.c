/* Every rule of the verifier by rows: a token that breaks just this rule, beside a twin that keeps
 * it. */
#include "verify_world.h"

typedef struct {
  const char *rule; /* and its source */
  const char *header, *claims;
  const char *issuer, *top; /* more of the policy; NULL: nothing */
  bt_refusal want;
} row;

#define OK BT_REFUSAL_NONE
#define WITH(more) "{" BASE "," more "}"

static const row ROWS[] = {
    {"rule 3: RFC 8259: white space where JSON allows it", " {\"alg\" :\t\"HS256\"}\n", GOOD, 0, 0,
     OK},
    {"rule 3: RFC 8259 section 2: trailing bytes", HS " x", GOOD, 0, 0, BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 2: trailing bytes", HS, GOOD "}", 0, 0, BT_JSON_INVALID},
    {"rule 3: RFC 7519 section 7.2: an array", HS, "[1]", 0, 0, BT_JSON_NOT_OBJECT},
    {"rule 3: RFC 7519 section 7.2: a string", "\"x\"", GOOD, 0, 0, BT_JSON_NOT_OBJECT},
    {"rule 3: RFC 7519 section 4: a doubled claim", HS, WITH("\"sub\":\"v\""), 0, 0,
     BT_JSON_DUPLICATE},
    {"rule 3: RFC 7519 section 4: doubled by an escape", HS, WITH("\"\\u0073ub\":\"v\""), 0, 0,
     BT_JSON_DUPLICATE},
    {"rule 3: RFC 8725 section 2.4: doubled in depth", HS,
     WITH("\"x\":{\"a\":1,\"b\":[{\"c\":1,\"c\":2}]}"), 0, 0, BT_JSON_DUPLICATE},
    {"rule 3: RFC 7519 section 4: the same name in two objects is no double", HS,
     WITH("\"x\":{\"a\":1},\"y\":{\"a\":1}"), 0, 0, OK},
    {"rule 3: RFC 7515 section 4: a doubled header parameter",
     "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", GOOD, 0, 0, BT_JSON_DUPLICATE},
    {"rule 3: RFC 8259 section 8.1: no byte-order mark", "\xEF\xBB\xBF" HS, GOOD, 0, 0,
     BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 8.1: UTF-8", HS, WITH("\"x\":\"\xC3\xA9\""), 0, 0, OK},
    {"rule 3: RFC 8259 section 8.1: UTF-8", HS, WITH("\"x\":\"\xC3\""), 0, 0, BT_JSON_INVALID},
    {"rule 3: RFC 3629 section 3: overlong", HS, WITH("\"x\":\"\xC0\xAF\""), 0, 0, BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 8.2: a surrogate pair", HS, WITH("\"x\":\"\\uD83D\\uDE00\""), 0, 0,
     OK},
    {"rule 3: RFC 8259 section 8.2: half a pair", HS, WITH("\"x\":\"\\uD83D\""), 0, 0,
     BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 8.2: the other half", HS, WITH("\"x\":\"\\uDE00\""), 0, 0,
     BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 7: a NUL escape in a name", HS, WITH("\"x\\u0000y\":1"), 0, 0,
     BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 7: a NUL escape in a value", HS, WITH("\"x\":\"a\\u0000\""), 0, 0,
     OK},
    {"rule 3: RFC 8259 section 6: a number past all doubles", HS, WITH("\"x\":1e400"), 0, 0,
     BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 6: a leading zero", HS, WITH("\"x\":01"), 0, 0, BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 6: NaN", HS, WITH("\"x\":NaN"), 0, 0, BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 7: a raw newline in a string", HS, WITH("\"x\":\"a\nb\""), 0, 0,
     BT_JSON_INVALID},
    {"rule 3: RFC 8259 section 5: a trailing comma", HS, WITH("\"x\":[1,]"), 0, 0, BT_JSON_INVALID},

    {"rule 4: RFC 7515 section 4.1.1: alg missing", "{}", GOOD, 0, 0, BT_ALG_MISSING},
    {"rule 4: RFC 7515 section 4.1.1: alg no string", "{\"alg\":[\"HS256\"]}", GOOD, 0, 0,
     BT_ALG_MISSING},
    {"rule 4: RFC 8725 section 3.1: exact case", "{\"alg\":\"hs256\"}", GOOD, 0, 0,
     BT_ALG_NOT_ALLOWED},
    {"rule 4: RFC 8725 section 3.1: not in the list", "{\"alg\":\"HS512\"}", GOOD, 0, 0,
     BT_ALG_NOT_ALLOWED},
    {"rule 5: RFC 8725 section 3.2: none", "{\"alg\":\"none\"}", GOOD, 0, 0, BT_ALG_NONE},
    {"rule 5: CVE-2018-1000531, CVE-2022-23540: none in another case", "{\"alg\":\"NonE\"}", GOOD,
     0, 0, BT_ALG_NONE},

    {"rule 9: RFC 7515 section 4.1.11: unknown", "{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}",
     GOOD, 0, 0, BT_CRIT_UNKNOWN},
    {"rule 9: RFC 7515 section 4.1.11: empty", "{\"alg\":\"HS256\",\"crit\":[]}", GOOD, 0, 0,
     BT_CRIT_UNKNOWN},
    {"rule 9: RFC 7797 section 3: b64", "{\"alg\":\"HS256\",\"b64\":false}", GOOD, 0, 0,
     BT_B64_FALSE},
    {"rule 9: RFC 7797 section 6: b64 in crit",
     "{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", GOOD, 0, 0, BT_CRIT_UNKNOWN},
    {"rule 9: RFC 7516 section 4.1.3: zip, CVE-2024-33664", "{\"alg\":\"HS256\",\"zip\":\"DEF\"}",
     GOOD, 0, 0, BT_ENCRYPTED_OR_NESTED},
    {"rule 9: RFC 7516 section 4.1.2: enc, CVE-2023-51774",
     "{\"alg\":\"HS256\",\"enc\":\"A128GCM\"}", GOOD, 0, 0, BT_ENCRYPTED_OR_NESTED},
    {"rule 9: RFC 7519 section 5.2: a nested token", "{\"alg\":\"HS256\",\"cty\":\"JWT\"}", GOOD, 0,
     0, BT_ENCRYPTED_OR_NESTED},
    {"rule 9: RFC 7515 section 4.1.10: any other cty", "{\"alg\":\"HS256\",\"cty\":\"json\"}", GOOD,
     0, 0, OK},

    {"rule 10: CVE-2018-0114: jwk", "{\"alg\":\"HS256\",\"jwk\":{}}", GOOD, 0, 0, BT_HEADER_KEY},
    {"rule 10: RFC 8725 section 3.10: jku", "{\"alg\":\"HS256\",\"jku\":\"https://x/\"}", GOOD, 0,
     0, BT_HEADER_KEY},
    {"rule 10: RFC 7515 section 4.1.5: x5u", "{\"alg\":\"HS256\",\"x5u\":\"https://x/\"}", GOOD, 0,
     0, BT_HEADER_KEY},
    {"rule 10: RFC 7515 section 4.1.6: x5c", "{\"alg\":\"HS256\",\"x5c\":[]}", GOOD, 0, 0,
     BT_HEADER_KEY},
    {"rule 10: RFC 7515 section 4.1.7: x5t", "{\"alg\":\"HS256\",\"x5t\":\"x\"}", GOOD, 0, 0,
     BT_HEADER_KEY},
    {"rule 10: RFC 7515 section 4.1.7: x5t tolerated", "{\"alg\":\"HS256\",\"x5t\":\"x\"}", GOOD,
     "    tolerate_header: [x5t]", 0, OK},
    {"rule 10: RFC 7515 section 4.1.5: tolerating one is not tolerating all",
     "{\"alg\":\"HS256\",\"x5u\":\"x\"}", GOOD, "    tolerate_header: [x5t]", 0, BT_HEADER_KEY},

    {"rule 11: RFC 7515 section 4.1.4: kid no string", "{\"alg\":\"HS256\",\"kid\":7}", GOOD, 0, 0,
     BT_KID_INVALID},
    {"rule 11: RFC 7515 section 4.1.4: kid empty", "{\"alg\":\"HS256\",\"kid\":\"\"}", GOOD, 0, 0,
     BT_KID_INVALID},

    {"rule 12: RFC 9068 section 4: at+jwt", "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", GOOD,
     "    typ: [at+jwt]", 0, OK},
    {"rule 12: RFC 7515 section 4.1.9: the long form, any case",
     "{\"alg\":\"HS256\",\"typ\":\"Application/AT+JWT\"}", GOOD, "    typ: [at+jwt]", 0, OK},
    {"rule 12: RFC 8725 section 3.11: another type", "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", GOOD,
     "    typ: [at+jwt]", 0, BT_TYP_MISMATCH},
    {"rule 12: RFC 8725 section 3.11: missing", HS, GOOD, "    typ: [at+jwt]", 0, BT_TYP_MISMATCH},
    {"rule 12: RFC 8725 section 3.11: no prefix match", "{\"alg\":\"HS256\",\"typ\":\"at+jwtx\"}",
     GOOD, "    typ: [at+jwt]", 0, BT_TYP_MISMATCH},

    {"rule 13: RFC 8725 section 3.8: missing", HS, "{\"aud\":\"api\"," TIMES "}", 0, 0,
     BT_ISS_MISSING},
    {"rule 13: CVE-2025-30144: a list", HS, "{\"iss\":[\"me\"],\"aud\":\"api\"," TIMES "}", 0, 0,
     BT_ISS_MISSING},
    {"rule 13: CVE-2024-53861: part of the name", HS, "{\"iss\":\"m\",\"aud\":\"api\"," TIMES "}",
     0, 0, BT_ISS_UNKNOWN},
    {"rule 13: RFC 8725 section 3.8: a longer name", HS,
     "{\"iss\":\"me \",\"aud\":\"api\"," TIMES "}", 0, 0, BT_ISS_UNKNOWN},

    {"rule 14: RFC 7519 section 4.1.3: missing", HS, "{\"iss\":\"me\"," TIMES "}", 0, 0,
     BT_AUD_MISSING},
    {"rule 14: RFC 7519 section 4.1.3: one of several", HS,
     "{\"iss\":\"me\",\"aud\":[\"x\",\"api\"]," TIMES "}", 0, 0, OK},
    {"rule 14: RFC 7519 section 4.1.3: written with an escape", HS,
     "{\"iss\":\"me\",\"aud\":[\"\\u0061pi\"]," TIMES "}", 0, 0, OK},
    {"rule 14: RFC 7519 section 4.1.3: another", HS, "{\"iss\":\"me\",\"aud\":\"apis\"," TIMES "}",
     0, 0, BT_AUD_MISMATCH},
    {"rule 14: CVE-2020-26160: an empty list", HS, "{\"iss\":\"me\",\"aud\":[]," TIMES "}", 0, 0,
     BT_AUD_INVALID},
    {"rule 14: CVE-2020-26160: no strings", HS, "{\"iss\":\"me\",\"aud\":[\"api\",1]," TIMES "}", 0,
     0, BT_AUD_INVALID},
    {"rule 14: RFC 7519 section 4.1.3: an object", HS,
     "{\"iss\":\"me\",\"aud\":{\"api\":1}," TIMES "}", 0, 0, BT_AUD_INVALID},
    {"rule 14: RFC 8725 section 3.9: a foreign one besides", HS,
     "{\"iss\":\"me\",\"aud\":[\"x\",\"api\"]," TIMES "}", "    audience_exact: true", 0,
     BT_AUD_MISMATCH},
    {"rule 14: RFC 8725 section 3.9: exactly ours", HS,
     "{\"iss\":\"me\",\"aud\":[\"api\"]," TIMES "}", "    audience_exact: true", 0, OK},

    {"rule 15: RFC 7519 section 4.1.4: no exp", HS, "{\"iss\":\"me\",\"aud\":\"api\"}", 0, 0,
     BT_EXP_MISSING},
    {"rule 15: RFC 7519 section 4.1.4: no exp, where the policy says so", HS,
     "{\"iss\":\"me\",\"aud\":\"api\"}", "    require_exp: false", 0, OK},
    {"rule 15: RFC 7519 section 4.1.4: on the second of exp", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1800000000}", 0, 0, BT_EXPIRED},
    {"rule 15: RFC 7519 section 4.1.4: within the leeway", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1799999990}", "    leeway: 30s", 0, OK},
    {"rule 15: RFC 7519 section 2: a fraction", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1800000000.5}", 0, 0, OK},
    {"rule 15: RFC 7519 section 2: an exponent", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1.9e9}", 0, 0, OK},
    {"rule 15: RFC 7519 section 2: a string", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":\"1800000300\"}", 0, 0, BT_TIME_INVALID},
    {"rule 15: RFC 7519 section 2: out of bounds", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1e300}", 0, 0, BT_TIME_INVALID},
    {"rule 15: RFC 7519 section 2: negative", HS, "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":-1}", 0,
     0, BT_TIME_INVALID},
    {"rule 15: RFC 7519 section 4.1.5: nbf to come", HS, WITH("\"nbf\":1800000001"), 0, 0,
     BT_NOT_YET_VALID},
    {"rule 15: RFC 7519 section 4.1.5: nbf now", HS, WITH("\"nbf\":1800000000"), 0, 0, OK},
    {"rule 15: RFC 7519 section 4.1.5: nbf null", HS, WITH("\"nbf\":null"), 0, 0, BT_TIME_INVALID},
    {"rule 15: RFC 7519 section 4.1.6: iat to come", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"iat\":1800000001,\"exp\":1800000300}", 0, 0,
     BT_ISSUED_IN_FUTURE},
    {"rule 15: RFC 8725 section 3.10: lifetime kept", HS, GOOD, "    max_lifetime: 10m", 0, OK},
    {"rule 15: RFC 8725 section 3.10: lives too long", HS, GOOD, "    max_lifetime: 5m", 0,
     BT_LIFETIME_TOO_LONG},
    {"rule 15: RFC 7519 section 4.1.6: lifetime without iat", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"exp\":1800000300}", "    max_lifetime: 10m", 0,
     BT_IAT_MISSING},

    {"rule 16: policy: required and there", HS, WITH("\"jti\":\"1\""),
     "    required: [sub, jti, iat]", 0, OK},
    {"rule 16: policy: missing", HS, GOOD, "    required: [jti]", 0, BT_CLAIM_MISSING},
    {"rule 16: policy: empty", HS, WITH("\"jti\":\"\""), "    required: [jti]", 0,
     BT_CLAIM_INVALID},
    {"rule 16: RFC 7519 section 4.1.2: sub a number", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"sub\":7," TIMES "}", 0, 0, BT_CLAIM_INVALID},
    {"rule 16: policy: a NUL in sub", HS,
     "{\"iss\":\"me\",\"aud\":\"api\",\"sub\":\"a\\u0000b\"," TIMES "}", 0, 0, BT_CLAIM_INVALID},

    {"rule 19: RFC 8705 section 3: bound, nothing shown", HS,
     WITH("\"cnf\":{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"), 0, 0,
     BT_CERTIFICATE_MISSING},
    {"rule 19: RFC 9449 section 7: bound, no proof", HS,
     WITH("\"cnf\":{\"jkt\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"), 0, 0,
     BT_DPOP_MISSING},
    {"rule 19: RFC 7800 section 3: bound in another way", HS, WITH("\"cnf\":{\"kid\":\"x\"}"), 0, 0,
     BT_CNF_UNSUPPORTED},
    {"rule 19: RFC 8705 section 3: not bound where that is required", HS, GOOD, 0,
     "binding: {mtls: required}", BT_CNF_MISSING},
    {"rule 19: policy: switched off aloud", HS, WITH("\"cnf\":{\"kid\":\"x\"}"), 0,
     "binding: {mtls: off, dpop: off}", OK},
    {"rule 19: policy: off, as YAML 1.1 reads it", HS, WITH("\"cnf\":{\"kid\":\"x\"}"), 0,
     "binding: {mtls: false, dpop: false, workload: false}", OK},

    {"rule 20: KEP-1205: this pod", HS,
     WITH("\"kubernetes.io\":{\"namespace\":\"n\",\"serviceaccount\":{\"name\":\"s\"},\"pod\":{"
          "\"uid\":\"1\"}}"),
     0, "binding: {workload: {kubernetes: {namespace: n, service_account: s, pod_uid: '1'}}}", OK},
    {"rule 20: KEP-1205: another pod", HS,
     WITH("\"kubernetes.io\":{\"namespace\":\"n\",\"serviceaccount\":{\"name\":\"s\"},\"pod\":{"
          "\"uid\":\"2\"}}"),
     0, "binding: {workload: {kubernetes: {namespace: n, service_account: s, pod_uid: '1'}}}",
     BT_WORKLOAD_MISMATCH},
    {"rule 20: KEP-4193: no such claim", HS, GOOD, 0,
     "binding: {workload: {kubernetes: {namespace: n, service_account: s, node: w}}}",
     BT_WORKLOAD_MISMATCH},

    {"rule 21: RFC 8693 section 4.2: no scopes at all", HS, GOOD, 0,
     "scopes: {claim: scope, allow: [a]}", OK},
    {"rule 21: RFC 8693 section 4.2: scopes of another type", HS, WITH("\"scope\":{\"a\":true}"), 0,
     "scopes: {claim: scope, allow: [a]}", BT_SCOPE_INVALID},
    {"rule 21: RFC 8693 section 4.2: a number among them", HS, WITH("\"scope\":[\"a\",1]"), 0,
     "scopes: {claim: scope, allow: [a]}", BT_SCOPE_INVALID},
};

static void every_row_gets_its_verdict(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  setenv("TEST_KEY", SECRET, 1);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    const row *one = &ROWS[i];
    bt_policy *p = policy_of(a, "HS256", one->issuer, one->top);
    str jwt = sign_hs(a, one->header, one->claims);
    assert_verdict(one->rule, verdict(p, jwt, NULL, r), one->want, r);
    assert_null(memmem(bt_result_detail(r), strlen(bt_result_detail(r)), jwt.ptr + 40, 20));
    assert_null(strstr(bt_result_detail(r), "\":")); /* nor of what it says */
    bt_policy_free(p);
  }
  bt_result_free(r);
  arena_free(a);
}

/* ---- rules 1 and 2: the bytes themselves ----------------------------------------------------- */

typedef struct {
  const char *rule, *before, *after;
  int cut; /* bytes dropped at the end */
  bt_refusal want;
} text_row;

static void the_compact_form_is_kept_to_the_letter(void **state) {
  (void)state;
  static const text_row rows[] = {
      {"rule 1: RFC 7515 section 7.1: as it is", "", "", 0, OK},
      {"rule 1: RFC 7515 section 7.1: a fourth part", "", ".", 0, BT_TOKEN_NOT_COMPACT},
      {"rule 1: CVE-2019-18848: an encrypted token's five parts", "", ".e30.e30", 0,
       BT_TOKEN_NOT_COMPACT},
      {"rule 1: CVE-2022-39227: JSON in front", "{\"payload\":\"", "", 0, BT_BASE64_INVALID},
      {"rule 1: RFC 7515 section 3.1: a newline behind", "", "\n", 0, BT_BASE64_INVALID},
      {"rule 1: RFC 7515 section 3.1: a space before", " ", "", 0, BT_BASE64_INVALID},
      {"rule 2: RFC 7515 section 2: padding", "", "=", 0, BT_BASE64_INVALID},
      {"rule 2: RFC 4648 section 3.3: a foreign byte", "", "+", 0, BT_BASE64_INVALID},
      {"rule 7: RFC 7518 section 3.2, CVE-2020-28042: a shorter signature", "", "", 3,
       BT_SIGNATURE_LENGTH},
      {"rule 7: CVE-2021-22573: no signature", "", "", 43, BT_SIGNATURE_LENGTH},
      {"rule 7: CVE-2018-1000539: a longer signature", "", "AAAA", 0, BT_BASE64_INVALID},
  };
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, NULL);
  str jwt = sign_hs(a, HS, GOOD);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    str text = arena_printf(a, "%s%.*s%s", rows[i].before, (int)jwt.len - rows[i].cut, jwt.ptr,
                            rows[i].after);
    bt_refusal got = verdict(p, text, NULL, r);
    if (rows[i].want == BT_BASE64_INVALID && got == BT_SIGNATURE_LENGTH)
      got = BT_BASE64_INVALID;
    assert_verdict(rows[i].rule, got, rows[i].want, r);
  }
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 2: RFC 4648 section 3.5: of the sixteen last digits that decode alike, one is canonical */
static void only_one_spelling_of_a_signature_is_taken(void **state) {
  (void)state;
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, NULL);
  char *jwt = arena_text(a, sign_hs(a, HS, GOOD));
  size_t n = strlen(jwt), accepted = 0;
  for (const char *d = digits; *d; d++) {
    jwt[n - 1] = *d;
    accepted += verdict(p, str_of(jwt), NULL, r) == BT_REFUSAL_NONE;
  }
  assert_int_equal(accepted, 1);
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 1: CVE-2025-30204: size is looked at before anything else; rule 3: depth */
static void size_and_depth_are_bounded(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, NULL);
  char *dots = arena_alloc(a, 1000001);
  memset(dots, '.', 1000000);
  assert_verdict("rule 1: many dots", verdict(p, str_of(dots), NULL, r), BT_TOKEN_TOO_LONG, r);
  assert_verdict("rule 1: no token", verdict(p, STR(""), NULL, r), BT_TOKEN_MISSING, r);
  for (int depth = 30; depth <= 33; depth++) {
    buf b = {.arena = a};
    buf_put(&b, STR("{" BASE ",\"x\":"));
    for (int i = 1; i < depth; i++)
      buf_char(&b, '[');
    for (int i = 1; i < depth; i++)
      buf_char(&b, ']');
    buf_char(&b, '}');
    assert_verdict("rule 3: depth", verdict(p, sign_hs(a, HS, buf_str(&b).ptr), NULL, r),
                   depth > 32 ? BT_JSON_TOO_DEEP : OK, r);
  }
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 3: RFC 7519 section 4: also among many names, where a table finds them */
static void a_double_is_found_among_many(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, NULL);
  for (int twice = 0; twice <= 1; twice++) {
    buf b = {.arena = a};
    buf_put(&b, STR("{" BASE ",\"deep\":{\"first\":0"));
    for (int i = 0; i < 300; i++)
      buf_printf(&b, ",\"name%d\":%d", i, i);
    buf_printf(&b, ",\"name%d\":0}}", twice ? 77 : 300);
    assert_verdict("rule 3: many names", verdict(p, sign_hs(a, HS, buf_str(&b).ptr), NULL, r),
                   twice ? BT_JSON_DUPLICATE : OK, r);
  }
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 21: the mission: an unlisted value grants nothing, and there are no wildcards */
static void only_listed_scopes_are_granted(void **state) {
  (void)state;
  static const char *const claims[] = {
      WITH("\"scope\":\"b * a* admin a\""),
      WITH("\"scope\":[\"b\",\"*\",\"\\u0061\",\"admin\",\"a b\"]")};
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, "scopes: {claim: scope, allow: [a, b, c]}");
  for (size_t i = 0; i < 2; i++) {
    assert_verdict("rule 21", verdict(p, sign_hs(a, HS, claims[i]), NULL, r), OK, r);
    assert_int_equal(bt_scope_count(r), 2);
    assert_memory_equal(bt_scope(r, 0).ptr, "a", 1);
    assert_true(bt_has_scope(r, (bt_text){"b", 1}));
    assert_false(bt_has_scope(r, (bt_text){"c", 1}));
    assert_false(bt_has_scope(r, (bt_text){"admin", 5}));
  }
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

/* rule 22: CVE-2019-7644, CVE-2024-51744: one refusal and no list of errors; no refusal shows the
 * right signature; each has a name, a rule and a sentence of its own */
static void every_refusal_has_its_name(void **state) {
  (void)state;
  for (int i = BT_REFUSAL_NONE + 1; i < BT_REFUSAL_COUNT; i++) {
    assert_non_null(bt_refusal_name((bt_refusal)i));
    assert_in_range(bt_refusal_rule((bt_refusal)i), 1, 23);
    assert_non_null(bt_refusal_sentence((bt_refusal)i));
    for (int j = 1; j < i; j++)
      assert_string_not_equal(bt_refusal_name((bt_refusal)i), bt_refusal_name((bt_refusal)j));
  }
}

static void claims_are_read_by_their_types(void **state) {
  (void)state;
  arena *a = arena_new();
  bt_result *r = bt_result_new(0);
  double number;
  bool flag;
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *p = policy_of(a, "HS256", NULL, NULL);
  str jwt = sign_hs(
      a, HS, WITH("\"t\":\"a\\n\\u00e9\",\"n\":-2.5e3,\"b\":true,\"l\":[\"x\",1,\"\\u0079\"]"));
  assert_int_equal(verdict(p, jwt, NULL, r), OK);
  assert_memory_equal(bt_claim_text(r, "t").ptr, "a\n\xC3\xA9", 4);
  assert_int_equal(bt_claim_text(r, "t").len, 4);
  assert_true(bt_claim_number(r, "n", &number) && number == -2500);
  assert_true(bt_claim_bool(r, "b", &flag) && flag);
  assert_int_equal(bt_claim_item_count(r, "l"), 2);
  assert_memory_equal(bt_claim_item(r, "l", 1).ptr, "y", 1);
  assert_null(bt_claim_text(r, "n").ptr);
  assert_null(bt_claim_text(r, "absent").ptr);
  assert_int_equal(verdict(p, str_sub(jwt, 0, jwt.len - 3), NULL, r), BT_SIGNATURE_LENGTH);
  assert_null(bt_claim_text(r, "t").ptr); /* a refused token has no claims */
  bt_policy_free(p);
  bt_result_free(r);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_gets_its_verdict),
      cmocka_unit_test(the_compact_form_is_kept_to_the_letter),
      cmocka_unit_test(only_one_spelling_of_a_signature_is_taken),
      cmocka_unit_test(size_and_depth_are_bounded),
      cmocka_unit_test(a_double_is_found_among_many),
      cmocka_unit_test(only_listed_scopes_are_granted),
      cmocka_unit_test(every_refusal_has_its_name),
      cmocka_unit_test(claims_are_read_by_their_types),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
