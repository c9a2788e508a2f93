/* From documents to objects, pods and containers, each field with its place. */
#include "audit/container/private.h"

/* ---- places ---------------------------------------------------------------------------------- */

node *node_at(node *from, const char *path) {
  str rest = str_of(path), name;
  while (from && str_next(&rest, '.', &name))
    from = node_get_str(from, name);
  return from && from->kind != NODE_NULL ? from : NULL;
}

/* Kubernetes reads plain words as YAML 1.1 does: yes and on are true. */
static bool is_word(const node *n, const char *yes, const char *on) {
  return n && n->kind == NODE_TEXT && !n->quoted &&
         (str_ieq(n->text, str_of(yes)) || str_ieq(n->text, str_of(on)) ||
          str_ieq(n->text, str_sub(str_of(yes), 0, 1)));
}

bool node_true(const node *n) {
  return n && (node_bool(n, false) || is_word(n, "yes", "on"));
}

bool node_false(const node *n) {
  return n && ((n->kind == NODE_BOOL && !node_bool(n, true)) || is_word(n, "no", "off"));
}

static const node_entry *entry_named(const node *n, str name) {
  for (size_t i = 0; n && n->kind == NODE_MAP && i < n->entries.len; i++)
    if (str_eq(n->entries.at[i].key, name))
      return &n->entries.at[i];
  return NULL;
}

spot spot_below(arena *a, const kube_object *o, node *from, str from_path, unsigned line,
                unsigned column, const char *path) {
  spot at = {.file = o->file,
             .object = o->label,
             .space = o->space,
             .line = line,
             .column = column,
             .value = from,
             .parent = from};
  str rest = str_of(path), name;
  at.field = *path ? arena_printf(a, "%.*s%s%s", STR_ARG(from_path), from_path.len ? "." : "", path)
                   : from_path;
  while (*path && rest.ptr) {
    str before = rest;
    str_next(&rest, '.', &name);
    const node_entry *e = entry_named(at.value, name);
    if (!e || e->value->kind == NODE_NULL) {
      if (e)
        at.line = e->line, at.column = e->column;
      at.parent = at.value;
      at.value = NULL;
      at.missing = before;
      return at;
    }
    at.parent = at.value;
    at.line = e->line;
    at.column = e->column;
    at.value = e->value;
  }
  return at;
}

spot pod_spot(arena *a, const kube_pod *pod, const char *path) {
  return spot_below(a, pod->object, pod->spec, pod->path, pod->line, pod->column, path);
}

spot container_spot(arena *a, const kube_container *k, const char *path) {
  return spot_below(a, k->pod->object, k->node, k->path, k->node->line, k->node->column, path);
}

spot item_spot(arena *a, const spot *list, size_t i, const char *path) {
  kube_object o = {.file = list->file, .label = list->object, .space = list->space};
  node *item = list->value->items.at[i];
  return spot_below(a, &o, item, arena_printf(a, "%.*s[%zu]", STR_ARG(list->field), i), item->line,
                    item->column, path);
}

/* ---- objects --------------------------------------------------------------------------------- */

static const struct {
  const char *kind, *holder;
} WORKLOADS[] = {{"Pod", ""},
                 {"Deployment", "spec.template"},
                 {"StatefulSet", "spec.template"},
                 {"DaemonSet", "spec.template"},
                 {"ReplicaSet", "spec.template"},
                 {"ReplicationController", "spec.template"},
                 {"Job", "spec.template"},
                 {"CronJob", "spec.jobTemplate.spec.template"},
                 {"PodTemplate", "template"}};

static bool is_workload(str kind) {
  for (size_t i = 0; i < sizeof WORKLOADS / sizeof *WORKLOADS; i++)
    if (str_eq(kind, str_of(WORKLOADS[i].kind)))
      return true;
  return false;
}

static void add_object(container_audit *c, source_file *file, node *root, str base, str listed,
                       int depth);

