/* Literal secrets, by the name of what holds them and by what the value looks like. */
#include "audit/container/private.h"

#include <ctype.h>

static bool has_any(str name, const char *const *parts) {
  for (; *parts; parts++)
    if (str_icontains(name, str_of(*parts))) return true;
  return false;
}

static bool ends_any(str name, const char *const *ends) {
  for (; *ends; ends++) {
    size_t len = strlen(*ends);
    if (name.len >= len && str_ieq(str_sub(name, name.len - len, name.len), str_of(*ends))) return true;
  }
  return false;
}

/* About a secret, not one: its place, its life, its kind. */
static bool is_about(str name) {
  static const char *const ends[] = {"_file", "_path", "_dir", "_url", "_uri", "_host", "_name", "_ttl", "_expiry", "_expiration", "_expires",
                                     "_expires_in", "_lifetime", "_seconds", "_minutes", "_hours", "_days", "_issuer", "_audience", "_alg",
                                     "_algorithm", "_header", "_type", "_id", "_enabled", "_length", "_endpoint", "_leeway", "_version",
                                     "_prefix", "_ref", "_arn", "_location", "_rotation", "_policy", "_age", "_mount", NULL};
  static const char *const parts[] = {"public", "publishable", NULL};
  return ends_any(name, ends) || has_any(name, parts);
}

bool names_secret(str name) {
  static const char *const parts[] = {"secret", "password", "passwd", "passphrase", "token", "api_key", "apikey", "api-key", "private_key",
                                      "private-key", "access_key", "credential", "master_key", "signing_key", "encryption_key", NULL};
  static const char *const ends[] = {"_pass", "_pwd", "_key_base", NULL};
  return !is_about(name) && (has_any(name, parts) || ends_any(name, ends) || names_jwt_secret(name));
}

bool names_jwt_secret(str name) {
  static const char *const jwt[] = {"jwt", "jws", "hmac", NULL};
  static const char *const key[] = {"secret", "key", NULL};
  static const char *const whole[] = {"secret_key_base", "devise_secret", "auth_secret", "token_secret", "token_signing_key", "signing_secret",
                                      "signing_key", "nextauth_secret", NULL};
  return !is_about(name) && ((has_any(name, jwt) && has_any(name, key)) || has_any(name, whole));
}

/* No reference, no path, no switch, no number, no placeholder: something that a program would take as the secret. */
bool is_literal_secret(str value) {
  static const char *const words[] = {"true", "false", "null", "none", "yes", "no", "nil", "on", "off", "enabled", "disabled", NULL};
  double number;
  value = str_trim(value);
  if (!value.len || value.ptr[0] == '$' || value.ptr[0] == '/' || value.ptr[0] == '<' || value.ptr[0] == '{' || value.ptr[0] == '%') return false;
  if (str_contains(value, STR("${")) || str_contains(value, STR("$(")) || str_contains(value, STR("{{"))) return false;
  for (size_t i = 0; words[i]; i++)
    if (str_ieq(value, str_of(words[i]))) return false;
  return value.len >= 8 || !str_to_double(value, &number);
}

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
