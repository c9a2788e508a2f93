/* Revocations in an SQLite database, for policies with `revocation: {sqlite: PATH}`. Apart from
 * libbatten, which has no SQLite: link with libbatten-sqlite too (pkg-config batten-sqlite).
 *
 * The database is only read, whoever writes to it and in whichever journal mode: no file is made
 * beside one that nobody has open, no reader waits for a writer. Its schema is not trusted:
 * `revoked` must be a table, no view. A process that also opens it with another copy of SQLite must
 * not use this (SQLite's "How to corrupt", section 2.2.1). */
#ifndef BATTEN_SQLITE_H
#define BATTEN_SQLITE_H

#include "batten/batten.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the database for a policy that was just loaded; waits up to two seconds for a writer.
 * False, and told why, when it cannot be read whole: then the policy is not to be used. True also
 * for a policy that names none. */
bool bt_sqlite_load(bt_policy *policy, double now, bt_problem_fn on_problem, void *context);

/* What follows the database of one policy, from one thread at a time. It opens nothing yet; after
 * fork(2) it begins anew. NULL without memory. */
typedef struct bt_sqlite bt_sqlite;
bt_sqlite *bt_sqlite_new(void);
void bt_sqlite_free(bt_sqlite *follower);
/* Takes over what changed; call it beside bt_policy_refresh, always with the same policy. Costs one
 * small query when nothing did, and waits for nobody. A database that vanished or broke leaves the
 * last good list and is told of once. True when something was taken over. */
bool bt_sqlite_refresh(bt_sqlite *follower, bt_policy *policy, double now, bt_problem_fn on_problem,
                       void *context);

/* Makes database and table where they are not; see bt_revoked_schema. False with a sentence in
 * `message`. */
bool bt_sqlite_create(const char *path, char *message, size_t size);
/* Adds one entry, as bt_revoke does to a list. */
bool bt_sqlite_revoke(const char *path, const char *kind, bt_text value, bt_text issuer,
                      double until, char *message, size_t size);

#ifdef __cplusplus
}
#endif
#endif
