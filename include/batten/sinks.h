/* Safe sinks: where a value from a token, a parameter or a header would otherwise reach a file, a
 * process or a URL. Each call takes the untrusted value apart from what the program decided,
 * refuses what could escape, and says why. Part of libbatten; usable from C++; no global state;
 * safe for many threads. */
#ifndef BATTEN_SINKS_H
#define BATTEN_SINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a sink refused. Stable: bt_sink_name gives the word, bt_sink_sentence the explanation. */
typedef enum {
  BT_SINK_OK = 0,
  BT_SINK_EMPTY,     /* no name, no program, no host */
  BT_SINK_TOO_LONG,  /* past the limit that the call states */
  BT_SINK_BAD_BYTE,  /* NUL or a control character */
  BT_SINK_ABSOLUTE,  /* an absolute path where a name below the root belongs */
  BT_SINK_TRAVERSAL, /* a `..` segment */
  BT_SINK_SYMLINK,   /* the path goes through a symbolic link */
  BT_SINK_MOUNT,     /* the path leaves the root's file system */
  BT_SINK_NOT_FOUND,
  BT_SINK_NOT_REGULAR, /* a directory, device, pipe or socket */
  BT_SINK_TOO_LARGE,   /* the content is past the limit */
  BT_SINK_DASH,        /* an untrusted argument that a program would take for an option */
  BT_SINK_PROGRAM,     /* no absolute path, or cannot be executed */
  BT_SINK_CONFINEMENT, /* Landlock or seccomp was asked for and the kernel refused */
  BT_SINK_TIMEOUT,
  BT_SINK_OUTPUT,      /* more output than allowed: the process was ended */
  BT_SINK_URL,         /* no http or https URL, user information in it, a broken port */
  BT_SINK_SCHEME,      /* http where only https is allowed */
  BT_SINK_HOST,        /* not on the list of allowed hosts */
  BT_SINK_ADDRESS,     /* the name stands for a private, loopback, link-local or otherwise special
                          address */
  BT_SINK_RESOLVE,     /* the name cannot be resolved */
  BT_SINK_SYSTEM,      /* the operating system failed: errno says how */
  BT_SINK_INTERPRETER, /* a shell or interpreter that would take its code from the arguments */
  BT_SINK_COUNT
} bt_sink_status;

const char *bt_sink_name(bt_sink_status status);     /* "symlink" */
const char *bt_sink_sentence(bt_sink_status status); /* "the path goes through a symbolic link" */

/* ---- files ----------------------------------------------------------------------------------- */

enum { BT_NAME_MAX = 4096 };

/* Opens the regular file `name` (relative, at most BT_NAME_MAX bytes, need not end in NUL) beneath
 * the directory `root` for reading. No `..`, no symbolic link in any part, no other mount, no magic
 * link: also while somebody swaps parts of the path. The descriptor is the caller's, close-on-exec.
 * -1 on refusal with *why set. Uses openat2(2); where the kernel or a seccomp profile lacks it,
 * walks part by part with the same refusals. */
int bt_open_beneath(const char *root, const char *name, size_t name_len, bt_sink_status *why);

/* Reads such a file whole, at most `limit` bytes. *content is malloc'd with a NUL behind it:
 * free(3) it. */
bt_sink_status bt_read_beneath(const char *root, const char *name, size_t name_len, size_t limit,
                               char **content, size_t *len);

/* ---- processes ------------------------------------------------------------------------------- */

/* All zero is the strictest: no environment, no input, 10 seconds, 1 MiB of output, 512 MiB of
 * memory. */
