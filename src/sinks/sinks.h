/* Shared inside src/sinks: how a spawned process is confined. What others use is include/batten/sinks.h. */
#ifndef BATTEN_SINKS_PRIVATE_H
#define BATTEN_SINKS_PRIVATE_H

#include "batten/sinks.h"

/* A Landlock ruleset for these options, made before the fork. -1 when the kernel has none. */
int confine_ruleset(const bt_spawn_options *options);
/* In the child, async-signal-safe: applies the ruleset (-1: none) and the seccomp filter. False when refused. */
bool confine_self(int ruleset, bool seccomp);

#endif
