/* The graph as JSON, Mermaid and GraphML. */
#include "base/json.h"
#include "paths/fact.h"

static json_t *fix_json(const graph *g, const finding *f) {
  json_t *o = json_object();
  json_put_str(o, "check", f->check);
  json_put_str(o, "where", fix_where(g->arena, f));
  json_put_str(o, "fingerprint", f->fingerprint);
  json_put_str(o, "fix", f->fix_text);
  return o;
}

static json_t *nodes_json(const graph *g) {
  json_t *list = json_array();
  for (size_t i = 0; i < g->nodes.len; i++) {
    json_t *o = json_object();
    json_put(o, "id", json_integer((json_int_t)i));
    json_put_str(o, "label", g->nodes.at[i].label);
    json_put_str(o, "workload", g->nodes.at[i].workload);
    json_put(o, "target", json_boolean(state_is_target(g->nodes.at[i].state)));
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *edge_json(const graph *g, size_t i) {
  const graph_edge *e = &g->edges.at[i];
  json_t *o = json_object(), *because = json_array();
  json_put(o, "id", json_integer((json_int_t)i));
  json_put_str(o, "edge", str_of(e->row->id));
  json_put(o, "from", json_integer((json_int_t)e->from));
  json_put(o, "to", json_integer((json_int_t)e->to));
  json_put_str(o, "what", str_of(e->row->what));
  json_put_str(o, "technique", str_of(e->row->technique));
  json_put(o, "doubt", json_integer(e->doubt));
  for (int j = 0; j < 2; j++)
    if (e->because[j])
      json_array_append_new(because, fix_json(g, e->because[j]));
  json_put(o, "findings", because);
  return o;
}

static json_t *path_json(const path *p) {
  json_t *o = json_object(), *steps = json_array();
  for (size_t i = 0; i < p->len; i++)
    json_array_append_new(steps, json_integer((json_int_t)p->edges[i]));
  json_put(o, "doubt", json_integer(p->doubt));
  json_put(o, "edges", steps);
  return o;
}

static json_t *cut_json(const graph *g) {
  json_t *o = json_object(), *fixes = json_array();
  for (size_t i = 0; i < g->cut.len; i++)
    json_array_append_new(fixes, fix_json(g, g->fixes.at[g->cut.at[i]].finding));
  json_put(o, "exact", json_boolean(g->cut_exact));
  json_put(o, "complete", json_boolean(g->cut_possible));
  json_put(o, "fixes", fixes);
  return o;
}

str graph_json(const graph *g) {
  json_t *o = json_object(), *edges = json_array(), *paths = json_array();
  for (size_t i = 0; i < g->edges.len; i++)
    json_array_append_new(edges, edge_json(g, i));
  for (size_t i = 0; i < g->paths.len; i++)
    json_array_append_new(paths, path_json(&g->paths.at[i]));
  json_put(o, "nodes", nodes_json(g));
  json_put(o, "edges", edges);
  json_put(o, "paths", paths);
  json_put(o, "more_paths", json_boolean(g->more_paths));
  json_put(o, "cut", cut_json(g));
  str out = json_write(g->arena, o, false);
  json_decref(o);
  return out;
}

/* ---- which edges lie on a path --------------------------------------------------------------- */

static bool *edges_used(const graph *g) {
  bool *used = arena_alloc(g->arena, g->edges.len + 1);
  for (size_t i = 0; i < g->paths.len; i++)
    for (size_t j = 0; j < g->paths.at[i].len; j++)
      used[g->paths.at[i].edges[j]] = true;
  return used;
}

/* For quoted text in either format: only what neither could misread. */
static str plain(arena *a, str s) {
  buf b = {.arena = a};
  char *text = arena_text(a, s);
  for (size_t i = 0; i < s.len; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F || text[i] == '|' || text[i] == '`')
      text[i] = ' ';
  put_markup(&b, str_from(text, s.len));
  return buf_str(&b);
}

str graph_mermaid(const graph *g) {
  arena *a = g->arena;
  buf b = {.arena = a};
  const bool *used = edges_used(g);
  buf_put(&b, STR("flowchart LR\n"));
  for (size_t i = 0; i < g->nodes.len; i++) {
    bool any = false;
    for (size_t j = 0; j < g->edges.len; j++)
      any |= used[j] && (g->edges.at[j].from == i || g->edges.at[j].to == i);
    if (any)
      buf_printf(
          &b, state_is_target(g->nodes.at[i].state) ? "  n%zu{{\"%.*s\"}}\n" : "  n%zu[\"%.*s\"]\n",
          i, STR_ARG(plain(a, g->nodes.at[i].label)));
  }
  for (size_t i = 0; i < g->edges.len; i++) {
    const graph_edge *e = &g->edges.at[i];
    if (used[i])
      buf_printf(&b, "  n%zu %s|\"%s %s\"| n%zu\n", e->from, e->doubt ? "-.->" : "-->", e->row->id,
                 e->row->technique, e->to);
  }
  if (!g->paths.len)
    buf_put(&b, STR("  none[\"no path\"]\n"));
  return buf_str(&b);
}

str graph_graphml(const graph *g) {
  static const char *const keys[] = {"label", "edge", "technique", "doubt", "finding"};
  arena *a = g->arena;
  buf b = {.arena = a};
  buf_put(&b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml "
                  "xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"));
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    buf_printf(&b, "  <key id=\"%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"string\"/>\n", keys[i],
               i ? "edge" : "node", keys[i]);
  buf_put(&b, STR("  <graph id=\"paths\" edgedefault=\"directed\">\n"));
  for (size_t i = 0; i < g->nodes.len; i++)
    buf_printf(&b, "    <node id=\"n%zu\"><data key=\"label\">%.*s</data></node>\n", i,
               STR_ARG(plain(a, g->nodes.at[i].label)));
  for (size_t i = 0; i < g->edges.len; i++) {
    const graph_edge *e = &g->edges.at[i];
    buf_printf(
        &b,
        "    <edge id=\"e%zu\" source=\"n%zu\" target=\"n%zu\"><data key=\"edge\">%s</data><data "
        "key=\"technique\">%s</data><data key=\"doubt\">%u</data>",
        i, e->from, e->to, e->row->id, e->row->technique, e->doubt);
    for (int j = 0; j < 2; j++)
      if (e->because[j] && !j)
        buf_printf(&b, "<data key=\"finding\">%.*s</data>",
                   STR_ARG(plain(a, g->fixes.at[e->fix[j]].name)));
    buf_put(&b, STR("</edge>\n"));
  }
  buf_put(&b, STR("  </graph>\n</graphml>\n"));
  return buf_str(&b);
}
