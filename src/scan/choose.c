/* Which operations are scanned and in what order. */
#include "scan/engine.h"

/* Of "get /path" the method is GET; a pattern without a blank is a path alone. */
static str with_method(arena *a, str pattern) {
  size_t blank = str_find(pattern, STR(" "), 0);
  if (blank == SIZE_MAX)
    return pattern;
  return arena_printf(a, "%.*s%.*s", STR_ARG(str_upper(a, str_sub(pattern, 0, blank))),
                      STR_ARG(str_sub(pattern, blank, pattern.len)));
}

static bool matches(arena *a, const str_list *given, const operation *o) {
  str_list one = {0}, *patterns = &one;
  for (size_t i = 0; i < given->len; i++)
    list_push(a, &one, with_method(a, given->at[i]));
  str name = arena_printf(a, "%.*s %.*s", STR_ARG(o->method), STR_ARG(o->url.path));
  for (size_t i = 0; i < patterns->len; i++)
    if (str_glob(patterns->at[i], name) || str_glob(patterns->at[i], o->url.path))
      return true;
  if (!o->about)
    return false;
  name = arena_printf(a, "%.*s %.*s", STR_ARG(o->method), STR_ARG(o->about->path));
  for (size_t i = 0; i < patterns->len; i++)
    if (str_glob(patterns->at[i], name) || str_eq(patterns->at[i], o->about->path))
      return true;
  return false;
}

/* The last segment names whoever asks, or what lets them ask. */
static bool is_own(str path) {
  static const char *const names[] = {"account",  "me",    "self",   "profile", "session",
                                      "sessions", "token", "tokens", "user"};
  size_t slash = path.len;
  while (slash && path.ptr[slash - 1] != '/')
    slash--;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_ieq(str_sub(path, slash, path.len), str_of(names[i])))
      return true;
  return false;
}

static bool ends_a_session(const operation *o) {
  static const char *const words[] = {"logout",         "log-out",        "log_out",
                                      "signout",        "sign-out",       "sign_out",
                                      "delete-account", "delete_account", "revoke"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (str_icontains(o->url.path, str_of(words[i])))
      return true;
  return str_eq(o->method, STR("DELETE")) && is_own(o->url.path);
}

static bool is_safe_method(str method) {
  return str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")) ||
         str_eq(method, STR("OPTIONS"));
}

static const char *left_out(arena *a, const scan_options *options, const operation *o) {
  if (matches(a, &options->exclude, o))
    return "left out by --exclude";
  if (options->include.len && !matches(a, &options->include, o))
    return "left out by --include";
  if (!is_safe_method(o->method) && !options->allow_writes)
    return "may change data: needs --allow-writes";
  if (ends_a_session(o) && !matches(a, &options->include, o))
    return "looks like it ends a session: name it with --include";
  return NULL;
}

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
    const char *reason = left_out(e->arena, e->options, o);
    str path = o->about ? o->about->path : o->url.path;
    not_tested n = {STR("*"),
                    arena_printf(e->arena, "%.*s %.*s", STR_ARG(o->method), STR_ARG(path)),
                    str_of(reason)};
    if (reason)
      list_push(e->arena, &e->report->not_tested, n);
    else
      list_push(e->arena, &kept, *o);
  }
  add_in_order(e->arena, &kept, &out);
  return out;
}
