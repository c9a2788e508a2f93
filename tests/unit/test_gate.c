/* What a scan must never send, and what it must not take for harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "scan/gate.h"
#include "scan/harm.h"

typedef struct {
  const char *method, *path, *operation_id, *summary, *tag;
  const char *harm; /* how the reason begins; NULL: none */
} harm_case;

#define DESTROYS "looks destructive"
#define CHANGES "looks as if it changed data"
#define SENDS "looks as if it sent mail"
#define PAYS "looks as if it moved money"
#define SESSION "looks like it ends a session"

static const harm_case HARMS[] = {
    {"GET", "/createdb", "", "", "", CHANGES},
    {"POST", "/createdb", "", "", "", CHANGES},
    {"GET", "/CreateDB", "", "", "", CHANGES},
    {"GET", "/api/reset", "", "", "", DESTROYS},
    {"OPTIONS", "/api/v1/db-reset", "", "", "", DESTROYS},
    {"HEAD", "/dbreset", "", "", "", DESTROYS},
    {"GET", "/admin/seed_data", "", "", "", DESTROYS},
    {"GET", "/initDb", "", "", "", DESTROYS},
    {"GET", "/cache/flush", "", "", "", DESTROYS},
    {"GET", "/cacheflush", "", "", "", DESTROYS},
    {"GET", "/users/1/delete", "", "", "", DESTROYS},
    {"GET", "/deleteUser", "", "", "", DESTROYS},
    {"GET", "/actuator/shutdown", "", "", "", DESTROYS},
    {"GET", "/shut-down", "", "", "", DESTROYS},
    {"GET", "/system/restart", "", "", "", DESTROYS},
    {"GET", "/backups/restore", "", "", "", DESTROYS},
    {"GET", "/tokens/revoke", "", "", "", DESTROYS},
    {"GET", "/migrate", "", "", "", DESTROYS},
    {"POST", "/data/import", "", "", "", DESTROYS},
    {"DELETE", "/all", "", "", "", NULL},
    {"DELETE", "/items/deleteAll", "", "", "", DESTROYS},
    {"GET", "/mail/send", "", "", "", SENDS},
    {"GET", "/sendMail", "", "", "", SENDS},
    {"GET", "/testmail", "", "", "", SENDS},
    {"POST", "/utils/test-email/", "", "", "", SENDS},
    {"POST", "/newsletters", "", "", "", SENDS},
    {"POST", "/password-recovery/{email}", "", "", "", SENDS},
    {"GET", "/pay", "", "", "", PAYS},
    {"POST", "/payments", "", "", "", PAYS},
    {"POST", "/accounts/7/transfers", "", "", "", PAYS},
    {"GET", "/users/sign_out", "", "", "", SESSION},
    {"GET", "/api/logout", "", "", "", SESSION},
    {"DELETE", "/api/me", "", "", "", SESSION},
    {"GET", "/warmup", "resetAllData", "", "", DESTROYS},
    {"GET", "/warmup", "api_views.main.populate_db", "", "", DESTROYS},
    {"GET", "/tidy", "", "Endpoint to wipe the tables", "", DESTROYS},
    {"GET", "/tidy", "", "Creates and populates the database with dummy data", "", CHANGES},
    {"POST", "/tidy", "", "Create a new database", "", CHANGES},
    {"GET", "/tidy", "", "Deleting stale records", "", DESTROYS},
    {"GET", "/tidy", "", "Drops everything", "", DESTROYS},
    {"GET", "/tidy", "", "", "Destructive", DESTROYS},
    {"GET", "/tidy", "", "", "purge", DESTROYS},
    /* and what only looks alike */
    {"GET", "/presets", "", "", "", NULL},
    {"GET", "/payload", "", "", "", NULL},
    {"GET", "/payments", "", "List payments", "Payments", NULL},
    {"GET", "/important", "", "", "", NULL},
    {"GET", "/imports", "", "", "", NULL},
    {"GET", "/droplets", "", "", "", NULL},
    {"GET", "/nuclear", "", "", "", NULL},
    {"GET", "/initial-state", "", "", "", NULL},
    {"GET", "/created", "", "", "", NULL},
    {"GET", "/deleted-items", "listDeletedItems", "Lists deleted items", "", NULL},
    {"GET", "/emails", "", "Lists the emails that were sent", "Email", NULL},
    {"GET", "/mailboxes", "", "", "", NULL},
    {"GET", "/addresses", "", "", "", NULL},
    {"GET", "/dataset", "", "", "", NULL},
    {"GET", "/databases", "listDatabases", "", "", NULL},
    {"GET", "/reports/q3", "", "Refunds", "", NULL},
    {"GET", "/reports/q3", "", "Transfers of the month", "", NULL},
    {"GET", "/reports/q3", "", "Refunds a charge", "", PAYS},
    {"GET", "/api/me", "readMe", "Reads who asks", "Account", NULL},
    {"GET", "/users/{reset}", "", "", "", NULL},
    {"GET", "/session", "", "", "", NULL},
    {"GET", "/sender/profile", "", "", "", NULL},
    {"POST", "/users", "createUser", "Create a new user", "Users", NULL},
    {"POST", "/users", "add_user", "Adds a user to the system", "", NULL},
    {"DELETE", "/users/{id}", "deleteUser", "Delete a user from the database", "", NULL},
    {"PUT", "/users/{id}", "updateUser", "Updates a user", "", NULL},
};

static str harm_of_case(arena *a, const harm_case *c) {
  description about = {.path = str_of(c->path),
                       .operation_id = str_of(c->operation_id),
                       .summary = str_of(c->summary)};
  if (*c->tag)
    list_push(a, &about.tags, str_of(c->tag));
  named_operation o = {str_of(c->method), str_of(c->path), STR(""), &about};
  return harm_in(a, &o);
}

