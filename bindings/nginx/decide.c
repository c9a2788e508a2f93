/* One request, one decision: by the request target as the client sent it, before any rewriting. */
#include "batten_nginx.h"

/* nginx's workers have one thread. */
static bt_result *worker_result;

ngx_int_t batten_start_worker(ngx_cycle_t *cycle) {
  batten_main_conf *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_batten_module);
  if (!conf || !conf->used ||
      (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE))
    return NGX_OK;
  worker_result = bt_result_new(conf->cache);
  batten_start_log(cycle);
  return worker_result ? batten_start_upkeep(cycle, conf) : NGX_ERROR;
}

void batten_stop_worker(ngx_cycle_t *cycle) {
  (void)cycle;
  batten_stop_upkeep();
  bt_result_free(worker_result);
  worker_result = NULL;
}

/* ---- what is kept of a request --------------------------------------------------------------- */

/* Internal redirects clear a request's contexts; the cleanup of its pool keeps ours, and is how it
 * is found again. */
static void kept(void *unused) {
  (void)unused;
}

static batten_context *find_kept(ngx_http_request_t *r) {
  for (ngx_pool_cleanup_t *c = r->pool->cleanup; c; c = c->next)
    if (c->handler == kept)
      return c->data;
  return NULL;
}

batten_context *batten_context_of(ngx_http_request_t *r, bool make) {
  r = r->main;
  batten_context *c = ngx_http_get_module_ctx(r, ngx_http_batten_module);
  if (!c && (r->internal || r->filter_finalize))
    c = find_kept(r);
  if (!c && make) {
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(r->pool, sizeof *c);
    if (!cleanup)
      return NULL;
    c = cleanup->data;
    ngx_memzero(c, sizeof *c);
    cleanup->handler = kept;
  }
  if (c)
    ngx_http_set_ctx(r, c, ngx_http_batten_module);
  return c;
}

ngx_str_t batten_copy(ngx_pool_t *pool, bt_text text) {
  ngx_str_t copy = ngx_null_string;
  if (!text.ptr)
    return copy;
  copy.data = ngx_pnalloc(pool, text.len + 1);
  if (!copy.data)
    return copy;
  ngx_memcpy(copy.data, text.ptr, text.len);
  copy.data[text.len] = 0;
  copy.len = text.len;
  return copy;
}

/* ---- deciding -------------------------------------------------------------------------------- */

/* As nginx took it when it woke: no call into the system. */
static double now_of_worker(void) {
  ngx_time_t *now = ngx_timeofday();
  return (double)now->sec + (double)now->msec / 1000;
}

static bt_decision ask(ngx_http_request_t *r, const guarded *g, const batten_main_conf *conf) {
  bt_http request;
  if (batten_request(r, conf, &request))
    return bt_decide(g->policy, &request, now_of_worker(), worker_result);
  bool observe = bt_policy_mode(g->policy) == BT_OBSERVE;
  return (bt_decision){.status = 403,
                       .reason = BT_REASON_HOST_AMBIGUOUS,
                       .allowed = observe,
                       .would_refuse = observe};
}

static ngx_str_t scopes_text(bt_result *result, ngx_pool_t *pool) {
  ngx_str_t all = ngx_null_string;
  size_t count = bt_scope_count(result), len = 1;
  for (size_t i = 0; i < count; i++)
    len += bt_scope(result, i).len + 1;
  u_char *at = all.data = ngx_pnalloc(pool, len);
  for (size_t i = 0; at && i < count; i++) {
    bt_text scope = bt_scope(result, i);
    if (i)
      *at++ = ' ';
    at = ngx_cpymem(at, scope.ptr, scope.len);
  }
  all.len = at ? (size_t)(at - all.data) : 0;
  return all;
}

static ngx_int_t keep_identity(ngx_http_request_t *r, batten_context *c, const guarded *g) {
  ngx_pool_t *pool = r->main->pool;
  c->subject = batten_field_text(pool, bt_claim_text(worker_result, "sub"));
  c->issuer = batten_copy(pool, bt_result_issuer(worker_result));
  c->scopes = scopes_text(worker_result, pool);
  c->claims = batten_keep_claims(r->main, worker_result);
  c->told = batten_keep_told(c, g, worker_result, pool);
  return c->scopes.data && c->claims && c->told ? NGX_OK : NGX_ERROR;
}

static void set_name(ngx_str_t *into, const char *name) {
  into->data = (u_char *)name;
  into->len = ngx_strlen(name);
}

static ngx_int_t keep_refusal(ngx_http_request_t *r, batten_context *c, const bt_decision *d) {
  char challenge[1024];
  set_name(&c->refusal, bt_decision_name(d));
  c->challenge = batten_copy(
      r->main->pool, (bt_text){challenge, bt_decision_challenge(d, challenge, sizeof challenge)});
  batten_log_refusal(
      r, c, d->reason == BT_REASON_TOKEN ? bt_result_detail(worker_result) : bt_decision_detail(d));
  return c->challenge.data ? NGX_OK : NGX_ERROR;
}

