/* Authorization for objects, functions and properties: what another identity, or nobody, gets. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"

/* ---- identities --------------------------------------------------------------------------------------------------------- */

static const char ADMIN_WORDS[] = "(?i)\\badmin|administrator|superuser|root\\b|owner\\b|:\\*";

/* No role or scope in the claims speaks of administration. */
static bool is_lesser(const subject *s, str token_text) {
  token t;
  str hit;
  if (!token_text.ptr || !token_parse(s->arena, token_text, &t)) return false;
  return !regex_find(regex_kept(ADMIN_WORDS), t.payload_json, 0, &hit);
}

static bool is_administrative(const subject *s) {
  const description *d = about(s);
  static const char words[] = "(?i)(?:^|[/_ .-])(?:admin|administration|internal|manage|management|superuser|backoffice)(?:$|[/_ .s-])";
  str hit;
  if (regex_find(regex_kept(words), s->operation->url.path, 0, &hit)) return true;
  for (size_t i = 0; d && i < d->tags.len; i++)
    if (regex_find(regex_kept(words), d->tags.at[i], 0, &hit)) return true;
  for (size_t i = 0; d && i < d->scopes.len; i++)
    if (str_icontains(d->scopes.at[i], STR("admin"))) return true;
  return d && regex_find(regex_kept(words), d->operation_id, 0, &hit);
}

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

