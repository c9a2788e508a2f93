/* property_authorization: fields that should not be read, or written, by everybody. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"
#include "scan/secrets.h"

/* ---- answers --------------------------------------------------------------------------------- */

/* bcrypt, argon2, PBKDF2, crypt(3), scrypt, and those of Django, Werkzeug, WordPress and LDAP */
static const char HASHES[] =
    "\\$2[abxy]\\$\\d\\d\\$[./"
    "A-Za-z0-9]{53}|\\$argon2(?:id|i|d)\\$v=|\\$pbkdf2|\\$[156y]\\$[^$\"\\s]{1,24}\\$[./"
    "A-Za-z0-9]{20}|pbkdf2_sha(?:1|256|512)\\$\\d|pbkdf2:sha(?:1|256|512)(?::\\d+)?\\$|\\$?scrypt[:"
    "$](?:ln=)?\\d+|\\$[PH]\\$[./A-Za-z0-9]{31}|\\{S?SHA(?:256|512)?\\}[A-Za-z0-9+/=]{20}";

static void judge_sensitive(const subject *s, const probe_list *probes, outcome *out) {
  const http_response *r = fine_answer(own_probe(s));
  str hit;
  (void)probes;
  judge_members(s, out, SENSITIVE_MEMBERS);
  if (r && regex_find(regex_kept(HASHES), r->body, 0, &hit)) {
    out->severity = SEVERITY_HIGH;
    found(s, out, own_probe(s), STR("A password hash stands in the answer."));
  }
}

/* ---- mass-assignment ------------------------------------------------------------------------- */

enum { ASSIGNED_MAX = 5 };

static const char PRIVILEGED[] =
    "(?i)\\A(?:is_?)?(?:admin|superuser|staff|verified|approved|owner|owner_?id|user_?id|tenant_?"
    "id|role|roles|permissions|scopes|plan|balance|credits?|price|discount|status)\\z";

/* "role" of "data.role". */
static str bare_name(str path) {
  size_t dot = str_find(path, STR("."), 0);
  return dot == SIZE_MAX ? path : str_sub(path, dot + 1, path.len);
}

static const char *field_name(const subject *s, const schema_field *f) {
  return arena_text(s->arena, bare_name(f->path));
}

/* It stands at the top, or, in an answer, in the object that it is wrapped in. */
static bool stands_high(str path, bool of_answer) {
  str name = bare_name(path);
  return name.len && !str_contains(path, STR("[")) && !str_contains(name, STR(".")) &&
         (of_answer || name.len == path.len);
}

static bool is_privileged(str name) {
  str hit;
  return regex_find(regex_kept(PRIVILEGED), name, 0, &hit);
}

static bool declares(const declared_body_list *bodies, str path) {
  for (size_t i = 0; bodies->len && i < bodies->at[0].fields.len; i++)
    if (str_eq(bodies->at[0].fields.at[i].path, path))
      return true;
  return false;
}

/* Declared read-only, or named for a privilege and declared for answers alone. The key itself is
 * left alone. */
static bool is_guarded(const schema_field *f, bool of_answer, const description *d) {
  str name = bare_name(f->path);
  if (!stands_high(f->path, of_answer) || str_ieq(name, STR("id")))
    return false;
  return of_answer ? !declares(&d->bodies, name) && (f->read_only || is_privileged(name))
                   : f->read_only;
}

static bool among(const schema_field *const *list, size_t n, const schema_field *f) {
  for (size_t i = 0; i < n; i++)
    if (str_eq(bare_name(list[i]->path), bare_name(f->path)))
      return true;
  return false;
}

/* Fields that clients must not set: those named for a privilege first. */
static size_t guarded_fields(const description *d, const schema_field **out) {
  const declared_body_list *lists[] = {&d->bodies, &d->responses};
  size_t n = 0;
  for (int privileged = 1; privileged >= 0; privileged--)
    for (int k = 0; k < 2; k++)
      for (size_t i = 0; lists[k]->len && i < lists[k]->at[0].fields.len && n < ASSIGNED_MAX; i++) {
        const schema_field *f = &lists[k]->at[0].fields.at[i];
        if (is_guarded(f, k == 1, d) && is_privileged(bare_name(f->path)) == (bool)privileged &&
            !among(out, n, f))
          out[n++] = f;
      }
  return n;
}

