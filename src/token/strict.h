/* The strict verifier's own parts, private to libbatten. Its parsers share nothing with token.h,
 * whose parsers are made to read anything. Rules are numbered as in docs/verifier.md; each line
 * that obeys one says so. */
#ifndef BATTEN_STRICT_H
#define BATTEN_STRICT_H

#include "base/base.h"
#include "batten/batten.h"
#include "batten/fetch.h"
#include "batten/introspect.h"
#include "token/token.h"

enum {
  TOKEN_LIMIT = 8192,      /* bytes, unless the policy says otherwise */
  TOKEN_LIMIT_MAX = 16384, /* what a policy may allow */
  JSON_MAX = TOKEN_LIMIT_MAX,
  JSON_DEPTH_MAX = 32,
  JSON_MEMBERS_MAX = JSON_MAX / 4,
  PADDING = 64,         /* readable bytes behind every text that is scanned */
  SIGNATURE_MAX = 1024, /* RSA of 8192 bits */
  KID_MAX = 256,
  CLAIM_TEXT_MAX = 1024,
  TRY_ALL_MAX = 8,
  DETAIL_MAX = 240,
};

static inline str str_of_text(bt_text t) {
  return (str){t.ptr, t.len};
}

static inline bt_text text_of_str(str s) {
  return (bt_text){s.ptr, s.len};
}

/* ---- base64url (scan_base64.c) --------------------------------------------------------------- */

/* Rule 2. Writes at most text.len / 4 * 3 + 2 bytes to `out` and gives their number; SIZE_MAX when
 * refused. */
size_t base64_strict(str text, unsigned char *out);

/* ---- JSON (scan_json.c) ---------------------------------------------------------------------- */

typedef enum {
  JSON_NULL,
  JSON_TRUE,
  JSON_FALSE,
  JSON_NUMBER,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT
} value_kind;

/* A name, decoded; its first eight bytes stand ready for comparing. */
typedef struct {
  const char *ptr;
  uint64_t word;
  uint32_t len;
} json_name;

typedef struct {
  json_name name;
  value_kind kind;
  str raw;  /* the value's JSON text */
  str text; /* of a string: decoded */
} json_member;

/* The registered claim names of RFC 7519 section 4.1, and RFC 7800's `cnf`. */
typedef enum {
  CLAIM_ISS,
  CLAIM_SUB,
  CLAIM_AUD,
  CLAIM_EXP,
  CLAIM_NBF,
  CLAIM_IAT,
  CLAIM_JTI,
  CLAIM_CNF,
  KNOWN_CLAIMS
} known_claim;

/* The members of an object, and the room to find them in. Made once, used for every token. */
typedef struct {
  json_member *members; /* members_max */
  json_name *names;     /* members_max: of the objects that are open */
  char *decoded;        /* strings that had escapes */
  size_t len, names_len, decoded_len, text_max, members_max;
  uint32_t known[KNOWN_CLAIMS]; /* index of the member plus one; 0: absent */
  struct name_table *table;     /* for objects with many members */
} json_object;

typedef enum { JSON_FINE, JSON_BROKEN, JSON_NO_OBJECT, JSON_TWICE, JSON_DEEP } json_fault;

bool json_object_new(json_object *o, size_t text_max);
void json_object_free(json_object *o);
/* Rule 3. `text` must have PADDING readable bytes behind it, and at most o->text_max bytes. Names
 * and texts point into it or into o->decoded. */
json_fault json_scan(str text, json_object *o);
const json_member *json_find_name(const json_object *o, const json_name *n);

/* Inline, so that for a name known when compiling the word is too. */
static inline json_name json_name_of(str s) {
  json_name n = {.ptr = s.ptr, .len = (uint32_t)s.len};
  for (size_t i = 0; i < 8 && i < s.len; i++)
    n.word |= (uint64_t)(unsigned char)s.ptr[i] << 8 * i;
  return n;
}

static inline const json_member *json_find(const json_object *o, str name) {
  json_name n = json_name_of(name);
  return json_find_name(o, &n);
}

static inline const json_member *json_known(const json_object *o, known_claim claim) {
  return o->known[claim] ? &o->members[o->known[claim] - 1] : NULL;
}

/* For JSON that json_scan has accepted. The value of a member of the object `raw`, undecoded; false
 * when there is none. */
bool json_inside(str raw, str name, str *value);

/* Takes the next value off the inside of an array or object; *rest starts at its opening bracket.
 */
typedef struct {
  str rest;
  bool object;
} json_walk;

