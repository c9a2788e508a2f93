/* Files that hold secrets: keys, environments, config/secrets.yml and config/database.yml. One
 * finding a file. */
#include "audit/places.h"
#include "audit/ruby/private.h"
#include "audit/secret_names.h"

enum { NAMES_MAX = 12, SECTIONS_MAX = 200, MERGED_MAX = 16 };

typedef struct {
  arena *arena;
  unsigned line; /* of the first of the worst; 0: none */
  severity worst;
  buf names;
  size_t count;
  bool signs; /* tokens are signed with one of them, or the key to the credentials is among them */
} held;

static void hold(held *h, unsigned line, str name, severity level) {
  if (!h->line || level > h->worst)
    h->line = line, h->worst = level;
  h->signs |= names_jwt_secret(name) || str_icontains(name, STR("master_key"));
  h->names.arena = h->arena;
  if (h->count++ < NAMES_MAX)
    buf_printf(&h->names, "%s%.*s", h->count > 1 ? ", " : "", STR_ARG(name));
}

static void report_held(held *h, str path, report *r) {
  if (!h->line)
    return;
  str note = arena_printf(
      h->arena, "%.*s%s %s%s", STR_ARG(buf_str(&h->names)), h->count > NAMES_MAX ? " and more" : "",
      h->count > 1 ? "have values" : "has a value", h->signs ? ": tokens are signed with it" : "");
  finding f = file_finding(h->arena, "rb-master-key-committed", path, h->line, note);
  f.severity = h->worst;
  list_push(h->arena, &r->findings, f);
}

/* ---- settings in YAML with ERB, a section for each environment ------------------------------- */

typedef struct {
  str name, anchor;
  str_list merged; /* "*default" */
  held held;
  bool own; /* says itself what the secret is, written out or not */
} section;

typedef LIST(section) section_list;

static str unquoted(str v) {
  while (v.len > 1 && (v.ptr[0] == '"' || v.ptr[0] == '\'') && v.ptr[v.len - 1] == v.ptr[0])
    v = str_sub(v, 1, v.len - 1);
  return v;
}

/* ENV.fetch("X", "this"), ENV["X"] || "this", ENV.fetch("X") { "this" }; else empty. */
static str given_otherwise(str code) {
  static const char *const marks[] = {"||", ",", "{"};
  for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
    size_t at = str_find(code, str_of(marks[m]), 0);
    str rest = at == SIZE_MAX ? STR("") : str_trim(str_sub(code, at + strlen(marks[m]), code.len));
    if (!rest.len || (rest.ptr[0] != '"' && rest.ptr[0] != '\''))
      continue;
    size_t end = str_find(str_sub(rest, 1, rest.len), str_sub(rest, 0, 1), 0);
    if (end != SIZE_MAX)
      return str_sub(rest, 1, end + 1);
  }
  return STR("");
}

static str written_value(str line, size_t colon) {
  str v = str_trim(str_sub(line, colon + 1, line.len));
  size_t comment = str_find(v, STR(" #"), 0);
  if (comment != SIZE_MAX)
    v = str_trim(str_sub(v, 0, comment));
  v = unquoted(v);
  return str_starts(v, STR("<%=")) ? given_otherwise(v) : v;
}

static void read_setting(section *s, str line, unsigned number, severity level) {
  size_t colon = str_find(line, STR(":"), 0);
  if (colon == SIZE_MAX)
    return;
  str name = str_trim(str_sub(line, 0, colon)), v = written_value(line, colon);
  if (str_eq(name, STR("<<")) && s->merged.len < MERGED_MAX)
    list_push(s->held.arena, &s->merged, v);
  bool secret = names_secret(name);
  s->own |= secret || str_eq(name, STR("url"));
  bool otherwise =
      level == SEVERITY_HIGH &&
      str_contains(line, STR("ENV")); /* a database's default: production names another */
  if (otherwise)
    level = SEVERITY_MEDIUM;
  if (is_secret_by_itself(v))
    hold(&s->held, number, name, level);
  else if (secret && is_literal_secret(v))
    hold(&s->held, number, name, is_stand_in(v) ? SEVERITY_LOW : level);
}

static void begin_section(arena *a, section_list *all, str line) {
  size_t colon = str_find(line, STR(":"), 0);
  str rest = colon == SIZE_MAX ? STR("") : str_trim(str_sub(line, colon + 1, line.len));
  section s = {.name = str_sub(line, 0, colon), .held = {.arena = a}};
  if (str_starts(rest, STR("&")))
    s.anchor = str_sub(rest, 1, rest.len);
  if (str_starts(rest, STR("*")))
    list_push(a, &s.merged, rest);
  if (all->len < SECTIONS_MAX)
    list_push(a, all, s);
}

