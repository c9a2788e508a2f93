/* Names and values that hold secrets. */
#include "audit/secret_names.h"

static bool has_any(str name, const char *const *parts) {
  for (; *parts; parts++)
    if (str_icontains(name, str_of(*parts))) return true;
  return false;
}

static bool ends_any(str name, const char *const *ends) {
  for (; *ends; ends++) {
    size_t len = strlen(*ends);
    if (name.len >= len && str_ieq(str_sub(name, name.len - len, name.len), str_of(*ends))) return true;
  }
  return false;
}

/* About a secret, not one: its place, its life, its kind. */
bool is_about_secret(str name) {
  static const char *const ends[] = {"_file", "_path", "_dir", "_url", "_uri", "_host", "_name", "_ttl", "_expiry", "_expiration", "_expires",
                                     "_expires_in", "_lifetime", "_seconds", "_minutes", "_hours", "_days", "_issuer", "_audience", "_alg",
                                     "_algorithm", "_header", "_type", "_id", "_enabled", "_length", "_endpoint", "_leeway", "_version",
                                     "_prefix", "_ref", "_arn", "_location", "_rotation", "_policy", "_age", "_mount", NULL};
  static const char *const parts[] = {"public", "publishable", NULL};
  return ends_any(name, ends) || has_any(name, parts);
}

bool names_secret(str name) {
  static const char *const parts[] = {"secret", "password", "passwd", "passphrase", "token", "api_key", "apikey", "api-key", "private_key",
                                      "private-key", "access_key", "credential", "master_key", "signing_key", "encryption_key", NULL};
  static const char *const ends[] = {"_pass", "_pwd", "_key_base", NULL};
  return !is_about_secret(name) && (has_any(name, parts) || ends_any(name, ends) || names_jwt_secret(name));
}

bool names_jwt_secret(str name) {
  static const char *const jwt[] = {"jwt", "jws", "hmac", NULL};
  static const char *const key[] = {"secret", "key", NULL};
  static const char *const whole[] = {"secret_key_base", "devise_secret", "auth_secret", "token_secret", "token_signing_key", "signing_secret",
                                      "signing_key", "nextauth_secret", NULL};
  return !is_about_secret(name) && ((has_any(name, jwt) && has_any(name, key)) || has_any(name, whole));
}

/* No reference, no path, no switch, no number, no placeholder: something that a program would take as the secret. */
bool is_literal_secret(str value) {
  static const char *const words[] = {"true", "false", "null", "none", "yes", "no", "nil", "on", "off", "enabled", "disabled", NULL};
  double number;
  value = str_trim(value);
  if (!value.len || value.ptr[0] == '$' || value.ptr[0] == '/' || value.ptr[0] == '<' || value.ptr[0] == '{' || value.ptr[0] == '%') return false;
  if (str_contains(value, STR("${")) || str_contains(value, STR("$(")) || str_contains(value, STR("{{"))) return false;
  for (size_t i = 0; words[i]; i++)
    if (str_ieq(value, str_of(words[i]))) return false;
  return value.len >= 8 || !str_to_double(value, &number);
}
