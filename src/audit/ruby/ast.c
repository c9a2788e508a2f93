#include "audit/ruby/ast.h"

#include <pthread.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_ruby(void);

static const char *const KIND_NAMES[N_COUNT] = {"",
#define X(name) #name,
                                                NODE_KINDS(X)
#undef X
};
static const char *const FIELD_NAMES[F_COUNT] = {
    "",           "left",       "right",   "receiver",  "method",      "arguments",   "block",
    "name",       "parameters", "body",    "condition", "consequence", "alternative", "value",
    "key",        "object",     "operand", "operator",  "scope",       "superclass",  "pattern",
    "exceptions", "variable",   "handler"};

/* The grammar's numbers to ours, made once. */
static uint8_t kind_of[1024], field_of[256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void) {
  const TSLanguage *ruby = tree_sitter_ruby();
  for (uint32_t s = 0; s < ts_language_symbol_count(ruby) && s < 1024; s++)
    for (int k = 1; k < N_COUNT; k++)
      if (ts_language_symbol_type(ruby, (TSSymbol)s) == TSSymbolTypeRegular &&
          strcmp(ts_language_symbol_name(ruby, (TSSymbol)s), KIND_NAMES[k]) == 0)
        kind_of[s] = (uint8_t)k;
  for (int f = 1; f < F_COUNT; f++) {
    TSFieldId id =
        ts_language_field_id_for_name(ruby, FIELD_NAMES[f], (uint32_t)strlen(FIELD_NAMES[f]));
    if (id && id < 256)
      field_of[id] = (uint8_t)f;
  }
}

typedef struct {
  arena *arena;
  str text;
  TSTreeCursor cursor;
  size_t nodes;
  LIST(node *) heredocs; /* beginnings that wait for their body */
  size_t heredocs_seen;
} builder;

static node *build(builder *b, node *parent, unsigned depth);

static node *make_node(builder *b, node *parent) {
  TSNode t = ts_tree_cursor_current_node(&b->cursor);
  node *n = arena_make(b->arena, node);
  TSSymbol symbol = ts_node_symbol(t);
  TSPoint start = ts_node_start_point(t), end = ts_node_end_point(t);
  n->kind = symbol < 1024 ? (node_kind)kind_of[symbol] : N_other;
  n->field = (field_kind)field_of[ts_tree_cursor_current_field_id(&b->cursor) & 255];
  n->line = start.row + 1;
  n->column = start.column + 1;
  n->end_line = end.row + 1;
  n->text = str_sub(b->text, ts_node_start_byte(t), ts_node_end_byte(t));
  n->parent = parent;
  b->nodes++;
  return n;
}

static void add_kids(builder *b, node *n, unsigned depth) {
  LIST(node *) kids = {0};
  if (depth >= AST_DEPTH_MAX || b->nodes >= AST_NODES_MAX ||
      !ts_tree_cursor_goto_first_child(&b->cursor))
    return;
  do {
    TSNode t = ts_tree_cursor_current_node(&b->cursor);
    if (ts_node_is_named(t)) {
      list_push(b->arena, &kids, build(b, n, depth + 1));
    } else if (field_of[ts_tree_cursor_current_field_id(&b->cursor) & 255] == F_operator) {
      n->op = str_sub(b->text, ts_node_start_byte(t), ts_node_end_byte(t));
    }
  } while (ts_tree_cursor_goto_next_sibling(&b->cursor));
  ts_tree_cursor_goto_parent(&b->cursor);
  n->kids = kids.at;
  n->count = kids.len;
}

static node *build(builder *b, node *parent, unsigned depth) {
  node *n = make_node(b, parent);
  if (n->kind == N_heredoc_beginning)
    list_push(b->arena, &b->heredocs, n);
  if (n->kind == N_heredoc_body && b->heredocs_seen < b->heredocs.len)
    b->heredocs.at[b->heredocs_seen++]->heredoc = n;
  add_kids(b, n, depth);
  return n;
}

node *ast_parse(arena *a, str text, double seconds, const char **why) {
  pthread_once(&tables_once, make_tables);
  TSParser *parser = ts_parser_new();
  ts_parser_set_language(parser, tree_sitter_ruby());
  ts_parser_set_timeout_micros(parser, (uint64_t)(seconds * 1e6));
  TSTree *tree = ts_parser_parse_string(parser, NULL, text.ptr ? text.ptr : "", (uint32_t)text.len);
  ts_parser_delete(parser);
  if (!tree) {
    *why = "parsing took too long";
    return NULL;
  }
  builder b = {.arena = a, .text = text, .cursor = ts_tree_cursor_new(ts_tree_root_node(tree))};
  node *root = build(&b, NULL, 0);
  ts_tree_cursor_delete(&b.cursor);
  ts_tree_delete(tree);
  if (b.nodes >= AST_NODES_MAX)
    *why = "the file is too large to follow whole";
  return root;
}

node *ast_kid(const node *n, field_kind field) {
  for (size_t i = 0; n && i < n->count; i++)
    if (n->kids[i]->field == field)
      return n->kids[i];
  return NULL;
}

str ast_erb(arena *a, str text) {
  char *out = arena_alloc(a, text.len + 1);
  bool code = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    bool pair = i + 1 < text.len;
    out[i] = c == '\n' ? '\n' : code ? c : ' ';
    if (!code && pair && c == '<' && text.ptr[i + 1] == '%') {
      bool comment = i + 2 < text.len && (text.ptr[i + 2] == '#' || text.ptr[i + 2] == '%');
      out[i++] = ' ', out[i] = ' ';
      while (i + 1 < text.len && (text.ptr[i + 1] == '=' || text.ptr[i + 1] == '-'))
        out[++i] = ' ';
      code = !comment;
    } else if (code && pair && c == '%' && text.ptr[i + 1] == '>') {
      out[i++] = ';', out[i] = ' ';
      code = false;
    } else if (code && c == '-' && i + 2 < text.len && text.ptr[i + 1] == '%' &&
               text.ptr[i + 2] == '>') {
      out[i] = ' ';
    }
  }
  return str_from(out, text.len);
}

str ast_literal(arena *a, const node *n) {
  if (!n)
    return (str){0};
  if (n->kind == N_simple_symbol)
    return str_sub(n->text, 1, n->text.len);
  if (n->kind == N_hash_key_symbol || n->kind == N_bare_string || n->kind == N_bare_symbol)
    return n->text;
  if (n->kind == N_heredoc_beginning && n->heredoc)
    n = n->heredoc;
  if (n->kind != N_string && n->kind != N_delimited_symbol && n->kind != N_heredoc_body)
    return (str){0};
  buf b = {.arena = a};
  for (size_t i = 0; i < n->count; i++) {
    if (n->kids[i]->kind == N_interpolation)
      return (str){0};
    buf_put(&b, n->kids[i]->text);
  }
  return b.ptr ? buf_str(&b) : STR("");
}
