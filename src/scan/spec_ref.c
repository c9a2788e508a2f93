/* The documents of a description, and `$ref`: within one, to another beside it, never out of its
 * directory or off the target's origin. */
#include "scan/spec_private.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

void spec_fail(spec *s, spot at, const char *format, ...) {
  va_list args;
  if (s->failed)
    return;
  s->failed = true;
  buf b = {.arena = s->tree};
  if (at.file)
    buf_printf(&b, "%.*s:", STR_ARG(at.file->name));
  if (at.node)
    buf_printf(&b, "%u:%u:", at.node->line, at.node->column);
  if (at.file)
    buf_char(&b, ' ');
  va_start(args, format);
  buf_vprintf(&b, format, args);
  va_end(args);
  error_set(s->error, ERROR_USAGE, "%.*s", STR_ARG(buf_str(&b)));
}

/* ---- documents ------------------------------------------------------------------------------- */

/* "line 3, column 5: ..." of the parser becomes "file:3:5: ...". */
static void fail_parse(spec *s, str name, const error *inner) {
  str text = str_of(inner->message), rest = text, line, column;
  if (s->failed)
    return;
  s->failed = true;
  size_t comma = str_find(text, STR(", column "), 0), colon = str_find(text, STR(": "), 0);
  if (str_starts(text, STR("line ")) && comma < colon && colon != SIZE_MAX) {
    line = str_sub(text, 5, comma);
    column = str_sub(text, comma + 9, colon);
    rest = str_sub(text, colon + 2, text.len);
    error_set(s->error, ERROR_USAGE, "%.*s:%.*s:%.*s: %.*s", STR_ARG(name), STR_ARG(line),
              STR_ARG(column), STR_ARG(rest));
  } else {
    error_set(s->error, ERROR_USAGE, "%.*s: %s", STR_ARG(name), inner->message);
  }
}

static spec_file *add_document(spec *s, str name, str real, str text) {
  error inner = {0};
  spec_file *f = arena_make(s->tree, spec_file);
  *f = (spec_file){.name = arena_str(s->tree, name), .real = arena_str(s->tree, real)};
  f->root = yaml_parse(s->tree, text, &inner);
  if (!f->root) {
    fail_parse(s, name, &inner);
    return NULL;
  }
  list_push(s->tree, &s->files, f);
  return f;
}

bool spec_open_text(spec *s, str name, const url *at, str text) {
  s->remote = true;
  spec_file *f = add_document(s, name, name, text);
  if (f)
    f->at = *at;
  return f != NULL;
}

static str directory_of(str path) {
  size_t slash = path.len;
  while (slash && path.ptr[slash - 1] != '/')
    slash--;
  return str_sub(path, 0, slash > 1 ? slash - 1 : slash);
}

static bool real_path(spec *s, str path, str *out) {
  char *found = realpath(arena_text(s->tree, path), NULL);
  if (found)
    *out = arena_str(s->tree, str_of(found));
  free(found);
  return found != NULL;
}

/* Reports name files as a reader of the working directory would. */
static str shown_path(spec *s, str path) {
  str here = {0};
  if (!str_starts(path, STR("/")) || !real_path(s, STR("."), &here))
    return path;
  bool below = str_starts(path, here) && path.len > here.len + 1 && path.ptr[here.len] == '/';
  return below ? str_sub(path, here.len + 1, path.len) : path;
}

bool spec_open_file(spec *s, const char *path) {
  str text, real = {0};
  error inner = {0};
  const char *root = s->options->spec_root;
  if (!file_read(s->tree, path, SPEC_FILE_MAX, &text, &inner)) {
    spec_fail(s, (spot){0}, "%s", inner.message);
    return false;
  }
  real_path(s, str_of(path), &real);
  s->root = directory_of(real);
  if (root && !real_path(s, str_of(root), &s->root)) {
    spec_fail(s, (spot){0}, "--spec-root %s: %s", root, strerror(errno));
    return false;
  }
  return add_document(s, shown_path(s, str_of(path)), real, text) != NULL;
}

static spec_file *known_document(const spec *s, str real) {
  for (size_t i = 0; i < s->files.len; i++)
    if (str_eq(s->files.at[i]->real, real))
      return s->files.at[i];
  return NULL;
}

static bool is_beneath(str root, str path) {
  return str_eq(root, STR("/")) ||
         (str_starts(path, root) && path.len > root.len && path.ptr[root.len] == '/');
}

static spec_file *open_beside(spec *s, spot at, str place) {
  str real, text, base = directory_of(at.file->real), shown = directory_of(at.file->name);
  error inner = {0};
  bool absolute = place.len && place.ptr[0] == '/';
  str path = absolute ? place : arena_printf(s->tree, "%.*s/%.*s", STR_ARG(base), STR_ARG(place));
  str name = absolute || !shown.len
                 ? place
                 : arena_printf(s->tree, "%.*s/%.*s", STR_ARG(shown), STR_ARG(place));
  if (!real_path(s, path, &real)) {
    spec_fail(s, at, "$ref to '%.*s': %s", STR_ARG(place), strerror(errno));
    return NULL;
  }
  spec_file *known = known_document(s, real);
  if (known)
    return known;
  if (!is_beneath(s->root, real)) {
    spec_fail(s, at,
              "$ref to '%.*s' leaves the directory of the description: --spec-root DIR allows a "
              "wider one",
              STR_ARG(place));
    return NULL;
  }
  if (file_read(s->tree, arena_text(s->tree, real), SPEC_FILE_MAX, &text, &inner))
    return add_document(s, name, real, text);
  spec_fail(s, at, "$ref to '%.*s': %s", STR_ARG(place), inner.message);
  return NULL;
}

