#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "token/token.h"

static arena *a;

static int open_arena(void **state) {
  (void)state;
  a = arena_new();
  return 0;
}

static int close_arena(void **state) {
  (void)state;
  arena_free(a);
  return 0;
}

static void assert_text(str got, const char want[static 1]) {
  if (!str_eq(got, str_of(want)))
    print_error("got '%.*s', want '%s'\n", STR_ARG(got), want);
  assert_true(str_eq(got, str_of(want)));
}

/* The example of RFC 7515 appendix A.1: its key, and the token it gives. */
static const char RFC7515_JWK[] = "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"
                                  "EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}";
static const char RFC7515_TOKEN[] =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

static key load(const char *text) {
  key_list keys = {0};
  error e = {0};
  if (!key_load(a, str_of(text), true, &keys, &e))
    print_error("%s\n", e.message);
  assert_int_equal(keys.len, 1);
  return keys.at[0];
}

/* ---- parsing ---- */

static void the_example_of_rfc_7515_is_read_and_its_key_verifies_it(void **state) {
  (void)state;
  token t;
  double exp;
  str iss;
  key k = load(RFC7515_JWK);
  assert_true(token_parse(a, str_of(RFC7515_TOKEN), &t));
  assert_text(t.alg, "HS256");
  assert_true(members_get_str(a, &t.claims, STR("iss"), &iss));
  assert_text(iss, "joe");
  assert_true(members_get_number(&t.claims, STR("exp"), &exp) && exp > 1300819379 &&
              exp < 1300819381);
  assert_true(jws_verify(&k, algorithm_find(t.alg), t.signing_input, t.signature));
  assert_false(jws_verify(&k, algorithm_find(STR("HS512")), t.signing_input, t.signature));
}

static void broken_tokens_give_whatever_can_be_read(void **state) {
  (void)state;
  token t;

  static const struct {
    const char *text;
    size_t segments;
    bool header, payload;
  } rows[] = {{"", 1, false, false},
              {"...", 4, false, false},
              {"eyJhbGciOiJub25lIn0.", 2, true, false},
              {"eyJhbGciOiJub25lIn0.e30", 2, true, true},
              {"eyJhbGciOiJub25lIn0.e30.", 3, true, true},
              {"!!.e30.x", 3, false, true},
              {"W10.e30.x", 3, false, true}, /* a list is no header */
              {"a.b.c.d.e", 5, false, false}};

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    token_parse(a, str_of(rows[i].text), &t);
    assert_int_equal(t.segments.len, rows[i].segments);
    assert_int_equal(t.header_is_object, rows[i].header);
    assert_int_equal(t.payload_is_object, rows[i].payload);
  }
}

static void tokens_are_found_in_other_text_and_masked(void **state) {
  (void)state;
  str text = arena_printf(a, "Set-Cookie: s=%s; x eyJhbGciOi nothing %s", RFC7515_TOKEN,
                          RFC7515_TOKEN),
      found;
  size_t from = 0, count = 0;
  while (token_find(text, &from, &found)) {
    assert_text(found, RFC7515_TOKEN);
    count++;
  }
  assert_int_equal(count, 2);
  str masked = token_mask(a, str_of(RFC7515_TOKEN));
  assert_false(str_contains(masked, STR("dBjftJeZ4CVP")));
  assert_false(str_contains(masked, STR("eyJpc3MiOiJqb2Ui")));
}

/* ---- members ---- */

