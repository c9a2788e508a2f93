/* A policy while it runs: its rules stand still; keys and revocations change as whole snapshots
 * under running readers. */
#include "token/strict.h"
#include "token/revocation.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Readers count themselves into the slot of the snapshot that is current, then look again whether
 * it still is. A writer fills a slot that is neither current nor counted into. So a reader never
 * waits, and never sees half a snapshot. Counts are spread over stripes, for threads not to fight
 * over one cache line. rule 23 */
enum { SLOTS = 8, STRIPES = 16, PATIENCE = 20000 };

typedef struct {
  _Alignas(64) atomic_long readers;
} stripe_count;

struct bt_policy {
  arena *arena;
  policy_rules rules;
  uint64_t number;
  atomic_size_t owners;
  pthread_mutex_t writing;
  source_state *sources;
  file_stamp revoked_stamp;
  atomic_bool revoked_unread; /* the last look at the list or database gave nothing */
  replay_memory *replay;
  bool replay_borrowed;
  snapshot *slots[SLOTS];
  atomic_uint current;
  stripe_count counts[SLOTS][STRIPES];
};

const policy_rules *policy_rules_of(const bt_policy *p) {
  return &p->rules;
}

uint64_t policy_number(const bt_policy *p) {
  return p->number;
}

replay_memory *policy_replay(const bt_policy *p) {
  return p->replay;
}

source_state *policy_source(bt_policy *p, size_t issuer) {
  return &p->sources[issuer];
}

void policy_lock(bt_policy *p) {
  pthread_mutex_lock(&p->writing);
}

void policy_unlock(bt_policy *p) {
  pthread_mutex_unlock(&p->writing);
}

/* ---- readers --------------------------------------------------------------------------------- */

const snapshot *policy_hold(const bt_policy *policy, size_t stripe, unsigned *slot) {
  bt_policy *p = (bt_policy *)(uintptr_t)policy;
  for (;;) {
    unsigned i = atomic_load(&p->current);
    atomic_fetch_add(&p->counts[i][stripe % STRIPES].readers, 1);
    if (atomic_load(&p->current) == i) {
      *slot = i;
      return p->slots[i];
    }
    atomic_fetch_sub(&p->counts[i][stripe % STRIPES].readers, 1);
  }
}

void policy_release(const bt_policy *policy, size_t stripe, unsigned slot) {
  bt_policy *p = (bt_policy *)(uintptr_t)policy;
  atomic_fetch_sub_explicit(&p->counts[slot][stripe % STRIPES].readers, 1, memory_order_release);
}

void policy_want_keys(const bt_policy *policy, size_t issuer) {
  bt_policy *p = (bt_policy *)(uintptr_t)policy;
  _Atomic bool *flag = &p->sources[issuer].unknown_kid;
  if (!atomic_load_explicit(flag, memory_order_relaxed))
    atomic_store(flag, true);
}

/* ---- writers, one at a time ------------------------------------------------------------------ */

static void snapshot_free(snapshot *s, size_t issuers) {
  for (size_t i = 0; s && i < issuers; i++)
    key_row_release(&s->issuers[i].keys);
  if (s)
    revocations_release(s->revoked);
  if (s)
    free(s->issuers);
  free(s);
}

static snapshot *snapshot_copy(const bt_policy *p, const snapshot *from) {
  size_t n = p->rules.issuers.len;
  snapshot *s = calloc(1, sizeof *s);
  if (s)
    s->issuers = calloc(n ? n : 1, sizeof *s->issuers);
  if (!s || !s->issuers) {
    free(s);
    return NULL;
  }
  if (!from)
    return s;
  s->revoked = revocations_share(from->revoked);
  bool whole = true;
  for (size_t i = 0; i < n; i++) {
    s->issuers[i] = from->issuers[i];
    whole &= key_row_share(&s->issuers[i].keys, &from->issuers[i].keys);
  }
  if (whole)
    return s;
  snapshot_free(s, n);
  return NULL;
}

