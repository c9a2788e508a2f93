/* What may be run: no shell or interpreter that would take its code from the command line, from
 * standard input or from a file that the program did not choose, be it named outright, behind a
 * program that runs others (`env`, `xargs`, `find -exec`), under another name, or inside an option.
 * How far the arguments are trusted makes no difference: code that is put together from words is
 * what the call exists to avoid. */
#include "base/base.h"
#include "sinks/sinks.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ARGUMENT_MAX = 128 * 1024, ARGUMENTS_MAX = 1024 };

/* ---- kinds of programs ----------------------------------------------------------------------- */

enum { NAMES_MAX = 48 };

typedef enum {
  RUNS_SCRIPT,   /* runs a file; that file must be the program's own choice */
  RUNS_ANYTHING, /* reads commands in ways that no argument tells apart */
  RUNS_PROGRAMS  /* runs the program that its arguments name */
} family_kind;

typedef struct {
  family_kind kind;
  const char *flags;  /* letters of options that carry no code and stand alone */
  const char *valued; /* letters of options that carry no code and have a value */
  const char *script; /* the option before the script, where there is one */
  const char *code;   /* letters of options behind which code stands */
  const char *shells; /* letters of options that start a shell, in short form or as initials */
  const char *tame;   /* with this argument it runs nothing */
  const char *names[NAMES_MAX];
} family;

static const family FAMILIES[] = {
    {RUNS_SCRIPT, .flags = "abefhkmnpuvxBCEHPT", .code = "c",
     .names = {"sh",   "bash",   "dash", "ash",   "hush", "zsh",       "ksh",
               "rksh", "mksh",   "csh",  "tcsh",  "fish", "rbash",     "yash",
               "posh", "elvish", "nu",   "xonsh", "pwsh", "powershell"}},
    {RUNS_SCRIPT, .flags = "wWtTX", .valued = "I", .code = "eE", .names = {"perl"}},
    {RUNS_SCRIPT, .flags = "wvU", .valued = "WIEK", .code = "e",
     .names = {"ruby", "jruby", "truffleruby", "irb", "pry", "mruby"}},
    {RUNS_SCRIPT, .flags = "bBdEIOPqRsSuv", .valued = "WX", .code = "c",
     .names = {"python", "pypy", "jython", "ipython", "micropython"}},
    {RUNS_SCRIPT, .flags = "qn", .script = "-f", .code = "r", .names = {"php", "php-cgi"}},
    {RUNS_SCRIPT, .valued = "Fv", .script = "-f",
     .names = {"awk", "gawk", "mawk", "nawk", "original-awk", "bwk", "goawk"}},
    {RUNS_SCRIPT, .flags = "nErsuz", .script = "-f", .tame = "--sandbox",
     .names = {"sed", "gsed", "ssed"}},
    {RUNS_SCRIPT, .code = "ep", .names = {"node", "nodejs", "deno", "bun", "lua", "luajit"}},
    {RUNS_SCRIPT,
     .names = {"qjs",    "gjs",        "rhino",  "texlua",  "tclsh", "jimsh",   "wish",
               "expect", "guile",      "racket", "Rscript", "R",     "octave",  "julia",
               "scala",  "groovy",     "elixir", "iex",     "erl",   "escript", "ocaml",
               "runghc", "runhaskell", "ghci",   "swipl",   "sbcl",  "clisp",   "dc"}},
    {RUNS_ANYTHING,
     .names = {"su",   "runuser", "script", "parallel", "at",      "batch",  "watch", "ed",
               "red",  "ex",      "vi",     "vim",      "view",    "nvim",   "emacs", "gdb",
               "lldb", "tmux",    "screen", "capsh",    "crontab", "newgrp", "sg",    "login"}},
    {RUNS_PROGRAMS, .shells = "Ss", .tame = "", .names = {"env"}},
    {RUNS_PROGRAMS, .shells = "sil", .names = {"sudo", "doas", "pkexec"}},
    {RUNS_PROGRAMS, .shells = "c", .names = {"flock"}},
    {RUNS_PROGRAMS, .names = {"nice",
                              "ionice",
                              "chrt",
                              "taskset",
                              "timeout",
                              "setsid",
                              "nohup",
                              "xargs",
                              "busybox",
                              "toybox",
                              "stdbuf",
                              "unbuffer",
                              "time",
                              "strace",
                              "ltrace",
                              "chroot",
                              "unshare",
                              "nsenter",
                              "setpriv",
                              "setarch",
                              "linux",
                              "choom",
                              "prlimit",
                              "numactl",
                              "cgexec",
                              "fakeroot",
                              "proot",
                              "valgrind",
                              "firejail",
                              "bwrap",
                              "runcon",
                              "tini",
                              "dumb-init",
                              "gosu",
                              "su-exec",
                              "rlwrap",
                              "systemd-run",
                              "start-stop-daemon",
                              "dbus-run-session",
                              "ld.so",
                              "ld-linux",
                              "ld-linux-x",
                              "ld-linux-aarch",
                              "ld-musl-x"}},
};

