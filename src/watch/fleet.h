/* Inside src/watch: how a server and its workers speak. What they say is sealed with the fleet's
 * key; where it lies meanwhile is a queue in NATS JetStream that knows neither targets nor tokens.
 */
#ifndef BATTEN_FLEET_H
#define BATTEN_FLEET_H

#include "job/job.h"
#include "watch/watch_private.h"

/* ---- the key and the seal -------------------------------------------------------------------- */

enum { FLEET_KEY_BYTES = 32, FLEET_ID_CHARACTERS = 16 };

typedef struct {
  unsigned char bytes[FLEET_KEY_BYTES];
  char id[FLEET_ID_CHARACTERS +
          1]; /* tells keys apart and says nothing of them: names the fleet's queue */
} fleet_key;

/* Refuses a file that others may read. */
bool fleet_key_read(const char *path, fleet_key *out, error *e);
void fleet_key_wipe(fleet_key *k);

/* AES-256-GCM: a byte for the format, 12 of a random nonce, what is sealed, 16 of the tag. `name`
 * is bound to it as associated data: "job 7-1764350000000". */
str fleet_seal(arena *a, const fleet_key *k, str name, str plain);
bool fleet_open(arena *a, const fleet_key *k, str name, str sealed, str *plain);
/* The host in the queue's eyes: the same host is the same text to everybody with the key, and
 * nothing to others. */
str fleet_host_mark(arena *a, const fleet_key *k, str host);

/* ---- what is sealed -------------------------------------------------------------------------- */

/* For the command line of `batten scan` and its environment: neither can hold a NUL, which
 * separates them. */
str job_pack(arena *a, const str_list *arguments, const str_list *secrets);
bool job_unpack(arena *a, str packed, str_list *arguments,
                str_list *secrets); /* slices of `packed` */

typedef struct {
  scan_outcome outcome;
  str worker; /* who made it, for the log */
} fleet_result;

str result_pack(arena *a, const fleet_result *r); /* compressed */
bool result_unpack(arena *a, str packed, fleet_result *out);

void wipe(str s);

/* ---- the server's side ----------------------------------------------------------------------- */

fleet *fleet_begin(const watch_options *o, error *e);
void fleet_end(fleet *f);
/* Once a pass, before handing out: which hosts are held, how many jobs may wait. False: hand out
 * nothing. */
bool fleet_look(fleet *f, store *db, arena *a);
/* Hands out the scan of a target that is due; false when no more should be handed out in this pass.
 */
bool fleet_hand_out(fleet *f, server *s, store *db, arena *a, const watched *w);
/* Keeps the results that come within a moment, a few at most, and hands out again what was lost. */
void fleet_attend(fleet *f, server *s, store *db);

/* ---- the queue ------------------------------------------------------------------------------- */

/* One work-queue stream a fleet. A job lies under its host's mark, at most one a host: it holds the
 * host until it is done, across the whole fleet. A result lies under its job's name. What is taken
 * is leased, and taken again by another when the lease was not renewed. */
typedef struct queue queue;
typedef struct taker taker;

queue *queue_connect(const fleet_options *o, const fleet_key *k, error *e);
void queue_close(queue *q);
bool queue_reached(const queue *q); /* connected just now */
/* For the server: makes what the queue needs, on three NATS servers when they are a cluster. */
bool queue_prepare(queue *q, double lease, error *e);
/* For a worker: how long a lease is. False when no server with this key has prepared the queue. */
bool queue_lease(queue *q, double *lease, error *e);
size_t queue_payload_max(const queue *q);

typedef enum {
  PUT_DONE,
  PUT_HOST_BUSY,
  PUT_FAILED
} put_state; /* done: it is there, by this call or an earlier one */

put_state queue_put_job(queue *q, str mark, str name, str sealed, error *e);
bool queue_put_result(queue *q, str name, str sealed, error *e);

typedef enum { FOUND_NOT, FOUND, FOUND_UNKNOWN } found_state;

found_state queue_find_job(queue *q, str mark, str name);
found_state queue_find_result(queue *q, str name);
/* Jobs that nobody has taken, and those that somebody works on. */
bool queue_load(queue *q, size_t *waiting, size_t *leased);

taker *queue_taker(queue *q, bool of_jobs, error *e); /* for one thread */
void taker_free(taker *t);

typedef struct {
  str name, sealed;
  unsigned times; /* that it was taken, this one counted */
  struct __natsMsg *message;
} taken;

/* False when there was nothing within that time, or the queue cannot be reached. */
bool queue_take(taker *t, double seconds, taken *out);
bool taken_renew(queue *q, taken *t, double seconds); /* true: the queue has confirmed it */
bool taken_done(queue *q, taken *t, double seconds);  /* likewise; it is gone from the queue */
void taken_back(taken *t);                            /* for somebody else, at once */
void taken_free(taken *t);

#endif
