#include "scan/scan.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char path[] = "/tmp/batten-fuzz-spec.yaml";
  arena *a = arena_new();
  error e = {0};
  scan_options options = {0};
  operation_list out = {0};
  char own[64];
  str name = arena_printf(a, "%s.%d%c", path, (int)getpid(), 0);
  memcpy(own, name.ptr, name.len);
  url_parse(a, STR("http://127.0.0.1/users/7"), &options.target, &e);
  list_push(a, &options.identities, (identity){STR("default"), STR("T")});
  if (file_write(own, str_from(data, size), 0600, &e))
    scan_read_spec(a, own, &options, &out, &e);
  unlink(own);
  arena_free(a);
  return 0;
}