static bool slot_is_free(const bt_policy *p, unsigned i) {
  if (i == atomic_load(&p->current))
    return false;
  for (size_t s = 0; s < STRIPES; s++)
    if (atomic_load(&((bt_policy *)(uintptr_t)p)->counts[i][s].readers))
      return false;
  return true;
}

/* Takes the snapshot over. Readers leave a slot within microseconds, so the wait is short; false
 * when they do not. */
static bool publish(bt_policy *p, snapshot *s) {
  for (int tries = 0; tries < PATIENCE; tries++) {
    for (unsigned i = 0; i < SLOTS; i++) {
      if (!slot_is_free(p, i))
        continue;
      snapshot_free(p->slots[i], p->rules.issuers.len);
      p->slots[i] = s;
      atomic_store(&p->current, i);
      return true;
    }
    sched_yield();
  }
  snapshot_free(s, p->rules.issuers.len);
  return false;
}

static const snapshot *present(const bt_policy *p) {
  return p->slots[atomic_load(&p->current)];
}

enum { LEAVING_MAX = 1024 };

/* Keys that left the set stay for the overlap; those whose overlap is over go. rule 23 */
static bool keep_leaving(key_row *into, const key_row *old, double now, double overlap) {
  arena *a = arena_new();
  str_list kids = {0};
  bool nameless = false, whole = true;
  size_t own = into->len;
  for (size_t i = 0; i < own; i++) {
    nameless |= !into->at[i]->kid.ptr;
    if (into->at[i]->kid.ptr)
      list_push(a, &kids, into->at[i]->kid);
  }
  kids_sort(&kids);
  for (size_t i = 0; whole && i < old->len && into->len < own + LEAVING_MAX; i++) {
    verify_key *k = old->at[i];
    bool again = k->kid.ptr ? kids_hold(&kids, k->kid, 1) : nameless;
    bool over = k->retires != 0 ? k->retires <= now : overlap <= 0;
    if (again || over)
      continue;
    k->owners++;
    whole = key_row_take(into, k);
    if (whole && k->retires == 0)
      k->retires = now + overlap;
  }
  arena_free(a);
  return whole;
}

/* From now on the set counts, until it is too old. */
static void set_times(const bt_policy *p, size_t issuer, issuer_keys *keys, double now) {
  const key_source *source = &p->rules.issuers.at[issuer].keys;
  double due = p->sources[issuer].memo.due;
  keys->loaded = now;
  keys->good_until = source->max_stale > 0 ? now + source->max_stale : 0;
  keys->fresh_until = keys_fetched(source->kind) ? due + source->cool_down : 0;
}

static bool take_keys(bt_policy *p, size_t issuer, key_row *fresh, double now) {
  snapshot *s = snapshot_copy(p, present(p));
  const key_source *source = &p->rules.issuers.at[issuer].keys;
  for (size_t i = 0; i < fresh->len; i++)
    random_bytes(&fresh->at[i]->number, sizeof fresh->at[i]->number);
  if (!s || !keep_leaving(fresh, &s->issuers[issuer].keys, now, source->overlap)) {
    key_row_release(fresh);
    snapshot_free(s, p->rules.issuers.len);
    return false;
  }
  issuer_keys *mine = &s->issuers[issuer];
  key_row_release(&mine->keys);
  mine->keys = *fresh;
  *fresh = (key_row){0};
  set_times(p, issuer, mine, now);
  return publish(p, s);
}

static bool keep_keys(bt_policy *p, size_t issuer, double now) {
  snapshot *s = snapshot_copy(p, present(p));
  if (s)
    set_times(p, issuer, &s->issuers[issuer], now);
  return s && publish(p, s);
}

bool policy_put_set(bt_policy *p, size_t issuer, key_row *row, double now) {
  return row ? take_keys(p, issuer, row, now) : keep_keys(p, issuer, now);
}

