#include "base/base.h"

#include <stdlib.h>

/* What was taken once is taken again as it was written, and names the same origin. */
static void round_trip(arena *a, const url *u) {
  url again;
  error e;
  if (!url_parse(a, url_text(a, u), &again, &e) || !url_same_origin(u, &again) ||
      !str_eq(u->path, again.path))
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *a = arena_new();
  str text = str_from(data, size), first, rest = text, value;
  url u, base, other;
  error e;
  str_next(&rest, '\n', &first);
  if (url_parse(a, text, &u, &e))
    round_trip(a, &u);
  if (!url_parse(a, STR("http://127.0.0.1:3000/a/b?c=d"), &base, &e))
    abort();
  if (url_resolve(a, &base, text, &other, &e))
    round_trip(a, &other);
  base = url_with_query(a, &base, first, rest.ptr ? rest : STR(""));
  round_trip(a, &base);
  if (!url_query_get(a, &base, first, &value))
    abort();
  url_without_query(a, &base, first);
  host_kind_of(first);
  str_glob(first, rest.ptr ? rest : STR("GET /api/me"));
  arena_free(a);
  return 0;
}
