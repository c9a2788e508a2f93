/* One operation of a description: its parameters with values, its body, what it answers. */
#include "scan/spec_private.h"

typedef LIST(spot) spot_list;

/* ---- parameters ------------------------------------------------------------------------------ */

static bool text_is(spot at, const char *name, const char *wanted) {
  return str_eq(node_text(node_get(at.node, name)), str_of(wanted));
}

static bool same_parameter(spot x, spot y) {
  return str_eq(node_text(node_get(x.node, "name")), node_text(node_get(y.node, "name"))) &&
         str_eq(node_text(node_get(x.node, "in")), node_text(node_get(y.node, "in")));
}

/* Those of the operation replace those of its path with the same name and place. */
static void collect(spec *s, spot holder, spot_list *out) {
  spot all = spec_get(s, holder, "parameters");
  for (size_t i = 0; all.node && all.node->kind == NODE_LIST && i < all.node->items.len; i++) {
    spot one = spec_item(s, all, i);
    size_t k = 0;
    if (s->failed)
      return;
    if (!node_text(node_get(one.node, "name")).ptr || !node_text(node_get(one.node, "in")).ptr) {
      spec_fail(s, (spot){all.file, all.node->items.at[i]}, "a parameter needs 'name' and 'in'");
      return;
    }
    while (k < out->len && !same_parameter(out->at[k], one))
      k++;
    if (k < out->len)
      out->at[k] = one;
    else
      list_push(s->tree, out, one);
  }
}

static bool read_place(spot at, parameter_in *out) {
  static const char *const names[] = {"path", "query", "header", "cookie"};
  for (int i = 0; i < 4; i++)
    if (text_is(at, "in", names[i])) {
      *out = (parameter_in)i;
      return true;
    }
  return false;
}

/* Swagger 2.0 writes the schema into the parameter; 3.x beneath `schema`, or `content` for what is
 * serialised. */
static spot schema_of(spec *s, spot at) {
  spot content = spec_get(s, at, "content");
  if (s->version == SPEC_2_0)
    return at;
  if (content.node && content.node->entries.len)
    return spec_get(s, spec_value(s, content, 0), "schema");
  return spec_get(s, at, "schema");
}

static bool is_bounded(spot schema) {
  static const char *const limits[] = {"maximum", "exclusiveMaximum", "enum",
                                       "const",   "pattern",          "maxLength"};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    if (node_get(schema.node, limits[i]))
      return true;
  return false;
}

/* A list is sent with its first item; a map (deepObject and the like) only where JSON is expected.
 */
static str parameter_text(spec *s, const node *value) {
  while (value && value->kind == NODE_LIST)
    value = value->items.len ? value->items.at[0] : NULL;
  return spec_node_text(s->out, value);
}

static bool is_openapi_reserved(const parameter *p) {
  static const char *const names[] = {"accept", "content-type", "authorization"};
  for (size_t i = 0; p->in == IN_HEADER && i < 3; i++)
    if (str_ieq(p->name, str_of(names[i])))
      return true;
  return false;
}

static void add_parameter(spec *s, spot at, description *d) {
  spot schema = schema_of(s, at);
  value_source source = VALUE_TYPED;
  parameter p = {.name = spec_text(s, at, "name"),
                 .required = node_bool(node_get(at.node, "required"), false),
                 .file = d->file,
                 .line = at.node->line,
                 .column = at.node->column};
  if (!read_place(at, &p.in) || is_openapi_reserved(&p))
    return;
  p.type = spec_type(s, schema);
  p.format = spec_text(s, schema, "format");
  p.bounded = is_bounded(schema);
  node_number(node_get(schema.node, "maximum"), &p.maximum);
  p.value = parameter_text(s, spec_example_of(s, at, schema, &source));
  if (!p.value.ptr && p.in == IN_PATH)
    p.value = STR("1");
  p.source = source;
  p.required |= p.in == IN_PATH;
  p.sent = p.required && p.value.ptr;
  p.file = arena_str(s->out, at.file->name);
  list_push(s->out, &d->parameters, p);
}

static bool has_path_parameter(const description *d, str name) {
  for (size_t i = 0; i < d->parameters.len; i++)
    if (d->parameters.at[i].in == IN_PATH && str_eq(d->parameters.at[i].name, name))
      return true;
  return false;
}

/* What stands in braces but is described nowhere. */
static void add_undescribed(spec *s, description *d) {
  str name;
  for (size_t from = 0; (from = str_find(d->path, STR("{"), from)) != SIZE_MAX; from++) {
    size_t end = str_find(d->path, STR("}"), from);
    if (end == SIZE_MAX)
      return;
    name = str_sub(d->path, from + 1, end);
    parameter p = {.name = name,
                   .in = IN_PATH,
                   .required = true,
                   .sent = true,
                   .value = STR("1"),
                   .source = VALUE_TYPED,
                   .file = d->file,
                   .line = d->line,
                   .column = d->column};
    if (name.len && !has_path_parameter(d, name))
      list_push(s->out, &d->parameters, p);
  }
}

