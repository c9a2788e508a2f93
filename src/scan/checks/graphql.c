/* GraphQL: what an endpoint tells of its schema, and how much one request may ask. Only queries are
 * sent, no mutation; and only where such an endpoint is named, or is an operation of this scan. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"

enum { BATCH = 10, DEPTH = 25, ALIASES = 100 };

/* The path that --graphql names, once a scan; else the operation's own when it looks so. */
static str endpoint(const subject *s) {
  str path = s->operation->url.path, hit;
  if (s->options->graphql.len)
    return s->operation_index == 1 ? s->options->graphql : (str){0};
  return regex_find(regex_kept("(?i)/(?:graphql|gql)/?\\z"), path, 0, &hit) ? path : (str){0};
}

static str skip_graphql(const subject *s) {
  if (s->options->graphql.len && s->operation_index != 1)
    return STR("");
  return endpoint(s).len
             ? (str){0}
             : STR("does not apply: no GraphQL endpoint is seen (--graphql PATH names one)");
}

static probe *plan_body(plan *p, str body, const char *what) {
  http_request r = request_at(p, "POST", endpoint(p->subject), true);
  http_header_set(p->arena, &r.headers, STR("Content-Type"), STR("application/json"));
  r.body = body;
  return plan_own(p, &r, what);
}

static str as_body(arena *a, str query) {
  json_t *v = json_object();
  json_put_str(v, "query", query);
  str out = json_write(a, v, false);
  json_decref(v);
  return out;
}

#define TYPENAME "{__typename}"

/* Every check's first probe: that this is GraphQL at all. Equal requests are sent once. */
static void plan_query(plan *p, str query, const char *what) {
  plan_body(p, as_body(p->arena, STR(TYPENAME)), "the smallest query");
  plan_body(p, as_body(p->arena, query), what);
}

static json_t *json_of(const probe *p) {
  const http_response *r = probe_response(p);
  return r ? json_parse(r->body, NULL) : NULL;
}

static bool speaks(const subject *s, const probe_list *probes, outcome *out) {
  json_t *v = probes->len == 2 ? json_of(probes->at[0]) : NULL;
  bool yes = json_get_str(json_object_get(v, "data"), "__typename").len > 0;
  json_decref(v);
  if (!yes)
    outcome_not_tested(s, out, "the endpoint does not answer the smallest query");
  return yes;
}

static const json_t *data_of(const json_t *v) {
  return json_object_get(v, "errors") ? NULL : json_object_get(v, "data");
}

/* ---- introspection, suggestions -------------------------------------------------------------- */

static void plan_introspection(plan *p) {
  plan_query(p, STR("{__schema{queryType{name} types{name fields{name}}}}"),
             "a query for the schema");
}

static void judge_introspection(const subject *s, const probe_list *probes, outcome *out) {
  if (!speaks(s, probes, out))
    return;
  json_t *v = json_of(probes->at[1]);
  size_t types = json_array_size(
      json_object_get(json_object_get(json_object_get(v, "data"), "__schema"), "types"));
  json_decref(v);
  if (!types)
    return;
  found(s, out, probes->at[1], arena_printf(s->arena, "%zu types are listed.", types));
  list_push(s->arena, &out->confirm, probes->at[1]);
}

/* Misspelt names that many schemas have, and one letter off them. */
static void plan_suggestions(plan *p) {
  plan_query(p,
             STR("{userss userz usr mee viewerr nodee ordrs orderss accountt producs itemss "
                 "searchh posst}"),
             "a query with misspelt names");
}

static void judge_suggestions(const subject *s, const probe_list *probes, outcome *out) {
  str hit;
  if (!speaks(s, probes, out))
    return;
  const http_response *r = probe_response(probes->at[1]);
  if (!r || !regex_find(regex_kept("(?i)did you mean"), r->body, 0, &hit))
    return;
  found(s, out, probes->at[1], STR(""));
  list_push(s->arena, &out->confirm, probes->at[1]);
}

/* ---- how much at once ------------------------------------------------------------------------ */

static void plan_batch(plan *p) {
  json_t *list = json_array();
  for (int i = 0; i < BATCH; i++) {
    json_t *one = json_object();
    json_put_str(one, "query", STR(TYPENAME));
    json_array_append_new(list, one);
  }
  plan_body(p, as_body(p->arena, STR(TYPENAME)), "the smallest query");
  plan_body(p, json_write(p->arena, list, false), "ten queries in one request");
  json_decref(list);
}

static void judge_batch(const subject *s, const probe_list *probes, outcome *out) {
  size_t good = 0, i;
  json_t *one;
  if (!speaks(s, probes, out))
    return;
  json_t *v = json_of(probes->at[1]);
  json_array_foreach(v, i, one) good +=
      json_get_str(json_object_get(one, "data"), "__typename").len > 0;
  json_decref(v);
  if (good != BATCH)
    return;
  found(s, out, probes->at[1], STR("All ten were answered."));
  list_push(s->arena, &out->confirm, probes->at[1]);
}

