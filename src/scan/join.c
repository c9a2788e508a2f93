/* One operation, told twice: a description says what it is about, a recording with which token and
 * values it is sent. */
#include "scan/engine.h"
#include "scan/spec.h"

static size_t variables_of(str path) {
  size_t n = 0;
  for (size_t at = 0; (at = str_find(path, STR("{"), at)) != SIZE_MAX; at++)
    n++;
  return n;
}

/* The described operation that this one is: "/users/me" before "/users/{id}". */
static const operation *described(const operation_list *all, const operation *o) {
  const operation *best = NULL;
  for (size_t i = 0; i < all->len; i++) {
    const operation *d = &all->at[i];
    if (!d->about || !str_eq(d->method, o->method))
      continue;
    if (!str_eq(d->about->path, o->url.path) && !spec_template_matches(d->about->path, o->url.path))
      continue;
    if (!best || variables_of(d->about->path) < variables_of(best->about->path))
      best = d;
  }
  return best;
}

static description *description_copy(arena *a, const description *from) {
  description *d = arena_make(a, description);
  *d = *from;
  d->parameters.at = arena_alloc(a, (d->parameters.len + 1) * sizeof *d->parameters.at);
  if (d->parameters.len)
    memcpy(d->parameters.at, from->parameters.at, d->parameters.len * sizeof *d->parameters.at);
  return d;
}

/* What was recorded is known to be good: no value from a list or a type takes its place. */
static void keep_query(arena *a, const operation *o, description *d) {
  for (size_t i = 0; i < d->parameters.len; i++) {
    parameter *p = &d->parameters.at[i];
    str value = {0};
    if (p->in != IN_QUERY)
      continue;
    url_query_get(a, &o->url, p->name, &value);
    p->sent = value.ptr != NULL;
    if (!value.ptr)
      continue;
    p->value = value;
    p->source = VALUE_GIVEN;
  }
}

static void join(arena *a, operation *recorded, const operation *from) {
  description *d = description_copy(a, from->about);
  recorded->about = d;
  if (!recorded->token.ptr) {
    recorded->token = from->token;
    recorded->place = from->place;
  }
  if (!recorded->body.ptr && from->body.ptr) {
    recorded->body = from->body;
    http_header_set(a, &recorded->headers, STR("Content-Type"),
                    http_header_get(&from->headers, STR("Content-Type")));
  }
  keep_query(a, recorded, d);
  spec_take_values(a, recorded, recorded->url.path);
}

void join_described(arena *a, operation_list *all) {
  const operation **from = arena_alloc(a, (all->len + 1) * sizeof *from);
  bool *replaced = arena_alloc(a, all->len + 1);
  operation_list out = {0};
  for (size_t i = 0; i < all->len; i++) {
    from[i] = all->at[i].about ? NULL : described(all, &all->at[i]);
    if (from[i])
      replaced[from[i] - all->at] = true;
  }
  for (size_t i = 0; i < all->len; i++)
    if (from[i])
      join(a, &all->at[i], from[i]);
  for (size_t i = 0; i < all->len; i++)
    if (!replaced[i])
      list_push(a, &out, all->at[i]);
  *all = out;
}
