/* Security schemes: whether an operation is declared protected, and where its token goes. */
#include "scan/spec_private.h"

typedef struct {
  str name;
  spot at;
  int rank; /* the lower, the better a token of --token fits */
  token_place place;
  bool basic;
} scheme;

enum { RANK_NAMED, RANK_BEARER, RANK_KEY, RANK_OTHER };

static const identity *named_identity(const spec *s, str name) {
  const identity_list *all = &s->options->identities;
  for (size_t i = 1; i < all->len; i++)
    if (str_eq(all->at[i].name, name))
      return &all->at[i];
  return NULL;
}

static bool is_http(spec *s, spot at, const char *name) {
  str type = node_text(node_get(at.node, "type"));
  (void)s;
  if (str_ieq(type, str_of(name)))
    return true; /* Swagger 2.0: type: basic */
  return str_ieq(type, STR("http")) &&
         str_ieq(node_text(node_get(at.node, "scheme")), str_of(name));
}

static token_place key_place(spec *s, spot at) {
  str in = node_text(node_get(at.node, "in")), name = spec_text(s, at, "name");
  token_place out = {.kind = PLACE_HEADER, .name = name};
  if (str_eq(in, STR("query")))
    out.kind = PLACE_QUERY;
  if (str_eq(in, STR("cookie")))
    out.kind = PLACE_COOKIE;
  if (!name.len || (out.kind == PLACE_HEADER && str_ieq(name, STR("authorization"))))
    out = (token_place){.kind = PLACE_BEARER};
  return out;
}

static scheme read_scheme(spec *s, str name, spot at) {
  scheme out = {.name = arena_str(s->out, name), .at = at, .rank = RANK_OTHER};
  str type = node_text(node_get(at.node, "type"));
  if (str_eq(type, STR("apiKey"))) {
    out.rank = RANK_KEY;
    out.place = key_place(s, at);
  } else if (is_http(s, at, "bearer") || str_eq(type, STR("oauth2")) ||
             str_eq(type, STR("openIdConnect"))) {
    out.rank = RANK_BEARER;
  }
  out.basic = is_http(s, at, "basic");
  if (named_identity(s, name))
    out.rank = RANK_NAMED;
  return out;
}

static spot schemes_of(spec *s) {
  spot root = {s->files.at[0], s->files.at[0]->root};
  return s->version == SPEC_2_0 ? spec_get(s, root, "securityDefinitions")
                                : spec_get(s, spec_get(s, root, "components"), "securitySchemes");
}

static scheme find_scheme(spec *s, str name) {
  spot all = schemes_of(s);
  spot at = spec_follow(s, (spot){all.file, node_get_str(all.node, name)});
  return read_scheme(s, name, at);
}

/* The best scheme of one alternative, all of whose schemes are asked together. */
static scheme best_of(spec *s, const node *alternative) {
  scheme best = {.rank = RANK_OTHER + 1};
  for (size_t i = 0; i < alternative->entries.len; i++) {
    scheme one = find_scheme(s, alternative->entries.at[i].key);
    if (one.rank < best.rank)
      best = one;
  }
  return best;
}

/* A second scheme that is asked at the same time: its value is what --as gives under its name. */
static void add_fixed(spec *s, const scheme *one, operation *o) {
  const identity *who = named_identity(s, one->name);
  if (!who)
    return;
  operation with = *o;
  with.place = one->place;
  http_request r = request_with_token(s->out, &with, who->token);
  o->headers = r.headers;
  o->url = r.url;
}

static str basic_value(arena *a, str given) {
  return str_contains(given, STR(":")) ? base64_encode(a, given) : given;
}

static void use_scheme(spec *s, const scheme *one, const node *alternative, operation *o,
                       description *d) {
  const identity *who = named_identity(s, one->name);
  d->scheme = one->name;
  o->place = one->place;
  if (who)
    o->token = who->token;
  if (who && one->basic) {
    http_header h = {STR("Authorization"),
                     arena_printf(s->out, "Basic %.*s", STR_ARG(basic_value(s->out, who->token)))};
    list_push(s->out, &o->headers, h);
    o->token = (str){0};
  }
  for (size_t i = 0; i < alternative->entries.len; i++) {
    const node_entry *e = &alternative->entries.at[i];
    if (!str_eq(e->key, one->name)) {
      scheme other = find_scheme(s, e->key);
      add_fixed(s, &other, o);
      continue;
    }
    for (size_t k = 0; k < e->value->items.len; k++)
      list_push(s->out, &d->scopes, arena_str(s->out, node_text(e->value->items.at[k])));
  }
}

/* Where a token would go, were one asked: for operations that the description calls public. */
static void use_any_place(spec *s, operation *o) {
  spot all = schemes_of(s);
  int rank = RANK_OTHER;
  for (size_t i = 0; all.node && i < all.node->entries.len; i++) {
    scheme one = read_scheme(s, all.node->entries.at[i].key, spec_value(s, all, i));
    if (one.rank >= rank)
      continue;
    rank = one.rank;
    o->place = one.place;
  }
}

void spec_security(spec *s, spot op, operation *o, description *d) {
  const node *asked = node_get(op.node, "security"), *chosen = NULL;
  scheme best = {.rank = RANK_OTHER + 1};
  if (!asked)
    asked = node_get(s->files.at[0]->root, "security");
  if (s->options->identities.len)
    o->token = s->options->identities.at[0].token;
  bool optional = !asked || asked->kind != NODE_LIST || asked->items.len == 0;
  for (size_t i = 0; !optional && i < asked->items.len; i++) {
    const node *alternative = asked->items.at[i];
    optional |= alternative->entries.len == 0;
    scheme one = best_of(s, alternative);
    if (one.rank >= best.rank)
      continue;
    best = one;
    chosen = alternative;
  }
  spot all = schemes_of(s);
  bool silent = optional && !(all.node && all.node->entries.len);
  d->protection = silent ? PROTECTION_UNKNOWN : optional ? PROTECTION_PUBLIC : PROTECTION_NEEDED;
  if (chosen && best.name.len)
    use_scheme(s, &best, chosen, o, d);
  else
    use_any_place(s, o);
  if (s->options->place)
    o->place = *s->options->place;
}
