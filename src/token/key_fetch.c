/* When a key set is asked for, what is asked, and what the answer means. The bytes are carried by
 * others (batten/fetch.h), so that the daemon, the nginx module, the command line and the gem
 * cannot differ. */
#include "token/strict.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
  EAGER_TRIES = 60,       /* once a second, while there is no key at all */
  ANSWER_WAIT = 60,       /* seconds after which whoever fetched is taken for dead */
  SECRET_MAX = 16 * 1024, /* of a bearer token */
  METADATA_MIN = 3600,    /* how long a found URL counts */
  METADATA_MAX = 24 * 3600,
};

typedef enum { STEP_KEYS, STEP_METADATA } fetch_step;

static const key_source *source_of(const bt_policy *p, size_t i) {
  return &policy_rules_of(p)->issuers.at[i].keys;
}

bool bt_fetch_possible(const bt_policy *p, size_t i) {
  return i < policy_rules_of(p)->issuers.len && keys_by_url(source_of(p, i)->kind);
}

/* ---- when ------------------------------------------------------------------------------------ */

/* rule 23: seconds between two fetches that nobody's clock has asked for */
static double pause_of(const key_source *source, const bt_keys_memo *memo, bool has_keys) {
  if (has_keys)
    return source->cool_down;
  double pause = 1;
  for (unsigned i = EAGER_TRIES; i < memo->misses && pause < source->cool_down; i++)
    pause *= 2;
  return pause < source->cool_down ? pause : source->cool_down;
}

static bool is_wanted(bt_policy *p, size_t i, double now) {
  const key_source *source = source_of(p, i);
  source_state *state = policy_source(p, i);
  const bt_keys_memo *memo = &state->memo;
  double since = now - memo->asked;
  bool never = memo->asked == 0, back = since < 0; /* the clock was set back */
  if (now < memo->not_before && memo->not_before <= now + source->refresh_max)
    return false;
  if (never)
    return true;
  if (state->asking && !back && since < ANSWER_WAIT)
    return false;
  bool has_keys = policy_has_keys(p, i, now);
  if (!back && since < pause_of(source, memo, has_keys))
    return false;
  return !has_keys || back || now >= memo->due || atomic_load(&state->unknown_kid);
}

bool bt_policy_keys_wanted(bt_policy *p, size_t i, double now) {
  if (i >= policy_rules_of(p)->issuers.len || !keys_fetched(source_of(p, i)->kind) ||
      source_of(p, i)->kind == BT_KEYS_INTROSPECTION)
    return false;
  source_state *state = policy_source(p, i);
  policy_lock(p);
  bool wanted = is_wanted(p, i, now);
  if (wanted) {
    state->asking = true;
    state->memo.asked = now;
    atomic_store(&state->unknown_kid, false);
  }
  policy_unlock(p);
  return wanted;
}

/* ---- what ------------------------------------------------------------------------------------ */

static problems problems_of(const bt_policy *p, size_t i, bt_problem_fn tell, void *context) {
  const key_source *source = source_of(p, i);
  return (problems){.tell = tell,
                    .context = context,
                    .file = policy_rules_of(p)->name.ptr,
                    .line = source->line,
                    .column = source->column,
                    .about = source->source.ptr};
}

/* What a field may hold (RFC 9110 section 5.5); all of a credential is visible. */
static bool is_visible(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
      return false;
  return s.len > 0;
}

bool secret_read(arena *a, const secret_place *place, const char *name, str *out, problems *p) {
  error e = {0};
  const char *value = place->env.ptr ? getenv(place->env.ptr) : NULL;
  if (place->env.ptr && !value)
    return problem(p, "`%s`: the environment variable %s is not set", name, place->env.ptr);
  if (value)
    *out = str_trim(str_of(value));
  else if (!file_read(a, place->file.ptr, SECRET_MAX, out, &e))
    return problem(p, "`%s`: %s", name, e.message);
  *out = str_trim(*out);
  return is_visible(*out) ||
         problem(p, "`%s`: %s holds no token: one line of visible characters is needed", name,
                 place->env.ptr ? place->env.ptr : place->file.ptr);
}

