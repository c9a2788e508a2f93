/* The calls where a value does harm: one row each. */
#include "audit/ruby/flow.h"

#include <ctype.h>
#include <pthread.h>

typedef enum {
  ANY_ARGUMENT,
  FIRST_ARGUMENT,
  THE_RECEIVER,
  BUILT_FIRST,
  EACH_A_COMMAND, /* a text for the shell, or a list of words: each argument for itself */
} sink_part;

typedef struct {
  const char *receiver; /* "" none or self; "*" any; "A*" a class, or what one gives; else the text,
                           a '*' at its end matches the rest */
  const char *methods;  /* between spaces; "*" all */
  sink_kind kind;
  sink_part part;
} sink_row;

static const sink_row SINKS[] = {
    {"File",
     " read open new write binread binwrite readlines foreach delete unlink rename symlink link "
     "chmod chown lchmod lchown truncate readlink stat size ",
     SINK_FILE, ANY_ARGUMENT},
    {"IO", " read write binread binwrite readlines foreach sysopen copy_stream ", SINK_FILE,
     ANY_ARGUMENT},
    {"Dir",
     " glob entries children each_child mkdir rmdir delete unlink chdir chroot foreach open new "
     "[] ",
     SINK_FILE, ANY_ARGUMENT},
    {"FileUtils*", "*", SINK_FILE, ANY_ARGUMENT},
    {"Pathname", " new ", SINK_FILE, ANY_ARGUMENT},
    {"", " Pathname ", SINK_FILE, FIRST_ARGUMENT},
    {"Rails.root", " join ", SINK_FILE, ANY_ARGUMENT},
    {"", " send_file ", SINK_FILE, FIRST_ARGUMENT},
    {"CSV", " read foreach open table readlines ", SINK_FILE, FIRST_ARGUMENT},
    {"YAML", " load_file safe_load_file unsafe_load_file ", SINK_FILE, FIRST_ARGUMENT},
    {"Psych", " load_file safe_load_file unsafe_load_file ", SINK_FILE, FIRST_ARGUMENT},
    {"JSON", " load_file load_file! ", SINK_FILE, FIRST_ARGUMENT},
    {"PStore", " new ", SINK_FILE, FIRST_ARGUMENT},
    {"YAML::Store", " new ", SINK_FILE, FIRST_ARGUMENT},
    {"Zip::File", " open new ", SINK_FILE, FIRST_ARGUMENT},
    {"MiniMagick::Image", " open new ", SINK_FILE, FIRST_ARGUMENT},
    {"Logger", " new ", SINK_FILE, FIRST_ARGUMENT},
    {"Tilt*", " new ", SINK_FILE, FIRST_ARGUMENT},
    {"Slim::Template", " new ", SINK_FILE, FIRST_ARGUMENT},
    {"Haml::Template", " new ", SINK_FILE, FIRST_ARGUMENT},
    {"Kernel", " open ", SINK_COMMAND, FIRST_ARGUMENT},
    {"", " system exec spawn sh ` ", SINK_COMMAND, ANY_ARGUMENT},
    {"Kernel", " system exec spawn ` ", SINK_COMMAND, ANY_ARGUMENT},
    {"Rake", " sh ", SINK_COMMAND, ANY_ARGUMENT},
    {"Process", " spawn exec ", SINK_COMMAND, ANY_ARGUMENT},
    {"PTY", " spawn getpty ", SINK_COMMAND, ANY_ARGUMENT},
    {"IO", " popen ", SINK_COMMAND, ANY_ARGUMENT},
    {"Open3", " pipeline pipeline_r pipeline_w pipeline_rw pipeline_start ", SINK_COMMAND,
     EACH_A_COMMAND},
    {"Open3", "*", SINK_COMMAND, ANY_ARGUMENT},
    {"Command", " run run! ", SINK_COMMAND, ANY_ARGUMENT}, /* TTY::Command */
    {"Terrapin::CommandLine", " new ", SINK_COMMAND, EACH_A_COMMAND},
    {"ssh", " exec exec! ", SINK_COMMAND, ANY_ARGUMENT},
    {"Net::HTTP*", " get get_response get_print post post_form start new put delete head ",
     SINK_URL, FIRST_ARGUMENT},
    {"Net::FTP*", " open new ", SINK_URL, FIRST_ARGUMENT},
    {"URI", " open ", SINK_URL, FIRST_ARGUMENT},
    {"OpenURI", " open_uri ", SINK_URL, FIRST_ARGUMENT},
    {"Faraday", " new get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"HTTParty", " get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"RestClient*", " get post put patch delete head new execute ", SINK_URL, FIRST_ARGUMENT},
    {"Excon", " new get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"HTTP", " get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"HTTP.*", " get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"HTTPX*", " get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"HTTPClient*", " get post put patch delete head get_content post_content ", SINK_URL,
     FIRST_ARGUMENT},
    {"Typhoeus*", " get post put patch delete head new ", SINK_URL, FIRST_ARGUMENT},
    {"Curl*", " get post put delete head perform new ", SINK_URL, FIRST_ARGUMENT},
    {"Patron*", " get post put delete head ", SINK_URL, FIRST_ARGUMENT},
    {"Manticore*", " get post put delete head ", SINK_URL, FIRST_ARGUMENT},
    {"Mechanize*", " get post put delete head ", SINK_URL, FIRST_ARGUMENT},
    {"Down", " download open ", SINK_URL, FIRST_ARGUMENT},
    {"TCPSocket", " new open ", SINK_URL, FIRST_ARGUMENT},
    {"Socket", " tcp ", SINK_URL, FIRST_ARGUMENT},
    {"", " redirect_to ", SINK_URL, FIRST_ARGUMENT},
    {"", " eval instance_eval class_eval module_eval load require require_relative method ",
     SINK_CODE, FIRST_ARGUMENT},
    {"*",
     " instance_eval class_eval module_eval public_send __send__ const_get send method "
     "instance_method try try! instance_variable_get instance_variable_set ",
     SINK_CODE, FIRST_ARGUMENT},
    {"", " send public_send __send__ instance_variable_get instance_variable_set ", SINK_CODE,
     FIRST_ARGUMENT},
    {"*", " constantize safe_constantize to_proc ", SINK_CODE, THE_RECEIVER},
    {"binding", " eval ", SINK_CODE, FIRST_ARGUMENT},
    {"TOPLEVEL_BINDING", " eval ", SINK_CODE, FIRST_ARGUMENT},
    {"RubyVM::InstructionSequence", " compile new ", SINK_CODE, FIRST_ARGUMENT},
    {"Marshal", " load restore ", SINK_CODE, FIRST_ARGUMENT},
    {"YAML", " load unsafe_load load_stream load_documents ", SINK_CODE, FIRST_ARGUMENT},
    {"Psych", " load unsafe_load load_stream load_documents ", SINK_CODE, FIRST_ARGUMENT},
    {"JSON", " load restore unsafe_load parse parse! ", SINK_CODE, FIRST_ARGUMENT},
    {"Oj", " load object_load ", SINK_CODE, FIRST_ARGUMENT},
    {"CSV", " load ", SINK_CODE, FIRST_ARGUMENT},
    {"Ox", " load parse_obj ", SINK_CODE, FIRST_ARGUMENT},
    {"ERB", " new ", SINK_CODE, FIRST_ARGUMENT},
    {"Haml::Engine", " new ", SINK_CODE, FIRST_ARGUMENT},
    {"Erubi::Engine", " new ", SINK_CODE, FIRST_ARGUMENT},
    {"Erubis::*", " new ", SINK_CODE, FIRST_ARGUMENT},
    {"Kernel", " eval load require ", SINK_CODE, FIRST_ARGUMENT},
    {"Arel", " sql ", SINK_SQL, FIRST_ARGUMENT},
    {"*",
     " where having joins exists? update_all delete_all destroy_all delete_by destroy_by find_by "
     "rewhere not ",
     SINK_SQL, BUILT_FIRST},
    {"", " where having joins ", SINK_SQL, BUILT_FIRST},
    {"*",
     " find_by_sql count_by_sql order reorder pluck execute exec_query select_all select_value ",
     SINK_SQL, FIRST_ARGUMENT},
    {"", " order pluck find_by_sql ", SINK_SQL, FIRST_ARGUMENT},
    {"A*",
     " group select reselect from lock calculate sum average minimum maximum optimizer_hints ",
     SINK_SQL, FIRST_ARGUMENT},
    {"DB", " run fetch execute_dui execute_ddl ", SINK_SQL, FIRST_ARGUMENT}, /* Sequel */
    {"*",
     " get_first_value get_first_row execute_batch execute_batch2 exec async_exec query "
     "exec_update exec_insert exec_delete select_one select_rows select_values ",
     SINK_SQL, BUILT_FIRST}, /* the drivers of SQLite, PostgreSQL and MySQL */
};

