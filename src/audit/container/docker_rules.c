#include "audit/container/dockerfile.h"
#include "audit/container/private.h"

#include <ctype.h>

typedef struct {
  container_audit *c;
  source_file *file;
  instruction_list list;
  str_list stages;    /* names, in order; empty for one without a name */
  LIST(size_t) froms; /* index of each FROM */
} dockerfile;

static spot at_instruction(const dockerfile *d, const instruction *i) {
  return (spot){.file = d->file,
                .object = STR("Dockerfile"),
                .field = i->keyword,
                .line = i->line,
                .column = i->column};
}

static str next_argument(arena *a, str *rest) {
  str word;
  while (dockerfile_word(a, rest, &word))
    if (!str_starts(word, STR("--")))
      return word;
  return (str){0};
}

/* ---- stages ---------------------------------------------------------------------------------- */

static str base_image(const dockerfile *d, size_t from) {
  str rest = d->list.at[from].words;
  return dockerfile_expand(d->c->arena, &d->list, from, next_argument(d->c->arena, &rest));
}

static size_t stage_named(const dockerfile *d, str name, size_t before) {
  for (size_t i = 0; i < before; i++)
    if (d->stages.at[i].len && str_ieq(d->stages.at[i], name))
      return i;
  return SIZE_MAX;
}

static void read_stages(dockerfile *d) {
  arena *a = d->c->arena;
  for (size_t i = 0; i < d->list.len; i++) {
    str rest = d->list.at[i].words, as;
    if (!str_eq(d->list.at[i].keyword, STR("FROM")))
      continue;
    next_argument(a, &rest);
    as = next_argument(a, &rest);
    str name = str_ieq(as, STR("as")) ? next_argument(a, &rest) : STR("");
    list_push(a, &d->froms, i);
    list_push(a, &d->stages, name);
  }
}

static void judge_bases(const dockerfile *d) {
  for (size_t i = 0; i < d->froms.len; i++) {
    str image = base_image(d, d->froms.at[i]);
    spot at = at_instruction(d, &d->list.at[d->froms.at[i]]);
    if (!image.len || str_eq(image, STR("scratch")) || str_contains(image, STR("$")) ||
        stage_named(d, image, i) != SIZE_MAX)
      continue;
    if (image_is_latest(image))
      rule_found(d->c, "docker-latest", &at, NULL, "FROM %.*s", STR_ARG(image));
  }
}

/* The last instruction of this kind in the stage, or in the stages it is built on. */
static const instruction *last_of(const dockerfile *d, size_t stage, const char *keyword,
                                  str *image) {
  for (size_t hops = 0; hops <= d->froms.len; hops++) {
    size_t from = d->froms.at[stage],
           to = stage + 1 < d->froms.len ? d->froms.at[stage + 1] : d->list.len;
    for (size_t i = to; i-- > from;)
      if (!d->list.at[i].onbuild && str_eq(d->list.at[i].keyword, str_of(keyword)))
        return &d->list.at[i];
    *image = base_image(d, from);
    stage = stage_named(d, *image, stage);
    if (stage == SIZE_MAX)
      return NULL;
  }
  return NULL;
}

static bool is_root(str user) {
  str name = str_sub(user, 0, str_find(user, STR(":"), 0));
  bool zeros = true;
  for (size_t i = 0; i < name.len; i++)
    zeros &= name.ptr[i] == '0';
  return zeros || !name.len || str_eq(name, STR("root")) || str_eq(name, STR("0"));
}

static void judge_final(const dockerfile *d) {
  str image = STR("");
  size_t final = d->froms.len - 1;
  const instruction *user = last_of(d, final, "USER", &image),
                    *health = last_of(d, final, "HEALTHCHECK", &image);
  spot from = at_instruction(d, &d->list.at[d->froms.at[final]]);
  if (!user && !str_contains(image, STR("nonroot")))
    rule_found(d->c, "docker-root", &from, NULL, "the last stage sets no USER");
  if (user) {
    spot at = at_instruction(d, user);
    str rest = user->words, word = {0};
    dockerfile_word(d->c->arena, &rest, &word); /* without quotes */
    str name = dockerfile_expand(d->c->arena, &d->list, (size_t)(user - d->list.at), word);
    if (is_root(name))
      rule_found(d->c, "docker-root", &at, NULL, "the last USER is %.*s", STR_ARG(name));
  }
  if (!health) {
    rule_found(d->c, "docker-healthcheck", &from, NULL, "the last stage has no HEALTHCHECK");
  } else if (str_ieq(str_trim(health->words), STR("NONE"))) {
    spot at = at_instruction(d, health);
    rule_found(d->c, "docker-healthcheck", &at, NULL, "HEALTHCHECK NONE");
  }
}