/* The patches that a kustomization holds as text, at their own lines. */
static void add_patches(container_audit *c, source_file *file, const node *root, int depth) {
  static const char *const lists[] = {"patches", "patchesStrategicMerge"};
  for (int l = 0; l < 2; l++) {
    const node *list = node_get(root, lists[l]);
    for (size_t i = 0; list && i < list->items.len; i++) {
      const node *item = list->items.at[i],
                 *text = item->kind == NODE_MAP ? node_get(item, "patch") : item;
      node_list documents = {0};
      error ignored = {0};
      buf b = {.arena = c->arena};
      if (!text || text->kind != NODE_TEXT || !str_contains(text->text, STR("apiVersion")))
        continue;
      for (unsigned n = 0; n < text->line; n++)
        buf_char(&b, '\n');
      buf_put(&b, text->text);
      yaml_parse_all(c->arena, buf_str(&b), &documents, &ignored);
      for (size_t d = 0; d < documents.len; d++)
        add_object(c, file, documents.at[d], STR(""), STR(""), depth + 1);
    }
  }
}

/* The members of a PodList need not say that they are pods. */
static void add_object(container_audit *c, source_file *file, node *root, str base, str listed,
                       int depth) {
  node *items = node_get(root, "items");
  str kind = node_text(node_get(root, "kind"));
  if (!kind.len)
    kind = listed;
  if (!kind.len || !(node_get(root, "apiVersion") || listed.len))
    return;
  bool template = str_eq(kind, STR("Template")); /* OpenShift's */
  if (template)
    items = node_get(root, "objects");
  if (items && items->kind == NODE_LIST && (template || str_ends(kind, STR("List")))) {
    for (size_t i = 0; i < items->items.len && depth < 4; i++)
      add_object(
          c, file, items->items.at[i],
          arena_printf(c->arena, "%.*s%s[%zu].", STR_ARG(base), template ? "objects" : "items", i),
          template ? STR("") : str_sub(kind, 0, kind.len - 4), depth + 1);
    return;
  }
  if (str_eq(kind, STR("Kustomization")) && depth < 4)
    add_patches(c, file, root, depth);
  kube_object *o = arena_make(c->arena, kube_object);
  node *meta = node_get(root, "metadata");
  str name = node_text(node_get(meta, "name")),
      generated = node_text(node_get(meta, "generateName"));
  str space = node_text(node_get(meta, "namespace"));
  *o = (kube_object){
      file, root, kind, name.len ? name : generated, space.len ? space : STR("default"), {0}, base};
  o->label = arena_printf(c->arena, "%.*s/%.*s", STR_ARG(kind),
                          STR_ARG(o->name.len ? o->name : STR("unnamed")));
  list_push(c->arena, &c->objects, o);
  if (!is_workload(kind))
    list_push(c->arena, &c->others, o);
}

static void skip(container_audit *c, const source_file *file, const char *reason,
                 const char *detail) {
  not_tested n = {STR("*"), file->path, arena_printf(c->arena, "%s%s", reason, detail)};
  list_push(c->arena, &c->skipped, n);
}

static size_t next_document(str text, size_t from) {
  size_t at = str_find(text, STR("\n---"), from);
  return at == SIZE_MAX ? SIZE_MAX : at + 1;
}

/* Everything before `from` becomes blank lines, so that what follows keeps its line numbers; it now
 * begins at *start. */
static str blanked(arena *a, str text, size_t from, size_t *start) {
  char *copy = arena_text(a, text);
  size_t kept = 0;
  for (size_t i = 0; i < from; i++)
    if (text.ptr[i] == '\n')
      copy[kept++] = '\n';
  *start = kept;
  memmove(copy + kept, text.ptr + from, text.len - from);
  return str_from(copy, kept + text.len - from);
}

static unsigned error_line(const char *message) {
  unsigned line = 0;
  for (const char *p = strstr(message, "line ");
       p && p[5] >= '0' && p[5] <= '9' && line < 100 * 1000 * 1000; p++)
    line = line * 10 + (unsigned)(p[5] - '0');
  return line;
}

static size_t line_offset(str text, unsigned line) {
  size_t at = 0;
  while (--line && at < text.len) {
    at = str_find(text, STR("\n"), at);
    if (at == SIZE_MAX)
      return text.len;
    at++;
  }
  return at;
}

