/* The gate: which operations are scanned, and which requests may be sent at all. Every request of
 * every check passes here, witnesses and discovery too: what --exclude names, what --include does
 * not, and what looks harmful is never sent, whoever asks for it. */
#include "scan/gate.h"
#include "scan/harm.h"

/* ---- patterns -------------------------------------------------------------------------------- */

/* Of "get /path" the method is GET; a pattern without a blank is a path alone. */
static str with_method(arena *a, str pattern) {
  size_t blank = str_find(pattern, STR(" "), 0);
  if (blank == SIZE_MAX)
    return pattern;
  return arena_printf(a, "%.*s%.*s", STR_ARG(str_upper(a, str_sub(pattern, 0, blank))),
                      STR_ARG(str_sub(pattern, blank, pattern.len)));
}

/* HEAD runs what GET runs. */
static str pattern_method(str method) {
  return str_eq(method, STR("HEAD")) ? STR("GET") : method;
}

static bool pattern_fits(arena *a, str pattern, str method, str path) {
  str name = arena_printf(a, "%.*s %.*s", STR_ARG(pattern_method(method)), STR_ARG(path));
  str with = with_method(a, pattern);
  return str_glob(with, name) || str_glob(with, path) || str_eq(with, path);
}

/* What an operation is called: its path, and that of its description. */
typedef struct {
  str method, query;
  str path;                 /* as a server reads it: percent-decoded, without empty segments */
  str raw;                  /* as sent */
  const description *about; /* NULL: none */
} called;

static bool pattern_names(arena *a, str pattern, const called *c) {
  return pattern_fits(a, pattern, c->method, c->path) ||
         pattern_fits(a, pattern, c->method, c->raw) ||
         (c->about && pattern_fits(a, pattern, c->method, c->about->path));
}

static bool any_names(arena *a, const str_list *patterns, const called *c) {
  for (size_t i = 0; i < patterns->len; i++)
    if (pattern_names(a, patterns->at[i], c))
      return true;
  return false;
}

/* What is left out is left out in any letter case: many servers read paths so. */
static bool is_excluded(arena *a, const scan_options *options, const called *c) {
  if (!options->exclude.len)
    return false;
  called small = *c;
  str_list patterns = {0};
  small.path = str_lower(a, c->path);
  small.raw = str_lower(a, c->raw);
  for (size_t i = 0; i < options->exclude.len; i++)
    list_push(a, &patterns, str_lower(a, options->exclude.at[i]));
  return any_names(a, &options->exclude, c) || any_names(a, &patterns, &small);
}

/* A pattern with a wildcard in its path chooses many; to name what looks harmful it must spell it.
 */
static bool spelled_out(arena *a, const str_list *patterns, const called *c) {
  for (size_t i = 0; i < patterns->len; i++) {
    str path = str_sub(patterns->at[i], str_find(patterns->at[i], STR("/"), 0), SIZE_MAX);
    if (!str_contains(path, STR("*")) && pattern_names(a, patterns->at[i], c))
      return true;
  }
  return false;
}

/* ---- paths ----------------------------------------------------------------------------------- */

static bool reads_as_written(str path) {
  for (size_t i = 0; i < path.len; i++) {
    bool ends_segment = i + 1 == path.len || path.ptr[i + 1] == '/' || path.ptr[i + 1] == '.';
    if (path.ptr[i] == '%' || path.ptr[i] == ';' || (path.ptr[i] == '/' && ends_segment))
      return false;
  }
  return path.len && path.ptr[0] == '/';
}

str path_as_read(arena *a, str path) {
  if (reads_as_written(path))
    return path;
  str rest = percent_decode(a, path), segment;
  str_list kept = {0};
  buf out = {.arena = a};
  while (str_next(&rest, '/', &segment)) {
    segment = str_sub(segment, 0, str_find(segment, STR(";"), 0));
    bool up = str_eq(segment, STR(".."));
    if (up && kept.len)
      kept.len--;
    if (segment.len && !up && !str_eq(segment, STR(".")))
      list_push(a, &kept, segment);
  }
  for (size_t i = 0; i < kept.len; i++)
    buf_printf(&out, "/%.*s", STR_ARG(kept.at[i]));
  return out.len ? buf_str(&out) : STR("/");
}

/* ---- reasons --------------------------------------------------------------------------------- */

static bool is_safe_method(str method) {
  return str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")) ||
         str_eq(method, STR("OPTIONS")) || str_eq(method, STR("TRACE"));
}

