/* A value for a schema: what the description gives as an example, else one that its type and limits
 * allow. */
#include "scan/spec_private.h"

#include <math.h>

/* ---- nodes made here ------------------------------------------------------------------------- */

static node *make_scalar(spec *s, node_kind kind, str text) {
  node *n = arena_make(s->tree, node);
  *n = (node){.kind = kind, .text = text, .weight = 1};
  return n;
}

static node *make_map(spec *s) {
  node *n = arena_make(s->tree, node);
  n->kind = NODE_MAP;
  return n;
}

static void put_entry(spec *s, node *map, str name, const node *value) {
  for (size_t i = 0; i < map->entries.len; i++)
    if (str_eq(map->entries.at[i].key, name))
      return;
  node_entry e = {.key = name, .value = (node *)(uintptr_t)value};
  list_push(s->tree, &map->entries, e);
}

str spec_node_text(arena *a, const node *n) {
  if (!n)
    return (str){0};
  str text = node_text(n);
  return text.ptr ? arena_str(a, text) : node_json(a, n);
}

/* ---- types ----------------------------------------------------------------------------------- */

str spec_type(spec *s, spot schema) {
  const node *type = node_get(schema.node, "type");
  for (size_t i = 0; type && type->kind == NODE_LIST && i < type->items.len; i++)
    if (!str_eq(node_text(type->items.at[i]), STR("null")))
      return arena_str(s->out, node_text(type->items.at[i]));
  if (node_text(type).ptr)
    return arena_str(s->out, node_text(type));
  if (node_get(schema.node, "properties") || node_get(schema.node, "additionalProperties"))
    return STR("object");
  return node_get(schema.node, "items") ? STR("array") : STR("");
}

static double limit(spot schema, const char *name, double fallback) {
  double n;
  return node_number(node_get(schema.node, name), &n) ? n : fallback;
}

/* The smallest sensible number within the limits: 1 where that is allowed. */
static const node *typed_number(spec *s, spot schema, bool whole) {
  double least = limit(schema, "minimum", -INFINITY), most = limit(schema, "maximum", INFINITY);
  double above = limit(schema, "exclusiveMinimum", -INFINITY),
         below = limit(schema, "exclusiveMaximum", INFINITY);
  double step = limit(schema, "multipleOf", 0), gap = whole ? 1 : 0.5, n = 1;
  if (node_bool(node_get(schema.node, "exclusiveMinimum"), false))
    above = least;
  if (node_bool(node_get(schema.node, "exclusiveMaximum"), false))
    below = most;
  if (above >= least)
    least = above + gap;
  if (below <= most)
    most = below - gap;
  if (n < least)
    n = whole ? ceil(least) : least;
  if (n > most)
    n = whole ? floor(most) : most;
  if (step > 0)
    n = ceil(n / step) * step;
  return make_scalar(s, NODE_NUMBER,
                     arena_printf(s->tree, fabs(n) < 1e15 && n == floor(n) ? "%.0f" : "%g", n));
}

static const struct {
  const char *format, *value;
} FORMATS[] = {
    {"uuid", "00000000-0000-4000-8000-000000000001"},
    {"guid", "00000000-0000-4000-8000-000000000001"},
    {"date", "2024-01-31"},
    {"date-time", "2024-01-31T12:00:00Z"},
    {"time", "12:00:00Z"},
    {"duration", "P1D"},
    {"email", "user@example.com"},
    {"idn-email", "user@example.com"},
    {"uri", "https://example.com/"},
    {"url", "https://example.com/"},
    {"uri-reference", "/"},
    {"hostname", "example.com"},
    {"ipv4", "192.0.2.1"},
    {"ip", "192.0.2.1"},
    {"ipv6", "2001:db8::1"},
    {"byte", "YmF0dGVu"},
    {"phone", "+15550100"},
    {"ulid", "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
    {"objectid", "000000000000000000000001"},
    {"int32", "1"},
    {"int64", "1"},
};

static str fit_length(spec *s, str text, double least, double most) {
  enum { LENGTH_MAX = 4096 };

  buf b = {.arena = s->tree};
  buf_put(&b, most >= 0 && most < (double)text.len ? str_sub(text, 0, (size_t)most) : text);
  while ((double)b.len < least && b.len < LENGTH_MAX)
    buf_char(&b, 'a');
  return buf_str(&b);
}

static const node *typed_string(spec *s, spot schema) {
  str format = node_text(node_get(schema.node, "format"));
  for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++)
    if (str_ieq(format, str_of(FORMATS[i].format)))
      return make_scalar(s, NODE_TEXT, str_of(FORMATS[i].value));
  str text =
      fit_length(s, STR("batten"), limit(schema, "minLength", 0), limit(schema, "maxLength", -1));
  return make_scalar(s, NODE_TEXT, text);
}

