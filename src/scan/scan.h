/* The scanner: from a target and what its owner gives, to a report. The only header of this module
 * that its neighbours include. */
#ifndef BATTEN_SCAN_H
#define BATTEN_SCAN_H

#include "base/base.h"
#include "net/net.h"
#include "report/report.h"
#include "scan/operation.h"
#include "token/token.h"

typedef enum { ACTIVE_PASSIVE, ACTIVE_FORGE, ACTIVE_CLAIMS } active_level;

/* What the command line gives. All memory is the caller's and outlives the scan. */
typedef struct {
  url target; /* scope */
  operation_list operations;
  const token_place *place; /* --token-in; NULL: what a description says, else the bearer header */
  http_headers headers;     /* of --header: go with every operation, also those found on the way */
  const char *spec_root;    /* directory that `$ref` of a description may not leave; NULL: the
                               description's own */
  str_list spec_urls;       /* descriptions on the target's origin */
  bool discover_operations; /* also those of a description that the target shows: nothing else names
                               operations */
  const char *token_command; /* `cmd:`: run again when the token expires; NULL for none */
  key_list public_keys, signing_keys;
  str_list public_key_urls;         /* on the target's origin */
  str expired_token, foreign_token; /* ptr NULL when not given */
  str_list spare_tokens;            /* further good tokens, for deriving the RSA key */
  str_list wordlists;               /* contents */
  double guess_seconds;             /* of one core, for secrets that stand in no list */
  http_request *logout; /* the operation that ends a token's life; NULL when not named */
  active_level active;
  bool authorized; /* --i-am-authorized */
  bool allow_writes;
  bool gated; /* a gate decides on the report: without a test of authentication it is incomplete */
  bool anonymous;     /* the API has no tokens: then it is not */
  bool runtime_ports; /* ask other ports of the target's host too */
  str graphql;        /* path of a GraphQL endpoint; empty: only what is seen */
  str llm; /* PATH[=FIELD] of an endpoint that speaks to a language model; empty: only what is seen
            */
  str_list include, exclude; /* METHOD /path/glob */
  http_options http;         /* rate 0: what is usual for the kind of the target */
  host_kind target_kind; /* of the addresses that the target's name stands for; set by scan_run */
  bool canary_off;
  str canary_listen, canary_advertised;
  const char *record_path, *replay_path; /* or NULL */
  str context;
  identity_list identities; /* the first is "default", which --token gives */
  void (*progress)(void *to, str step, size_t done, size_t total); /* may be NULL */
  void *progress_to;
} scan_options;

/* Scans and fills the report, report_finish included. False only when nothing could be begun (e
 * says why); a scan that broke off is a report marked partial. */
bool scan_run(arena *a, const scan_options *options, report *out, error *e);

/* Reads the operations and credentials of an HTTP archive (HAR 1.2): entries of the target's
 * origin, doubles once. */
bool scan_read_har(arena *a, str json, const url *target, operation_list *out, error *e);

/* The same of a Postman collection, format 2.1. `path` is for messages; requests to other origins
 * are passed over. */
bool scan_read_postman(arena *a, const char *path, str text, const scan_options *options,
                       operation_list *out, error *e);

/* Reads an OpenAPI 3.0 or 3.1 or a Swagger 2.0 description: one operation for each method of each
 * path, with values from examples or types. Uses target, place, identities and spec_root of the
 * options. On failure *e names file, line and column. */
bool scan_read_spec(arena *a, const char *path, const scan_options *options, operation_list *out,
                    error *e);

/* A token given as T, @FILE, env:NAME or cmd:COMMAND; in the last case *command is set. */
bool scan_token_value(arena *a, str text, str *token_text, const char **command, error *e);

/* What is weak about a token by its looks alone: the checks that need no target. */
typedef struct {
  str check;
  severity severity;
  str detail;
} token_weakness;

typedef LIST(token_weakness) token_weakness_list;
token_weakness_list scan_look_at_token(arena *a, const token *t, double now);

/* ---- the catalogue --------------------------------------------------------------------------- */

typedef struct {
  str id;
  category category;
  severity severity;
  str title, description, fix, needs, sent, references;
  str decides, wrong;
  str rails, nginx, policy; /* code that fixes or blocks it; each may be empty */
} check_info;

size_t scan_check_count(void);
check_info scan_check_info(arena *a, size_t i);
str scan_check_page(arena *a, size_t i); /* Markdown: docs/checks/ID.md */

#endif
