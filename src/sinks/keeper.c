/* Between the caller and the program stands a process of ours, the keeper. Orphans of the program
 * become its children (PR_SET_CHILD_SUBREAPER), so nothing that the program starts can leave: not
 * by a session of its own, not by a parent that ends. The caller is left as it is; it may have
 * children of its own that are no business of ours. Only async-signal-safe calls: the caller may
 * have threads. */
#include "sinks/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEMORY_DEFAULT = 512 << 20 };

static void close_from(unsigned first) {
  if (syscall(SYS_close_range, first, ~0u, 0) != 0)
    for (int fd = (int)first; fd < 65536; fd++)
      close(fd);
}

static void plain_signals(void) {
  struct sigaction plain = {.sa_handler = SIG_DFL};
  for (int number = 1; number < 32; number++)
    if (number != SIGKILL && number != SIGSTOP)
      sigaction(number, &plain, NULL);
}

/* Lays these descriptors to 0, 1, ...; -1 is passed over. */
static bool place_descriptors(const int *from, int count) {
  int moved[4];
  for (int i = 0; i < count; i++)
    if ((moved[i] = fcntl(from[i], F_DUPFD, 10)) < 0)
      return false;
  for (int i = 0; i < count; i++)
    if (dup2(moved[i], i) < 0)
      return false;
  return true;
}

/* ---- the program ------------------------------------------------------------------------------
 */

static _Noreturn void child_fail(int to, bt_sink_status status) {
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
  sigset_t none;
  plain_signals();
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 0, 1, 2 become the pipes, 3 the one that reports failure; all above goes. */
static bool child_descriptors(const spawn_pipes *p) {
  const int from[] = {p->in.child, p->out.child, p->err.child, p->failed.child};
  return place_descriptors(from, 4) && fcntl(3, F_SETFD, FD_CLOEXEC) == 0;
}

static _Noreturn void child_run(const char *const *argv, const bt_spawn_options *o,
                                const spawn_pipes *p, int ruleset) {
  static const char *const plain[] = {"PATH=/usr/bin:/bin", NULL};
  const char *const *environment = o->environment ? o->environment : plain;
  int rules = -1;
  child_signals();
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (ruleset >= 0)
    rules = fcntl(ruleset, F_DUPFD, 20);
  if (!child_descriptors(p))
    child_fail(p->failed.child, BT_SINK_SYSTEM);
  if (chdir(o->directory ? o->directory : "/") != 0)
    child_fail(3, BT_SINK_SYSTEM);
  child_limits(o);
  if (!confine_self(rules, o->seccomp ? CONFINE_CALLS | CONFINE_SOCKETS : 0))
    child_fail(3, BT_SINK_CONFINEMENT);
  close_from(4);
  execve(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
  child_fail(3, BT_SINK_PROGRAM);
}

/* ---- the keeper ------------------------------------------------------------------------------ */

enum { ORDERS, REPORT }; /* its descriptors */

typedef enum { NONE_LEFT, SOME_KILLED, NOT_KNOWN } killing;

/* Kills whoever is a child of this process now. Their children come next, once they are orphans. */
static killing kill_children(void) {
  char list[4096];
  int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  ssize_t len = fd < 0 ? -1 : read(fd, list, sizeof list);
  pid_t number = 0;
  bool any = false, killed = false;
  if (fd >= 0)
    close(fd);
  for (ssize_t i = 0; i < len; i++) {
    if (list[i] >= '0' && list[i] <= '9') {
      number = number * 10 + (list[i] - '0');
      continue;
    }
    any = true;
    killed |= number > 1 && kill(number, SIGKILL) == 0;
    number = 0;
  }
  if (len < 0 || (any && !killed))
    return NOT_KNOWN;
  return any ? SOME_KILLED : NONE_LEFT;
}

static void note_end(pid_t ended, int state, pid_t child, spawn_report *report) {
  if (ended != child)
    return;
  report->ended = true;
  report->state = state;
}

/* Until there is no child left, and so no descendant. */
static void end_all(pid_t child, spawn_report *report) {
  int state = 0;
  pid_t ended = 0;
  kill(-child, SIGKILL);
  while (ended >= 0 || errno == EINTR) {
    killing done = kill_children();
    if (done == NOT_KNOWN) { /* no /proc: what has left the group cannot be found */
      kill(child, SIGKILL);
      if (!report->ended)
        note_end(waitpid(child, &state, 0), state, child, report);
      return;
    }
    ended = waitpid(-1, &state, done == NONE_LEFT ? WNOHANG : 0);
    note_end(ended, state, child, report);
    if (ended == 0)
      sched_yield();
  }
}

/* Until the program ends, or the caller wants its end, or is no more. */
static void keep(pid_t child, int signals, spawn_report *report) {
  struct pollfd watched[2] = {{signals, POLLIN, 0}, {ORDERS, POLLIN, 0}};
  while (!report->ended && !watched[1].revents) {
    struct signalfd_siginfo told;
    int state;
    pid_t ended;
    poll(watched, 2, -1);
    while (read(signals, &told, sizeof told) > 0)
      continue;
    while ((ended = waitpid(-1, &state, WNOHANG)) > 0)
      note_end(ended, state, child, report);
  }
}

void keeper_run(const char *const *argv, const bt_spawn_options *o, const spawn_pipes *p,
                int ruleset) {
  const int own[] = {p->orders.child, p->report.child};
  spawn_report report = {0};
  sigset_t ends;
  plain_signals();
  setpgid(0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  pid_t child = fork();
  if (child == 0)
    child_run(argv, o, p, ruleset);
  if (child < 0 || !place_descriptors(own, 2)) {
    if (child > 0)
      kill(child, SIGKILL);
    child_fail(p->failed.child, BT_SINK_SYSTEM);
  }
  close_from(REPORT + 1); /* nothing of the caller is held open */
  sigemptyset(&ends);
  sigaddset(&ends, SIGCHLD);
  int signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals >= 0)
    keep(child, signals, &report);
  bool by_itself = report.ended;
  end_all(child, &report);
  report.ended = by_itself;
  ssize_t written = write(REPORT, &report, sizeof report);
  _exit(written == sizeof report ? 0 : 1);
}
