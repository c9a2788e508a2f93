/* The white-box side: reads a directory and reports what in its source and its container settings
 * lets a forged token in and an attacker out. */
#ifndef BATTEN_AUDIT_H
#define BATTEN_AUDIT_H

#include "base/base.h"
#include "report/report.h"

typedef struct {
  const char *directory; /* or one file */
  const char *since;     /* a git revision: only findings in files that changed since; NULL: all */
  str_list exclude;      /* globs over paths relative to the directory */
} audit_options;

/* Walks the directory in a fixed order, without following links, and lets every half read what it
 * wants. A directory without any such file gives a partial report. False only when the directory
 * itself cannot be read. */
bool audit_run(arena *a, const audit_options *o, report *out, error *e);

/* The catalogue of all halves. False past the last. */
typedef struct {
  const char *id;
  severity severity;
  category category;
  const char *title, *description, *fix, *references;
} audit_rule;

bool audit_rule_at(size_t i, audit_rule *out);

#endif
