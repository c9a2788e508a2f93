/* One run of one target: scan, keep, say when the next is due. */
#include "watch/watch_private.h"

#include <stdio.h>

static uint64_t name_seed(str name) {
  uint64_t h = 14695981039346656037u; /* FNV-1a */
  for (size_t i = 0; i < name.len; i++)
    h = (h ^ (unsigned char)name.ptr[i]) * 1099511628211u;
  return h;
}

double watch_due_after(const watched *w, double after) {
  schedule s;
  error e;
  if (!schedule_parse(w->every, &s, &e))
    return after + 86400; /* it was checked when it was added */
  return windows_skip(w->quiet, w->maintenance, schedule_next(&s, after, name_seed(w->name)));
}

str watch_host(arena *a, str text) {
  url u;
  error e;
  return url_parse(a, text, &u, &e) ? arena_str(a, u.host) : text;
}

size_t watch_token_place(str option, str value) {
  static const char *const options[] = {"--token", "--as", "--expired", "--foreign"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if (str_eq(option, str_of(options[i])))
      return i == 1 ? str_find(value, STR("="), 0) + 1 : 0; /* no '=': 0 as well */
  return SIZE_MAX;
}

bool watch_token_by_reference(str token) {
  return str_starts(token, STR("env:")) || str_starts(token, STR("cmd:")) ||
         str_starts(token, STR("@"));
}

void watch_say(const watched *w, const run_row *row, const error *e) {
  if (row)
    fprintf(stderr, "batten: %.*s: score %d, %zu findings\n", STR_ARG(w->name), row->score,
            row->findings);
  else
    fprintf(stderr, "batten: %.*s: %s\n", STR_ARG(w->name), e->message);
}

static bool stopping(void *to) {
  return *(volatile int *)to;
}

void watch_scan_arguments(arena *a, const watched *w, str_list *out) {
  list_push(a, out, STR("scan"));
  list_push(a, out, w->url);
  for (size_t i = 0; i < w->options.len; i++)
    list_push(a, out, w->options.at[i]);
  list_push(a, out, STR("--format"));
  list_push(a, out, STR("json"));
}

void watch_scan_job(arena *a, const job *j, scan_outcome *out) {
  job_result result;
  error e = {0};
  *out = (scan_outcome){0};
  if (!job_run(a, j, &result, &e)) {
    out->reason = arena_str(a, str_of(e.message));
    return;
  }
  str said = result.message;
  if (str_starts(said, STR("batten: ")))
    said = str_sub(said, 8, said.len);
  out->json = result.output;
  out->reason = result.cancelled ? STR("the watcher was stopped")
                : said.len       ? said
                                 : STR("the scan ended without a report");
  out->have = result.output.len > 0 && !result.cancelled;
}

void watch_scan_child(void *stop, arena *a, const watched *w, scan_outcome *out) {
  job j = {.cancelled = stop ? stopping : NULL, .to = stop};
  watch_scan_arguments(a, w, &j.arguments);
  watch_scan_job(a, &j, out);
}

bool watch_keep(store *s, arena *a, const watched *w, int64_t run, double ended,
                const scan_outcome *o, double lasts_after, run_row *out, error *e) {
  report r;
  change_list changes = {0};
  error broken = {0};
  str reason = o->reason;
  bool have = o->have && report_read(a, o->json, &r, &broken);
  if (o->have && !have)
    reason = str_of(broken.message);
  bool ok = have ? store_finish(s, a, run, ended, &r, o->json, lasts_after, &changes, e)
                 : store_break(s, a, run, ended, reason, &changes, e);
  if (!ok)
    return false;
  store_set_next(s, w->id, watch_due_after(w, ended));
  store_run(s, a, run, out);
  out->reason = (str){0}; /* its memory goes with the arena */
  return true;
}

bool watch_run(store *s, const watched *w, watch_clock clock, double lasts_after, watch_scan scan,
               void *to, run_row *out, error *e) {
  int64_t run = store_begin(s, w->id, clock());
  if (!run)
    return error_set(e, ERROR_USAGE, "%.*s is being scanned already", STR_ARG(w->name));
  arena *a = arena_new();
  scan_outcome o = {0};
  scan(to, a, w, &o);
  bool ok = watch_keep(s, a, w, run, clock(), &o, lasts_after, out, e);
  arena_free(a);
  return ok;
}
