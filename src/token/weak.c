/* Searching an HMAC secret in lists. Every candidate is a new key, so a try costs two compressions
 * for the pads besides the message; what may be spared is everything else: no allocation, no
 * context look-up, no fetch. That is why this file alone uses OpenSSL's low-level hashes, which
 * version 3 calls deprecated: through EVP a try takes four times as long. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "token/token.h"

#include <openssl/sha.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

extern const unsigned char weak_list_bytes[];
extern const size_t weak_list_len;

str weak_builtin_list(void) {
  return str_from(weak_list_bytes, weak_list_len);
}

/* ---- HMAC (RFC 2104) ------------------------------------------------------------------------- */

enum { BLOCK_MAX = SHA512_CBLOCK, DIGEST_MAX = SHA512_DIGEST_LENGTH };

typedef union {
  SHA256_CTX sha256;
  SHA512_CTX sha512;
} hash_state;

/* SHA-384 is SHA-512 from another start, cut short. */
typedef struct {
  size_t block, digest;
  void (*start)(hash_state *h);
  void (*more)(hash_state *h, const void *bytes, size_t len);
  void (*end)(hash_state *h, unsigned char *out);
} hash;

static void start_256(hash_state *h) {
  SHA256_Init(&h->sha256);
}

static void more_256(hash_state *h, const void *bytes, size_t len) {
  SHA256_Update(&h->sha256, bytes, len);
}

static void end_256(hash_state *h, unsigned char *out) {
  SHA256_Final(out, &h->sha256);
}

static void start_384(hash_state *h) {
  SHA384_Init(&h->sha512);
}

static void start_512(hash_state *h) {
  SHA512_Init(&h->sha512);
}

static void more_512(hash_state *h, const void *bytes, size_t len) {
  SHA512_Update(&h->sha512, bytes, len);
}

static void end_384(hash_state *h, unsigned char *out) {
  SHA384_Final(out, &h->sha512);
}

static void end_512(hash_state *h, unsigned char *out) {
  SHA512_Final(out, &h->sha512);
}

static const hash HASHES[] = {{64, 32, start_256, more_256, end_256},
                              {128, 48, start_384, more_512, end_384},
                              {128, 64, start_512, more_512, end_512}};

static const hash *hash_of(const algorithm *alg) {
  return &HASHES[alg->hash_bits == 256 ? 0 : alg->hash_bits == 384 ? 1 : 2];
}

static bool signs(const hash *h, str secret, str input, str signature) {
  unsigned char pad[BLOCK_MAX] = {0}, digest[DIGEST_MAX];
  hash_state state;
  if (secret.len > h->block) {
    h->start(&state);
    h->more(&state, secret.ptr, secret.len);
    h->end(&state, pad);
  } else if (secret.len) {
    memcpy(pad, secret.ptr, secret.len);
  }
  for (size_t i = 0; i < h->block; i++)
    pad[i] ^= 0x36;
  h->start(&state);
  h->more(&state, pad, h->block);
  h->more(&state, input.ptr, input.len);
  h->end(&state, digest);
  for (size_t i = 0; i < h->block; i++)
    pad[i] ^= 0x36 ^ 0x5C;
  h->start(&state);
  h->more(&state, pad, h->block);
  h->more(&state, digest, h->digest);
  h->end(&state, digest);
  return memcmp(digest, signature.ptr, h->digest) == 0;
}

/* ---- the forms a listed word is used in ------------------------------------------------------ */

