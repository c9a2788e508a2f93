/* Tokens as an attacker and an auditor see them: any bytes are read without loss, anything can be
 * minted. The strict verifier is not here: what this header accepts says nothing about what is
 * trustworthy. */
#ifndef BATTEN_TOKEN_H
#define BATTEN_TOKEN_H

#include "base/base.h"

/* What a policy in a report or on a page leaves for its reader to fill in; until then no token
 * fits. */
#define PLACEHOLDER_ISSUER "NAME-OF-THE-ISSUER"
#define PLACEHOLDER_AUDIENCE "NAME-OF-THIS-API"

/* Where a policy's revocations are, without reading them or the issuers' keys: a file, a database,
 * or neither. The arena's. */
bool policy_revocation_place(arena *a, const char *policy, str *file, str *database, error *e);

/* ---- JSON objects kept to the letter --------------------------------------------------------- */

/* One member of a JSON object: order, duplicates, number spelling and white space inside the value
 * survive. */
typedef struct {
  str name;  /* decoded */
  str value; /* the JSON text of the value, as it stood */
} member;

typedef LIST(member) members;

/* Splits a JSON object into its members. Iterative, so nesting costs nothing. False when it is no
 * JSON object. */
bool members_parse(arena *a, str json, members *out);
str members_write(arena *a, const members *m); /* compact: {"a":1,"b":[2]} */
members members_copy(arena *a, const members *m);
const member *members_get(const members *m,
                          str name); /* the last of that name, as most parsers take it; or NULL */
/* Replaces the value of the first member of that name and drops the others, or appends. */
void members_set(arena *a, members *m, str name, str json_value);
void members_set_str(arena *a, members *m, str name, str text);
void members_set_int(arena *a, members *m, str name, int64_t number);
void members_append(arena *a, members *m, str name,
                    str json_value); /* even if the name is there already */
void members_remove(members *m, str name);
/* The decoded value when it is a string; a number (also fractions) as a double. */
bool members_get_str(arena *a, const members *m, str name, str *out);
bool members_get_number(const members *m, str name, double *out);
str json_quote(arena *a, str text); /* a JSON string literal; bytes >= 0x80 pass as they are */
bool json_unquote(arena *a, str literal,
                  str *out); /* decodes a JSON string literal, escapes included */
bool json_array_items(arena *a, str json, str_list *out); /* the JSON texts of an array's items */

/* ---- parsing --------------------------------------------------------------------------------- */

typedef struct {
  str text;
  str_list segments; /* between the dots, as many as there are */
  str signing_input; /* the first two segments with their dot; ptr NULL with fewer */
  str header_json;   /* decoded leniently; ptr NULL when it is no base64 */
  str payload_json;  /* the same */
  str signature;     /* decoded bytes; ptr NULL when there is no third segment or it is no base64 */
  members header;    /* empty unless header_is_object */
  members claims;    /* empty unless payload_is_object */
  bool header_is_object, payload_is_object;
  str alg, kid, typ; /* decoded; ptr NULL when absent or no string */
} token;

/* Takes any bytes. True when they have the shape of a JWS in compact form: three segments, a JSON
 * object in the first two. Whatever could be read is filled in either way. */
bool token_parse(arena *a, str text, token *out);
/* The first thing in `text` that token_parse would take; for finding tokens in answers. `from`
 * moves on past it. */
bool token_find(str text, size_t *from, str *found);
/* "eyJhbGciOi...3f2c (402 bytes)": the header is shown, claims and signature are not. For logs and
 * evidence. */
str token_mask(arena *a, str text);

/* ---- algorithms and keys --------------------------------------------------------------------- */

typedef enum {
  KEY_SECRET,
  KEY_RSA,
  KEY_EC,
  KEY_OKP
} key_kind; /* kty oct, RSA, EC, OKP (RFC 7518 6.1, RFC 8037) */

typedef struct {
  const char *name; /* RFC 7518 section 3.1, RFC 8037 section 3.1 */
  key_kind kind;
  int hash_bits;     /* 256, 384, 512; 0 for EdDSA */
  bool pss;          /* RSASSA-PSS */
  const char *curve; /* OpenSSL's group name, for EC */
  size_t coordinate; /* bytes of r and of s, for EC */
} algorithm;

const algorithm *algorithm_find(str name); /* in exact case; Ed25519 (RFC 9864) is EdDSA's */
const char *algorithm_nearest(str name);
/* the name that it is in another case; else NULL */ /* exact case; NULL for anything else,
                                                        "none" included */
const algorithm *algorithm_at(size_t i);             /* NULL past the last */
bool algorithm_same_family(const algorithm *a,
                           const algorithm *b); /* HS with HS, RS and PS, ES, EdDSA */

