/* The fields that a body's schema declares, by path. */
#include "scan/spec_private.h"

typedef struct {
  spec *spec;
  declared_body *body;
} walk;

static void walk_schema(walk *w, spot schema, str path);

static void add_open(walk *w, str path) {
  str_list *open = &w->body->open;
  for (size_t i = 0; i < open->len; i++)
    if (str_eq(open->at[i], path))
      return;
  list_push(w->spec->out, open, arena_str(w->spec->out, path));
}

static bool has_field(const declared_body *b, str path) {
  for (size_t i = 0; i < b->fields.len; i++)
    if (str_eq(b->fields.at[i].path, path))
      return true;
  return false;
}

static bool lists_name(const node *list, str name) {
  for (size_t i = 0; list && list->kind == NODE_LIST && i < list->items.len; i++)
    if (str_eq(node_text(list->items.at[i]), name))
      return true;
  return false;
}

static bool flag(const node *raw, spot property, const char *name) {
  return node_bool(node_get(raw, name), node_bool(node_get(property.node, name), false));
}

static str_list choices_of(spec *s, spot property) {
  const node *list = node_get(property.node, "enum");
  str_list out = {0};
  for (size_t i = 0; list && list->kind == NODE_LIST && i < list->items.len && i < SPEC_CHOICES_MAX;
       i++)
    if (node_text(list->items.at[i]).len)
      list_push(s->out, &out, arena_str(s->out, node_text(list->items.at[i])));
  return out;
}

static void add_field(walk *w, spot owner, const node_entry *e, spot property, str path) {
  spec *s = w->spec;
  if (has_field(w->body, path))
    return;
  schema_field f = {.path = arena_str(s->out, path),
                    .type = spec_type(s, property),
                    .format = spec_text(s, property, "format"),
                    .required = lists_name(node_get(owner.node, "required"), e->key),
                    .choices = choices_of(s, property),
                    .read_only = flag(e->value, property, "readOnly"),
                    .write_only = flag(e->value, property, "writeOnly"),
                    .nullable = flag(e->value, property, "nullable") ||
                                flag(e->value, property, "x-nullable") ||
                                lists_name(node_get(property.node, "type"), STR("null"))};
  list_push(s->out, &w->body->fields, f);
}

static void walk_properties(walk *w, spot schema, str path) {
  spec *s = w->spec;
  spot properties = {schema.file, node_get(schema.node, "properties")};
  for (size_t i = 0;
       properties.node && properties.node->kind == NODE_MAP && i < properties.node->entries.len;
       i++) {
    const node_entry *e = &properties.node->entries.at[i];
    spot property = spec_value(s, properties, i);
    if (s->failed)
      return;
    if (w->body->fields.len >= SPEC_FIELDS_MAX) {
      add_open(w, STR(""));
      return;
    }
    str below =
        path.len ? arena_printf(s->tree, "%.*s.%.*s", STR_ARG(path), STR_ARG(e->key)) : e->key;
    add_field(w, schema, e, property, below);
    walk_schema(w, property, below);
  }
}

/* Says whether the schema composes others, whose fields were then taken too. */
static bool walk_parts(walk *w, spot schema, str path) {
  static const char *const names[] = {"allOf", "oneOf", "anyOf"};
  bool any = false;
  for (size_t k = 0; k < 3; k++) {
    spot parts = {schema.file, node_get(schema.node, names[k])};
    for (size_t i = 0; parts.node && parts.node->kind == NODE_LIST && i < parts.node->items.len &&
                       !w->spec->failed;
         i++) {
      walk_schema(w, spec_item(w->spec, parts, i), path);
      any = true;
    }
  }
  return any;
}

static void walk_object(walk *w, spot schema, str path) {
  const node *more = node_get(schema.node, "additionalProperties"),
             *properties = node_get(schema.node, "properties");
  bool composed = walk_parts(w, schema, path);
  walk_properties(w, schema, path);
  bool bare = !composed && (!properties || properties->entries.len == 0) && !more;
  if (bare || node_bool(more, false) || (more && more->kind == NODE_MAP) ||
      node_get(schema.node, "patternProperties"))
    add_open(w, path);
  if (more && more->kind == NODE_MAP)
    walk_schema(w, spec_get(w->spec, schema, "additionalProperties"),
                arena_printf(w->spec->tree, "%.*s{}", STR_ARG(path)));
}

static void walk_schema(walk *w, spot schema, str path) {
  spec *s = w->spec;
  if (s->failed)
    return;
  bool cycle = s->building.len >= SPEC_DEPTH_MAX;
  for (size_t i = 0; i < s->building.len; i++)
    cycle |= s->building.at[i] == schema.node;
  if (!schema.node || schema.node->kind != NODE_MAP || schema.node->entries.len == 0 || cycle) {
    add_open(w, path);
    return;
  }
  list_push(s->tree, &s->building, schema.node);
  str type = spec_type(s, schema);
  if (str_eq(type, STR("array")))
    walk_schema(w, spec_get(s, schema, "items"), arena_printf(s->tree, "%.*s[]", STR_ARG(path)));
  else if (str_eq(type, STR("object")))
    walk_object(w, schema, path);
  else if (!walk_parts(w, schema, path) && !type.len && !node_get(schema.node, "enum") &&
           !node_get(schema.node, "const"))
    add_open(w, path);
  s->building.len--;
}

/* Schemas are shared between operations: their fields are worked out once. */
void spec_fields(spec *s, spot schema, declared_body *out) {
  for (size_t i = 0; i < s->known.len; i++)
    if (s->known.at[i].schema == schema.node) {
      out->fields = s->known.at[i].body.fields;
      out->open = s->known.at[i].body.open;
      return;
    }
  walk w = {s, out};
  s->building.len = 0;
  walk_schema(&w, schema, STR(""));
  struct known_fields k = {schema.node, *out};
  list_push(s->tree, &s->known, k);
}
