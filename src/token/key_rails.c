/* Rails' encrypted credentials, as Rails 5.2 to 8 write them: AES-128-GCM over a marshalled string
 * of YAML, as "data--iv--tag" in base64. The key is RAILS_MASTER_KEY, or stands in a file beside.
 */
#include "base/yaml.h"
#include "token/strict.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum { FILE_MAX = 1024 * 1024, KEY_BYTES = 16, TAG_BYTES = 16, IV_BYTES = 12 };

static void wipe(str s) {
  if (s.len)
    OPENSSL_cleanse((void *)(uintptr_t)s.ptr, s.len);
}

/* ---- the master key -------------------------------------------------------------------------- */

/* config/credentials.yml.enc has config/master.key, config/credentials/production.yml.enc its own
 * production.key. */
static str key_path(arena *a, str path) {
  str suffix = STR("/credentials.yml.enc"), end = STR(".yml.enc");
  if (str_ends(path, suffix))
    return arena_printf(a, "%.*s/master.key", STR_ARG(str_sub(path, 0, path.len - suffix.len)));
  if (str_ends(path, end))
    return arena_printf(a, "%.*s.key", STR_ARG(str_sub(path, 0, path.len - end.len)));
  return (str){0};
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static bool read_hex(str text, unsigned char *out) {
  if (text.len != (size_t)KEY_BYTES * 2)
    return false;
  for (size_t i = 0; i < KEY_BYTES; i++) {
    int high = hex_value(text.ptr[2 * i]), low = hex_value(text.ptr[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    out[i] = (unsigned char)(high << 4 | low);
  }
  return true;
}

static bool master_key(arena *a, str path, unsigned char *out, problems *p) {
  error e = {0};
  const char *given = getenv("RAILS_MASTER_KEY");
  str beside = key_path(a, path), text = given ? str_of(given) : (str){0};
  if (!given && (!beside.len || !file_read(a, arena_text(a, beside), 4096, &text, &e)))
    return problem(p, "Rails credentials need RAILS_MASTER_KEY, or the key file %.*s",
                   STR_ARG(beside.len ? beside : STR("master.key")));
  bool ok = read_hex(str_trim(text), out);
  if (!given)
    wipe(text);
  return ok || problem(p, "the Rails master key must be 32 hexadecimal digits");
}

/* ---- decrypting ------------------------------------------------------------------------------ */

static bool split(arena *a, str text, str *data, str *iv, str *tag) {
  size_t first = str_find(text, STR("--"), 0),
         second = first == SIZE_MAX ? first : str_find(text, STR("--"), first + 2);
  return second != SIZE_MAX && base64_decode_lenient(a, str_sub(text, 0, first), data) &&
         base64_decode_lenient(a, str_sub(text, first + 2, second), iv) &&
         base64_decode_lenient(a, str_sub(text, second + 2, text.len), tag) &&
         iv->len == IV_BYTES && tag->len == TAG_BYTES;
}

static bool decrypt(arena *a, const unsigned char *master, str data, str iv, str tag, str *out) {
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  unsigned char *plain = arena_alloc(a, data.len + 16);
  int len = 0, rest = 0;
  bool ok =
      c && data.len < INT32_MAX &&
      EVP_DecryptInit_ex(c, EVP_aes_128_gcm(), NULL, master, (const unsigned char *)iv.ptr) == 1 &&
      EVP_DecryptUpdate(c, plain, &len, (const unsigned char *)data.ptr, (int)data.len) == 1 &&
      EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, (void *)(uintptr_t)tag.ptr) == 1 &&
      EVP_DecryptFinal_ex(c, plain + len, &rest) == 1;
  EVP_CIPHER_CTX_free(c);
  *out = str_from(plain, (size_t)len);
  return ok;
}

/* A marshalled string (Marshal 4.8): 'I' and '"', the length as a marshalled integer, the bytes;
 * its encoding follows. */
static bool unmarshal(str in, str *out) {
  const unsigned char *b = (const unsigned char *)in.ptr;
  if (in.len < 5 || b[0] != 4 || b[1] != 8)
    return false;
  size_t at = b[2] == 'I' ? 3 : 2, len = 0;
  if (b[at++] != '"')
    return false;
  signed char first = (signed char)b[at++];
  if (first >= 5) {
    len = (size_t)first - 5;
  } else if (first >= 1 && first <= 4) {
    for (int i = 0; i < first && at < in.len; i++)
      len |= (size_t)b[at++] << 8 * i;
  } else if (first != 0) {
    return false;
  }
  *out = str_sub(in, at, at + len);
  return at + len <= in.len;
}

/* ---- the value in it ------------------------------------------------------------------------- */

static str value_at(const node *n, str path) {
  str rest = path, part;
  while (str_next(&rest, '.', &part))
    n = node_get_str(n, part);
  return node_text(n);
}

bool rails_credentials_read(arena *a, str path, str name, str *out, problems *p) {
  unsigned char master[KEY_BYTES];
  error e = {0};
  str text, data, iv, tag, marshalled, yaml;
  if (!file_read(a, arena_text(a, path), FILE_MAX, &text, &e))
    return problem(p, "%s", e.message);
  if (!master_key(a, path, master, p))
    return false;
  if (!split(a, str_trim(text), &data, &iv, &tag))
    return problem(p, "%.*s is no encrypted Rails credentials file", STR_ARG(path));
  bool ok = decrypt(a, master, data, iv, tag, &marshalled);
  OPENSSL_cleanse(master, sizeof master);
  if (!ok)
    return problem(p, "%.*s cannot be decrypted: the master key is another one", STR_ARG(path));
  const node *root = unmarshal(marshalled, &yaml) ? yaml_parse(a, yaml, &e) : NULL;
  wipe(marshalled);
  if (!root)
    return problem(p, "%.*s holds no YAML", STR_ARG(path));
  *out = value_at(root, name);
  return out->len ||
         problem(
             p,
             "%.*s has no text at '%.*s': say where the key stands with `path`, such as jwt.secret",
             STR_ARG(path), STR_ARG(name));
}
