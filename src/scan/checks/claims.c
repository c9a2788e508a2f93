/* What becomes of a claim: a URL, a path, a command, a statement, a privilege? Only tokens signed
 * with the owner's key reach that far. Nothing is executed and no file is read that the good claim
 * does not name already. */
#include "scan/checks/checks.h"

/* ---- the claims worth trying ----------------------------------------------------------------- */

enum { CLAIMS_MAX = 12, VALUE_MAX = 200 };

/* Claims that the verifier itself reads: changing them is a matter of the rules. */
static bool is_verifiers(str name) {
  static const char *const names[] = {"iss", "aud",     "jti",    "nonce", "typ",
                                      "azp", "at_hash", "c_hash", "sid",   "token_use"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_eq(name, str_of(names[i])))
      return true;
  return false;
}

typedef struct {
  str name, value;
} string_claim;

typedef LIST(string_claim) string_claims;

static string_claims claims_to_try(const subject *s) {
  string_claims out = {0};
  for (size_t i = 0; i < s->token.claims.len && out.len < CLAIMS_MAX; i++) {
    string_claim c = {.name = s->token.claims.at[i].name};
    if (is_verifiers(c.name) || !json_unquote(s->arena, s->token.claims.at[i].value, &c.value))
      continue;
    if (c.value.len && c.value.len <= VALUE_MAX)
      list_push(s->arena, &out, c);
  }
  return out;
}

/* Where the answer repeats the value sent, it counts as the good one. */
static probe *plan_value(plan *p, probe_role role, const string_claim *c, str value,
                         const char *what) {
  const subject *s = p->subject;
  recipe r = recipe_owner(s);
  members claims = members_copy(p->arena, &s->token.claims);
  members_set_str(p->arena, &claims, c->name, value);
  probe *out = plan_mint(p, role, &r, &claims, "claim %.*s: %s (%.*s)", STR_ARG(c->name), what,
                         STR_ARG(value));
  if (!out)
    return NULL;
  out->echo = value;
  out->meant = c->value;
  return out;
}

static str skip_claims(const subject *s) {
  str reason = skip_without_key(s);
  if (reason.ptr)
    return reason;
  return claims_to_try(s).len
             ? (str){0}
             : STR("does not apply: the good token carries no claim of its own that is a string");
}

/* ---- claim-*-semantics: one table of spellings for each language ----------------------------- */

enum { SPELLINGS_MAX = 10 };

/* A value written otherwise. `$` stands for the good value. */
typedef struct {
  const char *text;
  const char *what;
} spelling;

typedef struct {
  spelling rows[SPELLINGS_MAX];
} spelling_table;

static str spell(arena *a, const char *text, str value) {
  buf b = {.arena = a};
  for (; *text; text++)
    if (*text == '$')
      buf_put(&b, value);
    else
      buf_char(&b, *text);
  return buf_str(&b);
}

static size_t spelling_count(const spelling_table *t) {
  size_t n = 0;
  while (n < SPELLINGS_MAX && t->rows[n].text)
    n++;
  return n;
}

static void plan_spellings(plan *p, const spelling_table *t) {
  string_claims claims = claims_to_try(p->subject);
  for (size_t c = 0; c < claims.len; c++)
    for (size_t i = 0; i < spelling_count(t); i++)
      plan_value(p, ROLE_ATTACK, &claims.at[c],
                 spell(p->arena, t->rows[i].text, claims.at[c].value), t->rows[i].what);
}

typedef enum { SAME, OTHER, UNKNOWN } effect;

static effect effect_of(const subject *s, const probe *p) {
  verdict v = probe_verdict(s, p);
  return v == VERDICT_ACCEPTED ? SAME : v == VERDICT_UNDECIDED ? UNKNOWN : OTHER;
}

/* Judges claim by claim with the language's own rule over the effects, in the table's order. */
static void judge_spellings(const subject *s, const probe_list *probes, outcome *out,
                            const spelling_table *t, bool (*rule)(const effect *e, confidence *c)) {
  size_t per_claim = spelling_count(t);
  string_claims claims = claims_to_try(s);
  bool unknown = false;
  for (size_t c = 0; c < claims.len && (c + 1) * per_claim <= probes->len; c++) {
    effect e[SPELLINGS_MAX];
    confidence found = CONFIDENCE_CONFIRMED;
    for (size_t i = 0; i < per_claim; i++) {
      e[i] = effect_of(s, probes->at[c * per_claim + i]);
      unknown |= e[i] == UNKNOWN;
    }
    if (!rule(e, &found) || out->kind == OUTCOME_FOUND)
      continue;
    out->kind = OUTCOME_FOUND;
    out->confidence = found;
    out->parameter = claims.at[c].name;
    out->detail = arena_printf(s->arena, "The claim is '%.*s'.", STR_ARG(claims.at[c].name));
    for (size_t i = 0; i < per_claim; i++) {
      outcome_prove(s, out, probes->at[c * per_claim + i]);
      list_push(s->arena, &out->confirm, probes->at[c * per_claim + i]);
    }
  }
  if (unknown && out->kind != OUTCOME_FOUND)
    outcome_not_tested(s, out, "the probes got no answer that decides");
}

