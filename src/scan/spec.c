/* An API description as operations: its version, where its paths lie, and each method of each path.
 */
#include "scan/spec_private.h"

/* ---- templates ------------------------------------------------------------------------------- */

static bool is_variable(str segment) {
  return str_contains(segment, STR("{"));
}

bool spec_template_matches(str pattern, str path) {
  str p = pattern, q = path, x, y;
  bool literal = false;
  while (p.ptr && q.ptr) {
    str_next(&p, '/', &x);
    str_next(&q, '/', &y);
    if (is_variable(x) ? !y.len : !str_eq(x, y))
      return false;
    literal |= x.len && !is_variable(x);
  }
  return !p.ptr && !q.ptr && literal;
}

/* The part of `path` before what the template matches: "/api/v1" of "/api/v1/users/7" for
 * "/users/{id}". */
static bool template_ends(str pattern, str path, str *before) {
  for (size_t i = 0; i < path.len; i++)
    if (path.ptr[i] == '/' && spec_template_matches(pattern, str_sub(path, i, path.len))) {
      *before = str_sub(path, 0, i);
      return true;
    }
  return false;
}

void spec_take_values(arena *a, operation *o, str path) {
  description *d = (description *)(uintptr_t)o->about;
  str p = d->path, q = path, x, y;
  if (!spec_template_matches(p, path))
    return;
  while (str_next(&p, '/', &x) && str_next(&q, '/', &y))
    for (size_t i = 0; i < d->parameters.len; i++) {
      parameter *one = &d->parameters.at[i];
      if (one->in != IN_PATH || !str_eq(x, arena_printf(a, "{%.*s}", STR_ARG(one->name))))
        continue;
      one->value = percent_decode(a, y);
      one->source = VALUE_GIVEN;
    }
  operation_set_path(a, o);
}

/* ---- servers --------------------------------------------------------------------------------- */

static str with_variables(spec *s, spot server, str text) {
  spot variables = spec_get(s, server, "variables");
  buf b = {.arena = s->tree};
  size_t from = 0, open, close;
  while ((open = str_find(text, STR("{"), from)) != SIZE_MAX &&
         (close = str_find(text, STR("}"), open)) != SIZE_MAX) {
    spot v = spec_follow(
        s, (spot){variables.file, node_get_str(variables.node, str_sub(text, open + 1, close))});
    const node *values = node_get(v.node, "enum");
    str value = node_text(node_get(v.node, "default"));
    if (!value.ptr && values && values->items.len)
      value = node_text(values->items.at[0]);
    buf_put(&b, str_sub(text, from, open));
    buf_put(&b, value);
    from = close + 1;
  }
  buf_put(&b, str_sub(text, from, text.len));
  return buf_str(&b);
}

static str without_slash(str path) {
  return str_ends(path, STR("/")) ? str_sub(path, 0, path.len - 1) : path;
}

/* The path of one server's URL; relative ones are taken from where the description lies. */
static str server_path(spec *s, spot server, bool *own) {
  url to, base = s->remote ? s->files.at[0]->at : s->options->target;
  error ignored;
  str text = with_variables(s, server, node_text(node_get(server.node, "url")));
  if (!s->remote)
    base.path = STR("/");
  if (!text.len || !url_resolve(s->tree, &base, text, &to, &ignored))
    return STR("");
  *own = url_same_origin(&to, &s->options->target);
  return without_slash(to.path);
}

/* The server on the target's origin if there is one, else the first. False when `holder` names
 * none. */
static bool servers_path(spec *s, spot holder, str *out) {
  spot all = spec_get(s, holder, "servers");
  bool found = false;
  for (size_t i = 0; all.node && all.node->kind == NODE_LIST && i < all.node->items.len; i++) {
    bool own = false;
    str path = server_path(s, spec_item(s, all, i), &own);
    if (own || !found)
      *out = path;
    found = true;
    if (own)
      break;
  }
  return found;
}

static str declared_prefix(spec *s, spot root) {
  str path = STR("");
  if (s->version != SPEC_2_0) {
    servers_path(s, root, &path);
    return path;
  }
  str base = without_slash(node_text(node_get(root.node, "basePath")));
  return base.len && base.ptr[0] != '/' ? arena_printf(s->tree, "/%.*s", STR_ARG(base)) : base;
}

/* A path in the scan's URL is the prefix, unless it is one that the description has already: then
 * it names an operation, or repeats what stands in `servers`. A description that was found is the
 * target's own: it says where its paths lie. */
