/* Tokens bound to a client certificate, a DPoP key, or a workload. */
#include "token/strict.h"

#include <openssl/crypto.h>

enum { CERTIFICATE_MAX = 16384 };

/* ---- the certificate, in whatever form the proxy hands it over ------------------------------- */

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if ((c | 32) >= 'a' && (c | 32) <= 'f')
    return (c | 32) - 'a' + 10;
  return -1;
}

/* %2B and the like, as nginx's $ssl_client_escaped_cert has them. */
static size_t unescape(str in, char *out) {
  size_t n = 0;
  for (size_t i = 0; i < in.len; i++) {
    bool escape = in.ptr[i] == '%' && i + 2 < in.len && hex_value(in.ptr[i + 1]) >= 0 &&
                  hex_value(in.ptr[i + 2]) >= 0;
    out[n++] =
        (char)(escape ? hex_value(in.ptr[i + 1]) << 4 | hex_value(in.ptr[i + 2]) : in.ptr[i]);
    if (escape)
      i += 2;
  }
  return n;
}

/* The bytes between the PEM labels: standard base64 with white space; turned into base64url on the
 * way. */
static size_t pem_body(str pem, unsigned char *out) {
  static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
  size_t from = str_find(pem, str_of(begin), 0);
  if (from == SIZE_MAX)
    return SIZE_MAX;
  from += sizeof begin - 1;
  size_t to = str_find(pem, str_of(end), from), n = 0;
  if (to == SIZE_MAX)
    return SIZE_MAX;
  char text[CERTIFICATE_MAX];
  for (size_t i = from; i < to; i++) {
    char c = pem.ptr[i];
    if (c == '=' || c == '\n' || c == '\r' || c == ' ' || c == '\t')
      continue;
    text[n++] = c == '+' ? '-' : c == '/' ? '_' : c == '-' || c == '_' ? '!' : c;
  }
  return base64_strict(str_from(text, n), out);
}

static bool certificate_hash(str shown, unsigned char hash[64]) {
  unsigned char der[CERTIFICATE_MAX];
  char plain[CERTIFICATE_MAX];
  if (shown.len > CERTIFICATE_MAX)
    return false;
  if (shown.len > 2 && shown.ptr[0] == 0x30 && (unsigned char)shown.ptr[1] >= 0x80) {
    hash_of(256, shown, hash);
    return true;
  }
  size_t len = pem_body(str_from(plain, unescape(shown, plain)), der);
  if (len == SIZE_MAX || len < 2)
    return false;
  hash_of(256, str_from(der, len), hash);
  return true;
}

/* rule 19: RFC 8705 section 3.1; rule 22: in constant time */
static bt_refusal check_certificate(bt_result *r, const bt_request *request, str thumbprint_raw) {
  unsigned char want[64], got[64];
  char text[64];
  if (!request || !request->client_certificate.len)
    return refuse(r, BT_CERTIFICATE_MISSING, NULL);
  if (!certificate_hash(str_of_text(request->client_certificate), got))
    return refuse(r, BT_CERTIFICATE_MISMATCH, "the certificate cannot be read");
  size_t len =
      thumbprint_raw.len <= sizeof text ? json_string_decode(thumbprint_raw, text) : SIZE_MAX;
  if (len != 43 || base64_strict(str_from(text, len), want) != 32)
    return refuse(r, BT_CERTIFICATE_MISMATCH, "`x5t#S256` is no SHA-256 thumbprint");
  return CRYPTO_memcmp(want, got, 32) == 0 ? BT_REFUSAL_NONE
                                           : refuse(r, BT_CERTIFICATE_MISMATCH, NULL);
}

/* ---- cnf: RFC 7800 section 3.1 --------------------------------------------------------------- */

static bt_refusal check_jkt(bt_result *r, const bt_request *request, str jwt, str raw) {
  char text[64];
  /* rule 19: RFC 9449 section 7.2: a resource that takes both kinds refuses a bound token that is
   * shown as if it were not */
  if (request && request->under_bearer)
    return refuse(r, BT_DPOP_SCHEME, NULL);
  size_t len = raw.len <= sizeof text ? json_string_decode(raw, text) : SIZE_MAX;
  if (len != 43)
    return refuse(r, BT_DPOP_MISMATCH, "`jkt` is no SHA-256 thumbprint");
  return dpop_check(r, request, jwt, str_from(text, len));
}

