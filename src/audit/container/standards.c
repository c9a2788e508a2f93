/* The Pod Security Standards, baseline and restricted, latest
 * (kubernetes.io/docs/concepts/security/pod-security-standards). What each row refuses follows the
 * admission controller's behaviour, so that its own pass and fail pods agree. */
#include "audit/container/private.h"

static bool listed(str s, const char *const *names) {
  for (; *names; names++)
    if (str_eq(s, str_of(*names)))
      return true;
  return false;
}

static found_options standard(pod_standard s, const char *set) {
  return (found_options){.standard = s, .set = str_of(set)};
}

static found_options standard_at(pod_standard s, severity how, const char *set) {
  return (found_options){.standard = s, .set = str_of(set), .severity = how, .has_severity = true};
}

static void judge_flag(container_audit *c, const char *id, const spot *at) {
  found_options o = standard(STANDARD_BASELINE, "false");
  if (node_true(at->value))
    rule_found(c, id, at, &o, "%.*s is true", STR_ARG(at->field));
}

/* ---- the same field of pod and container ----------------------------------------------------- */

static void judge_selinux(container_audit *c, const spot *options) {
  static const char *const types[] = {"container_t", "container_init_t", "container_kvm_t",
                                      "container_engine_t", NULL};
  static const char *const names[] = {"type", "user", "role"};
  found_options o = standard(STANDARD_BASELINE, "");
  for (int i = 0; options->value && i < 3; i++) {
    kube_object object = {.file = options->file, .label = options->object, .space = options->space};
    spot at = spot_below(c->arena, &object, options->value, options->field, options->line,
                         options->column, names[i]);
    str text = node_text(at.value);
    if (text.len && !(i == 0 && listed(text, types)))
      rule_found(c, "k8s-selinux", &at, &o, "%s is %.*s", names[i], STR_ARG(text));
  }
}

static bool profile_allowed(str type) {
  return str_eq(type, STR("RuntimeDefault")) || str_eq(type, STR("Localhost"));
}

static void judge_apparmor(container_audit *c, const spot *profile, const spot *type) {
  found_options o = standard(STANDARD_BASELINE, type->value ? "RuntimeDefault" : "");
  str text = node_text(type->value);
  if (profile->value && !profile_allowed(text))
    rule_found(c, "k8s-apparmor", type, &o, "the AppArmor profile's type is '%.*s'", STR_ARG(text));
}

/* True when it says something bad. */
static bool judge_seccomp(container_audit *c, const spot *profile, const spot *type) {
  found_options o =
      standard_at(STANDARD_BASELINE, SEVERITY_HIGH, type->value ? "RuntimeDefault" : "");
  str text = node_text(type->value);
  if (!profile->value || profile_allowed(text))
    return false;
  rule_found(c, "k8s-seccomp", type, &o, "the seccomp profile's type is '%.*s'", STR_ARG(text));
  return true;
}

/* 0, 0x0, 0o0, 00 */
static bool is_zero(const node *n) {
  str text = node_text(n);
  bool zero = n && !n->quoted && str_starts(text, STR("0"));
  for (size_t i = 0; i < text.len; i++)
    zero &= strchr("0xXoO.+-", text.ptr[i]) != NULL;
  return zero;
}

static void judge_user(container_audit *c, const spot *user, const spot *group, bool own_users) {
  found_options root = standard(STANDARD_RESTRICTED, ""),
                low = standard_at(STANDARD_NONE, SEVERITY_LOW, "");
  if (!own_users && is_zero(user->value))
    rule_found(c, "k8s-run-as-user-0", user, &root, "runAsUser is 0");
  if (is_zero(group->value))
    rule_found(c, "k8s-run-as-user-0", group, &low, "runAsGroup is 0");
}

/* ---- pod ------------------------------------------------------------------------------------- */

static void judge_annotations(container_audit *c, const kube_pod *pod) {
  static const char prefix[] = "container.apparmor.security.beta.kubernetes.io/";
  const node *list = node_get(pod->meta, "annotations");
  found_options o = standard(STANDARD_BASELINE, "");
  for (size_t i = 0; list && list->kind == NODE_MAP && i < list->entries.len; i++) {
    const node_entry *e = &list->entries.at[i];
    str value = node_text(e->value);
    if (!str_starts(e->key, str_of(prefix)) || !value.len ||
        str_eq(value, STR("runtime/default")) || str_starts(value, STR("localhost/")))
      continue;
    spot at = {.file = pod->object->file,
               .object = pod->object->label,
               .space = pod->object->space,
               .line = e->line,
               .column = e->column,
               .value = e->value};
    at.field =
        arena_printf(c->arena, "%.*s.annotations.%.*s", STR_ARG(pod->meta_path), STR_ARG(e->key));
    rule_found(c, "k8s-apparmor", &at, &o, "the annotation says %.*s", STR_ARG(value));
  }
}

