/* rate_limiting: whether many requests are ever refused, and whether a header gets by. */
#include "base/json.h"
#include "scan/checks/checks.h"

enum { ENOUGH = 20 };

static const char *const LIMIT_HEADERS[] = {
    "ratelimit-limit",    "ratelimit",   "ratelimit-policy",    "x-ratelimit-limit",
    "x-rate-limit-limit", "retry-after", "ratelimit-remaining", "x-ratelimit-remaining"};

static bool speaks_of_limit(const http_response *r) {
  for (size_t i = 0; i < sizeof LIMIT_HEADERS / sizeof *LIMIT_HEADERS; i++)
    if (http_header_get(&r->headers, str_of(LIMIT_HEADERS[i])).len)
      return true;
  return false;
}

/* ---- no-throttle ----------------------------------------------------------------------------- */

typedef struct {
  size_t answered, dropped;
  bool limited;
} throttle_facts;

static void count_probe(const probe *p, throttle_facts *t) {
  bool dropped = false;
  for (size_t i = 0; p && p->answers && i < p->answers->tries.len; i++) {
    const http_response *r = &p->answers->tries.at[i].response;
    t->limited |= p->answers->held_back || r->status == 429 || speaks_of_limit(r);
    dropped |= r->failure == HTTP_DROPPED;
    t->answered += r->failure == HTTP_OK;
  }
  t->dropped += dropped;
}

/* Who limits by closing connections closes many. A few are closed for what they are: a token of 256
 * KiB; and where closing is the refusal, it says nothing of how many came. */
static bool closes_many(const subject *s, const throttle_facts *t) {
  enum { SHARE = 8 };

  return t->dropped * SHARE > t->answered && !s->base.bad[BAD_NONE].silent;
}

/* All requests to this operation so far; tries that were taken back are counted by the probe alone.
 */
static throttle_facts facts_of(const subject *s) {
  throttle_facts t = {0};
  for (size_t i = 0; i < s->sent.len; i++)
    if (str_eq(s->sent.at[i]->request.url.path, s->operation->url.path))
      count_probe(s->sent.at[i], &t);
  count_probe(s->good, &t);
  t.limited |= closes_many(s, &t);
  return t;
}

/* What was sent so far tells enough; only a scan that looks must ask on its own. */
static void plan_throttle(plan *p) {
  throttle_facts t = facts_of(p->subject);
  http_request r = own_request(p);
  double rate = p->subject->options->http.rate;
  size_t most = rate < ENOUGH ? (size_t)rate : ENOUGH;
  for (size_t i = t.answered; i < most && !t.limited && is_read(p->subject); i++) {
    http_request one = r;
    one.url = url_with_query(p->arena, &r.url, STR("batten"), arena_printf(p->arena, "%zu", i));
    plan_own(p, &one, "once more");
  }
}

static bool good_all_along(const subject *s) {
  int status = 0;
  for (size_t i = 0; s->good && i < s->good->answers->tries.len; i++) {
    const http_response *r = &s->good->answers->tries.at[i].response;
    if (r->failure != HTTP_OK || (status && r->status != status))
      return false;
    status = r->status;
  }
  return true;
}

static void judge_throttle(const subject *s, const probe_list *probes, outcome *out) {
  throttle_facts t = facts_of(s);
  size_t least = s->options->http.rate < ENOUGH ? (size_t)s->options->http.rate : ENOUGH;
  (void)probes;
  if (t.limited || !good_all_along(s))
    return; /* something counts */
  if (t.answered < least || t.answered < 5) {
    outcome_not_tested(
        s, out, arena_printf(s->arena, "only %zu requests were answered here", t.answered).ptr);
    return;
  }
  out->confidence = least < ENOUGH ? CONFIDENCE_TENTATIVE : CONFIDENCE_CONFIRMED;
  found(s, out, own_probe(s),
        arena_printf(s->arena,
                     "%zu requests in a row were answered, and no header speaks of a limit.",
                     t.answered));
}

/* ---- limit-bypass-header --------------------------------------------------------------------- */

