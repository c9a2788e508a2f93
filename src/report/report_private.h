/* What the files of this module share. */
#ifndef BATTEN_REPORT_PRIVATE_H
#define BATTEN_REPORT_PRIVATE_H

#include "report/report.h"

void score_compute(report *r);

/* "GET /api/me?x=1 (claim report)", "app/x.rb:12:5", "Deployment/api spec.hostPID". */
str where_text(arena *a, const where *w);
/* The path and query of an operation's URL, without scheme, host and port. */
str where_path(arena *a, const where *w);
size_t count_severity(const report *r, severity s);

str write_pretty(arena *a, const report *r, const writer_options *o);
str write_table(arena *a, const report *r, const writer_options *o);
str write_json(arena *a, const report *r, const writer_options *o);
str write_sarif(arena *a, const report *r, const writer_options *o);
str write_html(arena *a, const report *r, const writer_options *o);
str write_markdown(arena *a, const report *r, const writer_options *o);

#endif