static void order_doubles_and_spelling_survive(void **state) {
  (void)state;
  members m;
  str text = STR("{\"b\":1.50,\"a\":[1, 2],\"b\":\"\\u0041\",\"c\":{\"x\":1e400}}");
  assert_true(members_parse(a, text, &m));
  assert_int_equal(m.len, 4);
  assert_text(members_get(&m, STR("b"))->value, "\"\\u0041\"");
  assert_text(members_write(a, &m),
              "{\"b\":1.50,\"a\":[1, 2],\"b\":\"\\u0041\",\"c\":{\"x\":1e400}}");
  members_set(a, &m, STR("b"), STR("2"));
  assert_text(members_write(a, &m), "{\"b\":2,\"a\":[1, 2],\"c\":{\"x\":1e400}}");
  members_append(a, &m, STR("a"), STR("null"));
  assert_int_equal(m.len, 4);
  members_remove(&m, STR("a"));
  assert_text(members_write(a, &m), "{\"b\":2,\"c\":{\"x\":1e400}}");
}

static void what_is_no_object_is_refused(void **state) {
  (void)state;
  members m;
  const char *bad[] = {"",         "[]",         "1",          "{",     "{\"a\"}",
                       "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x", "{a:1}", "{\"a\":1 \"b\":2}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (members_parse(a, str_of(bad[i]), &m))
      print_error("taken: %s\n", bad[i]);
    assert_false(members_parse(a, str_of(bad[i]), &m));
  }
}

static void deep_nesting_costs_no_stack(void **state) {
  (void)state;
  buf b = {.arena = a};
  members m;
  buf_put(&b, STR("{\"a\":"));
  for (int i = 0; i < 1000000; i++)
    buf_char(&b, '[');
  for (int i = 0; i < 1000000; i++)
    buf_char(&b, ']');
  buf_char(&b, '}');
  members_parse(a, buf_str(&b), &m);
}

static void strings_go_through_json_and_back(void **state) {
  (void)state;
  str back;
  assert_true(json_unquote(a, json_quote(a, STR("a\"\\\n\x01\xC3\xA9")), &back));
  assert_text(back, "a\"\\\n\x01\xC3\xA9");
  assert_true(json_unquote(a, STR("\"\\ud83d\\ude00\""), &back));
  assert_text(back, "\xF0\x9F\x98\x80");
  assert_false(json_unquote(a, STR("1"), &back));
  str_list items = {0};
  assert_true(json_array_items(a, STR("[1, \"a,b\" ,[2,3]]"), &items));
  assert_int_equal(items.len, 3);
  assert_text(items.at[1], "\"a,b\"");
}

/* ---- signing ---- */

static void every_algorithm_signs_what_it_verifies_and_nothing_else(void **state) {
  (void)state;
  for (size_t i = 0; algorithm_at(i); i++) {
    const algorithm *alg = algorithm_at(i);
    key k = key_generate(a, alg);
    str signature;
    assert_true(jws_sign(a, &k, alg, STR("a.b"), &signature));
    if (alg->coordinate)
      assert_int_equal(signature.len, 2 * alg->coordinate);
    assert_true(jws_verify(&k, alg, STR("a.b"), signature));
    assert_false(jws_verify(&k, alg, STR("a.c"), signature));
    ((char *)(uintptr_t)signature.ptr)[0] ^= 1;
    assert_false(jws_verify(&k, alg, STR("a.b"), signature));
    assert_false(jws_verify(&k, alg, STR("a.b"), STR("")));
  }
  assert_null(algorithm_find(STR("none")));
  assert_null(algorithm_find(STR("hs256")));
}

static void minting_keeps_claims_to_the_letter(void **state) {
  (void)state;
  members header, claims;
  key empty = {.kind = KEY_SECRET, .is_private = true};
  str text;
  token t;
  members_parse(a, STR("{\"typ\":\"JWT\",\"alg\":\"x\"}"), &header);
  members_parse(a, STR("{\"a\":1,\"a\":2.0}"), &claims);
  assert_true(token_mint(a, &header, &claims, STR("HS256"), &empty, &text));
  assert_true(token_parse(a, text, &t));
  assert_text(t.payload_json, "{\"a\":1,\"a\":2.0}");
  assert_text(t.header_json, "{\"typ\":\"JWT\",\"alg\":\"HS256\"}");
  assert_true(jws_verify(&empty, algorithm_find(STR("HS256")), t.signing_input, t.signature));
  assert_false(token_mint(a, &header, &claims, STR("RS256"), &empty, &text));
}