static void put_cookie(spec *s, operation *o, const parameter *p) {
  str had = http_header_get(&o->headers, STR("Cookie"));
  str pair = arena_printf(s->out, "%.*s%s%.*s=%.*s", STR_ARG(had), had.len ? "; " : "",
                          STR_ARG(p->name), STR_ARG(percent_encode(s->out, p->value)));
  http_header_set(s->out, &o->headers, STR("Cookie"), pair);
}

static void put_parameters(spec *s, operation *o, const description *d) {
  for (size_t i = 0; i < d->parameters.len; i++) {
    const parameter *p = &d->parameters.at[i];
    http_header h = {p->name, p->value};
    if (!p->sent)
      continue;
    if (p->in == IN_QUERY)
      o->url = url_with_query(s->out, &o->url, p->name, p->value);
    if (p->in == IN_HEADER)
      list_push(s->out, &o->headers, h);
    if (p->in == IN_COOKIE)
      put_cookie(s, o, p);
  }
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static bool is_json(str type) {
  return str_icontains(type, STR("json"));
}

static str form_text(spec *s, const node *map) {
  buf b = {.arena = s->out};
  for (size_t i = 0; map && map->kind == NODE_MAP && i < map->entries.len; i++)
    buf_printf(&b, "%s%.*s=%.*s", i ? "&" : "",
               STR_ARG(percent_encode(s->tree, map->entries.at[i].key)),
               STR_ARG(percent_encode(s->tree, spec_node_text(s->tree, map->entries.at[i].value))));
  return buf_str(&b);
}

#define BOUNDARY "batten-part-boundary"

static str multipart_text(spec *s, const node *map) {
  buf b = {.arena = s->out};
  for (size_t i = 0; map && map->kind == NODE_MAP && i < map->entries.len; i++)
    buf_printf(&b,
               "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n\r\n%.*s\r\n",
               STR_ARG(map->entries.at[i].key),
               STR_ARG(spec_node_text(s->tree, map->entries.at[i].value)));
  buf_put(&b, STR("--" BOUNDARY "--\r\n"));
  return buf_str(&b);
}

/* The first JSON type, else a form, else the first. */
static size_t preferred(const declared_body_list *bodies) {
  static const char *const wanted[] = {"json", "x-www-form-urlencoded", "multipart/form-data"};
  for (size_t w = 0; w < 3; w++)
    for (size_t i = 0; i < bodies->len; i++)
      if (str_icontains(bodies->at[i].content_type, str_of(wanted[w])))
        return i;
  return 0;
}

static void write_body(spec *s, operation *o, str type, const node *value) {
  if (!value)
    return;
  str sent = type;
  if (is_json(type)) {
    o->body = node_json(s->out, value);
  } else if (str_icontains(type, STR("multipart/form-data"))) {
    o->body = multipart_text(s, value);
    sent = STR("multipart/form-data; boundary=" BOUNDARY);
  } else {
    o->body = str_icontains(type, STR("form-urlencoded")) ? form_text(s, value)
                                                          : spec_node_text(s->out, value);
  }
  http_header h = {STR("Content-Type"), sent};
  list_push(s->out, &o->headers, h);
}

static void swap_bodies(declared_body *x, declared_body *y) {
  declared_body keep = *x;
  *x = *y;
  *y = keep;
}

static void read_request_body(spec *s, spot op, operation *o, description *d) {
  spot body = spec_get(s, op, "requestBody"), content = spec_get(s, body, "content");
  value_source source;
  for (size_t i = 0;
       content.node && content.node->kind == NODE_MAP && i < content.node->entries.len; i++) {
    declared_body b = {.content_type = arena_str(s->out, content.node->entries.at[i].key)};
    spec_fields(s, spec_get(s, spec_value(s, content, i), "schema"), &b);
    if (s->failed)
      return;
    list_push(s->out, &d->bodies, b);
  }
  if (!d->bodies.len)
    return;
  size_t best = preferred(&d->bodies);
  spot media = spec_value(s, content, best);
  const node *value = spec_example_of(s, media, spec_get(s, media, "schema"), &source);
  swap_bodies(&d->bodies.at[0], &d->bodies.at[best]);
  write_body(s, o, d->bodies.at[0].content_type, value);
}

static str swagger_type(spec *s, spot op, const char *name, const char *fallback) {
  spot list = spec_get(s, op, name);
  if (!list.node)
    list = (spot){s->files.at[0], node_get(s->files.at[0]->root, name)};
  str first = list.node && list.node->kind == NODE_LIST && list.node->items.len
                  ? node_text(list.node->items.at[0])
                  : (str){0};
  return first.ptr ? arena_str(s->out, first) : str_of(fallback);
}

/* Swagger 2.0: one parameter `in: body`, or several `in: formData`. */
static void read_swagger_body(spec *s, spot op, const spot_list *all, operation *o,
                              description *d) {
  node *form = NULL;
  declared_body b = {0};
  value_source source;
  for (size_t i = 0; i < all->len && !s->failed; i++) {
    spot at = all->at[i];
    if (text_is(at, "in", "body")) {
      spot schema = spec_get(s, at, "schema");
      b.content_type = swagger_type(s, op, "consumes", "application/json");
      spec_fields(s, schema, &b);
      write_body(s, o, b.content_type, spec_example(s, schema, &source));
    } else if (text_is(at, "in", "formData")) {
      schema_field f = {.path = spec_text(s, at, "name"),
                        .type = spec_type(s, at),
                        .format = spec_text(s, at, "format"),
                        .required = node_bool(node_get(at.node, "required"), false)};
      if (!form)
        form = arena_make(s->tree, node);
      form->kind = NODE_MAP;
      node_entry e = {.key = f.path,
                      .value = (node *)(uintptr_t)spec_example_of(s, at, at, &source)};
      if (e.value)
        list_push(s->tree, &form->entries, e);
      list_push(s->out, &b.fields, f);
    }
  }
  if (form)
    b.content_type = swagger_type(s, op, "consumes", "application/x-www-form-urlencoded");
  if (form)
    write_body(s, o, b.content_type, form);
  if (b.content_type.len)
    list_push(s->out, &d->bodies, b);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void read_response(spec *s, spot op, str status, spot at, description *d) {
  spot content = spec_get(s, at, "content");
  declared_body b = {.status = arena_str(s->out, status)};
  if (s->version == SPEC_2_0 && node_get(at.node, "schema")) {
    b.content_type = swagger_type(s, op, "produces", "application/json");
    spec_fields(s, spec_get(s, at, "schema"), &b);
  }
  bool several = s->version != SPEC_2_0 && content.node && content.node->kind == NODE_MAP &&
                 content.node->entries.len;
  for (size_t i = 0; several && i < content.node->entries.len && !s->failed; i++) {
    declared_body one = {.status = b.status,
                         .content_type = arena_str(s->out, content.node->entries.at[i].key)};
    spec_fields(s, spec_get(s, spec_value(s, content, i), "schema"), &one);
    list_push(s->out, &d->responses, one);
  }
  if (!several)
    list_push(s->out, &d->responses, b);
}

static void read_responses(spec *s, spot op, description *d) {
  spot all = spec_get(s, op, "responses");
  for (size_t i = 0;
       all.node && all.node->kind == NODE_MAP && i < all.node->entries.len && !s->failed; i++)
    read_response(s, op, all.node->entries.at[i].key, spec_value(s, all, i), d);
}

/* ---- the operation --------------------------------------------------------------------------- */

static void read_about(spec *s, spot op, description *d) {
  spot tags = spec_get(s, op, "tags");
  d->operation_id = spec_text(s, op, "operationId");
  d->summary = spec_text(s, op, "summary");
  d->deprecated = node_bool(node_get(op.node, "deprecated"), false);
  for (size_t i = 0; tags.node && tags.node->kind == NODE_LIST && i < tags.node->items.len; i++)
    list_push(s->out, &d->tags, arena_str(s->out, node_text(tags.node->items.at[i])));
}

void spec_operation(spec *s, str prefix, const node_entry *path, spot item,
                    const node_entry *method, operation_list *out) {
  spot op = spec_follow(s, (spot){item.file, method->value});
  spot_list parameters = {0};
  description *d = arena_make(s->out, description);
  operation o = {.method = str_upper(s->out, method->key), .url = s->options->target, .about = d};
  size_t question = str_find(path->key, STR("?"), 0);
  *d = (description){.file = arena_str(s->out, item.file->name),
                     .line = method->line,
                     .column = method->column,
                     .path = arena_printf(s->out, "%.*s%.*s", STR_ARG(prefix),
                                          STR_ARG(str_sub(path->key, 0, question))),
                     .discovered = s->discovered};
  o.url.query = question == SIZE_MAX
                    ? (str){0}
                    : arena_str(s->out, str_sub(path->key, question + 1, path->key.len));
  if (s->failed || !op.node || op.node->kind != NODE_MAP) {
    spec_fail(s, op.node ? op : item, "%.*s %.*s is described by %s, not a map", STR_ARG(o.method),
              STR_ARG(path->key), op.node ? node_kind_name(op.node->kind) : "nothing");
    return;
  }
  read_about(s, op, d);
  collect(s, item, &parameters);
  collect(s, op, &parameters);
  for (size_t i = 0; i < parameters.len && !s->failed; i++)
    add_parameter(s, parameters.at[i], d);
  add_undescribed(s, d);
  put_parameters(s, &o, d);
  if (s->version == SPEC_2_0)
    read_swagger_body(s, op, &parameters, &o, d);
  else
    read_request_body(s, op, &o, d);
  read_responses(s, op, d);
  spec_security(s, op, &o, d);
  operation_set_path(s->out, &o);
  if (!s->failed)
    list_push(s->out, out, o);
}
