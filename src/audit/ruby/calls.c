/* Methods, classes and calls: what leaves a method (arguments, results) becomes slots, which link.c
 * joins over all files. */
#include "audit/ruby/inside.h"

/* ---- methods and classes --------------------------------------------------------------------- */

void flow_return_value(flow *f, value v, const node *n) {
  v = value_stepped(f, v, n, "returned", 0);
  flow_into(f, &v, flow_slot(f, 'R', f->klass, f->method));
  if (v.klass.len)
    flow_into(f, &v, flow_slot(f, 'R', f->klass, f->method));
}

void flow_declare_parameters(flow *f, const node *parameters, method_fact *m) {
  for (size_t i = 0; parameters && i < parameters->count; i++) {
    const node *p = parameters->kids[i], *name = p->kind == N_identifier ? p : ast_kid(p, F_name);
    if (!name)
      continue;
    bool keyword = p->kind == N_keyword_parameter;
    str label = keyword ? arena_printf(f->facts->arena, "%.*s:", STR_ARG(name->text)) : name->text;
    str position = keyword                             ? name->text
                   : p->kind == N_hash_splat_parameter ? STR("**")
                                                       : arena_printf(f->scratch, "%zu", i);
    if (p->kind == N_hash_splat_parameter)
      label = STR("**");
    list_push(f->facts->arena, &m->parameters, label);
    value v = {0};
    value_add_origin(f, &v,
                     (origin){arena_printf(f->scratch, "P:%.*s#%.*s#%.*s", STR_ARG(f->klass),
                                           STR_ARG(f->method), STR_ARG(position)),
                              0, NULL});
    const node *given = ast_kid(p, F_value);
    if (given) {
      value standard = flow_eval(f, given);
      v = value_merged(f, v, &standard);
      v.standard = given;
    }
    scope_bind(f, name->text, v);
  }
}

value eval_method(flow *f, const node *n) {
  const node *name = ast_kid(n, F_name), *body = ast_kid(n, F_body);
  if (!name)
    return (value){0};
  flow inner = *f;
  inner.scope = (scope){0};
  inner.method = name->text;
  inner.before_action = false;
  for (size_t i = 0; i < f->authenticators.len; i++)
    inner.before_action |= str_eq(f->authenticators.at[i], name->text);
  guards_apply(&inner, name->text);
  method_fact m = {.klass = f->klass, .name = name->text};
  flow_declare_parameters(&inner, ast_kid(n, F_parameters), &m);
  list_push(f->facts->arena, &f->facts->methods, m);
  if (body)
    flow_return_value(&inner, flow_eval(&inner, body), body);
  jwt_judge_predicate(&inner, n);
  return (value){0};
}

/* ActiveRecord::Base is no Base of the application's. */
static bool of_framework(const node *n) {
  static const char *const spaces[] = {
      "ActiveRecord::", "ActionController::", "ActionMailer::",  "ActiveJob::",
      "ActionCable::",  "ActiveModel::",      "ActiveSupport::", "ActionView::"};
  str text = str_starts(n->text, STR("::")) ? str_sub(n->text, 2, n->text.len) : n->text;
  for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
    if (str_starts(text, str_of(spaces[i])))
      return true;
  return false;
}

value eval_class(flow *f, const node *n) {
  const node *name = ast_kid(n, F_name), *parent = ast_kid(n, F_superclass),
             *body = ast_kid(n, F_body);
  flow inner = *f;
  str_list none = {0};
  if (name)
    inner.klass = flow_class_name(f, name, true);
  inner.method = STR("");
  inner.scope = (scope){0};
  inner.authenticators = none;
  if (parent && parent->count) {
    const node *p = parent->kids[0];
    bool constant = p->kind == N_constant || p->kind == N_scope_resolution;
    str name_of_parent = flow_makes_struct(p)           ? STR("Struct")
                         : constant && !of_framework(p) ? flow_class_name(f, p, false)
                                                        : p->text;
    list_push(f->facts->arena, &f->facts->parents, (parent_fact){inner.klass, name_of_parent});
    jwt_judge_controller(&inner, n, parent->kids[0]);
  }
  jwt_collect_checks(&inner, n);
  filter_list guards = {0};
  guards_learn(&inner, body, &guards);
  inner.guards = &guards;
  if (body)
    flow_eval(&inner, body);
  f->constants.at = inner.constants.at, f->constants.len = inner.constants.len,
  f->constants.cap = inner.constants.cap;
  return (value){0};
}

