/* Strict JSON (RFC 8259) in one pass without recursion or allocation: validates everything, keeps
 * the outermost object's members. rule 3: RFC 7519 section 4, RFC 8725 section 3.7 */
#include "token/strict.h"

#include <openssl/rand.h>
#include <stdlib.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* ---- names of large objects: an open table, so that many members cost no more each than few -- */

enum { TABLE_SIZE = 8192, SMALL = 16 };

typedef struct name_table {
  uint64_t seed; /* so that nobody can choose names that meet in one place */
  uint32_t object;

  struct {
    uint32_t object, index; /* empty unless of this object */
  } at[TABLE_SIZE];
} name_table;

bool json_object_new(json_object *o, size_t text_max) {
  size_t most = text_max / 4 < JSON_MEMBERS_MAX ? text_max / 4 + 1
                                                : JSON_MEMBERS_MAX; /* `"":0,` takes five bytes */
  *o = (json_object){.members = calloc(most, sizeof *o->members),
                     .names = calloc(most, sizeof *o->names),
                     .members_max = most,
                     .decoded = malloc(text_max + PADDING),
                     .text_max = text_max,
                     .table = calloc(1, sizeof *o->table)};
  return o->members && o->names && o->decoded && o->table &&
         RAND_bytes((unsigned char *)&o->table->seed, 8) == 1;
}

void json_object_free(json_object *o) {
  free(o->members);
  free(o->names);
  free(o->decoded);
  free(o->table);
  *o = (json_object){0};
}

static bool same_name(const json_name *a, const json_name *b) {
  return a->word == b->word && a->len == b->len &&
         (a->len <= 8 || memcmp(a->ptr + 8, b->ptr + 8, a->len - 8) == 0);
}

/* As name_of, for a name with PADDING behind it. */
static json_name name_of_padded(str s) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  json_name n = {.ptr = s.ptr, .len = (uint32_t)s.len};
  memcpy(&n.word, s.ptr, 8);
  if (s.len < 8)
    n.word &= (1ULL << 8 * s.len) - 1;
  return n;
#else
  return json_name_of(s);
#endif
}

static uint64_t name_hash(const name_table *t, const json_name *n) {
  uint64_t h = (t->seed ^ n->word) * 0x9E3779B97F4A7C15ULL;
  for (size_t i = 8; i < n->len; i++)
    h = ((h ^ h >> 29) + (unsigned char)n->ptr[i]) * 0xBF58476D1CE4E5B9ULL;
  return h ^ h >> 32;
}

/* ---- the scanner ----------------------------------------------------------------------------- */

/* An object or array that is open. Names of an object lie in a row, outermost object's in members
 * instead. */
typedef struct {
  bool object;
  uint32_t first;  /* of its names */
  uint32_t tabled; /* number of the object in the table; 0 while it is small */
} open_level;

typedef struct {
  const char *at, *end;
  json_object *o;
  open_level levels[JSON_DEPTH_MAX];
  size_t depth;
} scanner;

static inline void skip_space(scanner *s) {
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
    s->at++;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if ((c | 32) >= 'a' && (c | 32) <= 'f')
    return (c | 32) - 'a' + 10;
  return -1;
}

static int hex_quad(const char *p) {
  int v = 0;
  for (int i = 0; i < 4; i++) {
    int d = hex_digit(p[i]);
    if (d < 0)
      return -1;
    v = v << 4 | d;
  }
  return v;
}

static size_t utf8_put(unsigned code, char *out) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xC0 | code >> 6);
    out[1] = (char)(0x80 | (code & 63));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = (char)(0xE0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 63));
    out[2] = (char)(0x80 | (code & 63));
    return 3;
  }
  out[0] = (char)(0xF0 | code >> 18);
  out[1] = (char)(0x80 | (code >> 12 & 63));
  out[2] = (char)(0x80 | (code >> 6 & 63));
  out[3] = (char)(0x80 | (code & 63));
  return 4;
}

/* One escape, from its backslash. Gives its length, 0 when it is none; the character's bytes go to
 * out. */
static size_t escape_at(const char *p, const char *end, char out[4], size_t *out_len) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (end - p < 2)
    return 0;
  const char *plain = p[1] ? strchr(from, p[1]) : NULL;
  if (plain) {
    out[0] = to[plain - from];
    *out_len = 1;
    return 2;
  }
  if (p[1] != 'u' || end - p < 6)
    return 0;
  int code = hex_quad(p + 2);
  if (code < 0 || (code >= 0xDC00 && code <= 0xDFFF))
    return 0; /* rule 3: RFC 8259 section 8.2: a low surrogate alone */
  if (code < 0xD800 || code > 0xDBFF) {
    *out_len = utf8_put((unsigned)code, out);
    return 6;
  }
  int low = end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex_quad(p + 8) : -1;
  if (low < 0xDC00 || low > 0xDFFF)
    return 0; /* rule 3: RFC 8259 section 8.2: a high surrogate alone */
  *out_len =
      utf8_put(0x10000U + (((unsigned)code - 0xD800U) << 10) + ((unsigned)low - 0xDC00U), out);
  return 12;
}