static const char *const DIRECTORIES[] = {
    "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin", NULL};

static str last_part(str path) {
  size_t at = path.len;
  while (at > 0 && path.ptr[at - 1] != '/')
    at--;
  return str_sub(path, at, path.len);
}

/* Without what says which version it is: python3.11 and perl5.36-x86_64-linux-gnu. */
static str stem_of(str name) {
  size_t len = 0;
  while (len < name.len && !(name.ptr[len] >= '0' && name.ptr[len] <= '9'))
    len++;
  while (len > 0 && (name.ptr[len - 1] == '-' || name.ptr[len - 1] == '.'))
    len--;
  return str_sub(name, 0, len);
}

static const family *family_of_name(str path) {
  str stem = stem_of(last_part(path));
  for (size_t i = 0; stem.len && i < sizeof FAMILIES / sizeof *FAMILIES; i++)
    for (size_t n = 0; n < NAMES_MAX && FAMILIES[i].names[n]; n++)
      if (str_eq(stem, str_of(FAMILIES[i].names[n])))
        return &FAMILIES[i];
  return NULL;
}

/* ---- the file behind a word ------------------------------------------------------------------ */

typedef struct {
  const char *const *argv;
  size_t first_untrusted;
  int directory; /* where the process will stand */
} command;

static bool has_slash(const char *word) {
  return strchr(word, '/') != NULL;
}

static bool find_in(const char *directory, const char *name, char *path, size_t size,
                    struct stat *info) {
  int len = snprintf(path, size, "%s/%s", directory, name);
  return len > 0 && (size_t)len < size && stat(path, info) == 0 && S_ISREG(info->st_mode);
}

/* The file that would be run for a word: a path, or a name in the usual folders. */
static bool file_of(const command *c, const char *word, char *path, size_t size,
                    struct stat *info) {
  if (has_slash(word)) {
    int len = snprintf(path, size, "%s", word);
    return len > 0 && (size_t)len < size && fstatat(c->directory, word, info, 0) == 0 &&
           S_ISREG(info->st_mode);
  }
  for (size_t i = 0; DIRECTORIES[i]; i++)
    if (*word && find_in(DIRECTORIES[i], word, path, size, info))
      return true;
  return false;
}

static bool same_bytes(int directory, const char *one, const char *other, size_t size) {
  int a = openat(directory, one, O_RDONLY | O_CLOEXEC | O_NONBLOCK),
      b = open(other, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  void *left = a < 0 || !size ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, a, 0);
  void *right = b < 0 || !size ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, b, 0);
  bool same = left != MAP_FAILED && right != MAP_FAILED && memcmp(left, right, size) == 0;
  if (left != MAP_FAILED)
    munmap(left, size);
  if (right != MAP_FAILED)
    munmap(right, size);
  if (a >= 0)
    close(a);
  if (b >= 0)
    close(b);
  return same;
}

/* Under another name: a hard link to a known program, a symbolic one, or a copy of it. */
static bool is_program(const command *c, const char *path, const struct stat *info,
                       const char *known) {
  char other[PATH_MAX];
  for (size_t i = 0; DIRECTORIES[i]; i++) {
    struct stat found;
    if (!find_in(DIRECTORIES[i], known, other, sizeof other, &found))
      continue;
    bool same_file = found.st_dev == info->st_dev && found.st_ino == info->st_ino;
    if (same_file || (found.st_size == info->st_size &&
                      same_bytes(c->directory, path, other, (size_t)info->st_size)))
      return true;
  }
  return false;
}

static const family *family_of_file(const command *c, const char *path, const struct stat *info) {
  char real[PATH_MAX], link[64];
  int fd = openat(c->directory, path, O_PATH | O_CLOEXEC);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t len = fd < 0 ? -1 : readlink(link, real, sizeof real);
  if (fd >= 0)
    close(fd);
  const family *named = len > 0 ? family_of_name(str_from(real, (size_t)len)) : NULL;
  for (size_t i = 0; !named && i < sizeof FAMILIES / sizeof *FAMILIES; i++)
    for (size_t n = 0; !named && n < NAMES_MAX && FAMILIES[i].names[n]; n++)
      if (is_program(c, path, info, FAMILIES[i].names[n]))
        named = &FAMILIES[i];
  return named;
}

static const family *family_of(const command *c, size_t at) {
  char path[PATH_MAX];
  struct stat info;
  const char *word = c->argv[at];
  const family *named = family_of_name(str_of(word));
  bool runs = !named && file_of(c, word, path, sizeof path, &info) && (info.st_mode & 0111);
  return runs ? family_of_file(c, path, &info) : named;
}

