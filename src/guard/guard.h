/* Enforcement: the forward-auth daemon, and the state that running guards share. */
#ifndef BATTEN_GUARD_H
#define BATTEN_GUARD_H

#include "base/base.h"
#include "batten/batten.h"

/* Which shape of forward authentication is read; the headers of the others are ignored. */
typedef enum { PROXY_NGINX, PROXY_TRAEFIK, PROXY_CADDY, PROXY_ENVOY } proxy_kind;

bool proxy_parse(str text, proxy_kind *out);

/* How the subject of a verified token stands in the log. */
typedef enum { SUBJECTS_PLAIN, SUBJECTS_HASHED, SUBJECTS_NONE } subject_style;

bool subjects_parse(str text, subject_style *out);

typedef struct {
  const char *policy;  /* file */
  str listen, metrics; /* address:port, or unix:PATH; metrics empty: none */
  proxy_kind proxy;
  const char *tls_cert, *tls_key; /* PEM files; NULL: plain HTTP */
  unsigned threads;               /* 0: one a core */
  bool problem_json;              /* refusals carry application/problem+json; else no body */
  bool log_allowed;               /* log what is let through too */
  subject_style subjects;
  const char *user; /* to become after start; NULL: stay */
  bool sandbox;     /* Landlock and seccomp after start */
  volatile int *stop, *reload;
} guard_options;

/* Serves until *stop. False when it could not begin (e says why; problems of the policy went to
 * stderr). */
bool guard_serve(const guard_options *o, error *e);

/* A policy with all that it names: its keys, and what is revoked, be it in a list or a database.
 * NULL when something is wrong. */
bt_policy *guard_load(const char *path, bt_problem_fn tell, void *context);

/* For commands that try a policy: asks for the keys of each issuer that has them behind a URL,
 * once. False when any could not be had; why was told. */
bool guard_fetch_once(bt_policy *policy, bt_problem_fn tell, void *context, error *e);
/* Tells of each issuer whose keys are elsewhere and were not asked for; true when there is one. */
bool guard_tell_unfetched(const bt_policy *policy, bt_problem_fn tell, void *context);

/* "policy.yaml:7:5: message" on stderr, as compilers write it. */
void guard_print_problem(const bt_problem *problem, void *context);

/* ---- keys on disk ---------------------------------------------------------------------------- */

typedef struct {
  const char *policy;
  str issuer;              /* empty: the policy's only one */
  str kid;                 /* of the new key; empty: made from the date */
  const char *private_out; /* where the new private key goes, for public-key algorithms */
  double overlap; /* seconds in which the old keys still count; they are taken out by the next
                     rotation after it */
  bool dry_run;
} rotation;

/* Adds a fresh key to the issuer's key file, first in the set, and drops those past their overlap.
 * `told` gets what was done, or would be. */
bool guard_rotate(arena *a, const rotation *r, buf *told, error *e);
/* The issuers and their keys, with an alarm for what ends within `soon` seconds. */
bool guard_list_keys(arena *a, const char *policy, double soon, buf *told, bool *alarm, error *e);

#endif
