/* Operations and credentials from a Postman collection (format 2.1, and 2.0 as far as it is alike):
 * folders, variables, inherited auth, the body modes that can be sent. */
#include "base/yaml.h"
#include "scan/archive.h"

enum { FOLDER_DEPTH_MAX = 64, VARIABLE_DEPTH_MAX = 8, TEXT_MAX = 1024 * 1024 };

typedef struct {
  str name, value;
} variable;

typedef struct {
  arena *arena;
  const scan_options *options;
  const char *path;
  LIST(variable) variables; /* inner folders behind outer ones: the last of a name wins */
  operation_list *out;
  size_t elsewhere; /* requests to other origins */
  error *error;
} collection;

/* ---- variables ------------------------------------------------------------------------------- */

static void take_variables(collection *c, const node *list) {
  for (size_t i = 0; list && list->kind == NODE_LIST && i < list->items.len; i++) {
    const node *one = list->items.at[i];
    str name = node_text(node_get(one, "key"));
    if (!name.ptr)
      name = node_text(node_get(one, "id"));
    if (!name.ptr || node_bool(node_get(one, "disabled"), false))
      continue;
    variable v = {name, node_text(node_get(one, "value"))};
    list_push(c->arena, &c->variables, v);
  }
}

/* `{{baseUrl}}` without a value is the target: collections name their server so. */
static str variable_value(const collection *c, str name) {
  static const char *const bases[] = {"baseurl", "base_url", "url",     "host",
                                      "server",  "domain",   "api_url", "apiurl"};
  for (size_t i = c->variables.len; i > 0; i--)
    if (str_eq(c->variables.at[i - 1].name, name) && c->variables.at[i - 1].value.len)
      return c->variables.at[i - 1].value;
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
    if (str_ieq(name, str_of(bases[i])))
      return url_origin(c->arena, &c->options->target);
  if (str_icontains(name, STR("guid")) || str_icontains(name, STR("uuid")))
    return STR("00000000-0000-4000-8000-000000000001");
  if (str_starts(name, STR("$timestamp")))
    return STR("1700000000");
  return str_starts(name, STR("$random")) ? STR("1") : (str){0};
}

static str expand_at(const collection *c, str text, int depth) {
  buf b = {.arena = c->arena};
  size_t from = 0, open, close;
  if (depth > VARIABLE_DEPTH_MAX || !str_contains(text, STR("{{")))
    return text;
  while ((open = str_find(text, STR("{{"), from)) != SIZE_MAX &&
         (close = str_find(text, STR("}}"), open)) != SIZE_MAX) {
    str value = variable_value(c, str_trim(str_sub(text, open + 2, close)));
    buf_put(&b, str_sub(text, from, open));
    buf_put(&b, expand_at(c, value, depth + 1));
    from = close + 2;
    if (b.len > TEXT_MAX)
      break; /* variables that hold each other several times */
  }
  buf_put(&b, str_sub(text, from, text.len));
  return buf_str(&b);
}

static str expand(const collection *c, str text) {
  return text.ptr ? expand_at(c, text, 0) : text;
}

/* ---- URLs ------------------------------------------------------------------------------------ */

static str joined(const collection *c, const node *n, char by) {
  buf b = {.arena = c->arena};
  if (!n || n->kind != NODE_LIST)
    return node_text(n);
  for (size_t i = 0; i < n->items.len; i++) {
    const node *one = n->items.at[i];
    str piece = one->kind == NODE_MAP ? node_text(node_get(one, "value")) : node_text(one);
    if (i)
      buf_char(&b, by);
    buf_put(&b, piece);
  }
  return buf_str(&b);
}

static str raw_url(const collection *c, const node *at) {
  str raw = node_text(at).ptr ? node_text(at) : node_text(node_get(at, "raw"));
  if (raw.len || !at || at->kind != NODE_MAP)
    return raw;
  return arena_printf(c->arena, "%.*s/%.*s", STR_ARG(joined(c, node_get(at, "host"), '.')),
                      STR_ARG(joined(c, node_get(at, "path"), '/')));
}

/* ":id" of the path becomes the value that the URL gives it; without one, 1. */
static str with_path_variables(const collection *c, str path, const node *at) {
  const node *list = node_get(at, "variable");
  buf b = {.arena = c->arena};
  str rest = path, piece;
  for (bool first = true; str_next(&rest, '/', &piece); first = false) {
    str value = piece;
    if (piece.len > 1 && piece.ptr[0] == ':')
      value = STR("1");
    for (size_t i = 0; piece.len > 1 && list && list->kind == NODE_LIST && i < list->items.len;
         i++) {
      str given = expand(c, node_text(node_get(list->items.at[i], "value")));
      if (piece.ptr[0] == ':' && given.len &&
          str_eq(node_text(node_get(list->items.at[i], "key")), str_sub(piece, 1, piece.len)))
        value = percent_encode(c->arena, given);
    }
    buf_printf(&b, "%s%.*s", first ? "" : "/", STR_ARG(value));
  }
  return buf_str(&b);
}

