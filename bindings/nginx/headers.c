/* What the application is told of the client stands in headers that only we write: those of the
 * client go, under every spelling that an application could read as the same name. */
#include "batten_nginx.h"

/* ---- which headers --------------------------------------------------------------------------- */

static ngx_str_t subject_of(const batten_context *c, ngx_pool_t *pool) {
  (void)pool;
  return c->subject;
}

static ngx_str_t scopes_of(const batten_context *c, ngx_pool_t *pool) {
  (void)pool;
  return c->scopes;
}

static ngx_str_t issuer_of(const batten_context *c, ngx_pool_t *pool) {
  return batten_field_text(pool, (bt_text){(const char *)c->issuer.data, c->issuer.len});
}

static ngx_int_t add_told(ngx_conf_t *cf, guarded *g, ngx_str_t name, const char *claim,
                          ngx_str_t (*made)(const batten_context *, ngx_pool_t *)) {
  told_header *t = ngx_array_push(&g->told);
  u_char *lower = ngx_pnalloc(cf->pool, name.len + 1);
  if (!t || !lower)
    return NGX_ERROR;
  ngx_strlow(lower, name.data, name.len);
  lower[name.len] = 0;
  *t = (told_header){name, {name.len, lower}, ngx_hash_key(lower, name.len), claim, made};
  return NGX_OK;
}