/* Length of the UTF-8 sequence, 0 when it is none. rule 3: RFC 8259 section 8.1, RFC 3629 section 4
 */
static size_t utf8_at(const char *at, const char *end) {
  const unsigned char *p = (const unsigned char *)at;
  size_t n = p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
  if (!n || (size_t)(end - at) < n)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xC0) != 0x80)
      return 0;
  if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
    return 0; /* overlong; a surrogate */
  if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
    return 0; /* overlong; past U+10FFFF */
  return n;
}

/* Moves over plain ASCII inside a string; may read PADDING bytes past the end, never stops past it.
 */
static inline const char *plain_run(const char *p, const char *end) {
#if defined(__SSE2__)
  for (; p < end; p += 16) {
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
    stop = _mm_or_si128(
        stop, _mm_cmplt_epi8(block, _mm_set1_epi8(0x20))); /* signed: bytes from 0x80 too */
    int mask = _mm_movemask_epi8(stop);
    if (mask) {
      p += __builtin_ctz((unsigned)mask);
      break;
    }
  }
  return p < end ? p : end;
#else
  while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 &&
         (unsigned char)*p < 0x80)
    p++;
  return p;
#endif
}

/* A string that has escapes or other than ASCII. With `keep`, escapes are decoded into o->decoded.
 */
static bool scan_rich_string(scanner *s, bool keep, str *text) {
  const char *start = ++s->at, *copied = start;
  char *out = s->o->decoded + s->o->decoded_len, *begin = out;
  for (;;) {
    s->at = plain_run(s->at, s->end);
    if (s->at >= s->end)
      return false;
    if (*s->at == '"')
      break;
    char bytes[4];
    size_t len = 0, step;
    if (*s->at == '\\') {
      if (!(step = escape_at(s->at, s->end, bytes, &len)))
        return false;
      if (keep) {
        memcpy(out, copied, (size_t)(s->at - copied));
        out += s->at - copied;
        memcpy(out, bytes, len);
        out += len;
        copied = s->at + step;
      }
    } else if (!(step = utf8_at(s->at, s->end))) {
      return false; /* rule 3: RFC 8259 section 7: a control character, or no UTF-8 */
    }
    s->at += step;
  }
  *text = str_from(start, (size_t)(s->at - start));
  if (copied != start) {
    memcpy(out, copied, (size_t)(s->at - copied));
    out += s->at - copied;
    *text = str_from(begin, (size_t)(out - begin));
    s->o->decoded_len += text->len;
  }
  s->at++;
  return true;
}

/* A string from its opening quote; *text is what it decodes to, with `keep`. */
static inline bool scan_string(scanner *s, bool keep, str *text) {
  const char *start = s->at + 1, *stop = plain_run(start, s->end);
  if (stop >= s->end || *stop != '"')
    return scan_rich_string(s, keep, text);
  *text = str_from(start, (size_t)(stop - start));
  s->at = stop + 1;
  return true;
}

static const char *digits(const char *p, const char *end) {
  while (p < end && *p >= '0' && *p <= '9')
    p++;
  return p;
}

enum { NUMBER_MAX = 64, EXPONENT_MAX = 308 };

/* RFC 8259 section 6; rule 3: what no double holds refuses, RFC 7493 section 2.2 */
static bool scan_number(scanner *s) {
  const char *start = s->at, *p = s->at, *end = s->end;
  if (*p == '-')
    p++;
  const char *whole = p;
  p = digits(p, end);
  long magnitude = p - whole;
  if (magnitude == 0 || (magnitude > 1 && *whole == '0'))
    return false;
  if (p < end && *p == '.') {
    const char *fraction = ++p;
    if ((p = digits(p, end)) == fraction)
      return false;
  }
  if (p < end && (*p | 32) == 'e') {
    bool minus = ++p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
      p++;
    const char *exponent = p;
    if ((p = digits(p, end)) == exponent)
      return false;
    long value = 0;
    for (; exponent < p && value < 10000; exponent++)
      value = value * 10 + (*exponent - '0');
    magnitude += minus ? -value : value;
    if (value > EXPONENT_MAX)
      return false;
  }
  s->at = p;
  return p - start <= NUMBER_MAX && magnitude <= EXPONENT_MAX;
}

static bool scan_word(scanner *s, str word) {
  if (!str_starts(str_from(s->at, (size_t)(s->end - s->at)), word))
    return false;
  s->at += word.len;
  return true;
}

