/* The head of a request, read strictly (RFC 9112): what two servers could read in two ways is
 * refused whole, before anything is decided by it. Only the head counts; a body is never read. */
#include "guard/guard_private.h"

/* ---- characters ------------------------------------------------------------------------------ */

/* RFC 9110 section 5.6.2 */
static bool is_token_byte(unsigned char c) {
  bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter_or_digit || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (!is_token_byte((unsigned char)s.ptr[i]))
      return false;
  return s.len > 0;
}

static bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7F;
}

/* RFC 9110 section 5.5: of the control characters only the tab */
static bool is_value(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (is_control((unsigned char)s.ptr[i]) && s.ptr[i] != '\t')
      return false;
  return true;
}

static bool is_target(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (is_control((unsigned char)s.ptr[i]) || s.ptr[i] == ' ')
      return false;
  return s.len > 0;
}

static bool is_number(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return false;
  return s.len > 0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* A name for a person, and the state; the rest of the head is not looked at. */
static question_state malformed(question *q, const char *why) {
  q->wrong = why;
  return QUESTION_MALFORMED;
}

/* Up to CR LF; a line that ends otherwise, or holds a CR, is none. */
static bool next_line(str *rest, str *line) {
  const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
  size_t len = end ? (size_t)(end - rest->ptr) : 0;
  if (!len || rest->ptr[len - 1] != '\r')
    return false;
  *line = str_sub(*rest, 0, len - 1);
  *rest = str_sub(*rest, len + 1, rest->len);
  return true;
}

static bool read_request_line(str line, question *q) {
  str version;
  if (!str_next(&line, ' ', &q->method) || !str_next(&line, ' ', &q->target) ||
      !str_next(&line, ' ', &version) || line.ptr)
    return false;
  q->old_version = str_eq(version, STR("HTTP/1.0"));
  return is_token(q->method) && is_target(q->target) &&
         (q->old_version || str_eq(version, STR("HTTP/1.1")));
}

static str without_blanks(str s) {
  while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
    s = str_sub(s, 1, s.len);
  while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
    s.len--;
  return s;
}

/* RFC 9112 section 5: no blank before the colon, no folded line */
static bool read_field(str line, field *f) {
  const char *colon = memchr(line.ptr, ':', line.len);
  if (!colon)
    return false;
  size_t name_length = (size_t)(colon - line.ptr);
  f->name = str_sub(line, 0, name_length);
  f->value = without_blanks(str_sub(line, name_length + 1, line.len));
  return is_token(f->name) && is_value(f->value);
}

/* ---- what frames the message ----------------------------------------------------------------- */

bool question_field(const question *q, str name, size_t i, str *value) {
  for (const field *f = q->fields; f < q->fields + q->count; f++) {
    if (f->name.len != name.len || !str_ieq(f->name, name) || i-- > 0)
      continue;
    *value = f->value;
    return true;
  }
  return false;
}

static size_t count_named(const question *q, str name) {
  str value;
  size_t n = 0;
  while (question_field(q, name, n, &value))
    n++;
  return n;
}

static bool says(const question *q, str word) {
  str value, option;
  for (size_t i = 0; question_field(q, STR("Connection"), i, &value); i++)
    while (str_next(&value, ',', &option))
      if (str_ieq(without_blanks(option), word))
        return true;
  return false;
}

/* RFC 9112 sections 3.2 and 6: one host, one length, never a length beside a coding. */
static question_state read_framing(question *q) {
  str length = {0};
  size_t hosts = count_named(q, STR("Host")), lengths = count_named(q, STR("Content-Length"));
  bool coded = count_named(q, STR("Transfer-Encoding")) > 0;
  if (hosts > 1 || (!hosts && !q->old_version))
    return malformed(q, "not one Host field");
  if (lengths > 1)
    return malformed(q, "several Content-Length fields");
  if (lengths && coded)
    return malformed(q, "Content-Length beside Transfer-Encoding");
  if (question_field(q, STR("Content-Length"), 0, &length) && !is_number(length))
    return malformed(q, "a Content-Length that is no number");
  bool body = coded || (length.len && !str_eq(length, STR("0")));
  bool kept = q->old_version ? says(q, STR("keep-alive")) : !says(q, STR("close"));
  q->closes = body || !kept;
  return QUESTION_WHOLE;
}

/* ---- the head -------------------------------------------------------------------------------- */

/* Where the first empty line ends, from `*looked` on; 0: not here yet. A line may end in LF alone
 * here, so that one who writes it so is answered rather than waited for. */
static size_t find_end(str bytes, size_t *looked) {
  size_t at = *looked;
  const char *lf;
  while (at < bytes.len && (lf = memchr(bytes.ptr + at, '\n', bytes.len - at))) {
    size_t next = (size_t)(lf - bytes.ptr) + 1;
    if (next < bytes.len && bytes.ptr[next] == '\n')
      return next + 1;
    if (next + 1 < bytes.len && bytes.ptr[next] == '\r' && bytes.ptr[next + 1] == '\n')
      return next + 2;
    if (next + 1 >= bytes.len)
      return *looked = next - 1, 0;
    at = next;
  }
  *looked = bytes.len;
  return 0;
}

static question_state read_head(str head, question *q) {
  str line;
  if (memchr(head.ptr, 0, head.len))
    return malformed(q, "a NUL");
  if (!next_line(&head, &line) || !read_request_line(line, q))
    return malformed(q, "the request line");
  for (;;) {
    if (!next_line(&head, &line))
      return malformed(q, "a line that does not end in CR LF");
    if (!line.len)
      return read_framing(q);
    if (q->count == FIELDS_MAX)
      return QUESTION_TOO_LARGE;
    if (!read_field(line, &q->fields[q->count++]))
      return malformed(q, "a header field");
  }
}

question_state question_read(str bytes, size_t *looked, question *q) {
  size_t begin = 0;
  q->count = q->length = 0;
  q->wrong = NULL;
  q->closes = true;
  while (begin + 1 < bytes.len && bytes.ptr[begin] == '\r' && bytes.ptr[begin + 1] == '\n')
    begin += 2; /* RFC 9112 section 2.2 */
  if (*looked < begin)
    *looked = begin;
  size_t end = find_end(bytes, looked);
  if (!end)
    return bytes.len < HEAD_MAX ? QUESTION_PARTIAL : QUESTION_TOO_LARGE;
  q->length = end;
  return read_head(str_sub(bytes, begin, end), q);
}
