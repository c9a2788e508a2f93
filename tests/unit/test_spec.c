#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "scan/scan.h"

typedef struct {
  arena *a;
  char folder[64];
  scan_options options;
  operation_list operations;
  error e;
} fixture;

static fixture *begin(const char *target) {
  arena *a = arena_new();
  fixture *f = arena_make(a, fixture);
  f->a = a;
  strcpy(f->folder, "/tmp/batten-spec-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  assert_true(url_parse(a, str_of(target), &f->options.target, &f->e));
  list_push(a, &f->options.identities, (identity){STR("default"), STR("T")});
  return f;
}

static const char *path_in(fixture *f, const char *name) {
  return arena_printf(f->a, "%s/%s%c", f->folder, name, 0).ptr;
}

static void put(fixture *f, const char *name, const char *text) {
  assert_true(file_write(path_in(f, name), str_of(text), 0600, &f->e));
}

static void end(fixture *f) {
  static const char *const names[] = {"a.yaml", "b.yaml", "sub/c.yaml", "sub"};
  for (size_t i = 0; i < 4; i++)
    remove(path_in(f, names[i]));
  assert_int_equal(rmdir(f->folder), 0);
  arena_free(f->a);
}

static bool import(fixture *f, const char *text) {
  put(f, "a.yaml", text);
  return scan_read_spec(f->a, path_in(f, "a.yaml"), &f->options, &f->operations, &f->e);
}

static void read_well(fixture *f, const char *text) {
  bool ok = import(f, text);
  if (!ok)
    print_error("%s\n", f->e.message);
  assert_true(ok);
}

static void assert_text(str got, const char *want) {
  if (!str_eq(got, str_of(want)))
    print_error("got '%.*s', not '%s'\n", STR_ARG(got), want);
  assert_true(str_eq(got, str_of(want)));
}

static void assert_url(fixture *f, size_t i, const char *want) {
  assert_true(i < f->operations.len);
  assert_text(url_text(f->a, &f->operations.at[i].url), want);
}

static void assert_refused(const char *text, const char *sentence) {
  fixture *f = begin("http://h/");
  assert_false(import(f, text));
  if (!str_contains(str_of(f->e.message), str_of(sentence)))
    print_error("%s\n", f->e.message);
  assert_true(str_contains(str_of(f->e.message), str_of(sentence)));
  assert_int_equal(f->e.code, ERROR_USAGE);
  end(f);
}

#define HEAD "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n"

static void openapi_3_0_gives_operations_with_values_and_places(void **state) {
  (void)state;
  fixture *f = begin("http://127.0.0.1:3000/");
  read_well(
      f, HEAD
      "servers: [{url: 'https://{env}.example.com/{base}', variables: {env: {default: api}, base: "
      "{default: v1}}}]\n"
      "security: [{jwt: [read]}]\n"
      "paths:\n"
      "  /users/{id}:\n"
      "    parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: "
      "7}}]\n"
      "    get:\n"
      "      operationId: getUser\n"
      "      parameters:\n"
      "        - {name: q, in: query, required: true, schema: {type: string}, example: 'a b'}\n"
      "        - {name: page, in: query, schema: {type: integer}}\n"
      "        - {name: X-Trace, in: header, required: true, schema: {type: string, format: "
      "uuid}}\n"
      "      responses: {'200': {description: ok}}\n"
      "components: {securitySchemes: {jwt: {type: http, scheme: bearer}}}\n");
  assert_url(f, 0, "http://127.0.0.1:3000/v1/users/7?q=a%20b");
  const operation *o = &f->operations.at[0];
  const description *d = o->about;
  assert_text(d->path, "/v1/users/{id}");
  assert_text(d->operation_id, "getUser");
  assert_int_equal(d->line, 8);
  assert_int_equal(d->column, 5);
  assert_int_equal(d->protection, PROTECTION_NEEDED);
  assert_text(d->scopes.at[0], "read");
  assert_int_equal(o->place.kind, PLACE_BEARER);
  assert_text(o->token, "T");
  assert_text(http_header_get(&o->headers, STR("X-Trace")), "00000000-0000-4000-8000-000000000001");
  assert_int_equal(d->parameters.at[0].source, VALUE_TYPED);
  assert_int_equal(d->parameters.at[1].source, VALUE_GIVEN);
  assert_false(d->parameters.at[2].sent);
  end(f);
}

static void openapi_3_1_types_and_examples_are_read(void **state) {
  (void)state;
  fixture *f = begin("http://h/");
  read_well(
      f,
      "{\"openapi\": \"3.1.0\", \"paths\": {\"/x/{a}/{b}\": {\"post\": {\n"
      " \"parameters\": [{\"name\": \"a\", \"in\": \"path\", \"required\": true, \"schema\": "
      "{\"type\": [\"null\", \"integer\"], \"exclusiveMinimum\": 4}},\n"
      "  {\"name\": \"b\", \"in\": \"path\", \"required\": true, \"schema\": {\"const\": "
      "\"k\"}}],\n"
      " \"requestBody\": {\"content\": {\"application/json\": {\"schema\": {\"$ref\": "
      "\"#/components/schemas/N\"}}}}}}},\n"
      " \"components\": {\"schemas\": {\"N\": {\"type\": \"object\", \"required\": [\"n\"], "
      "\"properties\": {\n"
      "  \"n\": {\"type\": \"string\", \"examples\": [\"first\", \"second\"]}, \"id\": {\"type\": "
      "\"integer\", \"readOnly\": true},\n"
      "  \"kids\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/components/schemas/N\"}}}}}}}");
  assert_url(f, 0, "http://h/x/5/k");
  const operation *o = &f->operations.at[0];
  assert_text(o->method, "POST");
  assert_text(o->body, "{\"n\":\"first\"}");
  assert_text(http_header_get(&o->headers, STR("content-type")), "application/json");
  const declared_body *b = &o->about->bodies.at[0];
  assert_int_equal(b->fields.len, 3);
  assert_text(b->fields.at[1].path, "id");
  assert_true(b->fields.at[1].read_only);
  assert_text(b->open.at[0], "kids[]"); /* a schema inside itself ends there */
  assert_int_equal(o->about->protection, PROTECTION_UNKNOWN);
  end(f);
}

static void swagger_2_0_gives_base_path_forms_and_api_keys(void **state) {
  (void)state;
  fixture *f = begin("http://h/");
  read_well(f, "swagger: '2.0'\nhost: other.example\nbasePath: /api/\n"
               "securityDefinitions:\n  k: {type: apiKey, name: X-Key, in: header}\n  b: {type: "
               "apiKey, name: Authorization, in: header}\n"
               "paths:\n"
               "  /a: {get: {security: [{k: []}], responses: {'200': {description: x, schema: "
               "{type: array, items: {type: object, properties: {id: {type: integer}}}}}}}}\n"
               "  /b: {post: {consumes: [application/x-www-form-urlencoded], security: [{b: []}], "
               "parameters: [{name: n, in: formData, type: string, default: 'x y'}, {name: c, in: "
               "formData, type: integer}]}}\n"
               "  /c: {put: {parameters: [{name: body, in: body, schema: {type: object, "
               "properties: {on: {type: boolean}}}}]}}\n");
  assert_url(f, 0, "http://h/api/a");
  assert_int_equal(f->operations.at[0].place.kind, PLACE_HEADER);
  assert_text(f->operations.at[0].place.name, "X-Key");
  assert_text(f->operations.at[0].about->responses.at[0].fields.at[0].path, "[].id");
  assert_int_equal(f->operations.at[1].place.kind, PLACE_BEARER);
  assert_text(f->operations.at[1].body, "n=x%20y&c=1");
  assert_text(f->operations.at[2].body, "{\"on\":true}");
  assert_int_equal(f->operations.at[2].about->protection, PROTECTION_PUBLIC);
  end(f);
}

static void references_reach_files_beneath_the_description_only(void **state) {
  (void)state;
  fixture *f = begin("http://h/");
  assert_int_equal(mkdir(path_in(f, "sub"), 0700), 0);
  put(f, "sub/c.yaml", "get:\n  parameters: [{$ref: '../b.yaml#/parameters/Q~1x'}]\n");
  put(f, "b.yaml",
      "parameters:\n  Q/x: {name: q, in: query, required: true, schema: {enum: [z]}}\n");
  read_well(f, HEAD "paths:\n  /a: {$ref: 'sub/c.yaml'}\n");
  assert_url(f, 0, "http://h/a?q=z");
  assert_true(str_ends(f->operations.at[0].about->file, STR("sub/c.yaml")));
  assert_int_equal(f->operations.at[0].about->line, 1);
  assert_true(str_ends(f->operations.at[0].about->parameters.at[0].file, STR("b.yaml")));
  end(f);
  assert_refused(HEAD "paths:\n  /a: {$ref: '../../etc/hostname'}\n", "a.yaml:4:");
  assert_refused(HEAD "paths:\n  /a: {$ref: '/etc/hostname'}\n",
                 "leaves the directory of the description");
  assert_refused(HEAD "paths:\n  /a: {$ref: 'http://example.com/x.yaml'}\n",
                 "leaves the files given");
}

static void cycles_end_and_are_named(void **state) {
  (void)state;
  assert_refused(HEAD "paths:\n  /a: {get: {parameters: [{$ref: '#/components/parameters/A'}]}}\n"
                      "components: {parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: "
                      "'#/components/parameters/A'}}}\n",
                 "leads back to itself");
  fixture *f = begin("http://h/");
  read_well(f, HEAD "paths: {/a: {post: {requestBody: {content: {application/json: {schema: {$ref: "
                    "'#/components/schemas/A'}}}}}}}\n"
                    "components:\n  schemas:\n"
                    "    A: {allOf: [{$ref: '#/components/schemas/B'}, {type: object, required: "
                    "[y], properties: {y: {type: string}}}]}\n"
                    "    B: {type: object, required: [x], properties: {x: {oneOf: [{type: 'null'}, "
                    "{type: integer, default: 3}]}, a: {$ref: '#/components/schemas/A'}}}\n");
  assert_text(f->operations.at[0].body, "{\"x\":3,\"y\":\"batten\"}");
  end(f);
}

static void security_says_who_may_call_and_where_the_token_goes(void **state) {
  (void)state;
  fixture *f = begin("http://h/");
  list_push(f->a, &f->options.identities, (identity){STR("service"), STR("S")});
  read_well(f, HEAD
            "security: [{user: []}]\npaths:\n"
            "  /a: {get: {security: []}}\n  /b: {get: {security: [{}, {user: []}]}}\n  /c: {get: "
            "{security: [{service: []}]}}\n"
            "  /d: {get: {security: [{cookie: []}]}}\n  /e: {get: {security: [{user: [], service: "
            "[]}]}}\n  /f: {get: {}}\n"
            "components: {securitySchemes: {user: {type: oauth2, flows: {}}, service: {type: "
            "apiKey, in: query, name: key}, cookie: {type: apiKey, in: cookie, name: sid}}}\n");
  const operation *o = f->operations.at;
  assert_int_equal(o[0].about->protection, PROTECTION_PUBLIC);
  assert_int_equal(o[1].about->protection, PROTECTION_PUBLIC);
  assert_int_equal(o[2].about->protection, PROTECTION_NEEDED);
  assert_int_equal(o[2].place.kind, PLACE_QUERY);
  assert_text(o[2].token, "S");
  assert_int_equal(o[3].place.kind, PLACE_COOKIE);
  assert_text(o[3].token, "T");
  assert_text(o[5].about->scheme, "user");
  assert_int_equal(o[5].place.kind, PLACE_BEARER);
  end(f);
}

static void the_scan_url_decides_the_prefix(void **state) {
  (void)state;

  static const struct {
    const char *target, *servers, *want;
  } rows[] = {
      {"http://h/", "[]", "http://h/users"},
      {"http://h/", "[{url: /v2}]", "http://h/v2/users"},
      {"http://h/api", "[{url: 'https://x.example/v2'}]", "http://h/api/users"},
      {"http://h/v2", "[{url: 'https://x.example/v2'}]", "http://h/v2/users"},
      {"http://h/v2/users", "[{url: 'https://x.example/v2'}]", "http://h/v2/users"},
      {"http://h/api/v1/users", "[{url: 'https://x.example/v2'}]", "http://h/api/v1/users"},
      {"http://h/", "[{url: 'https://x.example/a'}, {url: 'http://h/b'}]", "http://h/b/users"},
  };

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fixture *f = begin(rows[i].target);
    read_well(f, arena_printf(
                     f->a,
                     HEAD "servers: %s\npaths: {/users: {get: {}}, '/users/{id}': {get: {}}}\n%c",
                     rows[i].servers, 0)
                     .ptr);
    assert_url(f, 0, rows[i].want);
    end(f);
  }
  fixture *f = begin("http://h/users/abc"); /* a value that is known to be good */
  read_well(f, HEAD "paths: {'/users/{id}': {get: {}}}\n");
  assert_url(f, 0, "http://h/users/abc");
  assert_int_equal(f->operations.at[0].about->parameters.at[0].source, VALUE_GIVEN);
  end(f);
}

