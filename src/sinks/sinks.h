/* How a process is confined: one that src/sinks spawns, or a daemon itself. The sinks are in
 * include/batten/sinks.h. */
#ifndef BATTEN_SINKS_PRIVATE_H
#define BATTEN_SINKS_PRIVATE_H

#include "batten/sinks.h"

/* Whether these arguments may be run (program.c). */
bt_sink_status program_check(const char *const *argv, const bt_spawn_options *o);

typedef struct {
  int child, parent;
} end_pair;

typedef struct {
  end_pair in, out, err;
  end_pair failed; /* tells why exec did not happen; closed by a successful exec */
  end_pair orders; /* to the keeper: a byte, or that all who could write are gone: end all */
  end_pair report; /* of the keeper, when nothing runs any more */
} spawn_pipes;

typedef struct {
  bool ended; /* by itself */
  int state;  /* as of waitpid(2) */
} spawn_report;

/* What the forked process does (keeper.c): it starts the program, keeps whatever that starts, and
 * ends all of it. `ruleset` -1: none. All signals are blocked. */
_Noreturn void keeper_run(const char *const *argv, const bt_spawn_options *o, const spawn_pipes *p,
                          int ruleset);

/* A Landlock ruleset for these options, made before the fork. -1 when the kernel has none. */
int confine_ruleset(const bt_spawn_options *options);

enum {
  CONFINE_CALLS = 1,    /* no ptrace, mounts, namespaces, modules, keys, bpf */
  CONFINE_SOCKETS = 2,  /* no new socket but a Unix one */
  CONFINE_PROGRAMS = 4, /* no other program */
};

/* Async-signal-safe: applies the ruleset (-1: none) and the seccomp filters to this thread and
 * those it makes later. False when refused. */
bool confine_self(int ruleset, unsigned what);

#endif
