/* What a TLS server shows of itself: its certificate, what it negotiates, and which old versions
 * and weak ciphers it would still take. Those are asked for by hand-written ClientHellos, so that
 * they are seen whatever our own library was built to refuse. */
#include "base/json.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  arena *arena;
  const http_options *options;
  const url *target;
} look;

/* ---- connecting ------------------------------------------------------------------------------ */

/* The address that --resolve gives for this host and port, else the host itself. */
static str address_of(const look *l) {
  str prefix = arena_printf(l->arena, "%.*s:%u:", STR_ARG(l->target->host), l->target->port);
  for (size_t i = 0; i < l->options->resolve.len; i++) {
    str row = l->options->resolve.at[i];
    if (!str_starts(row, prefix))
      continue;
    str addresses = str_sub(row, prefix.len, row.len);
    return str_sub(addresses, 0, str_find(addresses, STR(","), 0));
  }
  return l->target->host;
}

static bool connect_within(int fd, const struct addrinfo *to, int ms) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  if (connect(fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS)
    return false;
  struct pollfd wait = {.fd = fd, .events = POLLOUT};
  int problem = 0;
  socklen_t size = sizeof problem;
  if (poll(&wait, 1, ms) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) != 0 ||
      problem)
    return false;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return true;
}

static int connect_to(const look *l) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  char port[8];
  int fd = -1;
  snprintf(port, sizeof port, "%u", l->target->port);
  if (getaddrinfo(arena_text(l->arena, address_of(l)), port, &hints, &found) != 0)
    return -1;
  for (struct addrinfo *i = found; i && fd < 0; i = i->ai_next) {
    fd = socket(i->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && !connect_within(fd, i, (int)(l->options->timeout * 1000))) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(found);
  return fd;
}

/* ---- by hand --------------------------------------------------------------------------------- */

typedef struct {
  uint16_t id;
  const char *name; /* NULL: usual */
} suite;

/* RFC 5246 appendix A.5 and the registry: no encryption, no authentication, export, RC4, DES, 3DES.
 */
static const suite WEAK[] = {{0x0000, "NULL"},
                             {0x0001, "RSA-NULL-MD5"},
                             {0x0002, "RSA-NULL-SHA"},
                             {0x003B, "RSA-NULL-SHA256"},
                             {0xC006, "ECDHE-ECDSA-NULL-SHA"},
                             {0xC010, "ECDHE-RSA-NULL-SHA"},
                             {0xC015, "AECDH-NULL-SHA"},
                             {0x0018, "ADH-RC4-MD5"},
                             {0x001B, "ADH-3DES-SHA"},
                             {0x0034, "ADH-AES128-SHA"},
                             {0x003A, "ADH-AES256-SHA"},
                             {0x006C, "ADH-AES128-SHA256"},
                             {0x006D, "ADH-AES256-SHA256"},
                             {0x00A6, "ADH-AES128-GCM-SHA256"},
                             {0x00A7, "ADH-AES256-GCM-SHA384"},
                             {0xC018, "AECDH-AES128-SHA"},
                             {0xC019, "AECDH-AES256-SHA"},
                             {0x0003, "EXP-RC4-MD5"},
                             {0x0008, "EXP-DES-SHA"},
                             {0x0004, "RC4-MD5"},
                             {0x0005, "RC4-SHA"},
                             {0xC007, "ECDHE-ECDSA-RC4-SHA"},
                             {0xC011, "ECDHE-RSA-RC4-SHA"},
                             {0x0009, "DES-SHA"},
                             {0x000A, "3DES-SHA"},
                             {0x0016, "DHE-RSA-3DES-SHA"},
                             {0xC008, "ECDHE-ECDSA-3DES-SHA"},
                             {0xC012, "ECDHE-RSA-3DES-SHA"}};
