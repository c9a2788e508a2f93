/* Runs batten itself as a child: scans and audits of the long-lived servers (watch, mcp). The child
 * meets the hostile bytes and ends with its memory; the server holds the secrets and reads one JSON
 * report. */
#ifndef BATTEN_JOB_H
#define BATTEN_JOB_H

#include "base/base.h"

typedef struct {
  str_list
      arguments; /* as on the command line, without the program: "scan", URL, "--format", "json" */
  str_list secrets; /* "NAME=value" for the child's environment alone, to be named as env:NAME: not
                       in its arguments */
  const char *directory; /* working directory; NULL: this one */
  double timeout;        /* seconds; 0: an hour. Past it the child is asked to stop, then ended */
  double grace; /* seconds that a child which was asked to stop has for its report; 0: ten */
  /* Called now and then with what the child says of its progress; may be NULL. */
  void (*progress)(void *to, size_t done, size_t total, str step);
  bool (*cancelled)(void *to); /* asked a few times a second; true stops the child, which still
                                  reports. May be NULL */
  void *to;
} job;

typedef struct {
  int exit_code; /* of the interface contract; ERROR_INTERNAL when it died of a signal */
  str output;    /* what it wrote on stdout: memory of the arena */
  str message;   /* its last line on stderr that is no progress */
  bool cancelled, timed_out;
} job_result;

enum { JOB_OUTPUT_MAX = 64 * 1024 * 1024 };

/* False only when no child could be started. */
bool job_run(arena *a, const job *j, job_result *out, error *e);
/* First thing in a process that may be such a child: ends with the process that started it, however
 * that one ends, so that nobody's target is scanned by a process that nobody waits for. */
void job_obey_parent(void);

#endif