/* ---- objects --------------------------------------------------------------------------------- */

static const node *example_within(spec *s, spot schema, value_source *source);

static bool holds_text(const node *list, str name) {
  for (size_t i = 0; list && list->kind == NODE_LIST && i < list->items.len; i++)
    if (str_eq(node_text(list->items.at[i]), name))
      return true;
  return false;
}

/* Sent: what is required, what has an example, and everything where nothing is marked as required.
 */
static bool is_sent(const spec *s, spot schema, str name, value_source source) {
  const node *required = node_get(schema.node, "required");
  bool any = required && required->items.len;
  if (source == VALUE_GIVEN || holds_text(required, name))
    return true;
  for (size_t i = 0; i < s->required.len; i++) {
    any |= s->required.at[i]->items.len > 0;
    if (holds_text(s->required.at[i], name))
      return true;
  }
  return !any;
}

static void put_properties(spec *s, spot schema, node *map, value_source *source) {
  spot properties = {schema.file, node_get(schema.node, "properties")};
  for (size_t i = 0;
       properties.node && properties.node->kind == NODE_MAP && i < properties.node->entries.len;
       i++) {
    const node_entry *e = &properties.node->entries.at[i];
    value_source from = VALUE_TYPED;
    spot property = spec_value(s, properties, i);
    if (s->failed)
      return;
    if (node_bool(node_get(property.node, "readOnly"),
                  node_bool(node_get(e->value, "readOnly"), false)))
      continue;
    node_path outer = s->required;
    s->required.len = 0;
    const node *value = example_within(s, property, &from);
    s->required = outer;
    if (!value || !is_sent(s, schema, e->key, from))
      continue;
    put_entry(s, map, e->key, value);
    if (from == VALUE_TYPED)
      *source = VALUE_TYPED;
  }
}

static void merge_into(spec *s, node *map, const node *from) {
  for (size_t i = 0; from && from->kind == NODE_MAP && i < from->entries.len; i++)
    put_entry(s, map, from->entries.at[i].key, from->entries.at[i].value);
}

/* allOf gives all its parts; oneOf and anyOf the first that a value can be made for. */
static const node *composed(spec *s, spot schema, value_source *source) {
  static const char *const names[] = {"allOf", "oneOf", "anyOf"};
  const node *required = node_get(schema.node, "required"), *scalar = NULL;
  node *map = make_map(s);
  bool any = false;
  if (required && required->kind == NODE_LIST)
    list_push(s->tree, &s->required, required);
  put_properties(s, schema, map, source);
  any = map->entries.len > 0;
  for (size_t k = 0; k < 3; k++) {
    spot parts = {schema.file, node_get(schema.node, names[k])};
    for (size_t i = 0;
         parts.node && parts.node->kind == NODE_LIST && i < parts.node->items.len && !s->failed;
         i++) {
      value_source from = VALUE_GIVEN;
      const node *part = example_within(s, spec_item(s, parts, i), &from);
      if (!part || (k && part->kind == NODE_NULL))
        continue;
      if (from == VALUE_TYPED)
        *source = VALUE_TYPED;
      any |= part->kind == NODE_MAP;
      merge_into(s, map, part);
      if (part->kind != NODE_MAP && !scalar)
        scalar = part;
      if (k)
        break;
    }
  }
  if (required && required->kind == NODE_LIST)
    s->required.len--;
  return any || !scalar ? map : scalar;
}

