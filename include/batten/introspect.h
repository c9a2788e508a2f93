/* Tokens that only their issuer can tell of (RFC 7662): opaque ones, and those of an issuer whose
 * policy says `keys: {introspection: URL}`. libbatten opens no connection and waits for nobody: who
 * runs the policy gives what was answered, or says that it is not known yet, and decides again when
 * it is. Without that every such token is refused (BT_NO_KEYS). The answer's claims are held to the
 * policy as a signed token's are. */
#ifndef BATTEN_INTROSPECT_H
#define BATTEN_INTROSPECT_H

#include "batten/fetch.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BT_ANSWER_MAX = 8192 };

typedef enum { BT_ASKED_NOT_YET, BT_ASKED_FAILED, BT_ASKED_ANSWERED } bt_asked;

/* Fills `answer` (BT_ANSWER_MAX bytes) and *length with what the issuer said of the token. */
typedef bt_asked (*bt_introspect_fn)(void *context, const bt_policy *policy, size_t issuer,
                                     bt_text token, double now, char *answer, size_t *length);

void bt_result_introspect_by(bt_result *result, bt_introspect_fn look, void *context);
/* Whether the last verdict is for want of an answer alone (BT_ASKED_NOT_YET). */
bool bt_result_unasked(const bt_result *result);

/* What to ask; to be carried as a key set is. False, told why, when the policy's own credentials
 * cannot be read. */
bool bt_introspect_begin(const bt_policy *policy, size_t issuer, bt_text token, bt_fetch *out,
                         bt_problem_fn on_problem, void *context);
/* For how many seconds the answer may be kept: not beyond the token's `exp`, shortly when the token
 * is not active, but always for a second. 0: it is no answer. */
double bt_introspect_life(const bt_policy *policy, size_t issuer, bt_text answer, double now,
                          bool *active);

#ifdef __cplusplus
}
#endif
#endif