/* Any value that is no array or object. */
static inline bool scan_scalar(scanner *s, bool keep, value_kind *kind, str *text) {
  switch (*s->at) {
  case '"':
    *kind = JSON_STRING;
    return scan_string(s, keep, text);
  case 't':
    *kind = JSON_TRUE;
    return scan_word(s, STR("true"));
  case 'f':
    *kind = JSON_FALSE;
    return scan_word(s, STR("false"));
  case 'n':
    *kind = JSON_NULL;
    return scan_word(s, STR("null"));
  default:
    *kind = JSON_NUMBER;
    return scan_number(s);
  }
}

#define WORD(a, b, c) ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16)
static const uint64_t KNOWN_WORDS[KNOWN_CLAIMS] = {
    [CLAIM_ISS] = WORD('i', 's', 's'), [CLAIM_SUB] = WORD('s', 'u', 'b'),
    [CLAIM_AUD] = WORD('a', 'u', 'd'), [CLAIM_EXP] = WORD('e', 'x', 'p'),
    [CLAIM_NBF] = WORD('n', 'b', 'f'), [CLAIM_IAT] = WORD('i', 'a', 't'),
    [CLAIM_JTI] = WORD('j', 't', 'i'), [CLAIM_CNF] = WORD('c', 'n', 'f')};
#undef WORD

/* ---- names: each once in its object ---------------------------------------------------------- */

static const json_name *name_at(const scanner *s, const open_level *l, uint32_t i) {
  return l == s->levels ? &s->o->members[i].name : &s->o->names[l->first + i];
}

/* True when it was there already. */
static bool table_add(scanner *s, const open_level *l, uint32_t index) {
  name_table *t = s->o->table;
  const json_name *n = name_at(s, l, index);
  for (uint64_t h = name_hash(t, n);; h++) {
    uint32_t slot = (uint32_t)(h & (TABLE_SIZE - 1));
    if (t->at[slot].object != l->tabled) {
      t->at[slot].object = l->tabled;
      t->at[slot].index = index;
      return false;
    }
    if (same_name(name_at(s, l, t->at[slot].index), n))
      return true;
  }
}

static bool table_begin(scanner *s, open_level *l, uint32_t count) {
  name_table *t = s->o->table;
  if (++t->object == 0) {
    memset(t->at, 0, sizeof t->at);
    t->object = 1;
  }
  l->tabled = t->object;
  for (uint32_t i = 0; i < count; i++)
    if (table_add(s, l, i))
      return true;
  return false;
}

/* Whether name `index`, the last of the level, was there before. rule 3: RFC 7519 section 4, RFC
 * 8725 section 2.4 */
static bool is_duplicate(scanner *s, open_level *l, uint32_t index) {
  if (l->tabled)
    return table_add(s, l, index);
  const json_name *n = name_at(s, l, index);
  for (uint32_t i = 0; i < index; i++)
    if (same_name(name_at(s, l, i), n))
      return true;
  return index == SMALL && table_begin(s, l, index + 1);
}

/* The registered claims, which every verdict asks for: where they are is kept, so that nobody need
 * search. */
static inline void note_known(json_object *o, uint32_t index) {
  uint64_t word = o->members[index].name.word;
  for (size_t i = 0; i < KNOWN_CLAIMS; i++)
    if (word == KNOWN_WORDS[i])
      o->known[i] = index + 1;
}

