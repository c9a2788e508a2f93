/* The daemon: a pool of epoll threads answers, one thread keeps things up. */
#include "guard/guard_private.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Longer idle than nginx keeps a connection to an upstream (60 s): who closes last never cuts a
 * question short. */
enum { CONNECTIONS_MAX = 4096, IDLE_SECONDS = 75, MEMORY_BYTES = 32 * 1024, BACKLOG = 1024 };

void guard_print_problem(const bt_problem *p, void *context) {
  (void)context;
  fprintf(stderr, "%s:", p->file ? p->file : "policy");
  if (p->line)
    fprintf(stderr, "%u:%u:", p->line, p->column);
  fprintf(stderr, " %s%s\n", p->warning ? "warning: " : "", p->message);
}

/* ---- requests -------------------------------------------------------------------------------- */

/* The request target exactly as it came, query included; MHD hands it out before it takes it apart.
 */
typedef struct {
  bool begun, waited;
  char target[];
} exchange;

static void *note_target(void *of, const char *target, struct MHD_Connection *c) {
  size_t len = strlen(target);
  exchange *x = malloc(sizeof *x + len + 1);
  (void)of, (void)c;
  if (!x)
    return NULL;
  x->begun = x->waited = false;
  memcpy(x->target, target, len + 1);
  return x;
}

static void completed(void *of, struct MHD_Connection *c, void **state,
                      enum MHD_RequestTerminationCode how) {
  (void)of, (void)c, (void)how;
  free(*state);
  *state = NULL;
}

static bool brings_body(struct MHD_Connection *c) {
  const char *length =
      MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
  return (length && strcmp(length, "0") != 0) ||
         MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

/* MHD closes a connection whose request was answered at the first call, so the answer waits for the
 * second. Only a body is not waited for: it is of no interest. */
static enum MHD_Result handle(void *of, struct MHD_Connection *c, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state) {
  exchange *x = *state;
  (void)path, (void)version, (void)data;
  if (!x)
    return MHD_NO;
  bool early = !x->begun && !brings_body(c);
  x->begun = true;
  if (early || *size) {
    *size = 0;
    return MHD_YES;
  }
  bool waits;
  enum MHD_Result done = guard_answer(of, c, x->target, method, !x->waited, &waits);
  x->waited |= waits;
  return done;
}

/* Escapes are left: the decision is about the bytes that came. */
static size_t leave_escaped(void *of, struct MHD_Connection *c, char *text) {
  (void)of, (void)c;
  return strlen(text);
}

/* ---- listening ------------------------------------------------------------------------------- */

static int listen_unix(str path, error *e) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!path.len || path.len >= sizeof address.sun_path) {
    error_set(e, ERROR_USAGE, "--listen unix:%.*s: a path of 1 to %zu bytes", STR_ARG(path),
              sizeof address.sun_path - 1);
    return -1;
  }
  memcpy(address.sun_path, path.ptr, path.len);
  struct stat info;
  if (lstat(address.sun_path, &info) == 0 && S_ISSOCK(info.st_mode))
    unlink(address.sun_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t before = umask(0117); /* owner and group: the proxy's */
  bool ok = fd >= 0 &&
            bind(fd, (const struct sockaddr *)(const void *)&address, sizeof address) == 0 &&
            listen(fd, BACKLOG) == 0;
  umask(before);
  if (ok)
    return fd;
  error_set(e, ERROR_USAGE, "cannot listen on unix:%.*s: %s", STR_ARG(path), strerror(errno));
  if (fd >= 0)
    close(fd);
  return -1;
}

static int listen_tcp(str where, error *e) {
  struct sockaddr_storage address;
  int on = 1;
  if (!listen_parse(where, "--listen", &address, e))
    return -1;
  bool v6 = address.ss_family == AF_INET6;
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0)
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t len = v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  if (fd >= 0 && bind(fd, (const struct sockaddr *)(const void *)&address, len) == 0 &&
      listen(fd, BACKLOG) == 0)
    return fd;
  error_set(e, ERROR_USAGE, "cannot listen on %.*s: %s", STR_ARG(where), strerror(errno));
  if (fd >= 0)
    close(fd);
  return -1;
}

