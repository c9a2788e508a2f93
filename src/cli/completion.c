/* Completions for bash, zsh and fish, printed from the same tables as --help. */
#include "cli/cli.h"

/* Values that an option's help lists are worth completing. */
static const struct {
  const char *option, *values;
} VALUES[] = {{"--fail-on", "info low medium high critical"},
              {"--context", "default financial medical public internal"},
              {"--color", "auto always never"},
              {"--active", "passive forge claims"}};

static str formats(arena *a) {
  buf b = {.arena = a};
  for (size_t i = 0; report_writer_at(i); i++)
    buf_printf(&b, "%s%s", i ? " " : "", report_writer_at(i)->name);
  return buf_str(&b);
}

static bool names_file(const option_row *o) {
  return o->value &&
         (str_starts(str_of(o->value), STR("FILE")) || str_starts(str_of(o->value), STR("DIR")));
}

static str options_of(arena *a, const command *c) {
  buf b = {.arena = a};
  for (const option_row *o = options_first(c); o; o = options_next(c, o))
    buf_printf(&b, "%s ", o->name);
  buf_put(&b, STR("--help"));
  return buf_str(&b);
}

/* The first words of all commands, or what may follow one of them. */
static str words_after(arena *a, str first) {
  buf b = {.arena = a};
  str last = {0};
  for (size_t i = 0; command_at(i); i++) {
    str rest = str_of(command_at(i)->name), word;
    str_next(&rest, ' ', &word);
    if (first.len && (!str_eq(word, first) || !rest.ptr))
      continue;
    if (first.len)
      word = rest;
    if (!str_eq(word, last))
      buf_printf(&b, "%s%.*s", b.len ? " " : "", STR_ARG(word));
    last = word;
  }
  return buf_str(&b);
}

/* ---- bash ------------------------------------------------------------------------------------ */

static void bash_values(buf *b) {
  buf_put(b, STR("  case $previous in\n"));
  for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++)
    buf_printf(b, "    %s) mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\"); return ;;\n",
               VALUES[i].option, VALUES[i].values);
  buf_printf(b,
             "    --format) mapfile -t COMPREPLY < <(compgen -W '%.*s' -- \"$word\"); return ;;\n",
             STR_ARG(formats(b->arena)));
  buf_put(b, STR("  esac\n"));
}

static str bash(arena *a) {
  buf b = {.arena = a};
  buf_put(
      &b,
      STR("# bash completion for batten\n_batten() {\n  local word=${COMP_WORDS[COMP_CWORD]} "
          "previous=${COMP_WORDS[COMP_CWORD-1]}\n  local command=${COMP_WORDS[1]-} options=\n"));
  bash_values(&b);
  buf_printf(&b,
             "  if [ \"$COMP_CWORD\" = 1 ]; then\n    mapfile -t COMPREPLY < <(compgen -W '%.*s "
             "--help --version' -- \"$word\")\n"
             "    return\n  fi\n  case \"$command ${COMP_WORDS[2]-}\" in\n",
             STR_ARG(words_after(a, (str){0})));
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; command_at(i); i++) {
      const command *c = command_at(i);
      bool two = strchr(c->name, ' ') != NULL;
      if (two == (pass == 0))
        buf_printf(&b, "    '%s'%s) options='%.*s' ;;\n", c->name, two ? "" : "\\ *",
                   STR_ARG(options_of(a, c)));
    }
  for (size_t i = 0; command_at(i); i++) {
    str rest = str_of(command_at(i)->name), first;
    str_next(&rest, ' ', &first);
    if (rest.ptr && (i == 0 || !str_starts(str_of(command_at(i - 1)->name),
                                           arena_printf(a, "%.*s ", STR_ARG(first)))))
      buf_printf(&b, "    '%.*s'\\ *) options='%.*s' ;;\n", STR_ARG(first),
                 STR_ARG(words_after(a, first)));
  }
  buf_put(
      &b,
      STR("  esac\n  mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
          "  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n}\n"
          "complete -o filenames -F _batten batten\n"));
  return buf_str(&b);
}

/* ---- zsh and fish ---------------------------------------------------------------------------- */

