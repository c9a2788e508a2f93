/* The compact serialization taken apart into buffers that are made once (RFC 7515 sections 3.1
 * and 7.1). */
#include "token/strict.h"

#include <stdlib.h>

enum { HEADER_KEPT_MAX = 256 };

bool compact_new(compact *c) {
  *c = (compact){.bytes = calloc(1, TOKEN_LIMIT_MAX + 4 * PADDING),
                 .last_header = calloc(1, HEADER_KEPT_MAX)};
  return c->bytes && c->last_header && json_object_new(&c->header, JSON_MAX) &&
         json_object_new(&c->claims, JSON_MAX);
}

void compact_free(compact *c) {
  free(c->bytes);
  free(c->last_header);
  json_object_free(&c->header);
  json_object_free(&c->claims);
}

static bool decode(str part, char **room, str *out) {
  size_t len = base64_strict(part, (unsigned char *)*room);
  if (len == SIZE_MAX)
    return false;
  *out = str_from(*room, len);
  *room += len + PADDING;
  return true;
}

/* The header decoded; or still there from the token before, which nearly always had the same. */
static bool decode_header(compact *c, str part, char **room) {
  c->header_kept =
      part.len && part.len == c->last_header_len && memcmp(part.ptr, c->last_header, part.len) == 0;
  if (c->header_kept) {
    *room += c->header_json.len + PADDING;
    return true;
  }
  c->last_header_len = 0;
  return decode(part, room, &c->header_json);
}

void compact_keep_header(compact *c) {
  size_t len = (size_t)((const char *)memchr(c->signing_input.ptr, '.', c->signing_input.len) -
                        c->signing_input.ptr);
  if (c->header_kept || len > HEADER_KEPT_MAX)
    return;
  memcpy(c->last_header, c->signing_input.ptr, len);
  c->last_header_len = len;
}

bt_refusal compact_split(compact *c, str jwt, size_t limit) {
  if (!jwt.len)
    return BT_TOKEN_MISSING;
  if (jwt.len > limit)
    return BT_TOKEN_TOO_LONG; /* rule 1: before any work */
  const char *end = jwt.ptr + jwt.len;
  const char *first = memchr(jwt.ptr, '.', jwt.len);
  const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
  if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
    return BT_TOKEN_NOT_COMPACT; /* rule 1: RFC 7515 7.1 */
  char *room = c->bytes;
  c->signing_input = str_from(jwt.ptr, (size_t)(second - jwt.ptr));
  bool ok = decode_header(c, str_from(jwt.ptr, (size_t)(first - jwt.ptr)), &room) &&
            decode(str_from(first + 1, (size_t)(second - first - 1)), &room, &c->payload_json) &&
            decode(str_from(second + 1, (size_t)(end - second - 1)), &room, &c->signature);
  return ok ? BT_REFUSAL_NONE : BT_BASE64_INVALID;
}

bt_refusal json_refusal(json_fault fault) {
  static const bt_refusal of[] = {[JSON_FINE] = BT_REFUSAL_NONE,
                                  [JSON_BROKEN] = BT_JSON_INVALID,
                                  [JSON_NO_OBJECT] = BT_JSON_NOT_OBJECT,
                                  [JSON_TWICE] = BT_JSON_DUPLICATE,
                                  [JSON_DEEP] = BT_JSON_TOO_DEEP};
  return of[fault];
}
