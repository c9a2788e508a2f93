/* bola-cross-identity: what belongs to one identity, asked for as another. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/gate.h"
#include "scan/match.h"

enum { IDENTITIES_MAX = 3, WITNESSES_MAX = 4, DEPTH_MAX = 6 };

static str skip_cross(const subject *s) {
  if (!object_places_of(s).count)
    return STR("does not apply: the request names no object");
  if (str_eq(s->operation->method, STR("DELETE")))
    return STR("not tried: what the good token deleted is nobody's any more");
  if (!other_identity(s, 0))
    return STR("needs a second identity (--as NAME=T)");
  return s->state == STATE_TESTABLE ? (str){0}
                                    : STR("the good token gets no answer of its own here");
}

static size_t others(const subject *s) {
  size_t n = 0;
  while (n < IDENTITIES_MAX && other_identity(s, n))
    n++;
  return n;
}

/* ---- witnesses: answers that tell whose an id is --------------------------------------------- */

typedef enum {
  WITNESS_COLLECTION, /* lists objects of that kind */
  WITNESS_SELF,       /* speaks of who asks */
  WITNESS_OTHER       /* lists something: counts for ids that cannot be equal by chance */
} witness_kind;

typedef struct {
  str path;
  witness_kind kind;
} witness;

typedef struct {
  witness at[WITNESSES_MAX];
  size_t count;
} witnesses;

static void add_witness(witnesses *out, str path, witness_kind kind) {
  if (!path.len || out->count == WITNESSES_MAX)
    return;
  for (size_t i = 0; i < out->count; i++)
    if (str_eq(out->at[i].path, path))
      return;
  out->at[out->count++] = (witness){path, kind};
}

static bool speaks_of_self(str path) {
  static const char words[] = "(?i)/"
                              "(?:me|self|myself|profile|whoami|who_am_i|user-?info|account|viewer|"
                              "current(?:[-_]?user)?|user|session)/?\\z";
  str hit;
  return regex_find(regex_kept(words), path, 0, &hit);
}

/* Names no object, neither by its description nor this one, and may be asked. */
static bool is_plain_read(const subject *s, const operation *o, str id) {
  str path = o->about ? o->about->path : o->url.path;
  if (gate_operation(s->arena, s->options, o).ptr)
    return false;
  return str_eq(o->method, STR("GET")) && !o->url.query.len && !str_contains(path, STR("{")) &&
         !str_contains(o->url.path, id);
}

static bool is_distinctive(str id) {
  size_t letters = 0;
  for (size_t i = 0; i < id.len; i++)
    letters += !(id.ptr[i] >= '0' && id.ptr[i] <= '9');
  return id.len >= 8 && letters;
}

static witnesses witnesses_of(const subject *s, const object_places *places) {
  witnesses out = {.count = 0};
  const operation_list *all = &s->options->operations;
  for (size_t i = 0; i < places->count && i < 2; i++)
    add_witness(&out, object_collection(s->arena, &places->at[i]), WITNESS_COLLECTION);
  for (int self = 1; self >= 0; self--)
    for (size_t i = 0; i < all->len && (self || is_distinctive(places->at[0].id)); i++)
      if (is_plain_read(s, &all->at[i], places->at[0].id) &&
          speaks_of_self(all->at[i].url.path) == (bool)self)
        add_witness(&out, all->at[i].url.path, self ? WITNESS_SELF : WITNESS_OTHER);
  return out;
}

/* ---- what is sent ---------------------------------------------------------------------------- */

/* For each other identity: the object, an object that is none, and the witnesses; then the same two
 * of the good token. */
enum { OF_OBJECT = 0, OF_NONE = 1, OF_WITNESSES = 2 };

typedef struct {
  const subject *s;
  const probe_list *probes;
  object_places places;
  witnesses seen;
  size_t others, stride,
      own; /* probes of one other identity; where those of the good token begin */
} cross;

static cross cross_of(const subject *s, const probe_list *probes) {
  cross c = {.s = s, .probes = probes, .places = object_places_of(s), .others = others(s)};
  c.seen = witnesses_of(s, &c.places);
  c.stride = OF_WITNESSES + c.seen.count;
  c.own = c.others * c.stride;
  return c;
}

static void plan_object(plan *p, const cross *c, const identity *who, bool none) {
  http_request r = request_as(p->arena, c->s->operation, who);
  const object_place *place = &c->places.at[0];
  if (none)
    object_put(p->arena, place, object_nobodys(p->arena, place->id), &r.url);
  plan_own(p, &r,
           arena_printf(p->arena, none ? "an object that is none, as %.*s" : "the object as %.*s",
                        STR_ARG(who->name))
               .ptr);
}

