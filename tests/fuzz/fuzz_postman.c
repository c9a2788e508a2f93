#include "scan/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *a = arena_new();
  error e = {0};
  scan_options options = {0};
  operation_list out = {0};
  url_parse(a, STR("http://127.0.0.1/"), &options.target, &e);
  scan_read_postman(a, "c.json", str_from(data, size), &options, &out, &e);
  scan_read_har(a, str_from(data, size), &options.target, &out, &e);
  arena_free(a);
  return 0;
}