/* ---- scripts --------------------------------------------------------------------------------- */

static bool trusted(const command *c, size_t at) {
  return at < c->first_untrusted;
}

/* A file of its own, not a name of what happens to be open, such as /dev/stdin. */
static bool is_plain_file(const command *c, const char *path) {
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS};
  struct stat info;
  long fd = syscall(SYS_openat2, c->directory, path, &how, sizeof how);
  if (fd < 0) /* without openat2, only what stands outside the folders of such names */
    return strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0 &&
           fstatat(c->directory, path, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode);
  bool plain = fstat((int)fd, &info) == 0 && S_ISREG(info.st_mode);
  close((int)fd);
  return plain;
}

static bool only_letters_of(const char *option, const char *letters) {
  const char *cluster = option + 1;
  return letters && *cluster && cluster[strspn(cluster, letters)] == 0;
}

static bool is_valued(const char *option, const char *letters) {
  return letters && option[1] && strchr(letters, option[1]) != NULL;
}

/* An option that carries no code; *at moves on to its value where that stands apart. */
static bool is_harmless(const command *c, size_t *at, const family *f) {
  const char *option = c->argv[*at];
  if (only_letters_of(option, f->flags))
    return true;
  if (!is_valued(option, f->valued))
    return false;
  if (!option[2] && c->argv[*at + 1])
    ++*at;
  return true;
}

/* The place of the script behind options that carry no code; 0 when an option may carry some. */
static size_t script_at(const command *c, size_t at, const family *f) {
  size_t script = 0;
  for (at++; c->argv[at] && c->argv[at][0] == '-'; at++) {
    if (f->script && strcmp(c->argv[at], f->script) == 0 && c->argv[at + 1])
      script = ++at;
    else if (strcmp(c->argv[at], "--") == 0 && !f->script)
      return at + 1;
    else if (!is_harmless(c, &at, f))
      return 0;
  }
  bool words_are_code = f->script && !f->code; /* awk, sed: what follows the options is a program */
  if (script || words_are_code)
    return script;
  return at;
}

static bool runs_own_script(const command *c, size_t at, const family *f) {
  for (size_t i = at + 1; f->tame && c->argv[i] && trusted(c, i); i++)
    if (strcmp(c->argv[i], f->tame) == 0)
      return true;
  size_t script = script_at(c, at, f);
  for (size_t i = script; f->tame && script && c->argv[i]; i++) /* sed takes options anywhere */
    if (c->argv[i][0] == '-' && !only_letters_of(c->argv[i], f->flags))
      return false;
  return script && c->argv[script] && trusted(c, script) && is_plain_file(c, c->argv[script]);
}

/* ---- programs that run others ---------------------------------------------------------------- */

static bool names_program(const command *c, size_t at) {
  char path[PATH_MAX];
  struct stat info;
  return c->argv[at][0] != '-' && file_of(c, c->argv[at], path, sizeof path, &info) &&
         (info.st_mode & 0111);
}

static bool starts_shell(const char *option, const char *letters) {
  if (!letters || option[0] != '-')
    return false;
  if (option[1] == '-')
    return option[2] && strchr(letters, option[2]) != NULL;
  return strpbrk(option + 1, letters) != NULL;
}

/* What it runs must be the program's own choice. Which word that is depends on options that only
 * the wrapper knows, so: before the first word from outside there must be one that names a program.
 * Each word that names an interpreter is judged for itself. */
static bool runs_own_program(const command *c, size_t at, const family *f) {
  size_t i = at + 1;
  for (; c->argv[i] && trusted(c, i); i++) {
    if (starts_shell(c->argv[i], f->shells))
      return false;
    if (names_program(c, i))
      return true;
  }
  return f->tame && !c->argv[i]; /* `env` alone only tells */
}

static bool is_exec_of_find(const command *c, size_t at) {
  static const char *const options[] = {"-exec", "-execdir", "-ok", "-okdir", NULL};
  for (size_t i = 0; options[i]; i++)
    if (strcmp(c->argv[at], options[i]) == 0)
      return true;
  return false;
}

/* ---- commands inside other words ------------------------------------------------------------- */

/* `-c`, `-lc`, `--eval`: behind which this interpreter takes code. */
static bool is_code_option(const char *option, size_t len, const family *f) {
  static const char *const longs[] = {"--eval", "--exec", "--execute", "--command", "--run", NULL};

  enum { CLUSTER_MAX = 6 };

  for (size_t i = 0; f->code && longs[i]; i++)
    if (len >= strlen(longs[i]) && strncmp(option, longs[i], strlen(longs[i])) == 0)
      return true;
  return f->code && len >= 2 && len <= CLUSTER_MAX && option[0] == '-' && option[1] != '-' &&
         strchr(f->code, option[len - 1]) != NULL;
}

