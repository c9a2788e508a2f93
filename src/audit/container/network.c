/* Can the pod reach 169.254.169.254? Network policies of all files, as Kubernetes adds them up: a
 * pod that no egress policy selects reaches everything; one that some select reaches what any rule
 * of them allows. */
#include "audit/container/private.h"

#include <arpa/inet.h>

bool labels_match(const node *selector, const node *labels) {
  const node *match = node_get(selector, "matchLabels"),
             *terms = node_get(selector, "matchExpressions");
  for (size_t i = 0; match && i < match->entries.len; i++)
    if (!str_eq(node_text(node_get_str(labels, match->entries.at[i].key)),
                node_text(match->entries.at[i].value)))
      return false;
  for (size_t i = 0; terms && i < terms->items.len; i++) {
    const node *t = terms->items.at[i], *values = node_get(t, "values");
    const node *value = node_get_str(labels, node_text(node_get(t, "key")));
    str how = node_text(node_get(t, "operator"));
    bool in = false;
    for (size_t j = 0; values && value && j < values->items.len; j++)
      in |= str_eq(node_text(values->items.at[j]), node_text(value));
    if (str_eq(how, STR("In")) && !in)
      return false;
    if (str_eq(how, STR("NotIn")) && in)
      return false;
    if (str_eq(how, STR("Exists")) && !value)
      return false;
    if (str_eq(how, STR("DoesNotExist")) && value)
      return false;
  }
  return true;
}

static bool in_network(arena *a, str cidr) {
  static const uint32_t METADATA = 0xA9FEA9FE;
  uint64_t bits = 32;
  size_t slash = str_find(cidr, STR("/"), 0);
  struct in_addr network;
  if (slash != SIZE_MAX && !str_to_u64(str_sub(cidr, slash + 1, cidr.len), &bits))
    return false;
  if (bits > 32 || inet_pton(AF_INET, arena_text(a, str_sub(cidr, 0, slash)), &network) != 1)
    return false;
  uint32_t mask = bits ? UINT32_MAX << (32 - bits) : 0;
  return (ntohl(network.s_addr) & mask) == (METADATA & mask);
}

static bool peer_allows(arena *a, const node *peer) {
  const node *block = node_get(peer, "ipBlock"), *except = node_get(block, "except");
  if (!block || !in_network(a, node_text(node_get(block, "cidr"))))
    return false;
  for (size_t i = 0; except && i < except->items.len; i++)
    if (in_network(a, node_text(except->items.at[i])))
      return false;
  return true;
}

/* The service listens on TCP 80. */
static bool ports_allow(const node *ports) {
  if (!ports || !ports->items.len)
    return true;
  for (size_t i = 0; i < ports->items.len; i++) {
    const node *p = ports->items.at[i];
    str protocol = node_text(node_get(p, "protocol"));
    double port, last;
    if (protocol.len && !str_eq(protocol, STR("TCP")))
      continue;
    if (!node_text(node_get(p, "port")).len)
      return true;
    if (!node_number(node_get(p, "port"), &port))
      continue;
    if (!node_number(node_get(p, "endPort"), &last))
      last = port;
    if (port <= 80 && 80 <= last)
      return true;
  }
  return false;
}

static bool rule_allows(arena *a, const node *rule) {
  const node *to = node_get(rule, "to");
  if (!ports_allow(node_get(rule, "ports")))
    return false;
  if (!to || !to->items.len)
    return true;
  for (size_t i = 0; i < to->items.len; i++)
    if (peer_allows(a, to->items.at[i]))
      return true;
  return false;
}

static bool is_egress(const node *spec) {
  const node *types = node_get(spec, "policyTypes");
  if (!types)
    return node_get(spec, "egress") != NULL;
  for (size_t i = 0; i < types->items.len; i++)
    if (str_eq(node_text(types->items.at[i]), STR("Egress")))
      return true;
  return false;
}

typedef enum { REACH_FREE, REACH_DENIED, REACH_ALLOWED, REACH_UNKNOWN } reach;

static reach metadata_reach(container_audit *c, const kube_pod *pod) {
  reach r = REACH_FREE;
  for (size_t i = 0; i < c->others.len; i++) {
    const kube_object *o = c->others.at[i];
    const node *spec = node_get(o->root, "spec"), *egress = node_get(spec, "egress");
    bool plain = str_eq(o->kind, STR("NetworkPolicy")) &&
                 str_starts(node_text(node_get(o->root, "apiVersion")), STR("networking.k8s.io/"));
    if (!plain && str_ends(o->kind, STR("NetworkPolicy")) && r == REACH_FREE)
      r = REACH_UNKNOWN; /* Calico, Cilium: not read */
    if (!plain || !str_eq(o->space, pod->object->space) || !is_egress(spec))
      continue;
    if (!labels_match(node_get(spec, "podSelector"), node_get(pod->meta, "labels")))
      continue;
    if (r == REACH_FREE || r == REACH_UNKNOWN)
      r = REACH_DENIED;
    for (size_t j = 0; egress && j < egress->items.len; j++)
      if (rule_allows(c->arena, egress->items.at[j]))
        return REACH_ALLOWED;
  }
  return r;
}

void judge_metadata(container_audit *c, const kube_pod *pod) {
  static const char *const why[] = {
      [REACH_FREE] = "no egress NetworkPolicy in the files selects the pod",
      [REACH_ALLOWED] = "an egress rule that selects the pod allows 169.254.169.254 on port 80",
      [REACH_UNKNOWN] =
          "no plain egress NetworkPolicy selects the pod; policies of another kind were not read"};
  bool host = node_true(node_get(pod->spec, "hostNetwork"));
  reach r = host ? REACH_FREE : metadata_reach(c, pod);
  spot at = pod_spot(c->arena, pod, host ? "hostNetwork" : "");
  found_options o = {.has_confidence = true,
                     .confidence = r == REACH_UNKNOWN ? CONFIDENCE_TENTATIVE : CONFIDENCE_FIRM};
  if (pod->partial || r == REACH_DENIED)
    return;
  rule_found(c, "k8s-metadata-reachable", &at, &o, "%s",
             host ? "network policies do not apply to a pod on the node's network" : why[r]);
}
