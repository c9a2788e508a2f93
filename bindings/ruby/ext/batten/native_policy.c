/* Batten::Native::Policy: a policy and what verifies with it.
 *
 * All of it runs under the interpreter's lock: a verification takes microseconds, less than giving
 * the lock away and waiting for it. Results are lent from a row: one call has one for itself, also
 * when a signal handler or a finalizer calls in between, and as most calls get the same one, its
 * cache serves all threads. */
#include "native.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { IDLE_MAX = 32, PROOFS_MAX = 8, NOTES_SIZE = 8192, CHALLENGE_SIZE = 4096 };

static const double REFRESH_EVERY = 0.5; /* seconds: what changed is seen within one */

typedef struct {
  char *name; /* as bt_decide asks for it: "x-api-token" */
  VALUE key;  /* as Rack names it: "HTTP_X_API_TOKEN" */
} header_field;

typedef struct {
  bt_policy *policy;
  bt_result *idle[IDLE_MAX];
  size_t idle_count, cache_bytes;
  header_field *fields;
  size_t field_count;
  double refreshed; /* by the monotonic clock */
  bool database;    /* what is revoked stands in one, which the Ruby side reads */
  bool fixed; /* its key file was closed after loading: the same descriptor may be another file by
                 now */
} guard;

/* ---- life ------------------------------------------------------------------------------------ */

static void guard_mark(void *memory) {
  guard *g = memory;
  for (size_t i = 0; i < g->field_count; i++)
    rb_gc_mark(g->fields[i].key);
}

/* Ruby collects garbage by what it knows to be in use. */
static bt_result *new_result(const guard *g) {
  bt_result *r = bt_result_new(g->cache_bytes);
  if (r)
    rb_gc_adjust_memory_usage((ssize_t)g->cache_bytes);
  return r;
}

static void free_result(const guard *g, bt_result *r) {
  bt_result_free(r);
  rb_gc_adjust_memory_usage(-(ssize_t)g->cache_bytes);
}

static void guard_free(void *memory) {
  guard *g = memory;
  for (size_t i = 0; i < g->idle_count; i++)
    free_result(g, g->idle[i]);
  for (size_t i = 0; i < g->field_count; i++)
    xfree(g->fields[i].name);
  xfree(g->fields);
  bt_policy_free(g->policy);
  xfree(g);
}

static size_t guard_size(const void *memory) {
  const guard *g = memory;
  return sizeof *g + g->idle_count * g->cache_bytes + g->field_count * sizeof *g->fields;
}

static const rb_data_type_t GUARD = {
    .wrap_struct_name = "Batten::Native::Policy",
    .function = {.dmark = guard_mark, .dfree = guard_free, .dsize = guard_size},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY};

static guard *guard_of(VALUE self) {
  guard *g = rb_check_typeddata(self, &GUARD);
  if (!g->policy)
    rb_raise(rb_eRuntimeError, "no policy is loaded");
  return g;
}

static double clock_now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- problems -------------------------------------------------------------------------------- */

/* One line each. On the stack, as no Ruby string may be made while libbatten calls. */
typedef struct {
  char text[NOTES_SIZE];
  size_t len;
} notes;

static void take_note(const bt_problem *p, void *context) {
  notes *n = context;
  size_t room = NOTES_SIZE - n->len;
  const char *kind = p->warning ? "warning: " : "";
  int put = p->line ? snprintf(n->text + n->len, room, "%s%s:%u:%u: %s\n", kind, p->file, p->line,
                               p->column, p->message)
                    : snprintf(n->text + n->len, room, "%s%s: %s\n", kind, p->file ? p->file : "",
                               p->message);
  if (put > 0)
    n->len += (size_t)put < room ? (size_t)put : room - 1;
}

static VALUE notes_string(const notes *n) {
  return rb_utf8_str_new(n->text, (long)n->len);
}

/* ---- the header fields that a decision can ask for ------------------------------------------- */

static const char *const ALWAYS[] = {"authorization",  "cookie",
                                     "dpop",           "x-http-method-override",
                                     "x-http-method",  "x-method-override",
                                     "x-original-url", "x-rewrite-url",
                                     "origin",         "access-control-request-method"};