/* ---- keys ---- */

static void the_thumbprint_of_rfc_7638_is_met(void **state) {
  (void)state;
  key k = load(
      "{\"kty\":\"RSA\",\"n\":"
      "\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
      "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
      "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
      "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\","
      "\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}");
  assert_text(key_thumbprint(a, &k), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  assert_text(k.kid, "2011-04-29");
  assert_true(str_contains(k.source, STR("\"alg\":\"RS256\",\"kid\"")));
  assert_false(k.is_private);
}

static void every_kind_of_key_comes_back_from_its_jwk_and_its_forms(void **state) {
  (void)state;
  const char *algs[] = {"RS256", "ES256", "ES384", "ES512", "EdDSA"};
  for (size_t i = 0; i < sizeof algs / sizeof *algs; i++) {
    const algorithm *alg = algorithm_find(str_of(algs[i]));
    key k = key_generate(a, alg), again = load(key_jwk(a, &k, STR("one"), str_of(algs[i])).ptr);
    assert_true(str_eq(key_thumbprint(a, &k), key_thumbprint(a, &again)));
    key_form_list forms = key_public_forms(a, &again);
    assert_true(forms.len >= 4);
    for (size_t f = 0; f < forms.len; f++) {
      key_list read = {0};
      error e;
      if (!str_contains(str_of(forms.at[f].name), STR("PEM")) &&
          !str_contains(str_of(forms.at[f].name), STR("JWK")))
        continue;
      assert_true(key_load(a, forms.at[f].bytes, false, &read, &e));
      assert_true(str_eq(key_thumbprint(a, &k), key_thumbprint(a, &read.at[0])));
      for (size_t g = 0; g < f; g++)
        assert_false(str_eq(forms.at[f].bytes, forms.at[g].bytes));
    }
    str der = key_certificate(a, &k, STR("test"));
    key_list certified = {0};
    error e;
    assert_true(key_load(a, key_certificate_pem(a, der), false, &certified, &e));
    assert_true(str_eq(key_thumbprint(a, &k), key_thumbprint(a, &certified.at[0])));
  }
}

static bool is_a_form(const key_form_list *forms, str bytes) {
  for (size_t i = 0; i < forms->len; i++)
    if (str_eq(forms->at[i].bytes, bytes))
      return true;
  return false;
}

static void a_public_key_has_the_forms_that_files_and_variables_give_it(void **state) {
  (void)state;
  key k = key_generate(a, algorithm_find(STR("ES256")));
  key_form_list forms = key_public_forms(a, &k);
  str pem = forms.at[0].bytes, body = forms.at[0].bytes;
  size_t first = str_find(pem, STR("\n"), 0), second = str_find(pem, STR("\n"), first + 1);
  size_t third = str_find(pem, STR("\n"), second + 1);
  str head = str_sub(pem, 0, first), tail = str_sub(pem, third + 1, pem.len - 1);
  str one = str_sub(body, first + 1, second), two = str_sub(body, second + 1, third);
  assert_true(is_a_form(&forms, arena_printf(a, "%.*s\n%.*s%.*s\n%.*s", STR_ARG(head), STR_ARG(one),
                                             STR_ARG(two), STR_ARG(tail))));
  assert_true(is_a_form(&forms, arena_printf(a, "%.*s\r\n%.*s\r\n%.*s\r\n%.*s\r\n", STR_ARG(head),
                                             STR_ARG(one), STR_ARG(two), STR_ARG(tail))));
  assert_true(is_a_form(&forms, arena_printf(a, "%.*s\\n%.*s\\n%.*s\\n%.*s", STR_ARG(head),
                                             STR_ARG(one), STR_ARG(two), STR_ARG(tail))));
  assert_false(is_a_form(&forms, arena_printf(a, "%.*s%.*s", STR_ARG(head), STR_ARG(one))));
  assert_int_equal(key_raw_public(a, &k).len, 0);
  key okp = key_generate(a, algorithm_find(STR("EdDSA")));
  assert_int_equal(key_raw_public(a, &okp).len, 32);
}

static void what_is_no_key_is_refused_with_a_sentence(void **state) {
  (void)state;

  static const struct {
    const char *text, *says;
  } rows[] = {{"", "empty"},
              {"hello", "no JWK"},
              {"{\"kty\":\"RSA\"}", "lacks 'n'"},
              {"{\"kty\":\"EC\",\"crv\":\"P-999\"}", "crv"},
              {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}", "no point"},
              {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\"}", "32 bytes"},
              {"{\"kty\":\"what\"}", "kty"},
              {"{\"keys\":[]}", "empty"},
              {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "PEM"}};

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    key_list keys = {0};
    error e = {0};
    assert_false(key_load(a, str_of(rows[i].text), false, &keys, &e));
    if (!str_contains(str_of(e.message), str_of(rows[i].says)))
      print_error("%s: %s\n", rows[i].text, e.message);
    assert_true(str_contains(str_of(e.message), str_of(rows[i].says)));
  }
}

