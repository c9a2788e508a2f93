/* The fleet's key, and what it seals. */
#include "watch/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONCE_BYTES = 12, TAG_BYTES = 16, FORMAT = 1, KEY_FILE_MAX = 256, MARK_BYTES = 16 };

void wipe(str s) {
  if (s.len)
    OPENSSL_cleanse((void *)(uintptr_t)s.ptr, s.len);
}

/* ---- the key --------------------------------------------------------------------------------- */

bool fleet_key_make(const char *path, error *e) {
  arena *a = arena_new();
  unsigned char bytes[FLEET_KEY_BYTES];
  random_bytes(bytes, sizeof bytes);
  str text = base64url_encode(a, str_from(bytes, sizeof bytes));
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool ok = fd >= 0 && dprintf(fd, "%.*s\n", STR_ARG(text)) == (int)text.len + 1 && fsync(fd) == 0;
  if (!ok)
    error_set(e, ERROR_USAGE, "%s: %s", path,
              errno == EEXIST ? "is there already, and a key is not overwritten" : strerror(errno));
  if (fd >= 0)
    close(fd);
  wipe(text);
  OPENSSL_cleanse(bytes, sizeof bytes);
  arena_free(a);
  return ok;
}

static str keyed(arena *a, const fleet_key *k, const char *purpose, str what, size_t bytes) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned len = sizeof mac;
  str text = arena_printf(a, "%s %.*s", purpose, STR_ARG(what));
  HMAC(EVP_sha256(), k->bytes, sizeof k->bytes, (const unsigned char *)text.ptr, text.len, mac,
       &len);
  return hex_encode(a, str_from(mac, bytes));
}

str fleet_host_mark(arena *a, const fleet_key *k, str host) {
  return keyed(a, k, "host", host, MARK_BYTES);
}

static bool private_file(const char *path, error *e) {
  struct stat info;
  if (stat(path, &info) != 0)
    return error_set(e, ERROR_USAGE, "the fleet's key cannot be read: %s: %s", path,
                     strerror(errno));
  if (info.st_mode & (S_IRWXG | S_IRWXO))
    return error_set(e, ERROR_USAGE, "%s holds the fleet's key and is open to others: chmod 600 it",
                     path);
  return true;
}

bool fleet_key_read(const char *path, fleet_key *out, error *e) {
  arena *a = arena_new();
  str text = {0}, bytes = {0};
  *out = (fleet_key){0};
  bool ok = private_file(path, e) && file_read(a, path, KEY_FILE_MAX, &text, e);
  if (ok && !(base64url_decode(a, str_trim(text), &bytes) && bytes.len == FLEET_KEY_BYTES))
    ok = error_set(e, ERROR_USAGE, "%s is no fleet key: make one with batten watch keygen FILE",
                   path);
  if (ok) {
    memcpy(out->bytes, bytes.ptr, sizeof out->bytes);
    str id = keyed(a, out, "fleet", STR(""), FLEET_ID_CHARACTERS / 2);
    memcpy(out->id, id.ptr, FLEET_ID_CHARACTERS);
  }
  wipe(text);
  wipe(bytes);
  arena_free(a);
  return ok;
}

void fleet_key_wipe(fleet_key *k) {
  OPENSSL_cleanse(k, sizeof *k);
}

/* ---- the seal -------------------------------------------------------------------------------- */

static const unsigned char *bytes_of(str s) {
  return (const unsigned char *)(s.ptr ? s.ptr : "");
}

str fleet_seal(arena *a, const fleet_key *k, str name, str plain) {
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  unsigned char *out = arena_alloc(a, 1 + NONCE_BYTES + plain.len + TAG_BYTES), *nonce = out + 1,
                *body = nonce + NONCE_BYTES;
  int len = 0, rest = 0;
  out[0] = FORMAT;
  random_bytes(nonce, NONCE_BYTES);
  bool ok = c && plain.len < INT32_MAX && name.len < INT32_MAX &&
            EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, k->bytes, nonce) == 1 &&
            EVP_EncryptUpdate(c, NULL, &len, bytes_of(name), (int)name.len) == 1 &&
            EVP_EncryptUpdate(c, body, &len, bytes_of(plain), (int)plain.len) == 1 &&
            EVP_EncryptFinal_ex(c, body + len, &rest) == 1 &&
            EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, body + plain.len) == 1;
  EVP_CIPHER_CTX_free(c);
  return ok ? str_from(out, 1 + NONCE_BYTES + plain.len + TAG_BYTES)
            : (str){0}; /* nothing opens an empty one */
}

bool fleet_open(arena *a, const fleet_key *k, str name, str sealed, str *plain) {
  if (sealed.len < 1 + NONCE_BYTES + TAG_BYTES || sealed.len > INT32_MAX || sealed.ptr[0] != FORMAT)
    return false;
  str nonce = str_sub(sealed, 1, 1 + NONCE_BYTES),
      body = str_sub(sealed, 1 + NONCE_BYTES, sealed.len - TAG_BYTES);
  str tag = str_sub(sealed, sealed.len - TAG_BYTES, sealed.len);
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  unsigned char *out = arena_alloc(a, body.len + 1);
  int len = 0, rest = 0;
  bool ok =
      c && name.len < INT32_MAX &&
      EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, k->bytes, bytes_of(nonce)) == 1 &&
      EVP_DecryptUpdate(c, NULL, &len, bytes_of(name), (int)name.len) == 1 &&
      EVP_DecryptUpdate(c, out, &len, bytes_of(body), (int)body.len) == 1 &&
      EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, (void *)(uintptr_t)tag.ptr) == 1 &&
      EVP_DecryptFinal_ex(c, out + len, &rest) == 1;
  EVP_CIPHER_CTX_free(c);
  *plain = str_from(out, body.len);
  if (ok)
    return true;
  wipe(*plain);
  *plain = (str){0};
  return false;
}
