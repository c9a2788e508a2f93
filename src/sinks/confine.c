/* Landlock and seccomp for spawned processes, by the kernel's own interface: nothing to link,
 * nothing to allocate after the fork. */
#include "sinks/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock -------------------------------------------------------------------------------- */

enum {
  READ_RIGHTS =
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
  WRITE_RIGHTS = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                 LANDLOCK_ACCESS_FS_MAKE_REG,
  /* Handled and never granted: devices, pipes, sockets, links. */
  OTHER_RIGHTS = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                 LANDLOCK_ACCESS_FS_MAKE_SYM,
  FILE_RIGHTS =
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE
};

static bool allow_path(int ruleset, const char *path, uint64_t rights, bool may_miss) {
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0)
    return may_miss;
  struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
  long done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  if (done != 0 && errno == EINVAL) { /* a file takes only the rights that files have */
    rule.allowed_access &= FILE_RIGHTS;
    done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  }
  close(fd);
  return done == 0;
}

static bool allow_paths(int ruleset, const char *const *paths, uint64_t rights, bool may_miss) {
  for (; paths && *paths; paths++)
    if (!allow_path(ruleset, *paths, rights, may_miss))
      return false;
  return true;
}

int confine_ruleset(const bt_spawn_options *options) {
  static const char *const system_paths[] = {"/usr", "/bin", "/lib", "/lib64", "/etc", NULL};
  static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/urandom", NULL};
  struct landlock_ruleset_attr attr = {.handled_access_fs =
                                           READ_RIGHTS | WRITE_RIGHTS | OTHER_RIGHTS};
  long ruleset = syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
  if (ruleset < 0)
    return -1;
  if (allow_paths((int)ruleset, system_paths, READ_RIGHTS, true) &&
      allow_paths((int)ruleset, devices,
                  LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE, true) &&
      allow_paths((int)ruleset, options->readable, READ_RIGHTS, false) &&
      allow_paths((int)ruleset, options->writable, READ_RIGHTS | WRITE_RIGHTS, false))
    return (int)ruleset;
  close((int)ruleset);
  return -1;
}

/* ---- seccomp --------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define THIS_ARCHITECTURE 0
#endif

#define LOAD(field) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define REFUSE_CALL(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), REFUSE

#if defined(__x86_64__)
#define NO_OTHER_NUMBERS \
  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), REFUSE, /* the x32 numbers */
#else
#define NO_OTHER_NUMBERS
#endif
#define START                                                               \
  LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0), \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), LOAD(nr), NO_OTHER_NUMBERS
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What leads out of a container or into another process; the rest is left to the program. */
static struct sock_filter CALLS[] = {
    START REFUSE_CALL(ptrace),
    REFUSE_CALL(process_vm_readv),
    REFUSE_CALL(process_vm_writev),
    REFUSE_CALL(kcmp),
    REFUSE_CALL(mount),
    REFUSE_CALL(umount2),
    REFUSE_CALL(pivot_root),
    REFUSE_CALL(chroot),
    REFUSE_CALL(move_mount),
    REFUSE_CALL(open_tree),
    REFUSE_CALL(fsopen),
    REFUSE_CALL(mount_setattr),
    REFUSE_CALL(unshare),
    REFUSE_CALL(setns),
    REFUSE_CALL(init_module),
    REFUSE_CALL(finit_module),
    REFUSE_CALL(delete_module),
    REFUSE_CALL(kexec_load),
    REFUSE_CALL(bpf),
    REFUSE_CALL(perf_event_open),
    REFUSE_CALL(keyctl),
    REFUSE_CALL(add_key),
    REFUSE_CALL(request_key),
    REFUSE_CALL(userfaultfd),
    REFUSE_CALL(io_uring_setup),
    REFUSE_CALL(open_by_handle_at),
    REFUSE_CALL(name_to_handle_at),
    REFUSE_CALL(reboot),
    REFUSE_CALL(swapon),
    REFUSE_CALL(swapoff),
    REFUSE_CALL(settimeofday),
    REFUSE_CALL(pidfd_getfd),
    /* New namespaces by clone; clone3 hides its flags in memory, so it is not there and libc falls
       back. */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
    LOAD(args[0]),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x7E020000, 0,
             1), /* CLONE_NEW*: all but CLONE_NEWTIME, which clone lacks */
    REFUSE,
    ALLOW,
};

/* No new socket but a Unix one. */
static struct sock_filter SOCKETS[] = {
    START BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
    LOAD(args[0]),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1 /* AF_UNIX */, 1, 0),
    REFUSE,
    ALLOW,
};

static struct sock_filter PROGRAMS[] = {START REFUSE_CALL(execve), REFUSE_CALL(execveat), ALLOW};

static bool install(struct sock_filter *filter, size_t len) {
  struct sock_fprog program = {.len = (unsigned short)len, .filter = filter};
  return THIS_ARCHITECTURE && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

bool confine_self(int ruleset, unsigned what) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return false;
  if (ruleset >= 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
    return false;
  return (!(what & CONFINE_CALLS) || install(CALLS, sizeof CALLS / sizeof *CALLS)) &&
         (!(what & CONFINE_SOCKETS) || install(SOCKETS, sizeof SOCKETS / sizeof *SOCKETS)) &&
         (!(what & CONFINE_PROGRAMS) || install(PROGRAMS, sizeof PROGRAMS / sizeof *PROGRAMS));
}