static void judge_sysctls(container_audit *c, const kube_pod *pod) {
  static const char *const safe[] = {"kernel.shm_rmid_forced",
                                     "net.ipv4.ip_local_port_range",
                                     "net.ipv4.tcp_syncookies",
                                     "net.ipv4.ping_group_range",
                                     "net.ipv4.ip_unprivileged_port_start",
                                     "net.ipv4.ip_local_reserved_ports",
                                     "net.ipv4.tcp_keepalive_time",
                                     "net.ipv4.tcp_fin_timeout",
                                     "net.ipv4.tcp_keepalive_intvl",
                                     "net.ipv4.tcp_keepalive_probes",
                                     "net.ipv4.tcp_rmem",
                                     "net.ipv4.tcp_wmem",
                                     "net.ipv4.tcp_slow_start_after_idle",
                                     "net.ipv4.tcp_notsent_lowat",
                                     NULL};
  spot list = pod_spot(c->arena, pod, "securityContext.sysctls");
  found_options o = standard(STANDARD_BASELINE, "");
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(c->arena, &list, i, "name");
    str name = node_text(at.value);
    if (!listed(name, safe))
      rule_found(c, "k8s-sysctl", &at, &o, "%.*s is not among the safe sysctls", STR_ARG(name));
  }
}

/* Explicitly false on the pod is refused, whatever its containers say. */
static void judge_pod_root(container_audit *c, const kube_pod *pod) {
  spot at = pod_spot(c->arena, pod, "securityContext.runAsNonRoot");
  found_options o = standard(STANDARD_RESTRICTED, "true");
  if (!pod->own_users && node_false(at.value))
    rule_found(c, "k8s-run-as-root", &at, &o, "runAsNonRoot is false");
}

static const struct {
  const char *id, *field;
} POD_FLAGS[] = {{"k8s-host-pid", "hostPID"},
                 {"k8s-host-ipc", "hostIPC"},
                 {"k8s-host-network", "hostNetwork"},
                 {"k8s-host-process", "securityContext.windowsOptions.hostProcess"}};

void judge_pod_standards(container_audit *c, const kube_pod *pod) {
  arena *a = c->arena;
  for (size_t i = 0; i < sizeof POD_FLAGS / sizeof *POD_FLAGS; i++) {
    spot at = pod_spot(a, pod, POD_FLAGS[i].field);
    judge_flag(c, POD_FLAGS[i].id, &at);
  }
  spot selinux = pod_spot(a, pod, "securityContext.seLinuxOptions");
  spot apparmor = pod_spot(a, pod, "securityContext.appArmorProfile"),
       apparmor_type = pod_spot(a, pod, "securityContext.appArmorProfile.type");
  spot seccomp = pod_spot(a, pod, "securityContext.seccompProfile"),
       seccomp_type = pod_spot(a, pod, "securityContext.seccompProfile.type");
  spot user = pod_spot(a, pod, "securityContext.runAsUser"),
       group = pod_spot(a, pod, "securityContext.runAsGroup");
  judge_selinux(c, &selinux);
  judge_apparmor(c, &apparmor, &apparmor_type);
  judge_seccomp(c, &seccomp, &seccomp_type);
  judge_user(c, &user, &group, pod->own_users);
  judge_annotations(c, pod);
  judge_sysctls(c, pod);
  judge_pod_root(c, pod);
}

/* ---- container ------------------------------------------------------------------------------- */

static void judge_ports(container_audit *c, const kube_container *k) {
  spot list = container_spot(c->arena, k, "ports");
  found_options o = standard(STANDARD_BASELINE, "");
  double port;
  for (size_t i = 0; list.value && i < list.value->items.len; i++) {
    spot at = item_spot(c->arena, &list, i, "hostPort");
    if (node_number(at.value, &port) && port != 0)
      rule_found(c, "k8s-host-port", &at, &o, "hostPort is %.0f", port);
  }
}

