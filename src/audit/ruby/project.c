/* What an application's own files say of the gems that it runs with: a rule fires only where that
 * version has the behaviour. */
#include "audit/ruby/private.h"

unsigned version_number(str text) {
  unsigned out = 0;
  str part;
  for (int i = 0; i < 3; i++) {
    uint64_t n = 0;
    bool more = text.ptr && str_next(&text, '.', &part);
    if (more && (!str_to_u64(part, &n) || n > 99))
      n = n > 99 ? 99 : 0;
    out = out * 100 + (unsigned)n;
  }
  return out;
}

static str folder_of(str path, int levels) {
  for (int i = 0; i < levels; i++) {
    size_t end = path.len;
    while (end && path.ptr[end - 1] != '/')
      end--;
    path = str_sub(path, 0, end ? end - 1 : 0);
  }
  return path;
}

static project *project_at(arena *a, project_list *all, str root) {
  for (size_t i = 0; i < all->len; i++)
    if (str_eq(all->at[i].root, root))
      return &all->at[i];
  list_push(a, all, (project){.root = root});
  return &all->at[all->len - 1];
}

static unsigned *field_of(project *p, str gem) {
  return str_eq(gem, STR("jwt"))                                     ? &p->jwt
         : str_eq(gem, STR("rails")) || str_eq(gem, STR("railties")) ? &p->rails
         : str_eq(gem, STR("psych"))                                 ? &p->psych
                                                                     : NULL;
}

/* "    jwt (2.7.1)" of a lock file */
static void learn_locked(project *p, str line) {
  size_t open = str_find(line, STR(" ("), 0), close = str_find(line, STR(")"), 0);
  if (!str_starts(line, STR("    ")) || (line.len > 4 && line.ptr[4] == ' ') || open == SIZE_MAX ||
      close == SIZE_MAX)
    return;
  unsigned *field = field_of(p, str_trim(str_sub(line, 0, open)));
  if (field)
    *field = version_number(str_sub(line, open + 2, close));
  p->locked = true;
}

static str quoted(str *line) {
  size_t from = 0;
  while (from < line->len && line->ptr[from] != '\'' && line->ptr[from] != '"')
    from++;
  size_t to = from + 1;
  while (to < line->len && line->ptr[to] != '\'' && line->ptr[to] != '"')
    to++;
  if (to >= line->len)
    return (str){0};
  str out = str_sub(*line, from + 1, to);
  *line = str_sub(*line, to + 1, line->len);
  return out;
}

/* gem "jwt", "~> 1.5": says less than a lock file, and only where it sets no lower bound alone. */
static void learn_wanted(project *p, str line) {
  line = str_trim(line);
  if (p->locked || !str_starts(line, STR("gem ")))
    return;
  str name = quoted(&line), version = quoted(&line);
  unsigned *field = name.ptr ? field_of(p, name) : NULL;
  while (version.len && (version.ptr[0] == '~' || version.ptr[0] == '=' || version.ptr[0] == ' ' ||
                         (version.len > 1 && version.ptr[0] == '>' && version.ptr[1] == ' ')))
    version = str_sub(version, 1, version.len);
  if (field && version.len && version.ptr[0] >= '0' && version.ptr[0] <= '9')
    *field = version_number(version);
}

bool setting_value(str line, const char *name, str *out) {
  line = str_trim(line);
  str rest =
      str_starts(line, str_of(name)) ? str_trim(str_sub(line, strlen(name), line.len)) : STR("");
  if (!str_starts(rest, STR("=")) || str_starts(rest, STR("==")))
    return false;
  rest = str_sub(rest, 1, rest.len);
  *out = str_trim(str_sub(rest, 0, str_find(rest, STR("#"), 0)));
  return true;
}

static void learn_settings(project *p, str line) {
  str given;
  line = str_trim(line);
  if (str_starts(line, STR("config.load_defaults ")))
    p->defaults = version_number(str_trim(str_sub(line, 21, line.len)));
  if (setting_value(line, "config.force_ssl", &given)) {
    p->force_ssl = str_eq(given, STR("true"));
    p->ssl_decided = !str_eq(given, STR("false")) && !str_eq(given, STR("nil"));
  }
  if (setting_value(line, "config.action_controller.raise_on_open_redirects", &given))
    p->redirects_said = true, p->redirects_kept = !str_eq(given, STR("false"));
}

void project_learn(arena *a, project_list *all, str path, str text) {
  static const struct {
    const char *file;
    int levels;
    void (*learn)(project *p, str line);
  } files[] = {{"Gemfile.lock", 1, learn_locked},
               {"gems.locked", 1, learn_locked},
               {"Gemfile", 1, learn_wanted},
               {"gems.rb", 1, learn_wanted},
               {"config/application.rb", 2, learn_settings},
               {"config/environments/production.rb", 3, learn_settings}};

  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    str file = str_of(files[i].file), line, rest = text;
    bool fits =
        str_ends(path, file) && (path.len == file.len || path.ptr[path.len - file.len - 1] == '/');
    if (!fits)
      continue;
    project *p = project_at(a, all, folder_of(path, files[i].levels));
    while (str_next(&rest, '\n', &line))
      files[i].learn(p, line);
  }
}

const project *project_of(const project_list *all, str path) {
  static const project unknown = {0};
  const project *best = NULL;
  for (size_t i = 0; i < all->len; i++) {
    str root = all->at[i].root;
    bool above =
        !root.len || (str_starts(path, root) && path.len > root.len && path.ptr[root.len] == '/');
    if (above && (!best || root.len > best->root.len))
      best = &all->at[i];
  }
  return best ? best : &unknown;
}
