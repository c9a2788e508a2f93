/* The client: libcurl's multi interface behind rate, budget, scope and size limits. */
#include "net/net.h"
#include "net/pace.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
  HEADERS_MAX = 256,
  HEADER_BYTES_MAX = 64 * 1024,
  RETRIES = 2,
  GATEWAY_RETRIES = 2,
  POLL_MS = 100,
  THROTTLE_WAIT_MAX = 5,
  THROTTLE_TOTAL_MAX = 20
};

/* One request in flight, with its own easy handle, used again for the next. */
typedef struct {
  CURL *easy;
  struct curl_slist *headers, *resolve;
  size_t index; /* of the request */
  char *body;
  size_t body_len, body_cap;
  http_headers got;
  arena *memory; /* of the headers while they arrive */
  size_t header_bytes;
  bool cut; /* we stopped reading: the body or the headers were too long */
  bool busy;
  double began;
} slot;

struct http_client {
  http_options options;
  arena *arena;
  CURLM *multi;
  slot *slots;
  size_t sent;
  pace pace;
  unsigned concurrency;
  double waited;
  struct curl_slist *resolve;
};

/* ---- receiving ------------------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t count, void *of) {
  slot *s = of;
  size_t len = size * count, room = HTTP_BODY_MAX - s->body_len, take = len < room ? len : room;
  if (s->body_len + take > s->body_cap) {
    size_t cap = s->body_cap ? s->body_cap * 2 : 16384;
    while (cap < s->body_len + take)
      cap *= 2;
    char *bigger = realloc(s->body, cap);
    if (!bigger)
      return 0;
    s->body = bigger;
    s->body_cap = cap;
  }
  if (take)
    memcpy(s->body + s->body_len, bytes, take);
  s->body_len += take;
  s->cut = take < len;
  return s->cut ? 0 : len;
}

/* Each answer of a chain of 1xx starts its headers anew; together they are bounded. */
static size_t on_header(char *bytes, size_t size, size_t count, void *of) {
  slot *s = of;
  str line = str_trim(str_from(bytes, size * count));
  s->header_bytes += size * count;
  if (s->header_bytes > HEADER_BYTES_MAX || s->got.len >= HEADERS_MAX) {
    s->cut = true;
    return 0;
  }
  if (str_starts(line, STR("HTTP/"))) {
    s->got.len = 0;
    return size * count;
  }
  size_t colon = str_find(line, STR(":"), 0);
  if (colon == SIZE_MAX || !line.len)
    return size * count;
  http_header h = {arena_str(s->memory, str_sub(line, 0, colon)),
                   arena_str(s->memory, str_trim(str_sub(line, colon + 1, line.len)))};
  list_push(s->memory, &s->got, h);
  return size * count;
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool clean(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == 0)
      return false;
  return true;
}

static bool writable(const http_request *r) {
  if (!r->method.len || !clean(r->method) || str_contains(r->method, STR(" ")))
    return false;
  for (size_t i = 0; i < r->headers.len; i++) {
    http_header h = r->headers.at[i];
    if (!h.name.len || !clean(h.name) || !clean(h.value) || str_contains(h.name, STR(":")))
      return false;
  }
  return true;
}

static bool add_header(slot *s, arena *scratch, str name, str value) {
  /* curl drops "Name:" and sends an empty header for "Name;" */
  str line = value.len ? arena_printf(scratch, "%.*s: %.*s", STR_ARG(name), STR_ARG(value))
                       : arena_printf(scratch, "%.*s;", STR_ARG(name));
  struct curl_slist *longer = curl_slist_append(s->headers, line.ptr);
  if (longer)
    s->headers = longer;
  return longer != NULL;
}

static void set_headers(slot *s, arena *scratch, const http_request *r) {
  curl_slist_free_all(s->headers);
  s->headers = NULL;
  if (!http_header_get(&r->headers, STR("Accept")).len)
    add_header(s, scratch, STR("Accept"), STR("application/json, */*;q=0.8"));
  struct curl_slist *no_expect = curl_slist_append(s->headers, "Expect:");
  if (no_expect)
    s->headers = no_expect;
  for (size_t i = 0; i < r->headers.len; i++)
    add_header(s, scratch, r->headers.at[i].name, r->headers.at[i].value);
  if (r->body.ptr && !http_header_get(&r->headers, STR("Content-Type")).len)
    add_header(s, scratch, STR("Content-Type"), STR("application/json"));
}

