/* All simple paths, bounded; and the fewest fixes that leave none. */
#include "paths/fact.h"

#include <stdlib.h>

static bool edge_alive(const graph *g, const graph_edge *e) {
  for (int i = 0; i < 2; i++)
    if (e->fix[i] != SIZE_MAX && g->fixes.at[e->fix[i]].cut)
      return false;
  return true;
}

/* ---- paths ----------------------------------------------------------------------------------- */

typedef struct {
  graph *g;
  path now;
  bool *seen;
  size_t steps;
} search;

enum { STEPS_MAX = 2 * 1000 * 1000 };

static void follow(search *s, size_t node) {
  graph *g = s->g;
  if (state_is_target(g->nodes.at[node].state)) {
    if (g->paths.len < PATHS_MAX)
      list_push(g->arena, &g->paths, s->now);
    else
      g->more_paths = true;
    return;
  }
  s->seen[node] = true;
  for (size_t i = g->first[node]; i < g->first[node + 1] && !g->more_paths; i++) {
    const graph_edge *e = &g->edges.at[i];
    if (s->seen[e->to])
      continue;
    if (++s->steps > STEPS_MAX || s->now.len == PATH_LENGTH_MAX) {
      g->more_paths = true;
      break;
    }
    s->now.edges[s->now.len++] = i;
    s->now.doubt += e->doubt;
    follow(s, e->to);
    s->now.doubt -= e->doubt;
    s->now.len--;
  }
  s->seen[node] = false;
}

static int by_doubt(const void *x, const void *y) {
  const path *p = x, *q = y;
  if (p->doubt != q->doubt)
    return p->doubt < q->doubt ? -1 : 1;
  if (p->len != q->len)
    return p->len < q->len ? -1 : 1;
  for (size_t i = 0; i < p->len; i++)
    if (p->edges[i] != q->edges[i])
      return p->edges[i] < q->edges[i] ? -1 : 1;
  return 0;
}

void graph_search(graph *g) {
  search s = {.g = g, .seen = arena_alloc(g->arena, g->nodes.len + 1)};
  for (size_t i = 0; i < g->nodes.len; i++)
    if (g->nodes.at[i].state <= STATE_USER)
      follow(&s, i);
  if (g->paths.len)
    qsort(g->paths.at, g->paths.len, sizeof *g->paths.at, by_doubt);
}

/* ---- cut ------------------------------------------------------------------------------------- */

/* The shortest way that is left, as edges from its end back; false when none is. */
static bool way_left(graph *g, path *out) {
  size_t *queue = arena_alloc(g->arena, (g->nodes.len + 1) * sizeof *queue),
         *by = arena_alloc(g->arena, (g->nodes.len + 1) * sizeof *by);
  size_t head = 0, tail = 0;
  for (size_t i = 0; i < g->nodes.len; i++) {
    by[i] = SIZE_MAX;
    if (g->nodes.at[i].state <= STATE_USER) {
      queue[tail++] = i;
      by[i] = SIZE_MAX - 1;
    }
  }
  while (head < tail) {
    size_t node = queue[head++];
    if (state_is_target(g->nodes.at[node].state)) {
      for (out->len = 0; by[node] < SIZE_MAX - 1 && out->len < PATH_LENGTH_MAX;
           node = g->edges.at[by[node]].from)
        out->edges[out->len++] = by[node];
      return true;
    }
    for (size_t i = g->first[node]; i < g->first[node + 1]; i++) {
      const graph_edge *e = &g->edges.at[i];
      if (by[e->to] != SIZE_MAX || !edge_alive(g, e))
        continue;
      by[e->to] = i;
      queue[tail++] = e->to;
    }
  }
  return false;
}

typedef struct {
  graph *g;
  size_t tries; /* left */
  bool ran_out;
} cutting;

/* Every cut mends a fix of every way: so it mends one of this way's. */
static bool cut_within(cutting *c, size_t most) {
  path way;
  arena *whole = c->g->arena, *own = arena_new();
  c->g->arena = own;
  bool left = way_left(c->g, &way);
  c->g->arena = whole;
  arena_free(own);
  if (!left)
    return true;
  if (!most)
    return false;
  if (!c->tries) {
    c->ran_out = true;
    return false;
  }
  c->tries--;
  for (size_t i = 0; i < way.len; i++)
    for (int j = 0; j < 2; j++) {
      size_t f = c->g->edges.at[way.edges[i]].fix[j];
      if (f == SIZE_MAX)
        continue;
      c->g->fixes.at[f].cut = true;
      if (cut_within(c, most - 1))
        return true;
      c->g->fixes.at[f].cut = false;
    }
  return false;
}

/* Most ways first: what is left when exactness would take too long. */
static bool cut_greedily(graph *g) {
  path way;
  while (way_left(g, &way)) {
    size_t best = SIZE_MAX, most = 0;
    for (size_t i = 0; i < way.len * 2; i++) {
      size_t f = g->edges.at[way.edges[i / 2]].fix[i % 2], n = 0;
      for (size_t e = 0; f != SIZE_MAX && e < g->edges.len; e++)
        n += g->edges.at[e].fix[0] == f || g->edges.at[e].fix[1] == f;
      if (n > most)
        most = n, best = f;
    }
    if (best == SIZE_MAX)
      return false;
    g->fixes.at[best].cut = true;
  }
  return true;
}

void graph_cut(graph *g) {
  enum { TRIES_MAX = 50000, STEPS = 100 * 1000 * 1000, EXACT_MAX = 12 };

  size_t tries = STEPS / (g->edges.len + g->nodes.len + 1) + 1;
  cutting c = {.g = g, .tries = tries < TRIES_MAX ? tries : TRIES_MAX};
  g->cut_exact = false;
  for (size_t most = 0; most <= EXACT_MAX && !c.ran_out && !g->cut_exact; most++)
    g->cut_exact = cut_within(&c, most);
  g->cut_possible = g->cut_exact || cut_greedily(g);
  for (size_t i = 0; i < g->fixes.len; i++)
    if (g->fixes.at[i].cut)
      list_push(g->arena, &g->cut, i);
}
