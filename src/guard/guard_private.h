/* Inside src/guard: the daemon's shared state. */
#ifndef BATTEN_GUARD_PRIVATE_H
#define BATTEN_GUARD_PRIVATE_H

#include "batten/curl.h"
#include "batten/decide.h"
#include "batten/introspect.h"
#include "guard/guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

struct MHD_Daemon;

typedef struct introspection introspection;

enum { NAMES_MAX = BT_REFUSAL_COUNT + BT_REASON_COUNT };

typedef struct {
  const guard_options *options;
  pthread_rwlock_t lock; /* of `policy`: readers take a share, the reloader swaps */
  bt_policy *policy;
  file_stamp seen; /* of its file, taken before it was read: a change meanwhile is seen */
  atomic_uint_fast64_t decided[3][NAMES_MAX]; /* allowed, refused, observed; by reason */
  atomic_uint_fast64_t reloads, reload_failures, key_fetches, key_fetch_failures;
  atomic_uint_fast64_t malformed, accepted, closed, evicted; /* heads; connections */
  atomic_bool ready;
  pthread_mutex_t fetching; /* of `fetches`, the threads that are out for keys */
  pthread_cond_t fetched;   /* one has come back */
  unsigned fetches;
  introspection *introspection;
  pthread_mutex_t log_lock;        /* of `lines` */
  line_limit lines[NAMES_MAX + 1]; /* of each reason, and of what is malformed */
  unsigned char log_key[32];       /* of hashed subjects */
} guard;

bt_policy *guard_policy(guard *g); /* a share: bt_policy_free it */

/* ---- questions (question.c) ------------------------------------------------------------------ */

enum { HEAD_MAX = 32 * 1024, FIELDS_MAX = 256, VALUE_MAX = 4096 };

typedef struct {
  str name, value;
} field;

/* The head of one request: slices of the bytes that came. */
typedef struct {
  str method, target;
  size_t count;
  field fields[FIELDS_MAX];
  size_t length;     /* of the head, with all that went before it */
  bool old_version;  /* HTTP/1.0 */
  bool closes;       /* it is the connection's last: asked for, or a body follows */
  const char *wrong; /* of a malformed one: what, in a few words */
} question;

typedef enum {
  QUESTION_PARTIAL, /* its end has not come yet */
  QUESTION_WHOLE,
  QUESTION_MALFORMED,
  QUESTION_TOO_LARGE
} question_state;

/* `*looked`: how far an earlier call has looked for the end; 0 at first. */
question_state question_read(str bytes, size_t *looked, question *q);
/* The i-th value of a field, whatever the case of its name. */
bool question_field(const question *q, str name, size_t i, str *value);

/* ---- answers (answer.c) ---------------------------------------------------------------------- */

typedef struct {
  char bytes[64 * 1024];
  size_t len;
  bool full; /* it did not fit */
  time_t dated;
  char date[40];
} reply;

void reply_field(reply *out, str name, str value);

/* What one thread needs for a question, kept from one to the next. */
typedef struct {
  guard *g;
  bt_result *result;
  question asked;
  reply out;
  size_t issuer; /* that is to be asked about `token` */
  bt_text token;
} desk;

typedef struct connection connection;

bool desk_open(desk *k, guard *g);
void desk_close(desk *k);
/* k->asked, into k->out. Where `may_wait`, false instead when its answer must be awaited: then
 * connection_resume will be called for `who`. */
bool answer_question(desk *k, connection *who, bool may_wait);
void answer_malformed(reply *out, question_state state);

/* ---- what the application is told (identity.c) ----------------------------------------------- */

/* `verified` NULL: of nobody. */
void identity_tell(reply *out, const bt_policy *policy, const bt_result *verified);
/* Whether the client sent a header that the application could take for the guard's.
 * `empty_keeps`: the proxy leaves the client's where the answer's is empty. */
bool identity_is_forged(const bt_policy *policy, const question *q, const bt_result *verified,
                        bool empty_keeps);

/* ---- sockets (sockets.c) --------------------------------------------------------------------- */

int socket_listen(str where, error *e); /* -1, and told why */
void socket_say(str where, int fd);     /* logs where it listens */

/* ---- connections of a thread (crowd.c) ------------------------------------------------------- */

typedef enum {
  ASKING,  /* no whole question yet, or none since the last */
  RESTING, /* answered, and quiet */
  LEAVING, /* its answer is on the way, or its end is awaited */
  WAITING, /* for what another server says of its token: it stays, whatever comes */
  LINES
} line_kind;

typedef struct holder holder; /* an address, and how many connections it has */

