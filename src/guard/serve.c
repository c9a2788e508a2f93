/* The daemon: threads answer, each with its own epoll and its own connections; the thread that
 * began keeps things up. Answers need nothing but memory, so no question waits for another's. */
#include "guard/guard_private.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
  EVENTS_MAX = 64,
  READS_MAX = 16,
  ACCEPTS_MAX = 64,
  HELD_LEAST = 1024,
  SWEEP_MILLISECONDS = 250
};

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

void guard_print_problem(const bt_problem *p, void *context) {
  (void)context;
  fprintf(stderr, "%s:", p->file ? p->file : "policy");
  if (p->line)
    fprintf(stderr, "%u:%u:", p->line, p->column);
  fprintf(stderr, " %s%s\n", p->warning ? "warning: " : "", p->message);
}

/* ---- bytes in and out ------------------------------------------------------------------------ */

typedef enum { MOVED, LATER, OVER } moved;

static moved tls_outcome(const connection *one, int rc, size_t *n) {
  if (rc > 0) {
    *n = (size_t)rc;
    return MOVED;
  }
  int why = SSL_get_error(one->tls, rc);
  ERR_clear_error();
  *n = 0;
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? LATER : OVER;
}

static moved outcome(ssize_t rc, size_t *n) {
  *n = rc > 0 ? (size_t)rc : 0;
  if (rc > 0)
    return MOVED;
  return rc < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? LATER : OVER;
}

static moved take(connection *one, char *into, size_t room, size_t *n) {
  if (one->tls)
    return tls_outcome(one, SSL_read(one->tls, into, (int)room), n);
  return outcome(recv(one->fd, into, room, 0), n);
}

static moved give(connection *one, const char *bytes, size_t len, size_t *n) {
  if (one->tls)
    return tls_outcome(one, SSL_write(one->tls, bytes, (int)len), n);
  return outcome(send(one->fd, bytes, len, MSG_NOSIGNAL), n);
}

/* ---- one connection -------------------------------------------------------------------------- */

static void drop(worker *w, connection *one) {
  if (one->tls)
    SSL_free(one->tls);
  close(one->fd); /* epoll forgets it */
  crowd_remove(&w->crowd, one);
  atomic_fetch_add_explicit(&w->of->g->closed, 1, memory_order_relaxed);
}

static void want_out(worker *w, connection *one, bool out) {
  struct epoll_event event = {.events = out ? EPOLLOUT : EPOLLIN, .data.ptr = one};
  if (one->asks_out != out)
    epoll_ctl(w->epoll, EPOLL_CTL_MOD, one->fd, &event);
  one->asks_out = out;
}

/* Closing at once what has unread bytes would take the answer back: so the peer's end is awaited.
 */
static void say_end(worker *w, connection *one) {
  if (one->tls)
    SSL_shutdown(one->tls);
  shutdown(one->fd, SHUT_WR);
  if (one->line != LEAVING)
    crowd_move(&w->crowd, one, LEAVING, w->now);
  one->leaves = true;
}

/* False: it is over. What cannot be sent now is kept. */
static bool send_answer(worker *w, connection *one) {
  const reply *out = &w->desk.out;
  size_t sent = 0, n;
  while (sent < out->len) {
    moved how = give(one, out->bytes + sent, out->len - sent, &n);
    if (how == OVER)
      return false;
    if (how == LATER)
      break;
    sent += n;
  }
  if (sent == out->len)
    return true;
  one->unsent_len = out->len - sent;
  one->unsent_at = 0;
  one->unsent = malloc(one->unsent_len);
  if (!one->unsent)
    return false;
  memcpy(one->unsent, out->bytes + sent, one->unsent_len);
  crowd_move(&w->crowd, one, LEAVING, w->now);
  want_out(w, one, true);
  return true;
}

