/* input_validation: origins, methods, types and content types that nobody should send. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"

/* ---- origins --------------------------------------------------------------------------------- */

#define ORIGIN "https://batten-origin.invalid"

static str skip_origin(const subject *s) {
  return is_read(s) ? (str){0} : STR("does not apply: the operation writes");
}

static void plan_origin(plan *p, const char *origin) {
  http_request r = own_request(p);
  http_header_set(p->arena, &r.headers, STR("Origin"), str_of(origin));
  plan_own(p, &r, arena_printf(p->arena, "the origin %s", origin).ptr);
}

static void plan_reflected(plan *p) {
  plan_origin(p, ORIGIN);
}

static void plan_null(plan *p) {
  plan_origin(p, "null");
}

static str allowed_origin(const http_response *r) {
  return http_header_get(&r->headers, STR("access-control-allow-origin"));
}

static bool credentials(const http_response *r) {
  return str_ieq(http_header_get(&r->headers, STR("access-control-allow-credentials")),
                 STR("true"));
}

/* Where the page is not, or lies elsewhere, or is broken, there is nothing to read. */
static bool unreadable(const http_response *own) {
  return own &&
         (own->status / 100 == 3 || own->status == 404 || own->status == 410 || own->status >= 500);
}

/* Only with credentials does a browser send what only its user has; without, the answer is what
 * anybody gets. */
static void judge_origin(const subject *s, const probe_list *probes, outcome *out,
                         const char *origin, severity with) {
  const http_response *r = probes->len ? probe_response(probes->at[0]) : NULL;
  if (!r || !str_eq(allowed_origin(r), str_of(origin)) || unreadable(own_answer(s)))
    return;
  out->severity = credentials(r) ? with : SEVERITY_LOW;
  found(s, out, probes->at[0],
        credentials(r) ? STR("Credentials are allowed with it.")
                       : STR("Credentials are not allowed with it."));
  list_push(s->arena, &out->confirm, probes->at[0]);
}

static void judge_reflected(const subject *s, const probe_list *probes, outcome *out) {
  judge_origin(s, probes, out, ORIGIN, SEVERITY_HIGH);
}

static void judge_null(const subject *s, const probe_list *probes, outcome *out) {
  judge_origin(s, probes, out, "null", SEVERITY_HIGH);
}

static void judge_wildcard(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = probes->len ? probe_response(probes->at[0]) : NULL;
  if (r && str_eq(allowed_origin(r), STR("*")) && credentials(r))
    found(s, out, probes->at[0], STR(""));
}

/* ---- method-trace ---------------------------------------------------------------------------- */

static void plan_trace(plan *p) {
  http_request r = request_at(p, "TRACE", p->subject->operation->url.path, false);
  http_header_set(p->arena, &r.headers, STR("X-Batten-Trace"), unlikely_name(p->arena, p->subject));
  plan_request(p, ROLE_LOOK, &r, "TRACE with a header of our own");
}

/* The request comes back as the body (RFC 9110 section 9.3.8): an answer that repeats headers in
 * JSON is none. */
static void judge_trace(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = probes->len ? probe_response(probes->at[0]) : NULL;
  if (!r || r->status != 200 || !str_starts(r->body, STR("TRACE /")))
    return;
  if (!str_contains(r->body, unlikely_name(s->arena, s)))
    return;
  found(s, out, probes->at[0], STR(""));
  list_push(s->arena, &out->confirm, probes->at[0]);
}

/* ---- error-stack ----------------------------------------------------------------------------- */

enum { PARAMETERS_MAX = 3, LONG = 4000 };

static size_t query_names(const subject *s, str *out) {
  size_t n = 0;
  str rest = s->operation->url.query, pair;
  while (rest.ptr && n < PARAMETERS_MAX && str_next(&rest, '&', &pair))
    if (pair.len)
      out[n++] = percent_decode(s->arena, str_sub(pair, 0, str_find(pair, STR("="), 0)));
  const description *d = about(s);
  for (size_t i = 0; d && i < d->parameters.len && n < PARAMETERS_MAX; i++) {
    bool known = d->parameters.at[i].in != IN_QUERY;
    for (size_t k = 0; k < n; k++)
      known |= str_eq(out[k], d->parameters.at[i].name);
    if (!known)
      out[n++] = d->parameters.at[i].name;
  }
  return n;
}

static bool has_path_value(const object_places *places) {
  return places->count && !places->at[0].name.ptr;
}

static str skip_confused(const subject *s) {
  str names[PARAMETERS_MAX];
  object_places places = object_places_of(s);
  if (!is_read(s) && !s->options->allow_writes)
    return STR("needs --allow-writes");
  return query_names(s, names) || has_path_value(&places) || s->operation->body.len
             ? (str){0}
             : STR("does not apply: the operation takes no parameters");
}

