/* Where an untrusted URL may lead. */
#include "base/base.h"
#include "batten/fetch.h"
#include "batten/sinks.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>

/* ---- special networks: IANA's special-purpose address registries (RFC 6890 and its updates) -- */

typedef struct {
  unsigned char prefix[16];
  unsigned bits;
} network;

static const network SPECIAL_IPV4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 31, 196}, 24},
    {{192, 52, 193}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{192, 175, 48}, 24},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
};

/* Only global unicast (2000::/3) is ordinary at all; of that, what is listed here is not. */
static const network SPECIAL_IPV6[] = {
    {{0x20, 0x01, 0x00}, 23},             /* IETF protocol assignments, Teredo among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},       /* documentation */
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48}, /* AS112 */
    {{0x3f, 0xff}, 20},                   /* documentation */
};

static bool in_network(const unsigned char *address, const network *n) {
  unsigned whole = n->bits / 8, rest = n->bits % 8;
  if (memcmp(address, n->prefix, whole) != 0)
    return false;
  unsigned char mask = (unsigned char)(0xFF00 >> rest);
  return rest == 0 || ((address[whole] ^ n->prefix[whole]) & mask) == 0;
}

static bool special_ipv4(const unsigned char *address) {
  for (size_t i = 0; i < sizeof SPECIAL_IPV4 / sizeof *SPECIAL_IPV4; i++)
    if (in_network(address, &SPECIAL_IPV4[i]))
      return true;
  return false;
}

static bool special_ipv6(const unsigned char *b) {
  static const network translated = {{0x00, 0x64, 0xff, 0x9b}, 96},
                       six_to_four = {{0x20, 0x02}, 16};
  /* An IPv4 address inside (RFC 6052, RFC 3056) is judged as itself; mapped addresses
   * (::ffff:0:0/96) never are what a resolver has to say about a public host, and fall under "not
   * global unicast". */
  if (in_network(b, &translated))
    return special_ipv4(b + 12);
  if (in_network(b, &six_to_four))
    return special_ipv4(b + 2);
  if ((b[0] & 0xE0) != 0x20)
    return true;
  for (size_t i = 0; i < sizeof SPECIAL_IPV6 / sizeof *SPECIAL_IPV6; i++)
    if (in_network(b, &SPECIAL_IPV6[i]))
      return true;
  return false;
}

static const unsigned char *address_bytes(const struct sockaddr_storage *a, size_t *len) {
  if (a->ss_family == AF_INET) {
    *len = 4;
    return (const unsigned char *)&((const struct sockaddr_in *)(const void *)a)->sin_addr;
  }
  *len = 16;
  return a->ss_family == AF_INET6
             ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr
             : NULL;
}

bool bt_address_special(const struct sockaddr_storage *address) {
  size_t len;
  const unsigned char *bytes = address_bytes(address, &len);
  if (!bytes)
    return true;
  return len == 4 ? special_ipv4(bytes) : special_ipv6(bytes);
}

/* ---- where keys are asked for ---------------------------------------------------------------- */

/* Link-local, and where clouds serve metadata and credentials to whoever asks from inside. */
static const network METADATA_IPV4[] = {
    {{169, 254}, 16},           /* AWS, Azure, Google, OpenStack and most others */
    {{100, 100, 100, 200}, 32}, /* Alibaba */
    {{192, 0, 0, 192}, 32},     /* Oracle */
    {{168, 63, 129, 16}, 32},   /* Azure's host */
};

static const network METADATA_IPV6[] = {
    {{0xFE, 0x80}, 10},
    {{0xFD, 0x00, 0x0E, 0xC2, [14] = 0x02, [15] = 0x54}, 128},      /* AWS */
    {{0xFD, 0x20, 0x00, 0xCE, [14] = 0x02, [15] = 0x54}, 128},      /* Google */
    {{0xFD, 0x00, 0x00, 0xC1, [12] = 0xA9, 0xFE, 0xA9, 0xFE}, 128}, /* Oracle */
};

static bool in_any(const unsigned char *address, const network *all, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (in_network(address, &all[i]))
      return true;
  return false;
}

static bool metadata_ipv4(const unsigned char *b) {
  return in_any(b, METADATA_IPV4, sizeof METADATA_IPV4 / sizeof *METADATA_IPV4);
}

/* Where an IPv6 address holds an IPv4 one (RFC 4291 section 2.5.5, RFC 6052, RFC 8215, RFC 3056);
 * NULL: nowhere. */
static const unsigned char *ipv4_inside(const unsigned char *b) {
  static const network mapped = {{[10] = 0xFF, [11] = 0xFF}, 96}, compatible = {{0}, 96},
                       translated = {{0x00, 0x64, 0xff, 0x9b}, 96},
                       local_translated = {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},
                       six_to_four = {{0x20, 0x02}, 16};
  if (in_network(b, &mapped) || in_network(b, &compatible) || in_network(b, &translated) ||
      in_network(b, &local_translated))
    return b + 12;
  return in_network(b, &six_to_four) ? b + 2 : NULL;
}

static bool metadata_ipv6(const unsigned char *b) {
  const unsigned char *inside = ipv4_inside(b);
  return (inside && metadata_ipv4(inside)) ||
         in_any(b, METADATA_IPV6, sizeof METADATA_IPV6 / sizeof *METADATA_IPV6);
}

static bool is_loopback(const unsigned char *b, size_t len) {
  static const network ipv4 = {{127}, 8}, ipv6 = {{[15] = 1}, 128},
                       mapped = {{[10] = 0xFF, [11] = 0xFF, [12] = 127}, 104};
  return len == 4 ? in_network(b, &ipv4) : in_network(b, &ipv6) || in_network(b, &mapped);
}