static const suite USUAL[] = {
    {0xC02F, NULL}, {0xC030, NULL}, {0xC02B, NULL}, {0xC02C, NULL}, {0xC013, NULL}, {0xC014, NULL},
    {0xC009, NULL}, {0xC00A, NULL}, {0x0033, NULL}, {0x0039, NULL}, {0x002F, NULL}, {0x0035, NULL},
    {0x009C, NULL}, {0x009D, NULL}, {0x003C, NULL}, {0x000A, NULL}, {0x0005, NULL}};

static void put16(buf *b, size_t n) {
  buf_char(b, (char)(n >> 8));
  buf_char(b, (char)n);
}

static void extension(buf *b, size_t type, str content) {
  put16(b, type);
  put16(b, content.len);
  buf_put(b, content);
}

static str extensions(const look *l) {
  buf b = {.arena = l->arena}, name = {.arena = l->arena};
  bool literal =
      l->target->host.len && strchr("0123456789", l->target->host.ptr[l->target->host.len - 1]);
  put16(&name, l->target->host.len + 3);
  buf_char(&name, 0);
  put16(&name, l->target->host.len);
  buf_put(&name, l->target->host);
  if (!literal && !str_contains(l->target->host, STR(":")))
    extension(&b, 0, buf_str(&name));                         /* RFC 6066 section 3 */
  extension(&b, 10, STR("\x00\x06\x00\x17\x00\x18\x00\x1d")); /* groups */
  extension(&b, 11, STR("\x01\x00"));                         /* point formats */
  extension(
      &b, 13,
      STR("\x00\x0e\x04\x01\x05\x01\x06\x01\x04\x03\x05\x03\x02\x01\x02\x03")); /* signatures */
  return buf_str(&b);
}

/* RFC 5246 section 7.4.1.2 in one record. */
static str client_hello(const look *l, uint16_t version, const suite *suites, size_t count) {
  buf body = {.arena = l->arena}, record = {.arena = l->arena};
  char random_part[32];
  str more = extensions(l);
  random_bytes(random_part, sizeof random_part);
  put16(&body, version);
  buf_put(&body, str_from(random_part, sizeof random_part));
  buf_char(&body, 0); /* no session */
  put16(&body, count * 2);
  for (size_t i = 0; i < count; i++)
    put16(&body, suites[i].id);
  buf_put(&body, STR("\x01\x00")); /* no compression */
  put16(&body, more.len);
  buf_put(&body, more);
  buf_put(&record, STR("\x16\x03\x01"));
  put16(&record, body.len + 4);
  buf_put(&record, STR("\x01\x00"));
  put16(&record, body.len);
  buf_put(&record, buf_str(&body));
  return buf_str(&record);
}

/* Version and cipher of the ServerHello; false when the server answers otherwise or not at all. */
static bool server_hello(const look *l, str hello, uint16_t *version, uint16_t *cipher) {
  unsigned char in[128];
  size_t got = 0;
  int fd = connect_to(l);
  if (fd < 0)
    return false;
  if (send(fd, hello.ptr, hello.len, MSG_NOSIGNAL) == (ssize_t)hello.len)
    for (ssize_t n; got < sizeof in && (n = recv(fd, in + got, sizeof in - got, 0)) > 0;)
      got += (size_t)n;
  close(fd);
  /* record 5, handshake header 4, version 2, random 32, session length 1 and id, cipher 2 */
  if (got < 46 || in[0] != 22 || in[5] != 2)
    return false;
  size_t at = 44u + in[43];
  if (at + 2 > got)
    return false;
  *version = (uint16_t)(in[9] << 8 | in[10]);
  *cipher = (uint16_t)(in[at] << 8 | in[at + 1]);
  return true;
}

static json_t *old_versions(const look *l) {
  static const struct {
    uint16_t id;
    const char *name;
  } old[] = {{0x0300, "SSLv3"}, {0x0301, "TLSv1.0"}, {0x0302, "TLSv1.1"}};

  json_t *list = json_array();
  for (size_t i = 0; i < 3; i++) {
    uint16_t version, cipher;
    if (server_hello(l, client_hello(l, old[i].id, USUAL, sizeof USUAL / sizeof *USUAL), &version,
                     &cipher) &&
        version == old[i].id)
      json_array_append_new(list, json_string(old[i].name));
  }
  return list;
}

