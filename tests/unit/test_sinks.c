/* Each known escape is tried; beside it the plain use that must work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "batten/sinks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- files ----------------------------------------------------------------------------------- */

static char root[64], outside[64];

static void write_file(const char *folder, const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void link_to(const char *target, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", root, name);
  assert_int_equal(symlink(target, path), 0);
}

static int make_root(void **state) {
  char path[128];
  (void)state;
  strcpy(root, "/tmp/sinks-root-XXXXXX");
  strcpy(outside, "/tmp/sinks-out-XXXXXX");
  if (!mkdtemp(root) || !mkdtemp(outside))
    return 1;
  snprintf(path, sizeof path, "%s/dir", root);
  mkdir(path, 0700);
  snprintf(path, sizeof path, "%s/pipe", root);
  mkfifo(path, 0600);
  write_file(root, "plain.txt", "hello");
  write_file(root, "dir/inner.txt", "inner");
  write_file(outside, "secret", "secret");
  link_to("plain.txt", "link");
  link_to(outside, "out");
  link_to("/proc/self/root", "magic");
  return 0;
}

static int remove_root(void **state) {
  (void)state;
  char command[256];
  snprintf(command, sizeof command, "rm -rf %s %s", root, outside);
  return system(command) == 0 ? 0 : 1;
}

static void assert_file(const char *name, bt_sink_status want) {
  char *content;
  size_t len;
  bt_sink_status got = bt_read_beneath(root, name, strlen(name), 1000, &content, &len);
  if (got != want)
    print_error("%s: %s\n", name, bt_sink_name(got));
  assert_int_equal(got, want);
  free(content);
}

static void a_plain_name_below_the_root_is_read(void **state) {
  char *content;
  size_t len;
  (void)state;
  assert_int_equal(bt_read_beneath(root, "dir/inner.txt", 13, 1000, &content, &len), BT_SINK_OK);
  assert_int_equal(len, 5);
  assert_string_equal(content, "inner");
  free(content);
  assert_file("plain.txt", BT_SINK_OK);
  assert_file("./dir//inner.txt", BT_SINK_OK);
}

static void every_way_out_of_the_root_is_refused(void **state) {
  (void)state;
  assert_file("", BT_SINK_EMPTY);
  assert_file("/etc/passwd", BT_SINK_ABSOLUTE);
  assert_file("../x", BT_SINK_TRAVERSAL);
  assert_file("dir/../../x", BT_SINK_TRAVERSAL);
  assert_file("dir/../plain.txt", BT_SINK_TRAVERSAL);
  assert_file("a\nb", BT_SINK_BAD_BYTE);
  assert_file("link", BT_SINK_SYMLINK);
  assert_file("out/secret", BT_SINK_SYMLINK);
  assert_file("magic/etc/passwd", BT_SINK_SYMLINK);
  assert_file("missing", BT_SINK_NOT_FOUND);
  assert_file("plain.txt/x", BT_SINK_NOT_FOUND);
  assert_file("dir", BT_SINK_NOT_REGULAR);
  assert_file("pipe", BT_SINK_NOT_REGULAR);
  char *content;
  size_t len;
  assert_int_equal(bt_read_beneath(root, "plain\0.txt", 10, 1000, &content, &len),
                   BT_SINK_BAD_BYTE);
  assert_int_equal(bt_read_beneath(root, "plain.txt", 9, 4, &content, &len), BT_SINK_TOO_LARGE);
  assert_int_equal(bt_read_beneath("/", "proc/self/status", 16, 1000, &content, &len),
                   BT_SINK_MOUNT);
}

static atomic_bool swapping;

static void *swap(void *unused) {
  char path[128], good[128], bad[128];
  snprintf(path, sizeof path, "%s/race", root);
  snprintf(good, sizeof good, "%s/race-good", root);
  snprintf(bad, sizeof bad, "%s/race-bad", root);
  mkdir(good, 0700);
  write_file(good, "secret", "harmless");
  if (symlink(outside, bad) != 0)
    return NULL;
  while (swapping) {
    rename(good, path);
    rename(path, good);
    rename(bad, path);
    rename(path, bad);
  }
  return unused;
}

static void a_swapped_symbolic_link_never_leads_out(void **state) {
  pthread_t thread;
  size_t read_well = 0;
  (void)state;
  swapping = true;
  pthread_create(&thread, NULL, swap, NULL);
  for (int i = 0; i < 20000 || (read_well == 0 && i < 2000000); i++) {
    char *content;
    size_t len;
    if (bt_read_beneath(root, "race/secret", 11, 1000, &content, &len) != BT_SINK_OK)
      continue;
    assert_string_equal(content, "harmless");
    read_well++;
    free(content);
  }
  swapping = false;
  pthread_join(thread, NULL);
  assert_true(read_well > 0);
}

/* A kernel or container without openat2: the walk must refuse the same. In a process of its own, as
 * the filter stays. */
static void without_openat2_the_same_is_refused(void **state) {
  static const struct {
    const char *name;
    bt_sink_status want;
  } cases[] = {{"plain.txt", BT_SINK_OK},
               {"./dir//inner.txt", BT_SINK_OK},
               {"link", BT_SINK_SYMLINK},
               {"out/secret", BT_SINK_SYMLINK},
               {"magic/etc/passwd", BT_SINK_SYMLINK},
               {"missing", BT_SINK_NOT_FOUND},
               {"plain.txt/x", BT_SINK_NOT_FOUND},
               {"dir", BT_SINK_NOT_REGULAR},
               {"pipe", BT_SINK_NOT_REGULAR}};
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = 4, .filter = filter};
  (void)state;
  pid_t child = fork();
  if (child == 0) {
    char *content;
    size_t len;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
      _exit(100);
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
      if (bt_read_beneath(root, cases[i].name, strlen(cases[i].name), 1000, &content, &len) !=
          cases[i].want)
        _exit(i + 1);
      free(content);
    }
    _exit(bt_read_beneath("/", "proc/self/status", 16, 1000, &content, &len) == BT_SINK_MOUNT ? 0
                                                                                              : 99);
  }
  int ended = 0;
  assert_int_equal(waitpid(child, &ended, 0), child);
  assert_int_equal(WEXITSTATUS(ended), 0);
}