static spec_file *open_remote(spec *s, spot at, str place) {
  url to;
  str text;
  error inner = {0};
  if (!url_resolve(s->tree, &at.file->at, place, &to, &inner) ||
      !url_same_origin(&to, &s->options->target)) {
    spec_fail(s, at, "$ref to '%.*s' leaves the target's origin: it is not followed",
              STR_ARG(place));
    return NULL;
  }
  str name = url_text(s->tree, &to);
  spec_file *known = known_document(s, name);
  if (known)
    return known;
  if (!s->fetch || !s->fetch(s->fetch_to, s->tree, &to, &text, &inner)) {
    spec_fail(s, at, "$ref to '%.*s': %s", STR_ARG(place),
              s->fetch ? inner.message : "it is not followed here");
    return NULL;
  }
  spec_file *f = add_document(s, name, name, text);
  if (f)
    f->at = to;
  return f;
}

static spec_file *open_reference(spec *s, spot at, str place) {
  enum { FILES_MAX = 2000 };

  if (!place.len)
    return at.file;
  if (s->files.len >= FILES_MAX) {
    spec_fail(s, at, "more than %d files", FILES_MAX);
    return NULL;
  }
  if (s->remote)
    return open_remote(s, at, place);
  if (!str_contains(place, STR("://")))
    return open_beside(s, at, percent_decode(s->tree, place));
  spec_fail(s, at, "$ref to '%.*s' leaves the files given: save it beside the description",
            STR_ARG(place));
  return NULL;
}

/* ---- pointers (RFC 6901) --------------------------------------------------------------------- */

static str pointer_token(arena *a, str raw) {
  buf b = {.arena = a};
  str text = percent_decode(a, raw);
  for (size_t i = 0; i < text.len; i++) {
    bool escape = text.ptr[i] == '~' && i + 1 < text.len &&
                  (text.ptr[i + 1] == '0' || text.ptr[i + 1] == '1');
    buf_char(&b, !escape ? text.ptr[i] : text.ptr[i + 1] == '0' ? '~' : '/');
    i += escape;
  }
  return buf_str(&b);
}

static const node *step(const node *n, str name) {
  uint64_t i;
  if (!n || n->kind != NODE_LIST)
    return node_get_str(n, name);
  return str_to_u64(name, &i) && i < n->items.len ? n->items.at[i] : NULL;
}

/* `#name`: the schema that calls itself so, by `$anchor`. Looked for where such schemas stand. */
static const node *find_anchor(const node *root, str name) {
  const node *homes[] = {node_get(node_get(root, "components"), "schemas"), node_get(root, "$defs"),
                         node_get(root, "definitions")};
  for (size_t h = 0; h < sizeof homes / sizeof *homes; h++)
    for (size_t i = 0; homes[h] && i < homes[h]->entries.len; i++)
      if (str_eq(node_text(node_get(homes[h]->entries.at[i].value, "$anchor")), name))
        return homes[h]->entries.at[i].value;
  return NULL;
}

static const node *point(spec *s, const node *root, str pointer) {
  const node *n = root;
  str rest = pointer, name;
  if (!pointer.len)
    return root;
  if (pointer.ptr[0] != '/')
    return find_anchor(root, pointer);
  str_next(&rest, '/', &name);
  while (n && str_next(&rest, '/', &name))
    n = step(n, pointer_token(s->tree, name));
  return n;
}

static spot follow_once(spec *s, spot at, str reference) {
  size_t hash = str_find(reference, STR("#"), 0);
  str pointer = hash == SIZE_MAX ? STR("") : str_sub(reference, hash + 1, reference.len);
  spot out = {open_reference(s, at, str_sub(reference, 0, hash)), NULL};
  if (out.file)
    out.node = point(s, out.file->root, pointer);
  if (out.file && !out.node)
    spec_fail(s, at, "$ref to '%.*s', which is not there", STR_ARG(reference));
  return out;
}

spot spec_follow(spec *s, spot at) {
  enum { CHAIN_MAX = 64 };

  spot from = at;
  if (++s->steps > SPEC_STEPS_MAX)
    spec_fail(s, at, "too much to work out: the schemas refer to each other without end");
  for (int i = 0; at.node && !s->failed; i++) {
    str reference = node_text(node_get(at.node, "$ref"));
    if (!reference.ptr)
      return at;
    if (i == CHAIN_MAX) {
      spec_fail(s, from, "$ref leads back to itself: '%.*s'", STR_ARG(reference));
      break;
    }
    at = follow_once(s, (spot){at.file, node_get(at.node, "$ref")}, reference);
  }
  return (spot){at.file, s->failed ? NULL : at.node};
}

spot spec_get(spec *s, spot at, const char *name) {
  return spec_follow(s, (spot){at.file, node_get(at.node, name)});
}

spot spec_item(spec *s, spot list, size_t i) {
  return spec_follow(s, (spot){list.file, list.node->items.at[i]});
}

spot spec_value(spec *s, spot map, size_t i) {
  return spec_follow(s, (spot){map.file, map.node->entries.at[i].value});
}

str spec_text(spec *s, spot at, const char *name) {
  str text = node_text(node_get(at.node, name));
  return text.ptr ? arena_str(s->out, text) : STR("");
}
