/* Where the keys of an issuer come from: its `keys` in a policy file. */
#include "token/policy_read.h"

#define KEY_SOURCES "file, env, jwks_url, rails_credentials, vault, pkcs11 or introspection"

typedef struct {
  key_source source;
  str file, env, url, rails, vault, pkcs11, introspection, path;
} keys_texts;

/* What the policy's folder has under that name; noted, so that a sandbox knows what will be read.
 */
static str path_of(reader *r, str text) {
  str path = text.ptr[0] == '/' ? arena_printf(r->arena, "%.*s", STR_ARG(text))
                                : arena_printf(r->arena, "%s/%.*s", r->directory, STR_ARG(text));
  list_push(r->arena, &r->out->files, path);
  return path;
}

void read_path(reader *r, const node *n, const char *name, void *into) {
  str text = {0};
  read_text(r, n, name, &text);
  if (!text.ptr)
    return;
  if (memchr(text.ptr, 0, text.len))
    problem(r->p, "`%s` holds a NUL byte", name);
  *(str *)into = path_of(r, text);
}

/* A secret stands in no policy: it names the file or the variable that holds it. */
static void read_secret_place(reader *r, const node *n, const char *name, void *into) {
  secret_place *out = into;
  str text = {0};
  read_text(r, n, name, &text);
  if (!text.ptr)
    return;
  if (text.len > 1 && text.ptr[0] == '@' && !memchr(text.ptr, 0, text.len))
    out->file = path_of(r, str_sub(text, 1, text.len));
  else if (text.len > 4 && str_starts(text, STR("env:")))
    out->env = str_of(arena_text(r->arena, str_sub(text, 4, text.len)));
  else
    problem(r->p, "`%s` must be \"@FILE\" or env:NAME: a policy holds no secret itself", name);
}

bool is_loopback_url(reader *r, str text) {
  url u;
  error e;
  return url_parse(r->arena, text, &u, &e) && host_kind_of(u.host) == HOST_LOOPBACK;
}

/* Whoever changes the answer chooses the keys. */
static bool is_safe_url(reader *r, str text) {
  return str_starts(text, STR("https://")) || is_loopback_url(r, text);
}

static void read_url(reader *r, const node *n, const char *name, void *into) {
  str text = {0};
  read_text(r, n, name, &text);
  if (!text.ptr)
    return;
  if (!is_safe_url(r, text))
    problem(r->p,
            "`%s` must be an https URL (http only to loopback): whoever changes the answer chooses "
            "the keys",
            name);
  *(str *)into = text;
}

static void read_pkcs11(reader *r, const node *n, const char *name, void *into) {
  str text = {0};
  read_text(r, n, name, &text);
  if (text.ptr && !str_starts(text, STR("pkcs11:")))
    problem(r->p, "`%s` must be a PKCS#11 URI (RFC 7512): pkcs11:token=...;object=...", name);
  *(str *)into = text;
}

#define IN_SOURCE(member) (offsetof(keys_texts, source) + offsetof(key_source, member))

static const field KEYS[] = {{"file", read_path, offsetof(keys_texts, file), NULL},
                             {"env", read_text, offsetof(keys_texts, env), NULL},
                             {"jwks_url", read_url, offsetof(keys_texts, url), NULL},
                             {"rails_credentials", read_path, offsetof(keys_texts, rails), NULL},
                             {"vault", read_url, offsetof(keys_texts, vault), NULL},
                             {"pkcs11", read_pkcs11, offsetof(keys_texts, pkcs11), NULL},
                             {"path", read_text, offsetof(keys_texts, path), NULL},
                             {"kid", read_text, IN_SOURCE(kid), NULL},
                             {"refresh", read_duration, IN_SOURCE(refresh), NULL},
                             {"cool_down", read_duration, IN_SOURCE(cool_down), NULL},
                             {"max_stale", read_duration, IN_SOURCE(max_stale), NULL},
                             {"overlap", read_duration, IN_SOURCE(overlap), NULL},
                             {"refresh_min", read_duration, IN_SOURCE(refresh_min), NULL},
                             {"refresh_max", read_duration, IN_SOURCE(refresh_max), NULL},
                             {"ca", read_path, IN_SOURCE(ca), NULL},
                             {"cert", read_path, IN_SOURCE(cert), NULL},
                             {"key", read_path, IN_SOURCE(cert_key), NULL},
                             {"introspection", read_url, offsetof(keys_texts, introspection), NULL},
                             {"client_id", read_text, IN_SOURCE(client_id), NULL},
                             {"client_secret", read_secret_place, IN_SOURCE(client_secret), NULL},
                             {"cache", read_duration, IN_SOURCE(cache), NULL},
                             {"bearer", read_secret_place, IN_SOURCE(bearer), NULL},
                             {0}};

