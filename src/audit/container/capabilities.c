#include "audit/container/private.h"

static const struct {
  const char *name;
  severity severity;
} DANGEROUS[] = {{"ALL", SEVERITY_CRITICAL},
                 {"SYS_ADMIN", SEVERITY_CRITICAL},
                 {"SYS_PTRACE", SEVERITY_CRITICAL},
                 {"SYS_MODULE", SEVERITY_CRITICAL},
                 {"DAC_READ_SEARCH", SEVERITY_CRITICAL},
                 {"SYS_RAWIO", SEVERITY_CRITICAL},
                 {"BPF", SEVERITY_CRITICAL},
                 {"PERFMON", SEVERITY_HIGH},
                 {"NET_ADMIN", SEVERITY_HIGH},
                 {"NET_RAW", SEVERITY_HIGH},
                 {"SYS_BOOT", SEVERITY_HIGH},
                 {"SYSLOG", SEVERITY_MEDIUM}};

/* As a runtime reads it: any case, with or without CAP_. */
severity capability_severity(str name) {
  if (name.len > 4 && str_ieq(str_sub(name, 0, 4), STR("CAP_")))
    name = str_sub(name, 4, name.len);
  for (size_t i = 0; i < sizeof DANGEROUS / sizeof *DANGEROUS; i++)
    if (str_ieq(name, str_of(DANGEROUS[i].name)))
      return DANGEROUS[i].severity;
  return SEVERITY_MEDIUM;
}

/* Pod Security Standards, baseline; admission takes the names exactly as they are written, a
 * runtime in any case. */
bool capability_in_baseline(str name, bool exact) {
  static const char *const allowed[] = {
      "AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER",  "FSETID", "KILL",      "MKNOD",
      "NET_BIND_SERVICE", "SETFCAP", "SETGID",       "SETPCAP", "SETUID", "SYS_CHROOT"};
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
    if (exact ? str_eq(name, str_of(allowed[i])) : str_ieq(name, str_of(allowed[i])))
      return true;
  return false;
}

static void judge_added(container_audit *c, const spot *add) {
  buf names = {.arena = c->arena};
  found_options o = {.standard = STANDARD_BASELINE, .has_severity = true};
  for (size_t i = 0; add->value && i < add->value->items.len; i++) {
    str name = node_text(add->value->items.at[i]);
    if (capability_in_baseline(name, true))
      continue;
    buf_printf(&names, "%s%.*s", names.len ? ", " : "", STR_ARG(name));
    if (capability_severity(name) > o.severity)
      o.severity = capability_severity(name);
  }
  if (names.len)
    rule_found(c, "k8s-cap-add", add, &o, "capabilities added: %.*s", STR_ARG(buf_str(&names)));
}

void judge_capabilities(container_audit *c, const kube_container *k) {
  spot add = container_spot(c->arena, k, "securityContext.capabilities.add");
  spot drop = container_spot(c->arena, k, "securityContext.capabilities.drop");
  found_options o = {.standard = STANDARD_RESTRICTED,
                     .set = drop.value ? STR("") : STR("[\"ALL\"]")};
  bool dropped = false;
  judge_added(c, &add);
  if (k->pod->windows)
    return;
  for (size_t i = 0; drop.value && i < drop.value->items.len; i++)
    dropped |= str_eq(node_text(drop.value->items.at[i]), STR("ALL"));
  if (!dropped && !(k->partial && !drop.value)) {
    rule_found(c, "k8s-cap-drop", &drop, &o, "container %.*s does not drop ALL", STR_ARG(k->name));
    return;
  }
  for (size_t i = 0; add.value && i < add.value->items.len; i++) {
    str name = node_text(add.value->items.at[i]);
    found_options back = {.standard = STANDARD_RESTRICTED};
    if (str_eq(name, STR("NET_BIND_SERVICE")))
      continue;
    rule_found(c, "k8s-cap-drop", &add, &back, "%.*s is added beyond NET_BIND_SERVICE",
               STR_ARG(name));
    return;
  }
}
