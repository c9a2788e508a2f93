/* Requests and responses as text, and the small things about headers. */
#include "net/net.h"

const char *http_failure_text(http_failure f) {
  static const char *const texts[] = {
      [HTTP_OK] = "answered",
      [HTTP_REFUSED] = "nobody listens there (connection refused or name not found)",
      [HTTP_TIMEOUT] = "no complete answer within the time limit",
      [HTTP_DROPPED] = "the connection was closed without a complete answer",
      [HTTP_TLS] = "the TLS handshake or the certificate failed",
      [HTTP_BROKEN] = "the answer is not HTTP",
      [HTTP_WITHHELD] = "not sent: held back",
      [HTTP_OUT_OF_SCOPE] = "not sent: outside the target's scheme, host and port",
      [HTTP_NO_BUDGET] = "not sent: the budget of --max-requests is spent",
      [HTTP_INVALID] = "not sent: it cannot be written as an HTTP request",
      [HTTP_STOPPED] = "not sent: the scan was stopped"};
  return f < sizeof texts / sizeof *texts ? texts[f] : "unknown";
}

str http_header_get(const http_headers *h, str name) {
  for (size_t i = 0; i < h->len; i++)
    if (str_ieq(h->at[i].name, name))
      return h->at[i].value;
  return STR("");
}

bool http_name_valid(str name) {
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
      return false;
  }
  return name.len > 0;
}

bool http_value_valid(str value) {
  for (size_t i = 0; i < value.len; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    if ((c < ' ' && c != '\t') || c == 0x7F)
      return false;
  }
  return true;
}

void http_header_set(arena *a, http_headers *h, str name, str value) {
  size_t kept = 0;
  for (size_t i = 0; i < h->len; i++)
    if (!str_ieq(h->at[i].name, name))
      h->at[kept++] = h->at[i];
  h->len = kept;
  http_header one = {name, value};
  list_push(a, h, one);
}

/* Control bytes and what is not ASCII are spelled, so that an answer cannot write to the terminal.
 */
static void put_printable(buf *b, str s) {
  bool utf8 = str_is_utf8(s);
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if ((c >= ' ' && c < 127) || c == '\n' || c == '\t' || (utf8 && c >= 0x80))
      buf_char(b, (char)c);
    else if (c != '\r')
      buf_printf(b, "\\x%02X", c);
  }
}

static void put_headers(buf *b, const http_headers *h) {
  for (size_t i = 0; i < h->len; i++) {
    put_printable(b, h->at[i].name);
    buf_put(b, STR(": "));
    put_printable(b, h->at[i].value);
    buf_char(b, '\n');
  }
}

static str cut(arena *a, str text, size_t limit) {
  if (text.len <= limit)
    return text;
  while (limit && ((unsigned char)text.ptr[limit] & 0xC0) == 0x80)
    limit--; /* not within a character */
  return arena_printf(a, "%.*s\n... (%zu bytes more)", STR_ARG(str_sub(text, 0, limit)),
                      text.len - limit);
}

str http_request_text(arena *a, const http_request *r, size_t limit) {
  buf b = {.arena = a};
  buf_printf(&b, "%.*s ", STR_ARG(r->method));
  put_printable(&b, r->url.path);
  if (r->url.query.ptr) {
    buf_char(&b, '?');
    put_printable(&b, r->url.query);
  }
  buf_printf(&b, " HTTP/1.1\nHost: %.*s", STR_ARG(r->url.host));
  if (r->url.port != 80 && r->url.port != 443)
    buf_printf(&b, ":%u", r->url.port);
  buf_char(&b, '\n');
  put_headers(&b, &r->headers);
  if (r->body.len) {
    buf_char(&b, '\n');
    put_printable(&b, r->body);
  }
  return cut(a, buf_str(&b), limit);
}

str http_response_text(arena *a, const http_response *r, size_t limit) {
  buf b = {.arena = a};
  buf_printf(&b, "HTTP %d\n", r->status);
  put_headers(&b, &r->headers);
  buf_char(&b, '\n');
  put_printable(&b, r->body);
  if (r->truncated)
    buf_put(&b, STR("\n... (it went on)"));
  return cut(a, buf_str(&b), limit);
}

static void put_quoted(buf *b, str s) {
  buf_char(b, '\'');
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '\'')
      buf_put(b, STR("'\\''"));
    else
      buf_char(b, s.ptr[i]);
  buf_char(b, '\'');
}

str http_request_curl(arena *a, const http_request *r) {
  buf b = {.arena = a};
  buf_put(&b, STR("curl -i --path-as-is"));
  if (!str_eq(r->method, STR("GET")))
    buf_printf(&b, " -X %.*s", STR_ARG(r->method));
  for (size_t i = 0; i < r->headers.len; i++) {
    buf_put(&b, STR(" -H "));
    put_quoted(&b, arena_printf(a, r->headers.at[i].value.len ? "%.*s: %.*s" : "%.*s;%.*s",
                                STR_ARG(r->headers.at[i].name), STR_ARG(r->headers.at[i].value)));
  }
  if (r->body.len) {
    buf_put(&b, STR(" --data-binary "));
    put_quoted(&b, r->body);
  }
  buf_char(&b, ' ');
  put_quoted(&b, url_text(a, &r->url));
  return buf_str(&b);
}
