/* From findings to nodes and edges. */
#include "paths/fact.h"

#include <stdlib.h>

static const char *const STATE_NAMES[] = {"anonymous",
                                          "any user",
                                          "forged identity",
                                          "file access by the application",
                                          "commands by the application",
                                          "requests by the application",
                                          "files of the container",
                                          "commands in the container",
                                          "requests from the container",
                                          "service account token",
                                          "service account",
                                          "node",
                                          "cluster",
                                          "cloud credentials"};

bool state_is_target(attacker_state s) {
  return s >= STATE_NODE;
}

static bool in_workload(attacker_state s) {
  return s >= STATE_FILE && s <= STATE_IDENTITY;
}

static size_t node_of(graph *g, attacker_state s, str workload) {
  if (!in_workload(s))
    workload = (str){0};
  for (size_t i = 0; i < g->nodes.len; i++)
    if (g->nodes.at[i].state == s && str_eq(g->nodes.at[i].workload, workload))
      return i;
  graph_node n = {s, workload, str_of(STATE_NAMES[s])};
  if (workload.len)
    n.label = arena_printf(g->arena, "%s (%.*s)", STATE_NAMES[s], STR_ARG(workload));
  list_push(g->arena, &g->nodes, n);
  return g->nodes.len - 1;
}

str fix_where(arena *a, const finding *f) {
  if (f->where.kind != WHERE_OPERATION)
    return where_text(a, &f->where);
  return arena_printf(a, "of the API (%.*s)", STR_ARG(where_text(a, &f->where)));
}

/* The verifier of a running API is mended once for all its operations; in files every place stands
 * for itself. */
static bool fixed_together(const finding *x, const finding *y) {
  if (!str_eq(x->check, y->check) || x->where.kind != y->where.kind)
    return false;
  return x->where.kind == WHERE_OPERATION ||
         (str_eq(x->where.file, y->where.file) && x->where.line == y->where.line &&
          str_eq(x->where.object, y->where.object) && str_eq(x->where.field, y->where.field));
}

static size_t fix_of(graph *g, const finding *f) {
  if (!f)
    return SIZE_MAX;
  for (size_t i = 0; i < g->fixes.len; i++)
    if (fixed_together(g->fixes.at[i].finding, f))
      return i;
  fix one = {
      f, arena_printf(g->arena, "%.*s %.*s", STR_ARG(f->check), STR_ARG(fix_where(g->arena, f))),
      false};
  list_push(g->arena, &g->fixes, one);
  return g->fixes.len - 1;
}

/* A trailing blank lets "hostPath / " mean the root alone. */
static bool says(arena *a, const finding *f, const char *words) {
  str rest = str_of(words ? words : ""), word;
  if (!words)
    return true;
  while (str_next(&rest, '|', &word))
    for (size_t i = 0; i < f->evidence.len; i++)
      if (str_contains(arena_printf(a, "%.*s ", STR_ARG(f->evidence.at[i].note)), word))
        return true;
  return false;
}

/* Any class, or any method of one object, is not yet any command. */
static bool reaches_names_only(const finding *f) {
  str note =
      f->evidence.len && str_ends(f->check, STR("-to-code")) ? f->evidence.at[0].note : STR("");
  return str_contains(note, STR("constantize")) || str_contains(note, STR("send("));
}

static unsigned doubt_of(const finding *f) {
  return f && (f->confidence == CONFIDENCE_TENTATIVE || f->severity <= SEVERITY_INFO ||
               reaches_names_only(f))
             ? 1
             : 0;
}

/* What the audit itself holds for slight leads nowhere: a file that every system has, a look for
 * the key, an argument apart. A token is not forged by what is less than high: the issuer of a key
 * that the application alone has. */
static bool leads_on(const finding *f, const edge_row *row) {
  bool audited = str_starts(f->check, STR("rb-")) || str_starts(f->check, STR("k8s-")) ||
                 str_starts(f->check, STR("compose-"));
  severity least =
      row->to == STATE_FORGED && str_starts(f->check, STR("rb-")) ? SEVERITY_HIGH : SEVERITY_MEDIUM;
  return !audited || f->severity >= least;
}

static void add_edge(graph *g, const edge_row *row, str workload, const finding *first,
                     const finding *second, unsigned doubt) {
  graph_edge e = {row,
                  node_of(g, row->from, workload),
                  node_of(g, row->to, workload),
                  {first, second},
                  {fix_of(g, first), fix_of(g, second)},
                  row->doubt + doubt + doubt_of(first) + doubt_of(second)};
  for (size_t i = g->row_start; i < g->edges.len;
       i++) { /* the same fix between the same nodes by the same row adds nothing */
    const graph_edge *o = &g->edges.at[i];
    if (o->row == row && o->from == e.from && o->to == e.to && o->fix[0] == e.fix[0] &&
        o->fix[1] == e.fix[1])
      return;
  }
  list_push(g->arena, &g->edges, e);
}

typedef struct {
  const finding *finding;
  str workload; /* empty: it speaks of no container */
} fact;

typedef struct {
  const report *const *reports;
  size_t n;
  LIST(fact) facts;
  str_list workloads;
} facts;

