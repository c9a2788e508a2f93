/* Which targets a server may scan: the same consent as on the command line, held for people who are
 * not at it. */
#include "mcp/server.h"
#include "net/net.h"

bool target_allowed(arena *a, const mcp_options *o, str text, bool *stated, buf *why) {
  url u;
  error e = {0};
  *stated = false;
  if (!url_parse(a, text, &u, &e)) {
    buf_printf(why, "url: %s", e.message);
    return false;
  }
  host_kind kind = host_resolved_kind(a, u.host);
  bool listed = false;
  for (size_t i = 0; i < o->allow.len; i++)
    listed |= str_glob(o->allow.at[i], u.host);
  if (kind == HOST_LINK_LOCAL) {
    buf_printf(why, "%.*s is a link-local or metadata address: never scanned from here",
               STR_ARG(u.host));
    return false;
  }
  *stated = listed && kind == HOST_PUBLIC;
  if (listed || kind == HOST_LOOPBACK || (kind == HOST_PRIVATE && !o->http))
    return true;
  buf_printf(why,
             "%.*s is not on this server's allow list. Only its operator can permit it, by "
             "starting the server with --allow %.*s; do that only for an API that you own",
             STR_ARG(u.host), STR_ARG(u.host));
  return false;
}