enum { ALWAYS_COUNT = sizeof ALWAYS / sizeof *ALWAYS };

static char ascii_case(char c, int upper) {
  if (upper)
    return c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c & ~32) : c;
  return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static VALUE rack_key(bt_text name) {
  VALUE key = rb_str_buf_new((long)name.len + 5);
  rb_str_cat(key, "HTTP_", 5);
  for (size_t i = 0; i < name.len; i++) {
    char c = ascii_case(name.ptr[i], 1);
    rb_str_cat(key, &c, 1);
  }
  return rb_str_freeze(key);
}

static void add_field(guard *g, bt_text name) {
  header_field *field = &g->fields[g->field_count];
  field->key = rack_key(name);
  field->name = ALLOC_N(char, name.len + 1);
  for (size_t i = 0; i < name.len; i++)
    field->name[i] = ascii_case(name.ptr[i], 0);
  field->name[name.len] = 0;
  g->field_count++;
}

static void name_fields(guard *g) {
  size_t places = bt_policy_place_count(g->policy);
  g->fields = ALLOC_N(header_field, ALWAYS_COUNT + places);
  for (size_t i = 0; i < ALWAYS_COUNT; i++)
    add_field(g, (bt_text){ALWAYS[i], strlen(ALWAYS[i])});
  for (size_t i = 0; i < places; i++)
    if (bt_policy_place(g->policy, i).kind == BT_PLACE_HEADER)
      add_field(g, bt_policy_place(g->policy, i).name);
}

/* ---- loading --------------------------------------------------------------------------------- */

static VALUE new_guard(VALUE class, VALUE cache_bytes, guard **out) {
  VALUE self = TypedData_Make_Struct(class, guard, &GUARD, *out);
  (*out)->cache_bytes = NUM2SIZET(cache_bytes);
  return self;
}

static VALUE loaded(VALUE self, guard *g, const notes *n) {
  if (g->policy)
    name_fields(g);
  g->database = g->policy && bt_policy_revocation_database(g->policy).ptr;
  g->refreshed = clock_now(CLOCK_MONOTONIC);
  return rb_ary_new_from_args(2, g->policy ? self : Qnil, notes_string(n));
}

/* load_file(path, cache_bytes) -> [policy or nil, problems] */
static VALUE policy_load_file(VALUE class, VALUE path, VALUE cache_bytes) {
  guard *g;
  notes n = {.len = 0};
  VALUE self = new_guard(class, cache_bytes, &g);
  g->policy = bt_policy_load_file(StringValueCStr(path), take_note, &n);
  return loaded(self, g, &n);
}

/* load_text(text, name, directory, cache_bytes) -> [policy or nil, problems]. Such a policy stays
 * as it is. */
static VALUE policy_load_text(VALUE class, VALUE text, VALUE name, VALUE directory,
                              VALUE cache_bytes) {
  guard *g;
  notes n = {.len = 0};
  VALUE self = new_guard(class, cache_bytes, &g);
  const char *name_text = StringValueCStr(name), *place = StringValueCStr(directory);
  bt_text bytes = text_of(text);
  g->fixed = true;
  g->policy = bt_policy_load_text(bytes.ptr, bytes.len, name_text, place, take_note, &n);
  return loaded(self, g, &n);
}

/* A file that lies in memory alone and that only this process may read: descriptor. For keys that
 * the caller holds. */
static VALUE policy_memory_file(VALUE class, VALUE bytes) {
  (void)class;
  bt_text text = text_of(bytes);
  int fd = memfd_create("batten-key", MFD_CLOEXEC);
  if (fd < 0)
    rb_sys_fail("memfd_create");
  if (fchmod(fd, 0600) != 0 || write(fd, text.ptr, text.len) != (ssize_t)text.len) {
    close(fd);
    rb_sys_fail("memory file");
  }
  return INT2NUM(fd);
}

/* ---- staying current ------------------------------------------------------------------------- */

