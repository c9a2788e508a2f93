/* A clock that jumps over waits, preloaded into the scanner by tests of limits that lift. Where the
 * program would sleep, or poll while nothing is under way, the time that it wanted to wait has
 * passed at once. The file that SKIPPING_CLOCK names holds how much that was, in nanoseconds: the
 * target adds it to its own clock, so both live in one time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const long long SECOND = 1000000000, MILLISECOND = 1000000;
static _Atomic long long nowhere;
static _Atomic long long *skipped = &nowhere;

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size);

__attribute__((constructor)) static void map_the_file(void) {
  const char *path = getenv("SKIPPING_CLOCK");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  void *shared =
      fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *skipped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared != MAP_FAILED)
    skipped = shared;
  if (fd >= 0)
    close(fd);
}

int clock_gettime(clockid_t id, struct timespec *out) {
  if (syscall(SYS_clock_gettime, id, out) != 0)
    return -1;
  if (id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_RAW && id != CLOCK_MONOTONIC_COARSE)
    return 0;
  long long moment = out->tv_sec * SECOND + out->tv_nsec + *skipped;
  out->tv_sec = moment / SECOND;
  out->tv_nsec = moment % SECOND;
  return 0;
}

int nanosleep(const struct timespec *wanted, struct timespec *left) {
  (void)left;
  *skipped += wanted->tv_sec * SECOND + wanted->tv_nsec;
  return 0;
}

/* The main thread with no more than its own alarm bell to listen to: no request is under way. */
static int idle(nfds_t count) {
  return count <= 1 && gettid() == getpid();
}

int poll(struct pollfd *fds, nfds_t count, int timeout) {
  struct timespec wait = {timeout / 1000, timeout % 1000 * MILLISECOND};
  if (timeout < 0)
    return ppoll(fds, count, NULL, NULL);
  if (!idle(count))
    return ppoll(fds, count, &wait, NULL);
  int ready = ppoll(fds, count, &(struct timespec){0}, NULL);
  if (ready == 0)
    *skipped += timeout * MILLISECOND;
  return ready;
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size) {
  (void)size;
  return poll(fds, count, timeout);
}