static str without_spaces(arena *a, str text) {
  buf b = {.arena = a};
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] == ' ')
      buf_put(&b, STR("%20"));
    else
      buf_char(&b, text.ptr[i]);
  return buf_str(&b);
}

static bool read_url(collection *c, const node *at, url *out) {
  error ignored;
  str text = without_spaces(c->arena, str_trim(expand(c, raw_url(c, at))));
  bool absolute = str_contains(text, STR("://"));
  if (!text.len)
    return false;
  if (!absolute && text.ptr[0] != '/')
    text = arena_printf(c->arena, "%.*s://%.*s", STR_ARG(c->options->target.scheme), STR_ARG(text));
  if (!url_resolve(c->arena, &c->options->target, text, out, &ignored))
    return false;
  out->path = with_path_variables(c, out->path, at);
  return true;
}

/* ---- auth ------------------------------------------------------------------------------------ */

/* 2.1 has a list of {key, value}, 2.0 a map. */
static str auth_value(const collection *c, const node *auth, str type, const char *name) {
  const node *values = node_get_str(auth, type);
  for (size_t i = 0; values && values->kind == NODE_LIST && i < values->items.len; i++)
    if (str_eq(node_text(node_get(values->items.at[i], "key")), str_of(name)))
      return expand(c, node_text(node_get(values->items.at[i], "value")));
  return expand(c, node_text(node_get(values, name)));
}

static void use_token(const collection *c, operation *o, str text, token_place place) {
  token t;
  if (token_parse(c->arena, text, &t)) {
    o->token = text;
    o->place = place;
    return;
  }
  operation with = *o;
  with.place = place;
  http_request r = text.len ? archive_request(c->arena, &with, text)
                            : (http_request){.headers = o->headers, .url = o->url};
  o->headers = r.headers;
  o->url = r.url;
  if (!text.len)
    o->place = place; /* --token goes there */
}