json_walk json_walk_of(str raw);
bool json_next(json_walk *w, str *name_raw, str *value);
value_kind json_kind(str raw);
bool json_string_is(str raw, str text); /* a JSON string that decodes to `text` */
/* Decodes a JSON string; `out` has room for raw.len bytes. SIZE_MAX when it is none. */
size_t json_string_decode(str raw, char *out);
bool json_number(str raw, double *out);

/* ---- numbers to the last digit (decimal.c) --------------------------------------------------- */

bool decimal_is_one(str text);   /* as JSON writes them, of at most 64 digits */
bool decimal_same(str a, str b); /* the same number; false when one of them is none */

/* ---- naming a claim (claim_path.c) ----------------------------------------------------------- */

enum { CLAIM_PATH_MAX = 256, CLAIM_STEPS_MAX = 16 };

typedef enum { FOUND_NONE, FOUND_ONE, FOUND_SEVERAL } claim_found;

typedef struct {
  str raw;                   /* its JSON text */
  const json_member *member; /* when it is one of the outermost object; else NULL */
} claim_value;

/* The claim that a policy means by `path`: a JSON pointer when it begins with a slash; else a name,
 * in which each dot may be part of a name or a step into an object. FOUND_SEVERAL: the token can be
 * read in more than one way, and *out is not to be used. */
claim_found claim_find(const json_object *claims, str path, claim_value *out);
const char *claim_path_fault(str path); /* why it can name no claim; NULL: it can */
/* A string's text; decoded into `room` of value->raw.len bytes when it is nested. False when it is
 * no string. */
bool claim_text(const claim_value *value, char *room, str *out);

/* ---- algorithms and keys --------------------------------------------------------------------- */

typedef struct hmac_key hmac_key; /* hmac.c: the states after the padded key, ready to be copied */
hmac_key *hmac_key_new(str secret);
void hmac_key_free(hmac_key *k);
size_t hmac_sign(const hmac_key *k, int hash_bits, str input, unsigned char out[64]);
void hash_of(int hash_bits, str input, unsigned char out[64]);

typedef struct key_context key_context; /* signature.c: prepared OpenSSL contexts */
key_context *key_contexts_new(void);
void key_contexts_free(key_context *c);

typedef struct {
  key_kind kind;
  const algorithm *only; /* the key's own `alg`, or NULL */
  const char *curve;     /* of an EC key */
  str kid;               /* ptr NULL: none */
  int bits;
  hmac_key *mac;
  void *pkey; /* EVP_PKEY */
  key_context *contexts;
  size_t signature_len;               /* RSA: the modulus' length; EC: of r and of s */
  unsigned char bound[SIGNATURE_MAX]; /* RSA: the modulus; EC: the order; big-endian, of
                                         signature_len bytes */
  char thumbprint[44];                /* RFC 7638; "" for a secret */
  _Atomic double retires; /* 0: in the set; else not used from then on; set while readers read it */
  uint64_t number;        /* no two keys of a process share it (but by chance) */
  _Atomic size_t owners;  /* snapshots that hold it, also of a policy that goes on from another */
} verify_key;

/* key_row.c */
typedef struct {
  verify_key **at;
  size_t len, room;
} key_row;

/* Takes over a fresh key, or one owner's part of another; gives it up and is false without memory.
 */
bool key_row_add(key_row *row, verify_key *fresh);
bool key_row_take(key_row *row, verify_key *owned);
/* The same keys, each with one more owner. False without memory. */
bool key_row_share(key_row *into, const key_row *from);
void key_row_release(key_row *row); /* one owner less for each; none left: the key goes */

void kids_sort(str_list *kids);
bool kids_hold(const str_list *kids, str kid, size_t times); /* of sorted ones: so often at least */

bool key_fits(const verify_key *k, const algorithm *alg); /* rule 4 */
/* Rules 7, 8, 22: BT_REFUSAL_NONE when the signature is right. `hint` spreads threads over the
 * contexts. */
bt_refusal signature_check(const verify_key *k, const algorithm *alg, str input, str signature,
                           size_t hint);
void verify_key_free(verify_key *k);

/* ---- problems (problem.c) -------------------------------------------------------------------- */

typedef struct {
  bt_problem_fn tell;
  void *context;
  const char *file;
  unsigned line, column;
  const char *about; /* stands before each message; or NULL */
  size_t errors, warnings;
} problems;

/* Tell of something at the present file, line and column. Always false, so that `return
 * problem(...)` reads well. */
