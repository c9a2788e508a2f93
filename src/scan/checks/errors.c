/* What broken tokens bring out: details, crashes. */
#include "scan/checks/checks.h"

/* ---- jwt-error-detail ------------------------------------------------------------------------ */

static const char *const DETAILS[] = {
    /* stack frames and paths */
    ".rb:", "/gems/", "Traceback (most recent call last)", "File \"/", "at Object.",
    ".js:", "node_modules", ".java:", ".py\", line", "goroutine ", ".go:", ".php on line",
    "app/controllers/", "/usr/lib/", "/usr/local/",
    /* exceptions and libraries */
    "JWT::", "OpenSSL::", "JsonWebTokenError", "jsonwebtoken", "io.jsonwebtoken", "com.auth0",
    "com.nimbusds", "jose.exceptions", "PyJWT", "jwt.exceptions", "JWSSignatureVerificationFailed",
    "ERR_JWS", "ERR_JWT", "Firebase\\JWT", "System.IdentityModel", "Microsoft.IdentityModel",
    "golang-jwt",
    "SQLite3::", "ActiveRecord::", "PG::", "Mysql2::", "Signature verification raised",
    "Not enough or too many segments", "NoMethodError", "undefined method", "NullPointerException",
    "SQLSTATE", "JSON::ParserError",
    /* keys */
    "BEGIN PUBLIC KEY", "BEGIN RSA", "BEGIN PRIVATE KEY", "expected signature", "secret_key",
    "secretOrPrivateKey", "secretOrPublicKey", "SECRET_KEY_BASE", "key file", NULL};

static const char *detail_in(str body) {
  for (size_t i = 0; DETAILS[i]; i++)
    if (str_contains(body, str_of(DETAILS[i])))
      return DETAILS[i];
  return NULL;
}

static void plan_error_detail(plan *p) {
  const subject *s = p->subject;
  arena *a = p->arena;
  str payload = members_write(a, &s->token.claims), signature = s->token.signature;
  plan_token(p, ROLE_LOOK, token_join(a, STR("{batten"), payload, signature),
             "a header that is no JSON");
  plan_token(p, ROLE_LOOK, token_join(a, s->token.header_json, STR("{batten"), signature),
             "a payload that is no JSON");
  recipe r = recipe_with_signature(&s->token.header, STR("batten-unknown"), signature);
  plan_mint(p, ROLE_LOOK, &r, &s->token.claims, "an unknown alg");
}

static bool is_detail_of_refusal(const subject *s, const probe *p, const char **what) {
  const http_response *r = probe_response(p), *good = probe_response(s->good);
  if (!r || p == s->good || probe_verdict(s, p) >= VERDICT_LIKELY)
    return false;
  *what = detail_in(r->body);
  return *what && !(good && str_contains(good->body, str_of(*what)));
}

static void judge_error_detail(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  for (size_t i = 0; i < s->sent.len; i++) {
    const char *what = NULL;
    if (!is_detail_of_refusal(s, s->sent.at[i], &what))
      continue;
    if (out->kind != OUTCOME_FOUND)
      out->detail = arena_printf(s->arena, "Seen: \"%s\" in the answer to %.*s.", what,
                                 STR_ARG(s->sent.at[i]->note));
    out->kind = OUTCOME_FOUND;
    outcome_prove(s, out, s->sent.at[i]);
    if (out->proof.len >= 2)
      return;
  }
}

/* ---- jwt-oversized --------------------------------------------------------------------------- */

static str repeated(arena *a, char c, size_t count) {
  char *out = arena_alloc(a, count + 1);
  memset(out, c, count);
  return str_from(out, count);
}

/* The same bytes in a header that is no token: what fails there too is the server's limit, not the
 * token's reader. */
static probe *plan_padding(plan *p, size_t size, str token_text) {
  http_request r = request_with_token(p->arena, p->subject->operation, token_text);
  http_header_set(p->arena, &r.headers, STR("X-Batten-Padding"), repeated(p->arena, 'A', size));
  probe *out =
      plan_request(p, ROLE_CONTROL, &r, "%zu KiB in a header that is no token", size / 1024);
  out->recipe.owner_key = true;
  return out;
}

static void plan_padded(plan *p, size_t size) {
  const subject *s = p->subject;
  members claims = members_copy(p->arena, &s->token.claims);
  members_set_str(p->arena, &claims, STR("batten"), repeated(p->arena, 'A', size * 3 / 4));
  recipe r = recipe_with_signature(&s->token.header, s->token.alg, s->token.signature);
  probe *control = plan_padding(p, size, (str){0});
  probe *attack = plan_mint(p, ROLE_ATTACK, &r, &claims, "a token of %zu KiB", size / 1024);
  plan_control(attack, control);
}

