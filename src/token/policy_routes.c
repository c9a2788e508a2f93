/* Routes and bindings of a policy file. */
#include "token/policy_read.h"
#include "token/reading.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static bool is_method(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] < 'A' || s.ptr[i] > 'Z')
      return false;
  return s.len > 0;
}

static const field ROUTE[] = {
    {"path", read_text, offsetof(bt_route, path), "the path or pattern, such as /api/**"},
    {"methods", read_texts, offsetof(bt_route, methods), NULL},
    {"hosts", read_texts, offsetof(bt_route, hosts), NULL},
    {"scopes", read_texts, offsetof(bt_route, scopes), NULL},
    {"public", read_flag, offsetof(bt_route, is_public), NULL},
    {"optional", read_flag, offsetof(bt_route, optional), NULL},
    {0}};

static void check_route(reader *r, const bt_route *one) {
  if (one->path.ptr[0] != '/')
    problem(r->p, "the path '%.*s' must begin with '/': * matches within a segment, ** across",
            STR_ARG(one->path));
  for (size_t i = 0; i < one->methods.len; i++)
    if (!is_method(one->methods.at[i]))
      problem(r->p, "the method '%.*s' must be in capitals, such as GET",
              STR_ARG(one->methods.at[i]));
  if (one->is_public && one->scopes.len)
    problem(r->p, "a public route asks for no token, so it can ask for no scope: drop one");
  if (one->optional && one->scopes.len)
    problem(r->p, "an optional route lets in who has no token, so scopes would keep out only who "
                  "shows one: drop one");
  if (one->optional && one->is_public)
    problem(r->p, "a public route looks at no token, an optional one at that which is there: drop "
                  "one");
}

static str in_lower_case(arena *a, str s) {
  char *out = arena_text(a, s);
  for (size_t i = 0; i < s.len; i++)
    if (out[i] >= 'A' && out[i] <= 'Z')
      out[i] = (char)(out[i] | 32);
  return str_from(out, s.len);
}

/* As host_name reads the requests': without the root's dot. */
static void check_hosts(reader *r, bt_route *one) {
  for (size_t i = 0; i < one->hosts.len; i++) {
    str *host = &one->hosts.at[i], name;
    if (!host_name(*host, &name))
      problem(r->p, "the host '%.*s' is none: write a name, such as api.example", STR_ARG(*host));
    else if (str_ends(*host, STR(".")))
      *host = name;
  }
}

/* Made ready for comparing. */
static void finish_route(reader *r, bt_route *one) {
  size_t below = one->path.len - 3;
  one->folded = in_lower_case(r->arena, one->path);
  if (one->path.len > 3 && str_ends(one->path, STR("/**")))
    one->mount = str_sub(one->path, 0, below);
  one->folded_mount = one->mount.ptr ? str_sub(one->folded, 0, below) : one->mount;
  check_hosts(r, one);
  r->out->capitals |= !str_eq(one->path, one->folded);
  r->out->hosts_named |= one->hosts.len > 0;
}

void read_routes(reader *r, const node *n, const char *name, void *into) {
  policy_rules *out = into;
  if (n->kind != NODE_LIST || !n->items.len) {
    problem(r->p, "`%s` must be a list of routes, such as - {path: /api/**, methods: [GET]}", name);
    return;
  }
  for (size_t i = 0; i < n->items.len; i++) {
    bt_route one = {.line = n->items.at[i]->line, .column = n->items.at[i]->column};
    if (read_map(r, n->items.at[i], "a route", ROUTE, &one) && at_node(r, n->items.at[i])) {
      check_route(r, &one);
      finish_route(r, &one);
    }
    list_push(r->arena, &out->routes, one);
  }
}

/* ---- how paths and methods are read -----------------------------------------------------------
 */

static void read_allowed_kinds(reader *r, const node *n, const char *name, void *into) {
  unsigned *out = into;
  str_list names = {0};
  const char *known[BT_PATH_LAST_ALLOWABLE + 1] = {0};
  buf all = {.arena = r->arena};
  for (int i = 0; i < BT_PATH_LAST_ALLOWABLE; i++) {
    known[i] = bt_path_fault_name((bt_path_fault)(i + 1));
    buf_printf(&all, "%s%s", i ? ", " : "", known[i]);
  }
  read_texts(r, n, name, &names);
  for (size_t i = 0; i < names.len; i++) {
    bt_path_fault kind = path_fault_of(names.at[i]);
    const char *near = nearest_name(names.at[i], known);
    *out |= kind == BT_PATH_FINE ? 0 : path_bit(kind);
    if (kind == BT_PATH_FINE && at_node(r, n->items.at[i]))
      problem(r->p, "`%s` cannot hold '%.*s'%s%s%s; it may hold: %s", name, STR_ARG(names.at[i]),
              near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "",
              buf_str(&all).ptr);
  }
}