static bool receiver_fits(const char *pattern, str receiver) {
  str p = str_of(pattern);
  if (str_starts(receiver, STR("::")))
    receiver = str_sub(receiver, 2, receiver.len);
  if (str_eq(p, STR("*")))
    return receiver.len > 0 && !str_eq(receiver, STR("self"));
  if (str_eq(p, STR("A*")))
    return receiver.len && receiver.ptr[0] >= 'A' && receiver.ptr[0] <= 'Z';
  if (!p.len)
    return !receiver.len || str_eq(receiver, STR("self"));
  if (p.ptr[p.len - 1] == '*')
    return str_starts(receiver, str_sub(p, 0, p.len - 1));
  return str_eq(p, receiver);
}

/* The list has the word between spaces. */
static bool lists_word(const char *list, str word) {
  str rest = str_of(list), one;
  while (word.len && str_next(&rest, ' ', &one))
    if (str_eq(one, word))
      return true;
  return false;
}

static bool method_fits(const char *methods, str method) {
  return strcmp(methods, "*") == 0 || lists_word(methods, method);
}

/* Nearly every call is in no row: by the beginnings and lengths of a row's methods most rows need
 * no look. */
static uint64_t row_methods[sizeof SINKS / sizeof *SINKS];

static uint64_t method_bit(str method) {
  return 1ULL << ((method.len ? (unsigned char)method.ptr[0] * 7 + method.len : 0) & 63);
}