/* ---- processes ------------------------------------------------------------------------------- */

static bt_sink_status run(const char *const *argv, const bt_spawn_options *o, char *output,
                          size_t size, int *code) {
  bt_spawn_result r;
  bt_sink_status status = bt_spawn(argv, o, &r);
  snprintf(output, size, "%s", r.output ? r.output : "");
  *code = r.exit_code;
  bt_spawn_free(&r);
  return status;
}

static void arguments_arrive_as_they_are(void **state) {
  char out[256];
  int code;
  (void)state;
  const char *const argv[] = {"/usr/bin/printf", "%s|", "a b", "$(id)", "`id`", ";id", "'\"", NULL};
  assert_int_equal(run(argv, NULL, out, sizeof out, &code), BT_SINK_OK);
  assert_int_equal(code, 0);
  assert_string_equal(out, "a b|$(id)|`id`|;id|'\"|");
}

static void input_and_exit_code_pass_through(void **state) {
  char out[256];
  int code;
  (void)state;
  const char *const cat[] = {"/usr/bin/cat", NULL}, *const no[] = {"/usr/bin/false", NULL};
  bt_spawn_options o = {.input = "fed", .input_len = 3};
  assert_int_equal(run(cat, &o, out, sizeof out, &code), BT_SINK_OK);
  assert_string_equal(out, "fed");
  assert_int_equal(run(no, NULL, out, sizeof out, &code), BT_SINK_OK);
  assert_int_equal(code, 1);
}

static void nothing_of_the_parent_is_inherited(void **state) {
  char out[4096];
  int code;
  (void)state;
  int fd = open("/etc/passwd", O_RDONLY);
  assert_true(fd >= 0);
  setenv("SECRET_OF_PARENT", "x", 1);
  const char *const env[] = {"/usr/bin/env", NULL}, *const fds[] = {"/usr/bin/ls", "/proc/self/fd",
                                                                    NULL};
  assert_int_equal(run(env, NULL, out, sizeof out, &code), BT_SINK_OK);
  assert_string_equal(out, "PATH=/usr/bin:/bin\n");
  assert_int_equal(run(fds, NULL, out, sizeof out, &code), BT_SINK_OK);
  assert_string_equal(out, "0\n1\n2\n3\n"); /* 3 is ls's own on the folder */
  close(fd);
}