/* ---- deriving, searching ---- */

static void free_pkey(void *pkey) {
  EVP_PKEY_free(pkey);
}

static key rsa_key(unsigned bits, unsigned long exponent) {
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
  BIGNUM *e = BN_new();
  assert_true(BN_set_word(e, exponent));
  assert_true(
      EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1 &&
      EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) == 1 && EVP_PKEY_generate(ctx, &pkey) == 1);
  BN_free(e);
  EVP_PKEY_CTX_free(ctx);
  arena_on_free(a, free_pkey, pkey);
  return (key){.kind = KEY_RSA, .pkey = pkey, .is_private = true};
}

static token rs_token(const key *k, int number) {
  members header, claims;
  token t;
  str text;
  members_parse(a, STR("{\"alg\":\"RS256\"}"), &header);
  members_parse(a, arena_printf(a, "{\"sub\":\"%d\"}", number), &claims);
  assert_true(token_mint(a, &header, &claims, STR("RS256"), k, &text));
  token_parse(a, text, &t);
  return t;
}

/* The arithmetic of e = 65537 takes 40 s for 2048 bits: here the key is short. */
static void two_signatures_give_the_public_key_away(void **state) {
  static const struct {
    unsigned bits;
    unsigned long exponent;
  } rows[] = {{2048, 3}, {512, 65537}};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    key k = rsa_key(rows[i].bits, rows[i].exponent), found;
    token t[] = {rs_token(&k, 0), rs_token(&k, 1)};
    error e = {0};
    assert_true(rsa_derive_public(a, &t[0], &t[1], &found, &e));
    assert_true(str_eq(key_thumbprint(a, &k), key_thumbprint(a, &found)));
    assert_false(found.is_private);
    assert_false(rsa_derive_public(a, &t[0], &t[0], &found, &e));
  }
}

static token hs_token(const char *alg, str secret) {
  members header, claims;
  key k = {.kind = KEY_SECRET, .secret = secret, .is_private = true};
  str text;
  token t;
  members_parse(a, STR("{\"typ\":\"JWT\"}"), &header);
  members_parse(a, STR("{\"sub\":\"1\"}"), &claims);
  assert_true(token_mint(a, &header, &claims, str_of(alg), &k, &text));
  token_parse(a, text, &t);
  return t;
}

static weak_result searched(const token *t, str list, double seconds) {
  str_list lists = {.at = &list, .len = 1};
  return weak_search(a, t, &lists, STR("api.shop.example"), seconds);
}

