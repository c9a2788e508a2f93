/* What a fleet says to itself: sealed with its key, bound to its name, and packed so that it comes
 * out as it went in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "watch/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/fleet-XXXXXX");
  if (!mkdtemp(folder))
    return 1;
  snprintf(path, sizeof path, "%s/key", folder);
  return 0;
}

static int remove_folder(void **state) {
  static const char *const names[] = {"key", "db", "db-wal", "db-shm"};
  char file[96];
  (void)state;
  for (int i = 0; i < 4; i++) {
    snprintf(file, sizeof file, "%s/%s", folder, names[i]);
    unlink(file);
  }
  return rmdir(folder);
}

static fleet_key some_key(unsigned char first) {
  fleet_key k = {.id = "0123456789abcdef"};
  memset(k.bytes, first, sizeof k.bytes);
  return k;
}

static void what_is_sealed_opens_with_its_key_and_name_alone(void **state) {
  arena *a = arena_new();
  fleet_key k = some_key(7), other = some_key(8);
  str plain = STR("batten-job/1 with a token"), out;
  (void)state;
  str sealed = fleet_seal(a, &k, STR("job 7-1"), plain);
  assert_int_equal(sealed.len, plain.len + 29);
  assert_false(str_contains(sealed, STR("token")));
  assert_false(str_eq(sealed, fleet_seal(a, &k, STR("job 7-1"), plain))); /* another nonce */
  assert_true(fleet_open(a, &k, STR("job 7-1"), sealed, &out));
  assert_true(str_eq(out, plain));
  assert_false(fleet_open(a, &other, STR("job 7-1"), sealed, &out));
  assert_int_equal(out.len, 0);
  assert_false(fleet_open(a, &k, STR("job 7-2"), sealed, &out));
  assert_false(fleet_open(a, &k, STR("result 7-1"), sealed, &out)); /* a job is no result */
  for (size_t i = 0; i < sealed.len; i++) {
    char *changed = arena_text(a, sealed);
    changed[i] ^= 1;
    assert_false(fleet_open(a, &k, STR("job 7-1"), str_from(changed, sealed.len), &out));
    assert_false(fleet_open(a, &k, STR("job 7-1"), str_sub(sealed, 0, i), &out));
  }
  assert_true(fleet_open(a, &k, STR("n"), fleet_seal(a, &k, STR("n"), (str){0}), &out));
  assert_int_equal(out.len, 0);
  arena_free(a);
}

static void a_key_is_made_once_read_back_and_refused_when_others_may_read_it(void **state) {
  fleet_key k, again;
  error e = {0};
  struct stat info;
  (void)state;
  assert_true(fleet_key_make(path, &e));
  assert_int_equal(stat(path, &info), 0);
  assert_int_equal(info.st_mode & 0777, 0600);
  assert_false(fleet_key_make(path, &e));
  assert_true(fleet_key_read(path, &k, &e) && fleet_key_read(path, &again, &e));
  assert_memory_equal(&k, &again, sizeof k);
  assert_int_equal(strlen(k.id), FLEET_ID_CHARACTERS);
  for (mode_t bit = 1; bit <= 040; bit <<= 1) {
    assert_int_equal(chmod(path, 0600 | bit), 0);
    assert_false(fleet_key_read(path, &k, &e));
    assert_non_null(strstr(e.message, "chmod 600"));
  }
  assert_int_equal(chmod(path, 0600), 0);
  assert_int_equal(truncate(path, 40), 0);
  assert_false(fleet_key_read(path, &k, &e));
  assert_non_null(strstr(e.message, "no fleet key"));
}

static void a_host_has_one_mark_for_one_key(void **state) {
  arena *a = arena_new();
  fleet_key k = some_key(1), other = some_key(2);
  (void)state;
  str mark = fleet_host_mark(a, &k, STR("api.example.com"));
  assert_int_equal(mark.len, 32);
  assert_true(str_eq(mark, fleet_host_mark(a, &k, STR("api.example.com"))));
  assert_false(str_eq(mark, fleet_host_mark(a, &k, STR("api.example.org"))));
  assert_false(str_eq(mark, fleet_host_mark(a, &other, STR("api.example.com"))));
  arena_free(a);
}

static void a_job_comes_out_as_it_went_in(void **state) {
  arena *a = arena_new();
  str_list arguments = {0}, secrets = {0}, out = {0}, hidden = {0};
  (void)state;
  list_push(a, &arguments, STR("scan"));
  list_push(a, &arguments, STR("http://127.0.0.1/\n\xff"));
  list_push(a, &arguments, STR("")); /* an empty value is a value */
  list_push(a, &secrets, STR("BATTEN_FLEET_1=a=b"));
  list_push(a, &secrets, STR("BATTEN_FLEET_2="));
  str packed = job_pack(a, &arguments, &secrets);
  assert_true(job_unpack(a, packed, &out, &hidden));
  assert_int_equal(out.len, 3);
  assert_int_equal(hidden.len, 2);
  for (size_t i = 0; i < 3; i++)
    assert_true(str_eq(out.at[i], arguments.at[i]));
  for (size_t i = 0; i < 2; i++)
    assert_true(str_eq(hidden.at[i], secrets.at[i]));
  const str wrong[] = {STR(""),
                       STR("\0"),
                       STR("batten-job/1\0"),
                       STR("batten-job/1\0"
                           "2\0scan\0"),
                       STR("batten-job/1\0"
                           "0\0scan\0"),
                       STR("batten-job/1\0x\0scan\0"),
                       STR("batten-job/2\0"
                           "1\0scan\0"),
                       STR("batten-job/1\0"
                           "1\0scan")};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    out.len = hidden.len = 0;
    assert_false(job_unpack(a, wrong[i], &out, &hidden));
  }
  arena_free(a);
}