static bool remaining_of(const http_response *r, uint64_t *left) {
  static const char *const names[] = {"ratelimit-remaining", "x-ratelimit-remaining",
                                      "x-rate-limit-remaining"};
  for (size_t i = 0; r && i < 3; i++)
    if (str_to_u64(str_trim(http_header_get(&r->headers, str_of(names[i]))), left))
      return true;
  return false;
}

static str skip_bypass(const subject *s) {
  uint64_t left;
  if (!is_read(s))
    return STR("does not apply: the operation writes");
  return remaining_of(own_answer(s), &left)
             ? (str){0}
             : STR("no header tells how many requests are left, so none can be seen to reset");
}

/* In turn: an address of its own for each, and none. Who counts by the header starts anew for each
 * address. */
static void plan_bypass(plan *p) {
  static const char *const names[] = {"X-Forwarded-For", "X-Real-IP", "True-Client-IP"};
  for (size_t i = 0; i < 3; i++) {
    http_request r = own_request(p);
    str name = str_of(names[i]);
    for (size_t k = 0; k < 2; k++) {
      http_request one = r;
      one.headers = (http_headers){0};
      for (size_t h = 0; h < r.headers.len; h++)
        list_push(p->arena, &one.headers, r.headers.at[h]);
      http_header_set(p->arena, &one.headers, name,
                      arena_printf(p->arena, "198.51.100.%zu", i * 20 + k * 7 + 3));
      plan_own(p, &one,
               arena_printf(p->arena, "%.*s with an address of its own", STR_ARG(name)).ptr);
    }
  }
  http_request plain = own_request(p);
  plain.url = url_with_query(p->arena, &plain.url, STR("batten"), STR("plain"));
  plan_own(p, &plain, "no such header");
}

static void judge_bypass(const subject *s, const probe_list *probes, outcome *out) {
  uint64_t plain, first, second;
  if (probes->len < 7 || !remaining_of(probe_response(probes->at[6]), &plain))
    return;
  for (size_t i = 0; i < 3; i++) {
    if (!remaining_of(probe_response(probes->at[2 * i]), &first) ||
        !remaining_of(probe_response(probes->at[2 * i + 1]), &second))
      continue;
    if (first != second || first < plain + 3)
      continue;
    found(s, out, probes->at[2 * i],
          arena_printf(s->arena,
                       "With two addresses %llu requests are left each time, without any %llu.",
                       (unsigned long long)first, (unsigned long long)plain));
    outcome_prove(s, out, probes->at[2 * i + 1]);
    outcome_prove(s, out, probes->at[6]);
  }
}

/* ---- pagination-unbounded -------------------------------------------------------------------- */

static const char *const LIMIT_NAMES[] = {
    "limit", "per_page", "perpage", "page_size",   "pagesize", "size", "count",
    "first", "top",      "max",     "max_results", "$top",     "rows"};

static const parameter *limit_parameter(const subject *s) {
  const description *d = about(s);
  for (size_t i = 0; d && i < d->parameters.len; i++)
    for (size_t k = 0; k < sizeof LIMIT_NAMES / sizeof *LIMIT_NAMES; k++)
      if (d->parameters.at[i].in == IN_QUERY &&
          str_ieq(d->parameters.at[i].name, str_of(LIMIT_NAMES[k])))
        return &d->parameters.at[i];
  return NULL;
}

static str skip_pages(const subject *s) {
  if (!s->operation->about)
    return skip_without_spec(s);
  if (!is_read(s))
    return STR("does not apply: the operation writes");
  return limit_parameter(s) ? (str){0}
                            : STR("does not apply: no parameter says how many rows are wanted");
}

static void plan_pages(plan *p) {
  static const char *const values[] = {"2", "1000000"};
  const parameter *q = limit_parameter(p->subject);
  for (size_t i = 0; i < 2; i++) {
    http_request r = own_request(p);
    url without = url_without_query(p->arena, &r.url, q->name);
    r.url = url_with_query(p->arena, &without, q->name, str_of(values[i]));
    plan_own(p, &r, arena_printf(p->arena, "%.*s=%s", STR_ARG(q->name), values[i]).ptr);
  }
}

