/* Processes without a shell. */
#include "base/base.h"
#include "sinks/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT_DEFAULT = 10000, OUTPUT_DEFAULT = 1 << 20 };

/* ---- pipes ----------------------------------------------------------------------------------- */

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

static void pipes_close_child(spawn_pipes *p) {
  close_end(&p->in.child);
  close_end(&p->out.child);
  close_end(&p->err.child);
  close_end(&p->failed.child);
  close_end(&p->orders.child);
  close_end(&p->report.child);
}

static void pipes_close(spawn_pipes *p) {
  pipes_close_child(p);
  close_end(&p->in.parent);
  close_end(&p->out.parent);
  close_end(&p->err.parent);
  close_end(&p->failed.parent);
  close_end(&p->orders.parent);
  close_end(&p->report.parent);
}

static bool pipes_open(spawn_pipes *p) {
  *p = (spawn_pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
  if (pipe_make(&p->in, true) && pipe_make(&p->out, false) && pipe_make(&p->err, false) &&
      pipe_make(&p->failed, false) && pipe_make(&p->orders, true) && pipe_make(&p->report, false))
    return true;
  pipes_close(p);
  return false;
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

static bt_sink_status exchange_all(exchange *x, spawn_pipes *p) {
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
static bt_sink_status wait_end(const exchange *x, int report) {
  struct pollfd told = {report, POLLIN, 0};
  double left = x->deadline - clock_monotonic();
  while (left > 0) {
    int n = poll(&told, 1, (int)(left * 1000) + 1);
    if (n > 0)
      return BT_SINK_OK;
    if (n < 0 && errno != EINTR)
      return BT_SINK_SYSTEM;
    left = x->deadline - clock_monotonic();
  }
  return BT_SINK_TIMEOUT;
}

/* Nothing runs any more once it has come. */
static bool read_report(int fd, spawn_report *out) {
  ssize_t got;
  do
    got = read(fd, out, sizeof *out);
  while (got < 0 && errno == EINTR);
  return got == sizeof *out;
}

static bt_sink_status failure_of(int fd) {
  unsigned char byte = 0;
  ssize_t got;
  do
    got = read(fd, &byte, 1);
  while (got < 0 && errno == EINTR);
  return got == 1 && byte < BT_SINK_COUNT ? (bt_sink_status)byte : BT_SINK_OK;
}

static bt_sink_status supervise(const bt_spawn_options *o, spawn_pipes *p,
                                bt_spawn_result *result) {
  exchange x = {.input = o->input, .input_left = o->input ? o->input_len : 0, .result = result};
  spawn_report report = {0};
  x.limit = o->output_limit ? o->output_limit : OUTPUT_DEFAULT;
  x.deadline = clock_monotonic() + (o->timeout_ms ? o->timeout_ms : TIMEOUT_DEFAULT) / 1000.0;
  pipes_close_child(p);
  bt_sink_status status = failure_of(p->failed.parent);
  fcntl(p->in.parent, F_SETFL, O_NONBLOCK);
  if (!status)
    status = exchange_all(&x, p);
  if (!status)
    status = wait_end(&x, p->report.parent);
  bool ordered = !status || write(p->orders.parent, "x", 1) == 1;
  close_end(&p->out.parent);
  close_end(&p->err.parent);
  bool reported = ordered && read_report(p->report.parent, &report);
  if (status)
    return status;
  if (!reported || !report.ended)
    return BT_SINK_SYSTEM;
  result->exit_code = WIFEXITED(report.state) ? WEXITSTATUS(report.state) : -1;
  result->signal = WIFSIGNALED(report.state) ? WTERMSIG(report.state) : 0;
  return BT_SINK_OK;
}

/* With all signals blocked, so that no handler of the caller's runs in the copy. */
static pid_t fork_quietly(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = fork();
  if (child != 0)
    pthread_sigmask(SIG_SETMASK, &before, NULL);
  return child;
}

/* A program that does not read its input makes writing to it a SIGPIPE, which is not the caller's
 * to die of. One that was pending before stays so. */
static bt_sink_status supervise_quietly(const bt_spawn_options *o, spawn_pipes *p,
                                        bt_spawn_result *result) {
  static const struct timespec at_once;
  sigset_t broken_pipe, before, pending;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
  bt_sink_status status = supervise(o, p, result);
  if (!sigismember(&pending, SIGPIPE))
    while (sigtimedwait(&broken_pipe, NULL, &at_once) < 0 && errno == EINTR)
      continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status;
}

static void reap(pid_t keeper) {
  int state;
  while (waitpid(keeper, &state, 0) < 0 && errno == EINTR)
    continue;
}

bt_sink_status bt_spawn(const char *const *argv, const bt_spawn_options *options,
                        bt_spawn_result *result) {
  static const bt_spawn_options strictest;
  const bt_spawn_options *o = options ? options : &strictest;
  spawn_pipes p;
  int ruleset = -1;
  *result = (bt_spawn_result){.exit_code = -1};
  bt_sink_status status = program_check(argv, o);
  if (status)
    return status;
  if (o->landlock && (ruleset = confine_ruleset(o)) < 0)
    return BT_SINK_CONFINEMENT;
  status = BT_SINK_SYSTEM;
  if (pipes_open(&p)) {
    pid_t keeper = fork_quietly();
    if (keeper == 0)
      keeper_run(argv, o, &p, ruleset);
    if (keeper > 0) {
      status = supervise_quietly(o, &p, result);
      reap(keeper);
    }
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
