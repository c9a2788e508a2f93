#include "audit/container/private.h"

/* Without doubled and trailing slashes, and without "." and ".." segments: /var/run/../run is
 * /var/run. */
str path_clean(arena *a, str path) {
  str_list parts = {0};
  str rest = path, part;
  while (str_next(&rest, '/', &part)) {
    if (!part.len || str_eq(part, STR(".")))
      continue;
    if (str_eq(part, STR("..")) && parts.len)
      parts.len--;
    else if (!str_eq(part, STR("..")))
      list_push(a, &parts, part);
  }
  buf b = {.arena = a};
  for (size_t i = 0; i < parts.len; i++)
    buf_printf(&b, "/%.*s", STR_ARG(parts.at[i]));
  return b.len ? buf_str(&b) : STR("/");
}

static bool beneath(str path, const char *folder) {
  size_t len = strlen(folder);
  return str_starts(path, str_of(folder)) && (path.len == len || path.ptr[len] == '/');
}

/* `path` is clean. A folder that holds a named one is as bad: /var holds /var/run. */
severity host_path_severity(str path, bool read_only) {
  static const char *const folders[] = {"/etc",
                                        "/proc",
                                        "/sys",
                                        "/var/run",
                                        "/run",
                                        "/var/lib/kubelet",
                                        "/var/log",
                                        "/dev",
                                        "/root",
                                        "/boot",
                                        "/var/lib/docker",
                                        "/var/lib/containerd",
                                        "/var/lib/containers",
                                        "/var/lib/etcd",
                                        "/var/lib/rancher"};
  static const char *const holders[] = {"/",        "/var", "/var/lib", "/home", "/usr",
                                        "/usr/bin", "/bin", "/sbin",    "/lib"};
  static const char *const known[] = {"/etc/localtime",       "/etc/timezone",
                                      "/usr/share/zoneinfo",  "/etc/ssl/certs",
                                      "/etc/ca-certificates", "/usr/share/ca-certificates",
                                      "/etc/os-release"};
  for (size_t i = 0; i < sizeof known / sizeof *known;
       i++) /* every system has them, and they tell nothing */
    if (beneath(path, known[i]))
      return read_only ? SEVERITY_LOW : SEVERITY_HIGH;
  if (beneath(path, "/etc/pki"))
    return SEVERITY_HIGH;
  for (size_t i = 0; i < sizeof holders / sizeof *holders; i++)
    if (str_eq(path, str_of(holders[i])))
      return SEVERITY_CRITICAL;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (beneath(path, folders[i]))
      return SEVERITY_CRITICAL;
  return host_path_is_socket(path) ? SEVERITY_CRITICAL : SEVERITY_HIGH;
}

bool host_path_is_socket(str path) {
  static const char *const names[] = {"docker.sock",      "containerd.sock", "crio.sock",
                                      "cri-dockerd.sock", "dockershim.sock", "podman.sock",
                                      "buildkitd.sock",   "frakti.sock"};
  static const char *const folders[] = {"/run/containerd",     "/run/crio",
                                        "/run/docker",         "/run/podman",
                                        "/run/k3s/containerd", "/run/dockershim"};
  str file = path;
  for (size_t i = path.len; i-- > 0 && file.len == path.len;)
    if (path.ptr[i] == '/')
      file = str_sub(path, i + 1, path.len);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_eq(file, str_of(names[i])))
      return true;
  str run = str_starts(path, STR("/var/run")) ? str_sub(path, 4, path.len) : path;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (str_eq(run, str_of(folders[i])))
      return true;
  return false;
}

/* How the containers use a volume: "mounted read-only at /host by api". */
static str_list mounts_of(arena *a, const container_list *list, str volume) {
  enum { TOLD_MAX = 16 };

  str_list out = {0};
  for (size_t i = 0; i < list->len && out.len < TOLD_MAX; i++) {
    const node *mounts = node_get(list->at[i].node, "volumeMounts");
    for (size_t j = 0; mounts && j < mounts->items.len; j++) {
      const node *m = mounts->items.at[j];
      if (!str_eq(node_text(node_get(m, "name")), volume))
        continue;
      str at = node_text(node_get(m, "mountPath"));
      list_push(a, &out,
                arena_printf(a, "mounted %s at %.*s by container %.*s",
                             node_true(node_get(m, "readOnly")) ? "read-only" : "writable",
                             STR_ARG(at), STR_ARG(list->at[i].name)));
    }
  }
  return out;
}

static bool none_writes(const str_list *mounts) {
  for (size_t i = 0; i < mounts->len; i++)
    if (str_starts(mounts->at[i], STR("mounted writable")))
      return false;
  return mounts->len > 0;
}

