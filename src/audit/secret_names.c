/* Names and values that hold secrets. */
#include "audit/secret_names.h"

#include <ctype.h>

static bool has_any(str name, const char *const *parts) {
  for (; *parts; parts++)
    if (str_icontains(name, str_of(*parts)))
      return true;
  return false;
}

static bool ends_any(str name, const char *const *ends) {
  for (; *ends; ends++) { /* jwt-secret-file is JWT_SECRET_FILE */
    size_t len = strlen(*ends), at = 0;
    while (at < len && name.len >= len &&
           ((*ends)[at] == '_'
                ? strchr("_-", name.ptr[name.len - len + at]) != NULL
                : tolower((unsigned char)name.ptr[name.len - len + at]) == (*ends)[at]))
      at++;
    if (at == len)
      return true;
  }
  return false;
}

/* About a secret, not one: its place, its life, its kind. */
bool is_about_secret(str name) {
  static const char *const ends[] = {
      "_file",    "_path",   "_dir",        "_url",     "_uri",        "_host",     "_name",
      "_ttl",     "_expiry", "_expiration", "_expires", "_expires_in", "_lifetime", "_seconds",
      "_minutes", "_hours",  "_days",       "_issuer",  "_audience",   "_alg",      "_algorithm",
      "_header",  "_type",   "_id",         "_enabled", "_length",     "_endpoint", "_leeway",
      "_version", "_prefix", "_ref",        "_arn",     "_location",   "_rotation", "_policy",
      "_age",     "_mount",  NULL};
  static const char *const parts[] = {"public", "publishable", NULL};
  return ends_any(name, ends) || has_any(name, parts);
}

bool names_secret(str name) {
  static const char *const parts[] = {"secret",      "password",    "passwd",         "passphrase",
                                      "token",       "api_key",     "apikey",         "api-key",
                                      "private_key", "private-key", "access_key",     "credential",
                                      "master_key",  "signing_key", "encryption_key", NULL};
  static const char *const ends[] = {"_pass", "_pwd", "_key_base", NULL};
  return !is_about_secret(name) &&
         (has_any(name, parts) || ends_any(name, ends) || names_jwt_secret(name));
}

bool names_jwt_secret(str name) {
  static const char *const jwt[] = {"jwt", "jws", "hmac", NULL};
  static const char *const key[] = {"secret", "key", NULL};
  static const char *const whole[] = {"secret_key_base", "devise_secret",     "auth_secret",
                                      "token_secret",    "token_signing_key", "signing_secret",
                                      "signing_key",     "nextauth_secret",   NULL};
  return !is_about_secret(name) &&
         ((has_any(name, jwt) && has_any(name, key)) || has_any(name, whole));
}

/* No reference, no path, no switch, no number, no placeholder: something that a program would take
 * as the secret. */
bool is_literal_secret(str value) {
  static const char *const words[] = {"true", "false", "null", "none",    "yes",      "no",
                                      "nil",  "on",    "off",  "enabled", "disabled", NULL};
  double number;
  value = str_trim(value);
  if (!value.len || value.ptr[0] == '$' || value.ptr[0] == '/' || value.ptr[0] == '<' ||
      value.ptr[0] == '{' || value.ptr[0] == '%')
    return false;
  if (str_contains(value, STR("${")) || str_contains(value, STR("$(")) ||
      str_contains(value, STR("{{")))
    return false;
  for (size_t i = 0; words[i]; i++)
    if (str_ieq(value, str_of(words[i])))
      return false;
  return value.len >= 8 || !str_to_double(value, &number);
}

bool is_stand_in(str value) {
  static const char *const words[] = {"dummy",    "placeholder", "fake",   "bogus",      "unused",
                                      "not-used", "not_used",    "needed", "irrelevant", NULL};
  size_t same = 0;
  while (same < value.len && value.ptr[same] == value.ptr[0])
    same++;
  return value.len < 4 || same == value.len || has_any(value, words);
}

/* "scheme://user:password@host" */
static bool has_userinfo(str value) {
  size_t scheme = str_find(value, STR("://"), 0);
  if (scheme == SIZE_MAX)
    return false;
  str rest = str_sub(value, scheme + 3, value.len),
      authority = str_sub(rest, 0, str_find(rest, STR("/"), 0));
  size_t at = str_find(authority, STR("@"), 0), colon = str_find(authority, STR(":"), 0);
  return at != SIZE_MAX && colon < at && is_literal_secret(str_sub(authority, colon + 1, at));
}

bool is_secret_by_itself(str value) {
  static const struct {
    const char *start;
    size_t least;
  } known[] = {{"ghp_", 24},     {"gho_", 24},     {"github_pat_", 30}, {"glpat-", 20},
               {"sk_live_", 16}, {"rk_live_", 16}, {"AKIA", 20},        {"xoxb-", 20},
               {"xoxp-", 20},    {"AIza", 30},     {"SG.", 30},         {"npm_", 30}};

  size_t dots = 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (value.len >= known[i].least && str_starts(value, str_of(known[i].start)))
      return true;
  for (size_t i = 0; i < value.len; i++)
    dots += value.ptr[i] == '.';
  if (str_starts(value, STR("eyJ")) && dots == 2 && value.len > 30)
    return true;
  return has_userinfo(value) || str_contains(value, STR("PRIVATE KEY-----"));
}

/* password, postgres, root2: what somebody wrote rather than made. */
static bool is_word(str text) {
  size_t letters = 0, digits = 0;
  while (letters < text.len && ((text.ptr[letters] >= 'a' && text.ptr[letters] <= 'z') ||
                                strchr("_-", text.ptr[letters])))
    letters++;
  for (size_t i = letters; i < text.len; i++)
    digits += text.ptr[i] >= '0' && text.ptr[i] <= '9';
  return letters && digits < 5 && letters + digits == text.len;
}

bool is_database_default(str name, str value) {
  static const char *const names[] = {"postgres", "mysql",    "mariadb", "mongo",     "redis",
                                      "rabbitmq", "database", "db_",     "pgpassword"};
  size_t scheme = str_find(value, STR("://"), 0);
  str password = value;
  if (scheme != SIZE_MAX) {
    str rest = str_sub(value, scheme + 3, value.len),
        user = str_sub(rest, 0, str_find(rest, STR("@"), 0));
    size_t colon = str_find(user, STR(":"), 0);
    password = colon == SIZE_MAX ? user : str_sub(user, colon + 1, user.len);
  }
  for (size_t i = 0; password.len < 24 && is_word(password) && i < sizeof names / sizeof *names;
       i++)
    if (str_icontains(name, str_of(names[i])))
      return true;
  return false;
}

bool holds_secret(str name, str value) {
  return (names_secret(name) && is_literal_secret(value)) || is_secret_by_itself(value);
}

str assigned_secret(str word, str *name) {
  while (str_starts(word, STR("-")))
    word = str_sub(word, 1, word.len);
  size_t equals = str_find(word, STR("="), 0);
  str value = equals == SIZE_MAX ? STR("") : str_sub(word, equals + 1, word.len);
  *name = equals == SIZE_MAX ? STR("") : str_sub(word, 0, equals);
  return value.len && names_secret(*name) && is_literal_secret(value) ? value : STR("");
}
