/* inventory: what the host serves besides, and how it agrees with its description. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"
#include "scan/secrets.h"

/* ---- pages known by what stands on them ------------------------------------------------------ */

typedef struct {
  const char *path, *signature, *what;
  severity severity;
} known_page;

/* An application that answers every path alike gives its page here too: only the page's own words
 * decide, and they must be missing where nothing lies. */
static void plan_pages(plan *p, const known_page *rows, size_t count) {
  for (size_t i = 0; i < count; i++)
    plan_at(p, str_of(rows[i].path), false, rows[i].what);
  str nothing = arena_printf(p->arena, "/%.*s", STR_ARG(unlikely_name(p->arena, p->subject)));
  plan_at(p, nothing, false, "a path where nothing lies");
}

static bool shows(const probe *p, const char *signature) {
  const http_response *r = probe_response(p);
  str hit;
  return r && r->status == 200 && regex_find(regex_kept(signature), r->body, 0, &hit);
}

static void judge_pages(const subject *s, const probe_list *probes, outcome *out,
                        const known_page *rows, size_t count) {
  buf what = {.arena = s->arena};
  severity most = SEVERITY_INFO;
  probe_list shown = {0};
  size_t worst = 0;
  const probe *nothing = probes->at[probes->len - 1];
  if (!probe_response(nothing)) {
    outcome_not_tested(s, out, "the control, a path where nothing lies, got no answer");
    return;
  }
  for (size_t i = 0; i < count && i + 1 < probes->len; i++) {
    if (!shows(probes->at[i], rows[i].signature) || shows(nothing, rows[i].signature))
      continue;
    bool secret = secrets_find(s->arena, probe_response(probes->at[i])->body).len > 0;
    severity mine = secret ? SEVERITY_HIGH : rows[i].severity;
    if (mine > most)
      worst = shown.len;
    if (mine > most)
      most = mine;
    buf_printf(&what, "%s%s is %s%s", what.len ? "; " : "", rows[i].path, rows[i].what,
               secret ? ", with a secret in it" : "");
    list_push(s->arena, &shown, probes->at[i]);
  }
  if (!shown.len)
    return;
  found(s, out, shown.at[worst], STR("")); /* first: the finding lies where the worst page does */
  for (size_t i = 0; i < shown.len; i++) {
    found(s, out, shown.at[i], STR(""));
    list_push(s->arena, &out->confirm, shown.at[i]);
  }
  out->severity = most;
  out->detail = arena_printf(s->arena, "Here %.*s.", STR_ARG(buf_str(&what)));
  outcome_prove(s, out, probes->at[probes->len - 1]);
}

static const known_page DEBUG_PATHS[] = {
    {"/rails/info/routes", "Controller#Action|route_table|Rails version",
     "the list of all routes of a Rails application", SEVERITY_MEDIUM},
    {"/sidekiq",
     "(?s)Sidekiq.*(?:Processed|Retries|Enqueued)|(?:Processed|Retries|Enqueued).*Sidekiq",
     "the console of the job queue", SEVERITY_MEDIUM},
    {"/actuator", "(?s)\"_links\".*actuator", "the index of a Spring application's management",
     SEVERITY_LOW},
    {"/metrics", "(?m)^# (?:HELP|TYPE) \\w+", "the measurements of the process", SEVERITY_LOW},
    {"/.env", "(?m)\\A(?![\\s]*[<{])(?:.*\\n)*?[A-Z][A-Z0-9_]{2,}=\\S+",
     "the file of environment variables", SEVERITY_MEDIUM},
    {"/.git/config", "\\[core\\][^\\[]*repositoryformatversion",
     "the configuration of the source's repository", SEVERITY_MEDIUM},
};

enum { DEBUG_PATHS_COUNT = sizeof DEBUG_PATHS / sizeof *DEBUG_PATHS };

static void plan_debug(plan *p) {
  plan_pages(p, DEBUG_PATHS, DEBUG_PATHS_COUNT);
}

static void judge_debug(const subject *s, const probe_list *probes, outcome *out) {
  judge_pages(s, probes, out, DEBUG_PATHS, DEBUG_PATHS_COUNT);
}