static int open_socket(str where, error *e) {
  return str_starts(where, STR("unix:")) ? listen_unix(str_sub(where, 5, where.len), e)
                                         : listen_tcp(where, e);
}

static bool read_pem(arena *a, const char *option, const char *path, char **out, error *e) {
  str text;
  error inner = {0};
  if (!file_read(a, path, 1024 * 1024, &text, &inner))
    return error_set(e, ERROR_USAGE, "%s: %s", option, inner.message);
  *out = arena_text(a, text);
  return true;
}

/* Everything that needs rights is opened first, then they are given up, then the threads start. */
static struct MHD_Daemon *start(guard *g, arena *a, error *e) {
  const guard_options *o = g->options;
  char *cert = NULL, *key = NULL;
  if (o->tls_cert && (!read_pem(a, "--tls-cert", o->tls_cert, &cert, e) ||
                      !read_pem(a, "--tls-key", o->tls_key, &key, e)))
    return NULL;
  int fd = open_socket(o->listen, e);
  if (fd < 0)
    return NULL;
  if (!guard_confine(o, g->policy, e)) {
    close(fd);
    return NULL;
  }
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  unsigned threads = o->threads ? o->threads : (unsigned)(cores > 0 ? cores : 1);
  unsigned flags =
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (cert ? MHD_USE_TLS : 0);
  struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, cert},
                                 {MHD_OPTION_HTTPS_MEM_KEY, 0, key},
                                 {MHD_OPTION_END, 0, NULL}};
  struct MHD_Daemon *d = MHD_start_daemon(
      flags, 0, NULL, NULL, handle, g, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
      threads, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
      IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
      MHD_OPTION_URI_LOG_CALLBACK, note_target, NULL, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
      MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_ARRAY, cert ? tls : tls + 2,
      MHD_OPTION_END);
  if (!d) {
    close(fd);
    error_set(e, ERROR_USAGE, "the server cannot start%s",
              cert ? ": are certificate and key a pair?" : "");
  }
  return d;
}

static void say_where(const guard *g, struct MHD_Daemon *d) {
  struct sockaddr_storage address;
  socklen_t len = sizeof address;
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_LISTEN_FD);
  unsigned port = 0;
  if (info && getsockname(info->listen_fd, (struct sockaddr *)(void *)&address, &len) == 0) {
    if (address.ss_family == AF_INET)
      port = ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
      port = ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port);
  }
  if (port)
    log_event("listening", "%.*s:%u", STR_ARG(authority_host(g->options->listen)), port);
  else
    log_event("listening", "%.*s", STR_ARG(g->options->listen));
}

bool guard_serve(const guard_options *o, error *e) {
  guard *g = calloc(1, sizeof *g);
  if (!g)
    abort();
  arena *a = arena_new();
  g->options = o;
  pthread_rwlock_init(&g->lock, NULL);
  pthread_mutex_init(&g->fetching, NULL);
  pthread_cond_init(&g->fetched, NULL);
  g->introspection = introspect_new();
  g->seen = file_stamp_of(o->policy);
  g->policy = guard_load(o->policy, guard_print_problem, NULL);
  bool ok = g->policy || error_set(e, ERROR_USAGE, "the policy %s is not usable", o->policy);
  struct MHD_Daemon *d = ok ? start(g, a, e) : NULL;
  struct MHD_Daemon *metrics = d && o->metrics.len ? metrics_start(g, e) : NULL;
  ok = d && (metrics || !o->metrics.len);
  if (ok) {
    say_where(g, d);
    ok = upkeep_run(g, e);
  }
  introspect_stop(g->introspection);
  if (d)
    MHD_stop_daemon(d);
  if (metrics)
    MHD_stop_daemon(metrics);
  bt_policy_free(g->policy);
  pthread_rwlock_destroy(&g->lock);
  pthread_mutex_destroy(&g->fetching);
  pthread_cond_destroy(&g->fetched);
  introspect_free(g->introspection);
  free(g);
  arena_free(a);
  return ok;
}
