#include "guard/guard_private.h"

#include <stdlib.h>

static void within(str part, str all) {
  if (part.len && (part.ptr < all.ptr || part.ptr + part.len > all.ptr + all.len))
    abort();
}

/* What a whole head holds lies in the bytes that came, and none of it could be read in two ways. */
static void check(const question *q, str bytes) {
  within(q->method, bytes);
  within(q->target, bytes);
  if (!q->length || q->length > bytes.len || q->count > FIELDS_MAX)
    abort();
  for (size_t i = 0; i < q->count; i++) {
    within(q->fields[i].name, bytes);
    within(q->fields[i].value, bytes);
    if (q->fields[i].value.len && (memchr(q->fields[i].value.ptr, 0, q->fields[i].value.len) ||
                                   memchr(q->fields[i].value.ptr, '\n', q->fields[i].value.len) ||
                                   memchr(q->fields[i].value.ptr, '\r', q->fields[i].value.len)))
      abort();
  }
}

/* Byte by byte it is the same question as at once. */
static void in_pieces(str bytes, const question *whole, question_state state) {
  static question q;
  size_t looked = 0, len = 0;
  question_state now = QUESTION_PARTIAL;
  while (now == QUESTION_PARTIAL && len < bytes.len)
    now = question_read(str_sub(bytes, 0, ++len), &looked, &q);
  if (now != state || (now == QUESTION_WHOLE && q.length != whole->length))
    abort();
}

static void logged(str bytes, log_style style) {
  char room[256];
  str shown = log_text(bytes, style, room, sizeof room);
  if (shown.len > sizeof room || !str_is_utf8(shown))
    abort();
  for (size_t i = 0; i < shown.len; i++)
    if ((unsigned char)shown.ptr[i] < 0x20)
      abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static question q;
  str bytes = str_from(data, size);
  size_t looked = 0;
  question_state state = question_read(bytes, &looked, &q);
  if (state == QUESTION_WHOLE)
    check(&q, bytes);
  if (size < 2048)
    in_pieces(bytes, &q, state);
  logged(bytes, LOG_JSON);
  logged(bytes, LOG_PLAIN);
  return 0;
}
