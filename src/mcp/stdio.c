/* One message a line on standard input, one on standard output. */
#include "mcp/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t output_lock = PTHREAD_MUTEX_INITIALIZER;

static void send_line(void *to, json_t *message, bool last) {
  (void)to, (void)last;
  if (!message)
    return;
  arena *a = arena_new();
  str text = json_write(a, message, false);
  pthread_mutex_lock(&output_lock);
  fwrite(text.ptr, 1, text.len, stdout);
  fputc('\n', stdout);
  fflush(stdout);
  pthread_mutex_unlock(&output_lock);
  arena_free(a);
  json_decref(message);
}

static void take(mcp_session *session, str line) {
  static const mcp_sink sink = {send_line, NULL};
  error e = {0};
  line = str_trim(line);
  if (!line.len)
    return;
  json_t *message = json_parse(line, &e);
  if (message)
    mcp_receive(session, message, sink);
  else
    send_line(NULL, rpc_error(NULL, RPC_PARSE, "%s", e.message), true);
  json_decref(message);
}

typedef struct {
  arena *arena;
  buf line;
  bool skipping; /* the line is longer than any message may be */
} reader;

static void take_bytes(mcp_session *session, reader *r, str bytes) {
  for (size_t i = 0; i < bytes.len; i++) {
    if (bytes.ptr[i] != '\n') {
      if (r->line.len < MESSAGE_MAX)
        buf_char(&r->line, bytes.ptr[i]);
      else
        r->skipping = true;
      continue;
    }
    if (r->skipping)
      send_line(NULL, rpc_error(NULL, RPC_INVALID, "a message is at most %d bytes", MESSAGE_MAX),
                true);
    else
      take(session, buf_str(&r->line));
    arena_free(r->arena);
    r->arena = arena_new();
    r->line = (buf){.arena = r->arena};
    r->skipping = false;
  }
}

/* Input has ended: what runs may finish as long as somebody reads the answers. */
static void finish_calls(mcp_session *session) {
  while (session->server->calls && !*session->server->options->stop) {
    struct pollfd reader_gone = {STDOUT_FILENO, 0, 0};
    if (poll(&reader_gone, 1, 100) > 0)
      break;
  }
  mcp_session_cancel_all(session);
}

bool serve_stdio(mcp_server *s, error *e) {
  mcp_session *session = mcp_session_new(s);
  reader r = {.arena = arena_new()};
  char piece[65536];
  ssize_t got;
  (void)e;
  r.line.arena = r.arena;
  while ((got = read(STDIN_FILENO, piece, sizeof piece)) > 0 ||
         (got < 0 && errno == EINTR && !*s->options->stop))
    if (got > 0)
      take_bytes(session, &r, str_from(piece, (size_t)got));
  finish_calls(session);
  arena_free(r.arena);
  mcp_session_release(session);
  return true;
}
