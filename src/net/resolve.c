/* What a host name stands for. */
#include "net/net.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

str_list host_addresses(arena *a, str host) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  str_list out = {0};
  if (getaddrinfo(arena_text(a, host), NULL, &hints, &found) != 0)
    return out;
  for (const struct addrinfo *i = found; i; i = i->ai_next) {
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE]; /* a zone, of which nothing is known here, is cut */
    if (getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
      continue;
    str address = str_of(text);
    list_push(a, &out, arena_str(a, str_sub(address, 0, str_find(address, STR("%"), 0))));
  }
  freeaddrinfo(found);
  return out;
}

/* "a" of "a:rest", or "[::1]" with its brackets off; *rest goes behind the colon. */
static bool take_field(str *rest, str *out) {
  bool bracket = str_starts(*rest, STR("["));
  size_t end = bracket ? str_find(*rest, STR("]:"), 0) : str_find(*rest, STR(":"), 0);
  if (end == SIZE_MAX)
    return false;
  *out = str_sub(*rest, bracket, end);
  *rest = str_sub(*rest, end + 1 + bracket, rest->len);
  return out->len > 0;
}

static bool is_address(arena *a, str text) {
  struct in6_addr room;
  const char *p = arena_text(a, text);
  return inet_pton(AF_INET, p, &room) == 1 || inet_pton(AF_INET6, p, &room) == 1;
}

bool host_pin_valid(arena *a, str text) {
  str host, port, address;
  uint64_t number;
  if (!take_field(&text, &host) || !take_field(&text, &port) || !str_to_u64(port, &number) ||
      !number || number > 65535)
    return false;
  while (str_next(&text, ',', &address)) {
    if (str_starts(address, STR("[")) && str_ends(address, STR("]")))
      address = str_sub(address, 1, address.len - 1);
    if (!is_address(a, address))
      return false;
  }
  return true;
}

host_kind host_resolved_kind(arena *a, str host) {
  static const int danger[] = {
      [HOST_LOOPBACK] = 0, [HOST_PUBLIC] = 1, [HOST_PRIVATE] = 2, [HOST_LINK_LOCAL] = 3};
  host_kind worst = host_kind_of(host);
  if (worst != HOST_PUBLIC)
    return worst;
  str_list addresses = host_addresses(a, host);
  for (size_t i = 0; i < addresses.len; i++) {
    host_kind k = host_kind_of(addresses.at[i]);
    if (i == 0 || danger[k] > danger[worst])
      worst = k;
  }
  return worst;
}
