/* What the workers share, in memory that outlives a reload: what was seen once, and the key sets
 * that one of them has fetched, so that new workers start with the last good set. */
#include "batten_nginx.h"

enum { ISSUERS_MAX = 64, CLAIM_SECONDS = 5 * BT_FETCH_SECONDS };

typedef struct {
  double since; /* when it was fetched for the first time */
  size_t len;
  char bytes[BT_FETCH_BYTES];
} key_bytes;

/* A source behind the zone's mutex. The set before tells a new worker which keys have left, and
 * when: for the issuer's `overlap` they still count. */
typedef struct {
  char source[BT_URL_MAX];
  batten_versions versions; /* zero: nothing yet */
  double claimed_until;     /* one worker fetches at a time */
  bt_keys_memo memo;
  key_bytes now, before;
} shared_set;

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

static bool is_source(const shared_set *set, bt_text source) {
  return ngx_strlen(set->source) == source.len &&
         ngx_memcmp(set->source, source.ptr, source.len) == 0;
}

/* A reload asks anew, with the set that is there until the answer comes. */
static ngx_int_t init_keys(ngx_shm_zone_t *zone, void *old) {
  guarded *g = zone->data;
  size_t n = bt_policy_issuer_count(g->policy);
  shared_set *sets = zone_memory(zone, n * sizeof *sets, old != NULL);
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)zone->shm.addr;
  if (!sets)
    return NGX_ERROR;
  ngx_shmtx_lock(&slab->mutex);
  for (size_t i = 0; i < n; i++) {
    bt_text source = bt_policy_issuer(g->policy, i, 0).source;
    if (is_source(&sets[i], source)) {
      sets[i].memo.asked = sets[i].memo.found_until = 0;
      continue;
    }
    ngx_memzero(&sets[i], sizeof *sets);
    if (bt_fetch_possible(g->policy, i) && source.len < BT_URL_MAX)
      ngx_memcpy(sets[i].source, source.ptr, source.len);
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
    if (bt_fetch_possible(g->policy, i) &&
        !(g->keys = add_zone(cf, g, "batten_keys:", n * sizeof(shared_set), init_keys)))
      return NGX_ERROR;
  if (g->keys && n > ISSUERS_MAX) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "batten: more than %d issuers beside one whose keys are fetched in %V",
                       ISSUERS_MAX, &g->path);
    return NGX_ERROR;
  }
  return NGX_OK;
}

/* ---- one source's set ------------------------------------------------------------------------ */

static shared_set *lock_set(const guarded *g, size_t i) {
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)g->keys->shm.addr;
  ngx_shmtx_lock(&slab->mutex);
  return (shared_set *)slab->data + i;
}

static void unlock_set(const guarded *g) {
  ngx_slab_pool_t *slab = (ngx_slab_pool_t *)g->keys->shm.addr;
  ngx_shmtx_unlock(&slab->mutex);
}

batten_versions batten_shared_memo(const guarded *g, size_t i, bt_keys_memo *memo) {
  shared_set *set = lock_set(g, i);
  batten_versions versions = set->versions;
  *memo = set->memo;
  unlock_set(g);
  return versions;
}

double batten_shared_set(const guarded *g, size_t i, bool before, char *bytes, size_t *len) {
  shared_set *set = lock_set(g, i);
  const key_bytes *from = before ? &set->before : &set->now;
  double since = from->since;
  *len = from->len;
  ngx_memcpy(bytes, from->bytes, from->len);
  unlock_set(g);
  return since;
}

/* Not while another worker fetches, nor before what that one brought was taken. */
bool batten_claim_fetch(const guarded *g, size_t i, batten_versions have, double now) {
  shared_set *set = lock_set(g, i);
  bool claimed = now < set->claimed_until && set->claimed_until <= now + CLAIM_SECONDS;
  bool mine = !claimed && set->versions.memo == have.memo;
  if (mine)
    set->claimed_until = now + CLAIM_SECONDS;
  unlock_set(g);
  return mine;
}

void batten_leave_claim(const guarded *g, size_t i) {
  lock_set(g, i)->claimed_until = 0;
  unlock_set(g);
}

static void keep_bytes(shared_set *set, bt_text bytes) {
  bool same = set->now.len == bytes.len && ngx_memcmp(set->now.bytes, bytes.ptr, bytes.len) == 0;
  if (same || bytes.len > BT_FETCH_BYTES)
    return;
  set->before = set->now;
  set->now.since = set->memo.loaded;
  set->now.len = bytes.len;
  ngx_memcpy(set->now.bytes, bytes.ptr, bytes.len);
  set->versions.set++;
}

/* An old worker's set for a source that the new configuration no longer names is not left for the
 * new ones. */
batten_versions batten_share_fetch(const guarded *g, size_t i, const bt_keys_memo *memo,
                                   const bt_text *bytes) {
  bt_text source = bt_policy_issuer(g->policy, i, 0).source;
  shared_set *set = lock_set(g, i);
  set->claimed_until = 0;
  if (is_source(set, source)) {
    set->memo = *memo;
    set->versions.memo++;
    if (bytes)
      keep_bytes(set, *bytes);
  }
  batten_versions versions = set->versions;
  unlock_set(g);
  return versions;
}
