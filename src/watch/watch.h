/* Watching: scans on a schedule, what changed since, alerts about it, a dashboard. */
#ifndef BATTEN_WATCH_H
#define BATTEN_WATCH_H

#include "base/base.h"
#include "store/store.h"

/* ---- schedules: pure ------------------------------------------------------------------------- */

typedef struct {
  double period;                                   /* seconds; 0: cron */
  uint64_t minutes, hours, days, months, weekdays; /* cron: bit n stands for n */
  bool any_day, any_weekday;                       /* cron: '*' in that field */
} schedule;

/* "30m", "6h", "2d", "@hourly", "@daily", "@weekly", "@monthly", or five cron fields (minute hour
 * day month weekday; lists, ranges, steps, names), in UTC. At least a minute. */
bool schedule_parse(str text, schedule *out, error *e);
/* The next time after `after`. Periods get a jitter of up to a tenth (at most five minutes) that
 * `seed` decides, so that a fleet does not start everything at once and a target keeps its place.
 */
double schedule_next(const schedule *s, double after, uint64_t seed);
/* "22:00-06:00" (UTC) and "START/END" in RFC 3339, comma-separated: the first moment at or after
 * `at` outside of both. */
bool windows_parse(str quiet, str maintenance, error *e);
double windows_skip(str quiet, str maintenance, double at);

/* ---- one run --------------------------------------------------------------------------------- */

/* What a scan gave: a report as JSON, or why there is none. Memory of the arena. */
typedef struct {
  bool have;
  str json, reason;
} scan_outcome;

/* How a scan is made: batten itself as a child, or a test's stand-in. */
typedef void (*watch_scan)(void *to, arena *a, const watched *w, scan_outcome *out);
void watch_scan_child(void *stop, arena *a, const watched *w, scan_outcome *out);

typedef double (*watch_clock)(void); /* clock_wall, or a test's */

/* Runs a target once and keeps what came of it. False when it runs already or the store fails. */
bool watch_run(store *s, const watched *w, watch_clock clock, double lasts_after, watch_scan scan,
               void *to, run_row *out, error *e);
/* When the target is due next, windows kept. */
double watch_due_after(const watched *w, double after);
/* Where in an option's value a token stands (behind "NAME=" in that of --as); SIZE_MAX when the
 * option takes none. */
size_t watch_token_place(str option, str value);
bool watch_token_by_reference(str token); /* env:NAME, @FILE, cmd:COMMAND */

/* ---- alerts ---------------------------------------------------------------------------------- */

typedef struct {
  const char *webhook_secret;                   /* BATTEN_WEBHOOK_SECRET; NULL: unsigned */
  const char *smtp, *smtp_user, *smtp_password; /* BATTEN_SMTP, ..._USER, ..._PASSWORD */
  const char *mail_from;                        /* BATTEN_MAIL_FROM */
  double timeout;                               /* seconds for one delivery */
  volatile int *stop;                           /* set: none is begun any more; NULL for none */
} alert_settings;

alert_settings alert_settings_from_environment(void);
bool alert_channel_valid(str channel, error *e); /* "webhook=URL", ... */
/* Delivers one; false with the reason. */
bool alert_deliver(const alert_settings *settings, const alert_row *alert, error *e);
/* Delivers all that are due, one after the other; how many. */
size_t alerts_pump(store *s, const alert_settings *settings, double now);

enum { ALERT_ATTEMPTS_MAX = 8 };

/* ---- the server ------------------------------------------------------------------------------ */

/* How server and workers meet: a queue in NATS JetStream, and a key of their own, with which all in
 * it is sealed. */
typedef struct {
  str urls;               /* "nats://host:port,..." or "tls://..." */
  const char *key;        /* file */
  const char *creds, *ca; /* files of NATS: who we are, whom we trust; NULL: none */
} fleet_options;

typedef struct {
  const char *db;
  str listen, token; /* token: of the dashboard */
  unsigned concurrency;
  double lasts_after, keep;   /* seconds */
  const fleet_options *fleet; /* NULL: scans run here */
  double lease; /* seconds: a worker that was silent for so long has lost its job to another */
  volatile int *stop;
} watch_options;

/* Schedules, scans, sends and shows until *stop is set. */
bool watch_serve(const watch_options *o, error *e);

/* ---- a worker of a fleet --------------------------------------------------------------------- */

typedef struct {
  fleet_options fleet;
  unsigned concurrency;
  volatile int *stop;
} work_options;

/* Takes jobs, scans and sends results until *stop is set. Then what it has goes back to the queue.
 */
bool watch_work(const work_options *o, error *e);
/* Writes a new key; never over a file. */
bool fleet_key_make(const char *path, error *e);

#endif
