/* watch add, list, remove, run-once, history. */
#include "cli/watch_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the history's place --------------------------------------------------------------------- */

static bool make_folders(arena *a, str path) {
  for (size_t i = 1; i < path.len; i++)
    if (path.ptr[i] == '/' && mkdir(arena_text(a, str_sub(path, 0, i)), 0700) != 0 &&
        access(arena_text(a, str_sub(path, 0, i)), F_OK) != 0)
      return false;
  return true;
}

const char *watch_db_path(const arguments *args, error *e) {
  const char *given = arg_text(args, "--db"), *state = getenv("XDG_STATE_HOME"),
             *home = getenv("HOME");
  if (given)
    return given;
  if (!(state && *state == '/') && !(home && *home == '/')) {
    error_set(e, ERROR_USAGE,
              "neither XDG_STATE_HOME nor HOME is set: name the history with --db FILE");
    return NULL;
  }
  str path = state && *state == '/'
                 ? arena_printf(args->arena, "%s/batten/watch.db", state)
                 : arena_printf(args->arena, "%s/.local/state/batten/watch.db", home);
  if (make_folders(args->arena, path))
    return arena_text(args->arena, path);
  error_set(e, ERROR_USAGE, "the folder of %.*s cannot be made", STR_ARG(path));
  return NULL;
}

static store *open_history(const arguments *args, error *e) {
  const char *path = watch_db_path(args, e);
  return path ? store_open(path, e) : NULL;
}

static bool one_name(const arguments *args, const char *what, error *e) {
  return args->words.len == 1 ||
         error_set(e, ERROR_USAGE, "one %s is needed: see batten watch --help", what);
}

/* ---- add ------------------------------------------------------------------------------------- */

static const option_row ADD_OPTIONS[] = {
    {"--every", "SCHEDULE",
     "30m, 6h, 2d, @hourly, @daily, @weekly, @monthly, or five cron fields in UTC (default 6h)"},
    {"--name", "NAME", "what to call it (default: host and path of the URL)"},
    {"--alert", "CHANNEL",
     "webhook=URL, slack=URL, mail=ADDRESS or command=PROGRAM; may be repeated"},
    {"--quiet", "HH:MM-HH:MM", "no scans in this part of the day, UTC; several with commas"},
    {"--maintenance", "START/END", "no scans between these times (RFC 3339); several with commas"},
    DB_OPTION,
    {0}};

static bool is_own(const option_row *row) {
  for (const option_row *o = ADD_OPTIONS; o->name; o++)
    if (o == row)
      return true;
  return false;
}

/* Kept in a file for months: a token in the clear has no place there, nor has what a single run is
 * about. */
static bool check_kept(const option_given *given, error *e) {
  static const char *const single[] = {"--format",  "--output",      "--record",    "--replay",
                                       "--color",   "--progress",    "--threshold", "--fail-under",
                                       "--fail-on", "--fail-on-new", "--baseline",  NULL};
  for (int i = 0; single[i]; i++)
    if (strcmp(given->row->name, single[i]) == 0)
      return error_set(e, ERROR_USAGE, "%s is about a single scan and cannot be watched with",
                       given->row->name);
  size_t place = watch_token_place(str_of(given->row->name), given->value);
  if (place != SIZE_MAX &&
      !watch_token_by_reference(str_sub(given->value, place, given->value.len)))
    return error_set(e, ERROR_USAGE,
                     "%s: give the token as env:NAME, @FILE or cmd:COMMAND, so that it is not kept "
                     "in the history",
                     given->row->name);
  return true;
}

static bool keep_options(const arguments *args, watched *w, error *e) {
  for (size_t i = 0; i < args->options.len; i++) {
    const option_given *given = &args->options.at[i];
    if (is_own(given->row))
      continue;
    if (!check_kept(given, e))
      return false;
    list_push(args->arena, &w->options, str_of(given->row->name));
    if (given->row->value)
      list_push(args->arena, &w->options, given->value);
  }
  return true;
}

