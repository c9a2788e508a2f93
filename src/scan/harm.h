/* What an operation does by the words that name it: a scan must not send what destroys, ends a
 * session, or sends mail or money, whatever its method. Part of the scanner, private to it. */
#ifndef BATTEN_SCAN_HARM_H
#define BATTEN_SCAN_HARM_H

#include "scan/scan.h"

/* What of an operation may name what it does. `about` is NULL where no description says anything;
 * where there is one, its path stands for the URL's, whose segments may be names of objects. */
typedef struct {
  str method;
  str path;  /* percent-decoded */
  str query; /* as sent; may be empty */
  const description *about;
} named_operation;

/* Why it looks harmful, for a person, in `a`: "looks destructive (createdb)"; ptr NULL: it does
 * not. */
str harm_in(arena *a, const named_operation *operation);

#endif