static void note_methods(void) {
  for (size_t i = 0; i < sizeof SINKS / sizeof *SINKS; i++) {
    str rest = str_of(SINKS[i].methods), one;
    if (str_eq(rest, STR("*")))
      row_methods[i] = UINT64_MAX;
    while (str_next(&rest, ' ', &one))
      row_methods[i] |= method_bit(one);
  }
}

static bool row_fits(const sink_row *row, str receiver, str method, const value *self) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, note_methods);
  if (!(row_methods[row - SINKS] & method_bit(method)) || !method_fits(row->methods, method))
    return false;
  return receiver_fits(row->receiver, receiver) ||
         (self->klass.len && row->receiver[0] != '*' && receiver_fits(row->receiver, self->klass));
}

static void add_sink(flow *f, const node *n, sink_kind kind, const value *v, bool apart) {
  if (!v->from.len)
    return;
  sink_fact s = {.kind = kind,
                 .from = flow_keep(f, &v->from),
                 .apart = apart,
                 .file = f->facts->path,
                 .place = flow_place(f),
                 .klass = f->klass,
                 .line = n->line,
                 .column = n->column,
                 .text = str_sub(n->text, 0, 120)};
  list_push(f->facts->arena, &f->facts->sinks, s);
}

void sinks_command(flow *f, const node *n, const value *v) {
  add_sink(f, n, SINK_COMMAND, v, false);
}

/* sh, /bin/bash, su: what runs the text after -c. */
static bool is_shell(str program) {
  static const char *const shells[] = {"sh",  "bash", "dash", "ash",     "zsh",
                                       "ksh", "fish", "su",   "runuser", NULL};
  size_t name = program.len;
  while (name && program.ptr[name - 1] != '/')
    name--;
  return flow_in(str_sub(program, name, program.len), shells);
}

/* -c, -lc: the word behind it is a text for the shell. */
static bool announces_text(str word) {
  bool short_options = word.len > 1 && word.ptr[0] == '-' && word.ptr[1] != '-';
  return short_options && memchr(word.ptr, 'c', word.len);
}

/* The place of TEXT in `sh -c TEXT`, `sudo bash -lc TEXT`; `count` where there is none. What
 * follows TEXT are its arguments. A program that is not written out may be a shell. */
static size_t shell_text(flow *f, const node *const *words, size_t count) {
  bool shell = false;
  for (size_t i = 0; i < count; i++) {
    str word = ast_literal(f->scratch, flow_literal(f, words[i]));
    if (shell && announces_text(word))
      return i + 1 < count ? i + 1 : count;
    shell |= word.ptr ? is_shell(word) : i == 0;
  }
  return count;
}

static bool has_shell_text(flow *f, const node *list) {
  return shell_text(f, (const node *const *)list->kids, list->count) < list->count;
}

/* ["ls", x], %w[sh -c]: a program and its words. */
static bool lists_words(const node *n) {
  return n && (n->kind == N_array || n->kind == N_string_array);
}

static bool names_option(const node *n) {
  return n->kind == N_hash || n->kind == N_pair || n->kind == N_hash_splat_argument;
}

