/* verify POLICY TOKENFILE ALG KEYFILE HOW THREADS SECONDS: verifies one token again and again,
 * prints calls a second over all threads. HOW: batten, cached, openssl (the signature alone over
 * the same bytes), libjwt. */
#include <batten/batten.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROOM = 16384, BURST = 64 };

typedef struct {
  char token[ROOM], key[ROOM];
  size_t token_len, key_len, input_len, signature_len;
  unsigned char signature[1024];
  const char *alg, *how;
  double seconds, rate;
  bt_policy *policy;
} work;

static size_t read_file(const char *path, char *out) {
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(out, 1, ROOM - 1, f) : 0;
  if (f)
    fclose(f);
  out[n] = 0;
  return n;
}

/* Of the clock on the wall; or, where CLOCK is cpu, of the processor, so that other work on the
 * machine does not count. */
static double seconds_now(void) {
  const char *which = getenv("CLOCK");
  struct timespec t;
  clock_gettime(which && strcmp(which, "cpu") == 0 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* base64url to bytes, for the signature: outside of what is measured. */
static size_t decode(const char *text, size_t len, unsigned char *out) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned bits = 0, have = 0;
  size_t n = 0;
  for (size_t i = 0; i < len; i++) {
    bits = bits << 6 | (unsigned)(strchr(alphabet, text[i]) - alphabet);
    have += 6;
    if (have >= 8)
      out[n++] = (unsigned char)(bits >> (have -= 8));
  }
  return n;
}

/* ---- libbatten ------------------------------------------------------------------------------- */

typedef struct {
  bt_result *result;
  EVP_MAC_CTX *mac;
  EVP_PKEY *pkey;
  EVP_PKEY_CTX *verify;
  EVP_MD_CTX *digest;
  EVP_MD_CTX *hash;
  unsigned char der[160];
  size_t der_len;
} state;

static bool by_batten(work *w, state *s) {
  return bt_verify(w->policy, w->token, w->token_len, NULL, (double)time(NULL), s->result) ==
         BT_ACCEPTED;
}

/* ---- OpenSSL alone --------------------------------------------------------------------------- */

static bool by_openssl(work *w, state *s) {
  unsigned char out[64];
  size_t len = 0;
  unsigned hashed = 0;
  if (s->mac)
    return EVP_MAC_init(s->mac, NULL, 0, NULL) &&
           EVP_MAC_update(s->mac, (unsigned char *)w->token, w->input_len) &&
           EVP_MAC_final(s->mac, out, &len, sizeof out) && len == w->signature_len &&
           CRYPTO_memcmp(out, w->signature, len) == 0;
  if (s->digest)
    return EVP_DigestVerifyInit(s->digest, NULL, NULL, NULL, s->pkey) == 1 &&
           EVP_DigestVerify(s->digest, w->signature, w->signature_len, (unsigned char *)w->token,
                            w->input_len) == 1;
  return EVP_DigestInit_ex(s->hash, NULL, NULL) &&
         EVP_DigestUpdate(s->hash, w->token, w->input_len) &&
         EVP_DigestFinal_ex(s->hash, out, &hashed) &&
         EVP_PKEY_verify(s->verify, s->der_len ? s->der : w->signature,
                         s->der_len ? s->der_len : w->signature_len, out, hashed) == 1;
}

static size_t integer(const unsigned char *value, unsigned char *out) {
  size_t n = 32;
  while (n > 1 && !*value)
    value++, n--;
  size_t pad = *value >> 7;
  out[0] = 2, out[1] = (unsigned char)(n + pad), out[2] = 0;
  memcpy(out + 2 + pad, value, n);
  return 2 + pad + n;
}

static void prepare(work *w, state *s) {
  if (strncmp(w->alg, "HS", 2) == 0) {
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", "SHA256", 0),
                           OSSL_PARAM_construct_end()};
    s->mac = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
    EVP_MAC_init(s->mac, (unsigned char *)w->key, w->key_len, params);
    return;
  }
  s->pkey = PEM_read_bio_PUBKEY(BIO_new_mem_buf(w->key, (int)w->key_len), NULL, NULL, NULL);
  if (strcmp(w->alg, "EdDSA") == 0) {
    s->digest = EVP_MD_CTX_new();
    return;
  }
  s->hash = EVP_MD_CTX_new();
  EVP_DigestInit_ex(s->hash, EVP_sha256(), NULL);
  s->verify = EVP_PKEY_CTX_new(s->pkey, NULL);
  EVP_PKEY_verify_init(s->verify);
  EVP_PKEY_CTX_set_signature_md(s->verify, EVP_sha256());
  if (w->alg[0] == 'E') {
    size_t n = integer(w->signature, s->der + 2);
    n += integer(w->signature + 32, s->der + 2 + n);
    s->der[0] = 0x30, s->der[1] = (unsigned char)n;
    s->der_len = n + 2;
  }
}

/* ---- libjwt: it checks no issuer, audience or time when it decodes; its caller compares ------ */

static bool grant_is(jwt_t *jwt, const char *name, const char *value) {
  const char *got = jwt_get_grant(jwt, name);
  return got && strcmp(got, value) == 0;
}

static bool by_libjwt(work *w, state *s) {
  (void)s;
  jwt_t *jwt = NULL;
  bool ok = jwt_decode(&jwt, w->token, (const unsigned char *)w->key, (int)w->key_len) == 0;
  ok = ok && grant_is(jwt, "iss", "https://issuer.example") && grant_is(jwt, "aud", "api") &&
       jwt_get_grant_int(jwt, "exp") > time(NULL);
  jwt_free(jwt);
  return ok;
}

/* ---- turns ----------------------------------------------------------------------------------- */

static void *turn(void *context) {
  work *w = context;
  state s = {0};
  bool (*call)(work *, state *) = *w->how == 'o'   ? by_openssl
                                  : *w->how == 'l' ? by_libjwt
                                                   : by_batten;
  if (*w->how == 'o')
    prepare(w, &s);
  if (*w->how == 'b' || *w->how == 'c')
    s.result = bt_result_new(*w->how == 'c' ? 1 << 20 : 0);
  if (!call(w, &s)) {
    fprintf(stderr, "%s does not accept the %s token\n", w->how, w->alg);
    exit(2);
  }
  size_t calls = 0;
  double start = seconds_now(), spent;
  do {
    for (int i = 0; i < BURST; i++)
      call(w, &s);
    calls += BURST;
    spent = seconds_now() - start;
  } while (spent < w->seconds);
  w->rate = (double)calls / spent;
  bt_result_free(s.result);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 8)
    return 2;
  static work all[64];
  int threads = atoi(argv[6]);
  pthread_t ids[64];
  double sum = 0;
  work *w = &all[0];
  w->token_len = read_file(argv[2], w->token);
  w->key_len = read_file(argv[4], w->key);
  w->alg = argv[3], w->how = argv[5], w->seconds = atof(argv[7]);
  w->policy = bt_policy_load_file(argv[1], NULL, NULL);
  const char *dot = strrchr(w->token, '.');
  if (!w->policy || !dot || threads < 1 || threads > 64)
    return 2;
  w->input_len = (size_t)(dot - w->token);
  w->signature_len = decode(dot + 1, w->token_len - w->input_len - 1, w->signature);
  for (int i = 1; i < threads; i++)
    all[i] = all[0];
  for (int i = 0; i < threads; i++)
    pthread_create(&ids[i], NULL, turn, &all[i]);
  for (int i = 0; i < threads; i++)
    pthread_join(ids[i], NULL), sum += all[i].rate;
  printf("%.0f\n", sum);
  return 0;
}