/* nginx acts on these itself, and keeps them in places of their own. */
static bool is_nginx_own(ngx_str_t name) {
  static const char *const own[] = {"Host",
                                    "Connection",
                                    "Content-Length",
                                    "Transfer-Encoding",
                                    "TE",
                                    "Upgrade",
                                    "Expect",
                                    "Keep-Alive",
                                    "Content-Type",
                                    "Content-Range",
                                    "Range",
                                    "If-Range",
                                    "Authorization",
                                    "Cookie",
                                    "If-Match",
                                    "User-Agent",
                                    "If-None-Match",
                                    "Accept-Encoding"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (name.len == ngx_strlen(own[i]) &&
        ngx_strncasecmp(name.data, (u_char *)own[i], name.len) == 0)
      return true;
  return false;
}

static ngx_int_t add_forward(ngx_conf_t *cf, guarded *g, bt_forward f) {
  ngx_str_t name = batten_copy(cf->pool, f.header), claim = batten_copy(cf->pool, f.claim);
  if (!name.data || !claim.data)
    return NGX_ERROR;
  if (is_nginx_own(name)) {
    ngx_conf_log_error(
        NGX_LOG_EMERG, cf, 0,
        "batten: `forward` of %V names the header %V, which nginx itself reads: choose another",
        &g->path, &name);
    return NGX_ERROR;
  }
  return add_told(cf, g, name, (const char *)claim.data, NULL);
}

ngx_int_t batten_told_headers(ngx_conf_t *cf, guarded *g) {
  static ngx_str_t subject = ngx_string("X-Batten-Subject"), scopes = ngx_string("X-Batten-Scopes"),
                   issuer = ngx_string("X-Batten-Issuer");
  if (ngx_array_init(&g->told, cf->pool, 4, sizeof(told_header)) != NGX_OK)
    return NGX_ERROR;
  if (add_told(cf, g, subject, NULL, subject_of) != NGX_OK ||
      add_told(cf, g, scopes, NULL, scopes_of) != NGX_OK ||
      add_told(cf, g, issuer, NULL, issuer_of) != NGX_OK)
    return NGX_ERROR;
  for (size_t i = 0; i < bt_policy_forward_count(g->policy); i++)
    if (add_forward(cf, g, bt_policy_forward(g->policy, i)) != NGX_OK)
      return NGX_ERROR;
  return NGX_OK;
}

/* ---- dropping the client's ------------------------------------------------------------------- */

static bool is_told(const guarded *g, ngx_str_t name) {
  told_header *told = g->told.elts;
  for (ngx_uint_t i = 0; i < g->told.nelts; i++) {
    bool same_length = name.len == told[i].lower.len;
    if (same_length && bt_name_like(batten_text(name), (const char *)told[i].lower.data))
      return true;
  }
  return false;
}

static bool any_told(const ngx_http_request_t *r, const guarded *g) {
  for (const ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
    const ngx_table_elt_t *h = part->elts;
    for (ngx_uint_t i = 0; i < part->nelts; i++)
      if (is_told(g, h[i].key))
        return true;
  }
  return false;
}

/* A new list, for nginx keeps pointers to single fields of the old one: they stay valid. */
static ngx_int_t copy_headers(ngx_http_request_t *r, const guarded *without) {
  ngx_list_t *all = &r->headers_in.headers,
             *copies = ngx_list_create(r->pool, 20, sizeof(ngx_table_elt_t));
  if (!copies)
    return NGX_ERROR;
  for (ngx_list_part_t *part = &all->part; part; part = part->next) {
    ngx_table_elt_t *h = part->elts;
    for (ngx_uint_t i = 0; i < part->nelts; i++) {
      if (without && is_told(without, h[i].key))
        continue;
      ngx_table_elt_t *copy = ngx_list_push(copies);
      if (!copy)
        return NGX_ERROR;
      *copy = h[i];
    }
  }
  bool single = copies->last == &copies->part;
  *all = *copies;
  if (single)
    all->last = &all->part;
  return NGX_OK;
}

ngx_int_t batten_drop_headers(ngx_http_request_t *r, const guarded *g) {
  return any_told(r, g) ? copy_headers(r, g) : NGX_OK;
}

/* ---- writing ours ---------------------------------------------------------------------------- */

/* A field's value must not end the field, be it ours or one made of a variable: what a claim holds
 * beyond printable ASCII is percent-encoded, as the daemon does. */
ngx_str_t batten_field_text(ngx_pool_t *pool, bt_text value) {
  static const u_char hex[] = "0123456789ABCDEF";
  ngx_str_t out = ngx_null_string;
  u_char *at = out.data = value.ptr ? ngx_pnalloc(pool, value.len * 3 + 1) : NULL;
  for (size_t i = 0; at && i < value.len; i++) {
    u_char c = (u_char)value.ptr[i];
    if ((c > 0x20 && c < 0x7F && c != '%') || (c == ' ' && i > 0 && i + 1 < value.len)) {
      *at++ = c;
    } else {
      *at++ = '%';
      *at++ = hex[c >> 4];
      *at++ = hex[c & 15];
    }
  }
  if (at)
    *at = 0;
  out.len = at ? (size_t)(at - out.data) : 0;
  return out;
}

static ngx_str_t value_of(const told_header *t, const batten_context *c, bt_result *result,
                          ngx_pool_t *pool) {
  if (t->made)
    return t->made(c, pool);
  bt_text claim = bt_claim_text(result, t->claim);
  return batten_field_text(pool, claim.ptr ? claim : bt_claim_json(result, t->claim));
}

ngx_str_t *batten_keep_told(const batten_context *c, const guarded *g, bt_result *result,
                            ngx_pool_t *pool) {
  const told_header *told = g->told.elts;
  ngx_str_t *values = ngx_palloc(pool, g->told.nelts * sizeof *values);
  for (ngx_uint_t i = 0; values && i < g->told.nelts; i++)
    values[i] = value_of(&told[i], c, result, pool);
  return values;
}

/* Subrequests made after the main request was told have our fields already, and so has an internal
 * redirect. */
static bool is_told_already(const ngx_http_request_t *r, const batten_context *c) {
  for (const ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
    const ngx_table_elt_t *h = part->elts;
    for (ngx_uint_t i = part->nelts; i > 0; i--)
      if (h[i - 1].value.data == c->told[1].data)
        return true; /* the scopes are always told */
  }
  return false;
}

ngx_int_t batten_tell(ngx_http_request_t *r, const guarded *g, const batten_context *c) {
  const told_header *told = g->told.elts;
  if (is_told_already(r, c))
    return NGX_OK;
  if (r != r->main && copy_headers(r, NULL) != NGX_OK)
    return NGX_ERROR; /* a subrequest shares its main request's list */
  for (ngx_uint_t i = 0; i < g->told.nelts; i++) {
    if (!c->told[i].data)
      continue;
    ngx_table_elt_t *h = ngx_list_push(&r->headers_in.headers);
    if (!h)
      return NGX_ERROR;
    ngx_memzero(h, sizeof *h);
    h->key = told[i].name;
    h->lowcase_key = told[i].lower.data;
    h->hash = told[i].hash;
    h->value = c->told[i];
  }
  return NGX_OK;
}