static size_t word_length(const char *text, const char *ends) {
  return strcspn(text, ends);
}

/* Whether an option's name says that its value is run: --to-command, --checkpoint-action=exec. */
static bool says_command(str option) {
  static const char *const hints[] = {"command", "cmd", "exec", "program", "rsh", NULL};
  for (size_t i = 0; hints[i]; i++)
    if (str_icontains(option, str_of(hints[i])))
      return true;
  return false;
}

/* `sh -c id` inside one word, as in -oProxyCommand=sh -c id, or an interpreter as the value of an
 * option that runs it, as in --to-command=sh. */
static bool holds_command(const char *word) {
  static const char blanks[] = " \t\n", ends[] = " \t\n=,:;|&!'\"(){}`$";
  for (const char *at = word; *at;) {
    size_t len = word_length(at, ends);
    const char *rest = at + len, *next = rest + strspn(rest, blanks);
    const family *f = len ? family_of_name(str_from(at, len)) : NULL;
    bool is_value = word[0] == '-' && at > word && at[-1] == '=' && (!*rest || next > rest);
    if (f && next > rest && is_code_option(next, word_length(next, ends), f))
      return true;
    if (f && f->kind == RUNS_SCRIPT && is_value &&
        says_command(str_from(word, (size_t)(at - word))))
      return true;
    at = *rest ? rest + 1 : rest;
  }
  return false;
}

/* A word behind a program that is not known to run others: only what can hardly be anything else
 * counts, `sh -c`, or the path of an interpreter before a word from outside. */
static bool looks_run(const command *c, size_t at, const family *f) {
  const char *next = c->argv[at + 1];
  if (f->kind == RUNS_PROGRAMS || !next)
    return false;
  bool from_outside = has_slash(c->argv[at]) && !trusted(c, at + 1);
  return from_outside || is_code_option(next, strlen(next), f);
}

/* ---- a command as a whole -------------------------------------------------------------------- */

static bool family_allows(const command *c, size_t at, const family *f) {
  switch (f->kind) {
  case RUNS_SCRIPT:
    return runs_own_script(c, at, f);
  case RUNS_PROGRAMS:
    return runs_own_program(c, at, f);
  case RUNS_ANYTHING:
    break;
  }
  return false;
}

/* One word behind the first. *expected: a program before it runs another, which has not come yet.
 */
static bool word_takes_code(const command *c, size_t at, bool *expected) {
  const char *word = c->argv[at];
  bool option = word[0] == '-';
  if (!trusted(c, at) && !option)
    return false;
  if (holds_command(word))
    return true;
  if (is_exec_of_find(c, at)) {
    *expected = true;
    return c->argv[at + 1] && !(trusted(c, at + 1) && names_program(c, at + 1));
  }
  const family *f = option ? NULL : family_of(c, at);
  bool refused = f && (*expected ? !family_allows(c, at, f) : looks_run(c, at, f));
  bool arrived = *expected && !option && (f || names_program(c, at));
  if (arrived)
    *expected = f && f->kind == RUNS_PROGRAMS;
  return refused;
}

static bool takes_code(const command *c) {
  const family *f = family_of(c, 0);
  if (f && !family_allows(c, 0, f))
    return true;
  if (f && f->kind == RUNS_SCRIPT)
    return false; /* the rest is its script's */
  bool expected = f != NULL;
  for (size_t i = 1; c->argv[i]; i++)
    if (word_takes_code(c, i, &expected))
      return true;
  return false;
}

bt_sink_status program_check(const char *const *argv, const bt_spawn_options *o) {
  size_t first = o->first_untrusted ? o->first_untrusted : 1, i;
  if (!argv || !argv[0] || !*argv[0])
    return BT_SINK_EMPTY;
  if (argv[0][0] != '/')
    return BT_SINK_PROGRAM;
  for (i = 1; argv[i]; i++) {
    if (i >= ARGUMENTS_MAX || strlen(argv[i]) > ARGUMENT_MAX)
      return BT_SINK_TOO_LONG;
    if (i >= first && argv[i][0] == '-' && !o->allow_dash)
      return BT_SINK_DASH;
  }
  if (access(argv[0], X_OK) != 0)
    return BT_SINK_PROGRAM;
  command c = {argv, first, open(o->directory ? o->directory : "/", O_PATH | O_CLOEXEC)};
  if (c.directory < 0)
    return BT_SINK_SYSTEM;
  bool code = takes_code(&c);
  close(c.directory);
  return code ? BT_SINK_INTERPRETER : BT_SINK_OK;
}