static void read_case(reader *r, const node *n, const char *name, void *into) {
  static const char *const words[] = {"sensitive", "insensitive", NULL};
  static const letter_case means[] = {CASE_SENSITIVE, CASE_INSENSITIVE};
  int word = 0;
  if (read_word_of(r, n, name, words, &word))
    *(letter_case *)into = means[word];
}

void read_paths(reader *r, const node *n, const char *name, void *into) {
  static const field fields[] = {{"allow", read_allowed_kinds, offsetof(path_rules, allowed), NULL},
                                 {"case", read_case, offsetof(path_rules, letters), NULL},
                                 {0}};
  (void)name;
  read_map(r, n, "`paths`", fields, into);
}

void read_override(reader *r, const node *n, const char *name, void *into) {
  static const char *const words[] = {"refuse", "none", "body", NULL};
  int word = 0;
  if (read_word_of(r, n, name, words, &word))
    *(bt_override *)into = (bt_override)word;
}

/* ---- binding --------------------------------------------------------------------------------- */

/* YAML 1.1 reads the word off as false, and who turns a policy into JSON by it writes that. */
static bool is_off(const node *n) {
  return (n->kind == NODE_BOOL && !node_bool(n, true)) || str_eq(node_text(n), STR("off"));
}

static void read_binding_mode(reader *r, const node *n, const char *name, void *into) {
  static const char *const words[] = {"when_bound", "off", "required", NULL};
  int mode = 0;
  if (is_off(n))
    *(binding_mode *)into = BINDING_OFF;
  else if (read_word_of(r, n, name, words, &mode))
    *(binding_mode *)into = (binding_mode)mode;
}

static void read_age(reader *r, const node *n, const char *name, void *into) {
  double seconds = 0;
  read_duration(r, n, name, &seconds);
  if (seconds < 1 || seconds > 300)
    problem(r->p, "`%s` must be from 1s to 300s", name);
  else
    *(double *)into = seconds;
}

static void read_origin(reader *r, const node *n, const char *name, void *into) {
  str text = {0};
  url u;
  error e = {0};
  read_text(r, n, name, &text);
  if (!text.ptr)
    return;
  if (!url_parse(r->arena, text, &u, &e) || !str_eq(u.path, STR("/")) || u.query.ptr)
    problem(r->p, "`%s` must be scheme and host alone, such as https://api.example.com", name);
  else
    *(str *)into = url_origin(r->arena, &u);
}

/* Who reads it keeps only what is made of it, so that no other use of the file can give it away. */
static void read_nonce_key(reader *r, const node *n, const char *name, void *into) {
  policy_rules *out = into;
  str path = {0}, bytes = {0};
  error e = {0};
  unsigned char mac[64];
  read_path(r, n, name, &path);
  if (!path.ptr)
    return;
  bool ok = file_read(r->arena, path.ptr, 64 * 1024, &bytes, &e) || problem(r->p, "%s", e.message);
  if (ok && bytes.len < NONCE_KEY)
    ok = problem(r->p, "%s holds less than %d bytes: head -c 32 /dev/urandom makes them", path.ptr,
                 NONCE_KEY);
  ok = ok && check_private(path.ptr, r->p);
  hmac_key *k = ok ? hmac_key_new(bytes) : NULL;
  if (k)
    hmac_sign(k, 256, STR("batten dpop_nonce_key"), mac);
  if (k)
    memcpy(out->nonce_key, mac, NONCE_KEY);
  out->has_nonce_key = k != NULL;
  hmac_key_free(k);
  if (bytes.len)
    OPENSSL_cleanse((void *)(uintptr_t)bytes.ptr, bytes.len);
  OPENSSL_cleanse(mac, sizeof mac);
}

