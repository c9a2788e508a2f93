/* What differs between the versions of nginx that the module is built for, 1.22 and later, is read
 * here, in a way that holds for all of them. */
#include "batten_nginx.h"

static bool is_digit(u_char c) {
  return c >= '0' && c <= '9';
}

/* The end of a port that stands at `at`, or `at` where none does. */
static u_char *after_port(u_char *at, const u_char *end) {
  if (at >= end || *at != ':')
    return at;
  do
    at++;
  while (at < end && is_digit(*at));
  return at;
}

/* The host of an absolute-form target, with its port. nginx says where the host ends, but that is
 * before the port in some versions and after it in others, and the field that told the port's end
 * is gone since 1.26.0: the request line itself is what all have. Of HTTP/2 and HTTP/3 the whole
 * `:authority` is kept, in a place of its own. */
bt_text batten_target_host(ngx_http_request_t *r) {
  if (!r->host_start || r->host_end <= r->host_start)
    return (bt_text){NULL, 0};
  u_char *host_end = r->host_end;
  if (r->http_version < NGX_HTTP_VERSION_20)
    host_end = after_port(host_end, r->request_line.data + r->request_line.len);
  return (bt_text){(const char *)r->host_start, (size_t)(host_end - r->host_start)};
}
