/* A Ruby file: parsed, followed, joined with itself; as code and as a template. */
#include "audit/ruby/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  arena *a = arena_new();
  file_facts files[2] = {{.arena = a, .path = STR("app/a.rb"), .text = str_from(bytes, len)},
                         {.arena = a,
                          .number = 1,
                          .path = STR("app/views/a/b.html.erb"),
                          .text = str_from(bytes, len)}};
  report r = {0};
  facts_read(&files[0], false);
  facts_read(&files[1], true);
  facts_link(a, files, 2, &r);
  gems_judge(a, STR("Gemfile.lock"), str_from(bytes, len), &r);
  secret_judge(a, STR(".env"), str_from(bytes, len), &r);
  secret_judge(a, STR("config/database.yml"), str_from(bytes, len), &r);
  arena_free(a);
  return 0;
}