static void command(flow *f, const node *call, sink_part part, const value *args,
                    const node *const *nodes, size_t count) {
  size_t words = 0, first = count;
  for (size_t i = 0; i < count; i++) {
    if (names_option(nodes[i]))
      continue;
    if (first == count)
      first = i;
    words++;
  }
  bool program_in_list = first < count && lists_words(flow_literal(f, nodes[first]));
  size_t text = first + shell_text(f, nodes + first, count - first);
  for (size_t i = 0; i < count; i++) {
    if (nodes[i]->kind == N_pair)
      continue;
    const node *given = flow_literal(f, nodes[i]);
    bool behind_program = program_in_list || (words > 1 && i != first && i != text);
    bool apart =
        lists_words(given) ? !has_shell_text(f, given) : part != EACH_A_COMMAND && behind_program;
    add_sink(f, call, SINK_COMMAND, &args[i], apart);
  }
}

/* Something that narrows a name: not "::" alone, which begins every name. */
static bool narrows(str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] != ':' && s.ptr[i] != ' ')
      return true;
  return false;
}

/* A part of the text is written out, here or where a part of it is put together. */
static bool partly_fixed(flow *f, const node *given, unsigned depth) {
  const node *text = given && depth < 4 ? flow_literal(f, given) : NULL;
  const node *turned =
      text && text->kind == N_call &&
              lists_word("to_sym to_s",
                         ast_kid(text, F_method) ? ast_kid(text, F_method)->text : STR(""))
          ? ast_kid(text, F_receiver)
          : NULL;
  if (turned)
    return partly_fixed(f, turned, depth + 1);
  for (size_t i = 0;
       text && (text->kind == N_string || text->kind == N_delimited_symbol) && i < text->count;
       i++) {
    const node *part = text->kids[i];
    if (part->kind == N_string_content && narrows(part->text))
      return true;
    if (part->kind == N_interpolation && part->count && partly_fixed(f, part->kids[0], depth + 1))
      return true;
  }
  return false;
}

/* get(url, socket_class: PrivateAddressCheck::Socket): what connects looks at each address. */
static bool connects_by_own_socket(const node *call) {
  const node *args = ast_kid(call, F_arguments);
  for (size_t i = 0; args && i < args->count; i++) {
    const node *key = args->kids[i]->kind == N_pair ? ast_kid(args->kids[i], F_key) : NULL,
               *held = key ? ast_kid(args->kids[i], F_value) : NULL;
    bool guards = held && (str_icontains(held->text, STR("private")) ||
                           str_icontains(held->text, STR("public")) ||
                           str_icontains(held->text, STR("ssrf")));
    if (guards && str_starts(key->text, STR("socket_class")))
      return true;
  }
  return false;
}

/* PrivateAddressCheck.only_public_connections { Faraday.get(url) } */
static bool keeps_public(const node *call) {
  if (connects_by_own_socket(call))
    return true;
  for (const node *n = call; n && n->kind != N_method; n = n->parent)
    if (n->kind == N_call && ast_kid(n, F_block) &&
        str_starts(ast_kid(n, F_method) ? ast_kid(n, F_method)->text : STR(""),
                   STR("only_public_")))
      return true;
  return false;
}

/* send("#{x}_address"), "Reports::#{x}".constantize: a part of the name is fixed, so few methods or
 * classes are in reach. instance_variable_get reaches the object's own variables; JSON.load makes
 * objects only of classes with a json_create. */
static bool little_in_reach(flow *f, str receiver, str method, const node *name) {
  if (str_eq(receiver, STR("JSON")) || str_starts(method, STR("instance_variable_")))
    return true;
  return lists_word("send public_send __send__ constantize safe_constantize", method) &&
         partly_fixed(f, name, 0);
}

/* ENV.fetch('API'), Rails.configuration.x.url, Settings.url */
static bool is_configured(const node *n) {
  static const char *const roots[] = {"ENV",           "Rails",     "Settings", "Config",
                                      "Configuration", "AppConfig", "Figaro"};
  while (n && (n->kind == N_call || n->kind == N_element_reference))
    n = n->kind == N_call ? ast_kid(n, F_receiver) : n->count ? n->kids[0] : NULL;
  for (size_t i = 0; n && n->kind == N_constant && i < sizeof roots / sizeof *roots; i++)
    if (str_eq(n->text, str_of(roots[i])))
      return true;
  return false;
}

/* The text before the first part that somebody else may choose; what is not written out but is
 * nobody's stands as "x". */
