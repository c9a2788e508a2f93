/* For the terminal: the cut first, then a chain for each path. */
#include "paths/fact.h"

static const char BOLD[] = "\033[1m", DIM[] = "\033[2m", RED[] = "\033[31m", GREEN[] = "\033[32m",
                  RESET[] = "\033[0m";

enum { WIDTH = 80 }; /* it is kept with the report, whatever terminal shows it */

static const char STEP[] = "      │ ", EVIDENCE[] = "      │   ";

typedef struct {
  const graph *g;
  buf out;
  bool color;
  unsigned width;
  size_t *told; /* by edge: the number of the group that showed its evidence, 0 for none */
} page;

static void styled(page *p, const char *style, str text) {
  if (p->color)
    buf_put(&p->out, str_of(style));
  buf_put(&p->out, text_line(p->out.arena, text));
  if (p->color)
    buf_put(&p->out, str_of(RESET));
}

/* Folded behind the line of the chain; what it begins with may be bold. */
static void chained(page *p, const char *margin, str begin, const char *style, str text) {
  buf folded = {.arena = p->out.arena};
  str whole = arena_printf(folded.arena, "%.*s%.*s", STR_ARG(begin), STR_ARG(text));
  put_folded(&folded, text_line(folded.arena, whole), str_of(margin), p->width);
  str all = buf_str(&folded);
  size_t start = strlen(margin);
  buf_put(&p->out, str_of(margin));
  if (begin.len)
    styled(p, BOLD, begin);
  if (p->color)
    buf_put(&p->out, str_of(style));
  buf_put(&p->out, str_sub(all, start + begin.len, all.len - 1));
  if (p->color)
    buf_put(&p->out, str_of(RESET));
  buf_char(&p->out, '\n');
}

static void evidence_of(page *p, const graph_edge *e) {
  arena *a = p->out.arena;
  for (int i = 0; i < 2; i++) {
    const finding *f = e->because[i];
    if (!f)
      continue;
    chained(p, EVIDENCE, STR(""), DIM,
            arena_printf(a, "%.*s %.*s", STR_ARG(f->check), STR_ARG(fix_where(a, f))));
    if (f->evidence.len)
      chained(p, EVIDENCE, STR(""), DIM, text_first_columns(f->evidence.at[0].note, 160));
  }
}

typedef LIST(size_t) index_list;

static bool has_index(const index_list *list, size_t one) {
  for (size_t i = 0; i < list->len; i++)
    if (list->at[i] == one)
      return true;
  return false;
}

/* The group that showed all of these edges already; 0 when none did, or when there is no evidence
 * to leave out. */
static size_t told_before(page *p, const index_list *edges, size_t number) {
  size_t first = p->told[edges->at[0]];
  bool any = false;
  for (size_t i = 0; i < edges->len; i++) {
    if (p->told[edges->at[i]] != first)
      first = 0;
    any |= p->g->edges.at[edges->at[i]].because[0] != NULL;
  }
  for (size_t i = 0; !first && i < edges->len; i++)
    p->told[edges->at[i]] = number;
  return any ? first : 0;
}

/* One step of paths that are alike: what is different about them is its evidence. */
static void one_step(page *p, size_t number, const index_list *group, size_t step) {
  enum { ALTERNATIVES = 6 };

  arena *a = p->out.arena;
  const graph *g = p->g;
  const graph_edge *e = &g->edges.at[g->paths.at[group->at[0]].edges[step]];
  index_list edges = {0};
  for (size_t i = 0; i < group->len; i++) {
    size_t one = g->paths.at[group->at[i]].edges[step];
    if (!has_index(&edges, one))
      list_push(a, &edges, one);
  }
  size_t before = told_before(p, &edges, number);
  str as = before ? arena_printf(a, ", as in %zu.", before) : STR("");
  chained(p, STEP, str_of(e->row->id), "",
          arena_printf(a, " %s%s: %s%.*s", e->row->technique, e->doubt ? " (not shown)" : "",
                       e->row->what, STR_ARG(as)));
  for (size_t i = 0; !before && i < edges.len && i < ALTERNATIVES; i++) {
    const graph_edge *other = &g->edges.at[edges.at[i]];
    str what = other->row == e->row ? STR("or") : arena_printf(a, "or: %s", other->row->what);
    if (i)
      chained(p, "      │  ", STR(""), "", what);
    evidence_of(p, other);
  }
  if (!before && edges.len > ALTERNATIVES)
    buf_printf(&p->out, "      │  or one of %zu more places\n", edges.len - ALTERNATIVES);
  buf_put(&p->out, STR("      ▼ "));
  styled(p, state_is_target(p->g->nodes.at[e->to].state) ? RED : BOLD, p->g->nodes.at[e->to].label);
  buf_char(&p->out, '\n');
}