static const struct {
  const char *suffix, *value, *what;
} CONFUSIONS[] = {
    {"[]", "1", "as a list"},
    {"[batten]", "1", "as an object"},
    {"", "batten'\"<\xE2\x80\xAE\xF0\x9F\x92\xA5", "as text with quotes and odd characters"},
    {"", NULL, "as a very long text"}};

enum { CONFUSIONS_COUNT = sizeof CONFUSIONS / sizeof *CONFUSIONS, CONFUSIONS_TEXT = 2 };

static str long_text(arena *a) {
  char *out = arena_alloc(a, LONG + 1);
  memset(out, '9', LONG);
  return str_from(out, LONG);
}

static str confused_value(arena *a, size_t k) {
  return CONFUSIONS[k].value ? str_of(CONFUSIONS[k].value) : long_text(a);
}

static void plan_confused_query(plan *p, str name) {
  arena *a = p->arena;
  http_request r = own_request(p);
  url without = url_without_query(a, &r.url, name);
  for (size_t k = 0; k < CONFUSIONS_COUNT; k++) {
    r.url =
        url_with_query(a, &without, arena_printf(a, "%.*s%s", STR_ARG(name), CONFUSIONS[k].suffix),
                       confused_value(a, k));
    plan_own(p, &r,
             arena_printf(a, "the parameter %.*s %s", STR_ARG(name), CONFUSIONS[k].what).ptr);
  }
  url once = url_with_query(a, &without, name, STR("1"));
  r.url = url_with_query(a, &once, name, STR("2"));
  plan_own(p, &r, arena_printf(a, "the parameter %.*s given twice", STR_ARG(name)).ptr);
}

static void plan_confused(plan *p) {
  str names[PARAMETERS_MAX];
  size_t count = query_names(p->subject, names);
  for (size_t i = 0; i < count; i++)
    plan_confused_query(p, names[i]);
  object_places places = object_places_of(p->subject);
  for (size_t k = CONFUSIONS_TEXT; has_path_value(&places) && k < CONFUSIONS_COUNT; k++) {
    http_request r = own_request(p);
    object_put(p->arena, &places.at[0], confused_value(p->arena, k), &r.url);
    plan_own(p, &r, arena_printf(p->arena, "the path's last value %s", CONFUSIONS[k].what).ptr);
  }
  if (!p->subject->operation->body.len)
    return;
  http_request r = own_request(p);
  r.body = STR("{\"batten\": [");
  plan_own(p, &r, "a body that breaks off");
}

static void judge_confused(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *own = own_answer(s);
  str frame;
  if (own && trace_in(own->body, &frame))
    return; /* stack-trace: it needs no odd value */
  for (size_t i = 0; i < probes->len; i++) {
    const http_response *r = probe_response(probes->at[i]);
    if (!r || !trace_in(r->body, &frame))
      continue;
    found(s, out, probes->at[i],
          arena_printf(s->arena, "Seen: \"%.*s\".",
                       STR_ARG(arena_str(s->arena, str_sub(frame, 0, 120)))));
    if (out->confirm.len < 2)
      list_push(s->arena, &out->confirm, probes->at[i]);
  }
}

/* ---- content-type-confusion ------------------------------------------------------------------ */

static str skip_type(const subject *s) {
  if (is_read(s))
    return STR("does not apply: the operation has no body");
  if (!s->options->allow_writes)
    return STR("needs --allow-writes");
  if (!s->operation->body.len || s->operation->body.ptr[0] != '{')
    return STR("does not apply: the body is no JSON object");
  return s->state == STATE_TESTABLE ? (str){0} : STR("no good answer is known to compare with");
}

static void plan_type(plan *p) {
  static const char *const types[] = {"text/plain", "application/x-www-form-urlencoded"};
  for (size_t i = 0; i < 2; i++) {
    http_request r = own_request(p);
    http_header_set(p->arena, &r.headers, STR("Content-Type"), str_of(types[i]));
    probe *out = plan_own(p, &r, arena_printf(p->arena, "the JSON body as %s", types[i]).ptr);
    out->by_shape = true;
  }
  http_request r = own_request(p);
  r.body = STR("batten, no JSON");
  http_header_set(p->arena, &r.headers, STR("Content-Type"), STR("text/plain"));
  plan_own(p, &r, "a body that is no JSON, as text/plain");
}

static void judge_type(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *own = own_answer(s);
  if (probes->len < 3 || !own || fine_answer(probes->at[2]))
    return; /* the body is not read at all */
  for (size_t i = 0; i < 2; i++) {
    const http_response *r = fine_answer(probes->at[i]);
    if (r && r->status == own->status && probe_verdict(s, probes->at[i]) >= VERDICT_LIKELY)
      found(s, out, probes->at[i], STR(""));
  }
  if (out->kind == OUTCOME_FOUND)
    outcome_prove(s, out, probes->at[2]);
}