static void plan_witnesses(plan *p, const cross *c, const identity *who) {
  operation o = *c->s->operation;
  o.method = STR("GET");
  o.body = (str){0};
  o.url.query = (str){0};
  for (size_t i = 0; i < c->seen.count; i++) {
    o.url.path = c->seen.at[i].path;
    http_request r = request_as(p->arena, &o, who);
    plan_own(
        p, &r,
        arena_printf(p->arena, "what %.*s sees at %.*s", STR_ARG(who->name), STR_ARG(o.url.path))
            .ptr);
  }
}

static void plan_cross(plan *p) {
  const subject *s = p->subject;
  identity own = {own_identity_name(s), s->operation->token};
  cross c = cross_of(s, NULL);
  for (size_t i = 0; i < c.others; i++) {
    plan_object(p, &c, other_identity(s, i), false);
    plan_object(p, &c, other_identity(s, i), true);
    plan_witnesses(p, &c, other_identity(s, i));
  }
  if (is_read(s))
    plan_object(p, &c, &own, true);
  plan_witnesses(p, &c, &own);
}

static const http_response *mine_at(const cross *c, size_t w) {
  return fine_answer(c->probes->at[c->own + is_read(c->s) + w]);
}

static const http_response *theirs_at(const cross *c, size_t i, size_t w) {
  return fine_answer(c->probes->at[i * c->stride + OF_WITNESSES + w]);
}

/* ---- ids in answers -------------------------------------------------------------------------- */

/* The list itself, or the first one below it that holds objects. */
static const json_t *rows_of(const json_t *v, int depth) {
  const char *name;
  json_t *below;
  const json_t *out = json_is_array(v) && json_is_object(json_array_get(v, 0)) ? v : NULL;
  if (depth >= DEPTH_MAX)
    return out;
  json_object_foreach((json_t *)(uintptr_t)v, name, below) if (!out) out =
      rows_of(below, depth + 1);
  return out;
}

/* The member that holds this id in some row; NULL when none does. */
static const char *member_with(arena *a, const json_t *rows, str id) {
  size_t i;
  json_t *row, *v;
  const char *name;
  json_array_foreach(rows, i, row)
      json_object_foreach(row, name, v) if (str_eq(json_plain(a, v), id)) return name;
  return NULL;
}

/* Some value is this id, and not only a part of one. */
static bool has_value(arena *a, const json_t *v, str id, int depth) {
  const char *name;
  json_t *below;
  size_t i;
  bool has = str_eq(json_plain(a, v), id);
  if (depth >= DEPTH_MAX)
    return has;
  json_array_foreach(v, i, below) has = has || has_value(a, below, id, depth + 1);
  json_object_foreach((json_t *)(uintptr_t)v, name, below) has =
      has || has_value(a, below, id, depth + 1);
  return has;
}

static bool shows(arena *a, const http_response *r, str id) {
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  bool has = v ? has_value(a, v, id, 0) : r && str_contains(r->body, id);
  json_decref(v);
  return has;
}

/* "https://api.example/users/1/" is an address of "/users/1". */
static bool is_address_of(str text, str path) {
  str bare = str_ends(text, STR("/")) ? str_sub(text, 0, text.len - 1) : text;
  return path.len &&
         (bare.ptr && bare.len && (bare.ptr[0] == '/' || str_contains(bare, STR("://")))) &&
         str_ends(bare, path);
}

/* Some value is an address of the object. */
static bool has_address(arena *a, const json_t *v, str path, int depth) {
  const char *name;
  json_t *below;
  size_t i;
  bool has = json_is_string(v) && is_address_of(json_plain(a, v), path);
  if (depth >= DEPTH_MAX)
    return has;
  json_array_foreach(v, i, below) has = has || has_address(a, below, path, depth + 1);
  json_object_foreach((json_t *)(uintptr_t)v, name, below) has =
      has || has_address(a, below, path, depth + 1);
  return has;
}

/* The answer speaks of this object: by its id, or by its address. */
static bool shows_object(arena *a, const http_response *r, const object_place *place) {
  str path = place->name.ptr ? (str){0}
                             : arena_printf(a, "%.*s%.*s", STR_ARG(place->before),
                                            STR_ARG(percent_encode(a, place->id)));
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  bool has = has_address(a, v, path, 0) || shows(a, r, place->id);
  json_decref(v);
  return has;
}

/* ---- whose it is ----------------------------------------------------------------------------- */

