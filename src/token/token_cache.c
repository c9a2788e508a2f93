/* A ring of bytes that holds accepted tokens, and a table to find them: it belongs to one result,
 * so to one thread, and shares nothing. New tokens overwrite the oldest; memory never grows. A hash
 * finds, then the whole token is compared. */
#include "token/token_cache.h"
#include "token/revocation.h"

#include <openssl/rand.h>
#include <stdlib.h>

enum {
  AVERAGE = 1024,
  HASHED = 32,
};

typedef struct {
  uint64_t hash, at; /* at: position since the beginning of time, plus one; 0: empty */
} slot;

/* Before the jwt, its decoded bytes, and what the scanner found in them. Pointers in members stay
 * right: they point into the result's own buffers, and the bytes go back to where they were. */
typedef struct {
  uint64_t policy, key; /* who vouched for it */
  size_t token_len, bytes_len, claims_len, header_len, claims_decoded, header_decoded, kid_len,
      issuer;
  str header_json, payload_json;
  uint32_t known[KNOWN_CLAIMS];
  const algorithm *alg;
} record;

struct token_cache {
  uint64_t key[2], head;
  size_t size, mask;
  slot *slots;
  char *ring;
};

token_cache *cache_new(size_t bytes) {
  token_cache *c = calloc(1, sizeof *c);
  size_t count = 16;
  if (bytes < 64 * 1024)
    bytes = 64 * 1024;
  while (count < bytes / AVERAGE)
    count *= 2;
  if (c) {
    c->ring = malloc(bytes);
    c->slots = calloc(count, sizeof *c->slots);
    c->size = bytes;
    c->mask = count - 1;
  }
  if (c && c->ring && c->slots && RAND_bytes((unsigned char *)c->key, sizeof c->key) == 1)
    return c;
  cache_free(c);
  return NULL;
}

void cache_free(token_cache *c) {
  if (!c)
    return;
  free(c->ring);
  free(c->slots);
  free(c);
}

static size_t record_size(const record *x) {
  size_t n = sizeof *x + x->token_len + x->bytes_len +
             (x->claims_len + x->header_len) * sizeof(json_member) + x->claims_decoded +
             x->header_decoded + x->kid_len;
  return (n + 15) & ~(size_t)15;
}

static uint64_t hash_token(const token_cache *c, str jwt) {
  size_t n =
      jwt.len < HASHED ? jwt.len : HASHED; /* the signature's end; the whole is compared later */
  return siphash(c->key, jwt.ptr + jwt.len - n, n);
}

/* ---- copying in and out, in one order -------------------------------------------------------- */

static void put(char **at, const void *bytes, size_t len) {
  if (len)
    memcpy(*at, bytes, len);
  *at += len;
}

static void get(const char **at, void *bytes, size_t len) {
  if (len)
    memcpy(bytes, *at, len);
  *at += len;
}

static size_t bytes_used(const compact *c) {
  return (size_t)(c->payload_json.ptr + c->payload_json.len - c->bytes);
}

void cache_keep(token_cache *c, const bt_result *r, str jwt) {
  const compact *t = &r->token;
  record x = {.policy = policy_number(r->policy),
              .key = r->key->number,
              .token_len = jwt.len,
              .bytes_len = bytes_used(t),
              .claims_len = t->claims.len,
              .header_len = t->header.len,
              .claims_decoded = t->claims.decoded_len,
              .header_decoded = t->header.decoded_len,
              .kid_len = r->kid_len,
              .issuer = r->issuer_index,
              .header_json = t->header_json,
              .payload_json = t->payload_json,
              .alg = r->alg};
  memcpy(x.known, t->claims.known, sizeof x.known);
  size_t size = record_size(&x);
  if (size > c->size / 4)
    return;
  if (c->head % c->size + size > c->size)
    c->head += c->size - c->head % c->size; /* never across the end */
  uint64_t hash = hash_token(c, jwt);
  c->slots[hash & c->mask] = (slot){hash, c->head + 1};
  char *at = c->ring + c->head % c->size;
  c->head += size;
  put(&at, &x, sizeof x);
  put(&at, jwt.ptr, x.token_len);
  put(&at, t->bytes, x.bytes_len);
  put(&at, t->claims.members, x.claims_len * sizeof(json_member));
  put(&at, t->header.members, x.header_len * sizeof(json_member));
  put(&at, t->claims.decoded, x.claims_decoded);
  put(&at, t->header.decoded, x.header_decoded);
  put(&at, r->kid, x.kid_len);
}

static void restore(bt_result *r, const record *x, const char *at) {
  compact *t = &r->token;
  get(&at, t->bytes, x->bytes_len);
  get(&at, t->claims.members, x->claims_len * sizeof(json_member));
  get(&at, t->header.members, x->header_len * sizeof(json_member));
  get(&at, t->claims.decoded, x->claims_decoded);
  get(&at, t->header.decoded, x->header_decoded);
  get(&at, r->kid, x->kid_len);
  memcpy(t->claims.known, x->known, sizeof x->known);
  t->last_header_len = 0; /* what is there now was not scanned from it */
  t->claims.len = x->claims_len;
  t->header.len = x->header_len;
  t->claims.decoded_len = x->claims_decoded;
  t->header.decoded_len = x->header_decoded;
  t->header_json = x->header_json;
  t->payload_json = x->payload_json;
  r->kid_len = x->kid_len;
  r->alg = x->alg;
  r->issuer_index = x->issuer;
  r->issuer = &policy_rules_of(r->policy)->issuers.at[x->issuer];
}

/* The key that vouched is still in the set, and the set still alive. rule 23 */
static bool key_holds(const snapshot *s, const record *x, double now) {
  const issuer_keys *keys = &s->issuers[x->issuer];
  if (keys->good_until != 0 && now >= keys->good_until)
    return false;
  for (size_t i = 0; i < keys->keys.len; i++) {
    const verify_key *k = keys->keys.at[i];
    if (k->number == x->key)
      return k->retires == 0 || now < k->retires;
  }
  return false;
}

bool cache_find(token_cache *c, bt_result *r, const snapshot *s, str jwt) {
  record x WRITTEN_FIRST;
  if (!jwt.len)
    return false;
  uint64_t hash = hash_token(c, jwt);
  const slot *found = &c->slots[hash & c->mask];
  if (found->at == 0 || found->hash != hash || c->head - (found->at - 1) > c->size)
    return false;
  const char *at = c->ring + (found->at - 1) % c->size;
  get(&at, &x, sizeof x);
  if (x.token_len != jwt.len || memcmp(at, jwt.ptr, jwt.len) != 0)
    return false;
  if (x.policy != policy_number(r->policy) || !key_holds(s, &x, r->now))
    return false;
  restore(r, &x, at + jwt.len);
  return true;
}
