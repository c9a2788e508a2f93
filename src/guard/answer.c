/* One question of a proxy, one answer. */
#include "guard/guard_private.h"

#include <stdlib.h>

enum { CACHE_BYTES = 8 * 1024 * 1024, FIELD_MAX = 4096 };

bool proxy_parse(str text, proxy_kind *out) {
  static const char *const names[] = {"nginx", "traefik", "caddy", "envoy"};
  for (int i = 0; i < 4; i++)
    if (str_eq(text, str_of(names[i]))) {
      *out = (proxy_kind)i;
      return true;
    }
  return false;
}

/* ---- the original request ----------------------------------------------------------------------------------------- */

typedef struct {
  const char *name;
  size_t skip;
  bt_text found;
} wanted;

static enum MHD_Result look(void *of, enum MHD_ValueKind kind, const char *name, const char *value, size_t len) {
  wanted *w = of;
  (void)kind;
  if (!str_ieq(str_of(name), str_of(w->name)) || w->skip-- > 0) return MHD_YES;
  w->found = (bt_text){value ? value : "", value ? len : 0};
  return MHD_NO;
}

static enum MHD_Result look_sized(void *of, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                                  size_t len) {
  (void)name_len;
  return look(of, kind, name, value, len);
}

static bt_text header(void *connection, const char *name, size_t i) {
  wanted w = {name, i, {0}};
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, look_sized, &w);
  return w.found;
}

static bt_text one_header(struct MHD_Connection *c, const char *name) {
  bt_text first = header(c, name, 0);
  return header(c, name, 1).ptr ? (bt_text){0} : first; /* twice: the proxy has not set it, a client may have */
}

static bt_text text_of(const char *s) { return (bt_text){s, strlen(s)}; }

/* The documented configurations set each header named here, so that a client's own never arrives. */
static bt_http original(const guard *g, struct MHD_Connection *c, const char *target, const char *method) {
  bt_http r = {.header = header, .context = c};
  switch (g->options->proxy) {
    case PROXY_NGINX:
      r.method = one_header(c, "X-Original-Method");
      r.uri = one_header(c, "X-Original-URI");
      r.host = one_header(c, "X-Original-Host");
      r.scheme = one_header(c, "X-Original-Scheme");
      r.client_certificate = one_header(c, "X-Original-Client-Cert");
      break;
    case PROXY_TRAEFIK:
    case PROXY_CADDY:
      r.method = one_header(c, "X-Forwarded-Method");
      r.uri = one_header(c, "X-Forwarded-Uri");
      r.host = one_header(c, "X-Forwarded-Host");
      r.scheme = one_header(c, "X-Forwarded-Proto");
      r.client_certificate = one_header(c, "X-Forwarded-Tls-Client-Cert");
      break;
    case PROXY_ENVOY:
      r.method = text_of(method);
      r.uri = text_of(target);
      r.host = one_header(c, "Host");
      r.scheme = one_header(c, "X-Forwarded-Proto");
      break;
  }
  return r;
}

/* ---- the answer ------------------------------------------------------------------------------------------------------ */

