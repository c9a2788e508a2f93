/* What comes from a target or a file must not write to a terminal, forge markup or hide itself. */
#include "report/report_private.h"

/* The code point at text[*at], which is valid UTF-8; moves *at past it. */
static uint32_t next_point(str text, size_t *at) {
  unsigned char c = (unsigned char)text.ptr[(*at)++];
  if (c < 0x80)
    return c;
  int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
  uint32_t point = c & (0x3Fu >> more);
  while (more--)
    point = point << 6 | ((unsigned char)text.ptr[(*at)++] & 0x3F);
  return point;
}

/* Control characters, what turns the direction of writing (Trojan Source, CVE-2021-42574), and
 * non-characters. */
static bool must_spell(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x2028 || c == 0x2029 ||
         c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
}

static void put_point(buf *b, str text, size_t from, size_t to, uint32_t point, bool one_line) {
  if (point == '\n' || point == '\t')
    buf_char(b, one_line ? ' ' : (char)point);
  else if (point == '\r')
    return;
  else if (must_spell(point))
    buf_printf(b, point < 0x100 ? "\\x%02X" : "\\u%04X", point);
  else
    buf_put(b, str_sub(text, from, to));
}

static str spelled(arena *a, str raw, bool one_line) {
  str text = utf8_repair(a, raw);
  buf b = {.arena = a};
  for (size_t at = 0; at < text.len;) {
    size_t from = at;
    uint32_t point = next_point(text, &at);
    put_point(&b, text, from, at, point, one_line);
  }
  return buf_str(&b);
}

str text_printable(arena *a, str raw) {
  return spelled(a, raw, false);
}

str text_line(arena *a, str raw) {
  return spelled(a, raw, true);
}

/* ---- columns --------------------------------------------------------------------------------- */

size_t text_columns(str s) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
  return n;
}

str text_first_columns(str s, size_t most) {
  size_t n = 0, i = 0;
  for (; i < s.len; i++) {
    if (((unsigned char)s.ptr[i] & 0xC0) != 0x80 && n++ == most)
      break;
  }
  return str_sub(s, 0, i);
}

void put_folded(buf *b, str text, str margin, size_t width) {
  size_t taken = text_columns(margin), room = width > taken + 10 ? width - taken : 10, column = 0;
  str rest = text, word;
  while (str_next(&rest, ' ', &word)) {
    while (word.len) {
      str piece = text_columns(word) > room ? text_first_columns(word, room) : word;
      if (column && column + 1 + text_columns(piece) > room) {
        buf_char(b, '\n');
        column = 0;
      }
      if (column)
        column++;
      buf_put(b, column ? STR(" ") : margin);
      buf_put(b, piece);
      column += text_columns(piece);
      word = str_sub(word, piece.len, word.len);
    }
  }
  buf_char(b, '\n');
}

void put_markup(buf *b, str raw) {
  str text = text_printable(b->arena, raw);
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '&')
      buf_put(b, STR("&amp;"));
    else if (c == '<')
      buf_put(b, STR("&lt;"));
    else if (c == '>')
      buf_put(b, STR("&gt;"));
    else if (c == '"')
      buf_put(b, STR("&quot;"));
    else if (c == '\'')
      buf_put(b, STR("&#39;"));
    else
      buf_char(b, c);
  }
}

str text_spaced(arena *a, const char *name) {
  char *out = arena_text(a, str_of(name));
  for (char *p = out; *p; p++)
    if (*p == '_')
      *p = ' ';
  return str_of(out);
}

/* ---- what was not tested, by reason ---------------------------------------------------------- */

typedef struct {
  const not_tested *row;
  size_t index;
} indexed;

static int by_reason(const void *p, const void *q) {
  const indexed *x = p, *y = q;
  int c = str_cmp(x->row->reason, y->row->reason);
  return c ? c : (x->index > y->index) - (x->index < y->index);
}

static int by_first(const void *p, const void *q) {
  const reason_group *x = p, *y = q;
  return (x->first > y->first) - (x->first < y->first);
}

static void push_new(arena *a, str_list *list, str text, size_t most) {
  for (size_t i = list->len; i-- > 0;)
    if (str_eq(list->at[i], text))
      return;
  if (list->len < most)
    list_push(a, list, text);
}

static void group_add(arena *a, reason_group *g, const not_tested *row) {
  enum { CHECKS_MAX = 400, PLACES_MAX = 6 };

  bool whole = str_eq(row->check, STR("*"));
  if (!whole)
    push_new(a, &g->checks, row->check, CHECKS_MAX);
  push_new(a, &g->places, row->where, whole ? CHECKS_MAX : PLACES_MAX);
  g->whole |= whole;
  g->count++;
}

reason_group_list group_by_reason(arena *a, const report *r) {
  reason_group_list out = {0};
  indexed *rows = arena_alloc(a, (r->not_tested.len + 1) * sizeof *rows);
  for (size_t i = 0; i < r->not_tested.len; i++)
    rows[i] = (indexed){&r->not_tested.at[i], i};
  qsort(rows, r->not_tested.len, sizeof *rows, by_reason);
  for (size_t i = 0; i < r->not_tested.len; i++) {
    if (i == 0 || !str_eq(rows[i].row->reason, rows[i - 1].row->reason)) {
      reason_group g = {.reason = rows[i].row->reason, .first = rows[i].index};
      list_push(a, &out, g);
    }
    group_add(a, &out.at[out.len - 1], rows[i].row);
  }
  if (out.len)
    qsort(out.at, out.len, sizeof *out.at, by_first);
  return out;
}

str text_joined(arena *a, const str_list *list, const char *between) {
  buf b = {.arena = a};
  for (size_t i = 0; i < list->len; i++)
    buf_printf(&b, "%s%.*s", i ? between : "", STR_ARG(list->at[i]));
  return buf_str(&b);
}

/* ---- findings told together ------------------------------------------------------------------ */

bool findings_alike(const finding *f, const finding *g) {
  return str_eq(f->check, g->check) && f->severity == g->severity &&
         f->confidence == g->confidence && f->baseline == g->baseline &&
         ((!f->trace.len && !g->trace.len) || f == g);
}

bool told_before(const report *r, size_t index) {
  for (size_t i = 0; i < index; i++)
    if (findings_alike(&r->findings.at[i], &r->findings.at[index]))
      return true;
  return false;
}

size_t count_alike(const report *r, size_t index) {
  size_t n = 0;
  for (size_t i = 0; i < r->findings.len; i++)
    n += findings_alike(&r->findings.at[i], &r->findings.at[index]);
  return n;
}
