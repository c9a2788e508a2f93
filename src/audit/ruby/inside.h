/* What the files that follow values share among themselves: values.c, confine.c, guards.c,
 * statements.c, calls.c, flow.c. */
#ifndef BATTEN_AUDIT_RUBY_INSIDE_H
#define BATTEN_AUDIT_RUBY_INSIDE_H

#include "audit/ruby/flow.h"

#define IN(s, ...) flow_in(s, (const char *const[]){__VA_ARGS__, NULL})

/* values.c */
void value_add_origin(flow *f, value *v, origin o);
value value_merged(flow *f, value a, const value *b);
value value_stepped(flow *f, value v, const node *n, const char *what, unsigned flags);
value value_from_slot(flow *f, const node *n, str slot, const char *what);
bool flow_is_clean(const flow *f, str text);
void scope_bind(flow *f, str name, value v);
scope scope_copy(flow *f, const scope *s);
scope scope_join(flow *f, const scope *a, scope *b);
str flow_slot(flow *f, char kind, str klass, str name);
str flow_keep_name(flow *f, str name);
void flow_into(flow *f, const value *v, str to);
str flow_made(const flow *f,
              str name); /* the class of what the file's method or instance variable gives */
const value *flow_constant(flow *f, str name);
str flow_class_name(flow *f, const node *n,
                    bool defined); /* of a constant; defined: the name in its own class or module */
str flow_last_constant(const node *n); /* C of A::B::C; empty for what is no constant */

/* confine.c */
void flow_confine(flow *f, const node *n, str_list *out);
bool flow_anchored(const node *n);
void flow_collect_checks(flow *f, const node *condition, bool holds,
                         str_list *out); /* texts that are confined */
void flow_apply_checks(flow *f, const node *condition, bool holds);
bool flow_leaves(const node *n);
value flow_branch(flow *f, const node *condition, const node *yes, const node *no);

/* lambdas.c */
enum { ARGUMENTS_MAX = 24 };

value flow_lambda(flow *f,
                  const node *n); /* ->(x) { ... }, or lambda, proc and Proc.new with their block */
bool flow_names_lambda(flow *f,
                       const node *n); /* such a call that is given a name, by which it is called */
str flow_lambda_held(flow *f, const node *receiver); /* HANDLERS[:read], HANDLERS.fetch(:read):
                                                        "HANDLERS[read]"; else empty */
value flow_call_by_brackets(flow *f, const node *reference); /* NAME[x] of a lambda */

/* guards.c */
void guards_learn(flow *f, const node *class_body, filter_list *out);
void guards_apply(flow *f, str method);

/* statements.c */
value flow_kids(flow *f, const node *n);
value flow_joined_kids(flow *f, const node *n);
value value_element(flow *f, value v, const node *n, bool header);
value value_part(value v, int number); /* of a token that was split */
str flow_shared_slot(
    flow *f, const node *reference); /* of request.env['x'], RequestStore.store[:x]; else empty */
bool flow_makes_struct(const node *n);
value eval_assignment(flow *f, const node *n);
value eval_operator_assignment(flow *f, const node *n);
value eval_match(flow *f, const node *n);
value eval_case(flow *f, const node *n);
value eval_block(flow *f, const node *block, value receiver);

/* calls.c */
void flow_return_value(flow *f, value v, const node *n);
void flow_declare_parameters(flow *f, const node *parameters, method_fact *m);
value eval_method(flow *f, const node *n);
value eval_class(flow *f, const node *n);
value flow_record_call(flow *f, const node *n, call_receiver kind, str klass, str method,
                       const node *const *nodes, const value *args, size_t count);
value eval_call(flow *f, const node *n);
value eval_reference(flow *f, const node *n);

#endif
