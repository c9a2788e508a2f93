/* Joins the facts of all files: slots become nodes, calls are resolved by class and method name, and what the sources
 * reach is found breadth first, so each trace is a shortest one. A result carries an argument back only to the call that
 * passed it. */
#include "audit/ruby/private.h"

#include <stdlib.h>

enum { PARENTS_MAX = 12, ROUNDS_MAX = 6, STATE_BITS = FLOW_FLAGS * 2, ENTERED = FLOW_FLAGS };

typedef enum { EDGE_PLAIN, EDGE_CALL, EDGE_RESULT, EDGE_THROUGH } edge_kind;
typedef struct {
  unsigned to, next; /* next: of the same origin, 0 ends */
  unsigned parameter; /* EDGE_THROUGH: open once this parameter reaches its method's result */
  edge_kind kind;
  unsigned flags;
  const step *steps;
} edge;

typedef struct {
  str name;
  unsigned first;    /* edge */
  unsigned result;   /* of a parameter: its method's result slot */
  bool written, through;
  unsigned stamp;
} slot_node;

typedef struct {
  unsigned from_state, by_edge;
} arrival;

typedef struct {
  arena *arena;
  const file_facts *files;
  size_t count;
  LIST(slot_node) slots;
  LIST(edge) edges;
  unsigned *table;
  size_t table_size;
  unsigned stamp;
  arrival *arrivals;
  LIST(const method_fact *) methods; /* sorted by name, class */
  LIST(parent_fact) parents;         /* sorted by class */
  report *report;
} linker;

static uint64_t hash_of(str s) {
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < s.len; i++) h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u;
  return h;
}

static void grow_table(linker *l) {
  l->table_size = l->table_size ? l->table_size * 2 : 4096;
  l->table = arena_alloc(l->arena, l->table_size * sizeof *l->table);
  for (unsigned i = 1; i < l->slots.len; i++) {
    size_t at = hash_of(l->slots.at[i].name) & (l->table_size - 1);
    while (l->table[at]) at = (at + 1) & (l->table_size - 1);
    l->table[at] = i;
  }
}

static unsigned find_slot(linker *l, str name, bool make) {
  if (!l->slots.len) list_push(l->arena, &l->slots, (slot_node){0});
  if (l->slots.len * 2 >= l->table_size) grow_table(l);
  size_t at = hash_of(name) & (l->table_size - 1);
  while (l->table[at]) {
    if (str_eq(l->slots.at[l->table[at]].name, name)) return l->table[at];
    at = (at + 1) & (l->table_size - 1);
  }
  if (!make) return 0;
  l->table[at] = (unsigned)l->slots.len;
  list_push(l->arena, &l->slots, (slot_node){.name = name});
  return (unsigned)l->slots.len - 1;
}

static void add_edge(linker *l, unsigned from, unsigned to, edge_kind kind, unsigned parameter, unsigned flags, const step *steps) {
  if (!l->edges.len) list_push(l->arena, &l->edges, (edge){0});
  list_push(l->arena, &l->edges, (edge){to, l->slots.at[from].first, parameter, kind, flags, steps});
  l->slots.at[from].first = (unsigned)l->edges.len - 1;
}

/* ---- classes ------------------------------------------------------------------------------------------------------------- */

static int cmp_methods(const void *p, const void *q) {
  const method_fact *x = *(const method_fact *const *)p, *y = *(const method_fact *const *)q;
  int c = str_cmp(x->name, y->name);
  return c ? c : str_cmp(x->klass, y->klass);
}

static int cmp_parents(const void *p, const void *q) {
  const parent_fact *x = p, *y = q;
  int c = str_cmp(x->klass, y->klass);
  return c ? c : str_cmp(x->parent, y->parent);
}

