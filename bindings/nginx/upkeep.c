/* What happens beside the requests. A timer of each worker takes over changed key files and
 * revocations. Key sets by URL are fetched by a thread of their own, one worker at a time, and
 * shared through memory that outlives a reload, so that new workers start with the last good set.
 */
#include "batten_nginx.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>

enum {
  ROUND_MILLISECONDS = 250,
  SET_MAX = 256 * 1024,
  URL_MAX = 1024,
  FETCH_SECONDS = 5,
  ISSUERS_MAX = 64
};

typedef struct {
  double since; /* when it was fetched for the first time */
  size_t len;
  char bytes[SET_MAX];
} key_bytes;

/* What was fetched, in shared memory behind the zone's mutex. The set before tells a new worker
 * which keys have left, and when: for the issuer's `overlap` they still count. */
typedef struct {
  char url[URL_MAX];
  ngx_uint_t version; /* 0: nothing yet */
  double fetched, fetching_until;
  key_bytes now, before;
} shared_set;

void batten_log_problem(const bt_problem *p, void *of) {
  ngx_log_t *log = of;
  ngx_uint_t level = p->warning ? NGX_LOG_WARN : NGX_LOG_ERR;
  ngx_log_error(level, log, 0, "batten: %s:%ui:%ui: %s", p->file ? p->file : "policy",
                (ngx_uint_t)p->line, (ngx_uint_t)p->column, p->message);
}

static double wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- shared memory --------------------------------------------------------------------------- */

static void *zone_memory(ngx_shm_zone_t *zone, size_t size, bool old) {
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)zone->shm.addr;
  if (!old && !zone->shm.exists)
    slab->data = ngx_slab_calloc(slab, size);
  return slab->data;
}

static ngx_int_t init_replay(ngx_shm_zone_t *zone, void *old) {
  guarded *g = zone->data;
  void *memory = zone_memory(zone, bt_policy_replay_size(g->policy), old != NULL);
  return memory && bt_policy_replay_in(g->policy, memory) ? NGX_OK : NGX_ERROR;
}

static bool by_url(const bt_policy *policy, size_t i) {
  return bt_policy_issuer(policy, i, 0).kind == BT_KEYS_JWKS_URL;
}

static ngx_int_t init_keys(ngx_shm_zone_t *zone, void *old) {
  guarded *g = zone->data;
  size_t n = bt_policy_issuer_count(g->policy);
  shared_set *sets = zone_memory(zone, n * sizeof *sets, old != NULL);
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)zone->shm.addr;
  if (!sets)
    return NGX_ERROR;
  ngx_shmtx_lock(&slab->mutex);
  for (size_t i = 0; i < n; i++) {
    bt_text url = bt_policy_issuer(g->policy, i, 0).source;
    if (ngx_strlen(sets[i].url) == url.len && ngx_memcmp(sets[i].url, url.ptr, url.len) == 0)
      continue;
    ngx_memzero(&sets[i], sizeof *sets);
    if (by_url(g->policy, i) && url.len < URL_MAX)
      ngx_memcpy(sets[i].url, url.ptr, url.len);
  }
  ngx_shmtx_unlock(&slab->mutex);
  return NGX_OK;
}

static ngx_shm_zone_t *add_zone(ngx_conf_t *cf, guarded *g, const char *kind, size_t size,
                                ngx_shm_zone_init_pt init) {
  ngx_str_t name;
  name.data = ngx_pnalloc(cf->pool, ngx_strlen(kind) + g->path.len + 1);
  if (!name.data)
    return NULL;
  name.len = (size_t)(ngx_sprintf(name.data, "%s%V", kind, &g->path) - name.data);
  ngx_shm_zone_t *zone = ngx_shared_memory_add(cf, &name, size + size / 32 + 32 * ngx_pagesize,
                                               &ngx_http_batten_module);
  if (!zone)
    return NULL;
  zone->init = init;
  zone->data = g;
  return zone;
}

ngx_int_t batten_share_memory(ngx_conf_t *cf, guarded *g) {
  size_t size = bt_policy_replay_size(g->policy), n = bt_policy_issuer_count(g->policy);
  if (size && !(g->replay = add_zone(cf, g, "batten_replay:", size, init_replay)))
    return NGX_ERROR;
  for (size_t i = 0; i < n && !g->keys; i++)
    if (by_url(g->policy, i) &&
        !(g->keys = add_zone(cf, g, "batten_keys:", n * sizeof(shared_set), init_keys)))
      return NGX_ERROR;
  if (g->keys && n > ISSUERS_MAX) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "batten: more than %d issuers beside one with jwks_url in %V", ISSUERS_MAX,
                       &g->path);
    return NGX_ERROR;
  }
  return NGX_OK;
}

/* ---- one fetch ------------------------------------------------------------------------------- */

typedef struct {
  char *bytes;
  size_t len;
} body;

static pthread_t fetcher;
static pthread_mutex_t stopping = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stop_now = PTHREAD_COND_INITIALIZER;
static bool fetching, stop;

