/* Reads the path of a request as servers and frameworks do, and says where they differ:
 * CVE-2020-8595 and CVE-2023-30845 came from a gateway that decided on another path than the
 * application saw. */
#include "token/reading.h"

static const char *const NAMES[BT_PATH_COUNT] = {[BT_PATH_FINE] = "none",
                                                 [BT_PATH_ENCODED_SLASH] = "encoded-slash",
                                                 [BT_PATH_BACKSLASH] = "backslash",
                                                 [BT_PATH_SEMICOLON] = "semicolon",
                                                 [BT_PATH_EMPTY_SEGMENT] = "empty-segment",
                                                 [BT_PATH_ENCODED_PERCENT] = "encoded-percent",
                                                 [BT_PATH_ENCODED_QUERY] = "encoded-query",
                                                 [BT_PATH_INVALID_UTF8] = "invalid-utf8",
                                                 [BT_PATH_DOT_SEGMENT] = "dot-segment",
                                                 [BT_PATH_NUL] = "nul",
                                                 [BT_PATH_CONTROL] = "control",
                                                 [BT_PATH_OVERLONG_UTF8] = "overlong-utf8",
                                                 [BT_PATH_BAD_ESCAPE] = "bad-escape",
                                                 [BT_PATH_FRAGMENT] = "fragment",
                                                 [BT_PATH_NONE] = "no-path",
                                                 [BT_PATH_TOO_LONG] = "too-long",
                                                 [BT_PATH_NEEDLESS_ESCAPE] = "needless-escape",
                                                 [BT_PATH_ROUTES_DIFFER] = "routes-differ"};

const char *bt_path_fault_name(bt_path_fault fault) {
  return (unsigned)fault < BT_PATH_COUNT ? NAMES[fault] : "unknown";
}

bt_path_fault path_fault_of(str name) {
  for (int i = BT_PATH_FINE + 1; i <= BT_PATH_LAST_ALLOWABLE; i++)
    if (str_eq(name, str_of(NAMES[i])))
      return (bt_path_fault)i;
  return BT_PATH_FINE;
}

/* ---- the path of a target -------------------------------------------------------------------- */

/* "https://host/path" to "/path". */
static bt_path_fault drop_origin(str *target) {
  size_t scheme_end = str_find(*target, STR("://"), 0);
  size_t query = str_find(*target, STR("?"), 0);
  if (scheme_end == SIZE_MAX || scheme_end == 0 || query < scheme_end)
    return BT_PATH_NONE;
  size_t slash = str_find(*target, STR("/"), scheme_end + 3);
  bool has_path = slash != SIZE_MAX && slash < query;
  *target = has_path ? str_sub(*target, slash, target->len) : STR("/");
  return BT_PATH_FINE;
}

static bool is_control(int c) {
  return c < 0x20 || c == 0x7f;
}

static bt_path_fault control_fault(int c) {
  return c ? BT_PATH_CONTROL : BT_PATH_NUL;
}

/* What stands in no target as it came, query included (RFC 9112 section 3.2). */
static bt_path_fault raw_fault(str target) {
  for (size_t i = 0; i < target.len; i++) {
    unsigned char c = (unsigned char)target.ptr[i];
    if (is_control(c))
      return control_fault(c);
    if (c == '#')
      return BT_PATH_FRAGMENT;
  }
  return BT_PATH_FINE;
}

bt_path_fault path_of_target(str target, str *path) {
  *path = target;
  if (!target.len)
    return BT_PATH_NONE;
  if (target.ptr[0] != '/' && drop_origin(path) != BT_PATH_FINE)
    return BT_PATH_NONE;
  bt_path_fault fault = raw_fault(target);
  if (fault != BT_PATH_FINE)
    return fault;
  *path = str_sub(*path, 0, str_find(*path, STR("?"), 0));
  return path->len <= PATH_MAX_LEN ? BT_PATH_FINE : BT_PATH_TOO_LONG;
}

/* ---- one reading ----------------------------------------------------------------------------- */

typedef struct {
  str path;
  size_t at;
  unsigned as_structure;
  path_reading *out;
} path_reader;

static bool takes(path_reader *r, bt_path_fault kind) {
  r->out->found |= path_bit(kind);
  return r->as_structure & path_bit(kind);
}

static void put(path_reader *r, char c) {
  path_reading *out = r->out;
  bool empty = c == '/' && out->len && out->text[out->len - 1] == '/';
  if (empty && takes(r, BT_PATH_EMPTY_SEGMENT))
    return;
  out->text[out->len++] = c;
}

