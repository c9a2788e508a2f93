/* The history: what is watched, every run, what each finding's life was, and the alerts that leave.
 * One SQLite file in WAL mode, moved from version to version by numbered steps, checked when it is
 * opened. A store belongs to one thread; open one for each. */
#ifndef BATTEN_STORE_H
#define BATTEN_STORE_H

#include "base/base.h"
#include "report/report.h"

typedef struct store store;

/* Opens or makes the file. Refuses one that is damaged, of another program, or of a newer version.
 * Runs that were left open by a process that is gone are marked broken, alerts that it was sending
 * uncertain. */
store *store_open(const char *path, error *e);
/* Another connection to a file that this process holds open already, for another thread: nothing is
 * checked anew. */
store *store_open_again(const char *path, error *e);
void store_close(store *s);

/* ---- what is watched ------------------------------------------------------------------------- */

typedef struct {
  int64_t id;
  str name, url;
  str every;              /* "6h", "@daily", or five cron fields */
  str_list options;       /* of scan, as on the command line; tokens only as env:, @FILE or cmd: */
  str_list alerts;        /* "webhook=URL", "slack=URL", "mail=ADDRESS", "command=PROGRAM" */
  str quiet, maintenance; /* "22:00-06:00"; "2026-12-24T00:00Z/2026-12-27T00:00Z"; empty: none */
  double added, next;     /* seconds since 1970; next: when the next run is due */
  bool paused;
} watched;

typedef LIST(watched) watched_list;

bool store_add(store *s, const watched *w, error *e); /* false also when the name is taken */
bool store_remove(store *s, str name, error *e); /* with its history; false when there is none */
bool store_find(store *s, arena *a, str name, watched *out);
watched_list store_list(store *s, arena *a);
/* Not paused, and due; the longest due first. `limit` of them (SIZE_MAX: all) behind the first
 * `from`. */
watched_list store_due(store *s, arena *a, double now, size_t from, size_t limit);
void store_set_next(store *s, int64_t id, double next);
void store_set_paused(store *s, int64_t id, bool paused);

/* ---- runs ------------------------------------------------------------------------------------ */

typedef enum {
  RUN_OPEN,
  RUN_GOOD,
  RUN_PARTIAL,
  RUN_BROKEN
} run_state; /* good: completed, its findings count */

typedef struct {
  int64_t id, target;
  double started, finished;
  run_state state;
  int score;
  char grade;
  size_t findings, requests;
  str reason; /* of a partial or broken one */
} run_row;

typedef LIST(run_row) run_list;

/* A lease, held by this process: one run of a target at a time. 0 when one is open already. */
int64_t store_begin(store *s, int64_t target, double now);
run_list store_runs(store *s, arena *a, int64_t target, size_t limit); /* newest first */
bool store_run(store *s, arena *a, int64_t run, run_row *out);
/* The report of a run as JSON; an unchanged one is kept once for all its runs. */
bool store_report(store *s, arena *a, int64_t run, str *json);

/* ---- jobs ------------------------------------------------------------------------------------ */

/* A run that others make, on another machine: it belongs to no process and stays open until its
 * result is kept, whatever becomes of the watcher. The job's name is unique for good, so that a
 * second result finds its run ended. */
typedef struct {
  str name;
  int64_t run;
  watched target;
} open_job;

typedef LIST(open_job) open_job_list;

typedef enum { JOB_UNKNOWN, JOB_OPEN, JOB_ENDED } job_state;

/* As store_begin; 0 also when there was a job of that name. */
int64_t store_begin_job(store *s, int64_t target, double now, str name);
job_state store_job(store *s, arena *a, str name, open_job *out); /* fills *out of an open one */
open_job_list store_open_jobs(store *s, arena *a);
/* What is handed out will not come back: without workers, open jobs would hold their targets for
 * ever. */
void store_abandon_jobs(store *s);

/* ---- findings over time ---------------------------------------------------------------------- */

typedef enum {
  CHANGE_NEW,
  CHANGE_FIXED,
  CHANGE_BACK,
  CHANGE_SCORE,
  CHANGE_BROKEN,
  CHANGE_MENDED,
  CHANGE_LASTS
} change_kind;

const char *
change_name(change_kind kind); /* "new", "fixed", "back", "score", "broken", "mended", "lasts" */

typedef struct {
  change_kind kind;
  str fingerprint, check, title, where;
  severity severity;
  int score_before, score;
  str reason;
} change;

typedef LIST(change) change_list;

typedef struct {
  str fingerprint, check, title, where;
  severity severity;
  double first_seen, last_seen, fixed; /* fixed: 0 while open */
  unsigned times_back;
  int64_t last_run;
} finding_row;

typedef LIST(finding_row) finding_row_list;

finding_row_list store_findings(store *s, arena *a, int64_t target, bool open_only);

/* Ends a run in one transaction: its row, its report, what changed against the last good one, and
 * the alerts for that. A report with findings that could not be decided this time (not tested)
 * closes none of them. `lasts_after`: seconds after which an open finding of severity high or more
 * is told once again; 0: never. A crash before this returns leaves the run open and nothing else;
 * after it, everything is there. */
bool store_finish(store *s, arena *a, int64_t run, double now, const report *r, str json,
                  double lasts_after, change_list *changes, error *e);
/* The run gave no report. The first one in a row is a change of its own. */
bool store_break(store *s, arena *a, int64_t run, double now, str reason, change_list *changes,
                 error *e);

/* ---- alerts ---------------------------------------------------------------------------------- */

/* An alert is one message for one channel about one run. Its state moves waiting -> sending ->
 * sent, or back to waiting after a failure that is known; one that a crash left in `sending`
 * becomes `uncertain` and is never sent again. */
typedef struct {
  int64_t id, target, run;
  str channel, body; /* body: JSON, see docs/watch.md */
  unsigned attempts;
  double due;
  str state, error;
} alert_row;

typedef LIST(alert_row) alert_list;

bool store_next_alert(store *s, arena *a, double now, alert_row *out); /* marks it as being sent */
void store_alert_sent(store *s, int64_t id, double now);
/* Puts off the others of its channel, too. */
void store_alert_failed(store *s, int64_t id, double now, str why, unsigned attempts_max);
alert_list store_alerts(store *s, arena *a, size_t limit); /* newest first */
double store_alert_due(store *s); /* when the next one is due; 0 when none waits */

/* ---- care ------------------------------------------------------------------------------------ */

/* Forgets runs older than this and reports nobody refers to; findings' lives stay. */
void store_prune(store *s, double before);
/* Another number after somebody else's change to the file: a thread of this process, or another
 * process. */
int64_t store_version(store *s);
size_t store_size(store *s); /* bytes of the database */

#endif
