/* A description that is read from the target itself. */
#ifndef BATTEN_SCAN_SPEC_H
#define BATTEN_SCAN_SPEC_H

#include "scan/scan.h"

typedef struct {
  bool discovered; /* nobody gave it: it was found */
  /* Fetches what it refers to, from the target's origin alone. */
  bool (*fetch)(void *to, arena *a, const url *at, str *text, error *e);
  void *fetch_to;
} spec_source;

/* Appends the operations of the description that was read at `at`. On failure *e says
 * "URL:line:column: ...". */
bool spec_import_text(arena *a, const url *at, str text, const scan_options *options,
                      spec_source *from, operation_list *out, error *e);

/* Whether a path is one that the template stands for; a literal segment must be there. */
bool spec_template_matches(str pattern, str path);
/* Gives a described operation the values that `path` has where its template has variables: they are
 * known to be good. */
void spec_take_values(arena *a, operation *o, str path);

#endif
