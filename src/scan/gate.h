/* The gate that every request of a scan passes. Part of the scanner, private to it; pure. */
#ifndef BATTEN_SCAN_GATE_H
#define BATTEN_SCAN_GATE_H

#include "scan/scan.h"

/* Why this operation is not scanned, for the report; ptr NULL: it is. Memory of `a`. */
str gate_operation(arena *a, const scan_options *options, const operation *o);
/* Why this request must not be sent; ptr NULL: it may. `discovering`: a place of the host is looked
 * at (descriptions, key sets), which --include does not choose. */
str gate_request(arena *a, const scan_options *options, const http_request *r, bool discovering);
/* A path as a server may read it: percent-decoded, without empty segments, dots, and what stands
 * behind a semicolon. The path itself where nothing of this is in it. */
str path_as_read(arena *a, str path);

#endif
