#include "base/yaml.h"

#include <libfyaml.h>
#include <math.h>
#include <stdlib.h>

/* ---- building the tree from events ----------------------------------------------------------- */

typedef struct {
  node *container;
  str key; /* a map's key that waits for its value */
  unsigned key_line, key_column;
  bool has_key, merge;
  node_list merges; /* values of `<<` */
} level;

typedef struct {
  str name;
  node *node;
} anchor;

typedef struct {
  arena *arena;
  struct fy_parser *parser;
  error *e;
  level stack[YAML_DEPTH_MAX];
  size_t depth;
  node *root;
  LIST(anchor) anchors;
  bool failed;
} builder;

static void refuse(builder *b, unsigned line, unsigned column, const char *what, str word) {
  if (!b->failed)
    error_set(b->e, ERROR_USAGE, "line %u, column %u: %s%.*s", line, column, what,
              STR_ARG(str_sub(word, 0, 80)));
  b->failed = true;
}

static str token_str(arena *a, struct fy_token *t) {
  size_t len = 0;
  const char *text = t ? fy_token_get_text(t, &len) : NULL;
  return text ? arena_str(a, str_from(text, len)) : STR("");
}

static node *node_new(builder *b, node_kind kind, const struct fy_mark *at) {
  node *n = arena_make(b->arena, node);
  n->kind = kind;
  n->weight = 1;
  if (at) {
    n->line = (unsigned)at->line + 1;
    n->column = (unsigned)at->column + 1;
  }
  return n;
}

static bool one_of(str text, const char *const *words) {
  for (; *words; words++)
    if (str_eq(text, str_of(*words)))
      return true;
  return false;
}

/* YAML 1.2 core schema, section 10.3.2. */
static node_kind scalar_kind(str text) {
  static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
  static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};
  double number;
  if (one_of(text, nulls))
    return NODE_NULL;
  if (one_of(text, bools))
    return NODE_BOOL;
  str digits = str_starts(text, STR("+")) ? str_sub(text, 1, text.len) : text;
  return digits.len && str_to_double(digits, &number) ? NODE_NUMBER : NODE_TEXT;
}

static void add_entry(builder *b, node *map, const level *l, node *value) {
  node_entry entry = {l->key, l->key_line, l->key_column, value};
  list_push(b->arena, &map->entries, entry);
}

static int by_key(const void *x, const void *y) {
  const node_entry *a = *(const node_entry *const *)x, *b = *(const node_entry *const *)y;
  int order = str_cmp(a->key, b->key);
  return order ? order : (a > b) - (a < b);
}

/* By sorting, so that a map of a million keys costs no more than reading it. */
static void refuse_duplicates(builder *b, const node *map) {
  size_t n = map->entries.len;
  const node_entry **sorted = arena_alloc(b->arena, n * sizeof *sorted);
  for (size_t i = 0; i < n; i++)
    sorted[i] = &map->entries.at[i];
  qsort(sorted, n, sizeof *sorted, by_key);
  for (size_t i = 1; i < n; i++)
    if (str_eq(sorted[i - 1]->key, sorted[i]->key))
      refuse(b, sorted[i]->line, sorted[i]->column, "duplicate key ", sorted[i]->key);
}

/* `<<`: the entries of a map, or of each map of a list, where the map itself has none of that name.
 */
static void merge_entries(builder *b, node *map, const node *from) {
  if (from->kind == NODE_LIST) {
    for (size_t i = 0; i < from->items.len; i++)
      if (from->items.at[i]->kind == NODE_MAP)
        merge_entries(b, map, from->items.at[i]);
    return;
  }
  for (size_t i = 0; i < from->entries.len; i++)
    if (!node_get_str(map, from->entries.at[i].key))
      list_push(b->arena, &map->entries, from->entries.at[i]);
}

/* When the map ends, as its own keys win. */
static void finish_merge(builder *b, const level *l) {
  for (size_t i = 0; i < l->merges.len; i++)
    merge_entries(b, l->container, l->merges.at[i]);
}

static void add_weight(builder *b, node *to, const node *n) {
  to->weight += n->weight;
  if (to->weight > YAML_NODES_MAX)
    refuse(b, n->line, n->column, "aliases unfold to too many nodes", (str){0});
}

static void place(builder *b, node *n) {
  if (b->depth == 0) {
    b->root = n;
    return;
  }
  level *l = &b->stack[b->depth - 1];
  if (l->container->kind == NODE_LIST) {
    list_push(b->arena, &l->container->items, n);
  } else if (!l->has_key) {
    if (n->kind == NODE_LIST || n->kind == NODE_MAP) {
      refuse(b, n->line, n->column, "a key must be a plain word", (str){0});
      return;
    }
    l->key = n->text;
    l->key_line = n->line;
    l->key_column = n->column;
    l->has_key = true;
    l->merge = !n->quoted && str_eq(n->text, STR("<<"));
    return;
  } else {
    l->has_key = false;
    if (l->merge)
      list_push(b->arena, &l->merges, n);
    else
      add_entry(b, l->container, l, n);
  }
  add_weight(b, l->container, n);
}

