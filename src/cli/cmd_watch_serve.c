/* watch serve, work, keygen: the watcher as a server, and its fleet. */
#include "cli/watch_options.h"

#include <stdio.h>

/* ---- the fleet's options --------------------------------------------------------------------- */

#define FLEET_OPTIONS(about_nats)                                                                 \
  {"--nats", "URL,...", about_nats},                                                              \
      {"--fleet-key", "FILE",                                                                     \
       "the key that server and workers share, made by batten watch keygen; refused when others " \
       "may read it"},                                                                            \
      {"--nats-creds", "FILE", "NATS credentials (a user's JWT and seed), as nsc writes them"}, { \
    "--nats-ca", "FILE",                                                                          \
        "PEM certificates that NATS servers are trusted by, with tls:// (default: the system's)"  \
  }

static bool check_urls(str urls, error *e) {
  str one;
  while (str_next(&urls, ',', &one))
    if (!str_starts(one, STR("nats://")) && !str_starts(one, STR("tls://")))
      return error_set(e, ERROR_USAGE,
                       "--nats: nats://HOST:PORT or tls://HOST:PORT, several with commas");
  return true;
}

static bool fleet_arguments(const arguments *args, fleet_options *out, error *e) {
  *out = (fleet_options){.urls = arg_value(args, "--nats"),
                         .key = arg_text(args, "--fleet-key"),
                         .creds = arg_text(args, "--nats-creds"),
                         .ca = arg_text(args, "--nats-ca")};
  if (!out->urls.ptr && (out->key || out->creds || out->ca))
    return error_set(e, ERROR_USAGE, "--fleet-key, --nats-creds and --nats-ca go with --nats");
  if (!out->urls.ptr)
    return true;
  if (!out->key)
    return error_set(e, ERROR_USAGE,
                     "--nats needs --fleet-key FILE: make one with batten watch keygen FILE");
  return check_urls(out->urls, e);
}

/* ---- serve ----------------------------------------------------------------------------------- */

enum { LEASE_MIN = 2, LEASE_MAX = 3600, CONCURRENCY_MAX = 64 };

static const option_row SERVE_OPTIONS[] = {
    {"--listen", "LISTEN", "address and port of the dashboard (default 127.0.0.1:9413)"},
    {"--token", "T",
     "what the dashboard asks for; env:NAME or @FILE keep it off the command line. Without it one "
     "is made and printed on stderr. At least 16 characters"},
    {"--concurrency", "N",
     "scans at a time, never two on one host (default 4); with --nats the workers say"},
    {"--keep", "DAYS", "forget runs that are older (default 400)"},
    {"--lasts-after", "DAYS",
     "tell a severe finding once more after so many days (default 7; 0: never)"},
    FLEET_OPTIONS("let batten watch work on other machines scan: the NATS servers (JetStream) "
                  "where they meet"),
    {"--lease", "SECONDS",
     "with --nats: a worker that was silent for so long has lost its job to another (default 60)"},
    DB_OPTION,
    {0}};

static bool read_serve(const arguments *args, watch_options *o, fleet_options *fleet, error *e) {
  str listen = arg_value(args, "--listen");
  double n = 4;
  o->listen = listen.ptr ? listen : STR("127.0.0.1:9413");
  o->lease = 60;
  if (!whole_option(args, "--concurrency", 1, CONCURRENCY_MAX, &n, e) ||
      !whole_option(args, "--lease", LEASE_MIN, LEASE_MAX, &o->lease, e) ||
      !fleet_arguments(args, fleet, e))
    return false;
  if (fleet->urls.ptr)
    o->fleet = fleet;
  o->concurrency = (unsigned)n;
  o->db = watch_db_path(args, e);
  return o->db && watch_days(args, "--keep", 400, &o->keep, e) &&
         watch_days(args, "--lasts-after", 7, &o->lasts_after, e) &&
         server_token(args, "the dashboard's token is", &o->token, e);
}

