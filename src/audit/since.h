/* Which files changed: asks git, without a shell. */
#ifndef BATTEN_AUDIT_SINCE_H
#define BATTEN_AUDIT_SINCE_H

#include "base/base.h"

/* Paths relative to `dir` that differ from `revision` in the working tree, untracked ones included.
 */
bool changed_since(arena *a, const char *dir, const char *revision, str_list *out, error *e);

#endif
