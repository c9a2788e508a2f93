/* Numbers of persons that can be told from other numbers: their check digits fit. */
#include "scan/match.h"
#include "scan/secrets.h"

#include <pthread.h>

enum { HITS_MAX = 400 };

static size_t digits_of(str s, unsigned char *out, size_t most) {
  size_t n = 0;
  for (size_t i = 0; i < s.len && n < most; i++)
    if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
      out[n++] = (unsigned char)(s.ptr[i] - '0');
  return n;
}

/* ISO/IEC 7812-1. */
static bool luhn(const unsigned char *d, size_t n) {
  unsigned sum = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned digit = d[n - 1 - i] * (i % 2 ? 2u : 1u);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum > 0 && sum % 10 == 0;
}

/* ---- cards ----------------------------------------------------------------------------------- */

static const struct {
  const char *what;
  unsigned from, to; /* of the first six digits */
  unsigned lengths;  /* bit n: n digits */
} ISSUERS[] = {{"a payment card number (Visa)", 400000, 499999, 1u << 13 | 1u << 16 | 1u << 19},
               {"a payment card number (Mastercard)", 510000, 559999, 1u << 16},
               {"a payment card number (Mastercard)", 222100, 272099, 1u << 16},
               {"a payment card number (American Express)", 340000, 349999, 1u << 15},
               {"a payment card number (American Express)", 370000, 379999, 1u << 15},
               {"a payment card number (Discover)", 601100, 601199, 1u << 16},
               {"a payment card number (Discover)", 644000, 659999, 1u << 16},
               {"a payment card number (JCB)", 352800, 358999, 1u << 16},
               {"a payment card number (Diners Club)", 300000, 305999, 1u << 14},
               {"a payment card number (Diners Club)", 360000, 369999, 1u << 14},
               {"a payment card number (UnionPay)", 620000, 629999, 1u << 16 | 1u << 19},
               {"a payment card number (Maestro)", 500000, 509999, 1u << 16}};

static const char *card(str s) {
  unsigned char d[20];
  size_t n = digits_of(s, d, sizeof d);
  if (n < 13 || n > 19 || !luhn(d, n))
    return NULL;
  unsigned first = 0;
  bool same = true;
  for (size_t i = 0; i < 6; i++)
    first = first * 10 + d[i];
  for (size_t i = 1; i < n - 1; i++)
    same &= d[i] == d[0];
  for (size_t i = 0; !same && i < sizeof ISSUERS / sizeof *ISSUERS; i++)
    if (first >= ISSUERS[i].from && first <= ISSUERS[i].to && ISSUERS[i].lengths >> n & 1)
      return ISSUERS[i].what;
  return NULL;
}

/* ---- accounts -------------------------------------------------------------------------------- */

static const struct {
  char country[3];
  unsigned char length;
} IBANS[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BR", 29}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DK", 18},
    {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22},
    {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22},
    {"IL", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LI", 21},
    {"LT", 20}, {"LU", 20}, {"LV", 21}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MT", 31},
    {"NL", 18}, {"NO", 15}, {"PK", 24}, {"PL", 28}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22},
    {"SA", 24}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"TN", 24}, {"TR", 26}, {"UA", 29}};

static bool iban_length(str s, size_t n) {
  for (size_t i = 0; i < sizeof IBANS / sizeof *IBANS; i++)
    if (memcmp(s.ptr, IBANS[i].country, 2) == 0)
      return IBANS[i].length == n;
  return false;
}

/* ISO 13616: the first four characters moved to the end, letters as 10 to 35, modulo 97 is 1. */
static const char *iban(str s) {
  char plain[40];
  size_t n = 0;
  unsigned rest = 0;
  for (size_t i = 0; i < s.len && n < sizeof plain; i++)
    if (s.ptr[i] != ' ')
      plain[n++] = s.ptr[i];
  if (n < 15 || !iban_length(s, n))
    return NULL;
  for (size_t i = 0; i < n; i++) {
    char c = plain[(i + 4) % n];
    rest = c >= 'A' ? (rest * 100 + (unsigned)(c - 'A' + 10)) % 97
                    : (rest * 10 + (unsigned)(c - '0')) % 97;
  }
  return rest == 1 ? "an account number (IBAN)" : NULL;
}

/* ---- national ids ---------------------------------------------------------------------------- */

static const char *cpf(str s) { /* Brazil: two digits modulo 11 */
  unsigned char d[12];
  if (digits_of(s, d, sizeof d) != 11)
    return NULL;
  bool same = true;
  for (size_t i = 1; i < 11; i++)
    same &= d[i] == d[0];
  for (size_t check = 9; check < 11; check++) {
    unsigned sum = 0;
    for (size_t i = 0; i < check; i++)
      sum += d[i] * (unsigned)(check + 1 - i);
    if (sum * 10 % 11 % 10 != d[check])
      return NULL;
  }
  return same ? NULL : "a Brazilian CPF";
}

static const char *dni(str s) { /* Spain: the letter is the number modulo 23 */
  static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
  unsigned n = 0;
  for (size_t i = 0; i < 8; i++)
    n = n * 10 + (unsigned)(s.ptr[i] - '0');
  return n > 0 && s.ptr[s.len - 1] == letters[n % 23] ? "a Spanish DNI" : NULL;
}

static const char *resident_identity(str s) { /* China: ISO 7064 modulo 11-2 */
  static const unsigned weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  unsigned sum = 0;
  for (size_t i = 0; i < 17; i++)
    sum += weights[i] * (unsigned)(s.ptr[i] - '0');
  return "10X98765432"[sum % 11] == s.ptr[17] ? "a Chinese resident identity number" : NULL;
}