/* `"name":` */
static inline json_fault scan_name(scanner *s) {
  open_level *l = &s->levels[s->depth - 1];
  str text;
  if (*s->at != '"' || !scan_string(s, true, &text))
    return JSON_BROKEN;
  bool may_hold_nul = s->o->decoded_len > 0; /* only an escape brings one */
  if (may_hold_nul && memchr(text.ptr, 0, text.len))
    return JSON_BROKEN; /* rule 3: a NUL escape in a name cuts it short elsewhere */
  bool outermost = l == s->levels;
  size_t *len = outermost ? &s->o->len : &s->o->names_len;
  if (*len == s->o->members_max)
    return JSON_BROKEN;
  if (outermost)
    s->o->members[*len] = (json_member){.name = name_of_padded(text)};
  else
    s->o->names[*len] = name_of_padded(text);
  if (outermost && text.len == 3)
    note_known(s->o, (uint32_t)*len);
  uint32_t index = (uint32_t)(*len)++ - (outermost ? 0 : l->first);
  if (is_duplicate(s, l, index))
    return JSON_TWICE;
  skip_space(s);
  if (s->at >= s->end || *s->at++ != ':')
    return JSON_BROKEN;
  skip_space(s);
  return s->at < s->end ? JSON_FINE : JSON_BROKEN;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* The member of the outermost object whose value is being read. */
static json_member *current(const scanner *s) {
  return &s->o->members[s->o->len - 1];
}

static json_fault open_one(scanner *s) {
  if (s->depth == JSON_DEPTH_MAX)
    return JSON_DEEP; /* rule 3: nesting over 32 */
  s->levels[s->depth++] =
      (open_level){.object = *s->at++ == '{', .first = (uint32_t)s->o->names_len};
  return JSON_FINE;
}

static void close_one(scanner *s) {
  s->at++;
  s->o->names_len = s->levels[--s->depth].first;
  if (s->depth == 1)
    current(s)->raw.len = (size_t)(s->at - current(s)->raw.ptr);
}

/* A value that starts here; *opened when it goes on inside. */
static inline json_fault scan_value(scanner *s, bool *opened) {
  bool outermost = s->depth == 1;
  const char *start = s->at;
  value_kind kind = *start == '{' ? JSON_OBJECT : JSON_ARRAY;
  str text = {0};
  *opened = *start == '{' || *start == '[';
  if (!*opened && !scan_scalar(s, outermost, &kind, &text))
    return JSON_BROKEN;
  if (outermost) {
    json_member *m = current(s);
    m->kind = kind;
    m->raw = str_from(start, (size_t)(s->at - start));
    m->text = text;
  }
  return *opened ? open_one(s) : JSON_FINE;
}

typedef enum { OPENED, NEXT, AFTER } place;

/* Until the outermost object is closed. */
static json_fault scan_members(scanner *s) {
  place where = OPENED;
  while (s->depth) {
    const open_level *l = &s->levels[s->depth - 1];
    skip_space(s);
    if (s->at >= s->end)
      return JSON_BROKEN;
    if (where != NEXT && *s->at == (l->object ? '}' : ']')) {
      close_one(s);
      where = AFTER;
      continue;
    }
    if (where == AFTER) {
      if (*s->at++ != ',')
        return JSON_BROKEN;
      where = NEXT;
      continue;
    }
    bool opened = false;
    json_fault fault = l->object ? scan_name(s) : JSON_FINE;
    if (!fault)
      fault = scan_value(s, &opened);
    if (fault)
      return fault;
    where = opened ? OPENED : AFTER;
  }
  return JSON_FINE;
}

json_fault json_scan(str text, json_object *o) {
  scanner s WRITTEN_FIRST;
  s.at = text.ptr;
  s.end = text.ptr + text.len;
  s.o = o;
  s.depth = 0;
  o->len = o->names_len = o->decoded_len = 0;
  memset(o->known, 0, sizeof o->known);
  if (text.len > o->text_max)
    return JSON_BROKEN;
  skip_space(&s);
  if (s.at == s.end)
    return JSON_BROKEN;
  if (*s.at != '{')
    return strchr("[\"-0123456789tfn", *s.at) && *s.at ? JSON_NO_OBJECT
                                                       : JSON_BROKEN; /* rule 3: no BOM */
  json_fault fault = open_one(&s);
  if (!fault)
    fault = scan_members(&s);
  if (fault)
    return fault;
  skip_space(&s);
  return s.at == s.end ? JSON_FINE : JSON_BROKEN; /* rule 3: trailing bytes */
}

const json_member *json_find_name(const json_object *o, const json_name *n) {
  for (size_t i = 0; i < o->len; i++)
    if (same_name(&o->members[i].name, n))
      return &o->members[i];
  return NULL;
}

size_t json_string_decode(str raw, char *out) {
  size_t len = 0;
  if (raw.len < 2 || raw.ptr[0] != '"')
    return SIZE_MAX;
  const char *p = raw.ptr + 1, *end = raw.ptr + raw.len - 1;
  while (p < end) {
    size_t n = 0, step = 1;
    if (*p == '\\')
      step = escape_at(p, end, out + len, &n);
    else
      out[len + n++] = *p;
    if (!step)
      return SIZE_MAX;
    p += step;
    len += n;
  }
  return len;
}

bool json_string_is(str raw, str text) {
  /* An escape is always longer than what it stands for, so lengths tell most strings apart. */
  if (raw.len < text.len + 2 || raw.ptr[0] != '"')
    return false;
  if (text.len && raw.ptr[1] != text.ptr[0] && raw.ptr[1] != '\\')
    return false;
  if (!memchr(raw.ptr, '\\', raw.len))
    return raw.len == text.len + 2 && memcmp(raw.ptr + 1, text.ptr, text.len) == 0;
  const char *p = raw.ptr + 1, *end = raw.ptr + raw.len - 1;
  size_t at = 0;
  while (p < end) {
    char bytes[4] = {*p};
    size_t n = 1, step = *p == '\\' ? escape_at(p, end, bytes, &n) : 1;
    if (!step || text.len - at < n || memcmp(text.ptr + at, bytes, n) != 0)
      return false;
    p += step;
    at += n;
  }
  return at == text.len;
}
