/* The Ruby half as a part of the audit: takes files, reads them in parallel, joins and judges. */
#include "audit/part.h"
#include "audit/ruby/flow.h"
#include "token/token.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { RUBY_FILE_MAX = 4 * 1024 * 1024, THREADS_MAX = 16 };

static const double SECONDS_MAX = 5; /* for parsing one file, and again for following it */
static const double PROJECT_SECONDS_MAX = 600; /* for all files */

typedef struct {
  arena *arena;
  LIST(file_facts) files;
  LIST(file_facts) others; /* lock files, secrets: path and text alone */
  LIST(not_tested) skipped;
  project_list projects;
  atomic_size_t next;
  double deadline;
} ruby_audit;

static bool beneath(str path, const char *folder) {
  str rest = path, piece;
  while (str_next(&rest, '/', &piece))
    if (rest.ptr && str_eq(piece, str_of(folder)))
      return true;
  return false;
}

/* What only tests use: keys and tokens there protect nothing. */
static bool is_test(str path) {
  static const char *const helpers[] = {"spec/support/",   "spec/fixtures/", "spec/factories/",
                                        "spec/dummy/",     "test/support/",  "test/fixtures/",
                                        "test/factories/", "test/dummy/"};
  str name = path_name(path);
  for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++) {
    size_t at = str_find(path, str_of(helpers[i]), 0);
    if (at == 0 || (at != SIZE_MAX && path.ptr[at - 1] == '/'))
      return true;
  }
  return str_ends(name, STR("_spec.rb")) || str_ends(name, STR("_test.rb")) ||
         (str_starts(name, STR("test_")) && beneath(path, "test"));
}

static bool is_erb(str path) {
  return str_ends(path, STR(".erb"));
}

static bool is_ruby(str path) {
  static const char *const ends[] = {".rb",       ".ru",      ".rake", ".gemspec",
                                     ".jbuilder", ".builder", ".erb"};
  str name = path_name(path);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (str_ends(name, str_of(ends[i])))
      return !is_test(path);
  return str_eq(name, STR("Rakefile")) || str_eq(name, STR("Gemfile"));
}

static bool is_lock(str path) {
  return str_ends(path_name(path), STR("Gemfile.lock")) ||
         str_eq(path_name(path), STR("gems.locked"));
}

static bool is_secret(str path) {
  str name = path_name(path);
  bool sample = str_contains(path, STR(".example/")) || str_contains(name, STR("example")) ||
                str_contains(name, STR("sample")) || str_contains(name, STR("template"));
  bool test = beneath(path, "spec") || beneath(path, "test") || beneath(path, "fixtures");
  bool identity = str_starts(name, STR("id_")) && !str_ends(name, STR(".pub"));
  bool settings =
      str_ends(path, STR("config/secrets.yml")) || str_ends(path, STR("config/database.yml"));
  return !sample && !test &&
         (identity || settings || str_ends(name, STR(".p8")) || str_ends(name, STR(".pem")) ||
          str_ends(name, STR(".key")) || str_ends(name, STR(".env")) ||
          str_starts(name, STR(".env.")));
}

/* Other people's code: vendored gems. */
static bool vendored(str path) {
  return str_starts(path, STR("vendor/")) || str_contains(path, STR("/vendor/"));
}

static bool wants(str path) {
  return !vendored(path) && (is_ruby(path) || is_lock(path) || is_secret(path));
}

static void *begin(arena *a) {
  ruby_audit *r = arena_make(a, ruby_audit);
  r->arena = a;
  return r;
}

static void skip_file(void *state, str path, str reason) {
  ruby_audit *r = state;
  list_push(r->arena, &r->skipped, (not_tested){STR("*"), path, reason});
}

static void read_one(void *state, str path, str text) {
  ruby_audit *r = state;
  file_facts f = {.path = path, .text = text};
  if (text.len && memchr(text.ptr, 0, text.len)) {
    skip_file(state, path, STR("binary data"));
  } else if (text.len > RUBY_FILE_MAX) {
    skip_file(state, path, STR("larger than 4 MiB"));
  } else if (is_ruby(path)) {
    list_push(r->arena, &r->files, f);
  } else {
    list_push(r->arena, &r->others, f);
  }
}

/* ---- one file -------------------------------------------------------------------------------- */

finding *fact_find(file_facts *f, const char *id, const node *at, str place, const char *format,
                   ...) {
  const ruby_rule *rule = ruby_rule_find(str_of(id));
  buf note = {.arena = f->arena};
  va_list args;
  va_start(args, format);
  buf_vprintf(&note, format, args);
  va_end(args);
  for (size_t i = 0; i < f->findings.len; i++) /* a loop or a branch read twice */
    if (f->findings.at[i].where.line == at->line && str_eq(f->findings.at[i].check, str_of(id)))
      return NULL;
  finding found = {.check = str_of(rule->id),
                   .category = rule->category,
                   .severity = rule->severity,
                   .confidence = CONFIDENCE_FIRM,
                   .title = str_of(rule->title),
                   .description = str_of(rule->description),
                   .fix_text = str_of(rule->fix),
                   .where = {.kind = WHERE_SOURCE,
                             .file = f->path,
                             .line = at->line,
                             .column = at->column,
                             .object = arena_str(f->arena, place)}};
  evidence proof = {.note = buf_str(&note)};
  list_push(f->arena, &found.evidence, proof);
  references_read(f->arena, rule->references, &found.references);
  list_push(f->arena, &f->findings, found);
  return &f->findings.at[f->findings.len - 1];
}

