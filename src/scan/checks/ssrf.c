/* ssrf: parameters that the server fetches or sends the client to. */
#include "base/json.h"
#include "scan/checks/checks.h"

enum { PARAMETERS_MAX = 6 };

typedef struct {
  str names[PARAMETERS_MAX];
  size_t count;
  size_t queried; /* those from here on are members of the body */
} name_list;

static const char *const URL_WORDS[] = {
    "url", "uri", "link",   "href",  "webhook", "callback", "endpoint", "feed",  "avatar", "image",
    "img", "src", "source", "proxy", "host",    "domain",   "site",     "fetch", "remote", "file"};
static const char *const REDIRECT_WORDS[] = {"redirect", "next",     "return",  "continue", "goto",
                                             "dest",     "target",   "forward", "back",     "url",
                                             "uri",      "callback", "rurl",    "to"};

static bool one_of(str name, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strlen(words[i]) < 3 ? str_ieq(name, str_of(words[i]))
                             : str_icontains(name, str_of(words[i])))
      return true;
  return false;
}

static bool is_url(str value) {
  return str_starts(value, STR("http://")) || str_starts(value, STR("https://"));
}

static bool holds(const name_list *l, str name) {
  for (size_t i = 0; i < l->count; i++)
    if (str_eq(l->names[i], name))
      return true;
  return false;
}

/* Query parameters, sent or described, whose name or value says so. */
static name_list query_like(const subject *s, const char *const *words, size_t count) {
  name_list out = {.count = 0};
  str rest = s->operation->url.query, pair;
  while (rest.ptr && out.count < PARAMETERS_MAX && str_next(&rest, '&', &pair)) {
    str name = percent_decode(s->arena, str_sub(pair, 0, str_find(pair, STR("="), 0))), value = {0};
    url_query_get(s->arena, &s->operation->url, name, &value);
    if (name.len && !holds(&out, name) && (is_url(value) || one_of(name, words, count)))
      out.names[out.count++] = name;
  }
  const description *d = about(s);
  for (size_t i = 0; d && i < d->parameters.len && out.count < PARAMETERS_MAX; i++) {
    const parameter *p = &d->parameters.at[i];
    if (p->in != IN_QUERY || holds(&out, p->name))
      continue;
    if (str_ieq(p->format, STR("uri")) || str_ieq(p->format, STR("url")) || is_url(p->value) ||
        one_of(p->name, words, count))
      out.names[out.count++] = p->name;
  }
  out.queried = out.count;
  return out;
}

static bool declared_url(const subject *s, str name) {
  const description *d = about(s);
  for (size_t i = 0; d && d->bodies.len && i < d->bodies.at[0].fields.len; i++) {
    const schema_field *f = &d->bodies.at[0].fields.at[i];
    if (str_eq(f->path, name) && (str_ieq(f->format, STR("uri")) || str_ieq(f->format, STR("url"))))
      return true;
  }
  return false;
}

/* And texts at the top of a JSON body. */
static name_list url_names(const subject *s) {
  enum { WORDS = sizeof URL_WORDS / sizeof *URL_WORDS };

  name_list out = query_like(s, URL_WORDS, WORDS);
  json_t *body = s->operation->body.len ? json_parse(s->operation->body, NULL) : NULL, *v;
  const char *name;
  json_object_foreach(body, name, v) {
    if (!json_is_string(v) || out.count == PARAMETERS_MAX)
      continue;
    if (is_url(str_of(json_string_value(v))) || declared_url(s, str_of(name)) ||
        one_of(str_of(name), URL_WORDS, WORDS))
      out.names[out.count++] = arena_str(s->arena, str_of(name));
  }
  json_decref(body);
  return out;
}

static name_list redirect_names(const subject *s) {
  return query_like(s, REDIRECT_WORDS, sizeof REDIRECT_WORDS / sizeof *REDIRECT_WORDS);
}

static http_request with_value(plan *p, const name_list *names, size_t i, str value) {
  http_request r = own_request(p);
  if (i >= names->queried) {
    json_t *body = json_parse(r.body, NULL);
    json_put_str(body, arena_text(p->arena, names->names[i]), value);
    r.body = json_write(p->arena, body, false);
    json_decref(body);
    return r;
  }
  url without = url_without_query(p->arena, &r.url, names->names[i]);
  r.url = url_with_query(p->arena, &without, names->names[i], value);
  return r;
}

/* ---- url-parameter-fetched ------------------------------------------------------------------- */

static str skip_fetched(const subject *s) {
  str reason = skip_without_canary(s);
  if (!url_names(s).count)
    return STR("does not apply: no parameter looks like one that takes a URL");
  if (!is_read(s) && !s->options->allow_writes)
    return STR("needs --allow-writes");
  return reason;
}

static void plan_fetched(plan *p) {
  name_list names = url_names(p->subject);
  for (size_t i = 0; i < names.count; i++) {
    canary *c = p->subject->canary;
    str at = c ? canary_publish(c, p->arena, STR("/parameter"), STR("text/plain"), STR("batten\n"))
               : STR("http://127.0.0.1/replayed/parameter");
    http_request r = with_value(p, &names, i, at);
    probe *out = plan_own(
        p, &r,
        arena_printf(p->arena, "the parameter %.*s with the canary's URL", STR_ARG(names.names[i]))
            .ptr);
    out->canary_url = at;
  }
}

static void judge_fetched(const subject *s, const probe_list *probes, outcome *out) {
  name_list names = url_names(s);
  out->needs_reach = true;
  for (size_t i = 0; i < probes->len && i < names.count; i++) {
    if (!probes->at[i]->canary_hits)
      continue;
    if (out->kind != OUTCOME_FOUND)
      out->parameter = names.names[i];
    found(s, out, probes->at[i],
          arena_printf(s->arena, "The parameter is '%.*s'.", STR_ARG(names.names[i])));
  }
}

