/* What checks plan with: requests, tokens, and how to mint them. */
#include "scan/check.h"

#include <stdarg.h>

static __attribute__((format(printf, 3, 0))) probe *plan_add(plan *p, probe_role role,
                                                             const char *note, va_list args) {
  probe *out = arena_make(p->arena, probe);
  buf b = {.arena = p->arena};
  buf_vprintf(&b, note, args);
  out->note = buf_str(&b);
  out->role = role;
  out->label =
      arena_printf(p->arena, "%s/%zu", p->check ? p->check->id : "baseline", p->probes.len + 1);
  list_push(p->arena, &p->probes, out);
  return out;
}

probe *plan_request(plan *p, probe_role role, const http_request *request, const char *note, ...) {
  va_list args;
  va_start(args, note);
  probe *out = plan_add(p, role, note, args);
  va_end(args);
  out->request = *request;
  return out;
}

probe *plan_token(plan *p, probe_role role, str token_text, const char *note, ...) {
  va_list args;
  va_start(args, note);
  probe *out = plan_add(p, role, note, args);
  va_end(args);
  out->request = request_with_token(p->arena, p->subject->operation, token_text);
  out->token = token_text;
  return out;
}

probe *plan_as(plan *p, probe_role role, const identity *who, const char *note, ...) {
  va_list args;
  va_start(args, note);
  probe *out = plan_add(p, role, note, args);
  va_end(args);
  out->request = request_as(p->arena, p->subject->operation, who);
  out->token = who->token;
  out->recipe.owner_key = true;
  out->by_shape = true;
  return out;
}

probe *plan_mint(plan *p, probe_role role, const recipe *r, const members *claims, const char *note,
                 ...) {
  str text;
  if (!recipe_mint(p->arena, r, claims, &text))
    return NULL;
  va_list args;
  va_start(args, note);
  probe *out = plan_add(p, role, note, args);
  va_end(args);
  out->request = request_with_token(p->arena, p->subject->operation, text);
  out->token = text;
  out->recipe = *r;
  out->forged = !r->owner_key;
  return out;
}

void plan_control(probe *attack, probe *control) {
  if (control)
    control->deferred = true;
  if (attack)
    attack->control = control;
}

/* ---- identities ------------------------------------------------------------------------------ */

const identity *other_identity(const subject *s, size_t i) {
  const identity_list *all = &s->options->identities;
  for (size_t k = 0; k < all->len; k++) {
    const identity *who = &all->at[k];
    if (!who->token.ptr || str_eq(who->token, s->operation->token))
      continue;
    if (i-- == 0)
      return who;
  }
  return NULL;
}

str own_identity_name(const subject *s) {
  const identity_list *all = &s->options->identities;
  for (size_t k = 0; s->operation->token.ptr && k < all->len; k++)
    if (str_eq(all->at[k].token, s->operation->token))
      return all->at[k].name;
  return STR("default");
}

/* ---- recipes --------------------------------------------------------------------------------- */

recipe recipe_with_key(const members *header, str alg, const key *k) {
  return (recipe){.header = *header, .alg = alg, .key = k, .valid = true};
}

recipe recipe_with_signature(const members *header, str alg, str signature) {
  return (recipe){.header = *header, .alg = alg, .signature = signature, .valid = true};
}

recipe recipe_owner(const subject *s) {
  recipe r = recipe_with_key(&s->token.header, s->token.alg, s->signing_key);
  r.owner_key = true;
  return r;
}

bool recipe_mint(arena *a, const recipe *r, const members *claims, str *out) {
  if (r->key)
    return token_mint(a, &r->header, claims, r->alg, r->key, out);
  members header = members_copy(a, &r->header);
  members_set_str(a, &header, STR("alg"), r->alg);
  *out = token_join(a, members_write(a, &header), members_write(a, claims), r->signature);
  return true;
}

str token_resigned(arena *a, const subject *s, str signature) {
  return arena_printf(a, "%.*s.%.*s", STR_ARG(s->token.signing_input),
                      STR_ARG(base64url_encode(a, signature)));
}

const key *fresh_key(const subject *s, const algorithm *alg) {
  key_cache *cache = s->keys;
  for (size_t i = 0; i < cache->keys.len; i++)
    if (cache->keys.at[i].alg == alg)
      return cache->keys.at[i].key;
  key *k = arena_make(cache->arena, key);
  *k = key_generate(cache->arena, alg);
  list_push(cache->arena, &cache->keys, (struct cached_key){alg, k});
  return k;
}
