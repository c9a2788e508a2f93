/* Pod security admission: a namespace whose labels enforce a standard runs no pod that breaks it,
 * so nothing leads through one (kubernetes.io/docs/concepts/security/pod-security-admission). */
#include "audit/container/private.h"

static pod_standard level_named(str text) {
  return str_eq(text, STR("restricted")) ? STANDARD_RESTRICTED
         : str_eq(text, STR("baseline")) ? STANDARD_BASELINE
                                         : STANDARD_NONE;
}

/* "v1.27"; "latest" and what is no version are 0 */
static unsigned minor_of(str text) {
  uint64_t minor = 0;
  return str_starts(text, STR("v1.")) && str_to_u64(str_sub(text, 3, text.len), &minor) &&
                 minor < 1000
             ? (unsigned)minor
             : 0;
}

static enforcement *known(container_audit *c, str space) {
  for (size_t i = 0; i < c->enforced.len; i++)
    if (str_eq(c->enforced.at[i].space, space))
      return &c->enforced.at[i];
  return NULL;
}

/* Of two files that label one namespace (a base and its overlay) the laxer counts. */
void admission_learn(container_audit *c) {
  for (size_t i = 0; i < c->others.len; i++) {
    const kube_object *o = c->others.at[i];
    const node *labels = node_at(o->root, "metadata.labels");
    const node *level = node_get_str(labels, STR("pod-security.kubernetes.io/enforce"));
    if (!str_eq(o->kind, STR("Namespace")) || !level)
      continue;
    enforcement one = {o->name, level_named(node_text(level)),
                       minor_of(node_text(node_get_str(
                           labels, STR("pod-security.kubernetes.io/enforce-version")))),
                       o->file, level->line};
    enforcement *old = known(c, o->name);
    if (!old)
      list_push(c->arena, &c->enforced, one);
    else if (one.level < old->level)
      *old = one;
  }
}

/* The release since which a standard has the rule, where that is later than the standards
 * themselves. */
static unsigned rule_since(const char *rule) {
  static const struct {
    const char *rule;
    unsigned minor;
  } since[] = {{"k8s-host-probes", 34}, {"k8s-cap-drop", 22}, {"k8s-seccomp", 19}};

  for (size_t i = 0; i < sizeof since / sizeof *since; i++)
    if (strcmp(rule, since[i].rule) == 0)
      return since[i].minor;
  return 0;
}

str admission_refuses(const container_audit *c, str space, const char *rule,
                      pod_standard standard) {
  static const char *const names[] = {"privileged", "baseline", "restricted"};
  if (standard == STANDARD_NONE)
    return STR("");
  for (size_t i = 0; i < c->enforced.len; i++) {
    const enforcement *e = &c->enforced.at[i];
    if (!str_eq(e->space, space))
      continue;
    if (standard > e->level || (e->minor && e->minor < rule_since(rule)))
      return STR("");
    return arena_printf(c->arena, "refused by admission: the namespace %.*s enforces %s (%.*s:%u)",
                        STR_ARG(space), names[e->level], STR_ARG(e->file->path), e->line);
  }
  return STR("");
}