static int run_serve(const arguments *args) {
  error e = {0};
  fleet_options fleet;
  watch_options o = {0};
  if (!read_serve(args, &o, &fleet, &e))
    return fail(&e);
  o.stop = stop_on_signals();
  return watch_serve(&o, &e) ? 0 : fail(&e);
}

const command COMMAND_WATCH_SERVE = {
    .name = "watch serve",
    .usage = "[options]",
    .summary = "scan on schedule, send alerts, show a dashboard",
    .about = "Runs until it is stopped. The dashboard shows each target's score over time, open "
             "findings with their age, what was not tested and the last evidence; it makes no "
             "request to anywhere else. A JSON API is described at /openapi.json. A crash loses no "
             "finished scan, and sends no alert twice.\n"
             "With --nats it scans nothing itself: batten watch work does, on any number of "
             "machines. Schedule, history, alerts and dashboard stay here. See docs/watch.md.",
    .options = SERVE_OPTIONS,
    .examples = "$ batten watch serve --token env:BATTEN_WATCH_TOKEN\n"
                "# a fleet: the same key on every machine\n"
                "$ batten watch keygen fleet.key\n"
                "$ batten watch serve --nats nats://n1:4222,nats://n2:4222,nats://n3:4222 "
                "--fleet-key fleet.key",
    .run = run_serve};

/* ---- work ------------------------------------------------------------------------------------ */

static const option_row WORK_OPTIONS[] = {FLEET_OPTIONS("the NATS servers where the fleet meets"),
                                          {"--concurrency", "N", "scans at a time (default 4)"},
                                          {0}};

static int run_work(const arguments *args) {
  error e = {0};
  double n = 4;
  work_options o = {0};
  if (!fleet_arguments(args, &o.fleet, &e) ||
      !whole_option(args, "--concurrency", 1, CONCURRENCY_MAX, &n, &e))
    return fail(&e);
  if (!o.fleet.urls.ptr || args->words.len) {
    error_set(&e, ERROR_USAGE,
              "--nats URL and --fleet-key FILE are needed, and nothing else: see batten watch work "
              "--help");
    return fail(&e);
  }
  o.concurrency = (unsigned)n;
  o.stop = stop_on_signals();
  return watch_work(&o, &e) ? 0 : fail(&e);
}

const command COMMAND_WATCH_WORK = {
    .name = "watch work",
    .usage = "--nats URL --fleet-key FILE [options]",
    .summary = "scan for a watch server elsewhere",
    .about = "Takes scans that batten watch serve --nats hands out, runs each in a process of its "
             "own, and sends the reports back. Tokens come sealed with the job; other files that a "
             "target's options name are read on this machine. Stopped, it gives back what it has; "
             "killed, its scans end with it and another worker takes them when the lease is over.",
    .options = WORK_OPTIONS,
    .examples = "$ batten watch work --nats nats://n1:4222,nats://n2:4222,nats://n3:4222 "
                "--fleet-key fleet.key\n"
                "# over TLS, with NATS credentials\n"
                "$ batten watch work --nats tls://nats.example.com:4222 --nats-creds worker.creds "
                "--fleet-key fleet.key --concurrency 16",
    .run = run_work};

/* ---- keygen ---------------------------------------------------------------------------------- */

static int run_keygen(const arguments *args) {
  error e = {0};
  if (args->words.len != 1) {
    error_set(&e, ERROR_USAGE, "one FILE is needed: where the key goes");
    return fail(&e);
  }
  const char *path = arena_text(args->arena, args->words.at[0]);
  if (!fleet_key_make(path, &e))
    return fail(&e);
  printf("%s holds a new fleet key: copy it to every worker, readable by its user alone\n", path);
  return 0;
}

const command COMMAND_WATCH_KEYGEN = {
    .name = "watch keygen",
    .usage = "FILE",
    .summary = "make the key of a fleet",
    .about = "32 random bytes, with which server and workers seal what they send through NATS: who "
             "runs NATS reads neither targets nor tokens nor findings, and can put nothing in.",
    .options = (const option_row[]){{0}},
    .examples = "$ batten watch keygen fleet.key",
    .run = run_keygen};
