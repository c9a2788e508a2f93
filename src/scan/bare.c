/* The request without any credential: not only without the good token in its place, but without
 * whatever else a server could know the caller by. */
#include "scan/check.h"
#include "scan/match.h"

/* Says how to talk, and nothing of who talks. */
static bool is_neutral(str name) {
  static const char words[] =
      "(?i)\\A(?:accept(?:-.*)?|content-type|content-length|user-agent|host|"
      "origin|referer|connection|cache-control|pragma|dnt|te|sec-.*|"
      "x-requested-with|x-api-version|api-version|if-.*|priority|"
      "upgrade-insecure-requests)\\z";
  str hit;
  return regex_find(regex_kept(words), name, 0, &hit);
}

static bool names_credential(str name) {
  static const char words[] = "(?i)auth|token|key|secret|session|credential|password|\\Acookie\\z|"
                              "userinfo|x-user|jwt|sid\\z";
  str hit;
  return regex_find(regex_kept(words), name, 0, &hit);
}

static bool holds_token(str text) {
  size_t from = 0;
  str hit;
  return token_find(text, &from, &hit);
}

bool header_is_credential(const subject *s, const http_header *h) {
  bool given = str_eq(h->value, http_header_get(&s->options->headers, h->name));
  return holds_token(h->value) || names_credential(h->name) || (given && !is_neutral(h->name));
}

/* Every token in the text becomes a word that is none. */
static str without_tokens(arena *a, str text, bool *dropped) {
  buf b = {.arena = a};
  size_t from = 0, last = 0;
  str hit;
  while (token_find(text, &from, &hit)) {
    size_t at = (size_t)(hit.ptr - text.ptr);
    buf_put(&b, str_sub(text, last, at));
    buf_put(&b, STR("batten-not-a-token"));
    last = at + hit.len;
    *dropped = true;
  }
  buf_put(&b, str_sub(text, last, text.len));
  return *dropped ? buf_str(&b) : text;
}

bool request_bare(const subject *s, http_request *out) {
  bool dropped = false, in_body = false;
  http_request r = request_with_token(s->arena, s->operation, (str){0});
  *out = r;
  out->headers = (http_headers){0};
  for (size_t i = 0; i < r.headers.len; i++)
    if (header_is_credential(s, &r.headers.at[i]))
      dropped = true;
    else
      list_push(s->arena, &out->headers, r.headers.at[i]);
  str rest = r.url.query, pair;
  while (rest.ptr && str_next(&rest, '&', &pair)) {
    str name = percent_decode(s->arena, str_sub(pair, 0, str_find(pair, STR("="), 0)));
    if (!holds_token(pair))
      continue;
    out->url = url_without_query(s->arena, &out->url, name);
    dropped = true;
  }
  if (r.body.len)
    out->body = without_tokens(s->arena, r.body, &in_body);
  return dropped || in_body;
}