bool problem(problems *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void problem_warn(problems *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- what a set holds that is not used (left_out.c) ------------------------------------------ */

typedef struct {
  problems *p;
  str kid; /* of the key that is read just now, as text or as JSON; or ptr NULL */
  size_t count;
  char words[640];
} left_out;

void left_out_add(left_out *l, const char *why);
void left_out_hear(const bt_problem *one, void *left); /* a bt_problem_fn: an error leaves it out */
void left_out_tell(const left_out *l, size_t all);     /* one warning, when there was anything */

/* ---- reading keys (key_set.c, key_jwk.c, key_pem.c, key_secret.c) ---------------------------- */

typedef struct {
  const algorithm *const *algorithms; /* of the policy: keys must be fit for them */
  size_t algorithm_count;
  str kid;         /* for a key whose form has none */
  bool raw_secret; /* the bytes are a secret as they stand */
  bool plain_text; /* and written as text there: no doubt how it is meant */
  bool from_url;   /* then no secret is taken */
} key_wish;

/* Reads a JWK, a JWKS, PEM or a secret. What a set holds that is unfit is left out and told of as
 * one warning; false, with an error told, when no key is left. Rules 4, 6, 23. */
bool keys_read(str bytes, const key_wish *wish, problems *p, key_row *out);
bool key_from_jwk(const json_object *jwk, const key_wish *wish, problems *p, verify_key **out);
bool keys_from_pem(str bytes, const key_wish *wish, problems *p, key_row *out);
bool key_from_secret(str secret, const algorithm *only, const key_wish *wish, problems *p,
                     verify_key **out);
/* Takes the EVP_PKEY over. Checks strength and point. */
bool key_from_pkey(void *pkey, const algorithm *only, const key_wish *wish, problems *p,
                   verify_key **out);
/* The text at a dotted path in Rails' encrypted credentials; the arena's, the caller wipes it
 * (key_rails.c). */
bool rails_credentials_read(arena *a, str path, str name, str *out, problems *p);
/* Bytes that are no key by their form are named for what they are (key_hint.c). Always false. */
bool key_unknown(str bytes, problems *p);
/* The same of a JSON object without `keys`; true when it may be a JWK. */
bool json_no_key(const json_object *o, problems *p);
void secret_hint(str secret, problems *p); /* warns of what a raw secret looks like */
const char *public_key_text_kind(
    str bytes); /* "PEM text", ... when the bytes are how a public key is written; else NULL */

/* ---- policy (policy.c, policy_file.c) -------------------------------------------------------- */

typedef enum { BINDING_WHEN_BOUND, BINDING_OFF, BINDING_REQUIRED } binding_mode;

/* A secret that the policy names: the file or the variable that holds it. ptr NULL: none. */
typedef struct {
  str file, env;
} secret_place;

typedef struct {
  bt_keys_kind kind;
  str source, kid; /* absolute path, variable or URL; of discovery the issuer */
  str secret_path; /* inside what source holds: rails_credentials, vault */
  double refresh, cool_down, max_stale, overlap; /* seconds */
  double refresh_min, refresh_max;               /* what an answer may ask for */
  str ca, cert, cert_key;                        /* absolute paths */
  secret_place bearer;
  str jwks_host; /* of discovery: where the set may be besides the issuer's own host */
  str client_id; /* of introspection */
  secret_place client_secret;
  double cache; /* of introspection: seconds that an answer counts */
  unsigned line, column;
} key_source;

/* Whoever runs the policy brings them: libbatten reads the others by itself. */
static inline bool keys_fetched(bt_keys_kind kind) {
  return kind == BT_KEYS_JWKS_URL || kind >= BT_KEYS_VAULT;
}

/* Behind a URL that anybody who runs the policy can ask. */
static inline bool keys_by_url(bt_keys_kind kind) {
  return kind == BT_KEYS_JWKS_URL || kind == BT_KEYS_DISCOVERY;
}

enum { ALGORITHMS_MAX = 16, PLACES_MAX = 64 };

typedef enum { DEMAND_ONE_OF, DEMAND_CONTAINS_ANY, DEMAND_CONTAINS_ALL, DEMAND_PREFIX } demand_kind;

typedef struct {
  value_kind kind; /* JSON_STRING, JSON_NUMBER, JSON_TRUE or JSON_FALSE */
  str text;        /* of a string: decoded; of a number: as written */
} demanded_value;

typedef struct {
  str claim; /* see claim_find */
  demand_kind kind;
  LIST(demanded_value) values; /* never empty */
} claim_demand;

typedef struct {
  str name;         /* ptr NULL: a SPIFFE issuer */
  str trust_domain; /* "spiffe://example.org/" */
  const algorithm *algorithms[ALGORITHMS_MAX];
  size_t algorithm_count;
  str_list audiences, types;
  str_list required;  /* claims that must be texts */
  str_list present;   /* required claims that other rules check the value of */
  str audience_claim; /* ptr NULL: `aud` alone */
  LIST(claim_demand) demands;
  bool audience_exact, exp_optional, try_all, replay;
  bool discovery;              /* the keys are found by the issuer's metadata */
  unsigned tolerated;          /* bits of header members */
  double leeway, max_lifetime; /* max_lifetime 0: no limit */
  LIST(bt_place) places;       /* where its tokens are looked for; never empty */
  uint64_t place_bits;         /* the same, of the policy's places */
  unsigned line, column;       /* in the policy file */
  key_source keys;
} issuer_rule;

/* What a route asks for is compared in route.c (asks_no_less): a new demand belongs there too. */
struct bt_route {
  str path;
  str mount;                /* of "/a/" and two stars: "/a"; else ptr NULL */
  str folded, folded_mount; /* in lower case */
  str_list methods, hosts, scopes;
  bool is_public;
  bool optional;         /* no token is needed, but one that is there must be good */
  unsigned line, column; /* in the policy file */
};

typedef enum { CASE_UNSAID, CASE_SENSITIVE, CASE_INSENSITIVE } letter_case;

typedef struct {
  unsigned allowed; /* bits of bt_path_fault */
  letter_case letters;
} path_rules;

typedef struct {
  str file, database; /* absolute; at most one, the other's ptr NULL */
  unsigned line, column;
} revocation_source;

typedef struct {
  str path; /* below `kubernetes.io`, dotted: "pod.uid" */
  str value;
} workload_fact;

typedef struct {
  key_row keys;
  double loaded, good_until;
  double fresh_until; /* 0: no end */
} issuer_keys;

typedef struct revocations revocations;
typedef struct replay_memory replay_memory;

/* What changes while readers run. */
typedef struct {
  issuer_keys *issuers;
  const revocations *revoked;
} snapshot;

enum { NONCE_KEY = 32, NONCE_TEXT = 32 };

typedef struct {
  str name;
  LIST(issuer_rule) issuers;
  LIST(bt_route) routes;
  LIST(bt_place) places;
  LIST(bt_forward) forwards;
  LIST(workload_fact) workload;
  str_list files; /* all that the policy names, absolute */
  str_list scopes;
  str scope_claim, dpop_origin;
  str resource_metadata; /* ptr NULL: none */
  bool introspects;      /* one issuer is asked about its tokens */
  bool preflight;
  revocation_source revocation;
  double dpop_max_age;
  binding_mode mtls, dpop;
  bool nonces, has_nonce_key;
  double nonce_life; /* seconds of a slot */
  unsigned char nonce_key[NONCE_KEY];
  bt_mode mode;
  path_rules paths;
  bool hosts_named, capitals; /* a route names hosts; a path in capitals */
  bt_override method_override;
  size_t token_limit, replay_entries;
} policy_rules;

enum { POLICY_FILE_MAX = 1024 * 1024 };

/* Reads the file. The folder that its paths are relative to is *directory. */
bool policy_file_read(arena *a, const char *path, str *text, const char **directory, error *e);
/* Whether a secret's file is its owner's: false when all can change it, a warning when all can read
 * it. */
bool check_private(const char *path, problems *p);
bool policy_read(arena *a, str text, const char *name, const char *directory, policy_rules *out,
                 problems *p);

const policy_rules *policy_rules_of(const bt_policy *p);
/* The present snapshot, kept from going until released. Never waits. */
const snapshot *policy_hold(const bt_policy *p, size_t stripe, unsigned *slot);
void policy_release(const bt_policy *p, size_t stripe, unsigned slot);
void policy_want_keys(const bt_policy *p, size_t issuer); /* a token named an unknown kid */
uint64_t policy_number(const bt_policy *p); /* no two policies of a process share it */
replay_memory *policy_replay(const bt_policy *p);

/* ---- fetching (key_fetch.c, key_discovery.c) ------------------------------------------------- */

/* What is known of an issuer's source; changed under policy_lock. */
typedef struct {
  _Atomic bool unknown_kid; /* a token named one */
  bool asking;              /* a fetch is under way */
  uint64_t said;            /* what was told of the last failure */
  file_stamp stamp;         /* of a file, when it was last read */
  bt_keys_memo memo;
} source_state;

source_state *policy_source(bt_policy *p, size_t issuer);
void policy_lock(bt_policy *p);
void policy_unlock(bt_policy *p);
bool policy_read_set(const bt_policy *p, size_t issuer, str bytes, key_row *row, problems *out);
/* Under policy_lock: puts the set in force, or goes on with the one that is (row NULL), from
 * memo.loaded on. */
bool policy_put_set(bt_policy *p, size_t issuer, key_row *row, double now);
bool policy_has_keys(const bt_policy *p, size_t issuer, double now);

/* A token or password of the policy's own, as it is now; the arena's, the caller wipes it. */
bool secret_read(arena *a, const secret_place *place, const char *name, str *out, problems *p);

/* Where an issuer's metadata may be (OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3);
 * ptr NULL past the last. */
str metadata_url(arena *a, str issuer, size_t look);
/* The key set's URL in such a document, when the document is the issuer's own. */
bool metadata_read(arena *a, str body, str issuer, str jwks_host, str *url, problems *p);

/* ---- a token taken apart (compact.c) --------------------------------------------------------- */

typedef struct {
  char *bytes; /* header, payload and signature, decoded, each with PADDING */
  str header_json, payload_json, signature, signing_input;
  json_object header, claims;
  char *last_header; /* the encoded header that is decoded and scanned in place; issuers' tokens
                        share one */
  size_t last_header_len; /* 0: none is kept */
  bool header_kept;       /* compact_split found it there again */
} compact;

bool compact_new(compact *c);
void compact_free(compact *c);
/* Rules 1 and 2. */
bt_refusal compact_split(compact *c, str jwt, size_t limit);
/* The header has been scanned and stays as it is: the next token's may be the same. */
void compact_keep_header(compact *c);
/* Rule 3. */
bt_refusal json_refusal(json_fault fault);

/* ---- verdict --------------------------------------------------------------------------------- */

struct bt_result {
  compact token, proof;
  const bt_policy *policy;
  const issuer_rule *issuer;
  size_t issuer_index;
  const algorithm *alg;
  const verify_key *key; /* while the snapshot is held */
  char kid[KID_MAX];
  size_t kid_len;
  const algorithm *header_alg; /* what header_check found; stands while the header is kept */
  size_t header_kid_len;
  unsigned header_keys; /* bits of the members that bring a key */
  size_t stripe;
  bt_status status;
  bt_refusal refusal;
  bool cached;
  bt_introspect_fn look; /* NULL: nobody is asked about tokens */
  void *look_context;
  bool unasked;
  bool nonce_due; /* of a request with a proof: it lacked the nonce, or had the last slot's */
  double now;
  double expires, issued;    /* NAN when absent */
  uint64_t scopes[4];        /* bits of the policy's allow list */
  char *item;                /* bt_claim_item decodes here; JSON_MAX bytes */
  struct token_cache *cache; /* or NULL */
  char detail[DETAIL_MAX];
};

enum { SCOPES_MAX = 256 };

unsigned header_key_bit(str name); /* of `jwk`, `jku`, ...; 0 for any other */

/* The steps of a verdict. Each gives BT_REFUSAL_NONE or refuses with a detail. */
bt_refusal header_check(bt_result *r);  /* rules 4, 5, 9, 10, 11, 12 */
bt_refusal issuer_choose(bt_result *r); /* rule 13 */
/* Whether the token is one that its issuer is asked about, who is then the result's. */
bool introspect_choose(bt_result *r, str token);
bt_refusal introspect_check(bt_result *r, str token); /* rule 23; the answer becomes the claims */
bt_refusal key_check(bt_result *r, const issuer_keys *keys);           /* rules 4, 7, 8, 11, 23 */
bt_refusal claims_check(bt_result *r);                                 /* rules 14, 15, 16 */
bt_refusal demands_check(bt_result *r);                                /* rule 16 */
bt_refusal revocation_check(bt_result *r, const revocations *revoked); /* rule 18 */
bt_refusal binding_check(bt_result *r, const bt_request *request, str jwt); /* rule 19 */
bt_refusal dpop_check(bt_result *r, const bt_request *request, str jwt,
                      str thumbprint); /* rule 19 */

typedef enum { NONCE_WRONG, NONCE_GOOD, NONCE_LAST } nonce_verdict;

nonce_verdict nonce_check(const bt_policy *p, str given, double now); /* rule 19 */
bt_refusal workload_check(bt_result *r);                              /* rule 20 */
bt_refusal scopes_check(bt_result *r);                                /* rule 21 */
bt_refusal replay_check_token(bt_result *r);                          /* rule 17 */

/* The step of an explanation at which this refusal comes (explain.c); NULL: none knows it. */
const char *explain_step_of(bt_refusal refusal);

bt_refusal refuse(bt_result *r, bt_refusal refusal, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
