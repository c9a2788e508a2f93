/* Watching: scans on a schedule, what changed since, alerts about it, a dashboard. */
#ifndef BATTEN_WATCH_H
#define BATTEN_WATCH_H

#include "base/base.h"
#include "store/store.h"

/* ---- schedules: pure ------------------------------------------------------------------------------------------- */

typedef struct {
  double period;                       /* seconds; 0: cron */
  uint64_t minutes, hours, days, months, weekdays; /* cron: bit n stands for n */
  bool any_day, any_weekday;           /* cron: '*' in that field */
} schedule;

/* "30m", "6h", "2d", "@hourly", "@daily", "@weekly", "@monthly", or five cron fields (minute hour day month weekday; lists,
 * ranges, steps, names), in UTC. At least a minute. */
bool schedule_parse(str text, schedule *out, error *e);
/* The next time after `after`. Periods get a jitter of up to a tenth (at most five minutes) that `seed` decides, so that
 * a fleet does not start everything at once and a target keeps its place. */
double schedule_next(const schedule *s, double after, uint64_t seed);
/* "22:00-06:00" (UTC) and "START/END" in RFC 3339, comma-separated: the first moment at or after `at` outside of both. */
bool windows_parse(str quiet, str maintenance, error *e);
double windows_skip(str quiet, str maintenance, double at);

/* ---- one run ------------------------------------------------------------------------------------------------------- */

/* How a scan is made: batten itself as a child, or a test's stand-in. False: no report, *reason says why. */
typedef bool (*watch_scan)(void *to, arena *a, const watched *w, str *json, str *reason);
bool watch_scan_child(void *stop, arena *a, const watched *w, str *json, str *reason);

typedef double (*watch_clock)(void); /* clock_wall, or a test's */

/* Runs a target once and keeps what came of it. False when it runs already or the store fails. */
bool watch_run(store *s, const watched *w, watch_clock clock, double lasts_after, watch_scan scan, void *to, run_row *out,
               error *e);
/* When the target is due next, windows kept. */
double watch_due_after(const watched *w, double after);

/* ---- alerts ----------------------------------------------------------------------------------------------------------- */

typedef struct {
  const char *webhook_secret;                   /* BATTEN_WEBHOOK_SECRET; NULL: unsigned */
  const char *smtp, *smtp_user, *smtp_password; /* BATTEN_SMTP, ..._USER, ..._PASSWORD */
  const char *mail_from;                        /* BATTEN_MAIL_FROM */
  double timeout;                               /* seconds for one delivery */
} alert_settings;
alert_settings alert_settings_from_environment(void);
bool alert_channel_valid(str channel, error *e); /* "webhook=URL", ... */
/* Delivers one; false with the reason. */
bool alert_deliver(const alert_settings *settings, const alert_row *alert, error *e);
/* Delivers all that are due; how many. */
size_t alerts_pump(store *s, const alert_settings *settings, double now);
enum { ALERT_ATTEMPTS_MAX = 8 };

/* ---- the server --------------------------------------------------------------------------------------------------------- */

typedef struct {
  const char *db;
  str listen, token; /* token: of the dashboard */
  unsigned concurrency;
  double lasts_after, keep; /* seconds */
  volatile int *stop;
} watch_options;

/* Schedules, scans, sends and shows until *stop is set. */
bool watch_serve(const watch_options *o, error *e);

#endif
