/* From what a source reached to findings, each with its way; and findings that other classes make
 * void. */
#include "audit/ruby/link.h"

static void put_steps(arena *a, const step *s, finding *f, unsigned depth) {
  if (!s || depth > 40)
    return;
  put_steps(a, s->before, f, depth + 1);
  str line = s->text, first;
  str_next(&line, '\n', &first);
  trace_step t = {s->file, s->line, s->column,
                  arena_printf(a, "%s: %.*s", s->what, STR_ARG(str_trim(first)))};
  if (f->trace.len) {
    const trace_step *last = &f->trace.at[f->trace.len - 1];
    if (last->line == t.line && str_eq(last->file, t.file) && last->column == t.column)
      return;
  }
  if (f->trace.len < 60)
    list_push(a, &f->trace, t);
}

static void put_arrivals(linker *l, unsigned state, finding *f, unsigned depth) {
  const arrival *a = &l->arrivals[state];
  if (a->from_state == state || depth > 200)
    return;
  put_arrivals(l, a->from_state, f, depth + 1);
  put_steps(l->arena, l->edges.at[a->by_edge].steps, f, 0);
}

static const char *const SINK_NAMES[SINK_COUNT] = {"file", "command", "url", "code", "sql"};

static bool severity_for(const sink_fact *s, unsigned flags, bool header, severity *out) {
  if (s->kind == SINK_COMMAND && (flags & FLOW_SHELL))
    return false;
  if (s->kind == SINK_URL && (s->apart || (s->whole && (flags & FLOW_ROOTED))))
    return header; /* the host is fixed: harmless, but for a key's place */
  if (s->apart || (s->kind == SINK_FILE && (flags & FLOW_BASENAME)))
    *out = SEVERITY_LOW;
  return true;
}

/* By the same source: what a claim and a parameter both reach is mended in two places. */
static bool found_before(const report *r, const sink_fact *s, const char *prefix,
                         const char *kind) {
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *f = &r->findings.at[i];
    if (f->where.line == s->line && str_eq(f->where.file, s->file) &&
        str_starts(f->check, str_of(prefix)) && str_ends(f->check, str_of(kind)))
      return true;
  }
  return false;
}

static void report_sink(linker *l, const sink_fact *s, const char *prefix, unsigned state,
                        const origin *o, severity level) {
  str id = arena_printf(l->arena, "%s%s", prefix, SINK_NAMES[s->kind]), text = s->text, first;
  const ruby_rule *rule = ruby_rule_find(id);
  if (!rule || found_before(l->report, s, prefix, SINK_NAMES[s->kind]))
    return;
  str_next(&text, '\n', &first);
  finding f = {.check = str_of(rule->id),
               .category = rule->category,
               .severity = level < rule->severity ? level : rule->severity,
               .confidence = CONFIDENCE_FIRM,
               .title = str_of(rule->title),
               .description = str_of(rule->description),
               .fix_text = str_of(rule->fix),
               .where = {.kind = WHERE_SOURCE,
                         .file = s->file,
                         .line = s->line,
                         .column = s->column,
                         .object = s->place}};
  references_read(l->arena, rule->references, &f.references);
  put_arrivals(l, state, &f, 0);
  put_steps(l->arena, o->steps, &f, 0);
  trace_step end = {s->file, s->line, s->column,
                    arena_printf(l->arena, "reaches: %.*s", STR_ARG(first))};
  list_push(l->arena, &f.trace, end);
  evidence proof = {
      .note = arena_printf(l->arena, "%.*s, after %zu steps", STR_ARG(first), f.trace.len)};
  list_push(l->arena, &f.evidence, proof);
  list_push(l->arena, &l->report->findings, f);
}

static bool only_names_path(const sink_fact *s) {
  return s->kind == SINK_FILE &&
         (str_starts(s->text, STR("Rails.root.join")) || str_starts(s->text, STR("Pathname.new")) ||
          str_starts(s->text, STR("Pathname(")));
}

/* Of a request a path that is named, and not seen to be read or written, is medium. */
static void judge_sink(linker *l, const sink_fact *s, const char *prefix) {
  bool any = false;
  severity best = SEVERITY_INFO;
  unsigned best_state = 0;
  const origin *best_origin = NULL;
  for (size_t o = 0; o < s->from.len; o++) {
    unsigned at = link_origin(l, s->from.at[o].slot) * STATE_BITS;
    for (unsigned bits = 0; bits < STATE_BITS; bits++) {
      severity level = SEVERITY_CRITICAL;
      if (!l->arrivals[at + bits].from_state ||
          !severity_for(s, bits | s->from.at[o].flags, l->header, &level))
        continue;
      if (any && level <= best)
        continue;
      any = true, best = level, best_state = at + bits, best_origin = &s->from.at[o];
    }
  }
  if (any && only_names_path(s) && strcmp(prefix, "rb-request-to-") == 0 && best > SEVERITY_MEDIUM)
    best = SEVERITY_MEDIUM;
  if (any)
    report_sink(l, s, prefix, best_state, best_origin, best);
}

/* Another file finding's way leads over this line. */
static bool used_later(const report *r, const sink_fact *s) {
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *f = &r->findings.at[i];
    for (size_t t = 0; str_ends(f->check, STR("-to-file")) && t < f->trace.len; t++)
      if (f->trace.at[t].line == s->line && str_eq(f->trace.at[t].file, s->file))
        return true;
  }
  return false;
}