static str camelized(arena *a, str folder) {
  buf b = {.arena = a};
  bool upper = true;
  for (size_t i = 0; i < folder.len; i++) {
    char c = folder.ptr[i];
    if (c == '_') {
      upper = true;
      continue;
    }
    buf_char(&b, upper && c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
    upper = false;
  }
  return b.len ? buf_str(&b) : STR("");
}

/* app/views/admin/files/show.html.erb belongs to FilesController, which may be that of Admin. */
static str class_of_view(const file_facts *f) {
  size_t at = str_find(f->path, STR("app/views/"), 0);
  if (at == SIZE_MAX)
    return f->path;
  str rest = str_sub(f->path, at + 10, f->path.len), piece, folder = {0}, above = {0};
  while (str_next(&rest, '/', &piece))
    if (rest.ptr)
      above = folder, folder = piece;
  str name = arena_printf(f->arena, "%.*sController", STR_ARG(camelized(f->arena, folder))),
      outer = camelized(f->arena, above);
  bool within = names_share(f->names, name) && names_within(f->names, outer, name);
  return within ? arena_printf(f->arena, "%.*s::%.*s", STR_ARG(outer), STR_ARG(name)) : name;
}

static void judge_production(file_facts *f) {
  if (!str_ends(f->path, STR("config/environments/production.rb")))
    return;
  str rest = f->text, line, given;
  node at = {.line = 0, .column = 1};
  bool on = f->project && f->project->ssl_decided, off = false;
  while (str_next(&rest, '\n', &line)) {
    at.line++;
    if (!setting_value(line, "config.force_ssl", &given))
      continue;
    off = str_eq(given, STR("false")) || str_eq(given, STR("nil"));
    on = !off; /* what the environment decides is not known to be off */
    if (off)
      fact_find(f, "rb-force-ssl", &at, STR("production"), "force_ssl is %.*s", STR_ARG(given));
  }
  at.line = 1;
  if (!on && !off)
    fact_find(f, "rb-force-ssl", &at, STR("production"), "force_ssl is not set");
}

void facts_read(file_facts *f, bool erb) {
  arena *scratch = arena_new();
  str text = erb ? ast_erb(f->arena, f->text) : f->text;
  node *root = ast_parse(scratch, text, SECONDS_MAX, &f->not_read);
  if (root) {
    flow_budget budget = {.deadline = clock_monotonic() + SECONDS_MAX,
                          .kept = arena_used(f->arena)};
    kept_names kept = {0};
    definition_list definitions = {0};
    flow_define(scratch, root, &definitions);
    flow follow = {.facts = f,
                   .definitions = &definitions,
                   .scratch = scratch,
                   .budget = &budget,
                   .kept = &kept,
                   .klass = erb ? class_of_view(f) : f->path};
    follow.method = STR("");
    flow_eval(&follow, root);
    judge_production(f);
  }
  arena_free(scratch);
}

/* ---- all files ------------------------------------------------------------------------------- */

static void *work(void *given) {
  ruby_audit *r = given;
  arena *own = arena_new();
  for (size_t i; (i = atomic_fetch_add(&r->next, 1)) < r->files.len;) {
    r->files.at[i].arena = own;
    r->files.at[i].number = (unsigned)i;
    if (clock_monotonic() > r->deadline) {
      r->files.at[i].not_read = "the time for all Ruby files was over";
      continue;
    }
    facts_read(&r->files.at[i], is_erb(r->files.at[i].path));
  }
  return own;
}

str jwt_weak_secrets(void) {
  return weak_builtin_list();
}

static void free_arena(void *a) {
  arena_free(a);
}

static void read_all(ruby_audit *r) {
  name_set *names = arena_make(r->arena, name_set);
  for (size_t i = 0; i < r->files.len; i++)
    names_collect(names, r->files.at[i].text);
  for (size_t i = 0; i < r->files.len; i++)
    r->files.at[i].names = names;
  for (size_t i = 0; i < r->others.len; i++)
    project_learn(r->arena, &r->projects, r->others.at[i].path,
                  r->others.at[i].text); /* locks first */
  for (size_t i = 0; i < r->files.len; i++)
    project_learn(r->arena, &r->projects, r->files.at[i].path, r->files.at[i].text);
  for (size_t i = 0; i < r->files.len; i++)
    r->files.at[i].project = project_of(&r->projects, r->files.at[i].path);
  r->deadline = clock_monotonic() + PROJECT_SECONDS_MAX;
  pthread_t threads[THREADS_MAX];
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  size_t wanted = processors < 1             ? 1
                  : processors > THREADS_MAX ? THREADS_MAX
                                             : (size_t)processors,
         started = 0;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024 * 1024);
  while (started < wanted && pthread_create(&threads[started], &attributes, work, r) == 0)
    started++;
  pthread_attr_destroy(&attributes);
  if (!started)
    arena_on_free(r->arena, free_arena, work(r));
  for (size_t i = 0; i < started; i++) {
    void *own;
    pthread_join(threads[i], &own);
    arena_on_free(r->arena, free_arena, own);
  }
}

