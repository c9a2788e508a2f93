#include "audit/container/dockerfile.h"

#include <ctype.h>

typedef struct {
  arena *arena;
  str rest;
  unsigned line; /* of what `take` gave last */
  char escape;
  instruction_list out;
} reader;

static bool take(reader *r, str *line) {
  if (!str_next(&r->rest, '\n', line))
    return false;
  if (line->len && line->ptr[line->len - 1] == '\r')
    line->len--;
  r->line++;
  return true;
}

/* `# escape=` and the other directives stand before anything else. */
static void read_directives(reader *r) {
  str rest = r->rest, line;
  while (str_next(&rest, '\n', &line)) {
    str t = str_trim(line);
    if (!t.len || t.ptr[0] != '#')
      return;
    size_t equals = str_find(t, STR("="), 0);
    if (equals == SIZE_MAX)
      return;
    str name = str_trim(str_sub(t, 1, equals)), value = str_trim(str_sub(t, equals + 1, t.len));
    if (str_ieq(name, STR("escape")) && str_eq(value, STR("`")))
      r->escape = '`';
  }
}

static str trim_right(str s) {
  while (s.len && isspace((unsigned char)s.ptr[s.len - 1]))
    s.len--;
  return s;
}

/* Joins continuation lines; comment and blank lines between them vanish. */
static str join_lines(reader *r, str first) {
  buf b = {.arena = r->arena};
  str line = trim_right(first);
  for (;;) {
    bool more = line.len && line.ptr[line.len - 1] == r->escape;
    buf_put(&b, more ? str_sub(line, 0, line.len - 1) : line);
    if (!more)
      return buf_str(&b);
    do {
      if (!take(r, &line))
        return buf_str(&b);
      line = trim_right(line);
      str t = str_trim(line);
      if (t.len && t.ptr[0] != '#')
        break;
    } while (true);
    buf_char(&b, ' ');
  }
}

static bool is_delimiter(char c) {
  return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-';
}

/* The names of <<A <<-"B" on the line, in order. */
static str_list heredoc_names(arena *a, str line) {
  str_list out = {0};
  for (size_t at = str_find(line, STR("<<"), 0); at != SIZE_MAX && out.len < 16;
       at = str_find(line, STR("<<"), at)) {
    at += 2;
    if (at < line.len && line.ptr[at] == '<') { /* <<< is a here-string */
      at++;
      continue;
    }
    if (at < line.len && line.ptr[at] == '-')
      at++;
    if (at < line.len && (line.ptr[at] == '"' || line.ptr[at] == '\''))
      at++;
    size_t end = at;
    while (end < line.len && is_delimiter(line.ptr[end]))
      end++;
    if (end > at && !isdigit((unsigned char)line.ptr[at]))
      list_push(a, &out, str_sub(line, at, end));
    at = end;
  }
  return out;
}

static str read_bodies(reader *r, str joined) {
  str_list names = heredoc_names(r->arena, joined);
  buf b = {.arena = r->arena};
  for (size_t i = 0; i < names.len; i++) {
    str line;
    while (take(r, &line) && !str_eq(str_trim(line), names.at[i])) {
      buf_put(&b, line);
      buf_char(&b, '\n');
    }
  }
  return buf_str(&b);
}

static str upper(arena *a, str s) {
  char *copy = arena_text(a, s);
  for (size_t i = 0; i < s.len; i++)
    copy[i] = (char)toupper((unsigned char)copy[i]);
  return str_from(copy, s.len);
}

static str take_keyword(arena *a, str *rest) {
  size_t n = 0;
  str s = str_trim(*rest);
  while (n < s.len && !isspace((unsigned char)s.ptr[n]))
    n++;
  *rest = str_trim(str_sub(s, n, s.len));
  return upper(a, str_sub(s, 0, n));
}

static bool may_have_body(str keyword) {
  return str_eq(keyword, STR("RUN")) || str_eq(keyword, STR("COPY")) || str_eq(keyword, STR("ADD"));
}

instruction_list dockerfile_parse(arena *a, str text) {
  reader r = {.arena = a, .rest = text, .escape = '\\'};
  str line;
  r.rest = str_without_mark(text);
  read_directives(&r);
  while (take(&r, &line)) {
    str t = str_trim(line);
    if (!t.len || t.ptr[0] == '#')
      continue;
    instruction i = {.line = r.line, .column = (unsigned)(t.ptr - line.ptr) + 1};
    i.words = join_lines(&r, line);
    i.keyword = take_keyword(a, &i.words);
    if (str_eq(i.keyword, STR("ONBUILD"))) {
      i.onbuild = true;
      i.keyword = take_keyword(a, &i.words);
    }
    if (may_have_body(i.keyword))
      i.body = read_bodies(&r, i.words);
    list_push(a, &r.out, i);
  }
  return r.out;
}

bool dockerfile_word(arena *a, str *rest, str *word) {
  str s = *rest;
  buf b = {.arena = a};
  char quote = 0;
  size_t i = 0;
  while (s.len && isspace((unsigned char)s.ptr[0]))
    s = str_sub(s, 1, s.len); /* the same blanks that end a word */
  if (!s.len)
    return false;
  for (; i < s.len; i++) {
    char c = s.ptr[i];
    if (quote ? c == quote : c == '"' || c == '\'')
      quote = quote ? 0 : c;
    else if (!quote && isspace((unsigned char)c))
      break;
    else
      buf_char(&b, c);
  }
  *word = buf_str(&b);
  *rest = str_sub(s, i, s.len);
  return true;
}

/* ---- variables ------------------------------------------------------------------------------- */

static str variable(arena *a, const instruction_list *list, size_t until, str name) {
  for (size_t i = until; i-- > 0;) {
    const instruction *at = &list->at[i];
    str rest = at->words, word;
    if (!str_eq(at->keyword, STR("ARG")) && !str_eq(at->keyword, STR("ENV")))
      continue;
    while (dockerfile_word(a, &rest, &word)) {
      size_t equals = str_find(word, STR("="), 0);
      if (equals != SIZE_MAX && str_eq(str_sub(word, 0, equals), name))
        return str_sub(word, equals + 1, word.len);
    }
  }
  return (str){0};
}

static size_t name_end(str s, size_t from) {
  while (from < s.len && (isalnum((unsigned char)s.ptr[from]) || s.ptr[from] == '_'))
    from++;
  return from;
}

str dockerfile_expand(arena *a, const instruction_list *list, size_t until, str text) {
  buf b = {.arena = a};
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] != '$' || i + 1 >= text.len) {
      buf_char(&b, text.ptr[i]);
      continue;
    }
    bool braces = text.ptr[i + 1] == '{';
    size_t from = i + 1 + braces, end = name_end(text, from),
           close = braces ? str_find(text, STR("}"), end) : end;
    if (end == from || close == SIZE_MAX) {
      buf_char(&b, '$');
      continue;
    }
    str value = variable(a, list, until, str_sub(text, from, end)),
        other = str_sub(text, end, close);
    if (!value.ptr && str_starts(other, STR(":-")))
      value = str_sub(other, 2, other.len);
    buf_put(&b, value.ptr ? value : str_sub(text, i, close + braces));
    i = close + braces - 1;
  }
  return buf_str(&b);
}