static void judge_hooks(container_audit *c, const kube_container *k) {
  static const char *const hooks[] = {"livenessProbe", "readinessProbe", "startupProbe",
                                      "lifecycle.postStart", "lifecycle.preStop"};
  static const char *const actions[] = {"httpGet", "tcpSocket"};
  found_options o = standard(STANDARD_BASELINE, "");
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
    for (size_t j = 0; j < 2; j++) {
      spot at = container_spot(c->arena, k,
                               arena_printf(c->arena, "%s.%s.host", hooks[i], actions[j]).ptr);
      str host = node_text(at.value);
      if (host.len)
        rule_found(c, "k8s-host-probes", &at, &o, "the %s of %s goes to %.*s", actions[j], hooks[i],
                   STR_ARG(host));
    }
}

static void judge_procmount(container_audit *c, const kube_container *k) {
  spot at = container_spot(c->arena, k, "securityContext.procMount");
  str text = node_text(at.value);
  bool relaxed =
      k->pod
          ->own_users; /* since 1.35 baseline lets it be in a user namespace, restricted does not */
  found_options o = standard_at(relaxed ? STANDARD_RESTRICTED : STANDARD_BASELINE,
                                relaxed ? SEVERITY_MEDIUM : SEVERITY_HIGH, "Default");
  if (at.value && !str_eq(text, STR("Default")))
    rule_found(c, "k8s-procmount", &at, &o, "procMount is %.*s", STR_ARG(text));
}

static void judge_container_root(container_audit *c, const kube_container *k) {
  spot at = container_spot(c->arena, k, "securityContext.runAsNonRoot");
  const node *pod = node_at(k->pod->spec, "securityContext.runAsNonRoot");
  found_options o = standard(STANDARD_RESTRICTED, "true");
  if (k->pod->own_users)
    return;
  if (node_false(at.value))
    rule_found(c, "k8s-run-as-root", &at, &o, "runAsNonRoot is false");
  else if (!at.value && !pod && !k->partial)
    rule_found(c, "k8s-run-as-root", &at, &o,
               "neither the pod nor container %.*s sets runAsNonRoot: true", STR_ARG(k->name));
}

static void judge_container_seccomp(container_audit *c, const kube_container *k) {
  spot profile = container_spot(c->arena, k, "securityContext.seccompProfile");
  spot type = container_spot(c->arena, k, "securityContext.seccompProfile.type");
  found_options o = standard(STANDARD_RESTRICTED, "RuntimeDefault");
  if (judge_seccomp(c, &profile, &type) || profile.value || k->partial || k->pod->windows)
    return;
  if (node_at(k->pod->spec, "securityContext.seccompProfile"))
    return; /* inherited; a bad one is the pod's finding */
  rule_found(c, "k8s-seccomp", &type, &o,
             "neither the pod nor container %.*s names a seccomp profile", STR_ARG(k->name));
}

static void judge_escalation(container_audit *c, const kube_container *k) {
  spot at = container_spot(c->arena, k, "securityContext.allowPrivilegeEscalation");
  found_options o = standard(STANDARD_RESTRICTED, "false");
  if (k->pod->windows || node_false(at.value) || (!at.value && k->partial))
    return;
  rule_found(c, "k8s-privilege-escalation", &at, &o,
             at.value ? "allowPrivilegeEscalation is not false"
                      : "allowPrivilegeEscalation is not set, and true by default");
}

void judge_container_standards(container_audit *c, const kube_container *k) {
  arena *a = c->arena;
  spot privileged = container_spot(a, k, "securityContext.privileged");
  spot process = container_spot(a, k, "securityContext.windowsOptions.hostProcess");
  spot selinux = container_spot(a, k, "securityContext.seLinuxOptions");
  spot apparmor = container_spot(a, k, "securityContext.appArmorProfile"),
       apparmor_type = container_spot(a, k, "securityContext.appArmorProfile.type");
  spot user = container_spot(a, k, "securityContext.runAsUser"),
       group = container_spot(a, k, "securityContext.runAsGroup");
  judge_flag(c, "k8s-privileged", &privileged);
  judge_flag(c, "k8s-host-process", &process);
  judge_selinux(c, &selinux);
  judge_apparmor(c, &apparmor, &apparmor_type);
  judge_user(c, &user, &group, k->pod->own_users);
  judge_ports(c, k);
  judge_hooks(c, k);
  judge_procmount(c, k);
  judge_container_root(c, k);
  judge_container_seccomp(c, k);
  judge_escalation(c, k);
  judge_capabilities(c, k);
}