/* For each other identity: the object itself, an object that is none, and the list of its own objects. */
static void plan_cross(plan *p) {
  const subject *s = p->subject;
  str id;
  names_object(s, &id);
  for (size_t i = 0; i < 3 && other_identity(s, i); i++) {
    const identity *who = other_identity(s, i);
    plan_as_at(p, who, s->operation->url.path, arena_printf(p->arena, "the object as %.*s", STR_ARG(who->name)).ptr);
    plan_as_at(p, who, path_beside(p->arena, s->operation->url.path, other_id(p->arena, id)),
               arena_printf(p->arena, "an object that is none, as %.*s", STR_ARG(who->name)).ptr);
    plan_as_at(p, who, collection_path(s), arena_printf(p->arena, "the list that %.*s sees", STR_ARG(who->name)).ptr);
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

static void judge_cross(const subject *s, const probe_list *probes, outcome *out) {
  str id;
  names_object(s, &id);
  for (size_t i = 0; 3 * i + 2 < probes->len; i++) {
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

/* Small whole numbers that rise by little, or UUIDs made from the time (version 1). */
static void judge_ids(const subject *s, const probe_list *probes, outcome *out) {
  static const char time_based[] = "\"[\\w]*[iI]d\"\\s*:\\s*\"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-1[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})\"";
  const http_response *r = fine_answer(own_probe(s));
  json_t *v = r ? json_parse(r->body, NULL) : NULL, *row;
  size_t i, run = 1;
  json_int_t last = 0;
  str hit;
  (void)probes;
  json_array_foreach(v, i, row) {
    const json_t *id = json_object_get(row, "id");
    json_int_t n = json_integer_value(id);
    if (!json_is_integer(id)) break;
    if (i && n > last && n - last <= 10) run++;
    last = n;
  }
  json_decref(v);
  if (run >= 3) found(s, out, own_probe(s), arena_printf(s->arena, "%zu ids follow one another.", run));
  else if (r && regex_find(regex_kept(time_based), r->body, 0, &hit))
    found(s, out, own_probe(s), arena_printf(s->arena, "%.*s is a UUID of version 1.", STR_ARG(hit)));
}

/* ---- bfla-admin-path ---------------------------------------------------------------------------------------------------------------- */

static str skip_admin(const subject *s) {
  if (!is_read(s)) return STR("does not apply: the operation writes, and no probe changes data");
  if (!is_administrative(s)) return STR("does not apply: nothing marks the operation as administrative");
  if (s->state != STATE_TESTABLE && s->state != STATE_REFUSED) return STR("the answer does not depend on who asks");
  for (size_t i = 0; other_identity(s, i); i++)
    if (is_lesser(s, other_identity(s, i)->token)) return (str){0};
  return is_lesser(s, s->operation->token) ? (str){0} : STR("needs an identity without an administrative role (--as NAME=T)");
}

static void plan_admin(plan *p) {
  for (size_t i = 0; i < 3 && other_identity(p->subject, i); i++) {
    const identity *who = other_identity(p->subject, i);
    if (is_lesser(p->subject, who->token)) plan_as(p, ROLE_LOOK, who, "the administrative operation as %.*s", STR_ARG(who->name));
  }
}

static void judge_admin(const subject *s, const probe_list *probes, outcome *out) {
  if (is_lesser(s, s->operation->token) && s->state == STATE_TESTABLE)
    found(s, out, s->good, arena_printf(s->arena, "'%.*s' has no administrative role or scope.", STR_ARG(own_identity_name(s))));
  for (size_t i = 0; i < probes->len; i++) {
    if (!fine_answer(probes->at[i])) continue;
    if (s->state == STATE_TESTABLE && probe_verdict(s, probes->at[i]) < VERDICT_LIKELY) continue;
    found(s, out, probes->at[i], STR("The claims of the identity name no administrative role or scope."));
    list_push(s->arena, &out->confirm, probes->at[i]);
  }
  if (out->kind == OUTCOME_FOUND) outcome_prove(s, out, s->baseline_probes.at[BAD_NONE]);
}

/* ---- bfla-override ------------------------------------------------------------------------------------------------------------------ */

static str skip_override(const subject *s) {
  return is_read(s) ? (str){0} : STR("does not apply: the operation writes, and no probe changes data");
}

/* A proxy guards the path of the request line, the application serves the one in the header. */
static void plan_override(plan *p) {
  http_request r = request_at(p, "GET", STR("/"), false);
  http_header_set(p->arena, &r.headers, STR("X-Original-URL"), p->subject->operation->url.path);
  http_header_set(p->arena, &r.headers, STR("X-Rewrite-URL"), p->subject->operation->url.path);
  plan_request(p, ROLE_ATTACK, &r, "the root without a token, the operation's path in X-Original-URL and X-Rewrite-URL");
}

/* ---- answers --------------------------------------------------------------------------------------------------------------------------- */

static bool each_member(const json_t *v, int depth, const char *pattern, buf *names) {
  const char *name;
  json_t *below;
  size_t i;
  str hit;
  if (depth > 6) return false;
  json_array_foreach(v, i, below) each_member(below, depth + 1, pattern, names);
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    bool empty = json_is_null(below) || (json_is_string(below) && !json_string_length(below));
    if (!empty && regex_find(regex_kept(pattern), str_of(name), 0, &hit) && !str_contains(buf_str(names), str_of(name)))
      buf_printf(names, "%s%s", names->len ? ", " : "", name);
    each_member(below, depth + 1, pattern, names);
  }
  return names->len > 0;
}

static void judge_members(const subject *s, outcome *out, const char *pattern) {
  const http_response *r = fine_answer(own_probe(s));
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  buf names = {.arena = s->arena};
  if (each_member(v, 0, pattern, &names)) found(s, out, own_probe(s), arena_printf(s->arena, "Fields: %.*s.", STR_ARG(buf_str(&names))));
  json_decref(v);
}

static void judge_role(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  judge_members(s, out, "(?i)\\A(?:is_?admin|is_?superuser|is_?staff|admin|roles?|permissions|privileges|user_?role)\\z");
}

static void judge_sensitive(const subject *s, const probe_list *probes, outcome *out) {
  static const char hashes[] = "\\$2[abxy]\\$\\d\\d\\$[./A-Za-z0-9]{53}|\\$argon2(?:id|i|d)\\$v=|\\$pbkdf2|\\$6\\$[^$\"]{1,16}\\$|pbkdf2_sha256\\$\\d";
  const http_response *r = fine_answer(own_probe(s));
  str hit;
  (void)probes;
  judge_members(s, out, "(?i)\\A(?:password_?(?:digest|hash)?|encrypted_?password|hashed_?password|pwd_?hash|passwd|salt|otp_?secret|totp_?secret|"
                        "reset_?(?:password_?)?token|confirmation_?token|remember_?token|api_?key|session_?token|refresh_?token|"
                        "internal_?(?:notes?|flags?|id)|security_?answer|cvv|pin)\\z");
  if (r && regex_find(regex_kept(hashes), r->body, 0, &hit)) {
    out->severity = SEVERITY_HIGH;
    found(s, out, own_probe(s), STR("A password hash stands in the answer."));
  }
}

static str skip_undeclared(const subject *s) {
  if (!s->operation->about) return skip_without_spec(s);
  const http_response *r = fine_answer(own_probe(s));
  if (!r) return STR("no good answer is known");
  const declared_body *d = description_response(about(s), r->status);
  return d && d->fields.len ? (str){0} : STR("the description declares no fields for this answer");
}

static bool declared(const declared_body *d, str path) {
  for (size_t i = 0; i < d->fields.len; i++)
    if (str_eq(d->fields.at[i].path, path) || str_starts(d->fields.at[i].path, path)) return true;
  for (size_t i = 0; i < d->open.len; i++)
    if (!d->open.at[i].len || str_starts(path, d->open.at[i])) return true;
  return false;
}

static void walk_undeclared(const subject *s, const json_t *v, str path, const declared_body *d, int depth, buf *out) {
  const char *name;
  json_t *below;
  size_t i;
  if (depth > 6) return;
  json_array_foreach(v, i, below)
      walk_undeclared(s, below, arena_printf(s->arena, "%.*s[]", STR_ARG(path)), d, depth + 1, out);
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    str at = path.len ? arena_printf(s->arena, "%.*s.%s", STR_ARG(path), name) : str_of(name);
    if (declared(d, at))
      walk_undeclared(s, below, at, d, depth + 1, out);
    else if (!str_contains(buf_str(out), at))
      buf_printf(out, "%s%.*s", out->len ? ", " : "", STR_ARG(at));
  }
}

static void judge_undeclared(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = fine_answer(own_probe(s));
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  buf names = {.arena = s->arena};
  (void)probes;
  if (v) walk_undeclared(s, v, STR(""), description_response(about(s), r->status), 0, &names);
  if (names.len) found(s, out, own_probe(s), arena_printf(s->arena, "Fields: %.*s.", STR_ARG(buf_str(&names))));
  json_decref(v);
}

static const char *const OPEN[] = {"open-endpoint", NULL};

#define ACCESS(CATEGORY, ID, SEVERITY_, SKIP, PLAN, JUDGE)                                                             \
  .id = ID, .category = CATEGORY, .severity = SEVERITY_, .phase = 2, .any_state = true, .skip = SKIP, .plan = PLAN,    \
  .judge = JUDGE

const check CHECKS_ACCESS[] = {
    {ACCESS(CATEGORY_OBJECT_AUTHORIZATION, "bola-cross-identity", SEVERITY_HIGH, skip_cross, plan_cross, judge_cross),
     .needs = "T, 2",
     .title = "One identity reads another's object",
     .description = "The id in the path decides what is read, not who asks.",
     .sent = "the object of the good token as each other identity; controls: an id that nobody has, and the list that the other "
             "identity sees itself",
     .decides = "The other identity gets the same answer, an id that nobody has is refused, and its own list lacks the object "
                "(or the answer names its owner).",
     .wrong = "An object that is shared on purpose but listed nowhere is found; identities that administrate do not count.",
     .fix = "Look objects up through their owner.",
     .rails = "current_user.orders.find(params[:id])",
     .references = "API1 CWE-639 CWE-284"},
    {ACCESS(CATEGORY_OBJECT_AUTHORIZATION, "bola-unauthenticated", SEVERITY_HIGH, skip_bare, plan_bare, judge_bare),
     .implied_by = OPEN,
     .title = "An object is read by its id alone",
     .description = "Nobody is asked who they are: who knows or guesses the id has the object.",
     .sent = "the object without a token; control: an id that nobody has",
     .decides = "The object is answered, an id that nobody has is refused.",
     .wrong = "An object that is public on purpose: declare it so in the description.",
     .fix = "Require authentication, and look objects up through their owner.",
     .rails = "before_action :authenticate!",
     .references = "API1 CWE-306 CWE-639"},
    {ACCESS(CATEGORY_OBJECT_AUTHORIZATION, "id-predictable", SEVERITY_LOW, NULL, NULL, judge_ids),
     .passive = true,
     .title = "Ids can be guessed",
     .description = "Ids that follow one another, or come from the clock, let whoever has one find the rest.",
     .sent = "nothing of its own",
     .decides = "Three or more ids of a list rise by ten at most, or a UUID of version 1 stands in the answer.",
     .wrong = "Where every object is authorized, guessing gains nothing.",
     .fix = "Use random ids (UUID version 4) outside.",
     .rails = "create_table :orders, id: :uuid",
     .references = "API1 CWE-340"},
    {ACCESS(CATEGORY_FUNCTION_AUTHORIZATION, "bfla-admin-path", SEVERITY_HIGH, skip_admin, plan_admin, judge_admin),
     .needs = "T or 2",
     .title = "An administrative operation serves who is no administrator",
     .description = "An identity whose claims name no administrative role or scope gets the answer.",
     .sent = "operations marked as administrative, by path, tag, name or scope, as each identity without such a role",
     .decides = "The answer is the good one, and nobody without a token gets it.",
     .wrong = "A role that the server looks up by subject is not seen in the claims.",
     .fix = "Deny by default, and ask for the scope on every administrative route.",
     .rails = "class Admin::BaseController < ApplicationController\n  before_action { require_scope 'admin:read' }\nend",
     .references = "API5 CWE-285 CWE-863"},
    {.id = "bfla-override",
     .category = CATEGORY_FUNCTION_AUTHORIZATION,
     .severity = SEVERITY_HIGH,
     .phase = 2,
     .skip = skip_override,
     .plan = plan_override,
     .needs = "T",
     .title = "A header chooses the path past the guard",
     .description = "What guards the path of the request line never sees the one that is served.",
     .sent = "the root without a token, with the operation's path in X-Original-URL and X-Rewrite-URL",
     .wrong = "A guard behind the rewrite makes it harmless, and then nothing is found.",
     .fix = "Drop both headers at the proxy.",
     .nginx = "proxy_set_header X-Original-URL \"\";\nproxy_set_header X-Rewrite-URL \"\";",
     .references = "API5 CWE-288"},
    {ACCESS(CATEGORY_FUNCTION_AUTHORIZATION, "role-in-response", SEVERITY_INFO, NULL, NULL, judge_role),
     .passive = true,
     .title = "Answers tell roles and permissions",
     .description = "They show an attacker which fields to try in requests and tokens.",
     .sent = "nothing of its own",
     .decides = "A field named for a role or permission, with a value.",
     .wrong = "A page for the user's own account may need it.",
     .fix = "Leave out what the client does not need.",
     .references = "API3 CWE-200"},
    {ACCESS(CATEGORY_PROPERTY_AUTHORIZATION, "property-sensitive", SEVERITY_MEDIUM, NULL, NULL, judge_sensitive),
     .passive = true,
     .title = "An answer carries fields that should never leave",
     .description = "Password hashes, reset tokens or internal flags are serialized with the object.",
     .sent = "nothing of its own",
     .decides = "A field of such a name with a value; high when a password hash of a known form stands there.",
     .wrong = "A field of that name may hold something harmless.",
     .fix = "Name the fields that an answer may have.",
     .rails = "render json: user.as_json(only: %i[id name])",
     .references = "API3 CWE-213 CWE-200"},
    {ACCESS(CATEGORY_PROPERTY_AUTHORIZATION, "property-undeclared", SEVERITY_LOW, skip_undeclared, NULL, judge_undeclared),
     .passive = true,
     .needs = "S",
     .title = "An answer has fields that its description lacks",
     .description = "What is not declared was not meant to be there: the object is serialized whole.",
     .sent = "nothing of its own",
     .decides = "A field of a good answer at a path that the description neither declares nor leaves open.",
     .wrong = "A description that lags behind is found too.",
     .fix = "Name the fields that an answer may have, and test answers against the description.",
     .rails = "render json: user.as_json(only: %i[id name])",
     .references = "API3 CWE-213"},
};
const size_t CHECKS_ACCESS_COUNT = sizeof CHECKS_ACCESS / sizeof *CHECKS_ACCESS;
