/* Joins the facts of all files: slots become nodes, calls are resolved by class and method name,
 * and what the sources reach is found breadth first, so each trace is a shortest one. A result
 * carries an argument back only to the call that passed it. */
#include "audit/ruby/link.h"

#include <stdlib.h>

static uint64_t hash_of(str s) {
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < s.len; i++)
    h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u;
  return h;
}

static void grow_table(linker *l) {
  l->table_size = l->table_size ? l->table_size * 2 : 4096;
  l->table = arena_alloc(l->arena, l->table_size * sizeof *l->table);
  for (unsigned i = 1; i < l->slots.len; i++) {
    size_t at = hash_of(l->slots.at[i].name) & (l->table_size - 1);
    while (l->table[at])
      at = (at + 1) & (l->table_size - 1);
    l->table[at] = i;
  }
}

unsigned link_slot(linker *l, str name, bool make) {
  if (!l->slots.len)
    list_push(l->arena, &l->slots, (slot_node){0});
  if (l->slots.len * 2 >= l->table_size)
    grow_table(l);
  size_t at = hash_of(name) & (l->table_size - 1);
  while (l->table[at]) {
    if (str_eq(l->slots.at[l->table[at]].name, name))
      return l->table[at];
    at = (at + 1) & (l->table_size - 1);
  }
  if (!make)
    return 0;
  l->table[at] = (unsigned)l->slots.len;
  list_push(l->arena, &l->slots, (slot_node){.name = name});
  return (unsigned)l->slots.len - 1;
}

/* A request is a source where whoever sends it has shown a token: by the class that reads it. */
unsigned link_origin(linker *l, str name) {
  if (!str_starts(name, STR("Q:")))
    return link_slot(l, name, true);
  return link_slot(
      l, link_serves_known(l, str_sub(name, 2, name.len - 1)) ? STR("$request") : STR("$stranger"),
      true);
}

static void add_edge(linker *l, unsigned from, unsigned to, edge_kind kind, unsigned parameter,
                     unsigned flags, const step *steps) {
  if (!l->edges.len)
    list_push(l->arena, &l->edges, (edge){0});
  list_push(l->arena, &l->edges,
            (edge){to, l->slots.at[from].first, parameter, kind, flags, steps});
  l->slots.at[from].first = (unsigned)l->edges.len - 1;
}

