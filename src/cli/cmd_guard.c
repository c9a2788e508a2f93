/* guard serve, revoke, keys list, keys rotate. */
#include "batten/sqlite.h"
#include "cli/cli.h"
#include "guard/guard.h"
#include "token/token.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>

#define POLICY_OPTION \
  { "--policy", "FILE", "the policy (see docs/policy.md)" }

static bool need_policy(const arguments *args, const char **out, error *e) {
  *out = arg_text(args, "--policy");
  return *out || error_set(e, ERROR_USAGE, "--policy FILE is needed");
}

static bool no_words(const arguments *args, error *e) {
  return !args->words.len ||
         error_set(e, ERROR_USAGE, "'%.*s' is one word too many", STR_ARG(args->words.at[0]));
}

static bool duration_option(const arguments *args, const char *name, double otherwise, double *out,
                            error *e) {
  str text = arg_value(args, name);
  *out = otherwise;
  return !text.ptr || str_to_duration(text, out) ||
         error_set(e, ERROR_USAGE, "%s %.*s: as in 30s, 5m, 1h or 7d", name, STR_ARG(text));
}

/* ---- serve ----------------------------------------------------------------------------------- */

static volatile int reload_asked;

static void on_reload(int number) {
  (void)number;
  reload_asked = 1;
}

static const option_row SERVE_OPTIONS[] = {
    POLICY_OPTION,
    {"--listen", "LISTEN", "address and port, or unix:PATH (default 127.0.0.1:9411)"},
    {"--metrics", "LISTEN",
     "address and port of /metrics, /livez and /readyz (default 127.0.0.1:9412; off: none)"},
    {"--proxy", "KIND",
     "nginx (default), traefik, caddy or envoy: whose headers tell of the original request"},
    {"--tls-cert", "FILE", "PEM certificate chain: serve HTTPS"},
    {"--tls-key", "FILE", "PEM key of the certificate"},
    {"--threads", "N", "threads that answer (default: one a core)"},
    {"--problem-json", NULL,
     "refusals carry an application/problem+json body, the same for every reason; else none"},
    {"--log-allowed", NULL, "log what is let through too"},
    {"--log-subjects", "HOW",
     "the subject of a verified token in the log: plain (default), hash or none"},
    {"--user", "NAME", "become this user once the sockets are open"},
    {"--no-sandbox", NULL, "do not confine the process with Landlock and seccomp"},
    {0}};

static bool read_serve(const arguments *args, guard_options *o, error *e) {
  str listen = arg_value(args, "--listen"), metrics = arg_value(args, "--metrics"),
      proxy = arg_value(args, "--proxy"), threads = arg_value(args, "--threads"),
      subjects = arg_value(args, "--log-subjects");
  uint64_t n = 0;
  *o = (guard_options){.listen = listen.ptr ? listen : STR("127.0.0.1:9411"),
                       .metrics = metrics.ptr ? metrics : STR("127.0.0.1:9412"),
                       .tls_cert = arg_text(args, "--tls-cert"),
                       .tls_key = arg_text(args, "--tls-key"),
                       .problem_json = arg_given(args, "--problem-json"),
                       .log_allowed = arg_given(args, "--log-allowed"),
                       .user = arg_text(args, "--user"),
                       .sandbox = !arg_given(args, "--no-sandbox"),
                       .reload = &reload_asked};
  if (str_eq(o->metrics, STR("off")))
    o->metrics = (str){0};
  if (!no_words(args, e) || !need_policy(args, &o->policy, e))
    return false;
  if (proxy.ptr && !proxy_parse(proxy, &o->proxy))
    return error_set(e, ERROR_USAGE, "--proxy %.*s: nginx, traefik, caddy or envoy",
                     STR_ARG(proxy));
  if (subjects.ptr && !subjects_parse(subjects, &o->subjects))
    return error_set(e, ERROR_USAGE, "--log-subjects %.*s: plain, hash or none", STR_ARG(subjects));
  if (threads.ptr && (!str_to_u64(threads, &n) || n < 1 || n > 256))
    return error_set(e, ERROR_USAGE, "--threads %.*s: a number from 1 to 256", STR_ARG(threads));
  o->threads = (unsigned)n;
  return !o->tls_cert == !o->tls_key ||
         error_set(e, ERROR_USAGE, "--tls-cert and --tls-key belong together");
}

static int run_serve(const arguments *args) {
  guard_options o;
  error e = {0};
  struct sigaction reload = {.sa_handler = on_reload};
  if (!read_serve(args, &o, &e))
    return fail(&e);
  o.stop = stop_on_signals();
  sigaction(SIGHUP, &reload, NULL);
  return guard_serve(&o, &e) ? 0 : fail(&e);
}

