/* Values, scopes and slots: what is known of an expression, by what name, and under what name other
 * files see it. */
#include "audit/ruby/inside.h"

enum { ORIGINS_MAX = 6, STEPS_MAX = 60 };

bool flow_in(str s, const char *const *names) {
  for (; s.len && *names; names++) /* asked of every call: most differ in their first letter */
    if (**names == s.ptr[0] && str_eq(s, str_of(*names)))
      return true;
  return false;
}

/* ---- values ---------------------------------------------------------------------------------- */

void value_add_origin(flow *f, value *v, origin o) {
  for (size_t i = 0; i < v->from.len; i++)
    if (str_eq(v->from.at[i].slot, o.slot) && v->from.at[i].flags == o.flags)
      return;
  if (v->from.len < ORIGINS_MAX)
    list_push(f->scratch, &v->from, o);
}

value value_merged(flow *f, value a, const value *b) {
  value out = {.literal = a.literal == b->literal ? a.literal : NULL,
               .klass = a.klass.len ? a.klass : b->klass,
               .pair = a.pair || b->pair,
               .built = a.built || b->built,
               .path = a.path || b->path,
               .made_from = str_eq(a.made_from, b->made_from) ? a.made_from : (str){0},
               .part = a.part == b->part || !b->part ? a.part
                       : a.part                      ? PART_NONE
                                                     : b->part};
  for (size_t i = 0; i < a.from.len; i++)
    value_add_origin(f, &out, a.from.at[i]);
  for (size_t i = 0; i < b->from.len; i++)
    value_add_origin(f, &out, b->from.at[i]);
  return out;
}

static const step *step_at(flow *f, const step *before, const node *n, const char *what) {
  unsigned length = before ? before->length + 1 : 1;
  if (length > STEPS_MAX || (before && before->line == n->line && before->what == what))
    return before;
  step *s = arena_make(f->scratch, step);
  *s = (step){before, f->facts->path,          n->line, n->column, length,
              what,   str_sub(n->text, 0, 80), NULL};
  return s;
}

value value_stepped(flow *f, value v, const node *n, const char *what, unsigned flags) {
  value out = v;
  out.from = (origin_list){0};
  for (size_t i = 0; i < v.from.len; i++)
    value_add_origin(f, &out,
                     (origin){v.from.at[i].slot, v.from.at[i].flags | flags,
                              step_at(f, v.from.at[i].steps, n, what)});
  return out;
}

value value_from_slot(flow *f, const node *n, str slot, const char *what) {
  value v = {0};
  value_add_origin(f, &v, (origin){slot, 0, what ? step_at(f, NULL, n, what) : NULL});
  return v;
}

value *scope_find(scope *s, str name) {
  for (size_t i = s->bindings.len; i-- > 0;)
    if (str_eq(s->bindings.at[i].name, name))
      return &s->bindings.at[i].value;
  return NULL;
}

bool flow_is_clean(const flow *f, str text) {
  for (size_t i = 0; i < f->scope.clean.len; i++)
    if (str_eq(f->scope.clean.at[i], text))
      return true;
  return false;
}

void scope_bind(flow *f, str name, value v) {
  value *old = scope_find(&f->scope, name);
  for (size_t i = 0; i < f->scope.clean.len; i++)
    if (str_eq(f->scope.clean.at[i], name))
      f->scope.clean.at[i] = STR("");
  if (old)
    *old = v;
  else
    list_push(f->scratch, &f->scope.bindings, (binding){name, v});
}

scope scope_copy(flow *f, const scope *s) {
  scope out = {0};
  for (size_t i = 0; i < s->bindings.len; i++)
    list_push(f->scratch, &out.bindings, s->bindings.at[i]);
  for (size_t i = 0; i < s->clean.len; i++)
    list_push(f->scratch, &out.clean, s->clean.at[i]);
  return out;
}

/* After two branches: what either may have left; clean only what both confined. */
scope scope_join(flow *f, const scope *a, scope *b) {
  scope out = {0};
  for (size_t i = 0; i < a->bindings.len; i++) {
    binding x = a->bindings.at[i];
    const value *other = scope_find(b, x.name);
    if (other)
      x.value = value_merged(f, x.value, other);
    list_push(f->scratch, &out.bindings, x);
  }
  for (size_t i = 0; i < b->bindings.len; i++)
    if (!scope_find(&out, b->bindings.at[i].name))
      list_push(f->scratch, &out.bindings, b->bindings.at[i]);
  for (size_t i = 0; i < a->clean.len; i++)
    for (size_t j = 0; j < b->clean.len; j++)
      if (str_eq(a->clean.at[i], b->clean.at[j])) {
        list_push(f->scratch, &out.clean, a->clean.at[i]);
        break;
      }
  return out;
}

