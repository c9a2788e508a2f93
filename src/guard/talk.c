/* What is said on one connection: questions come in pieces or several at once, answers go as fast
 * as the other side reads. Nothing here waits. */
#include "guard/worker.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READS_MAX = 16, HELD_LEAST = 1024 };

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

void talk_drop(worker *w, connection *one) {
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

bool talk_serve(worker *w, connection *one) {
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

/* ---- going on ----------------------------------------------------------------------------------
 */

bool talk_go_on(worker *w, connection *one) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
  one->waited = true;
  one->asks_out = false;
  crowd_move(&w->crowd, one, ASKING, w->now);
  return epoll_ctl(w->epoll, EPOLL_CTL_ADD, one->fd, &event) == 0 && one->held_len &&
         answer_held(w, one) && (one->line == WAITING || one->unsent || talk_serve(w, one));
}