static void add_header(arena *a, bt_fetch *f, const char *name, str value) {
  size_t n = 0;
  while (f->headers[n])
    n++;
  if (n < BT_FETCH_HEADERS)
    f->headers[n] = arena_printf(a, "%s: %.*s", name, STR_ARG(value)).ptr;
}

static void free_memory(void *memory) {
  arena_free_wiped(memory); /* a bearer token was in it */
}

void bt_fetch_free(bt_fetch *f) {
  if (f->memory)
    free_memory(f->memory);
  *f = (bt_fetch){0};
}

/* RFC 9110 section 13.1: only for the set in force; a document of metadata is small. */
static void add_conditions(arena *a, bt_fetch *f, const bt_keys_memo *memo) {
  if (*memo->etag)
    add_header(a, f, "If-None-Match", str_of(memo->etag));
  if (*memo->modified)
    add_header(a, f, "If-Modified-Since", str_of(memo->modified));
}

static void choose_url(arena *a, bt_fetch *f, const bt_policy *p, size_t i,
                       const bt_keys_memo *memo, double now) {
  const key_source *source = source_of(p, i);
  bool discovers = source->kind == BT_KEYS_DISCOVERY;
  bool found = *memo->found && now < memo->found_until;
  f->step = discovers && !found ? STEP_METADATA : STEP_KEYS;
  str place = !discovers ? source->source
              : found    ? str_of(memo->found)
                         : metadata_url(a, source->source, memo->look);
  f->url = arena_text(a, place);
  add_header(a, f, "Accept",
             f->step == STEP_METADATA ? STR("application/json")
                                      : STR("application/jwk-set+json, application/json"));
  if (f->step == STEP_KEYS && policy_has_keys(p, i, now))
    add_conditions(a, f, memo);
}

static void note_miss(bt_policy *p, size_t i, double now) {
  source_state *state = policy_source(p, i);
  policy_lock(p);
  state->asking = false;
  state->memo.misses++;
  state->memo.due = now + source_of(p, i)->cool_down;
  policy_unlock(p);
}

bool bt_fetch_begin(bt_policy *p, size_t i, double now, bt_fetch *out, bt_problem_fn tell,
                    void *context) {
  const key_source *source = source_of(p, i);
  problems told = problems_of(p, i, tell, context);
  bt_keys_memo memo;
  str bearer = {0};
  arena *a = arena_new();
  *out = (bt_fetch){
      .memory = a, .ca = source->ca.ptr, .cert = source->cert.ptr, .key = source->cert_key.ptr};
  bt_policy_keys_memo(p, i, &memo);
  choose_url(a, out, p, i, &memo, now);
  bool has_bearer = source->bearer.file.ptr || source->bearer.env.ptr;
  if (has_bearer && !secret_read(a, &source->bearer, "bearer", &bearer, &told)) {
    note_miss(p, i, now);
    bt_fetch_free(out);
    return false;
  }
  if (has_bearer)
    add_header(a, out, "Authorization", arena_printf(a, "Bearer %.*s", STR_ARG(bearer)));
  return true;
}

/* ---- what an answer means -------------------------------------------------------------------- */

static bool is_digits(str s) {
  uint64_t number;
  return str_to_u64(s, &number);
}

