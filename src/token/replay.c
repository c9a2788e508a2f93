/* What has been seen: a table of keyed hashes with their times. It never forgets early: when it is full of entries that
 * still hold, it says so, and the token is refused. rule 17 */
#include "token/revocation.h"

#include <openssl/rand.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Tells the processor that this is a wait. */
static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* A bucket is one part of the table behind one short spin: taken for some fifty nanoseconds. */
enum { BUCKET = 16 };

typedef struct {
  uint64_t id[2];
  double until; /* 0: never used */
} seen;

typedef struct {
  atomic_flag taken;
  seen at[BUCKET];
} bucket;

struct replay_memory {
  uint64_t keys[4];
  size_t mask;
  bucket *buckets;
};

replay_memory *replay_new(size_t entries) {
  replay_memory *m = calloc(1, sizeof *m);
  size_t count = 1;
  while (count * BUCKET < entries * 2) count *= 2; /* half empty, so that chance does not fill a bucket first */
  if (m) m->buckets = calloc(count, sizeof *m->buckets);
  if (!m || !m->buckets || RAND_bytes((unsigned char *)m->keys, sizeof m->keys) != 1) {
    replay_free(m);
    return NULL;
  }
  for (size_t i = 0; i < count; i++) atomic_flag_clear(&m->buckets[i].taken);
  m->mask = count - 1;
  return m;
}

void replay_free(replay_memory *m) {
  if (m) free(m->buckets);
  free(m);
}

/* The hash of both, their lengths included, so that no two pairs read alike. */
static void identify(const replay_memory *m, char space, str issuer, str id, uint64_t out[2]) {
  for (size_t i = 0; i < 2; i++) {
    const uint64_t *half = m->keys + 2 * i;
    uint64_t parts[3] = {siphash(half, issuer.ptr ? issuer.ptr : "", issuer.len), siphash(half, id.ptr, id.len), (uint64_t)space};
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
  if (!room) return REPLAY_FULL;
  *room = (seen){{id[0], id[1]}, until};
  return REPLAY_NEW;
}

replay_verdict replay_check(replay_memory *m, char space, str issuer, str id, double until, double now) {
  uint64_t who[2];
  if (!m) return REPLAY_FULL;
  identify(m, space, issuer, id, who);
  bucket *b = &m->buckets[who[0] & m->mask];
  while (atomic_flag_test_and_set_explicit(&b->taken, memory_order_acquire)) relax();
  replay_verdict v = check_bucket(b, who, until, now);
  atomic_flag_clear_explicit(&b->taken, memory_order_release);
  return v;
}
