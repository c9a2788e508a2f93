/* The pod's service account: is its token in the pod, and what may it do? Roles and bindings of all
 * files count. */
#include "audit/container/private.h"

/* ---- what makes an account powerful ---------------------------------------------------------- */

/* Names of edges are those of KubeHound, as `paths` uses them. */
static const struct {
  const char *edge, *group, *resources, *verbs, *what;
  bool named_too; /* also when limited to named objects */
} POWERS[] = {
    {"POD_CREATE", "", "pods", "create", "create pods", true},
    {"POD_CREATE", "apps", "deployments daemonsets statefulsets replicasets", "create",
     "create workloads", true},
    {"POD_CREATE", "batch", "jobs cronjobs", "create", "create jobs", true},
    {"POD_CREATE", "", "replicationcontrollers", "create", "create workloads", true},
    {"POD_PATCH", "apps", "deployments daemonsets statefulsets replicasets", "patch update",
     "change workloads", false},
    {"POD_PATCH", "", "pods pods/ephemeralcontainers", "patch update", "change pods", false},
    {"POD_EXEC", "", "pods/exec", "create get", "run commands in pods", false},
    {"POD_ATTACH", "", "pods/attach", "create get", "attach to pods", false},
    {"TOKEN_LIST", "", "secrets", "list watch", "list secrets", false},
    {"TOKEN_BRUTEFORCE", "", "secrets", "get", "read secrets", false},
    {"IDENTITY_IMPERSONATE", "", "users groups serviceaccounts", "impersonate",
     "impersonate others", false},
    {"ROLE_BIND", "rbac.authorization.k8s.io", "roles clusterroles", "bind escalate",
     "bind or escalate roles", false},
    {"ROLE_BIND", "rbac.authorization.k8s.io", "rolebindings clusterrolebindings",
     "create patch update", "write role bindings", false},
    {"NODE_PATCH", "", "nodes nodes/status", "patch update", "change nodes", false},
    {"ENDPOINT_EXPLOIT", "", "nodes/proxy", "create get",
     "speak to the kubelet through the API server", false},
    {"IDENTITY_ASSUME", "", "serviceaccounts/token", "create", "create tokens of service accounts",
     false},
    {"IDENTITY_ASSUME", "certificates.k8s.io", "certificatesigningrequests/approval",
     "patch update", "approve certificates of other identities", false},
    {"POD_PATCH", "admissionregistration.k8s.io", "mutatingwebhookconfigurations",
     "create patch update", "change every object as it is created", false},
    {"VOLUME_ACCESS", "", "persistentvolumes", "create", "create volumes of a node's disk", true},
};

static bool has_word(const char *words, str word) {
  str rest = str_of(words), one;
  while (str_next(&rest, ' ', &one))
    if (str_eq(one, word))
      return true;
  return false;
}

static bool lists(const node *list, const char *words) {
  for (size_t i = 0; list && i < list->items.len; i++) {
    str text = node_text(list->items.at[i]);
    if (str_eq(text, STR("*")) || has_word(words, text))
      return true;
    /* "pods/" followed by a star is every subresource, "star/exec" that of every resource */
    str rest = str_of(words), one;
    while (str_next(&rest, ' ', &one)) {
      size_t slash = str_find(one, STR("/"), 0);
      if (slash != SIZE_MAX && str_ends(text, STR("/*")) &&
          str_eq(str_sub(text, 0, text.len - 2), str_sub(one, 0, slash)))
        return true;
      if (slash != SIZE_MAX && str_starts(text, STR("*/")) &&
          str_eq(str_sub(text, 2, text.len), str_sub(one, slash + 1, one.len)))
        return true;
    }
  }
  return false;
}

static bool group_matches(const node *groups, const char *group) {
  for (size_t i = 0; groups && i < groups->items.len; i++) {
    str text = node_text(groups->items.at[i]);
    if (str_eq(text, STR("*")) || str_eq(text, str_of(group)))
      return true;
  }
  return false;
}

typedef struct {
  container_audit *c;
  str_list notes;
  bool bound;
} verdict;

static void add_note(verdict *v, str note) {
  for (size_t i = 0; i < v->notes.len; i++)
    if (str_eq(v->notes.at[i], note))
      return;
  list_push(v->c->arena, &v->notes, note);
}

