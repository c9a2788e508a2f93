/* Reading an API description (OpenAPI 3.0, 3.1, Swagger 2.0): what the files spec*.c share.
 * Everything here lives in the tree's arena and goes when the import is done; what the operations
 * keep is copied into theirs. */
#ifndef BATTEN_SCAN_SPEC_PRIVATE_H
#define BATTEN_SCAN_SPEC_PRIVATE_H

#include "base/yaml.h"
#include "scan/check.h"
#include "scan/spec.h"

typedef enum { SPEC_2_0, SPEC_3_0, SPEC_3_1 } spec_version;

typedef struct {
  str name; /* as shown: the path as given, or the URL */
  str real; /* absolute path, or the URL */
  url at;   /* of a URL */
  node *root;
} spec_file;

/* A node and the file it stands in. node NULL: there is none. */
typedef struct {
  spec_file *file;
  const node *node;
} spot;

typedef LIST(const node *) node_path;

typedef struct spec spec;

struct spec {
  arena *tree; /* documents, and all that is worked out on the way */
  arena *out;  /* the operations' */
  const scan_options *options;
  spec_version version;
  LIST(spec_file *) files; /* the first is the one given */
  str root;                /* directory that references may not leave; empty for a URL */
  /* Fetches a further document of the target's origin; NULL where references stay within one
   * document. */
  bool (*fetch)(void *to, arena *a, const url *at, str *text, error *e);
  void *fetch_to;
  bool remote;     /* read from a URL */
  bool discovered; /* nobody gave it: it was found on the target */
  bool failed;
  error *error;
  size_t steps; /* of work, bounded: a small file can describe endless schemas */
  size_t parts; /* of the value being made: a few schemas can describe one that fills the memory */
  node_path building; /* schemas being made into a value or a list of fields: cycles end there */
  node_path required; /* `required` lists of the schemas around an allOf */
  LIST(struct known_fields {
    const node *schema;
    declared_body body;
  })
  known;
};

enum {
  SPEC_STEPS_MAX = 20 * 1000 * 1000,
  SPEC_DEPTH_MAX = 24,
  SPEC_FIELDS_MAX = 300,
  SPEC_CHOICES_MAX = 20,
  SPEC_PARTS_MAX = 2000,
  SPEC_FILE_MAX = 64 * 1024 * 1024
};

/* Marks the import as failed, at this place: "openapi.yaml:12:5: ...". The first failure stays. */
void spec_fail(spec *s, spot at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- spec_ref.c: documents, and what refers to another place ---- */
bool spec_open_file(spec *s, const char *path);
bool spec_open_text(spec *s, str name, const url *at, str text);
spot spec_follow(spec *s, spot at);               /* through `$ref`, to what is no reference */
spot spec_get(spec *s, spot at, const char *key); /* a member, followed */
spot spec_item(spec *s, spot list, size_t i);     /* an item, followed */
spot spec_value(spec *s, spot map, size_t i);     /* the value of an entry, followed */
str spec_text(spec *s, spot at, const char *key); /* a scalar member, copied to `out`; else empty */

/* ---- spec_value.c: a value that fits a schema ---- */
/* An example, default or made-up value; NULL when nothing can be made. *source says which. */
const node *spec_example(spec *s, spot schema, value_source *source);
/* Likewise for a parameter or media type, whose own examples come first; its schema is at `schema`.
 */
const node *spec_example_of(spec *s, spot holder, spot schema, value_source *source);
str spec_type(spec *s, spot schema); /* the first type that is not null, or inferred; empty */
str spec_node_text(arena *a, const node *n); /* a scalar bare, else JSON; ptr NULL for NULL */

/* ---- spec_fields.c: what fields a body declares ---- */
void spec_fields(spec *s, spot schema, declared_body *out);

/* ---- spec_security.c: who may call, and where the token goes ---- */
void spec_security(spec *s, spot op, operation *o, description *d);

/* ---- spec_operation.c: one operation ---- */
void spec_operation(spec *s, str prefix, const node_entry *path, spot item,
                    const node_entry *method, operation_list *out);

#endif
