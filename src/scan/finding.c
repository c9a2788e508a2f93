/* From an outcome to a finding: proof as text, secrets masked, a command to repeat it, the fix, the
 * policy. */
#include "scan/check.h"
#include "scan/secrets.h"

#include <math.h>

enum { EVIDENCE_MAX = 4096, PROOFS_MAX = 4, SECRET_MAX = 4096 };

/* ---- masking --------------------------------------------------------------------------------- */

/* A forged token is the proof and is shown; one signed by the owner's key, or theirs, is a
 * credential and is not. */
static bool shows_token(const subject *s, const probe *p) {
  return p->token.ptr && p->forged && !str_eq(p->token, s->token.text);
}

/* Replaces every token in the text by what `with` gives, or its mask. */
static str replace_tokens(arena *a, str text, str with) {
  buf b = {.arena = a};
  size_t from = 0, last = 0;
  str found;
  while (token_find(text, &from, &found)) {
    size_t at = (size_t)(found.ptr - text.ptr);
    buf_put(&b, str_sub(text, last, at));
    buf_put(&b, with.ptr ? with : token_mask(a, found));
    last = at + found.len;
  }
  buf_put(&b, str_sub(text, last, text.len));
  return buf_str(&b);
}

/* A forged token that keeps the good signature must not give it away: all of it but a few
 * characters is replaced. */
static str without_good_signature(const subject *s, str text, str with) {
  enum { SHOWN = 6, LEAST = 16 };

  buf b = {.arena = s->arena};
  if (!s->has_token || s->token.segments.len < 3)
    return text;
  str tail = str_sub(s->token.segments.at[2], SHOWN, s->token.segments.at[2].len);
  if (tail.len < LEAST)
    return text;
  for (size_t from = 0;;) {
    size_t hit = str_find(text, tail, from);
    buf_put(&b, str_sub(text, from, hit));
    if (hit == SIZE_MAX)
      return buf_str(&b);
    buf_put(&b, with);
    from = hit + tail.len;
  }
}

static str cookie_masked(arena *a, str value) {
  size_t equals = str_find(value, STR("="), 0), end = str_find(value, STR(";"), 0);
  if (equals == SIZE_MAX)
    return value;
  return arena_printf(a, "%.*s=...%.*s", STR_ARG(str_sub(value, 0, equals)),
                      STR_ARG(end == SIZE_MAX ? STR("") : str_sub(value, end, value.len)));
}

static http_response response_masked(arena *a, const http_response *r) {
  http_response out = *r;
  out.headers = (http_headers){0};
  for (size_t i = 0; i < r->headers.len; i++) {
    http_header h = r->headers.at[i];
    if (str_ieq(h.name, STR("set-cookie")))
      h.value = cookie_masked(a, h.value);
    list_push(a, &out.headers, h);
  }
  return out;
}

/* "sid=...; jwt=T": a token is shown or masked as any other is, the rest is the owner's. */
static str cookies_masked(const subject *s, str value) {
  buf b = {.arena = s->arena};
  str pair, ignored;
  while (str_next(&value, ';', &pair)) {
    size_t from = 0;
    pair = str_trim(pair);
    bool ours = s->operation->place.kind == PLACE_COOKIE &&
                str_eq(str_sub(pair, 0, str_find(pair, STR("="), 0)), s->operation->place.name);
    if (!ours && !token_find(pair, &from, &ignored))
      pair = cookie_masked(s->arena, pair);
    buf_printf(&b, "%s%.*s", b.len ? "; " : "", STR_ARG(pair));
  }
  return buf_str(&b);
}

/* A key that the user gave as a header is theirs, and no proof: it is masked wherever it is sent.
 */
static http_request request_masked(const subject *s, const http_request *r) {
  http_request out = *r;
  size_t from = 0;
  str ignored;
  out.headers = (http_headers){0};
  for (size_t i = 0; i < r->headers.len; i++) {
    http_header h = r->headers.at[i];
    bool given = str_eq(h.value, http_header_get(&s->options->headers, h.name)) ||
                 str_eq(h.value, http_header_get(&s->operation->headers, h.name));
    from = 0;
    if (str_ieq(h.name, STR("cookie")))
      h.value = cookies_masked(s, h.value);
    else if (given && header_is_credential(s, &h) && !token_find(h.value, &from, &ignored)) {
      size_t space = str_find(h.value, STR(" "), 0);
      str scheme = space == SIZE_MAX ? STR("") : str_sub(h.value, 0, space + 1);
      h.value = arena_printf(s->arena, "%.*s(as given by --header)", STR_ARG(scheme));
    }
    list_push(s->arena, &out.headers, h);
  }
  return out;
}

