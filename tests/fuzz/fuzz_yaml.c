#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *a = arena_new();
  error e;
  node_list documents = {0};
  yaml_parse_all(a, str_from(data, size), &documents, &e);
  for (size_t i = 0; i < documents.len; i++)
    if (documents.at[i]->weight < 100000)
      node_json(a, documents.at[i]);
  arena_free(a);
  return 0;
}