static void judge_host_path(container_audit *c, const container_list *containers, const spot *list,
                            size_t i) {
  arena *a = c->arena;
  spot at = item_spot(a, list, i, "hostPath"), path_at = item_spot(a, list, i, "hostPath.path");
  str written = node_text(path_at.value), path = path_clean(a, written);
  found_options o = {.standard = STANDARD_BASELINE, .has_severity = true};
  if (!at.value)
    return;
  o.notes = mounts_of(a, containers, node_text(node_get(list->value->items.at[i], "name")));
  o.severity = host_path_severity(path, none_writes(&o.notes));
  rule_found(c, "k8s-hostpath", &path_at, &o, "hostPath %.*s", STR_ARG(written));
  if (host_path_is_socket(path)) {
    found_options socket = {.standard = STANDARD_BASELINE, .notes = o.notes};
    rule_found(c, "k8s-runtime-socket", &path_at, &socket,
               "hostPath %.*s is a container runtime's socket", STR_ARG(written));
  }
}

/* Pod Security Standards, restricted. A volume without any source is refused like an unknown one.
 */
static void judge_type(container_audit *c, const spot *list, size_t i) {
  static const char *const allowed[] = {
      "configMap", "csi",     "downwardAPI",           "emptyDir",
      "ephemeral", "image",   "persistentVolumeClaim", "projected",
      "secret",    "hostPath"};
  const node *volume = list->value->items.at[i];
  const char *type = "";
  found_options o = {.standard = STANDARD_RESTRICTED};
  for (size_t j = 0; j < sizeof allowed / sizeof *allowed; j++)
    if (node_at(list->value->items.at[i], allowed[j]))
      return;
  for (size_t j = 0; j < volume->entries.len; j++)
    if (!str_eq(volume->entries.at[j].key, STR("name")))
      type = arena_text(c->arena, volume->entries.at[j].key);
  if (!*type)
    return;
  spot at = item_spot(c->arena, list, i, type);
  rule_found(c, "k8s-volume-types", &at, &o, "the volume's type is %s", type);
}

/* A token of a service account that has no audience serves at the API server; one of long life
 * serves a thief. */
static void judge_projected(container_audit *c, const spot *list, size_t i) {
  enum { LONG_LIFE = 86400 };

  double seconds = 0;
  spot sources = item_spot(c->arena, list, i, "projected.sources");
  found_options o = {0};
  for (size_t j = 0; sources.value && j < sources.value->items.len; j++) {
    spot token = item_spot(c->arena, &sources, j, "serviceAccountToken");
    if (!token.value)
      continue;
    spot audience = item_spot(c->arena, &sources, j, "serviceAccountToken.audience");
    spot life = item_spot(c->arena, &sources, j, "serviceAccountToken.expirationSeconds");
    if (!node_text(audience.value).len)
      rule_found(c, "k8s-sa-token", &audience, &o,
                 "a projected token without an audience is one for the API server");
    else if (node_number(life.value, &seconds) && seconds > LONG_LIFE)
      rule_found(c, "k8s-sa-token", &life, &o, "a projected token that lives %.0f seconds",
                 seconds);
  }
}

/* A PersistentVolume of the node's disk: whoever claims it gets that folder. */
void judge_persistent_volume(container_audit *c, const kube_object *o) {
  spot at = spot_below(c->arena, o, o->root, str_sub(o->base, 0, o->base.len ? o->base.len - 1 : 0),
                       o->root->line, o->root->column, "spec.hostPath.path");
  str written = node_text(at.value), path = path_clean(c->arena, written);
  found_options options = {.has_severity = true, .severity = host_path_severity(path, false)};
  if (!written.len)
    return;
  rule_found(c, "k8s-hostpath", &at, &options, "hostPath %.*s", STR_ARG(written));
  if (host_path_is_socket(path))
    rule_found(c, "k8s-runtime-socket", &at, NULL, "hostPath %.*s is a container runtime's socket",
               STR_ARG(written));
}

void judge_pod_volumes(container_audit *c, const kube_pod *pod) {
  spot list = pod_spot(c->arena, pod, "volumes");
  container_list containers = kube_containers(c->arena, pod);
  for (size_t i = 0; list.value && i < list.value->items.len && list.file->findings <= FINDINGS_MAX;
       i++) {
    if (list.value->items.at[i]->kind != NODE_MAP)
      continue;
    judge_host_path(c, &containers, &list, i);
    judge_type(c, &list, i);
    judge_projected(c, &list, i);
  }
}
