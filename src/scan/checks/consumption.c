/* unsafe_consumption: what the API takes from others, sends to others, and by which way. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"

/* ---- webhook-url-accepted -------------------------------------------------------------------- */

static const char HOOKS[] = "(?i)(?:web_?hook|callback|notify|notification|listener|subscriber|"
                            "target)_?(?:url|uri|endpoint|address)?\\z";

static bool is_hook(str name, str format) {
  str hit;
  bool says_url = str_icontains(name, STR("url")) || str_icontains(name, STR("uri")) ||
                  str_ieq(format, STR("uri")) || str_ieq(format, STR("url"));
  return says_url && regex_find(regex_kept(HOOKS), name, 0, &hit);
}

typedef struct {
  str name;
  bool in_body;
} hook;

/* The described parameter of the query, or field at the top of the body, that says where to call
 * back. */
static bool find_hook(const subject *s, hook *out) {
  const description *d = about(s);
  for (size_t i = 0; d && i < d->parameters.len; i++)
    if (d->parameters.at[i].in == IN_QUERY &&
        is_hook(d->parameters.at[i].name, d->parameters.at[i].format)) {
      *out = (hook){d->parameters.at[i].name, false};
      return true;
    }
  for (size_t i = 0; d && d->bodies.len && i < d->bodies.at[0].fields.len; i++) {
    const schema_field *f = &d->bodies.at[0].fields.at[i];
    if (str_find(f->path, STR("."), 0) != SIZE_MAX || str_find(f->path, STR("["), 0) != SIZE_MAX)
      continue;
    if (!is_hook(f->path, f->format))
      continue;
    *out = (hook){f->path, true};
    return true;
  }
  return false;
}

static str skip_hook(const subject *s) {
  hook h;
  if (!about(s))
    return skip_without_spec(s);
  if (!find_hook(s, &h))
    return STR("does not apply: the description names no URL to call back");
  if (!is_read(s) && !s->options->allow_writes)
    return STR("needs --allow-writes");
  return s->state == STATE_TESTABLE ? (str){0}
                                    : STR("the good token gets no answer of its own here");
}

static probe *plan_hook(plan *p, const hook *h, const char *value, const char *what) {
  http_request r = own_request(p);
  if (h->in_body) {
    json_t *body = json_parse(p->subject->operation->body, NULL);
    if (!json_is_object(body)) {
      json_decref(body);
      return NULL;
    }
    json_put_str(body, arena_text(p->arena, h->name), str_of(value));
    r.body = json_write(p->arena, body, false);
    json_decref(body);
  } else {
    url without = url_without_query(p->arena, &r.url, h->name);
    r.url = url_with_query(p->arena, &without, h->name, str_of(value));
  }
  probe *out = plan_own(p, &r, what);
  out->by_shape = true;
  return out;
}

/* Port 1 of loopback: nothing listens there, so nothing is reached. The control is no URL at all:
 * who takes that too, and does not repeat the address, looks at it in no way that shows. */
#define INSIDE "http://127.0.0.1:1/batten"

static void plan_hooks(plan *p) {
  hook h;
  if (!find_hook(p->subject, &h))
    return;
  plan_hook(p, &h, INSIDE, "a URL to call back on loopback, by plain HTTP");
  plan_hook(p, &h, "batten no url", "text that is no URL");
}

static void judge_hooks(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = probes->len == 2 ? fine_answer(probes->at[0]) : NULL;
  bool repeated = r && str_contains(r->body, STR("127.0.0.1:1"));
  hook h;
  if (!r || !find_hook(s, &h) || !probe_response(probes->at[1]))
    return;
  if (fine_answer(probes->at[1]) && !repeated)
    out->confidence = CONFIDENCE_TENTATIVE; /* perhaps nobody looks at it */
  out->parameter = h.name;
  found(s, out, probes->at[0], arena_printf(s->arena, "It is '%.*s'.", STR_ARG(h.name)));
  outcome_prove(s, out, probes->at[1]);
}

/* ---- third-party-redirect-with-token --------------------------------------------------------- */

static void judge_taken_along(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  for (size_t i = 0; i <= s->sent.len && out->kind != OUTCOME_FOUND; i++) {
    probe *p = i < s->sent.len ? s->sent.at[i] : s->good;
    const http_response *r = p ? probe_response(p) : NULL;
    size_t from = 0;
    url to;
    error ignored;
    str seen, location = r && r->status / 100 == 3 ? http_header_get(&r->headers, STR("location"))
                                                   : (str){0};
    if (!location.len || !url_resolve(s->arena, &p->request.url, location, &to, &ignored))
      continue;
    if (str_eq(to.host, p->request.url.host) || !token_find(location, &from, &seen))
      continue;
    found(s, out, p, arena_printf(s->arena, "It goes to %.*s.", STR_ARG(to.host)));
    list_push(s->arena, &out->confirm, p);
  }
}