static void fixed_beginning(flow *f, const node *n, buf *out, bool *open, unsigned depth) {
  n = flow_literal(f, n);
  if (!n || *open || depth > 8)
    return;
  const node *args = n->kind == N_call ? ast_kid(n, F_arguments) : NULL,
             *name = ast_kid(n, F_method);
  bool parses = args && args->count && name &&
                (str_eq(name->text, STR("URI")) || str_eq(name->text, STR("parse")));
  value v = flow_eval(f, n);
  const node *parsed =
      name && !args && (str_eq(name->text, STR("path")) || str_eq(name->text, STR("request_uri")))
          ? ast_kid(n, F_receiver)
          : NULL;
  if (parsed &&
      flow_eval(f, parsed)
          .made_from.len) { /* of a URL that was parsed: it begins with a slash or is empty */
    buf_char(out, '/');
    *open = true;
  } else if (n->kind == N_string_content) {
    buf_put(out, n->text);
  } else if (n->kind == N_string || n->kind == N_interpolation || n->kind == N_chained_string ||
             (n->kind == N_binary && str_eq(n->op, STR("+")))) {
    for (size_t i = 0; i < n->count; i++)
      fixed_beginning(f, n->kids[i], out, open, depth + 1);
  } else if (parses) {
    fixed_beginning(f, args->kids[0], out, open, depth + 1);
  } else if (v.from.len && n->kind != N_constant && n->kind != N_scope_resolution &&
             !is_configured(n)) {
    *open = true;
  } else {
    buf_char(out, 'x');
  }
}

/* "https://host/path/#{...}", "/path/#{...}", "#{BASE}/path/#{...}": the host is fixed. */
bool sinks_host_fixed(flow *f, const node *n) {
  buf b = {.arena = f->scratch};
  bool open = false;
  fixed_beginning(f, n, &b, &open, 0);
  str text = b.ptr ? buf_str(&b) : STR("");
  if (!open || !text.len)
    return false;
  if (text.ptr[0] == '/')
    return text.len > 1 && text.ptr[1] != '/';
  size_t scheme = str_find(text, STR("://"), 0), from = scheme == SIZE_MAX ? 0 : scheme + 3;
  for (size_t i = from + 1; i < text.len; i++)
    if (text.ptr[i] == '/' || text.ptr[i] == '?' || text.ptr[i] == '#')
      return true;
  return false;
}

/* params[:file].tempfile: only an uploaded file has one, and the server has chosen its path. */
static bool of_upload(flow *f, const node *n) {
  const node *given = flow_literal(f, n),
             *name = given->kind == N_call ? ast_kid(given, F_method) : NULL;
  const node *args = ast_kid(given, F_arguments),
             *receiver = name ? ast_kid(given, F_receiver) : NULL;
  if (!receiver || (args && args->count))
    return false;
  if (str_eq(name->text, STR("tempfile")))
    return true;
  return (str_eq(name->text, STR("path")) || str_eq(name->text, STR("to_path"))) &&
         of_upload(f, receiver);
}

/* A driver's word that others have, too (query, exec): the text says whether it is SQL, where its
 * beginning is written out. */
static bool says_sql(flow *f, const node *n) {
  static const char *const verbs[] = {
      "select",    "insert",  "update",   "delete", "with",     "replace", "merge",  "create",
      "drop",      "alter",   "truncate", "call",   "exec",     "execute", "set",    "show",
      "explain",   "copy",    "listen",   "notify", "unlisten", "grant",   "revoke", "begin",
      "values",    "vacuum",  "analyze",  "lock",   "use",      "attach",  "detach", "pragma",
      "refresh",   "declare", "fetch",    "kill",   "describe", "load",    "do",     "comment",
      "savepoint", "release", "rollback"};
  const node *text = flow_literal(f, n);
  if (!text || text->kind != N_string || !text->count || text->kids[0]->kind != N_string_content)
    return true;
  str beginning = str_trim(text->kids[0]->text);
  size_t end = 0;
  while (end < beginning.len && isalpha((unsigned char)beginning.ptr[end]))
    end++;
  if (!end)
    return !beginning.len || strchr("(-/", beginning.ptr[0]);
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (str_ieq(str_sub(beginning, 0, end), str_of(verbs[i])))
      return true;
  return false;
}

/* @paypal.execute(request): not seen to be a database, nor the argument to be a text. */
static bool maybe_no_database(str receiver, str method, const value *v) {
  static const char *const names[] = {"conn", "db",       "base",        "sql",
                                      "pg",   "database", "transaction", "tx"};
  bool known = v->built || !str_eq(method, STR("execute"));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    known |= str_icontains(receiver, str_of(names[i]));
  return !known;
}

