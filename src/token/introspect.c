/* Token introspection (RFC 7662): what is asked about a token, and what the answer means. */
#include "batten/introspect.h"
#include "token/strict.h"

#include <math.h>
#include <stdlib.h>

enum { INACTIVE_SECONDS = 5 };

void bt_result_introspect_by(bt_result *r, bt_introspect_fn look, void *context) {
  r->look = look;
  r->look_context = context;
}

bool bt_result_unasked(const bt_result *r) {
  return r->unasked;
}

/* ---- which tokens ---------------------------------------------------------------------------- */

/* The header of a JWT is a JSON object, so its text begins as `{"` does in base64url. What looks so
 * is read as one, and its `iss` says whose it is; all else can be nobody's but the one issuer's. */
static bool looks_signed(str given) {
  size_t dots = 0;
  for (size_t i = 0; i < given.len; i++)
    dots += given.ptr[i] == '.';
  return dots == 2 && str_starts(given, STR("ey"));
}

bool introspect_choose(bt_result *r, str given) {
  const policy_rules *rules = policy_rules_of(r->policy);
  if (!rules->introspects || !given.len || looks_signed(given))
    return false;
  for (size_t i = 0; i < rules->issuers.len; i++)
    if (rules->issuers.at[i].keys.kind == BT_KEYS_INTROSPECTION) {
      r->issuer = &rules->issuers.at[i];
      r->issuer_index = i;
      return true;
    }
  return false;
}

