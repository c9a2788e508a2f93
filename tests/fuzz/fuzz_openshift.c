/* An OpenShift template: hostile bytes as the whole file, as one of its objects, and as a template
 * within a template. Every finding points into the file. */
#include "audit/container/container.h"

#include <stdlib.h>
#include <string.h>

static const char *const WRAPS[] = {
    "",
    "apiVersion: template.openshift.io/v1\nkind: Template\nobjects:\n- ",
    ("apiVersion: v1\nkind: List\nitems:\n- apiVersion: template.openshift.io/v1\n"
     "  kind: Template\n  objects:\n  - "),
};

/* As an item of a list each line stands deeper than the dash. */
static str wrapped(arena *a, const char *wrap, str text) {
  buf b = {.arena = a};
  size_t depth = 0;
  for (const char *p = strrchr(wrap, '\n'); p && *++p;)
    depth++;
  buf_put(&b, str_of(wrap));
  for (size_t i = 0; i < text.len; i++) {
    buf_char(&b, text.ptr[i]);
    for (size_t k = 0; text.ptr[i] == '\n' && k < depth; k++)
      buf_char(&b, ' ');
  }
  return buf_str(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  arena *a = arena_new();
  container_audit *c = container_new(a);
  report r = {.kind = REPORT_AUDIT, .context = STR("default")};
  str text = wrapped(a, WRAPS[data[0] % 3], str_from(data + 1, size - 1));
  size_t lines = 1;
  for (size_t i = 0; i < text.len; i++)
    lines += text.ptr[i] == '\n' || text.ptr[i] == '\r';
  container_read(c, STR("template.yaml"), text);
  container_judge(c, &r);
  for (size_t i = 0; i < r.findings.len; i++)
    if (!r.findings.at[i].where.line || r.findings.at[i].where.line > lines)
      abort();
  report_finish(a, &r);
  arena_free(a);
  return 0;
}
