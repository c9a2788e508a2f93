/* The connections of one thread, and who must go when there are too many: who has asked nothing yet
 * goes before who has, who waits longest goes first, and no address holds more than a quarter. So
 * idle and dribbling connections cost their sender other connections, never a good one its answer.
 */
#include "guard/guard_private.h"

#include <netinet/in.h>
#include <stdlib.h>

/* Resting is longer than nginx keeps a connection to an upstream (60 s): who closes last never cuts
 * a question short. */
static const double PATIENCE[LINES] = {[ASKING] = 15, [RESTING] = 75, [LEAVING] = 5};

enum { CONNECTIONS_MAX = 4096, OF_THREAD_LEAST = 1024, SHARE = 4, ADDRESS_BYTES = 16 };

struct holder {
  holder *next;
  unsigned char address[ADDRESS_BYTES];
  size_t count;
};

void crowd_begin(crowd *c, unsigned threads) {
  size_t share = CONNECTIONS_MAX / threads;
  *c = (crowd){.most = share < OF_THREAD_LEAST ? OF_THREAD_LEAST : share};
  c->most_of_address = c->most / SHARE;
  random_bytes(&c->salt, sizeof c->salt);
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* An IPv6 client has 2^64 addresses of its own: the network counts. False: the peer has none. */
static bool address_of(const struct sockaddr_storage *from, unsigned char out[ADDRESS_BYTES]) {
  memset(out, 0, ADDRESS_BYTES);
  if (from->ss_family == AF_INET) {
    memcpy(out, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    out[ADDRESS_BYTES - 1] = 4;
    return true;
  }
  if (from->ss_family != AF_INET6)
    return false;
  memcpy(out, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 8);
  return true;
}

static holder **bucket_of(crowd *c, const unsigned char address[ADDRESS_BYTES]) {
  uint64_t hash = c->salt;
  for (size_t i = 0; i < ADDRESS_BYTES; i++)
    hash = (hash ^ address[i]) * 0x100000001B3u;
  return &c->holders[(hash >> 32) % (sizeof c->holders / sizeof *c->holders)];
}

static holder *find_holder(const crowd *c, const unsigned char address[ADDRESS_BYTES]) {
  holder *h = *bucket_of((crowd *)(uintptr_t)c, address);
  while (h && memcmp(h->address, address, ADDRESS_BYTES) != 0)
    h = h->next;
  return h;
}

static holder *holder_for(crowd *c, const unsigned char address[ADDRESS_BYTES]) {
  holder *h = find_holder(c, address);
  if (h || !(h = calloc(1, sizeof *h)))
    return h;
  holder **bucket = bucket_of(c, address);
  memcpy(h->address, address, ADDRESS_BYTES);
  h->next = *bucket;
  *bucket = h;
  return h;
}

static void leave_holder(crowd *c, holder *h) {
  if (!h || --h->count > 0)
    return;
  holder **at = bucket_of(c, h->address);
  while (*at != h)
    at = &(*at)->next;
  *at = h->next;
  free(h);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void step_out(crowd *c, connection *one) {
  *(one->before ? &one->before->after : &c->first[one->line]) = one->after;
  *(one->after ? &one->after->before : &c->last[one->line]) = one->before;
  one->before = one->after = NULL;
}

static void step_in(crowd *c, connection *one, line_kind line, double now) {
  one->line = line;
  one->since = now;
  one->before = c->last[line];
  *(one->before ? &one->before->after : &c->first[line]) = one;
  c->last[line] = one;
}

void crowd_move(crowd *c, connection *one, line_kind to, double now) {
  step_out(c, one);
  step_in(c, one, to, now);
}

connection *crowd_add(crowd *c, int fd, const struct sockaddr_storage *from, double now) {
  unsigned char address[ADDRESS_BYTES];
  bool has_address = address_of(from, address);
  connection *one = calloc(1, sizeof *one);
  if (one && has_address && !(one->from = holder_for(c, address))) {
    free(one);
    one = NULL;
  }
  if (!one)
    return NULL;
  if (one->from)
    one->from->count++;
  one->fd = fd;
  step_in(c, one, ASKING, now);
  c->count++;
  return one;
}

void crowd_remove(crowd *c, connection *one) {
  step_out(c, one);
  leave_holder(c, one->from);
  free(one->held);
  free(one->unsent);
  free(one);
  c->count--;
}

/* ---- who goes -------------------------------------------------------------------------------- */

static connection *first_of(const crowd *c, const holder *from) {
  for (int line = 0; line < WAITING; line++)
    for (connection *one = c->first[line]; one; one = one->after)
      if (!from || one->from == from)
        return one;
  return NULL;
}

connection *crowd_first_to_go(const crowd *c) {
  return first_of(c, NULL);
}

connection *crowd_in_the_way(const crowd *c, const struct sockaddr_storage *from) {
  unsigned char address[ADDRESS_BYTES];
  const holder *h = address_of(from, address) ? find_holder(c, address) : NULL;
  if (h && h->count >= c->most_of_address)
    return first_of(c, h);
  return c->count >= c->most ? first_of(c, NULL) : NULL;
}

connection *crowd_overdue(const crowd *c, double now) {
  for (int line = 0; line < WAITING; line++) {
    connection *one = c->first[line];
    if (one && now - one->since > PATIENCE[line])
      return one;
  }
  return NULL;
}