static bool wanted_argument(const sink_row *row, const node *call, const node *n, str name,
                            const value *v, size_t i) {
  bool pair = n->kind == N_pair, written = str_contains(call->text, STR("write"));
  if (row->kind == SINK_URL)
    return pair ? str_eq(name, STR("url")) || str_eq(name, STR("base_url")) ||
                      str_eq(name, STR("uri"))
                : i == 0;
  if (row->kind == SINK_FILE && i && row->methods[0] != '*' && !pair &&
      str_contains(str_of(row->methods), STR(" binwrite ")) && written)
    return false; /* what is written is no path */
  if (row->kind == SINK_SQL && (pair || n->kind == N_hash))
    return false;
  if (row->kind == SINK_SQL && (n->kind == N_array || n->kind == N_splat_argument))
    return false;
  if (row->part == BUILT_FIRST)
    return i == 0 && v->built;
  return row->part == ANY_ARGUMENT ? !name.len : i == 0;
}

/* where(["name = '#{x}'"]): the first of the list is the statement. */
static void sql_list(flow *f, const node *call, const node *list) {
  value v = list->count ? flow_eval(f, list->kids[0]) : (value){0};
  if (v.built)
    add_sink(f, call, SINK_SQL, &v, false);
}

static void row_hits(flow *f, const sink_row *row, const node *call, const value *self,
                     const value *args, const node *const *nodes, size_t count) {
  if (row->kind == SINK_COMMAND) {
    command(f, call, row->part, args, nodes, count);
    return;
  }
  if (row->kind == SINK_URL && keeps_public(call))
    return;
  if (row->part == THE_RECEIVER)
    add_sink(f, call, row->kind, self,
             little_in_reach(f, STR(""), ast_kid(call, F_method)->text, ast_kid(call, F_receiver)));
  for (size_t i = 0; i < count && row->part != THE_RECEIVER; i++) {
    const node *key = nodes[i]->kind == N_pair ? ast_kid(nodes[i], F_key) : NULL;
    str name = key ? ast_literal(f->scratch, key) : STR("");
    if (row->kind == SINK_SQL && i == 0 && nodes[i]->kind == N_array)
      sql_list(f, call, nodes[i]);
    if (!wanted_argument(row, call, nodes[i], name, &args[i], i))
      continue;
    if (row->kind == SINK_SQL &&
        lists_word("query exec async_exec", ast_kid(call, F_method)->text) &&
        !says_sql(f, nodes[i]))
      continue;
    if (row->kind == SINK_FILE && of_upload(f, nodes[i]))
      continue;
    size_t before = f->facts->sinks.len;
    bool apart =
        row->kind == SINK_CODE
            ? little_in_reach(f, str_of(row->receiver), ast_kid(call, F_method)->text, nodes[i])
            : row->kind == SINK_URL && args[i].from.len &&
                  sinks_host_fixed(f, key ? ast_kid(nodes[i], F_value) : nodes[i]);
    if (row->kind == SINK_SQL && ast_kid(call, F_receiver))
      apart = maybe_no_database(ast_kid(call, F_receiver)->text, ast_kid(call, F_method)->text,
                                &args[i]);
    add_sink(f, call, row->kind, &args[i], apart);
    if (f->facts->sinks.len > before)
      f->facts->sinks.at[before].whole =
          nodes[i]->kind == N_identifier && value_is_parameter(&args[i]);
  }
}

static void render_option(flow *f, const node *call, const node *pair) {
  const node *key = pair->kind == N_pair ? ast_kid(pair, F_key) : NULL, *v = ast_kid(pair, F_value);
  str name = key ? ast_literal(f->scratch, key) : STR("");
  value held = key && v ? flow_eval(f, v) : (value){0};
  if (str_eq(name, STR("file")) || str_eq(name, STR("template")))
    add_sink(f, call, SINK_FILE, &held, false);
  if (str_eq(name, STR("inline")))
    add_sink(f, call, SINK_CODE, &held, false);
}

/* render x, where x is no options, and no object that has a template of its own. */
static bool names_template(const node *n, const value *v) {
  const node *known = v->literal ? v->literal : v->standard;
  bool options = n->kind == N_pair || n->kind == N_hash || n->kind == N_hash_splat_argument ||
                 (known && known->kind == N_hash);
  return !options && !v->klass.len && !str_ends(n->text, STR("options")) &&
         !str_ends(n->text, STR("opts"));
}

