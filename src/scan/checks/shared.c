/* What the checks of several families share. */
#include "base/json.h"
#include "scan/checks/checks.h"
#include "scan/match.h"

probe *own_probe(const subject *s) {
  if (s->good && probe_response(s->good))
    return s->good;
  probe *bare = s->baseline_probes.len ? s->baseline_probes.at[0] : NULL;
  return bare && probe_response(bare) ? bare : NULL;
}

const http_response *own_answer(const subject *s) {
  const probe *p = own_probe(s);
  return p ? probe_response(p) : NULL;
}

/* A key that is no token of ours goes with every request as a header: not with one that is to be
 * without. */
void drop_bearer(arena *a, http_request *r) {
  http_headers kept = {0};
  for (size_t i = 0; i < r->headers.len; i++)
    if (!str_ieq(r->headers.at[i].name, STR("authorization")) ||
        !str_starts(r->headers.at[i].value, STR("Bearer ")))
      list_push(a, &kept, r->headers.at[i]);
  r->headers = kept;
}

http_request request_at(const plan *p, const char *method, str path, bool with_token) {
  operation o = *p->subject->operation;
  o.method = str_of(method);
  o.body = (str){0};
  o.url.path = path;
  o.url.query = (str){0};
  http_request r = request_with_token(p->arena, &o, with_token ? o.token : (str){0});
  if (!with_token)
    drop_bearer(p->arena, &r);
  return r;
}

probe *plan_at(plan *p, str path, bool with_token, const char *what) {
  http_request r = request_at(p, "GET", path, with_token);
  probe *out = plan_request(p, ROLE_LOOK, &r, "%s", what);
  out->recipe.owner_key = true;
  return out;
}

probe *plan_own(plan *p, const http_request *r, const char *what) {
  probe *out = plan_request(p, ROLE_LOOK, r, "%s", what);
  out->recipe.owner_key = true;
  return out;
}

http_request own_request(const plan *p) {
  return request_with_token(p->arena, p->subject->operation, p->subject->operation->token);
}

bool is_read(const subject *s) {
  return str_eq(s->operation->method, STR("GET")) || str_eq(s->operation->method, STR("HEAD"));
}

str path_beside(arena *a, str path, str name) {
  size_t slash = path.len;
  while (slash && path.ptr[slash - 1] != '/')
    slash--;
  return arena_printf(a, "%.*s%.*s", STR_ARG(str_sub(path, 0, slash)), STR_ARG(name));
}

/* Not random: a replay must plan the same. Long enough that nobody has it. */
str unlikely_name(arena *a, const subject *s) {
  return arena_printf(a, "batten-%.*s", 12, sha256_hex(a, s->name).ptr);
}

void found(const subject *s, outcome *out, probe *p, str detail) {
  out->kind = OUTCOME_FOUND;
  if (detail.len && !out->detail.len)
    out->detail = detail;
  outcome_prove(s, out, p);
}

const description *about(const subject *s) {
  return s->operation->about;
}

str skip_without_spec(const subject *s) {
  return s->operation->about ? (str){0}
                             : STR("needs --spec: no API description says what is meant");
}

/* ---- identities ------------------------------------------------------------------------------ */

static const char ADMIN_WORDS[] = "(?i)\\badmin|administrator|superuser|root\\b|owner\\b|:\\*";

bool is_lesser(const subject *s, str token_text) {
  token t;
  str hit;
  if (!token_text.ptr || !token_parse(s->arena, token_text, &t))
    return false;
  return !regex_find(regex_kept(ADMIN_WORDS), t.payload_json, 0, &hit);
}

/* Roles by any usual name, or scopes besides those of signing in (OpenID Connect). */
static const char ROLE_CLAIMS[] =
    "(?i)\"(?:[^\"]*[/:_.-])?(?:roles?|authorit(?:y|ies)|permissions?|privileges|groups?|rights|"
    "user_?type|user_?role|is_?admin|is_?staff|is_?superuser|admin|(?:realm|resource)_access)\"\\s*"
    ":|"
    "\"(?:scopes?|scp)\"\\s*:\\s*(?:\"|\\[)(?:[^\"\\]]|\"\\s*,?\\s*)*?(?<![\\w.:-])(?!(?:openid|"
    "profile|"
    "email|address|phone|offline_access)(?![\\w.:-]))\\w";