enum { ROWS_DEPTH = 4 };

/* The longest list that is not itself in a list. */
static size_t longest_list(const json_t *v, int depth) {
  size_t most = json_array_size(v);
  const char *name;
  json_t *below;
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    size_t n = depth < ROWS_DEPTH ? longest_list(below, depth + 1) : 0;
    if (n > most)
      most = n;
  }
  return most;
}

static size_t rows_in(const http_response *r) {
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  size_t most = longest_list(v, 0);
  json_decref(v);
  return most;
}

static void judge_rows(const subject *s, const probe_list *probes, outcome *out) {
  enum { MANY = 200 };

  const http_response *few = fine_answer(probes->at[0]), *all = fine_answer(probes->at[1]);
  size_t n = rows_in(few), m = rows_in(all);
  if (!few || !all || few->truncated)
    return; /* refused: bounded; or long by something else */
  if (all->truncated)
    m = SIZE_MAX;
  if (m <= MANY || n > 2)
    return;
  found(s, out, probes->at[1],
        m == SIZE_MAX ? STR("The answer was too long to be read whole.")
                      : arena_printf(s->arena, "%zu rows came at once.", m));
  outcome_prove(s, out, probes->at[0]);
}

#define RATE(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                     \
  .id = ID, .category = CATEGORY_RATE_LIMITING, .severity = SEVERITY_, .phase = 2, \
  .any_state = true, .skip = SKIP, .plan = PLAN, .judge = JUDGE

const check CHECKS_RATE[] = {
    {RATE("no-throttle", SEVERITY_MEDIUM, NULL, plan_throttle, judge_throttle), .once = true,
     .title = "Nothing limits how often the API is called",
     .description = "Tokens, passwords and ids can be tried, and data be fetched, as fast as the "
                    "network allows.",
     .sent = "nothing of its own where other checks sent 20 requests to the operation; else up to "
             "20, fewer with a low --rate",
     .decides = "20 requests or more are answered, none is held back, few are closed, and "
                "no header speaks of a limit.",
     .wrong = "A limit above what was sent, or one that counts silently over hours, is not seen.",
     .fix = "Limit by identity and by address, and answer 429 with Retry-After.",
     .rails = "rate_limit to: 60, within: 1.minute, by: -> { current_subject }",
     .references = "API4 CWE-770 RFC6585-4"},
    {RATE("limit-bypass-header", SEVERITY_MEDIUM, skip_bypass, plan_bypass, judge_bypass),
     .once = true, .title = "A header of the client resets the limit",
     .description = "The limit counts by an address that the client writes itself.",
     .sent = "X-Forwarded-For, X-Real-IP, True-Client-IP with two addresses each; control: none",
     .decides = "Each address has the same number of requests left, well above what is left "
                "without the header.",
     .wrong = "Where no header tells what is left, it is not tested.",
     .fix = "Take the address from the connection, or from the header that your own proxy sets and "
            "overwrites.",
     .rails = "config.action_dispatch.trusted_proxies = [IPAddr.new('10.0.0.0/8')]",
     .nginx = "proxy_set_header X-Forwarded-For $remote_addr;",
     .references = "API4 CWE-348 CWE-770"},
    {RATE("pagination-unbounded", SEVERITY_MEDIUM, skip_pages, plan_pages, judge_rows),
     .needs = "S", .title = "A list is given whole when asked for",
     .description = "One request makes the server read and write everything.",
     .sent = "the parameter for the number of rows as 2 and as 1000000",
     .decides = "2 gives at most two rows, and 1000000 gives more than 200.",
     .wrong = "Lists with fewer rows cannot show it.",
     .fix = "Bound the page's size on the server, and say the bound in the description.",
     .rails = "limit = params.fetch(:limit, 20).to_i.clamp(1, 100)", .references = "API4 CWE-770"},
};
const size_t CHECKS_RATE_COUNT = sizeof CHECKS_RATE / sizeof *CHECKS_RATE;