static const known_page DEBUG_ENDPOINTS[] = {
    {"/debug",
     "(?s)\\A\\s*\\{.*\"(?:env|environ|environment|config|settings|sql|queries|stack|backtrace)"
     "\"\\s*:\\s*[\\[{]",
     "a debugging answer with the process's own settings", SEVERITY_MEDIUM},
    {"/debug/vars", "(?s)\"cmdline\"\\s*:.*\"memstats\"\\s*:", "the variables of a Go program",
     SEVERITY_MEDIUM},
    {"/console", "Werkzeug Debugger|EVALEX\\s*=|H2 Console", "a console that runs code or queries",
     SEVERITY_MEDIUM},
    {"/debug/pprof/", "(?s)pprof.*goroutine|Types of profiles available",
     "the profiler of a Go program", SEVERITY_MEDIUM},
};

enum { DEBUG_ENDPOINTS_COUNT = sizeof DEBUG_ENDPOINTS / sizeof *DEBUG_ENDPOINTS };

static void plan_endpoint(plan *p) {
  plan_pages(p, DEBUG_ENDPOINTS, DEBUG_ENDPOINTS_COUNT);
}

static void judge_endpoint(const subject *s, const probe_list *probes, outcome *out) {
  judge_pages(s, probes, out, DEBUG_ENDPOINTS, DEBUG_ENDPOINTS_COUNT);
}

/* ---- docs-exposed ---------------------------------------------------------------------------- */

#define API_DOCS "swagger-ui|redoc|rapidoc|stoplight|scalar"

static const known_page DOCS[] = {
    {"/docs", API_DOCS, "the API's documentation", SEVERITY_LOW},
    {"/api-docs/", API_DOCS, "the API's documentation", SEVERITY_LOW},
    {"/swagger-ui/index.html", API_DOCS, "the API's documentation", SEVERITY_LOW},
    {"/openapi.json", "(?s)\\A\\s*\\{.*\"(?:openapi|swagger)\"\\s*:.*\"paths\"\\s*:",
     "the API's description", SEVERITY_LOW},
};

enum { DOCS_COUNT = sizeof DOCS / sizeof *DOCS };

/* What the search for descriptions asked for already is not asked again. */
static size_t docs_asked(const subject *s) {
  return s->options->discover_operations ? DOCS_COUNT - 1 : DOCS_COUNT;
}

/* A description that the search found already is asked for once more, for the evidence. */
static void plan_docs(plan *p) {
  const description *d = about(p->subject);
  plan_pages(p, DOCS, docs_asked(p->subject));
  if (!d || !d->discovered)
    return;
  url at;
  error ignored;
  if (!url_parse(p->arena, d->file, &at, &ignored) ||
      !url_same_origin(&at, &p->subject->options->target))
    return;
  http_request r = request_at(p, "GET", at.path, false);
  plan_request(p, ROLE_LOOK, &r, "the description that the search found");
}

static void judge_docs(const subject *s, const probe_list *probes, outcome *out) {
  size_t asked = docs_asked(s);
  probe_list known = {probes->at, asked + 1, asked + 1};
  if (probes->len > known.len) {
    probe *p = probes->at[known.len];
    const http_response *r = fine_answer(p);
    if (r && (str_contains(r->body, STR("paths")))) {
      found(s, out, p,
            arena_printf(s->arena, "The description lies at %.*s.", STR_ARG(p->request.url.path)));
      return;
    }
  }
  judge_pages(s, &known, out, DOCS, asked);
}

/* ---- version-shadow -------------------------------------------------------------------------- */

/* The segment "v1" or "v12" of the path: its place and number. */
static bool version_segment(str path, size_t *from, size_t *to, uint64_t *number) {
  for (size_t at = 0; (at = str_find(path, STR("/v"), at)) != SIZE_MAX; at++) {
    size_t end = at + 2;
    while (end < path.len && path.ptr[end] >= '0' && path.ptr[end] <= '9')
      end++;
    if (end == at + 2 || end > at + 4 || (end < path.len && path.ptr[end] != '/'))
      continue;
    *from = at + 1;
    *to = end;
    return str_to_u64(str_sub(path, at + 2, end), number);
  }
  return false;
}

static str skip_shadow(const subject *s) {
  size_t from, to;
  uint64_t n;
  if (!is_read(s))
    return STR("does not apply: the operation writes");
  if (s->state != STATE_TESTABLE && s->state != STATE_OPEN)
    return STR("no good answer is known to compare with");
  return version_segment(s->operation->url.path, &from, &to, &n)
             ? (str){0}
             : STR("does not apply: the path names no version");
}

