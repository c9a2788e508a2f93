/* object_authorization: whose object an id names, and whether that is asked. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"

/* ---- bola-cross-identity --------------------------------------------------------------------------------------------------- */

/* The last segment, when it names one object: by description, or by its looks. */
static bool names_object(const subject *s, str *id) {
  static const char looks[] = "\\A(?:\\d{1,19}|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-f]{24,40}|[A-Za-z]{1,6}[-_]?\\d{1,12})\\z";
  str path = s->operation->url.path, hit;
  size_t slash = path.len;
  while (slash && path.ptr[slash - 1] != '/') slash--;
  *id = str_sub(path, slash, path.len);
  const description *d = about(s);
  if (d) return id->len && d->path.len && d->path.ptr[d->path.len - 1] == '}';
  return id->len && slash > 1 && regex_find(regex_kept(looks), *id, 0, &hit);
}

static str skip_object(const subject *s) {
  str id;
  if (!names_object(s, &id)) return STR("does not apply: the path names no object");
  return is_read(s) ? (str){0} : STR("does not apply: the operation writes, and no probe changes data");
}

static str skip_cross(const subject *s) {
  str reason = skip_object(s);
  if (reason.ptr) return reason;
  if (!other_identity(s, 0)) return STR("needs a second identity (--as NAME=T)");
  return s->state == STATE_TESTABLE ? (str){0} : STR("the good token gets no answer of its own here");
}

/* An id of the same form that nobody has. */
static str other_id(arena *a, str id) {
  char *out = arena_text(a, id);
  size_t letters = 0;
  for (size_t i = 0; i < id.len; i++) letters += !(out[i] >= '0' && out[i] <= '9');
  if (!letters) return arena_printf(a, "9%.*s73", STR_ARG(str_sub(id, 0, 15)));
  for (size_t i = 0; i < id.len; i++)
    if (out[i] >= '0' && out[i] <= '9') out[i] = (char)('0' + (out[i] - '0' + 7 + (int)i) % 10);
    else if (out[i] >= 'a' && out[i] <= 'f') out[i] = (char)('a' + (out[i] - 'a' + 3) % 6);
  return str_from(out, id.len);
}

static str collection_path(const subject *s) {
  str path = s->operation->url.path;
  size_t slash = path.len;
  while (slash && path.ptr[slash - 1] != '/') slash--;
  return str_sub(path, 0, slash > 1 ? slash - 1 : slash);
}

static probe *plan_as_at(plan *p, const identity *who, str path, const char *what) {
  http_request r = request_as(p->arena, p->subject->operation, who);
  r.url.path = path;
  return plan_own(p, &r, what);
}

enum { IDENTITIES_MAX = 3, PER_IDENTITY = 3, OWN_NONE = 0, OWN_LIST = 1, OWN_COUNT = 2 };

static size_t others(const subject *s) {
  size_t n = 0;
  while (n < IDENTITIES_MAX && other_identity(s, n)) n++;
  return n;
}

/* For each other identity: the object itself, an object that is none, and the list of its own objects. Then the same of
 * the good token, for the way back. */
static void plan_cross(plan *p) {
  const subject *s = p->subject;
  str id;
  names_object(s, &id);
  for (size_t i = 0; i < others(s); i++) {
    const identity *who = other_identity(s, i);
    plan_as_at(p, who, s->operation->url.path, arena_printf(p->arena, "the object as %.*s", STR_ARG(who->name)).ptr);
    plan_as_at(p, who, path_beside(p->arena, s->operation->url.path, other_id(p->arena, id)),
               arena_printf(p->arena, "an object that is none, as %.*s", STR_ARG(who->name)).ptr);
    plan_as_at(p, who, collection_path(s), arena_printf(p->arena, "the list that %.*s sees", STR_ARG(who->name)).ptr);
  }
  http_request r = own_request(p);
  r.url.path = path_beside(p->arena, s->operation->url.path, other_id(p->arena, id));
  plan_own(p, &r, "an object that is none, with the good token");
  r.url.path = collection_path(s);
  plan_own(p, &r, "the list that the good token sees");
}

/* ---- and the way back: their ids, asked for with the good token ---- */

static str text_of(arena *a, const json_t *v) {
  if (json_is_integer(v)) return arena_printf(a, "%lld", (long long)json_integer_value(v));
  return json_is_string(v) ? arena_str(a, str_from(json_string_value(v), json_string_length(v))) : (str){0};
}

/* The list itself, or the first one below it. */
static const json_t *rows_of(const json_t *v) {
  const char *name;
  json_t *below;
  if (json_is_array(v)) return v;
  json_object_foreach((json_t *)(uintptr_t)v, name, below) if (json_is_array(below)) return below;
  return NULL;
}

