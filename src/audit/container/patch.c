/* Mechanical fixes as unified diffs: one field set in YAML or JSON, one line replaced or added.
 * Where the text is not plain enough to be sure, there is no diff. */
#include "audit/container/private.h"

static void index_lines(source_file *f, arena *a) {
  if (f->lines.len)
    return;
  list_push(a, &f->lines, 0);
  for (size_t i = 0; i < f->text.len; i++)
    if (f->text.ptr[i] == '\n' && i + 1 < f->text.len)
      list_push(a, &f->lines, i + 1);
}

/* With its line end. */
static str raw_line(source_file *f, arena *a, size_t line) {
  index_lines(f, a);
  if (line < 1 || line > f->lines.len)
    return STR("");
  size_t from = f->lines.at[line - 1], to = line < f->lines.len ? f->lines.at[line] : f->text.len;
  return str_sub(f->text, from, to);
}

static str without_end(str line) {
  while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
    line.len--;
  return line;
}

str file_line(source_file *f, arena *a, unsigned line) {
  return without_end(raw_line(f, a, line));
}

static void put_line(buf *b, char mark, str line) {
  buf_char(b, mark);
  buf_put(b, line);
  if (!line.len || line.ptr[line.len - 1] != '\n')
    buf_put(b, STR("\n\\ No newline at end of file\n"));
}

static void put_context(buf *b, source_file *f, size_t from, size_t to) {
  for (size_t i = from; i <= to; i++)
    put_line(b, ' ', raw_line(f, b->arena, i));
}

/* Replaces `old_count` lines from `line` on by `text`, whole lines with their ends. */
static str diff(arena *a, source_file *f, size_t line, size_t old_count, str text) {
  enum { CONTEXT = 3 };

  index_lines(f, a);
  size_t first = line > CONTEXT ? line - CONTEXT : 1, last = line + old_count - 1 + CONTEXT,
         added = 0;
  if (last > f->lines.len)
    last = f->lines.len;
  for (size_t i = 0; i < text.len; i++)
    added += text.ptr[i] == '\n';
  if (text.len && text.ptr[text.len - 1] != '\n')
    added++;
  buf b = {.arena = a};
  buf_printf(&b, "--- a/%.*s\n+++ b/%.*s\n", STR_ARG(f->path), STR_ARG(f->path));
  buf_printf(&b, "@@ -%zu,%zu +%zu,%zu @@\n", first, last - first + 1, first,
             last - first + 1 - old_count + added);
  put_context(&b, f, first, line - 1);
  for (size_t i = line; i < line + old_count; i++)
    put_line(&b, '-', raw_line(f, a, i));
  while (text.len) {
    size_t end = str_find(text, STR("\n"), 0);
    end = end == SIZE_MAX ? text.len : end + 1;
    put_line(&b, '+', str_sub(text, 0, end));
    text = str_sub(text, end, text.len);
  }
  put_context(&b, f, line + old_count, last);
  return buf_str(&b);
}

static str line_end(str raw) {
  return str_ends(raw, STR("\r\n")) ? STR("\r\n") : str_ends(raw, STR("\n")) ? STR("\n") : STR("");
}

str patch_line(arena *a, source_file *f, unsigned line, bool replace, str text) {
  str raw = raw_line(f, a, line), end = line_end(raw);
  if (!raw.len)
    return (str){0};
  if (replace)
    return diff(a, f, line, 1, arena_printf(a, "%.*s%.*s", STR_ARG(text), STR_ARG(end)));
  if (end.len)
    return diff(a, f, line + 1, 0, arena_printf(a, "%.*s%.*s", STR_ARG(text), STR_ARG(end)));
  str nl = STR("\n");
  return diff(a, f, line, 1,
              arena_printf(a, "%.*s%.*s%.*s%.*s", STR_ARG(without_end(raw)), STR_ARG(nl),
                           STR_ARG(text), STR_ARG(end)));
}

/* A column counts characters; the line must be ASCII up to there for it to count bytes. */
static bool plain_until(str line, size_t column) {
  if (column < 1 || column - 1 > line.len)
    return false;
  for (size_t i = 0; i + 1 < column; i++)
    if ((unsigned char)line.ptr[i] >= 0x80)
      return false;
  return true;
}

