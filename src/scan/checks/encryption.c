/* encryption: what lies on the way. The facts of TLS are observed once a scan, apart from its
 * requests. */
#include "base/json.h"
#include "scan/checks/checks.h"

static bool is_https(const subject *s) {
  return str_eq(s->options->target.scheme, STR("https"));
}

static str skip_tls(const subject *s) {
  if (!is_https(s))
    return STR("does not apply: the target speaks plain HTTP");
  if (s->options->http.proxy)
    return STR("behind --proxy the target's own TLS cannot be seen");
  return s->tls.len ? (str){0} : STR("the target's TLS was not observed");
}

static probe *tls_proof(const subject *s) {
  probe *own = own_probe(s);
  return own ? own : s->baseline_probes.len ? s->baseline_probes.at[0] : NULL;
}

static void judge_list(const subject *s, outcome *out, const char *member_name, const char *what) {
  json_t *v = json_parse(s->tls, NULL), *one;
  buf names = {.arena = s->arena};
  size_t i;
  json_array_foreach(json_object_get(v, member_name), i, one)
      buf_printf(&names, "%s%s", names.len ? ", " : "", json_string_value(one));
  json_decref(v);
  if (names.len)
    found(s, out, tls_proof(s),
          arena_printf(s->arena, "%s: %.*s.", what, STR_ARG(buf_str(&names))));
}

static void judge_version(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  judge_list(s, out, "old_versions", "Answered by a ServerHello of the same version");
}

static void judge_cipher(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  judge_list(s, out, "weak_ciphers", "Chosen by the server when nothing better is offered");
}

/* ---- tls-certificate ------------------------------------------------------------------------- */

static void add(buf *b, bool wrong, str what) {
  if (wrong)
    buf_printf(b, "%s%.*s", b->len ? "; " : "", STR_ARG(what));
}

static bool weak_key(const json_t *v) {
  str type = json_get_str(v, "key_type");
  json_int_t bits = json_integer_value(json_object_get(v, "key_bits"));
  return (str_ieq(type, STR("RSA")) && bits < 2048) || (str_ieq(type, STR("EC")) && bits < 224) ||
         str_ieq(type, STR("DSA"));
}

static void judge_certificate(const subject *s, const probe_list *probes, outcome *out) {
  json_t *v = json_parse(s->tls, NULL);
  buf b = {.arena = s->arena};
  (void)probes;
  if (json_is_true(json_object_get(v, "reached"))) {
    bool expired = json_is_true(json_object_get(v, "expired")),
         not_yet = json_is_true(json_object_get(v, "not_yet"));
    add(&b, expired, STR("it has expired"));
    add(&b, not_yet, STR("it is not valid yet"));
    add(&b, json_is_false(json_object_get(v, "name_matches")), STR("it does not name this host"));
    add(&b, json_is_false(json_object_get(v, "verified")) && !expired && !not_yet,
        arena_printf(s->arena, "its chain is not trusted (%.*s)",
                     STR_ARG(json_get_str(v, "verify_reason"))));
    add(&b, weak_key(v),
        arena_printf(s->arena, "its key is weak (%.*s, %lld bits)",
                     STR_ARG(json_get_str(v, "key_type")),
                     (long long)json_integer_value(json_object_get(v, "key_bits"))));
    str digest = json_get_str(v, "digest");
    add(&b, str_icontains(digest, STR("MD5")) || str_ieq(digest, STR("SHA1")),
        arena_printf(s->arena, "it is signed with %.*s", STR_ARG(digest)));
  } else {
    outcome_not_tested(s, out, "no TLS connection came about");
  }
  if (b.len)
    found(s, out, tls_proof(s), arena_printf(s->arena, "Of this one: %.*s.", STR_ARG(buf_str(&b))));
  json_decref(v);
}

/* ---- headers and schemes --------------------------------------------------------------------- */

static str skip_hsts(const subject *s) {
  return is_https(s) ? (str){0}
                     : STR("does not apply: over plain HTTP the header counts for nothing (RFC "
                           "6797 section 8.1)");
}

static void judge_hsts(const subject *s, const probe_list *probes, outcome *out) {
  enum { HALF_A_YEAR = 15552000 };

  const http_response *r = own_answer(s);
  (void)probes;
  if (!r) {
    outcome_not_tested(s, out, "the target did not answer");
    return;
  }
  str value = http_header_get(&r->headers, STR("strict-transport-security"));
  size_t at = str_find(value, STR("max-age="), 0), to = at == SIZE_MAX ? 0 : at + 8;
  uint64_t age = 0;
  while (to < value.len && value.ptr[to] >= '0' && value.ptr[to] <= '9')
    to++;
  if (at != SIZE_MAX)
    str_to_u64(str_sub(value, at + 8, to), &age);
  if (age >= HALF_A_YEAR)
    return;
  found(s, out, own_probe(s),
        value.len ? arena_printf(s->arena, "It says: %.*s.", STR_ARG(value))
                  : STR("The header is missing."));
}

