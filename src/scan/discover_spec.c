/* API descriptions on the target: those named with --spec URL, and one that lies at a usual place.
 * Many servers answer any path with something: only what really reads as a description counts. */
#include "scan/engine.h"
#include "scan/spec.h"

static const char *const PLACES[] = {"/openapi.json",
                                     "/openapi.yaml",
                                     "/swagger.json",
                                     "/v3/api-docs",
                                     "/v2/api-docs",
                                     "/api-docs",
                                     "/api-docs/v1/swagger.yaml", /* rswag */
                                     "/api-docs/v1/swagger.json",
                                     "/api/swagger_doc", /* grape-swagger */
                                     "/api/swagger_doc.json",
                                     "/swagger_doc.json",
                                     "/swagger/v1/swagger.json",
                                     "/api/openapi.json",
                                     "/api/docs/openapi.json",
                                     "/docs/openapi.json",
                                     "/api/schema/"};

enum { PLACES_COUNT = sizeof PLACES / sizeof *PLACES, FOUND_MAX = 100 };

static bool fetch(void *to, arena *a, const url *at, str *text, error *err) {
  engine *e = to;
  const http_response *r = discover_get(e, at, false);
  if (r && (r->status == 401 || r->status == 403))
    r = discover_get(e, at, true);
  if (!r)
    return error_set(err, ERROR_INCOMPLETE, "%.*s: the target did not answer",
                     STR_ARG(url_text(a, at)));
  if (r->status != 200)
    return error_set(err, ERROR_USAGE, "%.*s answers with status %d", STR_ARG(url_text(a, at)),
                     r->status);
  if (r->truncated)
    return error_set(err, ERROR_USAGE,
                     "%.*s is larger than %d KiB: save it to a file and give that",
                     STR_ARG(url_text(a, at)), HTTP_BODY_MAX / 1024);
  *text = arena_str(a, r->body);
  return true;
}

static void add_headers(engine *e, operation *o) {
  for (size_t i = 0; i < e->options->headers.len; i++)
    http_header_set(e->arena, &o->headers, e->options->headers.at[i].name,
                    e->options->headers.at[i].value);
}

static bool read_given(engine *e, str text, operation_list *out, error *err) {
  url at;
  str body;
  error inner = {0};
  spec_source from = {.fetch = fetch, .fetch_to = e};
  size_t before = out->len;
  if (!url_parse(e->arena, text, &at, err))
    return false;
  if (!fetch(e, e->arena, &at, &body, &inner) ||
      !spec_import_text(e->arena, &at, body, e->options, &from, out, &inner))
    return error_set(err, inner.code, "--spec: %s", inner.message);
  for (size_t i = before; i < out->len; i++)
    add_headers(e, &out->at[i]);
  return true;
}

/* ---- at the usual places --------------------------------------------------------------------- */

static bool looks_described(const http_response *r) {
  str head = str_sub(r->body, 0, 4096);
  return r->status == 200 && !r->truncated && (str_contains(r->body, STR("paths"))) &&
         (str_contains(head, STR("openapi")) || str_contains(head, STR("swagger")) ||
          str_contains(r->body, STR("\"openapi\"")) || str_contains(r->body, STR("\"swagger\"")));
}

static void note(engine *e, str at, str reason) {
  list_push(e->arena, &e->report->not_tested, (not_tested){STR("*"), at, reason});
}

/* The operation that the URL named is known better now. */
static bool completes_own(operation_list *all, size_t own, const operation *found) {
  for (size_t i = 0; i < own; i++)
    if (str_eq(all->at[i].method, found->method) && str_eq(all->at[i].url.path, found->url.path)) {
      if (!all->at[i].about)
        all->at[i].about = found->about;
      return true;
    }
  return false;
}

static void add_found(engine *e, str at, const operation_list *found, operation_list *out) {
  size_t own = out->len, added = 0;
  for (size_t i = 0; i < found->len; i++) {
    operation *o = &found->at[i];
    if (completes_own(out, own, o))
      continue;
    add_headers(e, o);
    if (added++ < FOUND_MAX)
      list_push(e->arena, out, *o);
    else
      note(e, arena_printf(e->arena, "%.*s %.*s", STR_ARG(o->method), STR_ARG(o->url.path)),
           arena_printf(e->arena,
                        "one of more than %d operations of the description found at %.*s: give it "
                        "with --spec",
                        FOUND_MAX, STR_ARG(at)));
  }
}

/* True when this answer settled the search. */
static bool take_description(engine *e, const url *at, const http_response *r,
                             operation_list *out) {
  operation_list found = {0};
  error err = {0};
  spec_source from = {.discovered = true, .fetch = fetch, .fetch_to = e};
  if (!looks_described(r))
    return false;
  if (!spec_import_text(e->arena, at, r->body, e->options, &from, &found, &err)) {
    note(e, arena_printf(e->arena, "GET %.*s", STR_ARG(at->path)),
         arena_printf(e->arena, "an API description lies there that cannot be read: %s",
                      err.message));
    return false;
  }
  add_found(e, url_text(e->arena, at), &found, out);
  return true;
}

static void search(engine *e, operation_list *out) {
  url at[PLACES_COUNT];
  const http_response *found[PLACES_COUNT];
  for (size_t i = 0; i < PLACES_COUNT; i++) {
    at[i] = e->options->target;
    at[i].path = str_of(PLACES[i]);
    at[i].query = (str){0};
  }
  discover_get_all(e, at, found, PLACES_COUNT);
  for (size_t i = 0; i < PLACES_COUNT; i++)
    if (found[i] && take_description(e, &at[i], found[i], out))
      return;
}

bool discover_described(engine *e, operation_list *out, error *err) {
  for (size_t i = 0; i < e->options->spec_urls.len; i++)
    if (!read_given(e, e->options->spec_urls.at[i], out, err))
      return false;
  if (e->options->discover_operations)
    search(e, out);
  return true;
}
