/* A report from anywhere is read, suppressed by itself, and written in every format. */
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *a = arena_new();
  report r, other = {.context = STR("default")};
  error e = {0};
  writer_options o = {.width = 80};
  str text = str_from(data, size);
  if (report_read(a, text, &r, &e))
    for (size_t i = 0; report_writer_at(i); i++)
      report_writer_at(i)->write(a, &r, &o);
  report_suppress(a, &other, text, "s", 1700000000, &e);
  arena_free(a);
  return 0;
}