static bool is_stopped(void) {
  pthread_mutex_lock(&stopping);
  bool is = stop;
  pthread_mutex_unlock(&stopping);
  return is;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *of) {
  body *b = of;
  size_t len = size * count;
  if (len > SET_MAX - b->len)
    return 0;
  ngx_memcpy(b->bytes + b->len, bytes, len);
  b->len += len;
  return len;
}

static int on_progress(void *of, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
  (void)of, (void)a, (void)b, (void)c, (void)d;
  return is_stopped();
}

/* The address that is really used: a name that points at the metadata service gets nowhere. */
static curl_socket_t open_socket(void *of, curlsocktype purpose, struct curl_sockaddr *to) {
  (void)of, (void)purpose;
  if (to->family == AF_INET) {
    uint32_t address = ntohl(((struct sockaddr_in *)(void *)&to->addr)->sin_addr.s_addr);
    if (address >> 16 == 0xA9FE)
      return CURL_SOCKET_BAD;
  } else if (to->family == AF_INET6) {
    const struct in6_addr *address = &((struct sockaddr_in6 *)(void *)&to->addr)->sin6_addr;
    bool mapped =
        IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 169 && address->s6_addr[13] == 254;
    if (IN6_IS_ADDR_LINKLOCAL(address) || mapped)
      return CURL_SOCKET_BAD;
  }
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static bool fetch(const char *url, body *out, ngx_log_t *log) {
  char why[CURL_ERROR_SIZE] = "";
  long status = 0;
  CURL *easy = curl_easy_init();
  if (!easy)
    return false;
  out->len = 0;
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                   "https,http"); /* which of them a policy may name, its loader knows */
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)FETCH_SECONDS);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "batten (nginx)");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, out);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  CURLcode rc = curl_easy_perform(easy);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(easy);
  if (rc == CURLE_OK && status == 200)
    return true;
  ngx_log_error(NGX_LOG_ERR, log, 0,
                "batten: %s: %s, status %l; the last good keys are kept for their stated life", url,
                rc == CURLE_OK ? "no key set"
                : *why         ? why
                               : curl_easy_strerror(rc),
                status);
  return false;
}

/* ---- sharing what was fetched ---------------------------------------------------------------- */

/* A policy in this worker: which version of each set it has. */
typedef struct {
  guarded *g;
  ngx_uint_t have[ISSUERS_MAX];
} follower;

typedef struct {
  follower *at;
  size_t len;
  ngx_log_t *log;
  body body;
} followers;

static followers all;

/* Copies a set out of the shared memory; when it was first fetched, 0 when there is none. */
static double copy_set(follower *f, size_t i, bool before) {
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)f->g->keys->shm.addr;
  shared_set *set = (shared_set *)slab->data + i;
  ngx_shmtx_lock(&slab->mutex);
  const key_bytes *from = before ? &set->before : &set->now;
  double since = from->since;
  all.body.len = from->len;
  ngx_memcpy(all.body.bytes, from->bytes, from->len);
  ngx_shmtx_unlock(&slab->mutex);
  return since;
}

static bool use_copy(follower *f, size_t i, double since) {
  return bt_policy_set_keys(f->g->policy, i, all.body.bytes, all.body.len, since,
                            batten_log_problem, all.log);
}

/* What another worker, or one before the reload, fetched. A worker that has no set yet begins with
 * the one before, so that its keys leave when they did. */
static void take_shared(follower *f, size_t i) {
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)f->g->keys->shm.addr;
  shared_set *set = (shared_set *)slab->data + i;
  ngx_shmtx_lock(&slab->mutex);
  ngx_uint_t version = set->version;
  double fetched = set->fetched, before;
  ngx_shmtx_unlock(&slab->mutex);
  if (version == f->have[i])
    return;
  if (!f->have[i] && (before = copy_set(f, i, true)) > 0 && use_copy(f, i, before))
    use_copy(f, i, copy_set(f, i, false));
  copy_set(f, i, false);
  use_copy(f, i, fetched);
  f->have[i] = version;
}

static bool begin_fetch(follower *f, size_t i, char *url) {
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)f->g->keys->shm.addr;
  shared_set *set = (shared_set *)slab->data + i;
  double now = wall();
  ngx_shmtx_lock(&slab->mutex);
  bool mine = now >= set->fetching_until || set->fetching_until > now + 4 * FETCH_SECONDS;
  if (mine)
    set->fetching_until = now + 2 * FETCH_SECONDS;
  ngx_shmtx_unlock(&slab->mutex);
  bt_text own = bt_policy_issuer(f->g->policy, i, now).source;
  if (own.len >= URL_MAX)
    return false;
  ngx_memcpy(url, own.ptr, own.len);
  url[own.len] = 0;
  return mine;
}

static void keep_body(shared_set *set) {
  if (set->now.len == all.body.len && ngx_memcmp(set->now.bytes, all.body.bytes, all.body.len) == 0)
    return;
  set->before = set->now;
  set->now.since = set->fetched;
  set->now.len = all.body.len;
  ngx_memcpy(set->now.bytes, all.body.bytes, all.body.len);
}

/* An old worker's set for a URL that the new configuration no longer names is not left for the new
 * ones. */
