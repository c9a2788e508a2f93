/* What reading archives of requests (HAR, Postman) shares. */
#ifndef BATTEN_SCAN_ARCHIVE_H
#define BATTEN_SCAN_ARCHIVE_H

#include "scan/scan.h"

/* Takes a header into the operation: a token in it becomes the operation's, with its place; what
 * the client sets itself is left out. */
void archive_header(arena *a, str name, str value, operation *o);
/* The same for a token in the query. */
void archive_query(arena *a, operation *o);
/* Adds the operation unless it is there already; of doubles, the one with a token stays. */
void archive_add(arena *a, const operation *o, operation_list *out);
/* The operation's request with this text in its token's place. */
http_request archive_request(arena *a, const operation *o, str text);

#endif
