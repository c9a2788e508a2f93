/* What the files of this module share. */
#ifndef BATTEN_REPORT_PRIVATE_H
#define BATTEN_REPORT_PRIVATE_H

#include "base/json.h"
#include "report/report.h"

#include <stdlib.h>

#ifndef BATTEN_VERSION
#define BATTEN_VERSION "0.0.0"
#endif

void report_renumber(arena *a,
                     report *r); /* sorts, gives ids, computes the score; fingerprints stay */
/* The weighted mean before the cap. */
double score_mean(const report *r, unsigned *weights);

/* The path and query of an operation's URL, without scheme, host and port. */
str where_path(arena *a, const where *w);
/* A relative path for tools that want a file: the source, the API description, or the operation's
 * path. */
str where_artifact(arena *a, const where *w);
size_t count_severity(const report *r, severity s);

/* ---- text.c ---------------------------------------------------------------------------------- */

/* Valid UTF-8 without control characters (spelled as \xNN), carriage returns dropped; line ends and
 * tabs stay, or become spaces in text_line. */
str text_printable(arena *a, str raw);
str text_spaced(arena *a, const char *name); /* "rate limiting" */
str text_joined(arena *a, const str_list *list, const char *between);
str text_markdown(arena *a, str raw); /* one line, cut to a few hundred bytes */

/* not_tested by reason, in the order of their first row. */
typedef struct {
  str reason;
  str_list checks; /* without doubles */
  str_list places; /* the first few; all when whole */
  bool whole;      /* the operation as a whole: check is "*" */
  size_t count, first;
} reason_group;

typedef LIST(reason_group) reason_group_list;
reason_group_list group_by_reason(arena *a, const report *r);

/* ---- json parts ------------------------------------------------------------------------------ */

json_t *finding_json(const finding *f);
json_t *findings_json(const finding_list *list);

str write_pretty(arena *a, const report *r, const writer_options *o);
str write_table(arena *a, const report *r, const writer_options *o);
str write_json(arena *a, const report *r, const writer_options *o);
str write_sarif(arena *a, const report *r, const writer_options *o);
str write_junit(arena *a, const report *r, const writer_options *o);
str write_html(arena *a, const report *r, const writer_options *o);
str write_markdown(arena *a, const report *r, const writer_options *o);
str write_har(arena *a, const report *r, const writer_options *o);
str write_gitlab_sast(arena *a, const report *r, const writer_options *o);
str write_codequality(arena *a, const report *r, const writer_options *o);
str write_patch(arena *a, const report *r, const writer_options *o);

/* Findings that share check, severity and standing are told together, with all their places; a flow
 * by itself. */
bool findings_alike(const finding *f, const finding *g);
bool told_before(const report *r, size_t index); /* with an earlier one */
size_t count_alike(const report *r, size_t index);

#endif
