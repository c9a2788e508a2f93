/* What needs no parsing of Ruby: locked gem versions against a dated table, and secret files. */
#include "audit/ruby/private.h"
#include "audit/places.h"
#include "audit/secret_names.h"

extern const unsigned char gem_advisories_bytes[];
extern const size_t gem_advisories_len;

static finding plain(arena *a, const char *id, str path, unsigned line, str note) {
  const ruby_rule *rule = ruby_rule_find(str_of(id));
  finding f = {.check = str_of(rule->id), .category = rule->category, .severity = rule->severity, .confidence = CONFIDENCE_CONFIRMED,
               .title = str_of(rule->title), .description = str_of(rule->description), .fix_text = str_of(rule->fix),
               .where = {.kind = WHERE_SOURCE, .file = path, .line = line, .column = 1}};
  evidence proof = {.note = note};
  list_push(a, &f.evidence, proof);
  references_read(a, rule->references, &f.references);
  return f;
}

/* Compares dotted versions number by number; a part that is no number (rc1) is less than any. */
static int compare_versions(str x, str y) {
  for (int i = 0; i < 8; i++) {
    str a = {0}, b = {0};
    uint64_t n = 0, m = 0;
    bool more_x = x.ptr && str_next(&x, '.', &a), more_y = y.ptr && str_next(&y, '.', &b);
    if (!more_x && !more_y) return 0;
    bool number_x = !more_x || str_to_u64(a, &n), number_y = !more_y || str_to_u64(b, &m);
    if (number_x != number_y) return number_x ? 1 : -1;
    if (n != m) return n > m ? 1 : -1;
  }
  return 0;
}

enum { GEM, FROM, MENDED, SEVERITY, ID, WORDS, PARTS };

/* The next row of the table about this version of the gem. */
static bool next_row(str *rest, str gem, str version, str part[PARTS]) {
  str row;
  while (str_next(rest, '\n', &row)) {
    int n = 0;
    while (n < PARTS && row.ptr && str_next(&row, '\t', &part[n])) n++;
    if (n == PARTS && str_eq(part[GEM], gem) && compare_versions(version, part[FROM]) >= 0 && compare_versions(version, part[MENDED]) < 0) return true;
  }
  return false;
}

/* The lock file that is read, and the gem before: one line for each platform is one gem. */
typedef struct {
  str path, gem, version;
  bool java; /* JRuby is among its platforms */
} lock_file;

/* One finding a gem, as severe as its worst advisory: all are mended by one update. What builds documentation or runs tests
 * serves nobody: low. */
static void judge_gem(arena *a, const lock_file *lock, unsigned line, report *r) {
  str rest = str_from(gem_advisories_bytes, gem_advisories_len), part[PARTS], path = lock->path, gem = lock->gem, version = lock->version;
  finding f = plain(a, "rb-gem-vulnerable", path, line, arena_printf(a, "%.*s %.*s is locked", STR_ARG(gem), STR_ARG(version)));
  f.severity = SEVERITY_INFO;
  f.where.object = gem;
  while (next_row(&rest, gem, version, part)) {
    severity one = SEVERITY_MEDIUM;
    if (str_contains(part[WORDS], STR("JRuby")) && !lock->java) continue;
    severity_parse(part[SEVERITY], &one);
    if (place_is_development(path) && one > SEVERITY_LOW) one = SEVERITY_LOW;
    if (one > f.severity) f.severity = one;
    evidence proof = {.note = arena_printf(a, "%.*s (%.*s): %.*s; mended in %.*s", STR_ARG(part[ID]), STR_ARG(part[SEVERITY]), STR_ARG(part[WORDS]), STR_ARG(part[MENDED]))};
    list_push(a, &f.evidence, proof);
    if (str_starts(part[ID], STR("CVE-"))) list_push(a, &f.references.cve, part[ID]);
  }
  if (f.evidence.len > 1) list_push(a, &r->findings, f);
}

