/* How the token comes in: not at all, by another scheme, in the URL. */
#include "scan/checks/checks.h"
#include "scan/match.h"

/* ---- open-endpoint --------------------------------------------------------------------------- */

/* Where clients sign in, and what keys, health and documentation are read from. */
static bool is_public_by_nature(str path) {
  static const char words[] =
      "(?i)/(?:\\.well-known/"
      ".+|health\\w*|livez?|liveness|readyz?|readiness|ping|status|version|log-?in|sign-?in|sign-?"
      "up|register|tokens?|refresh|jwks(?:\\.json)?|keys|certs|docs|redoc|openapi(?:\\.\\w+)?|"
      "swagger(?:\\.\\w+)?|favicon\\.ico|robots\\.txt)/?\\z";
  str hit;
  return str_eq(path, STR("/")) || regex_find(regex_kept(words), path, 0, &hit);
}

static str skip_open(const subject *s) {
  if (!s->has_token)
    return STR(
        "needs --token: without one nothing says that the operation is meant to be protected");
  if (s->operation->about && s->operation->about->protection == PROTECTION_PUBLIC)
    return STR("does not apply: the API description declares the operation public");
  if (s->operation->about && s->operation->about->protection == PROTECTION_UNKNOWN &&
      is_public_by_nature(s->operation->url.path))
    return STR("does not apply: the description says nothing of protection, and such a path is "
               "public by nature");
  if (s->state == STATE_OPEN || s->state == STATE_TESTABLE)
    return (str){0};
  if (s->state == STATE_KNOWN_OTHERWISE)
    return STR("without the token another credential of the request opens it, and without that one "
               "nothing does");
  if (s->state == STATE_CATCH_ALL)
    return STR(
        "every path answers alike, with and without a token: this is no protected operation");
  return STR("the good token gets no good answer that could be compared");
}

/* A read whose answer holds no data: who is signed in, or what is one's own, told to a stranger. */
static bool shows_nothing(const subject *s) {
  return is_read(s) && answer_is_empty(own_answer(s));
}

static void judge_open(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  if (s->state != STATE_OPEN)
    return;
  if (shows_nothing(s)) {
    outcome_not_tested(s, out,
                       "the answer is empty with the good token and without: nothing shows that it "
                       "keeps anything; scan it where the token has something to read");
    return;
  }
  out->kind = OUTCOME_FOUND;
  if (s->operation->about && s->operation->about->protection == PROTECTION_UNKNOWN) {
    out->severity = SEVERITY_MEDIUM; /* only the token of the whole scan says that it is protected:
                                        it may be meant so */
    out->confidence = CONFIDENCE_TENTATIVE;
    out->detail = STR("The API description says nothing about who may call it.");
  }
  if (s->operation->recorded && !s->operation->about && is_read(s)) {
    out->severity = SEVERITY_MEDIUM;
    out->confidence = CONFIDENCE_TENTATIVE;
    out->detail = STR("It comes from a browser's recording, and a browser's page sends its token "
                      "with every request: it may be public on purpose.");
  }
  outcome_prove(s, out, s->baseline_probes.at[BAD_NONE]);
  outcome_prove(s, out, s->good);
}

/* ---- jwt-scheme-lax -------------------------------------------------------------------------- */

static str skip_scheme(const subject *s) {
  return s->operation->place.kind == PLACE_BEARER
             ? (str){0}
             : STR("does not apply: the token is not in the Authorization header");
}

static http_request with_authorization(arena *a, const subject *s, str value) {
  http_request r = request_with_token(a, s->operation, (str){0});
  http_header_set(a, &r.headers, STR("Authorization"), value);
  return r;
}

static probe *plan_value(plan *p, probe_role role, str value, const char *note) {
  http_request r = with_authorization(p->arena, p->subject, value);
  probe *out = plan_request(p, role, &r, "%s", note);
  out->token = p->subject->token.text;
  return out;
}

static void plan_scheme(plan *p) {
  const subject *s = p->subject;
  arena *a = p->arena;
  str good = s->token.text;
  plan_value(p, ROLE_ATTACK, good, "the token without a scheme");
  plan_value(p, ROLE_ATTACK, arena_printf(a, "Token %.*s", STR_ARG(good)),
             "the token under the scheme 'Token'");
  plan_value(p, ROLE_ATTACK, arena_printf(a, "Batten %.*s", STR_ARG(good)),
             "the token under a scheme that does not exist");
  http_request doubled = with_authorization(a, s, STR("Bearer batten-not-a-token"));
  http_header second = {STR("Authorization"), arena_printf(a, "Bearer %.*s", STR_ARG(good))};
  list_push(a, &doubled.headers, second);
  plan_request(p, ROLE_ATTACK, &doubled, "two Authorization headers, the first no token")->token =
      good;
}

