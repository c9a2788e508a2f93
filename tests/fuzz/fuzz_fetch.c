/* Whatever a server of keys, of metadata or of introspection answers: the first byte says which,
 * the first line is a header field, the rest the body. */
#include "batten/introspect.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char POLICY[] =
    "version: 1\nissuers:\n"
    "  - {issuer: 'https://a.example/', algorithms: [ES256], audiences: [api], discovery: true}\n"
    "  - {issuer: b, algorithms: [ES256, RS256], audiences: [api], keys: {jwks_url: "
    "'https://b.example/'}}\n"
    "  - {issuer: c, audiences: [api], keys: {introspection: 'https://c.example/', bearer: "
    "env:HOME}}\n";

static bt_text body;

static bt_asked look(void *of, const bt_policy *policy, size_t issuer, bt_text token, double now,
                     char *answer, size_t *length) {
  (void)of, (void)policy, (void)issuer, (void)token, (void)now;
  *length = body.len < BT_ANSWER_MAX ? body.len : BT_ANSWER_MAX;
  memcpy(answer, body.ptr, *length);
  return BT_ASKED_ANSWERED;
}

static void introspect(const bt_policy *p, double now) {
  bt_result *r = bt_result_new(0);
  bool active;
  bt_introspect_life(p, 2, body, now, &active);
  bt_result_introspect_by(r, look, NULL);
  bt_verify(p, "opaque", 6, NULL, now, r);
  bt_result_free(r);
}

static void fetch(bt_policy *p, size_t issuer, int status, bt_text field, double now) {
  bt_fetch asked;
  bt_fetched answer = {.status = status,
                       .body = body,
                       .etag = field,
                       .cache_control = field,
                       .retry_after = field,
                       .location = field};
  if (!bt_fetch_begin(p, issuer, now, &asked, NULL, NULL))
    return;
  bt_fetch_end(p, issuer, &asked, &answer, now, NULL, NULL);
  bt_fetch_free(&asked);
}

/* One policy for all, and a day between two answers: what one left behind is too old for the next.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const int statuses[] = {200, 304, 404, 429};
  static bt_policy *p;
  static double now = 1800000000;
  now += 86400;
  if (!p)
    p = bt_policy_load_text(POLICY, sizeof POLICY - 1, "fuzz", "/", NULL, NULL);
  if (!p)
    abort();
  if (!size)
    return 0;
  const char *text = (const char *)data + 1, *line = memchr(text, '\n', size - 1);
  bt_text field = {text, line ? (size_t)(line - text) : 0};
  body = line ? (bt_text){line + 1, size - 2 - field.len} : (bt_text){text, size - 1};
  if ((data[0] & 3) == 2)
    introspect(p, now);
  else
    fetch(p, data[0] & 1, statuses[data[0] >> 2 & 3], field, now);
  return 0;
}