static void a_listed_secret_is_found_at_its_line_in_each_form(void **state) {
  (void)state;

  static const struct {
    const char *alg, *secret, *form;
    size_t position;
  } rows[] = {{"HS256", "beta", "as it is", 2},
              {"HS512", "gamma", "as it is", 3},
              {"HS384", "hello-world", "base64-decoded", 4},
              {"HS256", "deadbeef", "hex-decoded", 5},
              {"HS256", "last", "as it is", 6}};

  str list = STR("alpha\nbeta\r\ngamma\naGVsbG8td29ybGQ=\n6465616462656566\nlast");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    token t = hs_token(rows[i].alg, str_of(rows[i].secret));
    weak_result r = searched(&t, list, 0);
    assert_true(r.found);
    assert_int_equal(r.position, rows[i].position);
    assert_string_equal(r.form, rows[i].form);
    assert_text(r.secret, rows[i].secret);
  }
  token t = hs_token("HS256", STR("in no list"));
  weak_result r = searched(&t, list, 0);
  assert_false(r.found);
  assert_true(r.tried >= 6);
}

static void the_lowest_position_wins_whatever_the_timing(void **state) {
  (void)state;
  buf list = {.arena = a};
  for (int i = 1; i <= 50000; i++)
    buf_printf(&list, i == 20000 || i == 20001 || i == 49999 ? "twice\n" : "word-%d\n", i);
  str lists[] = {STR("one\ntwo\n"), buf_str(&list)};
  str_list two = {.at = lists, .len = 2};
  token t = hs_token("HS256", STR("twice"));
  for (int i = 0; i < 3; i++) {
    weak_result r = weak_search(a, &t, &two, (str){0}, 0);
    assert_true(r.found);
    assert_int_equal(r.position, 2 + 20000);
  }
}

static token hs_token_of(const char *claims_json, str secret) {
  members header, claims;
  key k = {.kind = KEY_SECRET, .secret = secret, .is_private = true};
  str text;
  token t;
  members_parse(a, STR("{\"typ\":\"JWT\"}"), &header);
  members_parse(a, str_of(claims_json), &claims);
  assert_true(token_mint(a, &header, &claims, STR("HS256"), &k, &text));
  token_parse(a, text, &t);
  return t;
}

static void a_listed_word_is_found_in_the_forms_that_programs_make_of_it(void **state) {
  (void)state;

  static const struct {
    const char *form;
    size_t len;
    const char *secret;
  } rows[] = {{"with a final newline", 5, "beta\n"},
              {"with a final CR LF", 6, "beta\r\n"},
              {"in double quotes", 6, "\"beta\""},
              {"in single quotes", 6, "'beta'"},
              {"base64-encoded", 8, "YmV0YQ=="},
              {"base64-decoded", 3, "\x6d\xeb\x5a"},
              {"the MD5 of it in hex", 32, "987bcab01b929eb2c07877b224215c92"},
              {"the SHA-1 of it in hex", 40, "a295e0bdde1938d1fbfd343e5a3e569e868e1465"},
              {"the SHA-256 of it in hex", 64,
               "f44e64e75f3948e9f73f8dfa94721c4ce8cbb4f265c4790c702b2d41cfbf2753"}};

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    token t = hs_token("HS256", str_from(rows[i].secret, rows[i].len));
    weak_result r = searched(&t, STR("alpha\nbeta\n"), 1);
    assert_true(r.found);
    assert_int_equal(r.position, 2);
    assert_string_equal(r.form, rows[i].form);
    assert_null(r.guess);
  }
}