enum { ANCHORS_MAX = 10000 }; /* a document; looked through from the end */

static void remember(builder *b, struct fy_token *name, node *n) {
  anchor entry = {token_str(b->arena, name), n};
  if (name && b->anchors.len == ANCHORS_MAX)
    refuse(b, n->line, n->column, "too many anchors", (str){0});
  if (name)
    list_push(b->arena, &b->anchors, entry);
}

static void open_container(builder *b, node *n, struct fy_token *name) {
  /* A key cannot be a container, so a map waits for a plain key here. */
  level *above = b->depth ? &b->stack[b->depth - 1] : NULL;
  if (above && above->container->kind == NODE_MAP && !above->has_key) {
    refuse(b, n->line, n->column, "a key must be a plain word", (str){0});
    return;
  }
  if (b->depth == YAML_DEPTH_MAX) {
    refuse(b, n->line, n->column, "nested too deep", (str){0});
    return;
  }
  remember(b, name, n);
  b->stack[b->depth++] = (level){.container = n};
}

static void close_container(builder *b) {
  level *l = &b->stack[--b->depth];
  node *n = l->container;
  if (n->kind == NODE_MAP) {
    refuse_duplicates(b, n);
    finish_merge(b, l);
  }
  place(b, n);
}

static void take_alias(builder *b, struct fy_event *event) {
  const struct fy_mark *at = fy_event_start_mark(event);
  str name = token_str(b->arena, event->alias.anchor);
  for (size_t i = b->anchors.len; i-- > 0;)
    if (str_eq(b->anchors.at[i].name, name)) {
      for (size_t d = 0; d < b->depth; d++)
        if (b->stack[d].container == b->anchors.at[i].node) {
          refuse(b, (unsigned)at->line + 1, (unsigned)at->column + 1,
                 "an alias inside its own anchor: ", name);
          return;
        }
      place(b, b->anchors.at[i].node);
      return;
    }
  refuse(b, (unsigned)at->line + 1, (unsigned)at->column + 1, "unknown alias ", name);
}

static void take_scalar(builder *b, struct fy_event *event) {
  node *n = node_new(b, NODE_TEXT, fy_event_start_mark(event));
  n->text = token_str(b->arena, event->scalar.value);
  n->quoted = event->scalar.value && fy_token_scalar_style(event->scalar.value) != FYSS_PLAIN;
  str tag = token_str(b->arena, event->scalar.tag);
  if (!n->quoted && !str_ends(tag, STR("str")))
    n->kind = scalar_kind(n->text);
  remember(b, event->scalar.anchor, n);
  place(b, n);
}

static void take(builder *b, struct fy_event *event, node_list *out) {
  switch (event->type) {
  case FYET_DOCUMENT_START:
    b->root = NULL;
    b->depth = 0;
    b->anchors.len = 0;
    break;
  case FYET_DOCUMENT_END:
    if (out->len == YAML_DOCUMENTS_MAX)
      refuse(b, 1, 1, "too many documents", (str){0});
    if (!b->failed)
      list_push(b->arena, out,
                b->root ? b->root : node_new(b, NODE_NULL, fy_event_start_mark(event)));
    break;
  case FYET_SCALAR:
    take_scalar(b, event);
    break;
  case FYET_ALIAS:
    take_alias(b, event);
    break;
  case FYET_MAPPING_START:
    open_container(b, node_new(b, NODE_MAP, fy_event_start_mark(event)),
                   event->mapping_start.anchor);
    break;
  case FYET_SEQUENCE_START:
    open_container(b, node_new(b, NODE_LIST, fy_event_start_mark(event)),
                   event->sequence_start.anchor);
    break;
  case FYET_MAPPING_END:
  case FYET_SEQUENCE_END:
    close_container(b);
    break;
  default:
    break;
  }
}

/* ---- libfyaml's own complaints --------------------------------------------------------------- */

/* Its diagnostics are collected, so that nothing is printed and the first one gives place and
 * reason. */
static void take_diagnostic(builder *b, struct fy_diag *diag) {
  void *prev = NULL;
  struct fy_diag_error *first = fy_diag_errors_iterate(diag, &prev);
  if (first)
    refuse(b, (unsigned)(first->line > 0 ? first->line : 1),
           (unsigned)(first->column > 0 ? first->column : 1), first->msg, (str){0});
  else
    refuse(b, 1, 1, "cannot be read as YAML or JSON", (str){0});
}