bool bt_keys_address(const struct sockaddr_storage *address, bool tls) {
  size_t len;
  const unsigned char *bytes = address_bytes(address, &len);
  if (!bytes || (len == 4 ? metadata_ipv4(bytes) : metadata_ipv6(bytes)))
    return false;
  return tls || is_loopback(bytes, len);
}

/* ---- what the caller allows ------------------------------------------------------------------ */

/* "10.1.0.0/16" or one address. False when it is neither. */
static bool network_parse(str text, network *out, size_t *len) {
  char address[64];
  size_t slash = str_find(text, STR("/"), 0);
  str head = str_sub(text, 0, slash);
  uint64_t bits;
  if (head.len >= sizeof address)
    return false;
  memcpy(address, head.ptr, head.len);
  address[head.len] = 0;
  memset(out, 0, sizeof *out);
  *len = inet_pton(AF_INET, address, out->prefix) == 1    ? 4
         : inet_pton(AF_INET6, address, out->prefix) == 1 ? 16
                                                          : 0;
  bits = *len * 8;
  if (!*len || (slash != SIZE_MAX &&
                (!str_to_u64(str_sub(text, slash + 1, text.len), &bits) || bits > *len * 8)))
    return false;
  out->bits = (unsigned)bits;
  return true;
}

static bool network_allowed(const bt_url_options *o, const struct sockaddr_storage *address) {
  size_t len, network_len;
  network n;
  const unsigned char *bytes = address_bytes(address, &len);
  for (const char *const *text = o->networks; bytes && text && *text; text++)
    if (network_parse(str_of(*text), &n, &network_len) && network_len == len &&
        in_network(bytes, &n))
      return true;
  return false;
}

static bool host_allowed(const bt_url_options *o, str host) {
  for (const char *const *pattern = o->hosts; pattern && *pattern; pattern++) {
    str p = str_of(*pattern);
    if (str_ieq(p, host))
      return true;
    str below = str_sub(p, 1, p.len); /* ".example.com" of "*.example.com" */
    if (str_starts(p, STR("*.")) && host.len > below.len &&
        str_ieq(str_sub(host, host.len - below.len, host.len), below))
      return true;
  }
  return false;
}

/* ---- resolving ------------------------------------------------------------------------------- */

static int resolve_by_system(void *context, const char *host, struct sockaddr_storage *out,
                             int max) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  int n = 0;
  (void)context;
  if (getaddrinfo(host, NULL, &hints, &found) != 0)
    return 0;
  for (const struct addrinfo *i = found; i; i = i->ai_next) {
    /* More addresses than can be checked: none is taken. */
    if (n == max) {
      n = 0;
      break;
    }
    memset(&out[n], 0, sizeof out[n]);
    memcpy(&out[n++], i->ai_addr, i->ai_addrlen);
  }
  freeaddrinfo(found);
  return n;
}

static void set_port(struct sockaddr_storage *a, uint16_t port) {
  if (a->ss_family == AF_INET)
    ((struct sockaddr_in *)(void *)a)->sin_port = htons(port);
  else
    ((struct sockaddr_in6 *)(void *)a)->sin6_port = htons(port);
}

static bt_sink_status take_addresses(const bt_url_options *o, bt_url_target *out) {
  out->count = (o->resolve ? o->resolve : resolve_by_system)(o->context, out->host, out->addresses,
                                                             BT_ADDRESSES_MAX);
  if (out->count <= 0 || out->count > BT_ADDRESSES_MAX)
    return BT_SINK_RESOLVE;
  for (int i = 0; i < out->count; i++) {
    struct sockaddr_storage *a = &out->addresses[i];
    size_t len;
    const unsigned char *bytes = address_bytes(a, &len);
    if (!bytes || (bt_address_special(a) && !network_allowed(o, a)))
      return BT_SINK_ADDRESS;
    set_port(a, out->port);
    inet_ntop(a->ss_family, bytes, out->address_text[i], sizeof out->address_text[i]);
  }
  return BT_SINK_OK;
}

static bt_sink_status take_url(arena *a, str text, const bt_url_options *o, bt_url_target *out) {
  url u;
  error e;
  if (!text.len)
    return BT_SINK_EMPTY;
  if (text.len > BT_NAME_MAX)
    return BT_SINK_TOO_LONG;
  for (size_t i = 0; i < text.len; i++)
    if ((unsigned char)text.ptr[i] <= 0x20 || text.ptr[i] == 0x7F || text.ptr[i] == '\\')
      return BT_SINK_BAD_BYTE;
  if (!url_parse(a, text, &u, &e) || !u.host.len || u.host.len >= sizeof out->host)
    return BT_SINK_URL;
  if (o->https_only && !str_eq(u.scheme, STR("https")))
    return BT_SINK_SCHEME;
  if (!host_allowed(o, u.host))
    return BT_SINK_HOST;
  memcpy(out->scheme, u.scheme.ptr, u.scheme.len);
  memcpy(out->host, u.host.ptr, u.host.len);
  out->port = u.port;
  return BT_SINK_OK;
}

bt_sink_status bt_url_check(const char *text, size_t len, const bt_url_options *options,
                            bt_url_target *out) {
  memset(out, 0, sizeof *out);
  arena *a = arena_new();
  bt_sink_status status = take_url(a, str_from(text, len), options, out);
  arena_free(a);
  if (!status)
    status = take_addresses(options, out);
  if (status)
    out->count = 0;
  return status;
}