/* Files that speak of one name (a base and its overlay) speak of one workload. */
static bool is_workload(const finding *f) {
  if (f->where.kind != WHERE_OBJECT || str_eq(f->where.object, STR("Dockerfile")) ||
      str_starts(f->where.object, STR("PersistentVolume/")))
    return false;
  return str_starts(f->check, STR("k8s-")) ? str_contains(f->where.field, STR("spec"))
                                           : str_starts(f->check, STR("compose-"));
}

static str folder_of(str file) {
  while (file.len && file.ptr[file.len - 1] != '/')
    file.len--;
  return str_sub(file, 0, file.len ? file.len - 1 : 0);
}

/* "Deployment/api", "Deployment/api in prod": one name in two namespaces is two workloads, as is
 * one service of two compose projects, which their folders tell apart. */
static str workload_of(arena *a, const finding *f) {
  if (!is_workload(f))
    return STR("");
  str space = str_starts(f->check, STR("compose-")) ? folder_of(f->where.file) : f->where.space;
  if (!space.len || str_eq(space, STR("default")))
    return f->where.object;
  return arena_printf(a, "%.*s in %.*s", STR_ARG(f->where.object), STR_ARG(space));
}

/* Admission keeps the pod from running, so nothing leads through it, whatever else it would allow.
 */
static void read_refused(graph *g, const finding_list *findings, str_list *refused) {
  for (size_t i = 0; i < findings->len; i++) {
    const finding *f = &findings->at[i];
    str workload = workload_of(g->arena, f);
    for (size_t e = 0; e < f->evidence.len && workload.len && !str_list_has(refused, workload);
         e++) {
      if (!str_starts(f->evidence.at[e].note, STR("refused by admission: ")))
        continue;
      not_tested one = {STR("*"), workload,
                        arena_printf(g->arena,
                                     "no path through it is claimed: %.*s would have to be lifted "
                                     "(%.*s), unless the cluster exempts it",
                                     STR_ARG(f->check), STR_ARG(f->evidence.at[e].note))};
      list_push(g->arena, &g->not_claimed, one);
      list_push(g->arena, refused, workload);
    }
  }
}

static void read_facts(graph *g, facts *all) {
  str_list refused = {0};
  for (size_t r = 0; r < all->n; r++) {
    read_refused(g, &all->reports[r]->findings, &refused);
    read_refused(g, &all->reports[r]->suppressed, &refused);
  }
  for (size_t r = 0; r < all->n; r++)
    for (size_t i = 0; i < all->reports[r]->findings.len; i++) {
      fact one = {&all->reports[r]->findings.at[i], STR("")};
      one.workload = workload_of(g->arena, one.finding);
      if (str_list_has(&refused, one.workload))
        continue;
      list_push(g->arena, &all->facts, one);
      if (one.workload.len && !str_list_has(&all->workloads, one.workload))
        list_push(g->arena, &all->workloads, one.workload);
    }
}

static void join_second(graph *g, const facts *all, const edge_row *row, const fact *first,
                        str workload) {
  if (!row->also) {
    add_edge(g, row, workload, first->finding, NULL, 0);
    return;
  }
  for (size_t i = 0; i < all->facts.len; i++) {
    const fact *f = &all->facts.at[i];
    if (str_eq(f->finding->check, str_of(row->also)) && str_eq(f->workload, first->workload) &&
        says(g->arena, f->finding, row->also_said))
      add_edge(g, row, workload, first->finding, f->finding, 0);
  }
}

static void join_row(graph *g, const facts *all, const edge_row *row) {
  bool runs = !row->check && !in_workload(row->from);
  for (size_t w = 0; !row->check && w < all->workloads.len;
       w++) /* with several workloads it is not shown which one it is */
    add_edge(g, row, all->workloads.at[w], NULL, NULL, runs && all->workloads.len > 1 ? 1 : 0);
  for (size_t i = 0; row->check && i < all->facts.len; i++) {
    const fact *f = &all->facts.at[i];
    if (str_eq(f->finding->check, str_of(row->check)) && leads_on(f->finding, row) &&
        says(g->arena, f->finding, row->said))
      join_second(g, all, row, f,
                  in_workload(row->from) || in_workload(row->to) ? f->workload : (str){0});
  }
}

static int by_from(const void *x, const void *y) {
  const graph_edge *e = x, *f = y;
  if (e->from != f->from)
    return e->from < f->from ? -1 : 1;
  if (e->row != f->row)
    return e->row < f->row ? -1 : 1;
  if (e->to != f->to)
    return e->to < f->to ? -1 : 1;
  if (e->fix[0] != f->fix[0])
    return e->fix[0] < f->fix[0] ? -1 : 1;
  return (e->fix[1] > f->fix[1]) - (e->fix[1] < f->fix[1]);
}

static void index_edges(graph *g) {
  if (g->edges.len)
    qsort(g->edges.at, g->edges.len, sizeof *g->edges.at, by_from);
  g->first = arena_alloc(g->arena, (g->nodes.len + 2) * sizeof *g->first);
  for (size_t i = 0; i < g->edges.len; i++)
    g->first[g->edges.at[i].from + 1]++;
  for (size_t n = 0; n < g->nodes.len; n++)
    g->first[n + 1] += g->first[n];
}

void graph_build(graph *g, const report *const *reports, size_t n) {
  facts all = {.reports = reports, .n = n};
  read_facts(g, &all);
  for (size_t i = 0; edge_row_at(i); i++) {
    g->row_start = g->edges.len;
    join_row(g, &all, edge_row_at(i));
  }
  index_edges(g);
}
