/* Compose files (compose-spec.io): the services' settings that open the host. */
#include "audit/container/private.h"

typedef struct {
  container_audit *c;
  kube_object object; /* "service/web" */
  node *node;
  str path;
  unsigned line, column;
} service;

static spot service_spot(const service *s, const char *path) {
  return spot_below(s->c->arena, &s->object, s->node, s->path, s->line, s->column, path);
}

static void judge_namespaces(const service *s) {
  static const char *const fields[] = {"pid", "ipc", "network_mode", "userns_mode", "uts", "cgroup"};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    spot at = service_spot(s, fields[i]);
    found_options o = {.has_severity = true, .severity = i == 0 ? SEVERITY_CRITICAL : SEVERITY_HIGH};
    if (str_eq(node_text(at.value), STR("host"))) rule_found(s->c, "compose-host-ns", &at, &o, "%s: host", fields[i]);
  }
}

static void judge_cap_add(const service *s) {
  spot add = service_spot(s, "cap_add");
  buf names = {.arena = s->c->arena};
  found_options o = {.has_severity = true};
  for (size_t i = 0; add.value && i < add.value->items.len; i++) {
    str name = node_text(add.value->items.at[i]);
    str bare = str_starts(name, STR("CAP_")) ? str_sub(name, 4, name.len) : name;
    if (capability_in_baseline(bare)) continue;
    buf_printf(&names, "%s%.*s", names.len ? ", " : "", STR_ARG(name));
    if (capability_severity(name) > o.severity) o.severity = capability_severity(name);
  }
  if (names.len) rule_found(s->c, "compose-cap", &add, &o, "cap_add: %.*s", STR_ARG(buf_str(&names)));
}

static void judge_bind(const service *s, const spot *at, str written, str target) {
  str path = path_clean(s->c->arena, written);
  found_options o = {.has_severity = true, .severity = host_path_severity(path)};
  if (host_path_is_socket(path)) rule_found(s->c, "compose-socket", at, NULL, "%.*s is a container runtime's socket", STR_ARG(written));
  rule_found(s->c, "compose-host-path", at, &o, "%.*s at %.*s", STR_ARG(written), STR_ARG(target));
}

/* "/host:/inside:ro" or {type: bind, source: /host, target: /inside}. Paths beneath the project are its own. */
static void judge_volumes(const service *s) {
  spot list = service_spot(s, "volumes");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    const node *v = list.value->items.at[i];
    bool map = v->kind == NODE_MAP;
    spot at = item_spot(s->c->arena, &list, i, map ? "source" : "");
    str rest = node_text(v), source = {0};
    if (!map && str_contains(rest, STR(":"))) str_next(&rest, ':', &source);
    if (map) source = node_text(at.value);
    if (source.len && source.ptr[0] == '/') judge_bind(s, &at, source, map ? node_text(node_get(v, "target")) : rest);
  }
}

static void judge_devices(const service *s) {
  spot list = service_spot(s, "devices");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(s->c->arena, &list, i, "");
    str text = node_text(at.value);
    if (str_starts(text, STR("/dev"))) rule_found(s->c, "compose-host-path", &at, NULL, "the device %.*s", STR_ARG(text));
  }
}

static void judge_value(const service *s, const spot *at, str name, str value) {
  if (names_secret(name) && is_literal_secret(value))
    rule_found(s->c, "compose-secret-literal", at, NULL, "%.*s is %.*s", STR_ARG(name), STR_ARG(masked(s->c->arena, value)));
}

static void judge_environment(const service *s) {
  spot list = service_spot(s, "environment");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(s->c->arena, &list, i, "");
    str text = node_text(at.value);
    size_t equals = str_find(text, STR("="), 0);
    if (equals != SIZE_MAX) judge_value(s, &at, str_sub(text, 0, equals), str_sub(text, equals + 1, text.len));
  }
  for (size_t i = 0; list.value && i < list.value->entries.len; i++) {
    const node_entry *e = &list.value->entries.at[i];
    spot at = list;
    at.field = arena_printf(s->c->arena, "%.*s.%.*s", STR_ARG(list.field), STR_ARG(e->key));
    at.line = e->line;
    at.column = e->column;
    judge_value(s, &at, e->key, node_text(e->value));
  }
}

static void judge_service(service *s) {
  spot privileged = service_spot(s, "privileged");
  found_options off = {.set = STR("false")};
  if (node_true(privileged.value)) rule_found(s->c, "compose-privileged", &privileged, &off, "privileged is true");
  judge_namespaces(s);
  judge_cap_add(s);
  judge_volumes(s);
  judge_devices(s);
  judge_environment(s);
  s->c->judged++;
}

bool judge_compose(container_audit *c, source_file *file) {
  error e = {0};
  node *root = yaml_parse(c->arena, file->text, &e), *services = node_get(root, "services");
  if (!root) {
    not_tested n = {STR("*"), file->path, arena_printf(c->arena, "not read as YAML: %s", e.message)};
    list_push(c->arena, &c->skipped, n);
  }
  for (size_t i = 0; services && services->kind == NODE_MAP && i < services->entries.len; i++) {
    const node_entry *entry = &services->entries.at[i];
    service s = {.c = c, .node = entry->value, .line = entry->line, .column = entry->column};
    s.path = arena_printf(c->arena, "services.%.*s", STR_ARG(entry->key));
    s.object = (kube_object){.file = file, .label = arena_printf(c->arena, "service/%.*s", STR_ARG(entry->key))};
    judge_service(&s);
  }
  return services != NULL;
}
