#include "scan/check.h"

#include <stdlib.h>

/* "status line of two bytes, header lines, an empty line, body": any bytes give some answer. */
static http_response read_answer(arena *a, str text) {
  http_response r = {0};
  str line, rest = text;
  for (int i = 0; i < 2 && text.len > 2; i++)
    r.status = r.status << 3 | (text.ptr[i] & 7);
  r.status = 100 + r.status * 8;
  while (str_next(&rest, '\n', &line) && line.len) {
    size_t colon = str_find(line, STR(":"), 0);
    http_header h = {str_sub(line, 0, colon),
                     colon == SIZE_MAX ? STR("") : str_sub(line, colon + 1, line.len)};
    list_push(a, &r.headers, h);
  }
  r.body = rest.ptr ? rest : STR("");
  return r;
}

/* An answer compared with itself as good is good, unless it is no different from the refusal. */
static void compare(arena *a, const http_response *good, const http_response *bad) {
  baselines b = {0};
  feature_set g = answer_features(a, good, (str){0}, (str){0}),
              r = answer_features(a, bad, STR("batten"), STR("x"));
  list_push(a, &b.good, g);
  list_push(a, &b.bad[BAD_NONE].samples, r);
  bool same = baselines_same(a, &b, BAD_NONE);
  if (answer_likeness(a, &b, &g) != (same ? ALIKE_BAD : ALIKE_GOOD))
    abort();
  if (answer_likeness(a, &b, &r) == ALIKE_GOOD)
    abort();
  if (!answers_equal(&g, &g))
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *a = arena_new();
  str text = str_from(data, size);
  size_t half = str_find(text, STR("\n---\n"), 0);
  http_response x = read_answer(a, str_sub(text, 0, half));
  http_response y = read_answer(a, half == SIZE_MAX ? STR("") : str_sub(text, half + 5, size));
  compare(a, &x, &y);
  answer_is_refusal(&x);
  str shown = http_response_text(a, &x, 4096);
  for (size_t i = 0; i < shown.len; i++)
    if ((unsigned char)shown.ptr[i] < ' ' && shown.ptr[i] != '\n' && shown.ptr[i] != '\t')
      abort();
  url target;
  error e;
  operation_list operations = {0};
  if (!url_parse(a, STR("http://127.0.0.1:3000/"), &target, &e))
    abort();
  scan_read_har(a, text, &target, &operations, &e);
  arena_free(a);
  return 0;
}
