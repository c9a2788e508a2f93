"""The flaws a target can have: one row each, with the finding that it must lead to.

A name may carry a variant after a colon: the same flaw in another form. `needs` says what a scanner must be given:
key (--signing-key), claims (--active claims and the key), spec (--spec), logout (--logout), public (--public-key).
`also` names further findings that are true of that very server, each with its reason.
"""
import hashlib
from typing import NamedTuple


class Flaw(NamedTuple):
    name: str
    check: str
    severity: str
    alg: str = "HS256"
    needs: tuple = ()
    place: str = "bearer"
    also: dict = {}

    @property
    def base(self):
        return self.name.partition(":")[0]

    @property
    def variant(self):
        return self.name.partition(":")[2]


# A server that decodes and never verifies accepts every other broken signature too.
NEVER_VERIFIED = {check: "no signature is ever looked at, so this one neither" for check in (
    "jwt-signature-missing", "jwt-signature-truncated", "jwt-alg-none", "jwt-secret-blank", "jwt-kid-path",
    "jwt-key-confusion", "jwt-jwk-embedded", "jwt-x5c-embedded", "jwt-ecdsa-zero", "jwt-alg-not-pinned")}

FLAWS = {flaw.name: flaw for flaw in (
    # signature
    Flaw("signature-ignored", "jwt-signature-ignored", "critical"),
    Flaw("signature-ignored:fully", "jwt-signature-ignored", "critical", also=NEVER_VERIFIED),
    Flaw("signature-ignored:cached", "jwt-signature-ignored", "critical"),
    Flaw("signature-missing", "jwt-signature-missing", "critical"),
    Flaw("signature-missing:no-dot", "jwt-signature-missing", "critical"),
    Flaw("signature-truncated", "jwt-signature-truncated", "critical"),
    Flaw("signature-truncated:8", "jwt-signature-truncated", "critical"),
    Flaw("signature-truncated:text", "jwt-signature-truncated", "critical"),
    Flaw("signature-truncated:16", "jwt-signature-truncated", "critical", alg="HS512"),
    Flaw("signature-truncated:first-half", "jwt-signature-truncated", "critical"),
    Flaw("signature-truncated:spaced", "jwt-signature-truncated", "critical"),
    Flaw("alg-none", "jwt-alg-none", "critical"),
    Flaw("alg-none:unknown", "jwt-alg-none", "critical"),
    Flaw("alg-none:case", "jwt-alg-none", "critical"),
    Flaw("alg-none:kept", "jwt-alg-none", "critical", alg="RS256"),
    # keys
    Flaw("key-confusion:pem", "jwt-key-confusion", "critical", alg="RS256"),
    Flaw("key-confusion:pem-chomped", "jwt-key-confusion", "critical", alg="RS256"),
    Flaw("key-confusion:der", "jwt-key-confusion", "critical", alg="RS256"),
    Flaw("key-confusion:pkcs1", "jwt-key-confusion", "critical", alg="RS256"),
    Flaw("key-confusion:jwk", "jwt-key-confusion", "critical", alg="RS256"),
    Flaw("key-confusion:hs512", "jwt-key-confusion", "critical", alg="RS256"),
    Flaw("key-confusion:pkcs1-line", "jwt-key-confusion", "critical", alg="RS256"),
    Flaw("key-confusion:spki-line", "jwt-key-confusion", "critical", alg="RS256"),
    Flaw("key-confusion:certificate", "jwt-key-confusion", "critical", alg="RS256", needs=("certificate",)),
    Flaw("secret-weak", "jwt-secret-weak", "critical"),
    Flaw("secret-weak:hs512", "jwt-secret-weak", "critical", alg="HS512"),
    Flaw("secret-weak:own", "jwt-secret-weak", "critical", needs=("guess",)),
    Flaw("secret-weak:hashed", "jwt-secret-weak", "critical", needs=("guess",)),
    Flaw("secret-weak:digits", "jwt-secret-weak", "critical", needs=("guess",)),
    Flaw("secret-blank", "jwt-secret-blank", "critical"),
    Flaw("secret-null", "jwt-secret-blank", "critical"),
    Flaw("secret-null:itself", "jwt-secret-blank", "critical",
         also={"jwt-secret-weak": "the word null is the secret itself and may stand in a word list"}),
    Flaw("jwk-embedded", "jwt-jwk-embedded", "critical", alg="RS256"),
    Flaw("x5c-embedded", "jwt-x5c-embedded", "critical", alg="RS256"),
    Flaw("jku-fetched", "jwt-jku-fetched", "high", alg="RS256"),
    Flaw("jku-fetched:accepted", "jwt-jku-fetched", "critical", alg="RS256"),
    Flaw("jku-fetched:accepted-es256", "jwt-jku-fetched", "critical", alg="ES256"),
    Flaw("x5u-fetched", "jwt-x5u-fetched", "high", alg="RS256"),
    Flaw("x5u-fetched:accepted", "jwt-x5u-fetched", "critical", alg="RS256"),
    Flaw("kid-path", "jwt-kid-path", "critical"),
    Flaw("kid-injection", "jwt-kid-injection", "high"),
    Flaw("ecdsa-zero", "jwt-ecdsa-zero", "critical", alg="ES256"),
    Flaw("ecdsa-zero:n", "jwt-ecdsa-zero", "critical", alg="ES256"),
    # where the token is read, what the answer says
    Flaw("scheme-lax:other", "jwt-scheme-lax", "low"),
    Flaw("scheme-lax:bare", "jwt-scheme-lax", "low"),
    Flaw("scheme-lax:doubled", "jwt-scheme-lax", "low"),
    Flaw("in-query:access_token", "jwt-in-query", "medium"),
    Flaw("in-query:token", "jwt-in-query", "medium"),
    Flaw("in-query:jwt", "jwt-in-query", "medium"),
    Flaw("error-detail", "jwt-error-detail", "low"),
    Flaw("error-detail:python", "jwt-error-detail", "low"),
    Flaw("oversized", "jwt-oversized", "low"),
    Flaw("oversized:drop", "jwt-oversized", "low"),
    Flaw("oversized:deep", "jwt-oversized", "low"),
    # rules of a validly signed token
    Flaw("duplicate-member", "jwt-duplicate-member", "medium", needs=("key",)),
    Flaw("exp-ignored", "jwt-exp-ignored", "high", needs=("key",)),
    Flaw("exp-missing", "jwt-exp-missing", "medium", needs=("key",)),
    Flaw("nbf-ignored", "jwt-nbf-ignored", "medium", needs=("key",)),
    Flaw("iat-future", "jwt-iat-future", "low", needs=("key",)),
    Flaw("iss-ignored", "jwt-iss-ignored", "high", needs=("key",)),
    Flaw("iss-ignored:missing", "jwt-iss-ignored", "high", needs=("key",)),
    Flaw("aud-ignored", "jwt-aud-ignored", "high", needs=("key",)),
    Flaw("aud-ignored:missing", "jwt-aud-ignored", "high", needs=("key",)),
    Flaw("aud-ignored:list", "jwt-aud-ignored", "high", needs=("key",)),
    Flaw("typ-confusion", "jwt-typ-confusion", "medium", needs=("key",)),
    Flaw("crit-ignored", "jwt-crit-ignored", "medium", needs=("key",)),
    Flaw("b64-false", "jwt-b64-false", "low", needs=("key",)),
    Flaw("alg-not-pinned", "jwt-alg-not-pinned", "low", needs=("key",)),
    Flaw("alg-not-pinned:rsa", "jwt-alg-not-pinned", "low", alg="RS256", needs=("key",)),
    Flaw("claim-type", "jwt-claim-type", "low", needs=("key",)),
    Flaw("revoked-accepted", "jwt-revoked-accepted", "medium", needs=("logout",)),
    Flaw("not-bound", "jwt-not-bound", "high"),
    # what the application does with a claim
    Flaw("claim-url-fetched", "claim-url-fetched", "high", needs=("claims",)),
    Flaw("claim-path-semantics", "claim-path-semantics", "high", needs=("claims",)),
    Flaw("claim-shell-semantics", "claim-shell-semantics", "critical", needs=("claims",)),
    Flaw("claim-sql-semantics", "claim-sql-semantics", "high", needs=("claims",)),
    Flaw("claim-privilege:admin", "claim-privilege", "high", needs=("claims", "spec")),
    Flaw("claim-privilege:scopes", "claim-privilege", "high", needs=("claims", "spec")),
    Flaw("claim-privilege:host", "claim-privilege", "high", needs=("claims", "spec")),
    # seen by looking
    Flaw("lifetime-long", "jwt-lifetime-long", "medium"),
    Flaw("sensitive-claim:nested", "jwt-sensitive-claim", "medium"),
    Flaw("sensitive-claim", "jwt-sensitive-claim", "medium"),
    Flaw("jwks-private-key", "jwks-private-key", "critical", alg="RS256"),
    Flaw("jwks-weak-key", "jwks-weak-key", "medium", alg="RS256"),
    Flaw("cookie-flags", "cookie-flags", "medium", place="cookie"),
)}

WEAK_SECRETS = {"secret-weak": b"secret", "secret-weak:hs512": b"changeme", "secret-null:itself": b"null",
                "secret-weak:own": b"user-7-secret-2024", "secret-weak:digits": b"480213",
                "secret-weak:hashed": hashlib.sha256(b"secret-key").digest()}