/* ---- secrets --------------------------------------------------------------------------------- */

/* A build's stand-in, which protects nothing: SECRET_KEY_BASE=dummy. */
static bool stands_in(str value) {
  static const char *const words[] = {"build", "precompile", "temporary", "test"},
                           *const whole[] = {"secret", "password", "changeme", "token",
                                             "key",    "example",  "default"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (str_icontains(value, str_of(words[i])))
      return true;
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    if (str_ieq(value, str_of(whole[i])))
      return true;
  return is_stand_in(value);
}

/* The instruction stands in the last stage, or in one that it is built on: what it sets is there
 * when the image runs. */
static bool is_of_image(const dockerfile *d, const instruction *given) {
  size_t index = (size_t)(given - d->list.at), stage = d->froms.len - 1;
  for (size_t hops = 0; hops <= d->froms.len && stage != SIZE_MAX; hops++) {
    size_t to = stage + 1 < d->froms.len ? d->froms.at[stage + 1] : d->list.len;
    if (index > d->froms.at[stage] && index < to)
      return true;
    stage = stage_named(d, base_image(d, d->froms.at[stage]), stage);
  }
  return false;
}

enum {
  NEAR = 256
}; /* instructions that are looked over: each is asked for, however many there are */

/* An ARG of this name stands above the instruction in its stage. */
static bool has_argument(const dockerfile *d, const instruction *given, str name) {
  size_t from = (size_t)(given - d->list.at), last = from > NEAR ? from - NEAR : 0;
  for (size_t i = from; i-- > last && !str_eq(d->list.at[i].keyword, STR("FROM"));) {
    str rest = d->list.at[i].words, word;
    while (str_eq(d->list.at[i].keyword, STR("ARG")) && dockerfile_word(d->c->arena, &rest, &word))
      if (str_eq(str_sub(word, 0, str_find(word, STR("="), 0)), name))
        return true;
  }
  return false;
}

static bool run_follows(const dockerfile *d, const instruction *given) {
  size_t from = (size_t)(given - d->list.at) + 1;
  for (size_t i = from;
       i < d->list.len && i < from + NEAR && !str_eq(d->list.at[i].keyword, STR("FROM")); i++)
    if (str_eq(d->list.at[i].keyword, STR("RUN")))
      return true;
  return false;
}

static bool is_variable(str name) {
  for (size_t i = 0; i < name.len; i++)
    if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_')
      return false;
  return name.len > 0;
}

/* ARG NPM_TOKEN; ENV NPM_TOKEN=$NPM_TOKEN: nothing is written out, and the image holds what its
 * build is given. */
static void judge_given(const dockerfile *d, const instruction *i, str name, str value) {
  spot at = at_instruction(d, i);
  bool arg = str_eq(i->keyword, STR("ARG"));
  found_options o = {.has_severity = true, .severity = arg ? SEVERITY_LOW : SEVERITY_MEDIUM};
  if (!is_variable(name) || !names_secret(name) || i->onbuild || !is_of_image(d, i))
    return;
  if (arg && !value.len && run_follows(d, i))
    rule_found(d->c, "docker-secret", &at, &o,
               "ARG %.*s: the history of the image keeps what the build is given", STR_ARG(name));
  if (arg || !str_starts(value, STR("$")))
    return;
  value = str_sub(value, str_starts(value, STR("${")) ? 2 : 1, value.len);
  str argument =
      str_sub(value, 0, str_find(value, str_ends(value, STR("}")) ? STR("}") : STR(":"), 0));
  if (has_argument(d, i, argument))
    rule_found(d->c, "docker-secret", &at, &o, "ENV %.*s is what the build is given as %.*s",
               STR_ARG(name), STR_ARG(argument));
}

static void judge_variable(const dockerfile *d, const instruction *i, str name, str value) {
  spot at = at_instruction(d, i);
  judge_given(d, i, name, value);
  bool of_image = i->onbuild || is_of_image(d, i),
       runs = str_eq(i->keyword, STR("ENV")) && of_image;
  bool signs_nothing = !of_image && names_jwt_secret(name) &&
                       !is_secret_by_itself(value); /* the stage ends before the application runs */
  found_options o = {.has_severity = signs_nothing || is_database_default(name, value),
                     .severity = signs_nothing ? SEVERITY_LOW : SEVERITY_MEDIUM};
  if (holds_secret(name, value) && (runs || !stands_in(value)))
    rule_found(d->c, "docker-secret", &at, &o, "%.*s %.*s is %.*s", STR_ARG(at.field),
               STR_ARG(name), STR_ARG(masked(d->c->arena, value)));
}

static void judge_variables(const dockerfile *d, const instruction *i) {
  arena *a = d->c->arena;
  str rest = i->words, word;
  for (bool first = true; dockerfile_word(a, &rest, &word); first = false) {
    size_t equals = str_find(word, STR("="), 0);
    if (equals == SIZE_MAX && first &&
        str_eq(i->keyword, STR("ENV"))) { /* ENV NAME the rest is the value */
      judge_variable(d, i, word, str_trim(rest));
      return;
    }
    if (equals != SIZE_MAX)
      judge_variable(d, i, str_sub(word, 0, equals), str_sub(word, equals + 1, word.len));
    else if (str_eq(i->keyword, STR("ARG")))
      judge_variable(d, i, word, STR(""));
  }
}

static bool is_secret_file(str path) {
  static const char *const names[] = {
      ".env",        "master.key", "id_rsa",      "id_ed25519",       "id_ecdsa",
      ".npmrc",      ".netrc",     ".pgpass",     ".git-credentials", ".htpasswd",
      "credentials", "kubeconfig", "secrets.yml", "secrets.yaml",     ".dockercfg"};
  str file = path, piece, rest = path;
  while (str_next(&rest, '/', &piece))
    if (piece.len)
      file = piece;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_eq(file, str_of(names[i])))
      return true;
  if (str_starts(file, STR(".env.")) && !str_contains(file, STR("example")) &&
      !str_contains(file, STR("sample")))
    return true;
  return str_ends(file, STR(".pem")) || str_ends(file, STR(".p12")) ||
         str_ends(file, STR(".pfx")) || str_ends(file, STR(".jks")) ||
         (str_ends(file, STR(".key")) && !str_contains(file, STR("pub")));
}

