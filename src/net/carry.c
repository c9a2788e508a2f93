/* Carries the requests of batten/fetch.h by libcurl: for the daemon, the command line and the nginx
 * module, and for whoever links libbatten-curl. */
#include "batten/curl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <strings.h>

enum { STEPS_MAX = 6, HEADER_BYTES_MAX = 32 * 1024, FIELD_MAX = 512 };

typedef enum { FIELD_ETAG, FIELD_MODIFIED, FIELD_CACHE, FIELD_RETRY, FIELD_LOCATION } field_name;

enum { FIELDS = FIELD_LOCATION + 1 };

static const char *const NAMES[FIELDS] = {"etag", "last-modified", "cache-control", "retry-after",
                                          "location"};

struct bt_curl {
  CURL *easy;
  const char *agent;
  struct curl_slist *pins;
  bool (*stop)(void *);
  void *stop_context;
  /* of one fetch */
  bool tls, banned, too_long;
  char *body;
  size_t len, header_bytes;
  char fields[FIELDS][FIELD_MAX];
  bool has[FIELDS];
  char why[CURL_ERROR_SIZE];
};

bt_curl *bt_curl_new(const char *agent) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
    return NULL;
  bt_curl *c = calloc(1, sizeof *c);
  if (c) {
    c->agent = agent;
    c->easy = curl_easy_init();
    c->body = malloc(BT_FETCH_BYTES);
  }
  if (c && c->easy && c->body)
    return c;
  bt_curl_free(c);
  return NULL;
}

void bt_curl_free(bt_curl *c) {
  if (!c)
    return;
  if (c->easy)
    curl_easy_cleanup(c->easy);
  curl_slist_free_all(c->pins);
  free(c->body);
  free(c);
  curl_global_cleanup();
}

void bt_curl_stop_when(bt_curl *c, bool (*stop)(void *), void *context) {
  c->stop = stop;
  c->stop_context = context;
}

bool bt_curl_resolve(bt_curl *c, const char *pin) {
  struct curl_slist *longer = curl_slist_append(c->pins, pin);
  if (longer)
    c->pins = longer;
  return longer != NULL;
}

/* ---- while it comes -------------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t count, void *of) {
  bt_curl *c = of;
  size_t len = size * count;
  c->too_long = len > BT_FETCH_BYTES - c->len;
  if (c->too_long)
    return 0;
  memcpy(c->body + c->len, bytes, len);
  c->len += len;
  return len;
}

static bool is_field(const char *line, size_t len, const char *name, size_t *value) {
  size_t n = strlen(name);
  if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
    return false;
  *value = n + 1;
  return true;
}

static void keep_field(bt_curl *c, field_name f, const char *value, size_t len) {
  while (len && (*value == ' ' || *value == '\t'))
    value++, len--;
  while (len && strchr(" \t\r\n", value[len - 1]))
    len--;
  if (c->has[f] || len >= FIELD_MAX)
    return; /* twice: the first; one that long says nothing */
  memcpy(c->fields[f], value, len);
  c->fields[f][len] = 0;
  c->has[f] = true;
}

/* A chain of 1xx answers starts the fields anew. */
static size_t on_header(char *line, size_t size, size_t count, void *of) {
  bt_curl *c = of;
  size_t len = size * count, value;
  c->header_bytes += len;
  c->too_long = c->header_bytes > HEADER_BYTES_MAX;
  if (c->too_long)
    return 0;
  if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
    memset(c->has, 0, sizeof c->has);
  for (int f = 0; f < FIELDS; f++)
    if (is_field(line, len, NAMES[f], &value))
      keep_field(c, (field_name)f, line + value, len - value);
  return len;
}

static int on_progress(void *of, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e) {
  const bt_curl *c = of;
  (void)a, (void)b, (void)d, (void)e;
  return c->stop && c->stop(c->stop_context);
}

/* The address that is really used: a name that points at a metadata service gets nowhere, whatever
 * it pointed at before. */
