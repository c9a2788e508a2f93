/* How a check works. A check is a row: what it needs, what it sends (plan), what decides (judge).
 * Both functions are pure: they see the subject and the answers, never the network, the clock or
 * each other's state. */
#ifndef BATTEN_SCAN_CHECK_H
#define BATTEN_SCAN_CHECK_H

#include "scan/scan.h"

/* ---- answers and how they compare ------------------------------------------------------------ */

/* One comparable fact of an answer: a place in it and what stood there. */
/* A member's value, a word of a text, what lies in a list. */
typedef enum {
  FEATURE_STATUS,
  FEATURE_TYPE,
  FEATURE_VALUE,
  FEATURE_WORD,
  FEATURE_SOFT
} feature_kind;

typedef struct {
  uint64_t place; /* hash of the kind and the JSON path or word */
  uint64_t value; /* hash; never 0, which stands for absent */
  feature_kind kind;
} feature;

typedef LIST(feature) feature_set; /* sorted by place */

/* The features of an answer. In JSON strings and text, `echo` (when it has two bytes or more)
 * counts as `meant`: so an answer that repeats what was sent compares as if the original had been
 * sent. */
feature_set answer_features(arena *a, const http_response *r, str echo, str meant);

typedef enum {
  ALIKE_NOTHING, /* no answer to compare: dropped, throttled, not sent */
  ALIKE_BAD,     /* as one of the refusals, or in a way that neither is */
  ALIKE_MOST,    /* no refusal, and most of what tells good from bad is as in the good answers */
  ALIKE_SHAPE,   /* status and structure of the good answer, some values are not */
  ALIKE_GOOD     /* everything that tells good from bad is as in the good answers */
} likeness;

typedef struct {
  const char *name; /* "no token", "random signature", "not a token" */
  LIST(feature_set) samples;
  bool silent; /* no answer at all is the refusal: closed, no HTTP, or nothing in time */
  bool off;    /* answers like the good token: the server's flaw, so no measure of refusal */
} bad_baseline;

enum { BAD_NONE, BAD_SIGNATURE, BAD_SYNTAX, BAD_COUNT };

/* What tells the good answers from one refusal, kept until there are more samples of either. */
typedef struct difference_memo difference_memo;

typedef struct {
  LIST(feature_set) good;
  bad_baseline bad[BAD_COUNT];
  difference_memo *memo; /* from baselines_memo; NULL: found anew each time */
} baselines;

difference_memo *baselines_memo(arena *a);

/* What tells the good answers from this refusal is empty: the two cannot be told apart. */
bool baselines_same(arena *a, const baselines *b, int bad);
/* Status or structure tell them apart; else only values or items of lists do, which may differ by
 * chance. */
bool baselines_differ_in_structure(arena *a, const baselines *b, int bad);
/* Nothing but what lies in lists, or words of a text, tells them apart: it may have been so by
 * chance. */
bool baselines_differ_loosely(arena *a, const baselines *b, int bad);
likeness answer_likeness(arena *a, const baselines *b, const feature_set *answer);
/* Two answers show the same stable facts (those that do not change between the good samples). */
bool answers_equal(const feature_set *x, const feature_set *y);
/* Status 4xx, 5xx or 3xx, or a JSON object that says "error". */
bool answer_is_refusal(const http_response *r);
/* 502, 503 or 504: a gateway speaks of the server behind it, not the server of the request. */
bool answer_is_gateways(const http_response *r);

/* ---- probes ---------------------------------------------------------------------------------- */

typedef struct {
  http_request request;
  http_response response;
  feature_set features;
} exchange;

typedef struct {
  LIST(exchange) tries;
  size_t sent;    /* also those tries that were taken back */
  bool held_back; /* some try was throttled at first, though it may have been answered then */
} answers;        /* shared by probes whose requests are equal */

typedef enum { ROLE_ATTACK, ROLE_CONTROL, ROLE_LOOK } probe_role;

/* How a probe's token was made, so that a later step can make another the same way. */
typedef struct {
  members header;
  str alg;
  const key *key; /* NULL: the signature is `signature` */
  str signature;
  bool owner_key; /* signed with the owner's key: masked in evidence */
  bool valid;
} recipe;

typedef struct probe {
  str label; /* unique within the operation */
  str note;  /* what was sent, for a person */
  probe_role role;
  struct probe *control; /* rules out the simpler explanation of this attack; NULL when the check's
                            controls do */
  http_request request;
  str token; /* as sent; ptr NULL when none */
  str echo, meant;
  bool forged;   /* the token needs no key of the owner: it is the proof, and is shown */
  bool deferred; /* a control that is sent only when the attack that it stands beside seems to
                    succeed */
  bool by_shape; /* another identity answers: structure decides, not values */
  bool by_most;  /* claims were changed or left out, and an answer may repeat them: what is like
                    neither may be that */
  recipe recipe;
  str canary_url; /* ptr NULL when it points at none */
  size_t canary_hits;
  str canary_request;
  answers *answers;
} probe;

