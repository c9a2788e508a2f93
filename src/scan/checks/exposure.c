/* data_exposure: what answers carry that nobody should read. Everything here only looks at answers
 * that other checks brought already. */
#include "scan/checks/checks.h"
#include "scan/match.h"
#include "scan/secrets.h"

enum { BODIES_MAX = 24 };

/* The distinct answers of the operation: its own first; what lies at other paths is debug-path's.
 * What was sent in the request is no leak when it comes back. */
static size_t distinct_answers(const subject *s, probe **out) {
  size_t n = 0;
  probe *own = own_probe(s);
  if (own)
    out[n++] = own;
  for (size_t i = 0; i < s->sent.len && n < BODIES_MAX; i++) {
    const http_response *r = probe_response(s->sent.at[i]);
    bool seen =
        !r || !r->body.len || !str_eq(s->sent.at[i]->request.url.path, s->operation->url.path);
    for (size_t k = 0; !seen && k < n; k++)
      seen = str_eq(probe_response(out[k])->body, r->body);
    if (!seen)
      out[n++] = s->sent.at[i];
  }
  return n;
}

static bool was_sent(const subject *s, const probe *p, str text) {
  return str_contains(http_request_text(s->arena, &p->request, SIZE_MAX), text);
}

/* ---- secret-in-response ---------------------------------------------------------------------- */

static void judge_secret(const subject *s, const probe_list *probes, outcome *out) {
  probe *answers_[BODIES_MAX];
  buf what = {.arena = s->arena};
  (void)probes;
  out->severity = SEVERITY_MEDIUM;
  out->confidence = CONFIDENCE_FIRM;
  for (size_t i = 0, n = distinct_answers(s, answers_); i < n; i++) {
    secret_hits hits = secrets_find(s->arena, probe_response(answers_[i])->body);
    for (size_t k = 0; k < hits.len; k++) {
      const secret_hit *h = &hits.at[k];
      if (was_sent(s, answers_[i], h->text))
        continue;
      found(s, out, answers_[i], STR(""));
      if (h->severity > out->severity)
        out->severity = h->severity;
      if (h->confidence > out->confidence)
        out->confidence = h->confidence;
      str one = arena_printf(s->arena, "%.*s (%.*s): %.*s", STR_ARG(h->id), STR_ARG(h->provider),
                             STR_ARG(secret_masked(s->arena, h->text)));
      if (!str_contains(buf_str(&what), one))
        buf_printf(&what, "%s%.*s", what.len ? "; " : "Seen: ", STR_ARG(one));
    }
  }
  if (what.len)
    out->detail = arena_printf(s->arena, "%.*s.", STR_ARG(buf_str(&what)));
}

/* ---- pii-in-response ------------------------------------------------------------------------- */

enum { EMAILS_BULK = 10, PHONES_BULK = 5 };

static void judge_personal(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = own_answer(s);
  size_t emails = 0, phones = 0;
  buf what = {.arena = s->arena};
  (void)probes;
  if (!r)
    return;
  personal_hits hits = personal_find(s->arena, r->body);
  for (size_t i = 0; i < hits.len; i++) {
    emails += hits.at[i].kind == PERSONAL_EMAIL;
    phones += hits.at[i].kind == PERSONAL_PHONE;
    if (hits.at[i].kind >= PERSONAL_EMAIL || str_contains(buf_str(&what), str_of(hits.at[i].what)))
      continue;
    buf_printf(&what, "%s%s", what.len ? ", " : "", hits.at[i].what);
  }
  if (emails >= EMAILS_BULK)
    buf_printf(&what, "%s%zu e-mail addresses", what.len ? ", " : "", emails);
  if (phones >= PHONES_BULK)
    buf_printf(&what, "%s%zu phone numbers", what.len ? ", " : "", phones);
  if (what.len)
    found(s, out, own_probe(s), arena_printf(s->arena, "Seen: %.*s.", STR_ARG(buf_str(&what))));
}

/* ---- stack-trace ----------------------------------------------------------------------------- */

