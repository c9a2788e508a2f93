/* The token that a server of ours asks its clients for: given, or made and told. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_MIN = 16, FILE_MAX = 4096 };

bool server_token(const arguments *args, const char *made, str *out, error *e) {
  str given = arg_value(args, "--token"), rest = str_sub(given, 1, given.len);
  if (str_starts(given, STR("env:"))) {
    *out = str_of(getenv(arena_text(args->arena, str_sub(given, 4, given.len))));
    if (!out->len)
      return error_set(e, ERROR_USAGE, "--token %.*s: the variable is not set", STR_ARG(given));
  } else if (str_starts(given, STR("@"))) {
    if (!text_read(args->arena, arena_text(args->arena, rest), FILE_MAX, out, e))
      return false;
    *out = str_trim(*out);
  } else if (given.ptr) {
    *out = given;
  } else {
    *out = random_hex(args->arena, TOKEN_MIN);
    fprintf(stderr, "batten: %s %.*s\n", made, STR_ARG(*out));
  }
  return out->len >= TOKEN_MIN ||
         error_set(e, ERROR_USAGE, "--token: at least %d characters", TOKEN_MIN);
}
