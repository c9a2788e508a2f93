#include "base/base.h"

#include <arpa/inet.h>

static bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         strchr("-._~", c);
}

str percent_encode(arena *a, str s) {
  buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] && is_unreserved(s.ptr[i]))
      buf_char(&b, s.ptr[i]);
    else
      buf_printf(&b, "%%%02X", (unsigned char)s.ptr[i]);
  return buf_str(&b);
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

str percent_decode(arena *a, str s) {
  char *out = arena_alloc(a, s.len + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    int hi = i + 2 < s.len && s.ptr[i] == '%' ? hex_value(s.ptr[i + 1]) : -1;
    int lo = hi >= 0 ? hex_value(s.ptr[i + 2]) : -1;
    if (lo >= 0) {
      out[n++] = (char)(hi << 4 | lo);
      i += 2;
    } else {
      out[n++] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
    }
  }
  return (str){out, n};
}

static str lower_copy(arena *a, str s) {
  char *out = arena_text(a, s);
  for (size_t i = 0; i < s.len; i++)
    if (out[i] >= 'A' && out[i] <= 'Z')
      out[i] = (char)(out[i] + 32);
  return (str){out, s.len};
}

static bool valid_host(str host, bool literal) {
  if (host.len == 0 || host.len > 253)
    return false;
  for (size_t i = 0; i < host.len; i++) {
    char c = host.ptr[i];
    if (literal ? !(hex_value(c) >= 0 || c == ':' || c == '.') : !(c && is_unreserved(c)))
      return false;
  }
  return true;
}

/* Splits host[:port] and sets both. */
static bool parse_authority(arena *a, str authority, url *out, error *e) {
  bool literal = authority.len && authority.ptr[0] == '[';
  size_t close = literal ? str_find(authority, STR("]"), 0) : 0;
  if (literal && close == SIZE_MAX)
    return error_set(e, ERROR_USAGE, "the host lacks its closing ']'");
  size_t colon = str_find(authority, STR(":"), literal ? close : 0);
  str host = literal ? str_sub(authority, 1, close) : str_sub(authority, 0, colon);
  str behind = literal ? str_sub(authority, close + 1, authority.len)
                       : str_sub(authority, host.len, authority.len);
  if (!valid_host(host, literal))
    return error_set(e, ERROR_USAGE, "'%.*s' is not a host name", STR_ARG(host));
  out->host = lower_copy(a, host);
  if (behind.len == 0)
    return true;
  uint64_t port = 0;
  if (behind.ptr[0] != ':' || !str_to_u64(str_sub(behind, 1, behind.len), &port) || port == 0 ||
      port > 65535)
    return error_set(e, ERROR_USAGE, "'%.*s' is not a port", STR_ARG(behind));
  out->port = (uint16_t)port;
  return true;
}

bool url_parse(arena *a, str text, url *out, error *e) {
  *out = (url){0};
  for (size_t i = 0; i < text.len; i++)
    if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 127 || text.ptr[i] == '\\')
      return error_set(e, ERROR_USAGE,
                       "the URL holds a space, backslash or control character at byte %zu", i + 1);
  size_t mark = str_find(text, STR("://"), 0);
  str scheme = mark == SIZE_MAX ? (str){0} : str_sub(text, 0, mark);
  bool https = str_ieq(scheme, STR("https"));
  if (!https && !str_ieq(scheme, STR("http")))
    return error_set(e, ERROR_USAGE, "'%.*s' is no http:// or https:// URL",
                     STR_ARG(str_sub(text, 0, 200)));
  str rest = str_sub(text, mark + 3, text.len);
  rest = str_sub(rest, 0, str_find(rest, STR("#"), 0));
  size_t end = 0;
  while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
    end++;
  str authority = str_sub(rest, 0, end);
  if (str_contains(authority, STR("@")))
    return error_set(e, ERROR_USAGE,
                     "the URL carries credentials before '@': give them with --header instead");
  out->scheme = https ? STR("https") : STR("http");
  out->port = https ? 443 : 80;
  if (!parse_authority(a, authority, out, e))
    return false;
  str tail = str_sub(rest, end, rest.len);
  size_t question = str_find(tail, STR("?"), 0);
  str path = str_sub(tail, 0, question);
  out->path = path.len ? arena_str(a, path) : STR("/");
  if (question != SIZE_MAX)
    out->query = arena_str(a, str_sub(tail, question + 1, tail.len));
  return true;
}

str url_origin(arena *a, const url *u) {
  bool literal = str_contains(u->host, STR(":"));
  bool usual = u->port == (str_eq(u->scheme, STR("https")) ? 443 : 80);
  buf b = {.arena = a};
  buf_printf(&b, literal ? "%.*s://[%.*s]" : "%.*s://%.*s", STR_ARG(u->scheme), STR_ARG(u->host));
  if (!usual)
    buf_printf(&b, ":%u", u->port);
  return buf_str(&b);
}

str url_text(arena *a, const url *u) {
  buf b = {.arena = a};
  buf_put(&b, url_origin(a, u));
  buf_put(&b, u->path);
  if (u->query.ptr) {
    buf_char(&b, '?');
    buf_put(&b, u->query);
  }
  return buf_str(&b);
}

bool url_same_origin(const url *a, const url *b) {
  return str_eq(a->scheme, b->scheme) && str_eq(a->host, b->host) && a->port == b->port;
}

