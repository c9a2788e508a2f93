/* What is revoked, and what has been seen: private to libbatten. */
#ifndef BATTEN_REVOCATION_H
#define BATTEN_REVOCATION_H

#include "token/strict.h"

/* Reads a list. NULL, and told why, when the file cannot be read, or one of its lines: what a list
 * that is damaged would leave out is good again. What is past its `until` at `now` is left out.
 * *stamp: of the file as it was read. */
revocations *revocations_read(const char *path, double now, file_stamp *stamp, problems *p);
/* The same from memory; `name` stands for the file in problems. */
revocations *revocations_parse(const char *name, str text, double now, problems *p);
const revocations *revocations_share(const revocations *r); /* writers only */
void revocations_release(const revocations *r);
/* Where a list is asked for and was never read: every token is refused. */
revocations *revocations_unread(void);
bool revocations_are_read(const revocations *r);
size_t revocations_count(const revocations *r);

typedef struct {
  str issuer, jti, sub, kid;
  bool has_issued;
  double issued;
} revocation_facts;

/* Rule 18. `r` may be NULL. */
bool revocations_hold(const revocations *r, const revocation_facts *facts, double now);

/* ---- replay (replay.c) ----------------------------------------------------------------------- */

replay_memory *replay_new(size_t entries);
size_t replay_size(size_t entries);
/* In memory of replay_size bytes that belongs to the caller, zeroed or used by a table of this size
 * before, which then goes on. NULL without randomness. */
replay_memory *replay_in(void *memory, size_t entries);
replay_memory *
replay_share(replay_memory *m); /* one more owner of what replay_new made; each frees */
void replay_free(replay_memory *m);

typedef enum { REPLAY_NEW, REPLAY_SEEN, REPLAY_FULL } replay_verdict;

/* Rule 17. Remembers the pair until `until`; space divides DPoP proofs from tokens. */
replay_verdict replay_check(replay_memory *m, char space, str issuer, str id, double until,
                            double now);

/* Random, as old as the memory, NONCE_KEY bytes; NULL without one. */
const unsigned char *replay_nonce_key(const replay_memory *m);

/* Keyed hash (SipHash-2-4). */
uint64_t siphash(const uint64_t key[2], const void *bytes, size_t len);

#endif