/* ---- jwt-in-query ---------------------------------------------------------------------------- */

static str skip_query(const subject *s) {
  return s->operation->place.kind == PLACE_QUERY
             ? STR("does not apply: the API expects its token in the query, as --token-in says")
             : (str){0};
}

static void plan_query(plan *p) {
  static const char names[][13] = {"access_token", "token", "jwt"};
  const subject *s = p->subject;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    http_request r = request_with_token(p->arena, s->operation, (str){0});
    r.url = url_with_query(p->arena, &r.url, str_of(names[i]), s->token.text);
    plan_request(p, ROLE_ATTACK, &r, "the token as the query parameter %s", names[i])->token =
        s->token.text;
  }
}

/* ---- jwt-not-bound --------------------------------------------------------------------------- */

static str skip_bound(const subject *s) {
  return members_get(&s->token.claims, STR("cnf"))
             ? (str){0}
             : STR("does not apply: the good token carries no cnf claim");
}

static void plan_bound(plan *p) {
  const subject *s = p->subject;
  http_request with = request_with_token(p->arena, s->operation, s->token.text), without = with;
  without.headers = (http_headers){0};
  for (size_t i = 0; i < with.headers.len; i++)
    if (!str_ieq(with.headers.at[i].name, STR("DPoP")))
      list_push(p->arena, &without.headers, with.headers.at[i]);
  plan_request(p, ROLE_ATTACK, &without, "the bound token without its proof")->token =
      s->token.text;
}

static const char *const QUERY_IMPLIED_BY[] = {"open-endpoint", NULL};

const check CHECKS_DELIVERY[] = {
    {.id = "open-endpoint",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_CRITICAL,
     .wrong = "The operation may be public on purpose: then the description, or the token that was "
              "given for it, says more than is needed. A cache that serves another caller's answer "
              "looks the same, and is named apart. A read that shows nobody anything ({\"user\": "
              "{}}, an empty list) is not tested.",
     .title = "The operation needs no token",
     .description = "The answer without any token is the same as with the good one.",
     .sent =
         "where cookies, given headers or tokens in query and body go with the request, the same "
         "without them; control: a path beside it that does not exist",
     .fix = "Require authentication for every controller and name the public actions one by one.",
     .rails =
         "class ApplicationController < ActionController::API\n  before_action :authenticate!\nend",
     .references = "API2 CWE-306",
     .needs = "T",
     .phase = 1,
     .any_state = true,
     .passive = true,
     .skip = skip_open,
     .judge = judge_open},
    {.id = "jwt-scheme-lax",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_LOW,
     .wrong = "A front proxy may rewrite the header before the API sees it; the finding then "
              "stands at the proxy.",
     .title = "The token is taken under any authorization scheme",
     .description = "What is no Bearer header is read as one, so gateways and the application may "
                    "see different credentials.",
     .sent =
         "the good token without a scheme, under others, and behind a first Authorization header",
     .fix = "Accept exactly one Authorization header of the form 'Bearer TOKEN'.",
     .rails = "token = request.authorization.to_s[/\\ABearer ([\\w\\-.]+)\\z/i, 1]",
     .references = "API2 CWE-287 RFC6750-2.1",
     .needs = "T",
     .phase = 1,
     .skip = skip_scheme,
     .plan = plan_scheme},
    {.id = "jwt-in-query",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_MEDIUM,
     .wrong = "An API that reads the query and also demands the header is silent here.",
     .title = "The token is also taken from the URL",
     .description = "URLs end up in logs, histories and Referer headers, and the tokens with them.",
     .sent = "the good token as access_token, token and jwt in the query",
     .fix = "Read the token from one place only.",
     .rails = "request.authorization # never params[:token]",
     .references = "API2 CWE-598 RFC6750-2.3",
     .needs = "T",
     .implied_by = QUERY_IMPLIED_BY,
     .phase = 1,
     .skip = skip_query,
     .plan = plan_query},
    {.id = "jwt-not-bound",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_HIGH,
     .wrong = "The proof may be checked by a gateway that this scan went around.",
     .title = "A bound token works without its proof",
     .description = "The token names the key or certificate of its holder (cnf), but whoever "
                    "steals it can use it.",
     .sent = "the good token without its DPoP proof or client certificate",
     .fix = "Check cnf.jkt against a DPoP proof, or cnf.x5t#S256 against the client certificate, "
            "on every request.",
     .references = "API2 CWE-294 RFC9449-7 RFC8705-3",
     .needs = "T with cnf",
     .phase = 1,
     .skip = skip_bound,
     .plan = plan_bound},
};
const size_t CHECKS_DELIVERY_COUNT = sizeof CHECKS_DELIVERY / sizeof *CHECKS_DELIVERY;
