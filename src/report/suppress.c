/* Suppressions: one line each, with a reason and a last day, for one place only, so that nothing
 * new hides behind them. */
#include "report/report_private.h"

typedef struct {
  unsigned line;
  str scope, until, reason;
  bool used, expired;
} suppression;

typedef LIST(suppression) suppression_list;

static bool is_day(str s) {
  double ignored;
  arena *a = arena_new();
  bool ok = s.len == 10 &&
            time_parse_rfc3339(arena_printf(a, "%.*sT00:00:00Z", STR_ARG(s)), &ignored) &&
            str_eq(str_sub(time_rfc3339(a, ignored), 0, 10), s);
  arena_free(a);
  return ok;
}

/* Spaces between the parts of a scope count as one. */
static str squeezed(arena *a, str s) {
  buf b = {.arena = a};
  str rest = s, word;
  while (str_next(&rest, ' ', &word))
    if (word.len)
      buf_printf(&b, "%s%.*s", b.len ? " " : "", STR_ARG(word));
  return buf_str(&b);
}

static bool is_fingerprint(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (!strchr("0123456789abcdef", s.ptr[i]) || !s.ptr[i])
      return false;
  return s.len >= 8;
}

static bool read_line(arena *a, str text, const char *path, suppression *out, error *e) {
  size_t word = str_find(text, STR(" until "), 0),
         colon = word == SIZE_MAX ? SIZE_MAX : str_find(text, STR(":"), word);
  if (word == SIZE_MAX || colon == SIZE_MAX)
    return error_set(
        e, ERROR_USAGE,
        "%s:%u: a suppression reads 'CHECK PLACE until YYYY-MM-DD: REASON' or 'FINGERPRINT "
        "until YYYY-MM-DD: REASON'; a reason and a last day are required",
        path, out->line);
  out->scope = squeezed(a, str_sub(text, 0, word));
  out->until = str_trim(str_sub(text, word + 7, colon));
  out->reason = str_trim(str_sub(text, colon + 1, text.len));
  if (!is_day(out->until))
    return error_set(e, ERROR_USAGE, "%s:%u:%zu: '%.*s' is no day: YYYY-MM-DD", path, out->line,
                     word + 8, STR_ARG(str_sub(out->until, 0, 40)));
  if (!out->reason.len)
    return error_set(e, ERROR_USAGE, "%s:%u:%zu: the reason is missing", path, out->line,
                     colon + 2);
  if (!is_fingerprint(out->scope) && !str_contains(out->scope, STR(" ")))
    return error_set(
        e, ERROR_USAGE,
        "%s:%u: '%.*s' names no place: a check's id is followed by the one place it is "
        "suppressed at, as in 'jwt-in-query GET /api/me'",
        path, out->line, STR_ARG(str_sub(out->scope, 0, 60)));
  return true;
}

static bool read_file(arena *a, str text, const char *path, str today, suppression_list *out,
                      error *e) {
  str rest = text, line;
  for (unsigned n = 1; str_next(&rest, '\n', &line); n++) {
    suppression s = {.line = n};
    line = str_trim(line);
    if (!line.len || line.ptr[0] == '#')
      continue;
    if (!read_line(a, line, path, &s, e))
      return false;
    s.expired = str_cmp(s.until, today) < 0;
    list_push(a, out, s);
  }
  return true;
}

/* How a suppression calls the place: no column, and a line only in source, where nothing else is
 * exact. */
static str place_of(arena *a, const where *w) {
  if (w->kind == WHERE_OPERATION)
    return squeezed(a, where_text(a, w));
  if (w->kind == WHERE_SOURCE)
    return arena_printf(a, "%.*s:%u", STR_ARG(w->file), w->line);
  return squeezed(a, arena_printf(a, "%.*s %.*s %.*s", STR_ARG(w->file), STR_ARG(w->object),
                                  STR_ARG(w->field)));
}

static suppression *find_suppression(arena *a, suppression_list *list, const finding *f) {
  str scope = arena_printf(a, "%.*s %.*s", STR_ARG(f->check), STR_ARG(place_of(a, &f->where)));
  suppression *hit = NULL;
  for (size_t i = 0; i < list->len; i++) {
    suppression *s = &list->at[i];
    bool names = str_eq(s->scope, scope) || (s->scope.len >= 8 && is_fingerprint(s->scope) &&
                                             str_starts(f->fingerprint, s->scope));
    if (!names)
      continue;
    s->used = true;
    if (!s->expired && !hit)
      hit = s;
  }
  return hit;
}

static void move_suppressed(arena *a, report *r, suppression_list *list) {
  size_t kept = 0;
  for (size_t i = 0; i < r->findings.len; i++) {
    finding *f = &r->findings.at[i];
    const suppression *s = find_suppression(a, list, f);
    if (!s) {
      r->findings.at[kept++] = *f;
      continue;
    }
    f->suppressed_until = s->until;
    f->suppressed_reason = s->reason;
    list_push(a, &r->suppressed, *f);
  }
  r->findings.len = kept;
}

bool report_suppress(arena *a, report *r, str text, const char *path, double today, error *e) {
  suppression_list list = {0};
  if (!read_file(a, arena_str(a, text), path, str_sub(time_rfc3339(a, today), 0, 10), &list, e))
    return false;
  move_suppressed(a, r, &list);
  for (size_t i = 0; i < list.len; i++) {
    const suppression *s = &list.at[i];
    if (s->expired)
      list_push(a, &r->notes,
                arena_printf(a, "%s:%u: the suppression of %.*s expired on %.*s%s", path, s->line,
                             STR_ARG(s->scope), STR_ARG(s->until),
                             s->used ? "; its finding counts again" : ""));
    else if (!s->used)
      list_push(a, &r->notes,
                arena_printf(a, "%s:%u: the suppression of %.*s matches no finding", path, s->line,
                             STR_ARG(s->scope)));
    if (i && str_cmp(list.at[i - 1].scope, s->scope) > 0)
      list_push(a, &r->notes,
                arena_printf(a, "%s:%u: not in order: sort the file, so that its changes read well",
                             path, s->line));
  }
  report_renumber(a, r);
  return true;
}