static curl_socket_t open_socket(void *of, curlsocktype purpose, struct curl_sockaddr *to) {
  bt_curl *c = of;
  struct sockaddr_storage address = {0};
  (void)purpose;
  if (to->addrlen > sizeof address)
    return CURL_SOCKET_BAD;
  memcpy(&address, &to->addr, to->addrlen);
  if (!bt_keys_address(&address, c->tls)) {
    c->banned = true;
    return CURL_SOCKET_BAD;
  }
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* ---- one request ----------------------------------------------------------------------------- */

static struct curl_slist *headers_of(const bt_fetch *asked) {
  struct curl_slist *list = NULL;
  for (size_t i = 0; asked->headers[i]; i++) {
    struct curl_slist *longer = curl_slist_append(list, asked->headers[i]);
    if (!longer) {
      curl_slist_free_all(list);
      return NULL;
    }
    list = longer;
  }
  return list;
}

static void set_options(bt_curl *c, const bt_fetch *asked) {
  CURL *h = c->easy;
  curl_easy_reset(h);
  curl_easy_setopt(h, CURLOPT_URL, asked->url);
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, c->tls ? "https" : "http");
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(h, CURLOPT_PROXY, "");
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(h, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)BT_FETCH_SECONDS);
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->why);
  curl_easy_setopt(h, CURLOPT_USERAGENT, c->agent);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, c);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, c);
  curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(h, CURLOPT_XFERINFODATA, c);
  curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
  if (c->pins)
    curl_easy_setopt(h, CURLOPT_RESOLVE, c->pins);
  if (asked->ca) { /* these, and no others */
    curl_easy_setopt(h, CURLOPT_CAINFO, asked->ca);
    curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
  }
  if (asked->cert) {
    curl_easy_setopt(h, CURLOPT_SSLCERT, asked->cert);
    curl_easy_setopt(h, CURLOPT_SSLKEY, asked->key);
  }
}

static bt_text field_text(const bt_curl *c, field_name f) {
  return c->has[f] ? (bt_text){c->fields[f], strlen(c->fields[f])} : (bt_text){0};
}

static const char *failure_of(const bt_curl *c, CURLcode code) {
  if (c->too_long)
    return c->header_bytes > HEADER_BYTES_MAX ? "the answer's header is too long"
                                              : "the answer is too long";
  if (c->banned && code == CURLE_COULDNT_CONNECT)
    return c->tls
               ? "the name stands for a link-local or metadata address, which is never asked"
               : "without TLS only loopback is asked, and never a link-local or metadata address";
  return *c->why ? c->why : curl_easy_strerror(code);
}

bt_fetched bt_curl_carry(bt_curl *c, const bt_fetch *asked) {
  long status = 0;
  c->tls = strncmp(asked->url, "https://", 8) == 0;
  c->banned = c->too_long = false;
  c->len = c->header_bytes = 0;
  *c->why = 0;
  memset(c->has, 0, sizeof c->has);
  struct curl_slist *headers = headers_of(asked);
  if (!headers && asked->headers[0])
    return (bt_fetched){.failure = "out of memory"};
  set_options(c, asked);
  curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
  if (asked->form)
    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, asked->form);
  CURLcode code = curl_easy_perform(c->easy);
  curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(headers);
  if (code != CURLE_OK)
    return (bt_fetched){.failure = failure_of(c, code)};
  return (bt_fetched){.status = (int)status,
                      .body = {c->body, c->len},
                      .etag = field_text(c, FIELD_ETAG),
                      .last_modified = field_text(c, FIELD_MODIFIED),
                      .cache_control = field_text(c, FIELD_CACHE),
                      .retry_after = field_text(c, FIELD_RETRY),
                      .location = field_text(c, FIELD_LOCATION)};
}

/* ---- a key set ------------------------------------------------------------------------------- */

static double wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bt_fetch_verdict bt_curl_keys(bt_curl *c, bt_policy *policy, size_t i, bt_text *set,
                              bt_problem_fn tell, void *context) {
  bt_fetch_verdict verdict = BT_FETCH_MORE;
  for (int step = 0; step < STEPS_MAX && verdict == BT_FETCH_MORE; step++) {
    bt_fetch asked;
    if (!bt_fetch_begin(policy, i, wall(), &asked, tell, context))
      return BT_FETCH_FAILED;
    bt_fetched answer = bt_curl_carry(c, &asked);
    verdict = bt_fetch_end(policy, i, &asked, &answer, wall(), tell, context);
    if (set)
      *set = answer.body;
    bt_fetch_free(&asked);
  }
  return verdict == BT_FETCH_MORE ? BT_FETCH_FAILED : verdict;
}
