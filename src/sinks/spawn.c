/* Processes without a shell. */
#include "base/base.h"
#include "sinks/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT_DEFAULT = 10000, ARGUMENT_MAX = 128 * 1024, ARGUMENTS_MAX = 1024 };

enum { OUTPUT_DEFAULT = 1 << 20, MEMORY_DEFAULT = 512 << 20 };

/* ---- what may be run ------------------------------------------------------------------------- */

static bt_sink_status check_arguments(const char *const *argv, const bt_spawn_options *o) {
  size_t first = o->first_untrusted ? o->first_untrusted : 1, i;
  if (!argv || !argv[0] || !*argv[0])
    return BT_SINK_EMPTY;
  if (argv[0][0] != '/')
    return BT_SINK_PROGRAM;
  for (i = 1; argv[i]; i++) {
    if (i >= ARGUMENTS_MAX || strlen(argv[i]) > ARGUMENT_MAX)
      return BT_SINK_TOO_LONG;
    if (i >= first && argv[i][0] == '-' && !o->allow_dash)
      return BT_SINK_DASH;
  }
  return access(argv[0], X_OK) == 0 ? BT_SINK_OK : BT_SINK_PROGRAM;
}

/* ---- pipes ----------------------------------------------------------------------------------- */

typedef struct {
  int child, parent;
} end_pair;

typedef struct {
  end_pair in, out, err,
      failed; /* `failed` tells why exec did not happen; closed by a successful exec */
} pipes;

static bool pipe_make(end_pair *p, bool child_reads) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return false;
  p->child = fds[child_reads ? 0 : 1];
  p->parent = fds[child_reads ? 1 : 0];
  return true;
}

