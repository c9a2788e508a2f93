/* Where the daemon listens. */
#include "guard/guard_private.h"
#include "net/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static int refuse(int fd, const char *kind, str where, error *e) {
  error_set(e, ERROR_USAGE, "cannot listen on %s%.*s: %s", kind, STR_ARG(where), strerror(errno));
  if (fd >= 0)
    close(fd);
  return -1;
}

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
  return ok ? fd : refuse(fd, "unix:", path, e);
}

static int listen_tcp(str where, error *e) {
  struct sockaddr_storage address;
  int on = 1;
  if (!listen_parse(where, "--listen", &address, e))
    return -1;
  bool v6 = address.ss_family == AF_INET6;
  socklen_t len = v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* each connection inherits it */
  }
  bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)(const void *)&address, len) == 0 &&
            listen(fd, BACKLOG) == 0;
  return ok ? fd : refuse(fd, "", where, e);
}

int socket_listen(str where, error *e) {
  return str_starts(where, STR("unix:")) ? listen_unix(str_sub(where, 5, where.len), e)
                                         : listen_tcp(where, e);
}

void socket_say(str where, int fd) {
  struct sockaddr_storage address;
  socklen_t len = sizeof address;
  unsigned port = 0;
  if (getsockname(fd, (struct sockaddr *)(void *)&address, &len) == 0) {
    if (address.ss_family == AF_INET)
      port = ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
      port = ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port);
  }
  if (port)
    log_event("listening", "%.*s:%u", STR_ARG(authority_host(where)), port);
  else
    log_event("listening", "%.*s", STR_ARG(where));
}
