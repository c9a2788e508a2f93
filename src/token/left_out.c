/* What a key set holds that is not used: told in one line, however much it is. */
#include "token/strict.h"

#include <stdio.h>

enum { TOLD_MAX = 3 };

/* A kid for a log: bounded, and nothing in it that a log could take for more. */
static void put_name(left_out *l) {
  bool quoted = l->kid.len > 1 && l->kid.ptr[0] == '"';
  str kid = quoted ? str_sub(l->kid, 1, l->kid.len - 1) : l->kid;
  char name[40];
  size_t len = 0;
  for (; len < kid.len && len + 1 < sizeof name; len++)
    name[len] = kid.ptr[len] > ' ' && kid.ptr[len] < 0x7f ? kid.ptr[len] : '?';
  name[len] = 0;
  size_t used = strlen(l->words);
  snprintf(l->words + used, sizeof l->words - used, "%s%s%s: ", used ? "; " : "",
           len ? "kid " : "a key without kid", name);
}

void left_out_add(left_out *l, const char *why) {
  l->count++;
  if (l->count > TOLD_MAX)
    return;
  put_name(l);
  size_t used = strlen(l->words);
  snprintf(l->words + used, sizeof l->words - used, "%s", why);
}

void left_out_hear(const bt_problem *one, void *context) {
  left_out *l = context;
  if (one->warning)
    problem_warn(l->p, "%s", one->message);
  else
    left_out_add(l, one->message);
}

void left_out_tell(const left_out *l, size_t all) {
  size_t more = l->count > TOLD_MAX ? l->count - TOLD_MAX : 0;
  if (more)
    problem_warn(l->p, "%zu of %zu keys are left out: %s; and %zu more", l->count, all, l->words,
                 more);
  else if (l->count)
    problem_warn(l->p, "%zu of %zu keys %s left out: %s", l->count, all,
                 l->count == 1 ? "is" : "are", l->words);
}
