/* What a host name stands for. */
#include "net/net.h"

#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

str_list host_addresses(arena *a, str host) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  str_list out = {0};
  if (getaddrinfo(arena_text(a, host), NULL, &hints, &found) != 0) return out;
  for (const struct addrinfo *i = found; i; i = i->ai_next) {
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE]; /* a zone, of which nothing is known here, is cut */
    if (getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0) continue;
    str address = str_of(text);
    list_push(a, &out, arena_str(a, str_sub(address, 0, str_find(address, STR("%"), 0))));
  }
  freeaddrinfo(found);
  return out;
}

host_kind host_resolved_kind(arena *a, str host) {
  static const int danger[] = {[HOST_LOOPBACK] = 0, [HOST_PUBLIC] = 1, [HOST_PRIVATE] = 2, [HOST_LINK_LOCAL] = 3};
  host_kind worst = host_kind_of(host);
  if (worst != HOST_PUBLIC) return worst;
  str_list addresses = host_addresses(a, host);
  for (size_t i = 0; i < addresses.len; i++) {
    host_kind k = host_kind_of(addresses.at[i]);
    if (i == 0 || danger[k] > danger[worst]) worst = k;
  }
  return worst;
}
