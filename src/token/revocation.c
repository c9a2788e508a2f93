/* The revocation list, a text file that tools and people may write:
 *
 *   # what is not to be taken any more
 *   jti 3f0c9a
 *   sub "a name with spaces" issuer https://id.example.com until 2027-01-01T00:00:00Z
 *   kid 2024-key-1
 *   issued-before 2026-05-01T12:00:00Z issuer https://id.example.com
 *
 * One entry a line: kind, value, then optionally `issuer` (else any) and `until` (else for ever). A
 * value with other bytes than printable ASCII, or with a space, is written as a JSON string. Times
 * are seconds since 1970 or RFC 3339 in UTC. */
#include "token/revocation.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef enum { BY_JTI, BY_SUB, BY_KID, BY_TIME, KINDS } revoked_kind;

static const char *const KIND_NAMES[] = {"jti", "sub", "kid", "issued-before", NULL};

typedef struct {
  str value, issuer;    /* issuer ptr NULL: any */
  double before, until; /* until 0: for ever */
} entry;

struct revocations {
  arena *arena;
  size_t owners;
  bool unread;
  LIST(entry) of[KINDS];
};

/* ---- one line -------------------------------------------------------------------------------- */

/* The next word, or JSON string, decoded. False at the end or when it is broken (*broken). */
static bool next_value(arena *a, str *rest, str *out, bool *broken) {
  *rest = str_trim(*rest);
  if (!rest->len || rest->ptr[0] == '#')
    return false;
  if (rest->ptr[0] != '"') {
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != ' ' && rest->ptr[end] != '\t')
      end++;
    *out = str_sub(*rest, 0, end);
    *rest = str_sub(*rest, end, rest->len);
    return true;
  }
  size_t end = 1;
  while (end < rest->len && rest->ptr[end] != '"')
    end += rest->ptr[end] == '\\' ? 2 : 1;
  char *text = arena_alloc(a, rest->len + 4);
  size_t len = end < rest->len ? json_string_decode(str_sub(*rest, 0, end + 1), text) : SIZE_MAX;
  *broken = len == SIZE_MAX;
  *out = str_from(text, *broken ? 0 : len);
  *rest = str_sub(*rest, end + 1, rest->len);
  return !*broken;
}

static bool read_time(str text, double *out) {
  return (str_to_double(text, out) || time_parse_rfc3339(text, out)) && isfinite(*out) && *out > 0;
}

static bool read_options(arena *a, str *rest, entry *e) {
  str word, value;
  bool broken = false;
  while (next_value(a, rest, &word, &broken)) {
    if (!next_value(a, rest, &value, &broken))
      return false;
    if (str_eq(word, STR("issuer")))
      e->issuer = arena_str(a, value);
    else if (!str_eq(word, STR("until")) || !read_time(value, &e->until))
      return false;
  }
  return !broken;
}

static bool read_line(revocations *r, str line, double now, problems *p) {
  str rest = line, kind, value;
  bool broken = false;
  if (!next_value(r->arena, &rest, &kind, &broken) && !broken)
    return true;
  entry e = {0};
  size_t k = 0;
  while (KIND_NAMES[k] && !str_eq(kind, str_of(KIND_NAMES[k])))
    k++;
  if (!KIND_NAMES[k])
    return problem(p, "an entry begins with jti, sub, kid or issued-before, not '%.*s'",
                   STR_ARG(str_sub(kind, 0, 40)));
  if (!next_value(r->arena, &rest, &value, &broken) || !value.len)
    return problem(p, "`%s` needs a value", KIND_NAMES[k]);
  if (k == BY_TIME && !read_time(value, &e.before))
    return problem(
        p, "`issued-before` needs seconds since 1970 or a time such as 2026-05-01T12:00:00Z");
  if (!read_options(r->arena, &rest, &e))
    return problem(p, "after the value only `issuer NAME` and `until TIME` may stand");
  e.value = arena_str(r->arena, value);
  if (e.until == 0 || e.until > now)
    list_push(r->arena, &r->of[k], e);
  return true;
}

/* ---- the list -------------------------------------------------------------------------------- */

static int by_value(const void *x, const void *y) {
  return str_cmp(((const entry *)x)->value, ((const entry *)y)->value);
}

enum { LIST_MAX = 256 * 1024 * 1024 };

static revocations *revocations_new(void) {
  arena *a = arena_new();
  revocations *r = arena_make(a, revocations);
  r->arena = a;
  r->owners = 1;
  return r;
}

revocations *revocations_unread(void) {
  revocations *r = revocations_new();
  r->unread = true;
  return r;
}

bool revocations_are_read(const revocations *r) {
  return !r->unread;
}

/* Room for each kind at once, by the first letters of the lines: a list that grows in an arena
 * leaves its smaller selves behind. */
static void reserve(revocations *r, str text) {
  size_t counts[KINDS] = {0};
  str line;
  while (str_next(&text, '\n', &line)) {
    line = str_trim(line);
    for (size_t k = 0; line.len && k < KINDS; k++)
      counts[k] += line.ptr[0] == KIND_NAMES[k][0];
  }
  for (size_t k = 0; k < KINDS; k++) {
    if (!counts[k])
      continue;
    r->of[k].at = arena_alloc(r->arena, counts[k] * sizeof *r->of[k].at);
    r->of[k].cap = counts[k];
  }
}

enum { LINES_TOLD = 20 };

/* Of lines that cannot be read the first ones are told, and how many more there are. */
static bool read_lines(revocations *r, str text, double now, problems *p) {
  problems silent = {0};
  size_t wrong = 0;
  str line;
  for (p->line = 1; str_next(&text, '\n', &line); p->line++)
    wrong += !read_line(r, line, now, wrong < LINES_TOLD ? p : &silent);
  p->line = p->column = 0;
  if (wrong > LINES_TOLD)
    problem(p, "%zu further lines cannot be read", wrong - LINES_TOLD);
  return !wrong;
}

