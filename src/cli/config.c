/* batten.yaml: options of the command line under their names. The nearest one upward from the
 * working directory, or
 * --config FILE. A key is an option of this command, or of another (left alone), or a command's
 * name with its options. */
#include "base/yaml.h"
#include "cli/cli.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  arguments *args;
  const command *command;
  const char *path;
  str folder;   /* what relative file names are relative to; empty: the working directory */
  size_t given; /* options that the command line gave */
} config;

static bool misfit(const config *c, unsigned line, unsigned column, error *e, const char *format,
                   ...) __attribute__((format(printf, 5, 6)));

static bool misfit(const config *c, unsigned line, unsigned column, error *e, const char *format,
                   ...) {
  buf b = {.arena = c->args->arena};
  va_list list;
  va_start(list, format);
  buf_vprintf(&b, format, list);
  va_end(list);
  return error_set(e, ERROR_USAGE, "%s:%u:%u: %.*s", c->path, line, column, STR_ARG(buf_str(&b)));
}

/* ---- finding the file ------------------------------------------------------------------------ */

/* A file that somebody else put there could run commands (token: cmd:...), so it is not taken
 * unasked. */
static bool owned(const char *path, error *e) {
  struct stat s;
  if (stat(path, &s) != 0 || s.st_uid == geteuid() || s.st_uid == 0)
    return true;
  return error_set(e, ERROR_USAGE,
                   "%s belongs to another user: name it with --config to use it all the same",
                   path);
}

static bool find_upward(arena *a, const char **path, str *folder, error *e) {
  char *here = getcwd(NULL, 0);
  str at = here ? arena_str(a, str_of(here)) : (str){0};
  free(here);
  *path = NULL;
  for (bool first = true; at.len; first = false) {
    const char *file = arena_text(
        a, arena_printf(a, "%.*s%sbatten.yaml", STR_ARG(at), str_ends(at, STR("/")) ? "" : "/"));
    if (access(file, R_OK) == 0) {
      *path = first ? "batten.yaml" : file;
      *folder = first ? STR("") : at;
      return owned(file, e);
    }
    size_t cut = at.len;
    while (cut && at.ptr[cut - 1] != '/')
      cut--;
    if (at.len == 1)
      break;
    at = str_sub(at, 0, cut > 1 ? cut - 1 : cut);
  }
  return true;
}

static str folder_of(str path) {
  size_t cut = path.len;
  while (cut && path.ptr[cut - 1] != '/')
    cut--;
  return str_sub(path, 0, cut > 1 ? cut - 1 : cut);
}

/* ---- options --------------------------------------------------------------------------------- */

static const option_row *row_of(const command *c, str key) {
  for (const option_row *o = options_first(c); o; o = options_next(c, o))
    if (str_eq(str_of(o->name + 2), key) && strcmp(o->name, "--config") != 0)
      return o;
  return NULL;
}

/* Options that stand for each other: one of them on the command line leaves no room for the others.
 */
static bool same_matter(const char *x, const char *y) {
  static const char *const groups[][2] = {{"--format", "--output"},
                                          {"--threshold", "--fail-under"}};
  if (strcmp(x, y) == 0)
    return true;
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    bool has_x = strcmp(x, groups[i][0]) == 0 || strcmp(x, groups[i][1]) == 0;
    if (has_x && (strcmp(y, groups[i][0]) == 0 || strcmp(y, groups[i][1]) == 0))
      return true;
  }
  return false;
}

static bool on_command_line(const config *c, const option_row *row) {
  for (size_t i = 0; i < c->given; i++)
    if (same_matter(c->args->options.at[i].row->name, row->name))
      return true;
  return false;
}

/* Names of files are relative to the file that names them. */
static str resolved(const config *c, const option_row *row, str value) {
  bool token = str_starts(value, STR("@"));
  str path = token ? str_sub(value, 1, value.len) : value;
  bool names_file = token || str_starts(str_of(row->value), STR("FILE")) ||
                    str_starts(str_of(row->value), STR("DIR"));
  if (!names_file || !c->folder.len || str_starts(path, STR("/")) || str_eq(path, STR("-")) ||
      str_contains(path, STR("://")))
    return value;
  return arena_printf(c->args->arena, "%s%.*s/%.*s", token ? "@" : "", STR_ARG(c->folder),
                      STR_ARG(path));
}

