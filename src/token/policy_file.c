/* The policy file: tables of keys, each with the function that reads it. Every problem names its
 * place and what to write instead; what the tables do not know is refused. */
#include "token/policy_read.h"

#include <math.h>
#include <openssl/crypto.h>

/* A value that is not there has no place of its own: its key's goes on. */
bool at_node(reader *r, const node *n) {
  if (n->line) {
    r->p->line = n->line;
    r->p->column = n->column;
  }
  return true;
}

bool at_key(reader *r, const node_entry *e) {
  r->p->line = e->line;
  r->p->column = e->column;
  return true;
}

static void unknown_key(reader *r, const node_entry *e, const char *what, const field *fields) {
  const char *names[32];
  buf all = {.arena = r->arena};
  size_t n = 0;
  for (; fields[n].name && n < 31; n++) {
    names[n] = fields[n].name;
    buf_printf(&all, "%s%s", n ? ", " : "", names[n]);
  }
  names[n] = NULL;
  const char *near = nearest_name(e->key, names);
  at_key(r, e);
  problem(r->p, "unknown key '%.*s' in %s%s%s%s; it may hold: %s", STR_ARG(str_sub(e->key, 0, 64)),
          what, near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "",
          buf_str(&all).ptr);
}

bool read_map(reader *r, const node *n, const char *what, const field *fields, void *into) {
  at_node(r, n);
  if (n->kind != NODE_MAP)
    return problem(r->p, "%s must be a map, not %s", what, node_kind_name(n->kind));
  size_t before = r->p->errors;
  for (size_t i = 0; i < n->entries.len; i++) {
    const node_entry *e = &n->entries.at[i];
    const field *f = fields;
    while (f->name && !str_eq(e->key, str_of(f->name)))
      f++;
    if (!f->name)
      unknown_key(r, e, what, fields);
    else if (at_key(r, e) && at_node(r, e->value))
      f->read(r, e->value, f->name, (char *)into + f->offset);
  }
  at_node(r, n);
  for (const field *f = fields; f->name; f++)
    if (f->needed && !node_get(n, f->name))
      problem(r->p, "%s lacks `%s`: %s", what, f->name, f->needed);
  return r->p->errors == before;
}

void read_text(reader *r, const node *n, const char *name, void *into) {
  if (n->kind != NODE_TEXT || !n->text.len)
    problem(r->p, "`%s` must be text, not %s%s", name,
            n->kind == NODE_TEXT ? "empty" : node_kind_name(n->kind),
            n->kind == NODE_NUMBER || n->kind == NODE_BOOL ? ": put it in quotes" : "");
  else
    *(str *)into = arena_str(r->arena, n->text);
}

void read_texts(reader *r, const node *n, const char *name, void *into) {
  str_list *out = into;
  if (n->kind != NODE_LIST || !n->items.len) {
    problem(r->p, "`%s` must be a list with at least one entry, such as [%.*s]", name,
            STR_ARG(n->kind == NODE_TEXT && n->text.len ? n->text : STR("a, b")));
    return;
  }
  for (size_t i = 0; i < n->items.len; i++) {
    str one = {0};
    at_node(r, n->items.at[i]);
    read_text(r, n->items.at[i], name, &one);
    for (size_t j = 0; one.ptr && j < out->len; j++)
      if (str_eq(out->at[j], one))
        problem(r->p, "`%s` holds '%.*s' twice", name, STR_ARG(one));
    if (one.ptr)
      list_push(r->arena, out, one);
  }
}

void read_flag(reader *r, const node *n, const char *name, void *into) {
  if (n->kind == NODE_BOOL)
    *(bool *)into = node_bool(n, false);
  else
    problem(r->p, "`%s` must be true or false", name);
}

void read_duration(reader *r, const node *n, const char *name, void *into) {
  str text = node_text(n);
  if (!str_to_duration(text, into))
    problem(r->p,
            "`%s: %.*s` is no duration: write a number with s, m, h or d, such as 30s, 5m or 1h",
            name, STR_ARG(str_sub(text.ptr ? text : STR(""), 0, 40)));
}

