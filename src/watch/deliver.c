/* How an alert leaves: one row a kind of channel. */
#include "base/json.h"
#include "batten/sinks.h"
#include "net/net.h"
#include "watch/watch.h"

#include <openssl/hmac.h>
#include <stdlib.h>

#ifndef BATTEN_VERSION
#define BATTEN_VERSION "0.0.0"
#endif

alert_settings alert_settings_from_environment(void) {
  return (alert_settings){.webhook_secret = getenv("BATTEN_WEBHOOK_SECRET"),
                          .smtp = getenv("BATTEN_SMTP"),
                          .smtp_user = getenv("BATTEN_SMTP_USER"),
                          .smtp_password = getenv("BATTEN_SMTP_PASSWORD"),
                          .mail_from = getenv("BATTEN_MAIL_FROM"),
                          .timeout = 10};
}

/* ---- words for people ------------------------------------------------------------------------ */

static str change_line(arena *a, const json_t *c) {
  str kind = json_get_str(c, "change"), check = json_get_str(c, "check");
  if (check.len)
    return arena_printf(a, "%.*s: [%.*s] %.*s (%.*s, %.*s)", STR_ARG(kind),
                        STR_ARG(json_get_str(c, "severity")), STR_ARG(json_get_str(c, "title")),
                        STR_ARG(check), STR_ARG(json_get_str(c, "where")));
  if (str_eq(kind, STR("score")))
    return arena_printf(a, "score: before %lld",
                        (long long)json_integer_value(json_object_get(c, "score_before")));
  return arena_printf(a, "%.*s%s%.*s", STR_ARG(kind), json_get_str(c, "reason").len ? ": " : "",
                      STR_ARG(json_get_str(c, "reason")));
}

static str subject_text(arena *a, const json_t *alert) {
  size_t n = json_array_size(json_object_get(alert, "changes"));
  const json_t *score = json_object_get(alert, "score");
  str name = json_get_str(alert, "target");
  if (!score)
    return arena_printf(a, "batten: %.*s: %zu change%s", STR_ARG(name), n, n == 1 ? "" : "s");
  return arena_printf(a, "batten: %.*s: %zu change%s, score %lld (%.*s)", STR_ARG(name), n,
                      n == 1 ? "" : "s", (long long)json_integer_value(score),
                      STR_ARG(json_get_str(alert, "grade")));
}

static str alert_text(arena *a, const json_t *alert) {
  buf b = {.arena = a};
  size_t i;
  json_t *c;
  buf_printf(&b, "%.*s\n%.*s\n", STR_ARG(subject_text(a, alert)),
             STR_ARG(json_get_str(alert, "url")));
  json_array_foreach(json_object_get(alert, "changes"), i, c)
      buf_printf(&b, "- %.*s\n", STR_ARG(change_line(a, c)));
  return buf_str(&b);
}

/* ---- webhooks -------------------------------------------------------------------------------- */

static str signature(arena *a, const char *secret, str body) {
  unsigned char mac[32];
  unsigned len = sizeof mac;
  HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)body.ptr, body.len, mac,
       &len);
  return arena_printf(a, "sha256=%.*s", STR_ARG(hex_encode(a, str_from(mac, len))));
}

static bool said_no(const http_response *r, error *e) {
  if (r->failure)
    return error_set(e, ERROR_INCOMPLETE, "%s", http_failure_text(r->failure));
  return error_set(e, ERROR_INCOMPLETE, "answered %d", r->status);
}

/* Redirects are answers, not followed; link-local and metadata addresses are never asked. */
static bool post(const alert_settings *s, arena *a, str target, str body, const alert_row *alert,
                 error *e) {
  http_request request = {.method = STR("POST"), .body = body};
  http_response response = {0};
  if (!url_parse(a, target, &request.url, e))
    return false;
  if (host_resolved_kind(a, request.url.host) == HOST_LINK_LOCAL)
    return error_set(e, ERROR_USAGE, "a link-local or metadata address is never asked");
  http_header_set(a, &request.headers, STR("Content-Type"), STR("application/json"));
  http_header_set(a, &request.headers, STR("X-Batten-Delivery"),
                  arena_printf(a, "%lld", (long long)alert->id));
  if (s->webhook_secret)
    http_header_set(a, &request.headers, STR("X-Batten-Signature"),
                    signature(a, s->webhook_secret, body));
  http_options options = {.target = request.url,
                          .rate = 100,
                          .concurrency = 1,
                          .max_requests = 1,
                          .timeout = s->timeout,
                          .user_agent = STR("batten/" BATTEN_VERSION " (watch)")};
  http_client *client = http_client_new(&options, e);
  if (!client)
    return false;
  http_run(client, a, &request, &response, 1);
  http_client_free(client);
  return (response.status >= 200 && response.status < 300) || said_no(&response, e);
}

static bool by_webhook(const alert_settings *s, arena *a, str to, const alert_row *alert,
                       const json_t *message, error *e) {
  (void)message;
  return post(s, a, to, alert->body, alert, e);
}

