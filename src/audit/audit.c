#include "audit/part.h"
#include "audit/since.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const audit_part *const PARTS[] = {&CONTAINER_PART, &RUBY_PART};

enum { PART_COUNT = sizeof PARTS / sizeof *PARTS, DEPTH_MAX = 64 };

typedef struct {
  arena *arena;
  const audit_options *options;
  report *report;
  void *states[PART_COUNT];
} walk;

static void skip(walk *w, str path, str reason) {
  for (size_t i = 0; i < PART_COUNT; i++)
    if (PARTS[i]->wants(path)) {
      PARTS[i]->skip(w->states[i], path, reason);
      return;
    }
}

/* A regular file of at most `limit` bytes; anything else is named. */
static bool read_at(walk *w, int folder, const char *name, str path, size_t limit, str *out) {
  struct stat s;
  int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &s) != 0) {
    skip(w, path, arena_printf(w->arena, "not readable: %s", strerror(errno)));
    if (fd >= 0)
      close(fd);
    return false;
  }
  size_t size = S_ISREG(s.st_mode) && s.st_size > 0 ? (size_t)s.st_size : 0, have = 0;
  bool fits = size <= limit;
  if (!fits)
    skip(w, path, arena_printf(w->arena, "larger than %zu MiB", limit / 1024 / 1024));
  char *bytes = arena_alloc(w->arena, fits ? size + 1 : 1);
  for (ssize_t n; fits && have < size && (n = read(fd, bytes + have, size - have)) > 0;)
    have += (size_t)n;
  close(fd);
  *out = str_from(bytes, have);
  return fits && S_ISREG(s.st_mode);
}

static bool excluded(const walk *w, str path) {
  for (size_t i = 0; i < w->options->exclude.len; i++)
    if (str_glob(w->options->exclude.at[i], path))
      return true;
  return false;
}

static void one_file(walk *w, int folder, const char *name, str path) {
  size_t limit = 0;
  str text;
  if (excluded(w, path))
    return;
  for (size_t i = 0; i < PART_COUNT; i++)
    if (PARTS[i]->wants(path) && PARTS[i]->file_max > limit)
      limit = PARTS[i]->file_max;
  if (!limit || !read_at(w, folder, name, path, limit, &text))
    return;
  w->report->operations++;
  for (size_t i = 0; i < PART_COUNT; i++)
    if (PARTS[i]->wants(path))
      PARTS[i]->read(w->states[i], path, text);
}

static int by_name(const void *x, const void *y) {
  return strcmp(*(char *const *)x, *(char *const *)y);
}

/* Other people's code and what programs leave behind. */
static bool skipped_folder(const char *name) {
  static const char *const names[] = {".git",    ".svn",       ".hg",         "node_modules",
                                      ".bundle", ".terraform", "__pycache__", ".venv"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0)
      return true;
  return false;
}

static void leave_out(walk *w, str path, str reason) {
  not_tested n = {STR("*"), path, reason};
  list_push(w->arena, &w->report->not_tested, n);
}

static void one_folder(walk *w, int folder, str path, int depth);

static void one_entry(walk *w, int folder, const char *name, str path, int depth) {
  struct stat s;
  if (fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0)
    return;
  if (S_ISREG(s.st_mode))
    one_file(w, folder, name, path);
  if (!S_ISDIR(s.st_mode) || skipped_folder(name) || excluded(w, path))
    return;
  if (strcmp(name, "vendor") == 0)
    leave_out(w, path, STR("other people's code: Ruby beneath it is not audited"));
  int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0 && depth < DEPTH_MAX)
    one_folder(w, fd, path, depth + 1);
  else {
    leave_out(w, path,
              fd < 0 ? STR("the folder is not readable") : STR("folders this deep are not read"));
    if (fd >= 0)
      close(fd);
  }
}

/* Takes the descriptor. */
static void one_folder(walk *w, int folder, str path, int depth) {
  LIST(char *) names = {0};
  DIR *d = fdopendir(folder);
  if (!d) {
    close(folder);
    return;
  }
  for (struct dirent *e; (e = readdir(d));)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      list_push(w->arena, &names, arena_text(w->arena, str_of(e->d_name)));
  if (names.len)
    qsort(names.at, names.len, sizeof *names.at, by_name);
  for (size_t i = 0; i < names.len; i++) {
    str child = path.len ? arena_printf(w->arena, "%.*s/%s", STR_ARG(path), names.at[i])
                         : str_of(names.at[i]);
    one_entry(w, dirfd(d), names.at[i], child, depth);
  }
  closedir(d);
}

static bool start(walk *w, error *e) {
  const char *path = w->options->directory;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat s;
  if (fd < 0 || fstat(fd, &s) != 0) {
    if (fd >= 0)
      close(fd);
    return error_set(e, ERROR_USAGE, "%s: %s", path, strerror(errno));
  }
  if (S_ISDIR(s.st_mode)) {
    one_folder(w, fd, STR(""), 0);
    return true;
  }
  close(fd);
  one_file(w, AT_FDCWD, path, path_name(str_of(path)));
  return true;
}

/* All files are read, for a flow may begin in one that did not change; findings stay where
 * something changed. */
static bool keep_changed(arena *a, const audit_options *o, report *r, error *e) {
  str_list changed = {0};
  size_t kept = 0;
  if (!o->since)
    return true;
  if (!changed_since(a, o->directory, o->since, &changed, e))
    return false;
  for (size_t i = 0; i < r->findings.len; i++)
    if (str_list_has(&changed, r->findings.at[i].where.file))
      r->findings.at[kept++] = r->findings.at[i];
  r->findings.len = kept;
  list_push(a, &r->notes,
            arena_printf(a, "only findings in the %zu files that changed since %s", changed.len,
                         o->since));
  return true;
}

/* Nothing found in nothing is no good news: the wrong folder, perhaps. */
static void judge_all(walk *w) {
  size_t judged = 0;
  buf reads = {.arena = w->arena};
  for (size_t i = 0; i < PART_COUNT; i++) {
    judged += PARTS[i]->judge(w->states[i], w->report);
    buf_printf(&reads, "%s%s", i ? ", " : "", PARTS[i]->reads);
  }
  if (judged || w->report->findings.len)
    return; /* a key alone is of no kind, and still a finding */
  w->report->partial = true;
  w->report->partial_reason = arena_printf(
      w->arena, "there is nothing of the kinds that are read: %.*s", STR_ARG(buf_str(&reads)));
}

bool audit_run(arena *a, const audit_options *o, report *out, error *e) {
  walk w = {.arena = a, .options = o, .report = out};
  *out = (report){.kind = REPORT_AUDIT,
                  .target_url = str_of(o->directory),
                  .context = STR("default"),
                  .started = clock_wall()};
  for (size_t i = 0; i < PART_COUNT; i++)
    w.states[i] = PARTS[i]->begin(a);
  if (!start(&w, e))
    return false;
  judge_all(&w);
  if (!keep_changed(a, o, out, e))
    return false;
  out->finished = clock_wall();
  report_finish(a, out);
  return true;
}

bool audit_rule_at(size_t i, audit_rule *out) {
  for (size_t p = 0; p < PART_COUNT; p++) {
    size_t n = 0;
    while (PARTS[p]->rule_at(n, out)) {
      if (n == i)
        return true;
      n++;
    }
    i -= n;
  }
  return false;
}
