/* Secrets that stand in no list but come to mind: the service's own name with `secret` behind it, a
 * word with a year, six digits, four letters. */
#include "token/weak.h"

/* ---- what can be counted --------------------------------------------------------------------- */

static size_t spell(size_t index, const char *alphabet, size_t base, size_t len, char *out) {
  for (size_t i = len; i-- > 0; index /= base)
    out[i] = alphabet[index % base];
  return len;
}

static size_t four_letters(size_t index, char *out) {
  return spell(index, "abcdefghijklmnopqrstuvwxyz", 26, 4, out);
}

static size_t four_digits(size_t index, char *out) {
  return spell(index, "0123456789", 10, 4, out);
}

static size_t six_digits(size_t index, char *out) {
  return spell(index, "0123456789", 10, 6, out);
}

const guess_range GUESS_RANGES[] = {{"four digits", 10000, four_digits},
                                    {"four small letters", 26 * 26 * 26 * 26, four_letters},
                                    {"six digits", 1000000, six_digits}};
const size_t GUESS_RANGE_COUNT = sizeof GUESS_RANGES / sizeof *GUESS_RANGES;

/* ---- the token's own words ------------------------------------------------------------------- */

enum { OWN_WORDS_MAX = 40, OWN_WORD_MIN = 2, OWN_WORD_MAX = 64 };

typedef struct {
  str_list words;
  arena *arena;
} word_set;

static void add_word(word_set *set, str word) {
  if (set->words.len >= OWN_WORDS_MAX || word.len < OWN_WORD_MIN || word.len > OWN_WORD_MAX ||
      memchr(word.ptr, '\n', word.len))
    return;
  for (size_t i = 0; i < set->words.len; i++)
    if (str_eq(set->words.at[i], word))
      return;
  list_push(set->arena, &set->words, word);
}

static bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "shop-api" gives shop, api, shopapi and shop_api besides itself. */
static void add_parts(word_set *set, str text) {
  static const char *const joints[] = {"", "_", "-"};
  buf joined[3] = {{.arena = set->arena}, {.arena = set->arena}, {.arena = set->arena}};
  size_t begin = 0;
  for (size_t i = 0; i <= text.len; i++) {
    if (i < text.len && is_letter_or_digit(text.ptr[i]))
      continue;
    str part = str_sub(text, begin, i);
    begin = i + 1;
    add_word(set, part);
    for (size_t j = 0; j < 3 && part.len; j++)
      buf_printf(&joined[j], "%s%.*s", joined[j].len ? joints[j] : "", STR_ARG(part));
  }
  for (size_t j = 0; j < 3; j++)
    add_word(set, buf_str(&joined[j]));
}

/* Without scheme, path and port: the name of a host, its domain and that without its end. */
static void add_host(word_set *set, str text) {
  size_t scheme = str_find(text, STR("://"), 0);
  str host = scheme == SIZE_MAX ? text : str_sub(text, scheme + 3, text.len);
  size_t end = 0, dot = 0, dot_before = 0;
  while (end < host.len && host.ptr[end] != '/' && host.ptr[end] != ':')
    end++;
  host = str_sub(host, 0, end);
  for (size_t i = 0; i < host.len; i++)
    if (host.ptr[i] == '.') {
      dot_before = dot;
      dot = i;
    }
  add_word(set, host);
  if (!dot)
    return;
  size_t name = dot_before ? dot_before + 1 : 0;
  add_word(set, str_sub(host, name, dot));
  add_word(set, str_sub(host, name, host.len));
  add_word(set, str_sub(host, 0, dot));
}

static void add_text(word_set *set, str text) {
  add_word(set, text);
  add_host(set, text);
  add_parts(set, text);
}

static void add_member(word_set *set, const members *of, const char *name) {
  str text;
  if (members_get_str(set->arena, of, str_of(name), &text))
    add_text(set, text);
}

/* An audience may be a list (RFC 7519 section 4.1.3). */
static void add_audiences(word_set *set, const members *claims) {
  for (size_t i = 0; i < claims->len; i++) {
    str value = claims->at[i].value;
    if (!str_eq(claims->at[i].name, STR("aud")) || !value.len || value.ptr[0] != '[')
      continue;
    for (size_t from = 0; from < value.len; from++) {
      size_t open = str_find(value, STR("\""), from);
      size_t close = open == SIZE_MAX ? SIZE_MAX : str_find(value, STR("\""), open + 1);
      if (close == SIZE_MAX)
        return;
      add_text(set, str_sub(value, open + 1, close));
      from = close;
    }
  }
}

