/* Which operations are scanned and in what order. */
#include "scan/engine.h"

/* Collections come before what lies in them, so that their answers give the values of path
 * parameters. */
static size_t rank(const operation *o) {
  enum { LAST = 1000 };

  size_t n = str_eq(o->method, STR("DELETE"))
                 ? LAST
                 : 0; /* what they remove is still there for the others */
  for (size_t i = 0; o->about && n <= LAST && i < o->about->parameters.len; i++)
    n += o->about->parameters.at[i].in == IN_PATH;
  return n;
}

/* Two templates that made-up values bring to one URL stay two: values may still be found for them.
 */
static bool same_operation(const operation *x, const operation *y) {
  bool two = x->about && y->about && !str_eq(x->about->path, y->about->path);
  return !two && str_eq(x->method, y->method) && str_eq(x->url.path, y->url.path) &&
         str_eq(x->url.query, y->url.query) && str_eq(x->body, y->body) &&
         str_eq(x->token, y->token);
}

static bool known(const operation_list *list, const operation *o) {
  for (size_t i = 0; i < list->len; i++)
    if (same_operation(&list->at[i], o))
      return true;
  return false;
}

static void add_in_order(arena *a, const operation_list *from, operation_list *out) {
  size_t most = 0;
  for (size_t i = 0; i < from->len; i++)
    if (rank(&from->at[i]) > most)
      most = rank(&from->at[i]);
  for (size_t r = 0; r <= most; r++)
    for (size_t i = 0; i < from->len; i++)
      if (rank(&from->at[i]) == r && !known(out, &from->at[i]))
        list_push(a, out, from->at[i]);
}

operation_list choose_operations(engine *e, const operation_list *from) {
  operation_list out = {0}, kept = {0};
  for (size_t i = 0; i < from->len; i++) {
    const operation *o = &from->at[i];
    str reason = gate_operation(e->arena, e->options, o);
    str path = o->about ? o->about->path : o->url.path;
    not_tested n = {STR("*"),
                    arena_printf(e->arena, "%.*s %.*s", STR_ARG(o->method), STR_ARG(path)), reason};
    if (reason.ptr)
      list_push(e->arena, &e->report->not_tested, n);
    else
      list_push(e->arena, &kept, *o);
  }
  add_in_order(e->arena, &kept, &out);
  return out;
}
