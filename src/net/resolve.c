/* What a host name stands for. */
#include "net/net.h"

#include <netdb.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <sys/socket.h>

host_kind host_resolved_kind(arena *a, str host) {
  static const int danger[] = {[HOST_LOOPBACK] = 0, [HOST_PUBLIC] = 1, [HOST_PRIVATE] = 2, [HOST_LINK_LOCAL] = 3};
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  host_kind worst = host_kind_of(host);
  if (worst != HOST_PUBLIC || getaddrinfo(arena_text(a, host), NULL, &hints, &found) != 0) return worst;
  bool first = true;
  for (const struct addrinfo *i = found; i; i = i->ai_next) {
    char text[INET6_ADDRSTRLEN];
    if (getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0) continue;
    host_kind k = host_kind_of(str_of(text));
    if (first || danger[k] > danger[worst]) worst = k;
    first = false;
  }
  freeaddrinfo(found);
  return worst;
}