static const char *nir(str s) { /* France: 97 less the number modulo 97 */
  unsigned char d[16];
  uint64_t n = 0;
  if (digits_of(s, d, sizeof d) != 15)
    return NULL;
  for (size_t i = 0; i < 13; i++)
    n = n * 10 + d[i];
  return 97 - n % 97 == (uint64_t)d[13] * 10 + d[14] ? "a French NIR" : NULL;
}

/* Italy: a letter from the sum of table values, those at odd places from a table of their own. */
static const char *fiscal_code(str s) {
  static const unsigned char odd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                      20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  unsigned sum = 0;
  for (size_t i = 0; i < 15; i++) {
    unsigned v = s.ptr[i] >= 'A' ? (unsigned)(s.ptr[i] - 'A') : (unsigned)(s.ptr[i] - '0');
    sum += i % 2 ? v : odd[v];
  }
  return (char)('A' + sum % 26) == s.ptr[15] ? "an Italian fiscal code" : NULL;
}

static const char *ssn(str s) { /* United States: no check digit, so only beside its name; these
                                   areas are never given */
  unsigned area = 0;
  for (size_t i = 0; i < 3; i++)
    area = area * 10 + (unsigned)(s.ptr[i] - '0');
  return area && area != 666 && area < 900 && memcmp(s.ptr + 4, "00", 2) != 0
             ? "a United States social security number"
             : NULL;
}

static const char *bsn(str s) { /* Netherlands: the test of eleven, only beside its name */
  int sum = 0;
  for (size_t i = 0; i < 9; i++)
    sum += (s.ptr[i] - '0') * (i == 8 ? -1 : (int)(9 - i));
  return sum > 0 && sum % 11 == 0 ? "a Dutch BSN" : NULL;
}

/* ---- all kinds ------------------------------------------------------------------------------- */

static const char *email(str s) { /* "logo@2x.png" is a file */
  return str_ends(s, STR(".png")) || str_ends(s, STR(".jpg")) || str_ends(s, STR(".svg"))
             ? NULL
             : "an e-mail address";
}

static const char *phone(str s) {
  unsigned char d[20];
  size_t n = digits_of(s, d, sizeof d);
  return n >= 8 && n <= 15 ? "a phone number" : NULL;
}

static const struct {
  personal_kind kind;
  const char *pattern;
  const char *(*what)(str s); /* NULL: it is none */
} KINDS[] = {
    {PERSONAL_IBAN,
     "(?<![A-Za-z0-9])([A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?)(?![A-Za-z0-9])",
     iban},
    {PERSONAL_CARD,
     "(?<![\\w.+-])((?:\\d{4}[ -]){3}\\d{1,7}|\\d{4}[ -]\\d{6}[ -]\\d{5}|\\d{13,19})(?![\\w.-])",
     card},
    {PERSONAL_NATIONAL_ID, "(?<!\\d)(\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2})(?!\\d)", cpf},
    {PERSONAL_NATIONAL_ID, "(?<![A-Za-z0-9])(\\d{8}-?[A-HJ-NP-TV-Z])(?![A-Za-z0-9])", dni},
    {PERSONAL_NATIONAL_ID,
     "(?<![A-Za-z0-9])([1-9]\\d{5}(?:19|20)\\d{2}(?:0[1-9]|1[0-2])[0-3]\\d\\d{3}[0-9X])(?![A-Za-z0-"
     "9])",
     resident_identity},
    {PERSONAL_NATIONAL_ID,
     "(?<![\\w])([12] ?\\d{2} ?(?:0[1-9]|1[0-2]) ?\\d{2} ?\\d{3} ?\\d{3} ?\\d{2})(?![\\w])", nir},
    {PERSONAL_NATIONAL_ID,
     "(?<![A-Za-z0-9])([A-Z]{6}\\d{2}[A-EHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z])(?![A-Za-z0-9])",
     fiscal_code},
    {PERSONAL_NATIONAL_ID,
     "(?i:ssn|social_?security(?:_?(?:number|no))?|(?:tax|taxpayer|national)_?id|itin)[\"'\\s:=]{1,"
     "6}(\\d{3}-\\d{2}-\\d{4})(?!\\d)",
     ssn},
    {PERSONAL_NATIONAL_ID, "(?i:bsn|burgerservicenummer)[\"'\\s:=]{1,6}(\\d{9})(?!\\d)", bsn},
    {PERSONAL_EMAIL,
     "(?<![\\w.+-])([A-Za-z0-9][\\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){0,4}\\.["
     "A-Za-z]{2,24})",
     email},
    {PERSONAL_PHONE,
     "(?i:phone|mobile|tel|cell|msisdn)\\w*[\"'\\s:=]{1,6}(\\+?[0-9][0-9 ().-]{6,20}[0-9])", phone},
};

enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static regex *compiled[KIND_COUNT];

static void compile(void) {
  for (size_t i = 0; i < KIND_COUNT; i++)
    compiled[i] = regex_compile(str_of(KINDS[i].pattern), NULL);
}

static bool known(const personal_hits *hits, str s) {
  for (size_t i = 0; i < hits->len; i++)
    if (str_eq(hits->at[i].text, s))
      return true;
  return false;
}

personal_hits personal_find(arena *a, str text) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  personal_hits out = {0};
  pthread_once(&once, compile);
  for (size_t k = 0; k < KIND_COUNT; k++) {
    str found;
    for (size_t from = 0; out.len < HITS_MAX && regex_find(compiled[k], text, from, &found);) {
      from = (size_t)(found.ptr - text.ptr) + found.len;
      const char *what = KINDS[k].what(found);
      personal_hit hit = {KINDS[k].kind, what, found};
      if (what && !known(&out, found))
        list_push(a, &out, hit);
    }
  }
  return out;
}
