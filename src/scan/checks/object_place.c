/* Where a request names an object: the ids in its path and query. */
#include "scan/checks/checks.h"
#include "scan/match.h"

/* ---- segments -------------------------------------------------------------------------------- */

typedef struct {
  str text;
  size_t from; /* in the path */
} segment;

static size_t segments_of(str path, segment *out, size_t most) {
  size_t n = 0;
  for (size_t at = 0; at < path.len && n < most;) {
    size_t end = str_find(path, STR("/"), at);
    if (end == SIZE_MAX)
      end = path.len;
    if (end > at)
      out[n++] = (segment){str_sub(path, at, end), at};
    at = end + 1;
  }
  return n;
}

/* Numbers, UUIDs, hexadecimal digits, "DESK-12", "dev_8kq2", "101a"; "v2" is a version. */
static bool looks_like_id(str text) {
  static const char looks[] =
      "\\A(?!v\\d{1,3}\\z)(?:\\d{1,19}[a-z]?|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|["
      "0-9a-f]{24,40}|[A-Za-z]{1,6}[-_]?\\d{1,12}|[a-z]{2,8}_(?=[A-Za-z0-9]*\\d)[A-Za-z0-9]{4,32}|["
      "0-9A-HJKMNP-TV-Z]{26})\\z";
  str hit;
  return regex_find(regex_kept(looks), text, 0, &hit);
}

static bool is_variable(str text) {
  return str_find(text, STR("{"), 0) != SIZE_MAX;
}

/* ---- places ---------------------------------------------------------------------------------- */

enum { SEGMENTS_MAX = 32 };

static void add_segment(arena *a, object_places *out, str path, const segment *at) {
  if (out->count == OBJECT_PLACES_MAX)
    return;
  out->at[out->count++] = (object_place){.before = str_sub(path, 0, at->from),
                                         .id = percent_decode(a, at->text),
                                         .after = str_sub(path, at->from + at->text.len, path.len)};
}

/* The last id comes first: it names the object, those before it whose it is. */
static void add_described(const subject *s, object_places *out) {
  segment have[SEGMENTS_MAX], said[SEGMENTS_MAX];
  size_t n = segments_of(s->operation->url.path, have, SEGMENTS_MAX);
  if (segments_of(about(s)->path, said, SEGMENTS_MAX) != n)
    return;
  for (size_t i = n; i; i--)
    if (is_variable(said[i - 1].text))
      add_segment(s->arena, out, s->operation->url.path, &have[i - 1]);
}

/* "/orders/10017", or "/orders/10017/invoice": a word behind an id. */
static void add_by_looks(const subject *s, object_places *out) {
  segment have[SEGMENTS_MAX];
  size_t n = segments_of(s->operation->url.path, have, SEGMENTS_MAX);
  for (size_t back = 1; back <= 2 && n > back; back++)
    if (!out->count && looks_like_id(have[n - back].text))
      add_segment(s->arena, out, s->operation->url.path, &have[n - back]);
}

/* "?order_id=10017" */
static void add_queried(const subject *s, object_places *out) {
  static const char names[] = "\\A(?:(?i:id|uuid|guid|[a-z_-]*[_-]id|user|username|account|"
                              "customer|order|invoice|document)|[a-z]\\w*I[dD])\\z";
  str rest = s->operation->url.query, pair, hit;
  while (rest.ptr && out->count < OBJECT_PLACES_MAX && str_next(&rest, '&', &pair)) {
    str name = percent_decode(s->arena, str_sub(pair, 0, str_find(pair, STR("="), 0))), value = {0};
    if (str_icontains(name, STR("client")) || !regex_find(regex_kept(names), name, 0, &hit))
      continue;
    if (url_query_get(s->arena, &s->operation->url, name, &value) && value.len)
      out->at[out->count++] = (object_place){.name = name, .id = value};
  }
}

object_places object_places_of(const subject *s) {
  object_places out = {.count = 0};
  if (about(s))
    add_described(s, &out);
  else
    add_by_looks(s, &out);
  add_queried(s, &out);
  return out;
}

void object_put(arena *a, const object_place *place, str id, url *u) {
  if (place->name.ptr) {
    url without = url_without_query(a, u, place->name);
    *u = url_with_query(a, &without, place->name, id);
    return;
  }
  u->path = arena_printf(a, "%.*s%.*s%.*s", STR_ARG(place->before), STR_ARG(percent_encode(a, id)),
                         STR_ARG(place->after));
}

/* An id of the same form that nobody has. */
str object_nobodys(arena *a, str id) {
  char *out = arena_text(a, id);
  size_t letters = 0, digits = 0;
  for (size_t i = 0; i < id.len; i++) {
    bool digit = id.ptr[i] >= '0' && id.ptr[i] <= '9';
    letters += !digit;
    digits += digit;
  }
  if (!letters)
    return arena_printf(a, "9%.*s73", STR_ARG(str_sub(id, 0, 15)));
  if (!digits)
    return arena_printf(a, "%.*s-batten-7", STR_ARG(str_sub(id, 0, 40)));
  for (size_t i = 0; i < id.len; i++)
    if (out[i] >= '0' && out[i] <= '9')
      out[i] = (char)('0' + (out[i] - '0' + 7 + (int)i) % 10);
    else if (out[i] >= 'a' && out[i] <= 'f')
      out[i] = (char)('a' + (out[i] - 'a' + 3) % 6);
  return str_from(out, id.len);
}

/* With the slash at its end where the object's own path has one. */
str object_collection(arena *a, const object_place *place) {
  if (place->name.ptr || place->before.len < 2)
    return (str){0};
  str before = str_sub(place->before, 0, place->before.len - 1);
  return str_eq(place->after, STR("/")) ? arena_str(a, place->before) : before;
}
