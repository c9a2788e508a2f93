/* The graph drawn as SVG: a row for each kind of state from top to bottom, curves between, what the
 * cut mends in green. */
#include "base/json.h"
#include "paths/fact.h"

enum { BOX_WIDTH = 230, BOX_HEIGHT = 46, COLUMN = 300, ROW = 150, MARGIN = 20, ROWS = 7 };

static const int ROW_OF[] = {0, 0, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 6};

typedef struct {
  bool used;
  int x, y;
} spot;

/* Parallel edges are drawn as one, with their names under each other. */
typedef struct {
  size_t from, to, count;
  str_list names;
  bool doubtful, cut; /* all of them */
} bundle;

typedef LIST(bundle) bundle_list;

static str markup(arena *a, str s) {
  buf b = {.arena = a};
  put_markup(&b, s);
  return buf_str(&b);
}

static bool is_cut(const graph *g, const graph_edge *e) {
  for (int i = 0; i < 2; i++)
    if (e->fix[i] != SIZE_MAX && g->fixes.at[e->fix[i]].cut)
      return true;
  return false;
}

static void add_to_bundle(const graph *g, bundle_list *list, const graph_edge *e) {
  bundle *at = NULL;
  for (size_t i = 0; i < list->len; i++)
    if (list->at[i].from == e->from && list->at[i].to == e->to)
      at = &list->at[i];
  if (!at) {
    bundle fresh = {.from = e->from, .to = e->to, .doubtful = true, .cut = true};
    list_push(g->arena, list, fresh);
    at = &list->at[list->len - 1];
  }
  str name = arena_printf(g->arena, "%s %s", e->row->id, e->row->technique);
  bool known = false;
  for (size_t i = 0; i < at->names.len; i++)
    known |= str_eq(at->names.at[i], name);
  if (!known)
    list_push(g->arena, &at->names, name);
  at->count++;
  at->doubtful &= e->doubt > 0;
  at->cut &= is_cut(g, e);
}

static bundle_list bundles(const graph *g) {
  bundle_list list = {0};
  bool *used = arena_alloc(g->arena, g->edges.len + 1);
  for (size_t i = 0; i < g->paths.len; i++)
    for (size_t j = 0; j < g->paths.at[i].len; j++)
      used[g->paths.at[i].edges[j]] = true;
  for (size_t i = 0; i < g->edges.len; i++)
    if (used[i])
      add_to_bundle(g, &list, &g->edges.at[i]);
  return list;
}

static spot *place(const graph *g, const bundle_list *list, int *width) {
  int count[ROWS] = {0}, next[ROWS] = {0}, most = 1;
  spot *at = arena_alloc(g->arena, (g->nodes.len + 1) * sizeof *at);
  for (size_t i = 0; i < list->len; i++)
    at[list->at[i].from].used = at[list->at[i].to].used = true;
  for (size_t i = 0; i < g->nodes.len; i++)
    if (at[i].used && ++count[ROW_OF[g->nodes.at[i].state]] > most)
      most = count[ROW_OF[g->nodes.at[i].state]];
  if (most < 3)
    most = 3;
  for (size_t i = 0; i < g->nodes.len; i++) {
    int row = ROW_OF[g->nodes.at[i].state], room = most * COLUMN / (count[row] ? count[row] : 1);
    if (!at[i].used)
      continue;
    at[i].x = MARGIN + next[row]++ * room +
              (room - BOX_WIDTH) / 2; /* a row spreads over the whole width */
    at[i].y = MARGIN + row * ROW;
  }
  *width = MARGIN * 2 + most * COLUMN;
  return at;
}

/* Lines that come into one box share its width, in the order of where they come from; their names
 * stand at different heights above it. */
static void rank(const bundle_list *list, const spot *at, size_t index, int *before, int *all) {
  *before = *all = 0;
  for (size_t i = 0; i < list->len; i++) {
    if (list->at[i].to != list->at[index].to)
      continue;
    int x = at[list->at[i].from].x, mine = at[list->at[index].from].x;
    *before += x < mine || (x == mine && i < index);
    ++*all;
  }
}

typedef struct {
  int x1, y1, x2, y2, before;
} line;

static line line_of(const bundle_list *list, const spot *at, size_t i) {
  int before, all;
  rank(list, at, i, &before, &all);
  const spot *from = &at[list->at[i].from], *to = &at[list->at[i].to];
  return (line){from->x + BOX_WIDTH / 2, from->y + BOX_HEIGHT,
                to->x + BOX_WIDTH * (before + 1) / (all + 1), to->y - 6, before};
}

static void draw_line(buf *b, const bundle *e, line l) {
  int bend = (l.y2 - l.y1) / 2;
  if (l.y2 < l.y1 + 20)
    bend = 60;
  buf_printf(b,
             "<path class=\"e%s%s\" d=\"M%d %d C%d %d %d %d %d %d\" marker-end=\"url(#tip%s)\"/>\n",
             e->cut ? " cut" : "", e->doubtful ? " doubt" : "", l.x1, l.y1, l.x1, l.y1 + bend, l.x2,
             l.y2 - bend, l.x2, l.y2, e->cut ? "cut" : "");
}

