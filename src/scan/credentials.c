/* Whether each given token is good for anything. A scan in which one is not tested less than its
 * owner thinks: it is incomplete, and says so first. */
#include "scan/engine.h"

static credential *credential_of(engine *e, str text) {
  for (size_t i = 0; i < e->credentials.len; i++)
    if (str_eq(e->credentials.at[i].who->token, text))
      return &e->credentials.at[i];
  return NULL;
}

void credentials_begin(engine *e) {
  const identity_list *all = &e->options->identities;
  for (size_t i = 0; i < all->len; i++) {
    credential one = {.who = &all->at[i]};
    if (one.who->token.ptr && !credential_of(e, one.who->token))
      list_push(e->arena, &e->credentials, one);
  }
}

/* ---- what the answers say -------------------------------------------------------------------- */

/* A refusal of its own (this is not yours) is no refusal of the token. */
static bool is_told_apart(const subject *s, const http_response *r) {
  const http_response *forged = probe_response(s->baseline_probes.at[BAD_SIGNATURE]);
  return !answer_is_refusal(r) || (forged && forged->status != r->status);
}

static void note_answer(engine *e, const subject *s, credential *one, const http_response *r) {
  one->sent = true;
  if (is_told_apart(s, r))
    one->works = true;
  else if (!one->refused_at.ptr)
    one->refused_at = arena_printf(e->arena, "%.*s (status %d)", STR_ARG(s->name), r->status);
}

static bool may_be_asked(const subject *s) {
  bool reads =
      str_eq(s->operation->method, STR("GET")) || str_eq(s->operation->method, STR("HEAD"));
  return reads && s->state == STATE_TESTABLE;
}

/* A further identity asks for the operation as it stands, until an answer shows that its token
 * works: checks that compare identities share the answer. */
static void ask_as_others(operation_run *run) {
  subject *s = &run->subject;
  plan p = {.arena = s->arena, .subject = s};
  for (size_t i = 0; may_be_asked(s) && other_identity(s, i); i++) {
    const identity *who = other_identity(s, i);
    credential *one = credential_of(run->engine, who->token);
    if (!one || one->works)
      continue;
    probe_list ask = {0};
    probe *asked = plan_as(&p, ROLE_LOOK, who, "the operation as %.*s", STR_ARG(who->name));
    asked->label = arena_printf(s->arena, "baseline/as-%.*s", STR_ARG(who->name));
    list_push(s->arena, &ask, asked);
    send_probes(run, &ask);
    if (probe_response(asked))
      note_answer(run->engine, s, one, probe_response(asked));
  }
}

/* A token that its command gave anew is still the good one. */
static credential *own_credential(operation_run *run) {
  engine *e = run->engine;
  if (run->renewals && e->credentials.len)
    return &e->credentials.at[0];
  str own = run->subject.operation->token;
  return own.ptr ? credential_of(e, own) : NULL;
}

/* Where an operation answers the same without a token, the token was sent and never asked for. */
void credentials_note(operation_run *run) {
  subject *s = &run->subject;
  engine *e = run->engine;
  credential *own = own_credential(run);
  const http_response *good = s->good ? probe_response(s->good) : NULL;
  if (own && good) {
    own->sent = true;
    own->works |=
        s->state == STATE_TESTABLE || s->state == STATE_UNSTABLE || s->state == STATE_CACHED;
    if (s->state == STATE_REFUSED && !own->refused_at.ptr)
      own->refused_at = arena_printf(e->arena, "%.*s (status %d)", STR_ARG(s->name), good->status);
  }
  if (s->state == STATE_TESTABLE)
    ask_as_others(run);
}

/* ---- what to say ----------------------------------------------------------------------------- */

static str expiry_of(engine *e, str text) {
  token parsed;
  double exp;
  bool expired = token_parse(e->arena, text, &parsed) &&
                 members_get_number(&parsed.claims, STR("exp"), &exp) && exp <= e->now;
  return expired
             ? arena_printf(e->arena, ": it expired at %.*s", STR_ARG(time_rfc3339(e->arena, exp)))
             : (str){0};
}

static str name_of(engine *e, const credential *one) {
  bool is_default = str_eq(one->who->name, STR("default"));
  return is_default ? STR("the good token")
                    : arena_printf(e->arena, "the token of '%.*s'", STR_ARG(one->who->name));
}

str credentials_problem(engine *e) {
  for (size_t i = 0; i < e->credentials.len; i++) {
    const credential *one = &e->credentials.at[i];
    str name = name_of(e, one), expiry = expiry_of(e, one->who->token);
    if (one->works)
      continue;
    if (one->refused_at.ptr)
      return arena_printf(e->arena,
                          "%.*s is refused at %.*s and everywhere else%.*s; give one that works, "
                          "or say where it goes (--token-in)",
                          STR_ARG(name), STR_ARG(one->refused_at), STR_ARG(expiry));
    if (!one->sent)
      return arena_printf(e->arena,
                          "%.*s was never used: no operation that was scanned takes it%.*s",
                          STR_ARG(name), STR_ARG(expiry));
  }
  return (str){0};
}
