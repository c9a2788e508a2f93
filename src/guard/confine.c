/* What the daemon gives up once its sockets are open. */
#include "guard/guard_private.h"
#include "sinks/sinks.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

static bool become(const char *user, error *e) {
  const struct passwd *p = getpwnam(user);
  if (!p)
    return error_set(e, ERROR_USAGE, "--user %s: there is no such user", user);
  if (setgroups(0, NULL) != 0 || setgid(p->pw_gid) != 0 || setuid(p->pw_uid) != 0)
    return error_set(e, ERROR_USAGE, "cannot become %s: %s", user, strerror(errno));
  return true;
}

static void add_folder(arena *a, str_list *folders, const char *path) {
  char *copy = arena_text(a, str_of(path)), *slash = strrchr(copy, '/');
  if (slash)
    *(slash == copy ? slash + 1 : slash) = 0;
  list_push(a, folders, slash ? str_of(copy) : STR("."));
}

static const char **named_folders(arena *a, const guard_options *o, const bt_policy *policy) {
  str_list folders = {0};
  add_folder(a, &folders, o->policy);
  for (size_t i = 0; i < bt_policy_issuer_count(policy); i++) {
    bt_issuer issuer = bt_policy_issuer(policy, i, 0);
    if (issuer.kind == BT_KEYS_FILE)
      add_folder(a, &folders, arena_text(a, str_from(issuer.source.ptr, issuer.source.len)));
  }
  bt_text revoked = bt_policy_revocation_file(policy),
          database = bt_policy_revocation_database(policy);
  if (revoked.ptr)
    add_folder(a, &folders, arena_text(a, str_from(revoked.ptr, revoked.len)));
  if (database.ptr)
    add_folder(a, &folders, database.ptr);
  const char **list = arena_alloc(a, (folders.len + 3) * sizeof *list);
  for (size_t i = 0; i < folders.len; i++)
    list[i] = folders.at[i].ptr;
  list[folders.len] = "/proc/self";       /* what the C library asks of itself */
  list[folders.len + 1] = "/run/secrets"; /* downward API and mounted tokens, where there are any */
  if (access("/run/secrets", F_OK) != 0)
    list[folders.len + 1] = NULL;
  return list;
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
  bt_spawn_options paths = {.readable = named_folders(a, o, policy)};
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
