"""A strict verifier of compact JWTs in which exactly one rule can be relaxed, by the flaw's name."""
import base64
import hashlib
import hmac
import json
import math
import os
import re
import sqlite3
import time
import urllib.request
from urllib.parse import urlsplit

from cryptography import x509

from keys import (ORDER_P256, FAMILIES, b64, compact, mac, public_from_jwk, signature_matches, thumbprint, unb64)

TOKEN_LIMIT, DEPTH_LIMIT, LATEST_TIME = 8192, 32, 253402300799
SEGMENT = re.compile(r"[A-Za-z0-9_-]*\Z")
FOREIGN_KEY_MEMBERS = ("jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(Exception):
    pass


class Broken(Exception):
    """The server fails on this token instead of refusing it; `drop` closes the connection without an answer."""

    def __init__(self, drop=False):
        super().__init__("broken")
        self.drop = drop


def require(condition, reason):
    if not condition:
        raise Refused(reason)


def fetch(url):
    """GET from loopback and from nowhere else."""
    parts = urlsplit(url)
    require(parts.scheme == "http" and (parts.hostname == "localhost" or (parts.hostname or "").startswith("127.")), "not loopback")
    with _direct.open(url, timeout=5) as answer:
        return answer.read(1 << 16)


def decode_segment(text):
    require(SEGMENT.match(text) and len(text) % 4 != 1, "base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(b64(data) == text, "trailing bits")
    return data


def unique_members(pairs):
    require(len({name for name, _ in pairs}) == len(pairs), "duplicate member")
    return dict(pairs)


def refuse_constant(name):
    raise Refused("number " + name)


def bounded_integer(text):
    require(len(text) <= 24, "number too long")
    return int(text)


def bounded_float(text):
    value = float(text)
    require(len(text) <= 32 and math.isfinite(value), "number out of range")
    return value


def depth_of(text):
    deepest = depth = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            in_string = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def read_object(data, duplicates=False):
    """A JSON object, strictly: UTF-8, no duplicate member, bounded depth and numbers, nothing after it."""
    try:
        text = data.decode("utf-8")
        require(depth_of(text) <= DEPTH_LIMIT, "too deep")
        value = json.loads(text, object_pairs_hook=None if duplicates else unique_members,
                           parse_constant=refuse_constant, parse_int=bounded_integer, parse_float=bounded_float)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # refuses unpaired surrogates
    except (ValueError, RecursionError) as error:
        raise Refused("JSON") from error
    require(isinstance(value, dict), "not an object")
    return value


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Verifier:
    def __init__(self, key, issuer, audience, flaw="", key_dir=None, leeway=5, max_lifetime=48 * 3600):
        self.key, self.issuer, self.audience, self.flaw = key, issuer, audience, flaw
        self.base, _, self.variant = flaw.partition(":")
        self.key_dir, self.leeway, self.max_lifetime = key_dir, leeway, max_lifetime
        self.revoked, self.seen_signatures = set(), set()
        self.database = self._key_table() if self.base == "kid-injection" else None

    def _key_table(self):
        database = sqlite3.connect(":memory:", check_same_thread=False)
        database.execute("CREATE TABLE keys (kid TEXT, secret BLOB)")
        database.execute("INSERT INTO keys VALUES (?, ?)", (self.key.kid, self.key.secret))
        return database

    def verify(self, token, proof_of=lambda claims: False):
        """The claims of an acceptable token. `proof_of` says whether the request proves a bound token's key."""
        self._check_size(token)
        parts = token.split(".")
        if len(parts) == 2 and self.base == "signature-missing":
            parts.append("")
        elif self.flaw == "signature-missing:no-dot":
            require(len(parts) == 3 and parts[2], "no signature")
        require(len(parts) == 3, "not three parts")
        header = read_object(decode_segment(parts[0]))
        claims = read_object(decode_segment(parts[1]), duplicates=self.base == "duplicate-member")
        signature, signed = decode_segment(parts[2]), (parts[0] + "." + parts[1]).encode()
        self._check_header(header)
        require(self._signature_holds(header, signed, signature), "signature")
        self.seen_signatures.add(signature)
        self._check_claims(claims)
        require("cnf" not in claims or self.base == "not-bound" or proof_of(claims), "not bound")
        return claims

    def _check_size(self, token):
        if len(token) <= TOKEN_LIMIT:
            if self.flaw == "oversized:deep":
                self._check_deep(token)
            return
        if self.flaw == "oversized:deep":
            self._check_deep(token)
        elif self.base == "oversized":
            raise Broken(drop=self.variant == "drop")
        raise Refused("too large")

    def _check_deep(self, token):
        """A recursive parser without a limit, met before anything else is known of the token."""
        for part in token.split(".")[:2]:
            if SEGMENT.match(part) and depth_of(unb64(part).decode("latin-1") if len(part) % 4 != 1 else "") > 200:
                raise Broken()

    # header

    def _check_header(self, header):
        tolerated = {"jwk-embedded": ("jwk",), "x5c-embedded": ("x5c",),
                     "jku-fetched": ("jku",), "x5u-fetched": ("x5u",)}.get(self.base, ())
        require(isinstance(header.get("alg"), str), "alg")
        require(not any(name in header and name not in tolerated for name in FOREIGN_KEY_MEMBERS), "foreign key")
        require("zip" not in header and "enc" not in header and "cty" not in header, "nested or encrypted")
        require("crit" not in header or self.base == "crit-ignored", "crit")
        require("b64" not in header or self.base == "b64-false", "b64")
        if self.base != "typ-confusion":
            typ = header.get("typ")
            require(isinstance(typ, str) and typ.lower() in ("at+jwt", "application/at+jwt"), "typ")
        self._check_kid(header, own_key=not any(name in header for name in tolerated))

    def _check_kid(self, header, own_key):
        kid = header.get("kid", self.key.kid)
        require(isinstance(kid, str), "kid")
        if own_key and self.base not in ("kid-path", "kid-injection"):
            require(kid == self.key.kid, "unknown kid")

    # signature

    def _signature_holds(self, header, signed, signature):
        alg = header["alg"]
        if self.base == "signature-ignored":
            return self._ignored(alg, signed, signature)
        if self.flaw == "alg-none:unknown":
            return alg != self.key.alg or self.key.matches(signed, signature)
        if self.base == "alg-none" and alg.lower() == "none":
            return self._none_accepted(alg, signature)
        if alg != self.key.alg:
            return self._other_algorithm(alg, signed, signature)
        special = getattr(self, "_" + self.base.replace("-", "_"), None)
        if special and special(header, signed, signature):
            return True
        return self.key.matches(signed, signature)

    def _ignored(self, alg, signed, signature):
        if self.variant == "fully":
            return True
        if self.variant == "cached":
            return alg == self.key.alg and (signature in self.seen_signatures or self.key.matches(signed, signature))
        return alg == self.key.alg and len(signature) == len(self.key.sign(b""))

    def _none_accepted(self, alg, signature):
        if self.variant == "case":
            return alg != "none" and not signature
        return bool(signature) if self.variant == "kept" else not signature

    def _other_algorithm(self, alg, signed, signature):
        if self.base == "key-confusion" and alg in ("HS256", "HS384", "HS512"):
            if self.variant == "hs512":
                return alg == "HS512" and hmac.compare_digest(mac(alg, self.key.public_form("pem"), signed), signature)
            return hmac.compare_digest(mac(alg, self.key.public_form(self.variant or "pem"), signed), signature)
        if self.base == "alg-not-pinned" and alg in FAMILIES[self.key.alg[:2]]:
            return self.key.matches(signed, signature, alg)
        return False

    def _signature_missing(self, header, signed, signature):
        return not signature

    def _signature_truncated(self, header, signed, signature):
        if self.variant == "text":
            text = base64.urlsafe_b64encode(signature).rstrip(b"=")
            return bool(text) and base64.urlsafe_b64encode(mac(self.key.alg, self.key.secret, signed)).startswith(text)
        if self.variant == "first-half":  # the rest is there, and nobody looks at it
            whole = mac(self.key.alg, self.key.secret, signed)
            return len(signature) == len(whole) and signature[:len(whole) // 2] == whole[:len(whole) // 2]
        least = int(self.variant) if self.variant.isdigit() else 1
        return len(signature) >= least and mac(self.key.alg, self.key.secret, signed)[:len(signature)] == signature

    def _secret_blank(self, header, signed, signature):
        return mac(self.key.alg, b"", signed) == signature

    def _secret_null(self, header, signed, signature):
        return mac(self.key.alg, b"null", signed) == signature

    def _jwk_embedded(self, header, signed, signature):
        return isinstance(header.get("jwk"), dict) and self._matches_jwk(header["jwk"], signed, signature)

    def _matches_jwk(self, jwk, signed, signature):
        try:
            public = public_from_jwk(jwk)
        except (KeyError, ValueError, TypeError):
            return False
        if isinstance(public, bytes):
            return self.key.alg.startswith("HS") and mac(self.key.alg, public, signed) == signature
        return signature_matches(self.key.alg, public, signed, signature)

    def _x5c_embedded(self, header, signed, signature):
        try:
            certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
        except (KeyError, IndexError, ValueError, TypeError):
            return False
        return signature_matches(self.key.alg, certificate.public_key(), signed, signature)

    def _jku_fetched(self, header, signed, signature):
        try:
            found = json.loads(fetch(header["jku"]))["keys"] if "jku" in header else []
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return self.variant.startswith("accepted") and any(self._matches_jwk(jwk, signed, signature) for jwk in found)

    def _x5u_fetched(self, header, signed, signature):
        try:
            body = fetch(header["x5u"]) if "x5u" in header else b""
            load = x509.load_pem_x509_certificate if body.startswith(b"-----") else x509.load_der_x509_certificate
            public = load(body).public_key()
        except (OSError, ValueError):
            return False
        return self.variant == "accepted" and signature_matches(self.key.alg, public, signed, signature)

    def _kid_path(self, header, signed, signature):
        try:
            with open(os.path.join(self.key_dir, header.get("kid", self.key.kid)), "rb") as file:
                secret = file.read(4096)
        except (OSError, ValueError):
            return False
        return mac(self.key.alg, secret, signed) == signature

    def _kid_injection(self, header, signed, signature):
        query = f"SELECT secret FROM keys WHERE kid = '{header.get('kid', self.key.kid)}'"
        try:
            row = self.database.execute(query).fetchone()
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise Broken() from error
        require(row and isinstance(row[0], bytes), "unknown kid")
        return mac(self.key.alg, row[0], signed) == signature

    def _ecdsa_zero(self, header, signed, signature):
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        return len(signature) == 64 and r == s == (ORDER_P256 if self.variant == "n" else 0)

    # claims

    def _check_claims(self, claims):
        if self.base == "claim-type":
            claims = {name: self._coerced(name, value) for name, value in claims.items()}
        self._check_times(claims, time.time())
        self._check_names(claims)
        for name in ("sub", "jti"):
            require(isinstance(claims.get(name), str) and 0 < len(claims[name]) <= 256, name)
        require(claims["jti"] not in self.revoked, "revoked")

    def _coerced(self, name, value):
        """Numbers from strings and one-element arrays, as careless conversions give them."""
        if name not in ("exp", "nbf", "iat"):
            return value
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        try:
            return float(value) if isinstance(value, str) else value
        except ValueError:
            return value

    def _check_times(self, claims, now):
        for name in ("exp", "nbf", "iat"):
            require(name not in claims or is_number(claims[name]) and 0 <= claims[name] <= LATEST_TIME, name)
        if self.base != "exp-missing":
            require("exp" in claims, "exp")
        if "exp" in claims:
            require(self.base == "exp-ignored" or claims["exp"] > now - self.leeway, "expired")
            require(claims["exp"] <= now + self.max_lifetime, "lives too long")
        require(self.base == "nbf-ignored" or claims.get("nbf", 0) <= now + self.leeway, "not yet valid")
        require("iat" in claims, "iat")
        require(self.base == "iat-future" or claims["iat"] <= now + self.leeway, "issued in the future")

    def _check_names(self, claims):
        issuer_optional = self.base == "iss-ignored" and "iss" not in claims
        if self.flaw != "iss-ignored":
            require(claims.get("iss") == self.issuer or issuer_optional, "iss")
        audience = claims.get("aud")
        if self.base == "aud-ignored":
            missing_passes, list_passes = self.variant == "missing", self.variant == "list"
            if not self.variant or missing_passes and "aud" not in claims or list_passes and isinstance(audience, list):
                return
        audiences = audience if isinstance(audience, list) else [audience]
        require(all(isinstance(one, str) for one in audiences) and self.audience in audiences, "aud")


def proves_possession(request, token, claims, url):
    """Whether the request carries a DPoP proof (RFC 9449) by the key that the token is bound to."""
    try:
        (proof,) = request.all("dpop")
        parts = proof.split(".")
        header, payload = read_object(decode_segment(parts[0])), read_object(decode_segment(parts[1]))
        jwk = header["jwk"]
        return (len(parts) == 3 and header["typ"] == "dpop+jwt" and header["alg"] == "ES256" and "d" not in jwk
                and thumbprint(jwk) == claims["cnf"]["jkt"]
                and signature_matches("ES256", public_from_jwk(jwk), f"{parts[0]}.{parts[1]}".encode(), unb64(parts[2]))
                and payload["htm"] == request.method and payload["htu"] == url
                and payload["ath"] == b64(hashlib.sha256(token.encode()).digest())
                and abs(time.time() - payload["iat"]) < 300)
    except (Refused, KeyError, ValueError, TypeError, IndexError):
        return False


def proof_header(key, token, method, url):
    """A DPoP proof for one token, method and URL."""
    jwk = key.jwk()
    public = {name: jwk[name] for name in ("kty", "crv", "x", "y")}
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public}
    payload = {"jti": b64(os.urandom(12)), "htm": method, "htu": url, "iat": int(time.time()),
               "ath": b64(hashlib.sha256(token.encode()).digest())}
    signed = b64(compact(header).encode()) + "." + b64(compact(payload).encode())
    return signed + "." + b64(key.sign(signed.encode()))