const command COMMAND_GUARD_SERVE = {
    .name = "guard serve",
    .usage = "--policy FILE [options]",
    .summary = "decide requests for a proxy: forward authentication",
    .about = "For nginx auth_request, Traefik ForwardAuth, Caddy forward_auth and Envoy HTTP "
             "ext_authz. 204 (Envoy: 200) with X-Batten-Subject, X-Batten-Scopes and "
             "X-Batten-Issuer, empty where there is nothing to tell, lets a request through; 401 "
             "and 403 refuse it, the same for every "
             "reason; 503 when an issuer has no loaded key. The named reason is in the JSON log "
             "line on stdout and in batten_decisions_total{decision,refusal}.\n"
             "The original request is read from X-Original-Method, -URI, -Host, -Scheme and "
             "-Client-Cert (nginx), X-Forwarded-Method, -Uri, -Host and -Proto (Traefik, Caddy), "
             "or the request line (Envoy). A header that is missing or doubled refuses; the proxy "
             "must set each of them, so that a client's own never passes: see docs/guard.md.\n"
             "SIGHUP or a changed file reloads the policy; a bad one is refused and the old one "
             "stays. Changed key files and revocations are seen within a second.",
    .options = SERVE_OPTIONS,
    .examples = "$ batten guard serve --policy batten.policy.yaml\n"
                "# beside Envoy, by a Unix socket\n"
                "$ batten guard serve --policy batten.policy.yaml --proxy envoy --listen "
                "unix:/run/batten/guard.sock",
    .run = run_serve};

/* ---- revoke ---------------------------------------------------------------------------------- */

static const option_row REVOKE_OPTIONS[] = {
    POLICY_OPTION,
    {"--jti", "J", "one token, by its jti"},
    {"--sub", "S", "all tokens of a subject"},
    {"--kid", "K", "all tokens signed by a key"},
    {"--issued-before", "T", "all tokens issued before: seconds since 1970, RFC 3339, or now"},
    {"--issuer", "I", "of this issuer alone"},
    {"--until", "T", "for how long: seconds since 1970 or RFC 3339 (default: for ever)"},
    {"--create", NULL, "make the list or database where there is none; alone, or before the entry"},
    {0}};

static bool time_value(str text, double *out) {
  return str_to_double(text, out) || time_parse_rfc3339(text, out);
}

static bool read_revocation(const arguments *args, const char **kind, str *value, double *until,
                            error *e) {
  static const char *const kinds[] = {"--jti", "--sub", "--kid", "--issued-before"};
  str given = arg_value(args, "--until");
  double when;
  *kind = NULL;
  *until = 0;
  for (int i = 0; i < 4; i++) {
    if (!arg_given(args, kinds[i]))
      continue;
    if (*kind)
      return error_set(e, ERROR_USAGE,
                       "one of --jti, --sub, --kid and --issued-before, not several");
    *kind = kinds[i] + 2;
    *value = arg_value(args, kinds[i]);
  }
  if (!*kind)
    return error_set(e, ERROR_USAGE, "what is revoked: --jti, --sub, --kid or --issued-before");
  if (strcmp(*kind, "issued-before") == 0 && str_eq(*value, STR("now")))
    *value = arena_printf(args->arena, "%.0f", clock_wall());
  if (strcmp(*kind, "issued-before") == 0 && !time_value(*value, &when))
    return error_set(e, ERROR_USAGE, "--issued-before %.*s: seconds since 1970, RFC 3339, or now",
                     STR_ARG(*value));
  return !given.ptr || time_value(given, until) ||
         error_set(e, ERROR_USAGE, "--until %.*s: seconds since 1970 or RFC 3339", STR_ARG(given));
}

/* An entry, or with --create alone none. */
static bool add_entry(const arguments *args, str file, str database, error *e) {
  const char *kind;
  str value, issuer = arg_value(args, "--issuer");
  double until;
  char message[512];
  if (!read_revocation(args, &kind, &value, &until, e))
    return false;
  const char *path = file.ptr ? file.ptr : database.ptr;
  bool ok = (file.ptr ? bt_revoke : bt_sqlite_revoke)(path, kind, (bt_text){value.ptr, value.len},
                                                      (bt_text){issuer.ptr, issuer.len}, until,
                                                      message, sizeof message);
  if (ok)
    printf("revoked: %s %.*s, in %s\n", kind, STR_ARG(value), path);
  return ok || error_set(e, ERROR_USAGE, "%s", message);
}

static bool create_place(str file, str database, error *e) {
  char message[512];
  const char *path = file.ptr ? file.ptr : database.ptr;
  bool ok = (file.ptr ? bt_revoked_create : bt_sqlite_create)(path, message, sizeof message);
  return ok || error_set(e, ERROR_USAGE, "%s", message);
}