/* A member that tells a row from all others. */
static bool names_row(str name) {
  static const char keys[] = "(?i)\\A_*(?:id|oid|pk|uuid|guid|ulid|slug|url|uri|href|self|key|code|"
                             "ref|reference|number|username|user_?name|handle|login|email)\\z";
  str hit;
  return regex_find(regex_kept(keys), name, 0, &hit);
}

/* The row's own key in text: the first member that tells it from others, or, in a member that holds
 * more ({"_links": {"self": {"href": ...}}}, {"_id": {"$oid": ...}}), what tells it there. */
static str key_of(arena *a, const json_t *row, int depth) {
  const char *name;
  json_t *below;
  str out = {0};
  json_object_foreach((json_t *)(uintptr_t)row, name,
                      below) if (!out.len && names_row(str_of(name))) out = json_plain(a, below);
  json_object_foreach((json_t *)(uintptr_t)row, name, below) {
    bool holds = json_is_object(below) && (names_row(str_of(name)) || strcmp(name, "_links") == 0 ||
                                           strcmp(name, "links") == 0);
    if (!out.len && holds && depth < DEPTH_MAX)
      out = key_of(a, below, depth + 1);
    if (!out.len && strcmp(name, "$oid") == 0)
      out = json_plain(a, below);
  }
  return out;
}

/* Two lists, each with rows, that have no row in common: each shows what is the asker's own. Rows
 * without a key of their own tell nothing. */
static bool lists_differ(arena *a, const http_response *mine, const http_response *theirs) {
  json_t *own = mine ? json_parse(mine->body, NULL) : NULL,
         *other = theirs ? json_parse(theirs->body, NULL) : NULL, *row;
  const json_t *rows = rows_of(own, 0);
  bool differ = json_array_size(rows) && other;
  size_t i;
  json_array_foreach(rows, i, row) {
    str own_key = key_of(a, row, 0);
    differ = differ && own_key.len && !has_value(a, other, own_key, 0);
  }
  json_decref(own);
  json_decref(other);
  return differ;
}

/* "user_id", "ownerId", "customer": a short number is somebody's only under such a name, elsewhere
 * it may count anything. */
static bool names_owner(str name) {
  static const char owners[] =
      "(?i)\\A(?:[a-z]*[_-]?(?:user|owner|customer|patient|member|employee|student|subscriber|"
      "holder)(?:[_-]?(?:id|uid))?|uid|sub)\\z";
  str hit;
  return regex_find(regex_kept(owners), name, 0, &hit);
}

/* "/users/1", "?user_id=1" */
static bool is_of_owner(const object_place *place) {
  if (place->name.ptr)
    return names_owner(place->name);
  str last = path_name(str_sub(place->before, 0, place->before.len ? place->before.len - 1 : 0));
  return names_owner(str_ends(last, STR("s")) ? str_sub(last, 0, last.len - 1) : last);
}

/* A claim of the good token is this very id, and none of the other identity's is. */
static bool claims_name(const subject *s, const identity *who, const object_place *place) {
  token other;
  str text, id = place->id;
  bool mine = false, theirs = false;
  if ((id.len < 2 && !is_of_owner(place)) || !token_parse(s->arena, who->token, &other))
    return false;
  const members *claims[] = {&s->token.claims, &other.claims};
  bool *has[] = {&mine, &theirs};
  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; i < claims[k]->len; i++) {
      str value = claims[k]->at[i].value;
      *has[k] |= str_eq(value, id) || (json_unquote(s->arena, value, &text) && str_eq(text, id));
    }
  return mine && !theirs;
}

/* Met by no chance: a name, or a number of four digits or more. */
static bool is_distinct(str owner) {
  size_t digits = 0;
  for (size_t i = 0; i < owner.len; i++)
    digits += owner.ptr[i] >= '0' && owner.ptr[i] <= '9';
  return owner.len >= (digits == owner.len ? 4 : 2);
}

/* Some member holds this value and says who owns the object, not who made it: what has an author
 * may be for all. `within` an object that is the owner, {"user": {"id": 1}}, the id speaks for it.
 */
static bool owned_by(arena *a, const json_t *v, str owner, bool within, int depth) {
  static const char makers[] =
      "(?i)\\A(?:.*author.*|.*creator.*|publisher|editor|sender|from|by|.*_by|[a-z]+By|name)\\z";
  const char *name;
  json_t *below;
  size_t i;
  str hit;
  bool owned = false;
  if (depth >= DEPTH_MAX)
    return false;
  json_array_foreach(v, i, below) owned = owned || owned_by(a, below, owner, within, depth + 1);
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    if (owned || regex_find(regex_kept(makers), str_of(name), 0, &hit))
      continue;
    bool named = names_owner(str_of(name)),
         speaks = is_distinct(owner) || named || (within && strcmp(name, "id") == 0);
    owned = (speaks && str_eq(json_plain(a, below), owner)) ||
            owned_by(a, below, owner, named, depth + 1);
  }
  return owned;
}