enum { CACHE_DEFAULT = 30, CACHE_MOST = 3600 };

enum { MAX_STALE_DEFAULT = 24 * 3600, REFRESH_LEAST = 60, REFRESH_MOST = 3600 };

/* How long an answer may be good for: what it says itself, between these two. */
static void check_refresh(reader *r, const node *n, key_source *s) {
  if (!node_get(n, "refresh_min"))
    s->refresh_min = s->refresh < REFRESH_LEAST ? s->refresh : REFRESH_LEAST;
  if (!node_get(n, "refresh_max"))
    s->refresh_max = s->refresh > REFRESH_MOST ? s->refresh : REFRESH_MOST;
  if (s->refresh_min > s->refresh_max && at_node(r, n))
    problem(r->p, "`refresh_min` is longer than `refresh_max`");
}

static bool asks(const key_source *s) {
  return s->kind == BT_KEYS_INTROSPECTION;
}

/* RFC 7662 section 2.1: who asks must be known there; what a header holds, an opaque token has not.
 */
static void check_introspection(reader *r, const node *issuer, const node *n, key_source *s) {
  static const char *const own[] = {"client_id", "client_secret", "cache"}, *const foreign[] = {
                                                                                "algorithms", "typ",
                                                                                "try_all",
                                                                                "tolerate_header"};
  for (size_t i = 0; !asks(s) && i < sizeof own / sizeof *own; i++)
    if (node_get(n, own[i]) && at_node(r, node_get(n, own[i])))
      problem(r->p, "`%s` belongs to `introspection`", own[i]);
  if (!asks(s))
    return;
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
    if (node_get(issuer, foreign[i]) && at_node(r, node_get(issuer, foreign[i])))
      problem(r->p, "`%s` is about signed tokens; this issuer is asked about each: remove it",
              foreign[i]);
  bool has_secret = s->client_secret.file.ptr || s->client_secret.env.ptr;
  bool has_bearer = s->bearer.file.ptr || s->bearer.env.ptr;
  at_node(r, n);
  if (has_secret && (!s->client_id.ptr || has_bearer))
    problem(r->p, "`client_secret` goes with `client_id`, and without `bearer`");
  if (!has_secret && !has_bearer && !s->cert.ptr)
    problem(r->p, "`introspection` needs what the issuer knows this API by: client_id and "
                  "client_secret, or bearer, or cert and key (RFC 7662 section 2.1)");
  if (!node_get(n, "cache"))
    s->cache = CACHE_DEFAULT;
  if (s->cache > CACHE_MOST)
    problem(r->p, "`cache` may be at most 1h: for so long a token that was withdrawn still counts");
}

static void check_access(reader *r, const node *n, const key_source *s) {
  static const char *const names[] = {"ca", "cert", "key", "bearer"};
  bool http = keys_by_url(s->kind) || s->kind == BT_KEYS_VAULT || asks(s);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!http && node_get(n, names[i]) && at_node(r, node_get(n, names[i])))
      problem(r->p, "`%s` belongs to keys that are fetched: jwks_url, vault or `discovery`",
              names[i]);
  if (s->kind == BT_KEYS_VAULT && node_get(n, "bearer") && at_node(r, node_get(n, "bearer")))
    problem(r->p, "vault is shown the token in VAULT_TOKEN: remove `bearer`");
  if (!s->cert.ptr != !s->cert_key.ptr && at_node(r, n))
    problem(r->p, "`cert` and `key` belong together: the certificate that is shown, and its key");
}