/* `# batten:ignore RULE REASON` on the line, or alone on the line above. */
static bool ignored(str text, const finding *f, str *reason) {
  str line, rest = text, word;
  for (unsigned n = 1; n <= f->where.line && str_next(&rest, '\n', &line); n++) {
    size_t at = n + 1 >= f->where.line ? str_find(line, STR("batten:ignore "), 0) : SIZE_MAX;
    if (at == SIZE_MAX || (n != f->where.line && !str_starts(str_trim(line), STR("#")) &&
                           !str_starts(str_trim(line), STR("<%#"))))
      continue;
    str tail = str_trim(str_sub(line, at + 14, line.len));
    str_next(&tail, ' ', &word);
    *reason = tail.ptr ? str_trim(tail) : STR("");
    if (str_eq(word, f->check) && reason->len)
      return true;
  }
  return false;
}

static void suppress(ruby_audit *r, report *out, size_t from) {
  size_t kept = from;
  for (size_t i = from; i < out->findings.len; i++) {
    finding *f = &out->findings.at[i];
    str text = {0};
    for (size_t k = 0; k < r->files.len; k++)
      if (str_eq(r->files.at[k].path, f->where.file))
        text = r->files.at[k].text;
    if (ignored(text, f, &f->suppressed_reason)) {
      f->suppressed_until = STR("9999-12-31"); /* as long as the comment stands */
      list_push(r->arena, &out->suppressed, *f);
    } else {
      out->findings.at[kept++] = *f;
    }
  }
  out->findings.len = kept;
}

static bool speaks_of_tokens(const ruby_audit *r) {
  for (size_t i = 0; i < r->files.len; i++)
    if (str_icontains(r->files.at[i].text, STR("jwt")) ||
        str_contains(r->files.at[i].text, STR("Knock")))
      return true;
  return false;
}

/* Rules that are about any application, whatever its tokens are; the others are about a JWT's
 * claims and what they guard. */
static bool needs_no_jwt(str id) {
  static const char *const ids[] = {"rb-gem-vulnerable", "rb-master-key-committed",
                                    "rb-force-ssl",      "rb-cookie-flags",
                                    "rb-token-logged",   "rb-token-in-url"};
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
    if (str_eq(id, str_of(ids[i])))
      return true;
  return false;
}

static void take_facts(ruby_audit *r, const file_facts *f, bool tokens, report *out) {
  for (size_t k = 0; k < f->findings.len; k++)
    if (tokens || needs_no_jwt(f->findings.at[k].check))
      list_push(r->arena, &out->findings, f->findings.at[k]);
  if (f->not_read)
    list_push(r->arena, &out->not_tested, (not_tested){STR("*"), f->path, str_of(f->not_read)});
}

static size_t judge(void *state, report *out) {
  ruby_audit *r = state;
  size_t from = out->findings.len, locks = 0;
  for (size_t i = 0; i < r->skipped.len; i++)
    list_push(r->arena, &out->not_tested, r->skipped.at[i]);
  for (size_t i = 0; i < r->others.len; i++) {
    bool lock = is_lock(r->others.at[i].path);
    (lock ? gems_judge : secret_judge)(r->arena, r->others.at[i].path, r->others.at[i].text, out);
    locks += lock;
  }
  bool tokens = speaks_of_tokens(r);
  read_all(r);
  for (size_t i = 0; i < r->files.len; i++)
    take_facts(r, &r->files.at[i], tokens, out);
  if (tokens)
    facts_link(r->arena, r->files.at, r->files.len, out);
  else if (r->files.len)
    list_push(r->arena, &out->not_tested,
              (not_tested){STR("*"), STR("*.rb"),
                           STR("no Ruby file mentions JWT: what is about claims and what they "
                               "guard was not judged")});
  suppress(r, out, from);
  for (size_t i = 0; RUBY_RULES[i].id && r->files.len + locks; i++) {
    if (!tokens && !needs_no_jwt(str_of(RUBY_RULES[i].id)))
      continue;
    out->categories[RUBY_RULES[i].category].tested = true;
    out->categories[RUBY_RULES[i].category].checks++;
  }
  return r->files.len + locks;
}

static bool rule_at(size_t i, audit_rule *out) {
  for (size_t n = 0; RUBY_RULES[n].id; n++)
    if (n == i) {
      const ruby_rule *u = &RUBY_RULES[n];
      *out = (audit_rule){u->id,          u->severity, u->category,  u->title,
                          u->description, u->fix,      u->references};
      return true;
    }
  return false;
}

const audit_part RUBY_PART = {
    begin,        "Ruby (code, templates, lock files)", wants, read_one, skip_file, judge, rule_at,
    RUBY_FILE_MAX};
