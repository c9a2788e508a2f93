/* Secrets and numbers of persons in text: what fits its checksum is found, what merely looks like
 * it is not. */
#include "scan/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

extern const unsigned char secret_patterns_bytes[];
extern const size_t secret_patterns_len;

static const char *first_id(arena *a, const char *text) {
  secret_hits hits = secrets_find(a, str_of(text));
  return hits.len ? arena_text(a, hits.at[0].id) : "";
}

typedef struct {
  const char *text, *id; /* id "": none */
} row;

/* None of these was ever issued: they are made from nothing but the form. The parts are joined by
 * the compiler, so that no scanner of repositories takes the file for a leak. */
static const row ROWS[] = {
    {"{\"t\":\"ghp_"
     "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17\"}",
     "github-token"}, /* the checksum fits */
    {"{\"t\":\"ghp_"
     "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18\"}",
     ""},
    {"key=AKIA"
     "QYLPMN5HHHFPZAM2",
     "aws-access-key-id"},
    {"key=AKIA"
     "IOSFODNN7EXAMPLE",
     ""},
    {"xoxb-"
     "123456789012-1234567890123-a1B2c3D4e5F6g7H8i9J0k1L2",
     "slack-token"},
    {"xoxb-"
     "not-a-token-at-all-really-no",
     ""},
    {"sk_live_"
     "4eC39HqLyjWDarjtT1zdp7dc",
     "stripe-live-key"},
    {"sk_live_"
     "aaaaaaaaaaaaaaaaaaaaaaaa",
     ""},
    {"glpat-"
     "h3KfPq7xZ2mWv9RtYb4N",
     "gitlab-token"},
    {"SECRET_KEY_BASE="
     "3f1c9a7be05d48f2a6c4e8b19d7f3a5c0e2b4d6f8a1c3e5b7d9f0a2c4e6b8d1f3a5c",
     "rails-secret-key-base"},
    {"RAILS_MASTER_KEY: "
     "3f1c9a7be05d48f2a6c4e8b19d7f3a5c",
     "rails-master-key"},
    {"digest: 3f1c9a7be05d48f2a6c4e8b19d7f3a5c", ""},
    {"postgres://app:"
     "h4nter2-Zq@db.internal:5432/orders",
     "database-url"},
    {"postgres://app:***@db.internal:5432/orders", ""},
    {"postgres://db.internal:5432/orders", ""},
    {"-----BEGIN PUBLIC "
     "KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n-----END",
     ""},
    {"-----BEGIN PRIVATE "
     "KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\\n-----END",
     "private-key"},
    {"-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----", ""},
    /* {"alg":"RS256"} . {"sub":"system:serviceaccount:default:api"}; then the same form with
       another subject */
    {"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6ZGVmYXVsdDphcGkifQ."
     "c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU",
     "kubernetes-service-account-token"},
    {"eyJhbGciOiJSUzI1NiJ9."
     "eyJzdWIiOiJzb21lYm9keS1lbHNlLWVudGlyZWx5In0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU",
     ""},
};

static void secrets_are_told_from_what_only_looks_like_them(void **state) {
  (void)state;
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
    assert_string_equal(first_id(a, ROWS[i].text), ROWS[i].id);
  arena_free(a);
}

static void every_row_of_the_table_compiles(void **state) {
  (void)state;
  str rest = str_from(secret_patterns_bytes, secret_patterns_len), line;
  size_t rows = 0;
  while (str_next(&rest, '\n', &line))
    rows += line.len && line.ptr[0] != '#';
  assert_int_equal(rows, secret_pattern_count());
  assert_true(rows >= 60);
}

static const row PERSONS[] = {
    {"{\"card\":\"4539 1488 0343 6467\"}", "a payment card number (Visa)"},
    {"{\"card\":\"4539148803436468\"}", ""}, /* Luhn fails */
    {"{\"order\":9539148803436462}", ""},    /* no issuer has 95 */
    {"{\"iban\":\"DE89 3704 0044 0532 0130 00\"}", "an account number (IBAN)"},
    {"{\"iban\":\"DE88370400440532013000\"}", ""},
    {"{\"cpf\":\"529.982.247-25\"}", "a Brazilian CPF"},
    {"{\"cpf\":\"529.982.247-26\"}", ""},
    {"{\"dni\":\"12345678Z\"}", "a Spanish DNI"},
    {"{\"dni\":\"12345678A\"}", ""},
    {"{\"id\":\"11010519491231002X\"}", "a Chinese resident identity number"},
    {"{\"cf\":\"RSSMRA85T10A562S\"}", "an Italian fiscal code"},
    {"{\"cf\":\"RSSMRA85T10A562T\"}", ""},
    {"{\"ssn\":\"219-09-9999\"}", "a United States social security number"},
    {"{\"part\":\"219-09-9999\"}", ""},
};

static void numbers_of_persons_are_told_by_their_check_digits(void **state) {
  (void)state;
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof PERSONS / sizeof *PERSONS; i++) {
    personal_hits hits = personal_find(a, str_of(PERSONS[i].text));
    assert_string_equal(hits.len ? hits.at[0].what : "", PERSONS[i].id);
  }
  arena_free(a);
}

static void masked_text_holds_neither_secret_nor_card(void **state) {
  (void)state;
  arena *a = arena_new();
  str masked = secrets_mask(a, STR("a sk_live_"
                                   "4eC39HqLyjWDarjtT1zdp7dc b 4539148803436467 c"));
  assert_false(str_contains(masked, STR("LyjWDarj")));
  assert_false(str_contains(masked, STR("14880343")));
  assert_true(str_contains(masked, STR("sk_liv...(32 bytes)")));
  arena_free(a);
}

/* What stands beside, and what only looks like a member, stays; an answer cut in the middle of a
 * value gives none of it away. */
static const struct {
  const char *text, *masked;
} MEMBERS[] = {
    {"{\"id\":1,\"password\":\"pw1\",\"role\":\"admin\"}",
     "{\"id\":1,\"password\":\"...(3 bytes)\",\"role\":\"admin\"}"},
    {"{\"reset_token\" : \"a\\\"b\"}", "{\"reset_token\" : \"...(4 bytes)\"}"},
    {"{\"password\":\"hunter", "{\"password\":\"...(6 bytes)\""},
    {"{\"password\":\"h", "{\"password\":\"...(1 bytes)\""},
    {"{\"password\":\"\"}", "{\"password\":\"\"}"},
    {"{\"password\":null,\"name\":\"password\"}", "{\"password\":null,\"name\":\"password\"}"},
    {"[\"password\",\"x\"]", "[\"password\",\"x\"]"},
    {"{\"a\\", "{\"a\\"},
    {"\"", "\""},
};

static void values_of_sensitive_members_are_masked(void **state) {
  (void)state;
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++)
    assert_string_equal(arena_text(a, secrets_mask(a, str_of(MEMBERS[i].text))), MEMBERS[i].masked);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(secrets_are_told_from_what_only_looks_like_them),
      cmocka_unit_test(every_row_of_the_table_compiles),
      cmocka_unit_test(numbers_of_persons_are_told_by_their_check_digits),
      cmocka_unit_test(values_of_sensitive_members_are_masked),
      cmocka_unit_test(masked_text_holds_neither_secret_nor_card),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