/* The member that holds this id in some row; NULL when none does. */
static const char *member_with(arena *a, const json_t *rows, str id) {
  size_t i;
  json_t *row, *v;
  const char *name;
  json_array_foreach(rows, i, row)
    json_object_foreach(row, name, v) if (str_eq(text_of(a, v), id)) return name;
  return NULL;
}

/* An id of their list that ours lacks, in the member that holds our own object's id in ours. */
static str foreign_id(const subject *s, const http_response *mine, const http_response *theirs) {
  str id, out = {0};
  size_t i;
  json_t *row, *own = mine ? json_parse(mine->body, NULL) : NULL, *other = theirs ? json_parse(theirs->body, NULL) : NULL;
  names_object(s, &id);
  const char *name = member_with(s->arena, rows_of(own), id);
  json_array_foreach(rows_of(other), i, row) {
    str found_id = name ? text_of(s->arena, json_object_get(row, name)) : (str){0};
    if (found_id.len && !out.len && !str_contains(mine->body, found_id)) out = found_id;
  }
  json_decref(own);
  json_decref(other);
  return out;
}

static str foreign_of(const subject *s, const probe_list *probes, size_t i) {
  const http_response *mine = fine_answer(probes->at[others(s) * PER_IDENTITY + OWN_LIST]);
  return foreign_id(s, mine, fine_answer(probes->at[i * PER_IDENTITY + 2]));
}

static void follow_cross(plan *p) {
  const subject *s = p->subject;
  for (size_t i = 0; i < others(s); i++) {
    str id = foreign_of(s, &p->probes, i);
    if (!id.len) continue;
    http_request r = own_request(p);
    r.url.path = path_beside(p->arena, s->operation->url.path, percent_encode(p->arena, id));
    plan_own(p, &r, arena_printf(p->arena, "an object of %.*s with the good token", STR_ARG(other_identity(s, i)->name)).ptr)->by_shape = true;
  }
}

static bool body_has(const http_response *r, str id) { return r && str_contains(r->body, id); }

/* The answer says whose it is: the subject of the good token, and not that of the other one. */
static bool says_owner(const subject *s, const identity *who, const http_response *r) {
  token other;
  str mine = {0}, theirs = {0};
  members_get_str(s->arena, &s->token.claims, STR("sub"), &mine);
  if (token_parse(s->arena, who->token, &other)) members_get_str(s->arena, &other.claims, STR("sub"), &theirs);
  return mine.len >= 2 && !str_eq(mine, theirs) && str_contains(r->body, mine);
}

static void judge_back(const subject *s, const probe_list *probes, outcome *out) {
  size_t at = others(s) * PER_IDENTITY, next = at + OWN_COUNT;
  for (size_t i = 0; i < others(s); i++) {
    str id = foreign_of(s, probes, i);
    if (!id.len || next >= probes->len) continue;
    probe *p = probes->at[next++];
    const http_response *r = fine_answer(p);
    if (!r || !is_lesser(s, s->operation->token) || fine_answer(probes->at[at + OWN_NONE])) continue;
    if (!body_has(r, id) || probe_verdict(s, p) < VERDICT_LIKELY) continue;
    found(s, out, p, arena_printf(s->arena, "'%.*s' reads what belongs to '%.*s'.", STR_ARG(own_identity_name(s)),
                                  STR_ARG(other_identity(s, i)->name)));
    outcome_prove(s, out, probes->at[at + OWN_LIST]);
    list_push(s->arena, &out->confirm, p);
  }
}

static void judge_cross(const subject *s, const probe_list *probes, outcome *out) {
  str id;
  names_object(s, &id);
  judge_back(s, probes, out);
  for (size_t i = 0; i < others(s); i++) {
    const identity *who = other_identity(s, i);
    probe *object = probes->at[3 * i];
    const http_response *r = fine_answer(object), *listed = fine_answer(probes->at[3 * i + 2]);
    if (!r || !who || !is_lesser(s, who->token) || fine_answer(probes->at[3 * i + 1])) continue;
    if (probe_verdict(s, object) < VERDICT_LIKELY || body_has(listed, id)) continue; /* shared by both */
    bool owned = says_owner(s, who, r);
    if (!listed && !owned) continue; /* nothing says that it is not everybody's */
    if (out->kind != OUTCOME_FOUND) out->confidence = owned || listed ? CONFIDENCE_CONFIRMED : CONFIDENCE_FIRM;
    found(s, out, object, arena_printf(s->arena, "'%.*s' reads what belongs to '%.*s'.", STR_ARG(who->name),
                                       STR_ARG(own_identity_name(s))));
    outcome_prove(s, out, probes->at[3 * i + 1]);
    outcome_prove(s, out, probes->at[3 * i + 2]);
    list_push(s->arena, &out->confirm, object);
  }
}