/* RFC 3986 section 5.2.4: "." and ".." segments are taken out. */
static str remove_dot_segments(arena *a, str path) {
  str_list kept = {0};
  str rest = str_sub(path, 1, path.len), segment;
  bool slash = false;
  while (str_next(&rest, '/', &segment)) {
    bool up = str_eq(segment, STR(".."));
    slash = up || str_eq(segment, STR("."));
    if (up && kept.len)
      kept.len--;
    if (!slash)
      list_push(a, &kept, segment);
  }
  buf b = {.arena = a};
  for (size_t i = 0; i < kept.len; i++)
    buf_printf(&b, "/%.*s", STR_ARG(kept.at[i]));
  if (slash || kept.len == 0)
    buf_char(&b, '/');
  return buf_str(&b);
}

bool url_resolve(arena *a, const url *base, str reference, url *out, error *e) {
  reference = str_trim(reference);
  reference = str_sub(reference, 0, str_find(reference, STR("#"), 0));
  str first =
      str_sub(reference, 0,
              str_find(reference, STR("?"), 0)); /* only a colon before the path ends a scheme */
  size_t colon = str_find(first, STR(":"), 0), slash = str_find(first, STR("/"), 0);
  if (colon < slash)
    return url_parse(a, reference, out, e);
  if (str_starts(reference, STR("//")))
    return url_parse(a, arena_printf(a, "%.*s:%.*s", STR_ARG(base->scheme), STR_ARG(reference)),
                     out, e);
  size_t question = str_find(reference, STR("?"), 0);
  str path = str_sub(reference, 0, question);
  buf b = {.arena = a};
  if (path.len == 0) {
    buf_put(&b, base->path);
  } else if (path.ptr[0] == '/') {
    buf_put(&b, path);
  } else {
    size_t last = base->path.len;
    while (last && base->path.ptr[last - 1] != '/')
      last--;
    buf_put(&b, str_sub(base->path, 0, last));
    buf_put(&b, path);
  }
  url joined = *base;
  joined.path = path.len ? remove_dot_segments(a, buf_str(&b)) : base->path;
  joined.query = question != SIZE_MAX ? str_sub(reference, question + 1, reference.len)
                 : reference.len      ? (str){0}
                                      : base->query;
  return url_parse(a, url_text(a, &joined), out, e);
}

url url_with_query(arena *a, const url *u, str name, str value) {
  url out = *u;
  buf b = {.arena = a};
  if (u->query.len)
    buf_printf(&b, "%.*s&", STR_ARG(u->query));
  buf_put(&b, percent_encode(a, name));
  buf_char(&b, '=');
  buf_put(&b, percent_encode(a, value));
  out.query = buf_str(&b);
  return out;
}

url url_without_query(arena *a, const url *u, str name) {
  url out = *u;
  buf b = {.arena = a};
  str rest = u->query, pair;
  while (str_next(&rest, '&', &pair)) {
    str key = str_sub(pair, 0, str_find(pair, STR("="), 0));
    if (str_eq(percent_decode(a, key), name))
      continue;
    if (b.len)
      buf_char(&b, '&');
    buf_put(&b, pair);
  }
  out.query = b.len ? buf_str(&b) : (str){0};
  return out;
}

bool url_query_get(arena *a, const url *u, str name, str *value) {
  str rest = u->query, pair;
  while (str_next(&rest, '&', &pair)) {
    size_t equals = str_find(pair, STR("="), 0);
    if (!str_eq(percent_decode(a, str_sub(pair, 0, equals)), name))
      continue;
    *value = equals == SIZE_MAX ? STR("") : percent_decode(a, str_sub(pair, equals + 1, pair.len));
    return true;
  }
  return false;
}

static host_kind kind_of_ipv4(uint32_t ip) {
  if (ip >> 24 == 127)
    return HOST_LOOPBACK;
  if (ip >> 16 == 0xA9FE)
    return HOST_LINK_LOCAL;
  if (ip >> 24 == 10 || ip >> 20 == 0xAC1 || ip >> 16 == 0xC0A8 || ip >> 22 == 0x191)
    return HOST_PRIVATE;
  return HOST_PUBLIC;
}

static host_kind kind_of_ipv6(const struct in6_addr *ip) {
  static const struct in6_addr metadata = {
      {{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}}};
  const unsigned char *b = ip->s6_addr;
  if (IN6_IS_ADDR_LOOPBACK(ip))
    return HOST_LOOPBACK;
  if (IN6_IS_ADDR_V4MAPPED(ip))
    return kind_of_ipv4((uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 |
                        b[15]);
  if (IN6_IS_ADDR_LINKLOCAL(ip) || memcmp(ip, &metadata, sizeof metadata) == 0)
    return HOST_LINK_LOCAL;
  return (b[0] & 0xFE) == 0xFC ? HOST_PRIVATE : HOST_PUBLIC;
}

host_kind host_kind_of(str host) {
  struct in_addr v4;
  struct in6_addr v6;
  char text[256];
  if (host.len >= sizeof text)
    return HOST_PUBLIC;
  if (host.len)
    memcpy(text, host.ptr, host.len);
  text[host.len] = 0;
  if (inet_pton(AF_INET, text, &v4) == 1)
    return kind_of_ipv4(ntohl(v4.s_addr));
  if (inet_pton(AF_INET6, text, &v6) == 1)
    return kind_of_ipv6(&v6);
  if (str_ieq(host, STR("localhost")) || str_ends(host, STR(".localhost")))
    return HOST_LOOPBACK;
  if (str_ieq(host, STR("metadata.google.internal")))
    return HOST_LINK_LOCAL;
  return HOST_PUBLIC;
}