static void judge_plain(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  if (is_https(s))
    return;
  bool local = s->options->target_kind != HOST_PUBLIC;
  out->severity = local ? SEVERITY_LOW : SEVERITY_MEDIUM;
  found(s, out, own_probe(s), local ? STR("Here the way is a local one.") : STR(""));
}

static void judge_downgrade(const subject *s, const probe_list *probes, outcome *out) {
  (void)probes;
  for (size_t i = 0; i < s->sent.len; i++) {
    const http_response *r = probe_response(s->sent.at[i]);
    str to = r ? http_header_get(&r->headers, STR("location")) : STR("");
    if (!str_starts(to, STR("http://")))
      continue;
    found(s, out, s->sent.at[i],
          arena_printf(s->arena, "Location: %.*s.", STR_ARG(str_sub(to, 0, 200))));
    return;
  }
}

#define ENCRYPTION(ID, SEVERITY_, SKIP, JUDGE)                                                     \
  .id = ID, .category = CATEGORY_ENCRYPTION, .severity = SEVERITY_, .phase = 2, .any_state = true, \
  .passive = true, .once = true, .skip = SKIP, .judge = JUDGE

#define TLS_FIX "Offer TLS 1.2 and 1.3 with the ciphers of RFC 9325 alone."

const check CHECKS_ENCRYPTION[] = {
    {ENCRYPTION("tls-version", SEVERITY_MEDIUM, skip_tls, judge_version), .unanswered = true,
     .title = "The server still takes an old TLS version",
     .description = "SSL 3, TLS 1.0 and 1.1 are broken or withdrawn; who sits on the way can make "
                    "a client fall back to them.",
     .sent = "a ClientHello of SSL 3.0, TLS 1.0 and TLS 1.1 each",
     .decides = "The server answers with a ServerHello of that very version.",
     .wrong = "A balancer may answer otherwise by client address.", .fix = TLS_FIX,
     .references = "API8 CWE-326 CWE-327 RFC8996"},
    {ENCRYPTION("tls-cipher", SEVERITY_MEDIUM, skip_tls, judge_cipher), .unanswered = true,
     .title = "The server takes a weak cipher",
     .description = "No encryption, no authentication, export strength, RC4, DES or 3DES: who sits "
                    "on the way can read or forge.",
     .sent = "a ClientHello of TLS 1.2 that offers weak ciphers alone",
     .decides = "The server chooses one of them.",
     .wrong = "Only the one that it chooses is named: there may be more.", .fix = TLS_FIX,
     .references = "API8 CWE-327 RFC9325-4.1"},
    {ENCRYPTION("tls-certificate", SEVERITY_MEDIUM, skip_tls, judge_certificate),
     .unanswered = true, .title = "The certificate does not prove whose server this is",
     .description = "Clients that are right refuse it, and those that are told to go on do not "
                    "notice another one.",
     .sent = "a handshake that accepts any certificate and sends nothing over it",
     .decides =
         "Dates, name, chain, key size and signature of the certificate that the server shows.",
     .wrong = "A private authority that the clients know is named by --cacert.",
     .fix = "Renew it by machine (ACME), for the name that clients use, with RSA 2048 or P-256 and "
            "SHA-256.",
     .references = "API8 CWE-295 RFC9525"},
    {ENCRYPTION("hsts", SEVERITY_LOW, skip_hsts, judge_hsts),
     .title = "Browsers are not told to stay with HTTPS",
     .description = "Without Strict-Transport-Security the first request may go in the clear, "
                    "where it can be turned.",
     .sent = "nothing of its own",
     .decides = "The header is missing, or its max-age is below half a year.",
     .wrong = "For a host that only programs call it matters little.",
     .fix = "Send Strict-Transport-Security: max-age=63072000; includeSubDomains.",
     .rails = "config.force_ssl = true", .references = "API8 CWE-319 RFC6797"},
    {ENCRYPTION("http-plain", SEVERITY_MEDIUM, NULL, judge_plain),
     .title = "The API speaks plain HTTP",
     .description = "Tokens and data can be read and changed by whoever sits on the way.",
     .sent = "nothing of its own; low where the address is local",
     .decides = "The target that was given is an http:// URL, and it answers.",
     .wrong = "A proxy may end TLS in front of this address.",
     .fix = "Serve HTTPS alone, and redirect before anything is read.",
     .rails = "config.force_ssl = true", .references = "API8 CWE-319"},
    {ENCRYPTION("redirect-downgrade", SEVERITY_MEDIUM, skip_hsts, judge_downgrade),
     .title = "A redirect leads from HTTPS to plain HTTP",
     .description = "What the client sends next goes in the clear, the token often with it.",
     .sent = "nothing of its own: the Location headers of all answers",
     .decides = "An answer over HTTPS names an http:// address in Location.",
     .wrong = "A client with HSTS for that host does not follow it in the clear.",
     .fix = "Build redirects from the scheme that the proxy states, or relative.",
     .rails = "config.assume_ssl = true", .references = "API8 CWE-319"},
};
const size_t CHECKS_ENCRYPTION_COUNT = sizeof CHECKS_ENCRYPTION / sizeof *CHECKS_ENCRYPTION;
