/* Other people's vectors (tests/vectors): Wycheproof and the RFCs at the layer of JWS, below the
 * claims, and the parsing cases of JSONTestSuite at the scanner. Prints totals; each valid case
 * that is refused must be one that is named here. */
#include "verify_world.h"

#include "base/yaml.h"
#include "token/strict.h"

static node *read_vectors(arena *a, const char *name) {
  const char *root = getenv("BATTEN_ROOT");
  str text;
  error e = {0};
  char *path = arena_text(a, arena_printf(a, "%s/tests/vectors/%s", root ? root : ".", name));
  node *out = file_read(a, path, 4 * 1024 * 1024, &text, &e) ? yaml_parse(a, text, &e) : NULL;
  if (!out)
    print_error("%s: %s\n", path, e.message);
  assert_non_null(out);
  return out;
}

static const char *text_at(arena *a, const node *o, const char *name) {
  str text = node_text(node_get(o, name));
  return arena_text(a, text.ptr ? text : STR(""));
}

/* ---- JWS ------------------------------------------------------------------------------------- */

static bool is_mac(const char *alg) {
  return strncmp(alg, "HS", 2) == 0;
}

/* One issuer's algorithms: all of a family, since no policy mixes the two. */
static void family_of(bool mac, issuer_rule *rule) {
  static const char *const names[] = {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
                                      "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (is_mac(names[i]) == mac)
      rule->algorithms[rule->algorithm_count++] = algorithm_find(str_of(names[i]));
}

/* A policy that holds just these keys, or NULL when none of them may verify. */
static bool read_keys(arena *a, const node *keys, const issuer_rule *rule, key_row *out) {
  problems silent = {0};
  key_wish wish = {.algorithms = rule->algorithms, .algorithm_count = rule->algorithm_count};
  return keys_read(node_json(a, keys), &wish, &silent, out);
}

static bt_refusal jws_check(bt_policy *policy, const issuer_rule *rule, const issuer_keys *keys,
                            str jws) {
  bt_result *r = bt_result_new(0);
  r->policy = policy;
  r->issuer = rule;
  r->now = NOW;
  bt_refusal why = compact_split(&r->token, jws, TOKEN_LIMIT_MAX);
  if (!why)
    why = json_refusal(json_scan(r->token.header_json, &r->token.header));
  if (!why)
    why = header_check(r);
  if (!why)
    why = key_check(r, keys);
  bt_result_free(r);
  return why;
}

static bt_refusal jws_verdict(arena *a, bt_policy *policy, const node *jwk, const char *jws) {
  issuer_rule rule = {0};
  issuer_keys keys = {0};
  const node *set = node_get(jwk, "keys");
  const char *kty = text_at(a, set && set->items.len ? set->items.at[0] : jwk, "kty");
  family_of(strcmp(kty, "oct") == 0, &rule);
  bool loaded = read_keys(a, jwk, &rule, &keys.keys);
  bt_refusal why = loaded ? jws_check(policy, &rule, &keys, str_of(jws)) : BT_KEYS_UNAVAILABLE;
  key_row_release(&keys.keys);
  return why;
}

typedef struct {
  size_t valid_accepted, valid_refused, invalid_refused, contradictory, encrypted_refused;
} totals;

/* Valid for whoever reads base64 loosely, or by a mistake of the vectors: each with the reason that
 * refuses it here. */
typedef struct {
  const char *about;
  bt_refusal why;
} explained;

static const explained EXPLAINED[] = {
    {"rfc7520",
     BT_KEYS_UNAVAILABLE}, /* the key's `alg` is written ES521, which no algorithm is called */
    {"rfc7520WithKeyOps", BT_KEYS_UNAVAILABLE}, /* the same */
    {"rfc7520", BT_ALG_KEY_MISMATCH}, /* the key's `alg` is PS256, the token's PS384 (rule 4: RFC
                                         7517 section 4.4) */
    {"rfc7520WithKeyOps", BT_ALG_KEY_MISMATCH}, /* the same */
    {"base64", BT_BASE64_INVALID}, /* rule 2: foreign bytes, padding or trailing bits */
};

static bool is_explained(const char *about, bt_refusal why) {
  for (size_t i = 0; i < sizeof EXPLAINED / sizeof *EXPLAINED; i++)
    if (strcmp(EXPLAINED[i].about, about) == 0 && EXPLAINED[i].why == why)
      return true;
  return false;
}

/* 367 and 370 are to the byte the valid 357: what made them invalid, their padding, is not in the
 * file. */
static bool is_also_valid(arena *a, const node *group, const char *jws) {
  const node *tests = node_get(group, "tests");
  for (size_t i = 0; i < tests->items.len; i++) {
    const node *test = tests->items.at[i];
    if (strcmp(text_at(a, test, "result"), "valid") == 0 &&
        strcmp(text_at(a, test, "jws"), jws) == 0)
      return true;
  }
  return false;
}

static void count(arena *a, totals *t, const char *file, const node *group, const node *test,
                  bt_refusal why) {
  bool valid = strcmp(text_at(a, test, "result"), "valid") == 0;
  const char *id = text_at(a, test, "tcId");
  if (!node_get(test, "jws")) {
    assert_int_not_equal(
        why, BT_REFUSAL_NONE); /* an encrypted token is none that is signed, however well made */
    t->encrypted_refused++;
    return;
  }
  *(valid ? why ? &t->valid_refused : &t->valid_accepted
    : why ? &t->invalid_refused
          : &t->contradictory) += 1;
  if (valid && why)
    print_message("%s %s (%s, %s) is valid there, refused here: %s\n", file, id,
                  text_at(a, group, "comment"), text_at(a, test, "comment"), bt_refusal_name(why));
  if (!valid && !why && is_also_valid(a, group, text_at(a, test, "jws"))) {
    print_message("%s %s (%s) is invalid there, but is the same bytes as a valid one\n", file, id,
                  text_at(a, test, "comment"));
    return;
  }
  if (!valid && !why)
    print_error("%s %s (%s) must be refused\n", file, id, text_at(a, test, "comment"));
  assert_false(!valid && !why);
  assert_true(!valid || !why || is_explained(text_at(a, group, "comment"), why));
}

static totals run_wycheproof(const char *file) {
  arena *a = arena_new();
  totals t = {0};
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *policy = policy_of(a, "HS256", NULL, NULL);
  const node *groups = node_get(read_vectors(a, file), "testGroups");
  for (size_t g = 0; g < groups->items.len; g++) {
    const node *group = groups->items.at[g], *tests = node_get(group, "tests");
    const node *jwk =
        node_get(group, "public") ? node_get(group, "public") : node_get(group, "private");
    for (size_t i = 0; i < tests->items.len; i++) {
      const node *test = tests->items.at[i];
      const char *jws = text_at(a, test, node_get(test, "jws") ? "jws" : "jwe");
      count(a, &t, file, group, test, jws_verdict(a, policy, jwk, jws));
    }
  }
  print_message("%s: %zu valid accepted, %zu valid refused as named, %zu invalid refused, %zu "
                "contradictory, %zu encrypted refused\n",
                file, t.valid_accepted, t.valid_refused, t.invalid_refused, t.contradictory,
                t.encrypted_refused);
  bt_policy_free(policy);
  arena_free(a);
  return t;
}

/* rule 7: RFC 7515 section 5.2: signatures of every form; rule 2: RFC 4648 section 3 */
static void wycheproofs_signatures_are_judged_rightly(void **state) {
  (void)state;
  totals t = run_wycheproof("wycheproof_json_web_signature.json");
  assert_int_equal(t.invalid_refused, 353); /* and the two that are valid */
  assert_int_equal(t.valid_accepted + t.valid_refused, 46);
}

/* rule 6: RFC 7518 sections 3.2 to 3.4; rule 23: RFC 7517 section 4.5 */
static void wycheproofs_keys_are_judged_rightly(void **state) {
  (void)state;
  totals t = run_wycheproof("wycheproof_json_web_key.json");
  assert_int_equal(t.invalid_refused, 21);
  assert_int_equal(t.valid_accepted, 5);
}

/* rule 9: RFC 7516 section 4.1: also encrypted tokens are given here; none is a signed one */
static void wycheproofs_crypto_is_judged_rightly(void **state) {
  (void)state;
  totals t = run_wycheproof("wycheproof_json_web_crypto.json");
  assert_int_equal(t.valid_refused, 0);
  assert_int_equal(t.valid_accepted + t.invalid_refused + t.encrypted_refused, 83);
}

/* rule 7: RFC 7515 appendix A, RFC 7520 section 4, RFC 8037 appendix A: each example, and with one
 * changed byte */
static void the_examples_of_the_rfcs_verify(void **state) {
  (void)state;
  arena *a = arena_new();
  size_t accepted = 0, refused = 0;
  setenv("TEST_KEY", SECRET, 1);
  bt_policy *policy = policy_of(a, "HS256", NULL, NULL);
  const node *vectors = read_vectors(a, "rfc.json");
  for (size_t i = 0; i < vectors->items.len; i++) {
    const node *row = vectors->items.at[i], *jwk = node_get(row, "key");
    const char *jws = text_at(a, row, "jws"), *want = text_at(a, row, "refusal");
    bt_refusal why = jws_verdict(a, policy, jwk, jws);
    bool fine = *want ? why && strcmp(want, bt_refusal_name(why)) == 0 : !why;
    if (!fine)
      print_error("%s: %s\n", text_at(a, row, "source"), why ? bt_refusal_name(why) : "accepted");
    assert_true(fine);
    *(why ? &refused : &accepted) += 1;
    if (why)
      continue;
    char *changed = arena_text(a, str_of(jws)), *tail = strrchr(changed, '.') + 5;
    *tail = *tail == 'A' ? 'B' : 'A';
    assert_int_not_equal(jws_verdict(a, policy, jwk, changed), BT_REFUSAL_NONE);
  }
  print_message(
      "rfc.json: %zu accepted, each refused with a changed byte; %zu refused as they must be\n",
      accepted, refused);
  assert_true(accepted >= 9);
  bt_policy_free(policy);
  arena_free(a);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

enum { BIG = 300000 };

static json_fault scan(json_object *o, str text, const char *before, const char *after) {
  char *padded = calloc(1, strlen(before) + text.len + strlen(after) + PADDING);
  size_t len = 0;
  memcpy(padded, before, strlen(before));
  len += strlen(before);
  if (text.len)
    memcpy(padded + len, text.ptr, text.len);
  len += text.len;
  memcpy(padded + len, after, strlen(after));
  len += strlen(after);
  json_fault fault = json_scan(str_from(padded, len), o);
  free(padded);
  return fault;
}

/* What JSONTestSuite takes and rule 3 does not. */
static bool stricter(const char *name) {
  static const char *const names[] = {
      "y_object_duplicated_key", "y_object_duplicated_key_and_value",
      "y_object_escaped_null_in_key",
      "y_number_double_close_to_zero" /* 80 characters: past the bound of a number */};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return false;
}

static void judge_json(json_object *o, const char *name, str text, size_t counts[4]) {
  json_fault fault = scan(o, text, "{\"v\":", "}"), bare = scan(o, text, "", "");
  bool taken = fault == JSON_FINE;
  bool wanted = *name == 'y' && !stricter(name);
  if (*name == 'i') {
    counts[taken ? 2 : 3]++;
    return;
  }
  if (taken != wanted || (*name == 'n' && bare == JSON_FINE))
    print_error("%s: %s\n", name, taken ? "taken" : "refused");
  assert_int_equal(taken, wanted);
  assert_true(*name != 'n' || bare != JSON_FINE);
  if (*name == 'y' && !taken)
    print_message("%s is refused by rule 3\n", name);
  counts[taken ? 0 : 1]++;
}

/* rule 3: RFC 8259: the cases of nst/JSONTestSuite, as the value of a member */
static void json_is_judged_as_jsontestsuite_says(void **state) {
  (void)state;
  arena *a = arena_new();
  json_object o;
  size_t counts[4] = {0};
  const node *vectors = read_vectors(a, "json_test_suite.json");
  assert_true(json_object_new(&o, BIG));
  for (size_t i = 0; i < vectors->entries.len; i++) {
    str text = {0};
    assert_true(base64_decode_lenient(a, node_text(vectors->entries.at[i].value), &text));
    judge_json(&o, arena_text(a, vectors->entries.at[i].key), text, counts);
  }
  char *deep = arena_alloc(a, BIG);
  memset(deep, '[', BIG);
  judge_json(&o, "n_structure_100000_opening_arrays", str_from(deep, 100000), counts);
  for (size_t i = 0; i + 5 <= 250000; i += 5)
    memcpy(deep + i, "[{\"\":", 5);
  judge_json(&o, "n_structure_open_array_object", str_from(deep, 250000), counts);
  print_message("json_test_suite.json: %zu taken, %zu refused; of those free to decide: %zu taken, "
                "%zu refused\n",
                counts[0], counts[1], counts[2], counts[3]);
  assert_true(counts[0] >= 90 && counts[1] >= 180);
  json_object_free(&o);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wycheproofs_signatures_are_judged_rightly),
      cmocka_unit_test(wycheproofs_keys_are_judged_rightly),
      cmocka_unit_test(wycheproofs_crypto_is_judged_rightly),
      cmocka_unit_test(the_examples_of_the_rfcs_verify),
      cmocka_unit_test(json_is_judged_as_jsontestsuite_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