/* ---- bola-unauthenticated ----------------------------------------------------------------------------------------------------- */

static str skip_bare(const subject *s) {
  str reason = skip_object(s);
  if (reason.ptr) return reason;
  if (about(s) && about(s)->protection == PROTECTION_PUBLIC) return STR("does not apply: the description declares it public");
  if (!s->has_token && !(about(s) && about(s)->protection == PROTECTION_NEEDED))
    return STR("needs --token or --spec: nothing says that the object is meant to be protected");
  return (str){0};
}

static void plan_bare(plan *p) {
  const subject *s = p->subject;
  str id;
  names_object(s, &id);
  http_request r = request_with_token(p->arena, s->operation, (str){0});
  drop_bearer(p->arena, &r);
  plan_request(p, ROLE_LOOK, &r, "the object without a token");
  r.url.path = path_beside(p->arena, r.url.path, other_id(p->arena, id));
  plan_request(p, ROLE_LOOK, &r, "an object that is none, without a token");
}

static void judge_bare(const subject *s, const probe_list *probes, outcome *out) {
  if (s->state == STATE_TESTABLE || s->state == STATE_CATCH_ALL || probes->len < 2) return;
  if (!fine_answer(probes->at[0]) || fine_answer(probes->at[1])) return;
  found(s, out, probes->at[0], STR(""));
  outcome_prove(s, out, probes->at[1]);
  list_push(s->arena, &out->confirm, probes->at[0]);
}

/* ---- id-predictable ------------------------------------------------------------------------------------------------------------- */

enum { FOLLOW_BY_MAX = 10, FOLLOWING_MIN = 3, LIST_DEPTH_MAX = 4 };

/* "id", "order_id", "invoiceId", "number", "invoice_number" */
static bool names_an_object(str name) {
  static const char *const ends[] = {"_id", "Id", "_number", "Number", "_no"};
  if (str_ieq(name, STR("id")) || str_ieq(name, STR("number"))) return true;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (str_ends(name, str_of(ends[i]))) return true;
  return false;
}

/* A whole number, or text that is one (JSON:API writes ids so). */
static bool whole_number(const json_t *v, long long *out) {
  char *end = NULL;
  const char *text = json_string_value(v);
  if (json_is_integer(v)) *out = json_integer_value(v);
  if (text && *text >= '1' && *text <= '9') *out = strtoll(text, &end, 10);
  return json_is_integer(v) || (end && !*end && end - text <= 15);
}

/* How many rows' members of that name follow one another, up or down. */
static size_t following(const json_t *rows, const char *name) {
  size_t i, run = 1;
  long long last = 0, n = 0;
  json_t *row;
  json_array_foreach(rows, i, row) {
    if (!whole_number(json_object_get(row, name), &n)) return 0;
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
  if (depth > LIST_DEPTH_MAX) return 0;
  json_object_foreach(json_array_size(v) ? json_array_get(v, 0) : NULL, name, below) {
    size_t run = names_an_object(str_of(name)) ? following(v, name) : 0;
    if (run > most) most = run;
  }
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    size_t run = ids_in_a_row(below, depth + 1);
    if (run > most) most = run;
  }
  json_array_foreach(v, i, below) {
    size_t run = i < FOLLOWING_MIN && json_is_object(below) ? ids_in_a_row(below, depth + 1) : 0;
    if (run > most) most = run;
  }
  return most;
}

/* Small whole numbers that rise by little, or UUIDs made from the time (version 1). */
static void judge_ids(const subject *s, const probe_list *probes, outcome *out) {
  static const char time_based[] = "\"[\\w]*[iI]d\"\\s*:\\s*\"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-1[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})\"";
  const http_response *r = fine_answer(own_probe(s));
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  size_t run = ids_in_a_row(v, 0);
  str hit;
  (void)probes;
  json_decref(v);
  if (run >= FOLLOWING_MIN) found(s, out, own_probe(s), arena_printf(s->arena, "%zu ids follow one another.", run));
  else if (r && regex_find(regex_kept(time_based), r->body, 0, &hit))
    found(s, out, own_probe(s), arena_printf(s->arena, "%.*s is a UUID of version 1.", STR_ARG(hit)));
}