static int digit_of(char c, bool hex) {
  if (c >= '0' && c <= '9')
    return hex ? c - '0' : c - '0' + 52;
  if (c >= 'a' && c <= (hex ? 'f' : 'z'))
    return hex ? c - 'a' + 10 : c - 'a' + 26;
  if (c >= 'A' && c <= (hex ? 'F' : 'Z'))
    return hex ? c - 'A' + 10 : c - 'A';
  if (hex)
    return -1;
  return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

enum { WORD_MAX = 512, DECODED_MIN = 8 };

/* Decodes into `out` (WORD_MAX bytes): 4 bits a digit when hex, else 6. 0 when the word is nothing
 * of the kind. */
static size_t decode_word(str word, bool hex, unsigned char *out) {
  unsigned bits = 0, n = 0, width = hex ? 4 : 6;
  size_t len = 0;
  while (!hex && word.len && word.ptr[word.len - 1] == '=')
    word.len--;
  if (word.len > WORD_MAX || (hex && word.len % 2))
    return 0;
  for (size_t i = 0; i < word.len; i++) {
    int digit = digit_of(word.ptr[i], hex);
    if (digit < 0)
      return 0;
    bits = (bits << width | (unsigned)digit) & 0xFFFF;
    n += width;
    if (n >= 8)
      out[len++] = (unsigned char)(bits >> (n -= 8));
  }
  return len >= DECODED_MIN ? len : 0;
}

/* ---- the search ------------------------------------------------------------------------------ */

typedef struct {
  const hash *hash;
  str input, signature;
  str words;          /* one list */
  size_t offset;      /* words in the lists before it */
  atomic_size_t next; /* byte offset of the next piece to take */
  atomic_size_t tried;
  pthread_mutex_t lock;
  bool found;
  size_t best_at; /* byte offset of the hit */
  str best;       /* the word */
  int form;
} search;

enum { PIECE = 16 * 1024, FORMS = 3 };

static const char *const FORM_NAMES[FORMS] = {"as it is", "base64-decoded", "hex-decoded"};

static int form_that_signs(const search *s, str word, size_t *tried) {
  unsigned char decoded[WORD_MAX];
  ++*tried;
  if (signs(s->hash, word, s->input, s->signature))
    return 0;
  for (int form = 1; form < FORMS; form++) {
    size_t len = decode_word(word, form == 2, decoded);
    *tried += len != 0;
    if (len && signs(s->hash, str_from(decoded, len), s->input, s->signature))
      return form;
  }
  return -1;
}

static void note_hit(search *s, size_t at, str word, int form) {
  pthread_mutex_lock(&s->lock);
  if (!s->found || at < s->best_at) {
    s->best_at = at;
    s->best = word;
    s->form = form;
    s->found = true;
  }
  pthread_mutex_unlock(&s->lock);
}

/* Words that begin in [from, to). */
static void search_piece(search *s, size_t from, size_t to, size_t *tried) {
  size_t i = from;
  if (from && s->words.ptr[from - 1] != '\n') {
    i = str_find(s->words, STR("\n"), from);
    if (i == SIZE_MAX)
      return;
    i++;
  }
  while (i < to && i < s->words.len) {
    size_t end = str_find(s->words, STR("\n"), i);
    str word = str_sub(s->words, i, end);
    if (word.len && word.ptr[word.len - 1] == '\r')
      word.len--;
    int form = word.len ? form_that_signs(s, word, tried) : -1;
    if (form >= 0)
      note_hit(s, i, word, form);
    if (end == SIZE_MAX)
      return;
    i = end + 1;
  }
}

static bool beyond_hit(search *s, size_t from) {
  pthread_mutex_lock(&s->lock);
  bool beyond = s->found && s->best_at < from;
  pthread_mutex_unlock(&s->lock);
  return beyond;
}

static void *work(void *of) {
  search *s = of;
  size_t tried = 0;
  for (;;) {
    size_t from = atomic_fetch_add(&s->next, PIECE);
    if (from >= s->words.len || beyond_hit(s, from))
      break;
    search_piece(s, from, from + PIECE, &tried);
  }
  atomic_fetch_add(&s->tried, tried);
  return NULL;
}

static void search_list(search *s) {
  enum { THREADS_MAX = 64 };

  pthread_t threads[THREADS_MAX];
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  size_t pieces = s->words.len / PIECE + 1, count = 0;
  size_t want = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores;
  if (want > pieces)
    want = pieces;
  while (count + 1 < want && pthread_create(&threads[count], NULL, work, s) == 0)
    count++;
  work(s);
  for (size_t i = 0; i < count; i++)
    pthread_join(threads[i], NULL);
}

static size_t line_of(str text, size_t at) {
  size_t line = 1;
  for (size_t i = 0; i < at; i++)
    line += text.ptr[i] == '\n';
  return line;
}

weak_result weak_search(arena *a, const token *t, const str *lists, size_t list_count) {
  weak_result out = {0};
  const algorithm *alg = t->alg.ptr ? algorithm_find(t->alg) : NULL;
  if (!alg || alg->kind != KEY_SECRET || !t->signing_input.ptr)
    return out;
  const hash *h = hash_of(alg);
  if (t->signature.len != h->digest)
    return out;
  size_t before = 0;
  for (size_t i = 0; i < list_count && !out.found; i++) {
    search s = {.hash = h, .input = t->signing_input, .signature = t->signature, .words = lists[i]};
    pthread_mutex_init(&s.lock, NULL);
    search_list(&s);
    pthread_mutex_destroy(&s.lock);
    out.tried += s.tried;
    if (s.found) {
      unsigned char decoded[WORD_MAX];
      size_t len = s.form ? decode_word(s.best, s.form == 2, decoded) : 0;
      out.found = true;
      out.position = before + line_of(lists[i], s.best_at);
      out.secret = arena_str(a, s.form ? str_from(decoded, len) : s.best);
      out.form = FORM_NAMES[s.form];
    }
    before +=
        line_of(lists[i], lists[i].len) - (lists[i].len && lists[i].ptr[lists[i].len - 1] == '\n');
  }
  return out;
}
