/* Following values through one file. */
#ifndef BATTEN_AUDIT_RUBY_FLOW_H
#define BATTEN_AUDIT_RUBY_FLOW_H

#include "audit/ruby/private.h"

/* A token taken apart by hand: all its parts, or one of them. */
typedef enum { PART_NONE, PART_ALL, PART_HEADER, PART_PAYLOAD } token_part;

typedef struct {
  origin_list from;
  const node *literal;  /* what it is when that is written out */
  const node *standard; /* of a parameter: what it is when none is given */
  token_part part;
  bool path;     /* a Pathname */
  str klass;     /* of an object made here */
  str made_from; /* of a parsed URL: the text of what was parsed */
  bool pair;     /* claims and header together, as JWT.decode gives them */
  bool built;    /* a string put together */
} value;

typedef struct {
  str name;
  value value;
} binding;

typedef struct {
  LIST(binding) bindings;
  str_list clean; /* texts of expressions that a check has confined */
} scope;

/* What following one file may cost; spent ends it there, and the file is named as read in part. */
typedef struct {
  double deadline;
  size_t kept; /* of the facts' arena when the file began */
  unsigned steps;
  bool spent;
} flow_budget;

/* What methods without parameters give back and instance variables are set to, where the file says
 * so once. */
typedef struct {
  str name;
  const node *value; /* NULL: said more than once */
  str made;          /* the class that the method gives an object of */
} definition;

typedef LIST(definition) definition_list;

/* The names of slots that the facts hold, each once. */
typedef struct {
  str *table;
  size_t size, count;
} kept_names;

/* A filter of the class, and the expressions that it has confined where it lets pass. */
typedef struct {
  str method;
  str_list only, except, texts;
} filter;

typedef LIST(filter) filter_list;

typedef struct {
  file_facts *facts;
  arena *scratch;
  flow_budget *budget;
  kept_names *kept;
  scope scope;
  LIST(binding) constants;
  const definition_list *definitions;
  const filter_list *guards; /* of the class */
  str klass, method;
  bool before_action;                             /* the method is one that authenticates */
  str_list authenticators;                        /* methods named by before_action */
  str_list iss_checked, aud_checked, exp_checked; /* classes that compare the claim themselves */
  unsigned depth;
} flow;

bool flow_in(str s, const char *const *names); /* one of the names, which end with NULL */
value flow_eval(flow *f, const node *n);
str flow_place(flow *f);
const node *flow_literal(
    flow *f,
    const node *n); /* the node behind a local name, method or constant, or the node itself */
void flow_define(arena *a, const node *n, definition_list *out);
bool value_is_parameter(const value *v); /* and nothing was done with it */
bool value_is_from(const value *v, const char *slot);
const node *node_method(const node *n); /* the method around it, or the whole file */
value *scope_find(scope *s, str name);
origin_list flow_keep(flow *f, const origin_list *from); /* for the facts */

/* sinks.c: what the call does with tainted values. */
void sinks_call(flow *f, const node *call, str receiver, str method, const value *self,
                const value *args, const node *const *nodes, size_t count);
void sinks_reference(flow *f, const node *n, const value *key); /* Dir[x], DB[x] */
void sinks_assigned(flow *f, const node *left, const value *v); /* headers['Location'] = v */
void sinks_block(flow *f, const node *call, str receiver, str method,
                 const value *given);          /* given: by the call's block */
bool sinks_host_fixed(flow *f, const node *n); /* of a URL: its host is written out */
void sinks_command(flow *f, const node *n, const value *v);

/* jwt.c: the rules about one call or method. */
bool jwt_is_decode(const node *call, str receiver, str method);
void jwt_judge_decode(flow *f, const node *call, const node *const *args, size_t count);
void jwt_judge_call(flow *f, const node *call, str receiver, str method, const node *const *args,
                    size_t count);
void jwt_judge_by_hand(flow *f, const node *decoding);
void jwt_judge_encoded_token(flow *f, const node *call, str method, const node *const *args,
                             size_t count);
void jwt_judge_rescue(flow *f, const node *rescue);
void jwt_judge_rescue_modifier(flow *f, const node *n);
void jwt_judge_case(flow *f, const node *n);
void jwt_judge_predicate(flow *f, const node *method);
void jwt_judge_making(flow *f, const node *call, str receiver, str method, const node *const *args,
                      size_t count);
void jwt_judge_payload_key(flow *f, const node *assignment, const node *left, const node *right);
void jwt_judge_scopes(flow *f, const node *assignment, str name, const node *right);
void jwt_judge_wildcard_test(flow *f, const node *call, str method, const node *const *args,
                             size_t count);
void jwt_judge_header_key(flow *f, const node *call, str receiver, str method,
                          const node *const *args, size_t count);
void jwt_judge_cookie_read(flow *f, const node *reference);
void jwt_judge_scheme(flow *f, const node *n, const node *receiver);
void jwt_judge_constant(flow *f, const node *assignment, str name, const node *right);
void jwt_judge_assignment(flow *f, const node *assignment, const node *left, const node *right);
void jwt_judge_forgery(flow *f, const node *word, str method);
void jwt_judge_controller(flow *f, const node *class_node, const node *parent);
void jwt_judge_string(flow *f, const node *n);
str jwt_weak_secrets(void);
void jwt_judge_condition(flow *f, const node *condition);
void jwt_collect_checks(flow *f, const node *class_node);
/* fix.c: patches; ptr NULL where the text is not plain enough to be sure. */
str fix_replace(file_facts *f, const node *at, size_t from, size_t to, str with);
str fix_add_option(file_facts *f, const node *const *args, size_t count, const char *option);
str fix_node(file_facts *f, const node *n, const char *with);
bool node_is_claim(flow *f, const node *n);

#endif
