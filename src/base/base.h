/* What every module stands on: slices, arenas, lists, errors, text building, base64url, URLs, time.
 * Nothing here opens a socket or knows about tokens. The JSON face over jansson is apart, in
 * base/json.h. */
#ifndef BATTEN_BASE_H
#define BATTEN_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

/* For a buffer that is written before it is read, on a way that each request goes: without it the
 * compiler's -ftrivial-auto-var-init clears the whole of it each time. */
#define WRITTEN_FIRST __attribute__((uninitialized))

/* ---- slices ---------------------------------------------------------------------------------- */

/* Bytes that somebody else owns. Never assumed to end in NUL. */
typedef struct {
  const char *ptr;
  size_t len;
} str;

#define STR(literal) ((str){(literal), sizeof(literal) - 1})
#define STR_ARG(s) (int)((s).len > INT32_MAX ? INT32_MAX : (s).len), (s).ptr /* for "%.*s" */

str str_of(const char *text); /* NULL: a slice without pointer */

static inline str str_from(const void *bytes, size_t len) {
  return (str){bytes, len};
}

bool str_eq(str a, str b);
bool str_ieq(str a, str b); /* ASCII case only */
int str_cmp(str a, str b);  /* bytewise order, as strcmp */
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_contains(str s, str part);
bool str_icontains(str s, str part);
str path_name(str path); /* what stands behind the last / */
/* Offset of the first `part` at or after `from`; SIZE_MAX when there is none. */
size_t str_find(str s, str part, size_t from);
/* The part from..to, cut to what is there. */
str str_sub(str s, size_t from, size_t to);
str str_trim(str s);
/* Takes the piece before `sep` off the front of *rest. False when *rest is used up (ptr NULL).
 * "a.b" gives "a", "b"; "" gives one empty piece. */
bool str_next(str *rest, char sep, str *piece);
/* Whole string a decimal number that fits; no sign, no space. */
bool str_to_u64(str s, uint64_t *out);
bool str_to_double(str s, double *out);
bool str_to_duration(str s, double *seconds); /* "30s", "5m", "1h30m", "7d": at most ten years */
bool str_is_utf8(str s);
/* Bytes of the UTF-8 sequence at `p`, of which `left` are there; 0 when it is none (RFC 3629). */
size_t utf8_sequence(const unsigned char *p, size_t left);
/* Shell-style glob: '*' matches within a path segment, '**' across. */
bool str_glob(str pattern, str s);

/* ---- memory ---------------------------------------------------------------------------------- */

/* Memory with one life: everything allocated from an arena goes at once with arena_free. Memory
 * comes zeroed. Allocation never fails to the caller: without memory the process ends with exit
 * code 4. */
typedef struct arena arena;
arena *arena_new(void);
void arena_free(arena *a); /* wipes nothing; secrets are wiped by who made them, or all at once: */
void arena_free_wiped(arena *a);
void *arena_alloc(arena *a, size_t size);
size_t arena_used(const arena *a); /* bytes handed out */
/* Has `release(what)` called when the arena is freed, latest first: for what other libraries own.
 */