static bool sets_id(str mode);

/* COPY --chmod=4755; COPY <<EOF with NAME=secret in it */
static void judge_copied_text(const dockerfile *d, const instruction *i) {
  spot at = at_instruction(d, i);
  size_t mode = str_find(i->words, STR("--chmod="), 0);
  str rest = i->body, line, name;
  if (mode != SIZE_MAX) {
    str tail = str_sub(i->words, mode + 8, i->words.len);
    if (sets_id(str_sub(tail, 0, str_find(tail, STR(" "), 0))))
      rule_found(d->c, "docker-setuid", &at, NULL, "%.*s --chmod", STR_ARG(i->keyword));
  }
  while (str_next(&rest, '\n', &line))
    if (assigned_secret(str_trim(line), &name).len) {
      rule_found(d->c, "docker-secret", &at, NULL, "%.*s of text with %.*s", STR_ARG(i->keyword),
                 STR_ARG(name));
      return;
    }
}

static void judge_copied(const dockerfile *d, const instruction *i) {
  arena *a = d->c->arena;
  spot at = at_instruction(d, i);
  str rest = i->words, word, before = {0};
  bool add = str_eq(i->keyword, STR("ADD")), checked = str_contains(i->words, STR("--checksum="));
  judge_copied_text(d, i);
  if (str_contains(i->words, STR("--from=")))
    return;
  while ((word = next_argument(a, &rest)).ptr) {
    str source = before;
    before = word;
    if (!source.ptr)
      continue; /* the last word is the target */
    while (source.len && (source.ptr[0] == '[' || source.ptr[0] == ','))
      source = str_sub(source, 1, source.len);
    while (source.len && source.ptr[source.len - 1] == ',')
      source.len--;
    if (is_secret_file(source))
      rule_found(d->c, "docker-secret", &at, NULL, "%.*s of %.*s", STR_ARG(i->keyword),
                 STR_ARG(source));
    source = dockerfile_expand(a, &d->list, (size_t)(i - d->list.at), source);
    bool remote = str_starts(source, STR("http://")) || str_starts(source, STR("https://")) ||
                  str_starts(source, STR("git@")) || str_starts(source, STR("ftp://"));
    if (add && remote && !checked)
      rule_found(d->c, "docker-add-url", &at, NULL, "ADD %.*s", STR_ARG(source));
  }
}