/* A fact: text, {env: NAME}, or {file: PATH} as the downward API mounts it. */
static str fact_value(reader *r, const node *n) {
  str out = {0}, env = {0}, path = {0};
  static const field fields[] = {
      {"env", read_text, 0, NULL}, {"file", read_path, sizeof(str), NULL}, {0}};
  str pair[2] = {{0}, {0}};
  error e = {0};
  if (n->kind != NODE_MAP) {
    read_text(r, n, "a workload fact", &out);
    return out;
  }
  if (!read_map(r, n, "a workload fact", fields, pair))
    return out;
  env = pair[0];
  path = pair[1];
  at_node(r, n);
  if (!env.ptr == !path.ptr)
    return problem(r->p, "a workload fact is text, {env: NAME} or {file: PATH}"), out;
  if (env.ptr) {
    const char *value = getenv(env.ptr);
    if (!value || !*value)
      problem(r->p, "the environment variable %s is not set", env.ptr);
    return value ? arena_str(r->arena, str_of(value)) : out;
  }
  if (!file_read(r->arena, path.ptr, 4096, &out, &e))
    problem(r->p, "%s", e.message);
  out = str_trim(out);
  if (!out.len)
    problem(r->p, "%s is empty", path.ptr);
  return out;
}

/* rule 20: KEP-1205 and KEP-4193: where each fact stands in the `kubernetes.io` claim */
static const struct {
  const char *name, *path;
} FACTS[] = {{"namespace", "namespace"},
             {"service_account", "serviceaccount.name"},
             {"service_account_uid", "serviceaccount.uid"},
             {"pod", "pod.name"},
             {"pod_uid", "pod.uid"},
             {"node", "node.name"},
             {"node_uid", "node.uid"}};

static void read_fact(reader *r, const node *n, const char *name, void *into) {
  policy_rules *out = into;
  for (size_t i = 0; i < sizeof FACTS / sizeof *FACTS; i++)
    if (strcmp(name, FACTS[i].name) == 0) {
      workload_fact one = {str_of(FACTS[i].path), fact_value(r, n)};
      list_push(r->arena, &out->workload, one);
    }
}

static void read_kubernetes(reader *r, const node *n, const char *name, void *into) {
  static const field fields[] = {
      {"namespace", read_fact, 0,
       "such as {file: /var/run/secrets/kubernetes.io/serviceaccount/namespace}"},
      {"service_account", read_fact, 0, "the service account's name"},
      {"service_account_uid", read_fact, 0, NULL},
      {"pod", read_fact, 0, NULL},
      {"pod_uid", read_fact, 0, NULL},
      {"node", read_fact, 0, NULL},
      {"node_uid", read_fact, 0, NULL},
      {0}};
  (void)name;
  read_map(r, n, "`kubernetes`", fields, into);
}

static void read_workload(reader *r, const node *n, const char *name, void *into) {
  static const field fields[] = {
      {"kubernetes", read_kubernetes, 0, "the facts that the token must hold"}, {0}};
  if (is_off(n))
    return;
  if (n->kind != NODE_MAP)
    problem(
        r->p,
        "`%s` must be off, or {kubernetes: {namespace: ..., service_account: ..., pod_uid: ...}}",
        name);
  else
    read_map(r, n, "`workload`", fields, into);
}

void read_binding(reader *r, const node *n, const char *name, void *into) {
  static const field fields[] = {
      {"mtls", read_binding_mode, offsetof(policy_rules, mtls), NULL},
      {"dpop", read_binding_mode, offsetof(policy_rules, dpop), NULL},
      {"dpop_origin", read_origin, offsetof(policy_rules, dpop_origin), NULL},
      {"dpop_max_age", read_age, offsetof(policy_rules, dpop_max_age), NULL},
      {"dpop_nonce", read_flag, offsetof(policy_rules, nonces), NULL},
      {"dpop_nonce_life", read_age, offsetof(policy_rules, nonce_life), NULL},
      {"dpop_nonce_key", read_nonce_key, 0, NULL},
      {"workload", read_workload, 0, NULL},
      {0}};
  const policy_rules *out = into;
  (void)name;
  if (!read_map(r, n, "`binding`", fields, into))
    return;
  const node *nonce = node_get(n, "dpop_nonce"), *from = node_get(n, "dpop_nonce_key");
  if (out->nonces && out->dpop == BINDING_OFF && at_node(r, nonce))
    problem(r->p, "`dpop_nonce` asks for nothing where `dpop` is off");
  if (from && !out->nonces && at_node(r, from))
    problem(r->p, "`dpop_nonce_key` asks for nothing without `dpop_nonce: true`");
}
