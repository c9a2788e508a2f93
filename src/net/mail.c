/* One e-mail over SMTP, by libcurl. */
#include "net/net.h"

#include <curl/curl.h>

typedef struct {
  str left;
} source;

static size_t read_source(char *to, size_t size, size_t count, void *of) {
  source *s = of;
  size_t n = size * count < s->left.len ? size * count : s->left.len;
  memcpy(to, s->left.ptr, n);
  s->left = str_sub(s->left, n, s->left.len);
  return n;
}

/* A header's value on one line, so that a title from a target cannot add headers of its own. */
static void put_header(buf *b, const char *name, str value) {
  buf_printf(b, "%s: ", name);
  for (size_t i = 0; i < value.len && i < 200; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    buf_char(b, c < 0x20 || c >= 0x7F ? ' ' : (char)c);
  }
  buf_put(b, STR("\r\n"));
}

static void put_body(buf *b, str text) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\n' && (i == 0 || text.ptr[i - 1] != '\r'))
      buf_char(b, '\r');
    buf_char(b, text.ptr[i]);
  }
}

static str message_text(arena *a, const mail *m) {
  buf b = {.arena = a};
  put_header(&b, "From", m->from);
  put_header(&b, "To", m->to);
  put_header(&b, "Subject", m->subject);
  buf_put(&b, STR("MIME-Version: 1.0\r\nContent-Type: text/plain; "
                  "charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"));
  put_body(&b, m->text);
  return buf_str(&b);
}

static CURLcode perform(CURL *c, arena *a, const mail *m, double timeout, source *s) {
  struct curl_slist *to = curl_slist_append(NULL, arena_text(a, m->to));
  curl_easy_setopt(c, CURLOPT_URL, m->server);
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  if (m->user)
    curl_easy_setopt(c, CURLOPT_USERNAME, m->user);
  if (m->password)
    curl_easy_setopt(c, CURLOPT_PASSWORD, m->password);
  if (m->user)
    curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL); /* a password never goes in clear */
  curl_easy_setopt(c, CURLOPT_MAIL_FROM, arena_text(a, m->from));
  curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
  curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(c, CURLOPT_READFUNCTION, read_source);
  curl_easy_setopt(c, CURLOPT_READDATA, s);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(timeout * 1000));
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  CURLcode code = curl_easy_perform(c);
  curl_slist_free_all(to);
  return code;
}

bool mail_send(const mail *m, double timeout, error *e) {
  arena *a = arena_new();
  CURL *c = curl_easy_init();
  source s = {message_text(a, m)};
  CURLcode code = c ? perform(c, a, m, timeout, &s) : CURLE_OUT_OF_MEMORY;
  if (c)
    curl_easy_cleanup(c);
  arena_free(a);
  return code == CURLE_OK || error_set(e, ERROR_INCOMPLETE, "mail: %s", curl_easy_strerror(code));
}