/* ---- commands -------------------------------------------------------------------------------- */

static bool separates(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '|' || c == '&' || c == '(' ||
         c == ')' || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>' || c == ',' ||
         c == '[' || c == ']';
}

/* The next shell word; *sep is what stood before it (the last separator that is no space). */
static bool shell_word(str text, size_t *at, str *word, char *sep) {
  size_t i = *at;
  *sep = 0;
  while (i < text.len && separates(text.ptr[i])) {
    if (text.ptr[i] != ' ' && text.ptr[i] != '\t')
      *sep = text.ptr[i] == '(' && i && text.ptr[i - 1] == '<' ? '<' : text.ptr[i];
    i++;
  }
  size_t start = i;
  while (i < text.len && !separates(text.ptr[i]))
    i++;
  *word = str_sub(text, start, i);
  *at = i;
  return word->len > 0;
}

static bool is_shell(str word) {
  static const char *const names[] = {"sh",      "bash", "dash", "zsh",  "ash", "ksh",    "python",
                                      "python3", "ruby", "perl", "node", "php", "source", "."};
  size_t slash = SIZE_MAX;
  for (size_t i = 0; i < word.len; i++)
    if (word.ptr[i] == '/')
      slash = i;
  if (slash != SIZE_MAX && word.len > 1)
    word = str_sub(word, slash + 1, word.len);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_eq(word, str_of(names[i])))
      return true;
  return false;
}

static bool is_fetch(str word) {
  return str_eq(word, STR("curl")) || str_eq(word, STR("wget"));
}

/* u+s, g+s, +s, a+s, 4755, 02755: the mode sets a set-ID bit. */
static bool sets_id(str mode) {
  size_t plus = str_find(mode, STR("+"), 0);
  if (plus == SIZE_MAX)
    plus = str_find(mode, STR("="), 0);
  if (plus != SIZE_MAX) {
    for (size_t i = 0; i < plus; i++)
      if (!strchr("ugoa", mode.ptr[i]))
        return false;
    return str_contains(str_sub(mode, plus, mode.len), STR("s"));
  }
  if (mode.len == 5 && mode.ptr[0] == '0')
    mode = str_sub(mode, 1, 5);
  uint64_t number;
  return mode.len == 4 && str_to_u64(mode, &number) && mode.ptr[0] >= '2' && mode.ptr[0] <= '7';
}

typedef struct {
  bool sudo, pipe, setuid;
  str secret; /* NAME of a literal that is assigned */
} shell_facts;

typedef struct {
  arena *arena;
  shell_facts found;
  str last, command; /* the word before, and the one that the words belong to */
  str_list fetched;  /* names that downloads are written to */
  bool fetching, shell_takes, chmod, elevated, removes, checks;
} shell_reader;

static bool is_fetched(const shell_reader *r, str word) {
  for (size_t i = 0; i < r->fetched.len; i++)
    if (word.len && str_eq(path_name(word), path_name(r->fetched.at[i])))
      return true;
  return false;
}

/* curl -o FILE, wget -O FILE, wget URL, curl -O URL */
static void note_download(shell_reader *r, str word) {
  bool names = str_eq(r->last, STR("-o")) || str_eq(r->last, STR("--output")) ||
               (str_eq(r->last, STR("-O")) && str_eq(path_name(r->command), STR("wget")));
  bool place = str_contains(word, STR("://")) &&
               (str_eq(path_name(r->command), STR("wget")) || str_eq(r->last, STR("-O")));
  if (r->fetching && (names || place) && path_name(word).len && !str_eq(word, STR("-")))
    list_push(r->arena, &r->fetched, word);
}

