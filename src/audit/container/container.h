/* The container half of the audit: Kubernetes manifests, Dockerfiles, compose files. Files are read
 * one by one; judging comes last, because roles, service accounts, namespaces and network policies
 * of one file decide about pods of another. */
#ifndef BATTEN_AUDIT_CONTAINER_H
#define BATTEN_AUDIT_CONTAINER_H

#include "base/base.h"
#include "report/report.h"

enum { CONTAINER_FILE_MAX = 16 * 1024 * 1024 };

typedef struct container_audit container_audit;
container_audit *container_new(arena *a);
/* By the name alone: a YAML or JSON file, a Dockerfile. */
bool container_wants(str path);
/* Reads one file; `path` is relative to the audited directory and, like `text`, lives as long as
 * the arena. */
void container_read(container_audit *c, str path, str text);
/* A file that could not be read whole: named in the report. */
void container_skip(container_audit *c, str path, str reason);
/* Adds findings, what was not tested, and the tested category to the report. */
void container_judge(container_audit *c, report *r);

/* The catalogue, for `batten checks`. False past the last. */
typedef struct {
  const char *id;
  severity severity;
  const char *title, *description, *fix, *references;
} container_rule;

const container_rule *container_rule_at(size_t i);

#endif
