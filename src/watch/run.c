/* One run of one target: scan, keep, say when the next is due. */
#include "job/job.h"
#include "watch/watch.h"

static uint64_t name_seed(str name) {
  uint64_t h = 14695981039346656037u; /* FNV-1a */
  for (size_t i = 0; i < name.len; i++) h = (h ^ (unsigned char)name.ptr[i]) * 1099511628211u;
  return h;
}

double watch_due_after(const watched *w, double after) {
  schedule s;
  error e;
  if (!schedule_parse(w->every, &s, &e)) return after + 86400; /* it was checked when it was added */
  return windows_skip(w->quiet, w->maintenance, schedule_next(&s, after, name_seed(w->name)));
}

static bool stopping(void *to) { return *(volatile int *)to; }

bool watch_scan_child(void *stop, arena *a, const watched *w, str *json, str *reason) {
  job j = {.cancelled = stop ? stopping : NULL, .to = stop};
  job_result result;
  error e = {0};
  list_push(a, &j.arguments, STR("scan"));
  list_push(a, &j.arguments, w->url);
  for (size_t i = 0; i < w->options.len; i++) list_push(a, &j.arguments, w->options.at[i]);
  list_push(a, &j.arguments, STR("--format"));
  list_push(a, &j.arguments, STR("json"));
  if (!job_run(a, &j, &result, &e)) {
    *reason = arena_str(a, str_of(e.message));
    return false;
  }
  *json = result.output;
  str said = str_starts(result.message, STR("batten: ")) ? str_sub(result.message, 8, result.message.len) : result.message;
  *reason = result.cancelled ? STR("the watcher was stopped") : said.len ? said : STR("the scan ended without a report");
  return result.output.len > 0 && !result.cancelled;
}

bool watch_run(store *s, const watched *w, watch_clock clock, double lasts_after, watch_scan scan, void *to, run_row *out,
               error *e) {
  int64_t run = store_begin(s, w->id, clock());
  if (!run) return error_set(e, ERROR_USAGE, "%.*s is being scanned already", STR_ARG(w->name));
  arena *a = arena_new();
  report r;
  str json = {0}, reason = {0};
  change_list changes = {0};
  error broken = {0};
  bool have = scan(to, a, w, &json, &reason);
  double ended = clock();
  if (have && !report_read(a, json, &r, &broken)) {
    have = false;
    reason = str_of(broken.message);
  }
  bool ok = have ? store_finish(s, a, run, ended, &r, json, lasts_after, &changes, e)
                 : store_break(s, a, run, ended, reason, &changes, e);
  if (ok) {
    store_set_next(s, w->id, watch_due_after(w, ended));
    store_run(s, a, run, out);
    out->reason = (str){0}; /* its memory goes with the arena */
  }
  arena_free(a);
  return ok;
}
