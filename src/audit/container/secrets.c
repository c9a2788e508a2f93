/* Literal secrets in environments and ConfigMaps. */
#include "audit/container/private.h"

void judge_container_secrets(container_audit *c, const kube_container *k) {
  spot list = container_spot(c->arena, k, "env");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(c->arena, &list, i, "value");
    str name = node_text(node_get(list.value->items.at[i], "name")), value = node_text(at.value);
    if (!at.value || !names_secret(name) || !is_literal_secret(value)) continue;
    str shown = masked(c->arena, value);
    rule_found(c, "k8s-secret-env", &at, NULL, "%.*s is %.*s", STR_ARG(name), STR_ARG(shown));
    if (names_jwt_secret(name)) rule_found(c, "k8s-jwt-secret-literal", &at, NULL, "%.*s is %.*s", STR_ARG(name), STR_ARG(shown));
  }
}

static void judge_config_map(container_audit *c, const kube_object *o) {
  spot data = spot_below(c->arena, o, o->root, str_sub(o->base, 0, o->base.len ? o->base.len - 1 : 0), o->root->line, o->root->column, "data");
  for (size_t i = 0; data.value && i < data.value->entries.len; i++) {
    const node_entry *e = &data.value->entries.at[i];
    str value = node_text(e->value);
    spot at = data;
    at.field = arena_printf(c->arena, "%.*s.%.*s", STR_ARG(data.field), STR_ARG(e->key));
    at.line = e->line;
    at.column = e->column;
    at.value = e->value;
    if (names_jwt_secret(e->key) && is_literal_secret(value))
      rule_found(c, "k8s-jwt-secret-literal", &at, NULL, "the ConfigMap holds %.*s: %.*s", STR_ARG(e->key), STR_ARG(masked(c->arena, value)));
  }
}

/* A Secret that Kubernetes fills with a token that never expires. */
static void judge_legacy_token(container_audit *c, const kube_object *o) {
  str path = str_sub(o->base, 0, o->base.len ? o->base.len - 1 : 0);
  spot at = spot_below(c->arena, o, o->root, path, o->root->line, o->root->column, "type");
  if (str_eq(node_text(at.value), STR("kubernetes.io/service-account-token")))
    rule_found(c, "k8s-sa-token", &at, NULL, "a Secret of this type holds a token that never expires");
}

void judge_object_secrets(container_audit *c, const kube_object *o) {
  if (str_eq(o->kind, STR("ConfigMap"))) judge_config_map(c, o);
  if (str_eq(o->kind, STR("Secret"))) judge_legacy_token(c, o);
}
