#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "net/net.h"

static void a_literal_address_stands_for_itself_and_a_name_that_is_none_for_nothing(void **state) {
  static const char *const literals[] = {"127.0.0.1", "192.0.2.7", "::1", "fd00:ec2::254"};
  arena *a = arena_new();
  (void)state;
  for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
    str_list found = host_addresses(a, str_of(literals[i]));
    assert_int_equal(1, found.len);
    assert_true(str_eq(found.at[0], str_of(literals[i])));
  }
  assert_int_equal(0, host_addresses(a, STR("no name at all")).len);
  arena_free(a);
}

static void an_address_of_one_link_is_link_local_whatever_the_link(void **state) {
  arena *a = arena_new();
  (void)state;
  assert_true(host_resolved_kind(a, STR("fe80::1%1")) == HOST_LINK_LOCAL);
  assert_true(host_resolved_kind(a, STR("fe80::1")) == HOST_LINK_LOCAL);
  assert_true(host_resolved_kind(a, STR("localhost")) == HOST_LOOPBACK);
  arena_free(a);
}

static void an_authority_gives_its_host(void **state) {
  (void)state;
  assert_true(str_eq(authority_host(STR("[::1]:80")), STR("::1")));
  assert_true(str_eq(authority_host(STR("127.0.0.1:80")), STR("127.0.0.1")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_literal_address_stands_for_itself_and_a_name_that_is_none_for_nothing),
      cmocka_unit_test(an_address_of_one_link_is_link_local_whatever_the_link),
      cmocka_unit_test(an_authority_gives_its_host),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
