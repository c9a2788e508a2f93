#include "scan/secrets.h"
#include "scan/match.h"
#include "token/token.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern const unsigned char secret_patterns_bytes[];
extern const size_t secret_patterns_len;

enum { PATTERNS_MAX = 256, HITS_MAX = 64 };

typedef struct {
  str id, provider, rule;
  severity severity;
  regex *regex;
} pattern;

static struct {
  pattern rows[PATTERNS_MAX];
  size_t count;
} table; /* read once from the built-in file, then never changed */

/* ---- the table ------------------------------------------------------------------------------- */

static void read_row(str line) {
  str rest = line, field[5] = {0};
  if (!line.len || line.ptr[0] == '#' || table.count == PATTERNS_MAX)
    return;
  for (int i = 0; i < 4; i++)
    str_next(&rest, '\t', &field[i]);
  field[4] = rest;
  pattern *p = &table.rows[table.count];
  *p = (pattern){.id = field[0],
                 .provider = field[1],
                 .rule = field[3],
                 .regex = regex_compile(field[4], NULL)};
  if (p->regex && severity_parse(field[2], &p->severity))
    table.count++;
}

static void read_table(void) {
  str rest = str_from(secret_patterns_bytes, secret_patterns_len), line;
  while (str_next(&rest, '\n', &line))
    read_row(line);
}

static void need_table(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, read_table);
}

size_t secret_pattern_count(void) {
  need_table();
  return table.count;
}

/* ---- rules: what the form alone does not tell ------------------------------------------------ */

