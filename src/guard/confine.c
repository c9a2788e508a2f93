/* What the daemon gives up once its sockets are open. */
#include "guard/guard_private.h"
#include "sinks/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

static bool become(const char *user, error *e) {
  const struct passwd *p = getpwnam(user);
  if (!p)
    return error_set(e, ERROR_USAGE, "--user %s: there is no such user", user);
  if (setgroups(0, NULL) != 0 || setgid(p->pw_gid) != 0 || setuid(p->pw_uid) != 0)
    return error_set(e, ERROR_USAGE, "cannot become %s: %s", user, strerror(errno));
  return true;
}

typedef struct {
  arena *arena;
  str_list at;
} folder_list;

/* A folder that is not there has nothing to read. */
static void add_folder(folder_list *folders, const char *file) {
  char *copy = arena_text(folders->arena, str_of(file)), *slash = strrchr(copy, '/');
  if (slash)
    *(slash == copy ? slash + 1 : slash) = 0;
  const char *folder = slash ? copy : ".";
  if (access(folder, F_OK) == 0)
    list_push(folders->arena, &folders->at, str_of(folder));
}

/* Also where a link leads, as those of mounted secrets do. */
static void add_file(const char *file, void *of) {
  folder_list *folders = of;
  add_folder(folders, file);
  char *real = realpath(file, NULL);
  if (real)
    add_folder(folders, real);
  free(real);
}

/* Where the policy, and each file that it names, may be read again. */
static const char **named_folders(arena *a, const guard_options *o) {
  folder_list folders = {.arena = a};
  add_file(o->policy, &folders);
  bt_policy_files(o->policy, add_file, &folders);
  list_push(a, &folders.at, STR("/proc/self")); /* what the C library asks of itself */
  if (access("/run/secrets", F_OK) == 0)        /* downward API and mounted tokens */
    list_push(a, &folders.at, STR("/run/secrets"));
  const char **list = arena_alloc(a, (folders.at.len + 1) * sizeof *list);
  for (size_t i = 0; i < folders.at.len; i++)
    list[i] = folders.at.at[i].ptr;
  return list;
}

/* Whether it is the sandbox that keeps a file from being read. */
static bool is_shut_out(const char *file) {
  int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0)
    close(fd);
  return fd < 0 && errno == EACCES && access(file, R_OK) == 0;
}

static void count_shut_out(const char *file, void *of) {
  size_t *count = of;
  if (!is_shut_out(file))
    return;
  ++*count;
  log_event("sandbox",
            "%s lies in none of the folders that the policy named when the daemon started, and the "
            "sandbox opens no other: restart the daemon to take it",
            file);
}

bool guard_may_read(const guard_options *o) {
  size_t count = 0;
  bt_policy_files(o->policy, count_shut_out, &count);
  return count == 0;
}

/* What a module of PKCS#11 opens, nobody knows beforehand. */
static bool uses_pkcs11(const bt_policy *policy) {
  for (size_t i = 0; i < bt_policy_issuer_count(policy); i++)
    if (bt_policy_issuer(policy, i, 0).kind == BT_KEYS_PKCS11)
      return true;
  return false;
}

bool guard_confine(const guard_options *o, const bt_policy *policy, error *e) {
  if (o->user && !become(o->user, e))
    return false;
  if (!o->sandbox)
    return true;
  if (uses_pkcs11(policy))
    return error_set(e, ERROR_USAGE,
                     "keys from pkcs11 need --no-sandbox: which files and devices the module opens "
                     "is not known");
  arena *a = arena_new();
  bt_spawn_options paths = {.readable = named_folders(a, o)};
  int ruleset = confine_ruleset(&paths);
  if (ruleset < 0)
    log_event("sandbox", "this kernel has no Landlock: files are not confined");
  bool ok = confine_self(ruleset, CONFINE_CALLS | CONFINE_PROGRAMS);
  if (ruleset >= 0)
    close(ruleset);
  arena_free(a);
  return ok || error_set(e, ERROR_INTERNAL,
                         "the kernel refused the sandbox: --no-sandbox runs without it");
}