/* A broken document costs itself: reading goes on at the next one. */
void kube_read(container_audit *c, source_file *file) {
  enum { BROKEN_MAX = 16 };

  str text = file->text;
  bool template = str_contains(text, STR("{{"));
  size_t last = 0;
  for (int broken = 0;; broken++) {
    node_list documents = {0};
    error e = {0};
    bool whole = yaml_parse_all(c->arena, text, &documents, &e);
    for (size_t i = 0; i < documents.len; i++)
      add_object(c, file, documents.at[i], STR(""), STR(""), 0);
    if (whole)
      return;
    if (template) {
      skip(c, file,
           "a template source, no YAML until it is rendered: audit the output of helm template",
           "");
      return;
    }
    skip(c, file, "not read as YAML: ", e.message);
    unsigned line = error_line(e.message);
    size_t at = line ? line_offset(text, line) : SIZE_MAX;
    size_t from =
        at == SIZE_MAX
            ? SIZE_MAX
            : next_document(text, at ? at - 1 : 0); /* the error may be the next document's mark */
    if (from != SIZE_MAX && from <= last)
      from = next_document(text, last + 1);
    if (from == SIZE_MAX || broken == BROKEN_MAX)
      return;
    text = blanked(c->arena, text, from, &last);
  }
}

/* ---- pods ------------------------------------------------------------------------------------ */

static bool has_containers(const node *spec) {
  static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    const node *n = node_get(spec, lists[i]);
    if (n && n->kind == NODE_LIST && n->items.len)
      return true;
  }
  return false;
}

static str joined(arena *a, str path, const char *name) {
  return arena_printf(a, "%.*s%s%s", STR_ARG(path),
                      path.len && path.ptr[path.len - 1] != '.' ? "." : "", name);
}

static void add_pod(arena *a, const kube_object *o, node *holder, str path, pod_list *out) {
  const node_entry *spec = node_entry_of(holder, "spec");
  if (!spec || spec->value->kind != NODE_MAP)
    return;
  kube_pod pod = {.object = o,
                  .meta = node_get(holder, "metadata"),
                  .spec = spec->value,
                  .meta_path = joined(a, path, "metadata"),
                  .path = joined(a, path, "spec"),
                  .line = spec->line,
                  .column = spec->column};
  pod.windows = str_eq(node_text(node_at(pod.spec, "os.name")), STR("windows"));
  pod.own_users = node_false(node_get(pod.spec, "hostUsers"));
  pod.partial = !has_containers(pod.spec);
  list_push(a, out, pod);
}

/* Any map of any kind that holds a pod: {metadata, spec: {containers}}. */
static void search_pods(arena *a, const kube_object *o, node *n, str path, int depth,
                        pod_list *out) {
  enum { DEPTH_MAX = 12 };

  if (depth > DEPTH_MAX || n->kind != NODE_MAP)
    return;
  const node *spec = node_get(n, "spec");
  if (spec && has_containers(spec)) {
    add_pod(a, o, n, path, out);
    return;
  }
  for (size_t i = 0; i < n->entries.len; i++) {
    const node_entry *e = &n->entries.at[i];
    if (e->value->kind == NODE_MAP)
      search_pods(a, o, e->value, joined(a, path, arena_text(a, e->key)), depth + 1, out);
  }
}

pod_list kube_pods(arena *a, const kube_object *o) {
  pod_list out = {0};
  for (size_t i = 0; i < sizeof WORKLOADS / sizeof *WORKLOADS; i++) {
    if (!str_eq(o->kind, str_of(WORKLOADS[i].kind)))
      continue;
    const char *holder = WORKLOADS[i].holder;
    node *n = *holder ? node_at(o->root, holder) : o->root;
    if (n)
      add_pod(a, o, n, joined(a, o->base, holder), &out);
    return out;
  }
  search_pods(a, o, o->root, o->base, 0, &out);
  return out;
}

container_list kube_containers(arena *a, const kube_pod *pod) {
  static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
  container_list out = {0};
  for (int l = 0; l < 3; l++) {
    const node *list = node_get(pod->spec, lists[l]);
    for (size_t i = 0; list && list->kind == NODE_LIST && i < list->items.len; i++) {
      node *n = list->items.at[i];
      if (n->kind != NODE_MAP)
        continue;
      kube_container k = {pod,
                          n,
                          arena_printf(a, "%.*s.%s[%zu]", STR_ARG(pod->path), lists[l], i),
                          node_text(node_get(n, "name")),
                          l == 0,
                          l == 2,
                          !node_get(n, "image")};
      list_push(a, &out, k);
    }
  }
  return out;
}
