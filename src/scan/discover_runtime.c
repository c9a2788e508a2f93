/* What else the target's own host serves: its other ports, asked once each. The only requests that
 * leave the target's port, so they go by clients of their own whose scope is that port. */
#include "scan/engine.h"

static http_response ask_port(engine *e, const http_request *request) {
  enum { PATIENCE = 2 };

  http_options http = e->options->http;
  http_response out = {.failure = HTTP_REFUSED};
  error ignored;
  http.target = request->url;
  http.insecure = true; /* nothing secret is sent, and who answers is told by what it says */
  http.timeout = http.timeout < PATIENCE ? http.timeout : PATIENCE;
  http.max_requests = 1;
  http_client *client = http_client_new(&http, &ignored);
  if (!client)
    return out;
  http_run(client, e->arena, request, &out, 1);
  e->elsewhere += http_sent(client);
  http_client_free(client);
  return out;
}

void discover_runtime(engine *e) {
  for (size_t i = 0; i < RUNTIME_ROWS_COUNT; i++) {
    const runtime_row *row = &RUNTIME_ROWS[i];
    exchange_key at = {0, arena_printf(e->arena, "runtime/%u%s", row->port, row->path), 1};
    http_request request = {.method = row->body ? STR("POST") : STR("GET"),
                            .url = e->options->target};
    http_response response = {.failure = HTTP_STOPPED};
    size_t hits;
    str first;
    request.url.scheme = str_of(row->scheme);
    request.url.port = (uint16_t)row->port;
    request.url.path = str_of(row->path);
    request.url.query = (str){0};
    if (row->body)
      request.body = str_of(row->body);
    if (e->replay) {
      if (!recording_find(e->replay, e->arena, at, &request, &response, &hits, &first))
        continue;
    } else {
      if (!e->options->runtime_ports || e->options->active == ACTIVE_PASSIVE)
        return;
      response = ask_port(e, &request);
      if (e->record)
        recording_add(e->record, at, &request, &response, 0, (str){0});
    }
    document d = {url_text(e->arena, &request.url), request, response};
    list_push(e->arena, &e->runtime, d);
  }
}
