/* One JSON object a line on stdout. What a client sent is cut and escaped; of a token nothing is
 * written but the issuer that the policy names, its kid and, once it is verified, its subject. */
#include "guard/guard_private.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdarg.h>
#include <stdio.h>

/* Of one kind of refusal; the others go on being told while one comes in floods. */
enum { SHOWN_MAX = 1024, FIELD_SHOWN = 256, LINES_A_SECOND = 50 };

static const char *const SUBJECT_WORDS[] = {"plain", "hash", "none"};

bool subjects_parse(str text, subject_style *out) {
  for (int i = 0; i < 3; i++)
    if (str_eq(text, str_of(SUBJECT_WORDS[i]))) {
      *out = (subject_style)i;
      return true;
    }
  return false;
}

/* ---- members --------------------------------------------------------------------------------- */

static void put_quoted(buf *b, str s, size_t most) {
  char room[SHOWN_MAX];
  buf_char(b, '"');
  buf_put(b, log_text(s, LOG_JSON, room, most));
  buf_char(b, '"');
}

static void put_member(buf *b, const char *name, str value) {
  if (!value.ptr)
    return;
  buf_printf(b, ",\"%s\":", name);
  put_quoted(b, value, FIELD_SHOWN);
}

static str text_str(bt_text t) {
  return str_from(t.ptr, t.len);
}

/* Without the query: a token may stand there. */
static str path_of(bt_text uri) {
  str s = text_str(uri);
  return s.ptr ? str_sub(s, 0, str_find(s, STR("?"), 0)) : s;
}

/* The same for the same subject while this process runs, and of no use to who guesses names. */
static str hashed(arena *a, const guard *g, str subject) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int len = 0;

  enum { SHOWN = 8 };

  if (!HMAC(EVP_sha256(), g->log_key, sizeof g->log_key, (const unsigned char *)subject.ptr,
            subject.len, digest, &len))
    return (str){0};
  return hex_encode(a, str_from(digest, SHOWN));
}

static void put_subject(buf *b, const guard *g, const bt_result *result) {
  str subject = text_str(bt_claim_text(result, "sub"));
  if (!subject.ptr || g->options->subjects == SUBJECTS_NONE)
    return;
  if (g->options->subjects == SUBJECTS_HASHED)
    put_member(b, "subject_hash", hashed(b->arena, g, subject));
  else
    put_member(b, "subject", subject);
}

/* Of a refused token the issuer and kid are what it says of itself. */
static void put_token(buf *b, const guard *g, const bt_decision *d, const bt_result *result) {
  bool looked_at = d->verified || d->reason == BT_REASON_TOKEN;
  str issuer = text_str(bt_result_issuer(result)), kid = text_str(bt_result_kid(result));
  if (!looked_at || (!issuer.ptr && !kid.ptr))
    return;
  buf_printf(b, ",\"verified\":%s", d->verified ? "true" : "false");
  put_member(b, "issuer", issuer);
  put_member(b, "kid", kid);
  if (d->verified)
    put_subject(b, g, result);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void begin_line(buf *b, const char *event) {
  buf_printf(b, "{\"time\":\"%.*s\",\"event\":\"%s\"",
             STR_ARG(time_rfc3339(b->arena, clock_wall())), event);
}

static void write_line(buf *b) {
  buf_put(b, STR("}\n"));
  fwrite(b->ptr, 1, b->len, stdout); /* one call a line: lines of threads do not mix */
  fflush(stdout);
}

static bool may_write(guard *g, size_t kind) {
  pthread_mutex_lock(&g->log_lock);
  bool may = line_limit_takes(&g->lines[kind], LINES_A_SECOND, clock_wall());
  pthread_mutex_unlock(&g->log_lock);
  return may;
}

void log_decision(guard *g, const bt_decision *d, const bt_http *request, const bt_result *result,
                  str client) {
  bool refused = !d->allowed || d->would_refuse;
  if (refused && !may_write(g, metrics_name(d)))
    return;
  arena *a = arena_new();
  buf b = {.arena = a};
  begin_line(&b, "decision");
  buf_printf(&b, ",\"decision\":\"%s\",\"status\":%d",
             d->would_refuse ? "observe"
             : d->allowed    ? "allow"
                             : "refuse",
             d->allowed ? 200 : d->status);
  put_member(&b, "refusal", str_of(bt_decision_name(d)));
  if (d->reason == BT_REASON_TOKEN)
    put_member(&b, "detail", str_of(bt_result_detail(result)));
  else if (d->reason == BT_REASON_REQUEST_INVALID)
    put_member(&b, "detail", proxy_mistake(a, g->options->proxy, request));
  else if (*bt_decision_detail(d))
    put_member(&b, "detail", str_of(bt_decision_detail(d)));
  put_member(&b, "client", client);
  put_member(&b, "method", text_str(request->method));
  put_member(&b, "path", path_of(request->uri));
  put_token(&b, g, d, result);
  write_line(&b);
  arena_free(a);
}

void log_malformed(guard *g, const char *wrong) {
  if (may_write(g, NAMES_MAX))
    log_event("malformed", "a request that is no question of a proxy: %s", wrong);
}

void log_left_out(guard *g) {
  for (size_t i = 0; i <= NAMES_MAX; i++) {
    pthread_mutex_lock(&g->log_lock);
    unsigned long count = line_limit_left_out(&g->lines[i], clock_wall());
    pthread_mutex_unlock(&g->log_lock);
    if (!count)
      continue;
    arena *a = arena_new();
    buf b = {.arena = a};
    begin_line(&b, "left-out");
    put_member(&b, "refusal", i == NAMES_MAX ? STR("malformed") : str_of(metrics_name_at(i)));
    buf_printf(&b, ",\"count\":%lu", count);
    write_line(&b);
    arena_free(a);
  }
}

void log_event(const char *event, const char *format, ...) {
  char text[SHOWN_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  arena *a = arena_new();
  buf b = {.arena = a};
  begin_line(&b, event);
  buf_put(&b, STR(",\"message\":"));
  put_quoted(&b, str_of(text), SHOWN_MAX);
  write_line(&b);
  arena_free(a);
}
