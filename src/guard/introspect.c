/* Opaque tokens: their issuer is asked about each (RFC 7662), off the threads that answer. A
 * request whose token nobody has asked about yet waits until its answer lies in a table of constant
 * size; then it is decided like any other. */
#include "guard/guard_private.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum {
  ENTRIES = 2048,
  WAYS = 4, /* entries of one row; a token has its place in one row */
  ASKERS = 4,
  JOBS_MAX = 256,
  WAITERS_MAX = 2048,
  KEY = 32,
};

static const double FAILED_SECONDS = 1; /* until an endpoint that gave no answer is asked again */

typedef struct {
  unsigned char key[KEY];
  double until; /* 0: free */
  bool failed;
  size_t len;
  char answer[BT_ANSWER_MAX];
} entry;

typedef struct waiter {
  struct waiter *next;
  connection *who;
} waiter;

/* One token to be asked about, for all who wait for it. */
typedef struct job {
  struct job *next;
  unsigned char key[KEY];
  bool taken;        /* an asker has it */
  bt_policy *policy; /* a share */
  size_t issuer;
  waiter *waiters;
  size_t len;
  char token[];
} job;

struct introspection {
  pthread_mutex_t lock; /* of all below */
  pthread_cond_t work;
  entry *table;
  job *jobs;
  size_t job_count, waiter_count;
  pthread_t threads[ASKERS];
  size_t thread_count;
  bool stop;
  double last_told;
  unsigned char salt[KEY]; /* so that nobody can choose tokens for one row */
};

/* ---- the table ------------------------------------------------------------------------------- */

static void key_of(const introspection *x, const bt_policy *policy, size_t issuer, str token,
                   unsigned char key[KEY]) {
  bt_issuer where = bt_policy_issuer(policy, issuer, 0);
  EVP_MD_CTX *c = EVP_MD_CTX_new();
  bool ok = c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1 &&
            EVP_DigestUpdate(c, x->salt, KEY) == 1 &&
            EVP_DigestUpdate(c, where.source.ptr, where.source.len + 1) == 1 &&
            EVP_DigestUpdate(c, where.path.ptr ? where.path.ptr : "", where.path.len + 1) == 1 &&
            EVP_DigestUpdate(c, token.ptr, token.len) == 1 && EVP_DigestFinal_ex(c, key, NULL) == 1;
  if (!ok)
    abort();
  EVP_MD_CTX_free(c);
}

static entry *row_of(const introspection *x, const unsigned char key[KEY]) {
  uint32_t number;
  memcpy(&number, key, sizeof number);
  return x->table + number % (ENTRIES / WAYS) * WAYS;
}

static entry *find_entry(const introspection *x, const unsigned char key[KEY], double now) {
  entry *row = row_of(x, key);
  for (size_t i = 0; i < WAYS; i++)
    if (now < row[i].until && CRYPTO_memcmp(row[i].key, key, KEY) == 0)
      return &row[i];
  return NULL;
}

/* A row's last entry is for tokens that are not active and for failures, so that no flood of them
 * takes good ones out. */
static entry *place_for(const introspection *x, const unsigned char key[KEY], bool active,
                        double now) {
  entry *row = row_of(x, key), *soonest = row;
  if (!active)
    return &row[WAYS - 1];
  for (size_t i = 0; i + 1 < WAYS; i++) {
    if (now >= row[i].until)
      return &row[i];
    if (row[i].until < soonest->until)
      soonest = &row[i];
  }
  return soonest;
}