static void options_in_untrusted_arguments_are_refused(void **state) {
  char out[256];
  int code;
  (void)state;
  const char *const bad[] = {"/usr/bin/ls", "-la", NULL}, *const own[] = {"/usr/bin/ls", "-d", "/",
                                                                          NULL};
  assert_int_equal(run(bad, NULL, out, sizeof out, &code), BT_SINK_DASH);
  bt_spawn_options o = {.first_untrusted = 2};
  assert_int_equal(run(own, &o, out, sizeof out, &code), BT_SINK_OK);
  assert_string_equal(out, "/\n");
}

static void programs_are_absolute_and_exist(void **state) {
  char out[8];
  int code;
  (void)state;
  const char *const relative[] = {"ls", NULL}, *const missing[] = {"/no/such", NULL},
                    *const none[] = {NULL};
  const char *const folder[] = {"/usr", NULL};
  assert_int_equal(run(relative, NULL, out, sizeof out, &code), BT_SINK_PROGRAM);
  assert_int_equal(run(missing, NULL, out, sizeof out, &code), BT_SINK_PROGRAM);
  assert_int_equal(run(folder, NULL, out, sizeof out, &code), BT_SINK_PROGRAM);
  assert_int_equal(run(none, NULL, out, sizeof out, &code), BT_SINK_EMPTY);
}

static void time_output_and_memory_are_bounded(void **state) {
  char out[64];
  int code;
  (void)state;
  const char *const slow[] = {"/usr/bin/sleep", "60", NULL}, *const loud[] = {"/usr/bin/yes", NULL};
  const char *const large[] = {"/usr/bin/dd", "if=/dev/zero", "of=/dev/null",
                               "bs=1G",       "count=1",      NULL};
  bt_spawn_options o = {.timeout_ms = 200, .memory_limit = 64 << 20};
  assert_int_equal(run(slow, &o, out, sizeof out, &code), BT_SINK_TIMEOUT);
  assert_int_equal(run(loud, NULL, out, sizeof out, &code), BT_SINK_OUTPUT);
  o.timeout_ms = 5000;
  assert_int_equal(run(large, &o, out, sizeof out, &code), BT_SINK_OK);
  assert_int_equal(code, 1);
}

/* One command: trusted words, then words from outside. */
typedef struct {
  bool refused;
  const char *trusted[10], *outside[4];
} command_case;

/* A script, links and copies of a shell, in the folder of the files' tests. */
static char script_path[128], link_path[128], hard_path[128], copy_path[128], tool_path[128];

static void make_programs(void) {
  char command[1200];
  snprintf(script_path, sizeof script_path, "%s/own-script", root);
  snprintf(link_path, sizeof link_path, "%s/convert", root);
  snprintf(hard_path, sizeof hard_path, "%s/resize", root);
  snprintf(copy_path, sizeof copy_path, "%s/rotate", root);
  snprintf(tool_path, sizeof tool_path, "%s/tool", root);
  write_file(root, "own-script", "echo \"$@\"\n");
  write_file(root, "tool", "#!/bin/sh\necho tool \"$@\"\n");
  snprintf(command, sizeof command,
           "chmod 755 %s && ln -sf /bin/sh %s && cp /usr/bin/dash %s && "
           "(ln -f /usr/bin/bash %s 2>/dev/null || cp /usr/bin/bash %s)",
           tool_path, link_path, copy_path, hard_path, hard_path);
  assert_int_equal(system(command), 0);
}