static bool default_name(arena *a, str text, str *out, error *e) {
  url u;
  error inner = {0};
  if (!url_parse(a, text, &u, &inner))
    return error_set(e, ERROR_USAGE, "%.*s: %s", STR_ARG(text), inner.message);
  *out = u.path.len > 1 ? arena_printf(a, "%.*s%.*s", STR_ARG(u.host), STR_ARG(u.path)) : u.host;
  return true;
}

static bool read_watched(const arguments *args, watched *w, error *e) {
  schedule s;
  str every = arg_value(args, "--every"), name = arg_value(args, "--name");
  if (!one_name(args, "URL", e))
    return false;
  *w = (watched){.name = name,
                 .url = args->words.at[0],
                 .every = every.ptr ? every : STR("6h"),
                 .alerts = arg_values(args, "--alert"),
                 .quiet = arg_value(args, "--quiet"),
                 .maintenance = arg_value(args, "--maintenance"),
                 .added = clock_wall()};
  str own;
  if (!default_name(args->arena, w->url, &own, e) || !schedule_parse(w->every, &s, e) ||
      !windows_parse(w->quiet, w->maintenance, e))
    return false;
  if (!name.len)
    w->name = own;
  for (size_t i = 0; i < w->alerts.len; i++)
    if (!alert_channel_valid(w->alerts.at[i], e))
      return false;
  w->next = windows_skip(w->quiet, w->maintenance, w->added);
  return keep_options(args, w, e);
}

static int run_add(const arguments *args) {
  error e = {0};
  watched w;
  if (!read_watched(args, &w, &e))
    return fail(&e);
  store *s = open_history(args, &e);
  bool ok = s && store_add(s, &w, &e);
  store_close(s);
  if (!ok)
    return fail(&e);
  printf("%.*s is watched, every %.*s\n", STR_ARG(w.name), STR_ARG(w.every));
  return 0;
}

/* ---- list, remove, history ------------------------------------------------------------------- */

static const option_row DB_OPTIONS[] = {DB_OPTION, {0}};

static str when_text(arena *a, double when) {
  return when > 0 ? str_sub(time_rfc3339(a, when), 0, 16) : STR("never");
}

static int list_all(const arguments *args) {
  error e = {0};
  store *s = open_history(args, &e);
  if (!s)
    return fail(&e);
  watched_list all = store_list(s, args->arena);
  if (all.len)
    printf("%-32s %-14s %5s  %-16s  %s\n", "NAME", "EVERY", "SCORE", "NEXT (UTC)", "LAST");
  else
    fprintf(stderr, "batten: nothing is watched here yet: batten watch add URL\n");
  static const char *const states[] = {"running", "good", "partial", "broken"};
  for (size_t i = 0; i < all.len; i++) {
    const watched *w = &all.at[i];
    run_list runs = store_runs(s, args->arena, w->id, 1);
    const run_row *last = runs.len ? &runs.at[0] : NULL;
    str score = last && last->state == RUN_GOOD
                    ? arena_printf(args->arena, "%d %c", last->score, last->grade)
                    : STR("-");
    printf("%-32.*s %-14.*s %5.*s  %.*s  %s\n", STR_ARG(w->name), STR_ARG(w->every), STR_ARG(score),
           STR_ARG(w->paused ? STR("paused          ") : when_text(args->arena, w->next)),
           last ? states[last->state] : "not scanned yet");
  }
  store_close(s);
  return 0;
}

/* By its name, or by its URL where that is watched once. */
static bool find_watched(const arguments *args, store *s, watched *w, error *e) {
  if (store_find(s, args->arena, args->words.at[0], w))
    return true;
  watched_list all = store_list(s, args->arena);
  size_t same = 0;
  for (size_t i = 0; i < all.len; i++)
    if (str_eq(all.at[i].url, args->words.at[0]) && ++same == 1)
      *w = all.at[i];
  if (same == 1)
    return true;
  const char **names = arena_alloc(args->arena, (all.len + 1) * sizeof *names);
  for (size_t i = 0; i < all.len; i++)
    names[i] = arena_text(args->arena, all.at[i].name);
  const char *near = nearest_name(args->words.at[0], names);
  return error_set(e, ERROR_USAGE, "nothing of that name is watched: %.*s%s%s%s",
                   STR_ARG(args->words.at[0]), near ? "; did you mean " : "", near ? near : "",
                   near ? "?" : "");
}

