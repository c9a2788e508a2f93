/* A half of the audit: what reads files of some kind. One row each in audit.c. */
#ifndef BATTEN_AUDIT_PART_H
#define BATTEN_AUDIT_PART_H

#include "audit/audit.h"

typedef struct {
  void *(*begin)(arena *a);
  const char *reads;                               /* the kinds of files, for people */
  bool (*wants)(str path);                         /* by the path alone */
  void (*read)(void *state, str path, str text);   /* both live as long as the arena */
  void (*skip)(void *state, str path, str reason); /* wanted, but not read */
  size_t (*judge)(void *state,
                  report *r); /* after all files are read; how much of its kind there was */
  bool (*rule_at)(size_t i, audit_rule *out);
  size_t file_max; /* bytes of one file */
} audit_part;

extern const audit_part CONTAINER_PART;
extern const audit_part RUBY_PART;

#endif
