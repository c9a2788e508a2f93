/* token inspect, mint and weak: tokens by hand. */
#include "base/json.h"
#include "cli/cli.h"
#include "scan/scan.h"
#include "token/token.h"

#include <stdio.h>
#include <unistd.h>

enum { TOKEN_FILE_LIMIT = 16 * 1024 * 1024 };

/* The word given: a token, '-' for stdin, or @FILE, env:NAME, cmd:COMMAND; without one, what is
 * piped in. */
static bool read_word(const arguments *args, str *out, error *e) {
  bool piped = !args->words.len && !isatty(STDIN_FILENO);
  if (args->words.len != 1 && !piped)
    return error_set(e, ERROR_USAGE,
                     "one token, or - for standard input, is needed; %zu words were given",
                     args->words.len);
  if (piped || str_eq(args->words.at[0], STR("-"))) {
    if (!text_read(args->arena, "-", TOKEN_FILE_LIMIT, out, e))
      return false;
    *out = str_trim(*out);
    return true;
  }
  if (str_starts(args->words.at[0],
                 STR("cmd:"))) /* who looks at a token has it from others: it must run nothing */
    return error_set(
        e, ERROR_USAGE,
        "a token is read here and no command is run: pipe its output in, as in COMMAND | batten "
        "token inspect -");
  return scan_token_value(args->arena, args->words.at[0], out, NULL, e);
}

/* ---- inspect --------------------------------------------------------------------------------- */

static const option_row INSPECT_OPTIONS[] = {{"--format", "F", "text (default) or json"}, {0}};

/* What is printed comes from the token: control characters must not reach the terminal. */
static str printable(arena *a, str s) {
  buf b = {.arena = a};
  s = utf8_repair(a, s);
  for (size_t i = 0; i < s.len; i++)
    if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 127)
      buf_printf(&b, "\\x%02X", (unsigned char)s.ptr[i]);
    else
      buf_char(&b, s.ptr[i]);
  return buf_str(&b);
}

static bool is_time_claim(str name) {
  static const char *const names[] = {"exp", "nbf", "iat", "auth_time", "updated_at"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_eq(name, str_of(names[i])))
      return true;
  return false;
}

static void put_members(buf *b, const char *title, const members *m, double now) {
  arena *a = b->arena;
  buf_printf(b, "%s\n", title);
  for (size_t i = 0; i < m->len; i++) {
    double t;
    members one = {&m->at[i], 1, 1};
    buf_printf(b, "  %-12.*s %.*s", STR_ARG(printable(a, m->at[i].name)),
               STR_ARG(printable(a, m->at[i].value)));
    if (is_time_claim(m->at[i].name) && members_get_number(&one, m->at[i].name, &t))
      buf_printf(b, "  (%.*s, %s)", STR_ARG(time_rfc3339(a, t)), t < now ? "past" : "to come");
    for (size_t k = 0; k < i; k++)
      if (str_eq(m->at[k].name, m->at[i].name)) {
        buf_put(b, STR("  <- stands twice"));
        break;
      }
    buf_char(b, '\n');
  }
}

static str inspect_text(arena *a, const token *t, double now) {
  buf b = {.arena = a};
  if (t->header_is_object)
    put_members(&b, "Header", &t->header, now);
  else
    buf_printf(&b, "Header: no JSON object%s\n", t->header_json.ptr ? "" : " (and no base64url)");
  if (t->payload_is_object)
    put_members(&b, "Claims", &t->claims, now);
  else if (t->segments.len == 5)
    buf_put(&b, STR("Claims: encrypted (JWE)\n"));
  else
    buf_printf(&b, "Claims: no JSON object%s\n", t->payload_json.ptr ? "" : " (and no base64url)");
  buf_printf(&b,
             "Signature\n  %zu bytes, NOT verified: nothing here says that this token is genuine\n",
             t->signature.len);
  if (t->segments.len != 3)
    buf_printf(&b, "Form\n  %zu parts instead of 3\n", t->segments.len);
  token_weakness_list weak = scan_look_at_token(a, t, now);
  if (weak.len)
    buf_put(&b, STR("Weaknesses\n"));
  for (size_t i = 0; i < weak.len; i++)
    buf_printf(&b, "  %-8s %.*s: %.*s\n", severity_name(weak.at[i].severity),
               STR_ARG(weak.at[i].check), STR_ARG(printable(a, weak.at[i].detail)));
  return buf_str(&b);
}

static json_t *members_json(const members *m) {
  json_t *list = json_array();
  for (size_t i = 0; i < m->len; i++) {
    json_t *o = json_object(), *value = json_parse(m->at[i].value, NULL);
    json_put_str(o, "name", m->at[i].name);
    json_put(o, "value", value ? value : json_text(m->at[i].value));
    json_array_append_new(list, o);
  }
  return list;
}

