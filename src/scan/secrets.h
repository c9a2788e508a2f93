/* Secrets in text: providers' tokens, private keys, service-account tokens, framework secrets, by
 * the table in data/secret-patterns.tsv; and numbers of persons (cards, accounts, national ids)
 * whose check digits fit. */
#ifndef BATTEN_SCAN_SECRETS_H
#define BATTEN_SCAN_SECRETS_H

#include "report/report.h"

typedef struct {
  str id, provider;
  severity severity;
  confidence confidence; /* firm where only a name beside it tells, as for generic keys */
  str text;              /* in the text searched */
} secret_hit;

typedef LIST(secret_hit) secret_hits;

/* Every secret in the text, in its order; where two patterns meet, the first in the table's order.
 */
secret_hits secrets_find(arena *a, str text);
size_t secret_pattern_count(void);
str secret_masked(arena *a,
                  str secret); /* "ghp_...(40 bytes)": the start that tells the provider */

typedef enum {
  PERSONAL_CARD,
  PERSONAL_IBAN,
  PERSONAL_NATIONAL_ID,
  PERSONAL_EMAIL,
  PERSONAL_PHONE
} personal_kind;

typedef struct {
  personal_kind kind;
  const char *what; /* "a payment card number (Visa)" */
  str text;
} personal_hit;

typedef LIST(personal_hit) personal_hits;
/* Doubles count once. */
personal_hits personal_find(arena *a, str text);

/* Names of members that no answer should carry: a pattern for whole names. */
extern const char SENSITIVE_MEMBERS[];

/* The text with secrets, values of members with such names, card and account numbers replaced: for
 * evidence. */
str secrets_mask(arena *a, str text);

#endif