str weak_own_words(arena *a, const token *t, str host) {
  static const char *const names[] = {"iss",  "aud",   "client_id", "azp",      "sub",
                                      "name", "email", "username",  "tenant",   "realm",
                                      "app",  "role",  "appid",     "user_name"};
  word_set set = {.arena = a};
  buf out = {.arena = a};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    add_member(&set, &t->claims, names[i]);
    if (i == 1)
      add_audiences(&set, &t->claims);
  }
  add_member(&set, &t->header, "kid");
  if (host.len)
    add_host(&set, host);
  for (size_t i = 0; i < set.words.len; i++)
    buf_printf(&out, "%.*s\n", STR_ARG(set.words.at[i]));
  return buf_str(&out);
}

/* ---- what people add to a name --------------------------------------------------------------- */

enum { CASES = 4, YEAR_FIRST = 2000, YEAR_LAST = 2030 };

static const char *const JOINTS[] = {"", "-", "_", "."};

enum { JOINT_COUNT = sizeof JOINTS / sizeof *JOINTS };

static char in_case(char c, bool upper) {
  if (upper && c >= 'a' && c <= 'z')
    return (char)(c - 'a' + 'A');
  return !upper && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* As it stands, small, capitals, first letter a capital. */
static str cased(arena *a, str word, int which) {
  char *out = arena_alloc(a, word.len);
  for (size_t i = 0; i < word.len; i++)
    out[i] = which == 0 ? word.ptr[i] : in_case(word.ptr[i], which == 2 || (which == 3 && i == 0));
  return str_from(out, word.len);
}

static void add_years(buf *out, str word) {
  static const char *const ends[] = {"", "!"};
  for (int year = YEAR_FIRST; year <= YEAR_LAST; year++)
    for (size_t j = 0; j < JOINT_COUNT; j++)
      for (size_t e = 0; e < sizeof ends / sizeof *ends; e++)
        buf_printf(out, "%.*s%s%d%s\n", STR_ARG(word), JOINTS[j], year, ends[e]);
}

static void add_neighbours(buf *out, str word) {
  static const char *const behind[] = {
      "secret",     "Secret",     "SECRET",     "key",       "Key",        "KEY",
      "secret-key", "secret_key", "secretkey",  "SecretKey", "SECRET_KEY", "jwt",
      "jwt-secret", "jwt_secret", "jwtsecret",  "JwtSecret", "JWT_SECRET", "jwt-key",
      "jwt_key",    "token",      "signingkey", "password",  "Password",   "pass",
      "api",        "hmac",       "dev",        "prod",      "test",       "local"};
  static const char *const before[] = {"secret", "my", "jwt", "super-secret", "supersecret", "key"};
  static const char *const ends[] = {"1",   "12",   "123",  "1234", "12345", "123456", "!",
                                     "1!",  "123!", "@123", "#1",   "@1",    "007",    "!@#",
                                     "111", "000",  "01",   "321",  "#123",  "_123",   "-123"};
  for (size_t j = 0; j < JOINT_COUNT; j++) {
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
      buf_printf(out, "%.*s%s%s\n", STR_ARG(word), JOINTS[j], behind[i]);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
      buf_printf(out, "%s%s%.*s\n", before[i], JOINTS[j], STR_ARG(word));
  }
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    buf_printf(out, "%.*s%s\n", STR_ARG(word), ends[i]);
}

/* shop-secret-2024: the name, one word and a year. */
static void add_secret_years(arena *a, buf *out, str word) {
  static const char *const middles[] = {"secret", "key", "jwt"};
  for (size_t m = 0; m < sizeof middles / sizeof *middles; m++)
    for (size_t j = 0; j < JOINT_COUNT; j++)
      add_years(out, arena_printf(a, "%.*s%s%s", STR_ARG(word), JOINTS[j], middles[m]));
}

static void add_usual_with_years(buf *out) {
  static const char *const words[] = {"summer",   "winter",  "spring",   "autumn", "fall",
                                      "secret",   "jwt",     "password", "key",    "admin",
                                      "welcome",  "token",   "company",  "api",    "test",
                                      "changeme", "january", "april",    "july",   "october"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    for (int which = 1; which < CASES; which++)
      add_years(out, cased(out->arena, str_of(words[i]), which));
}

str weak_made_words(arena *a, str own_words) {
  buf out = {.arena = a};
  for (size_t from = 0, end; from < own_words.len; from = end + 1) {
    end = str_find(own_words, STR("\n"), from);
    if (end == SIZE_MAX)
      break;
    str word = str_sub(own_words, from, end);
    for (int which = 0; which < CASES; which++) {
      str form = cased(a, word, which);
      if (which && str_eq(form, word))
        continue;
      buf_printf(&out, "%.*s\n", STR_ARG(form));
      add_neighbours(&out, form);
      add_years(&out, form);
    }
    add_secret_years(a, &out, cased(a, word, 1));
  }
  add_usual_with_years(&out);
  return buf_str(&out);
}