static void judge_role_rule(verdict *v, const node *rule, const char *scope, str role, str place) {
  const node *groups = node_get(rule, "apiGroups"), *resources = node_get(rule, "resources"),
             *verbs = node_get(rule, "verbs");
  const node *names = node_get(rule, "resourceNames");
  bool named = names && names->items.len;
  for (size_t i = 0; i < sizeof POWERS / sizeof *POWERS; i++) {
    if (!group_matches(groups, POWERS[i].group) || !lists(resources, POWERS[i].resources) ||
        !lists(verbs, POWERS[i].verbs))
      continue;
    if (named && !POWERS[i].named_too)
      continue;
    add_note(v, arena_printf(v->c->arena, "%s: it may %s %s (%.*s, %.*s)", POWERS[i].edge,
                             POWERS[i].what, scope, STR_ARG(role), STR_ARG(place)));
  }
}

/* ---- bindings -------------------------------------------------------------------------------- */

static bool subject_is(const node *s, str account, str space, str binding_space) {
  str kind = node_text(node_get(s, "kind")), name = node_text(node_get(s, "name")),
      own = node_text(node_get(s, "namespace"));
  if (str_eq(kind, STR("ServiceAccount")))
    return str_eq(name, account) && str_eq(own.len ? own : binding_space, space);
  if (str_eq(kind, STR("User"))) {
    str prefix = STR("system:serviceaccount:");
    str rest = str_sub(name, prefix.len, name.len), first;
    return str_starts(name, prefix) && str_next(&rest, ':', &first) && str_eq(first, space) &&
           rest.ptr && str_eq(rest, account);
  }
  if (!str_eq(kind, STR("Group")))
    return false;
  str of_space = STR("system:serviceaccounts:");
  return str_eq(name, STR("system:serviceaccounts")) || str_eq(name, STR("system:authenticated")) ||
         (str_starts(name, of_space) && str_eq(str_sub(name, of_space.len, name.len), space));
}

static bool binds(const kube_object *b, str account, str space) {
  const node *subjects = node_get(b->root, "subjects");
  for (size_t i = 0; subjects && i < subjects->items.len; i++)
    if (subject_is(subjects->items.at[i], account, space, b->space))
      return true;
  return false;
}

static void judge_rules(verdict *v, const kube_object *role, const char *scope) {
  const node *rules = node_get(role->root, "rules");
  for (size_t i = 0; rules && i < rules->items.len; i++)
    judge_role_rule(
        v, rules->items.at[i], scope, role->label,
        arena_printf(v->c->arena, "%.*s:%u", STR_ARG(role->file->path), rules->items.at[i]->line));
}

/* A role that gathers others by their labels has their rules. */
static void judge_gathered(verdict *v, const kube_object *role, const char *scope) {
  const node *selectors = node_at(role->root, "aggregationRule.clusterRoleSelectors");
  for (size_t i = 0; selectors && i < selectors->items.len; i++)
    for (size_t k = 0; k < v->c->others.len; k++) {
      const kube_object *o = v->c->others.at[k];
      if (str_eq(o->kind, STR("ClusterRole")) && o != role &&
          labels_match(selectors->items.at[i], node_at(o->root, "metadata.labels")))
        judge_rules(v, o, scope);
    }
}

/* Rules that files add to the roles of every cluster: what view has edit has too, and admin. */
static void judge_added(verdict *v, str name, const char *scope) {
  static const char *const chain[] = {"view", "edit", "admin"};
  size_t most = str_eq(name, STR("admin"))  ? 3
                : str_eq(name, STR("edit")) ? 2
                : str_eq(name, STR("view")) ? 1
                                            : 0;
  for (size_t i = 0; i < most; i++)
    for (size_t k = 0; k < v->c->others.len; k++) {
      const kube_object *o = v->c->others.at[k];
      str label = arena_printf(v->c->arena, "rbac.authorization.k8s.io/aggregate-to-%s", chain[i]);
      if (str_eq(o->kind, STR("ClusterRole")) &&
          str_eq(node_text(node_get_str(node_at(o->root, "metadata.labels"), label)), STR("true")))
        judge_rules(v, o, scope);
    }
}

/* Roles that every cluster has. */
static void judge_known_role(verdict *v, str name, const char *scope, str place) {
  static const char *const all[] = {"POD_CREATE", "POD_EXEC", "TOKEN_LIST", "ROLE_BIND",
                                    "IDENTITY_IMPERSONATE"};
  bool admin = str_eq(name, STR("cluster-admin")),
       edit = str_eq(name, STR("admin")) || str_eq(name, STR("edit"));
  for (size_t i = 0; i < sizeof all / sizeof *all && (admin || (edit && i < 3)); i++)
    add_note(v, arena_printf(v->c->arena, "%s: the role %.*s allows it %s (%.*s)", all[i],
                             STR_ARG(name), scope, STR_ARG(place)));
}