typedef LIST(probe *) probe_list;

typedef enum { VERDICT_UNDECIDED, VERDICT_REFUSED, VERDICT_LIKELY, VERDICT_ACCEPTED } verdict;

/* ---- subject: all that plan and judge may know ----------------------------------------------- */

typedef enum {
  STATE_TESTABLE,
  STATE_NO_TOKEN,        /* no good token is known */
  STATE_OPEN,            /* answers alike without a token */
  STATE_KNOWN_OTHERWISE, /* another credential of the request opens it too */
  STATE_CATCH_ALL,       /* answers alike at a path that does not exist */
  STATE_CACHED,          /* refusals and good answers are mixed by a cache */
  STATE_REFUSED,         /* the good token is refused */
  STATE_UNSTABLE,        /* the good token's answers have nothing in common */
  STATE_SILENT           /* no answer at all */
} operation_state;

typedef struct {
  str url;
  http_request request;
  http_response response;
} document; /* found by discovery: a JWKS */

typedef LIST(document) document_list;

/* Interfaces of the host's runtime: where one usually lies, and the words that only it says. See
 * checks/runtime.c. */
typedef enum {
  RUNTIME_DOCKER,
  RUNTIME_KUBELET,
  RUNTIME_CADVISOR,
  RUNTIME_ETCD,
  RUNTIME_KUBERNETES,
  RUNTIME_DASHBOARD
} runtime_kind;

typedef struct {
  runtime_kind kind;
  const char *scheme;
  unsigned port;
  const char *path, *body; /* body NULL: GET, else POST */
  const char *signature;
} runtime_row;

extern const runtime_row RUNTIME_ROWS[];
extern const size_t RUNTIME_ROWS_COUNT;

typedef struct check check;
typedef struct outcome outcome;

/* Keys that the API cannot know, one for each algorithm: RSA keys take long to make. */
typedef struct {
  arena *arena; /* the scan's */
  LIST(struct cached_key {
    const algorithm *alg;
    key *key;
  })
  keys;
} key_cache;

typedef struct {
  arena *arena; /* life of the operation */
  const scan_options *options;
  double now; /* seconds since 1970, fixed at the start or by the recording */
  size_t operation_index;
  bool new_token; /* no operation before this one was sent it */
  const operation *operation;
  str name; /* "GET /api/me" */
  operation_state state;
  token token; /* the good one, parsed */
  bool has_token;
  const algorithm *alg; /* of the good token; NULL when unknown */
  baselines base;
  probe_list baseline_probes; /* none, random signature, not a token; then the good one */
  probe *good;
  key_list public_keys;   /* that verify the good token, else all given */
  const key *signing_key; /* signed the good token; NULL */
  bool key_works;         /* a re-signed copy of the good token was accepted (or equally refused) */
  str key_problem;        /* why not */
  weak_result weak;
  key_cache *keys;
  canary *canary; /* NULL: off, or replaying */
  bool canary_on;
  LIST(document) documents;
  LIST(document)
  metadata; /* of an OpenID provider or authorization server, published on the target */
  document_list runtime;   /* one for each of RUNTIME_ROWS; empty: not asked */
  str tls;                 /* what the target's TLS shows: see tls_look; empty when not observed */
  recipe forger;           /* after the first phase: a way to mint that this operation accepts */
  const outcome *outcomes; /* one for each row of the catalogue, as judged so far */
  int drifted;     /* the status of refusals after the first phase when it is another than before (a
                      block); else 0 */
  probe_list sent; /* everything sent for this operation, for checks that look */
} subject;

verdict probe_verdict(const subject *s, const probe *p);
bool probe_tried(const probe *p);
const http_response *probe_response(const probe *p); /* the first answer, or NULL */
const http_response *
fine_answer(const probe *p); /* status 2xx and no object that says error; else NULL */
const outcome *outcome_of(const subject *s, const char *check_id);

/* ---- planning -------------------------------------------------------------------------------- */

typedef struct {
  arena *arena;
  const subject *subject;
  const check *check;
  probe_list probes;
} plan;

/* A request of the operation with this token in its place (ptr NULL: without). */
http_request request_with_token(arena *a, const operation *o, str token_text);
probe *plan_request(plan *p, probe_role role, const http_request *request, const char *note, ...)
    __attribute__((format(printf, 4, 5)));
/* The operation's request without any credential: also without cookies, headers of the user and
 * tokens in query and body. False when it holds none besides the good token in its place. */
bool request_bare(const subject *s, http_request *out);
bool header_is_credential(const subject *s, const http_header *h);
/* The same as somebody else: every place that holds the good token holds theirs. */
http_request request_as(arena *a, const operation *o, const identity *who);
/* The identities besides the one whose token this operation's good token is, in the order given;
 * NULL past the last. */