static const char *const FRAMES[] = {
    "[\\w/.-]+\\.rb:\\d+:in [`'\"\\\\]|\\.rb</(?:code|a|span|td)>:? in\\s+<",
    "Traceback \\(most recent call last\\)|File \\\\?\"[^\"\\n]+\\.py\\\\?\", line \\d+",
    "(?:\\b|\\\\[tn])at [\\w.$<>/@-]+\\((?:[\\w$]+\\.(?:java|kt|scala):\\d+|Native Method)\\)",
    "(?:\\b|\\\\[tn])at (?:[\\w.$<>\\[\\] ]+ "
    "\\()?(?:file://)?/[^\\s()]+\\.[mc]?[jt]s:\\d+:\\d+\\)?",
    "(?:in|#\\d+) (?:/[\\w.-]+)+\\.php(?: on line |:|\\()\\d+",
    "goroutine \\d+ \\[|(?:/[\\w.@-]+)+\\.go:\\d+ \\+0x[0-9a-f]+",
    "(?:\\b|\\\\[tnr])at [\\w.`<>]+\\([^)\\n]*\\) in [^\\n]+:line \\d+",
    "thread '[^']+' panicked at",
    "SQLSTATE\\[\\w+\\]|You have an error in your SQL "
    "syntax|\\bPG::\\w*Error\\b|SQLite3::\\w+Exception|sqlite3\\.\\w*Error|psycopg2?\\.errors\\.|"
    "\\bORA-\\d{5}\\b|near \\\\?\"[^\"\\n]{0,60}\": syntax error|syntax error at or "
    "near|SQLSyntaxErrorException|Unclosed quotation mark after the character string",
    NULL};

bool trace_in(str body, str *frame) {
  static pattern_list frames = {.patterns = FRAMES};
  return patterns_count(&frames, body, 1, frame) > 0;
}

/* What broken tokens bring out is jwt-error-detail's. */
static void judge_trace(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = own_answer(s);
  str frame;
  (void)probes;
  if (!r || !trace_in(r->body, &frame))
    return;
  found(s, out, own_probe(s),
        arena_printf(s->arena, "Seen: \"%.*s\".", STR_ARG(str_sub(frame, 0, 120))));
}

/* ---- server-banner --------------------------------------------------------------------------- */

static const char *const BANNERS[] = {"server",
                                      "x-powered-by",
                                      "x-aspnet-version",
                                      "x-aspnetmvc-version",
                                      "x-generator",
                                      "x-rails-version",
                                      "via",
                                      "x-drupal-version",
                                      "x-jenkins",
                                      "x-application-context"};

static bool has_version(str value) {
  static const char *const versions[] = {"(\\d+\\.\\d+(?:\\.\\d+)*)", NULL};
  static pattern_list list = {.patterns = versions};
  return patterns_count(&list, value, 1, NULL) > 0;
}

/* Via begins with the protocol's version, which tells nothing. */
static str product_of(const char *name, str value) {
  return strcmp(name, "via") == 0 ? str_sub(value, str_find(value, STR("("), 0), value.len) : value;
}

static void judge_banner(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = own_answer(s);
  buf what = {.arena = s->arena};
  (void)probes;
  for (size_t i = 0; r && i < sizeof BANNERS / sizeof *BANNERS; i++) {
    str value = http_header_get(&r->headers, str_of(BANNERS[i]));
    if (value.len && has_version(product_of(BANNERS[i], value)))
      buf_printf(&what, "%s%s: %.*s", what.len ? ", " : "Seen: ", BANNERS[i], STR_ARG(value));
  }
  if (what.len)
    found(s, out, own_probe(s), arena_printf(s->arena, "%.*s.", STR_ARG(buf_str(&what))));
}

/* ---- cache-authenticated --------------------------------------------------------------------- */

static str skip_cache(const subject *s) {
  if (s->state == STATE_TESTABLE)
    return (str){0};
  return STR("the answer does not depend on who asks, or no good answer is known");
}

static double directive(str value, str name) {
  size_t at = str_find(value, name, 0);
  double seconds = -1;
  if (at == SIZE_MAX)
    return -1;
  size_t from = at + name.len, to = from;
  while (to < value.len && value.ptr[to] >= '0' && value.ptr[to] <= '9')
    to++;
  return str_to_double(str_sub(value, from, to), &seconds) ? seconds : -1;
}

/* A shared cache keeps an answer to a request with Authorization only when it is told to (RFC 9111
 * section 3.5); one whose token comes otherwise, whenever it has a life. */
static bool shared_cache_keeps(const subject *s, const http_response *r) {
  str value = http_header_get(&r->headers, STR("cache-control")),
      vary = http_header_get(&r->headers, STR("vary"));
  static const char *const places[] = {"authorization", NULL, "cookie", NULL};
  if (str_icontains(value, STR("private")) || str_icontains(value, STR("no-store")) ||
      str_icontains(value, STR("no-cache")))
    return false;
  const char *place = places[s->operation->place.kind];
  if (str_eq(vary, STR("*")) || (place && str_icontains(vary, str_of(place))))
    return false;
  if (s->operation->place.kind == PLACE_HEADER && str_icontains(vary, s->operation->place.name))
    return false;
  if (s->operation->place.kind == PLACE_QUERY)
    return false; /* the token is part of the key */
  if (directive(value, STR("s-maxage=")) > 0)
    return true;
  bool lives =
      directive(value, STR("max-age=")) > 0 || http_header_get(&r->headers, STR("expires")).len;
  if (s->operation->place.kind == PLACE_BEARER)
    return str_icontains(value, STR("public"));
  return str_icontains(value, STR("public")) || (lives && value.len);
}

