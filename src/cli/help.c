/* One description, three forms: terminal, man page, Markdown. */
#include "cli/cli.h"

enum { WIDTH = 80, INDENT = 6 };

/* Text wrapped at word ends, goes on at a column and hangs from the indent. */
static void put_hanging(buf *b, str text, size_t column, size_t indent) {
  str rest = text, word;
  while (str_next(&rest, ' ', &word)) {
    if (!word.len)
      continue;
    if (column && column + 1 + word.len > WIDTH) {
      buf_char(b, '\n');
      column = 0;
    }
    size_t gap = column < indent ? indent - column : column ? 1 : 0;
    for (size_t i = 0; i < gap; i++)
      buf_char(b, ' ');
    column += gap;
    buf_put(b, word);
    column += word.len;
  }
  buf_char(b, '\n');
}

/* Every line indented. */
static void put_wrapped(buf *b, str text, size_t indent) {
  put_hanging(b, text, 0, indent);
}

static void put_paragraphs(buf *b, str text, size_t indent) {
  str rest = text, line;
  while (str_next(&rest, '\n', &line))
    put_wrapped(b, line, indent);
}

str help_text(arena *a, const command *c) {
  buf b = {.arena = a};
  buf_printf(&b, "batten %s: %s\n\nUsage: batten %s %s\n\n", c->name, c->summary, c->name,
             c->usage);
  put_paragraphs(&b, str_of(c->about), 0);
  if (c->inherits || (c->options && c->options->name))
    buf_put(&b, STR("\nOptions:\n"));
  for (const option_row *o = c->options; o && o->name; o++) {
    buf_printf(&b, "  %s%s%s\n", o->name, o->value ? " " : "", o->value ? o->value : "");
    put_wrapped(&b, str_of(o->help), INDENT);
  }
  if (c->inherits)
    buf_printf(&b, "  and the options of batten %s (see: batten %s --help)\n", c->inherits->name,
               c->inherits->name);
  buf_printf(&b, "\nExamples:\n");
  str rest = str_of(c->examples), line;
  while (str_next(&rest, '\n', &line))
    buf_printf(&b, "  %.*s\n", STR_ARG(line));
  return buf_str(&b);
}

static void put_command(buf *b, const command *c) {
  enum { SUMMARY = 21 };

  buf_printf(b, "  %s", c->name);
  put_hanging(b, str_of(c->summary), 2 + strlen(c->name), SUMMARY);
}

str help_group(arena *a, str start) {
  buf b = {.arena = a};
  buf_printf(&b, "Usage: batten %.*s COMMAND [options]\n\nCommands:\n", STR_ARG(start));
  str prefix = arena_printf(a, "%.*s ", STR_ARG(start));
  for (size_t i = 0; command_at(i); i++)
    if (str_starts(str_of(command_at(i)->name), prefix))
      put_command(&b, command_at(i));
  buf_printf(&b, "\nWhat one does, its options, examples: batten %.*s COMMAND --help\n",
             STR_ARG(start));
  return buf_str(&b);
}

str help_overview(arena *a) {
  buf b = {.arena = a};
  buf_put(&b, STR("batten finds, blocks and proves blocked the chain from a forged JSON Web Token\n"
                  "to an escaped container.\n\nUsage: batten COMMAND [options]\n\nCommands:\n"));
  for (size_t i = 0; command_at(i); i++)
    put_command(&b, command_at(i));
  buf_put(&b, STR("\nOther:\n  --version          the version\n  COMMAND --help     what it does, "
                  "its options, examples\n\n"
                  "Exit codes: 0 done and the gate passed, 1 the gate failed, 2 wrong usage,\n"
                  "3 the scan could not be completed, 4 internal error.\n"));
  return buf_str(&b);
}

/* ---- man pages ------------------------------------------------------------------------------- */

static void put_troff(buf *b, str text) {
  bool line_start = true;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (line_start && (c == '.' || c == '\''))
      buf_put(b, STR("\\&"));
    if (c == '\\')
      buf_put(b, STR("\\e"));
    else if (c == '-')
      buf_put(b, STR("\\-"));
    else
      buf_char(b, c);
    line_start = c == '\n';
  }
}

static str page_name(arena *a, const command *c) {
  char *name = arena_text(a, arena_printf(a, "batten-%s", c->name));
  for (char *p = name; *p; p++)
    if (*p == ' ')
      *p = '-';
  return str_of(name);
}