static bool send_rest(worker *w, connection *one) {
  size_t n;
  crowd_move(&w->crowd, one, LEAVING, w->now); /* it reads: its time begins anew */
  while (one->unsent_at < one->unsent_len) {
    moved how = give(one, one->unsent + one->unsent_at, one->unsent_len - one->unsent_at, &n);
    if (how != MOVED)
      return how == LATER;
    one->unsent_at += n;
  }
  free(one->unsent);
  one->unsent = NULL;
  want_out(w, one, false);
  if (one->leaves)
    say_end(w, one);
  else
    crowd_move(&w->crowd, one, one->held_len ? ASKING : RESTING, w->now);
  return true;
}

/* Keeps the beginning of a head until the rest comes. */
static bool hold(connection *one, str bytes) {
  if (bytes.len > one->held_room) {
    size_t room = one->held_room ? one->held_room : HELD_LEAST;
    while (room < bytes.len)
      room *= 2;
    char *larger = malloc(room);
    if (!larger)
      return false;
    memcpy(larger, bytes.ptr, bytes.len);
    free(one->held);
    one->held = larger;
    one->held_room = room;
  } else if (bytes.len) {
    memmove(one->held, bytes.ptr, bytes.len);
  }
  one->held_len = bytes.len;
  return true;
}

static void let_go(connection *one) {
  free(one->held);
  one->held = NULL;
  one->held_len = one->held_room = one->looked = 0;
}

/* False: it waits. Until it is resumed nothing is heard of it, not even its end. */
static bool answer_one(worker *w, connection *one, question_state state) {
  question *q = &w->desk.asked;
  if (state == QUESTION_WHOLE) {
    if (!answer_question(&w->desk, one, !one->waited)) {
      epoll_ctl(w->epoll, EPOLL_CTL_DEL, one->fd, NULL);
      crowd_move(&w->crowd, one, WAITING, w->now);
      return false;
    }
    one->waited = false;
    one->leaves = q->closes;
    return true;
  }
  atomic_fetch_add_explicit(&w->of->g->malformed, 1, memory_order_relaxed);
  log_malformed(w->of->g, state == QUESTION_TOO_LARGE ? "a head that is too large" : q->wrong);
  answer_malformed(&w->desk.out, state);
  one->leaves = true;
  return true;
}

/* What is left of the bytes: they are held, or it rests, or it goes. */
static bool settle(worker *w, connection *one, str rest, bool answered) {
  if (!rest.len)
    let_go(one);
  else if (!hold(one, rest))
    return one->line == WAITING; /* somebody has it in hand: it is dropped when it comes back */
  if (one->unsent || one->line == WAITING)
    return true;
  if (one->leaves)
    say_end(w, one);
  else if (rest.len && one->line != ASKING)
    crowd_move(&w->crowd, one, ASKING, w->now);
  else if (!rest.len && answered)
    crowd_move(&w->crowd, one, RESTING, w->now);
  return true;
}

/* Answers every whole question among the bytes, in their order, and holds what is left. */
static bool answer_all(worker *w, connection *one, str bytes) {
  bool answered = false;
  while (bytes.len && !one->leaves && !one->unsent) {
    question_state state = question_read(bytes, &one->looked, &w->desk.asked);
    if (state == QUESTION_PARTIAL)
      break;
    one->looked = 0;
    if (!answer_one(w, one, state))
      break;
    bytes = one->leaves ? STR("") : str_sub(bytes, w->desk.asked.length, bytes.len);
    answered = true;
    if (!send_answer(w, one))
      return false;
  }
  return settle(w, one, bytes, answered);
}

/* What is held already and what comes now, one after the other in the thread's room. */
static moved hear(worker *w, connection *one) {
  size_t held = one->held_len, n;
  moved how = take(one, w->room + held, sizeof w->room - held, &n);
  if (how != MOVED)
    return how;
  if (held)
    memcpy(w->room, one->held, held);
  bool full = held + n == sizeof w->room;
  if (!answer_all(w, one, str_from(w->room, held + n)))
    return OVER;
  if (one->line == WAITING)
    return LATER;
  bool more = full || (one->tls && SSL_pending(one->tls) > 0);
  return more ? MOVED : LATER;
}