/* RFC 9111 section 5.2.2: `max-age`, unless the answer must not be used again unasked. */
static bool cache_age(str field, double *seconds) {
  str directive;
  bool found = false;
  while (str_next(&field, ',', &directive)) {
    str name = str_trim(directive), value = {0};
    size_t equals = str_find(name, STR("="), 0);
    if (equals != SIZE_MAX) {
      value = str_trim(str_sub(name, equals + 1, name.len));
      name = str_trim(str_sub(name, 0, equals));
    }
    if (str_ieq(name, STR("no-store")) || str_ieq(name, STR("no-cache")))
      return false;
    if (value.len > 1 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
      value = str_sub(value, 1, value.len - 1);
    if (str_ieq(name, STR("max-age")) && is_digits(value))
      found = str_to_double(value, seconds);
  }
  return found;
}

static double between(double value, double least, double most) {
  return value < least ? least : value > most ? most : value;
}

/* A set must be looked at again well before it would be too old to be used. */
static double life_of(const key_source *source, const bt_fetched *answer) {
  double life = source->refresh, asked;
  if (cache_age(str_of_text(answer->cache_control), &asked))
    life = between(asked, source->refresh_min, source->refresh_max);
  if (source->max_stale > 0 && life > source->max_stale / 2)
    life = source->max_stale / 2;
  return life;
}

/* RFC 9110 section 10.2.3: seconds, or a date. 0: nothing asked. */
static double wait_asked(str field, double now) {
  double seconds = 0;
  char date[64] = {0};
  struct tm parts = {0};
  field = str_trim(field);
  if (!field.len || field.len >= sizeof date)
    return 0;
  if (is_digits(field))
    return str_to_double(field, &seconds) ? seconds : 0;
  memcpy(date, field.ptr, field.len);
  const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S", &parts);
  if (!end || !str_eq(str_trim(str_of(end)), STR("GMT")))
    return 0;
  seconds = (double)timegm(&parts) - now;
  return seconds > 0 ? seconds : 0;
}

static void keep_text(char *out, size_t size, bt_text text) {
  bool fits = text.ptr && text.len < size && !memchr(text.ptr, '\n', text.len);
  if (fits)
    memcpy(out, text.ptr, text.len);
  out[fits ? text.len : 0] = 0;
}

/* A failure that lasts is told of at its first, second, fourth ... time; another one at once. */
static bool is_news(source_state *state, const char *message) {
  uint64_t mark = 14695981039346656037ULL; /* FNV-1a */
  for (const char *c = message; *c; c++)
    mark = (mark ^ (unsigned char)*c) * 1099511628211ULL;
  bool other = state->said != mark;
  state->said = mark;
  unsigned n = state->memo.misses;
  return other || (n & (n - 1)) == 0;
}

typedef struct {
  bt_policy *policy;
  size_t issuer;
  const bt_fetch *asked;
  const bt_fetched *answer;
  double now;
  problems told;
} ending;

__attribute__((format(printf, 2, 3))) static bt_fetch_verdict failed(ending *e, const char *format,
                                                                     ...) {
  char message[512];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  note_miss(e->policy, e->issuer, e->now);
  bool keys = policy_has_keys(e->policy, e->issuer, e->now);
  if (is_news(policy_source(e->policy, e->issuer), message))
    problem(&e->told, "%s; %s", message,
            keys ? "the last good keys are kept for their stated life"
                 : "there are no keys, so its tokens are refused until there are");
  return BT_FETCH_FAILED;
}

/* The first error goes into the words of the failure; what is only unwise is told as it is. */
typedef struct {
  char message[512];
  problems *told;
} first_error;

static void note_first(const bt_problem *one, void *context) {
  first_error *first = context;
  if (one->warning)
    problem_warn(first->told, "%s", one->message);
  else if (!*first->message)
    snprintf(first->message, sizeof first->message, "%s", one->message);
}

static bt_fetch_verdict no_answer(ending *e) {
  return failed(e, "%s: %s", e->asked->url, e->answer->failure ? e->answer->failure : "no answer");
}

/* rule 23: what a busy server asks for counts, up to a bound, so that none can starve us */
static bt_fetch_verdict busy(ending *e) {
  const key_source *source = source_of(e->policy, e->issuer);
  double wait = wait_asked(str_of_text(e->answer->retry_after), e->now);
  if (wait > source->refresh_max)
    wait = source->refresh_max;
  policy_lock(e->policy);
  policy_source(e->policy, e->issuer)->memo.not_before = wait > 0 ? e->now + wait : 0;
  policy_unlock(e->policy);
  if (wait <= 0)
    return failed(e, "%s answered %d", e->asked->url, e->answer->status);
  return failed(e, "%s answered %d and asks to wait %.0f s", e->asked->url, e->answer->status,
                wait);
}

static bt_fetch_verdict refused(ending *e) {
  str place = str_of_text(e->answer->location);
  int status = e->answer->status;
  if (status >= 300 && status < 400 && status != 304)
    return failed(e, "%s answered %d, a redirect to %.*s: none is followed, name the last address",
                  e->asked->url, status, STR_ARG(str_sub(place.ptr ? place : STR("?"), 0, 200)));
  return failed(e, "%s answered %d", e->asked->url, status);
}

/* ---- the metadata ---------------------------------------------------------------------------- */

static bt_fetch_verdict next_place(ending *e) {
  arena *a = arena_new();
  source_state *state = policy_source(e->policy, e->issuer);
  policy_lock(e->policy);
  state->memo.look++;
  bool more = metadata_url(a, source_of(e->policy, e->issuer)->source, state->memo.look).ptr;
  if (!more)
    state->memo.look = 0;
  policy_unlock(e->policy);
  arena_free(a);
  if (more)
    return BT_FETCH_MORE;
  return failed(e,
                "%s answered %d: the issuer has no metadata where OpenID Connect Discovery and "
                "RFC 8414 put it; name its key set by `keys: {jwks_url: ...}`",
                e->asked->url, e->answer->status);
}

static bt_fetch_verdict end_metadata(ending *e) {
  const key_source *source = source_of(e->policy, e->issuer);
  source_state *state = policy_source(e->policy, e->issuer);
  str found;
  double life = METADATA_MIN;
  if (e->answer->status >= 400 && e->answer->status < 500)
    return next_place(e);
  if (e->answer->status != 200)
    return refused(e);
  arena *a = arena_new();
  first_error first = {.told = &e->told};
  problems noted = {.tell = note_first, .context = &first};
  if (!metadata_read(a, str_of_text(e->answer->body), source->source, source->jwks_host, &found,
                     &noted)) {
    arena_free(a);
    return failed(e, "%s", first.message);
  }
  if (cache_age(str_of_text(e->answer->cache_control), &life))
    life = between(life, METADATA_MIN, METADATA_MAX);
  policy_lock(e->policy);
  bt_keys_memo *memo = &state->memo;
  bool moved = !str_eq(str_of(memo->found), found);
  keep_text(memo->found, sizeof memo->found, text_of_str(found));
  memo->found_until = e->now + life;
  if (moved)
    *memo->etag = *memo->modified = 0; /* they were another set's */
  policy_unlock(e->policy);
  arena_free(a);
  return BT_FETCH_MORE;
}

/* ---- the keys -------------------------------------------------------------------------------- */

static void note_success(ending *e) {
  bt_keys_memo *memo = &policy_source(e->policy, e->issuer)->memo;
  const key_source *source = source_of(e->policy, e->issuer);
  policy_source(e->policy, e->issuer)->asking = false;
  policy_source(e->policy, e->issuer)->said = 0;
  memo->misses = 0;
  memo->not_before = 0;
  memo->loaded = e->now;
  memo->due = e->now + life_of(source, e->answer);
}

static bt_fetch_verdict take_set(ending *e) {
  source_state *state = policy_source(e->policy, e->issuer);
  key_row row = {0};
  first_error first = {.told = &e->told};
  problems noted = {.tell = note_first, .context = &first};
  if (!policy_read_set(e->policy, e->issuer, str_of_text(e->answer->body), &row, &noted))
    return failed(e, "%s: %s", e->asked->url, first.message);
  policy_lock(e->policy);
  note_success(e);
  keep_text(state->memo.etag, sizeof state->memo.etag, e->answer->etag);
  keep_text(state->memo.modified, sizeof state->memo.modified, e->answer->last_modified);
  bool put = policy_put_set(e->policy, e->issuer, &row, e->now);
  policy_unlock(e->policy);
  return put ? BT_FETCH_TAKEN : failed(e, "%s: out of memory", e->asked->url);
}

static bt_fetch_verdict keep_set(ending *e) {
  policy_lock(e->policy);
  note_success(e);
  bool put = policy_put_set(e->policy, e->issuer, NULL, e->now);
  policy_unlock(e->policy);
  return put ? BT_FETCH_KEPT : failed(e, "%s: out of memory", e->asked->url);
}

static bool was_conditional(const bt_fetch *asked) {
  for (size_t i = 0; asked->headers[i]; i++)
    if (str_starts(str_of(asked->headers[i]), STR("If-")))
      return true;
  return false;
}

static bt_fetch_verdict end_keys(ending *e) {
  int status = e->answer->status;
  if (status == 200)
    return take_set(e);
  if (status == 304 && was_conditional(e->asked) && policy_has_keys(e->policy, e->issuer, e->now))
    return keep_set(e);
  if (status == 404 || status == 410) { /* it may have moved: the metadata knows */
    policy_lock(e->policy);
    policy_source(e->policy, e->issuer)->memo.found_until = 0;
    policy_unlock(e->policy);
  }
  return refused(e);
}

bt_fetch_verdict bt_fetch_end(bt_policy *p, size_t i, const bt_fetch *asked,
                              const bt_fetched *answer, double now, bt_problem_fn tell,
                              void *context) {
  ending e = {p, i, asked, answer, now, problems_of(p, i, tell, context)};
  e.told.about = NULL;
  if (answer->status == 0)
    return no_answer(&e);
  if (answer->status == 429 || answer->status == 503)
    return busy(&e);
  return asked->step == STEP_METADATA ? end_metadata(&e) : end_keys(&e);
}

/* Sources that are asked in their own way. */
bool bt_policy_set_keys(bt_policy *p, size_t i, const char *bytes, size_t length, double now,
                        bt_problem_fn tell, void *context) {
  key_row row = {0};
  if (i >= policy_rules_of(p)->issuers.len)
    return false;
  problems told = problems_of(p, i, tell, context);
  if (!bytes || !policy_read_set(p, i, str_from(bytes, length), &row, &told)) {
    note_miss(p, i, now);
    return false;
  }
  bt_fetched plain = {0};
  ending e = {.policy = p, .issuer = i, .answer = &plain, .now = now};
  policy_lock(p);
  note_success(&e);
  bool put = policy_put_set(p, i, &row, now);
  policy_unlock(p);
  return put;
}

/* ---- several processes ----------------------------------------------------------------------- */

bool bt_policy_keys_memo(bt_policy *p, size_t i, bt_keys_memo *out) {
  if (i >= policy_rules_of(p)->issuers.len)
    return false;
  policy_lock(p);
  *out = policy_source(p, i)->memo;
  policy_unlock(p);
  return true;
}

bool bt_policy_share_keys(bt_policy *p, size_t i, const char *bytes, size_t length,
                          const bt_keys_memo *memo, double now, bt_problem_fn tell, void *context) {
  key_row row = {0};
  if (i >= policy_rules_of(p)->issuers.len)
    return false;
  problems told = problems_of(p, i, tell, context);
  if (bytes && !policy_read_set(p, i, str_from(bytes, length), &row, &told))
    return false;
  policy_lock(p);
  policy_source(p, i)->memo = *memo;
  policy_source(p, i)->asking = false;
  bool put = memo->loaded == 0 || policy_put_set(p, i, bytes ? &row : NULL, now);
  key_row_release(&row);
  policy_unlock(p);
  return put;
}
