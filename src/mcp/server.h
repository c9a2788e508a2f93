/* Inside the MCP server: one state for all clients, a session for each, a call for each running
 * request. */
#ifndef BATTEN_MCP_SERVER_H
#define BATTEN_MCP_SERVER_H

#include "base/json.h"
#include "mcp/mcp.h"
#include "report/report.h"

#include <pthread.h>
#include <stdatomic.h>

enum { KEPT_MAX = 50, CALLS_MAX = 8, MESSAGE_MAX = 4 * 1024 * 1024 };

/* JSON-RPC 2.0 section 5.1, and the protocol's own. */
enum {
  RPC_PARSE = -32700,
  RPC_INVALID = -32600,
  RPC_METHOD = -32601,
  RPC_PARAMS = -32602,
  RPC_INTERNAL = -32603,
  RPC_NOT_FOUND = -32002
};

/* A finished scan, audit or re-scan. */
typedef struct {
  char id[17];
  json_t *arguments; /* of the tool call, without secrets' values; owned */
  char *report;      /* JSON text; malloc'd */
  size_t report_len;
  str kind; /* "scan", "audit" */
  double finished;
} kept_report;

typedef struct {
  const mcp_options *options;
  pthread_mutex_t lock;
  kept_report kept[KEPT_MAX]; /* a ring, the oldest goes */
  size_t kept_count;          /* ever */
  /* The arguments with their secrets, for verify_fix: same index as `kept`, wiped when it goes. */
  json_t *secret_arguments[KEPT_MAX];
  atomic_size_t calls;
} mcp_server;

typedef struct call call;

/* One client. Messages of its requests go where that request came from. */
typedef struct {
  mcp_server *server;
  pthread_mutex_t lock;
  call *running; /* list */
  char id[33];   /* HTTP: Mcp-Session-Id */
  double used;   /* monotonic, last request */
  atomic_int log_level;
  atomic_int references; /* calls and transports that hold it */
} mcp_session;

/* Where the messages of one request go. `send` takes the value over and may be called from any
 * thread; `last` marks the response. */
typedef struct {
  void (*send)(void *to, json_t *message, bool last);
  void *to;
} mcp_sink;

struct call {
  mcp_session *session;
  mcp_sink sink;
  json_t *id, *params;    /* owned */
  json_t *progress_token; /* borrowed from params, or NULL */
  double last_progress;
  atomic_bool cancelled;
  arena *arena;
  call *next;
};

mcp_session *mcp_session_new(mcp_server *s);
void mcp_session_release(mcp_session *session);
void mcp_session_cancel_all(mcp_session *session);

/* Takes one parsed message (not owned). Whether a response will come through the sink: false for
 * notifications and responses. Long tools answer later from a thread of their own. */
bool mcp_receive(mcp_session *session, const json_t *message, mcp_sink sink);
json_t *rpc_error(const json_t *id, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Progress and log notifications of a running call. */
void call_progress(call *c, size_t done, size_t total, str step);
void call_log(call *c, const char *level, str text);

/* ---- tools: one row each --------------------------------------------------------------------- */

typedef struct {
  const char *name, *type,
      *description; /* type of JSON Schema: string, integer, number, boolean, object, array */
  bool required;
  const char *option; /* the command line's, for those that pass through; or NULL */
  bool secret;        /* goes by the environment, never kept */
} tool_argument;

typedef struct {
  const char *name, *title, *description;
  const tool_argument *arguments; /* ends with a row without name */
  const char *output_schema;      /* JSON text */
  bool slow;                      /* runs in a thread of its own */
  bool read_only, open_world;     /* annotations */
  /* Fills text (for a reader) and *structured; false for a failure that the assistant should read
   * (text says why). */
  bool (*run)(call *c, const json_t *arguments, buf *text, json_t **structured);
} tool;

extern const tool TOOLS[];
extern const size_t TOOLS_COUNT;
json_t *tools_list(void);
/* The result of tools/call, or NULL with *refusal when there is no such tool. */
json_t *tools_call(call *c, const json_t *params, json_t **refusal);

/* Tools, by file. */
bool tool_scan_api(call *c, const json_t *arguments, buf *text, json_t **structured);
bool tool_verify_fix(call *c, const json_t *arguments, buf *text, json_t **structured);
bool tool_audit_project(call *c, const json_t *arguments, buf *text, json_t **structured);
bool tool_get_scan(call *c, const json_t *arguments, buf *text, json_t **structured);
bool tool_list_scans(call *c, const json_t *arguments, buf *text, json_t **structured);
bool tool_explain_finding(call *c, const json_t *arguments, buf *text, json_t **structured);
bool tool_inspect_token(call *c, const json_t *arguments, buf *text, json_t **structured);
bool tool_suggest_policy(call *c, const json_t *arguments, buf *text, json_t **structured);
extern const tool_argument SCAN_ARGUMENTS[], VERIFY_ARGUMENTS[], AUDIT_ARGUMENTS[];

/* Whether this server may scan the URL; says why not. */
bool target_allowed(arena *a, const mcp_options *o, str url_text, bool *stated, buf *why);

/* ---- kept reports ---------------------------------------------------------------------------- */

/* Keeps a report; the arguments are copied. The id is written to `id` (17 bytes). */
void kept_add(mcp_server *s, str kind, const json_t *arguments, const tool_argument *table,
              str text, char *id);
/* Copies of the report's text and of its arguments (secrets included; the caller's to json_decref;
 * may be NULL). */
bool kept_get(mcp_server *s, arena *a, str id, str *text, json_t **arguments);
str kept_newest(mcp_server *s, arena *a); /* its id; empty: there is none */
json_t *kept_list(mcp_server *s, size_t limit);
void kept_free(mcp_server *s);

/* A report as the assistant gets it: score, findings in short, what was not tested; small enough
 * for its window. */
bool finding_called(const finding *f, str name); /* by its id, fingerprint or check */
json_t *report_summary(arena *a, const report *r, str id, str kind);
void report_summary_text(buf *b, const report *r, str id);
extern const char REPORT_SUMMARY_SCHEMA[];

/* ---- resources and prompts ------------------------------------------------------------------- */

json_t *resources_list(mcp_server *s);
json_t *resources_templates(void);
json_t *resources_read(mcp_server *s, arena *a, const json_t *params, json_t **refusal,
                       const json_t *id);
json_t *prompts_list(void);
json_t *prompts_get(arena *a, const json_t *params, json_t **refusal, const json_t *id);
json_t *completion_complete(mcp_server *s, arena *a, const json_t *params);

/* ---- transports ------------------------------------------------------------------------------ */

bool serve_stdio(mcp_server *s, error *e);
bool serve_http(mcp_server *s, error *e);

#endif
