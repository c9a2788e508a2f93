/* One question of a proxy, one answer. */
#include "guard/guard_private.h"

#include <arpa/inet.h>
#include <stdio.h>

bool proxy_parse(str text, proxy_kind *out) {
  static const char *const names[] = {"nginx", "traefik", "caddy", "envoy"};
  for (int i = 0; i < 4; i++)
    if (str_eq(text, str_of(names[i]))) {
      *out = (proxy_kind)i;
      return true;
    }
  return false;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put(reply *out, str s) {
  if (out->full || s.len > sizeof out->bytes - out->len) {
    out->full = true;
    return;
  }
  memcpy(out->bytes + out->len, s.ptr, s.len);
  out->len += s.len;
}

void reply_field(reply *out, str name, str value) {
  put(out, name);
  put(out, STR(": "));
  if (value.len)
    put(out, value);
  put(out, STR("\r\n"));
}

static str status_line(int status) {
  switch (status) {
  case 200:
    return STR("HTTP/1.1 200 OK\r\n");
  case 204:
    return STR("HTTP/1.1 204 No Content\r\n");
  case 400:
    return STR("HTTP/1.1 400 Bad Request\r\n");
  case 401:
    return STR("HTTP/1.1 401 Unauthorized\r\n");
  case 403:
    return STR("HTTP/1.1 403 Forbidden\r\n");
  case 431:
    return STR("HTTP/1.1 431 Request Header Fields Too Large\r\n");
  case 503:
    return STR("HTTP/1.1 503 Service Unavailable\r\n");
  default:
    return STR("HTTP/1.1 500 Internal Server Error\r\n");
  }
}

/* RFC 9110 section 6.6.1; made once a second. */
static void put_date(reply *out) {
  time_t now = (time_t)clock_wall();
  if (now != out->dated || !out->date[0]) {
    struct tm t;
    gmtime_r(&now, &t);
    strftime(out->date, sizeof out->date, "%a, %d %b %Y %H:%M:%S GMT", &t);
    out->dated = now;
  }
  reply_field(out, STR("Date"), str_of(out->date));
}

static void begin(reply *out, int status, bool closes) {
  out->len = 0;
  out->full = false;
  put(out, status_line(status));
  put_date(out);
  if (closes)
    reply_field(out, STR("Connection"), STR("close"));
}

/* `headless`: to HEAD only the head is sent (RFC 9110 section 9.3.2). */
static void end(reply *out, int status, str body, bool headless) {
  char length[32];
  snprintf(length, sizeof length, "%zu", body.len);
  if (status != 204)
    reply_field(out, STR("Content-Length"), str_of(length));
  put(out, STR("\r\n"));
  if (!headless)
    put(out, body);
}

void answer_malformed(reply *out, question_state state) {
  int status = state == QUESTION_TOO_LARGE ? 431 : 400;
  begin(out, status, true);
  end(out, status, STR(""), false);
}

/* ---- the original request -------------------------------------------------------------------- */

static bt_text text_of(str s) {
  return (bt_text){s.ptr, s.len};
}

static bt_text header(void *of, const char *name, size_t i) {
  const question *q = of;
  size_t len = strlen(name);
  for (const field *f = q->fields; f < q->fields + q->count; f++)
    if (f->name.len == len && bt_name_like(text_of(f->name), name) && i-- == 0)
      return text_of(f->value);
  return (bt_text){0};
}

/* Twice: the proxy has not set it, a client may have. */
static bt_text one_header(const question *q, const char *name) {
  str first, second;
  bool once =
      question_field(q, str_of(name), 0, &first) && !question_field(q, str_of(name), 1, &second);
  return once ? (bt_text){first.ptr, first.len} : (bt_text){0};
}

static bool is_address(str text) {
  char name[INET6_ADDRSTRLEN];
  unsigned char address[sizeof(struct in6_addr)];
  if (!text.len || text.len >= sizeof name)
    return false;
  memcpy(name, text.ptr, text.len);
  name[text.len] = 0;
  return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

/* The documented configurations set each header named here, so that a client's own never arrives.
 */
static bt_http original(proxy_kind proxy, question *q) {
  bt_http r = {.header = header, .context = q};
  switch (proxy) {
  case PROXY_NGINX:
    r.method = one_header(q, "X-Original-Method");
    r.uri = one_header(q, "X-Original-URI");
    r.host = one_header(q, "X-Original-Host");
    r.scheme = one_header(q, "X-Original-Scheme");
    r.client_certificate = one_header(q, "X-Original-Client-Cert");
    break;
  case PROXY_TRAEFIK:
  case PROXY_CADDY:
    r.method = one_header(q, "X-Forwarded-Method");
    r.uri = one_header(q, "X-Forwarded-Uri");
    r.host = one_header(q, "X-Forwarded-Host");
    r.scheme = one_header(q, "X-Forwarded-Proto");
    r.client_certificate = one_header(q, "X-Forwarded-Tls-Client-Cert");
    if (!r.host.ptr)
      r.uri = (bt_text){
          0}; /* both always tell the host: what lacks it, or has it twice, is no word of theirs */
    break;
  case PROXY_ENVOY:
    r.method = text_of(q->method);
    r.uri = text_of(q->target);
    r.host = one_header(q, "Host");
    r.scheme = one_header(q, "X-Forwarded-Proto");
    break;
  }
  return r;
}

/* Which of its fields a proxy does not set, as far as can be told from here: it is set up for
 * another, or not at all. */
str proxy_mistake(arena *a, proxy_kind proxy, const bt_http *r) {
  static const struct {
    const char *name, *method, *uri, *host;
  } fields[] = {
      [PROXY_NGINX] = {"nginx", "X-Original-Method", "X-Original-URI", NULL},
      [PROXY_TRAEFIK] = {"traefik", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host"},
      [PROXY_CADDY] = {"caddy", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host"},
      [PROXY_ENVOY] = {"envoy", NULL, NULL, NULL}};

  const char *missing = !r->method.ptr                       ? fields[proxy].method
                        : !r->host.ptr && fields[proxy].host ? fields[proxy].host
                        : !r->uri.ptr                        ? fields[proxy].uri
                                                             : NULL;
  if (!missing)
    return (str){0};
  return arena_printf(a, "%s is missing or there twice: is --proxy %s right, and does it set it?",
                      missing, fields[proxy].name);
}

/* The client's address, as the proxy tells it; of a list the last, which the proxy itself wrote. */
static str client_of(proxy_kind proxy, const question *q) {
  const char *name = proxy == PROXY_NGINX ? "X-Original-Client" : "X-Forwarded-For";
  str value, last = {0}, entry, none = {0};
  for (size_t i = 0; question_field(q, str_of(name), i, &value); i++)
    while (str_next(&value, ',', &entry))
      last = str_trim(entry);
  return is_address(last) ? last : none;
}

/* ---- the answer ------------------------------------------------------------------------------ */

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
static void put_nonce(reply *out, const bt_policy *policy) {
  char nonce[64];
  size_t n = bt_policy_dpop_nonce(policy, clock_wall(), nonce, sizeof nonce);
  reply_field(out, STR("DPoP-Nonce"), str_from(nonce, n));
  reply_field(out, STR("Cache-Control"), STR("no-store"));
}

static void put_refusal(reply *out, const bt_decision *d, str body) {
  char challenge[VALUE_MAX];
  size_t n = bt_decision_challenge(d, challenge, sizeof challenge);
  if (n)
    reply_field(out, STR("WWW-Authenticate"), str_from(challenge, n));
  if (d->status == 503)
    reply_field(out, STR("Retry-After"), STR("5"));
  if (body.len)
    reply_field(out, STR("Content-Type"), STR("application/problem+json"));
}

static void put_answer(const guard *g, desk *k, const bt_policy *policy, const bt_decision *d) {
  bool envoy = g->options->proxy == PROXY_ENVOY;
  int status = !d->allowed ? d->status : envoy ? 200 : 204;
  str body = d->allowed ? STR("") : refusal_body(g, status);
  begin(&k->out, status, k->asked.closes);
  if (d->dpop_nonce)
    put_nonce(&k->out, policy);
  if (d->allowed)
    identity_tell(&k->out, policy, d->verified ? k->result : NULL);
  else
    put_refusal(&k->out, d, body);
  end(&k->out, status, body, str_eq(k->asked.method, STR("HEAD")));
}

/* What this daemon alone can see; in observe mode it is let through as all else is. */
static bt_decision refuse(const bt_policy *policy, bt_decision d) {
  bool observe = bt_policy_mode(policy) == BT_OBSERVE;
  return (bt_decision){.reason = BT_REASON_REQUEST_INVALID,
                       .status = 403,
                       .allowed = observe,
                       .would_refuse = observe,
                       .verified = observe && d.verified,
                       .dpop_nonce = d.dpop_nonce};
}

static bt_decision decide(desk *k, const bt_policy *policy, const bt_http *request) {
  bt_decision d = bt_decide(policy, request, clock_wall(), k->result);
  bool empty_keeps = k->g->options->proxy == PROXY_CADDY;
  const bt_result *verified = d.verified ? k->result : NULL;
  bool forged = d.allowed && identity_is_forged(policy, &k->asked, verified, empty_keeps);
  return forged ? refuse(policy, d) : d;
}

static void answer(desk *k, const bt_policy *policy, const bt_http *request, const bt_decision *d) {
  const guard_options *o = k->g->options;
  metrics_count(k->g, d);
  if (!d->allowed || d->would_refuse || o->log_allowed)
    log_decision(k->g, d, request, k->result, client_of(o->proxy, &k->asked));
  put_answer(k->g, k, policy, d);
  if (!k->out.full)
    return;
  begin(&k->out, 500, k->asked.closes);
  end(&k->out, 500, STR(""), false);
}

bool answer_question(desk *k, connection *who, bool may_wait) {
  bt_policy *policy = guard_policy(k->g);
  bt_http request = original(k->g->options->proxy, &k->asked);
  bt_decision d = decide(k, policy, &request);
  bool unasked = d.reason == BT_REASON_TOKEN && bt_result_unasked(k->result);
  bool waits =
      unasked && may_wait && introspect_wait(k->g->introspection, policy, k->issuer, k->token, who);
  if (!waits)
    answer(k, policy, &request, &d);
  bt_policy_free(policy);
  return !waits;
}

/* ---- a thread's own -------------------------------------------------------------------------- */

static bt_asked look(void *of, const bt_policy *policy, size_t issuer, bt_text token, double now,
                     char *said, size_t *length) {
  desk *k = of;
  k->issuer = issuer;
  k->token = token;
  return introspect_look(k->g->introspection, policy, issuer, token, now, said, length);
}

bool desk_open(desk *k, guard *g) {
  enum { CACHE_BYTES = 8 * 1024 * 1024 };

  k->g = g;
  k->result = bt_result_new(CACHE_BYTES);
  if (k->result)
    bt_result_introspect_by(k->result, look, k);
  return k->result != NULL;
}

void desk_close(desk *k) {
  bt_result_free(k->result);
}
