/* token verify: the strict verdict on one token, or on a stream of them, one a line. */
#include "batten/batten.h"
#include "cli/cli.h"
#include "guard/guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const option_row OPTIONS[] = {
    {"--policy", "FILE", "the policy that says what is accepted"},
    {"--at", "UNIX_SECONDS", "judge as if it were then (default: now)"},
    {"--method", "M", "the request's method, for DPoP proofs"},
    {"--uri", "U", "the request's absolute URI, for DPoP proofs"},
    {"--dpop", "PROOF", "the request's DPoP proof; may be repeated, and then refuses"},
    {"--client-cert", "FILE", "the client's certificate, PEM or DER"},
    {"--fetch", NULL, "fetch the key sets behind URLs first; else they are not asked for"},
    {"--refusals", NULL, "list the refusals: name, rule number, sentence"},
    {0}};

/* ---- output: a buffer written in large pieces ------------------------------------------------ */

enum { OUT_SIZE = 256 * 1024, OUT_SLACK = 64 * 1024, IN_SIZE = 1024 * 1024 };

typedef struct {
  char *ptr;
  size_t len;
  bool failed;
} writer;

static void flush_out(writer *w) {
  for (size_t done = 0; !w->failed && done < w->len;) {
    ssize_t n = write(STDOUT_FILENO, w->ptr + done, w->len - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      w->failed = true;
    if (n > 0)
      done += (size_t)n;
  }
  w->len = 0;
}

static void put(writer *w, const char *bytes, size_t len) {
  memcpy(w->ptr + w->len, bytes, len);
  w->len += len;
}

#define PUT(w, literal) put((w), (literal), sizeof(literal) - 1)

static void put_quoted(writer *w, bt_text t) {
  static const char digits[] = "0123456789abcdef";
  PUT(w, "\"");
  for (size_t i = 0; i < t.len; i++) {
    unsigned char c = (unsigned char)t.ptr[i];
    if (c == '"' || c == '\\')
      PUT(w, "\\");
    if (c < 0x20) {
      char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
      put(w, escape, sizeof escape);
    } else {
      put(w, (const char *)&c, 1);
    }
  }
  PUT(w, "\"");
}

/* The payload is one JSON object already; white space that would break the line becomes spaces
 * (inside strings JSON has none of it). */
static void put_claims(writer *w, bt_text json) {
  size_t from = w->len;
  put(w, json.ptr, json.len);
  for (size_t i = from; i < w->len; i++)
    if (w->ptr[i] == '\n' || w->ptr[i] == '\r')
      w->ptr[i] = ' ';
}

static void put_accepted(writer *w, const bt_result *r) {
  PUT(w, "{\"ok\":true,\"claims\":");
  put_claims(w, bt_claims_json(r));
  PUT(w, ",\"scopes\":[");
  for (size_t i = 0, n = bt_scope_count(r); i < n; i++) {
    if (i)
      PUT(w, ",");
    put_quoted(w, bt_scope(r, i));
  }
  PUT(w, "]}\n");
}

static void put_refused(writer *w, const bt_result *r) {
  bt_refusal why = bt_result_refusal(r);
  const char *detail = bt_result_detail(r), *sentence = bt_refusal_sentence(why);
  char text[512];
  int n = snprintf(text, sizeof text, "%s%s%s", sentence, *detail ? ": " : "", detail);
  PUT(w, "{\"ok\":false,\"refusal\":");
  put_quoted(w, (bt_text){bt_refusal_name(why), strlen(bt_refusal_name(why))});
  PUT(w, ",\"detail\":");
  put_quoted(w, (bt_text){text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1});
  PUT(w, "}\n");
}

/* ---- one run --------------------------------------------------------------------------------- */

typedef struct {
  bt_policy *policy;
  bt_result *result;
  bt_request request;
  writer out;
  bool has_time, any_refused;
  double at;
} run;

static void judge(run *v, str line) {
  double now = v->has_time ? v->at : clock_wall();
  bool ok = bt_verify(v->policy, line.ptr, line.len, &v->request, now, v->result) == BT_ACCEPTED;
  if (v->out.len > OUT_SIZE)
    flush_out(&v->out);
  if (ok)
    put_accepted(&v->out, v->result);
  else
    put_refused(&v->out, v->result);
  v->any_refused |= !ok;
}

/* Lines as they come; a line longer than the buffer is too long for any policy: its first bytes are
 * judged (and refused for their length), the rest is passed over. */
static bool judge_stream(run *v, error *e) {
  char *in = malloc(IN_SIZE);
  size_t len = 0;
  bool skipping = false;
  ssize_t n = 0;
  if (!in)
    return error_set(e, ERROR_INTERNAL, "out of memory");
  while (!v->out.failed &&
         ((n = read(STDIN_FILENO, in + len, IN_SIZE - len)) > 0 || (n < 0 && errno == EINTR))) {
    if (n < 0)
      continue;
    len += (size_t)n;
    size_t start = 0;
    for (char *lf; (lf = memchr(in + start, '\n', len - start)); start = (size_t)(lf - in) + 1) {
      if (!skipping)
        judge(v, str_from(in + start, (size_t)(lf - in) - start));
      skipping = false;
    }
    if (start == 0 && len == IN_SIZE) {
      if (!skipping)
        judge(v, str_from(in, len));
      skipping = true;
      start = len;
    }
    memmove(in, in + start, len - start);
    len -= start;
    if ((size_t)n < IN_SIZE / 2)
      flush_out(&v->out); /* a slow writer at the other end sees each verdict at once */
  }
  if (len && !skipping)
    judge(v, str_from(in, len));
  free(in);
  return n == 0 || error_set(e, ERROR_USAGE, "cannot read standard input: %s", strerror(errno));
}

static int list_refusals(void) {
  for (bt_refusal i = BT_REFUSAL_NONE + 1; i < BT_REFUSAL_COUNT; i++)
    printf("%s\t%d\t%s\n", bt_refusal_name(i), bt_refusal_rule(i), bt_refusal_sentence(i));
  return 0;
}

enum { FILE_LIMIT = 64 * 1024 };

static bool read_options(const arguments *args, run *v, error *e) {
  str at = arg_value(args, "--at"), cert = {0};
  str_list proofs = arg_values(args, "--dpop");
  const char *cert_path = arg_text(args, "--client-cert");
  if (!arg_given(args, "--policy"))
    return error_set(e, ERROR_USAGE, "--policy FILE is needed: it says what is accepted");
  if (args->words.len != 1)
    return error_set(
        e, ERROR_USAGE,
        "one token, or - for one a line on standard input, is needed; %zu words were given",
        args->words.len);
  v->has_time = at.ptr != NULL;
  if (at.ptr && !str_to_double(at, &v->at))
    return error_set(e, ERROR_USAGE, "--at %.*s: seconds since 1970 are needed", STR_ARG(at));
  if (cert_path && !file_read(args->arena, cert_path, FILE_LIMIT, &cert, e))
    return false;
  bt_text *all = arena_alloc(args->arena, (proofs.len + 1) * sizeof *all);
  for (size_t i = 0; i < proofs.len; i++)
    all[i] = (bt_text){proofs.at[i].ptr, proofs.at[i].len};
  str method = arg_value(args, "--method"), uri = arg_value(args, "--uri");
  v->request = (bt_request){.method = {method.ptr, method.len},
                            .uri = {uri.ptr, uri.len},
                            .dpop = all,
                            .dpop_count = proofs.len,
                            .client_certificate = {cert.ptr, cert.len}};
  return true;
}

/* No token begins with an @: nothing that the word could be is lost. */
static bool word_of(const arguments *args, str *out, error *e) {
  *out = args->words.at[0];
  if (!str_starts(*out, STR("@")))
    return true;
  if (!text_read(args->arena, arena_text(args->arena, str_sub(*out, 1, out->len)), FILE_LIMIT, out,
                 e))
    return false;
  *out = str_trim(*out);
  return true;
}

static bool judge_all(const arguments *args, run *v, error *e) {
  str word;
  bool ok = true;
  if (!word_of(args, &word, e))
    return false;
  v->result = bt_result_new(0);
  v->out.ptr = malloc(OUT_SIZE + OUT_SLACK);
  if (!v->result || !v->out.ptr)
    return error_set(e, ERROR_INTERNAL, "out of memory");
  if (str_eq(word, STR("-")))
    ok = judge_stream(v, e);
  else
    judge(v, word);
  flush_out(&v->out);
  return ok && (!v->out.failed || error_set(e, ERROR_INTERNAL, "cannot write to stdout"));
}

static bool have_keys(const arguments *args, bt_policy *policy, error *e) {
  if (arg_given(args, "--fetch"))
    return guard_fetch_once(policy, guard_print_problem, NULL, e);
  guard_tell_unfetched(policy, guard_print_problem, NULL);
  return true;
}

static int run_verify(const arguments *args) {
  run v = {0};
  error e = {0};
  if (arg_given(args, "--refusals"))
    return list_refusals();
  if (!read_options(args, &v, &e))
    return fail(&e);
  v.policy = guard_load(arg_text(args, "--policy"), guard_print_problem, NULL);
  if (!v.policy)
    return ERROR_USAGE;
  bool ok = have_keys(args, v.policy, &e) && judge_all(args, &v, &e);
  bt_result_free(v.result);
  bt_policy_free(v.policy);
  free(v.out.ptr);
  return !ok ? fail(&e) : v.any_refused ? 1 : 0;
}

const command COMMAND_VERIFY = {
    .name = "token verify",
    .usage = "--policy FILE [options] TOKEN|@FILE|-",
    .summary = "the strict verdict on a token, by a policy",
    .about =
        "Verifies by the policy alone, with nothing left to chance: issuer, audience, algorithm, "
        "key, times, binding, revocation, scopes. With - it reads one token a line and writes one "
        "JSON object a line, in order. Exit 0 when all were accepted, 1 when any was refused. Keys "
        "behind a URL are "
        "asked for with --fetch alone; exit 3 when that fails.",
    .options = OPTIONS,
    .examples = "$ batten token verify --policy batten.policy.yaml eyJhbGciOi...\n"
                "$ batten token verify --policy batten.policy.yaml - < tokens.txt\n"
                "$ batten token verify --refusals",
    .run = run_verify};
