/* Literal secrets in environments and ConfigMaps. */
#include "audit/container/private.h"

static void found_secret(container_audit *c, const spot *at, str name, str value) {
  str shown = masked(c->arena, value);
  rule_found(c, "k8s-secret-env", at, NULL, "%.*s is %.*s", STR_ARG(name), STR_ARG(shown));
  if (names_jwt_secret(name))
    rule_found(c, "k8s-jwt-secret-literal", at, NULL, "%.*s is %.*s", STR_ARG(name),
               STR_ARG(shown));
}

/* --jwt-secret=value */
static void judge_arguments(container_audit *c, const kube_container *k, const char *field) {
  spot list = container_spot(c->arena, k, field);
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(c->arena, &list, i, "");
    str name, value = assigned_secret(node_text(at.value), &name);
    if (value.len)
      found_secret(c, &at, name, value);
  }
}

void judge_container_secrets(container_audit *c, const kube_container *k) {
  spot list = container_spot(c->arena, k, "env");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(c->arena, &list, i, "value");
    str name = node_text(node_get(list.value->items.at[i], "name")), value = node_text(at.value);
    if (at.value && holds_secret(name, value))
      found_secret(c, &at, name, value);
  }
  judge_arguments(c, k, "args");
  judge_arguments(c, k, "command");
}

static void found_in_map(container_audit *c, const spot *at, str name, str value) {
  rule_found(c, "k8s-jwt-secret-literal", at, NULL, "the ConfigMap holds %.*s: %.*s", STR_ARG(name),
             STR_ARG(masked(c->arena, value)));
}

typedef struct {
  arena *arena;
  bool (*fits)(str name);
  str name, value;
} settings_search;

/* jwt: {secret: value} is jwt_secret. */
static bool search_map(settings_search *s, const node *n, str prefix, int depth) {
  for (size_t i = 0; n && n->kind == NODE_MAP && depth < 6 && i < n->entries.len; i++) {
    str key = n->entries.at[i].key, value = node_text(n->entries.at[i].value);
    str name =
        arena_printf(s->arena, "%.*s%s%.*s", STR_ARG(prefix), prefix.len ? "_" : "", STR_ARG(key));
    if (value.len && s->fits(name) && is_literal_secret(value)) {
      s->name = name, s->value = value;
      return true;
    }
    if (search_map(s, n->entries.at[i].value, name, depth + 1))
      return true;
  }
  return false;
}

str settings_secret(arena *a, str text, bool (*fits)(str name), str *name) {
  settings_search s = {a, fits, STR(""), STR("")};
  error ignored = {0};
  str rest = text, line;
  while (str_next(&rest, '\n', &line)) {
    str value = assigned_secret(str_trim(line), name);
    if (value.len && fits(*name))
      return value;
  }
  if (str_contains(text, STR(":")))
    search_map(&s, yaml_parse(a, text, &ignored), STR(""), 0);
  *name = s.name;
  return s.value;
}

/* A settings file in a ConfigMap. */
static void judge_file(container_audit *c, const spot *at, str text) {
  str name, value = settings_secret(c->arena, text, names_jwt_secret, &name);
  if (value.len)
    found_in_map(c, at, name, value);
}

static void judge_config_map(container_audit *c, const kube_object *o) {
  spot data =
      spot_below(c->arena, o, o->root, str_sub(o->base, 0, o->base.len ? o->base.len - 1 : 0),
                 o->root->line, o->root->column, "data");
  for (size_t i = 0; data.value && i < data.value->entries.len; i++) {
    const node_entry *e = &data.value->entries.at[i];
    str value = node_text(e->value);
    spot at = data;
    at.field = arena_printf(c->arena, "%.*s.%.*s", STR_ARG(data.field), STR_ARG(e->key));
    at.line = e->line;
    at.column = e->column;
    at.value = e->value;
    bool pem = str_contains(value, STR("PRIVATE KEY-----"));
    if (pem || (names_jwt_secret(e->key) && is_literal_secret(value)))
      found_in_map(c, &at, e->key, value);
    else if (str_contains(value, STR("\n")))
      judge_file(c, &at, value);
  }
}

/* configMapGenerator: [{literals: [JWT_SECRET=value]}] */
static void judge_generators(container_audit *c, const kube_object *o) {
  spot list = spot_below(c->arena, o, o->root, STR(""), o->root->line, o->root->column,
                         "configMapGenerator");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot literals = item_spot(c->arena, &list, i, "literals");
    for (size_t k = 0; literals.value && k < literals.value->items.len; k++) {
      spot at = item_spot(c->arena, &literals, k, "");
      str name, value = assigned_secret(node_text(at.value), &name);
      if (value.len && names_jwt_secret(name))
        found_in_map(c, &at, name, value);
    }
  }
}

/* A Secret that Kubernetes fills with a token that never expires. */
static void judge_legacy_token(container_audit *c, const kube_object *o) {
  str path = str_sub(o->base, 0, o->base.len ? o->base.len - 1 : 0);
  spot at = spot_below(c->arena, o, o->root, path, o->root->line, o->root->column, "type");
  if (str_eq(node_text(at.value), STR("kubernetes.io/service-account-token")))
    rule_found(c, "k8s-sa-token", &at, NULL,
               "a Secret of this type holds a token that never expires");
}

void judge_object_secrets(container_audit *c, const kube_object *o) {
  if (str_eq(o->kind, STR("ConfigMap")))
    judge_config_map(c, o);
  if (str_eq(o->kind, STR("Kustomization")))
    judge_generators(c, o);
  if (str_eq(o->kind, STR("Secret")))
    judge_legacy_token(c, o);
}