static bool is_writing(str method) {
  return str_eq(method, STR("POST")) || str_eq(method, STR("PUT")) || str_eq(method, STR("PATCH"));
}

/* The description of the operation that writes here: its own, or beside a reading one. */
static const description *writer(const subject *s) {
  const description *d = about(s);
  if (!d || is_writing(s->operation->method))
    return d;
  for (size_t i = 0; i < s->options->operations.len; i++) {
    const operation *o = &s->options->operations.at[i];
    if (o->about && is_writing(o->method) && str_eq(o->about->path, d->path))
      return o->about;
  }
  return NULL;
}

static bool assigns(const subject *s) {
  const str body = s->operation->body;
  return is_writing(s->operation->method) && s->options->allow_writes &&
         s->state == STATE_TESTABLE && body.len && body.ptr[0] == '{';
}

static str skip_assignment(const subject *s) {
  const schema_field *fields[ASSIGNED_MAX];
  if (!about(s))
    return skip_without_spec(s);
  const description *d = writer(s);
  if (!d || !guarded_fields(d, fields))
    return STR("does not apply: the description has no field here that clients must not set");
  return (str){0};
}

#define NOBODYS "batten_unknown"

/* The member of that name of the answer, or of an object that it is wrapped in; NULL when there is
 * none. */
static const json_t *member_of(const json_t *v, const char *name) {
  const json_t *out = json_object_get(v, name);
  const char *wrapper;
  json_t *below;
  json_object_foreach((json_t *)(uintptr_t)v, wrapper, below) if (!out) out =
      json_object_get(below, name);
  return out;
}

static json_t *text_nobody_has(const subject *s, str format) {
  static const char *const forms[][2] = {{"date-time", "2001-02-03T04:05:06Z"},
                                         {"date", "2001-02-03"},
                                         {"uuid", "0b8a77e0-5c1d-4e0f-9a51-3f6f2d5a7c11"},
                                         {"email", "batten@batten.invalid"}};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (str_eq(format, str_of(forms[i][0])))
      return json_text(str_of(forms[i][1]));
  return json_text(unlikely_name(s->arena, s));
}

/* A value that the field has not: another choice of its enum, the other boolean, a number or text
 * that nobody has. */
static json_t *assigned_value(const subject *s, const schema_field *f) {
  const http_response *r = own_answer(s);
  json_t *own = r ? json_parse(r->body, NULL) : NULL, *out = NULL;
  const json_t *had = member_of(own, field_name(s, f));
  for (size_t i = f->choices.len; i && !out; i--)
    if (!json_is_string(had) || !str_eq(f->choices.at[i - 1], str_of(json_string_value(had))))
      out = json_text(f->choices.at[i - 1]);
  if (!out)
    out = str_eq(f->type, STR("boolean")) ? json_boolean(!json_is_true(had))
          : str_eq(f->type, STR("integer")) || str_eq(f->type, STR("number"))
              ? json_integer(4711)
              : text_nobody_has(s, f->format);
  json_decref(own);
  return out;
}

/* All at once: each request may change data. A field that nobody knows is the control: who repeats
 * it repeats all. */
static void plan_assignment(plan *p) {
  const subject *s = p->subject;
  const schema_field *fields[ASSIGNED_MAX];
  json_t *body = assigns(s) ? json_parse(s->operation->body, NULL) : NULL;
  if (!json_is_object(body)) {
    json_decref(body);
    return;
  }
  size_t n = guarded_fields(about(s), fields);
  for (size_t i = 0; i < n; i++)
    json_put(body, field_name(s, fields[i]), assigned_value(s, fields[i]));
  json_put_str(body, NOBODYS, unlikely_name(p->arena, s));
  http_request r = own_request(p);
  r.body = json_write(p->arena, body, false);
  plan_own(p, &r, "the body with fields that clients must not set");
  json_decref(body);
}