static void plan_shadow(plan *p) {
  const subject *s = p->subject;
  str path = s->operation->url.path;
  size_t from = 0, to = 0;
  uint64_t n = 0;
  version_segment(path, &from, &to, &n);
  const str names[] = {arena_printf(p->arena, "v%d", (int)n + 8000), /* the control */
                       arena_printf(p->arena, "v%d", (int)n - 1),
                       arena_printf(p->arena, "v%d", (int)n + 1), STR("beta"), STR("internal")};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    http_request r = own_request(p);
    if (i == 1 && n == 0)
      continue;
    r.url.path = arena_printf(p->arena, "%.*s%.*s%.*s", STR_ARG(str_sub(path, 0, from)),
                              STR_ARG(names[i]), STR_ARG(str_sub(path, to, path.len)));
    plan_own(p, &r, arena_printf(p->arena, "the same operation under %.*s", STR_ARG(names[i])).ptr);
  }
}

static bool json_like(const http_response *r, const http_response *own) {
  str type = http_header_get(&r->headers, STR("content-type"));
  return str_eq(
      str_sub(type, 0, str_find(type, STR(";"), 0)),
      str_sub(http_header_get(&own->headers, STR("content-type")), 0,
              str_find(http_header_get(&own->headers, STR("content-type")), STR(";"), 0)));
}

static bool declared_path(const subject *s, str path) {
  for (size_t i = 0; i < s->options->operations.len; i++)
    if (str_eq(s->options->operations.at[i].url.path, path))
      return true;
  return false;
}

static void judge_shadow(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *own = own_answer(s);
  if (!probes->len || !own || fine_answer(probes->at[0]))
    return; /* any version is answered: none is a shadow */
  for (size_t i = 1; i < probes->len; i++) {
    const http_response *r = fine_answer(probes->at[i]);
    if (!r || !json_like(r, own) || declared_path(s, probes->at[i]->request.url.path))
      continue;
    found(s, out, probes->at[i],
          arena_printf(s->arena, "It also answers at %.*s.",
                       STR_ARG(probes->at[i]->request.url.path)));
    list_push(s->arena, &out->confirm, probes->at[i]);
  }
  if (out->kind == OUTCOME_FOUND)
    outcome_prove(s, out, probes->at[0]);
}

/* ---- undocumented-operation, documented-missing ---------------------------------------------- */

static void plan_options(plan *p) {
  http_request r = own_request(p);
  r.method = STR("OPTIONS");
  r.body = (str){0};
  plan_own(p, &r, "OPTIONS");
}

/* Takes the last segment off. */
static str take_last(str *path) {
  str trimmed = str_ends(*path, STR("/")) ? str_sub(*path, 0, path->len - 1) : *path;
  str last = path_name(trimmed);
  *path = str_sub(trimmed, 0, trimmed.len - last.len);
  return last;
}

/* A router may serve the address by the other path too: "/users/{id}" takes "/users/me". */
static bool also_matches(str template, str described, str asked) {
  while (template.len > 1 && described.len > 1 && asked.len > 1) {
    str other = take_last(&template), own = take_last(&described), sent = take_last(&asked);
    if (!str_eq(other, own) && !str_eq(other, sent) && !str_contains(other, STR("{")))
      return false;
  }
  return template.len <= 1 && described.len <= 1;
}

static bool declared_method(const subject *s, str method) {
  for (size_t i = 0; i < s->options->operations.len; i++) {
    const operation *o = &s->options->operations.at[i];
    bool same =
        o->about && s->operation->about
            ? also_matches(o->about->path, s->operation->about->path, s->operation->url.path)
            : str_eq(o->url.path, s->operation->url.path);
    if (same && str_eq(o->method, method))
      return true;
  }
  return str_eq(method, STR("OPTIONS")) || str_eq(method, STR("HEAD"));
}

static str skip_undocumented(const subject *s) {
  if (!s->operation->about)
    return skip_without_spec(s);
  return s->options->operations.len
             ? (str){0}
             : STR("the operations of the description are not known in a replay");
}

static void judge_undocumented(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = probes->len ? probe_response(probes->at[0]) : NULL;
  str allow = r ? http_header_get(&r->headers, STR("allow")) : STR(""), rest = allow, one;
  buf what = {.arena = s->arena};
  if (!r || r->status >= 400)
    return;
  while (allow.len && str_next(&rest, ',', &one)) {
    one = str_trim(one);
    if (one.len && !declared_method(s, one))
      buf_printf(&what, "%s%.*s", what.len ? ", " : "", STR_ARG(one));
  }
  if (what.len)
    found(s, out, probes->at[0],
          arena_printf(s->arena, "The server names methods that the description does not: %.*s.",
                       STR_ARG(buf_str(&what))));
}

