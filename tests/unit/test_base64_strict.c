/* The verifier's base64url against the plain decoder of the base, at every length and with every
 * byte at every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "token/strict.h"

static void every_length_decodes_as_the_plain_decoder_does(void **state) {
  (void)state;
  arena *a = arena_new();
  for (size_t len = 0; len < 200; len++) {
    unsigned char bytes[200], out[256];
    random_bytes(bytes, sizeof bytes);
    str text = base64url_encode(a, str_from(bytes, len));
    assert_int_equal(base64_strict(text, out), len);
    assert_memory_equal(out, bytes, len);
  }
  arena_free(a);
}

/* rule 2: RFC 4648 section 3.3: a foreign byte refuses wherever it stands */
static void every_byte_is_judged_alike_at_every_place(void **state) {
  (void)state;
  arena *a = arena_new();
  unsigned char out[128];
  for (size_t len = 31; len <= 68; len += 37) {
    for (size_t at = 0; at < len; at++)
      for (int byte = 0; byte < 256; byte++) {
        char text[68];
        str expected;
        memset(text, 'A', sizeof text);
        text[at] = (char)byte;
        bool fine = base64url_decode(a, str_from(text, len), &expected);
        size_t got = base64_strict(str_from(text, len), out);
        assert_int_equal(fine, got != SIZE_MAX);
        if (fine)
          assert_memory_equal(out, expected.ptr, got);
      }
    arena_free(a);
    a = arena_new();
  }
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_length_decodes_as_the_plain_decoder_does),
      cmocka_unit_test(every_byte_is_judged_alike_at_every_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
