/* Files beneath a directory. The name is untrusted, the root is the program's own. */
#include "base/base.h"
#include "batten/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bt_sink_status check_name(str name) {
  if (!name.len)
    return BT_SINK_EMPTY;
  if (name.len > BT_NAME_MAX)
    return BT_SINK_TOO_LONG;
  for (size_t i = 0; i < name.len; i++)
    if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7F)
      return BT_SINK_BAD_BYTE;
  if (name.ptr[0] == '/')
    return BT_SINK_ABSOLUTE;
  str rest = name, part;
  while (str_next(&rest, '/', &part))
    if (str_eq(part, STR("..")))
      return BT_SINK_TRAVERSAL;
  return BT_SINK_OK;
}

static bt_sink_status status_of_errno(void) {
  switch (errno) {
  case ELOOP:
    return BT_SINK_SYMLINK;
  case EXDEV:
    return BT_SINK_MOUNT;
  case ENOENT:
  case ENOTDIR:
    return BT_SINK_NOT_FOUND;
  case ENAMETOOLONG:
    return BT_SINK_TOO_LONG;
  case ENXIO:
    return BT_SINK_NOT_REGULAR;
  default:
    return BT_SINK_SYSTEM;
  }
}

enum { READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY };

static int open_at_once(int root, const char *name) {
  struct open_how how = {.flags = READ_FLAGS,
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
                                    RESOLVE_NO_XDEV};
  long fd;
  /* EAGAIN: a rename raced with the look-up of `..`, which cannot be in the name; once more is
   * enough. */
  for (int tries = 0; tries < 3; tries++) {
    fd = syscall(SYS_openat2, root, name, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN)
      break;
  }
  return (int)fd;
}

/* One part of the walk: a directory of the same file system that is no symbolic link. */
static int step(int at, const char *part, bool last, dev_t device) {
  struct stat info;
  int fd = openat(at, part, last ? (int)READ_FLAGS : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    /* O_DIRECTORY on a symbolic link says ENOTDIR: name it as what it is. */
    if (errno == ENOTDIR && fstatat(at, part, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(info.st_mode))
      errno = ELOOP;
    return -1;
  }
  if (fstat(fd, &info) == 0 && info.st_dev == device)
    return fd;
  close(fd);
  errno = EXDEV;
  return -1;
}

static int open_by_steps(int root, char *name) {
  struct stat info;
  if (fstat(root, &info) != 0)
    return -1;
  int at = root;
  for (char *part = name, *next; part; part = next) {
    next = strchr(part, '/');
    if (next)
      *next++ = 0;
    if (!*part || strcmp(part, ".") == 0) {
      if (next)
        continue;
      errno = EISDIR;
      if (at != root)
        close(at);
      return -1;
    }
    int fd = step(at, part, !next, info.st_dev);
    int saved = errno;
    if (at != root)
      close(at);
    errno = saved;
    if (fd < 0)
      return -1;
    at = fd;
  }
  return at;
}

static bool is_regular(int fd) {
  struct stat info;
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

int bt_open_beneath(const char *root, const char *name, size_t name_len, bt_sink_status *why) {
  char text[BT_NAME_MAX + 1];
  *why = check_name(str_from(name, name_len));
  if (*why)
    return -1;
  memcpy(text, name, name_len);
  text[name_len] = 0;
  int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) {
    *why = BT_SINK_SYSTEM;
    return -1;
  }
  int fd = open_at_once(directory, text);
  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    fd = open_by_steps(directory, text);
  if (fd < 0)
    *why = status_of_errno();
  close(directory);
  if (fd >= 0 && !is_regular(fd)) {
    *why = BT_SINK_NOT_REGULAR;
    close(fd);
    return -1;
  }
  return fd;
}

/* The size is asked of the descriptor; a file that grows meanwhile is cut at the limit and refused.
 */
static bt_sink_status read_all(int fd, size_t limit, char **content, size_t *len) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return BT_SINK_SYSTEM;
  if (info.st_size < 0 || (uint64_t)info.st_size > limit)
    return BT_SINK_TOO_LARGE;
  size_t room = (size_t)info.st_size + 1, used = 0;
  char *bytes = malloc(room + 1);
  if (!bytes)
    return BT_SINK_SYSTEM;
  while (used < room) {
    ssize_t got = read(fd, bytes + used, room - used);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    used += (size_t)got;
  }
  if (used == room) {
    free(bytes);
    return BT_SINK_TOO_LARGE;
  }
  bytes[used] = 0;
  *content = bytes;
  *len = used;
  return BT_SINK_OK;
}

bt_sink_status bt_read_beneath(const char *root, const char *name, size_t name_len, size_t limit,
                               char **content, size_t *len) {
  bt_sink_status why;
  *content = NULL;
  *len = 0;
  int fd = bt_open_beneath(root, name, name_len, &why);
  if (fd < 0)
    return why;
  why = read_all(fd, limit, content, len);
  close(fd);
  return why;
}
