/* Reading tokens, however broken, and finding them in other text. */
#include "token/token.h"

static void decode_object(arena *a, str segment, str *json, members *out, bool *is_object) {
  if (!base64_decode_lenient(a, segment, json))
    *json = (str){0};
  *is_object = json->ptr && members_parse(a, *json, out);
  if (!*is_object)
    *out = (members){0};
}

bool token_parse(arena *a, str text, token *out) {
  *out = (token){.text = text};
  str rest = text.ptr ? text : STR(""), segment;
  while (str_next(&rest, '.', &segment))
    list_push(a, &out->segments, segment);
  size_t n = out->segments.len;
  decode_object(a, out->segments.at[0], &out->header_json, &out->header, &out->header_is_object);
  if (n > 1) {
    decode_object(a, out->segments.at[1], &out->payload_json, &out->claims,
                  &out->payload_is_object);
    out->signing_input = str_sub(text, 0, out->segments.at[0].len + 1 + out->segments.at[1].len);
  }
  if (n > 2 && !base64_decode_lenient(a, out->segments.at[2], &out->signature))
    out->signature = (str){0};
  members_get_str(a, &out->header, STR("alg"), &out->alg);
  members_get_str(a, &out->header, STR("kid"), &out->kid);
  members_get_str(a, &out->header, STR("typ"), &out->typ);
  return n == 3 && out->header_is_object && out->payload_is_object;
}

static bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

static size_t run_end(str s, size_t from) {
  while (from < s.len && is_base64url(s.ptr[from]))
    from++;
  return from;
}

/* A header decodes to an object with alg or typ. */
static bool is_header(str segment) {
  arena *a = arena_new();
  str json;
  members m;
  bool yes = base64_decode_lenient(a, segment, &json) && members_parse(a, json, &m) &&
             (members_get(&m, STR("alg")) || members_get(&m, STR("typ")));
  arena_free(a);
  return yes;
}

enum { HEADER_MAX = 16 * 1024 };

bool token_find(str text, size_t *from, str *found) {
  for (size_t i = *from;;) {
    i = text.len ? str_find(text, STR("eyJ"), i) : SIZE_MAX;
    if (i == SIZE_MAX)
      return false;
    size_t first = run_end(text, i);
    size_t second = first < text.len && text.ptr[first] == '.' ? run_end(text, first + 1) : 0;
    size_t third = second > first + 1 && second < text.len && text.ptr[second] == '.'
                       ? run_end(text, second + 1)
                       : 0;
    if (third && first - i <= HEADER_MAX && is_header(str_sub(text, i, first))) {
      *found = str_sub(text, i, third);
      *from = third;
      return true;
    }
    i = first > i ? first : i + 1;
  }
}

str token_mask(arena *a, str text) {
  token t;
  token_parse(a, text, &t);
  str end = str_sub(text, text.len > 4 ? text.len - 4 : 0, text.len);
  return arena_printf(a, "%.*s...%.*s(%zu bytes%s%.*s)", STR_ARG(str_sub(text, 0, 10)),
                      STR_ARG(end), text.len, t.alg.len ? ", alg " : "",
                      STR_ARG(str_sub(t.alg, 0, 16)));
}