static void end_fetch(follower *f, size_t i, const char *url, bool good) {
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)f->g->keys->shm.addr;
  shared_set *set = (shared_set *)slab->data + i;
  ngx_shmtx_lock(&slab->mutex);
  set->fetching_until = 0;
  if (good && ngx_strcmp(set->url, url) == 0) {
    set->fetched = wall();
    keep_body(set);
    f->have[i] = ++set->version;
  }
  ngx_shmtx_unlock(&slab->mutex);
}

static void follow(follower *f, size_t i) {
  char url[URL_MAX];
  take_shared(f, i);
  if (!bt_policy_keys_wanted(f->g->policy, i, wall()) || !begin_fetch(f, i, url))
    return;
  bool got = fetch(url, &all.body, all.log);
  bool good = bt_policy_set_keys(f->g->policy, i, got ? all.body.bytes : NULL,
                                 got ? all.body.len : 0, wall(), batten_log_problem, all.log);
  end_fetch(f, i, url, good);
}

static void follow_all(void (*step)(follower *, size_t)) {
  for (size_t k = 0; k < all.len; k++)
    for (size_t i = 0; i < bt_policy_issuer_count(all.at[k].g->policy) && !is_stopped(); i++)
      if (by_url(all.at[k].g->policy, i))
        step(&all.at[k], i);
}

static void *fetch_loop(void *unused) {
  (void)unused;
  while (!is_stopped()) {
    follow_all(follow);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ROUND_MILLISECONDS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&stopping);
    if (!stop)
      pthread_cond_timedwait(&stop_now, &stopping, &until);
    pthread_mutex_unlock(&stopping);
  }
  return NULL;
}

/* Signals are nginx's: the thread takes none. */
static ngx_int_t start_fetcher(ngx_cycle_t *cycle) {
  sigset_t none, before;
  sigfillset(&none);
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
    return NGX_ERROR;
  follow_all(take_shared);
  pthread_sigmask(SIG_SETMASK, &none, &before);
  fetching = pthread_create(&fetcher, NULL, fetch_loop, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (!fetching)
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "batten: the thread that fetches key sets cannot be started");
  return fetching ? NGX_OK : NGX_ERROR;
}

static ngx_int_t follow_urls(ngx_cycle_t *cycle, batten_main_conf *conf) {
  guarded **g = conf->policies.elts;
  all.log = cycle->log;
  all.at = ngx_pcalloc(cycle->pool, (conf->policies.nelts + 1) * sizeof *all.at);
  if (!all.at)
    return NGX_ERROR;
  for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
    if (g[i]->keys)
      all.at[all.len++].g = g[i];
  if (!all.len)
    return NGX_OK;
  all.body.bytes = ngx_palloc(cycle->pool, SET_MAX);
  return all.body.bytes ? start_fetcher(cycle) : NGX_ERROR;
}

/* ---- the timer ------------------------------------------------------------------------------- */

static ngx_event_t timer;
static ngx_connection_t no_connection; /* nginx's debug log asks each event for its descriptor */

static const batten_main_conf *refreshed;

/* Also before a worker's first request: the master, from which it comes, knows what the files said
 * when it read the configuration, and that may be long ago where the worker replaces one that died.
 */
static void refresh(ngx_event_t *event) {
  const batten_main_conf *conf = refreshed;
  guarded **g = conf->policies.elts;
  for (ngx_uint_t i = 0; i < conf->policies.nelts; i++) {
    bt_policy_refresh(g[i]->policy, wall(), batten_log_problem, event->log);
    bt_sqlite_refresh(g[i]->revoked, g[i]->policy, wall(), batten_log_problem, event->log);
  }
  ngx_add_timer(event, ROUND_MILLISECONDS);
}

/* Connections are a worker's own: none is opened before it was forked. */
static bool follow_databases(batten_main_conf *conf) {
  guarded **g = conf->policies.elts;
  for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
    if (bt_policy_revocation_database(g[i]->policy).ptr && !(g[i]->revoked = bt_sqlite_new()))
      return false;
  return true;
}

ngx_int_t batten_start_upkeep(ngx_cycle_t *cycle, batten_main_conf *conf) {
  if (!follow_databases(conf))
    return NGX_ERROR;
  refreshed = conf;
  no_connection.fd = (ngx_socket_t)-1;
  timer.handler = refresh;
  timer.log = cycle->log;
  timer.data = &no_connection;
  timer.cancelable = 1; /* a worker that has finished its requests may go */
  refresh(&timer);
  return follow_urls(cycle, conf);
}

void batten_stop_upkeep(void) {
  guarded **g = refreshed ? refreshed->policies.elts : NULL;
  for (ngx_uint_t i = 0; g && i < refreshed->policies.nelts; i++) {
    bt_sqlite_free(g[i]->revoked);
    g[i]->revoked = NULL;
  }
  if (!fetching)
    return;
  pthread_mutex_lock(&stopping);
  stop = true;
  pthread_cond_signal(&stop_now);
  pthread_mutex_unlock(&stopping);
  pthread_join(fetcher, NULL);
  fetching = false;
}
