/* The same list as a table of SQLite. libbatten has no SQLite: who has one makes the table and
 * reads it with these words. */
#include "token/strict.h"

#include <openssl/crypto.h>

const char *bt_revoked_schema(void) {
  return "CREATE TABLE IF NOT EXISTS revoked (\n"
         "  kind TEXT NOT NULL CHECK (kind IN ('jti', 'sub', 'kid', 'issued-before')),\n"
         "  value TEXT NOT NULL CHECK (value <> ''), -- of issued-before: seconds since 1970, or "
         "RFC 3339\n"
         "  issuer TEXT,                             -- NULL: any\n"
         "  until REAL                               -- seconds since 1970; NULL: for ever\n"
         ");\n";
}

/* Values are quoted as JSON, so that none can end its line, whatever a table without these checks
 * holds. */
const char *bt_revoked_query(void) {
  return "SELECT json_quote(CAST(coalesce(kind, '') AS TEXT)) || ' ' || "
         "json_quote(CAST(coalesce(value, '') AS TEXT)) || iif(issuer IS NULL, '', ' issuer ' || "
         "json_quote(CAST(issuer AS TEXT))) || iif(until IS NULL, '', ' until ' || "
         "json_quote(CAST(until AS TEXT))) FROM revoked ORDER BY rowid";
}

bool policy_revocation_place(arena *a, const char *policy, str *file, str *database, error *e) {
  policy_rules rules;
  problems silent = {0};
  str text;
  const char *directory;
  if (!policy_file_read(a, policy, &text, &directory, e))
    return false;
  bool ok = policy_read(a, text, policy, directory, &rules, &silent);
  OPENSSL_cleanse(rules.nonce_key, sizeof rules.nonce_key);
  if (!ok)
    return error_set(e, ERROR_USAGE, "%s has problems: batten guard check %s names them", policy,
                     policy);
  *file = rules.revocation.file;
  *database = rules.revocation.database;
  return true;
}