static str skip_missing(const subject *s) {
  if (!s->operation->about)
    return skip_without_spec(s);
  for (size_t i = 0; i < s->operation->about->parameters.len; i++) {
    const parameter *p = &s->operation->about->parameters.at[i];
    if (p->in == IN_PATH && p->source == VALUE_TYPED)
      return STR("a path parameter has no value that is known to exist");
    if (p->in == IN_PATH && str_eq(s->operation->method, STR("DELETE")))
      return STR("what a path parameter names may have been deleted by the scan");
  }
  return (str){0};
}

/* The path is filled with what the description has as an example, and no answer ever named. */
static bool has_example_in_path(const subject *s) {
  const description *d = about(s);
  for (size_t i = 0; i < d->parameters.len; i++)
    if (d->parameters.at[i].in == IN_PATH && d->parameters.at[i].source != VALUE_HARVESTED)
      return true;
  return false;
}

static void judge_missing(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = own_answer(s);
  (void)probes;
  if (!r || (r->status != 404 && r->status != 405 && r->status != 501))
    return;
  if (r->status == 404 && has_example_in_path(s)) {
    outcome_not_tested(s, out,
                       "404 for the description's example: what it names may not exist here; give "
                       "a real one in the description");
    return;
  }
  found(s, out, own_probe(s), arena_printf(s->arena, "It answers with status %d.", r->status));
}

/* ---- well-known ------------------------------------------------------------------------------ */

static str skip_well_known(const subject *s) {
  return s->metadata.len
             ? (str){0}
             : STR("does not apply: no metadata is published, so nobody configures itself here");
}

static void judge_metadata(const subject *s, const document *d, outcome *out) {
  json_t *v = json_parse(d->response.body, NULL);
  buf what = {.arena = s->arena};
  const char *name;
  json_t *value;
  if (json_get_str(v, "issuer").len) {
    json_object_foreach(v, name, value) {
      str text = str_from(json_string_value(value), json_string_length(value));
      bool plain = json_is_string(value) && str_starts(text, STR("http://"));
      if (plain && !str_starts(text, STR("http://127.")) &&
          !str_starts(text, STR("http://localhost")))
        buf_printf(&what, "%s%s is plain HTTP", what.len ? ", " : "", name);
      size_t i;
      json_t *alg;
      if (str_ends(str_of(name), STR("signing_alg_values_supported")))
        json_array_foreach(value, i,
                           alg) if (json_is_string(alg) && !strcmp(json_string_value(alg), "none"))
            buf_printf(&what, "%s%s offers none", what.len ? ", " : "", name);
    }
  }
  json_decref(v);
  if (what.len)
    found(s, out, document_probe(s, d, "the published metadata", (str){0}),
          arena_printf(s->arena, "Here: %.*s.", STR_ARG(buf_str(&what))));
}

static void judge_well_known(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  for (size_t d = 0; d < s->metadata.len && out->kind != OUTCOME_FOUND; d++)
    judge_metadata(s, &s->metadata.at[d], out);
}

#define INVENTORY(ID, SEVERITY_, PLAN, JUDGE) \
  IN_CATEGORY(CATEGORY_INVENTORY, ID, SEVERITY_, PLAN, JUDGE)
#define IN_CATEGORY(CATEGORY, ID, SEVERITY_, PLAN, JUDGE)                               \
  .id = ID, .category = CATEGORY, .severity = SEVERITY_, .phase = 2, .any_state = true, \
  .plan = PLAN, .judge = JUDGE

#define PAGE_DECIDES "Words that only this page has stand in a 200, and not where nothing lies."

