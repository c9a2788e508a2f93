/* Values for path parameters from the answers of the same API: what GET /users lists gives ids for
 * /users/{id}. */
#include "base/json.h"
#include "scan/engine.h"

enum {
  VALUES_MAX = 4000,
  PER_PLACE_MAX = 3,
  LIST_ROWS_MAX = 3,
  DEPTH_MAX = 4,
  VALUE_LENGTH_MAX = 128
};

/* ---- taking ---------------------------------------------------------------------------------- */

static size_t count_of(const harvest *h, str path, str name) {
  size_t n = 0;
  for (size_t i = 0; i < h->len; i++)
    n += str_eq(h->at[i].path, path) && str_eq(h->at[i].name, name);
  return n;
}

static void take_value(engine *e, str path, const char *name, const json_t *v, bool listed) {
  str text = {0};
  if (json_is_string(v))
    text = str_from(json_string_value(v), json_string_length(v));
  if (json_is_integer(v))
    text = arena_printf(e->arena, "%lld", (long long)json_integer_value(v));
  if (!text.len || text.len > VALUE_LENGTH_MAX || e->harvest.len >= VALUES_MAX)
    return;
  if (count_of(&e->harvest, path, str_of(name)) >= PER_PLACE_MAX)
    return;
  harvested h = {path, arena_str(e->arena, str_of(name)), arena_str(e->arena, text), listed};
  list_push(e->arena, &e->harvest, h);
}

static void take_object(engine *e, str path, const json_t *object, bool listed) {
  const char *name;
  json_t *v;
  json_object_foreach((json_t *)(uintptr_t)object, name, v) take_value(e, path, name, v, listed);
}

/* Objects in lists are what a collection lists; those by themselves count for parameters of the
 * very name only. */
static void take_json(engine *e, str path, const json_t *v, bool listed, int depth) {
  size_t i;
  const char *name;
  json_t *below;
  if (depth > DEPTH_MAX)
    return;
  json_array_foreach(v, i, below) {
    if (i >= LIST_ROWS_MAX)
      break;
    take_json(e, path, below, true, depth + 1);
    if (!json_is_object(below))
      take_value(e, path, "", below, true); /* a bare list of names */
  }
  if (!json_is_object(v))
    return;
  take_object(e, path, v, listed);
  json_object_foreach((json_t *)(uintptr_t)v, name,
                      below) if (json_is_array(below) || json_is_object(below))
      take_json(e, path, below, false, depth + 1);
}

static const http_response *good_answer(const subject *s) {
  const http_response *r = s->good ? probe_response(s->good) : NULL;
  if ((!r || r->status / 100 != 2) && s->baseline_probes.len)
    r = probe_response(s->baseline_probes.at[0]);
  return r && r->status / 100 == 2 ? r : NULL;
}

void harvest_take(engine *e, const subject *s) {
  const operation *o = s->operation;
  const http_response *r = str_eq(o->method, STR("GET")) ? good_answer(s) : NULL;
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  if (v)
    take_json(e, arena_str(e->arena, o->about ? o->about->path : o->url.path), v, false, 0);
  json_decref(v);
}

/* ---- giving ---------------------------------------------------------------------------------- */

/* Letters and digits alone, lower case: "user_id", "userId" and "UserID" are one name. */
static str plain(arena *a, str text) {
  buf b = {.arena = a};
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c >= 'A' && c <= 'Z')
      c = (char)(c | 0x20);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      buf_char(&b, c);
  }
  return buf_str(&b);
}

/* The collection that a parameter's value comes from: "/users" for {id} in "/users/{id}/posts". */
static str collection_of(arena *a, str path, str name) {
  size_t at = str_find(path, arena_printf(a, "/{%.*s}", STR_ARG(name)), 0);
  return at == SIZE_MAX ? STR("") : str_sub(path, 0, at);
}

/* How well a harvested value fits: 0 not at all. The very name in its own collection is best;
 * there, an id stands for any parameter; elsewhere only the very name counts, and not for so
 * general a one as "id". */
static int fit(arena *a, const harvested *h, str collection, str name) {
  static const char *const keys[] = {"id", "uuid", "slug", "name", "key", "code", ""};
  str have = plain(a, h->name), want = plain(a, name);
  bool own = collection.len && str_eq(h->path, collection);
  bool same = have.len && str_eq(have, want);
  if (own && h->listed && same)
    return 100;
  for (int i = 0; own && h->listed && i < 7; i++)
    if (str_eq(have, str_of(keys[i])))
      return str_ends(want, have) ? 99 - i : 80 - i;
  return same && want.len > 4 ? 50 : 0;
}

static const harvested *best_fit(engine *e, arena *a, str path, const parameter *p) {
  const harvested *best = NULL;
  int most = 0;
  str collection = collection_of(a, path, p->name);
  for (size_t i = 0; i < e->harvest.len; i++) {
    int n = fit(a, &e->harvest.at[i], collection, p->name);
    if (n <= most)
      continue;
    most = n;
    best = &e->harvest.at[i];
  }
  return best;
}

/* Values that were made up from a type alone are replaced where an answer had a better one. */
void harvest_give(engine *e, arena *a, operation *o) {
  if (!o->about || !e->harvest.len)
    return;
  description *d = arena_make(a, description);
  *d = *o->about;
  d->parameters.at = arena_alloc(a, (d->parameters.len + 1) * sizeof *d->parameters.at);
  if (d->parameters.len)
    memcpy(d->parameters.at, o->about->parameters.at, d->parameters.len * sizeof *d->parameters.at);
  for (size_t i = 0; i < d->parameters.len; i++) {
    parameter *p = &d->parameters.at[i];
    if (p->source != VALUE_TYPED || !p->sent || (p->in != IN_PATH && p->in != IN_QUERY))
      continue;
    const harvested *h = best_fit(e, a, d->path, p);
    if (!h)
      continue;
    p->value = h->value;
    p->source = VALUE_HARVESTED;
    if (p->in == IN_QUERY) {
      url without = url_without_query(a, &o->url, p->name);
      o->url = url_with_query(a, &without, p->name, p->value);
    }
  }
  o->about = d;
  operation_set_path(a, o);
}
