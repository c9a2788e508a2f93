/* Mechanical fixes: one insertion or replacement in one line, as a unified diff that git apply
 * takes. */
#include "audit/ruby/flow.h"

enum { CONTEXT = 3 };

/* The line with its end; ptr NULL past the last. */
static str raw_line(str text, unsigned line) {
  size_t from = 0;
  for (unsigned n = 1; n < line; n++) {
    size_t end = str_find(text, STR("\n"), from);
    if (end == SIZE_MAX || end + 1 >= text.len)
      return (str){0};
    from = end + 1;
  }
  size_t end = str_find(text, STR("\n"), from);
  return str_sub(text, from, end == SIZE_MAX ? text.len : end + 1);
}

static void put_line(buf *b, char mark, str line) {
  buf_char(b, mark);
  buf_put(b, line);
  if (!line.len || line.ptr[line.len - 1] != '\n')
    buf_put(b, STR("\n\\ No newline at end of file\n"));
}

str fix_replace(file_facts *f, const node *at, size_t from, size_t to, str with) {
  arena *a = f->arena;
  str line = raw_line(f->text, at->line);
  size_t start = (size_t)(line.ptr - f->text.ptr);
  bool inside = line.ptr && from >= start && to <= start + line.len &&
                at->text.ptr >= f->text.ptr && at->text.ptr < f->text.ptr + f->text.len;
  if (!inside)
    return (str){0}; /* more than one line, or a template's copy */
  unsigned first = at->line > CONTEXT ? at->line - CONTEXT : 1, last = at->line;
  while (last < at->line + CONTEXT && raw_line(f->text, last + 1).ptr)
    last++;
  buf b = {.arena = a}, changed = {.arena = a};
  buf_put(&changed, str_sub(line, 0, from - start));
  buf_put(&changed, with);
  buf_put(&changed, str_sub(line, to - start, line.len));
  buf_printf(&b, "--- a/%.*s\n+++ b/%.*s\n@@ -%u,%u +%u,%u @@\n", STR_ARG(f->path),
             STR_ARG(f->path), first, last - first + 1, first, last - first + 1);
  for (unsigned n = first; n <= last; n++) {
    if (n != at->line) {
      put_line(&b, ' ', raw_line(f->text, n));
      continue;
    }
    put_line(&b, '-', line);
    put_line(&b, '+', buf_str(&changed));
  }
  return buf_str(&b);
}

static size_t offset(const file_facts *f, const node *n) {
  return (size_t)(n->text.ptr - f->text.ptr);
}

/* Adds one option behind the last of the call, inside its braces if it has some. */
str fix_add_option(file_facts *f, const node *const *args, size_t count, const char *option) {
  const node *last = count ? args[count - 1] : NULL;
  if (!last || count < 3 || (last->kind != N_hash && last->kind != N_pair))
    return (str){0};
  if (last->kind == N_hash)
    last = last->count ? last->kids[last->count - 1] : NULL;
  if (!last || last->kind != N_pair || last->end_line != last->line)
    return (str){0};
  size_t end = offset(f, last) + last->text.len;
  return fix_replace(f, last, end, end, arena_printf(f->arena, ", %s", option));
}

str fix_node(file_facts *f, const node *n, const char *with) {
  if (n->end_line != n->line)
    return (str){0};
  return fix_replace(f, n, offset(f, n), offset(f, n) + n->text.len, str_of(with));
}