/* The server chooses one of those offered: that one alone is known to be taken, and is enough. */
static json_t *weak_ciphers(const look *l) {
  json_t *list = json_array();
  uint16_t version, cipher;
  if (server_hello(l, client_hello(l, 0x0303, WEAK, sizeof WEAK / sizeof *WEAK), &version, &cipher))
    for (size_t i = 0; i < sizeof WEAK / sizeof *WEAK; i++)
      if (WEAK[i].id == cipher)
        json_array_append_new(list, json_string(WEAK[i].name));
  return list;
}

/* ---- the certificate ------------------------------------------------------------------------- */

static bool name_matches(const look *l, X509 *certificate) {
  const char *host = arena_text(l->arena, l->target->host);
  return X509_check_ip_asc(certificate, host, 0) == 1 ||
         X509_check_host(certificate, host, l->target->host.len, 0, NULL) == 1;
}

static void put_certificate(const look *l, SSL *ssl, json_t *o) {
  X509 *certificate = SSL_get0_peer_certificate(ssl);
  if (!certificate)
    return;
  EVP_PKEY *key = X509_get0_pubkey(certificate);
  long verified = SSL_get_verify_result(ssl);
  int days = 0, seconds = 0, digest = NID_undef;
  ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate));
  X509_get_signature_info(certificate, &digest, NULL, NULL, NULL);
  json_put(o, "expired", json_boolean(X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0));
  json_put(o, "not_yet", json_boolean(X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0));
  json_put(o, "days_left", json_integer(days));
  json_put(o, "name_matches", json_boolean(name_matches(l, certificate)));
  json_put(o, "verified", json_boolean(verified == X509_V_OK));
  json_put_str(o, "verify_reason", str_of(X509_verify_cert_error_string(verified)));
  json_put_str(o, "key_type",
               str_of(key && EVP_PKEY_get0_type_name(key) ? EVP_PKEY_get0_type_name(key) : ""));
  json_put(o, "key_bits", json_integer(key ? EVP_PKEY_get_bits(key) : 0));
  json_put_str(o, "digest", str_of(digest == NID_undef ? "" : OBJ_nid2sn(digest)));
}

/* Everything is accepted here: what is wrong with it is what we want to know. Nothing is sent over
 * it. */
static SSL_CTX *lenient_context(const look *l) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (!context)
    return NULL;
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_cipher_list(context, "ALL:COMPLEMENTOFALL");
  SSL_CTX_set_default_verify_paths(context);
  if (l->options->cacert)
    SSL_CTX_load_verify_locations(context, l->options->cacert, NULL);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  return context;
}

static bool handshake(const look *l, json_t *o) {
  SSL_CTX *context = lenient_context(l);
  SSL *ssl = context ? SSL_new(context) : NULL;
  int fd = ssl ? connect_to(l) : -1;
  bool done = false;
  if (fd >= 0) {
    SSL_set_fd(ssl, fd);
    SSL_set_tlsext_host_name(ssl, arena_text(l->arena, l->target->host));
    done = SSL_connect(ssl) == 1;
    if (done) {
      json_put_str(o, "version", str_of(SSL_get_version(ssl)));
      json_put_str(o, "cipher", str_of(SSL_get_cipher_name(ssl)));
      put_certificate(l, ssl, o);
    }
    close(fd);
  }
  SSL_free(ssl);
  SSL_CTX_free(context);
  ERR_clear_error();
  return done;
}

str tls_look(arena *a, const http_options *options, const url *target) {
  look l = {a, options, target};
  json_t *o = json_object();
  json_put(o, "reached", json_boolean(handshake(&l, o)));
  json_put(o, "old_versions", old_versions(&l));
  json_put(o, "weak_ciphers", weak_ciphers(&l));
  str out = json_write(a, o, false);
  json_decref(o);
  return out;
}