static void assert_command(const command_case *c) {
  const char *argv[18] = {0};
  char out[256];
  int code;
  size_t n = 0;
  for (size_t i = 0; i < 10 && c->trusted[i]; i++)
    argv[n++] = c->trusted[i];
  bt_spawn_options o = {
      .first_untrusted = (unsigned)n, .allow_dash = true, .input = "id\n", .input_len = 3};
  for (size_t i = 0; i < 4 && c->outside[i]; i++)
    argv[n++] = c->outside[i];
  bt_sink_status status = run(argv, &o, out, sizeof out, &code);
  if ((status == BT_SINK_INTERPRETER) != c->refused) {
    for (size_t i = 0; argv[i]; i++)
      print_error("%s ", argv[i]);
    print_error(": %s\n", bt_sink_name(status));
  }
  assert_int_equal(status == BT_SINK_INTERPRETER, c->refused);
}

static void no_interpreter_takes_code_from_outside(void **state) {
  (void)state;
  make_programs();
  assert_non_null(freopen(script_path, "r", stdin)); /* so that /dev/stdin is a plain file here */
  const command_case cases[] = {
      /* code on the command line, in every spelling, however trusted */
      {true, {"/bin/sh", "-c", "id"}, {0}},
      {true, {"/bin/sh", "-c"}, {"id"}},
      {true, {"/bin/bash", "-lc", "id"}, {0}},
      {true, {"/bin/bash", "-o", "pipefail", "-c", "id"}, {0}},
      {true, {"/bin/bash", "--norc", "-ec", "id"}, {0}},
      {true, {"/usr/bin/perl", "-e", "1"}, {0}},
      {true, {"/usr/bin/perl", "-wne", "1"}, {0}},
      {true, {"/usr/bin/perl", "-Mbase;1", "x"}, {0}},
      {true, {"/usr/bin/perl", "-S"}, {"x"}},
      {true, {"/usr/bin/python3", "-c", "1"}, {0}},
      {true, {"/usr/bin/python3", "-Ic1"}, {0}},
      {true, {"/usr/bin/python3", "-m", "timeit"}, {0}},
      {true, {"/usr/bin/mawk", "BEGIN{}"}, {0}},
      {true, {"/usr/bin/awk", "-F:", "{print $1}", "/etc/hosts"}, {0}},
      {true, {"/usr/bin/sed", "1e id", "/etc/hosts"}, {0}},
      {true, {"/usr/bin/sed", "-f", script_path, "/etc/hosts", "-e", "1e id"}, {0}},
      /* from the input, or from a file that the program did not choose */
      {true, {"/bin/sh"}, {0}},
      {true, {"/bin/sh", "-s"}, {0}},
      {true, {"/bin/sh", "-"}, {0}},
      {true, {"/bin/sh", "/dev/stdin"}, {0}},
      {true, {"/bin/sh", "/proc/self/fd/0"}, {0}},
      {true, {"/bin/sh"}, {script_path}},
      {true, {"/bin/sh", "-e"}, {script_path}},
      {true, {"/usr/bin/python3", "-i", script_path}, {0}},
      /* behind programs that run others */
      {true, {"/usr/bin/env", "sh", "-c", "id"}, {0}},
      {true, {"/usr/bin/env", "-i", "A=b", "/bin/sh", "-c", "id"}, {0}},
      {true, {"/usr/bin/env", "-S", "sh -c id"}, {0}},
      {true, {"/usr/bin/env", "-iS", "ls -l"}, {0}},
      {true, {"/usr/bin/env", "--split-string=ls -l"}, {0}},
      {true, {"/usr/bin/env"}, {"ls"}},
      {true, {"/usr/bin/env", "A=b"}, {"ls"}},
      {true, {"/usr/bin/env", "nice"}, {"ls"}},
      {true, {"/usr/bin/nice", "-n", "5", "sh", "-c", "id"}, {0}},
      {true, {"/usr/bin/timeout", "-k", "1", "2", "setsid", "-f", "sh", "-c", "id"}, {0}},
      {true, {"/usr/bin/nohup", "/bin/sh"}, {script_path}},
      {true, {"/usr/bin/xargs", "sh", "-c"}, {0}},
      {true, {"/usr/bin/xargs", "-n1", "sh"}, {0}},
      {true, {"/usr/bin/xargs"}, {"ls"}},
      {true, {"/usr/bin/find", "/etc/hosts", "-exec", "sh", "-c", "id", ";"}, {0}},
      {true, {"/usr/bin/find", "/etc/hosts", "-execdir", "{}", ";"}, {0}},
      {true, {"/usr/bin/find", "/etc/hosts", "-ok", "env", "sh"}, {"x"}},
      {true, {"/usr/bin/find", "/etc/hosts", "-exec"}, {"id", ";"}},
      {true, {tool_path, "sh", "-c", "id"}, {0}},
      {true, {tool_path, "/bin/sh"}, {script_path}},
      {true, {tool_path, "-oProxyCommand=sh -c id"}, {0}},
      {true, {tool_path, "--to-command=sh"}, {0}},
      {true, {tool_path, "--checkpoint-action=exec=sh /tmp/x"}, {0}},
      {true, {tool_path, "bash -c id"}, {0}},
      /* under another name */
      {true, {link_path, "-c", "id"}, {0}},
      {true, {hard_path, "-c", "id"}, {0}},
      {true, {copy_path, "-c", "id"}, {0}},
      {true, {"/usr/bin/nice", link_path, "-c", "id"}, {0}},
      /* what stays possible */
      {false, {"/bin/sh", script_path}, {"-c", "$(id)"}},
      {false, {"/bin/sh", "-eu", "--", script_path}, {"sh", "-c"}},
      {false, {"/usr/bin/python3", "-I", "-W", "ignore", script_path}, {"-c"}},
      {false, {"/usr/bin/awk", "-F:", "-v", "a=b", "-f", script_path, "/etc/hosts"}, {0}},
      {false, {"/usr/bin/sed", "--sandbox", "s/a/b/", "/etc/hosts"}, {0}},
      {false, {tool_path, "-c"}, {"sh -c id", "bash", "-c"}},
      {false, {tool_path, "-l", "ruby", "-f", "html"}, {0}},
      {false, {tool_path, "-dPDFSETTINGS=/screen", "-channel", "R", "-separate"}, {0}},
      {false, {tool_path, "--syntax=sh"}, {0}},
      {false, {tool_path}, {"sh"}},
      {false, {"/usr/bin/env"}, {0}},
      {false, {"/usr/bin/env", "A=b", tool_path}, {"sh"}},
      {false, {"/usr/bin/nice", "-n", "5", tool_path, "-l", "ruby", "-f"}, {"bash"}},
      {false, {"/usr/bin/timeout", "5", "/bin/sh", script_path}, {"x"}},
      {false, {"/usr/bin/find", "/etc/hosts", "-exec", "ls", "{}", ";"}, {0}},
      {false, {"/usr/bin/find", "/etc/hosts", "-name"}, {"sh"}},
      {false, {"/usr/bin/printf", "%s"}, {"sh", "-c", "bash -c id"}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_command(&cases[i]);
}

/* ---- what a process leaves behind ------------------------------------------------------------ */

static bool runs(const char *mark) {
  char command[200];
  snprintf(command, sizeof command, "ps -eo stat=,args= | grep -v '^Z' | grep -q '[s]leep %s$'",
           mark);
  return system(command) == 0;
}

static void write_leaver(const char *name, const char *text, char *path, size_t size) {
  char command[200];
  write_file(root, name, text);
  snprintf(path, size, "%s/%s", root, name);
  snprintf(command, sizeof command, "chmod 755 %s", path);
  assert_int_equal(system(command), 0);
}

static void nothing_outlives_the_call(void **state) {
  char out[256], path[128];
  int code;
  (void)state;
  const char *const argv[] = {path, NULL};
  bt_spawn_options o = {.timeout_ms = 300};
  /* a session of its own, then waiting for the time limit */
  write_leaver("leave",
               "#!/bin/sh\nsetsid -f sleep 77001\nsetsid sh -c 'setsid sleep 77002 & sleep "
               "77003' &\nsleep 77004\n",
               path, sizeof path);
  assert_int_equal(run(argv, &o, out, sizeof out, &code), BT_SINK_TIMEOUT);
  assert_false(runs("7700[1-4]"));
  const char *const forked[] = {"/usr/bin/setsid", "-f", "/usr/bin/sleep", "77005", NULL};
  o.first_untrusted = 4;
  assert_int_equal(run(forked, &o, out, sizeof out, &code), BT_SINK_OK);
  assert_false(runs("77005"));
  /* left by one that ends well: what it wrote and how it ended still counts */
  o.first_untrusted = 0;
  o.timeout_ms = 20000;
  write_leaver("daemon", "#!/bin/sh\nsetsid -f sleep 77006\n(sleep 77007 &)\necho said\nexit 3\n",
               path, sizeof path);
  assert_int_equal(run(argv, &o, out, sizeof out, &code), BT_SINK_OK);
  assert_string_equal(out, "said\n");
  assert_int_equal(code, 3);
  assert_false(runs("7700[67]"));
  /* too much output */
  write_leaver("loud", "#!/bin/sh\nsetsid -f sleep 77008\nexec yes\n", path, sizeof path);
  assert_int_equal(run(argv, &o, out, sizeof out, &code), BT_SINK_OUTPUT);
  assert_false(runs("77008"));
  /* the caller's own children are no business of this */
  pid_t own = fork();
  if (own == 0)
    execl("/usr/bin/sleep", "sleep", "77009", NULL);
  assert_int_equal(run(argv, &o, out, sizeof out, &code), BT_SINK_OUTPUT);
  assert_int_equal(kill(own, 0), 0);
  kill(own, SIGKILL);
  waitpid(own, NULL, 0);
}

/* Whoever waits may be killed itself. */
static void a_caller_that_dies_takes_the_process_with_it(void **state) {
  char path[128], started[160];
  (void)state;
  write_leaver("wait", "#!/bin/sh\nsetsid -f sleep 77010\n: >\"$1\"\nsleep 77011\n", path,
               sizeof path);
  snprintf(started, sizeof started, "%s/started", root);
  const char *const argv[] = {path, started, NULL};
  pid_t caller = fork();
  if (caller == 0) {
    bt_spawn_result r;
    bt_spawn(argv, NULL, &r);
    _exit(0);
  }
  while (access(started, F_OK) != 0)
    usleep(2000);
  assert_true(runs("7701[01]"));
  kill(caller, SIGKILL);
  waitpid(caller, NULL, 0);
  int tries = 0;
  while (runs("7701[01]") && tries++ < 400)
    usleep(10000);
  assert_true(tries < 400);
}

static void confinement_holds_where_the_kernel_has_it(void **state) {
  char out[64];
  int code;
  (void)state;
  char inside[128];
  snprintf(inside, sizeof inside, "%s/plain.txt", root);
  const char *const read_it[] = {"/usr/bin/cat", inside, NULL}, *const readable[] = {root, NULL};
  const char *const space[] = {"/usr/bin/unshare", "--user", "/usr/bin/true", NULL};
  bt_spawn_options o = {.landlock = true, .readable = readable};
  bt_sink_status status = run(read_it, &o, out, sizeof out, &code);
  if (status != BT_SINK_CONFINEMENT) { /* a kernel without Landlock refuses to run it at all */
    assert_string_equal(out, "hello");
    o.readable = NULL;
    assert_int_equal(run(read_it, &o, out, sizeof out, &code), BT_SINK_OK);
    assert_int_not_equal(code, 0);
  }
  bt_spawn_options s = {.seccomp = true, .first_untrusted = 3};
  assert_int_equal(run(space, &s, out, sizeof out, &code), BT_SINK_OK);
  assert_int_not_equal(code, 0);
  const char *const harmless[] = {"/usr/bin/printf", "fine", NULL};
  assert_int_equal(run(harmless, &s, out, sizeof out, &code), BT_SINK_OK);
  assert_string_equal(out, "fine");
}

/* ---- addresses ------------------------------------------------------------------------------- */

static int answer(void *context, const char *host, struct sockaddr_storage *out, int max) {
  const char *const *addresses = context;
  int n = 0;
  (void)host;
  for (; addresses[n] && n < max; n++) {
    memset(&out[n], 0, sizeof out[n]);
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&out[n];
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&out[n];
    out[n].ss_family = inet_pton(AF_INET, addresses[n], &v4->sin_addr) == 1 ? AF_INET : AF_INET6;
    if (out[n].ss_family == AF_INET6) {
      memset(&v4->sin_addr, 0, sizeof v4->sin_addr);
      assert_int_equal(inet_pton(AF_INET6, addresses[n], &v6->sin6_addr), 1);
    }
  }
  return n;
}

static bt_sink_status check(const char *url, const char *const *addresses, bt_url_target *out) {
  static const char *const hosts[] = {"api.example.com", "*.cdn.example", "2130706433",
                                      "[::1]",           "127.1",         NULL};

  union {
    const char *const *in;
    void *out;
  } context = {.in = addresses};

  bt_url_options o = {.hosts = hosts, .resolve = addresses ? answer : NULL, .context = context.out};
  return bt_url_check(url, strlen(url), &o, out);
}

static void a_listed_public_host_gets_its_pinned_addresses(void **state) {
  bt_url_target t;
  (void)state;
  const char *const good[] = {"93.184.216.34", "2606:2800:220:1::1", NULL};
  assert_int_equal(check("https://API.example.com:8443/x?y", good, &t), BT_SINK_OK);
  assert_string_equal(t.scheme, "https");
  assert_string_equal(t.host, "api.example.com");
  assert_int_equal(t.port, 8443);
  assert_int_equal(t.count, 2);
  assert_string_equal(t.address_text[1], "2606:2800:220:1::1");
  assert_int_equal(check("http://a.cdn.example/", good, &t), BT_SINK_OK);
}

static void special_addresses_are_refused_in_every_notation(void **state) {
  static const char *const special[] = {"127.0.0.1",
                                        "10.0.0.1",
                                        "172.16.0.1",
                                        "172.31.255.255",
                                        "192.168.1.1",
                                        "169.254.169.254",
                                        "100.64.0.1",
                                        "100.100.100.200",
                                        "0.0.0.0",
                                        "192.0.0.192",
                                        "198.18.0.1",
                                        "224.0.0.1",
                                        "240.0.0.1",
                                        "255.255.255.255",
                                        "::",
                                        "::1",
                                        "::ffff:127.0.0.1",
                                        "::ffff:169.254.169.254",
                                        "::127.0.0.1",
                                        "64:ff9b::7f00:1",
                                        "64:ff9b::a9fe:a9fe",
                                        "2002:7f00:1::",
                                        "2002:a9fe:a9fe::1",
                                        "fe80::1",
                                        "fc00::1",
                                        "fd00:ec2::254",
                                        "ff02::1",
                                        "2001::1",
                                        "2001:db8::1",
                                        "100::1",
                                        "5f00::1",
                                        "64:ff9b:1::1"};
  bt_url_target t;
  (void)state;
  for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
    const char *const alone[] = {special[i], NULL}, *const hidden[] = {"93.184.216.34", special[i],
                                                                       NULL};
    bt_sink_status first = check("https://api.example.com/", alone, &t);
    if (first != BT_SINK_ADDRESS)
      print_error("%s: %s\n", special[i], bt_sink_name(first));
    assert_int_equal(first, BT_SINK_ADDRESS);
    assert_int_equal(t.count, 0);
    assert_int_equal(check("https://api.example.com/", hidden, &t), BT_SINK_ADDRESS);
  }
  static const char *const ordinary[] = {"8.8.8.8",          "172.32.0.1",      "100.128.0.1",
                                         "64:ff9b::808:808", "2002:808:808::1", "2a00:1450::1",
                                         "198.20.0.1"};
  for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++) {
    const char *const alone[] = {ordinary[i], NULL};
    assert_int_equal(check("https://api.example.com/", alone, &t), BT_SINK_OK);
  }
}