static bool by_slack(const alert_settings *s, arena *a, str to, const alert_row *alert,
                     const json_t *message, error *e) {
  json_t *shaped = json_object();
  json_put_str(shaped, "text", alert_text(a, message));
  str body = json_write(a, shaped, false);
  json_decref(shaped);
  return post(s, a, to, body, alert, e);
}

/* ---- mail, command --------------------------------------------------------------------------- */

static bool by_mail(const alert_settings *s, arena *a, str to, const alert_row *alert,
                    const json_t *message, error *e) {
  (void)alert;
  if (!s->smtp || !s->mail_from)
    return error_set(e, ERROR_USAGE,
                     "mail needs BATTEN_SMTP (smtp://host:port) and BATTEN_MAIL_FROM");
  mail m = {.server = s->smtp,
            .user = s->smtp_user,
            .password = s->smtp_password,
            .from = str_of(s->mail_from),
            .to = to,
            .subject = subject_text(a, message),
            .text = alert_text(a, message)};
  return mail_send(&m, s->timeout, e);
}

static bool by_command(const alert_settings *s, arena *a, str to, const alert_row *alert,
                       const json_t *message, error *e) {
  const char *const argv[] = {arena_text(a, to), NULL};
  bt_spawn_options o = {.input = alert->body.ptr,
                        .input_len = alert->body.len,
                        .timeout_ms = (unsigned)(s->timeout * 1000)};
  bt_spawn_result result;
  (void)message;
  bt_sink_status status = bt_spawn(argv, &o, &result);
  int code = result.exit_code;
  bt_spawn_free(&result);
  if (status)
    return error_set(e, ERROR_INCOMPLETE, "%s", bt_sink_sentence(status));
  return code == 0 || error_set(e, ERROR_INCOMPLETE, "the command ended with %d", code);
}

/* ---- channels -------------------------------------------------------------------------------- */

static bool is_url(str to, error *e) {
  arena *a = arena_new();
  url u;
  bool ok = url_parse(a, to, &u, e);
  arena_free(a);
  return ok;
}

static bool is_address(str to, error *e) {
  size_t at = str_find(to, STR("@"), 0);
  bool plain = at != SIZE_MAX && at > 0 && at + 1 < to.len;
  for (size_t i = 0; i < to.len; i++)
    plain &= (unsigned char)to.ptr[i] > 0x20 && !strchr("<>,;\"", to.ptr[i]);
  return plain || error_set(e, ERROR_USAGE, "%.*s is no e-mail address", STR_ARG(to));
}

static bool is_program(str to, error *e) {
  return str_starts(to, STR("/")) ||
         error_set(e, ERROR_USAGE, "%.*s: an absolute path; it gets the alert on standard input",
                   STR_ARG(to));
}

static const struct {
  const char *prefix;
  bool (*valid)(str to, error *e);
  bool (*send)(const alert_settings *s, arena *a, str to, const alert_row *alert,
               const json_t *message, error *e);
} CHANNELS[] = {
    {"webhook=", is_url, by_webhook},
    {"slack=", is_url, by_slack},
    {"mail=", is_address, by_mail},
    {"command=", is_program, by_command},
};

static int channel_of(str channel, str *to) {
  for (size_t i = 0; i < sizeof CHANNELS / sizeof *CHANNELS; i++)
    if (str_starts(channel, str_of(CHANNELS[i].prefix))) {
      *to = str_sub(channel, strlen(CHANNELS[i].prefix), channel.len);
      return (int)i;
    }
  return -1;
}

bool alert_channel_valid(str channel, error *e) {
  error inner = {0};
  str to;
  int i = channel_of(channel, &to);
  if (i < 0)
    return error_set(e, ERROR_USAGE,
                     "--alert %.*s: webhook=URL, slack=URL, mail=ADDRESS or command=PROGRAM",
                     STR_ARG(channel));
  return CHANNELS[i].valid(to, &inner) ||
         error_set(e, ERROR_USAGE, "--alert %.*s: %s", STR_ARG(channel), inner.message);
}

bool alert_deliver(const alert_settings *settings, const alert_row *alert, error *e) {
  arena *a = arena_new();
  json_t *message = json_parse(alert->body, e);
  str to;
  int i = channel_of(alert->channel, &to);
  bool ok = message && i >= 0 && CHANNELS[i].send(settings, a, to, alert, message, e);
  json_decref(message);
  arena_free(a);
  return ok;
}

size_t alerts_pump(store *s, const alert_settings *settings, double now) {
  size_t n = 0;
  for (;; n++) {
    if (settings->stop && *settings->stop)
      return n;
    arena *a = arena_new();
    alert_row alert;
    error e = {0};
    bool some = store_next_alert(s, a, now, &alert);
    if (some && alert_deliver(settings, &alert, &e))
      store_alert_sent(s, alert.id, now);
    else if (some)
      store_alert_failed(s, alert.id, now, str_of(e.message), ALERT_ATTEMPTS_MAX);
    arena_free(a);
    if (!some)
      return n;
  }
}
