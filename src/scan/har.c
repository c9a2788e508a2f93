/* Operations and credentials from an HTTP archive (HAR 1.2), as browsers and proxies save it. */
#include "base/json.h"
#include "scan/archive.h"
#include "scan/check.h"

static bool is_token(arena *a, str text, str *out) {
  token t;
  size_t from = 0;
  return token_find(text, &from, out) && token_parse(a, *out, &t);
}

static bool skip_header(str name) {
  static const char *const names[] = {"host", "content-length", "connection", "accept-encoding",
                                      "user-agent"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_ieq(name, str_of(names[i])))
      return true;
  return name.len == 0 || name.ptr[0] == ':';
}

/* "a=1; jwt=T; b=2" without the pair that holds the token; its name goes into the place. */
static str cookie_without_token(arena *a, str cookies, operation *o) {
  buf b = {.arena = a};
  str rest = cookies, pair;
  while (str_next(&rest, ';', &pair)) {
    pair = str_trim(pair);
    size_t equals = str_find(pair, STR("="), 0);
    if (equals != SIZE_MAX && !o->token.ptr &&
        is_token(a, str_sub(pair, equals + 1, pair.len), &o->token)) {
      o->place =
          (token_place){.kind = PLACE_COOKIE, .name = arena_str(a, str_sub(pair, 0, equals))};
      continue;
    }
    buf_printf(&b, "%s%.*s", b.len ? "; " : "", STR_ARG(pair));
  }
  return buf_str(&b);
}

/* "Token eyJ..." in Authorization: with the scheme that it was sent with. */
static token_place header_place(str name, str value, str token_text) {
  str scheme = str_trim(str_sub(value, 0, str_find(value, token_text, 0)));
  token_place out = {.kind = PLACE_HEADER, .name = name};
  error ignored;
  if (!token_place_form(&out, scheme.len ? scheme : STR("raw"), &ignored))
    out = (token_place){.kind = PLACE_HEADER, .name = name};
  return out;
}

void archive_header(arena *a, str name, str value, operation *o) {
  http_header h = {arena_str(a, name), arena_str(a, value)};
  if (skip_header(name))
    return;
  if (str_ieq(name, STR("cookie"))) {
    h.value = cookie_without_token(a, value, o);
    if (h.value.len == 0)
      return;
  } else if (!o->token.ptr && !str_ieq(name, STR("dpop")) && is_token(a, value, &o->token)) {
    o->place = header_place(h.name, h.value, o->token);
    return;
  }
  list_push(a, &o->headers, h);
}

void archive_query(arena *a, operation *o) {
  str rest = o->url.query, pair;
  while (!o->token.ptr && str_next(&rest, '&', &pair)) {
    size_t equals = str_find(pair, STR("="), 0);
    if (equals == SIZE_MAX || !is_token(a, str_sub(pair, equals + 1, pair.len), &o->token))
      continue;
    o->place =
        (token_place){.kind = PLACE_QUERY, .name = percent_decode(a, str_sub(pair, 0, equals))};
    o->url = url_without_query(a, &o->url, o->place.name);
  }
}

static bool same_request(const operation *x, const operation *y) {
  return str_eq(x->method, y->method) && str_eq(x->url.path, y->url.path) &&
         str_eq(x->url.query, y->url.query) && str_eq(x->body, y->body);
}

void archive_add(arena *a, const operation *o, operation_list *out) {
  for (size_t i = 0; i < out->len; i++)
    if (!out->at[i].about &&
        same_request(&out->at[i], o)) { /* what is described is joined later: see join.c */
      if (!out->at[i].token.ptr && o->token.ptr)
        out->at[i] = *o;
      return;
    }
  list_push(a, out, *o);
}

http_request archive_request(arena *a, const operation *o, str text) {
  return request_with_token(a, o, text);
}

/* Browsers put cookies into a list of their own too; the header is the one that was sent, where
 * there is one. */
static void read_cookies(arena *a, const json_t *request, operation *o) {
  const json_t *list = json_object_get(request, "cookies");
  buf b = {.arena = a};
  size_t i;
  json_t *one;
  json_array_foreach(json_object_get(request, "headers"), i,
                     one) if (str_ieq(json_get_str(one, "name"), STR("cookie"))) return;
  json_array_foreach(list, i, one)
      buf_printf(&b, "%s%.*s=%.*s", b.len ? "; " : "", STR_ARG(json_get_str(one, "name")),
                 STR_ARG(json_get_str(one, "value")));
  if (b.len)
    archive_header(a, STR("Cookie"), buf_str(&b), o);
}

/* The text of a body; a form may be given by its parameters alone. */
static str post_text(arena *a, const json_t *data) {
  str text = json_get_str(data, "text");
  const json_t *params = json_object_get(data, "params");
  buf b = {.arena = a};
  size_t i;
  json_t *one;
  if (text.len || !json_array_size(params))
    return text.ptr ? arena_str(a, text) : text;
  json_array_foreach(params, i, one) buf_printf(
      &b, "%s%.*s=%.*s", i ? "&" : "", STR_ARG(percent_encode(a, json_get_str(one, "name"))),
      STR_ARG(percent_encode(a, json_get_str(one, "value"))));
  return buf_str(&b);
}

/* False when it goes to another origin. */
static bool read_entry(arena *a, const json_t *request, const url *target, operation_list *out) {
  operation o = {.method = arena_str(a, json_get_str(request, "method")), .recorded = true};
  error ignored;
  size_t i;
  json_t *header;
  if (!o.method.len || !url_parse(a, json_get_str(request, "url"), &o.url, &ignored))
    return true;
  if (!url_same_origin(&o.url, target))
    return false;
  json_array_foreach(json_object_get(request, "headers"), i, header)
      archive_header(a, json_get_str(header, "name"), json_get_str(header, "value"), &o);
  read_cookies(a, request, &o);
  archive_query(a, &o);
  o.token = o.token.ptr ? arena_str(a, o.token) : o.token;
  o.body = post_text(a, json_object_get(request, "postData"));
  archive_add(a, &o, out);
  return true;
}

bool scan_read_har(arena *a, str json, const url *target, operation_list *out, error *e) {
  error inner = {0};
  json_t *root = json_parse(json, &inner);
  const json_t *entries = json_object_get(json_object_get(root, "log"), "entries");
  size_t i, before = out->len, elsewhere = 0;
  json_t *entry;
  if (!json_is_array(entries)) {
    bool parsed = root != NULL;
    json_decref(root);
    return error_set(e, ERROR_USAGE,
                     parsed ? "no HTTP archive: it lacks log.entries%s" : "no HTTP archive: %s",
                     parsed ? "" : inner.message);
  }
  json_array_foreach(entries, i, entry) elsewhere +=
      !read_entry(a, json_object_get(entry, "request"), target, out);
  json_decref(root);
  return out->len > before ||
         error_set(e, ERROR_USAGE, "the HTTP archive has no request to %.*s (%zu to other origins)",
                   STR_ARG(url_origin(a, target)), elsewhere);
}