/* ---- plaintext-upstream ---------------------------------------------------------------------- */

static const char UPSTREAMS[] =
    "(?i)(?:upstream|backend|provider|partner|third_?party|webhook|callback|service|api|base|"
    "gateway|issuer|jwks)_?(?:url|uri|endpoint|host|address|server)?\\z";

static bool is_plain(str text) {
  static const char *const local[] = {"http://127.", "http://localhost", "http://[::1]"};
  for (size_t i = 0; i < sizeof local / sizeof *local; i++)
    if (str_starts(text, str_of(local[i])))
      return false;
  return str_starts(text, STR("http://"));
}

static void walk_upstream(const subject *s, const json_t *v, int depth, buf *names) {
  const char *name;
  json_t *below;
  size_t i;
  str hit;
  if (depth > 6)
    return;
  json_array_foreach(v, i, below) walk_upstream(s, below, depth + 1, names);
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    str text = json_is_string(below) ? str_from(json_string_value(below), json_string_length(below))
                                     : (str){0};
    if (is_plain(text) && regex_find(regex_kept(UPSTREAMS), str_of(name), 0, &hit) &&
        !str_contains(buf_str(names), str_of(name)))
      buf_printf(names, "%s%s", names->len ? ", " : "", name);
    walk_upstream(s, below, depth + 1, names);
  }
}

static void judge_upstream(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = fine_answer(own_probe(s));
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  buf names = {.arena = s->arena};
  (void)probes;
  walk_upstream(s, v, 0, &names);
  json_decref(v);
  const description *d = about(s);
  for (size_t i = 0; d && i < d->parameters.len; i++) {
    const parameter *q = &d->parameters.at[i];
    str hit;
    if (q->source == VALUE_GIVEN && is_plain(q->value) &&
        regex_find(regex_kept(UPSTREAMS), q->name, 0, &hit))
      buf_printf(&names, "%s%.*s (described)", names.len ? ", " : "", STR_ARG(q->name));
  }
  if (names.len)
    found(s, out, own_probe(s), arena_printf(s->arena, "Here: %.*s.", STR_ARG(buf_str(&names))));
}

#define CONSUMPTION(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                   \
  .id = ID, .category = CATEGORY_UNSAFE_CONSUMPTION, .severity = SEVERITY_, .phase = 2, \
  .any_state = true, .skip = SKIP, .plan = PLAN, .judge = JUDGE

const check CHECKS_CONSUMPTION[] = {
    {CONSUMPTION("webhook-url-accepted", SEVERITY_MEDIUM, skip_hook, plan_hooks, judge_hooks),
     .needs = "T, S", .title = "Any URL is taken to call back",
     .description = "Events, with what stands in them, go to where the client says: also to "
                    "addresses inside, by plain HTTP.",
     .sent = "the described URL to call back as " INSIDE
             ", where nothing listens; control: text that is no URL",
     .decides = "The address on loopback is taken, and text that is no URL is refused, or the "
                "answer shows the address stored. Tentative where text is taken, too.",
     .wrong = "An API that checks the address only when it calls is found too.",
     .fix = "Take https:// alone, refuse private, loopback and link-local addresses, and check "
            "again when calling.",
     .rails = "Batten::SafeFetch.get(subscription.url, hosts: allowed_hosts)",
     .references = "API10 API7 CWE-918 CWE-319"},
    {CONSUMPTION("third-party-redirect-with-token", SEVERITY_MEDIUM, NULL, NULL, judge_taken_along),
     .passive = true, .title = "A redirect takes a token to another host",
     .description = "The token stands in the address: in that host's logs, in the history, and in "
                    "the next Referer.",
     .sent = "nothing of its own",
     .decides = "3xx whose Location is on another host and holds a token.",
     .wrong = "Another host of the same owner is found too.",
     .fix = "Send a code that is good once, and let the other side fetch the token.",
     .rails = "redirect_to partner_url(code: grant.code), allow_other_host: true",
     .references = "API10 CWE-598 CWE-200"},
    {CONSUMPTION("plaintext-upstream", SEVERITY_LOW, NULL, NULL, judge_upstream), .passive = true,
     .title = "Another service is spoken to by plain HTTP",
     .description = "Who sits between reads and changes what this API takes for true.",
     .sent = "nothing of its own",
     .decides = "A field of the answer, or an example in the description, that is named for "
                "another service holds an http:// address that is not on loopback.",
     .wrong = "An address that is only shown, or redirects to HTTPS, is found too.",
     .fix = "Use https:// for every service, and verify its certificate.",
     .references = "API10 CWE-319"},
};
const size_t CHECKS_CONSUMPTION_COUNT = sizeof CHECKS_CONSUMPTION / sizeof *CHECKS_CONSUMPTION;
