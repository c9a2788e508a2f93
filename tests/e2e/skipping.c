/* A clock of its own, preloaded into the scanner by tests of limits that lift. Its time does not
 * pass by itself, so a busy machine changes nothing; it passes a little when it is read, and at
 * once by as much as the program wants to sleep, or to poll until something comes that does not
 * come. The file that SKIPPING_CLOCK names holds it, in nanoseconds: the target reads it there, so
 * both live in one time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const long long SECOND = 1000000000, MILLISECOND = 1000000, READING = 1000;
static _Atomic long long nowhere;
static _Atomic long long *now = &nowhere;

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size);

__attribute__((constructor)) static void map_the_file(void) {
  const char *path = getenv("SKIPPING_CLOCK");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  void *shared = MAP_FAILED;
  if (fd >= 0) {
    shared = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
  }
  if (shared == MAP_FAILED)
    abort();
  now = shared;
}

int clock_gettime(clockid_t id, struct timespec *out) {
  if (id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_RAW && id != CLOCK_MONOTONIC_COARSE)
    return (int)syscall(SYS_clock_gettime, id, out);
  long long moment = *now += READING;
  *out = (struct timespec){moment / SECOND, moment % SECOND};
  return 0;
}

int nanosleep(const struct timespec *wanted, struct timespec *left) {
  (void)left;
  *now += wanted->tv_sec * SECOND + wanted->tv_nsec;
  return 0;
}

/* The main thread with no more than its own alarm bell to listen to: no request is under way,
 * nothing is to come. */
static int idle(nfds_t count) {
  return count <= 1 && gettid() == getpid();
}

int poll(struct pollfd *fds, nfds_t count, int timeout) {
  struct timespec wait = {timeout / 1000, timeout % 1000 * MILLISECOND};
  if (timeout < 0)
    return ppoll(fds, count, NULL, NULL);
  if (idle(count))
    wait = (struct timespec){0};
  int ready = ppoll(fds, count, &wait, NULL);
  if (ready == 0 && gettid() == getpid())
    *now += timeout * MILLISECOND;
  return ready;
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size) {
  (void)size;
  return poll(fds, count, timeout);
}