static void judge_binding(verdict *v, const kube_object *b) {
  const node *ref = node_get(b->root, "roleRef");
  str kind = node_text(node_get(ref, "kind")), name = node_text(node_get(ref, "name"));
  const char *scope =
      str_eq(b->kind, STR("ClusterRoleBinding")) ? "in the whole cluster" : "in its namespace";
  bool known = false;
  v->bound = true;
  for (size_t i = 0; i < v->c->others.len; i++) {
    const kube_object *o = v->c->others.at[i];
    if (!str_eq(o->kind, kind) || !str_eq(o->name, name))
      continue;
    if (str_eq(kind, STR("Role")) && !str_eq(o->space, b->space))
      continue;
    known = true;
    judge_rules(v, o, scope);
    judge_gathered(v, o, scope);
  }
  if (!known && str_eq(kind, STR("ClusterRole")))
    judge_added(v, name, scope);
  if (!known && str_eq(kind, STR("ClusterRole")))
    judge_known_role(v, name, scope,
                     arena_printf(v->c->arena, "%.*s, %.*s:%u", STR_ARG(b->label),
                                  STR_ARG(b->file->path), b->root->line));
}

/* ---- the pod --------------------------------------------------------------------------------- */

static const kube_object *account_object(const container_audit *c, str name, str space) {
  for (size_t i = 0; i < c->others.len; i++) {
    const kube_object *o = c->others.at[i];
    if (str_eq(o->kind, STR("ServiceAccount")) && str_eq(o->name, name) && str_eq(o->space, space))
      return o;
  }
  return NULL;
}

/* The pod's word, then the account's, then true. */
static bool token_mounted(const kube_pod *pod, const kube_object *account) {
  const node *own = node_get(pod->spec, "automountServiceAccountToken");
  if (own && own->kind == NODE_BOOL)
    return node_bool(own, true);
  const node *theirs = account ? node_get(account->root, "automountServiceAccountToken") : NULL;
  return !theirs || node_bool(theirs, true);
}

/* A projected token for the API server, mounted by hand. */
static bool token_projected(const kube_pod *pod) {
  const node *volumes = node_get(pod->spec, "volumes");
  for (size_t i = 0; volumes && i < volumes->items.len; i++) {
    const node *sources = node_at(volumes->items.at[i], "projected.sources");
    for (size_t j = 0; sources && j < sources->items.len; j++) {
      const node *token = node_get(sources->items.at[j], "serviceAccountToken");
      if (token && !node_text(node_get(token, "audience")).len)
        return true;
    }
  }
  return false;
}

static str account_name(const kube_pod *pod) {
  str name = node_text(node_get(pod->spec, "serviceAccountName"));
  if (!name.len)
    name = node_text(node_get(pod->spec, "serviceAccount"));
  return name.len ? name : STR("default");
}

void judge_service_account(container_audit *c, const kube_pod *pod) {
  str name = account_name(pod), space = pod->object->space;
  verdict v = {.c = c};
  bool projected = token_projected(pod),
       mounted = token_mounted(pod, account_object(c, name, space));
  if (pod->partial || (!mounted && !projected))
    return;
  for (size_t i = 0; i < c->others.len; i++) {
    const kube_object *o = c->others.at[i];
    if (!str_eq(o->kind, STR("ClusterRoleBinding")) && !str_eq(o->kind, STR("RoleBinding")))
      continue;
    if (binds(o, name, space))
      judge_binding(&v, o);
  }
  spot at = pod_spot(c->arena, pod, "automountServiceAccountToken"),
       user = pod_spot(c->arena, pod, "serviceAccountName");
  found_options off = {.set = STR("false"),
                       .has_confidence = true,
                       .confidence = at.value ? CONFIDENCE_CONFIRMED : CONFIDENCE_FIRM};
  found_options powers = {.notes = v.notes};
  if (v.notes.len)
    rule_found(c, "k8s-sa-powerful", &user, &powers, "the service account is %.*s/%.*s",
               STR_ARG(space), STR_ARG(name));
  if (!v.bound && mounted)
    rule_found(c, "k8s-sa-token", &at, &off, "%s, and no role is bound to %.*s/%.*s",
               at.value ? "automountServiceAccountToken is true"
                        : "automountServiceAccountToken is not set, and true by default",
               STR_ARG(space), STR_ARG(name));
}