/* ---- classes --------------------------------------------------------------------------------- */

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
    if (str_cmp(l->methods.at[middle]->name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static size_t first_parent(const linker *l, str klass) {
  size_t low = 0, high = l->parents.len;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (str_cmp(l->parents.at[middle].klass, klass) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The class and what it inherits or mixes in, nearest first. */
size_t link_ancestry(linker *l, str klass, str *out) {
  str *all = l->ancestry.all;
  size_t n = l->ancestry.n;
  if (!n || !str_eq(l->ancestry.klass, klass)) {
    n = 0;
    all[n++] = l->ancestry.klass = klass;
    for (size_t i = 0; i < n; i++)
      for (size_t p = first_parent(l, all[i]);
           p < l->parents.len && str_eq(l->parents.at[p].klass, all[i]); p++) {
        bool known = false;
        for (size_t k = 0; k < n; k++)
          known |= str_eq(all[k], l->parents.at[p].parent);
        if (!known && n < PARENTS_MAX)
          all[n++] = l->parents.at[p].parent;
      }
    l->ancestry.n = n;
  }
  memcpy(out, all, n * sizeof *all);
  return n;
}

/* The methods of this name in this class (self.call and call are two of one): they are sorted by
 * both. */
static size_t own_methods(const linker *l, str klass, str name, size_t *end) {
  const method_fact wanted = {.klass = klass, .name = name}, *key = &wanted;
  const method_fact **found = l->methods.len ? bsearch(&key, l->methods.at, l->methods.len,
                                                       sizeof *l->methods.at, cmp_methods)
                                             : NULL;
  size_t first = found ? (size_t)(found - l->methods.at) : 0;
  *end = first + (found != NULL);
  while (found && first && cmp_methods(&key, &l->methods.at[first - 1]) == 0)
    first--;
  while (found && *end < l->methods.len && cmp_methods(&key, &l->methods.at[*end]) == 0)
    (*end)++;
  return first;
}

static const method_fact *method_of(linker *l, str klass, str name) {
  str all[PARENTS_MAX];
  size_t first = first_method(l, name);
  bool any = first < l->methods.len && str_eq(l->methods.at[first]->name, name);
  size_t n = any ? link_ancestry(l, klass, all) : 0;
  for (size_t i = 0; i < n; i++) {
    size_t end, first_own = own_methods(l, all[i], name, &end);
    if (first_own < end)
      return l->methods.at[first_own];
  }
  return NULL;
}

/* A method that only one class defines. */
static const method_fact *only_method(const linker *l, str name) {
  size_t m = first_method(l, name);
  if (m >= l->methods.len || !str_eq(l->methods.at[m]->name, name))
    return NULL;
  bool more = m + 1 < l->methods.len && str_eq(l->methods.at[m + 1]->name, name);
  return more ? NULL : l->methods.at[m];
}

/* attr_reader: the name is one of the object's own variables. */
static bool reads_variable(linker *l, const call_fact *c) {
  str all[PARENTS_MAX];
  size_t n = c->receiver == CALL_SELF && c->klass.len ? link_ancestry(l, c->klass, all) : 0;
  for (size_t i = 0; i < n; i++)
    if (link_slot(l, arena_printf(l->arena, "I:%.*s#@%.*s", STR_ARG(all[i]), STR_ARG(c->method)),
                  false))
      return true;
  return false;
}

static const method_fact *resolve(linker *l, const call_fact *c) {
  static const char *const common[] = {
      "new",   "call",    "each", "map",  "get",  "post", "create", "update",  "show",
      "index", "destroy", "save", "to_s", "name", "id",   "run",    "perform", "initialize",
      "value", "key",     "data", "path", "url",  "user", "result", "all",     NULL};
  const method_fact *m = c->klass.len ? method_of(l, c->klass, c->method) : NULL;
  if (m || c->receiver == CALL_CLASS || reads_variable(l, c))
    return m;
  for (size_t i = 0; common[i]; i++)
    if (str_eq(c->method, str_of(common[i])))
      return NULL;
  return only_method(l, c->method);
}

/* ---- building -------------------------------------------------------------------------------- */

static unsigned slot_of(linker *l, char kind, const method_fact *m, str part) {
  str name =
      part.len ? arena_printf(l->arena, "%c:%.*s#%.*s#%.*s", kind, STR_ARG(m->klass),
                              STR_ARG(m->name), STR_ARG(part))
               : arena_printf(l->arena, "%c:%.*s#%.*s", kind, STR_ARG(m->klass), STR_ARG(m->name));
  return link_slot(l, name, true);
}

static bool named_for_claims(str name) {
  static const char *const names[] = {"current_user_claims",
                                      "jwt_payload",
                                      "jwt_claims",
                                      "token_claims",
                                      "token_payload",
                                      "decoded_token",
                                      "decoded_jwt",
                                      "current_claims",
                                      "auth_payload",
                                      "current_token_payload",
                                      "current_jwt_payload",
                                      "@jwt_payload",
                                      "@jwt_claims",
                                      "@token_claims",
                                      "@decoded_token",
                                      "@current_user_claims",
                                      "@token_payload",
                                      "@payload",
                                      "@claims"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_eq(name, str_of(names[i])))
      return true;
  return false;
}

/* An object of a Struct holds what it is made from. */
static void link_made(linker *l, const call_fact *c) {
  unsigned result = link_slot(l, c->result, true);
  for (size_t i = 0; i < c->arguments.len; i++)
    for (size_t o = 0; o < c->arguments.at[i].from.len; o++) {
      const origin *from = &c->arguments.at[i].from.at[o];
      add_edge(l, link_origin(l, from->slot), result, EDGE_PLAIN, 0, from->flags, from->steps);
    }
}

/* JWTSessions' own method. */
static bool gives_payload(const call_fact *c, const str *all, size_t n) {
  for (size_t i = 0; i < n && str_eq(c->method, STR("payload")); i++)
    if (str_eq(all[i], STR("RailsAuthorization")) || str_eq(all[i], STR("RackAuthorization")))
      return true;
  return false;
}

static void link_unresolved(linker *l, const call_fact *c, bool jwt) {
  str all[PARENTS_MAX], reader = arena_printf(l->arena, "@%.*s", STR_ARG(c->method));
  unsigned result = link_slot(l, c->result, true);
  size_t n = c->klass.len ? link_ancestry(l, c->klass, all) : 0;
  bool held = false;
  for (size_t i = 0; i < n && str_eq(c->method, STR("initialize")); i++)
    if (str_eq(all[i], STR("Struct")))
      link_made(l, c);
  for (size_t i = 0; i < n; i++) { /* attr_reader */
    unsigned from = link_slot(
        l, arena_printf(l->arena, "I:%.*s#%.*s", STR_ARG(all[i]), STR_ARG(reader)), false);
    if (from)
      add_edge(l, from, result, EDGE_PLAIN, 0, 0, NULL);
    held |= from != 0;
  }
  if (!held && jwt && c->receiver == CALL_SELF &&
      (named_for_claims(c->method) || gives_payload(c, all, n)))
    add_edge(l, link_slot(l, STR("$claims"), true), result, EDGE_PLAIN, 0, 0, NULL);
}

typedef struct {
  linker *linker;
  const method_fact *method;
  unsigned result, returned;
  bool makes;
} passing;

static void pass_to(const passing *p, const call_argument *g, str name) {
  linker *l = p->linker;
  unsigned parameter = slot_of(l, 'P', p->method, name);
  l->slots.at[parameter].result = p->returned;
  for (size_t o = 0; o < g->from.len; o++) {
    unsigned from = link_origin(l, g->from.at[o].slot);
    add_edge(l, from, parameter, EDGE_CALL, 0, g->from.at[o].flags, g->from.at[o].steps);
    if (!p->makes)
      add_edge(l, from, p->result, EDGE_THROUGH, parameter, g->from.at[o].flags,
               g->from.at[o].steps);
  }
}

/* **options reaches every keyword; a keyword that is not declared lands in **options. */
static void pass_argument(const passing *p, const call_argument *g) {
  bool splat = str_eq(g->name, STR("**")),
       number = g->name.len && g->name.ptr[0] >= '0' && g->name.ptr[0] <= '9', declared = false,
       gathers = false;
  size_t end;
  for (size_t m = own_methods(p->linker, p->method->klass, p->method->name, &end); m < end; m++)
    for (size_t i = 0; i < p->linker->methods.at[m]->parameters.len; i++) {
      str name = p->linker->methods.at[m]->parameters.at[i];
      gathers |= str_eq(name, STR("**"));
      if (!str_ends(name, STR(":")))
        continue;
      name = str_sub(name, 0, name.len - 1);
      declared |= str_eq(name, g->name);
      if (splat)
        pass_to(p, g, name);
    }
  if (!number && !splat && !declared && gathers)
    pass_to(p, g, STR("**"));
  pass_to(p, g, g->name);
}

static void link_call(linker *l, const call_fact *c, bool jwt) {
  const method_fact *m = resolve(l, c);
  if (!m) {
    link_unresolved(l, c, jwt);
    return;
  }
  bool makes = str_eq(c->method, STR("initialize")); /* whose result nobody gets */
  unsigned result = link_slot(l, c->result, true), returned = slot_of(l, 'R', m, STR(""));
  if (!makes)
    add_edge(l, returned, result, EDGE_RESULT, 0, 0, NULL);
  passing to = {l, m, result, returned, makes};
  for (size_t i = 0; i < c->arguments.len; i++)
    pass_argument(&to, &c->arguments.at[i]);
}

/* An object's variables are those of its class and of what the class inherits. */
static void link_variables(linker *l, bool jwt) {
  size_t count = l->slots.len;
  for (unsigned s = 1; s < count; s++) {
    str name = l->slots.at[s].name;
    if (!str_starts(name, STR("I:")))
      continue;
    size_t hash = str_find(name, STR("#"), 0);
    str klass = str_sub(name, 2, hash), variable = str_sub(name, hash + 1, name.len),
        all[PARENTS_MAX];
    size_t n = link_ancestry(l, klass, all);
    bool written = l->slots.at[s].written;
    for (size_t i = 1; i < n; i++) {
      unsigned other = link_slot(
          l, arena_printf(l->arena, "I:%.*s#%.*s", STR_ARG(all[i]), STR_ARG(variable)), false);
      if (!other)
        continue;
      written |= l->slots.at[other].written;
      add_edge(l, other, s, EDGE_PLAIN, 0, 0, NULL);
      if (!l->slots.at[other].written)
        add_edge(l, s, other, EDGE_PLAIN, 0, 0, NULL); /* a concern reads what its class sets */
    }
    if (!written && jwt && named_for_claims(variable))
      add_edge(l, link_slot(l, STR("$claims"), true), s, EDGE_PLAIN, 0, 0, NULL);
  }
}

static void gather_classes(linker *l, bool *jwt) {
  for (size_t i = 0; i < l->count; i++) {
    const file_facts *f = &l->files[i];
    *jwt |= f->decodes;
    for (size_t m = 0; m < f->methods.len; m++)
      list_push(l->arena, &l->methods, &f->methods.at[m]);
    for (size_t p = 0; p < f->parents.len; p++)
      list_push(l->arena, &l->parents, f->parents.at[p]);
  }
  if (l->methods.len)
    qsort(l->methods.at, l->methods.len, sizeof *l->methods.at, cmp_methods);
  if (l->parents.len)
    qsort(l->parents.at, l->parents.len, sizeof *l->parents.at, cmp_parents);
  size_t kept = 0; /* a class that is opened often says its parent often */
  for (size_t i = 0; i < l->parents.len; i++)
    if (!kept || cmp_parents(&l->parents.at[kept - 1], &l->parents.at[i]))
      l->parents.at[kept++] = l->parents.at[i];
  l->parents.len = kept;
  link_learn_guards(l);
}

static void gather_values(linker *l) {
  for (size_t i = 0; i < l->count; i++) {
    const file_facts *f = &l->files[i];
    l->file = f;
    for (size_t k = 0; k < f->edges.len; k++) {
      unsigned from = link_origin(l, f->edges.at[k].from.slot),
               to = link_slot(l, f->edges.at[k].to, true);
      l->slots.at[to].written = true;
      add_edge(l, from, to, EDGE_PLAIN, 0, f->edges.at[k].from.flags, f->edges.at[k].from.steps);
    }
    for (size_t k = 0; k < f->sinks.len; k++)
      for (size_t o = 0; o < f->sinks.at[k].from.len; o++)
        link_origin(l, f->sinks.at[k].from.at[o].slot);
  }
}

static void link_calls(linker *l, bool jwt) {
  for (size_t i = 0; i < l->count; i++) {
    l->file = &l->files[i];
    for (size_t c = 0; c < l->files[i].calls.len; c++)
      link_call(l, &l->files[i].calls.at[c], jwt || str_icontains(l->files[i].text, STR("jwt")));
  }
}

/* ---- what comes back from a call ------------------------------------------------------------- */

static bool reaches(linker *l, unsigned from, unsigned to) {
  LIST(unsigned) todo = {0};
  l->stamp++;
  list_push(l->arena, &todo, from);
  for (size_t i = 0; i < todo.len && i < 2000; i++)
    for (unsigned e = l->slots.at[todo.at[i]].first; e; e = l->edges.at[e].next) {
      const edge *x = &l->edges.at[e];
      if (x->kind == EDGE_CALL || x->kind == EDGE_RESULT)
        continue;
      if (x->kind == EDGE_THROUGH && !l->slots.at[x->parameter].through)
        continue;
      if (x->to == to)
        return true;
      if (l->slots.at[x->to].stamp == l->stamp)
        continue;
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
      if (l->slots.at[s].result && !l->slots.at[s].through && reaches(l, s, l->slots.at[s].result))
        l->slots.at[s].through = changed = true;
  }
}

/* ---- what a source reaches ------------------------------------------------------------------- */

static bool open_edge(const linker *l, const edge *x, bool entered) {
  if (x->kind == EDGE_THROUGH)
    return l->slots.at[x->parameter].through;
  return x->kind != EDGE_RESULT || !entered;
}

static unsigned next_state(const linker *l, const edge *x, unsigned state) {
  bool entered = (state & ENTERED) != 0;
  str name = l->slots.at[x->to].name;
  if (x->kind == EDGE_CALL)
    entered = true;
  if (str_starts(name, STR("I:")) || str_starts(name, STR("C:")))
    entered = false;
  if (x->kind != EDGE_CALL || !(x->flags & FLOW_WHOLE))
    state &= ~(unsigned)FLOW_ROOTED;
  return x->to * STATE_BITS + (((state | x->flags) & (FLOW_FLAGS - 1)) | (entered ? ENTERED : 0));
}

static void spread(linker *l, str source) {
  LIST(unsigned) todo = {0};
  unsigned start = link_slot(l, source, true);
  size_t size = l->slots.len * STATE_BITS * sizeof *l->arrivals;
  if (!l->arrivals)
    l->arrivals =
        arena_alloc(l->arena, size); /* no slot is made any more: all sources use the same room */
  else
    memset(l->arrivals, 0, size);
  l->arrivals[start * STATE_BITS].from_state = start * STATE_BITS;
  list_push(l->arena, &todo, start * STATE_BITS);
  for (size_t i = 0; i < todo.len; i++) {
    unsigned state = todo.at[i];
    for (unsigned e = l->slots.at[state / STATE_BITS].first; e; e = l->edges.at[e].next) {
      if (!open_edge(l, &l->edges.at[e], (state & ENTERED) != 0))
        continue;
      unsigned next = next_state(l, &l->edges.at[e], state);
      if (l->arrivals[next].from_state)
        continue;
      l->arrivals[next] = (arrival){state, e};
      list_push(l->arena, &todo, next);
    }
  }
}

void facts_link(arena *a, const file_facts *files, size_t count, report *r) {
  linker l = {.arena = a, .files = files, .count = count, .report = r};
  bool jwt = false;
  link_slot(&l, STR("$claims"), true);
  link_slot(&l, STR("$header"), true);
  link_slot(&l, STR("$request"), true);
  link_slot(&l, STR("$stranger"), true);
  gather_classes(&l, &jwt);
  gather_values(&l);
  link_calls(&l, jwt);
  link_drop_void(&l);
  link_judge_allow_lists(&l);
  link_variables(&l, jwt);
  find_through(&l);
  spread(&l, STR("$claims"));
  link_judge_sinks(&l, "rb-claim-to-");
  spread(&l, STR("$header"));
  l.header = true;
  link_judge_header(&l);
  l.header = false;
  spread(&l, STR("$request"));
  link_judge_sinks(&l, "rb-request-to-");
}
