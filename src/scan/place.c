/* Where a token sits in a request, and how an option names a token. */
#include "scan/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* "NAME:FORM" to "NAME"; what stands behind the colon, or ptr NULL. */
static str take_form(str *name) {
  size_t colon = str_find(*name, STR(":"), 0);
  if (colon == SIZE_MAX)
    return (str){0};
  str form = str_sub(*name, colon + 1, name->len);
  *name = str_sub(*name, 0, colon);
  return form;
}

bool token_place_form(token_place *place, str form, error *e) {
  if (place->kind == PLACE_COOKIE || place->kind == PLACE_QUERY)
    return error_set(e, ERROR_USAGE, "a scheme stands in headers alone: header or header:NAME");
  if (form.ptr && !http_name_valid(form))
    return error_set(e, ERROR_USAGE, "'%.*s' is no scheme: one word, such as Token, or raw",
                     STR_ARG(str_sub(form, 0, 60)));
  bool authorization = place->kind == PLACE_BEARER || str_ieq(place->name, STR("authorization"));
  if (authorization && (!form.ptr || str_ieq(form, STR("bearer")))) {
    *place = (token_place){.kind = PLACE_BEARER};
    return true;
  }
  place->kind = PLACE_HEADER;
  if (authorization)
    place->name = STR("Authorization");
  if (form.ptr && !str_ieq(form, STR("raw")))
    place->scheme = form;
  return true;
}

bool token_place_parse(str text, token_place *out, error *e) {
  static const struct {
    const char *prefix;
    place_kind kind;
  } rows[] = {{"header:", PLACE_HEADER}, {"cookie:", PLACE_COOKIE}, {"query:", PLACE_QUERY}};

  *out = (token_place){.kind = PLACE_BEARER};
  if (str_eq(text, STR("header")))
    return true;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    str prefix = str_of(rows[i].prefix);
    if (!str_starts(text, prefix) || text.len == prefix.len)
      continue;
    *out = (token_place){.kind = rows[i].kind, .name = str_sub(text, prefix.len, text.len)};
    str form = {0};
    if (out->kind == PLACE_HEADER)
      form = take_form(&out->name);
    if (out->kind != PLACE_QUERY && !http_name_valid(out->name))
      return error_set(e, ERROR_USAGE, "'%.*s': no header and no cookie can have that name",
                       STR_ARG(str_sub(text, 0, 60)));
    return out->kind != PLACE_HEADER || token_place_form(out, form, e);
  }
  return error_set(e, ERROR_USAGE,
                   "'%.*s' is no place for a token: header, header:NAME, header:NAME:raw, "
                   "header:NAME:SCHEME, cookie:NAME or query:NAME",
                   STR_ARG(text));
}

static void add_cookie(arena *a, http_headers *headers, str name, str value) {
  str had = http_header_get(headers, STR("Cookie"));
  str pair = arena_printf(a, "%.*s=%.*s", STR_ARG(name), STR_ARG(value));
  if (had.len)
    pair = arena_printf(a, "%.*s; %.*s", STR_ARG(had), STR_ARG(pair));
  http_header_set(a, headers, STR("Cookie"), pair);
}

static http_headers headers_copy(arena *a, const http_headers *from) {
  http_headers out = {0};
  for (size_t i = 0; i < from->len; i++)
    list_push(a, &out, from->at[i]);
  return out;
}

http_request request_with_token(arena *a, const operation *o, str token_text) {
  http_request r = {
      .method = o->method, .url = o->url, .headers = headers_copy(a, &o->headers), .body = o->body};
  if (!token_text.ptr)
    return r;
  switch (o->place.kind) {
  case PLACE_BEARER:
    http_header_set(a, &r.headers, STR("Authorization"),
                    arena_printf(a, "Bearer %.*s", STR_ARG(token_text)));
    break;
  case PLACE_HEADER:
    http_header_set(a, &r.headers, o->place.name,
                    o->place.scheme.len ? arena_printf(a, "%.*s %.*s", STR_ARG(o->place.scheme),
                                                       STR_ARG(token_text))
                                        : token_text);
    break;
  case PLACE_COOKIE:
    add_cookie(a, &r.headers, o->place.name, token_text);
    break;
  case PLACE_QUERY:
    r.url = url_with_query(a, &o->url, o->place.name, token_text);
    break;
  }
  return r;
}

