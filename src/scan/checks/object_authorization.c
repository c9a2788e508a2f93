/* object_authorization: whose object an id names, and whether that is asked. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"

/* ---- bola-unauthenticated -------------------------------------------------------------------- */

static str skip_bare(const subject *s) {
  if (!object_places_of(s).count)
    return STR("does not apply: the request names no object");
  if (!is_read(s))
    return STR("does not apply: the operation writes, and no probe changes data");
  if (about(s) && about(s)->protection == PROTECTION_PUBLIC)
    return STR("does not apply: the description declares it public");
  if (!s->has_token && !(about(s) && about(s)->protection == PROTECTION_NEEDED))
    return STR("needs --token or --spec: nothing says that the object is meant to be protected");
  return (str){0};
}

static void plan_bare(plan *p) {
  const subject *s = p->subject;
  object_places places = object_places_of(s);
  http_request r = request_with_token(p->arena, s->operation, (str){0});
  drop_bearer(p->arena, &r);
  plan_request(p, ROLE_LOOK, &r, "the object without a token");
  object_put(p->arena, &places.at[0], object_nobodys(p->arena, places.at[0].id), &r.url);
  plan_request(p, ROLE_LOOK, &r, "an object that is none, without a token");
}

static void judge_bare(const subject *s, const probe_list *probes, outcome *out) {
  if (s->state == STATE_TESTABLE || s->state == STATE_CATCH_ALL || probes->len < 2)
    return;
  if (!fine_answer(probes->at[0]) || fine_answer(probes->at[1]))
    return;
  found(s, out, probes->at[0], STR(""));
  outcome_prove(s, out, probes->at[1]);
  list_push(s->arena, &out->confirm, probes->at[0]);
}

/* ---- id-predictable -------------------------------------------------------------------------- */

enum { FOLLOW_BY_MAX = 10, FOLLOWING_MIN = 3, LIST_DEPTH_MAX = 4 };

/* "id", "order_id", "invoiceId", "number", "invoice_number" */
static bool names_an_object(str name) {
  static const char *const ends[] = {"_id", "Id", "_number", "Number", "_no"};
  if (str_ieq(name, STR("id")) || str_ieq(name, STR("number")))
    return true;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (str_ends(name, str_of(ends[i])))
      return true;
  return false;
}

/* A whole number, or text that is one (JSON:API writes ids so). */
static bool whole_number(const json_t *v, long long *out) {
  char *end = NULL;
  const char *text = json_string_value(v);
  if (json_is_integer(v))
    *out = json_integer_value(v);
  if (text && *text >= '1' && *text <= '9')
    *out = strtoll(text, &end, 10);
  return json_is_integer(v) || (end && !*end && end - text <= 15);
}

/* How many rows' members of that name follow one another, up or down. */
static size_t following(const json_t *rows, const char *name) {
  size_t i, run = 1;
  long long last = 0, n = 0;
  json_t *row;
  json_array_foreach(rows, i, row) {
    if (!whole_number(json_object_get(row, name), &n))
      return 0;
    long long step = n > last ? n - last : last - n;
    run += i && step > 0 && step <= FOLLOW_BY_MAX;
    last = n;
  }
  return run;
}

/* The longest such list anywhere in the answer. */
static size_t ids_in_a_row(const json_t *v, int depth) {
  size_t most = 0, i;
  const char *name;
  json_t *below;
  if (depth > LIST_DEPTH_MAX)
    return 0;
  json_object_foreach(json_array_size(v) ? json_array_get(v, 0) : NULL, name, below) {
    size_t run = names_an_object(str_of(name)) ? following(v, name) : 0;
    if (run > most)
      most = run;
  }
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    size_t run = ids_in_a_row(below, depth + 1);
    if (run > most)
      most = run;
  }
  json_array_foreach(v, i, below) {
    size_t run = i < FOLLOWING_MIN && json_is_object(below) ? ids_in_a_row(below, depth + 1) : 0;
    if (run > most)
      most = run;
  }
  return most;
}

/* Small whole numbers that rise by little, or UUIDs made from the time (version 1). */
static void judge_ids(const subject *s, const probe_list *probes, outcome *out) {
  static const char time_based[] = "\"[\\w]*[iI]d\"\\s*:\\s*\"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-1[0-"
                                   "9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})\"";
  const http_response *r = fine_answer(own_probe(s));
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  size_t run = ids_in_a_row(v, 0);
  str hit;
  (void)probes;
  json_decref(v);
  if (run >= FOLLOWING_MIN)
    found(s, out, own_probe(s), arena_printf(s->arena, "%zu ids follow one another.", run));
  else if (r && regex_find(regex_kept(time_based), r->body, 0, &hit))
    found(s, out, own_probe(s),
          arena_printf(s->arena, "%.*s is a UUID of version 1.", STR_ARG(hit)));
}

