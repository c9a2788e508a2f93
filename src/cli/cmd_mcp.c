#include "cli/cli.h"
#include "mcp/mcp.h"
#include "net/net.h"

static const option_row OPTIONS[] = {
    {"--http", "LISTEN",
     "streamable HTTP on this address and port (as in 127.0.0.1:9414, endpoint /mcp) instead of "
     "stdio"},
    {"--token", "T",
     "HTTP: the bearer token that clients must send; env:NAME or @FILE keep it off the command "
     "line. Without it one is made and printed on stderr"},
    {"--no-token", NULL, "HTTP: ask for no token; only on a loopback address"},
    {"--allow", "HOST",
     "this host (a glob) may be scanned too, besides loopback and, on stdio, private addresses; "
     "may be repeated"},
    {"--root", "DIR",
     "only projects below this folder may be audited (default: any on stdio, the working directory "
     "over HTTP); may be repeated"},
    {0}};

static bool read_token(const arguments *args, mcp_options *o, error *e) {
  if (!arg_given(args, "--no-token"))
    return server_token(args, "clients send Authorization: Bearer", &o->token, e);
  return host_kind_of(authority_host(o->listen)) == HOST_LOOPBACK ||
         error_set(e, ERROR_USAGE,
                   "--no-token needs a loopback address: others could scan through this server");
}

static int run(const arguments *args) {
  mcp_options o = {.allow = arg_values(args, "--allow"),
                   .roots = arg_values(args, "--root"),
                   .listen = arg_value(args, "--http"),
                   .http = arg_given(args, "--http")};
  error e = {0};
  if (args->words.len) {
    error_set(&e, ERROR_USAGE, "mcp takes no words: '%.*s'", STR_ARG(args->words.at[0]));
    return fail(&e);
  }
  if (!o.http && (arg_given(args, "--token") || arg_given(args, "--no-token"))) {
    error_set(&e, ERROR_USAGE, "--token and --no-token belong to --http");
    return fail(&e);
  }
  if (o.http && !read_token(args, &o, &e))
    return fail(&e);
  o.stop = stop_on_signals();
  return mcp_serve(&o, &e) ? 0 : fail(&e);
}

const command COMMAND_MCP = {
    .name = "mcp",
    .usage = "[options]",
    .summary = "serve coding assistants over the Model Context Protocol",
    .about =
        "Tools: scan_api, get_scan, list_scans, audit_project, explain_finding, inspect_token, "
        "suggest_policy, verify_fix. Resources: whole reports and the page of each check. Prompts: "
        "harden-rails-app, explain-report.\n"
        "The scanner's consent rules hold: loopback targets are free, private ones on stdio; every "
        "other target needs --allow when the server starts; link-local and metadata addresses are "
        "refused always. Scans run in processes of their own and end when they are cancelled. "
        "Tokens given to a tool are never in a command line, a report or a log.",
    .options = OPTIONS,
    .examples = "# an assistant starts it itself\n"
                "$ batten mcp\n"
                "# one server for several, with a token of its own\n"
                "$ batten mcp --http 127.0.0.1:9414 --token env:BATTEN_MCP_TOKEN --allow "
                "staging.example.com",
    .run = run};