revocations *revocations_parse(const char *name, str text, double now, problems *p) {
  revocations *r = revocations_new();
  const char *file = p->file;
  p->file = name;
  p->column = 1;
  reserve(r, text);
  bool whole = read_lines(r, text, now, p);
  p->file = file;
  if (!whole) {
    revocations_release(r);
    return NULL;
  }
  for (size_t k = 0; k < KINDS; k++)
    if (r->of[k].len)
      qsort(r->of[k].at, r->of[k].len, sizeof *r->of[k].at, by_value);
  return r;
}

/* A file that is being written is read again; one that never rests is taken as it is. */
revocations *revocations_read(const char *path, double now, file_stamp *stamp, problems *p) {
  enum { TRIES = 4 };

  arena *a = arena_new();
  str text = {0};
  error e = {0};
  bool ok = true, rests = false;
  for (int i = 0; ok && !rests && i < TRIES; i++) {
    *stamp = file_stamp_of(path);
    ok = file_read(a, path, LIST_MAX, &text, &e) || problem(p, "%s", e.message);
    file_stamp after = file_stamp_of(path);
    rests = file_stamp_same(stamp, &after);
  }
  revocations *r = ok ? revocations_parse(path, text, now, p) : NULL;
  arena_free(a);
  return r;
}

const revocations *revocations_share(const revocations *r) {
  if (r)
    ((revocations *)(uintptr_t)r)->owners++;
  return r;
}

void revocations_release(const revocations *r) {
  if (r && --((revocations *)(uintptr_t)r)->owners == 0)
    arena_free(r->arena);
}

size_t revocations_count(const revocations *r) {
  size_t n = 0;
  for (size_t k = 0; r && k < KINDS; k++)
    n += r->of[k].len;
  return n;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static bool applies(const entry *e, const revocation_facts *f, double now) {
  return (!e->issuer.ptr || str_eq(e->issuer, f->issuer)) && (e->until == 0 || now < e->until);
}

static bool is_listed(const revocations *r, revoked_kind kind, str value, const revocation_facts *f,
                      double now) {
  const entry *at = r->of[kind].at;
  size_t low = 0, high = r->of[kind].len;
  if (!value.ptr || !high)
    return false;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (str_cmp(at[middle].value, value) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < r->of[kind].len && str_eq(at[low].value, value); low++)
    if (applies(&at[low], f, now))
      return true;
  return false;
}

bool revocations_hold(const revocations *r, const revocation_facts *f, double now) {
  if (!r)
    return false;
  for (size_t i = 0; i < r->of[BY_TIME].len; i++) {
    const entry *e = &r->of[BY_TIME].at[i];
    /* rule 18: a token that does not say when it was issued cannot say that it was issued later */
    if (applies(e, f, now) && (!f->has_issued || f->issued < e->before))
      return true;
  }
  return is_listed(r, BY_JTI, f->jti, f, now) || is_listed(r, BY_SUB, f->sub, f, now) ||
         is_listed(r, BY_KID, f->kid.len ? f->kid : (str){0}, f, now);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_value(buf *b, str value) {
  bool plain = value.len > 0 && value.ptr[0] != '"' && value.ptr[0] != '#';
  for (size_t i = 0; i < value.len; i++)
    plain &= value.ptr[i] > ' ' && value.ptr[i] < 127;
  if (plain)
    buf_put(b, value);
  else
    buf_put(b, json_quote(b->arena, value));
}

static bool append_line(const char *file, str line, char *message, size_t size) {
  int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  bool ok = fd >= 0 && write(fd, line.ptr, line.len) == (ssize_t)line.len && fsync(fd) == 0;
  if (!ok)
    snprintf(message, size, "cannot write %s: %s", file, strerror(errno));
  if (fd >= 0)
    close(fd);
  return ok;
}

/* What is written must read back: a list with a broken line would be worse than none. */
static bool make_line(arena *a, const char *kind, bt_text value, bt_text issuer, double until,
                      str *line, char *message, size_t size) {
  buf b = {.arena = a};
  problems silent = {0};
  buf_printf(&b, "%s ", kind);
  put_value(&b, str_of_text(value));
  if (issuer.ptr) {
    buf_put(&b, STR(" issuer "));
    put_value(&b, str_of_text(issuer));
  }
  if (until > 0)
    buf_printf(&b, " until %.0f", until);
  revocations check = {.arena = a};
  bool ok = str_is_utf8(buf_str(&b)) && read_line(&check, buf_str(&b), 0, &silent) &&
            revocations_count(&check) == 1;
  if (!ok)
    snprintf(message, size, "cannot revoke %s: jti, sub and kid need a text, issued-before a time",
             kind);
  buf_char(&b, '\n');
  *line = buf_str(&b);
  return ok;
}

bool bt_revocation_valid(const char *kind, bt_text value, bt_text issuer, double until,
                         char *message, size_t size) {
  arena *a = arena_new();
  str line;
  bool ok = make_line(a, kind, value, issuer, until, &line, message, size);
  arena_free(a);
  return ok;
}

bool bt_revoke(const char *file, const char *kind, bt_text value, bt_text issuer, double until,
               char *message, size_t size) {
  arena *a = arena_new();
  str line;
  bool ok = make_line(a, kind, value, issuer, until, &line, message, size) &&
            append_line(file, line, message, size);
  arena_free(a);
  return ok;
}

bool bt_revoked_create(const char *file, char *message, size_t size) {
  return append_line(file, STR(""), message, size);
}
