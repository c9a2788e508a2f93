/* What the files of this folder share. */
#ifndef BATTEN_AUDIT_CONTAINER_PRIVATE_H
#define BATTEN_AUDIT_CONTAINER_PRIVATE_H

#include "audit/container/container.h"
#include "audit/places.h"
#include "audit/secret_names.h"
#include "base/yaml.h"

enum { FINDINGS_MAX = 5000 }; /* of one file: a hundred thousand pods do not drown the rest */

typedef struct {
  str path, text;
  LIST(size_t) lines; /* offset of each line's start; filled when first asked for */
  size_t findings;
  severity at_most; /* of its findings, for where it lies; 0: any */
} source_file;

/* One Kubernetes object; the members of a List stand alone, their field paths begin with items[N].
 */
typedef struct {
  source_file *file;
  node *root;
  str kind, name, space; /* space: metadata.namespace, "default" when there is none */
  str label;             /* "Deployment/api" */
  str base;              /* "", or "items[3]." */
} kube_object;

typedef struct {
  const kube_object *object;
  node *meta, *spec;       /* of the pod or the template; meta may be NULL */
  str meta_path, path;     /* "spec.template.metadata", "spec.template.spec" */
  unsigned line, column;   /* of the spec */
  bool windows, own_users; /* spec.os.name, hostUsers: false */
  bool partial;            /* a patch (kustomize): only what stands there is judged */
} kube_pod;

typedef struct {
  const kube_pod *pod;
  node *node;
  str path; /* "spec.template.spec.containers[0]" */
  str name;
  bool init, ephemeral, partial;
} kube_container;

/* A place in a file: the field itself, or its nearest parent that exists. */
typedef struct {
  source_file *file;
  str object, space, field;
  unsigned line, column;
  node *value;  /* NULL: the field is missing */
  node *parent; /* deepest map that exists on the way */
  str missing;  /* the rest of the path below parent */
} spot;

typedef enum { STANDARD_NONE, STANDARD_BASELINE, STANDARD_RESTRICTED } pod_standard;

/* What a Namespace's labels make admission enforce. */
typedef struct {
  str space;
  pod_standard level;
  unsigned minor; /* of the pinned version 1.N; 0: latest */
  const source_file *file;
  unsigned line;
} enforcement;

struct container_audit {
  arena *arena;
  report *report;
  LIST(kube_object *) objects;
  LIST(kube_object *)
  others; /* those that are no workload: roles, accounts, policies, what judges workloads */
  LIST(enforcement) enforced; /* by namespace */
  LIST(source_file *) files;
  LIST(not_tested) skipped;
  size_t judged; /* objects, Dockerfiles, services */
};

/* ---- model.c --------------------------------------------------------------------------------- */

typedef LIST(kube_pod) pod_list;
typedef LIST(kube_container) container_list;
void kube_read(container_audit *c, source_file *file);
pod_list kube_pods(arena *a, const kube_object *o);
container_list kube_containers(arena *a, const kube_pod *pod);
/* Walks "securityContext.capabilities.add" below a node whose own path is given. */
spot spot_below(arena *a, const kube_object *o, node *from, str from_path, unsigned line,
                unsigned column, const char *path);
spot pod_spot(arena *a, const kube_pod *pod, const char *path);
spot container_spot(arena *a, const kube_container *k, const char *path);
/* The i-th item of a list that stands at `list`, and a field below it ("" for the item). */
spot item_spot(arena *a, const spot *list, size_t i, const char *path);
node *node_at(node *from, const char *path);
bool node_true(const node *n);
bool node_false(const node *n);

/* ---- rules.c, found.c ------------------------------------------------------------------------ */

typedef struct {
  severity severity;
  bool has_severity; /* else the rule's */
  confidence confidence;
  bool has_confidence; /* else confirmed */
  pod_standard standard;
  str set;        /* the value that mends the field: a diff is made where that is mechanical */
  str_list notes; /* further evidence */
} found_options;

const container_rule *container_rule_find(const char *id);
/* One finding, or its suppression. `note` says what stands there; secrets are masked by the caller.
 */
void rule_found(container_audit *c, const char *id, const spot *at, const found_options *o,
                const char *note, ...) __attribute__((format(printf, 5, 6)));
str masked(arena *a, str secret);

/* ---- admission.c ----------------------------------------------------------------------------- */

void admission_learn(container_audit *c); /* once all files are read */
/* Why the namespace admits no pod that breaks this rule of that standard; empty when it does or is
 * not known to. */
str admission_refuses(const container_audit *c, str space, const char *rule, pod_standard standard);

/* ---- patch.c --------------------------------------------------------------------------------- */

str file_line(source_file *file, arena *a, unsigned line);
/* The unified diff that sets a field, or an empty slice when that is not mechanical. */
str patch_set(arena *a, const spot *at, str value);
/* The unified diff that replaces one line (without its end), or puts one after it. */
str patch_line(arena *a, source_file *file, unsigned line, bool replace, str text);

/* ---- one file a subject ---------------------------------------------------------------------- */

void judge_pod_standards(container_audit *c, const kube_pod *pod);
void judge_container_standards(container_audit *c, const kube_container *k);
void judge_pod_volumes(container_audit *c, const kube_pod *pod);
void judge_persistent_volume(container_audit *c, const kube_object *o);
void judge_pod_hardening(container_audit *c, const kube_pod *pod);
void judge_container_hardening(container_audit *c, const kube_container *k);
void judge_capabilities(container_audit *c, const kube_container *k);
void judge_container_secrets(container_audit *c, const kube_container *k);
void judge_object_secrets(container_audit *c, const kube_object *o);
/* Of a settings file written out ("JWT_SECRET=value" a line, or YAML): the first secret whose name
 * fits; else empty. */
str settings_secret(arena *a, str text, bool (*fits)(str name), str *name);
void judge_service_account(container_audit *c, const kube_pod *pod);
void judge_metadata(container_audit *c, const kube_pod *pod);
void judge_dockerfile(container_audit *c, source_file *file);
bool labels_match(const node *selector, const node *labels);
bool is_compose_text(str text); /* of a file whose name does not say it */
bool judge_compose(container_audit *c, source_file *file,
                   bool named); /* named: by its file name it is one */

/* Host paths: how bad, and whether a container runtime listens there. */
severity host_path_severity(str path, bool read_only);
bool host_path_is_socket(str path);
str path_clean(arena *a, str path);
severity capability_severity(str name);
bool capability_in_baseline(str name, bool exact);

bool image_is_latest(str image);
bool image_has_digest(str image);

#endif
