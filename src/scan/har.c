/* Operations and credentials from an HTTP archive (HAR 1.2), as browsers and proxies save it. */
#include "base/json.h"
#include "scan/scan.h"

static bool is_token(arena *a, str text, str *out) {
  token t;
  size_t from = 0;
  return token_find(text, &from, out) && token_parse(a, *out, &t);
}

static bool skip_header(str name) {
  static const char *const names[] = {"host", "content-length", "connection", "accept-encoding", "user-agent"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_ieq(name, str_of(names[i]))) return true;
  return name.len == 0 || name.ptr[0] == ':';
}

/* "a=1; jwt=T; b=2" without the pair that holds the token; its name goes into the place. */
static str cookie_without_token(arena *a, str cookies, operation *o) {
  buf b = {.arena = a};
  str rest = cookies, pair;
  while (str_next(&rest, ';', &pair)) {
    pair = str_trim(pair);
    size_t equals = str_find(pair, STR("="), 0);
    if (equals != SIZE_MAX && !o->token.ptr && is_token(a, str_sub(pair, equals + 1, pair.len), &o->token)) {
      o->place = (token_place){PLACE_COOKIE, arena_str(a, str_sub(pair, 0, equals))};
      continue;
    }
    buf_printf(&b, "%s%.*s", b.len ? "; " : "", STR_ARG(pair));
  }
  return buf_str(&b);
}

static void read_header(arena *a, str name, str value, operation *o) {
  http_header h = {arena_str(a, name), arena_str(a, value)};
  if (skip_header(name)) return;
  if (str_ieq(name, STR("cookie"))) {
    h.value = cookie_without_token(a, value, o);
    if (h.value.len == 0) return;
  } else if (!o->token.ptr && !str_ieq(name, STR("dpop")) && is_token(a, value, &o->token)) {
    bool bearer = str_ieq(name, STR("authorization"));
    o->place = (token_place){bearer ? PLACE_BEARER : PLACE_HEADER, h.name};
    return;
  }
  list_push(a, &o->headers, h);
}

static void read_query_token(arena *a, operation *o) {
  str rest = o->url.query, pair;
  while (!o->token.ptr && str_next(&rest, '&', &pair)) {
    size_t equals = str_find(pair, STR("="), 0);
    if (equals == SIZE_MAX || !is_token(a, str_sub(pair, equals + 1, pair.len), &o->token)) continue;
    o->place = (token_place){PLACE_QUERY, percent_decode(a, str_sub(pair, 0, equals))};
    o->url = url_without_query(a, &o->url, o->place.name);
  }
}

static bool known(const operation_list *list, const operation *o) {
  for (size_t i = 0; i < list->len; i++)
    if (str_eq(list->at[i].method, o->method) && str_eq(list->at[i].url.path, o->url.path) &&
        str_eq(list->at[i].url.query, o->url.query))
      return true;
  return false;
}

static void read_entry(arena *a, const json_t *request, const url *target, operation_list *out) {
  operation o = {.method = arena_str(a, json_get_str(request, "method"))};
  error ignored;
  size_t i;
  json_t *header;
  if (!url_parse(a, json_get_str(request, "url"), &o.url, &ignored) || !url_same_origin(&o.url, target)) return;
  json_array_foreach(json_object_get(request, "headers"), i, header)
    read_header(a, json_get_str(header, "name"), json_get_str(header, "value"), &o);
  read_query_token(a, &o);
  o.token = o.token.ptr ? arena_str(a, o.token) : o.token;
  str body = json_get_str(json_object_get(request, "postData"), "text");
  if (body.ptr) o.body = arena_str(a, body);
  if (o.method.len && !known(out, &o)) list_push(a, out, o);
}

bool scan_read_har(arena *a, str json, const url *target, operation_list *out, error *e) {
  error inner = {0};
  json_t *root = json_parse(json, &inner);
  const json_t *entries = json_object_get(json_object_get(root, "log"), "entries");
  size_t i, before = out->len;
  json_t *entry;
  if (!json_is_array(entries)) {
    json_decref(root);
    return error_set(e, ERROR_USAGE, root ? "no HTTP archive: it lacks log.entries%s" : "no HTTP archive: %s",
                     root ? "" : inner.message);
  }
  json_array_foreach(entries, i, entry) read_entry(a, json_object_get(entry, "request"), target, out);
  json_decref(root);
  return out->len > before ||
         error_set(e, ERROR_USAGE, "the HTTP archive has no request to %.*s", STR_ARG(url_origin(a, target)));
}