static bool tells_roles(const subject *s, str token_text) {
  token t;
  str hit;
  return token_text.ptr && token_parse(s->arena, token_text, &t) &&
         regex_find(regex_kept(ROLE_CLAIMS), t.payload_json, 0, &hit);
}

bool claims_tell_roles(const subject *s) {
  bool tell = tells_roles(s, s->operation->token);
  for (size_t i = 0; !tell && other_identity(s, i); i++)
    tell = tells_roles(s, other_identity(s, i)->token);
  return tell;
}

/* ---- answers without data ----------------------------------------------------------------------
 */

/* A member that says how the request went, not what was read. */
static bool is_envelope(str name) {
  static const char words[] =
      "(?i)\\A(?:ok|status|success|code|message|msg|time|timestamp|request_?id|"
      "version|count|total|page|per_?page|limit|offset|authenticated|"
      "is_?authenticated|logged_?in|is_?logged_?in)\\z";
  str hit;
  return regex_find(regex_kept(words), name, 0, &hit);
}

/* Nobody: {"user": {}}, [], null, "anonymous", {"data": null, "status": "ok"}. */
static bool says_nothing(const json_t *v, bool within_data, int depth) {
  enum { DEPTH_MAX = 6 };

  static const char nobody[] = "(?i)\\A(?:anonymous|guest|nobody|none)(?:[ _-]?user)?\\z";
  str text = str_from(json_string_value(v), json_string_length(v)), hit;
  const char *name;
  json_t *below;
  size_t i, empty = 0;
  if (json_is_string(v))
    return !text.len || regex_find(regex_kept(nobody), text, 0, &hit);
  if (json_is_null(v) || json_is_false(v))
    return true;
  if ((!json_is_object(v) && !json_is_array(v)) || depth >= DEPTH_MAX)
    return false;
  json_array_foreach(v, i, below) if (!says_nothing(below, true, depth + 1)) return false;
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    bool nothing = says_nothing(below, true, depth + 1);
    if (!nothing && !(is_envelope(str_of(name)) && !json_is_object(below)))
      return false;
    empty += nothing;
  }
  return within_data || empty || !json_object_size(v);
}

bool answer_is_empty(const http_response *r) {
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  bool empty = r && (!str_trim(r->body).len || (v && says_nothing(v, false, 0)));
  json_decref(v);
  return empty;
}

/* ---- fields of answers ----------------------------------------------------------------------- */

static bool each_member(const json_t *v, int depth, const char *pattern, buf *names) {
  const char *name;
  json_t *below;
  size_t i;
  str hit;
  if (depth > 6)
    return false;
  json_array_foreach(v, i, below) each_member(below, depth + 1, pattern, names);
  json_object_foreach((json_t *)(uintptr_t)v, name, below) {
    bool empty = json_is_null(below) || (json_is_string(below) && !json_string_length(below));
    if (!empty && regex_find(regex_kept(pattern), str_of(name), 0, &hit) &&
        !str_contains(buf_str(names), str_of(name)))
      buf_printf(names, "%s%s", names->len ? ", " : "", name);
    each_member(below, depth + 1, pattern, names);
  }
  return names->len > 0;
}

void judge_members(const subject *s, outcome *out, const char *pattern) {
  const http_response *r = fine_answer(own_probe(s));
  json_t *v = r ? json_parse(r->body, NULL) : NULL;
  buf names = {.arena = s->arena};
  bool describes = json_is_object(json_object_get(v, "paths")) &&
                   (json_object_get(v, "openapi") || json_object_get(v, "swagger"));
  describes |=
      json_object_get(v, "$schema") || json_object_get(json_object_get(v, "data"), "__schema");
  if (!describes && each_member(v, 0, pattern, &names))
    found(s, out, own_probe(s), arena_printf(s->arena, "Fields: %.*s.", STR_ARG(buf_str(&names))));
  json_decref(v);
}

/* ---- documents ------------------------------------------------------------------------------- */

probe *document_probe(const subject *s, const document *d, const char *what, str shown) {
  probe *p = arena_make(s->arena, probe);
  p->note = arena_printf(s->arena, "%s %.*s", what, STR_ARG(d->url));
  p->role = ROLE_LOOK;
  p->request = d->request;
  p->answers = arena_make(s->arena, answers);
  exchange x = {.request = d->request, .response = d->response};
  if (shown.ptr)
    x.response.body = shown;
  list_push(s->arena, &p->answers->tries, x);
  return p;
}