static void harm_is_seen_in_names_and_nowhere_else(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof HARMS / sizeof *HARMS; i++) {
    arena *a = arena_new();
    const harm_case *c = &HARMS[i];
    str got = harm_of_case(a, c);
    bool right = c->harm ? str_starts(got, str_of(c->harm)) : !got.ptr;
    if (!right)
      print_error("%s %s %s %s %s: %.*s\n", c->method, c->path, c->operation_id, c->summary, c->tag,
                  STR_ARG(got));
    assert_true(right);
    arena_free(a);
  }
}

static void harm_is_seen_in_the_value_of_an_action(void **state) {
  (void)state;
  arena *a = arena_new();
  named_operation o = {STR("GET"), STR("/admin"), STR("page=1&action=reset"), NULL};
  assert_true(str_starts(harm_in(a, &o), STR(DESTROYS)));
  o.query = STR("q=reset&sort=delete");
  assert_null(harm_in(a, &o).ptr);
  arena_free(a);
}

/* ---- patterns over requests ------------------------------------------------------------------ */

typedef struct {
  const char *include, *exclude; /* one pattern each; NULL: none */
  const char *method, *path, *header, *value;
  const char *reason; /* how it begins; NULL: it may be sent */
} request_case;

static const request_case REQUESTS[] = {
    {NULL, NULL, "GET", "/api/me", NULL, NULL, NULL},
    {NULL, "* /secret", "GET", "/secret", NULL, NULL, "left out by --exclude"},
    {NULL, "* /secret", "POST", "/secret", NULL, NULL, "left out by --exclude"},
    {NULL, "/secret", "GET", "/%73ecret", NULL, NULL, "left out by --exclude"},
    {NULL, "/secret", "GET", "//secret/", NULL, NULL, "left out by --exclude"},
    {NULL, "/secret", "GET", "/x/..;/secret;a=1", NULL, NULL, "left out by --exclude"},
    {NULL, "/secret", "GET", "/SECRET", NULL, NULL, "left out by --exclude"},
    {NULL, "GET /secret", "HEAD", "/secret", NULL, NULL, "left out by --exclude"},
    {NULL, "GET /secret", "PUT", "/secret", NULL, NULL, NULL},
    {NULL, "/secret", "GET", "/", "X-Original-URL", "/secret", "left out by --exclude"},
    {NULL, "/users/{id}", "GET", "/users/7", NULL, NULL, "left out by --exclude"},
    {NULL, "/users/{id}", "GET", "/users", NULL, NULL, NULL},
    {NULL, "* /openapi.json", "GET", "/openapi.json", NULL, NULL, "left out by --exclude"},
    {"GET /api/me", NULL, "GET", "/api/me", NULL, NULL, NULL},
    {"GET /api/me", NULL, "GET", "/users", NULL, NULL, "left out by --include"},
    {"GET /api/me", NULL, "GET", "/api/batten-0123456789ab", NULL, NULL, NULL},
    {NULL, NULL, "GET", "/createdb", NULL, NULL, CHANGES},
    {NULL, NULL, "GET", "/%63reatedb", NULL, NULL, CHANGES},
    {NULL, NULL, "GET", "/warmup", NULL, NULL, DESTROYS},
    {"/**", NULL, "GET", "/createdb", NULL, NULL, CHANGES},
    {"* /createdb", NULL, "GET", "/createdb", NULL, NULL, NULL},
    {NULL, NULL, "POST", "/users", "X-HTTP-Method-Override", "DELETE", "may change data"},
};

static void every_way_to_read_a_request_must_pass(void **state) {
  (void)state;
  description user = {.path = STR("/users/{id}")},
              warm = {.operation_id = STR("resetAll"), .path = STR("/warmup")};
  for (size_t i = 0; i < sizeof REQUESTS / sizeof *REQUESTS; i++) {
    arena *a = arena_new();
    const request_case *c = &REQUESTS[i];
    scan_options options = {0};
    operation known[] = {{.method = STR("GET"), .url = {.path = STR("/users/1")}, .about = &user},
                         {.method = STR("GET"), .url = {.path = STR("/warmup")}, .about = &warm}};
    list_push(a, &options.operations, known[0]);
    list_push(a, &options.operations, known[1]);
    if (c->include)
      list_push(a, &options.include, str_of(c->include));
    if (c->exclude)
      list_push(a, &options.exclude, str_of(c->exclude));
    http_request request = {.method = str_of(c->method), .url = {.path = str_of(c->path)}};
    if (c->header)
      http_header_set(a, &request.headers, str_of(c->header), str_of(c->value));
    str got = gate_request(a, &options, &request, false);
    bool right = c->reason ? str_starts(got, str_of(c->reason)) : !got.ptr;
    if (!right)
      print_error("%s %s: %.*s\n", c->method, c->path, STR_ARG(got));
    assert_true(right);
    arena_free(a);
  }
}

static void discovery_is_not_chosen_by_include_but_kept_off_by_exclude(void **state) {
  (void)state;
  arena *a = arena_new();
  scan_options options = {0};
  http_request request = {.method = STR("GET"), .url = {.path = STR("/.well-known/jwks.json")}};
  list_push(a, &options.include, STR("GET /api/me"));
  assert_null(gate_request(a, &options, &request, true).ptr);
  list_push(a, &options.exclude, STR("/.well-known/**"));
  assert_non_null(gate_request(a, &options, &request, true).ptr);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(harm_is_seen_in_names_and_nowhere_else),
      cmocka_unit_test(harm_is_seen_in_the_value_of_an_action),
      cmocka_unit_test(every_way_to_read_a_request_must_pass),
      cmocka_unit_test(discovery_is_not_chosen_by_include_but_kept_off_by_exclude),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
