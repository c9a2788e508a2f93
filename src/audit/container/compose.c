/* Compose files (compose-spec.io): the services' settings that open the host. */
#include "audit/container/private.h"

typedef LIST(spot) spot_list;

typedef struct {
  container_audit *c;
  const node *root;
  bool development;   /* of the whole file: it runs a developer's machine */
  spot_list *told;    /* secrets found in the file: an anchor gives one to several services */
  kube_object object; /* "service/web" */
  node *node;
  str path;
  unsigned line, column;
} service;

static spot service_spot(const service *s, const char *path) {
  return spot_below(s->c->arena, &s->object, s->node, s->path, s->line, s->column, path);
}

static void judge_namespaces(const service *s) {
  static const char *const fields[] = {"pid",         "ipc", "network_mode",
                                       "userns_mode", "uts", "cgroup"};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    spot at = service_spot(s, fields[i]);
    found_options o = {.has_severity = true,
                       .severity = i == 0 ? SEVERITY_CRITICAL : SEVERITY_HIGH};
    if (str_eq(node_text(at.value), STR("host")))
      rule_found(s->c, "compose-host-ns", &at, &o, "%s: host", fields[i]);
  }
}

static void judge_cap_add(const service *s) {
  spot add = service_spot(s, "cap_add");
  buf names = {.arena = s->c->arena};
  found_options o = {.has_severity = true};
  for (size_t i = 0; add.value && i < add.value->items.len; i++) {
    str name = node_text(add.value->items.at[i]);
    str bare = name.len > 4 && str_ieq(str_sub(name, 0, 4), STR("CAP_"))
                   ? str_sub(name, 4, name.len)
                   : name;
    if (capability_in_baseline(bare, false))
      continue;
    buf_printf(&names, "%s%.*s", names.len ? ", " : "", STR_ARG(name));
    if (capability_severity(name) > o.severity)
      o.severity = capability_severity(name);
  }
  if (names.len)
    rule_found(s->c, "compose-cap", &add, &o, "cap_add: %.*s", STR_ARG(buf_str(&names)));
}

static void judge_bind(const service *s, const spot *at, str written, str target, bool read_only) {
  str path = path_clean(s->c->arena, written);
  found_options o = {.has_severity = true, .severity = host_path_severity(path, read_only)};
  if (host_path_is_socket(path))
    rule_found(s->c, "compose-socket", at, NULL, "%.*s is a container runtime's socket",
               STR_ARG(written));
  list_push(s->c->arena, &o.notes, read_only ? STR("mounted read-only") : STR("mounted writable"));
  rule_found(s->c, "compose-host-path", at, &o, "%.*s at %.*s", STR_ARG(written), STR_ARG(target));
}

/* ${NAME:-/default} is its default; ~ and $HOME stand for somebody's home. */
static str written_path(arena *a, str source) {
  size_t other = str_find(source, STR(":-"), 0);
  if (str_starts(source, STR("${")) && other != SIZE_MAX) {
    str rest = str_sub(source, other + 2, source.len);
    size_t close = str_find(rest, STR("}"), 0);
    return arena_printf(a, "%.*s%.*s", STR_ARG(str_sub(rest, 0, close)),
                        STR_ARG(close == SIZE_MAX ? STR("") : str_sub(rest, close + 1, rest.len)));
  }
  static const char *const homes[] = {"~", "$HOME", "${HOME}"};
  for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
    if (str_starts(source, str_of(homes[i])))
      return arena_printf(a, "/home/user%.*s",
                          STR_ARG(str_sub(source, strlen(homes[i]), source.len)));
  return source;
}

/* What a named volume binds: driver_opts: {o: bind, device: /etc}. */
static str bound_device(const service *s, str name) {
  const node *options = node_get(node_get_str(node_get(s->root, "volumes"), name), "driver_opts");
  return str_contains(node_text(node_get(options, "o")), STR("bind"))
             ? node_text(node_get(options, "device"))
             : STR("");
}

