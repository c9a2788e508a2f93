/* What the checks of several families share. */
#include "scan/checks/checks.h"

probe *own_probe(const subject *s) {
  if (s->good && probe_response(s->good)) return s->good;
  probe *bare = s->baseline_probes.len ? s->baseline_probes.at[0] : NULL;
  return bare && probe_response(bare) ? bare : NULL;
}

const http_response *own_answer(const subject *s) {
  const probe *p = own_probe(s);
  return p ? probe_response(p) : NULL;
}

const http_response *fine_answer(const probe *p) {
  const http_response *r = p ? probe_response(p) : NULL;
  return r && r->status / 100 == 2 && !answer_is_refusal(r) ? r : NULL;
}

http_request request_at(const plan *p, const char *method, str path, bool with_token) {
  operation o = *p->subject->operation;
  o.method = str_of(method);
  o.body = (str){0};
  o.url.path = path;
  o.url.query = (str){0};
  return request_with_token(p->arena, &o, with_token ? o.token : (str){0});
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
  while (slash && path.ptr[slash - 1] != '/') slash--;
  return arena_printf(a, "%.*s%.*s", STR_ARG(str_sub(path, 0, slash)), STR_ARG(name));
}

/* Not random: a replay must plan the same. Long enough that nobody has it. */
str unlikely_name(arena *a, const subject *s) {
  return arena_printf(a, "batten-%.*s", 12, sha256_hex(a, s->name).ptr);
}

void found(const subject *s, outcome *out, probe *p, str detail) {
  out->kind = OUTCOME_FOUND;
  if (detail.len && !out->detail.len) out->detail = detail;
  outcome_prove(s, out, p);
}

const description *about(const subject *s) { return s->operation->about; }

str skip_without_spec(const subject *s) {
  return s->operation->about ? (str){0} : STR("needs --spec: no API description says what is meant");
}