static void odd_urls_and_unlisted_hosts_are_refused(void **state) {
  bt_url_target t;
  (void)state;
  const char *const good[] = {"93.184.216.34", NULL}, *const none[] = {NULL};
  assert_int_equal(check("https://evil.example/", good, &t), BT_SINK_HOST);
  assert_int_equal(check("https://api.example.com.evil.example/", good, &t), BT_SINK_HOST);
  assert_int_equal(check("https://api.example.com./", good, &t), BT_SINK_HOST);
  assert_int_equal(check("https://cdn.example/", good, &t), BT_SINK_HOST);
  assert_int_equal(check("https://evilcdn.example/", good, &t), BT_SINK_HOST);
  assert_int_equal(check("https://api.example.com@evil.example/", good, &t), BT_SINK_URL);
  assert_int_equal(check("https://user:pass@api.example.com/", good, &t), BT_SINK_URL);
  assert_int_equal(check("file:///etc/passwd", good, &t), BT_SINK_URL);
  assert_int_equal(check("gopher://api.example.com/", good, &t), BT_SINK_URL);
  assert_int_equal(check("//api.example.com/", good, &t), BT_SINK_URL);
  assert_int_equal(check("https://api.example.com\\@evil.example/", good, &t), BT_SINK_BAD_BYTE);
  assert_int_equal(check("https://api.example.com/\r\nX: y", good, &t), BT_SINK_BAD_BYTE);
  assert_int_equal(check("", good, &t), BT_SINK_EMPTY);
  assert_int_equal(check("https://api.example.com/", none, &t), BT_SINK_RESOLVE);
  /* Even on the list by mistake, what the system makes of a number is special. */
  assert_int_equal(check("http://2130706433/", NULL, &t), BT_SINK_ADDRESS);
  assert_int_equal(check("http://127.1/", NULL, &t), BT_SINK_ADDRESS);
}