static void read_word(shell_reader *r, str word, char sep) {
  static const char *const takes_away[] = {"purge", "remove", "del", "autoremove", "erase"};
  bool first = sep == ';' || sep == '&' || sep == '\n' || sep == '|' || !r->last.len;
  bool behind_pipe = sep == '|' || (r->fetching && r->elevated);
  if (sep == ';' || sep == '&' || sep == '\n')
    r->fetching = r->shell_takes = r->chmod = false;
  if (first)
    r->command = word;
  if (first)
    r->removes = false;
  for (size_t i = 0; i < sizeof takes_away / sizeof *takes_away; i++)
    r->removes |= str_eq(word, str_of(takes_away[i]));
  if ((str_eq(word, STR("sudo")) && !r->removes) || str_starts(word, STR("NOPASSWD")))
    r->found.sudo = true;
  r->elevated = str_eq(word, STR("sudo")) || str_eq(word, STR("env")) ||
                (r->elevated && str_starts(word, STR("-")));
  if (r->fetching && behind_pipe && is_shell(word))
    r->found.pipe = true; /* curl | sh */
  if (r->shell_takes && is_fetch(word) && (sep == '<' || sep == '(' || sep == '`'))
    r->found.pipe = true; /* sh <(curl), sh -c "$(curl)" */
  if (!r->fetching && is_fetched(r, word) && !r->checks &&
      (is_shell(r->last) || (first && str_contains(word, STR("/")))))
    r->found.pipe = true; /* curl -o x; sh x */
  note_download(r, word);
  if (is_fetch(word))
    r->fetching = true, r->command = word;
  if (is_shell(word) || str_eq(word, STR("eval")))
    r->shell_takes = true;
  if ((r->chmod || str_eq(r->last, STR("-m"))) && sets_id(word))
    r->found.setuid = true;
  if (str_eq(path_name(word), STR("chmod")))
    r->chmod = true;
  if (str_eq(path_name(word), STR("setcap")))
    r->found.setuid = true;
  r->last = word;
}

static bool checks_sum(str text) {
  static const char *const tools[] = {"sha256sum", "sha512sum", "shasum", "gpg ",
                                      "cosign",    "minisign",  "md5sum"};
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
    if (str_contains(text, str_of(tools[i])))
      return true;
  return false;
}

static shell_facts read_shell(arena *a, str text) {
  shell_reader r = {.arena = a, .checks = checks_sum(text)};
  size_t at = 0;
  str word, name;
  char sep;
  while (shell_word(text, &at, &word, &sep)) {
    str value = assigned_secret(word, &name);
    if (value.len && !stands_in(value))
      r.found.secret = name;
    if (is_secret_by_itself(word))
      r.found.secret = STR("a token");
    read_word(&r, word, sep);
  }
  return r.found;
}

static void judge_shell(const dockerfile *d, const instruction *i, str text) {
  spot at = at_instruction(d, i);
  shell_facts f = read_shell(d->c->arena, text);
  str shown = str_sub(str_trim(i->words), 0, 120);
  if (f.sudo)
    rule_found(d->c, "docker-sudo", &at, NULL, "RUN %.*s", STR_ARG(shown));
  if (f.pipe)
    rule_found(d->c, "docker-curl-pipe", &at, NULL, "RUN %.*s", STR_ARG(shown));
  if (f.setuid)
    rule_found(d->c, "docker-setuid", &at, NULL, "RUN %.*s", STR_ARG(shown));
  if (f.secret.len)
    rule_found(d->c, "docker-secret", &at, NULL, "RUN with %.*s", STR_ARG(f.secret));
}

static void judge_run(const dockerfile *d, const instruction *i) {
  spot at = at_instruction(d, i);
  if (str_contains(i->words, STR("--security=insecure")))
    rule_found(d->c, "docker-insecure-build", &at, NULL, "RUN --security=insecure");
  judge_shell(d, i,
              i->body.len
                  ? arena_printf(d->c->arena, "%.*s\n%.*s", STR_ARG(i->words), STR_ARG(i->body))
                  : i->words);
}

static const struct {
  const char *keyword;
  void (*judge)(const dockerfile *d, const instruction *i);
} SUBJECTS[] = {{"RUN", judge_run},
                {"ENV", judge_variables},
                {"ARG", judge_variables},
                {"COPY", judge_copied},
                {"ADD", judge_copied}};

void judge_dockerfile(container_audit *c, source_file *file) {
  dockerfile d = {.c = c, .file = file, .list = dockerfile_parse(c->arena, file->text)};
  read_stages(&d);
  if (!d.froms.len)
    return; /* no Dockerfile, whatever its name */
  c->judged++;
  if (place_is_development(file->path))
    file->at_most = SEVERITY_LOW; /* an image that no user's data meets */
  judge_bases(&d);
  judge_final(&d);
  for (size_t i = 0; i < d.list.len; i++)
    for (size_t j = 0; j < sizeof SUBJECTS / sizeof *SUBJECTS; j++)
      if (str_eq(d.list.at[i].keyword, str_of(SUBJECTS[j].keyword)))
        SUBJECTS[j].judge(&d, &d.list.at[i]);
}
