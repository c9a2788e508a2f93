/* What the standards leave out: images, limits, the root file system, where the pod runs. */
#include "audit/container/private.h"

/* ---- images ---------------------------------------------------------------------------------- */

bool image_has_digest(str image) {
  return str_contains(image, STR("@sha256:")) || str_contains(image, STR("@sha512:"));
}

bool image_is_latest(str image) {
  if (str_contains(image, STR("@")))
    return false;
  str name = image;
  for (size_t i = image.len; i-- > 0;)
    if (image.ptr[i] == '/') {
      name = str_sub(image, i + 1, image.len);
      break;
    }
  size_t colon = str_find(name, STR(":"), 0);
  return colon == SIZE_MAX || str_eq(str_sub(name, colon + 1, name.len), STR("latest"));
}

static void judge_image(container_audit *c, const kube_container *k) {
  spot at = container_spot(c->arena, k, "image");
  str image = node_text(at.value);
  if (!image.len)
    return;
  if (image_is_latest(image))
    rule_found(c, "k8s-image-latest", &at, NULL, "the image is %.*s", STR_ARG(image));
  if (!image_has_digest(image))
    rule_found(c, "k8s-image-digest", &at, NULL, "the image is %.*s", STR_ARG(image));
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* A LimitRange of the namespace gives containers what they leave out. */
static bool range_gives(const container_audit *c, const kube_pod *pod, const char *resource) {
  for (size_t i = 0; i < c->others.len; i++) {
    const kube_object *o = c->others.at[i];
    const node *limits = node_at(o->root, "spec.limits");
    if (!str_eq(o->kind, STR("LimitRange")) || !str_eq(o->space, pod->object->space))
      continue;
    for (size_t j = 0; limits && j < limits->items.len; j++)
      if (node_get(node_get(limits->items.at[j], "default"), resource))
        return true;
  }
  return false;
}

static bool limited(const container_audit *c, const kube_container *k, const char *resource) {
  return node_get(node_at(k->node, "resources.limits"), resource) ||
         node_get(node_at(k->pod->spec, "resources.limits"), resource) ||
         range_gives(c, k->pod, resource);
}

static void judge_limits(container_audit *c, const kube_container *k) {
  bool memory = limited(c, k, "memory"),
       cpu = limited(c, k, "cpu") || node_at(k->node, "resources.requests.cpu");
  spot at =
      container_spot(c->arena, k, memory ? "resources.limits.cpu" : "resources.limits.memory");
  found_options o = {.has_confidence = true, .confidence = CONFIDENCE_FIRM};
  if (!memory || !cpu)
    rule_found(c, "k8s-limits", &at, &o, "container %.*s has no limit on %s", STR_ARG(k->name),
               memory ? "CPU"
               : cpu  ? "memory"
                      : "memory and CPU");
}

void judge_container_hardening(container_audit *c, const kube_container *k) {
  spot root = container_spot(c->arena, k, "securityContext.readOnlyRootFilesystem");
  found_options o = {.set = STR("true")};
  judge_image(c, k);
  if (node_false(root.value) || (!root.value && !k->partial && !k->pod->windows))
    rule_found(c, "k8s-readonly-root", &root, &o,
               "readOnlyRootFilesystem is not true for container %.*s", STR_ARG(k->name));
  if (!k->partial && !k->ephemeral)
    judge_limits(c, k); /* ephemeral containers have no resources */
}

/* ---- pod ------------------------------------------------------------------------------------- */

static bool names_control_plane(str key) {
  return str_eq(key, STR("node-role.kubernetes.io/control-plane")) ||
         str_eq(key, STR("node-role.kubernetes.io/master"));
}

static void judge_tolerations(container_audit *c, const kube_pod *pod) {
  spot list = pod_spot(c->arena, pod, "tolerations");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(c->arena, &list, i, "");
    str key = node_text(node_get(at.value, "key"));
    bool all = !key.len && str_eq(node_text(node_get(at.value, "operator")), STR("Exists"));
    str effect = node_text(node_get(at.value, "effect"));
    if (names_control_plane(key) || (all && !str_eq(effect, STR("NoExecute"))))
      rule_found(c, "k8s-node-placement", &at, NULL,
                 all ? "it tolerates every taint" : "it tolerates %.*s", STR_ARG(key));
  }
}

static void judge_selector(container_audit *c, const kube_pod *pod) {
  spot at = pod_spot(c->arena, pod, "nodeSelector");
  for (size_t i = 0; at.value && i < at.value->entries.len; i++)
    if (names_control_plane(at.value->entries.at[i].key))
      rule_found(c, "k8s-node-placement", &at, NULL, "it selects control-plane nodes");
}

static void judge_affinity(container_audit *c, const kube_pod *pod) {
  spot at = pod_spot(
      c->arena, pod,
      "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
  for (size_t i = 0; at.value && i < at.value->items.len; i++) {
    const node *terms = node_get(at.value->items.at[i], "matchExpressions");
    for (size_t k = 0; terms && k < terms->items.len; k++) {
      str how = node_text(node_get(terms->items.at[k], "operator"));
      if (names_control_plane(node_text(node_get(terms->items.at[k], "key"))) &&
          (str_eq(how, STR("Exists")) || str_eq(how, STR("In"))))
        rule_found(c, "k8s-node-placement", &at, NULL, "its affinity asks for control-plane nodes");
    }
  }
}

void judge_pod_hardening(container_audit *c, const kube_pod *pod) {
  spot share = pod_spot(c->arena, pod, "shareProcessNamespace"),
       users = pod_spot(c->arena, pod, "hostUsers");
  found_options off = {.set = STR("false")};
  if (node_true(share.value))
    rule_found(c, "k8s-share-process", &share, &off, "shareProcessNamespace is true");
  if (node_true(users.value))
    rule_found(c, "k8s-host-users", &users, &off, "hostUsers is true");
  judge_tolerations(c, pod);
  judge_selector(c, pod);
  judge_affinity(c, pod);
}
