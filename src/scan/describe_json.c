/* Descriptions in a recording, so that a scan is judged again with all that was known. */
#include "scan/recording.h"

/* ---- writing --------------------------------------------------------------------------------- */

static void put_text(json_t *o, const char *name, str text) {
  if (text.len)
    json_put_str(o, name, text);
}

static void put_flag(json_t *o, const char *name, bool flag) {
  if (flag)
    json_put(o, name, json_true());
}

static void put_list(json_t *o, const char *name, const str_list *list) {
  if (!list->len)
    return;
  json_t *out = json_array();
  for (size_t i = 0; i < list->len; i++)
    json_array_append_new(out, json_text(list->at[i]));
  json_put(o, name, out);
}

static void put_place(json_t *o, str file, unsigned line, unsigned column) {
  put_text(o, "file", file);
  json_put(o, "line", json_integer(line));
  json_put(o, "column", json_integer(column));
}

static json_t *parameter_to_json(const parameter *p) {
  json_t *o = json_object();
  json_put_str(o, "name", p->name);
  json_put(o, "in", json_integer(p->in));
  put_text(o, "type", p->type);
  put_text(o, "format", p->format);
  put_flag(o, "required", p->required);
  put_flag(o, "sent", p->sent);
  put_flag(o, "bounded", p->bounded);
  json_put(o, "maximum", json_real(p->maximum));
  if (p->value.ptr)
    json_put_str(o, "value", p->value);
  json_put(o, "source", json_integer(p->source));
  put_place(o, p->file, p->line, p->column);
  return o;
}

static json_t *field_to_json(const schema_field *f) {
  json_t *o = json_object();
  json_put_str(o, "path", f->path);
  put_text(o, "type", f->type);
  put_text(o, "format", f->format);
  put_flag(o, "required", f->required);
  put_flag(o, "read_only", f->read_only);
  put_flag(o, "write_only", f->write_only);
  put_flag(o, "nullable", f->nullable);
  put_list(o, "choices", &f->choices);
  return o;
}

static json_t *bodies_to_json(const declared_body_list *list) {
  json_t *out = json_array();
  for (size_t i = 0; i < list->len; i++) {
    json_t *o = json_object(), *fields = json_array();
    put_text(o, "status", list->at[i].status);
    put_text(o, "content_type", list->at[i].content_type);
    for (size_t k = 0; k < list->at[i].fields.len; k++)
      json_array_append_new(fields, field_to_json(&list->at[i].fields.at[k]));
    json_put(o, "fields", fields);
    put_list(o, "open", &list->at[i].open);
    json_array_append_new(out, o);
  }
  return out;
}

json_t *description_to_json(const description *d) {
  json_t *o = json_object(), *parameters = json_array();
  put_place(o, d->file, d->line, d->column);
  json_put_str(o, "path", d->path);
  put_text(o, "operation_id", d->operation_id);
  put_text(o, "summary", d->summary);
  put_list(o, "tags", &d->tags);
  put_flag(o, "deprecated", d->deprecated);
  put_flag(o, "discovered", d->discovered);
  json_put(o, "protection", json_integer(d->protection));
  put_text(o, "scheme", d->scheme);
  put_list(o, "scopes", &d->scopes);
  for (size_t i = 0; i < d->parameters.len; i++)
    json_array_append_new(parameters, parameter_to_json(&d->parameters.at[i]));
  json_put(o, "parameters", parameters);
  json_put(o, "bodies", bodies_to_json(&d->bodies));
  json_put(o, "responses", bodies_to_json(&d->responses));
  return o;
}

/* ---- reading --------------------------------------------------------------------------------- */

static str get_text(arena *a, const json_t *o, const char *name) {
  str text = json_get_str(o, name);
  return text.ptr ? arena_str(a, text) : STR("");
}

static bool get_flag(const json_t *o, const char *name) {
  return json_is_true(json_object_get(o, name));
}

/* A number that must be below `count`: what a recording says is believed within limits only. */
static unsigned get_number(const json_t *o, const char *name, unsigned count) {
  json_int_t n = json_integer_value(json_object_get(o, name));
  return n >= 0 && n < (json_int_t)count ? (unsigned)n : 0;
}

static void get_list(arena *a, const json_t *o, const char *name, str_list *out) {
  size_t i;
  json_t *v;
  json_array_foreach(json_object_get(o, name), i, v) if (json_is_string(v))
      list_push(a, out, arena_str(a, str_from(json_string_value(v), json_string_length(v))));
}

static parameter parameter_from_json(arena *a, const json_t *o) {
  parameter p = {.name = get_text(a, o, "name"),
                 .in = (parameter_in)get_number(o, "in", 4),
                 .type = get_text(a, o, "type"),
                 .format = get_text(a, o, "format"),
                 .required = get_flag(o, "required"),
                 .sent = get_flag(o, "sent"),
                 .bounded = get_flag(o, "bounded"),
                 .maximum = json_number_value(json_object_get(o, "maximum")),
                 .source = (value_source)get_number(o, "source", 3),
                 .file = get_text(a, o, "file"),
                 .line = get_number(o, "line", UINT32_MAX),
                 .column = get_number(o, "column", UINT32_MAX)};
  if (json_get_str(o, "value").ptr)
    p.value = get_text(a, o, "value");
  return p;
}

static void bodies_from_json(arena *a, const json_t *list, declared_body_list *out) {
  size_t i, k;
  json_t *v, *f;
  json_array_foreach(list, i, v) {
    declared_body b = {.status = get_text(a, v, "status"),
                       .content_type = get_text(a, v, "content_type")};
    get_list(a, v, "open", &b.open);
    json_array_foreach(json_object_get(v, "fields"), k, f) {
      schema_field field = {.path = get_text(a, f, "path"),
                            .type = get_text(a, f, "type"),
                            .format = get_text(a, f, "format"),
                            .required = get_flag(f, "required"),
                            .read_only = get_flag(f, "read_only"),
                            .write_only = get_flag(f, "write_only"),
                            .nullable = get_flag(f, "nullable")};
      get_list(a, f, "choices", &field.choices);
      list_push(a, &b.fields, field);
    }
    list_push(a, out, b);
  }
}

description *description_from_json(arena *a, const json_t *o) {
  size_t i;
  json_t *v;
  if (!json_is_object(o))
    return NULL;
  description *d = arena_make(a, description);
  *d = (description){.file = get_text(a, o, "file"),
                     .line = get_number(o, "line", UINT32_MAX),
                     .column = get_number(o, "column", UINT32_MAX),
                     .path = get_text(a, o, "path"),
                     .operation_id = get_text(a, o, "operation_id"),
                     .summary = get_text(a, o, "summary"),
                     .deprecated = get_flag(o, "deprecated"),
                     .discovered = get_flag(o, "discovered"),
                     .protection = (protection)get_number(o, "protection", 3),
                     .scheme = get_text(a, o, "scheme")};
  get_list(a, o, "tags", &d->tags);
  get_list(a, o, "scopes", &d->scopes);
  json_array_foreach(json_object_get(o, "parameters"), i, v)
      list_push(a, &d->parameters, parameter_from_json(a, v));
  bodies_from_json(a, json_object_get(o, "bodies"), &d->bodies);
  bodies_from_json(a, json_object_get(o, "responses"), &d->responses);
  return d;
}
