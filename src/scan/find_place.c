/* Where the API expects its token, when nobody says: the bearer header first; where that is
 * refused, the other usual places are tried once each, and the one that works is said. */
#include "scan/engine.h"

/* As STR, in a constant. */
#define LITERAL(text) \
  { (text), sizeof(text) - 1 }

static const token_place USUAL[] = {
    {PLACE_BEARER, {0}, {0}},
    {PLACE_HEADER, LITERAL("Authorization"), {0}},
    {PLACE_HEADER, LITERAL("Authorization"), LITERAL("Token")},
    {PLACE_HEADER, LITERAL("Authorization"), LITERAL("JWT")},
    {PLACE_HEADER, LITERAL("X-Access-Token"), {0}},
    {PLACE_HEADER, LITERAL("X-Auth-Token"), {0}},
    {PLACE_HEADER, LITERAL("X-Token"), {0}},
    {PLACE_HEADER, LITERAL("Token"), {0}},
    {PLACE_HEADER, LITERAL("X-API-Key"), {0}},
    {PLACE_COOKIE, LITERAL("token"), {0}},
    {PLACE_COOKIE, LITERAL("jwt"), {0}},
    {PLACE_COOKIE, LITERAL("access_token"), {0}},
    {PLACE_COOKIE, LITERAL("auth_token"), {0}},
    {PLACE_COOKIE, LITERAL("session"), {0}},
    {PLACE_QUERY, LITERAL("token"), {0}},
    {PLACE_QUERY, LITERAL("access_token"), {0}},
    {PLACE_QUERY, LITERAL("jwt"), {0}},
};

enum { USUAL_COUNT = sizeof USUAL / sizeof *USUAL };

str token_place_text(arena *a, const token_place *place) {
  static const char *const kinds[] = {"header", "header", "cookie", "query"};
  if (place->kind == PLACE_BEARER)
    return STR("header");
  str scheme = place->scheme.len ? place->scheme : STR("raw");
  bool has_form = place->kind == PLACE_HEADER &&
                  (place->scheme.len || str_ieq(place->name, STR("authorization")));
  return arena_printf(a, "%s:%.*s%s%.*s", kinds[place->kind], STR_ARG(place->name),
                      has_form ? ":" : "", STR_ARG(has_form ? scheme : STR("")));
}

/* An operation that only reads, whose token goes where tokens go when nothing else is known. */
static bool is_undecided(const engine *e, const operation *o) {
  bool described = o->about && o->about->scheme.len;
  return !e->options->place && o->token.ptr && o->place.kind == PLACE_BEARER && !described &&
         str_eq(o->method, STR("GET")) && !o->headers.len;
}

static const http_response *ask(operation_run *run, plan *p, const operation *o, size_t i) {
  operation at = *o;
  at.place = USUAL[i];
  http_request request = request_with_token(p->arena, &at, o->token);
  probe *asked = plan_request(p, ROLE_LOOK, &request, "place");
  asked->label = arena_printf(p->arena, "discover-place/%zu", i);
  asked->answers = arena_make(p->arena, answers);
  send_once(run, &asked, 1);
  return probe_response(asked);
}

static bool is_refused(const http_response *r) {
  return !r || answer_is_refusal(r);
}

/* The first place whose answer is good where the bearer header's is not; 0: the bearer header. */
static size_t place_that_works(engine *e, const operation *o) {
  operation_run run = {.engine = e, .operation = *o};
  run.subject.arena = e->arena;
  run.subject.operation = &run.operation;
  plan p = {.arena = e->arena, .subject = &run.subject};
  const http_response *as_bearer = ask(&run, &p, o, 0);
  if (!as_bearer || !is_refused(as_bearer))
    return 0;
  for (size_t i = 1; i < USUAL_COUNT; i++)
    if (!is_refused(ask(&run, &p, o, i)))
      return i;
  return 0;
}

void settle_place(engine *e, operation_list *operations) {
  size_t first = 0;
  while (first < operations->len && !is_undecided(e, &operations->at[first]))
    first++;
  if (first == operations->len)
    return;
  size_t works = place_that_works(e, &operations->at[first]);
  if (!works)
    return;
  for (size_t i = first; i < operations->len; i++)
    if (is_undecided(e, &operations->at[i]))
      operations->at[i].place = USUAL[works];
  list_push(e->arena, &e->report->notes,
            arena_printf(e->arena,
                         "the good token is refused as a bearer and works as --token-in %.*s, "
                         "which this scan used",
                         STR_ARG(token_place_text(e->arena, &USUAL[works]))));
}