static str first_sentence(arena *a, const char *help, const char *forbidden) {
  enum { LONGEST = 70 };

  buf b = {.arena = a};
  for (const char *p = help; *p && b.len < LONGEST; p++)
    if (!strchr(forbidden, *p))
      buf_char(&b, *p);
  return buf_str(&b);
}

static const char *values_of(arena *a, const option_row *o) {
  for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++)
    if (strcmp(o->name, VALUES[i].option) == 0)
      return VALUES[i].values;
  return strcmp(o->name, "--format") == 0 ? arena_text(a, formats(a)) : NULL;
}

static void zsh_command(buf *b, const command *c) {
  buf_printf(b, "    '%s') _arguments", c->name);
  for (const option_row *o = options_first(c); o; o = options_next(c, o)) {
    const char *values = values_of(b->arena, o);
    buf_printf(b, " \\\n      '*%s[%.*s]", o->name,
               STR_ARG(first_sentence(b->arena, o->help, "'[]:\\")));
    if (values)
      buf_printf(b, ":value:(%s)", values);
    else if (o->value)
      buf_printf(b, ":value:%s", names_file(o) ? "_files" : "");
    buf_char(b, '\'');
  }
  buf_put(b, STR(" '*:file:_files' ;;\n"));
}

static str zsh(arena *a) {
  buf b = {.arena = a};
  buf_printf(&b,
             "#compdef batten\nlocal name=$words[2]\nif (( CURRENT == 2 )); then\n  compadd -- "
             "%.*s --help --version\n"
             "  return\nfi\ncase $name in\n",
             STR_ARG(words_after(a, (str){0})));
  for (size_t i = 0; command_at(i); i++) {
    str rest = str_of(command_at(i)->name), first;
    str_next(&rest, ' ', &first);
    if (rest.ptr && (i == 0 || !str_starts(str_of(command_at(i - 1)->name),
                                           arena_printf(a, "%.*s ", STR_ARG(first)))))
      buf_printf(&b,
                 "  %.*s) if (( CURRENT == 3 )); then compadd -- %.*s; return; fi; name=\"$name "
                 "$words[3]\" ;;\n",
                 STR_ARG(first), STR_ARG(words_after(a, first)));
  }
  buf_put(&b, STR("esac\ncase $name in\n"));
  for (size_t i = 0; command_at(i); i++)
    zsh_command(&b, command_at(i));
  buf_put(&b, STR("esac\n"));
  return buf_str(&b);
}

static void fish_command(buf *b, const command *c) {
  str rest = str_of(c->name), first;
  str_next(&rest, ' ', &first);
  str seen =
      rest.ptr
          ? arena_printf(b->arena,
                         "__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %.*s",
                         STR_ARG(first), STR_ARG(rest))
          : arena_printf(b->arena, "__fish_seen_subcommand_from %.*s", STR_ARG(first));
  for (const option_row *o = options_first(c); o; o = options_next(c, o)) {
    const char *values = values_of(b->arena, o);
    buf_printf(b, "complete -c batten -n '%.*s' -l %s -d '%.*s'", STR_ARG(seen), o->name + 2,
               STR_ARG(first_sentence(b->arena, o->help, "'\\")));
    if (values)
      buf_printf(b, " -x -a '%s'", values);
    else if (o->value)
      buf_put(b, names_file(o) ? STR(" -r -F") : STR(" -x"));
    buf_char(b, '\n');
  }
}

static str fish(arena *a) {
  buf b = {.arena = a};
  buf_printf(
      &b,
      "# fish completion for batten\ncomplete -c batten -n __fish_use_subcommand -f -a '%.*s'\n",
      STR_ARG(words_after(a, (str){0})));
  for (size_t i = 0; command_at(i); i++) {
    str rest = str_of(command_at(i)->name), first;
    str_next(&rest, ' ', &first);
    if (rest.ptr)
      buf_printf(&b, "complete -c batten -n '__fish_seen_subcommand_from %.*s' -f -a %.*s\n",
                 STR_ARG(first), STR_ARG(rest));
    fish_command(&b, command_at(i));
  }
  return buf_str(&b);
}

str completion_text(arena *a, str shell) {
  static const struct {
    const char *name;
    str (*write)(arena *a);
  } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

  for (size_t i = 0; i < 3; i++)
    if (str_eq(shell, str_of(shells[i].name)))
      return shells[i].write(a);
  return (str){0};
}