/* A field's value must not end the field: what a claim holds beyond printable ASCII is percent-encoded. */
static void add_field(struct MHD_Response *m, const char *name, str value) {
  static const char hex[] = "0123456789ABCDEF";
  char safe[FIELD_MAX];
  size_t n = 0;
  for (size_t i = 0; i < value.len; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    bool plain = c > 0x20 && c < 0x7F && c != '%';
    if (n + 4 > sizeof safe) return; /* too long for a header: left out rather than cut */
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

static void add_scopes(struct MHD_Response *m, const bt_result *result) {
  char all[FIELD_MAX];
  size_t n = 0;
  for (size_t i = 0; i < bt_scope_count(result); i++) {
    bt_text scope = bt_scope(result, i);
    if (n + scope.len + 1 >= sizeof all) return;
    if (i) all[n++] = ' ';
    memcpy(all + n, scope.ptr, scope.len);
    n += scope.len;
  }
  add_field(m, "X-Batten-Scopes", str_from(all, n));
}

static void add_identity(const bt_policy *policy, struct MHD_Response *m, bt_result *result) {
  bt_text subject = bt_claim_text(result, "sub"), issuer = bt_result_issuer(result);
  if (subject.ptr) add_field(m, "X-Batten-Subject", str_from(subject.ptr, subject.len));
  add_field(m, "X-Batten-Issuer", str_from(issuer.ptr, issuer.len));
  add_scopes(m, result);
  for (size_t i = 0; i < bt_policy_forward_count(policy); i++) {
    bt_forward f = bt_policy_forward(policy, i);
    char name[128], claim[128];
    if (f.header.len >= sizeof name || f.claim.len >= sizeof claim) continue;
    memcpy(name, f.header.ptr, f.header.len);
    name[f.header.len] = 0;
    memcpy(claim, f.claim.ptr, f.claim.len);
    claim[f.claim.len] = 0;
    bt_text value = bt_claim_text(result, claim);
    if (!value.ptr) value = bt_claim_json(result, claim);
    if (value.ptr) add_field(m, name, str_from(value.ptr, value.len));
  }
}

/* The same body for every refused token (rule 22). */
static str refusal_body(const guard *g, int status) {
  if (!g->options->problem_json) return STR("");
  if (status == 403) return STR("{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403}\n");
  if (status == 503) return STR("{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503}\n");
  return STR("{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401}\n");
}

static struct MHD_Response *make_response(const guard *g, const bt_policy *policy, const bt_decision *d, bt_result *result) {
  char challenge[FIELD_MAX];
  str body = d->allowed ? STR("") : refusal_body(g, d->status);
  struct MHD_Response *m = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_PERSISTENT);
  if (!m) return NULL;
  if (d->allowed) {
    if (d->verified) add_identity(policy, m, result);
    return m;
  }
  size_t n = bt_decision_challenge(d, challenge, sizeof challenge - 1);
  challenge[n] = 0;
  if (n) MHD_add_response_header(m, MHD_HTTP_HEADER_WWW_AUTHENTICATE, challenge);
  if (d->status == 503) MHD_add_response_header(m, MHD_HTTP_HEADER_RETRY_AFTER, "5");
  if (body.len) MHD_add_response_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, "application/problem+json");
  return m;
}

/* ---- threads' results --------------------------------------------------------------------------------------------------- */

static pthread_key_t result_key;
static pthread_once_t result_once = PTHREAD_ONCE_INIT;

static void free_result(void *of) { bt_result_free(of); }
static void make_key(void) { pthread_key_create(&result_key, free_result); }

static bt_result *thread_result(void) {
  pthread_once(&result_once, make_key);
  bt_result *r = pthread_getspecific(result_key);
  if (r) return r;
  r = bt_result_new(CACHE_BYTES);
  pthread_setspecific(result_key, r);
  return r;
}

enum MHD_Result guard_answer(guard *g, struct MHD_Connection *c, const char *target, const char *method) {
  bt_policy *policy = guard_policy(g);
  bt_result *result = thread_result();
  bt_http request = original(g, c, target, method);
  bt_decision d = result ? bt_decide(policy, &request, clock_wall(), result)
                         : (bt_decision){.status = 503, .reason = BT_REASON_REQUEST_INVALID};
  metrics_count(g, &d);
  if (!d.allowed || d.would_refuse || g->options->log_allowed) log_decision(g, &d, &request, result);
  struct MHD_Response *m = make_response(g, policy, &d, result);
  unsigned status = !d.allowed ? (unsigned)d.status : g->options->proxy == PROXY_ENVOY ? MHD_HTTP_OK : MHD_HTTP_NO_CONTENT;
  enum MHD_Result queued = m ? MHD_queue_response(c, status, m) : MHD_NO;
  if (m) MHD_destroy_response(m);
  bt_policy_free(policy);
  return queued;
}
