#include "scan/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORDING_LIMIT = 1024 * 1024 * 1024 };

typedef struct {
  str key;
  size_t from, len; /* of the line */
} entry;

struct recording {
  arena *arena;
  FILE *file;
  const char *path;
  str text;
  LIST(entry) entries;
  json_t *head, *tail;
};

/* ---- values ---------------------------------------------------------------------------------- */

static json_t *headers_to_json(const http_headers *h) {
  json_t *list = json_array();
  for (size_t i = 0; i < h->len; i++) {
    json_t *pair = json_array();
    json_array_append_new(pair, json_text(h->at[i].name));
    json_array_append_new(pair, json_text(h->at[i].value));
    json_array_append_new(list, pair);
  }
  return list;
}

static str text_copy(arena *a, const json_t *v) {
  return json_is_string(v) ? arena_str(a, str_from(json_string_value(v), json_string_length(v)))
                           : (str){0};
}

static void headers_from_json(arena *a, const json_t *v, http_headers *out) {
  size_t i;
  json_t *pair;
  json_array_foreach(v, i, pair) {
    http_header h = {text_copy(a, json_array_get(pair, 0)), text_copy(a, json_array_get(pair, 1))};
    list_push(a, out, h);
  }
}

static void put_body(json_t *o, str body) {
  if (!body.ptr)
    return;
  if (str_is_utf8(body)) {
    json_put_str(o, "body", body);
    return;
  }
  arena *a = arena_new();
  json_put_str(o, "body_base64", base64_encode(a, body));
  arena_free(a);
}

static str get_body(arena *a, const json_t *o) {
  str coded = json_get_str(o, "body_base64"), out = {0};
  if (coded.ptr && base64_decode_lenient(a, coded, &out))
    return out;
  return text_copy(a, json_object_get(o, "body"));
}

json_t *request_to_json(const http_request *r) {
  arena *a = arena_new();
  json_t *o = json_object();
  json_put_str(o, "method", r->method);
  json_put_str(o, "url", url_text(a, &r->url));
  json_put(o, "headers", headers_to_json(&r->headers));
  put_body(o, r->body);
  arena_free(a);
  return o;
}

bool request_from_json(arena *a, const json_t *v, http_request *out) {
  error e;
  *out =
      (http_request){.method = text_copy(a, json_object_get(v, "method")), .body = get_body(a, v)};
  headers_from_json(a, json_object_get(v, "headers"), &out->headers);
  return out->method.len && url_parse(a, json_get_str(v, "url"), &out->url, &e);
}

static json_t *response_to_json(const http_response *r) {
  json_t *o = json_object();
  json_put(o, "failure", json_integer(r->failure));
  json_put(o, "status", json_integer(r->status));
  json_put(o, "throttled", json_boolean(r->throttled));
  if (r->held_back)
    json_put(o, "held_back", json_true());
  json_put(o, "truncated", json_boolean(r->truncated));
  json_put(o, "headers", headers_to_json(&r->headers));
  put_body(o, r->body);
  return o;
}

static void response_from_json(arena *a, const json_t *v, http_response *out) {
  *out = (http_response){.failure = (http_failure)json_integer_value(json_object_get(v, "failure")),
                         .status = (int)json_integer_value(json_object_get(v, "status")),
                         .throttled = json_is_true(json_object_get(v, "throttled")),
                         .held_back = json_is_true(json_object_get(v, "held_back")),
                         .truncated = json_is_true(json_object_get(v, "truncated")),
                         .body = get_body(a, v)};
  headers_from_json(a, json_object_get(v, "headers"), &out->headers);
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool write_line(recording *r, json_t *line) {
  int failed = json_dumpf(line, r->file, JSON_COMPACT) || fputc('\n', r->file) == EOF;
  json_decref(line);
  return !failed;
}

recording *recording_create(const char *path, json_t *head, error *e) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (!file) {
    error_set(e, ERROR_USAGE, "cannot write the recording %s: %s", path, strerror(errno));
    if (fd >= 0)
      close(fd);
    json_decref(head);
    return NULL;
  }
  arena *a = arena_new();
  recording *r = arena_make(a, recording);
  *r = (recording){.arena = a, .file = file, .path = arena_text(a, str_of(path))};
  write_line(r, head);
  return r;
}

