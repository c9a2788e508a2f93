/* $batten_sub, $batten_iss, $batten_scopes, $batten_claim_NAME, $batten_refusal. */
#include "batten_nginx.h"

static ngx_int_t show(ngx_http_variable_value_t *v, ngx_str_t text) {
  if (!text.data) {
    v->not_found = 1;
    return NGX_OK;
  }
  v->data = text.data;
  v->len = (unsigned)text.len & 0x0FFFFFFF;
  v->valid = 1;
  v->no_cacheable = 0;
  v->not_found = 0;
  return NGX_OK;
}

static ngx_int_t get_known(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t offset) {
  batten_context *c = batten_known(r);
  return show(v, c ? *(ngx_str_t *)((char *)c + offset) : (ngx_str_t)ngx_null_string);
}

static const ngx_str_t prefix = ngx_string("batten_claim_");

static ngx_int_t get_claim(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data) {
  ngx_str_t *name = (ngx_str_t *)data, none = ngx_null_string;
  batten_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_batten_module);
  batten_context *c = batten_known(r);
  ngx_str_t *all = conf->claims.elts;
  for (ngx_uint_t i = 0; c && c->claims && i < conf->claims.nelts; i++)
    if (all[i].len == name->len - prefix.len &&
        ngx_memcmp(all[i].data, name->data + prefix.len, all[i].len) == 0)
      return show(v, c->claims[i]);
  return show(v, none);
}

static ngx_http_variable_t variables[] = {
    {ngx_string("batten_sub"), NULL, get_known, offsetof(batten_context, subject),
     NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("batten_iss"), NULL, get_known, offsetof(batten_context, issuer),
     NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("batten_scopes"), NULL, get_known, offsetof(batten_context, scopes),
     NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("batten_refusal"), NULL, get_known, offsetof(batten_context, refusal),
     NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("batten_claim_"), NULL, get_claim, 0,
     NGX_HTTP_VAR_NOCACHEABLE | NGX_HTTP_VAR_PREFIX, 0},
    ngx_http_null_variable};

ngx_int_t batten_add_variables(ngx_conf_t *cf) {
  for (ngx_http_variable_t *v = variables; v->name.len; v++) {
    ngx_http_variable_t *added = ngx_http_add_variable(cf, &v->name, v->flags);
    if (!added)
      return NGX_ERROR;
    added->get_handler = v->get_handler;
    added->data = v->data;
  }
  return NGX_OK;
}

/* The claims that the configuration names: these are kept of a token, the others are not. */
ngx_int_t batten_collect_claims(ngx_conf_t *cf) {
  ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  batten_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_batten_module);
  ngx_http_variable_t *v = core->variables.elts;
  for (ngx_uint_t i = 0; i < core->variables.nelts; i++) {
    if (v[i].name.len <= prefix.len || ngx_strncmp(v[i].name.data, prefix.data, prefix.len) != 0)
      continue;
    ngx_str_t *name = ngx_array_push(&conf->claims);
    if (!name)
      return NGX_ERROR;
    *name = batten_copy(cf->pool,
                        (bt_text){(char *)v[i].name.data + prefix.len, v[i].name.len - prefix.len});
    if (!name->data)
      return NGX_ERROR;
  }
  return NGX_OK;
}

ngx_str_t *batten_keep_claims(ngx_http_request_t *r, bt_result *result) {
  batten_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_batten_module);
  ngx_str_t *names = conf->claims.elts,
            *kept = ngx_pcalloc(r->pool, (conf->claims.nelts + 1) * sizeof *kept);
  for (ngx_uint_t i = 0; kept && i < conf->claims.nelts; i++) {
    bt_text claim = bt_claim_text(result, (const char *)names[i].data);
    if (!claim.ptr)
      claim = bt_claim_json(result, (const char *)names[i].data);
    if (claim.ptr)
      kept[i] = batten_field_text(r->pool, claim);
  }
  return kept;
}