bool policy_has_keys(const bt_policy *p, size_t issuer, double now) {
  unsigned slot;
  const snapshot *s = policy_hold(p, issuer, &slot);
  const issuer_keys *keys = &s->issuers[issuer];
  bool usable = false;
  for (size_t i = 0; i < keys->keys.len; i++)
    usable |= keys->keys.at[i]->retires == 0 || now < keys->keys.at[i]->retires;
  usable = usable && (keys->good_until == 0 || now < keys->good_until);
  policy_release(p, issuer, slot);
  return usable;
}

/* ---- sources --------------------------------------------------------------------------------- */

static key_wish wish_of(const issuer_rule *r) {
  return (key_wish){.algorithms = r->algorithms,
                    .algorithm_count = r->algorithm_count,
                    .kid = r->keys.kid,
                    .from_url = keys_by_url(r->keys.kind)};
}

enum { KEY_FILE_MAX = 1024 * 1024 };

/* A key that others can replace is theirs. A secret that others can read is told of but taken:
 * containers mount secrets so (mode 0644 of Kubernetes, 0444 of Docker), and a usual umask leaves
 * files so. */
bool check_private(const char *path, problems *p) {
  struct stat st;
  if (stat(path, &st) != 0)
    return true;
  if (st.st_mode & S_IWOTH)
    return problem(
        p, "it holds a secret and everybody on this machine can read or change it: chmod 600 %s",
        path);
  if (st.st_mode & S_IROTH)
    problem_warn(p, "it holds a secret and everybody on this machine can read it: chmod 600 %s",
                 path);
  return true;
}

static bool check_mode(const char *path, const key_row *row, problems *p) {
  bool secret = false;
  for (size_t i = 0; i < row->len; i++)
    secret |= row->at[i]->kind == KEY_SECRET;
  return !secret || check_private(path, p);
}

static void wipe(str bytes) {
  if (bytes.len)
    OPENSSL_cleanse((void *)(uintptr_t)bytes.ptr, bytes.len);
}

static bool read_file_keys(arena *a, const issuer_rule *r, problems *p, key_row *row) {
  error e = {0};
  str bytes = {0};
  const char *path = arena_text(a, r->keys.source);
  key_wish wish = wish_of(r);
  wish.raw_secret = str_ends(r->keys.source, STR(".secret"));
  if (!file_read(a, path, KEY_FILE_MAX, &bytes, &e))
    return problem(p, "%s: name a JWK, JWKS, PEM or .secret file", e.message);
  p->about = path;
  bool ok = keys_read(bytes, &wish, p, row) && check_mode(path, row, p);
  p->about = NULL;
  wipe(bytes);
  if (!ok)
    key_row_release(row);
  return ok;
}

/* Of a source that cannot say by its name what it holds: neither JSON nor PEM is the secret itself.
 */
static bool is_raw(str bytes) {
  str t = str_trim(str_without_mark(bytes));
  return !(t.len && t.ptr[0] == '{') && !str_contains(bytes, STR("-----BEGIN "));
}

static bool read_env_keys(arena *a, const issuer_rule *r, problems *p, key_row *row) {
  const char *name = arena_text(a, r->keys.source), *value = getenv(name);
  key_wish wish = wish_of(r);
  if (!value || !*value)
    return problem(p, "the environment variable %s is not set", name);
  str bytes = str_of(value);
  wish.raw_secret = is_raw(bytes);
  p->about = name;
  bool ok = keys_read(bytes, &wish, p, row);
  p->about = NULL;
  return ok;
}

bool policy_read_set(const bt_policy *p, size_t issuer, str bytes, key_row *row, problems *out) {
  const issuer_rule *r = &p->rules.issuers.at[issuer];
  key_wish wish = wish_of(r);
  wish.raw_secret = r->keys.kind == BT_KEYS_VAULT && is_raw(bytes);
  return keys_read(bytes, &wish, out, row);
}

static bool read_rails_keys(arena *a, const issuer_rule *r, problems *p, key_row *row) {
  str bytes = {0};
  key_wish wish = wish_of(r);
  if (!rails_credentials_read(a, r->keys.source, r->keys.secret_path, &bytes, p))
    return false;
  wish.raw_secret = wish.plain_text = is_raw(bytes);
  p->about = arena_text(a, r->keys.source);
  bool ok = keys_read(bytes, &wish, p, row);
  p->about = NULL;
  wipe(bytes);
  if (!ok)
    key_row_release(row);
  return ok;
}