/* ---- paths ----------------------------------------------------------------------------------- */

static const spelling_table PATH = {{{"./$", "the same path, written otherwise"},
                                     {"$q", "another value"},
                                     {"$''", "another value with quotes"},
                                     {"batten/../$", "the same path through a directory"},
                                     {"$/", "the value as a directory"}}};

static bool path_rule(const effect *e, confidence *c) {
  (void)c;
  return e[0] == SAME && e[1] == OTHER && e[2] == OTHER;
}

static void plan_path(plan *p) {
  plan_spellings(p, &PATH);
}

static void judge_path(const subject *s, const probe_list *probes, outcome *out) {
  judge_spellings(s, probes, out, &PATH, path_rule);
}

/* ---- shells ---------------------------------------------------------------------------------- */

static const spelling_table SHELL = {{{"$''", "followed by an empty quoted word"},
                                      {"$\"\"", "followed by an empty double-quoted word"},
                                      {"$'", "an open quote"},
                                      {"$\"", "an open double quote"},
                                      {"$q", "another value"}}};

/* Bare in the command both empty words vanish; within quotes only those of that kind do, and the
 * other kind stays. */
static bool shell_rule(const effect *e, confidence *c) {
  bool single = e[0] == SAME && e[2] == OTHER, twice = e[1] == SAME && e[3] == OTHER;
  if (e[4] != OTHER)
    return false;
  if (!(single && twice))
    *c = CONFIDENCE_FIRM;
  return (single && twice) || (single && e[1] == OTHER) || (twice && e[0] == OTHER);
}

static void plan_shell(plan *p) {
  plan_spellings(p, &SHELL);
}

static void judge_shell(const subject *s, const probe_list *probes, outcome *out) {
  judge_spellings(s, probes, out, &SHELL, shell_rule);
}

/* ---- SQL ------------------------------------------------------------------------------------- */

static const spelling_table SQL = {{{"$'||'", "with an empty string joined on"},
                                    {"$' '", "with an empty string beside it"},
                                    {"$''", "a doubled quote"},
                                    {"$'", "an open quote"},
                                    {"$||", "the joining alone"},
                                    {"$q", "another value"}}};

static bool sql_rule(const effect *e, confidence *c) {
  if (e[0] != SAME)
    *c = CONFIDENCE_FIRM;
  return (e[0] == SAME || e[1] == SAME) && e[2] == OTHER && e[3] == OTHER && e[4] == OTHER &&
         e[5] == OTHER;
}

static void plan_sql(plan *p) {
  plan_spellings(p, &SQL);
}

static void judge_sql(const subject *s, const probe_list *probes, outcome *out) {
  judge_spellings(s, probes, out, &SQL, sql_rule);
}

/* ---- URLs ------------------------------------------------------------------------------------ */

static str skip_url(const subject *s) {
  str reason = skip_without_canary(s);
  return reason.ptr ? reason : skip_claims(s);
}

static void plan_url(plan *p) {
  string_claims claims = claims_to_try(p->subject);
  for (size_t i = 0; i < claims.len; i++) {
    canary *c = p->subject->canary;
    str at = c ? canary_publish(c, p->arena, STR("/claim"), STR("text/plain"), STR("batten\n"))
               : STR("http://127.0.0.1/replayed/claim");
    probe *out = plan_value(p, ROLE_ATTACK, &claims.at[i], at, "the canary's URL");
    if (out)
      out->canary_url = at;
  }
}

static void judge_url(const subject *s, const probe_list *probes, outcome *out) {
  string_claims claims = claims_to_try(s);
  out->needs_reach = true;
  for (size_t i = 0; i < probes->len && i < claims.len; i++) {
    if (!probes->at[i]->canary_hits)
      continue;
    out->kind = OUTCOME_FOUND;
    out->parameter = claims.at[i].name;
    out->detail = arena_printf(s->arena, "The claim is '%.*s'.", STR_ARG(claims.at[i].name));
    outcome_prove(s, out, probes->at[i]);
  }
}

/* ---- privilege ------------------------------------------------------------------------------- */