static VALUE policy_refresh(VALUE self) {
  guard *g = guard_of(self);
  notes n = {.len = 0};
  if (g->fixed)
    return Qfalse;
  g->refreshed = clock_now(CLOCK_MONOTONIC);
  bool changed = bt_policy_refresh(g->policy, clock_now(CLOCK_REALTIME), take_note, &n);
  if (n.len)
    rb_funcall(self, rb_intern("notice"), 1, notes_string(&n));
  if (g->database && RTEST(rb_funcall(self, rb_intern("refresh_database"), 0)))
    changed = true;
  return changed ? Qtrue : Qfalse;
}

/* Asks the Ruby side to fetch what is due; what it says for each (threads) comes back. */
static VALUE policy_fetch_due(VALUE self) {
  guard *g = guard_of(self);
  double now = clock_now(CLOCK_REALTIME);
  VALUE asked = rb_ary_new();
  for (size_t i = 0; i < bt_policy_issuer_count(g->policy); i++)
    if (bt_policy_keys_wanted(g->policy, i, now))
      rb_ary_push(asked, rb_funcall(self, rb_intern("keys_wanted"), 1, SIZET2NUM(i)));
  return asked;
}

static void keep_current(VALUE self, const guard *g) {
  if (g->fixed || clock_now(CLOCK_MONOTONIC) - g->refreshed < REFRESH_EVERY)
    return;
  policy_refresh(self);
  policy_fetch_due(self);
}

/* ---- keys behind a URL ----------------------------------------------------------------------- */

enum { STEPS_MAX = 6 };

/* One request that libbatten asks for, while Ruby carries it. */
typedef struct {
  guard *g;
  size_t issuer;
  bt_fetch asked;
  bt_fetch_verdict verdict;
  notes notes;
} fetching;

static VALUE text_or_nil(const char *text) {
  return text ? rb_utf8_str_new_cstr(text) : Qnil;
}

static bt_text entry_text(VALUE answer, long i) {
  return text_of(rb_ary_entry(answer, i));
}

/* What the block gives: [status, failure, body, etag, last_modified, cache_control, retry_after,
 * location] */
static VALUE fetch_step(VALUE arg) {
  fetching *f = (fetching *)arg;
  VALUE headers = rb_ary_new();
  for (size_t i = 0; f->asked.headers[i]; i++)
    rb_ary_push(headers, rb_utf8_str_new_cstr(f->asked.headers[i]));
  VALUE answer =
      rb_yield_values(5, rb_utf8_str_new_cstr(f->asked.url), headers, text_or_nil(f->asked.ca),
                      text_or_nil(f->asked.cert), text_or_nil(f->asked.key));
  Check_Type(answer, T_ARRAY);
  VALUE failure = rb_ary_entry(answer, 1);
  bt_fetched got = {.status = NUM2INT(rb_ary_entry(answer, 0)),
                    .failure = NIL_P(failure) ? NULL : StringValueCStr(failure),
                    .body = entry_text(answer, 2),
                    .etag = entry_text(answer, 3),
                    .last_modified = entry_text(answer, 4),
                    .cache_control = entry_text(answer, 5),
                    .retry_after = entry_text(answer, 6),
                    .location = entry_text(answer, 7)};
  f->verdict = bt_fetch_end(f->g->policy, f->issuer, &f->asked, &got, clock_now(CLOCK_REALTIME),
                            take_note, &f->notes);
  RB_GC_GUARD(answer);
  RB_GC_GUARD(failure);
  return Qnil;
}

static VALUE fetch_done(VALUE arg) {
  bt_fetch_free(&((fetching *)arg)->asked);
  return Qnil;
}

/* fetch_keys(issuer) { |url, headers, ca, cert, key| answer } -> problems */
static VALUE policy_fetch_keys(VALUE self, VALUE issuer) {
  fetching f = {.g = guard_of(self), .issuer = NUM2SIZET(issuer), .verdict = BT_FETCH_MORE};
  for (int step = 0; step < STEPS_MAX && f.verdict == BT_FETCH_MORE; step++) {
    if (!bt_fetch_begin(f.g->policy, f.issuer, clock_now(CLOCK_REALTIME), &f.asked, take_note,
                        &f.notes))
      break;
    rb_ensure(fetch_step, (VALUE)&f, fetch_done, (VALUE)&f);
  }
  RB_GC_GUARD(self);
  return notes_string(&f.notes);
}