static void a_word_that_comes_to_mind_is_found_in_no_list(void **state) {
  (void)state;
  const char *claims = "{\"iss\":\"https://login.Acme.example/\",\"aud\":[\"orders-api\",\"x1\"],"
                       "\"sub\":\"mia@mail.example\"}";
  static const char *const secrets[] = {
      "acme",           "Acme-secret", "acmeSecret",     "ORDERS_API",
      "ordersapi123",   "orders-api",  "x1-key",         "mia2019",
      "acme_jwt-2024!", "Summer2024!", "secret-2021",    "123456",
      "000042",         "qzxw",        "ORDERS-API-key", "shop.example-secret",
      "1234",           "jwt_mia"};
  static const char *const not_guessed[] = {"qzxwv", "1234567", "Gh7!kk2", "acmeacmeacme-q"};
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
    token t = hs_token_of(claims, str_of(secrets[i]));
    weak_result r = searched(&t, STR("alpha\n"), 1);
    if (!r.found)
      print_error("%s was not guessed\n", secrets[i]);
    assert_true(r.found);
    assert_non_null(r.guess);
    assert_text(r.secret, secrets[i]);
    assert_false(searched(&t, STR("alpha\n"), 0).found);
  }
  for (size_t i = 0; i < sizeof not_guessed / sizeof *not_guessed; i++) {
    token t = hs_token_of(claims, str_of(not_guessed[i]));
    weak_result r = searched(&t, STR("alpha\n"), 1);
    assert_false(r.found);
    assert_false(r.cut);
  }
}

static void a_search_that_its_bound_ended_says_so(void **state) {
  (void)state;
  token t = hs_token("HS256", STR("999999"));
  weak_result r = searched(&t, STR("alpha\n"), 0.01);
  assert_false(r.found);
  assert_true(r.cut);
  assert_true(r.tried < 100000);
  assert_true(searched(&t, STR("alpha\n"), 1).found);
}

static void the_built_in_list_holds_what_documentation_shows(void **state) {
  (void)state;
  const char *known[] = {
      "secret",
      "your-256-bit-secret",
      "changeme",
      ("DO NOT USE THIS VALUE. INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE OUTSIDE OF THE "
       "SOURCE CODE."),
      "your-super-secret-jwt-token-with-at-least-32-characters-long",
      "-- DEV COOKIE SECRET; CHANGE ME --",
      "5367566B59703373367639792F423F4528482B4D6251655468576D5A71347437",
      "SgVkYp3s6v9y/B?E(H+MbQeThWmZq4t7"};
  str list = weak_builtin_list();
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    token t = hs_token("HS256", str_of(known[i]));
    assert_true(searched(&t, list, 0).found);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_example_of_rfc_7515_is_read_and_its_key_verifies_it),
      cmocka_unit_test(broken_tokens_give_whatever_can_be_read),
      cmocka_unit_test(tokens_are_found_in_other_text_and_masked),
      cmocka_unit_test(order_doubles_and_spelling_survive),
      cmocka_unit_test(what_is_no_object_is_refused),
      cmocka_unit_test(deep_nesting_costs_no_stack),
      cmocka_unit_test(strings_go_through_json_and_back),
      cmocka_unit_test(every_algorithm_signs_what_it_verifies_and_nothing_else),
      cmocka_unit_test(minting_keeps_claims_to_the_letter),
      cmocka_unit_test(the_thumbprint_of_rfc_7638_is_met),
      cmocka_unit_test(every_kind_of_key_comes_back_from_its_jwk_and_its_forms),
      cmocka_unit_test(a_public_key_has_the_forms_that_files_and_variables_give_it),
      cmocka_unit_test(what_is_no_key_is_refused_with_a_sentence),
      cmocka_unit_test(two_signatures_give_the_public_key_away),
      cmocka_unit_test(a_listed_secret_is_found_at_its_line_in_each_form),
      cmocka_unit_test(the_lowest_position_wins_whatever_the_timing),
      cmocka_unit_test(a_listed_word_is_found_in_the_forms_that_programs_make_of_it),
      cmocka_unit_test(a_word_that_comes_to_mind_is_found_in_no_list),
      cmocka_unit_test(a_search_that_its_bound_ended_says_so),
      cmocka_unit_test(the_built_in_list_holds_what_documentation_shows),
  };
  return cmocka_run_group_tests_name("token", tests, open_arena, close_arena);
}