typedef struct {
  key_kind kind;
  str secret; /* KEY_SECRET; wiped with the arena */
  void *pkey; /* EVP_PKEY, freed with the arena */
  bool is_private;
  str kid, alg; /* from a JWK; ptr NULL when absent */
  str source; /* a public key as it was written: the PEM file, the JWK with its members in order; or
                 empty */
  str certificate; /* DER, when the key came from an X.509 certificate */
} key;

typedef LIST(key) key_list;

/* Reads a JWK, a JWKS, a PEM (private key, public key in SPKI or PKCS#1, certificate; several in a
 * row), a DER public or private key, or, when `secret_allowed` and it is none of these, the raw
 * bytes of an HMAC secret (as they are: no newline is cut). */
bool key_load(arena *a, str bytes, bool secret_allowed, key_list *out, error *e);
/* A fresh key fit for the algorithm: RSA-2048, the algorithm's curve, Ed25519, or a random secret
 * of the hash's size. */
key key_generate(arena *a, const algorithm *alg);
/* The JWK as JSON text (RFC 7517); private members only for KEY_SECRET (k). kid, alg, use left out
 * when empty. */
str key_jwk(arena *a, const key *k, str kid, str alg);
str key_thumbprint(arena *a, const key *k); /* RFC 7638, SHA-256, base64url */
/* A self-signed X.509 certificate over the key, DER, valid from a day ago for 30 days. Not for
 * KEY_SECRET. */
str key_certificate(arena *a, const key *k, str common_name);
str key_certificate_pem(arena *a, str der);
int key_bits(const key *k);

/* The texts and bytes in which people feed a public key to a verifier that may take it for an HMAC
 * secret. */
typedef struct {
  const char *name; /* "PEM SPKI with final newline" */
  str bytes;
} key_form;

typedef LIST(key_form) key_form_list;
/* Each once, most usual first: PEM SPKI with and without the final newline, PKCS#1 PEM with and
 * without (RSA), DER SPKI, both PEM blocks with their body in one line, certificate PEM with and
 * without (when known), the source as it stands, JWK text, the base64 body of the PEM in one line;
 * then DER PKCS#1, the PEM blocks in one line with final newline, with CR LF, with \n spelled out;
 * x5c. */
key_form_list key_public_forms(arena *a, const key *k);
/* The 32 bytes of an Ed25519 key, which nobody can tell from a secret; empty for other kinds. */
str key_raw_public(arena *a, const key *k);

/* ---- signing and minting --------------------------------------------------------------------- */

/* Signs as JWS does: ES* as r || s of fixed size. False when the key does not fit the algorithm.
 * HMAC takes any secret, the empty one too. */
bool jws_sign(arena *a, const key *k, const algorithm *alg, str input, str *signature);
bool jws_verify(const key *k, const algorithm *alg, str input,
                str signature); /* lenient on key strength; HMAC too */
/* header.payload.signature of the given bytes, whatever they are. */
str token_join(arena *a, str header_json, str payload_json, str signature);
/* Sets `alg` in (a copy of) the header, signs. Without a key: an empty signature. */
bool token_mint(arena *a, const members *header, const members *claims, str alg_name, const key *k,
                str *out);

/* ---- weak secrets ---------------------------------------------------------------------------- */

typedef struct {
  bool found;
  size_t position;   /* line in the list, from 1; 0 when it stands in none */
  str secret;        /* the bytes that sign */
  const char *form;  /* how the word was used: "as it is", "base64-decoded" and others */
  const char *guess; /* what it is when it stands in no list: "six digits"; NULL */
  size_t tried;
  bool cut; /* not found, and the seconds given ended it before everything was tried */
} weak_result;

enum { WEAK_SECONDS = 1 }; /* for what stands in no list, when nothing else is said */

/* The built-in list, one secret a line, most likely first. */
str weak_builtin_list(void);
/* Tries every line of the lists (words separated by LF; CR before LF is cut) against the token's
 * HMAC, on all cores, as it is and decoded. Then, for about `seconds` of one core (counted in work,
 * not by a clock, so the result does not depend on timing): the words of the token and of `host`
 * (may be empty) and what people make of them, the lines in other forms (quoted, with a newline,
 * hashed), few digits and letters. The earliest hit wins. Only for HS256/384/512. */
weak_result weak_search(arena *a, const token *t, const str_list *lists, str host, double seconds);

/* ---- deriving an RSA public key -------------------------------------------------------------- */

/* From two tokens signed by the same RSA key (RS256/384/512, different signing inputs): the modulus
 * is a divisor of s^e - EMSA-PKCS1-v1_5(m) for both. Tries e = 3, then 65537, which takes 40
 * seconds and 150 MB for 2048 bits. */
bool rsa_derive_public(arena *a, const token *first, const token *second, key *out, error *e);

#endif
