/* Findings and reports: what scan, audit and paths produce and every writer, gate and history
 * consumes. */
#ifndef BATTEN_REPORT_H
#define BATTEN_REPORT_H

#include "base/base.h"

typedef enum {
  SEVERITY_INFO,
  SEVERITY_LOW,
  SEVERITY_MEDIUM,
  SEVERITY_HIGH,
  SEVERITY_CRITICAL
} severity;

typedef enum { CONFIDENCE_TENTATIVE, CONFIDENCE_FIRM, CONFIDENCE_CONFIRMED } confidence;

typedef enum {
  CATEGORY_AUTHENTICATION,
  CATEGORY_OBJECT_AUTHORIZATION,
  CATEGORY_FUNCTION_AUTHORIZATION,
  CATEGORY_PROPERTY_AUTHORIZATION,
  CATEGORY_INPUT_VALIDATION,
  CATEGORY_RATE_LIMITING,
  CATEGORY_DATA_EXPOSURE,
  CATEGORY_ENCRYPTION,
  CATEGORY_SSRF,
  CATEGORY_INVENTORY,
  CATEGORY_UNSAFE_CONSUMPTION,
  CATEGORY_RUNTIME_EXPOSURE,
  CATEGORY_LLM,
  CATEGORY_COUNT
} category;

const char *severity_name(severity s);     /* "critical" */
const char *confidence_name(confidence c); /* "confirmed" */
const char *category_name(category c);     /* "object_authorization" */
bool severity_parse(str text, severity *out);
bool confidence_parse(str text, confidence *out);
bool category_parse(str text, category *out);

/* Where: an operation, a place in source, or an object in a configuration. Unused parts are empty.
 * An operation that an API description names has file, line and column of that place too. */
typedef enum { WHERE_OPERATION, WHERE_SOURCE, WHERE_OBJECT } where_kind;

typedef struct {
  where_kind kind;
  str method, url, parameter; /* operation; parameter may be empty */
  str file;              /* source, object; operation: the API description, relative, or empty */
  unsigned line, column; /* from 1; 0 unknown */
  str object, field;     /* object: "Deployment/api", "spec.template.spec.hostPID" */
  str space; /* object: the Kubernetes namespace it stands in; empty where there are none */
} where;

typedef struct {
  str note;              /* one sentence: what this exchange shows */
  str request, response; /* HTTP text, secrets masked; may be empty */
} evidence;

typedef struct {
  str file;
  unsigned line, column;
  str note;
} trace_step;

typedef struct {
  str language; /* "rails", "nginx", "kubernetes", ... */
  str code;
} fix_code;

typedef struct {
  LIST(int) cwe;
  str_list owasp_api, rfc, cve, other;
} reference_set;

/* Reads the short form of the rows: "CWE-347 API2 CVE-2015-9235 RFC8725-3.2". */
void references_read(arena *a, const char *text, reference_set *out);

/* Against --baseline: BASELINE_NONE when there is none. */
typedef enum { BASELINE_NONE, BASELINE_NEW, BASELINE_KNOWN } baseline_state;

typedef struct {
  str id; /* "f-1", given by report_finish */
  str check;
  category category;
  severity severity;
  confidence confidence;
  str title, description;
  where where;
  LIST(evidence) evidence;
  LIST(trace_step) trace;
  str reproduce; /* a shell command; may be empty */
  str fix_text, fix_policy;
  LIST(fix_code) fix_code;
  str fix_diff; /* a unified diff that mends it, paths relative to where `file` is; may be empty */
  reference_set references;
  str fingerprint; /* given by report_finish: stable over runs and over the host's port */
  baseline_state baseline;
  str suppressed_reason,
      suppressed_until; /* of report.suppressed: why, and to which day (YYYY-MM-DD) */
} finding;

typedef LIST(finding) finding_list;

typedef struct {
  str check, where, reason;
} not_tested;

typedef struct {
  bool tested;
  unsigned checks; /* distinct checks that were decided */
  int score;       /* given by report_finish */
} category_result;

/* What the maker of a report adds: `paths` is a JSON value for the JSON report, `picture` goes
 * before the findings of the HTML report, any other name is a format of its own and comes before
 * the writer of that name. */
typedef struct {
  str name, text;
} report_attachment;

typedef enum { REPORT_SCAN, REPORT_AUDIT, REPORT_PATHS } report_kind;