static str skip_privilege(const subject *s) {
  if (!s->has_token)
    return STR("needs --token");
  if (s->state != STATE_REFUSED)
    return STR("does not apply: the good token is not refused here, so nothing can be gained");
  return skip_without_key(s);
}

static void set_raised(arena *a, members *claims, const char *name, str json) {
  const member *had = members_get(claims, str_of(name));
  str text;
  str_list items = {0};
  bool list = json.ptr[0] == '[', had_list = had && had->value.ptr[0] == '[';
  if (had && had->value.ptr[0] == '"' && list &&
      json_array_items(a, json, &items)) { /* "a b" where that is the custom here */
    buf b = {.arena = a};
    for (size_t i = 0; i < items.len; i++)
      if (json_unquote(a, items.at[i], &text))
        buf_printf(&b, "%s%.*s", b.len ? " " : "", STR_ARG(text));
    json = json_quote(a, buf_str(&b));
  } else if (had_list && json.ptr[0] == '"') {
    json = arena_printf(a, "[%.*s]", STR_ARG(json));
  }
  members_set(a, claims, str_of(name), json);
}

/* The scopes that the refusal or the description asks for, beside the usual ones, as a JSON list.
 */
static str wanted_scopes(const subject *s) {
  arena *a = s->arena;
  const http_response *r = s->good ? probe_response(s->good) : NULL;
  str challenge = r ? http_header_get(&r->headers, STR("www-authenticate")) : STR(""), scope;
  size_t from = str_find(challenge, STR("scope=\""), 0);
  buf b = {.arena = a};
  buf_put(&b, STR("[\"admin\",\"admin:*\",\"admin:read\",\"admin:write\""));
  str asked = from == SIZE_MAX
                  ? (str){0}
                  : str_sub(challenge, from + 7, str_find(challenge, STR("\""), from + 7));
  while (str_next(&asked, ' ', &scope))
    if (scope.len)
      buf_printf(&b, ",%.*s", STR_ARG(json_quote(a, scope)));
  for (size_t i = 0; s->operation->about && i < s->operation->about->scopes.len; i++)
    buf_printf(&b, ",%.*s", STR_ARG(json_quote(a, s->operation->about->scopes.at[i])));
  buf_char(&b, ']');
  return buf_str(&b);
}

static void plan_privilege(plan *p) {
  static const struct {
    const char *name, *json; /* NULL: the scopes wanted here */
  } raised[] = {{"role", "\"admin\""},
                {"roles", "[\"admin\"]"},
                {"admin", "true"},
                {"is_admin", "true"},
                {"scope", NULL},
                {"scopes", NULL},
                {"groups", "[\"admin\",\"admins\",\"administrators\"]"},
                {"permissions", "[\"admin\",\"*\"]"},
                {"system_container_role", "\"admin\""},
                {"host_mount_access", "true"}};

  const subject *s = p->subject;
  recipe r = recipe_owner(s);
  str scopes = wanted_scopes(s);
  members everything = members_copy(p->arena, &s->token.claims);
  for (size_t i = 0; i < sizeof raised / sizeof *raised; i++) {
    members claims = members_copy(p->arena, &s->token.claims);
    bool spaced = strcmp(raised[i].name, "scope") == 0 &&
                  !members_get(&claims, STR("scope")); /* RFC 8693 4.2: one string */
    if (spaced)
      members_set_str(p->arena, &claims, STR("scope"), STR(""));
    str json = raised[i].json ? str_of(raised[i].json) : scopes;
    set_raised(p->arena, &claims, raised[i].name, json);
    members_set(p->arena, &everything, str_of(raised[i].name),
                members_get(&claims, str_of(raised[i].name))->value);
    plan_mint(p, ROLE_ATTACK, &r, &claims, "claim %s raised to %.*s", raised[i].name,
              STR_ARG(members_get(&claims, str_of(raised[i].name))->value));
  }
  plan_mint(p, ROLE_ATTACK, &r, &everything, "all of these claims raised at once");
}

/* There is no good answer here to be like: what counts is that the refusal of the good token is
 * gone, each time. */
static bool gained(const probe *p) {
  bool all = p->answers && p->answers->tries.len;
  for (size_t i = 0; all && i < p->answers->tries.len; i++)
    all = !answer_is_refusal(&p->answers->tries.at[i].response);
  return all;
}

static void judge_privilege(const subject *s, const probe_list *probes, outcome *out) {
  for (size_t i = 0; i < probes->len; i++) {
    if (!gained(probes->at[i]))
      continue;
    out->kind = OUTCOME_FOUND;
    outcome_prove(s, out, probes->at[i]);
    if (out->confirm.len < 2)
      list_push(s->arena, &out->confirm, probes->at[i]);
  }
  if (out->kind == OUTCOME_FOUND)
    outcome_prove(s, out, s->good);
}