/* ---- one call -------------------------------------------------------------------------------- */

typedef struct {
  guard *g;
  bt_result *result;
  VALUE args[6];
} call;

static VALUE give_back(VALUE arg) {
  call *c = (call *)arg;
  if (c->g->idle_count < IDLE_MAX)
    c->g->idle[c->g->idle_count++] = c->result;
  else
    free_result(c->g, c->result);
  return Qnil;
}

static VALUE with_result(VALUE self, call *c, VALUE (*body)(VALUE)) {
  keep_current(self, c->g);
  c->result = c->g->idle_count ? c->g->idle[--c->g->idle_count] : new_result(c->g);
  if (!c->result)
    rb_memerror();
  VALUE answer = rb_ensure(body, (VALUE)c, give_back, (VALUE)c);
  RB_GC_GUARD(self);
  return answer;
}

static size_t proofs_of(VALUE given, bt_text *out) {
  if (NIL_P(given))
    return 0;
  if (RB_TYPE_P(given, T_STRING)) {
    out[0] = text_of(given);
    return 1;
  }
  Check_Type(given, T_ARRAY);
  size_t n = 0;
  for (long i = 0; i < RARRAY_LEN(given) && n < PROOFS_MAX; i++)
    out[n++] = text_of(rb_ary_entry(given, i));
  return n;
}

static VALUE refused(bt_status status, const bt_result *r) {
  bt_refusal why = bt_result_refusal(r);
  return rb_ary_new_from_args(
      4, rb_utf8_str_new_cstr(bt_refusal_name(why)), rb_utf8_str_new_cstr(bt_result_detail(r)),
      INT2FIX(bt_refusal_rule(why)), INT2FIX(status == BT_NO_KEYS ? 503 : 401));
}

static VALUE scopes_of(const bt_result *r) {
  VALUE scopes = rb_ary_new_capa((long)bt_scope_count(r));
  for (size_t i = 0; i < bt_scope_count(r); i++)
    rb_ary_push(scopes, string_of(bt_scope(r, i)));
  return scopes;
}

static VALUE verify_body(VALUE arg) {
  call *c = (call *)arg;
  bt_text proofs[PROOFS_MAX], token = text_of(c->args[0]);
  bt_request facts = {.method = text_of(c->args[1]),
                      .uri = text_of(c->args[2]),
                      .dpop = proofs,
                      .dpop_count = proofs_of(c->args[3], proofs),
                      .client_certificate = text_of(c->args[4])};
  bt_status status = bt_verify(c->g->policy, token.ptr ? token.ptr : "", token.len, &facts,
                               clock_now(CLOCK_REALTIME), c->result);
  return status == BT_ACCEPTED ? claims_hash(bt_claims_json(c->result))
                               : refused(status, c->result);
}

/* verify(token, method, url, dpop, certificate) -> claims, or [reason, detail, rule, status] */
static VALUE policy_verify(VALUE self, VALUE token, VALUE method, VALUE url, VALUE dpop,
                           VALUE certificate) {
  call c = {.g = guard_of(self), .args = {token, method, url, dpop, certificate}};
  return with_result(self, &c, verify_body);
}

static VALUE verify_scopes_body(VALUE arg) {
  VALUE claims = verify_body(arg);
  return RB_TYPE_P(claims, T_HASH)
             ? rb_ary_new_from_args(2, claims, scopes_of(((call *)arg)->result))
             : claims;
}

/* verify_scopes(token) -> [claims, scopes], or as verify */
static VALUE policy_verify_scopes(VALUE self, VALUE token) {
  call c = {.g = guard_of(self), .args = {token, Qnil, Qnil, Qnil, Qnil}};
  return with_result(self, &c, verify_scopes_body);
}

/* ---- whole requests -------------------------------------------------------------------------- */

typedef struct {
  const guard *g;
  bt_text *values; /* one for each field */
} headers;