/* ---- slots ----------------------------------------------------------------------------------- */

str flow_place(flow *f) {
  if (!f->method.len)
    return f->klass;
  return arena_printf(f->facts->arena, "%.*s#%.*s", STR_ARG(f->klass), STR_ARG(f->method));
}

str flow_slot(flow *f, char kind, str klass, str name) {
  return arena_printf(f->scratch, "%c:%.*s#%.*s", kind, STR_ARG(klass), STR_ARG(name));
}

/* Values live as long as the file is followed; what other files see of them is copied to the facts.
 */
static size_t place_of(const kept_names *k, str name) {
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < name.len; i++)
    h = (h ^ (unsigned char)name.ptr[i]) * 1099511628211u;
  size_t at = h & (k->size - 1);
  while (k->table[at].ptr && !str_eq(k->table[at], name))
    at = (at + 1) & (k->size - 1);
  return at;
}

static void grow_names(flow *f, kept_names *k) {
  kept_names old = *k;
  k->size = old.size ? old.size * 2 : 64;
  k->table = arena_alloc(f->scratch, k->size * sizeof *k->table);
  for (size_t i = 0; i < old.size; i++)
    if (old.table[i].ptr)
      k->table[place_of(k, old.table[i])] = old.table[i];
}

str flow_keep_name(flow *f, str name) {
  kept_names *k = f->kept;
  if (str_starts(name, STR("$")))
    return name; /* a source: written out here */
  if (k->count * 2 >= k->size)
    grow_names(f, k);
  size_t at = place_of(k, name);
  if (!k->table[at].ptr) {
    k->table[at] = arena_str(f->facts->arena, name);
    k->count++;
  }
  return k->table[at];
}

static const step *keep_steps(flow *f, const step *s) {
  if (!s || s->kept)
    return s ? s->kept : NULL;
  step *copy = arena_make(f->facts->arena, step);
  *copy = *s;
  copy->before = keep_steps(f, s->before);
  ((step *)(uintptr_t)s)->kept = copy;
  return copy;
}

static origin keep_origin(flow *f, origin o) {
  return (origin){flow_keep_name(f, o.slot), o.flags, keep_steps(f, o.steps)};
}

origin_list flow_keep(flow *f, const origin_list *from) {
  origin_list out = {.at = arena_alloc(f->facts->arena, from->len * sizeof *out.at),
                     .len = from->len,
                     .cap = from->len};
  for (size_t i = 0; i < from->len; i++)
    out.at[i] = keep_origin(f, from->at[i]);
  return out;
}

void flow_into(flow *f, const value *v, str to) {
  for (size_t i = 0; i < v->from.len; i++)
    list_push(f->facts->arena, &f->facts->edges,
              (flow_edge){keep_origin(f, v->from.at[i]), flow_keep_name(f, to)});
}

const value *flow_constant(flow *f, str name) {
  for (size_t i = f->constants.len; i-- > 0;)
    if (str_eq(f->constants.at[i].name, name))
      return &f->constants.at[i].value;
  return NULL;
}

/* The class or module around a node, by its last name. */
static const node *space_around(const node *n, str *name) {
  const node *around = n->parent;
  while (around && around->kind != N_class && around->kind != N_module)
    around = around->parent;
  str outer;
  *name = around && ast_kid(around, F_name) ? names_last(ast_kid(around, F_name)->text, &outer)
                                            : STR("");
  return around;
}

/* What a class is called here: its last name, and where several share that, what stands before it.
 */
str flow_class_name(flow *f, const node *n, bool defined) {
  str outer, space, name = names_last(n->text, &outer);
  if (!names_share(f->facts->names, name))
    return name;
  const node *around = defined ? space_around(n->parent, &space) : space_around(n, &space);
  if (!outer.len && str_starts(n->text, STR("::")))
    return name;
  if (defined && !outer.len)
    outer = space;
  while (!outer.len && around) {
    if (names_within(f->facts->names, space, name))
      outer = space;
    around = space_around(around, &space);
  }
  return outer.len ? arena_printf(f->facts->arena, "%.*s::%.*s", STR_ARG(outer), STR_ARG(name))
                   : name;
}

str flow_last_constant(const node *n) {
  if (n && n->kind == N_scope_resolution)
    n = ast_kid(n, F_name);
  return n && n->kind == N_constant ? n->text : (str){0};
}

bool value_is_from(const value *v, const char *slot) {
  for (size_t i = 0; i < v->from.len; i++)
    if (str_eq(v->from.at[i].slot, str_of(slot)))
      return true;
  return false;
}

