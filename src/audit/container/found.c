/* From a rule and a place to a finding, or to its suppression. */
#include "audit/container/private.h"

str masked(arena *a, str secret) {
  return secret.len < 8 ? STR("***")
                        : arena_printf(a, "%.*s*** (%zu characters)",
                                       STR_ARG(str_sub(secret, 0, 2)), secret.len);
}

static void read_reference(arena *a, str word, reference_set *out) {
  uint64_t number;
  if (str_starts(word, STR("CWE-")) && str_to_u64(str_sub(word, 4, word.len), &number))
    list_push(a, &out->cwe, (int)number);
  else if (str_starts(word, STR("ATTACK-")))
    list_push(a, &out->other, arena_printf(a, "ATT&CK %.*s", STR_ARG(str_sub(word, 7, word.len))));
  else if (str_starts(word, STR("API")))
    list_push(a, &out->owasp_api, arena_printf(a, "%.*s:2023", STR_ARG(word)));
}

static void read_references(arena *a, const container_rule *rule, pod_standard standard,
                            reference_set *out) {
  str rest = str_of(rule->references), word;
  while (str_next(&rest, ' ', &word))
    read_reference(a, word, out);
  if (standard == STANDARD_BASELINE)
    list_push(a, &out->other, STR("Pod Security Standards: baseline"));
  if (standard == STANDARD_RESTRICTED)
    list_push(a, &out->other, STR("Pod Security Standards: restricted"));
}

/* `# batten:ignore RULE REASON` on the line or on the one above it; without a reason it does
 * nothing. */
static bool ignored(arena *a, const spot *at, const char *id, str *reason) {
  for (unsigned i = 0; i < 2 && at->line > i; i++) {
    str line = file_line(at->file, a, at->line - i), word;
    size_t from = str_find(line, STR("batten:ignore "), 0), hash = str_find(line, STR("#"), 0);
    if (from == SIZE_MAX || hash > from || (i && str_trim(line).ptr[0] != '#'))
      continue;
    str rest = str_trim(str_sub(line, from + 14, line.len));
    str_next(&rest, ' ', &word);
    *reason = str_trim(rest.ptr ? rest : STR(""));
    if (str_eq(word, str_of(id)) && reason->len)
      return true;
  }
  return false;
}

static bool room_for(container_audit *c, source_file *file) {
  if (++file->findings <= FINDINGS_MAX)
    return true;
  if (file->findings > FINDINGS_MAX + 1)
    return false;
  not_tested n = {STR("*"), file->path,
                  arena_printf(c->arena,
                               "more than %d findings in this file: the rest is not listed",
                               FINDINGS_MAX)};
  list_push(c->arena, &c->skipped, n);
  return false;
}

static finding make(container_audit *c, const container_rule *rule, const spot *at,
                    const found_options *o, str note) {
  arena *a = c->arena;
  finding f = {.check = str_of(rule->id),
               .category = CATEGORY_RUNTIME_EXPOSURE,
               .severity = o->has_severity ? o->severity : rule->severity,
               .confidence = o->has_confidence ? o->confidence : CONFIDENCE_CONFIRMED,
               .title = str_of(rule->title),
               .description = str_of(rule->description),
               .where = {.kind = WHERE_OBJECT,
                         .file = at->file->path,
                         .line = at->line ? at->line : 1,
                         .column = at->column ? at->column : 1,
                         .object = at->object,
                         .field = at->field,
                         .space = at->space},
               .fix_text = str_of(rule->fix)};
  if (at->file->at_most && f.severity > at->file->at_most)
    f.severity = at->file->at_most;
  evidence first = {.note = note};
  list_push(a, &f.evidence, first);
  for (size_t i = 0; i < o->notes.len; i++) {
    evidence more = {.note = o->notes.at[i]};
    list_push(a, &f.evidence, more);
  }
  str refused = admission_refuses(c, at->space, rule->id, o->standard);
  if (refused.len) {
    evidence admission = {.note = refused};
    list_push(a, &f.evidence, admission);
  }
  if (o->set.len)
    f.fix_diff = patch_set(a, at, o->set);
  read_references(a, rule, o->standard, &f.references);
  return f;
}

void rule_found(container_audit *c, const char *id, const spot *at, const found_options *o,
                const char *note, ...) {
  static const found_options NONE;
  const container_rule *rule = container_rule_find(id);
  str reason;
  buf text = {.arena = c->arena};
  if (!rule || !room_for(c, at->file))
    return;
  va_list args;
  va_start(args, note);
  buf_vprintf(&text, note, args);
  va_end(args);
  finding f = make(c, rule, at, o ? o : &NONE, buf_str(&text));
  if (ignored(c->arena, at, id, &reason)) {
    f.suppressed_reason = reason;
    f.suppressed_until = STR("9999-12-31") /* as long as the comment stands */;
    list_push(c->arena, &c->report->suppressed, f);
    return;
  }
  list_push(c->arena, &c->report->findings, f);
}