/* After the last answer, what still comes is of no interest. */
static moved drain(worker *w, connection *one) {
  size_t n;
  return take(one, w->room, sizeof w->room, &n);
}

static moved greet(worker *w, connection *one) {
  size_t n;
  moved how = tls_outcome(one, SSL_accept(one->tls), &n);
  one->greeted = how == MOVED;
  want_out(w, one, how == LATER && SSL_want_write(one->tls));
  return how;
}

static bool answer_held(worker *w, connection *one) {
  memcpy(w->room, one->held, one->held_len);
  return answer_all(w, one, str_from(w->room, one->held_len));
}

/* What an answer that could not be sent at once left behind. */
static bool catch_up(worker *w, connection *one) {
  if (one->unsent && !send_rest(w, one))
    return false;
  return one->unsent || one->leaves || !one->held_len || answer_held(w, one);
}

/* False: it is over. */
static bool serve(worker *w, connection *one) {
  moved how = one->greeted ? MOVED : greet(w, one);
  if (how != MOVED)
    return how == LATER;
  if (one->unsent && !catch_up(w, one))
    return false;
  if (one->line == WAITING)
    return true;
  for (int i = 0; how == MOVED && i < READS_MAX && !one->unsent; i++)
    how = one->leaves ? drain(w, one) : hear(w, one);
  return how != OVER;
}

/* ---- waiting and going on -------------------------------------------------------------------- */

void connection_resume(connection *one) {
  worker *w = one->worker;
  uint64_t once = 1;
  pthread_mutex_lock(&w->lock);
  one->resumed = w->resumed;
  w->resumed = one;
  pthread_mutex_unlock(&w->lock);
  if (write(w->knock, &once, sizeof once) < 0)
    abort(); /* the counter of an eventfd is never full of such */
}

static bool go_on(worker *w, connection *one) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
  one->waited = true;
  one->asks_out = false;
  crowd_move(&w->crowd, one, ASKING, w->now);
  return epoll_ctl(w->epoll, EPOLL_CTL_ADD, one->fd, &event) == 0 && one->held_len &&
         answer_held(w, one) && (one->line == WAITING || one->unsent || serve(w, one));
}

static void resume_all(worker *w) {
  uint64_t count;
  pthread_mutex_lock(&w->lock);
  connection *one = read(w->knock, &count, sizeof count) > 0 ? w->resumed : NULL, *next;
  w->resumed = one ? NULL : w->resumed;
  pthread_mutex_unlock(&w->lock);
  for (; one; one = next) {
    next = one->resumed;
    if (!go_on(w, one))
      drop(w, one);
  }
}

/* ---- taking in ------------------------------------------------------------------------------- */

/* Its question may have come while others were answered: then it is no idle one. */
static bool make_room(worker *w, const struct sockaddr_storage *from) {
  connection *one;
  for (int i = 0; i < ACCEPTS_MAX && (one = crowd_in_the_way(&w->crowd, from)); i++) {
    line_kind line = one->line;
    double since = one->since;
    if (line != LEAVING && serve(w, one) && (one->line != line || one->since != since))
      continue;
    atomic_fetch_add_explicit(&w->of->g->evicted, 1, memory_order_relaxed);
    drop(w, one);
  }
  return !crowd_in_the_way(&w->crowd, from);
}

static bool take_in(worker *w, int fd, const struct sockaddr_storage *from) {
  connection *one = make_room(w, from) ? crowd_add(&w->crowd, fd, from, w->now) : NULL;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
  if (!one || epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    if (one)
      crowd_remove(&w->crowd, one);
    return false;
  }
  atomic_fetch_add_explicit(&w->of->g->accepted, 1, memory_order_relaxed);
  one->worker = w;
  one->tls = w->of->tls ? SSL_new(w->of->tls) : NULL;
  one->greeted = !w->of->tls;
  if (w->of->tls && (!one->tls || SSL_set_fd(one->tls, fd) != 1))
    drop(w, one);
  else if (!serve(w, one)) /* most bring their question with them */
    drop(w, one);
  return true;
}

