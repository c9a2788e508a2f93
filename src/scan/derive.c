/* The public RSA key out of two tokens. The arithmetic takes the better part of a minute and cannot
 * be interrupted, so a process of its own does it: it can be stopped at any moment, has a limit of
 * its own, and its memory goes with it. */
#include "scan/engine.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  DERIVE_TRIES = 2,
  PROCESSOR_SECONDS = 120,
  WALL_SECONDS = 300,
  POLL_MS = 100,
  JWK_MAX = 8192
};

/* In the child: the key as a JWK into the pipe; nothing when there is none. */
static _Noreturn void derive_and_tell(const token *first, const token *second, unsigned seconds,
                                      int to) {
  struct rlimit limit = {seconds, seconds};
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setrlimit(RLIMIT_CPU, &limit);
  arena *a = arena_new();
  key found;
  error ignored;
  if (!rsa_derive_public(a, first, second, &found, &ignored))
    _exit(1);
  str jwk = key_jwk(a, &found, (str){0}, (str){0});
  _exit(write(to, jwk.ptr, jwk.len) == (ssize_t)jwk.len ? 0 : 1);
}

static bool stop_asked(const engine *e) {
  return e->options->http.stop && *e->options->http.stop;
}

/* What the child says before its end, the limit, or the user's wish to stop. */
static str listen_to(const engine *e, arena *a, int from) {
  buf b = {.arena = a};
  double end = clock_monotonic() + WALL_SECONDS;
  char block[1024];
  while (!stop_asked(e) && clock_monotonic() < end && b.len < JWK_MAX) {
    struct pollfd p = {.fd = from, .events = POLLIN};
    if (poll(&p, 1, POLL_MS) <= 0)
      continue;
    ssize_t n = read(from, block, sizeof block);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return buf_str(&b);
    buf_put(&b, str_from(block, (size_t)n));
  }
  return (str){0};
}

static str derive_apart(engine *e, arena *a, const token *first, const token *second) {
  struct rusage used;
  int pipes[2], status;
  unsigned left = (unsigned)(PROCESSOR_SECONDS - e->derive_seconds);
  if (pipe(pipes) != 0)
    return (str){0};
  pid_t pid = fork();
  if (pid == 0)
    derive_and_tell(first, second, left, pipes[1]);
  close(pipes[1]);
  str out = pid > 0 ? listen_to(e, a, pipes[0]) : (str){0};
  close(pipes[0]);
  if (pid < 0)
    return out;
  kill(pid, SIGKILL); /* its word is said, or no longer wanted */
  while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR)
    continue;
  e->derive_seconds += (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec;
  return out;
}

static exchange_key place_of(const engine *e, const subject *s) {
  return (exchange_key){s->operation_index, STR("derived-key"), e->derive_tries};
}

static const key *take_key(engine *e, str jwk) {
  error ignored;
  if (!jwk.len || !key_load(e->arena, jwk, false, &e->derived_keys, &ignored))
    return NULL;
  return &e->derived_keys.at[e->derived_keys.len - 1];
}

/* The recording keeps what came of it, so that a replay does not do it again. */
static const key *derive_live(engine *e, const subject *s, const token *other) {
  http_request request = {.method = s->operation->method, .url = s->operation->url};
  http_response response = {0};
  e->derive_tries++;
  if (e->options->progress)
    e->options->progress(e->options->progress_to,
                         STR("deriving the RSA key from two tokens: up to a minute"), e->begun,
                         e->begun + 1);
  response.body = derive_apart(e, s->arena, &s->token, other);
  if (e->record)
    recording_add(e->record, place_of(e, s), &request, &response, 0, (str){0});
  return take_key(e, response.body);
}

static const key *derive_replayed(engine *e, const subject *s) {
  for (;;) {
    http_request request;
    http_response response = {0};
    size_t hits;
    str first;
    e->derive_tries++;
    if (!recording_find(e->replay, e->arena, place_of(e, s), &request, &response, &hits, &first))
      break;
    const key *found = take_key(e, response.body);
    if (found)
      return found;
  }
  e->derive_tries--;
  return NULL;
}

/* Another token that the same key may have signed. */
static bool may_be_of_one_key(const subject *s, const token *other) {
  return str_eq(other->alg, s->token.alg) && str_eq(other->kid, s->token.kid) &&
         other->signature.len == s->token.signature.len &&
         !str_eq(other->signing_input, s->token.signing_input);
}

const key *derive_key(engine *e, const subject *s) {
  const str_list *spare = &e->options->spare_tokens;
  if (!s->alg || s->alg->kind != KEY_RSA || s->alg->pss || e->options->active == ACTIVE_PASSIVE)
    return NULL;
  if (e->replay)
    return derive_replayed(e, s);
  for (size_t i = 0; i < spare->len && e->derive_tries < DERIVE_TRIES; i++) {
    token other;
    if (stop_asked(e) || e->derive_seconds >= PROCESSOR_SECONDS - 1)
      break;
    if (str_eq(spare->at[i], s->token.text) || !token_parse(e->arena, spare->at[i], &other))
      continue;
    const key *found = may_be_of_one_key(s, &other) ? derive_live(e, s, &other) : NULL;
    if (found)
      return found;
  }
  return NULL;
}