/* The entries; which source they name is judged when `discovery` is known too. */
void read_keys(reader *r, const node *n, const char *name, void *into) {
  keys_texts t = {.source = *(key_source *)into};
  (void)name;
  if (!read_map(r, n, "`keys`", KEYS, &t))
    return;
  at_node(r, n);
  t.source.line = n->line;
  t.source.column = n->column;

  const struct {
    bt_keys_kind kind;
    str text, path; /* path: where in it the key stands, when it does not say */
  } sources[] = {{BT_KEYS_FILE, t.file, {0}},
                 {BT_KEYS_ENV, t.env, {0}},
                 {BT_KEYS_JWKS_URL, t.url, {0}},
                 {BT_KEYS_RAILS, t.rails, STR("secret_key_base")},
                 {BT_KEYS_VAULT, t.vault, STR("key")},
                 {BT_KEYS_PKCS11, t.pkcs11, {0}},
                 {BT_KEYS_INTROSPECTION, t.introspection, t.source.client_id}};

  size_t named = 0;
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    if (!sources[i].text.ptr)
      continue;
    t.source.kind = sources[i].kind;
    t.source.source = sources[i].text;
    t.source.secret_path = t.path.ptr ? t.path : sources[i].path;
    named++;
  }
  if (named > 1)
    problem(r->p, "`keys` must name exactly one source: %s", KEY_SOURCES);
  if (t.path.ptr && t.source.kind != BT_KEYS_RAILS && t.source.kind != BT_KEYS_VAULT)
    problem(r->p, "`path` belongs to rails_credentials and vault");
  *(key_source *)into = t.source;
}

/* true, or {jwks_host: HOST} where the set is served by another. */
void read_discovery(reader *r, const node *n, const char *name, void *into) {
  static const field fields[] = {{"jwks_host", read_text, offsetof(key_source, jwks_host), NULL},
                                 {0}};
  issuer_rule *out = into;
  if (n->kind == NODE_MAP) {
    out->discovery = read_map(r, n, "`discovery`", fields, &out->keys);
    return;
  }
  if (n->kind != NODE_BOOL)
    problem(r->p, "`%s` must be true, or {jwks_host: HOST} where the keys are on another host",
            name);
  else
    out->discovery = node_bool(n, false);
}

static void check_discovery(reader *r, const node *n, issuer_rule *out) {
  url u;
  error e = {0};
  at_node(r, node_get(n, "discovery"));
  if (out->keys.source.ptr) {
    problem(r->p, "`discovery` finds the keys by the issuer's metadata: remove the source in "
                  "`keys`, or `discovery`");
    return;
  }
  if (!out->name.ptr || !is_safe_url(r, out->name) || !url_parse(r->arena, out->name, &u, &e) ||
      u.query.ptr || str_contains(out->name, STR("#")))
    problem(r->p, "`discovery` needs an `issuer` that is an https URL without query (http only to "
                  "loopback): its metadata is asked there");
  out->keys.kind = BT_KEYS_DISCOVERY;
  out->keys.source = out->name;
}

void check_keys(reader *r, const node *n, issuer_rule *out) {
  const node *keys = node_get(n, "keys");
  key_source *s = &out->keys;
  if (out->discovery)
    check_discovery(r, n, out);
  else if (!keys && at_node(r, n))
    problem(r->p, "an issuer lacks `keys`: where the keys are, such as {file: issuer.jwks} or "
                  "{jwks_url: https://...}; or `discovery: true`");
  else if (keys->kind == NODE_MAP && !s->source.ptr && at_node(r, keys))
    problem(r->p, "`keys` must name exactly one source: %s", KEY_SOURCES);
  if (!keys)
    keys = node_get(n, "discovery");
  if (!keys)
    return;
  if (!s->line) {
    s->line = keys->line;
    s->column = keys->column;
  }
  bool fetched = keys_fetched(s->kind);
  if (fetched && !node_get(keys, "max_stale"))
    s->max_stale = MAX_STALE_DEFAULT;
  if (!fetched)
    s->refresh = 0;
  check_refresh(r, keys, s);
  check_access(r, keys, s);
  check_introspection(r, n, keys, s);
}