static str response_evidence(arena *a, const http_response *r) {
  if (r->failure != HTTP_OK)
    return arena_printf(a, "(%s)", http_failure_text(r->failure));
  http_response masked = response_masked(a, r);
  str text = secrets_mask(a, http_response_text(a, &masked, EVIDENCE_MAX + SECRET_MAX));
  return str_sub(replace_tokens(a, text, (str){0}), 0, EVIDENCE_MAX);
}

/* ---- evidence -------------------------------------------------------------------------------- */

static const exchange *shown_exchange(const probe *p) {
  return p->answers && p->answers->tries.len ? &p->answers->tries.at[p->answers->tries.len - 1]
                                             : NULL;
}

static str outcome_note(const subject *s, const probe *p, const exchange *x) {
  arena *a = s->arena;
  if (p->canary_hits)
    return arena_printf(a, "%.*s: the target fetched the canary (%.*s)", STR_ARG(p->note),
                        STR_ARG(p->canary_request));
  if (x->response.failure != HTTP_OK)
    return arena_printf(a, "%.*s: %s", STR_ARG(p->note), http_failure_text(x->response.failure));
  if (p->role == ROLE_LOOK)
    return arena_printf(a, "%.*s: status %d", STR_ARG(p->note), x->response.status);
  verdict v = probe_verdict(s, p);
  const char *word = v == VERDICT_ACCEPTED  ? "accepted, like the good token"
                     : v == VERDICT_LIKELY  ? "answered almost like the good token"
                     : v == VERDICT_REFUSED ? "refused"
                                            : "undecided";
  size_t times = p->answers->tries.len;
  return arena_printf(a, "%s%.*s: %s (status %d%s)", p->role == ROLE_CONTROL ? "Control: " : "",
                      STR_ARG(p->note), word, x->response.status,
                      times > 1 ? ", each time it was sent" : "");
}

static void add_evidence(arena *a, const subject *s, const probe *p, finding *f) {
  const exchange *x = shown_exchange(p);
  if (!x)
    return;
  http_request masked = request_masked(s, &x->request);
  str request = http_request_text(s->arena, &masked, EVIDENCE_MAX);
  request = shows_token(s, p) ? without_good_signature(s, request, STR("(the good token's own)"))
                              : replace_tokens(s->arena, request, (str){0});
  evidence e = {arena_str(a, outcome_note(s, p, x)), arena_str(a, request),
                arena_str(a, response_evidence(s->arena, &x->response))};
  list_push(a, &f->evidence, e);
}

static void add_note(arena *a, str note, finding *f) {
  evidence e = {.note = arena_str(a, note)};
  list_push(a, &f->evidence, e);
}

static void add_controls(arena *a, const subject *s, const outcome *o, finding *f) {
  bool shown = false;
  for (size_t i = 0; o->probes && i < o->probes->len && !shown; i++)
    if (o->probes->at[i]->role == ROLE_CONTROL && o->proof.len && o->probes->at[i]->answers) {
      add_evidence(a, s, o->probes->at[i], f);
      shown = true;
    }
  if (!shown && s->has_token && s->state == STATE_TESTABLE && s->baseline_probes.len == BAD_COUNT &&
      !s->base.bad[BAD_SIGNATURE].off && o->proof.len && o->proof.at[0]->role == ROLE_ATTACK)
    add_evidence(a, s, s->baseline_probes.at[BAD_SIGNATURE], f);
}

/* ---- the command to repeat it ---------------------------------------------------------------- */

static str shell_quote(arena *a, str s) {
  buf b = {.arena = a};
  buf_char(&b, '\'');
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '\'')
      buf_put(&b, STR("'\\''"));
    else
      buf_char(&b, s.ptr[i]);
  buf_char(&b, '\'');
  return buf_str(&b);
}