static void set_limits(CURL *h, const http_options *o) {
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(o->timeout * 1000));
  curl_easy_setopt(h, CURLOPT_PROXY, o->proxy ? o->proxy : ""); /* never from the environment */
  curl_easy_setopt(h, CURLOPT_USERAGENT, o->user_agent.ptr ? o->user_agent.ptr : "batten");
}

static void set_trust(CURL *h, const http_options *o) {
  if (o->insecure) {
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (o->cacert)
    curl_easy_setopt(h, CURLOPT_CAINFO, o->cacert);
  if (o->cert)
    curl_easy_setopt(h, CURLOPT_SSLCERT, o->cert);
  if (o->cert_key)
    curl_easy_setopt(h, CURLOPT_SSLKEY, o->cert_key);
}

static void set_request(http_client *c, slot *s, arena *scratch, const http_request *r) {
  CURL *h = s->easy;
  curl_easy_reset(h);
  set_limits(h, &c->options);
  set_trust(h, &c->options);
  set_headers(s, scratch, r);
  if (c->resolve)
    curl_easy_setopt(h, CURLOPT_RESOLVE, c->resolve);
  curl_easy_setopt(h, CURLOPT_URL, url_text(scratch, &r->url).ptr);
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, s->headers);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, s);
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, s);
  curl_easy_setopt(h, CURLOPT_PRIVATE, s);
  if (str_eq(r->method, STR("HEAD")))
    curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
  if (r->body.ptr) {
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
    curl_easy_setopt(h, CURLOPT_COPYPOSTFIELDS, r->body.len ? r->body.ptr : "");
  }
  curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, arena_text(scratch, r->method));
}

static void begin(http_client *c, slot *s, const http_request *r, size_t index) {
  arena *scratch = arena_new();
  set_request(c, s, scratch, r);
  s->index = index;
  s->body_len = 0;
  s->got = (http_headers){0};
  s->memory = arena_new();
  s->header_bytes = 0;
  s->cut = false;
  s->busy = true;
  s->began = clock_monotonic();
  c->sent++;
  curl_multi_add_handle(c->multi, s->easy);
  arena_free(scratch); /* curl copies what it is given, the header list is the slot's */
}

/* ---- one answer ------------------------------------------------------------------------------ */

static http_failure failure_of(CURLcode code, const slot *s, long status) {
  switch (code) {
  case CURLE_OK:
    return HTTP_OK;
  case CURLE_WRITE_ERROR:
    return s->cut && status ? HTTP_OK : HTTP_BROKEN; /* we stopped reading on purpose */
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT:
    return HTTP_REFUSED;
  case CURLE_OPERATION_TIMEDOUT:
    return HTTP_TIMEOUT;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
    return HTTP_TLS;
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
    return HTTP_DROPPED;
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR: /* refused while we still wrote: what was answered before counts */
    return status >= 200 && s->got.len ? HTTP_OK : HTTP_DROPPED;
  default:
    return HTTP_BROKEN;
  }
}

static void take_answer(slot *s, arena *a, CURLcode code, http_response *out) {
  long status = 0;
  curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
  *out = (http_response){.failure = failure_of(code, s, status),
                         .seconds = clock_monotonic() - s->began};
  if (out->failure != HTTP_OK)
    return;
  out->status = (int)status;
  out->truncated = s->cut;
  out->body = arena_str(a, str_from(s->body ? s->body : "", s->body_len));
  for (size_t i = 0; i < s->got.len; i++) {
    http_header h = {arena_str(a, s->got.at[i].name), arena_str(a, s->got.at[i].value)};
    list_push(a, &out->headers, h);
  }
}

static void end(http_client *c, slot *s) {
  curl_multi_remove_handle(c->multi, s->easy);
  arena_free(s->memory);
  s->memory = NULL;
  s->busy = false;
}

/* ---- pace ------------------------------------------------------------------------------------ */

static bool stopped(const http_client *c) {
  return c->options.stop && *c->options.stop;
}

static double wait_left(http_client *c) {
  return pace_left(&c->pace, clock_monotonic());
}

