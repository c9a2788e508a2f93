/* The network: requests to the one target, and the canary that the target may call. The only module
 * that opens a socket for the scanner. */
#ifndef BATTEN_NET_H
#define BATTEN_NET_H

#include "base/base.h"

struct sockaddr; /* of sys/socket.h */
struct sockaddr_storage;

typedef struct {
  str name, value;
} http_header;

typedef LIST(http_header) http_headers;

typedef struct {
  str method;
  url url;
  http_headers headers; /* in order, doubles kept; a name or value with CR, LF or NUL is refused
                           before sending */
  str body;             /* ptr NULL: none */
} http_request;

/* Why there is no status: each is a different fact for a judge. */
typedef enum {
  HTTP_OK = 0,
  HTTP_REFUSED,      /* nobody listens, name not found, no route */
  HTTP_TIMEOUT,      /* no complete answer within the limit */
  HTTP_DROPPED,      /* the connection ended without a complete answer */
  HTTP_TLS,          /* handshake or certificate */
  HTTP_BROKEN,       /* the answer is not HTTP */
  HTTP_OUT_OF_SCOPE, /* not sent: another scheme, host or port than the target's */
  HTTP_NO_BUDGET,    /* not sent: --max-requests is spent */
  HTTP_INVALID,      /* not sent: the request cannot be written as HTTP */
  HTTP_WITHHELD, /* not sent: the scan may not ask for it (--exclude, --include, looks harmful) */
  HTTP_STOPPED   /* not sent: the user asked to stop */
} http_failure;

const char *http_failure_text(http_failure f); /* a phrase for a person */

typedef struct {
  http_failure failure;
  int status;           /* 0 when there is none */
  http_headers headers; /* at most 256 headers, 64 KiB */
  str body;             /* at most HTTP_BODY_MAX, decoded from gzip or deflate */
  bool truncated;       /* the body went on */
  double seconds;
  bool throttled; /* 429, or 503 with Retry-After, also after the retries */
  bool held_back; /* the same, at least once before the retry that this is the answer to */
} http_response;

enum { HTTP_BODY_MAX = 1024 * 1024 };

/* The first header of that name (any case), or an empty slice. */
str http_header_get(const http_headers *h, str name);
bool http_name_valid(
    str name); /* a token of RFC 9110 section 5.6.2: names of headers and cookies */
bool http_value_valid(str value); /* no control character but the tab (section 5.5) */
void http_header_set(arena *a, http_headers *h, str name,
                     str value); /* replaces all of that name, or appends */
/* The request line, headers and body as text; the same for a response. For evidence; long bodies
 * cut to `limit`. */
str http_request_text(arena *a, const http_request *r, size_t limit);
str http_response_text(arena *a, const http_response *r, size_t limit);
/* A curl command that repeats the request, quoted for a POSIX shell. */
str http_request_curl(arena *a, const http_request *r);

typedef struct {
  url target;  /* scope: nothing goes to another scheme, host or port */
  double rate; /* requests per second: a ceiling, without bursts */
  unsigned concurrency;
  size_t max_requests; /* budget, retries included */
  double timeout;      /* seconds per request */
  bool insecure;
  const char *cacert, *cert, *cert_key, *proxy; /* as in curl; NULL when not given */
  str_list resolve;                             /* host:port:address, as in curl */
  str user_agent;
  volatile int *stop; /* set by a signal handler; NULL for none */
} http_options;

typedef struct http_client http_client;
http_client *http_client_new(const http_options *options, error *e);
void http_client_free(http_client *c);
/* Sends all requests, `concurrency` at a time within the rate, and fills responses[i] for
 * requests[i]. A throttled answer (429, or 503 with Retry-After) slows the client for good, waits
 * what the answer asks (at most 5 s a time, 20 s a scan) and is retried twice. Redirects are never
 * followed. Memory comes from `a`. */
void http_run(http_client *c, arena *a, const http_request *requests, http_response *responses,
              size_t count);
size_t http_sent(const http_client *c); /* requests sent so far, retries included */
/* Slows down by the factor (2 halves the rate), to at least one request a second and one at a time.
 */
void http_slow_down(http_client *c, double factor);
/* Waits, but not when the user asked to stop. */
void http_pause(http_client *c, double seconds);

/* ---- names ----------------------------------------------------------------------------------- */

/* The addresses that a name, or a literal address, stands for; none when it cannot be resolved. */
str_list host_addresses(arena *a, str host);
/* Whether it is "host:port:address[,address]", which curl would otherwise pass over in silence. */
bool host_pin_valid(arena *a, str text);
/* The most dangerous kind among all addresses of the name, from loopback over public and private to
 * link-local. As host_kind_of when it cannot be resolved. For servers that act for others; a scan
 * pins what it has resolved. */
