/* What the application is told of the client. The answer names each of these headers, empty where
 * there is nothing to tell, so that a proxy which copies them overwrites what the client sent. */
#include "guard/guard_private.h"

static str of_text(bt_text t) {
  return str_from(t.ptr, t.len);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A field's value must not end the field: what a claim holds beyond printable ASCII is
 * percent-encoded. One that is too long is empty rather than cut, and not left out. */
static str encoded(str value, char *safe) {
  static const char hex[] = "0123456789ABCDEF";
  size_t n = 0;
  for (size_t i = 0; i < value.len; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    bool plain = c > 0x20 && c < 0x7F && c != '%';
    bool inner_space = c == ' ' && i > 0 && i + 1 < value.len;
    if (n + 3 > VALUE_MAX)
      return STR("");
    if (plain || inner_space) {
      safe[n++] = (char)c;
    } else {
      safe[n++] = '%';
      safe[n++] = hex[c >> 4];
      safe[n++] = hex[c & 15];
    }
  }
  return str_from(safe, n);
}

static str scopes_text(const bt_result *result, char *text) {
  size_t n = 0;
  for (size_t i = 0; i < bt_scope_count(result); i++) {
    bt_text scope = bt_scope(result, i);
    if (n + scope.len + 1 >= VALUE_MAX)
      return STR("");
    if (i)
      text[n++] = ' ';
    memcpy(text + n, scope.ptr, scope.len);
    n += scope.len;
  }
  return str_from(text, n);
}

static str claim_value(const bt_result *result, bt_text claim) {
  char name[128];
  if (claim.len >= sizeof name)
    return STR("");
  memcpy(name, claim.ptr, claim.len);
  name[claim.len] = 0;
  bt_text value = bt_claim_text(result, name);
  if (!value.ptr)
    value = bt_claim_json(result, name);
  return of_text(value);
}

/* ---- which headers --------------------------------------------------------------------------- */

typedef enum { TOLD_SUBJECT, TOLD_ISSUER, TOLD_SCOPES, TOLD_CLAIMS } told;

static size_t told_count(const bt_policy *policy) {
  return TOLD_CLAIMS + bt_policy_forward_count(policy);
}

static str told_name(const bt_policy *policy, size_t i) {
  static const str names[TOLD_CLAIMS] = {
      [TOLD_SUBJECT] = {"X-Batten-Subject", 16},
      [TOLD_ISSUER] = {"X-Batten-Issuer", 15},
      [TOLD_SCOPES] = {"X-Batten-Scopes", 15},
  };
  return i < TOLD_CLAIMS ? names[i] : of_text(bt_policy_forward(policy, i - TOLD_CLAIMS).header);
}

static str told_value(const bt_policy *policy, size_t i, const bt_result *verified, char *room) {
  char scopes[VALUE_MAX];
  if (!verified)
    return STR("");
  switch (i) {
  case TOLD_SUBJECT:
    return encoded(of_text(bt_claim_text(verified, "sub")), room);
  case TOLD_ISSUER:
    return encoded(of_text(bt_result_issuer(verified)), room);
  case TOLD_SCOPES:
    return encoded(scopes_text(verified, scopes), room);
  default:
    return encoded(claim_value(verified, bt_policy_forward(policy, i - TOLD_CLAIMS).claim), room);
  }
}

void identity_tell(reply *out, const bt_policy *policy, const bt_result *verified) {
  char room[VALUE_MAX];
  for (size_t i = 0; i < told_count(policy); i++)
    reply_field(out, told_name(policy, i), told_value(policy, i, verified, room));
}

/* ---- a client's own -------------------------------------------------------------------------- */

/* CGI, Rack and WSGI read `_` and `-` alike, PHP `.` too: all that is no letter or digit is one
 * character here. */
static char folded(char c) {
  if (c >= 'A' && c <= 'Z')
    return (char)(c | 0x20);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
}

static bool is_like(str a, str b) {
  if (a.len != b.len)
    return false;
  for (size_t i = 0; i < a.len; i++)
    if (folded(a.ptr[i]) != folded(b.ptr[i]))
      return false;
  return true;
}

/* A name in another spelling is overwritten by no proxy, and the application may read it as the
 * guard's. Caddy before 2.11.2 also leaves a client's header where the answer's is empty. */
bool identity_is_forged(const bt_policy *policy, const question *q, const bt_result *verified,
                        bool empty_keeps) {
  char room[VALUE_MAX];
  for (const field *f = q->fields; f < q->fields + q->count; f++)
    for (size_t i = 0; i < told_count(policy); i++) {
      str name = told_name(policy, i);
      if (!is_like(f->name, name))
        continue;
      if (!str_ieq(f->name, name))
        return true;
      if (empty_keeps && f->value.len && !told_value(policy, i, verified, room).len)
        return true;
    }
  return false;
}