#define INPUT(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                       \
  .id = ID, .category = CATEGORY_INPUT_VALIDATION, .severity = SEVERITY_, .phase = 2, \
  .any_state = true, .skip = SKIP, .plan = PLAN, .judge = JUDGE

#define CORS_FIX \
  "Allow the origins of your own pages by name, compared whole; credentials for those alone."
#define CORS_RAILS \
  "allow do\n  origins 'https://app.example.com'\n  resource '/api/*', credentials: true\nend"

/* Who reflects every origin reflects null too. */
static const char *const NULL_IMPLIED_BY[] = {"cors-reflects-origin", NULL};

const check CHECKS_INPUT[] = {
    {INPUT("cors-reflects-origin", SEVERITY_HIGH, skip_origin, plan_reflected, judge_reflected),
     .title = "Any web page may read the answer",
     .description = "The server allows whatever origin asks. With credentials, every page that a "
                    "signed-in user opens reads this API as that user.",
     .sent = "an Origin that nobody has; high only where credentials are allowed with it, else low",
     .decides = "Access-Control-Allow-Origin names that very origin, twice.",
     .wrong = "Where the token is never sent by the browser itself, the harm is small.",
     .fix = CORS_FIX, .rails = CORS_RAILS, .references = "API8 CWE-942 CWE-346"},
    {INPUT("cors-null", SEVERITY_HIGH, skip_origin, plan_null, judge_null),
     .title = "The origin null may read the answer",
     .description = "Any page can have the origin null: in a sandboxed frame.",
     .sent = "Origin: null; high only where credentials are allowed with it, else low",
     .decides = "Access-Control-Allow-Origin is null, twice.",
     .wrong = "Where the token is never sent by the browser itself, the harm is small.",
     .fix = CORS_FIX, .rails = CORS_RAILS, .references = "API8 CWE-942 CWE-346",
     .implied_by = NULL_IMPLIED_BY},
    {INPUT("cors-wildcard-credentials", SEVERITY_MEDIUM, skip_origin, plan_reflected,
           judge_wildcard),
     .title = "Credentials are allowed for every origin",
     .description =
         "Browsers refuse this pair, but other clients do not, and the next change makes it real.",
     .sent = "an Origin that nobody has",
     .decides = "Access-Control-Allow-Origin is * together with Access-Control-Allow-Credentials.",
     .wrong = "Browsers refuse the answer.", .fix = CORS_FIX, .rails = CORS_RAILS,
     .references = "API8 CWE-942"},
    {INPUT("method-trace", SEVERITY_LOW, NULL, plan_trace, judge_trace), .once = true,
     .title = "TRACE sends requests back",
     .description = "What proxies add to a request, and cookies, can be read by a script.",
     .sent = "TRACE with a header of our own, without a token",
     .decides = "The body begins with the request line and holds that header, twice.",
     .wrong = "A proxy in front may be the one that answers.",
     .fix = "Refuse TRACE at the proxy: 405.",
     .nginx = "if ($request_method = TRACE) { return 405; }",
     .references = "API8 CWE-693 RFC9110-9.3.8"},
    {INPUT("error-stack", SEVERITY_MEDIUM, skip_confused, plan_confused, judge_confused),
     .title = "Odd values bring out a stack trace, or a database's error",
     .description = "The value reaches code that expects another type, or the text of a query, and "
                    "the failure tells files, libraries and versions.",
     .sent = "each parameter as a list, twice, as an object, odd text and 4,000 characters; a body "
             "that breaks off; control: the good request shows no frame",
     .decides = "A frame, or a database's error, of a known form in the answer, twice, that the "
                "good answer lacks.",
     .wrong = "A crash that shows no frame is not found.",
     .fix = "Check type and length of every parameter first, bind it in queries, and answer 400.",
     .rails = "params.expect(:page).then { Integer(_1, 10) }", .references = "API8 CWE-209 CWE-20"},
    {INPUT("content-type-confusion", SEVERITY_LOW, skip_type, plan_type, judge_type),
     .needs = "T, W", .title = "JSON is read under another content type",
     .description = "A page elsewhere can send text/plain without asking first: the guard that "
                    "CORS gives is gone.",
     .sent = "the JSON body as text/plain and as a form; control: a body that is no JSON",
     .decides = "Answered like the good request, while a body that is no JSON is refused.",
     .wrong = "Where the token is never sent by the browser itself, the harm is small.",
     .fix = "Accept application/json alone: 415 for the rest.",
     .rails = "before_action { head :unsupported_media_type unless request.media_type == "
              "'application/json' }",
     .references = "API8 CWE-352 CWE-436"},
};
const size_t CHECKS_INPUT_COUNT = sizeof CHECKS_INPUT / sizeof *CHECKS_INPUT;