#define CLAIM(ID, SEVERITY_, SKIP, PLAN, JUDGE)                                     \
  .id = ID, .category = CATEGORY_AUTHENTICATION, .severity = SEVERITY_, .phase = 1, \
  .claims_level = true, .skip = SKIP, .plan = PLAN, .judge = JUDGE

const check CHECKS_CLAIMS[] = {
    {CLAIM("claim-url-fetched", SEVERITY_HIGH, skip_url, plan_url, judge_url), .needs = "K, C",
     .wrong = "Silence means nothing while the target cannot reach the canary. A fetch that "
              "happens hours later, in a job, is not seen.",
     .title = "A claim is fetched as a URL",
     .description = "Who can sign or forge a token makes the server send requests: to the metadata "
                    "service, to the kubelet, to internal APIs.",
     .sent = "each string claim with the canary's URL",
     .fix = "Never fetch what a token names. Where it must be, allow single hosts by name, resolve "
            "once, and refuse private, loopback and link-local addresses.",
     .rails = "Batten::SafeFetch.get(url, hosts: %w[images.example.com])",
     .references = "API7 CWE-918"},
    {CLAIM("claim-path-semantics", SEVERITY_HIGH, skip_claims, plan_path, judge_path), .needs = "K",
     .wrong = "A server that normalises names before a lookup in a table behaves like a file "
              "system; the controls make that rare, not impossible. A claim that is read only on "
              "another operation is not seen.",
     .title = "A claim is used as a file path",
     .description = "'./x' opens what 'x' opens and nothing else does: the claim reaches the file "
                    "system, where '../' leads to the mounted service-account token.",
     .sent = "x, ./x, y/../x, x/; controls: xq and x'' ",
     .fix = "Look the claim up in a finite list of names, and open beneath one directory only.",
     .rails = "name = REPORTS.fetch(claims['report']) # a constant "
              "Hash\nBatten::SafeFile.read(REPORT_DIR, name)",
     .references = "API8 CWE-22 CWE-73"},
    {CLAIM("claim-shell-semantics", SEVERITY_CRITICAL, skip_claims, plan_shell, judge_shell),
     .needs = "K",
     .wrong = "A hand-written parser of words with shell-like quotes looks the same. Nothing is "
              "executed, so what the shell may do stays unknown.",
     .title = "A claim reaches a shell",
     .description = "Empty quoted words vanish from the claim and an open quote breaks it: a shell "
                    "reads it, and who writes the token runs commands in the container.",
     .sent = "x'', x\"\", x', x\"; control: xq; nothing is executed",
     .fix =
         "Call the program with an argument vector, without a shell, on values from a finite list.",
     .rails = "Batten::SafeProcess.run(['convert', NAMES.fetch(claims['name'])])",
     .references = "API8 CWE-78"},
    {CLAIM("claim-sql-semantics", SEVERITY_HIGH, skip_claims, plan_sql, judge_sql), .needs = "K",
     .wrong = "A template language in which '||' joins strings looks the same. Databases with "
              "other concatenation stay silent.",
     .title = "A claim reaches a SQL statement",
     .description = "An empty string joined on in SQL leaves the answer as it was, and a quote "
                    "breaks it: the claim is part of a statement.",
     .sent = "x'||', x' ', x'', x'; controls: x|| and xq", .fix = "Bind the value as a parameter.",
     .rails = "User.where(name: claims['name'])", .references = "API8 CWE-89"},
    {CLAIM("claim-privilege", SEVERITY_HIGH, skip_privilege, plan_privilege, judge_privilege),
     .needs = "K, an operation that refuses the good token", .any_state = true,
     .wrong = "What becomes reachable may be meant for whom the issuer gives such a claim: then "
              "the flaw lies in who can get it, not in the API.",
     .title = "Raised claims open what the good token is refused",
     .description = "The privilege is decided by a bare claim: who can sign or forge a token makes "
                    "an administrator.",
     .sent = "role-like claims raised: role, roles, admin, scopes, admin:*, system_container_role, "
             "host_mount_access",
     .fix = "Map scopes to a finite list that the server owns, and look privileges up by subject.",
     .rails = "raise Forbidden unless User.find(claims['sub']).admin?",
     .references = "API5 CWE-269 CWE-863"},
};
const size_t CHECKS_CLAIMS_COUNT = sizeof CHECKS_CLAIMS / sizeof *CHECKS_CLAIMS;
