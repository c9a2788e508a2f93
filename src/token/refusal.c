/* The names of the refusals: stable, one a rule or finer. */
#include "token/strict.h"

static const struct {
  const char *name;
  int rule;
  const char *sentence;
} ROWS[BT_REFUSAL_COUNT] = {
    [BT_TOKEN_MISSING] = {"token-missing", 1, "there is no token"},
    [BT_TOKEN_TOO_LONG] = {"token-too-long", 1, "the token is longer than the policy allows"},
    [BT_TOKEN_NOT_COMPACT] = {"token-not-compact", 1,
                              "the token is not three parts with two dots and nothing around them"},
    [BT_BASE64_INVALID] =
        {"base64-invalid", 2,
         "a part is not strict base64url: padding, a foreign byte or trailing bits"},
    [BT_JSON_INVALID] = {"json-invalid", 3, "header or payload is not valid JSON in UTF-8"},
    [BT_JSON_NOT_OBJECT] = {"json-not-object", 3, "header or payload is JSON, but no object"},
    [BT_JSON_DUPLICATE] = {"json-duplicate-member", 3, "a member name stands twice in one object"},
    [BT_JSON_TOO_DEEP] = {"json-too-deep", 3, "header or payload nests deeper than 32 levels"},
    [BT_ALG_MISSING] = {"alg-missing", 4, "the header has no `alg`, or it is no string"},
    [BT_ALG_NOT_ALLOWED] = {"alg-not-allowed", 4,
                            "`alg` is not in the policy's list for this issuer"},
    [BT_ALG_KEY_MISMATCH] = {"alg-key-mismatch", 4,
                             "`alg` does not fit the key's type or the key's own `alg`"},
    [BT_ALG_NONE] = {"alg-none", 5, "`alg` is none: the token is not signed"},
    [BT_SIGNATURE_LENGTH] = {"signature-length", 7,
                             "the signature does not have the algorithm's length"},
    [BT_SIGNATURE_RANGE] = {"signature-range", 7,
                            "a number of the signature is zero or not below its bound"},
    [BT_SIGNATURE_INVALID] = {"signature-invalid", 7,
                              "the signature is not of this key over these bytes"},
    [BT_CRIT_UNKNOWN] = {"crit-unknown", 9,
                         "`crit` asks for something that is not understood, or is malformed"},
    [BT_B64_FALSE] = {"b64-false", 9, "`b64` is in the header: unencoded payloads are not taken"},
    [BT_ENCRYPTED_OR_NESTED] = {"encrypted-or-nested", 9,
                                "the token is encrypted, compressed or holds another token"},
    [BT_HEADER_KEY] = {"header-key", 10, "the header brings or points to a key"},
    [BT_KID_INVALID] = {"kid-invalid", 11, "`kid` is no string, empty or too long"},
    [BT_KID_UNKNOWN] = {"kid-unknown", 11, "`kid` names none of the issuer's keys"},
    [BT_KID_AMBIGUOUS] = {"kid-ambiguous", 11,
                          "no `kid` says which key is meant, and not exactly one fits"},
    [BT_TYP_MISMATCH] = {"typ-mismatch", 12, "`typ` is not a type that the policy names"},
    [BT_ISS_MISSING] = {"iss-missing", 13, "`iss` is missing or no string"},
    [BT_ISS_UNKNOWN] = {"iss-unknown", 13, "`iss` is not an issuer of the policy"},
    [BT_TOKEN_MISPLACED] = {"token-misplaced", 13,
                            "the token came by a place that its issuer's `token` does not name"},
    [BT_AUD_MISSING] = {"aud-missing", 14, "`aud` is missing"},
    [BT_AUD_INVALID] = {"aud-invalid", 14,
                        "`aud` is neither a string nor an array of strings with at least one"},
    [BT_AUD_MISMATCH] =
        {"aud-mismatch", 14,
         "`aud` names no audience of the policy, or a foreign one where that refuses"},
    [BT_EXP_MISSING] = {"exp-missing", 15, "`exp` is missing"},
    [BT_TIME_INVALID] = {"time-invalid", 15,
                         "`exp`, `nbf` or `iat` is no number, or out of bounds"},
    [BT_EXPIRED] = {"expired", 15, "the token has expired"},
    [BT_NOT_YET_VALID] = {"not-yet-valid", 15, "`nbf` is in the future"},
    [BT_ISSUED_IN_FUTURE] = {"issued-in-future", 15, "`iat` is in the future"},
    [BT_IAT_MISSING] = {"iat-missing", 15, "`iat` is missing, and the policy limits the lifetime"},
    [BT_LIFETIME_TOO_LONG] = {"lifetime-too-long", 15,
                              "from `iat` to `exp` is longer than the policy's max_lifetime"},
    [BT_CLAIM_MISSING] = {"claim-missing", 16, "a claim that the policy requires is missing"},
    [BT_CLAIM_INVALID] = {"claim-invalid", 16, "a claim is no string, empty or too long"},
    [BT_CLAIM_MISMATCH] = {"claim-mismatch", 16,
                           "a claim is not what the policy demands under `claims`"},
    [BT_REPLAYED] = {"replayed", 17, "this `jti` has been seen before"},
    [BT_REPLAY_MEMORY_FULL] = {"replay-memory-full", 17, "the memory of seen tokens is full"},
    [BT_REVOKED] = {"revoked", 18,
                    "the token, its subject, its key or its time of issue is revoked"},
    [BT_CNF_MISSING] = {"cnf-missing", 19,
                        "the policy asks for a bound token, and `cnf` does not bind it"},
    [BT_CNF_UNSUPPORTED] = {"cnf-unsupported", 19,
                            "`cnf` binds the token in a way that is not checked here"},
    [BT_CERTIFICATE_MISSING] = {"certificate-missing", 19,
                                "the token is bound to a client certificate, and none was shown"},
    [BT_CERTIFICATE_MISMATCH] = {"certificate-mismatch", 19,
                                 "the token is bound to another client certificate"},
    [BT_DPOP_MISSING] = {"dpop-missing", 19,
                         "the token is bound to a DPoP key, and there is not exactly one proof"},
    [BT_DPOP_INVALID] = {"dpop-invalid", 19,
                         "the DPoP proof is malformed, badly signed or too old"},
    [BT_DPOP_MISMATCH] = {"dpop-mismatch", 19,
                          "the DPoP proof is for another key, method, URI or token"},
    [BT_DPOP_REPLAYED] = {"dpop-replayed", 19, "the DPoP proof has been used before"},
    [BT_DPOP_NONCE] =
        {"dpop-nonce", 19,
         "the DPoP proof lacks the nonce that was given out, or has one of too long ago"},
    [BT_DPOP_SCHEME] = {"dpop-scheme", 19,
                        "the token is bound to a DPoP key, and came under the scheme Bearer"},
    [BT_WORKLOAD_MISMATCH] = {"workload-mismatch", 20, "the token was minted for another workload"},
    [BT_SCOPE_INVALID] = {"scope-invalid", 21,
                          "the scope claim is neither a string nor an array of strings"},
    [BT_TOKEN_INACTIVE] = {"token-inactive", 23, "the issuer says that the token is not active"},
    [BT_KEYS_UNAVAILABLE] = {"keys-unavailable", 23, "the issuer has no usable key"},
    [BT_REVOCATION_UNREAD] = {"revocation-unread", 18,
                              "the database of what is revoked was not read yet"},
};

static bool known(bt_refusal r) {
  return (unsigned)r < BT_REFUSAL_COUNT;
}

const char *bt_refusal_name(bt_refusal r) {
  return known(r) ? ROWS[r].name : NULL;
}

int bt_refusal_rule(bt_refusal r) {
  return known(r) ? ROWS[r].rule : 0;
}

const char *bt_refusal_sentence(bt_refusal r) {
  return known(r) ? ROWS[r].sentence : NULL;
}