host_kind host_resolved_kind(arena *a, str host);

/* ---- listening ------------------------------------------------------------------------------- */

/* "address:port", "[v6]:port", "localhost:port"; an error names the option. */
bool listen_parse(str text, const char *option, struct sockaddr_storage *out, error *e);
/* "host:port" or "[v6]:port" without its port and brackets. */
str authority_host(str authority);
/* Whether a request with this Host and Origin (NULL: none) may be answered by a server that listens
 * there: a page of another site must not reach it through its reader's browser, nor by a name that
 * it points here. */
bool browser_may_ask(str listen, const char *host, const char *origin);

/* ---- serving --------------------------------------------------------------------------------- */

struct MHD_Connection; /* of microhttpd.h */
struct MHD_Daemon;

/* The body of one request, with memory that lives as long as the request. */
typedef struct {
  arena *arena;
  buf body;
  bool too_long; /* and not kept from there on */
} serve_body;

typedef struct {
  str listen;
  const char *option; /* that named it, for errors */
  size_t body_max;
  unsigned idle_seconds;
  /* Answers a request that came whole, its path still percent-encoded; false ends the connection.
   */
  bool (*answer)(void *of, struct MHD_Connection *c, const char *path, const char *method,
                 serve_body *u);
  void *of;
} serve_options;
/* The options must live until the daemon was stopped with MHD_stop_daemon. NULL with *e set when it
 * cannot listen. */
struct MHD_Daemon *serve_start(const serve_options *o, error *e);
str serve_origin(arena *a, const serve_options *o,
                 struct MHD_Daemon *d); /* "http://127.0.0.1:9413", with the port that was given */

/* ---- guessing -------------------------------------------------------------------------------- */

/* Counts wrong tokens by the address of the connection (IPv6: its /64) and the way they came: a
 * form and a header are two, so that who guesses in one does not lock the other for all behind a
 * proxy. After GUESSES_MAX without a right one between, the address is told nothing until
 * GUESS_SECONDS after the first. Knows 256 at a time; safe in threads. */
enum { GUESSES_MAX = 10, GUESS_SECONDS = 60 };
typedef struct guess_table guess_table;
guess_table *guess_table_new(void);
void guess_table_free(guess_table *g);
/* Seconds that it must wait, whatever it brought; 0: what it brought counts. Time is monotonic. */
double guess_try(guess_table *g, const struct sockaddr *from, int way, bool right, double now);
/* The same of a connection, now, in whole seconds for Retry-After. */
unsigned serve_guess(guess_table *g, struct MHD_Connection *c, int way, bool right);

/* ---- mail ------------------------------------------------------------------------------------ */

typedef struct {
  const char *server;          /* smtp://host:port or smtps://host:port */
  const char *user, *password; /* NULL: none */
  str from, to, subject, text;
} mail;

/* Sends one message; waits at most `timeout` seconds. */
bool mail_send(const mail *m, double timeout, error *e);

/* ---- TLS ------------------------------------------------------------------------------------- */

/* What the server at that https URL shows of itself, as a JSON object that can be recorded:
 * reached, version, cipher, expired, not_yet, days_left, name_matches, verified, verify_reason,
 * key_type, key_bits, digest, old_versions and weak_ciphers (lists of names that it still takes). A
 * handful of connections, over which nothing is sent. */
str tls_look(arena *a, const http_options *options, const url *target);

/* ---- canary ---------------------------------------------------------------------------------- */

/* A listener of our own that probes point at: who fetches from it was made to. Each resource has
 * its own unguessable path, so that a fetch proves which probe caused it. */
typedef struct canary canary;
/* `listen` is host:port (port 0 chooses); `advertised` replaces host:port in the URLs given out, or
 * empty. */
canary *canary_start(str listen, str advertised, error *e);
void canary_stop(canary *c);
/* Publishes a body at a fresh path and returns its URL (memory of `a`). Safe while the listener
 * runs. */
str canary_publish(canary *c, arena *a, str suffix, str content_type, str body);
/* How often that URL was fetched; the text of the first request in *first (method, path, user
 * agent). */
size_t canary_hits(canary *c, arena *a, str url, str *first);
size_t canary_hits_total(canary *c);
/* Waits until any URL of the list was fetched or the time is over. */
void canary_wait(canary *c, const str *urls, size_t count, double seconds);

#endif
