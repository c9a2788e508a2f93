/* What the audit relies on in Ruby's parser (third_party/prism): it reads what people write, goes
 * on behind what is broken and says where that is, and hostile bytes cost bounded time and stack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <prism.h>

typedef struct {
  pm_arena_t *arena;
  pm_parser_t *parser;
  const pm_node_t *root;
} parsed;

static parsed parse_bytes(const char *text, size_t len) {
  parsed p = {.arena = pm_arena_new()};
  p.parser = pm_parser_new(p.arena, (const uint8_t *)text, len, NULL);
  p.root = pm_parse(p.parser);
  assert_non_null(p.root);
  assert_int_equal(PM_NODE_TYPE(p.root), PM_PROGRAM_NODE);
  return p;
}

static parsed parse(const char *text) {
  return parse_bytes(text, strlen(text));
}

static void release(parsed *p) {
  pm_parser_free(p->parser);
  pm_arena_free(p->arena);
}

enum { WALK_DEPTH_MAX = 4000 };

/* A tree can be as deep as its text is long (a.b.b.b...): whoever walks it counts. */
typedef struct {
  pm_node_type_t type;
  size_t count, depth;
  bool cut;
} tally;

static pm_visit_result_t count_one(const pm_node_t *node, void *data) {
  tally *wanted = data;
  wanted->count += PM_NODE_TYPE(node) == wanted->type;
  if (wanted->depth == WALK_DEPTH_MAX) {
    wanted->cut = true;
    return PM_VISIT_SKIP;
  }
  wanted->depth++;
  pm_visit_child_nodes(node, count_one, wanted);
  wanted->depth--;
  return PM_VISIT_SKIP;
}

static tally walk(const parsed *p, pm_node_type_t type) {
  tally wanted = {.type = type};
  pm_visit_node(p->root, count_one, &wanted);
  return wanted;
}

static size_t count_nodes(const parsed *p, pm_node_type_t type) {
  return walk(p, type).count;
}

static void assert_no_errors(const parsed *p) {
  const pm_diagnostic_t *first = pm_parser_errors_first(p->parser);
  if (first)
    print_error("%s\n", pm_diagnostic_message(first));
  assert_null(first);
}

static int32_t line_of_first_error(const parsed *p) {
  const pm_diagnostic_t *first = pm_parser_errors_first(p->parser);
  assert_non_null(first);
  return pm_line_offset_list_line_column(pm_parser_line_offsets(p->parser),
                                         pm_diagnostic_location(first).start,
                                         pm_parser_start_line(p->parser))
      .line;
}

static void is_the_version_that_is_vendored(void **state) {
  (void)state;
  assert_string_equal(pm_version(), "2.1.0");
}

static void reads_a_class_and_its_methods(void **state) {
  (void)state;
  parsed p =
      parse("class A < B\n  def x(token) = JWT.decode(token, K, true)\n  def y\n  end\nend\n");
  assert_no_errors(&p);
  assert_int_equal(count_nodes(&p, PM_CLASS_NODE), 1);
  assert_int_equal(count_nodes(&p, PM_DEF_NODE), 2);
  assert_int_equal(count_nodes(&p, PM_CALL_NODE), 1);
  release(&p);
}

/* Each lost the rest of its file to an earlier parser. */
static void reads_what_is_nested_in_texts(void **state) {
  (void)state;
  static const char *const texts[] = {
      "x = <<~A\n  #{<<~B}\n    inner\n  B\n  rest\nA\ndef y\nend\n",
      "x = \"#{\"#{\"a\"}\"}\"\ndef y\nend\n",
      "x = %w[a#{1} b]\ny(<<A, <<B)\na\nA\nb\nB\ndef y\nend\n",
      "case {a: [1, {b: 2}]}\nin {a: [Integer => n, {b:}]} if n > 0 then b\nend\ndef y\nend\n",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    parsed p = parse(texts[i]);
    assert_no_errors(&p);
    assert_int_equal(count_nodes(&p, PM_DEF_NODE), 1);
    release(&p);
  }
}