/* The owner's key stays where it is: the command mints the token again. */
static str mint_command(const subject *s, const probe *p) {
  token sent;
  arena *a = s->arena;
  str claims = token_parse(a, p->token, &sent) ? members_write(a, &sent.claims) : STR("{}");
  str header = members_write(a, &p->recipe.header);
  return arena_printf(
      a, "TOKEN=$(batten token mint --key SIGNING_KEY --alg %.*s --header %.*s --claims %.*s); ",
      STR_ARG(p->recipe.alg), STR_ARG(shell_quote(a, header)), STR_ARG(shell_quote(a, claims)));
}

static str reproduce(arena *a, const subject *s, const probe *p) {
  const exchange *x = shown_exchange(p);
  if (!x)
    return (str){0};
  http_request masked = request_masked(s, &x->request);
  str curl = http_request_curl(s->arena, &masked);
  if (curl.len > EVIDENCE_MAX * 2)
    return STR("(the request is too long to show: see --record)");
  str rest = STR("'\"$(printf %s \"${TOKEN##*.}\" | cut -c7-)\"'"); /* of the good signature, from
                                                                       the reader's own token */
  if (shows_token(s, p))
    return arena_str(a, without_good_signature(s, curl, rest));
  str line = replace_tokens(s->arena, curl, STR("'\"$TOKEN\"'"));
  str mint = p->recipe.valid && p->recipe.owner_key ? mint_command(s, p) : STR("");
  return arena_printf(a, "%.*s%.*s", STR_ARG(mint), STR_ARG(line));
}

/* ---- the policy ------------------------------------------------------------------------------ */

static str yaml_quote(arena *a, str s) {
  return json_quote(a, s);
} /* a JSON string is a YAML string */

/* Of a token without `aud`, as Amazon Cognito's access tokens are: the client's id stands for it.
 */
static bool client_for_audience(const subject *s, str *client) {
  return !members_get(&s->token.claims, STR("aud")) &&
         members_get_str(s->arena, &s->token.claims, STR("client_id"), client) && client->len;
}

static str audiences(const subject *s) {
  const member *m = members_get(&s->token.claims, STR("aud"));
  str client;
  if (client_for_audience(s, &client))
    return arena_printf(s->arena, "[%.*s]\n    audience_claim: client_id",
                        STR_ARG(yaml_quote(s->arena, client)));
  if (!m)
    return STR("[\"" PLACEHOLDER_AUDIENCE "\"]");
  return m->value.ptr[0] == '[' ? m->value : arena_printf(s->arena, "[%.*s]", STR_ARG(m->value));
}

/* What tells an access token from the issuer's other kinds, where the good one says it: Cognito's
 * `token_use`, Keycloak's `typ`. */
static str kinds_demanded(arena *a, const subject *s) {
  static const char *const names[] = {"token_use", "typ"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    str kind = {0};
    if (members_get_str(s->arena, &s->token.claims, str_of(names[i]), &kind) && kind.len)
      return arena_printf(a, "    claims: {%s: %.*s}\n", names[i], STR_ARG(yaml_quote(a, kind)));
  }
  return STR("");
}

static const char *key_source(const algorithm *alg) {
  return alg && alg->kind == KEY_SECRET ? "{file: jwt.secret}" : "{file: issuer.jwks}";
}

static str token_source(const subject *s) {
  static const char *const kinds[] = {"header", "header", "cookie", "query"};
  const token_place *p = &s->operation->place;
  if (p->kind == PLACE_BEARER)
    return STR("{header: Authorization}");
  return arena_printf(s->arena, "{%s: %.*s}", kinds[p->kind],
                      STR_ARG(yaml_quote(s->arena, p->name)));
}

/* An hour, or as long as the good token itself lives, in whole hours up to a day. */
static int lifetime_hours(const subject *s) {
  enum { DAY = 24 };

  double exp, iat;
  if (!members_get_number(&s->token.claims, STR("exp"), &exp) ||
      !members_get_number(&s->token.claims, STR("iat"), &iat))
    return 1;
  double hours = ceil((exp - iat) / 3600);
  return hours > 1 && hours <= DAY ? (int)hours : 1;
}

/* What the policy asks of tokens and the good one has not: whoever turns enforcement on would lock
 * every user out. */