/* include Concern; before_action :authenticate! */
static void class_word(flow *f, str method, const node *const *args, size_t count) {
  if (f->method.len)
    return;
  bool mixes = IN(method, "include", "extend", "prepend"),
       acts = IN(method, "before_action", "prepend_before_action", "before");
  for (size_t i = 0; i < count; i++) {
    bool constant = args[i]->kind == N_scope_resolution || args[i]->kind == N_constant;
    if (mixes && constant)
      list_push(f->facts->arena, &f->facts->parents,
                (parent_fact){f->klass, flow_class_name(f, args[i], false)});
    if (!acts || args[i]->kind != N_simple_symbol)
      continue;
    str name = str_sub(args[i]->text, 1, args[i]->text.len);
    static const char *const words[] = {"auth",  "token", "jwt",       "login",
                                        "claim", "verif", "signed_in", "require"};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
      if (str_icontains(name, str_of(words[w]))) {
        list_push(f->scratch, &f->authenticators, name);
        list_push(f->facts->arena, &f->facts->guarded, f->klass);
        break;
      }
  }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static const char *const ENDS_FLOW[] = {
    "include?",    "size",         "length",      "count",     "to_i",      "to_f",
    "nil?",        "present?",     "blank?",      "empty?",    "any?",      "key?",
    "has_key?",    "is_a?",        "kind_of?",    "hash",      "hexdigest", "digest",
    "==",          "match?",       "start_with?", "end_with?", "all?",      "none?",
    "respond_to?", "find",         "find_by",     "find_by!",  "Integer",   "Float",
    "presence_in", "exist?",       "exists?",     "authorize", "object_id", "index",
    "rindex",      "find_index",   "bytesize",    "ord",       "zero?",     "positive?",
    "negative?",   "parameterize", NULL};
static const char *const PASSES_ARGUMENTS[] = {"join",
                                               "format",
                                               "sprintf",
                                               "String",
                                               "Array",
                                               "Hash",
                                               "URI",
                                               "parse",
                                               "concat",
                                               "merge",
                                               "+",
                                               "Pathname",
                                               "expand_path",
                                               "realpath",
                                               "basename",
                                               "shellescape",
                                               "escape",
                                               "decode64",
                                               "urlsafe_decode64",
                                               "strict_decode64",
                                               "inflate",
                                               "gunzip",
                                               "decompress",
                                               "unescape",
                                               "push",
                                               "<<",
                                               "[]",
                                               "append",
                                               "prepend",
                                               "sub",
                                               "gsub",
                                               "realdirpath",
                                               "absolute_path",
                                               "shelljoin",
                                               "Success",
                                               "Some",
                                               "success",
                                               "build",
                                               "new",
                                               "encode_www_form_component",
                                               "decode_www_form_component",
                                               "encode",
                                               "dump",
                                               "generate",
                                               NULL};

static unsigned flags_of_call(str receiver, str method) {
  if (str_eq(receiver, STR("File")) && str_eq(method, STR("basename")))
    return FLOW_BASENAME;
  if (IN(method, "shellescape", "shelljoin") ||
      (str_eq(receiver, STR("Shellwords")) && str_eq(method, STR("escape"))))
    return FLOW_SHELL;
  if (IN(method, "expand_path", "realpath", "cleanpath", "realdirpath", "absolute_path"))
    return FLOW_CANON;
  return 0;
}

/* What stays true of the argument where it is a parameter: get("/items/#{id}"), get(url). */
static unsigned passed_flags(flow *f, const node *n, const value *v) {
  const node *given = n->kind == N_pair && ast_kid(n, F_value) ? ast_kid(n, F_value) : n;
  if (!v->from.len)
    return 0;
  if (v->built && sinks_host_fixed(f, given))
    return FLOW_ROOTED;
  return value_is_parameter(v) && (given->kind == N_identifier || given->kind == N_pair)
             ? FLOW_WHOLE
             : 0;
}

value flow_record_call(flow *f, const node *n, call_receiver kind, str klass, str method,
                       const node *const *nodes, const value *args, size_t count) {
  arena *a = f->facts->arena;
  if (!names_has(f->facts->names, method))
    return (value){0};
  call_fact c = {.receiver = kind, .klass = klass, .method = method};
  c.result =
      arena_printf(a, "T:%u:%u:%u:%.*s", f->facts->number, n->line, n->column, STR_ARG(method));
  for (size_t i = 0; i < count; i++) {
    const node *key = nodes[i]->kind == N_pair ? ast_kid(nodes[i], F_key) : NULL;
    str label = key                                       ? ast_literal(f->scratch, key)
                : nodes[i]->kind == N_hash_splat_argument ? STR("**")
                                                          : arena_printf(f->scratch, "%zu", i);
    value v = value_stepped(f, args[i], nodes[i], "passed on as an argument",
                            passed_flags(f, nodes[i], &args[i]));
    if (v.from.len && label.ptr)
      list_push(a, &c.arguments, (call_argument){flow_keep_name(f, label), flow_keep(f, &v.from)});
  }
  list_push(a, &f->facts->calls, c);
  return value_from_slot(f, n, c.result, "called");
}

typedef struct {
  const node *node, *receiver, *block;
  str method, text, named; /* text: of the receiver; named: the constant that it is */
  value self;
  const node *nodes[ARGUMENTS_MAX];
  value args[ARGUMENTS_MAX];
  size_t count;
} call;

static bool from_claims_rails(str receiver, str method) {
  return (IN(receiver, "Knock::AuthToken", "Warden::JWTAuth::TokenDecoder", "JWTSessions::Token") &&
          IN(method, "new", "decode", "call")) ||
         (str_ends(receiver, STR("TokenDecoder.new")) && str_eq(method, STR("call")));
}

/* JWT::EncodedToken (jwt 3): an object that gives its parts away, checked or not. */
static bool opens_token(flow *f, const call *c, value *out) {
  if (!str_eq(c->self.klass, STR("EncodedToken")))
    return false;
  f->facts->decodes = true;
  jwt_judge_encoded_token(f, c->node, c->method, c->nodes, c->count);
  bool claims = IN(c->method, "payload", "unverified_payload"),
       header = IN(c->method, "header", "unverified_header");
  if (!claims && !header)
    return false;
  *out = value_from_slot(f, c->node, header ? STR("$header") : STR("$claims"),
                         header ? "the header of the token" : "claims of the token");
  return true;
}

static bool gives_claims(flow *f, const call *c, value *out) {
  bool decode = jwt_is_decode(c->node, c->text, c->method);
  if (opens_token(f, c, out))
    return true;
  if (!decode && !from_claims_rails(c->text, c->method))
    return false;
  f->facts->decodes = true;
  if (decode)
    jwt_judge_decode(f, c->node, c->nodes, c->count);
  *out = value_from_slot(f, c->node, STR("$claims"), "claims of the decoded token");
  out->pair = decode && !str_eq(c->text, STR("JSON::JWT"));
  return true;
}

static bool picks_element(const call *c) {
  return IN(c->method, "first", "last", "second", "[]", "at", "fetch", "dig");
}

static int element_number(const call *c) {
  if (IN(c->method, "first"))
    return 0;
  if (IN(c->method, "second"))
    return 1;
  uint64_t number;
  return c->count && str_to_u64(c->nodes[0]->text, &number) && number < 3 ? (int)number : -1;
}

/* token.split('.'), one of its parts, and that part decoded: the header, or claims that nobody has
 * verified. */
static bool takes_apart(flow *f, const call *c, value *out) {
  if (str_eq(c->method, STR("split")) && c->count &&
      str_eq(ast_literal(f->scratch, c->nodes[0]), STR("."))) {
    *out = c->self;
    out->literal = NULL;
    out->part = PART_ALL;
    return true;
  }
  if (c->self.part == PART_ALL && picks_element(c)) {
    *out = value_part(c->self, element_number(c));
    return true;
  }
  bool own = IN(c->method, "unpack", "unpack1");
  const value *coded = own ? &c->self : c->count ? &c->args[0] : NULL;
  if (!coded || coded->part < PART_HEADER ||
      !(own || IN(c->method, "decode64", "urlsafe_decode64", "strict_decode64")))
    return false;
  if (coded->part == PART_PAYLOAD)
    jwt_judge_by_hand(f, c->node);
  *out = value_from_slot(f, c->node, coded->part == PART_HEADER ? STR("$header") : STR("$claims"),
                         coded->part == PART_HEADER ? "the header of the token"
                                                    : "claims of the token");
  return true;
}

/* gsub(/\D/, ''), gsub(/[^a-z0-9]/, ''), delete('^a-z0-9'): nothing is left that a path or a
 * command line could use. */
static bool cleans_characters(flow *f, const call *c) {
  str kept =
      c->count && IN(c->method, "delete", "tr") ? ast_literal(f->scratch, c->nodes[0]) : (str){0};
  if (c->count == 2 && IN(c->method, "gsub") && c->nodes[0]->kind == N_regex &&
      str_starts(c->nodes[0]->text, STR("/[^")))
    kept = str_sub(c->nodes[0]->text, 2, c->nodes[0]->text.len);
  bool word = c->count == 2 && IN(c->method, "gsub") &&
              (str_eq(c->nodes[0]->text, STR("/\\D/")) || str_eq(c->nodes[0]->text, STR("/\\W/")));
  if (word && !ast_literal(f->scratch, c->nodes[1]).len)
    return true;
  if (!kept.len || kept.ptr[0] != '^')
    return false;
  for (size_t i = 1; i < kept.len && kept.ptr[i] != ']'; i++)
    if (strchr("./;|&$`<>\\ '\"", kept.ptr[i]))
      return false;
  return true;
}

static bool ends_flow(flow *f, const call *c) {
  if (str_eq(c->method, STR("find")) && c->block && !c->count)
    return false; /* of a list: one of its elements */
  if (str_starts(c->method, STR("find_by_")) && !str_eq(c->method, STR("find_by_sql")))
    return true; /* a record, by a finder of its own */
  bool sealed = IN(c->method, "signed", "encrypted") &&
                (str_starts(c->text, STR("cookies")) || str_ends(c->text, STR("cookie_jar")));
  if (sealed || flow_in(c->method, ENDS_FLOW) || cleans_characters(f, c))
    return true;
  return str_eq(c->text, STR("request")) &&
         !IN(c->method, "headers", "params", "env", "body", "raw_post", "query_parameters",
             "request_parameters", "cookies", "query_string", "authorization", "get_header");
}

/* dig, fetch, to_s, strip, with_indifferent_access, unknown methods alike: what the receiver holds.
 */
static value of_receiver(flow *f, const call *c) {
  bool picks = picks_element(c);
  bool second =
      IN(c->method, "last", "second") || (picks && c->count && str_eq(c->nodes[0]->text, STR("1")));
  value out = {.part = c->self.part, .path = c->self.path};
  if (c->self.from.len) {
    out = c->self.pair && picks ? value_element(f, c->self, c->node, second) : c->self;
    out.pair = c->self.pair && !picks;
    out.literal = NULL;
  }
  if (c->receiver && IN(c->method, "fetch") && c->count == 2)
    out = value_merged(f, out, &c->args[1]); /* where the key is not listed */
  return out;
}

/* join, format, File.join, expand_path: the arguments are in the result. */
static bool put_together(flow *f, const call *c, value *out) {
  unsigned flags = flags_of_call(c->text, c->method);
  bool passes = flow_in(c->method, PASSES_ARGUMENTS) &&
                (!str_eq(c->method, STR("build")) || IN(c->named, "HTTP", "HTTPS", "Generic")) &&
                (!str_eq(c->method, STR("new")) ||
                 IN(c->named, "Pathname", "OpenStruct", "URI", "HashWithIndifferentAccess",
                    "String", "StringIO", "Get", "Post"));
  if (!passes && !flags)
    return false;
  for (size_t i = 0; passes && i < c->count; i++)
    *out = value_merged(f, *out, &c->args[i]);
  *out = value_stepped(f, *out, c->node, "put together", flags);
  out->built = true;
  out->literal = NULL;
  bool given = false;
  for (size_t i = 0; i < c->count; i++)
    given |= c->args[i].from.len > 0;
  if (!given && (IN(c->named, "Pathname") || IN(c->method, "Pathname")))
    out->path = true; /* made from a value it is a sink itself */
  if (IN(c->method, "parse", "URI") && c->count)
    out->made_from = c->nodes[0]->text;
  return true;
}

static str class_named(flow *f, const node *n) {
  return flow_last_constant(n).len ? flow_class_name(f, n, false) : STR("");
}

static str root_constant(flow *f, const node *n) {
  while (n && n->kind == N_call && ast_kid(n, F_receiver))
    n = ast_kid(n, F_receiver);
  return class_named(f, n);
}

/* Current.claims, instance_variable_get(:@claims): what another place may have put there. */
static bool shared_value(flow *f, const call *c, value *out) {
  bool get = str_eq(c->method, STR("instance_variable_get")),
       set = str_eq(c->method, STR("instance_variable_set"));
  str name = (get || set) && c->count ? ast_literal(f->scratch, c->nodes[0]) : (str){0},
      whose = c->self.klass.len ? c->self.klass : f->klass;
  if (set && name.len && c->count > 1) {
    scope_bind(f, arena_str(f->scratch, name), c->args[1]);
    flow_into(f, &c->args[1], flow_slot(f, 'I', whose, name));
    return false;
  }
  if (get && name.len) {
    *out = value_from_slot(f, c->node, flow_slot(f, 'I', whose, name), "read from the object");
    return true;
  }
  if (!str_ends(c->named, STR("Current")) || c->count)
    return false;
  *out = value_from_slot(
      f, c->node,
      flow_slot(f, 'C', STR(""), arena_printf(f->scratch, "Current.%.*s", STR_ARG(c->method))),
      "read from Current");
  return true;
}

static value recorded(flow *f, const call *c, call_receiver kind, str klass, str method) {
  return flow_record_call(f, c->node, kind, klass, method, c->nodes, c->args, c->count);
}

static value call_result(flow *f, const call *c) {
  value out;
  if (str_eq(c->text, STR("Rails")) && str_eq(c->method, STR("root")))
    return (value){.path = true};
  if (gives_claims(f, c, &out) || takes_apart(f, c, &out) || shared_value(f, c, &out))
    return out;
  if (ends_flow(f, c))
    return (value){0};
  out = of_receiver(f, c);
  if (put_together(f, c, &out))
    return out;
  if (str_eq(c->method, STR("new")) && c->named.len) {
    value made = recorded(f, c, CALL_CLASS, c->named, STR("initialize"));
    made.klass = c->named;
    return made;
  }
  if (IN(c->method, "perform_later", "perform_async", "perform_now") &&
      root_constant(f, c->receiver).len)
    recorded(f, c, CALL_CLASS, root_constant(f, c->receiver), STR("perform"));
  if (IN(c->method, "call", "yield", "()") && c->receiver) {
    str held = flow_lambda_held(f, c->receiver);
    value v = recorded(f, c, CALL_UNKNOWN,
                       held.len            ? held
                       : c->named.len      ? c->named
                       : c->self.klass.len ? c->self.klass
                                           : c->text,
                       STR("call"));
    return value_merged(f, out, &v);
  }
  bool told = c->named.len || c->self.klass.len; /* whose method it is */
  if ((out.from.len || out.part || out.path) && !told)
    return out;
  bool own = !c->receiver || c->receiver->kind == N_self;
  str klass = own ? f->klass : c->named.len ? c->named : c->self.klass;
  value result = recorded(f, c,
                          own         ? CALL_SELF
                          : klass.len ? CALL_CLASS
                                      : CALL_UNKNOWN,
                          klass, c->method);
  if (own && !result.klass.len)
    result.klass = flow_made(f, c->method);
  return told ? value_merged(f, out, &result) : result;
}

/* send(:x, a), JWT.public_send(:decode, t), method(:x).call(a): the call that is meant. */
static size_t meant(flow *f, const node *n, const node *list, call *c) {
  const node *inner = c->receiver && c->receiver->kind == N_call && IN(c->method, "call", "()")
                          ? c->receiver
                          : NULL;
  const node *held = inner ? ast_kid(inner, F_arguments) : NULL;
  bool object =
      inner && held && held->count == 1 &&
      str_eq(ast_kid(inner, F_method) ? ast_kid(inner, F_method)->text : STR(""), STR("method"));
  bool sends = IN(c->method, "send", "public_send", "__send__") && list && list->count;
  str name = object  ? ast_literal(f->scratch, held->kids[0])
             : sends ? ast_literal(f->scratch, list->kids[0])
                     : (str){0};
  (void)n;
  if (!name.len)
    return 0;
  c->method = name;
  if (object)
    c->receiver = ast_kid(inner, F_receiver);
  return sends ? 1 : 0;
}

static void read_call(flow *f, const node *n, call *c) {
  const node *name = ast_kid(n, F_method), *list = ast_kid(n, F_arguments);
  *c = (call){.node = n,
              .receiver = ast_kid(n, F_receiver),
              .block = ast_kid(n, F_block),
              .method = name ? name->text : STR("call"),
              .text = STR("")};
  size_t first = meant(f, n, list, c);
  if (c->receiver) {
    c->self = flow_eval(f, c->receiver);
    c->text = c->receiver->text;
    c->named = class_named(f, c->receiver);
  }
  if (str_eq(c->method, STR("new")) && (!c->receiver || c->receiver->kind == N_self))
    c->named = f->klass; /* in a method of the class */
  for (size_t i = first; list && i < list->count && c->count < ARGUMENTS_MAX; i++) {
    c->nodes[c->count] = list->kids[i];
    c->args[c->count++] = flow_eval(f, list->kids[i]);
  }
}

/* JWT.decode(...) { |header| key }: also as &FINDER and &method(:find_key). */
static void pass_header(flow *f, const call *c, value header) {
  for (size_t i = 0; i < c->count; i++) {
    const node *given =
        c->nodes[i]->kind == N_block_argument && c->nodes[i]->count ? c->nodes[i]->kids[0] : NULL;
    if (!given)
      continue;
    const node *list = given->kind == N_call ? ast_kid(given, F_arguments) : NULL,
               *name = ast_kid(given, F_method);
    str own = list && list->count == 1 && name && str_eq(name->text, STR("method"))
                  ? ast_literal(f->scratch, list->kids[0])
                  : (str){0};
    flow_record_call(f, given, own.len ? CALL_SELF : CALL_UNKNOWN, own.len ? f->klass : given->text,
                     own.len ? own : STR("call"), &given, &header, 1);
  }
}

value eval_call(flow *f, const node *n) {
  call c;
  if (flow_names_lambda(f, n))
    return flow_lambda(f, n);
  read_call(f, n, &c);
  if (!c.receiver)
    class_word(f, c.method, c.nodes, c.count);
  jwt_judge_call(f, n, c.text, c.method, c.nodes, c.count);
  sinks_call(f, n, c.text, c.method, &c.self, c.args, c.nodes, c.count);
  bool clean = flow_is_clean(f, n->text);
  value out = clean ? (value){0} : call_result(f, &c);
  bool finds_key = jwt_is_decode(n, c.text, c.method);
  value header =
      finds_key ? value_from_slot(f, n, STR("$header"), "the header of the token") : (value){0};
  if (finds_key)
    pass_header(f, &c, header);
  if (!c.block)
    return out;
  value inside = eval_block(f, c.block,
                            finds_key                                  ? header
                            : IN(c.method, "instance_exec") && c.count ? c.args[0]
                                                                       : c.self);
  sinks_block(f, n, c.text, c.method, &inside);
  bool gives = IN(c.method, "map", "then", "tap", "yield_self", "flat_map", "filter_map",
                  "each_with_object", "lambda", "proc", "instance_exec", "synchronize", "fetch");
  return gives && !clean ? value_merged(f, out, &inside) : out;
}

/* request.env['omniauth.auth']: set by the middleware that verified it, and no field of the
 * request. */
static bool is_own_of_server(flow *f, const node *reference) {
  static const char *const given[] = {"HTTP_",
                                      "QUERY_",
                                      "PATH_",
                                      "REQUEST_",
                                      "CONTENT_",
                                      "SERVER_",
                                      "SCRIPT_",
                                      "ORIGINAL_",
                                      "rack.input",
                                      "rack.request",
                                      "action_dispatch.request",
                                      "action_dispatch.cookies"};
  str key = ast_literal(f->scratch, reference->kids[1]);
  if (!str_ends(reference->kids[0]->text, STR("env")))
    return false;
  for (size_t i = 0; i < sizeof given / sizeof *given; i++)
    if (str_starts(key, str_of(given[i])))
      return false;
  return key.len > 0;
}

value eval_reference(flow *f, const node *n) {
  if (flow_is_clean(f, n->text) || !n->count)
    return (value){0};
  value v = flow_eval(f, n->kids[0]);
  value key = {0};
  jwt_judge_cookie_read(f, n);
  if (n->count > 1 && (str_eq(n->kids[1]->text, STR("1")) || str_eq(n->kids[1]->text, STR("-1"))))
    jwt_judge_scheme(f, n, n->kids[0]);
  for (size_t i = 1; i < n->count; i++)
    key = flow_eval(f, n->kids[i]);
  sinks_reference(f, n, &key);
  if (v.part == PART_ALL) {
    uint64_t number;
    return value_part(
        v, n->count > 1 && str_to_u64(n->kids[1]->text, &number) && number < 3 ? (int)number : -1);
  }
  str slot = flow_shared_slot(f, n);
  if (slot.len) {
    value held = value_from_slot(f, n, slot, "read from the request's store");
    v = is_own_of_server(f, n) ? held : value_merged(f, v, &held);
  }
  if (v.pair)
    return value_element(f, v, n, n->count > 1 && str_eq(n->kids[1]->text, STR("1")));
  value called = flow_call_by_brackets(f, n);
  v = value_merged(f, v, &called);
  v.literal = NULL;
  return v;
}
