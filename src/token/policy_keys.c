/* Where the keys of an issuer come from: its `keys` in a policy file. */
#include "token/policy_read.h"

typedef struct {
  key_source source;
  str file, env, url, rails, vault, pkcs11, path;
} keys_texts;

void read_path(reader *r, const node *n, const char *name, void *into) {
  str text = {0};
  read_text(r, n, name, &text);
  if (!text.ptr)
    return;
  if (memchr(text.ptr, 0, text.len))
    problem(r->p, "`%s` holds a NUL byte", name);
  *(str *)into =
      text.ptr[0] == '/' ? text : arena_printf(r->arena, "%s/%.*s", r->directory, STR_ARG(text));
}

bool is_loopback_url(reader *r, str text) {
  url u;
  error e;
  return url_parse(r->arena, text, &u, &e) && host_kind_of(u.host) == HOST_LOOPBACK;
}

static void read_url(reader *r, const node *n, const char *name, void *into) {
  str text = {0};
  read_text(r, n, name, &text);
  if (!text.ptr)
    return;
  if (!str_starts(text, STR("https://")) && !is_loopback_url(r, text))
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

static const field KEYS[] = {
    {"file", read_path, offsetof(keys_texts, file), NULL},
    {"env", read_text, offsetof(keys_texts, env), NULL},
    {"jwks_url", read_url, offsetof(keys_texts, url), NULL},
    {"rails_credentials", read_path, offsetof(keys_texts, rails), NULL},
    {"vault", read_url, offsetof(keys_texts, vault), NULL},
    {"pkcs11", read_pkcs11, offsetof(keys_texts, pkcs11), NULL},
    {"path", read_text, offsetof(keys_texts, path), NULL},
    {"kid", read_text, offsetof(keys_texts, source) + offsetof(key_source, kid), NULL},
    {"refresh", read_duration, offsetof(keys_texts, source) + offsetof(key_source, refresh), NULL},
    {"cool_down", read_duration, offsetof(keys_texts, source) + offsetof(key_source, cool_down),
     NULL},
    {"max_stale", read_duration, offsetof(keys_texts, source) + offsetof(key_source, max_stale),
     NULL},
    {"overlap", read_duration, offsetof(keys_texts, source) + offsetof(key_source, overlap), NULL},
    {0}};

enum { MAX_STALE_DEFAULT = 24 * 3600 };

void read_keys(reader *r, const node *n, const char *name, void *into) {
  keys_texts t = {.source = *(key_source *)into};
  (void)name;
  unsigned line = n->line, column = n->column;
  if (!read_map(r, n, "`keys`", KEYS, &t))
    return;
  at_node(r, n);

  const struct {
    bt_keys_kind kind;
    str text, path; /* path: where in it the key stands, when it does not say */
  } sources[] = {
      {BT_KEYS_FILE, t.file, {0}},          {BT_KEYS_ENV, t.env, {0}},
      {BT_KEYS_JWKS_URL, t.url, {0}},       {BT_KEYS_RAILS, t.rails, STR("secret_key_base")},
      {BT_KEYS_VAULT, t.vault, STR("key")}, {BT_KEYS_PKCS11, t.pkcs11, {0}}};

  size_t named = 0;
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    if (!sources[i].text.ptr)
      continue;
    t.source.kind = sources[i].kind;
    t.source.source = sources[i].text;
    t.source.secret_path = t.path.ptr ? t.path : sources[i].path;
    named++;
  }
  if (named != 1) {
    problem(r->p, "`keys` must name exactly one source: file, env, jwks_url, rails_credentials, "
                  "vault or pkcs11");
    return;
  }
  bool fetched = keys_fetched(t.source.kind);
  if (t.path.ptr && t.source.kind != BT_KEYS_RAILS && t.source.kind != BT_KEYS_VAULT)
    problem(r->p, "`path` belongs to rails_credentials and vault");
  if (fetched && !node_get(n, "max_stale"))
    t.source.max_stale = MAX_STALE_DEFAULT;
  if (!fetched)
    t.source.refresh = 0;
  t.source.line = line;
  t.source.column = column;
  *(key_source *)into = t.source;
}
