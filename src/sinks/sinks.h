/* How a process is confined: one that src/sinks spawns, or a daemon itself. The sinks are in
 * include/batten/sinks.h. */
#ifndef BATTEN_SINKS_PRIVATE_H
#define BATTEN_SINKS_PRIVATE_H

#include "batten/sinks.h"

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
