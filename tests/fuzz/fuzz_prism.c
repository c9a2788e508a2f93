/* Ruby's own parser (third_party/prism) over any bytes: the whole tree is walked, and each error
 * has its place. */
#include <prism.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { WALK_DEPTH_MAX = 4000 };

typedef struct {
  size_t len, depth;
} walk;

/* A node lies within the text. */
static pm_visit_result_t check_place(const pm_node_t *node, void *data) {
  walk *w = data;
  if ((size_t)node->location.start + node->location.length > w->len)
    abort();
  if (w->depth == WALK_DEPTH_MAX)
    return PM_VISIT_SKIP;
  w->depth++;
  pm_visit_child_nodes(node, check_place, w);
  w->depth--;
  return PM_VISIT_SKIP;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  uint8_t *text = malloc(len ? len : 1); /* to its last byte, so that a read behind it is seen */
  if (!text)
    return 0;
  if (len)
    memcpy(text, bytes, len);
  pm_arena_t *arena = pm_arena_new();
  pm_parser_t *parser = pm_parser_new(arena, text, len, NULL);
  walk all = {.len = len};
  pm_visit_node(pm_parse(parser), check_place, &all);
  const pm_diagnostic_t *error = pm_parser_errors_first(parser);
  for (; error; error = pm_diagnostic_next(error))
    if (!pm_diagnostic_message(error) || pm_diagnostic_location(error).start > len)
      abort();
  pm_parser_free(parser);
  pm_arena_free(arena);
  free(text);
  return 0;
}
