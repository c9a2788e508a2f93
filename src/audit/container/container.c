#include "audit/container/private.h"
#include "audit/part.h"

enum {
  MEMORY_MAX = 1536 * 1024 * 1024
}; /* of all manifests together; what no longer fits is named */

container_audit *container_new(arena *a) {
  container_audit *c = arena_make(a, container_audit);
  c->arena = a;
  return c;
}

/* ---- which file is what ---------------------------------------------------------------------- */

static bool is_yaml(str name) {
  return str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"));
}

static bool is_dockerfile(str name) {
  return str_ieq(name, STR("Dockerfile")) || str_eq(name, STR("Containerfile")) ||
         str_starts(name, STR("Dockerfile.")) || str_starts(name, STR("Containerfile.")) ||
         str_ends(name, STR(".dockerfile")) || str_ends(name, STR(".Dockerfile"));
}

static bool is_compose(str name) {
  return is_yaml(name) &&
         (str_starts(name, STR("compose")) || str_starts(name, STR("docker-compose")));
}

bool container_wants(str path) {
  str name = path_name(path);
  return is_yaml(name) || str_ends(name, STR(".json")) || is_dockerfile(name);
}

void container_skip(container_audit *c, str path, str reason) {
  not_tested n = {STR("*"), path, reason};
  list_push(c->arena, &c->skipped, n);
}

void container_read(container_audit *c, str path, str text) {
  source_file *f = arena_make(c->arena, source_file);
  f->path = path;
  f->text = text;
  if (text.len > CONTAINER_FILE_MAX)
    container_skip(c, path,
                   arena_printf(c->arena, "larger than %d MiB", CONTAINER_FILE_MAX / 1024 / 1024));
  else if (arena_used(c->arena) > MEMORY_MAX)
    container_skip(c, path, STR("the manifests before it used up the memory of the audit"));
  else if (is_dockerfile(path_name(path)) || is_compose(path_name(path)))
    list_push(c->arena, &c->files, f);
  else if (is_yaml(path_name(path)) && is_compose_text(text) &&
           !str_contains(text, STR("apiVersion")))
    list_push(c->arena, &c->files, f);
  else if (str_contains(
               text, STR("apiVersion"))) /* every object has one: other YAML and JSON is not ours */
    kube_read(c, f);
}

/* ---- judging --------------------------------------------------------------------------------- */

static void judge_pod(container_audit *c, const kube_pod *pod) {
  container_list containers = kube_containers(c->arena, pod);
  judge_pod_standards(c, pod);
  judge_pod_volumes(c, pod);
  judge_pod_hardening(c, pod);
  judge_service_account(c, pod);
  judge_metadata(c, pod);
  for (size_t i = 0; i < containers.len && pod->object->file->findings <= FINDINGS_MAX; i++) {
    judge_container_standards(c, &containers.at[i]);
    judge_container_hardening(c, &containers.at[i]);
    judge_container_secrets(c, &containers.at[i]);
  }
}

static void judge_object(container_audit *c, const kube_object *o) {
  if (o->file->findings > FINDINGS_MAX)
    return; /* said once; what more there is would not be listed */
  pod_list pods = kube_pods(c->arena, o);
  for (size_t i = 0; i < pods.len; i++)
    judge_pod(c, &pods.at[i]);
  judge_object_secrets(c, o);
  if (str_eq(o->kind, STR("PersistentVolume")))
    judge_persistent_volume(c, o);
  c->judged++;
}

void container_judge(container_audit *c, report *r) {
  c->report = r;
  admission_learn(c);
  for (size_t i = 0; i < c->objects.len; i++)
    judge_object(c, c->objects.at[i]);
  for (size_t i = 0; i < c->files.len; i++) {
    str name = path_name(c->files.at[i]->path);
    if (is_yaml(name))
      judge_compose(c, c->files.at[i], is_compose(name));
    else
      judge_dockerfile(c, c->files.at[i]);
  }
  for (size_t i = 0; i < c->skipped.len; i++)
    list_push(c->arena, &r->not_tested, c->skipped.at[i]);
  if (!c->judged)
    return;
  r->categories[CATEGORY_RUNTIME_EXPOSURE].tested = true;
  for (size_t i = 0; container_rule_at(i); i++)
    r->categories[CATEGORY_RUNTIME_EXPOSURE].checks++;
}

/* ---- the row in audit.c ---------------------------------------------------------------------- */

static void *begin(arena *a) {
  return container_new(a);
}

static void read_part(void *state, str path, str text) {
  container_read(state, path, text);
}

static void skip_part(void *state, str path, str reason) {
  container_skip(state, path, reason);
}

static size_t judge_part(void *state, report *r) {
  container_audit *c = state;
  container_judge(c, r);
  return c->judged;
}

static bool rule_at(size_t i, audit_rule *out) {
  const container_rule *rule = container_rule_at(i);
  if (rule)
    *out = (audit_rule){rule->id,          rule->severity, CATEGORY_RUNTIME_EXPOSURE, rule->title,
                        rule->description, rule->fix,      rule->references};
  return rule != NULL;
}

const audit_part CONTAINER_PART = {begin,           "Kubernetes YAML and JSON, Dockerfile, compose",
                                   container_wants, read_part,
                                   skip_part,       judge_part,
                                   rule_at,         CONTAINER_FILE_MAX};