static bool url_gives_prefix(spec *s, spot paths, str declared, str *prefix) {
  str own = without_slash(s->options->target.path);
  if (!own.len || s->discovered)
    return false;
  for (size_t i = 0; i < paths.node->entries.len; i++) {
    str name = paths.node->entries.at[i].key;
    str full = arena_printf(s->tree, "%.*s%.*s", STR_ARG(declared), STR_ARG(name));
    if (spec_template_matches(full, own))
      return false;
    if (str_starts(full, arena_printf(s->tree, "%.*s/", STR_ARG(own))))
      return false;
  }
  for (size_t i = 0; i < paths.node->entries.len; i++)
    if (template_ends(paths.node->entries.at[i].key, own, prefix))
      return true;
  *prefix = own;
  return true;
}

/* ---- the document ---------------------------------------------------------------------------- */

static bool read_version(spec *s, spot root) {
  str swagger = node_text(node_get(root.node, "swagger")),
      openapi = node_text(node_get(root.node, "openapi"));
  if (str_starts(swagger, STR("2")))
    s->version = SPEC_2_0;
  else if (str_starts(openapi, STR("3.0")))
    s->version = SPEC_3_0;
  else if (str_starts(openapi, STR("3.")))
    s->version = SPEC_3_1;
  else if (swagger.ptr || openapi.ptr)
    spec_fail(s, (spot){root.file, node_get(root.node, openapi.ptr ? "openapi" : "swagger")},
              "version %.*s is not read: OpenAPI 3.0 and 3.1 and Swagger 2.0 are",
              STR_ARG(openapi.ptr ? openapi : swagger));
  else
    spec_fail(s, root, "no API description: 'openapi: 3.x' or 'swagger: \"2.0\"' is missing");
  return !s->failed;
}

static bool is_method(str name) {
  static const char *const names[] = {"get", "head", "options", "post", "put", "patch", "delete"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_eq(name, str_of(names[i])))
      return true;
  return false;
}

static void read_path(spec *s, spot paths, size_t i, const str *fixed, str declared,
                      operation_list *out) {
  const node_entry *path = &paths.node->entries.at[i];
  spot item = spec_value(s, paths, i);
  if (!path->key.len || path->key.ptr[0] != '/' || s->failed)
    return;
  if (!item.node || item.node->kind != NODE_MAP) {
    spec_fail(s, (spot){paths.file, path->value}, "%.*s is described by %s, not a map",
              STR_ARG(path->key), item.node ? node_kind_name(item.node->kind) : "nothing");
    return;
  }
  for (size_t k = 0; k < item.node->entries.len && !s->failed; k++) {
    const node_entry *method = &item.node->entries.at[k];
    str prefix = declared;
    if (!is_method(method->key))
      continue;
    if (s->version != SPEC_2_0 && !servers_path(s, (spot){item.file, method->value}, &prefix))
      servers_path(s, item, &prefix);
    spec_operation(s, fixed ? *fixed : prefix, path, item, method, out);
  }
}

static bool import(spec *s, operation_list *out) {
  spot root = {s->files.at[0], s->files.at[0]->root};
  size_t before = out->len;
  str prefix = {0};
  if (root.node->kind != NODE_MAP)
    spec_fail(s, root, "no API description: it is %s, not a map", node_kind_name(root.node->kind));
  if (s->failed || !read_version(s, root))
    return false;
  spot paths = spec_get(s, root, "paths");
  if (!s->failed && (!paths.node || paths.node->kind != NODE_MAP))
    spec_fail(s, paths.node ? paths : root, "no API description: 'paths' is %s",
              paths.node ? "no map" : "missing");
  if (s->failed)
    return false;
  str declared = declared_prefix(s, root);
  bool fixed = url_gives_prefix(s, paths, declared, &prefix);
  for (size_t i = 0; i < paths.node->entries.len && !s->failed; i++)
    read_path(s, paths, i, fixed ? &prefix : NULL, declared, out);
  if (!s->failed && out->len == before)
    spec_fail(s, paths, "the description has no operation");
  for (size_t i = before; i < out->len; i++)
    spec_take_values(s->out, &out->at[i], without_slash(s->options->target.path));
  return !s->failed;
}

bool scan_read_spec(arena *a, const char *path, const scan_options *options, operation_list *out,
                    error *e) {
  spec s = {.tree = arena_new(), .out = a, .options = options, .error = e};
  bool ok = spec_open_file(&s, path) && import(&s, out);
  arena_free(s.tree);
  return ok;
}

bool spec_import_text(arena *a, const url *at, str text, const scan_options *options,
                      spec_source *from, operation_list *out, error *e) {
  spec s = {.tree = arena_new(), .out = a, .options = options, .error = e};
  str name = url_text(s.tree, at);
  s.discovered = from->discovered;
  s.fetch = from->fetch;
  s.fetch_to = from->fetch_to;
  bool ok = spec_open_text(&s, name, at, text) && import(&s, out);
  arena_free(s.tree);
  return ok;
}
