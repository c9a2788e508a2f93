/* SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash, so that nobody outside can choose what
 * collides. */
#include "token/revocation.h"

typedef struct {
  uint64_t a, b, c, d;
} sip;

static inline uint64_t turn(uint64_t x, int n) {
  return x << n | x >> (64 - n);
}

static inline void sip_round(sip *s) {
  s->a += s->b;
  s->b = turn(s->b, 13) ^ s->a;
  s->a = turn(s->a, 32);
  s->c += s->d;
  s->d = turn(s->d, 16) ^ s->c;
  s->a += s->d;
  s->d = turn(s->d, 21) ^ s->a;
  s->c += s->b;
  s->b = turn(s->b, 17) ^ s->c;
  s->c = turn(s->c, 32);
}

static inline void sip_word(sip *s, uint64_t m) {
  s->d ^= m;
  sip_round(s);
  sip_round(s);
  s->a ^= m;
}

static uint64_t word_at(const unsigned char *p) {
  uint64_t v;
  memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  v = __builtin_bswap64(v);
#endif
  return v;
}

uint64_t siphash(const uint64_t secret[2], const void *bytes, size_t len) {
  sip s = {secret[0] ^ 0x736f6d6570736575ULL, secret[1] ^ 0x646f72616e646f6dULL,
           secret[0] ^ 0x6c7967656e657261ULL, secret[1] ^ 0x7465646279746573ULL};
  const unsigned char *p = bytes;
  size_t i = 0;
  for (; i + 8 <= len; i += 8)
    sip_word(&s, word_at(p + i));
  uint64_t last = (uint64_t)len << 56;
  for (size_t k = 0; i + k < len; k++)
    last |= (uint64_t)p[i + k] << 8 * k;
  sip_word(&s, last);
  s.c ^= 0xff;
  for (int r = 0; r < 4; r++)
    sip_round(&s);
  return s.a ^ s.b ^ s.c ^ s.d;
}
