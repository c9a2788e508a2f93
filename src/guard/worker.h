/* Inside src/guard: the threads of the daemon, and what one does with a connection. */
#ifndef BATTEN_GUARD_WORKER_H
#define BATTEN_GUARD_WORKER_H

#include "guard/guard_private.h"

#include <openssl/ssl.h>

typedef struct worker {
  server *of;
  pthread_t thread;
  bool started, deaf; /* deaf: it takes in nobody until descriptors are free again */
  int epoll;
  double now;
  crowd crowd;
  desk desk;
  char room[HEAD_MAX];
  int knock;            /* rings when there are some of these: */
  pthread_mutex_t lock; /* of `resumed` */
  connection *resumed;
} worker;

struct server {
  guard *g;
  int listener, bell; /* the bell rings once: everybody stops */
  SSL_CTX *tls;
  unsigned count;
  worker *workers;
};

/* Hears and answers what there is; false: it is over, and to be dropped. */
bool talk_serve(worker *w, connection *one);
/* The same for one that has waited for what another server said. */
bool talk_go_on(worker *w, connection *one);
void talk_drop(worker *w, connection *one);

#endif