http_request request_as(arena *a, const operation *o, const identity *who) {
  return request_with_token(a, o, who->token);
}

/* ---- values ---------------------------------------------------------------------------------- */

enum { TOKEN_LIMIT = 1024 * 1024, COMMAND_SECONDS = 30, WORDS_LIMIT = 64 };

/* Splits on spaces; quotes keep words together. No shell is asked. */
static char **split_words(arena *a, str command) {
  char **words = arena_alloc(a, (WORDS_LIMIT + 1) * sizeof *words);
  buf word = {.arena = a};
  size_t n = 0;
  char quote = 0;
  bool inside = false;
  for (size_t i = 0; i <= command.len && n < WORDS_LIMIT; i++) {
    char c = i < command.len ? command.ptr[i] : ' ';
    if (quote ? c == quote : c == '"' || c == '\'') {
      quote = quote ? 0 : c;
      inside = true;
    } else if (!quote && (c == ' ' || c == '\t' || c == '\n')) {
      if (inside)
        words[n++] = arena_text(a, buf_str(&word));
      word = (buf){.arena = a};
      inside = false;
    } else {
      buf_char(&word, c);
      inside = true;
    }
  }
  return words;
}

static bool read_output(arena *a, int fd, str *out) {
  buf b = {.arena = a};
  char block[4096];
  double end = clock_monotonic() + COMMAND_SECONDS;
  for (;;) {
    double left = end - clock_monotonic();
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (left <= 0 || poll(&p, 1, (int)(left * 1000)) <= 0)
      return false;
    ssize_t n = read(fd, block, sizeof block);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0 || b.len > TOKEN_LIMIT)
      break;
    buf_put(&b, str_from(block, (size_t)n));
  }
  *out = buf_str(&b);
  return true;
}

static bool run_command(arena *a, const char *command, str *out, error *e) {
  char **words = split_words(a, str_of(command));
  int pipes[2];
  pid_t pid;
  posix_spawn_file_actions_t actions;
  if (!words[0])
    return error_set(e, ERROR_USAGE, "cmd: names no command");
  if (pipe2(pipes, O_CLOEXEC) != 0)
    return error_set(e, ERROR_INTERNAL, "cannot make a pipe: %s", strerror(errno));
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
  int failed = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipes[1]);
  bool complete = !failed && read_output(a, pipes[0], out);
  close(pipes[0]);
  if (failed)
    return error_set(e, ERROR_USAGE, "cannot run '%s': %s", words[0], strerror(failed));
  int status = 0;
  if (!complete)
    kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  if (!complete)
    return error_set(e, ERROR_USAGE, "'%s' printed no token within %d seconds", command,
                     COMMAND_SECONDS);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return error_set(e, ERROR_USAGE, "'%s' failed (exit %d)", command,
                     WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return true;
}

bool scan_token_value(arena *a, str text, str *token_text, const char **command, error *e) {
  str raw = text;
  if (str_starts(text, STR("@"))) {
    if (!text_read(a, arena_text(a, str_sub(text, 1, text.len)), TOKEN_LIMIT, &raw, e))
      return false;
  } else if (str_starts(text, STR("env:"))) {
    const char *name = arena_text(a, str_sub(text, 4, text.len)), *value = getenv(name);
    if (!value)
      return error_set(e, ERROR_USAGE, "the environment has no variable %s", name);
    raw = str_of(value);
  } else if (str_starts(text, STR("cmd:"))) {
    const char *line = arena_text(a, str_sub(text, 4, text.len));
    if (!run_command(a, line, &raw, e))
      return false;
    if (command)
      *command = line;
  }
  raw = str_trim(raw);
  if (str_starts(raw, STR("Bearer ")))
    raw = str_trim(str_sub(raw, 7, raw.len));
  *token_text = arena_str(a, raw);
  return raw.len > 0 ||
         error_set(e, ERROR_USAGE, "'%.*s' gives an empty token", STR_ARG(str_sub(text, 0, 60)));
}