const identity *other_identity(const subject *s, size_t i);
/* The identity of the good token: its name is "default" unless --as gives the very same token. */
str own_identity_name(const subject *s);
/* The operation's own request as this identity. Masked in evidence: it is the owner's token. */
probe *plan_as(plan *p, probe_role role, const identity *who, const char *note, ...)
    __attribute__((format(printf, 4, 5)));
probe *plan_token(plan *p, probe_role role, str token_text, const char *note, ...)
    __attribute__((format(printf, 4, 5)));
/* Mints with the recipe and these claims, and plans it. NULL when the key does not fit. */
probe *plan_mint(plan *p, probe_role role, const recipe *r, const members *claims, const char *note,
                 ...) __attribute__((format(printf, 5, 6)));
recipe recipe_with_key(const members *header, str alg, const key *k);
recipe recipe_with_signature(const members *header, str alg, str signature);
recipe recipe_owner(const subject *s); /* the good token's header, signed by the owner's key */
bool recipe_mint(arena *a, const recipe *r, const members *claims, str *out);
/* Header and payload of the good token as they stand, under another signature. */
str token_resigned(arena *a, const subject *s, str signature);
const key *fresh_key(const subject *s,
                     const algorithm *alg); /* made once a scan for each algorithm */

/* Sets the attack's control, which is sent only when the attack seems to succeed. Either may be
 * NULL. */
void plan_control(probe *attack, probe *control);

/* ---- judging --------------------------------------------------------------------------------- */

typedef enum { OUTCOME_NOT_TESTED, OUTCOME_SILENT, OUTCOME_FOUND } outcome_kind;

struct outcome {
  outcome_kind kind;
  str reason; /* of NOT_TESTED */
  severity severity;
  confidence confidence;
  probe_list proof;         /* shown as evidence; the first gives the command to repeat */
  probe_list confirm;       /* sent again before the finding stands, with the good token between */
  str detail;               /* a sentence added to the description */
  str parameter;            /* the claim, for claim-* */
  bool needs_reach;         /* silence counts only when the target is known to reach the canary */
  LIST(str) folded;         /* what follows from this flaw, as evidence notes */
  const probe_list *probes; /* all of this check */
};

struct check {
  const char *id;
  category category;
  severity severity;
  const char *title;       /* the finding in one line */
  const char *description; /* what it means and why it is dangerous */
  const char *sent;        /* what is sent, for the catalogue */
  const char *fix;
  const char *rails;   /* code; or NULL */
  const char *nginx;   /* configuration; NULL: what its category has, in page.c */
  const char *decides; /* what makes it a finding; NULL: accepted like the good token, its control
                          refused */
  const char *wrong;   /* how a finding, or silence, can be wrong; NULL: what its category has */
  const char *references;        /* "CWE-347 API2 CVE-2015-9235 RFC8725-3.2": see references.c */
  const char *needs;             /* for the catalogue: "T", "P", "K", "C", ...; "" for nothing */
  const char *const *implied_by; /* ids whose flaw explains this one; NULL-terminated, or NULL */
  int phase;      /* 1, or 2: after the first's findings, or 3: last, as it ends the token's life */
  bool any_state; /* also where the operation is open, refusing, or no token is known: it looks */
  bool claims_level; /* a claim-* probe: `--active claims` runs these alone */
  bool passive;      /* sends no forged token */
  bool once;         /* about the host, not the operation: runs with the first operation alone */
  bool once_a_token; /* about the token alone: runs with the first operation that it is sent to */
  bool unanswered;   /* also where the target does not answer: what it says of TLS is known all the
                        same */
  /* Why it does not apply here (a reason for the report), or NULL. May be NULL itself. */
  str (*skip)(const subject *s);
  void (*plan)(plan *p); /* NULL: it only looks */
  void (*follow)(
      plan *p); /* what the answers to the plan's probes give reason to send besides; may be NULL */
  void (*judge)(const subject *s, const probe_list *probes,
                outcome *out); /* NULL: judge_acceptance */
};

/* Found when an attack is accepted whose control is refused, and no control of the whole check is
 * accepted. */
void judge_acceptance(const subject *s, const probe_list *probes, outcome *out);
void outcome_not_tested(const subject *s, outcome *out, const char *reason);
void outcome_prove(const subject *s, outcome *out, probe *p); /* adds to proof, once */

const check *check_at(size_t i); /* the catalogue in order; NULL past the last */
size_t check_count(void);

/* Skip functions that many rows share. */
str skip_without_key(const subject *s);
str skip_without_canary(const subject *s);

/* ---- inside the engine ----------------------------------------------------------------------- */

void finding_build(arena *a, const subject *s, const check *c, const outcome *o, report *r);

#endif
