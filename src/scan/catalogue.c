/* The catalogue: all tables in order. The order is that of sending and judging: what explains
 * others comes first, what may hurt the target last. */
#include "scan/checks/checks.h"

typedef struct {
  const check *rows;
  const size_t *count;
} table;

static const table TABLES[] = {
    {CHECKS_DELIVERY, &CHECKS_DELIVERY_COUNT},
    {CHECKS_LOOKING, &CHECKS_LOOKING_COUNT},
    {CHECKS_SIGNATURE, &CHECKS_SIGNATURE_COUNT},
    {CHECKS_ALGORITHM, &CHECKS_ALGORITHM_COUNT},
    {CHECKS_SECRET, &CHECKS_SECRET_COUNT},
    {CHECKS_HEADER_KEY, &CHECKS_HEADER_KEY_COUNT},
    {CHECKS_KID, &CHECKS_KID_COUNT},
    {CHECKS_RULES, &CHECKS_RULES_COUNT},
    {CHECKS_CLAIMS, &CHECKS_CLAIMS_COUNT},
    {CHECKS_DUPLICATE, &CHECKS_DUPLICATE_COUNT},
    {CHECKS_ERRORS, &CHECKS_ERRORS_COUNT},
    {CHECKS_EXPOSURE, &CHECKS_EXPOSURE_COUNT},
    {CHECKS_INVENTORY, &CHECKS_INVENTORY_COUNT},
    {CHECKS_INPUT, &CHECKS_INPUT_COUNT},
    {CHECKS_RATE, &CHECKS_RATE_COUNT},
    {CHECKS_ENCRYPTION, &CHECKS_ENCRYPTION_COUNT},
    {CHECKS_SSRF, &CHECKS_SSRF_COUNT},
    {CHECKS_CROSS, &CHECKS_CROSS_COUNT},
    {CHECKS_OBJECT, &CHECKS_OBJECT_COUNT},
    {CHECKS_FUNCTION, &CHECKS_FUNCTION_COUNT},
    {CHECKS_PROPERTY, &CHECKS_PROPERTY_COUNT},
    {CHECKS_CONSUMPTION, &CHECKS_CONSUMPTION_COUNT},
    {CHECKS_GRAPHQL, &CHECKS_GRAPHQL_COUNT},
    {CHECKS_LLM, &CHECKS_LLM_COUNT},
    {CHECKS_RUNTIME, &CHECKS_RUNTIME_COUNT},
    {CHECKS_LAST, &CHECKS_LAST_COUNT},
};

const check *check_at(size_t i) {
  for (size_t t = 0; t < sizeof TABLES / sizeof *TABLES; t++) {
    if (i < *TABLES[t].count)
      return &TABLES[t].rows[i];
    i -= *TABLES[t].count;
  }
  return NULL;
}

size_t check_count(void) {
  size_t n = 0;
  while (check_at(n))
    n++;
  return n;
}

size_t scan_check_count(void) {
  return check_count();
}
