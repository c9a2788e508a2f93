/* JUnit XML as Jenkins and GitLab read it: a test suite for each category, a failed case for each
 * finding, a skipped one for each check that was not tested and for each suppressed finding. */
#include "report/report_private.h"

static void attribute(buf *b, const char *name, str value) {
  buf_printf(b, " %s=\"", name);
  put_markup(b, text_line(b->arena, value));
  buf_char(b, '"');
}

static void open_case(buf *b, str check, const char *class, str place) {
  buf_put(b, STR("    <testcase"));
  attribute(b, "name", arena_printf(b->arena, "%.*s %.*s", STR_ARG(check), STR_ARG(place)));
  attribute(b, "classname", arena_printf(b->arena, "batten.%s", class));
  buf_put(b, STR(" time=\"0\">"));
}

static void failed_case(buf *b, const finding *f) {
  arena *a = b->arena;
  open_case(b, f->check, category_name(f->category), where_text(a, &f->where));
  buf_put(b, STR("<failure"));
  attribute(b, "message",
            arena_printf(a, "%s: %.*s", severity_name(f->severity), STR_ARG(f->title)));
  attribute(b, "type", f->check);
  buf_char(b, '>');
  put_markup(b, arena_printf(a, "%.*s\n%s, %s, fingerprint %.*s\n\n%.*s\n",
                             STR_ARG(where_text(a, &f->where)), severity_name(f->severity),
                             confidence_name(f->confidence), STR_ARG(f->fingerprint),
                             STR_ARG(f->description)));
  for (size_t i = 0; i < f->evidence.len; i++)
    put_markup(b, arena_printf(a, "Proof: %.*s\n", STR_ARG(f->evidence.at[i].note)));
  for (size_t i = 0; i < f->trace.len; i++)
    put_markup(b, arena_printf(a, "%.*s:%u: %.*s\n", STR_ARG(f->trace.at[i].file),
                               f->trace.at[i].line, STR_ARG(f->trace.at[i].note)));
  if (f->reproduce.len)
    put_markup(b, arena_printf(a, "Repeat: %.*s\n", STR_ARG(f->reproduce)));
  put_markup(b, arena_printf(a, "Fix: %.*s\n", STR_ARG(f->fix_text)));
  buf_put(b, STR("</failure></testcase>\n"));
}

static void skipped_case(buf *b, str check, const char *class, str place, str why) {
  open_case(b, check, class, place);
  buf_put(b, STR("<skipped>"));
  put_markup(b, text_line(b->arena, why));
  buf_put(b, STR("</skipped></testcase>\n"));
}

static void suite_head(buf *b, const char *name, size_t tests, size_t failures, size_t skipped,
                       const report *r) {
  buf_put(b, STR("  <testsuite"));
  attribute(b, "name", arena_printf(b->arena, "batten.%s", name));
  buf_printf(b, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\"", tests,
             failures, skipped);
  attribute(b, "timestamp", str_sub(time_rfc3339(b->arena, r->started), 0, 19));
  buf_put(b, STR(">\n"));
}

static size_t of_category(const finding_list *list, category c) {
  size_t n = 0;
  for (size_t i = 0; i < list->len; i++)
    n += list->at[i].category == c;
  return n;
}

static void category_suite(buf *b, const report *r, category c) {
  size_t failures = of_category(&r->findings, c), suppressed = of_category(&r->suppressed, c);
  bool passed = r->categories[c].tested && !failures && !suppressed;
  if (!failures && !suppressed && !passed)
    return;
  suite_head(b, category_name(c), failures + suppressed + passed, failures, suppressed, r);
  for (size_t i = 0; i < r->findings.len; i++)
    if (r->findings.at[i].category == c)
      failed_case(b, &r->findings.at[i]);
  for (size_t i = 0; i < r->suppressed.len; i++) {
    const finding *f = &r->suppressed.at[i];
    if (f->category == c)
      skipped_case(b, f->check, category_name(c), where_text(b->arena, &f->where),
                   arena_printf(b->arena, "suppressed until %.*s: %.*s",
                                STR_ARG(f->suppressed_until), STR_ARG(f->suppressed_reason)));
  }
  if (passed) {
    open_case(b, arena_printf(b->arena, "%u checks", r->categories[c].checks), category_name(c),
              STR("found nothing"));
    buf_put(b, STR("</testcase>\n"));
  }
  buf_put(b, STR("  </testsuite>\n"));
}

static void not_tested_suite(buf *b, const report *r) {
  if (!r->not_tested.len)
    return;
  suite_head(b, "not_tested", r->not_tested.len, 0, r->not_tested.len, r);
  for (size_t i = 0; i < r->not_tested.len; i++) {
    const not_tested *n = &r->not_tested.at[i];
    skipped_case(b, n->check, "not_tested", n->where, n->reason);
  }
  buf_put(b, STR("  </testsuite>\n"));
}

/* A scan that broke off is an error, never a pass. */
static void partial_suite(buf *b, const report *r) {
  if (!r->partial)
    return;
  buf_put(b, STR("  <testsuite name=\"batten.scan\" tests=\"1\" failures=\"0\" errors=\"1\" "
                 "skipped=\"0\" time=\"0\">\n"));
  open_case(b, STR("scan"), "scan", STR("is complete"));
  buf_put(b, STR("<error type=\"incomplete\""));
  attribute(b, "message", r->partial_reason);
  buf_put(b, STR("/></testcase>\n  </testsuite>\n"));
}

str write_junit(arena *a, const report *r, const writer_options *o) {
  buf b = {.arena = a};
  (void)o;
  buf_put(&b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"batten\">\n"));
  partial_suite(&b, r);
  for (int c = 0; c < CATEGORY_COUNT; c++)
    category_suite(&b, r, (category)c);
  not_tested_suite(&b, r);
  buf_put(&b, STR("</testsuites>\n"));
  return buf_str(&b);
}