static size_t first_method(const linker *l, str name) {
  size_t low = 0, high = l->methods.len;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (str_cmp(l->methods.at[middle]->name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

static size_t first_parent(const linker *l, str klass) {
  size_t low = 0, high = l->parents.len;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (str_cmp(l->parents.at[middle].klass, klass) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* The class and what it inherits or mixes in, nearest first. */
static size_t ancestry(const linker *l, str klass, str *out) {
  size_t n = 0;
  out[n++] = klass;
  for (size_t i = 0; i < n; i++)
    for (size_t p = first_parent(l, out[i]); p < l->parents.len && str_eq(l->parents.at[p].klass, out[i]); p++) {
      bool known = false;
      for (size_t k = 0; k < n; k++) known |= str_eq(out[k], l->parents.at[p].parent);
      if (!known && n < PARENTS_MAX) out[n++] = l->parents.at[p].parent;
    }
  return n;
}

static const method_fact *method_of(const linker *l, str klass, str name) {
  str all[PARENTS_MAX];
  size_t first = first_method(l, name), end = first;
  while (end < l->methods.len && str_eq(l->methods.at[end]->name, name)) end++;
  size_t n = first < end ? ancestry(l, klass, all) : 0;
  for (size_t i = 0; i < n; i++)
    for (size_t m = first; m < end; m++)
      if (str_eq(l->methods.at[m]->klass, all[i])) return l->methods.at[m];
  return NULL;
}

/* A method that only one class defines. */
static const method_fact *only_method(const linker *l, str name) {
  size_t m = first_method(l, name);
  if (m >= l->methods.len || !str_eq(l->methods.at[m]->name, name)) return NULL;
  bool more = m + 1 < l->methods.len && str_eq(l->methods.at[m + 1]->name, name);
  return more ? NULL : l->methods.at[m];
}

/* attr_reader: the name is one of the object's own variables. */
static bool reads_variable(linker *l, const call_fact *c) {
  str all[PARENTS_MAX];
  size_t n = c->receiver == CALL_SELF && c->klass.len ? ancestry(l, c->klass, all) : 0;
  for (size_t i = 0; i < n; i++)
    if (find_slot(l, arena_printf(l->arena, "I:%.*s#@%.*s", STR_ARG(all[i]), STR_ARG(c->method)), false)) return true;
  return false;
}

static const method_fact *resolve(linker *l, const call_fact *c) {
  static const char *const common[] = {"new", "call", "each", "map", "get", "post", "create", "update", "show", "index", "destroy", "save", "to_s",
                                       "name", "id", "run", "perform", "initialize", "value", "key", "data", "path", "url", "user", "result", "all", NULL};
  const method_fact *m = c->klass.len ? method_of(l, c->klass, c->method) : NULL;
  if (m || c->receiver == CALL_CLASS || reads_variable(l, c)) return m;
  for (size_t i = 0; common[i]; i++)
    if (str_eq(c->method, str_of(common[i]))) return NULL;
  return only_method(l, c->method);
}

/* ---- building ------------------------------------------------------------------------------------------------------------- */

static unsigned slot_of(linker *l, char kind, const method_fact *m, str part) {
  str name = part.len ? arena_printf(l->arena, "%c:%.*s#%.*s#%.*s", kind, STR_ARG(m->klass), STR_ARG(m->name), STR_ARG(part))
                      : arena_printf(l->arena, "%c:%.*s#%.*s", kind, STR_ARG(m->klass), STR_ARG(m->name));
  return find_slot(l, name, true);
}

static bool named_for_claims(str name) {
  static const char *const names[] = {"current_user_claims", "jwt_payload", "jwt_claims", "token_claims", "token_payload", "decoded_token",
                                      "decoded_jwt", "current_claims", "auth_payload", "current_token_payload", "current_jwt_payload",
                                      "@jwt_payload", "@jwt_claims", "@token_claims", "@decoded_token", "@current_user_claims", "@token_payload", "@payload", "@claims"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_eq(name, str_of(names[i]))) return true;
  return false;
}

static void link_unresolved(linker *l, const call_fact *c, bool jwt) {
  str all[PARENTS_MAX], reader = arena_printf(l->arena, "@%.*s", STR_ARG(c->method));
  unsigned result = find_slot(l, c->result, true);
  size_t n = c->klass.len ? ancestry(l, c->klass, all) : 0;
  bool held = false;
  for (size_t i = 0; i < n; i++) { /* attr_reader */
    unsigned from = find_slot(l, arena_printf(l->arena, "I:%.*s#%.*s", STR_ARG(all[i]), STR_ARG(reader)), false);
    if (from) add_edge(l, from, result, EDGE_PLAIN, 0, 0, NULL);
    held |= from != 0;
  }
  if (!held && jwt && c->receiver == CALL_SELF && named_for_claims(c->method))
    add_edge(l, find_slot(l, STR("$claims"), true), result, EDGE_PLAIN, 0, 0, NULL);
}

static void link_call(linker *l, const call_fact *c, bool jwt) {
  const method_fact *m = resolve(l, c);
  if (!m) {
    link_unresolved(l, c, jwt);
    return;
  }
  unsigned result = find_slot(l, c->result, true), returned = slot_of(l, 'R', m, STR(""));
  add_edge(l, returned, result, EDGE_RESULT, 0, 0, NULL);
  for (size_t i = 0; i < c->arguments.len; i++) {
    const call_argument *g = &c->arguments.at[i];
    unsigned parameter = slot_of(l, 'P', m, g->name);
    l->slots.at[parameter].result = returned;
    for (size_t o = 0; o < g->from.len; o++) {
      unsigned from = find_slot(l, g->from.at[o].slot, true);
      add_edge(l, from, parameter, EDGE_CALL, 0, g->from.at[o].flags, g->from.at[o].steps);
      add_edge(l, from, result, EDGE_THROUGH, parameter, g->from.at[o].flags, g->from.at[o].steps);
    }
  }
}

/* An object's variables are those of its class and of what the class inherits. */
static void link_variables(linker *l, bool jwt) {
  size_t count = l->slots.len;
  for (unsigned s = 1; s < count; s++) {
    str name = l->slots.at[s].name;
    if (!str_starts(name, STR("I:"))) continue;
    size_t hash = str_find(name, STR("#"), 0);
    str klass = str_sub(name, 2, hash), variable = str_sub(name, hash + 1, name.len), all[PARENTS_MAX];
    size_t n = ancestry(l, klass, all);
    bool written = l->slots.at[s].written;
    for (size_t i = 1; i < n; i++) {
      unsigned other = find_slot(l, arena_printf(l->arena, "I:%.*s#%.*s", STR_ARG(all[i]), STR_ARG(variable)), false);
      if (!other) continue;
      written |= l->slots.at[other].written;
      add_edge(l, other, s, EDGE_PLAIN, 0, 0, NULL);
      if (!l->slots.at[other].written) add_edge(l, s, other, EDGE_PLAIN, 0, 0, NULL); /* a concern reads what its class sets */
    }
    if (!written && jwt && named_for_claims(variable)) add_edge(l, find_slot(l, STR("$claims"), true), s, EDGE_PLAIN, 0, 0, NULL);
  }
}

static void gather(linker *l, bool *jwt) {
  for (size_t i = 0; i < l->count; i++) {
    const file_facts *f = &l->files[i];
    *jwt |= f->decodes;
    for (size_t m = 0; m < f->methods.len; m++) list_push(l->arena, &l->methods, &f->methods.at[m]);
    for (size_t p = 0; p < f->parents.len; p++) list_push(l->arena, &l->parents, f->parents.at[p]);
    for (size_t k = 0; k < f->edges.len; k++) {
      unsigned from = find_slot(l, f->edges.at[k].from.slot, true), to = find_slot(l, f->edges.at[k].to, true);
      l->slots.at[to].written = true;
      add_edge(l, from, to, EDGE_PLAIN, 0, f->edges.at[k].from.flags, f->edges.at[k].from.steps);
    }
    for (size_t k = 0; k < f->sinks.len; k++)
      for (size_t o = 0; o < f->sinks.at[k].from.len; o++) find_slot(l, f->sinks.at[k].from.at[o].slot, true);
  }
  if (l->methods.len) qsort(l->methods.at, l->methods.len, sizeof *l->methods.at, cmp_methods);
  if (l->parents.len) qsort(l->parents.at, l->parents.len, sizeof *l->parents.at, cmp_parents);
}

/* ---- what comes back from a call ------------------------------------------------------------------------------------------------ */

static bool reaches(linker *l, unsigned from, unsigned to) {
  LIST(unsigned) todo = {0};
  l->stamp++;
  list_push(l->arena, &todo, from);
  for (size_t i = 0; i < todo.len && i < 2000; i++)
    for (unsigned e = l->slots.at[todo.at[i]].first; e; e = l->edges.at[e].next) {
      const edge *x = &l->edges.at[e];
      if (x->kind == EDGE_CALL || x->kind == EDGE_RESULT) continue;
      if (x->kind == EDGE_THROUGH && !l->slots.at[x->parameter].through) continue;
      if (x->to == to) return true;
      if (l->slots.at[x->to].stamp == l->stamp) continue;
      l->slots.at[x->to].stamp = l->stamp;
      list_push(l->arena, &todo, x->to);
    }
  return false;
}

static void find_through(linker *l) {
  bool changed = true;
  for (int round = 0; changed && round < ROUNDS_MAX; round++) {
    changed = false;
    for (unsigned s = 1; s < l->slots.len; s++)
      if (l->slots.at[s].result && !l->slots.at[s].through && reaches(l, s, l->slots.at[s].result)) l->slots.at[s].through = changed = true;
  }
}

/* ---- what a source reaches --------------------------------------------------------------------------------------------------------- */

static bool open_edge(const linker *l, const edge *x, bool entered) {
  if (x->kind == EDGE_THROUGH) return l->slots.at[x->parameter].through;
  return x->kind != EDGE_RESULT || !entered;
}

static unsigned next_state(const linker *l, const edge *x, unsigned state) {
  bool entered = (state & ENTERED) != 0;
  str name = l->slots.at[x->to].name;
  if (x->kind == EDGE_CALL) entered = true;
  if (str_starts(name, STR("I:")) || str_starts(name, STR("C:"))) entered = false;
  return x->to * STATE_BITS + (((state | x->flags) & (FLOW_FLAGS - 1)) | (entered ? ENTERED : 0));
}

static void spread(linker *l, str source) {
  LIST(unsigned) todo = {0};
  unsigned start = find_slot(l, source, true);
  size_t size = l->slots.len * STATE_BITS * sizeof *l->arrivals;
  if (!l->arrivals)
    l->arrivals = arena_alloc(l->arena, size); /* no slot is made any more: all sources use the same room */
  else
    memset(l->arrivals, 0, size);
  l->arrivals[start * STATE_BITS].from_state = start * STATE_BITS;
  list_push(l->arena, &todo, start * STATE_BITS);
  for (size_t i = 0; i < todo.len; i++) {
    unsigned state = todo.at[i];
    for (unsigned e = l->slots.at[state / STATE_BITS].first; e; e = l->edges.at[e].next) {
      if (!open_edge(l, &l->edges.at[e], (state & ENTERED) != 0)) continue;
      unsigned next = next_state(l, &l->edges.at[e], state);
      if (l->arrivals[next].from_state) continue;
      l->arrivals[next] = (arrival){state, e};
      list_push(l->arena, &todo, next);
    }
  }
}

static void put_steps(arena *a, const step *s, finding *f, unsigned depth) {
  if (!s || depth > 40) return;
  put_steps(a, s->before, f, depth + 1);
  str line = s->text, first;
  str_next(&line, '\n', &first);
  trace_step t = {s->file, s->line, s->column, arena_printf(a, "%s: %.*s", s->what, STR_ARG(str_trim(first)))};
  if (f->trace.len) {
    const trace_step *last = &f->trace.at[f->trace.len - 1];
    if (last->line == t.line && str_eq(last->file, t.file) && last->column == t.column) return;
  }
  if (f->trace.len < 60) list_push(a, &f->trace, t);
}

static void put_arrivals(linker *l, unsigned state, finding *f, unsigned depth) {
  const arrival *a = &l->arrivals[state];
  if (a->from_state == state || depth > 200) return;
  put_arrivals(l, a->from_state, f, depth + 1);
  put_steps(l->arena, l->edges.at[a->by_edge].steps, f, 0);
}

/* ---- findings ------------------------------------------------------------------------------------------------------------------------ */

static const char *const SINK_NAMES[SINK_COUNT] = {"file", "command", "url", "code", "sql"};

static bool severity_for(const sink_fact *s, unsigned flags, severity *out) {
  if (s->kind == SINK_COMMAND && (flags & FLOW_SHELL)) return false;
  if (s->apart || (s->kind == SINK_FILE && (flags & FLOW_BASENAME))) *out = SEVERITY_LOW;
  return true;
}

static bool found_before(const report *r, const sink_fact *s, const char *kind) {
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *f = &r->findings.at[i];
    if (f->where.line == s->line && str_eq(f->where.file, s->file) && str_starts(f->check, STR("rb-")) && str_ends(f->check, str_of(kind)) &&
        (str_contains(f->check, STR("-to-"))))
      return true;
  }
  return false;
}

static void report_sink(linker *l, const sink_fact *s, const char *prefix, unsigned state, const origin *o, severity level) {
  str id = arena_printf(l->arena, "%s%s", prefix, SINK_NAMES[s->kind]), text = s->text, first;
  const ruby_rule *rule = ruby_rule_find(id);
  if (!rule || found_before(l->report, s, SINK_NAMES[s->kind])) return;
  str_next(&text, '\n', &first);
  finding f = {.check = str_of(rule->id), .category = rule->category, .severity = level < rule->severity ? level : rule->severity,
               .confidence = CONFIDENCE_FIRM, .title = str_of(rule->title), .description = str_of(rule->description), .fix_text = str_of(rule->fix),
               .where = {.kind = WHERE_SOURCE, .file = s->file, .line = s->line, .column = s->column, .object = s->place}};
  references_read(l->arena, rule->references, &f.references);
  put_arrivals(l, state, &f, 0);
  put_steps(l->arena, o->steps, &f, 0);
  trace_step end = {s->file, s->line, s->column, arena_printf(l->arena, "reaches: %.*s", STR_ARG(first))};
  list_push(l->arena, &f.trace, end);
  evidence proof = {.note = arena_printf(l->arena, "%.*s, after %zu steps", STR_ARG(first), f.trace.len)};
  list_push(l->arena, &f.evidence, proof);
  list_push(l->arena, &l->report->findings, f);
}

static void judge_sink(linker *l, const sink_fact *s, const char *prefix) {
  bool any = false;
  severity best = SEVERITY_INFO;
  unsigned best_state = 0;
  const origin *best_origin = NULL;
  for (size_t o = 0; o < s->from.len; o++) {
    unsigned at = find_slot(l, s->from.at[o].slot, true) * STATE_BITS;
    for (unsigned bits = 0; bits < STATE_BITS; bits++) {
      severity level = SEVERITY_CRITICAL;
      if (!l->arrivals[at + bits].from_state || !severity_for(s, bits | s->from.at[o].flags, &level)) continue;
      if (any && level <= best) continue;
      any = true, best = level, best_state = at + bits, best_origin = &s->from.at[o];
    }
  }
  if (any) report_sink(l, s, prefix, best_state, best_origin, best);
}

static bool guarded(const linker *l, const sink_fact *s) {
  str all[PARENTS_MAX];
  size_t n = ancestry(l, s->klass, all);
  for (size_t f = 0; f < l->count; f++)
    for (size_t g = 0; g < l->files[f].guarded.len; g++)
      for (size_t i = 0; i < n; i++)
        if (str_eq(l->files[f].guarded.at[g], all[i])) return true;
  return false;
}

static bool only_names_path(const sink_fact *s) {
  return s->kind == SINK_FILE && (str_starts(s->text, STR("Rails.root.join")) || str_starts(s->text, STR("Pathname.new")));
}

/* Another file finding's way leads over this line. */
static bool used_later(const report *r, const sink_fact *s) {
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *f = &r->findings.at[i];
    for (size_t t = 0; str_ends(f->check, STR("-to-file")) && t < f->trace.len; t++)
      if (f->trace.at[t].line == s->line && str_eq(f->trace.at[t].file, s->file)) return true;
  }
  return false;
}

static void judge_all(linker *l, const char *prefix, bool request) {
  for (int pass = 0; pass < 2; pass++) /* paths that are only named come last: their use says more */
    for (size_t i = 0; i < l->count; i++)
      for (size_t k = 0; k < l->files[i].sinks.len; k++) {
        const sink_fact *s = &l->files[i].sinks.at[k];
        if (only_names_path(s) != (pass == 1) || (request && !guarded(l, s)) || (pass && used_later(l->report, s))) continue;
        judge_sink(l, s, prefix);
      }
}

/* kid chooses a key: the header reaches a file, command, URL, code or query. */
static void judge_header(linker *l) {
  size_t before = l->report->findings.len;
  const ruby_rule *kid = ruby_rule_find(STR("rb-jwt-kid-key")), *jku = ruby_rule_find(STR("rb-jwt-jwks-untrusted"));
  judge_all(l, "rb-claim-to-", false);
  for (size_t i = before; i < l->report->findings.len; i++) {
    finding *f = &l->report->findings.at[i];
    const ruby_rule *rule = str_eq(f->check, STR("rb-claim-to-url")) ? jku : kid;
    f->check = str_of(rule->id), f->title = str_of(rule->title), f->description = str_of(rule->description), f->fix_text = str_of(rule->fix);
    f->category = rule->category, f->severity = rule->severity;
    f->references = (reference_set){0};
    references_read(l->arena, rule->references, &f->references);
  }
}

static bool checked_above(const linker *l, const finding *f) {
  str all[PARENTS_MAX];
  size_t n = ancestry(l, str_sub(f->where.object, 0, str_find(f->where.object, STR("#"), 0)), all);
  for (size_t i = 0; i < l->count; i++)
    for (size_t c = 0; c < l->files[i].checks.len; c++)
      for (size_t k = 0; k < n && str_eq(f->check, str_of(l->files[i].checks.at[c].rule)); k++)
        if (str_eq(l->files[i].checks.at[c].klass, all[k])) return true;
  return false;
}

/* A decode in a class whose ancestor compares the claim itself. */
static void drop_checked(linker *l) {
  size_t kept = 0;
  for (size_t i = 0; i < l->report->findings.len; i++) {
    const finding *f = &l->report->findings.at[i];
    if (!str_starts(f->check, STR("rb-jwt-")) || !checked_above(l, f)) l->report->findings.at[kept++] = *f;
  }
  l->report->findings.len = kept;
}

void facts_link(arena *a, const file_facts *files, size_t count, report *r) {
  linker l = {.arena = a, .files = files, .count = count, .report = r};
  bool jwt = false;
  find_slot(&l, STR("$claims"), true);
  find_slot(&l, STR("$header"), true);
  find_slot(&l, STR("$request"), true);
  gather(&l, &jwt);
  for (size_t i = 0; i < count; i++)
    for (size_t c = 0; c < files[i].calls.len; c++) link_call(&l, &files[i].calls.at[c], jwt || str_icontains(files[i].text, STR("jwt")));
  drop_checked(&l);
  link_variables(&l, jwt);
  find_through(&l);
  spread(&l, STR("$claims"));
  judge_all(&l, "rb-claim-to-", false);
  spread(&l, STR("$header"));
  judge_header(&l);
  spread(&l, STR("$request"));
  judge_all(&l, "rb-request-to-", true);
}