static str lacking(arena *a, const subject *s) {
  static const char *const asked[] = {"iss", "aud", "sub", "iat", "exp"};
  buf names = {.arena = a};
  str client;
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
    if (!members_get(&s->token.claims, str_of(asked[i])) &&
        !(strcmp(asked[i], "aud") == 0 && client_for_audience(s, &client)))
      buf_printf(&names, "%s%s", names.len ? ", " : "", asked[i]);
  if (!names.len)
    return STR("");
  return arena_printf(a,
                      "# The good token carries no %.*s, and this policy refuses it.\n"
                      "# Let whoever signs tokens put that in first; until then mode: observe logs "
                      "and refuses nothing.\n",
                      STR_ARG(buf_str(&names)));
}

/* The policy under which `batten guard` accepts the good token and nothing weaker. */
static str policy_for(arena *a, const subject *s) {
  str issuer = STR(PLACEHOLDER_ISSUER);
  if (!s->has_token || !s->alg)
    return (str){0};
  members_get_str(s->arena, &s->token.claims, STR("iss"), &issuer);
  str typ = {0}, only = STR("");
  if (members_get_str(s->arena, &s->token.header, STR("typ"), &typ) && typ.len)
    only = arena_printf(a, "    typ: [%.*s]\n", STR_ARG(yaml_quote(s->arena, typ)));
  return arena_printf(a,
                      "%.*sversion: 1\n"
                      "issuers:\n"
                      "  - issuer: %.*s\n"
                      "    algorithms: [%s]\n"
                      "    audiences: %.*s\n"
                      "    token: %.*s\n"
                      "    keys: %s\n"
                      "    max_lifetime: %dh\n"
                      "    leeway: 30s\n"
                      "    required: [sub]\n"
                      "%.*s%.*s"
                      "mode: enforce\n",
                      STR_ARG(lacking(a, s)), STR_ARG(yaml_quote(s->arena, issuer)), s->alg->name,
                      STR_ARG(audiences(s)), STR_ARG(token_source(s)), key_source(s->alg),
                      lifetime_hours(s), STR_ARG(kinds_demanded(a, s)), STR_ARG(only));
}

/* ---- the finding ----------------------------------------------------------------------------- */

static void add_fix(arena *a, const subject *s, const check *c, finding *f) {
  f->fix_text = str_of(c->fix);
  fix_code rails = {STR("rails"), str_of(c->rails)};
  if (c->rails)
    list_push(a, &f->fix_code, rails);
  if (strncmp(c->id, "jwt-", 4) == 0)
    f->fix_policy = policy_for(a, s); /* it judges tokens, nothing else */
}

static str where_url(arena *a, const subject *s, const outcome *o) {
  const probe *p = o->proof.len ? o->proof.at[0] : NULL;
  url u = s->operation->url;
  if (p && !p->token.ptr && p->request.url.path.len && p->role == ROLE_LOOK)
    u = p->request.url;
  if (s->operation->place.kind == PLACE_QUERY)
    u = url_without_query(s->arena, &u, s->operation->place.name);
  return arena_str(a, url_text(s->arena, &u));
}

void finding_build(arena *a, const subject *s, const check *c, const outcome *o, report *r) {
  finding f = {.check = str_of(c->id),
               .category = c->category,
               .severity = o->severity,
               .confidence = o->confidence,
               .title = str_of(c->title)};
  f.description = o->detail.len ? arena_printf(a, "%s %.*s", c->description, STR_ARG(o->detail))
                                : str_of(c->description);
  f.where = (where){.kind = WHERE_OPERATION,
                    .method = arena_str(a, s->operation->method),
                    .url = where_url(a, s, o),
                    .parameter = arena_str(a, o->parameter)};
  if (s->operation->about && !str_contains(s->operation->about->file, STR("://"))) {
    f.where.file = arena_str(a, s->operation->about->file);
    f.where.line = s->operation->about->line;
    f.where.column = s->operation->about->column;
  }
  for (size_t i = 0; i < o->proof.len && i < PROOFS_MAX; i++)
    add_evidence(a, s, o->proof.at[i], &f);
  if (o->detail.len)
    add_note(a, o->detail, &f);
  add_controls(a, s, o, &f);
  for (size_t i = 0; i < o->folded.len; i++)
    add_note(a, o->folded.at[i], &f);
  if (o->proof.len)
    f.reproduce = reproduce(a, s, o->proof.at[0]);
  add_fix(a, s, c, &f);
  references_read(a, c->references, &f.references);
  list_push(a, &r->findings, f);
}