static void draw_names(buf *b, const bundle *e, line l) {
  enum { SHOWN = 3, LINE = 13 };

  size_t shown = e->names.len > SHOWN ? SHOWN : e->names.len;
  int y = l.y2 - 14 - (l.before % 3) * 30 - LINE * (int)(shown - 1), far = l.y2 - y;
  int x = l.x2 + (l.x1 - l.x2) * far * far / ((l.y2 - l.y1) * (l.y2 - l.y1) / 2 + 1) / 2;
  for (size_t i = 0; i < shown; i++)
    buf_printf(b, "<text class=\"n%s\" x=\"%d\" y=\"%d\">%.*s</text>\n", e->cut ? " cut" : "", x,
               y + LINE * (int)i, STR_ARG(e->names.at[i]));
  if (e->names.len > shown)
    buf_printf(b, "<text class=\"n\" x=\"%d\" y=\"%d\">and %zu more</text>\n", x, y - LINE,
               e->names.len - shown);
}

static void draw_box(buf *b, const graph_node *n, const spot *at) {
  str first = n->label, second = n->workload;
  if (second.len)
    first = str_sub(first, 0, str_find(first, STR(" ("), 0));
  if (second.len > 28)
    second = arena_printf(b->arena, "%.*s…", STR_ARG(str_sub(second, 0, 27)));
  buf_printf(b,
             "<g><title>%.*s</title><rect class=\"b%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
             "height=\"%d\" rx=\"8\"/>",
             STR_ARG(markup(b->arena, n->label)),
             state_is_target(n->state) ? " target"
             : n->state <= STATE_USER  ? " start"
                                       : "",
             at->x, at->y, BOX_WIDTH, BOX_HEIGHT);
  buf_printf(b, "<text class=\"t\" x=\"%d\" y=\"%d\">%.*s</text>", at->x + BOX_WIDTH / 2,
             at->y + (second.len ? 20 : 28), STR_ARG(markup(b->arena, first)));
  if (second.len)
    buf_printf(b, "<text class=\"w\" x=\"%d\" y=\"%d\">%.*s</text>", at->x + BOX_WIDTH / 2,
               at->y + 36, STR_ARG(markup(b->arena, second)));
  buf_put(b, STR("</g>\n"));
}

static const char STYLE[] =
    "<style>.graph{color-scheme:light dark}.graph{overflow-x:auto}.graph "
    "svg{width:100%;height:auto;font-family:inherit}.graph "
    ".b{fill:Canvas;stroke:currentColor;stroke-width:1.5}.graph "
    ".target{stroke:#d33;stroke-width:3}.graph .start{stroke-dasharray:4 3}.graph "
    "text{fill:currentColor;text-anchor:middle}.graph .t{font-size:13px;font-weight:600}.graph "
    ".w{font-size:11px;opacity:.75}.graph "
    ".n{font-size:11px;paint-order:stroke;stroke:Canvas;stroke-width:3px}.graph "
    ".e{fill:none;stroke:#c60;stroke-width:1.8}.graph .doubt{stroke-dasharray:6 "
    "4;opacity:.7}.graph .e.cut{stroke:#2a2;stroke-width:3}.graph "
    ".n.cut{fill:#2a2;font-weight:700}</style>";

static void draw_tip(buf *b, const char *name, const char *color) {
  buf_printf(b,
             "<marker id=\"tip%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"9\" "
             "markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 8 4 "
             "0 8z\" fill=\"%s\"/></marker>",
             name, color);
}

static void draw(buf *b, const graph *g) {
  int width;
  bundle_list list = bundles(g);
  const spot *at = place(g, &list, &width);
  buf_printf(b,
             "<div class=\"graph\"><svg viewBox=\"0 0 %d %d\" "
             "style=\"max-width:%dpx;min-width:%dpx\" role=\"img\" aria-label=\"escape paths\">",
             width, MARGIN * 2 + (ROWS - 1) * ROW + BOX_HEIGHT, width, width * 4 / 5);
  buf_put(b, STR("<defs>"));
  draw_tip(b, "", "#c60");
  draw_tip(b, "cut", "#2a2");
  buf_put(b, STR("</defs>\n"));
  for (size_t i = 0; i < list.len; i++)
    draw_line(b, &list.at[i], line_of(&list, at, i));
  for (size_t i = 0; i < g->nodes.len; i++)
    if (at[i].used)
      draw_box(b, &g->nodes.at[i], &at[i]);
  for (size_t i = 0; i < list.len; i++)
    draw_names(b, &list.at[i], line_of(&list, at, i));
  buf_put(b, STR("</svg></div>\n"));
}

static void draw_cut(buf *b, const graph *g) {
  buf_printf(b, "<h3>%zu fix%s that cut%s every path%s</h3><ol>", g->cut.len,
             g->cut.len == 1 ? "" : "es", g->cut.len == 1 ? "s" : "",
             g->cut_exact ? "; no smaller set does" : "; perhaps a smaller set does too");
  for (size_t i = 0; i < g->cut.len; i++) {
    const finding *f = g->fixes.at[g->cut.at[i]].finding;
    buf_printf(
        b, "<li><strong>%.*s</strong> %.*s<br>%.*s</li>", STR_ARG(markup(b->arena, f->check)),
        STR_ARG(markup(b->arena, fix_where(b->arena, f))), STR_ARG(markup(b->arena, f->fix_text)));
  }
  buf_put(b, STR("</ol>"));
}

str graph_svg(const graph *g) {
  buf b = {.arena = g->arena};
  buf_put(&b, str_of(STYLE));
  buf_put(&b, STR("<section class=\"paths\"><h2>From a forged token to the node</h2>"));
  if (!g->paths.len) {
    buf_put(&b, STR("<p>No path follows from these findings.</p></section>"));
    return buf_str(&b);
  }
  buf_put(&b, STR("<p>Solid: shown. Dashed: needs something that is not shown. Green: what the "
                  "fixes below cut.</p>"));
  draw(&b, g);
  draw_cut(&b, g);
  buf_put(&b, STR("</section>"));
  return buf_str(&b);
}