static const node *typed_list(spec *s, spot schema, value_source *source) {
  enum { ITEMS_MAX = 10 };

  node *list = arena_make(s->tree, node);
  list->kind = NODE_LIST;
  spot items = spec_get(s, schema, "items");
  value_source from = VALUE_TYPED;
  const node *item = items.node ? example_within(s, items, &from) : NULL;
  *source = item ? from : VALUE_TYPED;
  double count = limit(schema, "minItems", 1);
  for (size_t i = 0; item && i < ITEMS_MAX && (i == 0 || (double)i < count); i++)
    list_push(s->tree, &list->items, (node *)(uintptr_t)item);
  return list;
}

static const node *typed(spec *s, spot schema, value_source *source) {
  str type = spec_type(s, schema);
  *source = VALUE_TYPED;
  if (str_eq(type, STR("integer")))
    return typed_number(s, schema, true);
  if (str_eq(type, STR("number")))
    return typed_number(s, schema, false);
  if (str_eq(type, STR("boolean")))
    return make_scalar(s, NODE_BOOL, STR("true"));
  if (str_eq(type, STR("array")))
    return typed_list(s, schema, source);
  if (str_eq(type, STR("null")))
    return make_scalar(s, NODE_NULL, STR("null"));
  return typed_string(s, schema);
}

/* ---- the choice ------------------------------------------------------------------------------ */

static const node *first_of(const node *list) {
  return list && list->kind == NODE_LIST && list->items.len ? list->items.at[0] : NULL;
}

static const node *given(spot schema) {
  const node *list = first_of(node_get(schema.node, "examples"));
  const node *found[] = {
      node_get(schema.node, "example"),   list,
      node_get(schema.node, "x-example"), node_get(schema.node, "const"),
      node_get(schema.node, "default"),   first_of(node_get(schema.node, "enum"))};
  for (size_t i = 0; i < sizeof found / sizeof *found; i++)
    if (found[i] && found[i]->kind != NODE_NULL)
      return found[i];
  return NULL;
}

static bool is_building(const spec *s, const node *n) {
  for (size_t i = 0; i < s->building.len; i++)
    if (s->building.at[i] == n)
      return true;
  return false;
}

static const node *example_within(spec *s, spot schema, value_source *source) {
  if (!schema.node || schema.node->kind != NODE_MAP || s->failed)
    return NULL;
  const node *ready = given(schema);
  *source = VALUE_GIVEN;
  if (ready)
    return ready;
  if (++s->parts > SPEC_PARTS_MAX || is_building(s, schema.node) ||
      s->building.len >= SPEC_DEPTH_MAX)
    return NULL;
  list_push(s->tree, &s->building, schema.node);
  bool parts = node_get(schema.node, "allOf") || node_get(schema.node, "oneOf") ||
               node_get(schema.node, "anyOf");
  bool object = str_eq(spec_type(s, schema), STR("object"));
  const node *out = parts || object ? composed(s, schema, source) : typed(s, schema, source);
  s->building.len--;
  return out;
}

const node *spec_example(spec *s, spot schema, value_source *source) {
  s->building.len = s->required.len = s->parts = 0;
  return example_within(s, schema, source);
}

/* `examples` of a parameter or media type is a map of objects with `value`; one with
 * `externalValue` is passed over. */
static const node *named_example(spec *s, spot holder) {
  spot all = spec_get(s, holder, "examples");
  for (size_t i = 0; all.node && all.node->kind == NODE_MAP && i < all.node->entries.len; i++) {
    spot one = spec_value(s, all, i);
    const node *value = node_get(one.node, "value");
    if (value)
      return value;
  }
  return first_of(all.node);
}

const node *spec_example_of(spec *s, spot holder, spot schema, value_source *source) {
  const node *own = node_get(holder.node, "example");
  if (!own)
    own = node_get(holder.node, "x-example");
  if (!own)
    own = named_example(s, holder);
  *source = VALUE_GIVEN;
  return own && own->kind != NODE_NULL ? own : spec_example(s, schema, source);
}