static void close_end(int *fd) {
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static void pipes_close_child(pipes *p) {
  close_end(&p->in.child);
  close_end(&p->out.child);
  close_end(&p->err.child);
  close_end(&p->failed.child);
}

static void pipes_close(pipes *p) {
  pipes_close_child(p);
  close_end(&p->in.parent);
  close_end(&p->out.parent);
  close_end(&p->err.parent);
  close_end(&p->failed.parent);
}

static bool pipes_open(pipes *p) {
  *p = (pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
  if (pipe_make(&p->in, true) && pipe_make(&p->out, false) && pipe_make(&p->err, false) &&
      pipe_make(&p->failed, false))
    return true;
  pipes_close(p);
  return false;
}

/* ---- the child: async-signal-safe calls only ------------------------------------------------- */

static void child_fail(int to, bt_sink_status status) {
  unsigned char byte = (unsigned char)status;
  ssize_t written = write(to, &byte, 1);
  _exit(written == 1 ? 127 : 126);
}

static void child_limits(const bt_spawn_options *o) {
  struct rlimit memory = {o->memory_limit ? o->memory_limit : MEMORY_DEFAULT, 0}, core = {0, 0};
  memory.rlim_max = memory.rlim_cur;
  setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_CORE, &core);
}

static void child_signals(void) {
  struct sigaction plain = {.sa_handler = SIG_DFL};
  sigset_t none;
  for (int number = 1; number < 32; number++)
    if (number != SIGKILL && number != SIGSTOP)
      sigaction(number, &plain, NULL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 0, 1, 2 become the pipes, 3 the one that reports failure; all above goes. */
static bool child_descriptors(const pipes *p) {
  int moved[4] = {fcntl(p->in.child, F_DUPFD, 10), fcntl(p->out.child, F_DUPFD, 10),
                  fcntl(p->err.child, F_DUPFD, 10), fcntl(p->failed.child, F_DUPFD, 10)};
  for (int i = 0; i < 4; i++)
    if (moved[i] < 0 || dup2(moved[i], i) < 0)
      return false;
  return fcntl(3, F_SETFD, FD_CLOEXEC) == 0;
}

static void child_run(const char *const *argv, const bt_spawn_options *o, const pipes *p,
                      int ruleset) {
  static const char *const plain[] = {"PATH=/usr/bin:/bin", NULL};
  const char *const *environment = o->environment ? o->environment : plain;
  int rules = -1;
  child_signals();
  setpgid(0, 0);
  if (ruleset >= 0)
    rules = fcntl(ruleset, F_DUPFD, 20);
  if (!child_descriptors(p))
    child_fail(p->failed.child, BT_SINK_SYSTEM);
  if (chdir(o->directory ? o->directory : "/") != 0)
    child_fail(3, BT_SINK_SYSTEM);
  child_limits(o);
  if (!confine_self(rules, o->seccomp ? CONFINE_CALLS | CONFINE_SOCKETS : 0))
    child_fail(3, BT_SINK_CONFINEMENT);
  if (syscall(SYS_close_range, 4u, ~0u, 0) != 0)
    for (int fd = 4; fd < 65536; fd++)
      close(fd);
  execve(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
  child_fail(3, BT_SINK_PROGRAM);
}

/* ---- the parent: feed, gather, bound --------------------------------------------------------- */

typedef struct {
  const char *input;
  size_t input_left, limit, gathered;
  double deadline;
  bt_spawn_result *result;
} exchange;

static void feed(exchange *x, int *fd) {
  ssize_t sent = x->input_left ? write(*fd, x->input, x->input_left) : 0;
  if (sent > 0) {
    x->input += sent;
    x->input_left -= (size_t)sent;
  }
  if (!x->input_left || (sent < 0 && errno != EAGAIN && errno != EINTR))
    close_end(fd);
}

static bt_sink_status gather(exchange *x, int *fd, char **to, size_t *len) {
  char piece[16384];
  ssize_t got = read(*fd, piece, sizeof piece);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return BT_SINK_OK;
  if (got <= 0) {
    close_end(fd);
    return BT_SINK_OK;
  }
  x->gathered += (size_t)got;
  if (x->gathered > x->limit)
    return BT_SINK_OUTPUT;
  char *more = realloc(*to, *len + (size_t)got + 1);
  if (!more)
    return BT_SINK_SYSTEM;
  memcpy(more + *len, piece, (size_t)got);
  *to = more;
  *len += (size_t)got;
  more[*len] = 0;
  return BT_SINK_OK;
}

static bt_sink_status exchange_all(exchange *x, pipes *p) {
  bt_sink_status status = BT_SINK_OK;
  if (!x->input_left)
    close_end(&p->in.parent);
  while (!status && (p->out.parent >= 0 || p->err.parent >= 0)) {
    struct pollfd watched[3] = {
        {p->in.parent, POLLOUT, 0}, {p->out.parent, POLLIN, 0}, {p->err.parent, POLLIN, 0}};
    double left = x->deadline - clock_monotonic();
    if (left <= 0)
      return BT_SINK_TIMEOUT;
    if (poll(watched, 3, (int)(left * 1000) + 1) < 0 && errno != EINTR)
      return BT_SINK_SYSTEM;
    if (watched[0].revents)
      feed(x, &p->in.parent);
    if (watched[1].revents)
      status = gather(x, &p->out.parent, &x->result->output, &x->result->output_len);
    if (!status && watched[2].revents)
      status = gather(x, &p->err.parent, &x->result->error, &x->result->error_len);
  }
  return status;
}

/* Both outputs are closed, yet the process may live on: it has until the deadline. */
static bt_sink_status wait_end(pid_t child, const exchange *x, int *state) {
  struct pollfd ended = {(int)syscall(SYS_pidfd_open, child, 0), POLLIN, 0};
  int n = 0;
  while (ended.fd >= 0 && n == 0) {
    double left = x->deadline - clock_monotonic();
    if (left <= 0)
      break;
    n = poll(&ended, 1, (int)(left * 1000) + 1);
    if (n < 0 && errno == EINTR)
      n = 0;
  }
  close_end(&ended.fd);
  if (n == 0)
    return BT_SINK_TIMEOUT;
  return waitpid(child, state, WNOHANG) == child ? BT_SINK_OK : BT_SINK_SYSTEM;
}

static bt_sink_status failure_of(int fd) {
  unsigned char byte = 0;
  ssize_t got;
  do
    got = read(fd, &byte, 1);
  while (got < 0 && errno == EINTR);
  return got == 1 && byte < BT_SINK_COUNT ? (bt_sink_status)byte : BT_SINK_OK;
}

static bt_sink_status supervise(pid_t child, const bt_spawn_options *o, pipes *p,
                                bt_spawn_result *result) {
  exchange x = {.input = o->input, .input_left = o->input ? o->input_len : 0, .result = result};
  int state = 0;
  x.limit = o->output_limit ? o->output_limit : OUTPUT_DEFAULT;
  x.deadline = clock_monotonic() + (o->timeout_ms ? o->timeout_ms : TIMEOUT_DEFAULT) / 1000.0;
  pipes_close_child(p);
  bt_sink_status status = failure_of(p->failed.parent);
  fcntl(p->in.parent, F_SETFL, O_NONBLOCK);
  if (!status)
    status = exchange_all(&x, p);
  if (!status)
    status = wait_end(child, &x, &state);
  if (status) {
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
      continue;
    return status;
  }
  kill(-child, SIGKILL); /* what it left behind in its group */
  result->exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
  result->signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
  return BT_SINK_OK;
}

bt_sink_status bt_spawn(const char *const *argv, const bt_spawn_options *options,
                        bt_spawn_result *result) {
  static const bt_spawn_options strictest;
  const bt_spawn_options *o = options ? options : &strictest;
  pipes p;
  int ruleset = -1;
  *result = (bt_spawn_result){.exit_code = -1};
  bt_sink_status status = check_arguments(argv, o);
  if (status)
    return status;
  if (o->landlock && (ruleset = confine_ruleset(o)) < 0)
    return BT_SINK_CONFINEMENT;
  status = BT_SINK_SYSTEM;
  if (pipes_open(&p)) {
    pid_t child = fork();
    if (child == 0)
      child_run(argv, o, &p, ruleset);
    if (child > 0)
      status = supervise(child, o, &p, result);
    pipes_close(&p);
  }
  if (ruleset >= 0)
    close(ruleset);
  return status;
}

void bt_spawn_free(bt_spawn_result *result) {
  free(result->output);
  free(result->error);
  *result = (bt_spawn_result){0};
}