static str inspect_json(arena *a, const token *t, double now) {
  json_t *o = json_object(), *list = json_array();
  token_weakness_list weak = scan_look_at_token(a, t, now);
  json_put(o, "verified", json_false());
  json_put(o, "parts", json_integer((json_int_t)t->segments.len));
  json_put(o, "header", t->header_is_object ? members_json(&t->header) : json_null());
  json_put(o, "claims", t->payload_is_object ? members_json(&t->claims) : json_null());
  json_put(o, "signature_bytes", json_integer((json_int_t)t->signature.len));
  for (size_t i = 0; i < weak.len; i++) {
    json_t *w = json_object();
    json_put_str(w, "check", weak.at[i].check);
    json_put_str(w, "severity", str_of(severity_name(weak.at[i].severity)));
    json_put_str(w, "detail", weak.at[i].detail);
    json_array_append_new(list, w);
  }
  json_put(o, "weaknesses", list);
  str out = json_write(a, o, true);
  json_decref(o);
  return out;
}

static int run_inspect(const arguments *args) {
  str text, format = arg_value(args, "--format");
  token t;
  error e = {0};
  if (!read_word(args, &text, &e))
    return fail(&e);
  bool json = str_eq(format, STR("json"));
  if (format.ptr && !json && !str_eq(format, STR("text"))) {
    error_set(&e, ERROR_USAGE, "--format %.*s: text or json", STR_ARG(format));
    return fail(&e);
  }
  if (!token_parse(args->arena, text, &t) && !t.header_is_object && !t.payload_is_object) {
    error_set(&e, ERROR_USAGE,
              "this is no JSON Web Token: %zu part%s, none of the first two a base64url-encoded "
              "JSON object",
              t.segments.len, t.segments.len == 1 ? "" : "s");
    return fail(&e);
  }
  print_out(json ? inspect_json(args->arena, &t, clock_wall())
                 : inspect_text(args->arena, &t, clock_wall()));
  return 0;
}

const command COMMAND_INSPECT = {
    .name = "token inspect",
    .usage = "[TOKEN|@FILE|-] [options]",
    .summary = "header, claims, dates, and what is weak about a token",
    .about = "Takes a token apart, however broken it is, and says what is weak about it. It "
             "verifies nothing, and says so.",
    .options = INSPECT_OPTIONS,
    .examples =
        "$ batten token inspect eyJhbGciOi...\n$ pbpaste | batten token inspect - --format json",
    .run = run_inspect};

/* ---- mint ------------------------------------------------------------------------------------ */

static const option_row MINT_OPTIONS[] = {
    {"--key", "FILE", "the signing key: a private key in PEM or JWK, or the secret's raw bytes"},
    {"--alg", "A",
     "HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA or "
     "Ed25519"},
    {"--kid", "K", "the key id for the header"},
    {"--typ", "T", "the type for the header (default JWT)"},
    {"--header", "JSON", "the whole header; alg is set, --kid and --typ replace"},
    {"--claims", "JSON|@FILE", "the claims: an object, kept to the letter"},
    {0}};

static bool read_object(const arguments *args, const char *option, str fallback, members *out,
                        error *e) {
  str text = arg_value(args, option);
  if (!text.ptr)
    text = fallback;
  if (!text.ptr)
    return error_set(e, ERROR_USAGE, "%s is needed", option);
  if (str_starts(text, STR("@")) &&
      !text_read(args->arena, arena_text(args->arena, str_sub(text, 1, text.len)), TOKEN_FILE_LIMIT,
                 &text, e))
    return false;
  return members_parse(args->arena, text, out) ||
         error_set(e, ERROR_USAGE, "%s is no JSON object", option);
}

static bool load_one_key(const arguments *args, key *out, error *e) {
  const char *path = arg_text(args, "--key");
  str bytes;
  key_list keys = {0};
  error inner = {0};
  if (!path)
    return error_set(e, ERROR_USAGE, "--key FILE is needed");
  if (!file_read(args->arena, path, 1024 * 1024, &bytes, &inner) ||
      !key_load(args->arena, bytes, true, &keys, &inner))
    return error_set(e, ERROR_USAGE, "--key %s: %s", path, inner.message);
  *out = keys.at[0];
  return out->is_private || out->kind == KEY_SECRET ||
         error_set(e, ERROR_USAGE, "--key %s is a public key: it cannot sign", path);
}