/* A text or a number, as a text; else empty. */
static str claim_text(const subject *s, const members *claims, str name) {
  const member *m = members_get(claims, name);
  str text = {0};
  if (!m || json_unquote(s->arena, m->value, &text))
    return text;
  for (size_t i = 0; i < m->value.len; i++)
    if (m->value.ptr[i] < '0' || m->value.ptr[i] > '9')
      return (str){0};
  return m->value;
}

/* The answer says whose it is: what the good token says of its owner, and not what the other one
 * says. */
static bool says_owner(const subject *s, const identity *who, const http_response *r) {
  static const char *const names[] = {
      "sub", "user_id", "userId", "uid", "username", "preferred_username", "login", "email", NULL};
  token other;
  json_t *v = json_parse(r->body, NULL);
  bool says = false;
  for (size_t i = 0; token_parse(s->arena, who->token, &other) && names[i]; i++) {
    str mine = claim_text(s, &s->token.claims, str_of(names[i])),
        theirs = claim_text(s, &other.claims, str_of(names[i]));
    says |=
        mine.len && theirs.len && !str_eq(mine, theirs) && owned_by(s->arena, v, mine, false, 0);
  }
  json_decref(v);
  return says;
}

/* What a witness says of an object: both see it (shared), or the good token alone does (owned). */
static void hear(const cross *c, size_t i, const object_place *place, bool *shared, bool *owned) {
  arena *a = c->s->arena;
  for (size_t w = 0; w < c->seen.count; w++) {
    const http_response *mine = mine_at(c, w), *theirs = theirs_at(c, i, w);
    bool mine_has = shows_object(a, mine, place), theirs_has = shows_object(a, theirs, place);
    *shared |= theirs_has;
    if (!theirs || theirs_has)
      continue;
    *owned |=
        mine_has || (c->seen.at[w].kind == WITNESS_COLLECTION && lists_differ(a, mine, theirs));
  }
}

typedef enum { OWNER_UNTOLD, OWNER_SHARED, OWNER_GOOD_TOKEN } owner;

/* The good token's: the object itself is not shared, and some id of the request is told to be the
 * good token's alone. */
static owner owner_of(const cross *c, size_t i, const http_response *r) {
  const identity *who = other_identity(c->s, i);
  bool shared = false, owned = says_owner(c->s, who, r);
  for (size_t k = 0; k < c->places.count; k++) {
    bool also_theirs = false, ours = false;
    hear(c, i, &c->places.at[k], &also_theirs, &ours);
    shared |= k == 0 && also_theirs;
    owned |= !also_theirs && (ours || claims_name(c->s, who, &c->places.at[k]));
    if (k > 0 && owned)
      shared = false; /* a list that lies below what is not theirs tells nothing */
  }
  return shared ? OWNER_SHARED : owned ? OWNER_GOOD_TOKEN : OWNER_UNTOLD;
}

/* An id that nobody has gets data: then data under an id proves nothing. */
static bool answers_any_id(const probe *none) {
  const http_response *r = fine_answer(none);
  return r && !answer_is_empty(r);
}

static void judge_forth(const cross *c, outcome *out) {
  const subject *s = c->s;
  bool untold = false, any_id = false;
  for (size_t i = 0; i < c->others; i++) {
    const identity *who = other_identity(s, i);
    size_t from = i * c->stride;
    probe *object = c->probes->at[from + OF_OBJECT];
    const http_response *r = fine_answer(object);
    if (!r || answer_is_empty(r) || !is_lesser(s, who->token))
      continue;
    if (answers_any_id(c->probes->at[from + OF_NONE])) {
      any_id = true;
      continue;
    }
    if (probe_verdict(s, object) < VERDICT_LIKELY)
      continue;
    owner whose = owner_of(c, i, r);
    untold |= whose == OWNER_UNTOLD;
    if (whose != OWNER_GOOD_TOKEN)
      continue;
    out->confidence = CONFIDENCE_CONFIRMED;
    found(s, out, object,
          arena_printf(s->arena, "'%.*s' %s what belongs to '%.*s'.", STR_ARG(who->name),
                       is_read(s) ? "reads" : "changes", STR_ARG(own_identity_name(s))));
    for (size_t k = OF_NONE; k < c->stride; k++)
      outcome_prove(s, out, c->probes->at[from + k]);
    list_push(s->arena, &out->confirm, object);
  }
  if (any_id && out->kind != OUTCOME_FOUND)
    outcome_not_tested(s, out,
                       "another identity gets an answer, and an id that nobody has gets one too");
  if (untold && out->kind != OUTCOME_FOUND)
    outcome_not_tested(
        s, out,
        "another identity gets it too, and neither answers, lists nor claims say whose it is");
}