/* Sources that are files on this machine: their stamps tell of a change. */
static bool is_file(const issuer_rule *r) {
  return r->keys.kind == BT_KEYS_FILE || r->keys.kind == BT_KEYS_RAILS;
}

/* Whether the issuer's keys could be read; sources that are fetched by others give none here. */
static bool read_source(const issuer_rule *r, problems *p, key_row *row) {
  arena *a = arena_new();
  p->line = r->keys.line;
  p->column = r->keys.column;
  bool ok = r->keys.kind == BT_KEYS_FILE    ? read_file_keys(a, r, p, row)
            : r->keys.kind == BT_KEYS_RAILS ? read_rails_keys(a, r, p, row)
                                            : read_env_keys(a, r, p, row);
  arena_free(a);
  return ok;
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Takes the list over, or what can be read of it; NULL leaves the one before. */
static bool take_revoked(bt_policy *p, revocations *r) {
  snapshot *s = r ? snapshot_copy(p, present(p)) : NULL;
  if (!s)
    return revocations_release(r), false;
  revocations_release(s->revoked);
  s->revoked = r;
  return publish(p, s);
}

/* A list that is damaged leaves the one before: what it no longer says would be good again. */
static bool take_if_read(bt_policy *p, revocations *r) {
  atomic_store(&p->revoked_unread, r == NULL);
  return take_revoked(p, r);
}

static bool read_revoked_file(bt_policy *p, double now, problems *out) {
  const char *path = p->rules.revocation.file.ptr;
  return take_if_read(p, revocations_read(path, now, &p->revoked_stamp, out));
}

/* A list that vanished must not make good again what it revoked, so who reloads asks
 * bt_policy_revocations_missing; before the first start there may be none. Who reads a database
 * gives it later, and until then no token is good. rule 18 */
static bool load_revocations(bt_policy *p, double now, problems *out) {
  const revocation_source *from = &p->rules.revocation;
  if (!from->line)
    return true;
  if (from->database.ptr)
    return atomic_store(&p->revoked_unread, true), take_revoked(p, revocations_unread());
  if (file_stamp_of(from->file.ptr).there)
    return read_revoked_file(p, now, out);
  out->line = from->line;
  out->column = from->column;
  problem_warn(out,
               "the revocation list %s is missing, so nothing is revoked; make it: batten guard "
               "revoke --policy FILE --create",
               from->file.ptr);
  return true;
}

bool bt_policy_revocations_missing(const bt_policy *p) {
  return p->rules.revocation.file.ptr && !p->revoked_stamp.there;
}

static bool load_all(bt_policy *p, double now, problems *out) {
  for (size_t i = 0; i < p->rules.issuers.len; i++) {
    const issuer_rule *r = &p->rules.issuers.at[i];
    key_row row = {0};
    if (keys_fetched(r->keys.kind))
      continue;
    if (is_file(r))
      p->sources[i].stamp = file_stamp_of(r->keys.source.ptr);
    if (read_source(r, out, &row))
      take_keys(p, i, &row, now);
  }
  out->line = out->column = 0;
  load_revocations(p, now, out);
  return out->errors == 0;
}

bt_policy *bt_policy_load_text(const char *text, size_t length, const char *name,
                               const char *directory, bt_problem_fn tell, void *context) {
  problems out = {.tell = tell, .context = context, .file = name};
  bt_policy *p = aligned_alloc(64, (sizeof *p + 63) / 64 * 64);
  if (!p)
    return NULL;
  memset(p, 0, sizeof *p);
  p->arena = arena_new();
  atomic_store(&p->owners, 1);
  pthread_mutex_init(&p->writing, NULL);
  random_bytes(&p->number, sizeof p->number); /* tells policies apart, also at one address */
  bool ok = policy_read(p->arena, str_from(text, length), name, directory, &p->rules, &out);
  size_t n = p->rules.issuers.len;
  p->sources = arena_alloc(p->arena, (n + 1) * sizeof *p->sources);
  p->slots[0] = snapshot_copy(p, NULL);
  p->replay = p->rules.replay_entries ? replay_new(p->rules.replay_entries) : NULL;
  if (ok && (!p->slots[0] || (p->rules.replay_entries && !p->replay)))
    ok = problem(&out, "out of memory");
  ok = ok && load_all(p, clock_wall(), &out);
  if (ok)
    return p;
  bt_policy_free(p);
  return NULL;
}

bt_policy *bt_policy_load_file(const char *path, bt_problem_fn tell, void *context) {
  problems out = {.tell = tell, .context = context, .file = path};
  arena *a = arena_new();
  error e = {0};
  str text;
  bt_policy *p = NULL;
  const char *directory;
  if (!policy_file_read(a, path, &text, &directory, &e))
    problem(&out, "%s", e.message);
  else
    p = bt_policy_load_text(text.ptr ? text.ptr : "", text.len, path, directory, tell, context);
  arena_free(a);
  return p;
}

bt_policy *bt_policy_share(bt_policy *p) {
  atomic_fetch_add(&p->owners, 1);
  return p;
}

void bt_policy_free(bt_policy *p) {
  if (!p || atomic_fetch_sub(&p->owners, 1) != 1)
    return;
  for (size_t i = 0; i < SLOTS; i++)
    snapshot_free(p->slots[i], p->rules.issuers.len);
  if (!p->replay_borrowed)
    replay_free(p->replay);
  pthread_mutex_destroy(&p->writing);
  OPENSSL_cleanse(p->rules.nonce_key, sizeof p->rules.nonce_key);
  arena_free(p->arena);
  free(p);
}

/* ---- memory that processes share ------------------------------------------------------------- */

size_t bt_policy_replay_size(const bt_policy *p) {
  return p->replay ? replay_size(p->rules.replay_entries) : 0;
}

bool bt_policy_replay_in(bt_policy *p, void *memory) {
  replay_memory *shared = p->replay ? replay_in(memory, p->rules.replay_entries) : NULL;
  if (!shared)
    return false;
  if (!p->replay_borrowed)
    replay_free(p->replay);
  p->replay = shared;
  p->replay_borrowed = true;
  return true;
}

/* ---- after a reload -------------------------------------------------------------------------- */

/* A set that was read with the same wishes; other algorithms or another kid might have left keys
 * out. */
static bool same_fetched(const issuer_rule *a, const issuer_rule *b) {
  return keys_fetched(a->keys.kind) && a->keys.kind == b->keys.kind &&
         str_eq(a->keys.source, b->keys.source) && str_eq(a->keys.kid, b->keys.kid) &&
         str_eq(a->keys.secret_path, b->keys.secret_path) && str_eq(a->keys.ca, b->keys.ca) &&
         str_eq(a->keys.jwks_host, b->keys.jwks_host) && a->algorithm_count == b->algorithm_count &&
         memcmp(a->algorithms, b->algorithms, a->algorithm_count * sizeof *a->algorithms) == 0;
}

static bool adopt_keys(bt_policy *p, size_t i, const issuer_keys *from) {
  double life = p->rules.issuers.at[i].keys.max_stale;
  snapshot *s = snapshot_copy(p, present(p));
  if (!s)
    return false;
  key_row shared;
  if (!key_row_share(&shared, &from->keys)) {
    snapshot_free(s, p->rules.issuers.len);
    return false;
  }
  key_row_release(&s->issuers[i].keys);
  s->issuers[i] = *from;
  s->issuers[i].keys = shared;
  s->issuers[i].good_until = life > 0 ? from->loaded + life : 0;
  return publish(p, s);
}

/* A reload asks anew, but by what is known: which set that is, and where it was found. */
static void continue_source(bt_policy *p, size_t i, const bt_policy *before, size_t j) {
  bt_keys_memo *memo = &p->sources[i].memo;
  bt_policy_keys_memo((bt_policy *)(uintptr_t)before, j, memo); /* one may just be fetching there */
  memo->asked = 0;
  memo->misses = 0;
}

static void continue_keys(bt_policy *p, size_t i, const bt_policy *before, const snapshot *last) {
  for (size_t j = 0; j < before->rules.issuers.len; j++) {
    if (!last->issuers[j].keys.len ||
        !same_fetched(&p->rules.issuers.at[i], &before->rules.issuers.at[j]))
      continue;
    adopt_keys(p, i, &last->issuers[j]);
    continue_source(p, i, before, j);
    return;
  }
}

void bt_policy_continue(bt_policy *p, const bt_policy *before) {
  unsigned slot;
  const snapshot *last = policy_hold(before, 0, &slot);
  for (size_t i = 0; i < p->rules.issuers.len; i++)
    continue_keys(p, i, before, last);
  policy_release(before, 0, slot);
  if (!p->replay || !before->replay || p->rules.replay_entries != before->rules.replay_entries)
    return;
  if (!p->replay_borrowed)
    replay_free(p->replay);
  p->replay_borrowed = before->replay_borrowed;
  p->replay = p->replay_borrowed ? before->replay : replay_share(before->replay);
}

/* ---- changes --------------------------------------------------------------------------------- */

static bool refresh_keys(bt_policy *p, size_t i, double now, problems *out) {
  const issuer_rule *r = &p->rules.issuers.at[i];
  source_state *state = &p->sources[i];
  key_row row = {0};
  if (!is_file(r))
    return false;
  file_stamp stamp = file_stamp_of(r->keys.source.ptr);
  if (file_stamp_same(&stamp, &state->stamp))
    return false;
  state->stamp = stamp;
  bool ok = read_source(r, out, &row);
  if (!ok)
    problem_warn(out, "the last good keys of %.*s are kept", STR_ARG(r->keys.source));
  return ok && take_keys(p, i, &row, now);
}

static bool refresh_revocations(bt_policy *p, double now, problems *out) {
  const char *path = p->rules.revocation.file.ptr;
  if (!path)
    return false;
  file_stamp stamp = file_stamp_of(path);
  if (file_stamp_same(&stamp, &p->revoked_stamp))
    return false;
  if (!stamp.there) {
    p->revoked_stamp = stamp;
    atomic_store(&p->revoked_unread, true);
    problem_warn(out, "%s has vanished: what it revoked stays revoked", path);
    return false;
  }
  bool taken = read_revoked_file(p, now, out);
  if (!taken)
    problem_warn(out, "%s cannot be read whole: what it revoked before stays revoked", path);
  return taken;
}

bool bt_policy_revocations_unread(const bt_policy *p) {
  return atomic_load(&((bt_policy *)(uintptr_t)p)->revoked_unread);
}

bool bt_policy_set_revoked(bt_policy *p, const char *list, size_t length, double now,
                           bt_problem_fn tell, void *context) {
  const char *name = p->rules.revocation.database.ptr;
  problems out = {.tell = tell, .context = context, .file = name};
  if (!name)
    return problem(&out, "the policy names no `revocation: {sqlite: ...}`");
  revocations *r = list ? revocations_parse(name, str_from(list, length), now, &out) : NULL;
  pthread_mutex_lock(&p->writing);
  bool ok = take_if_read(p, r);
  pthread_mutex_unlock(&p->writing);
  return ok && !out.errors;
}

bool bt_policy_refresh(bt_policy *p, double now, bt_problem_fn tell, void *context) {
  problems out = {.tell = tell, .context = context, .file = p->rules.name.ptr};
  bool changed = false;
  pthread_mutex_lock(&p->writing);
  for (size_t i = 0; i < p->rules.issuers.len; i++)
    changed |= refresh_keys(p, i, now, &out);
  out.line = out.column = 0;
  changed |= refresh_revocations(p, now, &out);
  pthread_mutex_unlock(&p->writing);
  return changed;
}
