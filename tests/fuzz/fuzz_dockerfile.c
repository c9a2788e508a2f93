#include "audit/container/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *a = arena_new();
  container_audit *c = container_new(a);
  report r = {.kind = REPORT_AUDIT, .context = STR("default")};
  container_read(c, STR("Dockerfile"), str_from(data, size));
  container_judge(c, &r);
  report_finish(a, &r);
  arena_free(a);
  return 0;
}