bool value_is_parameter(const value *v) {
  bool as_it_came = v->from.len > 0 && !v->built;
  for (size_t i = 0; i < v->from.len; i++)
    as_it_came &= str_starts(v->from.at[i].slot, STR("P:")) && !v->from.at[i].steps;
  return as_it_came;
}

/* ---- what names stand for -------------------------------------------------------------------- */

const node *node_method(const node *n) {
  while (n->parent && n->kind != N_method && n->kind != N_singleton_method)
    n = n->parent;
  return n;
}

static bool says_something(const node *n) {
  switch (n->kind) {
  case N_string:
  case N_heredoc_beginning:
  case N_hash:
  case N_array:
  case N_string_array:
  case N_symbol_array:
  case N_integer:
  case N_float:
  case N_true:
  case N_false:
  case N_simple_symbol:
  case N_conditional:
  case N_if:
  case N_binary:
  case N_call:
  case N_constant:
    return true;
  default:
    return false;
  }
}

/* Faraday.new(...) { ... } */
static str class_made(const node *last) {
  const node *receiver = last && last->kind == N_call ? ast_kid(last, F_receiver) : NULL,
             *name = ast_kid(last, F_method);
  bool makes = receiver && name && str_eq(name->text, STR("new")) &&
               (receiver->kind == N_constant || receiver->kind == N_scope_resolution);
  return makes ? receiver->text : STR("");
}

static void define(arena *a, str name, const node *given, str made, definition_list *out) {
  enum { DEFINITIONS_MAX = 512 };

  for (size_t i = 0; i < out->len; i++)
    if (str_eq(out->at[i].name, name)) {
      out->at[i].value = NULL, out->at[i].made = STR("");
      return;
    }
  if (out->len < DEFINITIONS_MAX)
    list_push(a, out, (definition){name, given && says_something(given) ? given : NULL, made});
}

void flow_define(arena *a, const node *n, definition_list *out) {
  const node *name = ast_kid(n, F_name), *body = ast_kid(n, F_body),
             *left = n->kind == N_assignment ? ast_kid(n, F_left) : NULL;
  if ((n->kind == N_method || n->kind == N_singleton_method) && name) {
    const node *last = body && body->kind == N_body_statement
                           ? body->count ? body->kids[body->count - 1] : NULL
                           : body;
    if (last && last->kind == N_operator_assignment && ast_kid(last, F_right))
      last = ast_kid(last, F_right), body = body->count == 1 ? last : body;
    bool plain = !ast_kid(n, F_parameters) && last && (body == last || body->count == 1);
    define(a, name->text, plain ? last : NULL, class_made(last), out);
  }
  if (left && left->kind == N_instance_variable)
    define(a, left->text, ast_kid(n, F_right), class_made(ast_kid(n, F_right)), out);
  for (size_t i = 0; i < n->count; i++)
    flow_define(a, n->kids[i], out);
}

static const node *defined(const flow *f, const node *n) {
  str name = n->kind == N_identifier || n->kind == N_instance_variable ? n->text : (str){0};
  const node *receiver = n->kind == N_call ? ast_kid(n, F_receiver) : NULL,
             *args = ast_kid(n, F_arguments), *method = ast_kid(n, F_method);
  bool own = !receiver || receiver->kind == N_self || str_eq(receiver->text, f->klass) ||
             str_eq(receiver->text, STR("self.class"));
  if (n->kind == N_call && own && method && !(args && args->count))
    name = method->text;
  for (size_t i = 0; name.len && f->definitions && i < f->definitions->len; i++)
    if (str_eq(f->definitions->at[i].name, name))
      return f->definitions->at[i].value;
  return NULL;
}

str flow_made(const flow *f, str name) {
  for (size_t i = 0; name.len && f->definitions && i < f->definitions->len; i++)
    if (str_eq(f->definitions->at[i].name, name))
      return f->definitions->at[i].made;
  return STR("");
}

const node *flow_literal(flow *f, const node *n) {
  for (int i = 0; n && i < 8; i++) {
    const value *v = n->kind == N_identifier || n->kind == N_instance_variable
                         ? scope_find(&f->scope, n->text)
                     : n->kind == N_constant ? flow_constant(f, n->text)
                                             : NULL;
    if (n->kind == N_call && ast_kid(n, F_receiver)) {
      const node *name = ast_kid(n, F_method);
      if (name && IN(name->text, "freeze", "dup")) {
        n = ast_kid(n, F_receiver);
        continue;
      }
    }
    if (n->kind == N_parenthesized_statements && n->count == 1) {
      n = n->kids[0];
      continue;
    }
    const node *next = v ? v->literal : NULL;
    bool parameter = v && !v->literal && v->from.len && n->kind == N_identifier;
    if (!next && !parameter)
      next = defined(f, n);
    if (!next || next == n)
      return n;
    n = next;
  }
  return n;
}
