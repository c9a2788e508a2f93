/* Inside the Ruby half. Each file gives facts (slots, edges, calls, sinks, findings); link.c joins
 * them. */
#ifndef BATTEN_AUDIT_RUBY_PRIVATE_H
#define BATTEN_AUDIT_RUBY_PRIVATE_H

#include "audit/ruby/ast.h"
#include "report/report.h"

typedef struct {
  const char *id;
  category category;
  severity severity;
  const char *title, *description, *fix, *references;
} ruby_rule;

extern const ruby_rule RUBY_RULES[]; /* ends with a row without id */
const ruby_rule *ruby_rule_find(str id);

typedef enum { SINK_FILE, SINK_COMMAND, SINK_URL, SINK_CODE, SINK_SQL, SINK_COUNT } sink_kind;

/* Below FLOW_FLAGS: carried from file to file. ROOTED: a URL whose host the caller has written out,
 * as long as it is passed on WHOLE, as the parameter it came in by. */
enum {
  FLOW_BASENAME = 1,
  FLOW_SHELL = 2,
  FLOW_ROOTED = 4,
  FLOW_FLAGS = 8,
  FLOW_CANON = 8,
  FLOW_WHOLE = 16
};

/* One step on the way of a value; steps share their beginnings. */
typedef struct step step;

struct step {
  const step *before;
  str file;
  unsigned line, column, length; /* length: steps up to this one */
  const char *what;              /* "assigned", "passed on as an argument" */
  str text;
  const step *kept; /* its copy among the facts, once there is one */
};

/* Where a value may come from: a slot of the program, and what happened to it on the way. */
typedef struct {
  str slot;
  unsigned flags;
  const step *steps;
} origin;

typedef LIST(origin) origin_list;

typedef struct {
  origin from;
  str to;
} flow_edge;

typedef struct {
  str name; /* "0", "1", or the keyword */
  origin_list from;
} call_argument;

typedef enum { CALL_SELF, CALL_CLASS, CALL_UNKNOWN } call_receiver;

typedef struct {
  call_receiver receiver;
  str klass; /* of self, or the class named */
  str method, result;
  LIST(call_argument) arguments;
  const step *steps;
} call_fact;

typedef struct {
  sink_kind kind;
  origin_list from;
  bool whole; /* a parameter, as it came in */
  bool apart; /* a command's separate argument, a method name that is fixed in part: low */
  str file, place, text;
  str klass;
  unsigned line, column;
} sink_fact;

typedef struct {
  str klass, name;
  LIST(str) parameters; /* names; keyword ones end in ':' */
} method_fact;

typedef struct {
  str klass, parent; /* superclass or included module */
} parent_fact;

/* The class compares the claim itself: the rule about it does not hold there, nor in what inherits
 * from it. */
typedef struct {
  str klass;
  const char *rule;
} check_fact;

/* What the files at the root of an application say of how its code behaves. Versions as major *
 * 10000 + minor * 100 + patch; 0 when unknown. */
typedef struct {
  str root;
  bool locked;                          /* the versions are a lock file's */
  unsigned jwt, rails, psych, defaults; /* defaults: config.load_defaults */
  bool force_ssl, ssl_decided; /* decided: by the environment or a setting, not known to be off */
  bool redirects_said, redirects_kept; /* raise_on_open_redirects is written out, and true */
} project;

typedef LIST(project) project_list;
unsigned version_number(str text);
bool setting_value(str line, const char *name, str *out); /* of "config.name = value # why" */
void project_learn(arena *a, project_list *all, str path, str text);
const project *project_of(const project_list *all,
                          str path); /* of the nearest root; nothing known when there is none */

/* Names that some file gives a method or an instance variable; calls to others lead nowhere. */
typedef struct {
  uint64_t bits[1 << 16];
} name_set;

void names_collect(name_set *names, str text);
bool names_has(const name_set *names, str name);
bool names_share(const name_set *names, str name); /* several classes have this last name */
bool names_within(const name_set *names, str outer,
                  str name);          /* there is one of this name within `outer` */
str names_last(str text, str *outer); /* of A::B::C: C, within B */

typedef struct {
  str name;
  unsigned line, column;
} named_place;

/* What one file gives. */
typedef struct {
  arena *arena;
  const name_set *names;  /* of the whole project; NULL: every call is kept */
  unsigned number;        /* of the file: tells calls of different files apart */
  const project *project; /* NULL: nothing is known */
  str path, text;
  finding_list findings;
  LIST(flow_edge) edges;
  LIST(call_fact) calls;
  LIST(sink_fact) sinks;
  LIST(method_fact) methods;
  LIST(parent_fact) parents;
  LIST(check_fact) checks;
  LIST(named_place) allow_lists; /* ALLOWED_SCOPES = [...] */
  str_list cookie_readers;       /* classes that take a token from a cookie */
  str_list guarded;              /* classes with a before_action that authenticates */
  bool decodes;
  unsigned peeks;       /* looks into tokens that were followed to a key: see peek.c */
  const char *not_read; /* why not, or only in part */
} file_facts;

void facts_read(file_facts *f, bool erb);
finding *fact_find(file_facts *f, const char *rule, const node *at, str place, const char *format,
                   ...) __attribute__((format(printf, 5, 6)));
void facts_link(arena *a, const file_facts *files, size_t count, report *r);
finding file_finding(arena *a, const char *rule, str path, unsigned line,
                     str note); /* where no Ruby is parsed */
void gems_judge(arena *a, str path, str text, report *r);
void secret_judge(arena *a, str path, str text, report *r);

#endif
