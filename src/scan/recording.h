/* A recording: one JSON object a line. The first tells what was scanned and when, then every
 * exchange, the last how it ended. With it a scan can be judged again without its target. It holds
 * the good tokens: kept readable by its owner alone. */
#ifndef BATTEN_SCAN_RECORDING_H
#define BATTEN_SCAN_RECORDING_H

#include "base/json.h"
#include "scan/check.h"

typedef struct recording recording;

/* The key of an exchange: which operation (0 is the target itself), which probe, which try (from
 * 1). */
typedef struct {
  size_t operation;
  str label;
  size_t try;
} exchange_key;

recording *recording_create(const char *path, json_t *head, error *e); /* takes head */
bool recording_add(recording *r, exchange_key at, const http_request *request,
                   const http_response *response, size_t canary_hits, str canary_request);
bool recording_finish(recording *r, json_t *tail, error *e); /* takes tail; closes */

recording *recording_open(const char *path, error *e);
const json_t *recording_head(const recording *r);
const json_t *recording_tail(const recording *r); /* NULL when the recording broke off */
bool recording_find(const recording *r, arena *a, exchange_key at, http_request *request,
                    http_response *response, size_t *canary_hits, str *canary_request);
void recording_free(recording *r);

json_t *description_to_json(const description *d);
description *description_from_json(arena *a, const json_t *o); /* NULL when it is no object */
json_t *request_to_json(const http_request *r);
bool request_from_json(arena *a, const json_t *v, http_request *out);

#endif