static void bad_descriptions_are_refused_with_their_place(void **state) {
  (void)state;
  assert_refused("hello: world\n", "a.yaml:1:1: no API description");
  assert_refused("openapi: 4.0.0\npaths: {}\n", "a.yaml:1:10: version 4.0.0 is not read");
  assert_refused(HEAD "paths: []\n", "a.yaml:3:8: no API description: 'paths' is no map");
  assert_refused(HEAD "paths: {}\n", "the description has no operation");
  assert_refused(HEAD "paths:\n  /a:\n    get: 7\n",
                 "a.yaml:5:10: GET /a is described by a number");
  assert_refused(HEAD "paths:\n  /a:\n    get: {parameters: [{$ref: '#/nowhere'}]}\n",
                 "a.yaml:5:32: $ref to '#/nowhere', which is not there");
  assert_refused(HEAD "paths:\n  /a:\n    get: {parameters: [{in: query}]}\n",
                 "a parameter needs 'name' and 'in'");
  assert_refused("openapi: 3.0.0\npaths: {a: [\n", "a.yaml:");
  assert_refused("\xff\xfe", "a.yaml:");
}

/* Each schema holds the next one twice: written out they are more than can be kept. */
static void endless_schemas_are_bounded(void **state) {
  (void)state;
  fixture *f = begin("http://h/");
  buf b = {.arena = f->a};
  buf_put(&b, STR(HEAD "paths: {/a: {post: {requestBody: {content: {application/json: {schema: "
                       "{$ref: '#/components/schemas/S0'}}}}}}}\n"
                       "components:\n  schemas:\n"));
  for (int i = 0; i < 60; i++)
    buf_printf(&b,
               "    S%d: {type: object, properties: {a: {$ref: '#/components/schemas/S%d'}, b: "
               "{$ref: '#/components/schemas/S%d'}}}\n",
               i, i + 1, i + 1);
  buf_put(&b, STR("    S60: {type: string}\n"));
  buf_char(&b, 0);
  double started = clock_monotonic();
  bool ok = import(f, b.ptr);
  assert_true(clock_monotonic() - started < 20);
  assert_true(ok || str_contains(str_of(f->e.message), STR("too much to work out")));
  end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(openapi_3_0_gives_operations_with_values_and_places),
      cmocka_unit_test(openapi_3_1_types_and_examples_are_read),
      cmocka_unit_test(swagger_2_0_gives_base_path_forms_and_api_keys),
      cmocka_unit_test(references_reach_files_beneath_the_description_only),
      cmocka_unit_test(cycles_end_and_are_named),
      cmocka_unit_test(security_says_who_may_call_and_where_the_token_goes),
      cmocka_unit_test(the_scan_url_decides_the_prefix),
      cmocka_unit_test(bad_descriptions_are_refused_with_their_place),
      cmocka_unit_test(endless_schemas_are_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