/* Rack has one value for a field; servers join several by a comma, which is in no token. */
static bt_text header_value(void *context, const char *name, size_t i) {
  const headers *h = context;
  for (size_t k = 0; i == 0 && k < h->g->field_count; k++)
    if (strcmp(h->g->fields[k].name, name) == 0)
      return h->values[k];
  return (bt_text){NULL, 0};
}

/* The fields that the application gets from the token: {"HTTP_X_USER_EMAIL" => "..."} */
static VALUE forwards_of(const guard *g, const bt_result *r) {
  VALUE fields = rb_hash_new();
  for (size_t i = 0; i < bt_policy_forward_count(g->policy); i++) {
    bt_forward one = bt_policy_forward(g->policy, i);
    char claim[320]; /* a policy names claims by 256 bytes at most */
    if (one.claim.len >= sizeof claim)
      continue;
    memcpy(claim, one.claim.ptr, one.claim.len);
    claim[one.claim.len] = 0;
    bt_text value = bt_claim_text(r, claim);
    if (!value.ptr) /* an array, a number: its JSON, as the guard and nginx hand on */
      value = bt_claim_json(r, claim);
    if (value.ptr)
      rb_hash_aset(fields, rack_key(one.header), string_of(value));
  }
  return fields;
}

/* The DPoP nonce to give out now, nil when the policy asks for none. */
static VALUE nonce_string(const guard *g) {
  char nonce[64];
  size_t len = bt_policy_dpop_nonce(g->policy, clock_now(CLOCK_REALTIME), nonce, sizeof nonce);
  return len ? rb_utf8_str_new(nonce, (long)len) : Qnil;
}

static VALUE policy_dpop_nonce(VALUE self) {
  return nonce_string(guard_of(self));
}

static VALUE policy_dpop_nonce_shared(VALUE self) {
  return bt_policy_dpop_nonce_shared(guard_of(self)->policy) ? Qtrue : Qfalse;
}

static VALUE decision_row(const guard *g, const bt_decision *d, const bt_result *r) {
  char challenge[CHALLENGE_SIZE];
  size_t len = bt_decision_challenge(d, challenge, sizeof challenge);
  VALUE row = rb_ary_new_capa(9);
  rb_ary_push(row, d->allowed ? Qtrue : Qfalse);
  rb_ary_push(row, d->would_refuse ? Qtrue : Qfalse);
  rb_ary_push(row, INT2FIX(d->status));
  rb_ary_push(row, rb_utf8_str_new_cstr(bt_decision_name(d)));
  rb_ary_push(row, len ? rb_utf8_str_new(challenge, (long)len) : Qnil);
  rb_ary_push(row, d->verified ? claims_hash(bt_claims_json(r)) : Qnil);
  rb_ary_push(row, d->verified ? scopes_of(r) : rb_ary_new());
  rb_ary_push(row, d->verified ? forwards_of(g, r) : rb_hash_new());
  rb_ary_push(row, d->dpop_nonce ? nonce_string(g) : Qnil);
  return row;
}

static VALUE decide_body(VALUE arg) {
  call *c = (call *)arg;
  volatile VALUE keep = 0;
  bt_text *values = ALLOCV_N(bt_text, keep, c->g->field_count);
  for (size_t i = 0; i < c->g->field_count; i++)
    values[i] = text_of(rb_hash_lookup2(c->args[4], c->g->fields[i].key, Qnil));
  headers h = {c->g, values};
  bt_http request = {.method = text_of(c->args[0]),
                     .host = text_of(c->args[1]),
                     .scheme = text_of(c->args[2]),
                     .uri = text_of(c->args[3]),
                     .header = header_value,
                     .body = BT_BODY_READ, /* by Reading#overridden? */
                     .context = &h,
                     .client_certificate = text_of(c->args[5])};
  bt_decision d = bt_decide(c->g->policy, &request, clock_now(CLOCK_REALTIME), c->result);
  return decision_row(c->g, &d, c->result);
}

/* decide(method, host, scheme, uri, env, certificate)
 *   -> [allowed, would refuse, status, name, challenge, claims, scopes, forwarded fields, DPoP
 * nonce] */
