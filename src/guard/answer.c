/* One question of a proxy, one answer. */
#include "guard/guard_private.h"

#include <stdlib.h>

enum { CACHE_BYTES = 8 * 1024 * 1024, FIELD_MAX = 4096, FIELDS_MAX = 256 };

bool proxy_parse(str text, proxy_kind *out) {
  static const char *const names[] = {"nginx", "traefik", "caddy", "envoy"};
  for (int i = 0; i < 4; i++)
    if (str_eq(text, str_of(names[i]))) {
      *out = (proxy_kind)i;
      return true;
    }
  return false;
}

/* ---- threads' own memory --------------------------------------------------------------------- */

typedef struct {
  bt_text name, value;
} field;

/* Kept from request to request, so that none pays for clearing it. */
typedef struct {
  bt_result *result;
  introspection *introspection;
  size_t issuer; /* that is to be asked about `token` */
  bt_text token;
  size_t count; /* of the fields of this request */
  field fields[FIELDS_MAX];
  char text[FIELD_MAX], safe[FIELD_MAX];
} desk;

static pthread_key_t desk_key;
static pthread_once_t desk_once = PTHREAD_ONCE_INIT;

static void free_desk(void *of) {
  desk *k = of;
  bt_result_free(k->result);
  free(k);
}

static void make_key(void) {
  pthread_key_create(&desk_key, free_desk);
}

static desk *thread_desk(void) {
  pthread_once(&desk_once, make_key);
  desk *k = pthread_getspecific(desk_key);
  if (k)
    return k;
  k = calloc(1, sizeof *k);
  if (k)
    k->result = bt_result_new(CACHE_BYTES);
  if (k && k->result && pthread_setspecific(desk_key, k) == 0)
    return k;
  if (k)
    free_desk(k);
  return NULL;
}

static bt_asked look(void *of, const bt_policy *policy, size_t issuer, bt_text token, double now,
                     char *answer, size_t *length) {
  desk *k = of;
  k->issuer = issuer;
  k->token = token;
  return introspect_look(k->introspection, policy, issuer, token, now, answer, length);
}

/* ---- the original request -------------------------------------------------------------------- */

static enum MHD_Result note_field(void *of, enum MHD_ValueKind kind, const char *name,
                                  size_t name_len, const char *value, size_t len) {
  desk *k = of;
  (void)kind;
  if (k->count < FIELDS_MAX)
    k->fields[k->count] = (field){{name, name_len}, {value ? value : "", value ? len : 0}};
  return k->count++ < FIELDS_MAX ? MHD_YES : MHD_NO;
}

/* Takes the fields off MHD's list once; deciding looks for some twenty names. */
static bool note_fields(desk *k, struct MHD_Connection *c) {
  k->count = 0;
  MHD_get_connection_values_n(c, MHD_HEADER_KIND, note_field, k);
  bool all = k->count <= FIELDS_MAX;
  if (!all)
    k->count = 0;
  return all;
}

static bool is_named(const field *f, str name) {
  return f->name.len == name.len && str_ieq(str_from(f->name.ptr, f->name.len), name);
}

static bt_text header(void *of, const char *name, size_t i) {
  const desk *k = of;
  size_t len = strlen(name);
  for (const field *f = k->fields; f < k->fields + k->count; f++)
    if (f->name.len == len && bt_name_like(f->name, name) && i-- == 0)
      return f->value;
  return (bt_text){0};
}

static bt_text one_header(const desk *k, const char *name) {
  str wanted = str_of(name);
  bt_text found = {0};
  for (const field *f = k->fields; f < k->fields + k->count; f++) {
    if (!is_named(f, wanted))
      continue;
    if (found.ptr)
      return (bt_text){0}; /* twice: the proxy has not set it, a client may have */
    found = f->value;
  }
  return found;
}

static bt_text text_of(const char *s) {
  return (bt_text){s, strlen(s)};
}

/* The documented configurations set each header named here, so that a client's own never arrives.
 */
