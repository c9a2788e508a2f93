/* Searching an HMAC secret in lists. Every candidate is a new key, so a try costs two compressions
 * for the pads besides the message; what may be spared is everything else: no allocation, no
 * context look-up, no fetch. That is why this file alone uses OpenSSL's low-level hashes, which
 * version 3 calls deprecated: through EVP a try takes four times as long. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "token/weak.h"

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

/* ---- the search ------------------------------------------------------------------------------ */

/* What is tried in one go: the lines of `words` in the forms from `first_form` on, or the words
 * that `range` counts. */
typedef struct {
  const hash *hash;
  str input, signature;
  str words;
  const guess_range *range; /* NULL: a list */
  size_t count;             /* of the range, or bytes of the list */
  int first_form, form_end;
  atomic_size_t next; /* byte offset, or index, of the next piece to take */
  atomic_size_t tried;
  pthread_mutex_t lock;
  bool found;
  size_t best_at; /* byte offset of the hit, or its index */
  str best;       /* the word */
  int form;
} search;

enum { PIECE = 16 * 1024, GUESS_MAX = 16 };

static int form_that_signs(const search *s, str word, size_t *tried) {
  unsigned char made[WORD_MAX];
  for (int form = s->first_form; form < s->form_end; form++) {
    size_t len = WORD_FORMS[form].make(word, made);
    *tried += len != 0;
    if (len && signs(s->hash, str_from(made, len), s->input, s->signature))
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
static void search_lines(search *s, size_t from, size_t to, size_t *tried) {
  size_t i = from;
  if (from && s->words.ptr[from - 1] != '\n') {
    i = str_find(s->words, STR("\n"), from);
    if (i == SIZE_MAX)
      return;
    i++;
  }
  while (i < to && i < s->count) {
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

static void search_range(search *s, size_t from, size_t to, size_t *tried) {
  char word[GUESS_MAX];
  for (size_t i = from; i < to && i < s->count; i++) {
    size_t len = s->range->nth(i, word);
    ++*tried;
    if (signs(s->hash, str_from(word, len), s->input, s->signature))
      note_hit(s, i, (str){0}, 0);
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
    if (from >= s->count || beyond_hit(s, from))
      break;
    (s->range ? search_range : search_lines)(s, from, from + PIECE, &tried);
  }
  atomic_fetch_add(&s->tried, tried);
  return NULL;
}

static void search_all(search *s) {
  enum { THREADS_MAX = 64 };

  pthread_t threads[THREADS_MAX];
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  size_t pieces = s->count / PIECE + 1, count = 0;
  size_t want = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores;
  if (want > pieces)
    want = pieces;
  pthread_mutex_init(&s->lock, NULL);
  while (count + 1 < want && pthread_create(&threads[count], NULL, work, s) == 0)
    count++;
  work(s);
  for (size_t i = 0; i < count; i++)
    pthread_join(threads[i], NULL);
  pthread_mutex_destroy(&s->lock);
}

static size_t line_of(str text, size_t at) {
  size_t line = 1;
  for (size_t i = 0; i < at; i++)
    line += text.ptr[i] == '\n';
  return line;
}

static size_t lines_in(str text) {
  return line_of(text, text.len) - (text.len && text.ptr[text.len - 1] == '\n');
}

/* ---- what is tried, in order ----------------------------------------------------------------- */

typedef struct {
  arena *arena;
  const hash *hash;
  const token *token;
  weak_result *out;
  size_t blocks_left, blocks_a_try;
} hunt;

static search search_for(const hunt *h) {
  return (search){.hash = h->hash,
                  .input = h->token->signing_input,
                  .signature = h->token->signature,
                  .form_end = 1};
}

/* One list; `before` lines stand in those before it. */
static void hunt_list(hunt *h, str words, int first_form, int form_end, size_t before) {
  search s = search_for(h);
  s.words = words;
  s.count = words.len;
  s.first_form = first_form;
  s.form_end = form_end;
  search_all(&s);
  h->out->tried += s.tried;
  if (!s.found)
    return;
  unsigned char made[WORD_MAX];
  size_t len = WORD_FORMS[s.form].make(s.best, made);
  h->out->found = true;
  h->out->position = before + line_of(words, s.best_at);
  h->out->secret = arena_str(h->arena, str_from(made, len));
  h->out->form = WORD_FORMS[s.form].name;
}

static void hunt_lists(hunt *h, const str *lists, size_t count) {
  size_t before = 0;
  for (size_t i = 0; i < count && !h->out->found; i++) {
    hunt_list(h, lists[i], 0, USUAL_FORMS, before);
    before += lines_in(lists[i]);
  }
}

/* How many of `wanted` words can be afforded, each tried `forms` times. Counted in blocks of the
 * hash, not in seconds: the same token is searched alike everywhere. */
static size_t afforded(hunt *h, size_t wanted, size_t forms) {
  size_t cost = h->blocks_a_try * forms, most = h->blocks_left / cost;
  if (most < wanted)
    h->out->cut = true;
  size_t granted = most < wanted ? most : wanted;
  h->blocks_left -= granted * cost;
  return granted;
}

static str first_lines(str text, size_t lines) {
  size_t end = 0;
  while (end < text.len && lines)
    lines -= text.ptr[end++] == '\n';
  return str_sub(text, 0, end);
}

/* The lines of a list in the further forms; hashing the word first costs about half a try. */
static void hunt_forms(hunt *h, const str *lists, size_t count) {
  size_t before = 0;
  for (size_t i = 0; i < count && !h->out->found; i++) {
    size_t all = lines_in(lists[i]), lines = afforded(h, all, 3 * (ALL_FORMS - USUAL_FORMS) / 2);
    hunt_list(h, first_lines(lists[i], lines), USUAL_FORMS, ALL_FORMS, before);
    before += all;
  }
}

static void hunt_words(hunt *h, str words, int form_end, const char *what) {
  if (h->out->found)
    return;
  size_t lines = afforded(h, lines_in(words), (size_t)form_end);
  hunt_list(h, first_lines(words, lines), 0, form_end, 0);
  if (h->out->found) {
    h->out->position = 0;
    h->out->guess = what;
  }
}

static void hunt_range(hunt *h, const guess_range *range) {
  char word[GUESS_MAX];
  search s = search_for(h);
  s.range = range;
  s.count = afforded(h, range->count, 1);
  search_all(&s);
  h->out->tried += s.tried;
  if (!s.found)
    return;
  h->out->found = true;
  h->out->secret = arena_str(h->arena, str_from(word, range->nth(s.best_at, word)));
  h->out->form = WORD_FORMS[0].name;
  h->out->guess = range->name;
}

/* The pads, the message with its padding, the digest. A block of SHA-512 costs about four of
 * SHA-256 where the processor knows the latter. */
static size_t blocks_of_a_try(const hash *h, const token *t) {
  enum { PADS_AND_DIGEST = 3, PADDING = 17, SHA512_COST = 4 };

  size_t blocks = PADS_AND_DIGEST + (t->signing_input.len + PADDING) / h->block + 1;
  return h->block == SHA512_CBLOCK ? blocks * SHA512_COST : blocks;
}

weak_result weak_search(arena *a, const token *t, const str_list *lists, str host, double seconds) {
  enum { BLOCKS_A_SECOND = 28 * 1000 * 1000 };

  weak_result out = {0};
  const algorithm *alg = t->alg.ptr ? algorithm_find(t->alg) : NULL;
  if (!alg || alg->kind != KEY_SECRET || !t->signing_input.ptr)
    return out;
  const hash *mac = hash_of(alg);
  if (t->signature.len != mac->digest)
    return out;
  hunt h = {.arena = a,
            .hash = mac,
            .token = t,
            .out = &out,
            .blocks_left = (size_t)(seconds * BLOCKS_A_SECOND),
            .blocks_a_try = blocks_of_a_try(mac, t)};
  hunt_lists(&h, lists->at, lists->len);
  if (out.found || seconds <= 0)
    return out;
  str own = weak_own_words(a, t, host);
  hunt_words(&h, own, ALL_FORMS, "a word of the token or the host");
  hunt_words(&h, weak_made_words(a, own), 1, "made of the token's or usual words");
  if (!out.found)
    hunt_forms(&h, lists->at, lists->len);
  for (size_t i = 0; i < GUESS_RANGE_COUNT && !out.found; i++)
    hunt_range(&h, &GUESS_RANGES[i]);
  out.cut &= !out.found;
  return out;
}