bool yaml_parse_all(arena *a, str text, node_list *out, error *e) {
  error ignored;
  builder *b = arena_make(a, builder);
  struct fy_diag_cfg diag_cfg;
  fy_diag_cfg_default(&diag_cfg);
  diag_cfg.fp = NULL;
  diag_cfg.output_fn = NULL;
  struct fy_diag *diag = fy_diag_create(&diag_cfg);
  if (diag)
    fy_diag_set_collect_errors(diag, true);
  struct fy_parse_cfg cfg = {.flags = FYPCF_DEFAULT_PARSE | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE,
                             .diag = diag};
  *b = (builder){.arena = a, .e = e ? e : &ignored};
  text = str_without_mark(text);
  b->parser = diag ? fy_parser_create(&cfg) : NULL;
  if (!str_is_utf8(text)) {
    bool utf16 = str_starts(text, STR("\xFF\xFE")) || str_starts(text, STR("\xFE\xFF"));
    refuse(b, 1, 1,
           utf16 ? "UTF-16 text: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)" : "not valid UTF-8",
           (str){0});
  } else if (!b->parser ||
             fy_parser_set_string(b->parser, text.len ? text.ptr : "", text.len) != 0) {
    refuse(b, 1, 1, "cannot be read", (str){0});
  }
  while (!b->failed) {
    struct fy_event *event = fy_parser_parse(b->parser);
    if (!event)
      break;
    take(b, event, out);
    fy_parser_event_free(b->parser, event);
  }
  if (!b->failed && fy_parser_get_stream_error(b->parser))
    take_diagnostic(b, diag);
  if (b->parser)
    fy_parser_destroy(b->parser);
  if (diag)
    fy_diag_destroy(diag);
  return !b->failed;
}

node *yaml_parse(arena *a, str text, error *e) {
  node_list documents = {0};
  if (!yaml_parse_all(a, text, &documents, e))
    return NULL;
  if (documents.len > 1) {
    if (e)
      error_set(e, ERROR_USAGE, "line %u, column %u: a second document; one is expected",
                documents.at[1]->line, documents.at[1]->column);
    return NULL;
  }
  if (documents.len)
    return documents.at[0];
  node *n = arena_make(a, node);
  n->line = n->column = 1;
  return n;
}

/* ---- reading the tree ------------------------------------------------------------------------ */

node *node_get_str(const node *n, str key) {
  if (!n || n->kind != NODE_MAP)
    return NULL;
  for (size_t i = 0; i < n->entries.len; i++)
    if (str_eq(n->entries.at[i].key, key))
      return n->entries.at[i].value;
  return NULL;
}

node *node_get(const node *n, const char *key) {
  return node_get_str(n, str_of(key));
}

const node_entry *node_entry_of(const node *n, const char *key) {
  if (!n || n->kind != NODE_MAP)
    return NULL;
  for (size_t i = 0; i < n->entries.len; i++)
    if (str_eq(n->entries.at[i].key, str_of(key)))
      return &n->entries.at[i];
  return NULL;
}

str node_text(const node *n) {
  bool scalar = n && (n->kind == NODE_BOOL || n->kind == NODE_NUMBER || n->kind == NODE_TEXT);
  return scalar ? n->text : (str){0};
}

bool node_bool(const node *n, bool fallback) {
  return n && n->kind == NODE_BOOL ? (n->text.ptr[0] | 0x20) == 't' : fallback;
}

bool node_number(const node *n, double *out) {
  if (!n || n->kind != NODE_NUMBER)
    return false;
  str digits = str_starts(n->text, STR("+")) ? str_sub(n->text, 1, n->text.len) : n->text;
  return str_to_double(digits, out) && isfinite(*out);
}

const char *node_kind_name(node_kind kind) {
  static const char *const names[] = {"nothing", "true or false", "a number",
                                      "text",    "a list",        "a map"};
  return names[kind];
}

/* ---- as JSON --------------------------------------------------------------------------------- */

static void put_quoted(buf *b, str s) {
  buf_char(b, '"');
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c == '"' || c == '\\')
      buf_printf(b, "\\%c", c);
    else if (c < 0x20)
      buf_printf(b, "\\u%04x", c);
    else
      buf_char(b, (char)c);
  }
  buf_char(b, '"');
}

static void put_number(buf *b, str text) {
  double number = 0;
  str digits = str_starts(text, STR("+")) ? str_sub(text, 1, text.len) : text;
  str_to_double(digits, &number);
  if (number == floor(number) && fabs(number) < 1e15)
    buf_printf(b, "%.0f", number);
  else
    buf_printf(b, "%.17g", number);
}

/* Depth is bounded by YAML_DEPTH_MAX for what was parsed. */
static void put_json(buf *b, const node *n) {
  switch (n->kind) {
  case NODE_NULL:
    buf_put(b, STR("null"));
    break;
  case NODE_BOOL:
    buf_put(b, node_bool(n, false) ? STR("true") : STR("false"));
    break;
  case NODE_NUMBER:
    put_number(b, n->text);
    break;
  case NODE_TEXT:
    put_quoted(b, n->text);
    break;
  case NODE_LIST:
    buf_char(b, '[');
    for (size_t i = 0; i < n->items.len; i++) {
      if (i)
        buf_char(b, ',');
      put_json(b, n->items.at[i]);
    }
    buf_char(b, ']');
    break;
  case NODE_MAP:
    buf_char(b, '{');
    for (size_t i = 0; i < n->entries.len; i++) {
      if (i)
        buf_char(b, ',');
      put_quoted(b, n->entries.at[i].key);
      buf_char(b, ':');
      put_json(b, n->entries.at[i].value);
    }
    buf_char(b, '}');
    break;
  }
}

str node_json(arena *a, const node *n) {
  buf b = {.arena = a};
  if (n)
    put_json(&b, n);
  return buf_str(&b);
}