static bool merges(const section *s, str anchor) {
  str wanted = anchor;
  for (size_t i = 0; wanted.len && i < s->merged.len; i++) {
    str text = s->merged.at[i];
    size_t at = str_find(text, wanted, 0), end = at + wanted.len;
    if (at != SIZE_MAX && at && text.ptr[at - 1] == '*' &&
        (end == text.len || strchr(" ,]", text.ptr[end])))
      return true;
  }
  return false;
}

/* What the section holds, itself or by what it merges. */
static held *held_in(section_list *all, section *s, unsigned depth) {
  if (s->own || s->held.line || depth > 4)
    return &s->held;
  for (size_t i = 0; i < all->len; i++)
    if (&all->at[i] != s && merges(s, all->at[i].anchor))
      return held_in(all, &all->at[i], depth + 1);
  return &s->held;
}

static void judge_settings(arena *a, str path, str text, severity level, report *r) {
  section_list all = {0};
  str rest = text, line;
  for (unsigned n = 1; str_next(&rest, '\n', &line); n++) {
    str word = str_trim(line);
    if (!word.len || word.ptr[0] == '#' || str_starts(word, STR("<%")) ||
        str_starts(word, STR("---")))
      continue;
    if (line.ptr[0] != ' ' && line.ptr[0] != '\t')
      begin_section(a, &all, word);
    else if (all.len)
      read_setting(&all.at[all.len - 1], word, n, level);
  }
  for (size_t i = 0; i < all.len; i++) {
    if (!str_starts(all.at[i].name, STR("production")) && !str_eq(all.at[i].name, STR("shared")))
      continue;
    held *h = held_in(&all, &all.at[i], 0);
    report_held(h, path, r);
    if (h->line)
      return;
  }
}

/* ---- environments and keys ------------------------------------------------------------------- */

/* .env.development and .env.test are written to be shared, and dotenv loads neither in production.
 */
static bool is_shared_environment(str path) {
  return str_contains(path, STR(".env.dev")) || str_contains(path, STR(".env.test")) ||
         place_is_development(path) || place_is_example(path);
}

/* A stand-in is there for a build, and production runs with it where nobody gives another. A word
 * of a few letters is a default that production replaces; where tokens are signed with it, it is
 * guessed before. */
static severity environment_severity(bool shared, str name, str value) {
  if (shared || is_stand_in(value))
    return SEVERITY_LOW;
  bool replaced = (value.len < 8 && !names_jwt_secret(name)) || is_database_default(name, value);
  return replaced ? SEVERITY_MEDIUM : SEVERITY_CRITICAL;
}

static void judge_environment(arena *a, str path, str text, report *r) {
  held h = {.arena = a};
  str rest = text, line;
  bool shared = is_shared_environment(path);
  for (unsigned n = 1; str_next(&rest, '\n', &line); n++) {
    size_t equals = str_find(line, STR("="), 0);
    if (equals == SIZE_MAX)
      continue;
    str name = str_trim(str_sub(line, 0, equals)),
        v = unquoted(str_trim(str_sub(line, equals + 1, line.len)));
    if (str_starts(name, STR("export ")))
      name = str_trim(str_sub(name, 7, name.len));
    if (!names_secret(name) || str_starts(name, STR("#")) || !is_literal_secret(v) ||
        (shared && is_stand_in(v)))
      continue;
    hold(&h, n, name, environment_severity(shared, name, v));
  }
  report_held(&h, path, r);
}

void secret_judge(arena *a, str path, str text, report *r) {
  bool environment = str_ends(path, STR(".env")) || str_contains(path, STR(".env.")),
       pem = str_contains(text, STR("PRIVATE KEY-----"));
  bool key =
      str_ends(path, STR(".key")) && text.len >= 16 && !str_contains(text, STR("-----BEGIN"));
  if (str_ends(path, STR("secrets.yml"))) {
    judge_settings(a, path, text, SEVERITY_CRITICAL, r);
  } else if (str_ends(path, STR("database.yml"))) {
    judge_settings(a, path, text, SEVERITY_HIGH, r);
  } else if (environment) {
    judge_environment(a, path, text, r);
  } else if (pem || key) {
    bool shared =
        place_is_development(path) || place_is_example(path); /* what it opens is a test's */
    finding f = file_finding(a, "rb-master-key-committed", path, 1,
                             shared ? STR("a private key, of tests, development or an example")
                                    : STR("a private key"));
    if (shared)
      f.severity = SEVERITY_LOW;
    list_push(a, &r->findings, f);
  }
}