/* Edges of one name between the same places, with as much doubt. */
static bool alike(const graph *g, const path *x, const path *y) {
  if (x->len != y->len || x->doubt != y->doubt)
    return false;
  for (size_t i = 0; i < x->len; i++) {
    const graph_edge *e = &g->edges.at[x->edges[i]], *f = &g->edges.at[y->edges[i]];
    if (strcmp(e->row->id, f->row->id) != 0 || strcmp(e->row->technique, f->row->technique) != 0 ||
        e->from != f->from || e->to != f->to || e->doubt != f->doubt)
      return false;
  }
  return true;
}

static void one_group(page *p, size_t number, const index_list *group) {
  const path *way = &p->g->paths.at[group->at[0]];
  buf_printf(&p->out, "\n  %zu.  ", number);
  styled(p, BOLD, p->g->nodes.at[p->g->edges.at[way->edges[0]].from].label);
  if (way->doubt)
    buf_printf(&p->out, "   (%u doubtful)", way->doubt);
  if (group->len > 1)
    buf_printf(&p->out, "   %zu paths by these steps", group->len);
  buf_char(&p->out, '\n');
  for (size_t i = 0; i < way->len; i++)
    one_step(p, number, group, i);
}

/* Paths that differ in their evidence alone are shown together. */
static void all_groups(page *p) {
  enum { SHOWN = 20 };

  const graph *g = p->g;
  size_t number = 0, shown = 0;
  bool *taken = arena_alloc(g->arena, g->paths.len + 1);
  for (size_t i = 0; i < g->paths.len && number < SHOWN; i++) {
    if (taken[i])
      continue;
    index_list group = {0};
    for (size_t k = i; k < g->paths.len; k++)
      if (!taken[k] && alike(g, &g->paths.at[i], &g->paths.at[k])) {
        taken[k] = true;
        list_push(g->arena, &group, k);
      }
    one_group(p, ++number, &group);
    shown += group.len;
  }
  if (g->paths.len > shown)
    buf_printf(&p->out, "\n  and %zu more: --format json or html lists them\n",
               g->paths.len - shown);
}

static void the_cut(page *p) {
  const graph *g = p->g;
  if (!g->paths.len)
    return;
  buf_char(&p->out, '\n');
  styled(
      p, GREEN,
      arena_printf(p->out.arena, "  %zu fix%s cut%s every path%s", g->cut.len,
                   g->cut.len == 1 ? "" : "es", g->cut.len == 1 ? "s" : "",
                   g->cut_exact ? " (no smaller set does)" : " (perhaps a smaller set does too)"));
  buf_char(&p->out, '\n');
  for (size_t i = 0; i < g->cut.len; i++) {
    const finding *f = g->fixes.at[g->cut.at[i]].finding;
    buf_put(&p->out, STR("    ✂ "));
    styled(p, BOLD, f->check);
    buf_printf(&p->out, "  %.*s\n", STR_ARG(text_line(p->out.arena, fix_where(p->out.arena, f))));
    put_folded(&p->out, text_line(p->out.arena, f->fix_text), STR("      "), p->width);
  }
}

str graph_pretty(const graph *g, const report *r, bool color) {
  page p = {.g = g, .out = {.arena = g->arena}, .color = color, .width = WIDTH};
  p.told = arena_alloc(g->arena, (g->edges.len + 1) * sizeof *p.told);
  buf_char(&p.out, '\n');
  styled(&p, BOLD, STR("batten paths"));
  str inputs = text_first_columns(text_line(g->arena, r->target_url), p.width - 14);
  buf_printf(&p.out, "  %.*s\n\n", STR_ARG(inputs));
  if (r->partial) {
    styled(&p, RED, STR("  NOT COMPLETED"));
    buf_printf(&p.out, "\n    %.*s\n", STR_ARG(text_line(g->arena, r->partial_reason)));
  }
  if (!g->paths.len && !r->partial)
    put_folded(&p.out,
               STR("No path from anonymous or any user to node, cluster or cloud credentials "
                   "follows from these findings."),
               STR("  "), p.width);
  if (g->paths.len)
    buf_printf(
        &p.out,
        "  %s%zu path%s to node, cluster or cloud credentials, fewest doubtful steps first\n",
        g->more_paths ? "more than " : "", g->paths.len, g->paths.len == 1 ? "" : "s");
  the_cut(&p);
  all_groups(&p);
  for (size_t i = 0; i < r->not_tested.len; i++) {
    const not_tested *n = &r->not_tested.at[i];
    buf_char(&p.out, '\n');
    put_folded(&p.out,
               text_line(g->arena, arena_printf(g->arena, "Not judged: %.*s: %.*s",
                                                STR_ARG(n->where), STR_ARG(n->reason))),
               STR("  "), p.width);
  }
  return buf_str(&p.out);
}
