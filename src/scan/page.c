/* What the catalogue tells about a check, for people: `batten checks ID` and docs/checks/ID.md. */
#include "scan/check.h"

static const char DECIDES[] =
    "A token that must be refused is answered like the good token and unlike every refusal "
    "(status, then structure of the body with changing values masked, then size), twice, with the "
    "good token confirmed still good in between; and the control, which differs only in what is "
    "under test, is refused.";

static const char LOOKS[] =
    "What stands in the token, key or answer itself; nothing forged is needed to decide it.";

static const char GUARD[] = "load_module modules/ngx_http_batten_module.so;   # main\n"
                            "batten_policy /etc/batten/policy.yaml;          # http\n"
                            "location /api/ {\n  batten on;\n  proxy_pass http://app;\n}";

static const char POLICY[] = "version: 1\n"
                             "issuers:\n"
                             "  - issuer: " PLACEHOLDER_ISSUER "\n"
                             "    algorithms: [RS256]\n"
                             "    audiences: [" PLACEHOLDER_AUDIENCE "]\n"
                             "    keys: {file: issuer.jwks}\n"
                             "    max_lifetime: 1h\n"
                             "    leeway: 30s\n"
                             "    required: [sub]\n"
                             "mode: enforce";

static const char ROUTES[] = "scopes: {claim: scopes, allow: [read:data, admin:read]}\n"
                             "routes:\n"
                             "  - {path: /api/admin/**, methods: [GET], scopes: [admin:read]}\n"
                             "  - {path: /api/**, methods: [GET], scopes: [read:data]}";

/* What nginx and a policy can do about a category, where a row says nothing better. */
static const struct {
  const char *nginx, *policy;
} DEFAULTS[CATEGORY_COUNT] = {
    [CATEGORY_AUTHENTICATION] = {GUARD, POLICY},
    [CATEGORY_FUNCTION_AUTHORIZATION] =
        {"location /api/admin/ {\n  batten on;\n  batten_scope admin:read;\n}", ROUTES},
    [CATEGORY_RATE_LIMITING] =
        {"limit_req_zone $batten_sub zone=api:10m rate=10r/s;\n"
         "location /api/ {\n  limit_req zone=api burst=20 nodelay;\n  limit_req_status 429;\n}",
         NULL},
    [CATEGORY_INVENTORY] =
        {"location ~ ^/(docs|swagger|metrics|rails/info|\\.git|\\.env) {\n  return 404;\n}",
         ROUTES},
    [CATEGORY_ENCRYPTION] =
        {"ssl_protocols TLSv1.2 TLSv1.3;\nssl_prefer_server_ciphers off;\n"
         "add_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always;",
         NULL},
    [CATEGORY_DATA_EXPOSURE] = {"server_tokens off;\nproxy_hide_header X-Powered-By;\n"
                                "add_header Cache-Control \"no-store\" always;",
                                NULL},
};

/* How judges of a category can be wrong, where a row says nothing closer. */
static const char *const WRONG[CATEGORY_COUNT] = {
    [CATEGORY_AUTHENTICATION] = "A gateway in front may answer for the API: a refusal then says "
                                "nothing about the code behind it.",
    [CATEGORY_OBJECT_AUTHORIZATION] =
        "An object that both identities may see on purpose looks like a leak; an id that could not "
        "be learned from answers is not tried.",
    [CATEGORY_FUNCTION_AUTHORIZATION] = "A path with an administrative name may be meant for "
                                        "everybody; one with a harmless name is not tried.",
    [CATEGORY_PROPERTY_AUTHORIZATION] =
        "Names and shapes of fields decide: a harmless field with a telling name is found, a "
        "secret one with a harmless name is not.",
    [CATEGORY_INPUT_VALIDATION] =
        "A proxy in front may add or remove headers and errors that clients would see otherwise.",
    [CATEGORY_RATE_LIMITING] = "A handful of requests from one address shows no limit that is "
                               "higher, counts by the day, or exempts this network.",
    [CATEGORY_DATA_EXPOSURE] = "Patterns and checksums decide: test data that looks real is found, "
                               "real data in another shape is not.",
    [CATEGORY_ENCRYPTION] =
        "What was reached decides: a proxy that ends TLS elsewhere is not seen.",
    [CATEGORY_SSRF] = "Silence means nothing while the target cannot reach the canary; a fetch "
                      "that happens later is not seen.",
    [CATEGORY_INVENTORY] =
        "A page that answers at a known path may be public on purpose; other paths are not tried.",
    [CATEGORY_UNSAFE_CONSUMPTION] =
        "What the API does with others' answers is seen only where it shows in its own.",
    [CATEGORY_LLM] = "Models answer differently each time: what was seen once is asked again, and "
                     "silence proves little.",
    [CATEGORY_RUNTIME_EXPOSURE] =
        "What the answer tells about the runtime may be out of date, or made up by the server.",
};

