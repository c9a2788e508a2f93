/* Numbers compared as they are written, to the last digit: a claim such as a tenant's number of
 * nineteen digits has no neighbours, as it would among doubles. */
#include "token/strict.h"

enum { DIGITS_MAX = 64, EXPONENT_MAX = 9999 };

/* digits x 10^exponent, without zeros at either end; zero has no digit. */
typedef struct {
  bool minus;
  char digits[DIGITS_MAX];
  size_t len;
  long exponent;
} decimal;

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool take_digit(decimal *out, char digit, bool in_fraction) {
  bool leading_zero = digit == '0' && out->len == 0;
  if (!leading_zero && out->len == DIGITS_MAX)
    return false;
  if (!leading_zero)
    out->digits[out->len++] = digit;
  out->exponent -= in_fraction;
  return true;
}

static bool take_exponent(decimal *out, str text) {
  bool down = text.len && text.ptr[0] == '-';
  bool has_sign = down || (text.len && text.ptr[0] == '+');
  uint64_t size;
  if (!str_to_u64(str_sub(text, has_sign, text.len), &size) || size > EXPONENT_MAX)
    return false;
  out->exponent += down ? -(long)size : (long)size;
  return true;
}

static void trim_zeros(decimal *out) {
  while (out->len && out->digits[out->len - 1] == '0') {
    out->len--;
    out->exponent++;
  }
  if (!out->len) {
    out->exponent = 0;
    out->minus = false;
  }
}

static bool decimal_of(str text, decimal *out) {
  bool in_fraction = false;
  size_t i = 0;
  *out = (decimal){.minus = text.len && text.ptr[0] == '-'};
  for (i = out->minus; i < text.len && (text.ptr[i] | 32) != 'e'; i++) {
    if (text.ptr[i] == '.' && !in_fraction)
      in_fraction = true;
    else if (!is_digit(text.ptr[i]) || !take_digit(out, text.ptr[i], in_fraction))
      return false;
  }
  if (i < text.len && !take_exponent(out, str_sub(text, i + 1, text.len)))
    return false;
  trim_zeros(out);
  return true;
}

bool decimal_is_one(str text) {
  decimal d;
  bool begins = text.len && (is_digit(text.ptr[0]) || (text.len > 1 && text.ptr[0] == '-'));
  return begins && decimal_of(text, &d);
}

bool decimal_same(str a, str b) {
  decimal x, y;
  return decimal_of(a, &x) && decimal_of(b, &y) && x.minus == y.minus && x.len == y.len &&
         x.exponent == y.exponent && memcmp(x.digits, y.digits, x.len) == 0;
}
