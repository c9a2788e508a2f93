#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/yaml.h"

static node *parse(arena *a, const char *text) {
  error e = {0};
  node *n = yaml_parse(a, str_of(text), &e);
  if (!n)
    print_error("%s\n", e.message);
  assert_non_null(n);
  return n;
}

static void assert_refused(const char *text, const char *sentence) {
  arena *a = arena_new();
  error e = {0};
  assert_null(yaml_parse(a, str_of(text), &e));
  if (!str_contains(str_of(e.message), str_of(sentence)))
    print_error("%s\n", e.message);
  assert_true(str_contains(str_of(e.message), str_of(sentence)));
  arena_free(a);
}

static void assert_text(str got, const char *want) {
  if (!str_eq(got, str_of(want)))
    print_error("got %.*s\n", STR_ARG(got));
  assert_true(str_eq(got, str_of(want)));
}

static void every_node_knows_its_place(void **state) {
  (void)state;
  arena *a = arena_new();
  node *n = parse(a, "version: 1\nissuers:\n  - issuer: me\n    max: 1h\n");
  const node *item = node_get(n, "issuers")->items.at[0];
  assert_int_equal(node_entry_of(item, "max")->line, 4);
  assert_int_equal(node_entry_of(item, "max")->column, 5);
  assert_int_equal(node_get(item, "max")->column, 10);
  assert_text(node_text(node_get(item, "max")), "1h");
  arena_free(a);
}

static void scalars_have_the_kinds_of_the_core_schema(void **state) {
  (void)state;
  arena *a = arena_new();
  node *n = parse(a, "[1, -2.5, 'x', \"3\", true, null, ~, yes, off, 1h]");
  const node_kind want[] = {NODE_NUMBER, NODE_NUMBER, NODE_TEXT, NODE_TEXT, NODE_BOOL,
                            NODE_NULL,   NODE_NULL,   NODE_TEXT, NODE_TEXT, NODE_TEXT};
  assert_int_equal(n->items.len, 10);
  for (size_t i = 0; i < 10; i++)
    assert_int_equal(n->items.at[i]->kind, want[i]);
  arena_free(a);
}

static void json_is_read_the_same(void **state) {
  (void)state;
  arena *a = arena_new();
  const char *json =
      "{\"a\": [1, {\"b\": \"x\\ny\\u00e9\"}], \"c\": null, \"d\": false, \"e\": {}}";
  assert_text(node_json(a, parse(a, json)),
              "{\"a\":[1,{\"b\":\"x\\u000ay\u00e9\"}],\"c\":null,\"d\":false,\"e\":{}}");
  arena_free(a);
}

static void aliases_and_merges_are_followed(void **state) {
  (void)state;
  arena *a = arena_new();
  node *n = parse(a, "base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}\nsame: *b\n");
  assert_text(node_json(a, n),
              "{\"base\":{\"x\":1,\"y\":2},\"more\":{\"y\":3,\"x\":1},\"same\":{\"x\":1,\"y\":2}}");
  arena_free(a);
}

static void several_documents_are_a_list(void **state) {
  (void)state;
  arena *a = arena_new();
  node_list all = {0};
  assert_true(yaml_parse_all(a, STR("---\na: 1\n---\n---\nb: 2\n"), &all, NULL));
  assert_int_equal(all.len, 3);
  assert_int_equal(all.at[1]->kind, NODE_NULL);
  assert_int_equal(all.at[2]->line, 5);
  arena_free(a);
}

static void bad_documents_are_refused_with_their_place(void **state) {
  (void)state;
  assert_refused("a: 1\nb: 2\na: 3\n", "line 3, column 1: duplicate key a");
  assert_refused("a: *nothing\n", "line 1, column 5: unknown alias nothing");
  assert_refused("a: [1, 2\nb: 3\n", "flow sequence without a closing bracket");
  assert_refused("a: 1\n---\nb: 2\n", "a second document");
  assert_refused("a: \xff\n", "not valid UTF-8");
  assert_refused("? [a, b]\n: c\n", "a key must be a plain word");
  assert_refused("a: &a [*a]\n", "alias inside its own anchor");
}

static void hostile_documents_are_bounded(void **state) {
  (void)state;
  arena *a = arena_new();
  buf bomb = {.arena = a}, deep = {.arena = a}, wide = {.arena = a};
  buf_put(&bomb, STR("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"));
  for (int i = 1; i < 12; i++) {
    buf_printf(&bomb, "a%d: &a%d [", i, i);
    for (int k = 0; k < 10; k++)
      buf_printf(&bomb, "*a%d,", i - 1);
    buf_put(&bomb, STR("]\n"));
  }
  for (int i = 0; i < 100000; i++)
    buf_char(&deep, '[');
  for (int i = 0; i < 100000; i++)
    buf_printf(&wide, "k%d: 1\n", i);
  error e = {0};
  assert_null(yaml_parse(a, buf_str(&bomb), &e));
  assert_true(str_contains(str_of(e.message), STR("too many nodes")));
  assert_null(yaml_parse(a, buf_str(&deep), &e));
  assert_int_equal(parse(a, arena_text(a, buf_str(&wide)))->entries.len, 100000);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_node_knows_its_place),
      cmocka_unit_test(scalars_have_the_kinds_of_the_core_schema),
      cmocka_unit_test(json_is_read_the_same),
      cmocka_unit_test(aliases_and_merges_are_followed),
      cmocka_unit_test(several_documents_are_a_list),
      cmocka_unit_test(bad_documents_are_refused_with_their_place),
      cmocka_unit_test(hostile_documents_are_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
