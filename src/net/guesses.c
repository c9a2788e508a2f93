/* Who guesses tokens: a small table of addresses, the last that began to guess wrong. */
#include "net/net.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

enum { ADDRESSES = 256, PREFIX = 8 };

typedef struct {
  unsigned char prefix[PREFIX]; /* the IPv4 address behind zeros; the first half of an IPv6 address,
                                   which is one network */
  int family, way;
  unsigned wrong; /* 0: the row is free */
  double since;   /* monotonic: the first of these */
} guesser;

struct guess_table {
  pthread_mutex_t lock;
  guesser rows[ADDRESSES];
};

guess_table *guess_table_new(void) {
  guess_table *g = calloc(1, sizeof *g);
  if (!g)
    abort();
  pthread_mutex_init(&g->lock, NULL);
  return g;
}

void guess_table_free(guess_table *g) {
  if (!g)
    return;
  pthread_mutex_destroy(&g->lock);
  free(g);
}

static guesser guesser_from(const struct sockaddr *from, int way, double now) {
  guesser who = {.family = AF_INET, .way = way, .since = now};
  if (from->sa_family == AF_INET) {
    memcpy(who.prefix + PREFIX - 4, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
  } else if (from->sa_family == AF_INET6) {
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
    bool mapped = IN6_IS_ADDR_V4MAPPED(v6);
    if (!mapped)
      who.family = AF_INET6;
    memcpy(who.prefix + (mapped ? PREFIX - 4 : 0), v6->s6_addr + (mapped ? 12 : 0),
           mapped ? 4 : PREFIX);
  }
  return who;
}

static bool is_over(const guesser *row, double now) {
  return !row->wrong || now >= row->since + GUESS_SECONDS;
}

/* The address's own row, or NULL; then *spare is one whose minute is over, else the oldest. */
static guesser *row_of(guess_table *g, const guesser *who, double now, guesser **spare) {
  *spare = &g->rows[0];
  for (size_t i = 0; i < ADDRESSES; i++) {
    guesser *row = &g->rows[i];
    if (is_over(row, now))
      row->wrong = 0;
    if (row->wrong && row->family == who->family && row->way == who->way &&
        memcmp(row->prefix, who->prefix, PREFIX) == 0)
      return row;
    if ((*spare)->wrong && (!row->wrong || row->since < (*spare)->since))
      *spare = row;
  }
  return NULL;
}

double guess_try(guess_table *g, const struct sockaddr *from, int way, bool right, double now) {
  guesser who = guesser_from(from, way, now);
  double wait = 0;
  pthread_mutex_lock(&g->lock);
  guesser *spare, *row = row_of(g, &who, now, &spare);
  if (!row && !right) { /* who brings the right one takes no guesser's place */
    row = spare;
    *row = who;
  }
  if (row && row->wrong >= GUESSES_MAX)
    wait = row->since + GUESS_SECONDS - now;
  else if (row)
    row->wrong = right ? 0 : row->wrong + 1;
  pthread_mutex_unlock(&g->lock);
  return wait;
}

unsigned serve_guess(guess_table *g, struct MHD_Connection *c, int way, bool right) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (!info || !info->client_addr)
    return GUESS_SECONDS;
  double wait = guess_try(g, info->client_addr, way, right, clock_monotonic());
  return wait > 0 ? (unsigned)wait + 1 : 0;
}