void gems_judge(arena *a, str path, str text, report *r) {
  str rest = text, line;
  lock_file lock = {.path = path, .java = str_contains(text, STR("\n  java\n")) || str_contains(text, STR("-java"))};
  for (unsigned n = 1; str_next(&rest, '\n', &line); n++) {
    size_t open = str_find(line, STR(" ("), 0);
    if (!str_starts(line, STR("    ")) || (line.len > 4 && line.ptr[4] == ' ') || open == SIZE_MAX) continue;
    str version = str_sub(line, open + 2, line.len);
    size_t end = 0;
    while (end < version.len && version.ptr[end] != ')' && version.ptr[end] != '-') end++;
    str gem = str_trim(str_sub(line, 0, open)), number = str_sub(version, 0, end);
    bool again = str_eq(lock.gem, gem) && str_eq(lock.version, number);
    lock.gem = gem, lock.version = number;
    if (!again) judge_gem(a, &lock, n, r);
  }
}

/* config/secrets.yml: the secrets of production, written out. */
static void settings_judge(arena *a, str path, str text, report *r) {
  str rest = text, line;
  bool production = false;
  for (unsigned n = 1; str_next(&rest, '\n', &line); n++) {
    size_t colon = str_find(line, STR(":"), 0);
    bool top = line.len && line.ptr[0] != ' ' && line.ptr[0] != '#';
    if (top) production = str_starts(line, STR("production:")) || str_starts(line, STR("shared:"));
    str name = str_trim(str_sub(line, 0, colon)), v = colon == SIZE_MAX ? STR("") : str_trim(str_sub(line, colon + 1, line.len));
    if (!production || top || !names_secret(name) || v.len < 8 || !is_literal_secret(v)) continue;
    list_push(a, &r->findings, plain(a, "rb-master-key-committed", path, n, arena_printf(a, "%.*s has a value", STR_ARG(name))));
    return;
  }
}

/* .env.development and .env.test are written to be shared, and dotenv loads neither in production; a word of a few letters
 * is a default that production replaces. */
static severity environment_severity(str path, str value) {
  if (str_contains(path, STR(".env.dev")) || str_contains(path, STR(".env.test")) || place_is_development(path)) return SEVERITY_LOW;
  return value.len < 8 ? SEVERITY_MEDIUM : SEVERITY_CRITICAL;
}

/* One finding a file, for the worst line. */
static void environment_judge(arena *a, str path, str text, report *r) {
  str rest = text, line;
  finding worst = {0};
  for (unsigned n = 1; str_next(&rest, '\n', &line); n++) {
    size_t equals = str_find(line, STR("="), 0);
    str name = str_trim(str_sub(line, 0, equals)), v = equals == SIZE_MAX ? STR("") : str_trim(str_sub(line, equals + 1, line.len));
    while (v.len > 1 && (v.ptr[0] == '"' || v.ptr[0] == '\'') && v.ptr[v.len - 1] == v.ptr[0]) v = str_sub(v, 1, v.len - 1);
    if (str_starts(name, STR("export "))) name = str_trim(str_sub(name, 7, name.len));
    if (!names_secret(name) || str_starts(name, STR("#")) || !is_literal_secret(v) || is_stand_in(v)) continue;
    if (worst.check.len && environment_severity(path, v) <= worst.severity) continue;
    worst = plain(a, "rb-master-key-committed", path, n, arena_printf(a, "%.*s has a value", STR_ARG(name)));
    worst.severity = environment_severity(path, v);
  }
  if (worst.check.len) list_push(a, &r->findings, worst);
}

void secret_judge(arena *a, str path, str text, report *r) {
  if (str_ends(path, STR("secrets.yml"))) {
    settings_judge(a, path, text, r);
    return;
  }
  bool environment = str_ends(path, STR(".env")) || str_contains(path, STR(".env."));
  if (!environment) {
    bool secret = str_contains(text, STR("PRIVATE KEY-----")) || (str_ends(path, STR(".key")) && text.len >= 16 && !str_contains(text, STR("-----BEGIN")));
    if (secret) list_push(a, &r->findings, plain(a, "rb-master-key-committed", path, 1, STR("a private key")));
    return;
  }
  environment_judge(a, path, text, r);
}
