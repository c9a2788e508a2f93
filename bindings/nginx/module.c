/* Directives, phases, and the life of a policy: it belongs to a configuration cycle, so a bad one
 * fails the configuration test and `nginx -s reload` keeps the workers that run. */
#include "batten_nginx.h"

/* ---- problems while the configuration is read ------------------------------------------------ */

static void tell_problem(const bt_problem *p, void *context) {
  ngx_conf_log_error(p->warning ? NGX_LOG_WARN : NGX_LOG_EMERG, (ngx_conf_t *)context, 0,
                     "batten: %s:%ui:%ui: %s", p->file ? p->file : "policy", (ngx_uint_t)p->line,
                     (ngx_uint_t)p->column, p->message);
}

static void free_policy(void *policy) {
  bt_policy_free(policy);
}

/* ---- batten_policy FILE ---------------------------------------------------------------------- */

static guarded *known_policy(batten_main_conf *conf, ngx_str_t path) {
  guarded **all = conf->policies.elts;
  for (ngx_uint_t i = 0; i < conf->policies.nelts; i++)
    if (all[i]->path.len == path.len && ngx_strncmp(all[i]->path.data, path.data, path.len) == 0)
      return all[i];
  return NULL;
}

static bool has_its_keys(ngx_conf_t *cf, const bt_policy *policy) {
  bt_text source = bt_policy_guard_only(policy);
  if (source.ptr)
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "batten: keys from %*s are asked for by `batten guard serve` alone: use "
                       "jwks_url or a file here",
                       source.len, source.ptr);
  return !source.ptr;
}

/* A reload goes on with the old workers rather than with a list that vanished. */
static bool has_its_list(ngx_conf_t *cf, const guarded *g) {
  bool forgets =
      bt_policy_revocations_missing(g->policy) && !ngx_is_init_cycle(cf->cycle->old_cycle);
  if (forgets)
    ngx_conf_log_error(
        NGX_LOG_EMERG, cf, 0,
        "batten: the revocation list of %V is missing: what it revoked would be good again",
        &g->path);
  return !forgets;
}

static guarded *load_policy(ngx_conf_t *cf, batten_main_conf *conf, ngx_str_t path) {
  ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  guarded *g = ngx_pcalloc(cf->pool, sizeof *g), **slot = ngx_array_push(&conf->policies);
  if (!cleanup || !g || !slot)
    return NULL;
  g->path = path;
  g->policy = bt_policy_load_file((const char *)path.data, tell_problem, cf);
  *slot = g;
  if (!g->policy)
    return NULL;
  cleanup->handler = free_policy;
  cleanup->data = g->policy;
  if (!has_its_keys(cf, g->policy) || !has_its_list(cf, g) ||
      !bt_sqlite_load(g->policy, (double)ngx_time(), tell_problem, cf))
    return NULL;
  if (bt_policy_mode(g->policy) == BT_OBSERVE)
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "batten: the mode of %V is observe: nothing is refused, only logged", &path);
  if (bt_policy_override(g->policy) == BT_OVERRIDE_BODY)
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "batten: `method_override: body` of %V: no body is seen here, forms that "
                       "could ask for a method of another route are refused",
                       &path);
  if (batten_told_headers(cf, g) != NGX_OK || batten_share_memory(cf, g) != NGX_OK)
    return NULL;
  return g;
}

static char *set_policy(ngx_conf_t *cf, ngx_command_t *command, void *of) {
  batten_server_conf *server = of;
  batten_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_batten_module);
  ngx_str_t path = ((ngx_str_t *)cf->args->elts)[1];
  (void)command;
  if (server->guard || server->off)
    return "is duplicate";
  if (path.len == 3 && ngx_strncmp(path.data, "off", 3) == 0) {
    server->off = true;
    return NGX_CONF_OK;
  }
  if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK)
    return NGX_CONF_ERROR;
  server->guard = known_policy(conf, path);
  if (!server->guard)
    server->guard = load_policy(cf, conf, path);
  return server->guard ? NGX_CONF_OK : "names a policy that has problems";
}

