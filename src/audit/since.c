#include "audit/since.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIST_LIMIT = 64 * 1024 * 1024 };

static void read_all(arena *a, int fd, buf *out) {
  char *block = arena_alloc(a, 65536);
  for (ssize_t n; (n = read(fd, block, 65536)) > 0;)
    if (out->len < LIST_LIMIT)
      buf_put(out, str_from(block, (size_t)n));
}

/* Runs git and gives what it wrote; false when it could not be run or failed. */
static bool git(arena *a, const char *const *argv, str *out) {
  extern char **environ;
  posix_spawn_file_actions_t actions;
  int pipes[2], status = -1;
  pid_t pid;
  buf text = {.arena = a};
  if (pipe(pipes) != 0)
    return false;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
  posix_spawn_file_actions_addclose(&actions, pipes[0]);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
  bool started =
      posix_spawnp(&pid, "git", &actions, NULL, (char *const *)(uintptr_t)argv, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  close(pipes[1]);
  if (started)
    read_all(a, pipes[0], &text);
  close(pipes[0]);
  if (started)
    waitpid(pid, &status, 0);
  *out = buf_str(&text);
  return started && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void add_names(arena *a, str text, str_list *out) {
  str name;
  while (str_next(&text, '\0', &name))
    if (name.len)
      list_push(a, out, name);
}

bool changed_since(arena *a, const char *dir, const char *revision, str_list *out, error *e) {
  const char *diff[] = {"git",         "-C", dir,          "diff",
                        "--name-only", "-z", "--relative", "--end-of-options",
                        revision,      "--", NULL};
  const char *others[] = {"git", "-C", dir, "ls-files", "-z", "--others", "--exclude-standard",
                          NULL};
  str text;
  if (!git(a, diff, &text))
    return error_set(e, ERROR_USAGE, "--since %s: git finds no such revision in %s", revision, dir);
  add_names(a, text, out);
  if (git(a, others, &text))
    add_names(a, text, out);
  return true;
}