/* In observe mode the path's fault was told of when it was read. */
static bool is_kept(const batten_context *c, const bt_decision *d) {
  return c->refusal.data == (u_char *)bt_decision_name(d);
}

enum { NONCE_ROOM = 64 };

static ngx_int_t add_answer_header(ngx_http_request_t *r, const char *name, ngx_str_t value,
                                   ngx_table_elt_t **out) {
  ngx_table_elt_t *h = ngx_list_push(&r->headers_out.headers);
  if (!h)
    return NGX_ERROR;
  ngx_memzero(h, sizeof *h);
  h->hash = 1;
  set_name(&h->key, name);
  h->value = value;
  if (out)
    *out = h;
  return NGX_OK;
}

/* RFC 9449 section 8.2: also beside an application's own answer, when the client's nonce is about
 * to end */
static ngx_int_t give_nonce(ngx_http_request_t *r, const guarded *g) {
  ngx_str_t nonce = {0, ngx_pnalloc(r->pool, NONCE_ROOM)};
  if (nonce.data)
    nonce.len = bt_policy_dpop_nonce(g->policy, now_of_worker(), (char *)nonce.data, NONCE_ROOM);
  return nonce.len ? add_answer_header(r, "DPoP-Nonce", nonce, NULL) : NGX_ERROR;
}

static void warn_once(const ngx_http_request_t *r) {
  static bool warned;
  if (!warned)
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "batten: a variable of batten was asked for where batten is off: it is empty "
                  "there (told once in each worker)");
  warned = true;
}

static ngx_int_t keep_decision(ngx_http_request_t *r, batten_context *c, const guarded *g) {
  batten_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_batten_module);
  bt_decision d = ask(r->main, g, conf);
  c->allowed = d.allowed;
  c->verified = d.verified;
  c->preflight = d.preflight;
  c->observed = bt_policy_mode(g->policy) == BT_OBSERVE;
  c->status = d.status ? d.status : NGX_HTTP_FORBIDDEN;
  if (d.dpop_nonce && give_nonce(r->main, g) != NGX_OK)
    return NGX_ERROR;
  bool new_reason = d.reason != BT_REASON_NONE && !is_kept(c, &d);
  if (new_reason && keep_refusal(r, c, &d) != NGX_OK)
    return NGX_ERROR;
  return d.verified ? keep_identity(r, c, g) : NGX_OK;
}

/* What cannot be kept is refused. */
static void decide(ngx_http_request_t *r, batten_context *c, const guarded *g) {
  ngx_int_t rc = keep_decision(r, c, g);
  c->decided = true;
  if (rc == NGX_OK)
    return;
  c->allowed = c->verified = false;
  c->status = NGX_HTTP_INTERNAL_SERVER_ERROR;
}

/* A variable may be asked for before any of the phases that decide: `limit_req`, `set`, `if`. Then
 * it is decided now. Once the answer's header is sent there is nothing left to decide. */
batten_context *batten_known(ngx_http_request_t *r) {
  batten_server_conf *server = ngx_http_get_module_srv_conf(r, ngx_http_batten_module);
  batten_location_conf *location = ngx_http_get_module_loc_conf(r, ngx_http_batten_module);
  batten_context *c = batten_context_of(r, false);
  if ((c && c->decided) || r->main->header_sent)
    return c;
  if (!server->guard || !location->enabled) {
    warn_once(r);
    return c;
  }
  c = batten_context_of(r, true);
  if (c)
    decide(r, c, server->guard);
  return c;
}

/* ---- answering ------------------------------------------------------------------------------- */