/* ---- the rest of the directives -------------------------------------------------------------- */

static char *set_scopes(ngx_conf_t *cf, ngx_command_t *command, void *of) {
  batten_location_conf *location = of;
  ngx_str_t *value = cf->args->elts;
  (void)command;
  if (!location->scopes)
    location->scopes = ngx_array_create(cf->pool, cf->args->nelts, sizeof(ngx_str_t));
  if (!location->scopes)
    return NGX_CONF_ERROR;
  for (ngx_uint_t i = 1; i < cf->args->nelts; i++) {
    ngx_str_t *name = ngx_array_push(location->scopes);
    if (!name)
      return NGX_CONF_ERROR;
    *name = value[i];
  }
  return NGX_CONF_OK;
}

static ngx_conf_enum_t phases[] = {{ngx_string("access"), BATTEN_ACCESS},
                                   {ngx_string("preaccess"), BATTEN_PREACCESS},
                                   {ngx_null_string, 0}};

static ngx_command_t commands[] = {
    {ngx_string("batten_policy"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_CONF_TAKE1,
     set_policy, NGX_HTTP_SRV_CONF_OFFSET, 0, NULL},
    {ngx_string("batten"),
     NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_FLAG,
     ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET, offsetof(batten_location_conf, enabled),
     NULL},
    {ngx_string("batten_scope"), NGX_HTTP_LOC_CONF | NGX_CONF_1MORE, set_scopes,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("batten_phase"),
     NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
     ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET, offsetof(batten_location_conf, phase),
     phases},
    {ngx_string("batten_cache"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_size_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(batten_main_conf, cache), NULL},
    ngx_null_command};

/* ---- configurations and how they are inherited ----------------------------------------------- */

static void *make_main(ngx_conf_t *cf) {
  batten_main_conf *conf = ngx_pcalloc(cf->pool, sizeof *conf);
  if (!conf || ngx_array_init(&conf->policies, cf->pool, 2, sizeof(guarded *)) != NGX_OK ||
      ngx_array_init(&conf->claims, cf->pool, 4, sizeof(ngx_str_t)) != NGX_OK)
    return NULL;
  conf->cache = NGX_CONF_UNSET_SIZE;
  conf->certificate = NGX_ERROR;
  return conf;
}

enum { CACHE_DEFAULT = 8 * 1024 * 1024 };

static char *init_main(ngx_conf_t *cf, void *of) {
  batten_main_conf *conf = of;
  (void)cf;
  ngx_conf_init_size_value(conf->cache, CACHE_DEFAULT);
  return NGX_CONF_OK;
}

static void *make_server(ngx_conf_t *cf) {
  return ngx_pcalloc(cf->pool, sizeof(batten_server_conf));
}

static char *merge_server(ngx_conf_t *cf, void *outer, void *inner) {
  batten_server_conf *up = outer, *server = inner;
  (void)cf;
  if (!server->guard && !server->off)
    server->guard = up->guard;
  return NGX_CONF_OK;
}

static void *make_location(ngx_conf_t *cf) {
  batten_location_conf *conf = ngx_pcalloc(cf->pool, sizeof *conf);
  if (!conf)
    return NULL;
  conf->is_location = cf->cmd_type != NGX_MAIN_CONF && cf->cmd_type != NGX_HTTP_MAIN_CONF;
  conf->enabled = NGX_CONF_UNSET;
  conf->phase = NGX_CONF_UNSET_UINT;
  return conf;
}

/* A scope that no policy grants would refuse everybody: said now rather than then. */
static char *check_scopes(ngx_conf_t *cf, const batten_location_conf *location, const guarded *g) {
  ngx_str_t *scope = location->scopes->elts;
  for (ngx_uint_t i = 0; i < location->scopes->nelts; i++) {
    if (bt_policy_knows_scope(g->policy, (bt_text){(char *)scope[i].data, scope[i].len}))
      continue;
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "batten_scope \"%V\" is not in `scopes.allow` of %V: nobody could have it",
                       &scope[i], &g->path);
    return NGX_CONF_ERROR;
  }
  return NGX_CONF_OK;
}

/* Where a location itself decides, nginx's reading of the path does: then no other is allowed. */
static void note_place(ngx_conf_t *cf, batten_server_conf *server) {
  if (!server->by_place && server->guard && bt_policy_paths_allowed(server->guard->policy))
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "batten: `paths: {allow: ...}` of %V does not count in a server whose "
                       "locations have `batten off` or `batten_scope`: write these as routes",
                       &server->guard->path);
  server->by_place = true;
}