/* Sleeps while nothing comes; poll counts in milliseconds, which are spaces at high rates, and no
 * sleep is shorter than SHORT. */
static void rest(http_client *c, double seconds) {
  static const double SHORT = 50e-6;
  struct timespec moment = {0, (long)(seconds * 1e9)};
  if (seconds >= 0.001)
    curl_multi_poll(c->multi, NULL, 0, seconds > 0.1 ? POLL_MS : (int)(seconds * 1000), NULL);
  else if (seconds > SHORT)
    nanosleep(&moment, NULL);
}

void http_slow_down(http_client *c, double factor) {
  pace_slow_down(&c->pace, factor);
  c->concurrency = (unsigned)((double)c->concurrency / factor) < 1
                       ? 1
                       : (unsigned)((double)c->concurrency / factor);
}

void http_pause(http_client *c, double seconds) {
  double until = clock_monotonic() + seconds;
  for (double left; !stopped(c) && (left = until - clock_monotonic()) > 0;)
    rest(c, left);
}

static double retry_after(const http_response *r) {
  str text = http_header_get(&r->headers, STR("Retry-After"));
  double seconds = 1;
  if (text.len && !str_to_double(text, &seconds)) {
    char date[64] = {0};
    memcpy(date, text.ptr, text.len < sizeof date - 1 ? text.len : sizeof date - 1);
    time_t at = curl_getdate(date, NULL);
    seconds = at > 0 ? (double)at - clock_wall() : 1;
  }
  if (seconds < 0)
    seconds = 0;
  return seconds > THROTTLE_WAIT_MAX ? THROTTLE_WAIT_MAX : seconds;
}

static bool is_throttled(const http_response *r) {
  return r->status == 429 ||
         (r->status == 503 && http_header_get(&r->headers, STR("Retry-After")).len);
}

/* ---- a batch --------------------------------------------------------------------------------- */

typedef struct {
  const http_request *requests;
  http_response *responses;
  unsigned char *tries;
  size_t count, next, left;
  LIST(size_t) again; /* throttled: to be sent once more */
  double pause;
  arena *arena, *scratch;
} batch;

static http_failure may_send(const http_client *c, const http_request *r) {
  if (stopped(c))
    return HTTP_STOPPED;
  if (!url_same_origin(&r->url, &c->options.target))
    return HTTP_OUT_OF_SCOPE;
  if (!writable(r))
    return HTTP_INVALID;
  return c->sent >= c->options.max_requests ? HTTP_NO_BUDGET : HTTP_OK;
}

static slot *free_slot(http_client *c) {
  for (unsigned i = 0; i < c->concurrency; i++)
    if (!c->slots[i].busy)
      return &c->slots[i];
  return NULL;
}

static bool next_index(batch *b, size_t *index) {
  if (b->again.len) {
    *index = b->again.at[--b->again.len];
    return true;
  }
  if (b->next >= b->count)
    return false;
  *index = b->next++;
  return true;
}

static void fill_slots(http_client *c, batch *b) {
  for (slot *s; (s = free_slot(c)) && (b->again.len || b->next < b->count);) {
    size_t i;
    if (!stopped(c) && wait_left(c) > 0)
      return;
    if (!next_index(b, &i))
      return;
    http_failure f = may_send(c, &b->requests[i]);
    if (f != HTTP_OK) {
      if (!b->tries[i])
        b->responses[i] = (http_response){.failure = f};
      b->left--;
      continue;
    }
    pace_take(&c->pace);
    begin(c, s, &b->requests[i], i);
  }
}

/* A connection kept alive that the server had closed meanwhile says nothing about the request. */
static bool stale_connection(const slot *s, const http_response *r, const http_request *q) {
  long fresh = 1;
  curl_easy_getinfo(s->easy, CURLINFO_NUM_CONNECTS, &fresh);
  return r->failure == HTTP_DROPPED && fresh == 0 && !q->body.ptr;
}

/* 502, 503 and 504 are a gateway's word about its own trouble, not about the token: a request that
 * changes nothing is asked again. What stays is the answer. */
static bool gateway_failed(const http_response *r, const http_request *q, unsigned tries) {
  bool safe = str_eq(q->method, STR("GET")) || str_eq(q->method, STR("HEAD")) ||
              str_eq(q->method, STR("OPTIONS"));
  return safe && tries <= GATEWAY_RETRIES && r->failure == HTTP_OK && r->status >= 502 &&
         r->status <= 504;
}

