/* One JSON object a line on stdout. What a client sent is cut and escaped; of a token nothing is
 * written. */
#include "guard/guard_private.h"

#include <stdarg.h>
#include <stdio.h>

enum { SHOWN_MAX = 256 };

static void put_quoted(buf *b, str s) {
  buf_char(b, '"');
  for (size_t i = 0; i < s.len && i < SHOWN_MAX; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c == '"' || c == '\\')
      buf_printf(b, "\\%c", c);
    else if (c < 0x20 || c >= 0x7F)
      buf_printf(b, "\\u%04x", c);
    else
      buf_char(b, (char)c);
  }
  buf_char(b, '"');
}

static void put_member(buf *b, const char *name, str value) {
  if (!value.ptr)
    return;
  buf_printf(b, ",\"%s\":", name);
  put_quoted(b, value);
}

static str text_str(bt_text t) {
  return str_from(t.ptr, t.len);
}

/* Without the query: a token may stand there. */
static str path_of(bt_text uri) {
  str s = text_str(uri);
  return s.ptr ? str_sub(s, 0, str_find(s, STR("?"), 0)) : s;
}

static void write_line(buf *b) {
  buf_put(b, STR("}\n"));
  fwrite(b->ptr, 1, b->len, stdout); /* one call a line: lines of threads do not mix */
  fflush(stdout);
}

void log_decision(const guard *g, const bt_decision *d, const bt_http *request, bt_result *result) {
  arena *a = arena_new();
  buf b = {.arena = a};
  (void)g;
  buf_printf(&b, "{\"time\":\"%.*s\",\"event\":\"decision\",\"decision\":\"%s\",\"status\":%d",
             STR_ARG(time_rfc3339(a, clock_wall())),
             d->would_refuse ? "observe"
             : d->allowed    ? "allow"
                             : "refuse",
             d->allowed ? 200 : d->status);
  put_member(&b, "refusal", str_of(bt_decision_name(d)));
  if (d->reason == BT_REASON_TOKEN)
    put_member(&b, "detail", str_of(bt_result_detail(result)));
  else if (*bt_decision_detail(d))
    put_member(&b, "detail", str_of(bt_decision_detail(d)));
  put_member(&b, "method", text_str(request->method));
  put_member(&b, "path", path_of(request->uri));
  if (d->verified) {
    put_member(&b, "issuer", text_str(bt_result_issuer(result)));
    put_member(&b, "subject", text_str(bt_claim_text(result, "sub")));
  }
  write_line(&b);
  arena_free(a);
}

void log_event(const char *event, const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  arena *a = arena_new();
  buf b = {.arena = a};
  buf_printf(&b, "{\"time\":\"%.*s\",\"event\":\"%s\"", STR_ARG(time_rfc3339(a, clock_wall())),
             event);
  put_member(&b, "message", str_of(text));
  write_line(&b);
  arena_free(a);
}