static void plan_oversized(plan *p) {
  enum { DEPTH = 4000 };

  const subject *s = p->subject;
  buf deep = {.arena = p->arena};
  buf_put(&deep, STR("{\"batten\":"));
  buf_put(&deep, repeated(p->arena, '[', DEPTH));
  buf_put(&deep, repeated(p->arena, ']', DEPTH));
  buf_char(&deep, '}');
  probe *control = plan_padding(p, buf_str(&deep).len * 4 / 3, (str){0});
  probe *header =
      plan_token(p, ROLE_ATTACK,
                 token_join(p->arena, buf_str(&deep), s->token.payload_json, s->token.signature),
                 "a header nested %d deep", DEPTH);
  probe *payload =
      plan_token(p, ROLE_ATTACK,
                 token_join(p->arena, s->token.header_json, buf_str(&deep), s->token.signature),
                 "a payload nested %d deep", DEPTH);
  plan_control(header, control);
  plan_control(payload, control);
  plan_padded(p, 16 * 1024);
  plan_padded(p, 64 * 1024);
  plan_padded(p, 256 * 1024);
}

/* 501, 505 and 507 upwards are answers about the request's form, not crashes. */
static bool failed_try(const http_response *r) {
  bool crashed = r->status == 500 || (r->status >= 502 && r->status <= 504);
  return r->failure == HTTP_DROPPED || (r->failure == HTTP_OK && !r->throttled && crashed);
}

static bool failed(const probe *p) {
  bool all = p->answers && p->answers->tries.len;
  for (size_t i = 0; all && i < p->answers->tries.len; i++)
    all = failed_try(&p->answers->tries.at[i].response);
  return all;
}

static bool failed_once(const probe *p) {
  for (size_t i = 0; p && p->answers && i < p->answers->tries.len; i++) {
    const http_response *r = &p->answers->tries.at[i].response;
    if (failed_try(r) || r->failure == HTTP_TIMEOUT)
      return true;
  }
  return false;
}

static void judge_oversized(const subject *s, const probe_list *probes, outcome *out) {
  bool unanswered = false;
  if (failed_once(s->baseline_probes.at[BAD_SIGNATURE]))
    return; /* every refused token ends so, whatever its size */
  for (size_t i = 0; i < probes->len; i++) {
    probe *p = probes->at[i];
    if (p->role != ROLE_ATTACK)
      continue;
    unanswered |= !p->answers || !p->answers->tries.len;
    unanswered |= failed(p) && !probe_tried(p->control);
    if (!failed(p) || !probe_tried(p->control) || failed_once(p->control))
      continue;
    out->kind = OUTCOME_FOUND;
    outcome_prove(s, out, p);
    for (int again = 0; again < 3; again++)
      list_push(s->arena, &out->confirm, p); /* a sick member answers now and then */
    list_push(s->arena, &out->confirm, p->control);
    return;
  }
  if (unanswered)
    outcome_not_tested(s, out, "the probes got no answer that decides");
}

const check CHECKS_ERRORS[] = {
    {.id = "jwt-error-detail",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_LOW,
     .wrong = "The words are a list: a message in another language, or behind an error page, is "
              "not seen. A help text that merely names a library can look like a disclosure.",
     .title = "Errors for broken tokens tell how they are verified",
     .description = "Stack traces, library names or keys in the refusal show an attacker which "
                    "forgery to try next.",
     .sent = "headers and payloads that are no JSON, an unknown alg, wrong signatures",
     .fix = "Answer every refusal alike, and write the reason to the log only.",
     .rails = "rescue JWT::DecodeError => e\n  Rails.logger.info(\"token refused: #{e.class}\")\n"
              "  render json: { error: 'invalid_token' }, status: :unauthorized",
     .references = "API8 CWE-209 RFC6750-3.1",
     .needs = "T",
     .phase = 1,
     .plan = plan_error_detail,
     .judge = judge_error_detail},
    {.id = "jwt-oversized",
     .category = CATEGORY_AUTHENTICATION,
     .severity = SEVERITY_LOW,
     .wrong = "A server that was slow for another reason at that moment drops the same connection; "
              "so it is sent twice. Limits of a proxy in front hide those of the API.",
     .title = "Large or deeply nested tokens crash the request",
     .description =
         "A token is parsed before it is limited, so a few large ones cost the server its worker.",
     .sent = "tokens of 16, 64, 256 KiB and JSON nested 4,000 deep; control: the same bytes in "
             "another header",
     .fix = "Refuse tokens over 8 KiB before anything is decoded, and limit the nesting of JSON.",
     .rails = "raise JWT::DecodeError if token.bytesize > 8192",
     .references = "API4 CWE-400 CVE-2025-30204",
     .needs = "T",
     .phase = 1,
     .plan = plan_oversized,
     .judge = judge_oversized},
};
const size_t CHECKS_ERRORS_COUNT = sizeof CHECKS_ERRORS / sizeof *CHECKS_ERRORS;
