/* From what scan and audit found to the ways through: facts joined into a graph from "anonymous"
 * and "any user" to "node", "cluster" and "cloud credentials", its simple paths, and the fewest
 * fixes that cut them all. */
#ifndef BATTEN_PATHS_H
#define BATTEN_PATHS_H

#include "base/base.h"
#include "report/report.h"

/* Joins the findings of these reports and fills the report of kind `paths` (partial where one of
 * them is), report_finish included: a finding for each path, and as attachments the graph as JSON,
 * Mermaid, GraphML, a picture and a text for the terminal. */
void paths_run(arena *a, const report *const *reports, size_t n, bool color, report *out);

#endif
