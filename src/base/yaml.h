/* Documents with positions: YAML 1.2 and JSON alike, read through libfyaml into one plain tree. For
 * what people write by hand: policies, batten.yaml, API descriptions, manifests. Every node knows
 * its line and column, so that an error or a finding can name its place. */
#ifndef BATTEN_YAML_H
#define BATTEN_YAML_H

#include "base/base.h"

typedef enum { NODE_NULL, NODE_BOOL, NODE_NUMBER, NODE_TEXT, NODE_LIST, NODE_MAP } node_kind;

typedef struct node node;

typedef struct {
  str key;
  unsigned line, column; /* of the key, from 1 */
  node *value;           /* never NULL */
} node_entry;

struct node {
  node_kind kind;        /* scalars by YAML's core schema; quoted ones are text */
  unsigned line, column; /* from 1 */
  bool quoted;
  str text;                 /* of a scalar, as read: "0x1F", "yes", "1h" */
  LIST(node_entry) entries; /* NODE_MAP, in order; keys are unique */
  LIST(node *) items;       /* NODE_LIST */
  size_t weight; /* nodes below and with this one, aliases counted as often as they stand */
};

typedef LIST(node *) node_list;

enum { YAML_DEPTH_MAX = 256, YAML_NODES_MAX = 8 * 1000 * 1000, YAML_DOCUMENTS_MAX = 100 * 1000 };

/* Reads every document of the text. An alias shares its anchor's node (a tree that would count more
 * than YAML_NODES_MAX nodes is refused: an alias bomb), `<<` is merged. Refuses duplicate keys,
 * complex keys, unknown aliases and depth past YAML_DEPTH_MAX. On failure *e says "line L, column
 * C: ...", and *out holds the documents before the broken one. Memory is the arena's; texts are
 * copied. */
bool yaml_parse_all(arena *a, str text, node_list *out, error *e);
/* The same for exactly one document; an empty text is a NODE_NULL. */
node *yaml_parse(arena *a, str text, error *e);

/* The value of a key, or NULL: also for a NULL node and for one that is no map. */
node *node_get(const node *n, const char *key);
node *node_get_str(const node *n, str key);
const node_entry *node_entry_of(const node *n, const char *key);
/* The scalar's text, or an empty slice with ptr NULL for what is none (null included). */
str node_text(const node *n);
bool node_bool(const node *n, bool fallback);
/* A finite number; false otherwise. */
bool node_number(const node *n, double *out);
/* The same tree as JSON text, for what goes into a request body. */
str node_json(arena *a, const node *n);
const char *node_kind_name(node_kind kind); /* "a map" */

#endif
