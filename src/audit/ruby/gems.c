/* Locked gem versions against a dated table. */
#include "audit/ruby/private.h"
#include "audit/places.h"

extern const unsigned char gem_advisories_bytes[];
extern const size_t gem_advisories_len;

finding file_finding(arena *a, const char *id, str path, unsigned line, str note) {
  const ruby_rule *rule = ruby_rule_find(str_of(id));
  finding f = {.check = str_of(rule->id),
               .category = rule->category,
               .severity = rule->severity,
               .confidence = CONFIDENCE_CONFIRMED,
               .title = str_of(rule->title),
               .description = str_of(rule->description),
               .fix_text = str_of(rule->fix),
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
    if (!more_x && !more_y)
      return 0;
    bool number_x = !more_x || str_to_u64(a, &n), number_y = !more_y || str_to_u64(b, &m);
    if (number_x != number_y)
      return number_x ? 1 : -1;
    if (n != m)
      return n > m ? 1 : -1;
  }
  return 0;
}

enum { GEM, FROM, MENDED, SEVERITY, ID, WORDS, PARTS };

/* The next row of the table about this version of the gem. */
static bool next_row(str *rest, str gem, str version, str part[PARTS]) {
  str row;
  while (str_next(rest, '\n', &row)) {
    int n = 0;
    while (n < PARTS && row.ptr && str_next(&row, '\t', &part[n]))
      n++;
    if (n == PARTS && str_eq(part[GEM], gem) && compare_versions(version, part[FROM]) >= 0 &&
        compare_versions(version, part[MENDED]) < 0)
      return true;
  }
  return false;
}

/* The lock file that is read, and the gem before: one line for each platform is one gem. */
typedef struct {
  str path, gem, version;
  bool java; /* JRuby is among its platforms */
} lock_file;

/* One finding a gem, as severe as its worst advisory: all are mended by one update. What builds
 * documentation or runs tests serves nobody: low. */
static void judge_gem(arena *a, const lock_file *lock, unsigned line, report *r) {
  str rest = str_from(gem_advisories_bytes, gem_advisories_len), part[PARTS], path = lock->path,
      gem = lock->gem, version = lock->version;
  finding f = file_finding(a, "rb-gem-vulnerable", path, line,
                           arena_printf(a, "%.*s %.*s is locked", STR_ARG(gem), STR_ARG(version)));
  f.severity = SEVERITY_INFO;
  f.where.object = gem;
  while (next_row(&rest, gem, version, part)) {
    severity one = SEVERITY_MEDIUM;
    if (str_contains(part[WORDS], STR("JRuby")) && !lock->java)
      continue;
    severity_parse(part[SEVERITY], &one);
    if (place_is_development(path) && one > SEVERITY_LOW)
      one = SEVERITY_LOW;
    if (one > f.severity)
      f.severity = one;
    evidence proof = {.note = arena_printf(a, "%.*s (%.*s): %.*s; mended in %.*s",
                                           STR_ARG(part[ID]), STR_ARG(part[SEVERITY]),
                                           STR_ARG(part[WORDS]), STR_ARG(part[MENDED]))};
    list_push(a, &f.evidence, proof);
    if (str_starts(part[ID], STR("CVE-")))
      list_push(a, &f.references.cve, part[ID]);
  }
  if (f.evidence.len > 1)
    list_push(a, &r->findings, f);
}

void gems_judge(arena *a, str path, str text, report *r) {
  str rest = text, line;
  lock_file lock = {.path = path,
                    .java =
                        str_contains(text, STR("\n  java\n")) || str_contains(text, STR("-java"))};
  for (unsigned n = 1; str_next(&rest, '\n', &line); n++) {
    size_t open = str_find(line, STR(" ("), 0);
    if (!str_starts(line, STR("    ")) || (line.len > 4 && line.ptr[4] == ' ') || open == SIZE_MAX)
      continue;
    str version = str_sub(line, open + 2, line.len);
    size_t end = 0;
    while (end < version.len && version.ptr[end] != ')' && version.ptr[end] != '-')
      end++;
    str gem = str_trim(str_sub(line, 0, open)), number = str_sub(version, 0, end);
    bool again = str_eq(lock.gem, gem) && str_eq(lock.version, number);
    lock.gem = gem, lock.version = number;
    if (!again)
      judge_gem(a, &lock, n, r);
  }
}