/* The end of the source in "SOURCE:TARGET:MODE": a colon within ${...} is none. */
static str take_source(str *rest) {
  size_t depth = 0, i = 0;
  for (; i < rest->len; i++) {
    char c = rest->ptr[i];
    depth += c == '{';
    depth -= c == '}' && depth;
    if (c == ':' && !depth)
      break;
  }
  str source = str_sub(*rest, 0, i);
  if (i == rest->len)
    return STR("");
  *rest = str_sub(*rest, i + 1, rest->len);
  return source;
}

/* "/host:/inside:ro" or {type: bind, source: /host, target: /inside}. Paths beneath the project are
 * its own. */
static void judge_volumes(const service *s) {
  spot list = service_spot(s, "volumes");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    const node *v = list.value->items.at[i];
    bool map = v->kind == NODE_MAP;
    spot at = item_spot(s->c->arena, &list, i, map ? "source" : "");
    str rest = node_text(v), source = map ? node_text(at.value) : take_source(&rest);
    str device = source.len ? bound_device(s, source) : STR("");
    str path = written_path(s->c->arena, device.len ? device : source);
    bool read_only = map ? node_true(node_get(v, "read_only"))
                         : str_ends(rest, STR(":ro")) || str_contains(rest, STR(":ro,"));
    if (path.len && path.ptr[0] == '/')
      judge_bind(s, &at, path, map ? node_text(node_get(v, "target")) : rest, read_only);
  }
  spot socket = service_spot(s, "use_api_socket");
  if (node_true(socket.value))
    rule_found(s->c, "compose-socket", &socket, NULL, "use_api_socket is true");
}

static void judge_devices(const service *s) {
  spot list = service_spot(s, "devices");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    bool map = list.value->items.at[i]->kind == NODE_MAP;
    spot at = item_spot(s->c->arena, &list, i, map ? "source" : "");
    str text = node_text(at.value);
    found_options o = {0};
    list_push(s->c->arena, &o.notes, STR("mounted writable"));
    if (str_starts(text, STR("/dev")))
      rule_found(s->c, "compose-host-path", &at, &o, "the device %.*s", STR_ARG(text));
  }
}

/* security_opt: [seccomp:unconfined], device_cgroup_rules: ['b *:* rwm'] */
static void judge_confinement(const service *s) {
  static const char *const open[] = {"seccomp:unconfined",      "seccomp=unconfined",
                                     "apparmor:unconfined",     "apparmor=unconfined",
                                     "label:disable",           "label=disable",
                                     "systempaths:unconfined",  "systempaths=unconfined",
                                     "no-new-privileges:false", "no-new-privileges=false"};
  spot options = service_spot(s, "security_opt"), rules = service_spot(s, "device_cgroup_rules"),
       parent = service_spot(s, "cgroup_parent");
  for (size_t i = 0; options.value && i < options.value->items.len; i++) {
    spot at = item_spot(s->c->arena, &options, i, "");
    for (size_t k = 0; k < sizeof open / sizeof *open; k++)
      if (str_eq(node_text(at.value), str_of(open[k])))
        rule_found(s->c, "compose-unconfined", &at, NULL, "security_opt: %s", open[k]);
  }
  for (size_t i = 0; rules.value && i < rules.value->items.len; i++) {
    spot at = item_spot(s->c->arena, &rules, i, "");
    str text = node_text(at.value);
    if (str_starts(text, STR("a")) || str_starts(text, STR("b")) || str_contains(text, STR("*:*")))
      rule_found(s->c, "compose-unconfined", &at, NULL, "device_cgroup_rules: %.*s", STR_ARG(text));
  }
  if (str_eq(node_text(parent.value), STR("/")))
    rule_found(s->c, "compose-unconfined", &parent, NULL, "cgroup_parent: /");
}