struct connection {
  connection *before, *after; /* in its line, the longest there first */
  line_kind line;
  double since; /* when it came into the line */
  holder *from; /* NULL: a Unix socket's peer */
  int fd;
  struct ssl_st *tls;
  bool greeted;  /* the TLS handshake is done; always so without TLS */
  bool leaves;   /* when its answer is sent */
  bool asks_out; /* epoll is asked to tell when it can be written to */
  bool waited;   /* its question has waited once, and does not again */
  struct worker *worker;
  connection *resumed; /* the next of those that need wait no longer */
  char *held, *unsent; /* the beginning of a head; the rest of an answer */
  size_t held_len, held_room, looked, unsent_len, unsent_at;
};

typedef struct {
  connection *first[LINES], *last[LINES];
  size_t count, most, most_of_address;
  holder *holders[1024];
  uint64_t salt;
} crowd;

void crowd_begin(crowd *c, unsigned threads);
/* Room first, by crowd_in_the_way. NULL without memory. */
connection *crowd_add(crowd *c, int fd, const struct sockaddr_storage *from, double now);
void crowd_move(crowd *c, connection *one, line_kind to, double now);
void crowd_remove(crowd *c, connection *one); /* frees it; its socket is the caller's */
/* Who must go before one from this address is taken in; NULL: there is room. */
connection *crowd_in_the_way(const crowd *c, const struct sockaddr_storage *from);
connection *crowd_first_to_go(const crowd *c);
connection *crowd_overdue(const crowd *c, double now);

/* ---- the server (serve.c) -------------------------------------------------------------------- */

typedef struct server server;

server *server_open(guard *g, error *e); /* sockets and certificates, no thread yet */
bool server_start(server *s, error *e);  /* after the process has confined itself */
/* From any thread, once for each time that answer_question made it wait. */
void connection_resume(connection *one);
void server_close(server *s); /* NULL: nothing */

/* ---- metrics (metrics.c) --------------------------------------------------------------------- */

size_t metrics_name(const bt_decision *d); /* below NAMES_MAX */
const char *metrics_name_at(size_t i);
void metrics_count(guard *g, const bt_decision *d);
struct MHD_Daemon *metrics_start(guard *g, error *e);
void metrics_stop(struct MHD_Daemon *metrics); /* NULL: nothing */

/* ---- logs (log.c) ---------------------------------------------------------------------------- */

/* What to look at when a request lacks a field that its proxy sets; ptr NULL: nothing. */
str proxy_mistake(arena *a, proxy_kind proxy, const bt_http *r);

/* One JSON line on stdout for a decision; no byte of the token. Refusals are limited by rate, each
 * kind for itself. `client`: its address, as the proxy tells; ptr NULL: unknown. */
void log_decision(guard *g, const bt_decision *d, const bt_http *request, const bt_result *result,
                  str client);
void log_malformed(guard *g, const char *wrong);
void log_left_out(guard *g); /* how many lines were left out, once their second is over */
void log_event(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- upkeep (upkeep.c): reload, refresh ------------------------------------------------------ */

bool upkeep_run(guard *g, error *e); /* until *stop */
void log_problem(const bt_problem *p, void *context);

/* ---- keys that are elsewhere (fetch.c) ------------------------------------------------------- */

void fetch_keys(guard *g, bt_policy *policy); /* begins with those that are wanted now */
void fetch_wait(guard *g);                    /* until all have come back */

/* ---- tokens that their issuer is asked about (introspect.c) ---------------------------------- */

introspection *introspect_new(void);
void introspect_stop(introspection *x);
void introspect_free(introspection *x);
/* What is known of the token just now. */
bt_asked introspect_look(introspection *x, const bt_policy *policy, size_t issuer, bt_text token,
                         double now, char *answer, size_t *length);
/* Calls connection_resume once more is known. False when there is no room. */
bool introspect_wait(introspection *x, bt_policy *policy, size_t issuer, bt_text token,
                     connection *who);

/* ---- tokens of PKCS#11 (pkcs11.c) ------------------------------------------------------------ */

/* The public keys that the URI (RFC 7512) names, as a JWKS; their labels are their kids. */
bool pkcs11_keys(arena *a, str uri, str *jwks, error *e);

/* ---- confinement (confine.c) ----------------------------------------------------------------- */

/* Becomes the user, then keeps to the folders that the policy names and to what a server needs.
 * Before any thread. */
bool guard_confine(const guard_options *o, const bt_policy *policy, error *e);
/* Afterwards: whether all that the policy file names now can be read; what cannot is told of. */
bool guard_may_read(const guard_options *o);

#endif
