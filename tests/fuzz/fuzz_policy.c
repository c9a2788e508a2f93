/* A policy of any bytes: it loads or says why not; what loads can be described. Key files do not
 * exist here. */
#include "batten/batten.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(const bt_problem *problem, void *context) {
  if (!problem->message || !*problem->message)
    abort();
  if (!problem->warning)
    ++*(size_t *)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t errors = 0;
  setenv("FUZZ_SECRET", "0123456789abcdef0123456789abcdef0123456789abcdef", 1);
  bt_policy *p =
      bt_policy_load_text((const char *)data, size, "fuzz", "/nonexistent", count, &errors);
  if ((p != NULL) != (errors == 0))
    abort(); /* refused without a word, or loaded with an error */
  if (p)
    bt_text_free(bt_policy_describe(p, 1800000000.0));
  bt_policy_free(p);
  return 0;
}