static bool told_before(const service *s, const spot *at) {
  for (size_t i = 0; i < s->told->len; i++)
    if (s->told->at[i].line == at->line && s->told->at[i].column == at->column)
      return true;
  list_push(s->c->arena, s->told, *at);
  return false;
}

static void judge_value(const service *s, const spot *at, str name, str value) {
  size_t other = str_find(value, STR(":-"), 0);
  if (str_starts(value, STR("${")) && other != SIZE_MAX)
    value = str_sub(value, other + 2, value.len - 1); /* what stands in when it is not set */
  found_options o = {.has_severity = true,
                     .severity = s->development                     ? SEVERITY_LOW
                                 : is_database_default(name, value) ? SEVERITY_MEDIUM
                                                                    : SEVERITY_HIGH};
  if (holds_secret(name, value) && !told_before(s, at))
    rule_found(s->c, "compose-secret-literal", at, &o, "%.*s is %.*s", STR_ARG(name),
               STR_ARG(masked(s->c->arena, value)));
}

/* A list of NAME=value, or a map. */
static void judge_assignments(const service *s, const char *field) {
  spot list = service_spot(s, field);
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(s->c->arena, &list, i, "");
    str text = node_text(at.value);
    size_t equals = str_find(text, STR("="), 0);
    while (str_starts(text, STR("-")))
      text = str_sub(text, 1, text.len), equals--;
    if (equals < text.len)
      judge_value(s, &at, str_sub(text, 0, equals), str_sub(text, equals + 1, text.len));
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

/* Each ${NAME:-default} as its default. */
static str with_defaults(arena *a, str text) {
  buf b = {.arena = a};
  for (size_t at; (at = str_find(text, STR("${"), 0)) != SIZE_MAX;) {
    str inner = str_sub(text, at + 2, text.len),
        name = str_sub(inner, 0, str_find(inner, STR("}"), 0));
    size_t other = str_find(name, STR(":-"), 0), end = at + 2 + name.len;
    buf_put(&b, other == SIZE_MAX ? str_sub(text, 0, end) : str_sub(text, 0, at));
    if (other != SIZE_MAX)
      buf_put(&b, str_sub(name, other + 2, name.len)), end++;
    text = str_sub(text, end, text.len);
  }
  buf_put(&b, text);
  return buf_str(&b);
}

/* configs: {app: {content: "DB_PASSWORD=..."}}: a file for services, written out. */
static void judge_config(service *s) {
  spot content = service_spot(s, "content");
  str name = STR(""), text = with_defaults(s->c->arena, node_text(content.value)),
      value = settings_secret(s->c->arena, text, names_secret, &name);
  if (value.len)
    judge_value(s, &content, name, value);
  else if (is_secret_by_itself(text))
    judge_value(s, &content, STR("content"), text);
}

static void judge_service(service *s) {
  spot privileged = service_spot(s, "privileged");
  found_options off = {.set = STR("false")};
  if (node_true(privileged.value) || str_eq(node_text(privileged.value), STR("true")))
    rule_found(s->c, "compose-privileged", &privileged, &off, "privileged is true");
  judge_namespaces(s);
  judge_cap_add(s);
  judge_volumes(s);
  judge_devices(s);
  judge_confinement(s);
  judge_assignments(s, "environment");
  judge_assignments(s, "build.args");
  judge_assignments(s, "command");
  judge_assignments(s, "entrypoint");
  s->c->judged++;
}

static bool is_service(const node *n) {
  return n->kind == NODE_MAP &&
         (node_get(n, "image") || node_get(n, "build") || node_get(n, "extends"));
}

bool is_compose_text(str text) {
  return str_starts(text, STR("services:")) || str_contains(text, STR("\nservices:"));
}

/* By its name a file may be of the first format, whose services stand at the top. */
static const node *services_of(const node *root, bool named) {
  const node *services = node_get(root, "services"), *list = services || !named ? services : root;
  if (!list || list->kind != NODE_MAP)
    return NULL;
  for (size_t i = 0; i < list->entries.len; i++)
    if (is_service(list->entries.at[i].value))
      return list;
  return services && named ? services : NULL;
}

static bool mounts_project(const node *volumes) {
  for (size_t i = 0; volumes && i < volumes->items.len; i++) {
    const node *v = volumes->items.at[i];
    str source = v->kind == NODE_MAP
                     ? node_text(node_get(v, "source"))
                     : str_sub(node_text(v), 0, str_find(node_text(v), STR(":"), 0));
    if (str_eq(source, STR(".")) || str_eq(source, STR("./")) || str_eq(source, STR("..")))
      return true;
  }
  return false;
}

static bool is_development_word(str value) {
  return str_eq(value, STR("development")) || str_eq(value, STR("test"));
}

static bool is_production_word(str value) {
  return str_eq(value, STR("production")) || str_eq(value, STR("staging"));
}

/* RAILS_ENV=development and its like, in a list or a map. */
static bool says(const node *environment, bool (*fits)(str value)) {
  static const char *const names[] = {"RAILS_ENV", "RACK_ENV", "NODE_ENV", "APP_ENV",
                                      "ENVIRONMENT"};
  bool found = false;
  for (size_t n = 0; environment && n < sizeof names / sizeof *names; n++) {
    str value = node_text(node_get(environment, names[n]));
    found |= fits(value);
    for (size_t i = 0; i < environment->items.len; i++) {
      str text = node_text(environment->items.at[i]);
      size_t equals = str_find(text, STR("="), 0);
      value = equals == SIZE_MAX ? STR("") : str_sub(text, equals + 1, text.len);
      found |= str_eq(str_sub(text, 0, equals), str_of(names[n])) && fits(value);
    }
  }
  return found;
}

/* It lies where developers' files do; or a service says it or runs the project's own folder, as
 * some do in production, too: so none may say that. */
static bool is_development(str path, const node *services) {
  if (place_is_development(path))
    return true;
  bool found = false;
  for (size_t i = 0; i < services->entries.len; i++) {
    const node *one = services->entries.at[i].value, *environment = node_get(one, "environment");
    if (says(environment, is_production_word))
      return false;
    found |= says(environment, is_development_word) || mounts_project(node_get(one, "volumes"));
  }
  return found;
}

static void each_entry(const service *file, const node *list, const char *path, const char *label,
                       void (*judge)(service *)) {
  for (size_t i = 0; list && i < list->entries.len; i++) {
    const node_entry *entry = &list->entries.at[i];
    service s = *file;
    s.node = entry->value, s.line = entry->line, s.column = entry->column;
    if (entry->value->kind != NODE_MAP || (list == file->root && !is_service(entry->value)))
      continue;
    s.path = arena_printf(s.c->arena, "%s%.*s", path, STR_ARG(entry->key));
    s.object.label = arena_printf(s.c->arena, "%s/%.*s", label, STR_ARG(entry->key));
    judge(&s);
  }
}

bool judge_compose(container_audit *c, source_file *file, bool named) {
  error e = {0};
  node *root = yaml_parse(c->arena, file->text, &e);
  if (!root) {
    not_tested n = {STR("*"), file->path,
                    arena_printf(c->arena, "not read as YAML: %s", e.message)};
    if (named)
      list_push(c->arena, &c->skipped, n);
  }
  const node *services = services_of(root, named);
  spot_list told = {0};
  bool development = services && is_development(file->path, services);
  const service one = {
      .c = c, .root = root, .development = development, .told = &told, .object = {.file = file}};
  if (!services)
    return false;
  if (place_is_development(file->path))
    file->at_most = SEVERITY_MEDIUM; /* no user reaches it, but it runs on somebody's machine */
  each_entry(&one, services, services == root ? "" : "services.", "service", judge_service);
  each_entry(&one, node_get(root, "configs"), "configs.", "config", judge_config);
  return true;
}
