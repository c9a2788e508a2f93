/* The forms a listed word is used in as an HMAC secret. The low-level hashes are taken for the same
 * reason as in weak.c. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "token/weak.h"

#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

/* ---- decoded --------------------------------------------------------------------------------- */

static int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  if (c == '=') /* inside a word: Java's decoders take it for A */
    return 0;
  return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* `width` bits a digit; what is left over at the end is dropped, as lax decoders do. */
static size_t decode(str word, int (*digit_of)(char), unsigned width, unsigned char *out) {
  unsigned bits = 0, count = 0;
  size_t len = 0;
  if (word.len > WORD_MAX)
    return 0;
  for (size_t i = 0; i < word.len; i++) {
    int digit = digit_of(word.ptr[i]);
    if (digit < 0)
      return 0;
    bits = (bits << width | (unsigned)digit) & 0xFFFF;
    count += width;
    if (count >= 8)
      out[len++] = (unsigned char)(bits >> (count -= 8));
  }
  return len;
}

static size_t as_it_is(str word, unsigned char *out) {
  if (!word.len || word.len > WORD_MAX)
    return 0;
  memcpy(out, word.ptr, word.len);
  return word.len;
}

static size_t base64_decoded(str word, unsigned char *out) {
  for (int padding = 0; padding < 2 && word.len && word.ptr[word.len - 1] == '='; padding++)
    word.len--;
  return decode(word, base64_digit, 6, out);
}

static size_t hex_decoded(str word, unsigned char *out) {
  return word.len % 2 ? 0 : decode(word, hex_digit, 4, out);
}

/* ---- with something around it ---------------------------------------------------------------- */

static size_t wrapped(str word, const char *before, const char *after, unsigned char *out) {
  str head = str_of(before), tail = str_of(after);
  size_t len = head.len + word.len + tail.len;
  if (len > WORD_MAX)
    return 0;
  memcpy(out, head.ptr, head.len);
  memcpy(out + head.len, word.ptr, word.len);
  memcpy(out + head.len + word.len, tail.ptr, tail.len);
  return len;
}

static size_t with_newline(str word, unsigned char *out) {
  return wrapped(word, "", "\n", out);
}

static size_t with_crlf(str word, unsigned char *out) {
  return wrapped(word, "", "\r\n", out);
}

static size_t in_double_quotes(str word, unsigned char *out) {
  return wrapped(word, "\"", "\"", out);
}

static size_t in_single_quotes(str word, unsigned char *out) {
  return wrapped(word, "'", "'", out);
}

static size_t base64_of(str word, unsigned char *out) {
  enum { WHOLE_MAX = WORD_MAX / 4 * 3 - 3 };

  if (word.len > WHOLE_MAX)
    return 0;
  return (size_t)EVP_EncodeBlock(out, (const unsigned char *)word.ptr, (int)word.len);
}

/* ---- hashed ---------------------------------------------------------------------------------- */

typedef unsigned char *(*digest_function)(const unsigned char *bytes, size_t len,
                                          unsigned char *out);

static size_t hex_of(str word, digest_function digest, size_t len, unsigned char *out) {
  static const char digits[] = "0123456789abcdef";
  unsigned char raw[SHA512_DIGEST_LENGTH];
  digest((const unsigned char *)word.ptr, word.len, raw);
  for (size_t i = 0; i < len; i++) {
    out[2 * i] = (unsigned char)digits[raw[i] >> 4];
    out[2 * i + 1] = (unsigned char)digits[raw[i] & 15];
  }
  return 2 * len;
}

static size_t raw_of(str word, digest_function digest, size_t len, unsigned char *out) {
  digest((const unsigned char *)word.ptr, word.len, out);
  return len;
}

static size_t sha256_as_hex(str word, unsigned char *out) {
  return hex_of(word, SHA256, SHA256_DIGEST_LENGTH, out);
}

static size_t sha256_as_raw(str word, unsigned char *out) {
  return raw_of(word, SHA256, SHA256_DIGEST_LENGTH, out);
}

static size_t md5_as_hex(str word, unsigned char *out) {
  return hex_of(word, MD5, MD5_DIGEST_LENGTH, out);
}

static size_t md5_as_raw(str word, unsigned char *out) {
  return raw_of(word, MD5, MD5_DIGEST_LENGTH, out);
}

static size_t sha1_as_hex(str word, unsigned char *out) {
  return hex_of(word, SHA1, SHA_DIGEST_LENGTH, out);
}

static size_t sha1_as_raw(str word, unsigned char *out) {
  return raw_of(word, SHA1, SHA_DIGEST_LENGTH, out);
}

static size_t sha512_as_hex(str word, unsigned char *out) {
  return hex_of(word, SHA512, SHA512_DIGEST_LENGTH, out);
}

static size_t sha512_as_raw(str word, unsigned char *out) {
  return raw_of(word, SHA512, SHA512_DIGEST_LENGTH, out);
}

const word_form WORD_FORMS[ALL_FORMS] = {{"as it is", as_it_is},
                                         {"base64-decoded", base64_decoded},
                                         {"hex-decoded", hex_decoded},
                                         {"with a final newline", with_newline},
                                         {"with a final CR LF", with_crlf},
                                         {"in double quotes", in_double_quotes},
                                         {"in single quotes", in_single_quotes},
                                         {"base64-encoded", base64_of},
                                         {"the SHA-256 of it in hex", sha256_as_hex},
                                         {"the SHA-256 of it", sha256_as_raw},
                                         {"the MD5 of it in hex", md5_as_hex},
                                         {"the MD5 of it", md5_as_raw},
                                         {"the SHA-1 of it in hex", sha1_as_hex},
                                         {"the SHA-1 of it", sha1_as_raw},
                                         {"the SHA-512 of it in hex", sha512_as_hex},
                                         {"the SHA-512 of it", sha512_as_raw}};
