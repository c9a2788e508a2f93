/* What has been seen: a table of keyed hashes with their times. It never forgets early: when it is
 * full of entries that still hold, it says so, and the token is refused. rule 17 */
#include "token/revocation.h"

#include <errno.h>
#include <openssl/rand.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Tells the processor that this is a wait. */
static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* A bucket is one part of the table behind one short spin: taken for some fifty nanoseconds.
 * Processes may share the table, and one may die in between: the holder's number tells. */
enum { BUCKET = 16, SPINS = 1024, YIELDS = 20000 };

typedef struct {
  uint64_t id[2];
  double until; /* 0: never used */
} seen;

typedef struct {
  _Atomic pid_t holder; /* 0: free */
  seen at[BUCKET];
} bucket;

/* One block without pointers, so that it may lie in memory shared by processes. */
struct replay_memory {
  uint64_t made;        /* MADE once the rest holds */
  atomic_size_t owners; /* policies of this process, where replay_new made it */
  uint64_t keys[4];
  unsigned char nonce_key[NONCE_KEY]; /* of another use: see nonce.c */
  size_t mask;
  bucket buckets[];
};

static const uint64_t MADE = 0x6265656e7365656eu;

static size_t bucket_count(size_t entries) {
  size_t count = 1;
  while (count * BUCKET < entries * 2)
    count *= 2; /* half empty, so that chance does not fill a bucket first */
  return count;
}

size_t replay_size(size_t entries) {
  return sizeof(replay_memory) + bucket_count(entries) * sizeof(bucket);
}

replay_memory *replay_in(void *memory, size_t entries) {
  replay_memory *m = memory;
  size_t mask = bucket_count(entries) - 1;
  if (m->made == MADE && m->mask == mask)
    return m;
  memset(m, 0, replay_size(entries));
  if (RAND_bytes((unsigned char *)m->keys, sizeof m->keys) != 1 ||
      RAND_bytes(m->nonce_key, NONCE_KEY) != 1)
    return NULL;
  m->mask = mask;
  m->made = MADE;
  return m;
}

replay_memory *replay_new(size_t entries) {
  void *memory = calloc(1, replay_size(entries));
  replay_memory *m = memory ? replay_in(memory, entries) : NULL;
  if (!m)
    free(memory);
  if (m)
    atomic_store(&m->owners, 1);
  return m;
}

const unsigned char *replay_nonce_key(const replay_memory *m) {
  return m ? m->nonce_key : NULL;
}

replay_memory *replay_share(replay_memory *m) {
  atomic_fetch_add(&m->owners, 1);
  return m;
}

void replay_free(replay_memory *m) {
  if (m && atomic_fetch_sub(&m->owners, 1) == 1)
    free(m);
}

/* False when the bucket cannot be had: the caller then refuses. */
static bool take(bucket *b) {
  pid_t me = getpid();
  for (int i = 0; i < SPINS + YIELDS; i++) {
    pid_t holder = 0;
    if (atomic_compare_exchange_strong_explicit(&b->holder, &holder, me, memory_order_acquire,
                                                memory_order_relaxed))
      return true;
    if (i < SPINS) {
      relax();
      continue;
    }
    bool died = holder != me && kill(holder, 0) != 0 && errno == ESRCH;
    if (died && atomic_compare_exchange_strong_explicit(&b->holder, &holder, me,
                                                        memory_order_acquire, memory_order_relaxed))
      return true;
    sched_yield();
  }
  return false;
}

static void leave(bucket *b) {
  atomic_store_explicit(&b->holder, 0, memory_order_release);
}

/* The hash of both, their lengths included, so that no two pairs read alike. */
static void identify(const replay_memory *m, char space, str issuer, str id, uint64_t out[2]) {
  for (size_t i = 0; i < 2; i++) {
    const uint64_t *half = m->keys + 2 * i;
    uint64_t parts[3] = {siphash(half, issuer.ptr ? issuer.ptr : "", issuer.len),
                         siphash(half, id.ptr, id.len), (uint64_t)space};
    out[i] = siphash(half, parts, sizeof parts);
  }
}

static replay_verdict check_bucket(bucket *b, const uint64_t id[2], double until, double now) {
  seen *room = NULL;
  for (size_t i = 0; i < BUCKET; i++) {
    seen *s = &b->at[i];
    if (s->until <= now)
      room = s;
    else if (s->id[0] == id[0] && s->id[1] == id[1])
      return REPLAY_SEEN;
  }
  if (!room)
    return REPLAY_FULL;
  *room = (seen){{id[0], id[1]}, until};
  return REPLAY_NEW;
}

replay_verdict replay_check(replay_memory *m, char space, str issuer, str id, double until,
                            double now) {
  uint64_t who[2];
  if (!m)
    return REPLAY_FULL;
  identify(m, space, issuer, id, who);
  bucket *b = &m->buckets[who[0] & m->mask];
  if (!take(b))
    return REPLAY_FULL;
  replay_verdict v = check_bucket(b, who, until, now);
  leave(b);
  return v;
}
