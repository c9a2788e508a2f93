/* The calls where a value does harm: one row each. */
#include "audit/ruby/flow.h"

typedef enum { ANY_ARGUMENT, FIRST_ARGUMENT, THE_RECEIVER, BUILT_FIRST } sink_part;
typedef struct {
  const char *receiver; /* "" none or self; "*" any; else the text, a '*' at its end matches the rest */
  const char *methods;  /* between spaces; "*" all */
  sink_kind kind;
  sink_part part;
} sink_row;

static const sink_row SINKS[] = {
    {"File", " read open new write binread binwrite readlines foreach delete unlink rename symlink link chmod chown truncate readlink stat size ", SINK_FILE, ANY_ARGUMENT},
    {"IO", " read write binread binwrite readlines foreach sysopen copy_stream ", SINK_FILE, ANY_ARGUMENT},
    {"Dir", " glob entries children each_child mkdir rmdir chdir foreach open new [] ", SINK_FILE, ANY_ARGUMENT},
    {"FileUtils*", "*", SINK_FILE, ANY_ARGUMENT},
    {"Pathname", " new ", SINK_FILE, ANY_ARGUMENT},
    {"Rails.root", " join ", SINK_FILE, ANY_ARGUMENT},
    {"", " send_file ", SINK_FILE, FIRST_ARGUMENT},
    {"Kernel", " open ", SINK_COMMAND, FIRST_ARGUMENT},
    {"", " system exec spawn ` ", SINK_COMMAND, ANY_ARGUMENT},
    {"Kernel", " system exec spawn ` ", SINK_COMMAND, ANY_ARGUMENT},
    {"Process", " spawn exec ", SINK_COMMAND, ANY_ARGUMENT},
    {"PTY", " spawn getpty ", SINK_COMMAND, ANY_ARGUMENT},
    {"IO", " popen ", SINK_COMMAND, ANY_ARGUMENT},
    {"Open3", "*", SINK_COMMAND, ANY_ARGUMENT},
    {"Net::HTTP*", " get get_response get_print post post_form start new put delete head ", SINK_URL, ANY_ARGUMENT},
    {"URI", " open ", SINK_URL, FIRST_ARGUMENT},
    {"OpenURI", " open_uri ", SINK_URL, FIRST_ARGUMENT},
    {"Faraday", " new get post put patch delete head ", SINK_URL, ANY_ARGUMENT},
    {"HTTParty", " get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"RestClient*", " get post put patch delete head new execute ", SINK_URL, ANY_ARGUMENT},
    {"Excon", " new get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"HTTP", " get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"Typhoeus", " get post put patch delete head ", SINK_URL, FIRST_ARGUMENT},
    {"", " redirect_to ", SINK_URL, FIRST_ARGUMENT},
    {"", " eval instance_eval class_eval module_eval ", SINK_CODE, FIRST_ARGUMENT},
    {"*", " instance_eval class_eval module_eval public_send __send__ const_get send ", SINK_CODE, FIRST_ARGUMENT},
    {"", " send public_send __send__ ", SINK_CODE, FIRST_ARGUMENT},
    {"*", " constantize safe_constantize ", SINK_CODE, THE_RECEIVER},
    {"Marshal", " load restore ", SINK_CODE, FIRST_ARGUMENT},
    {"YAML", " load unsafe_load load_stream ", SINK_CODE, FIRST_ARGUMENT},
    {"Psych", " load unsafe_load ", SINK_CODE, FIRST_ARGUMENT},
    {"ERB", " new ", SINK_CODE, FIRST_ARGUMENT},
    {"Kernel", " eval ", SINK_CODE, FIRST_ARGUMENT},
    {"*", " where having joins exists? update_all delete_all find_by rewhere not ", SINK_SQL, BUILT_FIRST},
    {"", " where having joins ", SINK_SQL, BUILT_FIRST},
    {"*", " find_by_sql count_by_sql order reorder pluck execute exec_query select_all select_value ", SINK_SQL, FIRST_ARGUMENT},
    {"", " order pluck find_by_sql ", SINK_SQL, FIRST_ARGUMENT},
    {"*", " get_first_value get_first_row execute_batch execute_batch2 exec async_exec query exec_update exec_insert exec_delete select_one select_rows select_values ",
     SINK_SQL, BUILT_FIRST}, /* the drivers of SQLite, PostgreSQL and MySQL */
};

static bool receiver_fits(const char *pattern, str receiver) {
  str p = str_of(pattern);
  if (str_starts(receiver, STR("::"))) receiver = str_sub(receiver, 2, receiver.len);
  if (str_eq(p, STR("*"))) return receiver.len > 0 && !str_eq(receiver, STR("self"));
  if (!p.len) return !receiver.len || str_eq(receiver, STR("self"));
  if (p.ptr[p.len - 1] == '*') return str_starts(receiver, str_sub(p, 0, p.len - 1));
  return str_eq(p, receiver);
}

/* The list has the word between spaces. */
static bool lists_word(const char *list, str word) {
  str rest = str_of(list), one;
  while (word.len && str_next(&rest, ' ', &one))
    if (str_eq(one, word)) return true;
  return false;
}

static bool method_fits(const char *methods, str method) { return strcmp(methods, "*") == 0 || lists_word(methods, method); }

static void add_sink(flow *f, const node *n, sink_kind kind, const value *v, bool apart) {
  if (!v->from.len) return;
  sink_fact s = {.kind = kind, .from = flow_keep(f, &v->from), .apart = apart, .file = f->facts->path, .place = flow_place(f), .klass = f->klass,
                 .line = n->line, .column = n->column, .text = str_sub(n->text, 0, 120)};
  list_push(f->facts->arena, &f->facts->sinks, s);
}

void sinks_command(flow *f, const node *n, const value *v) { add_sink(f, n, SINK_COMMAND, v, false); }

/* system('sh', '-c', text) is a shell again. */
static bool runs_shell(const node *const *nodes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (nodes[i]->kind == N_string && (str_eq(nodes[i]->text, STR("'-c'")) || str_eq(nodes[i]->text, STR("\"-c\"")))) return true;
  return false;
}

static void command(flow *f, const node *call, const value *args, const node *const *nodes, size_t count) {
  size_t words = 0, first = count;
  for (size_t i = 0; i < count; i++) {
    if (nodes[i]->kind == N_hash || nodes[i]->kind == N_pair || nodes[i]->kind == N_hash_splat_argument) continue;
    if (first == count) first = i;
    words++;
  }
  const node *program = first < count ? flow_literal(f, nodes[first]) : NULL;
  bool array = program && program->kind == N_array;
  for (size_t i = 0; i < count; i++) {
    if (nodes[i]->kind == N_pair) continue;
    bool apart = (array || (words > 1 && i != first)) && !runs_shell(nodes, count);
    if (array && runs_shell((const node *const *)program->kids, program->count)) apart = false;
    add_sink(f, call, SINK_COMMAND, &args[i], apart);
  }
}

/* send("#{x}_address"): a part of the name is fixed, so few methods are in reach. */
static bool partly_fixed(flow *f, str method, const node *name) {
  bool sends = str_eq(method, STR("send")) || str_eq(method, STR("public_send")) || str_eq(method, STR("__send__"));
  const node *text = sends ? flow_literal(f, name) : NULL;
  for (size_t i = 0; text && text->kind == N_string && i < text->count; i++)
    if (text->kids[i]->kind == N_string_content) return true;
  return false;
}

static void row_hits(flow *f, const sink_row *row, const node *call, const value *self, const value *args, const node *const *nodes, size_t count) {
  if (row->kind == SINK_COMMAND) {
    command(f, call, args, nodes, count);
    return;
  }
  if (row->part == THE_RECEIVER) add_sink(f, call, row->kind, self, false);
  for (size_t i = 0; i < count && row->part != THE_RECEIVER; i++) {
    const node *key = nodes[i]->kind == N_pair ? ast_kid(nodes[i], F_key) : NULL;
    str name = key ? ast_literal(f->scratch, key) : STR("");
    bool wanted = row->part == ANY_ARGUMENT ? !name.len || str_eq(name, STR("url")) : i == 0;
    if (row->kind == SINK_FILE && i && row->methods[0] != '*' && !key && str_contains(str_of(row->methods), STR(" binwrite ")) &&
        str_contains(call->text, STR("write")))
      wanted = false; /* what is written is no path */
    if (row->part == BUILT_FIRST) wanted = i == 0 && args[0].built;
    if (row->kind == SINK_SQL && (nodes[i]->kind == N_pair || nodes[i]->kind == N_hash || nodes[i]->kind == N_array)) wanted = false;
    if (row->kind == SINK_URL && nodes[i]->kind == N_pair && !str_eq(name, STR("url"))) wanted = false;
    if (wanted) add_sink(f, call, row->kind, &args[i], row->kind == SINK_CODE && partly_fixed(f, ast_kid(call, F_method)->text, nodes[i]));
  }
}

/* render file: x, render inline: x, render x; open(x), open("|x") */
static void special(flow *f, const node *call, str receiver, str method, const value *args, const node *const *nodes, size_t count) {
  if (receiver.len || !count) return;
  if (str_eq(method, STR("open"))) {
    bool pipe = nodes[0]->kind == N_string && str_starts(str_sub(nodes[0]->text, 1, 2), STR("|"));
    add_sink(f, call, pipe || nodes[0]->kind != N_string ? SINK_COMMAND : SINK_FILE, &args[0], false);
  }
  if (!str_eq(method, STR("render")) && !str_eq(method, STR("render_to_string"))) return;
  for (size_t i = 0; i < count; i++) {
    const node *key = nodes[i]->kind == N_pair ? ast_kid(nodes[i], F_key) : NULL;
    str name = key ? ast_literal(f->scratch, key) : STR("");
    if (str_eq(name, STR("file")) || str_eq(name, STR("template"))) add_sink(f, call, SINK_FILE, &args[i], false);
    if (str_eq(name, STR("inline"))) add_sink(f, call, SINK_CODE, &args[i], false);
  }
}

/* Pathname and URI objects made from the value, then read. */
static void by_value(flow *f, const node *call, str method, const value *self) {
  if (!self->from.len || !lists_word("read open binread write children each_child glob delete readlines", method)) return;
  if (self->made_from.len) add_sink(f, call, SINK_URL, self, false);
}

/* Later versions have made it harmless: YAML.load reads plain data since Psych 4, redirect_to stays on the host with the
 * defaults of Rails 7. */
static bool harmless(const flow *f, const node *call, str receiver, str method) {
  const project *p = f->facts->project;
  if (!p) return false;
  if (str_eq(method, STR("redirect_to"))) return p->defaults >= 70000 && !str_contains(call->text, STR("allow_other_host: true"));
  return p->psych >= 40000 && str_eq(method, STR("load")) && (str_eq(receiver, STR("YAML")) || str_eq(receiver, STR("Psych")));
}

void sinks_call(flow *f, const node *call, str receiver, str method, const value *self, const value *args, const node *const *nodes,
                size_t count) {
  if (harmless(f, call, receiver, method)) return;
  by_value(f, call, method, self);
  special(f, call, receiver, method, args, nodes, count);
  for (size_t i = 0; i < sizeof SINKS / sizeof *SINKS; i++)
    if (receiver_fits(SINKS[i].receiver, receiver) && method_fits(SINKS[i].methods, method)) {
      row_hits(f, &SINKS[i], call, self, args, nodes, count);
      return;
    }
}
