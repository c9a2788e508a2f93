/* What the files that read a policy share; private to libbatten. */
#ifndef BATTEN_POLICY_READ_H
#define BATTEN_POLICY_READ_H

#include "base/yaml.h"
#include "token/strict.h"

typedef struct {
  arena *arena;
  problems *p;
  const char *directory;
  policy_rules *out;
} reader;

typedef struct {
  const char *name;
  void (*read)(reader *r, const node *n, const char *name, void *into);
  size_t offset;      /* into the struct that read_map is given */
  const char *needed; /* what to write, when the key must be there; else NULL */
} field;

/* Reads the entries by the table, which ends with a row without name. False when there was an
 * error. */
bool read_map(reader *r, const node *n, const char *what, const field *fields, void *into);
bool at_node(reader *r, const node *n);      /* problems are there from now on; always true */
bool at_key(reader *r, const node_entry *e); /* the same, at an entry's key */
void read_text(reader *r, const node *n, const char *name, void *into);  /* str */
void read_texts(reader *r, const node *n, const char *name, void *into); /* str_list, not empty */
void read_flag(reader *r, const node *n, const char *name, void *into);  /* bool */
void read_duration(reader *r, const node *n, const char *name, void *into); /* double: seconds */
void read_path(reader *r, const node *n, const char *name,
               void *into); /* str: relative to the policy, NUL behind it */
bool read_word_of(reader *r, const node *n, const char *name, const char *const *words, int *out);

bool check_claim_name(reader *r, str name); /* tells when it can name no claim: claim_path.c */
void read_claim_name(reader *r, const node *n, const char *name, void *into); /* str */
void read_claims(reader *r, const node *n, const char *name, void *into); /* issuer_rule: demands */
void read_places(reader *r, const node *n, const char *name, void *into); /* issuer_rule: places */
void use_default_place(reader *r, issuer_rule *out);
void number_places(reader *r, issuer_rule *rule); /* among all the policy's */
bool is_loopback_url(reader *r, str text);
void read_issuer(reader *r, const node *n, issuer_rule *out);
void read_keys(reader *r, const node *n, const char *name, void *into);      /* key_source */
void read_discovery(reader *r, const node *n, const char *name, void *into); /* issuer_rule */
/* After all of the issuer was read: whether its keys come from exactly one place. */
void check_keys(reader *r, const node *n, issuer_rule *out);
void read_routes(reader *r, const node *n, const char *name, void *into);
void read_paths(reader *r, const node *n, const char *name, void *into);    /* path_rules */
void read_override(reader *r, const node *n, const char *name, void *into); /* bt_override */
void read_binding(reader *r, const node *n, const char *name, void *into);

#endif
