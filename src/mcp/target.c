/* Which targets a server may scan: the same consent as on the command line, held for people who are not at it. */
#include "mcp/server.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

/* The worst kind among the name's addresses; HOST_PUBLIC when it cannot be resolved. */
static host_kind resolved_kind(arena *a, str host) {
  static const int badness[] = {[HOST_LOOPBACK] = 0, [HOST_PRIVATE] = 1, [HOST_PUBLIC] = 2, [HOST_LINK_LOCAL] = 3};
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  host_kind worst = host_kind_of(host);
  if (worst != HOST_PUBLIC || getaddrinfo(arena_text(a, host), NULL, &hints, &found) != 0) return worst;
  worst = HOST_LOOPBACK;
  for (const struct addrinfo *i = found; i; i = i->ai_next) {
    char text[INET6_ADDRSTRLEN];
    if (getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0) continue;
    host_kind k = host_kind_of(str_of(text));
    if (badness[k] > badness[worst]) worst = k;
  }
  freeaddrinfo(found);
  return worst;
}

bool target_allowed(arena *a, const mcp_options *o, str text, bool *stated, buf *why) {
  url u;
  error e = {0};
  *stated = false;
  if (!url_parse(a, text, &u, &e)) {
    buf_printf(why, "url: %s", e.message);
    return false;
  }
  host_kind kind = resolved_kind(a, u.host);
  bool listed = false;
  for (size_t i = 0; i < o->allow.len; i++) listed |= str_glob(o->allow.at[i], u.host);
  if (kind == HOST_LINK_LOCAL) {
    buf_printf(why, "%.*s is a link-local or metadata address: never scanned from here", STR_ARG(u.host));
    return false;
  }
  *stated = listed && kind == HOST_PUBLIC;
  if (listed || kind == HOST_LOOPBACK || (kind == HOST_PRIVATE && !o->http)) return true;
  buf_printf(why,
             "%.*s is not on this server's allow list. Only its operator can permit it, by starting the server with "
             "--allow %.*s; do that only for an API that you own",
             STR_ARG(u.host), STR_ARG(u.host));
  return false;
}