void arena_on_free(arena *a, void (*release)(void *), void *what);
char *arena_text(arena *a, str s); /* copy with a NUL behind it */
str arena_str(arena *a, str s);    /* copy */
str str_upper(arena *a, str s);    /* copy in capitals, ASCII only */
str str_lower(arena *a, str s);    /* copy in small letters, ASCII only */
str arena_printf(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define arena_make(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* A growing list in an arena: `LIST(thing) things = {0}; list_push(a, &things, thing);` */
#define LIST(type)   \
  struct {           \
    type *at;        \
    size_t len, cap; \
  }
#define list_push(a, list, ...)                                                            \
  ((list)->at = list_room((a), (list)->at, (list)->len, &(list)->cap, sizeof *(list)->at), \
   (list)->at[(list)->len++] = (__VA_ARGS__))
void *list_room(arena *a, void *at, size_t len, size_t *cap, size_t size);

typedef LIST(str) str_list;
bool str_list_has(const str_list *list, str text);

/* Text that grows in an arena. */
typedef struct {
  arena *arena;
  char *ptr;
  size_t len, cap;
} buf;

void buf_put(buf *b, str s);
void buf_char(buf *b, char c);
void buf_printf(buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static inline str buf_str(const buf *b) {
  return (str){b->ptr, b->len};
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* The exit codes of the command line are the error codes: what went wrong decides how the process
 * ends. */
typedef enum {
  ERROR_NONE = 0,
  ERROR_USAGE = 2,
  ERROR_INCOMPLETE = 3,
  ERROR_INTERNAL = 4
} error_code;

typedef struct {
  error_code code;
  char message[1024]; /* one sentence for a person: what, where, the nearest right thing */
} error;

/* Fills *e and returns false, so that `return error_set(...)` reads well. */
bool error_set(error *e, error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The entry nearest to `word` by edit distance, or NULL when none is near. `names` ends with NULL.
 */
const char *nearest_name(str word, const char *const *names);

/* ---- lines of a log -------------------------------------------------------------------------- */

typedef enum {
  LOG_JSON, /* inside the quotes of a JSON string; what is no UTF-8 is U+FFFD */
  LOG_PLAIN /* inside quotes of a line of text; what is no UTF-8 is \xNN */
} log_style;

/* `s` for a log, in `room`, cut where it is full: UTF-8 as it is; control characters, quotes and
 * what turns the direction of reading escaped. */
str log_text(str s, log_style style, char *room, size_t size);

/* So many lines a second, and how many were left out. Zeroed at first. */
typedef struct {
  double began; /* the second that counts */
  unsigned written;
  unsigned long left_out;
} line_limit;

bool line_limit_takes(line_limit *l, unsigned most, double now);
/* What was left out, told once its second is over; 0: nothing to tell. */
unsigned long line_limit_left_out(line_limit *l, double now);

/* ---- files, time, randomness ----------------------------------------------------------------- */

/* Reads a whole file of at most `limit` bytes; "-" is stdin. */
bool file_read(arena *a, const char *path, size_t limit, str *out, error *e);
/* The same of text that somebody wrote: a byte-order mark, which some editors put in front, is no
 * part of it. */
bool text_read(arena *a, const char *path, size_t limit, str *out, error *e);
str str_without_mark(str text);
/* Writes all or nothing: to a temporary file beside `path`, then renamed. `mode` as for open(2). */
bool file_write(const char *path, str content, unsigned mode, error *e);

/* What a file looked like; all zero when it is not there. Another stamp tells that it has changed.
 */
typedef struct {
  struct timespec modified;
  off_t size;
  ino_t inode;
  bool there;
} file_stamp;

file_stamp file_stamp_of(const char *path);
bool file_stamp_same(const file_stamp *a, const file_stamp *b);

double clock_wall(void);      /* seconds since 1970 */
double clock_monotonic(void); /* seconds since some start */
str time_rfc3339(arena *a, double unix_seconds);
bool time_parse_rfc3339(str s, double *unix_seconds);

void random_bytes(void *out, size_t len);
str random_hex(arena *a, size_t bytes);
str hex_encode(arena *a, str bytes);
str sha256_hex(arena *a, str bytes);      /* 64 characters */
bool secret_equal(str given, str secret); /* takes as long for every `given` of one length */

/* ---- base64 ---------------------------------------------------------------------------------- */

/* RFC 4648 section 5 without padding, as RFC 7515 section 2 wants it. */
str base64url_encode(arena *a, str bytes);
/* Strict: no padding, no foreign byte, no non-zero trailing bits (RFC 4648 section 3.5). */
bool base64url_decode(arena *a, str text, str *out);
/* Lenient: either alphabet, padding and stray white space allowed, trailing bits dropped. For
 * looking, never for verifying. False only when some byte can be nothing of the kind. */
bool base64_decode_lenient(arena *a, str text, str *out);
str base64_encode(arena *a, str bytes); /* RFC 4648 section 4, padded */

/* ---- URLs ------------------------------------------------------------------------------------ */

/* The parts of an absolute http or https URL (RFC 3986), as slices of memory in the arena. */
typedef struct {
  str scheme; /* lower case */
  str host;   /* lower case, without the brackets of an IPv6 literal */
  uint16_t port;
  str path;  /* from the first '/', at least "/" */
  str query; /* without '?'; ptr NULL when there is none */
} url;

/* Refuses user information, other schemes, control characters and spaces. The fragment is dropped.
 */
bool url_parse(arena *a, str text, url *out, error *e);
str url_text(arena *a, const url *u);
str url_origin(arena *a,
               const url *u); /* scheme://host:port, the port left out when it is the default */
bool url_same_origin(const url *a, const url *b);
/* Resolves a reference (absolute, //host, /path, relative, ?query) against a base, RFC 3986
 * section 5. */
bool url_resolve(arena *a, const url *base, str reference, url *out, error *e);
/* Adds name=value to the query; both are percent-encoded. */
url url_with_query(arena *a, const url *u, str name, str value);
url url_without_query(arena *a, const url *u, str name);
/* The decoded value of a query parameter. */
bool url_query_get(arena *a, const url *u, str name, str *value);
str percent_encode(arena *a, str s);
str percent_decode(arena *a, str s);

typedef enum { HOST_PUBLIC, HOST_PRIVATE, HOST_LOOPBACK, HOST_LINK_LOCAL } host_kind;

/* By the literal address, or by the name (localhost and *.localhost are loopback). A name that only
 * DNS could place is HOST_PUBLIC. Metadata addresses count as link-local. */
host_kind host_kind_of(str host);

#endif