static void listen_again(worker *w, bool listens) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = w->of};
  if (w->deaf == listens)
    epoll_ctl(w->epoll, listens ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, w->of->listener, &event);
  w->deaf = !listens;
}

/* Without descriptors the longest idle one goes; a thread that has none waits a moment. */
static bool free_descriptor(worker *w) {
  connection *one = crowd_first_to_go(&w->crowd);
  if (!one)
    return listen_again(w, false), false;
  atomic_fetch_add_explicit(&w->of->g->evicted, 1, memory_order_relaxed);
  drop(w, one);
  return true;
}

static void accept_all(worker *w) {
  for (int i = 0; i < ACCEPTS_MAX; i++) {
    struct sockaddr_storage from = {0};
    socklen_t len = sizeof from;
    int fd = accept4(w->of->listener, (struct sockaddr *)(void *)&from, &len,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
    bool none_left = fd < 0 && (errno == EMFILE || errno == ENFILE);
    if (none_left && free_descriptor(w))
      continue;
    if (fd < 0)
      return;
    if (!take_in(w, fd, &from))
      close(fd);
  }
}

/* ---- a thread -------------------------------------------------------------------------------- */

static void sweep(worker *w) {
  connection *one;
  while ((one = crowd_overdue(&w->crowd, w->now)))
    drop(w, one);
  listen_again(w, true);
}

/* True when the bell rang. */
static bool work(worker *w, const struct epoll_event *events, int count) {
  bool enters = false, resumes = false;
  for (int i = 0; i < count; i++) {
    void *what = events[i].data.ptr;
    if (what == &w->of->bell)
      return true;
    enters |= what == w->of;
    resumes |= what == w;
    if (what != w->of && what != w && !serve(w, what))
      drop(w, what);
  }
  if (resumes)
    resume_all(w);
  if (enters)
    accept_all(w); /* last: who is let go for another's sake is in none of the events above */
  return false;
}

static void *run_worker(void *of) {
  worker *w = of;
  struct epoll_event events[EVENTS_MAX];
  double swept = clock_monotonic();
  for (;;) {
    int count = epoll_wait(w->epoll, events, EVENTS_MAX, SWEEP_MILLISECONDS);
    w->now = clock_monotonic();
    if (count > 0 && work(w, events, count))
      break;
    if (w->now - swept < SWEEP_MILLISECONDS / 1000.0)
      continue;
    swept = w->now;
    sweep(w);
  }
  for (int line = 0; line < LINES; line++)
    while (w->crowd.first[line])
      drop(w, w->crowd.first[line]);
  return NULL;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static SSL_CTX *load_pair(const guard_options *o, error *e) {
  SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
  if (tls)
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (tls && SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) &&
      SSL_CTX_use_certificate_chain_file(tls, o->tls_cert) == 1 &&
      SSL_CTX_use_PrivateKey_file(tls, o->tls_key, SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(tls) == 1) {
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return tls;
  }
  char why[256];
  ERR_error_string_n(ERR_get_error(), why, sizeof why);
  ERR_clear_error();
  SSL_CTX_free(tls);
  error_set(e, ERROR_USAGE,
            "--tls-cert %s, --tls-key %s: not a certificate and its key, each in PEM (%s)",
            o->tls_cert, o->tls_key, why);
  return NULL;
}

server *server_open(guard *g, error *e) {
  const guard_options *o = g->options;
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  server *s = calloc(1, sizeof *s);
  if (!s)
    abort();
  s->g = g;
  s->count = o->threads ? o->threads : (unsigned)(cores > 0 ? cores : 1);
  s->listener = s->bell = -1;
  bool ok = (!o->tls_cert || (s->tls = load_pair(o, e))) &&
            (s->listener = socket_listen(o->listen, e)) >= 0;
  if (ok)
    return s;
  server_close(s);
  return NULL;
}

static bool prepare(worker *w, server *s) {
  struct epoll_event bell = {.events = EPOLLIN, .data.ptr = &s->bell};
  struct epoll_event knock = {.events = EPOLLIN, .data.ptr = w};
  w->of = s;
  w->deaf = true;
  w->epoll = epoll_create1(EPOLL_CLOEXEC);
  w->knock = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  pthread_mutex_init(&w->lock, NULL);
  crowd_begin(&w->crowd, s->count);
  return w->epoll >= 0 && w->knock >= 0 && desk_open(&w->desk, s->g) &&
         epoll_ctl(w->epoll, EPOLL_CTL_ADD, s->bell, &bell) == 0 &&
         epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->knock, &knock) == 0;
}

static void allow_descriptors(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0)
    return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

bool server_start(server *s, error *e) {
  allow_descriptors();
  signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without asking for none */
  s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  s->workers = calloc(s->count, sizeof *s->workers);
  if (s->bell < 0 || !s->workers)
    return error_set(e, ERROR_INTERNAL, "the server cannot start: %s", strerror(errno));
  for (unsigned i = 0; i < s->count; i++) {
    worker *w = &s->workers[i];
    w->epoll = -1;
    if (!prepare(w, s))
      return error_set(e, ERROR_INTERNAL, "the server cannot start: %s", strerror(errno));
    listen_again(w, true);
    w->started = pthread_create(&w->thread, NULL, run_worker, w) == 0;
    if (!w->started)
      return error_set(e, ERROR_INTERNAL, "no thread can be started");
  }
  socket_say(s->g->options->listen, s->listener);
  return true;
}

void server_close(server *s) {
  uint64_t once = 1;
  if (!s)
    return;
  if (s->bell >= 0 && write(s->bell, &once, sizeof once) < 0)
    abort();
  for (unsigned i = 0; s->workers && i < s->count; i++) {
    worker *w = &s->workers[i];
    if (w->started)
      pthread_join(w->thread, NULL);
    desk_close(&w->desk);
    if (!w->of)
      continue;
    close(w->epoll);
    close(w->knock);
    pthread_mutex_destroy(&w->lock);
  }
  if (s->bell >= 0)
    close(s->bell);
  if (s->listener >= 0)
    close(s->listener);
  SSL_CTX_free(s->tls);
  free(s->workers);
  free(s);
}

/* Everything that needs rights is opened first, then they are given up, then the threads start. */
static bool run(guard *g, error *e) {
  server *s = server_open(g, e);
  struct MHD_Daemon *metrics = NULL;
  bool ok = s && guard_confine(g->options, g->policy, e) &&
            (!g->options->metrics.len || (metrics = metrics_start(g, e))) && server_start(s, e) &&
            upkeep_run(g, e);
  introspect_stop(g->introspection);
  server_close(s);
  metrics_stop(metrics);
  return ok;
}

bool guard_serve(const guard_options *o, error *e) {
  guard *g = calloc(1, sizeof *g);
  if (!g)
    abort();
  g->options = o;
  random_bytes(g->log_key, sizeof g->log_key);
  pthread_mutex_init(&g->log_lock, NULL);
  pthread_rwlock_init(&g->lock, NULL);
  pthread_mutex_init(&g->fetching, NULL);
  pthread_cond_init(&g->fetched, NULL);
  g->introspection = introspect_new();
  g->seen = file_stamp_of(o->policy);
  g->policy = guard_load(o->policy, guard_print_problem, NULL);
  bool ok =
      g->policy ? run(g, e) : error_set(e, ERROR_USAGE, "the policy %s is not usable", o->policy);
  bt_policy_free(g->policy);
  pthread_rwlock_destroy(&g->lock);
  pthread_mutex_destroy(&g->fetching);
  pthread_cond_destroy(&g->fetched);
  introspect_free(g->introspection);
  pthread_mutex_destroy(&g->log_lock);
  free(g);
  return ok;
}
