/* What a search for an HMAC secret tries besides the lines of a list: other bytes made of a word,
 * and words that stand in no list. */
#ifndef TOKEN_WEAK_H
#define TOKEN_WEAK_H
#include "token/token.h"

enum { WORD_MAX = 4096 };

/* A form in which a program may use a word that somebody wrote into its configuration. Writes at
 * most WORD_MAX bytes; 0 when the word has no such form. */
typedef struct {
  const char *name; /* "base64-decoded" */
  size_t (*make)(str word, unsigned char *out);
} word_form;

/* The first USUAL_FORMS are tried with every line of every list, the others within a bound. */
enum { USUAL_FORMS = 3, ALL_FORMS = 16 };

extern const word_form WORD_FORMS[ALL_FORMS];

/* Words that can be counted: the one at `index`, and its length. */
typedef struct {
  const char *name; /* "six digits" */
  size_t count;
  size_t (*nth)(size_t index, char *out);
} guess_range;

extern const guess_range GUESS_RANGES[];
extern const size_t GUESS_RANGE_COUNT;

/* The words that stand in the token's header and claims, and in `host` (may be empty); one a line.
 */
str weak_own_words(arena *a, const token *t, str host);
/* Those with what people add to a name: secret, key, numbers, years; and usual words with a year.
 */
str weak_made_words(arena *a, str own_words);

#endif