/* One of some words; its place in the list goes into an int-sized enumeration. */
bool read_word_of(reader *r, const node *n, const char *name, const char *const *words, int *out) {
  str text = node_text(n);
  buf all = {.arena = r->arena};
  for (int i = 0; words[i]; i++) {
    if (text.ptr && str_eq(text, str_of(words[i]))) {
      *out = i;
      return true;
    }
    buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
  }
  const char *near = text.ptr ? nearest_name(text, words) : NULL;
  return problem(r->p, "`%s: %.*s` must be one of %s%s%s%s", name,
                 STR_ARG(str_sub(text.ptr ? text : STR("?"), 0, 40)), buf_str(&all).ptr,
                 near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
}

/* ---- the top --------------------------------------------------------------------------------- */

static void read_version(reader *r, const node *n, const char *name, void *into) {
  (void)name, (void)into;
  if (!str_eq(node_text(n), STR("1")))
    problem(r->p, "`version` must be 1: this program knows no other");
}

static void read_mode(reader *r, const node *n, const char *name, void *into) {
  static const char *const words[] = {"enforce", "observe", NULL};
  int mode = 0;
  if (read_word_of(r, n, name, words, &mode))
    *(bt_mode *)into = (bt_mode)mode;
}

static void read_issuers(reader *r, const node *n, const char *name, void *into) {
  policy_rules *out = into;
  if (n->kind != NODE_LIST || !n->items.len) {
    problem(r->p,
            "`%s` must be a list with at least one issuer: `- issuer: NAME` and its algorithms, "
            "audiences and keys",
            name);
    return;
  }
  for (size_t i = 0; i < n->items.len; i++) {
    issuer_rule one;
    read_issuer(r, n->items.at[i], &one);
    for (size_t j = 0; one.name.ptr && j < out->issuers.len; j++)
      if (out->issuers.at[j].name.ptr && str_eq(out->issuers.at[j].name, one.name) &&
          at_node(r, n->items.at[i]))
        problem(r->p, "the issuer '%.*s' stands twice: put its keys and audiences into one entry",
                STR_ARG(one.name));
    list_push(r->arena, &out->issuers, one);
  }
}

static void read_allow(reader *r, const node *n, const char *name, void *into) {
  policy_rules *out = into;
  read_texts(r, n, name, &out->scopes);
  for (size_t i = 0; i < out->scopes.len; i++) {
    at_node(r, n->items.at[i < n->items.len ? i : 0]);
    /* rule 21: no wildcard grants */
    if (memchr(out->scopes.at[i].ptr, '*', out->scopes.at[i].len))
      problem(r->p, "the scope '%.*s' holds a '*': wildcards grant nothing here, name each scope",
              STR_ARG(out->scopes.at[i]));
    if (memchr(out->scopes.at[i].ptr, ' ', out->scopes.at[i].len))
      problem(r->p, "the scope '%.*s' holds a space: write each scope as an entry of its own",
              STR_ARG(out->scopes.at[i]));
  }
  if (out->scopes.len > SCOPES_MAX)
    problem(r->p, "`%s` holds more than %d scopes", name, SCOPES_MAX);
}

static void read_scopes(reader *r, const node *n, const char *name, void *into) {
  (void)name;
  static const field fields[] = {
      {"claim", read_claim_name, offsetof(policy_rules, scope_claim),
       "the claim that holds them, such as scope"},
      {"allow", read_allow, 0, "the scopes that may be granted, such as [read:data]"},
      {0}};
  read_map(r, n, "`scopes`", fields, into);
}

static void read_revocation(reader *r, const node *n, const char *name, void *into) {
  (void)name;
  static const field fields[] = {{"file", read_path, offsetof(revocation_source, file), NULL},
                                 {"sqlite", read_path, offsetof(revocation_source, database), NULL},
                                 {0}};
  revocation_source *out = into;
  if (!read_map(r, n, "`revocation`", fields, out))
    return;
  at_node(r, n);
  if (!out->file.ptr == !out->database.ptr)
    problem(r->p, "`revocation` must name either `file`, such as revoked.list, or `sqlite`, such "
                  "as revoked.db");
  out->line = n->line;
  out->column = n->column;
}

static void read_size(reader *r, const node *n, const char *name, void *into) {
  uint64_t v;
  if (!str_to_u64(node_text(n), &v) || v < 64 || v > TOKEN_LIMIT_MAX)
    problem(r->p, "`%s` must be a number of bytes from 64 to %d", name, TOKEN_LIMIT_MAX);
  else
    *(size_t *)into = (size_t)v;
}

enum { REPLAY_DEFAULT = 65536, REPLAY_MAX = 64 * 1024 * 1024 };

static void read_entries(reader *r, const node *n, const char *name, void *into) {
  uint64_t v;
  if (!str_to_u64(node_text(n), &v) || v < 16 || v > REPLAY_MAX)
    problem(r->p, "`%s` must be a number of entries from 16 to %d", name, REPLAY_MAX);
  else
    *(size_t *)into = (size_t)v;
}

static bool is_field_name(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", s.ptr[i]))
      return false;
  return s.len > 0;
}

static void read_forward(reader *r, const node *n, const char *name, void *into) {
  policy_rules *out = into;
  if (n->kind != NODE_MAP) {
    problem(r->p, "`%s` must be a map of header names to claims, such as {X-User-Email: email}",
            name);
    return;
  }
  for (size_t i = 0; i < n->entries.len; i++) {
    str claim = {0};
    at_node(r, n->entries.at[i].value);
    read_claim_name(r, n->entries.at[i].value, name, &claim);
    if (!is_field_name(n->entries.at[i].key))
      problem(r->p, "'%.*s' is no header name", STR_ARG(n->entries.at[i].key));
    bt_forward one = {text_of_str(arena_str(r->arena, n->entries.at[i].key)), text_of_str(claim)};
    list_push(r->arena, &out->forwards, one);
  }
}

enum { METADATA_MAX = 512 };

/* It is quoted in a header field: RFC 9728 section 5.1, RFC 9110 section 5.6.4. */
static void read_metadata(reader *r, const node *n, const char *name, void *into) {
  str text = {0};
  read_text(r, n, name, &text);
  bool plain = text.len <= METADATA_MAX;
  for (size_t i = 0; i < text.len; i++)
    plain &= text.ptr[i] > ' ' && text.ptr[i] < 0x7f && text.ptr[i] != '"' && text.ptr[i] != '\\';
  bool secure = str_starts(text, STR("https://")) || (text.len && is_loopback_url(r, text));
  if (text.ptr && !secure)
    problem(r->p,
            "`%s` must be an https URL, such as "
            "https://api.example.com/.well-known/oauth-protected-resource",
            name);
  else if (!plain)
    problem(r->p, "`%s` must be a URL of at most %d plain characters", name, METADATA_MAX);
  else if (text.ptr)
    *(str *)into = text;
}

static const field TOP[] = {
    {"version", read_version, 0, "write `version: 1` first"},
    {"issuers", read_issuers, 0, "whose tokens are taken"},
    {"scopes", read_scopes, 0, NULL},
    {"routes", read_routes, 0, NULL},
    {"paths", read_paths, offsetof(policy_rules, paths), NULL},
    {"method_override", read_override, offsetof(policy_rules, method_override), NULL},
    {"binding", read_binding, 0, NULL},
    {"revocation", read_revocation, offsetof(policy_rules, revocation), NULL},
    {"forward", read_forward, 0, NULL},
    {"preflight", read_flag, offsetof(policy_rules, preflight), NULL},
    {"resource_metadata", read_metadata, offsetof(policy_rules, resource_metadata), NULL},
    {"mode", read_mode, offsetof(policy_rules, mode), NULL},
    {"max_token_size", read_size, offsetof(policy_rules, token_limit), NULL},
    {"replay_memory", read_entries, offsetof(policy_rules, replay_entries), NULL},
    {0}};

/* An opaque token does not say whose it is. */
static void note_introspection(reader *r, const issuer_rule *one) {
  if (one->keys.kind != BT_KEYS_INTROSPECTION)
    return;
  r->p->line = one->keys.line;
  r->p->column = one->keys.column;
  if (r->out->introspects)
    problem(r->p, "two issuers with `introspection`: an opaque token does not say which to ask");
  r->out->introspects = true;
}

/* What several issuers share, without doubles; memory for what must be remembered. */
static void finish(reader *r) {
  policy_rules *out = r->out;
  bool remembers = out->dpop != BINDING_OFF;
  for (size_t i = 0; i < out->issuers.len; i++) {
    number_places(r, &out->issuers.at[i]);
    note_introspection(r, &out->issuers.at[i]);
    remembers |= out->issuers.at[i].replay;
  }
  if (!out->replay_entries)
    out->replay_entries = REPLAY_DEFAULT;
  if (!remembers)
    out->replay_entries = 0;
}

/* A policy that asks for a scope which no token can be granted would refuse everybody. */
static void check_route_scopes(reader *r) {
  for (size_t i = 0; i < r->out->routes.len; i++)
    for (size_t j = 0; j < r->out->routes.at[i].scopes.len; j++) {
      str scope = r->out->routes.at[i].scopes.at[j];
      bool listed = false;
      for (size_t k = 0; k < r->out->scopes.len; k++)
        listed |= str_eq(scope, r->out->scopes.at[k]);
      r->p->line = r->out->routes.at[i].line;
      r->p->column = r->out->routes.at[i].column;
      if (!listed)
        problem(
            r->p,
            "the route %.*s needs the scope '%.*s', which `scopes: {allow: [...]}` does not list",
            STR_ARG(r->out->routes.at[i].path), STR_ARG(scope));
    }
}

/* libfyaml's place stands in front of the sentence; it goes where places go. */
static bool refuse_yaml(problems *p, const error *e) {
  str rest = str_of(e->message), word;
  uint64_t line = 0, column = 0;
  if (str_starts(rest, STR("line "))) {
    str_next(&rest, ' ', &word);
    if (str_next(&rest, ',', &word))
      str_to_u64(word, &line);
    if (str_starts(rest, STR(" column "))) {
      rest = str_sub(rest, 8, rest.len);
      if (str_next(&rest, ':', &word))
        str_to_u64(word, &column);
    }
  }
  p->line = (unsigned)line;
  p->column = (unsigned)column;
  bool twice = str_starts(str_trim(rest), STR("duplicate key"));
  return problem(p, "%.*s%s", STR_ARG(str_trim(rest)), twice ? ": keep one of the two" : "");
}

bool policy_file_read(arena *a, const char *path, str *text, const char **directory, error *e) {
  const char *slash = strrchr(path, '/');
  *directory =
      slash ? arena_text(a, str_from(path, slash == path ? 1 : (size_t)(slash - path))) : ".";
  return file_read(a, path, POLICY_FILE_MAX, text, e);
}

bool policy_read(arena *a, str text, const char *name, const char *directory, policy_rules *out,
                 problems *p) {
  error e = {0};
  reader r = {.arena = a, .p = p, .directory = directory, .out = out};
  *out = (policy_rules){.token_limit = TOKEN_LIMIT, .dpop_max_age = 60, .nonce_life = 300};
  out->name = arena_str(a, str_of(name));
  p->file = out->name.ptr;
  const node *top = yaml_parse(a, text, &e);
  if (!top)
    return refuse_yaml(p, &e);
  size_t before = p->errors;
  read_map(&r, top, "the policy", TOP, out);
  if (p->errors == before)
    check_route_scopes(&r);
  finish(&r);
  return p->errors == before;
}

bool bt_policy_files(const char *path, void (*each)(const char *file, void *context),
                     void *context) {
  arena *a = arena_new();
  problems quiet = {.tell = NULL};
  policy_rules rules;
  error e = {0};
  const char *directory;
  str text;
  bool ok = policy_file_read(a, path, &text, &directory, &e);
  if (ok) {
    policy_read(a, text, path, directory, &rules, &quiet);
    for (size_t i = 0; i < rules.files.len; i++)
      each(rules.files.at[i].ptr, context);
    OPENSSL_cleanse(rules.nonce_key, sizeof rules.nonce_key);
  }
  arena_free(a);
  return ok;
}