/* Where what was written lies: where the answer says, below the collection that it was added to, or
 * here. */
static str written_at(const subject *s, const http_response *r) {
  str path = s->operation->url.path, location = http_header_get(&r->headers, STR("location")), id;
  url to;
  error ignored;
  if (location.len && url_resolve(s->arena, &s->operation->url, location, &to, &ignored) &&
      url_same_origin(&to, &s->operation->url))
    return to.path;
  if (!str_eq(s->operation->method, STR("POST")))
    return path;
  json_t *v = json_parse(r->body, NULL);
  id = json_plain(s->arena, member_of(v, "id"));
  json_decref(v);
  return id.len ? arena_printf(s->arena, "%.*s/%.*s", STR_ARG(path),
                               STR_ARG(percent_encode(s->arena, id)))
                : path;
}

static void follow_assignment(plan *p) {
  const http_response *r = p->probes.len == 1 ? fine_answer(p->probes.at[0]) : NULL;
  if (r)
    plan_at(p, written_at(p->subject, r), true, "what lies there afterwards");
}

/* Names the guarded fields that have the value sent and had not before. */
static void name_taken(const subject *s, const http_response *r, buf *names, severity *most) {
  const schema_field *fields[ASSIGNED_MAX];
  const http_response *own = own_answer(s);
  json_t *after = json_parse(r->body, NULL), *before = own ? json_parse(own->body, NULL) : NULL;
  size_t n = guarded_fields(about(s), fields);
  for (size_t i = 0; i < n; i++) {
    const char *name = field_name(s, fields[i]);
    json_t *sent = assigned_value(s, fields[i]);
    bool taken =
        json_equal(member_of(after, name), sent) && !json_equal(member_of(before, name), sent);
    json_decref(sent);
    if (!taken)
      continue;
    buf_printf(names, "%s%s", names->len ? ", " : "", name);
    if (is_privileged(str_of(name)))
      *most = SEVERITY_HIGH;
  }
  json_decref(after);
  json_decref(before);
}

static bool repeats_all(const http_response *r) {
  json_t *v = json_parse(r->body, NULL);
  bool repeats = member_of(v, NOBODYS) != NULL;
  json_decref(v);
  return repeats;
}

/* An answer that repeats the unknown field may repeat all that it was sent; what is read again
 * later was kept. */
static void judge_assigned(const subject *s, const probe_list *probes, outcome *out) {
  out->severity = SEVERITY_MEDIUM;
  for (size_t i = probes->len < 2 ? probes->len : 2; i; i--) {
    const http_response *r = fine_answer(probes->at[i - 1]);
    buf names = {.arena = s->arena};
    if (!r || (i == 1 && repeats_all(r)))
      continue;
    name_taken(s, r, &names, &out->severity);
    if (!names.len)
      continue;
    found(s, out, probes->at[0],
          arena_printf(s->arena, "Taken over: %.*s.", STR_ARG(buf_str(&names))));
    outcome_prove(s, out, probes->at[i - 1]);
    return;
  }
}

/* Without writing only the surface can be told: a body may hold what it must not set. */
static void judge_assignment(const subject *s, const probe_list *probes, outcome *out) {
  const schema_field *fields[ASSIGNED_MAX];
  buf names = {.arena = s->arena};
  if (probes->len) {
    judge_assigned(s, probes, out);
    return;
  }
  if (s->options->allow_writes)
    return; /* it is tried where the field is written */
  size_t n = guarded_fields(writer(s), fields);
  for (size_t i = 0; i < n; i++)
    buf_printf(&names, "%s%.*s", names.len ? ", " : "", STR_ARG(fields[i]->path));
  out->severity = SEVERITY_INFO;
  found(
      s, out, own_probe(s),
      arena_printf(s->arena,
                   "Only listed, not tried (--allow-writes), so that nothing says that the server "
                   "takes them: %.*s.",
                   STR_ARG(buf_str(&names))));
}