static void a_network_can_be_allowed_by_name(void **state) {
  static const char *const hosts[] = {"localhost", NULL}, *const networks[] = {"127.0.0.0/8", "::1",
                                                                               NULL};
  static const char *const other[] = {"10.0.0.0/8", "nonsense", "127.0.0.0/99", NULL};
  bt_url_options o = {.hosts = hosts, .networks = networks};
  bt_url_target t;
  (void)state;
  assert_int_equal(bt_url_check("http://localhost:1/", 19, &o, &t), BT_SINK_OK);
  o.networks = other;
  assert_int_equal(bt_url_check("http://localhost:1/", 19, &o, &t), BT_SINK_ADDRESS);
  o.https_only = true;
  assert_int_equal(bt_url_check("http://localhost:1/", 19, &o, &t), BT_SINK_SCHEME);
}

static void every_status_has_a_name_and_a_sentence(void **state) {
  (void)state;
  for (int i = 0; i < BT_SINK_COUNT; i++) {
    assert_non_null(bt_sink_name((bt_sink_status)i));
    assert_non_null(bt_sink_sentence((bt_sink_status)i));
    for (int k = 0; k < i; k++)
      assert_string_not_equal(bt_sink_name((bt_sink_status)i), bt_sink_name((bt_sink_status)k));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plain_name_below_the_root_is_read),
      cmocka_unit_test(every_way_out_of_the_root_is_refused),
      cmocka_unit_test(a_swapped_symbolic_link_never_leads_out),
      cmocka_unit_test(without_openat2_the_same_is_refused),
      cmocka_unit_test(arguments_arrive_as_they_are),
      cmocka_unit_test(input_and_exit_code_pass_through),
      cmocka_unit_test(nothing_of_the_parent_is_inherited),
      cmocka_unit_test(options_in_untrusted_arguments_are_refused),
      cmocka_unit_test(programs_are_absolute_and_exist),
      cmocka_unit_test(time_output_and_memory_are_bounded),
      cmocka_unit_test(no_interpreter_takes_code_from_outside),
      cmocka_unit_test(nothing_outlives_the_call),
      cmocka_unit_test(a_caller_that_dies_takes_the_process_with_it),
      cmocka_unit_test(confinement_holds_where_the_kernel_has_it),
      cmocka_unit_test(a_listed_public_host_gets_its_pinned_addresses),
      cmocka_unit_test(special_addresses_are_refused_in_every_notation),
      cmocka_unit_test(odd_urls_and_unlisted_hosts_are_refused),
      cmocka_unit_test(a_network_can_be_allowed_by_name),
      cmocka_unit_test(every_status_has_a_name_and_a_sentence),
  };
  return cmocka_run_group_tests(tests, make_root, remove_root);
}
