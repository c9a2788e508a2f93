/* For the terminal: the cut first, then a chain for each path. */
#include "paths/fact.h"

static const char BOLD[] = "\033[1m", DIM[] = "\033[2m", RED[] = "\033[31m", GREEN[] = "\033[32m", RESET[] = "\033[0m";

typedef struct {
  const graph *g;
  buf out;
  bool color;
} page;

static str safe(arena *a, str s) {
  buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++) buf_char(&b, (unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F ? ' ' : s.ptr[i]);
  return buf_str(&b);
}

static void styled(page *p, const char *style, str text) {
  if (p->color) buf_put(&p->out, str_of(style));
  buf_put(&p->out, safe(p->out.arena, text));
  if (p->color) buf_put(&p->out, str_of(RESET));
}

static void one_step(page *p, const graph_edge *e) {
  arena *a = p->out.arena;
  buf_put(&p->out, STR("      │ "));
  styled(p, BOLD, str_of(e->row->id));
  buf_printf(&p->out, " %s", e->row->technique);
  if (e->doubt) styled(p, DIM, STR(" (not shown)"));
  buf_printf(&p->out, ": %s\n", e->row->what);
  for (int i = 0; i < 2; i++) {
    const finding *f = e->because[i];
    if (!f) continue;
    buf_put(&p->out, STR("      │   "));
    styled(p, DIM, arena_printf(a, "%.*s %.*s", STR_ARG(f->check), STR_ARG(fix_where(a, f))));
    buf_char(&p->out, '\n');
    if (f->evidence.len) {
      buf_put(&p->out, STR("      │   "));
      styled(p, DIM, str_sub(f->evidence.at[0].note, 0, 160));
      buf_char(&p->out, '\n');
    }
  }
  buf_put(&p->out, STR("      ▼ "));
  styled(p, state_is_target(p->g->nodes.at[e->to].state) ? RED : BOLD, p->g->nodes.at[e->to].label);
  buf_char(&p->out, '\n');
}

static void one_path(page *p, size_t index) {
  const path *way = &p->g->paths.at[index];
  buf_printf(&p->out, "\n  %zu.  ", index + 1);
  styled(p, BOLD, p->g->nodes.at[p->g->edges.at[way->edges[0]].from].label);
  if (way->doubt) buf_printf(&p->out, "   (%u doubtful)", way->doubt);
  buf_char(&p->out, '\n');
  for (size_t i = 0; i < way->len; i++) one_step(p, &p->g->edges.at[way->edges[i]]);
}

static void the_cut(page *p) {
  const graph *g = p->g;
  if (!g->paths.len) return;
  buf_char(&p->out, '\n');
  styled(p, GREEN, arena_printf(p->out.arena, "  %zu fix%s cut%s every path%s", g->cut.len, g->cut.len == 1 ? "" : "es", g->cut.len == 1 ? "s" : "",
                                g->cut_exact ? " (no smaller set does)" : " (perhaps a smaller set does too)"));
  buf_char(&p->out, '\n');
  for (size_t i = 0; i < g->cut.len; i++) {
    const finding *f = g->fixes.at[g->cut.at[i]].finding;
    buf_put(&p->out, STR("    ✂ "));
    styled(p, BOLD, f->check);
    buf_printf(&p->out, "  %.*s\n      %.*s\n", STR_ARG(safe(p->out.arena, fix_where(p->out.arena, f))), STR_ARG(safe(p->out.arena, f->fix_text)));
  }
}

str graph_pretty(const graph *g, const report *r, bool color) {
  enum { SHOWN = 20 };
  page p = {.g = g, .out = {.arena = g->arena}, .color = color};
  buf_char(&p.out, '\n');
  styled(&p, BOLD, STR("batten paths"));
  buf_printf(&p.out, "  %.*s\n\n", STR_ARG(safe(g->arena, r->target_url)));
  if (r->partial) {
    styled(&p, RED, STR("  NOT COMPLETED"));
    buf_printf(&p.out, "\n    %.*s\n", STR_ARG(safe(g->arena, r->partial_reason)));
  }
  if (!g->paths.len && !r->partial) buf_put(&p.out, STR("  No path from anonymous or any user to node, cluster or cloud credentials follows from these findings.\n"));
  if (g->paths.len)
    buf_printf(&p.out, "  %s%zu path%s to node, cluster or cloud credentials, fewest doubtful steps first\n", g->more_paths ? "more than " : "", g->paths.len,
               g->paths.len == 1 ? "" : "s");
  the_cut(&p);
  for (size_t i = 0; i < g->paths.len && i < SHOWN; i++) one_path(&p, i);
  if (g->paths.len > SHOWN) buf_printf(&p.out, "\n  and %zu more: --format json or html lists them\n", g->paths.len - SHOWN);
  for (size_t i = 0; i < r->not_tested.len; i++)
    buf_printf(&p.out, "\n  Not judged: %.*s: %.*s\n", STR_ARG(safe(g->arena, r->not_tested.at[i].where)), STR_ARG(safe(g->arena, r->not_tested.at[i].reason)));
  return buf_str(&p.out);
}
