#include "base/base.h"

static const char URL_ALPHABET[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char STD_ALPHABET[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static str encode(arena *a, str bytes, const char *alphabet, bool pad) {
  buf b = {.arena = a};
  for (size_t i = 0; i < bytes.len; i += 3) {
    size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
    unsigned char in[3] = {0};
    memcpy(in, bytes.ptr + i, n);
    unsigned v = (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2];
    char out[4] = {alphabet[v >> 18], alphabet[v >> 12 & 63], alphabet[v >> 6 & 63],
                   alphabet[v & 63]};
    buf_put(&b, str_from(out, n + 1));
    if (pad)
      buf_put(&b, str_from("==", 3 - n));
  }
  if (!b.ptr)
    buf_put(&b, STR(""));
  return buf_str(&b);
}

str base64url_encode(arena *a, str bytes) {
  return encode(a, bytes, URL_ALPHABET, false);
}

str base64_encode(arena *a, str bytes) {
  return encode(a, bytes, STD_ALPHABET, true);
}

static int value_of(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  if (c == '-' || c == '+')
    return 62;
  if (c == '_' || c == '/')
    return 63;
  return -1;
}

/* Decodes digits until the end or the first foreign byte; *used says how far. *rest holds the bits
 * that made no byte. */
static str decode_digits(arena *a, str text, size_t *used, unsigned *rest) {
  char *out = arena_alloc(a, text.len / 4 * 3 + 4);
  unsigned bits = 0, n = 0;
  size_t len = 0, i = 0;
  for (; i < text.len; i++) {
    int v = value_of(text.ptr[i]);
    if (v < 0)
      break;
    bits = (bits << 6 | (unsigned)v) & 0xFFFFFU;
    n += 6;
    if (n >= 8)
      out[len++] = (char)(bits >> (n -= 8) & 0xFF);
  }
  *used = i;
  *rest = bits & ((1U << n) - 1);
  return (str){out, len};
}

bool base64url_decode(arena *a, str text, str *out) {
  size_t used;
  unsigned rest;
  if (text.len % 4 == 1)
    return false; /* RFC 4648 section 4: no octets make one digit */
  if (text.len && (memchr(text.ptr, '+', text.len) || memchr(text.ptr, '/', text.len)))
    return false;
  *out = decode_digits(a, text, &used, &rest);
  return used == text.len && rest == 0; /* RFC 4648 section 3.5: pad bits are zero */
}

bool base64_decode_lenient(arena *a, str text, str *out) {
  buf clean = {.arena = a};
  for (size_t i = 0; i < text.len; i++)
    if (!memchr("= \t\r\n", text.ptr[i], 5))
      buf_char(&clean, text.ptr[i]);
  size_t used;
  unsigned rest;
  *out = decode_digits(a, buf_str(&clean), &used, &rest);
  return used == clean.len;
}
