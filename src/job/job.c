#include "job/job.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { LINE_MAX_BYTES = 8192, ASK_MILLISECONDS = 200 };

static const double HOUR = 3600, GRACE = 10;
static const char PARENT[] = "BATTEN_PARENT"; /* tells a child whose child it is */

typedef struct {
  arena *arena;
  const job *job;
  job_result *result;
  buf output, line;
  int out, err;
  pid_t child;
  double deadline, killed_at; /* monotonic; 0: not yet */
  bool asked;
} run;

/* ---- starting -------------------------------------------------------------------------------- */

static char **make_arguments(arena *a, const job *j) {
  char **argv = arena_alloc(a, (j->arguments.len + 2) * sizeof *argv);
  argv[0] = arena_text(a, STR("batten"));
  for (size_t i = 0; i < j->arguments.len; i++)
    argv[i + 1] = arena_text(a, j->arguments.at[i]);
  return argv;
}

static char **make_environment(arena *a, const job *j) {
  size_t n = 0;
  while (environ[n])
    n++;
  char **all = arena_alloc(a, (n + j->secrets.len + 2) * sizeof *all);
  for (size_t i = 0; i < j->secrets.len; i++)
    all[i] = arena_text(a, j->secrets.at[i]);
  all[j->secrets.len] = arena_text(a, arena_printf(a, "%s=%d", PARENT, (int)getpid()));
  memcpy(all + j->secrets.len + 1, environ, n * sizeof *all);
  return all;
}

/* The child has its own copy by then. */
static void wipe_secrets(char **environment, const job *j) {
  for (size_t i = 0; i < j->secrets.len; i++)
    OPENSSL_cleanse(environment[i], j->secrets.at[i].len);
}

static bool start_child(run *r, const int out[2], const int err[2]) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, defaults;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  if (r->job->directory)
    posix_spawn_file_actions_addchdir_np(&actions, r->job->directory);
  posix_spawnattr_init(&attributes);
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGTERM);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  char **environment = make_environment(r->arena, r->job);
  int failed = posix_spawn(&r->child, "/proc/self/exe", &actions, &attributes,
                           make_arguments(r->arena, r->job), environment);
  wipe_secrets(environment, r->job);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0;
}

void job_obey_parent(void) {
  uint64_t parent;
  str text = str_of(getenv(PARENT));
  if (!str_to_u64(text, &parent))
    return;
  unsetenv(PARENT);
  prctl(PR_SET_PDEATHSIG,
        SIGKILL); /* sent when the thread ends that started this process: it waits, in job_run */
  if ((uint64_t)getppid() != parent)
    _exit(ERROR_INTERNAL);
}

/* ---- listening ------------------------------------------------------------------------------- */

/* A progress line of `--progress json`, or a sentence for a person; the last of those is the
 * message. */
static void take_line(run *r, str line) {
  line = str_trim(line);
  if (!line.len)
    return;
  json_t *v = line.ptr[0] == '{' ? json_parse(line, NULL) : NULL;
  if (v && json_object_get(v, "total")) {
    if (r->job->progress)
      r->job->progress(r->job->to, (size_t)json_integer_value(json_object_get(v, "done")),
                       (size_t)json_integer_value(json_object_get(v, "total")),
                       json_get_str(v, "step"));
  } else {
    r->result->message = arena_str(r->arena, utf8_repair(r->arena, line));
  }
  json_decref(v);
}

static void take_errors(run *r, str bytes) {
  for (size_t i = 0; i < bytes.len; i++) {
    if (bytes.ptr[i] != '\n') {
      if (r->line.len < LINE_MAX_BYTES)
        buf_char(&r->line, bytes.ptr[i]);
      continue;
    }
    take_line(r, buf_str(&r->line));
    r->line.len = 0;
  }
}

static void stop_child(run *r) {
  if (r->killed_at > 0)
    return;
  kill(-r->child, SIGINT);
  r->killed_at = clock_monotonic();
}

static bool read_some(run *r, int *fd, bool is_output) {
  static const size_t PIECE = 16384;
  char piece[16384];
  ssize_t got = read(*fd, piece, PIECE);
  if (got < 0 && errno == EINTR)
    return true;
  if (got <= 0) {
    close(*fd);
    *fd = -1;
    return false;
  }
  if (!is_output) {
    take_errors(r, str_from(piece, (size_t)got));
  } else if (r->output.len + (size_t)got > JOB_OUTPUT_MAX) {
    kill(-r->child, SIGKILL);
  } else {
    buf_put(&r->output, str_from(piece, (size_t)got));
  }
  return true;
}

static void keep_time(run *r) {
  double now = clock_monotonic();
  if (!r->result->cancelled && r->job->cancelled && r->job->cancelled(r->job->to)) {
    r->result->cancelled = true;
    stop_child(r);
  }
  if (now > r->deadline && !r->result->timed_out) {
    r->result->timed_out = true;
    stop_child(r);
  }
  if (r->killed_at > 0 && now > r->killed_at + (r->job->grace > 0 ? r->job->grace : GRACE))
    kill(-r->child, SIGKILL);
}

static void listen_until_end(run *r) {
  while (r->out >= 0 || r->err >= 0) {
    struct pollfd watched[2] = {{r->out, POLLIN, 0}, {r->err, POLLIN, 0}};
    int n = poll(watched, 2, ASK_MILLISECONDS);
    keep_time(r);
    if (n <= 0)
      continue;
    if (watched[0].revents)
      read_some(r, &r->out, true);
    if (watched[1].revents)
      read_some(r, &r->err, false);
  }
  take_line(r, buf_str(&r->line));
}

static void await_exit(run *r) {
  int state = 0;
  while (waitpid(r->child, &state, 0) < 0 && errno == EINTR)
    continue;
  r->result->exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : ERROR_INTERNAL;
  r->result->output = buf_str(&r->output);
}

bool job_run(arena *a, const job *j, job_result *out, error *e) {
  int output[2], errors[2];
  run r = {.arena = a, .job = j, .result = out, .output = {.arena = a}, .line = {.arena = a}};
  *out = (job_result){0};
  if (pipe2(output, O_CLOEXEC) != 0)
    return error_set(e, ERROR_INTERNAL, "no pipe: %s", strerror(errno));
  if (pipe2(errors, O_CLOEXEC) != 0) {
    close(output[0]);
    close(output[1]);
    return error_set(e, ERROR_INTERNAL, "no pipe: %s", strerror(errno));
  }
  bool started = start_child(&r, output, errors);
  close(output[1]);
  close(errors[1]);
  r.out = output[0];
  r.err = errors[0];
  r.deadline = clock_monotonic() + (j->timeout > 0 ? j->timeout : HOUR);
  if (started) {
    listen_until_end(&r);
    await_exit(&r);
    return true;
  }
  close(r.out);
  close(r.err);
  return error_set(e, ERROR_INTERNAL, "cannot start %s", "/proc/self/exe");
}