/* ---- id-traversal ---------------------------------------------------------------------------- */

/* The path ends with the object's id. */
static bool ends_with_id(const subject *s) {
  object_places places = object_places_of(s);
  return places.count && !places.at[0].name.ptr && !places.at[0].after.len;
}

static str skip_traversal(const subject *s) {
  if (!ends_with_id(s))
    return STR("does not apply: the path ends with no id of an object");
  if (!is_read(s))
    return STR("does not apply: the operation writes, and no probe changes data");
  return s->state == STATE_TESTABLE ? (str){0}
                                    : STR("the good token gets no answer of its own here");
}

/* The same detour before the last segment, or before the one in front of it. */
static str with_detour(arena *a, str path, const char *detour, bool in_front) {
  size_t slash = path.len;
  for (int back = in_front ? 2 : 1; back; back--) {
    while (slash && path.ptr[slash - 1] != '/')
      slash--;
    if (back > 1 && slash > 1)
      slash--;
  }
  return arena_printf(a, "%.*s%s%.*s", STR_ARG(str_sub(path, 0, slash)), detour,
                      STR_ARG(str_sub(path, slash, path.len)));
}

/* A server or proxy that tidies every path takes the detour in front of the collection too: then no
 * id is read so. */
static void plan_traversal(plan *p) {
  static const char *const detours[] = {".%2F", "batten%2F..%2F"};
  const subject *s = p->subject;
  http_request r = own_request(p);
  str path = r.url.path;
  object_places places = object_places_of(s);
  object_put(p->arena, &places.at[0], object_nobodys(p->arena, places.at[0].id), &r.url);
  plan_request(p, ROLE_CONTROL, &r, "an object that is none")->recipe.owner_key = true;
  for (size_t i = 0; i < 2; i++) {
    r.url.path = with_detour(p->arena, path, detours[i], true);
    probe *control = plan_request(p, ROLE_CONTROL, &r, "%s before the collection", detours[i]);
    r.url.path = with_detour(p->arena, path, detours[i], false);
    probe *attack = plan_request(p, ROLE_ATTACK, &r, "%s before the id", detours[i]);
    control->recipe.owner_key = attack->recipe.owner_key = true;
    plan_control(attack, control);
  }
}

static const char *const OPEN[] = {"open-endpoint", NULL};

#define OBJECT(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                          \
  .id = ID, .category = CATEGORY_OBJECT_AUTHORIZATION, .severity = SEVERITY_, .phase = 2, \
  .any_state = true, .skip = SKIP, .plan = PLAN, .judge = JUDGE

const check CHECKS_OBJECT[] = {
    {OBJECT("bola-unauthenticated", SEVERITY_HIGH, skip_bare, plan_bare, judge_bare),
     .implied_by = OPEN, .title = "An object is read by its id alone",
     .description = "Nobody is asked who they are: who knows or guesses the id has the object.",
     .sent = "the object without a token; control: an id that nobody has",
     .decides = "The object is answered, an id that nobody has is refused.",
     .wrong = "An object that is public on purpose: declare it so in the description.",
     .fix = "Require authentication, and look objects up through their owner.",
     .rails = "before_action :authenticate!", .references = "API1 CWE-306 CWE-639"},
    {OBJECT("id-traversal", SEVERITY_MEDIUM, skip_traversal, plan_traversal, NULL), .needs = "T",
     .title = "An id in the path is read as a path of its own",
     .description = "The id may climb out of where objects of this kind lie: to another tenant's, "
                    "or to files.",
     .sent = "./ID and batten/../ID, their slashes encoded; controls: an id that nobody has, and "
             "the same detour before the collection",
     .decides = "Answered like the object itself, while the same detour elsewhere in the path, and "
                "an unknown id, are refused.",
     .wrong = "A storage that cleans paths beneath a root of its own is found, though nothing lies "
              "outside it.",
     .fix = "Take ids by their form alone: digits, or a UUID.",
     .rails = "get '/documents/:id', to: 'documents#show', constraints: { id: /\\d+/ }",
     .references = "API1 CWE-22 CWE-639"},
    {OBJECT("id-predictable", SEVERITY_LOW, NULL, NULL, judge_ids), .passive = true,
     .title = "Ids can be guessed",
     .description =
         "Ids that follow one another, or come from the clock, let whoever has one find the rest.",
     .sent = "nothing of its own",
     .decides = "Three or more ids of a list (members such as id, order_id, number) lie ten apart "
                "at most, or a UUID of version 1 stands in the answer.",
     .wrong = "Where every object is authorized, guessing gains nothing.",
     .fix = "Use random ids (UUID version 4) outside.", .rails = "create_table :orders, id: :uuid",
     .references = "API1 CWE-340"},
};
const size_t CHECKS_OBJECT_COUNT = sizeof CHECKS_OBJECT / sizeof *CHECKS_OBJECT;