static void put_as_it_stands(path_reader *r, size_t len) {
  for (size_t i = 0; i < len; i++)
    r->out->text[r->out->len++] = r->path.ptr[r->at + i];
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if ((c | 32) >= 'a' && (c | 32) <= 'f')
    return (c | 32) - 'a' + 10;
  return -1;
}

/* The byte that the two digits at `at` stand for; -1 when they are none. */
static int hex_byte(str s, size_t at) {
  int high = at < s.len ? hex_digit(s.ptr[at]) : -1;
  int low = high >= 0 && at + 1 < s.len ? hex_digit(s.ptr[at + 1]) : -1;
  return low < 0 ? -1 : high << 4 | low;
}

/* RFC 3986 section 2.3: encoded or not, these are the same; but some servers compare as it came. */
static bool is_unreserved(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/* A byte that came out of an escape, and its escape of `len` bytes, which stands at r->at. */
static bt_path_fault put_escaped(path_reader *r, int c, size_t len) {
  if (is_control(c))
    return control_fault(c);
  if (c == '/' && !takes(r, BT_PATH_ENCODED_SLASH))
    put_as_it_stands(r, len);
  else if (c == '\\')
    put(r, takes(r, BT_PATH_BACKSLASH) ? '/' : '\\');
  else if (is_unreserved(c) && takes(r, BT_PATH_NEEDLESS_ESCAPE))
    put_as_it_stands(r, len);
  else
    put(r, (char)c);
  r->at += len;
  return BT_PATH_FINE;
}

/* Servers that know parameters of a path cut them off each segment (RFC 3986 section 3.3). */
static void skip_parameter(path_reader *r) {
  while (r->at < r->path.len && r->path.ptr[r->at] != '/')
    r->at++;
}

/* An escaped mark that begins something else where it is decoded before the path is taken apart. */
static void put_mark(path_reader *r, bt_path_fault kind, char mark, size_t len) {
  bool parted = takes(r, kind);
  if (!parted)
    put(r, mark);
  r->at += len;
  if (parted && kind == BT_PATH_SEMICOLON)
    skip_parameter(r);
  else if (parted)
    r->at = r->path.len;
}

/* "%25" and two digits: an escape that was encoded once more. What it hides may be a plain letter:
 * that has two readings too, but none of another shape. */
static bt_path_fault put_doubled(path_reader *r, int hidden) {
  static const char marks[] = "/\\.%;?#";
  bool shapes = is_control(hidden) || strchr(marks, hidden) != NULL;
  bool twice = takes(r, shapes ? BT_PATH_ENCODED_PERCENT : PATH_DOUBLED_LETTER);
  if (!twice) {
    put(r, '%');
    r->at += 3;
    return BT_PATH_FINE;
  }
  if (is_control(hidden))
    return control_fault(hidden);
  if (hidden == '?' || hidden == '#') {
    r->at = r->path.len;
    return BT_PATH_FINE;
  }
  put(r, hidden == '\\' ? '/' : (char)hidden);
  r->at += 5;
  return BT_PATH_FINE;
}

static bt_path_fault read_escape(path_reader *r) {
  int c = hex_byte(r->path, r->at + 1);
  if (c < 0)
    return BT_PATH_BAD_ESCAPE;
  int hidden = c == '%' ? hex_byte(r->path, r->at + 3) : -1;
  if (hidden >= 0)
    return put_doubled(r, hidden);
  if (c == '?' || c == '#')
    put_mark(r, BT_PATH_ENCODED_QUERY, (char)c, 3);
  else if (c == ';')
    put_mark(r, BT_PATH_SEMICOLON, ';', 3);
  else
    return put_escaped(r, c, 3);
  return BT_PATH_FINE;
}

static bt_path_fault read_byte(path_reader *r) {
  char c = r->path.ptr[r->at];
  if (c == '%')
    return read_escape(r);
  if (is_control((unsigned char)c) || c == ' ')
    return control_fault(c);
  if (c == ';') {
    put_mark(r, BT_PATH_SEMICOLON, ';', 1);
    return BT_PATH_FINE;
  }
  bool backslash = c == '\\' && takes(r, BT_PATH_BACKSLASH);
  put(r, backslash ? '/' : c);
  r->at++;
  return BT_PATH_FINE;
}

/* ---- what a reading must not hold ------------------------------------------------------------ */

/* Bytes of a character by its first one (RFC 3629 section 4); 0: none begins so. */
static size_t character_len(unsigned char first) {
  if (first < 0x80)
    return 1;
  if (first < 0xC2)
    return 0;
  return first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
}

/* A lenient decoder makes ASCII of them: "%C0%AF" is a slash to it. */
static bool is_overlong(unsigned char first, unsigned char second) {
  bool two_for_one = first == 0xC0 || first == 0xC1;
  bool three_for_less = first == 0xE0 && second >= 0x80 && second < 0xA0;
  bool four_for_less = first == 0xF0 && second >= 0x80 && second < 0x90;
  return two_for_one || three_for_less || four_for_less;
}

static bool is_character(const unsigned char *s, size_t len) {
  bool surrogate = s[0] == 0xED && len > 1 && s[1] >= 0xA0;
  bool too_high = s[0] == 0xF4 && len > 1 && s[1] >= 0x90;
  for (size_t i = 1; i < len; i++)
    if (s[i] >> 6 != 2)
      return false;
  return !surrogate && !too_high;
}

static bt_path_fault check_utf8(path_reading *r) {
  const unsigned char *s = (const unsigned char *)r->text;
  for (size_t i = 0; i < r->len;) {
    size_t len = character_len(s[i]);
    if (len != 1 && is_overlong(s[i], i + 1 < r->len ? s[i + 1] : 0))
      return BT_PATH_OVERLONG_UTF8;
    bool whole = len && len <= r->len - i && is_character(s + i, len);
    if (!whole)
      r->found |= path_bit(BT_PATH_INVALID_UTF8);
    i += whole ? len : 1;
  }
  return BT_PATH_FINE;
}

static bt_path_fault check_segments(str path) {
  str rest = str_sub(path, 1, path.len), segment;
  while (str_next(&rest, '/', &segment))
    if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
      return BT_PATH_DOT_SEGMENT;
  return BT_PATH_FINE;
}

bt_path_fault path_read(str path, unsigned as_structure, path_reading *out) {
  path_reader r = {path, 0, as_structure, out};
  bt_path_fault fault = BT_PATH_FINE;
  out->len = 0;
  out->found = 0;
  while (r.at < path.len && fault == BT_PATH_FINE)
    fault = read_byte(&r);
  if (fault == BT_PATH_FINE)
    fault = check_utf8(out);
  if (fault == BT_PATH_FINE)
    fault = check_segments(str_from(out->text, out->len));
  return fault;
}

/* ---- all readings ---------------------------------------------------------------------------- */

/* "//host/path" is a reference to another host (RFC 3986 section 4.2), so it is never allowed. */
static bool begins_twice(str path) {
  return path.len > 1 && path.ptr[1] == '/';
}

static bt_path_fault lowest(unsigned bits) {
  int fault = BT_PATH_FINE + 1;
  while (!(bits & path_bit((bt_path_fault)fault)))
    fault++;
  return (bt_path_fault)fault;
}

bt_path_fault path_kinds(str path, unsigned allowed, unsigned *kinds) {
  path_reading reading WRITTEN_FIRST;
  bt_path_fault fault = path_read(path, 0, &reading);
  *kinds = reading.found;
  unsigned refused = reading.found & ~(allowed | PATH_HARMLESS);
  if (refused)
    return lowest(refused);
  if (fault != BT_PATH_FINE || !reading.found)
    return fault;
  if (begins_twice(path))
    return BT_PATH_EMPTY_SEGMENT;
  fault = path_read(path, ~path_bit(BT_PATH_NEEDLESS_ESCAPE), &reading);
  *kinds |= reading.found;
  refused = reading.found & ~(allowed | PATH_HARMLESS);
  return refused ? lowest(refused) : fault;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static bool is_host_byte(char c) {
  return is_unreserved((unsigned char)c) && c != '~';
}

static bool is_address(str s) {
  for (size_t i = 1; i + 1 < s.len; i++)
    if (hex_digit(s.ptr[i]) < 0 && s.ptr[i] != ':' && s.ptr[i] != '.')
      return false;
  return s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']';
}

/* RFC 3986 section 3.2.2 and 3.2.3: a port may be empty, a name may end in the root's dot. */
bool host_name(str given, str *name) {
  size_t end = given.len;
  while (end > 0 && given.ptr[end - 1] >= '0' && given.ptr[end - 1] <= '9')
    end--;
  bool has_port = end > 0 && given.ptr[end - 1] == ':';
  *name = has_port ? str_sub(given, 0, end - 1) : given;
  if (is_address(*name))
    return true;
  if (name->len > 1 && name->ptr[name->len - 1] == '.')
    name->len--;
  for (size_t i = 0; i < name->len; i++)
    if (!is_host_byte(name->ptr[i]))
      return false;
  return name->len > 0 && name->ptr[0] != '.' && name->ptr[name->len - 1] != '.';
}
