/* The nginx module: libbatten decides in the access phase of the worker. One file each: module.c
 * reads the configuration, request.c tells libbatten of a request, decide.c asks it, headers.c
 * keeps what the application is told to what was verified, variables.c shows it; upkeep.c, fetch.c
 * and share.c follow keys and revocations off the request path. */
#ifndef BATTEN_NGINX_H
#define BATTEN_NGINX_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "batten/batten.h"
#include "batten/decide.h"
#include "batten/fetch.h"
#include "batten/sqlite.h"

extern ngx_module_t ngx_http_batten_module;

typedef struct batten_context batten_context;

/* A header that the application gets: the claim's value, or nothing. */
typedef struct {
  ngx_str_t name, lower;
  ngx_uint_t hash;
  const char *claim; /* NULL for the three that are made of what is kept of every token */
  ngx_str_t (*made)(const batten_context *c, ngx_pool_t *pool);
} told_header;

/* A policy of one configuration cycle. */
typedef struct {
  ngx_str_t path;
  bt_policy *policy;
  bt_sqlite *revoked; /* a worker's own; NULL: no database is named */
  ngx_array_t told;   /* told_header */
  ngx_shm_zone_t *replay, *keys;
} guarded;

typedef struct {
  ngx_array_t policies;  /* guarded * */
  ngx_array_t claims;    /* ngx_str_t, ending in NUL: the NAMEs of all $batten_claim_NAME */
  ngx_int_t certificate; /* index of $ssl_client_escaped_cert, or NGX_ERROR */
  size_t cache;
  bool used;
} batten_main_conf;

typedef struct {
  guarded *guard;
  bool off;      /* batten_policy off */
  bool by_place; /* a location has batten off, or scopes of its own */
} batten_server_conf;

enum { BATTEN_ACCESS, BATTEN_PREACCESS };

typedef struct {
  bool is_location; /* else that of a server, or of all of them */
  ngx_flag_t enabled;
  ngx_uint_t phase;
  ngx_array_t *scopes; /* ngx_str_t */
} batten_location_conf;

/* What is known of a request: decided once, for internal redirects and subrequests too. */
struct batten_context {
  bool decided, allowed, verified, preflight, observed;
  int status;
  ngx_str_t subject, issuer, scopes, refusal, challenge;
  ngx_str_t *claims; /* as in batten_main_conf.claims */
  ngx_str_t *told;   /* as in guarded.told */
};

/* decide.c */
ngx_int_t batten_access(ngx_http_request_t *r);
ngx_int_t batten_before_access(ngx_http_request_t *r);
ngx_int_t batten_after_read(ngx_http_request_t *r);
batten_context *batten_known(ngx_http_request_t *r); /* NULL: nothing is known */
batten_context *batten_context_of(ngx_http_request_t *r, bool make);
ngx_int_t batten_start_worker(ngx_cycle_t *cycle);
void batten_stop_worker(ngx_cycle_t *cycle);
ngx_str_t batten_copy(ngx_pool_t *pool, bt_text text);

/* request.c */
bt_text batten_text(ngx_str_t s);
/* False when the request names several hosts. */
bool batten_request(ngx_http_request_t *r, const batten_main_conf *conf, bt_http *out);

/* compat.c */
bt_text batten_target_host(ngx_http_request_t *r);

/* headers.c */
ngx_int_t batten_told_headers(ngx_conf_t *cf, guarded *g);
ngx_int_t batten_drop_headers(ngx_http_request_t *r, const guarded *g);
ngx_str_t batten_field_text(ngx_pool_t *pool, bt_text value);
ngx_str_t *batten_keep_told(const batten_context *c, const guarded *g, bt_result *result,
                            ngx_pool_t *pool);
ngx_int_t batten_tell(ngx_http_request_t *r, const guarded *g, const batten_context *c);

/* log.c */
void batten_start_log(ngx_cycle_t *cycle);
void batten_log_refusal(ngx_http_request_t *r, const batten_context *c, const char *detail);

/* variables.c */
ngx_int_t batten_add_variables(ngx_conf_t *cf);
ngx_int_t batten_collect_claims(ngx_conf_t *cf);
ngx_str_t *batten_keep_claims(ngx_http_request_t *r, bt_result *result);

/* share.c */
typedef struct {
  ngx_uint_t memo, set; /* each grows with what it counts */
} batten_versions;

ngx_int_t batten_share_memory(ngx_conf_t *cf, guarded *g);
batten_versions batten_shared_memo(const guarded *g, size_t i, bt_keys_memo *memo);
/* Copies the set, at most BT_FETCH_BYTES; since when it is the one, 0: there is none. */
double batten_shared_set(const guarded *g, size_t i, bool before, char *bytes, size_t *len);
bool batten_claim_fetch(const guarded *g, size_t i, batten_versions have, double now);
void batten_leave_claim(const guarded *g, size_t i);
batten_versions batten_share_fetch(const guarded *g, size_t i, const bt_keys_memo *memo,
                                   const bt_text *bytes); /* NULL: no other set than before */

/* fetch.c */
ngx_int_t batten_start_fetching(ngx_cycle_t *cycle, batten_main_conf *conf);
void batten_stop_fetching(void);

/* upkeep.c */
ngx_int_t batten_start_upkeep(ngx_cycle_t *cycle, batten_main_conf *conf);
void batten_stop_upkeep(void);
void batten_log_problem(const bt_problem *problem, void *log);

#endif