static int run_remove(const arguments *args) {
  error e = {0};
  watched w;
  if (!one_name(args, "NAME", &e))
    return fail(&e);
  store *s = open_history(args, &e);
  bool ok = s && find_watched(args, s, &w, &e) && store_remove(s, w.name, &e);
  store_close(s);
  return ok ? 0 : fail(&e);
}

static void print_history(const arguments *args, store *s, const watched *w) {
  static const char *const states[] = {"running", "good", "partial", "broken"};
  run_list runs = store_runs(s, args->arena, w->id, 50);
  finding_row_list open = store_findings(s, args->arena, w->id, true);
  printf("%.*s  %.*s\n\n", STR_ARG(w->name), STR_ARG(w->url));
  for (size_t i = 0; i < runs.len; i++) {
    const run_row *r = &runs.at[i];
    printf("%.*s  %-8s %3d %c  %3zu findings  %.*s\n", STR_ARG(when_text(args->arena, r->started)),
           states[r->state], r->score, r->grade, r->findings, STR_ARG(r->reason));
  }
  printf("\nOpen findings: %zu\n", open.len);
  for (size_t i = 0; i < open.len; i++)
    printf("  %-8s %-24.*s since %.*s  %.*s\n", severity_name(open.at[i].severity),
           STR_ARG(open.at[i].check), STR_ARG(when_text(args->arena, open.at[i].first_seen)),
           STR_ARG(open.at[i].where));
}

static int run_history(const arguments *args) {
  error e = {0};
  watched w;
  if (!one_name(args, "NAME", &e))
    return fail(&e);
  store *s = open_history(args, &e);
  bool ok = s && find_watched(args, s, &w, &e);
  if (ok)
    print_history(args, s, &w);
  store_close(s);
  return ok ? 0 : fail(&e);
}

/* ---- run-once -------------------------------------------------------------------------------- */

static const option_row RUN_OPTIONS[] = {
    {"--all", NULL, "every target that is due, as cron would call it"},
    {"--lasts-after", "DAYS",
     "tell a severe finding once more after so many days (default 7; 0: never)"},
    DB_OPTION,
    {0}};

bool watch_days(const arguments *args, const char *name, double otherwise, double *seconds,
                error *e) {
  str text = arg_value(args, name);
  double days = otherwise;
  if (text.ptr && (!str_to_double(text, &days) || days < 0 || days > 36500))
    return error_set(e, ERROR_USAGE, "%s %.*s: days from 0 to 36500", name, STR_ARG(text));
  *seconds = days * 86400;
  return true;
}

/* 0 good, 3 partial or broken. */
static int run_target(const arguments *args, store *s, const watched *w, double lasts,
                      volatile int *stop_asked, error *e) {
  run_row row;

  union {
    volatile int *in;
    void *out;
  } stop = {.in = stop_asked};

  if (!watch_run(s, w, clock_wall, lasts, watch_scan_child, stop.out, &row, e))
    return fail(e);
  alert_settings settings = alert_settings_from_environment();
  settings.stop = stop_asked;
  size_t sent = alerts_pump(s, &settings, clock_wall());
  store_run(s, args->arena, row.id, &row); /* with its reason */
  printf("%.*s: ", STR_ARG(w->name));
  if (row.state == RUN_GOOD)
    printf("score %d %c, %zu findings", row.score, row.grade, row.findings);
  else
    printf("not completed: %.*s", STR_ARG(row.reason));
  printf(sent ? ", %zu alert%s sent or tried\n" : "\n", sent, sent == 1 ? "" : "s");
  return row.state == RUN_GOOD ? 0 : ERROR_INCOMPLETE;
}