static uint32_t crc32_of(str bytes) { /* ISO 3309, as zlib's */
  uint32_t crc = 0xFFFFFFFFu;
  for (size_t i = 0; i < bytes.len; i++) {
    crc ^= (unsigned char)bytes.ptr[i];
    for (int bit = 0; bit < 8; bit++)
      crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

static bool digits_equal(uint64_t number, const char *alphabet, unsigned base, str digits) {
  for (size_t i = digits.len; i-- > 0; number /= base)
    if (digits.ptr[i] != alphabet[number % base])
      return false;
  return number == 0;
}

/* The CRC-32 of what lies between the prefix's underscore and the last six characters. */
static bool fits_crc62(str s) {
  static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  size_t from = str_find(s, STR("_"), 0) + 1;
  return digits_equal(crc32_of(str_sub(s, from, s.len - 6)), alphabet, 62,
                      str_sub(s, s.len - 6, s.len));
}

static bool fits_gitlab(str s) {
  static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  size_t dot = s.len - 10, from = str_find(s, STR("-"), 0) + 1;
  return digits_equal(crc32_of(str_sub(s, 0, s.len - 7)), alphabet, 36,
                      str_sub(s, s.len - 7, s.len)) &&
         digits_equal(dot - from, alphabet, 36, str_sub(s, dot + 1, dot + 3));
}

static bool fits_hex(str of, str digits, const char *alphabet) {
  return digits_equal(crc32_of(of), alphabet, 16, digits);
}

static bool fits_atlassian(str s) {
  return fits_hex(str_sub(s, 0, s.len - 9), str_sub(s, s.len - 8, s.len), "0123456789ABCDEF");
}

static bool fits_grafana(str s) {
  return fits_hex(str_sub(s, 5, 37), str_sub(s, 38, s.len), "0123456789abcdef");
}

/* Base 32 after the four letters; bits 1 to 40 are the account's number, which has twelve digits at
 * most. */
static bool fits_aws_id(str s) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  uint64_t bits = 0;
  for (size_t i = 4; i < 14; i++)
    bits = bits << 5 | (uint64_t)(strchr(alphabet, s.ptr[i]) - alphabet);
  return ((bits >> 9) & 0xFFFFFFFFFFull) <= 999999999999ull && !str_ends(s, STR("EXAMPLE"));
}

/* xoxb-TEAM-BOT-SECRET, xoxp-TEAM-USER-APP-SECRET, xoxe.-1-...: at least a number and a long last
 * part. */
static bool fits_slack(str s) {
  str rest = s, part, last = {0};
  size_t parts = 0, numbers = 0;
  while (str_next(&rest, '-', &part)) {
    uint64_t n;
    numbers += parts > 0 && str_to_u64(part, &n);
    last = part;
    parts++;
  }
  return parts >= 3 && numbers >= 1 && last.len >= 20;
}

/* The first part is the bot's id, a decimal number, in base64. */
static bool fits_discord(str s) {
  arena *a = arena_new();
  str id;
  uint64_t n;
  bool ok = base64_decode_lenient(a, str_sub(s, 0, str_find(s, STR("."), 0)), &id) &&
            id.len >= 17 && str_to_u64(id, &n);
  arena_free(a);
  return ok;
}

/* Enough base64 behind the header for a key: DER ("MI", "MC"), or OpenSSH's own. */
static bool fits_pem(str s) {
  size_t at = str_find(s, STR("KEY-----"), 0), base64 = 0;
  str body = at == SIZE_MAX ? STR("") : str_sub(s, at + 8, s.len);
  for (size_t i = 0; i < body.len; i++) {
    char c = body.ptr[i];
    base64 += (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '/';
  }
  return base64 >= 60 &&
         (str_contains(body, STR("MI")) || str_contains(body, STR("MC")) ||
          str_contains(body, STR("MH")) || str_contains(body, STR("b3BlbnNzaC1rZXktdjE")));
}

/* A projected or a legacy service-account token, by the claims that Kubernetes writes. */
static bool fits_sa_token(str s) {
  arena *a = arena_new();
  token t;
  str sub = {0}, iss = {0};
  bool ok = token_parse(a, s, &t);
  if (ok) {
    members_get_str(a, &t.claims, STR("sub"), &sub);
    members_get_str(a, &t.claims, STR("iss"), &iss);
    ok = str_starts(sub, STR("system:serviceaccount:")) ||
         str_eq(iss, STR("kubernetes/serviceaccount")) ||
         members_get(&t.claims, STR("kubernetes.io"));
  }
  arena_free(a);
  return ok;
}

/* The password of a URL is more than a stand-in. */
static bool fits_url_password(str s) {
  static const char *const stand_ins[] = {"***", "xxx", "FILTERED", "${", "%s", "REDACTED", "{{"};
  size_t from = str_find(s, STR("://"), 0) + 3, colon = str_find(s, STR(":"), from),
         at = str_find(s, STR("@"), colon);
  str password = str_sub(s, colon + 1, at);
  for (size_t i = 0; i < sizeof stand_ins / sizeof *stand_ins; i++)
    if (str_contains(password, str_of(stand_ins[i])))
      return false;
  return password.len >= 3;
}

static const struct {
  const char *name;
  bool (*fits)(str s);
} RULES[] = {{"crc62", fits_crc62},         {"gitlab", fits_gitlab},
             {"atlassian", fits_atlassian}, {"grafana", fits_grafana},
             {"aws-id", fits_aws_id},       {"slack", fits_slack},
             {"discord", fits_discord},     {"pem", fits_pem},
             {"sa-token", fits_sa_token},   {"url-password", fits_url_password}};

/* Shannon's entropy in bits a character. */
static double entropy(str s) {
  size_t counts[256] = {0};
  double sum = 0;
  for (size_t i = 0; i < s.len; i++)
    counts[(unsigned char)s.ptr[i]]++;
  for (size_t i = 0; i < 256; i++)
    if (counts[i])
      sum -= (double)counts[i] / (double)s.len * log2((double)counts[i] / (double)s.len);
  return sum;
}

/* Words that stand where a secret would: in documentation, in masked output. */
static bool stand_in(str s) {
  static const char *const words[] = {"example", "xxxxxx",       "redacted",    "placeholder",
                                      "your_",   "your-",        "changeme",    "filtered",
                                      "******",  "000000000000", "111111111111"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (str_icontains(s, str_of(words[i])))
      return true;
  return false;
}

static bool fits(const pattern *p, str s) {
  double least;
  if (stand_in(s) && !str_starts(p->id, STR("database")))
    return false;
  if (str_starts(p->rule, STR("entropy:")) &&
      str_to_double(str_sub(p->rule, 8, p->rule.len), &least))
    return entropy(s) * 10 >= least;
  for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++)
    if (str_eq(p->rule, str_of(RULES[i].name)))
      return RULES[i].fits(s);
  return true;
}

/* ---- finding --------------------------------------------------------------------------------- */

static bool overlaps(const secret_hits *hits, str s) {
  for (size_t i = 0; i < hits->len; i++)
    if (hits->at[i].text.ptr < s.ptr + s.len && s.ptr < hits->at[i].text.ptr + hits->at[i].text.len)
      return true;
  return false;
}

static int by_place(const void *x, const void *y) {
  const char *a = ((const secret_hit *)x)->text.ptr, *b = ((const secret_hit *)y)->text.ptr;
  return (a > b) - (a < b);
}

static void find_pattern(arena *a, const pattern *p, str text, secret_hits *out) {
  str found;
  for (size_t from = 0; out->len < HITS_MAX && regex_find(p->regex, text, from, &found);) {
    from = (size_t)(found.ptr - text.ptr) + found.len;
    if (overlaps(out, found) || !fits(p, found))
      continue;
    confidence c = str_starts(p->id, STR("jwt-signing")) ? CONFIDENCE_FIRM : CONFIDENCE_CONFIRMED;
    secret_hit hit = {p->id, p->provider, p->severity, c, found};
    list_push(a, out, hit);
  }
}

secret_hits secrets_find(arena *a, str text) {
  secret_hits out = {0};
  need_table();
  for (size_t i = 0; text.len >= 8 && i < table.count; i++)
    find_pattern(a, &table.rows[i], text, &out);
  if (out.len)
    qsort(out.at, out.len, sizeof *out.at, by_place);
  return out;
}

str secret_masked(arena *a, str secret) {
  size_t shown = secret.len < 16 ? 2 : str_starts(secret, STR("-----")) ? 31 : 6;
  return arena_printf(a, "%.*s...(%zu bytes)", STR_ARG(str_sub(secret, 0, shown)), secret.len);
}

/* ---- masking --------------------------------------------------------------------------------- */

static str mask_secrets(arena *a, str text) {
  secret_hits hits = secrets_find(a, text);
  buf b = {.arena = a};
  size_t last = 0;
  if (!hits.len)
    return text;
  for (size_t i = 0; i < hits.len; i++) {
    size_t at = (size_t)(hits.at[i].text.ptr - text.ptr);
    buf_put(&b, str_sub(text, last, at));
    buf_put(&b, secret_masked(a, hits.at[i].text));
    last = at + hits.at[i].text.len;
  }
  buf_put(&b, str_sub(text, last, text.len));
  return buf_str(&b);
}

static str replace_all(arena *a, str text, str what, str with) {
  buf b = {.arena = a};
  size_t last = 0;
  for (size_t at; (at = str_find(text, what, last)) != SIZE_MAX; last = at + what.len) {
    buf_put(&b, str_sub(text, last, at));
    buf_put(&b, with);
  }
  buf_put(&b, str_sub(text, last, text.len));
  return buf_str(&b);
}

/* ---- members --------------------------------------------------------------------------------- */

const char SENSITIVE_MEMBERS[] =
    "(?i)\\A(?:(?:user_?|account_?|login_?)?pass(?:word|wd)_?(?:digest|hash|hashed|salt|plain)?|"
    "encrypted_?password|hashed_?password|pwd(?:_?hash)?|salt|(?:otp|totp|mfa|two_?factor|2fa)_?(?:"
    "secret|seed|key|backup_?codes|recovery_?codes)|recovery_?codes|backup_?codes|(?:password_?)?(?"
    ":reset|recovery)_?(?:password_?)?(?:token|code)|(?:email_?)?(?:confirmation|verification)_?"
    "token|remember_?token|invite_?token|(?:user_?)?(?:api|secret|private|signing|encryption|"
    "master)_?key|(?:api|client|webhook|signing|shared|jwt)_?secret|session_?(?:token|secret)|"
    "refresh_?token|internal_?(?:notes?|flags?|id|comments?)|security_?(?:answer|question_?answer)"
    "s?|cvv2?|cvc|card_?pin|pin(?:_?code)?)\\z";

/* Behind the string that begins at text[at], or the end of a text that was cut. */
static size_t string_end(str text, size_t at) {
  for (at++; at < text.len && text.ptr[at] != '"'; at++)
    if (text.ptr[at] == '\\')
      at++;
  return at < text.len ? at + 1 : text.len;
}

static size_t skip_blanks(str text, size_t at) {
  while (at < text.len && strchr(" \t\r\n", text.ptr[at]))
    at++;
  return at;
}

/* Where the string begins that the member whose name ends here has as its value; SIZE_MAX when
 * there is none. */
static size_t value_start(str text, size_t name_end) {
  size_t colon = skip_blanks(text, name_end);
  if (colon >= text.len || text.ptr[colon] != ':')
    return SIZE_MAX;
  size_t at = skip_blanks(text, colon + 1);
  return at < text.len && text.ptr[at] == '"' ? at : SIZE_MAX;
}

/* A password has no form of its own: the name beside it tells. Works on JSON that was cut, too. */
static str mask_members(arena *a, str text) {
  buf b = {.arena = a};
  size_t last = 0, at = 0;
  while ((at = str_find(text, STR("\""), at)) != SIZE_MAX) {
    size_t end = string_end(text, at), value = value_start(text, end);
    str hit, name = str_sub(text, at + 1, end - 1);
    at = end;
    if (value == SIZE_MAX || !regex_find(regex_kept(SENSITIVE_MEMBERS), name, 0, &hit))
      continue;
    at = string_end(text, value);
    size_t bytes = at - value - 1;
    if (bytes && text.ptr[at - 1] == '"')
      bytes--;
    if (!bytes)
      continue; /* empty: nothing to hide, and it tells that */
    buf_put(&b, str_sub(text, last, value));
    buf_printf(&b, "\"...(%zu bytes)\"", bytes);
    last = at;
  }
  buf_put(&b, str_sub(text, last, text.len));
  return buf_str(&b);
}

str secrets_mask(arena *a, str text) {
  text = mask_members(a, mask_secrets(a, text));
  personal_hits numbers = personal_find(a, text);
  for (size_t i = 0; i < numbers.len; i++) {
    str s = numbers.at[i].text;
    if (numbers.at[i].kind > PERSONAL_NATIONAL_ID || s.len < 8)
      continue;
    text = replace_all(a, text, arena_str(a, s),
                       arena_printf(a, "%.*s...%.*s", 2, s.ptr, 2, s.ptr + s.len - 2));
  }
  return text;
}