static VALUE policy_decide(VALUE self, VALUE method, VALUE host, VALUE scheme, VALUE uri, VALUE env,
                           VALUE certificate) {
  Check_Type(env, T_HASH);
  call c = {.g = guard_of(self), .args = {method, host, scheme, uri, env, certificate}};
  return with_result(self, &c, decide_body);
}

/* A number that is the same for requests on the same route: for comparing two readings of one
 * request. */
static VALUE policy_route(VALUE self, VALUE method, VALUE host, VALUE uri) {
  const bt_route *route = NULL;
  bt_route_kind kind =
      bt_policy_route(guard_of(self)->policy, text_of(method), text_of(host), text_of(uri), &route);
  return route ? ULL2NUM((unsigned long long)(uintptr_t)route) : INT2FIX((int)kind);
}

/* ---- what a policy says ---------------------------------------------------------------------- */

static VALUE policy_mode(VALUE self) {
  return ID2SYM(
      rb_intern(bt_policy_mode(guard_of(self)->policy) == BT_OBSERVE ? "observe" : "enforce"));
}

static VALUE policy_forwarded(VALUE self) {
  guard *g = guard_of(self);
  VALUE keys = rb_ary_new();
  for (size_t i = 0; i < bt_policy_forward_count(g->policy); i++)
    rb_ary_push(keys, rack_key(bt_policy_forward(g->policy, i).header));
  return keys;
}

static VALUE policy_revocation_database(VALUE self) {
  bt_text path = bt_policy_revocation_database(guard_of(self)->policy);
  return path.ptr ? string_of(path) : Qnil;
}

/* set_revoked(list) -> [read whole, problems] */
static VALUE policy_set_revoked(VALUE self, VALUE list) {
  guard *g = guard_of(self);
  notes n = {.len = 0};
  bt_text text = text_of(list);
  bool ok = bt_policy_set_revoked(g->policy, text.ptr, text.len, clock_now(CLOCK_REALTIME),
                                  take_note, &n);
  return rb_ary_new_from_args(2, ok ? Qtrue : Qfalse, notes_string(&n));
}

static VALUE policy_guard_only(VALUE self) {
  bt_text source = bt_policy_guard_only(guard_of(self)->policy);
  return source.ptr ? string_of(source) : Qnil;
}

static VALUE describe_body(VALUE text) {
  return rb_utf8_str_new_cstr((const char *)text);
}

static VALUE describe_done(VALUE text) {
  bt_text_free((char *)text);
  return Qnil;
}

static VALUE policy_describe(VALUE self) {
  char *text = bt_policy_describe(guard_of(self)->policy, clock_now(CLOCK_REALTIME));
  if (!text)
    rb_memerror();
  return rb_ensure(describe_body, (VALUE)text, describe_done, (VALUE)text);
}

void init_policy(VALUE native) {
  VALUE class = rb_define_class_under(native, "Policy", rb_cObject);
  rb_undef_alloc_func(class);
  rb_define_singleton_method(class, "load_file", policy_load_file, 2);
  rb_define_singleton_method(class, "load_text", policy_load_text, 4);
  rb_define_singleton_method(class, "memory_file", policy_memory_file, 1);
  rb_define_method(class, "refresh", policy_refresh, 0);
  rb_define_method(class, "fetch_due", policy_fetch_due, 0);
  rb_define_method(class, "fetch_keys", policy_fetch_keys, 1);
  rb_define_method(class, "verify", policy_verify, 5);
  rb_define_method(class, "verify_scopes", policy_verify_scopes, 1);
  rb_define_method(class, "decide", policy_decide, 6);
  rb_define_method(class, "route", policy_route, 3);
  rb_define_method(class, "mode", policy_mode, 0);
  rb_define_method(class, "forwarded", policy_forwarded, 0);
  rb_define_method(class, "guard_only", policy_guard_only, 0);
  rb_define_method(class, "dpop_nonce", policy_dpop_nonce, 0);
  rb_define_method(class, "dpop_nonce_shared?", policy_dpop_nonce_shared, 0);
  rb_define_method(class, "revocation_database", policy_revocation_database, 0);
  rb_define_method(class, "set_revoked", policy_set_revoked, 1);
  rb_define_method(class, "describe", policy_describe, 0);
}