/* ---- id-traversal --------------------------------------------------------------------------------------------------------------- */

static str skip_traversal(const subject *s) {
  str reason = skip_object(s);
  if (reason.ptr) return reason;
  return s->state == STATE_TESTABLE ? (str){0} : STR("the good token gets no answer of its own here");
}

/* The same detour before the last segment, or before the one in front of it. */
static str with_detour(arena *a, str path, const char *detour, bool in_front) {
  size_t slash = path.len;
  for (int back = in_front ? 2 : 1; back; back--) {
    while (slash && path.ptr[slash - 1] != '/') slash--;
    if (back > 1 && slash > 1) slash--;
  }
  return arena_printf(a, "%.*s%s%.*s", STR_ARG(str_sub(path, 0, slash)), detour, STR_ARG(str_sub(path, slash, path.len)));
}

/* A server or proxy that tidies every path takes the detour in front of the collection too: then no id is read so. */
static void plan_traversal(plan *p) {
  static const char *const detours[] = {".%2F", "batten%2F..%2F"};
  const subject *s = p->subject;
  http_request r = own_request(p);
  str path = r.url.path, id;
  names_object(s, &id);
  r.url.path = path_beside(p->arena, path, other_id(p->arena, id));
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

#define OBJECT(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                                                         \
  .id = ID, .category = CATEGORY_OBJECT_AUTHORIZATION, .severity = SEVERITY_, .phase = 2, .any_state = true, .skip = SKIP, \
  .plan = PLAN, .judge = JUDGE

const check CHECKS_OBJECT[] = {
    {OBJECT("bola-cross-identity", SEVERITY_HIGH, skip_cross, plan_cross, judge_cross),
     .follow = follow_cross,
     .needs = "T, 2",
     .title = "One identity reads another's object",
     .description = "The id in the path decides what is read, not who asks.",
     .sent = "the object of the good token as each other identity, and an id of its list with the good token; controls: an id that nobody has, and the list that the other "
             "identity sees itself",
     .decides = "The other identity gets the same answer, an id that nobody has is refused, and its own list lacks the object "
                "(or the answer names its owner).",
     .wrong = "An object that is shared on purpose but listed nowhere is found; identities that administrate do not count.",
     .fix = "Look objects up through their owner.",
     .rails = "current_user.orders.find(params[:id])",
     .references = "API1 CWE-639 CWE-284"},
    {OBJECT("bola-unauthenticated", SEVERITY_HIGH, skip_bare, plan_bare, judge_bare),
     .implied_by = OPEN,
     .title = "An object is read by its id alone",
     .description = "Nobody is asked who they are: who knows or guesses the id has the object.",
     .sent = "the object without a token; control: an id that nobody has",
     .decides = "The object is answered, an id that nobody has is refused.",
     .wrong = "An object that is public on purpose: declare it so in the description.",
     .fix = "Require authentication, and look objects up through their owner.",
     .rails = "before_action :authenticate!",
     .references = "API1 CWE-306 CWE-639"},
    {OBJECT("id-traversal", SEVERITY_MEDIUM, skip_traversal, plan_traversal, NULL),
     .needs = "T",
     .title = "An id in the path is read as a path of its own",
     .description = "The id may climb out of where objects of this kind lie: to another tenant's, or to files.",
     .sent = "./ID and batten/../ID, their slashes encoded; controls: an id that nobody has, and the same detour before the "
             "collection",
     .decides = "Answered like the object itself, while the same detour elsewhere in the path, and an unknown id, are refused.",
     .wrong = "A storage that cleans paths beneath a root of its own is found, though nothing lies outside it.",
     .fix = "Take ids by their form alone: digits, or a UUID.",
     .rails = "get '/documents/:id', to: 'documents#show', constraints: { id: /\\d+/ }",
     .references = "API1 CWE-22 CWE-639"},
    {OBJECT("id-predictable", SEVERITY_LOW, NULL, NULL, judge_ids),
     .passive = true,
     .title = "Ids can be guessed",
     .description = "Ids that follow one another, or come from the clock, let whoever has one find the rest.",
     .sent = "nothing of its own",
     .decides = "Three or more ids of a list (members such as id, order_id, number) lie ten apart at most, or a UUID of version 1 stands in the answer.",
     .wrong = "Where every object is authorized, guessing gains nothing.",
     .fix = "Use random ids (UUID version 4) outside.",
     .rails = "create_table :orders, id: :uuid",
     .references = "API1 CWE-340"},
};
const size_t CHECKS_OBJECT_COUNT = sizeof CHECKS_OBJECT / sizeof *CHECKS_OBJECT;