static ngx_int_t refuse(ngx_http_request_t *r, ngx_int_t status, ngx_str_t challenge) {
  static ngx_str_t later = ngx_string("5");
  ngx_int_t rc = NGX_OK;
  if (challenge.len)
    rc = add_answer_header(r, "WWW-Authenticate", challenge, &r->headers_out.www_authenticate);
  if (status == NGX_HTTP_SERVICE_UNAVAILABLE)
    rc = add_answer_header(r, "Retry-After", later, NULL);
  return rc == NGX_OK ? status : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

static bool has_word(ngx_str_t words, ngx_str_t word) {
  for (size_t i = 0; i + word.len <= words.len; i++)
    if ((i == 0 || words.data[i - 1] == ' ') &&
        (i + word.len == words.len || words.data[i + word.len] == ' ') &&
        ngx_memcmp(words.data + i, word.data, word.len) == 0)
      return true;
  return false;
}

static ngx_str_t scope_challenge(ngx_http_request_t *r, const ngx_array_t *scopes,
                                 bt_text metadata) {
  static const char start[] = "Bearer error=\"insufficient_scope\", scope=\"";
  static const char named[] = ", resource_metadata=\"";
  ngx_str_t *scope = scopes->elts, out = ngx_null_string;
  size_t len = sizeof start + 1 + sizeof named + metadata.len + 1;
  for (ngx_uint_t i = 0; i < scopes->nelts; i++)
    len += scope[i].len + 1;
  u_char *at = out.data = ngx_pnalloc(r->pool, len);
  if (!at)
    return out;
  at = ngx_cpymem(at, start, sizeof start - 1);
  for (ngx_uint_t i = 0; i < scopes->nelts; i++) {
    if (i)
      *at++ = ' ';
    at = ngx_cpymem(at, scope[i].data, scope[i].len);
  }
  *at++ = '"';
  if (metadata.len) { /* RFC 9728 section 5.1 */
    at = ngx_cpymem(at, named, sizeof named - 1);
    at = ngx_cpymem(at, metadata.ptr, metadata.len);
    *at++ = '"';
  }
  out.len = (size_t)(at - out.data);
  return out;
}

/* The location's own scopes, beside those of the policy's routes; where the policy asks for no
 * token there are none. */
static ngx_int_t check_scopes(ngx_http_request_t *r, batten_context *c, const guarded *g,
                              const ngx_array_t *scopes) {
  ngx_str_t *scope = scopes ? scopes->elts : NULL;
  for (ngx_uint_t i = 0; scopes && i < scopes->nelts; i++) {
    if (has_word(c->scopes, scope[i]))
      continue;
    set_name(&c->refusal, bt_reason_name(BT_REASON_INSUFFICIENT_SCOPE));
    batten_log_refusal(r, c, "batten_scope");
    if (c->observed)
      return NGX_OK;
    return refuse(r, NGX_HTTP_FORBIDDEN,
                  scope_challenge(r, scopes, bt_policy_resource_metadata(g->policy)));
  }
  return NGX_OK;
}

/* A page for the refusal must not bring the application the path as it came. */
static ngx_int_t refuse_place(ngx_http_request_t *r, const bt_decision *d) {
  batten_context *c = batten_context_of(r, true);
  if (!c)
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  c->observed = d->would_refuse;
  if (keep_refusal(r, c, d) != NGX_OK)
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (d->allowed)
    return NGX_DECLINED;
  c->decided = true;
  c->status = d->status;
  r->valid_unparsed_uri = 0;
  return refuse(r, c->status, c->challenge);
}

static ngx_int_t guard_location(ngx_http_request_t *r, const batten_location_conf *location) {
  batten_server_conf *server = ngx_http_get_module_srv_conf(r, ngx_http_batten_module);
  batten_context *c = batten_context_of(r, true);
  if (!c || !server->guard)
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (!c->decided)
    decide(r, c, server->guard);
  if (!c->allowed)
    return refuse(r, c->status, c->challenge);
  if (c->verified && batten_tell(r, server->guard, c) != NGX_OK)
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  return c->preflight ? NGX_OK : check_scopes(r, c, server->guard, location->scopes);
}

/* Under `satisfy any` only a verified token opens what other modules close. */
ngx_int_t batten_access(ngx_http_request_t *r) {
  batten_location_conf *location = ngx_http_get_module_loc_conf(r, ngx_http_batten_module);
  if (!location->enabled)
    return NGX_DECLINED;
  ngx_int_t rc = guard_location(r, location);
  if (rc != NGX_OK)
    return rc;
  return batten_context_of(r, false)->verified ? NGX_OK : NGX_DECLINED;
}

/* Right after the header was read, before any location is chosen and any variable asked for: nginx
 * chooses a location by the path as it decodes it and hands the application the path as it came, so
 * one that can be read in two ways ends here, also where batten is off. */
ngx_int_t batten_after_read(ngx_http_request_t *r) {
  batten_server_conf *server = ngx_http_get_module_srv_conf(r, ngx_http_batten_module);
  if (!server->guard)
    return NGX_DECLINED;
  if (batten_drop_headers(r, server->guard) != NGX_OK)
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  bt_decision d =
      bt_decide_place(server->guard->policy, batten_text(r->unparsed_uri), server->by_place);
  return d.reason == BT_REASON_NONE ? NGX_DECLINED : refuse_place(r, &d);
}

/* Where batten is to decide before others do (`limit_req`), and for subrequests, which have no
 * access phase. */
ngx_int_t batten_before_access(ngx_http_request_t *r) {
  batten_location_conf *location = ngx_http_get_module_loc_conf(r, ngx_http_batten_module);
  bool early = r != r->main || location->phase == BATTEN_PREACCESS;
  if (!location->enabled || !early)
    return NGX_DECLINED;
  ngx_int_t rc = guard_location(r, location);
  return rc == NGX_OK ? NGX_DECLINED : rc;
}