static void judge_cache(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = own_answer(s);
  (void)probes;
  if (!r || r->status != 200 || !is_read(s) || !shared_cache_keeps(s, r))
    return;
  found(s, out, s->good,
        arena_printf(s->arena, "Cache-Control: %.*s.",
                     STR_ARG(http_header_get(&r->headers, STR("cache-control")))));
  outcome_prove(s, out, s->baseline_probes.at[BAD_NONE]);
}

#define EXPOSURE(ID, SEVERITY_, JUDGE)                                             \
  .id = ID, .category = CATEGORY_DATA_EXPOSURE, .severity = SEVERITY_, .phase = 2, \
  .any_state = true, .passive = true, .judge = JUDGE

const check CHECKS_EXPOSURE[] = {
    {EXPOSURE("secret-in-response", SEVERITY_HIGH, judge_secret),
     .title = "An answer carries a secret",
     .description = "A key or token of another system stands in the answer: who reads it acts as "
                    "this server there.",
     .sent =
         "nothing of its own: all answers are searched for the keys and tokens of more than 70 "
         "providers, private keys, Kubernetes service-account tokens and Rails secrets; control: "
         "checksum and structure must fit, and what the request carried itself does not count",
     .wrong =
         "A secret in a form that the table does not know is not found; one that was revoked is.",
     .fix = "Name the fields that an answer may have, revoke the secret, and keep it out of what "
            "is serialized or logged.",
     .rails = "render json: record.as_json(only: %i[id name])\n"
              "Rails.application.config.filter_parameters += %i[secret token api_key]",
     .references = "API3 CWE-200 CWE-522"},
    {EXPOSURE("pii-in-response", SEVERITY_MEDIUM, judge_personal),
     .title = "An answer carries personal data whole",
     .description =
         "Payment cards, bank accounts, national ids, or addresses in bulk leave the API unmasked.",
     .sent = "nothing of its own; control: check digits and issuer ranges must fit, e-mail counts "
             "from 10 addresses, phones from 5",
     .wrong =
         "Made-up numbers whose check digits fit are found; numbers without check digits are not.",
     .fix = "Mask what is shown (the last four digits), page what is listed, and name the fields "
            "of every answer.",
     .rails = "def card_number = \"**** #{self[:card_number].last(4)}\"",
     .references = "API3 CWE-359 CWE-200"},
    {EXPOSURE("stack-trace", SEVERITY_MEDIUM, judge_trace),
     .title = "An answer shows a stack trace",
     .description = "Frames name files, libraries and versions: a map for the next attack.",
     .sent = "nothing of its own; control: frames or a database's errors of a known form, not the "
             "word alone",
     .wrong = "Documentation that quotes a trace is found too.",
     .fix = "Answer errors with an id, and write the trace to the log only.",
     .rails = "config.consider_all_requests_local = false", .references = "API8 CWE-209"},
    {EXPOSURE("server-banner", SEVERITY_LOW, judge_banner), .once = true,
     .title = "Headers tell the server's version",
     .description = "With the exact version the published flaws are known.",
     .sent = "nothing of its own; control: a product without a version does not count",
     .wrong = "A version that is made up to mislead is found too.",
     .fix = "Turn the version off: server_tokens off in nginx, remove X-Powered-By.",
     .rails = "config.action_dispatch.default_headers.delete('X-Powered-By')",
     .references = "API8 CWE-200"},
    {EXPOSURE("cache-authenticated", SEVERITY_MEDIUM, judge_cache), .skip = skip_cache,
     .needs = "T", .title = "A shared cache may keep what needs a token",
     .description = "The answer differs by token, yet its headers let a proxy keep it and give it "
                    "to whoever asks next.",
     .sent = "nothing of its own; control: the answer without a token is another one, and no Vary "
             "keeps the two apart",
     .wrong = "A proxy in front may be set never to keep this answer.",
     .fix = "Send Cache-Control: no-store, or private, with every answer that depends on who asks.",
     .rails = "response.headers['Cache-Control'] = 'no-store'",
     .references = "API8 CWE-524 RFC9111-3.5"},
};
const size_t CHECKS_EXPOSURE_COUNT = sizeof CHECKS_EXPOSURE / sizeof *CHECKS_EXPOSURE;