static int run_mint(const arguments *args) {
  members header, claims;
  key k;
  str alg = arg_value(args, "--alg"), out, kid = arg_value(args, "--kid"),
      typ = arg_value(args, "--typ");
  error e = {0};
  if (args->words.len) {
    error_set(&e, ERROR_USAGE, "'%.*s' is not expected here", STR_ARG(args->words.at[0]));
    return fail(&e);
  }
  if (!alg.ptr || !algorithm_find(alg)) {
    error_set(
        &e, ERROR_USAGE,
        "--alg %.*s: HS256, HS384, HS512, RS256, ..., PS512, ES256, ES384, ES512, EdDSA or Ed25519",
        STR_ARG(alg.ptr ? alg : STR("is needed")));
    return fail(&e);
  }
  if (!read_object(args, "--header", STR("{\"alg\":\"\",\"typ\":\"JWT\"}"), &header, &e) ||
      !read_object(args, "--claims", (str){0}, &claims, &e) || !load_one_key(args, &k, &e))
    return fail(&e);
  if (kid.ptr)
    members_set_str(args->arena, &header, STR("kid"), kid);
  if (typ.ptr)
    members_set_str(args->arena, &header, STR("typ"), typ);
  if (!token_mint(args->arena, &header, &claims, alg, &k, &out)) {
    error_set(&e, ERROR_USAGE, "the key does not fit %.*s", STR_ARG(alg));
    return fail(&e);
  }
  print_out(out);
  print_out(STR("\n"));
  return 0;
}

const command COMMAND_MINT = {
    .name = "token mint",
    .usage = "--key FILE --alg A --claims JSON|@FILE [options]",
    .summary = "a signed token, for tests and rotation drills",
    .about = "Signs exactly the claims given: nothing is added, order and doubles are kept.",
    .options = MINT_OPTIONS,
    .examples = "$ batten token mint --key hs.secret --alg HS256 --claims '{\"sub\":\"42\"}'",
    .run = run_mint};

/* ---- weak ------------------------------------------------------------------------------------ */

static const option_row WEAK_OPTIONS[] = {
    {"--wordlist", "FILE", "more secrets, one a line; may be repeated"},
    {"--guess-seconds", "S",
     "seconds of one core for what stands in no list: words of the token, other forms of the "
     "lines, few digits and letters (default 1; 0 for none)"},
    {"--show", NULL, "print the secret itself"},
    {0}};

/* Enough for its owner to know it by. */
static str masked(arena *a, str secret) {
  enum { KNOWN_BY = 6 };

  return secret.len < KNOWN_BY
             ? STR("***")
             : arena_printf(a, "%.*s***", STR_ARG(printable(a, str_sub(secret, 0, 1))));
}

/* HMAC fills a short key up with NUL bytes (RFC 2104 section 2): none of another value is none at
 * all. */
static bool signs_like_empty(str secret) {
  for (size_t i = 0; i < secret.len; i++)
    if (secret.ptr[i])
      return false;
  return true;
}

static int run_weak(const arguments *args) {
  str text;
  token t;
  str_list lists = {0}, files = arg_values(args, "--wordlist");
  double seconds = WEAK_SECONDS;
  error e = {0};
  if (!number_option(args, "--guess-seconds", 0, 3600, &seconds, &e) || !read_word(args, &text, &e))
    return fail(&e);
  token_parse(args->arena, text, &t);
  const algorithm *alg = t.alg.ptr ? algorithm_find(t.alg) : NULL;
  if (!t.signing_input.ptr || !t.signature.len || !alg || alg->kind != KEY_SECRET) {
    error_set(&e, ERROR_USAGE,
              "only tokens signed by HS256, HS384 or HS512 have a secret to search%s%.*s",
              t.alg.len ? "; this one's alg is " : "", STR_ARG(t.alg));
    return fail(&e);
  }
  list_push(args->arena, &lists, weak_builtin_list());
  for (size_t i = 0; i < files.len; i++) {
    str words;
    if (!text_read(args->arena, arena_text(args->arena, files.at[i]), 1024 * 1024 * 1024, &words,
                   &e))
      return fail(&e);
    list_push(args->arena, &lists, words);
  }
  weak_result r = weak_search(args->arena, &t, &lists, (str){0}, seconds);
  if (!r.found) {
    printf("not found: %zu secrets tried%s\n", r.tried,
           r.cut ? "; --guess-seconds ended it: not everything was tried" : "");
    return 0;
  }
  bool show = arg_given(args, "--show");
  if (signs_like_empty(r.secret)) {
    printf("found: the empty secret (0 bytes)\n");
    return 1;
  }
  str secret = show ? printable(args->arena, r.secret) : masked(args->arena, r.secret);
  str place = r.guess ? str_of(r.guess) : arena_printf(args->arena, "position %zu", r.position);
  printf("found: %.*s: %.*s (%zu bytes, %s%s)\n", STR_ARG(place), STR_ARG(secret), r.secret.len,
         r.form, show ? "" : "; --show prints it");
  return 1;
}

const command COMMAND_WEAK = {
    .name = "token weak",
    .usage = "[options] [TOKEN|@FILE|-]",
    .summary = "search a token's HMAC secret in lists, offline",
    .about = "Tries the built-in list of secrets that people really use, and yours. Nothing is "
             "sent anywhere. Exit 1 when the secret was found.",
    .options = WEAK_OPTIONS,
    .examples =
        "$ batten token weak eyJhbGciOi...\n$ batten token weak --wordlist rockyou.txt @token.txt",
    .run = run_weak};