static bool add_value(config *c, const option_row *row, const node *value, bool wanted, error *e) {
  str text = node_text(value);
  option_given given = {row, {0}};
  if (!text.ptr)
    return misfit(c, value->line, value->column, e, "%s takes text, not %s", row->name + 2,
                  node_kind_name(value->kind));
  if (!row->value && value->kind != NODE_BOOL)
    return misfit(c, value->line, value->column, e, "%s is true or false", row->name + 2);
  if (row->value)
    given.value = resolved(c, row, arena_str(c->args->arena, text));
  if (wanted && (row->value || node_bool(value, false)))
    list_push(c->args->arena, &c->args->options, given);
  return true;
}

static bool add_option(config *c, const option_row *row, const node *value, error *e) {
  bool wanted = !on_command_line(c, row);
  if (value->kind != NODE_LIST)
    return add_value(c, row, value, wanted, e);
  for (size_t i = 0; i < value->items.len; i++)
    if (!add_value(c, row, value->items.at[i], wanted, e))
      return false;
  return true;
}

static bool of_other_command(str key) {
  for (size_t i = 0; command_at(i); i++)
    if (row_of(command_at(i), key))
      return true;
  return false;
}

static bool unknown_key(const config *c, const node_entry *entry, bool top, error *e) {
  const char *names[160];
  size_t n = 0;
  for (const option_row *o = options_first(c->command); o && n < 120;
       o = options_next(c->command, o))
    names[n++] = o->name + 2;
  for (size_t i = 0; top && command_at(i) && n < 158; i++)
    names[n++] = command_at(i)->name;
  names[n] = NULL;
  const char *near = nearest_name(entry->key, names);
  return misfit(c, entry->line, entry->column, e, "unknown key '%.*s'%s%s%s",
                STR_ARG(str_sub(entry->key, 0, 60)), near ? ": did you mean " : "",
                near ? near : "", near ? "?" : "");
}

static bool add_section(config *c, const node *map, error *e) {
  for (size_t i = 0; i < map->entries.len; i++) {
    const node_entry *entry = &map->entries.at[i];
    const option_row *row = row_of(c->command, entry->key);
    if (!row)
      return unknown_key(c, entry, false, e);
    if (!add_option(c, row, entry->value, e))
      return false;
  }
  return true;
}

static bool names_command(str key) {
  for (size_t i = 0; command_at(i); i++)
    if (str_eq(key, str_of(command_at(i)->name)))
      return true;
  return false;
}

static bool add_top(config *c, const node *map, error *e) {
  for (size_t i = 0; i < map->entries.len; i++) {
    const node_entry *entry = &map->entries.at[i];
    const option_row *row = row_of(c->command, entry->key);
    bool section = entry->value->kind == NODE_MAP && names_command(entry->key);
    if (section) {
      if (str_eq(entry->key, str_of(c->command->name)) && !add_section(c, entry->value, e))
        return false;
    } else if (row) {
      if (!add_option(c, row, entry->value, e))
        return false;
    } else if (!of_other_command(entry->key)) {
      return unknown_key(c, entry, true, e);
    }
  }
  return true;
}

static bool takes_config(const command *c) {
  for (const option_row *o = options_first(c); o; o = options_next(c, o))
    if (strcmp(o->name, "--config") == 0)
      return true;
  return false;
}

bool config_apply(arguments *args, const command *cmd, error *e) {
  enum { CONFIG_LIMIT = 1024 * 1024 };

  config c = {.args = args, .command = cmd, .given = args->options.len};
  str text;
  error inner = {0};
  if (!takes_config(cmd))
    return true;
  c.path = arg_text(args, "--config");
  if (c.path)
    c.folder = folder_of(str_of(c.path));
  else if (!find_upward(args->arena, &c.path, &c.folder, e))
    return false;
  if (!c.path)
    return true;
  if (!file_read(args->arena, c.path, CONFIG_LIMIT, &text, e))
    return false;
  const node *root = yaml_parse(args->arena, text, &inner);
  if (!root)
    return error_set(e, ERROR_USAGE, "%s: %s", c.path, inner.message);
  if (root->kind == NODE_NULL)
    return true;
  if (root->kind != NODE_MAP)
    return misfit(&c, root->line, root->column, e, "options under their names are expected, not %s",
                  node_kind_name(root->kind));
  return add_top(&c, root, e);
}
