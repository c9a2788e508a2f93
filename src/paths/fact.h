/* What the files of this folder share: facts (findings as precondition -> postcondition), the
 * graph, its paths, the cut. */
#ifndef BATTEN_PATHS_FACT_H
#define BATTEN_PATHS_FACT_H

#include "paths/paths.h"

/* What an attacker has. Those from STATE_FILE_READ on are had in one workload. */
typedef enum {
  STATE_ANONYMOUS,
  STATE_USER,
  STATE_FORGED,
  STATE_APP_FILE,
  STATE_APP_COMMAND,
  STATE_APP_FETCH,
  STATE_FILE,
  STATE_COMMAND,
  STATE_FETCH,
  STATE_TOKEN,
  STATE_IDENTITY,
  STATE_NODE,
  STATE_CLUSTER,
  STATE_CLOUD
} attacker_state;

/* An edge of the escape graph. It exists where a finding of `check` does (any of the words), and
 * one of `also` in the same workload; without `check` it always exists. */
typedef struct {
  const char *id; /* after KubeHound where it has one */
  attacker_state from, to;
  const char *check, *said; /* `said`: one of these words ('|' between) stands in the finding's
                               evidence; NULL: any */
  const char *also, *also_said;
  unsigned doubt;        /* 0 sure, 1 needs something that is not shown */
  const char *technique; /* ATT&CK */
  const char *what;
} edge_row;

const edge_row *edge_row_at(size_t i); /* NULL past the last */

typedef struct {
  attacker_state state;
  str workload; /* "Deployment/api", or empty */
  str label;
} graph_node;

/* One row between two nodes, by one finding or two: to cut it, mend one of them. */
typedef struct {
  const edge_row *row;
  size_t from, to;
  const finding *because[2];
  size_t fix[2]; /* index into fixes, SIZE_MAX for none */
  unsigned doubt;
} graph_edge;

/* What is mended together: one check of the running API, or one place. */
typedef struct {
  const finding *finding;
  str name; /* check and place */
  bool cut;
} fix;

typedef struct {
  size_t edges[16];
  size_t len;
  unsigned doubt;
} path;

enum { PATHS_MAX = 1000, PATH_LENGTH_MAX = 16 };

typedef struct {
  arena *arena;
  LIST(graph_node) nodes;
  LIST(graph_edge)
  edges; /* sorted by `from` once built: those of node n are first[n] to first[n + 1] */
  size_t *first;
  size_t row_start; /* while building: where the row at hand begins */
  LIST(fix) fixes;
  LIST(not_tested) not_claimed; /* workloads that admission would refuse */
  LIST(path) paths;             /* fewest doubts first */
  bool more_paths;              /* there are more than are listed */
  LIST(size_t) cut;             /* indexes into fixes */
  bool cut_exact, cut_possible;
} graph;

void graph_build(graph *g, const report *const *reports, size_t n);
void graph_search(graph *g);
void graph_cut(graph *g);
bool state_is_target(attacker_state s);
str fix_where(arena *a, const finding *f);

str graph_json(const graph *g);
str graph_mermaid(const graph *g);
str graph_graphml(const graph *g);
str graph_svg(const graph *g); /* the picture, with the cut and the chains as HTML */
str graph_pretty(const graph *g, const report *r, bool color);

#endif