static void a_result_comes_out_as_it_went_in(void **state) {
  arena *a = arena_new();
  fleet_result good = {.outcome = {.have = true, .json = STR("{\"schema\": \"batten-report/1\"}")},
                       .worker = STR("w:1")},
               out;
  fleet_result none = {.outcome = {.reason = STR("no answer\0and more")}, .worker = STR("w:2")};
  (void)state;
  str packed = result_pack(a, &good);
  assert_true(result_unpack(a, packed, &out));
  assert_true(out.outcome.have && str_eq(out.outcome.json, good.outcome.json) &&
              str_eq(out.worker, good.worker));
  for (size_t i = 0; i < packed.len; i++)
    assert_false(result_unpack(a, str_sub(packed, 0, i), &out));
  assert_true(result_unpack(a, result_pack(a, &none), &out));
  assert_true(!out.outcome.have && !out.outcome.json.len &&
              str_eq(out.outcome.reason, none.outcome.reason));
  assert_false(result_unpack(a, STR("9999999999x"), &out)); /* a length that no report has */
  arena_free(a);
}

static void a_token_is_known_by_its_place(void **state) {
  (void)state;
  assert_int_equal(watch_token_place(STR("--token"), STR("env:T")), 0);
  assert_int_equal(watch_token_place(STR("--as"), STR("bob=@file")), 4);
  assert_int_equal(watch_token_place(STR("--as"), STR("bob")), 0);
  assert_true(watch_token_place(STR("--rate"), STR("5")) == SIZE_MAX);
  assert_true(watch_token_by_reference(STR("cmd:x")) && watch_token_by_reference(STR("@x")) &&
              !watch_token_by_reference(STR("a.b.c")));
}

/* ---- jobs in the history --------------------------------------------------------------------- */

static store *open_there(void) {
  char file[96];
  error e = {0};
  snprintf(file, sizeof file, "%s/db", folder);
  store *s = store_open(file, &e);
  assert_non_null(s);
  return s;
}

static void a_job_outlives_the_server_and_takes_one_result(void **state) {
  arena *a = arena_new();
  error e = {0};
  watched w = {.name = STR("t"), .url = STR("http://127.0.0.1/"), .every = STR("6h"), .next = 100};
  open_job j;
  run_row row;
  scan_outcome none = {.reason = STR("no answer")};
  (void)state;
  store *s = open_there();
  assert_true(store_add(s, &w, &e) && store_find(s, a, STR("t"), &w));
  assert_int_equal(store_due(s, a, 99, 0, SIZE_MAX).len, 0);
  assert_int_equal(store_due(s, a, 100, 0, SIZE_MAX).len, 1);
  assert_int_equal(store_due(s, a, 100, 1, 5).len, 0);
  assert_int_equal(store_job(s, a, STR("1-100"), &j), JOB_UNKNOWN);
  assert_true(store_begin_job(s, w.id, 100, STR("1-100")) > 0);
  assert_int_equal(store_begin_job(s, w.id, 101, STR("1-101")), 0); /* one run at a time, */
  assert_int_equal(store_begin(s, w.id, 101), 0);                   /* of either kind */
  store_close(s);
  s = open_there(); /* nobody's run is broken by a server that is gone */
  assert_int_equal(store_open_jobs(s, a).len, 1);
  assert_int_equal(store_job(s, a, STR("1-100"), &j), JOB_OPEN);
  assert_true(str_eq(j.target.name, STR("t")));
  assert_true(watch_keep(s, a, &j.target, j.run, 200, &none, 0, &row, &e));
  assert_int_equal(row.state, RUN_BROKEN);
  assert_false(watch_keep(s, a, &j.target, j.run, 201, &none, 0, &row, &e));
  assert_int_equal(store_job(s, a, STR("1-100"), &j), JOB_ENDED);
  assert_int_equal(store_begin_job(s, w.id, 300, STR("1-100")), 0); /* of that name there was one */
  assert_true(store_begin_job(s, w.id, 300, STR("1-300")) > 0);
  store_abandon_jobs(s);
  assert_int_equal(store_job(s, a, STR("1-300"), &j), JOB_ENDED);
  assert_true(store_begin(s, w.id, 400) > 0);
  store_close(s);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sealed_opens_with_its_key_and_name_alone),
      cmocka_unit_test_setup_teardown(
          a_key_is_made_once_read_back_and_refused_when_others_may_read_it, make_folder,
          remove_folder),
      cmocka_unit_test(a_host_has_one_mark_for_one_key),
      cmocka_unit_test(a_job_comes_out_as_it_went_in),
      cmocka_unit_test(a_result_comes_out_as_it_went_in),
      cmocka_unit_test(a_token_is_known_by_its_place),
      cmocka_unit_test_setup_teardown(a_job_outlives_the_server_and_takes_one_result, make_folder,
                                      remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