static int run_due(const arguments *args, store *s, double lasts, volatile int *stop_asked,
                   error *e) {
  watched_list due = store_due(s, args->arena, clock_wall(), 0, SIZE_MAX);
  int worst = 0;
  for (size_t i = 0; i < due.len && !*stop_asked; i++) {
    int code = run_target(args, s, &due.at[i], lasts, stop_asked, e);
    if (code > worst)
      worst = code;
  }
  return worst;
}

static int run_once(const arguments *args) {
  error e = {0};
  watched w;
  double lasts = 0;
  bool all = arg_given(args, "--all");
  if ((!all && !one_name(args, "NAME", &e)) || !watch_days(args, "--lasts-after", 7, &lasts, &e))
    return fail(&e);
  volatile int *stop = stop_on_signals();
  store *s = open_history(args, &e);
  if (!s)
    return fail(&e);
  int code = all                             ? run_due(args, s, lasts, stop, &e)
             : find_watched(args, s, &w, &e) ? run_target(args, s, &w, lasts, stop, &e)
                                             : fail(&e);
  store_close(s);
  return code;
}

/* ---- the table ------------------------------------------------------------------------------- */

const command COMMAND_WATCH_ADD = {
    .name = "watch add",
    .usage = "URL [--every SCHEDULE] [scan options]",
    .summary = "scan a target on a schedule from now on",
    .about = "Keeps the URL with the scan options in the history. Tokens are kept by reference "
             "alone: env:NAME, @FILE or cmd:COMMAND. watch serve, or watch run-once --all from "
             "cron, does the scanning.\n"
             "An alert is sent once for what changed: new, fixed and returned findings, the score, "
             "scans that no longer complete and that do again. A webhook gets JSON, signed in "
             "X-Batten-Signature when BATTEN_WEBHOOK_SECRET is set; mail goes through BATTEN_SMTP "
             "from BATTEN_MAIL_FROM; a command gets the JSON on standard input.",
    .options = ADD_OPTIONS,
    .inherits = &COMMAND_SCAN,
    .examples = "$ batten watch add https://api.example.com/me --every 6h --token env:TOKEN "
                "--i-am-authorized\n"
                "# at night (and once at first), told in a channel\n"
                "$ batten watch add http://127.0.0.1:3000/api/me --every '0 2 * * *' --token "
                "@token --alert slack=https://hooks.example.com/T0/B0",
    .run = run_add};

const command COMMAND_WATCH_LIST = {.name = "watch list",
                                    .usage = "[options]",
                                    .summary = "what is watched, with score and next run",
                                    .about = "One line a target.",
                                    .options = DB_OPTIONS,
                                    .examples = "$ batten watch list",
                                    .run = list_all};

const command COMMAND_WATCH_REMOVE = {.name = "watch remove",
                                      .usage = "NAME [options]",
                                      .summary = "stop watching a target and forget its history",
                                      .about = "The history goes with it.",
                                      .options = DB_OPTIONS,
                                      .examples = "$ batten watch remove api.example.com/me",
                                      .run = run_remove};

const command COMMAND_WATCH_RUN = {
    .name = "watch run-once",
    .usage = "NAME|--all [options]",
    .summary = "scan a watched target now, keep the run, send its alerts",
    .about = "For those who have a scheduler already: --all runs what is due. Exit 0 when all "
             "were completed, 3 when one was not.",
    .options = RUN_OPTIONS,
    .examples = "# from cron, every ten minutes\n$ batten watch run-once --all",
    .run = run_once};

const command COMMAND_WATCH_HISTORY = {
    .name = "watch history",
    .usage = "NAME [options]",
    .summary = "a target's runs and open findings",
    .about = "The last 50 runs, newest first, then the findings that are open, with their age.",
    .options = DB_OPTIONS,
    .examples = "$ batten watch history api.example.com/me",
    .run = run_history};