/* --logout names it. */
static bool is_logout(const scan_options *options, const called *c) {
  return options->logout && str_eq(c->method, options->logout->method) &&
         str_eq(c->raw, options->logout->url.path);
}

static str harm_reason(arena *a, const scan_options *options, const called *c) {
  named_operation named = {c->method, c->path, c->query, c->about};
  str harm = harm_in(a, &named);
  if (!harm.ptr || spelled_out(a, &options->include, c))
    return (str){0};
  return arena_printf(a, "%.*s: name it with --include", STR_ARG(harm));
}

str gate_operation(arena *a, const scan_options *options, const operation *o) {
  called c = {o->method, o->url.query, path_as_read(a, o->url.path), o->url.path, o->about};
  if (is_excluded(a, options, &c))
    return STR("left out by --exclude");
  if (options->include.len && !any_names(a, &options->include, &c))
    return STR("left out by --include");
  if (!is_safe_method(o->method) && !options->allow_writes)
    return STR("may change data: needs --allow-writes");
  return harm_reason(a, options, &c);
}

/* ---- a request ------------------------------------------------------------------------------- */

/* "/users/7" fits "/users/{id}". */
static bool template_fits(str template, str path) {
  str wanted, segment;
  while (template.ptr && path.ptr) {
    bool more = str_next(&template, '/', &wanted) && str_next(&path, '/', &segment);
    bool fits = more && (str_contains(wanted, STR("{")) || str_eq(wanted, segment));
    if (!fits)
      return false;
  }
  return !template.ptr && !path.ptr;
}

/* The operation of the API that this is: of the same method before another, spelled out before a
 * template. */
static const operation *known_as(arena *a, const scan_options *options, str method, str path) {
  const operation *best = NULL;
  int best_rank = 0;
  for (size_t i = 0; i < options->operations.len; i++) {
    const operation *o = &options->operations.at[i];
    bool exact = str_eq(path_as_read(a, o->url.path), path);
    bool fits = exact || (o->about && template_fits(o->about->path, path));
    bool same = str_eq(o->method, pattern_method(method));
    int rank = !fits ? 0 : 1 + exact + 2 * same;
    if (rank > best_rank) {
      best = o;
      best_rank = rank;
    }
  }
  return best;
}

/* Paths where nothing lies, asked for to compare with. */
static bool is_nobodys(str path) {
  return str_contains(path, STR("/batten-")) || str_eq(path, STR("/"));
}

static str reading_reason(arena *a, const scan_options *options, str method, str raw, str query,
                          bool discovering) {
  called c = {method, query, path_as_read(a, raw), raw, NULL};
  const operation *known = known_as(a, options, method, c.path);
  c.about = known ? known->about : NULL;
  if (is_excluded(a, options, &c))
    return STR("left out by --exclude");
  bool outside = options->include.len && !any_names(a, &options->include, &c);
  bool of_the_host = is_nobodys(c.path) || (discovering && !known);
  if (is_logout(options, &c))
    return (str){0};
  if (outside && !of_the_host)
    return STR("left out by --include");
  return harm_reason(a, options, &c);
}

static const char *const PATH_HEADERS[] = {"X-Original-URL",  "X-Rewrite-URL",    "X-Original-URI",
                                           "X-Forwarded-Uri", "X-Forwarded-Path", NULL};
static const char *const METHOD_HEADERS[] = {"X-HTTP-Method-Override", "X-HTTP-Method",
                                             "X-Method-Override", NULL};

static bool is_among(str header, const char *const *names) {
  while (*names && !str_ieq(header, str_of(*names)))
    names++;
  return *names != NULL;
}

/* A server may take path and method from headers: each way to read the request must pass. */
str gate_request(arena *a, const scan_options *options, const http_request *r, bool discovering) {
  str reason = reading_reason(a, options, r->method, r->url.path, r->url.query, discovering);
  for (size_t i = 0; i < r->headers.len && !reason.ptr; i++) {
    http_header h = r->headers.at[i];
    if (is_among(h.name, PATH_HEADERS))
      reason = reading_reason(a, options, r->method, h.value, (str){0}, discovering);
    if (!is_among(h.name, METHOD_HEADERS))
      continue;
    str method = str_upper(a, h.value);
    if (!is_safe_method(method) && !options->allow_writes)
      reason = STR("may change data: needs --allow-writes");
    else
      reason = reading_reason(a, options, method, r->url.path, r->url.query, discovering);
  }
  return reason;
}