static char *merge_location(ngx_conf_t *cf, void *outer, void *inner) {
  batten_location_conf *up = outer, *location = inner;
  batten_server_conf *server = ngx_http_conf_get_module_srv_conf(cf, ngx_http_batten_module);
  batten_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_batten_module);
  bool asked = location->enabled == 1, own = location->scopes != NULL;
  ngx_conf_merge_value(location->enabled, up->enabled, 0);
  ngx_conf_merge_uint_value(location->phase, up->phase, BATTEN_ACCESS);
  if (server->off && !asked)
    location->enabled = 0;
  if (location->is_location && (own || location->enabled != up->enabled))
    note_place(cf, server);
  if (!own)
    location->scopes = up->scopes;
  if (!location->enabled && own) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "batten_scope stands where batten is off: add `batten on;`");
    return NGX_CONF_ERROR;
  }
  if (!location->enabled)
    return NGX_CONF_OK;
  conf->used = true;
  if (!server->guard) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "batten is on without a policy: add `batten_policy FILE;`");
    return NGX_CONF_ERROR;
  }
  return own ? check_scopes(cf, location, server->guard) : NGX_CONF_OK;
}

/* ---- phases ---------------------------------------------------------------------------------- */

static ngx_int_t add_handler(ngx_http_core_main_conf_t *core, ngx_uint_t phase,
                             ngx_http_handler_pt handler) {
  ngx_http_handler_pt *slot = ngx_array_push(&core->phases[phase].handlers);
  if (!slot)
    return NGX_ERROR;
  *slot = handler;
  return NGX_OK;
}

static ngx_int_t after_configuration(ngx_conf_t *cf) {
  ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  batten_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_batten_module);
#if (NGX_HTTP_SSL)
  ngx_str_t certificate = ngx_string("ssl_client_escaped_cert");
  conf->certificate = ngx_http_get_variable_index(cf, &certificate);
#endif
  if (!conf->policies.nelts)
    return NGX_OK;
  if (batten_collect_claims(cf) != NGX_OK)
    return NGX_ERROR;
  if (add_handler(core, NGX_HTTP_POST_READ_PHASE, batten_after_read) != NGX_OK)
    return NGX_ERROR;
  if (add_handler(core, NGX_HTTP_PREACCESS_PHASE, batten_before_access) != NGX_OK)
    return NGX_ERROR;
  return add_handler(core, NGX_HTTP_ACCESS_PHASE, batten_access);
}

static ngx_http_module_t context = {
    batten_add_variables, after_configuration, make_main,     init_main,
    make_server,          merge_server,        make_location, merge_location};

ngx_module_t ngx_http_batten_module = {
    NGX_MODULE_V1,       &context, commands, NGX_HTTP_MODULE,    NULL, NULL,
    batten_start_worker, NULL,     NULL,     batten_stop_worker, NULL, NGX_MODULE_V1_PADDING};

/* What `load_module` looks for. */
extern ngx_module_t *ngx_modules[];
extern char *ngx_module_names[], *ngx_module_order[];
ngx_module_t *ngx_modules[] = {&ngx_http_batten_module, NULL};
char *ngx_module_names[] = {"ngx_http_batten_module", NULL};
char *ngx_module_order[] = {NULL};