/* render file: x, render inline: x, in a controller or by one. */
static void rendered(flow *f, const node *call, str receiver, str method, const value *args,
                     const node *const *nodes, size_t count) {
  bool renders = lists_word("render render_to_string", method);
  if (!renders || (receiver.len && !str_ends(receiver, STR("ontroller")) &&
                   !str_ends(receiver, STR(".renderer"))))
    return;
  bool named = count && names_template(nodes[0], &args[0]);
  if (named)
    add_sink(f, call, SINK_FILE, &args[0],
             true); /* render x: any template, within the folders of views */
  for (size_t i = 0; i < count; i++) {
    render_option(f, call, nodes[i]);
    for (size_t k = 0; nodes[i]->kind == N_hash && k < nodes[i]->count; k++)
      render_option(f, call, nodes[i]->kids[k]);
  }
}

/* Slim::Template.new { x }, Tilt['erb'].new { x }: what the block gives is the template. */
void sinks_block(flow *f, const node *call, str receiver, str method, const value *given) {
  bool template = receiver_fits("Tilt*", receiver) || receiver_fits("Slim::Template", receiver) ||
                  receiver_fits("Haml::Template", receiver);
  if (template && str_eq(method, STR("new")))
    add_sink(f, call, SINK_CODE, given, false);
}

/* open(x), open("|x"); head :found, location: x */
static void special(flow *f, const node *call, str receiver, str method, const value *args,
                    const node *const *nodes, size_t count) {
  if (receiver.len || !count)
    return;
  if (str_eq(method, STR("open"))) {
    bool pipe = nodes[0]->kind == N_string && str_starts(str_sub(nodes[0]->text, 1, 2), STR("|"));
    add_sink(f, call, pipe || nodes[0]->kind != N_string ? SINK_COMMAND : SINK_FILE, &args[0],
             false);
  }
  for (size_t i = 0; i < count; i++) {
    const node *key = nodes[i]->kind == N_pair ? ast_kid(nodes[i], F_key) : NULL;
    if (str_eq(method, STR("head")) && str_eq(ast_literal(f->scratch, key), STR("location")))
      add_sink(f, call, SINK_URL, &args[i], false);
  }
}

/* constantize as a function; a method's name as &x.to_sym; File.read("|command"). */
static void by_name(flow *f, const node *call, str receiver, str method, const value *args,
                    const node *const *nodes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (nodes[i]->kind == N_block_argument && str_contains(nodes[i]->text, STR("to_sym")))
      add_sink(f, call, SINK_CODE, &args[i], false);
  bool folds = str_eq(method, STR("inject")) || str_eq(method, STR("reduce"));
  if (count && folds && str_contains(nodes[0]->text, STR("to_sym")))
    add_sink(f, call, SINK_CODE, &args[0], false);
  if (count && receiver.len && str_ends(receiver, STR("Inflector")) &&
      lists_word("constantize safe_constantize", method))
    add_sink(f, call, SINK_CODE, &args[0], false);
  if (count && str_eq(receiver, STR("IO")) && nodes[0]->kind == N_string &&
      str_starts(str_sub(nodes[0]->text, 1, 2), STR("|")))
    add_sink(f, call, SINK_COMMAND, &args[0], false);
}

/* Pathname and URI objects made from the value, then read. */
static void by_value(flow *f, const node *call, str method, const value *self) {
  if (!self->from.len ||
      !lists_word("read open binread write children each_child glob delete readlines unlink rmtree",
                  method))
    return;
  if (self->made_from.len)
    add_sink(f, call, SINK_URL, self, false);
  if (self->path)
    add_sink(f, call, SINK_FILE, self, false);
}

void sinks_reference(flow *f, const node *n, const value *key) {
  if (!key->from.len || n->count < 2)
    return;
  if (str_eq(n->kids[0]->text, STR("Dir")))
    add_sink(f, n, SINK_FILE, key, false);
  if (str_eq(n->kids[0]->text, STR("DB")) && key->built)
    add_sink(f, n, SINK_SQL, key, false);
}

/* Headers that make the front end send a file, or the client go elsewhere. */
void sinks_assigned(flow *f, const node *left, const value *v) {
  str name = left->kind == N_element_reference && left->count > 1
                 ? ast_literal(f->scratch, left->kids[1])
                 : (str){0};
  if (!name.len || !v->from.len || !str_ends(left->kids[0]->text, STR("headers")))
    return;
  if (str_ieq(name, STR("X-Accel-Redirect")) || str_ieq(name, STR("X-Sendfile")))
    add_sink(f, left, SINK_FILE, v, false);
  if (str_ieq(name, STR("Location")))
    add_sink(f, left, SINK_URL, v, false);
}

/* JSON.load(x, nil, create_additions: false), JSON.parse(x), Oj.load(x, mode: :strict): plain data.
 */
