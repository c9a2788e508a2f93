/* A request as libbatten asks for it: as the client sent it, before any rewriting. */
#include "batten_nginx.h"

bt_text batten_text(ngx_str_t s) {
  return (bt_text){(const char *)s.data, s.data ? s.len : 0};
}

static bt_text header_at(void *of, const char *name, size_t i) {
  ngx_http_request_t *r = of;
  size_t len = ngx_strlen(name);
  for (ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
    ngx_table_elt_t *h = part->elts;
    for (ngx_uint_t k = 0; k < part->nelts; k++) {
      if (h[k].key.len != len || !bt_name_like(batten_text(h[k].key), name))
        continue;
      if (i-- == 0)
        return h[k].value.data ? batten_text(h[k].value) : (bt_text){"", 0};
    }
  }
  return (bt_text){NULL, 0};
}

/* Without a field the host is the one that the target or HTTP/2's `:authority` names. */
static bool one_host(ngx_http_request_t *r, bt_http *request) {
  bt_text first = header_at(r, "host", 0);
  request->authority = batten_target_host(r);
  request->host = first.ptr ? first : request->authority;
  for (size_t i = 1; first.ptr; i++) {
    bt_text other = header_at(r, "host", i);
    if (!other.ptr)
      break;
    if (other.len != first.len ||
        ngx_strncasecmp((u_char *)other.ptr, (u_char *)first.ptr, first.len) != 0)
      return false;
  }
  return true;
}

static bt_body body_of(const ngx_http_request_t *r) {
  bool there = r->headers_in.content_length_n > 0 || r->headers_in.chunked;
  return there ? BT_BODY_THERE : BT_BODY_NONE;
}

/* Claims may be bound to the client's certificate; nginx gives it percent-encoded. */
static bt_text certificate_of(ngx_http_request_t *r, const batten_main_conf *conf) {
  bt_text none = {NULL, 0};
#if (NGX_HTTP_SSL)
  if (!r->connection->ssl || conf->certificate == NGX_ERROR)
    return none;
  ngx_http_variable_value_t *v = ngx_http_get_indexed_variable(r, (ngx_uint_t)conf->certificate);
  if (v && v->valid && !v->not_found && v->len)
    return (bt_text){(const char *)v->data, v->len};
#endif
  return none;
}

static bt_text scheme_of(ngx_http_request_t *r) {
#if (NGX_HTTP_SSL)
  if (r->connection->ssl)
    return (bt_text){"https", 5};
#endif
  return (bt_text){"http", 4};
}

bool batten_request(ngx_http_request_t *r, const batten_main_conf *conf, bt_http *out) {
  *out = (bt_http){.method = batten_text(r->method_name),
                   .uri = batten_text(r->unparsed_uri),
                   .scheme = scheme_of(r),
                   .header = header_at,
                   .context = r,
                   .body = body_of(r),
                   .client_certificate = certificate_of(r, conf)};
  return one_host(r, out);
}