static str or_empty(const char *text) {
  return text ? str_of(text) : STR("");
}

check_info scan_check_info(arena *a, size_t i) {
  const check *c = check_at(i);
  (void)a;
  if (!c)
    return (check_info){0};
  bool looks = c->passive && c->judge && !c->plan;
  return (check_info){.id = str_of(c->id),
                      .category = c->category,
                      .severity = c->severity,
                      .title = str_of(c->title),
                      .description = str_of(c->description),
                      .fix = str_of(c->fix),
                      .needs = or_empty(c->needs),
                      .sent = or_empty(c->sent),
                      .references = str_of(c->references),
                      .decides = str_of(c->decides ? c->decides
                                        : looks    ? LOOKS
                                                   : DECIDES),
                      .wrong = or_empty(c->wrong ? c->wrong : WRONG[c->category]),
                      .rails = or_empty(c->rails),
                      .nginx = or_empty(c->nginx ? c->nginx : DEFAULTS[c->category].nginx),
                      .policy = or_empty(DEFAULTS[c->category].policy)};
}

/* "T, K (HS*)" as words. */
static str needs_text(arena *a, str needs) {
  static const struct {
    const char *letter, *meaning;
  } meanings[] = {{"T", "a good token (`--token`)"},
                  {"P", "the public key (`--public-key`, discovered or derived)"},
                  {"K", "the signing key (`--signing-key`) or the named spare token"},
                  {"C", "the canary"},
                  {"S", "an API description (`--spec`)"},
                  {"W", "`--allow-writes`"},
                  {"2", "two identities (`--as`)"}};

  buf b = {.arena = a};
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
    if (str_contains(needs, str_of(meanings[i].letter)))
      buf_printf(&b, "%s%s", b.len ? "; " : "", meanings[i].meaning);
  return b.len ? buf_str(&b) : needs.len ? needs : STR("nothing");
}

static void section(buf *b, const char *title, str text) {
  if (text.len)
    buf_printf(b, "\n## %s\n\n%.*s\n", title, STR_ARG(text));
}

static void code(buf *b, const char *title, const char *language, str text) {
  if (text.len)
    buf_printf(b, "\n### %s\n\n```%s\n%.*s\n```\n", title, language, STR_ARG(text));
}

static str references_text(arena *a, str short_form) {
  reference_set set = {0};
  buf b = {.arena = a};
  references_read(a, arena_text(a, short_form), &set);
  const str_list *lists[] = {&set.owasp_api, &set.rfc, &set.cve, &set.other};
  for (size_t i = 0; i < set.cwe.len; i++)
    buf_printf(&b, "%s[CWE-%d](https://cwe.mitre.org/data/definitions/%d.html)", b.len ? ", " : "",
               set.cwe.at[i], set.cwe.at[i]);
  for (size_t l = 0; l < 4; l++)
    for (size_t i = 0; i < lists[l]->len; i++)
      buf_printf(&b, "%s%.*s", b.len ? ", " : "", STR_ARG(lists[l]->at[i]));
  return buf_str(&b);
}

str scan_check_page(arena *a, size_t i) {
  check_info c = scan_check_info(a, i);
  buf b = {.arena = a};
  buf_printf(&b, "# %.*s\n\n**%.*s.** Severity of a confirmed finding: %s. Category: %s.\n\n%.*s\n",
             STR_ARG(c.id), STR_ARG(c.title), severity_name(c.severity), category_name(c.category),
             STR_ARG(c.description));
  section(&b, "What is sent",
          arena_printf(a, "%.*s.\n\nNeeds: %.*s.",
                       STR_ARG(c.sent.len ? c.sent : STR("nothing of its own")),
                       STR_ARG(needs_text(a, c.needs))));
  section(&b, "What decides", c.decides);
  section(&b, "How it can be wrong", c.wrong);
  section(&b, "How to fix it", c.fix);
  code(&b, "Rails", "ruby", c.rails);
  code(&b, "nginx", "nginx", c.nginx);
  if (c.policy.len)
    code(&b, "batten policy", "yaml", c.policy);
  else
    buf_put(&b, STR("\n### batten policy\n\nA policy judges tokens and routes; this is fixed where "
                    "the answer is made.\n"));
  section(&b, "References", references_text(a, c.references));
  buf_put(&b, STR("\nThis page is printed from the catalogue by `tools/docs`; the index is "
                  "[checks.md](../checks.md).\n"));
  return buf_str(&b);
}