void link_judge_sinks(linker *l, const char *prefix) {
  for (int pass = 0; pass < 2;
       pass++) /* paths that are only named come last: their use says more */
    for (size_t i = 0; i < l->count; i++) {
      l->file = &l->files[i];
      for (size_t k = 0; k < l->files[i].sinks.len; k++) {
        const sink_fact *s = &l->files[i].sinks.at[k];
        if (only_names_path(s) != (pass == 1) || (pass && used_later(l->report, s)))
          continue;
        judge_sink(l, s, prefix);
      }
    }
}

static bool names_key_place(const finding *f) {
  for (size_t i = 0; i < f->trace.len; i++)
    if (str_contains(f->trace.at[i].note, STR("jku")) ||
        str_contains(f->trace.at[i].note, STR("x5u")))
      return true;
  return false;
}

/* kid chooses a key: the header reaches a file, command, URL, code or query. */
void link_judge_header(linker *l) {
  size_t before = l->report->findings.len;
  const ruby_rule *kid = ruby_rule_find(STR("rb-jwt-kid-key")),
                  *jku = ruby_rule_find(STR("rb-jwt-jwks-untrusted"));
  link_judge_sinks(l, "rb-claim-to-");
  for (size_t i = before; i < l->report->findings.len; i++) {
    finding *f = &l->report->findings.at[i];
    const ruby_rule *rule = names_key_place(f) ? jku : kid;
    f->check = str_of(rule->id), f->title = str_of(rule->title),
    f->description = str_of(rule->description), f->fix_text = str_of(rule->fix);
    f->category = rule->category, f->severity = rule->severity;
    f->references = (reference_set){0};
    references_read(l->arena, rule->references, &f->references);
  }
}

static bool checked_in(linker *l, const finding *f, str klass) {
  str all[PARENTS_MAX];
  size_t n = link_ancestry(l, klass, all);
  for (size_t i = 0; i < l->count; i++)
    for (size_t c = 0; c < l->files[i].checks.len; c++)
      for (size_t k = 0; k < n && str_eq(f->check, str_of(l->files[i].checks.at[c].rule)); k++)
        if (str_eq(l->files[i].checks.at[c].klass, all[k]))
          return true;
  return false;
}

/* A concern's decode, and every class that mixes it in compares the claim. */
static bool checked_below(linker *l, const finding *f, str klass) {
  size_t all = 0, checking = 0;
  for (size_t i = 0; i < l->parents.len; i++) {
    if (!str_eq(l->parents.at[i].parent, klass))
      continue;
    all++;
    checking += checked_in(l, f, l->parents.at[i].klass);
  }
  return all && all == checking;
}

/* A decode in a class whose ancestor, or all whose heirs, compare the claim themselves. */
static void drop_checked(linker *l) {
  size_t kept = 0;
  for (size_t i = 0; i < l->report->findings.len; i++) {
    const finding *f = &l->report->findings.at[i];
    str klass = str_sub(f->where.object, 0, str_find(f->where.object, STR("#"), 0));
    if (!str_starts(f->check, STR("rb-jwt-")) ||
        !(checked_in(l, f, klass) || checked_below(l, f, klass)))
      l->report->findings.at[kept++] = *f;
  }
  l->report->findings.len = kept;
}

static bool reads_cookies(linker *l, const finding *f) {
  str all[PARENTS_MAX];
  bool settings =
      str_starts(f->where.file, STR("config/")) || str_contains(f->where.file, STR("/config/"));
  size_t n =
      link_ancestry(l, str_sub(f->where.object, 0, str_find(f->where.object, STR("#"), 0)), all);
  for (size_t i = 0; i < l->count; i++)
    for (size_t c = 0; c < l->files[i].cookie_readers.len; c++) {
      if (settings || str_eq(l->files[i].path, f->where.file))
        return true;
      for (size_t k = 0; k < n && str_contains(l->files[i].text, STR("JWT")); k++)
        if (str_eq(l->files[i].cookie_readers.at[c], all[k]))
          return true;
    }
  return false;
}

/* Protection that is off harms only where its file reads cookies, or what the class inherits
 * decodes tokens from them. */
static void drop_without_cookies(linker *l) {
  size_t kept = 0;
  for (size_t i = 0; i < l->report->findings.len; i++) {
    const finding *f = &l->report->findings.at[i];
    if (!str_eq(f->check, STR("rb-csrf-session")) || reads_cookies(l, f))
      l->report->findings.at[kept++] = *f;
  }
  l->report->findings.len = kept;
}

static size_t times_named(const linker *l, str name, size_t most) {
  size_t times = 0;
  for (size_t i = 0; i < l->count && times < most; i++)
    for (size_t at = 0; times < most && (at = str_find(l->files[i].text, name, at)) != SIZE_MAX;
         at += name.len)
      times++;
  return times;
}

/* A list of allowed scopes that nothing consults. */
void link_judge_allow_lists(linker *l) {
  for (size_t i = 0; i < l->count; i++)
    for (size_t k = 0; k < l->files[i].allow_lists.len; k++) {
      const named_place *p = &l->files[i].allow_lists.at[k];
      file_facts one = {.arena = l->arena, .path = l->files[i].path};
      node at = {.line = p->line, .column = p->column};
      if (times_named(l, p->name, 2) > 1)
        continue;
      finding *found =
          fact_find(&one, "rb-scope-wildcard", &at, p->name, "the list is never consulted");
      if (found)
        list_push(l->arena, &l->report->findings, *found);
    }
}

void link_drop_void(linker *l) {
  drop_checked(l);
  drop_without_cookies(l);
}
