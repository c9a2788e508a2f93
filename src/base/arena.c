#include "base/base.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

/* Chunks grow, so that a large scan takes few calls to malloc; what is larger than a chunk gets its
 * own. */
enum { CHUNK_MIN = 16 * 1024, CHUNK_MAX = 1024 * 1024, ALIGNMENT = 16 };

typedef struct chunk {
  struct chunk *next;
  size_t size, used;
  _Alignas(ALIGNMENT) char bytes[];
} chunk;

typedef struct owned {
  struct owned *next;
  void (*release)(void *);
  void *what;
} owned;

struct arena {
  chunk *chunks;
  owned *owned;
  size_t next_size, used;
};

static _Noreturn void out_of_memory(void) {
  fputs("batten: out of memory\n", stderr);
  exit(ERROR_INTERNAL);
}

arena *arena_new(void) {
  arena *a = calloc(1, sizeof *a);
  if (!a)
    out_of_memory();
  a->next_size = CHUNK_MIN;
  return a;
}

void arena_free(arena *a) {
  if (!a)
    return;
  for (owned *o = a->owned; o; o = o->next)
    o->release(o->what);
  for (chunk *c = a->chunks, *next; c; c = next) {
    next = c->next;
    free(c);
  }
  free(a);
}

void arena_free_wiped(arena *a) {
  if (!a)
    return;
  for (owned *o = a->owned; o; o = o->next)
    o->release(o->what);
  a->owned = NULL;
  for (chunk *c = a->chunks; c; c = c->next)
    OPENSSL_cleanse(c->bytes, c->used);
  arena_free(a);
}

static chunk *chunk_new(arena *a, size_t size) {
  size_t want = size > a->next_size ? size : a->next_size, total;
  if (__builtin_add_overflow(sizeof(chunk), want, &total))
    out_of_memory();
  chunk *c = calloc(1, total);
  if (!c)
    out_of_memory();
  c->size = want;
  c->next = a->chunks;
  a->chunks = c;
  if (a->next_size < CHUNK_MAX)
    a->next_size *= 2;
  return c;
}

void *arena_alloc(arena *a, size_t size) {
  size_t rounded;
  if (__builtin_add_overflow(size, (size_t)ALIGNMENT - 1, &rounded))
    out_of_memory();
  rounded &= ~(size_t)(ALIGNMENT - 1);
  chunk *c = a->chunks;
  if (!c || c->size - c->used < rounded)
    c = chunk_new(a, rounded);
  void *out = c->bytes + c->used;
  c->used += rounded;
  a->used += rounded;
  return out;
}

void arena_on_free(arena *a, void (*release)(void *), void *what) {
  owned *o = arena_make(a, owned);
  *o = (owned){a->owned, release, what};
  a->owned = o;
}

size_t arena_used(const arena *a) {
  return a->used;
}

char *arena_text(arena *a, str s) {
  char *out = arena_alloc(a, s.len + 1);
  if (s.len)
    memcpy(out, s.ptr, s.len);
  return out;
}

str arena_str(arena *a, str s) {
  return (str){arena_text(a, s), s.len};
}

str arena_printf(arena *a, const char *format, ...) {
  buf b = {.arena = a};
  va_list args;
  va_start(args, format);
  buf_vprintf(&b, format, args);
  va_end(args);
  return buf_str(&b);
}

void *list_room(arena *a, void *at, size_t len, size_t *cap, size_t size) {
  if (len < *cap)
    return at;
  size_t bigger = *cap ? *cap * 2 : 8, bytes;
  if (__builtin_mul_overflow(bigger, size, &bytes))
    out_of_memory();
  void *out = arena_alloc(a, bytes);
  if (len)
    memcpy(out, at, len * size);
  *cap = bigger;
  return out;
}

/* Room for `more` bytes and a NUL. */
static void buf_room(buf *b, size_t more) {
  size_t need;
  if (__builtin_add_overflow(b->len + 1, more, &need))
    out_of_memory();
  if (need <= b->cap)
    return;
  size_t cap = b->cap ? b->cap : 64;
  while (cap < need)
    if (__builtin_mul_overflow(cap, 2U, &cap))
      out_of_memory();
  char *bigger = arena_alloc(b->arena, cap);
  if (b->len)
    memcpy(bigger, b->ptr, b->len);
  b->ptr = bigger;
  b->cap = cap;
}

void buf_put(buf *b, str s) {
  buf_room(b, s.len);
  if (s.len)
    memcpy(b->ptr + b->len, s.ptr, s.len);
  b->len += s.len;
  b->ptr[b->len] = 0;
}

void buf_char(buf *b, char c) {
  buf_put(b, (str){&c, 1});
}

void buf_vprintf(buf *b, const char *format, va_list args) {
  char brief[192]; /* most texts fit: formatted once */
  va_list again;
  va_copy(again, args);
  int n = format ? vsnprintf(brief, sizeof brief, format, args) : -1;
  if (n >= 0) {
    buf_room(b, (size_t)n);
    if ((size_t)n < sizeof brief)
      memcpy(b->ptr + b->len, brief, (size_t)n + 1);
    else
      vsnprintf(b->ptr + b->len, (size_t)n + 1, format, again);
    b->len += (size_t)n;
  }
  va_end(again);
}

void buf_printf(buf *b, const char *format, ...) {
  va_list args;
  va_start(args, format);
  buf_vprintf(b, format, args);
  va_end(args);
}