typedef struct {
  const char *const
      *environment;      /* "NAME=value", NULL-terminated; NULL: empty but for PATH=/usr/bin:/bin */
  const char *directory; /* working directory; NULL: "/" */
  const void *input;     /* what the process reads from standard input; NULL: nothing */
  size_t input_len;
  unsigned timeout_ms;      /* 0: 10000. Then it and all its descendants are killed */
  size_t output_limit;      /* bytes of standard output and error together; 0: 1 MiB */
  size_t memory_limit;      /* RLIMIT_AS in bytes; 0: 512 MiB */
  unsigned first_untrusted; /* index of the first argument that is not the program's own; 0: 1 */
  bool allow_dash;          /* untrusted arguments may start with '-' */
  bool landlock; /* files: read only below /usr, /bin, /lib, /lib64, /etc and `readable`, write only
                    `writable` */
  const char *const *readable; /* NULL-terminated; NULL: none more */
  const char *const *writable;
  bool seccomp; /* no ptrace, mount, namespaces, modules, keys, bpf, and no new sockets but Unix
                   ones */
} bt_spawn_options;

typedef struct {
  int exit_code;        /* -1 when ended by a signal */
  int signal;           /* 0 when it exited */
  char *output, *error; /* malloc'd, NUL behind them; bt_spawn_free */
  size_t output_len, error_len;
} bt_spawn_result;

/* Runs `argv` (argv[0] an absolute path, NULL-terminated) without a shell and waits for it. No
 * descriptor but 0, 1 and 2 is inherited, privileges cannot be gained, all signals have their
 * default. BT_SINK_OK means that it ran and ended: its exit code is in *result. On every return
 * *result may be given to bt_spawn_free.
 *
 * However far the arguments are trusted, a shell or interpreter runs only on a script that is one
 * of the trusted arguments and a plain file: no code from the command line (`sh -c`, `ruby -e`),
 * from the input, or from a name from outside; also behind a program that runs others (`env`,
 * `timeout`, `xargs`, `find -exec`, `busybox`), and under another name (a link or a copy).
 * Not seen: what a program does with options of its own that run commands without naming an
 * interpreter (tar --to-command=id, git -c core.pager=id), and interpreters that are not known.
 *
 * When it ends, at the limits, and when the caller dies, whatever it started is killed with it,
 * also in another session (`setsid -f`). That needs /proc; without it, its process group alone. */
bt_sink_status bt_spawn(const char *const *argv, const bt_spawn_options *options,
                        bt_spawn_result *result);
void bt_spawn_free(bt_spawn_result *result);

/* ---- addresses ------------------------------------------------------------------------------- */

enum { BT_ADDRESSES_MAX = 16 };

typedef struct {
  const char *const *hosts; /* allowed, NULL-terminated: "api.example.com", or "*.example.com" for
                               names below it */
  const char *const
      *networks; /* special networks allowed all the same, "10.1.0.0/16"; NULL: none */
  bool https_only;
  /* Resolves instead of getaddrinfo(3), for tests and own resolvers: fills at most `max` addresses,
   * returns how many, 0 for none. NULL: the system's. */
  int (*resolve)(void *context, const char *host, struct sockaddr_storage *out, int max);
  void *context;
} bt_url_options;

typedef struct {
  char scheme[8], host[256];
  uint16_t port;
  struct sockaddr_storage
      addresses[BT_ADDRESSES_MAX]; /* port set; connect to these and to nothing else */
  int count;
  char address_text[BT_ADDRESSES_MAX][64]; /* the same, as text */
} bt_url_target;

/* Says whether an untrusted URL may be fetched, and where: scheme, host list, then every address
 * that the name has. One special address among them refuses all. The caller connects to the given
 * addresses, so that a second look-up cannot answer otherwise, and asks again for every redirect.
 */
bt_sink_status bt_url_check(const char *url, size_t url_len, const bt_url_options *options,
                            bt_url_target *out);

/* Whether an address is special: private, loopback, link-local, shared, documentation, multicast,
 * reserved (IANA's special-purpose registries, RFC 6890), also when mapped or translated into IPv6.
 */
bool bt_address_special(const struct sockaddr_storage *address);

#ifdef __cplusplus
}
#endif
#endif
