/* Regular expressions (PCRE2, compiled to machine code) over bytes that nobody vouches for:
 * matching is bounded. */
#ifndef BATTEN_SCAN_MATCH_H
#define BATTEN_SCAN_MATCH_H

#include "base/base.h"

typedef struct regex regex;

/* NULL when the pattern is none; *where then holds the offset. Lives as long as the process. */
regex *regex_compile(str pattern, size_t *where);
/* The first match at or after `from`: its first group when it took part, else all of it. A match
 * that would cost too much counts as none. */
bool regex_find(const regex *r, str text, size_t from, str *found);

/* Compiled at first use and kept; `pattern` is a literal of the program. */
const regex *regex_kept(const char *pattern);

/* A list of patterns that is compiled at first use and kept. Declared `static`, with its patterns
 * ending in NULL. */
typedef struct {
  const char *const *patterns;
  regex *compiled[24];
  bool ready;
} pattern_list;

/* How many matches of the patterns stand in the text, up to `enough`; the first is in *found (may
 * be NULL). */
size_t patterns_count(pattern_list *list, str text, size_t enough, str *found);

#endif
