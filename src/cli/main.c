#include "cli/cli.h"
#include "job/job.h"
#include "net/net.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#ifndef BATTEN_VERSION
#define BATTEN_VERSION "0.0.0"
#endif

/* In the order of the overview. */
static const command *const COMMANDS[] = {
    &COMMAND_SCAN,         &COMMAND_AUDIT,           &COMMAND_PATHS,
    &COMMAND_CHECKS,       &COMMAND_WATCH_ADD,       &COMMAND_WATCH_LIST,
    &COMMAND_WATCH_REMOVE, &COMMAND_WATCH_RUN,       &COMMAND_WATCH_HISTORY,
    &COMMAND_WATCH_SERVE,  &COMMAND_WATCH_WORK,      &COMMAND_WATCH_KEYGEN,
    &COMMAND_MCP,          &COMMAND_CONVERT,         &COMMAND_DIFF,
    &COMMAND_INSPECT,      &COMMAND_VERIFY,          &COMMAND_MINT,
    &COMMAND_WEAK,         &COMMAND_GUARD_CHECK,     &COMMAND_GUARD_SERVE,
    &COMMAND_GUARD_REVOKE, &COMMAND_GUARD_KEYS_LIST, &COMMAND_GUARD_KEYS_ROTATE,
};

const command *command_at(size_t i) {
  return i < sizeof COMMANDS / sizeof *COMMANDS ? COMMANDS[i] : NULL;
}

/* The first words of the line, with blanks between: "guard keys list". */
static str first_words(arena *a, int argc, char **argv, int words) {
  buf b = {.arena = a};
  for (int i = 1; i <= words && i < argc; i++)
    buf_printf(&b, i > 1 ? " %s" : "%s", argv[i]);
  return buf_str(&b);
}

enum { WORDS_MAX = 3 };

/* Finds the command; *used says of how many words. */
static const command *find_command(arena *a, int argc, char **argv, int *used) {
  for (int words = WORDS_MAX < argc ? WORDS_MAX : argc - 1; words >= 1; words--)
    for (size_t i = 0; command_at(i); i++) {
      if (!str_eq(first_words(a, argc, argv, words), str_of(command_at(i)->name)))
        continue;
      *used = words;
      return command_at(i);
    }
  return NULL;
}

/* How many of the first words begin some command: those of "guard keys" in "guard keys lst". */
static int group_words(arena *a, int argc, char **argv) {
  for (int words = WORDS_MAX < argc ? WORDS_MAX : argc - 1; words >= 1; words--)
    for (size_t i = 0; command_at(i); i++)
      if (str_starts(str_of(command_at(i)->name),
                     arena_printf(a, "%.*s ", STR_ARG(first_words(a, argc, argv, words)))))
        return words;
  return 0;
}

static int unknown_command(arena *a, int argc, char **argv) {
  const char *names[64];
  size_t n = 0;
  error e;
  int group = group_words(a, argc, argv);
  str start = first_words(a, argc, argv, group);
  for (; command_at(n) && n < 63; n++)
    names[n] = command_at(n)->name;
  names[n] = NULL;
  if (group && argc <= group + 1) {
    fprintf(stderr, "batten: %.*s needs one more word:\n", STR_ARG(start));
    for (size_t i = 0; i < n; i++)
      if (str_starts(str_of(names[i]), start))
        fprintf(stderr, "  batten %s\n", names[i]);
    return ERROR_USAGE;
  }
  str word = first_words(a, argc, argv, group + 1);
  const char *near = nearest_name(word, names);
  error_set(&e, ERROR_USAGE, "unknown command '%.*s'%s%s%s See: batten --help", STR_ARG(word),
            near ? ": did you mean " : ".", near ? near : "", near ? "?" : "");
  return fail(&e);
}

static bool asks_for_help(int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
      return true;
  return false;
}

/* Alone on the line, where no command is of that name. */
static bool is_word(int argc, char **argv, const char *word) {
  return argc == 2 && strcmp(argv[1], word) == 0;
}

/* For the build: man pages, docs and completions come from the same tables. */
static bool print_page(arena *a, int argc, char **argv) {
  if (strcmp(argv[1], "--completion") == 0 && argc == 3) {
    str text = completion_text(a, str_of(argv[2]));
    print_out(text);
    return text.ptr != NULL;
  }
  bool man = strcmp(argv[1], "--man") == 0;
  if (!man && strcmp(argv[1], "--markdown") != 0)
    return false;
  int used = 0;
  argv[1] = argv[0];
  const command *c = argc > 2 ? find_command(a, argc - 1, argv + 1, &used) : NULL;
  if (!c && argc > 2)
    return false;
  print_out(man ? help_man(a, c) : help_markdown(a, c));
  return true;
}

static int run_command(arena *a, int argc, char **argv) {
  int used = 0;
  const command *c = find_command(a, argc, argv, &used);
  arguments args;
  error e = {0};
  if (!c && (asks_for_help(argc, argv) || is_word(argc, argv, "help"))) {
    int group = group_words(a, argc, argv);
    print_out(group ? help_group(a, first_words(a, argc, argv, group)) : help_overview(a));
    return 0;
  }
  if (!c)
    return unknown_command(a, argc, argv);
  if (asks_for_help(argc, argv)) {
    print_out(help_text(a, c));
    return 0;
  }
  if (!arguments_parse(a, c, argc - 1 - used, argv + 1 + used, &args, &e) ||
      !config_apply(&args, c, &e))
    return fail(&e);
  return c->run(&args);
}

/* A closed standard descriptor is taken, unusable as before: else the next file that is opened
 * would get its number, and what is printed would land in it. */
static void hold_standard_descriptors(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
      _exit(ERROR_INTERNAL);
}

int main(int argc, char **argv) {
  hold_standard_descriptors();
  job_obey_parent();
  arena *a = arena_new();
  int code = 0;
  signal(SIGPIPE, SIG_IGN);
  if (argc < 2) {
    fprintf(stderr, "%s", arena_text(a, help_overview(a)));
    code = ERROR_USAGE;
  } else if (is_word(argc, argv, "version") || is_word(argc, argv, "-V") ||
             strcmp(argv[1], "--version") == 0) {
    printf("batten %s\n", BATTEN_VERSION);
  } else if (!print_page(a, argc, argv)) {
    code = run_command(a, argc, argv);
  }
  arena_free(a);
  error e = {0};
  return print_done(&e) ? code : fail(&e);
}
