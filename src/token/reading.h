/* How a request is read, and in how many ways: shared by route.c, decide.c and the policy's reader.
 * Private to libbatten. */
#ifndef BATTEN_READING_H
#define BATTEN_READING_H

#include "batten/decide.h"
#include "token/strict.h"

enum { PATH_MAX_LEN = 4096 };

/* A letter, a digit or the like that was encoded twice: "%2561". */
#define PATH_DOUBLED_LETTER BT_PATH_COUNT

static inline unsigned path_bit(bt_path_fault fault) {
  return 1u << fault;
}

/* Escapes that change no path's shape: routes are asked for both readings. */
#define PATH_HARMLESS (path_bit(BT_PATH_NEEDLESS_ESCAPE) | path_bit(PATH_DOUBLED_LETTER))

/* One reading of a path: what stands encoded or marked is taken literally, but for the kinds in
 * `as_structure`, which are taken as some servers take them: "%2F" and "\" as separators, ";x" as
 * nothing, "//" as one, "%252F" decoded twice, what follows "%3F" as a query, "%61" left as it is.
 */
typedef struct {
  char text[PATH_MAX_LEN];
  size_t len;
  unsigned found; /* bits of the kinds that are in it */
} path_reading;

/* The path of an origin-form or absolute-form target (RFC 9112 section 3.2), without its query. */
bt_path_fault path_of_target(str target, str *path);
/* What no policy can allow is given as the fault; what one can, as bits of `found`. */
bt_path_fault path_read(str path, unsigned as_structure, path_reading *out);
/* The kinds in a path that servers read in two ways, each of them readable: bits. Else a fault. */
bt_path_fault path_kinds(str path, unsigned allowed, unsigned *kinds);

bt_path_fault path_fault_of(str name); /* of those that may be allowed; BT_PATH_FINE: none is so */

/* The name in a Host field, without a port and a root's dot; false when it is none. */
bool host_name(str given, str *name);

/* Whether the request asks, by a field, its query or perhaps its body, for another method or path
 * than its own. */
bool override_asked(const bt_policy *policy, const bt_http *r);

#endif
