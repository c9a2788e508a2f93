/* A Ruby file as a tree of our own: only what the rules look at, in one arena that goes with the
 * file. */
#ifndef BATTEN_AUDIT_RUBY_AST_H
#define BATTEN_AUDIT_RUBY_AST_H

#include "base/base.h"

/* clang-format off */
#define NODE_KINDS(X) \
  X(program) X(identifier) X(constant) X(instance_variable) X(class_variable) X(global_variable) \
  X(self) X(assignment) X(operator_assignment) X(left_assignment_list) X(right_assignment_list) \
  X(call) X(method) X(singleton_method) X(element_reference) X(pair) X(hash) X(array) \
  X(argument_list) X(block_argument) X(hash_splat_argument) X(splat_argument) X(if) X(unless) \
  X(elsif) X(else) X(then) X(if_modifier) X(unless_modifier) X(case) X(when) X(case_match) \
  X(in_clause) X(conditional) X(rescue) X(rescue_modifier) X(begin) X(ensure) X(exceptions) \
  X(exception_variable) X(block) X(do_block) X(block_parameters) X(lambda) X(lambda_parameters) \
  X(method_parameters) X(optional_parameter) X(keyword_parameter) X(splat_parameter) \
  X(hash_splat_parameter) X(block_parameter) X(destructured_parameter) X(string) \
  X(chained_string) X(string_content) X(interpolation) X(subshell) X(heredoc_beginning) \
  X(heredoc_body) X(binary) X(unary) X(scope_resolution) X(class) X(module) X(singleton_class) \
  X(superclass) X(body_statement) X(block_body) X(parenthesized_statements) X(return) X(next) \
  X(break) X(yield) X(while) X(until) X(do) X(simple_symbol) X(delimited_symbol) \
  X(hash_key_symbol) X(string_array) X(symbol_array) X(bare_string) X(bare_symbol) X(integer) \
  X(float) X(true) X(false) X(nil) X(regex) X(hash_pattern) X(keyword_pattern) X(pattern) \
  X(match_pattern) X(test_pattern) X(as_pattern) X(heredoc_content) X(super) \
  X(destructured_left_assignment) X(rest_assignment)

/* clang-format on */

typedef enum {
  N_other,

#define X(name) N_##name,
  NODE_KINDS(X)
#undef X
      N_COUNT
} node_kind;

typedef enum {
  F_none,
  F_left,
  F_right,
  F_receiver,
  F_method,
  F_arguments,
  F_block,
  F_name,
  F_parameters,
  F_body,
  F_condition,
  F_consequence,
  F_alternative,
  F_value,
  F_key,
  F_object,
  F_operand,
  F_operator,
  F_scope,
  F_superclass,
  F_pattern,
  F_exceptions,
  F_variable,
  F_handler,
  F_COUNT
} field_kind;

typedef struct node node;

struct node {
  node_kind kind;
  field_kind field; /* of this node in its parent */
  unsigned line, column, end_line;
  str text;
  str op; /* of binary, unary and operator_assignment */
  node *parent;
  node **kids;
  size_t count;
  node *heredoc; /* of heredoc_beginning: its body */
};

enum { AST_NODES_MAX = 2000000, AST_DEPTH_MAX = 400 };

/* Parses Ruby. NULL with a reason when time or size ran out. */
node *ast_parse(arena *a, str text, double seconds, const char **why);
node *ast_kid(const node *n, field_kind field);
/* The Ruby of an ERB template, everything else blanked, so that places stay. */
str ast_erb(arena *a, str text);

/* The text of a string or symbol without interpolation; ptr NULL when it is none. */
str ast_literal(arena *a, const node *n);

#endif