/* ---- and the way back: their ids, asked for with the good token ---- */

/* An id of their list that ours lacks, in the member that holds our own object's id in ours. */
static str foreign_id(const cross *c, const http_response *mine, const http_response *theirs) {
  arena *a = c->s->arena;
  str out = {0};
  size_t i;
  json_t *row, *own = mine ? json_parse(mine->body, NULL) : NULL,
               *other = theirs ? json_parse(theirs->body, NULL) : NULL;
  const char *name = member_with(a, rows_of(own, 0), c->places.at[0].id);
  json_array_foreach(rows_of(other, 0), i, row) {
    str id = name ? json_plain(a, json_object_get(row, name)) : (str){0};
    if (id.len && !out.len && !has_value(a, own, id, 0))
      out = id;
  }
  json_decref(own);
  json_decref(other);
  return out;
}

static str foreign_of(const cross *c, size_t i) {
  if (!is_read(c->s) || !c->seen.count || c->seen.at[0].kind != WITNESS_COLLECTION)
    return (str){0};
  return foreign_id(c, mine_at(c, 0), theirs_at(c, i, 0));
}

static void follow_cross(plan *p) {
  cross c = cross_of(p->subject, &p->probes);
  for (size_t i = 0; i < c.others; i++) {
    str id = foreign_of(&c, i);
    if (!id.len)
      continue;
    http_request r = own_request(p);
    object_put(p->arena, &c.places.at[0], id, &r.url);
    str note = arena_printf(p->arena, "an object of %.*s with the good token",
                            STR_ARG(other_identity(c.s, i)->name));
    plan_own(p, &r, note.ptr)->by_shape = true;
  }
}

static void judge_back(const cross *c, outcome *out) {
  const subject *s = c->s;
  size_t next = c->own + is_read(s) + c->seen.count;
  for (size_t i = 0; i < c->others; i++) {
    str id = foreign_of(c, i);
    if (!id.len || next >= c->probes->len)
      continue;
    probe *p = c->probes->at[next++];
    const http_response *r = fine_answer(p);
    if (!r || !is_lesser(s, s->operation->token) || answers_any_id(c->probes->at[c->own]))
      continue;
    if (!str_contains(r->body, id) || probe_verdict(s, p) < VERDICT_LIKELY)
      continue;
    found(s, out, p,
          arena_printf(s->arena, "'%.*s' reads what belongs to '%.*s'.",
                       STR_ARG(own_identity_name(s)), STR_ARG(other_identity(s, i)->name)));
    outcome_prove(s, out, c->probes->at[c->own + is_read(s)]);
    list_push(s->arena, &out->confirm, p);
  }
}

static void judge_cross(const subject *s, const probe_list *probes, outcome *out) {
  cross c = cross_of(s, probes);
  judge_back(&c, out);
  judge_forth(&c, out);
}

const check CHECKS_CROSS[] = {
    {.id = "bola-cross-identity",
     .category = CATEGORY_OBJECT_AUTHORIZATION,
     .severity = SEVERITY_HIGH,
     .phase = 2,
     .any_state = true,
     .skip = skip_cross,
     .plan = plan_cross,
     .follow = follow_cross,
     .judge = judge_cross,
     .needs = "T, 2",
     .title = "One identity reads or changes another's object",
     .description = "The id in the request decides what is read or written, not who asks.",
     .sent = "the request of the good token as each other identity (a write with the very same "
             "body, so that nothing changes), and an id of its list with the good token; controls: "
             "an id that nobody has, and what each identity sees itself in the collections of the "
             "path's ids and where the API speaks of who asks",
     .decides =
         "The other identity gets the same answer, an id that nobody has is refused, and an id of "
         "the request is the good token's alone: its list, its account or its claims have it, the "
         "other's do not (or the answer names its owner). Where nothing tells, it is not tested.",
     .wrong = "An object that is shared on purpose but listed for one alone is found; identities "
              "that administrate do not count.",
     .fix = "Look objects up through their owner.",
     .rails = "current_user.orders.find(params[:id])",
     .references = "API1 CWE-639 CWE-284"},
};
const size_t CHECKS_CROSS_COUNT = sizeof CHECKS_CROSS / sizeof *CHECKS_CROSS;