static bool names_entry(const arguments *args) {
  return arg_given(args, "--jti") || arg_given(args, "--sub") || arg_given(args, "--kid") ||
         arg_given(args, "--issued-before");
}

static int run_revoke(const arguments *args) {
  error e = {0};
  const char *path;
  str file, database;
  bool create = arg_given(args, "--create"), entry = !create || names_entry(args);
  if (!no_words(args, &e) || !need_policy(args, &path, &e) ||
      !policy_revocation_place(args->arena, path, &file, &database, &e))
    return fail(&e);
  if (!file.ptr && !database.ptr) {
    error_set(
        &e, ERROR_USAGE,
        "%s names no revocation list: add revocation: {file: revoked.list} or {sqlite: revoked.db}",
        path);
    return fail(&e);
  }
  bool ok = (!create || create_place(file, database, &e)) &&
            (!entry || add_entry(args, file, database, &e));
  return ok ? 0 : fail(&e);
}

const command COMMAND_GUARD_REVOKE = {
    .name = "guard revoke",
    .usage = "--policy FILE (--jti J|--sub S|--kid K|--issued-before T|--create) [options]",
    .summary = "refuse tokens from now on; running guards see it within a second",
    .about = "Adds an entry to the list or database that the policy's `revocation` names. One that "
             "is missing is only made with --create: what it revoked would be good again. Nothing "
             "reloads without it; a first start warns where a list is missing, and is refused "
             "without a database.",
    .options = REVOKE_OPTIONS,
    .examples = "# once, before the first start\n$ batten guard revoke --policy batten.policy.yaml "
                "--create\n"
                "$ batten guard revoke --policy batten.policy.yaml --jti 3f0c\n"
                "# after a leak: everything that is out there\n"
                "$ batten guard revoke --policy batten.policy.yaml --issued-before now",
    .run = run_revoke};

/* ---- keys ------------------------------------------------------------------------------------ */

static const option_row LIST_OPTIONS[] = {
    POLICY_OPTION,
    {"--soon", "TIME", "raise an alarm for what ends within this time (default 7d)"},
    {0}};

static int run_list(const arguments *args) {
  error e = {0};
  const char *path;
  double soon;
  bool alarm = false;
  buf told = {.arena = args->arena};
  if (!no_words(args, &e) || !need_policy(args, &path, &e) ||
      !duration_option(args, "--soon", 7 * 86400, &soon, &e) ||
      !guard_list_keys(args->arena, path, soon, &told, &alarm, &e))
    return fail(&e);
  print_out(buf_str(&told));
  return alarm ? 1 : 0;
}

const command COMMAND_GUARD_KEYS_LIST = {
    .name = "guard keys list",
    .usage = "--policy FILE [options]",
    .summary = "the issuers' keys, and which of them end soon",
    .about = "Exit 1 when something ends soon or an issuer has no usable key.",
    .options = LIST_OPTIONS,
    .examples = "$ batten guard keys list --policy batten.policy.yaml",
    .run = run_list};

static const option_row ROTATE_OPTIONS[] = {
    POLICY_OPTION,
    {"--issuer", "I", "whose key; needed when the policy has several issuers"},
    {"--kid", "K", "name of the new key (default: today's date)"},
    {"--overlap", "TIME", "how long the old keys still count (default 24h)"},
    {"--private-out", "FILE",
     "where the new private key goes (PEM, mode 600), for public-key algorithms"},
    {"--dry-run", NULL, "say what would be done, and do nothing"},
    {0}};

static int run_rotate(const arguments *args) {
  error e = {0};
  rotation r = {.issuer = arg_value(args, "--issuer"),
                .kid = arg_value(args, "--kid"),
                .private_out = arg_text(args, "--private-out"),
                .dry_run = arg_given(args, "--dry-run")};
  buf told = {.arena = args->arena};
  if (!no_words(args, &e) || !need_policy(args, &r.policy, &e) ||
      !duration_option(args, "--overlap", 86400, &r.overlap, &e) ||
      !guard_rotate(args->arena, &r, &told, &e))
    return fail(&e);
  print_out(buf_str(&told));
  return 0;
}

const command COMMAND_GUARD_KEYS_ROTATE = {
    .name = "guard keys rotate",
    .usage = "--policy FILE [options]",
    .summary = "add a fresh key to an issuer's key file, keep the old ones for an overlap",
    .about = "The key file must be a JWK or JWKS. The new key has the kind and algorithm of the "
             "first one and stands first; the old ones get an end (exp) and are taken out by the "
             "first rotation after it. Running guards see the file within a second. Sign with the "
             "new key once every guard has it.",
    .options = ROTATE_OPTIONS,
    .examples = "# a rehearsal\n$ batten guard keys rotate --policy batten.policy.yaml --dry-run\n"
                "$ batten guard keys rotate --policy batten.policy.yaml --overlap 2h",
    .run = run_rotate};
