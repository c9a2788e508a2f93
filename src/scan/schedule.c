/* How the budget is spent: the baselines of all operations, then on each the most severe checks,
 * then the rest. While it suffices, one operation is done after the other and its memory given
 * back; where it runs short, an operation waits when its share is spent, until all others had
 * theirs. What was never sent is reported as not tested. */
#include "scan/engine.h"

/* Baselines of a protected operation; a share that is worth taking them for; one guarded group of
 * probes; and what is kept for confirming findings. */
enum { BASELINES = 10, USEFUL_SHARE = 40, TURN_MIN = 18, RESERVE_MAX = 100 };

/* Operations that are kept in memory until the token's life is ended. */
enum { KEPT_MAX = 100 };

typedef LIST(operation_run *) run_list;

static size_t left(const engine *e) {
  size_t most = e->options->http.max_requests, reserve = most / 10;
  if (reserve > RESERVE_MAX)
    reserve = RESERVE_MAX;
  return most - reserve > e->sent ? most - reserve - e->sent : 0;
}

/* A share of what is left, the baselines of those that wait for their first turn set aside. The
 * first that the token opens gets more: so that every check is decided at least once. */
static size_t share(const engine *e, size_t waiting, bool first) {
  size_t kept = waiting * BASELINES, free_now = left(e) > kept ? left(e) - kept : 0;
  size_t fair = free_now / (waiting + 1);
  return first && fair < free_now / 4 ? free_now / 4 : fair;
}

static void tell(const engine *e, const operation *o, size_t done, size_t total) {
  const scan_options *to = e->options;
  if (!to->progress)
    return;
  arena *a = arena_new();
  to->progress(to->progress_to,
               o ? arena_printf(a, "%.*s %.*s", STR_ARG(o->method), STR_ARG(o->url.path))
                 : STR("done"),
               done, total);
  arena_free(a);
}

static void report_not_begun(engine *e, const operation_list *operations, size_t from) {
  for (size_t i = from; i < operations->len; i++) {
    const operation *o = &operations->at[i];
    str reason =
        e->stopped
            ? STR("the scan was stopped")
            : arena_printf(e->arena,
                           "the budget of --max-requests %zu was spent before this operation: %zu "
                           "gives each its turn",
                           e->options->http.max_requests,
                           operations->len * USEFUL_SHARE + RESERVE_MAX);
    not_tested n = {STR("*"),
                    arena_printf(e->arena, "%.*s %.*s", STR_ARG(o->method), STR_ARG(o->url.path)),
                    reason};
    list_push(e->arena, &e->report->not_tested, n);
  }
  if (from == operations->len || e->stopped)
    return;
  e->report->partial = true;
  e->report->partial_reason =
      arena_printf(e->arena,
                   "the budget of --max-requests %zu was spent before the baselines of %zu "
                   "operations",
                   e->options->http.max_requests, operations->len - from);
}

/* How many operations the budget can serve at all. */
static size_t served(const engine *e, size_t count) {
  size_t most = left(e) / USEFUL_SHARE;
  return most < 1 ? (count ? 1 : 0) : most < count ? most : count;
}

/* All was sent, save what ends the token's life: that waits for the other operations. */
static void end_or_keep(engine *e, operation_run *run, run_list *kept) {
  if (kept->len < KEPT_MAX && operation_awaits_last(run))
    list_push(e->arena, kept, run);
  else
    operation_end(run);
}

static const operation_run *same_token(const run_list *runs, size_t before) {
  for (size_t i = 0; i < before; i++)
    if (str_eq(runs->at[i]->operation.token, runs->at[before]->operation.token))
      return runs->at[i];
  return NULL;
}

static void end_tokens(run_list *kept) {
  for (size_t i = 0; i < kept->len; i++)
    operation_last(kept->at[i], same_token(kept, i));
  for (size_t i = kept->len; i-- > 0;)
    operation_end(kept->at[i]); /* who shares an answer goes before whose it is */
}

/* Those that wait take turns until nothing is left to share. */
static void take_turns(engine *e, run_list *waiting, run_list *kept) {
  while (waiting->len && left(e) >= TURN_MIN && !e->stopped) {
    run_list still = {0};
    for (size_t i = 0; i < waiting->len; i++) {
      size_t turn = left(e) / (waiting->len - i);
      bool over = left(e) < TURN_MIN || e->stopped;
      if (!over && operation_continue(waiting->at[i], turn < TURN_MIN ? TURN_MIN : turn))
        end_or_keep(e, waiting->at[i], kept);
      else
        list_push(e->arena, &still, waiting->at[i]);
    }
    *waiting = still;
  }
}

void run_operations(engine *e, const operation_list *operations) {
  size_t count = served(e, operations->len);
  bool first = true;
  run_list waiting = {0}, kept = {0};
  for (size_t i = 0; i < operations->len && !e->stopped; i++) {
    if (i >= count && (waiting.len || left(e) < USEFUL_SHARE))
      break; /* further ones by what the first left over */
    tell(e, &operations->at[i], i, count > i ? count : operations->len);
    operation_run *run = operation_begin(e, &operations->at[i], i + 1);
    bool opens = run->subject.state == STATE_TESTABLE;
    if (operation_continue(run, share(e, count > i ? count - i - 1 : 0, first && opens)))
      end_or_keep(e, run, &kept);
    else
      list_push(e->arena, &waiting, run);
    first &= !opens;
    e->begun = i + 1;
  }
  take_turns(e, &waiting, &kept);
  for (size_t i = 0; i < waiting.len; i++)
    operation_end(waiting.at[i]);
  end_tokens(&kept);
  report_not_begun(e, operations, e->begun);
  tell(e, NULL, count, count);
}