/* RFC 6750 section 2.1: the characters of a bearer token, whatever it stands for */
static bool is_token_text(str given) {
  for (size_t i = 0; i < given.len; i++)
    if (given.ptr[i] <= ' ' || given.ptr[i] > '~')
      return false;
  return true;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* RFC 7662 section 2.2: `active` must be the word true; an `iss`, where there is one, the issuer's
 */
static bt_refusal check_answer(bt_result *r) {
  const json_object *claims = &r->token.claims;
  const json_member *active = json_find(claims, STR("active")),
                    *iss = json_known(claims, CLAIM_ISS);
  bool known = active && (active->kind == JSON_TRUE || active->kind == JSON_FALSE);
  if (!known)
    return refuse(r, BT_KEYS_UNAVAILABLE, "the introspection endpoint does not say `active`");
  if (active->kind == JSON_FALSE)
    return refuse(r, BT_TOKEN_INACTIVE, NULL);
  bool own = !iss || (iss->kind == JSON_STRING && str_eq(iss->text, r->issuer->name));
  return own ? BT_REFUSAL_NONE : refuse(r, BT_ISS_UNKNOWN, NULL);
}

static bt_refusal take_answer(bt_result *r, size_t len) {
  compact *c = &r->token;
  c->payload_json = str_from(c->bytes, len);
  if (json_scan(c->payload_json, &c->claims))
    return refuse(r, BT_KEYS_UNAVAILABLE, "the introspection endpoint's answer is no JSON object");
  return check_answer(r);
}

/* rule 23: RFC 7662 section 2: without an answer there is nothing to believe, and that is not the
 * client's fault */
bt_refusal introspect_check(bt_result *r, str given) {
  size_t len = 0;
  if (given.len > policy_rules_of(r->policy)->token_limit)
    return BT_TOKEN_TOO_LONG;
  if (!is_token_text(given))
    return refuse(r, BT_TOKEN_NOT_COMPACT, "a byte that stands in no token");
  if (!r->look)
    return refuse(r, BT_KEYS_UNAVAILABLE, "`guard serve` alone asks about opaque tokens");
  r->token.last_header_len = 0; /* the answer goes where it was */
  r->kid_len = 0;
  bt_asked asked = r->look(r->look_context, r->policy, r->issuer_index, text_of_str(given), r->now,
                           r->token.bytes, &len);
  if (asked == BT_ASKED_ANSWERED && len <= BT_ANSWER_MAX)
    return take_answer(r, len);
  r->unasked = asked == BT_ASKED_NOT_YET;
  return refuse(r, BT_KEYS_UNAVAILABLE, "%s",
                r->unasked ? "the issuer has not been asked yet"
                           : "the introspection endpoint gave no answer");
}

double bt_introspect_life(const bt_policy *p, size_t i, bt_text answer, double now, bool *active) {
  const key_source *source = &policy_rules_of(p)->issuers.at[i].keys;
  json_object o = {0};
  double life = 0, exp;
  *active = false;
  if (!answer.len || answer.len > BT_ANSWER_MAX || !json_object_new(&o, BT_ANSWER_MAX)) {
    json_object_free(&o);
    return 0;
  }
  char padded[BT_ANSWER_MAX + PADDING] = {0};
  memcpy(padded, answer.ptr, answer.len);
  bool object = json_scan(str_from(padded, answer.len), &o) == JSON_FINE;
  const json_member *word = object ? json_find(&o, STR("active")) : NULL;
  const json_member *end = object ? json_known(&o, CLAIM_EXP) : NULL;
  *active = word && word->kind == JSON_TRUE;
  bool known = *active || (word && word->kind == JSON_FALSE);
  if (known && !*active)
    life = source->cache < INACTIVE_SECONDS ? source->cache : INACTIVE_SECONDS;
  if (*active)
    life = source->cache;
  if (end && json_number(end->raw, &exp) && life > exp - now)
    life = exp - now;
  json_object_free(&o);
  return known && life < 1 ? 1 : life; /* for who waits for it */
}

/* ---- the question ---------------------------------------------------------------------------- */

/* RFC 6749 section 2.3.1: both are encoded as in a form, then as Basic wants it. */
static str basic_credentials(arena *a, str id, str secret) {
  str pair = arena_printf(a, "%.*s:%.*s", STR_ARG(percent_encode(a, id)),
                          STR_ARG(percent_encode(a, secret)));
  return arena_printf(a, "Basic %.*s", STR_ARG(base64_encode(a, pair)));
}

bool bt_introspect_begin(const bt_policy *p, size_t i, bt_text given, bt_fetch *out,
                         bt_problem_fn tell, void *context) {
  const key_source *source = &policy_rules_of(p)->issuers.at[i].keys;
  problems told = {.tell = tell,
                   .context = context,
                   .file = policy_rules_of(p)->name.ptr,
                   .line = source->line,
                   .column = source->column};
  arena *a = arena_new();
  str secret = {0}, credentials = {0};
  bool has_secret = source->client_secret.file.ptr || source->client_secret.env.ptr;
  bool has_bearer = source->bearer.file.ptr || source->bearer.env.ptr;
  *out = (bt_fetch){.memory = a,
                    .url = source->source.ptr,
                    .ca = source->ca.ptr,
                    .cert = source->cert.ptr,
                    .key = source->cert_key.ptr};
  bool ok = true;
  if (has_secret)
    ok = secret_read(a, &source->client_secret, "client_secret", &secret, &told);
  else if (has_bearer)
    ok = secret_read(a, &source->bearer, "bearer", &secret, &told);
  if (!ok) {
    bt_fetch_free(out);
    return false;
  }
  if (has_secret)
    credentials = basic_credentials(a, source->client_id, secret);
  else if (has_bearer)
    credentials = arena_printf(a, "Bearer %.*s", STR_ARG(secret));
  size_t n = 0;
  out->headers[n++] = "Accept: application/json";
  if (credentials.ptr)
    out->headers[n++] = arena_printf(a, "Authorization: %.*s", STR_ARG(credentials)).ptr;
  buf form = {.arena = a};
  buf_printf(&form, "token=%.*s&token_type_hint=access_token",
             STR_ARG(percent_encode(a, str_of_text(given))));
  if (!has_secret && source->client_id.ptr) /* RFC 8705 section 2: the certificate is its proof */
    buf_printf(&form, "&client_id=%.*s", STR_ARG(percent_encode(a, source->client_id)));
  out->form = buf_str(&form).ptr;
  return true;
}
