#include "paths/fact.h"

static const struct {
  attacker_state target;
  const char *check, *title;
} TARGETS[] = {
    {STATE_NODE, "path-node", "A forged token leads to the node"},
    {STATE_CLUSTER, "path-cluster", "A forged token leads to the cluster"},
    {STATE_CLOUD, "path-cloud-credentials", "A forged token leads to the cloud's credentials"}};

static str chain(const graph *g, const path *p) {
  buf b = {.arena = g->arena};
  buf_put(&b, g->nodes.at[g->edges.at[p->edges[0]].from].label);
  for (size_t i = 0; i < p->len; i++) {
    const graph_edge *e = &g->edges.at[p->edges[i]];
    buf_printf(&b, " -[%s]-> %.*s", e->row->id, STR_ARG(g->nodes.at[e->to].label));
  }
  return buf_str(&b);
}

static void add_step(const graph *g, const graph_edge *e, finding *f) {
  arena *a = g->arena;
  evidence shown = {.note = arena_printf(a, "%s (%s%s): %s", e->row->id, e->row->technique,
                                         e->doubt ? ", not shown" : "", e->row->what)};
  for (int i = 0; i < 2; i++) {
    const finding *because = e->because[i];
    if (!because)
      continue;
    shown.note = arena_printf(a, "%.*s; %.*s %.*s", STR_ARG(shown.note), STR_ARG(because->check),
                              STR_ARG(fix_where(a, because)));
    if (because->evidence.len)
      shown.note =
          arena_printf(a, "%.*s: %.*s", STR_ARG(shown.note), STR_ARG(because->evidence.at[0].note));
    if (!because->where.file.len || because->where.kind == WHERE_OPERATION)
      continue;
    trace_step t = {because->where.file, because->where.line, because->where.column,
                    str_of(e->row->what)};
    list_push(a, &f->trace, t);
    f->where.file = t.file;
    f->where.line = t.line;
    f->where.column = t.column;
  }
  list_push(a, &f->evidence, shown);
  str technique = arena_printf(a, "ATT&CK %s", e->row->technique);
  for (size_t i = 0; i < f->references.other.len; i++)
    if (str_eq(f->references.other.at[i], technique))
      return;
  list_push(a, &f->references.other, technique);
}

static str cut_text(const graph *g) {
  buf b = {.arena = g->arena};
  if (g->cut.len == 1)
    buf_put(&b, STR("This fix cuts every path: "));
  else
    buf_printf(&b, "These %zu fixes cut every path%s: ", g->cut.len,
               g->cut_exact ? "" : " (perhaps fewer do)");
  for (size_t i = 0; i < g->cut.len; i++)
    buf_printf(&b, "%s%.*s", i ? "; " : "", STR_ARG(g->fixes.at[g->cut.at[i]].name));
  return buf_str(&b);
}

static void add_finding(const graph *g, const path *p, str cut, report *r) {
  const graph_edge *last = &g->edges.at[p->edges[p->len - 1]];
  finding f = {.category = CATEGORY_RUNTIME_EXPOSURE,
               .severity = p->doubt ? SEVERITY_HIGH : SEVERITY_CRITICAL,
               .confidence = p->doubt == 0   ? CONFIDENCE_CONFIRMED
                             : p->doubt == 1 ? CONFIDENCE_FIRM
                                             : CONFIDENCE_TENTATIVE,
               .fix_text = cut,
               .where = {.kind = WHERE_OBJECT, .file = STR("."), .line = 1, .column = 1}};
  for (size_t i = 0; i < sizeof TARGETS / sizeof *TARGETS; i++)
    if (TARGETS[i].target == g->nodes.at[last->to].state) {
      f.check = str_of(TARGETS[i].check);
      f.title = str_of(TARGETS[i].title);
    }
  str workload = g->nodes.at[last->from].workload;
  f.description = chain(g, p);
  f.where.object = workload.len ? workload : STR("application");
  f.where.field = f.description;
  list_push(g->arena, &f.references.cwe, 250);
  for (size_t i = 0; i < p->len; i++)
    add_step(g, &g->edges.at[p->edges[i]], &f);
  list_push(g->arena, &r->findings, f);
}

static void attach(arena *a, report *r, const char *name, str text) {
  report_attachment one = {str_of(name), text};
  list_push(a, &r->attachments, one);
}

static void add_open(arena *a, report *r, str what, str reason) {
  not_tested one = {STR("*"), what, reason};
  list_push(a, &r->not_tested, one);
}

/* What the reports leave open the paths leave open too. */
static void take_reports(arena *a, const report *const *reports, size_t n, report *r) {
  bool audited = false;
  for (size_t i = 0; i < n; i++) {
    const report *of = reports[i];
    audited |= of->kind == REPORT_AUDIT;
    r->target_url = r->target_url.len ? arena_printf(a, "%.*s, %.*s", STR_ARG(r->target_url),
                                                     STR_ARG(of->target_url))
                                      : of->target_url;
    if (!of->partial)
      continue;
    r->partial = true;
    if (!r->partial_reason.len)
      r->partial_reason =
          arena_printf(a, "%.*s: %.*s", STR_ARG(of->target_url), STR_ARG(of->partial_reason));
    add_open(a, r, of->target_url,
             STR("this report is partial: paths that its missing part would show are missing too"));
  }
  if (!audited)
    add_open(
        a, r, STR("audit"),
        STR("no source or manifests were given: no path through code or containers can be seen"));
}

void paths_run(arena *a, const report *const *reports, size_t n, bool color, report *out) {
  graph g = {.arena = a};
  report r = {.kind = REPORT_PATHS,
              .context = STR("default"),
              .started = clock_wall(),
              .active = STR("passive"),
              .authorization = STR("none")};
  take_reports(a, reports, n, &r);
  graph_build(&g, reports, n);
  for (size_t i = 0; i < g.not_claimed.len; i++)
    list_push(a, &r.not_tested, g.not_claimed.at[i]);
  graph_search(&g);
  graph_cut(&g);
  str cut = g.paths.len ? cut_text(&g) : STR("");
  for (size_t i = 0; i < g.paths.len; i++)
    add_finding(&g, &g.paths.at[i], cut, &r);
  if (g.more_paths)
    add_open(a, &r, STR("paths"),
             arena_printf(a, "more than %d paths: the search was cut off, the cut counts them all",
                          PATHS_MAX));
  r.categories[CATEGORY_RUNTIME_EXPOSURE].tested = true;
  r.categories[CATEGORY_RUNTIME_EXPOSURE].checks = sizeof TARGETS / sizeof *TARGETS;
  r.finished = clock_wall();
  report_finish(a, &r);
  attach(a, &r, "paths", graph_json(&g));
  attach(a, &r, "picture", graph_svg(&g));
  attach(a, &r, "mermaid", graph_mermaid(&g));
  attach(a, &r, "graphml", graph_graphml(&g));
  attach(a, &r, "pretty", graph_pretty(&g, &r, color));
  *out = r;
}
