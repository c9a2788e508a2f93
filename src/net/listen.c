/* Where a server of ours listens, and who may ask it. */
#include "net/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static size_t last_colon(str text) {
  size_t colon = text.len;
  while (colon && text.ptr[colon - 1] != ':')
    colon--;
  return colon ? colon - 1 : SIZE_MAX;
}

str authority_host(str authority) {
  if (authority.len && authority.ptr[0] == '[')
    return str_sub(authority, 1, str_find(authority, STR("]"), 0));
  return str_sub(authority, 0, last_colon(authority));
}

bool listen_parse(str text, const char *option, struct sockaddr_storage *out, error *e) {
  size_t colon = last_colon(text);
  uint64_t port = 0;
  str host = authority_host(text);
  char name[INET6_ADDRSTRLEN + 1] = {0};
  struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
  bool ok = colon != SIZE_MAX && str_to_u64(str_sub(text, colon + 1, text.len), &port) &&
            port <= 65535 && host.len < sizeof name;
  if (ok)
    memcpy(name, host.ptr, host.len);
  if (ok && str_eq(host, STR("localhost")))
    memcpy(name, "127.0.0.1", 10);
  memset(out, 0, sizeof *out);
  if (ok && inet_pton(AF_INET6, name, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    return true;
  }
  if (ok && inet_pton(AF_INET, name, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    return true;
  }
  return error_set(e, ERROR_USAGE, "%s %.*s: ADDRESS:PORT, as in 127.0.0.1:0", option,
                   STR_ARG(text));
}

static bool own_name(str listen, str host) {
  return host_kind_of(host) == HOST_LOOPBACK || (host.len && str_ieq(host, authority_host(listen)));
}

bool browser_may_ask(str listen, const char *host, const char *origin) {
  str o = str_of(origin);
  if (!host || !own_name(listen, authority_host(str_of(host))))
    return false;
  if (!origin)
    return true;
  size_t at = str_find(o, STR("://"), 0);
  return at != SIZE_MAX && own_name(listen, authority_host(str_sub(o, at + 3, o.len)));
}
