/* The scanner and the auditor for coding assistants, over the Model Context Protocol
 * (JSON-RPC 2.0), on stdio and as streamable HTTP. Revisions 2025-11-25 and 2025-06-18; older
 * clients get what those share. */
#ifndef BATTEN_MCP_H
#define BATTEN_MCP_H

#include "base/base.h"

typedef struct {
  str_list allow; /* host patterns that may be scanned besides loopback and private addresses */
  str_list
      roots; /* folders whose projects may be audited; empty: the working directory, on stdio any */
  str listen; /* HTTP: address:port */
  str token;  /* HTTP: the bearer token that clients must send; empty: none asked (loopback only) */
  bool http;
  volatile int *stop;
} mcp_options;

/* Serves until standard input ends (stdio) or *stop is set (HTTP). False when it could not begin.
 */
bool mcp_serve(const mcp_options *options, error *e);

#endif