/* ---- url-parameter-surface ------------------------------------------------------------------- */

static void judge_surface(const subject *s, const probe_list *probes, outcome *out) {
  name_list names = url_names(s);
  const description *d = about(s);
  buf b = {.arena = s->arena};
  (void)probes;
  for (size_t i = 0; i < names.queried; i++)
    buf_printf(&b, "%s%.*s", b.len ? ", " : "", STR_ARG(names.names[i]));
  for (size_t i = 0; d && d->bodies.len && i < d->bodies.at[0].fields.len; i++) {
    const schema_field *f = &d->bodies.at[0].fields.at[i];
    if (str_ieq(f->format, STR("uri")) || str_ieq(f->format, STR("url")))
      buf_printf(&b, "%s%.*s", b.len ? ", " : "", STR_ARG(f->path));
  }
  if (b.len)
    found(s, out, own_probe(s), arena_printf(s->arena, "Here: %.*s.", STR_ARG(buf_str(&b))));
}

/* ---- redirect-open --------------------------------------------------------------------------- */

#define ELSEWHERE "batten-redirect.invalid"

static str skip_redirect(const subject *s) {
  if (!is_read(s))
    return STR("does not apply: the operation writes");
  return redirect_names(s).count
             ? (str){0}
             : STR("does not apply: no parameter looks like one that names where to go");
}

static void plan_redirect(plan *p) {
  static const char *const values[] = {"https://" ELSEWHERE "/", "//" ELSEWHERE "/"};
  name_list names = redirect_names(p->subject);
  for (size_t i = 0; i < names.count; i++)
    for (size_t k = 0; k < 2; k++) {
      http_request r = with_value(p, &names, i, str_of(values[k]));
      plan_own(
          p, &r,
          arena_printf(p->arena, "the parameter %.*s as %s", STR_ARG(names.names[i]), values[k])
              .ptr);
    }
}

/* The browser goes there: the host itself, not merely the text in a query. */
static bool leads_elsewhere(const subject *s, const probe *p) {
  const http_response *r = probe_response(p);
  url to;
  error ignored;
  if (!r || r->status / 100 != 3)
    return false;
  str location = http_header_get(&r->headers, STR("location"));
  return location.len && url_resolve(s->arena, &p->request.url, location, &to, &ignored) &&
         str_eq(to.host, STR(ELSEWHERE));
}

static void judge_redirect(const subject *s, const probe_list *probes, outcome *out) {
  name_list names = redirect_names(s);
  for (size_t i = 0; i < probes->len; i++) {
    if (!leads_elsewhere(s, probes->at[i]))
      continue;
    if (out->kind != OUTCOME_FOUND)
      out->parameter = names.names[i / 2];
    found(s, out, probes->at[i],
          arena_printf(s->arena, "The parameter is '%.*s'.", STR_ARG(names.names[i / 2])));
    list_push(s->arena, &out->confirm, probes->at[i]);
  }
}

static const char *const FETCHED[] = {"url-parameter-fetched", NULL};

#define SSRF(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                               \
  .id = ID, .category = CATEGORY_SSRF, .severity = SEVERITY_, .phase = 2, .any_state = true, \
  .skip = SKIP, .plan = PLAN, .judge = JUDGE

const check CHECKS_SSRF[] = {
    {SSRF("url-parameter-fetched", SEVERITY_HIGH, skip_fetched, plan_fetched, judge_fetched),
     .needs = "C", .title = "The server fetches a URL that the client names",
     .description = "Who calls the API makes the server send requests: to the metadata service, to "
                    "the kubelet, to internal APIs.",
     .sent = "each parameter, and text of a JSON body, that looks like a URL with the canary's URL",
     .decides = "The canary's unguessable path is fetched: proof by itself.",
     .wrong = "A fetch that goes by a proxy which refuses loopback is not seen; then it is listed "
              "as not tested.",
     .fix = "Allow single hosts by name, resolve once, and refuse private, loopback and link-local "
            "addresses.",
     .rails = "Batten::SafeFetch.get(params[:url], hosts: %w[images.example.com])",
     .references = "API7 CWE-918"},
    {SSRF("url-parameter-surface", SEVERITY_INFO, skip_without_spec, NULL, judge_surface),
     .needs = "S", .passive = true, .implied_by = FETCHED, .title = "Parameters take URLs",
     .description =
         "What they are used for decides whether the server can be made to send requests.",
     .sent = "nothing: the description names them",
     .decides = "Name, format or example of a described parameter or field.",
     .wrong = "A URL that is only stored does no harm.",
     .fix = "Allow hosts by name where such a URL is fetched.", .references = "API7 CWE-918"},
    {SSRF("redirect-open", SEVERITY_MEDIUM, skip_redirect, plan_redirect, judge_redirect),
     .title = "A parameter sends the client to any host",
     .description = "A link to this host leads to another one: good for phishing, and for taking "
                    "codes and tokens along.",
     .sent = "each parameter that looks like a destination as https://HOST/ and //HOST/ of a host "
             "that does not exist",
     .decides = "3xx whose Location has that very host, twice; its name in the query of another "
                "location does not count.",
     .wrong = "A redirect by script is not seen.",
     .fix = "Redirect to paths of your own, or to names from a list.",
     .rails = "redirect_to url_from(params[:next]) || root_path", .references = "API8 CWE-601"},
};
const size_t CHECKS_SSRF_COUNT = sizeof CHECKS_SSRF / sizeof *CHECKS_SSRF;
