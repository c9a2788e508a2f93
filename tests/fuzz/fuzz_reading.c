/* A request target of any bytes. What the policy takes for open must be open to a careless server
 * too: one that decodes once or twice, resolves dots, cuts parameters, takes backslashes for
 * slashes and knows no letter case, each or all of them. */
#include "batten/decide.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 8192, WAYS = 64 };

static const char OPEN_PART[] =
    "version: 1\n"
    "issuers: [{issuer: a, algorithms: [HS256], audiences: [b], keys: {env: FUZZ_SECRET}}]\n"
    "routes:\n"
    "  - {path: /open/**, public: true}\n"
    "  - {path: /**}\n";

static bt_policy *load(const char *rest) {
  char text[1024] = "";
  strncat(text, OPEN_PART, sizeof text - 1);
  strncat(text, rest, sizeof text - strlen(text) - 1);
  setenv("FUZZ_SECRET", "0123456789abcdef0123456789abcdef0123456789abcdef", 1);
  bt_policy *p = bt_policy_load_text(text, strlen(text), "fuzz", ".", NULL, NULL);
  if (!p)
    abort();
  return p;
}

/* ---- the careless server --------------------------------------------------------------------- */

static int digit(char c) {
  return isxdigit((unsigned char)c) ? (isdigit((unsigned char)c) ? c - '0' : tolower(c) - 'a' + 10)
                                    : -1;
}

static void decode(char *s) {
  char *out = s;
  for (; *s; s++) {
    int high = *s == '%' ? digit(s[1]) : -1, low = high >= 0 ? digit(s[2]) : -1;
    *out++ = low >= 0 ? (char)(high << 4 | low) : *s;
    if (low >= 0)
      s += 2;
  }
  *out = 0;
}

static void replace(char *s, char from, char to) {
  for (; *s; s++)
    if (*s == from)
      *s = to;
}

static void cut_parameters(char *s) {
  char *out = s;
  for (bool skip = false; *s; s++) {
    skip = *s != '/' && (skip || *s == ';');
    if (!skip)
      *out++ = *s;
  }
  *out = 0;
}

/* Without "." and "..", and without empty segments. */
static void resolve(char *s) {
  char out[ROOM] = "", *state = NULL;
  for (char *part = strtok_r(s, "/", &state); part; part = strtok_r(NULL, "/", &state)) {
    if (strcmp(part, ".") == 0)
      continue;
    char *last = strrchr(out, '/');
    if (strcmp(part, "..") == 0) {
      if (last)
        *last = 0;
      continue;
    }
    strncat(out, "/", sizeof out - strlen(out) - 1);
    strncat(out, part, sizeof out - strlen(out) - 1);
  }
  memcpy(s, out, strlen(out) + 1);
}

static bool reads_as_open(const char *target, unsigned way) {
  char s[ROOM];
  s[0] = 0;
  strncat(s, target, sizeof s - 1);
  s[strcspn(s, "?")] = 0;
  if (way & 1)
    decode(s);
  if (way & 2)
    decode(s);
  if (way & 4)
    replace(s, '\\', '/');
  if (way & 8)
    cut_parameters(s);
  if (way & 16)
    s[strcspn(s, "?#")] = 0;
  if (way & 32)
    resolve(s);
  return strncasecmp(s, "/open/", 6) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bt_policy *strict, *lax;
  char target[ROOM / 2];
  const bt_route *route;
  bt_text get = {"GET", 3}, host = {"h", 1};
  if (!strict)
    strict = load("");
  if (!lax)
    lax =
        load("paths: {allow: [encoded-slash, backslash, semicolon, empty-segment, encoded-percent, "
             "encoded-query, invalid-utf8]}\n");
  if (size >= sizeof target)
    return 0;
  bt_text uri = {(const char *)data, size};
  bt_route_kind kind = bt_policy_route(strict, get, host, uri, &route);
  bt_route_kind lax_kind = bt_policy_route(lax, get, host, uri, &route);
  if (kind != BT_ROUTE_AMBIGUOUS && lax_kind == BT_ROUTE_AMBIGUOUS)
    abort(); /* what was allowed made it narrower */
  if (kind != BT_ROUTE_PUBLIC)
    return 0;
  if (memchr(data, 0, size))
    abort();
  memcpy(target, data, size);
  target[size] = 0;
  for (unsigned way = 0; way < WAYS && target[0] == '/'; way++)
    if (!reads_as_open(target, way))
      abort();
  return 0;
}