static bool reads_plain_data(const node *call, str receiver, str method) {
  bool mode = str_contains(call->text, STR("mode:")),
       object = str_contains(call->text, STR("mode: :object"));
  bool additions = str_contains(call->text, STR("create_additions: true")),
       none = str_contains(call->text, STR("create_additions: false"));
  if (str_eq(receiver, STR("Oj")))
    return mode && !object;
  if (str_eq(receiver, STR("Ox")))
    return str_eq(method, STR("load")) && !object;
  return str_eq(receiver, STR("JSON")) && (str_starts(method, STR("parse")) ? !additions : none);
}

/* UserService, Api::Schema; not CONNECTION, nor a call. */
static bool names_class(str receiver) {
  bool lower = false;
  for (size_t i = 0; i < receiver.len; i++) {
    char c = receiver.ptr[i];
    if (c == '.' || c == '(' || c == '[')
      return false;
    lower |= c >= 'a' && c <= 'z';
  }
  return lower && receiver.ptr[0] >= 'A' && receiver.ptr[0] <= 'Z';
}

static bool says(str text, const char *option, const char *given) {
  for (size_t at = 0; (at = str_find(text, str_of(option), at)) != SIZE_MAX; at++) {
    str rest = str_sub(text, at + strlen(option), text.len);
    rest = str_trim(str_starts(rest, STR(":")) ? str_sub(rest, 1, rest.len) : rest);
    if (str_starts(rest, STR("=>")))
      rest = str_trim(str_sub(rest, 2, rest.len));
    if (str_starts(rest, str_of(given)))
      return true;
  }
  return false;
}

/* params.permit(:page, :sort): none of what url_for takes for another host. */
static bool permits_no_host(const node *target) {
  const node *name = target->kind == N_call ? ast_kid(target, F_method) : NULL,
             *args = ast_kid(target, F_arguments);
  if (!name || !str_eq(name->text, STR("permit")) || !args)
    return false;
  for (size_t i = 0; i < args->count; i++)
    if (args->kids[i]->kind != N_simple_symbol ||
        lists_word(":host :domain :subdomain :protocol :port :user :password", args->kids[i]->text))
      return false;
  return true;
}

/* only_path counts among the options of the URL; beside a URL it is no option of redirect_to. */
static bool stays_on_host(const node *call, const node *target) {
  if (says(call->text, "allow_other_host", "false"))
    return true;
  return target && (says(target->kind == N_pair ? call->text : target->text, "only_path", "true") ||
                    permits_no_host(target));
}

/* Later versions have made it harmless: YAML.load reads plain data since Psych 4, redirect_to stays
 * on the host with the defaults of Rails 7. */
static bool harmless(const flow *f, const node *call, str receiver, str method,
                     const node *target) {
  const project *p = f->facts->project;
  if (str_eq(method, STR("redirect_to")) && stays_on_host(call, target))
    return true;
  if (reads_plain_data(call, receiver, method))
    return true;
  if (str_eq(method, STR("send")) &&
      (str_icontains(receiver, STR("sock")) || str_icontains(receiver, STR("conn"))))
    return true;
  if (!p)
    return false;
  if (str_eq(method, STR("redirect_to")))
    return (p->redirects_said ? p->redirects_kept : p->defaults >= 70000) &&
           !str_contains(call->text, STR("allow_other_host: true"));
  return p->psych >= 40000 && str_eq(method, STR("load")) &&
         (str_eq(receiver, STR("YAML")) || str_eq(receiver, STR("Psych")));
}

void sinks_call(flow *f, const node *call, str receiver, str method, const value *self,
                const value *args, const node *const *nodes, size_t count) {
  bool any = self->from.len > 0;
  for (size_t i = 0; i < count; i++)
    any |= args[i].from.len > 0;
  if (!any || harmless(f, call, receiver, method, count ? nodes[0] : NULL))
    return;
  by_value(f, call, method, self);
  by_name(f, call, receiver, method, args, nodes, count);
  special(f, call, receiver, method, args, nodes, count);
  rendered(f, call, receiver, method, args, nodes, count);
  bool service =
      str_eq(method, STR("execute")) &&
      names_class(receiver); /* AppSchema.execute(query): GraphQL, or the application's own */
  for (size_t i = 0; i < sizeof SINKS / sizeof *SINKS; i++)
    if (!(service && SINKS[i].kind == SINK_SQL) && row_fits(&SINKS[i], receiver, method, self)) {
      row_hits(f, &SINKS[i], call, self, args, nodes, count);
      return;
    }
}