static void put_man_options(buf *b, const command *c) {
  for (const option_row *o = c->options; o && o->name; o++) {
    buf_put(b, STR(".TP\n.B "));
    put_troff(b, str_of(o->name));
    if (o->value) {
      buf_char(b, ' ');
      put_troff(b, str_of(o->value));
    }
    buf_char(b, '\n');
    put_troff(b, str_of(o->help));
    buf_char(b, '\n');
  }
}

static str man_overview(arena *a) {
  buf b = {.arena = a};
  buf_put(&b, STR(".TH BATTEN 1\n.SH NAME\nbatten \\- from a forged token to an escaped container: "
                  "find, block, prove\n"
                  ".SH SYNOPSIS\n.B batten\nCOMMAND [options]\n.SH COMMANDS\n"));
  for (size_t i = 0; command_at(i); i++) {
    buf_printf(&b, ".TP\n.BR %.*s (1)\n", STR_ARG(page_name(a, command_at(i))));
    put_troff(&b, str_of(command_at(i)->summary));
    buf_char(&b, '\n');
  }
  buf_put(&b, STR(".SH EXIT STATUS\n0 done, gate passed. 1 done, gate failed. 2 wrong usage. 3 not "
                  "completed. 4 internal error.\n"));
  return buf_str(&b);
}

str help_man(arena *a, const command *c) {
  buf b = {.arena = a};
  if (!c)
    return man_overview(a);
  str name = page_name(a, c);
  buf_printf(&b, ".TH %.*s 1\n.SH NAME\n%.*s \\- ", STR_ARG(name), STR_ARG(name));
  put_troff(&b, str_of(c->summary));
  buf_printf(&b, "\n.SH SYNOPSIS\n.B batten %s\n", c->name);
  put_troff(&b, str_of(c->usage));
  buf_put(&b, STR("\n.SH DESCRIPTION\n"));
  str rest = str_of(c->about), line;
  while (str_next(&rest, '\n', &line)) {
    put_troff(&b, line);
    buf_put(&b, STR("\n.PP\n"));
  }
  buf_put(&b, STR(".SH OPTIONS\n"));
  put_man_options(&b, c);
  if (c->inherits)
    buf_printf(&b, ".PP\nThe options of batten %s are taken too.\n", c->inherits->name);
  buf_put(&b, STR(".SH EXAMPLES\n.nf\n"));
  put_troff(&b, str_of(c->examples));
  buf_put(&b, STR("\n.fi\n.SH SEE ALSO\n.BR batten (1)\n"));
  return buf_str(&b);
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static void put_cell(buf *b, str text) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '|')
      buf_char(b, '\\');
    buf_char(b, text.ptr[i]);
  }
}

static str markdown_overview(arena *a) {
  buf b = {.arena = a};
  buf_put(&b, STR("# Commands\n\nPrinted from the same tables as `--help` and the man pages.\n\n| "
                  "command | what it does |\n|---|---|\n"));
  for (size_t i = 0; command_at(i); i++) {
    str page = page_name(a, command_at(i));
    buf_printf(&b, "| [batten %s](%.*s.md) | %s |\n", command_at(i)->name,
               STR_ARG(str_sub(page, 7, page.len)), command_at(i)->summary);
  }
  buf_put(&b, STR("\nExit codes: 0 done and the gate passed, 1 the gate failed, 2 wrong usage or "
                  "configuration, 3 could not be completed (never a pass), 4 internal error.\n"));
  return buf_str(&b);
}

str help_markdown(arena *a, const command *c) {
  buf b = {.arena = a};
  if (!c)
    return markdown_overview(a);
  buf_printf(&b, "# batten %s\n\n%s.\n\n```\nbatten %s %s\n```\n\n", c->name, c->summary, c->name,
             c->usage);
  str rest = str_of(c->about), line;
  while (str_next(&rest, '\n', &line))
    buf_printf(&b, "%.*s\n\n", STR_ARG(line));
  buf_put(&b, STR("## Options\n\n| option | meaning |\n|---|---|\n"));
  for (const option_row *o = c->options; o && o->name; o++) {
    buf_printf(&b, "| `%s", o->name);
    if (o->value) {
      buf_char(&b, ' ');
      put_cell(&b, str_of(o->value));
    }
    buf_put(&b, STR("` | "));
    put_cell(&b, str_of(o->help));
    buf_put(&b, STR(" |\n"));
  }
  if (c->inherits)
    buf_printf(&b, "\nThe options of `batten %s` are taken too.\n", c->inherits->name);
  buf_printf(&b, "\n## Examples\n\n```\n%s\n```\n", c->examples);
  return buf_str(&b);
}
