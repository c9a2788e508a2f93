/* Which classes only serve callers who have shown a token: they, what they inherit from, or those
 * that mix them in, have a filter that authenticates. */
#include "audit/ruby/link.h"

#include <stdlib.h>

static int cmp_names(const void *p, const void *q) {
  return str_cmp(*(const str *)p, *(const str *)q);
}

void link_learn_guards(linker *l) {
  for (size_t i = 0; i < l->count; i++)
    for (size_t g = 0; g < l->files[i].guarded.len; g++)
      list_push(l->arena, &l->guarded, l->files[i].guarded.at[g]);
  if (l->guarded.len)
    qsort(l->guarded.at, l->guarded.len, sizeof *l->guarded.at, cmp_names);
}

static bool class_guarded(linker *l, str klass) {
  str all[PARENTS_MAX];
  size_t n = l->guarded.len ? link_ancestry(l, klass, all) : 0;
  for (size_t i = 0; i < n; i++)
    if (bsearch(&all[i], l->guarded.at, l->guarded.len, sizeof *l->guarded.at, cmp_names))
      return true;
  return false;
}

/* A concern's code runs in the classes that mix it in. */
static bool mixed_into_guarded(linker *l, str klass) {
  for (size_t i = 0; i < l->parents.len; i++)
    if (str_eq(l->parents.at[i].parent, klass) && class_guarded(l, l->parents.at[i].klass))
      return true;
  return false;
}

bool link_serves_known(linker *l, str klass) {
  return klass.len && (class_guarded(l, klass) || (str_contains(l->file->path, STR("/concerns/")) &&
                                                   mixed_into_guarded(l, klass)));
}