const check CHECKS_INVENTORY[] = {
    {INVENTORY("debug-path", SEVERITY_MEDIUM, plan_debug, judge_debug), .once = true,
     .title = "Pages for operators answer without a token",
     .description = "Routes, settings, job queues or sources lie open to whoever asks.",
     .sent = "/rails/info/*, /sidekiq, /actuator, /metrics, /.env, /.git/config without a token; "
             "control: a path where nothing lies. High when a secret stands in the answer",
     .decides = PAGE_DECIDES,
     .wrong = "A decoy that imitates the page is found; a page behind another prefix is not.",
     .fix =
         "Mount them on an address of their own, or behind authentication, and serve no dot files.",
     .rails = "authenticate :user, ->(u) { u.admin? } { mount Sidekiq::Web => '/sidekiq' }",
     .references = "API8 API9 CWE-200 CWE-538"},
    {IN_CATEGORY(CATEGORY_INPUT_VALIDATION, "debug-endpoint", SEVERITY_MEDIUM, plan_endpoint,
                 judge_endpoint),
     .once = true, .title = "A debugging endpoint is reachable",
     .description = "A console, profiler or dump made for development answers in the running API.",
     .sent = "/debug, /debug/vars, /debug/pprof/, /console without a token; control: a path where "
             "nothing lies",
     .decides = PAGE_DECIDES, .wrong = "A debugging endpoint of another name is not found.",
     .fix = "Build without debugging routes, and refuse them at the proxy.",
     .rails = "gem 'web-console', group: :development", .references = "API8 CWE-489 CWE-215"},
    {INVENTORY("docs-exposed", SEVERITY_LOW, plan_docs, judge_docs), .once = true, .passive = true,
     .title = "The API's description is public",
     .description = "Every operation, parameter and field is listed to whoever asks, also those "
                    "that nobody was told of.",
     .sent = "/docs, /api-docs/, /swagger-ui/index.html, /openapi.json and what the search for "
             "descriptions found, without a token; control: a path where nothing lies",
     .decides = PAGE_DECIDES,
     .wrong = "Public documentation may be meant so: then suppress it with that reason.",
     .fix = "Serve the description to those who may call the API, or keep it out of production.",
     .rails = "mount Rswag::Ui::Engine => '/api-docs' unless Rails.env.production?",
     .references = "API9 CWE-200"},
    {INVENTORY("version-shadow", SEVERITY_MEDIUM, plan_shadow, judge_shadow), .skip = skip_shadow,
     .needs = "T", .title = "Another version of the API answers beside this one",
     .description = "What was fixed here may not be fixed there: old and unreleased versions are "
                    "rarely watched.",
     .sent = "the path with the version one less and one more, beta and internal in its place; "
             "control: a version that cannot be",
     .decides = "The answer is good and of the same type, and a version that cannot be gets none.",
     .wrong = "A version that is kept on purpose and described elsewhere is found too: give its "
              "description.",
     .fix = "Retire what is not maintained, and route every version through the same checks.",
     .rails = "get '/api/v1/*path', to: ->(_) { [410, {}, []] }", .references = "API9 CWE-1059"},
    {INVENTORY("undocumented-operation", SEVERITY_LOW, plan_options, judge_undocumented),
     .skip = skip_undocumented, .passive = true, .needs = "S",
     .title = "The server knows methods that the description does not",
     .description = "What is not described is not reviewed, tested or watched.",
     .sent = "OPTIONS to each described path",
     .decides = "The Allow header of a good answer names a method that the description lacks for "
                "this path and every other that matches it (/users/{id} takes /users/me).",
     .wrong = "A proxy may answer OPTIONS with a list of its own.",
     .fix = "Describe it, or take its route away.",
     .rails = "resources :orders, only: %i[index show]", .references = "API9 CWE-1059"},
    {INVENTORY("documented-missing", SEVERITY_LOW, NULL, judge_missing), .skip = skip_missing,
     .passive = true, .needs = "S", .title = "A described operation does not exist",
     .description = "Description and server have parted: what else is described is in doubt.",
     .sent = "the operation as described",
     .decides = "404, 405 or 501 for a request whose path holds only values that are known; a 404 "
                "only where none is an example of the description.",
     .wrong = "What an answer named may have been deleted meanwhile.",
     .fix = "Generate the description from the code, and compare both in CI.",
     .references = "API9 CWE-1059"},
    {INVENTORY("well-known", SEVERITY_LOW, NULL, judge_well_known), .skip = skip_well_known,
     .once = true, .passive = true, .title = "The published metadata offers what is weak",
     .description = "Clients configure themselves by this document: plain HTTP endpoints or the "
                    "algorithm none in it spread.",
     .sent = "nothing of its own: the search for keys asked for /.well-known/openid-configuration "
             "and oauth-authorization-server",
     .decides = "The document names an issuer, and an http:// endpoint that is not on loopback, or "
                "none as a signature algorithm.",
     .wrong = "An endpoint that redirects to HTTPS is found too.",
     .fix = "Publish https:// endpoints and real algorithms only.",
     .references = "API8 CWE-319 RFC8414-2"},
};
const size_t CHECKS_INVENTORY_COUNT = sizeof CHECKS_INVENTORY / sizeof *CHECKS_INVENTORY;
