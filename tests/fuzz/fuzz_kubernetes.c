#include "audit/container/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  arena *a = arena_new();
  container_audit *c = container_new(a);
  report r = {.kind = REPORT_AUDIT, .context = STR("default")};
  container_read(c, data[0] & 1 ? STR("a.yaml") : STR("compose.yaml"),
                 str_from(data + 1, size - 1));
  container_judge(c, &r);
  report_finish(a, &r);
  arena_free(a);
  return 0;
}
