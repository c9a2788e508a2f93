/* What the commands of watch share. */
#ifndef BATTEN_WATCH_OPTIONS_H
#define BATTEN_WATCH_OPTIONS_H

#include "cli/cli.h"
#include "watch/watch.h"

#define DB_OPTION                                                      \
  {                                                                    \
    "--db", "FILE",                                                    \
        "the history (default: $XDG_STATE_HOME/batten/watch.db, else " \
        "~/.local/state/batten/watch.db)"                              \
  }

const char *watch_db_path(const arguments *args,
                          error *e); /* its folder is there; NULL with *e set */
bool watch_days(const arguments *args, const char *name, double otherwise, double *seconds,
                error *e);

#endif
