/* What is sealed: a job, a result. */
#include "watch/fleet.h"

#include <stdlib.h>
#include <zlib.h>

static const str JOB = {"batten-job/1", 12}, RESULT = {"batten-result/1", 15};

enum { FAST = 1, LENGTH_DIGITS = 10 };

/* ---- jobs: the format, the number of arguments, the arguments, the secrets ------------------- */

static void put(buf *b, str piece) {
  buf_put(b, piece);
  buf_char(b, '\0');
}

static size_t packed_size(const str_list *list) {
  size_t n = 0;
  for (size_t i = 0; i < list->len; i++)
    n += list->at[i].len + 1;
  return n;
}

str job_pack(arena *a, const str_list *arguments, const str_list *secrets) {
  size_t room = 64 + packed_size(arguments) +
                packed_size(secrets); /* at once: a buffer that grows leaves copies behind */
  buf b = {.arena = a, .ptr = arena_alloc(a, room), .cap = room};
  put(&b, JOB);
  put(&b, arena_printf(a, "%zu", arguments->len));
  for (size_t i = 0; i < arguments->len; i++)
    put(&b, arguments->at[i]);
  for (size_t i = 0; i < secrets->len; i++)
    put(&b, secrets->at[i]);
  return buf_str(&b);
}

bool job_unpack(arena *a, str packed, str_list *arguments, str_list *secrets) {
  str piece;
  uint64_t n;
  if (!packed.len || packed.ptr[packed.len - 1] != '\0')
    return false;
  packed.len--;
  if (!str_next(&packed, '\0', &piece) || !str_eq(piece, JOB) || !str_next(&packed, '\0', &piece) ||
      !str_to_u64(piece, &n))
    return false;
  while (str_next(&packed, '\0', &piece))
    if (arguments->len < n)
      list_push(a, arguments, piece);
    else
      list_push(a, secrets, piece);
  return n > 0 && arguments->len == n;
}

/* ---- results: the length, then compressed: the format, whether there is a report, who made it,
 * the report or why not -- */

str result_pack(arena *a, const fleet_result *r) {
  buf b = {.arena = a};
  put(&b, RESULT);
  put(&b, r->outcome.have ? STR("1") : STR("0"));
  put(&b, r->worker);
  buf_put(&b, r->outcome.have ? r->outcome.json : r->outcome.reason);
  uLongf len = compressBound(b.len);
  char *packed = arena_alloc(a, LENGTH_DIGITS + len);
  str digits = arena_printf(a, "%0*zu", LENGTH_DIGITS, b.len);
  memcpy(packed, digits.ptr, LENGTH_DIGITS);
  if (b.len > JOB_OUTPUT_MAX + 65536u ||
      compress2((Bytef *)packed + LENGTH_DIGITS, &len, (const Bytef *)b.ptr, b.len, FAST) != Z_OK)
    return (str){0};
  return str_from(packed, LENGTH_DIGITS + len);
}

static bool inflate_text(arena *a, str packed, str *out) {
  uint64_t length;
  if (!str_to_u64(str_sub(packed, 0, LENGTH_DIGITS), &length) || length > JOB_OUTPUT_MAX + 65536u)
    return false;
  uLongf len = (uLongf)length;
  str body = str_sub(packed, LENGTH_DIGITS, packed.len);
  char *text = arena_alloc(a, len + 1);
  if (uncompress((Bytef *)text, &len, (const Bytef *)body.ptr, body.len) != Z_OK || len != length)
    return false;
  *out = str_from(text, len);
  return true;
}

bool result_unpack(arena *a, str packed, fleet_result *out) {
  str text, format, have;
  *out = (fleet_result){0};
  if (!inflate_text(a, packed, &text) || !str_next(&text, '\0', &format) ||
      !str_eq(format, RESULT) || !str_next(&text, '\0', &have) ||
      !str_next(&text, '\0', &out->worker) || !text.ptr)
    return false;
  out->outcome.have = str_eq(have, STR("1"));
  *(out->outcome.have ? &out->outcome.json : &out->outcome.reason) = text;
  return true;
}
