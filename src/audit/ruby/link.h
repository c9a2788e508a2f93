/* What link.c and link_report.c share: the slots of all files, joined, and what one source reached.
 */
#ifndef BATTEN_AUDIT_RUBY_LINK_H
#define BATTEN_AUDIT_RUBY_LINK_H

#include "audit/ruby/private.h"

enum { PARENTS_MAX = 32, ROUNDS_MAX = 6, STATE_BITS = FLOW_FLAGS * 2, ENTERED = FLOW_FLAGS };

typedef enum { EDGE_PLAIN, EDGE_CALL, EDGE_RESULT, EDGE_THROUGH } edge_kind;

typedef struct {
  unsigned to, next;  /* next: of the same origin, 0 ends */
  unsigned parameter; /* EDGE_THROUGH: open once this parameter reaches its method's result */
  edge_kind kind;
  unsigned flags;
  const step *steps;
} edge;

typedef struct {
  str name;
  unsigned first;  /* edge */
  unsigned result; /* of a parameter: its method's result slot */
  bool written, through;
  unsigned stamp;
} slot_node;

typedef struct {
  unsigned from_state, by_edge;
} arrival;

typedef struct {
  arena *arena;
  const file_facts *files;
  size_t count;
  LIST(slot_node) slots;
  LIST(edge) edges;
  unsigned *table;
  size_t table_size;
  unsigned stamp;
  arrival *arrivals;
  LIST(const method_fact *) methods; /* sorted by name, class */
  LIST(parent_fact) parents;         /* sorted by class */

  struct {
    str klass, all[PARENTS_MAX];
    size_t n; /* 0: none yet */
  } ancestry; /* of the class that was asked for last: calls of one class follow each other */

  str_list guarded;       /* classes behind a filter that authenticates; sorted */
  const file_facts *file; /* whose facts are joined or judged */
  report *report;
  bool header; /* what is spread is the token's header */
} linker;

unsigned link_slot(linker *l, str name, bool make); /* 0: there is none */
unsigned link_origin(linker *l, str name);          /* of a value of l->file */
size_t link_ancestry(
    linker *l, str klass,
    str *out); /* the class and what it inherits or mixes in, nearest first; PARENTS_MAX at most */

/* link_guards.c: who is behind authentication. */
void link_learn_guards(linker *l);            /* once the parents are sorted */
bool link_serves_known(linker *l, str klass); /* a class of l->file */

/* link_report.c: what the source that was spread last reaches, and what other classes make void. */
void link_judge_sinks(linker *l, const char *prefix);
void link_judge_header(linker *l);
void link_drop_void(linker *l);
void link_judge_allow_lists(linker *l);

#endif