static str replace_scalar(arena *a, const spot *at, str value) {
  const node *n = at->value;
  str line = file_line(at->file, a, n->line);
  if (n->kind == NODE_MAP || n->kind == NODE_LIST || !plain_until(line, n->column))
    return (str){0};
  size_t from = n->column - 1, len = n->text.len;
  if (n->quoted && from < line.len && (line.ptr[from] == '"' || line.ptr[from] == '\''))
    len += 2;
  str written = str_sub(line, from, from + len);
  if (!str_eq(n->quoted ? str_sub(written, 1, written.len ? written.len - 1 : 0) : written,
              n->text))
    return (str){0};
  str text = arena_printf(a, "%.*s%.*s%.*s", STR_ARG(str_sub(line, 0, from)), STR_ARG(value),
                          STR_ARG(str_sub(line, from + len, line.len)));
  return patch_line(a, at->file, n->line, true, text);
}

/* {key: value, ...: what stands behind the brace stays. */
static str insert_flow(arena *a, const spot *at, str line, str value) {
  size_t brace = at->parent->column - 1;
  bool json = str_ends(at->file->path, STR(".json"));
  buf b = {.arena = a};
  buf_put(&b, str_sub(line, 0, brace + 1));
  str rest = at->missing, name;
  size_t depth = 0;
  while (str_next(&rest, '.', &name)) {
    buf_printf(&b, json ? "\"%.*s\": " : "%.*s: ", STR_ARG(name));
    if (rest.ptr)
      buf_char(&b, '{'), depth++;
  }
  buf_put(&b, value);
  while (depth--)
    buf_char(&b, '}');
  if (at->parent->entries.len)
    buf_put(&b, STR(", "));
  buf_put(&b, str_sub(line, brace + 1, line.len));
  return patch_line(a, at->file, at->parent->line, true, buf_str(&b));
}

/* An entry that is whole on its line, so that a line may follow it. */
static const node_entry *whole_entry(arena *a, const spot *at) {
  for (size_t i = 0; i < at->parent->entries.len; i++) {
    const node_entry *e = &at->parent->entries.at[i];
    const node *v = e->value;
    if (v->kind == NODE_MAP || v->kind == NODE_LIST || v->kind == NODE_NULL || v->line != e->line)
      continue;
    str line = file_line(at->file, a, e->line);
    if (!plain_until(line, v->column) || e->column != at->parent->entries.at[0].column)
      continue;
    str tail = str_sub(line, v->column - 1 + v->text.len + (v->quoted ? 2 : 0), line.len);
    tail = str_trim(tail);
    if (str_contains(v->text, STR("\n")) || (tail.len && tail.ptr[0] != '#'))
      continue;
    str start = str_sub(line, v->column - 1, v->column);
    if (str_eq(start, STR("|")) || str_eq(start, STR(">")) || str_eq(start, STR("*")) ||
        str_eq(start, STR("&")))
      continue;
    return e;
  }
  return NULL;
}

static str insert_block(arena *a, const spot *at, str value) {
  const node_entry *after = whole_entry(a, at);
  if (!after)
    return (str){0};
  buf b = {.arena = a};
  str rest = at->missing, name;
  size_t indent = after->column - 1;
  str nl = line_end(raw_line(at->file, a, after->line));
  while (str_next(&rest, '.', &name)) {
    buf_printf(&b, "%*s%.*s:", (int)indent, "", STR_ARG(name));
    if (rest.ptr)
      buf_put(&b, nl.len ? nl : STR("\n"));
    indent += 2;
  }
  buf_printf(&b, " %.*s", STR_ARG(value));
  return patch_line(a, at->file, after->line, false, buf_str(&b));
}

str patch_set(arena *a, const spot *at, str value) {
  if (at->value)
    return replace_scalar(a, at, value);
  const node *map = at->parent;
  str rest = at->missing, name;
  str_next(&rest, '.', &name);
  if (!map || map->kind != NODE_MAP || node_get_str(map, name))
    return (str){0}; /* a null stands there */
  str line = file_line(at->file, a, map->line);
  if (!plain_until(line, map->column) || map->column > line.len)
    return (str){0};
  return line.ptr[map->column - 1] == '{' ? insert_flow(a, at, line, value)
                                          : insert_block(a, at, value);
}