static void use_auth(const collection *c, const node *auth, operation *o) {
  str type = node_text(node_get(auth, "type"));
  if (str_eq(type, STR("bearer")))
    use_token(c, o, auth_value(c, auth, type, "token"), (token_place){.kind = PLACE_BEARER});
  if (str_eq(type, STR("oauth2")))
    use_token(c, o, auth_value(c, auth, type, "accessToken"), (token_place){.kind = PLACE_BEARER});
  if (str_eq(type, STR("apikey"))) {
    bool query = str_eq(auth_value(c, auth, type, "in"), STR("query"));
    token_place place = {.kind = query ? PLACE_QUERY : PLACE_HEADER,
                         .name = auth_value(c, auth, type, "key")};
    if (!place.name.len)
      return;
    if (!query && str_ieq(place.name, STR("authorization")))
      place = (token_place){.kind = PLACE_BEARER};
    use_token(c, o, auth_value(c, auth, type, "value"), place);
  }
  if (str_eq(type, STR("basic"))) {
    str pair = arena_printf(c->arena, "%.*s:%.*s", STR_ARG(auth_value(c, auth, type, "username")),
                            STR_ARG(auth_value(c, auth, type, "password")));
    http_header_set(c->arena, &o->headers, STR("Authorization"),
                    arena_printf(c->arena, "Basic %.*s", STR_ARG(base64_encode(c->arena, pair))));
  }
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static str form(const collection *c, const node *list) {
  buf b = {.arena = c->arena};
  for (size_t i = 0; list && list->kind == NODE_LIST && i < list->items.len; i++) {
    const node *one = list->items.at[i];
    if (node_bool(node_get(one, "disabled"), false))
      continue;
    buf_printf(&b, "%s%.*s=%.*s", b.len ? "&" : "",
               STR_ARG(percent_encode(c->arena, expand(c, node_text(node_get(one, "key"))))),
               STR_ARG(percent_encode(c->arena, expand(c, node_text(node_get(one, "value"))))));
  }
  return buf_str(&b);
}

static void default_type(const collection *c, operation *o, const char *type) {
  if (!http_header_get(&o->headers, STR("Content-Type")).len)
    http_header_set(c->arena, &o->headers, STR("Content-Type"), str_of(type));
}

static void read_body(const collection *c, const node *body, operation *o) {
  str mode = node_text(node_get(body, "mode")),
      language = node_text(node_get(node_get(node_get(body, "options"), "raw"), "language"));
  if (str_eq(mode, STR("raw"))) {
    o->body = expand(c, node_text(node_get(body, "raw")));
    str start = str_trim(o->body);
    if (str_eq(language, STR("json")) ||
        (start.len && (start.ptr[0] == '{' || start.ptr[0] == '[')))
      default_type(c, o, "application/json");
  } else if (str_eq(mode, STR("urlencoded")) || str_eq(mode, STR("formdata"))) {
    o->body = form(c, node_get_str(body, mode)); /* a form without files says the same either way */
    http_header_set(c->arena, &o->headers, STR("Content-Type"),
                    STR("application/x-www-form-urlencoded"));
  } else if (str_eq(mode, STR("graphql"))) {
    const node *q = node_get(body, "graphql");
    str variables = expand(c, node_text(node_get(q, "variables")));
    node text = {.kind = NODE_TEXT, .text = expand(c, node_text(node_get(q, "query")))};
    o->body = arena_printf(
        c->arena, "{\"query\":%.*s,\"variables\":%.*s}", STR_ARG(node_json(c->arena, &text)),
        STR_ARG(str_starts(str_trim(variables), STR("{")) ? variables : STR("{}")));
    default_type(c, o, "application/json");
  }
}

/* ---- items ----------------------------------------------------------------------------------- */

static void read_headers(const collection *c, const node *list, operation *o) {
  for (size_t i = 0; list && list->kind == NODE_LIST && i < list->items.len; i++) {
    const node *one = list->items.at[i];
    if (node_bool(node_get(one, "disabled"), false))
      continue;
    archive_header(c->arena, expand(c, node_text(node_get(one, "key"))),
                   expand(c, node_text(node_get(one, "value"))), o);
  }
}

static void read_request(collection *c, const node *request, const node *auth) {
  bool bare = node_text(request).ptr != NULL;
  const node *at = bare ? request : node_get(request, "url");
  str method = expand(c, node_text(node_get(request, "method")));
  operation o = {.method = method.len ? method : STR("GET")};
  if (!read_url(c, at, &o.url))
    return;
  if (!url_same_origin(&o.url, &c->options->target)) {
    c->elsewhere++;
    return;
  }
  const node *own = node_get(request, "auth");
  read_headers(c, node_get(request, "header"), &o);
  archive_query(c->arena, &o);
  if (!o.token.ptr)
    use_auth(c, own && own->kind == NODE_MAP ? own : auth, &o);
  read_body(c, node_get(request, "body"), &o);
  archive_add(c->arena, &o, c->out);
}

static bool read_items(collection *c, const node *holder, const node *auth, int depth) {
  const node *items = node_get(holder, "item"), *own = node_get(holder, "auth");
  size_t outer = c->variables.len;
  if (depth > FOLDER_DEPTH_MAX)
    return error_set(c->error, ERROR_USAGE, "%s:%u:%u: folders are nested deeper than %d", c->path,
                     holder->line, holder->column, FOLDER_DEPTH_MAX);
  if (own && own->kind == NODE_MAP)
    auth = own;
  take_variables(c, node_get(holder, "variable"));
  for (size_t i = 0; items && items->kind == NODE_LIST && i < items->items.len; i++) {
    const node *one = items->items.at[i];
    if (node_get(one, "item") && !read_items(c, one, auth, depth + 1))
      return false;
    if (node_get(one, "request"))
      read_request(c, node_get(one, "request"), auth);
  }
  c->variables.len = outer;
  return true;
}

bool scan_read_postman(arena *a, const char *path, str text, const scan_options *options,
                       operation_list *out, error *e) {
  error inner = {0};
  size_t before = out->len;
  node *root = yaml_parse(a, text, &inner);
  collection c = {.arena = a, .options = options, .path = path, .out = out, .error = e};
  if (!root)
    return error_set(e, ERROR_USAGE, "%s: %s", path, inner.message);
  if (!node_get(root, "item") && node_get(root, "collection"))
    root = node_get(root, "collection");
  if (!node_get(root, "item"))
    return error_set(e, ERROR_USAGE, "%s:%u:%u: no Postman collection: 'item' is missing", path,
                     root->line, root->column);
  if (!read_items(&c, root, NULL, 0))
    return false;
  if (out->len > before)
    return true;
  return error_set(e, ERROR_USAGE,
                   "%s: the collection has no request to %.*s (%zu to other origins)", path,
                   STR_ARG(url_origin(a, &options->target)), c.elsewhere);
}