static void keep(introspection *x, const unsigned char key[KEY], bt_text answer, double life,
                 bool active) {
  double now = clock_wall();
  entry *e = place_for(x, key, active, now);
  memcpy(e->key, key, KEY);
  e->failed = life <= 0;
  e->until = now + (e->failed ? FAILED_SECONDS : life);
  e->len = e->failed ? 0 : answer.len;
  if (e->len)
    memcpy(e->answer, answer.ptr, e->len);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void tell_failure(introspection *x, const char *place, const bt_fetched *answer) {
  double now = clock_monotonic();
  pthread_mutex_lock(&x->lock);
  bool quiet = x->last_told != 0 && now - x->last_told < 1;
  if (!quiet)
    x->last_told = now;
  pthread_mutex_unlock(&x->lock);
  if (quiet)
    return;
  if (!answer->status)
    log_event("introspection-failed", "%s: %s", place, answer->failure);
  else if (answer->status == 401 || answer->status == 403)
    log_event("introspection-failed", "%s answered %d: it does not take this API's own credentials",
              place, answer->status);
  else if (answer->status != 200)
    log_event("introspection-failed", "%s answered %d", place, answer->status);
  else
    log_event("introspection-failed", "%s: no answer of RFC 7662 (a JSON object with `active`)",
              place);
}

static bool is_stopped(void *of) {
  introspection *x = of;
  pthread_mutex_lock(&x->lock);
  bool is = x->stop;
  pthread_mutex_unlock(&x->lock);
  return is;
}

/* Without the lock. */
static void ask(introspection *x, bt_curl *curl, const job *j) {
  bt_fetch asked;
  bt_fetched answer = {.failure = "this API's own credentials cannot be read"};
  double life = 0;
  bool active = false;
  bool began = bt_introspect_begin(j->policy, j->issuer, (bt_text){j->token, j->len}, &asked,
                                   log_problem, NULL);
  if (began)
    answer = bt_curl_carry(curl, &asked);
  if (answer.status == 200)
    life = bt_introspect_life(j->policy, j->issuer, answer.body, clock_wall(), &active);
  if (life <= 0)
    tell_failure(x, bt_policy_issuer(j->policy, j->issuer, 0).source.ptr, &answer);
  pthread_mutex_lock(&x->lock);
  keep(x, j->key, answer.body, life, active);
  pthread_mutex_unlock(&x->lock);
  if (began)
    bt_fetch_free(&asked);
}

/* ---- who waits ------------------------------------------------------------------------------- */

static void resume_all(introspection *x, waiter *w) {
  while (w) {
    waiter *next = w->next;
    connection_resume(w->who);
    free(w);
    x->waiter_count--;
    w = next;
  }
}

/* With the lock. */
static void end_job(introspection *x, job *done) {
  job **at = &x->jobs;
  while (*at != done)
    at = &(*at)->next;
  *at = done->next;
  x->job_count--;
  resume_all(x, done->waiters);
  bt_policy_free(done->policy);
  OPENSSL_cleanse(done->token, done->len);
  free(done);
}

static job *next_job(const introspection *x) {
  job *j = x->jobs;
  while (j && j->taken)
    j = j->next;
  return j;
}

static void *asker(void *of) {
  introspection *x = of;
  bt_curl *curl = bt_curl_new("batten/" BATTEN_VERSION " (guard)");
  if (curl)
    bt_curl_stop_when(curl, is_stopped, x);
  pthread_mutex_lock(&x->lock);
  while (!x->stop) {
    job *j = next_job(x);
    if (!j) {
      pthread_cond_wait(&x->work, &x->lock);
      continue;
    }
    j->taken = true;
    pthread_mutex_unlock(&x->lock);
    if (curl)
      ask(x, curl, j);
    pthread_mutex_lock(&x->lock);
    end_job(x, j);
  }
  pthread_mutex_unlock(&x->lock);
  bt_curl_free(curl);
  return NULL;
}

/* With the lock. The first token that is asked about brings the table and the threads. */
static bool is_ready(introspection *x) {
  if (!x->table)
    x->table = calloc(ENTRIES, sizeof *x->table);
  while (x->table && x->thread_count < ASKERS &&
         pthread_create(&x->threads[x->thread_count], NULL, asker, x) == 0)
    x->thread_count++;
  return x->table && x->thread_count && !x->stop;
}

static job *find_job(const introspection *x, const unsigned char key[KEY]) {
  job *j = x->jobs;
  while (j && memcmp(j->key, key, KEY) != 0)
    j = j->next;
  return j;
}

static job *new_job(introspection *x, const unsigned char key[KEY], bt_policy *policy,
                    size_t issuer, bt_text token) {
  job *j = x->job_count < JOBS_MAX ? malloc(sizeof *j + token.len) : NULL;
  if (!j)
    return NULL;
  *j = (job){.policy = bt_policy_share(policy), .issuer = issuer, .len = token.len};
  memcpy(j->key, key, KEY);
  memcpy(j->token, token.ptr, token.len);
  job **last = &x->jobs;
  while (*last)
    last = &(*last)->next;
  *last = j;
  x->job_count++;
  pthread_cond_signal(&x->work);
  return j;
}

bool introspect_wait(introspection *x, bt_policy *policy, size_t issuer, bt_text token,
                     connection *who) {
  unsigned char key[KEY];
  waiter *w = malloc(sizeof *w);
  key_of(x, policy, issuer, str_from(token.ptr, token.len), key);
  pthread_mutex_lock(&x->lock);
  bool room = w && is_ready(x) && x->waiter_count < WAITERS_MAX;
  job *j = room ? find_job(x, key) : NULL;
  if (room && !j)
    j = new_job(x, key, policy, issuer, token);
  if (j) {
    *w = (waiter){j->waiters, who};
    j->waiters = w;
    x->waiter_count++;
  }
  pthread_mutex_unlock(&x->lock);
  if (!j)
    free(w);
  return j != NULL;
}

bt_asked introspect_look(introspection *x, const bt_policy *policy, size_t issuer, bt_text token,
                         double now, char *answer, size_t *length) {
  unsigned char key[KEY];
  bt_asked asked = BT_ASKED_NOT_YET;
  key_of(x, policy, issuer, str_from(token.ptr, token.len), key);
  pthread_mutex_lock(&x->lock);
  const entry *e = x->table ? find_entry(x, key, now) : NULL;
  if (e) {
    asked = e->failed ? BT_ASKED_FAILED : BT_ASKED_ANSWERED;
    memcpy(answer, e->answer, e->len);
    *length = e->len;
  }
  pthread_mutex_unlock(&x->lock);
  return asked;
}

/* ---- life ------------------------------------------------------------------------------------ */

introspection *introspect_new(void) {
  introspection *x = calloc(1, sizeof *x);
  if (!x)
    abort();
  random_bytes(x->salt, KEY);
  pthread_mutex_init(&x->lock, NULL);
  pthread_cond_init(&x->work, NULL);
  return x;
}

/* Before the server is closed: until then it may be told of those that wait no longer. */
void introspect_stop(introspection *x) {
  pthread_mutex_lock(&x->lock);
  x->stop = true;
  pthread_cond_broadcast(&x->work);
  pthread_mutex_unlock(&x->lock);
  for (size_t i = 0; i < x->thread_count; i++)
    pthread_join(x->threads[i], NULL);
  pthread_mutex_lock(&x->lock);
  while (x->jobs)
    end_job(x, x->jobs);
  pthread_mutex_unlock(&x->lock);
}

void introspect_free(introspection *x) {
  pthread_mutex_destroy(&x->lock);
  pthread_cond_destroy(&x->work);
  free(x->table);
  free(x);
}
