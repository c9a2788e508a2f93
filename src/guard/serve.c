/* The daemon: threads answer, each with its own epoll and its own connections; the thread that
 * began keeps things up. Answers need nothing but memory, so no question waits for another's. */
#include "guard/worker.h"

#include <errno.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, ACCEPTS_MAX = 64, SWEEP_MILLISECONDS = 250 };

void guard_print_problem(const bt_problem *p, void *context) {
  (void)context;
  fprintf(stderr, "%s:", p->file ? p->file : "policy");
  if (p->line)
    fprintf(stderr, "%u:%u:", p->line, p->column);
  fprintf(stderr, " %s%s\n", p->warning ? "warning: " : "", p->message);
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

static void resume_all(worker *w) {
  uint64_t count;
  pthread_mutex_lock(&w->lock);
  connection *one = read(w->knock, &count, sizeof count) > 0 ? w->resumed : NULL, *next;
  w->resumed = one ? NULL : w->resumed;
  pthread_mutex_unlock(&w->lock);
  for (; one; one = next) {
    next = one->resumed;
    if (!talk_go_on(w, one))
      talk_drop(w, one);
  }
}

/* ---- taking in ------------------------------------------------------------------------------- */

/* Its question may have come while others were answered: then it is no idle one. */
static bool make_room(worker *w, const struct sockaddr_storage *from) {
  connection *one;
  for (int i = 0; i < ACCEPTS_MAX && (one = crowd_in_the_way(&w->crowd, from)); i++) {
    line_kind line = one->line;
    double since = one->since;
    if (line != LEAVING && talk_serve(w, one) && (one->line != line || one->since != since))
      continue;
    atomic_fetch_add_explicit(&w->of->g->evicted, 1, memory_order_relaxed);
    talk_drop(w, one);
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
    talk_drop(w, one);
  else if (!talk_serve(w, one)) /* most bring their question with them */
    talk_drop(w, one);
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
  talk_drop(w, one);
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
    talk_drop(w, one);
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
    if (what != w->of && what != w && !talk_serve(w, what))
      talk_drop(w, what);
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
      talk_drop(w, w->crowd.first[line]);
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