static void goes_on_behind_what_is_broken_and_says_where(void **state) {
  (void)state;
  parsed p = parse("class A\n"
                   "  def fine = 1\n"
                   "  def broken\n"
                   "    x = foo(1,\n"
                   "  end\n"
                   "  def after = system(\"ls\")\n"
                   "end\n"
                   "class B\n"
                   "  def last = 2\n"
                   "end\n");
  assert_true(pm_parser_errors_size(p.parser) > 0);
  assert_int_equal(line_of_first_error(&p), 5); /* the end that came too soon */
  assert_int_equal(count_nodes(&p, PM_DEF_NODE), 4);
  assert_int_equal(count_nodes(&p, PM_CLASS_NODE), 2);
  release(&p);
}

static void any_bytes_are_read(void **state) {
  (void)state;
  static const char bytes[] = "def x\n\xff\xfe\1\2end\n";
  parsed empty = parse("");
  assert_no_errors(&empty);
  release(&empty);
  parsed p = parse_bytes(bytes, sizeof bytes - 1);
  assert_true(pm_parser_errors_size(p.parser) > 0);
  release(&p);
}

/* As Ruby has it: what stands behind these is not run, and not in the tree. */
static void nul_and_the_ends_of_text_end_a_script(void **state) {
  (void)state;
  static const char *const ends[] = {"\0", "\4", "\x1a", "__END__\n"};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    char text[64] = "def x = 1\n";
    size_t len = strlen(text), end = ends[i][0] ? strlen(ends[i]) : 1;
    memcpy(text + len, ends[i], end);
    memcpy(text + len + end, "def y = 1\n", 10);
    parsed p = parse_bytes(text, len + end + 10);
    assert_no_errors(&p);
    assert_int_equal(count_nodes(&p, PM_DEF_NODE), 1);
    release(&p);
  }
}

static char *repeated(const char *part, size_t times, size_t *len) {
  size_t size = strlen(part);
  char *text = malloc(size * times);
  assert_non_null(text);
  for (size_t i = 0; i < times; i++)
    memcpy(text + i * size, part, size);
  *len = size * times;
  return text;
}

static void what_is_nested_too_deep_is_an_error(void **state) {
  (void)state;
  static const char *const parts[] = {
      "(", "[", "{a: ",   "x(",   "->{",  "\"#{",         "if x\n", "class A\n",
      "!", "-", "<<A+\n", "x = ", "x ? ", "case x\nin [", "[*"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t len;
    char *text = repeated(parts[i], 100000, &len);
    parsed p = parse_bytes(text, len);
    assert_true(pm_parser_errors_size(p.parser) > 0);
    (void)count_nodes(&p, PM_DEF_NODE);
    release(&p);
    free(text);
  }
}

static void a_long_chain_is_no_error_and_a_deep_tree(void **state) {
  (void)state;
  static const char *const parts[] = {".b",  "+1",    "[0]",  " if x",  " rescue 1", "&&1",
                                      "::B", ".b {}", "\n.b", " and 1", " => b"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t len;
    char *text = repeated(parts[i], 100000, &len);
    text = realloc(text, len + 1);
    assert_non_null(text);
    memmove(text + 1, text, len);
    text[0] = 'a';
    parsed p = parse_bytes(text, len + 1);
    assert_true(walk(&p, PM_CALL_NODE).cut || pm_parser_errors_size(p.parser) > 0);
    release(&p);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_the_version_that_is_vendored),
      cmocka_unit_test(reads_a_class_and_its_methods),
      cmocka_unit_test(reads_what_is_nested_in_texts),
      cmocka_unit_test(goes_on_behind_what_is_broken_and_says_where),
      cmocka_unit_test(any_bytes_are_read),
      cmocka_unit_test(nul_and_the_ends_of_text_end_a_script),
      cmocka_unit_test(what_is_nested_too_deep_is_an_error),
      cmocka_unit_test(a_long_chain_is_no_error_and_a_deep_tree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