/* Deep through the schema itself, which every schema has: cheap for the server, as types end soon.
 * Where introspection is refused, a hundred aliases of one name show whether anything limits a
 * query. */
static void plan_depth(plan *p) {
  buf deep = {.arena = p->arena};
  buf_put(&deep, STR("{__schema{queryType{fields{type{"));
  for (int i = 0; i < DEPTH; i++)
    buf_put(&deep, STR("ofType{"));
  buf_put(&deep, STR("name"));
  for (int i = 0; i < DEPTH + 4; i++)
    buf_char(&deep, '}');
  buf_char(&deep, '}');
  plan_query(p, buf_str(&deep), "a query nested thirty deep");
}

static void follow_depth(plan *p) {
  json_t *v = p->probes.len == 2 ? json_of(p->probes.at[1]) : NULL;
  bool answered = data_of(v) != NULL;
  json_decref(v);
  if (answered)
    return;
  buf wide = {.arena = p->arena};
  buf_char(&wide, '{');
  for (int i = 0; i < ALIASES; i++)
    buf_printf(&wide, "a%d:__typename ", i);
  buf_char(&wide, '}');
  plan_body(p, as_body(p->arena, buf_str(&wide)), "a query that asks for one name a hundred times");
}

static void judge_depth(const subject *s, const probe_list *probes, outcome *out) {
  probe_list first = {probes->at, probes->len < 2 ? probes->len : 2, 2};
  if (!speaks(s, &first, out))
    return;
  probe *p = probes->at[probes->len - 1];
  json_t *v = json_of(p);
  const json_t *data = data_of(v);
  bool answered = probes->len == 2 ? json_is_object(json_object_get(data, "__schema"))
                                   : json_object_size(data) == ALIASES;
  json_decref(v);
  if (!answered)
    return;
  found(s, out, p,
        probes->len == 2 ? STR("Thirty levels were answered.")
                         : STR("A hundred aliases were answered."));
  list_push(s->arena, &out->confirm, p);
}

#define GRAPHQL(CATEGORY, ID, SEVERITY_, PLAN, JUDGE)                                   \
  .id = ID, .category = CATEGORY, .severity = SEVERITY_, .phase = 2, .any_state = true, \
  .skip = skip_graphql, .plan = PLAN, .judge = JUDGE, .needs = "a GraphQL endpoint"

const check CHECKS_GRAPHQL[] = {
    {GRAPHQL(CATEGORY_INVENTORY, "graphql-introspection", SEVERITY_LOW, plan_introspection,
             judge_introspection),
     .title = "The GraphQL schema can be read",
     .description = "Every type, field and mutation is listed, also those that no client uses.",
     .sent = "a query for __schema; control: {__typename}", .decides = "The answer lists types.",
     .wrong = "A public API may mean it so.", .fix = "Turn introspection off in production.",
     .rails = "class AppSchema < GraphQL::Schema\n  disable_introspection_entry_points if "
              "Rails.env.production?\nend",
     .references = "API9 CWE-200"},
    {GRAPHQL(CATEGORY_INVENTORY, "graphql-suggestions", SEVERITY_LOW, plan_suggestions,
             judge_suggestions),
     .title = "GraphQL errors suggest names of the schema",
     .description = "With them the schema is found out word by word, though introspection is off.",
     .sent = "a query with misspelt names; control: {__typename}",
     .decides = "An error that asks whether another name was meant.",
     .wrong = "Silence says little where the schema has no name like those that were tried.",
     .fix = "Answer unknown fields without suggestions.",
     .rails = "class AppSchema < GraphQL::Schema\n  did_you_mean(nil)\nend",
     .references = "API9 CWE-209"},
    {GRAPHQL(CATEGORY_RATE_LIMITING, "graphql-batching", SEVERITY_LOW, plan_batch, judge_batch),
     .title = "One request carries many GraphQL queries",
     .description = "Limits that count requests do not count them: passwords and codes are tried "
                    "by the hundred.",
     .sent = "ten queries in one request; control: {__typename}",
     .decides = "All ten are answered.", .wrong = "A limit above ten is not seen.",
     .fix = "Refuse lists, or count each query.",
     .rails = "head :bad_request if params[:_json].is_a?(Array)", .references = "API4 CWE-770"},
    {GRAPHQL(CATEGORY_RATE_LIMITING, "graphql-depth", SEVERITY_MEDIUM, plan_depth, judge_depth),
     .follow = follow_depth, .title = "GraphQL queries may be as deep as the client likes",
     .description = "One small request makes the server read and write without bound.",
     .sent = "a query nested thirty deep through __schema; where that is refused, one name a "
             "hundred times under aliases",
     .decides = "It is answered without an error.",
     .wrong = "A limit that spares introspection is not seen.",
     .fix = "Bound depth and complexity of queries.",
     .rails = "class AppSchema < GraphQL::Schema\n  max_depth 12\n  max_complexity 200\nend",
     .references = "API4 CWE-770 CWE-674"},
};
const size_t CHECKS_GRAPHQL_COUNT = sizeof CHECKS_GRAPHQL / sizeof *CHECKS_GRAPHQL;