static void finish_one(http_client *c, batch *b, slot *s, CURLcode code) {
  size_t i = s->index;
  http_response *r = &b->responses[i];
  bool held_back = b->tries[i] && (r->held_back || r->throttled);
  take_answer(s, b->arena, code, r);
  r->held_back = held_back;
  bool stale = b->tries[i] == 0 && stale_connection(s, r, &b->requests[i]);
  end(c, s);
  r->throttled = r->failure == HTTP_OK && is_throttled(r);
  b->tries[i]++;
  bool sick = !r->throttled && gateway_failed(r, &b->requests[i], b->tries[i]);
  if (stale || sick || (r->throttled && b->tries[i] <= RETRIES && c->waited < THROTTLE_TOTAL_MAX)) {
    double wait = r->throttled ? retry_after(r) : 0;
    if (wait > b->pause)
      b->pause = wait;
    list_push(b->scratch, &b->again, i);
    return;
  }
  b->left--;
}

static void collect(http_client *c, batch *b) {
  int queued;
  bool throttled = false;
  for (CURLMsg *m; (m = curl_multi_info_read(c->multi, &queued));) {
    slot *s = NULL;
    if (m->msg != CURLMSG_DONE)
      continue;
    CURLcode code = m->data.result;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
    size_t i = s->index;
    finish_one(c, b, s, code);
    throttled |= b->responses[i].throttled;
  }
  if (!throttled)
    return;
  http_slow_down(c, 2);
  c->waited += b->pause;
  http_pause(c, b->pause);
  b->pause = 0;
}

static void abort_rest(http_client *c, batch *b) {
  for (unsigned i = 0; i < c->options.concurrency; i++)
    if (c->slots[i].busy) {
      if (!b->tries[c->slots[i].index])
        b->responses[c->slots[i].index] = (http_response){.failure = HTTP_STOPPED};
      end(c, &c->slots[i]);
      b->left--;
    }
}

void http_run(http_client *c, arena *a, const http_request *requests, http_response *responses,
              size_t count) {
  arena *scratch = arena_new();
  batch b = {.requests = requests,
             .responses = responses,
             .count = count,
             .left = count,
             .arena = a,
             .scratch = scratch};
  b.tries = arena_alloc(scratch, count + 1);
  while (b.left) {
    int running = 0;
    fill_slots(c, &b);
    if (stopped(c))
      abort_rest(c, &b);
    curl_multi_perform(c->multi, &running);
    collect(c, &b);
    if (!b.left)
      break;
    rest(c, free_slot(c) && (b.next < b.count || b.again.len) ? wait_left(c) : 1);
  }
  arena_free(scratch);
}

/* ---- life ------------------------------------------------------------------------------------ */

http_client *http_client_new(const http_options *options, error *e) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
    error_set(e, ERROR_INTERNAL, "libcurl cannot be started");
    return NULL;
  }
  arena *a = arena_new();
  http_client *c = arena_make(a, http_client);
  *c = (http_client){.options = *options,
                     .arena = a,
                     .concurrency = options->concurrency,
                     .pace = pace_begin(options->rate, clock_monotonic())};
  c->options.user_agent = arena_str(a, options->user_agent);
  c->multi = curl_multi_init();
  c->slots = arena_alloc(a, options->concurrency * sizeof *c->slots);
  for (unsigned i = 0; i < options->concurrency; i++)
    c->slots[i].easy = curl_easy_init();
  for (size_t i = 0; i < options->resolve.len; i++)
    c->resolve = curl_slist_append(c->resolve, arena_text(a, options->resolve.at[i]));
  curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)options->concurrency);
  return c;
}

void http_client_free(http_client *c) {
  if (!c)
    return;
  for (unsigned i = 0; i < c->options.concurrency; i++) {
    curl_slist_free_all(c->slots[i].headers);
    curl_easy_cleanup(c->slots[i].easy);
    free(c->slots[i].body);
  }
  curl_multi_cleanup(c->multi);
  curl_slist_free_all(c->resolve);
  arena_free(c->arena);
  curl_global_cleanup();
}

size_t http_sent(const http_client *c) {
  return c->sent;
}