typedef struct {
  report_kind kind;
  str target_url; /* or the directory */
  size_t operations;
  str_list identities;
  str active, authorization; /* scan: "forge", "loopback" */
  str context;               /* name of the score's context, "default" */
  double started, finished;  /* seconds since 1970 */
  size_t requests;
  size_t requests_unmerged; /* scan: what the checks would have sent, had each sent its own; 0
                               unknown */
  bool partial;             /* could not be completed: never a pass */
  str partial_reason;
  int score;
  char grade;
  category_result categories[CATEGORY_COUNT];
  finding_list findings;
  finding_list suppressed; /* taken out of findings by report_suppress: no part of score and gate,
                              but told */
  LIST(not_tested) not_tested;
  LIST(report_attachment) attachments;
  str_list notes; /* about the run itself: an expired suppression */
} report;

const char *report_kind_name(report_kind k);

/* The text of the attachment of this name, or an empty slice. */
str report_attached(const report *r, str name);

/* Sorts findings (severity, confidence, check, where) and not_tested (check, where), gives ids and
 * fingerprints, computes score and grade. Everything after this is reading. */
void report_finish(arena *a, report *r);

/* "GET /api/me?x=1 (report)", "app/x.rb:12:5", "deploy.yaml:3 Deployment/api spec.hostPID". */
str where_text(arena *a, const where *w);

/* ---- what is known already ------------------------------------------------------------------- */

/* Marks every finding new or known (its fingerprint stands in the old report, suppressed or not).
 */
void report_baseline(report *r, const report *old);

/* Moves findings that a line of the file names to `suppressed`, and computes the score anew. A line
 * is SCOPE until YYYY-MM-DD: REASON where SCOPE is a fingerprint, or a check's id and one place
 * ("GET /api/me", "app/x.rb:12", "FILE OBJECT FIELD"). `today` (seconds since 1970) decides what
 * has expired; that and what matches nothing becomes a note. False when a line cannot be read: *e
 * names PATH:LINE. */
bool report_suppress(arena *a, report *r, str text, const char *path, double today, error *e);

/* What changed between two reports of one target. */
typedef struct {
  const report *old, *now;
  LIST(const finding *) added, fixed, still;
  LIST(const finding *)
  unverified; /* gone, but its check was not tested this time (or the run broke off) */
} report_diff;

report_diff report_compare(arena *a, const report *old, const report *now);
str diff_pretty(arena *a, const report_diff *d);
str diff_json(arena *a, const report_diff *d);
str diff_markdown(arena *a, const report_diff *d);

/* Computes score and grade from findings, tested categories and context. */
void report_score(arena *a, report *r);

struct json_t; /* of jansson */
/* Puts "score" and "grade": null in a report that could not be completed. */
void report_put_score(struct json_t *object, const report *r);

/* ---- score: one table, printed by `batten checks --score` ------------------------------------ */

int score_penalty(severity s);         /* critical 80, high 40, medium 15, low 5, info 0 */
double score_confidence(confidence c); /* confirmed 1, firm 0.75, tentative 0.4 */
bool score_context_known(str context);
str score_contexts(arena *a); /* "default, financial, ..." */
unsigned score_weight(str context, category c);
char score_grade(int score); /* A 90, B 80, C 70, D 60, else F */
str score_table(arena *a);   /* for people: the whole computation with weights and caps */
/* A number 0 to 100 or a letter A to F (its lower bound; F is 0). False when it is neither. */
bool score_threshold_parse(str text, int *out);

/* ---- writers: one file each ------------------------------------------------------------------ */

typedef struct {
  bool color;
  unsigned width; /* columns of the terminal, 80 when unknown */
} writer_options;

typedef struct {
  const char *name;
  const char *alias; /* or NULL */
  str (*write)(arena *a, const report *r, const writer_options *o);
} report_writer;

/* Printable, escaped for HTML and XML, text and attributes alike. */
void put_markup(buf *b, str raw);
const report_writer *report_writer_find(str name);
const report_writer *report_writer_at(size_t i); /* NULL past the last */
/* Reads a JSON report back (for diff, convert, baseline, paths). */
bool report_read(arena *a, str json, report *out, error *e);

/* ---- for terminals --------------------------------------------------------------------------- */

/* One line that can do nothing to a terminal, whoever wrote it. */
str text_line(arena *a, str raw);
size_t text_columns(str s);
/* The first `most` columns of a text. */
str text_first_columns(str s, size_t most);
/* Folded at word ends; every line stands behind `margin`. */
void put_folded(buf *b, str text, str margin, size_t width);

#endif