bool recording_add(recording *r, exchange_key at, const http_request *request,
                   const http_response *response, size_t canary_hits, str canary_request) {
  json_t *o = json_object();
  json_put(o, "operation", json_integer((json_int_t)at.operation));
  json_put_str(o, "probe", at.label);
  json_put(o, "try", json_integer((json_int_t)at.try));
  json_put(o, "request", request_to_json(request));
  json_put(o, "response", response_to_json(response));
  if (canary_hits) {
    json_put(o, "canary_hits", json_integer((json_int_t)canary_hits));
    json_put_str(o, "canary_request", canary_request);
  }
  return write_line(r, o);
}

bool recording_finish(recording *r, json_t *tail, error *e) {
  bool ok = write_line(r, tail) && !ferror(r->file);
  if (fclose(r->file) != 0)
    ok = false;
  r->file = NULL;
  return ok || error_set(e, ERROR_INTERNAL, "the recording %s could not be written whole: %s",
                         r->path, strerror(errno));
}

/* ---- reading --------------------------------------------------------------------------------- */

static str key_text(arena *a, exchange_key at) {
  return arena_printf(a, "%zu %.*s %zu", at.operation, STR_ARG(at.label), at.try);
}

static int by_key(const void *x, const void *y) {
  return str_cmp(((const entry *)x)->key, ((const entry *)y)->key);
}

static bool index_line(recording *r, str line, size_t number, error *e) {
  json_t *o = json_parse(line, NULL);
  if (!json_is_object(o)) {
    json_decref(o);
    return error_set(e, ERROR_USAGE, "%s, line %zu: not a JSON object", r->path, number);
  }
  if (json_object_get(o, "probe")) {
    exchange_key at = {(size_t)json_integer_value(json_object_get(o, "operation")),
                       json_get_str(o, "probe"),
                       (size_t)json_integer_value(json_object_get(o, "try"))};
    entry found = {key_text(r->arena, at), (size_t)(line.ptr - r->text.ptr), line.len};
    list_push(r->arena, &r->entries, found);
    json_decref(o);
  } else if (!r->head) {
    r->head = o;
  } else {
    json_decref(r->tail);
    r->tail = o;
  }
  return true;
}

recording *recording_open(const char *path, error *e) {
  arena *a = arena_new();
  recording *r = arena_make(a, recording);
  *r = (recording){.arena = a, .path = arena_text(a, str_of(path))};
  bool ok = file_read(a, path, RECORDING_LIMIT, &r->text, e);
  str rest = r->text, line;
  for (size_t number = 1; ok && str_next(&rest, '\n', &line); number++)
    if (line.len)
      ok = index_line(r, line, number, e);
  if (ok && json_integer_value(json_object_get(r->head, "batten_recording")) != 1)
    ok = error_set(e, ERROR_USAGE, "%s is no recording of batten scan (--record makes one)", path);
  if (!ok) {
    recording_free(r);
    return NULL;
  }
  if (r->entries.len)
    qsort(r->entries.at, r->entries.len, sizeof *r->entries.at, by_key);
  return r;
}

const json_t *recording_head(const recording *r) {
  return r->head;
}

const json_t *recording_tail(const recording *r) {
  return r->tail;
}

bool recording_find(const recording *r, arena *a, exchange_key at, http_request *request,
                    http_response *response, size_t *canary_hits, str *canary_request) {
  entry wanted = {.key = key_text(a, at)};
  const entry *found = r->entries.len ? bsearch(&wanted, r->entries.at, r->entries.len,
                                                sizeof *r->entries.at, by_key)
                                      : NULL;
  if (!found)
    return false;
  json_t *o = json_parse(str_sub(r->text, found->from, found->from + found->len), NULL);
  bool ok = request_from_json(a, json_object_get(o, "request"), request);
  response_from_json(a, json_object_get(o, "response"), response);
  *canary_hits = (size_t)json_integer_value(json_object_get(o, "canary_hits"));
  *canary_request = text_copy(a, json_object_get(o, "canary_request"));
  json_decref(o);
  return ok;
}

void recording_free(recording *r) {
  if (!r)
    return;
  json_decref(r->head);
  json_decref(r->tail);
  if (r->file)
    fclose(r->file);
  arena_free(r->arena);
}
