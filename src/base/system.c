/* Files, clocks and random bytes: the part of the base that asks the system. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool read_all(arena *a, int fd, const char *path, size_t limit, str *out, error *e) {
  buf b = {.arena = a};
  char block[16384];
  for (;;) {
    ssize_t n = read(fd, block, sizeof block);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return error_set(e, ERROR_USAGE, "cannot read %s: %s", path, strerror(errno));
    if (n == 0)
      break;
    if (b.len + (size_t)n > limit)
      return error_set(e, ERROR_USAGE, "%s is larger than %zu bytes", path, limit);
    buf_put(&b, str_from(block, (size_t)n));
    OPENSSL_cleanse(block, (size_t)n); /* it may be a key */
  }
  *out = buf_str(&b);
  return true;
}

bool file_read(arena *a, const char *path, size_t limit, str *out, error *e) {
  bool from_stdin = strcmp(path, "-") == 0;
  int fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return error_set(e, ERROR_USAGE, "cannot open %s: %s", path, strerror(errno));
  bool ok = read_all(a, fd, path, limit, out, e);
  if (!from_stdin)
    close(fd);
  return ok;
}

bool text_read(arena *a, const char *path, size_t limit, str *out, error *e) {
  if (!file_read(a, path, limit, out, e))
    return false;
  *out = str_without_mark(*out);
  return true;
}

static bool write_all(int fd, str content) {
  while (content.len) {
    ssize_t n = write(fd, content.ptr, content.len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    content = str_sub(content, (size_t)n, content.len);
  }
  return true;
}

/* A device or a pipe (/dev/stdout, /dev/null) cannot be replaced by a rename: it is written in
 * place. */
static bool is_special(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

bool file_write(const char *path, str content, unsigned mode, error *e) {
  arena *a = arena_new();
  bool special = is_special(path);
  const char *target = special ? path : arena_printf(a, "%s.%d.tmp", path, (int)getpid()).ptr;
  int fd = open(target, O_WRONLY | O_CLOEXEC | (special ? 0 : O_CREAT | O_EXCL), mode);
  bool ok = fd >= 0 && write_all(fd, content);
  if (fd >= 0 && close(fd) != 0)
    ok = false;
  if (ok && !special)
    ok = rename(target, path) == 0;
  if (!ok) {
    error_set(e, ERROR_USAGE, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0 && !special)
      unlink(target);
  }
  arena_free(a);
  return ok;
}

static double clock_read(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

file_stamp file_stamp_of(const char *path) {
  struct stat st;
  if (stat(path, &st) != 0)
    return (file_stamp){0};
  return (file_stamp){st.st_mtim, st.st_size, st.st_ino, true};
}

bool file_stamp_same(const file_stamp *a, const file_stamp *b) {
  return a->there == b->there && a->size == b->size && a->inode == b->inode &&
         a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

double clock_wall(void) {
  return clock_read(CLOCK_REALTIME);
}

double clock_monotonic(void) {
  return clock_read(CLOCK_MONOTONIC);
}

str time_rfc3339(arena *a, double unix_seconds) {
  struct tm tm;
  if (!(unix_seconds > -6e10 && unix_seconds < 2.5e11))
    return STR("out of range");
  time_t seconds = (time_t)unix_seconds;
  gmtime_r(&seconds, &tm);
  return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                      tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

bool time_parse_rfc3339(str s, double *unix_seconds) {
  char text[32];
  struct tm tm = {0};
  if (s.len < 20 || s.len >= sizeof text || s.ptr[s.len - 1] != 'Z')
    return false;
  memcpy(text, s.ptr, s.len);
  text[s.len] = 0;
  const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
  if (!end || (*end != 'Z' && *end != '.'))
    return false;
  *unix_seconds = (double)timegm(&tm);
  return true;
}

void random_bytes(void *out, size_t len) {
  if (RAND_bytes(out, (int)len) == 1)
    return;
  fputs("batten: no random bytes to be had\n", stderr);
  exit(ERROR_INTERNAL);
}

str hex_encode(arena *a, str bytes) {
  static const char digits[] = "0123456789abcdef";
  char *out = arena_alloc(a, bytes.len * 2 + 1);
  for (size_t i = 0; i < bytes.len; i++) {
    out[2 * i] = digits[(unsigned char)bytes.ptr[i] >> 4];
    out[2 * i + 1] = digits[(unsigned char)bytes.ptr[i] & 15];
  }
  return (str){out, bytes.len * 2};
}

str random_hex(arena *a, size_t bytes) {
  char *raw = arena_alloc(a, bytes);
  random_bytes(raw, bytes);
  return hex_encode(a, str_from(raw, bytes));
}

static bool sha256_of(str bytes, unsigned char digest[32]) {
  unsigned int len = 0;
  return EVP_Digest(bytes.ptr, bytes.len, digest, &len, EVP_sha256(), NULL) == 1;
}

str sha256_hex(arena *a, str bytes) {
  unsigned char digest[32];
  if (!sha256_of(bytes, digest))
    memset(digest, 0, sizeof digest);
  return hex_encode(a, str_from(digest, sizeof digest));
}

bool secret_equal(str given, str secret) {
  unsigned char x[32], y[32];
  return sha256_of(given, x) && sha256_of(secret, y) && CRYPTO_memcmp(x, y, sizeof x) == 0;
}