/* A way of binding that nobody checks here must not pass for a bound token's proof. */
static bool has_foreign_member(str cnf) {
  json_walk w = json_walk_of(cnf);
  str name, value;
  bool any = false;
  while (json_next(&w, &name, &value)) {
    any = true;
    if (!json_string_is(name, STR("x5t#S256")) && !json_string_is(name, STR("jkt")))
      return true;
  }
  return !any;
}

bt_refusal binding_check(bt_result *r, const bt_request *request, str jwt) {
  const policy_rules *rules = policy_rules_of(r->policy);
  const json_member *cnf = json_known(&r->token.claims, CLAIM_CNF);
  bool wanted = rules->mtls == BINDING_REQUIRED || rules->dpop == BINDING_REQUIRED;
  if (rules->mtls == BINDING_OFF && rules->dpop == BINDING_OFF)
    return BT_REFUSAL_NONE;
  if (!cnf)
    return wanted ? refuse(r, BT_CNF_MISSING, NULL) : BT_REFUSAL_NONE;
  if (cnf->kind != JSON_OBJECT || has_foreign_member(cnf->raw))
    return refuse(r, BT_CNF_UNSUPPORTED, NULL);
  str x5t = {0}, jkt = {0};
  bool has_x5t = json_inside(cnf->raw, STR("x5t#S256"), &x5t),
       has_jkt = json_inside(cnf->raw, STR("jkt"), &jkt);
  if (!has_x5t && rules->mtls == BINDING_REQUIRED)
    return refuse(r, BT_CNF_MISSING, "no `x5t#S256`");
  if (!has_jkt && rules->dpop == BINDING_REQUIRED)
    return refuse(r, BT_CNF_MISSING, "no `jkt`");
  bt_refusal why =
      has_x5t && rules->mtls != BINDING_OFF ? check_certificate(r, request, x5t) : BT_REFUSAL_NONE;
  if (!why && has_jkt && rules->dpop != BINDING_OFF)
    why = check_jkt(r, request, jwt, jkt);
  return why;
}

/* ---- workloads ------------------------------------------------------------------------------- */

/* "pod.uid" inside the claim `kubernetes.io`. */
static bool fact_holds(str claim, const workload_fact *fact) {
  str rest = fact->path, step;
  while (str_next(&rest, '.', &step))
    if (!json_inside(claim, step, &claim))
      return false;
  return json_string_is(claim, fact->value);
}

/* SPIFFE ID section 2.1 and 2.2: a path of non-empty segments of letters, digits, '-', '.', '_'; no
 * dot segments */
static bool is_spiffe_path(str path) {
  str segment;
  if (!path.len)
    return false;
  while (str_next(&path, '/', &segment)) {
    if (!segment.len || str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
      return false;
    for (size_t i = 0; i < segment.len; i++)
      if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._",
                  segment.ptr[i]) ||
          !segment.ptr[i])
        return false;
  }
  return true;
}

/* rule 20: SPIFFE JWT-SVID sections 2.2 (typ), 3 (sub, aud, exp) */
static bt_refusal check_svid(bt_result *r) {
  const json_member *sub = json_known(&r->token.claims, CLAIM_SUB),
                    *typ = json_find(&r->token.header, STR("typ"));
  str domain = r->issuer->trust_domain;
  if (!sub || sub->kind != JSON_STRING || !str_starts(sub->text, domain) ||
      !is_spiffe_path(str_sub(sub->text, domain.len, sub->text.len)))
    return refuse(r, BT_WORKLOAD_MISMATCH, "`sub` is no SPIFFE ID of the trust domain");
  if (typ && !str_eq(typ->text, STR("JWT")) && !str_eq(typ->text, STR("JOSE")))
    return refuse(r, BT_TYP_MISMATCH, NULL);
  return BT_REFUSAL_NONE;
}

/* rule 20: KEP-1205, KEP-4193: the token was minted for this very workload */
bt_refusal workload_check(bt_result *r) {
  const policy_rules *rules = policy_rules_of(r->policy);
  if (r->issuer->trust_domain.ptr)
    return check_svid(r);
  if (!rules->workload.len)
    return BT_REFUSAL_NONE;
  const json_member *m = json_find(&r->token.claims, STR("kubernetes.io"));
  if (!m || m->kind != JSON_OBJECT)
    return refuse(r, BT_WORKLOAD_MISMATCH, "no `kubernetes.io` claim");
  for (size_t i = 0; i < rules->workload.len; i++)
    if (!fact_holds(m->raw, &rules->workload.at[i]))
      return refuse(r, BT_WORKLOAD_MISMATCH, "`%.*s`", STR_ARG(rules->workload.at[i].path));
  return BT_REFUSAL_NONE;
}
