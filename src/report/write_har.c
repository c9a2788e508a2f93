/* The exchanges that prove the findings, as an HTTP archive (HAR 1.2) for browsers and proxies.
 * Tokens of the owner are masked, as everywhere in a report. */
#include "report/report_private.h"

static json_t *pair(str name, str value) {
  json_t *o = json_object();
  json_put_str(o, "name", name);
  json_put_str(o, "value", value);
  return o;
}

/* "Name: value" lines up to the empty one; what follows is the body. */
static json_t *take_headers(str *rest) {
  json_t *list = json_array();
  str line;
  while (str_next(rest, '\n', &line) && line.len) {
    size_t colon = str_find(line, STR(":"), 0);
    if (colon != SIZE_MAX && colon > 0)
      json_array_append_new(
          list, pair(str_sub(line, 0, colon), str_trim(str_sub(line, colon + 1, line.len))));
  }
  return list;
}

static str header_of(const json_t *headers, const char *name) {
  size_t i;
  json_t *h;
  json_array_foreach(headers, i, h) if (str_ieq(json_get_str(h, "name"),
                                                str_of(name))) return json_get_str(h, "value");
  return STR("");
}

static json_t *query_json(arena *a, str target) {
  json_t *list = json_array();
  size_t mark = str_find(target, STR("?"), 0);
  str rest = mark == SIZE_MAX ? (str){0} : str_sub(target, mark + 1, target.len), piece;
  while (rest.ptr && str_next(&rest, '&', &piece)) {
    size_t equals = str_find(piece, STR("="), 0);
    json_array_append_new(
        list, pair(percent_decode(a, str_sub(piece, 0, equals)),
                   equals == SIZE_MAX ? STR("")
                                      : percent_decode(a, str_sub(piece, equals + 1, piece.len))));
  }
  return list;
}

static json_t *request_json(arena *a, const report *r, str text) {
  json_t *o = json_object();
  str rest = text, line = {0}, method = {0}, target = {0};
  error ignored;
  url base, full;
  str_next(&rest, '\n', &line);
  str_next(&line, ' ', &method);
  str_next(&line, ' ', &target);
  json_t *headers = take_headers(&rest);
  str address = target;
  if (url_parse(a, r->target_url, &base, &ignored) &&
      url_resolve(a, &base, target, &full, &ignored))
    address = url_text(a, &full);
  json_put_str(o, "method", method);
  json_put_str(o, "url", address);
  json_put_str(o, "httpVersion", STR("HTTP/1.1"));
  json_put(o, "cookies", json_array());
  json_put(o, "headers", headers);
  json_put(o, "queryString", query_json(a, target));
  if (rest.len) {
    json_t *post = json_object();
    json_put_str(post, "mimeType", header_of(headers, "content-type"));
    json_put_str(post, "text", rest);
    json_put(o, "postData", post);
  }
  json_put(o, "headersSize", json_integer(-1));
  json_put(o, "bodySize", json_integer((json_int_t)rest.len));
  return o;
}

static json_t *response_json(str text) {
  json_t *o = json_object(), *content = json_object();
  str rest = text, line = {0}, word = {0};
  uint64_t status = 0;
  str_next(&rest, '\n', &line);
  str_next(&line, ' ', &word);
  if (str_next(&line, ' ', &word))
    str_to_u64(word, &status);
  json_t *headers = take_headers(&rest);
  json_put(o, "status", json_integer((json_int_t)(status < 1000 ? status : 0)));
  json_put_str(o, "statusText", STR(""));
  json_put_str(o, "httpVersion", STR("HTTP/1.1"));
  json_put(o, "cookies", json_array());
  json_put(o, "headers", headers);
  json_put(content, "size", json_integer((json_int_t)rest.len));
  json_put_str(content, "mimeType", header_of(headers, "content-type"));
  json_put_str(content, "text", rest);
  json_put(o, "content", content);
  json_put_str(o, "redirectURL", header_of(headers, "location"));
  json_put(o, "headersSize", json_integer(-1));
  json_put(o, "bodySize", json_integer(-1));
  return o;
}

static json_t *entry_json(arena *a, const report *r, const finding *f, const evidence *e) {
  json_t *o = json_object(), *timings = json_object();
  json_put_str(o, "startedDateTime", time_rfc3339(a, r->started));
  json_put(o, "time", json_integer(0));
  json_put(o, "request", request_json(a, r, e->request));
  json_put(o, "response", response_json(e->response));
  json_put(o, "cache", json_object());
  for (int i = 0; i < 3; i++)
    json_put(timings, ((const char *const[]){"send", "wait", "receive"})[i], json_integer(0));
  json_put(o, "timings", timings);
  json_put_str(
      o, "comment",
      arena_printf(a, "%.*s %.*s: %.*s", STR_ARG(f->id), STR_ARG(f->check), STR_ARG(e->note)));
  return o;
}

static void add_entries(arena *a, json_t *entries, const report *r, const finding_list *list) {
  for (size_t i = 0; i < list->len; i++)
    for (size_t k = 0; k < list->at[i].evidence.len; k++)
      if (list->at[i].evidence.at[k].request.len)
        json_array_append_new(entries, entry_json(a, r, &list->at[i], &list->at[i].evidence.at[k]));
}

str write_har(arena *a, const report *r, const writer_options *options) {
  json_t *o = json_object(), *log = json_object(), *entries = json_array(),
         *creator = json_object();
  (void)options;
  json_put_str(log, "version", STR("1.2"));
  json_put_str(creator, "name", STR("batten"));
  json_put_str(creator, "version", STR(BATTEN_VERSION));
  json_put(log, "creator", creator);
  add_entries(a, entries, r, &r->findings);
  add_entries(a, entries, r, &r->suppressed);
  json_put(log, "entries", entries);
  json_put(o, "log", log);
  str out = json_write(a, o, true);
  json_decref(o);
  return out;
}