/* ---- property-undeclared --------------------------------------------------------------------- */

static str skip_undeclared(const subject *s) {
  if (!s->operation->about)
    return skip_without_spec(s);
  const http_response *r = fine_answer(own_probe(s));
  if (!r)
    return STR("no good answer is known");
  const declared_body *d = description_response(about(s), r->status);
  return d && d->fields.len ? (str){0} : STR("the description declares no fields for this answer");
}

static bool declared(const declared_body *d, str path) {
  for (size_t i = 0; i < d->fields.len; i++)
    if (str_eq(d->fields.at[i].path, path) || str_starts(d->fields.at[i].path, path))
      return true;
  for (size_t i = 0; i < d->open.len; i++)
    if (!d->open.at[i].len || str_starts(path, d->open.at[i]))
      return true;
  return false;
}

static void walk_undeclared(const subject *s, const json_t *v, str path, const declared_body *d,
                            int depth, buf *out) {
  const char *name;
  json_t *below;
  size_t i;
  if (depth > 6)
    return;
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
  if (v)
    walk_undeclared(s, v, STR(""), description_response(about(s), r->status), 0, &names);
  if (names.len)
    found(s, out, own_probe(s), arena_printf(s->arena, "Fields: %.*s.", STR_ARG(buf_str(&names))));
  json_decref(v);
}

#define PROPERTY(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                          \
  .id = ID, .category = CATEGORY_PROPERTY_AUTHORIZATION, .severity = SEVERITY_, .phase = 2, \
  .any_state = true, .skip = SKIP, .plan = PLAN, .judge = JUDGE

const check CHECKS_PROPERTY[] = {
    {PROPERTY("property-sensitive", SEVERITY_MEDIUM, NULL, NULL, judge_sensitive), .passive = true,
     .title = "An answer carries fields that should never leave",
     .description =
         "Password hashes, reset tokens or internal flags are serialized with the object.",
     .sent = "nothing of its own",
     .decides = "A field of such a name with a value; high when a password hash of a known form "
                "stands there.",
     .wrong = "A field of that name may hold something harmless.",
     .fix = "Name the fields that an answer may have.",
     .rails = "render json: user.as_json(only: %i[id name])", .references = "API3 CWE-213 CWE-200"},
    {PROPERTY("mass-assignment", SEVERITY_HIGH, skip_assignment, plan_assignment, judge_assignment),
     .follow = follow_assignment, .needs = "S, W",
     .title = "Fields that are not the client's to set",
     .description = "The body is taken over whole: with a role, an owner or a balance in it, too.",
     .sent = "the body with up to five fields that the description says are read-only, or that are "
             "named for a privilege and declared for answers alone; then what lies there is read; "
             "control: a field that nobody knows. Without --allow-writes nothing: the fields are "
             "listed",
     .decides = "What is read afterwards has a field with the value sent, which the good answer "
                "had not; or the answer shows it and does not repeat the unknown one. High when "
                "the field is named for a privilege; info where it was only listed.",
     .wrong =
         "An answer that repeats described fields of the body without storing them is found too.",
     .fix = "Name the fields that a request may set.",
     .rails = "params.expect(user: %i[name email])", .references = "API3 CWE-915"},
    {PROPERTY("property-undeclared", SEVERITY_LOW, skip_undeclared, NULL, judge_undeclared),
     .passive = true, .needs = "S", .title = "An answer has fields that its description lacks",
     .description =
         "What is not declared was not meant to be there: the object is serialized whole.",
     .sent = "nothing of its own",
     .decides = "A field of a good answer at a path that the description neither declares nor "
                "leaves open.",
     .wrong = "A description that lags behind is found too.",
     .fix = "Name the fields that an answer may have, and test answers against the description.",
     .rails = "render json: user.as_json(only: %i[id name])", .references = "API3 CWE-213"},
};
const size_t CHECKS_PROPERTY_COUNT = sizeof CHECKS_PROPERTY / sizeof *CHECKS_PROPERTY;