static bt_http original(const guard *g, desk *k, const char *target, const char *method) {
  bt_http r = {.header = header, .context = k};
  switch (g->options->proxy) {
  case PROXY_NGINX:
    r.method = one_header(k, "X-Original-Method");
    r.uri = one_header(k, "X-Original-URI");
    r.host = one_header(k, "X-Original-Host");
    r.scheme = one_header(k, "X-Original-Scheme");
    r.client_certificate = one_header(k, "X-Original-Client-Cert");
    break;
  case PROXY_TRAEFIK:
  case PROXY_CADDY:
    r.method = one_header(k, "X-Forwarded-Method");
    r.uri = one_header(k, "X-Forwarded-Uri");
    r.host = one_header(k, "X-Forwarded-Host");
    r.scheme = one_header(k, "X-Forwarded-Proto");
    r.client_certificate = one_header(k, "X-Forwarded-Tls-Client-Cert");
    if (!r.host.ptr)
      r.uri = (bt_text){
          0}; /* both always tell the host: what lacks it, or has it twice, is no word of theirs */
    break;
  case PROXY_ENVOY:
    r.method = text_of(method);
    r.uri = text_of(target);
    r.host = one_header(k, "Host");
    r.scheme = one_header(k, "X-Forwarded-Proto");
    break;
  }
  return r;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* A field's value must not end the field: what a claim holds beyond printable ASCII is
 * percent-encoded. */
static void add_field(desk *k, struct MHD_Response *m, const char *name, str value) {
  static const char hex[] = "0123456789ABCDEF";
  char *safe = k->safe;
  size_t n = 0;
  for (size_t i = 0; i < value.len; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    bool plain = c > 0x20 && c < 0x7F && c != '%';
    if (n + 4 > sizeof k->safe)
      return; /* too long for a header: left out rather than cut */
    if (plain || (c == ' ' && i > 0 && i + 1 < value.len)) {
      safe[n++] = (char)c;
    } else {
      safe[n++] = '%';
      safe[n++] = hex[c >> 4];
      safe[n++] = hex[c & 15];
    }
  }
  safe[n] = 0;
  MHD_add_response_header(m, name, safe);
}

static void add_scopes(desk *k, struct MHD_Response *m) {
  size_t n = 0;
  for (size_t i = 0; i < bt_scope_count(k->result); i++) {
    bt_text scope = bt_scope(k->result, i);
    if (n + scope.len + 1 >= sizeof k->text)
      return;
    if (i)
      k->text[n++] = ' ';
    memcpy(k->text + n, scope.ptr, scope.len);
    n += scope.len;
  }
  add_field(k, m, "X-Batten-Scopes", str_from(k->text, n));
}

static void add_forwarded(desk *k, struct MHD_Response *m, bt_forward f) {
  char name[128], claim[128];
  if (f.header.len >= sizeof name || f.claim.len >= sizeof claim)
    return;
  memcpy(name, f.header.ptr, f.header.len);
  name[f.header.len] = 0;
  memcpy(claim, f.claim.ptr, f.claim.len);
  claim[f.claim.len] = 0;
  bt_text value = bt_claim_text(k->result, claim);
  if (!value.ptr)
    value = bt_claim_json(k->result, claim);
  if (value.ptr)
    add_field(k, m, name, str_from(value.ptr, value.len));
}

static void add_identity(desk *k, const bt_policy *policy, struct MHD_Response *m) {
  bt_text subject = bt_claim_text(k->result, "sub"), issuer = bt_result_issuer(k->result);
  if (subject.ptr)
    add_field(k, m, "X-Batten-Subject", str_from(subject.ptr, subject.len));
  add_field(k, m, "X-Batten-Issuer", str_from(issuer.ptr, issuer.len));
  add_scopes(k, m);
  for (size_t i = 0; i < bt_policy_forward_count(policy); i++)
    add_forwarded(k, m, bt_policy_forward(policy, i));
}

/* The same body for every refused token (rule 22). */
static str refusal_body(const guard *g, int status) {
  if (!g->options->problem_json)
    return STR("");
  if (status == 403)
    return STR("{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403}\n");
  if (status == 503)
    return STR("{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503}\n");
  return STR("{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401}\n");
}

/* RFC 9449 section 8.2: a nonce out of a cache would be an old one */
static void add_nonce(desk *k, const bt_policy *policy, struct MHD_Response *m) {
  size_t n = bt_policy_dpop_nonce(policy, clock_wall(), k->text, sizeof k->text - 1);
  k->text[n] = 0;
  MHD_add_response_header(m, "DPoP-Nonce", k->text);
  MHD_add_response_header(m, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

static struct MHD_Response *make_response(const guard *g, desk *k, const bt_policy *policy,
                                          const bt_decision *d) {
  str body = d->allowed ? STR("") : refusal_body(g, d->status);
  struct MHD_Response *m = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr,
                                                           MHD_RESPMEM_PERSISTENT);
  if (!m)
    return NULL;
  if (d->dpop_nonce)
    add_nonce(k, policy, m);
  if (d->allowed) {
    if (d->verified)
      add_identity(k, policy, m);
    return m;
  }
  size_t n = bt_decision_challenge(d, k->text, sizeof k->text - 1);
  k->text[n] = 0;
  if (n)
    MHD_add_response_header(m, MHD_HTTP_HEADER_WWW_AUTHENTICATE, k->text);
  if (d->status == 503)
    MHD_add_response_header(m, MHD_HTTP_HEADER_RETRY_AFTER, "5");
  if (body.len)
    MHD_add_response_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, "application/problem+json");
  return m;
}

enum MHD_Result guard_answer(guard *g, struct MHD_Connection *c, const char *target,
                             const char *method, bool may_wait, bool *waits) {
  desk *k = thread_desk();
  if (!k)
    return MHD_NO;
  k->introspection = g->introspection;
  bt_result_introspect_by(k->result, look, k);
  bt_policy *policy = guard_policy(g);
  bool all = note_fields(k, c);
  bt_http request = original(g, k, target, method);
  bt_decision d = all ? bt_decide(policy, &request, clock_wall(), k->result)
                      : (bt_decision){.status = 403, .reason = BT_REASON_REQUEST_INVALID};
  bool unasked = all && d.reason == BT_REASON_TOKEN && bt_result_unasked(k->result);
  *waits = unasked && may_wait && introspect_wait(g->introspection, policy, k->issuer, k->token, c);
  if (*waits) {
    bt_policy_free(policy);
    return MHD_YES;
  }
  metrics_count(g, &d);
  if (!d.allowed || d.would_refuse || g->options->log_allowed)
    log_decision(g, &d, &request, k->result);
  struct MHD_Response *m = make_response(g, k, policy, &d);
  unsigned status = !d.allowed                         ? (unsigned)d.status
                    : g->options->proxy == PROXY_ENVOY ? MHD_HTTP_OK
                                                       : MHD_HTTP_NO_CONTENT;
  enum MHD_Result queued = m ? MHD_queue_response(c, status, m) : MHD_NO;
  if (m)
    MHD_destroy_response(m);
  bt_policy_free(policy);
  return queued;
}
